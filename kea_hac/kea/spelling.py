"""Canonical Blocks → what one version of Kea reads, in printed order; and what that version cannot say at all.

Subtrees that do not change stay the very same objects, so that two servers share their 100,000 reservations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from kea_hac.diagnostics import Finding, FindingSink, KeaVerdict, Route, Severity, rule
from kea_hac.kea.config import Block, Json, Once, same_or
from kea_hac.kea.grammar import Keyword, Program, Scope, narrowed, spoken
from kea_hac.kea.hooks import name_in
from kea_hac.kea.levels import levels
from kea_hac.kea.mistakes import OUT_OF_RANGE
from kea_hac.kea.order import arrange, in_order, placed
from kea_hac.kea.synonyms import BY_NEW, NOTHING, Spelling, UnsayableError
from kea_hac.kea.values import beyond, limits_of
from kea_hac.kea.version import Branch, Feature, KeaVersion, has
from kea_hac.records import dataclass

ABSENT_IN_VERSION = rule(
    "KH132",
    "absent-in-version",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="The target version does not know the key or the value, and the server does not start with it. The HA "
    "library ignores an unknown key without an error.",
    source="the grammars of each branch; seen on 2.2.0, 2.6.3 and 3.0.4",
)
UNSAYABLE_IN_VERSION = rule(
    "KH133",
    "unsayable-in-version",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="The target version knows only an older form of the key, and that form cannot hold this value. Without "
    "the value the server would behave differently.",
    source="the grammars of each branch",
    rests_on=("socket-type", "."),
)
MISSING_IN_VERSION = rule(
    "KH134",
    "missing-in-version",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="The target version requires a key that newer versions do not require. The server does not start without it.",
    source="versions before 2.4: LogConfigParser demands `severity`",
)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is to be done with every Block of a scope that has the same keys in the same order."""

    order: tuple[str, ...] | None
    """The keys in printed order; None when they stand so."""
    below: tuple[tuple[str, str], ...]
    """Keys of typed maps and lists of them, with their scope."""
    free: tuple[str, ...]
    rows: tuple[Spelling, ...]
    emptied: bool
    """True when an empty global `client-classes` must be left out."""
    libraries: bool
    absent: tuple[Keyword, ...]
    worded: tuple[tuple[str, frozenset[str]], ...]
    """Keys whose words are fewer in this branch, with the words that it has."""
    limited: tuple[Keyword, ...]
    """Keys of which another branch takes larger or smaller numbers, as this branch has them."""
    missing: tuple[str, ...]

    @property
    def still(self) -> bool:
        """True when Blocks of this shape stay as they are, but for what is below."""
        return not (self.order or self.free or self.rows or self.emptied or self.libraries)

    @property
    def taken(self) -> bool:
        """True when a branch knows all Blocks of this shape, whatever they hold, but for what is below."""
        return not (self.absent or self.worded or self.limited or self.missing)


