"""`kea-hac validate`: which code, and what on which stream."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from kea_hac.diagnostics import Report, Severity, Skipped
from tests.cli.conftest import Call, Spec
from tests.cli.fakes import BLIND, found, pretend, report
from tests.counting import calls

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
BAD = "192.0.3.1 - 192.0.3.9"


def test_a_sound_spec(call: Call, spec: Spec) -> None:
    called = call("validate", spec("a.yaml"))
    assert (called.code, called.out, called.err) == (0, "", "no findings in 1 spec\n")


def test_a_finding(call: Call, spec: Spec) -> None:
    called = call("validate", spec("a.yaml", pool=BAD))
    assert called.code == 1
    assert called.err == "1 error in 1 file\n"
    assert called.out.startswith("error[KH209 pool-outside-subnet]: ")
    assert "a.yaml:12:22 (dhcp4.subnet4[0].pools[0].pool)" in called.out
    assert (
        "\n12 |       pools: [{pool: 192.0.3.1 - 192.0.3.9}]\n   |                      ^^^^^^^^^^^^^^^^^^^^^\n"
        in called.out
    )


@pytest.mark.parametrize("output", ["text", "json", "github"])
def test_a_value_of_a_megabyte_is_quoted_by_its_ends(call: Call, spec: Spec, output: str) -> None:
    called = call("validate", spec("a.yaml", pool="h" * 1_000_000 + "end"), "--format", output)
    assert called.code == 1
    assert len(called.out) < 20_000
    assert "hhhend" in called.out


def test_a_finding_in_other_formats(call: Call, spec: Spec) -> None:
    called = call("validate", spec("a.yaml", pool=BAD), "--format", "json")
    assert (called.code, called.err) == (1, "")
    finding = json.loads(called.out)["findings"][0]
    assert (finding["rule"], finding["line"], finding["column"], finding["end_column"]) == ("KH209", 12, 22, 43)
    called = call("validate", "a.yaml", "--format", "github")
    assert called.code == 1
    assert called.out.startswith("::error file=a.yaml,line=12,col=22,endLine=12,endColumn=43,title=KH209 pool-outside")


@pytest.mark.parametrize(
    ("severities", "fail_on", "code"),
    [
        ((), "info", 0),
        ((INFO,), "error", 0),
        ((INFO,), "warning", 0),
        ((INFO,), "info", 1),
        ((WARNING, INFO), "error", 0),
        ((WARNING, INFO), "warning", 1),
        ((ERROR, INFO), "error", 1),
        ((ERROR,), "info", 1),
    ],
)
def test_fail_on(
    call: Call, monkeypatch: pytest.MonkeyPatch, severities: tuple[Severity, ...], fail_on: str, code: int
) -> None:
    pretend(monkeypatch, lambda path: report(*severities))
    assert call("validate", "a.yaml", "--fail-on", fail_on).code == code


def test_what_could_not_be_read_wins_and_findings_are_told_all_the_same(call: Call, spec: Spec) -> None:
    called = call("validate", "gone.yaml", spec("a.yaml", pool=BAD))
    assert called.code == 2
    assert "gone.yaml" in called.out
    assert "KH209" in called.out
    assert called.err == "2 errors in 2 files\n"


def test_an_unreadable_spec_is_2_whatever_fail_on_says(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, lambda path: Report((found(WARNING, rule=BLIND),)))
    assert call("validate", "a.yaml", "--fail-on", "error").code == 2


def test_what_was_given_and_is_not_there_is_2_and_the_rest_is_checked(call: Call, spec: Spec) -> None:
    spec("specs/a.yaml", pool=BAD)
    Path("empty").mkdir()
    called = call("validate", "empty", "x*.yaml", "specs")
    assert called.code == 2
    assert "KH209" in called.out
    assert "kea-hac: empty: this folder contains no spec" in called.err
    assert "kea-hac: x*.yaml: no file matches" in called.err
    data = json.loads(call("validate", "empty", "specs", "--format", "json").out)
    assert len(data["findings"]) == len(data["problems"]) == 1


def test_all_findings_are_in_one_order_and_each_is_there_once(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = found(ERROR, file="shared.yaml", message="of both")
    pretend(monkeypatch, lambda path: Report((found(ERROR, file=path), shared)))
    data = json.loads(call("validate", "z.yaml", "a.yaml", "--format", "json").out)
    assert [each["file"] for each in data["findings"]] == ["a.yaml", "shared.yaml", "z.yaml"]


def test_skipped_checks_are_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, lambda path: report(skipped=(Skipped("class guest", "match() is not understood"),)))
    called = call("validate", "a.yaml", "b.yaml")
    assert called.code == 0
    assert called.out == "skipped: class guest: match() is not understood\n"
    assert called.err == "no findings in 2 specs; 1 check skipped\n"


def test_needs(call: Call, spec: Spec) -> None:
    called = call("validate", "--needs", spec("a.yaml"))
    assert called.code == 0
    assert "campus/s1 needs:\n  interfaces:\n    eth0\n" in called.out
    data = json.loads(call("validate", "--needs", "a.yaml", "--format", "json").out)
    assert data["needs"]["campus"]["s1"]["interfaces"] == ["eth0"]
    assert call("validate", "--needs", "a.yaml", "--format", "github").out == called.out


def test_a_spec_with_errors_needs_nothing_yet(call: Call, spec: Spec) -> None:
    data = json.loads(call("validate", "--needs", spec("a.yaml", pool=BAD), "--format", "json").out)
    assert data["needs"] == {}


def test_two_pairs_of_one_name(call: Call, spec: Spec, snapshot: SnapshotAssertion) -> None:
    called = call("validate", spec("b.yaml", "campus"), spec("a.yaml", "Campus"), spec("c.yaml", "other"))
    assert called.code == 1
    assert called.out.count("KH190") == 1
    assert called.out == snapshot


def test_a_spec_given_twice_is_one_spec(call: Call, spec: Spec) -> None:
    spec("specs/a.yaml")
    os.symlink("a.yaml", "specs/b.yaml")
    assert call("validate", "specs", "specs/a.yaml", "./specs/*.yaml").err == "no findings in 1 spec\n"


def test_annotations_name_files_from_the_top_of_the_work_tree(
    call: Call, spec: Spec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spec("dhcp/a.yaml", pool=BAD)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir("dhcp")
    assert call("validate", "a.yaml", "--format", "github").out.startswith("::error file=dhcp/a.yaml,line=12,")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "elsewhere"))
    assert call("validate", "a.yaml", "--format", "github").out.startswith("::error file=a.yaml,line=12,")


@pytest.mark.parametrize("comment", ["", "  # kea-hac: ignore[reserved-address-outside-subnet] moved later"])
@pytest.mark.slow
def test_a_thousand_mistakes_are_a_thousand_findings_soon(call: Call, spec: Spec, comment: str) -> None:
    """Each at its line, or each let through by the comment beside it."""
    hosts = [
        f'        - {{hw-address: "08:00:27:00:{at >> 8:02x}:{at & 255:02x}", ip-address: 203.0.{at >> 8}.{at & 255}}}{comment}'
        for at in range(1000)
    ]
    path = Path(spec("a.yaml"))
    start = len(path.read_text("utf-8").splitlines()) + 2
    path.write_text(path.read_text("utf-8").rstrip("\n") + "\n      reservations:\n" + "\n".join(hosts) + "\n", "utf-8")
    found = json.loads(call("validate", "a.yaml", "--format", "json").out)["findings"]
    assert calls(lambda: call("validate", "a.yaml", "--format", "json")) < 5_000 * 1_000
    assert [each["line"] for each in found if each["severity"] != "info"] == (
        [] if comment else list(range(start, start + 1000))
    )


def test_needs_that_are_not_known_are_named(call: Call, spec: Spec) -> None:
    spec("good.yaml", "good")
    spec("bad.yaml", "bad", "192.0.3.1 - 192.0.3.9")
    called = call("validate", "good.yaml", "bad.yaml", "--needs")
    assert "good/s1 needs:" in called.out
    assert called.err == (
        "bad.yaml: what the hosts must provide is unknown, because the spec does not compile\n1 error in 1 file\n"
    )


def test_specs_that_could_not_be_judged_are_not_without_findings(
    call: Call, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("kea_hac.cli.run._checked", out_of_memory)
    assert call("validate", spec("a.yaml", "a"), spec("b.yaml", "b")).err.endswith("\nno findings in 0 of 2 specs\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("kea-dhcp4.conf", '{"Dhcp4": {"valid-lifetime": 3600}}'),
        ("kea-dhcp6.conf", '// of the old server\n{"Dhcp6": {"valid-lifetime": 3600}}'),
        ("kea-ctrl-agent.conf", '{"Control-agent": {"http-port": 8000}}'),
        ("answer.json", '{"result": 0, "arguments": {"Dhcp4": {}}}'),
        ("spec.yaml", "Dhcp4:\n  valid-lifetime: 3600\n"),
    ],
)
def test_a_file_of_kea_is_for_lint_and_import(name: str, text: str, call: Call, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    called = call("validate", str(path))
    assert called.code == 2
    assert f"kea-hac lint {path}" in called.out
    assert f"kea-hac import {path}" in called.out
    assert called.out.count("error[") == 1
