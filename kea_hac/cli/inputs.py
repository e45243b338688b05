"""What stands on the command line → the files that are meant: files, folders, and patterns that the shell left alone."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_SPEC_KEY = re.compile(rb"""(?:\A\xef\xbb\xbf|^)(?:\{\s*)?["']?kea-hac["']?\s*:""", re.MULTILINE)
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a command looks for in a folder."""

    wanted: Callable[[str], bool]
    """Told a path, says whether it is one."""
    missing: str
    """How the complaint goes on when a folder has none."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files to be read."""

    paths: tuple[str, ...]
    """As the user would write them; in the order given, a folder's sorted; each file once."""
    searched: bool
    """True when a folder or a pattern was looked through, so that a spec that is not here is gone."""
    problems: tuple[str, ...]
    """What was given and means nothing. Each one line."""


def find(given: Iterable[str], kind: Kind | None = None) -> Inputs:
    """A file is always taken; of a folder all of the kind below it: specs, unless another is asked for."""
    kind = kind or SPECS
    found: dict[str, str] = {}
    problems: list[str] = []
    searched = False
    for each in given:
        names = [each]
        if not os.path.lexists(each) and glob.has_magic(each):
            searched = True
            names = sorted(glob.glob(each, recursive=True))
            if not names:
                problems.append(f"{each}: no file has such a name")
        for name in names:
            below = [name]
            if os.path.isdir(name):
                searched = True
                below = list(_below(name, kind, problems))
                if not below and name == each:
                    problems.append(f"{name}: {kind.missing}")
            for path in below:
                found.setdefault(os.path.realpath(path), path)
    return Inputs(tuple(found.values()), searched, tuple(problems))


def _below(folder: str, kind: Kind, problems: list[str]) -> Iterator[str]:
    """Hidden folders are left out: .git, .venv."""

    def failed(error: OSError) -> None:
        problems.append(f"{error.filename}: {error.strerror}")

    for where, folders, files in os.walk(folder, onerror=failed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(where, name))
            if os.path.isfile(path) and kind.wanted(path):
                yield path


def _is_spec(path: str) -> bool:
    """True when the key is there, and when nobody can tell: then the reader says why."""
    if not path.endswith(_YAML):
        return False
    try:
        with open(path, "rb") as file:
            return _SPEC_KEY.search(file.read()) is not None
    except OSError:
        return True


def _is_kea_file(path: str) -> bool:
    """Named as Kea's packages name them, or as `--live` answers are saved: kea-dhcp4.conf, kea-dhcp6.json …"""
    return re.fullmatch(r"kea-.*\.(conf|json)", os.path.basename(path)) is not None


SPECS = Kind(_is_spec, "no spec in this folder (a .yaml or .yml file with the key kea-hac at its top)")
KEA_FILES = Kind(_is_kea_file, "no file of Kea in this folder (kea-dhcp4.conf, kea-dhcp6.conf, kea-ctrl-agent.conf)")
