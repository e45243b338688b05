"""The format `github`: workflow commands of GitHub Actions. `github` has their grammar and escaping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from kea_hac.report import as_markdown, github
from kea_hac.report.cells import safe
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.results import (
    AdoptedChanges,
    BuildResult,
    Comparison,
    DiffResult,
    Findings,
    FleetMember,
    ImportResult,
    NotCompared,
    PlannedUpgrade,
    Result,
    RolledOut,
    Validation,
)

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed


def findings(result: Result, page: Page) -> Rendered:
    """An annotation for each finding and each stale path, then what the command makes, as in the format `text`."""
    from kea_hac.report.as_text import files_text, needs_text, spec_text

    shown = github.render(result.report, folder=page.folder)
    match result:
        case Findings():
            return _step(shown, page, lambda: as_markdown.findings(result, page).stdout)
        case Validation():
            made = _step(shown, page, lambda: as_markdown.findings(replace(result, needs=None), page).stdout)
            return replace(made, stdout=made.stdout + (needs_text(result.needs) if result.needs else ""))
        case BuildResult():
            for each in result.stale or ():
                words = f"{each.matter}: {each.words}; {each.next_step}"
                shown += github.note("error", each.path, "stale build", words, folder=page.folder)
            made = _step(shown, page, lambda: as_markdown.findings(replace(result, files=None), page).stdout)
            return replace(made, stdout=made.stdout + files_text(result.files or {}))
        case ImportResult():
            ordered, _ = github.of_a_step(shown, summary=False)
            return Rendered(ordered) if result.out is not None else Rendered(spec_text(result), ordered)
        case _:
            assert_never(result)


def _step(lines: str, page: Page, whole: Callable[[], str]) -> Rendered:
    """Errors first. GitHub shows ten annotations of a kind for a step; where there are more, everything is in the summary of the job."""
    shown, left = github.of_a_step(lines, summary=page.summary)
    if not left:
        return Rendered(shown)
    return Rendered(
        f"{shown}kea-hac: {left:,} more annotations than GitHub shows; all findings are in the summary of the job\n",
        summary=whole(),
    )


def comparison(result: DiffResult, page: Page) -> Rendered:
    """An annotation for each change on its line of the spec; what `--adopt` did follows as lines of the log."""
    from kea_hac.report import drift_github

    match result:
        case Comparison():
            lines = drift_github.render(result.drift, result.document, folder=page.folder)
            return _step(lines, page, lambda: as_markdown.comparison(result, page).stdout)
        case AdoptedChanges():
            from kea_hac.report import adoption

            shown = comparison(result.comparison, page)
            return replace(shown, stdout=f"{shown.stdout}\n{adoption.render(result.adoption, result.written)}")
        case _:
            assert_never(result)


def fleet(members: Iterator[FleetMember], page: Page) -> Iterator[Rendered]:
    """As `comparison`, for every pair that is not well; errors of all pairs first."""
    from kea_hac.report import drift_github, drift_markdown
    from kea_hac.report.drift import is_well

    lines = ""
    seen: list[FleetMember] = []
    for each in members:
        match each:
            case Comparison():
                if not is_well(each.drift):
                    lines += drift_github.render(each.drift, each.document, folder=page.folder)
                    seen.append(each)
            case NotCompared():
                lines += github.note("error", each.path, "diff", safe(each.problem), folder=page.folder)
                lines += github.render(each.report, folder=page.folder)
                seen.append(each)
            case _:
                assert_never(each)
    yield _step(lines, page, lambda: drift_markdown.fleet(iter(seen)))


def review(result: Reviewed, page: Page) -> Rendered:
    """An annotation for each new finding and each limit, and one for what each pair loses or must do at once."""
    from kea_hac.report import review_github

    lines = review_github.render(result, folder=page.folder)
    return _step(lines, page, lambda: as_markdown.review(result, page).stdout)


def upgrade(result: PlannedUpgrade, page: Page) -> Rendered:
    """An annotation for each finding, and a notice with the plan."""
    from kea_hac.report import upgrade_github

    lines = upgrade_github.render(result, folder=page.folder)
    return _step(lines, page, lambda: as_markdown.upgrade(result, page).stdout)


def rollout(result: RolledOut, page: Page) -> Rendered:
    """An annotation for each closed gate, one for how it ended, and the plan in the log."""
    from kea_hac.report import rollout_text

    lines = "".join(
        github.note("error", result.spec, f"rollout: {each.name}", "\n".join(each.problems), folder=page.folder)
        for each in result.gates
        if not each.open
    )
    if result.plan is not None and result.outcome is not None:
        kind = "notice" if result.outcome.done else "error"
        words = rollout_text.outcome_text(result.plan, result.outcome, result.command).rstrip("\n")
        lines += github.note(kind, result.spec, f"rollout of {safe(result.plan.pair)}", words, folder=page.folder)
    shown = _step(lines, page, lambda: as_markdown.rollout(result, page).stdout)
    return replace(shown, stdout=shown.stdout + (rollout_text.plan_text(result.plan) if result.plan else ""))
