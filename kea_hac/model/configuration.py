"""One daemon's configuration as the rules check it: compiled from a spec, or read from an existing Kea file.

The same rules run on both: a Block knows the route that its values were written at, in the spec or in the .conf.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import field, replace
from itertools import chain
from typing import Any

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Columns, Daemon, Json, Once, blocks_of, columns, joined, subnets_of
from kea_hac.kea.grammar import program
from kea_hac.kea.known import known_config
from kea_hac.kea.levels import levels
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import KeaVersion
from kea_hac.records import dataclass

HA_LIBRARY = "libdhcp_ha.so"
_Subnets = tuple[list[Block], list[tuple[Block | None, Block]]]
_EMPTY: list[Json] = []


@dataclass(frozen=True, slots=True)
class Configuration:
    """The map below a file's top key, in canonical spelling, and what it is meant for."""

    daemon: Daemon
    config: Block
    version: KeaVersion
    server: str | None = None
    """None for a file whose server is not known."""
    platform: Platform | None = None
    """None where nothing is known of the host: rules about the host do not run."""
    version_at: Route | None = None
    """Where the version is set, for a compiled configuration."""
    complete: bool = True
    """False for a compiled configuration whose HA relationships have mistakes: partners are then not compared."""
    compiled: bool = False
    """True for what was compiled from a spec: a fix is then worded in the spec's terms."""

    once: Once = field(default_factory=Once, compare=False, repr=False)
    """What was found in its lists; the same for all configurations that are judged together."""
    kept: dict[object, Any] = field(init=False, default_factory=dict, compare=False, repr=False)
    """What was found in this one, by what was looked for: what many rules ask for is at hand."""

    def known(self) -> Configuration:
        """The same without keys that the vocabulary does not know. Rules get this: the shape of an unknown key was not checked."""
        name, once = self.daemon.name, self.once
        config = once.of(self.config, (known_config, name), lambda config: known_config(name, config, once=once))
        return self if config is self.config else replace(self, config=config)

    def subnets(self) -> list[Block]:
        """Every subnet, those of shared networks first: the order in which Kea numbers them.

        The same list for all configurations with the same subnets, as the servers of a pair mostly have: what depends on these alone,
        `once` keeps by this list for all who ask.
        """
        return self._subnets()[0]

    def with_networks(self) -> list[tuple[Block | None, Block]]:
        """Every subnet with its shared network, in the order of `subnets`."""
        return self._subnets()[1]

    def _subnets(self) -> _Subnets:
        """By the two lists that they stand in, because forty rules ask for them."""
        kept: _Subnets | None = self.kept.get(subnets_of)
        if kept is None:
            networks, subnets = (
                value if isinstance(value, list) else _EMPTY
                for value in (self.config.get("shared-networks"), self.config.get(self.daemon.subnets))
            )
            beside = self.once.of(subnets, (Once, self.daemon.name), lambda _: Once())
            kept = self.kept[subnets_of] = beside.of(networks, subnets_of, lambda _: self._listed())
        return kept

    def _listed(self) -> _Subnets:
        found = list(subnets_of(self.config, self.daemon))
        return [subnet for _, subnet in found], found

    def networks_and_subnets(self) -> list[Block]:
        """Every shared network, then every subnet."""
        return [*self.blocks("shared-networks"), *self.subnets()]

    def keys_below(self) -> Set[str]:
        """Every key of a shared network or a subnet. A rule about a key that none of them has need not look at each."""
        return self.once.of(self.subnets(), frozenset, lambda _: _keys(self.networks_and_subnets()))

    def pools(self) -> list[Block]:
        """Every pool of addresses or of prefixes."""
        return self.once.of(self.subnets(), _pools, _pools)

    def pool_keys(self) -> Set[str]:
        """Every key of a pool."""
        return self.once.of(self.pools(), frozenset, _keys)

    def hosts(self, holder: Block) -> Columns:
        """The reservations of a subnet, or those at the top."""
        return self.once.columns(holder.get("reservations"))

    def hosts_below(self) -> Columns:
        """The reservations of all subnets, one subnet after the other."""
        return self.once.of(self.subnets(), columns, self._hosts_below)

    def _hosts_below(self, subnets: list[Block]) -> Columns:
        """From the levels, where all of them is known: these were made when the configuration was read."""
        name = program(self.daemon.name).name
        found: list[Columns] = []
        for key, scope in (("shared-networks", "shared-network"), (self.daemon.subnets, self.daemon.subnets)):
            listed = self.config.get(key)
            known = levels(name, scope, listed, self.once) if listed and isinstance(listed, list) else ()
            if known is None:
                return _hosts(subnets)
            found += (each.columns for each in known if each.scope == "reservation")
        return joined(found)

    def all_hosts(self) -> Columns:
        """The reservations at the top, and then those of all subnets."""
        return joined((self.hosts(self.config), self.hosts_below()))

    def hosts_having(self, *keys: str) -> list[Block]:
        """The reservations with one of the keys, at the top and in each subnet: few of what may be 100,000."""
        return [*self.hosts(self.config).having(*keys), *self.hosts_below().having(*keys)]

    def blocks(self, key: str) -> Iterator[Block]:
        """The maps of a list at the top."""
        listed = self.config.get(key)
        return blocks_of(listed) if listed else iter(())

    def libraries(self) -> list[tuple[str, Block]]:
        """Every hooks-libraries entry with its file name without directory."""
        listed = self.config.get("hooks-libraries")
        return self.once.of(listed, _libraries, _libraries) if listed and isinstance(listed, list) else []

    def relationships(self) -> Iterator[Block]:
        """Every HA relationship, typed by the vocabulary of the library."""
        for name, entry in self.libraries():
            parameters = entry.get("parameters")
            if name == HA_LIBRARY and isinstance(parameters, Block):
                yield from blocks_of(parameters.get("high-availability"))


def _libraries(listed: list[Json]) -> list[tuple[str, Block]]:
    return [(str(entry.get("library", "")).rpartition("/")[2], entry) for entry in blocks_of(listed)]


def _keys(blocks: list[Block]) -> Set[str]:
    return frozenset().union(*blocks)


def _hosts(subnets: list[Block]) -> Columns:
    lists = [subnet["reservations"] for subnet in subnets if "reservations" in subnet]
    return columns(list(chain.from_iterable(listed for listed in lists if isinstance(listed, list))))


def _pools(subnets: list[Block]) -> list[Block]:
    lists = (subnet.get(key) for subnet in subnets for key in ("pools", "pd-pools") if key in subnet)
    return [pool for listed in lists for pool in blocks_of(listed)]
