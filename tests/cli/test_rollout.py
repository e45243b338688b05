"""`kea-hac rollout` against servers that answer: every gate that is closed stops it before anything is changed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

import kea_hac
from kea_hac.cli.rollout_world import addresses
from kea_hac.compiler.built import Built
from kea_hac.drift import bases
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from kea_hac.report.formats import Command, offered
from kea_hac.rollout import run
from kea_hac.rollout.copying import write_here
from kea_hac.rollout.journal import Progress, Store
from kea_hac.rollout.live_world import LiveWorld
from kea_hac.rollout.plan import differences, from_json
from kea_hac.rollout.world import CopyError, StoppedError
from kea_hac.source import replacing
from tests.cli.conftest import Call
from tests.cli.test_diff import SUBNET
from tests.documents import read
from tests.review.sites import committed_all, git
from tests.unit.compiler.pairs import pair
from tests.unit.live.fakes import OLD, answers, listening

NEW = f"valid-lifetime: 2h\n{SUBNET}"
READS = {
    "config-get",
    "config-hash-get",
    "status-get",
    "version-get",
    "list-commands",
    "ha-heartbeat",
    "config-test",
    "statistic-get-all",
}
COMMANDS = ["config-get", "config-reload", "config-test", "dhcp-disable", "dhcp-enable", "ha-scopes", "status-get"]
Script = dict[str, Any]
WORDS = {
    "SIGINT": "interrupted (Ctrl-C)",
    "SIGTERM": "ended by SIGTERM",
    "SIGHUP": "the terminal is gone (SIGHUP)",
}

TURN: Script = {"event": "turn", "turn": 1}
DONE: Script = {"event": "turn-done", "turn": 1, "held": []}
ENDS: list[tuple[list[Script], int, str]] = [
    ([], 1, "nothing was changed"),
    ([TURN], 3, "the last rollout has not ended (0 of its turns are done): kea-hac rollout"),
    ([TURN, DONE, {"event": "end", "how": "rolled out"}], 3, "the rollout has ended (rolled out)"),
]


def write(text: str) -> None:
    Path("spec.yaml").write_text(pair(text), "utf-8")


def status(server: str, **changes: Any) -> Script:
    partner = "kea2" if server == "kea1" else "kea1"
    local = {
        "role": "primary" if server == "kea1" else "standby",
        "scopes": ["kea1"] if server == "kea1" else [],
        "server-name": server,
        "state": "hot-standby",
    }
    remote = {
        "role": "standby" if server == "kea1" else "primary",
        "server-name": partner,
        "last-state": "hot-standby",
        "in-touch": True,
        "communication-interrupted": False,
        "age": 1,
    }
    local |= {key: value for key, value in changes.items() if key in local}
    remote |= {key.replace("_", "-"): value for key, value in changes.items() if key not in local}
    return {**OLD, "high-availability": [{"ha-mode": "hot-standby", "ha-servers": {"local": local, "remote": remote}}]}


def statistics(leases: int) -> Script:
    """What Kea says of so many leases in two subnets."""
    when = "2026-01-02 03:04:05.000000"
    return {
        "pkt4-received": [[90_000, when]],
        "subnet[1].assigned-addresses": [[leases - 20, when], [7, when]],
        "subnet[2].assigned-addresses": [[20, when]],
        "subnet[2].pool[0].assigned-addresses": [[20, when]],
        "subnet[2].total-addresses": [[200_000, when]],
    }


def script(server: str, **changes: Any) -> Script:
    """What a server answers that holds what the spec compiles to now."""
    made = kea_hac.compile_spec(Path("spec.yaml"))
    assert made.build is not None
    assert made.site is not None
    node = next(each for each in made.site.nodes if each.name == server)
    (artifact,) = (each for each in made.build.artifacts if each.server == server and each.name in DAEMONS)
    daemon = DAEMONS[artifact.name]
    assert artifact.tree is not None
    config = json.loads(orjson.dumps(predict(daemon, artifact.tree[daemon.top], node.version, node.platform)))

    def heartbeat() -> Script:
        now = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + changes.pop("clock", 0)))
        return {"result": 0, "arguments": {"date-time": now, "state": "hot-standby", "scopes": []}}

    return {
        "config-get": {"result": 0, "arguments": {daemon.top: config}},
        "config-hash-get": {"result": 2, "text": "not supported"},
        "status-get": {"result": 0, "arguments": status(server)},
        "version-get": {"result": 0, "text": "2.6.3"},
        "list-commands": {"result": 0, "arguments": COMMANDS},
        "ha-heartbeat": heartbeat,
        "config-test": {"result": 0, "text": "seems sane"},
        "statistic-get-all": {"result": 0, "arguments": statistics(60)},
    }


@contextlib.contextmanager
def servers(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    """Two servers; → the options that lead to them, and what they were asked."""
    asked: list[dict[str, Any]] = []
    with listening(answers(one, asked)) as first, listening(answers(other, asked)) as second:
        live = [f"kea1=http://127.0.0.1:{first}/", f"kea2=http://127.0.0.1:{second}/"]
        yield [word for each in live for word in ("--live", each)], asked


@pytest.fixture
def scripts(call: Call) -> dict[str, Script]:
    """Both servers hold the build that is in the tree; then the spec moves on and is built again."""
    write(f"valid-lifetime: 1h\n{SUBNET}")
    assert call("build", "spec.yaml").code == 0
    Path("build").rename("older")
    found = {name: script(name) for name in ("kea1", "kea2")}
    write(NEW)
    assert call("build", "spec.yaml").code == 0
    return found


def rolled(call: Call, scripts: Mapping[str, Script], *options: str) -> tuple[int, str, set[str]]:
    """Exit code, output, and the commands that were sent."""
    with servers(scripts["kea1"], scripts["kea2"]) as (live, asked):
        done = call("rollout", "spec.yaml", *live, *options)
    return done.code, done.out + done.err, {each["command"] for each in asked}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The older build is found beside the tree, so that these tests need no Git."""
    monkeypatch.setattr(bases, "_committed", lambda repository, folder: iter([bases._on_disk(Path("older/two"))]))
    monkeypatch.setattr(bases.Bases, "_git", lambda self: None)
    monkeypatch.setattr(bases.Bases, "seen_by_others", lambda self: None)


