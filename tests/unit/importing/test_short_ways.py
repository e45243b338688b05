"""What an import leaves out of a large configuration makes no difference: each short way comes to what the long one does."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kea_hac.diagnostics import Route
from kea_hac.importing import by_hand, comment_places, common_parts, round_trip, secrets, spec_text
from kea_hac.importing.notes import Notes
from kea_hac.importing.secrets import SecretMover
from kea_hac.kea.config import DHCP4, Block, Json
from kea_hac.kea.platform import DEFAULT_ARCH, platform
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files import comments
from kea_hac.kea_files.comments import Remarks
from kea_hac.source import read_kea_json_text
from kea_hac.source.document import Secret
from tests.sizes import size

MORE = size("FUZZ", 1, 10)
VERSION = KeaVersion.parse("2.6")
HOST = platform("debian", DEFAULT_ARCH, VERSION)
ANY = settings(
    max_examples=200 * MORE,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_KEYS = st.sampled_from(
    [
        "hostname", "reservations", "subnet4", "name", "type", "library", "data", "password", "client-password", "option-data",
        "user-context", "parameters", "pools", "valid-lifetime", "relay",
    ]
)  # fmt: skip
_SCALARS = st.sampled_from(
    [1, 3600, True, None, "x", "", "parameters", "user-context", "password=geheim1", "http://u:geheim@h/", Secret("/a/b"), Secret("geheim")]
)  # fmt: skip


def _blocks(value: Any, at: Route = ()) -> Json:
    """The value with Blocks that know their routes. Names are scalars, as the reader of Kea's files makes sure."""
    if isinstance(value, dict):
        kept = {key: "x" if key == "name" and isinstance(each, dict | list) else each for key, each in value.items()}
        return Block(at, {key: _blocks(each, (*at, key)) for key, each in kept.items()})
    return [_blocks(each, (*at, number)) for number, each in enumerate(value)] if isinstance(value, list) else value


def _trees() -> st.SearchStrategy[Any]:
    values = st.recursive(
        _SCALARS,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=3),
        max_leaves=12,
    )
    return st.dictionaries(_KEYS, values, max_size=4).map(_blocks)


@ANY
@given(tree=_trees())
def test_secrets_are_looked_for_where_a_key_says_that_there_may_be_one(
    monkeypatch: pytest.MonkeyPatch, tree: Block
) -> None:
    found = []
    for short in (True, False):
        notes = Notes()
        with monkeypatch.context() as patched:
            if not short:
                patched.setattr(secrets, "_may_hide", lambda _: True)
                patched.setattr(secrets, "keys_in", lambda _: {""})
            moved = SecretMover("s", HOST, notes).moved(tree, ("dhcp4",))
        found.append((moved, moved is tree, notes.findings, notes.secrets))
    assert found[0] == found[1]


_SUBNET = {
    "id": 1,
    "subnet": "192.0.2.0/24",
    "pools": [{"pool": "192.0.2.10 - 192.0.2.20"}],
    "reservations": [{"hw-address": "02:00:00:00:00:01", "ip-address": "192.0.2.30"}],
    "user-context": {"n": 1},
}
_CHANGES: list[dict[str, Any]] = [
    {},
    {"user-context": {"n": True}},
    {"user-context": {"n": 1.0}},
    {"user-context": {"password": "geheim"}},
    {"valid-lifetime": 4000},
    {"reservations": []},
    {"reservations": [{"hw-address": "02:00:00:00:00:01", "ip-address": "192.0.2.31"}]},
    {"pools": [{"pool": "192.0.2.10-192.0.2.20"}]},
    {"id": 0},
]


@st.composite
def _configs(draw: st.DrawFn) -> Block:
    subnets = []
    for number in range(3):
        prefix = f"192.0.{number + 2}."
        text = repr(_SUBNET | draw(st.sampled_from([{}, *_CHANGES]))).replace("192.0.2.", prefix)
        subnet = eval(text)
        if subnet["id"]:
            subnet["id"] = draw(st.sampled_from([number + 1] * 9 + [1]))
        subnets.append(subnet)
    rest = draw(st.sampled_from([{}, {"valid-lifetime": 4000}, {"valid-lifetime": 5000}, {"option-def": []}]))
    inside = draw(st.integers(0, 2))
    networks = [{"name": "n", "subnet4": subnets[:inside]}] if inside else []
    config: Block = _blocks({**rest, "shared-networks": networks, "subnet4": subnets[inside:]}, ("Dhcp4",))
    return config


@ANY
@given(one=_configs(), other=_configs())
def test_subnets_that_are_written_alike_make_no_difference(
    monkeypatch: pytest.MonkeyPatch, one: Block, other: Block
) -> None:
    ours, theirs = (round_trip.Shown(DHCP4, each, VERSION, HOST) for each in (one, other))
    short = ours.differences(theirs, VERSION.branch)
    with monkeypatch.context() as patched:
        patched.setattr(round_trip, "without_common", lambda one, other, *_, **__: (one, other))
        assert short == ours.differences(theirs, VERSION.branch)


_ROUTES = st.sampled_from(
    [
        ("f", "Dhcp4"), ("f", "Dhcp4", "subnet4"), ("f", "Dhcp4", "subnet4", 0), ("f", "Dhcp4", "subnet4", 1, "reservations"),
        ("f", "Dhcp4", "subnet4", 1, "reservations", 0), ("f", "Dhcp4", "subnet4", 1, "reservations", 1, "hostname"),
        ("f", "Dhcp4", "subnet4", 0, "option-data", 0, "data"), ("f", "Dhcp4", "nowhere"), ("g",), (),
    ]
)  # fmt: skip


