"""A revision and the specs that are meant → the tasks, and all results together: limits, and what pairs mean to each other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from kea_hac.check.fleet import Member, fleet_findings, involved
from kea_hac.check.suppression import suppressed
from kea_hac.config import RuleBook, Settings
from kea_hac.config.apply import applied
from kea_hac.config.search import reader_of, settings_of
from kea_hac.config.strictest import strictest
from kea_hac.diagnostics import Diagnostic, Ignored, Report
from kea_hac.errors import UsageError
from kea_hac.locating import located
from kea_hac.records import dataclass
from kea_hac.review.limits import OverLimit, changed_settings, over_limits
from kea_hac.review.pairing import ReviewTask, pair_name, tasks
from kea_hac.review.reviewing import PairOutcome, PairReview
from kea_hac.source.allowed import LARGEST_INPUT, Files, read_input, work_trees
from kea_hac.source.files import FileError
from kea_hac.source.git_folder import GitError, shared_branch, short_name
from kea_hac.source.git_objects import Repository
from kea_hac.source.git_tree import Revision
from kea_hac.source.joint import Joint
from kea_hac.source.patterns import MAGIC, path_pattern

_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class BaseRevision:
    """The older revision, and why it is this one."""

    revision: Revision
    words: str
    """ "the merge base with origin/main", or the name that the user gave."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The result of a review."""

    base: str
    """The commit, as people write it."""
    base_words: str
    pairs: tuple[PairReview, ...]
    limits: tuple[OverLimit, ...] = ()
    fleet_findings: tuple[Diagnostic, ...] = ()
    """New findings about several pairs."""
    problems: tuple[str, ...] = ()
    """What could not be done at all, a line each."""
    ignored: tuple[Ignored, ...] = ()
    """New findings that both revisions of kea-hac.toml ignore."""

    @property
    def shown(self) -> tuple[PairReview, ...]:
        """The pairs that are not as they were."""
        return tuple(each for each in self.pairs if each.state is not PairOutcome.UNCHANGED or each.new_findings)


def base_of(folder: str, since: str | None) -> BaseRevision:
    """The revision to compare with. Raises UsageError when there is none, with the next step."""
    try:
        repository = Repository.of(folder)
        if since is not None:
            here = next(work_trees(os.path.realpath(os.curdir)), None)
            found = repository.chosen(lambda each: each.commit(since), here)
            words = since
        else:
            names: list[str] = []
            found = repository.chosen(lambda each: _merge_base(each, names))
            words = f"the merge base with {names[0]}"
    except GitError as error:
        raise UsageError(f"the older revision cannot be read: {error}") from error
    if found is None:
        raise UsageError(
            f"{repository.folder.root} is a submodule now, and was none in {words}: there is no older revision of its specs to compare "
            "with; review this change by hand"
        )
    return BaseRevision(Revision(repository, found), words)


def _merge_base(repository: Repository, names: list[str]) -> str:
    """The merge base of what is checked out with the branch that pull requests go to, whose name is added to `names`. Raises UsageError."""
    branch = shared_branch(repository.references)
    if branch is None:
        raise UsageError("no main branch was found to compare with: name a revision with --since REV")
    names.append(short_name(branch))
    found = repository.merge_base("HEAD", branch)
    if found is None:
        step = (
            "fetch the whole history (git fetch --unshallow; actions/checkout: fetch-depth: 0)"
            if repository.shallow
            else ""
        )
        raise UsageError(
            f"HEAD and {short_name(branch)} have no commit in common: {step or 'name a revision with --since REV'}"
        )
    return found


def specs_of(revision: Revision, supplied: Iterable[str], is_spec: Callable[[bytes], bool]) -> tuple[str, ...]:
    """The specs of a revision that arguments of the command line mean: files, folders, patterns. Raises GitError."""
    found: dict[str, None] = {}
    for each in supplied:
        if revision.is_file(each):
            found[each] = None
            continue
        folder = each
        pattern = None
        if magic := MAGIC.search(each):
            folder = os.path.dirname(each[: magic.start()]) or "."
            pattern = path_pattern(os.path.normpath(each))
        for path in revision.walk(folder):
            if pattern.fullmatch(path) is None if pattern else not path.lower().endswith(_YAML):
                continue
            hidden = os.path.basename(path).startswith(".")
            if pattern is not None or (not hidden and is_spec(_content(revision, path))):
                found[path] = None
    return tuple({os.path.abspath(path): path for path in found}.values())


