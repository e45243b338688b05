"""Two hand-kept files that differ in every way that pairs do: each difference lands in its class, alone and all at once.

`own`: it may differ, and stands in the server. `place`: one value with a placeholder or an alias serves both. `spelling`: the
same to Kea. `word`: it may not differ, so the primary's word holds, the other's is a comment there, and a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kea_hac.importing.run import Imported
from tests.unit.importing.importing import imported, lost, names

ONE = """\
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ] },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
  "lease-database": { "type": "memfile", "lfc-interval": 1800 },
  "dhcp-queue-control": { "enable-queue": false, "capacity": 32 },
  "dhcp-ddns": { "enable-updates": true, "server-ip": "127.0.0.1" },
  "multi-threading": { "enable-multi-threading": true, "thread-pool-size": 4 },
  "server-tag": "left",
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "/var/log/kea/kea1-dhcp4.log" } ] } ],
  "valid-lifetime": 4000,
  "option-data": [ { "name": "domain-name-servers", "data": "192.0.2.53" }, { "name": "domain-name", "data": "example.org" } ],
  "client-classes": [ { "name": "voip", "test": "option[60].text == 'voip'" } ],
  "subnet4": [
    { "id": 1, "subnet": "192.0.2.0/24", "interface": "eth0",
      "pools": [ { "pool": "192.0.2.10 - 192.0.2.20" }, { "pool": "192.0.2.100 - 192.0.2.120" } ],
      "reservations": [ { "hw-address": "08:00:27:00:00:01", "ip-address": "192.0.2.5" } ] },
    { "id": 2, "subnet": "198.51.100.0/24", "renew-timer": 900 }
  ],
  "hooks-libraries": [
    { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_lease_cmds.so" },
    { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_bootp.so" },
    { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_ha.so", "parameters": { "high-availability": [ {
      "this-server-name": "kea1", "mode": "hot-standby", "heartbeat-delay": 5000,
      "trust-anchor": "/etc/kea/ca.pem", "cert-file": "/etc/kea/kea1.pem", "key-file": "/etc/kea/kea1.key",
      "multi-threading": { "enable-multi-threading": true, "http-dedicated-listener": true },
      "restrict-commands": true,
      "peers": [ { "name": "kea1", "url": "https://192.0.2.1:8001/", "role": "primary" },
                 { "name": "kea2", "url": "https://192.0.2.2:8001/", "role": "standby" } ] } ] } }
  ]
} }
"""
TWO = ONE.replace('"this-server-name": "kea1"', '"this-server-name": "kea2"')


@dataclass(frozen=True, slots=True)
class Case:
    """What the second server's file has instead of `old`, the class of that, and what tells of it in the spec."""

    name: str
    kind: str
    old: str
    new: str
    shown: str
    """A stretch of the spec; for `word`, of the line with the comment."""


CASES = (
    Case("loggers", "own", '"severity": "INFO"', '"severity": "DEBUG"', "          severity: DEBUG"),
    Case("lease database", "own", '"lfc-interval": 1800', '"lfc-interval": 600', "{lfc-interval: 10m}"),
    Case("queue", "own", '"capacity": 32', '"capacity": 128', "{capacity: 128}"),
    Case("threads", "own", '"thread-pool-size": 4', '"thread-pool-size": 8', "{thread-pool-size: 8}"),
    Case("server tag", "own", '"server-tag": "left"', '"server-tag": "right"', "server-tag: right"),
    Case("ddns", "own", '"server-ip": "127.0.0.1"', '"server-ip": "192.0.2.77"', "{server-ip: 192.0.2.77}"),
    Case(
        "hook parameters",
        "own",
        'libdhcp_bootp.so" }',
        'libdhcp_bootp.so", "parameters": { "x": 1 } }',
        "{library: libdhcp_bootp.so, parameters: {x: 1}}",
    ),
    Case("log file by server", "place", "kea1-dhcp4.log", "kea2-dhcp4.log", '{output: "{server}-dhcp4.log"}'),
    Case("certificate by server", "place", "/etc/kea/kea1.pem", "/etc/kea/kea2.pem", '"/etc/kea/{server}.pem"'),
    Case("interface", "place", '"eth0"', '"ens18"', "interfaces: {lan: ens18}"),
    Case("address behind NAT", "place", "https://192.0.2.1:8001/", "https://203.0.113.1:8001/", "peer-address: 203.0.113.1"),
    Case("pool's spelling", "spelling", "192.0.2.10 - 192.0.2.20", "192.0.2.10-192.0.2.20", "pool: 192.0.2.10 - 192.0.2.20"),
    Case("a default, written", "spelling", '"mode": "hot-standby"', '"mode": "hot-standby", "max-ack-delay": 10000', "mode: hot-standby"),
    Case("an url's end", "spelling", "https://192.0.2.2:8001/", "https://192.0.2.2:8001", "address: 192.0.2.2"),
    Case("lifetime", "word", '"valid-lifetime": 4000', '"valid-lifetime": 7000', "valid-lifetime: 4000  # kea2: 7000"),
    Case(
        "option's data", "word", '"data": "192.0.2.53"', '"data": "192.0.2.54"', "data: 192.0.2.53  # kea2: 192.0.2.54"
    ),
    Case("option missing", "word", ', { "name": "domain-name", "data": "example.org" }', "", "not on kea2"),
    Case("class test", "word", "option[60].text", "option[77].text", "# kea2: \"option[77].text == 'voip'\""),
    Case("pool's range", "word", "192.0.2.120", "192.0.2.140", "pool: 192.0.2.100 - 192.0.2.120  # kea2: 192.0.2.100 - 192.0.2.140"),
    Case("reservation", "word", '"ip-address": "192.0.2.5"', '"ip-address": "192.0.2.6"', "ip-address: 192.0.2.5  # kea2: 192.0.2.6"),
    Case("timer in a subnet", "word", '"renew-timer": 900', '"renew-timer": 950', "renew-timer: 15m  # kea2: 950"),
    Case("HA setting", "word", '"heartbeat-delay": 5000', '"heartbeat-delay": 6000', "heartbeat-delay: 5s  # kea2: 6000"),
    Case("role", "word", '"role": "standby"', '"role": "backup"', "role: standby  # kea2: backup"),
    Case(
        "a subnet more",
        "word",
        '{ "id": 2, "subnet"',
        '{ "id": 3, "subnet": "203.0.113.0/24" }, { "id": 2, "subnet"',
        "# only on kea2: {",
    ),
)  # fmt: skip
SAME_PLACE = {"interface": 2}
"""Replacements that stand more than once in the file."""


