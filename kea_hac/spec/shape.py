"""Pydantic's errors → findings: a `loc` becomes a route, an error type becomes a message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sized
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from kea_hac.diagnostics import Finding, FindingSink, Route, dotted, rename_it, rule, set_it
from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.suggest import key_for
from kea_hac.kea.unknown_keys import set_beside
from kea_hac.records import dataclass
from kea_hac.source.document import value_at
from kea_hac.source.limits import DEFAULT_LIMITS
from kea_hac.source.odd_characters import odd_in, plain
from kea_hac.source.rules import OVER_LIMIT
from kea_hac.spec.families import FAMILY_KEYS
from kea_hac.spec.scalars import is_null

WRONG_VALUE = rule(
    "KH101",
    "wrong-value",
    why="The value has no meaning for this key of the spec language. Nothing can be compiled from it.",
    source="the spec language",
)
UNKNOWN_SPEC_KEY = rule(
    "KH102",
    "unknown-spec-key",
    why="A misspelt key would be ignored, and the default value would apply. Kea's HA library ignores such keys "
    "without an error.",
    source="the spec language; seen on 2.2.0, 2.6.3, 3.0.4",
)
MISSING_SPEC_KEY = rule(
    "KH103",
    "missing-spec-key",
    why="The spec needs this value, and kea-hac cannot derive it or guess it.",
    source="the spec language",
)


@dataclass(frozen=True, slots=True)
class Only:
    """An annotation of a required key that has one value only."""

    value: str
    """As it is written in a spec."""


def _hyphens(name: str) -> str:
    return name.replace("_", "-")


class Shape(BaseModel):
    """Base of all maps with keys of kea-hac: frozen, strict, keys spelt with hyphens."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=_hyphens,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        defer_build=True,
    )


Model = TypeVar("Model", bound=Shape)


def unknown_keys(
    keys: Iterable[str], at: Route, known: Collection[str], where: str, note: FindingSink, beside: Mapping[str, Any]
) -> None:
    """Report the keys of a map (`beside`) that our language does not have there. A flood of them is cut off with one finding more."""
    unknown, most = list(keys), DEFAULT_LIMITS.unknown_keys
    for key in unknown[:most]:
        note(_unknown_key(key, at, known, where, beside))
    if len(unknown) > most:
        message = (
            f"{len(unknown):,} keys of {where} are unknown; the first {most:,} are listed, and the others were not read"
        )
        note(Finding(OVER_LIMIT, at, message, fix="check what wrote this file"))


def _unknown_key(key: str, at: Route, known: Collection[str], where: str, beside: Mapping[str, Any]) -> Finding:
    """The finding for a key that our language does not have in this place."""
    odd = odd_in(key)
    guess = key_for(plain(key).strip(), known) or (_family_of(key, beside.get(key)) if not at else None)
    fix, repair = set_beside(key, guess, beside) if guess in beside else (f"write {guess!r}", rename_it(str(guess)))
    homes = [family for family in _FAMILIES if not at and key in _top_of(family)]
    if not guess and homes:
        return Finding(
            UNKNOWN_SPEC_KEY,
            (*at, key),
            f"{where} has no key {key!r}; it is a key of Kea's {' and '.join(homes)}",
            on_key=True,
            fix=f"move it below `{'` or `'.join(f'{each}:' for each in homes)}`",
        )
    return Finding(
        UNKNOWN_SPEC_KEY,
        (*at, key),
        f"{where} has no key {key!r}" + (f": it contains {odd}" if odd else ""),
        on_key=True,
        fix=fix if guess else f"the keys here are {', '.join(sorted(known))}" if known else None,
        repair=repair if guess else (),
        meant=guess,
    )


def _family_of(key: str, value: object) -> str | None:
    """The family whose subnets a map at the top has, where its key is `dhcp` or begins with it."""
    found = [each for each in _FAMILIES if isinstance(value, Mapping) and f"subnet{each[-1]}" in value]
    return found[0] if len(found) == 1 and key.lower().startswith("dhcp") else None


_FAMILIES: tuple[ProgramName, ...] = ("dhcp4", "dhcp6")


def _top_of(family: ProgramName) -> Collection[str]:
    """The keys of Kea's own top map of a family."""
    known = program(family)
    return known.scopes[f"Dhcp{family[-1]}"].keywords


