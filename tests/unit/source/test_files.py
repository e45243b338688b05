"""Files: what cannot be read, what may be included, and where the places of included values are."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from kea_hac.source import Limits, Plain, Reading, Secret, read_kea_json, read_yaml, read_yaml_text
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.include_places import Root
from tests.unit.source.reading_facts import consistent, partial, said, shown, whole


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the working directory and no part of a Git work tree."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, content: str | bytes) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)


def read(text: str | bytes, path: str = "spec.yaml") -> Reading:
    write(path, text)
    return read_yaml(Path(path))


# Files that cannot be read


@pytest.mark.parametrize("reader", [read_yaml, read_kea_json])
def test_what_is_no_readable_file(folder: Path, reader: object) -> None:
    assert callable(reader)
    os.mkfifo("fifo.yaml")
    os.mkdir("folder.yaml")
    os.symlink("loop.yaml", "loop.yaml")
    for path, words in (
        ("absent.yaml", "there is no such file"),
        ("fifo.yaml", "it is a FIFO, not a regular file"),
        ("folder.yaml", "directory, not a regular file"),
        ("loop.yaml", "symbolic links"),
        ("/dev/null", "character device"),
        ("nul\0.yaml", "not a valid file name"),
    ):
        reading: Reading = reader(Path(path))
        assert said(reading) == ["unreadable-file 1:1-1"]
        assert words in reading.diagnostics[0].message
        assert (reading.document, reading.unreadable) == (None, True)


def test_a_file_beyond_the_limit(folder: Path) -> None:
    write("big.yaml", "a: " + "x" * 100)
    assert said(read_yaml(Path("big.yaml"), limits=Limits(file_bytes=103))) == []
    reading = read_yaml(Path("big.yaml"), limits=Limits(file_bytes=102))
    assert "larger than 102 bytes" in reading.diagnostics[0].message


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 500])
def test_a_file_that_has_another_size_than_the_system_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """It grows or shrinks while it is read; some file systems say 0."""
    write("a.yaml", b"0123456789")
    real = os.stat("a.yaml")
    monkeypatch.setattr(
        os, "fstat", lambda _: SimpleNamespace(st_mode=real.st_mode, st_dev=real.st_dev, st_size=size, st_blksize=4096)
    )
    assert read_bytes("a.yaml", 10) == b"0123456789"
    with pytest.raises(FileError, match="larger than 9 bytes"):
        read_bytes("a.yaml", 9)


def test_broken_utf8_is_shown_at_its_byte(folder: Path) -> None:
    reading = read("a: ü\nbé: xy".encode() + b"\xfcz: 1\n")
    assert said(reading) == ["not-utf-8 2:7-8"]
    assert reading.document is None
    assert reading.diagnostics[0].text == "bé: xy\ufffdz: 1"


def test_utf16_is_named(folder: Path) -> None:
    reading = read("a: 1\n".encode("utf-16"))
    assert "UTF-16; save it as UTF-8" in reading.diagnostics[0].message


def test_utf8_byte_order_mark_is_tolerated(folder: Path) -> None:
    assert shown(whole(read(b"\xef\xbb\xbfa: 1\n")), ("a",)) == "spec.yaml 1:4 '1'"


# Includes


def test_include_of_a_map_a_list_and_a_scalar(folder: Path) -> None:
    write("parts/map.yaml", "x: 1\ny: [2]\n")
    write("parts/list.yml", "- 3\n- z: 4\n")
    write("parts/word.yaml", "'5'\n")
    document = whole(read("m: !include parts/map.yaml\nl: !include parts/list.yml\ns: !include parts/word.yaml\n"))
    assert document.root == {"m": {"x": "1", "y": ["2"]}, "l": ["3", {"z": "4"}], "s": "5"}
    assert shown(document, ("m", "y", 0)) == "parts/map.yaml 2:5 '2'"
    assert shown(document, ("l", 1, "z")) == "parts/list.yml 2:6 '4'"
    assert shown(document, ("s",)) == "parts/word.yaml 1:1 \"'5'\""
    assert shown(document, ("s",), key=True) == "spec.yaml 3:1 's'"
    assert [text.path for text in document.texts] == [
        "spec.yaml",
        "parts/map.yaml",
        "parts/list.yml",
        "parts/word.yaml",
    ]


def test_a_list_is_spliced_into_a_list_and_a_map_is_an_item(folder: Path) -> None:
    write("more.yaml", "- 2\n- 3\n")
    write("one.yaml", "x: 4\n")
    document = whole(read("l:\n  - 1\n  - !include more.yaml\n  - !include one.yaml\n  - 5\n"))
    assert document.root == {"l": ["1", "2", "3", {"x": "4"}, "5"]}
    assert shown(document, ("l", 2)) == "more.yaml 2:3 '3'"
    assert shown(document, ("l", 4)) == "spec.yaml 5:5 '5'"
    consistent(document)


def test_merge_from_a_file(folder: Path) -> None:
    write("base.yaml", "x: 1\ny: 1\n")
    document = whole(read("m:\n  <<: !include base.yaml\n  y: 2\n<<: [!include base.yaml, {z: 3}]\n"))
    assert document.root == {"m": {"y": "2", "x": "1"}, "x": "1", "y": "1", "z": "3"}
    assert shown(document, ("m", "x")) == "base.yaml 1:4 '1'"


def test_include_of_keas_json_keeps_types(folder: Path) -> None:
    write("x.conf", '// comment\n{"a": 1, "b": [1.0, true, null, "s"],}')
    write("y.json", "[1, 2]")
    reading = read("x: !include x.conf\ny:\n  - 0\n  - !include y.json\n")
    assert said(reading) == ["extra-comma 2:37-38"]
    document = partial(reading)
    assert document.root == {"x": {"a": 1, "b": [1.0, True, None, "s"]}, "y": ["0", 1, 2]}
    assert type(document.root["x"]["b"][0]) is float  # type: ignore[index,call-overload] # a Map, a Seq
    assert shown(document, ("x", "b", 2)) == "x.conf 2:27 'null'"


def test_paths_are_relative_to_the_including_file(folder: Path) -> None:
    write("site/a/one.yaml", "v: !include ../b/two.yaml\n")
    write("site/b/two.yaml", "w: 1\n")
    document = whole(read("x: !include a/one.yaml\n", "site/spec.yaml"))
    assert shown(document, ("x", "v", "w")) == "site/b/two.yaml 1:4 '1'"


def test_a_file_is_read_once_and_its_mistakes_are_said_once(folder: Path) -> None:
    write("one.yaml", "x: 1\nx: 2\n")
    reading = read("a: !include one.yaml\nb: !include ./one.yaml\n")
    assert said(reading) == ["duplicate-key 2:1-2"]
    document = partial(reading)
    assert document.root["a"] is document.root["b"]
    assert len(document.texts) == 2


def test_anchors_do_not_cross_files(folder: Path) -> None:
    write("one.yaml", "x: *a\n")
    reading = read("a: &a 1\nb: !include one.yaml\n")
    assert [(each.rule.name, each.span.file) for each in reading.diagnostics] == [("unknown-alias", "one.yaml")]
    assert reading.diagnostics[0].path == "b.x"


def test_an_anchor_on_an_include(folder: Path) -> None:
    write("one.yaml", "x: 1\n")
    assert whole(read("a: &a !include one.yaml\nb: *a\n")).root == {"a": {"x": "1"}, "b": {"x": "1"}}


def test_a_syntax_error_ends_only_its_file(folder: Path) -> None:
    write("bad.yaml", "x: [\n")
    reading = read("a: !include bad.yaml\nb: *y\nc: 1\n")
    assert [(each.rule.name, each.span.file) for each in reading.diagnostics] == [
        ("yaml-syntax", "bad.yaml"),
        ("unknown-alias", "spec.yaml"),
    ]
    assert partial(reading).root == {"c": "1"}
    assert reading.unreadable


def test_the_root_is_the_git_work_tree_else_the_folder(folder: Path) -> None:
    write("lib/one.yaml", "x: 1\n")
    reading = read("a: !include ../lib/one.yaml\n", "specs/spec.yaml")
    assert said(reading) == ["include-outside-root 1:13-28"]
    assert str(folder / "specs") in reading.diagnostics[0].message
    write(".git", "gitdir: elsewhere\n")
    assert whole(read_yaml(Path("specs/spec.yaml"))).root == {"a": {"x": "1"}}


def test_links_do_not_lead_out_of_the_root(folder: Path) -> None:
    write("outside.yaml", "secret: 1\n")
    write("in/spec.yaml", "a: !include link.yaml\nb: !include dir/outside.yaml\nc: !include /etc/hostname.yaml\n")
    os.symlink("../outside.yaml", "in/link.yaml")
    os.symlink("..", "in/dir")
    reading = read_yaml(Path("in/spec.yaml"))
    assert [each.rule.name for each in reading.diagnostics] == ["include-outside-root"] * 3
    assert partial(reading).root == {}


def test_a_cycle_shows_its_chain(folder: Path) -> None:
    write("b.yaml", "y: !include c.yaml\n")
    write("c.yaml", "z: !include b.yaml\nw: !include spec.yaml\n")
    reading = read("x: !include b.yaml\n")
    messages = [each.message for each in reading.diagnostics]
    assert [each.rule.name for each in reading.diagnostics] == ["include-cycle", "include-cycle"]
    assert "b.yaml → c.yaml → b.yaml" in messages[0]
    assert "spec.yaml → b.yaml → c.yaml → spec.yaml" in messages[1]


def test_bad_includes(folder: Path) -> None:
    os.mkfifo("fifo.yaml")
    os.mkdir("dir.yaml")
    write("text.txt", "x")
    write("empty.yaml", "# nothing\n")
    write("latin.json", b'["\xfc"]')
    reading = read(
        "a: !include absent.yaml\nb: !include fifo.yaml\nc: !include dir.yaml\nd: !include text.txt\n"
        'e: !include "a\\0b.yaml"\nf: !include empty.yaml\ng: !include latin.json\nh: !csv empty.yaml\ni: !include\n'
    )
    assert [(each.rule.name, each.path) for each in reading.diagnostics] == [
        ("empty-file", "f"),
        ("not-utf-8", "g"),
        ("include-unreadable", "a"),
        ("include-unreadable", "b"),
        ("include-unreadable", "c"),
        ("include-kind", "d"),
        ("include-unreadable", "e"),
        ("include-kind", "h"),
        ("include-kind", "i"),
    ]
    assert partial(reading).root == {"g": ["\ufffd"]}


def test_include_bounds(folder: Path) -> None:
    for number in range(5):
        write(f"{number}.yaml", f"x: !include {number + 1}.yaml\n")
    write("5.yaml", "x: 1\n")
    assert said(read_yaml(Path("0.yaml"), limits=Limits(include_depth=5))) == []
    assert said(read_yaml(Path("0.yaml"), limits=Limits(include_depth=4))) == ["over-limit 1:13-19"]
    assert said(read_yaml(Path("0.yaml"), limits=Limits(files=4))) == ["over-limit 1:13-19"]
    assert said(read_yaml(Path("0.yaml"), limits=Limits(depth=5))) != []
    assert said(read_yaml(Path("0.yaml"), limits=Limits(total_bytes=80))) == ["include-unreadable 1:13-19"]


def test_a_repeated_include_counts_as_often_as_it_is_used(folder: Path) -> None:
    write("one.yaml", "[1, 2, 3]\n")
    write("spec.yaml", "a: !include one.yaml\nb: !include one.yaml\nc: !include one.yaml\n")
    assert said(read_yaml(Path("spec.yaml"), limits=Limits(aliased_nodes=8))) == []
    assert said(read_yaml(Path("spec.yaml"), limits=Limits(aliased_nodes=7))) == ["over-limit 3:13-21"]


def test_a_text_may_include_only_from_its_own_folder(folder: Path) -> None:
    write("sub/one.yaml", "x: 1\n")
    write("two.yaml", "x: 1\n")
    write(".git", "")
    assert whole(read_yaml_text("a: !include one.yaml\n", "sub/spec.yaml")).root == {"a": {"x": "1"}}
    assert said(read_yaml_text("a: !include ../two.yaml\n", "sub/spec.yaml")) == ["include-outside-root 1:13-24"]


# Tables


def test_csv_of_reservations(folder: Path) -> None:
    write(
        "r.csv",
        b'\xef\xbb\xbfhw-address,ip-address,hostname,client-classes,tags[]\r\n08:00:27:12:34:56,192.0.2.20,"a,""b""",one; two,x\r\n'
        b"\r\n 08002700aabb ,192.0.2.21,,,\r\n",
    )
    document = whole(read("reservations: !csv r.csv\n"))
    rows = document.root["reservations"]
    assert rows == [
        {
            "hw-address": "08:00:27:12:34:56",
            "ip-address": "192.0.2.20",
            "hostname": 'a,"b"',
            "client-classes": ["one", "two"],
            "tags": ["x"],
        },
        {"hw-address": "08002700aabb", "ip-address": "192.0.2.21"},
    ]
    assert type(rows[0]["hostname"]) is Plain  # type: ignore[index,call-overload] # a Seq of Maps
    assert shown(document, ("reservations", 0, "hostname")) == 'r.csv 2:30 \'"a,""b"""\''
    assert shown(document, ("reservations", 0, "client-classes", 1)) == "r.csv 2:45 'two'"
    assert shown(document, ("reservations", 0, "ip-address"), key=True) == "r.csv 1:12 'ip-address'"
    assert shown(document, ("reservations", 1, "hw-address")) == "r.csv 4:2 '08002700aabb'"
    assert shown(document, ("reservations", 1)) == "r.csv 4:2 '08002700aabb ,192.0.2.21,,,'"
    consistent(document)


