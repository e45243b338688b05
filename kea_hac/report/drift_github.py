"""A diff as GitHub Actions annotations: each change on the line of the spec that says the value."""

from __future__ import annotations

from kea_hac.changes.change import Verdict, spelt
from kea_hac.diagnostics import Locator
from kea_hac.drift.diffing import Drift
from kea_hac.drift.terminated import advice
from kea_hac.report import github
from kea_hac.report.cells import safe
from kea_hac.report.drift import span_of, value_text

_COMMANDS = {Verdict.PENDING: "notice", Verdict.CONVERGED: "notice"}


def render(drift: Drift, document: Locator, *, folder: str = "") -> str:
    """One line a change, one for each daemon that could not be read, then the findings on the spec's own rules."""
    lines = []
    for compared in drift.compared:
        for each in compared.seen:
            change = each.change
            words = safe(
                f"{compared.name}: {spelt(change.path)}: spec {value_text(change.spec)}, server {value_text(change.live)}"
            )
            if each.outlook:
                words += f"\n{safe(f'{each.outlook.fate}: {each.outlook.why}')}"
            span = span_of(change, document) or document.span(())
            command = "notice" if each.news else _COMMANDS.get(change.verdict, "warning")
            lines.append(github.annotation(command, span, f"diff {change.verdict}", words, folder=folder))
    file = document.span(()).file
    lines += [
        github.note("error", file, "diff", safe(f"{each.server} {each.daemon.name}: {each.reason}"), folder=folder)
        for each in drift.unread
    ]
    lines += [
        github.note(
            "warning",
            file,
            "diff",
            safe(f"{step.daemon.name} of {' and '.join(step.servers)}: {step.text}"),
            folder=folder,
        )
        for step in advice(drift)
    ]
    return "".join(lines) + github.render(drift.report, folder=folder)
