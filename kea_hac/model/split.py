"""Load balancing: each pool is split into a part of the primary and a part of the secondary, each with its HA class.

Without the split both partners lease from the same pool and give one address to two clients (Kea ARM, 'Load Balancing
Configuration'; query_filter.cc). Kea accepts an unsplit pool without a message (seen on 2.2.0, 2.6.3, 3.0.4).

In: a family's canonical Dhcp map. Out: the same map with every pool split, and the classes that the parts need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv6Address

from kea_hac.diagnostics import NOT_LOADED, Finding, FindingSink, KeaVerdict, Route, Severity, refused, rule
from kea_hac.kea.address_words import not_address
from kea_hac.kea.addressing import Range, prefix_blocks, read_pool
from kea_hac.kea.config import Block, Json, same_or
from kea_hac.model.site import Family, Relationship
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.spec.pair import Split, SplitOnly
from kea_hac.spec.shape import shape

BAD_POOL = refused(
    "KH201",
    "bad-pool",
    why=f"The pool is not a valid range or prefix. {NOT_LOADED}",
    source="Kea ARM, 'Configuration of IPv4 Address Pools'; seen on 2.2.0, 2.6.3, 3.0.4",
)
UNSPLIT_POOL = rule(
    "KH202",
    "unsplit-pool-in-load-balancing",
    kea=KeaVerdict.ACCEPTS,
    why="Both servers allocate from the same pool at the same time, so two clients can get the same address. The "
    "second lease update is refused. From 2.4 on, a server whose updates are refused too "
    "often ends HA: its state is `terminated` (max-rejected-lease-updates).",
    source="Kea ARM, 'Load Balancing Configuration'; seen on 2.2.0, 2.6.3, 3.0.4",
    rests_on=("split", "*split", "*mode", "*client-classes", "client-class", "*test", "*hooks-libraries"),
)
SPLIT_OUT_OF_PLACE = rule(
    "KH203",
    "split-out-of-place",
    why="`split` is a setting for load-balancing. It is allowed in high-availability, in a subnet, in a pool and "
    "in a pd-pool.",
    source="the spec language",
)
POOL_TOO_SMALL = rule(
    "KH204",
    "pool-too-small-to-split",
    why="One of the two servers would have no address to lease in normal operation. Its clients would get none.",
    source="the spec language",
)
CLASS_NAME_TAKEN = rule(
    "KH205",
    "split-class-name-taken",
    why="kea-hac adds a client class to restrict each half of the pool. A class of the same name exists already, "
    "so its meaning would change.",
    source="the spec language",
)
LIST_KEYS = ("pools", "pd-pools")
_MEMBER = regex(r"member\s*\(\s*'([^']*)'\s*\)")
_GRANULES = 256
"""A pd-pool is cut at one of 256 places. A range of 256 places consists of at most eight prefixes for each server, whatever the
percentages are; a finer cut would need more pools for a precision that no site needs."""


@dataclass(frozen=True, slots=True)
class _Sides:
    """The two peers that a pool is split between."""

    primary: str
    secondary: str

    @property
    def classes(self) -> tuple[str, str]:
        """The classes that the HA library gives to the clients of each."""
        return f"HA_{self.primary}", f"HA_{self.secondary}"


class Guards:
    """The HA classes that other classes depend on through `member('…')` in their tests. Other expressions are not followed."""

    def __init__(self, classes: Iterable[Json]) -> None:
        self._tests = {str(block.get("name")): block.get("test") for block in classes if isinstance(block, Block)}

    def of(self, names: list[str]) -> set[str]:
        """The HA classes that the named classes depend on."""
        return {name for name in self.tested(names) if name.startswith("HA_")}

    def tested(self, names: Iterable[str]) -> frozenset[str]:
        """The named classes, and all that they depend on."""
        seen: set[str] = set()
        queue = list(names)
        while queue:
            name = queue.pop()
            if name in seen:
                continue
            seen.add(name)
            test = self._tests.get(name) if not name.startswith("HA_") else None
            queue += _MEMBER.findall(test) if isinstance(test, str) else []
        return frozenset(seen)


class _Classes:
    """The pair's client classes, and those that splitting adds."""

    def __init__(self, config: Block, sides: _Sides, note: FindingSink) -> None:
        self.sides = sides
        self.note = note
        self.written: list[Block] = list(config.get("client-classes") or ())
        self._guards = Guards(self.written)
        self.at = {str(block.get("name")): number for number, block in enumerate(self.written)}
        self.added: dict[str, Block] = {}

    def guards(self, names: list[str]) -> set[str]:
        """The HA classes that the named classes depend on."""
        return self._guards.of(names)

    def combined(self, names: list[str], side: int, pool: Block) -> str:
        """The class of a client that may use the pool and is served by this side."""
        ha_class = self.sides.classes[side]
        if not names:
            return ha_class
        peer = (self.sides.primary, self.sides.secondary)[side]
        name = "_".join([*names, peer])
        members = " or ".join(f"member('{each}')" for each in names)
        test = f"({members}) and member('{ha_class}')" if len(names) > 1 else f"{members} and member('{ha_class}')"
        if name in self.at:
            if self.written[self.at[name]].get("test") != test:
                self.note(
                    Finding(
                        CLASS_NAME_TAKEN,
                        pool.at,
                        f"splitting this pool needs a class {name!r} with the test {test}, and the spec has another class of that name",
                        related=(((*self.written[self.at[name]].at, "name"), "the other class"),),
                        fix="rename that class",
                    )
                )
            return name
        self.added.setdefault(name, Block(pool.at, {"name": name, "test": test}))
        return name

    def all(self) -> list[Block]:
        """Every class, each added one right after the last class that it tests (Kea evaluates them in order)."""
        after: dict[int, list[Block]] = {}
        for block in self.added.values():
            tested = [self.at[name] for name in _MEMBER.findall(block["test"]) if name in self.at]
            after.setdefault(max(tested, default=-1), []).append(block)
        ordered = list(after.get(-1, ()))
        for number, block in enumerate(self.written):
            ordered += [block, *after.get(number, ())]
        return ordered


