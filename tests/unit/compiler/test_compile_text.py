"""Laws 1, 5, 8 and 11 through the whole pipeline: Kea's words, ids, files, strictness."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

import kea_hac
from kea_hac.diagnostics import Report
from tests.specs import build, config, findings_of
from tests.unit.compiler.pairs import pair

LONE = "kea-hac: 1\npair: p\nkea: {kea}\nplatform: debian\nservers: [{{name: a, interfaces: [eth0]}}]\ndhcp4:\n"


def lone(body: str, kea: str = "2.6") -> str:
    return LONE.format(kea=kea) + "".join(f"  {line}\n" for line in body.splitlines())


def in_folder(**files: str) -> Report:
    """The report on spec.yaml in a folder of files; `__` in a name is a dot, `_of_` a slash."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name.replace("__", ".").replace("_of_", "/"))
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, "utf-8")
        return kea_hac.compile_spec(Path(folder, "spec.yaml")).report


def test_an_old_spelling_is_understood_pointed_out_and_written_as_the_target_reads_it() -> None:
    text = "subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.16/28, client-class: KNOWN}]}]"
    for kea, key, value in (("2.6", "client-class", "KNOWN"), ("3.0", "client-classes", ["KNOWN"])):
        assert [each.rule.name for each in findings_of(lone(text, kea))] == ["old-spelling"]
        pool = config(build(lone(text, kea)), "a", "dhcp4")["subnet4"][0]["pools"][0]
        assert pool[key] == value


def test_what_a_version_cannot_say_names_every_server_of_it_once() -> None:
    found = findings_of(
        pair("stash-agent-options: true", kea="2.2", ha="listener: 8001\nmax-rejected-lease-updates: 3")
    )
    assert [each.message for each in found] == [
        "Kea 2.2 on kea1 and kea2 does not know 'max-rejected-lease-updates' in relationship",
        "Kea 2.2 on kea1 and kea2 does not know 'stash-agent-options' in Dhcp4",
    ]
    assert [each.kea for each in found] == ["accepts", "refuses"], "the HA library ignores what it does not know"


def test_what_a_version_cannot_say_names_the_server_whose_version_is_in_the_way() -> None:
    found = findings_of(pair("stash-agent-options: true", kea="2.4", kea2="kea: 2.6"))
    assert [each.message for each in found if each.severity == "error"] == [
        "Kea 2.4 on kea1 does not know 'stash-agent-options' in Dhcp4"
    ]


def test_what_a_version_cannot_say_is_found_beside_other_mistakes() -> None:
    found = findings_of(lone("stash-agent-options: true\nvalid-lifetme: 1", "2.2"))
    assert {each.rule.name for each in found} == {"absent-in-version", "unknown-key"}


@pytest.mark.parametrize(
    ("kea", "subnets", "fixes"),
    [
        ("2.6", "{subnet: 192.0.2.0/24}", ["add `id: 1`, which is unused"]),
        ("2.6", "{id: 7, subnet: 198.51.100.0/24}, {subnet: 192.0.2.0/24}", ["add `id: 8`, which is unused"]),
        (
            "2.2",
            "{subnet: 192.0.2.0/24}, {id: 0, subnet: 198.51.100.0/24}",
            [
                "add `id: 1`, the number that Kea assigned to it",
                "add `id: 2`, the number that Kea assigned to it",
            ],
        ),
        (
            "2.2",
            "{id: 7, subnet: 198.51.100.0/24}, {subnet: 192.0.2.0/24}",
            ["add `id: 1`, the number that Kea assigned to it"],
        ),
        ("2.2", "{id: 1, subnet: 198.51.100.0/24}, {subnet: 192.0.2.0/24}", ["add `id: 2`, which is unused"]),
    ],
)
def test_a_missing_id_and_the_number_to_write(kea: str, subnets: str, fixes: list[str]) -> None:
    found = [each for each in findings_of(lone(f"subnet4: [{subnets}]", kea)) if each.rule.name == "subnet-id-missing"]
    assert [each.fix for each in found] == fixes


def test_kea_numbers_subnets_of_shared_networks_first() -> None:
    text = "subnet4: [{subnet: 192.0.2.0/24}]\nshared-networks: [{name: n, subnet4: [{subnet: 198.51.100.0/24}]}]"
    fixes = {each.message: each.fix for each in findings_of(lone(text, "2.2"))}
    assert fixes["the subnet 198.51.100.0/24 has no id"] == "add `id: 1`, the number that Kea assigned to it"
    assert fixes["the subnet 192.0.2.0/24 has no id"] == "add `id: 2`, the number that Kea assigned to it"


SPEC = """\
kea-hac: 1
pair: p
kea: 2.6
platform: debian
servers: !include shared_of_servers.yaml
high-availability:
  <<: !include shared_of_timers.yaml
  mode: hot-standby
  trust-anchor: /etc/kea/ca.pem
  cert-file: "/etc/kea/{server}.pem"
  key-file: "/etc/kea/{server}.key"
  listener: 8001
dhcp4:
  option-data:
    - !include shared_of_options.json
  subnet4:
    - {id: 1, subnet: 192.0.2.0/24, reservations: !csv hosts.csv}
""".replace("_of_", "/")
SERVERS = """\
- {name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0]}
- {name: kea2, role: standby, address: 192.0.2.12, interfaces: [eth0]}
"""
FILES = {
    "spec__yaml": SPEC,
    "shared_of_servers__yaml": SERVERS,
    "shared_of_timers__yaml": "heartbeat-delay: 5s\nmax-response-delay: 30s\n",
    "shared_of_options__json": '[{"name": "domain-name-servers", "data": "192.0.2.53"} // ours\n]\n',
    "hosts__csv": "hw-address,ip-address\n08:00:27:00:00:01,192.0.2.20\n080027000002,192.0.2.21\n",
}


