"""Limits that a site sets itself: over one is a finding, and a pull request does not raise its own limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.config import ConfigError, review_limits
from kea_hac.config.toml_text import read_toml
from tests.cli.conftest import Call, Called
from tests.review.changes import CAMPUS, SUBNET_40
from tests.review.sites import committed_all, write
from tests.review.test_review import BROKEN, SPEC, changed, site_spec

TOML = "kea-hac.toml"
HOST = '        - {hw-address: "08:00:27:12:34:56", ip-address: 192.0.2.20, hostname: printer}\n'


def limits(**values: object) -> str:
    keys = {
        "subnets": "max-removed-subnets",
        "addresses": "max-removed-pool-addresses",
        "reservations": "max-removed-reservations",
    }
    lines = [f"{keys.get(key, 'protected-subnets')} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(("[review]", *lines, ""))


def over(call: Call, *arguments: str) -> tuple[Called, list[tuple[str, bool]]]:
    done = call("review", "specs", "--format", "json", *arguments)
    assert "this is a bug" not in done.err
    found: list[dict[str, Any]] = json.loads(done.out)["limits"]
    return done, [(each["name"], each["accepted"]) for each in found]


@pytest.mark.parametrize(
    ("setting", "old", "new", "name"),
    [
        ({"subnets": 0}, SUBNET_40, "", "removes-too-many-subnets"),
        ({"subnets": "19%"}, SUBNET_40, "", "removes-too-many-subnets"),
        ({"subnets": 0}, "id: 40", "id: 41", "removes-too-many-subnets"),
        ({"addresses": 99}, "192.0.2.199", "192.0.2.99", "removes-too-many-pool-addresses"),
        ({"addresses": 199}, SUBNET_40, "", "removes-too-many-pool-addresses"),
        ({"addresses": "21%"}, SUBNET_40, "", "removes-too-many-pool-addresses"),
        ({"reservations": 0}, HOST, "", "removes-too-many-reservations"),
        ({"reservations": "99.9 %"}, "192.0.2.20,", "192.0.2.21,", "removes-too-many-reservations"),
        ({"protected": ["10.40.0.0/16"]}, SUBNET_40, "", "changes-protected-subnet"),
        ({"protected": ["10.40.0.128/25"]}, "10.40.0.249", "10.40.0.200", "changes-protected-subnet"),
        ({"protected": ["10.40.0.0/24"]}, "id: 40", "id: 41", "changes-protected-subnet"),
    ],
)
def test_over_a_limit_is_a_finding_and_accept_lets_it_through(
    call: Call, setting: dict[str, object], old: str, new: str, name: str
) -> None:
    text = CAMPUS.replace("192.0.2.100 - 192.0.2.199", "192.0.2.50 - 192.0.2.199")
    reserved = text.replace("      reservations:\n" + HOST, "") if old == HOST else changed((old, new), text=text)
    committed_all({SPEC: text, TOML: limits(**setting)})
    write({SPEC: reserved})
    done, found = over(call)
    assert (done.code, found) == (1, [(name, False)])
    done, found = over(call, "--accept", name)
    assert (done.code, found) == (0, [(name, True)])
    shown = call("review", "specs", "--accept", name)
    assert "accepted[KH94" in shown.out
    assert "**Accepted**" in call("review", "specs", "--accept", name, "--format", "markdown").out
    other = next(each for each in ("removes-too-many-subnets", "removals-unknown") if each != name)
    assert over(call, "--accept", other)[0].code == 1


def test_at_the_limit_is_within_it(call: Call) -> None:
    committed_all({SPEC: CAMPUS, TOML: limits(subnets=1, addresses=200, reservations="0%", protected=["10.30.0.0/24"])})
    write({SPEC: changed((SUBNET_40, ""))})
    assert over(call)[1] == []


def test_numbers_count_over_all_pairs_and_per_cent_for_each(call: Call) -> None:
    committed_all({SPEC: CAMPUS, "specs/site.yaml": site_spec(), TOML: limits(subnets=1)})
    write(
        {
            SPEC: changed((SUBNET_40, "")),
            "specs/site.yaml": changed((SUBNET_40.replace("10.40", "10.140"), ""), text=site_spec()),
        }
    )
    assert over(call)[1] == [("removes-too-many-subnets", False)]
    committed_all({TOML: limits(subnets="10%")})
    assert over(call, "--since", "HEAD~1")[1].count(("removes-too-many-subnets", False)) >= 2


def test_a_pair_that_goes_counts(call: Call) -> None:
    committed_all({SPEC: CAMPUS, TOML: limits(subnets=4, addresses=899, reservations=0)})
    Path(SPEC).unlink()
    assert len(over(call)[1]) == 3


@pytest.mark.parametrize("loosened", [limits(subnets=5), limits(subnets="90%"), "[review]\n", None])
def test_a_change_does_not_raise_its_own_limit(call: Call, loosened: str | None) -> None:
    committed_all({SPEC: CAMPUS, TOML: limits(subnets=0)})
    write({SPEC: changed((SUBNET_40, ""))})
    if loosened is None:
        Path(TOML).unlink()
    else:
        write({TOML: loosened})
    done, found = over(call)
    assert done.code == 1
    assert found == [("loosens-its-own-limits", False), ("removes-too-many-subnets", False)]
    assert "this change loosens its own limit: max-removed-subnets was 0" in call("review", "specs").out


def test_a_protected_subnet_stays_protected_from_the_change_that_removes_the_protection(call: Call) -> None:
    committed_all({SPEC: CAMPUS, TOML: limits(protected=["10.40.0.0/24", "10.30.0.0/24"])})
    write({SPEC: changed((SUBNET_40, "")), TOML: limits(protected=["10.30.0.0/24"])})
    assert over(call)[1] == [("loosens-its-own-limits", False), ("changes-protected-subnet", False)]


def test_a_stricter_limit_holds_at_once(call: Call) -> None:
    committed_all({SPEC: CAMPUS, TOML: limits(subnets=5)})
    write({SPEC: changed((SUBNET_40, "")), TOML: limits(subnets=0)})
    assert over(call)[1] == [("removes-too-many-subnets", False)]
    write({SPEC: CAMPUS})
    assert over(call)[1] == []


@pytest.mark.parametrize(("before", "now"), [(CAMPUS, BROKEN), (BROKEN, CAMPUS)])
def test_a_limit_that_cannot_be_evaluated_counts_as_exceeded(call: Call, before: str, now: str) -> None:
    committed_all({SPEC: before, TOML: limits(subnets=5)})
    write({SPEC: now})
    done, found = over(call)
    assert (done.code, found) == (1, [("removals-unknown", False)])
    if now is CAMPUS:
        assert over(call, "--accept", "removals-unknown")[0].code == 0
    Path(TOML).unlink()
    committed_all({"README": ""})


def test_accept_takes_only_limits(call: Call) -> None:
    committed_all({SPEC: CAMPUS})
    done = call("review", "specs", "--accept", "removes-everything")
    assert done.code == 2
    assert "it takes removes-too-many-subnets, " in done.err
    assert call("review", "specs", "--accept", "KH940").code == 0


@pytest.mark.parametrize("where", ["now", "before"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[review\n", "is not TOML"),
        ("[review]\nmax-removed-subnet = 1\n", "did you mean max-removed-subnets?"),
        ("[review]\nmax-removed-subnets = -1\n", "it takes a number such as 2"),
        ("[review]\nmax-removed-subnets = true\n", "it takes a number such as 2"),
        ('[review]\nmax-removed-subnets = "101%"\n', "it takes a number such as 2"),
        ("[review]\nprotected-subnets = [4]\n", "it takes a list of prefixes"),
        ('[review]\nprotected-subnets = ["192.0.2.0"]\n', "it takes a list of prefixes"),
        ("review = 1\n", "must be a table"),
        ("[reviews]\n", "reviews is not known; kea-hac.toml"),
    ],
)
def test_a_gate_that_cannot_be_read_ends_the_command(call: Call, where: str, text: str, words: str) -> None:
    committed_all({SPEC: CAMPUS, TOML: text if where == "before" else "[review]\n"})
    write({TOML: text if where == "now" else "[review]\n"})
    done = call("review", "specs")
    assert done.code == 2
    assert words in done.err
    assert TOML in done.err


def test_pyproject_without_a_file_of_its_own(call: Call) -> None:
    committed_all(
        {
            SPEC: CAMPUS,
            "pyproject.toml": f"[tool.other]\nx = 1\n\n[tool.kea-hac.review]\n{limits(subnets=0).partition(chr(10))[2]}",
        }
    )
    write({SPEC: changed((SUBNET_40, ""))})
    assert over(call)[1] == [("removes-too-many-subnets", False)]


def test_the_table_of_limits() -> None:
    toml = read_toml(b'[review]\nmax-removed-subnets = "12.5 %"\nprotected-subnets = ["2001:db8::1/64"]\n', TOML)
    assert toml is not None
    found = review_limits(toml)
    assert str(found.amounts["max-removed-subnets"]) == "12.5 %"
    assert str(found.protected[0]) == "2001:db8::/64"
    with pytest.raises(ConfigError):
        read_toml(b"\xff", TOML)
