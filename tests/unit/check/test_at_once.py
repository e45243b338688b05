"""Lists are looked at as a whole where that shows that there is nothing to say: with the answer of a look at each of their maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.api import Checked, judge, load_text, needs
from kea_hac.check import texts
from kea_hac.check.rules import delegated_prefixes, reservations, reserved
from kea_hac.check.rules.reservations import _HOSTNAME, _all_names, _Hosts
from kea_hac.compiler import needs as host_needs
from kea_hac.kea import canonical, known, reading, spelling
from kea_hac.kea.addressing import numbers_of, packed
from kea_hac.kea.canonical import holds_secret
from kea_hac.kea.config import Block, Columns, Once, columns, same_or
from kea_hac.kea.identifiers import all_bytes, any_odd, identifier_bytes, odd_length
from kea_hac.kea.levels import levels
from kea_hac.source.document import Secret
from tests.counting import calls

MACS = [
    "02:00:00:00:00:01",
    "02:00:00:00:00:02",
    "02:00:00:00:00:0a",
    "02:00:00:00:00:0A",
    "02:00:00:00:00:03",
    "02:00:00:00:00:04",
]
IDENTIFIERS = [
    *MACS, "020000000001", "0x20000000001", "02 00 00 00 00 01", "02-00-00-00-00-01", "0200.0000.0001", "02:0:0:0:0:1", "02", "2", "02:00",
    "02:00:00:00:00", "02:00:00:00:00:001", ":02", "02:", "02::03", "02: 1:03", " 02:01", "02:01\n", "'printer'", "''", "'", "", "zz", "zz:zz",
    "01:02:00:00:00:00:01", "01:02:00:00:00:00", "00:01:00:01:1c:39:cf:88:08:00:27:fe:8f:95", "00:01:00:01:1c", "00:03:00:01:02:00", "00:04:aa",
    "\uff10\uff12:00", "02:\u0663\u0663", "é", "02:00" + ":00" * 20, "02" + ":00" * 130, "02" + ":00" * 260,
]  # fmt: skip
NAMES = [
    "a", "host-1", "host-2", "a.b", "a.b.", "A_b", "_a", "a_", "-a", "a-", "a.-b", "a-.b", "a..b", ".a", ".", "", "a b", "a\nb", "a\n", "\na", "ä", "ſ",
    "a" * 63, "a" * 64, ".".join(["a" * 60] * 4) + ".aaaaaaaaa", ".".join(["a" * 60] * 4) + ".aaaaaaaaaaaa", "a\x00b", "\ud800",
]  # fmt: skip
ADDRESSES = [
    "192.0.2.1", "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13", "192.0.2.200", "192.0.2.0", "192.0.2.255", "0.0.0.0", "255.255.255.255",
    "198.51.100.1", "192.0.2.010", " 192.0.2.10", "192.0.2.10/24", "2001:db8::1", "", "x", "192.0.2", "192.0.2.10\x00",
]  # fmt: skip
ADDRESSES_6 = [
    "2001:db8::1", "2001:db8::2", "2001:DB8::2", "2001:db8:0::3", "2001:db8::3", "::", "ff02::1", "fe80::1%eth0", "2001:db8::1%", "192.0.2.1", "x", "",
]  # fmt: skip


def _quoted(text: str) -> str:
    return '"' + "".join(each if each.isalnum() and each.isascii() else f"\\U{ord(each):08x}" for each in text) + '"'


ODD = ["~", "null", '"null"', "5", "true", "1.5", "[]", "{}", '[""]', "!secret /etc/kea/x", "!on-server /etc/kea/x", '"{server}"', '"{x}"', '"a=b"', '"http://u:geheim@h"', "! x"]  # fmt: skip


def _texts(usual: list[str]) -> st.SearchStrategy[str]:
    few = st.sampled_from(usual[:6])
    return st.one_of(
        few.map(_quoted),
        few,
        st.sampled_from([text for text in usual if "\ud800" not in text]).map(_quoted),
        st.sampled_from(ODD),
    )


OPTIONS = ['[{name: domain-name-servers, data: 192.0.2.1}]', '[{name: routers, data: !secret /etc/kea/x}]', '[{name: dns-servers, data: "2001:db8::1"}]', "[{name: x}, 1]", "[{code: routers, data: 192.0.2.1}]"]  # fmt: skip
RARE: list[dict[str, str]] = [
    {},
    {},
    {},
    {"option-data": "[{code: 23, data: !secret /etc/kea/x}]"},
    {"client-classes": "[KNOWN]"},
    {"user-context": "{a: !secret /etc/kea/x}"},
]
"""What a good reservation may have besides."""
ANY = {
    "hw-address": _texts(IDENTIFIERS),
    "duid": _texts(IDENTIFIERS),
    "client-id": _texts(IDENTIFIERS),
    "flex-id": _texts(IDENTIFIERS),
    "ip-address": _texts(ADDRESSES),
    "ip-addresses": st.one_of(
        st.lists(_texts(ADDRESSES_6), max_size=3).map(lambda each: f"[{', '.join(each)}]"), st.sampled_from(ODD)
    ),
    "prefixes": st.sampled_from(
        [
            '["2001:db8:1::/64"]',
            "[]",
            '["2001:db8::2/64", x]',
            "~",
            '["2001:db8:20::/48"]',
            '["2001:db8::20/128"]',
            '["ff00::/8"]',
            '["::/0"]',
            '["2001:db8:1::/64", "2001:db8:1::/64"]',
            '["2001:db8:1::/64", "2001:db8:1::/56"]',
            "[5]",
        ]
    ),
    "hostname": _texts(NAMES),
    "option-data": st.sampled_from(OPTIONS),
    "client-classes": st.sampled_from(["[KNOWN]", "[x]", "[]", "x"]),
    "boot-file-name": _texts(["boot.bin", "b" * 128, "", "{server}"]),
    "user-context": st.sampled_from(["{a: 1}", "{password: geheim}", "{a: !secret /etc/kea/x}", "[]"]),
    "comment": _texts(["a note"]),
    "excluded-prefixes": st.sampled_from(['["2001:db8:1::/72"]', '[""]']),
    "hostnam": st.just("x"),
    "password": st.just("geheim"),
    "id": st.just("1"),
}
_MAPS = st.fixed_dictionaries({}, optional=ANY)
_ONE_ODD = st.sampled_from([*ANY, "prefixes", "ip-addresses", "hw-address", "hostname"]).flatmap(
    lambda key: st.fixed_dictionaries({key: ANY[key]})
)


@st.composite
def _hosts(draw: st.DrawFn, family: int, first: int) -> str:
    """A list of good reservations, in most cases with others between them."""
    hosts = []
    for number in range(first, first + draw(st.integers(0, 6))):
        host = {
            "hw-address": f'"02:00:00:00:01:{number:02x}"',
            "hostname": f"host-{number}",
            **draw(st.sampled_from(RARE)),
        }
        host["ip-address" if family == 4 else "ip-addresses"] = (
            f"192.0.2.{number}" if family == 4 else f'["2001:db8::{number}"]'
        )
        if family == 6 and draw(st.booleans()):
            host["prefixes"] = draw(
                st.sampled_from(
                    [f'["2001:db8:{number}::/48"]', f'["2001:db8:{number}::/56", "2001:db8:{number}:100::/56"]']
                )
            )
        hosts.append({key: host[key] for key in draw(st.sampled_from([sorted(host, reverse=True), list(host)]))})
    if draw(st.booleans()):
        odd = draw(st.one_of(_ONE_ODD, _ONE_ODD, _MAPS))
        hosts.append(odd if "id" in odd or not hosts else {**hosts[0], "hw-address": '"02:00:00:00:02:00"', **odd})
    written = [f"{{{', '.join(f'{key}: {value}' for key, value in host.items())}}}" for host in hosts]
    written += draw(st.lists(st.sampled_from(ODD), max_size=1)) if draw(st.integers(0, 9)) == 0 else []
    return f"[{', '.join(written)}]"


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Specs of one family with reservations of all sorts."""
    family = draw(st.sampled_from([4, 6]))
    net, pool, other = "192.0.2.0/24", "192.0.2.200 - 192.0.2.210", "192.0.2.20 - 192.0.2.22"
    if family == 6:
        net, pool, other = '"2001:db8::/64"', "2001:db8::1000 - 2001:db8::2000", "2001:db8::20 - 2001:db8::22"
    return f"""\
kea-hac: 1
pair: p
kea: {draw(st.sampled_from(["2.2", "2.6", "3.0"]))}
platform: debian
servers:
  - {{name: kea1, role: primary, address: 203.0.113.1, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: standby, address: 203.0.113.2, interfaces: {{lan: ens18}}}}
high-availability: {{mode: hot-standby, listener: 8001}}
dhcp{family}:
  {draw(st.sampled_from(["valid-lifetime: 4h", "ip-reservations-unique: false"]))}
  subnet{family}:
    - {{id: 1, subnet: {net}, interface: lan, pools: [{{pool: "{pool}"}}, {{pool: "{draw(st.sampled_from([other, other, other, pool]))}"}}],
       {draw(st.sampled_from(["", "", "", "reservations-out-of-pool: true,", "nonsense: 1,"]))} reservations: {draw(_hosts(family, 20))}}}
  reservations: {draw(_hosts(family, 40))}
"""


