"""The journal of a rollout: a folder for each pair, with the plan, all files of all turns, and one line before and after each step.

Everything is on the disk before the first step, and each line is on the disk before the step that it announces. So after kill -9
at any moment the folder says which scopes may be with another server, and which turns are done.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import orjson

from kea_hac.compiler.artifacts import Build
from kea_hac.drift.bases import BETWEEN, ROLLOUTS
from kea_hac.errors import TreeError, UsageError
from kea_hac.records import dataclass
from kea_hac.rollout.plan import Handover, Plan, as_json, digests_match, from_json
from kea_hac.rollout.world import JournalError
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.git_index import tracks
from kea_hac.source.writing import write_whole

_PLAN, _JOURNAL, _FILES, _LOCK, _REACHED = "plan.json", "journal.jsonl", "files", "lock", "reached.json"
_LARGEST = 1 << 28


@dataclass(frozen=True, slots=True)
class Progress:
    """What a journal says."""

    done: int = 0
    """Turns that are done."""
    begun: bool = False
    """True when the turn after these was begun."""
    taken: tuple[Handover, ...] = ()
    """Scopes that may still be with another server."""
    ended: str | None = None
    """"rolled out" or "went back"; None while it has not ended."""
    back: bool = False
    """True when it goes back: `done` counts the turns of the way back."""
    forward: int = 0
    """On the way back: the turns that had been begun."""
    held: Mapping[tuple[str, str], tuple[str | None, str]] = field(default_factory=dict)
    """By server and daemon: build and fingerprint after the last turn that was done. Empty before the first."""
    all_at_once: bool = False
    """True when all servers get their final files in one window, because HA had ended: the turns do not count any more."""

    def fits(self, plan: Plan) -> bool:
        """False for the journal of another plan."""
        turns = len(plan.turns)
        return 0 <= self.forward <= turns and 0 <= self.done <= (self.forward if self.back else turns)


@dataclass(slots=True)
class Store:
    """The folder of one pair's rollouts."""

    folder: Path
    written: bool = False
    """True when this process has written to the journal."""
    _journal: int | None = field(default=None, repr=False)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One rollout of a pair at a time. Raises TreeError, and UsageError for a folder that Git tracks."""
        self._refuse_tracked()
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            ignore = self.folder.parent / ".gitignore"
            if not os.path.lexists(ignore):
                _write(ignore, b"*\n")
            lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise TreeError(
                f"{self.folder}: the journal cannot be written: {error.strerror}; name another folder with --state DIR"
            ) from error
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TreeError(f"{self.folder}: another rollout of this pair runs; wait for its end") from None
            yield
        finally:
            if self._journal is not None:
                os.close(self._journal)
                self._journal = None
            os.close(lock)

    def begin(self, plan: Plan, folders: Sequence[Mapping[str, Mapping[str, bytes]]], builds: Sequence[Build]) -> None:
        """A new rollout: its plan and all files. Raises TreeError."""
        try:
            for name in (_JOURNAL, _PLAN):
                (self.folder / name).unlink(missing_ok=True)
            for name in (_FILES, BETWEEN):
                shutil.rmtree(self.folder / name, ignore_errors=True)
            for number, servers in enumerate(folders):
                for server, files in servers.items():
                    for name, content in files.items():
                        _write(self.folder / _FILES / str(number) / server / name, content)
            for number, build in enumerate(builds, 1):
                for path, content in build.files.items():
                    _write(self.folder / BETWEEN / str(number) / path, content)
            _write(self.folder / _PLAN, as_json(plan))
        except OSError as error:
            raise TreeError(f"{self.folder}: the files of the rollout cannot be written: {error.strerror}") from error
        self.record({"event": "begin"})

    def record(self, entry: Mapping[str, Any]) -> None:
        """As `World.record`."""
        try:
            if self._journal is None:
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
                self._journal = os.open(self.folder / _JOURNAL, flags, 0o600)
                _remove_cut_off_line(self._journal)
                _sync_folder(self.folder)
            self.written = True
            line = orjson.dumps({"at": round(time.time(), 3), **entry}) + b"\n"
            written = os.write(self._journal, line)
            if written != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._journal)
        except OSError as error:
            raise JournalError(f"the journal {self.folder / _JOURNAL} cannot be written: {error.strerror}") from error

    def record_reached(self, server: str, daemon: str, way: str) -> None:
        """Keep how files were brought that the daemon then loaded. Raises JournalError."""
        rows = {**self._reached(), f"{server} {daemon}": way}
        try:
            write_whole(self.folder / _REACHED, orjson.dumps(rows).decode() + "\n", replace=True)
        except TreeError as error:
            raise JournalError(str(error)) from error

    def reached(self, server: str, daemon: str) -> str | None:
        """How files were brought that the daemon loaded last; None where that is not known."""
        found = self._reached().get(f"{server} {daemon}")
        return found if isinstance(found, str) else None

    def _reached(self) -> Mapping[str, Any]:
        try:
            found = orjson.loads(self._content(_REACHED) or b"{}")
        except (UsageError, orjson.JSONDecodeError):
            return {}
        return found if isinstance(found, dict) else {}

    def folder_of(self, number: int, server: str) -> Path:
        """The files of a server in a folder of this rollout."""
        return self.folder / _FILES / str(number) / server

    def plan(self) -> Plan | None:
        """The plan of the last rollout; None where there was none. Raises UsageError."""
        content = self._content(_PLAN)
        if content is None:
            return None
        plan = from_json(content, str(self.folder / _PLAN))
        self._check(plan)
        return plan

    def progress(self) -> Progress | None:
        """What the journal says; None where no rollout was begun. Raises UsageError."""
        content = self._content(_JOURNAL)
        return read_progress(content, str(self.folder / _JOURNAL)) if content is not None else None

    def _content(self, name: str) -> bytes | None:
        """A file of the folder; None where there is none. Raises UsageError, also for one that this machine did not write."""
        path = str(self.folder / name)
        if not os.path.lexists(path):
            return None
        self._refuse_tracked()
        try:
            return read_bytes(path, _LARGEST, links=False)
        except FileError as error:
            raise UsageError(f"{path} cannot be read: {error}") from error

    def _refuse_tracked(self) -> None:
        """Raise UsageError for a folder that comes with the repository: its author would say what is done, and where it is written."""
        if tracks(str(self.folder)):
            raise UsageError(
                f"{self.folder} is committed to Git, or that cannot be known: the journal of a rollout belongs to the machine that it runs "
                "on, and one that comes from somewhere else is not followed; remove it from Git, or name another folder with --state DIR"
            )

    def _check(self, plan: Plan) -> None:
        """The files are those of the plan. Raises UsageError."""
        wanted = [(0, server, files) for server, files in plan.loaded.items()]
        wanted += [(n, server, files) for n, turn in enumerate(plan.turns, 1) for server, files in turn.files.items()]
        for number, server, files in wanted:
            folder = self.folder_of(number, server)
            if not digests_match(folder, files):
                raise UsageError(
                    f"{folder} was changed: its files are not those of the plan; deploy by hand, or from Git"
                )


def unfinished(output: Path, pair: str) -> str | None:
    """What is left of a rollout that has not ended, for people; None where there is none, or where its journal cannot be read."""
    try:
        found = Store(output / ROLLOUTS / pair).progress()
    except UsageError:
        return None
    if found is None or found.ended is not None or not (found.begun or found.done or found.back):
        return None
    left = "".join(
        f"; {each.partner} may still serve the {each.daemon} clients of {each.server}" for each in found.taken
    )
    return f"the last rollout of {pair} has not ended{left}: `kea-hac rollout` with --resume goes on, with --back it goes back"


def read_progress(content: bytes, name: str = "the journal") -> Progress | None:
    """The lines of a journal → what was done. None for an empty one. Raises UsageError for a line that no rollout writes.

    A last line that was cut off announces a step that was not begun.
    """
    found: Progress | None = None
    *lines, _ = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            found = _after(found or Progress(), orjson.loads(line))
        except (orjson.JSONDecodeError, AttributeError, IndexError, KeyError, TypeError, ValueError):
            raise UsageError(
                f"{name}: line {number} was not written by a rollout, so it is not known what was done: compare the servers with "
                "`kea-hac diff`, and deploy by hand"
            ) from None
    return found


def _after(now: Progress, entry: Mapping[str, Any]) -> Progress:
    event = entry.get("event")
    taken = now.taken
    if event == "begin":
        return Progress()
    if event == "back":
        forward = int(entry["from"])
        return replace(now, done=0, back=True, forward=forward)
    if event == "take":
        taken = (*taken, _handover(entry["handover"]))
    elif event == "given":
        given = _handover(entry["handover"])
        taken = tuple(each for each in taken if each != given)
    done = int(entry["turn"]) if event == "turn-done" else now.done
    begun = event == "turn" or (now.begun and event != "turn-done")
    ended = str(entry["how"]) if event == "end" else now.ended
    at_once = event == "all-at-once" or now.all_at_once
    held = {(row[0], row[1]): (row[2], row[3]) for row in entry["held"]} if event == "turn-done" else now.held
    return Progress(done, begun, taken, ended, now.back, now.forward, held, at_once)


def _handover(data: Mapping[str, Any]) -> Handover:
    return Handover(
        data["server"],
        data["daemon"],
        data["server_name"],
        data["partner"],
        data["partner_name"],
        tuple(data["scopes"]),
        tuple(data["own"]),
    )


def _write(path: Path, content: bytes) -> None:
    os.makedirs(path.parent, mode=0o700, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _remove_cut_off_line(journal: int) -> None:
    """The next line must not continue one that a killed process did not finish."""
    content = os.pread(journal, os.fstat(journal).st_size, 0)
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.ftruncate(journal, whole)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
