"""The format `markdown`: the comment of a pull request. `markdown` has the escaping, `drift_markdown` the form of a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from kea_hac.report import as_text
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.results import AdoptedChanges, Comparison, DiffResult, Result

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed


def findings(result: Result, page: Page) -> Rendered:
    """As text: only the findings of a spec that `diff` cannot build are shown in this format."""
    return as_text.findings(result, page)


def comparison(result: DiffResult, page: Page) -> Rendered:
    """A table of changes for each daemon, and what `--adopt` did with them."""
    from kea_hac.report import adoption, drift_markdown

    match result:
        case Comparison():
            return Rendered(drift_markdown.render(result.drift, result.document))
        case AdoptedChanges():
            shown = comparison(result.comparison, page)
            return Rendered(f"{shown.stdout}\n{adoption.render_markdown(result.adoption, result.written)}")
        case _:
            assert_never(result)


def review(result: Reviewed, page: Page) -> Rendered:
    """The one comment of a pull request, of a bounded size."""
    from kea_hac.report import review_markdown

    return Rendered(review_markdown.render(result))
