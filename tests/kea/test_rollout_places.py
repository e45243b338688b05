"""`kea-hac rollout` in the places and by the ways that sites have: files in place, on a server itself, a standalone server, sockets of the
servers instead of agents, sockets that move, two versions side by side. The suite runs one of them; `tests/long` runs all.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kea.built import compiled, pair_text, provided
from tests.kea.rollout_desk import FILE, TLS, WIDE, RolloutDesk
from tests.lab import VERSIONS, Lab
from tests.lab.certificates import Authority
from tests.lab.namespaces import ENVIRONMENT
from tests.sizes import LONG

pytestmark = [pytest.mark.kea, pytest.mark.slow]
OPTION = "  option-data: [{name: domain-name-servers, data: 192.0.2.53}]\n"
TWO = "    - {id: 2, subnet: 203.0.113.0/24, relay: {ip-addresses: [203.0.113.250]}, pools: [{pool: 203.0.113.10 - 203.0.113.209}]}\n"
AGENT = "control-agent:\n  http-port: 8000\n"
SOCKETS = "  control-sockets: [{{socket-type: http, socket-port: {}}}]\n"
MODES = ("hot-standby", "load-balancing")


def put(pair: RolloutDesk, *servers: str) -> None:
    """The files of the build, in place on servers: what scp and Ansible do."""
    for server in servers:
        for file in (pair.folder / "build" / "pair" / server).iterdir():
            pair.pair.path(server, f"/etc/kea/{file.name}").write_bytes(file.read_bytes())


def live_in(pair: RolloutDesk, server: str) -> None:
    """Put the server's own /etc/kea and /run/kea where kea-hac sees them that runs on it."""
    etc, run = (pair.pair.path(server, f"{folder}/x").parent for folder in ("/etc/kea", "/run/kea"))
    copied = etc.parent / "host-etc"
    script = f"""
cp -a /etc {copied}
mkdir -p {copied}/kea
mount --bind {copied} /etc
mount --bind {etc} /etc/kea
mount -t tmpfs lab /run
mkdir /run/kea
mount --bind {run} /run/kea
"""
    done = pair.pair.run(server, ["sh", "-ec", script])
    assert done.returncode == 0, done.stderr


