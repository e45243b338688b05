"""Prefixes, pools and prefix delegation: what Kea refuses of them, and overlaps and host bits that it takes without a word."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TypeVar

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.nets import Net, nets_of
from kea_hac.diagnostics import (
    NOT_LOADED,
    Finding,
    KeaVerdict,
    Repair,
    RepairKind,
    Route,
    Severity,
    refused,
    set_it,
    warning,
)
from kea_hac.kea.address_slips import address_fix, pool_fix, prefix_fix
from kea_hac.kea.address_words import not_address, wrong_part
from kea_hac.kea.addressing import (
    Prefix,
    address_text,
    packed,
    read_pool,
    read_prefix,
    without_blanks,
)
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.version import Feature, first_with, has
from kea_hac.model.configuration import Configuration
from kea_hac.model.split import BAD_POOL
from kea_hac.records import dataclass

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

BAD_PREFIX = refused(
    "KH208",
    "bad-prefix",
    why=f"The value is not a prefix of this family. {NOT_LOADED}",
    source=_SEEN,
)
POOL_OUTSIDE = refused(
    "KH209",
    "pool-outside-subnet",
    why=f"The addresses of a pool must lie in the subnet of the pool. {NOT_LOADED}",
    source=f"Kea ARM, 'Configuration of IPv4 Address Pools'; {_SEEN}",
)
SAME_SUBNET = refused(
    "KH210",
    "subnet-twice",
    why=f"A prefix may occur once in the configuration. {NOT_LOADED}",
    source=_SEEN,
)
OVERLAP = warning(
    "KH211",
    "subnets-overlap",
    why="Kea selects a subnet by interface, relay and class, and does not compare the prefixes. Clients of one "
    "network can get addresses of the other, and two pools can contain the same addresses.",
    source=f"CfgSubnets4::add compares ids and texts only; {_SEEN}",
)
HOST_BITS = warning(
    "KH212",
    "subnet-with-host-bits",
    why="The prefix has the address of a host and not of a network. Either the address or the length is wrong. "
    "Kea keeps the prefix as it is written.",
    source=_SEEN,
)
POOL_HOST_BITS = refused(
    "KH213",
    "pool-with-host-bits",
    why="From 2.4 on the server does not start when the prefix of a pool has host bits. Kea 2.2 starts the pool "
    "at the address that is written, so the pool is smaller than the prefix. For some pools of prefixes "
    "config-get of 2.2 then fails.",
    source="ChangeLog 2082 (2.3.4); accepted by 2.2.0, refused by 2.6.3 and 3.0.4; config-get of 2.2.0: prefix-len 49 "
    "for 2001:db8:1:8000::/48, and 'invalid prefix range' for 2001:db8:1:1::/48",
    since=first_with(Feature.PREFIXES_WITHOUT_HOST_BITS),
)
POOLS_OVERLAP = refused(
    "KH214",
    "pools-overlap",
    why=f"An address can belong to one pool only. {NOT_LOADED}",
    source=f"Subnet::addPool, which compares address pools with pd-pools; {_SEEN}",
)
BAD_DELEGATION = refused(
    "KH215",
    "bad-delegation",
    why=f"The prefix and its lengths do not fit together. {NOT_LOADED}",
    source=f"Pool6::init; {_SEEN}",
)
BAD_EXCLUSION = refused(
    "KH216",
    "bad-excluded-prefix",
    why="An excluded prefix is a part of each delegated prefix (RFC 6603). Kea has one for the whole pool: it "
    f"must be in the first delegated prefix and longer than it. {NOT_LOADED}",
    source=f"Option6PDExclude, Pool6; {_SEEN}",
)


_Long = TypeVar("_Long", "_Stretch", Net)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Addresses from `first` to `last`, and where they are written."""

    first: int
    last: int
    at: Route
    text: str | Prefix


@checks(BAD_PREFIX, SAME_SUBNET, OVERLAP, HOST_BITS, on=Subject.SHARED)
def subnets(configuration: Configuration) -> Iterator[Finding]:
    """Prefixes that Kea cannot read, that stand twice, that overlap, or that are no network's."""
    family = configuration.daemon.family
    seen: dict[tuple[int, int], Net] = {}
    for net in nets_of(configuration) if family else ():
        prefix, at = net.prefix, net.block.where
        if prefix is None:
            text = net.block.get("subnet")
            if isinstance(text, str) and family:
                yield _bad_prefix(at("subnet"), text, family)
            continue
        if prefix.address != net.first:
            message = f"{prefix} is an address in {prefix.network}"
            yield Finding(
                HOST_BITS, at("subnet"), message, fix=f"write {prefix.network}", repair=set_it(str(prefix.network))
            )
        key = prefix.address, prefix.length
        if key in seen:
            message = f"the subnet {prefix} is listed twice"
            related = ((seen[key].block.where("subnet"), "the first"),)
            yield Finding(SAME_SUBNET, at("subnet"), message, related=related)
            continue
        seen[key] = net
    for outer, inner in _overlaps(seen.values()):
        one, other = (
            _Stretch(each.first, each.last, each.block.where("subnet"), each.prefix or "") for each in (outer, inner)
        )
        later, earlier = _later(one, other)
        message = f"the subnet {later.text} overlaps with {earlier.text}"
        yield Finding(OVERLAP, later.at, message, related=((earlier.at, "the other subnet"),))


