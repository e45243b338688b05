"""Pool splitting: law 6 of the spec language, by example and by law."""

from __future__ import annotations

from ipaddress import IPv6Network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.addressing import Range, prefix_blocks, read_pool
from tests.specs import build, config, findings_of

HEAD = """
kea-hac: 1
pair: p
kea: {kea}
platform: debian
servers:
  - {{name: a, role: primary, address: 192.0.2.1, interfaces: [eth0]}}
  - {{name: b, role: secondary, address: 192.0.2.2, interfaces: [eth0]}}
high-availability:
  mode: load-balancing
  listener: {{dhcp4: 8001, dhcp6: 8002}}
  {split}
"""


def spec(body: str, split: str = "split: even", kea: str = "3.0") -> str:
    return HEAD.format(split=split, kea=kea) + body


def v4(pools: str, classes: str = "[]", subnet: str = "") -> str:
    return f"""
dhcp4:
  client-classes: {classes}
  subnet4:
    - {{id: 1, subnet: 10.0.0.0/16, pools: {pools} {subnet}}}
"""


def pools_of(text: str, server: str = "a", daemon: str = "dhcp4") -> list[dict[str, object]]:
    subnets = config(build(text), server, daemon)["subnet4" if daemon == "dhcp4" else "subnet6"]
    found: list[dict[str, object]] = subnets[0]["pools"]
    return found


def test_even_gives_the_odd_address_to_the_primary() -> None:
    assert pools_of(spec(v4("[{pool: 10.0.1.1 - 10.0.1.3}]"))) == [
        {"pool": "10.0.1.1 - 10.0.1.2", "client-classes": ["HA_a"]},
        {"pool": "10.0.1.3 - 10.0.1.3", "client-classes": ["HA_b"]},
    ]


def test_both_servers_get_the_same_pools() -> None:
    text = spec(v4("[{pool: 10.0.1.0/24}]"))
    assert pools_of(text, "a") == pools_of(text, "b")


def test_a_prefix_pool_is_cut_in_two() -> None:
    assert [pool["pool"] for pool in pools_of(spec(v4("[{pool: 10.0.1.0/24}]")))] == [
        "10.0.1.0 - 10.0.1.127",
        "10.0.1.128 - 10.0.1.255",
    ]


def test_the_nearest_split_wins() -> None:
    pools = (
        "[{pool: 10.0.1.0 - 10.0.1.9}, {pool: 10.0.2.0 - 10.0.2.9, split: [90, 10]}, {pool: 10.0.3.0/24, split: none}]"
    )
    assert [pool["pool"] for pool in pools_of(spec(v4(pools, subnet=", split: [60, 40]")))] == [
        "10.0.1.0 - 10.0.1.5",
        "10.0.1.6 - 10.0.1.9",
        "10.0.2.0 - 10.0.2.8",
        "10.0.2.9 - 10.0.2.9",
        "10.0.3.0/24",
    ]


def test_classes_are_combined_and_stand_after_what_they_test() -> None:
    classes = "[{name: x, test: 'option[60].exists'}, {name: y, test: 'option[61].exists'}, {name: z, test: 'option[77].exists'}]"
    built = config(build(spec(v4("[{pool: 10.0.1.0/24, client-classes: [x, y]}]", classes))), "a", "dhcp4")
    assert [each["name"] for each in built["client-classes"]] == ["x", "y", "x_y_a", "x_y_b", "z"]
    assert built["client-classes"][2]["test"] == "(member('x') or member('y')) and member('HA_a')"
    assert [pool["client-classes"] for pool in built["subnet4"][0]["pools"]] == [["x_y_a"], ["x_y_b"]]


def test_a_built_in_class_comes_first() -> None:
    built = config(build(spec(v4("[{pool: 10.0.1.0/24, client-classes: [KNOWN]}]"))), "a", "dhcp4")
    assert built["client-classes"][0] == {"name": "KNOWN_a", "test": "member('KNOWN') and member('HA_a')"}


@pytest.mark.parametrize("guard", ["HA_a", "mine", "deep"])
def test_a_pool_split_by_hand_is_left_alone(guard: str) -> None:
    classes = "[{name: mine, test: \"member('HA_b') and option[60].exists\"}, {name: deep, test: \"member('mine')\"}]"
    pools = f"[{{pool: 10.0.1.0/24, client-classes: [{guard}]}}]"
    assert [pool["pool"] for pool in pools_of(spec(v4(pools, classes)))] == ["10.0.1.0/24"]


def test_a_subnet_guarded_by_hand_is_left_alone() -> None:
    text = spec(v4("[{pool: 10.0.1.0/24}]", subnet=", client-classes: [HA_a]"))
    assert pools_of(text) == [{"pool": "10.0.1.0/24"}]


def test_an_unsplit_pool_is_an_error_with_its_line() -> None:
    found = findings_of(spec(v4("[{pool: 10.0.1.0/24}]"), split=""))
    assert [(each.rule.name, each.path) for each in found if each.severity == "error"] == [
        ("unsplit-pool-in-load-balancing", "dhcp4.subnet4[0].pools[0].pool")
    ]


