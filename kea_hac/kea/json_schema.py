"""Kea's vocabulary as JSON Schema definitions, for editors: one for each kind of map, shared by all places that hold it.

An editor sees YAML 1.2 core values, and a text in place of whatever a tag stands for (yaml-language-server with
`"yaml.customTags": ["!include scalar", "!csv scalar", "!secret scalar",
"!on-server scalar"]`). So every value also takes a text that ends as
included files do: nothing that an include can stand for gets a red line, and a text in the wrong place still gets one.
Types are unions in one place, not alternatives (`anyOf`), wherever that can say it: the messages, the completion and the
hover text of yaml-language-server 1.25 are better for it.

The schema is no stricter than `reading`: what it cannot see (quotes, sums, references) is for the compiler to find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from itertools import count
from typing import Any

from kea_hac.kea.grammar import Keyword, Kind, Program, Scope, narrowed
from kea_hac.kea.hooks import OPEN_SOURCE, PREMIUM
from kea_hac.kea.hover import hover_text, newer_spelling
from kea_hac.kea.version import BRANCHES
from kea_hac.records import dataclass

Schema = dict[str, Any]
Definitions = dict[str, Schema]

VALUE_FILE = r"\.(ya?ml|json|conf)$"
"""How a file ends that `!include` takes."""
FILE = r"\.(ya?ml|json|conf|csv)$"
"""How a file ends that `!include` or `!csv` takes, for a map, a list or an item of one."""
WHOLE = "without-merge"
"""The definition for a map without `<<`: only then it is known which keys are missing."""
NULL: Schema = {"type": "null"}
NUMBER: Schema = {
    "type": ["number", "string"],
    "pattern": VALUE_FILE,
    "patternErrorMessage": "This must be a number, without quotes.",
}
MERGED: Schema = {"^<<$": True}
_AT = "#/$defs/"
_LENGTHS = {
    "s": r"^((0|[1-9][0-9]*)(s|m|h|d|w)|0ms|[1-9][0-9]*000ms)$",
    "ms": r"^(0|[1-9][0-9]*)(ms|s|m|h|d|w)$",
}
_SPOKEN_UNIT = {"s": "seconds", "ms": "milliseconds"}
_EXAMPLE = {"s": "3600, or 90s, 4h, 1d", "ms": "10000, or 500ms, 10s"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a vocabulary is read in one place of the spec."""

    mark: str = ""
    """Behind the names of its definitions."""
    partial: bool = False
    """The map is filled up later, so it may lack keys or be empty: outside of lists."""
    nullable: bool = False
    """null removes a value: outside of lists."""
    by_family: bool = False
    """Each value may be `{dhcp4: …, dhcp6: …}`."""
    extra: Mapping[str, Mapping[str, Schema]] = field(default_factory=dict)
    """Keys of the spec language in a kind of map."""
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the spec language demands beyond Kea, by kind of map."""


def ref(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"{_AT}{name}"}


def name_of(reference: Schema) -> str:
    """The name in a reference."""
    return str(reference["$ref"]).removeprefix(_AT)


def reached(schema: Schema, definitions: Definitions) -> Definitions:
    """The definitions that a schema refers to, itself or through others, in their order."""
    names: set[str] = set()
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            name = name_of(node) if isinstance(node.get("$ref"), str) else None
            if name is not None and name not in names:
                names.add(name)
                waiting.append(definitions[name])
        elif isinstance(node, list):
            waiting += node
    return {name: definition for name, definition in definitions.items() if name in names}


def map_of(
    properties: Mapping[str, Schema],
    required: Iterable[str] = (),
    *,
    empty: bool = True,
    others: bool | Schema = False,
    patterns: Mapping[str, Any] | None = None,
) -> Schema:
    """A map with these keys, or what stands for one. `others`: whether (and as what) it takes other keys as well."""
    schema: Schema = {
        "type": ["object", "string"],
        "pattern": FILE,
        "patternErrorMessage": "This must be a map, or !include FILE.",
        "properties": dict(properties),
        "patternProperties": MERGED | dict(patterns or {}),
        "additionalProperties": others,
    }
    if not empty:
        schema["minProperties"] = 1
    if needed := list(required):
        schema |= {"if": ref(WHOLE), "then": {"required": needed}}
    return schema


def list_of(items: Schema, *, empty: bool = True) -> Schema:
    """A list of these, or what stands for one."""
    schema: Schema = {
        "type": ["array", "string"],
        "pattern": FILE,
        "patternErrorMessage": "This must be a list, !include FILE or !csv FILE.",
        "items": items,
    }
    return schema if empty else schema | {"minItems": 1}


def word_of(words: Iterable[str], *, any_case: bool = False) -> Schema:
    """One of these words, as YAML reads them: an unquoted `true` is a boolean by then."""
    known = list(words)
    typed = [{"true": True, "false": False}[word] for word in known if word in ("true", "false")]
    spelt = "".join(f"^{in_any_case(word)}$|" for word in known) if any_case else ""
    return {"anyOf": [{"enum": [*known, *typed]}, {"type": "string", "pattern": f"{spelt}{VALUE_FILE}"}]}


def text_like(pattern: str, message: str) -> Schema:
    """A text of a certain form, or what stands for one."""
    return {"type": "string", "pattern": f"{pattern}|{VALUE_FILE}", "patternErrorMessage": message}


def integer_of(low: float | None, high: float | None, unit: str | None = None) -> Schema:
    """A whole number, for a length of time also `10s`."""
    also = f"{_LENGTHS[unit]}|" if unit else ""
    wanted = (
        f"This must be {_SPOKEN_UNIT[unit]}: {_EXAMPLE[unit]}."
        if unit
        else "This must be a whole number, without quotes."
    )
    schema: Schema = {"type": ["integer", "string"], "pattern": also + VALUE_FILE, "patternErrorMessage": wanted}
    return schema | _limits(minimum=low, maximum=high)


def by_family(value: Schema) -> Schema:
    """The value, or one for each family."""
    families = {
        "dhcp4": {"description": "The value for kea-dhcp4.", **value},
        "dhcp6": {"description": "The value for kea-dhcp6.", **value},
    }
    each = {"type": "object", "properties": families, "patternProperties": MERGED, "additionalProperties": False}
    return {"anyOf": [value, each | {"minProperties": 1}]}


def common() -> Definitions:
    """The definitions that others refer to."""
    return {
        WHOLE: {"propertyNames": {"not": {"const": "<<"}}},
        "text": {"type": ["string", "number", "boolean"]},
        "boolean": {
            "type": ["boolean", "string"],
            "pattern": VALUE_FILE,
            "patternErrorMessage": "This must be true or false, without quotes.",
        },
        "free-map": map_of({}, others=True),
    }


class Vocabulary:
    """Writes the definitions of one program, in one form, into `definitions` as they are asked for."""

    def __init__(
        self, known: Program, definitions: Definitions, form: Form | None = None, inside: Vocabulary | None = None
    ) -> None:
        """`inside`: writes what is in lists, where that has another form."""
        self._known = known
        self._definitions = definitions
        self._form = form or Form()
        self._inside = inside or self
        self._scopes: dict[str, Schema] = {}

    def scope(self, name: str) -> Schema:
        """A reference to the map called `name`."""
        if name not in self._scopes:
            result = self._map(self._known.scopes[name])
            key = f"{name}{self._form.mark}"
            # dhcp4 and dhcp6 share what is equal in both
            known = self._definitions.get(key, result)
            self._scopes[name] = self._put(key if known == result else f"{self._known.name}.{key}", result)
        return self._scopes[name]

    def properties(self, name: str, keys: Iterable[str] | None = None) -> dict[str, Schema]:
        """The keys of the map called `name`, or these of them, in printed order."""
        scope = self._known.scopes[name]
        chosen = scope.keywords.keys() if keys is None else set(keys)
        return {key: self._property(scope, word) for key, word in scope.keywords.items() if key in chosen}

    def _map(self, scope: Scope) -> Schema:
        extra = self._form.extra.get(scope.name, {})
        required = () if self._form.partial else (*scope.required, *self._form.required.get(scope.name, ()))
        empty = self._form.partial or scope.empty_map
        properties = self.properties(scope.name) | dict(extra)
        return map_of(properties, required, empty=empty, others=scope.open)

    def _property(self, scope: Scope, keyword: Keyword) -> Schema:
        schema: Schema = {"description": hover_text(scope, keyword)}
        if (scope.name, keyword.name) == ("hooks-library", "library"):
            schema["examples"] = _libraries()
        value = self._value(narrowed(keyword, self._known.branches))
        newer = newer_spelling(scope, keyword)
        if newer is None:
            return schema | value
        schema |= {"deprecated": True, "deprecationMessage": f"{keyword.name} is an old spelling: write {newer}."}
        # yaml-language-server leaves a key out of completion only where this does not stand beside a reference
        return schema | self._definitions[name_of(value)]

    def _value(self, keyword: Keyword) -> Schema:
        if keyword.kind is Kind.MAP:
            value = self.scope(keyword.scope) if keyword.scope else ref("free-map")
        elif keyword.kind is Kind.LIST:
            value = self._list(keyword)
        else:
            value = self._scalar(keyword, keyword.kind)
        if self._form.nullable:
            return self._put(f"{name_of(value)}.or-null", {"anyOf": [value, NULL]})
        return self._by_family(value) if self._form.by_family else value

    def _list(self, keyword: Keyword) -> Schema:
        items = (
            self._inside.scope(keyword.scope) if keyword.scope else self._scalar(keyword, keyword.items or Kind.STRING)
        )
        if self._form.by_family:
            items = self._by_family(items)
        name = f"{name_of(items)}.list{'' if keyword.empty_list else '.not-empty'}"
        return self._put(name, list_of(items, empty=keyword.empty_list))

    def _scalar(self, keyword: Keyword, kind: Kind) -> Schema:
        if kind is Kind.BOOLEAN:
            return ref("boolean")
        if kind is Kind.STRING:
            return ref("text")
        if kind is Kind.ENUM:
            return self._numbered(f"word.{keyword.name}", word_of(keyword.values, any_case=keyword.any_case))
        if kind is Kind.NUMBER:
            name, result = "number", NUMBER | limits_of(keyword)
        else:
            name = _SPOKEN_UNIT.get(keyword.unit or "", "integer")
            result = integer_of(keyword.minimum, keyword.maximum, keyword.unit)
        return self._numbered(name, result)

    def _by_family(self, value: Schema) -> Schema:
        return self._put(f"{name_of(value)}.by-family", by_family(value))

    def _numbered(self, name: str, schema: Schema) -> Schema:
        """Under this name, or under one with a number where it has another meaning."""
        names = (name if number == 1 else f"{name}.{number}" for number in count(1))
        return self._put(next(each for each in names if self._definitions.get(each, schema) == schema), schema)

    def _put(self, name: str, schema: Schema) -> Schema:
        if self._definitions.setdefault(name, schema) != schema:
            raise AssertionError(f"two definitions are called {name}")
        return ref(name)


def limits_of(keyword: Keyword) -> Schema:
    """The limits of a number."""
    return _limits(
        minimum=keyword.minimum,
        maximum=keyword.maximum,
        exclusiveMinimum=keyword.above,
        exclusiveMaximum=keyword.below,
    )


def _limits(**limits: float | None) -> Schema:
    return {name: limit for name, limit in limits.items() if limit is not None}


def in_any_case(word: str) -> str:
    """A pattern for the word in capitals, small letters or both."""
    # a hyphen as it is: ECMAScript, whose patterns these are, knows no escape for it outside of brackets
    return "".join(f"[{each.upper()}{each.lower()}]" if each.isalpha() else each for each in word)


def _libraries() -> list[str]:
    """The newest file names of the hook libraries that the newest branch has."""
    newest = BRANCHES[-1]
    return sorted(f"libdhcp_{name}.so" for name in OPEN_SOURCE[newest] | PREMIUM[newest])
