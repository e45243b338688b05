"""A diff as a person reads it: server by server, subnet by subnet, old → new, and what it means for the pair.

campus: external (kea1 dhcp4); 1 server in sync

kea1 dhcp4: external
  control agent http://10.8.0.11:8000/, Kea 2.6.3, loaded from commit 3f2a9c11d0e4
  subnet4[id=10]
    external  valid-lifetime: 14400 → 7200
              specs/campus.yaml:39:7; only on kea1
              in memory only: the server's file does not have it …
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kea_hac.changes.change import ABSENT, Change, Verdict, spelt
from kea_hac.diagnostics import Locator, Skipped
from kea_hac.drift.bases import Base
from kea_hac.drift.diffing import Compared, Drift
from kea_hac.drift.health import Grade
from kea_hac.drift.pair_view import RELOAD, Seen
from kea_hac.live.endpoint import Trouble
from kea_hac.live.ha_state import ServerStatus
from kea_hac.report.cells import block, safe
from kea_hac.report.drift import (
    IN_SYNC,
    believed,
    below,
    deploy_command,
    grade,
    groups,
    in_the_way,
    is_well,
    is_worth_a_line,
    span_of,
    title,
    unhealthy,
    value_text,
    verdict,
    verdict_of,
)
from kea_hac.report.drift_rows import Rows, rows, sort_of
from kea_hac.report.grouping import few, hidden, rest_of
from kea_hac.report.rounds import round_lines
from kea_hac.report.text import counted
from kea_hac.report.text import render as render_findings

_RESET = "\x1b[0m"
_STYLES = {
    str(Verdict.CONFLICT): "\x1b[1;31m",
    str(Verdict.EXTERNAL): "\x1b[1;31m",
    str(Verdict.DIFFERS): "\x1b[1;31m",
    str(Verdict.PENDING): "\x1b[1;33m",
    str(Verdict.CONVERGED): "\x1b[1;36m",
    IN_SYNC: "\x1b[1;32m",
    "unknown": "\x1b[1;35m",
    str(Grade.DEGRADED): "\x1b[1;33m",
    str(Grade.NO_SERVICE): "\x1b[1;31m",
}
_BOLD = "\x1b[1m"
_INDENT = " " * 14


def render(drift: Drift, document: Locator, *, colour: bool = False) -> str:
    """The whole diff. Ends with a line end."""
    page = _Page(colour)
    lines = [f"{page.bold(drift.pair)}: {page.verdict(verdict(drift))}{_graded(drift, page)}"]
    everywhere = _notes_of_all(drift)
    lines += [f"note, for every daemon: {safe(each)}" for each in everywhere]
    short = False  # lines of daemons that are in sync stand together
    for compared, own in zip(drift.compared, rows(drift), strict=True):
        shown = list(_compared(compared, own, document, page, everywhere))
        lines += shown if short and len(shown) == 1 else ["", *shown]
        short = len(shown) == 1
    for unread in drift.unread:
        lines += [
            "",
            f"{page.bold(f'{unread.server} {unread.daemon.name}')}: {page.verdict('unknown')}",
            f"  {safe(unread.source)}",
            f"  not read: {safe(unread.reason)}",
        ]
    lines += [*_deploy(drift, document), *_status_lines(drift), *_health(drift, page), *_truths(drift)]
    skipped = [each for compared in drift.compared for each in compared.skipped]
    if skipped:
        lines += ["", *_skipped(skipped)]
    text = block(lines)
    findings = render_findings(drift.report, colour=colour)
    return f"{text}\n{findings}" if findings else text


def in_fleet(drift: Drift, document: Locator, *, colour: bool = False) -> str:
    """A pair among others: one line when nothing is to be said of it."""
    if not is_well(drift):
        return f"{render(drift, document, colour=colour)}\n"
    page = _Page(colour)
    graded = f", {Grade.HEALTHY}" if drift.health else ""
    return block([f"{page.bold(drift.pair)}: {page.verdict(verdict(drift))}{graded}"])


def summary(drift: Drift) -> str:
    """One line for the person at the terminal."""
    counts = [(each, sum(change.verdict is each for change in drift.changes)) for each in Verdict]
    found = ", ".join(f"{number} {each}" for each, number in counts if number)
    ignored = sum(len(each.ignored) for each in drift.compared)
    skipped = sum(len(each.skipped) for each in drift.compared)
    line = found or (IN_SYNC if not drift.unread else "nothing differs in what could be read")
    line = f"{drift.pair}: {line}; {counted(len(drift.compared), 'daemon')} compared"
    line += f", {len(drift.unread)} could not be read" if drift.unread else ""
    line += f"; {ignored} ignored" if ignored else ""
    line += f"; {grade(drift)}" if grade(drift) not in (Grade.HEALTHY, Grade.UNKNOWN) else ""
    return line + (f"; {counted(skipped, 'value')} skipped" if skipped else "")


def _graded(drift: Drift, page: _Page) -> str:
    """The pair's health for its first line, where it is not good; that something was not read stands there already."""
    found = grade(drift)
    return "" if found in (Grade.HEALTHY, Grade.UNKNOWN) else f", {page.verdict(str(found))}"


