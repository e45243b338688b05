"""One pair in two revisions → what changes. Reads the spec of the work tree and, from Git's objects, that of the older revision."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from kea_hac.api import Checked, judge, judge_site, load, load_from
from kea_hac.changes.between import site_between
from kea_hac.changes.change import ABSENT
from kea_hac.changes.change_set import ChangeSet, Edit, change_set
from kea_hac.changes.orphans import Loss, losses, moved_databases
from kea_hac.changes.sizes import removed
from kea_hac.check.fleet import Member, member
from kea_hac.compiler.built import Built
from kea_hac.diagnostics import Diagnostic, Route, Severity
from kea_hac.leases.impact import Impact
from kea_hac.records import dataclass
from kea_hac.review.limits import PairRemovals
from kea_hac.review.pairing import ReviewTask
from kea_hac.source.allowed import read_input
from kea_hac.source.files import FileError
from kea_hac.source.git_objects import Repository
from kea_hac.source.git_tree import Revision


class PairOutcome(StrEnum):
    """What became of a pair."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    """No file of any server is another one."""
    ADDED = "added"
    REMOVED = "removed"
    BROKEN_NOW = "broken-now"
    """The spec has errors now, so nothing is known of its servers."""
    BROKEN_BEFORE = "broken-before"
    """The spec had errors in the older revision, so what changes on its servers is not known."""


@dataclass(frozen=True, slots=True)
class Where:
    """A line of one of the two revisions of a spec, or of a file that it includes."""

    file: str
    line: int
    old: bool
    """True for the older revision."""


@dataclass(frozen=True, slots=True)
class LocatedEdit:
    """One edit with its place for people."""

    edit: Edit
    where: Where | None


@dataclass(frozen=True, slots=True)
class PairReview:
    """The review of one pair."""

    pair: str
    """The name now; that of the older revision for a pair that goes."""
    path: str | None
    """The spec now."""
    old_path: str | None
    """The spec in the older revision."""
    state: PairOutcome
    changes: ChangeSet | None = None
    places: tuple[LocatedEdit, ...] = ()
    """The edits of `changes` with their lines."""
    blocked: tuple[str, ...] = ()
    """Why no configuration can lie between two rounds, where the rules refuse it."""
    new_findings: tuple[Diagnostic, ...] = ()
    old_findings: int = 0
    """Findings that were there before."""
    mended: int = 0
    """Findings of the older revision that are gone."""
    earlier_errors: tuple[str, ...] = ()
    """With BROKEN_BEFORE: the first errors of the older revision."""
    removals: PairRemovals | None = None
    """None for a pair that comes or stays as it is."""
    micetro: bool = False
    heartbeat: int | None = None
    """Milliseconds of the longest heartbeat-delay, where HA sets one."""
    servers: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    """What goes, as conditions on leases."""
    lease_groups: tuple[tuple[str, ...], ...] = ()
    """Servers that have the same leases, because they are in one HA relationship of the older revision."""
    impact: Impact | None = None
    """The leases on what goes; None where nothing goes, or where no lease data were asked for."""
    members: tuple[Member | None, Member | None] = field(default=(None, None), repr=False)
    """What the pair means to others, before and now."""

    @property
    def renamed(self) -> bool:
        """True for another path of the spec, or another name of the pair."""
        moved = self.path is not None and self.old_path is not None and self.path != self.old_path
        return moved or (self.changes is not None and self.changes.pair != self.changes.old_pair)


_NOT_RENAMED: Mapping[str, str] = MappingProxyType({})
_EARLIER = 3
"""Errors of the older revision that are shown."""


@lru_cache(maxsize=2)
def _revision(folder: str, commit: str) -> Revision:
    """The commit in this process, opened once."""
    return Revision(Repository.of(folder), commit)


def review_pair(task: ReviewTask, *, folder: str, commit: str) -> PairReview:
    """Review one pair. `folder`: one of the work tree. Raises KeaHacError when the repository cannot be read."""
    revision = _revision(folder, commit)
    new = load(Path(task.new)) if task.new is not None else None
    if task.new is not None and task.new == task.old and new is not None and new.document is not None:
        paths = [each.path for each in new.document.texts]
        if not any(each.rule.unreadable for each in new.diagnostics) and all(_same(revision, each) for each in paths):
            checked = judge(new)
            return _unchanged(task, checked)
    now = judge(new) if new is not None else None
    before = judge(load_from(Path(task.old), revision)) if task.old is not None else None
    if revision.trouble is not None:  # no mistake of the spec
        raise revision.trouble
    return compared(task, before, now)


def _same(revision: Revision, path: str) -> bool:
    """True when a file of the work tree has the content that it has in the revision."""
    try:
        return revision.holds(path, read_input(path))
    except FileError:
        return False


def _unchanged(task: ReviewTask, checked: Checked) -> PairReview:
    one = _member(task.new, checked)
    name = checked.site.pair if checked.site else str(task.new)
    count = len(checked.report.diagnostics)
    servers = tuple(node.name for node in checked.site.nodes) if checked.site is not None else ()
    return PairReview(
        name, task.new, task.old, PairOutcome.UNCHANGED, old_findings=count, members=(one, one), servers=servers
    )


def compared(task: ReviewTask, before: Checked | None, now: Checked | None) -> PairReview:
    """The review of a pair that was compiled in two ways: two revisions, or two versions of Kea."""
    known = now.site if now is not None and now.site is not None else before.site if before is not None else None
    pair = known.pair if known is not None else (task.new or task.old or "")
    fresh, old, mended = _findings(before, now)
    review = PairReview(
        pair,
        task.new,
        task.old,
        PairOutcome.CHANGED,
        new_findings=fresh,
        old_findings=old,
        mended=mended,
        micetro=known is not None and known.micetro is not None,
        servers=tuple(node.name for node in known.nodes) if known is not None else (),
        members=(_member(task.old, before), _member(task.new, now)),
    )
    older, newer = _built(before), _built(now)
    if now is None:
        lost = PairRemovals(pair, removed(older, None) if older is not None else None)
        review = replace(review, state=PairOutcome.REMOVED, removals=lost)
        if older is None:
            return review
        return replace(review, losses=losses(older, None), lease_groups=_lease_groups(older))
    if newer is None:
        return replace(
            review, state=PairOutcome.BROKEN_NOW, removals=PairRemovals(pair, None) if before is not None else None
        )
    if before is None:
        return replace(review, state=PairOutcome.ADDED)
    if older is None:
        errors = [each.message for each in before.report.diagnostics if each.severity is Severity.ERROR]
        return replace(
            review,
            state=PairOutcome.BROKEN_BEFORE,
            earlier_errors=tuple(errors[:_EARLIER]),
            removals=PairRemovals(pair, None),
        )
    return _changed(review, older, newer)


def _changed(review: PairReview, older: Built, newer: Built) -> PairReview:
    changes = change_set(older, newer)
    if not changes:
        return replace(review, state=PairOutcome.UNCHANGED, changes=changes)
    return replace(
        review,
        changes=changes,
        places=tuple(LocatedEdit(each, _where(each, older, newer)) for each in changes.edits),
        blocked=tuple(_blocked(changes, older, newer)),
        removals=PairRemovals(review.pair, changes.removed, tuple(_shrunk(changes))),
        heartbeat=_heartbeat(newer),
        losses=losses(older, newer, moved_databases((each.daemon.name, each.path) for each in changes.edits)),
        lease_groups=_lease_groups(older, dict(changes.servers_renamed)),
    )


def _lease_groups(built: Built, renamed: Mapping[str, str] = _NOT_RENAMED) -> tuple[tuple[str, ...], ...]:
    """The servers of each HA relationship, and each server that is in none. `renamed`: old name → new name."""
    groups = [
        tuple(peer.node.name for peer in each.peers)
        for family in built.site.families.values()
        for each in family.relationships
    ]
    alone = [(node.name,) for node in built.site.nodes if all(node.name not in each for each in groups)]
    return tuple(dict.fromkeys(tuple(renamed.get(name, name) for name in each) for each in (*groups, *alone)))


def _where(edit: Edit, older: Built, newer: Built) -> Where | None:
    """The line of the newer spec; of the older one for what is gone."""
    gone = edit.new_at is None or (edit.new is ABSENT and edit.old_at is not None)
    route: Route | None = edit.old_at if gone else edit.new_at
    if route is None:
        return None
    span = (older if gone else newer).site.document.span(route)
    return Where(span.file, span.line, gone)


def _blocked(changes: ChangeSet, older: Built, newer: Built) -> Iterator[str]:
    """The rules' answer to each configuration between two rounds, where they refuse it."""
    for each in changes.rounds:
        if each.configuration.is_new:
            continue
        build, findings = judge_site(site_between(older.site, newer.site, each.family, each.configuration))
        if build is None:
            errors = [one.message for one in findings if (one.severity or one.rule.severity) is Severity.ERROR]
            yield f"{each.family}: {errors[0]}"


