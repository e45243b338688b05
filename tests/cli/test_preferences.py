"""`kea-hac preferences merge`: five entries in a file of other people."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.micetro.preferences import render
from tests.cli.conftest import Call

BUILT = "build/campus/s1/preferences.cfg"
THEIRS = b'<Password value="hunter2"/>\r\n<keaControlAgentPort value="9000"/>\r\n'


@pytest.fixture(autouse=True)
def _built() -> None:
    Path(BUILT).parent.mkdir(parents=True)
    Path(BUILT).write_bytes(render({"keaControlAgentPort": "8000", "keaReplicateConfig": "0"}))
    Path("preferences.cfg").write_bytes(THEIRS)


def test_merge(call: Call) -> None:
    called = call("preferences", "merge", "preferences.cfg", "--from", BUILT)
    assert called.code == 0
    assert called.out == "keaControlAgentPort: 9000 -> 8000\nkeaReplicateConfig: (none) -> 0\n"
    assert called.err == "preferences.cfg is written; restart the DHCP Agent, which reads it when it starts\n"
    made = Path("preferences.cfg").read_bytes()
    assert made.startswith(b'<Password value="hunter2"/>\r\n<keaControlAgentPort value="8000"/>\r\n')
    assert call("preferences", "merge", "preferences.cfg", "--from", BUILT).err == "preferences.cfg is up to date\n"


def test_check_writes_nothing(call: Call) -> None:
    called = call("preferences", "merge", "preferences.cfg", "--from", BUILT, "--check")
    assert called.code == 1
    assert "9000 -> 8000" in called.out
    assert "hunter2" not in called.out + called.err
    assert Path("preferences.cfg").read_bytes() == THEIRS
    call("preferences", "merge", "preferences.cfg", "--from", BUILT)
    assert call("preferences", "merge", "preferences.cfg", "--from", BUILT, "--check").code == 0


def test_a_file_that_is_not_there_yet(call: Call) -> None:
    assert call("preferences", "merge", "new.cfg", "--from", BUILT, "--check").code == 1
    assert not Path("new.cfg").exists()
    assert call("preferences", "merge", "new.cfg", "--from", BUILT).code == 0
    assert Path("new.cfg").read_bytes() == Path(BUILT).read_bytes()


def test_warnings_are_told(call: Call) -> None:
    Path("preferences.cfg").write_bytes(THEIRS * 2)
    assert "keaControlAgentPort occurs 2 times" in call("preferences", "merge", "preferences.cfg", "--from", BUILT).err


@pytest.mark.parametrize(
    ("file", "built", "words"),
    [
        ("preferences.cfg", "gone.cfg", "gone.cfg: there is no such file"),
        ("preferences.cfg", "empty.cfg", "empty.cfg has none of the entries keaHooksLocation"),
        ("preferences.cfg", "odd.cfg", "must be printable ASCII"),
        ("gone/preferences.cfg", BUILT, "gone/preferences.cfg: "),
        ("build", BUILT, "build: "),
    ],
)
@pytest.mark.parametrize("check", [(), ("--check",)])
def test_what_cannot_be_done(call: Call, file: str, built: str, words: str, check: tuple[str, ...]) -> None:
    Path("empty.cfg").write_bytes(b'<Password value="hunter2"/>\n')
    Path("odd.cfg").write_bytes('<keaHooksLocation value="/ä"/>\n'.encode())
    called = call("preferences", "merge", file, "--from", built, *check)
    assert called.code == 2
    assert words in called.err
    assert "hunter2" not in called.err
    assert Path("preferences.cfg").read_bytes() == THEIRS


@pytest.mark.parametrize("check", [(), ("--check",)])
@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b'<preferences>\n<Password value="hunter2"/>\n</preferences>\n', "<preferences> of line 1 contains entries (to line 3)"),
        (b'<preferences><Password value="hunter2"/></preferences>', "<preferences> of line 1 contains entries (to line 1)"),
        (b'<?xml version="1.0"?>\n<a>\n<b>\n<keaControlAgentPort value="1"/></b></a>', "<a> of line 2 contains entries (to line 4)"),
        (b'<x value="1"/>\n<group name="g">\n<keaControlAgentPort value="1"/>\n</group >', "<group> of line 2 contains entries (to line 4)"),
        (b'<preferences>\n<Password value="hunter2"/>\n', "<preferences> of line 1 contains entries (to line 2)"),
        (b'<preferences>\n<Password value="hunter2"/>\n<!-- </preferences> -->', "<preferences> of line 1 contains"),
    ],
)  # fmt: skip
def test_a_root_is_refused(call: Call, text: bytes, where: str, check: tuple[str, ...]) -> None:
    Path("preferences.cfg").write_bytes(text)
    called = call("preferences", "merge", "preferences.cfg", "--from", BUILT, *check)
    assert called.code == 2
    assert where in " ".join(called.err.split())
    assert "hunter2" not in called.err
    assert Path("preferences.cfg").read_bytes() == text


@pytest.mark.parametrize(
    "text",
    [
        b"<Note>some text</Note>\n",
        b"<Note>\n some text\n</Note>\n",
        b"<!-- <preferences> -->\n",
        b"<Note/>\n",
        b"<Note></Note>\n",
    ],
)
def test_an_element_without_entries_is_no_root(call: Call, text: bytes) -> None:
    Path("preferences.cfg").write_bytes(text + THEIRS)
    assert call("preferences", "merge", "preferences.cfg", "--from", BUILT).code == 0
    assert Path("preferences.cfg").read_bytes().startswith(text)


def test_entries_of_others_that_cannot_be_read_are_not_as_they_should_be(call: Call) -> None:
    Path("preferences.cfg").write_bytes(b"<LogLevel>3</LogLevel>\n")
    for _ in range(2):
        err = call("preferences", "merge", "preferences.cfg", "--from", BUILT).err
        assert "line 1: LogLevel cannot be read; it stays as it is, please correct it" in err
        assert "but for 1 entry that is not kea-hac's: see above" in err


@pytest.mark.parametrize("check", [(), ("--check",)])
@pytest.mark.parametrize("conflicting", ["preferences.cfg", BUILT])
def test_conflict_markers_are_named_with_their_file_and_line(
    call: Call, conflicting: str, check: tuple[str, ...]
) -> None:
    text = THEIRS + b'<<<<<<< HEAD\n<keaReplicateConfig value="0"/>\n=======\n>>>>>>> other\n'
    Path(conflicting).write_bytes(text)
    called = call("preferences", "merge", "preferences.cfg", "--from", BUILT, *check)
    assert called.code == 2
    assert f"{conflicting}: line 3: '<<<<<<< HEAD' is a conflict marker" in " ".join(called.err.split())
    assert "hunter2" not in called.err
    assert Path(conflicting).read_bytes() == text
