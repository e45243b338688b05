"""`kea-hac diff` on saved answers: exit codes, formats, what it says when it could not look."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

import kea_hac
from kea_hac.drift.applied import Applied, fingerprint, record_applied
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from tests.cli.conftest import Call
from tests.documents import read
from tests.review.sites import committed_all, git
from tests.unit.compiler.pairs import pair

SUBNET = "subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{pool: 192.0.2.10 - 192.0.2.99}]}]"
Edit = Callable[[dict[str, Any]], None]


def spec(text: str = pair(f"valid-lifetime: 1h\n{SUBNET}")) -> None:
    Path("spec.yaml").write_text(text, "utf-8")


def save(**edits: Edit) -> None:
    """The answers of servers that loaded the spec as it is now, with what was done to them since."""
    made = kea_hac.compile_spec(Path("spec.yaml"))
    assert made.build is not None
    assert made.site is not None
    versions = {node.name: node for node in made.site.nodes}
    for artifact in made.build.artifacts:
        daemon = DAEMONS[artifact.name]
        assert artifact.tree is not None
        node = versions[artifact.server]
        config = copy.deepcopy(dict(predict(daemon, artifact.tree[daemon.top], node.version, node.platform)))
        edits.get(artifact.server, lambda _: None)(config)
        path = Path("live", artifact.server, f"kea-{daemon.name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([{"result": 0, "arguments": {daemon.top: config, "hash": "0"}}]), "utf-8")


def edited(config: dict[str, Any]) -> None:
    config["server-tag"] = "somebody"
    config["subnet4"][0]["pools"][0]["pool"] = "192.0.2.10-192.0.2.199"
    config["subnet4"][0]["reservations"].append({"hw-address": "08:00:27:00:00:01", "ip-address": "192.0.2.20"})


def test_in_sync(call: Call) -> None:
    spec()
    save()
    done = call("diff", "spec.yaml", "--live", "live")
    assert (done.code, done.out.splitlines()[0]) == (0, "two: in sync")
    assert "2 daemons compared" in done.err


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_every_format(call: Call, form: str, snapshot: SnapshotAssertion) -> None:
    spec()
    save(kea1=edited)
    done = call("diff", "spec.yaml", "--live", "live", "--format", form)
    assert done.code == 1
    assert "192.0.2.199" in done.out
    assert done.out == snapshot


def test_what_is_pending_is_shown_with_its_rounds_and_the_command(call: Call) -> None:
    """A subnet goes and another one comes: the order of the servers is that of `rollout --plan`."""
    spec(pair(SUBNET))
    save()
    assert call("build", "spec.yaml").code == 0
    assert "deploy" not in call("diff", "spec.yaml", "--live", "live").out
    spec(pair(SUBNET.replace("id: 1", "id: 2").replace("192.0.2.", "198.51.100.")))
    done = call("diff", "spec.yaml", "--live", "live")
    assert done.code == 1
    told = done.out.partition("to deploy what is pending: kea-hac rollout spec.yaml\n")[2].splitlines()[:2]
    assert told[0].startswith(
        "  dhcp4: round 1 of 2, kea2, then kea1, with both the old and the new subnets and pools; "
    )
    assert told[1].startswith("  dhcp4: round 2 of 2, kea1, then kea2; ")
    plan = read("json", call("diff", "spec.yaml", "--live", "live", "--format", "json").out)["deploy"]
    assert (plan["command"], plan["stopped-by"]) == ("kea-hac rollout spec.yaml", None)
    assert [each["servers"] for each in plan["rounds"]] == [["kea2", "kea1"], ["kea1", "kea2"]]
    markdown = call("diff", "spec.yaml", "--live", "live", "--format", "markdown").out
    assert "To deploy what is pending: `kea-hac rollout spec.yaml`.\n- dhcp4: round 1 of 2, kea2, then kea1" in markdown
    Path("live/kea1/kea-dhcp4.json").unlink()
    unread = call("diff", "spec.yaml", "--live", "live")
    assert "kea-hac rollout spec.yaml (it stops while kea1 could not be read)\n" in unread.out
    assert "round 1" not in unread.out, "what kea1 leases is unknown, and with it the order"


def test_what_both_servers_have_is_adopted_once(call: Call) -> None:
    """The servers' own changes are counted by server; a change of both is one edit of the spec, and stands once."""
    spec()
    save(kea1=edited, kea2=edited)
    done = call("diff", "spec.yaml", "--live", "live", "--adopt")
    assert done.code == 0
    told = done.out.partition("adopted:\n")[2].partition("written:")[0].splitlines()
    assert len(told) == 3
    assert all(line.startswith("  kea1 and kea2 dhcp4 ") for line in told)
    assert "3 changes adopted, 0 not adopted" in done.err
    written = done.out.partition("written: spec.yaml\n")[2]
    assert written.count("192.0.2.20") == 1, "one edit for both"


