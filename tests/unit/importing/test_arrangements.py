"""Who the servers are: pairs from one file, hubs, backups, agents, both families, answers of config-get, old combined files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kea_hac
from kea_hac.api import judge, load_text
from kea_hac.changes.canonical import without_stamp
from kea_hac.importing.run import Imported, ImportRequest, Input, import_files
from kea_hac.kea.canonical import kea_text
from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6
from kea_hac.kea.config_get import predict
from kea_hac.kea.version import KeaVersion
from tests.shipped import ROOT, checked_for
from tests.unit.importing.importing import built_again, imported, lost, names, written

DAEMONS = {daemon.file: daemon for daemon in (DHCP4, DHCP6, CTRL_AGENT)}


def plain(checked: kea_hac.Checked, *servers: str) -> dict[str, str]:
    """The built files of some servers, or of all, as somebody who knows nothing of kea-hac has them: without the stamp."""
    assert checked.build is not None
    found = {}
    for artifact in checked.build.artifacts:
        if artifact.tree is not None and (not servers or artifact.path.partition("/")[0] in servers):
            top, config = next(iter(artifact.tree.items()))
            found[artifact.path] = kea_text({top: without_stamp(config)}).decode()
    return found


def answers(checked: kea_hac.Checked, version: str) -> dict[str, str]:
    """What config-get says on every server."""
    assert checked.build is not None
    assert checked.site is not None
    hosts = {node.name: node.platform for node in checked.site.nodes}
    found = {}
    for artifact in checked.build.artifacts:
        if artifact.tree is not None:
            top, config = next(iter(artifact.tree.items()))
            daemon = DAEMONS[artifact.path.rpartition("/")[2]]
            answer = predict(
                daemon, without_stamp(config), KeaVersion.parse(version), hosts[artifact.path.partition("/")[0]]
            )
            found[artifact.path.replace(".conf", ".json")] = kea_text(
                {"arguments": {top: answer}, "result": 0}
            ).decode()
    return found


def test_a_hub_alone_names_its_spokes(tmp_path: Path) -> None:
    files = plain(checked_for(ROOT / "specs/hub.yaml", "2.6"), "hub")
    found = imported(tmp_path, files, source="2.6")
    text = str(found.text)
    for line in ("  - name: north\n", "  - name: south\n", "        - server: north\n          role: primary\n"):
        assert line in text
    assert text.count("was named: add `interfaces: [...]`") == 2
    assert names(found).count("no-interface") >= 2, "the spokes' interfaces are not known"
    assert lost(found) == []


def test_a_hub_with_its_spokes_comes_back_whole(tmp_path: Path) -> None:
    checked = checked_for(ROOT / "specs/hub.yaml", "3.0")
    found = imported(tmp_path, plain(checked), source="3.0", pair="region")
    assert lost(found) == []
    assert set(names(found)) <= {"shared-network-of-one"}
    assert built_again(found).keys() == {name for name in checked.build.files if name != "manifest.json"}  # type: ignore[union-attr]


HUB_OF_TWO_FAMILIES = """\
kea-hac: 1
pair: hub
kea: 3.0
platform: debian
servers:
  - {name: north, address: 192.0.2.1, interfaces: {FAMILY: [eth0]}}
  - {name: centre, address: 192.0.2.2, interfaces: [eth0]}
  - {name: south, address: 192.0.2.3, interfaces: [eth0]}
high-availability:
  mode: hot-standby
  relationships:
    - peers: [{server: north, role: primary}, {server: centre, role: standby, name: centre-n}]
      mode: {FAMILY: hot-standby}
      listener: {FAMILY: 8004}
    - peers: [{server: south, role: primary}, {server: centre, role: standby, name: centre-s}]
      listener: {dhcp4: 8006, dhcp6: 8606}
dhcp4:
  subnet4:
    - {id: 1, subnet: 10.1.0.0/24, pools: [{pool: 10.1.0.0/25}], user-context: {ha-server-name: TAG4}}
    - {id: 2, subnet: 10.2.0.0/24, pools: [{pool: 10.2.0.0/25}], user-context: {ha-server-name: south}}
dhcp6:
  subnet6:
    - {id: 1, subnet: "2001:db8:1::/64", pools: [{pool: "2001:db8:1::/80"}], user-context: {ha-server-name: TAG6}}
    - {id: 2, subnet: "2001:db8:2::/64", pools: [{pool: "2001:db8:2::/80"}], user-context: {ha-server-name: south}}
