"""What one side of an HA channel demands and the other sends: TLS, users, passwords; in specs and in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import kea_hac
from kea_hac.diagnostics import Severity
from kea_hac.kea.version import KeaVersion
from tests.specs import checked, findings_of
from tests.unit.compiler.pairs import SENT, TLS, hub, pair

OFF = "multi-threading: {http-dedicated-listener: false}"
CODES = ("KH660", "KH661", "KH662", "KH663", "KH664")


def agent(clients: str, tls: str = "") -> str:
    return f"control-agent:\n  http-port: 8000\n{tls}  authentication: {{type: basic, clients: [{clients}]}}\n"


def socket(clients: str, kind: str = "http", extra: str = "") -> str:
    entry = f"{{socket-type: {kind}, socket-port: 8004, authentication: {{type: basic, clients: [{clients}]}}{extra}}}"
    return f"control-sockets: [{entry}]"


def found(text: str) -> list[str]:
    return [each.rule.code for each in findings_of(text) if each.rule.code in CODES]


LITERAL = "{user: ha, password-file: pw}"
OWN = "trust-anchor: /etc/kea/ca.pem\ncert-file: /etc/kea/{0}.pem\nkey-file: /etc/kea/{0}.key"
NONE = 'trust-anchor: ""\ncert-file: ""\nkey-file: ""'
SPECS = {
    "agent, nothing sent": (pair(ha=OFF, tls="", top=agent(LITERAL)), ["KH661"]),
    "agent, sent": (pair(ha=OFF, tls="", top=agent(LITERAL), kea1=SENT, kea2=SENT), []),
    "agent, sent to one": (pair(ha=OFF, tls="", top=agent(LITERAL), kea1=SENT), ["KH661"]),
    "agent, an empty user": (pair(ha=OFF, tls="", top=agent(LITERAL), kea1=SENT, kea2='basic-auth-user: ""'), ["KH661"]),
    "agent, another user": (pair(ha=OFF, tls="", top=agent(LITERAL), kea1=SENT, kea2=SENT.replace("ha", "me", 1)), ["KH662"]),
    "agent, a second client": (pair(ha=OFF, tls="", top=agent("{user: x, password-file: y}, " + LITERAL), kea1=SENT, kea2=SENT), []),
    "agent, users in files": (pair(ha=OFF, tls="", top=agent("{user-file: u, password-file: p}"), kea1=SENT, kea2=SENT), []),
    "agent, users in files, nothing sent": (pair(ha=OFF, tls="", top=agent("{user-file: u, password-file: p}")), ["KH661"]),
    "agent, one file for both": (pair(ha=OFF, tls="", top=agent("{password-file: p}"), kea1=SENT), ["KH661"]),
    "agent without clients": (pair(ha=OFF, tls="", top=agent("")), []),
    "agent beside a listener": (pair(top=agent(LITERAL)), []),
    "sent and not asked for": (pair(ha=OFF, tls="", top="control-agent: {http-port: 8000}\n", kea1=SENT, kea2=SENT), []),
    "user named after the server": (
        pair(ha=OFF, tls="", top=agent('{user: "ha-{server}", password-file: pw}'), kea1=SENT.replace("ha", "ha-kea1", 1), kea2=SENT.replace(": ha", ': "ha-{server}"', 1)),
        [],
    ),
    "socket, nothing sent": (pair(socket(LITERAL), kea="3.0", ha=OFF, tls=""), ["KH661"]),
    "socket, another user": (pair(socket(LITERAL), kea="3.0", ha=OFF, tls="", kea1=SENT.replace("ha", "a", 1), kea2=SENT), ["KH662"]),
    "socket before the agent": (pair(socket(LITERAL), kea="3.0", ha=OFF, tls="", top="control-agent: {http-port: 8000}\n"), ["KH661"]),
    "one server's own socket": (
        pair(kea="3.0", ha=OFF, tls="", top="control-agent: {http-port: 8000}\n", kea2="dhcp4:\n  " + socket(LITERAL)),
        ["KH661"],
    ),
    "an agent on one server only": (
        pair("control-sockets: [{socket-type: http, socket-port: 8004}]", kea="3.0", ha=OFF, tls="", kea2="control-agent: false", top=agent(LITERAL)),
        [],
    ),
    "tls towards an agent without": (pair(ha=OFF, top="control-agent: {http-port: 8000}\n"), ["KH660"]),
    "tls towards a socket without": (pair(socket(""), kea="3.0", ha=OFF), ["KH660"]),
    "tls for one server": (pair(tls="", kea1=OWN.format("kea1")), ["KH660"]),
    "tls turned off for one server": (pair(kea2=NONE), ["KH660"]),
    "tls turned off for both": (pair(kea1=NONE, kea2=NONE), []),
    "tls of each server": (pair(tls="", kea1=OWN.format("kea1"), kea2=OWN.format("kea2")), []),
    "tls of one server and the pair's": (pair(kea2=OWN.format("special")), []),
    "one path": (pair(tls=TLS.replace("{server}", "server")), ["KH663"]),
    "one path for each": (pair(tls="", kea1=OWN.format("a"), kea2=OWN.format("a")), ["KH663"]),
    "a spoke without tls": (
        hub("valid-lifetime: 1h").replace("{name: south,", '{name: south, trust-anchor: "", cert-file: "", key-file: "",'),
        ["KH660"],
    ),
    "tls in one family of one server": (
        pair(
            tls="",
            ha="listener: {dhcp4: 8001, dhcp6: 8002}",
            kea1="trust-anchor: {dhcp4: /ca}\ncert-file: {dhcp4: /c}\nkey-file: {dhcp4: /k}",
        )
        + "dhcp6:\n  valid-lifetime: 1h\n",
        ["KH660"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "codes"), SPECS.values(), ids=SPECS.keys())
def test_specs(text: str, codes: list[str]) -> None:
    assert found(text) == codes, [(each.rule.code, each.message) for each in findings_of(text)]


def test_a_backup_without_tls_is_found_and_calls_nobody() -> None:
    backup = "  - {name: kea3, role: backup, address: 192.0.2.13, interfaces: [eth0]}\nhigh-availability:"
    own = {f"kea{number}": OWN.format(f"kea{number}") for number in (1, 2)}
    text = pair(tls="", **own).replace("high-availability:", backup)  # type: ignore[arg-type]
    assert set(found(text)) == {"KH660"}
    assert {each.path for each in findings_of(text) if each.rule.code == "KH660"} == {"servers[2]"}
    asks = pair(ha=OFF, tls="", top=agent(LITERAL), kea1=SENT, kea2=SENT).replace("high-availability:", backup)
    (only,) = [each for each in findings_of(asks) if each.rule.code == "KH661"]
    assert "of kea3 requires" in only.message


def test_what_is_in_files_is_said_to_be_unknown() -> None:
    hidden = pair(ha=OFF, tls="", top=agent("{user-file: u, password-file: p}"), kea1=SENT, kea2=SENT)
    assert [each.what for each in checked(hidden).report.skipped] == [
        "the password of HA at the control agent of kea1",
        "the password of HA at the control agent of kea2",
    ]
    assert not checked(pair()).report.skipped


def file(server: str, *, peers: dict[str, dict[str, str]] | None = None, top: Any = (), **relationship: Any) -> str:
    """A server's kea-dhcp4.conf. `peers`: more keys, by peer."""
    urls = {"kea1": ("primary", 11), "kea2": ("standby", 12)}
    listed = [
        {"name": name, "role": role, "url": f"http://192.0.2.{host}:8004/", **(peers or {}).get(name, {})}
        for name, (role, host) in urls.items()
    ]
    ha = {"this-server-name": server, "mode": "hot-standby", "peers": listed, **relationship}
    libraries = [
        {"library": "libdhcp_lease_cmds.so"},
        {"library": "libdhcp_ha.so", "parameters": {"high-availability": [ha]}},
    ]
    return json.dumps({"Dhcp4": {"hooks-libraries": libraries, **dict(top)}})  # fmt: skip


