"""The JSON Schemas of Kea's own files, held against the files that we build, the vocabulary and planted mistakes.

Seen beside these tests, on 2.2.0, 2.6.3 and 3.0.4: what the schemas refuse of ISC's example configurations (branches v2_2,
v2_6, v3_0) the servers refuse too, at the start where `-t` does not look; and of 3,500 mutants of these no syntax error and no
unknown key passed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from kea_hac.diagnostics import Route
from kea_hac.kea import grammar
from kea_hac.kea.file_schema import DAEMONS, DaemonName, branches_of, file_schema, file_schema_text, file_schemas
from kea_hac.kea.grammar import program
from kea_hac.kea.version import BRANCHES, Branch
from kea_hac.source import Secret, read_kea_json
from kea_hac.source.include_places import Root
from tests.regenerate import ROOT
from tests.shipped import GOLDEN
from tests.unit.kea.test_vocabulary_properties import maps
from tests.unit.spec.wide import every, references

EACH: list[tuple[DaemonName, Branch]] = [(name, branch) for name in DAEMONS for branch in branches_of(name)]
BUILT = sorted(GOLDEN.rglob("kea-*.conf"))
each_schema = pytest.mark.parametrize(("name", "branch"), EACH, ids=str)


@cache
def schema(name: DaemonName, branch: Branch) -> dict[str, Any]:
    """The schema; not to be changed."""
    return file_schema(name, branch)


@cache
def validator(name: DaemonName, branch: Branch) -> Draft202012Validator:
    return Draft202012Validator(schema(name, branch))


def errors(name: DaemonName, branch: Branch, data: Any) -> list[str]:
    """What is wrong with a file."""
    return [f"{error.json_path}: {error.message[:200]}" for error in validator(name, branch).iter_errors(data)]


def read(path: Path) -> Any:
    """A file of Kea as a JSON tool would have it: without comments, a text in place of a secret."""
    document = read_kea_json(path, roots=[Root(str(ROOT))]).document
    assert document is not None
    return json.loads(json.dumps(unveiled(document.root)))


def unveiled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unveiled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [unveiled(each) for each in value]
    return "s3cret" if isinstance(value, Secret) else value


# --- the schemas as files


@each_schema
def test_it_is_a_json_schema_in_which_every_definition_is_used(name: DaemonName, branch: Branch) -> None:
    made = schema(name, branch)
    Draft202012Validator.check_schema(made)
    assert made["$id"] == f"urn:kea-hac:kea-{name}:{branch}"
    assert {found.removeprefix("#/$defs/") for found in references(made)} == made["$defs"].keys()


def test_there_is_a_file_for_each_and_all_together_are_no_burden() -> None:
    files = {path.name for path in (ROOT / "schemas").glob("kea-*")}
    assert files == set(file_schemas()) == {f"kea-{name}-{branch}.schema.json" for name, branch in EACH}
    assert "kea-ctrl-agent-3.2.schema.json" not in files
    assert sum(len(text) for text in file_schemas().values()) < 2_000_000


def test_the_text_is_the_schema() -> None:
    assert json.loads(file_schema_text("dhcp4", Branch.V3_2)) == schema("dhcp4", Branch.V3_2)


@each_schema
def test_patterns_are_such_as_every_dialect_knows(name: DaemonName, branch: Branch) -> None:
    r"""ECMAScript, whose patterns JSON Schema speaks, refuses `\-` outside of brackets; Python writes it."""
    patterns = [each["pattern"] for each in every(schema(name, branch)) if isinstance(each.get("pattern"), str)]
    assert patterns
    assert not [pattern for pattern in patterns if "\\" in pattern]


# --- the vocabulary


def known_keys(name: str, branch: Branch) -> dict[str, set[str]]:
    """The keys of each map of a branch, straight from the data file."""

    def there(row: dict[str, Any]) -> bool:
        limits = (row.get("since", BRANCHES[0]), branch, row.get("until", BRANCHES[-1]))
        orders = [Branch(limit).order for limit in limits]
        return orders == sorted(orders)

    raw = orjson.loads((Path(grammar.__file__).parent / "data" / f"{name}.json").read_bytes())
    return {
        scope: {key for key, facts in row["keywords"].items() if there(facts)}
        for scope, row in raw["scopes"].items()
        if there(row)
    }


@each_schema
def test_the_keys_are_those_of_the_branch(name: DaemonName, branch: Branch) -> None:
    wanted = known_keys(name, branch)
    if name != "ctrl-agent":
        wanted |= {f"ha.{scope}": keys for scope, keys in known_keys("ha", branch).items()}
        wanted["ha.peer"] = wanted["ha.peer"] | {"require-client-certs"}
        wanted["ha.parameters"] = {"high-availability"}
    assert {scope: set(made["properties"]) for scope, made in schema(name, branch)["$defs"].items()} == wanted
    open_maps = [scope for scope, made in schema(name, branch)["$defs"].items() if made["additionalProperties"]]
    assert open_maps == ([] if name == "ctrl-agent" else ["dhcp-queue-control"])


MAY_BE_SAID = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@MAY_BE_SAID
@given(st.sampled_from(EACH), st.data())
def test_what_the_vocabulary_can_say_is_accepted(each: tuple[DaemonName, Branch], data: st.DataObject) -> None:
    name, branch = each
    known = program(name)
    made = {known.top: data.draw(maps(known, known.top, branch, 3))}
    # ids are drawn like any other key here, and the parameters of a library named by chance are free
    assert [error for error in errors(name, branch, made) if "'id' is a required property" not in error] == []


# --- hover text


@each_schema
def test_every_key_has_hover_text_that_speaks_of_kea_alone(name: DaemonName, branch: Branch) -> None:
    texts = {
        f"{scope}/{key}": value.get("description", "")
        for scope, made in schema(name, branch)["$defs"].items()
        for key, value in made["properties"].items()
    }
    ours = re.compile(r"\bspec\b|\b[Dd]erived\b|kea-hac|!secret|!csv|\balias|bare name|such as 90s|10s")
    assert [place for place, text in texts.items() if not text.endswith(".") or ours.search(text)] == []


@pytest.mark.parametrize(
    ("branch", "scope", "key", "text"),
    [
        (Branch.V2_2, "Dhcp4", "valid-lifetime", "How long a lease is valid. Seconds. Default 7200."),
        (Branch.V2_4, "subnet4", "id", "Leases refer to it: never change it, never use it for another subnet. 0 to "),
        (Branch.V2_6, "subnet4", "id", "Leases refer to it: never change it, never use it for another subnet. 1 to "),
        (Branch.V2_6, "Dhcp4", "cache-threshold", "At least 0.0, less than 1.0. With a decimal point: Kea refuses 1"),
        (Branch.V3_0, "Dhcp4", "cache-threshold", "Default 0.25."),
        (Branch.V3_0, "subnet4", "renew-timer", "Without it, the value of the level above applies."),
        (Branch.V2_2, "ha.multi-threading", "http-dedicated-listener", "Default false."),
        (Branch.V3_2, "ha.relationship", "delayed-updates-limit", "Default 100 in load-balancing, 0 in hot-standby,"),
        (Branch.V2_2, "interfaces-config", "interfaces", "The interfaces, as eth0 or eth0/192.0.2.1; * is all."),
    ],
)
def test_facts_are_those_of_the_branch(branch: Branch, scope: str, key: str, text: str) -> None:
    assert text in schema("dhcp4", branch)["$defs"][scope]["properties"][key]["description"]


@pytest.mark.parametrize(
    ("scope", "old", "new", "since"),
    [
        ("Dhcp4", "control-socket", "control-sockets", Branch.V3_0),
        ("Dhcp4", "hosts-database", "hosts-databases", Branch.V2_2),
        ("Dhcp4", "reservation-mode", "reservations-global, ", Branch.V2_2),
        ("Dhcp4", "ddns-use-conflict-resolution", "ddns-conflict-resolution-mode", Branch.V2_6),
        ("dhcp-ddns", "qualifying-suffix", "ddns-qualifying-suffix (global)", Branch.V2_2),
        ("pool", "client-class", "client-classes", Branch.V3_0),
        ("subnet4", "require-client-classes", "evaluate-additional-classes", Branch.V3_0),
        ("client-class", "only-if-required", "only-in-additional-list", Branch.V3_0),
        ("logger", "output_options", "output-options", Branch.V2_6),
        ("relay", "ip-address", "ip-addresses", Branch.V2_2),
    ],
)
def test_an_old_spelling_is_marked_once_there_is_a_new_one(scope: str, old: str, new: str, since: Branch) -> None:
    seen = set()
    for branch in BRANCHES:
        keys = schema("dhcp4", branch)["$defs"][scope]["properties"]
        if old in keys:
            seen.add(branch)
            assert keys[old].get("deprecated", False) == (branch.order >= since.order)
            assert new in keys[old].get("deprecationMessage", new)
    assert since in seen


# --- what is accepted


@pytest.mark.parametrize("path", BUILT, ids=lambda path: "-".join(path.relative_to(GOLDEN).parts))
def test_every_built_file_is_valid(path: Path) -> None:
    name = next(each for each in DAEMONS if path.name == f"kea-{each}.conf")
    assert errors(name, built_for(path), read(path)) == []


def built_for(path: Path) -> Branch:
    """The branch that a golden file is for: a server may have another one than its pair."""
    folder = path.relative_to(GOLDEN).parts
    manifest = json.loads((GOLDEN / folder[0] / folder[1] / "manifest.json").read_bytes())
    return Branch(".".join(str(manifest["servers"][folder[2]]["kea"]).split(".")[:2]))


def test_built_files_are_of_every_daemon_and_branch() -> None:
    assert {(path.name, built_for(path)) for path in BUILT} == {(f"kea-{name}.conf", branch) for name, branch in EACH}


# --- what is refused

HA: dict[str, Any] = {
    "library": "/usr/lib/kea/hooks/libdhcp_ha.so",
    "parameters": {
        "high-availability": [
            {
                "this-server-name": "kea1",
                "mode": "hot-standby",
                "heartbeat-delay": 10000,
                "multi-threading": {"enable-multi-threading": True, "http-listener-threads": 4},
                "peers": [
                    {"name": "kea1", "url": "http://192.0.2.1:8001/", "role": "primary", "auto-failover": True},
                    {"name": "kea2", "url": "http://192.0.2.2:8001/", "role": "standby"},
                ],
            }
        ]
    },
}
BASE: dict[str, Any] = {
    "Dhcp4": {
        "valid-lifetime": 4000,
        "t1-percent": 0.5,
        "authoritative": True,
        "interfaces-config": {"interfaces": ["eth0"]},
        "lease-database": {"type": "memfile", "persist": True},
        "hooks-libraries": [HA, {"library": "libdhcp_of_our_own.so", "parameters": {"any": ["thing", None]}}],
        "dhcp-queue-control": {"enable-queue": True, "of-its-own": {"kind": 1}},
        "option-data": [{"name": "routers", "data": "192.0.2.1"}],
        "loggers": [{"name": "kea-dhcp4", "severity": "debug", "output_options": [{"output": "stdout"}]}],
        "subnet4": [
            {
                "id": 1,
                "subnet": "192.0.2.0/24",
                "pools": [{"pool": "192.0.2.10 - 192.0.2.20"}],
                "user-context": {"anything": [1, {"at": "all"}]},
            }
        ],
    }
}
SUBNET: Route = ("Dhcp4", "subnet4", 0)
LIBRARY: Route = ("Dhcp4", "hooks-libraries", 0)
PARAMETERS: Route = (*LIBRARY, "parameters")
RELATIONSHIP: Route = (*PARAMETERS, "high-availability", 0)
GONE = object()


def changed(route: Route, value: Any) -> Any:
    """BASE with one value put in, or taken out."""
    made: Any = deepcopy(BASE)
    if not route:
        return value
    node = made
    for step in route[:-1]:
        node = node[step]
    if value is GONE:
        del node[route[-1]]
    else:
        node[route[-1]] = value
    return made


def holds(route: Route, value: Any) -> Iterator[Branch]:
    """The branches that accept it."""
    return (branch for branch in BRANCHES if not errors("dhcp4", branch, changed(route, value)))


@pytest.mark.parametrize(
    ("route", "value"),
    [
        ((), {}),
        ((), {"Dhcp6": {}}),
        ((), {"Dhcp4": {}}),
        ((), [BASE]),
        (("Dhcp6",), {"valid-lifetime": 4000}),
        (("Dhcp4",), {}),
        (("Dhcp4",), [1]),
        (("Dhcp4", "valid-lifetimes"), 4000),
        (("Dhcp4", "preferred-lifetime"), 4000),
        (("Dhcp4", "valid-lifetime"), "4000"),
        (("Dhcp4", "valid-lifetime"), 4000.5),
        (("Dhcp4", "valid-lifetime"), -1),
        (("Dhcp4", "valid-lifetime"), 2**32),
        (("Dhcp4", "valid-lifetime"), None),
        (("Dhcp4", "t1-percent"), "0.5"),
        (("Dhcp4", "cache-threshold"), 1.0),
        (("Dhcp4", "authoritative"), "true"),
        (("Dhcp4", "authoritative"), 1),
        (("Dhcp4", "ddns-replace-client-name"), True),
        (("Dhcp4", "ddns-replace-client-name"), "sometimes"),
        (("Dhcp4", "ddns-replace-client-name"), "xnever"),
        (("Dhcp4", "host-reservation-identifiers"), []),
        (("Dhcp4", "host-reservation-identifiers"), ["mac"]),
        (("Dhcp4", "interfaces-config"), {}),
        (("Dhcp4", "interfaces-config"), {"interfaces": "eth0"}),
        (("Dhcp4", "interfaces-config"), {"interfaces": [1]}),
        (("Dhcp4", "lease-database"), {"persist": True}),
        (("Dhcp4", "lease-database", "type"), "sqlite"),
        (("Dhcp4", "hooks-libraries"), [{"parameters": {}}]),
        (("Dhcp4", "hooks-libraries", 1, "parameters"), []),
        (("Dhcp4", "dhcp-queue-control"), {"capacity": 10}),
        (("Dhcp4", "option-data", 0, "code"), "3"),
        (("Dhcp4", "loggers"), []),
        (("Dhcp4", "loggers", 0, "severity"), "LOUD"),
        (("Dhcp4", "loggers", 0, "output_options"), []),
        (("Dhcp4", "client-classes"), [{"test": "member('ALL')"}]),
        (("Dhcp4", "multi-threading"), {"thread-pool-size": 4}),
        (("Dhcp4", "control-socket"), {"socket-name": "/run/kea/kea4-ctrl-socket"}),
        (("Dhcp4", "Logging"), {"loggers": []}),
        ((*SUBNET, "subnet"), GONE),
        ((*SUBNET, "id"), 4294967295),
        ((*SUBNET, "pools"), {"pool": "192.0.2.10 - 192.0.2.20"}),
        ((*SUBNET, "pools", 0, "pool"), GONE),
        ((*SUBNET, "user-context"), "a remark"),
        ((*SUBNET, "reservations"), [{"ip-addresses": ["192.0.2.1"]}]),
        (PARAMETERS, GONE),
        (PARAMETERS, {}),
        ((*PARAMETERS, "high-availibility"), []),
        ((*PARAMETERS, "high-availability"), []),
        ((*PARAMETERS, "high-availability"), HA["parameters"]["high-availability"][0]),
        ((*RELATIONSHIP, "mode"), GONE),
        ((*RELATIONSHIP, "mode"), "hot_standby"),
        ((*RELATIONSHIP, "this-server-name"), GONE),
        ((*RELATIONSHIP, "heartbeat-delays"), 10000),
        ((*RELATIONSHIP, "heartbeat-delay"), 2**32),
        ((*RELATIONSHIP, "multi-threading", "http-listener-threads"), "4"),
        ((*RELATIONSHIP, "peers", 0, "url"), GONE),
        ((*RELATIONSHIP, "peers", 0, "role"), "master"),
        ((*RELATIONSHIP, "peers", 0, "auto-fail-over"), True),
        ((*RELATIONSHIP, "state-machine"), {"states": [{"state": "sleeping"}]}),
    ],
)  # fmt: skip
def test_refused_in_every_branch(route: Route, value: Any) -> None:
    assert list(holds((), BASE)) == list(BRANCHES)
    assert list(holds(route, value)) == []


@pytest.mark.parametrize(
    ("route", "value", "branches"),
    [
        (("Dhcp4", "offer-lifetime"), 60, "2.4 2.6 3.0 3.2"),
        (("Dhcp4", "stash-agent-options"), True, "2.6 3.0 3.2"),
        (("Dhcp4", "reservation-mode"), "all", "2.2 2.4"),
        (("Dhcp4", "allocator"), "flq", "2.4 2.6 3.0 3.2"),
        (("Dhcp4", "allocator"), "shared-flq", "3.2"),
        (("Dhcp4", "client-classes"), [], "3.0 3.2"),
        (("Dhcp4", "client-classes"), [{"name": "voip"}], "2.2 2.4 2.6 3.0 3.2"),
        (("Dhcp4", "ddns-replace-client-name"), "When-Present", "2.2 2.4 2.6 3.0 3.2"),
        (("Dhcp4", "control-socket"), {"socket-type": "unix", "socket-name": "s"}, "2.2 2.4 2.6 3.0 3.2"),
        (("Dhcp4", "control-socket"), {"socket-type": "http", "socket-port": 8000}, "3.0 3.2"),
        (("Dhcp4", "control-sockets"), [{"socket-type": "http", "socket-port": 8000}], "3.0 3.2"),
        (("Dhcp4", "loggers", 0, "severity"), GONE, ""),
        (("Dhcp4", "loggers", 0, "output-options"), [{"output": "stdout"}], ""),
        (("Dhcp4", "dhcp-ddns"), {"enable-updates": True, "qualifying-suffix": "example.org"}, "2.2 2.4"),
        ((*SUBNET, "id"), GONE, "2.2 2.4"),
        ((*SUBNET, "id"), 0, "2.2 2.4"),
        ((*SUBNET, "client-class"), "voip", "2.2 2.4 2.6 3.0 3.2"),
        ((*SUBNET, "client-classes"), ["voip"], "3.0 3.2"),
        ((*SUBNET, "relay"), {"ip-address": "192.0.2.1"}, "2.2 2.4"),
        ((*SUBNET, "relay"), {"ip-address": "192.0.2.1", "ip-addresses": []}, ""),
        ((*SUBNET, "pools", 0), {"pool": "192.0.2.0/28", "client-class": "a", "client-classes": ["a"]}, ""),
        (("Dhcp4", "lease-database", "retry-on-startup"), True, "2.6 3.0 3.2"),
        ((*PARAMETERS, "high-availability"), HA["parameters"]["high-availability"] * 2, "2.6 3.0 3.2"),
        ((*RELATIONSHIP, "max-rejected-lease-updates"), 0, "2.4 2.6 3.0 3.2"),
        ((*RELATIONSHIP, "peers", 0, "basic-auth-user-file"), "user", "3.2"),
        ((*RELATIONSHIP, "peers", 0, "require-client-certs"), True, "2.2 2.4 2.6 3.0 3.2"),
        ((*LIBRARY, "library"), "libdhcp_ha.so", "2.2 2.4 2.6 3.0 3.2"),
        (LIBRARY, {"library": "libdhcp_lease_cmds.so"}, "2.2 2.4 2.6 3.0 3.2"),
        (LIBRARY, {"library": "libdhcp_ha.so.bak", "parameters": {"any": 1}}, "2.2 2.4 2.6 3.0 3.2"),
    ],
)  # fmt: skip
def test_accepted_by_these_branches_only(route: Route, value: Any, branches: str) -> None:
    assert " ".join(each for each in holds(route, value) if Branch(each).order <= Branch.V3_2.order) == branches


@pytest.mark.parametrize(
    ("data", "fine"),
    [
        ({"Control-agent": {"http-host": "192.0.2.1", "http-port": 8000}}, True),
        ({"Control-agent": {"control-sockets": {"dhcp4": {"socket-type": "unix", "socket-name": "s"}}}}, True),
        ({"Control-agent": {"hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": {"any": 1}}]}}, True),
        ({"Control-agent": {}}, False),
        ({"Control-agent": {"http-port": "8000"}}, False),
        ({"Control-agent": {"http-port": 65536}}, False),
        ({"Control-agent": {"control-sockets": {}}}, False),
        ({"Control-agent": {"control-sockets": {"dhcp4": {"socket-type": "http", "socket-name": "s"}}}}, False),
        ({"Control-agent": {"authentication": {"type": "basic", "users": []}}}, False),
        ({"Control-agent": {"http-headers": [{"name": "X-A"}]}}, False),
        ({"Dhcp4": {"valid-lifetime": 1}}, False),
    ],
)
def test_the_agent(data: Any, fine: bool) -> None:
    assert {not errors("ctrl-agent", branch, data) for branch in branches_of("ctrl-agent")} == {fine}


@pytest.mark.parametrize(
    ("body", "fine"),
    [
        ({"pd-pools": [{"prefix": "2001:db8:1::", "prefix-len": 48, "delegated-len": 64}]}, True),
        ({"pd-pools": [{"prefix": "2001:db8:1::", "prefix-len": 48}]}, False),
        ({"pd-pools": [{"prefix": "2001:db8:1::", "prefix-len": 48, "delegated-len": "64"}]}, False),
        ({"reservations": [{"duid": "01:02", "ip-addresses": ["2001:db8::5"], "prefixes": []}]}, True),
        ({"reservations": [{"duid": "01:02", "ip-address": "2001:db8::5"}]}, False),
        ({"match-client-id": True}, False),
    ],
)
def test_dhcp6(body: dict[str, Any], fine: bool) -> None:
    data = {"Dhcp6": {"subnet6": [{"id": 1, "subnet": "2001:db8::/48", **body}], "hooks-libraries": [HA]}}
    assert {not errors("dhcp6", branch, data) for branch in BRANCHES} == {fine}
