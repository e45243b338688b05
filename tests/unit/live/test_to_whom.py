"""Over which connections a password or a certificate goes: what a server heard is looked at, and what the user is told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from kea_hac.kea.config import CTRL_AGENT
from kea_hac.kea.hidden import Hidden
from kea_hac.live import http as live_http
from kea_hac.live.access import Access, Credential, Tls
from kea_hac.live.endpoint import Http, Live, Trouble, Unread
from kea_hac.live.host_and_port import Place
from tests.lab.certificates import Authority
from tests.unit.live.fakes import CONFIG, answers, asked, at, http, kea, listening, request, server_tls

WORD = "horse-battery-staple"
OPERATOR = Credential(Hidden("operator"), Hidden(WORD), "KEA_HAC_USER")
ACCESS = Access(everywhere=OPERATOR)


@pytest.fixture
def beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers on loopback are taken for others, beyond this machine."""
    monkeypatch.setattr(live_http, "is_loopback", lambda address: False)


def authorizations(heads: list[str]) -> list[str]:
    return [line for head in heads for line in head.split("\r\n") if line.lower().startswith("authorization")]


def wanting(connection: socket.socket) -> None:
    """Kea with basic authentication: 401 to whoever says nothing."""
    head, body = request(connection)
    command = json.loads(body)["command"]
    ok = "Authorization: Basic " in head
    connection.sendall(http(json.dumps([kea()[command]]).encode()) if ok else http(b"", "401 Unauthorized"))


def test_loopback_gets_a_password_in_clear() -> None:
    with listening(wanting) as port:
        assert isinstance(asked(at(port), ACCESS), Live)


@pytest.mark.usefixtures("beyond")
def test_plain_http_beyond_this_machine_gets_none_unless_it_is_allowed() -> None:
    heads: list[str] = []
    with listening(answers(kea(), heads=heads)) as port:
        assert isinstance(asked(at(port), ACCESS), Live), "an agent that wants none is read all the same"
        assert authorizations(heads) == []
        assert isinstance(asked(at(port), replace(ACCESS, plain_http=True)), Live)
        assert authorizations(heads) != []
    with listening(wanting) as port:
        found = asked(at(port), ACCESS)
        assert isinstance(found, Unread)
        assert found.trouble is Trouble.PLAIN_HTTP
        assert "it requires a password, which was not sent over plain HTTP: use --allow-plain-http" in found.reason
        assert isinstance(asked(at(port), replace(ACCESS, plain_http=True)), Live)


def test_a_name_that_leads_beyond_this_machine_is_judged_by_where_it_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(live_http, "is_loopback", lambda address: looked.append(address) or False)
    heads: list[str] = []
    with listening(answers(kea(), heads=heads)) as port:
        asked(at(port, host="localhost"), ACCESS)
    assert set(looked) == {"127.0.0.1"}
    assert authorizations(heads) == []


