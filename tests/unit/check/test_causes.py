"""One mistake is one finding, and it is the cause: what follows from it is not told beside it, and not before it."""

from __future__ import annotations

import pytest

from tests.specs import checked, findings_of
from tests.unit.compiler.pairs import AGENT, pair

SUBNET = "subnet4: [{{id: 1, subnet: 192.0.2.0/24, interface: lan, {}}}]"


def found(text: str, **files: str) -> list[tuple[str, str]]:
    return [(each.rule.code, each.path) for each in checked(text, **files).report.diagnostics]


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (SUBNET.format("pools: !include pools.yaml"), "KH030", "dhcp4.subnet4[0].pools"),
        (SUBNET.format("pools: *here"), "KH016", "dhcp4.subnet4[0].pools"),
        (SUBNET.format("pools: [*here]"), "KH016", "dhcp4.subnet4[0].pools[0]"),
        (SUBNET.format("<<: !include rest.yaml"), "KH030", "dhcp4.subnet4[0]"),
        (SUBNET.format("<<: *rest"), "KH016", "dhcp4.subnet4[0]"),
        (SUBNET.format("reservations: !csv hosts.csv"), "KH030", "dhcp4.subnet4[0].reservations"),
        ("subnet4: [{id: 1, interface: lan, subnet: *net, pools: [{pool: 192.0.2.0/25}]}]", "KH016", "dhcp4.subnet4[0].subnet"),
        ("option-data: [{name: routers, data: *gateway}]", "KH016", "dhcp4.option-data[0].data"),
        ("subnet4: &all !include nets.yaml\nx: *all", "KH120", "dhcp4.x"),
    ],
)  # fmt: skip
def test_what_an_unread_value_leaves_open_is_not_found(body: str, code: str, path: str) -> None:
    seen = found(pair(body))
    if "&all" in body:  # the anchor is there; what it stands for was not read, and one finding reports that
        assert seen == [("KH030", "dhcp4.subnet4")]
    else:
        assert seen == [(code, path)]


def test_in_an_included_file_of_kea_as_well() -> None:
    nets = '[{"id": 1, "subnet": "192.0.2.0/24", "interface": "lan", <?include "/etc/kea/pools.json"?> }]'
    seen = found(pair("subnet4: !include nets.json"), nets__json=nets)
    assert [code for code, _ in seen] == ["KH031"]


def test_a_comment_that_lets_the_gap_through_lets_nothing_else_through() -> None:
    body = "subnet4:\n  - {id: 1, subnet: 192.0.2.0/24, interface: lan,\n     pools: *here}  # kea-hac: ignore[unknown-alias] later"
    assert [code for code, _ in found(pair(body))] == ["KH230"]


CLIENT = "{user-file: kea-api-user, password-file: kea-api-password}"


@pytest.mark.parametrize(
    ("client", "cause", "path"),
    [
        ("{user: kea, password: swordfish}", "KH902", "control-agent.authentication.clients[0].password"),
        ("{user-file: u, password-file: /srv/p}", "KH758", "control-agent.authentication.clients[0].password-file"),
        ("{user-file: u, password: {a: b}}", "KH122", "control-agent.authentication.clients[0].password"),
        ("{user-file: u, pasword-file: kea-api-password}", "KH120", "control-agent.authentication.clients[0].pasword-file"),
    ],
)  # fmt: skip
def test_the_file_that_the_unit_wants_is_not_missed_where_the_password_is_wrong(
    client: str, cause: str, path: str
) -> None:
    text = pair(top=AGENT.replace(CLIENT, client))
    assert [(code, at) for code, at in found(text) if code != "KH230"] == [(cause, path)]


def test_the_file_that_the_unit_wants_is_missed_at_the_agent() -> None:
    text = pair(top=AGENT.replace("kea-api-password}", "other}"))
    (seen,) = findings_of(text)
    assert (seen.rule.code, seen.text) == ("KH760", "control-agent:")