def beyond_limit(items: Sized, at: Route, what: str, most: int, note: FindingSink) -> bool:
    """True, and a finding, for a list that is longer than any site needs: reading it would cost more than it is worth."""
    if len(items) <= most:
        return False
    message = f"{len(items):,} {what} are listed here, and kea-hac takes {most}"
    fix = "servers that share no leases belong in specs of their own; a list that a program made may hold a mistake"
    note(Finding(OVER_LIMIT, at, message, fix=fix))
    return True


def shape(model: type[Model], data: Mapping[str, Any], at: Route, note: FindingSink, where: str) -> Model | None:
    """Read `data` into `model`; every mistake becomes a finding below `at`. None when there was one."""
    read, broken = shape_parts(model, data, at, note, where)
    return None if broken else read


def shape_parts(
    model: type[Model],
    data: Mapping[str, Any],
    at: Route,
    note: FindingSink,
    where: str,
    stand_in: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Model | None, frozenset[str]]:
    """Like `shape`, but valid keys are kept. Returns the model without its invalid keys, and the names of these keys.

    An invalid key gets the model's default, or the value in `stand_in`. A required key needs a `stand_in`, else the model is None.
    """
    try:
        return model.model_validate(dict(data)), frozenset()
    except ValidationError as failure:
        broken = frozenset(str(error["loc"][0]) for error in failure.errors(include_url=False, include_context=False))
        known = {field.alias or name for name, field in model.model_fields.items()}
        unknown: dict[tuple[Route, str], list[str]] = {}
        for error in failure.errors(include_url=False, include_context=True, include_input=False):
            route = (*at, *_steps(data, error["loc"]))
            inner = route[:-1] != at
            place = dotted(route[:-1]) if inner else where
            if error["type"] == "extra_forbidden":
                unknown.setdefault((route[:-1], place), []).append(str(route[-1]))
            elif error["type"] == "missing":
                key = str(error["loc"][-1])
                message = f"{place} needs {key!r}"
                line = f"add `{key}: {_only_value(model, route, at)}`"
                note(Finding(MISSING_SPEC_KEY, route, message, on_key=True, fix=line, lacks=(key,)))
            else:
                fix = (
                    error.get("ctx", {}).get("fix") or _by_family(data, error["loc"]) or _empty(data, route[len(at) :])
                )
                value = error.get("ctx", {}).get("value")
                note(Finding(WRONG_VALUE, route, _words(error), fix=fix, repair=set_it(value) if value else ()))
        for (above, place), keys in unknown.items():
            unknown_keys(keys, above, known if above == at else (), place, note, data if above == at else {})
    try:
        sound = {key: value for key, value in data.items() if key not in broken}
        return model.model_validate({**stand_in, **sound}), broken
    except ValidationError:
        return None, broken


def _only_value(model: type[Shape], route: Route, at: Route) -> str:
    """What a missing key of `model` itself must be; `…` where there is more than one such value."""
    if route[:-1] != at:
        return "…"
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    field = fields.get(str(route[-1]))
    values = [each.value for each in field.metadata if isinstance(each, Only)] if field is not None else []
    return values[0] if values else "…"


def _by_family(data: Any, loc: tuple[int | str, ...]) -> str | None:
    """A fix for a map that is meant to be by family and has other keys as well."""
    value = data.get(loc[0]) if loc else None
    if not isinstance(value, Mapping) or len(loc) != 1:
        return None
    if not value.keys().isdisjoint(FAMILY_KEYS):
        return "by family a value is `{dhcp4: …, dhcp6: …}`, with no other key"
    words = {str(key): key_for(str(key), FAMILY_KEYS) for key in value}
    return (
        f"write {' and '.join(f'{new!r}' for new in words.values())} as its keys"
        if words and all(words.values())
        else None
    )


def _empty(data: Any, steps: Route) -> str | None:
    """A fix for a key without a value."""
    value = value_at(data, steps, "")
    return "fill in the value behind the colon" if is_null(value) and isinstance(steps[-1], str) else None


def _words(error: ErrorDetails) -> str:
    if error["type"] in ("dict_type", "model_type"):
        return "this must be a map"
    return error["msg"]


def _steps(data: Any, loc: tuple[int | str, ...]) -> Route:
    """The steps of a pydantic `loc` that are keys or indexes of the document: union tags are left out."""
    steps: list[int | str] = []
    node = data
    for number, step in enumerate(loc):
        if isinstance(node, Mapping) and step in node:
            node = node[step]
        elif isinstance(node, list):
            if not isinstance(step, int) or step >= len(node):
                continue
            node = node[step]
        elif number == len(loc) - 1 and isinstance(node, Mapping):
            steps.append(step)
            break
        else:
            continue
        steps.append(step)
    return tuple(steps)