def _shrunk(changes: ChangeSet) -> Iterator[tuple[str, str]]:
    """Subnets of which some server leases less than before."""
    for each in changes.sizes:
        before = sum(size.addresses + size.prefixes for _, size, _ in each.by_server if size is not None)
        after = sum(size.addresses + size.prefixes for _, _, size in each.by_server if size is not None)
        if after < before:
            yield each.family, each.prefix


def _heartbeat(built: Built) -> int | None:
    delays = [
        one.settings.get("heartbeat-delay", 10000)
        for family in built.site.families.values()
        for one in family.relationships
    ]
    return max((each for each in delays if isinstance(each, int)), default=None)


def _built(checked: Checked | None) -> Built | None:
    if checked is None or checked.site is None or checked.build is None:
        return None
    return Built(checked.site, checked.build)


def _member(path: str | None, checked: Checked | None) -> Member | None:
    if path is None or checked is None or checked.site is None:
        return None
    return member(path, checked.site)


def _findings(before: Checked | None, now: Checked | None) -> tuple[tuple[Diagnostic, ...], int, int]:
    """The findings that are new, and how many are old, and how many are gone."""
    ours = now.report.diagnostics if now is not None else ()
    return fresh_findings(before.report.diagnostics if before is not None else (), ours)


def fresh_findings(before: Sequence[Diagnostic], now: Sequence[Diagnostic]) -> tuple[tuple[Diagnostic, ...], int, int]:
    """What is found now and was not before, how many stayed, how many are gone. Lines may have moved; what they contain counts."""
    fresh, left = _unmatched(before, now, _by_text)
    fresh, left = _unmatched(left, fresh, _by_place)
    return tuple(fresh), len(now) - len(fresh), len(left)


def _unmatched(
    before: Sequence[Diagnostic], now: Sequence[Diagnostic], name: Callable[[Diagnostic], Hashable]
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Those of now that are in no pair with one of before, and the other way round."""
    waiting: dict[Hashable, list[Diagnostic]] = {}
    for each in before:
        waiting.setdefault(name(each), []).append(each)
    fresh = []
    for each in now:
        same = waiting.get(name(each))
        if same:
            same.pop()
        else:
            fresh.append(each)
    return fresh, [each for same in waiting.values() for each in same]


def _by_text(found: Diagnostic) -> Hashable:
    """The same finding on a line that moved."""
    return found.rule.code, found.severity, found.message, (found.text or "").strip()


def _by_place(found: Diagnostic) -> Hashable:
    """The same finding at a value of which another part changed."""
    return found.rule.code, found.severity, found.message, found.path
