"""Real Kea as the judge of the spec language's own rules: what is refused here it refuses, and what is clean it loads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kea_hac.compiler.artifacts import Build
from kea_hac.kea.version import PROVEN
from tests.cases.test_cases import OK
from tests.kea.built import compiled, provided
from tests.lab import single

pytestmark = pytest.mark.kea

FILES = {f"/etc/kea/{name}": b"not read by a check" for name in ("ca.pem", "kea.pem", "kea.key")}
TLS = {"trust-anchor": "/etc/kea/ca.pem", "cert-file": "/etc/kea/kea.pem", "key-file": "/etc/kea/kea.key"}
NAMED = {"socket-type": "unix", "socket-name": "/run/kea/a"}
REFUSED_SOCKETS: Mapping[str, tuple[list[dict[str, Any]], str]] = {
    "https-without-tls-files": ([{"socket-type": "https"}], "no TLS setup"),
    "incomplete-tls-files": ([{"socket-type": "https", "cert-file": "/etc/kea/kea.pem"}], "all or none of TLS"),
    "second-unix-socket": ([NAMED, {"socket-type": "unix", "socket-name": "/run/kea/b"}], "already configured"),
    "key-of-another-socket-type": ([{"socket-type": "http", "socket-name": "/run/kea/a"}], "not supported by HTTP"),
}
SWALLOWED_SOCKETS: Mapping[str, list[dict[str, Any]]] = {
    "a port of a unix socket": [{**NAMED, "socket-port": 8004}],
    "TLS files of an http socket": [{"socket-type": "http", **TLS}],
    "two sockets on one port": [
        {"socket-type": "http", "socket-port": 9000},
        {"socket-type": "http", "socket-port": 9000},
    ],
}


def dhcp4(**keys: Any) -> bytes:
    return json.dumps({"Dhcp4": {"interfaces-config": {"interfaces": []}, **keys}}).encode()


def test_sockets_that_kea_refuses() -> None:
    configs = [dhcp4(**{"control-sockets": entries}) for entries, _ in REFUSED_SOCKETS.values()]
    for verdict, (_, words) in zip(
        single.check("3.0.4", "dhcp4", configs, files=FILES), REFUSED_SOCKETS.values(), strict=True
    ):
        assert not verdict.ok
        assert words in verdict.error


def test_sockets_that_kea_takes_without_a_word() -> None:
    """Why the rule is stricter than Kea: a check passes them all."""
    configs = [dhcp4(**{"control-sockets": entries}) for entries in SWALLOWED_SOCKETS.values()]
    assert [verdict.ok for verdict in single.check("3.0.4", "dhcp4", configs, files=FILES)] == [True] * len(configs)


def test_an_agent_with_a_part_of_its_tls_files(kea_version: str) -> None:
    part = {key: TLS[key] for key in ("trust-anchor", "cert-file")}
    agent = json.dumps({"Control-agent": {"http-port": 8000, **part}}).encode()
    (verdict,) = single.check(kea_version, "ctrl-agent", [agent], files=FILES)
    assert not verdict.ok
    assert "key-file parameter is missing or empty" in verdict.error


def test_a_pool_size_without_the_switch_beside_it(kea_version: str) -> None:
    """The compiler completes it under a listener; elsewhere it is a missing key."""
    (verdict,) = single.check(kea_version, "dhcp4", [dhcp4(**{"multi-threading": {"thread-pool-size": 4}})])
    assert not verdict.ok


def test_a_library_twice_is_loaded_twice() -> None:
    twice = [{"library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_stat_cmds.so"}] * 2
    assert single.check("3.0.4", "dhcp4", [dhcp4(**{"hooks-libraries": twice})], "-T")[0].ok


def _for_each_version() -> list[tuple[Path, str]]:
    written = {case: re.search(r"(?m)^kea: (\S+)", case.read_text("utf-8")) for case in OK}
    return [
        (case, PROVEN[branch]) for case, match in written.items() if match for branch in PROVEN if branch == match[1]
    ]


@pytest.mark.parametrize(
    ("case", "version"), _for_each_version(), ids=lambda value: value.stem if isinstance(value, Path) else value
)
def test_a_clean_case_loads(case: Path, version: str) -> None:
    """-t of every server's files, with what their hosts must provide: an unknown key of law 11 is what Kea has to refuse."""
    build = compiled(case)
    files = provided(build)
    refusals = []
    for artifact in build.artifacts:
        if artifact.tree is None or _elsewhere(build, artifact.server):
            continue
        daemon = artifact.name.removeprefix("kea-").removesuffix(".conf")
        (verdict,) = single.check(version, daemon, [artifact.content], files=files[artifact.server])
        refusals += [verdict.error] if not verdict.ok else []
    if case.stem == "law-11-strict":
        assert len(refusals) == 1
        assert "key-of-tomorrow" in refusals[0]
    else:
        assert refusals == []


def _elsewhere(build: Build, server: str) -> bool:
    """True for a server whose platform is not the lab's: its paths are not there."""
    facts: Mapping[str, Any] = json.loads(build.manifest)["servers"][server]
    return bool(facts["platform"] != "debian")
