"""Who moved: base, spec and live compared. The texts are in the canonical form, cut down to what matters."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.changes.change import ABSENT, Verdict, spelt
from kea_hac.changes.three_way import Difference, Unknown, compare
from kea_hac.kea.config import DHCP4, Block
from kea_hac.kea.hidden import Hidden
from kea_hac.kea.version import Branch
from kea_hac.source.document import Secret

Tree = dict[str, Any]


def subnet(number: int, **more: Any) -> Tree:
    lifetimes = {"valid-lifetime": 3600, "min-valid-lifetime": 3600, "max-valid-lifetime": 3600, "t1-percent": 0.5}
    return {"id": number, "subnet": f"192.0.{number}.0/24", **lifetimes, "pools": [], "option-data": [], **more}


def tree(**more: Any) -> Tree:
    return {"valid-lifetime": 3600, "t1-percent": 0.5, "subnet4": [subnet(1), subnet(2)], **more}


def found(base: Tree | None, spec: Tree, live: Tree) -> dict[str, str]:
    made = compare(DHCP4, Branch.V2_6, base, Block((), spec), live)
    return {spelt(each.path): str(each.verdict) for each in made if isinstance(each, Difference)}


def changed(base: Tree, way: list[Any], value: Any) -> Tree:
    made = copy.deepcopy(base)
    node: Any = made
    for step in way[:-1]:
        node = node[step]
    if value is ABSENT:
        del node[way[-1]]
    else:
        node[way[-1]] = value
    return made


def test_in_sync() -> None:
    assert found(tree(), tree(), tree()) == {}
    assert found(None, tree(), tree()) == {}


@pytest.mark.parametrize(
    ("spec", "live", "verdict"),
    [
        ("a", "a", None),
        ("b", "a", Verdict.PENDING),
        ("a", "b", Verdict.EXTERNAL),
        ("b", "b", Verdict.CONVERGED),
        ("b", "c", Verdict.CONFLICT),
        (ABSENT, "a", Verdict.PENDING),
        ("a", ABSENT, Verdict.EXTERNAL),
        (ABSENT, ABSENT, Verdict.CONVERGED),
        (ABSENT, "b", Verdict.CONFLICT),
    ],
)
def test_the_table(spec: Any, live: Any, verdict: Verdict | None) -> None:
    base = tree(**{"server-tag": "a"})
    texts = [changed(base, ["server-tag"], each) for each in (spec, live)]
    assert found(base, *texts) == ({"server-tag": str(verdict)} if verdict else {})


def test_without_a_base_it_only_differs() -> None:
    assert found(None, tree(), changed(tree(), ["valid-lifetime"], 7200)) == {"valid-lifetime": "differs"}


def test_a_global_change_is_told_once() -> None:
    live = tree(**{"valid-lifetime": 7200})
    for number in (0, 1):
        for key in ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"):
            live["subnet4"][number][key] = 7200
    assert found(tree(), tree(), live) == {"valid-lifetime": "external"}


def test_a_least_lifetime_that_appears_globally_is_told_once() -> None:
    live = tree(**{"min-valid-lifetime": 1000})
    for number in (0, 1):
        live["subnet4"][number]["min-valid-lifetime"] = 1000
    assert found(tree(), tree(), live) == {"min-valid-lifetime": "external"}


def test_a_value_that_only_a_subnet_still_has_is_pending() -> None:
    """Somebody edited the global value in an answer and sent it back, and the spec says the same now: the subnets kept theirs."""
    live, spec = tree(**{"valid-lifetime": 7200}), tree(**{"valid-lifetime": 7200})
    for number in (0, 1):
        for key in ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"):
            spec["subnet4"][number][key] = 7200
    assert found(tree(), spec, live) == {
        "valid-lifetime": "converged",
        "subnet4[id=1].valid-lifetime": "pending",
        "subnet4[id=2].valid-lifetime": "pending",
    }
    assert found(tree(), spec, tree()) == {"valid-lifetime": "pending"}  # it is one change as long as it is to come


def test_a_subnet_of_its_own_mind_is_told() -> None:
    live = changed(tree(), ["subnet4", 0, "valid-lifetime"], 7200)
    live = changed(live, ["subnet4", 0, "min-valid-lifetime"], 7200)
    live = changed(live, ["subnet4", 0, "max-valid-lifetime"], 7200)
    assert found(tree(), tree(), live) == {"subnet4[id=1].valid-lifetime": "external"}


def test_an_override_that_the_spec_adds_is_pending_though_the_global_value_was_changed() -> None:
    spec = tree()
    live = tree(**{"valid-lifetime": 1800})
    for key in ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"):
        spec["subnet4"][0][key] = 7200
        live["subnet4"][0][key] = live["subnet4"][1][key] = 1800
    assert found(tree(), spec, live) == {"valid-lifetime": "external", "subnet4[id=1].valid-lifetime": "pending"}


def test_a_removed_override_is_told() -> None:
    base = changed(tree(), ["subnet4", 0, "t1-percent"], 0.4)
    assert found(base, base, tree()) == {"subnet4[id=1].t1-percent": "external"}


def test_a_shared_network_and_its_subnets_echo_too() -> None:
    def networks(value: float) -> Tree:
        inside = subnet(3, **{"t1-percent": value})
        return tree(**{"shared-networks": [{"name": "a", "t1-percent": value, "subnet4": [inside]}]})

    assert found(networks(0.5), networks(0.5), networks(0.6)) == {"shared-networks[name=a].t1-percent": "external"}


def test_items_come_and_go_whole() -> None:
    live = tree()
    live["subnet4"] = [live["subnet4"][1], subnet(9)]
    assert found(tree(), tree(), live) == {"subnet4[id=1]": "external", "subnet4[id=9]": "external"}


def test_a_subnet_removed_here_and_edited_there_is_a_conflict() -> None:
    live = tree()
    del live["subnet4"][0]
    spec = changed(tree(), ["subnet4", 0, "t1-percent"], 0.4)
    assert found(tree(), spec, live) == {"subnet4[id=1]": "conflict"}


def test_both_add_the_same_subnet_with_different_words() -> None:
    spec, live = tree(), tree()
    spec["subnet4"].append(subnet(9, **{"4o6-subnet": "a"}))
    live["subnet4"].append(subnet(9, **{"4o6-subnet": "b"}))
    assert found(tree(), spec, live) == {"subnet4[id=9].4o6-subnet": "conflict"}
    assert found(tree(), spec, copy.deepcopy(spec)) == {"subnet4[id=9]": "converged"}


def test_the_order_of_classes_is_told_and_that_of_subnets_is_not() -> None:
    one, two = {"name": "one", "test": "x"}, {"name": "two", "test": "y"}
    base = tree(**{"client-classes": [one, two]})
    live = tree(**{"client-classes": [two, one], "subnet4": [subnet(2), subnet(1)]})
    assert found(base, base, live) == {"client-classes.(order)": "external"}


def test_numbers_and_booleans_are_different_values() -> None:
    base, live = tree(**{"user-context": {"a": [1]}}), tree(**{"user-context": {"a": [True]}})
    assert found(base, base, live) == {"user-context.a": "external"}
    live = tree(**{"user-context": {"a": [1.0]}})
    assert found(base, base, live) == {"user-context.a": "external"}


def test_a_secret_that_is_not_at_hand_is_unknown_not_different() -> None:
    base = tree(**{"lease-database": {"password": Secret("/etc/kea/a.json")}})
    live = tree(**{"lease-database": {"password": Hidden("x")}})
    made = list(compare(DHCP4, Branch.V2_6, base, Block((), base), live))
    assert [(type(each), spelt(each.path)) for each in made] == [(Unknown, "lease-database.password")]
    moved = tree(**{"lease-database": {"password": Secret("/etc/kea/b.json")}})
    assert found(base, moved, live) == {"lease-database.password": "pending"}
    gone = tree(**{"lease-database": {}})
    assert found(base, base, gone) == {"lease-database.password": "external"}


_scalars = st.one_of(st.integers(0, 3), st.booleans(), st.text("ab", max_size=2))
_values = st.recursive(_scalars, lambda inner: st.dictionaries(st.sampled_from("xyz"), inner, max_size=3), max_leaves=5)
_trees = st.dictionaries(st.sampled_from(["user-context", "p", "q"]), _values, max_size=3)


@given(_trees)
def test_nothing_differs_from_itself(one: Tree) -> None:
    assert found(one, one, copy.deepcopy(one)) == {}


@given(_trees, _trees)
def test_what_one_side_did_is_never_blamed_on_the_other(base: Tree, other: Tree) -> None:
    assert set(found(base, base, other).values()) <= {"external"}
    assert set(found(base, other, base).values()) <= {"pending"}
    assert set(found(base, other, copy.deepcopy(other)).values()) <= {"converged"}
    assert found(base, base, other).keys() == found(base, other, base).keys()
    assert bool(found(base, base, other)) == (repr(_sorted(base)) != repr(_sorted(other)))


def _sorted(value: Any) -> Any:
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


@pytest.mark.parametrize("key", ["password", "basic-auth-password"])
@pytest.mark.parametrize("turned", [False, True], ids=["moved to a file", "moved out of a file"])
def test_a_secret_that_moved_to_a_file_is_unknown_with_and_without_a_base(key: str, turned: bool) -> None:
    """What an import wrote and the servers that it was written from: with the build as base it is no change from outside."""
    file, literal = {f"{key}-file": "pw"}, {key: Hidden("word")}
    spec, live = (tree(x=literal), tree(x=file)) if turned else (tree(x=file), tree(x=literal))
    for base in (None, spec):
        made = list(compare(DHCP4, Branch.V2_6, base, Block((), spec), live))
        assert [(type(each), spelt(each.path)) for each in made] == [(Unknown, f"x.{key}-file")], base


def test_a_secret_that_the_spec_moves_to_a_file_is_still_to_come() -> None:
    literal = tree(x={"password": Hidden("word")})
    assert found(literal, tree(x={"password-file": "pw"}), literal) == {
        "x.password": str(Verdict.PENDING),
        "x.password-file": str(Verdict.PENDING),
    }
