"""What stands on the command line → the files that are meant: files, folders, and patterns that the shell left alone."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator

from kea_hac.cli.look import Look, look
from kea_hac.cli.unread import unread
from kea_hac.errors import UsageError
from kea_hac.records import dataclass
from kea_hac.source.allowed import Disk, bounds_of, read_input, real_input
from kea_hac.source.files import FileError

_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a command looks for in a folder."""

    look: Callable[[str, Disk], Look]
    """Path → whether it is one."""
    missing: str
    """How the complaint goes on when a folder has none."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files to be read."""

    paths: tuple[str, ...]
    """As the user would write them; in the order of the arguments, a folder's files sorted; each file once."""
    searched: bool
    """True when a folder or a pattern was looked through, so that a spec that is not here is gone."""
    problems: tuple[str, ...]
    """Arguments without effect. Each is one line."""
    parts: tuple[str, ...] = ()
    """Files of folders that have the keys of a spec and are none, unless one of `paths` includes them."""
    unread: tuple[str, ...] = ()
    """YAML files of folders that are empty or cannot be read, unless one of `paths` includes them."""


def find(supplied: Iterable[str], kind: Kind | None = None) -> Inputs:
    """A file is always taken; of a folder all of the kind below it: specs, unless another is asked for.

    A link to a folder, given or found, is followed inside of its tree (`source.allowed`).
    """
    kind = kind or SPECS
    disk = Disk()
    found: dict[str, str] = {}
    parts: dict[str, str] = {}
    unknown: dict[str, str] = {}
    sorts = {Look.PART: parts, Look.UNREAD: unknown}
    problems: list[str] = []
    searched = False
    for each in supplied:
        names = [each]
        if not os.path.lexists(each) and glob.has_magic(each):
            searched = True
            names = sorted(glob.glob(each, recursive=True))
            if not names:
                problems.append(f"{each}: no file matches")
        for name in names:
            below = [(name, Look.SPEC)]
            if os.path.isdir(name):
                searched = True
                if os.path.islink(name) and not _may_enter(name, problems):
                    continue
                below = list(_below(name, kind, problems, disk))
                if all(seems is Look.UNREAD for _, seems in below) and name == each:
                    problems.append(f"{name}: {kind.missing}")
            for path, seems in below:
                sorts.get(seems, found).setdefault(disk.real(path), path)
    left = tuple(path for real, path in parts.items() if real not in found)
    unclear = tuple(path for real, path in unknown.items() if real not in found)
    return Inputs(tuple(found.values()), searched, tuple(problems), left, unclear)


def _below(
    folder: str, kind: Kind, problems: list[str], disk: Disk, seen: set[str] | None = None
) -> Iterator[tuple[str, Look]]:
    """Hidden files and folders are left out: .git, .venv, .site.yaml.

    A link to a folder is followed inside the tree, and reported where it leads outside.
    """
    seen = set() if seen is None else seen
    seen.add(os.path.realpath(folder))

    def failed(error: OSError) -> None:
        problems.append(f"{error.filename}: {error.strerror}")

    for where, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in files if not name.startswith(".")):
            path = os.path.normpath(os.path.join(where, name))
            seems = kind.look(
                path, disk
            )  # a link to nothing, or a pipe, in a spec's place is reported by whoever reads it
            if seems is not Look.OTHER:
                yield path, seems
        for path in [os.path.join(where, name) for name in folders]:
            real = os.path.realpath(path)
            if not os.path.islink(path):
                seen.add(real)
            elif real not in seen and _may_enter(path, problems):
                yield from _below(path, kind, problems, disk, seen)


def _may_enter(link: str, problems: list[str]) -> bool:
    try:
        real_input(link, bounds_of(link))
    except FileError as reason:
        problems.append(f"{os.path.normpath(link)}: this folder is not read: {reason}")
        return False
    return True


def _spec_look(path: str, disk: Disk) -> Look:
    """True also when it is unknown: then the reader reports why."""
    if not path.lower().endswith(_YAML):
        return Look.OTHER
    try:
        data = read_input(path, disk=disk)
    except FileError:
        return Look.SPEC
    found = look(data)
    return Look.UNREAD if found is Look.OTHER and unread(data) is not None else found


def one_spec(path: str, why: str) -> None:
    """Raises UsageError for a folder where one spec belongs. `why`: what is done pair by pair."""
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder: name one spec; {why}")


def is_spec(path: str) -> bool:
    """True for a file that is a spec, or may be one."""
    return _spec_look(path, Disk()) in (Look.SPEC, Look.UNREAD)


def _kea_look(path: str, _: Disk) -> Look:
    """Named as Kea's packages name them, or as `--live` answers are saved: kea-dhcp4.conf, kea-dhcp6.json …"""
    return Look.SPEC if re.fullmatch(r"kea-.*\.(conf|json)", os.path.basename(path)) else Look.OTHER


SPECS = Kind(_spec_look, "this folder contains no spec (a .yaml or .yml file with the key kea-hac at its top)")
KEA_FILES = Kind(_kea_look, "this folder contains no file of Kea (kea-dhcp4.conf, kea-dhcp6.conf, kea-ctrl-agent.conf)")
