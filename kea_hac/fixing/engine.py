"""The repairs one after the other, until none is left that can be made. Every step is proven before the next one.

Repairs are tried together, and in smaller parts where that is refused. The last pass over what is left is what another run
begins with, so that another run changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from kea_hac.diagnostics import Diagnostic
from kea_hac.fixing.automatic import Sort, built, sort_of
from kea_hac.fixing.places import not_writable
from kea_hac.fixing.proof import against
from kea_hac.fixing.seen import Input, Judge, Seen
from kea_hac.records import dataclass
from kea_hac.source.allowed import LARGEST_INPUT
from kea_hac.source.edits import Edit
from kea_hac.source.files import FileError, decode, read_bytes
from kea_hac.source.repairs import edits_of, of_text, rewritten, within
from kea_hac.source.rewrite import other_users
from kea_hac.source.yaml_edit import plan_edits

MOST_TRIES = 1_000
"""Of one run. What was not tried then is left as it is."""


@dataclass(frozen=True, slots=True)
class NotMade:
    """A repair that was not made, and why."""

    found: Diagnostic
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The result: nothing is written yet."""

    old: Mapping[str, str]
    """Path → the text on the disk, of the files that change."""
    new: Mapping[str, str]
    """Path → the text after all repairs."""
    made: tuple[Diagnostic, ...]
    """The findings that are gone, as they were found."""
    not_made: tuple[NotMade, ...]
    before: Seen
    after: Seen


@dataclass(frozen=True, slots=True)
class _Candidate:
    found: Diagnostic
    of: Input
    sort: Sort

    @property
    def name(self) -> tuple[object, ...]:
        return self.found.rule.code, self.found.span, self.found.message

    @property
    def batch(self) -> tuple[int, bool, str]:
        """Repairs with the same one can be made together: of texts before those of values, of one document."""
        of_a_text = of_text(self.found)
        return self.sort, not of_a_text, "" if of_a_text else self.of.path


@dataclass(slots=True)
class _Run:
    judge: Judge
    seen: Seen
    wanted: Callable[[Diagnostic], bool]
    texts: dict[str, str] = field(default_factory=dict)
    """Real path → the new text."""
    disk: dict[str, str] = field(default_factory=dict)
    """Real path → the text on the disk."""
    names: dict[str, str] = field(default_factory=dict)
    """Real path → the path that findings use."""
    refused: dict[tuple[object, ...], NotMade] = field(default_factory=dict)
    made: list[Diagnostic] = field(default_factory=list)
    tries: int = 0
    users: dict[str, Mapping[str, str]] = field(default_factory=dict)


def fix(judge: Judge, wanted: Callable[[Diagnostic], bool] = lambda _: True) -> Fixed:
    """Make every repair that can be made and proven. Raises FileError when a file cannot be read any more.

    `wanted`: False for a finding that is left alone, such as one that the site ignores.
    """
    before = judge({})
    run = _Run(judge, before, wanted)
    while _pass(run):
        run.refused.clear()
    changed = {real for real, text in run.texts.items() if text != run.disk[real]}
    return Fixed(
        {run.names[real]: run.disk[real] for real in sorted(changed)},
        {run.names[real]: run.texts[real] for real in sorted(changed)},
        tuple(run.made),
        tuple(run.refused.values()),
        before,
        run.seen,
    )


def _pass(run: _Run) -> bool:
    """Try everything that is not refused yet. True when something was made."""
    made = False
    size: int | None = None
    while run.tries < MOST_TRIES and (batch := _next(run, size)):
        run.tries += 1
        reason = _try(run, batch)
        if reason is None:
            made, size = True, None if size is None else size * 2
        elif len(batch) == 1:
            run.refused[batch[0].name] = NotMade(batch[0].found, reason)
        else:
            size = len(batch) // 2
    return made


def _next(run: _Run, size: int | None) -> list[_Candidate]:
    """What is tried next: repairs of one sort that can be made together, at most `size` of them."""
    waiting: dict[tuple[object, ...], _Candidate] = {}
    for each in run.seen.inputs:
        for found in each.found:
            sort = sort_of(found, each) if run.wanted(found) else None
            if sort is not None:
                candidate = _Candidate(found, each, sort)
                if candidate.name not in run.refused and not _forbidden(run, candidate):
                    waiting.setdefault(candidate.name, candidate)
    if not waiting:
        return []
    first = min(each.batch for each in waiting.values())
    return sorted((each for each in waiting.values() if each.batch == first), key=lambda each: each.found.sort_key)[
        :size
    ]


