"""The platform table: full paths in every version, errors that name what is possible, and the rules on names and paths."""

from __future__ import annotations

from typing import Any

import pytest

from kea_hac.diagnostics import Finding, Severity
from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, Block, Daemon
from kea_hac.kea.named_files import FileKind, credential_path, named_files
from kea_hac.kea.platform import PATH_KEYS, Platform, arch_names, platform, platform_names
from kea_hac.kea.platform_paths import path_findings
from kea_hac.kea.version import BRANCHES, PROVEN, KeaVersion
from kea_hac.source.document import Secret


def host(version: str = "2.6", name: str = "debian", arch: str = "amd64", **paths: str) -> Platform:
    return platform(name, arch, KeaVersion.parse(version), paths)


def block(value: Any, at: tuple[str | int, ...] = ()) -> Any:
    if isinstance(value, dict):
        return Block(at, {key: block(inner, (*at, key)) for key, inner in value.items()})
    return [block(item, (*at, number)) for number, item in enumerate(value)] if isinstance(value, list) else value


def found(
    config: dict[str, Any], daemon: Daemon = DHCP4, version: str = "2.6", name: str = "debian", **paths: str
) -> list[Finding]:
    return list(path_findings(daemon, block(config), host(version, name, **paths), KeaVersion.parse(version)))


def codes(*args: Any, **kwargs: Any) -> list[str]:
    return [finding.rule.name for finding in found(*args, **kwargs)]


@pytest.mark.parametrize("name", platform_names())
@pytest.mark.parametrize("version", BRANCHES)
@pytest.mark.parametrize("arch", arch_names())
def test_every_row_gives_full_plain_paths_and_its_source(name: str, version: str, arch: str) -> None:
    here = host(version, name, arch)
    full = (
        here.hook("libdhcp_ha.so"),
        here.socket(DHCP4),
        here.default_lease_file(DHCP6),
        here.log_file("x.log"),
        here.config_file(CTRL_AGENT),
    )
    assert all(path.startswith("/") and "{" not in path and "//" not in path for path in full)
    assert here.source
    assert here.proven == (name == "debian" and version in PROVEN and arch == "amd64")


def test_the_same_default_paths_suit_all_versions_of_debian() -> None:
    hooks = {host(version).hook("libdhcp_ha.so") for version in BRANCHES}
    assert hooks == {"/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_ha.so"}
    assert host(arch="arm64").hook("libdhcp_ha.so") == "/usr/lib/aarch64-linux-gnu/kea/hooks/libdhcp_ha.so"
    assert host("3.0", "rhel", "arm64").hook("libdhcp_ha.so") == "/usr/lib64/kea/hooks/libdhcp_ha.so"


def test_a_bare_name_gets_the_directory_and_a_path_stays() -> None:
    here = host(leases="/srv/kea/leases/", hooks="/opt/hooks")
    assert here.lease_file("kea-leases4.csv") == "/srv/kea/leases/kea-leases4.csv"
    assert here.lease_file("/elsewhere/l.csv") == "/elsewhere/l.csv"
    assert here.lease_file("sub/l.csv") == "sub/l.csv"
    assert here.hook("libdhcp_ha.so") == "/opt/hooks/libdhcp_ha.so"
    assert here.socket(DHCP6) == "/run/kea/kea6-ctrl-socket"
    assert here.replaced == ("leases", "hooks")
    assert not here.proven


@pytest.mark.parametrize("stream", ["stdout", "stderr", "syslog", "syslog:kea"])
def test_a_log_stream_is_no_file(stream: str) -> None:
    assert host().log_file(stream) == stream


def test_the_agent_has_neither_socket_nor_leases() -> None:
    with pytest.raises(ValueError, match="no control socket"):
        host().socket(CTRL_AGENT)
    with pytest.raises(ValueError, match="no lease file"):
        host().default_lease_file(CTRL_AGENT)


def test_an_unknown_name_is_answered_with_the_possible_ones() -> None:
    with pytest.raises(
        ValueError,
        match=r"'plan9' is not a platform .* debian, rhel, suse, alpine, freebsd, nixos, isc, isc-rpm, source",
    ):
        host(name="plan9")
    with pytest.raises(ValueError, match=r"'x86_64' is not an architecture .*amd64"):
        host(arch="x86_64")
    with pytest.raises(ValueError, match=r"'hook' is not a directory of Kea; the keys of paths are config, hooks"):
        host(hook="/opt")


@pytest.mark.parametrize("bad", ["", "/", "relative", "/a/../b", "/a//b", "/a/./b"])
@pytest.mark.parametrize("key", PATH_KEYS)
def test_a_directory_must_be_absolute_and_plain(bad: str, key: str) -> None:
    with pytest.raises(ValueError, match=f"paths.{key}"):
        host(**{key: bad})


