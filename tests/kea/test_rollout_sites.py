"""`kea-hac rollout` where it is more than a pair of one family: hub and spokes, both families, TLS and passwords, one window for all.

The suite runs the hub; `tests/long` runs all.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kea.built import PASSWORD, USER, compiled, provided
from tests.kea.rollout_desk import FILE, TLS, RolloutDesk
from tests.kea.test_rollout import MOST, OPTION
from tests.lab import VERSIONS, Lab
from tests.lab.certificates import Authority
from tests.lab.namespaces import ENVIRONMENT
from tests.shipped import ROOT
from tests.sizes import LONG

pytestmark = [pytest.mark.kea, pytest.mark.slow]
LATER = VERSIONS[1:]
HUB = """\
kea-hac: 1
pair: pair
kea: "{kea}"
platform: debian
servers:
  - {{name: hub, address: 192.0.2.10, interfaces: {{a: eth0, b: eth1}}}}
  - {{name: spoke1, address: 192.0.2.11, interfaces: {{a: eth0}}}}
  - {{name: spoke2, address: 192.0.2.12, interfaces: {{b: eth1}}}}
high-availability:
  mode: hot-standby
  heartbeat-delay: 2s
  max-response-delay: 6s
  max-ack-delay: 1s
  max-unacked-clients: 2
  sync-timeout: 10s
  relationships:
    - listener: {{dhcp4: 8001}}
      peers: [{{server: spoke1, role: primary}}, {{server: hub, role: standby, name: hub-1}}]
    - listener: {{dhcp4: 8002}}
      peers: [{{server: spoke2, role: primary}}, {{server: hub, role: standby, name: hub-2}}]
control-agent: {{http-port: 8000}}
dhcp4:
  valid-lifetime: 1h
  subnet4:
