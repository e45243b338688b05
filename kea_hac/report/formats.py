"""The table of output formats: which there are, which command offers which, and the module that writes each.

A format is one module of this folder and one row of `FORMATS`. The choices of `--format`, its help and its errors come from
the table. A module is imported when its format is used, so that `--help` stays instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from kea_hac.diagnostics import Severity
from kea_hac.records import dataclass
from kea_hac.report.results import DiffResult, FleetMember, PlannedUpgrade, Result, RolledOut

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed


class Command(StrEnum):
    """The commands that have `--format`."""

    VALIDATE = "validate"
    BUILD = "build"
    LINT = "lint"
    IMPORT = "import"
    DIFF = "diff"
    REVIEW = "review"
    UPGRADE = "upgrade"
    ROLLOUT = "rollout"


WITH_FINDINGS = (Command.VALIDATE, Command.BUILD, Command.LINT, Command.IMPORT)
"""The commands whose result is a `Result`. `diff` ends with a `DiffResult`, or with `Findings` when its spec has errors;
`review` with `Reviewed`, `upgrade` with `PlannedUpgrade`, `rollout` with `RolledOut`."""
EVERY_COMMAND = tuple(Command)
FOR_CI = (Command.VALIDATE, Command.BUILD, Command.LINT, Command.REVIEW)
"""The commands that run in a pull request."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where text goes."""

    colour: bool = False
    width: int = 140
    """Terminal cells of a line."""


def _tree_path(file: str) -> str:
    """`source.tree_paths.tree_path`, imported when it is used: `--help` needs no reader of files."""
    from kea_hac.source.tree_paths import tree_path

    return tree_path(file)


@dataclass(frozen=True, slots=True)
class Page:
    """What a format may know of its reader."""

    stdout: Screen = Screen()
    stderr: Screen = Screen()
    folder: str = ""
    """The way from the top of the work tree of a CI job to the current folder; "" at the top."""
    place: Callable[[str], str] = _tree_path
    """A file as a report names it → its path from the top of the Git work tree, with forward slashes."""
    summary: bool = False
    """True where a job has a summary, which is a page of markdown beside its log (GitHub Actions)."""
    fail_on: Severity = Severity.ERROR
    """The lowest severity that causes exit code 1."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A result as text. What is empty is not written."""

    stdout: str = ""
    stderr: str = ""
    summary: str = ""
    """Markdown for the summary of a job. Only where the page has one."""


class Renderer(Protocol):
    """A module that writes the findings of `validate`, `build`, `lint` and `import`."""

    def findings(self, result: Result, page: Page) -> Rendered:
        """The result of one command as text. Ends its `match` with `assert_never`."""
        ...


class DiffRenderer(Renderer, Protocol):
    """A module that writes the result of `diff` as well."""

    def comparison(self, result: DiffResult, page: Page) -> Rendered:
        """The result of `diff` as text. Ends its `match` with `assert_never`."""
        ...

    def fleet(self, members: Iterator[FleetMember], page: Page) -> Iterator[Rendered]:
        """The results of a `diff` over several specs, one after the other: each is written as soon as it is known."""
        ...


class ReviewRenderer(Renderer, Protocol):
    """A module that writes the result of `review` as well."""

    def review(self, result: Reviewed, page: Page) -> Rendered:
        """The result of `review` as text."""
        ...


class UpgradeRenderer(Renderer, Protocol):
    """A module that writes the result of `upgrade` as well."""

    def upgrade(self, result: PlannedUpgrade, page: Page) -> Rendered:
        """The result of `upgrade` as text."""
        ...


class RolloutRenderer(Renderer, Protocol):
    """A module that writes the result of `rollout` as well."""

    def rollout(self, result: RolledOut, page: Page) -> Rendered:
        """The result of `rollout` as text."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One row of the table."""

    name: str
    """As `--format` takes it."""
    module: str
    """The dotted name of its module: a `Renderer`, and a `DiffRenderer`, `ReviewRenderer`, `UpgradeRenderer` or `RolloutRenderer` for
    these commands."""
    commands: tuple[Command, ...]
    """Which commands offer it."""
    for_programs: bool = False
    """True when the output holds everything, so that no summary is written to stderr."""
    as_it_goes: bool = False
    """True when the plan of a rollout is shown before its first step, and then how it ended. Otherwise all is written at the end."""
    findings_only: bool = False
    """True for a format that has no place for other results: the files of `build --stdout`, the list of `validate --needs`."""

    def __str__(self) -> str:
        return self.name

    def findings(self, result: Result, page: Page) -> Rendered:
        """The result of a command in this format."""
        return cast("Renderer", import_module(self.module)).findings(result, page)

    def comparison(self, result: DiffResult, page: Page) -> Rendered:
        """The result of `diff` in this format. Raises ValueError when the table does not offer it for `diff`."""
        if Command.DIFF not in self.commands:
            raise ValueError(f"diff has no format {self.name}")
        return cast("DiffRenderer", import_module(self.module)).comparison(result, page)

    def fleet(self, members: Iterator[FleetMember], page: Page) -> Iterator[Rendered]:
        """The results of a `diff` over several specs in this format. Raises ValueError when the table does not offer it for `diff`."""
        if Command.DIFF not in self.commands:
            raise ValueError(f"diff has no format {self.name}")
        return cast("DiffRenderer", import_module(self.module)).fleet(members, page)

    def review(self, result: Reviewed, page: Page) -> Rendered:
        """The result of `review` in this format. Raises ValueError when the table does not offer it for `review`."""
        if Command.REVIEW not in self.commands:
            raise ValueError(f"review has no format {self.name}")
        return cast("ReviewRenderer", import_module(self.module)).review(result, page)

    def upgrade(self, result: PlannedUpgrade, page: Page) -> Rendered:
        """The result of `upgrade` in this format. Raises ValueError when the table does not offer it for `upgrade`."""
        if Command.UPGRADE not in self.commands:
            raise ValueError(f"upgrade has no format {self.name}")
        return cast("UpgradeRenderer", import_module(self.module)).upgrade(result, page)

    def rollout(self, result: RolledOut, page: Page) -> Rendered:
        """The result of `rollout` in this format. Raises ValueError when the table does not offer it for `rollout`."""
        if Command.ROLLOUT not in self.commands:
            raise ValueError(f"rollout has no format {self.name}")
        return cast("RolloutRenderer", import_module(self.module)).rollout(result, page)


TEXT = Format("text", "kea_hac.report.as_text", EVERY_COMMAND, as_it_goes=True)
"""The default of every command."""
FORMATS: list[Format] = [
    TEXT,
    Format("json", "kea_hac.report.as_json", EVERY_COMMAND, for_programs=True),
    Format("markdown", "kea_hac.report.as_markdown", (*FOR_CI, Command.DIFF, Command.UPGRADE, Command.ROLLOUT)),
    Format("github", "kea_hac.report.as_github", EVERY_COMMAND),
    Format("sarif", "kea_hac.report.as_sarif", FOR_CI, for_programs=True, findings_only=True),
    Format("prometheus", "kea_hac.report.as_prometheus", (Command.DIFF,), for_programs=True, findings_only=True),
    Format("gitlab", "kea_hac.report.as_gitlab", FOR_CI, for_programs=True, findings_only=True),
    Format("junit", "kea_hac.report.as_junit", FOR_CI, for_programs=True, findings_only=True),
]


def offered(command: Command) -> dict[str, Format]:
    """The formats of a command by name, in the order of the table."""
    return {each.name: each for each in FORMATS if command in each.commands}
