"""Micetro's preferences.cfg: what we write, and that merging touches nothing but our own five entries."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kea_hac.errors import TreeError
from kea_hac.micetro.preferences import NAMES, PreferencesForm, render
from kea_hac.micetro.preferences_file import merge_file
from kea_hac.micetro.preferences_merge import EntryChange, Merge, merge, read_entries

HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
ALL = {
    "UseKeaPremiumHooks": "1",
    "keaReplicateConfig": "0",
    "keaControlAgentPort": "8000",
    "keaControlAgentHost": "192.0.2.11",
    "keaHooksLocation": HOOKS,
}
NOTHING: dict[str, str | None] = dict.fromkeys(NAMES)
FOREIGN = b'<LogLevel value="5" />\r\n  <LogFileName value="/var/log/m\xe4n.log"/>\r\n<!-- keaReplicateConfig -->'


def test_render_writes_straight_quotes_in_a_fixed_order() -> None:
    assert render(ALL).decode() == (
        f'<keaHooksLocation value="{HOOKS}"/>\n'
        '<keaControlAgentHost value="192.0.2.11"/>\n'
        '<keaControlAgentPort value="8000"/>\n'
        '<keaReplicateConfig value="0"/>\n'
        '<UseKeaPremiumHooks value="1"/>\n'
    )
    assert render({"keaReplicateConfig": "0", "keaControlAgentHost": None}) == b'<keaReplicateConfig value="0"/>\n'


def test_render_in_the_form_of_11_2_quotes_only_where_it_must() -> None:
    entries = {"keaHooksLocation": '/opt/my hooks;"x"', "keaReplicateConfig": "0"}
    assert (
        render(entries, PreferencesForm.INI) == b'keaHooksLocation = "/opt/my hooks;\\"x\\""\nkeaReplicateConfig = 0\n'
    )


@pytest.mark.parametrize("form", PreferencesForm)
@pytest.mark.parametrize("value", ["/plain", "/with space", 'a"b', "a&b<c>'d", "a;b#c", "[x]=y", "&amp;", "'0'"])
def test_what_is_rendered_is_read_back(form: PreferencesForm, value: str) -> None:
    assert read_entries(render({"keaHooksLocation": value}, form)) == {"keaHooksLocation": value}


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"LogLevel": "5"}, "it owns keaHooksLocation, keaControlAgentHost"),
        ({"keaHooksLocation": "/m\xe4n"}, "printable ASCII"),
        ({"keaHooksLocation": "C:\\kea"}, "without a backslash"),
        ({"keaHooksLocation": "a\nb"}, "printable ASCII"),
        ({"keaHooksLocation": ""}, "not empty"),
    ],
)
def test_what_is_not_ours_or_unclear_is_refused(entries: dict[str, str], words: str) -> None:
    for refused in (lambda: render(entries), lambda: merge(b"", entries)):
        with pytest.raises(ValueError, match=words):
            refused()


@pytest.mark.parametrize(
    ("existing", "entries", "expected"),
    [
        pytest.param(b"", {"keaReplicateConfig": "0"}, b'<keaReplicateConfig value="0"/>\n', id="empty"),
        pytest.param(
            FOREIGN,
            {"keaReplicateConfig": "0"},
            FOREIGN.replace(b'.log"/>', b'.log"/>\r\n  <keaReplicateConfig value="0"/>'),
            id="after the last entry, with its indent and line end; a comment is not set",
        ),
        pytest.param(
            b'<A value="1"/>',
            {"keaReplicateConfig": "0"},
            b'<A value="1"/>\n<keaReplicateConfig value="0"/>',
            id="no last newline",
        ),
        pytest.param(
            b"\xef\xbb\xbf<A value='1'/>\n<KEAREPLICATECONFIG  value = '1' />\n<B value=\"2\"/>\n",
            {"keaReplicateConfig": "0"},
            b'\xef\xbb\xbf<A value=\'1\'/>\n<KEAREPLICATECONFIG  value = "0" />\n<B value="2"/>\n',
            id="only the value, names without case, byte order mark",
        ),
        pytest.param(
            b'<A value="1"/><keaReplicateConfig value="1"/> <B value="2"/>\n',
            {},
            b'<A value="1"/> <B value="2"/>\n',
            id="removed from a shared line",
        ),
        pytest.param(b'<A value="1"/>\n<keaReplicateConfig value="1"/>', {}, b'<A value="1"/>', id="removed last line"),
        pytest.param(
            b'<keaReplicateConfig value="1"/>',
            {"keaControlAgentPort": "1"},
            b'<keaControlAgentPort value="1"/>',
            id="one for another",
        ),
        pytest.param(
            b'<keaReplicateConfig value="1"></keaReplicateConfig>\n',
            {"keaReplicateConfig": "0"},
            b'<keaReplicateConfig value="0"></keaReplicateConfig>\n',
            id="long form",
        ),
        pytest.param(
            b'<keaReplicateConfig\n  type="int"\n  value="1"\n/>\n',
            {"keaReplicateConfig": "0"},
            b'<keaReplicateConfig value="0"/>\n',
            id="other attributes",
        ),
        pytest.param(
            b"<A value=\"<keaReplicateConfig value='1'/>\"/>\n",
            {},
            b"<A value=\"<keaReplicateConfig value='1'/>\"/>\n",
            id="inside a value",
        ),
        pytest.param(
            b'<!-- <keaReplicateConfig value="1"/>\n-->\n',
            {"keaReplicateConfig": "0"},
            b'<!-- <keaReplicateConfig value="1"/>\n-->\n<keaReplicateConfig value="0"/>\n',
            id="commented out",
        ),
        pytest.param(
            b'<!-- never closed\n<keaReplicateConfig value="1"/>\n',
            {"keaReplicateConfig": "0"},
            b'<keaReplicateConfig value="0"/>\n<!-- never closed\n<keaReplicateConfig value="1"/>\n',
            id="open comment",
        ),
        pytest.param(
            b'<A value="1"/> <!-- about\nA -->\n',
            {"keaReplicateConfig": "0"},
            b'<A value="1"/>\n<keaReplicateConfig value="0"/> <!-- about\nA -->\n',
            id="never into a comment",
        ),
    ],
)
def test_merge_in_the_xml_form(existing: bytes, entries: dict[str, str | None], expected: bytes) -> None:
    assert merge(existing, entries).content == expected


INI = b"Password = x\nGUID = 1 ; one\n\n[Database]\nType = mssql\n"


@pytest.mark.parametrize(
    ("existing", "entries", "expected"),
    [
        pytest.param(
            INI,
            {"keaReplicateConfig": "0"},
            INI.replace(b"; one\n", b"; one\nkeaReplicateConfig = 0\n"),
            id="above all sections: below one it would get a prefix",
        ),
        pytest.param(
            b"[Log]\nLevel = 3\n",
            {"keaReplicateConfig": "0"},
            b"keaReplicateConfig = 0\n[Log]\nLevel = 3\n",
            id="only sections",
        ),
        pytest.param(b"# empty", {"keaReplicateConfig": "0"}, b"# empty\nkeaReplicateConfig = 0", id="only comments"),
        pytest.param(
            b"[kea]\nReplicateConfig = 1 ; why\n[keaControlAgent]\nport=1\n",
            {"keaReplicateConfig": "0", "keaControlAgentPort": "2"},
            b"[kea]\nReplicateConfig = 0 ; why\n[keaControlAgent]\nport=2\n",
            id="in a section with our prefix",
        ),
        pytest.param(
            b"keaReplicateConfig = false\n",
            {"keaReplicateConfig": "0"},
            b"keaReplicateConfig = false\n",
            id="false is 0",
        ),
        pytest.param(b"#keaReplicateConfig = 1\nA = 1\n", {}, b"#keaReplicateConfig = 1\nA = 1\n", id="commented out"),
        pytest.param(
            b'A = 1\n[Log]\n<keaReplicateConfig value="0"/>\nLevel = 1\n',
            {"keaReplicateConfig": "0"},
            b"A = 1\nkeaReplicateConfig = 0\n[Log]\nLevel = 1\n",
            id="an XML line below a section",
        ),
        pytest.param(
            b'keaHooksLocation = "never closed\n',
            {"keaHooksLocation": "/h"},
            b"keaHooksLocation = /h\n",
            id="open quote",
        ),
    ],
)
def test_merge_in_the_ini_form_of_11_2(existing: bytes, entries: dict[str, str | None], expected: bytes) -> None:
    assert merge(existing, entries).content == expected


def test_duplicates_keep_the_first_place_and_are_reported() -> None:
    made = merge(
        b'<keaReplicateConfig value="0"/>\n<A value="1"/>\n<KeaReplicateConfig value="1"/>\n',
        {"keaReplicateConfig": "0"},
    )
    assert made.content == b'<keaReplicateConfig value="0"/>\n<A value="1"/>\n'
    assert made.changes == (EntryChange("keaReplicateConfig", "1", "0"),), "the last one counted until now"
    assert "lines 1, 3" in made.warnings[0]


@pytest.mark.parametrize("quotes", [("”".encode(), "”".encode()), (b"\x93", b"\x94")])
def test_typographic_quotes_are_mended_in_our_entries_and_reported_in_others(quotes: tuple[bytes, bytes]) -> None:
    opened, closed = quotes
    secret = b"<DatabasePassword value=" + opened + b"hunter2" + closed + b"/>\n"
    made = merge(secret + b"<keaReplicateConfig value=" + opened + b"0" + closed + b"/>\n", {"keaReplicateConfig": "0"})
    assert made.content == secret + b'<keaReplicateConfig value="0"/>\n'
    assert made.changes == (EntryChange("keaReplicateConfig", None, "0"),)
    assert [warning.partition(";")[0] for warning in made.warnings] == [
        "line 1: DatabasePassword has typographic quotes",
        "line 2: keaReplicateConfig has typographic quotes",
    ]
    assert "hunter2" not in str(made.warnings)
    ini = merge(b"A = 1\nkeaReplicateConfig = " + opened + b"0" + closed + b"\n", {"keaReplicateConfig": "0"})
    assert ini.content == b"A = 1\nkeaReplicateConfig = 0\n"
    assert "typographic quotes" in ini.warnings[0]


def test_the_other_forms_lines_are_reported_and_ours_rewritten() -> None:
    made = merge(b'<A value="1"/>\nkeaReplicateConfig = 1\nLogLevel = 3\n', {"keaReplicateConfig": "0"})
    assert made.content == b'<A value="1"/>\n<keaReplicateConfig value="0"/>\nLogLevel = 3\n'
    assert made.warnings == (
        "line 2: keaReplicateConfig is written as INI in a file that is XML; it is written anew",
        "line 3: LogLevel is written as INI in a file that is XML; it stays as it is, please correct it",
    )


def test_a_key_of_ours_below_a_foreign_section_is_reported_not_touched() -> None:
    existing = b"A = 1\n[CrashDump]\nkeaReplicateConfig = 0\n"
    made = merge(existing, {})
    assert made.content == existing
    assert "line 3: CrashDumpkeaReplicateConfig is below [CrashDump]" in made.warnings[0]


@pytest.mark.parametrize("existing", ["<A/>".encode("utf-16"), b"<\0A\0"])
def test_utf_16_is_refused(existing: bytes) -> None:
    with pytest.raises(TreeError, match="UTF-16"):
        merge(existing, {})


VALUES = {
    "keaHooksLocation": st.sampled_from([HOOKS, "/with space", 'q"&<;']),
    "keaControlAgentHost": st.sampled_from(["192.0.2.1", "2001:db8::1"]),
    "keaControlAgentPort": st.integers(1, 65535).map(str),
    "keaReplicateConfig": st.sampled_from(["0", "1"]),
    "UseKeaPremiumHooks": st.sampled_from(["0", "1"]),
}
ENTRIES = st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in VALUES.items()})
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
XML_LINES = st.sampled_from(
    [b'<A value="1"/>', b"\t<B  value='<x>' />", b"<!-- keaReplicateConfig = 1 -->", b"", b"  ", b'<P value="\xe4"/>',
     b'<A value="1"/> <C value="2"/>', b"<!--", b"-->", b'<keaOther value="1"/>', b"junk", b"<?xml version='1.0'?>",
     b'<!-- <keaReplicateConfig value="1"/> -->', "<D value=”0”/>".encode(), b'<E value="', b"x = y", b"<", b">"]
)  # fmt: skip
INI_LINES = st.sampled_from(
    [b"A = 1", b"B=\"x;y\" ; c", b"# keaReplicateConfig = 1", b"", b" ", b"[Log]", b"[kea]", b"Other = 1", b"[CrashDump]",
     b"; c", b"p = \xe4", b"junk", b'<X value="1"/>', b'Q = "open', b"=", b"[", b"keaOther = 1"]
)  # fmt: skip
OURS_XML = st.sampled_from(
    [b'<keaReplicateConfig value="1"/>', b"  <KEAHOOKSLOCATION value='/x'/>", b'<keaControlAgentPort value="1"></keaControlAgentPort>',
     b'<keaReplicateConfig type="i" value="1"/>', "<UseKeaPremiumHooks value=“1”/>".encode()]
)  # fmt: skip
OURS_INI = st.sampled_from(
    [b"keaReplicateConfig = 1", b"KEAHOOKSLOCATION=/x # c", b'keaControlAgentHost = "a b"', b"ReplicateConfig=0",
     b'<keaControlAgentPort value="1"/>']
)  # fmt: skip


def files(first: bytes, lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A first line that settles the form, then any lines, mixed line ends, with or without the last one."""
    joined = st.lists(st.tuples(lines, ENDS), max_size=8).map(lambda each: b"".join(a + b for a, b in each))
    parts = st.tuples(st.sampled_from([b"", b"\xef\xbb\xbf"]), ENDS, joined, st.sampled_from([b"", b"tail"]) | lines)
    return parts.map(lambda each: each[0] + first + each[1] + each[2] + each[3])


