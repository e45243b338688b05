"""Two servers' files held against each other."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from kea_hac.check.rules import ha_channels, listeners, pair, pair_versions
from kea_hac.diagnostics import Finding
from kea_hac.model.configuration import Configuration
from tests.unit.check.mistakes import Config, good, ha, hub, peer, plain, set_ha, set_peer, text
from tests.unit.check.reading import codes, judged, read
from tests.unit.check.registered import checks_on
from tests.unit.check.test_high_availability import damaged, rich

Change = Callable[[Config], object]


def partner(config: Config) -> Config:
    """The other server's file."""
    made = deepcopy(config)
    ha(made)["this-server-name"] = "server2"
    return made


def held(*files: tuple[Config, str] | tuple[Config, str, str], servers: bool = False) -> list[Finding]:
    """The findings of all pair rules on (configuration, version[, top key]) read as one file each."""
    made: list[Configuration] = []
    for number, (config, version, *top) in enumerate(files):
        name = f"kea{number + 1}.conf"
        made.append(read(text(config, *top), version, name, f"kea{number + 1}" if servers else None)[0])
    return [finding for rule in checks_on(ha_channels, listeners, pair, pair_versions) for finding in rule(tuple(made))]


def changed(change: Change, mode: str = "hot-standby") -> list[Finding]:
    """A pair of which the second has one change."""
    first = good(mode)
    second = partner(first)
    change(second)
    return held((first, "2.6.3"), (second, "2.6.3"))


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing", "passive-backup"])
@pytest.mark.parametrize("version", ["2.2.0", "2.6.3", "3.0.4"])
def test_partners_that_agree(mode: str, version: str) -> None:
    config = good(mode)
    assert held((config, version), (partner(config), version)) == []


def only(findings: list[Finding], code: str) -> Finding:
    """The one finding, of one rule, in the second file with a look into the first, or the other way round."""
    assert codes(findings) == (code,), [finding.message for finding in findings]
    assert len(findings) == 1, "each difference once"
    assert {findings[0].at[0], *(route[0] for route, _ in findings[0].related)} == {"kea1.conf", "kea2.conf"}
    return findings[0]


CHANGES: list[tuple[str, Change, str, Any]] = [
    ("same-name", set_ha(this_server_name="server1"), "KH810", "this-server-name"),
    ("role", set_peer(1, role="backup"), "KH812", "role"),
    ("port", set_peer(1, url="http://192.0.2.2:8009/"), "KH812", "url"),
    ("peer-name", set_peer(0, name="other"), "KH812", "name"),
    ("more-peers", lambda c: ha(c)["peers"].append(peer("server3", "backup", 3)), "KH812", "name"),
    ("heartbeat", set_ha(heartbeat_delay=5000), "KH813", "heartbeat-delay"),
    ("updates", set_ha(send_lease_updates=False), "KH813", "send-lease-updates"),
    ("failover", set_peer(0, auto_failover=False), "KH813", "auto-failover"),
    ("lifetime", lambda c: c.update({"valid-lifetime": 60}), "KH802", "valid-lifetime"),
    ("subnet-gone", lambda c: c["subnet4"].clear(), "KH802", "subnet"),
    ("subnet-more", lambda c: c["subnet4"].append({"id": 9, "subnet": "10.9.0.0/16"}), "KH802", "subnet"),
    ("prefix", lambda c: c["subnet4"][0].update(subnet="192.0.2.0/25"), "KH802", "subnet"),
    ("pool", lambda c: c["subnet4"][0]["pools"].pop(), "KH802", "pool"),
    (
        "option",
        lambda c: c["subnet4"][0].update({"option-data": [{"name": "routers", "data": "192.0.2.9"}]}),
        "KH802",
        0,
    ),
    (
        "reservation",
        lambda c: c["subnet4"][0].update(reservations=[{"hw-address": "aa:aa:aa:aa:aa:aa", "ip-address": "192.0.2.9"}]),
        "KH802",
        0,
    ),
    ("class", lambda c: c.update({"client-classes": [{"name": "a"}]}), "KH802", "name"),
    ("timer-in-subnet", lambda c: c["subnet4"][0].update({"renew-timer": 5}), "KH802", "renew-timer"),
    ("ddns", lambda c: c.update({"dhcp-ddns": {"enable-updates": True}}), "KH802", "enable-updates"),
]