def test_a_pool_of_one_cannot_be_split() -> None:
    names = [each.rule.name for each in findings_of(spec(v4("[{pool: 10.0.1.1 - 10.0.1.1}]")))]
    assert "pool-too-small-to-split" in names


def test_a_class_in_the_way_is_named() -> None:
    classes = "[{name: x, test: 'option[60].exists'}, {name: x_a, test: 'option[61].exists'}]"
    found = findings_of(spec(v4("[{pool: 10.0.1.0/24, client-classes: [x]}]", classes)))
    assert [each.rule.name for each in found if each.severity == "error"] == ["split-class-name-taken"]


def test_split_outside_load_balancing_is_an_error() -> None:
    text = spec(v4("[{pool: 10.0.1.0/24, split: even}]"), split="").replace("load-balancing", "hot-standby")
    text = text.replace("role: secondary", "role: standby")
    assert [each.rule.name for each in findings_of(text) if each.severity == "error"] == ["split-out-of-place"]


def test_before_3_0_a_pool_has_one_class() -> None:
    text = spec(v4("[{pool: 10.0.1.0/24}]"), kea='"2.2"')
    assert pools_of(text)[0] == {"pool": "10.0.1.0 - 10.0.1.127", "client-class": "HA_a"}


def v6(pd_pool: str) -> str:
    return f"""
dhcp6:
  subnet6:
    - {{id: 1, subnet: "2001:db8::/64", pd-pools: [{pd_pool}]}}
"""


def prefixes_of(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = config(build(text), "a", "dhcp6")["subnet6"][0]["pd-pools"]
    return found


def test_prefixes_split_in_halves_and_rebase_what_is_excluded() -> None:
    pool = '{prefix: "2001:db8:8000::", prefix-len: 48, delegated-len: 56, '
    pool += 'excluded-prefix: "2001:db8:8000:0:8000::", excluded-prefix-len: 72}'
    assert prefixes_of(spec(v6(pool))) == [
        {
            "prefix": "2001:db8:8000::",
            "prefix-len": 49,
            "delegated-len": 56,
            "excluded-prefix": "2001:db8:8000:0:8000::",
            "excluded-prefix-len": 72,
            "client-classes": ["HA_a"],
        },
        {
            "prefix": "2001:db8:8000:8000::",
            "prefix-len": 49,
            "delegated-len": 56,
            "excluded-prefix": "2001:db8:8000:8000:8000::",
            "excluded-prefix-len": 72,
            "client-classes": ["HA_b"],
        },
    ]


def test_a_pd_pool_of_one_prefix_cannot_be_split() -> None:
    text = spec(v6('{prefix: "2001:db8:8000::", prefix-len: 56, delegated-len: 56}'))
    assert "pool-too-small-to-split" in [each.rule.name for each in findings_of(text)]


@given(length=st.integers(20, 60), extra=st.integers(1, 40), share=st.integers(1, 99))
def test_split_prefixes_cover_the_pool_exactly(length: int, extra: int, share: int) -> None:
    pool = (
        f'{{prefix: "2001::", prefix-len: {length}, delegated-len: {length + extra}, split: [{share}, {100 - share}]}}'
    )
    found = findings_of(spec(v6(pool)))
    if "pool-too-small-to-split" in [each.rule.name for each in found]:
        return
    made = prefixes_of(spec(v6(pool)))
    networks = [IPv6Network((str(each["prefix"]), int(str(each["prefix-len"])))) for each in made]
    assert sum(network.num_addresses for network in networks) == 2 ** (128 - length)
    assert networks == sorted(networks)
    assert all(one.broadcast_address < two.network_address for one, two in pairwise(networks))
    assert len(made) <= 16
    mine = sum(
        net.num_addresses for net, each in zip(networks, made, strict=True) if each["client-classes"] == ["HA_a"]
    )
    assert mine / 2 ** (128 - length) >= share / 100
    granule = max(1 / 256, 2**-extra)
    assert mine / 2 ** (128 - length) < share / 100 + granule


@given(first=st.integers(0, 2**32 - 1), size=st.integers(1, 5000))
def test_a_pool_reads_back_as_it_is_written(first: int, size: int) -> None:
    pool = Range(4, first, min(first + size - 1, 2**32 - 1))
    assert read_pool(str(pool), 4) == pool


@given(first=st.integers(0, 300), length=st.integers(1, 300))
def test_prefix_blocks_cover_what_they_should(first: int, length: int) -> None:
    blocks = prefix_blocks(first, first + length - 1, 10)
    covered = [number for start, bits in blocks for number in range(start, start + (1 << bits))]
    assert covered == list(range(first, first + length))
    assert all(start % (1 << bits) == 0 for start, bits in blocks)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.0.0.1", "is not a pool"),
        ("10.0.0.9 - 10.0.0.1", "is reversed"),
        ("10.0.0.1 - 2001:db8::1", "IPv6"),
        ("10.0.0.0/33", "not an IPv4 prefix"),
        ("a - b", "'a' is not"),
    ],
)
def test_a_bad_pool_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_pool(text, 4)