def test_the_plan_passes_all_gates_and_changes_nothing(call: Call, scripts: dict[str, Script]) -> None:
    code, text, asked = rolled(call, scripts, "--plan", "-o", "plan.json")
    assert code == 0, text
    assert "STOP" not in text
    assert "kea2 reloads dhcp4" in text
    assert "kea2 serves dhcp4 clients of kea1 meanwhile" in text
    assert asked <= READS
    assert json.loads(Path("plan.json").read_text())["pair"] == "two"
    assert not Path("build/.rollout").exists()


CLOSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "waiting": ("status-get", {"arguments": status("kea2", state="waiting")}, "is in waiting"),
    "terminated": ("status-get", {"arguments": status("kea2", state="terminated")}, "terminated"),
    "partner-down": ("status-get", {"arguments": status("kea2", state="partner-down")}, "is in partner-down"),
    "a state of another version": ("status-get", {"arguments": status("kea2", state="new")}, "is in new"),
    "cut": ("status-get", {"arguments": status("kea2", communication_interrupted=True)}, "does not reach its partner"),
    "unavailable": (
        "status-get",
        {"arguments": status("kea2", last_state="unavailable")},
        "does not reach its partner",
    ),
    "never heard": ("status-get", {"arguments": status("kea2", in_touch=False)}, "has not heard from its partner"),
    "silent for long": ("status-get", {"arguments": status("kea2", age=300)}, "for 300 s"),
    "forgotten scope": ("status-get", {"arguments": status("kea2", scopes=["kea1"])}, "serves the clients of kea1"),
    "no HA": ("status-get", {"arguments": OLD}, "runs no HA"),
    "no state": ("status-get", {"result": 1, "text": "no"}, "every server answers"),
    "no version": ("version-get", {"result": 1, "text": "no"}, "every server answers"),
    "another version": ("version-get", {"text": "3.0.4"}, "runs Kea 3.0.4, and its file is built for 2.6"),
    "an unknown version": ("version-get", {"text": "9.9.9"}, "runs Kea 9.9.9"),
    "no time": ("ha-heartbeat", {"result": 0, "arguments": {}}, "does not report its time"),
    "nonsense for a time": ("ha-heartbeat", {"result": 0, "arguments": {"date-time": "noon"}}, "reports no date"),
    "no heartbeat command": ("ha-heartbeat", {"result": 2, "text": "unknown"}, "the clock of kea2 is unknown"),
    "no ha-scopes": (
        "list-commands",
        {"arguments": [each for each in COMMANDS if each != "ha-scopes"]},
        "does not take ha-scopes",
    ),
    "no list of commands": ("list-commands", {"result": 1, "text": "no"}, "STOP commands"),
    "refused by config-test": ("config-test", {"result": 1, "text": "bad pool"}, "bad pool"),
    "config-get is forbidden": ("config-get", {"result": 1, "text": "forbidden"}, "forbidden"),
    "nonsense": ("config-get", {"arguments": []}, "no configuration of Kea"),
}


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_gate_changes_nothing(call: Call, scripts: dict[str, Script], name: str) -> None:
    command, answer, words = CLOSED[name]
    scripts["kea2"][command] = {"result": 0, **answer}
    code, text, asked = rolled(call, scripts, "--copy", "touch {dir}/copied copied")
    assert code == 1, text
    assert words in text
    assert "STOP" in text
    assert "nothing was changed" in text
    assert asked <= READS
    assert not Path("copied").exists()


