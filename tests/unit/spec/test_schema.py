"""The spec's JSON Schema: what an editor shows and marks, held against the reader and the vocabulary."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kea_hac.diagnostics import Route
from kea_hac.kea.hover import newer_spelling
from kea_hac.spec.schema import ID
from tests import regenerate
from tests.unit.kea.documents import keywords
from tests.unit.spec.editor_view import editor_view
from tests.unit.spec.wide import errors, every, references, schema, wide

ROOT = regenerate.ROOT
SPECS = sorted(path for path in (ROOT / "specs").rglob("*.yaml") if "shared" not in path.parts)
SMALL = """
kea-hac: 1
pair: campus
kea: 2.6
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: {lan: eth0}}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: [ens18]}
high-availability: {mode: hot-standby, heartbeat-delay: 10s, listener: {dhcp4: 8001, dhcp6: 8002}}
dhcp4:
  valid-lifetime: 4h
  subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [{pool: 192.0.2.100 - 192.0.2.199}]}]
"""


def small(route: Route, text: str) -> Any:
    """SMALL with one value put in: an editor's view of a YAML text."""
    node = spec = editor_view(SMALL)
    for step in route[:-1]:
        node = node[step]
    node[route[-1]] = editor_view(text)
    return spec


# --- the schema as a file


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$id"] == ID == "urn:kea-hac:spec:1"


@pytest.mark.slow
def test_generated_files_are_fresh() -> None:
    """If this fails: python -m tests.regenerate."""
    assert [str(path.relative_to(ROOT)) for path in regenerate.stale()] == []


def test_stale_files_are_found_and_put_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regenerate, "FOLDERS", {"schemas": regenerate.FOLDERS["schemas"]})
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    left_over = tmp_path / "schemas" / "old.json"
    left_over.write_text("{}")
    made = tmp_path / "schemas" / "spec.schema.json"
    made.unlink()
    (tmp_path / "schemas" / "kea-dhcp4-2.6.schema.json").write_text("{}")
    assert {path.name for path in regenerate.stale(tmp_path)} == {
        "old.json",
        "spec.schema.json",
        "kea-dhcp4-2.6.schema.json",
    }
    regenerate.rewrite(tmp_path)
    assert not left_over.exists()
    assert json.loads(made.read_text("utf-8")) == schema()
    assert regenerate.stale(tmp_path) == {}


@pytest.mark.slow
def test_every_process_makes_the_same_bytes() -> None:
    code = "from tests.regenerate import FOLDERS; import hashlib; print(hashlib.sha256(repr(FOLDERS['schemas']()).encode()).hexdigest())"
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(made) == 1


def test_every_reference_leads_somewhere_and_every_definition_is_used() -> None:
    used = {found.removeprefix("#/$defs/") for found in references(schema())}
    assert used == set(schema()["$defs"])


# --- hover text


def test_every_key_has_hover_text() -> None:
    silent = [
        key
        for each in every(schema())
        if isinstance(each.get("properties"), dict) and "type" in each
        for key, value in each["properties"].items()
        if not value.get("description")
    ]
    assert silent == []


def test_old_spellings_are_marked_and_say_the_new_one() -> None:
    maps_of_keys = [each["properties"] for each in every(schema()) if isinstance(each.get("properties"), dict)]
    for name, scope, keyword in keywords():
        newer = newer_spelling(scope, keyword)
        if newer and name != "ha":
            marked = [keys[keyword.name] for keys in maps_of_keys if scope.keywords.keys() <= keys.keys()]
            assert marked, (scope.name, keyword.name)
            assert all(each["deprecated"] and newer in each["deprecationMessage"] for each in marked)


# --- what is accepted


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_shipped_specs_have_no_red_line(path: Path) -> None:
    assert errors(editor_view(path.read_text("utf-8"))) == []


def test_every_keyword_is_known_and_every_value_can_be_included() -> None:
    assert errors(wide()) == []


