"""What config-get of a version does not show: the table, and the places of a configuration to which it applies.

A change in such a place cannot be seen from outside, so nobody may say that a server is in sync with it. The table is
`data/unobservable.json`; the tests prove its rows on real servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import repeat
from operator import contains
from pathlib import Path
from typing import Any

import orjson

from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import read_prefix
from kea_hac.kea.config import Daemon, Json, Once
from kea_hac.kea.config_get.options import LostData, definitions_of, lost_data, with_local
from kea_hac.kea.config_get.target import Target, given, maps, where_in
from kea_hac.kea.grammar import Kind
from kea_hac.kea.synonyms import MOVED_DDNS
from kea_hac.kea.version import Branch, Feature, KeaVersion, has, span
from kea_hac.records import dataclass

Place = tuple[str | int, ...]
_TABLE = Path(__file__).parents[1] / "data" / "unobservable.json"
_DEADLY = frozenset({3, 5, 25, 26, 44, 45})
_STREAMS = ("stdout", "stderr", "syslog")


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the table."""

    id: str
    kind: str
    """value, partly, answer, outside"""
    what: str
    why: str
    """May hold {version}, {shown}, {key}."""
    source: str
    branches: frozenset[Branch]


@dataclass(frozen=True, slots=True)
class Unseen:
    """One place of a configuration of which config-get says too little."""

    fact: Fact
    path: Place
    """Keys and positions from the daemon's map on, as written."""
    at: Route
    """Where that is in the document."""
    reason: str


@cache
def facts() -> tuple[Fact, ...]:
    """The table."""
    rows: list[dict[str, Any]] = orjson.loads(_TABLE.read_bytes())["rows"]
    return tuple(Fact(row["id"], row["kind"], row["what"], row["why"], row["source"], span(row)) for row in rows)


def unobservable(
    daemon: Daemon, config: Mapping[str, Json], version: KeaVersion, once: Once | None = None
) -> tuple[Unseen, ...]:
    """The places of a configuration that cannot be compared with what a server of `version` answers, in their order.

    `config`: the map under the daemon's top key, as for `shown`. Rows of the kind `outside` have no place. `once`: one for several
    configurations, whose lists of reservations that are the same object are then looked through once.
    """
    target = Target(daemon, version)
    if daemon.family is not None:
        target = Target(daemon, version, None, definitions_of(target, config.get("option-def")))
    found = list(_Finder(target, once or Once()).top(config))
    return tuple(sorted(found, key=lambda each: [(isinstance(part, int), str(part), part) for part in each.path]))


_WITH_OPTIONS = ("option-data", "prefix")
"""Keys of what `_Finder._options` looks at."""
_WITHOUT_NUMBERS = frozenset({str, int, bool})


