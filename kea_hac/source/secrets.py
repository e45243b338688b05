"""Which keys name a secret, and how a text is shown without secrets. Both are defined here only.

A secret is below a key that names a secret, on any line. `secret_spans` finds those places in a text; `Cover`
removes them from what is shown of the text and from every message about it.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from kea_hac.diagnostics import Route
from kea_hac.regex import regex
from kea_hac.source.edit_distance import distance
from kea_hac.source.identity import identity

MASK: Final = "********"
"""Shown instead of a secret. Its length does not depend on the secret."""
SHORTEST = 4
"""Characters from which on a secret is looked for in every message: a shorter one would be found in every other word."""
_PREFIX = 12
"""Characters of a long secret that are enough to recognise one that a message cut."""
FAMILIES = frozenset({"dhcp4", "dhcp6"})
"""Keys below a secret that are none themselves: a value by family."""

_ANYWHERE = r"passw(?:or)?d|passphrase|passcode|secret|credential|bearer|authori[sz]ation"
_AT_THE_END = r"(?:^|-)(?:pass|pwd|psk|pin|otp|jwt|token|communit(?:y|ie)|cookie)s?$|(?:token|pwd)s?$"
_KEYS = r"(?:private|api|shared|secret|access|auth|encryption|signing|session|ssh|master|license|crypto)-?keys?$"
_SECRET = regex(rf"{_ANYWHERE}|{_AT_THE_END}|{_KEYS}")
_REFERENCE = regex(
    r"-(?:files?|path|dir|directory|folder|cache|name|id|url|type|length|size|ttl|lifetime|timeout|policy|algorithm|required|enabled)$"
)
"""Endings of keys that refer to a secret but do not contain one: password-file, credentials-cache."""
_CAMEL = regex(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = regex(r"[\s_.:/]+")
_PLAIN_WORDS = frozenset({
    "password", "passwords", "passwd", "passphrase", "pass", "pwd", "psk", "pin", "otp", "jwt", "secret",
    "secrets", "credential", "credentials", "bearer", "authorization", "token", "tokens", "community", "cookie",
    "key", "keys", "private", "api", "shared", "access", "auth", "encryption", "signing", "session", "ssh",
    "master", "license", "crypto", "basic", "db", "database", "user", "client", "server", "admin", "root", "ldap",
    "radius", "snmp", "tls", "http", "ddns", "tsig", "hook",
})  # fmt: skip
"""What the keys of secrets consist of. A password may be a word of a dictionary too, but hardly one that names a password."""
_PARTS = (
    "pass",
    "pwd",
    "psk",
    "pin",
    "otp",
    "jwt",
    "secret",
    "credential",
    "bearer",
    "authori",
    "token",
    "communit",
    "cookie",
    "key",
)
"""One of them is in every such key."""
_MISSPELT = ("password", "passwd", "passphrase", "secret", "secrets", "credential", "credentials", "authorization")
"""What people misspell: a key that is corrected to a secret's has a secret too."""
_OF_SLIPS = (
    "psw",
    "word",
    "swr",
    "swd",
    "wrod",
    "secr",
    "cret",
    "ecer",
    "erce",
    "eret",
    "secet",
    "cred",
    "ential",
    "torization",
)
"""One of these, or of the parts above, is left in nearly every such word with one slip."""
_CREDENTIALS = frozenset({"clients", "authentication"})
"""Keys of maps that hold credentials. A string in such a place may be user and password: `clients: ["user:password"]`."""
_NO_CREDENTIAL = frozenset({"basic", "none", "null", "true", "false", "~", ""})
_LEFT = (*_PARTS, *_OF_SLIPS)
_SOUGHT = (*_LEFT, *_CREDENTIALS)
_LONG = 1_000
"""Characters from which on a text is searched by its different lines."""
_NOT_SOUGHT = bytes({*range(256)}.difference("".join(_SOUGHT).encode(), b"\n}"))
"""The bytes that are in none of the words that are sought, and end no line and no map."""
_LINE_ENDS = bytes.maketrans(b"}", b"\n")
_ESCAPES = regex(r"\\[xuU0-7]")
_WORD = regex(r"[A-Za-z0-9_.-]+")
_TOKEN = regex(r"\S+")
_ASSIGNS = regex(r"[ \t\"'`)]*(?:[:=]+|->|(?:is|was|are)[ \t]*[:=]?(?=[ \t]|\Z))")
_PROSE = regex(
    r"[(\[\"'`]*(?:[A-Z]?[a-z]+(?:[-'/][a-z]+)*|[AIa]|[-&/]|//|#+|/[a-z0-9_./-]+|!secret|<\?include)[)\]\"'`.,;:!?>]*"
)
"""A word of a sentence, or a path."""
_HARMLESS = frozenset(
    {"", "true", "false", "null", "~", *FAMILIES, "password", "passwd", "pwd", "secret", "token", "basic-auth-password"}
)
"""Words that may be shown even if a secret is the same word: messages name keys by them."""

