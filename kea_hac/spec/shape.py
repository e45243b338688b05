"""The maps in our own words: classes whose fields say how a key is read, and what a refusal becomes for the user.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class SharedAgent(Shape):
        name: str = key(read_name, description="The folder of its preferences.cfg in the build.")

NOTE: no library does this here. All reading is by our own readers anyway, and importing and building the models of pydantic
took longer than checking a spec of 50 reservations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypeVar

from kea_hac.diagnostics import Finding, Route, Rule, dotted, rule
from kea_hac.spec.families import FAMILY_KEYS
from kea_hac.spec.scalars import RefusedError, nearest

Note = Callable[[Finding], None]
Reader = Callable[[Any], Any]
"""The untyped value of a document → what it means. Raises RefusedError."""

WRONG_VALUE = rule(
    "KH101",
    "wrong-value",
    why="A key of the spec language has a value that means nothing, so nothing can be compiled from it.",
    source="the spec language",
)
UNKNOWN_SPEC_KEY = rule(
    "KH102",
    "unknown-spec-key",
    why="A misspelt key would silently mean its default. The HA library of Kea ignores such keys without a word.",
    source="the spec language; seen on 2.2.0, 2.6.3, 3.0.4",
)
MISSING_SPEC_KEY = rule(
    "KH103",
    "missing-spec-key",
    why="The spec does not say something that cannot be guessed.",
    source="the spec language",
)


class Shape:
    """Base of everything that the user writes in our own words."""

    __slots__ = ()


Model = TypeVar("Model", bound=Shape)


def key(read: Reader, *, description: str, default: Any = MISSING, default_factory: Any = MISSING) -> Any:
    """A field of a Shape: one key, spelt with hyphens. Where the default is None, None may be given as well."""
    reader = read if default is not None else lambda value: None if value is None else read(value)
    return field(
        default=default, default_factory=default_factory, metadata={"read": reader, "description": description}
    )


_keys: dict[type[Shape], Mapping[str, Field[Any]]] = {}


def keys_of(model: type[Shape]) -> Mapping[str, Field[Any]]:
    """The keys of a Shape as they are written, in the order of the class."""
    if model not in _keys:
        made: Any = model  # `dataclass` makes a class of the same name, with fields
        _keys[model] = MappingProxyType({each.name.replace("_", "-"): each for each in fields(made)})
    return _keys[model]


def required(model: type[Shape]) -> tuple[str, ...]:
    """The keys without which there is none."""
    return tuple(
        name for name, each in keys_of(model).items() if each.default is MISSING and each.default_factory is MISSING
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is wrong with a key, or inside its value."""

    rule: Rule
    at: Route
    message: str = ""
    fix: str | None = None


class _BrokenMapError(RefusedError):
    """Several things are wrong inside one value."""

    def __init__(self, problems: list[_Problem]) -> None:
        super().__init__("")
        self.problems = problems


def map_of(model: type[Model]) -> Callable[[Any], Model]:
    """A reader of a map in our own words."""

    def read(value: Any) -> Model:
        if isinstance(value, model):
            return value
        if not isinstance(value, Mapping):
            raise RefusedError("this must be a map")
        values, problems = _read(model, value)
        if problems:
            raise _BrokenMapError(problems)
        return model(**values)

    return read


