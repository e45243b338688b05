"""The fingerprint of a finding: by it a baseline, GitLab and GitHub know a finding again in a later version of the files.

It depends on the rule, the file's path in the repository, the subject (with the identity of list items, not their index) and the
message. It does not depend on lines, columns and indexes, on the order of keys and items, on the severity, on the current folder,
and on any secret: what it is made of is what reports show, and reports show no secret.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable

from kea_hac.diagnostics import Diagnostic
from kea_hac.regex import regex

VERSION = "kea-hac/v1"
"""The name of this kind of fingerprint. It changes when equal findings get other fingerprints."""
_LINES = regex(r"\blines? \d[\d,]*(?: to \d[\d,]*)?")
_POSITION = r"(?::\d+){0,2}(?!\w)"
_INDEX = regex(r"\[\d+\]")
_STARS = regex(r"\*+")


def fingerprints(found: Iterable[Diagnostic], place: Callable[[str], str]) -> list[str]:
    """The fingerprint of each finding, in their order: 32 hexadecimal digits, a colon, and a number.

    The number is 1, and counts findings that nothing distinguishes but their lines, in the order of the lines. `place`: a file as
    a finding names it → its path in the repository (`source.tree_paths`).
    """
    listed = list(found)
    made = [fingerprint(each, place) for each in listed]
    seen: dict[str, int] = {}
    result = [""] * len(listed)
    for at in sorted(range(len(listed)), key=lambda at: listed[at].sort_key):
        seen[made[at]] = seen.get(made[at], 0) + 1
        result[at] = numbered(made[at], seen[made[at]])
    return result


def fingerprint(found: Diagnostic, place: Callable[[str], str]) -> str:
    """As `fingerprints`, of one finding and without its number: equal for findings that nothing distinguishes but their lines."""
    return fingerprint_of(found.rule.code, place(found.span.file), _subject(found), _message(found, place))


def fingerprint_of(*parts: str) -> str:
    """32 hexadecimal digits of some strings. None of them may contain a secret."""
    return hashlib.sha256("\0".join((VERSION, *parts)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def numbered(made: str, number: int = 1) -> str:
    """A fingerprint with the number of its finding among those that nothing distinguishes."""
    return f"{made}:{number}"


def _subject(found: Diagnostic) -> str:
    """The subject; else the path without indexes and the line, which has asterisks where a secret is: their number is its length."""
    if found.subject:
        return found.subject
    return f"{_INDEX.sub('[]', found.path)} {_STARS.sub('*', (found.text or '').strip())}"


def _message(found: Diagnostic, place: Callable[[str], str]) -> str:
    """The message without positions, and with the paths of the repository."""
    text = _LINES.sub("line", found.message)
    if "[" in found.path:
        text = text.replace(found.path, found.subject)
    files = {found.span.file, *(span.file for span, _ in found.related)} - {""}
    for file in sorted(files, key=len, reverse=True):
        named = place(file).replace("\\", "\\\\")
        text = re.sub(rf"(?<![\w./-]){re.escape(file)}{_POSITION}", named, text)
    return " ".join(text.split())
