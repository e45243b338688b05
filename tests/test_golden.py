"""Golden files: what every shipped spec compiles to, for every version and server, as real files.

`python -m tests.regenerate` writes them; read the difference before you commit it.
"""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

import kea_hac
from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6
from kea_hac.kea.grammar import Scope, program
from kea_hac.kea.version import BRANCHES, Branch
from tests.shipped import GOLDEN, SHIPPED, golden, targets
from tests.specs import ADVICE

EXPECTED = dict(golden())
DAEMONS = {daemon.file: daemon for daemon in (DHCP4, DHCP6, CTRL_AGENT)}
CONFIGS = sorted(path for path in EXPECTED if path.suffix == ".conf")


def short(path: object) -> str:
    return str(path.relative_to(GOLDEN)) if isinstance(path, Path) else str(path)


@pytest.mark.parametrize("path", sorted(EXPECTED), ids=short)
def test_the_build_is_what_it_was(path: Path) -> None:
    assert path.read_bytes() == EXPECTED[path], "read the difference, then run `python -m tests.regenerate`"


def test_no_golden_file_is_left_over() -> None:
    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == set(EXPECTED)


@pytest.mark.parametrize("spec", SHIPPED, ids=lambda spec: spec.stem)
def test_a_shipped_spec_is_clean(spec: Path) -> None:
    """A newcomer who builds an example sees nothing to worry about."""
    checked = kea_hac.compile_spec(spec)
    assert [each.message for each in checked.report.diagnostics if each.rule.code not in ADVICE] == []
    assert checked.build is not None
    assert spec in targets()


@pytest.mark.parametrize("path", CONFIGS, ids=short)
def test_no_file_holds_a_key_that_its_version_lacks(path: Path) -> None:
    """Held against the vocabulary itself, not against the code that respells."""
    daemon = DAEMONS[path.name]
    branch = Branch(path.relative_to(GOLDEN).parts[1])
    text = EXPECTED[path].decode().replace('<?include "', '"').replace('"?>', '"')
    (content,) = orjson.loads(text).values()
    vocabulary = program(daemon.name)
    assert list(_strangers(content, vocabulary.scopes[daemon.top], branch, vocabulary.scopes)) == []


def _strangers(block: dict[str, object], scope: Scope, branch: Branch, scopes: dict[str, Scope]) -> list[str]:
    found = []
    for key, value in block.items():
        keyword = scope.keywords.get(key)
        if keyword is None or branch not in keyword.branches:
            found.append(f"{scope.name}.{key}")
            continue
        keyword = keyword.at(branch)
        below = keyword.scope
        for item in value if isinstance(value, list) else [value]:
            if below and isinstance(item, dict):
                found += _strangers(item, scopes[below], branch, scopes)
    return found


def test_every_branch_has_a_golden_file() -> None:
    assert {path.relative_to(GOLDEN).parts[1] for path in CONFIGS} == set(BRANCHES)
