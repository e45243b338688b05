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


def pair(found: Access, server: str, host: str) -> tuple[str, str] | None:
    credential = found.credential(server, host)
    return (credential.user.reveal(), credential.password.reveal()) if credential else None


def test_nothing_is_given() -> None:
    assert access({}) == Access()
    assert Access().credential("kea1", "192.0.2.11") is None


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
        ({"KEA_HAC_USER": "a:b", "KEA_HAC_PASSWORD": WORD}, "no colon"),
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
        (f"machine kea1 login operator pasword {WORD}", "it cannot be read"),
        (f"machine kea1 login operator {WORD}", "it cannot be read"),
        (f"{WORD}", "it cannot be read"),
        (f"machine kea1 password {WORD}", "machine kea1 has no login"),
        ("machine kea1 login operator", "machine kea1 has no password"),
        (f"machine kea1 login a:b password {WORD}", "no colon"),
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
        ({"key": paths["key"]}, "--key is given without --cert"),
        ({"cacert": tmp_path / "missing"}, "--cacert: .*missing: no such file"),
        ({"cacert": junk}, "--cacert: .*junk.pem: it is not what is wanted"),
        ({"cert": junk}, "--cert and --key: .*junk.pem"),
        ({"cert": paths["own"]}, "--cert and --key: .*own.pem"),
        ({"cert": paths["own"], "key": paths["other"]}, "the key is not the certificate's"),
        ({"cert": paths["own"], "key": tmp_path / "missing"}, "--cert and --key: .*no such file"),
        ({"cert": paths["own"], "key": paths["locked"]}, "it is encrypted; give a key without a passphrase"),
    ]
    for arguments, words in wrong:
        with pytest.raises(UsageError, match=words):
            access({}, **arguments)