@pytest.mark.parametrize(("change", "code", "step"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_each_difference_once_at_its_place(change: Change, code: str, step: Any) -> None:
    found = [each for each in changed(change) if each.rule.code == code]
    finding = found[0]
    if code != "KH812" or step != "name":
        only(found, code)
    assert finding.at[-1] == step


def test_modes() -> None:
    first, second = good(), partner(good("load-balancing"))
    second["subnet4"] = first["subnet4"]
    assert codes(held((first, "2.6.3"), (second, "2.6.3"))) == ("KH811", "KH812")


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["interfaces-config"].update(interfaces=["ens3"]),
        lambda c: c["lease-database"].update(name="/var/lib/kea/other.csv"),
        lambda c: c.update({"loggers": [{"name": "kea-dhcp4", "severity": "DEBUG"}]}),
        lambda c: c["subnet4"][0]["pools"].reverse(),
        lambda c: c["subnet4"][0]["pools"][0].update(pool="192.0.2.100 -  192.0.2.149"),
        lambda c: c["subnet4"][0].update({"interface": "ens3"}),
        lambda c: c.update({"echo-client-id": True}),
        lambda c: c.update({"dhcp-ddns": {"enable-updates": False, "sender-ip": "192.0.2.9"}}),
        lambda c: c.update({"valid-lifetime": 7200}),
        set_ha(heartbeat_delay=10000),
    ],
)
def test_what_may_differ_or_is_the_same(change: Change) -> None:
    """What each server has of its own; another order; another way to write it; a default that is written."""
    assert changed(change) == []


@pytest.mark.parametrize("url", ["http://203.0.113.2:8001/", "http://203.0.113.2:18001/"])
def test_address_translation_is_a_warning_with_another_port_too(url: str) -> None:
    """A forwarded port: bound at 8001, dialled at 18001 of the router (works on 2.6.3 and 3.0.4)."""
    finding = only(changed(set_peer(1, url=url)), "KH812")
    assert finding.severity == "warning"
    assert finding.fix is not None
    assert finding.fix.startswith("ignore this if")


def test_another_port_at_the_same_address_is_an_error() -> None:
    assert only(changed(set_peer(1, url="http://192.0.2.2:8009/")), "KH812").severity is None


def test_a_scheme_alone_makes_no_difference() -> None:
    """The TLS files decide, whatever the scheme is (HA-38); https without them is a finding of its own."""
    assert changed(set_peer(1, url="https://192.0.2.2:8001/")) == []


def servers_option(**option: Any) -> Change:
    return lambda c: c.update({"option-data": [option]})


@pytest.mark.parametrize(
    "option",
    [
        {"code": 6, "data": "192.0.2.53"},
        {"name": "domain-name-servers", "space": "dhcp4", "data": "192.0.2.53"},
        {"name": "domain-name-servers", "csv-format": False, "data": "C0000235"},
    ],
)
def test_another_way_to_write_an_option(option: Config) -> None:
    first = good()
    servers_option(name="domain-name-servers", data="192.0.2.53")(first)
    second = partner(first)
    servers_option(**option)(second)
    assert held((first, "2.6.3"), (second, "2.6.3")) == []
    servers_option(**{**option, "data": "C0000236" if "csv-format" in option else "192.0.2.54"})(second)
    assert "data" in {each.at[-1] for each in held((first, "2.6.3"), (second, "2.6.3")) if each.rule.code == "KH802"}


def test_the_order_of_classes_is_a_difference() -> None:
    """Kea evaluates them in order."""
    first = good()
    first["client-classes"] = [{"name": "a", "test": "member('KNOWN')"}, {"name": "b", "test": "not member('KNOWN')"}]
    second = partner(first)
    second["client-classes"].reverse()
    assert "order of 'client-classes'" in only(held((first, "2.6.3"), (second, "2.6.3")), "KH802").message


@pytest.mark.parametrize(("threshold", "found"), [(0.25, "KH802"), (None, "KH804")])
def test_a_default_of_one_version_written_for_the_other(threshold: float | None, found: str) -> None:
    """0.25 is the default of 3.0; 2.6 has none."""
    first = good()
    second = partner(first)
    if threshold is not None:
        second["cache-threshold"] = threshold
    both = held((first, "2.6.3"), (second, "3.0.4"))
    assert {each.rule.code for each in both if "'cache-threshold'" in each.message} == {found}


def test_shared_database() -> None:
    database = {"type": "mysql", "host": "192.0.2.200", "name": "kea", "user": "kea", "password": "x-y-z"}
    first = good()
    first["lease-database"] = database
    second = partner(first)
    finding = only(held((first, "2.6.3"), (second, "2.6.3")), "KH618")
    assert "x-y-z" not in finding.message
    for config in (first, second):
        set_ha(send_lease_updates=False, sync_leases=False)(config)
    assert held((first, "2.6.3"), (second, "2.6.3")) == []
    for config in (first, second):
        config["lease-database"] = {**database, "host": "localhost"}
        set_ha(send_lease_updates=True, sync_leases=True)(config)
    assert held((first, "2.6.3"), (second, "2.6.3")) == []


