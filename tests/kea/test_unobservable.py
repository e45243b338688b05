"""Every row of the table of what config-get does not show, on real servers: two configurations, one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, Daemon
from kea_hac.kea.config_get import facts, from_answer, predict, unobservable
from kea_hac.kea.version import KeaVersion
from tests.lab import config_get, reload

pytestmark = pytest.mark.kea


@dataclass(frozen=True, slots=True)
class Pair:
    """Two configurations that differ in what a row says is not seen, and only there."""

    fact: str
    daemon: Daemon
    one: Mapping[str, Any]
    other: Mapping[str, Any]
    path: tuple[str | int, ...]


def _option(code: int, data: str) -> dict[str, Any]:
    return {"option-data": [{"code": code, "csv-format": False, "data": data}]}


def _own_43(data: str) -> dict[str, Any]:
    """Option 43 with a meaning that a client class gives it: shown since 3.0, and in 2.2."""
    definition = {"name": "own", "code": 43, "type": "uint32"}
    return {"client-classes": [{"name": "a", "option-def": [definition], "option-data": [{"code": 43, "data": data}]}]}


def _network(prefix: str) -> dict[str, Any]:
    pool = {"prefix": prefix, "prefix-len": 48, "delegated-len": 64}
    return {"subnet6": [{"id": 1, "subnet": "2001:db8::/32", "pd-pools": [pool]}]}


def pairs(version: str) -> list[Pair]:
    """Of the rows whose configurations a server answers for."""
    data = ("option-data", 0, "data")
    options = "output_options" if version == "2.2.0" else "output-options"
    output: dict[str, Any] = {"output": "stdout"}
    logger: dict[str, Any] = {"name": "kea-dhcp4", "severity": "INFO"}
    queue: dict[str, Any] = {"multi-threading": {"enable-multi-threading": True}}
    ddns = {"ddns-qualifying-suffix": "a.example.", "dhcp-ddns": {"enable-updates": False}}
    return [
        Pair("container-data", DHCP4, _option(43, "0104C0000201"), _option(43, "0104C0000202"), data),
        Pair("container-data", DHCP6, _option(20, "01"), _option(20, "02"), data),
        Pair("container-data", DHCP4, _own_43("7"), _own_43("8"), ("client-classes", 0, *data)),
        Pair("option-cut", DHCP4, _option(19, "0102"), _option(19, "0103"), data),
        Pair("option-cut", DHCP6, _option(12, "00" * 17), _option(12, "00" * 18), data),
        Pair(
            "retry-wait-time",
            DHCP4,
            {"interfaces-config": {"interfaces": [], "service-sockets-retry-wait-time": 1}},
            {"interfaces-config": {"interfaces": [], "service-sockets-retry-wait-time": 2}},
            ("interfaces-config", "service-sockets-retry-wait-time"),
        ),
        Pair(
            "enable-queue",
            DHCP4,
            {**queue, "dhcp-queue-control": {"enable-queue": True}},
            {**queue, "dhcp-queue-control": {"enable-queue": False}},
            ("dhcp-queue-control", "enable-queue"),
        ),
        Pair(
            "compatibility",
            DHCP4,
            {"compatibility": {"lenient-option-parsing": True}},
            {},
            ("compatibility", "lenient-option-parsing"),
        ),
        Pair("data-directory", DHCP6, {"data-directory": "/var/lib/kea"}, {}, ("data-directory",)),
        Pair(
            "output-size",
            DHCP4,
            {"loggers": [{**logger, options: [{**output, "maxver": 3}]}]},
            {"loggers": [{**logger, options: [{**output, "maxver": 4}]}]},
            ("loggers", 0, options, 0, "maxver"),
        ),
        Pair(
            "ddns-legacy",
            DHCP4,
            {**ddns, "dhcp-ddns": {"enable-updates": False, "qualifying-suffix": "b.example."}},
            ddns,
            ("dhcp-ddns", "qualifying-suffix"),
        ),
        Pair("rounded", DHCP4, {"t1-percent": 0.1234567}, {"t1-percent": 0.1234568}, ("t1-percent",)),
        Pair("agent-cert-required", CTRL_AGENT, {"cert-required": True}, {"cert-required": False}, ("cert-required",)),
    ]


def _text(daemon: Daemon, config: Mapping[str, Any]) -> bytes:
    agent = {"http-port": 8000} if daemon is CTRL_AGENT else {}
    return json.dumps({daemon.top: {**config, **agent}}).encode()


def _holds(fact_id: str, version: str) -> bool:
    branch = KeaVersion.parse(version).branch
    return any(fact.id == fact_id and branch in fact.branches for fact in facts())


def _hides(pair: Pair, version: str) -> bool:
    shows_own_43 = pair.path[0] == "client-classes" and version == "3.0.4"
    return _holds(pair.fact, version) and not shows_own_43


def test_two_configurations_one_answer(kea_version: str) -> None:
    version = KeaVersion.parse(kea_version)
    held = [pair for pair in pairs(kea_version) if _hides(pair, kea_version)]
    for daemon in (DHCP4, DHCP6, CTRL_AGENT):
        own = [pair for pair in held if pair.daemon is daemon]
        texts = [_text(daemon, config) for pair in own for config in (pair.one, pair.other)]
        if daemon is CTRL_AGENT:
            answers = [config_get(kea_version, daemon.name, text) for text in texts]
        else:
            loaded = reload(kea_version, daemon.name, texts)
            assert not [each.error for each in loaded if each.error]
            answers = [each.shown or {} for each in loaded]
            assert [each.hash for each in loaded[::2]] == [each.hash for each in loaded[1::2]]
        for pair, one, other in zip(own, answers[::2], answers[1::2], strict=True):
            assert from_answer(daemon, one) == from_answer(daemon, other), pair.fact
            assert predict(daemon, pair.one, version) == predict(daemon, pair.other, version), pair.fact
            found = unobservable(daemon, pair.one, version)
            assert [(each.fact.id, each.path) for each in found] == [(pair.fact, pair.path)]


def test_other_versions_show_it(kea_version: str) -> None:
    """Where a row does not hold, the two answers differ, and no place is named."""
    version = KeaVersion.parse(kea_version)
    free = [pair for pair in pairs(kea_version) if not _hides(pair, kea_version)]
    for pair in free:
        if pair.daemon is CTRL_AGENT or pair.fact == "ddns-legacy":  # the agent is gone, the old keys are refused
            continue
        one, other = (config for config in (pair.one, pair.other))
        if pair.fact == "data-directory":  # 2.2 remembers it from one configuration to the next
            assert "data-directory" in config_get(kea_version, pair.daemon.name, _text(pair.daemon, one))[DHCP6.top]
            continue
        loaded = reload(kea_version, pair.daemon.name, [_text(pair.daemon, each) for each in (one, other)])
        if pair.fact == "container-data" and pair.daemon is DHCP6:  # 2.2 keeps no bytes of these
            assert unobservable(DHCP6, one, version)[0].fact.id == "option-cut"
            continue
        assert loaded[0].shown != loaded[1].shown, pair.fact
        assert unobservable(pair.daemon, one, version) == ()


ANSWERS: tuple[tuple[str, Daemon, Mapping[str, Any], tuple[str | int, ...]], ...] = (
    ("exponent", DHCP4, {"t1-percent": 0.00001}, ("t1-percent",)),
    ("severity", DHCP4, {"loggers": [{"name": "kea-dhcp4"}]}, ("loggers", 0, "severity")),
    ("deadly-option", DHCP6, _option(3, "00" * 12), ("option-data", 0, "data")),
    ("pd-pool-host-bits", DHCP6, _network("2001:db8:8000::1"), ("subnet6", 0, "pd-pools", 0, "prefix")),
)


@pytest.mark.parametrize(("fact_id", "daemon", "config", "path"), ANSWERS, ids=[each[0] for each in ANSWERS])
def test_no_answer_at_all(
    kea_version: str, fact_id: str, daemon: Daemon, config: Mapping[str, Any], path: tuple[str | int, ...]
) -> None:
    version = KeaVersion.parse(kea_version)
    loaded = reload(kea_version, daemon.name, [_text(daemon, config)])[0]
    found = [each.path for each in unobservable(daemon, config, version) if each.fact.id == fact_id]
    holds = _holds(fact_id, kea_version) and not (fact_id == "exponent" and kea_version == "3.0.4")
    assert found == ([path] if holds else [])
    if holds:
        assert loaded.shown is None
        words = {"exponent": "Expecting", "severity": "illegal severity", "pd-pool-host-bits": "config-get: "}
        assert words.get(fact_id, "gave no answer") in loaded.error
