"""The format `sarif`: SARIF 2.1.0, for code scanning and for editors.

Source: the OASIS standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0 Plus Errata 01", and GitHub's page
"SARIF support for code scanning".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import kea_hac
from kea_hac.diagnostics import Rule, Severity, Span
from kea_hac.fingerprints import VERSION
from kea_hac.regex import regex
from kea_hac.report import as_json
from kea_hac.report.cells import safe
from kea_hac.report.entries import Entry, Listed, of_result, of_review
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.help_address import rule_address
from kea_hac.report.results import Result
from kea_hac.report.rule_pages import help_page

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_TOP = "%SRCROOT%"
_LINK = regex(r"\[(?=[^\]]*\]\()")
"""The beginning of an embedded link (3.11.6 of the standard)."""
_PLACEHOLDER = regex(r"\{(\d+)\}")
"""What stands for an argument (3.11.5); doubled braces are braces."""


def findings(result: Result, page: Page) -> Rendered:
    """One run with all findings, without the other results of the command."""
    return Rendered(_document(of_result(result, page.place), page))


def review(result: Reviewed, page: Page) -> Rendered:
    """One run with limits, new findings, and a note on each pair that changes."""
    return Rendered(_document(of_review(result, page.place), page))


def _document(listed: Listed, page: Page) -> str:
    rules = {each.rule.code: each.rule for each in listed.entries}
    numbers = {code: number for number, code in enumerate(sorted(rules))}
    driver = {
        "name": "kea-hac",
        "version": kea_hac.__version__,
        "rules": [_rule(rules[code]) for code in numbers],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"kea-hac/{listed.command}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_TOP: {"description": _text("The top of the Git work tree.")}},
        "invocations": [_invocation(listed)],
        "results": [_result(each, numbers, page) for each in listed.entries],
    }
    return as_json.render({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _invocation(listed: Listed) -> dict[str, Any]:
    """What could not be done, and the checks that were skipped."""
    notes = [{"level": "error", "message": _text(each)} for each in listed.problems]
    notes += [{"level": "note", "message": _text(f"skipped: {each.what}: {each.reason}")} for each in listed.skipped]
    return {"executionSuccessful": not listed.problems, "toolExecutionNotifications": notes}


def _rule(rule: Rule) -> dict[str, Any]:
    plain, marked = help_page(rule)
    address = rule_address(rule.code)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": _text(rule.name.replace("-", " ")),
        "fullDescription": _text(rule.why),
        "help": {"text": plain, "markdown": marked},
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(entry: Entry, numbers: Mapping[str, int], page: Page) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": entry.rule.code,
        "ruleIndex": numbers[entry.rule.code],
        "level": _LEVELS[entry.severity],
        "message": _text(entry.words),
        "locations": list(_locations(entry, page)),
        "partialFingerprints": {VERSION: entry.fingerprint},
    }
    if entry.related:
        made["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(span, page), "message": _text(words)}
            for number, (span, words) in enumerate(entry.related, 1)
        ]
    return made


def _locations(entry: Entry, page: Page) -> Iterable[dict[str, Any]]:
    if entry.span is None:
        return
    made: dict[str, Any] = {"physicalLocation": _place(entry.span, page)}
    if entry.path:
        made["logicalLocations"] = [{"fullyQualifiedName": safe(entry.path)}]
    yield made


def _place(span: Span, page: Page) -> dict[str, Any]:
    """Lines and columns from 1, the end exclusive, as in a span. A file as a whole has none."""
    place: dict[str, Any] = {"artifactLocation": _uri(page.place(span.file))}
    if span.line > 0:
        place["region"] = {
            "startLine": span.line,
            "startColumn": max(span.column, 1),
            "endLine": max(span.end_line, span.line),
            "endColumn": max(span.end_column, span.column + 1 if span.end_line <= span.line else 1),
        }
    return place


def _uri(path: str) -> dict[str, str]:
    written = quote(path.encode("utf-8", "surrogateescape" if _from_system(path) else "replace"))
    return {"uri": f"file://{written}"} if path.startswith("/") else {"uri": written, "uriBaseId": _TOP}


def _from_system(path: str) -> bool:
    """False where a path has halves of characters that no name of a file can have had."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _text(text: str) -> dict[str, str]:
    """A message as plain text: nothing in it is a link or stands for an argument."""
    lines = "\n".join(safe(line) for line in text.split("\n"))
    return {"text": _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub(r"\\[", lines))}