def test_a_window_has_short_heartbeats_where_kea_hac_brings_the_files(call: Call, scripts: dict[str, Script]) -> None:
    text = Path("spec.yaml").read_text("utf-8")
    Path("spec.yaml").write_text(text.replace("listener: 8001", "listener: 8003"), "utf-8")
    assert call("build", "spec.yaml").code == 0
    code, shown, _ = rolled(call, scripts, "--plan", "--copy", "cp {dir} there", "-o", "plan.json")
    assert code == 0, shown
    assert "heartbeat-delay is 0.1 s instead of 10 s" in shown
    turns = json.loads(Path("plan.json").read_text("utf-8"))["turns"]
    assert [(each["servers"], each["together"]) for each in turns] == [
        (["kea1", "kea2"], True),
        (["kea1"], False),
        (["kea2"], False),
    ]
    code, shown, _ = rolled(call, scripts, "--plan")
    assert code == 0, shown
    assert "no client is answered for one to two heartbeats (10 s each)" in shown


@pytest.mark.parametrize("seconds", [-40, 40])
def test_clocks_that_are_apart_stop_it(call: Call, scripts: dict[str, Script], seconds: int) -> None:
    moved = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds))
    scripts["kea1"]["ha-heartbeat"] = {"result": 0, "arguments": {"date-time": moved}}
    code, text, asked = rolled(call, scripts)
    assert code == 1
    assert "the clocks of kea1 and kea2 are" in text
    assert asked <= READS


def test_a_server_that_does_not_answer_stops_it(call: Call, scripts: dict[str, Script]) -> None:
    with servers(scripts["kea1"], scripts["kea2"]) as (live, asked):
        done = call("rollout", "spec.yaml", *live[:2], "--live", "kea2=http://127.0.0.1:1/")
    assert done.code == 1
    assert "kea2 dhcp4: " in done.out
    assert {each["command"] for each in asked} <= READS


def test_a_server_is_judged_by_the_heartbeats_that_it_runs_until_it_reloads(
    call: Call, scripts: dict[str, Script]
) -> None:
    """By the spec's, a server that is well would stop the rollout in the middle: its last message is older than two of them."""
    text = Path("spec.yaml").read_text("utf-8")
    Path("spec.yaml").write_text(text.replace("listener: 8001", "listener: 8001\n  heartbeat-delay: 2s"), "utf-8")
    assert call("build", "spec.yaml").code == 0
    for name in ("kea1", "kea2"):
        scripts[name]["status-get"] = {"result": 0, "arguments": status(name, age=19)}
    code, shown, _ = rolled(call, scripts, "--plan", "-o", "plan.json")
    assert code == 0, shown
    plan = json.loads(Path("plan.json").read_text("utf-8"))
    assert [each["beat"] for each in plan["duties"]] == [10.0, 10.0]
    assert plan["patience"] == 30 + 3 * 10 + 60


