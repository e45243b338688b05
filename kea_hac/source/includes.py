"""The files of one reading: which may be read (the root), in which order (no cycles), each only once.

The root is the Git work tree that holds the input file, else the input's own folder. Symbolic links are resolved before
anything is compared with it. Paths are relative to the file that names them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kea_hac.diagnostics import Route, Rule
from kea_hac.source.document import pack
from kea_hac.source.files import Decoded, FileError, decode, printable, read_bytes
from kea_hac.source.ledger import HaltError, Ledger, Loaded
from kea_hac.source.rules import (
    INCLUDE_CYCLE,
    INCLUDE_KIND,
    INCLUDE_OUTSIDE,
    INCLUDE_UNREADABLE,
    NOT_UTF8,
    OVER_LIMIT,
    UNREADABLE_FILE,
)

YAML_ENDINGS = (".yaml", ".yml")
JSON_ENDINGS = (".json", ".conf")
CSV = ".csv"


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was read from a file."""

    number: int
    """Of the text in the ledger."""
    real: str
    """The path with all links resolved."""
    bad: tuple[int, ...] = ()
    """Offsets of the bytes that are no UTF-8."""
    marked: bool = False
    """True when it began with a byte order mark."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an include is written."""

    number: int
    """The text."""
    at: int
    """The packed position of the file's name or of the whole directive."""
    route: Route


Reader = Callable[[Source, Route], Loaded | None]
"""Reads one file into a value; None when that failed, which is reported by then. The route is that of the value."""


