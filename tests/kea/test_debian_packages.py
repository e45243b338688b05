"""Debian's packages, as unpacked, against the platform table: every row marked `proven` is held to what they ship."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, FAMILIES, Daemon
from kea_hac.kea.platform import Platform, platform
from kea_hac.kea.version import KeaVersion
from tests.debian_confinement import complaints, conditions, glob, profile
from tests.lab import trees

pytestmark = pytest.mark.kea
DAEMONS = (*FAMILIES, CTRL_AGENT)


@pytest.fixture(params=trees.VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def root(version: str) -> Path:
    return trees.tree(version)


@pytest.fixture
def table(version: str) -> Platform:
    return platform("debian", "amd64", KeaVersion.parse(version))


def unit(root: Path, table: Platform, daemon: Daemon) -> dict[str, str]:
    """The shipped unit's settings; of a repeated key the last."""
    text = (root / "usr/lib/systemd/system" / str(table.of(daemon).unit)).read_text()
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


@pytest.mark.parametrize("daemon", DAEMONS, ids=lambda each: each.name)
def test_units_load_our_files_as_our_user_in_our_directories(root: Path, table: Platform, daemon: Daemon) -> None:
    shipped = unit(root, table, daemon)
    assert shipped["ExecStart"] == f"/usr/sbin/kea-{daemon.name} -c {table.config_file(daemon)}"
    assert shipped["User"] == table.user
    assert shipped["RuntimeDirectory"].split()[0] == table.socket_dir.removeprefix("/run/")
    assert shipped["StateDirectory"] == table.lease_dir.removeprefix("/var/lib/")
    assert shipped["LogsDirectory"] == table.log_dir.removeprefix("/var/log/")
    assert shipped["Environment"] == f'"KEA_LOCKFILE_DIR={table.lock_dir}"'
    assert shipped.get("RuntimeDirectoryMode", "0755") == table.modes["sockets"]
    assert shipped.get("StateDirectoryMode", "0755") == table.modes["leases"]
    assert shipped["LogsDirectoryMode"] == table.modes["logs"]
    assert conditions(root, str(table.of(daemon).unit)) == table.of(daemon).conditions


def test_hooks_are_where_the_table_says(root: Path, table: Platform) -> None:
    for library in ("libdhcp_ha.so", "libdhcp_lease_cmds.so"):
        assert (root / table.hook(library).lstrip("/")).is_file()


@pytest.mark.parametrize("daemon", DAEMONS, ids=lambda each: each.name)
def test_the_profile_allows_exactly_the_tables_names(root: Path, table: Platform, daemon: Daemon) -> None:
    rules, confinement = profile(root, f"kea-{daemon.name}"), table.confinement
    assert confinement is not None
    expected = {
        "-ctrl-socket": set(confinement.sockets.get(daemon.name, ())),
        ".csv": set(confinement.leases.get(daemon.name, ())),
        ".log": set(confinement.logs.get(daemon.name, ())),
    }
    for suffix, paths in expected.items():
        assert set(named_rules(root, daemon, suffix)) == paths
        assert all(rules.allows(path, "w") for path in paths)
        assert not any(rules.allows(f"{path.rpartition('/')[0]}/other{suffix}", "w") for path in paths)


def named_rules(root: Path, daemon: Daemon, suffix: str) -> Iterator[str]:
    """The paths in the profile's own text that end in `suffix` (a trailing * left out), alternatives spelled out."""
    text = (root / "etc/apparmor.d" / f"usr.sbin.kea-{daemon.name}").read_text()
    for path in re.findall(rf"owner (/\S*{re.escape(suffix)})\*? ", text):
        head, brace, rest = path.partition("{")
        choices, _, tail = rest.partition("}")
        yield from (f"{head}{choice}{tail}" for choice in choices.split(",")) if brace else (path,)


@pytest.mark.parametrize("daemon", DAEMONS, ids=lambda each: each.name)
def test_the_profile_lets_read_what_the_table_says_and_write_no_configuration(
    root: Path, table: Platform, daemon: Daemon
) -> None:
    rules, confinement = profile(root, f"kea-{daemon.name}"), table.confinement
    assert confinement is not None
    assert all(rules.allows(f"{folder}x.pem", "r") for folder in confinement.reads[daemon.name])
    for folder in ("/etc/ssl/private/", "/root/", "/srv/", "/var/lib/", "/etc/kea2/"):
        assert not rules.allows(f"{folder}x.pem", "r")
    assert rules.allows("/etc/ssl/certs/x.pem", "r") == ("/etc/ssl/certs/" in confinement.reads[daemon.name])
    assert rules.allows(table.config_file(daemon), "w") == confinement.writes_config
    assert rules.allows(table.hook("libdhcp_ha.so"), "mr")
    scripts = any("x" in modes.lower() for pattern, modes in rules.paths if pattern.fullmatch("/usr/bin/sh"))
    assert scripts == confinement.runs_scripts


