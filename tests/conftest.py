"""Fixtures for tests that ask real Kea servers, and the count of them that did run.

Where real Kea cannot run, tests marked `kea` are skipped with the next step as the reason. With KEA_HAC_REQUIRE_KEA=1, as
in CI, they fail instead, and a run in which none of them passed through real Kea fails as a whole.
"""

import gc
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from kea_hac.check import registry
from kea_hac.check.registry import Registered
from kea_hac.diagnostics import Finding
from tests.lab import VERSIONS, Lab
from tests.lab.trees import facts, obstacle
from tests.sizes import LONG

settings.register_profile(
    "any machine", deadline=None, derandomize=not LONG, suppress_health_check=[HealthCheck.too_slow]
)  # the same examples in every run, so that a change is what breaks it; `tests/long` looks for others
settings.load_profile("any machine")  # a busy machine is no finding

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # a shell makes what it runs in the background ignore it, and all below inherits that
    signal.signal(signal.SIGINT, signal.default_int_handler)

gc.set_threshold(100_000, 50, 100)  # what the tests keep is looked through less often

_load_checks = registry.load


@cache
def _declared_only() -> tuple[Registered, ...]:
    """Every check function, each of which fails when it reports a rule that it did not declare."""

    def strict(each: Registered) -> Registered:
        @wraps(each.judge)
        def judge(subject: Any) -> Iterator[Finding]:
            for finding in each.judge(subject):
                if finding.rule not in each.rules:  # no AssertionError, of which the engine would make a finding
                    pytest.fail(f"{each.judge.__qualname__} does not declare {finding.rule.code}")
                yield finding

        return replace(each, judge=judge)

    return tuple(strict(each) for each in _load_checks())


registry.load = _declared_only

REQUIRED = os.environ.get("KEA_HAC_REQUIRE_KEA") == "1"
_RAN = "real-kea"
_FIGURE = "figure"
_BROWSER = "browser"


@pytest.fixture(params=VERSIONS)
def kea_version(request: pytest.FixtureRequest) -> str:
    """Every real version in turn: 2.2.0, 2.6.3, 3.0.4."""
    return str(request.param)


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a line that is to stand at the end of the run's output: what a test measured."""
    return lambda line: record_property(_FIGURE, line)


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Real servers for one test; everything it started ends with it."""
    yield from _lab()


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    """Real servers for the tests of one module."""
    yield from _lab()


def _lab() -> Iterator[Lab]:
    made = Lab()
    try:
        yield made
    finally:
        made.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run. A mark, not a skip at setup: module fixtures of a skipped test never start."""
    _slow_first(items)
    reason = obstacle()
    for item in items:
        if item.get_closest_marker("kea") is None:
            continue
        if reason is None:
            item.user_properties.append((_RAN, True))
        elif not REQUIRED:
            item.add_marker(pytest.mark.skip(reason=reason))


def _slow_first(items: list[pytest.Item]) -> None:
    """Every worker begins with its share of the slow tests, then those with real servers: at the end a test that only waits would leave cores idle.

    xdist's worksteal gives each worker an equal part of the list, in its order.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow, waiting, rest = _by_mark(items)
    items[:] = [
        each
        for number in range(workers)
        for each in (*slow[number::workers], *_part(waiting, number, workers), *_part(rest, number, workers))
    ]


def _by_mark(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item], list[pytest.Item]]:
    slow: list[pytest.Item] = []
    waiting: list[pytest.Item] = []
    rest: list[pytest.Item] = []
    for each in items:
        kind = slow if each.get_closest_marker("slow") else waiting if each.get_closest_marker("kea") else rest
        kind.append(each)
    return slow, waiting, rest


def _part(items: list[pytest.Item], number: int, workers: int) -> list[pytest.Item]:
    """A worker's share, together as it is: tests of one module share what it makes."""
    return items[len(items) * number // workers : len(items) * (number + 1) // workers]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where real Kea is required, its absence is a failure of each test that needs it."""
    if REQUIRED and item.get_closest_marker("kea") is not None:
        reason = obstacle()
        if reason is not None:
            pytest.fail(f"{reason} (KEA_HAC_REQUIRE_KEA=1)", pytrace=False)


def _outcomes(reporter: pytest.TerminalReporter) -> dict[str, int]:
    """passed and failed calls of tests that had real Kea."""
    return {
        outcome: sum(
            report.when == "call" and (_RAN, True) in map(tuple, report.user_properties)
            for report in reporter.stats.get(outcome, [])
        )
        for outcome in ("passed", "failed")
    }


def _reported(reporter: pytest.TerminalReporter) -> list[str]:
    """The lines that tests gave to `figure`, each once."""
    told = {
        str(value): None
        for reports in reporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _FIGURE
    }
    return sorted(told)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line each: how many tests asked real Kea, and which; whether pages were opened in a browser."""
    _browser_line(terminalreporter)
    reason = obstacle()
    if reason is not None:
        terminalreporter.write_line(f"real Kea: no test ran: {reason}", yellow=True)
        return
    found = _outcomes(terminalreporter)
    kea = ", ".join(facts(version)["kea"] for version in VERSIONS)
    terminalreporter.write_line(f"real Kea ({kea}): {found['passed']} tests passed, {found['failed']} failed")
    for line in _reported(terminalreporter):
        terminalreporter.write_line(line)


def _browser_line(reporter: pytest.TerminalReporter) -> None:
    """Only where such tests were selected."""
    found = {
        outcome: sum(
            _BROWSER in report.keywords and (report.when == "call" or outcome == "skipped")
            for report in reporter.stats.get(outcome, [])
        )
        for outcome in ("passed", "failed", "skipped")
    }
    if found["skipped"]:
        reporter.write_line(
            "browser: no page was opened: no Chromium on this machine (apt-get install chromium)", yellow=True
        )
    elif any(found.values()):
        reporter.write_line(f"browser: {found['passed']} tests passed, {found['failed']} failed")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A required judge that was never asked is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    on_controller = not hasattr(session.config, "workerinput")
    if REQUIRED and on_controller and reporter is not None and not any(_outcomes(reporter).values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
