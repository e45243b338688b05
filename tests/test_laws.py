"""The compiler's laws: same meaning, same bytes; the servers of a pair differ where the published list says and nowhere else."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

import kea_hac
from kea_hac.spec.load import MAY_DIFFER
from tests.shipped import ROOT, SHIPPED

PAIRS = [spec for spec in SHIPPED if spec.stem not in ("hub", "lone")]
PLAIN = [spec for spec in SHIPPED if "<<" not in spec.read_text("utf-8")]
"""A round trip through another library moves what `<<` merges; the reader's own tests cover merging."""
OLD_SPELLINGS = {"control-socket", "hosts-database"}
DIGESTS = """
import sys, hashlib, pathlib, kea_hac
for path in sys.argv[1:]:
    files = kea_hac.compile_spec(pathlib.Path(path)).build.files
    print(*(hashlib.sha256(name.encode() + content).hexdigest() for name, content in files.items()))
"""


def built(path: Path) -> dict[str, bytes]:
    checked = kea_hac.compile_spec(path)
    assert checked.build is not None, [each.message for each in checked.report.diagnostics]
    return dict(checked.build.files)


def shuffled(node: Any, chance: random.Random, top: bool = False) -> Any:
    """The same YAML with its map keys in another order and comments between them. Anchors stay before what uses them."""
    if isinstance(node, CommentedMap):
        keys = [key for key in node if key != "<<"]
        anchors = [key for key in keys if top and str(key).startswith("x-")]
        rest = [key for key in keys if key not in anchors]
        chance.shuffle(rest)
        for key in [*anchors, *rest]:
            value = node.pop(key) if key in dict.keys(node) else None
            if value is not None:
                node[key] = shuffled(value, chance)
                if chance.random() < 0.3 and not node.fa.flow_style():
                    node.yaml_set_comment_before_after_key(key, before="a remark")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            node[index] = shuffled(item, chance)
    return node


@pytest.mark.parametrize("spec", PLAIN, ids=lambda spec: spec.stem)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_the_order_of_keys_and_comments_change_nothing(spec: Path, seed: int) -> None:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1000
    loaded = yaml.load(spec.read_text("utf-8"))
    out = StringIO()
    yaml.dump(shuffled(loaded, random.Random(seed), top=True), out)
    with tempfile.TemporaryDirectory() as folder:
        for beside in spec.parent.glob("*.csv"):
            Path(folder, beside.name).write_bytes(beside.read_bytes())
        other = Path(folder, spec.name)
        other.write_text(out.getvalue(), "utf-8")
        assert built(other) == built(spec)


def test_same_input_same_bytes_in_every_process() -> None:
    runs = {
        subprocess.run(
            [sys.executable, "-c", DIGESTS, *map(str, SHIPPED)],
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed, locale, zone in (("0", "C", "UTC"), ("1", "C.UTF-8", "Asia/Tokyo"), ("4711", "POSIX", "UTC"))
    }
    assert len(runs) == 1


def test_the_folder_of_the_spec_does_not_matter(tmp_path: Path) -> None:
    spec = next(path for path in SHIPPED if path.stem == "campus")
    (tmp_path / "moved").mkdir()
    moved = tmp_path / "moved" / "renamed.yaml"
    moved.write_bytes(spec.read_bytes())
    assert built(moved) == built(spec)


@pytest.mark.parametrize("spec", PAIRS, ids=lambda spec: spec.stem)
def test_servers_differ_only_where_the_published_list_says(spec: Path) -> None:
    checked = kea_hac.compile_spec(spec)
    assert checked.site is not None
    files = built(spec)
    for daemon in checked.site.families:
        seen = []
        for node in checked.site.nodes:
            text = files[f"{node.name}/kea-{daemon}.conf"].decode().replace('<?include "', '"').replace('"?>', '"')
            (content,) = orjson.loads(text).values()
            assert content.pop("user-context")["kea-hac"]["server"] == node.name
            alike = {key: value for key, value in content.items() if key not in MAY_DIFFER and key not in OLD_SPELLINGS}
            names = {real: alias for alias, real in node.server_families[daemon].aliases.items()}
            seen.append(_renamed(alike, names))
        assert all(each == seen[0] for each in seen)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(item, item) if key == "interface" else _renamed(item, names) for key, item in value.items()
        }
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value
