"""Findings made by hand, one for each thing that a report has to show."""

from __future__ import annotations

from kea_hac.diagnostics import Diagnostic, KeaVerdict, Report, Rule, Severity, Skipped, Span

OUTSIDE = Rule("KH299", "pool-elsewhere", Severity.ERROR, KeaVerdict.REFUSES, "It would not start.")
SWALLOWED = Rule("KH699", "delay-too-small", Severity.WARNING, KeaVerdict.ACCEPTS, "It would fail over for nothing.")
OURS = Rule("KH199", "old-word", Severity.INFO, KeaVerdict.NOT_ITS_BUSINESS, "There is a newer word.")
UNREADABLE = Rule(
    "KH099", "no-such-file", Severity.ERROR, KeaVerdict.NOT_ITS_BUSINESS, "Nothing to read.", unreadable=True
)


def span(line: int, column: int, end: int, file: str = "specs/campus.yaml", end_line: int | None = None) -> Span:
    return Span(file, line, column, end_line or line, end)


def marked(text: str, column: int, end: int, *, end_line: int | None = None, message: str = "wrong") -> Diagnostic:
    return Diagnostic(OURS, Severity.ERROR, message, span(3, column, end, end_line=end_line), "dhcp4", text)


POOL = Diagnostic(
    OUTSIDE,
    Severity.ERROR,
    "the pool 192.0.3.1 - 192.0.3.9 contains addresses outside its subnet 192.0.2.0/24",
    span(114, 17, 38),
    "dhcp4.subnet4[0].pools[0].pool",
    "        - pool: 192.0.3.1 - 192.0.3.9",
    related=((span(9, 15, 27), "the prefix is set here"), (span(1, 1, 1, "hosts.csv"), "and used here")),
    fix="keep it between 192.0.2.0 and 192.0.2.255,\nfor instance 192.0.2.1 - 192.0.2.9",
    artifact="kea1/kea-dhcp4.conf: Dhcp4.subnet4[0].pools[0]",
    related_texts=("    - subnet: 192.0.2.0/24", None),
)
SHARED = Diagnostic(
    SWALLOWED,
    Severity.WARNING,
    "max-response-delay 5s is below heartbeat-delay 10s",
    span(21, 23, 25),
    "high-availability.max-response-delay",
    "  max-response-delay: 5s",
    related=(
        (span(20, 20, 23), "the heartbeat"),
        (span(21, 3, 21), "said here"),
        (span(4, 1, 3, "shared/timers.yaml"), "from this file"),
    ),
    related_texts=("  heartbeat-delay: 10s", "  max-response-delay: 5s", "x: 5s"),
)
OLD = Diagnostic(OURS, Severity.INFO, "an older word,\nstill understood", span(30, 3, 9, end_line=34), "", "  old: {  ")
GONE = Diagnostic(UNREADABLE, Severity.ERROR, "cannot read it", Span("gone.yaml", 1, 1, 1, 1), "", "")

EVERYTHING = Report((GONE, POOL, SHARED, OLD), (Skipped("classes of 'guest'", "match() is not understood"),))