def split_pools(family: Family, note: FindingSink) -> Block:
    """The family's map with its pools split, or unchanged except for `split` keys where it is not in load-balancing.

    Unchanged parts are the same objects.
    """
    relationship = family.load_balancing
    config = family.config
    sides = _sides(relationship)
    classes = _Classes(config, sides, note) if sides else None
    splitter = _Splitter(family, relationship.split if relationship else None, classes, note)
    result = config.copy_of()
    for key, blocks in _subnet_lists(result):
        result[key] = blocks(splitter)
    if classes and classes.added:
        result.put("client-classes", classes.all(), config.where("client-classes"))
    return result


def _sides(relationship: Relationship | None) -> _Sides | None:
    primary = relationship.with_role("primary") if relationship else None
    secondary = relationship.with_role("secondary") if relationship else None
    return _Sides(primary.name, secondary.name) if primary and secondary else None


def _subnet_lists(config: Block) -> Iterator[tuple[str, _Lists]]:
    for key in ("subnet4", "subnet6", "shared-networks"):
        if isinstance(config.get(key), list):
            yield key, _Lists(config[key], network=key == "shared-networks")


@dataclass(frozen=True, slots=True)
class _Lists:
    blocks: list[Json]
    network: bool

    def __call__(self, splitter: _Splitter) -> list[Json]:
        """The list with its pools split; the very same list when nothing changes."""
        return same_or(self.blocks, [self._one(block, splitter) for block in self.blocks])

    def _one(self, block: Json, splitter: _Splitter) -> Json:
        if not isinstance(block, Block):
            return block
        if not self.network:
            return splitter.subnet(block)
        changed = {key: lists(splitter) for key, lists in _subnet_lists(block)}
        if all(value is block[key] for key, value in changed.items()):
            return block
        result = block.copy_of()
        result.update(changed)
        return result


