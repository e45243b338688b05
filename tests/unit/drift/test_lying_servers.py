"""A server may answer anything: it is read or it is not, and its partner is compared as if nothing had been."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from kea_hac.adopt import adopt
from kea_hac.api import Checked, Loaded, judge, load
from kea_hac.drift.bases import Bases
from kea_hac.drift.diffing import Drift, diff
from kea_hac.kea.config import DAEMONS, Daemon
from kea_hac.kea.config_get import predict
from kea_hac.live import ask
from kea_hac.live import gather as gathering
from kea_hac.live.ask import Caller
from kea_hac.live.endpoint import Endpoint, Http, Saved
from kea_hac.live.gather import gather
from kea_hac.live.limits import RequestLimits
from kea_hac.report import adoption as adoption_report
from kea_hac.report import as_json, drift_github, drift_markdown, drift_text
from kea_hac.report import drift as drift_data
from tests.unit.drift.lies import lie
from tests.unit.drift.pairs import TODAY

QUICK = RequestLimits(tries=1, between=0, settle=0)
STATES = Path(__file__).parents[1] / "live/status_get.json"
STATUS = [{**each["status"], "uptime": 99, "reload": 7} for each in json.loads(STATES.read_text("utf-8"))]
SHIPPED = Path(__file__).parents[3] / "specs"
SEEDS = ("campus", "branch", "hub", "secure", "modern", "archive")
ROUNDS = 20
"""Of each part of each seed; a round is ten lies."""


class Site:
    """A shipped spec, and what its servers answer when they hold it."""

    def __init__(self, name: str) -> None:
        self.loaded: Loaded = load(SHIPPED / f"{name}.yaml")
        self.checked: Checked = judge(self.loaded)
        assert self.checked.site is not None
        assert self.checked.build is not None
        nodes = {node.name: node for node in self.checked.site.nodes}
        self.held: dict[tuple[str, str], Any] = {}
        self.daemons: dict[tuple[str, str], Daemon] = {}
        for artifact in self.checked.build.artifacts:
            daemon = DAEMONS.get(artifact.name)
            if daemon is not None and artifact.tree is not None:
                node = nodes[artifact.server]
                config = predict(daemon, artifact.tree[daemon.top], node.version, node.platform)
                key = (artifact.server, daemon.name)
                self.held[key] = json.loads(
                    orjson.dumps(config, default=lambda _: "a secret", option=orjson.OPT_PASSTHROUGH_DATACLASS)
                )
                self.daemons[key] = daemon

    def answers(self, key: tuple[str, str], chance: random.Random) -> dict[str, Any]:
        """What one daemon answers to each command."""
        config = {self.daemons[key].top: self.held[key], "hash": "AB" * 32}
        return {
            "config-get": {"result": 0, "arguments": config},
            "config-hash-get": {"result": 0, "arguments": {"hash": "AB" * 32}},
            "status-get": {"result": 0, "arguments": chance.choice(STATUS)},
            "version-get": {"result": 0, "text": "2.6.3", "arguments": {"extended": "2.6.3 (tarball)"}},
            "ha-heartbeat": {"result": 0, "arguments": {"date-time": "Sun, 29 Nov 2026 10:05:29 GMT"}},
        }

    def diff(self, lives: Any) -> Drift:
        assert self.checked.site is not None
        assert self.checked.build is not None
        bases = Bases(self.checked.build, Path("nowhere"))
        return diff(self.checked.site, self.checked.build, lives, bases, resolve=lambda _: None, today=TODAY)

    def written(self, drift: Drift) -> str:
        """The diff in every form."""
        assert self.checked.site is not None
        document = self.checked.site.document
        texts = [
            drift_text.render(drift, document, colour=True),
            drift_text.summary(drift),
            drift_markdown.render(drift, document),
            drift_github.render(drift, document),
            as_json.render(drift_data.data(drift, document)),
        ]
        return "".join(texts)


@pytest.fixture(scope="module", params=SEEDS)
def site(request: pytest.FixtureRequest) -> Site:
    return Site(request.param)


def _said(monkeypatch: pytest.MonkeyPatch, bodies: Mapping[tuple[str, str, str], bytes]) -> None:
    """Servers answer this, without a network: by server, daemon and command."""

    def answer(caller: Caller, command: str, *_: object) -> bytes:
        assert isinstance(caller.channel, Http)
        return bodies[caller.server, str(caller.channel.service), command]

    monkeypatch.setattr(ask, "_with_retries", answer)
    monkeypatch.setattr(gathering, "started", lambda _: False)  # no threads: nothing here waits


def _is_fair(drift: Drift, liar: tuple[str, str], keys: Any) -> bool:
    """Everybody but the liar was compared, and the liar was, or is unread with a reason that can be printed."""
    compared = {(each.server, each.daemon.name) for each in drift.compared}
    for each in drift.unread:
        assert (each.server, each.daemon.name) == liar
        assert each.reason.isprintable()
        assert len(each.reason) < 700, each.reason
    return compared >= set(keys) - {liar} and len(compared) + len(drift.unread) == len(set(keys))


@pytest.mark.parametrize("command", ["config-get", "status-get", "version-get", "config-hash-get", "ha-heartbeat"])
def test_one_liar_hides_nobody(site: Site, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(f"{site.checked.path.name} {command}")
    keys = list(site.held)
    rounds = ROUNDS * 10 if command == "config-get" else ROUNDS * 2
    unread = 0
    for number in range(rounds):
        bodies = {
            (*key, name): orjson.dumps([answer]) for key in keys for name, answer in site.answers(key, chance).items()
        }
        liar = chance.choice(keys)
        bodies[(*liar, command)] = lie(chance, json.loads(bodies[(*liar, command)])[0])
        _said(monkeypatch, bodies)
        endpoints = [Endpoint(*_named(site, key), Http("http://192.0.2.1:8000/", key[1])) for key in keys]
        lives = gather(endpoints, expected=dict.fromkeys(keys, "CD" * 32), limits=QUICK)
        drift = site.diff(lives)
        assert _is_fair(drift, liar, keys)
        unread += len(drift.unread)
        site.written(drift).encode("utf-8", "strict")
        if number % 20 == 0:
            _adopted(site, drift)
    assert unread < rounds, "some lies say something that a server could say"
    assert unread > 0 or command in ("config-hash-get", "ha-heartbeat")


def test_one_lying_file_hides_no_other(site: Site, tmp_path: Path) -> None:
    chance = random.Random(site.checked.path.name)
    keys = list(site.held)
    unread = 0
    for _ in range(ROUNDS * 3):
        for server, daemon in keys:
            path = tmp_path / f"{server}-{daemon}.json"
            path.write_text(json.dumps({site.daemons[server, daemon].top: site.held[server, daemon]}), "utf-8")
        liar = chance.choice(keys)
        whole = {"result": 0, "arguments": {site.daemons[liar].top: site.held[liar]}}
        (tmp_path / f"{liar[0]}-{liar[1]}.json").write_bytes(lie(chance, whole))
        endpoints = [Endpoint(*_named(site, key), Saved(tmp_path / f"{key[0]}-{key[1]}.json")) for key in keys]
        drift = site.diff(gather(endpoints))
        assert _is_fair(drift, liar, keys)
        unread += len(drift.unread)
        site.written(drift).encode("utf-8", "strict")
    assert unread > 0


def _named(site: Site, key: tuple[str, str]) -> tuple[str, Daemon]:
    return key[0], site.daemons[key]


def _adopted(site: Site, drift: Drift) -> None:
    """What is adopted of it, or why not, can be said too."""
    made = adopt.adopt_drift(site.loaded, drift, resolve=lambda _: None, prefer=adopt.Prefer.LIVE, shared={})
    adoption_report.render(made, ()).encode("utf-8", "strict")
