"""Which specs are meant by what stands on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kea_hac.cli.inputs import find
from tests.cli.conftest import Spec


def _file(path: str, text: str | bytes = "kea-hac: 1\n") -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize(
    "text",
    [
        "kea-hac: 1\n",
        "# a comment\nkea-hac: 1",
        "pair: x\r\nkea-hac: 1\r\n",
        '"kea-hac": 1',
        "'kea-hac' : 1",
        "{kea-hac: 1, pair: x}",
        "\ufeffkea-hac: 1",
        b"kea-hac: 1\n\xff",
    ],
)
def test_a_spec_of_a_folder(text: str | bytes) -> None:
    _file("specs/a.yaml", text)
    assert find(["specs"]).paths == ("specs/a.yaml",)


@pytest.mark.parametrize(
    "text", ["", "pair: x\n", "  kea-hac: 1\n", "x:\n  kea-hac: 1\n", "# kea-hac: ignore[x] y\n", "kea-hac-x: 1"]
)
def test_what_is_no_spec_of_a_folder(text: str) -> None:
    _file("specs/a.yaml", text)
    found = find(["specs"])
    assert found.paths == ()
    assert found.problems == ("specs: no spec in this folder (a .yaml or .yml file with the key kea-hac at its top)",)


def test_a_folder_is_searched_in_order_and_hidden_ones_are_not() -> None:
    for path in ("b.yaml", "a.yml", "a/z.yaml", ".venv/x.yaml", "a/.git/x.yaml", "c.json", "A.yaml"):
        _file(path)
    assert find(["."]).paths == ("A.yaml", "a.yml", "b.yaml", "a/z.yaml")


def test_a_file_that_is_named_is_always_taken() -> None:
    _file("hosts.txt", "")
    found = find(["hosts.txt", "gone.yaml"])
    assert found.paths == ("hosts.txt", "gone.yaml")
    assert not found.searched


def test_patterns(spec: Spec) -> None:
    for path in ("sites/a/x.yaml", "sites/b/y.yaml", "sites/b/z.yml"):
        spec(path)
    found = find(["sites/**/*.yaml"])
    assert found.paths == ("sites/a/x.yaml", "sites/b/y.yaml")
    assert found.searched
    assert find(["sites/?"]).paths == ("sites/a/x.yaml", "sites/b/y.yaml", "sites/b/z.yml")


def test_a_name_that_looks_like_a_pattern(spec: Spec) -> None:
    spec("a[1].yaml")
    spec("a1.yaml")
    assert find(["a[1].yaml"]).paths == ("a[1].yaml",)


def test_what_is_no_file_is_not_opened() -> None:
    _file("specs/a.yaml")
    os.mkfifo("specs/pipe.yaml")
    Path("specs/folder.yaml").mkdir()
    os.symlink("nowhere", "specs/link.yaml")
    os.symlink(".", "specs/loop")
    assert find(["specs"]).paths == ("specs/a.yaml",)
