"""The port map as configurations show it: who binds what, and whether a partner can reach it.

A dedicated HA listener opens only when HA multi-threading, the dedicated listener and the server's own multi-threading are
all on: in 2.2 each must be said (ChangeLog 2103, 2124), so equal ports alone are no mistake there. The compiler's own
channels are judged in the spec (`check.ports`); the rules here are for files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from kea_hac.check.ports import PORT_TAKEN, UNREACHABLE_BIND
from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import maps, relationships_of, server_threads
from kea_hac.compiler.dhcp import THREADS_OFF
from kea_hac.compiler.ha_hook import BASIC_AUTH_UNCHECKED
from kea_hac.diagnostics import Finding, Route, Severity
from kea_hac.kea.config import Block, Daemon
from kea_hac.kea.grammar import program
from kea_hac.kea.spelling import ABSENT_IN_VERSION, Respeller
from kea_hac.kea.version import Feature, has
from kea_hac.model.channel import AGENT_PORT, SOCKET_PORT
from kea_hac.model.configuration import Configuration


@dataclass(frozen=True, slots=True)
class Bound:
    """An address and port that one daemon's configuration makes it bind."""

    at: Route
    who: str
    daemon: Daemon
    address: IPv4Address | IPv6Address
    port: int
    listener: bool = False
    """True for a dedicated HA listener."""
    door: Block | None = None
    """The map of a control socket or of the agent, which may ask for TLS and a password."""

    def clashes(self, other: Bound, *, one_host: bool) -> bool:
        """Whether both cannot be bound. Loopback and wildcards mean something on the same host only."""
        if self.port != other.port or self.address.version != other.address.version:
            return False
        if one_host and (self.address.is_unspecified or other.address.is_unspecified):
            return True
        local = self.address.is_loopback or self.address.is_unspecified
        return self.address == other.address and (one_host or not local)


def bounds(configuration: Configuration) -> Iterator[Bound]:
    """Everything that a daemon binds for HTTP."""
    if configuration.daemon.family is None:
        yield from _agent(configuration)
        return
    name = configuration.daemon.name
    for each in relationships_of(configuration):
        url = each.own.url if each.own else None
        if each.own and url and url.usable and each.opens_listener:
            at = each.own.block.where("url")
            who = f"the HA listener of {name} as {each.own.name!r}"
            yield Bound(at, who, configuration.daemon, url.address, url.port, listener=True)
    if has(configuration.version, Feature.HTTP_CONTROL_SOCKET):
        for entry in maps(configuration.config.get("control-sockets")):
            yield from _socket(entry, configuration)


def _socket(entry: Block, configuration: Configuration) -> Iterator[Bound]:
    """An HTTP control socket. Without an address it is loopback's, without a port 8000 (seen on 3.0.4)."""
    if entry.get("socket-type") not in ("http", "https"):
        return
    address = _address(entry.get("socket-address", "127.0.0.1" if configuration.daemon.family == 4 else "::1"))
    port = entry.get("socket-port", SOCKET_PORT)
    if address is not None and isinstance(port, int):
        at = entry.where("socket-port") if "socket-port" in entry else entry.at
        who = f"an HTTP control socket of {configuration.daemon.name}"
        yield Bound(at, who, configuration.daemon, address, port, door=entry)


def _agent(configuration: Configuration) -> Iterator[Bound]:
    config = configuration.config
    address, port = _address(config.get("http-host", "127.0.0.1")), config.get("http-port", AGENT_PORT)
    if address is not None and isinstance(port, int):
        at = config.where("http-port") if "http-port" in config else config.at
        yield Bound(at, "the control agent", configuration.daemon, address, port, door=config)


def _address(text: object) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None


def taken(bound: Bound, other: Bound) -> Finding:
    """Two programs, or two parts of one, want the same."""
    return Finding(
        PORT_TAKEN,
        bound.at,
        f"{other.who} and {bound.who} both want {bound.address} port {bound.port}",
        related=((other.at, other.who),),
        fix="give each a port of its own",
    )


