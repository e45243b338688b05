"""Configurations with one mistake, each with a sound twin and with what real Kea does: one table for two kinds of test.

The unit tests hold every row against the rules, `tests/kea/test_rules_refuse.py` asks real servers with the very same texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kea_hac.check import subnets
from kea_hac.check.engine import run_checks
from kea_hac.check.rules import (
    addressing,
    channels,
    databases,
    networks,
    reservations,
    reserved_addresses,
    server,
    timers,
)
from kea_hac.check.rules import boot_and_ddns as answers
from kea_hac.check.rules import top_lists as top
from kea_hac.diagnostics import Finding, KeaVerdict, Severity
from tests.unit.check.reading import read
from tests.unit.check.registered import checks_in

ALL = ("2.2.0", "2.6.3", "3.0.4")
NEW = ("2.6.3", "3.0.4")
LAST = ("3.0.4",)
Config = dict[str, Any]
RULES = checks_in(
    subnets, addressing, reservations, reserved_addresses, top, networks, timers, answers, server, databases, channels
)


@dataclass(frozen=True, slots=True)
class Row:
    """A mistake."""

    code: str
    bad: Config
    good: Config
    complaint: str = ""
    """A part of what Kea says; empty when every version accepts it."""
    refusing: tuple[str, ...] = ALL
    """The versions that refuse it; the others accept it."""
    asked: tuple[str, ...] = ALL
    """The versions that know its keys."""
    at_start: bool = False
    """True when `-t` passes and the server does not start."""
    stricter: bool = False
    """True where the rule calls it an error although Kea accepts it: the rule's text says why."""

    @property
    def daemon(self) -> str:
        """dhcp4, dhcp6 or ctrl-agent."""
        return {"Dhcp4": "dhcp4", "Dhcp6": "dhcp6", "Control-agent": "ctrl-agent"}[next(iter(self.bad))]

    def refused_by(self, version: str) -> bool:
        """Whether Kea refuses the bad one."""
        return bool(self.complaint) and version in self.refusing


def text(config: Config) -> str:
    """What the file holds."""
    return json.dumps(config, ensure_ascii=False)


def found(config: Config, version: str) -> list[Finding]:
    """What the rules find in a configuration that the vocabulary has nothing against."""
    configuration, notes = read(text(config), version)
    assert [note for note in notes if (note.severity or note.rule.severity) is Severity.ERROR] == []
    return list(run_checks([configuration], RULES))


def severities(findings: Iterable[Finding], code: str) -> set[Severity]:
    """How bad the findings of one rule are."""
    return {finding.severity or finding.rule.severity for finding in findings if finding.rule.code == code}


def holds(row: Row, version: str) -> None:
    """The rule finds the bad one, says what Kea does, is an error where Kea refuses it, and is silent on the good one."""
    findings = found(row.bad, version)
    worst = severities(findings, row.code)
    assert worst, f"{row.code} found nothing"
    said = {each.kea_verdict for each in findings if each.rule.code == row.code}
    assert said == {KeaVerdict.REFUSES if row.refused_by(version) else KeaVerdict.ACCEPTS}
    assert (Severity.ERROR in worst) is (row.refused_by(version) or row.stricter)
    assert severities(found(row.good, version), row.code) == set()


def ids(row: object) -> str | None:
    """What a row is called in the report of a test."""
    if not isinstance(row, Row):
        return None
    return f"{row.code}-{row.complaint[:30] or 'accepted'}"


def dhcp4(**keys: Any) -> Config:
    """A DHCPv4 configuration; `_` stands for `-`."""
    return {"Dhcp4": dashed(keys)}


def dhcp6(**keys: Any) -> Config:
    """A DHCPv6 configuration."""
    return {"Dhcp6": dashed(keys)}


def agent(**keys: Any) -> Config:
    """A control agent's configuration."""
    return {"Control-agent": dashed({"http_host": "127.0.0.1", **keys})}


def net4(number: int = 1, prefix: str = "192.0.2.0/24", **keys: Any) -> Config:
    """An IPv4 subnet."""
    return {"id": number, "subnet": prefix, **dashed(keys)}


def net6(number: int = 1, prefix: str = "2001:db8:1::/48", **keys: Any) -> Config:
    """An IPv6 subnet."""
    return {"id": number, "subnet": prefix, **dashed(keys)}


def one4(**keys: Any) -> Config:
    """A DHCPv4 configuration of one subnet with these keys."""
    return dhcp4(subnet4=[net4(**keys)])


def one6(**keys: Any) -> Config:
    """A DHCPv6 configuration of one subnet with these keys."""
    return dhcp6(subnet6=[net6(**keys)])


def hosts4(*hosts: Config, **keys: Any) -> Config:
    """A subnet of 192.0.2.0/24 with reservations; each gets a MAC unless it says who it is."""
    return dhcp4(subnet4=[net4(reservations=[_host(host, n) for n, host in enumerate(hosts)])], **keys)


def hosts6(*hosts: Config, **keys: Any) -> Config:
    """A subnet of 2001:db8:1::/48 with reservations."""
    return dhcp6(subnet6=[net6(reservations=[_host(host, n) for n, host in enumerate(hosts)])], **keys)


def anonymous(**keys: Any) -> Config:
    """A reservation as it is written, without an identifier of ours."""
    return {"": None, **dashed(keys)}


def _host(host: Config, number: int) -> Config:
    if "" in host:
        return {key: value for key, value in host.items() if key}
    return {"hw-address": f"08:00:27:00:00:{number + 1:02x}", **host}


def dashed(keys: Config) -> Config:
    """Python's names as Kea's."""
    return {key.replace("_", "-"): value for key, value in keys.items()}
