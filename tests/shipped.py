"""The shipped specs, for every Kea version that can say them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import kea_hac
from kea_hac.kea.version import BRANCHES

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"
GOLDEN = ROOT / "tests" / "golden"
SHIPPED = tuple(sorted(path for path in SPECS.rglob("*.yaml") if path.parent.name != "shared"))


def for_version(spec: Path, version: str, folder: Path) -> Path:
    """A copy of the spec for another target, beside copies of all that it includes."""
    for path in sorted(spec.parent.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(spec.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(re.sub(r"(?m)^kea: \S+", f'kea: "{version}"', path.read_text("utf-8")), "utf-8")
    return folder / spec.name


def checked_for(spec: Path, version: str) -> kea_hac.Checked:
    """All stages of a spec for another target."""
    with tempfile.TemporaryDirectory() as folder:
        return kea_hac.compile_spec(for_version(spec, version, Path(folder)))


@cache
def sayable(spec: Path, version: str) -> bool:
    """True when the version can say the spec."""
    return checked_for(spec, version).build is not None


def golden() -> Iterator[tuple[Path, bytes]]:
    """Every golden file: its path and what it must hold. One folder a spec and version, laid out as `build` does."""
    for spec in SHIPPED:
        for branch in BRANCHES:
            build = checked_for(spec, branch).build
            for name, content in (build.files if build else {}).items():
                yield GOLDEN / spec.stem / branch / name, content


def targets() -> Mapping[Path, str]:
    """The branch that each shipped spec is written for."""
    found = {spec: re.search(r"(?m)^kea: \"?([0-9.]+)", spec.read_text("utf-8")) for spec in SHIPPED}
    return {spec: match[1] for spec, match in found.items() if match}
