"""Findings as a person reads them: the fact, the line with a mark under the place, what Kea does with it, the fix.

error[KH201 pool-outside-subnet]: pool 192.0.3.1 - 192.0.3.9 lies outside 192.0.2.0/24
  --> specs/campus.yaml:14:17 (dhcp4.subnet4[0].pools[0].pool)
   |
10 |     - subnet: 192.0.2.0/24
   |               ------------ the prefix is set here
...
14 |         - pool: 192.0.3.1 - 192.0.3.9
   |                 ^^^^^^^^^^^^^^^^^^^^^
   = in kea1/kea-dhcp4.conf: Dhcp4.subnet4[0].pools[0]
   = Kea: refuses this
   = fix: take addresses of 192.0.2.0/24
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial

from kea_hac.diagnostics import Diagnostic, KeaVerdict, Report, Severity, Skipped, Span
from kea_hac.records import dataclass
from kea_hac.report.cells import block, safe, uncommanding
from kea_hac.report.grouping import More, shortened, shortened_skipped
from kea_hac.report.snippet import Excerpt, excerpt

WIDTH = 140
"""Cells of a line where no terminal says how wide it is."""

_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_FRAME = "\x1b[1;34m"
_RELATED = "\x1b[1;36m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;36m"}
_KEA = {KeaVerdict.REFUSES: "refuses this", KeaVerdict.ACCEPTS: "accepts this without an error"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """One place to be shown in the source."""

    span: Span
    text: str
    words: str
    style: str
    sign: str


class _Page:
    """What every part of one finding needs to know: colour or not, how wide, how wide the line numbers."""

    __slots__ = ("_colour", "gutter", "indent", "numbers", "width")

    def __init__(self, colour: bool, width: int, numbers: int) -> None:
        self._colour = colour
        self.width = width
        self.numbers = numbers
        self.indent = " " * numbers
        self.gutter = self.numbered("")
        """Before what is below a line of the source."""

    def paint(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self._colour and text else text

    def numbered(self, number: str) -> str:
        """Before a line of the source."""
        return self.paint(_FRAME, f"{number:>{self.numbers}} |")

    def note(self, label: str, words: str) -> str:
        """`= label: words`"""
        head = f"{self.indent} {self.paint(_FRAME, '=')} {self.paint(_BOLD, f'{label}:')}"
        return f"{head} {safe(words)}".rstrip()


def render(report: Report, *, colour: bool = False, width: int = WIDTH) -> str:
    """All findings, then the checks that could not run; "" when there is nothing to say. `width` in terminal cells."""
    page = cache(partial(_Page, colour, width))
    blocks = [
        _more(each, page(0)) if isinstance(each, More) else _finding(each, page)
        for each in shortened(report.diagnostics)
    ]
    if report.skipped:
        blocks.append(_skipped(report.skipped, page(0)))
    return "\n".join(blocks)


def summary(report: Report, inputs: str) -> str:
    """One line: "3 errors, 1 warning in 2 files; 1 check skipped". `inputs` names what was read: "4 specs"."""
    counts = [(severity, sum(each.severity is severity for each in report.diagnostics)) for severity in Severity]
    found = ", ".join(_tally(number, severity) for severity, number in counts if number)
    files = len({each.span.file for each in report.diagnostics})
    line = f"{found} in {counted(files, 'file')}" if found else f"no findings in {inputs}"
    if report.ignored:
        by = sorted({each.place.partition(":")[0] for each in report.ignored})
        line += f"; {counted(len(report.ignored), 'finding')} ignored by {' and '.join(by)}"
    if report.skipped:
        line += f"; {counted(len(report.skipped), 'check')} skipped"
    return line


def kea_does(found: Diagnostic) -> str:
    """The rest of a sentence that begins with "Kea"; "" where Kea never sees it, and where there is nothing to refuse.

    That Kea accepts what is only worth knowing is no news.
    """
    if found.severity is Severity.INFO and found.kea_verdict is KeaVerdict.ACCEPTS:
        return ""
    return _KEA.get(found.kea_verdict, "")


def _tally(number: int, severity: Severity) -> str:
    return f"{number} info" if severity is Severity.INFO else counted(number, severity.value)


def counted(number: int, noun: str) -> str:
    """ "3 specs", "1 spec"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _finding(found: Diagnostic, page_for: Callable[[int], _Page]) -> str:
    marks = list(_marks(found))
    page = page_for(len(str(max([mark.span.line for mark in marks], default=1))))
    lines = [*_header(found, page), *_source(found.span.file, marks, page)]
    for (span, words), text in _with_texts(found):
        if text is None:
            lines.append(page.note("note", f"{words} ({_spot(span)})"))
    if found.artifact:
        lines.append(f"{page.indent} {page.paint(_FRAME, '=')} in {safe(found.artifact)}")
    if kea := kea_does(found):
        lines.append(page.note("Kea", kea))
    if found.fix:
        lines.append(page.note("fix", found.fix))
    return block(lines)


