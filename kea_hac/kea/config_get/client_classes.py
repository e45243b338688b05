"""Client classes as config-get shows them, in the order in which they are written (client_class_def.cc)."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.options import option_data, option_defs, with_local
from kea_hac.kea.config_get.target import (
    NO_ADDRESS,
    Target,
    address_shown,
    as_uint32,
    finished,
    given,
    maps,
    where_in,
    with_context,
)


def client_classes(target: Target, entries: Json) -> list[Block]:
    """The `client-classes` list at the top."""
    return [_class(target, entry) for entry in maps(entries)]


def _class(target: Target, entry: Mapping[str, Json]) -> Block:
    result: dict[str, Json] = {"name": entry.get("name")}
    moved: dict[str, Route] = {}
    if "template-test" in entry and target.knows("client-class", "template-test"):
        result["template-test"] = entry["template-test"]
    elif entry.get("test"):
        result["test"] = entry["test"]
    _only_additional(target, entry, result, moved)
    custom = with_local(target, entry.get("option-def")) if target.family == 4 else target.custom
    result["option-data"] = option_data(target, entry.get("option-data"), custom)
    if target.family == 4:
        result["option-def"] = option_defs(target, entry.get("option-def"))
        result["next-server"] = address_shown(entry.get("next-server", NO_ADDRESS[4]), 4)
        result["server-hostname"] = entry.get("server-hostname", "")
        result["boot-file-name"] = entry.get("boot-file-name", "")
        if "offer-lifetime" in entry and target.knows("client-class", "offer-lifetime"):
            result["offer-lifetime"] = as_uint32(entry["offer-lifetime"])
    else:
        _lifetimes(entry, result, moved, "preferred-lifetime")
    _lifetimes(entry, result, moved, "valid-lifetime")
    with_context(entry, result, moved)
    return finished(entry, result, moved)


def _only_additional(
    target: Target, entry: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]
) -> None:
    written = given(entry, "only-in-additional-list", "only-if-required")
    if written and entry[written] is True:
        new = target.knows("client-class", "only-in-additional-list")
        key = "only-in-additional-list" if new else "only-if-required"
        result[key] = True
        if key != written:
            moved[key] = where_in(entry, written)


def _lifetimes(entry: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route], name: str) -> None:
    """Other than in networks, the least and the most are shown only where they differ from the lifetime itself."""
    least, most = f"min-{name}", f"max-{name}"
    written = given(entry, name, least, most)
    if written is None:
        return
    value = as_uint32(entry[written])
    result[name] = value
    if written != name:
        moved[name] = where_in(entry, written)
    if entry.get(least) is not None and as_uint32(entry[least]) < value:
        result[least] = as_uint32(entry[least])
    if entry.get(most) is not None and as_uint32(entry[most]) > value:
        result[most] = as_uint32(entry[most])
