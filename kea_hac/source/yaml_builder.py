"""libyaml's events → Map, Seq, Plain and str with the place of every key and value.

libyaml alone takes about 1.2 s for 100,000 reservations (10 MB), so the loop over its events spends next to nothing on an
ordinary scalar; whatever has a tag, an anchor, a comment in the way or a fault goes through `_uncommon`.
A position is always the place where a value is *written*: behind an alias, a merge or an include that is elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import intern, maxsize
from typing import Any, NoReturn

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from kea_hac.diagnostics import Route, rewrite_it
from kea_hac.source import rules
from kea_hac.source.document import Map, Plain, Seq, pack, packed
from kea_hac.source.includes import Includes, Origin, Source
from kea_hac.source.ledger import HaltError, Ledger, LoadedValue
from kea_hac.source.odd_characters import unquoted
from kea_hac.source.scalars import BLANKS, behind_properties
from kea_hac.source.secrets import in_secret
from kea_hac.source.tags import STRING, Tags
from kea_hac.source.yaml_containers import COUNT_EVERY, ITEM, OPEN, UNREAD, Containers, Frame, Role, merge, name_of
from kea_hac.source.yaml_errors import bad_character, explain
from kea_hac.source.yaml_marks import Marks
from kea_hac.source.yaml_runs import MisfitError, Run

_QUOTES = ('"', "'")


class Builder(Containers):
    """Builds the value of one text. `back` maps the characters that `stand_ins` put in to those that were meant; `runs`: of the text."""

    def __init__(
        self,
        ledger: Ledger,
        includes: Includes,
        source: Source,
        route: Route,
        back: dict[int, str] | None = None,
        runs: Sequence[Run] = (),
    ) -> None:
        super().__init__(ledger, source, route)
        self._runs = list(reversed(runs))
        self._tags = Tags(ledger, includes)
        self._base = source.number << 64
        self._back = back
        self._anchors: dict[str, LoadedValue] = {}
        self._brought: dict[str, range] = {}
        """The texts that the file behind an anchor brought."""
        self._documents = 0
        self._peek: Callable[[], Any] = lambda: None
        self._marks = Marks(self._text)

    def run(self, text: str) -> LoadedValue | None:
        """Go through the events of `text`: the ledger's, or what `without_runs` and `stand_ins` made of it.

        Raises MarkedYAMLError, HaltError or MisfitError.
        """
        try:
            parser = CParser(text)
            self._peek = parser.peek_event
            self._events(parser.get_event)
        except (ReaderError, UnicodeEncodeError):
            self._refuse_character()
        if not self._documents or (self._root and isinstance(self._root[0], Plain) and not self._root[0]):
            self._halt(rules.EMPTY_FILE, pack(self._number, 0, 0), "this file contains only comments and spaces")
        self._marks.note(self._ledger, self._number)
        if not self._root:
            # Its only value is missing. Only an alias can cause that without being unreadable itself.
            at = pack(self._number, 0, 0)
            self._report(rules.NOT_A_MAP, at, "the only value of this file could not be read")
            return None
        return LoadedValue(self._root[0], self._root.spans[0], self._frame.extra + 1, self._frame.height)

    def refuse(self, error: MarkedYAMLError) -> NoReturn:
        """Report a syntax error, which ends the file."""
        complaint = explain(error, self._text)
        at = pack(self._number, complaint.start, complaint.end)
        repair = () if complaint.text is None else rewrite_it(complaint.text)
        self._report(rules.YAML_SYNTAX, at, complaint.message, fix=complaint.fix, repair=repair)
        raise HaltError

    def _events(self, get: Callable[[], Any]) -> None:
        base = self._base
        back = self._back
        frame = self._frame
        node: Any = frame.node
        spans = node.spans
        key: Any = frame.key
        key_at = 0
        watch = self._watch()
        while True:
            event = get()
            if event.__class__ is ScalarEvent:
                end = event.end_mark.index
                if end <= watch and event.ctag is None and event.anchor is None:
                    value = event.value
                    if back is not None:
                        value = value.translate(back)
                    at = base | event.start_mark.index << 32 | end
                    style = event.style
                    if key is None:
                        if value not in node and value != "<<":
                            key = intern(value)
                            key_at = at
                            continue
                    elif value if style == "" else style in _QUOTES:
                        if style == "":
                            value = Plain(value)
                        if key is ITEM:
                            node.append(value)
                            spans.append(at)
                        else:
                            node[key] = value
                            spans.append(key_at)
                            spans.append(at)
                            key = None
                        continue
            frame.key = key
            frame.key_at = key_at
            if not self._uncommon(event):
                return
            frame = self._frame
            node = frame.node
            spans = node.spans
            key = frame.key
            key_at = frame.key_at
            watch = self._watch()

    def _watch(self) -> int:
        """A scalar that ends beyond this offset is uncommon.

        A mark stands before its end, it stands for a run, its key was refused, or it is time to count.
        """
        if self._frame.key.__class__ is Role and self._frame.key is not ITEM:
            return -1
        run = self._runs[-1].start if self._runs else maxsize
        return min(self._marks.next, self._count_at, run)

    def _uncommon(self, event: Any) -> bool:
        """Take an event that is not an ordinary scalar. False at the end of the document."""
        kind = event.__class__
        if kind is StreamEndEvent and self._runs:
            raise MisfitError
        if kind is StreamEndEvent or event.end_mark.index > self._count_at:
            self._count(event)
        if kind is MappingStartEvent or kind is SequenceStartEvent:
            self._start(event, kind is MappingStartEvent)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            self._end(event)
        elif kind is ScalarEvent:
            self._scalar(event)
        elif kind is AliasEvent:
            self._alias(event)
        elif kind is DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                self._halt(
                    rules.SEVERAL_DOCUMENTS,
                    self._mark(event),
                    "a second document begins here, and a file must contain only one: put it into a file of its own",
                )
        return kind is not StreamEndEvent

    def _count(self, event: Any) -> None:
        """Stop reading a file with more keys and values than the limit."""
        nodes = sum(len(each.node.spans) + each.extra for each in (*self._frames, self._frame))
        self._count_at = event.end_mark.index + COUNT_EVERY
        if nodes > self._ledger.limits.nodes:
            self._halt(rules.OVER_LIMIT, self._mark(event), self._ledger.limits.too_many_nodes(nodes))

    # Values

    def _scalar(self, event: Any) -> None:
        if self._runs and event.end_mark.index > self._runs[-1].start:
            self._run(event, self._runs.pop())
            return
        start, end = self._bounds(event)
        value = event.value.translate(self._back) if self._back else event.value
        style = event.style or ""
        curly = False
        if style in ("|", ">"):
            # The position of a block scalar reaches to the next token; the line of its head may hold a comment.
            head = self._text.find("\n", start, end)
            self._marks.pass_by(end if head < 0 else head, end)
            end = start + len(self._text[start:end].rstrip())
        else:
            curly = self._marks.pass_by(start, end)
        at = pack(self._number, start, end)
        if curly and not style:
            words = "curly quotes do not quote; they would become a part of the value: use \" or '"
            instead = unquoted(value)
            shown = instead if instead is None or isinstance(instead, Plain) else f'"{instead}"'
            fix = None if shown is None else f"write {shown}"
            repair = rewrite_it(shown) if shown is not None and self._frame.key is not None else ()
            self._report(rules.CURLY_QUOTES, at, words, fix=fix, repair=repair)
        loaded: LoadedValue | None = LoadedValue(value if style else Plain(value), at, 1, 0)
        is_key = self._frame.key is None
        if event.tag is not None:
            if is_key and event.tag != STRING:
                self._tags.unknown(event.tag, self._origin(at), self._tag(event))
            else:
                before = len(self._ledger.texts)
                loaded = self._tags.value(event.tag, value, self._origin(at), self._tag(event))
                if event.anchor is not None:
                    self._brought[event.anchor] = range(before, len(self._ledger.texts))
        if event.anchor is not None:
            self._anchors[event.anchor] = loaded or UNREAD
        if is_key:
            self._key(value, at, merging=value == "<<" and not style and event.tag is None)
        elif loaded is None:
            self._missing(at)
        else:
            self._colon_trap(value, style)
            self._put(loaded, splice=event.tag is not None)

    def _run(self, event: Any, run: Run) -> None:
        """Take the items of a run, for which this scalar stands."""
        frame = self._frame
        if (
            event.start_mark.index != run.start
            or frame.key is not ITEM
            or frame.flow
            or not isinstance(frame.node, Seq)
        ):
            raise MisfitError
        if len(self._frames) + run.height > self._depth:
            raise MisfitError  # the first item that is too deep is reported
        frame.node += run.items
        frame.node.spans += run.spans
        frame.extra += run.nodes
        frame.height = max(frame.height, run.height)
        self._count_at = 0

    def _start(self, event: Any, is_map: bool) -> None:
        start = event.start_mark.index
        end = event.end_mark.index
        anchor = event.anchor
        if anchor is not None or event.ctag is not None:
            start, end = self._bounds(event)
            if start == event.start_mark.index:
                start = end  # the block begins on the next line
            if event.ctag is not None:
                at = self._tag(event)
                self._tags.unknown(event.tag, self._origin(at), at)
            if anchor is not None:
                self._anchors[anchor] = OPEN
        if not event.flow_style:
            # A block container has no visible end: show it by its first token.
            token = self._peek().end_mark.index
            end = max(end, min(token, self._runs[-1].token) if self._runs else token)
            while self._text[end - 1] in BLANKS:
                end -= 1
        outer = self._frame
        if outer.key is None:
            self._refuse_complex_key(event)
        self._frames.append(outer)
        if len(self._frames) > self._depth:
            self._halt(rules.OVER_LIMIT, pack(self._number, start, end), self._too_deep())
        self._frame = Frame(Map() if is_map else Seq(), start, end, event.flow_style, anchor, None if is_map else ITEM)

    def _end(self, event: Any) -> None:
        frame = self._frame
        node = frame.node
        if frame.merges:
            merge(node, frame.merges)
        end = event.end_mark.index if frame.flow else frame.end
        value = self._meant(node, frame, end) if len(node) == 1 else node
        below = len(node.spans) + frame.extra
        node.spans = packed(node.spans)
        at = self._base | frame.start << 32 | end
        self._frame = outer = self._frames.pop()
        if outer.key is ITEM and frame.anchor is None:
            # What `_put` does, for the case that a site has a hundred thousand times.
            outer.node.append(value)  # type: ignore[union-attr] # only a Seq has items
            outer.node.spans.append(at)
            outer.extra += below
            if frame.height >= outer.height:
                outer.height = frame.height + 1
            return
        loaded = LoadedValue(value, at, 1 + below, frame.height + 1)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = loaded
        self._put(loaded)

    def _alias(self, event: Any) -> None:
        at = self._mark(event)
        name = event.anchor
        loaded = self._anchors.get(name)
        if in_secret(self._here()):
            for number in self._brought.get(name, ()):
                self._ledger.texts[number].close()
        if loaded is None:
            known = ", ".join(f"&{each}" for each in list(self._anchors)[:5]) or "none so far"
            self._report(
                rules.UNKNOWN_ALIAS,
                at,
                f"*{name} has no anchor &{name} above it in this file (anchors here: {known}); a string that begins with * needs quotes",
            )
        elif loaded is OPEN:
            self._report(rules.RECURSIVE_ALIAS, at, f"*{name} is inside the value &{name} that it refers to")
        elif loaded is UNREAD:
            pass
        elif self._frame.key is None:
            if isinstance(loaded.value, str):
                self._key(loaded.value, at, merging=False)
                return
            self._report(rules.COMPLEX_KEY, at, f"*{name} is a {name_of(loaded.value)}, and a key must be a string")
            self._frame.key = Role.DROP
            return
        elif self._ledger.may_add(loaded.size, at, self._here()):
            if loaded.at >> 64 != self._number and in_secret(self._here()):
                self._ledger.texts[loaded.at >> 64].close()
            self._put(loaded)
            return
        self._missing(at)

    def _refuse_character(self) -> NoReturn:
        found = bad_character(self._text)
        start, end = (found.start, found.end) if found else (0, 0)
        message = found.message if found else "this file contains a character that YAML does not allow"
        # libyaml reads ahead: which value the character is in is not known.
        self._ledger.report(rules.CONTROL_CHARACTER, pack(self._number, start, end), message, route=self._route)
        raise HaltError

    # Places

    def _bounds(self, event: Any) -> tuple[int, int]:
        """Where a value begins and ends, without its anchor and tag, which libyaml counts in."""
        start = event.start_mark.index
        end = event.end_mark.index
        if event.anchor is None and event.tag is None:
            return start, end
        value = behind_properties(self._text, start, end)
        return (value, end) if value < end else (start, end)

    def _tag(self, event: Any) -> int:
        """Where the tag of a value is written."""
        start = self._text.find("!", event.start_mark.index, event.end_mark.index + 1)
        if start < 0:  # `%TAG`, or a tag that libyaml made
            return self._mark(event)
        end = next((at for at in range(start, len(self._text)) if self._text[at] in BLANKS), len(self._text))
        return pack(self._number, start, end)

    def _origin(self, at: int) -> Origin:
        return Origin(self._number, at, self._here())
