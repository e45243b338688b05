"""The port map as configurations show it: who binds what, and whether a partner can reach it.

A dedicated HA listener opens only when HA multi-threading, the dedicated listener and the server's own multi-threading are
all on: in 2.2 each must be set (ChangeLog 2103, 2124), so equal ports alone are no mistake there.

Who comes second loses: an agent exits, a DHCP server of 2.6 and later exits, and 2.2.0 stays up without its listener, so that
both servers take the other for down (seen on 2.2.0, 2.6.3, 3.0.4). No check of Kea sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.partners import calls
from kea_hac.check.rules.relationship import PeerEntry, relationships_of, server_threads
from kea_hac.diagnostics import THE_SERVER, THE_SUBJECT, Finding, KeaVerdict, Route, Severity, rule
from kea_hac.kea.config import Block, Daemon, blocks_of
from kea_hac.kea.grammar import program
from kea_hac.kea.spelling import ABSENT_IN_VERSION, Respeller
from kea_hac.kea.version import FEATURES, Feature, has
from kea_hac.model.channel import AGENT_PORT, LISTENER, SOCKET_PORT
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

PORT_TAKEN = rule(
    "KH701",
    "port-taken-twice",
    kea=KeaVerdict.ACCEPTS,
    why="Only one program can bind the port, and the second one fails. A control agent exits, and so does a DHCP "
    "server of 2.6 or later. A DHCP server of 2.2 keeps running without its HA listener, and each server "
    "treats its partner as down.",
    source="seen on 2.2.0, 2.6.3, 3.0.4",
)
BASIC_AUTH_UNCHECKED = rule(
    "KH612",
    "basic-auth-beside-dedicated-listener",
    kea=KeaVerdict.ACCEPTS,
    why="Before Kea 3.3.1 the dedicated listener does not check passwords. Everybody who can connect to it can send "
    "commands to the server.",
    source=f"cmd_http_listener.cc; seen on 2.6.3 and 3.0.4; {FEATURES[Feature.HA_LISTENER_CHECKS_PASSWORDS].source}",
)
THREADS_OFF = rule(
    "KH615",
    "multi-threading-off-under-listener",
    kea=KeaVerdict.ACCEPTS,
    why="HA then works without multi-threading and opens no listener. Each server treats its partner as down, "
    "and both serve all clients.",
    source="seen on 2.2.0 (HA_CONFIG_DHCP_MT_DISABLED)",
    rests_on=("multi-threading",),
)
UNREACHABLE_BIND = rule(
    "KH703",
    "loopback-that-a-partner-must-reach",
    kea=KeaVerdict.ACCEPTS,
    why="Connections to a loopback address stay on the own host. The servers never reach each other.",
    source="Kea ARM, 'Multi-Threaded Configuration (HA+MT)'; ha_service.cc",
)
_REACHABLE = "use an address that the partner can reach"


@dataclass(frozen=True, slots=True)
class Bound:
    """An address and port that one daemon's configuration makes it bind."""

    at: Route
    who: str
    daemon: Daemon
    address: IPv4Address | IPv6Address
    port: int
    fix: str
    """How to set another port."""
    listener: bool = False
    """True for a dedicated HA listener."""
    entry: Block | None = None
    """The map of a control socket or of the agent, which may ask for TLS and a password."""

    @property
    def tls(self) -> bool:
        """True where it accepts TLS only: an https socket, or an agent with TLS files."""
        if self.entry is None:
            return False
        return (
            self.entry["socket-type"] == "https"
            if "socket-type" in self.entry
            else bool(self.entry.get("trust-anchor"))
        )

    @property
    def key(self) -> str:
        """The key that it is written under."""
        return "the entry of `control-sockets`" if self.daemon.family else "`control-agent`"

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
    yield from _listeners(configuration)
    if has(configuration.version, Feature.HTTP_CONTROL_SOCKET):
        for entry in blocks_of(configuration.config.get("control-sockets")):
            yield from _socket(entry, configuration)


