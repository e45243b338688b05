"""Comments that silence a finding: `# kea-hac: ignore[rule-name, KH123] reason`, in YAML and in Kea's JSON (there also `//`).
And those of a spec that mark a value as guessed: `# kea-hac: guessed reason`.

On a line with content it is valid for that line; alone on its line, for the next line with content.
"""

from __future__ import annotations

import re

from kea_hac.diagnostics import Span
from kea_hac.regex import regex
from kea_hac.source.document import GuessMark, Suppression, pack
from kea_hac.source.ledger import Ledger
from kea_hac.source.rules import MALFORMED_IGNORE

MARKER = "kea-hac:"
"""A text without this has no such comment."""
_BEFORE = regex(r"(?:(?<=[ \t\r\n])|\A)#+[ \t]*\Z")
_WHOLE = regex(r"(?:#+|//+)[ \t]*kea-hac:[ \t]*ignore[ \t]*\[([^\]\r\n]*)\][ \t]*([^\r\n]*)")
_GUESSED = regex(r"#+[ \t]*kea-hac:[ \t]*guessed(?![A-Za-z0-9\[-])[ \t:,;]*([^\r\n]*)")
_NAME = regex(r"[A-Za-z][A-Za-z0-9_. -]*\Z")
_CONTENT = regex(r"^[ \t]*(?!#|//)[^\s#]", re.MULTILINE)
_FORM = "# kea-hac: ignore[rule-name] reason"


def candidates(text: str) -> list[int]:
    """Offsets of what looks like such a comment in YAML; the caller knows which of them are inside a scalar."""
    found: list[int] = []
    at = text.find(MARKER)
    while at >= 0:
        before = _BEFORE.search(text, max(0, at - 20), at)
        if before:
            found.append(before.start())
        at = text.find(MARKER, at + 1)
    return found


class Suppressions:
    """Notes the suppressions of one text, in the order of their offsets. `guesses`: it may mark values as guessed."""

    def __init__(self, ledger: Ledger, number: int, *, guesses: bool = False) -> None:
        self._ledger = ledger
        self._guesses = guesses
        self._number = number
        self._content = -1
        """The offset of the last content that was looked up, so that a thousand comment lines are not searched a thousand times."""

    def note(self, start: int) -> None:
        """Take the comment that starts at an offset."""
        source = self._ledger.texts[self._number]
        end = source.text.find("\n", start)
        comment = source.text[start : end if end >= 0 else len(source.text)].rstrip()
        at = pack(self._number, start, start + len(comment))
        line, column = source.line_column(start)
        span = Span(source.path, line, column, line, column + len(comment))
        guessed = _GUESSED.match(comment) if self._guesses else None
        if guessed:
            self._ledger.guesses.append(GuessMark(span, guessed[1].strip(), self._speaks_of(start, line)))
            return
        match = _WHOLE.match(comment)
        names = [name.strip() for name in match[1].split(",")] if match else []
        problem = _problem(match, names)
        if match is None or problem:
            self._ledger.report(MALFORMED_IGNORE, at, f"this comment suppresses nothing: {problem}", fix=_FORM)
            return
        self._ledger.suppressions.append(
            Suppression(span, tuple(names), match[2].strip(), self._speaks_of(start, line))
        )

    def _speaks_of(self, start: int, line: int) -> int:
        source = self._ledger.texts[self._number]
        begin = source.text.rfind("\n", 0, start) + 1
        if source.text[begin:start].strip():
            return line
        if self._content < start:
            found = _CONTENT.search(source.text, start)
            self._content = found.end() - 1 if found else len(source.text)
        return source.line_column(self._content)[0]


def _problem(match: re.Match[str] | None, names: list[str]) -> str | None:
    if match is None:
        return f"after `kea-hac:` write ignore[…] with the names of rules, as in {_FORM}"
    if names == [""]:
        return "name at least one rule between the brackets"
    for name in names:
        if not _NAME.match(name):
            return f"{name!r} is not the name or code of a rule"
    if not match[2].strip():
        return "write the reason after the brackets"
    return None