"""


@pytest.mark.parametrize("family", ["dhcp4", "dhcp6"])
def test_a_relationship_of_one_family_in_a_hub_of_two_comes_back(family: str, tmp_path: Path) -> None:
    tags = {"dhcp4": ("north", "south"), "dhcp6": ("south", "north")}[family]
    text = HUB_OF_TWO_FAMILIES.replace("FAMILY", family).replace("TAG4", tags[0]).replace("TAG6", tags[1])
    checked = judge(load_text(text, tmp_path / "hub.yaml"))
    assert checked.build is not None
    found = imported(tmp_path, plain(checked), source="3.0", pair="hub")
    assert lost(found) == []
    assert str(found.text).count(f"mode: {{{family}: hot-standby}}") == 1
    assert str(found.text).count("  mode: hot-standby\n") == 1
    assert [each for each in found.report.diagnostics if each.severity == "error"] == []
    assert built_again(found).keys() == {name for name in checked.build.files if name != "manifest.json"}


def test_the_other_of_a_pair_is_known_from_one_file(tmp_path: Path) -> None:
    files = plain(checked_for(ROOT / "specs/branch.yaml", "2.2"), "branch2")
    found = imported(tmp_path, files, source="2.2")
    text = str(found.text)
    assert "mode: load-balancing" in text
    assert "  split: even\n" in text
    assert "no file of branch1 was named: add `interfaces: [...]`" in text
    assert "address: 10.20.0.2\n" in text
    assert lost(found) == []


def test_halves_of_pools_become_one_pool(tmp_path: Path) -> None:
    found = imported(tmp_path, plain(checked_for(ROOT / "specs/branch.yaml", "2.6")), source="2.6")
    text = str(found.text)
    assert "{pool: 10.20.1.0 - 10.20.8.255}" in text
    assert "HA_branch1" not in text.partition("pd-pools")[0].partition("client-classes:\n    - name")[0]
    assert lost(found) == []


def test_a_pool_that_both_share_stays_shared(tmp_path: Path) -> None:
    files = {
        name: text.replace('"client-classes": [\n              "HA_branch1"\n            ]', '"pool-id": 0').replace(
            '"client-class": "HA_branch1"', '"client-class": ""'
        )
        for name, text in plain(checked_for(ROOT / "specs/branch.yaml", "2.6")).items()
    }
    found = imported(tmp_path, files, source="2.6")
    assert "split: none" in str(found.text)
    assert lost(found) == []


def test_answers_of_config_get_make_as_short_a_spec_as_files(tmp_path: Path) -> None:
    checked = checked_for(ROOT / "specs/campus.yaml", "2.6")
    files = imported(tmp_path / "files", plain(checked), source="2.6", pair="campus")
    live = imported(tmp_path / "answers", answers(checked, "2.6"), source="2.6", pair="campus")
    assert lost(files) == lost(live) == []
    assert files.text is not None
    assert live.text is not None
    assert len(live.text.splitlines()) <= len(files.text.splitlines())


def test_an_old_file_for_all_daemons(tmp_path: Path) -> None:
    files = plain(checked_for(ROOT / "specs/lone.yaml", "2.6"))
    whole: dict[str, object] = {}
    for text in files.values():
        whole |= json.loads(text)
    path = tmp_path / "kea.conf"
    path.write_text(json.dumps(whole), "utf-8")
    version = KeaVersion.parse("2.6")
    found = import_files([Input("workshop1", True, (path,))], ImportRequest(source=version, target=version))
    assert lost(found) == []
    assert sorted(built_again(found)) == sorted(files)


def test_two_servers_that_know_nothing_of_each_other_are_no_pair(tmp_path: Path) -> None:
    lone = plain(checked_for(ROOT / "specs/lone.yaml", "2.6"))
    files = {f"{server}/kea-dhcp4.conf": lone["workshop1/kea-dhcp4.conf"] for server in ("one", "two")}
    found = imported(tmp_path, files, source="2.6")
    assert "not-one-pair" in names(found)


def test_servers_of_two_versions_keep_their_own(tmp_path: Path) -> None:
    older = {
        name: text.replace('"valid-lifetime"', '"reservation-mode": "all",\n    "valid-lifetime"', 1)
        for name, text in plain(checked_for(ROOT / "specs/fleet/airport.yaml", "2.2"), "airport1").items()
    }
    newer = plain(checked_for(ROOT / "specs/fleet/airport.yaml", "3.0"), "airport2")
    by_server = written(tmp_path, {name: text.encode() for name, text in {**older, **newer}.items()})
    found: Imported = import_files(
        [Input(name, True, tuple(paths)) for name, paths in by_server.items()], ImportRequest()
    )
    assert found.text is not None
    assert "\nkea: 2.2  # kea-hac: guessed, 2.2 to 2.4 accept these files\n" in found.text
    assert "    kea: 3.0  # kea-hac: guessed, " in found.text
    assert "version-skew" in names(found)


def micetro(tmp_path: Path, *changes: tuple[str, str]) -> Imported:
    """The campus with the preferences.cfg of its agents."""
    checked = checked_for(ROOT / "specs/campus.yaml", "2.6")
    assert checked.build is not None
    files = plain(checked)
    for server in ("kea1", "kea2"):
        text = checked.build.files[f"{server}/preferences.cfg"].decode()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        files[f"{server}/preferences.cfg"] = text
    return imported(tmp_path, files, source="2.6", pair="campus")


def test_the_entries_of_micetros_agents_are_read(tmp_path: Path) -> None:
    found = micetro(tmp_path)
    assert "micetro: {owner: kea-hac, agent: per-server}\n" in str(found.text)
    assert "lost-in-import" not in names(found)
    replicated = micetro(tmp_path / "replicated", ('keaReplicateConfig value="0"', 'keaReplicateConfig value="1"'))
    assert "micetro: {owner: micetro, agent: per-server}\n" in str(replicated.text)
    assert "lost-in-import" not in names(replicated)


def test_an_entry_that_the_spec_would_say_otherwise_is_told_of(tmp_path: Path) -> None:
    found = micetro(tmp_path, ('keaControlAgentPort value="8000"', 'keaControlAgentPort value="8080"'))
    said = [each.message for each in found.report.diagnostics if each.rule.name == "lost-in-import"]
    assert said == [
        f"keaControlAgentPort is 8080 in the preferences.cfg of {name}, and 8000 in what the spec compiles to"
        for name in ("kea1", "kea2")
    ]


def test_the_agent_of_all_servers_is_asked_for(tmp_path: Path) -> None:
    checked = checked_for(ROOT / "specs/campus.yaml", "2.6")
    files = {**plain(checked), "mm1/preferences.cfg": '<keaReplicateConfig value="0"/>\n'}
    found = imported(tmp_path, files, source="2.6", pair="campus")
    (said,) = [each for each in found.report.diagnostics if each.rule.name == "not-in-the-files"]
    assert "mm1" in said.message
    assert "agent: {name: mm1, address: …}" in str(said.fix)


def test_listeners_on_ports_of_their_own(tmp_path: Path) -> None:
    checked = kea_hac.compile_spec(ROOT / "tests/cases/ok/listener-by-server.yaml")
    found = imported(tmp_path, plain(checked), source="2.6", pair="ports")
    assert "    listener: {dhcp4: 8004}\n" in str(found.text)
    assert lost(found) == []
    assert set(names(found)) <= {"subnet-of-nobody"}


def test_var_run_tells_nothing_of_the_platform(tmp_path: Path) -> None:
    """FreeBSD has /var/run/kea; on Linux it is another name of /run/kea, which many files still use."""
    text = plain(checked_for(ROOT / "specs/lone.yaml", "2.6"))["workshop1/kea-dhcp4.conf"].replace(
        '"/run/kea', '"/var/run/kea'
    )
    found = imported(tmp_path, {"workshop1/kea-dhcp4.conf": text}, source="2.6")
    assert "\nplatform: debian  # kea-hac: guessed, " in str(found.text)
    assert "\npaths: {sockets: /var/run/kea}\n" in str(found.text)
    assert lost(found) == []


LONE = """{"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]},
  "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
  "lease-database": {"type": "memfile", "name": "/var/lib/kea/%s"},
  "subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.10 - 10.0.0.20"}]}]}}"""


@pytest.mark.parametrize(("name", "platform"), [("dhcp4.leases", "isc"), ("kea-leases4.csv", "debian")])
def test_a_guessed_platform_blocks_nothing(tmp_path: Path, name: str, platform: str) -> None:
    """Of packages with the same directories those that allow what the server uses; the rules say no error in any case."""
    found = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE % name})
    assert f"\nplatform: {platform}  # kea-hac: guessed, it has /run/kea, /var/lib/kea" in str(found.text)
    assert found.checked is not None
    assert found.checked.build is not None


def test_what_was_named_is_not_marked(tmp_path: Path) -> None:
    found = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE % "kea-leases4.csv"}, target="3.0", platform="debian")
    assert "\nkea: 3.0\nplatform: debian\n" in str(found.text)
    named = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE % "kea-leases4.csv"}, source="2.6")
    assert "\nkea: 2.6\n" in str(named.text)


def test_an_old_spelling_pins_no_old_default(tmp_path: Path) -> None:
    """3.0 reads `control-socket`, so the file may run there now; what 3.0 refuses runs on an older Kea."""
    found = imported(tmp_path, {"solo/kea-dhcp4.conf": LONE % "kea-leases4.csv"}, target="3.0")
    assert "cache-threshold" not in str(found.text)
    older = LONE.replace('"id": 1, ', "") % "kea-leases4.csv"
    assert "cache-threshold: 0.0" in str(imported(tmp_path, {"solo/kea-dhcp4.conf": older}, target="3.0").text)