def _listeners(configuration: Configuration) -> Iterator[Bound]:
    """The dedicated HA listener of each relationship."""
    found = relationships_of(configuration)
    for each in found:
        own, url = each.own, each.own.url if each.own else None
        if own is None or url is None or not url.usable or not each.opens_listener:
            continue
        partners = ", ".join(peer.name or "?" for peer in each.others)
        who = f"the HA listener of {configuration.daemon.name}" + (f" with {partners}" if len(found) > 1 else "")
        if not configuration.compiled:
            at, fix = own.block.where("url"), "give each a port of its own"
        elif len(found) > 1:
            at, fix = (
                own.block.where(LISTENER),
                "give each relationship, and each family in it, a `listener` port of its own",
            )
        else:
            at, fix = (
                own.block.where(LISTENER),
                f"give each family a port of its own: `listener: {{dhcp4: {url.port}, dhcp6: …}}`",
            )
        yield Bound(at, who, configuration.daemon, url.address, url.port, fix, listener=True)


def _socket(entry: Block, configuration: Configuration) -> Iterator[Bound]:
    """An HTTP control socket. Without an address it is loopback's, without a port 8000 (seen on 3.0.4)."""
    if entry.get("socket-type") not in ("http", "https"):
        return
    address = _address(entry.get("socket-address", "127.0.0.1" if configuration.daemon.family == 4 else "::1"))
    port = entry.get("socket-port", SOCKET_PORT)
    if address is not None and isinstance(port, int):
        at = entry.where("socket-port") if "socket-port" in entry else entry.at
        who, fix = f"an HTTP control socket of {configuration.daemon.name}", "give each a `socket-port` of its own"
        yield Bound(at, who, configuration.daemon, address, port, fix, entry=entry)


def _agent(configuration: Configuration) -> Iterator[Bound]:
    config = configuration.config
    address, port = _address(config.get("http-host", "127.0.0.1")), config.get("http-port", AGENT_PORT)
    if address is not None and isinstance(port, int):
        at = config.where("http-port") if "http-port" in config else config.at
        fix = "give the agent another `http-port`"
        yield Bound(at, "the control agent", configuration.daemon, address, port, fix, entry=config)


def _address(text: object) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return None


