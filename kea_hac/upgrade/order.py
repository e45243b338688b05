"""The order in which the servers get the newer Kea, and who serves their clients meanwhile. Pure.

Kea ARM, 'Controlled Shutdown and Maintenance of DHCP Servers': `ha-maintenance-start`, sent to the partner, makes it serve all clients
at once. Seen with clients at a steady rate on 2.2.0, 2.6.3 and 3.0.4 (tests/kea/test_upgrade.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kea_hac.changes.change_set import ChangeSet
from kea_hac.changes.rounds import usual_order
from kea_hac.compiler.built import Built
from kea_hac.kea.config import DAEMONS, FAMILIES
from kea_hac.kea.version import Branch
from kea_hac.model.site import PASSIVE_BACKUP, Family, Node
from kea_hac.records import dataclass
from kea_hac.upgrade.hosts import DatabaseStep


@dataclass(frozen=True, slots=True)
class UpgradeTurn:
    """One server's turn."""

    server: str
    old: str
    """The version of Kea before."""
    new: str
    partners: tuple[tuple[str, str], ...]
    """(daemon, partner): who serves this server's clients meanwhile, when it gets the command `ha-maintenance-start`."""
    hubs: tuple[tuple[str, str], ...]
    """(daemon, partner) of several relationships: it takes over when it finds out that the server is gone. The command
    would put all its relationships into maintenance (Kea ARM, `ha-maintenance-start`)."""
    unserved: tuple[str, ...]
    """The daemons whose clients nobody serves meanwhile."""
    units: tuple[str, ...]
    """The units of its daemons before, where the platform has names for them."""
    packages: tuple[str, ...]
    """The packages of the newer Kea, where the platform has names for them."""
    files: tuple[tuple[str, str], ...]
    """(program, path) of each new file of Kea: kea-dhcp4, /etc/kea/kea-dhcp4.conf"""
    disabled: tuple[str, ...]
    """The units that the newer Kea has no daemon for."""
    states: tuple[str, ...]
    """The HA states of the server when its turn is over."""
    roles: tuple[str, ...]
    """Its roles in HA."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two versions that are partners during the upgrade."""

    old: Branch
    new: Branch


@dataclass(frozen=True, slots=True)
class Order:
    """The turns of all servers."""

    turns: tuple[UpgradeTurn, ...]
    together: tuple[str, ...]
    """Why servers cannot be changed one after the other: their HA relationship changes as well."""
    rounds: int
    """More than 1: the change of the files needs a configuration between (`review` shows it)."""
    side_by_side: tuple[SideBySide, ...]


def order(old: Built, new: Built, changes: ChangeSet, databases: Sequence[DatabaseStep] = ()) -> Order:
    """The turns of the servers whose Kea becomes another one."""
    before = {node.name: node for node in old.site.nodes}
    nodes = {node.name: node for node in new.site.nodes if _steps(before.get(node.name), node)}
    names = _ordered(new, tuple(nodes), changes)
    turns = tuple(_turn(old, new, before[name], nodes[name]) for name in names)
    return Order(
        turns,
        (*dict.fromkeys(each.why for each in changes.rounds if each.together), *_shared(databases)),
        max((sum(one.family == each.family for one in changes.rounds) for each in changes.rounds), default=1),
        tuple(_beside(before, new, names)),
    )


def _shared(databases: Iterable[DatabaseStep]) -> Iterator[str]:
    """Why servers that share a database cannot go one after the other: a Kea opens a database with its own schema only.

    `*SqlConnection::ensureSchemaVersion` and the lease managers of 2.2.0 to 3.3.0: "schema version mismatch".
    """
    for each in databases:
        if each.changes and len(each.servers) > 1:
            yield (
                f"they share the {each.type} database {each.name}, and a Kea works only with a database that has its own schema "
                f"({each.old or 'not known'} now, {each.new or 'not known'} then)"
            )


def _steps(before: Node | None, node: Node) -> bool:
    return before is not None and before.version != node.version


def _ordered(new: Built, names: tuple[str, ...], changes: ChangeSet) -> tuple[str, ...]:
    """The order of the change's last round where it has one, else the usual one; servers without HA first."""
    for family in new.site.families.values():
        rounds = [each for each in changes.rounds if each.family == family.daemon.name and not each.together]
        if rounds and set(rounds[-1].servers) >= set(names):
            return tuple(each for each in rounds[-1].servers if each in names)
    families = [each for each in new.site.families.values() if each.relationships]
    return usual_order(families[0], names) if families else names


def _turn(old: Built, new: Built, before: Node, node: Node) -> UpgradeTurn:
    partners: list[tuple[str, str]] = []
    unserved: list[str] = []
    hubs: list[tuple[str, str]] = []
    states: dict[str, None] = {}
    roles: dict[str, None] = {}
    for daemon in FAMILIES:
        family = new.site.families.get(daemon.name)
        if family is None:
            continue
        for partner in _partners(family, node):
            (partners if len(family.of(partner)) == 1 else hubs).append((daemon.name, partner.name))
        if _serves_alone(family, node):
            unserved.append(daemon.name)
        for relationship in family.of(node):
            own = relationship.peer_of(node)
            role = own.role if own is not None else ""
            roles[role] = None
            states["backup" if role == "backup" else relationship.mode] = None
    olds = [each for each in DAEMONS.values() if old.config(node.name, each) is not None]
    news = [each for each in DAEMONS.values() if new.config(node.name, each) is not None]
    units = {each.name: before.platform.of(each).unit for each in olds}
    return UpgradeTurn(
        node.name,
        str(before.version),
        str(node.version),
        tuple(partners),
        tuple(hubs),
        tuple(unserved),
        tuple(dict.fromkeys(each for each in units.values() if each)),
        tuple(sorted(node.platform.packages(news))),
        tuple((each.file.removesuffix(".conf"), node.platform.config_file(each)) for each in news),
        tuple(unit for each in olds if each not in news and (unit := units[each.name])),
        tuple(states),
        tuple(roles),
    )


def _partners(family: Family, node: Node) -> list[Node]:
    """The servers that take over the clients of this one: not backups, and none in passive-backup."""
    return [
        peer.node
        for relationship in family.of(node)
        if relationship.mode != PASSIVE_BACKUP
        and (own := relationship.peer_of(node)) is not None
        and own.role != "backup"
        for peer in relationship.peers
        if peer.node.name != node.name and peer.role != "backup"
    ]


def _serves_alone(family: Family, node: Node) -> bool:
    """True for a server whose clients nobody else serves: without HA, or the primary of passive-backup; not for backups and hubs."""
    own = family.of(node)
    if not own:
        return True
    return any(
        each.mode == PASSIVE_BACKUP and (peer := each.peer_of(node)) is not None and peer.role == "primary"
        for each in own
    )


def _beside(before: dict[str, Node], new: Built, names: tuple[str, ...]) -> Iterator[SideBySide]:
    """The pairs of branches that are partners while the upgrade is under way."""
    found: dict[SideBySide, None] = {}
    for family in new.site.families.values():
        for relationship in family.relationships:
            servers = [peer.node for peer in relationship.peers]
            for one in servers:
                for other in servers:
                    if one.name in names and other.name != one.name and other.name in before:
                        older = before[other.name].version.branch
                        if older is not one.version.branch:
                            found[SideBySide(older, one.version.branch)] = None
    yield from found