def dhcp6(port: int) -> Config:
    """A dhcp6 file of the same host."""
    made = good()
    made["subnet6"] = made.pop("subnet4") and []
    set_peer(0, url=f"http://192.0.2.1:{port}/")(made)
    set_peer(1, url=f"http://192.0.2.2:{port}/")(made)
    return made


def test_ports_of_one_host() -> None:
    agent = {"http-host": "192.0.2.1", "http-port": 8001}
    elsewhere = {"http-host": "192.0.2.9", "http-port": 8001}
    any_address = {"http-host": "0.0.0.0", "http-port": 8001}
    dhcp4 = (good(), "2.6.3")
    only(held(dhcp4, (agent, "2.6.3", "Control-agent")), "KH701")
    only(held(dhcp4, (any_address, "2.6.3", "Control-agent")), "KH701")
    assert held(dhcp4, (elsewhere, "2.6.3", "Control-agent")) == []
    only(held(dhcp4, (dhcp6(8001), "2.6.3", "Dhcp6")), "KH701")
    assert held(dhcp4, (dhcp6(8002), "2.6.3", "Dhcp6")) == []


def test_equal_ports_are_no_mistake_in_2_2_where_no_listener_opens() -> None:
    agent = {"http-host": "192.0.2.1", "http-port": 8001}
    config = good()
    del ha(config)["multi-threading"]
    assert held((config, "2.2.0"), (agent, "2.2.0", "Control-agent")) == []
    only(held((config, "2.6.3"), (agent, "2.6.3", "Control-agent")), "KH701")


def test_loopback_of_two_servers_is_no_clash() -> None:
    """Both servers' agents are on 127.0.0.1:8000; only dhcp4 of the same server could clash with one of them."""
    agent = {"http-port": 8000}
    both = held((agent, "2.6.3", "Control-agent"), (agent, "2.6.3", "Control-agent"), servers=True)
    assert both == []
    socket = {"control-sockets": [{"socket-type": "http"}]}
    only(held((socket, "3.0.4"), (agent, "3.0.4", "Control-agent")), "KH701")
    assert held((socket, "3.0.4"), (agent, "3.0.4", "Control-agent"), servers=True) == []


def through_agents(first_host: str = "192.0.2.1", second_host: str = "192.0.2.2", port: int = 8001) -> list[Finding]:
    """A pair that talks through its control agents."""
    config = good()
    plain(config)
    agents = [({"http-host": host, "http-port": port}, "2.6.3", "Control-agent") for host in (first_host, second_host)]
    return held((config, "2.6.3"), (partner(config), "2.6.3"), *agents)


def test_a_url_that_nothing_answers() -> None:
    assert through_agents() == []
    assert codes(through_agents(port=8000)) == ("KH613",)
    config = good()
    plain(config)
    assert held((config, "2.6.3"), (partner(config), "2.6.3")) == [], "the agents' files were not given"
    assert codes(held((config, "3.2"), (partner(config), "3.2"))) == ("KH613",), "3.2 has no agent"


def unix(name: str) -> Config:
    return {"socket-type": "unix", "socket-name": name}


@pytest.mark.parametrize(
    ("forwards", "sockets", "named"),
    [
        ({"dhcp4": unix("/run/kea/4")}, [unix("/run/kea/4")], None),
        ({"dhcp6": unix("/run/kea/6")}, [unix("/run/kea/4")], "has no socket of dhcp4"),
        ({"dhcp4": unix("/run/kea/old")}, [unix("/run/kea/4")], "connects to /run/kea/old"),
        ({"dhcp4": unix("/run/kea/4")}, [], "needs the unix socket of dhcp4"),
    ],
)
def test_what_stands_behind_an_agent(forwards: Config, sockets: list[Config], named: str | None) -> None:
    """The agent answers, and cannot pass on the partner's command to the DHCP server."""
    config = good()
    plain(config)
    config.pop("control-socket", None)
    config["control-sockets"] = sockets
    files = []
    for number, each in enumerate((config, partner(config)), 1):
        agent = {"http-host": f"192.0.2.{number}", "http-port": 8001, "control-sockets": forwards}
        files += [(text(each), f"kea{number}", "4"), (text(agent, "Control-agent"), f"kea{number}", "agent")]
    read_files = [read(content, "2.6.3", f"{name}-{kind}.conf", name)[0] for content, name, kind in files]
    found = [each for rule in checks_on(pair) for each in rule(tuple(read_files))]
    assert codes(found) == (("KH613",) if named else ())
    assert all(named in each.message for each in found if named)


