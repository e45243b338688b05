"""What healthy servers answer becomes a value; a server that is about to die is not believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, DHCP4
from kea_hac.kea.hidden import Hidden
from kea_hac.live.access import Access, Credential
from kea_hac.live.endpoint import Http, Live, Trouble, Unix, Unread
from tests.unit.live.fakes import CONFIG, HASH, OLD, answers, asked, at, http, kea, listening, listening_unix

WORD = "horse-battery-staple"
YOUNG = {"pid": 7, "uptime": 0, "reload": 0}


def status(**arguments: Any) -> dict[str, Any]:
    return {"result": 0, "arguments": arguments}


def in_turn(*said: Any) -> Callable[[], Any]:
    """One after the other, the last for ever."""
    left = list(said)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_an_agent_is_asked_by_service_and_its_answer_is_whole() -> None:
    seen: list[dict[str, Any]] = []
    with listening(answers(kea(), seen)) as port:
        found = asked(at(port))
    assert found == Live(
        "kea1",
        DHCP4,
        CONFIG["Dhcp4"],
        "2.6.3",
        HASH,
        OLD,
        f"control agent http://127.0.0.1:{port}/",
        None,
        (),
        as_shown=True,
    )
    assert seen == [{"command": name, "service": ["dhcp4"]} for name in ("config-get", "status-get", "version-get")]


def test_the_agent_itself_and_a_socket_are_asked_without_service() -> None:
    seen: list[dict[str, Any]] = []
    script = kea(config_get={"result": 0, "arguments": {"Control-agent": {"http-port": 8000}}})
    with listening(answers(script, seen)) as port:
        found = asked(Http(f"http://127.0.0.1:{port}/", None), daemon=CTRL_AGENT)
    assert isinstance(found, Live)
    assert found.config == {"http-port": 8000}
    assert {"service" in message for message in seen} == {False}

    def act(connection: Any) -> None:
        connection.sendall(json.dumps(kea()[json.loads(connection.recv(4096))["command"]]).encode())

    with listening_unix(act) as path:
        found = asked(Unix(path))
    assert isinstance(found, Live)
    assert (found.config, found.version, found.source) == (CONFIG["Dhcp4"], "2.6.3", f"unix socket {path}")


def test_the_expected_hash_makes_it_two_small_requests() -> None:
    seen: list[dict[str, Any]] = []
    with listening(answers(kea(), seen)) as port:
        found = asked(at(port), expected={("kea1", "dhcp4"): HASH.lower()})
    assert isinstance(found, Live)
    assert (found.config, found.hash, found.status) == (None, HASH, OLD)
    assert [message["command"] for message in seen] == ["config-hash-get", "status-get", "version-get"]


@pytest.mark.parametrize(
    "says",
    [
        {"result": 0, "arguments": {"hash": "CD" * 32}},
        {"result": 2, "text": "'config-hash-get' command not supported."},
        {"result": 0},
        http(b"<html>", "500 Oops"),
    ],
)
def test_another_hash_or_none_leads_to_the_configuration(says: Any) -> None:
    with listening(answers(kea(config_hash_get=says))) as port:
        found = asked(at(port), expected={("kea1", "dhcp4"): HASH})
    assert isinstance(found, Live)
    assert found.config == CONFIG["Dhcp4"]


def test_nobody_asks_for_a_hash_that_cannot_be_predicted() -> None:
    seen: list[dict[str, Any]] = []
    with listening(answers(kea(), seen)) as port:
        assert isinstance(asked(at(port), expected={("kea1", "dhcp4"): None}), Live)
    assert "config-hash-get" not in [message["command"] for message in seen]


def test_credentials_go_to_who_they_are_for() -> None:
    heads: list[str] = []
    access = Access(
        everywhere=Credential(Hidden("all"), Hidden(WORD), "KEA_HAC_USER"),
        machines={"kea1": Credential(Hidden("one"), Hidden("ü:other"), "file")},
    )
    with listening(answers(kea(), heads=heads)) as port:
        asked(at(port), access)
        asked(at(port))
    sent = [
        line.split()[-1] for head in heads for line in head.split("\r\n") if line.startswith("Authorization: Basic ")
    ]
    assert {base64.b64decode(each).decode() for each in sent} == {"one:ü:other"}
    assert len(sent) == 3, "the second time nothing is known, so nothing is sent"
    assert {line for head in heads for line in head.split("\r\n") if line.startswith("Host")} == {
        f"Host: 127.0.0.1:{port}"
    }


def test_a_machine_without_a_thread_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(answers(kea())) as port:
        here = port
        with monkeypatch.context() as patched:
            patched.setattr("kea_hac.live.gather.started", lambda work: False)
            patched.setattr("kea_hac.live.transport.started", lambda work: False)
            found = asked(at(here, host="localhost"))
    assert isinstance(found, Live), found


def test_the_environment_sends_nobody_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    with listening(answers(kea())) as port:
        assert isinstance(asked(at(port)), Live)


def test_secrets_are_hidden_and_bytes_are_text_again() -> None:
    config = {
        **CONFIG["Dhcp4"],
        "lease-database": {"type": "mysql", "password": WORD},
        "boot-file-name": "Z\u00c3\u00bcrich",
        "server-hostname": "\u00fc",
    }
    body = json.dumps([{"result": 0, "arguments": {"Dhcp4": config}}]).encode()
    assert b"\\u00c3\\u00bc" in body
    with listening(answers(kea(config_get=http(body)))) as port:
        found = asked(at(port))
    assert isinstance(found, Live)
    assert found.config is not None
    assert found.config["lease-database"]["password"] == Hidden(WORD)
    assert found.config["boot-file-name"] == "Zürich"
    assert found.hash is None
    assert WORD not in repr(found)


def test_an_answer_in_bytes_that_are_no_utf8() -> None:
    body = json.dumps([{"result": 0, "arguments": {"Dhcp4": {**CONFIG["Dhcp4"], "boot-file-name": "Z?rich"}}}]).encode()
    with listening(answers(kea(config_get=http(body.replace(b"?", b"\xfc"))))) as port:
        found = asked(at(port))
    assert isinstance(found, Live)


@pytest.mark.parametrize(
    "refusal", [{"result": 1, "text": "no"}, http(b"", "403 Forbidden"), http(b"junk"), {"result": 0}]
)
def test_what_else_is_not_said_is_a_gap(refusal: Any) -> None:
    """A server whose rules forbid status-get is asked twice, because nobody knows how long it has been there."""
    seen: list[dict[str, Any]] = []
    with listening(answers(kea(status_get=refusal, version_get=refusal), seen)) as port:
        found = asked(at(port))
    assert isinstance(found, Live)
    assert (found.config, found.status, found.version) == (CONFIG["Dhcp4"], None, None)
    assert [gap.partition(":")[0] for gap in found.gaps] in (["status-get", "version-get"], [])
    assert [message["command"] for message in seen].count("config-get") == 2


# -- servers that are about to die ---------------------------------------------------------------------------------------


EMPTY = {"result": 0, "arguments": {"Dhcp4": {"valid-lifetime": 7200, "subnet4": []}}}
"""What 2.6.3 and 3.0.4 answer before they have loaded anything: no socket, and no `reload` in status-get."""


def test_a_server_that_started_a_moment_ago_is_asked_twice() -> None:
    seen: list[dict[str, Any]] = []
    with listening(answers(kea(status_get=status(**YOUNG)), seen)) as port:
        found = asked(at(port))
    assert isinstance(found, Live)
    assert [message["command"] for message in seen] == [*["config-get", "status-get"] * 2, "version-get"]


def test_a_server_that_dies_after_its_right_answer_is_not_believed() -> None:
    """HA's port is taken: 2.6.3 and 3.0.4 answer with the right configuration and its hash, and exit."""
    down = {"result": 1, "text": "unable to forward command to the dhcp4 service: No such file or directory"}
    script = kea(status_get=status(**YOUNG), config_get=in_turn(kea()["config-get"], down))
    with listening(answers(script)) as port:
        found = asked(at(port))
    assert isinstance(found, Unread)
    assert found.trouble is Trouble.DOWN
    assert "it answered, and did not answer a moment later" in found.reason
    assert "look in its log" in found.reason