def test_fail_on(call: Call) -> None:
    spec()
    save(kea1=edited)
    assert call("diff", "spec.yaml", "--live", "live", "--fail-on", "pending").code == 0
    assert call("diff", "spec.yaml", "--live", "live", "--fail-on", "pending, external").code == 1
    wrong = call("diff", "spec.yaml", "--live", "live", "--fail-on", "drift")
    assert wrong.code == 2
    assert "any, or a list of external,conflict,pending,converged" in wrong.err


def test_without_a_base_a_difference_counts_whatever_was_asked(call: Call) -> None:
    spec()
    save(kea1=edited)
    done = call("diff", "spec.yaml", "--live", "live", "--base", "none", "--fail-on", "conflict")
    assert done.code == 1
    assert "the spec has" in done.out


def test_a_server_that_was_not_saved_is_2_and_the_other_is_told(call: Call) -> None:
    spec()
    save(kea2=edited)
    Path("live/kea1/kea-dhcp4.json").unlink()
    done = call("diff", "spec.yaml", "--live", "live")
    assert done.code == 2
    assert "not read: there is neither kea-dhcp4.json nor kea-dhcp4.conf in it" in done.out
    assert "external" in done.out


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_where_nothing_could_be_read_nothing_is_said_of_the_servers(call: Call, form: str) -> None:
    spec()
    Path("live").mkdir()
    done = call("diff", "spec.yaml", "--live", "live", "--format", form)
    assert done.code == 2
    assert "active (Micetro" not in done.out
    assert "Service down" not in done.out
    if form == "json":
        (truth,) = json.loads(done.out)["truth"]
        assert (truth["server"], truth["service"]) == (None, "unknown")
    elif form != "github":
        assert "kea1 could not be read, so it is unknown whether it serves" in done.out