def test_csv_cells_of_several_lines_keep_the_places_behind_them(folder: Path) -> None:
    write("r.csv", 'a,b\n"x\ny\nz",1\n2,3\n')
    document = whole(read("r: !csv r.csv\n"))
    assert document.root["r"] == [{"a": "x\ny\nz", "b": "1"}, {"a": "2", "b": "3"}]
    assert shown(document, ("r", 0, "b")) == "r.csv 4:4 '1'"
    assert shown(document, ("r", 1, "a")) == "r.csv 5:1 '2'"


def test_csv_is_spliced_into_a_list(folder: Path) -> None:
    write("r.csv", "a\n2\n3")
    assert whole(read("r:\n  - {a: 1}\n  - !csv r.csv\n")).root["r"] == [{"a": "1"}, {"a": "2"}, {"a": "3"}]


@pytest.mark.parametrize(
    ("content", "expected", "words"),
    [
        ("", "empty-file 1:1-1", "header"),
        ("\n , \n", "empty-file 1:1-1", "header"),
        ("a,a\n1,2\n", "csv-header 1:3-4", "two columns are named a"),
        ("a,tags,tags[]\n", "csv-header 1:8-14", "two columns are named tags"),
        ("a,,b\n1,2,3\n", "csv-header 1:3-3", "column 2 has no name"),
        ("a;b\n1;2\n", "csv-header 1:1-4", "commas"),
        ("a\tb\n1\t2\n", "csv-header 1:1-4", "commas"),
        ("a,b\n1\n3,4\n", "csv-row 2:1-2", "1 cells, and the header has 2"),
        ("a,b\n1,2,3,4\n3,4\n", "csv-row 2:5-8", "4 cells, and the header has 2"),
        ('a,b\n1,"x\n3,4\n', "csv-syntax 2:3-4", "never closed"),
        ('a,b\n1,"x"y\n', "csv-syntax 2:6-7", "characters follow the quote"),
        ('a,b\n1,x"y\n', "csv-syntax 2:4-5", "an unquoted cell contains a quote"),
        ('a,b\n1, "x"\n', "csv-syntax 2:4-5", "there is a space before the quote"),
        ("a,b\n1,\0\n", "control-character 2:3-4", "NUL"),
        (b"a,b\n1,\xfc\n", "not-utf-8 2:3-4", "UTF-8"),
    ],
)
def test_csv_mistakes(folder: Path, content: str | bytes, expected: str, words: str) -> None:
    write("r.csv", content)
    reading = read("r: !csv r.csv\n")
    assert said(reading) == [expected]
    assert words in reading.diagnostics[0].message
    assert reading.diagnostics[0].span.file == "r.csv"
    if expected.startswith("csv-row"):
        assert partial(reading).root == {"r": [{"a": "3", "b": "4"}]}


