"""The format `junit`: the XML that most CI systems show as a list of tests.

A file is a test suite, a finding a test case of it. A finding that causes exit code 1 is a failure, what could not be read or done an
error; the others have passed and contain their words. A run without findings is one test that has passed, because Jenkins and others
take a report without tests for a broken one.

Source: no standard exists; this keeps to the elements and attributes of Jenkins' `junit-10.xsd`.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kea_hac.regex import regex
from kea_hac.report.cells import safe
from kea_hac.report.entries import Entry, Listed, of_result, of_review
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.results import Result

if TYPE_CHECKING:
    from kea_hac.review.run import Reviewed

_NO_XML = regex("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 has no way to write, also not as a reference (production 2)."""


def findings(result: Result, page: Page) -> Rendered:
    """All findings, without the other results of the command."""
    return Rendered(_document(of_result(result, page.place), page))


def review(result: Reviewed, page: Page) -> Rendered:
    """Limits, new findings, and a test that has passed on each pair that changes."""
    return Rendered(_document(of_review(result, page.place), page))


def _document(listed: Listed, page: Page) -> str:
    top = ET.Element("testsuites", name=f"kea-hac {listed.command}")
    by_file: dict[str, list[Entry]] = {}
    for each in listed.entries:
        by_file.setdefault(page.place(each.span.file) if each.span is not None else "", []).append(each)
    for file, entries in sorted(by_file.items()):
        suite = _suite(top, file or f"kea-hac {listed.command}", file)
        known: Counter[tuple[str, str]] = Counter()
        for each in entries:
            name = each.message.partition("\n")[0] + (f" ({each.path})" if each.path else "")
            known[each.rule.code, name] += 1
            alike = known[each.rule.code, name]
            _case(suite, each, f"{each.rule.name}: {name}" + (f" ({alike})" if alike > 1 else ""), page)
    rest = _suite(top, f"kea-hac {listed.command}: the run")
    for problem in listed.problems:
        _child(_test(rest, problem, "not-done"), "error", problem, problem, type="not-done")
    for skipped in listed.skipped:
        _child(_test(rest, skipped.what, "skipped"), "skipped", skipped.reason)
    if not by_file and not len(rest):
        _test(rest, "no findings", "kea-hac")
    if not len(rest):
        top.remove(rest)
    _count(top)
    # `##[` is a command for the log of some CI systems, wherever it stands in a line.
    text: str = ET.tostring(top, encoding="us-ascii", xml_declaration=True).decode("ascii")
    return text.replace("##", "#&#35;") + "\n"


def _suite(top: ET.Element, name: str, file: str = "") -> ET.Element:
    return ET.SubElement(top, "testsuite", {"name": _clean(name), **({"file": _clean(file)} if file else {})})


def _test(suite: ET.Element, name: str, kind: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", name=_clean(name), classname=_clean(kind))


def _case(suite: ET.Element, entry: Entry, name: str, page: Page) -> None:
    """One entry. Its name has no line, so that a CI system knows it again; what is alike was numbered."""
    file = page.place(entry.span.file) if entry.span is not None else ""
    where = f"{file}:{entry.span.line}:{entry.span.column}: " if entry.span is not None and entry.span.line > 0 else ""
    case = _test(suite, name, entry.rule.code)
    words = f"{where}{entry.words}"
    if entry.rule.unreadable:
        _child(case, "error", entry.message, words, type=entry.severity.value)
    elif entry.counts and entry.severity.rank <= page.fail_on.rank:
        _child(case, "failure", entry.message, words, type=entry.severity.value)
    else:
        ET.SubElement(case, "system-out").text = _clean(f"{entry.severity}: {words}")


def _child(case: ET.Element, tag: str, message: str, text: str = "", **attributes: str) -> None:
    made = ET.SubElement(case, tag, attributes, message=_clean(" ".join(message.split())))
    made.text = _clean(text) or None


def _count(top: ET.Element) -> None:
    """The numbers of tests, failures, errors and skipped ones, of each suite and of all."""
    for each in (top, *top):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            if each is not top or name != "skipped":
                each.set(name, str(_number(each, tag)))


def _number(element: ET.Element, tag: str) -> int:
    found: Iterable[ET.Element] = element.iter(tag)
    return sum(1 for _ in found)


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", "\n".join(safe(line) for line in text.split("\n")))
