"""`--fix` and `--fix --diff`: what is written, what never is, and what the user sees."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

import kea_hac
from tests.cli.conftest import Call
from tests.unit.fixing.mistakes import KEA_FILE, REPAIRED, REPAIRED_IN_KEA_FILES, SPEC, with_mistakes

WRONG = with_mistakes(SPEC, REPAIRED[:2])
WRONG_FILE = with_mistakes(KEA_FILE, REPAIRED_IN_KEA_FILES[2:4])


def put(path: str, text: str) -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


@pytest.fixture(autouse=True)
def _work_tree(_own_environment: None) -> None:
    Path(".git").mkdir()


def test_validate_writes_the_repairs_and_shows_what_is_left(call: Call) -> None:
    path = put("spec.yaml", WRONG.replace("id: 11", "id: 10"))
    path.chmod(0o604)
    called = call("validate", "spec.yaml", "--fix")
    assert called.code == 1
    assert path.read_text("utf-8") == SPEC.replace("id: 11", "id: 10")
    assert path.stat().st_mode & 0o777 == 0o604
    assert "KH207" in called.out
    assert "KH120" not in called.out
    assert "spec.yaml:17:3 KH120 unknown-key: repaired: write 'valid-lifetime'" in called.err
    assert sorted(os.listdir(".")) == [".git", "spec.yaml"]


def test_the_diff_is_shown_and_nothing_is_written(call: Call) -> None:
    path = put("spec.yaml", WRONG)
    called = call("validate", "spec.yaml", "--fix", "--diff")
    assert called.code == 1
    assert path.read_text("utf-8") == WRONG
    assert called.out.startswith("--- a/spec.yaml\n+++ b/spec.yaml\n@@ -8,13 +8,13 @@\n")
    changed = [line for line in called.out.split("\n")[2:] if line[:1] in ("+", "-")]
    assert changed == [
        "-  max-unackd-clients: 5",
        "+  max-unacked-clients: 5",
        "-  valid-lifetme: 4h   # a comment",
        "+  valid-lifetime: 4h   # a comment",
    ]


def test_the_diff_is_one_that_git_applies(call: Call) -> None:
    put("spec.yaml", with_mistakes(SPEC, REPAIRED))
    put("../elsewhere.patch", call("validate", "spec.yaml", "--fix", "--diff").out)
    Path(".git").rmdir()
    subprocess.run(["git", "init", "-q", "."], check=True)
    subprocess.run(["git", "apply", "../elsewhere.patch"], check=True)
    assert Path("spec.yaml").read_text("utf-8") == SPEC


def test_without_anything_to_repair_the_diff_is_empty(call: Call) -> None:
    put("spec.yaml", SPEC)
    called = call("validate", "spec.yaml", "--fix", "--diff")
    assert (called.code, called.out) == (0, "")
    assert called.err == "kea-hac: there is nothing that --fix can repair\n"


@pytest.mark.parametrize("command", [("validate", "spec.yaml"), ("lint", "kea-dhcp4.conf")])
def test_diff_needs_fix(call: Call, command: tuple[str, ...]) -> None:
    called = call(*command, "--diff")
    assert called.code == 2
    assert "use both, --fix --diff" in called.err


def test_lint_writes_files_of_kea(call: Call) -> None:
    path = put("k1/kea-dhcp4.conf", WRONG_FILE)
    assert call("lint", "k1", "--kea", "3.0", "--fix").code == 0
    assert path.read_text("utf-8") == KEA_FILE


def test_json_holds_what_is_left(call: Call) -> None:
    put("spec.yaml", WRONG.replace("id: 11", "id: 10"))
    called = call("validate", "spec.yaml", "--fix", "--format", "json")
    assert [each["rule"] for each in json.loads(called.out)["findings"]] == ["KH207"]


def test_a_secret_is_never_in_the_diff(call: Call) -> None:
    secret = '"lease-database": {"type": "memfile", "user": "kea", "password": "Tr0ub4dor"}, '
    put("kea-dhcp4.conf", WRONG_FILE.replace('"subnet4": [', f'{secret}\n"subnet4": ['))
    called = call("lint", "kea-dhcp4.conf", "--kea", "3.0", "--fix", "--diff")
    assert called.out
    assert "memfile" in called.out
    assert "Tr0ub4dor" not in called.out + called.err


# files of a spec


def with_include(text: str) -> str:
    """The spec with its option-data in a file of its own; gives the text of that file."""
    items = text[text.index("    - {name: domain-name") : text.index("  subnet4:")]
    put("spec.yaml", text.replace(items, "    - !include shared/options.yaml\n"))
    return "\n".join(line[4:] for line in items.split("\n"))


def test_an_included_file_is_repaired(call: Call) -> None:
    right = with_include(SPEC)
    included = put("shared/options.yaml", right.replace("example.org", "“example.org”"))
    assert call("validate", "spec.yaml", "--fix").code == 0
    assert included.read_text("utf-8") == right


def test_a_file_that_others_include_is_left_unless_they_are_judged_too(call: Call) -> None:
    right = with_include(SPEC)
    included = put("shared/options.yaml", right.replace("example.org", "“example.org”"))
    other = Path("spec.yaml").read_text("utf-8").replace("pair: campus", "pair: other")
    put("other.yaml", other.replace("192.0.2.1", "192.0.2.3").replace("198.51.100.1]", "198.51.100.2]"))
    called = call("validate", "spec.yaml", "--fix")
    assert "not repaired: shared/options.yaml is used by other.yaml as well" in called.err
    assert "“" in included.read_text("utf-8")
    call("validate", ".", "--fix")
    assert included.read_text("utf-8") == right


def test_a_misspelt_first_key_of_a_spec_is_repaired(call: Call) -> None:
    path = put("specs/spec.yaml", SPEC.replace("kea-hac: 1", "kea-hack: 1"))
    assert call("validate", "specs", "--fix").code == 0
    assert path.read_text("utf-8") == SPEC


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_is_never_written(call: Call, link: str) -> None:
    real = put("real/spec.yaml", WRONG)
    if link == "file":
        Path("spec.yaml").symlink_to("real/spec.yaml")
        named = "spec.yaml"
    else:
        Path("folder").symlink_to("real")
        named = "folder/spec.yaml"
    called = call("validate", named, "--fix")
    assert called.code == 1
    assert "is a link: name the file that it leads to" in called.err
    assert real.read_text("utf-8") == WRONG


def test_a_file_outside_the_tree_is_never_written(call: Call, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "options.json").write_text('[{"name": "domain-nam", "data": "example.org"}]')
    text = KEA_FILE.replace(
        '"option-data": [\n      { "name": "domain-name", "data": "example.org" }   // a name\n    ]',
        '"option-data": <?include "/etc/kea/options.json"?>',
    )
    put("kea-dhcp4.conf", text)
    called = call("lint", "kea-dhcp4.conf", "--kea", "3.0", "--root", f"/etc/kea={outside}", "--fix")
    assert "KH402" in called.out
    assert "is outside of" in called.err
    assert "domain-nam" in (outside / "options.json").read_text()


def test_what_build_wrote_is_not_repaired(call: Call) -> None:
    text = WRONG_FILE.replace('"Dhcp4": {', '"Dhcp4": { "user-context": {"kea-hac": {"build": "x"}},')
    path = put("kea-dhcp4.conf", text)
    called = call("lint", "kea-dhcp4.conf", "--kea", "3.0", "--fix")
    assert "kea-hac build has written this file: correct its spec" in called.err
    assert path.read_text("utf-8") == text


def test_a_failure_to_write_changes_no_file(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = put("a/spec.yaml", WRONG), put("b/spec.yaml", WRONG.replace("pair: campus", "pair: other"))
    texts = first.read_text("utf-8"), second.read_text("utf-8")
    from kea_hac.source import replacing

    real = replacing._put

    def put_first_only(path: Path, new: str, before: bytes) -> None:
        if path.parent.name == "b":
            raise OSError(28, "No space left on device", str(path))
        real(path, new, before)

    monkeypatch.setattr(replacing, "_put", put_first_only)
    called = call("validate", "a", "b", "--fix")
    assert called.code == 2
    assert "No space left on device" in called.err
    assert (first.read_text("utf-8"), second.read_text("utf-8")) == texts
    assert sorted(os.listdir("a")) == ["spec.yaml"]


def test_a_valid_spec_builds_the_same_files_afterwards(call: Call) -> None:
    path = put(
        "spec.yaml",
        SPEC.replace(
            "dhcp4:\n  valid", "dhcp4:\n  control-socket: {socket-type: unix, socket-name: kea4-ctrl-socket}\n  valid"
        ),
    )
    before = kea_hac.compile_spec(path).build
    assert before is not None
    assert call("validate", "spec.yaml", "--fix").code == 0
    after = kea_hac.compile_spec(path).build
    assert after is not None
    assert "control-sockets" in path.read_text("utf-8")
    assert {each.path: each.content for each in after.artifacts} == {
        each.path: each.content for each in before.artifacts
    }


def test_what_changes_kea_is_left_and_the_reason_is_named(call: Call) -> None:
    text = KEA_FILE.replace('"valid-lifetime": 7200', '"valid-lifetime": 7200, "user-context": {"floor": +5}')
    path = put("kea-dhcp4.conf", text)
    called = call("lint", "kea-dhcp4.conf", "--kea", "3.0", "--fix")
    assert "KH046 plus-sign: not repaired: Kea would get another configuration of kea-dhcp4.conf" in called.err
    assert path.read_text("utf-8") == text


def test_subnet_ids_are_the_numbers_that_kea_assigned(call: Call) -> None:
    text = (
        KEA_FILE.replace('"id": 1, ', "")
        .replace("control-sockets", "control-socket")
        .replace('[ { "socket-type', '{ "socket-type')
    )
    text = text.replace('"kea4-ctrl-socket" } ]', '"kea4-ctrl-socket" }').replace('"id": 2', '"id": 7')
    path = put("kea-dhcp4.conf", text)
    call("lint", "kea-dhcp4.conf", "--kea", "2.2", "--fix")
    assert '"id": 1' in path.read_text("utf-8")
    taken = put("kea-dhcp4.conf", text.replace('"id": 7', '"id": 1'))
    called = call("lint", "kea-dhcp4.conf", "--kea", "2.2", "--fix")
    assert taken.read_text("utf-8").count('"id"') == 1, "Kea refuses this file: which subnet keeps 1 is for a person"
    assert called.code == 1