def _more(more: More, page: _Page) -> str:
    title = page.paint(_COLOURS[more.severity], f"{more.severity}[{more.rule.code} {more.rule.name}]")
    return block([f"{title}{page.paint(_BOLD, f': {safe(more.words)}')}"])


def _header(found: Diagnostic, page: _Page) -> Iterator[str]:
    title = page.paint(_COLOURS[found.severity], f"{found.severity}[{found.rule.code} {found.rule.name}]")
    yield f"{title}{page.paint(_BOLD, f': {safe(found.message)}')}".rstrip()
    path = f" ({safe(found.path)})" if found.path else ""
    yield f"{page.indent}{page.paint(_FRAME, '-->')} {_spot(found.span)}{path}"


def _spot(span: Span) -> str:
    return f"{safe(span.file)}:{span.line}:{span.column}" if span.line > 0 else safe(span.file)


def _with_texts(found: Diagnostic) -> Iterator[tuple[tuple[Span, str], str | None]]:
    for number, related in enumerate(found.related):
        yield related, found.related_texts[number] if number < len(found.related_texts) else None


def _marks(found: Diagnostic) -> Iterator[_Mark]:
    """The places whose lines are available, the finding's own first."""
    if found.text or (found.text is not None and not found.rule.unreadable):
        yield _Mark(found.span, found.text, "", _COLOURS[found.severity], "^")
    for (span, words), text in _with_texts(found):
        if text is not None:
            yield _Mark(span, text, words, _RELATED, "-")


def _source(file: str, marks: Iterable[_Mark], page: _Page) -> Iterator[str]:
    """The marked lines, file by file, in the order of the lines; "..." where some are left out."""
    by_file: dict[str, list[_Mark]] = {}
    for mark in marks:
        by_file.setdefault(mark.span.file, []).append(mark)
    for name, own in by_file.items():
        if name != file:
            yield f"{page.indent}{page.paint(_FRAME, ':::')} {_spot(own[0].span)}"
        yield page.gutter
        last, shown = 0, ""
        for mark in sorted(own, key=lambda each: (each.span.line, each.sign != "^", each.span.column)):
            cut = _cut(mark, page)
            if 0 < last < mark.span.line - 1:
                yield page.paint(_FRAME, "...")
            if (mark.span.line, cut.text) != (last, shown):
                yield f"{page.numbered(str(mark.span.line))} {cut.text}".rstrip()
            words = f" {safe(mark.words)}" if mark.words else ""
            yield f"{page.gutter} {' ' * cut.indent}{page.paint(mark.style, mark.sign * cut.width + words)}"
            last, shown = mark.span.line, cut.text


def _cut(mark: _Mark, page: _Page) -> Excerpt:
    """The part of the line that is shown. A span of many lines is marked to the end of its first one."""
    end = mark.span.end_column - 1 if mark.span.end_line == mark.span.line else len(mark.text.rstrip())
    return excerpt(uncommanding(mark.text), mark.span.column - 1, end, page.width - page.numbers - 3)


def _skipped(skipped: Sequence[Skipped], page: _Page) -> str:
    lines = []
    for each, others in shortened_skipped(skipped):
        more = f", and {others:,} more for the same reason" if others else ""
        lines.append(f"{page.paint(_FRAME, 'skipped')}: {safe(each.what)}: {safe(each.reason)}{more}")
    return block(lines)
