"""What the two servers of a pair must have in common, or must not, so that one can take over from the other."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.ha_swallowed import NO_EXCHANGE
from kea_hac.check.rules.networks import allocated_by
from kea_hac.check.rules.partners import Side, partners
from kea_hac.diagnostics import Finding, Severity, info, warning
from kea_hac.kea.config import DHCP6, Block
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

ONE_SERVER_ID = warning(
    "KH672",
    "one-server-id-for-both-servers",
    why="A client names, by its DUID, the server whose offer it accepts. With one DUID both servers accept the "
    "request, and while both serve, each gives it an address.",
    source=f"RFC 8415 11: a DUID is of one server only; {_SEEN}",
)
OTHER_RESERVATIONS = warning(
    "KH673",
    "reservations-of-one-server",
    why="One server finds reservations in a database, and its partner does not. After a failover clients get other addresses "
    "than those reserved for them, and reserved addresses go to other clients.",
    source="Kea ARM, HA, 'Shared configuration': host reservations must be the same on both servers",
    rests_on=("*hosts-databases", "*hosts-database"),
)
OTHER_LEASES = info(
    "KH674",
    "lease-databases-of-two-types",
    why="HA works with leases in databases of two types. What only one of them can store, or only one of them answers, "
    "differs after a failover: for instance limits of leases, and commands that search leases.",
    source="Kea ARM, 'Lease Storage'",
    rests_on=("*lease-database",),
)
DDNS_ON_ONE = warning(
    "KH675",
    "ddns-on-one-server",
    why="Only one server updates DNS. Names of clients that its partner serves, or takes over, are not added, and those of "
    "its expired leases are not removed.",
    source=f"Kea ARM, 'DDNS for DHCPv4'; {_SEEN}",
    rests_on=("*dhcp-ddns", "enable-updates"),
)
QUEUE_OVER_SHARED = warning(
    "KH677",
    "free-lease-queue-over-shared-database",
    why="Each server keeps its own queue of free addresses, and does not see that the other one leases an address from the "
    "shared database. It offers addresses that are in use, finds them taken, and clients wait or get none.",
    source="Kea ARM, 'Free Lease Queue Allocator': not with a lease database that servers share",
)
_ISC = 2495
_KEYS = frozenset({"server-id", "hosts-database", "hosts-databases", "lease-database", "dhcp-ddns"})


@checks(
    ONE_SERVER_ID, OTHER_RESERVATIONS, OTHER_LEASES, DDNS_ON_ONE, NO_EXCHANGE, QUEUE_OVER_SHARED, on=Subject.SERVERS
)
def takeover(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Server ids, databases and DNS updates of every two partners."""
    compared: set[tuple[int, int]] = set()
    written = {id(each) for each in configurations if not _KEYS.isdisjoint(each.config)}
    for one, two in partners(configurations) if written else ():
        pair = (id(one.configuration), id(two.configuration))
        if pair in compared or written.isdisjoint(pair):
            continue
        compared.add(pair)
        yield from _server_ids(one, two)
        yield from _reservations(one, two)
        yield from _leases(one, two)
        yield from _dns(one, two)


def _map(side: Side, key: str) -> Block | None:
    found = side.configuration.config.get(key)
    return found if isinstance(found, Block) else None


def _server_ids(one: Side, two: Side) -> Iterator[Finding]:
    first, second = _map(one, "server-id"), _map(two, "server-id")
    if one.configuration.daemon is not DHCP6 or first is None or second is None:
        return
    if _duid(first) is not None and _duid(first) == _duid(second):
        yield Finding(
            ONE_SERVER_ID,
            second.at,
            f"{one.label} and {two.label} have the same server-id",
            on_key=True,
            related=((first.at, f"that of {one.label}"),) if first.at != second.at else (),
            fix="remove it: Kea makes one for each server, and keeps it",
        )


def _duid(block: Block) -> tuple[object, ...] | None:
    """What the DUID consists of; None where Kea makes a part of it by itself."""
    kind, identifier = block.get("type"), str(block.get("identifier") or "")
    text = identifier.replace(":", "").lower()
    if not text or (kind == "LLT" and not block.get("time")):
        return None
    own = block.get("enterprise-id") or _ISC if kind == "EN" else block.get("htype") or 1
    return kind, own, block.get("time") if kind == "LLT" else None, text