@checks(PORT_TAKEN, on=Subject.SERVERS)
def port_taken_twice(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Two programs of one host, or two parts of one program, want the same address and port."""
    single = len({each.daemon.name for each in configurations}) == len(configurations)
    seen: list[tuple[Configuration, Bound]] = []
    for configuration in configurations:
        for bound in bounds(configuration):
            for other, earlier in seen:
                one_host = _one_host(configuration, other, single=single)
                if one_host is not False and bound.clashes(earlier, one_host=bool(one_host)):
                    yield _taken(bound, earlier, configuration)
                    break
            seen.append((configuration, bound))


def _one_host(one: Configuration, two: Configuration, *, single: bool) -> bool | None:
    """Whether both run on one host; None where that is not known. `single`: no daemon is there twice."""
    if one is two:
        return True
    if one.daemon.name == two.daemon.name:
        return False
    if one.server is not None and two.server is not None:
        return one.server == two.server
    return single or None


def _taken(bound: Bound, other: Bound, configuration: Configuration) -> Finding:
    where = f"on {THE_SERVER} " if configuration.compiled else ""
    message = f"{where}{other.who} and {bound.who} use port {bound.port} of the same address"
    server = configuration.server if configuration.compiled else None
    return Finding(PORT_TAKEN, bound.at, message, related=((other.at, other.who),), fix=bound.fix, server=server)


@checks(UNREACHABLE_BIND, on=Subject.HIGH_AVAILABILITY)
def loopback_urls(configuration: Configuration) -> Iterator[Finding]:
    """A server listens for its partner on loopback. In files of one host both may; the servers of a spec are hosts of their own."""
    for each in relationships_of(configuration):
        own = each.own
        if own is None or own.url is None:
            continue
        if configuration.compiled:
            if own.url.address.is_loopback:
                message = f"server {configuration.server!r} listens for its partner on {own.url.address}, which only its own host can reach"
                yield Finding(UNREACHABLE_BIND, own.block.where("url"), message, fix=_REACHABLE)
            continue
        for peer in each.others:
            if peer.url is None or peer.url.address.is_loopback == own.url.address.is_loopback:
                continue
            here, there = (own, peer) if own.url.address.is_loopback else (peer, own)
            assert here.url is not None
            message = f"peer {here.name!r} has the address {here.url.address}, which only its own host can reach"
            yield Finding(
                UNREACHABLE_BIND,
                here.block.where("url"),
                message,
                related=((there.block.where("url"), "the other peer has another address"),),
                fix=_REACHABLE,
            )


@checks(THREADS_OFF, on=Subject.HIGH_AVAILABILITY)
def listener_without_threads(configuration: Configuration) -> Iterator[Finding]:
    """A listener that is set explicitly, and does not open."""
    for each in relationships_of(configuration):
        threads = each.block.get("multi-threading")
        if not isinstance(threads, Block) or each.opens_listener:
            continue
        if each.asks_for_listener:
            written = configuration.config.get("multi-threading")
            off = isinstance(written, Block) and written.get("enable-multi-threading") is False
            at = written.where("enable-multi-threading") if isinstance(written, Block) and off else threads.at
            what = "is turned off here" if off else f"is off in Kea {configuration.version} unless it is set"
            message = f"the dedicated HA listener needs multi-threading of the server, which {what}"
            yield Finding(THREADS_OFF, at, message, fix=_THREADS_ON if configuration.compiled else _THREADS_ON_IN_FILE)
        elif threads.get("http-dedicated-listener") is True and server_threads(configuration):
            message = "'http-dedicated-listener' has no effect without HA's own 'enable-multi-threading'"
            fix = "add `enable-multi-threading: true` beside it"
            yield Finding(THREADS_OFF, threads.where("http-dedicated-listener"), message, True, fix=fix)


_THREADS_ON = (
    "remove it, or let HA go through the agent: high-availability "
    "`multi-threading: {enable-multi-threading: false, http-dedicated-listener: false}`"
)
_THREADS_ON_IN_FILE = 'write "multi-threading": {"enable-multi-threading": true} at the top'


@checks(BASIC_AUTH_UNCHECKED, on=Subject.SERVERS)
def password_beside_listener(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Credentials for a partner whose listener checks none. A warning where the file of the partner is not known."""
    known: set[int] = set()
    for _, there, dialled in calls(configurations):
        known.add(id(dialled.block))
        if there.relationship.opens_listener:
            yield from _unchecked(dialled, there.configuration, there.label, None)
    for configuration in configurations if not all(each.compiled for each in configurations) else ():
        for each in relationships_of(configuration):
            for peer in each.others if each.opens_listener else ():
                if id(peer.block) not in known:
                    yield from _unchecked(peer, configuration, f"peer {peer.name!r}", Severity.WARNING)


def _unchecked(peer: PeerEntry, callee: Configuration, label: str, severity: Severity | None) -> Iterator[Finding]:
    key = next((key for key in _SENT if peer.block.get(key)), None)
    if key is None or has(callee.version, Feature.HA_LISTENER_CHECKS_PASSWORDS):
        return
    files = "trust-anchor, cert-file and key-file"
    yield Finding(
        BASIC_AUTH_UNCHECKED,
        peer.block.where(key),
        f"{key!r} has no effect: the dedicated listener of {THE_SUBJECT} does not check passwords",
        on_key=True,
        subject=label,
        severity=severity,
        fix=f"use mutual TLS ({files} in high-availability), or HA through the agent or an HTTP socket: "
        "`multi-threading: {http-dedicated-listener: false}`"
        if callee.compiled
        else f"use mutual TLS: {files}",
    )


_SENT = ("basic-auth-user", "basic-auth-user-file", "basic-auth-password", "basic-auth-password-file")


@checks(ABSENT_IN_VERSION, on=Subject.FILE)
def keys_too_new(configuration: Configuration) -> Iterator[Finding]:
    """HA keys that a later version brought: the library ignores them without a word."""
    judge = Respeller(program("ha"), configuration.version)
    for block in configuration.relationships():
        found = judge.unsupported(block, configuration.server or "this server", "relationship")
        # the limits of this version were the reader's business
        yield from (finding for finding in found if finding.rule is ABSENT_IN_VERSION)
