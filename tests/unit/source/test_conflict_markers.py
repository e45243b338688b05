"""What a merge left behind is named, in every kind of file that is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.errors import TreeError
from kea_hac.micetro.preferences_merge import merge, read_entries
from kea_hac.source import read_yaml
from kea_hac.source.conflict_markers import conflict_marker
from kea_hac.source.kea_json_reader import read_kea_json
from kea_hac.source.yaml_reader import read_yaml_text

SIDES = "<<<<<<< HEAD\n{0}=======\n{1}>>>>>>> branch\n"
DIFF3 = "<<<<<<< ours\n{0}||||||| base\n=======\n{1}>>>>>>> theirs\n"


def _named(messages: list[str], marker: str = "'<<<<<<< ") -> bool:
    return len(messages) == 1 and messages[0].startswith(marker) and "conflict marker" in messages[0]


@pytest.mark.parametrize("conflict", [SIDES, DIFF3])
@pytest.mark.parametrize("before", ["", "kea-hac: 1\n", "# a comment\n", "a:\n  b: 1\n", "a: [\n  1,\n"])
def test_yaml(before: str, conflict: str) -> None:
    found = read_yaml_text(before + conflict.format("kea: 2.6\n", "kea: 3.0\n")).diagnostics
    assert _named([each.message for each in found])
    assert found[0].span.line == before.count("\n") + 1


def test_a_marker_that_was_left_alone() -> None:
    assert _named([each.message for each in read_yaml_text("kea: 2.6\n>>>>>>> x\n").diagnostics], "'>>>>>>> ")
    assert _named([each.message for each in read_yaml_text("=======\nkea: 2.6\n>>>>>>> x\n").diagnostics], "'======='")


@pytest.mark.parametrize("before", ["", '{ "Dhcp4": {\n', '{ "Dhcp4": { "valid-lifetime": 1,\n', '{"Dhcp4": {}}\n'])
def test_kea_s_json(before: str, tmp_path: Path) -> None:
    path = tmp_path / "kea-dhcp4.conf"
    path.write_text(before + SIDES.format('"rebind-timer": 1,\n', '"rebind-timer": 2,\n'))
    found = read_kea_json(path).diagnostics
    assert _named([each.message for each in found])
    assert found[0].span.line == before.count("\n") + 1


@pytest.mark.parametrize("before", ["", "hw-address\n", "hw-address,hostname\n00:00:5e:00:53:01,a\n"])
def test_a_table(before: str, tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text(before + SIDES.format("", ""))
    (tmp_path / "a.yaml").write_text("kea-hac: 1\nx-hosts: !csv hosts.csv\n")
    found = read_yaml(tmp_path / "a.yaml").diagnostics
    assert _named([each.message for each in found])


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b'<A value="1"/>\n', b"A = 1\r\n", b"\r\r\n"])
def test_an_agent_s_preferences(before: bytes) -> None:
    conflict = SIDES.format('<keaReplicateConfig value="0"/>\n', '<keaReplicateConfig value="1"/>\n').encode()
    line = len(before.removeprefix(b"\xef\xbb\xbf").splitlines()) + 1
    for read in (read_entries, lambda content: merge(content, {"keaReplicateConfig": "0"})):
        with pytest.raises(TreeError, match=f"^line {line}: '<<<<<<< HEAD' is a conflict marker"):
            read(before + conflict)


@pytest.mark.parametrize(
    "text", ["=======\n", "a <<<<<<< b\n", "<<<<<<<<\n", " <<<<<<< HEAD\n", "<<<<<<\n", "# =======\n"]
)
def test_other_lines_are_none(text: str) -> None:
    assert conflict_marker(text) is None
