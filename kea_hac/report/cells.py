"""How many terminal cells a text takes, and a form of it that cannot do anything to a terminal.

A line of a spec is shown as it is but for what would be invisible or obeyed: control characters and escape sequences
become their pictures, marks that turn the reading direction become U+FFFD, a tab becomes four spaces. What the log of a CI
system would take for a command of the job loses one character.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from unicodedata import category, east_asian_width

from kea_hac.regex import regex

TAB = "    "
_JOINERS = "\u200c\u200d"
_SHOWN_AS_IT_IS = ("Mn", "Me")
_UNREADABLE = "\ufffd"
_LOG_COMMAND = regex(r"(?<=#)#(?=[A-Za-z]*\[)")
"""`##[error]`, `##vso[…]`, `##teamcity[…]`: obeyed anywhere in a line (Azure Pipelines, older GitHub runners, TeamCity)."""
_LINE_COMMAND = regex(r"(\s*):(?=:[^:\s][^\n]*::)")
"""`::error::` and `::add-mask::`: executed at the beginning of a line, also after spaces (GitHub Actions)."""


@lru_cache(maxsize=4096)
def picture(char: str) -> tuple[str, int]:
    """What stands for one character on a terminal, and the cells that it takes: 0, 1, 2, or 4 for a tab."""
    if " " <= char < "\x7f":
        return char, 1
    if char == "\t":
        return TAB, len(TAB)
    kind = category(char)
    if kind == "Cc":
        return chr(0x2400 + ord(char)) if char < " " else "\u2421" if char == "\x7f" else "\ufffd", 1
    if kind in _SHOWN_AS_IT_IS or char in _JOINERS or "\u1160" <= char <= "\u11ff":
        return char, 0
    if kind in ("Cf", "Cs", "Zl", "Zp"):
        return "\ufffd", 1
    return char, 2 if east_asian_width(char) in "WF" else 1


def safe(text: str) -> str:
    """The text on one line, with nothing in it that a terminal or the log of a CI system would obey; line ends become pictures."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(picture(char)[0] for char in text)
    return uncommanding(text)


def uncommanding(line: str) -> str:
    """The line with no command for the log of a CI system. It has as many characters as before, each as wide."""
    if "##" in line:
        line = _LOG_COMMAND.sub(_UNREADABLE, line)
    if "::" in line and (match := _LINE_COMMAND.match(line)) is not None:
        line = match[1] + _UNREADABLE + line[match.end() :]
    return line


def block(lines: Iterable[str]) -> str:
    """Lines of a report, each with its end. However their parts were put together, none is a command."""
    listed = list(lines)
    whole = "\n".join((*listed, ""))
    return whole if not ("##" in whole or "::" in whole) else "".join([f"{uncommanding(line)}\n" for line in listed])


def cells(text: str) -> int:
    """The terminal cells that `safe(text)` takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(picture(char)[1] for char in text)


def both(names: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c" """
    listed = list(dict.fromkeys(names))
    return " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1]))) if listed else ""
