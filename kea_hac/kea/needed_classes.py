"""The classes without which a condition is never true: `member('a') and (member('b') or option[60].exists)` needs a.

Reads the words that join conditions and nothing else; whether Kea takes the expression at all is for `expression` to say.
"""

from __future__ import annotations

from kea_hac.regex import regex

_TOKEN = regex(r"'[^']*'|[A-Za-z_][A-Za-z0-9_-]*|[^\sA-Za-z_']")
_EITHER, _BOTH = ("or", "sor"), ("and", "sand")
"""The strict forms bind more weakly, which changes nothing here: `or` never stands below `and` without brackets."""


def needed_classes(test: str) -> frozenset[str]:
    """The names that member() must be true of. Empty where the text ends too early or names none."""
    return _Reader(_TOKEN.findall(test)).either()


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def either(self) -> frozenset[str]:
        """Alternatives: what all of them need."""
        found = self._both()
        while self._next() in _EITHER:
            self.at += 1
            found &= self._both()
        return found

    def _both(self) -> frozenset[str]:
        found = self._one()
        while self._next() in _BOTH:
            self.at += 1
            found |= self._one()
        return found

    def _one(self) -> frozenset[str]:
        start = self.at
        if self._next() == "not":
            self.at += 1
            self._one()
            return frozenset()
        if self._next() == "(":
            self.at += 1
            found = self.either()
            self.at += self._next() == ")"
            if self._ended():
                return found
            self.at = start  # brackets around a string: a comparison follows
        return self._condition()

    def _ended(self) -> bool:
        return self._next() in ("", ")", *_EITHER, *_BOTH)

    def _condition(self) -> frozenset[str]:
        """One condition up to the word that joins it to the next; conditions inside it (ifelse) need nothing."""
        start, depth = self.at, 0
        while self.at < len(self.tokens) and (depth or not self._ended()):
            depth += (self._next() == "(") - (self._next() == ")")
            self.at += 1
        words = self.tokens[start : self.at]
        return frozenset({words[2][1:-1]}) if words[:2] == ["member", "("] and len(words) == 4 else frozenset()
