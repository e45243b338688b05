"""A revision and the specs that are meant → the tasks, and all results together: limits, and what pairs mean to each other."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kea_hac.check.fleet import Member, fleet_findings
from kea_hac.check.suppression import suppressed
from kea_hac.config import FILE, LARGEST, NO_LIMITS, PYPROJECT, ConfigError, ReviewLimits, review_limits
from kea_hac.diagnostics import Diagnostic, located
from kea_hac.errors import UsageError
from kea_hac.review.limits import OverLimit, over_limits
from kea_hac.review.pairing import Task, pair_name, tasks
from kea_hac.review.reviewing import PairReview, State
from kea_hac.source import read_yaml
from kea_hac.source.allowed import LARGEST_INPUT, Files, read_input
from kea_hac.source.document import Document, Joint
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.git_folder import GitError, shared_branch, short_name
from kea_hac.source.git_objects import Repository
from kea_hac.source.git_tree import Revision

_YAML = (".yaml", ".yml")
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Base:
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

    @property
    def shown(self) -> tuple[PairReview, ...]:
        """The pairs that are not as they were."""
        return tuple(each for each in self.pairs if each.state is not State.UNCHANGED or each.new_findings)


def base_of(folder: str, since: str | None) -> Base:
    """The revision to compare with. Raises UsageError when there is none, with the next step."""
    try:
        repository = Repository.of(folder)
        if since is not None:
            return Base(Revision(repository, repository.commit(since)), since)
        branch = shared_branch(repository.references)
        if branch is None:
            raise UsageError("no main branch was found to compare with: name a revision with --since REV")
        found = repository.merge_base("HEAD", branch)
    except GitError as error:
        raise UsageError(f"the older revision cannot be read: {error}") from error
    if found is None:
        step = (
            "fetch the whole history (git fetch --unshallow; actions/checkout: fetch-depth: 0)"
            if repository.shallow
            else ""
        )
        raise UsageError(
            f"HEAD and {short_name(branch)} have no commit in common: {step or 'name a revision with --since REV'}"
        )
    return Base(Revision(repository, found), f"the merge base with {short_name(branch)}")


def specs_of(revision: Revision, supplied: Iterable[str], is_spec: Callable[[bytes], bool]) -> tuple[str, ...]:
    """The specs of a revision that arguments of the command line mean: files, folders, patterns. Raises GitError."""
    found: dict[str, None] = {}
    for each in supplied:
        if revision.is_file(each):
            found[each] = None
            continue
        folder = each
        pattern = None
        if magic := _MAGIC.search(each):
            folder = os.path.dirname(each[: magic.start()]) or "."
            pattern = _pattern(os.path.normpath(each))
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


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of the command line, in which ** stands for any number of folders."""
    result = ""
    for part in re.split(r"(\*\*/|\*|\?|\[[^\]]*\])", text):
        result += {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(part) or (
            "[" + part[1:-1].replace("\\", r"\\").replace("!", "^", 1) + "]"
            if part.startswith("[")
            else re.escape(part)
        )
    return re.compile(result)


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


def tasks_of(base: Base, olds: Sequence[str], news: Sequence[str]) -> tuple[Task, ...]:
    """What is to be compared with what."""
    revision = base.revision
    before = [(path, pair_name(_content(revision, path))) for path in olds]
    return tasks(before, [(path, pair_name(_on_disk(path))) for path in news], os.path.abspath)


def limits_of(base: Base, root: str) -> tuple[ReviewLimits, ReviewLimits]:
    """The limits of the work tree, and those of the older revision. Raises ConfigError, a UsageError, for a file with mistakes."""
    return _limits(_reader(root)), _limits(_reader_of(base.revision, root), f" in {base.revision.name}")


def _limits(read: Callable[[str], bytes | None], where: str = "") -> ReviewLimits:
    for name in (FILE, PYPROJECT):
        data = read(name)
        if data is not None:
            return review_limits(data, name, where)
    return NO_LIMITS


def _reader(root: str) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        path = os.path.join(root, name)
        if not os.path.lexists(path):
            return None
        try:
            return read_bytes(path, LARGEST, links=False)
        except FileError as error:
            raise ConfigError(f"{name} cannot be read: {error}") from error

    return read


def _reader_of(revision: Revision, root: str) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        path = os.path.join(root, name)
        if not revision.is_file(path):
            return None
        try:
            return revision.read(revision.real(path), LARGEST)
        except FileError as error:
            raise ConfigError(f"{name} cannot be read: {error}") from error

    return read


def reviewed(
    base: Base,
    pairs: Sequence[PairReview],
    limits: tuple[ReviewLimits, ReviewLimits],
    accepted: Iterable[str],
    problems: Iterable[str] = (),
) -> Reviewed:
    """All results together."""
    removals = [
        replace(each.removals, loses=bool(each.losses), impact=each.impact)
        for each in pairs
        if each.removals is not None
    ]
    return Reviewed(
        base.revision.name,
        base.words,
        tuple(pairs),
        over_limits(removals, *limits, accepted),
        tuple(_between_pairs(base.revision, pairs)),
        tuple(problems),
    )


def _between_pairs(revision: Revision, pairs: Sequence[PairReview]) -> Iterator[Diagnostic]:
    """New findings about several pairs."""
    now = [each.members[1] for each in pairs if each.members[1] is not None]
    before = [each.members[0] for each in pairs if each.members[0] is not None]
    known = {(each.rule.code, each.message) for each in _fleet(before, revision)}
    yield from (each for each in _fleet(now, None) if (each.rule.code, each.message) not in known)


def _fleet(members: Sequence[Member], files: Files | None) -> list[Diagnostic]:
    findings = list(fleet_findings(members)) if len(members) > 1 else []
    paths = {str(route[0]) for each in findings for route in (each.at, *(at for at, _ in each.related))}
    documents: dict[str, Document] = {}
    for path in sorted(paths):
        document = read_yaml(Path(path), files=files).document
        if document is not None:
            documents[path] = document
    if not documents:
        return []
    found = located(findings, Joint(documents))
    for document in documents.values():
        found = suppressed(found, document, complete=False)
    return found
