"""What a host must provide beside the files: directories, variables of the daemons, what is up before they start, the time.

Kea ARM, 'Installation'; seen on 2.6.3 and 3.0.4: another directory than the built one is taken with its KEA_ variable only, a
control socket's directory has the mode 0750, and a server whose own address is not up exits (2.2.0 stays up without listener).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address, ip_address

from kea_hac.kea.config import Block, Daemon
from kea_hac.kea.high_availability import CLOCK_SKEW_END, CLOCK_SKEW_WARNING, Mode, Role
from kea_hac.kea.named_files import FileKind, NamedFile
from kea_hac.kea.platform import VARIABLES, Platform
from kea_hac.kea.version import Feature, has
from kea_hac.model.channel import channel_of
from kea_hac.model.site import Node, Relationship, Site

_KEY_OF = {
    FileKind.HOOK: "hooks",
    FileKind.SOCKET: "sockets",
    FileKind.LEASE: "leases",
    FileKind.DATA: "leases",
    FileKind.LOG: "logs",
}
"""The key of `paths` for a kind of file."""
_SOCKETS_MODE = "0750"
"""What Kea 2.6.3 and 3.0 require of the directory of a control socket; 3.0 takes a stricter one too."""
Configs = Mapping[Daemon, Block]
"""Each daemon's configuration on one host."""
Named = Mapping[Daemon, tuple[NamedFile, ...]]
"""The files that each of them names."""


def _directory(host: Platform, key: str) -> str:
    return {"hooks": host.hooks_dir, "sockets": host.socket_dir, "leases": host.lease_dir, "logs": host.log_dir}[key]


def _used(node: Node, configs: Configs, named: Named) -> set[tuple[str, str]]:
    """Key of `paths` and directory of every file that a configuration names, and of lease files without a name."""
    found: set[tuple[str, str]] = set()
    for daemon, config in configs.items():
        for file in named[daemon]:
            folder = file.path.rpartition("/")[0]
            if file.kind in _KEY_OF and folder.startswith("/"):
                found.add((_KEY_OF[file.kind], folder))
        database = config.get("lease-database")
        if daemon.family and (not isinstance(database, Block) or database.get("type", "memfile") == "memfile"):
            found.add(("leases", node.platform.lease_dir))
    return found


def directories(node: Node, configs: Configs, named: Named) -> Iterator[str]:
    """Directories that must exist, with mode and owner where they are known: "/run/kea 0750 _kea:_kea"."""
    host = node.platform
    owner = f"{host.user}:{host.group or host.user}" if host.user else ""
    if configs:
        yield _described(host.config_dir, host.modes.get("config"), owner)
    for key, folder in _used(node, configs, named):
        if key == "hooks":
            continue  # it comes with the libraries
        own = folder == _directory(host, key)
        strict = key == "sockets" and has(node.version, Feature.SUPPORTED_PATHS_ONLY)
        yield _described(folder, _SOCKETS_MODE if strict else host.modes.get(key) if own else None, owner)


def _described(folder: str, mode: str | None, owner: str) -> str:
    return " ".join(each for each in (folder, mode, owner) if each)


def environment(node: Node, configs: Configs, named: Named) -> Iterator[str]:
    """Variables of the daemons for directories that Kea was not built with."""
    if not has(node.version, Feature.SUPPORTED_PATHS_ONLY):
        return
    used = {key for key, folder in _used(node, configs, named) if folder == _directory(node.platform, key)}
    for key in node.platform.foreign:
        if key in used:
            yield f"{VARIABLES[key]}={_directory(node.platform, key)}"