class _Splitter:
    """Walks subnets and pools, with the values that they inherit."""

    def __init__(self, family: Family, split: Split | None, classes: _Classes | None, note: FindingSink) -> None:
        self.family = family.daemon.family or 4
        self.split = split
        self.classes = classes
        self.note = note

    def out_of_place(self, block: Block) -> None:
        """Report a `split` where it has no meaning."""
        self.note(
            Finding(
                SPLIT_OUT_OF_PLACE,
                (*block.at, "split"),
                "`split` has no meaning here"
                + ("" if self.classes else ": this family is not in load-balancing, so its pools are not split"),
                on_key=True,
                fix="move it to high-availability, a subnet, a pool or a pd-pool of a load-balanced pair",
            )
        )

    def subnet(self, subnet: Block) -> Block:
        """The subnet with its pools split; the very same Block when nothing changes."""
        own, written = self._said(subnet, self.split)
        changed = {key: self._pools(subnet, key, own) for key in LIST_KEYS if isinstance(subnet.get(key), list)}
        if not written and all(value is subnet[key] for key, value in changed.items()):
            return subnet
        result = subnet.copy_of()
        result.pop("split", None)
        result.update(changed)
        return result

    def _said(self, block: Block, inherited: Split | None) -> tuple[Split | None, bool]:
        """The split that applies in this block, and True when the block has one itself."""
        if "split" not in block:
            return inherited, False
        if self.classes is None:
            self.out_of_place(block)
            return None, True
        read = shape(SplitOnly, {"split": block["split"]}, block.at, self.note, "a pool")
        return (read.split if read else "none"), True

    def _pools(self, subnet: Block, key: str, inherited: Split | None) -> list[Json]:
        pools: list[Json] = subnet[key]
        result: list[Json] = []
        for pool in pools:
            if isinstance(pool, Block):
                result += self._pool(subnet, key, pool, inherited)
        return same_or(pools, result)

    def _pool(self, subnet: Block, key: str, pool: Block, inherited: Split | None) -> list[Block]:
        split, written = self._said(pool, inherited)
        bare = pool
        if written:
            bare = pool.copy_of()
            del bare["split"]
        if self.classes is None or split == "none":
            return [bare]
        own = _class_names(pool)
        by_hand = self.classes.guards(own) or self.classes.guards(_class_names(subnet))
        if len(by_hand) == 1 and not written:
            return [bare]
        if split is None:
            self.note(
                Finding(
                    UNSPLIT_POOL,
                    (*pool.at, "pool" if key == "pools" else "prefix"),
                    "in load-balancing this pool is shared by both servers: two clients that ask at once can get the same address",
                    fix="add `split: even` to high-availability (or to the subnet or pool), or `split: none` to keep it shared",
                    cause="split",
                )
            )
            return [bare]
        share = 50 if split == "even" else split[0]
        return self._halves(bare, own, share) if key == "pools" else self._prefixes(bare, own, share)

    def _halves(self, pool: Block, own: list[str], share: int) -> list[Block]:
        text = pool.get("pool")
        try:
            whole = read_pool(text, self.family) if isinstance(text, str) else None
        except ValueError as error:
            self.note(Finding(BAD_POOL, (*pool.at, "pool"), str(error)))
            return [pool]
        if whole is None:
            return [pool]
        cut = whole.first + -(-whole.size * share // 100)  # rounded up: the primary gets the odd address
        if cut > whole.last:
            self._too_small(pool, "pool", f"{whole.size} address{'es' if whole.size > 1 else ''}", share)
            return [pool]
        ranges = (Range(self.family, whole.first, cut - 1), Range(self.family, cut, whole.last))
        return [self._guarded(pool, own, side, {"pool": str(each)}) for side, each in enumerate(ranges)]

    def _prefixes(self, pool: Block, own: list[str], share: int) -> list[Block]:
        prefix, length, delegated = pool.get("prefix"), pool.get("prefix-len"), pool.get("delegated-len")
        if not (isinstance(prefix, str) and isinstance(length, int) and isinstance(delegated, int)):
            return [pool]
        try:
            base = int(IPv6Address(prefix))
        except ValueError:
            self.note(Finding(BAD_POOL, (*pool.at, "prefix"), f"{prefix!r} is not an IPv6 prefix"))
            return [pool]
        if not 0 < length <= delegated <= 128 or base & ((1 << (128 - length)) - 1):
            self.note(
                Finding(
                    BAD_POOL,
                    (*pool.at, "prefix"),
                    f"{prefix}/{length} delegating /{delegated} is no pd-pool: the bits after its length must be 0, "
                    "and delegated-len must not be less than prefix-len",
                )
            )
            return [pool]
        # The pool has 2**(delegated - length) prefixes, which may be too many to count one by one: it is cut in granules.
        # `bits` is the number of bits that number the granules.
        bits = min(delegated - length, _GRANULES.bit_length() - 1)
        cut = -(-(1 << bits) * share // 100)
        if cut >= 1 << bits:
            self._too_small(pool, "prefix", f"{1 << bits} prefix{'es' if bits else ''}", share)
            return [pool]
        result: list[Block] = []
        granule = 128 - length - bits  # the bits below one granule: its number is shifted by them
        for side, (first, last) in enumerate(((0, cut - 1), (cut, (1 << bits) - 1))):
            # A prefix begins at a multiple of its size, so a share of the granules may need several pd-pools.
            for start, size in prefix_blocks(first, last, bits):
                offset = start << granule
                changes: dict[str, Json] = {
                    "prefix": str(IPv6Address(base + offset)),
                    "prefix-len": length + bits - size,
                }
                excluded = pool.get("excluded-prefix")
                if isinstance(excluded, str):
                    changes["excluded-prefix"] = self._rebased(excluded, base, offset, pool)
                result.append(self._guarded(pool, own, side, changes))
        return result

    def _rebased(self, excluded: str, base: int, offset: int, pool: Block) -> str:
        """The excluded prefix, moved with its pool: it must be in the pool's first delegated prefix (RFC 6603; pool.cc)."""
        try:
            return str(IPv6Address(int(IPv6Address(excluded)) + offset))
        except ValueError:
            self.note(Finding(BAD_POOL, (*pool.at, "excluded-prefix"), not_address(excluded, 6)))
            return excluded

    def _guarded(self, pool: Block, own: list[str], side: int, changes: dict[str, Json]) -> Block:
        assert self.classes is not None
        result = pool.copy_of()
        result.update(changes)
        cause: Route = (*pool.at, "client-classes") if own else pool.at
        result.put("client-classes", [self.classes.combined(own, side, pool)], cause)
        return result

    def _too_small(self, pool: Block, key: str, what: str, share: int) -> None:
        self.note(
            Finding(
                POOL_TOO_SMALL,
                (*pool.at, key),
                f"this pool has {what}; with a split of {share} to {100 - share} the secondary would have none",
                fix="make the pool larger, or add `split: none` to it",
                severity=Severity.ERROR,
            )
        )


def _class_names(block: Block) -> list[str]:
    names = block.get("client-classes")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
