"""A baseline: the findings that a site has accepted as old, so that only new ones are reported.

The file is JSON, one finding after the other, sorted, so that its changes can be read in a pull request. A finding is known again by
its fingerprint (`fingerprints`); file, rule and message are there for people. They contain no secret, because no finding does.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from kea_hac.diagnostics import Diagnostic, Ignored, Report, Severity, Span, rule
from kea_hac.errors import UsageError
from kea_hac.fingerprints import VERSION, fingerprints
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.files import FileError, read_bytes

FORMAT = 1
_LARGEST = 256 * 1024 * 1024
_FINGERPRINT = regex(r"[0-9a-f]{32}:[1-9][0-9]{0,8}\Z")
_KEYS = ("fingerprint", "rule", "name", "file", "message")
NOT_FOUND_ANY_MORE = rule(
    "KH197",
    "finding-of-baseline-gone",
    Severity.WARNING,
    why="The baseline lists a finding that is gone. It would hide the same mistake when it comes back.",
    source="the baseline",
)


class BaselineError(UsageError):
    """The file is missing, is no baseline, or is broken: what it accepts is unknown, so the command fails."""


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """One accepted finding."""

    fingerprint: str
    rule: str
    name: str
    file: str
    """From the top of the Git work tree."""
    message: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of one file."""

    path: str
    entries: tuple[AcceptedFinding, ...]
    lines: tuple[int, ...] = ()
    """The 1-based line of each entry."""


def read_baseline(path: str) -> Baseline:
    """The baseline in a file. Raises BaselineError for anything that is not one, or not of this version of fingerprints."""
    try:
        data = read_bytes(path, _LARGEST, links=False)
    except FileError as error:
        raise BaselineError(f"the baseline {path} cannot be read: {error}; write it with --write-baseline") from error
    try:
        text = data.decode("utf-8")
        document = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BaselineError(
            f"{path} is no baseline: it is not JSON ({error}); restore it, or remove it and write a new one"
        ) from error
    kind = document.get("kea-hac-baseline") if isinstance(document, dict) else None
    if kind is None or isinstance(kind, bool) or not isinstance(kind, int):
        raise BaselineError(f"{path} is no baseline of kea-hac: it has no key kea-hac-baseline; name another file")
    if kind != FORMAT or document.get("fingerprints") != VERSION:
        raise BaselineError(
            f"{path} is a baseline of another version of kea-hac (format {kind}, fingerprints {document.get('fingerprints')!r}); this one "
            f"reads format {FORMAT} with {VERSION}: remove the file and write a new one"
        )
    entries = tuple(_entries(document, path))
    return Baseline(path, entries, tuple(_lines(text, entries)))


def _entries(document: dict[str, Any], path: str) -> Iterator[AcceptedFinding]:
    listed = document.get("findings")
    if not isinstance(listed, list) or set(document) != {"kea-hac-baseline", "fingerprints", "findings"}:
        raise BaselineError(f"{path} is broken: it must have the keys kea-hac-baseline, fingerprints and findings")
    seen: set[str] = set()
    for number, each in enumerate(listed, 1):
        if (
            not isinstance(each, dict)
            or set(each) != set(_KEYS)
            or not all(isinstance(each[key], str) for key in _KEYS)
        ):
            raise BaselineError(f"{path} is broken: entry {number} must have {', '.join(_KEYS)}, all strings")
        if not _FINGERPRINT.match(each["fingerprint"]):
            raise BaselineError(f"{path} is broken: {each['fingerprint']!r} in entry {number} is no fingerprint")
        if each["fingerprint"] in seen:
            raise BaselineError(f"{path} is broken: the fingerprint of entry {number} is listed twice")
        seen.add(each["fingerprint"])
        yield AcceptedFinding(*(each[key] for key in _KEYS))


def _lines(text: str, entries: Iterable[AcceptedFinding]) -> Iterator[int]:
    places: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for found in re.findall(r'"([0-9a-f]{32}:[0-9]+)"', line):
            places.setdefault(found, number)
    for each in entries:
        yield places.get(each.fingerprint, 1)


def with_baseline(report: Report, baseline: Baseline, place: Callable[[str], str], judged: Collection[str]) -> Report:
    """The report without the findings of the baseline, which are counted as ignored, and with one for each entry that is gone.

    `place`: a file as a finding names it → its path in the repository. `judged`: the paths of the files that this run has read whole; an
    entry of another file is unknown, unless that file no longer exists.
    """
    listed = {each.fingerprint for each in baseline.entries}
    kept, ignored, found = [], [], set()
    for each, known_by in zip(report.diagnostics, fingerprints(report.diagnostics, place), strict=True):
        if known_by in listed and not each.rule.unreadable:
            found.add(known_by)
            ignored.append(Ignored(each, "it is in the baseline", baseline.path))
        else:
            kept.append(each)
    gone = [
        _gone(entry, line, baseline.path)
        for entry, line in zip(baseline.entries, baseline.lines, strict=True)
        if entry.fingerprint not in found and entry.file in judged
    ]
    ordered = sorted((*kept, *gone), key=lambda each: each.sort_key)
    return replace(report, diagnostics=tuple(ordered), ignored=(*report.ignored, *ignored))


def _gone(entry: AcceptedFinding, line: int, path: str) -> Diagnostic:
    message = f"{entry.rule} {entry.name} is not found in {entry.file} any more: {entry.message}"
    span = Span(path, line, 1, line, 1)
    fix = "remove the entry: --write-baseline writes the file again"
    return Diagnostic(NOT_FOUND_ANY_MORE, NOT_FOUND_ANY_MORE.severity, message, span, entry.fingerprint, fix=fix)


def baseline_text(
    found: Sequence[Diagnostic],
    place: Callable[[str], str],
    old: Iterable[AcceptedFinding] = (),
    judged: Collection[str] = (),
) -> str:
    """The text of a baseline with these findings, and with the old entries of files that were not judged."""
    entries = {each.fingerprint: each for each in old if each.file not in judged}
    for each, known_by in zip(found, fingerprints(found, place), strict=True):
        if not each.rule.unreadable:
            entries[known_by] = AcceptedFinding(
                known_by, each.rule.code, each.rule.name, place(each.span.file), each.message
            )
    ordered = sorted(entries.values(), key=lambda each: (each.file, each.rule, each.message, each.fingerprint))
    listed = [{key: getattr(each, key) for key in _KEYS} for each in ordered]
    return json.dumps({"kea-hac-baseline": FORMAT, "fingerprints": VERSION, "findings": listed}, indent=2) + "\n"


def exists(path: str) -> bool:
    """True when something is at the path, a link that leads nowhere too."""
    return os.path.lexists(path)
