"""Which specs are meant by what stands on the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.cli.inputs import find
from kea_hac.cli.look import Look, look
from tests.cli.conftest import Call, Spec


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
    "text",
    [
        "kea_hac: 1\n",
        "keahac: 1",
        "kea-hac :1",
        "kea-hac:1",
        "Kea-Hac: 1",
        "KEA_HAC: 1\n",
        "kea hac: 1",
        "kea.hac: 1",
        "kea\u2013hac: 1",
        "kea\u2011hac: 1",
        "\ufeffkea_hac: 1",
        "kea-hca: 1\npair: x\n",
        "key-hac: 1\nservers: []\n",
        "kea-hac: 99\n",
        "kea-hac:\n  pair: x\n",
        "  kea-hac: 1\n  pair: x\n",
        " kea-hac: 1\npair: x\n",
        "--- {kea_hac: 1}\n",
        "{pair: x, kea-hac: 1}\n",
        '{"pair": "x", "kea_hac": 1}\n',
        "%YAML 1.2\n---\nkea_hac: 1\n",
        "? kea-hac\n: 1\n",
        "!!map\nkea_hac: 1\n",
        "<<<<<<< HEAD\nkea-hac: 1\n",
        "# kea-hac: 1\n# pair: x\n",
        "#pair: x\n#servers: []\n#dhcp4: {}\n",
        "kea_hac: 1\n".encode("utf-16"),
        "kea-hac: 1\n".encode("utf-16-be"),
    ],
)
def test_what_looks_like_a_spec_is_taken_as_one_and_refused(call: Call, text: str | bytes) -> None:
    """Else it would leave the set of specs without a word."""
    _file("specs/a.yaml", text)
    assert find(["specs"]).paths == ("specs/a.yaml",)
    called = call("validate", "specs")
    assert called.code in (1, 2)
    assert "specs/a.yaml" in called.out


ORDINARY = [
    "services:\n  kea:\n    image: kea\n",
    "on: push\njobs:\n  kea-hac:\n    runs-on: ubuntu\n",
    "repos:\n  - repo: x\n    hooks: [{id: kea-hac-validate}]\n",
    "- id: kea-hac-validate\n",
    "kea: 1\nplatform: x\n",
    "kea_ha: true\n",
    "openapi: 3.0.0\nservers: []\npaths: {}\n",
    "network:\n  ethernets: {eth0: {dhcp4: true}}\n",
    "dhcp4: true\ndhcp6: false\n",
    "text: |\n  kea-hac: 1\n",
    "# only a note\n",
]


@pytest.mark.parametrize(
    "text", ["", "pair: x\n", "x:\n  kea-hac: 1\n", "# kea-hac: ignore[x] y\n", "kea-hac-x: 1", *ORDINARY]
)
def test_what_is_no_spec_of_a_folder(text: str) -> None:
    _file("specs/a.yaml", text)
    found = find(["specs"])
    assert found.paths == ()
    assert found.problems == (
        "specs: this folder contains no spec (a .yaml or .yml file with the key kea-hac at its top)",
    )


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


def test_folders_and_files_of_other_names_are_none() -> None:
    _file("specs/a.yaml")
    os.mkfifo("specs/pipe")
    Path("specs/folder.yaml").mkdir()
    os.symlink("nowhere", "specs/link.txt")
    os.symlink(".", "specs/loop")
    assert find(["specs"]).paths == ("specs/a.yaml",)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: os.symlink("moved.yaml", path), "it is a link, and there is no file where it leads"),
        (lambda path: os.symlink("branch.yaml", path), "symbolic links are not followed here"),
        (os.mkfifo, "it is a FIFO, not a regular file"),
        (lambda path: os.symlink("/dev/null", path), "a link leads out of"),
    ],
)
def test_a_spec_that_became_something_else_does_not_leave_the_set(
    call: Call, spec: Spec, make: Callable[[str], None], why: str
) -> None:
    """A link to a spec that was moved: the run fails, and `--prune` leaves the pair's build alone."""
    spec("specs/campus.yaml")
    spec("specs/branch.yaml", "branch")
    assert call("build", "specs").code == 0
    os.unlink("specs/branch.yaml")
    make("specs/branch.yaml")
    for command in (("validate", "specs"), ("build", "specs", "--check"), ("build", "specs", "--prune")):
        called = call(*command)
        assert called.code == 2, command
        assert why in called.out + called.err, command
    assert Path("build/branch/manifest.json").is_file()


