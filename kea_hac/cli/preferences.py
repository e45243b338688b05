"""`kea-hac preferences merge`: our entries into the preferences.cfg of a Micetro DHCP agent on this host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import CLEAN, FOUND
from kea_hac.cli.terminal import complain, put, say
from kea_hac.errors import SourceError, TreeError, UsageError
from kea_hac.report.cells import block, safe

if TYPE_CHECKING:
    from kea_hac.micetro.preferences_merge import Merge

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="The preferences.cfg of the agent, with the entries of all programs.")
]
From = Annotated[
    Path,
    typer.Option(
        "--from",
        metavar="BUILT",
        show_default=False,
        help="The file that build wrote: build/PAIR/SERVER/preferences.cfg",
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when FILE would change.")]


def merge(file: File, built: From, check: Check = False) -> int:
    """Write the entries that kea-hac owns into FILE, or remove them, and keep every other byte of it.

    Exit code 0: FILE is up to date; 1 (only with --check): FILE would change; 2: a file could not be read or written.
    """
    from kea_hac.micetro.preferences import NAMES
    from kea_hac.micetro.preferences_merge import read_entries

    with _naming(built):
        entries = read_entries(_read(built))
    if not entries:
        raise UsageError(f"{built} has none of the entries {', '.join(NAMES)}; name a preferences.cfg that build wrote")
    try:
        result = _planned(file, entries) if check else _written(file, entries)
    except ValueError as error:
        raise UsageError(f"{built}: {error}") from error
    for warning in result.warnings:
        complain(f"{file}: {warning}")
    for change in result.changes:
        put(block([safe(f"{change.name}: {_value(change.before)} -> {_value(change.after)}")]))
    written = "is written; restart the DHCP Agent, which reads it when it starts"
    state = "is up to date" if not result.changes else "would change" if check else written
    lines = "entry that is" if result.left == 1 else "entries that are"
    rest = f", but for {result.left} {lines} not kea-hac's: see above" if result.left else ""
    say(f"{file} {state}{rest}")
    return FOUND if check and result.changes else CLEAN


def _read(path: Path) -> bytes:
    from kea_hac.source.allowed import read_input
    from kea_hac.source.files import FileError

    try:
        return read_input(str(path))
    except FileError as error:
        raise SourceError(f"{path}: {error}; name the preferences.cfg that build wrote for this server") from error


def _planned(file: Path, entries: Mapping[str, str]) -> Merge:
    """What would be done; a file that is not there yet is an empty one."""
    from kea_hac.micetro.preferences_merge import merge as merge_bytes

    try:
        if not file.parent.is_dir():
            raise SourceError(f"{file}: there is no folder {file.parent}")
        existing = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error
    with _naming(file):
        return merge_bytes(existing, entries)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """The file's name before what is wrong with its content."""
    try:
        yield
    except TreeError as error:
        raise TreeError(f"{path}: {error}") from error


def _written(file: Path, entries: Mapping[str, str]) -> Merge:
    from kea_hac.micetro.preferences_file import merge_file

    return merge_file(file, entries)


def _value(value: str | None) -> str:
    return "(none)" if value is None else value
