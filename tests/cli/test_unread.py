"""What cannot be read is unknown, not empty: where included files are found, and what `import` and `lint` do without them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call

SERVER = """\
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ] },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
  "client-classes": [ <?include "/etc/kea/conf.d/classes.json"?> ],
  "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10 - 192.0.2.20", "client-class": "phones" } ],
    "reservations": [ <?include "/etc/kea/conf.d/hosts.json"?> ] } ]
} }
"""
PARTS = {
    "classes.json": '{ "name": "phones", "test": "option[60].hex == \'phone\'" }\n',
    "hosts.json": '{ "hw-address": "00:11:22:33:44:01", "ip-address": "192.0.2.5" },\n'
    '{ "hw-address": "00:11:22:33:44:02", "ip-address": "192.0.2.6" }\n',
}


def server(text: str = SERVER, parts: str | None = "kea1/conf.d") -> None:
    """A copy of a server's folder; `parts`: where the included files are."""
    Path("kea1").mkdir(exist_ok=True)
    Path("kea1/kea-dhcp4.conf").write_text(text, "utf-8")
    if parts is not None:
        Path(parts).mkdir(parents=True, exist_ok=True)
        for name, content in PARTS.items():
            Path(parts, name).write_text(content, "utf-8")


@pytest.mark.parametrize("parts", ["kea1/conf.d", "kea1", "kea1/etc/kea/conf.d", "kea1/kea/conf.d"])
def test_what_lies_beside_the_copy_is_found(parts: str, call: Call) -> None:
    server(parts=parts)
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6")
    assert called.code == 0, called
    text = Path("office.yaml").read_text("utf-8")
    assert "phones" in text
    if "!include" not in text:
        assert "192.0.2.6" in text
    assert "kea1/kea-dhcp4.conf (kea1): nothing lost" in called.err
    assert "not imported" not in called.out + called.err
    assert call("lint", "kea1/kea-dhcp4.conf", "--kea", "2.6").code == 0


@pytest.mark.parametrize(
    "root", ["/etc/kea=copies/etc", "/etc=copies", "/etc/kea/conf.d=copies/etc/conf.d", "/=copies/all"]
)
def test_root_says_where_they_are(root: str, call: Call) -> None:
    folders = {"/etc=copies": "copies/kea/conf.d", "/=copies/all": "copies/all/etc/kea/conf.d"}
    server(parts=folders.get(root, "copies/etc/conf.d"))
    assert call("import", "kea1", "-o", "office.yaml", "--kea", "2.6").code == 2
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6", "--root", root)
    assert called.code == 0, called
    assert "192.0.2.6" in Path("office.yaml").read_text("utf-8")
    assert call("lint", "kea1/kea-dhcp4.conf", "--kea", "2.6", "--root", root).code == 0


def test_the_longest_prefix_holds(call: Call) -> None:
    server(parts="right")
    Path("wrong/conf.d").mkdir(parents=True)
    for name in PARTS:
        Path("wrong/conf.d", name).write_text("{}", "utf-8")
    called = call(
        "import", "kea1", "--pair", "p", "--kea", "2.6", "--root", "/etc/kea=wrong", "--root", "/etc/kea/conf.d=right"
    )
    assert called.code == 0, called
    assert "192.0.2.6" in called.out


@pytest.mark.parametrize(
    "missing", ["classes.json", "hosts.json", "both", "the whole file", "a bracket of an included file"], ids=str
)
def test_no_spec_over_what_could_not_be_read(missing: str, call: Call) -> None:
    server(parts=None if missing == "both" else "kea1/conf.d")
    if missing.endswith(".json"):
        Path("kea1/conf.d", missing).unlink()
    elif missing == "the whole file":
        Path("kea1/kea-dhcp6.conf").write_text('{ "Dhcp6": { ', "utf-8")
    elif missing.startswith("a bracket"):
        Path("kea1/conf.d/hosts.json").write_text('{ "hw-address": ', "utf-8")
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6")
    assert called.code == 2
    assert not Path("office.yaml").exists()
    assert "nothing lost" not in called.out + called.err
    assert "unknown: " in called.err
    assert "--incomplete" in called.err
    rules = {line.split()[0] for line in called.out.splitlines() if line.startswith(("error", "warning", "info"))}
    assert rules <= {"error[KH041", "error[KH042", "error[KH001", "error[KH020", "error[KH040"} or len(rules) == 1


