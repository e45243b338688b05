"""Every shipped spec, on real Kea: its files start as they are, and where it is a pair, it reaches its HA state."""

from __future__ import annotations

from pathlib import Path

import pytest

import kea_hac
from kea_hac.kea.version import PROVEN, KeaVersion
from tests.debian_confinement import complaints
from tests.kea.built import compiled, laid_out, provided
from tests.lab import Lab, trees
from tests.shipped import SHIPPED, for_version, sayable

pytestmark = pytest.mark.kea

STATES = {
    "archive": {"main": "passive-backup", "copy-a": "backup", "copy-b": "backup"},
    "branch": {"branch1": "load-balancing", "branch2": "load-balancing"},
    "hub": {"hub": "hot-standby", "north": "hot-standby", "south": "hot-standby"},
}


CASES = [(spec, version) for spec in SHIPPED for version in PROVEN.values() if sayable(spec, version)]


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "version"), CASES, ids=lambda value: value.stem if isinstance(value, Path) else value)
def test_a_shipped_spec_runs(lab: Lab, spec: Path, version: str, tmp_path: Path) -> None:
    build = compiled(for_version(spec, version, tmp_path / "spec"))
    for server in {artifact.server for artifact in build.artifacts}:
        trees_of = {
            artifact.name: artifact.tree for artifact in build.artifacts if artifact.server == server and artifact.tree
        }
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
    assert {version for _, version in CASES} == set(PROVEN.values())