class Respeller:
    """Canonical Blocks → what one version reads. Make one per program and branch and use it for all its servers:
    what was done once for an object is not done again."""

    def __init__(self, program: Program, version: KeaVersion, once: Once | None = None) -> None:
        """`once`: where the columns of the lists are known already."""
        self.program = program
        self.version = version
        self._shapes: dict[str, dict[tuple[str, ...], _Shape]] = {name: {} for name in program.scopes}
        self._done: dict[int, tuple[Json, Json]] = {}
        self._clean: dict[int, Json] = {}
        self._once = once or Once()

    def respell(self, block: Block, note: FindingSink, server: str, scope: str | None = None) -> Block:
        """The Block in the target's spelling and in printed order; the same object when nothing changes.

        `server` is named in findings, which are given once per object. What has no form in the version is left out and reported.
        """
        result: Block = self._block(block, scope or self.program.top, note, server)
        return result

    def unsupported(self, block: Block, server: str, scope: str | None = None) -> Iterator[Finding]:
        """What the target's grammar lacks, in a Block that was respelled. Keys that no version knows were judged by the reader."""
        if self.version.branch not in self.program.branches:
            name = self.program.extra["program"]
            yield Finding(
                ABSENT_IN_VERSION,
                block.at,
                f"Kea {self.version} on {server} has no {name}: {self._who(self.program.branches)}",
            )
            return
        yield from self._unsupported(block, scope or self.program.top, server)

    def _block(self, block: Block, scope: str, note: FindingSink, server: str) -> Block:
        shape = self._shape_of(block, scope)
        if shape.still and not shape.below:
            return block
        done = self._done.get(id(block))
        if done is not None:
            known: Block = done[1]
            return known
        result = block
        for key, below in shape.below:
            new = self._below(block[key], below, note, server)
            if new is not block[key]:
                result = _own(result, block)
                result[key] = new
        for key in shape.free:
            new = in_order(block[key])
            if new is not block[key]:
                result = _own(result, block)
                result[key] = new
        if shape.libraries:
            result = self._library(result, block)
        if shape.rows or shape.order or shape.emptied:
            result = self._rewritten(_own(result, block), scope, shape, note, server)
        self._done[id(block)] = (block, result)
        return result

    def _below(self, value: Json, scope: str, note: FindingSink, server: str) -> Json:
        if isinstance(value, Block):
            return self._block(value, scope, note, server)
        if not isinstance(value, list):
            return value
        done = self._done.get(id(value))
        if done is not None:
            return done[1]
        if self._silent(value, scope):
            self._done[id(value)] = (value, value)
            return value
        result = [self._block(item, scope, note, server) if isinstance(item, Block) else item for item in value]
        result = same_or(value, result)
        self._done[id(value)] = (value, result)
        return result

    def _silent(self, value: list[Json], scope: str) -> bool:
        """True where nothing changes in a list and below, by the keys alone: most of 100,000 reservations."""
        found = levels(self.program.name, scope, value, self._once)
        return found is not None and all(
            self._shape(each.scope, keys).still for each in found for keys in each.columns.shapes
        )

    def _library(self, result: Block, block: Block) -> Block:
        library = block.get("library")
        named = name_in(library, self.version.branch) if isinstance(library, str) else library
        if named != library:
            result = _own(result, block)
            result["library"] = named
        return result

    def _rewritten(self, result: Block, scope: str, shape: _Shape, note: FindingSink, server: str) -> Block:
        if shape.emptied and result["client-classes"] == []:
            del result["client-classes"]
        for row in shape.rows:
            at = result.where(row.new)
            value = result.pop(row.new)
            try:
                old = value if value is None else row.older(value)
            except UnsayableError as refusal:
                known = self._who(self.program.scopes[scope].keywords[row.new].branches)
                message = f"Kea {self.version} on {server} cannot express this with its {row.old!r}: {refusal}"
                note(Finding(UNSAYABLE_IN_VERSION, at, message, fix=f"{row.new!r} needs Kea {known}"))
                continue
            if old is not NOTHING:
                result.put(row.old, old, at)
        arrange(result, self.program.scopes[scope])
        return result

    def _unsupported(self, block: Block, scope: str, server: str) -> Iterator[Finding]:
        shape = self._shape_of(block, scope)
        if not shape.taken:
            yield from self._own_unsupported(block, shape, scope, server)
        for key, below in shape.below:
            yield from self._unsupported_below(block[key], below, server)

    def _own_unsupported(self, block: Block, shape: _Shape, scope: str, server: str) -> Iterator[Finding]:
        """What the target's grammar lacks of a Block's own keys and values."""
        for keyword in shape.absent:
            yield self._absent(
                block.where(keyword.name), f"{keyword.name!r} in {scope}", keyword.branches, server, True
            )
        for key, words in shape.worded:
            for index, word in _words(block[key]):
                if word is not None and word not in words:
                    at = block.where(key) if index is None else (*block.where(key), index)
                    yield self._absent(
                        at, f"{key!r} with the value {word!r}", self._knowing(scope, key, word), server, False
                    )
        for keyword in shape.limited:
            refusal = beyond(block[keyword.name], keyword)
            if refusal is not None and not refusal.cut:
                fix = self._in_range(keyword, self._taking(scope, keyword.name, block[keyword.name]))
                message = f"Kea {self.version} on {server}: {refusal}"
                yield Finding(OUT_OF_RANGE, block.where(keyword.name), message, fix=fix)
        for key in shape.missing:
            message = f"Kea {self.version} on {server} requires {key!r} in {scope}"
            yield Finding(MISSING_IN_VERSION, block.at, message, fix=f"add {key!r}")

    def _in_range(self, keyword: Keyword, taking: frozenset[Branch]) -> str:
        """The fix of a number out of range. An older version is no way to go on."""
        wanted = f"write a number that is {limits_of(keyword)}"
        newer = any(branch.order > self.version.branch.order for branch in taking)
        return f"{wanted}; this one needs Kea {self._who(taking)}" if newer else wanted

    def _unsupported_below(self, value: Json, scope: str, server: str) -> Iterator[Finding]:
        if isinstance(value, Block):
            yield from self._unsupported(value, scope, server)
        elif isinstance(value, list) and id(value) not in self._clean:
            clean = True
            for item in () if self._taken(value, scope, server) else value:
                if isinstance(item, Block):
                    for finding in self._unsupported(item, scope, server):
                        clean = False
                        yield finding
            if clean:
                self._clean[id(value)] = value

    def _taken(self, value: list[Json], scope: str, server: str) -> bool:
        """True where the target takes all of a list and what is below. Most of it shows that by its keys alone."""
        found = levels(self.program.name, scope, value, self._once)
        if found is None:
            return False
        for each in found:
            if all(self._shape(each.scope, keys).taken for keys in each.columns.shapes):
                continue
            for block in each.columns.blocks:
                if any(self._own_unsupported(block, self._shape_of(block, each.scope), each.scope, server)):
                    return False
        return True

    def _absent(self, at: Route, what: str, branches: frozenset[Branch], server: str, on_key: bool) -> Finding:
        message = f"Kea {self.version} on {server} does not know {what}"
        ignored = (
            KeaVerdict.ACCEPTS if self.program.name == "ha" and on_key else None
        )  # the library reads what it knows
        return Finding(ABSENT_IN_VERSION, at, message, on_key, fix=f"it needs Kea {self._who(branches)}", kea=ignored)

    def _knowing(self, scope: str, key: str, word: str) -> frozenset[Branch]:
        keyword = self.program.scopes[scope].keywords[key]
        return frozenset(branch for branch in keyword.branches if word in keyword.at(branch).values)

    def _taking(self, scope: str, key: str, number: Json) -> frozenset[Branch]:
        keyword = self.program.scopes[scope].keywords[key]
        return frozenset(branch for branch in keyword.branches if beyond(number, keyword.at(branch)) is None)

    @staticmethod
    def _who(branches: frozenset[Branch]) -> str:
        return spoken(branches)

    def _shape_of(self, block: Block, scope: str) -> _Shape:
        return self._shape(scope, tuple(block))

    def _shape(self, scope: str, keys: tuple[str, ...]) -> _Shape:
        known = self._shapes[scope]
        if keys not in known:
            known[keys] = _shape(self.program, self.version, scope, keys)
        return known[keys]