@pytest.mark.parametrize(
    ("route", "text"),
    [
        (("kea",), "2.2"),
        (("kea",), "'2.6'"),
        (("kea",), "3.0"),
        (("kea",), "2.6.3"),
        (("kea-hac",), "'1'"),
        (("pair",), "2024"),
        (("arch",), "arm64"),
        (("paths",), "{config: /srv/kea, logs: /srv/log}"),
        (("servers", 0, "kea"), "3.0.4"),
        (("servers", 0, "role"), "{dhcp4: primary, dhcp6: secondary}"),
        (("servers", 0, "address"), '{dhcp4: 192.0.2.1, dhcp6: "2001:db8::1"}'),
        (("servers", 0, "control-address"), "fe80::1%eth1"),
        (("servers", 0, "interfaces"), "{dhcp4: [eth0], dhcp6: [eth1]}"),
        (("servers", 0, "interfaces"), "{lan: {dhcp4: eth0, dhcp6: eth1}}"),
        (("servers", 0, "auto-failover"), "{dhcp6: false}"),
        (("servers", 0, "control-agent"), "false"),
        (("servers", 0, "dhcp4"), "{lease-database: {host: db1}, loggers: null, multi-threading: {thread-pool-size: null}}"),
        (("servers", 0, "dhcp6"), "{server-id: {type: EN, enterprise-id: 2495}}"),
        (("servers", 0), "{<<: !include server.yaml, role: primary}"),
        (("servers",), "[!include servers.yaml]"),
        (("servers",), "!include servers.yaml"),
        (("high-availability",), "false"),
        (("high-availability",), "!include ha.json"),
        (("high-availability",), "{<<: !include ha.yaml}"),
        (("high-availability", "mode"), "{dhcp4: hot-standby}"),
        (("high-availability", "heartbeat-delay"), "{dhcp4: 10s, dhcp6: 9000}"),
        (("high-availability", "split"), "[60, 40]"),
        (("high-availability", "split"), "{dhcp4: even, dhcp6: [75, 25]}"),
        (("high-availability", "multi-threading"), "{http-listener-threads: {dhcp4: 4, dhcp6: 2}}"),
        (("high-availability", "relationships"), "[{mode: hot-standby, peers: {dhcp4: [{server: a, role: {dhcp4: primary}}]}}]"),
        (("control-agent",), "false"),
        (("control-agent",), "{}"),
        (("micetro",), "{agent: {name: mm1, address: 192.0.2.5}}"),
        (("x-tls",), "&tls {trust-anchor: /etc/kea/ca.pem}"),
        (("dhcp4",), "!include dhcp4.conf"),
        (("dhcp4", "<<"), "!include timers.yaml"),
        (("dhcp4", "valid-lifetime"), "14400"),
        (("dhcp4", "valid-lifetime"), "2000ms"),
        (("dhcp4", "valid-lifetime"), "!include ttl.yaml"),
        (("dhcp4", "authoritative"), "!include yes-or-no.yaml"),
        (("dhcp4", "t1-percent"), "0.5"),
        (("dhcp4", "ddns-replace-client-name"), "true"),
        (("dhcp4", "ddns-replace-client-name"), "When-Present"),
        (("dhcp4", "allocator"), "shared-flq"),
        (("dhcp4", "boot-file-name"), "1234"),
        (("dhcp4", "option-data"), "[{name: ip-forwarding, data: true}, !include options.yaml]"),
        (("dhcp4", "loggers"), "[{name: kea-dhcp4, severity: debug, output_options: [{output: stdout}]}]"),
        (("dhcp4", "subnet4"), "!csv subnets.csv"),
        (("dhcp4", "subnet4", 0, "reservations"), "!csv hosts.csv"),
        (("dhcp4", "subnet4", 0, "reservations"), "[{hw-address: 080027123456, ip-address: 192.0.2.5}, !csv hosts.csv]"),
        (("dhcp4", "subnet4", 0, "client-class"), "voip"),
        (("dhcp4", "subnet4", 0, "split"), "none"),
        (("dhcp4", "subnet4", 0, "pools", 0, "split"), "[60, 40]"),
        (("dhcp4", "subnet4", 0, "user-context"), "{ha-server-name: kea1, floor: [1, 2]}"),
        (("dhcp4", "dhcp-queue-control"), "{enable-queue: true, capacity: 10, of-its-own: kind}"),
        (("dhcp4", "lease-database"), "{type: postgresql, password: !secret /etc/kea/db.json}"),
        (("dhcp6",), "{subnet6: [{id: 1, subnet: 2001:db8::/64, pd-pools: [!include prefixes.yaml]}]}"),
    ],
)  # fmt: skip
def test_accepted(route: Route, text: str) -> None:
    assert errors(small(route, text)) == []


# --- what is refused


