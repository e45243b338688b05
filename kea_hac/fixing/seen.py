"""What is known of the inputs at one moment: their findings, and what Kea would get."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from kea_hac.diagnostics import Diagnostic
from kea_hac.kea.addressing import family_of, read_prefix
from kea_hac.kea.canonical import STAMP
from kea_hac.records import dataclass
from kea_hac.source.document import Document

Output = Mapping[str, bytes]
"""File or daemon → what Kea gets, in a form in which equal bytes mean the same to Kea."""


@dataclass(frozen=True, slots=True)
class Input:
    """One spec, or one file of Kea."""

    path: str
    document: Document | None
    """None when it could not be parsed."""
    found: tuple[Diagnostic, ...]
    valid: bool
    """True for a spec that can be built, and for a file that Kea accepts."""
    output: Callable[[], Output | None]
    """Computed when it is needed. None where it is unknown."""
    strict: bool
    """True for a spec: an error keeps it from being built, whatever Kea does with such a file."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All inputs of one run."""

    inputs: tuple[Input, ...]
    between: tuple[tuple[str, str], ...] = ()
    """Findings about several inputs together: the rule's code and the message."""

    @property
    def found(self) -> list[Diagnostic]:
        """The findings of all inputs, sorted; one in a file that several inputs include once."""
        unique = {(each.rule.code, each.span, each.message): each for one in self.inputs for each in one.found}
        return sorted(unique.values(), key=lambda each: each.sort_key)


Judge = Callable[[Mapping[str, str]], Seen]
"""Texts that are not written yet, by the real paths of their files → what is known of the inputs with them."""


def for_kea(tree: Any) -> bytes:
    """A configuration in a form without what makes no difference to Kea's service.

    Left out: the order of keys, the host bits of a subnet's prefix (Kea counts the addresses of a subnet from its length, seen on
    2.2.0, 2.6.3 and 3.0.4), and the stamp of the build, which is the digest of all the rest.
    """
    return orjson.dumps(_plain(tree), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _network(item) if key == "subnet" else _plain(item) for key, item in value.items() if key != STAMP}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _network(text: Any) -> Any:
    if not isinstance(text, str):
        return _plain(text)
    family = family_of(text.partition("/")[0])
    prefix = read_prefix(text, family) if family else None
    return text if prefix is None else str(prefix.network)