class _Page:
    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def bold(self, text: str) -> str:
        return f"{_BOLD}{safe(text)}{_RESET}" if self._colour else safe(text)

    def verdict(self, word: str, width: int = 0) -> str:
        padded = f"{word:<{width}}"
        return f"{_STYLES[word]}{padded}{_RESET}" if self._colour else padded


def _notes_of_all(drift: Drift) -> tuple[str, ...]:
    """Notes that hold for every daemon of the pair stand once."""
    first, *others = drift.compared or (None,)
    if first is None or not others:
        return ()
    return tuple(note for note in first.notes if all(note in each.notes for each in others))


def _compared(
    compared: Compared, rows: Rows, document: Locator, page: _Page, known: Collection[str] = ()
) -> Iterator[str]:
    """One line for a daemon that is in sync and of which nothing else is to be said."""
    notes = [each for each in compared.notes if each not in known]
    word = page.verdict(verdict_of(compared))
    if verdict_of(compared) == IN_SYNC and not notes and not compared.ignored and not compared.on_disk:
        yield f"{page.bold(compared.name)}: {word} ({safe(_where_from(compared))})"
        return
    yield f"{page.bold(compared.name)}: {word}"
    yield f"  {safe(_where_from(compared))}"
    for note in notes:
        yield f"  note: {safe(note)}"
    for group in groups(rows.shown):
        yield f"  {page.bold(title(group))}"
        for each in group.seen:
            yield from _seen(each, below(group, each.change), document, page)
    for more in rows.counted:
        yield f"    {page.verdict(str(more.verdict), 9)} {safe(more.rest.words)}"
    yield from _ignored(compared)
    yield from _on_disk(compared)


def _ignored(compared: Compared) -> Iterator[str]:
    shown = few(compared.ignored, lambda each: (sort_of(each[0].path), each[1]))
    for change, rule in shown:
        until = f", until {rule.until}" if rule.until else ""
        yield f"  ignored: {safe(spelt(change.path))}: {safe(rule.reason)}{until}"
    rest = rest_of(hidden(compared.ignored, shown), lambda each: sort_of(each[0].path))
    if rest is not None:
        yield f"  ignored: {safe(rest.words)}"


def _on_disk(compared: Compared) -> Iterator[str]:
    if not compared.on_disk:
        return
    yield "  the server's file differs from its memory; a restart would load:"
    shown = few(compared.on_disk, lambda each: sort_of(each.path))
    for one in shown:
        yield f"    {safe(spelt(one.path))}: {safe(value_text(one.memory))} → {safe(value_text(one.file))}"
    rest = rest_of(hidden(compared.on_disk, shown), lambda each: sort_of(each.path))
    if rest is not None:
        yield f"    {safe(rest.words)}"


def _where_from(compared: Compared) -> str:
    words = [compared.source]
    if compared.version:
        words.append(f"Kea {compared.version}")
    if isinstance(compared.base, Base):
        words.append(f"loaded from {compared.base.source}")
    elif compared.base is not None:
        words.append(f"compared without a base: {compared.base.reason}")
    return ", ".join(words)


