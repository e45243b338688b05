"""The control agent's configuration as config-get shows it (ca_cfg_mgr.cc, basic_auth_config.cc; the agent ended in 3.1)."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.libraries import hooks_libraries
from kea_hac.kea.config_get.loggers import loggers
from kea_hac.kea.config_get.target import Target, finished, maps, verbatim, with_context
from kea_hac.kea.named_files import TLS_KEYS


def control_agent(target: Target, config: Mapping[str, Json]) -> Block:
    """The map under `Control-agent`."""
    result: dict[str, Json] = {
        "http-host": config.get("http-host", "127.0.0.1"),
        "http-port": config.get("http-port", 8000),
        "hooks-libraries": hooks_libraries(target, config.get("hooks-libraries")),
        "control-sockets": _sockets(config.get("control-sockets")),
    }
    moved: dict[str, Route] = {}
    if config.get("http-headers"):
        result["http-headers"] = [_header(each) for each in maps(config["http-headers"])]
    if config.get("trust-anchor"):
        result.update({key: config.get(key, "") for key in TLS_KEYS})
        result["cert-required"] = config.get("cert-required", True)
    if isinstance(config.get("authentication"), Mapping):
        result["authentication"] = _authentication(config["authentication"])
    if config.get("loggers"):
        result["loggers"] = loggers(target, config["loggers"])
    with_context(config, result, moved)
    return finished(config, result, moved)


def _sockets(sockets: Json) -> Json:
    if not isinstance(sockets, Mapping):
        return {}
    return finished(sockets, {key: _socket(each) for key, each in sockets.items() if isinstance(each, Mapping)})


def _socket(entry: Mapping[str, Json]) -> Block:
    result = {key: verbatim(value) for key, value in entry.items() if key not in ("comment", "user-context")}
    result.setdefault("socket-type", "unix")
    moved: dict[str, Route] = {}
    with_context(entry, result, moved)
    return finished(entry, result, moved)


def _header(entry: Mapping[str, Json]) -> Block:
    result: dict[str, Json] = {"name": entry.get("name"), "value": entry.get("value")}
    moved: dict[str, Route] = {}
    with_context(entry, result, moved)
    return finished(entry, result, moved)


def _authentication(entry: Mapping[str, Json]) -> Block:
    result: dict[str, Json] = {
        "type": entry.get("type", "basic"),
        "realm": entry.get("realm", "kea-control-agent"),
        "directory": entry.get("directory", ""),
        "clients": [_client(each) for each in maps(entry.get("clients"))],
    }
    moved: dict[str, Route] = {}
    with_context(entry, result, moved)
    return finished(entry, result, moved)


def _client(entry: Mapping[str, Json]) -> Block:
    result: dict[str, Json] = {}
    if entry.get("password-file"):
        result["password-file"] = entry["password-file"]
    else:
        result["password"] = entry.get("password", "")
    if entry.get("user-file"):
        result["user-file"] = entry["user-file"]
    elif "password-file" not in result or entry.get("user") is not None:
        result["user"] = entry.get("user", "")
    moved: dict[str, Route] = {}
    with_context(entry, result, moved)
    return finished(entry, result, moved)
