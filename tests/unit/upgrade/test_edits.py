"""The edits of a spec: the smallest ones, in every form in which a version can be written, each proven by a build."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from kea_hac.api import compile_spec, load
from kea_hac.errors import UsageError
from kea_hac.kea.version import BRANCHES
from kea_hac.source.rewrite import write_texts
from kea_hac.upgrade.planning import PlanState, plan_upgrade
from kea_hac.upgrade.versions import target
from tests.unit.upgrade.planning import AGENT, V6, new_text, pair, planned

INSIDE = "interface: lan, subnet4: [{id: 7, subnet: 198.51.100.0/24, pools: [{pool: 198.51.100.9 - 198.51.100.99}]}]"


@pytest.mark.parametrize(
    ("old", "new"), [*pairwise(map(str, BRANCHES)), ("2.2", "3.0"), ("2.6", "3.2"), ("2.2", "3.2")]
)
def test_every_step_and_the_whole_way(old: str, new: str, tmp_path: Path) -> None:
    text = pair(old)
    upgrade = planned(tmp_path, text, new)
    assert upgrade.state is PlanState.READY
    assert upgrade.writable
    assert new_text(upgrade) == text.replace(f"kea: {old}\n", f"kea: {new}\n")
    assert [(each.old, each.new) for each in upgrade.edits] == [(old, new)]


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("2.6", "3.0"),
        ('"2.6"', '"3.0"'),
        ("'2.6.3'", "'3.0'"),
        ("2.6   # all sites", "3.0   # all sites"),
        ("2.6  # kea-hac: guessed, 2.6 to 3.0 take the files", "3.0"),
        ("&v 2.6", "&v 3.0"),
    ],
)
def test_a_version_keeps_its_form_and_its_comment(written: str, after: str, tmp_path: Path) -> None:
    text = pair(written)
    upgrade = planned(tmp_path, text, "3.0")
    assert new_text(upgrade) == text.replace(written, after)
    assert upgrade.guessed is ("guessed" in written)


def test_line_ends_and_a_spec_on_one_line(tmp_path: Path) -> None:
    text = pair("2.6  # kea-hac: guessed, 2.6 takes the files").replace("\n", "\r\n")
    spec = tmp_path / "campus.yaml"
    spec.write_bytes(text.encode())
    upgrade = plan_upgrade(load(spec), target("3.0"))
    assert new_text(upgrade) == text.replace("2.6  # kea-hac: guessed, 2.6 takes the files", "3.0")
    flat = (
        '{kea-hac: 1, pair: lone, "kea": 2.6, platform: debian, servers: [{name: one, address: 192.0.2.1, interfaces: [eth0]}], '
        "dhcp4: {subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{pool: 192.0.2.9 - 192.0.2.99}]}]}}\n"
    )
    kept = planned(tmp_path, flat, "3.0", keep=True)
    assert kept.writable
    made = flat.replace("2.6", "3.0").replace("}]}]}}", "}]}], cache-threshold: 0.25, cache-max-age: 0}}")
    assert new_text(kept) == made


def test_versions_of_servers(tmp_path: Path) -> None:
    """What has the version already stays, and so does every other character."""
    text = pair(v4="  cache-threshold: 0.25\n  cache-max-age: 0\n").replace("kea: 2.6\n", "")
    text = text.replace("{name: kea1,", "{name: kea1, kea: '2.6.3',").replace("{name: kea2,", "{name: kea2, kea: 3.0,")
    upgrade = planned(tmp_path, text, "3.0")
    assert new_text(upgrade) == text.replace("'2.6.3'", "'3.0'")
    assert [(each.server, each.changes) for each in upgrade.servers] == [("kea1", True), ("kea2", False)]
    assert [turn.server for turn in upgrade.order.turns] == ["kea1"] if upgrade.order else False


def test_a_version_in_an_included_file(tmp_path: Path) -> None:
    text = pair().replace("kea: 2.6\n", "<<: !include common.yaml\n")
    (tmp_path / "common.yaml").write_text("kea: 2.6  # everywhere\n", "utf-8")
    upgrade = planned(tmp_path, text, "3.0")
    assert new_text(upgrade, "common.yaml") == "kea: 3.0  # everywhere\n"
    assert len(upgrade.texts) == 1


def test_a_version_in_a_file_that_another_pair_includes(tmp_path: Path) -> None:
    """The other pair keeps its version: this spec gets one of its own."""
    (tmp_path / ".git").mkdir()
    text = pair().replace("kea: 2.6\n", "<<: !include common.yaml\n")
    (tmp_path / "common.yaml").write_text("kea: 2.6\n", "utf-8")
    (tmp_path / "other.yaml").write_text(text.replace("campus", "other"), "utf-8")
    upgrade = planned(tmp_path, text, "3.0")
    assert new_text(upgrade) == text.replace("pair: campus\n", "pair: campus\nkea: 3.0\n")
    assert len(upgrade.texts) == 1


def test_a_version_that_two_places_use_is_left_to_a_person(tmp_path: Path) -> None:
    text = pair("&v 2.6").replace("{name: kea1,", "{name: kea1, kea: *v,")
    upgrade = planned(tmp_path, text, "3.0")
    assert upgrade.state is PlanState.READY, "the report is whole all the same"
    assert upgrade.defaults
    assert not upgrade.writable
    assert not upgrade.texts
    assert all("used in 2 places" in each.reason for each in upgrade.refused)
    assert "set kea to 3.0" in {each.what for each in upgrade.refused}


def test_users_and_passwords_that_3_2_refuses_become_files(tmp_path: Path) -> None:
    text = pair("3.0", head=AGENT, more=V6)
    upgrade = planned(tmp_path, text, "3.2")
    assert upgrade.writable
    clients = "{user-file: stork-user, password-file: stork-password}"
    expected = text.replace("kea: 3.0", "kea: 3.2").replace(
        "{user: stork, password: !secret /etc/kea/stork.json}", clients
    )
    assert new_text(upgrade) == expected
    added = {entry for each in upgrade.hosts for entry in each.added["files"]}
    assert added == {"/etc/kea/stork-user", "/etc/kea/stork-password"}
    assert all(each.old != "stork.json" for each in upgrade.edits)


@pytest.mark.parametrize("user", ["{server}", "!secret /etc/kea/user.json"])
def test_a_user_for_which_no_one_file_is_known_is_left_to_a_person(user: str, tmp_path: Path) -> None:
    written = user if user.startswith("!") else f'"{user}"'
    text = pair(
        "3.0",
        head=AGENT.replace("user: stork", f"user: {written}").replace(
            "password: !secret /etc/kea/stork.json", "password-file: x"
        ),
    )
    upgrade = planned(tmp_path, text, "3.2")
    assert upgrade.state is PlanState.BROKEN_THEN
    assert not upgrade.writable
    assert {each.rule.code for each in upgrade.findings if each.severity == "error"} == {"KH904"}


def test_what_the_newer_kea_has_no_key_for_is_a_finding(tmp_path: Path) -> None:
    """`realm` of the RADIUS library is gone in 3.2, and nothing takes its place."""
    library = (
        "  hooks-libraries: [{library: libdhcp_host_cache.so}, {library: libdhcp_radius.so, parameters: {realm: x}}]\n"
    )
    upgrade = planned(tmp_path, pair("3.0", v4=library), "3.2")
    assert upgrade.state is PlanState.BROKEN_THEN
    assert "'realm'" in " ".join(each.message for each in upgrade.findings)


def test_lines_that_keep_defaults_are_written_where_people_look_for_them(tmp_path: Path) -> None:
    text = pair("2.6", more=V6)
    upgrade = planned(tmp_path, text, "3.0", keep=True)
    kept = "  valid-lifetime: 4h\n  cache-threshold: 0.25\n  cache-max-age: 0\n"
    assert new_text(upgrade) == text.replace("kea: 2.6", "kea: 3.0").replace("  valid-lifetime: 4h\n", kept)
    assert not upgrade.defaults
    assert {(each.daemon, each.changed.source) for each in upgrade.kept} == {
        ("dhcp4", "ChangeLog 2360"),
        ("dhcp6", "ChangeLog 2360"),
    }


@pytest.mark.parametrize(
    ("v4", "lines"),
    [
        ("", {"cache-threshold": 0.25, "cache-max-age": 0}),
        ("  cache-max-age: 600\n", {"cache-threshold": 0.0}),
        ("  cache-threshold: 0.1\n", None),
        (f"  shared-networks: [{{name: x, cache-threshold: 0.1, {INSIDE}}}]\n", {"cache-threshold": 0.0}),
        (f"  shared-networks: [{{name: x, cache-max-age: 60, {INSIDE}}}]\n", {"cache-threshold": 0.0}),
    ],
)
def test_caching_is_kept_off_by_lines_that_contradict_no_other(
    v4: str, lines: dict[str, float] | None, tmp_path: Path
) -> None:
    """A subnet would inherit `cache-max-age: 0` to its own threshold, or the threshold to its own age."""
    upgrade = planned(tmp_path, pair("2.6", v4=v4), "3.0")
    assert [dict(each.lines) for each in upgrade.defaults] == ([lines] if lines else [])


def test_a_standalone_2_2_server_keeps_one_thread_and_its_preferred_lifetime(tmp_path: Path) -> None:
    text = (
        "kea-hac: 1\npair: lone\nkea: 2.2\nplatform: debian\nservers: [{name: one, address: 192.0.2.1, interfaces: [eth0]}]\n"
        "dhcp6:\n  subnet6: [{id: 1, subnet: '2001:db8::/64', interface: eth0, pools: [{pool: '2001:db8::1:0/112'}]}]\n"
    )
    upgrade = planned(tmp_path, text, "2.4", keep=True)
    assert "  multi-threading:" in new_text(upgrade)
    assert "enable-multi-threading: false" in new_text(upgrade)
    assert "  preferred-lifetime: 3600\n" in new_text(upgrade)
    assert {each.changed.source for each in upgrade.kept} == {"ChangeLog 2103", "ChangeLog 2136"}
    (tmp_path / "campus.yaml").write_text(new_text(upgrade), "utf-8")
    assert compile_spec(tmp_path / "campus.yaml").build is not None


def test_the_files_are_the_proven_ones(tmp_path: Path) -> None:
    """What is written compiles to what was compiled in memory."""
    upgrade = planned(tmp_path, pair("2.2", head=AGENT, more=V6), "3.2", keep=True)
    assert upgrade.document is not None
    assert upgrade.checked is not None
    assert upgrade.checked.build is not None
    write_texts(upgrade.document, upgrade.texts)
    again = compile_spec(tmp_path / "campus.yaml")
    assert again.build is not None
    assert again.build.files == upgrade.checked.build.files


@pytest.mark.parametrize("to", ["2.6", "2.6.3", "2.6.1"])
def test_the_same_version_is_no_step(to: str, tmp_path: Path) -> None:
    assert planned(tmp_path, pair("2.6.3" if to == "2.6" else to), to).state is PlanState.SAME


def test_a_release_of_the_branch_that_is_written_is_no_step(tmp_path: Path) -> None:
    assert planned(tmp_path, pair("2.6"), "2.6.3").state is PlanState.SAME
    assert planned(tmp_path, pair("2.6.1"), "2.6.3").state is PlanState.READY


@pytest.mark.parametrize(("now", "to"), [("3.0", "2.6"), ("2.6.3", "2.6.1"), ("3.2", "3.0.4")])
def test_a_downgrade_is_refused(now: str, to: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"has Kea {now}.*newer.*not an upgrade"):
        planned(tmp_path, pair(now), to)


def test_a_spec_with_errors_is_not_compared(tmp_path: Path) -> None:
    upgrade = planned(tmp_path, pair("2.6", v4="  nonsense: 1\n"), "3.0")
    assert upgrade.state is PlanState.BROKEN_NOW
    assert [each.rule.code for each in upgrade.findings if each.severity == "error"] == ["KH120"]
    assert planned(tmp_path, "kea-hac: [", "3.0").state is PlanState.BROKEN_NOW


def test_an_upgrade_that_is_half_done_is_finished(tmp_path: Path) -> None:
    """Partners of two versions whose defaults differ are an error (KH804), which the last step removes."""
    text = pair("2.6").replace("{name: kea2,", "{name: kea2, kea: 3.0,")
    upgrade = planned(tmp_path, text, "3.0")
    assert upgrade.state is PlanState.BROKEN_NOW
    assert "KH804" in {each.rule.code for each in upgrade.findings}
    assert upgrade.writable
    assert new_text(upgrade) == text.replace("kea: 2.6\n", "kea: 3.0\n")


TLS_AGENT = """\
control-agent:   # for the tools
  http-port: 8443
  trust-anchor: /etc/kea/ca.pem
  cert-file: "/etc/kea/{server}.pem"
  key-file: "/etc/kea/{server}.key"
