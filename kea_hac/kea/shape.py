"""Whether an answer of a server has the shapes of Kea's vocabulary: the border behind which shapes are relied on.

A server, or what stands before it, may answer anything. Keys that the vocabulary knows hold what it says; keys that it
does not know, of a newer Kea, hold anything that Kea's own data model can (`isc::data::Element`): 64-bit integers, finite
numbers, strings, booleans, null, lists and maps, within the bounds below. Words of an enumeration and ranges of numbers
are not looked at: a newer Kea has more of them. A `Secret` may stand for anything: a saved file includes it, and its content is not
available.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from functools import cache
from math import isfinite
from typing import Final

from kea_hac.kea.config import Json
from kea_hac.kea.grammar import Keyword, Kind, program
from kea_hac.kea.hidden import Hidden
from kea_hac.source.document import Secret

KEYS: Final = 10_000
"""Keys of one map. The largest of Kea's own has about a hundred; a user-context is written by people."""
CHARACTERS: Final = 1 << 20
"""Characters of one string. The largest option has 64 KiB, which are 128 Ki hexadecimal digits."""
DEPTH: Final = 100
"""Maps and lists inside each other. Kea's own bound since 2.6.5 is 100."""
_SMALLEST, _LARGEST = -(1 << 63), (1 << 63) - 1
MISSING: Final = "missing"
"""What is found where a key has to be and is not."""
_HA = "libdhcp_ha.so"
_Step = str | int
_Check = Callable[[Json, int], None]
"""Takes a value and how deep it stands. Raises WrongShapeError."""


class WrongShapeError(Exception):
    """A value that Kea never shows at its place. Its text quotes no value."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(found, wanted)
        self.found = found
        """ "a map", "a string of 2,000,000 characters" """
        self.wanted = wanted
        """ "a string", "1,048,576 characters at most" """
        self._steps: list[_Step] = []

    def below(self, step: _Step) -> WrongShapeError:
        """The same, seen from one level up."""
        self._steps.append(step)
        return self

    @property
    def path(self) -> str:
        """subnet4[0].pools[0].pool; keys are the server's own words."""
        text = ""
        for step in reversed(self._steps):
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        return text


def check_shape(name: str, scope: str, value: Json) -> None:
    """Raises WrongShapeError for the first value in a map of `scope` that has not the shape of the vocabulary `name`."""
    _map(name, scope)(value, 0)


def kind_of(value: object) -> str:
    """What a value is, in words, without the value."""
    for kinds, word in _WORDS.items():
        if isinstance(value, kinds):
            return word
    return f"a {type(value).__name__}"


_WORDS: Mapping[type | tuple[type, ...], str] = {
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    (str, Hidden, Secret): "a string",
    dict: "a map",
    list: "a list",
    type(None): "null",
}


@cache
def _map(name: str, scope: str) -> _Check:
    known = program(name).scopes[scope]
    checks: dict[str, _Check] = {}
    required = known.required

    def check(value: Json, depth: int) -> None:
        if isinstance(value, Secret):
            return
        if not checks:
            checks.update({key: _check(name, word) for key, word in known.keywords.items()})
        _open(value, depth)
        for key in required:
            if key not in value:
                raise WrongShapeError(MISSING, "a value").below(key)
        for key, item in value.items():
            try:
                if key in checks:
                    checks[key](item, depth + 1)
                else:
                    _stranger(key, item, depth + 1)
            except WrongShapeError as wrong:
                raise wrong.below(key) from None

    return _library(check) if scope == "hooks-library" else check


def _library(plain: _Check) -> _Check:
    """A hook library: the parameters of the HA library have a vocabulary of their own."""
    relationships = _list(_map("ha", "relationship"))

    def check(value: Json, depth: int) -> None:
        plain(value, depth)
        if isinstance(value, Secret):
            return
        parameters = value.get("parameters")
        if posixpath.basename(str(value["library"])) != _HA or not isinstance(parameters, dict):
            return
        try:
            if "high-availability" in parameters:
                relationships(parameters["high-availability"], depth + 2)
        except WrongShapeError as wrong:
            raise wrong.below("high-availability").below("parameters") from None

    return check


