"""Control sockets of the DHCP servers as config-get shows them: one map up to 2.6, a list from 3.0 on (ChangeLog 2271)."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.target import Target, finished, given, maps, verbatim, where_in, with_context


def put_control_sockets(
    target: Target, config: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]
) -> None:
    """Put `control-socket` or `control-sockets` into `result`: unix first, then HTTP in its order."""
    written = given(config, "control-sockets", "control-socket")
    if written is None:
        return
    value = config[written]
    entries = [value] if isinstance(value, Mapping) else list(maps(value))
    sockets = [_socket(target, each) for each in sorted(entries, key=_rank)]
    if not sockets:
        return
    several = target.knows(target.program.top, "control-sockets")
    key = "control-sockets" if several or len(sockets) > 1 else "control-socket"
    result[key] = sockets if key == "control-sockets" else sockets[0]
    if key != written:
        moved[key] = where_in(config, written)


def _rank(entry: Mapping[str, Json]) -> bool:
    return bool(entry.get("socket-type", "unix") != "unix")


def _socket(target: Target, entry: Mapping[str, Json]) -> Block:
    result = {key: verbatim(value) for key, value in entry.items() if key not in ("comment", "user-context")}
    moved: dict[str, Route] = {}
    if isinstance(result.get("authentication"), Mapping):
        result["authentication"] = _authentication(target, result["authentication"])
    if isinstance(result.get("http-headers"), list):
        result["http-headers"] = [_commented(each) for each in maps(result["http-headers"])]
    with_context(entry, result, moved)
    return finished(entry, result, moved)


def _authentication(target: Target, entry: Mapping[str, Json]) -> Block:
    result = dict(_commented(entry))
    word = target.keyword("authentication", "realm")
    if word is not None:
        result.setdefault("realm", word.fact("default", target.branch))
    if isinstance(result.get("clients"), list):
        result["clients"] = [_commented(each) for each in maps(result["clients"])]
    return finished(entry, result)


def _commented(entry: Mapping[str, Json]) -> Block:
    result = {key: value for key, value in entry.items() if key not in ("comment", "user-context")}
    moved: dict[str, Route] = {}
    with_context(entry, result, moved)
    return finished(entry, result, moved)