class _Finder:
    def __init__(self, target: Target, once: Once) -> None:
        self.target = target
        self._once = once
        self._facts = {fact.id: fact for fact in facts() if target.branch in fact.branches}

    def top(self, config: Mapping[str, Json]) -> Iterator[Unseen]:
        yield from self._loggers(config)
        if self.target.daemon.family is None:
            if not config.get("trust-anchor") and config.get("cert-required") is not None:
                yield from self._row("agent-cert-required", config, ("cert-required",))
            return
        yield from self._numbers(self.target.program.top, config, ())
        yield from self._services(config)
        yield from self._options(config, (), at_top=True)
        for path, block in self._places(config):
            if not block.keys().isdisjoint(_WITH_OPTIONS):
                yield from self._options(block, path)

    def _row(
        self, fact_id: str, block: Mapping[str, Json], path: Place, shown: str = "", key: str = ""
    ) -> Iterator[Unseen]:
        fact = self._facts.get(fact_id)
        if fact is not None:
            reason = fact.why.replace("{version}", str(self.target.version))
            reason = reason.replace("{shown}", shown).replace("{key}", key)
            yield Unseen(fact, path, where_in(block, str(path[-1])), reason)

    def _loggers(self, config: Mapping[str, Json]) -> Iterator[Unseen]:
        for number, logger in enumerate(maps(config.get("loggers"))):
            path: Place = ("loggers", number)
            if logger.get("severity") is None:
                yield from self._row("severity", logger, (*path, "severity"))
            written = given(logger, "output-options", "output_options")
            for place, output in enumerate(maps(logger[written]) if written else ()):
                name = str(output.get("output"))
                for key in ("maxsize", "maxver"):
                    if key in output and (name in _STREAMS or "syslog:" in name):
                        yield from self._row("output-size", output, (*path, str(written), place, key), key=key)

    def _services(self, config: Mapping[str, Json]) -> Iterator[Unseen]:
        interfaces = _map(config, "interfaces-config")
        if "service-sockets-retry-wait-time" in interfaces and not interfaces.get("service-sockets-max-retries"):
            path = ("interfaces-config", "service-sockets-retry-wait-time")
            yield from self._row("retry-wait-time", interfaces, path)
        queue = _map(config, "dhcp-queue-control")
        threads = _map(config, "multi-threading").get("enable-multi-threading")
        on = has(self.target.version, Feature.MULTI_THREADING_BY_DEFAULT) if threads is None else threads
        if queue.get("enable-queue") is True and on:
            yield from self._row("enable-queue", queue, ("dhcp-queue-control", "enable-queue"))
        flags = _map(config, "compatibility")
        for key in flags:
            if flags[key] is True:
                yield from self._row("compatibility", flags, ("compatibility", key))
        if "data-directory" in config:
            yield from self._row("data-directory", config, ("data-directory",))
        ddns = _map(config, "dhcp-ddns")
        for key in ddns:
            if key in MOVED_DDNS and MOVED_DDNS[key] in config:
                yield from self._row("ddns-legacy", ddns, ("dhcp-ddns", key), key=MOVED_DDNS[key])

    def _places(self, config: Mapping[str, Json]) -> Iterator[tuple[Place, Mapping[str, Json]]]:
        """Every map below the top that may hold options."""
        for key in ("client-classes", "reservations"):
            yield from _items(config, key, ())
        subnets = self.target.daemon.subnets
        for path, network in _items(config, "shared-networks", ()):
            yield path, network
            for below, subnet in _items(network, subnets, path):
                yield from self._subnet(below, subnet)
        for path, subnet in _items(config, subnets, ()):
            yield from self._subnet(path, subnet)

    def _subnet(self, path: Place, subnet: Mapping[str, Json]) -> Iterator[tuple[Place, Mapping[str, Json]]]:
        yield path, subnet
        for key in ("pools", "pd-pools"):
            yield from _items(subnet, key, path)
        hosts = subnet.get("reservations")
        if isinstance(hosts, list) and self._once.of(hosts, _any_with_options, _any_with_options):
            yield from _items(subnet, "reservations", path)

    def _options(self, block: Mapping[str, Json], path: Place, *, at_top: bool = False) -> Iterator[Unseen]:
        if "prefix" in block and "delegated-len" in block:
            yield from self._host_bits(block, path)
        entries = block.get("option-data")
        if not entries:
            return
        custom = self.target.custom
        if path[:1] == ("client-classes",) and self.target.family == 4:
            custom = with_local(self.target, block.get("option-def"))
        for number, entry in enumerate(maps(entries)):
            place = (*path, "option-data", number)
            lost = lost_data(self.target, entry, custom, at_top=at_top)
            if lost.code in _DEADLY and lost.space == "dhcp6":
                yield from self._row("deadly-option", entry, (*place, "data"))
            yield from self._lost(entry, (*place, "data"), lost)

    def _lost(self, entry: Mapping[str, Json], path: Place, lost: LostData) -> Iterator[Unseen]:
        if lost.hidden:
            yield from self._row("container-data", entry, path)
        elif lost.shown is not None:
            yield from self._row("option-cut", entry, path, shown=lost.shown or "nothing")

    def _host_bits(self, pool: Mapping[str, Json], path: Place) -> Iterator[Unseen]:
        prefix = read_prefix(f"{pool['prefix']}/{pool.get('prefix-len')}", 6)
        if prefix is not None and prefix.has_host_bits:
            yield from self._row("pd-pool-host-bits", pool, (*path, "prefix"))

    def _numbers(self, scope: str, block: Mapping[str, Json], path: Place) -> Iterator[Unseen]:
        known = self.target.program.scopes[scope].keywords
        for key, value in block.items():
            if value.__class__ in _WITHOUT_NUMBERS:
                continue
            word = known.get(key)
            if word is None or key == "reservations":
                continue
            if word.kind is Kind.NUMBER and isinstance(value, float):
                yield from self._number(block, (*path, key), value)
            elif word.scope and isinstance(value, dict):
                yield from self._numbers(word.scope, value, (*path, key))
            elif word.scope and isinstance(value, list):
                for below, item in _items(block, key, path):
                    yield from self._numbers(word.scope, item, below)

    def _number(self, block: Mapping[str, Json], path: Place, value: float) -> Iterator[Unseen]:
        text = f"{value:.6g}"
        if "e" in text and "." not in text and not has(self.target.version, Feature.EXPONENTS_IN_JSON):
            yield from self._row("exponent", block, path, shown=f"{text}.0")
        elif float(text) != value:
            yield from self._row("rounded", block, path)


def _any_with_options(hosts: list[Json]) -> bool:
    maps_of = hosts if all(issubclass(each, dict) for each in set(map(type, hosts))) else maps(hosts)
    return any(map(contains, maps_of, repeat("option-data")))


def _map(config: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    value = config.get(key)
    return value if isinstance(value, Mapping) else {}


def _items(block: Mapping[str, Json], key: str, path: Place) -> Iterator[tuple[Place, Mapping[str, Json]]]:
    value = block.get(key)
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict):
                yield (*path, key, number), item