"""
SUBNET = "    - {{id: {id}, subnet: 10.{id}.0.0/16, relay: {{ip-addresses: [10.{id}.255.250]}}, pools: [{{pool: 10.{id}.1.0-10.{id}.200.255}}], user-context: {{ha-server-name: {spoke}}}}}\n"
LISTENER = "  listener: {{dhcp4: {}, dhcp6: 8002}}"
FIRST, SECOND = SUBNET.format(id=1, spoke="spoke1"), SUBNET.format(id=2, spoke="spoke2")


@pytest.mark.parametrize("version", LATER if LONG else LATER[-1:])
def test_a_hub_and_its_spokes_by_relationship(
    lab: Lab, tmp_path: Path, version: str, figure: Callable[[str], None]
) -> None:
    """A subnet of the first spoke goes, one of the second comes: each relationship in the order that its own change needs."""
    site = RolloutDesk(tmp_path / "clone", version)
    start = HUB.format(kea=version) + FIRST + SECOND
    site.commit(start + SUBNET.format(id=3, spoke="spoke1"))
    site.start(lab)
    site.commit(start + SUBNET.format(id=4, spoke="spoke2"))
    with site.callers("10.1.0.0/16") as first, site.callers("10.2.0.0/16") as second:
        done = site.rollout()
    assert done.returncode == 0, done.stdout + done.stderr
    turns = [line.split()[0] for line in done.stdout.splitlines() if line.endswith("reloads dhcp4")]
    assert turns.index("spoke1") < turns.index("hub") < turns.index("spoke2")
    figure(f"rollout on {version}, hub and spokes: {first}; {second}")
    assert not first.twice + second.twice
    assert (first.lost + second.lost) / (len(first.sent) + len(second.sent)) <= MOST * 1.5
    site.wait()
    assert site.diff()[0] == 0


if LONG:

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
    def test_both_families_of_a_server_have_one_turn(lab: Lab, tmp_path: Path, version: str, mode: str) -> None:
        pair = RolloutDesk(tmp_path / "clone", version, mode, (4, 6))
        pair.merge()
        pair.start(lab)
        text = (pair.folder / "spec.yaml").read_text("utf-8")
        pair.commit(text.replace("valid-lifetime: 1h", "valid-lifetime: 2h"))
        done = pair.rollout()
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("reloads dhcp4 and dhcp6") == 2
        assert "2 turns" in done.stdout
        pair.wait()
        assert pair.diff()[0] == 0

    @pytest.mark.parametrize("version", VERSIONS)
    def test_tls_and_passwords_on_the_channels(lab: Lab, tmp_path: Path, version: str) -> None:
        authority = Authority()
        password = "  authentication: {type: basic, directory: /etc/kea, clients: [{user-file: user, password-file: password}]}"
        agent = f"{TLS}\n{password}"
        pair = RolloutDesk(tmp_path / "clone", version, head={"agent": agent})
        own = authority.issue("operator")
        for name, content in (("ca.pem", authority.certificate), ("own.pem", own.certificate), ("own.key", own.key)):
            (tmp_path / name).write_bytes(content)
        pair.options = ("--cacert", "../ca.pem", "--cert", "../own.pem", "--key", "../own.key")
        pair.environment = {**ENVIRONMENT, "KEA_HAC_USER": USER, "KEA_HAC_PASSWORD": PASSWORD}
        pair.merge()
        pair.start(lab, authority)
        pair.merge(OPTION)
        done = pair.rollout()
        assert done.returncode == 0, done.stdout + done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        pair.environment = ENVIRONMENT
        pair.merge(OPTION.replace("53", "54"))
        stopped = pair.rollout()
        assert stopped.returncode == 1
        assert "401 Unauthorized" in stopped.stdout

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
    @pytest.mark.parametrize("what", ["url", "tls"])
    @pytest.mark.parametrize("beat", [2, 10])
    def test_what_ha_servers_agree_on_changes_in_one_window(
        lab: Lab, tmp_path: Path, version: str, mode: str, what: str, beat: int, figure: Callable[[str], None]
    ) -> None:
        """With Kea's own heartbeat-delay of 10 s the window has another one, so that it lasts seconds and not two heartbeats."""
        authority = Authority()
        pair = RolloutDesk(tmp_path / "clone", version, mode)

        def merge(ha: str) -> None:
            pair.merge(ha=ha)
            text = (pair.folder / "spec.yaml").read_text("utf-8")
            slower = text.replace("heartbeat-delay: 2s", f"heartbeat-delay: {beat}s")
            pair.commit(slower.replace("max-response-delay: 6s", f"max-response-delay: {3 * beat}s"))

        merge(LISTENER.format(8001))
        pair.start(lab, authority)
        old = pair.stamps()
        merge(LISTENER.format(8003) if what == "url" else LISTENER.format(8001) + "\n" + TLS)
        for server, files in provided(compiled(pair.folder / "spec.yaml"), authority).items():
            for path, content in files.items():
                target = pair.pair.path(server, path)
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(content)
        with pair.callers() as callers:
            done = pair.rollout()
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"heartbeat-delay is 0.1 s instead of {beat} s" in done.stdout
        figure(f"{version}, {mode}, rollout, {what} of a peer, heartbeat {beat} s: {callers}")
        assert not callers.twice
        if beat == 10:  # 20 s without: 800 clients
            assert callers.share <= MOST
        pair.wait()
        assert pair.diff()[0] == 0
        assert pair.rollout("--back").returncode == 0
        assert pair.stamps() == old

    def test_the_role_of_ansible_copies_and_rolls_out(lab: Lab, tmp_path: Path) -> None:
        """With files in place; a second run changes nothing. Its ansible-core comes from the package index, into a folder of the test."""
        subprocess.run([sys.executable, "-m", "venv", tmp_path / "ansible"], check=True)
        subprocess.run([tmp_path / "ansible/bin/pip", "install", "-q", "ansible-core>=2.16"], check=True)
        pair = RolloutDesk(tmp_path / "clone", VERSIONS[-1])
        pair.merge()
        pair.start(lab)
        old = pair.stamps()
        pair.merge(OPTION)
        hosts = ""
        for server in pair.pair.servers:
            folder = pair.pair.path(server, f"/etc/kea/{FILE}").parent
            own = f"kea_hac_rollout_config_dir={folder} kea_hac_rollout_group=root"
            hosts += f"{server} ansible_connection=local ansible_become=false {own}\n"
        command = tmp_path / "kea-hac"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m kea_hac "$@"\n', "utf-8")
        command.chmod(0o755)
        role = f"{{role: kea_hac_rollout, kea_hac_rollout_spec: spec.yaml, kea_hac_rollout_pair: pair, kea_hac_rollout_command: {command}}}"
        (pair.folder / "hosts").write_text(hosts, "utf-8")
        (pair.folder / "site.yml").write_text(f"- hosts: all\n  gather_facts: false\n  roles: [{role}]\n", "utf-8")
        own = {"ANSIBLE_ROLES_PATH": str(ROOT / "deploy/ansible/roles"), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        environment = {**ENVIRONMENT, **own}
        words = [tmp_path / "ansible/bin/ansible-playbook", "-i", "hosts", "site.yml"]
        for changed in (2, 0):
            done = pair.pair.run("client", words, environment, pair.folder)
            assert done.returncode == 0, done.stdout + done.stderr
            assert f"changed={changed} " in done.stdout, done.stdout
        pair.wait()
        assert pair.diff()[0] == 0
        assert not set(old.items()) & set(pair.stamps().items())
