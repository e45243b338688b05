"""A finding is known again: after edits elsewhere, in another folder, beside its like; and nothing secret is in its fingerprint."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kea_hac
from kea_hac.diagnostics import Diagnostic, Report
from kea_hac.fingerprints import fingerprint, fingerprints
from kea_hac.linting import lint
from kea_hac.source.tree_paths import tree_path
from tests.unit.report.samples import EVERYTHING, POOL, marked, span

SPEC = """\
kea-hac: 1
pair: two
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: ens18}}
high-availability: {mode: hot-standby, max-unacked-clients: 5, listener: {dhcp4: 8001}}
dhcp4:
  valid-lifetime: 4h
  subnet4:
    - id: 1
      subnet: 192.0.2.0/24
      interface: lan
      pools: [{pool: 192.0.3.100 - 192.0.3.199}, {pool: 192.0.4.1 - 192.0.4.9}]
    - id: 2
      subnet: 198.51.100.0/24
      relay: {ip-addresses: [198.51.100.1]}
      reservations: [{hw-address: "08:00:27:00:00:01", ip-address: 203.0.113.9}]
      nonsense: 1
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "-q", "."], check=True)


def of_spec(text: str, path: str = "spec.yaml") -> Counter[str]:
    Path(path).write_text(text, "utf-8")
    return Counter(fingerprints(kea_hac.compile_spec(Path(path)).report.diagnostics, tree_path))


def of_conf(text: str, path: str = "kea-dhcp4.conf") -> Counter[str]:
    Path(path).write_text(text, "utf-8")
    return Counter(fingerprints(lint([Path(path)]).report.diagnostics, tree_path))


def test_there_is_something_to_know_again() -> None:
    found = of_spec(SPEC)
    assert len(found) >= 4
    assert set(found.values()) == {1}


FIRST, SECOND = SPEC.index("    - id: 1"), SPEC.index("    - id: 2")
EDITS: dict[str, Callable[[str], str]] = {
    "a comment above": lambda text: f"# a\n# b\n\n{text}",
    "other line ends": lambda text: text.replace("\n", "\r\n"),
    "keys in another order": lambda text: text.replace("  valid-lifetime: 4h\n", "") + "  valid-lifetime: 4h\n",
    "keys of the item in another order": lambda text: text.replace(
        "    - id: 1\n      subnet: 192.0.2.0/24\n", "    - subnet: 192.0.2.0/24\n      id: 1\n"
    ),
    "items in another order": lambda text: text[:FIRST] + text[SECOND:] + text[FIRST:SECOND],
    "an item before": lambda text: text[:FIRST] + "    - {id: 9, subnet: 10.9.0.0/24, interface: lan}\n" + text[FIRST:],
    "another style": lambda text: text.replace(
        "{pool: 192.0.3.100 - 192.0.3.199}", '{"pool": "192.0.3.100-192.0.3.199"}'
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edits_elsewhere(edit: str) -> None:
    assert EDITS[edit](SPEC) != SPEC
    before, after = of_spec(SPEC), of_spec(EDITS[edit](SPEC))
    if edit == "another style":  # the message quotes the pool as it is written
        assert (before - after).total() == 1
    elif edit == "an item before":  # and has findings of its own
        assert not before - after
    else:
        assert before == after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("192.0.4.1 - 192.0.4.9", "192.0.4.1 - 192.0.4.10"),
        ("subnet: 198.51.100.0/24", "subnet: 198.51.101.0/24"),
        ("nonsense: 1", "rubbish: 1"),
        ("203.0.113.9", "203.0.113.8"),
    ],
)
def test_another_subject_is_another_finding(old: str, new: str) -> None:
    assert of_spec(SPEC) != of_spec(SPEC.replace(old, new))


def test_what_is_corrected_leaves_the_others_alone() -> None:
    before, after = of_spec(SPEC), of_spec(SPEC.replace(", {pool: 192.0.4.1 - 192.0.4.9}", ""))
    assert (before - after).total() == 1
    assert not after - before


def test_files_of_kea() -> None:
    one = '{"subnet": "192.0.2.0/24", "id": 1, "pools": [{"pool": "192.0.3.1-192.0.3.2"}]}'
    two = '{"subnet": "198.51.100.0/24", "id": 2, "wrong": 1}'
    before = of_conf(f'{{"Dhcp4": {{"subnet4": [{one}, {two}]}}}}')
    assert before.total() >= 2
    assert before == of_conf(f'// first\n{{"Dhcp4": {{\n"subnet4": [{two},\n\n{one}]}}}}')


