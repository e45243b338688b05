"""`review --leases`: how many leases a change orphans, in every format, and the limit on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.report.formats import Command, Page, offered
from kea_hac.review.run import Reviewed
from tests.cli.conftest import Call, Called
from tests.cli.test_channels import check, markdown_is_ours
from tests.documents import READERS, read
from tests.review.sites import committed_all, write
from tests.unit.changes.test_orphans import PAIR, SUBNET_2
from tests.unit.leases.files import LATER, NOW, V4, V6, row4, row6
from tests.unit.leases.files import write as write_leases
from tests.unit.live.fakes import answers, kea, listening

AT = ("--at", str(NOW))


@pytest.fixture(autouse=True)
def _change() -> None:
    committed_all({"a.yaml": PAIR, "kea-hac.toml": "[review]\n"})
    write({"a.yaml": PAIR.replace(SUBNET_2, "").replace("prefix-len: 40", "prefix-len: 41")})
    write_leases(
        "kea1/kea-leases4.csv",
        V4["2.4"],
        [row4(f"10.2.0.{n}", subnet=2, name=f"pc{n}") for n in range(10, 25)]
        + [
            row4("192.0.2.100", name="stays"),
            row4("10.2.0.11", subnet=2, valid=0),
            row4("10.2.0.30", subnet=2, state=1),
        ],
    )
    write_leases(
        "kea1/kea-leases6.csv", V6["2.4"], [row6("2001:db8:8000::", length=56), row6("2001:db8:8080::", length=56)]
    )


def limits(text: str) -> None:
    committed_all({"kea-hac.toml": f"[review]\n{text}\n"})


def review(call: Call, *arguments: str) -> Called:
    done = call("review", "a.yaml", "--since", "HEAD", *AT, *arguments)
    assert "this is a bug" not in done.err
    return done


def document(done: Called) -> dict[str, Any]:
    found: dict[str, Any] = read("json", done.out)
    return found


def test_the_numbers_and_the_first_ten(call: Call) -> None:
    found = document(review(call, "--leases", "kea1=kea1", "--format", "json"))["pairs"][0]["leases"]
    assert (found["live"], found["orphaned"], found["declined"], found["known"]) == (17, 15, 1, True)
    four, six = found["by-loss"]
    assert (four["kind"], four["subnet"], four["orphaned"], four["at-most"]) == ("removed-subnet", 2, 14, False)
    assert four["first"][:2] == [{"name": "pc10", "address": "10.2.0.10"}, {"name": "pc12", "address": "10.2.0.12"}]
    assert len(four["first"]) == 10
    assert (six["kind"], six["first"]) == ("pd-pool", [{"name": "00:01:02", "address": "2001:db8:8080::/56"}])
    assert found["at"] == "1970-01-12T13:46:40Z"
    assert found["servers"] == ["kea1"]


def test_the_numbers_are_in_every_format(call: Call) -> None:
    for form in offered(Command.REVIEW):
        done = review(call, "--leases", "kea1=kea1", "--format", form)
        assert done.code == 0
        assert "14 leases orphaned on 10.2.0.0/23" in done.out or form == "json", form
        assert "pc10 10.2.0.10" in done.out or form == "json", form
        if form in READERS:
            read(form, done.out)


def test_the_result_depends_on_the_time_alone(call: Call) -> None:
    later = call("review", "a.yaml", "--since", "HEAD", "--at", str(LATER), "--leases", "kea1=kea1", "--format", "json")
    assert document(later)["pairs"][0]["leases"]["orphaned"] == 0
    once, again = (review(call, "--leases", "kea1=kea1").out for _ in range(2))
    assert once == again
    iso = call("review", "a.yaml", "--since", "HEAD", "--at", "1970-01-12T14:46:40+01:00", "--leases", "kea1=kea1")
    assert iso.out == once


@pytest.mark.parametrize(("limit", "code"), [("15", 0), ("14", 1), ('"88%"', 1), ('"89%"', 0), ("0", 1)])
def test_the_limit(call: Call, limit: str, code: int) -> None:
    limits(f"max-orphaned-leases = {limit}")
    done = review(call, "--leases", "kea1=kea1", "--format", "json")
    assert done.code == code
    assert [each["rule"] for each in document(done)["limits"]] == (["KH948"] if code else [])
    if code:
        assert "15 of 17 leases" in done.out
        assert review(call, "--leases", "kea1=kea1", "--accept", "orphans-too-many-leases").code == 0


def test_a_limit_that_cannot_be_evaluated_has_failed(call: Call) -> None:
    limits("max-orphaned-leases = 1000")
    for arguments, code in (
        ((), 1),
        (("--leases", "kea1=kea1/kea-leases4.csv"), 1),
        (("--leases", "kea1=nowhere"), 2),
        (("--leases", "kea1=a.yaml"), 2),
    ):
        done = call("review", "a.yaml", "--since", "HEAD", *arguments, "--format", "json")
        assert done.code == code, arguments
        assert [each["rule"] for each in document(done)["limits"]] == ["KH949"], arguments
    with Path("kea1/kea-leases4.csv").open("a") as file:
        file.write("rubbish\n")
    done = review(call, "--leases", "kea1=kea1", "--format", "json")
    assert [each["rule"] for each in document(done)["limits"]] == ["KH949"]
    assert "1 row cannot be read, the first is row 20" in done.out
    assert document(done)["pairs"][0]["leases"]["orphaned"] == 15
    assert document(done)["pairs"][0]["leases"]["known"] is False


def test_a_change_that_removes_nothing_needs_no_lease_data(call: Call) -> None:
    limits("max-orphaned-leases = 0")
    write({"a.yaml": PAIR.replace("192.0.2.199", "192.0.2.209")})
    done = call("review", "a.yaml", "--since", "HEAD", "--format", "json")
    assert (done.code, document(done)["limits"]) == (0, [])
    assert document(review(call, "--leases", "kea1=kea1", "--format", "json"))["pairs"][0]["leases"] is None


def test_a_pair_that_goes(call: Call) -> None:
    Path("a.yaml").unlink()
    done = call("review", "--since", "HEAD", *AT, "--leases", "kea2=kea1", "--format", "json")
    found = document(done)["pairs"][0]
    assert (found["state"], found["leases"]["orphaned"], found["leases"]["live"]) == ("removed", 17, 17)


def test_both_servers_of_a_pair_have_the_same_leases(call: Call) -> None:
    write_leases(
        "kea2/kea-leases4.csv",
        V4["2.2"],
        [row4("10.2.0.10", subnet=2, version="2.2"), row4("10.2.0.99", subnet=2, version="2.2")],
    )
    done = review(call, "--leases", "kea1=kea1", "--leases", "two/kea2=kea2", "--format", "json")
    assert document(done)["pairs"][0]["leases"]["by-loss"][0]["orphaned"] == 15


def test_names_that_are_wrong(call: Call) -> None:
    for text in ("kea1", "=x", "kea1=", ""):
        done = review(call, "--leases", text)
        assert done.code == 2
        assert "write NAME=FILE or NAME=DIR" in done.err
    done = review(call, "--leases", "kea9=kea1")
    assert done.code == 2
    assert "no reviewed pair has a server kea9; it has kea1, kea2" in done.err
    write({"b.yaml": PAIR.replace("pair: two", "pair: three")})
    done = call("review", "--since", "HEAD", *AT, "--leases", "kea1=kea1")
    assert done.code == 2
    assert "write three/kea1" in done.err or "write two/kea1" in done.err
    for time in ("yesterday", "1e9", "99999999999999999999999", "-5"):
        done = call("review", "a.yaml", "--since", "HEAD", f"--at={time}", "--leases", "kea1=kea1")
        assert "this is a bug" not in done.err
    assert call("review", "a.yaml", "--since", "HEAD", "--at", "0").code == 2


def lease(address: str, **other: object) -> dict[str, object]:
    known = {"ip-address": address, "subnet-id": 2, "valid-lft": 3600, "cltt": NOW, "state": 0, "hostname": "pc"}
    return {**known, **other}


def test_leases_of_servers(call: Call) -> None:
    """One server of the pair answers, and the other does not run."""
    write({"a.yaml": PAIR.replace(SUBNET_2, "")})
    listed = [lease("10.2.0.10"), lease("10.2.0.11", state=1), lease("192.0.2.101", **{"subnet-id": 1})]
    page = {"result": 0, "arguments": {"count": 3, "leases": listed}}
    asked: list[dict[str, Any]] = []
    with listening(answers(kea(lease4_get_page=page), asked)) as port:
        places = [f"--live=kea1=http://127.0.0.1:{port}/", "--live=kea2=http://127.0.0.1:9/"]
        done = review(call, "--leases", "live", *places, "--timeout", "5", "--format", "json")
    assert done.code == 0, done.err
    found = document(done)["pairs"][0]["leases"]
    assert (found["live"], found["orphaned"], found["declined"], found["known"]) == (2, 1, 1, True)
    assert found["servers"] == ["kea1"]
    assert {each["command"] for each in asked} <= {"config-get", "status-get", "version-get", "lease4-get-page"}


def test_servers_that_do_not_answer_are_unknown(call: Call) -> None:
    limits("max-orphaned-leases = 1000")
    places = ["--live=kea1=http://127.0.0.1:9/", "--live=kea2=http://127.0.0.1:9/"]
    done = review(call, "--leases", "live", *places, "--timeout", "2", "--format", "json")
    assert done.code == 2
    assert [each["rule"] for each in document(done)["limits"]] == ["KH949"]
    assert document(done)["pairs"][0]["leases"]["known"] is False
    assert "nothing listens there" in done.err


def test_a_change_does_not_choose_whom_kea_hac_contacts(call: Call) -> None:
    """The change moves the servers to addresses of its own. Asked are those of the older revision, and nobody else."""
    asked: list[dict[str, Any]] = []
    with listening(answers(kea(), asked)) as port:
        moved = PAIR.replace(SUBNET_2, "").replace("192.0.2.11", "127.0.0.1").replace("192.0.2.12", "127.0.0.2")
        moved = moved.replace("dhcp4:\n  client", f"control-agent: {{http-port: {port}}}\ndhcp4:\n  client")
        write({"a.yaml": moved})
        review(call, "--leases", "live", "--timeout", "1", "--format", "json")
    assert asked == []


def test_options_that_do_not_go_together(call: Call) -> None:
    for arguments in (
        ("--leases", "live", "--leases", "kea1=kea1"),
        ("--live", "kea1=http://127.0.0.1:9/"),
        ("--trust", "kea1"),
    ):
        done = call("review", "a.yaml", "--since", "HEAD", *arguments)
        assert done.code == 2
        assert "--leases live" in done.err


def test_hostile_names_of_clients(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    names = (
        "x::error::EVIL",
        "##[command]EVIL",
        "[EVIL](http://evil.example) | @evil",
        "\x1b[31m\u202eEVIL",
        "a&#x2cb",
    )
    rows = [row4(f"10.2.0.{number}", subnet=2, name=name) for number, name in enumerate(names)]
    write_leases("kea1/kea-leases4.csv", V4["2.4"], rows)
    results: list[Reviewed] = []
    with monkeypatch.context() as patch:
        patch.setattr("kea_hac.cli.review.show_review", lambda _, result, __: results.append(result))
        review(call, "--leases", "kea1=kea1")
    (result,) = results
    for shape, form in offered(Command.REVIEW).items():
        shown = form.review(result, Page()).stdout
        check(Called(0, shown, ""), shape)
        if shape == "markdown":
            markdown_is_ours(shown)


def test_the_json_is_the_same_for_the_same_data(call: Call) -> None:
    once = review(call, "--leases", "kea1=kea1", "--format", "json").out
    assert json.loads(once) == json.loads(review(call, "--leases", "two/kea1=kea1", "--format", "json").out)
