"""The formats that CI systems read: what each command writes is valid, complete, and about the right places."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kea_hac.report.formats import FORMATS, offered
from tests.cli.conftest import Call, Spec
from tests.documents import READERS, read
from tests.review.sites import committed_all, git, write

CI = ("sarif", "gitlab", "junit")
PAIR = """\
kea-hac: 1
pair: two
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: {lan: ens18}}
high-availability: {mode: hot-standby, max-unacked-clients: 5, listener: {dhcp4: 8001}}
control-agent: {http-port: 8000}
dhcp4:
  subnet4:
    - {id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{pool: 192.0.2.100 - 192.0.2.199}]}
    - {id: 2, subnet: 198.51.100.0/24, interface: lan, pools: [{pool: 198.51.100.100 - 198.51.100.199}]}
"""
SECOND = PAIR[PAIR.index("    - {id: 2") :]


def entries(form: str, text: str) -> list[tuple[str, str, int | None]]:
    """Rule, file and line of what a document contains, in its order."""
    found = read(form, text)
    if form == "sarif":
        return [_of_sarif(each) for each in found["runs"][0]["results"]]
    if form == "gitlab":
        return [(each["check_name"], each["location"]["path"], each["location"]["lines"]["begin"]) for each in found]
    return [(case.get("classname"), suite.get("file", ""), None) for suite in found for case in suite]


def _of_sarif(result: Any) -> tuple[str, str, int | None]:
    for each in result["locations"]:
        place = each["physicalLocation"]
        return result["ruleId"], place["artifactLocation"]["uri"], place.get("region", {}).get("startLine")
    return result["ruleId"], "", None


@pytest.mark.parametrize("form", CI)
def test_findings_of_each_command(form: str, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "-q")
    write({"dhcp/specs/two.yaml": PAIR.replace("198.51.100.199", "203.0.113.9")})
    Path("dhcp/kea-dhcp4.conf").write_text('{"Dhcp4": {\n"nonsense": 1,\n"rubbish": 1}}', "utf-8")
    monkeypatch.chdir("dhcp")
    for command in ("validate", "build"):
        done = call(command, "specs", "--format", form)
        assert done.code == 1
        assert not done.err or command == "build"
        found = entries(form, done.out)
        assert {path for _, path, _ in found} == {"dhcp/specs/two.yaml"}
        assert len({line for _, _, line in found}) > 1 or form == "junit"
    done = call("lint", "kea-dhcp4.conf", "--kea", "2.6", "--format", form)
    assert [each for each in entries(form, done.out) if each[0] == "KH120"] == [
        ("KH120", "dhcp/kea-dhcp4.conf", line if form != "junit" else None) for line in (2, 3)
    ]


@pytest.mark.parametrize("form", ["json", *CI])
def test_nothing_to_report_is_a_document(form: str, call: Call, spec: Spec) -> None:
    spec("s.yaml")
    committed_all({"README": "x", "s.yaml": Path("s.yaml").read_text("utf-8")})
    clean = {
        "validate": ("s.yaml",),
        "build": ("s.yaml", "-o", "build"),
        "review": ("--since", "HEAD", "s.yaml"),
        "lint": ("build/campus/s1/kea-dhcp4.conf", "--platform", "debian"),
    }
    for command, arguments in clean.items():
        done = call(command, *arguments, "--format", form)
        assert done.code == 0, (done.out, done.err)
        found = read(form, done.out)
        if command == "lint":  # a note on an old spelling
            continue
        if form == "sarif":
            assert found["runs"][0]["results"] == []
            assert found["runs"][0]["invocations"][0]["executionSuccessful"] is True
        elif form == "gitlab":
            assert found == []
        elif form == "junit":
            assert found.get("failures") == found.get("errors") == "0"


@pytest.mark.parametrize("form", CI)
def test_what_has_no_file_or_no_line(form: str, call: Call, spec: Spec) -> None:
    """A stale tree, a limit over all pairs, a folder that is not there, an empty file."""
    committed_all({"a.yaml": PAIR, "kea-hac.toml": "[review]\nmax-removed-subnets = 0\n"})
    call("build", "a.yaml")
    Path("a.yaml").write_text(PAIR.replace(SECOND, ""), "utf-8")
    stale = entries(form, call("build", "a.yaml", "--check", "--format", form).out)
    assert ("stale-build", "build/two/kea1/kea-dhcp4.conf") in [each[:2] for each in stale]
    done = call("review", "--since", "HEAD", "--format", form)
    assert done.code == 1
    (limit,) = [each for each in entries(form, done.out) if each[0] == "KH940"]
    assert limit[1] in ("", ".")
    assert re.search(r"198\.51\.100\.0/24.*removed|removed.*198\.51\.100\.0/24", done.out), "what the pair loses"
    accepted = call("review", "--since", "HEAD", "--accept", "KH940", "--format", form, "--fail-on", "info")
    assert accepted.code == 0
    found = read(form, accepted.out)
    assert form != "junit" or (found.get("failures"), found.get("errors")) == ("0", "0")
    Path("empty.yaml").write_text("", "utf-8")
    for path in ("nowhere", "no*thing.yaml", "empty.yaml"):
        done = call("validate", path, "--format", form)
        assert done.code in (1, 2)
        found = read(form, done.out)
        if form == "junit":
            assert int(found.get("errors")) + int(found.get("failures")) > 0
        elif form == "gitlab":
            assert found
        else:
            run = found["runs"][0]
            assert run["results"] or not run["invocations"][0]["executionSuccessful"]


def test_a_failure_is_what_fails_the_job(call: Call) -> None:
    write({"a.yaml": PAIR})
    for fail_on in ("error", "warning", "info"):
        done = call("validate", "a.yaml", "--format", "junit", "--fail-on", fail_on)
        assert (int(read("junit", done.out).get("failures")) > 0) is (done.code == 1)


@pytest.mark.parametrize("form", ["sarif", "gitlab"])
def test_fingerprints_survive_moved_lines(form: str, call: Call) -> None:
    def known() -> list[str]:
        found = read(form, call("validate", "a.yaml", "--format", form).out)
        listed = found["runs"][0]["results"] if form == "sarif" else found
        return [json.dumps(each.get("partialFingerprints", each.get("fingerprint"))) for each in listed]

    text = PAIR + "  nonsense: 1\n"
    write({"a.yaml": text})
    before = known()
    write({"a.yaml": f"# more\n# lines\n{text}"})
    assert known() == before


@pytest.mark.parametrize("form", CI)
def test_other_results_are_refused(form: str, call: Call, spec: Spec) -> None:
    spec("s.yaml")
    for arguments in (("validate", "--needs"), ("build", "--stdout")):
        done = call(*arguments, "s.yaml", "--format", form)
        assert done.code == 2
        assert f"--format {form} contains findings only" in done.err
        assert arguments[1] in done.err


def test_what_github_would_not_show_is_in_the_summary_of_the_job(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.yaml": PAIR + "".join(f"  wrong-{number}-{'abcdefghijklmno'[number] * 9}: 1\n" for number in range(15))})
    whole = call("validate", "a.yaml", "--format", "github")
    assert whole.out.count("::error ") > 10 or "more" in whole.out
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("# of another step\n", "utf-8")
    done = call("validate", "a.yaml", "--format", "github")
    assert done.code == whole.code == 1
    for kind in ("error", "warning", "notice"):
        assert len(re.findall(rf"(?m)^::{kind} ", done.out)) <= 10
    assert done.out.startswith("::error ")
    summary = Path("summary.md").read_text("utf-8")
    assert summary.startswith("# of another step\n### kea-hac: ")
    assert summary.count("unknown-key") == 15
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "nowhere/summary.md")
    lost = call("validate", "a.yaml", "--format", "github")
    assert lost.code == 2
    assert "the summary of the job could not be written to nowhere/summary.md" in lost.err
    assert lost.out == done.out


def test_ten_annotations_need_no_summary(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a.yaml": PAIR})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    call("validate", "a.yaml", "--format", "github")
    assert not Path("summary.md").exists()


def test_a_review_with_many_annotations(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    more = "".join(f"  wrong-{letter * 9}: 1\n" for letter in "abcdefghijklmno")
    committed_all({"a.yaml": PAIR})
    write({"a.yaml": PAIR + more})
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    done = call("review", "--since", "HEAD", "--format", "github")
    assert len(re.findall(r"(?m)^::error ", done.out)) == 10
    assert Path("summary.md").read_text("utf-8").startswith("### kea-hac review: ")


def test_a_document_of_each_format_is_read_here() -> None:
    assert {each.name for each in FORMATS if each.for_programs} == set(READERS)
    assert all(each in offered(command) for command in FORMATS[-1].commands for each in CI)


def test_sarif_messages_have_no_links_and_no_placeholders(call: Call) -> None:
    write({"a.yaml": PAIR + '  "[x](http://evil.example) {0} {server}": 1\n'})
    found = read("sarif", call("validate", "a.yaml", "--format", "sarif").out)
    (text,) = [each["message"]["text"] for each in found["runs"][0]["results"] if each["ruleId"] == "KH120"]
    assert "\\[x](http://evil.example) {{0}} {server}" in text


def test_paths_that_are_no_uri(call: Call) -> None:
    names = ("a b#c?d%41.yaml", "x:y.yaml", "é.yaml")
    for name in names:
        write({f"sub/{name}": PAIR})
    git("init", "-q")
    found = read("sarif", call("validate", "sub", "--format", "sarif").out)
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in found["runs"][0]["results"]}
    assert uris == {"sub/a%20b%23c%3Fd%2541.yaml", "sub/x%3Ay.yaml", "sub/%C3%A9.yaml"}
