"""What `diff --adopt` did: what is in the spec now, what is not and why, with the edit to make by hand."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from kea_hac.adopt.adopt import Adoption, Refusal
from kea_hac.adopt.task import Besides
from kea_hac.changes.change import Change, newest_path, spelt
from kea_hac.records import dataclass
from kea_hac.report.cells import block, both, safe
from kea_hac.report.drift import value_text
from kea_hac.report.drift_rows import sort_of
from kea_hac.report.grouping import few, hidden, rest_of
from kea_hac.report.markdown import fenced
from kea_hac.report.text import counted
from kea_hac.source.document import Document, SourceText


def render(adoption: Adoption, written: Sequence[str]) -> str:
    """As text. Ends with a line end."""
    return block(_lines(adoption, written))


def render_markdown(adoption: Adoption, written: Sequence[str]) -> str:
    """The same text in GitHub's markdown."""
    return fenced(_lines(adoption, written))


def _lines(adoption: Adoption, written: Sequence[str]) -> list[str]:
    lines: list[str] = []
    if adoption.adopted:
        lines.append("adopted:")
        adopted = once(adoption.adopted)
        shown = few(adopted, lambda each: each.kind)
        lines += [f"  {safe(each.place)}: {safe(value_text(each.change.live))}" for each in shown]
        lines += _rest(hidden(adopted, shown))
    if adoption.refused:
        lines.append("not adopted:")
        refused = _refusals(adoption.refused)
        kept = few(refused, lambda each: (each.kind, each.why))
        for each in kept:
            lines += [f"  {safe(each.place)}: {safe(each.why[0])}", f"    by hand: {safe(each.why[1])}"]
        lines += _rest(hidden(refused, kept))
    if adoption.besides:
        lines.append("written besides:")
        lines += [f"  {safe(_besides(each))}" for each in adoption.besides]
    if adoption.comments:
        lines.append("comments to check, beside values that are others now:")
        lines += [f"  {safe(each.places[0])}: {safe(each.what)}" for each in adoption.comments]
    for path in written:
        lines.append(f"written: {safe(path)}")
        lines += _changed_lines(adoption, path)
    if not lines:
        lines.append("nothing to adopt")
    return lines


def summary(adoption: Adoption, written: Sequence[str]) -> str:
    """One line for the person at the terminal."""
    adopted, refused = once(adoption.adopted), _refusals(adoption.refused)
    words = f"{counted(len(adopted), 'change')} adopted, {len(refused)} not adopted"
    step = "; review the edits, then run kea-hac build" if written else ""
    return words + step


def data(adoption: Adoption, written: Sequence[str]) -> dict[str, Any]:
    """For programs."""
    return {
        "adopted": [_bare(each) for each in adoption.adopted],
        "refused": [{**_bare(each.change), "reason": each.reason, "manual": each.manual} for each in adoption.refused],
        "besides": [{"what": each.what, "places": list(each.places), "why": each.why} for each in adoption.besides],
        "comments": [{"what": each.what, "places": list(each.places), "why": each.why} for each in adoption.comments],
        "written": list(written),
    }


_WHOLE = sys.maxsize
"""Characters of a value that is compared."""
_MOST_PLACES = 3
_MOST_LINES = 60
"""Lines of one file that are shown; the numbers of the others are."""


def _besides(each: Besides) -> str:
    places = ", ".join(each.places[:_MOST_PLACES])
    more = f" and {len(each.places) - _MOST_PLACES} more" if len(each.places) > _MOST_PLACES else ""
    return f"{each.what} in {places}{more}: {each.why}"


def _changed_lines(adoption: Adoption, path: str) -> Iterator[str]:
    """Every line that is another one now, by its number in the old or in the new file. Secrets are masked."""
    old, new = (_text(document, path) for document in (adoption.document, adoption.plan.document))
    if old is None or new is None:
        return
    before, after = old.text.split("\n"), new.text.split("\n")
    result = []
    for what, low, high, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            result += [(f"  {number + 1:>5} - {_line(old, number)}", ("-", number + 1)) for number in range(low, high)]
            result += [
                (f"  {number + 1:>5} + {_line(new, number)}", ("+", number + 1)) for number in range(first, last)
            ]
    yield from (safe(line) for line, _ in result[:_MOST_LINES])
    if len(result) > _MOST_LINES:
        rest = [where for _, where in result[_MOST_LINES:]]
        yield f"  and {len(rest)} more lines: {safe(_ranges(rest))}"


def _ranges(lines: Iterable[tuple[str, int]]) -> str:
    """Numbers of lines, those that follow each other together: "61 to 90 -, 61 to 120 +"."""
    found: list[tuple[str, int, int]] = []
    for sign, number in lines:
        if found and found[-1][0] == sign and found[-1][2] + 1 == number:
            found[-1] = (sign, found[-1][1], number)
        else:
            found.append((sign, number, number))
    return ", ".join(f"{first if first == last else f'{first} to {last}'} {sign}" for sign, first, last in found)


def _text(document: Document, path: str) -> SourceText | None:
    return next((each for each in document.texts if each.path == path), None)


def _line(text: SourceText, number: int) -> str:
    shown = text.line(number + 1)
    return "(not shown: it may contain a secret)" if shown is None else shown


@dataclass(frozen=True, slots=True)
class OnServers:
    """One change, on every server that has it."""

    change: Change
    servers: tuple[str, ...]
    why: tuple[str, ...] = ()
    """Of what was refused: the reason, and the edit to make by hand."""

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"{both(self.servers)} {self.change.daemon.name} {spelt(self.change.path)}"

    @property
    def kind(self) -> str:
        """What a count of others calls it."""
        return f"{both(self.servers)} {self.change.daemon.name} {sort_of(self.change.path)}"


def once(changes: Iterable[Change]) -> list[OnServers]:
    """Each change once, whatever number of servers has it."""
    return _grouped((each, ()) for each in changes)


def _refusals(refused: Iterable[Refusal]) -> list[OnServers]:
    return _grouped((each.change, (each.reason, each.manual)) for each in refused)


def _grouped(rows: Iterable[tuple[Change, tuple[str, ...]]]) -> list[OnServers]:
    found: dict[Hashable, tuple[Change, list[str], tuple[str, ...]]] = {}
    for change, why in rows:
        values = (value_text(change.base, _WHOLE), value_text(change.live, _WHOLE))
        key = (change.daemon.name, newest_path(change.path), values, why)
        found.setdefault(key, (change, [], why))[1].append(change.server)
    return [OnServers(change, tuple(servers), why) for change, servers, why in found.values()]


def _rest(others: Iterable[OnServers]) -> Iterator[str]:
    rest = rest_of(others, lambda each: each.kind)
    if rest is not None:
        yield f"  {safe(rest.words)}"


def _bare(change: Change) -> dict[str, Any]:
    return {"server": change.server, "daemon": change.daemon.name, "path": spelt(change.path)}
