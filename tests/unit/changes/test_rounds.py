"""The law of every plan: no server leases what its partner does not know, in no state of the rounds, in no mode."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_hac.changes.between import FINAL
from kea_hac.changes.change_set import change_set
from kea_hac.changes.rounds import Round
from tests.unit.changes.built import built
from tests.unit.changes.model import replay

MODES = ("hot-standby", "load-balancing", "passive-backup")
SECOND = {"hot-standby": "standby", "load-balancing": "secondary", "passive-backup": "backup"}


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet of a generated pair: the number of its prefix, and where its pools begin and end."""

    id: int
    place: int
    wide: bool
    pools: tuple[tuple[int, int], ...]
    network: bool
    guarded: bool

    def text(self, family: int) -> str:
        prefix = (
            f"10.{self.place}.0.0/{23 if self.wide else 24}"
            if family == 4
            else f"2001:db8:{self.place}::/{56 if self.wide else 64}"
        )
        base = f"10.{self.place}.0." if family == 4 else f"2001:db8:{self.place}::"
        ends = [(f"{a}", f"{b}") if family == 4 else (f"{a:x}", f"{b:x}") for a, b in self.pools]
        guard = ", client-classes: [phones]" if self.guarded else ""
        listed = ", ".join(f'{{pool: "{base}{a} - {base}{b}"{guard}}}' for a, b in ends)
        return f'{{id: {self.id}, subnet: "{prefix}", interface: eth0, pools: [{listed}]}}'


def spec(mode: str, family: int, subnets: tuple[Subnet, ...]) -> str:
    key = f"subnet{family}"
    plain = ", ".join(each.text(family) for each in subnets if not each.network)
    inside = ", ".join(each.text(family) for each in subnets if each.network)
    networks = f"[{{name: floor, {key}: [{inside}]}}]" if inside else "[]"
    listener = f"listener: {{dhcp{family}: 8001}}"
    return f"""\
kea-hac: 1
pair: two
kea: 2.6
platform: debian
servers:
  - {{name: a, role: primary, address: 192.0.2.1, interfaces: [eth0]}}
  - {{name: b, role: {SECOND[mode]}, address: 192.0.2.2, interfaces: [eth0]}}
high-availability: {{mode: {mode}, {listener}{", split: even" if mode == "load-balancing" else ""}}}
dhcp{family}:
  client-classes: [{{name: phones, test: "member('ALL')"}}]
  shared-networks: {networks}
  {key}: [{plain}]
"""


