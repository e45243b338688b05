"""Two resolved sites → the site of a configuration that lies between them, for rounds of which one step alone would be wrong. Pure.

All that is not a subnet or a pool is as in the newer site. What the older one adds to it needs the classes and option definitions
that it was written with; those are added too, unless the newer site has others of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum

from kea_hac.changes.leasing import GUARD_KEYS, Subnet, leasing
from kea_hac.changes.ranges import Ranges
from kea_hac.diagnostics import Finding
from kea_hac.kea.addressing import Range, read_pool
from kea_hac.kea.config import Block, Daemon, Json, subnets_of
from kea_hac.model.site import Family, Site
from kea_hac.model.split import Guards, split_pools
from kea_hac.records import dataclass


class Keep(StrEnum):
    """Which subnets, or which addresses of pools, a configuration between two others has."""

    OLD = "old"
    NEW = "new"
    UNION = "union"
    """Those of both."""
    COMMON = "common"
    """Those that both have."""


@dataclass(frozen=True, slots=True)
class Between:
    """A configuration between two others."""

    subnets: Keep
    pools: Keep
    """UNION or COMMON; for subnets that only one of the two has COMMON means none."""

    @property
    def is_new(self) -> bool:
        """True for the newer configuration itself."""
        return (self.subnets, self.pools) == (Keep.NEW, Keep.NEW)


FINAL = Between(Keep.NEW, Keep.NEW)
UNION = Between(Keep.UNION, Keep.UNION)
COMMON = Between(Keep.COMMON, Keep.COMMON)
UNION_WITHOUT_POOLS = Between(Keep.UNION, Keep.COMMON)
OLD_WITHOUT_POOLS = Between(Keep.OLD, Keep.COMMON)
NEW_WITHOUT_POOLS = Between(Keep.NEW, Keep.COMMON)


def conflicts(daemon: Daemon, old: Mapping[str, Json], new: Mapping[str, Json]) -> tuple[tuple[Subnet, Subnet], ...]:
    """Pairs of subnets that no single configuration can have: one id for two prefixes, or two ids for overlapping ones."""
    olds, news = leasing(daemon, old).subnets, leasing(daemon, new).subnets
    gone = [each for each in olds.values() if each.id not in news or not each.same_place(news[each.id])]
    found = []
    by_first = sorted(news.values(), key=lambda each: each.first)
    for each in gone:
        other = news.get(each.id) or next(
            (one for one in by_first if one.first <= each.last and each.first <= one.last), None
        )
        if other is not None:
            found.append((each, other))
    return tuple(found)


def site_between(old: Site, new: Site, family: str, between: Between) -> Site:
    """The newer site with the subnets and pools of one family as `between` has them."""
    if between.is_new:
        return new
    families = dict(new.families)
    families[family] = _merged(old.families[family], new.families[family], between)
    return replace(new, families=families)


def _merged(old: Family, new: Family, between: Between) -> Family:
    older, newer = _split(old), _split(new)
    result = newer.copy_of()
    merger = _Merger(new.daemon, older, newer, between)
    merger.put_into(result)
    if between.subnets in (Keep.OLD, Keep.UNION) or between.pools is Keep.UNION:
        _add_missing(result, older, "client-classes", ("name",))
        _add_missing(result, older, "option-def", ("space", "code"))
    return replace(new, config=result)


def _split(family: Family) -> Block:
    """The map with the pools as the servers have them; those that nothing guards are shared on purpose."""
    if family.load_balancing is None:
        return family.config
    return shared_on_purpose(split_pools(family, _unheard), family.daemon)


def _unheard(_: Finding) -> None:
    """Both sites were judged before."""


def shared_on_purpose(config: Block, daemon: Daemon) -> Block:
    """The map with pools that are split already: those that no server's class guards belong to both servers on purpose."""
    guards = Guards(config.get("client-classes") or ())

    def subnet(block: Block) -> Block:
        result = block.copy_of()
        for key in ("pools", "pd-pools"):
            result[key] = [
                each if guards.of([*_classes(each), *_classes(block)]) else _with_split_none(each)
                for each in block.get(key, ())
            ]
            if not result[key]:
                del result[key]
        return result

    return _each_subnet(config, daemon, subnet)


def _with_split_none(pool: Block) -> Block:
    result = pool.copy_of()
    result["split"] = "none"
    return result


def _each_subnet(config: Block, daemon: Daemon, change: Callable[[Block], Block]) -> Block:
    result = config.copy_of()
    if daemon.subnets in config:
        result[daemon.subnets] = [change(each) for each in config[daemon.subnets]]
    networks = []
    for network in config.get("shared-networks", ()):
        copied = network.copy_of()
        if daemon.subnets in network:
            copied[daemon.subnets] = [change(each) for each in network[daemon.subnets]]
        networks.append(copied)
    if networks:
        result["shared-networks"] = networks
    return result


def _classes(block: Mapping[str, Json]) -> list[str]:
    found = next((block[key] for key in GUARD_KEYS if block.get(key)), ())
    return [found] if isinstance(found, str) else [each for each in found if isinstance(each, str)]


def _add_missing(result: Block, older: Block, key: str, names: tuple[str, ...]) -> None:
    """Items of a list that only the older configuration has, before those of the newer one, which may test them."""

    def name(item: Mapping[str, Json]) -> tuple[str, ...]:
        return tuple(str(item.get(each)) for each in names)

    known = {name(each) for each in result.get(key, ())}
    missing = [each for each in older.get(key, ()) if name(each) not in known]
    if missing:
        result[key] = [*missing, *result.get(key, ())]


