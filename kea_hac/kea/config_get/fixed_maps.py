"""The maps at the top that Kea always shows, or shows in a form of its own."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.scalars import scalar_keywords, value_shown
from kea_hac.kea.config_get.target import (
    NO_ADDRESS,
    Target,
    address_shown,
    as_uint32,
    finished,
    maps,
    unsigned_as_int,
    verbatim,
    with_context,
)
from kea_hac.kea.identifiers import identifier_bytes
from kea_hac.regex import regex

_DDNS_BEHAVIOUR = frozenset(
    {
        "override-no-update",
        "override-client-update",
        "replace-client-name",
        "generated-prefix",
        "qualifying-suffix",
        "hostname-char-set",
        "hostname-char-replacement",
    }
)
_QUOTED = regex(r"'[^' \t]*'\Z")
_NOTHING: Mapping[str, Json] = {}


def defaulted(target: Target, scope: str, source: Json) -> Block:
    """A map whose keys all have defaults: expired-leases-processing, sanity-checks."""
    source = _map(source)
    result: dict[str, Json] = {}
    moved: dict[str, Route] = {}
    for key, word in scalar_keywords(target.program.name, scope, target.branch).items():
        value = source.get(key)
        if value is None:
            value = word.facts.get("default", word.facts.get("default-in-code"))
        if value is not None:
            result[key] = value_shown(word, value)
    with_context(source, result, moved)
    return finished(source, result, moved)


def opened(target: Target, scope: str, source: Json) -> Block:
    """A map that is handed back as it was, with its defaults: multi-threading, dhcp-queue-control."""
    source = _map(source)
    result = {key: verbatim(value) for key, value in source.items() if key not in ("comment", "user-context")}
    moved: dict[str, Route] = {}
    for key, word in scalar_keywords(target.program.name, scope, target.branch).items():
        if word.facts.get("default") is not None:
            result.setdefault(key, word.facts["default"])
    with_context(source, result, moved)
    return finished(source, result, moved)


def queue_control(target: Target, source: Json, multi_threading: Mapping[str, Json]) -> Block:
    """dhcp-queue-control: multi-threading turns the queue off (dhcp_queue_control_parser.cc)."""
    result = opened(target, "dhcp-queue-control", source)
    if multi_threading.get("enable-multi-threading") is True:
        result["enable-queue"] = False
    return result


def dhcp_ddns(target: Target, source: Json) -> Block:
    """dhcp-ddns: all eight values (d2_client_cfg.cc)."""
    source = _map(source)
    result: dict[str, Json] = {"enable-updates": source.get("enable-updates", False)}
    moved: dict[str, Route] = {}
    for key, word in scalar_keywords(target.program.name, "dhcp-ddns", target.branch).items():
        if key in _DDNS_BEHAVIOUR:
            continue
        value = source.get(key)
        if value is None:
            value = word.facts.get("default")
        if value is not None:
            result[key] = value_shown(word, value)
    family = 6 if ":" in str(result.get("server-ip")) else 4
    result["server-ip"] = address_shown(result.get("server-ip"), family)
    result["sender-ip"] = address_shown(result.get("sender-ip") or (NO_ADDRESS[family]), family)
    with_context(source, result, moved)
    return finished(source, result, moved)


def interfaces_config(target: Target, source: Json) -> Block:
    """interfaces-config (cfg_iface.cc): `*`, then names, then name/address, each sorted."""
    written = isinstance(source, Mapping)
    source = _map(source)
    result: dict[str, Json] = {
        "interfaces": _interfaces(target, source.get("interfaces")),
        "re-detect": source.get("re-detect", written),
    }
    moved: dict[str, Route] = {}
    if source.get("dhcp-socket-type") == "udp":
        result["dhcp-socket-type"] = "udp"
    if source.get("outbound-interface") == "use-routing":
        result["outbound-interface"] = "use-routing"
    if source.get("service-sockets-require-all") is True:
        result["service-sockets-require-all"] = True
    if as_uint32(source.get("service-sockets-max-retries")):
        result["service-sockets-max-retries"] = unsigned_as_int(source["service-sockets-max-retries"])
        result["service-sockets-retry-wait-time"] = unsigned_as_int(source.get("service-sockets-retry-wait-time", 5000))
    with_context(source, result, moved)
    return finished(source, result, moved)


def _interfaces(target: Target, names: Json) -> list[str]:
    names = names if isinstance(names, list) else []
    bare = {name.strip(" \t\n") for name in names if isinstance(name, str) and "/" not in name}
    pinned: list[tuple[str, Json]] = []
    for entry in names:
        if isinstance(entry, str) and "/" in entry:
            name, _, address = entry.partition("/")
            pinned.append((name.strip(" \t\n"), address_shown(address.strip(" \t\n"), target.family)))
    pinned.sort(key=lambda pair: pair[0])
    return [*sorted(bare, key=lambda name: (name != "*", name)), *(f"{name}/{address}" for name, address in pinned)]


def database(target: Target, source: Json) -> Block:
    """One database: what was written, without empty texts (dbaccess_parser.cc, database_connection.cc)."""
    source = _map(source)
    result = {
        key: verbatim(value) for key, value in source.items() if value != "" and key not in ("comment", "user-context")
    }
    password = result.get("password")
    if isinstance(password, str) and _QUOTED.match(password):  # Kea's own quotes, as it would put them around blanks
        result["password"] = password[1:-1]
    return finished(source, result)


def config_control(target: Target, source: Mapping[str, Json]) -> Block:
    """config-control: the list of databases always."""
    result: dict[str, Json] = {
        "config-databases": [database(target, each) for each in maps(source.get("config-databases"))]
    }
    if source.get("config-fetch-wait-time") is not None:
        result["config-fetch-wait-time"] = source["config-fetch-wait-time"]
    moved: dict[str, Route] = {}
    return finished(source, result, moved)


def compatibility(target: Target, source: Json) -> Block | None:
    """compatibility: only what is true, and nothing when nothing is."""
    result = {
        key: True
        for key in scalar_keywords(target.program.name, "compatibility", target.branch)
        if _map(source).get(key) is True
    }
    return finished(_map(source), dict(result)) if result else None


def server_id(target: Target, source: Json) -> Block:
    """server-id (cfg_duid.cc): all six values, the identifier in upper-case hexadecimal digits."""
    source = _map(source)
    identifier = source.get("identifier") or ""
    text = identifier.strip(" \t\n") if isinstance(identifier, str) else ""
    octets = identifier_bytes(text) if text else b""
    result: dict[str, Json] = {
        "type": source.get("type", "LLT"),
        "identifier": octets.hex().upper() if octets is not None else identifier,
        "htype": source.get("htype", 0),
        "time": source.get("time", 0),
        "enterprise-id": source.get("enterprise-id", 0),
        "persist": source.get("persist", True),
    }
    moved: dict[str, Route] = {}
    with_context(source, result, moved)
    return finished(source, result, moved)


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else _NOTHING