def _open(value: Json, depth: int) -> None:
    """The bounds of a map, before anybody looks into it."""
    if not isinstance(value, dict):
        raise WrongShapeError(kind_of(value), "a map")
    if len(value) > KEYS:
        raise WrongShapeError(f"a map of {len(value):,} keys", f"{KEYS:,} at most")
    if depth > DEPTH:
        raise _too_deep()


def _stranger(key: str, value: Json, depth: int) -> None:
    """What stands under a key that the vocabulary does not know."""
    if len(key) > CHARACTERS:
        raise WrongShapeError(f"a key of {len(key):,} characters", f"{CHARACTERS:,} at most")
    _free(value, depth)


def _too_deep() -> WrongShapeError:
    return WrongShapeError("deeper", f"{DEPTH} maps and lists inside each other at most")


def _list(item_check: _Check) -> _Check:
    def check(value: Json, depth: int) -> None:
        if not isinstance(value, list):
            if isinstance(value, Secret):
                return
            raise WrongShapeError(kind_of(value), "a list")
        if depth > DEPTH:
            raise _too_deep()
        below = depth + 1
        for place, item in enumerate(value):
            try:
                item_check(item, below)
            except WrongShapeError as wrong:
                raise wrong.below(place) from None

    return check


def _check(name: str, word: Keyword) -> _Check:
    check: _Check
    if word.kind is Kind.MAP:
        check = _map(name, word.scope) if word.scope else _free_map
    elif word.kind is Kind.LIST:
        check = _list(_map(name, word.scope) if word.scope else _SCALARS[word.items or Kind.STRING])
    else:
        check = _SCALARS[word.kind]
    return _or_null(check) if word.facts.get("null") else check


def _or_null(other: _Check) -> _Check:
    return lambda value, depth: None if value is None else other(value, depth)


def _free_map(value: Json, depth: int) -> None:
    if not isinstance(value, dict | Secret):
        raise WrongShapeError(kind_of(value), "a map")
    _free(value, depth)


def _free(value: Json, depth: int) -> None:
    if isinstance(value, dict):
        _open(value, depth)
        for key, item in value.items():
            try:
                _stranger(key, item, depth + 1)
            except WrongShapeError as wrong:
                raise wrong.below(key) from None
    elif isinstance(value, list):
        _FREE_LIST(value, depth)
    elif isinstance(value, str):
        _string(value, depth)
    elif isinstance(value, float):
        _number(value, depth)
    elif isinstance(value, int):
        _in_64_bits(value)


_FREE_LIST = _list(_free)


def _string(value: Json, _: int) -> None:
    if isinstance(value, str):
        if len(value) > CHARACTERS:
            raise WrongShapeError(f"a string of {len(value):,} characters", f"{CHARACTERS:,} at most")
    elif not isinstance(value, Secret | Hidden):
        raise WrongShapeError(kind_of(value), "a string")


def _integer(value: Json, _: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        if not isinstance(value, Secret):
            raise WrongShapeError(kind_of(value), "an integer")
        return
    _in_64_bits(value)


def _in_64_bits(value: int) -> None:
    if not _SMALLEST <= value <= _LARGEST:
        raise WrongShapeError("an integer of more than 64 bits", "64 bits at most")


def _number(value: Json, depth: int) -> None:
    if not isinstance(value, float):
        _integer(value, depth)
    elif not isfinite(value):
        raise WrongShapeError("no finite number", "one")


def _boolean(value: Json, _: int) -> None:
    if not isinstance(value, bool | Secret):
        raise WrongShapeError(kind_of(value), "a boolean")


_SCALARS: Mapping[Kind, _Check] = {
    Kind.STRING: _string,
    Kind.ENUM: _string,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
}
