"""HTTPS: whose certificate is believed, which mistakes are told apart, and that a handshake ends in time too."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kea_hac.live import access as access_module
from kea_hac.live.access import Access, Tls
from kea_hac.live.endpoint import Http, Live, Trouble, Unread
from tests.lab import certificates
from tests.lab.certificates import Authority
from tests.unit.live.fakes import HASTY, STALLED, answers, asked, at, drips, kea, listening, says, server_tls, stalls

LOOPBACK = "127.0.0.1"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def tls(authority: Authority, tmp_path: Path) -> Tls:
    """What an operator holds: the authority, and a certificate of their own."""
    (tmp_path / "mine").mkdir()
    own = authority.issue("operator")
    files = {"ca.pem": authority.certificate, "own.pem": own.certificate, "own.key": own.key}
    for name, content in files.items():
        (tmp_path / "mine" / name).write_bytes(content)
    return Tls(*(tmp_path / "mine" / name for name in files))


def test_a_server_is_believed_by_its_address_or_its_name(authority: Authority, tls: Tls, tmp_path: Path) -> None:
    """Kea never looks at the names in a certificate, so many are made for the server's name alone."""
    for name, addresses in (("whoever", [LOOPBACK]), ("kea1", [])):
        with listening(answers(kea()), server_tls(tmp_path, authority.issue(name, addresses))) as port:
            assert isinstance(asked(at(port, "https"), Access(tls)), Live), name


def test_a_name_of_the_spec_proves_nothing_to_public_authorities(
    authority: Authority, tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The author of a spec chooses the names of servers, and may own a certificate for one of them."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.cacert))
    access_module._context.cache_clear()
    with listening(answers(kea()), server_tls(tmp_path, authority.issue("kea1"))) as port:
        assert isinstance(asked(at(port, "https"), Access()), Live), "a place that is trusted is known by its name too"
        found = asked(at(port, "https"), Access(), trusted=False)
    access_module._context.cache_clear()
    assert isinstance(found, Unread)
    assert "its certificate is for another name" in found.reason


def test_a_certificate_for_another_server_is_not_believed(authority: Authority, tls: Tls, tmp_path: Path) -> None:
    with listening(answers(kea()), server_tls(tmp_path, authority.issue("kea2", ["192.0.2.9"]))) as port:
        found = asked(at(port, "https"), Access(tls))
    assert isinstance(found, Unread)
    assert found.trouble is Trouble.REFUSED
    assert "its certificate is for another name" in found.reason


def test_a_server_that_wants_a_certificate(authority: Authority, tls: Tls, tmp_path: Path) -> None:
    context = server_tls(tmp_path, authority.issue("kea1", [LOOPBACK]), authority.certificate)
    with listening(answers(kea()), context) as port:
        assert isinstance(asked(at(port, "https"), Access(tls)), Live)
        found = asked(at(port, "https"), Access(Tls(tls.cacert)))
    assert isinstance(found, Unread)
    assert found.trouble is Trouble.REFUSED
    assert "use --cert and --key" in found.reason


def test_a_certificate_of_ours_that_the_server_does_not_trust(authority: Authority, tls: Tls, tmp_path: Path) -> None:
    context = server_tls(tmp_path, authority.issue("kea1", [LOOPBACK]), Authority("another CA").certificate)
    with listening(answers(kea()), context) as port:
        found = asked(at(port, "https"), Access(tls))
    assert isinstance(found, Unread)
    assert "certificate of --cert" in found.reason


def test_an_expired_certificate_and_one_from_tomorrow(
    authority: Authority, tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, words in ((-5, "its certificate has expired"), (5, "its certificate is not valid yet")):
        now = datetime.now(UTC) + timedelta(days=days)
        with monkeypatch.context() as patched:
            patched.setattr(
                certificates, "datetime", type("Clock", (), {"now": staticmethod(lambda zone, now=now: now)})
            )
            issued = authority.issue("kea1", [LOOPBACK])
        with listening(answers(kea()), server_tls(tmp_path, issued)) as port:
            found = asked(at(port, "https"), Access(tls))
        assert isinstance(found, Unread)
        assert words in found.reason
        assert found.trouble is Trouble.REFUSED


def test_an_authority_that_is_not_known(authority: Authority, tmp_path: Path) -> None:
    with listening(answers(kea()), server_tls(tmp_path, authority.issue("kea1", [LOOPBACK]))) as port:
        found = asked(at(port, "https"))
    assert isinstance(found, Unread)
    assert "name the right authority with --cacert" in found.reason


def test_https_to_a_plain_port_and_http_to_a_tls_port(authority: Authority, tls: Tls, tmp_path: Path) -> None:
    with listening(
        lambda connection: (connection.recv(99), connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))[1]
    ) as port:
        found = asked(at(port, "https"), Access(tls))
    assert isinstance(found, Unread)
    assert "the port does not use TLS; use http" in found.reason
    with listening(answers(kea()), server_tls(tmp_path, authority.issue("kea1", [LOOPBACK]))) as port:
        found = asked(at(port))
    assert isinstance(found, Unread)
    assert "require https" in found.reason


def test_a_handshake_that_never_ends(tls: Tls) -> None:
    begun = time.monotonic()
    with listening(drips(b"\x16")) as port:
        found = asked(at(port, "https"), Access(tls), limits=HASTY)
        took = time.monotonic() - begun
    assert isinstance(found, Unread)
    assert took < STALLED * HASTY.connect


def test_a_silent_handshake(tls: Tls) -> None:
    with listening(stalls) as port:
        found = asked(at(port, "https"), Access(tls), limits=HASTY)
    assert isinstance(found, Unread)
    assert "connected, but no TLS within 0.5 s; the server may use plain http" in found.reason


def test_an_answer_cut_off_inside_tls(authority: Authority, tls: Tls, tmp_path: Path) -> None:
    with listening(
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        server_tls(tmp_path, authority.issue("kea1", [LOOPBACK])),
    ) as port:
        found = asked(Http(f"https://{LOOPBACK}:{port}/", "dhcp4"), Access(tls))
    assert isinstance(found, Unread)
    assert "cut off, 98 bytes before its end" in found.reason
