"""The comparison with the servers → drift and health, as the page shows them."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.changes.change import Value, spelt
from kea_hac.diagnostics import Locator
from kea_hac.drift.diffing import Compared, Drift
from kea_hac.records import dataclass
from kea_hac.report.drift import (
    IN_SYNC,
    believed,
    grade,
    is_worth_a_line,
    span_of,
    unhealthy,
    value_text,
    verdict,
    verdict_of,
)
from kea_hac.report.drift_rows import Rows, rows
from kea_hac.report.results import Comparison, FleetMember, NotCompared

_LONGEST = 120


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One difference."""

    verdict: str
    where: str
    was: str
    spec: str
    server: str
    line: str
    outlook: str


@dataclass(frozen=True, slots=True)
class DaemonState:
    """One daemon of one server."""

    name: str
    verdict: str
    source: str
    version: str
    state: str
    """Its HA state; "" where it has none."""
    notes: tuple[str, ...]
    rows: tuple[ChangeRow, ...]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveState:
    """The pair as it runs."""

    verdict: str
    grade: str
    """The health; "" where only saved answers were read."""
    symptoms: tuple[str, ...]
    daemons: tuple[DaemonState, ...]
    skipped: int
    problem: str = ""
    """Why nothing was compared."""


def live_state(member: FleetMember) -> LiveState:
    """What a `diff` of this pair shows."""
    if isinstance(member, NotCompared):
        return LiveState("unknown", "unknown", (), (), 0, member.problem)
    assert isinstance(member, Comparison)
    drift = member.drift
    states: dict[tuple[str, str], list[str]] = {}
    for status in drift.server_statuses:
        if status.state:
            states.setdefault((status.server, status.daemon.name), []).append(status.state)
    daemons = [
        _daemon(compared, own, member.document, ", ".join(states.get((compared.server, compared.daemon.name), ())))
        for compared, own in zip(drift.compared, rows(drift), strict=True)
    ]
    daemons += [
        DaemonState(
            f"{each.server} {each.daemon.name}", "unknown", each.source, "", "", (f"not read: {each.reason}",), (), ()
        )
        for each in drift.unread
    ]
    skipped = sum(len(each.skipped) for each in drift.compared)
    health = str(grade(drift)) if drift.health or drift.unread else ""  # saved answers have no health
    return LiveState(verdict(drift), health, tuple(_symptoms(drift)), tuple(daemons), skipped)


def _symptoms(drift: Drift) -> Iterator[str]:
    for each in unhealthy(drift):
        for one in each.symptoms:
            next_step = f" Next: {one.step}" if one.step else ""
            yield f"{each.daemon.name} of {' and '.join(each.servers)}, {one.grade}: {one.text}.{next_step}"
    for truth in drift.truths:
        if is_worth_a_line(truth, drift):
            yield f"{truth.daemon.name}: {believed(truth)}"


def _daemon(compared: Compared, own: Rows, document: Locator, state: str) -> DaemonState:
    found = []
    for each in own.shown:
        change = each.change
        span = span_of(change, document)
        outlook = f"{each.outlook.fate}: {each.outlook.why}" if each.outlook else ""
        place = f"{span.file}:{span.line}" if span and span.line > 0 else ""
        was, spec, live = _shown(change.base), _shown(change.spec), _shown(change.live)
        found.append(ChangeRow(str(change.verdict), spelt(change.path), was, spec, live, place, outlook))
    named = "" if verdict_of(compared) == IN_SYNC and not found else verdict_of(compared)
    return DaemonState(
        compared.name,
        named or IN_SYNC,
        compared.source,
        compared.version or "",
        state,
        compared.notes,
        tuple(found),
        tuple(f"{more.verdict}: {more.rest.words.partition(';')[0]}" for more in own.counted),
    )


def _shown(value: Value) -> str:
    return value_text(value, _LONGEST)