def test_the_folder_it_was_started_in(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("sub/specs").mkdir(parents=True)
    Path("link").symlink_to("sub")
    whole = of_spec(SPEC, "sub/specs/spec.yaml")
    top = Path.cwd()
    assert whole == of_spec(SPEC, "./sub/../sub/specs/spec.yaml")
    assert whole == of_spec(SPEC, str(top / "link/specs/spec.yaml"))
    for folder in (top / "sub", top / "sub/specs", Path("/")):
        monkeypatch.chdir(folder)
        for path in (str(top / "sub/specs/spec.yaml"), str(top / "link/specs/spec.yaml")):
            assert whole == of_spec(SPEC, path), (folder, path)
    monkeypatch.chdir(top / "sub")
    assert whole == of_spec(SPEC, "specs/spec.yaml")
    assert whole != of_spec(SPEC, "specs/other.yaml")


def test_messages_that_name_a_file_or_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    named = marked("x", 1, 2, message="equal to the one in specs/campus.yaml:9:1, see lines 4 to 5 and line 17")
    moved = replace(named, message="equal to the one in specs/campus.yaml:123:40, see lines 14 to 150 and line 1,234")
    assert fingerprint(named, tree_path) == fingerprint(moved, tree_path)
    Path("specs").mkdir()
    top = fingerprint(named, tree_path)
    monkeypatch.chdir("specs")
    here = replace(named, span=replace(named.span, file="campus.yaml"), message=named.message.replace("specs/", ""))
    assert fingerprint(here, tree_path) == top
    other = replace(named, message=named.message.replace("equal to", "larger than"))
    assert fingerprint(other, tree_path) != top


def test_what_is_alike_is_numbered() -> None:
    twins = [replace(POOL, span=span(line, 1, 2)) for line in (30, 10, 20)]
    first, *rest = sorted(fingerprints(twins, tree_path))
    assert [each.partition(":")[2] for each in fingerprints(twins, tree_path)] == ["3", "1", "2"]
    assert {each.partition(":")[0] for each in rest} == {first.partition(":")[0]}
    assert fingerprints(twins[1:], tree_path) == [f"{first.partition(':')[0]}:{number}" for number in (1, 2)]


def test_the_severity_is_no_part_of_it() -> None:
    for each in EVERYTHING.diagnostics:
        assert len({fingerprint(replace(each, severity=severity), tree_path) for severity in ("error", "info")}) == 1  # type: ignore[arg-type]
    assert len(set(fingerprints(EVERYTHING.diagnostics, tree_path))) == len(EVERYTHING.diagnostics)


SECRETS = (
    "dhcp4:\n  lease-database: {{type: mysql, name: kea, host: db, user: kea, password: {secret}, port: 99999999}}\n  wrong: 1\n",
    "control-agent: {{http-port: 8000, authentication: {{type: basic, clients: [{{user: a, password: {secret}, nonsense: 1}}]}}}}\n",
    "control-agent: {{http-port: 8000, authentication: {{type: basic, clients: ['a:{secret}']}}}}\n",
    "dhcp4:\n  lease-database: {{type: mysql, host: 'mysql://kea:{secret}@db', wrong: 1}}\n",
    "dhcp4:\n  user-context: {{password: {{{secret}: 1}}}}\n  wrong: 1\n",
    "dhcp4:\n  password: {secret}\n  a: 1\n  a: 2\n  x: [\n",
    "dhcp4: {{password: {secret}, a: 1, a: 2}} # kea-hac: ignore[KH999] why\n",
)


@pytest.mark.parametrize("text", SECRETS)
def test_no_secret_is_in_it(text: str) -> None:
    """Another secret, a longer one too, makes no other fingerprint, so nothing is to be learnt from one."""
    head = SPEC[: SPEC.index("dhcp4:\n")]
    found = [of_spec(head + text.format(secret=each)) for each in ("hunter2x", "Tr0ub4dor-and-a-long-one", "x9")]
    assert found[0].total()
    assert found[0] == found[1] == found[2]


@given(st.text(), st.text(), st.text())
def test_any_text_has_one(message: str, file: str, path: str) -> None:
    each: Diagnostic = replace(marked("x", 1, 2, message=message), span=span(1, 1, 2, file), path=path)
    (made,) = fingerprints(Report((each,)).diagnostics, tree_path)
    assert len(made) == 34
    assert fingerprint(replace(each, span=span(9, 2, 3, file)), tree_path) == made[:32]