def _bad_prefix(at: Route, text: str, family: int) -> Finding:
    instead = prefix_fix(text, family)
    why = wrong_part(text.partition("/")[0].strip(), family)
    message = f"{text!r} is not an IPv{family} prefix" + (f": {why}" if why and not instead.fix else "")
    return Finding(BAD_PREFIX, at, message, fix=instead.fix, repair=instead.repair)


@checks(BAD_POOL, POOL_OUTSIDE, POOL_HOST_BITS, POOLS_OVERLAP, BAD_DELEGATION, BAD_EXCLUSION, on=Subject.SHARED)
def pools(configuration: Configuration) -> Iterator[Finding]:
    """Pools that cannot be read, reach beyond their subnet, or overlap, pd-pools among them."""
    family = configuration.daemon.family
    for net in nets_of(configuration) if family else ():
        subnet, prefix = net.block, net.prefix
        if not family or (net.tidy and not subnet.get("pd-pools")):
            continue
        stretches: list[_Stretch] = []
        for pool in blocks_of(subnet.get("pools")):
            yield from _pool(configuration, pool, family, (subnet, prefix), stretches)
        for pool in blocks_of(subnet.get("pd-pools")):
            yield from _delegation(configuration, pool, stretches)
        for outer, inner in _overlaps(stretches):
            later, earlier = _later(outer, inner)
            message = f"the pool {later.text} overlaps with {earlier.text}"
            fix = _beside(later, earlier, family)
            yield Finding(POOLS_OVERLAP, later.at, message, related=((earlier.at, "the other pool"),), fix=fix)


def _pool(
    configuration: Configuration,
    pool: Block,
    family: int,
    subnet: tuple[Block, Prefix | None],
    stretches: list[_Stretch],
) -> Iterator[Finding]:
    text = pool.get("pool")
    if not isinstance(text, str):
        return
    at = pool.where("pool")
    try:
        found = read_pool(text, family)
    except ValueError as error:
        instead = pool_fix(text, family)
        yield Finding(BAD_POOL, at, str(error), fix=instead.fix, repair=instead.repair)
        return
    stretches.append(_Stretch(found.first, found.last, at, text))
    written = read_prefix(without_blanks(text), family)
    if written and written.has_host_bits:
        yield _host_bits(configuration, at, written)
    block, prefix = subnet
    if prefix and not (prefix.first <= found.first and found.last <= prefix.last):
        first, last = address_text(family, prefix.first), address_text(family, prefix.last)
        yield Finding(
            POOL_OUTSIDE,
            at,
            f"the pool {text} contains addresses outside its subnet {prefix}",
            related=((block.where("subnet"), "the prefix is set here"),),
            fix=f"keep it between {first} and {last}",
        )


def _host_bits(configuration: Configuration, at: Route, prefix: Prefix) -> Finding:
    refused = has(configuration.version, Feature.PREFIXES_WITHOUT_HOST_BITS)
    first, last = address_text(prefix.family, prefix.address), address_text(prefix.family, prefix.last)
    return Finding(
        POOL_HOST_BITS,
        at,
        f"{prefix} does not start at the first address of {prefix.network}",
        fix=f"write {prefix.network}, or {first} - {last}",
        severity=None if refused else Severity.WARNING,
    )


def _delegation(configuration: Configuration, pool: Block, stretches: list[_Stretch]) -> Iterator[Finding]:
    text, length, delegated = (pool.get(key) for key in ("prefix", "prefix-len", "delegated-len"))
    if isinstance(text, str) and packed(text, 6) is None:
        yield _no_prefix(pool, text)
        return
    if not (isinstance(text, str) and isinstance(length, int) and isinstance(delegated, int)):
        return
    if length == 0:
        message = "the prefix of a pool has a length of at least 1, not 0"
        yield Finding(BAD_DELEGATION, pool.where("prefix-len"), message)
        return
    prefix = read_prefix(f"{text}/{length}", 6)
    if prefix is None:
        return
    if delegated < length:
        message = f"a /{length} cannot be divided into /{delegated}: delegated-len must be at least {length}"
        yield Finding(
            BAD_DELEGATION, pool.where("delegated-len"), message, fix=f"write {length} or more", repair=set_it(length)
        )
        return
    if prefix.has_host_bits:
        start = address_text(6, prefix.first)
        found = _host_bits(configuration, pool.where("prefix"), prefix)
        found = replace(found, fix=f"write {start}", repair=set_it(start))
        yield (
            found if _is_prefix(prefix.address, prefix.last) else replace(found, severity=None, kea=KeaVerdict.REFUSES)
        )
    stretches.append(_Stretch(prefix.first, prefix.last, pool.where("prefix"), prefix))
    yield from _exclusion(pool, Prefix(6, prefix.address, delegated))