class _Merger:
    """Puts subnets of two configurations into one."""

    def __init__(self, daemon: Daemon, older: Block, newer: Block, between: Between) -> None:
        """The configurations are in the newest spelling, their pools split."""
        self._daemon = daemon
        self._between = between
        self._older, self._newer = older, newer
        self._olds, self._news = leasing(daemon, older).subnets, leasing(daemon, newer).subnets
        self._old_blocks = {number: block for _, number, block in _listed(older, daemon)}
        self._new_blocks = {number: block for _, number, block in _listed(newer, daemon)}
        self._guards = Guards((*newer.get("client-classes", ()), *older.get("client-classes", ())))

    def put_into(self, result: Block) -> None:
        """Replace the subnets of a copy of the newer configuration."""
        kept: dict[str, list[Block]] = {}
        base = self._older if self._between.subnets is Keep.OLD else self._newer
        for network, number, block in _listed(base, self._daemon):
            if self._between.subnets is Keep.COMMON and not self._is_common(number):
                continue
            kept.setdefault(network, []).append(self._subnet(number, block))
        if self._between.subnets is Keep.UNION:
            for network, number, block in _listed(self._older, self._daemon):
                if number not in self._news:
                    kept.setdefault(network, []).append(self._subnet(number, block))
        self._write(result, kept)

    def _write(self, result: Block, kept: dict[str, list[Block]]) -> None:
        key = self._daemon.subnets
        result[key] = kept.pop("", [])
        networks = []
        for network in (*self._newer.get("shared-networks", ()), *self._older.get("shared-networks", ())):
            inside = kept.pop(str(network.get("name", "")), None)
            if inside:
                copied = network.copy_of()
                copied[key] = inside
                networks.append(copied)
        result["shared-networks"] = networks
        for each in (key, "shared-networks"):
            if not result[each]:
                del result[each]

    def _is_common(self, number: int) -> bool:
        old, new = self._olds.get(number), self._news.get(number)
        return old is not None and new is not None and old.same_place(new)

    def _subnet(self, number: int, block: Block) -> Block:
        if not self._is_common(number):
            return block if self._between.pools is not Keep.COMMON else _without_pools(block)
        older, newer = self._old_blocks[number], self._new_blocks[number]
        result = block.copy_of()
        union = self._between.pools is Keep.UNION
        result["pools"] = list(self._united(older, newer) if union else self._common(older, newer))
        if self._daemon.family == 6:
            result["pd-pools"] = list(_prefixes(older, newer, union=union))
        for key in ("pools", "pd-pools"):
            if key in result and not result[key]:
                del result[key]
        return result

    def _united(self, older: Block, newer: Block) -> Iterator[Block]:
        """All pools of the newer subnet, and of the older ones' addresses those that no newer pool has."""
        covered = Ranges.of(_span(each, self._family) for each in newer.get("pools", ()))
        yield from newer.get("pools", ())
        for pool in older.get("pools", ()):
            yield from self._cut(pool, Ranges.of([_span(pool, self._family)]) - covered)

    def _common(self, older: Block, newer: Block) -> Iterator[Block]:
        """Of each pool the addresses that the older configuration leases to the same clients from the same server."""
        for pool in newer.get("pools", ()):
            here = Ranges.of([_span(pool, self._family)])
            for other in older.get("pools", ()):
                guard = self._guard(_classes(other), _classes(pool))
                if guard is None:
                    continue
                for piece in self._cut(pool, here & Ranges.of([_span(other, self._family)])):
                    if guard != _classes(piece):
                        piece["client-classes"] = guard
                    yield piece

    def _guard(self, old: list[str], new: list[str]) -> list[str] | None:
        """The classes that admit only clients whom both admit; None where there are none such."""
        if self._guards.of(old) != self._guards.of(new):
            return None
        if old == new or not [each for each in old if not each.startswith("HA_")]:
            return new
        return old if not [each for each in new if not each.startswith("HA_")] else None

    def _cut(self, pool: Block, ranges: Ranges) -> Iterator[Block]:
        for first, last in ranges:
            result = pool.copy_of()
            if (first, last) != _span(pool, self._family):
                result["pool"] = str(Range(self._family, first, last))
            yield result

    @property
    def _family(self) -> int:
        return self._daemon.family or 4


def _listed(config: Block, daemon: Daemon) -> Iterator[tuple[str, int, Block]]:
    """Every subnet with its shared network and its id."""
    for network, block in subnets_of(config, daemon):
        if isinstance(block.get("id"), int):
            yield str(network.get("name", "")) if network is not None else "", block["id"], block


def _without_pools(block: Block) -> Block:
    result = block.copy_of()
    for key in ("pools", "pd-pools"):
        result.pop(key, None)
    return result


def _span(pool: Mapping[str, Json], family: int) -> tuple[int, int]:
    found = read_pool(str(pool.get("pool")), family)
    return found.first, found.last


def _prefixes(older: Block, newer: Block, *, union: bool) -> Iterator[Block]:
    """Pools of prefixes are compared as a whole: the clients of one delegated length are not those of another."""

    def name(pool: Mapping[str, Json]) -> tuple[Json, ...]:
        return pool.get("prefix"), pool.get("prefix-len"), pool.get("delegated-len"), *_classes(pool)

    known = {name(each) for each in older.get("pd-pools", ())}
    for pool in newer.get("pd-pools", ()):
        if union or name(pool) in known:
            yield pool
    if union:
        spans = [_prefix_span(each) for each in newer.get("pd-pools", ())]
        for pool in older.get("pd-pools", ()):
            first, last = _prefix_span(pool)
            if not any(first <= end and start <= last for start, end in spans):
                yield pool


def _prefix_span(pool: Mapping[str, Json]) -> tuple[int, int]:
    found = read_pool(f"{pool.get('prefix')}/{pool.get('prefix-len')}", 6)
    return found.first, found.last
