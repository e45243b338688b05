"""A suggestion that is followed leads to what was meant: names of other servers, the other family's, slips; or there is none."""

from __future__ import annotations

from collections import Counter

import pytest

from kea_hac.kea.grammar import program
from kea_hac.kea.option_definitions import definition, known_names, own_space
from kea_hac.kea.suggest import _KEYS, _OPTIONS, key_for, nearest, option_for
from kea_hac.kea.version import BRANCHES
from kea_hac.source.limits import DEFAULT_LIMITS
from kea_hac.spec.load import SERVER_KEYS, TOP_KEYS
from kea_hac.spec.pair import OUR_HA_KEYS
from tests.specs import findings_of
from tests.unit.compiler.pairs import pair

KEYS = {
    ("dhcp4", "reservation", "mac-address"): "hw-address",
    ("dhcp4", "reservation", "hardware-ethernet"): "hw-address",
    ("dhcp4", "reservation", "fixed-address"): "ip-address",
    ("dhcp4", "reservation", "ip-addresses"): "ip-address",
    ("dhcp6", "reservation", "ip-address"): "ip-addresses",
    ("dhcp6", "reservation", "mac"): "hw-address",
    ("dhcp4", "subnet4", "range"): "pools",
    ("dhcp4", "subnet4", "max-lease-time"): "max-valid-lifetime",
    ("dhcp4", "subnet4", "lease-time"): "valid-lifetime",
    ("dhcp4", "subnet4", "validLifetime"): "valid-lifetime",
    ("dhcp4", "subnet4", "valid_lifetime"): "valid-lifetime",
    ("dhcp4", "subnet4", "valid-lifetme"): "valid-lifetime",
    ("dhcp4", "subnet4", "hosts"): "reservations",
    ("dhcp4", "subnet4", "address-pools"): "pools",
    ("dhcp4", "reservation", "hardware-address"): "hw-address",
    ("dhcp4", "reservation", "address"): "ip-address",
    ("ctrl-agent", "Control-agent", "port"): "http-port",
    ("ctrl-agent", "Control-agent", "host"): "http-host",
    ("ctrl-agent", "Control-agent", "listen-address"): "http-host",
    ("dhcp4", "control-socket", "port"): "socket-port",
    ("dhcp4", "control-socket", "address"): "socket-address",
    ("dhcp6", "control-socket", "path"): "socket-name",
    ("dhcp4", "lease-database", "path"): None,
    ("dhcp4", "Dhcp4", "subnet6"): None,
    ("dhcp4", "subnet4", "preferred-lifetime"): None,
    ("dhcp4", "subnet4", "gateway"): None,
}
OPTIONS = {
    (4, "dns-servers"): "domain-name-servers",
    (4, "nameserver"): "domain-name-servers",
    (6, "domain-name-servers"): "dns-servers",
    (4, "gateway"): "routers",
    (4, "default-router"): "routers",
    (4, "ruoters"): "routers",
    (6, "routers"): None,
    (6, "gateway"): None,
    (4, "sntp-servers"): "ntp-servers",
    (6, "ntp-servers"): "sntp-servers",
    (4, "netmask"): "subnet-mask",
    (6, "bootfile-name"): "bootfile-url",
    (4, "wins-server"): "netbios-name-servers",
    (4, "domain-search-list"): "domain-search",
    (4, "nis-server"): "nis-servers",
    (4, "default-routers"): "routers",
    (4, "dns-search-list"): "domain-search",
    (6, "connection-specific-suffix"): "domain-search",
    (4, "ms-classless-static-routes"): "classless-static-route",
}


@pytest.mark.parametrize(
    ("where", "meant"), KEYS.items(), ids=lambda each: "-".join(each) if isinstance(each, tuple) else ""
)
def test_keys(where: tuple[str, str, str], meant: str | None) -> None:
    known, scope, word = where
    assert key_for(word, program(known).scopes[scope].keywords) == meant  # type: ignore[arg-type]


