"""After an import `diff` against the same servers is in sync, and the import's own verdict is never better than that of `diff`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kea_hac.importing.round_trip import Why
from kea_hac.importing.run import Imported
from kea_hac.kea.grammar import program
from kea_hac.kea.version import Branch
from tests.differential.corpus import shipped
from tests.differential.making import made
from tests.making_specs import FAMILIES
from tests.unit.importing.importing import imported, lost, names
from tests.unit.importing.synced import differences

VERSIONS = (Branch.V2_2, Branch.V2_6, Branch.V3_0)
AGENT_BESIDE = '{"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}}}'


def added(found: Imported) -> list[str]:
    """What the spec has more than the files, and the import says so."""
    return [each.spelt for trip in found.trips for each in trip.deviations if each.why is Why.ADDED]


def server(body: str, interfaces: str = '"eth0"') -> str:
    """One kea-dhcp4.conf."""
    return f'{{ "Dhcp4": {{ "interfaces-config": {{ "interfaces": [ {interfaces} ] }}, {body} }} }}'


def pair(body: str, relationship: str = "", peer: str = "", order: tuple[int, int] = (0, 1)) -> dict[str, str]:
    """The files of a pair that differ in `this-server-name` alone. `peer`: more keys of the second peer."""
    peers = [
        '{ "name": "one", "url": "http://192.0.2.1:8001", "role": "primary" }',
        f'{{ "name": "two", "url": "http://192.0.2.2:8001", "role": "standby"{peer} }}',
    ]
    made = {}
    for name, listed in (("one", peers), ("two", [peers[each] for each in order])):
        ha = f'"this-server-name": "{name}", "mode": "hot-standby", {relationship} "peers": [ {", ".join(listed)} ]'
        libraries = (
            '"hooks-libraries": [ { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_lease_cmds.so" }, '
            '{ "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_ha.so", "parameters": { "high-availability": '
            f"[ {{ {ha} }} ] }} }} ]"
        )
        made[f"{name}/kea-dhcp4.conf"] = server(f"{libraries}, {body}")
    return made


SOCKET = '"control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" }'
SUBNET = '"subnet4": [ { "id": 1, "subnet": "192.0.2.0/24" } ]'
LONE = {
    "no control socket": server(SUBNET),
    "an empty list of sockets": server(f'"control-sockets": [], {SUBNET}'),
    "a socket by its bare name": server(f"{SOCKET.replace('/run/kea/', '')}, {SUBNET}"),
    "a socket by another bare name": server(f"{SOCKET.replace('/run/kea/kea4-ctrl-socket', 'four.sock')}, {SUBNET}"),
    "a bare lease file": server(
        f'"lease-database": {{ "type": "memfile", "name": "kea-leases4.csv" }}, {SOCKET}, {SUBNET}'
    ),
    "a bare log file": server(
        f'"loggers": [ {{ "name": "kea-dhcp4", "severity": "INFO", "output_options": [ {{ "output": "kea-dhcp4.log" }} ] }} ], {SOCKET}, {SUBNET}'
    ),
    "an empty user-context": server(f'"user-context": {{}}, {SOCKET}, {SUBNET}'),
}
PAIRS = {
    "urls without a slash": pair(f"{SOCKET}, {SUBNET}"),
    "peers in another order": pair(f"{SOCKET}, {SUBNET}", order=(1, 0)),
    "no TLS files by empty names": pair(f"{SOCKET}, {SUBNET}", '"trust-anchor": "", "cert-file": "", "key-file": "",'),
    "multi-threading off, HA through the agent": pair(
        f'"multi-threading": {{ "enable-multi-threading": false }}, {SOCKET}, {SUBNET}'
    ),
    "HA threads off, a listener that never opens": pair(
        f"{SOCKET}, {SUBNET}",
        '"multi-threading": { "enable-multi-threading": false, "http-dedicated-listener": true, "http-client-threads": 4 },',
    ),
    "a listener without HA threads written": pair(
        f"{SOCKET}, {SUBNET}", '"multi-threading": { "http-dedicated-listener": false },'
    ),
}


@pytest.mark.parametrize("branch", VERSIONS)
@pytest.mark.parametrize("name", LONE)
def test_a_lone_server(name: str, branch: Branch, tmp_path: Path) -> None:
    found = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE[name]}, source=str(branch), platform="source")
    assert lost(found) == []
    assert differences(found, tmp_path) == []


@pytest.mark.parametrize("branch", VERSIONS)
@pytest.mark.parametrize("name", PAIRS)
def test_a_pair(name: str, branch: Branch, tmp_path: Path) -> None:
    found = imported(tmp_path, PAIRS[name], source=str(branch), target=str(branch))
    assert lost(found) == []
    assert "servers-say-different-things" not in names(found)
    assert differences(found, tmp_path) == []


def test_no_socket_is_a_word_of_the_language(tmp_path: Path) -> None:
    found = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE["no control socket"]}, source="2.6")
    assert "control-sockets: []" in str(found.text)
    again = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE["a socket by its bare name"]}, source="2.6")
    assert "control-sockets" not in str(again.text)


@pytest.mark.parametrize(
    ("where", "more"), [("relationship", '"max-rejected-clients": 3,'), ("peer", ', "weight": 3')], ids=str
)
def test_a_key_that_ha_ignores_is_not_called_whole(where: str, more: str, tmp_path: Path) -> None:
    body = f"{SOCKET}, {SUBNET}"
    files = pair(body, relationship=more) if where == "relationship" else pair(body, peer=more)
    found = imported(tmp_path, files, source="2.6", target="2.6")
    key = more.split('"')[1]
    assert [place.rpartition(".")[2] for place in lost(found)] == [key, key]
    assert "lost-in-import" in names(found)


def test_a_library_that_ha_needs_is_added_and_said(tmp_path: Path) -> None:
    files = {
        name: text.replace('{ "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_lease_cmds.so" }, ', "")
        for name, text in PAIRS["urls without a slash"].items()
    }
    found = imported(tmp_path, files, source="2.6", target="2.6")
    assert names(found).count("added-in-import") == 2
    assert added(found) == ["hooks-libraries[library=libdhcp_lease_cmds.so]"] * 2
    assert [each.split()[-1] for each in differences(found, tmp_path) or ()] == added(found)


def test_a_name_that_counts_from_the_working_directory_stays_one(tmp_path: Path) -> None:
    found = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE["a bare lease file"]}, source="2.2")
    assert 'name: "./kea-leases4.csv"' in str(found.text)
    newer = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE["a bare lease file"]}, source="2.2", target="2.6")
    assert "name: kea-leases4.csv" in str(newer.text)
    assert "relative-path" in names(newer)


@pytest.mark.parametrize("branch", VERSIONS)
def test_every_file_at_hand(branch: Branch, tmp_path: Path) -> None:
    """Hand-written, compiled and made files: whenever `diff` compares, it finds what the import said, and no more."""
    files = [(name, json.dumps({program(name).top: config})) for name, _, config in shipped(branch)]
    files += [
        (name, json.dumps({program(name).top: made(name, branch, f"sync {seed}")}))
        for name in FAMILIES
        for seed in range(12)
    ]
    compared = 0
    for number, (daemon, text) in enumerate(files):
        here = tmp_path / str(number)
        given = {f"solo/kea-{daemon}.conf": text}
        if daemon == "ctrl-agent":
            given["solo/kea-dhcp4.conf"] = AGENT_BESIDE
        found = imported(here, given, source=str(branch))
        drifted = differences(found, here) if found.text is not None else None
        if drifted is not None:
            compared += 1
            said = {*lost(found), *(f"solo: {each}" for each in added(found))}
            assert {f"solo: {each.split(maxsplit=2)[2]}" for each in drifted} <= said, (text, found.text)
    assert compared >= 10