@pytest.mark.parametrize("at", sorted(READS))
@pytest.mark.parametrize("ends", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_at_the_gates_changes_nothing(call: Call, scripts: dict[str, Script], at: str, ends: str) -> None:
    """`at`: the question that it arrives with."""
    answer = scripts["kea2"][at]
    before = Path("build/two/manifest.json").read_bytes()

    def interrupted() -> Script:
        os.kill(os.getpid(), getattr(signal, ends))
        found: Script = answer() if callable(answer) else answer
        return found

    scripts["kea2"][at] = interrupted
    code, text, asked = rolled(call, scripts, "--copy", "touch {dir}/copied copied")
    assert code == 1, text
    assert text.endswith(f"{WORDS[ends]}: nothing was changed\n")
    assert at in asked <= READS
    assert not Path("copied").exists()
    assert Path("build/two/manifest.json").read_bytes() == before
    assert not list(Path("build/.rollout/two").glob("*.json*"))
    scripts["kea2"][at] = answer
    code, text, _ = rolled(call, scripts, "--plan")
    assert code == 0, text


@pytest.mark.parametrize(("recorded", "code", "words"), ENDS)
def test_a_signal_outside_of_a_turn_is_reported_with_what_the_journal_says(
    call: Call,
    scripts: dict[str, Script],
    monkeypatch: pytest.MonkeyPatch,
    recorded: list[Script],
    code: int,
    words: str,
) -> None:
    def interrupted(_: object, world: LiveWorld) -> None:
        for each in recorded:
            world.record(each)
        raise StoppedError("interrupted (Ctrl-C)")

    monkeypatch.setattr(run, "begin", interrupted)
    for name in ("kea1", "kea2"):
        scripts[name]["status-get"] = {"result": 0, "arguments": status(name, age=-9)}  # no heartbeat is waited for
    done, text, _ = rolled(call, scripts, "--copy", "touch {dir}/copied copied")
    assert done == code, text
    assert f"interrupted (Ctrl-C): {words}" in text


def test_a_server_whose_agent_listens_on_loopback_is_copied_to_at_its_own_address(tmp_path: Path) -> None:
    """rsync to root@127.0.0.1 would write into this machine."""
    spec = tmp_path / "spec.yaml"

    def found(kea1: str) -> str:
        spec.write_text(pair(NEW, kea1=kea1), "utf-8")
        made = kea_hac.compile_spec(spec)
        assert made.site is not None
        assert made.build is not None
        return addresses(Built(made.site, made.build))["kea1"]

    assert found("") == "192.0.2.11"
    assert found("control-address: 198.51.100.1") == "198.51.100.1"
    assert found("control-address: 127.0.0.1") == "192.0.2.11"


@pytest.mark.parametrize("form", offered(Command.ROLLOUT))
def test_every_format_has_the_gates_and_the_plan(call: Call, scripts: dict[str, Script], form: str) -> None:
    with servers(scripts["kea1"], scripts["kea2"]) as (live, _):
        done = call("rollout", "spec.yaml", *live, "--plan", "--format", form)
    assert done.code == 0, done.err
    assert "kea2" in done.out
    if form == "json":
        found = read("json", done.out)
        assert [each["server"] for turn in found["plan"]["turns"] for each in turn["reloads"]] == ["kea2", "kea1"]
    else:
        assert "kea2 reloads dhcp4" in done.out
    scripts["kea2"]["version-get"] = {"result": 0, "text": "9.9.9"}
    with servers(scripts["kea1"], scripts["kea2"]) as (live, _):
        done = call("rollout", "spec.yaml", *live, "--format", form)
    assert done.code == 1
    assert "runs Kea 9.9.9" in done.out
    if form == "json":
        found = read("json", done.out)
        assert (found["gates-open"], found["outcome"], found["exit-code"]) == (False, None, 1)


def test_outside_changes_stop_it_until_they_are_given_up(call: Call, scripts: dict[str, Script]) -> None:
    scripts["kea2"]["config-get"]["arguments"]["Dhcp4"]["server-tag"] = "somebody"
    code, text, asked = rolled(call, scripts)
    assert code == 1
    assert "kea2 dhcp4: somebody changed server-tag on the server" in text
    assert "--over-external kea2" in text
    assert asked <= READS
    code, text, _ = rolled(call, scripts, "--over-external", "kea1")
    assert code == 1
    code, text, _ = rolled(call, scripts, "--over-external", "kea2", "--plan")
    assert code == 0, text


def test_an_outside_change_is_removed_although_the_stamp_is_right(call: Call, scripts: dict[str, Script]) -> None:
    """The spec has not changed since the server loaded it, so that its stamp is that of its next file."""
    for name in scripts:
        scripts[name] = script(name)
    code, text, _ = rolled(call, scripts, "--plan")
    assert "nothing to roll out" in text
    config = scripts["kea2"]["config-get"]["arguments"]["Dhcp4"]
    config["subnet4"][0]["pools"][0]["pool"] = "192.0.2.90-192.0.2.199"
    code, text, _ = rolled(call, scripts, "--over-external", "kea2", "--plan")
    assert code == 0, text
    assert "kea2 reloads dhcp4" in text
    assert "kea1 reloads dhcp4" not in text


def test_a_build_that_nobody_knows_stops_it(call: Call, scripts: dict[str, Script]) -> None:
    del scripts["kea1"]["config-get"]["arguments"]["Dhcp4"]["user-context"]
    code, text, _ = rolled(call, scripts)
    assert code == 1
    assert "it is not known what was loaded" in text
    code, text, _ = rolled(call, scripts, "--over-external", "kea1", "--plan")
    assert code == 0, text
    assert "there is no way back for kea1" in text


def test_a_stale_tree_stops_it(call: Call, scripts: dict[str, Script]) -> None:
    write(f"valid-lifetime: 3h\n{SUBNET}")
    code, text, asked = rolled(call, scripts)
    assert code == 1
    assert "run `kea-hac build`" in text
    assert asked <= READS


def test_errors_of_the_spec_stop_it_before_anybody_is_asked(call: Call, scripts: dict[str, Script]) -> None:
    write(f"valid-lifetime: never\n{SUBNET}")
    code, text, asked = rolled(call, scripts)
    assert code == 1
    assert not asked
    assert "the spec has errors" in text
    with servers(scripts["kea1"], scripts["kea2"]) as (live, _):
        done = call("rollout", "spec.yaml", *live, "--format", "json")
    found = json.loads(done.out)
    assert done.code == 1
    assert found["findings"]
    Path("spec.yaml").unlink()
    assert rolled(call, scripts)[0] == 2


LIES: tuple[Any, ...] = (
    [{}],
    [[]],
    [None],
    {"Dhcp4": []},
    {"Dhcp4": {"subnet4": {}}},
    {"Dhcp4": {"user-context": {"kea-hac": [1]}}},
    {"high-availability": {"ha-servers": 1}},
    {"high-availability": [{"ha-servers": {"local": {"scopes": [{}]}}}]},
    {"date-time": "Thu, 99 Foo 99999 99:99:99 GMT"},
    {"date-time": {}},
    "text",
    10**18,
    None,
    True,
    ["config-get", {"config-reload": 1}],
)


@pytest.mark.parametrize("command", sorted(READS))
@pytest.mark.parametrize("lie", LIES, ids=json.dumps)
def test_a_server_that_lies_closes_a_gate(call: Call, scripts: dict[str, Script], command: str, lie: Any) -> None:
    """Whatever the arguments of any answer are, the gates name the server, and nothing is changed."""
    scripts["kea2"][command] = {"result": 0, "arguments": lie}
    code, text, asked = rolled(call, scripts, "--plan")
    assert "this is a bug" not in text
    if command not in (
        "config-test",
        "config-hash-get",
        "version-get",
        "statistic-get-all",
    ):  # of these only the result, or the text, counts, and of the last one comes a note only
        assert code == 1, text
        assert "STOP" in text
    assert asked <= READS


def test_a_journal_that_was_committed_is_not_followed(call: Call, scripts: dict[str, Script]) -> None:
    """It says what is sent to the servers: the author of a pull request is not to write it."""
    assert rolled(call, scripts, "--plan", "-o", "plan.json")[0] == 0
    folder = Path("build/.rollout/two")
    folder.mkdir(parents=True)
    Path("plan.json").rename(folder / "plan.json")
    (folder / "journal.jsonl").write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in (TURN,)))
    committed_all({"spec.yaml": Path("spec.yaml").read_text("utf-8")})
    git("add", "-f", "build")
    git("commit", "-qm", "journal")
    for options in ([], ["--plan"], ["--resume"], ["--back"]):
        code, text, asked = rolled(call, scripts, *options)
        assert code == 2
        assert "is committed to Git" in text
        assert not asked
    Path("elsewhere").mkdir()
    folder.rename("elsewhere/two")
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to("../elsewhere")
    git("add", "-A", "-f")
    git("commit", "-qm", "link")
    git("rm", "-rq", "--cached", "elsewhere")
    code, text, asked = rolled(call, scripts, "--resume")
    assert (code, asked) == (2, set())
    assert "is committed to Git" in text


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "5",
        "{",
        '{"event": "back"}',
        '{"event": "turn-done"}',
        '{"event": "turn-done", "turn": 1, "held": [[]]}',
        '{"event": "turn-done", "turn": 99, "held": []}',
        '{"event": "take", "handover": {}}',
        '{"event": "turn", "x',
    ],
)
def test_a_journal_that_no_rollout_wrote_is_not_followed(
    call: Call, scripts: dict[str, Script], line: str, tmp_path: Path
) -> None:
    with servers(scripts["kea1"], scripts["kea2"]) as (live, _):
        call("rollout", "spec.yaml", *live, "--copy", "false {dir}")
    journal = Path("build/.rollout/two/journal.jsonl")
    journal.write_text(journal.read_text() + f"{line}\n", "utf-8")
    for option in ("--resume", "--back"):
        code, text, _ = rolled(call, scripts, option)
        assert code == 2, text
        assert "it is not known what was done" in text
    done = call("diff", "spec.yaml", "--live", str(tmp_path))
    assert "this is a bug" not in done.err
    for name in ("journal.jsonl", "plan.json"):
        path = journal.with_name(name)
        path.unlink()
        path.symlink_to("/dev/zero")
        code, text, _ = rolled(call, scripts, "--resume")
        assert code == 2
        assert "symbolic links are not followed" in text
        path.unlink()
        os.mkfifo(path)
        code, text, _ = rolled(call, scripts, "--resume")
        assert code == 2
        assert "it is a FIFO" in text


