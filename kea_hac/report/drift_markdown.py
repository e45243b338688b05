"""A diff as the comment of a pull request: one heading a daemon, one table row a change."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.changes.change import Value, spelt
from kea_hac.diagnostics import Locator
from kea_hac.drift.diffing import Compared, Drift
from kea_hac.report.cells import block
from kea_hac.report.drift import (
    IN_SYNC,
    believed,
    deploy_command,
    in_the_way,
    is_well,
    is_worth_a_line,
    span_of,
    unhealthy,
    value_text,
    verdict,
    verdict_of,
)
from kea_hac.report.drift_rows import Rows, rows
from kea_hac.report.markdown import LARGEST, code, prose
from kea_hac.report.results import Comparison, FleetMember
from kea_hac.report.rounds import round_lines
from kea_hac.report.text import counted

_LONGEST = 120
_END = 1_000
"""Bytes that are kept for the counts at the end."""


def render(drift: Drift, document: Locator) -> str:
    """GitHub's markdown. Every value stands in code marks, so that nothing in it is obeyed."""
    lines = [f"### kea-hac diff: {prose(drift.pair)} is {verdict(drift)}", ""]
    quiet = [each.name for each in drift.compared if verdict_of(each) == IN_SYNC and not each.notes]
    for compared, own in zip(drift.compared, rows(drift), strict=True):
        if compared.name not in quiet:
            lines += _compared(compared, own, document)
    for unread in drift.unread:
        lines += [f"**{prose(unread.server)} {unread.daemon.name}** could not be read: {prose(unread.reason)}", ""]
    command = deploy_command(drift, document)
    if command:
        stopped = in_the_way(drift)
        lines += [
            f"To deploy what is pending: {code(command)}" + (f" (it stops while {prose(stopped)})." if stopped else ".")
        ]
        lines += [f"- {prose(each)}" for each in round_lines(drift.rounds)]
        lines.append("")
    for each in unhealthy(drift):
        lines += [f"**{each.daemon.name}** of {prose(' and '.join(each.servers))}: **{each.grade}**", ""]
        for one in each.symptoms:
            lines += [f"- {prose(one.text)}" + (f" Next: {prose(one.step)}" if one.step else "")]
        lines.append("")
    for truth in drift.truths:
        if is_worth_a_line(truth, drift):
            lines += [f"{truth.daemon.name}: {prose(believed(truth))}", ""]
    if quiet:
        lines += [f"In sync: {', '.join(prose(name) for name in quiet)}.", ""]
    skipped = sum(len(each.skipped) for each in drift.compared)
    if skipped:
        lines += [f"{skipped} values cannot be compared; the text form names them.", ""]
    return block(lines[: -1 if not lines[-1] else None])


def fleet(members: Iterator[FleetMember]) -> str:
    """Several pairs: what is to be done, pair by pair, and how many are well. Of at most 60 KB; pairs that do not fit are counted."""
    shown: list[str] = []
    well = left = used = 0
    for each in members:
        if isinstance(each, Comparison) and is_well(each.drift):
            well += 1
            continue
        text = (
            render(each.drift, each.document)
            if isinstance(each, Comparison)
            else f"### kea-hac diff: {prose(each.path)} was not compared\n\n{prose(each.problem)}\n"
        )
        if used + len(text.encode()) > LARGEST - _END:
            left += 1
        else:
            shown.append(text)
            used += len(text.encode()) + 1
    lines = [f"In sync and healthy: {counted(well, 'pair')}."] if well or not shown else []
    if left:
        lines.append(
            f"Left out, because the comment would be too long: {counted(left, 'more pair')}. `--format json` has all of them."
        )
    return "\n".join([*shown, block(lines)])


def _compared(compared: Compared, rows: Rows, document: Locator) -> Iterator[str]:
    yield f"**{prose(compared.name)}**: {verdict_of(compared)}"
    for note in compared.notes:
        yield f"- {prose(note)}"
    yield ""
    if compared.seen:
        yield "| verdict | where | was | spec | server | spec line | outlook |"
        yield "|---|---|---|---|---|---|---|"
    for each in rows.shown:
        change = each.change
        span = span_of(change, document)
        place = f"{span.file}:{span.line}" if span and span.line > 0 else ""
        words = f"{each.outlook.fate}: {each.outlook.why}" if each.outlook else ""
        values = [_code(value) for value in (change.base, change.spec, change.live)]
        yield f"| {' | '.join([str(change.verdict), code(spelt(change.path)), *values, prose(place), prose(words)])} |"
    for more in rows.counted:
        yield f"| {more.verdict} | {prose(more.rest.words)} | | | | | |"
    if compared.seen:
        yield ""


def _code(value: Value) -> str:
    return code(value_text(value, _LONGEST))