FOREIGN_FILES = files(b'<First value="1"/>', XML_LINES) | files(b"First = 1", INI_LINES)
ANY_FILES = (
    files(b'<First value="1"/>', XML_LINES | OURS_XML | OURS_INI) | files(b"First = 1", INI_LINES | OURS_INI | OURS_XML)
    | st.binary(max_size=60).filter(lambda each: b"\0" not in each and each[:2] not in (b"\xff\xfe", b"\xfe\xff"))
)  # fmt: skip


@settings(deadline=None)
@given(ANY_FILES, ENTRIES)
def test_merging_twice_changes_nothing_more(existing: bytes, entries: dict[str, str | None]) -> None:
    once = merge(existing, entries)
    twice = merge(once.content, entries)
    assert twice.content == once.content
    assert twice.changes == ()


@settings(deadline=None)
@given(ANY_FILES, ENTRIES)
def test_the_agent_reads_exactly_what_was_asked_for(existing: bytes, entries: dict[str, str | None]) -> None:
    wanted = {name: value for name, value in entries.items() if value is not None}
    truth = {"true": "1", "false": "0"}
    read = {name: truth.get(value, value) for name, value in read_entries(merge(existing, entries).content).items()}
    assert read == wanted


@settings(deadline=None)
@given(FOREIGN_FILES, ENTRIES)
@example(b"First = 1", {"keaReplicateConfig": "0"})
@example(b'<First value="1"/>\r\n', {"keaReplicateConfig": "0"})
def test_a_file_without_ours_is_left_and_comes_back_to_the_byte(
    existing: bytes, entries: dict[str, str | None]
) -> None:
    assert merge(existing, NOTHING).content == existing
    assert merge(merge(existing, entries).content, NOTHING).content == existing


