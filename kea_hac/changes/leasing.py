"""What one server can lease, by its configuration, and the difference of two of these. Pure.

What a server knows decides what it accepts of its partner: lease_cmds refuses a lease update whose subnet id it does not have, or
whose address is outside of that subnet's prefix. It asks neither for pools nor for classes (Lease4Parser and Lease6Parser in
lease_parser.cc; removal of a subnet seen on 2.6.3 and 3.0.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from kea_hac.changes.ranges import Ranges
from kea_hac.compiler.built import Built
from kea_hac.kea.addressing import read_pool, read_prefix, without_blanks
from kea_hac.kea.config import Daemon, Json
from kea_hac.kea.high_availability import SERVER_TAG
from kea_hac.model.split import Guards
from kea_hac.records import dataclass

IDENTIFIERS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
GUARD_KEYS = ("client-class", "client-classes")
"""What restricts a subnet or a pool to clients of a class: the spelling until 2.6, and the newest."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A range of addresses."""

    first: int
    last: int
    guards: tuple[str, ...] = ()
    """Classes of which a client needs one; empty: no class is needed."""


@dataclass(frozen=True, slots=True)
class PrefixPool:
    """A pool of prefixes to delegate."""

    prefix: str
    length: int
    delegated: int
    guards: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many prefixes."""
        return 1 << max(0, self.delegated - self.length)

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last address of the prefix."""
        found = read_prefix(f"{self.prefix}/{self.length}", 6)
        return (found.first, found.last) if found is not None else (0, -1)


@dataclass(frozen=True, slots=True)
class ReservedHost:
    """A reservation of addresses or prefixes."""

    identifier: str
    """hw-address 08:00:27:00:00:01"""
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subnet:
    """What a server leases in one subnet."""

    id: int
    prefix: str
    """As it is written: 192.0.2.0/24"""
    first: int
    last: int
    network: str = ""
    """The shared network; "" for none."""
    pools: tuple[Pool, ...] = ()
    prefix_pools: tuple[PrefixPool, ...] = ()
    hosts: frozenset[ReservedHost] = frozenset()
    guards: tuple[str, ...] = ()
    """Those of the subnet, then those of its shared network."""
    attached: tuple[str, ...] = ()
    """What selects it for a client: interface, relay, interface-id."""
    partner: str = ""
    """The HA server that a hub's subnet belongs to."""

    @property
    def label(self) -> str:
        """192.0.2.0/24 (id 10)"""
        return f"{self.prefix} (id {self.id})"

    def same_place(self, other: Subnet) -> bool:
        """True when leases of one can be leases of the other: same id, same addresses."""
        return (self.id, self.first, self.last) == (other.id, other.first, other.last)

    def ranges(self) -> Ranges:
        """The addresses of the pools."""
        return Ranges.of((each.first, each.last) for each in self.pools)

    @property
    def coverage(self) -> Ranges:
        """The addresses of the pools, and those of the prefixes to delegate."""
        return self.ranges() | Ranges.of(each.span for each in self.prefix_pools)


@dataclass(frozen=True, slots=True)
class Leasing:
    """What one daemon of one server can lease."""

    family: int
    subnets: Mapping[int, Subnet] = field(default_factory=dict)
    """By id."""
    global_hosts: frozenset[ReservedHost] = frozenset()
    classes: Guards = field(default_factory=lambda: Guards(()), compare=False)

    def own(self, peer: str) -> Leasing:
        """Only what the server with this HA peer name leases while all servers work: not its partner's part of split pools."""
        return replace(self, subnets={number: self._own(peer, each) for number, each in self.subnets.items()})

    def _own(self, peer: str, subnet: Subnet) -> Subnet:
        def own(guards: tuple[str, ...]) -> bool:
            scopes = self.classes.of([*guards, *subnet.guards])
            return not scopes or f"HA_{peer}" in scopes

        pools = tuple(each for each in subnet.pools if own(each.guards))
        prefix_pools = tuple(each for each in subnet.prefix_pools if own(each.guards))
        if len(pools) == len(subnet.pools) and len(prefix_pools) == len(subnet.prefix_pools):
            return subnet
        return replace(subnet, pools=pools, prefix_pools=prefix_pools)