@checks(PORT_TAKEN, on=Subject.FILE)
def port_taken_twice(configuration: Configuration) -> Iterator[Finding]:
    """One daemon binds the same address and port twice."""
    seen: list[Bound] = []
    for bound in bounds(configuration):
        other = next((each for each in seen if each.clashes(bound, one_host=True)), None)
        if other is not None:
            yield taken(bound, other)
        seen.append(bound)


@checks(UNREACHABLE_BIND, on=Subject.FILE)
def loopback_urls(configuration: Configuration) -> Iterator[Finding]:
    """One partner's url is on loopback and the other's is not, so one of them dials itself."""
    for each in relationships_of(configuration):
        own = each.own
        if own is None or own.url is None:
            continue
        for peer in each.others:
            if peer.url is None or peer.url.address.is_loopback == own.url.address.is_loopback:
                continue
            here, there = (own, peer) if own.url.address.is_loopback else (peer, own)
            assert here.url is not None
            message = f"peer {here.name!r} is to be reached at {here.url.address}, which only itself can reach"
            yield Finding(
                UNREACHABLE_BIND,
                here.block.where("url"),
                message,
                related=((there.block.where("url"), "the other one is elsewhere"),),
                fix="use an address that the partner can reach",
            )


@checks(THREADS_OFF, on=Subject.FILE)
def listener_without_threads(configuration: Configuration) -> Iterator[Finding]:
    """A listener that is asked for in so many words, and does not open."""
    for each in relationships_of(configuration):
        threads = each.block.get("multi-threading")
        if not isinstance(threads, Block) or each.opens_listener:
            continue
        if each.wants_listener and True in (
            threads.get("enable-multi-threading"),
            threads.get("http-dedicated-listener"),
        ):
            said = configuration.config.get("multi-threading")
            off = isinstance(said, Block) and said.get("enable-multi-threading") is False
            at = said.where("enable-multi-threading") if isinstance(said, Block) and off else threads.at
            what = "is turned off here" if off else f"is off in Kea {configuration.version} unless it is said"
            message = f"the dedicated HA listener needs multi-threading of the server, which {what}"
            fix = 'write "multi-threading": {"enable-multi-threading": true} at the top'
            yield Finding(THREADS_OFF, at, message, fix=fix)
        elif threads.get("http-dedicated-listener") is True and server_threads(configuration):
            message = "'http-dedicated-listener' has no effect without HA's own 'enable-multi-threading'"
            fix = "write `enable-multi-threading: true` beside it"
            yield Finding(THREADS_OFF, threads.where("http-dedicated-listener"), message, True, fix=fix)


@checks(BASIC_AUTH_UNCHECKED, on=Subject.FILE)
def password_beside_listener(configuration: Configuration) -> Iterator[Finding]:
    """Credentials for a partner whose listener asks nobody. A warning: the partner may have none, which its own file says."""
    for each in relationships_of(configuration):
        if not each.opens_listener:
            continue
        for peer in each.others:
            key = next((key for key in ("basic-auth-user", "basic-auth-user-file") if peer.block.get(key)), None)
            if key:
                message = (
                    f"{key!r} has no effect where peer {peer.name!r} has a dedicated listener: it asks for no password"
                )
                fix = "use mutual TLS: trust-anchor, cert-file and key-file"
                at = peer.block.where(key)
                yield Finding(BASIC_AUTH_UNCHECKED, at, message, True, fix=fix, severity=Severity.WARNING)


@checks(ABSENT_IN_VERSION, on=Subject.FILE)
def keys_too_new(configuration: Configuration) -> Iterator[Finding]:
    """HA keys that a later version brought: the library ignores them without a word."""
    judge = Respeller(program("ha"), configuration.version)
    for block in configuration.relationships():
        yield from judge.unsaid(block, configuration.server or "this server", "relationship")
