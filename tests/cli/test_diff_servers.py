"""`kea-hac diff` against servers that answer, and against one that does anything else while its partner is compared all the same."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any

import orjson
import pytest

import kea_hac
from kea_hac.drift.diffing import expected_hashes
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from tests.cli.conftest import Call
from tests.cli.test_diff import edited, save, spec
from tests.unit.live.fakes import OLD, Act, answers, http, listening, request, says

WORD = "horse-battery-staple"


@pytest.fixture(autouse=True)
def _operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEA_HAC_USER", "operator")
    monkeypatch.setenv("KEA_HAC_PASSWORD", WORD)


def in_mode(server: str) -> Mapping[str, Any]:
    """What a server of a hot-standby pair reports that is in its normal state."""
    roles = {"kea1": "primary", "kea2": "standby"}
    scopes = {"kea1": ["kea1"], "kea2": []}
    (partner,) = {*roles} - {server}
    return {
        "ha-mode": "hot-standby",
        "ha-servers": {
            "local": {"server-name": server, "role": roles[server], "scopes": scopes[server], "state": "hot-standby"},
            "remote": {
                "server-name": partner,
                "role": roles[partner],
                "age": 3,
                "in-touch": True,
                "communication-interrupted": False,
                "last-scopes": scopes[partner],
                "last-state": "hot-standby",
                "unacked-clients": 0,
                "unacked-clients-left": 0,
            },
        },
    }


def healthy(server: str, version: str = "2.6.3") -> Mapping[str, Any]:
    """What an agent answers before a daemon that holds what the spec says now."""
    made = kea_hac.compile_spec(Path("spec.yaml"))
    assert made.build is not None
    assert made.site is not None
    node = next(each for each in made.site.nodes if each.name == server)
    (artifact,) = (each for each in made.build.artifacts if each.server == server and each.name in DAEMONS)
    daemon = DAEMONS[artifact.name]
    assert artifact.tree is not None
    config = predict(daemon, artifact.tree[daemon.top], node.version, node.platform)
    digest = expected_hashes(made.site, made.build, lambda _: None)[server, daemon.name]
    return {
        "config-get": json.loads(orjson.dumps({"result": 0, "arguments": {daemon.top: config, "hash": digest}})),
        "config-hash-get": {"result": 0, "arguments": {"hash": digest}},
        "status-get": {"result": 0, "arguments": OLD | {"high-availability": [in_mode(server)]}},
        "version-get": {"result": 0, "text": version},
        "ha-heartbeat": {"result": 0, "arguments": {"date-time": formatdate(usegmt=True), "state": "hot-standby"}},
    }


def at(server: str, port: int) -> str:
    return f"{server}=http://127.0.0.1:{port}/"


def test_a_quiet_pair_is_never_asked_for_its_configuration(call: Call) -> None:
    spec()
    seen: list[dict[str, Any]] = []
    with listening(answers(healthy("kea1"), seen)) as one, listening(answers(healthy("kea2"), seen)) as two:
        done = call("diff", "spec.yaml", "--live", at("kea1", one), "--live", at("kea2", two))
    assert done.code == 0, done.out + done.err
    assert {message["command"] for message in seen} == {"config-hash-get", "status-get", "version-get", "ha-heartbeat"}
    assert WORD not in done.out + done.err


def _silent(connection: socket.socket) -> None:
    request(connection)
    connection.settimeout(30)
    connection.recv(1)


def _huge(connection: socket.socket) -> None:
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n[")
    for _ in range(200):
        connection.sendall(b" " * (1 << 20))


def _shouting(connection: socket.socket) -> None:
    head, _ = request(connection)
    connection.sendall(http(json.dumps({"result": 1, "text": f"{head} {WORD}"}).encode()))


HOSTILE: dict[str, tuple[Act, str]] = {
    "wrong password": (says(http(b"", "401 Unauthorized")), "KEA_HAC_USER is not accepted by the server"),
    "silence": (_silent, "no answer within 0.5 s"),
    "garbage": (says(http(b'{"result": 0, "argu')), "is not complete JSON"),
    "200 MB": (_huge, "more than 67,108,864 bytes"),
    "no HTTP": (says(b"SSH-2.0-OpenSSH_9.6\r\n"), "is not HTTP"),
    "repeats what it hears": (_shouting, "********"),
    "daemon down": (
        says(http(b'[{"result": 1, "text": "unable to forward command to the dhcp4 service: Connection refused"}]')),
        "the daemon behind it does not",
    ),
}


@pytest.mark.parametrize(
    ("case", "form"),
    [
        *((case, "text") for case in HOSTILE),
        *(("repeats what it hears", form) for form in ("json", "markdown", "github")),
    ],
)
def test_a_server_that_cannot_be_read_does_not_hide_its_partner(call: Call, case: str, form: str) -> None:
    act, words = HOSTILE[case]
    spec()
    save(kea2=edited)
    timeout = "0.5" if case == "silence" else "20"
    with listening(act) as port:
        done = call(
            "diff", "spec.yaml", "--live", "live", "--live", at("kea1", port), "--timeout", timeout, "--format", form
        )
    assert done.code == 2
    said = (done.out + done.err).replace("\\", "")
    assert words in said, said
    assert "192.0.2.199" in done.out, "what was changed on the partner"
    assert WORD not in said
    assert "Traceback" not in said
    assert "bug" not in done.err


def test_a_password_of_several_words_is_named_as_a_cause(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kea 2.6.3 accepts "correct" where the file holds "correct horse", and nothing else."""
    monkeypatch.setenv("KEA_HAC_PASSWORD", "correct horse")
    spec()
    save(kea2=edited)
    with listening(says(http(b"", "401 Unauthorized"))) as port:
        done = call("diff", "spec.yaml", "--live", "live", "--live", at("kea1", port))
    assert done.code == 2
    assert "Kea reads the first word only of a user-file or password-file" in " ".join((done.out + done.err).split())
    assert "horse" not in done.out + done.err


@pytest.mark.parametrize("name", ["diff", "report"])
def test_ctrl_c_does_not_wait_for_a_silent_server(name: str) -> None:
    spec()
    asked = threading.Event()

    def act(connection: socket.socket) -> None:
        request(connection)
        asked.set()
        connection.settimeout(3600)
        connection.recv(1)  # until the command ends

    with listening(act) as port:
        both = ["--live", at("kea1", port), "--live", at("kea2", port)]
        command = [sys.executable, "-m", "kea_hac", name, "spec.yaml", *both, "--timeout", "3600"]
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert asked.wait(300)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert b"interrupted" in err
