"""Set or remove the entries that kea-hac owns in an existing preferences.cfg, and keep every other byte.

In: the existing bytes and the wanted entries. Out: `Merge`: the new bytes, the changes, and warnings for
the user. The form of the file (XML or INI) stays; so do comments, order, indentation, encoding, line ends and a missing last
line end. Merging twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.errors import TreeError
from kea_hac.micetro.preferences import NAMES, PreferencesForm, checked, entry, quoted, same
from kea_hac.micetro.preferences_scan import Line, Scan, ScannedEntry, scan
from kea_hac.records import dataclass
from kea_hac.source.conflict_markers import conflict_marker

Edit = tuple[int, int, bytes]
"""Replace [start, end) with these bytes."""


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One of our entries that is not as it was."""

    name: str
    before: str | None
    """What the agent read until now; None: nothing, or nothing that could be read."""
    after: str | None
    """None: the entry is gone."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged file."""

    content: bytes
    changes: tuple[EntryChange, ...]
    """In the order of our names; empty when every value is as it was."""
    warnings: tuple[str, ...]
    """Each one line. Names and line numbers only: other people's values may be secrets."""
    left: int = 0
    """Entries of others that the agent may not read, and that stay."""


def merge(existing: bytes, entries: Mapping[str, str | None]) -> Merge:
    """The file with exactly these of the entries that kea-hac owns; one that is missing or None is removed.

    Raises ValueError as `checked`, and TreeError for UTF-16 text, in which nothing could be found, for entries inside an element, and for
    the markers of a merge that is not finished.
    """
    wanted, seen = checked(entries), _seen(existing)
    plans = [_Plan.of(name, wanted.get(name), seen) for name in NAMES]
    dropped = [each for plan in plans for each in plan.drop]
    edits = [edit for plan in plans for edit in plan.edits(seen)]
    added = [entry(plan.name, plan.value, seen.form) for plan in plans if plan.value is not None and plan.keep is None]
    if added:
        edits.append(_insertion(existing, seen, dropped, added))
    edits += _removals(existing, seen, dropped)
    content = _trimmed(seen, edits, _spliced(existing, edits))
    changes = tuple(change for plan in plans if (change := plan.change(seen)))
    left = sum(
        each.own is None and (each.curly or each.form is not seen.form or each.value is None) for each in seen.entries
    )
    return Merge(content, changes, tuple(_warnings(seen, plans)), left)


def read_entries(content: bytes) -> Mapping[str, str]:
    """Our entries as an agent would read them: of equal names the last; what cannot be read is left out."""
    seen = _seen(content)
    return {
        name: each.value
        for name in NAMES
        for each in seen.entries
        if each.own == name and each.form is seen.form and each.value is not None
    }


def readable_scan(content: bytes) -> Scan:
    """The structure of a file whose text can be read. Raises TreeError for UTF-16 and for the markers of an unfinished merge."""
    if b"\0" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TreeError("preferences.cfg is UTF-16 or binary; save it as UTF-8 and run this again")
    seen = scan(content)
    marker = conflict_marker(content[seen.body :].decode("latin-1"))  # one character is one byte
    if marker is not None:
        at, _, words = marker
        raise TreeError(f"line {seen.number_of(seen.body + at)}: {words}")
    return seen


def _seen(content: bytes) -> Scan:
    seen = readable_scan(content)
    if seen.around is not None:
        root, end = seen.around
        raise TreeError(
            f"the element <{root.name}> of line {root.number} contains entries (to line {end}), and this form has one "
            "element for each entry, without a root: it is unknown what the agent reads. Remove both tags of it and run this again"
        )
    return seen


@dataclass(frozen=True, slots=True)
class _Plan:
    """What becomes of one name."""

    name: str
    value: str | None
    found: tuple[ScannedEntry, ...]
    keep: ScannedEntry | None
    """The entry that gets the value: the first at a place where the agent reads it."""

    @classmethod
    def of(cls, name: str, value: str | None, seen: Scan) -> _Plan:
        found = tuple(each for each in seen.entries if each.own == name)
        homes = [
            each
            for each in found
            if seen.form is PreferencesForm.XML or each.form is PreferencesForm.INI or not each.section
        ]
        return cls(name, value, found, homes[0] if homes and value is not None else None)

    @property
    def drop(self) -> tuple[ScannedEntry, ...]:
        return tuple(each for each in self.found if each is not self.keep)

    def before(self, form: PreferencesForm) -> str | None:
        """What the agent read: the last one in the file's own form."""
        values = [each.value for each in self.found if each.form is form]
        return values[-1] if values else None

    def change(self, seen: Scan) -> EntryChange | None:
        before = self.before(seen.form)
        if before == self.value or (before and self.value and same(self.name, before, self.value, seen.form)):
            return None
        return EntryChange(self.name, before, self.value)

    def edits(self, seen: Scan) -> Iterator[Edit]:
        """Replace only the value where the entry is valid; otherwise write the whole entry anew."""
        keep = self.keep
        if keep is None or self.value is None:
            return
        if keep.form is not seen.form or keep.inner is None or keep.value is None:
            yield keep.start, keep.end, entry(self.name, self.value, seen.form)
        elif not same(self.name, keep.value, self.value, seen.form):
            yield *keep.inner, quoted(self.value, seen.form)