"""


@pytest.mark.parametrize(
    ("agent", "v4"),
    [
        (AGENT, ""),
        (TLS_AGENT, ""),
        (TLS_AGENT, "  control-sockets: [{socket-type: unix, socket-name: kea4-ctrl-socket}]\n"),
        ("control-agent: {authentication: {type: basic, clients: [{user: a, password-file: b}]}}\n", ""),
    ],
)
def test_the_agent_is_replaced_by_the_sockets_that_kea_hac_makes_of_it(agent: str, v4: str, tmp_path: Path) -> None:
    """The edited spec has no agent, no finding on it, and the files of the servers are the same."""
    text = pair("2.6", head=agent, more=V6, v4="")
    if v4:
        text = text.replace("dhcp4:\n", f"dhcp4:\n{v4}")
    upgrade = planned(tmp_path, text, "3.2", replace=True)
    assert upgrade.refused == ()
    assert upgrade.writable
    made = new_text(upgrade)
    assert "control-agent" not in made
    assert made.count("socket-type: http") == 2
    assert "KH702" not in {each.rule.code for each in upgrade.findings}
    assert all(each.line > 1 for each in upgrade.edits)
    plain = planned(tmp_path, text, "3.2")
    assert plain.checked is not None
    assert plain.checked.build is not None
    assert upgrade.checked is not None
    assert upgrade.checked.build is not None
    for path, content in plain.checked.build.files.items():
        assert path == "manifest.json" or upgrade.checked.build.files[path] == content


@pytest.mark.parametrize(
    "own",
    [
        "control-agent: false",
        "control-agent: {authentication: {type: basic, clients: [{user-file: x, password-file: y}]}}",
    ],
)
def test_an_agent_that_is_not_the_same_on_all_servers_is_not_replaced(own: str, tmp_path: Path) -> None:
    text = pair(
        "3.0",
        head=AGENT.replace("user: stork", "user-file: u").replace(
            "password: !secret /etc/kea/stork.json", "password-file: p"
        ),
    )
    upgrade = planned(tmp_path, text.replace("{name: kea2,", f"{{name: kea2, {own},"), "3.2", replace=True)
    assert upgrade.state is PlanState.READY
    assert not upgrade.writable
    assert [each.what for each in upgrade.refused] == ["replace `control-agent` by `control-sockets`"]
