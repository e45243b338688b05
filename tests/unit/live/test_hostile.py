"""Whatever a server does, a request ends in time, in a reason that a person can use, and without the password."""

from __future__ import annotations

import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.config import DHCP4, DHCP6
from kea_hac.kea.hidden import Hidden
from kea_hac.live.access import Access, Credential
from kea_hac.live.answer import read_answer
from kea_hac.live.endpoint import Endpoint, Live, Trouble, Unix, Unread
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.gather import gather
from kea_hac.live.limits import RequestLimits
from tests.unit.live.fakes import (
    CONFIG,
    HASTY,
    PATIENT,
    STALLED,
    Act,
    answers,
    asked,
    at,
    drips,
    http,
    kea,
    listening,
    listening_unix,
    request,
    says,
    stalls,
)

WORD = "horse-battery-staple"
ACCESS = Access(everywhere=Credential(Hidden("operator"), Hidden(WORD), "KEA_HAC_USER"))


def refused(act: Act, limits: RequestLimits = PATIENT) -> Unread:
    """What comes of asking a bad server: never more than a few deadlines, never a secret."""
    with listening(act) as port:
        begun = time.monotonic()
        found = asked(at(port), ACCESS, limits=limits)
        took = time.monotonic() - begun
    assert isinstance(found, Unread), found
    assert took < STALLED * limits.total
    assert WORD not in repr(found)
    assert found.reason.startswith("config-get: ")
    assert "\n" not in found.reason
    return found