def _hosts(side: Side) -> list[Block]:
    single = _map(side, "hosts-database")
    return [*([single] if single is not None else []), *side.configuration.blocks("hosts-databases")]


def _reservations(one: Side, two: Side) -> Iterator[Finding]:
    mine, theirs = _hosts(one), _hosts(two)
    if bool(mine) == bool(theirs):
        return
    having, lacking = (one, two) if mine else (two, one)
    block = (mine or theirs)[0]
    message = f"{having.label} has reservations in a database, and {lacking.label} has no hosts-databases"
    at = block.at[:-1] if block.at and isinstance(block.at[-1], int) else block.at
    fix = f"add the same hosts-databases to {lacking.label}, or a database that is replicated to it"
    yield Finding(OTHER_RESERVATIONS, at, message, on_key=True, fix=fix)


def _leases(one: Side, two: Side) -> Iterator[Finding]:
    first, second = _map(one, "lease-database"), _map(two, "lease-database")
    if first is None and second is None:
        return
    kinds = [str(each.get("type", "memfile")) if each is not None else "memfile" for each in (first, second)]
    block = second if second is not None else first
    assert block is not None
    exchanged = any(
        side.relationship.setting("send-lease-updates") or side.relationship.setting("sync-leases")
        for side in (one, two)
    )
    if not exchanged and _place(first) != _place(second):
        message = f"leases are neither sent nor fetched, and {one.label} and {two.label} have different lease databases"
        fix = "remove send-lease-updates and sync-leases, or share one SQL database"
        if "memfile" not in kinds:  # each server's own finding says it of a memfile
            cluster = (
                _place(first)[::3] == _place(second)[::3]
            )  # type and name: two hosts can be one replicated database
            severity = Severity.WARNING if cluster else None
            yield Finding(NO_EXCHANGE, block.at, message, on_key=True, fix=fix, severity=severity)
    elif kinds[0] != kinds[1]:
        message = f"leases are in {kinds[1]} on {two.label}, and in {kinds[0]} on {one.label}"
        yield Finding(OTHER_LEASES, block.at, message, on_key=True, fix="use one type on both servers")
    elif kinds[0] != "memfile" and _place(first) == _place(second) and not _local(first):
        for side in (one, two):
            for at in dict.fromkeys((*allocated_by(side.configuration, "flq"), *_queues(side.configuration))):
                message = "the queue of free leases is each server's own, and the servers share one lease database"
                yield Finding(QUEUE_OVER_SHARED, at, message, fix="write iterative or random")


def _queues(configuration: Configuration) -> Iterator[tuple[str | int, ...]]:
    places = (configuration.config, *configuration.networks_and_subnets())
    yield from (block.where("pd-allocator") for block in places if block.get("pd-allocator") == "flq")


def _place(block: Block | None) -> tuple[object, ...]:
    """What makes two lease databases the same: a host's own is its own."""
    if block is None or block.get("type", "memfile") == "memfile":
        return ("memfile",)
    return tuple(block.get(key) for key in ("type", "host", "port", "name"))


def _local(block: Block | None) -> bool:
    return str(block.get("host", "") if block is not None else "") in ("", "localhost", "127.0.0.1", "::1")


def _dns(one: Side, two: Side) -> Iterator[Finding]:
    on = [bool(block and block.get("enable-updates")) for block in (_map(one, "dhcp-ddns"), _map(two, "dhcp-ddns"))]
    if on[0] == on[1]:
        return
    having, lacking = (one, two) if on[0] else (two, one)
    block = _map(having, "dhcp-ddns")
    assert block is not None
    fix = f"set enable-updates on {lacking.label} as well; server-ip may be that of one D2 for both"
    message = f"{having.label} updates DNS, and {lacking.label} does not"
    yield Finding(DDNS_ON_ONE, block.where("enable-updates"), message, on_key=True, fix=fix)