def test_a_spec_of_many_files_is_one_spec() -> None:
    assert in_folder(**FILES).diagnostics == ()


@pytest.mark.parametrize(
    ("file", "was", "now", "rule", "line", "column"),
    [
        ("shared_of_servers__yaml", "role: standby", "role: stand-by", "wrong-value", 2, 22),
        ("shared_of_servers__yaml", "address: 192.0.2.12", "adress: 192.0.2.12", "unknown-spec-key", 2, 31),
        ("shared_of_servers__yaml", "name: kea2", "name: kea1", "same-server-name", 2, 10),
        ("shared_of_timers__yaml", "max-response-delay", "max-responce-delay", "unknown-spec-key", 2, 1),
        ("shared_of_timers__yaml", "heartbeat-delay: 5s", "heartbeat-delay: 99999", "out-of-range", 1, 18),
        ("shared_of_options__json", '"data"', '"date"', "unknown-key", 1, 34),
        ("hosts__csv", "080027000002,192.0.2.21", "080027000002,192.0.2.21,more", "csv-row", 3, 25),
    ],
)
def test_a_mistake_is_found_in_the_file_that_holds_it(
    file: str, was: str, now: str, rule: str, line: int, column: int
) -> None:
    report = in_folder(**{**FILES, file: FILES[file].replace(was, now)})
    places = {
        (Path(each.span.file).name, each.span.line, each.span.column)
        for each in report.diagnostics
        if each.rule.name == rule
    }
    assert places == {(file.replace("__", ".").rpartition("_of_")[2], line, column)}


def test_a_key_that_is_newer_than_our_grammar_is_let_through_with_a_reason() -> None:
    text = lone("# kea-hac: ignore[unknown-key] came with a patch release\nkey-of-tomorrow: {deep: [1, yes, x]}")
    assert findings_of(text) == ()
    assert config(build(text), "a", "dhcp4")["key-of-tomorrow"] == {"deep": [1, "yes", "x"]}


@pytest.mark.parametrize("written", ["012", "0o17", "1_000", "0x1F"])
def test_where_no_schema_reaches_an_ambiguous_number_must_be_quoted(written: str) -> None:
    for body in (
        f"user-context: {{a: {written}}}",
        f"hooks-libraries: [{{library: libdhcp_of_our_own.so, parameters: {{a: {written}}}}}]",
    ):
        (found,) = findings_of(lone(body))
        assert "quote" in found.message + (found.fix or "")
        quoted = body.replace(written, f'"{written}"')
        assert findings_of(lone(quoted)) == ()


def test_yaml_1_2_typed_by_the_schema() -> None:
    made = config(
        build(
            lone(
                """
boot-file-name: no
valid-lifetime: 1h
subnet4:
  - id: 1
    subnet: 192.0.2.0/24
    reservations: [{hw-address: 080027000001, hostname: 1234}]
""".strip()
            )
        ),
        "a",
        "dhcp4",
    )
    assert made["boot-file-name"] == "no"
    assert made["valid-lifetime"] == 3600
    assert made["subnet4"][0]["reservations"] == [{"hw-address": "080027000001", "hostname": "1234"}]


@pytest.mark.parametrize(
    ("place", "wrong", "right"),
    [
        ("", "platfrom: debian", "platform"),
        ("servers", "adress: 192.0.2.1", "address"),
        ("servers", "control_address: 192.0.2.1", "control-address"),
        ("high-availability", "hartbeat-delay: 5s", "heartbeat-delay"),
        ("high-availability", "listner: 8001", "listener"),
    ],
)
def test_an_unknown_key_of_ours_names_the_nearest_right_one(place: str, wrong: str, right: str) -> None:
    text = {
        "": pair().replace("platform: debian", wrong),
        "servers": pair(kea1=wrong).replace(
            "    address: 192.0.2.11\n", "" if right == "address" else "    address: 192.0.2.11\n"
        ),
        "high-availability": pair(ha=wrong if right == "listener" else f"listener: 8001\n{wrong}"),
    }[place]
    (found,) = findings_of(text)
    assert (found.rule.name, found.fix) == ("unknown-spec-key", f"write {right!r}")


@pytest.mark.parametrize(
    ("wrong", "fix"),
    [
        ("adress: 192.0.2.11", "remove it: 'address' is set as well"),
        ("adress: 192.0.2.99", "keep one of the two: 'address' is set as well"),
    ],
)
def test_a_misspelt_key_beside_the_right_one_is_not_written_twice(wrong: str, fix: str) -> None:
    (found,) = findings_of(pair(kea1=wrong))
    assert (found.rule.name, found.fix) == ("unknown-spec-key", fix)
