"""The files of one reading: which may be read (`allowed`), in which order (no cycles), each only once.

Symbolic links are resolved before anything is compared. Paths are relative to the file that names them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from kea_hac.diagnostics import Route, Rule
from kea_hac.records import dataclass
from kea_hac.source.allowed import Bounds, Disk, Files, real_input
from kea_hac.source.document import pack
from kea_hac.source.files import Decoded, FileError, decode, printable
from kea_hac.source.include_places import Root, place_of
from kea_hac.source.ledger import HaltError, Ledger, LoadedValue
from kea_hac.source.near_files import file_meant
from kea_hac.source.rules import (
    INCLUDE_CYCLE,
    INCLUDE_KIND,
    INCLUDE_OUTSIDE,
    INCLUDE_UNREADABLE,
    NOT_UTF8,
    OVER_LIMIT,
    UNREADABLE_FILE,
)
from kea_hac.source.secrets import in_secret

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


Reader = Callable[[Source, Route], LoadedValue | None]
"""Reads one file into a value; None when that failed, which is already reported. The route is that of the value."""


class Includes:
    """What may be included, and what was."""

    def __init__(
        self,
        ledger: Ledger,
        root: str | None = None,
        instead: Mapping[str, str] | None = None,
        others: Sequence[Root] = (),
        keep: str = "keep the file in the same Git work tree or folder",
        copied: bool = False,
        files: Files | None = None,
    ) -> None:
        """`root`: of a text that is no file. `instead`: real path → the text to read in place of the file's, as `Decoded` has it.

        `others`: folders besides the input's tree that may be included from. `keep`: the next step for a file in neither.
        `files`: where they are; the disk, unless a revision of Git is named.
        `copied`: the input is a copy of a server's file, so that what it includes is looked for as `include_places` says.
        """
        self.ledger = ledger
        self._instead = instead or {}
        self._roots = tuple(others)
        self._others = tuple(each.folder for each in others)
        self._keep = keep
        self._copied = copied
        self._files = files or Disk()
        self.readers: Mapping[str, Reader] = {}
        """By the ending of the file's name; set by the caller."""
        self._root = root
        self._bounds: Bounds | None = None
        self._sources: dict[str, Source] = {}
        self._failed: dict[str, str] = {}
        self._absent: set[str] = set()
        self._loaded: dict[str, LoadedValue | None] = {}
        self._chain: list[Source] = []
        self._bytes = 0

    def main(self, path: str) -> Source | None:
        """Read the input file itself. None when that failed, which is reported by then."""
        try:
            real = self._allowed(path)
            decoded = self._read(real)
        except FileError as problem:
            number = self.ledger.add(path, "")
            absent = isinstance(problem.__cause__, FileNotFoundError) and os.path.islink(path)
            reason = "it is a link, and there is no file where it leads" if absent else str(problem)
            self.ledger.report(UNREADABLE_FILE, pack(number, 0, 0), f"cannot read {path}: {reason}")
            return None
        return self.enter(Source(self.ledger.add(path, decoded.text), real, decoded.bad, decoded.marked))

    def _allowed(self, path: str) -> str:
        """The real path of the input, whose folders bound all that follows. Raises FileError."""
        if "\0" in path:
            raise FileError("it is not a valid file name (it contains a NUL byte)")
        self._bounds = self._files.bounds(path, self._others)
        return real_input(path, self._bounds, self._files.real)

    def text(self, text: str, path: str) -> Source:
        """Take a text that was not read from a file; includes are relative to the folder of `path`, and stay in it, or in `root`."""
        real = os.path.realpath(path) if "\0" not in path else ""
        home = os.path.dirname(real)
        root = home if self._root is None else os.path.realpath(self._root)
        self._bounds = Bounds(root, (root,), home, tuple(os.path.realpath(each) for each in self._others))
        decoded = printable(text)
        return self.enter(Source(self.ledger.add(path, decoded.text), real, decoded.bad, decoded.marked))

    def enter(self, source: Source) -> Source:
        """The source is read from now on, until `leave`."""
        self._chain.append(source)
        return source

    def leave(self) -> None:
        """The source that was entered last has ended."""
        self._chain.pop()

    def load(self, wanted: str, origin: Origin, endings: tuple[str, ...]) -> LoadedValue | None:
        """The value of an included file. None when it could not be read, which is already reported."""
        if not wanted.lower().endswith(endings):
            ask = f"!include takes {', '.join(YAML_ENDINGS + JSON_ENDINGS)} and !csv takes {CSV}"
            message = f"{wanted!r} does not end in {' or '.join(endings)}; {ask}"
            self._refuse(INCLUDE_KIND, origin, message, self._meant(wanted, origin, endings))
            return None
        source = self.open(wanted, origin, endings)
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

    def _meant(self, wanted: str, origin: Origin, endings: tuple[str, ...]) -> str | None:
        """The fix of an include that finds no file. Nothing is proposed for a copy of a server's file, whose paths are the server's."""
        if self._copied or self._bounds is None or "\0" in wanted:
            return None
        path = self.ledger.texts[origin.number].path
        try:
            real, own = self._files.real(self._named(wanted, os.path.dirname(path))), self._files.real(path)
        except (FileError, OSError, ValueError):
            return None
        return file_meant(wanted, real, own, self._bounds.root, self._files.names, endings)

    def open(self, wanted: str, origin: Origin, endings: tuple[str, ...] = ()) -> Source | None:
        """The text of an included file, checked and read once. None when it may not or cannot be read, which is already reported."""
        assert self._bounds is not None, "an input was read before"
        named = self._named(wanted, os.path.dirname(self.ledger.texts[origin.number].path))
        shown = os.path.normpath(named)
        try:
            real = self._files.real(named)
        except FileError as problem:
            return self._refuse(INCLUDE_OUTSIDE, origin, f"{wanted} is not read: {problem}")
        except (OSError, ValueError):
            return self._refuse(INCLUDE_UNREADABLE, origin, f"{wanted!r} is not a valid file name")
        if self._bounds.outside(real):
            if self._copied and named == wanted:
                message = f"{wanted} is a path on the server, and no copy of that file was found: {self._keep}"
                return self._refuse(INCLUDE_OUTSIDE, origin, message)
            roots = " and ".join((self._bounds.root, *self._bounds.others))
            kept = wanted.startswith("/") and not self._copied and origin.route[-1:] == ("reservations",)
            fix = f"write `!on-server {wanted}` for a list that another tool keeps in this file on the servers"
            message = f"{wanted} leads to {real}, outside {roots}: {self._keep}"
            return self._refuse(INCLUDE_OUTSIDE, origin, message, fix if kept else None)
        reason = self._bounds.unfit(named, real)
        if reason is not None:
            return self._refuse(INCLUDE_OUTSIDE, origin, f"{wanted} is not read: {reason}")
        chain = [each.real for each in self._chain]
        if real in chain:
            names = [self.ledger.texts[each.number].path for each in self._chain[chain.index(real) :]]
            return self._refuse(INCLUDE_CYCLE, origin, f"{shown} includes itself: {' → '.join([*names, shown])}")
        if len(self._chain) > self.ledger.limits.include_depth:
            return self._refuse(
                OVER_LIMIT,
                origin,
                f"more than {self.ledger.limits.include_depth} files include each other, one inside the other",
            )
        return self._once(real, shown, origin, wanted, endings)

    def _named(self, wanted: str, beside: str) -> str:
        """The path that an include stands for. `beside`: the folder of the text that names it."""
        if not self._copied or "\0" in wanted:
            return os.path.join(beside, wanted)
        return place_of(wanted, beside, os.path.dirname(self.ledger.texts[0].path), self._roots)

    def _once(self, real: str, shown: str, origin: Origin, wanted: str, endings: tuple[str, ...]) -> Source | None:
        if real in self._sources:
            return self._closed(self._sources[real], origin)
        if real not in self._failed:
            if len(self._sources) >= self.ledger.limits.files:
                return self._refuse(OVER_LIMIT, origin, f"more than {self.ledger.limits.files:,} files are included")
            try:
                decoded = self._read(real)
            except FileError as problem:
                self._failed[real] = str(problem)
                if isinstance(problem.__cause__, FileNotFoundError):
                    self._absent.add(real)
            else:
                quoted = self._bounds is None or self._bounds.quoted(real)
                number = self.ledger.add(shown, decoded.text, quoted=quoted)
                source = Source(number, real, decoded.bad, decoded.marked)
                self._sources[real] = source
                return self._closed(source, origin)
        # Reported at each place: after one include is corrected, the other would still fail.
        step = f"; {self._keep}" if self._copied else ""
        fix = self._meant(wanted, origin, endings) if endings and real in self._absent else None
        return self._refuse(INCLUDE_UNREADABLE, origin, f"cannot read {shown}: {self._failed[real]}{step}", fix)

    def _closed(self, source: Source, origin: Origin) -> Source:
        """The source; nothing of it is shown where it is below a key that names a secret."""
        if in_secret(origin.route):
            self.ledger.texts[source.number].close()
        return source

    def _read(self, path: str) -> Decoded:
        """`path` is a real one. Raises FileError."""
        if self._instead and (text := self._instead.get(path)) is not None:
            return Decoded(text)
        data = self._files.read(path, self.ledger.limits.file_bytes)
        self._bytes += len(data)
        if self._bytes > self.ledger.limits.total_bytes:
            raise FileError(f"all files together are larger than {self.ledger.limits.total_bytes:,} bytes")
        return decode(data)

    def _refuse(self, rule: Rule, origin: Origin, message: str, fix: str | None = None) -> Source | None:
        self.ledger.report(rule, origin.at, message, route=origin.route, fix=fix)
        return None


def report_bad_bytes(ledger: Ledger, source: Source) -> None:
    """Report where a text is not UTF-8. Raises HaltError when it is not."""
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
