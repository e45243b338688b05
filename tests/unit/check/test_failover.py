"""KH665 to KH677, KH680: HA that does not fail over, or too eagerly, and pairs that do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kea_hac.diagnostics import Severity
from tests.unit.check.files import Config, found, of, peers

BOTH = {"enable-multi-threading": True, "http-dedicated-listener": True}
BACKUP = ("primary", "backup")


def subnet(pool: str = "192.0.2.100 - 192.0.2.199", number: int = 1, **keys: Any) -> Config:
    made = {"id": number, "subnet": f"192.0.{number + 1}.0/24", "pools": [{"pool": pool}] if pool else []}
    return {**made, **{key.replace("_", "-"): value for key, value in keys.items()}}


def pair(mode: str = "hot-standby", roles: tuple[str, ...] = ("primary", "standby"), **keys: Any) -> Config:
    return {"hooks-libraries": peers(mode, "a", "b", roles=roles, **keys), "subnet4": [subnet()]}


def few(count: int, **keys: Any) -> Config:
    return {**pair(**keys), "subnet4": [subnet(f"192.0.2.100 - 192.0.2.{99 + count}")]}


HOSTS = [{"hw-address": f"08:00:27:00:00:0{n}", "ip-address": f"192.0.2.{n}"} for n in range(1, 4)]
LOAD = {"mode": "load-balancing", "roles": ("primary", "secondary")}


@pytest.mark.parametrize(
    ("config", "times"),
    [
        (few(8), 1),
        (few(10), 1),
        (few(11), 0),
        (few(5, max_unacked_clients=5), 1),
        (few(6, max_unacked_clients=5), 0),
        (few(20, **LOAD), 1),
        (few(21, **LOAD), 0),
        ({**few(8), "subnet4": [subnet("192.0.2.100 - 192.0.2.107", reservations=HOSTS)]}, 0),
        ({**few(8), "subnet4": [subnet("192.0.2.1 - 192.0.2.8", reservations=HOSTS)]}, 1),
        ({**few(8), "reservations": HOSTS}, 0),
        ({**few(8), "hosts-database": {"type": "mysql", "name": "kea"}}, 0),
        ({**few(8), "subnet4": []}, 0),
        ({**few(8), "subnet4": [subnet("")]}, 0),
    ],
)  # fmt: skip
def test_more_unacked_clients_than_addresses(tmp_path: Path, config: Config, times: int) -> None:
    diagnostics = of("KH666", found(tmp_path, config))
    assert len(diagnostics) == times


def test_a_limit_that_fits_is_computed(tmp_path: Path) -> None:
    (finding,) = of("KH666", found(tmp_path, few(8)))
    assert finding.fix == "write `max-unacked-clients: 4`"
    assert finding.repair[0].value == 4


def test_prefixes_are_counted(tmp_path: Path) -> None:
    config = {"hooks-libraries": peers("hot-standby", "a", "b")}
    pools = [{"prefix": "2001:db8:8::", "prefix-len": 48, "delegated-len": 52}]
    six = {"id": 1, "subnet": "2001:db8:1::/64", "pools": [{"pool": "2001:db8:1::1 - 2001:db8:1::8"}]}
    assert of("KH666", found(tmp_path, {**config, "subnet6": [six]}, family=6))
    assert not of("KH666", found(tmp_path, {**config, "subnet6": [{**six, "pd-pools": pools}]}, family=6))


def test_no_unserved_clients_at_all(tmp_path: Path) -> None:
    (finding,) = of("KH665", found(tmp_path, pair(max_unacked_clients=0)))
    assert finding.severity is Severity.WARNING
    assert not of("KH665", found(tmp_path, pair(max_unacked_clients=1)))
    assert not of("KH665", found(tmp_path, pair("passive-backup", BACKUP, max_unacked_clients=0)))


def test_failure_detection_in_passive_backup(tmp_path: Path) -> None:
    keys: dict[str, Any] = {
        "heartbeat_delay": 1000,
        "max_response_delay": 5000,
        "max_ack_delay": 1000,
        "max_unacked_clients": 5,
    }
    assert len(of("KH669", found(tmp_path, pair("passive-backup", BACKUP, **keys)))) == 4
    assert not of("KH669", found(tmp_path, pair(**keys)))


def test_waiting_for_a_backup(tmp_path: Path) -> None:
    (finding,) = of("KH667", found(tmp_path, pair("passive-backup", BACKUP, wait_backup_ack=True)))
    assert "while the backup b is down" in finding.message
    assert not of("KH667", found(tmp_path, pair("passive-backup", BACKUP, wait_backup_ack=False)))


@pytest.mark.parametrize(
    ("state", "pause", "times"),
    [
        *(("waiting", pause, 1) for pause in ("always", "once")),
        *((state, "always", 1) for state in ("syncing", "ready")),
        *((state, "always", 0) for state in ("hot-standby", "partner-down", "terminated")),
        ("waiting", "never", 0),
    ],
)
def test_a_pause_before_service(tmp_path: Path, state: str, pause: str, times: int) -> None:
    machine = {"states": [{"state": state, "pause": pause}]}
    assert len(of("KH670", found(tmp_path, pair(state_machine=machine)))) == times


def test_offers(tmp_path: Path) -> None:
    assert len(of("KH671", found(tmp_path, {**pair(), "offer-lifetime": 60}))) == 1
    assert not of("KH671", found(tmp_path, {**pair(), "offer-lifetime": 0}))
    assert not of("KH671", found(tmp_path, {"offer-lifetime": 60, "subnet4": [subnet()]}))


def hub(*subnets: Config, **network: Any) -> Config:
    one, two = peers("hot-standby", "spoke1", "hub1"), peers("hot-standby", "spoke2", "hub2")
    first, second = (each[1]["parameters"]["high-availability"][0] for each in (one, two))
    first["this-server-name"], second["this-server-name"] = "hub1", "hub2"
    for peer in second["peers"]:
        peer["url"] = peer["url"].replace("192.0.2.1", "192.0.2.2")
    one[1]["parameters"]["high-availability"].append(second)
    return {"hooks-libraries": one, "shared-networks": [{"name": "n", "subnet4": list(subnets), **network}]}


def tag(name: str) -> Config:
    return {"user-context": {"ha-server-name": name}}


def test_a_shared_network_of_two_relationships(tmp_path: Path) -> None:
    one, two = subnet(**tag("spoke1")), subnet("192.0.3.1-192.0.3.99", 2, **tag("spoke2"))
    (finding,) = of("KH668", found(tmp_path, hub(one, two)))
    assert finding.severity is Severity.WARNING
    other = subnet("192.0.3.1-192.0.3.99", 2, **tag("hub1"))
    assert not of("KH668", found(tmp_path, hub(one, other)))
    inherited = subnet("192.0.3.1-192.0.3.99", 2)
    assert len(of("KH668", found(tmp_path, hub(one, inherited, **tag("spoke2"))))) == 1
    assert not of("KH668", found(tmp_path, hub(subnet(), inherited, **tag("spoke2"))))


def both(**first: Any) -> tuple[Config, Config]:
    """Two files of a pair; `first` is what the first one has more, `_` for `-`."""
    one = pair()
    two = {**one, "hooks-libraries": peers("hot-standby", "a", "b")}
    two["hooks-libraries"][1]["parameters"]["high-availability"][0]["this-server-name"] = "b"
    return {**one, **{key.replace("_", "-"): value for key, value in first.items()}}, two


SQL = {"type": "mysql", "name": "kea", "host": "192.0.2.50"}


@pytest.mark.parametrize(
    ("code", "first", "second"),
    [
        ("KH673", {"hosts-database": SQL}, {}),
        ("KH673", {"hosts-databases": [SQL]}, {}),
        ("KH674", {"lease-database": SQL}, {}),
        ("KH674", {"lease-database": SQL}, {"lease-database": {**SQL, "type": "postgresql"}}),
        ("KH675", {"dhcp-ddns": {"enable-updates": True}}, {}),
        ("KH675", {"dhcp-ddns": {"enable-updates": True}}, {"dhcp-ddns": {"enable-updates": False}}),
    ],
)
def test_what_only_one_server_has(tmp_path: Path, code: str, first: Config, second: Config) -> None:
    one, two = both()
    assert len(of(code, found(tmp_path, {**one, **first}, {**two, **second}))) == 1
    assert len(of(code, found(tmp_path, {**one, **second}, {**two, **first}))) == 1
    assert not of(code, found(tmp_path, {**one, **first}, {**two, **first}))
    assert not of(code, found(tmp_path, {**one, **first}))


@pytest.mark.parametrize(
    ("first", "second", "times"),
    [
        ({"type": "EN", "identifier": "0102"}, {"type": "EN", "identifier": "01:02"}, 1),
        ({"type": "EN", "identifier": "0102"}, {"type": "EN", "identifier": "0103"}, 0),
        ({"type": "EN", "identifier": "0102"}, {"type": "EN", "enterprise-id": 9, "identifier": "0102"}, 0),
        ({"type": "LL"}, {"type": "LL"}, 0),
        ({"type": "LL", "identifier": "0800270001"}, {"type": "LL", "identifier": "0800270001"}, 1),
        ({"type": "LLT", "identifier": "0800270001"}, {"type": "LLT", "identifier": "0800270001"}, 0),
        ({"type": "LLT", "time": 7, "identifier": "08"}, {"type": "LLT", "time": 7, "identifier": "08"}, 1),
    ],
)
def test_one_server_id(tmp_path: Path, first: Config, second: Config, times: int) -> None:
    one, two = both()
    del one["subnet4"], two["subnet4"]
    diagnostics = found(tmp_path, {**one, "server-id": first}, {**two, "server-id": second}, family=6)
    assert len(of("KH672", diagnostics)) == times


OFF: dict[str, Any] = {"send_lease_updates": False, "sync_leases": False}


@pytest.mark.parametrize(
    ("second", "severity"),
    [
        (SQL, None),
        ({**SQL, "name": "other"}, Severity.ERROR),
        ({**SQL, "type": "postgresql"}, Severity.ERROR),
        ({**SQL, "host": "192.0.2.51"}, Severity.WARNING),
    ],
)
def test_leases_that_nobody_exchanges(tmp_path: Path, second: Config, severity: Severity | None) -> None:
    one = {**pair(**OFF), "lease-database": SQL}
    two = {**pair(**OFF), "lease-database": second}
    two["hooks-libraries"][1]["parameters"]["high-availability"][0]["this-server-name"] = "b"
    diagnostics = of("KH640", found(tmp_path, one, two))
    assert [each.severity for each in diagnostics] == ([severity] if severity else [])


@pytest.mark.parametrize(("place", "times"), [({"allocator": "flq"}, 2), ({"allocator": "random"}, 0)])
def test_a_queue_over_a_shared_database(tmp_path: Path, place: Config, times: int) -> None:
    one, two = both(lease_database=SQL)
    two["lease-database"] = SQL
    for each in (one, two):
        each["subnet4"] = [subnet(**place)]
    assert len(of("KH677", found(tmp_path, one, two))) == times
    two["lease-database"] = {**SQL, "name": "other"}
    assert not of("KH677", found(tmp_path, one, two))


def test_radius_that_moves_clients_between_relationships(tmp_path: Path) -> None:
    config = hub(subnet(**tag("spoke1")))
    config["hooks-libraries"].append({"library": "libdhcp_radius.so", "parameters": {"reselect-subnet-pool": True}})
    assert len(of("KH676", found(tmp_path, config, version="3.0"))) == 1
    config = pair()
    config["hooks-libraries"].append({"library": "libdhcp_radius.so", "parameters": {"reselect-subnet-pool": True}})
    assert not of("KH676", found(tmp_path, config, version="3.0"))


@pytest.mark.parametrize(
    ("keys", "version", "message"),
    [
        ({"multi_threading": BOTH}, "2.2", "without `restrict-commands` Kea 2.2 does not restrict them"),
        ({}, "2.6", "without `restrict-commands` Kea 2.6 does not restrict them"),
        ({}, "3.0", None),
        ({"restrict_commands": True}, "2.6", None),
        ({"restrict_commands": False}, "2.6", "accepts every command from everybody who can connect to it"),
        ({"restrict_commands": False}, "3.0", "accepts every command from everybody who can connect to it"),
        ({"multi_threading": {"enable-multi-threading": False}}, "2.6", None),
    ],
)
def test_a_listener_takes_every_command_where_nothing_restricts_it(
    tmp_path: Path, keys: dict[str, Any], version: str, message: str | None
) -> None:
    """The default of `restrict-commands` is false before Kea 3.0 (seen on 2.2.0 and 2.6.3: config-get is answered)."""
    config = {"multi-threading": {"enable-multi-threading": True}, **pair(**keys)}
    made = of("KH913", found(tmp_path, config, version=version))
    assert len(made) == (message is not None)
    assert all(message in each.message for each in made)


def many(last: str, mode: str = "hot-standby", **keys: Any) -> Config:
    roles = {"passive-backup": BACKUP, "load-balancing": ("primary", "secondary")}.get(mode, ("primary", "standby"))
    return {
        "hooks-libraries": peers(mode, "a", "b", roles=roles, **keys),
        "subnet4": [{"id": 1, "subnet": "10.1.0.0/16", "pools": [{"pool": f"10.1.1.0 - {last}"}]}],
    }


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        (many("10.1.16.159"), None),
        (many("10.1.16.160"), "0.9 s"),
        (many("10.1.31.255"), "3.3 s"),
        (many("10.1.200.255"), "5.3 s"),
        (many("10.1.200.255", "load-balancing"), "5.3 s"),
        (many("10.1.200.255", sync_page_limit=8000), "3.4 s"),
        (many("10.1.200.255", sync_page_limit=4000), None),
        (many("10.1.200.255", sync_page_limit=500), None),
        (many("10.1.200.255", sync_leases=False, send_lease_updates=False), None),
        (many("10.1.200.255", "passive-backup"), None),
        ({**many("10.1.200.255"), "lease-database": {"type": "memfile", "persist": True}}, "5.3 s"),
        ({**many("10.1.200.255"), "lease-database": {"type": "mysql", "name": "kea"}}, None),
    ],
)  # fmt: skip
def test_large_pages_of_leases(tmp_path: Path, config: Config, seconds: str | None) -> None:
    diagnostics = of("KH680", found(tmp_path, config))
    assert len(diagnostics) == (seconds is not None)
    for each in diagnostics:
        assert each.severity is Severity.INFO
        assert f"for up to {seconds}" in each.message
        assert each.repair[0].value == 500


def test_large_pages_of_a_hub_are_those_of_one_relationship(tmp_path: Path) -> None:
    """Each relationship has 2,560 addresses: less than a large page, although both together have more."""
    config = many("10.1.200.255")
    relationships = [{**each["high-availability"][0]} for each in (config["hooks-libraries"][-1]["parameters"],)]
    other = {**relationships[0], "peers": [{**peer, "name": f"x{peer['name']}"} for peer in relationships[0]["peers"]]}
    other["this-server-name"] = f"x{other['this-server-name']}"
    config["hooks-libraries"][-1]["parameters"]["high-availability"] = [relationships[0], other]
    config["subnet4"] = [
        {
            "id": number,
            "subnet": f"10.{number}.0.0/16",
            "pools": [{"pool": f"10.{number}.1.0 - 10.{number}.10.255"}],
            "user-context": {"ha-server-name": name},
        }
        for number, name in ((1, "a"), (2, "xa"))
    ]
    assert not of("KH680", found(tmp_path, config))