def test_files_are_written_here_as_all_files_of_the_user_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed run left behind goes, and what somebody saves meanwhile stays."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "kea-dhcp4.conf").write_text("new")
    target = tmp_path / "etc" / "kea-dhcp4.conf"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o604)
    targets = {"kea-dhcp4.conf": target}
    with monkeypatch.context() as patch:
        patch.setattr(replacing, "_put", lambda *_: os._exit(9))
        child = os.fork()
        if not child:
            write_here(tmp_path / "new", targets)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(list(target.parent.iterdir())) > 1
    assert write_here(tmp_path / "new", targets) == [str(target)]
    assert list(target.parent.iterdir()) == [target]
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o604)
    assert write_here(tmp_path / "new", targets) == []
    put = replacing._put

    def saved_meanwhile(path: Path, *more: Any) -> None:
        path.write_text("mine")
        put(path, *more)

    target.write_text("old")
    monkeypatch.setattr(replacing, "_put", saved_meanwhile)
    with pytest.raises(CopyError, match="changed by somebody else meanwhile"):
        write_here(tmp_path / "new", targets)
    assert target.read_text() == "mine"
    target.unlink()
    os.mkfifo(target)
    with pytest.raises(CopyError, match="it is a FIFO"):
        write_here(tmp_path / "new", targets)


