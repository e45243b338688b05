"""Valid specs by chance, every arrangement and scope: they build without an error, and real Kea loads every file of every server.

KEA_HAC_SPECS=N makes N specs a version instead of those of every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from kea_hac.compiler.artifacts import Build
from kea_hac.kea.grammar import program
from kea_hac.kea.version import Branch, KeaVersion
from tests.differential.corpus import scopes
from tests.differential.places import places
from tests.kea.built import provided
from tests.lab import Lab, LabError, keajson
from tests.lab.certificates import Authority
from tests.making_specs import FAMILIES, specs
from tests.sizes import size
from tests.specs import checked

pytestmark = pytest.mark.kea

NUMBER = size("SPECS", 75, 150)
STARTS = 6
"""Files that are started on their own, of each daemon: HA and the agent as an operator starts them."""
ELSEWHERE = frozenset({"hosts-database", "config-control", "config-database"})
"""Scopes that need a database server."""


@cache
def builds(branch: Branch) -> tuple[Build, ...]:
    """What Hypothesis' specs become, the same ones in every run."""
    made: list[Build] = []

    @seed(20260)
    @settings(
        max_examples=NUMBER,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(specs(branch))
    def collect(text: str) -> None:
        found = checked(text)
        errors = [f"{each.span.line}: {each.rule.name}: {each.message}" for each in found.report.diagnostics]
        assert found.build is not None, f"{errors}\n{text}"
        made.append(found.build)

    collect()
    return tuple(made)


def files_of(branch: Branch, daemon: str) -> list[tuple[Build, str, bytes]]:
    """Every server's file of a daemon: the build, the server, the bytes."""
    return [
        (build, path.split("/")[0], content)
        for build in builds(branch)
        for path, content in build.files.items()
        if path.endswith(f"/kea-{daemon}.conf")
    ]


def needed(found: list[tuple[Build, str, bytes]]) -> dict[str, bytes]:
    """The files that all their hosts must provide."""
    authority = Authority()
    placed: dict[str, bytes] = {}
    for build, server, _ in found:
        if not placed.keys() >= set(orjson.loads(build.manifest)["servers"][server]["needs"].get("files", ())):
            placed.update(provided(build, authority)[server])
    return placed


@pytest.mark.slow
@pytest.mark.parametrize("daemon", FAMILIES)
def test_real_kea_loads_what_generated_specs_build(lab: Lab, kea_version: str, daemon: str) -> None:
    branch = KeaVersion.parse(kea_version).branch
    found = files_of(branch, daemon)
    files = needed(found)
    loaded = lab.reload(kea_version, daemon, [content for _, _, content in found], files)
    assert [each.error for each in loaded if each.error] == []
    alone = [each for each in found if b"high-availability" in each[2]][:STARTS]
    for _, server, content in alone:
        try:
            lab.config_get(kea_version, daemon, content, files)
        except LabError as error:
            pytest.fail(f"{server}: {error}\n{content.decode()}")


def test_an_agent_starts_with_what_generated_specs_build(lab: Lab, kea_version: str) -> None:
    found = files_of(KeaVersion.parse(kea_version).branch, "ctrl-agent")
    files = needed(found)
    verdicts = lab.check(kea_version, "ctrl-agent", [content for _, _, content in found], files=files)
    assert [each.error for each in verdicts if not each.ok] == []
    for _, _, content in [each for each in found if b"authentication" not in each[2]][:2]:
        lab.config_get(kea_version, "ctrl-agent", content, files)


@pytest.mark.parametrize("daemon", FAMILIES)
def test_the_specs_reach_every_scope(kea_version: str, daemon: str) -> None:
    branch = KeaVersion.parse(kea_version).branch
    reached = {scope for _, _, content in files_of(branch, daemon) for scope in _scopes(daemon, content)}
    assert set(scopes(program(daemon).name, branch)) - reached <= ELSEWHERE


def _scopes(daemon: str, content: bytes) -> Iterator[str]:
    yield from (place.scope.name for place in places(program(daemon), keajson.body(content.decode())))
