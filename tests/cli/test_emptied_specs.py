"""A spec that was emptied or broken does not leave the set of specs without a word; other programs' YAML does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call, Spec
from tests.cli.test_hostile_tree import git

BROKEN = {
    "empty": "",
    "blank": " \n\n\t\n",
    "mark": "\ufeff",
    "bracket": "x: [",
    "list": "- kea-hac: 1\n  pair: x\n",
    "lists": "- - kea-hac: 1\n",
    "flow": "[{kea-hac: 1, pair: x}]",
    "conflict": "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> b\n",
    "value": "kea-hac",
    "NUL": "a: \0\n",
    "tab": "a:\n\tb: 1\n",
    "null": "",
}
OTHERS = {
    "compose.yaml": "services:\n  web:\n    image: x\n",
    "play.yml": "- hosts: all\n  tasks: []\n",
    "vars.yml": "---\na: !vault |\n  x\n",
    "two.yaml": "---\na: 1\n---\nb: 2\n",
    "stack.yaml": "Resources: {A: !Ref b}\n",
}
NOTED = {
    "handlers.yml": "---\n# handlers file for kea\n",
    "template.yaml": "{{- if .Values.x }}\na: {{ .Values.y }}\n{{- end }}\n",
    "jinja.yml": "{% if x %}\na: 1\n{% endif %}\n",
    "vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n6364\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_it_fails_the_run_and_is_named(call: Call, spec: Spec, text: str) -> None:
    spec("specs/campus.yaml")
    Path("specs/site.yaml").write_text(text)
    for command in (
        ("validate", "specs"),
        ("build", "specs"),
        ("build", "specs", "--check"),
        ("build", "specs", "--stdout"),
    ):
        called = call(*command)
        assert called.code in (1, 2)
        assert "specs/site.yaml" in called.out + called.err
        assert "no findings in 1 spec" not in called.err
    assert not Path("build").exists()
    Path("specs/campus.yaml").unlink()
    assert call("validate", "specs").code in (1, 2)


def test_other_yaml_is_left_out(call: Call, spec: Spec) -> None:
    spec("specs/campus.yaml")
    for name, text in OTHERS.items():
        Path("specs", name).write_text(text)
    called = call("validate", "specs")
    assert (called.code, called.err) == (0, "no findings in 1 spec\n")
    for name, text in NOTED.items():
        Path("specs", name).write_text(text)
    called = call("validate", "specs")
    assert called.code == 0
    assert called.err.count("note: specs/") == len(NOTED)


@pytest.mark.parametrize("text", NOTED.values(), ids=NOTED)
def test_in_the_place_of_a_committed_spec_nothing_is_left_out(call: Call, spec: Spec, text: str) -> None:
    git("init", "-q")
    spec("specs/campus.yaml")
    spec("specs/site.yaml", "site")
    git("add", "-A")
    Path("specs/site.yaml").write_text(text)
    assert call("validate", "specs").code == 0  # no commit yet
    git("commit", "-qm", "x", "--allow-empty")
    called = call("validate", "specs")
    assert called.code == 2
    assert "specs/site.yaml" in called.err


def test_what_a_spec_includes_is_its_own_matter(call: Call, spec: Spec) -> None:
    path = Path(spec("specs/campus.yaml"))
    path.write_text(path.read_text() + "x-part: !include part.yaml\n")
    Path("specs/part.yaml").write_text("# nothing yet\n[]\n")
    assert call("validate", "specs").code == 0
    Path("specs/part.yaml").write_text("")
    called = call("validate", "specs")
    assert "it is unknown whether it is a spec" not in called.err


def test_another_spec_of_the_pair_that_the_tree_names(call: Call, spec: Spec) -> None:
    spec("specs/site01.yaml", "site01")
    assert call("build", "specs").code == 0
    spec("other/new.yaml", "site01")
    before = Path("build/site01/manifest.json").read_bytes()
    for command in (
        ("build", "other"),
        ("build", "other", "--check"),
        ("build", "other/new.yaml"),
        ("build", "other", "--prune"),
    ):
        called = call(*command)
        assert called.code == 1
        assert "KH190" in called.out
        assert "specs/site01.yaml" in called.out
    assert Path("build/site01/manifest.json").read_bytes() == before
    spec("other/new.yaml", "Site01")
    assert "KH190" in call("build", "other").out
    assert call("build", "other", "--stdout").code == 0


@pytest.mark.parametrize("old", ["gone", "renamed", "no spec"])
def test_an_old_spec_that_is_that_of_the_pair_no_more(call: Call, spec: Spec, old: str) -> None:
    path = Path(spec("specs/site01.yaml", "site01"))
    assert call("build", "specs").code == 0
    spec("other/new.yaml", "site01")
    if old == "gone":
        path.unlink()
    elif old == "renamed":
        spec("specs/site01.yaml", "site02")
    else:
        path.write_text("a: 1\n")
    called = call("build", "other")
    assert called.code == 0, called


def test_an_old_spec_that_cannot_be_understood(call: Call, spec: Spec) -> None:
    path = Path(spec("specs/site01.yaml", "site01"))
    assert call("build", "specs").code == 0
    spec("other/new.yaml", "site01")
    for text in ("kea-hac: [\n", ""):
        path.write_text(text)
        called = call("build", "other")
        assert called.code == 2
        assert "specs/site01.yaml" in called.err


@pytest.mark.parametrize("text", [*NOTED.values(), ""])
def test_a_folder_without_any_other_file_has_no_spec(call: Call, text: str) -> None:
    Path("specs").mkdir()
    Path("specs/site.yaml").write_text(text)
    for command in ("validate", "build"):
        called = call(command, "specs")
        assert called.code == 2
        assert "specs: this folder contains no spec" in called.err
