"""What the commands found out, as values: what every output format renders.

`Result` is what a command that shows findings ends with; `DiffResult` is what a comparison with live servers ends with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from kea_hac.diagnostics import Diagnostic, Report
from kea_hac.records import dataclass
from kea_hac.report.cells import safe

if TYPE_CHECKING:
    from pathlib import Path

    from kea_hac.adopt.adopt import Adoption
    from kea_hac.drift.diffing import Drift
    from kea_hac.importing.run import Imported
    from kea_hac.output.tree import Written
    from kea_hac.rollout.gates import Gate
    from kea_hac.rollout.plan import Plan
    from kea_hac.rollout.run import Outcome
    from kea_hac.source.document import Document
    from kea_hac.upgrade.planning import Upgrade

UNKNOWN_SOURCE = "its manifest does not name the spec that it was built from"
UNTRACKED = "Git does not track it"
Needs = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]
"""Pair → server → kind of need → entries."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Of `lint`, and of a `diff` whose spec has errors: findings and nothing else."""

    report: Report
    problems: Sequence[str] = ()
    """What could not be done at all, a line each."""


@dataclass(frozen=True, slots=True)
class Validation:
    """Of `validate`."""

    report: Report
    problems: Sequence[str]
    needs: Needs | None
    """With `--needs`: what each host must provide."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A path of the output tree that is not what the specs compile to."""

    path: str
    """With the output folder in front."""
    pair: str
    matter: str
    """missing, stale, altered, surplus, foreign; orphan for the folder of a pair whose spec is gone; untracked for
    a file, an input too, that Git neither tracks nor ignores"""
    why: str = ""

    @property
    def words(self) -> str:
        """The path, and the reason where there is one, on one line."""
        return safe(f"{self.path} ({self.why})" if self.why else self.path)

    @property
    def next_step(self) -> str:
        """What brings the path in order."""
        if self.why == UNKNOWN_SOURCE:
            return "build its spec again, or remove the folder by hand"
        steps = {
            "foreign": "move it",
            "orphan": "remove it with kea-hac build --prune",
            "untracked": "add it to Git",
        }
        return steps.get(self.matter, "run kea-hac build and commit the result")


@dataclass(slots=True)
class BuildResult:
    """Of `build`; filled step by step while it runs."""

    report: Report
    problems: list[str]
    files: dict[str, str] | None = None
    """With `--stdout`: path → content."""
    stale: list[Stale] | None = None
    """With `--check`."""
    written: tuple[Written, ...] | None = None
    """When the tree was brought up to date."""
    orphans: dict[str, str] = field(default_factory=dict)
    """Folders of pairs whose spec is gone, or may be, with the output folder in front, and why."""
    elsewhere: list[str] = field(default_factory=list)
    """Folders of pairs whose specs this run was not asked for, with the output folder in front."""
    check: bool = False
    """True when the tree is compared and not written."""
    failed: bool = False
    """True when the tree could not be read or written."""
    built: bool = True
    """False when no spec could be built."""
    unbuilt: list[str] = field(default_factory=list)
    """The specs that have errors or could not be read: nothing is known of their files."""
    held: Sequence[Diagnostic] = ()
    """Errors that kea-hac.toml ignores or calls something else: nothing is written."""
    all_specs: bool = False
    """True when a folder or a pattern was searched: then the specs of the orphans are gone."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Of `import`."""

    imported: Imported | None
    """None when no file could be read."""
    problems: Sequence[str]
    out: Path | None
    """The file that the spec was written to; None where the spec itself goes to stdout."""

    @property
    def report(self) -> Report:
        """The findings; none where no file could be read."""
        return self.imported.report if self.imported else Report()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of `diff`: what differs between live servers, base and spec."""

    drift: Drift
    document: Document
    """The spec's text, for the places of the changes."""


@dataclass(frozen=True, slots=True)
class AdoptedChanges:
    """Of `diff --adopt`: the comparison, and what became of its changes."""

    comparison: Comparison
    adoption: Adoption
    written: Sequence[str]
    """Paths of the files that were changed."""


@dataclass(frozen=True, slots=True)
class NotCompared:
    """Of `diff` over several specs: one that has errors or could not be read, so that its servers were not asked."""

    path: str
    """The spec, as the user would write it."""
    report: Report
    problem: str
    """Why, in one line that begins with the path."""


@dataclass(frozen=True, slots=True)
class PlannedUpgrade:
    """Of `upgrade`."""

    upgrade: Upgrade
    written: Sequence[str] = ()
    """Paths of the files that were changed."""
    problems: Sequence[str] = ()
    """What could not be done at all, a line each."""


@dataclass(frozen=True, slots=True)
class RolledOut:
    """Of `rollout`: first the plan, and how it ended when it has ended."""

    spec: str
    """The spec, as the user wrote it."""
    gates: Sequence[Gate]
    """Empty where it goes on or goes back."""
    plan: Plan | None
    """None where a closed gate stopped it before there was one."""
    outcome: Outcome | None
    """None where nothing was begun."""
    command: str
    """The command that follows."""
    exit_code: int

    @property
    def ready(self) -> bool:
        """True when no gate stops it."""
        return self.plan is not None and all(each.open for each in self.gates)


FleetMember = Comparison | NotCompared
"""What a `diff` over several specs yields for each of them, in their order."""
Result = Findings | Validation | BuildResult | ImportResult
DiffResult = Comparison | AdoptedChanges