def _spec() -> Block:
    hosts = [{"hw-address": f"02:00:00:00:00:0{at}", "hostname": f"h{at}"} for at in range(3)]
    subnets = [
        {"id": 1, "subnet": "192.0.2.0/24", "option-data": [{"name": "routers", "data": "192.0.2.1"}], "reservations": hosts[:1]},
        {"id": 2, "subnet": "192.0.3.0/24", "reservations": hosts},
    ]  # fmt: skip
    spec = Block(("f",), {"pair": "p", "dhcp4": _blocks({"valid-lifetime": 10, "subnet4": subnets}, ("f", "Dhcp4"))})
    spec.moved = {"dhcp4": ("f", "Dhcp4")}
    return spec


@ANY
@given(
    routes=st.dictionaries(_ROUTES, st.sampled_from(["before", "beside", "after"]), max_size=3),
    moved=st.none() | st.tuples(st.integers(0, 2), _ROUTES),
)
def test_comments_are_looked_for_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, routes: dict[Route, str], moved: tuple[int, Route] | None
) -> None:
    spec = _spec()
    if moved is not None:
        host = spec["dhcp4"]["subnet4"][1]["reservations"][moved[0]]
        host.moved = {"hostname": moved[1]}
    remarks: dict[Route, Remarks] = {}
    for number, (route, place) in enumerate(routes.items()):
        getattr(remarks.setdefault(route, Remarks()), place).append(f"remark {number}")
    short = spec_text.yaml_text(spec, remarks)
    there = comment_places._there(spec, routes)
    inner = comment_places._inner(spec, list(routes))
    with monkeypatch.context() as patched:
        patched.setattr(spec_text, "routes_of_maps", lambda _: None)
        patched.setattr(comment_places, "routes_of_maps", lambda _: None)
        patched.setattr(spec_text._Writer, "inside", lambda self, *_: self)
        assert short == spec_text.yaml_text(spec, remarks)
        assert there == comment_places._there(spec, routes)
        assert inner == comment_places._inner(spec, list(routes))


@ANY
@given(tree=_trees())
def test_times_and_options_are_looked_for_where_they_can_be(monkeypatch: pytest.MonkeyPatch, tree: Block) -> None:
    spec = Block((), {"dhcp4": tree})
    short = by_hand._with_durations(spec), by_hand._with_option_names(spec, VERSION)
    with monkeypatch.context() as patched:
        patched.setattr(by_hand, "_timed_scopes", lambda name: by_hand.program(name).scopes.keys())
        patched.setattr(by_hand, "keys_in", lambda _: {"option-data"})
        long = by_hand._with_durations(spec), by_hand._with_option_names(spec, VERSION)
    assert short == long
    assert [each is spec for each in short] == [each is spec for each in long]


def test_what_is_common_is_left_out_of_both() -> None:
    one = _blocks({"subnet4": [{"id": 1, "reservations": [{"a": 1}]}, {"id": 2, "reservations": []}], "x": [{"y": 1}]})
    other = copy.deepcopy(one)
    other["subnet4"][1]["pools"] = []
    left = common_parts.without_common(one, other, round_trip._alike, subnets=True)
    assert left == ({"subnet4": [{"id": 2}], "x": [{"y": 1}]}, {"subnet4": [{"id": 2, "pools": []}], "x": [{"y": 1}]})
    kept = common_parts.without_common(one, other, round_trip._alike)
    assert kept[0] == {"subnet4": [{"id": 1}, {"id": 2}], "x": [{"y": 1}]}


_SPACES = st.lists(
    st.sampled_from(["// a\n", "# b\n", "/* c */", "/* d\n e */", "\n", "\n", "  "]), max_size=2
).map("".join)  # fmt: skip


@st.composite
def _commented(draw: st.DrawFn, depth: int = 3) -> str:
    """A value of Kea's JSON with spaces and comments everywhere."""
    if not depth or draw(st.booleans()):
        return draw(st.sampled_from(["1", '"x"', "true"]))
    size = draw(st.integers(0, 3))
    a_map = draw(st.booleans())
    items = [
        f'{draw(_SPACES)}"{number}"{draw(_SPACES)}:{draw(_SPACES)}{draw(_commented(depth - 1))}{draw(_SPACES)}'
        if a_map
        else f"{draw(_SPACES)}{draw(_commented(depth - 1))}{draw(_SPACES)}"
        for number in range(size)
    ]
    inside = ",".join(items) or draw(_SPACES)
    return f"{{{inside}}}" if a_map else f"[{inside}]"


@ANY
@given(first=_commented(), second=_commented(), around=st.tuples(_SPACES, _SPACES, _SPACES))
def test_comments_belong_to_what_is_on_their_lines(
    monkeypatch: pytest.MonkeyPatch, first: str, second: str, around: tuple[str, str, str]
) -> None:
    text = f'{around[0]}{{"Dhcp4": {first},{around[1]} "x": {second}}}{around[2]}'
    document = read_kea_json_text(text, comments=True).document
    assert document is not None
    short = comments.remarks(document)
    with monkeypatch.context() as patched:
        patched.setattr(comments, "_near", lambda _: lambda *_: True)
        assert short == comments.remarks(document)