def list_of(read: Reader) -> Callable[[Any], tuple[Any, ...]]:
    """A reader of a list of what `read` reads."""

    def every(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise RefusedError("this must be a list")
        made, problems = _each(read, enumerate(value))
        if problems:
            raise _BrokenMapError(problems)
        return tuple(made.values())

    return every


def dict_of(read: Reader) -> Callable[[Any], dict[str, Any]]:
    """A reader of a map with any keys."""

    def every(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise RefusedError("this must be a map")
        made, problems = _each(read, value.items())
        if problems:
            raise _BrokenMapError(problems)
        return made

    return every


def _each(read: Reader, items: Any) -> tuple[dict[Any, Any], list[_Problem]]:
    made: dict[Any, Any] = {}
    problems: list[_Problem] = []
    for step, value in items:
        try:
            made[step] = read(value)
        except RefusedError as refusal:
            problems += _below(step, refusal)
    return made, problems


def _below(step: str | int, refusal: RefusedError) -> Iterator[_Problem]:
    if isinstance(refusal, _BrokenMapError):
        for each in refusal.problems:
            yield _Problem(each.rule, (step, *each.at), each.message, each.fix)
    else:
        yield _Problem(WRONG_VALUE, (step, *refusal.at), refusal.message, refusal.fix)


def _read(model: type[Shape], data: Mapping[str, Any]) -> tuple[dict[str, Any], list[_Problem]]:
    """The fields that can be read, by their names in the class; and what is wrong with the rest."""
    known = keys_of(model)
    values: dict[str, Any] = {}
    problems = [_Problem(MISSING_SPEC_KEY, (name,)) for name in required(model) if name not in data]
    for name, value in data.items():
        if name not in known:
            problems.append(_Problem(UNKNOWN_SPEC_KEY, (name,)))
            continue
        try:
            values[known[name].name] = known[name].metadata["read"](value)
        except RefusedError as refusal:
            problems += _below(name, refusal)
    return values, problems


def unknown_key(key: str, at: Route, known: Collection[str], where: str) -> Finding:
    """The finding for a key that our language does not have in this place."""
    guess = nearest(key, known)
    return Finding(
        UNKNOWN_SPEC_KEY,
        (*at, key),
        f"{where} has no key {key!r}",
        on_key=True,
        fix=f"write {guess!r}" if guess else f"the keys here are {', '.join(sorted(known))}" if known else None,
    )


def shape(model: type[Model], data: Mapping[str, Any], at: Route, note: Note, where: str) -> Model | None:
    """Read `data` into `model`; every mistake becomes a finding below `at`. None when there was one."""
    read, broken = shape_parts(model, data, at, note, where)
    return None if broken else read


def shape_parts(
    model: type[Model],
    data: Mapping[str, Any],
    at: Route,
    note: Note,
    where: str,
    stand_in: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Model | None, frozenset[str]]:
    """Like `shape`, but what is sound is kept: the model without its broken keys, and these keys.

    A broken key has the model's default, or the value in `stand_in`, which every required key needs; None without one.
    """
    values, problems = _read(model, data)
    for each in problems:
        note(_finding(each, model, data, at, where))
    broken = frozenset(str(each.at[0]) for each in problems)
    for name in required(model):
        if name in broken and name in stand_in:
            values[keys_of(model)[name].name] = keys_of(model)[name].metadata["read"](stand_in[name])
    whole = all(keys_of(model)[name].name in values for name in required(model))
    return model(**values) if whole else None, broken


def _finding(problem: _Problem, model: type[Shape], data: Mapping[str, Any], at: Route, where: str) -> Finding:
    route = (*at, *problem.at)
    inner = len(problem.at) > 1
    place = dotted(route[:-1]) if inner else where
    name = str(route[-1])
    if problem.rule is UNKNOWN_SPEC_KEY:
        return unknown_key(name, route[:-1], () if inner else keys_of(model), place)
    if problem.rule is MISSING_SPEC_KEY:
        return Finding(problem.rule, route, f"{place} needs {name!r}", on_key=True, fix=f"add `{name}: …`")
    fix = problem.fix or _by_family(data, problem.at)
    return Finding(problem.rule, route, problem.message, fix=fix)


def _by_family(data: Mapping[str, Any], at: Route) -> str | None:
    """A fix for a map that was meant to be by family (law 4) and has other keys as well."""
    value = data.get(str(at[0]))
    meant = isinstance(value, Mapping) and len(at) == 1 and not value.keys().isdisjoint(FAMILY_KEYS)
    return "by family a value is `{dhcp4: …, dhcp6: …}`, with no other key" if meant else None
