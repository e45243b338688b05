"""Secrets that a server showed: config-get redacts nothing, so they are wrapped where an answer comes in.

A `Hidden` compares by what it holds and never shows it: not in a repr, a message, a format, JSON or a traceback. Only the
rendering that a hash is taken of may ask for it, by `reveal`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final, NoReturn

from kea_hac.kea.config import Block, Json, maps_in
from kea_hac.source.secrets import MASK, names_secret


class Hidden:
    """A text that nobody may see. Equal to another Hidden of the same text, and to nothing else."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        """The text itself: for a request's header or for the bytes that a hash is taken of, never for a report."""
        return self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hidden):
            return NotImplemented
        return hmac.compare_digest(
            self._text.encode("utf-8", "surrogatepass"), other._text.encode("utf-8", "surrogatepass")
        )

    def __hash__(self) -> int:
        return hash((Hidden, self._text))

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __copy__(self) -> Hidden:
        return self

    def __deepcopy__(self, memo: object) -> Hidden:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a hidden value is not written anywhere")


def mask(value: Json, *, secret: bool = False) -> Json:
    """The same tree with every text and number at a secret's key wrapped. Blocks stay Blocks; nothing is changed in place.

    `secret`: the value stands at such a key itself, so every scalar in it is one.
    """
    if isinstance(value, dict):
        result: dict[str, Json] = {key: mask(each, secret=secret or names_secret(key)) for key, each in value.items()}
        return Block(value.at, result, value.moved) if isinstance(value, Block) else result
    if isinstance(value, list):
        return [mask(each, secret=secret) for each in value]
    if secret and isinstance(value, str | int | float) and not isinstance(value, bool):
        return Hidden(value if isinstance(value, str) else repr(value))
    return value


def masked(tree: Mapping[str, Json]) -> dict[str, Json]:
    """As `mask`. Parts of the configuration that name no secret stay the same objects: most of 100,000 reservations."""
    result = {key: _masked(key, value) for key, value in tree.items()}
    return Block(tree.at, result, tree.moved) if isinstance(tree, Block) else result


_AT_ONCE = 50
"""Items of a list that are looked through at once, so that only the part with a secret is copied."""


def _masked(key: str, value: Json) -> Json:
    if names_secret(key):
        return mask(value, secret=True)
    if not any(map(names_secret, keys_in(value))):
        return value
    if isinstance(value, list) and len(value) > _AT_ONCE:
        parts = (value[at : at + _AT_ONCE] for at in range(0, len(value), _AT_ONCE))
        return [item for part in parts for item in _masked(key, part)]
    return mask(value)


def keys_in(value: Json) -> set[str]:
    """The keys of all maps in a tree."""
    found: set[str] = set()
    for maps in maps_in(value):
        found.update(*maps)
    return found
