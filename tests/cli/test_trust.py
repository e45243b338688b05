"""Who is asked, and who hears the operator's password, when somebody else wrote the spec."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

import kea_hac
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from kea_hac.live import channels, http
from tests.cli.conftest import Call
from tests.unit.live.fakes import OLD, listening, request
from tests.unit.live.fakes import http as as_http

WORD = "horse-battery-staple"
SPEC = """\
kea-hac: 1
pair: campus
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: eth0}}
high-availability:
  mode: hot-standby
  max-unacked-clients: 5
  listener: {dhcp4: 8001}
control-agent:
  http-port: 8000
  authentication: {type: basic, clients: [{user-file: u, password-file: p}]}
dhcp4:
  valid-lifetime: 4h
  subnet4:
    - {id: 10, subnet: 192.0.2.0/24, interface: lan, pools: [{pool: 192.0.2.100 - 192.0.2.199}]}
"""
TLS = SPEC.replace(
    "  http-port: 8000\n",
    '  http-port: 8000\n  trust-anchor: /etc/kea/ca.pem\n  cert-file: "/etc/kea/{server}.pem"\n  key-file: "/etc/kea/{server}.key"\n',
)
SOCKETS = (
    SPEC.replace("kea: 2.6", "kea: 3.0")
    .replace(re.search(r"control-agent:\n(  .*\n)+", SPEC)[0], "")  # type: ignore[index]
    .replace(
        "  valid-lifetime: 4h\n",
        "  valid-lifetime: 4h\n  control-sockets:\n    - {socket-type: unix, socket-name: kea4-ctrl-socket}\n"
        '    - {socket-type: http, socket-address: "{address}", socket-port: 8004,\n'
        "       authentication: {type: basic, clients: [{user-file: u, password-file: p}]}}\n",
    )
)


class Net:
    """Every host and port is one server of this machine, which says who was dialled and what was heard there."""

    def __init__(self) -> None:
        self.heard: dict[str, list[str]] = {}
        self.dialled = ""
        self.strict = False
        """Whether a password is wanted, as Kea does it: 401."""

    def act(self, connection: socket.socket) -> None:
        where = self.dialled
        head, body = request(connection)
        self.heard.setdefault(where, []).append(head)
        if self.strict and "Authorization: Basic " not in head:
            connection.sendall(as_http(b"", "401 Unauthorized"))
            return
        message = json.loads(body)
        (service,) = message.get("service") or ["ctrl-agent"]
        answer = _held(where, service)
        script: dict[str, Any] = {
            "config-get": {"result": 0, "arguments": answer},
            "config-hash-get": {"result": 2, "text": "not supported"},
            "status-get": {"result": 0, "arguments": OLD},
            "version-get": {"result": 0, "text": "2.6.3"},
        }
        connection.sendall(
            as_http(
                orjson.dumps(
                    [script[message["command"]]], default=lambda _: "secret", option=orjson.OPT_PASSTHROUGH_DATACLASS
                )
            )
        )

    @property
    def asked(self) -> set[str]:
        """host:port of everybody who was dialled."""
        return set(self.heard)

    @property
    def told(self) -> set[str]:
        """Those that heard the password."""
        return {where for where, heads in self.heard.items() if any("Authorization" in head for head in heads)}


def _held(where: str, daemon: str) -> Any:
    """What the daemon of the server at an address holds: what the spec says."""
    made = kea_hac.compile_spec(Path("spec.yaml"))
    assert made.build is not None
    assert made.site is not None
    nodes = {node.name: node for node in made.site.nodes}
    server = (
        "kea2"
        if where.startswith(str(nodes["kea2"].server_families["dhcp4"].address)) and "kea2" in nodes
        else next(iter(nodes))
    )
    for artifact in made.build.artifacts:
        known = DAEMONS[artifact.name]
        if (artifact.server, known.name) == (server, daemon):
            assert artifact.tree is not None
            return {known.top: predict(known, artifact.tree[known.top], nodes[server].version, nodes[server].platform)}
    raise AssertionError(where, daemon)


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Iterator[Net]:
    made = Net()
    monkeypatch.setattr(channels, "is_local", lambda address: False)
    monkeypatch.setattr("kea_hac.live.gather.started", lambda work: False)
    monkeypatch.setenv("KEA_HAC_USER", "operator")
    monkeypatch.setenv("KEA_HAC_PASSWORD", WORD)
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    with listening(made.act) as port:

        def dial(host: str, to: int, *_: object) -> socket.socket:
            made.dialled = f"[{host}]:{to}" if ":" in host else f"{host}:{to}"
            return socket.create_connection(("127.0.0.1", port))

        monkeypatch.setattr(http, "tcp", dial)
        yield made


def git(*arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def built(call: Call, text: str) -> None:
    """The spec and its build, as an author makes them."""
    Path("spec.yaml").write_text(text, "utf-8")
    done = call("build", "spec.yaml")
    assert done.code == 0, done.out


def committed(call: Call, text: str) -> None:
    """What the others have: main, with the spec and its build."""
    git("init", "-q", "-b", "main")
    built(call, text)
    git("add", "-A")
    git("commit", "-qm", "base")


def proposed(call: Call, text: str, *, commit: bool = True) -> None:
    """What a pull request brings: another spec and its build, checked out."""
    git("checkout", "-q", "-b", "proposal")
    built(call, text)
    if commit:
        git("add", "-A")
        git("commit", "-qm", "proposal")


def test_what_is_unchanged_is_asked_with_the_password(call: Call, net: Net) -> None:
    for text, places in (
        (SPEC, {"192.0.2.11:8000", "192.0.2.12:8000"}),
        (SOCKETS, {"192.0.2.11:8004", "192.0.2.12:8004"}),
    ):
        net.heard.clear()
        shutil.rmtree(".git", ignore_errors=True)
        committed(call, text)
        done = call("diff", "spec.yaml", "--allow-plain-http")
        assert done.code in (0, 1), done.out + done.err
        assert net.asked == net.told == places


def _moved(text: str, *, old: str = "address: 192.0.2.11", new: str = "address: 203.0.113.66") -> str:
    assert old in text
    return text.replace(old, new)


CHANGES: dict[str, tuple[str, str]] = {
    "address": (SPEC, _moved(SPEC)),
    "address and no TLS": (TLS, _moved(SPEC)),
    "no TLS": (TLS, SPEC),
    "TLS": (SPEC, TLS),
    "another authority": (TLS, TLS.replace("/etc/kea/ca.pem", "/etc/kea/other.pem")),
    "port": (SPEC, SPEC.replace("http-port: 8000", "http-port: 8999")),
    "control-address": (
        SPEC,
        SPEC.replace("address: 192.0.2.11,", "address: 192.0.2.11, control-address: 203.0.113.66,"),
    ),
    "all addresses, and then another": (
        SPEC.replace("address: 192.0.2.11,", 'address: 192.0.2.11, control-address: "0.0.0.0",'),
        SPEC.replace("address: 192.0.2.11,", 'address: 203.0.113.66, control-address: "0.0.0.0",'),
    ),
    "another server's": (
        SPEC,
        SPEC.replace("192.0.2.11,", "192.0.2.1x,")
        .replace("192.0.2.12,", "192.0.2.11,")
        .replace("192.0.2.1x,", "192.0.2.12,"),
    ),
    "another name": (SPEC, SPEC.replace("kea1", "kea9")),
    "IPv6": (SPEC, SPEC.replace("address: 192.0.2.11,", 'address: "::ffff:203.0.113.66",')),
    "a socket's address": (SOCKETS, _moved(SOCKETS)),
    "a socket's port": (SOCKETS, SOCKETS.replace("8004", "8999")),
    "sockets instead of the agent": (SPEC, SOCKETS),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_a_proposal_changes_is_not_asked(case: str, call: Call, net: Net) -> None:
    before, after = CHANGES[case]
    committed(call, before)
    proposed(call, after)
    done = call("diff", "spec.yaml", "--allow-plain-http")
    assert done.code == 2
    partner = {"192.0.2.12:8000", "192.0.2.12:8004"} if case != "another server's" else set()
    assert net.asked <= partner
    assert "not asked: " in done.out
    name = "kea9" if case == "another name" else "kea1"
    assert f"use --trust {name}" in done.out
    if "trust-anchor" in after:
        return  # the servers of this test speak no TLS
    net.heard.clear()
    done = call("diff", "spec.yaml", "--allow-plain-http", "--trust", name, "--trust", "kea2")
    assert len(net.told) == 2, done.out
    assert done.code in (0, 1)


def test_a_build_on_the_disk_is_no_word_for_anybody(call: Call, net: Net) -> None:
    committed(call, SPEC)
    proposed(call, _moved(SPEC), commit=False)
    done = call("diff", "spec.yaml", "--allow-plain-http")
    assert (done.code, net.asked) == (2, {"192.0.2.12:8000"})


def test_the_partner_is_compared_and_the_other_is_named(call: Call, net: Net) -> None:
    committed(call, SPEC)
    proposed(call, _moved(SPEC))
    done = call("diff", "spec.yaml", "--allow-plain-http", "--format", "json")
    said = json.loads(done.out)
    assert {(each["server"], each["trouble"]) for each in said["unread"]} == {("kea1", "not-asked")}
    assert "kea2" in said["servers"]
    assert net.asked == {"192.0.2.12:8000"}
    reason = said["unread"][0]["reason"]
    assert "http://192.0.2.11:8000/" in reason, "what it was before"
    assert "commit " in reason


@pytest.mark.parametrize("given", ["address", "name", "default", "environment"])
def test_without_a_base_only_a_named_address_is_told(
    given: str, call: Call, net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first diff: nothing is committed that could be compared with."""
    net.strict = True
    built(call, SPEC)
    options: list[str] = []
    if given != "environment":
        monkeypatch.delenv("KEA_HAC_USER")
        monkeypatch.delenv("KEA_HAC_PASSWORD")
        who = {"address": "machine 192.0.2.11", "name": "machine kea1", "default": "default"}[given]
        Path("netrc").write_text(f"{who} login operator password {WORD}\n", "utf-8")
        Path("netrc").chmod(0o600)
        options = ["--credentials", "netrc"]
    done = call("diff", "spec.yaml", "--allow-plain-http", *options)
    assert done.code == 2
    assert net.asked == {"192.0.2.11:8000", "192.0.2.12:8000"}
    assert net.told == ({"192.0.2.11:8000"} if given == "address" else set())
    assert "which was not sent, because it is not certain that this is kea2: use --trust kea2" in done.out
    done = call("diff", "spec.yaml", "--allow-plain-http", *options, "--trust", "kea1", "--trust", "kea2")
    assert "192.0.2.11:8000" in net.told


