"""The format `github`: workflow commands of GitHub Actions. `github` has their grammar and escaping."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from kea_hac.report import github
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.results import (
    AdoptedChanges,
    BuildResult,
    Comparison,
    DiffResult,
    Findings,
    ImportResult,
    Result,
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
            return Rendered(shown)
        case Validation():
            return Rendered(shown + (needs_text(result.needs) if result.needs else ""))
        case BuildResult():
            for each in result.stale or ():
                words = f"{each.matter}: {each.words}; {each.next_step}"
                shown += github.note("error", each.path, "stale build", words, folder=page.folder)
            return Rendered(shown + files_text(result.files or {}))
        case ImportResult():
            return Rendered(shown) if result.out is not None else Rendered(spec_text(result), shown)
        case _:
            assert_never(result)


def comparison(result: DiffResult, page: Page) -> Rendered:
    """An annotation for each change on its line of the spec; what `--adopt` did follows as lines of the log."""
    from kea_hac.report import adoption, drift_github

    match result:
        case Comparison():
            return Rendered(drift_github.render(result.drift, result.document, folder=page.folder))
        case AdoptedChanges():
            shown = comparison(result.comparison, page)
            return Rendered(f"{shown.stdout}\n{adoption.render(result.adoption, result.written)}")
        case _:
            assert_never(result)


def review(result: Reviewed, page: Page) -> Rendered:
    """An annotation for each new finding and each limit, and one for what each pair loses or must do at once."""
    from kea_hac.report import review_github

    return Rendered(review_github.render(result, folder=page.folder))
