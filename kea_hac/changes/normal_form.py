"""One spelling for everything that a configuration may spell in several ways with the same meaning to Kea.

In: a configuration as `kea.config_get` predicts it. Out: the same with one spelling for each of these, so that a difference
between two configurations is a difference to Kea. `diff` and the proof of `import` compare this form.

- A file name without directory and the path that Kea uses for it, in versions that have one directory for each kind of file.
- The address, port and credential directory that Kea uses for an HTTP control socket or the agent where none is written.
- Parameters of the HA library that have no effect: listener settings without multi-threading (ha_config.cc), a TLS file
  without a name, the own url and own user of a server that opens no listener: no server connects to itself (ha_service.cc).
- The place of a lease_cmds library without parameters, and its empty `parameters`: it only answers commands, wherever it is in the list
  (ARM, "Order of Configuration" of the HA library).
- The peer that a subnet's `ha-server-name` names: the library maps every peer of a relationship to it (ha_impl.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.high_availability import SERVER_TAG
from kea_hac.kea.hooks import HIGH_AVAILABILITY, LEASE_COMMANDS
from kea_hac.kea.named_files import TLS_KEYS, credential_path
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.model.agent_as_socket import HTTP_SOCKETS
from kea_hac.model.channel import SOCKET_PORT

LOCAL_ADDRESS = {4: "127.0.0.1", 6: "::1"}
"""By family: what an HTTP control socket binds where no address is written (ChangeLog 2271; ARM 3.0)."""
_THREADS = {
    "enable-multi-threading": False,
    "http-dedicated-listener": False,
    "http-listener-threads": 0,
    "http-client-threads": 0,
}
"""The effective `multi-threading` of a relationship where HA runs single-threaded."""
_Change = Callable[[Json], Json]


def in_one_form(daemon: Daemon, config: Block, version: KeaVersion, host: Platform | None) -> Block:
    """The configuration in one spelling; parts that need no change stay the same objects.

    `config`: as `kea.config_get` predicts it for `version`. `host`: the directories of file names without one; None keeps them so.
    """
    if config.get("user-context") == {}:
        config = _without(config, ["user-context"])  # a built file has its stamp there
    changes: dict[str, Json] = {}
    completed = host if has(version, Feature.SUPPORTED_PATHS_ONLY) else None
    if daemon.family is None:
        agent: Block = _changed(config, _agent(config, completed))
        return agent
    changes |= _sockets(config, daemon.family, completed)
    database = config.get("lease-database")
    if completed is not None and isinstance(database, dict) and isinstance(database.get("name"), str):
        changes["lease-database"] = _changed(database, {"name": completed.lease_file(database["name"])})
    libraries = config.get("hooks-libraries")
    if isinstance(libraries, list):
        threads = config.get("multi-threading")
        threaded = isinstance(threads, dict) and threads.get("enable-multi-threading") is True
        listed = _each(libraries, lambda entry: _library(entry, completed, threaded))
        changes["hooks-libraries"] = _lease_commands_first(listed)
    result: Block = _with_common_tags(daemon, _changed(config, changes))
    return result


def _agent(config: Mapping[str, Json], host: Platform | None) -> dict[str, Json]:
    changes: dict[str, Json] = {}
    sockets = config.get("control-sockets")
    if host is not None and isinstance(sockets, dict):
        named = {name: _unix(entry, host) if isinstance(entry, dict) else entry for name, entry in sockets.items()}
        changes["control-sockets"] = _changed(sockets, named)
    libraries = config.get("hooks-libraries")
    if host is not None and isinstance(libraries, list):
        changes["hooks-libraries"] = _each(libraries, lambda entry: _library(entry, host, threaded=False))
    if isinstance(config.get("authentication"), dict):
        changes["authentication"] = _authentication(config["authentication"])
    return changes


def _sockets(config: Mapping[str, Json], family: int, host: Platform | None) -> dict[str, Json]:
    """The control socket, or the list of them, of a DHCP server."""

    def one(entry: Mapping[str, Json]) -> Json:
        if entry.get("socket-type", "unix") == "unix":
            return _unix(entry, host) if host is not None else entry
        if entry.get("socket-type") not in HTTP_SOCKETS:
            return entry
        changes: dict[str, Json] = {
            "socket-address": entry.get("socket-address", LOCAL_ADDRESS[family]),
            "socket-port": entry.get("socket-port", SOCKET_PORT),
        }
        if isinstance(entry.get("authentication"), dict):
            changes["authentication"] = _authentication(entry["authentication"])
        return _changed(entry, changes)

    changes: dict[str, Json] = {}
    if isinstance(config.get("control-socket"), dict):
        changes["control-socket"] = one(config["control-socket"])
    if isinstance(config.get("control-sockets"), list):
        changes["control-sockets"] = _each(config["control-sockets"], one)
    return changes


def _unix(entry: Mapping[str, Json], host: Platform) -> Json:
    name = entry.get("socket-name")
    return _changed(entry, {"socket-name": host.socket_file(name)}) if isinstance(name, str) else entry


def _authentication(entry: Mapping[str, Json]) -> Json:
    """Credential files by the full path at which Kea looks for them, instead of the directory and a name below it."""
    directory = entry.get("directory", "")
    if not isinstance(directory, str):
        return entry

    def client(each: Mapping[str, Json]) -> Json:
        files = [key for key in ("user-file", "password-file") if isinstance(each.get(key), str) and each[key]]
        return _changed(each, {key: credential_path(directory, each[key]) for key in files})

    clients = entry.get("clients")
    result = _changed(entry, {"clients": _each(clients, client)} if isinstance(clients, list) else {})
    return _without(result, ["directory"] if "directory" in result else [])


def _library(entry: Mapping[str, Json], host: Platform | None, threaded: bool) -> Json:
    changes: dict[str, Json] = {}
    library = entry.get("library")
    if not isinstance(library, str):
        return entry
    if host is not None:
        changes["library"] = host.hook(library)
    parameters = entry.get("parameters")
    if parameters == {} and _only_commands(entry):
        entry = _without(entry, ["parameters"])
    if library.rpartition("/")[2] == HIGH_AVAILABILITY and isinstance(parameters, dict):
        listed = parameters.get("high-availability")
        if isinstance(listed, list):
            plain = _each(listed, lambda each: _relationship(each, threaded))
            changes["parameters"] = _changed(parameters, {"high-availability": plain})
    return _changed(entry, changes)


def _lease_commands_first(libraries: list[Json]) -> list[Json]:
    first = [each for each in libraries if _only_commands(each)]
    return (
        libraries
        if not first or first[0] is libraries[0]
        else [*first, *(e for e in libraries if not _only_commands(e))]
    )


def _only_commands(entry: Json) -> bool:
    library = entry.get("library") if isinstance(entry, dict) else None
    return isinstance(library, str) and library.rpartition("/")[2] == LEASE_COMMANDS and not entry.get("parameters")


def _relationship(entry: Mapping[str, Json], threaded: bool) -> Json:
    threads = entry.get("multi-threading")
    written = threads if isinstance(threads, dict) else {}
    runs = threaded and written.get("enable-multi-threading") is True
    listens = runs and written.get("http-dedicated-listener") is True
    changes: dict[str, Json] = {}
    if not runs and isinstance(threads, dict):
        changes["multi-threading"] = _changed(threads, dict(_THREADS))
    peers = entry.get("peers")
    if isinstance(peers, list):
        name = str(entry.get("this-server-name")).strip()
        changes["peers"] = _each(peers, lambda peer: _peer(peer, own=peer.get("name") == name, listens=listens))
    result = _hoisted(_changed(entry, changes))
    return _without(result, [key for key in TLS_KEYS if result.get(key) == ""])


def _hoisted(entry: Mapping[str, Json]) -> Json:
    """A TLS file that all peer entries use is the relationship's, whether it is written there or in each entry (ha_config.cc)."""
    peers = entry.get("peers")
    if not isinstance(peers, list) or not all(isinstance(peer, dict) for peer in peers):
        return entry
    changes: dict[str, Json] = {}
    for key in TLS_KEYS:
        used = [(peer if key in peer else entry).get(key) or "" for peer in peers]
        if any(key in peer for peer in peers) and all(each == used[0] for each in used):
            changes[key] = used[0]
    if not changes:
        return entry
    changes["peers"] = _each(peers, lambda peer: _without(peer, [key for key in changes if key in peer]))
    return _changed(entry, changes)