@lru_cache(4096)
def _shape(program: Program, version: KeaVersion, scope: str, keys: tuple[str, ...]) -> _Shape:
    """Kept for the next spec of a fleet: the specs of one site have much the same keys."""
    known = program.scopes[scope]
    branch = version.branch
    words = [known.keywords[key] for key in keys if key in known.keywords]
    arranged = tuple(sorted(keys, key=placed(known)))
    rows = [BY_NEW[word.name] for word in words if _outdated(known, word, branch)]
    supplied = {row.new for row in rows}
    late = [key for limit, more in known.required_before.items() if branch.order < limit.order for key in more]
    return _Shape(
        None if arranged == keys else arranged,
        tuple((word.name, word.scope) for word in words if word.scope),
        tuple(word.name for word in words if word.free),
        tuple(rows),
        "client-classes" in keys and known.name == program.top and not has(version, Feature.EMPTY_CLIENT_CLASSES),
        known.name == "hooks-library",
        tuple(word for word in words if branch not in word.branches and word.name not in supplied),
        tuple(
            (word.name, frozenset(word.at(branch).values))
            for word in words
            if word.values and set(word.at(branch).values) != set(word.values)
        ),
        tuple(view for word in words if _limits(view := word.at(branch)) != _limits(narrowed(word, word.branches))),
        tuple(key for key in late if key not in keys),
    )


def _outdated(scope: Scope, word: Keyword, branch: Branch) -> bool:
    row = BY_NEW.get(word.name)
    if row is None or branch in word.branches:
        return False
    old = scope.keywords.get(row.old)
    return old is not None and branch in old.branches


def respell(block: Block, program: Program, version: KeaVersion, note: FindingSink, server: str) -> Block:
    """`Respeller.respell` for one Block of the program's top scope."""
    return Respeller(program, version).respell(block, note, server)


def unsupported(block: Block, program: Program, version: KeaVersion, server: str) -> Iterator[Finding]:
    """`Respeller.unsaid` for one Block of the program's top scope."""
    return Respeller(program, version).unsupported(block, server)


def _limits(keyword: Keyword) -> tuple[float | None, ...]:
    return keyword.minimum, keyword.maximum, keyword.above, keyword.below


def _own(result: Block, original: Block) -> Block:
    return result.copy_of() if result is original else result


def _words(value: Json) -> Iterable[tuple[int | None, str]]:
    return enumerate(value) if isinstance(value, list) else ((None, value),)