@settings(deadline=None)
@given(ANY_FILES, ENTRIES)
@example(
    b'<A value="1"/>\n<keaReplicateConfig value="1"/>\r<keaReplicateConfig value="1"/>\n\n<B value="1"/>\n',
    NOTHING | {"keaReplicateConfig": "0"},
)
@example(b'<A value="1"/>\r<keaReplicateConfig value="1"/>\n\n', {"keaControlAgentPort": "1"})
@example(b"A = 1\r[Log]\r\r\nkeaReplicateConfig = 1\n\nB = 2", {"keaHooksLocation": HOOKS})
def test_bytes_outside_our_entries_stay(existing: bytes, entries: dict[str, str | None]) -> None:
    assert squeezed(merge(existing, NOTHING).content) == squeezed(
        merge(merge(existing, entries).content, NOTHING).content
    )
    assert is_subsequence(merge(existing, NOTHING).content, existing)


SOUND_XML = st.sampled_from([b'<A value="1"/>', b"<!-- c -->", b"", b"\t<B value='<x>' />", b'<P value="\xe4"/> '])
MIXED = st.lists(st.tuples(st.booleans(), SOUND_XML, OURS_XML, ENDS), max_size=12)


@settings(deadline=None)
@given(MIXED)
def test_removing_all_takes_exactly_our_lines(mixed: list[tuple[bool, bytes, bytes, bytes]]) -> None:
    existing = b"".join((ours if own else foreign) + end for own, foreign, ours, end in mixed)
    before = existing.decode("latin-1").splitlines()
    foreign = [each for each in before if not any(name.lower() in each.lower() for name in NAMES)]
    assert merge(existing, NOTHING).content.decode("latin-1").splitlines() == foreign


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (
            b'<A value="1"/>\r<keaReplicateConfig value="1"/>\n\n<B value="1"/>\n',
            b'<A value="1"/>\r\n\n<B value="1"/>\n',
        ),
        (b'<A value="1"/>\r<keaReplicateConfig value="1"/>\r\n\r\n', b'<A value="1"/>\r\r\n'),
        (b"A = 1\r\rkeaReplicateConfig = 1\r\r\nB = 2", b"A = 1\r\r\r\nB = 2"),
        (b"\xef\xbb\xbfA = 1\rkeaReplicateConfig = 1\n\n", b"\xef\xbb\xbfA = 1\r\n\n"),
        (b"A = 1\rkeaReplicateConfig = 1", b"A = 1"),
        (b"\rkeaReplicateConfig = 1\n\nA = 1", b"\r\n\nA = 1"),
    ],
)
def test_a_carriage_return_alone_stays_a_line_end(before: bytes, kept: bytes) -> None:
    """The line behind the entry that goes may be empty: its LF would make one line end of the two."""
    assert merge(before, NOTHING).content == kept
    assert len(kept.splitlines()) == len(before.splitlines()) - 1


