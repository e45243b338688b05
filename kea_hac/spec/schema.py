"""The spec language as JSON Schema 2020-12, for editors: completion, hover text, red lines.

The keys of kea-hac come from the shapes of `pair`, with their descriptions; Kea's keys from the vocabulary.
`kea_hac.kea.json_schema` explains the strings that replace an include, and why types are unions.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.json_schema import (
    Definitions,
    Form,
    Schema,
    Vocabulary,
    by_family,
    common,
    list_of,
    map_of,
    name_of,
    reached,
    ref,
)
from kea_hac.spec.load import AGENT_MAY_DIFFER, MAY_DIFFER, OLD_MAY_DIFFER, PEER_KEYS, RELATIONSHIP_KEYS
from kea_hac.spec.pair import LANGUAGE, Head, Ours, RelationshipPeer, ServerFamilySpec, ServerHead, SplitOnly
from kea_hac.spec.schema_offers import offer
from kea_hac.spec.schema_types import keys_of, own_types

ID = f"urn:kea-hac:spec:{LANGUAGE}"
_FAMILIES: Mapping[ProgramName, str] = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}
_TOP = {
    "servers": "The servers of the pair, or the one server: name, role, addresses, interfaces.",
    "high-availability": "How the partners work together: the keys of Kea's HA relationship, and listener, split, "
    "relationships. Any value may be {dhcp4: …, dhcp6: …}; a family that mode does not contain is not in HA. Missing or false: no HA.",
    "control-agent": "Kea's Control-agent map, written once for all servers; addresses and sockets are filled in. Missing or "
    "false: no agent. Kea 3.2 has no agent.",
    "dhcp4": "Kea's Dhcp4 map, written once for the pair. Interfaces, sockets, HA and full paths are filled in.",
    "dhcp6": "Kea's Dhcp6 map, written once for the pair. Interfaces, sockets, HA and full paths are filled in.",
}
_OVERRIDE = (
    f"The values of this server alone: only {', '.join(MAY_DIFFER)}. Maps are merged, lists and scalars replaced, null removes; "
    "hooks-libraries is merged by library."
)
_NO_AGENT = (
    "false: this server has no control agent; or this server's own values for the agent, merged over the pair's."
)
_RELATIONSHIPS = (
    "Hub and spoke (Kea 2.6 and newer): one relationship for each spoke, with its peers and its own listener. The "
    "keys beside this list apply to all of them."
)
_PEERS = "The servers of this relationship, such as {server: hub, role: primary}."


def spec_schema() -> Schema:
    """The JSON Schema of a spec. A new value each time, with the same content each time."""
    definitions = common() | own_types()
    dhcp = {str(family): _dhcp(family, definitions) for family in _FAMILIES}
    bodies: dict[str, Schema] = {
        "servers": list_of(_put(definitions, "server", _server(definitions)), empty=False),
        "high-availability": _put(definitions, "high-availability", _high_availability(definitions)),
        "control-agent": _put(definitions, "control-agent", _agent(definitions)),
        **dhcp,
    }
    properties = keys_of(Head) | {key: {"description": _TOP[key]} | body for key, body in bodies.items()}
    top = map_of(properties, ("kea-hac", "pair", "servers"), patterns={"^x-": True})
    top["then"] |= {"anyOf": [{"required": [family]} for family in _FAMILIES]}
    head: Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "description": "A pair of Kea servers, written once: kea-hac compiles it into the files of both servers.",
    }
    as_text = ("pattern", "patternErrorMessage")
    body = {key: value for key, value in top.items() if key not in as_text} | {"type": "object"}
    offer(definitions)
    return head | body | {"$defs": reached(body, definitions)}


def schema_text() -> str:
    """The schema as `schemas/spec.schema.json` and the package's own copy (`schema_place.written_schema`) have it."""
    return _written(spec_schema())


def part_schema_text(part: str) -> str:
    """The schema of an included file: of the value at a path of keys, such as `dhcp4.subnet4` or `dhcp4.subnet4.reservations`.

    Lists on the way are entered. Raises LookupError with the keys that are possible where the path ends.
    """
    whole = spec_schema()
    value: Schema = whole
    walked: list[str] = []
    for key in part.split("."):
        properties = _keys_in(value, whole["$defs"])
        if key not in properties:
            place = ".".join(walked) or "a spec"
            raise LookupError(
                f"{place} has no part {key!r}; possible: {', '.join(sorted(properties)) or 'nothing below it'}"
            )
        value = properties[key]
        walked.append(key)
    head = {"$schema": whole["$schema"], "$id": f"{ID}:{part}"}
    return _written(head | value | {"$defs": reached(value, whole["$defs"])})


