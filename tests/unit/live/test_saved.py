"""Saved answers in every form that people have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, Daemon
from kea_hac.kea.hidden import Hidden
from kea_hac.live.endpoint import Endpoint, Live, Saved, Trouble, Unread
from kea_hac.live.saved import read_saved
from kea_hac.source.document import Secret
from tests.shipped import GOLDEN
from tests.unit.live.fakes import asked

WORD = "horse-battery-staple"
CONFIG = {"valid-lifetime": 4000, "boot-file-name": "Zürich", "lease-database": {"type": "mysql", "password": WORD}}
WANTED = {**CONFIG, "lease-database": {"type": "mysql", "password": Hidden(WORD)}}
HASH = "AB" * 32


def bytewise(text: str) -> str:
    """As Kea prints text: each byte of its UTF-8 that is not ASCII as an escape."""
    return "".join(
        char if ord(char) < 128 else f"\\u{byte:04x}"
        for char in text
        for byte in (char.encode() if ord(char) > 127 else b"x")
    )


def read(path: Path, daemon: Daemon = DHCP4, on_disk: Path | None = None) -> Live | Unread:
    return asked(Saved(path, on_disk), daemon=daemon)


REPLY: dict[str, Any] = {"result": 0, "arguments": {"Dhcp4": CONFIG, "hash": HASH}}
FORMS = {
    "bare": json.dumps({"Dhcp4": CONFIG}, ensure_ascii=False),
    "reply": bytewise(json.dumps(REPLY, ensure_ascii=False)),
    "of an agent": bytewise(json.dumps([REPLY], ensure_ascii=False)),
    "arguments alone": bytewise(json.dumps(REPLY["arguments"], ensure_ascii=False)),
    "with comments": "// the pair\n"
    + json.dumps({"Dhcp4": CONFIG}, ensure_ascii=False)[:-2]
    + ", } /* end */ }\n# more\n",
    "with a mark": "\ufeff" + json.dumps(REPLY),
    "several daemons": json.dumps({"Dhcp6": {}, "Dhcp4": CONFIG, "Control-agent": {}}),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "kea-dhcp4.json"
    path.write_text(FORMS[form], "utf-8")
    found = read(path)
    assert isinstance(found, Live), found
    assert found.config == WANTED
    assert found.hash == (HASH if "hash" in FORMS[form] else None)
    assert (found.source, found.version, found.status, found.on_disk, found.gaps) == (
        f"saved {path}",
        None,
        None,
        None,
        (),
    )
    assert WORD not in repr(found)
    assert type(found.config["lease-database"]) is dict


def test_the_other_daemons(tmp_path: Path) -> None:
    for daemon in (DHCP6, CTRL_AGENT):
        path = tmp_path / daemon.file
        path.write_text(json.dumps([{"result": 0, "arguments": {daemon.top: {"x": 1}}}]))
        found = read(path, daemon)
        assert isinstance(found, Live)
        assert found.config == {"x": 1}


def test_memory_and_the_file_on_disk(tmp_path: Path) -> None:
    memory, disk = tmp_path / "kea-dhcp4.json", tmp_path / "kea-dhcp4.conf"
    memory.write_text(json.dumps(REPLY))
    disk.write_text('{"Dhcp4": {"valid-lifetime": 5000} }')
    found = read(memory, on_disk=disk)
    assert isinstance(found, Live)
    assert (found.config, found.on_disk, found.gaps) == (WANTED, {"valid-lifetime": 5000}, ())
    disk.write_text('{"Dhcp4": {')
    found = read(memory, on_disk=disk)
    assert isinstance(found, Live)
    assert found.on_disk is None
    assert "kea-dhcp4.conf: line 1" in found.gaps[0]


def test_includes(tmp_path: Path) -> None:
    """Those beside the file are read; those of the server, which nobody saved, are known by their path."""
    path = tmp_path / "kea-dhcp4.conf"
    (tmp_path / "subnets.json").write_text('[{"id": 1, "subnet": "192.0.2.0/24"}]')
    path.write_text('{"Dhcp4": {"subnet4": <?include "subnets.json"?>}}')
    found = read(path)
    assert isinstance(found, Live)
    assert found.config == {"subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}]}
    path.write_text('{"Dhcp4": {"a": <?include "/etc/kea/secrets/boot.json"?>, "password": <?include "/etc/kea/pw"?>}}')
    found = read(path)
    assert isinstance(found, Live)
    assert found.config == {"a": Secret("/etc/kea/secrets/boot.json"), "password": Secret("/etc/kea/pw")}


@pytest.mark.parametrize(
    ("text", "trouble", "words"),
    [
        ("", Trouble.UNCLEAR, "save the answer of config-get again"),
        ('{"Dhcp4": {"a": 1', Trouble.UNCLEAR, "line 1: a comma"),
        (f'{{"Dhcp4": {{"password": "{WORD}" "x"', Trouble.UNCLEAR, "line 1: a comma"),
        ("<html></html>", Trouble.UNCLEAR, "line 1"),
        ("[]", Trouble.UNCLEAR, "a map with one key"),
        ('[{"result": 0}, {"result": 0}]', Trouble.UNCLEAR, "a map with one key"),
        ('{"Dhcp6": {}}', Trouble.UNCLEAR, "it contains no Dhcp4, but Dhcp6"),
        ('{"subnet4": []}', Trouble.UNCLEAR, "it contains no Dhcp4, but none of Kea's keys"),
        ('{"Dhcp4": []}', Trouble.UNCLEAR, "it contains no Dhcp4, but Dhcp4"),
        ('{"result": 0}', Trouble.UNCLEAR, "no Dhcp4"),
        ('[{"result": 1, "text": "unable to forward command to the dhcp4 service"}]', Trouble.DOWN, "daemon behind it"),
        ('{"result": 1, "text": "something"}', Trouble.FAILED, "(result 1): something"),
        ('{"result": 401, "text": "Unauthorized"}', Trouble.FAILED, "Unauthorized"),
        ('{"result": "zero", "arguments": {"Dhcp4": {}}}', Trouble.FAILED, "result"),
        ("[" * 500, Trouble.UNCLEAR, "nested more than"),
    ],
)
def test_what_is_no_answer_is_told(text: str, trouble: Trouble, words: str, tmp_path: Path) -> None:
    path = tmp_path / "kea-dhcp4.json"
    path.write_text(text)
    found = read(path)
    assert isinstance(found, Unread), found
    assert words in found.reason
    assert found.trouble is trouble
    assert WORD not in repr(found)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.json"):
        assert isinstance(read(path), Unread)
    binary = tmp_path / "kea-dhcp4.json"
    binary.write_bytes(b'\xff\xfe{"Dhcp4": {}}')
    found = read(binary)
    assert isinstance(found, Unread)
    assert "UTF-16" in found.reason


@pytest.mark.parametrize(
    "path", sorted(GOLDEN.glob("*/*/*/kea-dhcp?.conf")), ids=lambda path: "/".join(path.parts[-4:])
)
def test_an_answer_as_kea_sent_it_is_read_without_places(path: Path, tmp_path: Path) -> None:
    """The fast way gives what the reader gives that knows places, comments and includes."""
    config = json.loads(path.read_text("utf-8")) if "<?include" not in path.read_text("utf-8") else None
    if config is None or not path.read_text("utf-8").isascii():
        return
    daemon = DHCP4 if "Dhcp4" in config else DHCP6
    answer = json.dumps([{"result": 0, "arguments": {**config, "hash": "AB" * 32}}])
    plain, marked = tmp_path / "plain.json", tmp_path / "marked.json"
    plain.write_text(answer, "utf-8")
    marked.write_text(f"# saved by hand\n{answer}", "utf-8")
    found = [read_saved(Endpoint("a", daemon, Saved(each))) for each in (plain, marked)]
    assert all(isinstance(each, Live) for each in found), found
    assert _contents(found[0]) == _contents(found[1])


def _contents(live: Any) -> tuple[Any, Any]:
    return live.config, live.hash
