"""Names that the output tree cannot contain: they lead out of it, or two of them are one name for the file system."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path

from kea_hac.compiler.artifacts import MANIFEST, Build
from kea_hac.errors import TreeError
from kea_hac.output.existing import NAME, PATH
from kea_hac.output.refusal import display_path, os_errors_explained, refused


def refuse_names(builds: Iterable[Build]) -> None:
    """Raise TreeError for a name that is no plain one, or a pair that is built twice.

    Names lead to paths, so the tree does not rely on the spec's reader having looked at them.
    """
    pairs = set()
    for build in builds:
        if not NAME.fullmatch(build.pair):
            raise TreeError(f"{build.pair!a} cannot be the name of a pair's folder; use letters, digits, . _ -")
        if build.pair in pairs:
            raise TreeError(f"two specs build pair {build.pair}; give one of them another name")
        pairs.add(build.pair)
        for path in build.files.keys() - {MANIFEST}:
            if not PATH.fullmatch(path) or path.startswith(f"{MANIFEST}/"):
                raise TreeError(f"{path!a} cannot be a file in the folder of pair {build.pair}; rename the server")


def refuse_case(root: Path, names: Iterable[str], ours: Collection[str]) -> None:
    """Raise TreeError when a name of `ours` and another of `names` differ only by case, and the file system of the root ignores case.

    One would overwrite the other. Names may be paths; each folder in them counts as well.
    """
    ours = {part for path in ours for part in (path, path.partition("/")[0])}
    seen: dict[str, str] = {}
    for name in sorted({part for path in names for part in (path, path.partition("/")[0])}):
        twin = seen.setdefault(name.casefold(), name)
        if twin != name and {twin, name} & ours and folds_case(root):
            next_step = "rename one of them, or remove the older one"
            raise TreeError(
                f"{display_path(root)}: {display_path(twin)} and {display_path(name)} are the same name on this file system; {next_step}"
            )


def folds_case(root: Path) -> bool:
    """True where the file system takes upper and lower case for the same. Raises TreeError."""
    probe = root / f".kea-hac-{secrets.token_hex(8)}"
    with os_errors_explained(root):
        os.mkdir(probe)
        try:
            return os.path.lexists(root / probe.name.upper())
        finally:
            os.rmdir(probe)


def listed(root: Path) -> list[str]:
    """The names in the root, sorted; none where there is no root."""
    try:
        return sorted(os.listdir(root))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise refused(root, error) from error
