"""What a host must provide before its files can run: interfaces, addresses, free ports, files, packages.

Kea refuses a configuration whose interface, TLS file or library is missing; this is the list to prepare from, and
what the tests take for the difference between "Kea refuses it" and "the host is not ready".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from kea_hac.compiler.artifacts import Artifact
from kea_hac.compiler.host_facts import Configs, Named, boot, clock, directories, environment
from kea_hac.kea.canonical import holds_secret, may_show_secret
from kea_hac.kea.config import CTRL_AGENT, DAEMONS, Block, Daemon, blocks_of, subnets_of
from kea_hac.kea.high_availability import Role
from kea_hac.kea.named_files import FileKind, NamedFile, named_files
from kea_hac.model.channel import AGENT_PORT, SOCKET_PORT, Channel, agent_channel, channel_of
from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass
from kea_hac.spec.pair import SharedAgent

_ALL_ADDRESSES = (str(IPv4Address(0)), str(IPv6Address(0)))


@dataclass(slots=True)
class Needs:
    """One host's list. Every entry is a text; sorted and without repetition when shown."""

    interfaces: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    ports: set[str] = field(default_factory=set)
    """"192.0.2.11 tcp 8001": free before the servers start"""
    forwarding: set[str] = field(default_factory=set)
    """"203.0.113.11 tcp 18001 to 172.17.0.2 tcp 8001": what a router, or the host of a container, must forward"""
    files: set[str] = field(default_factory=set)
    """TLS files, passwords, secrets, hook libraries"""
    packages: set[str] = field(default_factory=set)
    directories: set[str] = field(default_factory=set)
    """"/run/kea 0750 _kea:_kea": with mode and owner, as far as they are known"""
    environment: set[str] = field(default_factory=set)
    """KEA_CONTROL_SOCKET_DIR=/srv/run: variables of the daemons for directories that Kea was not built with"""
    boot: set[str] = field(default_factory=set)
    """What must be up before a daemon, with the lines of its systemd unit that wait for it"""
    clock: list[str] = field(default_factory=list)
    """Why the host needs the right time, and the lines of the units that wait for it"""
    micetro: list[str] = field(default_factory=list)
    """Steps in Micetro, in their order"""
    conditions: set[str] = field(default_factory=set)
    """What a unit waits for: ConditionFileNotEmpty=/etc/kea/kea-api-password"""

    def as_data(self) -> dict[str, list[str]]:
        """The list as JSON, empty parts left out."""
        named = {
            "interfaces": self.interfaces,
            "addresses": self.addresses,
            "ports": self.ports,
            "forwarding": self.forwarding,
            "files": self.files,
            "packages": self.packages,
            "conditions": self.conditions,
        }
        return {name: sorted(found) for name, found in named.items() if found}

    def in_full(self) -> dict[str, list[str]]:
        """`as_data`, and what is no part of the manifest: directories, variables, the order at boot, the clock, steps in Micetro."""
        more = {
            "directories": sorted(self.directories),
            "environment": sorted(self.environment),
            "boot": sorted(self.boot),
            "clock": self.clock,
            "micetro": self.micetro,
        }
        return self.as_data() | {name: found for name, found in more.items() if found}


def host_needs(site: Site, artifacts: list[Artifact], *, in_full: bool = True) -> dict[str, Needs]:
    """By server name. Not `in_full`: what the manifest has (`Needs.as_data`)."""
    found = {node.name: Needs() for node in site.nodes}
    configs: dict[str, dict[Daemon, Block]] = {node.name: {} for node in site.nodes}
    named: dict[str, dict[Daemon, tuple[NamedFile, ...]]] = {node.name: {} for node in site.nodes}
    for artifact in artifacts:
        daemon = DAEMONS.get(artifact.name)
        if daemon is None or artifact.tree is None:
            continue
        config = configs[artifact.server][daemon] = artifact.tree[daemon.top]
        holds = holds_secret if may_show_secret(artifact.content) else _holds_none
        files = named[artifact.server][daemon] = tuple(named_files(config, holds))
        _of_tree(found[artifact.server], daemon, config, files)
    for node in site.nodes:
        _of_host(found[node.name], node, configs[node.name])
        _channels(found[node.name], site, node)
        if in_full:
            _of_the_host(found[node.name], site, node, configs[node.name], named[node.name])
            found[node.name].micetro = list(_micetro_steps(site, node))
    return found


def _holds_none(_: Any) -> bool:
    return False


def _of_the_host(needs: Needs, site: Site, node: Node, configs: Configs, named: Named) -> None:
    needs.directories.update(directories(node, configs, named))
    needs.environment.update(environment(node, configs, named))
    needs.boot.update(boot(site, node, configs))
    needs.clock = list(clock(site, node, configs))


