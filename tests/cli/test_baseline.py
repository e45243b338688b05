"""`--baseline`: old findings are known again and counted, new ones are reported, and a broken file is never "all fine"."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Call, Spec

TWO = """\
{
  "Dhcp4": {
    "subnet4": [
      { "id": 1, "subnet": "192.0.2.1/24", "pools": [ { "pool": "192.0.2.10 - 192.0.2.99" } ] },
      { "id": 2, "subnet": "198.51.100.1/24", "pools": [ { "pool": "198.51.100.10 - 198.51.100.99" } ] }
    ]
  }
}
"""
LINT = ("lint", "k1", "--kea", "3.0", "--fail-on", "warning")
BASE = ("--baseline", "base.json")


@pytest.fixture(autouse=True)
def _work_tree(_own_environment: None) -> None:
    Path(".git").mkdir()


def put(text: str = TWO, path: str = "k1/kea-dhcp4.conf") -> Path:
    file = Path(path)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_old_findings_are_counted_and_new_ones_reported(call: Call) -> None:
    file = put()
    assert call(*LINT).code == 1
    written = call(*LINT, *BASE, "--write-baseline")
    assert written.code == 0
    assert "findings written" in written.err
    called = call(*LINT, *BASE)
    assert called.code == 0
    assert "KH212" not in called.out
    assert "ignored by base.json" in called.err
    moved = TWO.replace('{\n  "Dhcp4"', '// moved\n\n{\n  "Dhcp4"')
    lines = moved.split("\n")
    lines[5], lines[6] = lines[6] + ",", lines[5].rstrip(",")
    file.write_text("\n".join(lines))
    assert call(*LINT, *BASE).code == 0, "lines and the order of the subnets do not count"
    file.write_text(TWO.replace("    ]\n", '      , { "id": 3, "subnet": "203.0.113.1/24" }\n    ]\n'))
    called = call(*LINT, *BASE)
    assert called.code == 1
    assert called.out.count("[KH212") == 1
    assert "203.0.113.1/24" in called.out


def test_the_file_is_sorted_and_says_what_it_accepts(call: Call) -> None:
    put()
    call(*LINT, *BASE, "--write-baseline")
    first = Path("base.json").read_bytes()
    document = json.loads(first)
    assert document["kea-hac-baseline"] == 1
    known = [(each["file"], each["rule"], each["message"], each["fingerprint"]) for each in document["findings"]]
    assert known == sorted(known)
    assert {each["file"] for each in document["findings"]} == {"k1/kea-dhcp4.conf"}
    assert any("192.0.2.1/24" in each["message"] for each in document["findings"])
    call(*LINT, *BASE, "--write-baseline")
    assert Path("base.json").read_bytes() == first
    assert sorted(os.listdir(".")) == [".git", "base.json", "k1"]


def test_an_entry_that_is_gone_is_reported(call: Call) -> None:
    file = put()
    call(*LINT, *BASE, "--write-baseline")
    file.write_text(TWO.replace("198.51.100.1/24", "198.51.100.0/24"))
    called = call(*LINT, *BASE)
    assert called.code == 1
    assert (
        "KH197 finding-of-baseline-gone]: KH212 subnet-with-host-bits is not found in k1/kea-dhcp4.conf any more"
        in called.out
    )
    call(*LINT, *BASE, "--write-baseline")
    assert call(*LINT, *BASE).code == 0


def test_entries_of_files_that_were_not_read_stay_unknown(call: Call) -> None:
    put()
    put(TWO.replace("192.0.2.", "192.0.3."), "k2/kea-dhcp4.conf")
    call("lint", "k1", "k2", "--kea", "3.0", *BASE, "--write-baseline")
    before = Path("base.json").read_text()
    called = call(*LINT, *BASE)
    assert "KH197" not in called.out
    call(*LINT, *BASE, "--write-baseline")
    assert {each["file"] for each in json.loads(Path("base.json").read_text())["findings"]} >= {"k2/kea-dhcp4.conf"}
    assert before.count("k2/") == Path("base.json").read_text().count("k2/")
    Path("k2/kea-dhcp4.conf").unlink()
    assert "KH197" in call(*LINT, *BASE).out, "a file that is gone has no findings"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[]", "it has no key kea-hac-baseline"),
        ('{"findings": []}', "it has no key kea-hac-baseline"),
        ('{"kea-hac-baseline": 2, "fingerprints": "kea-hac/v1", "findings": []}', "of another version of kea-hac"),
        ('{"kea-hac-baseline": 1, "fingerprints": "other/v9", "findings": []}', "of another version of kea-hac"),
        ('{"kea-hac-baseline": 1, "fingerprints": "kea-hac/v1"}', "is broken: it must have the keys"),
        ('{"kea-hac-baseline": 1, "fingerprints": "kea-hac/v1", "findings": [1]}', "is broken: entry 1"),
        ('{"kea-hac-baseline": 1, "fingerprints": "kea-hac/v1", "findings": [], "more": 1}', "is broken"),
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_a_broken_or_foreign_file_is_an_error_and_is_not_replaced(
    call: Call, text: str, words: str, write: bool
) -> None:
    put()
    Path("base.json").write_text(text)
    called = call(*LINT, *BASE, *(["--write-baseline"] if write else []))
    assert called.code == 2
    assert words in called.err
    assert called.out == ""
    assert Path("base.json").read_text() == text


def test_a_wrong_or_doubled_fingerprint_is_an_error(call: Call) -> None:
    put()
    call(*LINT, *BASE, "--write-baseline")
    whole = json.loads(Path("base.json").read_text())
    for change in ("short", "twice"):
        document = json.loads(json.dumps(whole))
        if change == "short":
            document["findings"][0]["fingerprint"] = "abc:1"
        else:
            document["findings"].append(document["findings"][0])
        Path("base.json").write_text(json.dumps(document))
        called = call(*LINT, *BASE)
        assert called.code == 2
        assert "is broken" in called.err


def test_a_file_that_is_missing_or_a_link_is_an_error(call: Call, tmp_path: Path) -> None:
    put()
    assert call(*LINT, *BASE).code == 2
    call(*LINT, *BASE, "--write-baseline")
    Path("base.json").rename("real.json")
    Path("base.json").symlink_to("real.json")
    assert call(*LINT, *BASE).code == 2
    assert call(*LINT, *BASE, "--write-baseline").code == 2
    assert call("lint", "k1", "--write-baseline").code == 2


def test_what_cannot_be_read_is_never_accepted(call: Call) -> None:
    put(TWO[:-10])
    called = call(*LINT, *BASE, "--write-baseline")
    assert called.code == 2
    assert "k1/kea-dhcp4.conf:" in called.err
    assert "the baseline is not written" in called.err
    assert not Path("base.json").exists()
    put()
    call(*LINT, *BASE, "--write-baseline")
    put(TWO[:-10])
    called = call(*LINT, *BASE)
    assert called.code == 2
    assert "KH197" not in called.out, "what the file contains is unknown"


def test_a_secret_is_not_in_the_baseline(call: Call) -> None:
    put(
        TWO.replace(
            '"subnet4"', '"lease-database": {"type": "memfile", "password": "Tr0ub4dor&3", "nam": "x"},\n    "subnet4"'
        )
    )
    assert call(*LINT, *BASE, "--write-baseline").code == 0
    assert "Tr0ub4dor" not in Path("base.json").read_text()


def test_specs_have_a_baseline_too(call: Call, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(spec("specs/campus.yaml"))
    path.write_text(path.read_text("utf-8").replace("192.0.2.0/24", "192.0.2.1/24"))
    assert call("validate", "specs", *BASE, "--write-baseline").code == 0
    assert call("validate", "specs", *BASE, "--fail-on", "warning").code == 0
    monkeypatch.chdir("specs")
    assert call("validate", "campus.yaml", "--baseline", "../base.json", "--fail-on", "warning").code == 0
    shown = json.loads(call("validate", "campus.yaml", "--baseline", "../base.json", "--format", "json").out)
    assert [(each["rule"], each["ignored-by"]) for each in shown["ignored"]] == [("KH212", "../base.json")]