def test_a_line_that_was_cut_off_is_not_continued(tmp_path: Path) -> None:
    """The process was killed while it wrote: what is written after it is read."""
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b'{"event":"begin"}\n{"event":"tu')
    store = Store(tmp_path)
    with store.locked():
        store.record(TURN)
    assert store.progress() == Progress(begun=True)


def test_a_plan_is_executed_only_as_it_was_made(call: Call, scripts: dict[str, Script]) -> None:
    assert rolled(call, scripts, "--plan", "-o", "plan.json")[0] == 0
    content = Path("plan.json").read_text()
    Path("plan.json").write_text(content.replace('"patience": ', '"patience": 1'))
    code, text, asked = rolled(call, scripts, "--execute", "plan.json")
    assert code == 2
    assert "was changed after it was written" in text
    assert not asked
    Path("plan.json").write_text(content)
    config = scripts["kea2"]["config-get"]["arguments"]["Dhcp4"]
    tag = config["server-tag"]
    config["server-tag"] = "somebody"
    code, text, asked = rolled(call, scripts, "--execute", "plan.json", "--over-external", "kea2")
    assert code == 1
    assert "kea2 dhcp4 has another configuration than when the plan was made" in text
    config["server-tag"] = tag
    code, text, asked = rolled(call, scripts, "--execute", "plan.json", "--copy", "touch {dir}/x")
    assert code == 1
    assert "its options are others" in text
    assert asked <= READS


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"result": 0, "arguments": statistics(6400)}, "kea1 dhcp4 holds 6400 leases"),
        ({"result": 0, "arguments": statistics(4000)}, ""),
        ({"result": 0, "arguments": {"subnet[1].assigned-addresses": [["many"]], "subnet[2].assigned-nas": {}}}, ""),
        ({"result": 0, "arguments": [1]}, ""),
        ({"result": 2, "text": "not supported"}, ""),
    ],
)
def test_the_plan_states_where_a_page_of_leases_stops_a_server(
    call: Call, scripts: dict[str, Script], answer: Script, words: str
) -> None:
    scripts["kea1"]["statistic-get-all"] = answer
    code, text, _ = rolled(call, scripts, "--plan")
    assert code == 0
    assert (words or "up to 3 %") in text
    assert ("answers no client for up to 2.2 s" in text) == bool(words)
    assert ("`sync-page-limit: 500`" in text) == bool(words)