def moved_specs(
    revision: Revision, news: Iterable[str], olds: Iterable[str], is_spec: Callable[[bytes], bool]
) -> list[str]:
    """Specs of the revision that are elsewhere now: files that are gone, of pairs that a new file is for. Raises GitError."""
    names = {pair_name(_on_disk(path)) for path in news} - {None}
    known = {os.path.abspath(each) for each in olds}
    found = []
    for absolute in revision.walk(revision.root):
        if not absolute.lower().endswith(_YAML) or absolute in known or os.path.lexists(absolute):
            continue
        data = _content(revision, absolute)
        if is_spec(data) and pair_name(data) in names:
            found.append(os.path.relpath(absolute))
    return found


def _content(revision: Revision, path: str) -> bytes:
    """The content of a file of the revision; nothing for a link that leads nowhere. Raises GitError when an object is missing."""
    try:
        return revision.read(revision.real(path), LARGEST_INPUT)
    except (FileError, OSError, ValueError):
        if revision.trouble is not None:
            raise revision.trouble from None
        return b""


def _on_disk(path: str) -> bytes:
    try:
        return read_input(path)
    except FileError:
        return b""


def tasks_of(base: BaseRevision, olds: Sequence[str], news: Sequence[str]) -> tuple[ReviewTask, ...]:
    """What is to be compared with what."""
    revision = base.revision
    before = [(path, pair_name(_content(revision, path))) for path in olds]
    return tasks(before, [(path, pair_name(_on_disk(path))) for path in news], os.path.abspath)


def settings_of_both(base: BaseRevision, inputs: Sequence[str], rules: RuleBook) -> tuple[Settings, Settings]:
    """The settings of the work tree, and those of the older revision. Raises ConfigError, a UsageError, for a file with mistakes."""
    top = base.revision.root
    now = settings_of(inputs, rules, top=top)
    return now, settings_of(inputs, rules, reader_of(base.revision), f" in {base.revision.name}", top)


def reviewed(
    base: BaseRevision,
    pairs: Sequence[PairReview],
    settings: tuple[Settings, Settings],
    accepted: Iterable[str],
    problems: Iterable[str] = (),
) -> Reviewed:
    """All results together."""
    now, before = settings
    removals = [
        replace(each.removals, loses=bool(each.losses), impact=each.impact)
        for each in pairs
        if each.removals is not None
    ]
    limits = over_limits(removals, now.review, before.review, accepted)
    agreed = strictest(now, before)
    fresh = [applied(Report(each.new_findings), agreed) for each in pairs]
    between = applied(Report(tuple(_between_pairs(base.revision, pairs))), agreed)
    return Reviewed(
        base.revision.name,
        base.words,
        tuple(replace(each, new_findings=one.diagnostics) for each, one in zip(pairs, fresh, strict=True)),
        (*changed_settings(now, before), *limits),
        between.diagnostics,
        tuple(problems),
        tuple(dict.fromkeys(one for each in (*fresh, between) for one in each.ignored)),
    )


def _between_pairs(revision: Revision, pairs: Sequence[PairReview]) -> Iterator[Diagnostic]:
    """New findings about several pairs."""
    now = [each.members[1] for each in pairs if each.members[1] is not None]
    before = [each.members[0] for each in pairs if each.members[0] is not None]
    known = {(each.rule.code, each.message) for each in _fleet(before, revision)}
    yield from (each for each in _fleet(now, None) if (each.rule.code, each.message) not in known)


def _fleet(members: Sequence[Member], files: Files | None) -> list[Diagnostic]:
    findings = list(fleet_findings(members)) if len(members) > 1 else []
    documents = {path: each for path, each in involved(findings, members, files).items() if each is not None}
    return suppressed(located(findings, Joint(documents)), *documents.values(), complete=False) if documents else []
