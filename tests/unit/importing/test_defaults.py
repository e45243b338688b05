"""What an import leaves out: without it config-get shows the same, in the version that runs and in the one to come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kea_hac.importing.defaults import without_defaults
from kea_hac.kea.config import DHCP4, DHCP6, Block, Daemon
from kea_hac.kea.config_get import predict
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.recognise import recognise
from kea_hac.source import read_kea_json_text
from tests.shipped import GOLDEN

V22, V263, V304 = (KeaVersion.parse(text) for text in ("2.2.0", "2.6.3", "3.0.4"))
DAEMONS = {each.file: each for each in (DHCP4, DHCP6)}
FILES = sorted(path for path in GOLDEN.glob("*/2.6/*/kea-dhcp*.conf"))


def read(daemon: Daemon, config: Any, version: KeaVersion = V263) -> Block:
    document = read_kea_json_text(json.dumps({daemon.top: config}, default=str), "kea.conf").document
    assert document is not None
    found = recognise(document, version, None, lambda finding: None, base=("kea.conf",))
    return found.configurations[0].config


def left(daemon: Daemon, config: Any, *, saved: bool, target: KeaVersion = V263) -> Any:
    """What is left of a configuration of 2.6.3, and the proof that nothing was lost."""
    before = read(daemon, config)
    after = without_defaults(daemon, before, V263.branch, target.branch, saved=saved)
    for version in (V263, target):
        assert predict(daemon, after, version) == predict(daemon, before, version)
    return json.loads(json.dumps(after))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-4]}-{path.parts[-2]}-{path.stem}")
@pytest.mark.parametrize("target", [V263, V304], ids=str)
def test_nothing_is_lost(path: Path, target: KeaVersion) -> None:
    daemon = DAEMONS[path.name]
    document = read_kea_json_text(path.read_text("utf-8"), path.name).document
    assert document is not None
    config = recognise(document, V263, None, lambda finding: None, base=(path.name,)).configurations[0].config
    left(daemon, config, saved=False, target=target)
    answer = predict(daemon, config, V263)
    assert len(json.dumps(left(daemon, answer, saved=True, target=target))) < len(json.dumps(answer, default=str))


RESERVATIONS = [
    (DHCP4, {"hw-address": "00:00:5e:00:53:01", "ip-address": "192.0.2.9"}),
    (DHCP6, {"duid": "00:01", "prefixes": ["2001:db8:1::/56"]}),
]


@pytest.mark.parametrize(("daemon", "host"), RESERVATIONS, ids=["dhcp4", "dhcp6"])
@pytest.mark.parametrize("option", [{}, {"option-data": [{"code": 7, "data": "01", "csv-format": False}]}])
def test_an_answer_shrinks_to_what_was_written(daemon: Daemon, host: dict[str, Any], option: dict[str, Any]) -> None:
    """Global reservations as well as those of subnets and pools; classes, loggers and maps of the top."""
    prefix = "192.0.2.0/24" if daemon is DHCP4 else "2001:db8::/64"
    pool = "192.0.2.64/28" if daemon is DHCP4 else "2001:db8::100/120"
    written = {
        "client-classes": [{"name": "phones"}],
        "reservations": [host],
        daemon.subnets: [{"id": 1, "subnet": prefix, "pools": [{"pool": pool}], "reservations": [{**host, **option}]}],
        "loggers": [{"name": daemon.name, "severity": "INFO", "output-options": [{"output": "stdout"}]}],
    }
    after = left(daemon, predict(daemon, read(daemon, written), V263), saved=True)
    for key in (*written, "dhcp-ddns", "server-id", "relay-supplied-options"):
        if option and key == daemon.subnets:
            continue  # a code without a definition keeps its format
        assert after.get(key) == written.get(key), key


def test_the_members_relay_hides_the_relay_of_its_network() -> None:
    member = {"id": 1, "subnet": "192.0.2.0/24", "relay": {"ip-addresses": []}}
    network = {"name": "n", "relay": {"ip-addresses": ["198.51.100.1"]}, "subnet4": [member]}
    assert left(DHCP4, {"shared-networks": [network]}, saved=False)["shared-networks"] == [network]
    plain = {"id": 2, "subnet": "203.0.113.0/24"}
    for relay in ({"ip-addresses": []}, {}):
        assert left(DHCP4, {"subnet4": [{**plain, "relay": relay}]}, saved=False)["subnet4"] == [plain]


def test_what_a_file_repeats_is_meant() -> None:
    """Only an answer of config-get repeats what a subnet inherits; a file says it because somebody wants it there."""
    config = {"valid-lifetime": 3600, "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "valid-lifetime": 3600}]}
    assert left(DHCP4, config, saved=False) == config
    assert left(DHCP4, predict(DHCP4, read(DHCP4, config), V263), saved=True)["subnet4"] == [
        {"id": 1, "subnet": "192.0.2.0/24"}
    ]


def test_a_default_that_changes_stays() -> None:
    """2.2 is without multi-threading by default, and 2.4 and newer have it."""
    off = {"multi-threading": {"enable-multi-threading": False}}
    assert without_defaults(DHCP4, read(DHCP4, off, V22), V22.branch, V22.branch, saved=False) == {}
    assert without_defaults(DHCP4, read(DHCP4, off, V22), V22.branch, V263.branch, saved=False) == off