class Includes:
    """What may be included, and what was."""

    def __init__(self, ledger: Ledger, root: str | None = None, instead: Mapping[str, str] | None = None) -> None:
        """`instead`: real path → the text to read in place of the file's, as `Decoded` has it."""
        self.ledger = ledger
        self._instead = instead or {}
        self.readers: Mapping[str, Reader] = {}
        """By the ending of the file's name; set by the one who knows the readers."""
        self._root = root
        self._main = ""
        self._sources: dict[str, Source] = {}
        self._failed: dict[str, str] = {}
        self._loaded: dict[str, Loaded | None] = {}
        self._chain: list[Source] = []
        self._bytes = 0

    @property
    def root(self) -> str:
        """The folder that no include leaves."""
        if self._root is None:
            self._root = work_tree(self._main)
        return self._root

    def main(self, path: str) -> Source | None:
        """Read the input file itself. None when that failed, which is reported by then."""
        self._main = os.path.realpath(path) if "\0" not in path else ""
        try:
            decoded = self._read(path)
        except FileError as problem:
            number = self.ledger.add(path, "")
            self.ledger.report(UNREADABLE_FILE, pack(number, 0, 0), f"cannot read {path}: {problem}")
            return None
        return self.enter(Source(self.ledger.add(path, decoded.text), self._main, decoded.bad, decoded.marked))

    def text(self, text: str, path: str) -> Source:
        """Take a text that was not read from a file; includes are relative to the folder of `path`, and stay in it."""
        self._main = os.path.realpath(path) if "\0" not in path else ""
        if self._root is None:
            self._root = os.path.dirname(self._main)
        decoded = printable(text)
        return self.enter(Source(self.ledger.add(path, decoded.text), self._main, decoded.bad, decoded.marked))

    def enter(self, source: Source) -> Source:
        """The source is read from now on, until `leave`."""
        self._chain.append(source)
        return source

    def leave(self) -> None:
        """The source that was entered last has ended."""
        self._chain.pop()

    def load(self, wanted: str, origin: Origin, endings: tuple[str, ...]) -> Loaded | None:
        """The value of an included file. None when it could not be had, which is reported by then."""
        if not wanted.lower().endswith(endings):
            ask = f"!include takes {', '.join(YAML_ENDINGS + JSON_ENDINGS)} and !csv takes {CSV}"
            self.ledger.report(
                INCLUDE_KIND, origin.at, f"{wanted!r} does not end in {' or '.join(endings)}; {ask}", route=origin.route
            )
            return None
        source = self.open(wanted, origin)
        if source is None:
            return None
        if source.real in self._loaded:
            known = self._loaded[source.real]
            return known if known and self.ledger.may_add(known.size, origin.at, origin.route) else None
        reader = self.readers[os.path.splitext(wanted.lower())[1]]
        self.enter(source)
        try:
            loaded = reader(source, origin.route)
        except HaltError:
            loaded = None
        finally:
            self.leave()
        self._loaded[source.real] = loaded
        return loaded

    def open(self, wanted: str, origin: Origin) -> Source | None:
        """The text of an included file, checked and read once. None when it may not or cannot be read, reported by then."""
        named = os.path.join(os.path.dirname(self.ledger.texts[origin.number].path), wanted)
        shown = os.path.normpath(named)
        try:
            real = os.path.realpath(named)
        except (OSError, ValueError):
            return self._refuse(INCLUDE_UNREADABLE, origin, f"{wanted!r} is no file name")
        if os.path.commonpath((real, self.root)) != self.root:
            return self._refuse(
                INCLUDE_OUTSIDE,
                origin,
                f"{wanted} leads to {real}, outside {self.root}: keep the file in the same Git work tree or folder",
            )
        chain = [each.real for each in self._chain]
        if real in chain:
            names = [self.ledger.texts[each.number].path for each in self._chain[chain.index(real) :]]
            return self._refuse(INCLUDE_CYCLE, origin, f"{shown} includes itself: {' → '.join([*names, shown])}")
        if len(self._chain) > self.ledger.limits.include_depth:
            return self._refuse(
                OVER_LIMIT, origin, f"more than {self.ledger.limits.include_depth} files include each other in a chain"
            )
        return self._once(real, shown, origin)

    def _once(self, real: str, shown: str, origin: Origin) -> Source | None:
        if real in self._sources:
            return self._sources[real]
        if real not in self._failed:
            if len(self._sources) >= self.ledger.limits.files:
                return self._refuse(OVER_LIMIT, origin, f"more than {self.ledger.limits.files:,} files are included")
            try:
                decoded = self._read(real)
            except FileError as problem:
                self._failed[real] = str(problem)
            else:
                source = Source(self.ledger.add(shown, decoded.text), real, decoded.bad, decoded.marked)
                self._sources[real] = source
                return source
        # Said at each place: whoever mends one include must learn of the other.
        return self._refuse(INCLUDE_UNREADABLE, origin, f"cannot read {shown}: {self._failed[real]}")

    def _read(self, path: str) -> Decoded:
        if self._instead and (text := self._instead.get(os.path.realpath(path))) is not None:
            return Decoded(text)
        data = read_bytes(path, self.ledger.limits.file_bytes)
        self._bytes += len(data)
        if self._bytes > self.ledger.limits.total_bytes:
            raise FileError(f"all files together are larger than {self.ledger.limits.total_bytes:,} bytes")
        return decode(data)

    def _refuse(self, rule: Rule, origin: Origin, message: str) -> Source | None:
        self.ledger.report(rule, origin.at, message, route=origin.route)
        return None


def report_bad_bytes(ledger: Ledger, source: Source) -> None:
    """Say where a text is not UTF-8. Raises HaltError when it is not."""
    if not source.bad:
        return
    place = pack(source.number, source.bad[0], source.bad[0] + 1)
    count = f" (and {len(source.bad) - 1} more)" if len(source.bad) > 1 else ""
    ledger.report(
        NOT_UTF8,
        place,
        f"a byte here{count} is not UTF-8: the file is probably Latin-1 or Windows-1252; save it as UTF-8",
    )
    raise HaltError


def work_tree(path: str) -> str:
    """The nearest folder above a real path that holds `.git` (a folder, or the file of a linked work tree), else its folder."""
    folder = os.path.dirname(path)
    above = folder
    while True:
        if os.path.lexists(os.path.join(above, ".git")):
            return above
        parent = os.path.dirname(above)
        if parent == above:
            return folder
        above = parent