def on_server(pair: RolloutDesk, server: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`kea-hac rollout` on a server itself, which `live_in` has prepared."""
    words = [sys.executable, "-m", "kea_hac", "rollout", "spec.yaml", *pair.options, *options]
    return pair.pair.run(server, words, ENVIRONMENT, pair.folder)


def ended(pair: RolloutDesk, done: subprocess.CompletedProcess[str], old: dict[str, str]) -> None:
    """It was rolled out on all servers."""
    assert done.returncode == 0, done.stdout + done.stderr
    pair.wait()
    assert not set(old.items()) & set(pair.stamps().items())
    code, told = pair.diff()
    assert code == 0, told


@pytest.mark.parametrize("version", VERSIONS if LONG else VERSIONS[-1:])
@pytest.mark.parametrize("mode", MODES if LONG else MODES[:1])
def test_files_in_place(lab: Lab, tmp_path: Path, version: str, mode: str) -> None:
    """A server on which the files were forgotten stops it, and nothing is lost."""
    pair = RolloutDesk(tmp_path / "clone", version, mode)
    pair.merge()
    pair.start(lab)
    old = pair.stamps()
    pair.merge(OPTION)
    put(pair, "kea2")
    done = pair.rollout(copy=False)
    assert done.returncode == 3, done.stdout + done.stderr
    reason, state, step = done.stdout.splitlines()[-3:]
    assert "kea1 dhcp4 has reloaded and holds build" in reason
    assert "is it copied to the right place?" in reason
    assert "kea1 dhcp4 holds the former build" in state
    assert "--resume" in step
    pair.wait()
    assert pair.pair.lease4(5, start=900, subnet="10.77.0.0/16").complete
    put(pair, "kea1")
    ended(pair, pair.rollout("--resume", copy=False), old)


if LONG:

    @pytest.mark.parametrize("version", VERSIONS)
    def test_what_needs_two_rounds_is_refused_with_files_in_place(lab: Lab, tmp_path: Path, version: str) -> None:
        pair = RolloutDesk(tmp_path / "clone", version, "load-balancing")
        pair.merge()
        pair.start(lab)
        old = pair.stamps()
        pair.merge(TWO)
        put(pair, "kea1", "kea2")
        stopped = pair.rollout(copy=False)
        assert stopped.returncode == 1, stopped.stdout + stopped.stderr
        assert "use --copy" in stopped.stdout
        assert pair.stamps() == old
        ended(pair, pair.rollout(), old)

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("way", ["--resume", "--back"])
    def test_on_a_server_itself(lab: Lab, tmp_path: Path, version: str, way: str) -> None:
        """kea-hac on kea1 writes the files of kea1. Those of kea2 are in place, or the rollout stops before kea1 is touched."""
        pair = RolloutDesk(tmp_path / "clone", version)
        pair.merge()
        pair.start(lab)
        live_in(pair, "kea1")
        old = pair.stamps()
        pair.merge(OPTION)
        former = pair.pair.path("kea1", f"/etc/kea/{FILE}").read_bytes()
        done = on_server(pair, "kea1")
        assert done.returncode == 3, done.stdout + done.stderr
        assert "kea2 dhcp4 has reloaded and holds build" in done.stdout
        assert pair.pair.path("kea1", f"/etc/kea/{FILE}").read_bytes() == former
        if way == "--resume":
            put(pair, "kea2")
        done = on_server(pair, "kea1", way)
        assert done.returncode == 0, done.stdout + done.stderr
        pair.wait()
        assert (pair.stamps() == old) == (way == "--back")
        path = pair.pair.path("kea1", f"/etc/kea/{FILE}")
        if way == "--resume":
            assert path.read_bytes() == (pair.folder / "build" / "pair" / "kea1" / FILE).read_bytes()
            assert pair.diff()[0] == 0
        else:
            assert path.read_bytes() == former

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("way", ["copied", "on the server", "on the server, by its agent"])
    def test_a_standalone_server(lab: Lab, tmp_path: Path, version: str, way: str) -> None:
        agent = "" if way == "on the server" else AGENT
        text = (
            f'kea-hac: 1\npair: pair\nkea: "{version}"\nplatform: debian\n'
            "servers: [{name: kea1, address: 192.0.2.1, interfaces: {lan: eth0}}]\n"
            f"{agent}dhcp4:\n  valid-lifetime: 1h\n"
            "  hooks-libraries: [{library: libdhcp_lease_cmds.so}]\n"
            "  subnet4:\n    - {id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{pool: 192.0.2.20 - 192.0.2.250}]}\n"
        )
        alone = RolloutDesk(tmp_path / "clone", version, "no-ha")
        alone.commit(text + WIDE)
        alone.start(lab)
        old = alone.stamps()
        if way != "copied":
            live_in(alone, "kea1")
            if not agent:  # the lab gives a server the addresses that its files name
                alone.pair.run("kea1", ["ip", "address", "add", "192.0.2.1/24", "dev", "eth0"])
        for more in (OPTION, OPTION + "  renew-timer: 10m\n"):
            alone.commit(text + WIDE + more)
            with alone.callers() as callers:
                done = alone.rollout() if way == "copied" else on_server(alone, "kea1")
            assert done.returncode == 0, done.stdout + done.stderr
            assert "kea1 leases alone" in done.stdout
            assert not callers.twice
            assert len(callers.got) > len(callers.sent) / 2
        assert alone.stamps() != old
        done = alone.rollout("--back") if way == "copied" else on_server(alone, "kea1", "--back")
        assert done.returncode == 0, done.stdout + done.stderr
        alone.commit(text + WIDE + OPTION)
        done = alone.rollout("--plan") if way == "copied" else on_server(alone, "kea1", "--plan")
        assert "nothing to roll out" in done.stdout, done.stdout + done.stderr
        # a file that it refuses
        stamp = alone.stamps()
        alone.commit(text + WIDE + OPTION + "  rebind-timer: 20m\n")
        if way == "copied":
            spoil = f"""sh -c 'cp -r "$0"/. "$1"/; case $0 in */1/kea1) echo broken > "$1/{FILE}"; esac' {{dir}} {tmp_path}/servers/{{server}}"""
            done = alone.rollout("--copy", spoil, copy=False)
            assert done.returncode == 3, done.stdout + done.stderr
            assert "it has its former file again" in done.stdout
            assert alone.stamps() == stamp
            assert alone.pair.lease4(5, start=900, subnet="10.77.0.0/16").complete
            assert alone.rollout("--back").returncode == 0

    def direct(pair: RolloutDesk, more: str, port: int = 8004) -> None:
        """A spec without agent: each server has an HTTP control socket of its own."""
        text = pair_text(pair.kea, pair.mode, pair.families, **pair.head).replace(AGENT, "")
        pair.commit(text + WIDE + more + SOCKETS.format(port))

    def at(port: int) -> tuple[str, ...]:
        """Where both servers are asked."""
        return ("--live", f"kea1=http://192.0.2.1:{port}/", "--live", f"kea2=http://192.0.2.2:{port}/")

    @pytest.mark.parametrize("mode", MODES)
    def test_sockets_of_the_servers_without_agent(lab: Lab, tmp_path: Path, mode: str) -> None:
        pair = RolloutDesk(tmp_path / "clone", VERSIONS[-1], mode)
        direct(pair, "")
        pair.start(lab)
        old = pair.stamps()
        direct(pair, OPTION)
        ended(pair, pair.rollout(), old)
        assert pair.rollout("--back").returncode == 0
        pair.wait()
        assert pair.stamps() == old

    @pytest.mark.parametrize("mode", MODES)
    def test_sockets_of_the_servers_that_move(lab: Lab, tmp_path: Path, mode: str) -> None:
        pair = RolloutDesk(tmp_path / "clone", VERSIONS[-1], mode)
        direct(pair, "")
        pair.start(lab)
        old = pair.stamps()
        direct(pair, OPTION, 8014)
        unknown = pair.rollout()
        assert unknown.returncode == 1
        assert pair.stamps() == old
        done = pair.rollout(*at(8004))
        assert "the change moves a control socket of kea1 and kea2: name its present place with --live" in done.stdout
        ended(pair, done, old)
        back = pair.rollout("--back", *at(8014))
        assert back.returncode == 3, back.stdout + back.stderr  # who goes back has to be asked at both places
        back = pair.rollout("--back", *at(8004))
        assert back.returncode == 0, back.stdout + back.stderr
        pair.wait()
        assert pair.stamps() == old

    @pytest.mark.parametrize("version", VERSIONS)
    def test_an_agent_whose_port_moves(lab: Lab, tmp_path: Path, version: str) -> None:
        pair = RolloutDesk(tmp_path / "clone", version)
        pair.merge()
        pair.start(lab)
        old = pair.stamps()
        text = (pair.folder / "spec.yaml").read_text("utf-8")
        pair.commit(text.replace("http-port: 8000", "http-port: 8010"))
        done = pair.rollout(*at(8000))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "operator" not in done.stdout + done.stderr
        for server in pair.pair.servers:
            assert f"the control agent of {server}: loads its file" in done.stderr
            written = pair.pair.path(server, "/etc/kea/kea-ctrl-agent.conf").read_bytes()
            assert written == (pair.folder / "build" / "pair" / server / "kea-ctrl-agent.conf").read_bytes()
        assert pair.stamps() == old
        assert pair.diff()[0] == 0
        done = pair.rollout("--back", *at(8000))
        assert done.returncode == 0, done.stdout + done.stderr
        assert pair.diff()[0] == 2  # it is asked where the new spec says
        assert pair.rollout("--plan", *at(8000)).returncode == 0

    @pytest.mark.parametrize("version", VERSIONS)
    def test_an_agent_that_uses_tls_from_now_on(lab: Lab, tmp_path: Path, version: str) -> None:
        """Its file is brought to it, and the operator restarts it."""
        authority = Authority()
        pair = RolloutDesk(tmp_path / "clone", version)
        pair.merge()
        pair.start(lab, authority)
        old = pair.stamps()
        pair.head = {"agent": TLS}
        pair.merge()
        for server, files in provided(compiled(pair.folder / "spec.yaml"), authority).items():
            for path, content in files.items():
                target = pair.pair.path(server, path)
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(content)
        own = authority.issue("operator")
        for name, content in (("ca.pem", authority.certificate), ("own.pem", own.certificate), ("own.key", own.key)):
            (tmp_path / name).write_bytes(content)
        done = pair.rollout(*at(8000))
        assert done.returncode == 0, done.stdout + done.stderr
        for server in pair.pair.servers:
            assert f"operator: restart the control agent on {server}" in done.stdout + done.stderr
            pair.pair.stop(server, "ctrl-agent")
            pair.pair.start(server, "ctrl-agent")
        assert pair.stamps() == old
        pair.options = ("--cacert", "../ca.pem", "--cert", "../own.pem", "--key", "../own.key")
        assert pair.diff()[0] == 0

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("mode", MODES)
    def test_a_unix_socket_that_moves_below_an_agent(lab: Lab, tmp_path: Path, version: str, mode: str) -> None:
        pair = RolloutDesk(tmp_path / "clone", version, mode)

        def merge(more: str) -> None:
            text = pair_text(version, mode).replace("platform: debian", "platform: isc")  # without AppArmor
            pair.commit(text + WIDE + more)

        merge("")
        pair.start(lab)
        old = pair.stamps()
        merge("  control-sockets: [{socket-type: unix, socket-name: /run/kea/kea4-other-socket}]\n" + OPTION)
        with pair.callers() as callers:
            done = pair.rollout()
        assert done.returncode == 0, done.stdout + done.stderr
        assert not callers.twice
        assert pair.diff()[0] == 0
        done = pair.rollout("--back")
        assert done.returncode == 0, done.stdout + done.stderr
        pair.wait()
        assert pair.stamps() == old

    @pytest.mark.parametrize("mode", MODES)
    def test_two_versions_side_by_side(lab: Lab, tmp_path: Path, mode: str) -> None:
        """In the middle of an upgrade: kea2 runs the next version already, and the pair goes on being changed."""
        before, after = VERSIONS[1:]
        equal = {"v4": "  cache-threshold: 0.25\n  cache-max-age: 0"}  # the defaults of both versions differ
        pair = RolloutDesk(tmp_path / "clone", before, mode, head=equal)
        pair.merge()
        pair.start(lab)
        pair.head = {"kea2": f', kea: "{after}"', **equal}
        pair.merge()
        early = pair.rollout("--plan")
        assert early.returncode == 1
        assert f"kea2 dhcp4 runs Kea {before}, and its file is built for {after}" in early.stdout
        pair.pair.install("kea2", after, pair.folder / "build" / "pair" / "kea2")
        pair.pair.start("kea2")
        pair.wait()
        old = pair.stamps()
        for more in (TWO + OPTION, OPTION):
            pair.merge(more)
            with pair.callers() as callers:
                done = pair.rollout()
            assert not callers.twice
            ended(pair, done, old)
            old = pair.stamps()
        assert pair.rollout("--back").returncode == 0
        pair.wait()
        assert pair.rollout("--plan").returncode == 0

    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize(("first", "then"), [(10, 1), (1, 10)])
    @pytest.mark.parametrize("version", VERSIONS[::2])
    def test_the_heartbeat_itself_changes(
        lab: Lab, tmp_path: Path, version: str, first: int, then: int, mode: str
    ) -> None:
        """Each server sends its heartbeats at the pace of what it runs, until its turn and after it, and on the way back."""
        pair = RolloutDesk(tmp_path / "clone", version, mode)

        def beats(seconds: int) -> None:
            text = pair_text(version, mode).replace("heartbeat-delay: 2s", f"heartbeat-delay: {seconds}s")
            pair.commit(text.replace("max-response-delay: 6s", "max-response-delay: 30s") + WIDE)

        beats(first)
        pair.start(lab)
        old = pair.stamps()
        beats(then)
        ended(pair, pair.rollout(), old)
        assert pair.rollout("--back").returncode == 0
        pair.wait()
        assert pair.stamps() == old
