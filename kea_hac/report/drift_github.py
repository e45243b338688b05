"""A diff as GitHub Actions annotations: each change on the line of the spec that says the value."""

from __future__ import annotations

from kea_hac.changes.change import Verdict, spelt
from kea_hac.diagnostics import Locator
from kea_hac.drift.diffing import Drift
from kea_hac.drift.health import Grade
from kea_hac.report import github
from kea_hac.report.cells import safe
from kea_hac.report.drift import span_of, unhealthy, value_text
from kea_hac.report.drift_rows import rows

_COMMANDS = {Verdict.PENDING: "notice", Verdict.CONVERGED: "notice"}


def render(drift: Drift, document: Locator, *, folder: str = "") -> str:
    """One line for each change shown and each count of others, for each daemon that could not be read, then the findings."""
    lines = []
    file = document.span(()).file
    for compared, own in zip(drift.compared, rows(drift), strict=True):
        for each in own.shown:
            change = each.change
            words = safe(
                f"{compared.name}: {spelt(change.path)}: spec {value_text(change.spec)}, server {value_text(change.live)}"
            )
            if each.outlook:
                words += f"\n{safe(f'{each.outlook.fate}: {each.outlook.why}')}"
            span = span_of(change, document) or document.span(())
            command = _command(change.verdict, each.news)
            lines.append(github.annotation(command, span, f"diff {change.verdict}", words, folder=folder))
        for counted in own.counted:
            command = _command(counted.verdict, counted.news)
            words = safe(f"{compared.name}: {counted.rest.words}")
            lines.append(github.note(command, file, f"diff {counted.verdict}", words, folder=folder))
    lines += [
        github.note("error", file, "diff", safe(f"{each.server} {each.daemon.name}: {each.reason}"), folder=folder)
        for each in drift.unread
    ]
    for health in unhealthy(drift):
        for one in health.symptoms:
            if one.grade is not Grade.UNKNOWN:  # those were not read, and have a line of their own
                words = safe(f"{health.daemon.name} of {' and '.join(health.servers)}: {one.text}")
                words += f"\n{safe(one.step)}" if one.step else ""
                command = "error" if one.grade is Grade.NO_SERVICE else "warning"
                lines.append(github.note(command, file, f"diff {one.grade}", words, folder=folder))
    return "".join(lines) + github.render(drift.report, folder=folder)


def _command(verdict: Verdict, news: bool) -> str:
    return "notice" if news else _COMMANDS.get(verdict, "warning")