def _drip(head: bytes, data: bytes) -> Act:
    def act(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(head)
        drips(data)(connection)

    return act


def _endless(connection: socket.socket) -> None:
    """An answer of 200 MB, or of as much as is taken."""
    request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 209715200\r\n\r\n" + b'[{"result":0,"text":"')
    for _ in range(200):
        connection.sendall(b"x" * (1 << 20))


def _echoing(connection: socket.socket) -> None:
    """It says back what it was told, the password's encoded form too."""
    head, _ = request(connection)
    secret = next(line for line in head.split("\r\n") if line.startswith("Authorization"))
    body = json.dumps([{"result": 1, "text": f"you said {secret} and meant {WORD}"}]).encode()
    connection.sendall(http(body))


def _echoing_status(connection: socket.socket) -> None:
    head, _ = request(connection)
    secret = next(line for line in head.split("\r\n") if line.startswith("Authorization")).split()[-1]
    connection.sendall(http(b"", f"500 {secret} {WORD}"))


def _resetting(connection: socket.socket) -> None:
    request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _half_closed(connection: socket.socket) -> None:
    """It ends its side at once and reads on for ever."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(4096):
        pass


WHOLE = json.dumps([{"result": 0, "arguments": {"Dhcp4": {}}}]).encode()
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CASES: dict[str, tuple[Act, Trouble, str]] = {
    "endless continues": (
        says(b"HTTP/1.1 100 Continue\r\n\r\n" * 200_000),
        Trouble.UNCLEAR,
        "more than 1,048,576 bytes",
    ),
    "200 MB": (_endless, Trouble.UNCLEAR, "more than 1,048,576 bytes"),
    "a chunk to the end": (says(CHUNKED + b"-1\r\n" + b"x" * (3 << 20)), Trouble.UNCLEAR, "more than 1,048,576 bytes"),
    "a chunk of nonsense": (says(CHUNKED + b"zz\r\nabc"), Trouble.UNCLEAR, "cut off"),
    "half a chunk": (says(CHUNKED + b"ff\r\nabc"), Trouble.UNCLEAR, "cut off"),
    "too short": (says(http(WHOLE)[:-9]), Trouble.UNCLEAR, "cut off, 9 bytes before its end"),
    "length too small": (says(http(WHOLE[:-9])), Trouble.UNCLEAR, "is not complete JSON"),
    "length is no number": (
        says(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{"),
        Trouble.UNCLEAR,
        "is not complete JSON",
    ),
    "garbage": (says(http(b"\x00\xff\x80 not JSON")), Trouble.UNCLEAR, "is not JSON"),
    "empty": (says(http(b"")), Trouble.UNCLEAR, "empty"),
    "no HTTP": (says(b"220 mail.example.org ESMTP\r\n"), Trouble.UNCLEAR, "is not HTTP"),
    "a head of nonsense": (says(b"HTTP/1.1 twohundred\r\n\r\n"), Trouble.UNCLEAR, "is not HTTP"),
    "a hundred heads": (says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 999 + b"\r\n"), Trouble.UNCLEAR, "is not HTTP"),
    "reset": (_resetting, Trouble.UNREACHABLE, "config-get: it closed the connection without an answer"),
    "half-closed": (_half_closed, Trouble.UNREACHABLE, "config-get: it closed the connection"),
    "closed at once": (lambda connection: None, Trouble.UNREACHABLE, "closed the connection without an answer"),
    "a web page": (says(http(b"<html><h1>hello</h1></html>")), Trouble.UNCLEAR, "web page"),
    "502": (
        says(http(b"<html>Bad Gateway</html>", "502 Bad Gateway")),
        Trouble.UNCLEAR,
        "502 Bad Gateway, with a web page",
    ),
    "redirect": (
        says(http(b"", "302 Found", "Location: http://192.0.2.99/")),
        Trouble.UNCLEAR,
        "302 Found: it redirects the request",
    ),
    "wrong password": (
        says(http(b'{"result": 401, "text": "Unauthorized"}', "401 Unauthorized")),
        Trouble.REFUSED,
        "the user name or password of KEA_HAC_USER is not accepted by the server",
    ),
    "listener": (
        says(http(b'{"result": 403, "text": "Forbidden"}', "403 Forbidden")),
        Trouble.REFUSED,
        "an HA listener accepts the commands of its partner only",
    ),
    "empty list": (says(http(b"[]")), Trouble.UNCLEAR, "a list of 0 answers"),
    "list of two": (says(http(WHOLE[:-1] + b"," + WHOLE[1:])), Trouble.UNCLEAR, "a list of 2 answers"),
    "no result": (says(http(b'[{"arguments": {"Dhcp4": {}}}]')), Trouble.UNCLEAR, "no `result`"),
    "result is a text": (says(http(b'{"result": "0"}')), Trouble.UNCLEAR, "no `result`"),
    "a number": (says(http(b"42")), Trouble.UNCLEAR, "no `result`"),
    "too deep": (
        says(http(b'{"result": 0, "arguments": ' + b"[" * 500 + b"]" * 500 + b"}")),
        Trouble.UNCLEAR,
        "nested more deeply",
    ),
    "far too deep": (says(http(b"[" * 9999 + b"]" * 9999)), Trouble.UNCLEAR, "is not complete JSON"),
    "result 1": (
        says(http(b'[{"result": 1, "text": "no\\u001b[31m\\nway"}]')),
        Trouble.FAILED,
        "Kea refused (result 1): no [31m way",
    ),
    "result 1 without a word": (says(http(b'[{"result": 1, "text": 5}]')), Trouble.FAILED, "without an explanation"),
    "result 2": (
        says(http(b'[{"result": 2, "text": "not supported"}]')),
        Trouble.FAILED,
        "does not support the command config-get",
    ),
    "result 3": (says(http(b'[{"result": 3}]')), Trouble.FAILED, "nothing to return (result 3)"),
    "result 5": (says(http(b'[{"result": 5, "text": "fatal"}]')), Trouble.FAILED, "(result 5): fatal"),
    "daemon down": (
        says(http(b'[{"result": 1, "text": "unable to forward command to the dhcp4 service: Connection refused."}]')),
        Trouble.DOWN,
        "the control agent runs, but the daemon behind it does not",
    ),
    "no such service": (
        says(http(b'[{"result": 1, "text": "forwarding socket is not configured for the server type dhcp4"}]')),
        Trouble.NO_CHANNEL,
        "add its socket to `control-sockets`",
    ),
    "another daemon": (
        says(http(b'[{"result": 0, "arguments": {"Dhcp6": {}, "hash": "x"}}]')),
        Trouble.UNCLEAR,
        "Dhcp4 was expected, but the answer contains Dhcp6",
    ),
    "no arguments": (says(http(b'[{"result": 0}]')), Trouble.UNCLEAR, "contains no configuration of Kea"),
    "arguments are a list": (
        says(http(b'[{"result": 0, "arguments": [1]}]')),
        Trouble.UNCLEAR,
        "contains no configuration of Kea",
    ),
    "no map": (
        says(http(b'[{"result": 0, "arguments": {"Dhcp4": []}}]')),
        Trouble.UNCLEAR,
        "contains no configuration of Kea",
    ),
    "a pool that is a map": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {"subnet4": [{"subnet": "x", "pools": [{"pool": {}}]}]}}}')),
        Trouble.UNCLEAR,
        "arguments.Dhcp4.subnet4[0].pools[0].pool is a map, and Kea has a string there; Kea does not send this",
    ),
    "a subnet without its prefix": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {"subnet4": [{"id": 1}]}}}')),
        Trouble.UNCLEAR,
        "arguments.Dhcp4.subnet4[0].subnet is missing; Kea does not send this",
    ),
    "a key that would be obeyed": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {"\\u001b[2J\\n::error::": [18446744073709551615]}}}')),
        Trouble.UNCLEAR,
        "arguments.Dhcp4. [2J ::error::[0] is an integer of more than 64 bits",
    ),
    "a number beyond all": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {"t1-percent": 1e999}}}')),
        Trouble.UNCLEAR,
        "is ",
    ),
    "NaN": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {"t1-percent": NaN}}}')),
        Trouble.UNCLEAR,
        "is not complete JSON",
    ),
    "a half of a pair": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {"server-tag": "\\ud800"}}}')),
        Trouble.UNCLEAR,
        "is not complete JSON",
    ),
    "one key twice": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {"valid-lifetime": 1, "valid-lifetime" : 2}}}')),
        Trouble.UNCLEAR,
        "the key valid-lifetime twice in one map",
    ),
    "one result twice": (
        says(http(b'{"result": 1, "result": 0, "arguments": {"Dhcp4": {}}}')),
        Trouble.UNCLEAR,
        "the key result twice in one map",
    ),
    "a hash that is none": (
        says(http(b'{"result": 0, "arguments": {"Dhcp4": {}, "hash": []}}')),
        Trouble.UNCLEAR,
        "arguments.hash is a list, and Kea has a string there",
    ),
    "echo in the status": (_echoing_status, Trouble.UNCLEAR, "500 ******** ********"),
    "a quote without an end": (says(http(b'{"result": 1, "text": "' + b"x" * 5000 + b'"}')), Trouble.FAILED, "xxx…"),
}


STALLING: dict[str, tuple[Act, str]] = {
    "silence": (stalls, "no answer within 0.7 s"),
    "drip feed": (_drip(http(b" " * 9999)[:-9999], b" "), "did not end within 0.7 s"),
    "drip feed of a head": (_drip(b"HTTP/1.1 200 OK\r\n", b"X: yyyyyyyy\r\n"), "did not end within 0.7 s"),
}
"""Servers that never come to an end."""


@pytest.mark.parametrize("case", STALLING)
def test_a_server_that_stalls_is_reported(case: str) -> None:
    act, words = STALLING[case]
    found = refused(act, HASTY)
    assert words in found.reason, found.reason
    assert found.trouble is Trouble.UNREACHABLE


@pytest.mark.parametrize("case", CASES)
def test_a_bad_server_is_reported(case: str) -> None:
    act, trouble, words = CASES[case]
    found = refused(act)
    assert words in found.reason, found.reason
    assert found.trouble is trouble
    assert len(found.reason) < 600


def test_what_a_server_says_back_is_not_shown() -> None:
    """The text of an error is Kea's own and is quoted, so a server that repeats the request could show the password."""
    found = refused(_echoing)
    assert "Basic ******** and meant ********" in found.reason


def test_nothing_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))  # nothing else gets this port, and nothing listens there
        port = server.getsockname()[1]
        found = asked(at(port))
        own = asked(replace(at(port), of_daemon=True))
    assert isinstance(found, Unread)
    assert "after 2 tries: nothing listens there" in found.reason
    assert found.trouble is Trouble.UNREACHABLE, "the agent is gone; whether Kea is cannot be said"
    assert isinstance(own, Unread)
    assert own.trouble is Trouble.DOWN


