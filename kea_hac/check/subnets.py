"""Subnets: their ids, and what their prefixes and pools say. Law 5: ids are explicit, because leases hang on them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from kea_hac.diagnostics import Finding, KeaSays, Route, rule
from kea_hac.kea.addressing import read_pool
from kea_hac.kea.config import Block
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration
from kea_hac.model.split import BAD_POOL

NO_ID = rule(
    "KH206",
    "subnet-id-missing",
    kea=KeaSays.REFUSES,
    why="Kea numbers such subnets by their place in the file, so leases move to another subnet when one is put in before "
    "(2.2, 2.4); from 2.6 it refuses the configuration.",
    source="ChangeLog 2157 and 2232; seen on 2.2.0 (accepted) and 2.6.3 (refused)",
)
SAME_ID = rule(
    "KH207",
    "subnet-id-taken",
    kea=KeaSays.REFUSES,
    why="Kea refuses the whole configuration.",
    source="Kea ARM, 'Subnet Identifier'; seen on 2.2.0, 2.6.3, 3.0.4",
)
BAD_PREFIX = rule(
    "KH208",
    "bad-prefix",
    kea=KeaSays.REFUSES,
    why="Kea refuses the whole configuration.",
    source="seen on 2.2.0, 2.6.3, 3.0.4",
)
POOL_OUTSIDE = rule(
    "KH209",
    "pool-outside-subnet",
    kea=KeaSays.REFUSES,
    why="Kea refuses the whole configuration; a server that is restarted with it stays down.",
    source="Kea ARM, 'Configuration of IPv4 Address Pools'; seen on 2.2.0, 2.6.3, 3.0.4",
)
SAME_SUBNET = rule(
    "KH210",
    "subnet-twice",
    kea=KeaSays.REFUSES,
    why="Kea refuses the whole configuration.",
    source="seen on 2.2.0, 2.6.3, 3.0.4",
)


def subnet_id_missing_or_taken(configuration: Configuration) -> Iterator[Finding]:
    """A subnet has no id, or another subnet's."""
    numbered_by_kea = not has(configuration.version, Feature.SUBNET_ID_MANDATORY)
    subnets = list(configuration.subnets())
    without = [subnet for subnet in subnets if subnet.get("id", 0) == 0]
    used = {subnet["id"] for subnet in subnets if isinstance(subnet.get("id"), int)} - {0}
    # when none has an id, 2.2 and 2.4 have numbered them from 1 in this order, and leases hang on those numbers
    automatic = numbered_by_kea and not used
    first = 1 if automatic else max(used, default=0) + 1
    for number, subnet in enumerate(without, first):
        yield Finding(
            NO_ID,
            (*subnet.at, "id" if "id" in subnet else "subnet"),
            f"the subnet {subnet.get('subnet', '')} has no id",
            fix=f"add `id: {number}`"
            + (", the number that Kea gave it by itself" if automatic else ", which is unused"),
        )
    yield from _taken(subnets, max(used, default=0) + 1)


def _taken(subnets: list[Block], unused: int) -> Iterator[Finding]:
    seen: dict[int, Route] = {}
    for subnet in subnets:
        number = subnet.get("id")
        if not isinstance(number, int) or number == 0:
            continue
        if number in seen:
            yield Finding(
                SAME_ID,
                (*subnet.at, "id"),
                f"the subnet id {number} is taken",
                related=((seen[number], "the other subnet"),),
                fix=f"{unused} is unused",
            )
        seen.setdefault(number, (*subnet.at, "id"))


def bad_prefix_or_pool(configuration: Configuration) -> Iterator[Finding]:
    """A prefix or a pool that Kea cannot read, or a pool that reaches beyond its subnet."""
    seen: dict[str, Route] = {}
    for subnet in configuration.subnets():
        text = subnet.get("subnet")
        if isinstance(text, str):
            yield from _subnet(subnet, text, configuration.daemon.family or 4, seen)


def _subnet(subnet: Block, text: str, family: int, seen: dict[str, Route]) -> Iterator[Finding]:
    at = (*subnet.at, "subnet")
    try:
        network = ip_network("".join(text.split()), strict=False) if "/" in text else None
    except ValueError:
        network = None
    if network is None or network.version != family:
        example = "192.0.2.0/24" if family == 4 else "2001:db8:1::/64"
        yield Finding(BAD_PREFIX, at, f"{text!r} is not an IPv{family} prefix", fix=f"write it as {example}")
        return
    if str(network) in seen:
        yield Finding(
            SAME_SUBNET,
            at,
            f"the subnet {network} stands here a second time",
            related=((seen[str(network)], "the first"),),
        )
    seen.setdefault(str(network), at)
    for pool in subnet.get("pools") or ():
        written = pool.get("pool") if isinstance(pool, Block) else None
        if not isinstance(written, str):
            continue
        try:
            pooled = read_pool(written, family)
        except ValueError as error:
            yield Finding(BAD_POOL, (*pool.at, "pool"), str(error))
            continue
        if pooled.first < int(network[0]) or pooled.last > int(network[-1]):
            yield Finding(
                POOL_OUTSIDE,
                (*pool.at, "pool"),
                f"the pool {written} reaches beyond its subnet {network}",
                related=((at, "the prefix is set here"),),
                fix=f"keep it between {network[0]} and {network[-1]}",
            )


RULES = (subnet_id_missing_or_taken, bad_prefix_or_pool)
