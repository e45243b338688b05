"""`hooks-libraries` as config-get shows them, with the defaults that libraries write into their own parameters.

Facts: hooks_config.cc, ha_config_parser.cc at all five tags; radius_parsers.cc at 3.0.4 and 3.2.0; seen on 2.2.0, 2.6.3 and
3.0.4, where every other library of the open source tree leaves its parameters alone.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.target import SCALARS, Target, at_of, finished, maps, moved_of, verbatim
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import Mode, default
from kea_hac.kea.hooks import name_in
from kea_hac.kea.version import Branch, Feature, has


def hooks_libraries(target: Target, entries: Json) -> list[Block]:
    """The `hooks-libraries` list, in its order."""
    return [_library(target, entry) for entry in maps(entries)]


def _library(target: Target, entry: Mapping[str, Json]) -> Block:
    library = entry.get("library")
    result: dict[str, Json] = {"library": _path(target, library) if isinstance(library, str) else library}
    parameters = entry.get("parameters")
    if parameters is not None:
        result["parameters"] = verbatim(parameters)
        match posixpath.basename(str(library)):
            case "libdhcp_ha.so":
                result["parameters"] = _high_availability(target, result["parameters"])
            case "libdhcp_radius.so":
                result["parameters"] = _radius(target, result["parameters"])
    return finished(entry, result)


def _path(target: Target, library: str) -> str:
    """2.4.2 and 2.6.3 print the path that was loaded, 2.2 and 3.0 what was written (ChangeLog 2363)."""
    named = name_in(library, target.branch)
    full = target.prints_paths() and not has(target.version, Feature.LIBRARY_PATH_AS_WRITTEN)
    if full and "/" not in named and target.host is not None and target.host.hooks_dir:
        return posixpath.join(target.host.hooks_dir, named)
    return named


def _high_availability(target: Target, parameters: Json) -> Json:
    if not isinstance(parameters, Mapping) or not isinstance(parameters.get("high-availability"), list):
        return parameters
    result = Block(at_of(parameters), dict(parameters), moved_of(parameters))
    result["high-availability"] = [
        _relationship(target.branch, each) if isinstance(each, Mapping) else each
        for each in parameters["high-availability"]
    ]
    return result


def _radius(target: Target, parameters: Json) -> Json:
    """Every attribute of a service gets its empty texts; the library's other defaults stay its own."""
    if not isinstance(parameters, Mapping):
        return parameters
    texts = ("data", "expr", "raw", *(("vendor",) if has(target.version, Feature.RADIUS_VENDOR_ATTRIBUTES) else ()))
    result = dict(parameters)
    for name in ("access", "accounting"):
        service = parameters.get(name)
        if isinstance(service, Mapping) and isinstance(service.get("attributes"), list):
            attributes = [finished(each, {**dict.fromkeys(texts, ""), **each}) for each in maps(service["attributes"])]
            result[name] = finished(service, {**service, "attributes": attributes})
    return finished(parameters, result)


def _relationship(branch: Branch, written: Mapping[str, Json]) -> Json:
    if written.get("mode") not in list(Mode):
        return written
    mode = Mode(written["mode"])
    result = _filled(branch, mode, "relationship", written)
    result["multi-threading"] = _filled(branch, mode, "multi-threading", _map(result.get("multi-threading")))
    result["peers"] = [_filled(branch, mode, "peer", each) for each in maps(result.get("peers"))]
    machine = result.get("state-machine")
    if isinstance(machine, Mapping) and isinstance(machine.get("states"), list):
        states = [_filled(branch, mode, "state", each) for each in maps(machine["states"])]
        result["state-machine"] = finished(machine, {**machine, "states": states})
    return finished(result, result)


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _filled(branch: Branch, mode: Mode, scope: str, written: Mapping[str, Json]) -> Block:
    result = dict(written)
    for key, word in program("ha").scopes[scope].keywords.items():
        if branch in word.branches and word.kind in SCALARS and key not in result:
            value = default(key, branch, mode, scope)
            if value is not None:
                result[key] = value
    return finished(written, result)
