"""`kea-hac import`: what it prints and where, what it refuses, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call

ONE = """\
{
// what somebody wrote by hand
"Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
    "valid-lifetime": 4000, // a bit more than an hour
    "subnet4": [
        // the office
        { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10 - 192.0.2.20" } ] }
    ],
    "hooks-libraries": [
        { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_lease_cmds.so" },
        { "library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_ha.so", "parameters": { "high-availability": [ {
            "this-server-name": "kea1", "mode": "hot-standby", "max-unacked-clients": 0,
            "multi-threading": { "enable-multi-threading": true, "http-dedicated-listener": true },
            "peers": [
                { "name": "kea1", "url": "http://192.0.2.1:8001/", "role": "primary" },
                { "name": "kea2", "url": "http://192.0.2.2:8001/", "role": "standby" }
            ] } ] } }
    ]
} }
"""
TWO = ONE.replace('"this-server-name": "kea1"', '"this-server-name": "kea2"')


@pytest.fixture
def pair() -> tuple[str, str]:
    for name, text in (("kea1", ONE), ("kea2", TWO)):
        Path(name).mkdir()
        Path(name, "kea-dhcp4.conf").write_text(text, "utf-8")
    return "kea1", "kea2"


def test_a_pair_becomes_a_spec_that_builds(call: Call, pair: tuple[str, str]) -> None:
    called = call("import", *pair, "-o", "office.yaml", "--kea", "2.6")
    assert called.code == 0, called
    assert "kea1/kea-dhcp4.conf (kea1): nothing lost" in called.err
    assert "kea2/kea-dhcp4.conf (kea2): nothing lost" in called.err
    text = Path("office.yaml").read_text("utf-8")
    assert "pair: office\n" in text
    assert "valid-lifetime: 4000  # a bit more than an hour" in text
    assert "    # the office\n    - id: 1\n" in text
    assert call("build", "office.yaml").code == 0


def test_without_a_file_the_spec_goes_to_stdout_and_the_rest_to_stderr(call: Call, pair: tuple[str, str]) -> None:
    called = call("import", *pair, "--kea", "2.6", "--pair", "office")
    assert called.out.startswith("kea-hac: 1\n")
    assert "high-availability:\n  mode: hot-standby\n" in called.out
    assert "listener-without-mutual-tls" in called.err


def test_what_the_servers_say_differently_is_a_comment_and_exit_code_1(call: Call, pair: tuple[str, str]) -> None:
    Path("kea2/kea-dhcp4.conf").write_text(TWO.replace("4000", "7000"), "utf-8")
    called = call("import", *pair, "-o", "office.yaml", "--kea", "2.6")
    assert called.code == 1
    assert "servers-say-different-things" in called.out
    assert "valid-lifetime: 4000  # a bit more than an hour; kea2: 7000\n" in Path("office.yaml").read_text("utf-8")


def test_prefer_turns_it_round(call: Call, pair: tuple[str, str]) -> None:
    Path("kea2/kea-dhcp4.conf").write_text(TWO.replace("4000", "7000"), "utf-8")
    assert call("import", *pair, "-o", "office.yaml", "--kea", "2.6", "--prefer", "kea2").code == 1
    assert "valid-lifetime: 7000  # a bit more than an hour; kea1: 4000\n" in Path("office.yaml").read_text("utf-8")


def test_a_file_that_is_there_is_kept(call: Call, pair: tuple[str, str]) -> None:
    Path("office.yaml").write_text("mine\n", "utf-8")
    called = call("import", *pair, "-o", "office.yaml")
    assert called.code == 2
    assert "--force" in called.err
    assert Path("office.yaml").read_text("utf-8") == "mine\n"
    assert call("import", *pair, "-o", "office.yaml", "--force", "--kea", "2.6").code == 0


def test_for_programs(call: Call, pair: tuple[str, str]) -> None:
    called = call("import", *pair, "--kea", "2.6", "--format", "json")
    found = json.loads(called.out)
    assert found["spec"].startswith("kea-hac: 1\n")
    assert [each["lost"] for each in found["import"]["files"]] == [[], []]
    assert {each["name"] for each in found["findings"]} == {
        "assumed-in-import",
        "listener-without-mutual-tls",
        "commands-unrestricted",  # 2.6 does so by default, and the compiler would not
        "failover-without-unserved-clients",
    }


def test_one_file_alone_asks_for_what_it_cannot_know(call: Call, pair: tuple[str, str]) -> None:
    called = call("import", pair[0], "-o", "office.yaml", "--kea", "2.6")
    assert called.code == 1
    assert "no-interface" in called.out
    text = Path("office.yaml").read_text("utf-8")
    assert "# no file of kea2 was named: add `interfaces: [...]`, the interfaces on which it serves clients" in text
    assert "address: 192.0.2.2\n" in text
    assert "kea1/kea-dhcp4.conf (kea1): nothing lost" in called.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--kea", "9.9"), "--kea"),
        (("--from", "nine"), "--from"),
        (("--platform", "windows"), "debian"),
        (("--pair", "a b"), "--pair"),
        (("-o", "kea1"), "folder"),
    ],
)
def test_what_means_nothing_is_refused(
    call: Call, pair: tuple[str, str], arguments: tuple[str, str], words: str
) -> None:
    called = call("import", *pair, *arguments)
    assert called.code == 2
    assert words in called.err


def test_a_folder_without_files_and_a_file_that_is_none(call: Call) -> None:
    Path("empty").mkdir()
    Path("kea-dhcp4.conf").write_text("nothing\n", "utf-8")
    assert call("import", "empty").code == 2
    assert call("import", "kea-dhcp4.conf", "-o", "spec.yaml").code == 2
    assert not Path("spec.yaml").exists()


def test_an_agent_alone_is_no_spec(call: Call) -> None:
    Path("kea-ctrl-agent.conf").write_text('{"Control-agent": {"http-port": 8000}}', "utf-8")
    called = call("import", "kea-ctrl-agent.conf")
    assert called.code == 2
    assert "nothing-to-import" in called.err


def test_the_folder_of_the_spec_is_made(call: Call, pair: tuple[str, str]) -> None:
    assert call("import", *pair, "-o", "specs/net/office.yaml", "--kea", "2.6").code == 0
    assert Path("specs/net/office.yaml").is_file()


def test_the_spec_names_a_schema_above_it(call: Call, pair: tuple[str, str]) -> None:
    Path("schemas").mkdir()
    Path("schemas/spec.schema.json").write_text("{}", "utf-8")
    assert call("import", *pair, "-o", "specs/net/office.yaml", "--kea", "2.6").code == 0
    first = Path("specs/net/office.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/spec.schema.json"


def test_what_the_spec_does_not_contain_and_what_it_contains_now_is_listed(call: Call, pair: tuple[str, str]) -> None:
    added = """"authoritative": false, "expired-leases-processing": { "hold-reclaimed-time": 3600 },
    <?include "timers.json"?>, "valid-lifetime\""""
    for name, text in (("kea1", ONE), ("kea2", TWO)):
        Path(name, "kea-dhcp4.conf").write_text(text.replace('"valid-lifetime"', added), "utf-8")
        Path(name, "timers.json").write_text('"renew-timer": 1000')
    called = call("import", *pair, "-o", "office.yaml", "--kea", "2.6", "--format", "json")
    files = json.loads(called.out)["import"]["files"]
    assert [each["defaults-left-out"] for each in files] == [["expired-leases-processing", "authoritative"]] * 2
    assert [each["includes-written-out"] for each in files] == [["kea1/timers.json"], ["kea2/timers.json"]]
    err = call("import", *pair, "-o", "office.yaml", "--kea", "2.6", "--force").err
    assert "kea1/kea-dhcp4.conf (kea1): nothing lost\n  not in the spec, because they are Kea's own defaults: " in err
    assert (
        "\n  written into the spec, because they contain only a part of a value, or differ between the servers: kea2/timers.json\n"
        in err
    )
