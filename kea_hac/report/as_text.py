"""The format `text`: for the person at a terminal. `text` has the form of a finding, `drift_text` that of a diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, assert_never

from kea_hac.report.cells import block, safe
from kea_hac.report.formats import Page, Rendered, Screen
from kea_hac.report.results import (
    AdoptedChanges,
    BuildResult,
    Comparison,
    DiffResult,
    Findings,
    FleetMember,
    ImportResult,
    Needs,
    NotCompared,
    PlannedUpgrade,
    Result,
    RolledOut,
    Stale,
    Validation,
)

if TYPE_CHECKING:
    from kea_hac.diagnostics import Report
    from kea_hac.review.run import Reviewed


def findings(result: Result, page: Page) -> Rendered:
    """Findings on stdout; on stderr where stdout holds what the command makes: the files of `--stdout`, the imported spec."""
    match result:
        case Findings():
            return Rendered(_report(result.report, page.stdout))
        case Validation():
            shown = _report(result.report, page.stdout)
            listed = needs_text(result.needs) if result.needs else ""
            return Rendered("\n".join(part for part in (shown, listed) if part))
        case BuildResult():
            if result.files is not None:
                return Rendered(files_text(result.files), _report(result.report, page.stderr))
            return Rendered(_report(result.report, page.stdout) + _stale(result.stale or ()))
        case ImportResult():
            if result.out is None:
                return Rendered(spec_text(result), _report(result.report, page.stderr))
            return Rendered(_report(result.report, page.stdout))
        case _:
            assert_never(result)


def comparison(result: DiffResult, page: Page) -> Rendered:
    """A diff, and what `--adopt` did with it."""
    from kea_hac.report import drift_text

    match result:
        case Comparison():
            return Rendered(drift_text.render(result.drift, result.document, colour=page.stdout.colour))
        case AdoptedChanges():
            from kea_hac.report import adoption

            shown = comparison(result.comparison, page)
            return Rendered(f"{shown.stdout}\n{adoption.render(result.adoption, result.written)}")
        case _:
            assert_never(result)


def fleet(members: Iterator[FleetMember], page: Page) -> Iterator[Rendered]:
    """One line for each pair that is in sync and healthy; the others whole."""
    from kea_hac.report import drift_text

    for each in members:
        match each:
            case Comparison():
                yield Rendered(drift_text.in_fleet(each.drift, each.document, colour=page.stdout.colour))
            case NotCompared():
                yield Rendered(f"{block([safe(each.problem)])}{_report(each.report, page.stdout)}")
            case _:
                assert_never(each)


def review(result: Reviewed, page: Page) -> Rendered:
    """The review of a change, pair by pair."""
    from kea_hac.report import review_text

    return Rendered(review_text.render(result, colour=page.stdout.colour, width=page.stdout.width))


def upgrade(result: PlannedUpgrade, page: Page) -> Rendered:
    """The report of an upgrade, section by section."""
    from kea_hac.report import upgrade_text

    return Rendered(upgrade_text.render(result, colour=page.stdout.colour, width=page.stdout.width))


def rollout(result: RolledOut, page: Page) -> Rendered:
    """The gates and the plan of a rollout; how it ended, once it has ended."""
    from kea_hac.report import rollout_text

    return Rendered(rollout_text.render(result))


def needs_text(needs: Needs) -> str:
    """Pair/server, then each kind of need with its entries below it."""
    lines = []
    for pair, servers in needs.items():
        for server, kinds in servers.items():
            lines.append(f"{pair}/{server} needs:")
            for kind, entries in kinds.items():
                lines.append(f"  {kind}:")
                lines += [f"    {entry}" for entry in entries]
    return block(safe(line) for line in lines)


def files_text(files: Mapping[str, str]) -> str:
    """The files of `build --stdout`, each below its path."""
    shown = ""
    for path, content in files.items():
        # `##[` is a command for the log of some CI systems. In JSON the escape means the same.
        printed = content.replace("##", "#\\u0023") if path.endswith(".conf") else content
        shown += f"{block([safe(f'==> {path} <==')])}{printed}"
    return shown


def spec_text(result: ImportResult) -> str:
    """The imported spec for stdout; "" where there is none, or where it was written to a file."""
    if result.imported is None or result.out is not None:
        return ""
    return result.imported.text or ""


def _report(report: Report, screen: Screen) -> str:
    from kea_hac.report import text

    return text.render(report, colour=screen.colour, width=screen.width)


def _stale(stale: Iterable[Stale]) -> str:
    return block(safe(f"{each.matter}: {each.words}") for each in stale)
