"""All constraints of the HA library, each held by a rule or said why not; and the mistakes that every check of Kea passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from kea_hac.check.rules.relationship import relationships_of
from kea_hac.diagnostics import KeaVerdict, known_rules
from kea_hac.kea.config import DHCP4, Block
from kea_hac.kea.high_availability import constraints
from kea_hac.kea.peer_url import read_peer_url
from kea_hac.kea.version import KeaVersion
from kea_hac.model.configuration import Configuration
from tests.unit.check.mistakes import (
    ALL,
    HOOKS,
    LIBRARIES,
    REFUSED,
    SWALLOWED,
    Config,
    Mistake,
    good,
    ha,
    peer,
    set_ha,
    set_peer,
    text,
)
from tests.unit.check.reading import codes, judged, read

HELD_ELSEWHERE = {
    "HA-02": "KH774, tests/unit/check/test_hooks.py",
    "HA-42": "KH632 for 3.2, which nothing here runs: test_users_twice_in_3_2",
    "HA-50": "KH613, needs both servers' files: tests/unit/check/test_pair.py",
    "HA-52": "KH810 to KH813, need both servers' files: tests/unit/check/test_pair.py",
}
NO_MISTAKE = {
    "HA-25": "an allowance: any number of backups in any mode; none at all in passive-backup is KH643",
    "HA-38": "an allowance: TLS is used with an http url too, when the files are there",
    "HA-46": "a choice that Kea itself warns of: HA in one thread works, through the agent or a socket",
    "HA-60": "a note on sizes: no value of parked-packet-limit is wrong for every site",
}
OF_THE_HOST = {
    "HA-40": "whether certificates can be read is the host's: `validate --needs` lists them",
    "HA-43": "whether password files can be read is the host's: `validate --needs` lists them",
    "HA-57": "the clocks of running servers; nothing in a configuration says them",
}


def flat(mistakes: tuple[Mistake, ...]) -> list[Any]:
    """Each mistake on each version that it is made for."""
    return [pytest.param(each, version, id=f"{each.name}-{version}") for each in mistakes for version in each.versions]


@pytest.mark.parametrize(("mistake", "version"), flat((*REFUSED, *SWALLOWED)))
def test_each_mistake_is_found_by_its_rules_and_no_others(mistake: Mistake, version: str) -> None:
    configuration, notes = read(text(mistake.config()), version)
    found = [*notes, *judged(configuration)]
    assert codes(found) == tuple(sorted(mistake.rules))
    assert all(finding.at[0] == "kea.conf" for finding in found), "a place in the file"


@pytest.mark.parametrize("version", [*ALL, "2.4", "3.2"])
@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing", "passive-backup"])
def test_a_sound_file_has_no_finding(mode: str, version: str) -> None:
    configuration, notes = read(text(good(mode)), version)
    assert codes([*notes, *judged(configuration)]) == ()


@pytest.mark.parametrize(("key", "rule"), [("heartbeat-dealy", "unknown-key"), ("max-unacked-clients", None)])
def test_what_the_library_ignores_is_not_said_to_be_refused(key: str, rule: str | None) -> None:
    changed = Mistake("", set_ha(**{key.replace("-", "_"): 5}), ())
    _, notes = read(text(changed.config()), "2.6.3")
    assert [(each.rule.name, each.kea_verdict) for each in notes] == ([(rule, KeaVerdict.ACCEPTS)] if rule else [])


@pytest.mark.parametrize(("heartbeat", "severity"), [(60001, "error"), (60000, "warning"), (59999, None)])
def test_a_response_delay_equal_to_the_heartbeat_runs_and_is_warned_of(heartbeat: int, severity: str | None) -> None:
    changed = Mistake("", set_ha(heartbeat_delay=heartbeat), ())
    found = judged(read(text(changed.config()), "2.6.3")[0])
    assert [each.severity or each.rule.severity for each in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("member('HA_server9')", ("KH645",)),
        ("member('HA_server9') and option[60].exists", ("KH645",)),
        ("not member('HA_server9')", ()),
        ("member('HA_server9') or option[60].exists", ()),
    ],
)
def test_a_class_guards_only_what_needs_it(test: str, found: tuple[str, ...]) -> None:
    config = good("hot-standby")
    config["client-classes"] = [{"name": "some", "test": test}]
    config["subnet4"][0]["pools"][0]["client-class"] = "some"
    assert codes(judged(read(text(config), "2.6.3")[0])) == found


def test_every_constraint_is_held_or_explained() -> None:
    held = {known for each in (*REFUSED, *SWALLOWED, *LIBRARIES) for known in each.constraints}
    explained = {**HELD_ELSEWHERE, **NO_MISTAKE, **OF_THE_HOST}
    everything = {each.id for each in constraints()}
    assert len(everything) == 60
    assert held | set(explained) == everything
    assert held.isdisjoint(explained)


def test_constraints_are_held_in_each_version_that_has_them() -> None:
    """Unless a constraint is younger: then the older ones refuse or lack what it speaks of."""
    branches = {"2.2.0": "2.2", "2.6.3": "2.6", "3.0.4": "3.0"}
    for each in constraints():
        cases = [mistake for mistake in (*REFUSED, *SWALLOWED, *LIBRARIES) if each.id in mistake.constraints]
        covered = {branches[version] for mistake in cases for version in mistake.versions}
        wanted = {str(branch) for branch in each.branches} & set(branches.values())
        if cases and each.id not in ("HA-48", "HA-58"):  # HTTP sockets and binding variables came with 3.0
            assert wanted <= covered, each.id


@pytest.mark.parametrize("mistake", [*REFUSED, *SWALLOWED, *LIBRARIES], ids=lambda each: each.name)
def test_what_kea_does_is_what_the_rule_claims(mistake: Mistake) -> None:
    """The same cases are started on real servers by tests/kea/test_ha_rules.py."""
    says = {known_rules()[code].kea for code in mistake.rules}
    unlike_elsewhere = {
        "KH120": "Kea refuses unknown keys everywhere but in HA",
        "KH124": "Kea cuts some values that are out of range, and refuses those of HA",
        "KH132": "Kea refuses keys of later versions everywhere but in HA",
        "KH701": "two programs' clash stops the second only; 2.2 runs on without its listener",
    }
    if set(mistake.rules) & set(unlike_elsewhere):
        return
    assert (KeaVerdict.REFUSES in says) == bool(mistake.refused)


def test_backups_are_welcome_in_any_mode() -> None:
    for mode in ("hot-standby", "load-balancing", "passive-backup"):
        config = good(mode)
        ha(config)["peers"] += [peer("server3", "backup", 3), peer("server4", "backup", 4)]
        assert codes(judged(read(text(config), "2.6.3")[0])) == ()


def test_tls_files_and_http_urls_go_together() -> None:
    config = good()
    set_ha(trust_anchor="/etc/kea/ca.pem", cert_file="/etc/kea/cert.pem", key_file="/etc/kea/key.pem")(config)
    set_peer(0, url="https://192.0.2.1:8001/")(config)
    assert codes(judged(read(text(config), "3.0.4")[0])) == ()


def test_users_twice_in_3_2() -> None:
    config = good()
    ha(config)["multi-threading"] = {"enable-multi-threading": False}
    set_peer(1, basic_auth_user="kea", basic_auth_user_file="/etc/kea/user")(config)
    assert codes(judged(read(text(config), "3.2")[0])) == ("KH632",)
    assert codes(judged(read(text(config), "3.0.4")[0])) == ("KH132",)


@pytest.mark.parametrize(
    ("version", "server", "library", "opens"),
    [
        ("2.2.0", None, None, False),
        ("2.2.0", True, None, False),
        ("2.2.0", None, True, False),
        ("2.2.0", True, True, True),
        ("2.6.3", None, None, True),
        ("2.6.3", False, None, False),
        ("3.0.4", None, False, False),
    ],
)
def test_which_defaults_open_a_listener(version: str, server: bool | None, library: bool | None, opens: bool) -> None:
    """2.2 has multi-threading off at both levels unless it is set (ChangeLog 2103, 2124; seen on 2.2.0)."""
    config = good()
    del config["multi-threading"]
    del ha(config)["multi-threading"]
    if server is not None:
        config["multi-threading"] = {"enable-multi-threading": server}
    if library is not None:
        ha(config)["multi-threading"] = {"enable-multi-threading": library, "http-dedicated-listener": library}
    (found,) = relationships_of(read(text(config), version)[0])
    assert found.opens_listener is opens


def test_equal_ports_are_no_mistake_where_no_listener_opens() -> None:
    config = good()
    del config["control-socket"]
    config["control-sockets"] = [
        {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"},
        {"socket-type": "http", "socket-address": "192.0.2.1", "socket-port": 8001},
    ]
    assert codes(judged(read(text(config), "3.0.4")[0])) == ("KH701",)
    ha(config)["multi-threading"] = {"enable-multi-threading": False}
    assert codes(judged(read(text(config), "3.0.4")[0])) == ()


def test_the_finding_stands_at_the_value() -> None:
    config = good()
    set_peer(1, url="http://dhcp2:8001/")(config)
    (finding,) = judged(read(text(config), "2.6.3")[0])
    assert finding.at[-4:] == (0, "peers", 1, "url")
    assert "'dhcp2'" in finding.message


def test_a_class_that_tests_itself_ends() -> None:
    config = good("load-balancing")
    config["client-classes"] = [{"name": "a", "test": "member('b')"}, {"name": "b", "test": "member('a')"}]
    config["subnet4"][0]["pools"][0]["client-class"] = "a"
    assert codes(judged(read(text(config), "2.6.3")[0])) == ("KH202",)


@pytest.mark.parametrize("url", ["http://192.0.2.1", "http://[2001:db8::1]:8001/", "https://192.0.2.1:8001/kea"])
def test_urls_that_kea_reads(url: str) -> None:
    assert str(read_peer_url(url).address) in url


RUBBISH: tuple[Any, ...] = (None, True, -1, 1.5, "", " ", "{}", [], {}, [[]], [{}], {"a": []}, ["x"], "http://", 2**70)


def damaged(config: Config) -> Iterator[Config]:
    """The configuration with each of its values replaced by each piece of rubbish."""
    for path in list(paths(config)):
        for value in RUBBISH:
            made = deepcopy(config)
            found: Any = made
            for step in path[:-1]:
                found = found[step]
            found[path[-1]] = value
            yield made


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value."""
    for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, key)
        yield from paths(below, (*at, key))


