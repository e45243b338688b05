"""The commands that take a server from one file to the other without a reload, and when there are none."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.config import DAEMONS
from kea_hac.rollout.by_commands import MOST, ReloadError, by_commands
from kea_hac.source.document import Secret

DHCP4 = DAEMONS["kea-dhcp4.conf"]
KNOWN = frozenset(
    f"{what}-{how}" for what in ("subnet4", "reservation", "class") for how in ("add", "del", "update")
)  # as list-commands of 3.0.4 with the three libraries
Config = dict[str, Any]


def subnet(number: int, **more: Any) -> Config:
    return {
        "id": number,
        "subnet": f"10.{number}.0.0/24",
        "pools": [{"pool": f"10.{number}.0.10 - 10.{number}.0.99"}],
    } | more


def host(last: int, **more: Any) -> Config:
    return {"hw-address": f"08:00:27:00:00:{last:02x}", "ip-address": f"10.1.0.{last}"} | more


def config(*subnets: Config, **more: Any) -> Config:
    stamp = {"kea-hac": {"pair": "p", "server": "s", "build": f"{len(subnets)}{len(more)}"}}
    return {"valid-lifetime": 3600, "subnet4": list(subnets), "user-context": stamp, **more}


def made(before: Config, after: Config) -> list[tuple[str, Any]]:
    return [(each.name, each.arguments) for each in by_commands(DHCP4, before, after, KNOWN)]


def refused(before: Config, after: Config, known: frozenset[str] = KNOWN) -> str:
    with pytest.raises(ReloadError) as caught:
        by_commands(DHCP4, before, after, known)
    return str(caught.value)


def test_subnets_reservations_and_classes() -> None:
    before = config(subnet(1, reservations=[host(20), host(21)]), subnet(2))
    after = config(
        subnet(1, reservations=[host(20, hostname="printer"), host(22)]),
        subnet(3, reservations=[host(30)], **{"client-class": "phones"}),
        **{"client-classes": [{"name": "phones", "test": "member('ALL')"}]},
    )
    place = {"subnet-id": 1, "identifier-type": "hw-address", "operation-target": "memory"}
    assert made(before, after) == [
        ("class-add", {"client-classes": [{"name": "phones", "test": "member('ALL')"}]}),
        ("subnet4-del", {"id": 2}),
        ("reservation-del", {**place, "identifier": "08:00:27:00:00:14"}),
        ("reservation-del", {**place, "identifier": "08:00:27:00:00:15"}),
        (
            "reservation-add",
            {"reservation": {"subnet-id": 1, **host(20, hostname="printer")}, "operation-target": "memory"},
        ),
        ("reservation-add", {"reservation": {"subnet-id": 1, **host(22)}, "operation-target": "memory"}),
        ("subnet4-add", {"subnet4": [subnet(3, **{"client-class": "phones"})]}),
        ("reservation-add", {"reservation": {"subnet-id": 3, **host(30)}, "operation-target": "memory"}),
    ]
    assert made(after, before)[-1] == ("class-del", {"name": "phones"})


def test_a_subnet_under_another_id_goes_before_it_comes() -> None:
    assert [name for name, _ in made(config(subnet(1)), config(subnet(1, id=7)))] == ["subnet4-del", "subnet4-add"]


def test_another_prefix_under_the_same_id_is_another_subnet() -> None:
    names = [name for name, _ in made(config(subnet(1)), config(subnet(1, subnet="10.9.0.0/24")))]
    assert names == ["subnet4-del", "subnet4-add"]


def test_what_changes_in_a_subnet_keeps_its_reservations() -> None:
    before = config(subnet(1, reservations=[host(20)]))
    assert made(before, config(subnet(1, reservations=[host(20)], **{"valid-lifetime": 60}))) == [
        ("subnet4-update", {"subnet4": [subnet(1, **{"valid-lifetime": 60})]})
    ]


def test_the_stamp_alone_needs_no_command() -> None:
    after = config(subnet(1))
    after["user-context"]["kea-hac"]["build"] = "other"
    assert made(config(subnet(1)), after) == []


def test_what_only_a_reload_can_change() -> None:
    one = config(subnet(1))
    assert refused(one, {**one, "valid-lifetime": 60}) == "valid-lifetime changes"
    assert refused(one, {**one, "user-context": {"site": 1}}) == "user-context changes"
    assert refused(one, {**one, "shared-networks": [{"name": "n", "subnet4": []}]}) == "shared-networks changes"
    classes = [{"name": "a"}, {"name": "b"}]
    assert "order of client-classes" in refused(
        {**one, "client-classes": classes}, {**one, "client-classes": classes[::-1]}
    )
    assert "include files of the server" in refused(
        one, config(subnet(1, reservations=Secret("hosts.json", listed=True)))
    )
    control = {"config-control": {"config-databases": []}}
    assert "from a database" in refused(config(subnet(1), **control), config(**control))
    assert refused(one, config(), KNOWN - {"subnet4-del"}) == (
        "it does not take subnet4-del (libdhcp_subnet_cmds.so is not loaded)"
    )
    many = [
        host(number % 250, **{"hw-address": f"08:00:27:00:{number // 250:02x}:{number % 250:02x}"})
        for number in range(MOST + 1)
    ]
    assert "201 commands" in refused(one, config(subnet(1, reservations=many)))
    assert "same name" in refused(one, config(subnet(1, reservations=[host(20), host(20)])))


def applied(before: Config, commands: list[tuple[str, Any]]) -> Config:
    """What Kea makes of them, as seen on 3.0.4. KeyError and AssertionError for what it refuses."""
    now = copy.deepcopy(before)
    subnets = {each["id"]: each for each in now["subnet4"]}
    classes = {each["name"]: each for each in now.get("client-classes", [])}
    for name, arguments in commands:
        match name:
            case "subnet4-add" | "subnet4-update":
                (each,) = arguments["subnet4"]
                assert "reservations" not in each
                assert (each["id"] in subnets) == (name == "subnet4-update")
                assert name != "subnet4-add" or each["subnet"] not in {one["subnet"] for one in subnets.values()}
                kept = subnets.get(each["id"], {}).get("reservations")
                subnets[each["id"]] = {**each, **({"reservations": kept} if kept else {})}
            case "subnet4-del":
                del subnets[arguments["id"]]
            case "reservation-add":
                host = {key: value for key, value in arguments["reservation"].items() if key != "subnet-id"}
                listed = subnets[arguments["reservation"]["subnet-id"]].setdefault("reservations", [])
                assert all(each["hw-address"] != host["hw-address"] for each in listed)
                listed.append(host)
            case "reservation-del":
                listed = subnets[arguments["subnet-id"]]["reservations"]
                (gone,) = [each for each in listed if each["hw-address"] == arguments["identifier"]]
                listed.remove(gone)
            case "class-add":
                (each,) = arguments["client-classes"]
                assert each["name"] not in classes
                classes[each["name"]] = each
            case "class-update":
                (each,) = arguments["client-classes"]
                assert each["name"] in classes
                classes[each["name"]] = each
            case "class-del":
                del classes[arguments["name"]]
            case _:
                raise AssertionError(name)
    return {**now, "subnet4": list(subnets.values()), "client-classes": list(classes.values())}


def normal(written: Config) -> Config:
    def bare(each: Config) -> Config:
        hosts = sorted(each.get("reservations", []), key=lambda host: host["hw-address"])
        return {**each, "reservations": hosts}

    subnets = sorted(map(bare, written["subnet4"]), key=lambda each: each["id"])
    return {**written, "subnet4": subnets, "client-classes": written.get("client-classes", []), "user-context": None}


HOSTS = st.lists(
    st.builds(host, st.integers(20, 24), hostname=st.sampled_from("ab")),
    max_size=3,
    unique_by=lambda each: each["hw-address"],
)
SUBNETS = st.lists(
    st.builds(
        lambda number, prefix, hosts, lifetime: subnet(
            number, subnet=f"10.{prefix}.0.0/24", reservations=hosts, **{"valid-lifetime": lifetime}
        ),
        st.integers(1, 4),
        st.integers(1, 4),
        HOSTS,
        st.sampled_from([60, 90]),
    ),
    max_size=4,
    unique_by=(lambda each: each["id"], lambda each: each["subnet"]),
)
CLASSES = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("xyz"), "test": st.sampled_from(["1", "2"])}),
    max_size=3,
    unique_by=lambda each: each["name"],
)
CONFIGS = st.builds(lambda subnets, classes: config(*subnets, **{"client-classes": classes}), SUBNETS, CLASSES)


@given(CONFIGS, CONFIGS)
def test_the_commands_lead_from_one_file_to_the_other(before: Config, after: Config) -> None:
    commands = None
    with contextlib.suppress(ReloadError):
        commands = made(before, after)
    if commands is None:
        assert "order of client-classes" in refused(before, after)
    else:
        assert normal(applied(before, commands)) == normal(after)
