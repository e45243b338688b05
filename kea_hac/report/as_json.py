"""The format `json`: results for programs. The keys are a promise: some may be added, none is renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, assert_never

import kea_hac
from kea_hac.diagnostics import Diagnostic, Report, Span
from kea_hac.fingerprints import fingerprints
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.help_address import rule_address
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
from kea_hac.source.tree_paths import tree_path

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed

FORMAT = 1


def findings(result: Result, page: Page) -> Rendered:
    """One document, `schemas/findings.schema.json`: the findings, and beside them what the command found out."""
    document = {**head(), **data(result.report, result.problems)}
    match result:
        case Findings():
            pass
        case Validation():
            if result.needs is not None:
                document["needs"] = result.needs
        case BuildResult():
            document |= _build(result)
        case ImportResult():
            if result.imported is not None:
                from kea_hac.report.importing import data as import_data

                document |= import_data(result.imported, with_text=result.out is None)
        case _:
            assert_never(result)
    return Rendered(render(document))


def comparison(result: DiffResult, page: Page) -> Rendered:
    """One document, `schemas/diff.schema.json`: all changes, and what `--adopt` did with them."""
    return Rendered(render({**head(), **_comparison(result)}))


def fleet(members: Iterator[FleetMember], page: Page) -> Iterator[Rendered]:
    """One document in each line: `schemas/diff.schema.json`, or `schemas/findings.schema.json` for a spec that was not compared."""
    for each in members:
        match each:
            case Comparison():
                yield Rendered(line({**head(), **_comparison(each)}))
            case NotCompared():
                yield Rendered(line({**head(), **data(each.report, [each.problem])}))
            case _:
                assert_never(each)


def review(result: Reviewed, page: Page) -> Rendered:
    """One document: `schemas/review.schema.json`."""
    from kea_hac.report import review_json

    return Rendered(render(review_json.data(result)))


def upgrade(result: PlannedUpgrade, page: Page) -> Rendered:
    """One document: `schemas/upgrade.schema.json`."""
    from kea_hac.report import upgrade_json

    return Rendered(render(upgrade_json.data(result)))


def rollout(result: RolledOut, page: Page) -> Rendered:
    """One document: `schemas/rollout.schema.json`."""
    from kea_hac.report import rollout_json

    return Rendered(render(rollout_json.data(result)))


def _comparison(result: DiffResult) -> dict[str, Any]:
    from kea_hac.report import drift

    match result:
        case Comparison():
            return drift.data(result.drift, result.document)
        case AdoptedChanges():
            from kea_hac.report import adoption

            return _comparison(result.comparison) | adoption.data(result.adoption, result.written)
        case _:
            assert_never(result)


def head() -> dict[str, Any]:
    """What every document begins with: the number of its form, which changes when a key is renamed or removed, and the tool's version."""
    return {"format": FORMAT, "kea-hac": kea_hac.__version__}


def data(report: Report, problems: Sequence[str] = ()) -> dict[str, Any]:
    """The report as plain data: "findings" and "skipped"; "ignored" where settings or a baseline ignore some; "problems" where
    something could not be done at all."""
    document: dict[str, Any] = {
        "findings": [
            _finding(each, known_by)
            for each, known_by in zip(report.diagnostics, fingerprints(report.diagnostics, tree_path), strict=True)
        ],
        "skipped": [{"what": each.what, "reason": each.reason} for each in report.skipped],
    }
    if report.ignored:
        gone = [each.found for each in report.ignored]
        document["ignored"] = [
            {**_finding(each.found, known_by), "reason": each.reason, "ignored-by": each.place}
            for each, known_by in zip(report.ignored, fingerprints(gone, tree_path), strict=True)
        ]
    return {**document, "problems": list(problems)} if problems else document


def render(document: dict[str, Any] | list[Any]) -> str:
    """JSON text, pure ASCII, so that it survives every terminal and pipe, with a line end."""
    # `##[` is a command for the log of some CI systems, wherever it stands in a line.
    return json.dumps(document, indent=2).replace("##", "#\\u0023") + "\n"


def line(document: dict[str, Any]) -> str:
    """As `render`, on one line."""
    return json.dumps(document).replace("##", "#\\u0023") + "\n"


def _finding(found: Diagnostic, fingerprint: str) -> dict[str, Any]:
    address = rule_address(found.rule.code)
    return {
        "rule": found.rule.code,
        "name": found.rule.name,
        "severity": found.severity.value,
        "kea": found.kea_verdict.value,
        "message": found.message,
        **_place(found.span),
        "path": found.path,
        "artifact": found.artifact,
        "fix": found.fix,
        "fingerprint": fingerprint,
        "related": [{"message": words, **_place(span)} for span, words in found.related],
        **({"help": address} if address else {}),
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _build(result: BuildResult) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if result.files is not None:
        document["files"] = result.files
    if result.stale is not None:
        document["stale"] = [
            {"path": each.path, "pair": each.pair, "matter": each.matter, "why": each.why or None}
            for each in result.stale
        ]
        if result.unbuilt:
            document["not-compared"] = result.unbuilt
    if result.written is not None:
        document["pairs"] = [
            {"pair": each.pair, "outcome": each.outcome.value, "changed": list(each.changed)} for each in result.written
        ]
    if result.orphans:
        document["orphans"] = list(result.orphans)
    return document