def _seen(each: Seen, place: str, document: Locator, page: _Page) -> Iterator[str]:
    change = each.change
    yield f"    {page.verdict(str(change.verdict), 9)} {safe(f'{place}: ' if place else '')}{safe(_moves(change))}"
    words = []
    span = span_of(change, document)
    if span is not None and span.line > 0:
        words.append(f"{span.file}:{span.line}:{span.column}")
    if each.also:
        words.append(f"the same on {' and '.join(each.also)}")
    elif each.lacking and change.verdict is not Verdict.PENDING:
        words.append(f"only on {change.server}")
    if words:
        yield f"{_INDENT}{safe('; '.join(words))}"
    if each.news:
        yield f"{_INDENT}expected: Micetro owns the configuration"
    if each.outlook is not None:
        yield f"{_INDENT}{each.outlook.fate}: {safe(each.outlook.why)}"
        if each.outlook.source != RELOAD:
            yield f"{_INDENT}(by {each.outlook.source})"


def _moves(change: Change) -> str:
    """Old → new, from the one that moved: the server's value, the spec's, or both."""
    base, spec, live = (value_text(each) for each in (change.base, change.spec, change.live))
    if change.verdict is Verdict.PENDING:
        if change.live is ABSENT:
            return f"+ {spec}"
        return f"- {live}" if change.spec is ABSENT else f"{live} → {spec}"
    if change.verdict is Verdict.DIFFERS:
        return f"the spec has {spec}, the server has {live}"
    if change.verdict is Verdict.CONFLICT:
        return f"it was {base}; the spec has {spec}, the server has {live}"
    if change.base is ABSENT:
        return f"+ {live}"
    return f"- {base}" if change.live is ABSENT else f"{base} → {live}"


def _deploy(drift: Drift, document: Locator) -> Iterator[str]:
    """How what is pending gets to the servers."""
    command = deploy_command(drift, document)
    if command:
        stopped = in_the_way(drift)
        yield ""
        yield f"to deploy what is pending: {safe(command)}" + (f" (it stops while {safe(stopped)})" if stopped else "")
        for line in round_lines(drift.rounds):
            yield f"  {safe(line)}"


def _status_lines(drift: Drift) -> Iterator[str]:
    """The HA state of each relationship: one line, and one more for each server that is not in its normal state."""
    down = {(each.server, each.daemon.name) for each in drift.unread if each.trouble is Trouble.DOWN}
    by_relationship: dict[tuple[str, tuple[str, ...]], list[ServerStatus]] = {}
    for each in drift.server_statuses:
        names = tuple(peer.node.name for peer in each.relationship.peers)
        by_relationship.setdefault((each.daemon.name, names), []).append(each)
    for (daemon, _), places in by_relationship.items():
        if not any(each.state or each.running is False for each in places):
            continue
        states = [f"{each.server} ({each.peer.role}) {_state(each, down)}" for each in places]
        yield ""
        yield f"HA {daemon}: {safe(', '.join(states))}"


def _health(drift: Drift, page: _Page) -> Iterator[str]:
    """What is not healthy: what clients notice, and the next step for the pair."""
    for each in unhealthy(drift):
        yield ""
        who = safe(" and ".join(each.servers))
        yield f"{page.bold(f'health of {each.daemon.name} on {who}')}: {page.verdict(str(each.grade))}"
        for symptom in each.symptoms:
            yield f"  {symptom.code}: {safe(symptom.text)}"
            if symptom.step:
                yield f"    next: {safe(symptom.step)}"


def _state(each: ServerStatus, down: Collection[tuple[str, str]]) -> str:
    """Its own report; of a server without one what is known: what its partner heard last is of the past."""
    if each.own is not None:
        return each.own.state or "says nothing"
    if (each.server, each.daemon.name) in down:
        return "does not run"
    silent = "says nothing" if each.answers else "not read"
    return f"{silent} (last state: {each.state})" if each.state and each.state != "unavailable" else silent


def _truths(drift: Drift) -> Iterator[str]:
    """Which server is active, or to believe, where that is not what one expects."""
    for each in drift.truths:
        if is_worth_a_line(each, drift):
            yield ""
            yield f"{each.daemon.name} of {safe(' and '.join(each.relationship))}: {safe(believed(each))}"


def _skipped(skipped: list[Skipped]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for each in skipped:
        by_reason.setdefault(each.reason, []).append(each.what)
    for reason, places in by_reason.items():
        shown = "; ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
        yield f"skipped: {safe(shown)}: {safe(reason)}"