def _told(checked: Checked) -> tuple[Any, ...]:
    files = dict(checked.build.files) if checked.build is not None else None
    return checked.report, files, {name: each.in_full() for name, each in needs(checked).items()}, checked.configs


def _one_by_one(patch: pytest.MonkeyPatch) -> None:
    """From now on each map is looked at by itself."""
    patch.setattr(reading, "blocks_of_texts", lambda *_: None)
    patch.setattr(reading, "good_texts", lambda _: False)
    patch.setattr(known, "levels", lambda *_: None)
    patch.setattr(texts, "_telling", lambda *_: None)
    patch.setattr(_Hosts, "all_good", lambda *_: False)
    patch.setattr(reservations, "all_in_place", lambda *_: False)
    patch.setattr(reservations, "_all_names", lambda _: False)
    patch.setattr(reserved, "numbers_of", lambda *_: None)
    patch.setattr(spelling, "levels", lambda *_: None)
    patch.setattr(Once, "holds_secret", lambda _, value: holds_secret(value))
    patch.setattr(host_needs, "may_show_secret", lambda _: True)
    patch.setattr(Columns, "values", lambda found, key: [each[key] for each in found.blocks if key in each])


@given(specs())
def test_a_look_at_the_whole_says_what_a_look_at_each_does(text: str) -> None:
    whole = _told(judge(load_text(text, Path("s.yaml"))))
    with pytest.MonkeyPatch.context() as patch:
        _one_by_one(patch)
        assert _told(judge(load_text(text, Path("s.yaml")))) == whole


