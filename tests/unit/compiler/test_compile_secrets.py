"""Law 9: no literal secret is taken, and none reaches a file, the manifest or a finding; `!secret` stands where secrets stand."""

from __future__ import annotations

import pytest

from kea_hac.report.as_json import data
from kea_hac.report.github import render as as_github
from kea_hac.report.text import render as as_text
from tests.specs import build, checked, config, findings_of, ha_of
from tests.unit.compiler.pairs import AGENT, SENT, pair

WORD = "swordfish"
THROUGH_AGENT = "multi-threading: {http-dedicated-listener: false}"
LITERALS = {
    "lease database": pair(f"lease-database: {{type: mysql, name: kea, password: {WORD}}}"),
    "host database": pair(f"hosts-databases: [{{type: mysql, name: kea, password: {WORD}}}]"),
    "one host database": pair(f"hosts-database: {{type: mysql, name: kea, password: {WORD}}}"),
    "config backend": pair(f"config-control: {{config-databases: [{{type: mysql, name: kea, password: {WORD}}}]}}"),
    "a server's own": pair(kea1=f"dhcp4: {{lease-database: {{type: mysql, name: kea, password: {WORD}}}}}"),
    "agent client": pair(top=AGENT.replace("password-file: kea-api-password", f"password: {WORD}")),
    "http socket": pair(
        f"control-sockets: [{{socket-type: http, authentication: {{type: basic, clients: [{{user: u, password: {WORD}}}]}}}}]",
        kea="3.0",
    ),
    "peer": pair(kea1=f"basic-auth-user: u\nbasic-auth-password: {WORD}", ha=THROUGH_AGENT, top=AGENT),
    "radius": pair(
        f"hooks-libraries: [{{library: libdhcp_radius.so, parameters: {{access: {{servers: [{{secret: {WORD}}}]}}}}}}]",
        kea="3.0",
    ),
    "list": pair(f"hooks-libraries: [{{library: libdhcp_stat_cmds.so, parameters: {{passwords: [a, {WORD}]}}}}]"),
    "api key": pair(f"hooks-libraries: [{{library: libdhcp_stat_cmds.so, parameters: {{api-key: {WORD}}}}}]"),
    "remark": pair(f"user-context: {{password: {WORD}}}"),
    "reservation": pair(
        f"subnet4: [{{id: 1, subnet: 192.0.2.0/24, reservations: [{{hw-address: 080027000001, user-context: {{secret: {WORD}}}}}]}}]"
    ),
    "next line": pair(f"lease-database:\n  type: mysql\n  name: kea\n  password:\n    {WORD}"),
    "wrong type": pair(f"lease-database:\n  type: mysql\n  name: kea\n  password:\n    - {WORD}"),
    "block text": pair(f"lease-database:\n  type: mysql\n  name: kea\n  password: |\n    {WORD}"),
}


@pytest.mark.parametrize("where", LITERALS)
def test_a_literal_secret_is_refused_and_shown_nowhere(where: str) -> None:
    done = checked(LITERALS[where])
    assert done.build is None
    names = {each.rule.name for each in done.report.diagnostics}
    assert names & {"literal-secret", "wrong-type"}
    said = as_text(done.report) + as_github(done.report) + repr(data(done.report))
    assert WORD not in said
    assert WORD not in repr(done.report)


def test_a_secret_is_an_include_on_the_server_and_a_path_in_the_manifest() -> None:
    text = pair(
        "lease-database: {type: mysql, host: 192.0.2.50, name: kea, password: !secret '/etc/kea/{server}.json'}",
        ha=THROUGH_AGENT,
        top=AGENT,
        kea1="basic-auth-user: ha\nbasic-auth-password: !secret /etc/kea/peer.json",
        kea2=SENT,
    )
    made = build(text)
    assert config(made, "kea2", "dhcp4")["lease-database"]["password"] == "<?include /etc/kea/kea2.json?>"
    assert b'"password": <?include "/etc/kea/kea1.json"?>' in made.files["kea1/kea-dhcp4.conf"]
    assert ha_of(made, "kea2", "dhcp4")["peers"][0]["basic-auth-password"] == "<?include /etc/kea/peer.json?>"
    assert b'"/etc/kea/kea2.json"' in made.manifest


ALLOWED = (
    "lease-database: {type: mysql, name: !secret /etc/kea/a, user: !secret /etc/kea/b, host: !secret /etc/kea/c}",
    "option-data: [{name: boot-file-name, data: !secret /etc/kea/a}]",
    "hooks-libraries: [{library: libdhcp_stat_cmds.so, parameters: {any: !secret /etc/kea/a}}]",
    "user-context: {any: !secret /etc/kea/a}",
)


@pytest.mark.parametrize("where", ALLOWED)
def test_where_a_secret_may_stand(where: str) -> None:
    assert [each for each in findings_of(pair(where)) if each.severity == "error"] == []


REFUSED = (
    "server-tag: !secret /etc/kea/a",
    "lease-database: {type: memfile, name: !secret /etc/kea/a}",
    "hooks-libraries: [{library: !secret /etc/kea/a}]",
    "client-classes: [{name: a, test: !secret /etc/kea/a}]",
    "interfaces-config: {interfaces: [!secret /etc/kea/a]}",
    "subnet4: [{id: 1, subnet: !secret /etc/kea/a}]",
    "subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [{pool: !secret /etc/kea/a}]}]",
    "subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: !secret /etc/kea/a}]",
    "loggers: [{name: kea-dhcp4, severity: INFO, output-options: [{output: !secret /etc/kea/a}]}]",
)


@pytest.mark.parametrize("where", REFUSED)
def test_where_it_may_not(where: str) -> None:
    assert [each.rule.name for each in findings_of(pair(where))] == ["secret-out-of-place"]


@pytest.mark.parametrize(
    "text",
    [
        pair("valid-lifetime: !secret /etc/kea/a"),
        pair("lease-database: !secret /etc/kea/a"),
        pair().replace("name: kea1", "name: !secret /etc/kea/a"),
        pair().replace("address: 192.0.2.11", "address: !secret /etc/kea/a"),
        pair(ha="listener: !secret /etc/kea/a"),
        pair().replace("mode: hot-standby", "mode: !secret /etc/kea/a"),
        pair(top="control-agent: !secret /etc/kea/a\n"),
        pair(top="micetro: !secret /etc/kea/a\n"),
        pair(kea1="auto-failover: !secret /etc/kea/a"),
    ],
)
def test_a_secret_is_a_text_and_one_finding_says_so(text: str) -> None:
    (found,) = findings_of(text)
    assert found.rule.name in ("wrong-type", "wrong-value")


def test_a_relative_secret_is_one_finding() -> None:
    (found,) = findings_of(pair("lease-database: {type: mysql, name: kea, password: !secret pw.json}"))
    assert found.rule.name == "bad-secret-path"