def test_an_address_in_the_credentials_is_no_word_for_a_moved_server(call: Call, net: Net) -> None:
    committed(call, SPEC)
    proposed(call, _moved(SPEC))
    Path("netrc").write_text(f"machine kea1 login operator password {WORD}\n", "utf-8")
    Path("netrc").chmod(0o600)
    done = call("diff", "spec.yaml", "--allow-plain-http", "--credentials", "netrc")
    assert done.code == 2
    assert net.asked == {"192.0.2.12:8000"}


def test_live_is_the_users_own_word(call: Call, net: Net) -> None:
    committed(call, SPEC)
    proposed(call, _moved(SPEC))
    done = call("diff", "spec.yaml", "--allow-plain-http", "--live", "kea1=http://[2001:db8::1]:8000/")
    assert done.code in (0, 1), done.out
    assert net.told == {"[2001:db8::1]:8000", "192.0.2.12:8000"}


def _clone(branch: str = "main") -> None:
    """Those who ask work in a clone: what is theirs alone is on their own branch."""
    git("branch", "-M", branch)
    git("clone", "-q", "--bare", ".", "origin.git")
    git("remote", "add", "origin", "./origin.git")
    git("fetch", "-q", "origin")


@pytest.mark.parametrize("how", ["main", "master", "default", "CI"])
def test_the_branch_that_others_have_counts(how: str, call: Call, net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what is checked out: a commit on main itself that was not pushed is no more known than any other."""
    committed(call, SPEC)
    branch = {"main": "main", "master": "master"}.get(how, "production")
    _clone(branch)
    if how == "default":
        git("remote", "set-head", "origin", branch)
    elif how == "CI":
        monkeypatch.setenv("GITHUB_BASE_REF", branch)
    assert call("diff", "spec.yaml", "--allow-plain-http").code in (0, 1)
    assert len(net.told) == 2
    net.heard.clear()
    built(call, _moved(SPEC))
    git("add", "spec.yaml", "build")
    git("commit", "-qm", "mine alone")
    done = call("diff", "spec.yaml", "--allow-plain-http")
    assert (done.code, net.asked) == (2, {"192.0.2.12:8000"})


def test_the_only_remote_counts_whatever_its_name_is(call: Call, net: Net) -> None:
    committed(call, SPEC)
    _clone()
    git("remote", "rename", "origin", "upstream")
    assert call("diff", "spec.yaml", "--allow-plain-http").code in (0, 1)
    assert len(net.told) == 2


def test_a_clone_without_the_others_branch_has_no_base(call: Call, net: Net) -> None:
    """As CI makes it of one commit: nobody knows what the others have."""
    committed(call, SPEC)
    _clone("feature")
    assert call("diff", "spec.yaml", "--allow-plain-http").code in (0, 1)
    assert net.asked == {"192.0.2.11:8000", "192.0.2.12:8000"}
    assert net.told == set()


def test_what_plain_http_does_is_said_once(call: Call, net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "is_loopback", lambda address: False)
    net.strict = True
    committed(call, SPEC)
    done = call("diff", "spec.yaml")
    assert (done.code, net.told) == (2, set())
    assert done.err.count("--allow-plain-http if only you use that network") == 1
    assert done.out.count("not sent over plain HTTP: use --allow-plain-http") == 4, "two servers, each with an agent"
    done = call("diff", "spec.yaml", "--allow-plain-http")
    assert len(net.told) == 2
    assert "only you use that network" not in done.err


def test_a_wrong_name_is_refused_before_anybody_is_asked(call: Call, net: Net) -> None:
    built(call, SPEC)
    done = call("diff", "spec.yaml", "--trust", "kea3")
    assert done.code == 2
    assert "--trust: the spec has no server 'kea3'; it has kea1, kea2" in done.err
    assert net.asked == set()


def test_a_tampered_file_in_the_commit_is_no_word_for_anybody(call: Call, net: Net) -> None:
    committed(call, SPEC)
    path = Path("build/campus/kea1/kea-ctrl-agent.conf")
    path.write_text(path.read_text("utf-8").replace("192.0.2.11", "203.0.113.66"), "utf-8")
    git("commit", "-qam", "by hand")
    Path("spec.yaml").write_text(_moved(SPEC), "utf-8")
    done = call("diff", "spec.yaml", "--allow-plain-http")
    assert done.code == 2
    assert "203.0.113.66:8000" not in net.asked


def _submodule(path: str, folder: Path) -> None:
    """Somebody's repository, whose main has the files of `folder`, as a submodule: its `.git` is what a recursive checkout makes."""
    git("-C", str(folder), "init", "-q", "-b", "main")
    git("-C", str(folder), "add", "-A")
    git("-C", str(folder), "commit", "-qm", "main")
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(folder), path)
    git("add", "-A")
    git("commit", "-qm", "submodule")