def _peer(peer: Mapping[str, Json], *, own: bool, listens: bool) -> Json:
    if not own:
        return peer
    unused = [key for key in peer if key.startswith("basic-auth") or (key == "url" and not listens)]
    return _without(peer, unused)


def _with_common_tags(daemon: Daemon, config: Block) -> Json:
    """The configuration with each tag replaced by the first of its relationship's peer names."""
    common: dict[str, str] = {}
    for names in _peer_names(config):
        common.update(dict.fromkeys(names, names[0]) if names else {})
    if not any(name != first for name, first in common.items()):
        return config

    def network(entry: Mapping[str, Json]) -> Json:
        changes: dict[str, Json] = {}
        context = entry.get("user-context")
        tag = context.get(SERVER_TAG) if isinstance(context, dict) else None
        if isinstance(context, dict) and isinstance(tag, str) and common.get(tag, tag) != tag:
            changes["user-context"] = _changed(context, {SERVER_TAG: common[tag]})
        if isinstance(entry.get(daemon.subnets), list):
            changes[daemon.subnets] = _each(entry[daemon.subnets], network)
        return _changed(entry, changes)

    keys = [key for key in (daemon.subnets, "shared-networks") if isinstance(config.get(key), list)]
    return _changed(config, {key: _each(config[key], network) for key in keys})


def _peer_names(config: Mapping[str, Json]) -> list[list[str]]:
    """The sorted names of each relationship's peers."""
    found = []
    for library in config.get("hooks-libraries") or ():
        parameters = library.get("parameters") if isinstance(library, dict) else None
        listed = parameters.get("high-availability") if isinstance(parameters, dict) else None
        for entry in listed if isinstance(listed, list) else ():
            peers = entry.get("peers") if isinstance(entry, dict) else None
            names = [peer.get("name") for peer in peers if isinstance(peer, dict)] if isinstance(peers, list) else []
            found.append(sorted(name for name in names if isinstance(name, str) and name))
    return found


def _each(listed: list[Json], change: _Change) -> list[Json]:
    """The list with each map changed; the very same list where none was."""
    result = [change(item) if isinstance(item, dict) else item for item in listed]
    return listed if all(new is old for new, old in zip(result, listed, strict=True)) else result


def _changed(entry: Mapping[str, Json], changes: Mapping[str, Json]) -> Json:
    """A map with other values at some keys, keys sorted as `shown` has them; the very same map where all are as before."""
    if all(key in entry and entry[key] is value for key, value in changes.items()):
        return entry
    merged = {**entry, **changes}
    ordered = {key: merged[key] for key in sorted(merged)}
    return Block(entry.at, ordered, entry.moved) if isinstance(entry, Block) else ordered


def _without(entry: Mapping[str, Json], keys: list[str]) -> Json:
    """The map without some keys; the very same map where there are none."""
    if not keys:
        return entry
    kept = {key: value for key, value in entry.items() if key not in keys}
    return Block(entry.at, kept, entry.moved) if isinstance(entry, Block) else kept
