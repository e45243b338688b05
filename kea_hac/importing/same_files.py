"""The proof that two forms of an imported spec are one: they compile to the same files for the servers whose files were read.

Where the spec does not compile, because the files lack an address, a mode or a role, each server's own part of it is compiled as a
member of an invented pair. What is written in `high-availability` is then compared as it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from operator import is_

from kea_hac.changes.normal_form import in_one_form
from kea_hac.changes.three_way import compare
from kea_hac.importing.common_parts import without_common
from kea_hac.importing.round_trip import BuiltSpec
from kea_hac.kea.config import CTRL_AGENT, FAMILIES, Block, Json
from kea_hac.kea.config_get import predict

_DAEMONS = {daemon.file: daemon for daemon in (*FAMILIES, CTRL_AGENT)}
_SHARED = ("kea-hac", "pair", "kea", "platform", "arch", "paths", "dhcp4", "dhcp6")
_OWN = ("kea", "platform", "arch", "paths", "interfaces", "dhcp4", "dhcp6")
_PEERS = {
    "primary": {"dhcp4": "192.0.2.1", "dhcp6": "2001:db8::1"},
    "standby": {"dhcp4": "192.0.2.2", "dhcp6": "2001:db8::2"},
}
_LISTENER = {"dhcp4": 8001, "dhcp6": 8002}


class Proof:
    """Compares forms of one spec."""

    def __init__(self, compiled: Callable[[Block], BuiltSpec], known: Collection[str]) -> None:
        """`compiled`: what a spec compiles to. `known`: the servers whose files were read; of others nothing can be lost."""
        self._compiled = compiled
        self._known = tuple(known)

    def same(self, one: Block, other: Block) -> bool:
        """True when both compile, and to the same files."""
        one, other = without_common(one, other, is_, subnets=True)  # what is the same compiles to the same
        before, after = self._compiled(one), self._compiled(other)
        if before.build is not None:
            same = _same_files(before, after, self._known)
        else:
            same = before.high_availability == after.high_availability and all(
                self._same_alone(one, other, server) for server in self._known
            )
        return same

    def _same_alone(self, one: Block, other: Block, server: str) -> bool:
        ours, theirs = (self._compiled(_alone(spec, server)) for spec in (one, other))
        return _same_files(ours, theirs, (server,))


def _alone(spec: Block, name: str) -> Block:
    """The spec of this server and an invented partner that is like it."""
    found = next(server for server in spec["servers"] if server.get("name") == name)
    own = {key: found[key] for key in _OWN if key in found}
    result: dict[str, Json] = {key: spec[key] for key in _SHARED if key in spec}
    roles = _PEERS if "high-availability" in spec else {"primary": _PEERS["primary"]}
    result["servers"] = [
        Block(
            (),
            {
                "name": name if role == "primary" else f"{name}-partner",
                "role": role,
                "address": Block((), address),
                **own,
            },
        )
        for role, address in roles.items()
    ]
    if "high-availability" in spec:
        result["high-availability"] = Block((), {"mode": "hot-standby", "listener": Block((), dict(_LISTENER))})
    return Block((), result)


def _same_files(one: BuiltSpec, other: BuiltSpec, servers: Collection[str]) -> bool:
    ours, theirs = dict(_files_of(one, servers)), dict(_files_of(other, servers))
    if one.site is None or not ours or ours.keys() != theirs.keys():
        return False
    nodes = {node.name: node for node in one.site.nodes}
    for (server, file), built in ours.items():
        if _unstamped(built) == _unstamped(theirs[server, file]):
            continue
        daemon, node = _DAEMONS.get(file), nodes.get(server)
        if daemon is None or node is None:
            return False
        forms = [
            in_one_form(
                daemon, predict(daemon, _unstamped(each), node.version, node.platform), node.version, node.platform
            )
            for each in (built, theirs[server, file])
        ]
        if any(compare(daemon, node.version.branch, None, forms[0], forms[1])):
            return False
    return True


def _files_of(built: BuiltSpec, servers: Collection[str]) -> Iterator[tuple[tuple[str, str], Mapping[str, Json]]]:
    for path, content in built.maps().items():
        server, _, file = path.partition("/")
        if server in servers:
            yield (server, file), content


def _unstamped(built: Mapping[str, Json]) -> Block:
    """The map without its user-context: the stamp in it contains a digest of the whole build."""
    return Block((), {key: value for key, value in built.items() if key != "user-context"})
