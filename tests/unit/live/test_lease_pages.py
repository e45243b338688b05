"""The leases of a server, page by page, whatever the server answers."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from kea_hac.kea.config import DHCP4, DHCP6, Daemon
from kea_hac.leases.lease import Lease
from kea_hac.live.access import Access
from kea_hac.live.endpoint import Endpoint, Http, Trouble
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.lease_pages import lease_pages
from kea_hac.live.limits import RequestLimits
from tests.unit.live.fakes import Act, http, listening, request

PATIENT = RequestLimits(connect=30, total=30)


def lease4(number: int, **other: Any) -> dict[str, Any]:
    known = {
        "ip-address": f"10.2.{number >> 8}.{number & 255}",
        "subnet-id": 2,
        "valid-lft": 60,
        "cltt": 100,
        "state": 0,
    }
    return {**known, "hw-address": "02:00", "hostname": f"pc{number}", **other}


def lease6(address: str, **other: Any) -> dict[str, Any]:
    known = {
        "ip-address": address,
        "type": "IA_NA",
        "prefix-len": 128,
        "subnet-id": 1,
        "valid-lft": 60,
        "cltt": 100,
        "state": 0,
    }
    return {**known, "duid": "00:01", **other}


def paged(leases: list[dict[str, Any]], asked: list[Any]) -> Act:
    """As Kea does: result 3 and an empty list where there is none."""

    def page(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments)
        names = [each["ip-address"] for each in leases]
        start = 0 if arguments["from"] == "start" else names.index(arguments["from"]) + 1
        found = leases[start : start + arguments["limit"]]
        return {
            "result": 0 if found else 3,
            "text": f"{len(found)} lease(s) found",
            "arguments": {"count": len(found), "leases": found},
        }

    return answering(page)


def answering(page: Callable[[dict[str, Any]], Any]) -> Act:
    def act(connection: socket.socket) -> None:
        _, body = request(connection)
        connection.sendall(http(json.dumps([page(json.loads(body)["arguments"])]).encode()))

    return act


def read(act: Act, daemon: Daemon = DHCP4, page: int = 10) -> list[Lease]:
    with listening(act) as port:
        endpoint = Endpoint("kea1", daemon, Http(f"http://127.0.0.1:{port}/", daemon.name), trusted=True)
        return list(lease_pages(endpoint, Access(), PATIENT, page))


@pytest.mark.parametrize(("number", "requests"), [(0, 1), (1, 1), (9, 1), (10, 2), (25, 3), (30, 4)])
def test_every_lease_once(number: int, requests: int) -> None:
    asked: list[Any] = []
    found = read(paged([lease4(each) for each in range(number)], asked))
    assert [each.hostname for each in found] == [f"pc{each}" for each in range(number)]
    assert len(asked) == requests
    assert asked[0] == {"from": "start", "limit": 10}


def test_what_a_lease_contains() -> None:
    (lease,) = read(paged([lease4(1, state=1, **{"client-id": "01:02"})], []))
    assert (lease.text, lease.subnet, lease.expires, lease.state, lease.client) == ("10.2.0.1", 2, 160, 1, "01:02")
    (forever,) = read(paged([lease4(1, **{"valid-lft": 0xFFFFFFFF})], []))
    assert forever.expires is None


def test_prefixes_and_addresses() -> None:
    leases = [lease6("2001:db8::1"), lease6("2001:db8:8000::", type="IA_PD", **{"prefix-len": 56})]
    assert [each.text for each in read(paged(leases, []), DHCP6)] == ["2001:db8::1", "2001:db8:8000::/56"]


@pytest.mark.parametrize(
    "page",
    [
        lambda _: {"result": 0, "arguments": {"leases": [lease4(1)] * 10}},
        lambda _: {"result": 0, "arguments": {"leases": [lease4(n) for n in range(10)]}},
        lambda _: {"result": 0, "arguments": {"leases": [lease4(2), lease4(1)]}},
        lambda _: {"result": 0, "arguments": {"leases": "none"}},
        lambda _: {"result": 0, "arguments": {"leases": [{"ip-address": 7}]}},
        lambda _: {"result": 0, "arguments": {"leases": [lease4(1, state="x")]}},
        lambda _: {"result": 0, "arguments": {"leases": [lease4(1, **{"ip-address": "nowhere"})]}},
        lambda _: {"result": 0, "arguments": {}},
        lambda _: {"result": 0},
        lambda _: {"result": 1, "text": "no"},
        lambda _: {"result": 2, "text": "'lease4-get-page' command not supported."},
        lambda _: "no answer",
    ],
)
def test_servers_that_lie_or_refuse_are_not_read(page: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises(NoAnswerError) as stop:
        read(answering(page))
    assert stop.value.trouble in (Trouble.UNCLEAR, Trouble.FAILED)
    assert "lease4-get-page" in str(stop.value)