THROUGH = {"multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": False}}
FILES = {"trust-anchor": "/ca", "cert-file": "/c", "key-file": "/k"}


def door(server: str, clients: Any, **extra: Any) -> dict[str, Any]:
    entry = {"socket-type": "http", "socket-address": f"192.0.2.1{server[-1]}", "socket-port": 8004, **extra}
    return {"control-sockets": [{**entry, "authentication": {"type": "basic", "clients": clients}}]}


def lint(tmp_path: Path, *texts: str, version: str = "3.0") -> list[tuple[str, Severity]]:
    paths = []
    for number, text in enumerate(texts):
        (tmp_path / str(number)).mkdir()
        paths.append(tmp_path / str(number) / "kea-dhcp4.conf")
        paths[-1].write_text(text, "utf-8")
    report = kea_hac.lint(paths, KeaVersion.parse(version)).report
    return [(each.rule.code, each.severity) for each in report.diagnostics if each.rule.code in CODES]


HA = [{"user": "ha", "password": "one"}]
ERROR, WARNING = Severity.ERROR, Severity.WARNING


def both(keys: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"kea1": keys, "kea2": keys}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "KH661"),
        ({"basic-auth-user": ""}, "KH661"),
        ({"basic-auth-user": "other", "basic-auth-password": "one"}, "KH662"),
        ({"basic-auth-user": "ha", "basic-auth-password": "two"}, "KH662"),
        ({"basic-auth-user": "ha"}, "KH662"),
        ({"basic-auth-user": "ha", "basic-auth-password": "one"}, None),
        ({"basic-auth-user": "ha", "basic-auth-password-file": "/etc/kea/pw"}, None),
    ],
)
def test_files_of_a_pair_and_of_one_server(sent: dict[str, str], code: str | None, tmp_path: Path) -> None:
    texts = [file(name, peers=both(sent), top=door(name, HA), **THROUGH) for name in ("kea1", "kea2")]
    assert lint(tmp_path, *texts) == ([(code, ERROR)] * 2 if code else [])
    (tmp_path / "alone").mkdir()
    assert lint(tmp_path / "alone", texts[0]) == ([(code, WARNING)] if code else [])


