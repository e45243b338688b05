"""Which pairs of the output tree `build` calls gone, and which of them `--prune` removes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Call, Spec


@pytest.fixture
def fleet(call: Call, spec: Spec) -> Call:
    """Two pairs of a fleet, one beside it, all built."""
    Path("specs/campus.yaml").unlink(missing_ok=True)
    for name in ("fleet/a", "fleet/b", "other/c"):
        spec(f"specs/{name}.yaml", name[-1])
    assert call("build", "specs").code == 0
    assert built() == ["a", "b", "c"]
    return call


def built(output: str = "build") -> list[str]:
    return sorted(os.listdir(output))


def source(pair: str, output: str = "build") -> str | None:
    found: str | None = json.loads(Path(output, pair, "manifest.json").read_bytes())["kea-hac"].get("source")
    return found


@pytest.mark.parametrize(
    "given", ["specs/fleet", "specs/fleet/", "./specs/../specs/fleet", "specs/fleet/*.yaml", "specs/f*"]
)
def test_prune_removes_only_what_came_from_below_what_was_given(fleet: Call, given: str) -> None:
    Path("specs/fleet/b.yaml").unlink()
    Path("specs/other/c.yaml").unlink()
    called = fleet("build", given, "--prune")
    assert called.code == 0
    assert called.err.splitlines()[0] == "build/b is removed: its spec specs/fleet/b.yaml no longer exists"
    assert "note: build also contains c" in called.err
    assert built() == ["a", "c"]
    assert fleet("build", "specs", "--prune").code == 0
    assert built() == ["a"]


def test_who_is_asked_for_one_folder_does_not_call_the_others_gone(fleet: Call) -> None:
    called = fleet("build", "specs/fleet", "--check")
    assert called.code == 0
    assert "orphan" not in called.out
    assert fleet("build", "specs/fleet", "--prune").code == 0
    assert built() == ["a", "b", "c"]


def test_check_names_what_prune_would_remove(fleet: Call) -> None:
    Path("specs/fleet/b.yaml").unlink()
    called = fleet("build", "specs/fleet", "--check")
    assert (called.code, called.out) == (1, "orphan: build/b (its spec specs/fleet/b.yaml no longer exists)\n")
    assert built() == ["a", "b", "c"]
    called = fleet("build", "specs/fleet", "--check", "--prune")
    assert called.code == 2
    assert "--check names what --prune would remove" in called.err


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "x: 1\n"])
@pytest.mark.parametrize("option", [[], ["--prune"], ["--check"]])
def test_a_spec_that_is_no_spec_any_more_is_not_gone(fleet: Call, text: str, option: list[str]) -> None:
    Path("specs/fleet/b.yaml").write_text(text)
    called = fleet("build", "specs", *option)
    assert called.code == 2
    words = "specs/fleet/b.yaml, which is no longer a spec" if text.strip() else "specs/fleet/b.yaml is empty"
    assert words in called.err
    assert built() == ["a", "b", "c"]
    Path("specs/fleet/b.yaml").unlink()
    os.symlink("nowhere", "specs/fleet/b.yaml")
    assert fleet("build", "specs", *option).code == 2
    assert built() == ["a", "b", "c"]


def test_a_misspelt_first_key_keeps_its_output(fleet: Call) -> None:
    path = Path("specs/fleet/b.yaml")
    path.write_text(path.read_text().replace("kea-hac: 1", "kea_hac: 1"))
    called = fleet("build", "specs", "--prune")
    assert called.code == 1
    assert "specs/fleet/b.yaml:1:1" in called.out
    assert built() == ["a", "b", "c"]


def test_nothing_is_pruned_in_a_run_with_a_spec_that_does_not_compile(fleet: Call) -> None:
    Path("specs/fleet/b.yaml").unlink()
    Path("specs/fleet/a.yaml").write_text("kea-hac: 1\npair: [")
    assert fleet("build", "specs", "--prune").code == 2
    assert built() == ["a", "b", "c"]


def test_a_pair_with_another_name_leaves_its_old_folder(fleet: Call, spec: Spec) -> None:
    spec("specs/fleet/b.yaml", "new")
    assert fleet("build", "specs/fleet", "--prune").code == 0
    assert built() == ["a", "c", "new"]


def test_a_spec_that_moved_takes_its_pair_along(fleet: Call) -> None:
    os.rename("specs/fleet/b.yaml", "specs/other/b.yaml")
    assert fleet("build", "specs", "--check").code == 1, "the manifest names the old place"
    assert fleet("build", "specs", "--prune").code == 0
    assert built() == ["a", "b", "c"]
    assert source("b") == "../specs/other/b.yaml"


def test_each_output_tree_has_its_own(fleet: Call) -> None:
    assert fleet("build", "specs/fleet", "-o", "out/two").code == 0
    assert (source("a", "out/two"), source("a")) == (None, "../specs/fleet/a.yaml"), "too far apart without a work tree"
    Path(".git").mkdir()
    assert fleet("build", "specs/fleet", "-o", "out/two").code == 0
    assert source("a", "out/two") == "../../specs/fleet/a.yaml"
    Path("specs/fleet/b.yaml").unlink()
    assert fleet("build", "specs/fleet", "-o", "out/two", "--prune").code == 0
    assert (built("out/two"), built()) == (["a"], ["a", "b", "c"])


def test_what_does_not_name_its_spec_is_left_alone(fleet: Call) -> None:
    path = Path("build/b/manifest.json")
    for mark in (None, 5, "", "a\0b", "/etc/passwd", "../../nowhere/b.yaml"):
        manifest = json.loads(path.read_bytes())
        manifest["kea-hac"] = {"manifest": 1, "pair": "b"} | ({"source": mark} if mark is not None else {})
        path.write_text(json.dumps(manifest))
        Path("specs/fleet/b.yaml").unlink(missing_ok=True)
        called = fleet("build", "specs", "--prune")
        assert called.code == 0
        assert "removed" not in called.err
        assert built() == ["a", "b", "c"]
    manifest["kea-hac"] = {"manifest": 1, "pair": "b"}
    path.write_text(json.dumps(manifest))
    called = fleet("build", "specs", "--check")
    assert (called.code, called.out.partition(" (")[0]) == (1, "orphan: build/b")
    assert "remove the folder by hand" in called.err


def test_the_same_tree_from_anywhere(fleet: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("specs")
    assert fleet("build", ".", "-o", "../build", "--check").code == 0
    assert fleet("build", str(Path.cwd() / "fleet"), "-o", str(Path.cwd().parent / "build"), "--check").code == 0


def test_a_spec_of_another_pair_now_is_not_called_gone(fleet: Call, spec: Spec) -> None:
    spec("specs/fleet/b.yaml", "bnew")
    why = "its spec specs/fleet/b.yaml is now that of pair bnew"
    assert f"build/b ({why})" in fleet("build", "specs", "--check").out
    assert f"warning: build/b: {why}; --prune removes it" in fleet("build", "specs").err
    called = fleet("build", "specs", "--prune")
    assert f"build/b is removed: {why}" in called.err
    assert "no longer exists" not in called.err
    assert built() == ["a", "bnew", "c"]