def _keys_in(value: Schema, definitions: Definitions) -> Mapping[str, Schema]:
    """The keys of a map, or of the maps of a list."""
    while "properties" not in value:
        if isinstance(value.get("$ref"), str):
            value = definitions[name_of(value)]
        elif isinstance(value.get("items"), dict):
            value = value["items"]
        elif isinstance(value.get("anyOf"), list):
            value = value["anyOf"][0]
        else:
            return {}
    found: Mapping[str, Schema] = value["properties"]
    return found


def _written(schema: Schema) -> str:
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _put(definitions: Definitions, name: str, schema: Schema) -> Schema:
    definitions[name] = schema
    return ref(name)


def _dhcp(family: ProgramName, definitions: Definitions) -> Schema:
    split = keys_of(SplitOnly)
    extra = dict.fromkeys(("subnet4", "subnet6", "pool", "pd-pool"), split)
    form = Form(extra=extra, required={"subnet4": ("id",), "subnet6": ("id",)})
    return Vocabulary(program(family), definitions, form).scope(_FAMILIES[family])


def _override(family: ProgramName, definitions: Definitions) -> Schema:
    """What a server may say for itself in one family."""
    known = program(family)
    form = Form(mark=".override", partial=True, nullable=True)
    words = Vocabulary(known, definitions, form, inside=Vocabulary(known, definitions))
    return map_of(words.properties(_FAMILIES[family], {*MAY_DIFFER, *OLD_MAY_DIFFER}))


def _agent(definitions: Definitions) -> Schema:
    known = program("ctrl-agent")
    words = Vocabulary(known, definitions, Form(mark=".filled-up", partial=True), inside=Vocabulary(known, definitions))
    return _or_false(map_of(words.properties("Control-agent")))


def _own_agent(definitions: Definitions) -> Schema:
    """What a server may say for itself of the agent, or false."""
    known = program("ctrl-agent")
    form = Form(mark=".override", partial=True, nullable=True)
    words = Vocabulary(known, definitions, form, inside=Vocabulary(known, definitions))
    return _or_false(map_of(words.properties("Control-agent", set(AGENT_MAY_DIFFER))))


def _server(definitions: Definitions) -> Schema:
    properties = (
        keys_of(ServerHead)
        | keys_of(ServerFamilySpec, families=True)
        | _ha(definitions).properties("peer", PEER_KEYS)
        | {
            "control-agent": {"description": _NO_AGENT}
            | _put(definitions, "control-agent.override", _own_agent(definitions))
        }
    )
    for family in _FAMILIES:
        override = _put(definitions, f"{family}.override", _override(family, definitions))
        properties[family] = {"description": _OVERRIDE} | override
    return map_of(properties, ("name",))


def _high_availability(definitions: Definitions) -> Schema:
    keys = _ha(definitions).properties("relationship", RELATIONSHIP_KEYS) | keys_of(Ours, families=True)
    peer = _put(definitions, "peer", map_of(keys_of(RelationshipPeer, families=True), ("server", "role")))
    peers = _put(definitions, "peers", list_of(by_family(peer), empty=False))
    one = _put(
        definitions, "relationship", map_of(keys | {"peers": {"description": _PEERS} | by_family(peers)}, ("peers",))
    )
    listed = list_of(one, empty=False)
    whole = map_of(keys | {"relationships": {"description": _RELATIONSHIPS} | listed})
    whole["if"] = {"propertyNames": {"not": {"enum": ["<<", "relationships"]}}}
    whole["then"] = {"required": ["mode"]}
    return _or_false(whole)


def _ha(definitions: Definitions) -> Vocabulary:
    return Vocabulary(program("ha"), definitions, Form(by_family=True))


def _or_false(body: Schema) -> Schema:
    """The map, or false for "none"."""
    return body | {"type": [*body["type"], "boolean"], "not": {"const": True}}