# Kea's own includes


def test_kea_includes_values_entries_and_items(folder: Path) -> None:
    write("value.json", '[1, <?include "items.json"?>]')
    write("items.json", "2, /* x */ 3")
    write("entries.json", '"b": 2, # x\n"c": 3')
    write("k.conf", '{"a": <?include "value.json"?>,\n <? include\n "entries.json" ?>, "d": 4}')
    reading = read_kea_json(Path("k.conf"))
    document = partial(reading)
    assert document.root == {"a": [1, 2, 3], "b": 2, "c": 3, "d": 4}
    assert [each.rule.name for each in reading.diagnostics] == ["relative-include"] * 3
    assert shown(document, ("a", 2)) == "items.json 1:12 '3'"
    assert shown(document, ("c",)) == "entries.json 2:6 '3'"
    assert shown(document, ("d",)) == "k.conf 3:26 '4'"
    consistent(document)


def test_kea_include_of_a_password_is_a_secret_and_never_read(folder: Path) -> None:
    write("k.conf", '{"user": "u", "password": <?include "/nowhere/pw.json"?>}')
    document = whole(read_kea_json(Path("k.conf")))
    assert document.root == {"user": "u", "password": Secret("/nowhere/pw.json")}
    assert shown(document, ("password",)) == "k.conf 1:27 '<?include \"/nowhere/pw.json\"?>'"


