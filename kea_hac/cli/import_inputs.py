"""What stands on the command line of `import` → servers with their files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.cli.left_out import left_out

if TYPE_CHECKING:
    from kea_hac.importing.run import Input

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)\Z", re.DOTALL)
_KEA_FILE = re.compile(r"kea-(dhcp4|dhcp6|ctrl-agent)\.(conf|json)\Z")
_OTHERS = ("preferences.cfg",)


def gather(supplied: Iterable[str]) -> tuple[tuple[Input, ...], tuple[str, ...]]:
    """Servers in the order of the arguments, and arguments without effect. Files of one folder without a name are one server's,
    unless it holds two of a kind: then each file is a server's own."""
    from kea_hac.importing.run import Input

    named: dict[str, list[Path]] = {}
    loose: dict[str, list[Path]] = {}
    folders: list[str] = []
    problems: list[str] = []
    for each in supplied:
        match = _NAMED.match(each)
        name, path = (match[1], match[2]) if match and not os.path.lexists(each) else (None, each)
        files = _files(path, problems)
        if files and os.path.isdir(path):
            folders.append(path)
        if name is not None:
            named.setdefault(name, []).extend(files)
        else:
            for file in files:
                loose.setdefault(str(file.parent), []).append(file)
    inputs = [Input(name, True, tuple(dict.fromkeys(files))) for name, files in named.items() if files]
    for files in loose.values():
        inputs += _apart(list(dict.fromkeys(files)))
    taken = {os.path.realpath(file) for each in inputs for file in each.files}
    left = tuple(each for folder in folders for each in left_out(folder, taken))
    if inputs and left:
        inputs[0] = replace(inputs[0], left_out=left)
    return tuple(inputs), tuple(problems)


def _files(path: str, problems: list[str]) -> list[Path]:
    if not os.path.isdir(path):
        return [Path(path)]
    found = [Path(path, name) for name in sorted(os.listdir(path)) if _KEA_FILE.match(name) or name in _OTHERS]
    configured = {file.stem for file in found if file.suffix == ".conf"}
    found = [file for file in found if file.suffix != ".json" or file.stem not in configured]
    if not any(_KEA_FILE.match(file.name) for file in found):
        problems.append(
            f"{path}: this folder contains no file of Kea (kea-dhcp4.conf, kea-dhcp6.conf, kea-ctrl-agent.conf, or the same "
            "names with .json); name the files themselves"
        )
        return []
    return found


def _apart(files: list[Path]) -> list[Input]:
    from kea_hac.importing.run import Input

    kinds = [_kind(file) for file in files]
    label = files[0].parent.resolve().name or "server"
    if len(files) == 1 or (None not in kinds and len(set(kinds)) == len(kinds)):
        return [Input(label, False, tuple(files))]
    return [Input(file.stem, False, (file,)) for file in files]


def _kind(file: Path) -> str | None:
    match = _KEA_FILE.match(file.name)
    return match[1] if match else file.name if file.name in _OTHERS else None
