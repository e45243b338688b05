"""One mistake in a clean spec: exactly one error, on its line, and the fix, followed as it is written, leads to a clean spec."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

import kea_hac
from kea_hac.diagnostics import Diagnostic
from tests.following import follow

CLEAN = """\
kea-hac: 1
pair: campus
kea: 2.6
platform: debian

servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: ens18}}

high-availability:
  mode: hot-standby
  max-unacked-clients: 5
  trust-anchor: /etc/kea/tls/ca.pem
  cert-file: "/etc/kea/tls/{server}.pem"
  key-file: "/etc/kea/tls/{server}.key"
  listener: {dhcp4: 8001}

dhcp4:
  valid-lifetime: 4h
  client-classes:
    - name: phones
      test: substring(option[60].hex,0,5) == 'phone'
  option-def:
    - {name: color, code: 222, type: string}
  option-data:
    - {name: domain-name-servers, data: "192.0.2.53, 192.0.2.54"}
  subnet4:
    - id: 10
      subnet: 192.0.2.0/24
      reservations-out-of-pool: true
      interface: lan
      option-data:
        - {name: routers, data: 192.0.2.1}
      pools: [{pool: 192.0.2.100 - 192.0.2.199}]
      reservations:
        - hw-address: 00:11:22:33:44:55
          ip-address: 192.0.2.20
    - id: 11
      subnet: 198.51.100.0/24
      relay: {ip-addresses: [198.51.100.1]}
      pools: [{pool: 198.51.100.10 - 198.51.100.99}]
"""


class Mistake(NamedTuple):
    """Part of the clean spec, what stands in its place, the rule's code, and a part of its fix (empty: none is given)."""

    right: str
    wrong: str
    code: str
    fix: str


