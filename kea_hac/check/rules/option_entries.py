"""The option-data lists of a configuration as rules on their meaning read them: entries with their definitions and addresses.

Each list is read once for all rules, and for all configurations that share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kea_hac.check.rules.option_def import custom_in_class, custom_of
from kea_hac.kea.addressing import packed
from kea_hac.kea.config import Block, Json, Once, blocks_of
from kea_hac.kea.option_definitions import Custom, OptionDefinition, definition, own_space
from kea_hac.kea.option_types import OptionType, RefusedValueError, hex_to_bytes
from kea_hac.kea.version import Branch
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_WIDTH = {OptionType.IPV4_ADDRESS: 4, OptionType.IPV6_ADDRESS: 16}
_NO_DEFINITIONS: list[Json] = []


@dataclass(slots=True, eq=False)
class OptionEntry:
    """One entry of option-data with its definition."""

    block: Block
    option: OptionDefinition
    _addresses: tuple[int, ...] | None = None

    @property
    def sent(self) -> bool:
        """False where never-send keeps the option from clients."""
        return self.block.get("never-send") is not True

    @property
    def for_all(self) -> bool:
        """False where only members of `client-classes` get the option."""
        return not self.block.get("client-classes")

    @property
    def key(self) -> tuple[str, int]:
        """What identifies the option: its space and code."""
        return self.option.space, self.option.code

    @property
    def addresses(self) -> tuple[int, ...]:
        """The addresses of an option that consists of addresses alone; none for other types and for data that Kea refuses."""
        if self._addresses is None:
            self._addresses = tuple(_addresses(self))
        return self._addresses


@dataclass(slots=True, eq=False)
class Holders:
    """The maps with option-data in and below a subnet."""

    subnet: Block
    """The subnet itself, whether it has option-data or not."""
    pools: list[Block]
    pd_pools: list[Block]
    hosts: list[Block]


@dataclass(slots=True, eq=False)
class Below:
    """The options of all subnets, and of what is below them."""

    holders: list[Holders]
    """In the order of the subnets, one for each."""
    keys: frozenset[tuple[str, int]]
    """Space and code of every option."""
    spaces: frozenset[str]
    """The spaces, as `space` says them; "" where it says none."""


class OptionEntries:
    """Reads the options of configurations. Entries that nothing defines are left out: other rules report them."""

    def __init__(self, config: Block, family: int, branch: Branch) -> None:
        """Reads option-def at the top. Use `options_of`."""
        self._family, self._branch, self._own_space = family, branch, own_space(family)
        self.custom = custom_of(config, family, branch)
        self._known: dict[tuple[str, int | str], OptionDefinition | None] = {}
        self._once = Once()

    def of(self, holder: Block) -> list[OptionEntry]:
        """The entries of a map with option-data: the top, a network, subnet or pool."""
        listed = holder.get("option-data")
        return self._once.of(listed, OptionEntry, self._read) if listed and isinstance(listed, list) else []

    def of_host(self, host: Block) -> list[OptionEntry]:
        """The entries of a reservation. They are not kept: there may be 100,000 of them."""
        return self._read(host.get("option-data"))

    def of_class(self, holder: Block) -> list[OptionEntry]:
        """The entries of a client class, which can have definitions of its own."""
        return self._once.of(holder, OptionEntry, self._read_class) if "option-def" in holder else self.of(holder)

    def in_class(self, holder: Block) -> Custom:
        """The definitions for a client class: its own, and `custom`."""
        if "option-def" not in holder:
            return self.custom
        return self._once.of(holder, Custom, lambda _: custom_in_class(holder, self._family, self._branch, self.custom))

    def definitions(self, holder: Block | None = None) -> Iterator[OptionDefinition]:
        """What option-def at the top defines, and that of a class before it."""
        custom = self.custom if holder is None else self.in_class(holder)
        seen = dict.fromkeys((*custom.local.values(), *custom.configured.values()))
        yield from seen

    def _read(self, listed: Json) -> list[OptionEntry]:
        known, found = self._known, []
        for block in blocks_of(listed):
            place = self._place(block)
            if place is None:
                continue
            if place not in known:
                known[place] = definition(self._family, *place, self._branch, self.custom)
            option = known[place]
            if option is not None:
                found.append(OptionEntry(block, option))
        return found

    def _read_class(self, holder: Block) -> list[OptionEntry]:
        custom = self.in_class(holder)
        places = [(block, self._place(block)) for block in blocks_of(holder.get("option-data"))]
        read = [(block, place and definition(self._family, *place, self._branch, custom)) for block, place in places]
        return [OptionEntry(block, option) for block, option in read if option]

    def _place(self, block: Block) -> tuple[str, int | str] | None:
        space, code, name = block.get("space", self._own_space), block.get("code"), block.get("name")
        key = code if isinstance(code, int) else name
        return (space, key) if isinstance(space, str) and isinstance(key, int | str) else None


def options_of(configuration: Configuration) -> OptionEntries:
    """The reader of a configuration's options; the same for all configurations with the same definitions and version."""
    config, family, branch = configuration.config, configuration.daemon.family or 4, configuration.version.branch
    listed = config.get("option-def")
    kept_by = listed if listed and isinstance(listed, list) else _NO_DEFINITIONS
    return configuration.once.of(
        kept_by, (OptionEntries, family, branch), lambda _: OptionEntries(config, family, branch)
    )