def _insertion(content: bytes, seen: Scan, dropped: list[ScannedEntry], added: list[bytes]) -> Edit:
    """After the last entry that stays; in INI after the last one above all sections, as a key below would get a prefix."""
    anchors = [each for each in seen.entries if each not in dropped and each.form is seen.form and not each.section]
    if not anchors:
        return _insertion_alone(content, seen, dropped, added)
    anchor = anchors[-1]
    first, line = seen.line_of(anchor.start), seen.line_of(max(anchor.start, anchor.end - 1))
    text = content[first.start : first.end]
    indent = text[: len(text) - len(text.lstrip(b" \t"))]
    at = line.end if _free(seen, line.end) else anchor.end
    end = _line_end(content, seen, line)
    return at, at, b"".join(end + indent + each for each in added)


def _insertion_alone(content: bytes, seen: Scan, dropped: list[ScannedEntry], added: list[bytes]) -> Edit:
    """Where no entry stays: the place of a removed one, else the end of the file, else its top.

    The top is for a file whose end is inside a section or inside a comment that is not closed.
    """
    end, tail = _line_end(content, seen, seen.lines[0]), len(content)
    places = [seen.line_of(each.start).start for each in dropped if not each.section]
    at = next(
        (each for each in sorted(places) if _free(seen, each)), seen.body if seen.sections or seen.unclosed else tail
    )
    if at < tail or at == seen.body or content.endswith((b"\n", b"\r")):
        return at, at, b"".join(each + end for each in added)
    return tail, tail, b"".join(end + each for each in added)


def _free(seen: Scan, offset: int) -> bool:
    return not any(start < offset < end for start, end in seen.closed)


def _line_end(content: bytes, seen: Scan, near: Line) -> bytes:
    """The line end used here: of this line, else the first of the file, else a newline."""
    ends = [content[line.end : line.after] for line in (near, *seen.lines)]
    return next((end for end in ends if end), b"\n")


def _removals(content: bytes, seen: Scan, dropped: list[ScannedEntry]) -> Iterator[Edit]:
    """Whole lines where they contain nothing else, else the entry alone."""
    for block in _blocks(seen, dropped):
        start, end = seen.line_of(block[0].start), seen.line_of(max(block[0].start, block[-1].end - 1))
        if _rest(content, start.start, end.end, block).strip():
            yield from ((each.start, each.end, b"") for each in block)
        else:
            yield start.start, end.after, b""


def _blocks(seen: Scan, dropped: list[ScannedEntry]) -> Iterator[list[ScannedEntry]]:
    """Entries that share lines, together."""
    block: list[ScannedEntry] = []
    for each in sorted(dropped, key=lambda each: each.start):
        if block and seen.line_of(each.start) != seen.line_of(max(block[-1].start, block[-1].end - 1)):
            yield block
            block = []
        block.append(each)
    if block:
        yield block


def _rest(content: bytes, start: int, end: int, block: list[ScannedEntry]) -> bytes:
    kept, at = b"", start
    for each in block:
        kept, at = kept + content[at : each.start], each.end
    return kept + content[at:end]


def _spliced(content: bytes, edits: list[Edit]) -> bytes:
    result, at = bytearray(), 0
    for start, end, new in sorted(edits):
        _append(result, content[at:start])
        _append(result, new)
        at = end
    _append(result, content[at:])
    return bytes(result)


def _append(result: bytearray, piece: bytes) -> None:
    """A line that ends with CR keeps its end before a line that is only LF: the two bytes would be one line end, CR LF."""
    if result.endswith(b"\r") and piece.startswith(b"\n"):
        result += b"\n"
    result += piece


def _trimmed(seen: Scan, edits: list[Edit], result: bytes) -> bytes:
    """A file without a line end at its end still has none when its last line was an entry that was removed."""
    last = seen.lines[-1]
    gone = any(start <= last.start and last.after <= end and not new for start, end, new in edits)
    if gone and last.start < last.end == last.after:
        return next((result[: -len(end)] for end in (b"\r\n", b"\n", b"\r") if result.endswith(end)), result)
    return result


def _warnings(seen: Scan, plans: list[_Plan]) -> Iterator[str]:
    for plan in plans:
        numbers = ", ".join(str(each.number) for each in plan.found)
        if len(plan.found) > 1 and plan.value is not None:
            yield f"{plan.name} occurs {len(plan.found)} times (lines {numbers}); one stays, the others are removed"
    for each in seen.entries:
        words = f"line {each.number}: {each.name}"
        mended = "it is written anew" if each.own else "it stays as it is, please correct it"
        if each.curly:
            yield f"{words} has typographic quotes; {mended}"
        elif each.form is not seen.form:
            yield f"{words} is written as {each.form.upper()} in a file that is {seen.form.upper()}; {mended}"
        elif each.value is None:
            yield f"{words} cannot be read; {mended}"
        elif each.own is None and (own := _hidden(each)):
            yield f"{words} is below [{each.section}] and is not {own}; move it above all sections"


def _hidden(each: ScannedEntry) -> str | None:
    """Our name when it got a section's name in front by mistake."""
    bare = each.name[len(each.section) :].lower() if each.section else ""
    return next((name for name in NAMES if name.lower() == bare), None)