CLASS = "    - name: phones\n      test: substring(option[60].hex,0,5) == 'phone'"
MISTAKES = [
    Mistake("pair: campus", "pair:", "KH101", "fill in the value behind the colon"),
    Mistake("role: standby", "role: ", "KH101", "fill in the value behind the colon"),
    Mistake(
        "option[60]",
        "option[vendor-class]",
        "KH503",
        "write substring(option[vendor-class-identifier].hex,0,5) == 'phone'",
    ),
    Mistake(
        "option[60]",
        "option[vendor-clas-identifier]",
        "KH503",
        "write substring(option[vendor-class-identifier].hex,0,5) == 'phone'",
    ),
    Mistake("option[60]", "option[dns]", "KH503", "write substring(option[domain-name-servers].hex,0,5) == 'phone'"),
    Mistake("option[60]", "option[frob]", "KH503", "use its code"),
    Mistake(
        CLASS, "    - {name: phones, test: option[60].text == 'phone'}", "KH010", "write \"option[60].text == 'phone'\""
    ),
    Mistake(
        CLASS,
        "    - {test: option[60].text == 'x' and not option[61].exists, name: phones}",
        "KH010",
        "write \"option[60].text == 'x' and not option[61].exists\"",
    ),
    Mistake("    - id: 11", "   - id: 11", "KH010", "write 4 spaces before it"),
    Mistake("    - id: 11", "  - id: 11", "KH010", "write 4 spaces before it"),
    Mistake("pair: campus", "pari: campus", "KH102", "write 'pair'"),
    Mistake("kea: 2.6\n", "kae: 2.6\n", "KH102", "write 'kea'"),
    Mistake("platform: debian", "plattform: debian", "KH102", "write 'platform'"),
    Mistake("servers:\n", "server:\n", "KH102", "write 'servers'"),
    Mistake("high-availability:", "high-availabilty:", "KH102", "write 'high-availability'"),
    Mistake("dhcp4:\n  valid", "dhcp:\n  valid", "KH102", "write 'dhcp4'"),
    Mistake("dhcp4:\n  valid", "DHCP-server:\n  valid", "KH102", "write 'dhcp4'"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0 255.255.255.0", "KH208", "write it as 192.0.2.0/24"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0 netmask 255.255.255.0", "KH208", "write it as 192.0.2.0/24"),
    Mistake("interface: lan", "iface: lan", "KH120", "write 'interface'"),
    Mistake("dhcp4:\n  valid", "dchp4:\n  valid", "KH102", "write 'dhcp4'"),
    Mistake("role: primary", "rol: primary", "KH102", "write 'role'"),
    Mistake("address: 192.0.2.11", "adress: 192.0.2.11", "KH102", "write 'address'"),
    Mistake("interfaces: {lan: eth0}", "interface: {lan: eth0}", "KH102", "write 'interfaces'"),
    Mistake("max-unacked-clients", "max-unack-clients", "KH102", "write 'max-unacked-clients'"),
    Mistake("trust-anchor", "trust-ancor", "KH102", "write 'trust-anchor'"),
    Mistake("cert-file", "certfile", "KH102", "write 'cert-file'"),
    Mistake("valid-lifetime", "valid_lifetime", "KH120", "write 'valid-lifetime'"),
    Mistake("valid-lifetime", "lease-time", "KH120", "write 'valid-lifetime'"),
    Mistake("subnet4:", "subnets4:", "KH120", "write 'subnet4'"),
    Mistake("subnet4:", "subnet6:", "KH120", "write 'subnet4', or move it to `dhcp6:`"),
    Mistake("pools: [{pool: 192", "pool: [{pool: 192", "KH120", "write 'pools'"),
    Mistake("pools: [{pool: 192", "pools: [{range: 192", "KH120", "write 'pool'"),
    Mistake("hw-address", "mac-address", "KH120", "write 'hw-address'"),
    Mistake("hw-address", "hwaddress", "KH120", "write 'hw-address'"),
    Mistake("ip-address: 192", "ip-adress: 192", "KH120", "write 'ip-address'"),
    Mistake("option-data:\n    -", "options:\n    -", "KH120", "write 'option-data'"),
    Mistake(
        "relay: {ip-addresses: [198.51.100.1]}", "relay: {ip-address: [198.51.100.1]}", "KH122", "write 'ip-addresses'"
    ),
    Mistake("client-classes", "client-class", "KH120", "write 'client-classes'"),
    Mistake("test: substring", "tests: substring", "KH120", "write 'test'"),
    Mistake("mode: hot-standby", "mode: hot-stanby", "KH123", "write hot-standby"),
    Mistake("mode: hot-standby", "mode: hotstandby", "KH123", "write hot-standby"),
    Mistake("mode: hot-standby", "mode: failover", "KH123", ""),
    Mistake("mode: hot-standby", "mode: Hot-Standby", "KH123", "write hot-standby"),
    Mistake("role: standby", "role: stanby", "KH101", "write standby"),
    Mistake("role: standby", "role: slave", "KH101", "write standby"),
    Mistake("role: standby", "role: primary", "KH604", "give one of them `role: standby`"),
    Mistake("role: standby", "role: secondary", "KH604", "write standby"),
    Mistake("platform: debian", "platform: plan9", "KH101", ""),
    Mistake("kea: 2.6", "kea: 2.7", "KH101", "`kea-dhcp4 -v` prints the version"),
    Mistake("kea: 2.6", "kea: 26", "KH101", "write 2.6"),
    Mistake("kea: 2.6", "kea: v2.6", "KH101", "write 2.6"),
    Mistake("kea-hac: 1", "kea-hac: 2", "KH101", "install the kea-hac"),
    Mistake("kea-hac: 1", "keahac: 1", "KH102", "write 'kea-hac'"),
    Mistake("kea-hac: 1\n", "", "KH103", "add `kea-hac: 1`"),
    Mistake("4h", "4 hours", "KH122", "write 4h"),
    Mistake("4h", "4hr", "KH122", "write 4h"),
    Mistake("4h", "4H", "KH122", "write 4h"),
    Mistake("4h", "-1", "KH124", ""),
    Mistake("4h", "4.5h", "KH122", "write 16200s"),
    Mistake("4h", "14400s0", "KH122", "the number of seconds, or a number with its unit: s, m, h, d"),
    Mistake("4h", "no", "KH122", "the number of seconds, or a number with its unit: s, m, h, d"),
    Mistake("4h", "99999999999", "KH124", ""),
    Mistake("4h", '"4h', "KH010", 'close it with " at the end of line 19'),
    Mistake("max-unacked-clients: 5", "max-unacked-clients: five", "KH122", ""),
    Mistake("max-unacked-clients: 5", "max-unacked-clients: 5s", "KH122", "write 5"),
    Mistake("listener: {dhcp4: 8001}", "listener: {dhcp4: 80010}", "KH101", ""),
    Mistake("listener: {dhcp4: 8001}", 'listener: {dhcp4: "http"}', "KH101", ""),
    Mistake("listener: {dhcp4: 8001}", "listener: {dhcp6: 8001}", "KH111", "write 'dhcp4'"),
    Mistake("listener: {dhcp4: 8001}", "listener: 192.0.2.11:8001", "KH101", "write 8001"),
    Mistake("address: 192.0.2.11", "address: 192.0.2.311", "KH101", ""),
    Mistake("address: 192.0.2.11", "address: 192.0.2", "KH101", ""),
    Mistake("address: 192.0.2.11", "address: 192.0.2.11/24", "KH101", "write 192.0.2.11"),
    Mistake(
        "address: 192.0.2.11",
        "address: kea1.example.org",
        "KH101",
        "write the address that 'kea1.example.org' stands for",
    ),
    Mistake("address: 192.0.2.11", "address: 0.0.0.0", "KH101", "write the address that the partner connects to"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0", "KH208", "write 192.0.2.0 with the length of its"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0/33", "KH208", "write 192.0.2.0 with the length of its"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.5/24", "KH212", "write 192.0.2.0/24"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 2001:db8::/64", "KH208", "an IPv6 subnet belongs in subnet6 of dhcp6"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0/255.255.255.0", "KH208", "write it as 192.0.2.0/24"),
    Mistake("192.0.2.100 - 192.0.2.199", "192.0.2.199 - 192.0.2.100", "KH201", "write 192.0.2.100 - 192.0.2.199"),
    Mistake(
        "192.0.2.100 - 192.0.2.199", "192.0.3.100 - 192.0.3.199", "KH209", "keep it between 192.0.2.0 and 192.0.2.255"
    ),
    Mistake("192.0.2.100 - 192.0.2.199", "192.0.2.100 .. 192.0.2.199", "KH201", "write 192.0.2.100 - 192.0.2.199"),
    Mistake("192.0.2.100 - 192.0.2.199", "192.0.2.100", "KH201", "write 192.0.2.100 - 192.0.2.100"),
    Mistake("ip-address: 192.0.2.20", "ip-address: 192.0.3.20", "KH307", "one between 192.0.2.0 and 192.0.2.255"),
    Mistake("00:11:22:33:44:55", "00:11:22:33:44", "KH319", "compare it with the device, or with its lease"),
    Mistake("00:11:22:33:44:55", "00:11:22:33:44:5g", "KH303", ""),
    Mistake("id: 11", "id: 10", "KH207", "write 11, which is unused"),
    Mistake("id: 11", "id: eleven", "KH122", ""),
    Mistake("    - id: 11\n      subnet", "    - subnet", "KH206", "add `id: 11`, which is unused"),
    Mistake("id: 11", "id: 0", "KH124", "write a number that is at least 1 and at most 4294967294"),
    Mistake("id: 11", "id: -1", "KH124", ""),
    Mistake("interface: lan", "interface: wan", "KH108", "the aliases there are lan"),
    Mistake("interface: lan", "interface: Lan", "KH108", "write 'lan'"),
    Mistake("name: routers", "name: router", "KH402", "write `name: routers`"),
    Mistake("name: routers", "code: routers", "KH122", "write `name: routers` instead of `code`"),
    Mistake("name: routers", "code: default-gateway", "KH122", "write `name: routers` instead of `code`"),
    Mistake("name: routers", "code: option-3", "KH122", "write 3"),
    Mistake("name: routers", "name: default-gateway", "KH402", "write `name: routers`"),
    Mistake("name: domain-name-servers", "name: dns-servers", "KH402", "write `name: domain-name-servers`"),
    Mistake("data: 192.0.2.1}", "data: gateway}", "KH406", "an IPv4 address, or several with commas"),
    Mistake("data: 192.0.2.1}", "value: 192.0.2.1}", "KH120", "write 'data'"),
    Mistake("type: string", "type: text", "KH123", "write string"),
    Mistake("code: 222", "code: 300", "KH124", ""),
    Mistake("code: 222", "code: 6", "KH422", "choose another code and name"),
    Mistake("== 'phone'", "= 'phone'", "KH501", "write =="),
    Mistake("== 'phone'", "== phone", "KH501", "write 'phone': a string is in single quotes"),
    Mistake("substring(option", "substr(option", "KH501", "did you mean substring?"),
    Mistake("pair: campus", "pair: campus\npair: campus", "KH012", "keep one of them; where both are"),
    Mistake(
        "  valid-lifetime: 4h",
        "  valid-lifetime: 4h\n  valid-lifetime: 8h",
        "KH012",
        "keep one of them; where both are",
    ),
    Mistake("  valid-lifetime: 4h", "\tvalid-lifetime: 4h", "KH010", "write spaces instead of the tab"),
    Mistake("  max-unacked", "   max-unacked", "KH010", "write 2 spaces before it"),
    Mistake("pair: campus", "pair campus", "KH010", "write `pair: campus`"),
    Mistake("pair: campus", "pair:campus", "KH010", "write `pair: campus`"),
    Mistake("pair: campus", "pair: ../x", "KH101", "write x"),
    Mistake("[{pool: 198.51.100.10 - 198.51.100.99}]", "[{pool: 198.51.100.10 - 198.51.100.99]", "KH010", ""),
    Mistake(
        "pools: [{pool: 198.51.100.10 - 198.51.100.99}]",
        "pools: {pool: 198.51.100.10 - 198.51.100.99}",
        "KH122",
        "put it in a list: `- …`",
    ),
    Mistake(
        "pools: [{pool: 198.51.100.10 - 198.51.100.99}]",
        "pools: [198.51.100.10 - 198.51.100.99]",
        "KH122",
        "write `{pool: 198.51.100.10 - 198.51.100.99}`",
    ),
    Mistake(
        "  trust-anchor: /etc/kea/tls/ca.pem\n", "", "KH708", "add `trust-anchor: …`, or remove cert-file and key-file"
    ),
    Mistake("{server}.pem", "{servre}.pem", "KH114", "write `{server}`"),
    Mistake("  valid-lifetime: 4h", "  valid-lifetime: 4h\n  option-data: !include missing.yaml", "KH030", ""),
    Mistake(
        "  valid-lifetime: 4h",
        "  valid-lifetime: 4h\n  control-socket: {socket-typ: unix}",
        "KH120",
        "write 'socket-type'",
    ),
    Mistake(
        "  valid-lifetime: 4h", "  valid-lifetime: 4h\n  lease-database: {type: mysq, name: x}", "KH123", "write mysql"
    ),
    Mistake(
        "  valid-lifetime: 4h",
        "  valid-lifetime: 4h\n  lease-database: {type: mysql, name: x, user: u, password: hunter2}",
        "KH902",
        "`!secret PATH`",
    ),
    Mistake(
        "  valid-lifetime: 4h", "  valid-lifetime: 4h\n  lease-database: {type: memfile, persist: maybe}", "KH122", ""
    ),
    Mistake(
        "      interface: lan",
        "      interface: lan\n      require-client-classes: [phnes]",
        "KH510",
        "write 'phones'",
    ),
    Mistake("      interface: lan", "      interface: lan\n      client-class: phnoes", "KH510", "write 'phones'"),
    Mistake("  mode: hot-standby\n", "", "KH103", "add `mode: hot-standby`, load-balancing or passive-backup"),
    Mistake(", role: standby", "", "KH103", "add `role: primary`, secondary, standby or backup"),
    Mistake("name: kea2", "name: kea1", "KH106", "give each server"),
    Mistake("4h", "4 h", "KH122", "write 4h"),
    Mistake("4h", "2 days", "KH122", "write 2d"),
    Mistake("4h", "14400 sec", "KH122", "write 14400s"),
    Mistake("4h", "1.5h", "KH122", "write 5400s"),
    Mistake("4h", "240 Min", "KH122", "write 240m"),
    Mistake("192.0.2.100 - 192.0.2.199", "192.0.2.100 to 192.0.2.199", "KH201", "write 192.0.2.100 - 192.0.2.199"),
    Mistake("192.0.2.100 - 192.0.2.199", "192.0.2.100–192.0.2.199", "KH201", "write 192.0.2.100 - 192.0.2.199"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.9/255.255.255.0", "KH208", "write it as 192.0.2.0/24"),
    Mistake("mode: hot-standby", "mode: hot_standby", "KH123", "write hot-standby"),
    Mistake("mode: hot-standby", "mode: hot-standbye", "KH123", "write hot-standby"),
    # which part of an address is wrong, and no example beside it
    Mistake("ip-address: 192.0.2.20", "ip-address: 192.0.2.256", "KH306", ""),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.256.0/24", "KH208", ""),
    Mistake("192.0.2.100 - 192.0.2.199", "192.0.2.100 - 192.0.2.299", "KH201", ""),
    Mistake("address: 192.0.2.11", "address: 192.0.2.11.", "KH101", "write 192.0.2.11"),
    Mistake("address: 192.0.2.11", "address: “192.0.2.11”", "KH020", "write 192.0.2.11"),
    Mistake("address: 192.0.2.11", 'address: "“192.0.2.11”"', "KH101", "write 192.0.2.11"),
    Mistake("data: 192.0.2.1}", 'data: "192.0.2.1”"}', "KH406", "write `192.0.2.1`"),
    Mistake("data: 192.0.2.1}", "data: 192.0.2.1 192.0.2.2}", "KH406", 'write "192.0.2.1, 192.0.2.2"'),
    # releases and slips of platforms and versions
    Mistake("platform: debian", "platform: debain", "KH101", "write debian"),
    Mistake("platform: debian", "platform: ubuntu-22.04", "KH101", "write debian"),
    Mistake("platform: debian", "platform: rocky9", "KH101", "write rhel"),
    Mistake("platform: debian", "platform: Debian 12", "KH101", "write debian"),
    Mistake("platform: debian", "platform: opensuse-leap", "KH101", "write suse"),
    Mistake("kea: 2.6", "kea: 2.60", "KH101", "write 2.6"),
    Mistake("kea: 2.6", "kea: 3", "KH101", "`kea-dhcp4 -v` prints the version"),
    # aliases
    Mistake("interface: lan", "interface: eth0", "KH108", "write 'lan', the alias of eth0 on kea1"),
    Mistake("interface: lan", "interface: ens18", "KH108", "write 'lan', the alias of ens18 on kea2"),
    Mistake("{lan: ens18}", "{Lan: ens18}", "KH108", "write 'lan', as the other server does"),
    Mistake("{lan: ens18}", "{lan: ens18, guests: ens19}", "KH814", "add it to `interfaces` of kea1"),
    # families
    Mistake("listener: {dhcp4: 8001}", "listener: {dhcp4: 8001, dhcp6: 8002}", "KH111", "remove it, or add `dhcp6: …`"),
    Mistake(
        "max-unacked-clients: 5", "max-unacked-clients: {dhcp4: 5, dhcp6: 5}", "KH111", "remove it, or add `dhcp6: …`"
    ),
    Mistake("address: 192.0.2.11", 'address: {dhcp4: 192.0.2.11, dhcp6: "2001:db8::1"}', "KH111", "remove it, or add"),
    # hosts, pools, times, files
    Mistake(
        "          ip-address: 192.0.2.20",
        "          ip-address: 192.0.2.20\n        - {hw-address: 00:11:22:33:44:55, ip-address: 192.0.2.21}",
        "KH305",
        "remove one of the two, or correct the identifier",
    ),
    Mistake(
        "[{pool: 192.0.2.100 - 192.0.2.199}]",
        "[{pool: 192.0.2.100 - 192.0.2.199}, {pool: 192.0.2.150 - 192.0.2.220}]",
        "KH214",
        "write 192.0.2.200 - 192.0.2.220",
    ),
    Mistake(
        "[{pool: 192.0.2.100 - 192.0.2.199}]",
        "[{pool: 192.0.2.100 - 192.0.2.199}, {pool: 192.0.2.120/30}]",
        "KH214",
        "remove it: all its addresses are in the other one",
    ),
    Mistake(
        "  valid-lifetime: 4h",
        "  valid-lifetime: 4h\n  renew-timer: 3h\n  rebind-timer: 2h",
        "KH242",
        "write a renew-timer below 7200 s (2 hours)",
    ),
    Mistake(
        "  valid-lifetime: 4h",
        "  valid-lifetime: 4h\n  rebind-timer: 5h",
        "KH243",
        "write a time below 14400 s (4 hours)",
    ),
    Mistake(
        "  valid-lifetime: 4h",
        "  valid-lifetime: 4h\n  min-valid-lifetime: 5h",
        "KH240",
        "write at most 14400 s (4 hours) as min-valid-lifetime",
    ),
    # indentation
    Mistake("  valid-lifetime: 4h\n", "valid-lifetime: 4h\n", "KH010", "write 2 spaces before it"),
    Mistake("  mode: hot-standby\n", "mode: hot-standby\n", "KH010", "write 2 spaces before it"),
    Mistake("      interface: lan", "       interface: lan", "KH010", "write 6 spaces before it"),
    Mistake("      interface: lan", "interface: lan", "KH010", "write 6 spaces before it"),
    Mistake("  subnet4:\n", "subnet4:\n", "KH102", "move it below `dhcp4:`"),
]
CERTAIN = re.compile(
    r"write (?!.*(?:such|which|with|number|where|or move|spaces|that|below|most|least|,))(?:it as )?[`'\"]?(?:name: )?(?P<text>[^`'\"={}]+)[`'\"]?\Z"
)
"""A fix that is the text for the caret's place; not one that gives an example, or corrects a part of the value."""


def errors_of(folder: Path, text: str) -> list[Diagnostic]:
    spec = folder / "campus.yaml"
    spec.write_text(text, encoding="utf-8")
    return [each for each in kea_hac.compile_spec(spec).report.diagnostics if each.severity in ("error", "warning")]


def test_the_spec_without_a_mistake_is_clean(tmp_path: Path) -> None:
    assert errors_of(tmp_path, CLEAN) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.wrong.strip()[:40])
def test_a_mistake_is_one_error_on_its_line(tmp_path: Path, mistake: Mistake) -> None:
    at = CLEAN.index(mistake.right)
    (found,) = errors_of(tmp_path, CLEAN[:at] + mistake.wrong + CLEAN[at + len(mistake.right) :])
    changed = CLEAN[:at] + mistake.wrong
    first, last = CLEAN[:at].count("\n") + 1, changed.count("\n") + 1
    assert found.rule.code == mistake.code
    assert first <= found.span.line <= last
    assert mistake.fix in (found.fix or "")
    assert bool(found.fix) == bool(mistake.fix)


@pytest.mark.parametrize(
    "mistake", [each for each in MISTAKES if CERTAIN.match(each.fix)], ids=lambda mistake: mistake.wrong.strip()[:40]
)
def test_a_fix_that_is_followed_leads_to_a_clean_spec(tmp_path: Path, mistake: Mistake) -> None:
    at = CLEAN.index(mistake.right)
    wrong = CLEAN[:at] + mistake.wrong + CLEAN[at + len(mistake.right) :]
    (found,) = errors_of(tmp_path, wrong)
    match = CERTAIN.match(found.fix or "")
    assert match
    lines = wrong.splitlines(keepends=True)
    line = lines[found.span.line - 1]
    start = found.span.column - 1
    lines[found.span.line - 1] = (
        line[:start] + match["text"] + line[start + found.span.end_column - found.span.column :]
    )
    assert errors_of(tmp_path, "".join(lines)) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.wrong.strip()[:40])