def _of_host(needs: Needs, node: Node, daemons: Collection[Daemon]) -> None:
    needs.packages.update(node.platform.packages(list(daemons)))
    for daemon in daemons:
        needs.conditions.update(node.platform.of(daemon).conditions)


def _channels(needs: Needs, site: Site, node: Node) -> None:
    """The HA listeners, and what partners connect to where that is another address or port."""
    for family in site.families.values():
        for relationship in family.of(node):
            peer = relationship.peer_of(node)
            own = channel_of(site, family, relationship, peer, seen_by=node) if peer else None
            if peer is None or own is None:
                continue
            if relationship.listener is not None:
                _bound(needs, str(own.address), own.port)
            for other in relationship.peers:
                dialled = channel_of(site, family, relationship, peer, seen_by=other.node)
                if dialled is not None:
                    _forwarded(needs, own, dialled)


def _forwarded(needs: Needs, own: Channel, dialled: Channel) -> None:
    same = own.address.is_unspecified or own.address == dialled.address
    if own.port != dialled.port or not same:
        target = "the host" if own.address.is_unspecified else str(own.address)
        needs.forwarding.add(f"{dialled.address} tcp {dialled.port} to {target} tcp {own.port}")


def _of_tree(needs: Needs, daemon: Daemon, config: Block, files: tuple[NamedFile, ...]) -> None:
    interfaces = config.get("interfaces-config", {}).get("interfaces", ())
    needs.interfaces.update(
        name.partition("/")[0] for name in interfaces if isinstance(name, str) and not name.startswith("*")
    )
    subnets = (subnet for _, subnet in subnets_of(config, daemon)) if daemon.family else ()
    for block in (*blocks_of(config.get("shared-networks")), *subnets):
        if isinstance(block.get("interface"), str) and block["interface"]:
            needs.interfaces.add(block["interface"])
    if daemon is CTRL_AGENT:
        _bound(needs, config.get("http-host"), config.get("http-port", AGENT_PORT))
    for entry in config.get("control-sockets", ()) if isinstance(config.get("control-sockets"), list) else ():
        if entry.get("socket-type") in ("http", "https"):
            _bound(needs, entry.get("socket-address"), entry.get("socket-port", SOCKET_PORT))
    needs.files.update(file.path for file in files if file.kind in (FileKind.HOOK, FileKind.READ, FileKind.SCRIPT))


def _bound(needs: Needs, address: Any, port: Any) -> None:
    if isinstance(address, str):
        if address not in _ALL_ADDRESSES:
            needs.addresses.add(address)
        needs.ports.add(f"{address} tcp {port}")


def _micetro_steps(site: Site, node: Node) -> Iterator[str]:
    """What has to be done in Micetro for one server, each step with its number; none where the spec has no `micetro`.

    Micetro documentation, 'Kea DHCP Failover Relationships' (11.1) and 'Configuring the Kea High Availability setup' (25.2): the
    primary is added, and Micetro finds the relationship in its configuration. No Micetro was run.
    """
    if site.micetro is None:
        return
    for number, step in enumerate(_steps(site, node), 1):
        yield f"{number}. {step}"


def _steps(site: Site, node: Node) -> Iterator[str]:
    assert site.micetro is not None
    agent = site.micetro.agent
    shared = agent if isinstance(agent, SharedAgent) else None
    where = f"on {shared.name} ({shared.address})" if shared else "on this host"
    yield f"{where}: install the DHCP Agent, run `kea-hac preferences merge` with its preferences.cfg, restart the agent"
    server_family = next(iter(node.server_families.values()), None)
    listener = next(agent_channel(site, node, server_family), None) if server_family else None
    if shared and listener is not None:
        yield f"let {shared.address} connect to the control agent, {listener.address} tcp {listener.port}"
    elif listener is None:
        yield "give the DHCP Agent access to the unix control sockets"
    partners = sorted(
        {
            peer.node.name
            for family in site.families.values()
            for relationship in family.relationships
            if (own := relationship.peer_of(node)) is not None and own.role == Role.PRIMARY
            for peer in relationship.peers
            if peer.node.name != node.name
        }
    )
    in_ha = any(family.of(node) for family in site.families.values())
    proxy = f", with {shared.address} as proxy" if shared else ""
    if in_ha and not partners:
        yield "do not add this server in Micetro: it is found through its primary"
        return
    yield f"load the configuration, then add this server in Micetro (Admin, Service Management, Add Service){proxy}"
    if partners:
        yield f"do not add {' and '.join(partners)}: Micetro finds the relationship in the primary's configuration"
        yield (
            "after a change of mode, names, roles, addresses or ports of the relationship: remove it in Micetro and add it again, "
            "because Micetro cannot modify it"
        )
