"""A secret is never shown, however it is written, whatever else is wrong, by any command in any format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Call, Called

CANARY = "CANARY7x"
HEAD = """\
kea-hac: 1
pair: campus
kea: 2.6
platform: debian
"""
SERVERS = "servers: [{name: kea1, address: 192.0.2.11, interfaces: [eth0]}]\n"
SUBNET = "  subnet4:\n    - {id: 10, subnet: 192.0.2.0/24, interface: eth0}\n"
DATABASE = "  lease-database:\n    type: postgresql\n    name: kea\n    user: kea\n"


def database(password: str, before: str = "") -> str:
    return f"{HEAD}{SERVERS}{before}dhcp4:\n{DATABASE}{password}\n{SUBNET}"


def hook(parameters: str) -> str:
    return (
        f"{HEAD}{SERVERS}dhcp4:\n  hooks-libraries:\n    - library: /usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_own.so\n"
        f"      parameters:\n{parameters}\n{SUBNET}"
    )


def context(entries: str) -> str:
    return f"{HEAD}{SERVERS}dhcp4:\n  user-context:\n{entries}\n{SUBNET}"


def server(keys: str) -> str:
    return f"{HEAD}servers: [{{name: kea1, address: 192.0.2.11, interfaces: [eth0], {keys}}}]\ndhcp4:\n{SUBNET}"


FORMS = {
    "plain": database("    password: CANARY7x"),
    "double": database('    password: "CANARY7x"'),
    "single": database("    password: 'CANARY7x'"),
    "spaces before the colon": database('    "password"   : CANARY7x'),
    "escaped key": database('    "pass\\u0077ord": CANARY7x'),
    "escaped value": database('    password: "\\x43ANARY7x"'),
    "explicit key": database("    ? password\n    : CANARY7x"),
    "next line": database("    password:\n      CANARY7x"),
    "next line, quoted": database('    password:\n      "CANARY7x"'),
    "second line of quotes": database('    password: "CANARY7x one\n      CANARY7x two"'),
    "folded single quotes": database("    password: '\n      CANARY7x\n      '"),
    "plain of two lines": database("    password: CANARY7x\n      CANARY7x"),
    "block": database("    password: |\n      CANARY7x\n      CANARY7x"),
    "folded block": database("    password: >-\n      CANARY7x"),
    "block with a comment": database("    password: | # CANARY7x\n      x"),
    "only a comment": database("    password: #CANARY7x"),
    "comment behind": database("    password: !secret /etc/kea/x.json  # password: CANARY7x"),
    "comment of its own": database("    # password: CANARY7x"),
    "sentence in a comment": database("    port: 1x # the old password was CANARY7x"),
    "list": database("    password: [CANARY7x, CANARY7x]"),
    "block list": database("    password:\n      - CANARY7x\n      - - CANARY7x"),
    "map": database("    password: {a: CANARY7x}"),
    "braces around": database("    password: {CANARY7x}"),
    "key of a map": database("    password: {CANARY7x: 1}"),
    "anchor": database("    password: *pw", "x-a: &pw CANARY7x\n"),
    "anchor, shown": database("    password: *pw", "x-a: &pw CANARY7x\nfoo: *pw\n"),
    "anchor of a map": database("    password: *pw", "x-a: &pw {b: [CANARY7x]}\nfoo: 1\n"),
    "merge": database("    <<: *db", "x-a: &db {password: CANARY7x, nonsense: 1}\n"),
    "merge into a secret": database("    password: {<<: *db}", "x-a: &db {b: CANARY7x}\n"),
    "looks like an alias": database("    password: *CANARY7x"),
    "looks like an anchor": database("    password: &CANARY7x x"),
    "looks like a tag": database("    password: !CANARY7x x"),
    "tag of a map": database("    password: !CANARY7x {a: b}"),
    "str tag": database("    password: !!str CANARY7x"),
    "secret path": database("    password: !secret CANARY7x"),
    "quoted secret path": database('    password: !secret "CANARY7x"'),
    "secret path elsewhere": database("    password: !secret /x").replace("name: kea\n", "name: !secret CANARY7x\n"),
    "include": database("    password: !include CANARY7x"),
    "csv": database("    password: !csv CANARY7x"),
    "twice": database("    password: CANARY7x\n    password: CANARY7x"),
    "in one line": f"{HEAD}{SERVERS}dhcp4:\n  lease-database: {{type: postgresql, password: CANARY7x, name: 5, port: x}}\n{SUBNET}",
    "several lines in braces": f'{HEAD}{SERVERS}dhcp4:\n  lease-database: {{password:\n    "CANARY7x", port: x}}\n{SUBNET}',
    "like JSON": f'{HEAD}{SERVERS}dhcp4: {{"lease-database": {{"type":"postgresql","password":"CANARY7x","port":"x"}}}}\n',
    "by family": server("basic-auth-password: {dhcp4: CANARY7x, dhcp6: CANARY7x}"),
    "by a family that is none": server("basic-auth-password: {CANARY7x: x}"),
    "of a server": server("basic-auth-user: x, basic-auth-password: CANARY7x"),
    "of a server, misspelt": server("basic-auth-pasword: x, auth-password: CANARY7x"),
    "agent": f"{HEAD}{SERVERS}control-agent: {{http-port: x, authentication: {{type: basic, clients: [{{user: a, password: CANARY7x}}]}}}}\n"
    f"dhcp4:\n{SUBNET}",
    "url": f"{HEAD}{SERVERS}control-agent: {{http-port: 'http://me:CANARY7x@192.0.2.1/'}}\ndhcp4:\n{SUBNET}",
    "connection string": database("    password: !secret /x").replace(
        "name: kea\n", "port: host=x password=CANARY7x\n"
    ),
    "number": context("    pin: 0123CANARY7x"),
}
for name in (
    "pwd",
    "tokens",
    "private-key",
    "secrets",
    "api-key",
    "apiKey",
    "credential",
    "psk",
    "community",
    "db_passwd",
):
    FORMS[f"hook: {name}"] = hook(f"        {name}: CANARY7x")
    FORMS[f"hook: {name}, nested"] = hook(f"        {name}: [[a, CANARY7x], {{b: CANARY7x}}]")
    FORMS[f"context: {name}"] = context(f"    {name}: {{x: [CANARY7x]}}")

MISTAKES = {
    "same line": lambda text: text.replace("CANARY7x", "CANARY7x: oops", 1),
    "behind quotes": lambda text: text.replace('"CANARY7x"', '"CANARY7x" oops', 1),
    "bracket": lambda text: text.replace("CANARY7x", "CANARY7x]", 1),
    "next line": lambda text: text.replace("  subnet4:", "   subnet4:", 1),
    "open quote before": lambda text: text.replace("name: kea\n", 'name: "kea\n', 1),
    "open quote": lambda text: text.replace("CANARY7x", '"CANARY7x', 1),
    "tab": lambda text: text.replace("  subnet4:", "\tsubnet4:", 1),
    "control character": lambda text: text.replace("CANARY7x", "CANARY7x\x01", 1),
    "Latin-1": lambda text: text.replace("CANARY7x", "CANARY7x\udcff", 1),
    "wrong type beside": lambda text: text.replace("type: postgresql", "type: [x]", 1),
    "unknown key": lambda text: text.replace("dhcp4:\n", "dhcp4:\n  nonsense: 1\n", 1),
}


def test_a_secret_that_looks_like_the_name_of_one(call: Call) -> None:
    Path("spec.yaml").write_text(database("    password: !secret my-secret/CANARY7x-token"), "utf-8")
    silent(*(call("validate", "spec.yaml", "--format", shape) for shape in ("text", "json", "github")))


def silent(*calls: Called) -> None:
    for each in calls:
        for shown in (each.out, each.err):
            assert "canary" not in shown.lower(), shown
        assert "this is a bug" not in each.err


@pytest.mark.parametrize("form", FORMS)
def test_a_spec(call: Call, form: str) -> None:
    Path("spec.yaml").write_text(FORMS[form], "utf-8")
    silent(*(call("validate", "--needs", "spec.yaml", "--format", shape) for shape in ("text", "json", "github")))
    silent(call("build", "--stdout", "spec.yaml"), call("diff", "spec.yaml", "--live", ".", "--format", "markdown"))


@pytest.mark.parametrize("form", FORMS)
def test_a_spec_with_another_mistake(call: Call, form: str) -> None:
    """One call for each mistake, in the form that shows most; a mistake that changes nothing is not tried twice."""
    for broken in {change(FORMS[form]) for change in MISTAKES.values()} - {FORMS[form]}:
        Path("spec.yaml").write_bytes(broken.encode("utf-8", "surrogateescape"))
        silent(call("validate", "spec.yaml"))
        if form in ("plain", "next line", "by family", "anchor", "block"):
            silent(call("validate", "spec.yaml", "--format", "json"))


JSON_FORMS = {
    "plain": '"password": "CANARY7x"',
    "next line": '"password":\n"CANARY7x"',
    "comments between": '"password" /* a */ : // b\n # c\n "CANARY7x"',
    "comment in its place": '"password": /* CANARY7x */ "x", "port": "y"',
    "escaped key": '"pass\\u0077ord": "CANARY7x"',
    "escaped value": '"password": "\\u0043ANARY7x"',
    "list": '"password": ["CANARY7x", ["CANARY7x"]]',
    "map": '"password": {"a": {"CANARY7x": "CANARY7x"}}',
    "word": '"password": CANARY7x',
    "no colon": '"password" "CANARY7x"',
    "no colon, word": '"password" CANARY7x',
    "no quotes": "password: CANARY7x",
    "single quotes": "'password': 'CANARY7x'",
    "open quote": '"password": "CANARY7x',
    "quote missing before": '"port": "5, "password": "CANARY7x"',
    "quote missing in the key": '"password: "CANARY7x"',
    "line end in quotes": '"password": "CANARY7x\nCANARY7x"',
    "escape": '"password": "CANARY7x\\q"',
    "comma": '"password": "x" "CANARY7x"',
    "include": '"password": <?include "CANARY7x"?>',
    "include and rest": '"password": <?include "/etc/x"?> "CANARY7x"',
    "comment": '// "password": "CANARY7x"\n "port": "x"',
    "commented block": '/* "password":\n   "CANARY7x" */ "port": "x"',
    "twice": '"password": "CANARY7x", "password": "CANARY7x"',
    "number": '"password": 12345678, "secret-number": 1e99999, "api-key": CANARY7x',
    "user-context": '"user-context": {"community": "CANARY7x", "x": {"tokens": ["CANARY7x"]}}',
    "url": '"port": "http://me:CANARY7x@192.0.2.1/"',
    "control": '"password": "CANARY7x\x01"',
    "extra comma": '"password": "CANARY7x",,',
    "unclosed comment": '"password": "CANARY7x", /* password: CANARY7x',
}


def conf(entries: str) -> str:
    return (
        '{"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}, "lease-database": {"type": "postgresql", "name": "kea", '
        f'{entries}, "user": 5}},\n"subnet4": [{{"id": 1, "subnet": "192.0.2.0/24"}}]}}}}\n'
    )


@pytest.mark.parametrize("form", JSON_FORMS)
def test_a_file_of_kea(call: Call, form: str) -> None:
    Path("kea1").mkdir()
    Path("kea1/kea-dhcp4.conf").write_text(conf(JSON_FORMS[form]), "utf-8")
    for shape in ("text", "json", "github"):
        silent(call("lint", "kea1/kea-dhcp4.conf", "--format", shape), call("import", "kea1", "--format", shape))
    silent(call("import", "kea1", "-o", "spec.yaml"))
    if Path("spec.yaml").exists():
        assert CANARY not in Path("spec.yaml").read_text("utf-8")
        silent(call("build", "--stdout", "spec.yaml"))


LIBRARY = '{"library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_own.so", "parameters": {%s}}'
COPIED = (
    '"pwd": "CANARY7x"',
    '"tokens": ["CANARY7x", "CANARY7x-2"]',
    '"private-key": "CANARY7x"',
    '"secrets": {"a": "CANARY7x", "b": [{"c": "CANARY7x"}]}',
    '"pin": 77777777',
)


@pytest.mark.parametrize("entry", COPIED)
def test_import_copies_no_secret_of_an_unknown_hook(call: Call, entry: str) -> None:
    Path("kea1").mkdir()
    text = (
        '{"Dhcp4": {"interfaces-config": {"interfaces": ["eth0"]}, "hooks-libraries": ['
        + LIBRARY % entry
        + '], "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "interface": "eth0"}]}}'
    )
    Path("kea1/kea-dhcp4.conf").write_text(text, "utf-8")
    done = call("import", "kea1", "-o", "spec.yaml", "--kea", "2.6", "--platform", "debian")
    silent(done)
    spec = Path("spec.yaml").read_text("utf-8")
    assert CANARY not in spec
    assert "77777777" not in spec + done.out + done.err
    assert "!secret /etc/kea/secrets/" in spec
    assert "nothing lost" in done.err, done
    assert call("build", "spec.yaml").code == 0


def test_a_table(call: Call) -> None:
    Path("hosts.csv").write_text(
        'hw-address,ip-address,password\n08:00:27:00:00:01,x,CANARY7x\na,b,c,CANARY7x\n,,"CANARY7x\n', "utf-8"
    )
    text = f"{HEAD}{SERVERS}dhcp4:\n  subnet4:\n    - {{id: 10, subnet: 192.0.2.0/24, interface: eth0, reservations: !csv hosts.csv}}\n"
    Path("spec.yaml").write_text(text, "utf-8")
    for shape in ("text", "json", "github"):
        silent(call("validate", "spec.yaml", "--format", shape))
    Path("hosts.csv").write_text(
        "hw-address,ip-address,password\n08:00:27:00:00:01,x,CANARY7x\na,b,c,CANARY7x\n", "utf-8"
    )
    shown = call("validate", "spec.yaml")
    silent(shown)
    assert "********" in shown.out


@pytest.mark.parametrize(
    ("name", "content"), [("p.yaml", "CANARY7x"), ("p.json", '"CANARY7x" x'), ("p.csv", "CANARY7x;\n")]
)
@pytest.mark.parametrize("alias", [False, True])
def test_a_file_that_is_included_as_a_secret(call: Call, name: str, content: str, alias: bool) -> None:
    Path(name).write_text(content, "utf-8")
    tag = "!csv" if name.endswith("csv") else "!include"
    before = f"x-a: &a {tag} {name}\n" if alias else ""
    Path("spec.yaml").write_text(database(f"    password: {'*a' if alias else f'{tag} {name}'}", before), "utf-8")
    silent(*(call("validate", "spec.yaml", "--format", shape) for shape in ("text", "json", "github")))


def answers(config: dict[str, object]) -> Iterator[None]:
    Path("live/kea1").mkdir(parents=True)
    Path("live/kea1/kea-dhcp4.json").write_text(json.dumps([{"result": 0, "arguments": {"Dhcp4": config}}]), "utf-8")
    yield


LIVE = (
    {"lease-database": {"type": "postgresql", "password": CANARY}},
    {
        "hooks-libraries": [
            {"library": "/x/own.so", "parameters": {"tokens": [CANARY], "a": {"apiKey": {"b": CANARY, CANARY: 1}}}}
        ]
    },
    {
        "user-context": {
            "community": CANARY,
            "link": f"http://me:{CANARY}@192.0.2.1/",
            "line": f"host=x password={CANARY}",
        }
    },
)


@pytest.mark.parametrize("config", LIVE)
def test_an_answer(call: Call, config: dict[str, object]) -> None:
    Path("spec.yaml").write_text(f"{HEAD}{SERVERS}dhcp4:\n{SUBNET}", "utf-8")
    next(answers({"interfaces-config": {"interfaces": ["eth0"]}, **config}))
    for shape in ("text", "json", "markdown", "github"):
        silent(call("diff", "spec.yaml", "--live", "live", "--format", shape))
    done = call("diff", "spec.yaml", "--live", "live", "--adopt", "--prefer", "live")
    silent(done)
    if "link" not in str(config):
        assert CANARY not in Path("spec.yaml").read_text("utf-8")


def test_a_trace_has_no_values(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setenv("KEA_HAC_DEBUG", "1")
    monkeypatch.setattr("kea_hac.cli.inputs.find", broken)
    done = call("validate", "spec.yaml")
    assert done.code == 2
    assert "KeyError" in done.err
    assert CANARY not in done.err