def squeezed(content: bytes) -> bytes:
    """Without line ends at the very end: whose they were is a matter of taste when our last line goes."""
    return content.rstrip(b"\r\n")


def is_subsequence(part: bytes, whole: bytes) -> bool:
    rest = iter(whole)
    return all(byte in rest for byte in part)


def test_merge_file_keeps_mode_and_link_and_leaves_nothing_behind(tmp_path: Path) -> None:
    real = tmp_path / "real.cfg"
    real.write_bytes(FOREIGN)
    real.chmod(0o604)
    link = tmp_path / "preferences.cfg"
    link.symlink_to(real.name)
    made = merge_file(link, {"keaReplicateConfig": "0"})
    assert isinstance(made, Merge)
    assert link.is_symlink()
    assert real.read_bytes() == made.content != FOREIGN
    assert stat.S_IMODE(real.stat().st_mode) == 0o604
    assert sorted(path.name for path in tmp_path.iterdir()) == ["preferences.cfg", "real.cfg"]


def test_merge_file_keeps_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "preferences.cfg"
    path.write_bytes(FOREIGN)
    given_to: list[tuple[int, int]] = []
    real_fstat = os.fstat

    def another_owner(descriptor: int) -> os.stat_result:
        seen = list(real_fstat(descriptor))
        seen[4] += 1
        return os.stat_result(seen)

    monkeypatch.setattr(os, "fstat", another_owner)
    monkeypatch.setattr(os, "fchown", lambda _, user, group: given_to.append((user, group)))
    merge_file(path, {"keaReplicateConfig": "0"})
    assert set(given_to) == {(path.stat().st_uid, path.stat().st_gid)}


def test_merge_file_makes_a_missing_file_but_not_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "preferences.cfg"
    merge_file(path, {})
    assert not path.exists()
    merge_file(path, ALL)
    assert path.read_bytes() == render(ALL)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_merge_file_writes_nothing_when_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "preferences.cfg"
    path.write_bytes(render(ALL))
    before = path.stat()
    assert merge_file(path, ALL).changes == ()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_failure_leaves_the_old_file_and_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "preferences.cfg"
    path.write_bytes(FOREIGN)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TreeError, match=r"preferences\.cfg: No space left on device; nothing was changed"):
        merge_file(path, ALL)
    assert path.read_bytes() == FOREIGN
    assert [each.name for each in tmp_path.iterdir()] == ["preferences.cfg"]


def test_a_path_that_is_no_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(TreeError, match="Is a directory"):
        merge_file(tmp_path, ALL)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(TreeError, match="loop"):
        merge_file(tmp_path / "loop", ALL)
    (tmp_path / "wide").write_bytes("<A/>".encode("utf-16"))
    with pytest.raises(TreeError, match=r"wide: .*UTF-16"):
        merge_file(tmp_path / "wide", ALL)
