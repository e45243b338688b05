"""Twice the input costs twice the work, whatever there is much of; what no site has is refused at its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

import kea_hac
from kea_hac.kea.suggest import Words, nearest
from kea_hac.linting import lint
from kea_hac.source import Limits, read_kea_json_text, read_yaml, read_yaml_text
from tests.counting import LINEAR, calls, growth

HEAD = """\
kea-hac: 1
pair: campus
kea: 2.6
platform: debian
servers:
  - {name: a, role: primary, address: 10.1.0.1, interfaces: [eth0]}
  - {name: b, role: standby, address: 10.1.0.2, interfaces: [eth0]}
"""
HA = """\
high-availability:
  mode: hot-standby
  trust-anchor: /etc/kea/ca.pem
  cert-file: "/etc/kea/{server}.pem"
  key-file: "/etc/kea/{server}.key"
  listener: {dhcp4: 8001}
"""
SUBNET = "  subnet4: [{id: 1, subnet: 10.0.0.0/8}]\n"


def _each(line: str, count: int) -> str:
    """The line so often: N is its number, HH two octets of it, D two decimal ones, W a word without digits."""
    made = []
    for at in range(count):
        word = "".join(chr(97 + int(digit)) for digit in f"{at:05}")
        octets, decimal = f"{at >> 8:02x}:{at & 255:02x}", f"{at // 250 + 2}.{at % 250}"
        made.append(line.replace("HH", octets).replace("DD", decimal).replace("WW", word).replace("NN", str(at)))
    return "".join(made)


def _dhcp(before: str, line: str, after: str = SUBNET) -> Callable[[int], str]:
    return lambda count: f"{HEAD}{HA}dhcp4:\n{before}{_each(line, count)}{after}"


_SUBNETS = "  subnet4:\n"
_CLASSES = "  client-classes:\n"
_HOSTS = "  subnet4:\n    - id: 1\n      subnet: 10.0.0.0/8\n      reservations:\n"
_DEFINED = "    - {name: oNNx, code: 250, space: sNN, type: string}\n"

SPECS: dict[str, Callable[[int], str]] = {
    "unknown keys": _dhcp("", "  zzWW: 1\n"),
    "unknown keys of the head": lambda count: HEAD + _each("zzWW: 1\n", count) + HA + "dhcp4:\n" + SUBNET,
    "an unknown key each": _dhcp(_SUBNETS, "    - {id: 1NN, subnet: 10.DD.0/24, zzWW: 1}\n", ""),
    "keys twice": lambda count: HEAD + HA + "dhcp4:\n" + _each("  zNN: 1\n", count) * 2 + SUBNET,
    "unknown options": _dhcp("  option-data:\n", "    - {name: zzWW, data: x}\n"),
    "unknown options beside definitions": lambda count: (
        f"{HEAD}{HA}dhcp4:\n  option-def:\n{_each(_DEFINED, count)}"
        f"  option-data:\n{_each('    - {name: zzWW, data: x}' + chr(10), count)}{SUBNET}"
    ),
    "definitions of options": _dhcp("  option-def:\n", _DEFINED),
    "one definition again and again": _dhcp("  option-def:\n", "    - {name: o, code: 224, type: string}\n"),
    "reservations": _dhcp("  reservations:\n", "    - {hw-address: '02:00:00:00:HH', hostname: hNN}\n"),
    "reservations of a subnet": _dhcp(_HOSTS, "        - {hw-address: '02:00:00:00:HH', ip-address: 10.9.DD}\n", ""),
    "one reservation again and again": _dhcp(
        _HOSTS, "        - {hw-address: '02:00:00:00:00:01', ip-address: 10.9.0.1}\n", ""
    ),
    "reservations with classes": _dhcp(_HOSTS, "        - {hw-address: '02:00:00:00:HH', client-classes: [WW]}\n", ""),
    "interfaces": lambda count: HEAD.replace("[eth0]", f"[{_each('ethNN, ', count)}eth]") + HA + "dhcp4:\n" + SUBNET,
    "classes": _dhcp(_CLASSES, "    - {name: cNN, test: \"option[60].text == 'NN'\"}\n"),
    "members of unknown classes": _dhcp(_CLASSES, "    - {name: cWW, test: \"member('zzWW')\"}\n"),
    "members in one test": lambda count: (
        f'{HEAD}{HA}dhcp4:\n{_CLASSES}    - name: c\n      test: "'
        + _each("member('zzWW') or ", count)
        + f'option[60].exists"\n{SUBNET}'
    ),
    "guards by unknown classes": lambda count: (
        f"{HEAD}{HA}dhcp4:\n{_CLASSES}"
        + _each("    - {name: cWW, test: option[60].exists}\n", count)
        + _SUBNETS
        + _each("    - {id: 1NN, subnet: 10.DD.0/24, client-class: dWWq}\n", count)
    ),
    "options of classes": _dhcp(
        _CLASSES, "    - {name: cNN, test: option[60].exists, option-data: [{name: routers, data: 10.0.0.1}]}\n"
    ),
    "definitions of classes": _dhcp(
        _CLASSES,
        "    - {name: cNN, test: option[60].exists, option-def: [{name: v, code: 224, type: string}], "
        "option-data: [{name: v, data: s}]}\n",
    ),
    "secrets": _dhcp(_SUBNETS, "    - {id: 1NN, subnet: 10.DD.0/24, user-context: {password: passNNword}}\n", ""),
    "anchors": _dhcp(_SUBNETS, "    - &aNN {id: 1NN, subnet: 10.DD.0/24}\n", ""),
    "unknown aliases": _dhcp(_SUBNETS, "    - {id: 1NN, subnet: 10.DD.0/24, user-context: *zNN}\n", ""),
    "aliases": _dhcp(
        "  user-context: {o: &o {a: 1}}\n  subnet4:\n", "    - {id: 1NN, subnet: 10.DD.0/24, user-context: *o}\n", ""
    ),
    "merges": _dhcp(
        "  user-context: {o: &o {valid-lifetime: 3600}}\n  subnet4:\n",
        "    - {id: 1NN, subnet: 10.DD.0/24, <<: *o}\n",
        "",
    ),
    "anchors before a syntax error": lambda count: HEAD + _each("k1NN: &aNN x\n", count) + "password: [&\n",
    "suppressions": _dhcp(
        _SUBNETS, "    - {id: 1NN, subnet: 10.DD.0/24, zz: 1}  # kea-hac: ignore[unknown-key] some reason\n", ""
    ),
    "ignored in diff": lambda count: (
        f"{HEAD}diff:\n  ignore:\n{_each('    - dhcp4.subnet4[id=NN].pools' + chr(10), count)}{HA}dhcp4:\n{SUBNET}"
    ),
    "one line": lambda count: (
        f"{HEAD}{HA}dhcp4:\n  subnet4: [{_each('{id: 1NN, subnet: 10.DD.0/24, zz: 1}, ', count)}]\n"
    ),
    "a long expression": lambda count: (
        f'{HEAD}{HA}dhcp4:\n{_CLASSES}    - name: c\n      test: "'
        + _each("option[60].text == 'xNN' or ", 10 * count)
        + f'option[60].exists"\n{SUBNET}'
    ),
    "a long expression that breaks off": lambda count: (
        f'{HEAD}{HA}dhcp4:\n{_CLASSES}    - name: c\n      test: "'
        + _each("option[60].text == 'xNN' or ", 10 * count)
        + f'"\n{SUBNET}'
    ),
    "brackets in an expression": lambda count: (
        f'{HEAD}{HA}dhcp4:\n{_CLASSES}    - name: c\n      test: "{"(" * 10 * count}option[60].exists{")" * 10 * count}"\n{SUBNET}'
    ),
    "pools over addresses in use": _dhcp(
        "  option-data: [{name: domain-name-servers, data: 10.2.3.9}]\n  subnet4:\n",
        "    - {id: 1NN, subnet: 10.DD.0/24, pools: [{pool: 10.DD.0/24}], relay: {ip-addresses: [10.DD.1]}}\n",
        "",
    ),
    "routers and masks of one subnet": _dhcp(
        "  option-data: [{name: broadcast-address, data: 192.0.2.255}]\n  shared-networks:\n    - name: n\n      subnet4:\n",
        "        - {id: 1NN, subnet: 10.DD.0/24, option-data: [{name: routers, data: 192.0.2.1}]}\n",
        "",
    ),
    "subnets on one interface": _dhcp(_SUBNETS, "    - {id: 1NN, subnet: 10.DD.0/24, interface: eth0}\n", ""),
    "subnets of one relay": _dhcp(
        _SUBNETS, "    - {id: 1NN, subnet: 10.DD.0/24, relay: {ip-addresses: [192.0.2.1]}}\n", ""
    ),
    "options that each subnet replaces": lambda count: (
        f"{HEAD}{HA}dhcp4:\n{_CLASSES}"
        + _each("    - {name: cNN, option-data: [{name: boot-size, data: '7'}]}\n", count)
        + _SUBNETS
        + _each("    - {id: 1NN, subnet: 10.DD.0/24, option-data: [{name: boot-size, data: '9'}]}\n", count)
    ),
    "delegated prefixes over subnets": lambda count: (
        f"{HEAD}{HA.replace('dhcp4', 'dhcp6')}dhcp6:\n  subnet6:\n"
        "    - {id: 99999, subnet: '2001:db9::/64', pd-pools: [{prefix: '2001:db8::', prefix-len: 32, delegated-len: 48}]}\n"
        + _each("    - {id: 1NN, subnet: '2001:db8:NN::/64'}\n", count)
    ),
    "sub-options": _dhcp(
        "  option-def: [{name: o, code: 1, space: s, type: string}]\n  subnet4:\n",
        "    - {id: 1NN, subnet: 10.DD.0/24, option-data: [{name: o, space: s, data: x}]}\n",
        "",
    ),
    "addresses of one option": lambda count: (
        f"{HEAD}{HA}dhcp4:\n  option-data: [{{name: routers, data: '{_each('10.0.DD, ', count)}10.0.0.1'}}]\n{SUBNET}"
    ),
}


@pytest.mark.parametrize("what", SPECS)
def test_specs(tmp_path: Path, what: str) -> None:
    path = tmp_path / "spec.yaml"

    def prepared(size: int) -> Callable[[], object]:
        text = SPECS[what](size)
        return lambda: path.write_text(text, "utf-8") and kea_hac.compile_spec(path)

    assert growth(prepared, 400 if "unknown classes" in what else 60) < LINEAR  # up to 50 names are compared in full


FILES: dict[str, tuple[str, str, str]] = {
    "included": ("iNN.yaml", "{id: 1NN, subnet: 10.DD.0/24, zz: 1}\n", "    - !include iNN.yaml\n"),
    "missing": ("other-NN.yaml", "1\n", "    - !include iNN.yaml\n"),
    "one file": ("h.yaml", "{a: 1}\n", "    - {id: 1NN, subnet: 10.DD.0/24, user-context: !include h.yaml}\n"),
}


@pytest.mark.parametrize("what", FILES)
def test_includes(tmp_path: Path, what: str) -> None:
    name, content, line = FILES[what]
    spec = tmp_path / "spec.yaml"

    def prepared(size: int) -> Callable[[], object]:
        for at in range(size):
            here = f"{at // 250 + 2}.{at % 250}"
            (tmp_path / name.replace("NN", str(at))).write_text(content.replace("NN", str(at)).replace("DD", here))
        spec.write_text(_dhcp(_SUBNETS, line, "")(size))
        return lambda: kea_hac.compile_spec(spec)

    assert growth(prepared, 60) < LINEAR


CONF = '{"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}, "subnet4": [{"id": 1, "subnet": "10.DD.0/24"ZZ}]}}\n'


@pytest.mark.parametrize("more", ["", ', "zz": 1'], ids=["sound", "unknown keys"])
def test_lint_of_many_files(tmp_path: Path, more: str) -> None:
    def prepared(size: int) -> Callable[[], object]:
        paths = [tmp_path / f"s{at}" / "kea-dhcp4.conf" for at in range(size)]
        for at, path in enumerate(paths):
            path.parent.mkdir(exist_ok=True)
            path.write_text(CONF.replace("DD", f"{at // 250 + 2}.{at % 250}").replace("ZZ", more))
        return lambda: lint(paths)

    assert growth(prepared, 80) < LINEAR


def test_nesting_costs_no_more_than_the_limit() -> None:
    """libyaml looks at every open bracket for each token: whoever reads on after the limit waits for hours."""
    for before in ("a: ", "password: "):
        read_yaml_text(before + "[" * 50_000)  # what is compiled once
        assert calls(partial(read_yaml_text, before + "[" * 100_000)) < 5_000


def test_a_slip_is_found_among_many() -> None:
    names = Words(f"floor-{at}-printers" for at in range(5000))
    assert names.nearest("flor-77-printers") == "floor-77-printers"
    assert names.nearest("floor-77-pirnters") == "floor-77-printers"
    assert names.nearest("floor-7777777-printers") is None
    assert calls(lambda: names.nearest("flor-77-printers")) < 2_000
    alike = Words(f"class-{chr(97 + at // 676)}{chr(97 + at // 26 % 26)}{chr(97 + at % 26)}" for at in range(5000))
    assert alike.nearest("class") is None  # the first search sorts the words
    assert calls(lambda: alike.nearest("class-zzzz")) < 5_000


def test_words_that_grow() -> None:
    names = Words(["ALL"])
    assert names.nearest("voise") is None
    names.add("voice")
    assert names.nearest("voise") == "voice"
    assert nearest("voise", ["ALL", "voice"]) == "voice"


# Limits


def test_keys_and_values(tmp_path: Path) -> None:
    found = read_yaml_text("a: [1, 2, 3]\nb: {c: 1}\n", limits=Limits(nodes=10))
    assert [each.rule.name for each in found.diagnostics] == []
    for reading in (
        read_yaml_text("a: [1, 2, 3]\nb: {c: 1}\n", limits=Limits(nodes=8)),
        read_kea_json_text('{"a": [1, 2, 3],\n"b": {"c": 1}}\n', limits=Limits(nodes=8)),
    ):
        (only,) = reading.diagnostics
        assert only.rule.name == "over-limit"
        assert re.match("([89]|10) keys and values are read up to here, and the limit is 8: ", only.message)
        assert reading.unreadable
    (tmp_path / "part.yaml").write_text("[1, 2, 3, 4]\n")
    spec = tmp_path / "spec.yaml"
    spec.write_text("a: !include part.yaml\nb: !include part.yaml\n")
    assert not read_yaml(spec, limits=Limits(nodes=13)).diagnostics
    (only,) = read_yaml(spec, limits=Limits(nodes=12)).diagnostics
    assert only.rule.name == "over-limit"


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_file_beyond_the_limit_is_not_read_to_its_end(kind: str) -> None:
    count = 100_000
    if kind == "yaml":
        text = "".join(f"k{at}: 1\n" for at in range(count))
        (found,) = read_yaml_text(text, limits=Limits(nodes=1_000)).diagnostics
    else:
        text = "{" + ",\n".join(f'"k{at}": 1' for at in range(count)) + "}"
        (found,) = read_kea_json_text(text, limits=Limits(nodes=1_000)).diagnostics
    assert found.rule.name == "over-limit"
    assert found.span.line < count / 5


def test_the_limit_leaves_room_for_the_largest_sites() -> None:
    """100,000 reservations of ten keys: a map, ten keys and ten values each."""
    assert Limits().nodes >= 4 * 100_000 * 21


def _backups(count: int) -> str:
    line = "  - {name: kNN, role: backup, address: 10.2.DD, interfaces: [eth0]}\n"
    return HEAD + _each(line.replace("10.2.DD", "10.DD.1"), count) + HA + "dhcp4:\n" + SUBNET


def _hub(spokes: int) -> str:
    head = HEAD.split("servers:", maxsplit=1)[0].replace("2.6", "3.0")
    hub = "servers:\n  - {name: hub, address: 10.0.0.2, interfaces: [eth0]}\n"
    servers = _each("  - {name: sNN, address: 10.DD.1, interfaces: [eth0]}\n", spokes)
    peers = (
        "    - listener: 8001\n      peers: [{server: sNN, role: primary}, "
        "{server: hub, role: standby, name: hubNN, address: 10.DD.2}]\n"
    )
    subnets = "    - {id: 1NN, subnet: 10.DD.0/24, user-context: {ha-server-name: sNN}}\n"
    arranged = HA.replace("  listener: {dhcp4: 8001}\n", "  relationships:\n")
    return head + hub + servers + arranged + _each(peers, spokes) + "dhcp4:\n" + _SUBNETS + _each(subnets, spokes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_backups(30), None),
        (_backups(31), "33 servers are listed here, and kea-hac takes 32"),
        (_backups(5000), "5,002 servers are listed here, and kea-hac takes 32"),
        (_hub(40), None),
        (_hub(250), "251 servers are listed here, and kea-hac takes 250"),
    ],
    ids=["30 backups", "31 backups", "5000 backups", "a hub of 40", "a hub of 250"],
)
def test_servers(tmp_path: Path, text: str, message: str | None) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(text)
    checked = kea_hac.compile_spec(path)
    found = [each.message for each in checked.report.diagnostics if each.rule.name == "over-limit"]
    assert found[:1] == ([] if message is None else [message])
    assert (checked.build is None) == (message is not None)


def test_peers_of_one_relationship(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    many = _each("{server: sNN, role: backup}, ", 33)
    path.write_text(_hub(40).replace("peers: [", f"peers: [{many}", 1))
    messages = [each.message for each in kea_hac.compile_spec(path).report.diagnostics]
    assert "35 peers of one relationship are listed here, and kea-hac takes 32" in messages
