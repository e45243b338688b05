"""Hook libraries: parameters, order, and which program and version can load them."""

from __future__ import annotations

import pytest

from kea_hac.check.rules import hooks
from kea_hac.kea.hook_parameters import DHCP4_ONLY, PARAMETERS, parameters_of
from kea_hac.kea.hooks import OPEN_SOURCE, name_in, short_name
from kea_hac.kea.version import BRANCHES, Branch
from tests.unit.check.mistakes import HOOKS, LIBRARIES, Mistake, add_library, both, good, library, set_library, text
from tests.unit.check.reading import codes, judged, read
from tests.unit.check.registered import checks_in
from tests.unit.check.test_high_availability import flat


@pytest.mark.parametrize(("mistake", "version"), flat(LIBRARIES))
def test_each_mistake_is_found_by_its_rules_and_no_others(mistake: Mistake, version: str) -> None:
    configuration, notes = read(text(mistake.config()), version)
    assert codes([*notes, *judged(configuration)]) == tuple(sorted(mistake.rules))


def test_every_library_of_the_open_source_is_described() -> None:
    for branch in BRANCHES:
        described = {name for name in PARAMETERS if parameters_of(f"libdhcp_{name}.so", branch) is not None}
        # the SQL libraries are known by either of their names
        assert {short_name(name_in(f"libdhcp_{name}.so", branch)) for name in described} == OPEN_SOURCE[branch] - {"ha"}


SOUND = {
    "flex_option": {"options": [{"code": 12, "add": "'a'"}, {"name": "tftp-server-name", "remove": "true"}]},
    "run_script": {"name": "/usr/share/kea/scripts/notify.sh", "sync": False},
    "stat_cmds": None,
    "perfmon": {
        "enable-monitoring": True,
        "interval-width-secs": 5,
        "alarms": [
            {
                "duration-key": {
                    "query-type": "DHCPDISCOVER",
                    "response-type": "DHCPOFFER",
                    "start-event": "process-started",
                    "stop-event": "process-completed",
                    "subnet-id": 1,
                },
                "enable-alarm": True,
                "high-water-ms": 500,
                "low-water-ms": 25,
            }
        ],
    },
    "ping_check": {"enable-ping-check": True, "min-ping-requests": 1, "reply-timeout": 100, "ping-cltt-secs": 60},
    "limits": None,
    "ddns_tuning": {"hostname-expr": "'host-' + hexstring(pkt4.mac, '-')"},
    "host_cache": {"host-cache": {"maximum": 1000}},
    "lease_query": {"requesters": ["192.0.2.9"], "advanced": {"bulk-query-enabled": False}},
    "legal_log": {"path": "/var/log/kea", "base-name": "kea-forensic4", "time-unit": "day", "count": 1},
    "radius": {"bindaddr": "*", "retries": 3, "timeout": 10},
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_parameters_have_no_finding(name: str) -> None:
    config = good()
    add_library(name, SOUND[name])(config)
    configuration, notes = read(text(config), "3.0.4")
    assert codes([*notes, *judged(configuration)]) == ()


def test_flex_id_needs_no_expression_in_3_2() -> None:
    """Who only wants ignore-iaid (flex_id at 3.2.0) leaves it out."""
    config = good()
    add_library("flex_id", {"ignore-iaid": True}, 0)(config)
    assert codes(judged(read(text(config), "3.2")[0])) == ()
    assert codes(judged(read(text(config), "3.0")[0])) == ("KH773",)


def test_nothing_is_said_of_libraries_that_nobody_can_read() -> None:
    config = good()
    both(add_library("host_cmds", {"a": 1}), add_library("cb_cmds", {"a": 1}), add_library("acme", {"a": 1}))(config)
    assert codes(judged(read(text(config), "2.6.3")[0])) == ()
    assert parameters_of("libdhcp_host_cmds.so", Branch.V2_6) is None


def test_radius_access_needs_the_host_cache_before_it() -> None:
    """Seen on 3.0.4: `Configuring access failed: host cache library not loaded.`"""
    access = {"access": {"servers": [{"name": "192.0.2.9", "secret": "x-y-z"}]}}
    config = good()
    add_library("radius", access)(config)
    assert codes(judged(read(text(config), "3.0.4")[0])) == ("KH778",)
    add_library("host_cache", None, 0)(config)
    assert codes(judged(read(text(config), "3.0.4")[0])) == ()


def test_sql_libraries_of_either_name() -> None:
    """The reader knows both names of a library; which one a version ships is a matter of spelling."""
    for name, version in (("mysql_cb", "2.2.0"), ("mysql", "3.0.4")):
        config = good()
        add_library(name)(config)
        assert codes(judged(read(text(config), version)[0])) == ()


def test_libraries_of_another_program() -> None:
    agent = {"http-port": 8000, "hooks-libraries": [library("ha", {"high-availability": []})]}
    configuration, _ = read(text(agent, "Control-agent"), "2.6.3")
    assert codes(finding for rule in checks_in(hooks) for finding in rule(configuration)) == ("KH774",)
    assert codes(judged(configuration)) == ("KH774",)
    (finding,) = judged(read(text({"hooks-libraries": [library("stat_cmds")]}, "Control-agent"), "2.2.0")[0])
    assert finding.severity == "warning", "2.2 loads it, and it does nothing"
    for name in DHCP4_ONLY:
        dhcp6 = {"hooks-libraries": [library(name, {} if name == "ping_check" else None)]}
        assert codes(judged(read(text(dhcp6, "Dhcp6"), "3.0.4")[0])) == ("KH774",)


def test_lease_commands_may_follow_ha() -> None:
    """HA-58: either order works, but for binding variables."""
    config = good()
    config["hooks-libraries"].reverse()
    assert codes(judged(read(text(config), "3.0.4")[0])) == ()


def test_a_slip_of_the_keyboard_is_an_error_and_a_key_too_many_a_warning() -> None:
    for key, severity in (("binding-variable", "error"), ("colour", "warning")):
        config = good()
        set_library(0, parameters={key: []})(config)
        (finding,) = judged(read(text(config), "3.0.4")[0])
        assert finding.severity == severity or finding.rule.severity == severity


def test_a_secret_is_not_shown() -> None:
    config = good()
    add_library("legal_log", {"password": 123456})(config)
    (finding,) = judged(read(text(config), "3.0.4")[0])
    assert "123456" not in finding.message
    assert finding.at[-1] == "password"
    assert HOOKS not in finding.message


@pytest.mark.parametrize("name", ["", " "])
def test_a_library_has_a_name(name: str) -> None:
    """2.2.0: `value of 'library' element must not be blank`; 2.6.3 and 3.0.4: `path: '' has no filename`."""
    config = good()
    config["hooks-libraries"].append({"library": name})
    for version in ("2.2.0", "2.6.3", "3.0.4"):
        assert "KH779" in codes(judged(read(text(config), version)[0]))