def test_no_password_is_ever_shown(tmp_path: Path) -> None:
    sent = both({"basic-auth-user": "ha", "basic-auth-password": "a-sesame"})
    paths = []
    for name in ("kea1", "kea2"):
        (tmp_path / name).mkdir()
        paths.append(tmp_path / name / "kea-dhcp4.conf")
        clients = [{"user": "ha", "password": "b-sesame"}]
        paths[-1].write_text(file(name, peers=sent, top=door(name, clients), **THROUGH).replace("{", "{\n"), "utf-8")
    found = kea_hac.lint(paths, KeaVersion.parse("3.0")).report.diagnostics
    assert any(each.rule.code == "KH662" for each in found)
    assert "sesame" not in repr(found)


def test_files_with_tls_on_one_side(tmp_path: Path) -> None:
    listener = {"multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True}}
    one = file("kea1", **listener, **FILES)
    two = file("kea2", **listener)
    assert lint(tmp_path, one, two) == [("KH660", ERROR)], "one mistake, in the file that lacks the keys"


def test_files_with_tls_towards_a_socket_without(tmp_path: Path) -> None:
    one, two = (
        file(name, top=door(name, []), **THROUGH, **{**FILES, "key-file": f"/{name}"}) for name in ("kea1", "kea2")
    )
    assert lint(tmp_path, one, two) == [("KH660", ERROR)] * 2


def test_each_peers_own_key_in_every_file(tmp_path: Path) -> None:
    listener = {"multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True}}
    own = {name: {**FILES, "key-file": f"/etc/kea/{name}.key"} for name in ("kea1", "kea2")}
    one, two = (file(name, peers=own, **listener) for name in ("kea1", "kea2"))
    assert lint(tmp_path, one, two) == [("KH664", WARNING)] * 2
    (tmp_path / "alone").mkdir()
    assert lint(tmp_path / "alone", one) == [("KH664", WARNING)]


def test_a_client_key_of_its_own_is_allowed(tmp_path: Path) -> None:
    listener = {"multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True}}
    texts = []
    for name, partner in (("kea1", "kea2"), ("kea2", "kea1")):
        own = {name: {"key-file": f"/{name}-server"}, partner: {"key-file": f"/{name}-client"}}
        texts.append(file(name, peers=own, **listener, **FILES))
    assert lint(tmp_path, *texts) == []


def test_one_key_path_in_both_files(tmp_path: Path) -> None:
    listener = {"multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True}}
    one, two = (file(name, **listener, **FILES) for name in ("kea1", "kea2"))
    assert lint(tmp_path, one, two) == [("KH663", Severity.INFO)]


CHECKED = {"multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True}}
USER = {"basic-auth-user": "ha", "basic-auth-password": "one"}


@pytest.mark.parametrize(
    ("demanded", "sent", "found"),
    [
        (USER, USER, []),
        (USER, {}, [("KH661", ERROR)]),
        (USER, {**USER, "basic-auth-user": "other"}, [("KH662", ERROR)]),
        (USER, {**USER, "basic-auth-password": "two"}, [("KH662", ERROR)]),
        (USER, {"basic-auth-user": "ha"}, [("KH662", ERROR)]),
        ({"basic-auth-user": "ha"}, {"basic-auth-user": "ha"}, []),
        ({"basic-auth-user": ""}, {}, []),
        ({}, USER, []),
        ({"basic-auth-user-file": "/u", "basic-auth-password-file": "/p"}, USER, []),
        ({"basic-auth-user-file": "/u", "basic-auth-password-file": "/p"}, {}, [("KH661", ERROR)]),
        ({"basic-auth-user": "ha", "basic-auth-password-file": "/p"}, USER, []),
    ],
)
def test_what_the_dedicated_listener_demands_since_3_3_1(
    demanded: dict[str, str], sent: dict[str, str], found: list[tuple[str, Severity]], tmp_path: Path
) -> None:
    """Its own peer entry is the one user that it accepts (ha_service.cc at 3.3.1-git). Older listeners accept everybody."""
    one = file("kea1", peers={"kea1": USER, "kea2": sent}, **CHECKED)
    two = file("kea2", peers={"kea1": USER, "kea2": demanded}, **CHECKED)
    assert lint(tmp_path, one, two, version="3.3.1") == found
    (tmp_path / "old").mkdir()
    assert lint(tmp_path / "old", one, two, version="3.2") == []


def test_a_spec_sends_what_its_listeners_demand() -> None:
    assert found(pair(kea="3.3", kea1=SENT, kea2=SENT)) == []
    unknown = {each.what for each in checked(pair(kea="3.3", kea1=SENT, kea2=SENT)).report.skipped}
    assert "the password of HA at the HA listener of dhcp4 of kea1" in unknown
