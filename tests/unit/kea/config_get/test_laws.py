"""Laws of the prediction that need no server: the golden files of every version, shown twice, in any order."""

from __future__ import annotations

import copy
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.addressing import packed
from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, Daemon
from kea_hac.kea.config_get import Shared, config_hash, kea_rendering, predict, predicted_hash
from kea_hac.kea.config_get.target import address_shown
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.source.document import Secret
from tests.lab import keajson
from tests.shipped import GOLDEN

DAEMONS = {daemon.top: daemon for daemon in (DHCP4, DHCP6, CTRL_AGENT)}
UNORDERED = ("subnet4", "subnet6", "shared-networks", "pools", "pd-pools", "reservations")


def golden(branch: str) -> list[tuple[Path, str, dict[str, Any]]]:
    found = []
    for path in sorted(GOLDEN.glob(f"*/{branch}/*/kea-*.conf")):
        text = path.read_text("utf-8")
        if "<?include" not in text:
            found += [(path, top, config) for top, config in keajson.loads(text).items()]
    return found


def shuffled(value: Any, chance: Random, key: str = "") -> Any:
    if isinstance(value, dict):
        entries = list(value.items())
        chance.shuffle(entries)
        return {each: shuffled(below, chance, each) for each, below in entries}
    if isinstance(value, list):
        items = [shuffled(item, chance) for item in value]
        if key in UNORDERED:
            chance.shuffle(items)
        return items
    return value


@pytest.mark.parametrize("branch", BRANCHES)
def test_shown_again_is_the_same(branch: str) -> None:
    for path, top, config in golden(branch):
        once = predict(DAEMONS[top], config, KeaVersion.parse(branch))
        again = predict(DAEMONS[top], once, KeaVersion.parse(branch))
        assert again == once, path
        assert kea_rendering(again) == kea_rendering(once), path


@pytest.mark.parametrize("branch", BRANCHES)
def test_order_does_not_matter_and_the_input_stays(branch: str) -> None:
    chance = Random(branch)
    for path, top, config in golden(branch):
        before = copy.deepcopy(config)
        once = predict(DAEMONS[top], config, KeaVersion.parse(branch))
        other = predict(DAEMONS[top], shuffled(config, chance), KeaVersion.parse(branch))
        assert kea_rendering(other) == kea_rendering(once), path
        assert config == before


def test_a_secret_stays_a_secret() -> None:
    secret = Secret("/etc/kea/secrets/lease-db.json")
    database = {"type": "mysql", "name": "kea", "password": secret}
    made = predict(DHCP4, {"lease-database": database}, KeaVersion.parse("2.6"))
    assert made["lease-database"]["password"] is secret


_LETTERS = st.text(st.sampled_from(' az{},":\\%~\x7f\x00ü😀\udc80[]s'), max_size=4)
_VALUES = st.one_of(
    _LETTERS,
    st.sampled_from(
        [[], {}, 1, 1.0, True, False, None, 0.5, "", ["a"], [[]], {"a": []}, Secret("/known"), "a, ", ", "]
    ),
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "c%s", "d", "e"]), _VALUES, max_size=4).flatmap(
            lambda one: st.lists(st.fixed_dictionaries(dict.fromkeys(one, _VALUES)) | st.just(one), max_size=9)
        ),
        max_size=3,
    ),
    st.lists(_VALUES, max_size=2),
)
def test_maps_that_are_printed_in_one_go_have_the_text_of_each(runs: list[list[Any]], others: list[Any]) -> None:
    """What is printed fastest is what a list of one item is printed as."""
    items = [*chain.from_iterable(runs), *others]
    whole = kea_rendering(items, lambda _: 'a"b')
    each = [kea_rendering([item], lambda _: 'a"b')[2:-2] for item in items]
    assert whole == b"[ " + b", ".join(each) + b" ]"


@given(st.text(st.sampled_from("0123456789.:% a\x00"), max_size=16) | st.ip_addresses(v=4).map(str))
def test_an_address_of_the_first_family_has_one_spelling(text: str) -> None:
    octets = packed(text, 4)
    assert octets is None or ".".join(map(str, octets)) == text
    assert address_shown(text, 4) == text


def test_what_is_shared_depends_on_what_is_around_it() -> None:
    """One subnet in two configurations that hand down other values, or values that are equal to Python alone."""
    subnet = {"id": 1, "subnet": "192.0.2.0/24", "reservations": [{"hw-address": "02:00:00:00:00:01"}]}
    nameless = {"subnet": "192.0.2.0/24"}
    configs = [
        {**above, "subnet4": listed}
        for above in ({}, {"calculate-tee-times": True}, {"calculate-tee-times": 1}, {"valid-lifetime": 7}, {})
        for listed in ([subnet], [nameless], [subnet, nameless], [{"subnet": "198.51.100.0/24"}, nameless])
    ]
    configs += [{**each, "shared-networks": [{"name": "n", "subnet4": each["subnet4"]}]} for each in configs]
    configs += [{"shared-networks": each["shared-networks"]} for each in configs if "shared-networks" in each]
    for version in ("2.4", "2.6"):
        shared = Shared()
        for config in configs:
            alone = predict(DHCP4, config, KeaVersion.parse(version))
            made = predict(DHCP4, config, KeaVersion.parse(version), shared=shared)
            assert made == alone
            assert kea_rendering(made, shared=shared) == kea_rendering(alone)


