"""`kea-hac review`: revisions, pairs, specs that do not compile, formats and exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kea_hac.report.review_markdown import LARGEST
from tests.cli.conftest import Call
from tests.review.changes import CAMPUS, SUBNET_40, fleet
from tests.review.sites import committed, committed_all, git, write

SPEC = "specs/campus.yaml"


def changed(*replacements: tuple[str, str], text: str = CAMPUS) -> str:
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


def review(call: Call, *arguments: str) -> dict[str, Any]:
    done = call("review", *arguments, "--format", "json")
    assert "this is a bug" not in done.err, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def only(found: dict[str, Any]) -> dict[str, Any]:
    shown = [each for each in found["pairs"] if each["state"] != "unchanged"]
    assert len(shown) == 1, shown
    return dict(shown[0])


def test_a_clean_tree_has_no_change(call: Call) -> None:
    committed(SPEC, CAMPUS)
    done = call("review", "specs")
    assert done.code == 0
    assert "1 pair, 0 with changes" in done.err


def test_the_base_is_the_merge_base_with_the_main_branch(call: Call) -> None:
    base = committed(SPEC, CAMPUS)
    git("checkout", "-q", "-b", "work")
    committed(SPEC, changed(("4h", "5h")))
    git("checkout", "-q", "main")
    committed(SPEC, changed(("http-port: 8000", "http-port: 8008")))
    git("checkout", "-q", "work")
    found = review(call, "specs")
    assert found["since"] == {"commit": base[:12], "why": "the merge base with main"}
    assert [each["path"] for each in only(found)["changes"]] == ["valid-lifetime"]
    assert only(review(call, "specs", "--since", "main"))["effects"] == [
        "clients-at-renewal",
        "channel",
        "process",
        "host",
    ]
    assert only(review(call, "specs", "--since", "HEAD~1"))["effects"] == ["clients-at-renewal"]


def test_uncommitted_changes_count(call: Call) -> None:
    committed(SPEC, CAMPUS)
    write({SPEC: changed(("4h", "5h"))})
    assert only(review(call, SPEC))["changes"][0]["new"] == 18000
    assert only(review(call))["pair"] == "campus"


@pytest.mark.parametrize("revision", ["nowhere", "--upload-pack=x", "HEAD~9", "", "main:specs", "@{1}"])
def test_what_is_no_revision(call: Call, revision: str) -> None:
    committed(SPEC, CAMPUS)
    done = call("review", "specs", f"--since={revision}")
    assert done.code == 2
    assert "revision" in done.err


def test_no_repository_no_main_branch_no_common_commit(call: Call) -> None:
    write({SPEC: CAMPUS})
    done = call("review", "specs")
    assert done.code == 2
    assert "is not in a Git work tree" in done.err
    committed(SPEC, CAMPUS)
    git("branch", "-m", "trunk")
    git("checkout", "-q", "--orphan", "other")
    git("commit", "-q", "-m", "other")
    git("branch", "main", "trunk")
    done = call("review", "specs")
    assert done.code == 2
    assert "have no commit in common" in done.err
    assert "--since REV" in done.err


def test_a_shallow_clone_names_the_next_step(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(SPEC, CAMPUS)
    committed(SPEC, changed(("4h", "5h")))
    git("clone", "-q", "--depth", "1", f"file://{tmp_path}", "clone")
    monkeypatch.chdir("clone")
    git("checkout", "-q", "-b", "work")
    git("update-ref", "-d", "refs/remotes/origin/main")
    git("commit", "-q", "--allow-empty", "-m", "x")
    done = call("review", "specs", "--since", "HEAD~5")
    assert done.code == 2
    assert "shallow" in done.err


def test_from_any_folder(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    committed(SPEC, CAMPUS)
    write({SPEC: changed(("4h", "5h"))})
    monkeypatch.chdir("specs")
    assert only(review(call, "campus.yaml"))["changes"][0]["file"] == "campus.yaml"
    monkeypatch.chdir("/")
    assert only(review(call, str(tmp_path / SPEC)))["state"] == "changed"


def test_a_spec_that_is_named_twice_is_one_pair(call: Call) -> None:
    committed(SPEC, CAMPUS)
    write({SPEC: changed(("4h", "5h"))})
    found = review(call, "specs", f"./{SPEC}", "specs/../specs", "specs/c*.yaml")
    assert [each["pair"] for each in found["pairs"]] == ["campus"]


def test_included_files_of_both_revisions(call: Call) -> None:
    spec = CAMPUS.replace(
        "      pools: [{pool: 10.40.0.50 - 10.40.0.249}]\n",
        "      <<: !include parts/pools.yaml\n      reservations: !csv parts/hosts.csv\n",
    )
    before = {
        SPEC: spec,
        "specs/parts/pools.yaml": "pools: [{pool: 10.40.0.50 - 10.40.0.249}]\n",
        "specs/parts/hosts.csv": 'hw-address,ip-address\n08:00:27:00:00:01,10.40.0.7\n"08:00:27:00:00:02",10.40.0.8\n',
    }
    committed_all(before)
    write({"specs/parts/pools.yaml": "pools: [{pool: 10.40.0.50 - 10.40.0.200}]\n"})
    Path("specs/parts/hosts.csv").write_text("hw-address,ip-address\n08:00:27:00:00:01,10.40.0.7\n")
    pair = only(review(call, "specs"))
    assert [(each["file"], each["line"], each["revision"]) for each in pair["changes"]] == [
        ("specs/parts/pools.yaml", 1, "new"),
        ("specs/parts/hosts.csv", 3, "old"),
    ]
    assert pair["removed"]["pool-addresses"] == 49
    assert pair["removed"]["reservations"] == 1
    Path("specs/parts/hosts.csv").unlink()  # the work tree does not decide what was there before
    assert only(review(call, "specs"))["state"] == "broken-now"


def test_an_include_by_a_link_of_the_tree(call: Call) -> None:
    spec = CAMPUS.replace(
        'option-data:\n    - {name: domain-name-servers, data: "192.0.2.53"}', "option-data: !include now.yaml"
    )
    committed_all({SPEC: spec, "specs/v1.yaml": '- {name: domain-name-servers, data: "192.0.2.53"}\n'})
    os.symlink("v1.yaml", "specs/now.yaml")
    git("add", "-A")
    git("commit", "-q", "-m", "link")
    write({"specs/v2.yaml": '- {name: domain-name-servers, data: "192.0.2.54"}\n'})
    Path("specs/now.yaml").unlink()
    os.symlink("v2.yaml", "specs/now.yaml")
    pair = only(review(call, "specs"))
    assert [(each["old"], each["new"]) for each in pair["changes"]] == [("192.0.2.53", "192.0.2.54")]


@pytest.mark.parametrize("named", ["specs", "specs/new.yaml", "specs/*.yaml"])
def test_a_spec_under_another_name_is_the_same_pair(call: Call, named: str) -> None:
    committed(SPEC, CAMPUS)
    Path(SPEC).rename("specs/new.yaml")
    write({"specs/new.yaml": changed(("4h", "5h"))})
    pair = only(review(call, named))
    assert (pair["state"], pair["spec"], pair["old-spec"]) == ("changed", "specs/new.yaml", SPEC)
    assert pair["effects"] == ["clients-at-renewal"]


def test_a_renamed_pair_in_the_same_file(call: Call) -> None:
    committed(SPEC, CAMPUS)
    write({SPEC: changed(("pair: campus", "pair: site"))})
    pair = only(review(call, "specs"))
    assert (pair["pair"], pair["old-pair"], pair["effects"]) == ("site", "campus", [])
    assert any("is named site now" in each for each in pair["summary"])


def site_spec(text: str = CAMPUS) -> str:
    """Another pair, whose names, addresses and networks are its own."""
    names = (("pair: campus", "pair: site"), ("kea1", "s1"), ("kea2", "s2"), ("192.0.2.", "203.0.113."))
    networks = tuple((f"10.{number}.", f"10.1{number}.") for number in (20, 21, 30, 40))
    return changed(*names, *networks, text=text)


def test_two_specs_that_exchange_their_files(call: Call) -> None:
    committed_all({"specs/a.yaml": CAMPUS, "specs/b.yaml": site_spec()})
    write({"specs/a.yaml": site_spec(), "specs/b.yaml": CAMPUS})
    found = review(call, "specs")
    assert sorted((each["pair"], each["spec"], each["old-spec"], each["effects"]) for each in found["pairs"]) == [
        ("campus", "specs/b.yaml", "specs/a.yaml", []),
        ("site", "specs/a.yaml", "specs/b.yaml", []),
    ]


def test_a_pair_that_goes_also_when_its_file_is_named(call: Call) -> None:
    committed(SPEC, CAMPUS)
    Path(SPEC).unlink()
    for named in ("specs", SPEC):
        pair = only(review(call, named))
        assert (pair["state"], pair["spec"], pair["old-spec"]) == ("removed", None, SPEC)
        assert pair["removed"]["of"]["subnets"] == len(pair["removed"]["subnets"]) == 5
    done = call("review", "specs/never.yaml")
    assert done.code == 2
    assert "never.yaml" in done.out


BROKEN = changed(("10.40.0.50 - 10.40.0.249", "10.41.0.50 - 10.41.0.249"))


def test_a_spec_that_does_not_compile_now(call: Call) -> None:
    committed(SPEC, CAMPUS)
    write({SPEC: BROKEN})
    done = call("review", "specs", "--format", "json")
    pair = only(json.loads(done.out))
    assert done.code == 1
    assert pair["state"] == "broken-now"
    assert {each["rule"] for each in pair["new-findings"]} == {"KH209"}
    write({SPEC: "kea-hac: 1\npair: [\n"})
    assert call("review", "specs").code == 2


def test_a_spec_that_did_not_compile_before(call: Call) -> None:
    committed(SPEC, BROKEN)
    write({SPEC: CAMPUS})
    done = call("review", "specs")
    assert done.code == 0
    assert "the spec had errors in" in done.out
    assert "earlier error: " in done.out
    pair = only(review(call, "specs"))
    assert pair["state"] == "broken-before"
    assert pair["resolved-findings"] > 0


def test_a_spec_that_never_compiled_has_only_its_new_findings(call: Call) -> None:
    committed(SPEC, BROKEN)
    write({SPEC: BROKEN.replace("valid-lifetime: 4h", "valid-lifetime: 4h\n  no-such-key: 1")})
    pair = only(review(call, "specs"))
    assert pair["state"] == "broken-now"
    assert ["no-such-key" in each["message"] for each in pair["new-findings"]] == [True]
    assert pair["old-findings"] > 1


def test_a_finding_that_moves_to_another_line_is_not_new(call: Call) -> None:
    committed(SPEC, CAMPUS)
    first = SUBNET_40.replace("40", "9")
    write({SPEC: "# a line\n" + changed(("  subnet4:\n    - id: 10", f"  subnet4:\n{first}    - id: 10"))})
    pair = only(review(call, "specs"))
    assert pair["new-findings"] == []
    assert pair["old-findings"] > 3


def test_two_pairs_that_claim_one_network_are_a_new_finding(call: Call) -> None:
    committed_all({SPEC: CAMPUS, "specs/site.yaml": site_spec()})
    assert review(call, "specs")["fleet-findings"] == []
    write({"specs/site.yaml": site_spec().replace("10.140.", "10.40.")})
    assert [each["rule"] for each in review(call, "specs")["fleet-findings"]] == ["KH192"]


def test_pairs_that_change_in_the_same_way_are_shown_once(call: Call) -> None:
    committed_all(fleet("192.0.2.53"))
    write({"specs/options.yaml": fleet("192.0.2.54")["specs/options.yaml"]})
    done = call("review", "specs", "-j", "2", "--format", "markdown")
    assert done.out.count("#### ") == 1
    assert "29 other pairs" in done.out


def test_the_largest_change_fits_into_one_comment(call: Call) -> None:
    def site(number: int, more: str) -> str:
        hosts = "\n".join(
            f'        - {{hw-address: "08:00:{number:02x}:00:{n >> 8:02x}:{n & 255:02x}", ip-address: 10.{number}.{n >> 8}.{n & 255}, hostname: h{n}{more}}}'
            for n in range(10, 22)
        )
        text = (
            fleet("192.0.2.53")["specs/site01.yaml"]
            .replace("site01", f"site{number:03}")
            .replace("s01", f"s{number:03}")
        )
        text = (
            text.replace("10.1.", f"10.{number}.")
            .replace("!include options.yaml", "[]")
            .replace("}]}]\n", "}], reservations: [\n")
        )
        return text + ",\n".join(line.replace("- ", "", 1) for line in hosts.splitlines()) + "]}]\n"

    before = {f"specs/site{number:03}.yaml": site(number, "") for number in range(1, 71)}
    committed_all(before)
    write(
        {
            path: text.replace("hostname: h", f"hostname: n{number}-")
            for number, (path, text) in enumerate(before.items())
        }
    )
    done = call("review", "specs", "-j", "2", "--format", "markdown")
    assert "this is a bug" not in done.err
    assert done.code == 0, done.err[-500:]
    assert len(done.out.encode()) <= LARGEST
    assert "Left out, because the comment would be too long" in done.out
    assert "#### site001" in done.out


def test_annotations_errors_first(call: Call) -> None:
    committed(SPEC, CAMPUS)
    write({SPEC: changed((SUBNET_40, ""), ("max-unacked-clients: 5", "max-unacked-clients: 0"))})
    done = call("review", "specs", "--format", "github")
    commands = [line.split(" ")[0] for line in done.out.splitlines()]
    order = {"::error": 0, "::warning": 1, "::notice": 2}
    ranks = [order[each] for each in commands if each in order]
    assert ranks[:1] == sorted(ranks)[:1]
    assert any(
        "title=review of campus::" in line and "removed subnet 10.40.0.0/24" in line for line in done.out.splitlines()
    )


def test_json_is_stable(call: Call) -> None:
    committed(SPEC, CAMPUS)
    write({SPEC: changed((SUBNET_40, ""))})
    one, other = (call("review", "specs", "--format", "json").out for _ in range(2))
    assert one == other
    assert json.loads(one)["format"] == 1
