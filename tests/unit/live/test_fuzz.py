"""Any bytes at all: the result is a value, in time, and never an exception."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kea_hac.live import http
from kea_hac.live.endpoint import Live, Unread
from kea_hac.live.limits import Deadline, RequestLimits
from tests.unit.live.fakes import asked, at, kea
from tests.unit.live.fakes import http as as_http

ONCE = RequestLimits(connect=60, total=60, tries=1, between=0, answer_bytes=4096, settle=0)
GOOD = as_http(json.dumps([kea()["config-get"]]).encode())


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """What the server says; it has said all of it before it is asked, and hung up."""
    holder = [b""]

    def connect(host: str, port: int, deadline: Deadline, seconds: float) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.sendall(holder[0])
        theirs.shutdown(socket.SHUT_WR)
        kept.append(theirs)
        return ours

    kept: list[socket.socket] = []
    monkeypatch.setattr(http, "tcp", connect)
    yield holder
    for each in kept:
        each.close()


heads = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 200\r\n",
        b"HTTP/1.1 401 Unauthorized\r\n",
        b"HTTP/1.1 999 \xff\r\n",
        b"HTTP/1.1 -1 OK\r\n",
        b"HTTP/9.9 200 OK\r\n",
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
    ]
)
fields = st.lists(
    st.sampled_from(
        [
            b"Content-Length: 5\r\n",
            b"Content-Length: -5\r\n",
            b"Content-Length: 99999999999999999999\r\n",
            b"Content-Length: 5, 6\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: gzip\r\n",
            b"Content-Type: text/html; charset=utf-7\r\n",
            b": \r\n",
            b"no colon\r\n",
            b" folded\r\n",
            b"\xff\xfe: \x00\r\n",
        ]
    ),
    max_size=4,
).map(b"".join)
bodies = st.one_of(
    st.binary(max_size=60),
    st.just(GOOD.partition(b"\r\n\r\n")[2]),
    st.sampled_from(
        [
            b"5\r\nhello\r\n0\r\n\r\n",
            b"-1\r\n",
            b"ffffffffff\r\nx",
            b"5;x=y\r\nhel",
            b"0\r\nTrailer: x\r\n\r\n",
            b"\r\n",
        ]
    ),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["result", "text", "arguments", "Dhcp4", "hash"]), inner, max_size=3)
        ),
    ).map(lambda tree: json.dumps(tree).encode()),
)


@given(st.binary(max_size=80) | st.tuples(heads, fields, st.just(b"\r\n"), bodies).map(b"".join))
@example(GOOD[:-1])
@example(GOOD.replace(b"HTTP/1.1", b"HTTP/1.1\x00"))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_answered_with_a_value(said: list[bytes], data: bytes) -> None:
    said[0] = data
    found = asked(at(1), limits=ONCE)
    assert isinstance(found, Live | Unread)
    if isinstance(found, Unread):
        assert found.reason.isprintable()
        assert len(found.reason) < 600


def test_the_good_answer_is_one_in_this_setting(said: list[bytes]) -> None:
    """So that the fuzz stands where a right answer would pass. It is asked for the status too, and hears the same."""
    said[0] = GOOD
    found = asked(at(1), limits=ONCE)
    assert isinstance(found, Unread)
    assert "it answers without a configuration" in found.reason
