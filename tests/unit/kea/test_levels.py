"""Lists whose maps are looked at by levels: with the answer of a look at each map."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.diagnostics import Finding
from kea_hac.kea import known, spelling
from kea_hac.kea.config import DAEMONS, Block, Once, subnets_of
from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.known import known_config
from kea_hac.kea.levels import levels
from kea_hac.kea.reading import read_block
from kea_hac.kea.spelling import Respeller
from kea_hac.kea.version import BRANCHES, Branch, KeaVersion
from kea_hac.source.document import Secret
from tests.differential.making import made
from tests.unit.kea.documents import typed

ODD: tuple[tuple[str, Any], ...] = (
    ("nonsense", 1), ("split", "none"), ("id", 1 << 33), ("valid-lifetime", [1]), ("pools", Block()), ("pools", None), ("pools", [1]),
    ("reservations", Secret("/x")), ("relay", []), ("relay", None), ("user-context", Block((), {"b": 1, "a": 2})), ("user-context", []),
    ("client-classes", []), ("client-class", "x"), ("option-data", [Block((), {"nam": "x"})]), ("option-data", []), ("data", None),
    ("allocator", "flq"), ("ddns-ttl", 1), ("evaluate-additional-classes", ["x"]), ("max-reclaim-time", 1), ("never-send", True),
    ("hw-address", Block()), ("hostname", ["x"]), ("pool-id", 5), ("cache-threshold", 3), ("offer-lifetime", 4294967295),
)  # fmt: skip
"""What may be planted into a map: of another kind than its key has, of one version only, or unknown."""


def _config(name: ProgramName, branch: Branch, seeds: list[int]) -> Block:
    """A map as it is read, with the subnets of several."""
    top = program(name).top
    blocks = [
        read_block(program(name), top, typed(made(name, branch, str(seed))), (seed,), lambda _: None) for seed in seeds
    ]
    daemon = DAEMONS[f"kea-{name}.conf"]
    blocks[0][daemon.subnets] = [subnet for block in blocks for _, subnet in subnets_of(block, daemon)]
    return blocks[0]


def _maps(value: Any) -> list[Block]:
    if isinstance(value, list):
        return [each for item in value for each in _maps(item)]
    if isinstance(value, Block):
        return [value, *(each for item in value.values() for each in _maps(item))]
    return []


def _told(name: ProgramName, config: Block, extra: frozenset[str]) -> list[Any]:
    """All that is made of a configuration, for each version."""
    once = Once()
    seen = known_config(name, config, extra, once)
    told: list[Any] = [_text(seen), seen is config]
    for block in (config, seen):
        for branch in BRANCHES:
            found: list[Finding] = []
            respeller = Respeller(program(name), KeaVersion(branch), once)
            spelt = respeller.respell(block, found.append, "kea1")
            told += [_text(spelt), spelt is block, found, list(respeller.unsupported(spelt, "kea1"))]
    return told


def _text(block: Block) -> bytes:
    return orjson.dumps(block, default=str, option=orjson.OPT_PASSTHROUGH_DATACLASS)


@given(
    st.sampled_from(("dhcp4", "dhcp6")),
    st.sampled_from(BRANCHES),
    st.lists(st.integers(0, 10_000), min_size=2, max_size=5),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.sampled_from(ODD)), max_size=3),
)
def test_levels_say_what_a_look_at_each_map_does(
    name: ProgramName, branch: Branch, seeds: list[int], planted: list[tuple[int, tuple[str, Any]]]
) -> None:
    config = _config(name, branch, seeds)
    for place, (key, value) in planted:
        maps = _maps(config)
        maps[place % len(maps)][key] = deepcopy(value)
    for extra in (frozenset[str](), frozenset({"split"})):
        whole = _told(name, config, extra)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(known, "levels", lambda *_: None)
            patch.setattr(spelling, "levels", lambda *_: None)
            assert _told(name, config, extra) == whole


def test_all_maps_of_a_scope_and_depth_are_one_level() -> None:
    pools = [[Block((), {"pool": f"10.0.{number}.0/25"})] * 2 for number in range(5)]
    subnets = [
        Block((), {"id": number, "pools": each, "relay": Block((), {"ip-addresses": []})})
        for number, each in enumerate(pools)
    ]
    found = levels("dhcp4", "subnet4", subnets, Once())
    assert found is not None
    assert [(each.scope, len(each.columns.blocks)) for each in found] == [("subnet4", 5), ("pool", 10), ("relay", 5)]


@pytest.mark.parametrize("odd", [each for each in ODD if each[0] in ("nonsense", "pools", "relay", "valid-lifetime", "reservations")])  # fmt: skip
def test_what_the_vocabulary_does_not_know_has_no_levels(odd: tuple[str, Any]) -> None:
    subnets = [Block((), {"id": number}) for number in range(5)]
    Random(1).choice(subnets).update([odd])
    assert levels("dhcp4", "subnet4", subnets, Once()) is None