def changed(text: str, case: Case) -> str:
    """The second server's file with one difference more."""
    assert text.count(case.old) == SAME_PLACE.get(case.name, 1), case.name
    return text.replace(case.old, case.new)


def read(folder: Path, two: str) -> Imported:
    return imported(folder, {"kea1/kea-dhcp4.conf": ONE, "kea2/kea-dhcp4.conf": two}, source="2.6", target="2.6")


def judged(found: Imported, case: Case) -> None:
    assert found.text is not None
    assert case.shown in found.text, found.text
    assert ("servers-say-different-things" in names(found)) == (case.kind == "word")
    assert bool(lost(found)) == (case.kind == "word")


def test_without_a_difference_there_is_none(tmp_path: Path) -> None:
    found = read(tmp_path, TWO)
    assert lost(found) == []
    assert "kea2:" not in str(found.text)
    assert "dhcp4: {" not in str(found.text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_difference_lands_in_its_class(case: Case, tmp_path: Path) -> None:
    judged(read(tmp_path, changed(TWO, case)), case)


def test_all_at_once(tmp_path: Path) -> None:
    two = TWO
    for case in CASES:
        two = changed(two, case)
    found = read(tmp_path, two)
    assert found.text is not None
    for case in CASES:
        if case.name != "log file by server":  # the loggers differ as a whole then, and each server says its own
            assert case.shown in found.text, (case.name, found.text)
    words = [case for case in CASES if case.kind == "word"]
    assert names(found).count("servers-say-different-things") == len(words)
    assert len(lost(found)) == len(words)
    assert all(place.startswith("kea2: ") for place in lost(found))


def test_the_other_servers_word_can_be_taken(tmp_path: Path) -> None:
    two = changed(TWO, next(case for case in CASES if case.name == "lifetime"))
    files = {"kea1/kea-dhcp4.conf": ONE, "kea2/kea-dhcp4.conf": two}
    found = imported(tmp_path, files, source="2.6", target="2.6", prefer="kea2")
    assert "valid-lifetime: 7000  # kea1: 4000" in str(found.text)
    assert [place.partition(":")[0] for place in lost(found)] == ["kea1"]


def test_a_tag_that_names_another_peer_of_the_relationship_is_the_same(tmp_path: Path) -> None:
    one = ONE.replace('"id": 2,', '"id": 2, "user-context": { "ha-server-name": "kea1" },')
    two = one.replace('"this-server-name": "kea1"', '"this-server-name": "kea2"')
    two = two.replace('{ "ha-server-name": "kea1" }', '{ "ha-server-name": "kea2" }')
    assert lost(read(tmp_path, two)) == ["kea2: subnet4[id=2].user-context"]  # ONE has no tag
    files = {"kea1/kea-dhcp4.conf": one, "kea2/kea-dhcp4.conf": two}
    found = imported(tmp_path / "tagged", files, source="2.6", target="2.6")
    assert lost(found) == []
    assert "user-context: {ha-server-name: kea1}" in str(found.text)
    other = two.replace('{ "ha-server-name": "kea2" }', '{ "ha-server-name": "kea3" }')
    found = imported(tmp_path / "other", files | {"kea2/kea-dhcp4.conf": other}, source="2.6", target="2.6")
    assert lost(found) == ["kea2: subnet4[id=2].user-context.ha-server-name"]


def test_a_server_that_names_its_files_in_its_own_peer_entry(tmp_path: Path) -> None:
    """Where TLS files stand in every peer entry, they are those of the server that the file is for."""
    texts = []
    for text, name in ((ONE, "kea1"), (TWO, "kea2")):
        hoisted = (
            '"trust-anchor": "/etc/kea/ca.pem", "cert-file": "/etc/kea/kea1.pem", "key-file": "/etc/kea/kea1.key",'
        )
        assert hoisted in text
        own = hoisted.replace("kea1", f"own-{name[-1]}").rstrip(",")
        texts.append(text.replace(hoisted, "").replace('"role":', f'{own}, "role":'))
    files = {"kea1/kea-dhcp4.conf": texts[0], "kea2/kea-dhcp4.conf": texts[1]}
    found = imported(tmp_path, files, source="2.6", target="2.6")
    assert lost(found) == []
    assert found.text is not None
    assert "cert-file: /etc/kea/own-1.pem" in found.text
    assert "cert-file: /etc/kea/own-2.pem" in found.text
