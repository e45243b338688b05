"""Every shipped spec, on real Kea: its files start as they are, and where it is a pair, it reaches its HA state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kea_hac
from kea_hac.kea.version import PROVEN, KeaVersion
from tests.debian_confinement import complaints
from tests.kea.built import SPECS, compiled, laid_out, provided
from tests.lab import Lab, trees

pytestmark = pytest.mark.kea

SHIPPED = sorted(path for path in SPECS.rglob("*.yaml") if path.parent.name != "shared")
RUNS = {branch: version for branch, version in PROVEN.items()}
STATES = {
    "archive": {"main": "passive-backup", "copy-a": "backup", "copy-b": "backup"},
    "branch": {"branch1": "load-balancing", "branch2": "load-balancing"},
    "hub": {"hub": "hot-standby", "north": "hot-standby", "south": "hot-standby"},
}


def for_version(spec: Path, version: str, folder: Path) -> Path:
    """The spec with another target, beside copies of all that it includes."""
    for path in spec.parent.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(spec.parent)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(re.sub(r"(?m)^kea: \S+", f'kea: "{version}"', path.read_text("utf-8")), "utf-8")
    return folder / spec.name


def cases() -> list[tuple[Path, str]]:
    """Every spec in every version that is here and that can say it."""
    import tempfile

    found = []
    for spec in SHIPPED:
        for version in RUNS.values():
            with tempfile.TemporaryDirectory() as folder:
                if kea_hac.compile_spec(for_version(spec, version, Path(folder))).build is not None:
                    found.append((spec, version))
    return found


@pytest.mark.parametrize(("spec", "version"), cases(), ids=lambda value: value.stem if isinstance(value, Path) else value)
def test_a_shipped_spec_runs(lab: Lab, spec: Path, version: str, tmp_path: Path) -> None:
    build = compiled(for_version(spec, version, tmp_path / "spec"))
    for server in {artifact.server for artifact in build.artifacts}:
        trees_of = {artifact.name: artifact.tree for artifact in build.artifacts if artifact.server == server and artifact.tree}
        assert complaints(trees.tree(version), trees_of) == []
    group = lab.group(version, laid_out(build, tmp_path / "out"), provided(build))
    group.start()
    site = kea_hac.compile_spec(spec).site
    assert site is not None
    for name, family in site.families.items():
        if not family.relationships:
            continue
        wanted = STATES.get(spec.stem, {node.name: "hot-standby" for node in site.nodes})
        group.wait(wanted, family=4 if name == "dhcp4" else 6, timeout=90)


def test_each_target_has_a_judge_or_is_called_unproven() -> None:
    """What no server here can judge says so."""
    assert {version for version in ("2.2", "2.6", "3.0") if KeaVersion.parse(version).proven} == {"2.2", "2.6", "3.0"}
    assert not KeaVersion.parse("2.4").proven
    assert not KeaVersion.parse("3.2").proven


def test_every_proven_version_runs_a_shipped_spec() -> None:
    assert {version for _, version in cases()} == set(RUNS.values())