@pytest.mark.parametrize(
    "entry",
    ["password: swordfish", "secret: {swordfish: 1}", "api-token: [swordfish]", "basic-auth-password: swordfish"],
)
def test_a_secret_at_a_key_that_has_no_meaning_is_one_finding(entry: str) -> None:
    body = SUBNET.format(
        f"reservations-out-of-pool: true, reservations: [{{hw-address: 00:11:22:33:44:55, hostname: a, {entry}}}]"
    )
    seen = findings_of(pair(body))
    assert [each.rule.code for each in seen] == ["KH120"]
    assert "swordfish" not in str(seen)


@pytest.mark.parametrize("word", ["Secret-77-xy", "S3cretToken", "token-in-clear", "my.password"])
@pytest.mark.parametrize("key", ["password", "db-password", "tokens"])
def test_a_key_below_a_secret_that_looks_like_a_secrets_name_is_one(key: str, word: str) -> None:
    """`{password: {Secret-77-xy: …}}`: a password with a colon and a space behind it is a key for YAML."""
    for value in (f"{{{word}: 1}}", f"{{{word}: {{x: y}}}}", f"[{{{word}: 1}}]"):
        seen = findings_of(pair(f"user-context: {{{key}: {value}}}"))
        assert [each.rule.code for each in seen] == ["KH902"], value
        assert word not in str(seen)


def test_plain_names_of_secrets_below_one_stay_readable() -> None:
    (seen,) = findings_of(pair("user-context: {secrets: {db-password: swordfish}}"))
    assert seen.message == "a literal 'db-password' is in the spec"
    assert "db-password" in str(seen.text)
    assert "swordfish" not in str(seen)


LOAD_BALANCED = pair(
    "subnet4:\n"
    "  - {id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.20 - 192.0.2.99}, {pool: 192.0.2.100 - 192.0.2.199}]}\n"
    "  - id: 2\n    subnet: 198.51.100.0/24\n    pools:\n      - pool: 198.51.100.0/26\n      - pool: 198.51.100.64/26",
    mode="load-balancing",
    ha="listener: 8001\nmax-unacked-clients: 0",
)


def test_one_missing_split_is_one_finding_with_its_places() -> None:
    (seen,) = (each for each in findings_of(LOAD_BALANCED) if each.rule.code == "KH202")
    assert seen.message.endswith("; the same at 3 more places")
    assert seen.path == "dhcp4.subnet4[0].pools[0].pool"
    assert [words for _, words in seen.related] == ["here as well"] * 3


def test_a_comment_lets_one_place_through_and_not_the_others() -> None:
    comment = "  # kea-hac: ignore[unsplit-pool-in-load-balancing] guests"
    text = LOAD_BALANCED.replace("198.51.100.0/26", f"198.51.100.0/26{comment}")
    (seen,) = (each for each in findings_of(text) if each.rule.code in ("KH202", "KH110"))
    assert seen.message.endswith("; the same at 2 more places")
    assert all("198.51.100.0/26" not in str(line) for line in seen.related_texts)


def test_an_alias_that_one_server_lacks_is_one_finding() -> None:
    uses = "\n".join(
        f"  - {{id: {number}, subnet: 192.0.{number}.0/24, interface: lan}}" for number in (1, 2, 3, 4, 5, 6)
    )
    text = pair(f"subnet4:\n{uses}").replace("{lan: ens18}", "{lna: ens18}")
    (seen,) = (each for each in findings_of(text) if each.rule.code == "KH108")
    assert (seen.message, seen.path) == ("there is no interface alias 'lan' on kea2", "servers[1].interfaces.lna")
    assert seen.fix == "write 'lan', as the other server does"
    assert [words for _, words in seen.related] == ["used here"]


def test_an_alias_that_no_server_has_is_one_finding_with_its_places() -> None:
    uses = "\n".join(f"  - {{id: {number}, subnet: 192.0.{number}.0/24, interface: wan}}" for number in range(1, 7))
    (seen,) = (each for each in findings_of(pair(f"subnet4:\n{uses}")) if each.rule.code == "KH108")
    assert seen.message == "there is no interface alias 'wan' on kea1 and kea2; the same at 5 more places"
    assert len(seen.related) == 3
