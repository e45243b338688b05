"""User names, passwords and certificates: where they may come from, and that no message shows one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from kea_hac.errors import UsageError
from kea_hac.live.access import Access, access
from tests.lab.certificates import Authority

WORD = "horse-battery-staple"


def netrc_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    made = folder / "kea.netrc"
    made.write_text(text, "utf-8")
    made.chmod(mode)
    return made


def pair(
    found: Access, server: str, host: str, port: int | None = 8000, *, trusted: bool = True
) -> tuple[str, str] | None:
    credential = found.credential(server, host, port, trusted=trusted)
    return (credential.user.reveal(), credential.password.reveal()) if credential else None


def test_nothing_is_given() -> None:
    assert access({}) == Access()
    assert Access().credential("kea1", "192.0.2.11", 8000, trusted=True) is None


def test_the_environment_holds_for_every_server(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{WORD}\r\nsecond line\n")
    for environment in (
        {"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD": WORD},
        {"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD_FILE": str(file), "KEA_HAC_PASSWORD": ""},
    ):
        found = access(environment)
        assert pair(found, "kea1", "192.0.2.11") == ("operator", WORD)
        assert WORD not in repr(found)


def test_a_file_says_others_by_server_host_and_default(tmp_path: Path) -> None:
    text = f'machine kea1 login one password "{WORD} #1"\nmachine 192.0.2.12\n  login two password b\ndefault login rest password c\n'
    found = access({"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD": "x"}, netrc_file(tmp_path, text))
    assert pair(found, "kea1", "192.0.2.11") == ("one", f"{WORD} #1")
    assert pair(found, "kea2", "192.0.2.12") == ("two", "b")
    assert pair(found, "kea3", "192.0.2.13") == ("rest", "c")
    assert WORD not in repr(found)
    without = access(
        {"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD": "x"}, netrc_file(tmp_path, "machine a login b password c")
    )
    assert pair(without, "kea3", "192.0.2.13") == ("operator", "x")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"KEA_HAC_PASSWORD": WORD}, "KEA_HAC_PASSWORD is set and KEA_HAC_USER is not"),
        ({"KEA_HAC_PASSWORD_FILE": "/x"}, "KEA_HAC_PASSWORD_FILE is set and KEA_HAC_USER is not"),
        ({"KEA_HAC_USER": "a"}, "there is no password"),
        ({"KEA_HAC_USER": "a", "KEA_HAC_PASSWORD": WORD, "KEA_HAC_PASSWORD_FILE": "/x"}, "both set"),
        ({"KEA_HAC_USER": "a:b", "KEA_HAC_PASSWORD": WORD}, "must not contain a colon"),
        ({"KEA_HAC_USER": "a", "KEA_HAC_PASSWORD_FILE": "/nonexistent"}, "/nonexistent: no such file"),
        ({"KEA_HAC_USER": "a", "KEA_HAC_PASSWORD_FILE": "/dev/null"}, "there is no password"),
        ({"KEA_HAC_USER": "a", "KEA_HAC_PASSWORD_FILE": "/"}, "is a directory"),
    ],
)
def test_an_environment_that_makes_no_sense(environment: Mapping[str, str], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        access(environment)
    assert words in str(refused.value)
    assert WORD not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"machine kea1 login operator pasword {WORD}", "this line cannot be read"),
        (f"machine kea1 login operator {WORD}", "this line cannot be read"),
        (f"{WORD}", "this line cannot be read"),
        (f"machine kea1 password {WORD}", "machine kea1 has no login"),
        ("machine kea1 login operator", "machine kea1 has no password"),
        (f"machine kea1 login a:b password {WORD}", "must not contain a colon"),
        ("# nothing\n", "no `machine`"),
        ("", "no `machine`"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_quoted(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        access({}, netrc_file(tmp_path, text))
    assert words in str(refused.value)
    assert "kea.netrc" in str(refused.value)
    assert WORD not in str(refused.value)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    for mode in (0o640, 0o604, 0o620, 0o666):
        with pytest.raises(UsageError, match=f"mode {mode:04o}.*chmod 600"):
            access({}, netrc_file(tmp_path, "machine a login b password c", mode))
    with pytest.raises(UsageError, match="no such file"):
        access({}, tmp_path / "missing")
    with pytest.raises(UsageError, match=r"others may read|is a directory"):
        access({}, tmp_path)
    latin = netrc_file(tmp_path, "")
    latin.write_bytes(b"machine a login b password \xff\xfe")
    with pytest.raises(UsageError) as refused:
        access({}, latin)
    assert "\\xff" not in str(refused.value)


def test_a_password_manager_may_write_it_into_a_pipe() -> None:
    out, into = os.pipe()
    os.write(into, f"machine kea1 login operator password {WORD}\n".encode())
    os.close(into)
    try:
        assert pair(access({}, Path(f"/dev/fd/{out}")), "kea1", "") == ("operator", WORD)
    finally:
        os.close(out)


def test_certificates_that_do_not_serve_are_named(tmp_path: Path) -> None:
    authority = Authority()
    own, other = authority.issue("operator"), authority.issue("other")
    key = serialization.load_pem_private_key(own.key, None)
    locked = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    files = {"ca": authority.certificate, "own": own.certificate, "key": own.key, "other": other.key, "locked": locked}
    paths = {name: tmp_path / f"{name}.pem" for name in files}
    for name, content in files.items():
        paths[name].write_bytes(content)
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    good = access({}, cacert=paths["ca"], cert=paths["own"], key=paths["key"])
    assert good.tls.context() is good.tls.context(), "made once"
    (tmp_path / "folder").mkdir()
    assert access({}, cacert=tmp_path / "folder").tls.cacert == tmp_path / "folder"
    wrong = [
        ({"key": paths["key"]}, "--key needs --cert"),
        ({"cacert": tmp_path / "missing"}, "--cacert: .*missing: no such file"),
        ({"cacert": junk}, "--cacert: .*junk.pem: it is not a file of the required kind"),
        ({"cert": junk}, "--cert and --key: .*junk.pem"),
        ({"cert": paths["own"]}, "--cert and --key: .*own.pem"),
        ({"cert": paths["own"], "key": paths["other"]}, "the key does not belong to the certificate"),
        ({"cert": paths["own"], "key": tmp_path / "missing"}, "--cert and --key: .*no such file"),
        ({"cert": paths["own"], "key": paths["locked"]}, "it is encrypted; use a key without a passphrase"),
    ]
    for arguments, words in wrong:
        with pytest.raises(UsageError, match=words):
            access({}, **arguments)


PLACES = """\
machine kea1 login named password a
machine 192.0.2.12 login by-address password b
machine [2001:db8::1]:8443 login by-port password c
machine 192.0.2.13:8000 login narrow password d
machine gate.example.org login host password e
default login rest password f
"""


@pytest.mark.parametrize(
    ("server", "host", "port", "trusted", "stranger"),
    [
        ("kea1", "192.0.2.99", 8000, "named", None),
        ("kea2", "192.0.2.12", 8000, "by-address", "by-address"),
        ("kea2", "::ffff:192.0.2.12", 9, "by-address", "by-address"),
        ("kea2", "::FFFF:C000:20C", 9, "by-address", "by-address"),
        ("kea1", "192.0.2.12", 8000, "named", "by-address"),
        ("kea3", "2001:DB8::0:1", 8443, "by-port", "by-port"),
        ("kea1", "2001:db8::1", 8443, "by-port", "by-port"),
        ("kea3", "2001:db8::1", 8000, "rest", None),
        ("kea3", "192.0.2.13", 8000, "narrow", "narrow"),
        ("kea3", "192.0.2.13", 8001, "rest", None),
        ("kea3", "gate.example.org", 8000, "host", None),
        ("gate.example.org", "203.0.113.66", 8000, "host", None),
        ("kea3", "203.0.113.66", 8000, "rest", None),
        ("default", "203.0.113.66", 8000, "rest", None),
        ("192.0.2.12", "203.0.113.66", 8000, "rest", None),
    ],
)
def test_a_stranger_is_given_what_names_its_address_and_nothing_else(
    tmp_path: Path, server: str, host: str, port: int, trusted: str, stranger: str | None
) -> None:
    """Who writes a spec chooses names of servers and their addresses: neither leads a password to another place."""
    found = access({"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD": "x"}, netrc_file(tmp_path, PLACES))
    here = pair(found, server, host, port)
    assert here is not None
    assert here[0] == trusted
    there = pair(found, server, host, port, trusted=False)
    assert (there[0] if there else None) == stranger


def test_the_environment_is_for_trusted_places_only() -> None:
    found = access({"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD": WORD})
    assert pair(found, "kea1", "192.0.2.11") == ("operator", WORD)
    assert pair(found, "kea1", "192.0.2.11", trusted=False) is None


@pytest.mark.parametrize(
    "name", ["127.1", "0x7f.1", "192.0.2.011", "[192.0.2.11", "192.0.2.11:99999", "http://192.0.2.11"]
)
def test_a_machine_that_is_no_place_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="this is not a server name, host or address"):
        access({}, netrc_file(tmp_path, f"machine {name} login a password {WORD}"))


def test_one_address_in_two_spellings_is_refused(tmp_path: Path) -> None:
    text = f"machine 192.0.2.11 login a password {WORD}\nmachine ::ffff:192.0.2.11 login b password {WORD}"
    with pytest.raises(UsageError, match="twice, in two spellings"):
        access({}, netrc_file(tmp_path, text))


def test_what_was_said_is_covered_wherever_it_comes_back() -> None:
    credential = access({"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD": WORD}).everywhere
    assert credential is not None
    tree = {"a": [f"Basic {credential.basic}", {"b": f"x{WORD}y"}, 1, None], f"k {WORD}": True, "c": "operator"}
    assert credential.covered(tree) == {
        "a": ["Basic ********", {"b": "x********y"}, 1, None],
        "k ********": True,
        "c": "operator",
    }
    short = access({"KEA_HAC_USER": "operator", "KEA_HAC_PASSWORD": "kea"}).everywhere
    assert short is not None
    assert short.covered({"name": "kea1", "x": short.basic}) == {"name": "kea1", "x": "********"}
