"""What an upgrade reports: keys, the control agent, hosts, databases, the order, tools; and the data behind it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

import kea_hac.kea.upgrades as module
from kea_hac.kea.grammar import program
from kea_hac.kea.upgrades import Used, behaviour, schema
from kea_hac.kea.version import BRANCHES, PROVEN, Branch, Feature, KeaVersion
from kea_hac.upgrade.planning import PlanState, Upgrade
from tests.unit.upgrade.planning import AGENT, V6, pair, planned

DATA: dict[str, Any] = orjson.loads((Path(module.__file__).parent / "data/upgrades.json").read_bytes())


@pytest.mark.parametrize("row", DATA["behaviour"], ids=lambda row: row["source"])
def test_each_row_of_behaviour_has_its_changelog_entry_and_names_what_exists(row: dict[str, Any]) -> None:
    assert re.fullmatch(r"ChangeLog \d+(, \d+)*(; CVE-\d+-\d+)?", row["source"])
    assert ("since" in row) is not ("feature" in row)
    assert "since" not in row or Branch(row["since"]) in BRANCHES[1:]
    assert "feature" not in row or Feature(row["feature"])
    assert row["text"].endswith(".")
    known = {
        key
        for name in ("dhcp4", "dhcp6", "ctrl-agent")
        for scope in program(name).scopes.values()
        for key in scope.keywords
    }
    libraries = set(program("hooks").extra["libraries"])
    wanted = row.get("with", {"ha": True})
    assert wanted
    assert set(wanted) <= {"keys", "libraries", "programs", "ha"}
    assert set(wanted.get("keys", ())) <= known
    assert set(wanted.get("libraries", ())) <= libraries
    assert set(wanted.get("programs", ())) <= {"dhcp4", "dhcp6", "ctrl-agent"}


def test_the_schema_of_every_branch_is_known_and_never_goes_back() -> None:
    for database in module.DATABASES:
        found = [schema(database, KeaVersion(branch)) for branch in BRANCHES if branch in Branch]
        numbers = [tuple(map(int, each.split("."))) for each in found if each is not None]
        assert numbers == sorted(numbers)
        assert len(numbers) >= len(PROVEN)


def test_side_by_side_are_versions_that_the_tests_run() -> None:
    for row in DATA["side-by-side"]:
        assert row["seen"] == " beside ".join(PROVEN[Branch(each)] for each in row["branches"])


def test_behaviour_counts_from_the_version_that_has_it() -> None:
    used = Used((), (), (), high_availability=False)
    old, new = (KeaVersion.parse(each) for each in ("2.6.2", "2.6.3"))
    assert {each.since for each in behaviour(old, new, used)} == {"2.4.2, 2.6.3, 3.0"}
    assert not list(behaviour(new, KeaVersion.parse("2.6.5"), used))
    assert not list(behaviour(new, new, used))
    with_agent = Used((), (), ("ctrl-agent",), high_availability=False)
    more = {e.source for e in behaviour(new, KeaVersion.parse("3.0"), with_agent)} - {
        e.source for e in behaviour(new, KeaVersion.parse("3.0"), used)
    }
    assert more == {"ChangeLog 2349"}


def test_keys_of_the_files_that_are_spelt_in_another_way(tmp_path: Path) -> None:
    v4 = "  loggers: [{name: kea-dhcp4, severity: INFO, output-options: [{output: stdout}]}]\n"
    upgrade = planned(tmp_path, pair("2.2", v4=v4), "3.0")
    found = {(each.old, each.new): each.count for each in upgrade.respelt}
    assert found == {("control-socket", "control-sockets"): 2, ("output_options", "output-options"): 2}
    assert all(each.source for each in upgrade.respelt)


def test_a_library_with_another_name(tmp_path: Path) -> None:
    v4 = (
        "  config-control: {config-databases: [{type: mysql, name: kea, user: kea, password: !secret /etc/kea/p}]}\n"
        "  hooks-libraries: [{library: libdhcp_mysql_cb.so}]\n"
    )
    upgrade = planned(tmp_path, pair("2.6", v4=v4), "3.0")
    assert ("libdhcp_mysql_cb.so", "libdhcp_mysql.so") in {(each.old, each.new) for each in upgrade.respelt}


@pytest.mark.parametrize(("to", "ends"), [("3.0", False), ("3.2", True), ("3.3", True)])
def test_the_control_agent_ends_with_3_2(to: str, ends: bool, tmp_path: Path) -> None:
    tls = (
        'control-agent:\n  http-port: 8000\n  trust-anchor: /etc/kea/ca.pem\n  cert-file: "/etc/kea/{server}.pem"\n'
        '  key-file: "/etc/kea/{server}.key"\n'
    )
    upgrade = planned(tmp_path, pair("2.6", head=tls, more=V6), to)
    assert upgrade.state is PlanState.READY
    if not ends:
        assert upgrade.agent is None
        return
    assert upgrade.agent is not None
    assert upgrade.agent.servers == ("kea1", "kea2")
    (four,), (six,) = (upgrade.agent.sockets[family] for family in ("dhcp4", "dhcp6"))
    assert (four["socket-type"], four["socket-port"], six["socket-port"]) == ("https", 8000, 8003)
    assert four["cert-file"] == "/etc/kea/{server}.pem"
    assert (
        {"kea-ctrl-agent.service"} == {unit for turn in upgrade.order.turns for unit in turn.disabled}
        if upgrade.order
        else False
    )
    assert all(each.dropped["packages"] == ("kea-ctrl-agent",) for each in upgrade.hosts)


def test_the_sockets_that_are_shown_compile_to_the_same_files(tmp_path: Path) -> None:
    """Written into the spec instead of `control-agent`, they are what kea-hac makes of it."""
    from kea_hac.api import compile_spec
    from kea_hac.source.yaml_print import Style, flow_text

    text = pair(
        "3.0",
        head=AGENT.replace("user: stork", "user-file: u").replace(
            "password: !secret /etc/kea/stork.json", "password-file: p"
        ),
        more=V6,
    )
    upgrade = planned(tmp_path, text, "3.2")
    assert upgrade.agent is not None
    assert upgrade.checked is not None
    assert upgrade.checked.build is not None
    without = text.replace("kea: 3.0", "kea: 3.2").replace(
        text[text.index("control-agent:") : text.index("dhcp4:\n")], ""
    )
    for family, entries in upgrade.agent.sockets.items():
        listed = flow_text(list(entries), Style())
        without = without.replace(f"\n{family}:\n", f"\n{family}:\n  control-sockets: {listed}\n")
    (tmp_path / "campus.yaml").write_text(without, "utf-8")
    again = compile_spec(tmp_path / "campus.yaml")
    assert again.build is not None
    one, other = (
        {path: content for path, content in build.files.items() if path != "manifest.json"}
        for build in (again.build, upgrade.checked.build)
    )
    assert one == other


def names(upgrade: Upgrade) -> list[str]:
    assert upgrade.order is not None
    return [each.server for each in upgrade.order.turns]


@pytest.mark.parametrize(
    ("mode", "partners", "unserved"),
    [
        ("hot-standby", [(("dhcp4", "kea1"),), (("dhcp4", "kea2"),)], [(), ()]),
        ("load-balancing", [(("dhcp4", "kea1"),), (("dhcp4", "kea2"),)], [(), ()]),
        ("passive-backup", [(), ()], [(), ("dhcp4",)]),
    ],
)
def test_the_primary_comes_last(mode: str, partners: list[Any], unserved: list[Any], tmp_path: Path) -> None:
    upgrade = planned(tmp_path, pair("2.2", mode=mode), "3.0")
    assert names(upgrade) == ["kea2", "kea1"]
    assert upgrade.order is not None
    assert [each.partners for each in upgrade.order.turns] == partners
    assert [each.unserved for each in upgrade.order.turns] == unserved


def test_a_hub_has_no_maintenance_for_one_spoke(tmp_path: Path) -> None:
    """`ha-maintenance-start` puts all relationships of a hub into maintenance."""
    hub = (
        "kea-hac: 1\npair: region\nkea: 2.6\nplatform: debian\nservers:\n"
        "  - {name: hub, address: 192.0.2.1, interfaces: [eth0]}\n  - {name: north, address: 192.0.2.2, interfaces: [eth0]}\n"
        "  - {name: south, address: 192.0.2.3, interfaces: [eth0]}\nhigh-availability:\n  mode: hot-standby\n  max-unacked-clients: 5\n"
        "  relationships:\n    - listener: {dhcp4: 8001}\n      peers: [{server: north, role: primary}, {server: hub, role: standby}]\n"
        "    - listener: {dhcp4: 8011}\n      peers: [{server: south, role: primary}, {server: hub, role: standby}]\n"
        "dhcp4:\n  subnet4:\n"
        "    - {id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{pool: 192.0.2.20 - 192.0.2.90}], user-context: {ha-server-name: north}}\n"
        "    - {id: 2, subnet: 198.51.100.0/24, pools: [{pool: 198.51.100.20 - 198.51.100.90}], user-context: {ha-server-name: south}}\n"
    )
    upgrade = planned(tmp_path, hub, "3.0")
    assert upgrade.order is not None
    turns = {each.server: each for each in upgrade.order.turns}
    assert names(upgrade)[0] == "hub"
    assert [partner for _, partner in turns["hub"].partners] == ["north", "south"]
    assert turns["north"].hubs == (("dhcp4", "hub"),)
    assert not turns["north"].partners


def test_partners_of_versions_that_nobody_ran_are_unknown(tmp_path: Path) -> None:
    for to, seen in (("3.0", True), ("3.2", False)):
        upgrade = planned(tmp_path, pair("2.6"), to)
        assert upgrade.order is not None
        (beside,) = upgrade.order.side_by_side
        assert bool(module.seen_side_by_side(beside.old, beside.new)) is seen


def test_databases_with_their_schemas(tmp_path: Path) -> None:
    v4 = (
        "  lease-database: {type: mysql, name: kea, host: 192.0.2.53, user: kea, password: !secret /etc/kea/p}\n"
        "  hosts-databases: [{type: postgresql, name: hosts, user: kea, password: !secret /etc/kea/p}]\n"
    )
    upgrade = planned(tmp_path, pair("2.6", v4=v4), "3.0")
    found = {each.name: (each.type, each.old, each.new, each.servers) for each in upgrade.databases}
    assert found == {
        "kea on 192.0.2.53": ("mysql", "22.2", "30.0", ("kea1", "kea2")),
        "hosts on localhost": ("postgresql", "22.2", "29.0", ("kea1", "kea2")),
    }
    assert not upgrade.memfile
    assert upgrade.order is not None
    assert len(upgrade.order.together) == 2, "servers that share a database of one schema change together"


@pytest.mark.parametrize(
    ("written", "lists"),
    [("", None), (", version: 11.1", ("2.2", "2.4", "2.6")), (", version: 25.1", None)],
)
def test_micetro_as_far_as_its_documents_are_known(written: str, lists: Any, tmp_path: Path) -> None:
    upgrade = planned(tmp_path, pair("2.6", head=f"micetro: {{owner: kea-hac, agent: per-server{written}}}\n"), "3.0")
    assert upgrade.micetro is not None
    assert upgrade.micetro.lists == lists
    assert ("KH915" in {each.rule.code for each in upgrade.findings}) is (lists is not None)
    assert planned(tmp_path, pair("2.6"), "3.0").micetro is None
