"""The map under `Dhcp4` or `Dhcp6` as config-get shows it (srv_config.cc, cfg_globals.cc, simple_parser{4,6}.cc)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.client_classes import client_classes
from kea_hac.kea.config_get.fixed_maps import (
    compatibility,
    config_control,
    database,
    defaulted,
    dhcp_ddns,
    interfaces_config,
    opened,
    queue_control,
    server_id,
)
from kea_hac.kea.config_get.libraries import hooks_libraries
from kea_hac.kea.config_get.loggers import loggers
from kea_hac.kea.config_get.networks import automatic_ids, copied_keys, shared_networks, subnets
from kea_hac.kea.config_get.options import definitions_of, option_data, option_defs
from kea_hac.kea.config_get.reservations import reservations
from kea_hac.kea.config_get.scalars import put_scalars, scalar_keywords, value_shown
from kea_hac.kea.config_get.sockets import put_control_sockets
from kea_hac.kea.config_get.target import Target, finished, given, maps, where_in, with_context
from kea_hac.kea.option_definitions import definition, own_space
from kea_hac.kea.synonyms import MOVED_DDNS
from kea_hac.kea.version import Feature, has

_MAC_SOURCES: Mapping[str, str] = {
    "rfc6939": "client-link-addr-option",
    "rfc4649": "remote-id",
    "rfc4580": "subscriber-id",
}
"""Other names that cfg_mac_source.cc knows → the ones that it prints."""


def dhcp(target: Target, config: Mapping[str, Json]) -> Block:
    """The whole map."""
    target = replace(target, custom=definitions_of(target, config.get("option-def")))
    result: dict[str, Json] = {}
    moved: dict[str, Route] = {}
    _globals(target, config, result, moved)
    _services(target, config, result, moved)
    _lists(target, config, result)
    inherited = {
        key: (result[key], moved.get(key) or where_in(config, key))
        for key in copied_keys(target.program.name, target.daemon.subnets, target.branch)
        if key in result
    }
    ids = automatic_ids(target, config)
    result["shared-networks"] = shared_networks(target, config.get("shared-networks"), inherited, ids)
    key = target.daemon.subnets
    result[key] = subnets(target, config.get(key), inherited, ids, plain=True)
    with_context(config, result, moved)
    return finished(config, result, moved)


def _globals(target: Target, config: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]) -> None:
    top = target.program.top
    put_scalars(target, top, config, result, moved)
    ddns = config.get("dhcp-ddns")
    if isinstance(ddns, Mapping):
        for old, new in MOVED_DDNS.items():
            if ddns.get(old) is not None and new not in result and target.knows("dhcp-ddns", old):
                word = scalar_keywords(target.program.name, top, target.branch)[new]
                result[new] = value_shown(word, ddns[old])
                moved[new] = where_in(ddns, old)
    for key, word in scalar_keywords(target.program.name, top, target.branch).items():
        default = word.facts.get("default")
        if key not in result and default is not None:
            result[key] = default
    if "data-directory" in config and has(target.version, Feature.DATA_DIRECTORY_SHOWN):
        result["data-directory"] = config["data-directory"]


def _services(target: Target, config: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]) -> None:
    get = config.get
    result["dhcp-ddns"] = dhcp_ddns(target, get("dhcp-ddns"))
    result["expired-leases-processing"] = defaulted(
        target, "expired-leases-processing", get("expired-leases-processing")
    )
    result["sanity-checks"] = defaulted(target, "sanity-checks", get("sanity-checks"))
    result["interfaces-config"] = interfaces_config(target, get("interfaces-config"))
    result["multi-threading"] = opened(target, "multi-threading", get("multi-threading"))
    result["dhcp-queue-control"] = queue_control(target, get("dhcp-queue-control"), result["multi-threading"])
    result["lease-database"] = database(target, get("lease-database") or {"type": "memfile"})
    _host_databases(target, config, result, moved)
    put_control_sockets(target, config, result, moved)
    control = get("config-control")
    if isinstance(control, Mapping):
        result["config-control"] = config_control(target, control)
    flags = compatibility(target, get("compatibility")) if has(target.version, Feature.COMPATIBILITY_SHOWN) else None
    if flags is not None:
        result["compatibility"] = flags
    if target.family == 6:
        result["server-id"] = server_id(target, get("server-id"))


def _host_databases(
    target: Target, config: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]
) -> None:
    """The single one comes first, then those of the list."""
    single = config.get("hosts-database")
    written = [single] if isinstance(single, Mapping) else []
    found = [database(target, each) for each in (*written, *maps(config.get("hosts-databases")))]
    if found:
        result["hosts-databases"] = found
        if written and given(config, "hosts-databases") is None:
            moved["hosts-databases"] = where_in(config, "hosts-database")


def _lists(target: Target, config: Mapping[str, Json], result: dict[str, Json]) -> None:
    get = config.get
    result["option-def"] = option_defs(target, get("option-def"))
    result["option-data"] = option_data(target, get("option-data"), target.custom, at_top=True)
    result["hooks-libraries"] = hooks_libraries(target, get("hooks-libraries"))
    result["host-reservation-identifiers"] = _identifiers(target, get("host-reservation-identifiers"))
    if get("reservations"):
        result["reservations"] = reservations(target, get("reservations"))
    if get("client-classes"):
        result["client-classes"] = client_classes(target, get("client-classes"))
    if get("loggers"):
        result["loggers"] = loggers(target, get("loggers"))
    if target.family == 6:
        result["mac-sources"] = [
            _MAC_SOURCES.get(each, each) if isinstance(each, str) else each for each in get("mac-sources") or ["any"]
        ]
        result["relay-supplied-options"] = _relay_supplied(target, get("relay-supplied-options"))


def _identifiers(target: Target, written: Json) -> list[str]:
    word = target.keyword(target.program.top, "host-reservation-identifiers")
    default = list(word.fact("default-in-code", target.branch)) if word else []
    if not isinstance(written, list) or not written:
        return default
    return list(written)


def _relay_supplied(target: Target, written: Json) -> list[str]:
    """Codes as texts, sorted as numbers; 65 always among them (cfg_rsoo.cc)."""
    codes = {65}
    for each in written if isinstance(written, list) else ():
        if isinstance(each, str) and each.isdecimal():
            codes.add(int(each))
        elif isinstance(each, str):
            found = definition(6, own_space(6), each, target.branch, target.custom)
            if found is not None:
                codes.add(found.code)
    return [str(code) for code in sorted(codes)]
