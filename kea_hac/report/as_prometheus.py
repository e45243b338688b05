"""The format `prometheus`: gauges for the textfile collector of the node exporter, one result of `diff` a sample.

https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4): every metric stands in one group, so that nothing is
written before the last pair is known. Only the samples are kept, not the comparisons.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import assert_never

from kea_hac.changes.change import Verdict
from kea_hac.drift.health import Grade
from kea_hac.report.cells import uncommanding
from kea_hac.report.formats import Page, Rendered
from kea_hac.report.results import AdoptedChanges, Comparison, DiffResult, FleetMember, NotCompared, Result

HELP = {
    "kea_hac_pair_compared": "1 when the spec of the pair compiles and its servers were asked, else 0.",
    "kea_hac_daemon_read": "1 when the configuration of the daemon could be read, else 0.",
    "kea_hac_changes": "Values that are not the same in the spec, in what was loaded, and on the server, by verdict.",
    "kea_hac_file_differs": "Values of the server's own file that are not those of its memory, where the file was read.",
    "kea_hac_health": "1 for the health of the relationship (or standalone server) now, 0 for the other grades.",
    "kea_hac_symptom": "1 for each symptom that is seen now.",
    "kea_hac_answer_timestamp_seconds": "When the daemon answered, or when its saved answer was written.",
    "kea_hac_run_timestamp_seconds": "When this file was written.",
}
_Labels = tuple[tuple[str, str], ...]
_Sample = tuple[str, _Labels, float]


def findings(result: Result, page: Page) -> Rendered:
    """Of a spec with errors: it was not compared."""
    paths = sorted({each.span.file for each in result.report.diagnostics}) or ["unknown"]
    return Rendered(_text([("kea_hac_pair_compared", (("pair", ""), ("spec", paths[0])), 0)]))


def comparison(result: DiffResult, page: Page) -> Rendered:
    """The samples of one pair."""
    match result:
        case Comparison():
            return Rendered(_text(_samples(result)))
        case AdoptedChanges():
            return comparison(result.comparison, page)
        case _:
            assert_never(result)


def fleet(members: Iterator[FleetMember], page: Page) -> Iterator[Rendered]:
    """The samples of all pairs, metric by metric."""
    samples: list[_Sample] = []
    for each in members:
        match each:
            case Comparison():
                samples += _samples(each)
            case NotCompared():
                samples.append(("kea_hac_pair_compared", (("pair", ""), ("spec", each.path)), 0))
            case _:
                assert_never(each)
    yield Rendered(_text(samples))


def _samples(result: Comparison) -> Iterator[_Sample]:
    drift = result.drift
    pair = ("pair", drift.pair)
    yield "kea_hac_pair_compared", (pair, ("spec", result.document.span(()).file)), 1
    for each in drift.compared:
        daemon: _Labels = (pair, ("server", each.server), ("daemon", each.daemon.name))
        yield "kea_hac_daemon_read", daemon, 1
        for verdict in Verdict:
            count = sum(seen.change.verdict is verdict and not seen.news for seen in each.seen)
            yield "kea_hac_changes", (*daemon, ("verdict", str(verdict))), count
        yield "kea_hac_file_differs", daemon, len(each.on_disk)
        if each.answered is not None:
            yield "kea_hac_answer_timestamp_seconds", daemon, round(each.answered)
    for unread in drift.unread:
        yield "kea_hac_daemon_read", (pair, ("server", unread.server), ("daemon", unread.daemon.name)), 0
    for health in drift.health:
        who: _Labels = (pair, ("daemon", health.daemon.name), ("servers", " ".join(health.servers)))
        for grade in Grade:
            yield "kea_hac_health", (*who, ("grade", str(grade))), health.grade is grade
        for code in sorted({symptom.code for symptom in health.symptoms}):
            yield "kea_hac_symptom", (*who, ("symptom", code)), 1


def _text(samples: Iterable[_Sample]) -> str:
    by_metric: dict[str, dict[_Labels, float]] = {}
    for metric, labels, value in samples:
        by_metric.setdefault(metric, {}).setdefault(labels, value)
    by_metric["kea_hac_run_timestamp_seconds"] = {(): round(time.time())}
    lines = []
    for metric, about in HELP.items():
        if metric in by_metric:
            lines += [f"# HELP {metric} {about}", f"# TYPE {metric} gauge"]
            lines += [f"{metric}{_labelled(labels)} {value:.0f}" for labels, value in by_metric[metric].items()]
    return "".join(f"{line}\n" for line in lines)


def _labelled(labels: _Labels) -> str:
    return "{" + ",".join(f'{name}="{_value(value)}"' for name, value in labels) + "}" if labels else ""


def _value(text: str) -> str:
    """A label's value: three characters have an escape. What begins a command in the log of a CI system is none here."""
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in text if letter != "\n")
    return uncommanding(plain).replace("\\", "\\\\").replace('"', '\\"')
