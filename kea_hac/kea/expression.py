"""The expression language of client classes (`test`, `template-test`) and of hooks' parameters, as each Kea reads it.

In: one expression. Out: an `Expression` with the classes and options that it looks at, or the first `Mistake` with its
column and what was expected there. Verdicts agree with real 2.2.0, 2.6.3 and 3.0.4 (tests/kea/test_expression.py).

NOTE: making the parser takes a tenth of a second, more than the rest of a small run. So what most people write is
recognised by one regular expression (`_PLAIN`), and `expression_parser` is imported for the rest and for mistakes; tests
hold both together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal

import orjson

from kea_hac.kea.version import Branch, span
from kea_hac.records import dataclass
from kea_hac.regex import regex

Kind = Literal["bool", "string"]

BUILT_IN = frozenset({"ALL", "KNOWN", "UNKNOWN", "BOOTP"})
"""Classes that no definition is needed for (client_class_def.cc, the same in all branches). DROP and SKIP_DDNS are not
among them."""
BUILT_IN_PREFIXES = ("VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_")
"""Beginnings of classes that the server, its hooks or HA give; something must follow. SPAWN_ is not among them."""

WORDS: Mapping[str, frozenset[Branch]] = {
    word: span(row)
    for word, row in orjson.loads((Path(__file__).parent / "data" / "expression.json").read_bytes())["words"].items()
}
"""The words that not every branch knows, with the branches that do (lexer.ll at the tags of each)."""


class Fault(StrEnum):
    """What kind of mistake it is."""

    SYNTAX = "syntax"
    TYPE = "type"
    """Well formed, but a string where true or false is needed, or the other way round."""
    OPTION = "option"
    """An option name that nothing defines."""
    VERSION = "version"
    """A word or form that this branch does not know."""
    FAMILY = "family"
    VALUE = "value"
    """A number out of its range, or no address."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why Kea would refuse the expression."""

    column: int
    """Characters before the place where reading stopped; Kea itself counts bytes, from 1."""
    message: str
    expected: tuple[str, ...] = ()
    """What could have stood there, as words for people."""
    fault: Fault = Fault.SYNTAX
    fix: str | None = None
    subject: str | None = None
    """The option name, for Fault.OPTION."""
    wrong: str | None = None
    """The piece of the expression at `column` that `right` replaces, where a fix is known."""
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that Kea takes."""

    members: tuple[str, ...] = ()
    """The classes that member() tests, in order of writing."""
    options: tuple[str | int, ...] = ()
    """The codes and names of option[…], in order of writing; without sub-options and options of relays and vendors."""
    uncertain: tuple[str, ...] = ()
    """Why Kea might refuse it all the same."""


def is_built_in(name: str) -> bool:
    """True for a class that member() takes without a definition."""
    return name in BUILT_IN or any(name.startswith(prefix) and name != prefix for prefix in BUILT_IN_PREFIXES)


def parse(
    text: str, *, family: int, branch: Branch, kind: Kind = "bool", option_names: Collection[str] = ()
) -> Expression | Mistake:
    """Read an expression as kea-dhcp`family` (4 or 6) of `branch` does.

    `option_names`: standard and configured names of the space dhcp4 or dhcp6. Whether the classes of member() are defined
    is for the caller to say: it depends on where the expression stands.
    """
    if kind == "bool" and re.match(_PLAIN, text):
        return _plain(text)
    from kea_hac.kea import expression_parser

    return expression_parser.read(text, family, branch, kind, option_names)


_CODE = r"option\[(?:[1-9][0-9]?|1[0-9][0-9])\]"
_PART = rf"substring\({_CODE}\.(?:hex|text), ?[0-9]{{1,3}}, ?(?:[0-9]{{1,3}}|all)\)"
_VALUE = rf"(?:'[^'\n]*'|0x[0-9A-Fa-f]+|{_CODE}\.(?:hex|text)|{_PART})"
_MEMBER = r"member\('[^'\n]*'\)"
_ATOM = rf"(?:not )?(?:{_MEMBER}|{_CODE}\.exists|{_VALUE} ?== ?{_VALUE})"
_TERM = rf"(?:{_ATOM}|(?:not )?\({_ATOM}(?: (?:and|or) {_ATOM})*\))"
_PLAIN = rf"{_TERM}(?: (?:and|or) {_TERM})*\Z"
"""Conditions that every version and both families take. Compiled by `re` itself when the first condition is met."""
_LOOKED_AT = regex(r"member\('([^']*)'\)|'[^']*'|option\[([0-9]+)\]")


def _plain(text: str) -> Expression:
    found = list(_LOOKED_AT.finditer(text))
    members = tuple(match[1] for match in found if match[1] is not None)
    return Expression(members, tuple(int(match[2]) for match in found if match[2]))