def test_packages_and_unit_conditions_follow_version_and_platform() -> None:
    assert host().packages([DHCP4, CTRL_AGENT]) == ("kea-common", "kea-ctrl-agent", "kea-dhcp4-server")
    assert "kea-hooks" in host("3.0", "rhel").packages([DHCP4])
    assert "kea-hooks" not in host("3.0", "rhel").packages([DHCP4], hooks=False)
    assert host("2.2").of(CTRL_AGENT).conditions == ()
    assert host("2.6").of(CTRL_AGENT).conditions == ("ConditionFileNotEmpty=/etc/kea/kea-api-password",)
    assert (host("2.2").modes["sockets"], host("2.6").modes["sockets"]) == ("0755", "0750")


def leases(path: str) -> dict[str, Any]:
    return {"lease-database": {"type": "memfile", "name": path}}


def logger(path: str, key: str = "output-options") -> dict[str, Any]:
    return {"loggers": [{"name": "kea-dhcp4", key: [{"output": path}]}]}


def socket(path: str) -> dict[str, Any]:
    return {"control-socket": {"socket-type": "unix", "socket-name": path}}


def library(path: str) -> dict[str, Any]:
    return {"hooks-libraries": [{"library": path}]}


OUTSIDE = [
    (leases("/srv/kea-leases4.csv"), "lease-file-outside-directory"),
    (leases("/var/lib/kea/sub/kea-leases4.csv"), "lease-file-outside-directory"),
    (logger("/var/log/kea-dhcp4.log"), "log-file-outside-directory"),
    (logger("/var/log/kea/sub/kea-dhcp4.log", "output_options"), "log-file-outside-directory"),
    (socket("/srv/kea4-ctrl-socket"), "socket-outside-directory"),
    (socket("/run/kea//kea4-ctrl-socket"), "socket-outside-directory"),
    (socket("/var/run/kea/kea4-ctrl-socket"), "var-run-alias"),
    (socket("/run/kea/"), "path-without-file-name"),
    (library("/usr/lib/kea/hooks/libdhcp_ha.so"), "hook-outside-directory"),
    (library("./libdhcp_ha.so"), "hook-outside-directory"),
    ({"data-directory": "/var/lib/kea6"}, "lease-file-outside-directory"),
]


@pytest.mark.parametrize(("config", "name"), OUTSIDE)
@pytest.mark.parametrize("version", ["2.4.2", "2.6", "2.6.3", "3.0", "3.2"])
def test_versions_with_the_directory_rule_refuse_other_places(config: dict[str, Any], name: str, version: str) -> None:
    assert codes(config, version=version, name="debian") == [name]


@pytest.mark.parametrize(("config", "name"), OUTSIDE)
def test_versions_without_the_rule_take_any_absolute_path(config: dict[str, Any], name: str) -> None:
    for version in ("2.2", "2.4.1", "2.6.2"):
        assert name not in codes(config, version=version, name="rhel")


def test_the_directory_is_the_one_the_spec_gives() -> None:
    assert codes(socket("/run/kea/s"), version="3.0", name="freebsd") == ["var-run-alias"]
    assert codes(socket("/var/run/kea/s"), version="3.0", name="freebsd") == []
    assert codes(library("/opt/h/libdhcp_ha.so"), hooks="/opt/h") == []


def test_a_bare_name_is_fine_with_the_rule_and_relative_without() -> None:
    config = leases("kea-leases4.csv") | library("libdhcp_ha.so") | socket("kea4-ctrl-socket")
    assert codes(config, version="2.6") == []
    assert codes(config, version="2.2") == ["relative-path"] * 3
    assert "/var/lib/kea/kea-leases4.csv" in (found(leases("kea-leases4.csv"), version="2.2")[0].fix or "")


@pytest.mark.parametrize(
    "config", [leases("/var/lib/kea/other.csv"), logger("/var/log/kea/other.log"), socket("/run/kea/other")]
)
def test_debian_allows_exact_names_only_and_others_any(config: dict[str, Any]) -> None:
    (finding,) = found(config)
    assert finding.rule.name == "confined-name"
    assert "/etc/apparmor.d/local/usr.sbin.kea-dhcp4" in (finding.fix or "")
    assert "local" not in (found(config, version="2.2")[0].fix or "")
    assert codes(config, name="rhel", version="3.0") == []


