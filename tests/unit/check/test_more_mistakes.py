"""More single mistakes, of a pair with both families: one finding, at its place, with a fix that leads to what was meant.

Found while specs were written by hand from switch configurations, spreadsheets and files of other DHCP servers.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.check.test_single_mistakes import CLEAN as ONE_FAMILY
from tests.unit.check.test_single_mistakes import Mistake, errors_of, repaired

CLEAN = (
    ONE_FAMILY.replace("listener: {dhcp4: 8001}", "listener: {dhcp4: 8001, dhcp6: 8002}")
    + """\
dhcp6:
  valid-lifetime: 4h
  preferred-lifetime: 2h
  option-data:
    - {name: dns-servers, data: 2001:db8::53}
  subnet6:
    - id: 20
      subnet: 2001:db8:1::/48
      interface: lan
      pools: [{pool: "2001:db8:1:1::/80"}]
      pd-pools: [{prefix: "2001:db8:1:8000::", prefix-len: 49, delegated-len: 56}]
      reservations:
        - duid: 00:03:00:01:00:11:22:33:44:55
          ip-addresses: ["2001:db8:1::20"]
          prefixes: ["2001:db8:1:1000::/56"]
"""
)
LISTENER = "listener: {dhcp4: 8001, dhcp6: 8002}"
POOL = "192.0.2.100 - 192.0.2.199"
MAC = "hw-address: 00:11:22:33:44:55"
DNS = 'data: "192.0.2.53, 192.0.2.54"'
DUID = "duid: 00:03:00:01:00:11:22:33:44:55"
PD = 'prefix: "2001:db8:1:8000::", prefix-len: 49'
MISTAKES = [
    # values in other programs' words
    Mistake("4h", "“4h”", "KH020", "write 4h"),
    Mistake("4h", "‘4h’", "KH020", "write 4h"),
    Mistake("4h", "1d12h", "KH122", "write 36h"),
    Mistake("4h", "4h30m", "KH122", "write 270m"),
    Mistake("4h", "PT4H", "KH122", "write 4h"),
    Mistake("4h", "04:00:00", "KH122", "write 4h"),
    Mistake("4h", "1 week", "KH122", "write 1w"),
    Mistake("4h", "3,600", "KH122", "write 3600"),
    Mistake("4h", "infinite", "KH122", "write 4294967295"),
    Mistake("4h", "'4h'", "KH122", "write 4h"),
    Mistake("reservations-out-of-pool: true", "reservations-out-of-pool: yes", "KH122", "write true"),
    Mistake("reservations-out-of-pool: true", "reservations-out-of-pool: on", "KH122", "write true"),
    Mistake("reservations-out-of-pool: true", "reservations-out-of-pool: 1", "KH122", "write true"),
    Mistake("reservations-out-of-pool: true", "reservations-out-of-pool: enabled", "KH122", "write true"),
    Mistake("  preferred-lifetime: 2h", "  t1-percent: 50%", "KH122", "write 0.5"),
    Mistake("  preferred-lifetime: 2h", "  t1-percent: 50", "KH245", "write 0.5"),
    Mistake("  preferred-lifetime: 2h", "  t1-percent: 0,5", "KH122", "write 0.5"),
    Mistake("  preferred-lifetime: 2h", "  lease-database: {type: memfile, lfc-interval: 1 hour}", "KH122", "write 1h"),
    Mistake("type: string", "type: u8", "KH123", "write uint8"),
    # the head of a spec, and High Availability
    Mistake("kea: 2.6", "kea: kea-2.6", "KH101", "write 2.6"),
    Mistake("kea: 2.6", "kea: 2,6", "KH101", "write 2.6"),
    Mistake("kea: 2.6", "kea: latest", "KH101", "`kea-dhcp4 -v` prints the version"),
    Mistake("platform: debian", "platform: bookworm", "KH101", "write debian, or isc for"),
    Mistake("platform: debian", "platform: docker", "KH101", "write isc"),
    Mistake("platform: debian", "platform: gentoo", "KH101", "write source, with the directories"),
    Mistake("platform: debian", "os: debian", "KH102", "write 'platform'"),
    Mistake("pair: campus", "pair: my pair", "KH101", "write my-pair"),
    Mistake("role: primary", "role: master", "KH101", "write primary"),
    Mistake("role: standby", "role: passive", "KH101", "write standby"),
    Mistake("mode: hot-standby", "mode: active-passive", "KH123", "write hot-standby"),
    Mistake("mode: hot-standby", "mode: hot standby", "KH123", "write hot-standby"),
    Mistake("max-unacked-clients: 5", "max-unacked-clients: '5'", "KH122", "write 5"),
    Mistake("max-unacked-clients: 5", "heartbeat-interval: 10s", "KH102", "write 'heartbeat-delay'"),
    Mistake("max-unacked-clients: 5", "heartbeat-delay: 10", "KH137", "write 10s"),
    Mistake(LISTENER, LISTENER.replace("listener", "port"), "KH102", "write 'listener'"),
    Mistake(LISTENER, "listener: {v4: 8001, v6: 8002}", "KH101", "write 'dhcp4' and 'dhcp6' as its keys"),
    Mistake("address: 192.0.2.11", "address: http://192.0.2.11:8001/", "KH101", "write 192.0.2.11, and the port as"),
    Mistake("address: 192.0.2.11", "address: 192.0.2.011", "KH101", "write 192.0.2.11"),
    Mistake("address: 192.0.2.11", "ip: 192.0.2.11", "KH102", "write 'address'"),
    # subnets, pools and what leads to them
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0\\24", "KH208", "write it as 192.0.2.0/24"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2/24", "KH208", "write it as 192.0.2.0/24"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0-192.0.2.255", "KH208", "write it as 192.0.2.0/24"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192.0.2.0/0.0.0.255", "KH208", "write it as 192.0.2.0/24"),
    Mistake("subnet: 192.0.2.0/24", "subnet: 192,0,2,0/24", "KH208", "write it as 192.0.2.0/24"),
    Mistake("subnet: 2001:db8:1::/48", "subnet: 2001:db8:1:/48", "KH208", "write it as 2001:db8:1::/48"),
    Mistake("subnet: 2001:db8:1::/48", "subnet: 2001:dbg:1::/48", "KH208", ""),
    Mistake(POOL, "192.0.2.100-199", "KH201", "write 192.0.2.100 - 192.0.2.199"),
    Mistake(POOL, "192.0.2.100, 192.0.2.199", "KH120", "write pool: 192.0.2.100 - 192.0.2.199"),
    Mistake(POOL, "192.0.2.100 192.0.2.199", "KH201", "write 192.0.2.100 - 192.0.2.199"),
    Mistake(POOL, "192.0.2.100/25", "KH213", "write 192.0.2.0/25, or 192.0.2.100 - 192.0.2.127"),
    Mistake("relay: {ip-addresses: [198.51.100.1]}", "relay: 198.51.100.1", "KH122", "write `{ip-addresses: ["),
    Mistake("relay: {ip-addresses: [198.51.100.1]}", "relay: [198.51.100.1]", "KH122", "write `{ip-addresses: ["),
    Mistake("relay: {ip-addresses: [198.51.100.1]}", "relay: {ip-addresses: 198.51.100.1}", "KH122", "write [198"),
    Mistake("interface: lan", "interface: [lan]", "KH122", "write lan"),
    Mistake("      interface: lan", "      interface: lan\n      client-clases: [phones]", "KH120", "write 'client-classes'"),
    Mistake("- name: phones", "- class: phones", "KH120", "write 'name'"),
    Mistake("  valid-lifetime: 4h", "  valid-lifetime: 4h\n  control-sockets: [{socket-type: tcp}]", "KH123", ""),
    Mistake(PD, 'prefix: "2001:db8:1:8000::/49"', "KH215", "write 2001:db8:1:8000::, and `prefix-len: 49`"),
    Mistake('"2001:db8:1:8000::"', '"2001:db8:1:8001::"', "KH213", "write 2001:db8:1:8000::"),
    Mistake("prefix-len: 49", "prefix-len: /49", "KH122", "write 49"),
    Mistake("pd-pools:", "pd-pool:", "KH120", "write 'pd-pools'"),
    # hosts
    Mistake(MAC, "hw-address: 00:11:22:33:44:O5", "KH303", "write it as 00:11:22:33:44:05"),
    Mistake(MAC, "hw-address: 0011.2233.4455", "KH303", "write it as 00:11:22:33:44:55"),
    Mistake(MAC, "hw-address: 00112233445", "KH319", "compare it with the device"),
    Mistake(MAC, "client-id: host1", "KH303", "write \"'host1'\""),
    Mistake("ip-address: 192.0.2.20", "ip-address: 192.0.2.020", "KH306", "write 192.0.2.20"),
    Mistake("ip-address: 192.0.2.20", "ip-address: 192.0.2.20/24", "KH306", "write 192.0.2.20"),
    Mistake('ip-addresses: ["2001:db8:1::20"]', 'ip-addresses: "2001:db8:1::20"', "KH122", 'write ["2001:db8:1::20"]'),
    Mistake('ip-addresses: ["2001:db8:1::20"]', 'ip-address: "2001:db8:1::20"', "KH120", "write `ip-addresses:"),
    Mistake('["2001:db8:1:1000::/56"]', '["2001:db8:1:1000::"]', "KH310", "write its length behind it"),
    Mistake(DUID, "client-id: 00:03:00:01:00:11:22:33:44:55", "KH120", "write 'duid'"),
    Mistake(DUID, "duid: 0003000100112233445", "KH319", "compare it with the device"),
    # options
    Mistake("data: 192.0.2.1}", "data: 192.0.2.1/24}", "KH406", "write `192.0.2.1`"),
    Mistake(DNS, "data: 192.0.2.53 192.0.2.54", "KH406", 'write "192.0.2.53, 192.0.2.54"'),
    Mistake(DNS, 'data: "192.0.2.53; 192.0.2.54"', "KH406", 'write "192.0.2.53, 192.0.2.54"'),
    Mistake(DNS, "data: [192.0.2.53, 192.0.2.54]", "KH122", 'write "192.0.2.53, 192.0.2.54"'),
    Mistake(DNS, "data: 192.0.2.53, 192.0.2.54", "KH120", 'write data: "192.0.2.53, 192.0.2.54"'),
    Mistake("{name: routers, data: 192.0.2.1}", "{routers: 192.0.2.1}", "KH120", "write `name: routers, data:"),
    Mistake("{name: routers", "{name: 3", "KH402", "write `code: 3`"),
    Mistake("{name: dns-servers", "{name: domain-name-servers", "KH402", "write `name: dns-servers`"),
    # text
    Mistake("pair: campus", "pair = campus", "KH010", "write `pair: campus`"),
    Mistake("    - {name: dns-servers, data: 2001:db8::53}", "    - include a.yaml", "KH122", "write `!include a.yaml`"),
    Mistake("    - {name: dns-servers, data: 2001:db8::53}", "    - !inlcude a.yaml", "KH014", "write !include"),
    Mistake("2h\n  option-data:\n    - {name: dns-servers, data: 2001:db8::53}", "2h\n  option-data: !incude a", "KH014", "write !i"),
    Mistake("subnet: 2001:db8:1::/48", "subnet: 2001:db8:1::", "KH010", 'write "2001:db8:1::"'),
]  # fmt: skip
"""As in `test_single_mistakes`."""


def test_the_spec_without_a_mistake_is_clean(tmp_path: Path) -> None:
    assert errors_of(tmp_path, CLEAN) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.wrong.strip()[:40])
def test_a_mistake_is_one_finding_on_its_line(tmp_path: Path, mistake: Mistake) -> None:
    at = CLEAN.index(mistake.right)
    (found,) = errors_of(tmp_path, CLEAN[:at] + mistake.wrong + CLEAN[at + len(mistake.right) :])
    first, last = CLEAN[:at].count("\n") + 1, (CLEAN[:at] + mistake.wrong).count("\n") + 1
    assert (found.rule.code, first <= found.span.line <= last) == (mistake.code, True)
    assert mistake.fix in (found.fix or "")
    assert bool(found.fix) == bool(mistake.fix)


WHOLE = {
    "platform: docker",
    "subnet: 2001:db8:1::",
    "192.0.2.100/25",
    "    - !inlcude a.yaml",
    "2h\n  option-data: !incude a",
}
"""Mistakes after whose repair another one is left: a prefix without its length, which has to be in quotes as well; a pool that
grows over a reservation; a file that is not there."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.wrong.strip()[:40])
def test_a_repair_that_is_made_leads_to_a_clean_spec(tmp_path: Path, mistake: Mistake) -> None:
    if mistake.wrong in WHOLE:
        return
    at = CLEAN.index(mistake.right)
    repaired(tmp_path, CLEAN[:at] + mistake.wrong + CLEAN[at + len(mistake.right) :])
