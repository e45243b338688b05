"""Pools of a load-balanced pair: two halves that `split` would cut in the same way become one; a shared pool gets `split: none`.

A half that fits no percentage stays as it is, with its HA class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import field

from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import Range, read_pool
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.high_availability import peer_class
from kea_hac.model.split import LIST_KEYS, Guards
from kea_hac.records import dataclass

Split = str | tuple[int, int]
EVEN = "even"
"""The first half to the primary, the odd address too."""
NONE = "none"


@dataclass(slots=True)
class Pools:
    """The family's map with its pools joined."""

    config: Block
    split: Split | None
    """The `split` of `high-availability`; None when none is needed."""
    joined: tuple[Route, ...] = ()
    """The pools that were halves."""


@dataclass(slots=True)
class _Joiner:
    daemon: Daemon
    classes: tuple[str, str]
    """The HA classes of primary and secondary."""
    guards: Guards
    found: Counter[Split] = field(default_factory=Counter)
    shared: int = 0
    joined: list[Route] = field(default_factory=list)

    def subnet(self, subnet: Block) -> Block:
        """The subnet with its halves joined, and every pool with the `split` that makes it what it is."""
        changed = subnet
        for key in LIST_KEYS:
            pools = subnet.get(key)
            if not isinstance(pools, list) or not pools:
                continue
            result = list(self._joined(subnet, [pool for pool in pools if isinstance(pool, Block)]))
            if len(result) != len(pools) or any(a is not b for a, b in zip(result, pools, strict=True)):
                changed = subnet.copy_of() if changed is subnet else changed
                changed[key] = result
        return changed

    def _joined(self, subnet: Block, pools: list[Block]) -> Iterator[Block]:
        by_subnet = self.guards.of(_names(subnet))
        number = 0
        while number < len(pools):
            pool = pools[number]
            pair = self._pair(pool, pools[number + 1]) if number + 1 < len(pools) else None
            if pair is not None:
                self.found[pair["split"]] += 1
                self.joined += [pool.at, pools[number + 1].at]
                yield pair
                number += 2
                continue
            guards = self.guards.of(_names(pool)) or by_subnet
            if len(guards) != 1:
                self.shared += 1
                pool = pool.copy_of()
                pool["split"] = NONE
            yield pool
            number += 1

    def _pair(self, first: Block, second: Block) -> Block | None:
        """The one pool that the two are halves of, with its `split`."""
        if _names(first) != [self.classes[0]] or _names(second) != [self.classes[1]]:
            return None
        rest = [
            {key: value for key, value in each.items() if key not in ("pool", "client-classes")}
            for each in (first, second)
        ]
        ranges = [_range(each, self.daemon) for each in (first, second)]
        one, two = ranges
        if rest[0] != rest[1] or one is None or two is None or one.last + 1 != two.first:
            return None
        share = _share(one.size, one.size + two.size)
        if share is None:
            return None
        result = first.copy_of()
        del result["client-classes"]
        result["pool"] = str(Range(one.family, one.first, two.last))
        result["split"] = EVEN if share == 50 else (share, 100 - share)
        return result


def join_pools(daemon: Daemon, config: Block, primary: str, secondary: str) -> Pools:
    """Join what can be joined. The most frequent split goes to `high-availability`, the others stay at their pools."""
    joiner = _Joiner(daemon, (peer_class(primary), peer_class(secondary)), Guards(config.get("client-classes") or ()))
    result = _mapped(config, joiner.subnet)
    if not joiner.found and not joiner.shared:
        return Pools(config, None)
    best = joiner.found.most_common(1)[0][0] if joiner.found else NONE
    return Pools(_mapped(result, lambda subnet: _without(subnet, best)), best, tuple(joiner.joined))


def _without(subnet: Block, inherited: Split) -> Block:
    result = subnet.copy_of()
    for key in LIST_KEYS:
        if isinstance(result.get(key), list):
            result[key] = [_spoken(pool, inherited) for pool in result[key]]
    return result


def _spoken(pool: Json, inherited: Split) -> Json:
    if not isinstance(pool, Block) or "split" not in pool:
        return pool
    result = pool.copy_of()
    if result["split"] == inherited:
        del result["split"]
    elif isinstance(result["split"], tuple):
        result["split"] = list(result["split"])
    return result


def _mapped(config: Block, change: Callable[[Block], Block]) -> Block:
    result = config.copy_of()
    for key in ("subnet4", "subnet6"):
        if isinstance(result.get(key), list):
            result[key] = [change(each) if isinstance(each, Block) else each for each in result[key]]
    if isinstance(result.get("shared-networks"), list):
        result["shared-networks"] = [
            _mapped(each, change) if isinstance(each, Block) else each for each in result["shared-networks"]
        ]
    return result


def _names(block: Block) -> list[str]:
    found = block.get("client-classes")
    return [str(name) for name in found] if isinstance(found, list) else []


def _range(pool: Block, daemon: Daemon) -> Range | None:
    try:
        return read_pool(str(pool.get("pool")), daemon.family or 4)
    except ValueError:
        return None


def _share(first: int, whole: int) -> int | None:
    """The whole percentage that gives the primary exactly this share: rounded up, as `split` does."""
    for share in (50, *range(1, 100)):  # the plain half first
        cut: int = -(-whole * share // 100)
        if cut == first:
            return int(share)
    return None
