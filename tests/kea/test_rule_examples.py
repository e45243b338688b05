"""What users are shown as good is good: the good example of every rule is taken by the Kea that it is for, compiled or as it is.

`-t` reads no parameters of hooks; what is said of those is started by test_ha_rules.py. Of the bad examples of Kea's own
files those are asked that a rule on the text or the grammar breaks: `-t` sees these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import kea_hac
from kea_hac.api import load
from kea_hac.check.examples import Example, example
from kea_hac.compiler.compile import compile_configs, compile_site
from kea_hac.diagnostics import KeaVerdict
from kea_hac.kea.version import PROVEN, KeaVersion
from kea_hac.model.resolve import resolve
from kea_hac.rule_list import all_rules
from tests.examples import CODES, whole, write
from tests.lab import check

pytestmark = pytest.mark.kea
DAEMONS = {"Dhcp4": "dhcp4", "Dhcp6": "dhcp6", "Control-agent": "ctrl-agent"}
NOT_SEEN_BY_DASH_T = frozenset(
    {
        # what the reader could not read, or refused to read twice, is in no compiled file
        *("KH012", "KH108", "KH122", "KH123", "KH124", "KH126", "KH128", "KH131", "KH133"),
        # parameters of hooks
        *("KH106", "KH603", "KH604", "KH608", "KH610", "KH623", "KH624", "KH625", "KH678"),
        *("KH770", "KH772", "KH773", "KH774", "KH778"),
        # refused at the start
        *("KH706", "KH730", "KH733", "KH737", "KH739", "KH741", "KH749", "KH750"),
        # paths that the lab's Kea is told to take: test_debian_packages.py asks the packages
        *("KH751", "KH753", "KH754", "KH755", "KH762"),
    }
)
"""Refusals of specs' bad examples that other tests show."""
SEEN_BY_DASH_T = ("KH04", "KH141", "KH142", "KH743", "KH746")
"""Beginnings of rules on Kea's own files whose claim `-t` can judge."""
FILES = {
    "/etc/kea/kea-api-user": b"kea-api",
    "/etc/kea/kea-api-password": b"a-b-c",
    "/etc/kea/kea-ha-password": b"a-b-c",
    "/etc/kea/lease-db.json": b'"a-b-c"',
    "/etc/kea/db.json": b'"a-b-c"',
    "/etc/kea/radius.json": b'"a-b-c"',
    "/etc/kea/secrets/db.json": b'"a-b-c"',
}
"""What the examples expect on the server."""
ELSEWHERE = {
    "KH707": "Kea from source",
    "KH761": "a host of RHEL",
    "KH781": "libdhcp_cb_cmds.so, which is not open source",
    "KH908": "a host with another processor",
}
"""Good examples that are not for the servers here: what they are for."""


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    version: str
    daemon: str
    text: bytes
    taken: bool = True


def compiled(code: str, shown: Example, folder: Path) -> Iterator[Question]:
    for number, (over, text) in enumerate(zip(shown.over, shown.good, strict=True)):
        path = write(folder, number, shown, over, text)
        checked = kea_hac.compile_spec(folder / path)
        assert checked.build is not None, code
        assert checked.site is not None
        branches = {node.name: node.version.branch for node in checked.site.nodes}
        for name, content in checked.build.files.items():
            server, _, file = name.partition("/")
            daemon = file.removeprefix("kea-").removesuffix(".conf")
            if daemon in DAEMONS.values() and branches[server] in PROVEN:
                yield Question(code, PROVEN[branches[server]], daemon, content)


def compiled_all_the_same(code: str, shown: Example, folder: Path) -> Iterator[Question]:
    """The bad one as files, which nobody gets from `build` where it is an error."""
    for number, (over, text) in enumerate(zip(shown.over, shown.bad, strict=True)):
        spec = load(folder / write(folder, number, shown, over, text)).spec
        site = resolve(spec, lambda finding: None) if spec else None
        if site is None:
            continue
        built = compile_site(site, compile_configs(site, lambda finding: None), lambda finding: None)
        branches = {node.name: node.version.branch for node in site.nodes}
        for name, content in built.files.items():
            server, _, file = name.partition("/")
            daemon = file.removeprefix("kea-").removesuffix(".conf")
            if daemon in DAEMONS.values() and branches[server] in PROVEN:
                yield Question(code, PROVEN[branches[server]], daemon, content)


def as_they_are(code: str, shown: Example) -> Iterator[Question]:
    branch = KeaVersion.parse(shown.kea).branch
    if branch not in PROVEN or shown.files:
        return
    rule = all_rules()[code]
    for texts, good in ((shown.good, True), (shown.bad, False)):
        if not good and not code.startswith(SEEN_BY_DASH_T):
            continue
        for over, text in zip(shown.over, texts, strict=True):
            content = whole(shown, over, text)
            top = next(top for top in DAEMONS if f'"{top}"' in content)
            taken = good or rule.kea is KeaVerdict.ACCEPTS
            yield Question(code, PROVEN[branch], DAEMONS[top], content.encode(), taken)


def answers(asked: list[Question]) -> dict[Question, str]:
    """What `-t` says of each: "" where it is taken."""
    said: dict[Question, str] = {}
    for version, daemon in sorted({(each.version, each.daemon) for each in asked}):
        group = [each for each in asked if (each.version, each.daemon) == (version, daemon)]
        verdicts = check(version, daemon, [each.text for each in group], files=FILES)
        said |= {each: verdict.error for each, verdict in zip(group, verdicts, strict=True)}
    return said


def test_kea_does_with_bad_specs_what_the_rule_says(tmp_path: Path) -> None:
    rules = all_rules()
    asked: list[Question] = []
    for code in CODES:
        shown = example(code)
        assert shown is not None
        judged = shown.of_a_spec and rules[code].kea is not KeaVerdict.NOT_ITS_BUSINESS
        if (
            judged and code not in ELSEWHERE and code != "KH109"
        ):  # an interface is missing in every file: nothing to compile
            asked += compiled_all_the_same(code, shown, tmp_path / code)
    said = answers(asked)
    refused = {each.code for each in asked if said[each]}
    claimed = {each.code for each in asked if rules[each.code].kea is KeaVerdict.REFUSES}
    assert refused == claimed - NOT_SEEN_BY_DASH_T
    assert len(refused) > 60


def test_kea_takes_what_is_shown_as_good(tmp_path: Path) -> None:
    asked: list[Question] = []
    for code in CODES:
        shown = example(code)
        assert shown is not None
        if code not in ELSEWHERE:
            asked += compiled(code, shown, tmp_path / code) if shown.of_a_spec else as_they_are(code, shown)
    wrong: list[str] = []
    groups = sorted({(each.version, each.daemon) for each in asked})
    for version, daemon in groups:
        group = [each for each in asked if (each.version, each.daemon) == (version, daemon)]
        for each, verdict in zip(
            group, check(version, daemon, [each.text for each in group], files=FILES), strict=True
        ):
            if verdict.ok is not each.taken:
                wrong.append(f"{each.code} {daemon} {version}: {verdict.error or 'taken'}")
    assert len(asked) > 400
    assert not wrong, "\n".join(wrong)