def test_debians_own_names_are_allowed() -> None:
    config = leases("/var/lib/kea/kea-leases4.csv") | logger("/var/log/kea/kea-dhcp4.log")
    assert codes(config | socket("/run/kea/kea4-ctrl-socket")) == []
    assert codes(config | socket("/run/kea/kea4-ctrl-socket"), DHCP6) == ["confined-name"] * 3


def test_a_directory_that_the_spec_replaced_makes_it_a_warning() -> None:
    (finding,) = found(leases("/srv/kea/kea-leases4.csv"), leases="/srv/kea")
    assert (finding.rule.name, finding.severity) == ("confined-name", Severity.WARNING)


def test_what_nobody_writes_is_not_judged() -> None:
    assert codes({"lease-database": {"type": "memfile", "persist": False, "name": "/srv/x"}}) == []
    assert codes({"lease-database": {"type": "postgresql", "name": "kea"}}) == []
    assert codes(logger("stdout") | {"user-context": {"cert-file": "/srv/x"}}) == []
    assert codes({"control-sockets": [{"socket-type": "http", "socket-name": "/srv/x"}]}) == []


def test_confined_daemons_read_keys_and_passwords_below_etc_kea() -> None:
    ha = {"trust-anchor": "/etc/ssl/certs/ca.pem", "cert-file": "/etc/kea/tls/a.pem", "key-file": "/etc/ssl/private/a"}
    config = {"hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": {"high-availability": [ha]}}]}
    (finding,) = found(config)
    assert finding.rule.name == "confined-read"
    assert finding.at == ("hooks-libraries", 0, "parameters", "high-availability", 0, "key-file")
    assert "'/etc/ssl/private/a'" in finding.message
    assert codes({"trust-anchor": "/etc/ssl/certs/ca.pem"}, CTRL_AGENT, "2.2") == ["confined-read"]
    assert codes({"trust-anchor": "/etc/kea/../ssl/certs/x"}, CTRL_AGENT, "2.2") == ["confined-read"]
    assert codes(config, name="isc") == []


def test_an_included_secret_is_read_too() -> None:
    config = {"lease-database": {"type": "mysql", "password": Secret("/root/pw.json")}}
    (finding,) = found(config)
    assert (finding.rule.name, finding.at) == ("confined-read", ("lease-database", "password"))


def test_a_credential_lies_below_its_directory_always() -> None:
    assert credential_path("/etc/kea", "pw") == "/etc/kea/pw"
    assert credential_path("/etc/kea", "/srv/pw") == "/etc/kea/srv/pw"
    assert credential_path("", "pw") == "/pw"
    auth = {"type": "basic", "clients": [{"user-file": "u", "password-file": "p"}]}
    paths = [each.path for each in named_files(block({"authentication": {**auth, "directory": "/etc/kea"}}))]
    assert paths == ["/etc/kea/u", "/etc/kea/p"]
    assert codes({"authentication": auth}, CTRL_AGENT, "2.2") == ["confined-read"] * 2


def test_the_agents_unit_waits_for_a_file_that_the_configuration_should_use() -> None:
    auth = {
        "authentication": {"directory": "/etc/kea", "clients": [{"user": "u", "password-file": "kea-api-password"}]}
    }
    assert codes({"http-port": 8000}, CTRL_AGENT) == ["unused-condition-file"]
    assert codes(auth, CTRL_AGENT) == []
    assert codes({"http-port": 8000}, CTRL_AGENT, "2.2") == []


def test_debians_agent_of_2_2_has_no_ipv6() -> None:
    assert codes({"http-host": "2001:db8::1"}, CTRL_AGENT, "2.2") == ["confined-ipv6-agent"]
    assert codes({"http-host": "192.0.2.1"}, CTRL_AGENT, "2.2") == []
    assert "confined-ipv6-agent" not in codes({"http-host": "2001:db8::1"}, CTRL_AGENT, "2.6")


def test_a_confined_server_runs_no_script() -> None:
    path = "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_run_script.so"
    config = {"hooks-libraries": [{"library": path, "parameters": {"name": "/usr/share/kea/scripts/x.sh"}}]}
    assert codes(config) == ["confined-script"]
    assert codes(config, name="isc") == []


def test_the_agents_socket_map_is_seen() -> None:
    sockets = {
        "control-sockets": {"dhcp4": {"socket-name": "/run/kea/kea4-ctrl-socket"}, "d2": {"socket-name": "/x/d2"}}
    }
    kinds = [(each.kind, each.path) for each in named_files(block(sockets))]
    assert kinds == [(FileKind.SOCKET, "/run/kea/kea4-ctrl-socket"), (FileKind.SOCKET, "/x/d2")]
    assert codes(sockets, CTRL_AGENT, "2.2") == ["confined-name"]