def options_below(configuration: Configuration) -> Below:
    """The options of all subnets and below. The same object for all configurations with the same subnets and definitions."""
    options = options_of(configuration)
    return configuration.once.of(configuration.subnets(), options, lambda _: _below(configuration, options))


def _below(configuration: Configuration, options: OptionEntries) -> Below:
    holders = list(_holders(configuration))
    kept = [
        each for held in holders for block in (held.subnet, *held.pools, *held.pd_pools) for each in options.of(block)
    ]
    keys, spaces = _told(kept)
    for held in holders:
        for host in held.hosts:
            more, others = _told(options.of_host(host))
            keys |= more
            spaces |= others
    return Below(holders, frozenset(keys), frozenset(spaces))


def _told(entries: Iterable[OptionEntry]) -> tuple[set[tuple[str, int]], set[str]]:
    return {each.key for each in entries}, {str(each.block.get("space", "")) for each in entries}


def _holders(configuration: Configuration) -> Iterator[Holders]:
    of_pools = "option-data" in configuration.pool_keys()
    delegated = of_pools and "pd-pools" in configuration.keys_below()
    of_hosts = "option-data" in configuration.hosts_below().keys
    for subnet in configuration.subnets():
        yield Holders(
            subnet,
            _having(subnet.get("pools")) if of_pools else [],
            _having(subnet.get("pd-pools")) if delegated else [],
            configuration.hosts(subnet).having("option-data") if of_hosts else [],
        )


def _having(listed: Json) -> list[Block]:
    return (
        [each for each in listed if isinstance(each, Block) and "option-data" in each]
        if isinstance(listed, list)
        else []
    )


def _addresses(entry: OptionEntry) -> list[int]:
    width = _WIDTH.get(entry.option.kind)
    text = entry.block.get("data")
    if width is None or not isinstance(text, str):
        return []
    if entry.block.get("csv-format") is False:
        try:
            data = hex_to_bytes(text)
        except RefusedValueError:
            return []
        return [int.from_bytes(data[at : at + width]) for at in range(0, len(data) - width + 1, width)]
    family = 4 if width == 4 else 6
    read = [packed(each.strip(), family) for each in text.split(",")]
    return [int.from_bytes(raw) for raw in read if raw]


def with_levels(configuration: Configuration) -> Iterator[tuple[Block, tuple[Block, ...]]]:
    """Every subnet, with the maps above it whose values it inherits, the nearest first."""
    top = configuration.config
    for network, subnet in configuration.with_networks():
        yield subnet, (network, top) if network is not None else (top,)
