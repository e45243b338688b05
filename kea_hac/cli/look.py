"""The bytes of a YAML file of a folder → whether it is a spec, is meant to be one, or has nothing to do with kea-hac.

A spec whose first key is misspelt must not leave the set of specs without a word: nobody would check it any more, and its output
would count as left over. So a file that looks like a spec is taken as one, and the readers say what is wrong, on its line:

- `kea-hac` in any other spelling of the same letters (`kea_hac`, `keahac`, `Kea-Hac`, another dash), whatever stands beside it;
- nearly these letters (`kea-hca`), beside at least one other key of a spec;
- a file in UTF-16, and one in which all is a comment, are looked at as if they were not.

A file without any such key that has keys as only specs have them (`pair` and `servers` …) may be a part that a spec includes:
that is known when the specs were read (`Look.PART`). Ordinary other YAML (docker-compose, GitHub workflows, Ansible) has none of this.
Only keys at the top count, by their lines: a file that is no YAML at all can be a spec with a mistake. Every pattern here takes a
time that grows with the length of the text alone: folders hold other people's files.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum

from kea_hac.regex import regex

_OWN = "keahac"
_PAIR, _SERVERS, _HA = "pair", "servers", "highavailability"
_FAMILIES = frozenset({"dhcp4", "dhcp6"})
_OTHERS = frozenset({_PAIR, _SERVERS, _HA, "kea", "controlagent", "micetro"}) | _FAMILIES
_LINE = regex(
    r"""^([ \t]*)(?:\?[ ]+)?(?:[&!]\S*[ ]+)*("[^"\n]*"[ \t]*|'[^'\n]*'[ \t]*|[^\s"'#{\[\-&!%@`:][^:#\n]*):""",
    re.MULTILINE,
)
_FIRST = regex(r"^([ \t]*)(?!#|%|---|\.\.\.)\S", re.MULTILINE)
_START = regex(r"^---[ \t]+", re.MULTILINE)
_COMPLEX = regex(r"^\?[ ]([^\n:#]+)$", re.MULTILINE)
_COMMENT = regex(r"^[ \t]*#[ ]?", re.MULTILINE)
_IGNORE = regex(r"^[ \t]*#.*kea-hac:[ \t]*ignore.*", re.MULTILINE)
_FLOW = regex(
    r"""("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"'#{}\[\],:][^{}\[\],:\n]*)|([{}\[\],:])|\#[^\n]*|\s+|.""", re.DOTALL
)
_ITEM = regex(r"-[ \t]+")
_ITEMS = regex(r"^([ \t]*)(-[ \t]+)", re.MULTILINE)
_DEPTH = 3
"""Lists in lists that are looked into."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_USUAL = regex(rb"(?:(?:[ \t]*#[^\n]*|---[ \t\r]*|[ \t\r]*)\n)*kea-hac[ \t]*:")
"""The beginning of a spec as most are: comments, and the key."""


class Look(Enum):
    """What a file seems to be."""

    SPEC = "spec"
    """It is one, or was meant to be."""
    PART = "part"
    """It has the keys of a spec, and not the one that makes it one."""
    UNREAD = "unread"
    """Nobody can tell: it is empty, or no YAML (`cli.unread`)."""
    OTHER = "other"


def look(data: bytes) -> Look:
    """What a YAML file seems to be."""
    if _USUAL.match(data):
        return Look.SPEC
    text = _without_list(_text(data))
    keys = _keys(text)
    if not _FIRST.search(text):  # comments alone
        text = _COMMENT.sub("", _IGNORE.sub("", text))
        return Look.SPEC if _judged(_keys(text)) is not Look.OTHER else Look.OTHER
    return _judged(keys)


def _judged(keys: frozenset[str]) -> Look:
    if _OWN in keys:
        return Look.SPEC
    others = keys & _OTHERS
    if others and any(_near(key) for key in keys):
        return Look.SPEC
    families = bool(keys & _FAMILIES)
    if (
        (_PAIR in keys and len(others) > 1)
        or (_SERVERS in keys and (families or _HA in keys))
        or (_HA in keys and families)
    ):
        return Look.PART
    return Look.OTHER


def _text(data: bytes) -> str:
    """The characters, without the mark of a document that begins on its own line."""
    if data[:2] in _UTF16:
        text = data.decode("utf-16", "replace")
    else:
        text = data.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").decode("utf-8", "replace")
    return _START.sub("", text)


def _without_list(text: str) -> str:
    """The items of a list at the top as if each stood there alone: `- kea-hac: 1` is a spec with a mistake."""
    for _ in range(_DEPTH):
        first = _FIRST.search(text)
        if first is None:
            break
        start = first.end() - 1
        if _ITEM.match(text, start):
            text = _ITEMS.sub(lambda match: match[1] + " " * len(match[2]), text)
        elif text.startswith("[", start):
            text = text[:start] + text[start:].lstrip("[ \t\r\n")
        else:
            break
    return text


def _keys(text: str) -> frozenset[str]:
    """The keys at the top, as letters and digits in lower case."""
    first = _FIRST.search(text)
    if first is None:
        return frozenset()
    start = text[first.start() :].lstrip()
    found = _flow_keys(start) if start.startswith("{") else _block_keys(text, len(first[1]))
    return frozenset(_letters(key) for key in found)


def _block_keys(text: str, indent: int) -> list[str]:
    found = [match[2] for match in _LINE.finditer(text) if len(match[1]) <= indent]
    return [key.strip().strip("\"'") for key in (*found, *_COMPLEX.findall(text))]


def _flow_keys(text: str) -> list[str]:
    """Of `{…}`: what stands before a colon at the first depth."""
    found, depth, last = [], 0, ""
    for match in _FLOW.finditer(text):
        if match[1]:
            last = match[1].strip().strip("\"'")
        elif match[2] == ":":
            if depth == 1:
                found.append(last)
        elif match[2] in ("{", "["):
            depth += 1
        elif match[2] in ("}", "]"):
            depth -= 1
            if depth <= 0:
                break
    return found


def _letters(key: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", key).casefold() if each.isalnum())


def _near(key: str) -> bool:
    """True when a key is at most two slips (a letter more, less, other, or two swapped) away from ours, and no word of its own."""
    return key not in _OTHERS and abs(len(key) - len(_OWN)) <= 2 and _slips(key, _OWN) <= 2


def _slips(one: str, other: str) -> int:
    """Damerau's distance, without a second change of what was swapped."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        current = [at]
        for to, wanted in enumerate(other, 1):
            cost = min(row[to] + 1, current[to - 1] + 1, row[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, before[to - 2] + 1)
            current.append(cost)
        before, row = row, current
    return row[-1]
