"""Output is no channel for commands: hostile names through every renderer, read by a parser of what the reader obeys."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import kea_hac
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from kea_hac.report.formats import Command, Page, offered
from kea_hac.report.results import Result, RolledOut
from kea_hac.review.run import Reviewed
from kea_hac.rollout.gates import Gate
from kea_hac.rollout.plan import Command as Wanted
from kea_hac.rollout.plan import Handover, Held, Plan, Reload, Turn
from kea_hac.rollout.run import Next, Outcome
from tests.cli.conftest import Call, Called
from tests.documents import READERS, read
from tests.review.sites import committed_all

HOSTILE = (
    "x\n::error file=a::EVIL",
    "::stop-commands::EVIL",
    "  ::add-mask::EVIL",
    "##[command]EVIL",
    "a ##vso[task.setvariable variable=x]EVIL",
    "##teamcity[EVIL]",
    "\x1b[0Ksection_start:1:EVIL\r\x1b[0K",
    "\x1b]8;;http://evil.example\x07EVIL",
    "x\r::error::EVIL",
    "\u202eEVIL\u2066",
    "\u200e\u200f\u061c",
    "a\u2028::error::EVIL",
    "a\u2029b\u0085c\u009b31m",
    "a | b \\| c | EVIL",
    "``` EVIL",
    "a`b``c",
    "[EVIL](http://evil.example)",
    "![EVIL](http://evil.example/x.png)",
    "<!-- EVIL",
    "<details><summary>EVIL</summary>",
    "<img src=x onerror=EVIL>",
    "@evil/everyone www.evil.example https://evil.example #1",
    "# EVIL",
    "- EVIL",
    "&lt;EVIL&#64;",
    "a%0A::error::EVIL",
    "\\",
    "   ",
)
UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
KNOWN_COMMANDS = {"error", "warning", "notice"}


def runner_commands(text: str) -> list[str]:
    """The commands that a GitHub runner takes from a log, as its `ActionCommand.TryParseV2` and `TryParse` do."""
    found: list[str] = []
    for line in re.split(r"\r\n|\r|\n", text):
        begin = line.lstrip()
        if begin.startswith("::") and (end := begin.find("::", 2)) >= 0:
            found.append(begin[2:end].split(" ")[0])
        found += re.findall(r"##\w*\[[^\]]*\]?", line)
    return found


def no_channel(text: str, commands: Collection[str] = ()) -> None:
    assert set(runner_commands(text)) <= set(commands), text
    assert UNSEEN.search(text) is None, ascii(UNSEEN.search(text))
    for line in text.split("\n"):
        assert not line.startswith("EVIL"), line


def markdown_is_ours(text: str) -> None:
    """No link, no image, no HTML but <code>, no mention outside of code, and every row of a table has a cell for each column."""
    tokens = MarkdownIt("gfm-like").parse(text)
    columns = cells = 0
    for token in tokens:
        assert token.type != "html_block", token
        columns = 0 if token.type == "table_open" else columns + (token.type == "th_open")
        cells = 0 if token.type == "tr_open" else cells + (token.type in ("td_open", "th_open"))
        assert token.type != "tr_close" or cells == columns, text
        inside = False
        for inner in token.children or ():
            assert inner.type not in ("link_open", "image"), (text, inner)
            if inner.type == "html_inline":
                assert inner.content in ("<code>", "</code>"), inner
                inside = inner.content == "<code>"
            elif inner.type == "text" and not inside:
                assert re.search(r"@\w|https?://|www\.|#\d", inner.content) is None, inner
    bars = [line for line in text.split("\n") if line.startswith("| ")]
    assert sum(token.type == "tr_open" for token in tokens) == len(bars), "a table has ended before its last row"


def quoted(text: str) -> str:
    """As a scalar of YAML."""
    return json.dumps(text)


SPEC = """\
kea-hac: 1
pair: two
kea: 2.6
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: standby, address: 192.0.2.12, interfaces: {{lan: ens18}}}}
high-availability: {{mode: hot-standby, max-unacked-clients: 5, listener: {{dhcp4: 8001}}}}
control-agent: {{http-port: 8000}}
dhcp4:
  {extra}
  subnet4: [{{id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{{pool: 192.0.2.100 - 192.0.2.199}}]}}]