def test_incomplete_writes_what_there_is_and_says_so(call: Call) -> None:
    server()
    Path("kea1/conf.d/hosts.json").unlink()
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6", "--incomplete")
    assert called.code == 2
    text = Path("office.yaml").read_text("utf-8")
    assert "# incomplete: these parts of the files could not be read\n#   kea1/kea-dhcp4.conf:6\n" in text
    assert "kea1/kea-dhcp4.conf (kea1): unknown: 1 part of it could not be read" in called.err
    assert "nothing lost" not in called.err


def test_json_names_what_is_unknown(call: Call) -> None:
    server(parts=None)
    document = json.loads(call("import", "kea1", "--kea", "2.6", "--format", "json").out)
    assert document["spec"] is None
    assert [each["where"] for each in document["import"]["unread"]] == [
        "kea1/kea-dhcp4.conf:4",
        "kea1/kea-dhcp4.conf:6",
    ]
    assert all("/etc/kea/conf.d/" in each["message"] for each in document["import"]["unread"])


def test_lint_does_not_judge_what_it_has_not_read(call: Call) -> None:
    server(parts=None)
    called = call("lint", "kea1/kea-dhcp4.conf", "--kea", "2.6")
    assert called.code == 2
    assert called.out.count("error[") == 2, called.out
    assert "class 'phones'" not in called.out
    assert "no rule was applied to it" in called.out


@pytest.mark.parametrize("root", ["/etc/kea=nowhere", "nowhere", "etc/kea=kea1"])
def test_a_root_that_is_none(root: str, call: Call) -> None:
    server()
    called = call("import", "kea1", "--root", root)
    assert called.code == 2
    assert "PREFIX=FOLDER such as /etc/kea=" in called.err


def test_a_root_opens_nothing_else(call: Call, tmp_path: Path) -> None:
    secret = tmp_path / "outside.json"
    secret.write_text('{ "name": "phones" }', "utf-8")
    Path(".git").mkdir()
    server(SERVER.replace("/etc/kea/conf.d/classes.json", str(secret.resolve())))
    Path("kea1/outside.json").symlink_to(secret)
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6")
    inside = Path.cwd() in secret.resolve().parents
    assert called.code == (0 if inside else 2)


OTHERS = (
    "kea-dhcp-ddns.conf", "keactrl.conf", "kea-netconf.conf", "old.conf", "hosts.json", "ca.pem", "kea1.key", "kea-leases4.csv",
    "kea-leases4.csv.2", "README", "conf.d/unused.json",
)  # fmt: skip


def test_files_that_are_not_taken_along_are_named(call: Call) -> None:
    server()
    Path("kea1/.git").mkdir()
    Path("kea1/.git/config").write_text("", "utf-8")
    for name in OTHERS:
        Path("kea1", name).write_text("{}", "utf-8")
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6")
    assert called.code == 0, called
    named = [line for line in called.out.splitlines() if "not imported" in line]
    assert {line.split(":")[1].strip() for line in named} == {f"kea1/{name}" for name in OTHERS}
    assert any("a spec does not describe kea-dhcp-ddns" in line for line in named)


def test_many_files_are_counted(call: Call) -> None:
    server()
    for number in range(60):
        Path(f"kea1/copy{number}.conf").write_text("{}", "utf-8")
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6")
    assert called.out.count("not imported") == 6
    assert "and 15 more for the same reason" in called.out
    assert "40 more files: not imported" in called.out


@pytest.mark.parametrize(
    ("body", "comment"),
    [
        ('"subnet4": [\n // none yet\n ]', "# none yet"),
        ('"subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "pools": [\n # none yet\n ] } ]', "# pools: none yet"),
        ('"option-data": [\n // none yet\n ], "subnet4": [ ]', "# option-data: none yet"),
        ('"user-context": {\n /* none yet */\n }, "subnet4": [ ]', "# none yet"),
        ('"client-classes": [ { "name": "a", "user-context": {\n // none yet\n } } ], "subnet4": [ ]', "# none yet"),
    ],
)
def test_what_is_empty_but_for_a_comment_stays_empty(body: str, comment: str, call: Call) -> None:
    """A list that is left out because empty is Kea's default leaves its comment, with its key."""
    server(f'{{ "Dhcp4": {{ "interfaces-config": {{ "interfaces": [ "eth0" ] }},\n{body} }} }}', parts=None)
    called = call("import", "kea1", "-o", "office.yaml", "--kea", "2.6")
    assert called.code == 0, called
    assert comment in Path("office.yaml").read_text("utf-8")
    assert call("validate", "office.yaml").code == 0
