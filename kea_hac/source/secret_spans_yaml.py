"""The secrets of a text in YAML: see `secret_spans`. libyaml's events again, with nothing but the way to each value."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.limits import DEFAULT_LIMITS
from kea_hac.source.scalars import behind_properties
from kea_hac.source.secret_spans import SecretSpans, is_hidden_key, secrets_of_comment
from kea_hac.source.secrets import may_be_credential, may_have_credentials, may_hold_secret, mention, names_secret
from kea_hac.source.tags import INCLUDE, SECRET, STRING, TABLE, secret_fault
from kea_hac.source.yaml_stand_ins import misread, stand_ins

_COMMENT = regex(r"(?:(?<=[\s,\[\]{}\"'])|\A)#[^\n]*")
_USED = regex(r"\*([\w-]+)")
"""An alias, or what looks like one."""
_STARTS = (MappingStartEvent, SequenceStartEvent)
_ENDS = (MappingEndEvent, SequenceEndEvent)
_TAGS = (INCLUDE, TABLE, SECRET, STRING)


@dataclass(slots=True)
class _Node:
    """What an anchor stands before: where it is written, and its scalars."""

    start: int
    end: int
    words: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Frame:
    """A map or list that is open."""

    is_map: bool
    secret: bool
    key_next: bool
    key_secret: bool = False
    bare: bool = False
    """A string in this list, or the value of the key, may be a credential."""
    anchored: _Node | None = None


def yaml_secrets(text: str) -> SecretSpans:
    """The secrets of a text in YAML, those of a key with another name that an alias stands for included."""
    if not may_hold_secret(text):
        return SecretSpans()
    form, back = stand_ins(text) if misread(text) else (text, {})
    walk = _Walk(text, back)
    walk.run(form)
    if walk.found.known >= 0 and not back:  # as the reader does: what libyaml refuses may be a colon in a text
        form, back = stand_ins(text)
        again = _Walk(text, back)
        again.run(form)
        if not 0 <= again.found.known < walk.found.known:
            return again.found
    return walk.found


_USED = regex(r"\*([\w-]+)")
"""An alias, or what looks like one."""


class _Walk:
    def __init__(self, text: str, back: dict[int, str]) -> None:
        self.text = text
        self.found = SecretSpans()
        self._back = back
        self._frames = [_Frame(False, False, False)]
        self._anchors: dict[str, _Node] = {}
        self._comments = [match.span() for match in _COMMENT.finditer(text)]
        self._comment = 0
        self._last = (0, 0)
        self._remark = -1
        self._within = False
        """True when the last event was a secret, or a part of one."""

    def run(self, form: str) -> None:
        try:
            parser = CParser(form)
            while (event := parser.get_event()) is not None:
                self._event(event)
                if len(self._frames) > DEFAULT_LIMITS.depth + 1:  # the reader ends here too; libyaml takes ever longer
                    self._lose()
                    return
        except (MarkedYAMLError, ReaderError, UnicodeEncodeError):
            self._lose()

    def _lose(self) -> None:
        inside = any(frame.secret for frame in self._frames) or self._frames[-1].key_secret or self._within
        self.found.lose(self._last[0], inside=inside)
        used = set(_USED.findall(self.text, self._last[0]))
        for name in used & self._anchors.keys():  # an alias that was not reached may use it as a secret
            node = self._anchors[name]
            self.found.add(node.start, max(node.end, self._last[1] if node.end == node.start else 0), *node.words)

    def _event(self, event: Any) -> None:
        kind = event.__class__
        start, end = event.start_mark.index, event.end_mark.index
        self._pass_comments(start, end if kind is ScalarEvent and event.style not in ("|", ">") else start)
        self._within = False
        if kind is ScalarEvent:
            self._scalar(event, start, end)
        elif kind is AliasEvent:
            self._alias(event.anchor, start, end)
        elif kind in _STARTS:
            self._start(event, kind is MappingStartEvent, start)
        elif kind in _ENDS:
            self._end(end)
        if kind is ScalarEvent or kind is AliasEvent or kind in _STARTS:
            self._last = (start, end)

    # Nodes

    def _scalar(self, event: Any, start: int, end: int) -> None:
        value = event.value.translate(self._back) if self._back else event.value
        top = self._frames[-1]
        words = [value, *value.split("\n"), self.text[start:end].strip()]
        for frame in self._frames:
            if frame.anchored is not None:
                frame.anchored.words += words
        if event.anchor is not None:
            self._anchors[event.anchor] = _Node(start, end, words)
        if top.is_map and top.key_next:
            self._key(value, start, end)
            return
        secret = top.secret or top.key_secret or (top.bare and may_be_credential(value))
        if secret or event.tag == SECRET:
            self._value(event, value, start, end, words, secret)
        self._done()

    def _value(self, event: Any, value: str, start: int, end: int, words: list[str], secret: bool) -> None:
        """A scalar at a secret's key, or what `!secret` has: a path, or by mistake the password itself."""
        if event.tag == SECRET and secret_fault(value) is None:
            return
        if event.anchor is None and event.tag in (None, *_TAGS):
            start = behind_properties(self.text, start, end) if event.tag else start
        else:  # what looks like an anchor or a tag may be the password's beginning
            words = [*words, event.anchor or "", (event.tag or "").lstrip("!"), *self.text[start:end].split()]
        self.found.add(start, end, *words)
        self._within = True

    def _key(self, name: str, start: int, end: int) -> None:
        top = self._frames[-1]
        top.key_next = False
        top.key_secret = names_secret(name)
        top.bare = may_have_credentials(name)
        if top.secret and name != "<<" and is_hidden_key(name):
            self.found.add(start, end, name)

    def _alias(self, name: str, start: int, end: int) -> None:
        top = self._frames[-1]
        node = self._anchors.get(name)
        if top.is_map and top.key_next:
            self._key(node.words[0] if node and node.words else "", start, end)
            return
        if top.secret or top.key_secret:
            if node is not None:
                self.found.add(node.start, node.end, *node.words)
            else:  # a password that begins with *
                self.found.add(start, end, name, f"*{name}")
            self._within = True
        self._done()

    def _start(self, event: Any, is_map: bool, start: int) -> None:
        top = self._frames[-1]
        secret = top.secret or top.key_secret
        if top.is_map and top.key_next:
            secret = top.secret  # a map as a key, which is a mistake
            top.key_secret = False
        node = _Node(start, start) if event.anchor is not None else None
        if node is not None:
            self._anchors[event.anchor] = node
        if secret and (event.anchor is not None or event.tag is not None):
            words = (event.anchor or "", (event.tag or "").lstrip("!"))
            self.found.add(start, event.end_mark.index, *words)
        bare = top.bare and not is_map and not (top.is_map and top.key_next)
        self._frames.append(_Frame(is_map, secret, is_map, bare=bare, anchored=node))

    def _end(self, end: int) -> None:
        closed = self._frames.pop()
        if closed.anchored is not None:
            closed.anchored.end = end
        self._done()

    def _done(self) -> None:
        """A value has ended: in a map a key comes next."""
        top = self._frames[-1]
        if top.is_map:
            top.key_next = not top.key_next
            top.key_secret = False if top.key_next else top.key_secret

    # Comments

    def _pass_comments(self, start: int, end: int) -> None:
        """The comments before an event; what looks like one inside a scalar is none."""
        while self._comment < len(self._comments) and self._comments[self._comment][0] < start:
            self._remarked(*self._comments[self._comment])
            self._comment += 1
        while self._comment < len(self._comments) and self._comments[self._comment][0] < end:
            self._comment += 1

    def _remarked(self, start: int, end: int) -> None:
        top = self._frames[-1]
        text = self.text
        alone = not text[text.rfind("\n", 0, start) + 1 : start].strip()
        follows = alone and self._remark >= 0 and not text[self._remark : start].strip()
        secret = top.secret or top.key_secret or (self._within and "\n" not in text[self._last[1] : start])
        secrets_of_comment(self.found, text, start, end, secret=secret or follows)
        self._remark = end if alone and (follows or mention(text[start:end]) is not None) else -1