def boot(site: Site, node: Node, configs: Configs) -> Iterator[str]:
    """What must be up before each daemon starts: as lines of its systemd unit, or in words where it has none."""
    for daemon, config in configs.items():
        unit = node.platform.of(daemon).unit
        devices = sorted(_interfaces(config)) if daemon.family else []
        addresses = sorted(set(_bound(site, node, daemon, config)))
        if unit is None or not unit.endswith(".service"):
            for what in (*devices, *addresses):
                yield f"{unit or daemon.file.removesuffix('.conf')}: {what} is up before it starts"
            continue
        for device in devices:
            yield f"{unit}: Wants={_device(device)}"
            yield f"{unit}: After={_device(device)}"
        if addresses:
            yield f"{unit}: Wants=network-online.target"
            yield f"{unit}: After=network-online.target"
        for address in addresses:
            yield f"{unit}: ExecStartPre=/bin/sh -c 'until {shown_by(address)} | grep -q .; do sleep 1; done'"


def clock(site: Site, node: Node, configs: Configs) -> Iterator[str]:
    """Why a server in HA needs the right time, and the lines of its daemons' units that wait for it.

    A partner sends a lease with the time at which it expires (`expire` of lease4-update), and HA compares the clocks of the two
    servers that send heartbeats (communication_state.cc). time-sync.target waits for nothing unless a service that waits is enabled
    (systemd.special(7); Debian's chrony 4.3 and systemd 252 have the two services).
    """
    related = [each for family in site.families.values() for each in family.of(node)]
    if not related:
        return
    if any(each.mode != Mode.PASSIVE_BACKUP and _sends_heartbeats(each, node) for each in related):
        yield (
            "an NTP client (chrony, systemd-timesyncd, ntpd) keeps the time: HA warns when the partner's clock is more than "
            f"{CLOCK_SKEW_WARNING} s away, and ends itself (`terminated`) beyond {CLOCK_SKEW_END} s"
        )
    else:
        yield "an NTP client (chrony, systemd-timesyncd, ntpd) keeps the time: partners send leases with the time at which they expire"
    units = [node.platform.of(daemon).unit for daemon in configs if daemon.family]
    services = [unit for unit in units if unit is not None and unit.endswith(".service")]
    for unit in services:
        yield f"{unit}: Wants=time-sync.target"
        yield f"{unit}: After=time-sync.target"
    if services:
        yield (
            "time-sync.target waits for the right time where one of these is enabled: chrony-wait.service (chrony), "
            "systemd-time-wait-sync.service (systemd-timesyncd)"
        )


def _sends_heartbeats(relationship: Relationship, node: Node) -> bool:
    peer = relationship.peer_of(node)
    return peer is not None and peer.role != Role.BACKUP


def _interfaces(config: Block) -> set[str]:
    listed = config.get("interfaces-config", {}).get("interfaces", ())
    return {name.partition("/")[0] for name in listed if isinstance(name, str) and not name.startswith("*")}


def _device(interface: str) -> str:
    """The device unit of an interface, escaped as systemd.unit(5) states."""
    escaped = re.sub(r"[^A-Za-z0-9:_.]", lambda found: f"\\x{ord(found[0]):02x}", interface)
    return f"sys-subsystem-net-devices-{escaped}.device"


def shown_by(address: str) -> str:
    """The command that prints a line once the address can be bound: an IPv6 address not before its duplicate check has ended."""
    tentative = " -tentative" if isinstance(ip_address(address), IPv6Address) else ""
    return f"ip -o address show to {address}{tentative}"


def _bound(site: Site, node: Node, daemon: Daemon, config: Block) -> Iterator[str]:
    """The addresses of the host that a daemon binds; loopback and wildcards are there always."""
    named = [config.get("http-host")] if daemon.family is None else []
    sockets = config.get("control-sockets")
    named += [each.get("socket-address") for each in sockets] if isinstance(sockets, list) else []
    family = site.families.get(daemon.name)
    for relationship in family.of(node) if family else ():
        peer = relationship.peer_of(node)
        if family is not None and peer is not None and relationship.listener is not None:
            own = channel_of(site, family, relationship, peer, seen_by=node)
            named.append(str(own.address) if own else None)
    for text in named:
        try:
            address = ip_address(text) if isinstance(text, str) else None
        except ValueError:
            continue  # a mistake of its own
        if address is not None and not address.is_loopback and not address.is_unspecified:
            yield str(address)
