"""Keys that a map of Kea does not know: what is meant, or where they belong.

In: the scope, the key as it is written, and its value. Out: one finding, with the fix and the changes that follow it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kea_hac.diagnostics import REMOVE_IT, Finding, KeaVerdict, Repair, RepairKind, Route, Severity, rename_it, set_it
from kea_hac.kea.address_slips import pool_fix
from kea_hac.kea.addressing import family_of
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import Keyword, Kind, Program, ProgramName, Scope, program
from kea_hac.kea.mistakes import UNKNOWN_KEY
from kea_hac.kea.option_definitions import known_names, own_space
from kea_hac.kea.suggest import key_for, option_for
from kea_hac.kea.values import display_value, is_nothing
from kea_hac.kea.version import BRANCHES
from kea_hac.kea.wrong_shapes import WrongShape
from kea_hac.regex import regex
from kea_hac.source.document import Map, Plain, Seq, Value
from kea_hac.source.odd_characters import odd_in, plain
from kea_hac.source.secrets import names_secret

_WORD = regex(r"[A-Za-z][A-Za-z0-9_-]*\Z")
"""What the name of a key may look like."""


def cut_off(key: str, value: Value) -> bool:
    """True for what stands behind a comma in braces: no word of any vocabulary, and without a value."""
    return is_nothing(value) and value is not None and _WORD.match(key) is None


def comma(scope: Scope, block: Block, at: Route, key: str) -> Finding:
    """A list of values without quotes in `{ }`: the comma ends the value, and the rest looks like keys."""
    last = next(reversed(block), None)
    message = f"a comma inside {{ }} ends a value, so {key!r} is read as a key of {scope.name}"
    if last is None or not isinstance(block[last], str) or names_secret(last):
        return Finding(UNKNOWN_KEY, at, message, True, fix="put a list in [ ], or put the whole string in quotes")
    spoils = ((*block.at, last),)
    if last == "pool" and (pool := _range(str(block[last]), key)):
        return Finding(UNKNOWN_KEY, at, message, True, fix=f"write pool: {pool}", spoils=spoils)
    return Finding(UNKNOWN_KEY, at, message, True, fix=f'write {last}: "{block[last]}, {key}"', spoils=spoils)


def _range(first: str, last: str) -> str | None:
    """The pool that two addresses with a comma between them mean."""
    family = family_of(first)
    meant = pool_fix(f"{first}, {last}", family).value if family else None
    return meant if isinstance(meant, str) else None


def unknown(known: Program, scope: Scope, at: Route, key: str, node: Map) -> Finding:
    """The finding for a key that a map (`node`) does not know, with the key that is meant, or the place where it belongs."""
    value = node[key]
    odd = odd_in(key)
    near = _meant(plain(key).strip(), scope, value)
    fix, repair = _instead(scope, at, near, value) if near else (None, ())
    if near in node:
        fix, repair = set_beside(key, near, node)
    message = f"Kea knows no key {key!r} in {scope.name}"
    if odd:
        return Finding(UNKNOWN_KEY, at, f"{message}: it contains {odd}", True, fix=fix, repair=repair, meant=near)
    homes = known.homes(key)
    other = _SIBLING.get(known.name)
    option = _option(known, scope, key) if near is None and not homes else None
    if option and scope.name == "option-data":
        fix, near = f"write `name: {option}, data: {_data(value)}`", "name"
    elif option:
        fix = f"add it to `option-data`: `{{name: {option}, data: {_data(value)}}}`"
    elif homes:
        message += f"; it belongs in {', '.join(homes)}"
    elif other and program(other).homes(key):
        message += f"; it is a key of {program(other).extra['program']}"
        own = key.translate(_OTHER_DIGIT)
        fix = fix or (f"write {own!r}, or move it to `{other}:`" if own in scope.keywords else None)
    elif not near:
        fix = f"the keys of {scope.name} are {_listed(scope)}"
    if known.name != "ha":
        return Finding(UNKNOWN_KEY, at, message, True, fix=fix, repair=repair, meant=near)
    # The library ignores what it does not know (seen on 2.2.0, 2.6.3, 3.0.4). ISC's own examples hold HA keys in the wrong map: a pair that
    # runs is no error.
    mild = Severity.WARNING if homes else None
    return Finding(
        UNKNOWN_KEY, at, message, True, fix=fix, severity=mild, kea=KeaVerdict.ACCEPTS, repair=repair, meant=near
    )


def set_beside(key: str, near: str | None, node: Mapping[str, Any]) -> tuple[str, tuple[Repair, ...]]:
    """The fix of a misspelt key whose right spelling is in the same map: one of the two goes, the wrong one where both say the same."""
    if near is not None and node[near] == node[key]:
        return f"remove it: {near!r} is set as well", REMOVE_IT
    return f"keep one of the two: {near!r} is set as well", ()


def _meant(key: str, scope: Scope, value: Value) -> str | None:
    """The key that was meant by an unknown one. Where two are equally near, the one that holds such a value."""
    near = key_for(key, scope.keywords)
    if near is not None:
        return near
    fitting = [word for word, each in scope.keywords.items() if _fits(value, each)]
    return key_for(key, fitting)


def _fits(value: Value, keyword: Keyword) -> bool:
    """True when a value has the shape that a keyword holds: a map, a list, or a scalar."""
    wanted = Map if keyword.kind is Kind.MAP else Seq if keyword.kind is Kind.LIST else None
    return isinstance(value, wanted) if wanted else not isinstance(value, Map | Seq)


def _instead(scope: Scope, at: Route, near: str, value: Value) -> tuple[str, tuple[Repair, ...]]:
    """What to write for a key of another name, in the shape that Kea wants: `range: A B` is `pools: [{pool: A - B}]`."""
    keyword = scope.keywords[near]
    scalar = isinstance(value, Plain | str) and bool(value)
    if scalar and near == "pools":
        words = str(value).replace(" - ", " ").split()
        return f"write `pools: [{{pool: {' - '.join(words)}}}]`", ()
    if scalar and near == "relay":
        return f"write `relay: {{ip-addresses: [{value}]}}`", ()
    if scalar and keyword.kind is Kind.LIST and keyword.items not in (None, Kind.MAP):
        result = (Repair((*at[:-1], near), RepairKind.SET, (str(value),)), Repair(at, RepairKind.REMOVE))
        return f"write `{near}: [{value}]`", result
    fits = isinstance(value, Map | Seq) == (keyword.kind in (Kind.MAP, Kind.LIST))
    return f"write {near!r}", (Repair(at, RepairKind.RENAME, near),) if fits else ()


def _data(value: Value) -> str:
    """Data of an option: an address as it is, several with commas; an ellipsis for what is not known."""
    items = value if isinstance(value, Seq) else [value]
    words = [str(item) for item in items if isinstance(item, Plain | str)]
    text = ", ".join(words)
    return "…" if not words or len(words) < len(items) else f'"{text}"' if "," in text or ":" in text else text


def _option(known: Program, scope: Scope, key: str) -> str | None:
    """The option that is meant by a key such as `gateway`, where options can be written beside it."""
    family = {"dhcp4": 4, "dhcp6": 6}.get(known.name)
    if family is None or ("option-data" not in scope.keywords and scope.name != "option-data"):
        return None
    return option_for(key, family, known_names(family, own_space(family), BRANCHES[-1]))


def name_as_code(known: Program, scope: Scope, node: Map, at: Route, *, json: bool) -> WrongShape | None:
    """What is wrong with the `code` of an option that is no number; None elsewhere, and for digits in any spelling.

    `at`: the route of the map; `json`: it is from a file of Kea.
    """
    value = node["code"]
    if (
        scope.name != "option-data"
        or not isinstance(value, str)
        or not value.strip()
        or value.strip()[0] in "0123456789+-"
    ):
        return None
    message = f"'code' is the number of an option, and {display_value(value)} is none"
    number = _NUMBERED.fullmatch(value)
    if number:
        return WrongShape(message, f"write {number[1]}", set_it(int(number[1]) if json else Plain(number[1])))
    family = {"dhcp4": 4, "dhcp6": 6}.get(known.name)
    if family is None or "name" in node or "space" in node:
        return WrongShape(message, "write the number" if "name" not in node else "remove it: `name` is set as well")
    near = option_for(value, family, known_names(family, own_space(family), BRANCHES[-1]))
    if near is None:
        return WrongShape(message, "write the number, or the option's name as `name`")
    corrected = (Repair((*at, "name"), RepairKind.SET, near), Repair((*at, "code"), RepairKind.REMOVE))
    renamed = rename_it("name") if near == value else corrected
    return WrongShape(
        message,
        f'write "name": "{near}" instead of "code"' if json else f"write `name: {near}` instead of `code`",
        renamed,
    )


_NUMBERED = regex(r"(?:option|opt|code)[-_ ]?([0-9]{1,5})", re.IGNORECASE)
"""The number of an option behind the word."""


def _listed(scope: Scope) -> str:
    return _LISTS.setdefault(id(scope), ", ".join(sorted(scope.keywords)))


_LISTS: dict[int, str] = {}
"""By scope, which lives as long as the program: one string for all of 100,000 findings."""
_OTHER_DIGIT = str.maketrans("46", "64")
_SIBLING: dict[ProgramName, ProgramName] = {"dhcp4": "dhcp6", "dhcp6": "dhcp4"}