_USERINFO = regex(r"(?<=://)(?:[^\s/\"'<>:@]*:[^/<>\n]*|[^\s/\"'<>]*)(?=@)")
_PASSWORD_IN_URL = regex(r"://[^\s/\"'<>:@]*:[^/<>\s@]+@")
_ASSIGNED = regex(
    r"(?i)(?<![\w-])((?:[\w-]*(?:password|passwd|passphrase|secret|token|api[-_]?key)|pwd|psk)=)(\"[^\"]*\"?|'[^']*'?|[^\s,;&\"']+)"
)
_HEADER = regex(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|digest|negotiate)?\s*)([^\s\"',;]+)")
_BASIC = regex(r"(?i)(\bbasic\s+)([A-Za-z0-9+/]{4,}={0,2})")


@lru_cache(8192)
def names_secret(key: str) -> bool:
    """True for a key whose value is a secret: password, basic-auth-password, api-key, dbPwd; not password-file."""
    lowered = key.lower()
    if not any(part in lowered for part in _LEFT):
        return False
    parted = _SEPARATORS.sub("-", _CAMEL.sub("-", key)).lower().strip("-")
    return _REFERENCE.search(parted) is None and (_SECRET.search(parted) is not None or _is_misspelt(parted))


def is_word_for_secret(key: str) -> bool:
    """True for a key that names a secret in plain words, and so is none itself: db-password, but not Secret-77."""
    return key == key.lower() and names_secret(key) and _PLAIN_WORDS.issuperset(_SEPARATORS.sub("-", key).split("-"))


def _is_misspelt(key: str) -> bool:
    """True when a part of the key is a secret's name with a slip: pasword, passwrd, secert. Two slips in a long one."""
    return any(
        abs(len(part) - len(word)) <= 2 and distance(part, word) <= (2 if len(word) > 7 else 1)
        for part in key.split("-")
        if 5 <= len(part) <= 15
        for word in _MISSPELT
    )


@lru_cache(8192)
def may_have_credentials(key: str) -> bool:
    """True for a key whose value is a map with credentials, or a list of them: a string in its place may be one."""
    return key.lower() in _CREDENTIALS


def may_be_credential(value: str) -> bool:
    """False for a string that is a type or nothing, and so no credential: `authentication: basic`."""
    return value.lower() not in _NO_CREDENTIAL


def holds_password(text: str) -> bool:
    """True for a string that contains a password by its own form, whatever its key is called: http://user:pw@host, password=pw."""
    if "://" in text and "@" in text and _PASSWORD_IN_URL.search(text) is not None:
        return True
    return "=" in text and any(match[2].strip("\"'") not in _HARMLESS for match in _ASSIGNED.finditer(text))


def in_secret(route: Iterable[object]) -> bool:
    """True for the route of a secret, or of something below one."""
    return any(isinstance(step, str) and names_secret(step) for step in route)


def may_hold_secret(text: str) -> bool:
    """True when a text may hold a key that names a secret, written out or with escapes."""
    lowered = text.lower()
    letters = lowered if len(lowered) < _LONG else _different_lines(lowered)
    return any(part in lowered for part in filter(letters.__contains__, _SOUGHT)) or (
        "\\" in text and _ESCAPES.search(text) is not None
    )


def _different_lines(text: str) -> str:
    """The lines of a text, each once, of which only the letters of what is sought are left: few, where there are 100,000 of one kind.

    What is not there is not in the text; what is there may be in pieces in the text.
    """
    lines = text.encode("utf-8", "surrogatepass").translate(_LINE_ENDS, _NOT_SOUGHT).split(b"\n")
    return b"\n".join({*lines}).decode("ascii")


def mentions_secret(text: str) -> bool:
    """True when a word of the text is the name of a secret, or could be one with its escapes read."""
    return mention(text) is not None or _ESCAPES.search(text) is not None


def mention(text: str) -> int | None:
    """Where the first word ends that is the name of a secret; None where there is none."""
    if not may_hold_secret(text):
        return None
    return next((match.end() for match in _WORD.finditer(text) if names_secret(match[0].strip("."))), None)


def is_prose(word: str) -> bool:
    """True for a word of a sentence, or a path."""
    return _PROSE.fullmatch(word) is not None


def comment_secrets(text: str) -> list[tuple[int, int]]:
    """The parts of a comment that may be secrets: a line that was commented out contains them as well.

    What is written like a value behind the name of a secret is one; of a sentence, the words that no sentence has.
    """
    found: list[tuple[int, int]] = []
    at = 0
    while (after := mention(text[at:])) is not None:
        at += after
        line_end = text.find("\n", at)
        line_end = line_end if line_end >= 0 else len(text)
        assigned = _ASSIGNS.match(text, at, line_end)
        if assigned is None:
            found += [word.span() for word in _TOKEN.finditer(text, at) if not is_prose(word[0])]
            continue
        value = text[assigned.end() : line_end].strip()
        whole = not value or value[0] in "[{|>&" or value.count('"') % 2 == 1 or value.count("'") % 2 == 1
        at = len(text) if whole else line_end
        begin = assigned.end()
        written = text[begin:at]
        found.append((begin + len(written) - len(written.lstrip()), begin + len(written.rstrip(" \t,"))))
    return found


def without_comment_secrets(lines: list[str]) -> list[str]:
    """The lines of one comment, with asterisks for what may be a secret."""
    text = "\n".join(lines)
    if not may_hold_secret(text) and "://" not in text:
        return lines
    shown = "".join(
        "\n" if was == "\n" else now for was, now in zip(text, starred(text, comment_secrets(text)), strict=True)
    )
    return without_credentials(shown, keep_length=True).split("\n")


class Names(NamedTuple):
    """What a route is called."""

    path: str
    """As people write it: dhcp4.subnet4[0].id"""
    identified: str
    """With what identifies an item of a list instead of its index: dhcp4.subnet4[192.0.2.0/24].id"""
    secret: bool
    """True when the value there is a secret, or a part of one."""


def names_of(route: Route, values: Sequence[Any] = ()) -> Names:
    """What a route is called. Keys below a secret are not repeated: a password in braces is a key for YAML.

    `values`: those on the way, as far as they exist. Nothing identifies an item where that may be a secret.
    """
    path = identified = ""
    below = bare = False
    for number, step in enumerate(route):
        if isinstance(step, int):
            path += f"[{step}]"
            identified += f"[{'' if below or bare or number >= len(values) else identity(values[number])}]"
            continue
        shown = MASK if below and step not in FAMILIES else step
        if path:
            shown = f".{shown}"
        path += shown
        identified += shown
        below = below or names_secret(step)
        bare = bare or may_have_credentials(step)
    return Names(path, identified, below)


def spelt_route(route: Route) -> str:
    """The route as people write it, as in `Names`."""
    return names_of(route).path


def starred(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """The text with asterisks at the ranges, as many as characters, so that a caret below it is in the right place."""
    for start, end in ranges:
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def without_credentials(text: str, *, keep_length: bool = False) -> str:
    """The text without what is a credential by its own form: userinfo of a URL, `password=…`, the header of a request.

    `keep_length`: asterisks as many as characters, for a line with a caret below it.
    """

    def hide(secret: str) -> str:
        return "*" * len(secret) if keep_length else MASK

    if "@" in text:
        text = _USERINFO.sub(lambda match: hide(match[0]) if match[0] else "", text)
    if "=" in text:
        text = _ASSIGNED.sub(lambda match: match[1] + hide(match[2]), text)
    lowered = text.lower()
    if "authorization" in lowered:
        text = _HEADER.sub(lambda match: match[1] + hide(match[2]), text)
    if "basic" in lowered:
        text = _BASIC.sub(lambda match: match[1] + (hide(match[2]) if _is_pair(match[2]) else match[2]), text)
    return text


def _is_pair(text: str) -> bool:
    """True for user:password in base64."""
    try:
        return b":" in base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False


class Cover:
    """The filter of messages about some texts: none repeats a secret of these texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._words = sorted({form for each in secrets for form in _forms(each)}, key=len, reverse=True)
        self._short = [word for word in self._words if len(word) < SHORTEST]
        self._middle = frozenset(word for word in self._words if SHORTEST <= len(word) < _PREFIX)
        self._starts = {word[:SHORTEST] for word in self._words if len(word) >= SHORTEST}
        self._longest = max(map(len, self._words), default=0)
        self._long: dict[str, list[str]] = {}
        """Sorted, by their first characters: the word that has most in common with a text stands beside the text's own place."""
        for word in sorted(word for word in self._words if len(word) >= _PREFIX):
            self._long.setdefault(word[:_PREFIX], []).append(word)

    def __call__(self, text: str, *, near: bool = False) -> str:
        """The text without secrets. `near`: the message is about a secret, so short ones are removed too."""
        if self._starts:
            text = self._without(text)
        if near:
            for word in self._short:
                if word in text:
                    text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", MASK, text)
        return without_credentials(text)

    def _without(self, text: str) -> str:
        parts: list[str] = []
        at = done = 0
        while at + SHORTEST <= len(text):
            length = self._secret_at(text, at) if text[at : at + SHORTEST] in self._starts else 0
            if length:
                parts += (text[done:at], MASK)
                at = done = at + length
            else:
                at += 1
        return "".join((*parts, text[done:])) if parts else text

    def _secret_at(self, text: str, at: int) -> int:
        """Characters of the longest secret at an offset: all of it, or enough of a long one to know it by."""
        same = self._long.get(text[at : at + _PREFIX])
        if same:
            rest = text[at : at + self._longest]
            place = bisect_left(same, rest)
            return max(_common(rest, word) for word in same[max(place - 1, 0) : place + 1])
        lengths = range(_PREFIX - 1, SHORTEST - 1, -1)
        return next((length for length in lengths if text[at : at + length] in self._middle), 0)


def _forms(secret: str) -> Iterable[str]:
    """A secret as messages may write it: as it is, as Python and JSON quote it, and each of its lines."""
    lines = [line.strip() for line in secret.splitlines()]
    for each in {secret.strip(), *lines}:
        if each.strip("\"'") in _HARMLESS:
            continue
        yield each
        yield repr(each)[1:-1]
        if each.isprintable() and ('"' in each or "\\" in each):
            yield each.replace("\\", "\\\\").replace('"', '\\"')


def _common(text: str, word: str) -> int:
    """Characters that both begin with."""
    length = 0
    for mine, theirs in zip(word, text, strict=False):
        if mine != theirs:
            break
        length += 1
    return length