def leasing_of(built: Built, server: str, daemon: Daemon) -> Leasing | None:
    """What a server of a build can lease, computed once; None where it does not run the daemon."""
    config = built.config(server, daemon)
    if config is None:
        return None
    known = built.derived.get((leasing, server, daemon))
    if not isinstance(known, Leasing):
        known = built.derived[leasing, server, daemon] = leasing(daemon, config)
    return known


def leasing(daemon: Daemon, config: Mapping[str, Json]) -> Leasing:
    """What a configuration can lease. `config`: the map under the daemon's top key, in the spelling of any version."""
    family = daemon.family or 4
    found: dict[int, Subnet] = {}
    for network in _maps(config.get("shared-networks")):
        guards, attached, tag = _guards(network), _attached(network), _tag(network)
        for each in _maps(network.get(daemon.subnets)):
            _put(found, _subnet(each, family, str(network.get("name", "")), guards, attached, tag))
    for each in _maps(config.get(daemon.subnets)):
        _put(found, _subnet(each, family))
    hosts = frozenset(_hosts(config.get("reservations")))
    return Leasing(family, found, hosts, Guards(_maps(config.get("client-classes"))))


def _put(found: dict[int, Subnet], subnet: Subnet | None) -> None:
    if subnet is not None:
        found[subnet.id] = subnet


def _subnet(
    block: Mapping[str, Json],
    family: int,
    network: str = "",
    guards: tuple[str, ...] = (),
    attached: tuple[str, ...] = (),
    tag: Json = None,
) -> Subnet | None:
    text, number = block.get("subnet"), block.get("id")
    prefix = read_prefix(without_blanks(text), family) if isinstance(text, str) else None
    if prefix is None or not isinstance(number, int):
        return None
    partner = _tag(block, tag)
    return Subnet(
        number,
        str(text),
        prefix.first,
        prefix.last,
        network,
        tuple(_pools(block.get("pools"), family)),
        tuple(_prefix_pools(block.get("pd-pools"))),
        frozenset(_hosts(block.get("reservations"))),
        (*_guards(block), *guards),
        (*_attached(block), *attached),
        partner if isinstance(partner, str) else "",
    )


def _tag(block: Mapping[str, Json], above: Json = None) -> Json:
    """The peer that a block names; `above`, that of its shared network, where it has no such entry (HAConfig::getSubnetServerName)."""
    context = block.get("user-context")
    return context[SERVER_TAG] if isinstance(context, dict) and SERVER_TAG in context else above


def _pools(listed: Json, family: int) -> Iterator[Pool]:
    for each in _maps(listed):
        try:
            found = read_pool(str(each.get("pool")), family)
        except ValueError:
            continue
        yield Pool(found.first, found.last, _guards(each))


def _prefix_pools(listed: Json) -> Iterator[PrefixPool]:
    for each in _maps(listed):
        numbers = each.get("prefix-len"), each.get("delegated-len")
        if isinstance(each.get("prefix"), str) and all(isinstance(number, int) for number in numbers):
            yield PrefixPool(each["prefix"], each["prefix-len"], each["delegated-len"], _guards(each))


def _hosts(listed: Json) -> Iterator[ReservedHost]:
    for each in _maps(listed):
        name = next((key for key in IDENTIFIERS if key in each), None)
        single = [each["ip-address"]] if each.get("ip-address") else []
        several = [one for key in ("ip-addresses", "prefixes") for one in each.get(key) or ()]
        # config-get of DHCPv4 shows the address of zeros where none is reserved
        addresses = tuple(str(one) for one in (*single, *several) if str(one).strip("0.:"))
        if name is not None:
            yield ReservedHost(f"{name} {each[name]}", addresses)


