"""The Kea version that the files of one server are for, where no version is set: evidence for and against each branch.

Strong evidence is what a branch refuses or does not have: a key, a subnet without id, a library, a directory. An old spelling is
weak: newer branches accept it as well, and files are kept when servers are upgraded. In an answer of config-get an old spelling
is strong, because every version prints its own spelling (seen on 2.2.0, 2.6.3, 3.0.4).

The guess is the newest proven branch that no strong evidence excludes and that at most one weak piece of evidence is against.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6
from kea_hac.kea.grammar import Keyword, Program, Scope, program, spoken
from kea_hac.kea.hooks import RENAMED, Shipping, shipping, sql_library
from kea_hac.kea.platform import DEFAULT_ARCH, platform, platform_names
from kea_hac.kea.version import BRANCHES, Branch, Feature, KeaVersion, branches_with, first_branch, preferred
from kea_hac.kea_files.used_keys import Use, uses
from kea_hac.records import dataclass
from kea_hac.source.document import Document, Map, Seq, Value

DAEMONS = {daemon.top: daemon for daemon in (DHCP4, DHCP6, CTRL_AGENT)}
_ALL = frozenset(BRANCHES)
_SHOWN = 3
"""Pieces of evidence that a sentence names."""
_PLAIN_LIBRARY = "libdhcp_"
_DATABASES = ("lease-database", "hosts-database", "hosts-databases")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing in the files that some branches do not go with."""

    what: str
    """The name of the key or thing, for a message."""
    branches: frozenset[Branch]
    """The branches that have it."""
    strong: bool

    @property
    def words(self) -> str:
        """The piece of evidence as a sentence: "'control-sockets' in Dhcp4 exists in 3.0 and newer only"."""
        if not self.strong:
            return f"{self.what} is the usual spelling of {spoken(self.branches)}"
        versions = spoken(self.branches)
        return (
            f"{self.what} exists {versions} only"
            if versions.startswith("up to")
            else f"{self.what} exists in {versions} only"
        )


@dataclass(frozen=True, slots=True)
class Guess:
    """The result of all evidence."""

    able: frozenset[Branch]
    """The branches that the strong evidence leaves: those that refuse least, if each of them refuses something."""
    likely: frozenset[Branch]
    """Of these, the branches without weak evidence against them."""
    evidence: tuple[Evidence, ...]
    """All pieces, the strong ones first."""

    @property
    def version(self) -> KeaVersion:
        """The newest of the likely branches, a proven one where there is one."""
        return KeaVersion(preferred(self.likely))

    def source(self, target: KeaVersion) -> KeaVersion:
        """The version to read the files for, when the spec is for `target`: the target itself wherever it takes the files."""
        if target.branch in self.able:
            return target
        older = frozenset(branch for branch in self.able if branch.order < target.branch.order)
        return KeaVersion(preferred(older & self.likely or older or self.likely))

    @property
    def span(self) -> str:
        """The branches that take the files, as half a sentence."""
        known = sorted(self.able, key=lambda branch: branch.order)
        return (
            f"{known[0]} to {known[-1]} accept these files"
            if len(known) > 1
            else f"only {known[0]} accepts these files"
        )

    @property
    def words(self) -> str:
        """Why, in half a sentence."""
        named = [each for each in self.evidence if self.able & each.branches][:_SHOWN]
        reasons = "; ".join(each.words for each in named)
        return f"{self.span}{f': {reasons}' if reasons else ''}"


def weigh(documents: Iterable[Document]) -> Guess:
    """The guess for the files of one server."""
    return judged(piece for document in documents for piece in evidence(document))


def together(guesses: Sequence[Guess]) -> Guess | None:
    """One guess for several servers; None where no branch takes the files of all."""
    able = frozenset.intersection(*(guess.able for guess in guesses)) if guesses else frozenset()
    return judged((piece for guess in guesses for piece in guess.evidence), able) if able else None


def judged(pieces: Iterable[Evidence], among: Collection[Branch] = BRANCHES) -> Guess:
    """Combine pieces of evidence. What occurs ten times in the files is one piece."""
    known = tuple(dict.fromkeys(sorted(pieces, key=lambda each: not each.strong)))
    able = _fewest({branch: sum(each.strong and branch not in each.branches for each in known) for branch in among})
    against = {branch: sum(not each.strong and branch not in each.branches for each in known) for branch in able}
    likely = frozenset(branch for branch in able if against[branch] <= 1) or _fewest(against)
    return Guess(able, likely, known)


def _fewest(discrepancies: dict[Branch, int]) -> frozenset[Branch]:
    least = min(discrepancies.values())
    return frozenset(branch for branch, count in discrepancies.items() if count == least)


def evidence(document: Document) -> Iterator[Evidence]:
    """Every piece in one file, an answer of config-get or a file of Kea."""
    arguments = document.root.get("arguments")
    answer = isinstance(arguments, Map) and "result" in document.root
    top = arguments if answer and isinstance(arguments, Map) else document.root
    if "hash" in top:
        yield Evidence("the 'hash' beside the configuration", branches_with(Feature.CONFIG_HASH), strong=True)
    for key, node in top.items():
        if key not in DAEMONS or not isinstance(node, Map):
            continue
        vocabulary = program(DAEMONS[key].name)
        if vocabulary.branches != _ALL:
            yield Evidence(f"{key!r}", frozenset(vocabulary.branches), strong=True)
        yield from _keys(vocabulary, vocabulary.top, node, answer=answer)
        yield from _subnet_ids(node)
        yield from _libraries(node, answer=answer)
        yield from _databases(node)
        yield from _directories(node)