"""
PLACES = (
    "{name}: 1",
    "server-tag: [{name}]",
    "lease-database: {{type: {name}}}",
    "lease-database: {{type: postgresql, user: {name}, port: 70000}}",
    "client-classes: [{{name: {name}, test: {name}}}]",
    "option-data: [{{name: {name}, data: {name}}}]",
    "user-context: {{{name}: {name}}}",
    "loggers: [{{name: kea-dhcp4, output-options: [{{output: {name}}}], severity: {name}}}]",
    "hooks-libraries: [{{library: {name}, parameters: {{{name}: 1}}}}]",
    "reservations: !csv {name}",
    "<<: !include {name}",
    "reservations: [{{hw-address: {name}, hostname: {name}}}] # {name}",
)


def check(done: Called, shape: str) -> None:
    assert "this is a bug" not in done.err
    no_channel(done.err, KNOWN_COMMANDS if shape == "github" else set())
    if shape in READERS:
        read(shape, done.out)
        assert done.out.isascii() or shape == "prometheus"
        assert not runner_commands(done.out)
    else:
        no_channel(done.out, KNOWN_COMMANDS if shape == "github" else set())


def check_formats(call: Call, monkeypatch: pytest.MonkeyPatch, command: Command, *arguments: str) -> None:
    """The result of one call in every format that the command offers. It is judged once and written by each of them."""
    results: list[Result] = []
    module = {Command.BUILD: "build_output", Command.IMPORT: "importing"}.get(command, command.value)
    with monkeypatch.context() as patch:
        patch.setattr(f"kea_hac.cli.{module}.show_result", lambda _, result, *__: results.append(result))
        done = call(command.value, *arguments)
    no_channel(done.err)
    (result,) = results
    for shape, form in offered(command).items():
        shown = form.findings(result, Page())
        check(Called(0, shown.stdout, shown.stderr), shape)
        if shape == "markdown":
            markdown_is_ours(shown.stdout)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_of_a_spec(call: Call, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in PLACES:
        Path("spec.yaml").write_text(SPEC.format(extra=place.format(name=quoted(name))), "utf-8")
        check(call("validate", "spec.yaml", "--needs"), "text")
    Path("spec.yaml").write_text(
        SPEC.format(extra="\n  ".join((PLACES[0], PLACES[2])).format(name=quoted(name))), "utf-8"
    )
    check_formats(call, monkeypatch, Command.VALIDATE, "spec.yaml", f"./{name}*.yaml")
    check_formats(call, monkeypatch, Command.BUILD, "spec.yaml", "--check", "-o", "out")
    keys = (
        SPEC.format(extra="")
        .replace("lan: eth0", f"{quoted(name)}: eth0")
        .replace("pair: two", f"pair: {quoted(name)}")
    )
    Path("spec.yaml").write_text(keys, "utf-8")
    check(call("validate", "spec.yaml"), "text")


@pytest.mark.parametrize("name", [each for each in HOSTILE if "/" not in each and "\0" not in each], ids=ascii)
def test_names_of_files(call: Call, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(f"{name}.yaml")
    file.write_text("kea-hac: 1\nnonsense: 1\n", "utf-8")
    check_formats(call, monkeypatch, Command.VALIDATE, f"./{file}")
    folder = Path(name)
    folder.mkdir()
    (folder / "kea-dhcp4.conf").write_text(
        '{"Dhcp4": {"nonsense": 1, "subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}]}}', "utf-8"
    )
    check_formats(call, monkeypatch, Command.LINT, f"./{folder}/kea-dhcp4.conf")
    check_formats(call, monkeypatch, Command.IMPORT, f"./{folder}")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_what_import_writes(call: Call, name: str) -> None:
    """A comment of the file ends where it ended, and the spec on stdout is no command."""
    Path("kea1").mkdir()
    line = name.replace("\n", " ").replace("\r", " ")
    Path("kea1/kea-dhcp4.conf").write_text(
        f'{{"Dhcp4": {{ // {line}\n"interfaces-config": {{"interfaces": ["eth0"]}}, "server-tag": {quoted(name)},\n'
        f'"user-context": {{"a": {quoted(name)}}},\n"subnet4": [{{"id": 1, "subnet": "192.0.2.0/24"}}]}}}}',
        "utf-8",
    )
    done = call("import", "kea1")
    no_channel(done.out)
    no_channel(done.err)
    call("import", "kea1", "-o", "spec.yaml")
    if Path("spec.yaml").exists():
        loaded = kea_hac.load(Path("spec.yaml"))
        assert loaded.document is not None
        assert "EVIL" not in loaded.document.root


def save(name: str) -> None:
    made = kea_hac.compile_spec(Path("spec.yaml"))
    assert made.build is not None
    assert made.site is not None
    nodes = {node.name: node for node in made.site.nodes}
    for artifact in made.build.artifacts:
        daemon = DAEMONS[artifact.name]
        assert artifact.tree is not None
        node = nodes[artifact.server]
        config: dict[str, Any] = copy.deepcopy(
            dict(predict(daemon, artifact.tree[daemon.top], node.version, node.platform))
        )
        if artifact.server == "kea1" and daemon.family:
            config["server-tag"] = name
            config["user-context"][name] = {name: name}
            config["client-classes"] = [{"name": name, "test": name}]
            config["subnet4"][0]["comment"] = name
            config["subnet4"][0]["reservations"].append({"hw-address": "08:00:27:00:00:01", "hostname": name})
            config["subnet4"].append({"id": 9, "subnet": name})
        path = Path("live", artifact.server, f"kea-{daemon.name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([{"result": 0, "arguments": {daemon.top: config}}]), "utf-8")
    Path("live/kea2/kea-dhcp4.json").write_text(json.dumps([{"result": 1, "text": name}]), "utf-8")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_answers_of_servers(call: Call, name: str) -> None:
    Path("spec.yaml").write_text(SPEC.format(extra=""), "utf-8")
    save(name)
    for shape in offered(Command.DIFF):
        done = call("diff", "spec.yaml", "--live", "live", "--format", shape)
        check(done, shape)
        if shape == "markdown":
            markdown_is_ours(done.out)
    for shape in ("markdown", "text"):
        done = call("diff", "spec.yaml", "--live", "live", "--format", shape, "--adopt", "--prefer", "live")
        check(done, shape)
        if shape == "markdown":
            markdown_is_ours(done.out)


REVIEWED = """\
  server-tag: {name}
  user-context: {{{name}: {name}}}
  client-classes: [{{name: {name}, test: "member('ALL')", user-context: {{{name}: 1}}}}]
  shared-networks: [{{name: {name}, interface: lan, subnet4: [{{id: 3, subnet: 10.3.0.0/24, pools: [{{pool: 10.3.0.0/25}}]}}]}}]
