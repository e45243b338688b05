"""Secrets that a server showed are compared and never shown."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.config import Block
from kea_hac.kea.hidden import MASK, Hidden, mask, masked
from kea_hac.source.document import Secret
from kea_hac.source.secrets import names_secret

WORD = "horse-battery-staple"


def test_equal_by_what_they_hold_and_equal_to_nothing_else() -> None:
    assert Hidden(WORD) == Hidden(WORD)
    assert Hidden(WORD) != Hidden(WORD + "s")
    assert Hidden(WORD) != WORD
    assert len({Hidden(WORD), Hidden(WORD), Hidden("other")}) == 2
    assert Hidden("ü\ud800") == Hidden("ü\ud800")
    assert Hidden(WORD).reveal() == WORD


def test_it_shows_nothing_whatever_is_done_to_it() -> None:
    hidden = Hidden(WORD)
    shown = [repr(hidden), str(hidden), f"{hidden}", f"{hidden:>40}", f"{[hidden]}", repr(dir(hidden))]
    try:
        raise ValueError(hidden)
    except ValueError as error:
        shown += traceback.format_exception(error)
    assert MASK in shown[0]
    assert not [text for text in shown if WORD in text]
    assert copy.deepcopy([hidden]) == [hidden]
    for dump in (json.dumps, orjson.dumps, pickle.dumps):
        with pytest.raises(TypeError) as refused:
            dump({"password": hidden})  # type: ignore[operator]
        assert WORD not in str(refused.value)


def test_every_secret_of_a_configuration_is_wrapped() -> None:
    config = {
        "lease-database": {"type": "mysql", "user": "kea", "password": WORD},
        "hosts-databases": [{"password": WORD, "password-file": "name-only"}],
        "hooks-libraries": [
            {"parameters": {"high-availability": [{"peers": [{"basic-auth-password": WORD}]}], "secret": WORD}}
        ],
        "user-context": {"API_key": WORD, "pass-phrase": "kept", "tokens": [WORD, {"any": WORD}, 5, True, None]},
        "secret-file": "kept",
        "valid-lifetime": 4000,
    }
    made = masked(config)
    assert WORD not in repr(made)
    assert made["lease-database"] == {"type": "mysql", "user": "kea", "password": Hidden(WORD)}
    assert made["hosts-databases"] == [{"password": Hidden(WORD), "password-file": "name-only"}]
    assert made["user-context"] == {
        "API_key": Hidden(WORD),
        "pass-phrase": "kept",
        "tokens": [Hidden(WORD), {"any": Hidden(WORD)}, Hidden("5"), True, None],
    }
    assert made["secret-file"] == "kept"
    assert config["lease-database"]["password"] == WORD, "the caller's tree is its own"  # type: ignore[index]
    assert masked(made) == made


@given(
    st.sampled_from(["password", "passwd", "passphrase", "secret", "api-key", "api_key", "apikey", "token"]),
    st.sampled_from(["", "s"]),
    st.text(max_size=4),
    st.booleans(),
)
def test_the_quick_look_misses_no_key(word: str, plural: str, before: str, upper: bool) -> None:
    key = before + (word + plural).upper() if upper else before + word + plural
    assert names_secret(key)
    assert masked({"subnet4": [{key: WORD}]}) == {"subnet4": [{key: Hidden(WORD)}]}
    assert masked({key: [WORD]}) == {key: [Hidden(WORD)]}


_KEYS = st.sampled_from(["name", "password", "t1-percent", "api_key", "secret-file"])
_TREES = st.recursive(
    st.sampled_from([WORD, 1, 0.5, None, True, Secret("/a"), Hidden(WORD)]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(_KEYS, below, max_size=3),
)


@given(st.dictionaries(_KEYS, _TREES, max_size=3), st.integers(0, 60))
def test_what_is_not_looked_into_has_no_secret(tree: dict[str, Any], more: int) -> None:
    """`masked` leaves alone what names no secret; `mask` looks at every value."""
    tree["reservations"] = [*({"name": str(at)} for at in range(more)), tree.get("name"), *({"a": 1} for _ in range(9))]
    assert masked(tree) == {key: mask(value, secret=names_secret(key)) for key, value in tree.items()}


def test_blocks_stay_blocks() -> None:
    inner = Block(("dhcp4", "lease-database"), {"password": WORD}, {"password": ("elsewhere",)})
    made = masked({"lease-database": inner})["lease-database"]
    assert isinstance(made, Block)
    assert (made.at, made.where("password"), made["password"]) == (inner.at, ("elsewhere",), Hidden(WORD))
