"""What may be opened: a pull request brings links, hidden files and includes; nothing but files of the tree is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kea_hac.linting import lint
from kea_hac.source import Reading, read_kea_json, read_yaml
from kea_hac.source.allowed import Disk, bounds_of, read_input
from kea_hac.source.files import FileError
from kea_hac.source.include_places import Root

CANARY = "hunter2-canary"
SPEC = "kea-hac: 1\n"
KEA = '{"Dhcp4": {"server-tag": <?include "%s"?>}}'


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Git work tree that is the working directory, in a folder with files that are nobody's business."""
    put(tmp_path / "outside" / "secret.yaml", f"password: {CANARY}: [\n")
    put(tmp_path / "outside" / "secret.json", f'"{CANARY}\n')
    put(tmp_path / "outside" / "secret.csv", f"a,{CANARY}\n1\n")
    put(tmp_path / "outside" / "kea-dhcp4.conf", f'{{"Dhcp4": {CANARY}}}')
    site = tmp_path / "site"
    put(site / ".git" / "config", f"[{CANARY}]\n")
    put(site / ".git" / "stolen.yaml", f"{CANARY}: [\n")
    put(site / ".netrc", f"machine x login y password {CANARY}\n")
    put(site / ".docker" / "config.json", f'"{CANARY}\n')
    put(site / "specs" / "campus.yaml", SPEC)
    monkeypatch.chdir(site)
    return site


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def everything_said(reading: Reading) -> str:
    words = [f"{each.message} {each.text} {each.fix} {each.related_texts}" for each in reading.diagnostics]
    return " ".join(words) + repr(reading.document)


def refused(reading: Reading) -> str:
    """Unreadable, and not a word of any file that is not the input's business; gives what is said."""
    assert reading.unreadable
    text = everything_said(reading)
    assert CANARY not in text
    return text


READERS: list[Callable[[Path], Reading]] = [read_yaml, read_kea_json]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("link", "target", "words"),
    [
        ("specs/a.yaml", "/proc/self/environ", "leads out of"),
        ("specs/a.yaml", "../../outside/secret.yaml", "name it directly"),
        ("specs/a.yaml", "../.git/config", "Git's own folder"),
        ("specs/a.yaml", "../.git/stolen.yaml", "Git's own folder"),
        ("specs/a.yaml", "../.netrc", "hidden (.netrc)"),
        ("specs/a.yaml", "../.docker/config.json", "hidden (.docker)"),
        ("specs/a.yaml", "a.yaml", "symbolic links"),
        ("specs/a.yaml", "notes", "another ending"),
    ],
)
def test_an_input_that_is_a_link(
    tree: Path, reader: Callable[[Path], Reading], link: str, target: str, words: str
) -> None:
    put(tree / "specs" / "notes", f"{CANARY}: [\n")
    os.symlink(target, link)
    assert words in refused(reader(Path(link)))
    with pytest.raises(FileError, match=r"."):
        read_input(link)


@pytest.mark.parametrize("reader", READERS)
def test_a_link_in_the_middle_of_a_path(tree: Path, reader: Callable[[Path], Reading]) -> None:
    os.symlink("../../outside", "specs/x")
    assert "leads out of" in refused(reader(Path("specs/x/secret.yaml")))
    (tree.parent / "outside" / ".git").mkdir()
    assert "leads out of" in refused(reader(Path("specs/x/secret.yaml"))), "the target is a work tree of its own"
    assert "leads out of" in refused(reader(Path("specs/../specs/x/secret.yaml").absolute()))
    os.symlink("../.git", "specs/y")
    assert "Git's own folder" in refused(reader(Path("specs/y/stolen.yaml")))
    assert "Git's own folder" in refused(reader(Path(".git/stolen.yaml")))
    os.symlink("/proc/self", "specs/z")
    assert refused(reader(Path("specs/z/environ")))


@pytest.mark.parametrize(
    "path", ["/proc/self/environ", "/proc/self/task/../environ", "/proc/cmdline", "/sys/kernel/uevent_seqnum"]
)
@pytest.mark.parametrize("reader", READERS)
def test_what_the_kernel_makes_up_is_no_file(reader: Callable[[Path], Reading], path: str) -> None:
    if not os.path.exists(path):
        pytest.skip(f"this system has no {path}")
    assert "virtual file of the kernel" in refused(reader(Path(path)))


def test_links_inside_of_the_tree_and_above_it_are_no_matter(tree: Path) -> None:
    os.symlink("campus.yaml", "specs/now.yaml")
    os.symlink("specs", "current")
    os.symlink("site", tree.parent / "home")
    for path in ("specs/now.yaml", "current/campus.yaml", tree.parent / "home" / "specs" / "campus.yaml"):
        assert not read_yaml(Path(path)).diagnostics
    put(tree.parent / "plain" / "a.yaml", SPEC)
    os.symlink("plain", tree.parent / "link")
    assert not read_yaml(tree.parent / "link" / "a.yaml").diagnostics, (
        "no work tree, and the folder is the user's own link"
    )


def test_files_of_a_mounted_configmap(tmp_path: Path) -> None:
    put(tmp_path / "..2026_01_01" / "kea-dhcp4.conf", '{"Dhcp4": {}}')
    os.symlink("..2026_01_01", tmp_path / "..data")
    os.symlink("..data/kea-dhcp4.conf", tmp_path / "kea-dhcp4.conf")
    assert not read_kea_json(tmp_path / "kea-dhcp4.conf").diagnostics


WAYS = {
    "inside": "{}",
    "absolute": "{tree}/specs/{}",
    "back": "../specs/{}",
}