"""
GUARDED = "pools: [{{pool: 192.0.2.100 - 192.0.2.150, client-classes: [{name}]}}], reservations: [{{hw-address: '08:00:27:00:00:01', hostname: {name}}}]"


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_in_a_review(call: Call, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that a change brings, and names that it removes; a branch's name and a file's."""
    plain = SPEC.format(extra="")
    hostile = plain.replace("pools: [{pool: 192.0.2.100 - 192.0.2.199}]", GUARDED.format(name=quoted(name)))
    hostile = hostile.replace("  \n  subnet4", f"{REVIEWED.format(name=quoted(name))}  subnet4")
    file = "".join(letter for letter in name if letter not in "/\0") or "x"
    committed_all(
        {
            "spec.yaml": plain,
            f"{file}.yaml": plain.replace("pair: two", "pair: three").replace("192.0.2.", "198.51.100."),
        }
    )
    Path("spec.yaml").write_text(hostile, "utf-8")
    Path(f"{file}.yaml").unlink()
    (Path("kea-hac.toml")).write_text("[review]\nmax-removed-subnets = 0\n")
    results: list[Reviewed] = []
    with monkeypatch.context() as patch:
        patch.setattr("kea_hac.cli.review.show_review", lambda _, result, __: results.append(result))
        assert call("review", "--since", "HEAD").code == 1
        committed_all({"spec.yaml": hostile})
        Path("spec.yaml").write_text(plain, "utf-8")
        call("review", "--since", "HEAD")
    for result in results:
        assert result.shown
        for shape, form in offered(Command.REVIEW).items():
            shown = form.review(result, Page()).stdout
            check(Called(0, shown, ""), shape)
            if shape == "markdown":
                markdown_is_ours(shown)
    check(call("review", f"--since={name}"), "text")
    check(call("review", name), "text")
    check(call("review", f"--accept={name}"), "text")


