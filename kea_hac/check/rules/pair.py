"""Existing files of a pair compared with each other: Kea never compares the files of its two servers.

The files of both servers are given together. A finding stands where one of the two files says it; `related` points into the
other, so the routes of different files must differ (their first step names the file). What the compiler makes of one spec
agrees by itself (`compiler.equality`), so these rules are for files.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.ha_channels import listener_ports, listeners_of
from kea_hac.check.rules.listeners import UNREACHABLE_BIND, Bound
from kea_hac.check.rules.pair_content import unequal
from kea_hac.check.rules.partners import Side, calls, partners, peer_named
from kea_hac.check.rules.relationship import PeerEntry, server_threads
from kea_hac.compiler.equality import UNEQUAL
from kea_hac.diagnostics import THE_SERVER, Finding, KeaVerdict, Route, Severity, rule, warning
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"
SAME_SERVER = rule(
    "KH810",
    "one-name-for-both-servers",
    kea=KeaVerdict.ACCEPTS,
    why="Both servers use the name of the same peer. One of the hosts does not have the address of this peer: from 2.6 on "
    "its server does not start, and in older versions it has no HA listener. Where both have it, both serve the clients of "
    "this peer, and the clients of the other one get no answer.",
    source=f"{_SEEN}: on a host without the address 2.6.3 and 3.0.4 exit (Cannot assign requested address), 2.2.0 stays up",
)
MODES_DIFFER = rule(
    "KH811",
    "ha-modes-differ",
    kea=KeaVerdict.ACCEPTS,
    why="The servers do not agree which of them answers a client. Some clients get two answers and others get none.",
    source=f"{_SEEN}",
)
PEERS_DIFFER = rule(
    "KH812",
    "ha-peers-differ",
    kea=KeaVerdict.ACCEPTS,
    why="Each server finds its partner in its own list of peers. With different names, roles or URLs the servers "
    "do not reach each other, or serve the wrong clients.",
    source=f"{_SEEN}",
)
SETTINGS_DIFFER = warning(
    "KH813",
    "ha-settings-differ",
    why="The servers use different times and limits to decide that the partner is down. Which server takes over, "
    "and when, then depends on the server that fails.",
    source=f"{_SEEN}",
)
NO_CHANNEL = rule(
    "KH613",
    "no-channel-to-the-partner",
    kea=KeaVerdict.ACCEPTS,
    why="Without a dedicated listener the peer URL must lead to a control agent or, from Kea 3.0 on, to an HTTP "
    "control socket. Otherwise each server treats its partner as down, and both serve all clients.",
    source="Kea ARM, 'Multi-threaded Configuration (HA+MT)'",
    rests_on=("*control-sockets", "*socket-type", "*control-agent", "dhcp4", "dhcp6"),
)
SHARED_DATABASE = warning(
    "KH618",
    "shared-lease-database",
    why="Both partners use one lease database and also send each other lease updates. Each lease is written "
    "twice, and each server sees the lease of its partner as a conflict.",
    source="Kea ARM, 'Load Balancing with Shared Lease Database'",
    rests_on=("*lease-database",),
)
_SETTINGS = (
    "heartbeat-delay",
    "max-response-delay",
    "max-ack-delay",
    "max-unacked-clients",
    "max-rejected-lease-updates",
    "delayed-updates-limit",
    "send-lease-updates",
    "sync-leases",
    "wait-backup-ack",
    "restrict-commands",
    "require-client-certs",
)
_LOCAL_HOSTS = ("", "localhost", "127.0.0.1", "::1")


@checks(SAME_SERVER, MODES_DIFFER, PEERS_DIFFER, SETTINGS_DIFFER, on=Subject.FILES)
def relationships_differ(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Names, modes, peers and settings of the two views of one relationship."""
    for one, two in partners(configurations):
        first, second = one.relationship, two.relationship
        if first.this_name and first.this_name == second.this_name:
            at, other = second.block.where("this-server-name"), first.block.where("this-server-name")
            message = f"both servers are {first.this_name!r}"
            related = ((other, "the other server"),)
            fix = "give each file the name of its own peer"
            yield Finding(SAME_SERVER, at, message, related=related, fix=fix, kea=_of_a_foreign_address(two))
        if first.mode and second.mode and first.mode is not second.mode:
            related = ((first.block.where("mode"), f"the value of {one.label}"),)
            message = f"{two.label} is in {second.mode}, and {one.label} in {first.mode}"
            yield Finding(MODES_DIFFER, second.block.where("mode"), message, related=related)
        yield from _peers(one, two)
        if first.mode is second.mode:
            yield from _settings(one, two)


def _of_a_foreign_address(side: Side) -> KeaVerdict | None:
    """What Kea does on the host that does not have the address of the peer: it cannot open the listener there."""
    own = side.relationship.own
    binds = own is not None and own.url is not None and not own.url.address.is_unspecified
    must = has(side.configuration.version, Feature.HA_LISTENER_MUST_BIND)
    return KeaVerdict.REFUSES if binds and must and side.relationship.opens_listener else None