def test_with_cacert_nothing_goes_over_plain_http(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(Authority().certificate)
    connections: list[int] = []
    with listening(lambda connection: connections.append(1)) as port:
        for access in (
            replace(ACCESS, tls=Tls(tmp_path / "ca.pem")),
            replace(ACCESS, tls=Tls(tmp_path / "ca.pem"), plain_http=True),
        ):
            for trusted in (True, False):
                found = asked(at(port), access, trusted=trusted)
                assert isinstance(found, Unread)
                assert found.trouble is Trouble.NOT_ASKED
                assert "--cacert is set" in found.reason
    assert connections == []


def test_a_stranger_is_asked_and_told_nothing() -> None:
    heads: list[str] = []
    with listening(answers(kea(), heads=heads)) as port:
        assert isinstance(asked(at(port), ACCESS, trusted=False), Live)
    assert authorizations(heads) == []
    with listening(wanting) as port:
        found = asked(at(port), ACCESS, trusted=False)
        assert isinstance(found, Unread)
        assert (
            "it requires a password, which was not sent, because it is not certain that this is kea1: use --trust kea1"
            in found.reason
        )
        own = Access(places={Place("127.0.0.1"): OPERATOR})
        assert isinstance(asked(at(port), own, trusted=False), Live), "the credential itself names the address"
        others = asked(at(port), Access(places={Place("192.0.2.11"): OPERATOR}, machines={"kea2": OPERATOR}))
        assert isinstance(others, Unread)
        assert "not found: --credentials has no `machine 127.0.0.1` and no `machine kea1`" in others.reason
        nothing = asked(at(port), Access(), trusted=False)
        assert isinstance(nothing, Unread)
        assert "set KEA_HAC_USER" in nothing.reason


def test_a_certificate_of_ours_is_shown_to_whom_we_trust(tmp_path: Path) -> None:
    authority = Authority()
    own = authority.issue("operator")
    for name, content in (("ca", authority.certificate), ("own", own.certificate), ("key", own.key)):
        (tmp_path / f"{name}.pem").write_bytes(content)
    access = Access(Tls(*(tmp_path / f"{name}.pem" for name in ("ca", "own", "key"))))
    seen: list[bytes | None] = []
    context = server_tls(tmp_path, authority.issue("kea1", ["127.0.0.1"]), authority.certificate)
    context.verify_mode = ssl.CERT_OPTIONAL

    def act(connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        seen.append(connection.getpeercert(binary_form=True))
        answers(kea())(connection)

    with listening(act, context) as port:
        assert isinstance(asked(at(port, "https"), access), Live)
        assert all(seen)
        seen.clear()
        assert isinstance(asked(at(port, "https"), access, trusted=False), Live)
        assert seen
        assert not any(seen)
    context.verify_mode = ssl.CERT_REQUIRED
    with listening(act, context) as port:
        found = asked(at(port, "https"), access, trusted=False)
    assert isinstance(found, Unread)
    assert "--cert was not used, because it is not certain that this is kea1: use --trust kea1" in found.reason


def test_a_certificate_is_not_offered_before_the_server_proved_who_it_is(tmp_path: Path) -> None:
    """The handshake ends at the server's certificate, so that neither ours nor a request is seen."""
    authority = Authority()
    own = authority.issue("operator")
    for name, content in (("ca", authority.certificate), ("own", own.certificate), ("key", own.key)):
        (tmp_path / f"{name}.pem").write_bytes(content)
    access = Access(Tls(*(tmp_path / f"{name}.pem" for name in ("ca", "own", "key"))), everywhere=OPERATOR)
    impostor = server_tls(tmp_path, Authority().issue("kea1", ["127.0.0.1"]), authority.certificate)
    reached = threading.Event()
    with listening(lambda connection: reached.set(), impostor) as port:
        found = asked(at(port, "https"), access)
    assert isinstance(found, Unread)
    assert found.trouble is Trouble.REFUSED
    assert not reached.is_set()


def test_no_redirect_takes_a_password_along() -> None:
    heads: list[str] = []

    def elsewhere(connection: socket.socket) -> None:
        heads.append(request(connection)[0])
        connection.sendall(http(b"", "200 OK"))

    with listening(elsewhere) as other:
        for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"):

            def act(connection: socket.socket, status: str = status) -> None:
                request(connection)
                connection.sendall(http(b"", status, f"Location: http://127.0.0.1:{other}/"))

            with listening(act) as port:
                found = asked(at(port), ACCESS)
            assert isinstance(found, Unread)
            assert "redirects are not followed" in found.reason
    assert heads == []


@pytest.mark.parametrize("where", ["value", "key", "version", "status"])
def test_a_server_that_repeats_our_header_in_a_good_answer(where: str) -> None:
    def act(connection: socket.socket) -> None:
        head, body = request(connection)
        said = next(line for line in head.split("\r\n") if line.startswith("Authorization"))
        words = f"{said} {WORD}"
        config = {
            **CONFIG["Dhcp4"],
            **{"value": {"boot-file-name": words}, "key": {words: {words: [words]}}}.get(where, {}),
        }
        status = {
            "pid": 7,
            "uptime": 99,
            "reload": 5,
            "high-availability": [{"ha-servers": {"local": {"state": words}}}],
        }
        script = kea(
            config_get={"result": 0, "arguments": {"Dhcp4": config}},
            version_get={"result": 0, "text": words if where == "version" else "2.6.3"},
            status_get={"result": 0, "arguments": status} if where == "status" else kea()["status-get"],
        )
        answer = script.get(json.loads(body)["command"], {"result": 2, "text": words})
        connection.sendall(http(json.dumps([answer]).encode()))

    with listening(act) as port:
        found = asked(at(port), ACCESS)
    assert isinstance(found, Live), found
    shown = repr((found.config, found.version, found.status, found.gaps))
    assert WORD not in shown
    assert OPERATOR.basic not in shown
    assert "********" in shown


@pytest.mark.parametrize("before", [0, 150, 170, 185, 195])
@pytest.mark.parametrize("how", ["wrong shape", "twice", "refusal", "status line"])
def test_a_reason_is_covered_before_it_is_cut(how: str, before: int) -> None:
    """A reason quotes the first characters of a text: a header of ours that is cut there must not show its beginning."""

    def act(connection: socket.socket) -> None:
        head, _ = request(connection)
        said = next(line for line in head.split("\r\n") if line.startswith("Authorization"))
        word = f"{'x' * before}{said} {WORD}"
        answer = {
            "wrong shape": json.dumps({"result": 0, "arguments": {"Dhcp4": {word: 1 << 63}}}),
            "twice": f'{{"result": 0, "{word}": 1, "{word}": 2}}',
            "refusal": json.dumps({"result": 1, "text": word}),
            "status line": "{}",
        }[how]
        connection.sendall(http(answer.encode(), f"500 {word}" if how == "status line" else "200 OK"))

    with listening(act) as port:
        found = asked(at(port), ACCESS)
    assert isinstance(found, Unread)
    for secret in (OPERATOR.basic, WORD):
        assert secret[:6] not in found.reason, found.reason


def test_a_secret_of_the_server_stays_what_it_is() -> None:
    """Its agent holds the very password that was sent: that is compared with the spec's, and not shown."""
    agent = {"authentication": {"type": "basic", "clients": [{"user": "operator", "password": WORD}]}}
    script = kea(config_get={"result": 0, "arguments": {"Control-agent": agent}})
    with listening(answers(script)) as port:
        found = asked(Http(f"http://127.0.0.1:{port}/", None), ACCESS, daemon=CTRL_AGENT)
    assert isinstance(found, Live)
    assert found.config is not None
    (client,) = found.config["authentication"]["clients"]
    assert client["password"] == Hidden(WORD)


def test_a_password_beyond_ascii_is_covered_as_kea_prints_it() -> None:
    credential = Credential(Hidden("operator"), Hidden("Zürich-über-alles"), "file")
    printed = "Zürich-über-alles".encode().decode("latin-1")
    assert credential.covered({"a": [printed], "b": "Zürich-über-alles"}) == {"a": ["********"], "b": "********"}
