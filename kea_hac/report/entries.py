"""Results as one flat list, for the formats that other programs read: SARIF, GitLab's code quality, JUnit.

These formats know findings and nothing else. So all that a command reports becomes an entry: a finding, a stale path, a limit that a
change goes beyond, and what a change does to a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, assert_never

from kea_hac.diagnostics import Diagnostic, KeaVerdict, Rule, Severity, Skipped, Span
from kea_hac.fingerprints import fingerprint_of, fingerprints, numbered
from kea_hac.records import dataclass
from kea_hac.report.results import BuildResult, Findings, ImportResult, Result, Stale, Validation

if TYPE_CHECKING:
    from kea_hac.review.reviewing import PairReview
    from kea_hac.review.run import Reviewed

STALE = Rule(
    "stale-build",
    "stale-build",
    Severity.ERROR,
    KeaVerdict.NOT_ITS_BUSINESS,
    "The folder of built files is not what the specs compile to, so the servers would get other files than those that were reviewed.",
)
CHANGE = Rule(
    "change",
    "change-of-a-pair",
    Severity.INFO,
    KeaVerdict.NOT_ITS_BUSINESS,
    "What the change of the specs does on the servers of one pair, and what their clients notice.",
)
_SENTENCES = 12
"""On the change of one pair."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is reported."""

    rule: Rule
    severity: Severity
    message: str
    """May have several lines, as may all strings of an entry. Nothing is escaped."""
    fingerprint: str
    span: Span | None
    """None for what is about no file; line 0 for what is about a file as a whole."""
    path: str = ""
    """The place within the file as people write it: dhcp4.subnet4[0].id"""
    fix: str | None = None
    related: tuple[tuple[Span, str], ...] = ()
    counts: bool = True
    """False for what causes no exit code, whatever `--fail-on` is: the change of a pair, a limit that was accepted."""

    @property
    def words(self) -> str:
        """The message and the fix."""
        return f"{self.message}\nFix: {self.fix}" if self.fix else self.message


@dataclass(frozen=True, slots=True)
class Listed:
    """The result of one command."""

    command: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...] = ()
    """What could not be done at all."""
    skipped: tuple[Skipped, ...] = ()


def of_result(result: Result, place: Callable[[str], str]) -> Listed:
    """What `validate`, `build`, `lint` or `import` reports. `place`: a file as a finding names it → its path in the repository."""
    stale: Iterable[Stale] = ()
    match result:
        case Findings():
            command = "lint"
        case Validation():
            command = "validate"
        case BuildResult():
            command, stale = "build", result.stale or ()
        case ImportResult():
            command = "import"
        case _:
            assert_never(result)
    found = [*_findings(result.report.diagnostics, place), *(_stale(each, place) for each in stale)]
    return Listed(command, _distinct(found), tuple(result.problems), result.report.skipped)


def of_review(result: Reviewed, place: Callable[[str], str]) -> Listed:
    """What `review` reports: limits, new findings, and what each pair loses, gets or must do."""
    fresh = dict.fromkeys(one for each in result.pairs for one in each.new_findings) | dict.fromkeys(
        result.fleet_findings
    )
    found = [
        *_limits(result, place),
        *_findings(sorted(fresh, key=lambda each: each.sort_key), place),
        *(_change(each, result, place) for each in result.shown),
    ]
    return Listed("review", _distinct(found), result.problems)


def _distinct(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """No two with one fingerprint: of those GitLab shows the first one only."""
    known: dict[str, Entry] = {}
    for each in found:
        known.setdefault(each.fingerprint, each)
    return tuple(known.values())


def _findings(found: Sequence[Diagnostic], place: Callable[[str], str]) -> Iterator[Entry]:
    for each, known_by in zip(found, fingerprints(found, place), strict=True):
        yield Entry(
            each.rule,
            each.severity,
            each.message,
            known_by,
            each.span if each.span.file else None,
            each.path,
            each.fix,
            tuple(one for one in each.related if one[0].file),
        )


def _stale(stale: Stale, place: Callable[[str], str]) -> Entry:
    known_by = numbered(fingerprint_of(STALE.code, place(stale.path), stale.matter))
    message = f"{stale.matter}: {stale.words}"
    return Entry(STALE, Severity.ERROR, message, known_by, _whole(stale.path), fix=stale.next_step)


def _limits(result: Reviewed, place: Callable[[str], str]) -> Iterator[Entry]:
    """A limit over all pairs is about no file. One that was accepted is information."""
    paths = {each.pair: each.path or each.old_path for each in result.pairs}
    for each in result.limits:
        path = paths.get(each.pair or "")
        known_by = numbered(fingerprint_of(each.rule.code, place(path) if path else "", each.message))
        severity = Severity.INFO if each.accepted else each.rule.severity
        message = f"accepted: {each.message}" if each.accepted else each.message
        loud = not each.accepted and each.rule.severity is Severity.ERROR
        step = f"change less, or let it through with --accept {each.rule.name}" if loud else None
        yield Entry(
            each.rule, severity, message, known_by, _whole(path) if path else None, fix=step, counts=not each.accepted
        )


def _change(pair: PairReview, result: Reviewed, place: Callable[[str], str]) -> Entry:
    from kea_hac.report.review_rollout import rollout
    from kea_hac.report.review_words import consequences, headline

    said = consequences(pair)
    lines = [f"{pair.pair}: {headline(pair, result.base)}", *said[:_SENTENCES]]
    if len(said) > _SENTENCES:
        lines.append(f"and {len(said) - _SENTENCES} more sentences, which --format json has")
    lines += [f"rollout: {each}" for each in rollout(pair)]
    path = pair.path or pair.old_path
    known_by = numbered(fingerprint_of(CHANGE.code, place(path) if path else "", pair.pair))
    return Entry(CHANGE, Severity.INFO, "\n".join(lines), known_by, _whole(path) if path else None, counts=False)


def _whole(path: str) -> Span:
    return Span(path, 0, 0, 0, 0)
