"""Which file counts: the one between the folder of the inputs and the top of their Git work tree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from kea_hac.config.settings import NO_SETTINGS, RuleBook, Settings, read_settings
from kea_hac.config.toml_text import FILE, LARGEST, PYPROJECT, ConfigError, TomlText, read_toml
from kea_hac.source.allowed import named_folder, work_trees
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.patterns import MAGIC

if TYPE_CHECKING:
    from kea_hac.source.git_tree import Revision

Read = Callable[[str], bytes | None]
"""An absolute path → the content of the file; None where there is none. Raises ConfigError."""


def settings_of(
    inputs: Iterable[str], rules: RuleBook, read: Read | None = None, where: str = "", top: str | None = None
) -> Settings:
    """The settings for the inputs of a command: files, folders and patterns. Raises ConfigError.

    `read`: where the files are, the disk by default; `where`: " in 1a2b3c" for a revision. `top`: the folder that the search ends in, where
    it is not the nearest work tree. Without inputs the current folder counts.
    """
    found: dict[str, tuple[TomlText, str]] = {}
    without: list[str] = []
    for each in list(inputs) or ["."]:
        folder = _folder(each)
        mine = _found(folder, read or _from_disk, where, top)
        if mine is None:
            without.append(each)
        else:
            found.setdefault(mine[1] + mine[0].name, mine)
    if not found:
        return NO_SETTINGS
    (toml, folder), *others = found.values()
    if others:
        raise ConfigError(
            f"{toml.name} and {others[0][0].name} are for different inputs of this command: name inputs of one of them at a time"
        )
    if without:
        raise ConfigError(
            f"{toml.name} is not for {without[0]}, which is in another tree: name it in a command of its own"
        )
    return read_settings(toml, folder, rules)


def _folder(path: str) -> str:
    """An input, or the fixed beginning of a pattern, as a folder: absolute, as it is named.

    It need not exist now: an older revision may have it.
    """
    magic = MAGIC.search(path) if not os.path.lexists(path) else None
    fixed = path[: magic.start()].rpartition("/")[0] or "." if magic else path
    return named_folder(os.path.join(fixed, "input"))


def _found(folder: str, read: Read, where: str, top: str | None) -> tuple[TomlText, str] | None:
    """The one file from a folder up to the top of its work tree (without one: in the folder), and its folder."""
    top = top or next(work_trees(folder), folder if os.path.isdir(folder) else os.path.dirname(folder))
    found: list[tuple[TomlText, str]] = []
    while True:
        for name in (FILE, PYPROJECT):
            path = os.path.join(folder, name)
            data = read(path)
            toml = read_toml(data, os.path.relpath(path), where) if data is not None else None
            if toml is not None:
                found.append((toml, folder))
        if os.path.realpath(folder) == os.path.realpath(top) or folder == os.path.dirname(folder):
            break
        folder = os.path.dirname(folder)
    if len(found) > 1:
        raise ConfigError(
            f"{found[0][0].name} and {found[1][0].name} both have settings of kea-hac: keep them in one file"
        )
    return found[0] if found else None


def _from_disk(path: str) -> bytes | None:
    if not os.path.lexists(path):
        return None
    try:
        return read_bytes(path, LARGEST, links=False)
    except FileError as error:
        if os.path.basename(path) == PYPROJECT:
            return None  # whoever it is for, kea-hac does not read it
        raise ConfigError(f"{os.path.relpath(path)} cannot be read: {error}") from error


def reader_of(revision: Revision) -> Read:
    """The files of a revision of Git."""

    def read(path: str) -> bytes | None:
        if not revision.is_file(path):
            return None
        try:
            return revision.read(revision.real(path), LARGEST)
        except FileError as error:
            raise ConfigError(f"{os.path.relpath(path)} in {revision.name} cannot be read: {error}") from error

    return read
