"""HA that does not fail over, fails over too eagerly, or stops the service: settings that every check of Kea passes."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.nets import delegations_of, nets_of
from kea_hac.check.rules.option_entries import with_levels
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of, texts
from kea_hac.check.rules.reserved import reserved_globally
from kea_hac.check.rules.without_effect import stored_elsewhere
from kea_hac.diagnostics import (
    REMOVE_IT,
    Finding,
    Repair,
    RepairKind,
    Route,
    info,
    set_it,
    warning,
)
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.high_availability import LARGE_PAGE, SMALL_PAGE, Mode, Role, page_seconds, relationship_tag
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

ZERO_UNACKED = warning(
    "KH665",
    "failover-without-unserved-clients",
    why="With max-unacked-clients 0 a server takes over when its partner is silent for max-response-delay, whether clients "
    "are unserved or not. When only the link between the servers fails, both take over and serve all clients. "
    "They can give one address to two clients.",
    source=f"Kea ARM, HA, 'max-unacked-clients'; {_SEEN}: with the link cut both are in partner-down",
)
TOO_MANY_UNACKED = warning(
    "KH666",
    "more-unacked-clients-than-addresses",
    why="A server takes over only when more clients than max-unacked-clients get no answer. The pools do not have so "
    "many addresses, so this number is never reached. When the partner fails, its clients get no answer.",
    source=f"Kea ARM, HA, 'max-unacked-clients'; {_SEEN}: 8 clients and the default of 10, no takeover after 60 s",
    rests_on=(
        "max-unacked-clients",
        "*pools",
        "*pool",
        "*prefix",
        "*prefix-len",
        "*delegated-len",
        "*pd-pools",
        "*reservations",
        "*subnet4",
        "*subnet6",
    ),
)
WAITS_FOR_BACKUP = warning(
    "KH667",
    "service-waits-for-backup",
    why="The primary answers a client only after all backups have stored its lease. While one backup is down, no client gets "
    "an answer.",
    source=f"Kea ARM, HA, 'wait-backup-ack'; {_SEEN}: 0 of 20 clients served",
)
NETWORK_OF_TWO = warning(
    "KH668",
    "shared-network-of-two-relationships",
    why="Kea gives a client an address of any subnet of its shared network. After the failure of one partner the hub gives "
    "its clients addresses of the other partner's subnet. The server that owns the subnet does not know these leases, and "
    "gives the addresses to other clients.",
    source="Kea ARM, 'Hub and Spoke Configuration'; seen on 2.6.3, 3.0.4: 33 to 35 leases that their owner did not know",
)
OF_ANOTHER_MODE = info(
    "KH669",
    "failure-detection-in-passive-backup",
    why="In passive-backup the servers send no heartbeats and no server takes over by itself. The setting has no effect.",
    source=f"Kea ARM, 'Passive-Backup Configuration'; {_SEEN}",
)
PAUSES = warning(
    "KH670",
    "pause-before-service",
    why="After each start and each reload the server stops in this state, in which it answers no client, until an operator "
    "sends the command `ha-continue`.",
    source=f"Kea ARM, HA, 'Pausing the HA State Machine'; {_SEEN}",
)
OFFERED = info(
    "KH671",
    "offers-that-the-partner-does-not-know",
    why="With offer-lifetime a server keeps an offered address for its client. HA sends leases to the partner only when they "
    "are acknowledged. When the partner takes over, it can offer the address to another client.",
    source="Kea ARM, 'Temporary Allocation on DHCPDISCOVER'; seen on 2.6.3, 3.0.4: the offered lease is on one server only",
)
RESELECTS = warning(
    "KH676",
    "radius-reselection-in-a-hub",
    why="HA decides by the first subnet of a client which server answers it. RADIUS then moves the client to another "
    "subnet. In a hub this subnet can belong to another relationship, whose partner then does not get the lease.",
    source="Kea ARM, 'RADIUS' (reselect-subnet-pool, reselect-subnet-address); libdhcp_radius subnet4_select callout",
)
LARGE_SYNC_PAGE = info(
    "KH680",
    "large-sync-page",
    why="A server that starts or reloads fetches the leases of its partner in pages. While the partner collects a page from its lease "
    "file in memory (memfile), it answers no client. The time grows with the square of the leases in a page: 0.02 s for 500, 0.5 s for "
    "4,000, 2 to 3.5 s for 8,000. Small pages take less time in total, and clients are answered between them.",
    source=f"Memfile_LeaseMgr::getLeases4Internal; {_SEEN}: lease4-get-page with pages of 500 to 8,000 leases",
    rests_on=("sync-page-limit", "sync-leases", "*pools", "*pool", "*subnet4", "*type"),
)
_DETECTION = ("heartbeat-delay", "max-response-delay", "max-ack-delay", "max-unacked-clients")
_NOT_SERVING = frozenset({"waiting", "syncing", "ready"})
_RADIUS = "libdhcp_radius.so"
_RESELECTION = ("reselect-subnet-pool", "reselect-subnet-address")


@checks(ZERO_UNACKED, TOO_MANY_UNACKED, OF_ANOTHER_MODE, on=Subject.HIGH_AVAILABILITY)
def failure_detection(configuration: Configuration) -> Iterator[Finding]:
    """How many clients must be unserved before a server takes over."""
    found = relationships_of(configuration)
    for each in found:
        if each.mode is Mode.PASSIVE_BACKUP:
            for key in _DETECTION:
                if key in each.block:
                    message = f"{key} has no effect in passive-backup"
                    yield Finding(
                        OF_ANOTHER_MODE, each.block.where(key), message, True, fix="remove it", repair=REMOVE_IT
                    )
            continue
        most = each.setting("max-unacked-clients")
        if each.mode is None or not isinstance(most, int) or isinstance(most, bool):
            continue
        if most == 0:
            at = each.block.where("max-unacked-clients")
            message = "max-unacked-clients 0 lets a server take over as soon as it does not hear its partner"
            yield Finding(ZERO_UNACKED, at, message, fix="write 5, or remove it: 10 is the default", repair=set_it(5))
        else:
            yield from _too_many(configuration, each, found, most)


def _too_many(
    configuration: Configuration, each: RelationshipEntry, found: tuple[RelationshipEntry, ...], most: int
) -> Iterator[Finding]:
    if stored_elsewhere(configuration):
        return
    own = frozenset(peer.name for peer in each.peers if peer.name) if len(found) > 1 else None
    half = each.mode is Mode.LOAD_BALANCING
    clients = _capacity(configuration, own, 2 * most if half else most)
    clients = (clients + 1) // 2 if half else clients
    if not 0 < clients <= most:
        return
    whose = (
        "half of the addresses is" if half else "the addresses and prefixes are" if clients > 1 else "the address is"
    )
    written = "max-unacked-clients" in each.block
    at = each.block.where("max-unacked-clients") if written else each.block.at
    message = (
        f"more than {most} clients must be unserved before a server takes over, and {whose} only {clients}"
        if clients > 1
        else f"more than {most} clients must be unserved before a server takes over, and there is one address"
    )
    few = max(1, clients // 2)
    repair = (Repair((*each.block.at, "max-unacked-clients"), RepairKind.SET, few),) if clients > 1 else ()
    fix = f"write `max-unacked-clients: {few}`" if clients > 1 else "add addresses"
    yield Finding(TOO_MANY_UNACKED, at, message, not written, fix=fix, repair=repair)


def _capacity(configuration: Configuration, peers: frozenset[str] | None, enough: int) -> int:
    """So many addresses and prefixes can be leased; 0 without any pool. `peers`: only in subnets of their relationship.

    Beyond `enough` it does not count on. Where all addresses are reserved, the clients are known one by one, and how many there are is the
    administrator's intention.
    """
    family = configuration.daemon.family or 4
    dynamic = 0
    total = len(reserved_globally(configuration).numbers)
    for net in nets_of(configuration):
        subnet = net.block
        if peers is not None and relationship_tag(subnet, net.network) not in peers:
            continue
        pools = [*net.pools, *(delegations_of(subnet) if family == 6 else ())]
        dynamic += sum(each.pieces for each in pools)
        total += sum(1 for number in net.reserved.numbers if not any(each.has(number) for each in pools[:50]))
        hosts = configuration.hosts(subnet).having("prefixes") if family == 6 else ()
        total += sum(len(texts(host.get("prefixes"))) for host in hosts)
        if dynamic and total + dynamic > enough:
            break
    return total + dynamic if dynamic else 0


def _room(configuration: Configuration, peers: frozenset[str] | None, enough: int) -> int:
    """How many addresses the pools have. `peers`, `enough`: as above."""
    found = 0
    for net in nets_of(configuration):
        if peers is None or relationship_tag(net.block, net.network) in peers:
            for pool in net.pools:
                found += pool.pieces
        if found >= enough:
            break
    return found


def _tag(subnet: Block, above: tuple[Block, ...]) -> object:
    """The peer that a subnet names, or else its shared network. `above` ends with the whole configuration."""
    return relationship_tag(subnet, *above[:-1])


@checks(LARGE_SYNC_PAGE, on=Subject.HIGH_AVAILABILITY)
def pages_of_leases(configuration: Configuration) -> Iterator[Finding]:
    """Pages of leases that stop the partner. How many clients use the pools of DHCPv6 no configuration shows."""
    database = configuration.config.get("lease-database")
    if configuration.daemon.family != 4 or (
        isinstance(database, Block) and database.get("type", "memfile") != "memfile"
    ):
        return
    found = relationships_of(configuration)
    for each in found:
        limit = each.setting("sync-page-limit")
        synchronised = each.setting("sync-leases") is True and each.mode not in (None, Mode.PASSIVE_BACKUP)
        if not synchronised or not isinstance(limit, int) or isinstance(limit, bool) or limit <= LARGE_PAGE:
            continue
        own = frozenset(peer.name for peer in each.peers if peer.name) if len(found) > 1 else None
        leases = min(limit, _room(configuration, own, limit))
        if leases <= LARGE_PAGE:
            continue
        written = "sync-page-limit" in each.block
        at = each.block.where("sync-page-limit") if written else each.block.at
        message = (
            f"a server fetches up to {limit} leases in one page, and the pools have room for {leases} or more: its partner answers no "
            f"client for up to {page_seconds(leases):.1f} s while it collects them"
        )
        repair = (Repair((*each.block.at, "sync-page-limit"), RepairKind.SET, SMALL_PAGE),)
        yield Finding(
            LARGE_SYNC_PAGE, at, message, not written, fix=f"write `sync-page-limit: {SMALL_PAGE}`", repair=repair
        )


@checks(WAITS_FOR_BACKUP, PAUSES, on=Subject.HIGH_AVAILABILITY)
def service_that_waits(configuration: Configuration) -> Iterator[Finding]:
    """Service that hangs on a backup, or on an operator."""
    for each in relationships_of(configuration):
        backups = [peer.name for peer in each.peers if peer.role is Role.BACKUP]
        if each.mode is Mode.PASSIVE_BACKUP and each.block.get("wait-backup-ack") is True and backups:
            named = " and ".join(str(name) for name in backups)
            message = f"no client is served while the backup {named} is down"
            if len(backups) > 1:
                message = f"no client is served while one of the backups {named} is down"
            yield Finding(
                WAITS_FOR_BACKUP, each.block.where("wait-backup-ack"), message, fix="remove it", repair=REMOVE_IT
            )
        machine = each.block.get("state-machine")
        for state in blocks_of(machine.get("states")) if isinstance(machine, Block) else ():
            pause, name = state.get("pause"), state.get("state")
            if pause in ("always", "once") and name in _NOT_SERVING:
                message = f"the server stops in {name}, where it answers no client, until `ha-continue` is sent"
                yield Finding(
                    PAUSES, state.where("pause"), message, fix="remove it: never is the default", repair=REMOVE_IT
                )


@checks(OFFERED, on=Subject.HIGH_AVAILABILITY)
def offers(configuration: Configuration) -> Iterator[Finding]:
    """offer-lifetime beside HA: once for each place where it is written."""
    if configuration.daemon.family != 4 or not relationships_of(configuration):
        return
    below = configuration.networks_and_subnets() if "offer-lifetime" in configuration.keys_below() else []
    for block in (configuration.config, *below, *configuration.blocks("client-classes")):
        if block.get("offer-lifetime"):
            message = "the partner does not get the addresses that are kept for offer-lifetime"
            at = block.where("offer-lifetime")
            yield Finding(OFFERED, at, message, True, fix="remove it", repair=REMOVE_IT)


@checks(NETWORK_OF_TWO, RESELECTS, on=Subject.HIGH_AVAILABILITY)
def hub_networks(configuration: Configuration) -> Iterator[Finding]:
    """Shared networks of a hub over several relationships, and RADIUS that moves clients between them."""
    found = relationships_of(configuration)
    if len(found) < 2:
        return
    of_peer = {peer.name: number for number, each in enumerate(found) for peer in each.peers if peer.name}
    first: dict[int, tuple[int, Block]] = {}
    reported: set[int] = set()
    for subnet, above in with_levels(configuration):
        number, network = of_peer.get(str(_tag(subnet, above))), above[0]
        if len(above) < 2 or number is None:
            continue
        other, block = first.setdefault(id(network), (number, subnet))
        if other != number and id(network) not in reported:
            reported.add(id(network))
            yield _of_two(network, block, subnet, above)
    for name, entry in configuration.libraries():
        parameters = entry.get("parameters")
        if name == _RADIUS and isinstance(parameters, Block):
            for key in (key for key in _RESELECTION if parameters.get(key) is True):
                message = f"{key} can move a client to a subnet of another relationship"
                yield Finding(RESELECTS, parameters.where(key), message, fix="remove it", repair=REMOVE_IT)


def _of_two(network: Block, one: Block, two: Block, above: tuple[Block, ...]) -> Finding:
    message = (
        f"the shared network {network.get('name')} has subnets of two relationships: {one.get('subnet')} of "
        f"{_tag(one, above)} and {two.get('subnet')} of {_tag(two, above)}"
    )
    related: tuple[tuple[Route, str], ...] = ((one.where("subnet"), f"of {_tag(one, above)}"),)
    fix = "give each relationship a shared network of its own, or both subnets one ha-server-name"
    return Finding(NETWORK_OF_TWO, two.where("subnet"), message, related=related, fix=fix)