def _no_prefix(pool: Block, text: str) -> Finding:
    """The prefix of a pd-pool that is no address: most often it is written with its length."""
    at = pool.where("prefix")
    message = not_address(text, 6)
    written = read_prefix(text, 6)
    if written is None:
        instead = address_fix(text, 6)
        return Finding(BAD_DELEGATION, at, message, fix=instead.fix, repair=instead.repair)
    address, length = address_text(6, written.address), (*at[:-1], "prefix-len")
    return Finding(
        BAD_DELEGATION,
        at,
        f"{message}: the length of a pool's prefix is in `prefix-len`",
        fix=f"write {address}, and `prefix-len: {written.length}`",
        repair=(Repair(at, RepairKind.SET, address), Repair(length, RepairKind.SET, written.length)),
        spoils=(length,),
    )


def _is_prefix(first: int, last: int) -> bool:
    """Whether the addresses are those of one prefix, as 2.2 makes it of a pool that begins in the middle of its own."""
    size = last - first + 1
    return size & (size - 1) == 0 and first % size == 0


def _exclusion(pool: Block, delegated: Prefix) -> Iterator[Finding]:
    """`delegated`: the first prefix that the pool hands out."""
    text, length = pool.get("excluded-prefix", "::"), pool.get("excluded-prefix-len", 0)
    if not isinstance(text, str) or not isinstance(length, int):
        return
    key = "excluded-prefix" if "excluded-prefix" in pool else "excluded-prefix-len"
    raw = packed(text, 6)
    if raw is None:
        yield Finding(BAD_EXCLUSION, pool.where(key), not_address(text, 6))
    elif not length and any(raw):
        message = f"the excluded prefix {text} has no length"
        yield Finding(BAD_EXCLUSION, pool.where(key), message, fix="add `excluded-prefix-len: …`")
    elif length:
        problem = exclusion_problem(Prefix(6, int.from_bytes(raw), length), delegated)
        if problem:
            yield Finding(
                BAD_EXCLUSION, pool.where(key), problem, related=((pool.where("prefix"), "the pool's prefix"),)
            )


def exclusion_problem(excluded: Prefix, delegated: Prefix) -> str | None:
    """Why a delegated prefix cannot have this hole; None when it can."""
    if excluded.length <= delegated.length:
        return f"the excluded prefix is a /{excluded.length}; it must be longer than the delegated /{delegated.length}"
    if not delegated.first <= excluded.address <= delegated.last:
        return f"the excluded prefix {excluded} lies outside the delegated prefix {delegated}"
    return None


def _overlaps(stretches: Collection[_Long]) -> Iterator[tuple[_Long, _Long]]:
    """Each stretch that begins inside another, with the one of those before it that reaches farthest."""
    if len(stretches) < 2:
        return
    ordered = sorted(stretches, key=lambda each: (each.first, -each.last))
    farthest = ordered[0]
    for each in ordered[1:]:
        if each.first <= farthest.last:
            yield farthest, each
        if each.last > farthest.last:
            farthest = each


def _later(one: _Stretch, other: _Stretch) -> tuple[_Stretch, _Stretch]:
    """The one that is written later, then the other: who added it looks there."""
    return (one, other) if _order(one.at) > _order(other.at) else (other, one)


def _order(at: Route) -> tuple[tuple[bool, str | int], ...]:
    return tuple((isinstance(step, str), step) for step in at)


def _beside(pool: _Stretch, other: _Stretch, family: int) -> str | None:
    """What is left of a pool of addresses without the other one, where it is one range."""
    if pool.at[-1] != "pool" or other.at[-1] != "pool":
        return None
    if other.first <= pool.first and pool.last <= other.last:
        return "remove it: all its addresses are in the other one"
    if pool.first < other.first and other.last < pool.last:
        return "remove the other one: all its addresses are in this one"
    first, last = (other.last + 1, pool.last) if other.first <= pool.first else (pool.first, other.first - 1)
    return f"write {address_text(family, first)} - {address_text(family, last)}"
