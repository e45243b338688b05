"""What the hosts must provide before a server starts with the newer Kea, and what they need no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.compiler.built import Built
from kea_hac.compiler.needs import host_needs
from kea_hac.kea.config import CTRL_AGENT, FAMILIES, Block, Json
from kea_hac.kea.platform import Platform
from kea_hac.kea.upgrades import DATABASES, schema
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Node
from kea_hac.records import dataclass

_NOT_OF_THE_HOST = ("micetro",)
_DROPPED = ("conditions", "files", "packages", "forwarding", "environment")
"""What somebody removes when it is no longer needed."""


@dataclass(frozen=True, slots=True)
class HostChange:
    """One host before and after."""

    server: str
    added: Mapping[str, tuple[str, ...]]
    """Kind of need → entries."""
    dropped: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]
    """What its packages do in another way, and what is not known of them."""


@dataclass(frozen=True, slots=True)
class DatabaseStep:
    """One database whose schema belongs to a version of Kea."""

    type: str
    """mysql, postgresql"""
    name: str
    """ "kea on 192.0.2.53" """
    servers: tuple[str, ...]
    """Those that use it."""
    old: str | None
    """The version of the schema; None where it is not known."""
    new: str | None

    @property
    def changes(self) -> bool:
        """False where both versions of Kea require the same schema."""
        return self.old is None or self.old != self.new


def host_changes(old: Built, new: Built) -> tuple[HostChange, ...]:
    """The hosts whose Kea becomes another one."""
    before = {name: each.in_full() for name, each in host_needs(old.site, list(old.build.artifacts)).items()}
    after = {name: each.in_full() for name, each in host_needs(new.site, list(new.build.artifacts)).items()}
    olds = {node.name: node for node in old.site.nodes}
    return tuple(
        HostChange(
            node.name,
            _more(before.get(node.name, {}), after[node.name]),
            {
                kind: entries
                for kind, entries in _more(after[node.name], before.get(node.name, {})).items()
                if kind in _DROPPED
            },
            tuple(_notes(olds[node.name], node)),
        )
        for node in new.site.nodes
        if node.name in olds and olds[node.name].version != node.version
    )


def _more(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    found = {
        kind: tuple(each for each in listed if each not in one.get(kind, ()))
        for kind, listed in other.items()
        if kind not in _NOT_OF_THE_HOST
    }
    return {kind: entries for kind, entries in found.items() if entries}


def _notes(old: Node, new: Node) -> Iterator[str]:
    yield from _confinement(old.platform, new.platform, agent=new.has_agent)
    if not new.platform.proven:
        yield (
            f"not examined: the packages of Kea {new.version} for {new.platform.name}. Their directories, users and units are assumed "
            f"(source: {new.platform.source.split(';')[0]})"
        )


def _confinement(old: Platform, new: Platform, *, agent: bool) -> Iterator[str]:
    one, other = old.confinement, new.confinement
    if other is None:
        return
    if one is None or one.additions != other.additions:
        if other.additions is not None:
            file = other.additions.replace("{daemon}", "dhcp4")
            yield f"{other.kind}: rules of your own belong in {file} and the files like it; the package replaces its own profile"
    elif one == other:
        yield f"{other.kind}: the profiles permit the same sockets, lease files, logs and directories as before"
    if agent and one is not None and other.agent_inet6 and not one.agent_inet6:
        yield f"{other.kind}: the control agent may use IPv6, which the older profile forbids"


def databases(old: Built, new: Built) -> tuple[DatabaseStep, ...]:
    """The databases of the servers, with the schema that each version requires."""
    versions = {node.name: node.version for node in old.site.nodes}
    found: dict[tuple[str, str], tuple[list[str], KeaVersion, KeaVersion]] = {}
    for node in new.site.nodes:
        before = versions.get(node.name)
        if before is None or before == node.version:
            continue
        for family in FAMILIES:
            config = new.config(node.name, family)
            for kind, name in _databases(config) if config is not None else ():
                servers, _, _ = found.setdefault((kind, name), ([], before, node.version))
                servers.append(node.name)
    return tuple(
        DatabaseStep(kind, name, tuple(dict.fromkeys(servers)), schema(kind, before), schema(kind, after))
        for (kind, name), (servers, before, after) in found.items()
    )


def _databases(config: Block) -> Iterator[tuple[str, str]]:
    control = config.get("config-control")
    listed = [config.get("lease-database"), *(config.get("hosts-databases") or ())]
    listed += control.get("config-databases") or () if isinstance(control, Block) else ()
    for library in config.get("hooks-libraries") or ():
        parameters = library.get("parameters") if isinstance(library, Block) else None
        if isinstance(parameters, dict) and parameters.get("type") in DATABASES:  # legal_log
            listed.append(parameters)
    for each in listed:
        if isinstance(each, dict) and each.get("type") in DATABASES:
            yield str(each["type"]), _named(each)


def _named(database: Mapping[str, Json]) -> str:
    name = database.get("name")
    host = database.get("host")
    shown = name if isinstance(name, str) else "(its name is a secret)"
    return f"{shown} on {host if isinstance(host, str) and host else 'localhost'}"


def memfile_servers(new: Built) -> tuple[str, ...]:
    """The servers that keep leases in a file."""
    found = []
    for node in new.site.nodes:
        for family in FAMILIES:
            config = new.config(node.name, family)
            database = config.get("lease-database") if config is not None else None
            kind = database.get("type", "memfile") if isinstance(database, dict) else "memfile"
            if config is not None and kind == "memfile" and node.name not in found:
                found.append(node.name)
    return tuple(found)


def agents_that_end(old: Built, new: Built) -> tuple[str, ...]:
    """The servers that have a control agent now and none with the newer version."""
    return tuple(
        node.name
        for node in new.site.nodes
        if old.config(node.name, CTRL_AGENT) is not None and new.config(node.name, CTRL_AGENT) is None
    )
