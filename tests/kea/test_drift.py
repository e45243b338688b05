"""The two promises of `diff` before real Kea: nothing differs after loading what was said, and one change is one difference.

Made configurations of every scope are loaded into a running server, each as it is and with one value changed.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from kea_hac.changes.change import spelt
from kea_hac.changes.three_way import Difference, compare
from kea_hac.diagnostics import Route
from kea_hac.kea.config import DHCP4, DHCP6, Block, Daemon
from kea_hac.kea.config_get import from_answer, predict
from kea_hac.kea.grammar import Kind, ProgramName, program
from kea_hac.kea.platform import platform
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.recognise import recognise
from kea_hac.source import read_kea_json_text
from tests.differential.making import startable
from tests.differential.places import places
from tests.differential.values import Hand, value
from tests.lab import reload
from tests.sizes import size

pytestmark = pytest.mark.kea

CONFIGS = size("DRIFT", 70, 270)
"""Configurations of each family and version; a nightly run may ask for more."""
DAEMONS: Mapping[ProgramName, Daemon] = {"dhcp4": DHCP4, "dhcp6": DHCP6}
_DRAWS = 200
_FOLLOWS = {"enable-multi-threading": ("dhcp-queue-control", "enable-queue")}
"""What Kea itself changes with a value: the queue is off wherever multi-threading is on (dhcp_queue_control_parser.cc)."""
_NOT_CHANGED = frozenset({"comment", "data-directory"})
"""The first is another way to write user-context; the second stays in 2.2.0 until it is restarted, whatever is loaded after it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A configuration in which one value is another."""

    config: dict[str, Any]
    map: Route
    """The map that was changed."""
    key: str


def changed(name: ProgramName, version: KeaVersion, config: dict[str, Any], chance: Random) -> Changed:
    """One keyword of one map set to another value, added or taken away."""
    made = copy.deepcopy(config)
    for _ in range(_DRAWS):
        place = chance.choice(places(program(name), made))
        words = {
            key: word
            for key, word in place.keywords(version.branch).items()
            if word.scope is None and word.kind is not Kind.MAP and key not in _NOT_CHANGED
        }
        if not words:
            continue
        key = chance.choice(sorted(words))
        if key in place.map and chance.random() < 0.25:
            del place.map[key]
            return Changed(made, _route(made, place.map), key)
        try:
            new = value(Hand(name, version.branch, chance, 200, 1000), place.scope.name, words[key])
        except LookupError:  # nothing is known that could stand there
            continue
        if place.map.get(key) != new:
            place.map[key] = new
            return Changed(made, _route(made, place.map), key)
    raise AssertionError("nothing could be changed")


def _route(node: Any, wanted: object, at: Route = ()) -> Route:
    """Where a map of a configuration is, told by what it is and not by what it says."""
    if node is wanted:
        return at
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, below in items:
        if isinstance(below, dict | list):
            try:
                return _route(below, wanted, (*at, key))
            except LookupError:
                continue
    raise LookupError


def read(text: str, version: KeaVersion) -> Block:
    """A file's text as `diff` reads a base."""
    document = read_kea_json_text(text, opaque=True).document
    assert document is not None
    return recognise(document, version, None, lambda _: None).configurations[0].config


def differences(daemon: Daemon, version: KeaVersion, said: Block, answer: Mapping[str, Any]) -> list[Difference]:
    """What `diff` finds in an answer, where `said` was loaded and the spec has not moved."""
    found = compare(daemon, version.branch, said, said, from_answer(daemon, answer))
    return [each for each in found if isinstance(each, Difference)]


def in_its_place(found: Difference, change: Changed, top: str) -> bool:
    """The difference is at the changed value or at the item whose value it is; an inherited one may be told where it comes from."""
    if found.route is None:
        return False
    if found.path == _FOLLOWS.get(change.key):
        return True
    place = (top, *change.map)
    inside, above = found.route[: len(place)] == place, place[: len(found.route)] == found.route
    holder = found.route[:-1]
    inherited = found.path[-1] == change.key and place[: len(holder)] == holder
    return inside or above or inherited


def same_byte(change: Changed, top: str, *shown: Mapping[str, Any]) -> bool:
    """Whether only the notation of an option's one byte changed: `7` as a number and as hexadecimal digits is 07 for every client."""
    if change.key != "csv-format":
        return False
    texts = []
    for answer in shown:
        node: Any = answer[top]
        for key in change.map:
            node = node[key]
        if not str(node["data"]).isalnum():
            return False
        texts.append((str(node["data"]), bool(node["csv-format"])))
    (one, as_text), (other, also_as_text) = texts
    if as_text == also_as_text:
        return False
    text, digits = (one, other) if as_text else (other, one)
    return len(digits) == 2 and text.isdecimal() and int(text) == int(digits, 16)


@pytest.mark.slow
@pytest.mark.parametrize("name", DAEMONS)
def test_one_change_is_one_difference(name: ProgramName, kea_version: str, figure: Callable[[str], None]) -> None:
    daemon, version = DAEMONS[name], KeaVersion.parse(kea_version)
    host = platform("debian", "amd64", version)
    changes, files = [], []
    for number in range(CONFIGS):
        config = startable(name, version.branch, f"drift {number}")
        change = changed(name, version, config, Random(f"change {kea_version} {number}"))
        changes.append(change)
        files += [json.dumps({daemon.top: each}, ensure_ascii=False).encode() for each in (config, change.config)]
    loaded = reload(kea_version, name, files)
    counts: Counter[str] = Counter()
    wrong = []
    for change, before, after in zip(changes, loaded[::2], loaded[1::2], strict=True):
        if before.shown is None:
            counts["not loaded"] += 1
            continue
        counts["loaded"] += 1
        said = predict(daemon, read(before.sent, version), version, host)
        alarms = differences(daemon, version, said, before.shown)
        if alarms:
            wrong.append(f"false alarm: {[(spelt(each.path), each.values) for each in alarms][:3]}")
        elif after.shown is not None:
            found = differences(daemon, version, said, after.shown)
            hidden = after.shown == before.shown or same_byte(change, daemon.top, before.shown, after.shown)
            kind = "unseen" if hidden else "one" if len(found) == 1 else "several"
            counts[kind] += 1
            if bool(found) == (kind == "unseen"):
                wrong.append(f"{'miss' if not found else 'false alarm'}: {change.map} {change.key}")
            elif not all(in_its_place(each, change, daemon.top) for each in found):
                wrong.append(
                    f"out of place: {change.map} {change.key}: {[(spelt(each.path), each.route) for each in found]}"
                )
    figure(
        f"diff {kea_version} {name}: {counts['loaded']} configurations loaded, {len(wrong)} wrong; changes that config-get "
        f"shows: {counts['one']} told as one difference, {counts['several']} as several of one map; {counts['unseen']} not shown"
    )
    assert not wrong, "\n".join(wrong[:20])
    assert counts["loaded"] >= 0.9 * CONFIGS
    assert counts["one"] >= 0.4 * CONFIGS
    assert counts["several"] <= 0.2 * counts["one"]
