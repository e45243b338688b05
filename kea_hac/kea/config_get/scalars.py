"""Single values: which keys of a map are plain scalars, in whose spelling, and how Kea prints each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Json
from kea_hac.kea.config_get.target import SCALARS, Target, where_in
from kea_hac.kea.grammar import Keyword, Kind, ProgramName, program
from kea_hac.kea.synonyms import NOTHING, RESERVATION_MODES, SPELLINGS, UnsayableError
from kea_hac.kea.version import Branch

_WORDS: Mapping[str, Mapping[str, str]] = {
    "ddns-replace-client-name": {"true": "when-present", "false": "never"},
    "replace-client-name": {"true": "when-present", "false": "never"},
}
"""Words of the grammar that it turns into others (dhcp4_lexer.ll: the tokens are the same)."""
DROPPED_WHEN_EMPTY = frozenset({"interface", "interface-id", "next-server", "server-hostname", "boot-file-name"})
"""Keys of networks whose empty text says nothing."""
_ELSEWHERE = frozenset({"comment", "client-class", "only-if-required", "reservation-mode", "data-directory"})
_CONFLICT = next(row for row in SPELLINGS if row.old == "ddns-use-conflict-resolution")


@cache
def scalar_keywords(name: ProgramName, scope: str, branch: Branch) -> Mapping[str, Keyword]:
    """The keys of a map that are single values in a branch, old spellings left out; as the branch has them."""
    known = program(name).scopes[scope].keywords
    found = {
        key: word.at(branch)
        for key, word in known.items()
        if branch in word.branches
        and word.kind in SCALARS
        and key not in _ELSEWHERE
        and not word.fact("stored-as", branch)
    }
    return MappingProxyType(found)


def put_scalars(
    target: Target,
    scope: str,
    source: Mapping[str, Json],
    result: dict[str, Json],
    moved: dict[str, Route],
    skip: frozenset[str] = frozenset(),
) -> None:
    """Put every single value that is written in `source` into `result`, old and new spellings as the branch prints them."""
    keywords = scalar_keywords(target.program.name, scope, target.branch)
    for key, value in source.items():
        word = keywords.get(key)
        if word is not None and key not in skip and value is not None:
            result[key] = value_shown(word, value)
    _conflict(target, scope, source, result, moved)
    _reservation_mode(target, scope, source, result, moved)


def value_shown(word: Keyword, value: Json) -> Json:
    """One single value as Kea prints it."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if word.kind is Kind.NUMBER and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        replaced = _WORDS.get(word.name, {}).get(value.lower())
        if replaced is not None:
            return replaced
        if word.any_case and value not in word.values:
            return next((each for each in word.values if each.lower() == value.lower()), value)
    return value


def _conflict(
    target: Target, scope: str, source: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]
) -> None:
    """One meaning, two keys: up to 2.4 a flag, from 2.6 a mode."""
    old, new = _CONFLICT.old, _CONFLICT.new
    known = target.program.scopes[scope].keywords
    if new not in known or (source.get(old) is None and source.get(new) is None):
        return
    if target.knows(scope, new):
        if source.get(old) is not None:  # the grammar takes it for the mode, and refuses it before the mode
            result[new] = _CONFLICT.newer(source[old])
            moved[new] = where_in(source, old)
    elif target.knows(scope, old) and source.get(old) is None:
        try:
            result[old] = _CONFLICT.older(source[new])
            moved[old] = where_in(source, new)
        except UnsayableError:
            result[new] = source[new]


def _reservation_mode(
    target: Target, scope: str, source: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]
) -> None:
    mode = source.get("reservation-mode")
    if mode is None or not target.knows(scope, "reservation-mode"):
        return
    for key, value in RESERVATION_MODES.get(mode, {}).items():
        if value is not NOTHING and key not in result:
            result[key] = value
            moved[key] = where_in(source, "reservation-mode")