def blocks(value: Any, at: tuple[Any, ...] = ()) -> Any:
    """Blocks that no vocabulary has looked at."""
    if isinstance(value, dict):
        return Block(at, {key: blocks(below, (*at, key)) for key, below in value.items()})
    if isinstance(value, list):
        return [blocks(below, (*at, number)) for number, below in enumerate(value)]
    return value


def rich() -> Config:
    """A configuration with something of everything that the rules look at."""
    config = good("load-balancing")
    set_ha(state_machine={"states": [{"state": "waiting", "pause": "once"}]}, heartbeat_delay=10, trust_anchor="a")(
        config
    )
    set_peer(0, basic_auth_user="a", basic_auth_password="b", auto_failover=True)(config)
    config["client-classes"] = [{"name": "a", "test": "member('HA_server1')"}]
    config["control-sockets"] = [{"socket-type": "http", "socket-address": "::1", "socket-port": 8000}]
    config["shared-networks"] = [{"name": "n", "subnet4": [{"id": 2, "subnet": "10.0.0.0/8", "client-classes": ["a"]}]}]
    config["subnet4"][0]["user-context"] = {"ha-server-name": "server1"}
    config["hooks-libraries"] += [
        {"library": f"{HOOKS}/libdhcp_flex_option.so", "parameters": {"options": [{"code": 1}]}}
    ]
    return config


def test_rubbish_gives_findings_and_no_traceback() -> None:
    for number, config in enumerate(damaged(rich())):
        version = ALL[number % 3]
        configuration, notes = read(json.dumps({"Dhcp4": config}), version)
        found = [*notes, *judged(configuration)]
        assert all(finding.message for finding in found)
        judged(Configuration(DHCP4, blocks(config), KeaVersion.parse(version)))