def test_names_in_an_upgrade(call: Call) -> None:
    """Users that become files, a database's name and a class: all of them in one spec."""
    users = [name for name in HOSTILE if name.isprintable() and ":" not in name and name.strip()]
    clients = ", ".join(f"{{user: {quoted(name)}, password-file: p{number}}}" for number, name in enumerate(users))
    databases = ", ".join(
        f"{{type: mysql, name: {quoted(name)}, user: u, password: !secret /etc/kea/p}}"
        for name in users
        if " " not in name
    )
    agent = f"control-agent: {{http-port: 8000, authentication: {{type: basic, clients: [{clients}]}}}}"
    text = SPEC.replace("control-agent: {{http-port: 8000}}", "AGENT").format(extra=f"hosts-databases: [{databases}]")
    for old, new in (("2.6", "3.0"), ("3.0", "3.2")):
        Path("spec.yaml").write_text(text.replace("AGENT", agent).replace("kea: 2.6", f"kea: {old}"), "utf-8")
        for shape in offered(Command.UPGRADE):
            done = call("upgrade", "spec.yaml", "--to", new, "--format", shape)
            check(done, shape)
            if shape == "markdown":
                markdown_is_ours(done.out)
                assert "EVIL" in done.out
    for name in HOSTILE:
        check(call("upgrade", "spec.yaml", f"--to={name}"), "text")
        check(call("upgrade", name, "--to=3.0"), "text")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_in_a_rollout(name: str) -> None:
    """A plan, closed gates and an outcome, whose words are those of servers and of files that a rollout reads."""
    handover = Handover(name, name, name, name, name, (name,), (name,))
    reloads = (
        Reload(name, name, name, name, (Wanted(name, {name: name}),), name),
        Reload(name, name, name, name, (), name),
    )
    files = {name: {name: "0" * 64}}
    turn = Turn(1, (name,), reloads, (handover,), False, name, files, {name: 1})
    held = (Held(name, name, name, name),)
    plan = Plan(name, name, name, held, (name,), (), (turn,), files, {name: 1}, (name,), (name,), 5.0, name)
    stopped = Outcome(False, True, name, (name,), (handover,), Next.RESUME)
    for outcome in (None, stopped, Outcome(True, True, "", (name,))):
        result = RolledOut(f"{name}.yaml", (Gate(name, (name, name)),), plan, outcome, name, 1)
        for shape, form in offered(Command.ROLLOUT).items():
            shown = form.rollout(result, Page())
            check(Called(0, shown.stdout, shown.stderr), shape)
            if shape == "markdown":
                markdown_is_ours(shown.stdout)


@pytest.mark.parametrize("name", [each for each in HOSTILE if "/" not in each and "\0" not in each], ids=ascii)
def test_names_of_files_in_a_diff(call: Call, name: str) -> None:
    """The file of a spec with an error, and one whose servers were asked, alone and among others."""
    Path("specs").mkdir()
    Path(f"specs/{name}.yaml").write_text("kea-hac: 1\nnonsense: 1\n", "utf-8")
    Path("specs/b.yaml").write_text(SPEC.format(extra=""), "utf-8")
    Path("live/two").mkdir(parents=True)
    for arguments in ([f"specs/{name}.yaml"], ["specs"]):
        for shape in offered(Command.DIFF):
            done = call("diff", *arguments, "--live", "live", "--format", shape)
            if shape == "json" and arguments == ["specs"]:
                assert all(json.loads(line) for line in done.out.splitlines())
                no_channel(done.out)
                no_channel(done.err)
            else:
                check(done, shape)
            if shape == "markdown":
                markdown_is_ours(done.out)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_in_errors_of_usage(call: Call, name: str) -> None:
    """A pattern of the shell puts names of files where an argument, an option or a choice is expected."""
    for arguments in (
        ["rules", name],
        ["upgrade", "--to", "3.0", "spec.yaml", name],
        ["schema", name],
        ["validate", "spec.yaml", "--format", name],
        ["diff", f"--{name}"],
        ["diff", "spec.yaml", "--timeout", name],
        ["preferences", name],
        ["preferences", "merge", "--from", "x", name, name],
        [name],
    ):
        done = call(*arguments)
        assert done.code == 2
        no_channel(done.err)
        no_channel(done.out)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_names_in_the_settings(call: Call, name: str) -> None:
    """kea-hac.toml is a file of the repository too."""
    text = json.dumps(name)
    paths = f"specs = [{text}]\noutput = {text}\n[ignore]\nKH130 = {{reason = {text}, paths = [{text}]}}\n"
    for settings in (paths, f"{text} = 1\n", f"[ignore]\n{text} = {text}\n", f"fail-on = {text}\n", name):
        Path("kea-hac.toml").write_text(settings, "utf-8")
        for arguments in (["config"], ["config", "--format", "json"], ["validate"]):
            done = call(*arguments)
            assert "this is a bug" not in done.err
            no_channel(done.err)
            no_channel(done.out)
