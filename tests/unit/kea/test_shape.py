"""Shapes at the border: what Kea could have written passes, and the first value that it could not is named by its path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.kea.grammar import program
from kea_hac.kea.hidden import Hidden
from kea_hac.kea.shape import CHARACTERS, DEPTH, KEYS, WrongShapeError, check_shape, kind_of
from kea_hac.source.document import Secret

STATUS = json.loads((Path(__file__).parents[1] / "live/status_get.json").read_text("utf-8"))


def wrong(config: Any, program: str = "dhcp4", scope: str = "Dhcp4") -> str:
    """What is wrong: path, what was found, what was to be there."""
    with pytest.raises(WrongShapeError) as raised:
        check_shape(program, scope, config)
    return f"{raised.value.path}: {raised.value.found}, not {raised.value.wanted}"


def deep(levels: int) -> Any:
    made: Any = 1
    for _ in range(levels):
        made = [made]
    return made


def ha(**relationship: Any) -> dict[str, Any]:
    peers = [{"name": "a", "role": "primary", "url": "http://192.0.2.1:8001/"}]
    whole = {"this-server-name": "a", "mode": "hot-standby", "peers": peers, **relationship}
    library = {"library": "/usr/lib/kea/hooks/libdhcp_ha.so", "parameters": {"high-availability": [whole]}}
    return {"hooks-libraries": [library]}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"subnet4": [{"subnet": "x", "pools": [{"pool": {}}]}]}, "subnet4[0].pools[0].pool: a map, not a string"),
        ({"subnet4": {}}, "subnet4: a map, not a list"),
        ({"subnet4": [[]]}, "subnet4[0]: a list, not a map"),
        ({"subnet4": [{}]}, "subnet4[0].subnet: missing, not a value"),
        ({"valid-lifetime": "7200"}, "valid-lifetime: a string, not an integer"),
        ({"valid-lifetime": True}, "valid-lifetime: a boolean, not an integer"),
        ({"valid-lifetime": 1.5}, "valid-lifetime: a number, not an integer"),
        ({"valid-lifetime": None}, "valid-lifetime: null, not an integer"),
        ({"valid-lifetime": 1 << 63}, "valid-lifetime: an integer of more than 64 bits, not 64 bits at most"),
        ({"t1-percent": float("inf")}, "t1-percent: no finite number, not one"),
        ({"t1-percent": "0.5"}, "t1-percent: a string, not an integer"),
        ({"authoritative": 1}, "authoritative: an integer, not a boolean"),
        ({"host-reservation-identifiers": ["duid", 1]}, "host-reservation-identifiers[1]: an integer, not a string"),
        ({"user-context": []}, "user-context: a list, not a map"),
        ({"user-context": {"a": [10**20]}}, "user-context.a[0]: an integer of more than 64 bits, not 64 bits at most"),
        ({"user-context": {"a": float("nan")}}, "user-context.a: no finite number, not one"),
        ({"new-key": {"b": -(1 << 64)}}, "new-key.b: an integer of more than 64 bits, not 64 bits at most"),
        ({"server-tag": "x" * (CHARACTERS + 1)}, "server-tag: a string of 1,048,577 characters, not 1,048,576 at most"),
        ({"new": dict.fromkeys(map(str, range(KEYS + 1)))}, "new: a map of 10,001 keys, not 10,000 at most"),
        (ha(peers={}), "hooks-libraries[0].parameters.high-availability[0].peers: a map, not a list"),
        (
            ha(peers=[{"name": "a", "url": "x"}]),
            "hooks-libraries[0].parameters.high-availability[0].peers[0].role: missing, not a value",
        ),
        ({"hooks-libraries": [{"library": []}]}, "hooks-libraries[0].library: a list, not a string"),
        ([], ": a list, not a map"),
    ],
)
def test_the_first_wrong_value_is_named(config: Any, said: str) -> None:
    assert wrong(config) == said


def test_how_deep() -> None:
    check_shape("dhcp4", "Dhcp4", {"x": deep(DEPTH - 1)})
    assert "maps and lists inside each other" in wrong({"x": deep(DEPTH + 1)})
    assert "maps and lists inside each other" in wrong({"user-context": {"x": deep(DEPTH + 100)}})


def test_keys_of_a_newer_kea_hold_anything() -> None:
    value = {"a": [1, -(1 << 63), (1 << 63) - 1, 0.5, "x", None, True, [], {}]}
    check_shape(
        "dhcp4",
        "Dhcp4",
        {"new": value, "subnet4": [{"subnet": "x", "new": value, "pools": [{"pool": "y", "z": value}]}]},
    )
    check_shape("answers", "status-get", {"new": value, "pid": 1})


def test_words_and_ranges_of_a_newer_kea_pass() -> None:
    check_shape("dhcp4", "Dhcp4", {"allocator": "quantum", "valid-lifetime": -5, **ha(mode="triple")})


def test_what_is_hidden_or_not_at_hand_passes() -> None:
    secret = Secret("/etc/kea/x.json")
    check_shape(
        "dhcp4",
        "Dhcp4",
        {"subnet4": secret, "lease-database": secret, "valid-lifetime": secret, "authoritative": secret},
    )
    check_shape("dhcp4", "Dhcp4", {"lease-database": {"type": "mysql", "password": Hidden("x")}, "subnet4": [secret]})


@pytest.mark.parametrize("name", ["dhcp4", "dhcp6", "ctrl-agent", "ha", "answers"])
def test_every_key_of_every_vocabulary_has_a_shape(name: str) -> None:
    """No kind of a value passes under every key, and a value of the right kind does."""
    for scope in program(name).scopes.values():  # type: ignore[arg-type]
        required = {key: Secret("x") for key in scope.required}
        for key in scope.keywords:
            odd = 0
            for value in ({}, [], "x", 1, True, None):
                try:
                    check_shape(name, scope.name, {**required, key: value})
                except WrongShapeError as found:
                    odd += found.path == key
            assert odd >= 4, (scope.name, key)


def test_every_status_of_a_real_server_passes() -> None:
    for each in STATUS:
        check_shape("answers", "status-get", each["status"])


def test_kinds_in_words() -> None:
    values = (1, True, 0.5, "x", Hidden("x"), Secret("x"), {}, [], None)
    words = "an integer, a boolean, a number, a string, a string, a string, a map, a list, null"
    assert ", ".join(kind_of(value) for value in values) == words
