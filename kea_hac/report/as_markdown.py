"""The format `markdown`: the comment of a pull request. `markdown` has the escaping, `drift_markdown` the form of a diff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, assert_never

from kea_hac.report import findings_markdown
from kea_hac.report.as_text import needs_text, spec_text
from kea_hac.report.entries import of_result
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.markdown import code, fenced
from kea_hac.report.results import (
    AdoptedChanges,
    BuildResult,
    Comparison,
    DiffResult,
    Findings,
    FleetMember,
    ImportResult,
    PlannedUpgrade,
    Result,
    RolledOut,
    Validation,
)

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed


def findings(result: Result, page: Page) -> Rendered:
    """The findings, then what the command makes: the list of what hosts need, the files of `--stdout`."""
    return Rendered(findings_markdown.render(of_result(result, page.place), page, _attached(result)))


def _attached(result: Result) -> str:
    match result:
        case Findings():
            return ""
        case Validation():
            return fenced(needs_text(result.needs).splitlines()) if result.needs else ""
        case BuildResult():
            return "\n".join(
                f"{code(path)}\n\n{fenced(text.splitlines())}" for path, text in (result.files or {}).items()
            )
        case ImportResult():
            return fenced(spec_text(result).splitlines()) if spec_text(result) else ""
        case _:
            assert_never(result)


def comparison(result: DiffResult, page: Page) -> Rendered:
    """A table of changes for each daemon, and what `--adopt` did with them."""
    from kea_hac.report import drift_markdown

    match result:
        case Comparison():
            return Rendered(drift_markdown.render(result.drift, result.document))
        case AdoptedChanges():
            from kea_hac.report import adoption

            shown = comparison(result.comparison, page)
            return Rendered(f"{shown.stdout}\n{adoption.render_markdown(result.adoption, result.written)}")
        case _:
            assert_never(result)


def fleet(members: Iterator[FleetMember], page: Page) -> Iterator[Rendered]:
    """What is to be done, pair by pair, in a comment of a bounded size, and how many pairs are well."""
    from kea_hac.report import drift_markdown

    yield Rendered(drift_markdown.fleet(members))


def review(result: Reviewed, page: Page) -> Rendered:
    """The one comment of a pull request, of a bounded size."""
    from kea_hac.report import review_markdown

    return Rendered(review_markdown.render(result))


def upgrade(result: PlannedUpgrade, page: Page) -> Rendered:
    """The report of an upgrade as a plan with headings."""
    from kea_hac.report import upgrade_markdown

    return Rendered(upgrade_markdown.render(result))


def rollout(result: RolledOut, page: Page) -> Rendered:
    """How a rollout ended, the gates that are closed, and the plan."""
    from kea_hac.report import rollout_markdown

    return Rendered(rollout_markdown.render(result))