def _peers(one: Side, two: Side) -> Iterator[Finding]:
    for here, there in ((one, two), (two, one)):
        for peer in here.relationship.peers:
            if peer.name and peer_named(there.relationship, peer.name) is None and "peers" in there.relationship.block:
                related = ((there.relationship.block.where("peers"), f"the peers of {there.label}"),)
                message = f"{there.label} has no peer {peer.name!r}"
                yield Finding(PEERS_DIFFER, peer.block.where("name"), message, related=related)
    for peer in two.relationship.peers:
        other = peer_named(one.relationship, peer.name)
        if other is None:
            continue
        if peer.role and other.role and peer.role is not other.role:
            related = ((other.block.where("role"), f"the value of {one.label}"),)
            message = f"peer {peer.name!r} is {peer.role} for {two.label}, and {other.role} for {one.label}"
            yield Finding(PEERS_DIFFER, peer.block.where("role"), message, related=related)
        yield from _urls(one, two, other, peer)


def _urls(one: Side, two: Side, first: PeerEntry, second: PeerEntry) -> Iterator[Finding]:
    """A server's own url is what it binds; behind NAT others dial another address, and may dial another port there.

    Seen on 2.6.3 and 3.0.4: bound at port 8001, dialled at 18001 of the translating router.
    """
    if first.url is None or second.url is None or first.url == second.url:
        return
    if not (first.url.usable and second.url.usable):
        return
    elsewhere = first.url.address != second.url.address
    if _binds_all(one, first, second) or _binds_all(two, second, first):
        return
    if not elsewhere and first.url.port == second.url.port:
        return  # the scheme alone: the TLS files decide, whatever it says
    message = (
        f"peer {second.name!r} is at {second.block['url']} for {two.label}, and at {first.block['url']} for {one.label}"
    )
    related = ((first.block.where("url"), f"the value of {one.label}"),)
    yield Finding(
        PEERS_DIFFER,
        second.block.where("url"),
        message,
        related=related,
        fix="ignore this if address translation or port forwarding is between the servers; else write the same url in both files"
        if elsewhere
        else "write the same url in both files",
        severity=Severity.WARNING if elsewhere else None,
    )


def _binds_all(side: Side, own: PeerEntry, dialled: PeerEntry) -> bool:
    """A server whose listener binds all addresses, and a partner that connects to one of them at the same port.

    Seen on 2.2.0, 2.6.3 and 3.0.4 with 0.0.0.0, and with `::`, which accepts IPv4 as well.
    """
    assert own.url is not None
    assert dialled.url is not None
    return (
        own.name == side.relationship.this_name and own.url.address.is_unspecified and own.url.port == dialled.url.port
    )


def _settings(one: Side, two: Side) -> Iterator[Finding]:
    for key in _SETTINGS:
        if key not in one.relationship.block and key not in two.relationship.block:
            continue
        if not (_known(one, key) and _known(two, key)):
            continue
        mine, other = two.relationship.setting(key), one.relationship.setting(key)
        if mine != other:
            yield _differs(key, two, mine, one, other)
    for peer in two.relationship.peers:
        same = peer_named(one.relationship, peer.name)
        if same and peer.block.get("auto-failover", True) != same.block.get("auto-failover", True):
            block, other, side = (peer.block, same.block, one)
            if "auto-failover" not in block:
                block, other, side = (same.block, peer.block, two)
            message = f"auto-failover of peer {peer.name!r} differs between {one.label} and {two.label}"
            related = (_other("auto-failover", other, side),)
            yield Finding(
                SETTINGS_DIFFER, block.where("auto-failover"), message, related=related, fix="set one value for both"
            )


def _known(side: Side, key: str) -> bool:
    keyword = program("ha").scopes["relationship"].keywords[key]
    return side.configuration.version.branch in keyword.branches


def _differs(key: str, two: Side, mine: Json, one: Side, other: Json) -> Finding:
    here, there = (two, one) if key in two.relationship.block else (one, two)
    values = f"{_said(mine)} on {two.label} and {_said(other)} on {one.label}"
    return Finding(
        SETTINGS_DIFFER,
        here.relationship.block.where(key),
        f"{key} is {values}",
        related=(_other(key, there.relationship.block, there),),
        fix="set one value for both",
    )


def _other(key: str, block: Block, side: Side) -> tuple[Route, str]:
    if key in block:
        return block.where(key), f"the value of {side.label}"
    return block.at, f"{side.label} has the default here"


