"""A site → where each daemon of each server is asked.

The spec determines the channel: a server's HTTP control socket (3.0+), else its control agent, else its unix socket where this
machine is that server. A socket on loopback is asked on its own machine only: elsewhere 127.0.0.1 is another machine.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv6Address
from pathlib import Path

from kea_hac.kea.config import CTRL_AGENT, Daemon
from kea_hac.kea.version import Feature, has
from kea_hac.live.endpoint import AGENT, Endpoint, Http, Saved, Trouble, Unix, Unread
from kea_hac.live.live_option import LiveOption, given
from kea_hac.live.trust import Trust
from kea_hac.model.channel import Channel, agent_channel, http_sockets, unix_socket
from kea_hac.model.site import Family, Node, ServerFamily, Site, url_host
from kea_hac.spec.scalars import Address

_SOCKET = "HTTP control socket"
_ENDINGS = (".json", ".conf")
"""Of saved files: the answer of config-get first, then a file of Kea."""


def endpoints(site: Site, live: Sequence[str] = (), trust: Trust | None = None) -> tuple[Endpoint | Unread, ...]:
    """Every daemon of the site, in the order of the spec, each server's agent last. Raises UsageError for `live`.

    `trust` decides about the places that the spec names; without it they are asked without credentials.

    `live`: the values of `--live` (`given`). A daemon that cannot be asked is an Unread. Among saved answers the
    agent's is optional.
    """
    written = given(live, {node.name: list(_daemons(site, node)) for node in site.nodes})
    return tuple(
        found
        for node in site.nodes
        for daemon in _daemons(site, node)
        if (found := _endpoint(site, node, daemon, written, trust)) is not None
    )


def _daemons(site: Site, node: Node) -> Iterator[Daemon]:
    yield from (family.daemon for family in site.families.values())
    if _has_agent(site, node):
        yield CTRL_AGENT


def _has_agent(site: Site, node: Node) -> bool:
    return site.agent is not None and node.has_agent and has(node.version, Feature.CONTROL_AGENT)


def _endpoint(
    site: Site, node: Node, daemon: Daemon, chosen: LiveOption, trust: Trust | None
) -> Endpoint | Unread | None:
    place = chosen.place(node.name, daemon)
    if daemon == CTRL_AGENT and isinstance(place, Unix):
        place = None
    if place is not None:
        return Endpoint(node.name, daemon, place, trusted=True)
    if chosen.folder is not None:
        return _saved(chosen.folder, node, daemon)
    found = _of_spec(site, node, daemon)
    return found if trust is None or isinstance(found, Unread) else trust.judge(found)


def _saved(folder: Path, node: Node, daemon: Daemon) -> Endpoint | Unread | None:
    here = folder / node.name
    found = [here / f"kea-{daemon.name}{ending}" for ending in _ENDINGS]
    there = [path for path in found if path.exists()]
    if there:
        return Endpoint(node.name, daemon, Saved(there[0], there[1] if len(there) > 1 else None))
    if daemon == CTRL_AGENT:
        return None
    missing = (
        f"there is no folder {here}"
        if not here.is_dir()
        else f"there is neither {found[0].name} nor {found[1].name} in it"
    )
    step = f"save the answer of config-get as {found[0]}"
    return Unread(node.name, daemon, f"saved {here}", f"{missing}; {step}", Trouble.NO_CHANNEL)


def _of_spec(site: Site, node: Node, daemon: Daemon) -> Endpoint | Unread:
    family = next((each for each in site.families.values() if each.daemon == daemon), None)
    server_family = node.server_families[family.daemon.name] if family else next(iter(node.server_families.values()))
    local = is_here(site, node)
    closed: list[str] = []
    for what, bound in _http(site, node, family, server_family):
        address = _dialled(bound.address, server_family)
        if address is None or (address.is_loopback and not local):
            closed.append(f"its {what} listens on {bound.address} only")
            continue
        url = f"{bound.scheme}://{url_host(address)}:{bound.port}/"
        own = family is None or what == _SOCKET
        return Endpoint(node.name, daemon, Http(url, daemon.name if family else None, what, own))
    if family is not None:
        path = unix_socket(family, node)
        if path is not None and local and Path(path).exists():
            return Endpoint(node.name, daemon, Unix(path))
        closed.append(f"its unix socket {path} is not on this machine" if path else "it has no unix socket")
    step = f"use --live {node.name}=URL (for example of an SSH tunnel), or --live DIR with a saved answer of config-get"
    reason = f"the spec configures no socket that can be asked from this host: {'; '.join(closed)}; {step}"
    return Unread(node.name, daemon, f"{node.name} as in the spec", reason, Trouble.NO_CHANNEL)


def _http(site: Site, node: Node, family: Family | None, server_family: ServerFamily) -> Iterator[tuple[str, Channel]]:
    """The channels of a daemon, the best first: reachable from other machines, then local ones."""
    own = [(_SOCKET, each) for each in http_sockets(family, node)] if family else []
    listed = [*own, *((AGENT, each) for each in agent_channel(site, node, server_family))]
    yield from sorted(listed, key=lambda listener: listener[1].address.is_loopback)


def _dialled(bound: Address, server_family: ServerFamily) -> Address | None:
    """What reaches an address that is bound; every address is one of the server's own."""
    if not bound.is_unspecified:
        return bound
    own = (server_family.control_address, server_family.address)
    return next((each for each in own if each is not None and not each.is_unspecified), None)


def is_here(site: Site, node: Node) -> bool:
    """True when this machine is the server. A standalone server without an address in the spec counts as this machine."""
    addresses = {
        each
        for server_family in node.server_families.values()
        for each in (server_family.address, server_family.control_address)
        if each is not None and not each.is_unspecified and not each.is_loopback
    }
    if not addresses:
        return len(site.nodes) == 1
    return any(is_local(each) for each in addresses)


def is_local(address: Address) -> bool:
    """True for an address of this machine: the kernel would send from it to itself, or lets a socket have it. Nothing is sent.

    To the second address of a network on an interface it sends from the first one.
    """
    family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            if str(probe.getsockname()[0]).partition("%")[0] == str(address).partition("%")[0]:
                return True
        if _binds_any(address):
            return False
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
            return True
    except OSError:
        return False


def _binds_any(address: Address) -> bool:
    """True where Linux lets sockets have addresses of other machines, for programs that move addresses between machines."""
    try:
        return Path(f"/proc/sys/net/ipv{address.version}/ip_nonlocal_bind").read_text("ascii").strip() != "0"
    except OSError:
        return False