def test_kea_includes_that_fail(folder: Path) -> None:
    write(
        "in/k.conf",
        '{"a": <?include "absent.json"?>, "b": [<?include "../out.json"?>, 1], <?include "k.conf"?>, "c": 2}',
    )
    write("out.json", "1")
    reading = read_kea_json(Path("in/k.conf"))
    names = [each.rule.name for each in reading.diagnostics if each.rule.name != "relative-include"]
    assert names == ["include-unreadable", "include-outside-root", "include-cycle"]
    assert partial(reading).root == {"b": [1], "c": 2}
    assert partial(read_kea_json(Path("in/k.conf"), roots=[Root(str(folder))])).root == {"b": [1, 1], "c": 2}


def test_latin1_in_a_comment_is_no_mistake_as_for_kea(folder: Path) -> None:
    write("k.conf", b'# f\xfcr alle\n{"a": "x"} // \xe4\n')
    assert whole(read_kea_json(Path("k.conf"))).root == {"a": "x"}
    write("k.conf", b'{"a": "\xe4"}\n')
    assert said(read_kea_json(Path("k.conf"))) == ["not-utf-8 1:8-9"]


def test_reading_never_waits_for_a_fifo(folder: Path) -> None:
    os.mkfifo("pipe.json")
    assert said(read("a: !include pipe.json\n")) == [
        "include-unreadable 1:13-22"
    ]  # else it waits for a writer for ever


