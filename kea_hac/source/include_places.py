"""The files that a copied Kea file includes: where they are on this machine.

`<?include "/etc/kea/conf.d/hosts.json"?>` names a path on the server. A copy is in the folder of `--root /etc/kea=FOLDER`, or beside the
file that was given: `conf.d/hosts.json` or `hosts.json` in its folder. `allowed` decides which files may be opened.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Root:
    """A value of --root."""

    folder: str
    """Where the files are. Includes may be read from there."""
    prefix: str | None = None
    """The directory of the server whose files they are, absolute; None for a folder without a prefix."""


def read_root(text: str) -> Root:
    """Read the value of --root: FOLDER, or PREFIX=FOLDER. Raises ValueError with the reason."""
    prefix, equals, folder = text.partition("=")
    if not equals or not prefix.startswith("/"):
        prefix, folder = "", text
    if not folder or not os.path.isdir(folder):
        known = " (PREFIX begins with a slash)" if "=" in text and not prefix else ""
        raise ValueError(
            f"--root {text!r}: there is no folder {folder!r}{known}; it takes FOLDER, or PREFIX=FOLDER such as /etc/kea=copies/kea1"
        )
    return Root(folder, os.path.normpath(prefix) if prefix else None)


def place_of(wanted: str, beside: str, home: str, roots: Sequence[Root]) -> str:
    """The path to open for an include. `beside`: the folder of the file that names it; `home`: that of the input file.

    Where nothing is found, the path at which the file was expected.
    """
    if not wanted.startswith("/"):
        near = os.path.join(beside, wanted)
        # Kea looks in its working directory, which for a copy is the folder of the main file
        return near if os.path.lexists(near) else _existing([os.path.join(home, wanted)]) or near
    name = os.path.normpath(wanted)
    for root in sorted(roots, key=lambda each: len(each.prefix or ""), reverse=True):
        if root.prefix is not None and (name + "/").startswith(root.prefix.rstrip("/") + "/"):
            return os.path.join(root.folder, os.path.relpath(name, root.prefix))
    return _existing(_beside(name, home)) or wanted


def _beside(name: str, home: str) -> Iterator[str]:
    """The ends of an absolute path below a folder, the longest first."""
    steps = name.strip("/").split("/")
    for start in range(len(steps)):
        yield os.path.join(home, *steps[start:])


def _existing(paths: Iterator[str] | Sequence[str]) -> str | None:
    return next((path for path in paths if os.path.isfile(path)), None)
