"""Where a rollout asks a server whose control socket moves."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kea_hac.kea.config import DHCP4
from kea_hac.live.access import access
from kea_hac.live.endpoint import Endpoint, Http
from kea_hac.live.failure import NoAnswerError
from kea_hac.rollout.journal import Store
from kea_hac.rollout.live_world import LiveWorld, Signals
from tests.unit.live.fakes import answers, listening

ANSWER: Mapping[str, Any] = {"result": 0, "text": "here", "arguments": {}}
KEY = ("kea1", "dhcp4")


def world(folder: Path, first: int, second: int) -> LiveWorld:
    """A server that is asked at one port of loopback, and at another one after its socket moved."""

    def place(port: int) -> Endpoint:
        return Endpoint("kea1", DHCP4, Http(f"http://127.0.0.1:{port}/", "dhcp4"), trusted=True)

    return LiveWorld(
        endpoints={KEY: place(first)},
        others={KEY: place(second)},
        access=access({}, None, None, None, None, plain_http=True),
        store=Store(folder),
        signals=Signals(),
        tell=print,
        bar=lambda done, total, what: None,
        addresses={"kea1": "127.0.0.1"},
    )


def closed(connection: socket.socket) -> None:
    """What a port that uses TLS now does with plain HTTP."""
    connection.recv(1)


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.parametrize("command", ["status-get", "config-reload"])
def test_a_server_whose_socket_moved_is_asked_at_its_new_place(tmp_path: Path, command: str) -> None:
    asked: list[dict[str, Any]] = []
    with listening(answers(dict.fromkeys(("status-get", "config-reload"), ANSWER), asked)) as port:
        moved = world(tmp_path, free(), port)
        assert moved.ask(*KEY, command)["text"] == "here"
        assert moved.ask(*KEY, command)["text"] == "here"
    assert len(asked) == 2
    assert moved.places == (moved.others[KEY],)


def test_what_must_not_be_sent_twice_is_not_sent_to_a_second_place(tmp_path: Path) -> None:
    """The first one closed the connection: it may be reloading."""
    asked: list[dict[str, Any]] = []
    with (
        listening(closed) as first,
        listening(answers(dict.fromkeys(("status-get", "config-reload"), ANSWER), asked)) as second,
    ):
        moved = world(tmp_path, first, second)
        with pytest.raises(NoAnswerError, match="closed the connection"):
            moved.ask(*KEY, "config-reload")
        assert not asked
        assert moved.ask(*KEY, "status-get")["text"] == "here"