@pytest.mark.parametrize(
    ("wanted", "fix"),
    [
        ("timrs.yaml", "write timers.yaml"),
        ("./timrs.yaml", "write timers.yaml"),
        ("Timers.YAML", "write timers.yaml"),
        ("timers.yml", "write timers.yaml"),
        ("shred/hosts.yaml", "write shared/hosts.yaml"),
        ("shared/hosst.yaml", "write shared/hosts.yaml"),
        ("../specs/timers.yml", "write timers.yaml"),
        ("timers.yaml.bak", "that folder contains broken.json, timers.yaml"),
        ("unheard-of.yaml", "that folder contains broken.json, timers.yaml"),
        ("unheard/of.yaml", None),
        ("ab/c.yaml", None),
        (".hidden.yaml", None),
        ("broken.jsn", "write broken.json"),
    ],
)
def test_an_include_of_no_file_names_the_one_that_is_meant(
    wanted: str, fix: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "specs"
    for name in ("timers.yaml", "shared/hosts.yaml", "aa/c.yaml", "ac/c.yaml", ".hideen.yaml", "broken.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(folder)
    Path("a.yaml").write_text(f"kea-hac: 1\nx: !include {wanted}\n")
    (found,) = read_yaml(Path("a.yaml")).diagnostics
    assert found.fix == fix


def test_an_include_of_no_file_in_a_large_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("kea-hac: 1\nx: !include z.yaml\n")
    for number in range(8):
        Path(f"part{number}.yaml").write_text("{}")
    assert read_yaml(Path("a.yaml")).diagnostics[0].fix == (
        "that folder contains part0.yaml, part1.yaml, part2.yaml, part3.yaml, part4.yaml and 3 more"
    )
    for number in range(2000):
        Path(f"more{number}.yaml").touch()
    assert read_yaml(Path("a.yaml")).diagnostics[0].fix is None