def test_an_agent_that_the_partner_cannot_reach() -> None:
    """The default http-host is 127.0.0.1."""
    found = through_agents("127.0.0.1", "127.0.0.1")
    assert codes(found) == ("KH703",)
    assert found[0].at[0] in ("kea3.conf", "kea4.conf")


def test_versions() -> None:
    config = good()
    found = held((config, "2.6.3"), (partner(config), "3.0.4"))
    assert codes(found) == ("KH803", "KH804")
    assert sorted(each.message.split("'")[1] for each in found if each.rule.code == "KH804") == [
        "cache-threshold",
        "restrict-commands",
    ]
    config["cache-threshold"] = 0.25
    set_ha(restrict_commands=True)(config)
    assert codes(held((config, "2.6.3"), (partner(config), "3.0.4"))) == ("KH803",)


GOLDEN = sorted({file.parent.parent for file in (Path(__file__).parents[2] / "golden").glob("*/*/*/kea-*.conf")})


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_what_the_compiler_makes_is_sound(folder: Path) -> None:
    """Every shipped spec in every version: no rule for single files or for pairs has anything against it."""
    made = [
        read(file.read_text(), folder.name, f"{file.parent.name}/{file.name}")[0]
        for file in sorted(folder.glob("*/kea-*.conf"))
    ]
    assert made
    assert [finding.message for each in made for finding in judged(each)] == []
    assert [
        finding.message
        for rule in checks_on(ha_channels, listeners, pair, pair_versions)
        for finding in rule(tuple(made))
    ] == []


def test_files_that_are_no_partners_are_left_alone() -> None:
    stranger = good()
    for number, entry in enumerate(ha(stranger)["peers"]):
        entry.update(name=f"east{number}", url=f"http://198.51.100.{number + 1}:8001/")
    ha(stranger)["this-server-name"] = "east0"
    stranger["valid-lifetime"] = 60
    assert held((good(), "2.6.3"), (stranger, "2.6.3")) == []


def test_a_fleet_may_use_the_same_names() -> None:
    """Of more than two files, those are partners that share a peer's name and address."""
    east, west = good(), good()
    for number, entry in enumerate(ha(east)["peers"]):
        entry["url"] = f"http://198.51.100.{number + 1}:8001/"
    east["valid-lifetime"] = 60
    files = [(each, "2.6.3") for each in (east, partner(east), west, partner(west))]
    assert held(*files) == []


def test_two_states_of_one_server_are_no_partners() -> None:
    """A folder with an old copy of a file beside the pair."""
    config = good()
    copy = deepcopy(config)
    assert held((config, "2.6.3"), (partner(config), "2.6.3"), (copy, "2.6.3")) == []
    assert codes(held((config, "2.6.3"), (copy, "2.6.3"))) == ("KH810",)


def test_a_spoke_has_some_of_the_hubs_subnets() -> None:
    config = good()
    hub()(config)
    config["subnet4"].append({"id": 2, "subnet": "10.0.0.0/8", "user-context": {"ha-server-name": "spoke-b"}})
    spoke = partner(good())
    assert held((config, "2.6.3"), (spoke, "2.6.3")) == []


def test_differences_are_not_many_times_said() -> None:
    """Hundreds of reservations, one of which differs."""
    first = good()
    first["subnet4"][0]["reservations"] = [
        {"hw-address": f"aa:aa:aa:aa:aa:{number:02x}", "hostname": f"h{number}"} for number in range(200)
    ]
    second = partner(first)
    second["subnet4"][0]["reservations"].reverse()
    second["subnet4"][0]["reservations"][7]["hostname"] = "other"
    finding = only(held((first, "2.6.3"), (second, "2.6.3")), "KH802")
    assert finding.at[-2:] == (7, "hostname")
    assert "'h192'" in finding.message


def test_rubbish_gives_findings_and_no_traceback() -> None:
    base = rich()
    first = read(text(base), "2.6.3", "kea1.conf")[0]
    for config in damaged(partner(base)):
        second = read(text(config), "3.0.4", "kea2.conf")[0]
        assert all(
            finding.message
            for rule in checks_on(ha_channels, listeners, pair, pair_versions)
            for finding in rule((first, second))
        )
