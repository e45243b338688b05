"""The option-data lists of a configuration as rules on their meaning read them: entries with their definitions and addresses."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.rules.option_def import custom_in_class, custom_of
from kea_hac.kea.addressing import packed
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.option_definitions import OptionDefinition, definition, own_space
from kea_hac.kea.option_types import OptionType, RefusedValueError, hex_to_bytes
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_WIDTH = {OptionType.IPV4_ADDRESS: 4, OptionType.IPV6_ADDRESS: 16}


@dataclass(frozen=True, slots=True)
class OptionEntry:
    """One entry of option-data with its definition."""

    block: Block
    option: OptionDefinition

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


class OptionEntries:
    """Reads the options of one configuration. Entries that nothing defines are left out: other rules report them."""

    def __init__(self, configuration: Configuration) -> None:
        """Reads option-def at the top."""
        self._configuration = configuration
        self._family = configuration.daemon.family or 4
        self._custom = custom_of(configuration)
        self._known: dict[tuple[str, int | str], OptionDefinition | None] = {}

    def of(self, holder: Block) -> Iterator[OptionEntry]:
        """The entries of a map with option-data: the top, a network, subnet, pool or reservation."""
        for block in blocks_of(holder.get("option-data")):
            place = self._place(block)
            if place is None:
                continue
            if place not in self._known:
                branch = self._configuration.version.branch
                self._known[place] = definition(self._family, *place, branch, self._custom)
            found = self._known[place]
            if found is not None:
                yield OptionEntry(block, found)

    def of_class(self, holder: Block) -> Iterator[OptionEntry]:
        """The entries of a client class, which can have definitions of its own."""
        if "option-def" not in holder:
            yield from self.of(holder)
            return
        custom = custom_in_class(self._configuration, holder, self._custom)
        for block in blocks_of(holder.get("option-data")):
            place = self._place(block)
            found = place and definition(self._family, *place, self._configuration.version.branch, custom)
            if found:
                yield OptionEntry(block, found)

    def definitions(self, holder: Block | None = None) -> Iterator[OptionDefinition]:
        """What option-def at the top defines, and that of a class before it."""
        custom = self._custom if holder is None else custom_in_class(self._configuration, holder, self._custom)
        seen = dict.fromkeys((*custom.local.values(), *custom.configured.values()))
        yield from seen

    def _place(self, block: Block) -> tuple[str, int | str] | None:
        space, code, name = block.get("space", own_space(self._family)), block.get("code"), block.get("name")
        key = code if isinstance(code, int) else name
        return (space, key) if isinstance(space, str) and isinstance(key, int | str) else None


def addresses_in(entry: OptionEntry) -> list[int]:
    """The addresses of an option that consists of addresses alone; none for other types and for data that Kea refuses."""
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
