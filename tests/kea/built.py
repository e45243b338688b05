"""Specs of this project's own, compiled and laid out as the lab takes them: server → folder, and the files its host must provide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

import kea_hac
from kea_hac.compiler.artifacts import Build
from kea_hac.diagnostics import Severity
from tests.lab.certificates import Authority

PASSWORD = "a-password-of-the-test"
USER = "test-operator"
HEAD = """\
kea-hac: 1
pair: pair
kea: "{kea}"
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.1, interfaces: {{lan: eth0}}{kea1}}}
  - {{name: kea2, role: {role}, address: 192.0.2.2, interfaces: {{lan: ens18}}{kea2}}}
high-availability:
  mode: {mode}
  heartbeat-delay: {beat}
  max-response-delay: {response}
  max-ack-delay: 1s
  max-unacked-clients: {unacked}
  sync-timeout: 10s
{ha}
control-agent:
  http-port: 8000
{agent}
"""
V4 = """
dhcp4:
  valid-lifetime: 1h
{v4}
  subnet4:
    - id: 1
      subnet: 192.0.2.0/24
      interface: lan
      pools: [{pool: 192.0.2.20 - 192.0.2.250}]
"""
V6 = """
dhcp6:
  valid-lifetime: 1h
  preferred-lifetime: 45m
  subnet6:
    - id: 1
      subnet: 2001:db8:1::/64
      interface: lan
      pools: [{pool: "2001:db8:1::1:0/112"}]
      pd-pools: [{prefix: "2001:db8:8000::", prefix-len: 48, delegated-len: 60}]
"""
PARTNER = {"hot-standby": "standby", "load-balancing": "secondary", "passive-backup": "backup"}


def pair_text(
    kea: str,
    mode: str,
    families: Iterable[int] = (4,),
    *,
    ha: str = "  listener: {dhcp4: 8001, dhcp6: 8002}",
    agent: str = "",
    v4: str = "",
    kea1: str = "",
    kea2: str = "",
    unacked: int = 2,
    beat: str = "2s",
    response: str = "6s",
) -> str:
    """The text of a small spec with short HA timings. The keyword arguments are YAML to put in their places."""
    split = "\n  split: even" if mode == "load-balancing" else ""
    head = HEAD.format(
        kea=kea,
        mode=mode,
        role=PARTNER[mode],
        ha=ha + split,
        agent=agent,
        kea1=kea1,
        kea2=kea2,
        unacked=unacked,
        beat=beat,
        response=response,
    )
    return head + (V4.replace("{v4}", v4) if 4 in families else "") + (V6 if 6 in families else "")


def compiled(spec: Path) -> Build:
    """The build of a spec without errors."""
    checked = kea_hac.compile_spec(spec)
    errors = [each for each in checked.report.diagnostics if each.severity is Severity.ERROR]
    assert checked.build is not None, [f"{each.span.line}: {each.rule.name}: {each.message}" for each in errors]
    return checked.build


def laid_out(build: Build, folder: Path) -> dict[str, Path]:
    """Every server's files, written byte for byte: server → folder."""
    for path, content in build.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return {artifact.server: folder / artifact.server for artifact in build.artifacts if artifact.tree is not None}


def provided(build: Build, authority: Authority | None = None) -> dict[str, dict[str, bytes]]:
    """What each host must provide, made by the test from the manifest's own list: TLS files, users, passwords, secrets."""
    return provided_for(build.manifest, authority)


def provided_for(manifest_text: bytes, authority: Authority | None = None) -> dict[str, dict[str, bytes]]:
    """`provided`, from the text of a manifest."""
    authority = authority or Authority()
    manifest: Mapping[str, Any] = orjson.loads(manifest_text)
    placed: dict[str, dict[str, bytes]] = {}
    for server, facts in manifest["servers"].items():
        needs = facts["needs"]
        credential = authority.issue(server, needs.get("addresses", ()))
        placed[server] = {
            path: _content(path, authority, credential) for path in needs.get("files", ()) if not path.endswith(".so")
        }
    return placed


def _content(path: str, authority: Authority, credential: Any) -> bytes:
    if path.endswith("ca.pem"):
        return authority.certificate
    if path.endswith(".pem"):
        return bytes(credential.certificate)
    if path.endswith(".key"):
        return bytes(credential.key)
    if "/netbox/" in path:  # a list that another tool keeps on the server
        return b"[]"
    if path.endswith(".json"):
        return orjson.dumps(PASSWORD)
    return (PASSWORD if "password" in path else USER).encode()
