"""What stands on the command line of `import` → servers with their files, and the files that it leaves out, each with the reason."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.regex import regex

if TYPE_CHECKING:
    from kea_hac.importing.run import Input

_NAMED = regex(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)\Z", re.DOTALL)
_KEA_FILE = regex(r"kea-(dhcp4|dhcp6|ctrl-agent)\.(conf|json)\Z")
_OTHERS = ("preferences.cfg",)
_LOOKED_AT = 10_000
"""Entries of a folder after which no more are looked at."""
_KINDS = (
    (r"kea-dhcp-ddns\.(conf|json)", "a spec does not describe kea-dhcp-ddns; keep this file on the server"),
    (r"kea-netconf\.(conf|json)", "a spec does not describe kea-netconf; keep this file on the server"),
    (r"keactrl\.conf", "options of keactrl, which starts the daemons; keep it on the server"),
    (r".*\.(pem|crt|cer|key|p12|pfx|csr|der)", "a certificate or key; a spec names it by its path on the server"),
    (r".*lease.*\.csv.*|.*\.csv\.(\d+|completed|output|pid)", "leases; a spec describes the configuration only"),
    (r".*\.(log|pid|lock|sock)(\.\d+)?", "written by a running daemon"),
    (r"kea-(dhcp4|dhcp6|ctrl-agent)\.json", "the .conf of the same name is read instead"),
    (r".*\.(conf|json)", "no imported file includes it, and its name is not one that import reads"),
)
_OTHER = "not a file that import reads"


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
    left = tuple(each for folder in folders for each in _left_out(folder, taken))
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


def _left_out(folder: str, taken: Collection[str]) -> list[tuple[Path, str]]:
    """Every file below a folder that is not among `taken` (real paths), sorted, with the reason. Hidden ones do not count."""
    return sorted(_below(folder, taken))


def _below(folder: str, taken: Collection[str]) -> Iterator[tuple[Path, str]]:
    seen = 0
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            seen += 1
            if seen > _LOOKED_AT:
                return
            path = Path(where, name)
            if not name.startswith(".") and os.path.realpath(path) not in taken:
                yield path, _reason(name)


def _reason(name: str) -> str:
    """Why a file of this name is not taken along."""
    return next((why for pattern, why in _KINDS if re.fullmatch(pattern, name.lower())), _OTHER)