@st.composite
def pools_of(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    cuts = sorted(draw(st.sets(st.integers(1, 24), min_size=2, max_size=4)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return tuple((first * 10, last * 10 - 1) for first, last in pairs)


@st.composite
def pair_of(draw: st.DrawFn) -> tuple[Subnet, ...]:
    places = draw(st.lists(st.sampled_from((2, 4, 6, 8)), unique=True, min_size=1, max_size=3))
    ids = draw(st.permutations((1, 2, 3, 4)))
    return tuple(
        Subnet(number, place, draw(st.booleans()), draw(pools_of()), draw(st.booleans()), draw(st.booleans()))
        for number, place in zip(ids, places, strict=False)
    )


@given(mode=st.sampled_from(MODES), family=st.sampled_from((4, 6)), old=pair_of(), new=pair_of())
@settings(max_examples=60, deadline=None)
def test_no_server_leases_what_its_partner_does_not_know(
    mode: str, family: int, old: tuple[Subnet, ...], new: tuple[Subnet, ...]
) -> None:
    before, after = built(spec(mode, family, old)), built(spec(mode, family, new))
    changes = change_set(before, after)
    assert bool(changes) is (before.build.files != after.build.files) or not changes.rounds
    assert replay(before, after, changes.rounds, family) == []


X = Subnet(1, 2, False, ((10, 99),), False, False)
Y = Subnet(2, 4, False, ((10, 99),), False, False)
SHRUNK = replace(X, pools=((10, 49),))
GROWN = replace(X, pools=((10, 199),))
SHIFTED = replace(X, pools=((50, 149),))


def rounds(mode: str, old: tuple[Subnet, ...], new: tuple[Subnet, ...]) -> tuple[Round, ...]:
    return change_set(built(spec(mode, 4, old)), built(spec(mode, 4, new))).rounds


def naive(mode: str, old: tuple[Subnet, ...], new: tuple[Subnet, ...], order: tuple[str, ...]) -> list[str]:
    """What is wrong when all is deployed in one round, in this order."""
    before, after = built(spec(mode, 4, old)), built(spec(mode, 4, new))
    return replay(before, after, (Round("dhcp4", order, FINAL, False, ""),), 4)


@pytest.mark.parametrize("mode", ["hot-standby", "passive-backup"])
@pytest.mark.parametrize("new", [(X,), (X, replace(Y, pools=((10, 49),))), (X, replace(Y, id=3))])
def test_standby_first_breaks_the_law_where_something_is_removed(mode: str, new: tuple[Subnet, ...]) -> None:
    assert naive(mode, (X, Y), new, ("b", "a"))
    planned = rounds(mode, (X, Y), new)
    assert planned[0].servers == ("a", "b")
    assert replay(built(spec(mode, 4, (X, Y))), built(spec(mode, 4, new)), planned, 4) == []


@pytest.mark.parametrize("mode", ["hot-standby", "passive-backup"])
def test_primary_first_breaks_the_law_where_something_is_added(mode: str) -> None:
    assert naive(mode, (X,), (X, Y), ("a", "b"))
    assert [each.servers for each in rounds(mode, (X,), (X, Y))] == [("b", "a")]


@pytest.mark.parametrize(("old", "new"), [((X,), (X, Y)), ((X, Y), (X,)), ((X,), (replace(X, id=3),))])
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_one_round_breaks_the_law_in_load_balancing(
    old: tuple[Subnet, ...], new: tuple[Subnet, ...], order: tuple[str, ...]
) -> None:
    assert naive("load-balancing", old, new, order)
    assert len(rounds("load-balancing", old, new)) >= 2


def test_a_boundary_between_two_servers_moves_in_two_rounds() -> None:
    """Else one address belongs to both servers for a time."""
    assert any("both lease" in each for each in naive("load-balancing", (X,), (SHIFTED,), ("a", "b")))
    assert shape(rounds("load-balancing", (X,), (SHIFTED,))) == [("ba", "union", "common"), ("ba", "new", "new")]


def shape(found: tuple[Round, ...]) -> list[tuple[str, str, str]]:
    return [("".join(each.servers), str(each.configuration.subnets), str(each.configuration.pools)) for each in found]


def test_the_table_of_rounds() -> None:
    """What the order is for each class of change and mode."""
    assert shape(rounds("hot-standby", (X,), (X, Y))) == [("ba", "new", "new")]
    assert shape(rounds("hot-standby", (X, Y), (X,))) == [("ab", "new", "new")]
    assert shape(rounds("hot-standby", (X,), (GROWN,))) == [("ba", "new", "new")]
    assert shape(rounds("hot-standby", (X,), (SHRUNK,))) == [("ab", "new", "new")]
    assert shape(rounds("hot-standby", (X,), (Y,))) == [("ba", "union", "union"), ("ab", "new", "new")]
    assert shape(rounds("hot-standby", (X,), (SHIFTED,))) == [("ba", "union", "union"), ("ab", "new", "new")]
    assert shape(rounds("hot-standby", (X,), (replace(X, id=3),))) == [("ab", "common", "common"), ("ba", "new", "new")]
    assert shape(rounds("load-balancing", (X,), (X, Y))) == [("ba", "union", "common"), ("ba", "new", "new")]
    assert shape(rounds("load-balancing", (X, Y), (X,))) == [("ba", "union", "common"), ("ba", "new", "new")]
    assert len(rounds("load-balancing", (X,), (replace(X, id=3),))) == 3
    assert rounds("load-balancing", (X,), (X,)) == ()


def test_what_servers_must_agree_on_changes_in_one_window() -> None:
    before = spec("hot-standby", 4, (X, Y))
    for old, new in (("8001", "8011"), ("192.0.2.2", "192.0.2.3"), ("name: b", "name: c")):
        changes = change_set(built(before), built(before.replace(old, new)))
        assert [each.together for each in changes.rounds] == [True], new
    balanced = change_set(built(before), built(spec("load-balancing", 4, (X,))))
    assert [each.together for each in balanced.rounds] == [True]


def test_a_standalone_server_has_one_round() -> None:
    text = spec("hot-standby", 4, (X, Y)).splitlines()
    lone = "\n".join(line for line in text if "name: b" not in line and "high-availability" not in line).replace(
        "role: primary, ", ""
    )
    changes = change_set(built(lone), built(lone.replace("10.2.0.99", "10.2.0.89")))
    assert shape(changes.rounds) == [("a", "new", "new")]


HUB = """\
kea-hac: 1
pair: hub
kea: 2.6
platform: debian
servers:
  - {name: hub, address: 192.0.2.1, interfaces: [eth0]}
  - {name: north, address: 192.0.2.2, interfaces: [eth0]}
  - {name: south, address: 192.0.2.3, interfaces: [eth0]}
high-availability:
  mode: hot-standby
  relationships:
    - listener: {dhcp4: 8001}
      peers: [{server: north, role: primary}, {server: hub, role: standby, name: hub-north}]
    - listener: {dhcp4: 8002}
      peers: [{server: south, role: primary}, {server: hub, role: standby, name: hub-south}]
dhcp4:
  subnet4:
    - {id: 1, subnet: 10.1.0.0/24, interface: eth0, user-context: {ha-server-name: north}, pools: [{pool: 10.1.0.10 - 10.1.0.99}]}
    - {id: 2, subnet: 10.2.0.0/24, interface: eth0, user-context: {ha-server-name: south}, pools: [{pool: 10.2.0.10 - 10.2.0.99}]}
"""
ONE, TWO = (line for line in HUB.splitlines(keepends=True) if "- {id:" in line)


def hub_rounds(new: str, old: str = HUB) -> list[tuple[str, ...]]:
    return [each.servers for each in change_set(built(old), built(new)).rounds]


def test_a_hub_is_ordered_by_relationship() -> None:
    more = ONE.replace("id: 1", "id: 3").replace("10.1.", "10.3.")
    assert hub_rounds(HUB + more) == [("hub", "north")]
    assert hub_rounds(HUB, HUB + more) == [("north", "hub")]
    south = TWO.replace("id: 2", "id: 4").replace("10.2.", "10.4.")
    assert hub_rounds(HUB + more, HUB + south) == [("south", "hub", "north")]
    both = hub_rounds(HUB + more.replace("id: 3", "id: 5").replace("10.3.", "10.5."), HUB + more)
    assert both == [("hub", "north"), ("north", "hub")]


def test_a_shared_network_names_the_relationship_of_its_subnets() -> None:
    """As Kea reads it: the entry of the network holds for each subnet that has none of its own."""
    inside = ONE.replace("user-context: {ha-server-name: north}, ", "").replace("    - {", "        - {")
    network = "  shared-networks:\n    - name: n\n      user-context: {ha-server-name: north}\n      subnet4:\n"
    old = HUB.replace(ONE, "").replace("  subnet4:\n", f"{network}{inside}  subnet4:\n", 1)
    more = inside.replace("id: 1", "id: 3").replace("10.1.", "10.3.")
    assert hub_rounds(old.replace(inside, inside + more), old) == [("hub", "north")]