@pytest.mark.parametrize(("leases", "share"), [(6_000, 3), (24_000, 7), (100_000, 24)])
def test_the_plan_announces_more_where_a_server_has_many_leases_to_read(
    call: Call, scripts: dict[str, Script], leases: int, share: int
) -> None:
    scripts["kea1"]["statistic-get-all"] = {"result": 0, "arguments": statistics(leases)}
    code, text, _ = rolled(call, scripts, "--plan")
    assert code == 0
    assert f"up to {share} % of the clients that call meanwhile try again" in text
    assert (f"because kea1 dhcp4 holds {leases} leases" in text) == (share > 3)


def test_a_plan_with_other_numbers_of_leases_is_the_same_plan(call: Call, scripts: dict[str, Script]) -> None:
    assert rolled(call, scripts, "--plan", "-o", "plan.json")[0] == 0
    written = from_json(Path("plan.json").read_bytes(), "plan.json")
    assert differences(written, replace(written, notes=("kea1 dhcp4 holds 6400 leases",))) == ()
    assert differences(written, replace(written, copying="cp")) != ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--plan", "--back"], "cannot be used together"),
        (["--resume", "--back"], "cannot be used together"),
        (["-o", "plan.json"], "use it together with --plan"),
        (["--copy", "rsync {folder}"], "{folder} is no placeholder"),
        (["--copy", "rsync {server}"], "does not contain {dir}"),
        (["--copy", ""], "the command is empty"),
        (["--copy", "rsync '{dir}"], "cannot be split into words"),
        (["--over-external", "kea3"], "the spec has no server 'kea3'"),
        (["--execute", "none.json"], "none.json"),
        (["--execute", "spec.yaml"], "it is not JSON"),
        (["--back"], "no rollout of two is recorded"),
        (["--resume"], "no rollout of two is recorded"),
        (["--timeout", "0"], "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_run_is_2(call: Call, scripts: dict[str, Script], options: list[str], words: str) -> None:
    code, text, asked = rolled(call, scripts, *options)
    assert code == 2, text
    assert words in text
    assert not asked


def test_a_folder_is_no_spec(call: Call) -> None:
    done = call("rollout", ".", "--plan")
    assert (done.code, done.out) == (2, "")
    assert ".: name one spec" in done.err.replace(" is a folder", "")


def test_json_has_the_gates_and_the_plan(call: Call, scripts: dict[str, Script]) -> None:
    with servers(scripts["kea1"], scripts["kea2"]) as (live, _):
        done = call("rollout", "spec.yaml", *live, "--plan", "--format", "json")
    found = json.loads(done.out)
    assert (found["format"], found["exit-code"], found["gates-open"], found["outcome"]) == (1, 0, True, None)
    assert [each["servers"] for each in found["plan"]["turns"]] == [["kea2"], ["kea1"]]


def test_where_every_server_has_the_build_there_is_nothing_to_do(call: Call) -> None:
    write(NEW)
    assert call("build", "spec.yaml").code == 0
    found = {name: script(name) for name in ("kea1", "kea2")}
    code, text, asked = rolled(call, found)
    assert code == 0, text
    assert "nothing to roll out" in text
    assert asked <= READS