@pytest.mark.parametrize("setting", [False, True])
def test_a_submodule_does_not_vouch_for_itself(
    setting: bool, call: Call, net: Net, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A proposal can make any repository a submodule, with a main of its own."""
    committed(call, SPEC)
    git("checkout", "-q", "-b", "proposal")
    built(call, _moved(SPEC))
    other = tmp_path_factory.mktemp("other") / "build"
    shutil.copytree("build", other)
    if not setting:
        git("rm", "-rq", "--cached", "build")
        shutil.rmtree("build")
    _submodule("theirs" if setting else "build", other)
    arguments = ["--output", "theirs"] if setting else []
    call("diff", "spec.yaml", "--allow-plain-http", *arguments)
    assert net.told == set()


def test_a_submodule_that_the_others_record_is_trusted(
    call: Call, net: Net, tmp_path_factory: pytest.TempPathFactory
) -> None:
    git("init", "-q", "-b", "main")
    built(call, SPEC)
    folder = tmp_path_factory.mktemp("own") / "build"
    shutil.move("build", folder)
    _submodule("build", folder)
    assert call("diff", "spec.yaml", "--allow-plain-http").code in (0, 1)
    assert net.told == {"192.0.2.11:8000", "192.0.2.12:8000"}
    net.heard.clear()
    built(call, _moved(SPEC))
    git("-C", "build", "add", "-A")
    git("-C", "build", "commit", "-qm", "on the submodule's own main")
    for base in ([], ["--base", "git:main"]):
        done = call("diff", "spec.yaml", "--allow-plain-http", *base)
        assert done.code == 2
        assert "203.0.113.66:8000" not in net.asked


@pytest.mark.parametrize("base", ["build", "git:HEAD", "git:proposal", "git:main", "none"])
def test_to_compare_with_a_build_is_not_to_trust_it(base: str, call: Call, net: Net) -> None:
    committed(call, SPEC)
    proposed(call, _moved(SPEC))
    done = call("diff", "spec.yaml", "--allow-plain-http", "--base", base)
    assert (done.code, net.asked) == (2, {"192.0.2.12:8000"})
    assert "not asked: its address" in done.out


def test_an_older_build_of_the_shared_branch_counts_where_base_names_it(call: Call, net: Net) -> None:
    """The servers still have what was deployed before the last merge."""
    committed(call, SPEC)
    git("tag", "deployed")
    built(call, _moved(SPEC))
    git("commit", "-qam", "merged")
    Path("spec.yaml").write_text(SPEC, "utf-8")
    done = call("diff", "spec.yaml", "--allow-plain-http", "--base", "git:deployed")
    assert done.code in (0, 1), done.out
    assert net.told == {"192.0.2.11:8000", "192.0.2.12:8000"}


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_no_password_is_in_any_output(form: str, call: Call, net: Net) -> None:
    committed(call, SPEC)
    before = net.act

    def echo(connection: socket.socket) -> None:
        head, _ = request(connection)
        words = f"{head} {WORD}"
        config = {
            "Dhcp4": {
                "control-socket": {"socket-type": "unix", "socket-name": "x"},
                "boot-file-name": words,
                words: words,
            }
        }
        connection.sendall(
            as_http(json.dumps([{"result": 0, "text": words, "arguments": {**config, "hash": words}}]).encode())
        )

    net.act = echo  # type: ignore[method-assign]
    with listening(echo) as port:
        done = call("diff", "spec.yaml", "--live", f"kea1=http://127.0.0.1:{port}/", "--format", form)
    net.act = before  # type: ignore[method-assign]
    assert WORD not in done.out + done.err
    assert "b3BlcmF0b3I6" not in done.out + done.err
    assert "Traceback" not in done.err