_MACS = st.sampled_from(
    [
        "02:00:00:00:00:0a",
        "02:00:00:00:00:0B",
        "2:0:0:0:0:b",
        "020000000001",
        "'printer'",
        "",
        "02:",
        "02:00:00:00:00:01:02",
    ]
)
_ADDRESSES = st.sampled_from(["192.0.2.1", "0.0.0.0", "010.0.0.1", "", "::1"])
_TEXTS = st.sampled_from(["", "a", "ü", 'a"b', Secret("/known"), "a, "])
_SHOWN = st.integers(0, 999).map(lambda number: bytes.fromhex(f"02abcdef{number:04x}").hex(":"))
"""As Kea prints them."""
_HOSTS = st.fixed_dictionaries(
    {},
    optional={
        "hw-address": _MACS,
        "duid": _MACS,
        "client-id": _MACS,
        "flex-id": _MACS,
        "ip-address": _ADDRESSES,
        "next-server": _ADDRESSES,
        "hostname": _TEXTS,
        "server-hostname": _TEXTS,
        "client-classes": st.sampled_from([[], ["a"], ["a", "a"]]),
        "ip-addresses": st.sampled_from([[], ["2001:db8::0"], ["2001:DB8::1", "2001:db8::2"], [""]]),
        "option-data": st.sampled_from([[], [{"code": 6, "data": "192.0.2.9"}]]),
        "user-context": st.just({"a": 1}),
    },
)


@given(
    st.lists(_HOSTS.flatmap(lambda host: st.lists(st.just(host) | _HOSTS, min_size=1, max_size=8)), max_size=3),
    st.sampled_from([_MACS, _SHOWN]).flatmap(lambda each: st.lists(each, min_size=24, max_size=24)),
    st.sampled_from([DHCP4, DHCP6]),
)
def test_a_hash_needs_no_prediction(runs: list[list[dict[str, Any]]], macs: list[str], daemon: Daemon) -> None:
    """What is only printed is predicted in a shorter way, for the same text."""
    alike = [
        {**host, "hw-address": mac} if "hw-address" in host else host
        for host, mac in zip(chain(*runs), macs, strict=False)
    ]
    assert_same_hash(daemon, alike)


@pytest.mark.parametrize("macs", [
    ["02:00:00:00:00:0b", "02:00:00:00:00:0a", "02:00:00:00:00:01", "02:00:00:00:00:0b", "02:00:00:00:00:00"],
    ["02:00:00:00:00:0b", "02:00:00:00:00:0A", "02:00:00:00:00:01", "02:00:00:00:00:0c", "02:00:00:00:00:00"],
    ["02:00:00:00:00:0b", "02:00:00:00:00", "02:00:00:00:00:01", "02:00:00:00:00:0c", "02:00:00:00:00:00"],
    ["02:00:00:00:00:0b", "20000000000", "02:00:00:00:00:01", "02:00:00:00:00:0c", "02:00:00:00:00:00"],
    ["02:00:00:00:00:0b", "", "02:00:00:00:00:01", "02:00:00:00:00:0c", "02:00:00:00:00:00"],
])  # fmt: skip
@pytest.mark.parametrize("more", [
    {}, {"hostname": "a"}, {"hostname": Secret("/known")}, {"ip-address": "0.0.0.0"}, {"client-id": "01:02"}, {"client-classes": ["a"]}, {"next-server": "192.0.2.1"},
])  # fmt: skip
def test_a_hash_of_reservations_that_are_alike(macs: list[str], more: dict[str, Any]) -> None:
    assert_same_hash(DHCP4, [{"hw-address": mac, "server-hostname": f"s{at}", **more} for at, mac in enumerate(macs)])


def assert_same_hash(daemon: Daemon, alike: list[dict[str, Any]]) -> None:
    """The hash of what is predicted as a whole is that of what is predicted for it alone."""
    config = {daemon.subnets: [{"id": 1, "subnet": "192.0.2.0/24", "reservations": alike}], "reservations": alike[:5]}
    version = KeaVersion.parse("2.6")
    shown = predict(daemon, config, version)
    for resolve in (lambda _: "known", lambda _: None):
        shared = Shared()
        expected = config_hash(daemon, shown, version, resolve)
        assert predicted_hash(daemon, config, version, None, resolve) == expected
        assert predicted_hash(daemon, config, version, None, resolve, shared) == expected
        assert predicted_hash(daemon, config, version, None, resolve, shared) == expected