def test_a_connection_that_nobody_accepts_ends_in_time() -> None:
    """A full backlog drops what comes: as a firewall does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        fill = [socket.socket() for _ in range(4)]
        try:
            for each in fill:
                each.setblocking(False)
                each.connect_ex(server.getsockname())
            found = asked(at(server.getsockname()[1]), limits=HASTY)
        finally:
            for each in fill:
                each.close()
    assert isinstance(found, Unread)
    assert found.trouble is Trouble.UNREACHABLE
    assert "no connection within 0.5 s" in found.reason


def test_a_name_without_address_and_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    found = asked(at(1, host="kea1.example.org"), limits=HASTY)
    over.set()
    assert isinstance(found, Unread)
    assert "no connection within 0.5 s" in found.reason

    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = asked(at(1, host="kea1.example.org"))
    assert isinstance(found, Unread)
    assert "kea1.example.org has no address" in found.reason


def test_a_server_that_is_not_there_yet_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins to listen while the second try is waited for."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))  # nothing else gets this port, and nothing listens there
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 1:
                server.listen()
                serving.start()

        def serve() -> None:
            for _ in range(4):  # the commands of one look at a server
                connection, _ = server.accept()
                with connection:
                    answers(kea())(connection)

        serving = threading.Thread(target=serve, daemon=True)
        monkeypatch.setattr("kea_hac.live.ask.time", SimpleNamespace(sleep=pause))
        found = asked(at(server.getsockname()[1]))
    assert isinstance(found, Live)
    assert pauses == [HASTY.between]


def test_what_was_asked_once_is_not_asked_again() -> None:
    """2.2's dhcp6 can die of config-get; systemd starts it, and it would die of the next one."""
    heard: list[bytes] = []

    def act(connection: socket.socket) -> None:
        heard.append(request(connection)[1])

    ended = {
        "result": 1,
        "text": "unable to forward command to the dhcp6 service: End of file. The server is likely to be offline",
    }
    with listening(act) as port:
        found = [asked(at(port), daemon=DHCP6)]
    with listening_unix(lambda connection: heard.append(connection.recv(999))) as path:
        found.append(asked(Unix(path), daemon=DHCP6))
    with listening(answers(kea(config_get=ended))) as port:
        found.append(asked(at(port), daemon=DHCP6))
        other = asked(at(port))
    assert [json.loads(each)["command"] for each in heard] == ["config-get", "config-get"]
    for each in found:
        assert isinstance(each, Unread)
        assert "kea-dhcp6 2.2 stops at config-get" in each.reason
    assert isinstance(other, Unread)
    assert "stops" not in other.reason


