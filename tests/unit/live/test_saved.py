"""Saved answers in every form that people have them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, Block, Daemon
from kea_hac.kea.hidden import Hidden, masked
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


_SUBNETS: list[dict[str, Any]] = [
    {"id": 1, "subnet": "192.0.2.0/24", "t1-percent": 1, "reservations": [{"hw-address": "02:00:00:00:00:01"}]},
    {"id": 2, "subnet": "198.51.100.0/24", "user-context": {"password": WORD}},
    {"id": 3, "subnet": "203.0.113.0/24", "user-context": {"a": 1, "password": None}},
    {"subnet": "192.0.2.128/25"},
]
_NETWORKS = [{"name": "a", "subnet4": _SUBNETS[:1]}, {"name": "b", "subnet4": _SUBNETS[1:2]}]
_CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing": lambda sent: None,
    "order": lambda sent: sent["subnet4"].reverse(),
    "order of keys": lambda sent: sent["subnet4"].insert(0, dict(reversed(sent["subnet4"].pop(0).items()))),
    "another number": lambda sent: sent["subnet4"][0].update({"t1-percent": 1.0}),
    "a boolean": lambda sent: sent["subnet4"][2]["user-context"].update({"a": True}),
    "another id": lambda sent: sent["subnet4"][0].update(id=7),
    "an id that is none": lambda sent: sent["subnet4"][0].update(id=[]),
    "a map that is none": lambda sent: sent["subnet4"].append(5),
    "a list that is none": lambda sent: sent.update(subnet4={}),
    "one twice": lambda sent: sent["subnet4"].append(sent["subnet4"][0]),
    "one less": lambda sent: sent["subnet4"].pop(1),
    "a subnet of a network": lambda sent: sent["shared-networks"][0]["subnet4"][0].update(subnet="192.0.2.0/25"),
    "a wrong shape": lambda sent: sent["subnet4"][3].update(subnet=4),
    "nothing there": lambda sent: sent.clear(),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_what_is_expected_changes_nothing(change: str, tmp_path: Path) -> None:
    """An answer is read as if nothing were expected; what is as expected is the very object."""
    config = {"subnet4": copy.deepcopy(_SUBNETS), "shared-networks": copy.deepcopy(_NETWORKS)}
    expected = Block((), masked({key: [Block(("x",), each) for each in listed] for key, listed in config.items()}))
    sent = copy.deepcopy(config)
    _CHANGES[change](sent)
    path = tmp_path / "kea-dhcp4.json"
    path.write_text(json.dumps([{"result": 0, "arguments": {"Dhcp4": sent}}]), "utf-8")
    endpoint = Endpoint("a", DHCP4, Saved(path))
    one, other = read_saved(endpoint), read_saved(endpoint, expected)
    assert one == other
    if isinstance(one, Live) and isinstance(other, Live):
        assert repr(one.config) == repr(other.config)
        kept = [
            each
            for each in (other.config or {}).get("subnet4", ())
            if any(each is mine for mine in expected["subnet4"])
        ]
        assert len(kept) == {
            "nothing": 3,
            "order": 3,
            "one twice": 4,
            "one less": 3,
            "a subnet of a network": 3,
            "nothing there": 0,
        }.get(change, 2)
