"""Which pools and subnets a partner serves: the classes `HA_<peer>` that the library gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of, texts
from kea_hac.diagnostics import Finding, KeaVerdict, Route, rule
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.high_availability import Mode, Role, peer_class
from kea_hac.kea.needed_classes import needed_classes
from kea_hac.model.configuration import Configuration
from kea_hac.model.split import UNSPLIT_POOL
from kea_hac.records import dataclass
from kea_hac.regex import regex

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"
UNKNOWN_PEER_CLASS = rule(
    "KH645",
    "ha-class-of-unknown-peer",
    kea=KeaVerdict.ACCEPTS,
    why="No server puts clients into this class. The pool, subnet or option that requires it is never used.",
    source=f"query_filter.cc; {_SEEN}",
    rests_on=("*hooks-libraries", "*peers", "*parameters", "*library", "*name", "*mode", "*high-availability"),
)
CLASS_NEVER_ASSIGNED = rule(
    "KH646",
    "ha-class-never-given",
    kea=KeaVerdict.ACCEPTS,
    why="The HA library uses the classes of the primary and, in load-balancing, of the secondary. A standby or a "
    "backup that takes over uses the same classes. A pool that requires the class of another peer is never "
    "used.",
    source=f"query_filter.cc (serveDefaultScopes, serveFailoverScopes); {_SEEN}",
    rests_on=("*hooks-libraries", "*peers", "*parameters", "*library", "*name", "*mode", "*high-availability"),
)
_PREFIX = peer_class("")
_MEMBER = regex(r"member\s*\(\s*'([^']*)'\s*\)")


@dataclass(frozen=True, slots=True)
class _Guard:
    """An HA class that guards something."""

    name: str
    at: Route


def _mentioned(test: str) -> Iterable[str]:
    """Every class that an expression looks at, in any way."""
    return _MEMBER.findall(test)


class _Classes:
    """What the named classes of a configuration come down to. `members`: the classes of an expression that count."""

    def __init__(self, configuration: Configuration, members: Callable[[str], Iterable[str]]) -> None:
        self.members = members
        self.tests = {str(block.get("name")): block for block in configuration.blocks("client-classes")}
        self._found: dict[str, tuple[_Guard, ...]] = {}

    def guards(self, block: Block) -> tuple[_Guard, ...]:
        """The HA classes that the `client-classes` of a pool, subnet or network ask for."""
        result: list[_Guard] = []
        for index, name in enumerate(texts(block.get("client-classes"))):
            result += self._guard(name, (*block.where("client-classes"), index))
        return tuple(result)

    def _guard(self, name: str, at: Route) -> tuple[_Guard, ...]:
        if name not in self.tests:
            return (_Guard(name, at),) if name.startswith(_PREFIX) else ()
        if name not in self._found:
            self._found[name] = ()  # a class that tests itself comes down to nothing
            test = self.tests[name].get("test")
            members = self.members(test) if isinstance(test, str) else ()
            self._found[name] = tuple(
                guard for member in sorted(members) for guard in self._guard(member, self.tests[name].where("test"))
            )
        return self._found[name]


def _pools(subnet: Block) -> Iterator[Block]:
    yield from blocks_of(subnet.get("pools"))
    yield from blocks_of(subnet.get("pd-pools"))


@checks(UNKNOWN_PEER_CLASS, CLASS_NEVER_ASSIGNED, on=Subject.HIGH_AVAILABILITY)
def ha_classes(configuration: Configuration) -> Iterator[Finding]:
    """Pools and subnets that are guarded by a class which the library never gives."""
    if configuration.daemon.family is None:
        return
    if "client-classes" not in configuration.keys_below() and "client-classes" not in configuration.pool_keys():
        return
    found = relationships_of(configuration)
    if not all(each.cast and each.mode for each in found):
        return
    supplied = {peer_class(peer.name or ""): (each, peer.role) for each in found for peer in each.peers}
    classes = _Classes(configuration, needed_classes)
    seen: set[_Guard] = set()
    for network, subnet in configuration.with_networks():
        for block in (network, subnet, *_pools(subnet)):
            for guard in classes.guards(block) if block is not None else ():
                if guard not in seen:
                    seen.add(guard)
                    yield from _judged(guard, supplied, found)


def _judged(
    guard: _Guard,
    supplied: dict[str, tuple[RelationshipEntry, Role | None]],
    found: tuple[RelationshipEntry, ...],
) -> Iterator[Finding]:
    if guard.name not in supplied:
        if found:
            message = f"no peer is named {guard.name.removeprefix(_PREFIX)!r}, so no client is ever in {guard.name!r}"
            related = ((found[0].block.where("peers"), "the peers are listed here"),)
            fix = f"the classes of the peers are {', '.join(sorted(supplied))}"
            yield Finding(UNKNOWN_PEER_CLASS, guard.at, message, related=related, fix=fix)
        else:
            message = f"High Availability is not configured, so no client is ever in {guard.name!r}"
            yield Finding(UNKNOWN_PEER_CLASS, guard.at, message)
        return
    each, role = supplied[guard.name]
    if role not in (Role.PRIMARY, Role.SECONDARY):
        message = f"the peer of {guard.name!r} is a {role} in {each.mode}; no client ever gets its class"
        yield Finding(
            CLASS_NEVER_ASSIGNED,
            guard.at,
            message,
            related=((each.block.where("mode"), "the mode is set here"),),
            fix="use the class of the primary, or none",
        )


@checks(UNSPLIT_POOL, on=Subject.FILE)
def unsplit_pools(configuration: Configuration) -> Iterator[Finding]:
    """Pools that both servers of a load-balancing pair lease from."""
    mode = next((each for each in relationships_of(configuration) if each.mode is Mode.LOAD_BALANCING), None)
    if mode is None:
        return
    names = [peer_class(peer.name) for peer in mode.peers if peer.name and peer.role in (Role.PRIMARY, Role.SECONDARY)]
    classes = _Classes(configuration, _mentioned)
    for network, subnet in configuration.with_networks():
        if any(classes.guards(block) for block in (network, subnet) if block is not None):
            continue
        for pool in _pools(subnet):
            if not classes.guards(pool):
                yield Finding(
                    UNSPLIT_POOL,
                    pool.where("pool" if "pool" in pool else "prefix"),
                    "in load-balancing this pool is shared by both servers: two clients that ask at once can get the same address",
                    related=((mode.block.where("mode"), "the mode is set here"),),
                    fix=f"split it into two pools, each with one of the classes {' and '.join(names)}",
                )