def _keys(vocabulary: Program, scope: str, node: Value, *, answer: bool) -> Iterator[Evidence]:

    def tells(_: Scope, keyword: Keyword) -> bool:
        return bool(keyword.replaced_by) or not vocabulary.branches <= keyword.branches

    for use in uses(vocabulary, vocabulary.scopes[scope], node, (), tells):
        known = frozenset(use.keyword.branches)
        if not vocabulary.branches <= known:
            yield Evidence(_named(use), known, strong=True)
        old = _before_newer(use)
        if use.keyword.replaced_by and old and old < known:
            # one piece, however often it occurs
            yield Evidence(_named(use) if answer else repr(use.keyword.name), old & known, strong=answer)


def _named(use: Use) -> str:
    return f"{use.keyword.name!r} in {use.scope.name}"


def _before_newer(use: Use) -> frozenset[Branch]:
    """The branches that have no newer spelling of a key."""
    newer = (use.scope.keywords[name].branches for name in use.keyword.replaced_by if name in use.scope.keywords)
    return _ALL.difference(*newer)


def _subnet_ids(node: Map) -> Iterator[Evidence]:
    """A subnet without id loads up to 2.4 only (ChangeLog 2232)."""
    networks = node.get("shared-networks")
    for holder in (node, *(networks if isinstance(networks, Seq) else ())):
        for key in ("subnet4", "subnet6"):
            found = holder.get(key) if isinstance(holder, Map) else None
            if any(isinstance(each, Map) and "id" not in each for each in (found if isinstance(found, Seq) else ())):
                yield Evidence("subnets without id", _ALL - branches_with(Feature.SUBNET_ID_MANDATORY), strong=True)


def _libraries(node: Map, *, answer: bool) -> Iterator[Evidence]:
    for entry in _maps(node.get("hooks-libraries")):
        file = str(entry.get("library", "")).rpartition("/")[2]
        if file.startswith(_PLAIN_LIBRARY):
            having = frozenset(branch for branch in BRANCHES if _ships(file, branch))
            if having and having != _ALL:
                yield Evidence(f"the library {file}", having, strong=True)
        parameters = entry.get("parameters")
        found = parameters.get("high-availability") if isinstance(parameters, Map) else None
        if isinstance(found, Seq) and len(found) > 1:
            yield Evidence("more than one HA relationship", branches_with(Feature.HUB_AND_SPOKE), strong=True)
        for relationship in _maps(found):
            yield from _keys(program("ha"), "relationship", relationship, answer=answer)


def _ships(file: str, branch: Branch) -> bool:
    """True when a branch has a library under just this name."""
    renamed = RENAMED.get(file)
    old = renamed is not None and branch.order >= renamed[1].order
    new = renamed is None and file in _SQL_LIBRARIES and branch not in branches_with(Feature.SQL_BY_HOOK)
    return not old and not new and shipping(file, branch) not in (Shipping.ABSENT, Shipping.UNKNOWN)


def _sql_library(kind: str) -> str | None:
    """The library that a database needs where it needs one."""
    return sql_library(kind, first_branch(Feature.SQL_BY_HOOK))


_SQL_LIBRARIES = {_sql_library(kind) for kind in ("mysql", "postgresql")}


def _databases(node: Map) -> Iterator[Evidence]:
    """A database whose library is not loaded: such a file loads only where none is needed."""
    loaded = {str(entry.get("library", "")).rpartition("/")[2] for entry in _maps(node.get("hooks-libraries"))}
    for key in _DATABASES:
        found = node.get(key)
        for each in [found] if isinstance(found, Map) else _maps(found):
            kind = str(each.get("type"))
            if (library := _sql_library(kind)) is not None and library not in loaded:
                yield Evidence(f"{kind} without its library", _ALL - branches_with(Feature.SQL_BY_HOOK), strong=True)


def _directories(node: Map) -> Iterator[Evidence]:
    """A socket outside the directories of the packages: from 3.0 on Kea accepts it only if built or configured for it; /tmp never."""
    since = first_branch(Feature.SUPPORTED_PATHS_ONLY)
    older = frozenset(branch for branch in BRANCHES if branch.order < since.order)
    entries = [node.get("control-socket"), *_maps(node.get("control-sockets"))]
    for entry in entries:
        name = entry.get("socket-name") if isinstance(entry, Map) else None
        folder = name.rpartition("/")[0] if isinstance(name, str) and name.startswith("/") else ""
        if folder and folder not in _socket_folders():
            yield Evidence(f"a control socket in {folder}", older, strong=folder == "/tmp")  # noqa: S108 - what files say


def _socket_folders() -> frozenset[str]:
    since = KeaVersion(first_branch(Feature.SUPPORTED_PATHS_ONLY))
    rows = (platform(name, DEFAULT_ARCH, since) for name in platform_names())
    return frozenset(row.socket_dir for row in rows) | {"/var/run/kea"}


def _maps(value: Value) -> Iterator[Map]:
    yield from (each for each in value if isinstance(each, Map)) if isinstance(value, Seq) else ()