def test_parts_of_a_spec_are_none(call: Call, spec: Spec) -> None:
    """A file with the keys of a spec is a part where a spec includes it, and a spec without its first key elsewhere."""
    spec("specs/campus.yaml")
    text = Path("specs/campus.yaml").read_text()
    Path("specs/campus.yaml").write_text("kea-hac: 1\n<<: !include parts.yml\n")
    _file("specs/parts.yml", text.replace("kea-hac: 1\n", ""))
    found = find(["specs"])
    assert (found.paths, found.parts) == (("specs/campus.yaml",), ("specs/parts.yml",))
    assert call("validate", "specs").code == 0
    Path("specs/campus.yaml").write_text(text)
    called = call("validate", "specs")
    assert called.code == 1
    assert "specs/parts.yml:1" in called.out
    assert "kea-hac" in called.out


def test_links_of_a_folder_stay_in_its_tree(call: Call, spec: Spec) -> None:
    Path("site/.git").mkdir(parents=True)
    spec("site/specs/a.yaml", "a")
    spec("site/more/b.yaml", "b")
    spec("outside/c.yaml", "c")
    os.symlink("../more", "site/specs/more")
    os.symlink("../../outside/c.yaml", "site/specs/c.yaml")
    assert find(["site/specs"]).paths == ("site/specs/a.yaml", "site/specs/c.yaml", "site/specs/more/b.yaml")
    called = call("validate", "site/specs")
    assert called.code == 2
    assert "cannot read site/specs/c.yaml: a link leads out of" in called.out
    Path("site/specs/c.yaml").unlink()
    os.symlink("../../outside", "site/specs/other")
    found = find(["site/specs"])
    assert found.paths == ("site/specs/a.yaml", "site/specs/more/b.yaml")
    assert [each.partition(":")[0] for each in found.problems] == ["site/specs/other"]
    assert find(["site/specs/other"]).paths == ()
    assert call("validate", "site/specs/other").code == 2
    assert call("validate", "site/specs/*/*.yaml").code == 2


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 500_000 + "b",
        "? " + " " * 500_000 + ":",
        "#" * 500_000,
        "# kea-hat:" * 50_000,
        "!a " * 200_000,
        '{"' + '\\"' * 300_000,
        "{" * 300_000,
        "a: 1\n" * 200_000,
        " " * 500_000 + "x",
        "---" + " " * 500_000,
    ],
)
def test_a_text_made_to_take_long_is_no_spec(text: str) -> None:
    """Each would take hours with a pattern whose time grows with the square of the length."""
    assert look(text.encode()) is Look.OTHER


_LINES = ["kea-hac: 1", "kea-hac : 1", " kea-hac: 1", "kea-hac", "kea-hac:", "# a: b", "  # kea-hac: 1", "", " \t", "---", "--- ", "--- x", "...", "%YAML 1.2",
          "- kea-hac: 1", "[", "{", "{kea-hac: 1}", "pair: x", "? kea-hac", '"', "x: |", "\ufeff", "\0", "a: 'b"]  # fmt: skip


@given(st.lists(st.sampled_from(_LINES), max_size=6), st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_spec_that_begins_as_most_do_is_seen_as_by_all_its_keys(lines: list[str], end: str) -> None:
    data = end.join(lines).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("kea_hac.cli.look._USUAL", re.compile(rb"(?!)"))
        by_all = look(data)
    assert look(data) is by_all