@pytest.mark.parametrize("odd", [*ODD, '"a\\u0001"', '"a\\n"', "''"])
@pytest.mark.parametrize("key", ["hostname", "ip-address", "hw-address", "hostnam"])
def test_one_odd_value_among_good_ones_is_found(key: str, odd: str) -> None:
    hosts = [
        f'{{hw-address: "02:00:00:00:00:0{number}", ip-address: 192.0.2.{number}, hostname: a{number}}}'
        for number in range(1, 7)
    ]
    odd_one = {"hw-address": '"02:00:00:00:00:07"', "ip-address": "192.0.2.7", "hostname": "b", key: odd}
    hosts.insert(3, f"{{{', '.join(f'{each}: {value}' for each, value in odd_one.items())}}}")
    text = f"kea-hac: 1\nkea: 2.6\ndhcp4:\n  subnet4: [{{id: 1, subnet: 192.0.2.0/24, reservations: [{', '.join(hosts)}]}}]\n"
    whole = _told(judge(load_text(text, Path("s.yaml"))))
    with pytest.MonkeyPatch.context() as patch:
        _one_by_one(patch)
        assert _told(judge(load_text(text, Path("s.yaml")))) == whole


@pytest.mark.parametrize("odd", [
    '["ff00::/8"]', '["::/0"]', '["2001:db8:9::1/64"]', '["2001:db8:2::/64"]', '["2001:db8:2::/48"]', '["2001:db8:9::/64", "2001:db8:9::/64"]',
    '["2001:db8:9::/64", "2001:db8:9::/56"]', '["2001:db8::9/128"]', '["2001:db8:9::"]', "[x]", "[5]", '["2001:db8::/32"]', '["2001:db8::/64"]', '["2001:db8:9::/64"]',
])  # fmt: skip
def test_one_odd_prefix_among_good_ones_is_found(odd: str) -> None:
    hosts = [
        f'{{duid: "00:0{number}:aa", ip-addresses: ["2001:db8::{number}"], prefixes: ["2001:db8:{number}::/64"]}}'
        for number in range(1, 7)
    ]
    hosts.insert(3, f'{{duid: "00:07:aa", ip-addresses: ["2001:db8::9"], prefixes: {odd}}}')
    text = f'kea-hac: 1\nkea: 3.0\ndhcp6:\n  subnet6: [{{id: 1, subnet: "2001:db8::/64", reservations: [{", ".join(hosts)}]}}]\n'
    whole = _told(judge(load_text(text, Path("s.yaml"))))
    with pytest.MonkeyPatch.context() as patch:
        _one_by_one(patch)
        patch.setattr(delegated_prefixes, "_none_between", lambda *_: False)
        assert _told(judge(load_text(text, Path("s.yaml")))) == whole


@given(st.lists(st.sampled_from(IDENTIFIERS), min_size=1))
def test_identifiers_are_read_as_one_by_one(texts: list[str]) -> None:
    found = all_bytes(texts)
    assert found is None or found == [identifier_bytes(each) for each in texts]
    if found is not None:
        for kind in ("hw-address", "duid", "client-id", "flex-id"):
            odd = any(odd_length(kind, raw, text) for raw, text in zip(found, texts, strict=True))
            assert any_odd(kind, found) is odd