def test_one_bad_server_does_not_hold_the_others_up() -> None:
    others = range(4, 30)
    answered = threading.Event()
    heard: list[dict[str, Any]] = []

    def silent_until_then(connection: socket.socket) -> None:
        assert answered.wait(60), "the others waited for this one"

    def good_one(connection: socket.socket) -> None:
        answers(kea(), heard)(connection)
        if sum(each["command"] == "config-get" for each in heard) == len(others):
            answered.set()

    given = Unread("kea3", DHCP4, "nowhere", "no channel", Trouble.NO_CHANNEL)
    with listening(silent_until_then) as silent, listening(good_one) as good:
        found = gather(
            [
                Endpoint("kea1", DHCP4, at(silent)),
                Endpoint("kea1", DHCP6, at(silent)),
                given,
                *(Endpoint(f"kea{number}", DHCP4, at(good)) for number in others),
            ],
            limits=PATIENT,
        )
    assert answered.is_set()
    assert [type(each) for each in found] == [Unread, Unread, Unread, *[Live] * 26]
    assert found[2] is given
    assert [each.server for each in found[3:]] == [f"kea{number}" for number in range(4, 30)]


UNIX: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "nothing": (lambda connection: None, "closed the connection without an answer"),
    "silence": (stalls, "no answer within 0.7 s"),
    "drip feed": (drips(b"{"), "did not end within 0.7 s"),
    "endless": (lambda connection: connection.sendall(b"x" * (3 << 20)), "more than 1,048,576 bytes"),
    "half an answer": (
        lambda connection: connection.recv(99) and connection.sendall(b'{"result": 0, "argu'),
        "is not complete JSON",
    ),
}


@pytest.mark.parametrize("case", UNIX)
def test_a_bad_unix_socket_is_reported(case: str) -> None:
    act, words = UNIX[case]
    with listening_unix(act) as path:
        found = asked(Unix(path), limits=HASTY if "within" in words else PATIENT)
    assert isinstance(found, Unread)
    assert words in found.reason


def test_a_unix_socket_that_is_none() -> None:
    missing = asked(Unix("/nonexistent/socket"))
    assert isinstance(missing, Unread)
    assert missing.trouble is Trouble.DOWN
    assert "no such socket" in missing.reason
    for path in ("/" + "x" * 300, __file__):
        found = asked(Unix(path))
        assert isinstance(found, Unread), path
        assert found.reason.endswith("?"), found.reason


