"""`diff` of an imported spec against the files that it comes from, or against what servers show that have loaded them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from kea_hac.api import judge, load_text
from kea_hac.changes.change import spelt
from kea_hac.drift.bases import Bases
from kea_hac.drift.diffing import diff
from kea_hac.importing.run import Imported
from kea_hac.kea.config import Json
from kea_hac.kea.hidden import masked
from kea_hac.live.endpoint import Live

Answers = Mapping[tuple[str, str], Mapping[str, Json]]
"""By server and daemon: what stands under the daemon's top key of its config-get."""


def differences(found: Imported, folder: Path, answers: Answers | None = None) -> list[str] | None:
    """What `diff` reports: "server daemon path". None where the spec has errors, so that `diff` compares nothing.

    Without `answers` the servers hold what the files say, as when `--live` names a folder with copies of them.
    """
    assert found.text is not None
    checked = judge(load_text(found.text, folder / "spec.yaml"))
    if checked.site is None or checked.build is None:
        return None
    lives = []
    for trip in found.trips:
        daemon = trip.given.configuration.daemon
        held = trip.given.configuration.config if answers is None else answers[trip.server, daemon.name]
        lives.append(Live(trip.server, daemon, masked(held)))
    bases = Bases(checked.build, folder / "build", None)
    drift = diff(checked.site, checked.build, lives, bases, resolve=lambda _: None, today=date(2026, 1, 1))
    return [f"{each.server} {each.daemon.name} {spelt(each.path)}" for each in drift.changes]