def _guards(block: Mapping[str, Json]) -> tuple[str, ...]:
    found: list[str] = []
    for key in GUARD_KEYS:
        value = block.get(key)
        found += [value] if isinstance(value, str) and value else []
        found += [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return tuple(found)


def _attached(block: Mapping[str, Json]) -> tuple[str, ...]:
    relay = block.get("relay")
    addresses = relay.get("ip-addresses") if isinstance(relay, dict) else None
    named = [f"{key} {block[key]}" for key in ("interface", "interface-id") if block.get(key)]
    return (*named, *(f"relay {each}" for each in addresses or ()))


def _maps(listed: Json) -> Iterator[Mapping[str, Json]]:
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()


@dataclass(frozen=True, slots=True)
class Delta:
    """What one server can lease before a change and not after it, and the other way round."""

    subnets_added: tuple[Subnet, ...] = ()
    subnets_removed: tuple[Subnet, ...] = ()
    pools_added: Mapping[int, Ranges] = field(default_factory=dict)
    """By subnet id: addresses that a pool has only after the change, of subnets that are on both sides."""
    pools_removed: Mapping[int, Ranges] = field(default_factory=dict)
    prefixes_added: tuple[tuple[int, PrefixPool], ...] = ()
    """With the subnet's id."""
    prefixes_removed: tuple[tuple[int, PrefixPool], ...] = ()
    hosts_added: int = 0
    hosts_removed: int = 0
    guarded: tuple[int, ...] = ()
    """Ids of subnets that serve other clients than before: another class, interface, relay or shared network."""
    narrowed: bool = False
    """True when one of these has a guard that it had not."""

    @property
    def adds(self) -> bool:
        """True when an address can be leased that could not be leased before; this decides the order of the servers."""
        return bool(self.subnets_added or self.pools_added or self.prefixes_added)

    @property
    def removes(self) -> bool:
        """True when an address can no longer be leased."""
        return bool(self.subnets_removed or self.pools_removed or self.prefixes_removed)

    @property
    def mildly_adds(self) -> bool:
        """As `adds`, for what a partner accepts in any case: a reservation in a subnet that it has, a guard."""
        return bool(self.hosts_added or (self.guarded and not self.narrowed))

    @property
    def mildly_removes(self) -> bool:
        """As `removes`, for the same."""
        return bool(self.hosts_removed or self.narrowed)

    def __bool__(self) -> bool:
        return self.adds or self.removes or self.mildly_adds or self.mildly_removes


def delta(old: Leasing, new: Leasing, ids: frozenset[int] | None = None) -> Delta:
    """The difference of two states of one server. `ids`: only these subnets, and no global reservations."""
    wanted = [each for each in {**old.subnets, **new.subnets} if ids is None or each in ids]
    pairs = [(old.subnets.get(each), new.subnets.get(each)) for each in wanted]
    kept = [(a, b) for a, b in pairs if a is not None and b is not None and a.same_place(b)]
    both = {a.id for a, _ in kept}
    before = {(a.id, each) for a, _ in kept for each in a.hosts}
    after = {(b.id, each) for _, b in kept for each in b.hosts}
    if ids is None:
        before |= {(0, each) for each in old.global_hosts}
        after |= {(0, each) for each in new.global_hosts}
    changed = [(a, b) for a, b in kept if _serves(a) != _serves(b)]
    return Delta(
        tuple(b for _, b in pairs if b is not None and b.id not in both),
        tuple(a for a, _ in pairs if a is not None and a.id not in both),
        {a.id: more for a, b in kept if (more := b.ranges() - a.ranges())},
        {a.id: less for a, b in kept if (less := a.ranges() - b.ranges())},
        tuple((b.id, each) for a, b in kept for each in _prefixes(b) if each not in _prefixes(a)),
        tuple((a.id, each) for a, b in kept for each in _prefixes(a) if each not in _prefixes(b)),
        sum(1 for _, host in after - before if host.addresses),
        sum(1 for _, host in before - after if host.addresses),
        tuple(a.id for a, _ in changed),
        any(_narrower(a, b) for a, b in changed),
    )


def _prefixes(subnet: Subnet) -> tuple[PrefixPool, ...]:
    return tuple(PrefixPool(each.prefix, each.length, each.delegated) for each in subnet.prefix_pools)


def _serves(subnet: Subnet) -> tuple[object, ...]:
    """What decides which clients a subnet serves, besides its pools' ranges."""
    guards = {each.guards for each in subnet.pools} | {each.guards for each in subnet.prefix_pools}
    pools = tuple(sorted(guards))
    return subnet.guards, subnet.attached, subnet.network, pools


def _narrower(old: Subnet, new: Subnet) -> bool:
    """True when some client that the old one served may not be served any more."""
    guards = ({each.guards for each in new.pools} - {each.guards for each in old.pools}) - {()}
    return bool(set(new.guards) - set(old.guards) or guards or set(old.attached) - set(new.attached))
