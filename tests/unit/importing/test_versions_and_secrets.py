"""From an older Kea to a newer one, subnets that Kea numbers, and secrets that must not come along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.importing.importing import built_again, imported, lost, names

OLD = """\
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ] },
  "control-socket": { "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" },
  "reservation-mode": "out-of-pool",
  "dhcp-ddns": { "enable-updates": true, "qualifying-suffix": "example.org." },
  "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "syslog" } ] } ],
  "client-classes": [ { "name": "a", "test": "member('KNOWN')" } ],
  "shared-networks": [ { "name": "net", "subnet4": [ { "subnet": "10.0.0.0/24", "client-class": "a" } ] } ],
  "subnet4": [ { "subnet": "10.1.0.0/24" }, { "subnet": "10.2.0.0/24", "relay": { "ip-address": "10.2.0.1" } } ]
} }
"""
ADVICE = {"shared-network-of-one", "subnet-of-nobody", "lease-commands-missing"}
"""What is no matter of versions."""


def dhcp4(found: dict[str, bytes]) -> dict[str, object]:
    """What was built for the one server."""
    content: dict[str, object] = json.loads(found["kea1/kea-dhcp4.conf"])["Dhcp4"]
    return content


def test_an_older_file_for_a_newer_kea_with_a_note_for_each_translation(tmp_path: Path) -> None:
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": OLD}, source="2.2", target="3.0")
    said = [each.message for each in found.report.diagnostics if each.rule.name == "translated-for-newer-kea"]
    for words in (
        "'control-socket' is control-sockets in Kea 3.0 (ChangeLog 2271",
        "'reservation-mode' is reservations-global and",
        "(ChangeLog 2239)",
        "'qualifying-suffix' is the global ddns-qualifying-suffix in Kea 3.0 (ChangeLog 2238)",
        "'output_options' is output-options in Kea 3.0 (ChangeLog 2176",
        "'client-class' is client-classes in Kea 3.0",
        "'ip-address' is ip-addresses in Kea 3.0",
        "the file does not set 'cache-threshold', and Kea 3.0 has another default (ChangeLog 2360): the spec sets 0.0",
        "the file does not set 'multi-threading.enable-multi-threading', and Kea 3.0 has another default (ChangeLog 2103)",
    ):
        assert any(words in each for each in said), (words, said)
    assert lost(found) == []
    made = dhcp4(built_again(found))
    assert made["cache-threshold"] == 0.0
    assert made["multi-threading"] == {"enable-multi-threading": False}


def test_for_the_same_kea_nothing_is_translated(tmp_path: Path) -> None:
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": OLD}, source="2.2")
    assert set(names(found)) - ADVICE == {"numbered-by-kea", "assumed-in-import"}
    assert "cache-threshold" not in str(found.text)
    assert lost(found) == []


def test_subnets_get_the_numbers_that_kea_gave_them(tmp_path: Path) -> None:
    """Kea 2.2 and 2.4: from 1, members of shared networks before the others."""
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": OLD}, source="2.2", target="2.6")
    text = str(found.text)
    assert "- id: 1\n          subnet: 10.0.0.0/24" in text
    assert "- id: 2\n      subnet: 10.1.0.0/24" in text
    assert "- id: 3\n      subnet: 10.2.0.0/24" in text
    assert lost(found) == []


SECRET = "hunter2-in-the-file"
DATABASE = f'{{ "type": "mysql", "name": "kea", "user": "kea", "host": "192.0.2.9", "password": "{SECRET}" }}'
WITH_SECRETS = OLD.replace('"reservation-mode"', f'"hosts-databases": [ {DATABASE} ],\n  "reservation-mode"')
AGENT = f"""\
{{ "Control-agent": {{ "http-host": "192.0.2.1", "control-sockets": {{ "dhcp4": {{ "socket-type": "unix",
   "socket-name": "/run/kea/kea4-ctrl-socket" }} }},
   "authentication": {{ "type": "basic", "clients": [ {{ "user": "admin", "password": "{SECRET}" }} ] }} }} }}
