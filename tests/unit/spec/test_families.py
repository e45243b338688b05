"""Law 4 in one place: what a family sees of a map, and the way back to the document."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kea_hac.source.document import Map, Plain, Seq
from kea_hac.spec.families import by_family, realign, view_map


def node(value: Any) -> Any:
    if isinstance(value, dict):
        made = Map()
        made.update({key: node(item) for key, item in value.items()})
        return made
    if isinstance(value, list):
        listed = Seq()
        listed.extend(node(item) for item in value)
        return listed
    return Plain(value)


LEAVES = st.sampled_from(["one", "two"])


def _around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A map, or a value by family; what stands below a family is not by family again."""
    plain = st.dictionaries(st.sampled_from(["a", "b"]), inner, min_size=1, max_size=2)
    return plain | st.dictionaries(st.sampled_from(["dhcp4", "dhcp6"]), plain | LEAVES, min_size=1)


TREES = st.recursive(LEAVES, _around, max_leaves=6)


def routes(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(at, value)]
    if isinstance(value, dict):
        for key, item in value.items():
            found += routes(item, (*at, key))
    return found


@given(st.dictionaries(st.sampled_from(["x", "y"]), TREES, max_size=2), st.sampled_from(["dhcp4", "dhcp6"]))
def test_every_value_of_a_view_is_found_in_the_document(data: dict[str, Any], family: str) -> None:
    root = node(data)
    for route, value in routes(view_map(root, family)):
        found: Any = root
        for step in realign(root, route, family):
            found = found[step]
        assert not by_family(found)
        if isinstance(value, str):
            assert found == value


def test_a_value_of_the_other_family_is_not_there() -> None:
    seen = view_map(node({"a": {"dhcp6": "x"}, "b": [{"dhcp6": "x"}, {"dhcp4": "y"}], "c": "z"}), "dhcp4")
    assert seen == {"b": ["y"], "c": "z"}


def test_a_map_with_other_keys_is_a_map() -> None:
    assert not by_family(node({"dhcp4": "a", "lan": "b"}))
    assert view_map(node({"a": {"dhcp4": "a", "lan": "b"}}), "dhcp6") == {"a": {"dhcp4": "a", "lan": "b"}}