def test_a_spec_with_errors_is_not_compared(call: Call) -> None:
    spec(pair("valid-lifetime: 1h\nvalid-lifetimes: 2h"))
    done = call("diff", "spec.yaml", "--live", "live")
    assert done.code == 2
    assert "unknown-key" in done.out
    assert "nothing was compared, because the spec has errors" in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--live", "nowhere"], "there is no folder nowhere"),
        (["--live", "kea9=http://192.0.2.1:8000/"], "the spec has no server 'kea9'"),
        (["--live", "live", "--base", "nowhere"], "--base nowhere: it has no manifest.json of the pair two"),
        (["--live", "live", "--key", "k.pem"], "--key needs --cert"),
    ],
)
def test_what_has_no_meaning_is_refused(call: Call, options: list[str], words: str) -> None:
    spec()
    save()
    done = call("diff", "spec.yaml", *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


SECRET = f"lease-database: {{type: mysql, name: kea, user: kea, password: !secret /etc/kea/db.json}}\n{SUBNET}"


def with_password(config: dict[str, Any]) -> None:
    config["lease-database"]["password"] = "hunter2-of-the-server"


def test_a_secret_is_skipped_unless_its_file_is_at_hand_and_never_shown(call: Call) -> None:
    spec(pair(SECRET))
    save(kea1=with_password, kea2=with_password)
    done = call("diff", "spec.yaml", "--live", "live")
    assert done.code == 0
    assert "the secret /etc/kea/db.json is not available" in done.out
    for text, code in (("hunter2-of-the-server", 0), ("another", 1)):
        Path("secrets/etc/kea").mkdir(parents=True, exist_ok=True)
        Path("secrets/etc/kea/db.json").write_text(json.dumps(text), "utf-8")
        found = call("diff", "spec.yaml", "--live", "live", "--secrets", "secrets", "--format", "json")
        assert found.code == code
        assert "hunter2" not in found.out + found.err
        assert "another" not in found.out + found.err


COMMENTED = pair(
    """
    valid-lifetime: 1h   # as the helpdesk wants it
    subnet4:
      # the first floor
      - id: 1
        subnet: 192.0.2.0/24
        interface: lan
        pools: [{pool: 192.0.2.10 - 192.0.2.99}]   # grows in spring
    """
)


def test_adopt_writes_what_was_changed_and_touches_no_other_line(call: Call) -> None:
    spec(COMMENTED)
    save(kea1=edited)
    before = Path("spec.yaml").read_text("utf-8").splitlines()
    done = call("diff", "spec.yaml", "--live", "live", "--adopt")
    assert done.code == 0
    assert "3 changes adopted, 0 not adopted; review the edits, then run kea-hac build" in done.err
    after = Path("spec.yaml").read_text("utf-8").splitlines()
    (pools,) = [line for line in after if "pools:" in line]
    assert pools.endswith("[{pool: 192.0.2.10 - 192.0.2.199}]   # before the change on the server: grows in spring")
    assert [line for line in before if line not in after] == [line for line in before if "pools:" in line]
    assert any("server-tag: somebody" in line for line in after)
    again = call("diff", "spec.yaml", "--live", "live", "--base", "none")
    assert (again.code, again.out.count("kea1 dhcp4: in sync")) == (1, 1)  # the other server does not have it yet
    text = Path("spec.yaml").read_text("utf-8")
    assert call("diff", "spec.yaml", "--live", "live", "--base", "none", "--adopt", "--prefer", "spec").code == 0
    assert Path("spec.yaml").read_text("utf-8") == text


def test_every_line_that_adopt_writes_is_shown(call: Call) -> None:
    spec(COMMENTED)
    save(kea1=edited)
    before = Path("spec.yaml").read_text("utf-8").splitlines()
    out = call("diff", "spec.yaml", "--live", "live", "--adopt").out
    after = Path("spec.yaml").read_text("utf-8").splitlines()
    shown = out.partition("written: spec.yaml\n")[2].splitlines()
    gone = [(int(line.split()[0]), line.partition(" - ")[2]) for line in shown if " - " in line[:10]]
    come = [(int(line.split()[0]), line.partition(" + ")[2]) for line in shown if " + " in line[:10]]
    assert [line for _, line in gone] == [line for line in before if line not in after]
    assert all(before[number - 1] == line for number, line in gone)
    assert [line for _, line in come] == [line for line in after if line not in before]
    assert all(after[number - 1] == line for number, line in come)


def test_what_is_written_besides_is_named(call: Call) -> None:
    """Somebody edited what config-get answers and sent it back: the subnet keeps the value that it inherited."""
    spec(COMMENTED)
    save(kea1=lambda config: config.__setitem__("valid-lifetime", 7200))
    done = call("diff", "spec.yaml", "--live", "live", "--adopt")
    assert done.code == 0, done.out
    assert "written besides:\n  set valid-lifetime to 1h in dhcp4.subnet4[0]: the servers keep this value" in done.out
    spec(COMMENTED)
    made = json.loads(call("diff", "spec.yaml", "--live", "live", "--adopt", "--format", "json").out)
    assert [(each["what"], each["places"]) for each in made["besides"]] == [
        ("set valid-lifetime to 1h", ["dhcp4.subnet4[0]"])
    ]


def test_servers_that_were_changed_differently(call: Call) -> None:
    """Nobody's word is taken before somebody says whose."""

    def ending(last: int) -> Edit:
        return lambda config: config["subnet4"][0]["pools"][0].__setitem__("pool", f"192.0.2.10-192.0.2.{last}")

    spec(COMMENTED)
    save(kea1=ending(110), kea2=ending(120))
    options = ("diff", "spec.yaml", "--live", "live", "--adopt")
    done = call(*options)
    assert (done.code, Path("spec.yaml").read_text("utf-8")) == (1, COMMENTED)
    assert done.out.count("name the server whose value to use: --prefer kea1 or --prefer kea2") == 2
    assert call(*options, "--prefer", "live").code == 1
    assert Path("spec.yaml").read_text("utf-8") == COMMENTED
    assert call(*options, "--prefer", "kea2").code == 1
    assert "192.0.2.10 - 192.0.2.120" in Path("spec.yaml").read_text("utf-8")


@pytest.mark.parametrize(("said", "words"), [("keaa1", "did you mean kea1?"), ("Live", "also accepts live or spec")])
def test_a_preference_that_is_none(call: Call, said: str, words: str) -> None:
    spec(COMMENTED)
    save(kea1=edited)
    done = call("diff", "spec.yaml", "--live", "live", "--adopt", "--prefer", said)
    assert done.code == 2
    assert "--prefer: the spec has no server" in done.err
    assert words in done.err
    assert Path("spec.yaml").read_text("utf-8") == COMMENTED


def test_adopting_nothing_edits_nothing(call: Call) -> None:
    spec(COMMENTED)
    save()
    done = call("diff", "spec.yaml", "--live", "live", "--adopt")
    assert (done.code, Path("spec.yaml").read_text("utf-8")) == (0, COMMENTED)
    assert "nothing to adopt" in done.out


def test_what_differs_without_a_base_is_adopted_only_when_somebody_says_whose_word_holds(call: Call) -> None:
    spec(COMMENTED)
    save(kea1=edited, kea2=edited)
    options = ("diff", "spec.yaml", "--live", "live", "--base", "none", "--adopt", "--format", "json")
    done = call(*options)
    assert done.code == 1
    assert {each["path"] for each in json.loads(done.out)["refused"]} >= {"server-tag"}
    assert Path("spec.yaml").read_text("utf-8") == COMMENTED
    assert call(*options, "--prefer", "live").code == 0
    assert call("diff", "spec.yaml", "--live", "live").code == 0
    wrong = call("diff", "spec.yaml", "--live", "live", "--prefer", "live")
    assert (wrong.code, "use it together with --adopt" in wrong.err) == (2, True)


@pytest.mark.parametrize("tracked", [False, True])
def test_a_record_of_a_rollout_that_was_committed_is_not_believed(call: Call, tracked: bool) -> None:
    """The record, and the build that it names, would make a change on a server one that was loaded."""
    spec()
    save()
    loaded = json.loads(Path("live/kea1/kea-dhcp4.json").read_text("utf-8"))[0]["arguments"]["Dhcp4"]
    spec(pair(f"valid-lifetime: 1h\n{SUBNET.replace('.99', '.199')}"))
    call("build", "spec.yaml")
    folder = Path("build/.rollout/two")
    folder.mkdir(parents=True)
    (folder / "builds").mkdir()
    Path("build/two").rename(folder / "builds" / "1")
    name = json.loads((folder / "builds/1/manifest.json").read_text())["files"]["kea1/kea-dhcp4.conf"]["build"]
    spec()
    loaded["subnet4"][0]["pools"][0]["pool"] = "192.0.2.10-192.0.2.199"
    save(kea1=lambda config: config["subnet4"][0]["pools"][0].update(pool="192.0.2.10-192.0.2.199"))
    record_applied(folder, "kea1", "dhcp4", Applied(name, fingerprint(loaded)))
    committed_all({"spec.yaml": Path("spec.yaml").read_text("utf-8")})
    if tracked:
        git("add", "-f", "build")
        git("commit", "-qm", "record")
    done = call("diff", "spec.yaml", "--live", "live")
    assert ("external" in done.out, "pending" in done.out) == (tracked, not tracked), done.out