@pytest.mark.parametrize(("where", "meant"), OPTIONS.items(), ids=str)
def test_options(where: tuple[int, str], meant: str | None) -> None:
    family, word = where
    assert option_for(word, family, known_names(family, own_space(family), BRANCHES[2])) == meant


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("suoth", ["south", "north"], "south"),
        ("kea3", ["kea1", "kea2"], None),
        ("voip-2", ["voip-1"], None),
        ("hot-standy", ["hot-standby", "load-balancing"], "hot-standby"),
        ("dns-servers", ["nis-servers"], None),
        ("output-option", ["output-options", "output_options"], "output-options"),
        ("mac-address", ["ip-address"], None),
        ("client-clases", ["client-class", "client-classes"], None),
    ],
)
def test_a_slip_and_what_only_looks_alike(word: str, known: list[str], meant: str | None) -> None:
    assert nearest(word, known) == meant


def test_every_name_that_is_suggested_is_one_of_kea() -> None:
    keys = {
        key
        for name in ("dhcp4", "dhcp6", "ctrl-agent")
        for scope in program(name).scopes.values()
        for key in scope.keywords
    }  # type: ignore[arg-type]
    keys |= set(program("ha").scopes["relationship"].keywords) | TOP_KEYS | SERVER_KEYS | OUR_HA_KEYS
    keys |= {"server"}  # of a peer in a relationship
    assert set(_KEYS) <= keys
    for both in _OPTIONS:
        for family, option in zip((4, 6), both, strict=True):
            assert option is None or definition(family, own_space(family), option, BRANCHES[-1]) is not None, option


def test_no_name_is_broken_in_two() -> None:
    names = [name for words in (*_KEYS.values(), *_OPTIONS.values()) for name in words.split()]
    assert [name for name in names if name.startswith("-") or name.endswith("-")] == []


@pytest.mark.parametrize(
    ("written", "meant"),
    {
        "ha": "high-availability",
        "failover": "high-availability",
        "highAvailability": "high-availability",
        "agent": "control-agent",
        "peers": "servers",
        "version": "kea",
    }.items(),
)
def test_keys_of_the_spec(written: str, meant: str) -> None:
    assert key_for(written, TOP_KEYS) == meant


def test_another_name_for_high_availability_is_the_only_mistake() -> None:
    text = pair("subnet4: [{id: 1, subnet: 192.0.2.0/24}]").replace("high-availability:", "ha:")
    (found,) = (each for each in findings_of(text) if each.severity == "error")
    assert (found.rule.code, found.fix) == ("KH102", "write 'high-availability'")


def test_a_flood_of_unknown_keys_ends_with_a_count() -> None:
    most = DEFAULT_LIMITS.unknown_keys
    flood = "".join(f"zz{number}: 1\n" for number in range(most + 5))
    for text, rule in ((pair("subnet4: []") + flood, "KH102"), (pair("subnet4: []\n" + flood), "KH120")):
        codes = Counter(each.rule.code for each in findings_of(text))
        assert (codes[rule], codes["KH003"]) == (most, 1)


def fixes(dhcp4: str) -> list[str | None]:
    return [each.fix for each in findings_of(pair(dhcp4)) if each.severity == "error"]


def test_values_are_computed() -> None:
    subnet = "subnet4: [{{id: 1, subnet: 192.0.2.0/24, {0}}}]"
    assert fixes(subnet.format("range: 192.0.2.10 192.0.2.20")) == ["write `pools: [{pool: 192.0.2.10 - 192.0.2.20}]`"]
    assert fixes(subnet.format("gateway: 192.0.2.1")) == ["add it to `option-data`: `{name: routers, data: 192.0.2.1}`"]
    assert fixes(subnet.format("giaddr: 192.0.2.1")) == ["write `relay: {ip-addresses: [192.0.2.1]}`"]
    assert fixes(subnet.format("nameservers: [192.0.2.1, 192.0.2.2]")) == [
        'add it to `option-data`: `{name: domain-name-servers, data: "192.0.2.1, 192.0.2.2"}`'
    ]


def test_an_option_of_the_other_family_is_not_to_be_defined_here() -> None:
    (found,) = (
        each
        for each in findings_of(pair("option-data: [{name: sip-server-addr, data: 192.0.2.1}]"))
        if each.rule.code == "KH402"
    )
    assert found.fix is None
    assert "it is an option of DHCPv6, and has no counterpart here" in found.message
