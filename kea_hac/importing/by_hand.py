"""The spec as an administrator would write it: times with units, names of options, `lan` for an interface.

In: the merged spec. Out: the same with these forms, where the compiled files are the same to `diff` (`same_files`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from kea_hac.importing.option_names import Options
from kea_hac.importing.same_files import Proof
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Program, ProgramName, Scope, program
from kea_hac.kea.hidden import keys_in
from kea_hac.kea.hooks import HIGH_AVAILABILITY, LEASE_COMMANDS
from kea_hac.kea.version import KeaVersion
from kea_hac.regex import regex
from kea_hac.source.document import Plain

Change = Callable[[Block], Block]
_BY_FAMILY = frozenset({"dhcp4", "dhcp6"})
_NOT_OURS = frozenset({"parameters", "user-context"})
_SPEAKING = regex(r"v?lan")
"""Names that say what an interface is for, on one server already."""
_VLAN = regex(r"(?:.*\.|vlan)([0-9]{1,4})\Z")


def by_hand(spec: Block, proof: Proof, version: KeaVersion, *, stamped: bool) -> Block:
    """The spec in these forms. `stamped`: kea-hac built the files, so its options are as wanted.

    All changes together are tried first, then each by itself: one that cannot be proven does not prevent the others.
    """
    changes: list[Change] = [_with_aliases, _with_durations, _without_derived_libraries]
    if not stamped:
        changes.append(lambda block: _with_option_names(block, version))
    for tried in (changes, *([each] for each in changes)):
        result = spec
        for change in tried:
            result = change(result)
        if result is not spec and proof.same(spec, result):
            spec = result
            if tried is changes:
                break
    return spec


def _mapped(block: Block, change: Callable[[str, Json], Json]) -> Block:
    """A map with each value changed; the very same map where none was."""
    result = {key: change(key, value) for key, value in block.items()}
    if all(result[key] is value for key, value in block.items()):
        return block
    copy = block.copy_of()
    copy.update(result)
    return copy


def _each(items: list[Json], change: Callable[[Block], Block]) -> list[Json]:
    result = [change(item) if isinstance(item, Block) else item for item in items]
    return items if all(new is old for new, old in zip(result, items, strict=True)) else result


# ---------------------------------------------------------------------------------------------------------- durations


def _with_durations(spec: Block) -> Block:
    """`4h` for 14400 on keys that take a length of time."""

    def top(key: str, value: Json) -> Json:
        if key in _BY_FAMILY and isinstance(value, Block):
            vocabulary = program("dhcp4" if key == "dhcp4" else "dhcp6")
            return _timed(vocabulary, vocabulary.scopes[vocabulary.top], value)
        if key == "high-availability" and isinstance(value, Block):
            return _timed_relationships(value)
        if key == "servers" and isinstance(value, list):
            return _each(value, lambda server: _mapped(server, top))
        return value

    return _mapped(spec, top)


def _timed_relationships(block: Block) -> Block:
    scope = program("ha").scopes["relationship"]

    def one(key: str, value: Json) -> Json:
        if key == "relationships" and isinstance(value, list):
            return _each(value, _timed_relationships)
        if isinstance(value, Block) and value.keys() <= _BY_FAMILY:
            return _mapped(value, lambda _, each: _length(scope, key, each))
        return _length(scope, key, value)

    return _mapped(block, one)


@cache
def _timed_scopes(name: ProgramName) -> frozenset[str]:
    """The scopes with a length of time in them or somewhere below."""
    scopes = program(name).scopes
    found = {name for name, scope in scopes.items() if any(word.unit for word in scope.keywords.values())}
    size = 0
    while size != (size := len(found)):
        found |= {
            name for name, scope in scopes.items() if any(word.scope in found for word in scope.keywords.values())
        }
    return frozenset(found)


def _timed(vocabulary: Program, scope: Scope, block: Block) -> Block:
    timed = _timed_scopes(vocabulary.name)

    def one(key: str, value: Json) -> Json:
        keyword = scope.keywords.get(key)
        if key in _NOT_OURS or keyword is None:
            return value
        if keyword.scope is not None and keyword.scope not in timed:
            return value  # reservations
        below = vocabulary.scopes[keyword.scope] if keyword.scope else None
        if below is not None and isinstance(value, Block):
            return _timed(vocabulary, below, value)
        if below is not None and isinstance(value, list):
            return _each(value, lambda item: _timed(vocabulary, below, item))
        return _length(scope, key, value)

    return _mapped(block, one)


def _length(scope: Scope, key: str, value: Json) -> Json:
    keyword = scope.keywords.get(key)
    if keyword is None or keyword.unit is None or not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return value
    seconds, rest = divmod(value, 1000) if keyword.unit == "ms" else (value, 0)
    if rest or (keyword.unit != "ms" and seconds % 60):
        return value
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return Plain(f"{seconds // length}{unit}")
    return Plain(f"{seconds}s")


# ---------------------------------------------------------------------------------------------------------- libraries


def _without_derived_libraries(spec: Block) -> Block:
    """The libraries that HA implies, where nothing but their names is written."""
    if "high-availability" not in spec:
        return spec

    def derived(entry: Json) -> bool:
        name = str(entry.get("library")) if isinstance(entry, Block) and not entry.get("parameters") else ""
        return name in (LEASE_COMMANDS, HIGH_AVAILABILITY) and entry.keys() <= {"library", "parameters"}

    def family(key: str, value: Json) -> Json:
        listed = value.get("hooks-libraries") if key in _BY_FAMILY and isinstance(value, Block) else None
        if not isinstance(listed, list) or not any(derived(entry) for entry in listed):
            return value
        result = value.copy_of()
        result["hooks-libraries"] = [entry for entry in listed if not derived(entry)]
        if not result["hooks-libraries"]:
            del result["hooks-libraries"]
        return result

    return _mapped(spec, family)


# ------------------------------------------------------------------------------------------------------- option names


def _with_option_names(spec: Block, version: KeaVersion) -> Block:
    """Options by their names, with values as strings, and without keys that have their default."""

    def one(family: str, block: Block) -> Block:
        number = 4 if family == "dhcp4" else 6
        options = Options(number, version.branch, block.get("option-def"))

        def below(key: str, value: Json) -> Json:
            if key in _NOT_OURS:
                return value
            if key == "option-data" and isinstance(value, list):
                return _each(value, options.named)
            if isinstance(value, Block):
                return _mapped(value, below)
            if isinstance(value, list) and "option-data" in keys_in(value):
                return _each(value, lambda item: _mapped(item, below))
            return value

        return _mapped(block, below)

    return _mapped(
        spec, lambda key, value: one(key, value) if key in _BY_FAMILY and isinstance(value, Block) else value
    )


# ------------------------------------------------------------------------------------------------------------ aliases


def _with_aliases(spec: Block) -> Block:
    """`lan` where the name of an interface on one server was the alias of another name on its partner."""
    servers = [server for server in spec.get("servers") or () if isinstance(server, Block)]
    for family in sorted(_BY_FAMILY & spec.keys()):
        aliases = _new_names([_names_of(server, family) for server in servers])
        if aliases:
            spec = _renamed(spec, family, aliases)
    return spec


def _names_of(server: Block, family: str) -> Json:
    written = server.get("interfaces")
    if isinstance(written, Block) and written and written.keys() <= _BY_FAMILY:
        return written.get(family)
    return written


def _new_names(written: Sequence[Json]) -> Mapping[str, str]:
    """Alias as it is → a better one, for those that are not one name on all servers."""
    maps = [each for each in written if isinstance(each, Block)]
    keys = list(dict.fromkeys(key for each in maps for key in each))
    real = {str(name) for each in maps for name in each.values()} | set(keys)
    result: dict[str, str] = {}
    for key in keys:
        names = {str(each[key]) for each in maps if key in each}
        if names == {key} or _SPEAKING.match(key):
            continue
        result[key] = next(name for name in _proposed(names) if name not in real and name not in result.values())
    return result


def _proposed(names: set[str]) -> Iterator[str]:
    tags = {match[1] if (match := _VLAN.match(name)) else None for name in names}
    tag = tags.pop() if len(tags) == 1 else None
    if tag is not None:
        yield f"vlan{int(tag)}"
    yield "lan"
    number = 1
    while True:
        number += 1
        yield f"lan{number}"


def _renamed(spec: Block, family: str, aliases: Mapping[str, str]) -> Block:
    def name(text: Json) -> Json:
        if not isinstance(text, str):
            return text
        bare, slash, address = text.partition("/")
        return f"{aliases[bare]}{slash}{address}" if bare in aliases else text

    def map_of(written: Block) -> Block:
        result = Block(written.at, moved=written.moved)
        for key, value in written.items():
            result.put(aliases.get(key, key), value, written.where(key))
        return result

    def config(key: str, value: Json) -> Json:
        if key == "interface":
            return name(value)
        if key == "interfaces" and isinstance(value, list):
            return [name(each) for each in value]
        if key in ("subnet4", "subnet6", "shared-networks") and isinstance(value, list):
            return _each(value, lambda item: _mapped(item, config))
        return _mapped(value, config) if key == "interfaces-config" and isinstance(value, Block) else value

    def server(key: str, value: Json) -> Json:
        if key == family and isinstance(value, Block):
            return _mapped(value, config)
        if key != "interfaces" or not isinstance(value, Block):
            return value
        if value.keys() <= _BY_FAMILY:
            return _mapped(
                value, lambda each, below: map_of(below) if each == family and isinstance(below, Block) else below
            )
        return map_of(value)

    def top(key: str, value: Json) -> Json:
        if key == family and isinstance(value, Block):
            return _mapped(value, config)
        return (
            _each(value, lambda item: _mapped(item, server)) if key == "servers" and isinstance(value, list) else value
        )

    return _mapped(spec, top)
