"""Put-get before real Kea: what a server shows after an outside change, adopted and built, is what the server then shows again.

Specs by chance and the shipped ones are built and loaded; a change is loaded by hand; what config-get answers is adopted; and
what the new build holds is loaded. Nothing but what was refused may differ.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kea_hac.adopt.adopt import Adoption, LiveConfiguration, adopt
from kea_hac.api import Loaded, judge, load, loaded
from kea_hac.changes.change import spelt
from kea_hac.changes.three_way import Difference, compare
from kea_hac.compiler.artifacts import MANIFEST
from kea_hac.compiler.built import configs
from kea_hac.drift.diffing import canonical
from kea_hac.kea.config import FAMILIES, Daemon
from kea_hac.kea.config_get import from_answer
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Node
from kea_hac.source.ledger import Reading
from tests.kea.built import provided_for
from tests.kea.test_drift import changed
from tests.lab import reload
from tests.lab.certificates import Authority
from tests.making_specs import as_yaml, spec
from tests.shipped import SHIPPED, for_version, sayable
from tests.sizes import size
from tests.unit.drift.adopting import by_chance, nothing_at_hand

pytestmark = pytest.mark.kea

SPECS = size("ADOPT", 18, 60)
"""Specs by chance of each family and version; a nightly run may ask for more."""
NOT_OURS = ("control-socket", "control-sockets", "data-directory")
"""The lab has sockets of its own; the directory stays in 2.2.0 until it is restarted, whatever is loaded after it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One daemon of one spec, and its file with a change."""

    spec: Loaded
    node: Node
    before: bytes
    after: bytes


def cases(daemon: Daemon, version: KeaVersion, folder: Path) -> tuple[list[Case], dict[str, bytes]]:
    """Specs with one change each, and the files that their hosts must have."""
    made: list[Case] = []
    files: dict[str, bytes] = {}
    authority = Authority()
    for number in range(SPECS):
        chance = Random(f"adopt {version} {daemon.name} {number}")
        (folder / f"{number}").mkdir()
        path = folder / f"{number}" / "spec.yaml"
        path.write_text(as_yaml(spec(chance, version.branch, want=None)), "utf-8")
        made += _case(load(path), daemon, version, chance, authority, files)
    for number, each in enumerate(SHIPPED * 3):
        if each.stem != "secure" and sayable(each, version.branch):  # it needs a database
            chance = Random(f"adopt {version} {daemon.name} shipped {number}")
            path = for_version(each, version.branch, folder / f"shipped {number}")
            made += _case(load(path), daemon, version, chance, authority, files)
    return made, files


def _case(
    given: Loaded,
    daemon: Daemon,
    version: KeaVersion,
    chance: Random,
    authority: Authority,
    files: dict[str, bytes],
) -> list[Case]:
    checked = judge(given)
    assert checked.site is not None
    assert checked.build is not None
    nodes = [node for node, each, _ in configs(checked.site, checked.build) if each == daemon]
    if not nodes:
        return []
    node = chance.choice(nodes)
    for found in provided_for(checked.build.files[MANIFEST], authority).values():
        files.update(found)
    before = checked.build.files[f"{node.name}/{daemon.file}"]
    tree = json.loads(before)
    config = tree[daemon.top]
    if chance.random() < 0.6:
        tree[daemon.top] = changed(daemon.name, version, config, chance).config  # type: ignore[arg-type]
    else:
        by_chance(config, chance, daemon)
    return [Case(given, node, before, json.dumps(tree, ensure_ascii=False).encode())]


def held(case: Case, daemon: Daemon, version: KeaVersion, answer: Mapping[str, Any]) -> LiveConfiguration:
    """What the server holds, as it would outside the lab."""
    checked = judge(case.spec)
    assert checked.site is not None
    assert checked.build is not None
    config = next(
        config
        for node, each, config in configs(checked.site, checked.build)
        if (node.name, each) == (case.node.name, daemon)
    )
    base = canonical(case.node, daemon, config, version, nothing_at_hand)
    live = {key: value for key, value in from_answer(daemon, answer).items() if key not in NOT_OURS}
    live |= {key: base[key] for key in NOT_OURS if key in base}
    return LiveConfiguration(
        case.node.name, daemon, version, base, canonical(case.node, daemon, live, version, nothing_at_hand)
    )


def new_file(made: Adoption, case: Case, daemon: Daemon) -> bytes:
    """What the edited spec is built to."""
    checked = judge(loaded(case.spec.path, Reading(made.plan.document)))
    assert checked.build is not None
    return checked.build.files[f"{case.node.name}/{daemon.file}"]


@pytest.mark.slow
@pytest.mark.parametrize("daemon", FAMILIES, ids=lambda each: each.name)
def test_what_was_adopted_and_built_is_what_the_server_had(
    daemon: Daemon, kea_version: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    version = KeaVersion.parse(kea_version)
    given, files = cases(daemon, version, tmp_path)
    answers = reload(kea_version, daemon.name, [each for case in given for each in (case.before, case.after)], files)
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    again: list[tuple[Case, LiveConfiguration, Adoption]] = []
    for case, before, after in zip(given, answers[::2], answers[1::2], strict=True):
        if (
            before.shown is None
        ):  # what it names is not on the lab's host, or the change before it has broken the server
            counts["not loaded"] += 1
            continue
        unmoved = adopt(case.spec, [held(case, daemon, version, before.shown)], resolve=nothing_at_hand)
        if unmoved.plan.texts or unmoved.refused:
            found = [spelt(each.change.path) for each in unmoved.refused] + [
                spelt(each.path) for each in unmoved.adopted
            ]
            wrong.append(f"{case.spec.path}: something to adopt where nothing was changed: {found}")
        if after.shown is None:
            counts["changes that Kea refused"] += 1
            continue
        now = held(case, daemon, version, after.shown)
        made = adopt(case.spec, [now], resolve=nothing_at_hand)
        counts["adopted"] += bool(made.adopted)
        counts["refused"] += bool(made.refused)
        counts["not shown"] += not made.adopted and not made.refused
        again.append((case, now, made))
    rebuilt = reload(kea_version, daemon.name, [new_file(made, case, daemon) for case, _, made in again], files)
    for (case, now, made), answer in zip(again, rebuilt, strict=True):
        if answer.shown is None:
            wrong.append(f"{case.spec.path}: Kea refuses the new build: {answer.error}")
            continue
        have = held(case, daemon, version, answer.shown).live
        left = compare(daemon, version.branch, None, copy.copy(have), now.live)  # type: ignore[arg-type]
        refused = {spelt(each.change.path) for each in made.refused}
        paths = {spelt(each.path) for each in left if isinstance(each, Difference)}
        if not all(any(path.startswith(each) for each in refused) for path in paths):
            wrong.append(
                f"{case.spec.path}: {sorted(paths - refused)} differ after {[spelt(one.path) for one in made.adopted]}"
            )
    figure(
        f"adopt {kea_version} {daemon.name}: {len(given)} outside changes, {counts['adopted']} adopted and built again without a "
        f"difference, {counts['refused']} refused by name, {counts['not shown']} not shown by config-get, "
        f"{counts['changes that Kea refused']} refused by Kea, {counts['not loaded']} not loaded; {len(wrong)} wrong"
    )
    assert not wrong, "\n".join(wrong[:20])
    assert counts["adopted"] >= 0.3 * len(given)
    assert counts["not loaded"] <= 0.15 * len(given)