"""


def test_secrets_become_references_with_a_note_of_what_to_put_where(tmp_path: Path) -> None:
    files = {"kea1/kea-dhcp4.conf": WITH_SECRETS, "kea1/kea-ctrl-agent.conf": AGENT}
    found = imported(tmp_path, files, source="2.2", target="2.6")
    assert found.text is not None
    assert SECRET not in found.text
    assert "password: !secret /etc/kea/secrets/hosts-databases-kea-password.json" in found.text
    assert "{user: admin, password-file: admin-password}" in found.text
    notes = [each for each in found.report.diagnostics if each.rule.name == "secret-to-be-moved"]
    assert len(notes) == 2
    assert "as a JSON string, with its double quotes, into /etc/kea/secrets/" in str([each.fix for each in notes])
    assert lost(found) == []
    assert SECRET not in repr([(each.message, each.fix, each.text) for each in found.report.diagnostics])


def test_a_secret_that_a_comment_repeats_is_asterisks_there_too(tmp_path: Path) -> None:
    text = WITH_SECRETS.replace('"interfaces-config"', f'// it was {SECRET} once\n  "interfaces-config"', 1)
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": text}, source="2.2")
    assert SECRET not in str(found.text)
    assert f"# it was {'*' * len(SECRET)} once" in str(found.text)


def test_what_only_a_partner_has_is_shown_without_its_secrets(tmp_path: Path) -> None:
    ha = (
        '"hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" }, { "library": "libdhcp_ha.so", "parameters": '
        '{ "high-availability": [ { "this-server-name": "NAME", "mode": "hot-standby", "peers": ['
        '{ "name": "kea1", "url": "http://192.0.2.1:8000/", "role": "primary" },'
        '{ "name": "kea2", "url": "http://192.0.2.2:8000/", "role": "standby" } ] } ] } } ],\n  "client-classes"'
    )
    one = OLD.replace('"client-classes"', ha.replace("NAME", "kea1"))
    two = OLD.replace('"client-classes"', ha.replace("NAME", "kea2"))
    context = f'{{ "subnet": "10.1.0.0/24", "user-context": {{ "api-token": "{SECRET}", "password": "{SECRET}" }} }}'
    two = two.replace('{ "subnet": "10.1.0.0/24" }', context)
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": one, "kea2/kea-dhcp4.conf": two}, source="2.2")
    assert "servers-say-different-things" in names(found)
    assert SECRET not in str(found.text)
    assert SECRET not in repr([(each.message, each.fix, each.text) for each in found.report.diagnostics])


def test_secrets_of_hooks_and_peers(tmp_path: Path) -> None:
    ha = f"""\
{{ "Dhcp4": {{ "interfaces-config": {{ "interfaces": [ "eth0" ] }}, "subnet4": [ {{ "id": 1, "subnet": "192.0.2.0/24" }} ],
  "hooks-libraries": [ {{ "library": "libdhcp_lease_cmds.so" }},
   {{ "library": "libdhcp_radius.so", "parameters": {{ "access": {{ "servers": [ {{ "name": "r", "secret": "{SECRET}" }} ] }} }} }},
   {{ "library": "libdhcp_ha.so", "parameters": {{ "high-availability": [ {{ "this-server-name": "kea1", "mode": "hot-standby",
     "multi-threading": {{ "enable-multi-threading": true, "http-dedicated-listener": false }},
     "peers": [ {{ "name": "kea1", "url": "http://192.0.2.1:8000/", "role": "primary" }},
      {{ "name": "kea2", "url": "http://192.0.2.2:8000/", "role": "standby", "basic-auth-user": "u", "basic-auth-password": "{SECRET}" }}
     ] }} ] }} }} ] }} }}
"""
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": ha}, source="3.0")
    assert found.text is not None
    assert SECRET not in found.text
    assert "secret: !secret /etc/kea/secrets/radius-access-servers-r-secret.json" in found.text
    assert "basic-auth-password-file: /etc/kea/secrets/kea2-basic-auth-password" in found.text
    assert lost(found) == []


def test_a_password_inside_a_value_becomes_a_reference(tmp_path: Path) -> None:
    url = f"https://kea:{SECRET}@192.0.2.9/api"
    text = f"""\
{{ "Dhcp4": {{ "interfaces-config": {{ "interfaces": [ "eth0" ] }},
  "subnet4": [ {{ "id": 1, "subnet": "192.0.2.0/24", "user-context": {{ "source": "{url}", "others": [ "a", "{url}" ] }},
    "option-data": [ {{ "name": "boot-file-name", "data": "{url}" }} ] }} ],
  "hooks-libraries": [ {{ "library": "libdhcp_ours.so", "parameters": {{ "where": "{url}" }} }} ] }} }}
"""
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": text}, source="3.0")
    assert found.text is not None
    assert SECRET not in found.text
    assert found.text.count("!secret /etc/kea/secrets/") == 4
    assert SECRET not in repr([(each.message, each.fix, each.text) for each in found.report.diagnostics])
    assert lost(found) == []


@pytest.mark.parametrize("source", ["2.2", "2.6"])
def test_what_kea_has_by_itself_is_not_written(source: str, tmp_path: Path) -> None:
    text = OLD.replace(
        '"reservation-mode": "out-of-pool"',
        '"valid-lifetime": 7200, "decline-probation-period": 86400, "sanity-checks": { "lease-checks": "warn" }',
    ).replace('"qualifying-suffix"', '"max-queue-size": 1024, "qualifying-suffix"')
    found = imported(tmp_path, {"kea1/kea-dhcp4.conf": text}, source=source)
    for word in ("valid-lifetime", "decline", "sanity", "max-queue-size"):
        assert word not in str(found.text)
    assert lost(found) == []


def test_what_kea_has_by_itself_is_written_where_a_newer_one_has_not(tmp_path: Path) -> None:
    text = OLD.replace('"reservation-mode": "out-of-pool"', '"multi-threading": { "enable-multi-threading": false }')
    assert "multi-threading" not in str(imported(tmp_path / "a", {"kea1/kea-dhcp4.conf": text}, source="2.2").text)
    newer = imported(tmp_path / "b", {"kea1/kea-dhcp4.conf": text}, source="2.2", target="2.6")
    assert "multi-threading: {enable-multi-threading: false}" in str(newer.text)
