"""Pools and delegated prefixes as config-get shows them (pool.cc, PoolParser and PdPoolParser at all five tags)."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import BITS, Range, packed, read_pool, read_prefix, without_blanks
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.class_keys import put_class_keys
from kea_hac.kea.config_get.options import option_data
from kea_hac.kea.config_get.scalars import put_scalars
from kea_hac.kea.config_get.target import Target, address_shown, finished, in_32_bits, maps, number_shown, with_context
from kea_hac.kea.version import Feature, has

_WRITTEN = frozenset(
    {"pool", "pool-id", "prefix", "prefix-len", "delegated-len", "excluded-prefix", "excluded-prefix-len"}
)


def pools(target: Target, entries: Json) -> list[Block]:
    """A `pools` list, by first address."""
    result = [(_range(target, entry), entry) for entry in maps(entries)]
    result.sort(key=lambda pair: pair[0].first if pair[0] else 1 << 128)
    return [_pool(target, entry, area) for area, entry in result]


def pd_pools(target: Target, entries: Json) -> list[Block]:
    """A `pd-pools` list, by prefix."""
    return [_pd_pool(target, entry) for entry in sorted(maps(entries), key=_first)]


def range_shown(area: Range) -> str:
    """A range as Kea prints it: `first-last`, or as a prefix when it is exactly one."""
    size = area.size
    first = number_shown(area.family, area.first)
    if size & (size - 1) == 0 and area.first & (size - 1) == 0:
        return f"{first}/{BITS[area.family] - size.bit_length() + 1}"
    return f"{first}-{number_shown(area.family, area.last)}"


def _range(target: Target, entry: Mapping[str, Json]) -> Range | None:
    text = str(entry.get("pool"))
    try:
        area = read_pool(text, target.family)
    except ValueError:
        return None
    if "/" in text and not has(target.version, Feature.PREFIXES_WITHOUT_HOST_BITS):
        prefix = read_prefix(without_blanks(text), target.family)
        return Range(area.family, prefix.address, area.last) if prefix else area
    return area


def _pool(target: Target, entry: Mapping[str, Json], area: Range | None) -> Block:
    result: dict[str, Json] = {"pool": range_shown(area) if area else entry.get("pool")}
    return _common(target, "pool", entry, result)


def _first(entry: Mapping[str, Json]) -> int:
    raw = packed(str(entry.get("prefix")), 6)
    return int.from_bytes(raw) if raw else 1 << 128


def _pd_pool(target: Target, entry: Mapping[str, Json]) -> Block:
    result: dict[str, Json] = {
        "prefix": address_shown(entry.get("prefix"), 6),
        "prefix-len": _length(target, entry),
        "delegated-len": entry.get("delegated-len"),
    }
    if entry.get("excluded-prefix-len"):
        result["excluded-prefix"] = _masked(entry.get("excluded-prefix"), entry["excluded-prefix-len"])
        result["excluded-prefix-len"] = entry["excluded-prefix-len"]
    return _common(target, "pd-pool", entry, result)


def _length(target: Target, entry: Mapping[str, Json]) -> Json:
    """2.2 takes host bits as the pool's first address, and prints the length of what is left (seen on 2.2.0)."""
    length, raw = entry.get("prefix-len"), packed(str(entry.get("prefix")), 6)
    if raw is None or not isinstance(length, int) or not 0 <= length <= 128:
        return length
    if has(target.version, Feature.PREFIXES_WITHOUT_HOST_BITS):
        return length
    first = int.from_bytes(raw)
    size = (first | ((1 << (128 - length)) - 1)) - first + 1
    whole = size & (size - 1) == 0 and first & (size - 1) == 0
    return 128 - size.bit_length() + 1 if whole else length


def _masked(text: Json, length: Json) -> Json:
    """Kea keeps of an excluded prefix what lies within its length (option6_pdexclude.cc)."""
    raw = packed(text, 6) if isinstance(text, str) else None
    if raw is None or not isinstance(length, int) or not 0 <= length <= 128:
        return text
    return number_shown(6, int.from_bytes(raw) >> (128 - length) << (128 - length))


def _common(target: Target, scope: str, entry: Mapping[str, Json], result: dict[str, Json]) -> Block:
    moved: dict[str, Route] = {}
    if entry.get("pool-id"):
        result["pool-id"] = entry["pool-id"]
    put_scalars(target, scope, entry, result, moved, skip=_WRITTEN)
    in_32_bits(result)
    put_class_keys(target, scope, entry, result, moved)
    result["option-data"] = option_data(target, entry.get("option-data"), target.custom)
    with_context(entry, result, moved)
    return finished(entry, result, moved)