@pytest.mark.parametrize("key", ["kea-hac", "pair", "servers", "dhcp4"])
def test_refused_without(key: str) -> None:
    spec = editor_view(SMALL)
    assert errors(spec) == []
    del spec[key]
    assert errors(spec)


@pytest.mark.parametrize(
    ("route", "text"),
    [
        (("kea-hac",), "2"),
        (("kea",), "2.8"),
        (("kea",), "2.5"),
        (("kea",), "4.0"),
        (("kea",), "latest"),
        (("pair",), "two words"),
        (("pair",), "../campus"),
        (("platform",), "plan9"),
        (("paths",), "{hook: /srv}"),
        (("paths",), "{hooks: srv}"),
        (("dhcp-ddns",), "{}"),
        (("dhpc6",), "{}"),
        (("servers",), "[]"),
        (("servers",), "{}"),
        (("servers", 0), "{role: primary}"),
        (("servers", 0, "role"), "boss"),
        (("servers", 0, "role"), "{dhcp4: boss}"),
        (("servers", 0, "role"), "{dhcp5: primary}"),
        (("servers", 0, "addres"), "192.0.2.1"),
        (("servers", 0, "address"), "kea1.example.org"),
        (("servers", 0, "interfaces"), "eth0"),
        (("servers", 0, "interfaces"), "[]"),
        (("servers", 0, "url"), "http://192.0.2.1:8001/"),
        (("servers", 0, "control-agent"), "true"),
        (("servers", 0, "dhcp4"), "{subnet4: []}"),
        (("servers", 0, "dhcp4"), "{valid-lifetime: 5}"),
        (("servers", 0, "dhcp4"), "{lease-database: {hosst: db1}}"),
        (("servers", 0, "dhcp4"), "{hooks-libraries: [{library: null}]}"),
        (("servers", 0, "dhcp4"), "{server-id: {type: EN}}"),
        (("high-availability",), "true"),
        (("high-availability",), "{heartbeat-delay: 10s}"),
        (("high-availability", "mode"), "hotstandby"),
        (("high-availability", "peers"), "[]"),
        (("high-availability", "this-server-name"), "kea1"),
        (("high-availability", "heartbeat-delay"), "ten"),
        (("high-availability", "heartbeat-delay"), "5000000000"),
        (("high-availability", "heartbeat-delay"), "{dhcp4: 10s, dhcp6: 10x}"),
        (("high-availability", "listener"), "70000"),
        (("high-availability", "split"), "odd"),
        (("high-availability", "split"), "[50, 25, 25]"),
        (("high-availability", "relationships"), "[{mode: hot-standby}]"),
        (("high-availability", "relationships"), "[{peers: [{server: a}]}]"),
        (("high-availability", "relationships"), "[{peers: [{server: a, role: primary, url: x}]}]"),
        (("control-agent",), "{http-port: '8000'}"),
        (("control-agent",), "{authentication: {type: digest}}"),
        (("micetro",), "{owner: me}"),
        (("micetro",), "{agent: {name: mm1}}"),
        (("dhcp4",), "{}"),
        (("dhcp4",), "null"),
        (("dhcp4",), "dhcp4.txt"),
        (("dhcp4", "valid-lifetime"), "4 hours"),
        (("dhcp4", "valid-lifetime"), "1500ms"),
        (("dhcp4", "valid-lifetime"), "-1"),
        (("dhcp4", "valid-lifetime"), "null"),
        (("dhcp4", "authoritative"), "yes"),
        (("dhcp4", "allocator"), "fastest"),
        (("dhcp4", "cache-threshold"), "1.0"),
        (("dhcp4", "option-data"), "{name: routers, data: 192.0.2.1}"),
        (("dhcp4", "boot-file-name"), "[a]"),
        (("dhcp4", "loggers"), "[]"),
        (("dhcp4", "split"), "even"),
        (("dhcp4", "subnet6"), "[]"),
        (("dhcp4", "subnet4", 0, "id"), "0x"),
        (("dhcp4", "subnet4", 0, "relay"), "{}"),
        (("dhcp4", "subnet4", 0), "{subnet: 192.0.2.0/24}"),
        (("dhcp4", "subnet4", 0), "{id: 7}"),
        (("dhcp4", "subnet4", 0, "pools"), "[192.0.2.1 - 192.0.2.5]"),
    ],
)  # fmt: skip
def test_refused(route: Route, text: str) -> None:
    assert errors(small(route, text))