@pytest.mark.parametrize(
    ("command", "answer", "words"),
    [
        ("status-get", {"arguments": []}, "status-get: arguments is a list, and Kea has a map there"),
        (
            "status-get",
            {"arguments": {"pid": "7"}},
            "status-get: arguments.pid is a string, and Kea has an integer there",
        ),
        ("status-get", {"arguments": {"uptime": 10**30}}, "arguments.uptime is "),
        (
            "status-get",
            {"arguments": {"high-availability": {}}},
            "arguments.high-availability is a map, and Kea has a list",
        ),
        (
            "status-get",
            {"arguments": {"high-availability": [{"ha-servers": {"local": {"scopes": [1]}}}]}},
            "arguments.high-availability[0].ha-servers.local.scopes[0] is an integer, and Kea has a string there",
        ),
        ("version-get", {"text": ["2.6.3"]}, "version-get: text is a list, and Kea has a string there"),
        ("config-hash-get", {"arguments": {"hash": 5}}, "arguments.hash is an integer, and Kea has a string there"),
    ],
)
def test_a_wrong_shape_in_any_answer(command: str, answer: dict[str, Any], words: str) -> None:
    script = kea(**{command.replace("-", "_"): {"result": 0, **answer}})
    with listening(answers(script)) as port:
        found = asked(at(port), expected={("kea1", "dhcp4"): "CD" * 32})
    assert isinstance(found, Unread), found
    assert found.trouble is Trouble.UNCLEAR
    assert words in found.reason


def test_a_key_that_only_looks_as_if_it_were_there_twice() -> None:
    """Colons of strings and in escapes are no keys."""
    odd = {"::": '":', ":": '"":"":', "a": [":", ":", "\\"], "b\\": 1}
    config = {**CONFIG["Dhcp4"], "user-context": odd}
    with listening(answers(kea(config_get={"result": 0, "arguments": {"Dhcp4": config}}))) as port:
        found = asked(at(port))
    assert isinstance(found, Live)
    assert found.config == config


_WORDS = st.builds(
    lambda word, colon: json.dumps(word).replace(":", colon),
    st.text(st.sampled_from('a": \\{,é'), max_size=3),
    st.sampled_from([":", "\\u003A"]),
)
_TREES = st.recursive(
    _WORDS,
    lambda below: st.lists(st.tuples(_WORDS, st.sampled_from([":", " :\t"]), below).map("".join), max_size=3).map(
        lambda pairs: f"{{{','.join(pairs)}}}"
    ),
)


@given(_TREES)
def test_a_repeated_key_is_found_wherever_it_is(below: str) -> None:
    """What is counted decides as a look at every map does, also where escapes stand for colons."""
    twice: list[bool] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        twice.append(len({key for key, _ in pairs}) < len(pairs))

    text = f'{{"result": 0, "x": {below}}}'
    json.loads(text, object_pairs_hook=look)
    try:
        read_answer(text.encode(), 1000)
        found = ""
    except NoAnswerError as error:
        found = str(error)
    assert ("twice in one map" in found) == any(twice), found


def _filled(unit: bytes, size: int) -> bytes:
    """An answer of about `size` bytes, an unknown key with as many units as fit."""
    return b'[{"result":0,"arguments":{"Dhcp4":{"x":[' + b",".join([unit] * (size // (len(unit) + 1))) + b"]}}}]"


@pytest.mark.parametrize(
    "unit", [b"{}", b"[]", b'{"a":0}', b"1", b'""', b'"\\u00e4\\ud83d\\ude00"', b'{"a":{"b":[{}]}}'], ids=str
)
def test_the_memory_for_one_answer_is_bounded(unit: bytes) -> None:
    """Whatever an answer is made of: a small part of its bytes in values, so that small units cost no hundredfold."""
    most = 1 << 20
    limits = replace(PATIENT, answer_bytes=2 * most, answer_values=most // 32)
    answer = http(_filled(unit, most))
    with listening(says(answer)) as port:
        tracemalloc.start()
        try:
            found = asked(at(port), limits=limits)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert isinstance(found, Unread)
    assert "more than 32,768 values" in found.reason
    assert peak < 8 * most, f"{peak / most:.1f} times the answer"