def _forbidden(run: _Run, candidate: _Candidate) -> bool:
    """True, and noted, for a finding in a file that must not be written."""
    path = candidate.found.span.file
    reason = not_writable(path, candidate.of.path)
    if reason is None and built(candidate.of):
        reason = "kea-hac build has written this file: correct its spec"
    if reason is None and path != candidate.of.path:
        users = _users(run, candidate.of)
        reason = f"{path} is used by {users[path]} as well" if path in users else None
    if reason is not None:
        run.refused[candidate.name] = NotMade(candidate.found, reason)
    return reason is not None


def _users(run: _Run, of: Input) -> Mapping[str, str]:
    """The included files of an input that are used by files which this run does not judge."""
    if of.path not in run.users:
        judged = {
            os.path.realpath(text.path)
            for each in run.seen.inputs
            for text in ([] if each.document is None else each.document.texts)
        }
        run.users[of.path] = {} if of.document is None else other_users(of.document, judged)
    return run.users[of.path]


def _try(run: _Run, batch: Sequence[_Candidate]) -> str | None:
    """Make the repairs in memory, and keep them when the proof holds; else the reason."""
    made = _rewritten(run, batch) if of_text(batch[0].found) else _edited(run, batch)
    if isinstance(made, str):
        return made
    texts = run.texts | made
    after = run.judge(texts)
    done = [each.found for each in batch]
    while (further := _further(run, done, after)) is not None:
        path = further.span.file
        texts |= {_real(run, path): rewritten(_text(run, path, texts), [further])}
        after = run.judge(texts)
        done.append(further)
    if done[-1].rule.unreadable:
        texts, after, more = _behind(run, texts, after)
        done += more
    reason = against(run.seen, after, neutral=batch[0].sort is Sort.NEUTRAL)
    if reason is None:
        run.texts, run.seen = texts, after
        run.made += done
    return reason


def _behind(run: _Run, texts: dict[str, str], after: Seen) -> tuple[dict[str, str], Seen, list[Diagnostic]]:
    """What is left when a file can be read again: its other findings were hidden, and those that can be repaired do not count as new."""
    inner = _Run(run.judge, after, run.wanted, texts, run.disk, run.names, tries=run.tries)
    while _pass(inner):
        inner.refused.clear()
    run.tries = inner.tries
    return inner.texts, inner.seen, inner.made


def _further(run: _Run, done: Sequence[Diagnostic], after: Seen) -> Diagnostic | None:
    """The next place of a file that still cannot be read, behind those that were repaired: a reader shows one at a time."""
    last = done[-1]
    if not last.rule.unreadable or len(done) > MOST_TRIES:
        return None
    for each in after.inputs:
        for found in each.found:
            behind = found.span.file == last.span.file and found.span.line >= last.span.line
            if found.rule is last.rule and behind and sort_of(found, each) is not None and run.wanted(found):
                return found if (found.span.line, found.span.column) > (last.span.line, last.span.column) else None
    return None


def _rewritten(run: _Run, batch: Sequence[_Candidate]) -> dict[str, str]:
    """The new texts of repairs that replace the text at their place."""
    files: dict[str, list[Diagnostic]] = {}
    for each in batch:
        files.setdefault(each.found.span.file, []).append(each.found)
    return {_real(run, path): rewritten(_text(run, path), found) for path, found in files.items()}


def _edited(run: _Run, batch: Sequence[_Candidate]) -> dict[str, str] | str:
    """The new texts of repairs that change values of one document, or why one of them is not possible."""
    of = batch[0].of
    if of.document is None:
        return "the file could not be read"
    edits: dict[str, Edit] = {}
    for each in batch:
        repairs = [within(repair, of.document) for repair in each.found.repair]
        edits |= {repr(edit): edit for edit in edits_of(of.document, repairs)}
    plan = plan_edits(of.document, list(edits.values()), _users(run, of))
    if plan.refused:
        return plan.refused[0].reason
    if not plan.texts:
        return "it changes nothing"
    for path in plan.texts:
        if reason := not_writable(path, of.path):
            return reason
        _text(run, path)
    return {_real(run, path): text for path, text in plan.texts.items()}


def _real(run: _Run, path: str) -> str:
    real = os.path.realpath(path)
    run.names.setdefault(real, path)
    return real


def _text(run: _Run, path: str, texts: Mapping[str, str] | None = None) -> str:
    """The current text of a file. Its text on the disk is read once: `replace_texts` compares it before anything is written."""
    real = _real(run, path)
    if real not in run.disk:
        try:
            decoded = decode(read_bytes(real, LARGEST_INPUT, links=False))
        except FileError as error:
            raise FileError(f"{path}: {error}") from error
        run.disk[real] = decoded.text
    return (run.texts if texts is None else texts).get(real, run.disk[real])