def _said(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@checks(SHARED_DATABASE, on=Subject.SERVERS)
def shared_lease_database(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Both partners keep their leases in one SQL database, and send each other every lease all the same."""
    for one, two in partners(configurations):
        first, second = (each.configuration.config.get("lease-database") for each in (one, two))
        if not isinstance(first, Block) or not isinstance(second, Block):
            continue
        kind, host = first.get("type", "memfile"), str(first.get("host", ""))
        same = all(first.get(key) == second.get(key) for key in ("type", "host", "port", "name"))
        if kind == "memfile" or host in _LOCAL_HOSTS or not same:
            continue
        if any(each.relationship.setting("send-lease-updates") for each in (one, two)):
            message = f"{one.label} and {two.label} share one lease database, and send each other every lease"
            related = ((first.at, "the same one"),)
            where = "to high-availability" if two.configuration.compiled else "to the relationship in both files"
            fix = f"add `send-lease-updates: false` and `sync-leases: false` {where}, or give each a database"
            yield Finding(SHARED_DATABASE, second.at, message, on_key=True, related=related, fix=fix)


@checks(NO_CHANNEL, UNREACHABLE_BIND, on=Subject.SERVERS)
def unreachable_partners(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """A url that nothing of the partner's answers: no listener opens there, no agent, no HTTP control socket."""
    for here, there, dialled in calls(configurations):
        if there.relationship.opens_listener or there.relationship.asks_for_listener:
            continue  # differing ports, and a listener that does not open, are findings of their own
        if "url" not in dialled.block and there.configuration.compiled:
            yield _nothing_to_call(there)
        elif dialled.url is not None and dialled.url.usable:
            yield from _dialled(dialled, here, there, configurations)


def _nothing_to_call(there: Side) -> Finding:
    """The compiler writes the url of what the spec configures. There is none where it configures nothing."""
    return Finding(
        NO_CHANNEL,
        there.relationship.block.where("multi-threading"),
        f"the dedicated listener is off, and on {THE_SERVER} there is no control agent and no HTTP control socket of "
        f"{there.configuration.daemon.name} that a partner could call",
        on_key=True,
        fix="add `control-agent: {http-port: 8000}`, from Kea 3.0 an http or https entry in `control-sockets`, or turn "
        "the dedicated listener on",
        server=there.label,
    )


def _dialled(peer: PeerEntry, here: Side, there: Side, configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    assert peer.url is not None
    listeners, own = listeners_of(there.configuration, configurations)
    agents = [each for each in configurations if each.daemon.family is None]
    if not own and has(there.configuration.version, Feature.CONTROL_AGENT) and len(agents) < 2:
        return  # its agent was not given
    on_port = [bound for port in listener_ports(peer, there) for bound in listeners if bound.port == port]
    reachable = [bound for bound in on_port if not bound.address.is_loopback or peer.url.address.is_loopback]
    if reachable:
        if own and all(bound.daemon.family is None for bound in reachable):
            yield from _behind_agent(there, reachable[0])
        return
    if on_port:
        message = f"{on_port[0].who} of {there.label} is bound to {on_port[0].address}, and {here.label} connects to it"
        related = ((peer.block.where("url"), f"{here.label} connects to this"),)
        yield Finding(
            UNREACHABLE_BIND, on_port[0].at, message, related=related, fix="bind an address that the partner can reach"
        )
        return
    threads = "" if server_threads(there.configuration) else ", whose multi-threading is off"
    message = f"no program listens there: {there.label}{threads}, opens no dedicated listener, and has no agent or HTTP socket"
    yield Finding(NO_CHANNEL, peer.block.where("url"), f"{message} on port {peer.url.port}")


def _behind_agent(there: Side, agent: Bound) -> Iterator[Finding]:
    """An agent passes the partner's commands to the unix socket of the server, so both must name the same one."""
    daemon, config = there.configuration.daemon.name, there.configuration.config
    forwards = agent.entry.get("control-sockets") if agent.entry is not None else None
    entry = forwards.get(daemon) if isinstance(forwards, Block) else None
    sockets = [each for each in there.configuration.blocks("control-sockets") if each.get("socket-type") == "unix"]
    if not sockets:
        message = f"the control agent of {THE_SERVER} needs the unix socket of {daemon}, which has none"
        fix = (
            f"remove `control-sockets: []` from `{daemon}`, or turn the dedicated listener on"
            if there.configuration.compiled
            else f"add a unix socket to the control sockets of {daemon}, or turn the dedicated listener on"
        )
        at, on_key = config.where("control-sockets"), True
    elif isinstance(entry, Block) and entry.get("socket-name", sockets[0].get("socket-name")) == sockets[0].get(
        "socket-name"
    ):
        return
    elif isinstance(entry, Block):
        own = sockets[0].get("socket-name")
        message = f"the control agent of {THE_SERVER} connects to {entry['socket-name']}, and the unix socket of {daemon} is {own}"
        fix, at, on_key = "write the same name in both files", entry.where("socket-name"), False
    elif isinstance(forwards, Block) and forwards.keys() & {
        "dhcp4",
        "dhcp6",
    }:  # an agent of no server is a mistake of its own
        message = (
            f"the control agent of {THE_SERVER} has no socket of {daemon}, so it cannot pass on what the partner sends"
        )
        fix, at, on_key = f"add the unix socket of {daemon} to the control-sockets of the agent", forwards.at, True
    else:
        return
    yield Finding(NO_CHANNEL, at, message, on_key=on_key, fix=fix, server=there.label)


@checks(UNEQUAL, on=Subject.FILES)
def contents_differ(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Subnets, pools, options, timers, classes: what both servers lease from must be the same."""
    seen: set[tuple[int, int]] = set()
    for one, two in partners(configurations):
        pair = (id(one.configuration), id(two.configuration))
        if pair not in seen:
            seen.add(pair)
            yield from unequal(one, two)
