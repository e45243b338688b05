"""The secrets of a text in Kea's JSON: see `secret_spans`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.secret_spans import SecretSpans, is_hidden_key, secrets_of_comment
from kea_hac.source.secrets import may_be_credential, may_have_credentials, may_hold_secret, names_secret

_TOKEN = regex(
    r"""(?P<string>"(?:[^"\\]|\\.)*") | (?P<comment>//[^\n]*|\#[^\n]*|/\*.*?(?:\*/|\Z)) | (?P<include><\?.*?\?>)
    | (?P<sign>[{}\[\],:]) | (?P<word>[^\s{}\[\],:"\#]+) | (?P<open>")""",
    re.VERBOSE | re.DOTALL,
)
_INCLUDED = regex(r'"([^"\n]*)"')


@dataclass(slots=True)
class _Frame:
    """A map or list that is open. `wants`: key, colon, value or comma."""

    is_map: bool
    secret: bool
    wants: str
    key_secret: bool = False
    bare: bool = False
    """A string in this list, or the value of the key, may be a credential."""

    @property
    def here(self) -> bool:
        """True where the next value is a secret."""
        return self.secret or self.key_secret


def json_secrets(text: str) -> SecretSpans:
    """The secrets of a text in Kea's JSON: a file, or a piece of one that another includes."""
    return _Walk(text).found if may_hold_secret(text) else SecretSpans()


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.found = SecretSpans()
        self._frames = [_Frame(False, False, "any")]
        self._last = 0
        for match in _TOKEN.finditer(text):
            if not self._token(match.lastgroup or "", match[0], match.start(), match.end()):
                break
            if match.lastgroup != "comment":
                self._last = match.start()

    @property
    def _top(self) -> _Frame:
        return self._frames[-1]

    def _token(self, kind: str, text: str, start: int, end: int) -> bool:
        """Take one token. False where the structure is lost."""
        top = self._top
        if kind == "comment":
            secrets_of_comment(self.found, self.text, start, end, secret=top.here)
            return True
        if kind == "include":
            return self._include(text, start)
        if kind == "sign":
            return self._sign(text, start)
        if kind == "open" or (kind == "string" and "\n" in text):
            return self._lose(start)
        if top.wants in ("key", "any") and self._is_key(kind, end):
            return self._key(text, start, end)
        if top.wants not in ("value", "any"):
            return self._lose(start)
        if top.here or (top.bare and may_be_credential(next(_read(text), ""))):
            self.found.add(start, end, text, *_read(text))
        top.wants = "comma" if top.wants == "value" else "any"
        return kind == "string" or _is_scalar(text) or self._lose(start)

    def _is_key(self, kind: str, end: int) -> bool:
        if kind != "string":
            return False
        for match in _TOKEN.finditer(self.text, end):
            if match.lastgroup != "comment":
                return match[0] == ":"
        return False

    def _key(self, text: str, start: int, end: int) -> bool:
        top = self._top
        name = next(iter(_read(text)), text[1:-1])
        top.key_secret = names_secret(name)
        top.bare = may_have_credentials(name)
        if top.secret and is_hidden_key(name):
            self.found.add(start, end, name)
        top.wants = "colon" if top.is_map else "any"
        return True

    def _sign(self, sign: str, start: int) -> bool:
        top = self._top
        if sign in "{[":
            if top.wants not in ("value", "any"):
                return self._lose(start)
            top.wants = "comma" if top.wants == "value" else "any"
            self._frames.append(_Frame(sign == "{", top.here, "key" if sign == "{" else "value"))
            self._top.bare = top.bare and sign == "["
            return True
        if sign in "}]":
            if len(self._frames) == 1 or top.is_map is not (sign == "}") or top.wants == "colon":
                return self._lose(start)
            self._frames.pop()
            return True
        if sign == ":":
            if top.wants not in ("colon", "any"):
                return self._lose(start)
            top.wants = "value" if top.is_map else "any"
            return True
        if top.wants == "colon":
            return self._lose(start)
        if top.is_map or top.wants == "any":
            top.key_secret = False
        if top.wants != "any":
            top.wants = "key" if top.is_map else "value"
        return True

    def _include(self, text: str, start: int) -> bool:
        """Tokens of another file are included here: the value of its last key can be in this text, so any value may be a secret."""
        top = self._top
        path = _INCLUDED.search(text)
        if top.here and path is not None and not path[1].startswith("/"):
            self.found.add(start + path.start(), start + path.end(), path[1])
        if top.is_map and top.wants == "key":
            top.wants, top.key_secret = "any", True
        elif top.wants in ("value", "colon"):
            top.wants = "comma"
        return True

    def _lose(self, start: int) -> bool:
        inside = any(frame.secret for frame in self._frames) or self._top.key_secret
        self.found.lose(min(start, self._last), inside=inside)
        return False


def _read(text: str) -> Iterator[str]:
    """The content of a string; nothing for any other token."""
    if text.startswith('"'):
        try:
            yield str(json.loads(text, strict=False))
        except ValueError:
            yield text[1:-1]


def _is_scalar(text: str) -> bool:
    return text in ("true", "false", "null") or text[0] in "+-.0123456789"