def test_identifiers_in_pairs_are_read_at_once() -> None:
    assert all_bytes(["02:0a", "02:0B:0c"]) == [b"\x02\x0a", b"\x02\x0b\x0c"]
    assert all_bytes(["02:0a", Secret("/x")]) is None


@given(st.lists(st.sampled_from(NAMES)))
def test_good_names_are_good_one_by_one(names: list[str]) -> None:
    assert not _all_names(names) or all(not each or _HOSTNAME.match(each) for each in names)


def test_usual_names_are_good_at_once() -> None:
    assert _all_names(["a", "", "host-1.example.org.", "A_b"])
    assert not _all_names(["a", 5])


@given(st.sampled_from([4, 6]), st.lists(st.sampled_from([*ADDRESSES, *ADDRESSES_6])))
def test_addresses_are_read_as_one_by_one(family: int, texts: list[str]) -> None:
    read = [packed(each, family) for each in texts]
    found = numbers_of(texts, family)
    assert (
        found == [int.from_bytes(each) for each in read if each]
        if found is not None
        else None in read or any("%" in each for each in texts)
    )


@pytest.mark.parametrize(
    "value", [1, "a", Secret("/x"), None, [], [1, Secret("/x")], {"a": [{}]}, {"a": [{"b": Secret("/x")}]}]
)
@pytest.mark.parametrize("items", [1, 9])
def test_a_secret_is_found_in_any_depth(value: object, items: int) -> None:
    listed = [*(Block((), {"a": 1}) for _ in range(items)), Block((), {"a": 1, "b": value}), value]
    once = Once()
    assert once.holds_secret(listed) is once.holds_secret(listed) is holds_secret(listed)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": Secret("/x")},
        {"option-data": [Block((), {"data": Secret("/x")})]},
        {"pools": [Block((), {"pool": "x", "option-data": [Block((), {"data": Secret("/x")})]})]},
        {"relay": Block((), {"ip-addresses": ["x", Secret("/x")]})},
        {"reservations": [Block((), {"user-context": Block((), {"a": [Secret("/x")]})})]},
        {"user-context": Block((), {"a": 1})},
        {"reservations": [Secret("/x")]},
        {"unknown": Secret("/x")},
        {"relay": Block((), {"ip-addresses": ["x"]})},
    ],
)
def test_a_secret_is_found_where_the_levels_are_known(odd: dict[str, object]) -> None:
    listed = [*(Block((), {"id": number, "subnet": "x"}) for number in range(5)), Block((), {"id": 9, **odd})]
    once = Once()
    levels("dhcp4", "subnet4", listed, once)
    assert once.holds_secret(listed) is holds_secret(listed)


def test_a_text_without_a_secret_shows_none() -> None:
    assert canonical.may_show_secret(canonical.kea_text({"a": Secret("/x")}))
    assert not canonical.may_show_secret(canonical.kea_text({"a": '<?include "/x"?>'}))


def test_a_list_is_looked_through_once() -> None:
    listed = [Block((), {"a": 1})]
    once, seen = Once(), list[object]()
    for _ in range(2):
        assert once.of(listed, "asked", lambda value: seen.append(value) or 5) == 5
        assert once.of(listed, "another", lambda value: seen.append(value) or 6) == 6
        assert once.of(list(listed), "asked", lambda value: seen.append(value) or 7) == 7
    assert len(seen) == 4


def test_the_columns_of_a_list() -> None:
    listed = [Block((), {"a": 1, "b": "x"}), 5, Block((), {"b": []}), Block()]
    found = columns(listed)
    assert found.blocks == [listed[0], listed[2], listed[3]]
    assert (found.kinds, found.inner, found.shapes) == (
        {"a": {int}, "b": {str, list}},
        {"b": set()},
        {("a", "b"), ("b",), ()},
    )
    assert found.having("a", "c") == [listed[0]]
    assert found.having("c") == found.values("c") == []
    assert (found.values("b"), found.values("a")) == (["x", []], [1])
    assert Once().columns(None).blocks == Once().columns([]).blocks == []


def test_what_stays_the_same_is_the_same_list() -> None:
    listed = [Block(), Block()]
    assert same_or(listed, list(listed)) is listed
    assert same_or(listed, [Block(), listed[1]]) is not listed
    assert same_or(listed, listed[:1]) is not listed


def test_a_rule_that_looks_for_something_rare_does_not_look_at_each() -> None:
    found = columns([Block((), {"a": 1}) for _ in range(1000)])
    assert calls(lambda: found.having("b")) < 10