@pytest.mark.parametrize("name", ["l.yaml", "l.json", "l.csv"])
@pytest.mark.parametrize(
    "target",
    [
        "/proc/self/environ",
        "../../outside/secret{}",
        "../.git/config",
        "../.netrc",
        "../.docker/config.json",
        "/dev/zero",
        "fifo",
    ],
)
def test_includes_of_links(tree: Path, name: str, target: str) -> None:
    os.mkfifo("specs/fifo")
    os.symlink(target.format(os.path.splitext(name)[1]), f"specs/{name}")
    tag = "!csv" if name.endswith(".csv") else "!include"
    for way in WAYS.values():
        put(tree / "specs" / "a.yaml", f"a: {tag} {way.format(name, tree=tree)}\n")
        refused(read_yaml(Path("specs/a.yaml")))
        put(tree / "specs" / "k.conf", KEA % way.format(name, tree=tree))
        refused(read_kea_json(Path("specs/k.conf")))


@pytest.mark.parametrize(
    "wanted",
    [
        "/proc/self/environ",
        "/etc/passwd",
        "../../outside/secret.json",
        "../.git/stolen.yaml",
        "../.GIT/stolen.yaml",
        "../.docker/config.json",
        "../.netrc",
        "x/secret.json",
        "../specs/x/../x/secret.json",
    ],
)
def test_includes_of_what_is_not_the_business_of_the_file(tree: Path, wanted: str) -> None:
    os.symlink("../../outside", "specs/x")
    if not os.path.lexists(".GIT"):
        os.rename(".git", ".git.now")
        os.rename(".git.now", ".git")
        put(tree / ".GIT" / "stolen.yaml", CANARY)
    put(tree / "specs" / "k.conf", KEA % wanted)
    refused(read_kea_json(Path("specs/k.conf")))
    linted = lint([Path("specs/k.conf")])
    assert linted.report.unreadable
    assert CANARY not in repr(linted)
    if wanted.endswith((".yaml", ".json")):
        put(tree / "specs" / "a.yaml", f"a: !include {wanted}\n")
        refused(read_yaml(Path("specs/a.yaml")))


def test_a_hidden_folder_above_the_input_is_no_matter(tree: Path) -> None:
    put(tree / ".site" / "specs" / "a.yaml", "a: !include ../parts/b.yaml\n")
    put(tree / ".site" / "parts" / "b.yaml", "x: 1\n")
    assert not read_yaml(Path(".site/specs/a.yaml")).diagnostics
    put(tree / ".hidden.yaml", SPEC)
    assert not read_yaml(Path(".hidden.yaml")).diagnostics, "the user named it"


def test_the_user_may_allow_a_folder_whose_lines_are_not_quoted(tree: Path) -> None:
    other = tree.parent / "outside"
    put(other / "good.json", '"tag"')
    put(tree / "specs" / "k.conf", KEA % (other / "good.json"))
    refused(read_kea_json(Path("specs/k.conf")))
    allowed = read_kea_json(Path("specs/k.conf"), roots=[Root(str(other))])
    assert not allowed.diagnostics
    assert allowed.document is not None
    assert allowed.document.root == {"Dhcp4": {"server-tag": "tag"}}
    put(tree / "specs" / "k.conf", KEA % (other / "secret.json"))
    broken = read_kea_json(Path("specs/k.conf"), roots=[Root(str(other))])
    assert [(each.span.file, each.span.line) for each in broken.diagnostics] == [(str(other / "secret.json"), 1)]
    assert CANARY not in " ".join(f"{each.message} {each.text}" for each in broken.diagnostics)


def test_a_root_does_not_allow_what_no_folder_does(tree: Path) -> None:
    for wanted in ("/proc/self/environ", str(tree / ".git" / "stolen.yaml"), str(tree / ".docker" / "config.json")):
        put(tree / "specs" / "k.conf", KEA % wanted)
        refused(read_kea_json(Path("specs/k.conf"), roots=[Root("/")]))


def test_a_run_over_many_inputs_sees_each_path_as_one_reading(tree: Path) -> None:
    """What is remembered of a folder does not hide a link, wherever it stands in a path."""
    os.symlink("specs", "link")
    os.symlink("campus.yaml", "specs/other.yaml")
    os.symlink("../../outside", "specs/out")
    os.symlink("loop", "specs/loop")
    os.symlink("nowhere/at-all", "specs/dead")
    names = (
        "campus.yaml",
        "other.yaml",
        "loop",
        "dead",
        "none",
        "..",
        ".",
        "",
        "x" * 300,
        "out/secret.yaml",
        "loop/a",
        "dead/a",
        "campus.yaml/a",
    )
    folders = ("specs", "./specs", "specs/", "specs/.", "specs/../specs", "link", "link/../specs", "specs/out", "specs/out/..", "", str(tree), f"//{tree}", "none")  # fmt: skip
    paths = [
        *names,
        *(os.path.join(folder, name) for folder in folders for name in names),
        "/",
        "//",
        "/proc/self/environ",
    ]
    disk = Disk()
    for path in (*paths, *reversed(paths)):
        assert disk.real(path) == os.path.realpath(path)
        assert disk.bounds(path) == bounds_of(path)
        assert disk.bounds(path, ("specs",)) == bounds_of(path, ("specs",))
        read = []
        for way in (Disk(), disk):
            try:
                read.append(read_input(path, disk=way).decode())
            except FileError as error:
                read.append(str(error))
        assert read[0] == read[1]
    for path in ("a\0b", "specs/a\0b", "specs\0/a"):
        for way in (disk.real, os.path.realpath):
            with pytest.raises(ValueError, match="null"):
                way(path)