def test_a_repair_that_is_made_leads_to_a_clean_spec(tmp_path: Path, mistake: Mistake) -> None:
    at = CLEAN.index(mistake.right)
    repaired(tmp_path, CLEAN[:at] + mistake.wrong + CLEAN[at + len(mistake.right) :])


def repaired(folder: Path, text: str) -> None:
    """Follow the one finding of a spec where it says all that is to be done: nothing is wrong then."""
    (found,) = errors_of(folder, text)
    if found.repair:
        follow(folder / "campus.yaml", [found])
        assert errors_of(folder, (folder / "campus.yaml").read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fix"),
    [
        ("[{pool: 192.0.2.100 - 192.0.2.199}]", "include pools.yaml", "write `!include pools.yaml`"),
        ("[{pool: 192.0.2.100 - 192.0.2.199}]", "site/pools.yml", "write `!include site/pools.yml`"),
        ("[{pool: 192.0.2.100 - 192.0.2.199}]", "hosts.csv", "write `!csv hosts.csv`"),
        ("kea-hac: 1", "kea-hac: 2", "install the kea-hac that the spec was written for; if 1 was meant, write 1"),
        ("listener: {dhcp4: 8001}", "listener: {dhcp4: 8001}\n  split: [60, 50]", "write [60, 40] or [50, 50]"),
    ],
)
def test_the_fix_says_what_was_meant(tmp_path: Path, right: str, wrong: str, fix: str) -> None:
    assert fix in [each.fix for each in errors_of(tmp_path, CLEAN.replace(right, wrong, 1))]


def test_a_key_that_is_written_again_in_the_included_file(tmp_path: Path) -> None:
    (tmp_path / "pools.yaml").write_text("pools:\n  - {pool: 192.0.2.100 - 192.0.2.199}\n", "utf-8")
    text = CLEAN.replace("[{pool: 192.0.2.100 - 192.0.2.199}]", "!include pools.yaml")
    (found,) = errors_of(tmp_path, text)
    assert found.fix == "remove the inner `pools:`, so that the list below it is the value"