def test_the_right_hash_of_a_dying_server_is_not_believed_either() -> None:
    down = {"result": 1, "text": "unable to forward command to the dhcp4 service: Connection refused"}
    script = kea(status_get=status(**YOUNG), config_hash_get=in_turn(kea()["config-hash-get"], down), config_get=down)
    with listening(answers(script)) as port:
        found = asked(at(port), expected={("kea1", "dhcp4"): HASH})
    assert isinstance(found, Unread)
    assert "did not answer a moment later" in found.reason


@pytest.mark.parametrize(
    "script",
    [
        kea(config_get=EMPTY),
        kea(status_get=status(pid=7, uptime=9)),
        kea(config_get=EMPTY, status_get={"result": 2, "text": "no"}),
    ],
    ids=["no socket", "never loaded", "no socket and no status"],
)
def test_a_server_that_has_loaded_nothing_is_not_believed(script: dict[str, Any]) -> None:
    with listening(answers(script)) as port:
        found = asked(at(port))
    assert isinstance(found, Unread)
    assert "it answers without a configuration" in found.reason


def test_a_server_that_needs_a_while_is_waited_for() -> None:
    script = kea(
        config_get=in_turn(EMPTY, EMPTY, kea()["config-get"]),
        status_get=in_turn(status(pid=7, uptime=0), status(**YOUNG)),
    )
    with listening(answers(script)) as port:
        found = asked(at(port))
    assert isinstance(found, Live)
    assert found.config == CONFIG["Dhcp4"]


def test_a_server_that_starts_again_and_again_is_not_believed() -> None:
    pids = iter(range(100))
    with listening(answers(kea(status_get=lambda: status(pid=next(pids), uptime=0, reload=0)))) as port:
        found = asked(at(port))
    assert isinstance(found, Unread)
    assert "starts again and again" in found.reason