def test_the_agents_ipv6_and_the_place_for_own_rules(root: Path, table: Platform) -> None:
    assert table.confinement is not None
    assert ("inet6 stream" in profile(root, "kea-ctrl-agent").networks) == table.confinement.agent_inet6
    for daemon in DAEMONS:
        text = (root / "etc/apparmor.d" / f"usr.sbin.kea-{daemon.name}").read_text()
        local = re.search(r"include (?:if exists )?<(local/\S+)>", text)
        wanted = table.confinement.additions
        assert (f"/etc/apparmor.d/{local[1]}" if local else None) == (wanted and wanted.format(daemon=daemon.name))


def shipped(root: Path) -> dict[str, Any]:
    """The packages' own agent file, as data: Kea's comments taken out."""
    text = (root / "etc/kea/kea-ctrl-agent.conf").read_text()
    bare = re.sub(r"(?m)^\s*(?://|#).*$|/\*.*?\*/", "", text)
    loaded: dict[str, Any] = json.loads(bare)
    return loaded


def good(table: Platform, version: str) -> dict[str, Any]:
    """One server's files that Debian's packages allow."""
    tls = {"trust-anchor": "/etc/ssl/certs/ca.pem", "cert-file": "/etc/kea/tls/a.pem", "key-file": "/etc/kea/tls/a.key"}
    built: dict[str, Any] = {}
    for daemon in FAMILIES:
        log = table.log_file(str(table.of(daemon).log))
        built[daemon.file] = {
            daemon.top: {
                "control-socket": {"socket-type": "unix", "socket-name": table.socket(daemon)},
                "lease-database": {"type": "memfile", "name": table.default_lease_file(daemon)},
                "hooks-libraries": [
                    {"library": table.hook("libdhcp_ha.so"), "parameters": {"high-availability": [tls]}}
                ],
                "loggers": [{"name": f"kea-{daemon.name}", "output_options": [{"output": log}, {"output": "stdout"}]}],
            }
        }
    clients = [{"user": "kea-api", "password-file": "kea-api-password"}]
    agent = {
        "http-host": "192.0.2.1" if version == "2.2.0" else "2001:db8::1",
        "authentication": {"type": "basic", "directory": "/etc/kea", "clients": clients},
        "control-sockets": {each.name: {"socket-name": table.socket(each)} for each in FAMILIES},
    }
    return {**built, CTRL_AGENT.file: {CTRL_AGENT.top: agent}}


def test_a_good_server_gets_no_complaint(root: Path, table: Platform, version: str) -> None:
    assert complaints(root, good(table, version)) == []


@pytest.mark.parametrize(
    ("file", "route", "value", "what"),
    [
        ("kea-dhcp4.conf", ("Dhcp4", "control-socket", "socket-name"), "/run/kea/other", "socket"),
        ("kea-dhcp6.conf", ("Dhcp6", "lease-database", "name"), "/var/lib/kea/kea-leases4.csv", "lease file"),
        ("kea-dhcp4.conf", ("Dhcp4", "loggers", 0, "output_options", 0, "output"), "/var/log/kea.log", "log file"),
        ("kea-dhcp4.conf", ("Dhcp4", "hooks-libraries", 0, "library"), "/opt/kea/libdhcp_ha.so", "hook library"),
        ("kea-dhcp4.conf", ("Dhcp4", "trust-anchor"), "/root/ca.pem", "file to read"),
        ("kea-ctrl-agent.conf", ("Control-agent", "trust-anchor"), "/etc/ssl/certs/ca.pem", "file to read"),
        ("kea-ctrl-agent.conf", ("Control-agent", "authentication", "directory"), "/srv", "file to read"),
    ],
)
def test_each_kind_of_wrong_path_is_complained_about(
    root: Path, table: Platform, version: str, file: str, route: tuple[str | int, ...], value: str, what: str
) -> None:
    built = copy.deepcopy(good(table, version))
    place = built[file]
    for step in route[:-1]:
        place = place[step]
    place[route[-1]] = value
    assert what in {each.what for each in complaints(root, built)}


def test_the_agents_condition_and_ipv6_are_asked_per_version(root: Path, table: Platform, version: str) -> None:
    agent = {"http-host": "2001:db8::1", "control-sockets": {}}
    found = [str(each) for each in complaints(root, {CTRL_AGENT.file: {CTRL_AGENT.top: agent}})]
    expected = {
        "2.2.0": "kea-ctrl-agent.conf: network of: 2001:db8::1",
        "2.6.3": "kea-ctrl-agent.conf: condition of the unit: ConditionFileNotEmpty=/etc/kea/kea-api-password",
    }
    assert found == [expected.get(version, expected["2.6.3"])]


def test_the_packages_own_agent_file_gets_complaints_only_for_its_bare_names(root: Path, version: str) -> None:
    found = {each.path for each in complaints(root, {CTRL_AGENT.file: shipped(root)})}
    bare = {"kea4-ctrl-socket", "kea6-ctrl-socket", "kea-ddns-ctrl-socket"}
    assert found == (set() if version == "2.2.0" else bare)


def test_globs_mean_what_apparmor_means() -> None:
    assert glob("/{tmp,run/kea}/kea4*").fullmatch("/run/kea/kea4-ctrl-socket")
    assert not glob("/etc/*").fullmatch("/etc/kea/x")
    assert glob("/etc/**").fullmatch("/etc/kea/x")
    assert glob("@{run}/x[0-9]").fullmatch("/var/run/x7")
    assert not glob("/a.b").fullmatch("/axb")
