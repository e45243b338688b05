"""Troubles of `kea-hac rollout` that need more than a signal to a real server: nonsense for answers, full disks, clocks apart, a partner that
is down. Only `tests/long` runs them; tests/rollout has the same troubles at every step, with servers that only say so.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kea.rollout_desk import RolloutDesk
from tests.lab import VERSIONS, Lab
from tests.lab.plan import Forward
from tests.sizes import LONG

pytestmark = [pytest.mark.kea, pytest.mark.slow]
OPTION = "  option-data: [{name: domain-name-servers, data: 192.0.2.53}]\n"
MANY = "".join(
    f"    - {{id: {n}, subnet: 10.78.{n}.0/24, pools: [{{pool: 10.78.{n}.0/24}}]}}\n" for n in range(100, 200)
)
DISK = 1 << 18
WAYS = ("--resume", "--back")

NONSENSE: dict[str, Callable[[bytes], bytes]] = {
    "a web page": lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>hi</html>",
    "another JSON": lambda _: b'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n[{"result":0,"text":[7]}]'[:-1],
    "half of it": lambda data: data[: len(data) // 2],
    "other bytes": lambda data: bytes(each ^ 0x55 for each in data),
    "answers of a server without HA": lambda data: data.replace(b"high-availability", b"low-availability!"),
}
"""What a proxy makes of the answers of an agent."""
PROXY = Forward("kea2", ("192.0.2.2", 8080), ("127.0.0.1", 8000))
NONSENSE_AT = [
    (VERSIONS[(n + m) % len(VERSIONS)], during, kind, way)
    for n, kind in enumerate(NONSENSE)
    for m, (during, way) in enumerate((during, way) for during in ("kea2", "kea1") for way in WAYS)
]
"""Each kind in each turn and both ways, on one version after the other."""


@contextlib.contextmanager
def untouched(pair: RolloutDesk, *alive: str) -> Iterator[None]:
    """Nothing changes inside: no file of a server, no configuration, no scope, and there is no journal of a rollout."""

    def seen() -> object:
        group = pair.pair
        files = {each: each.read_bytes() for each in sorted((pair.folder.parent / "servers").glob("*/*.conf"))}
        held = {each: group.command(each, "dhcp4", "config-get")["arguments"] for each in alive}
        scopes = {each: group.ha(each, 4)[0]["ha-servers"]["local"]["scopes"] for each in alive}
        reloads = {each: group.log(each, "dhcp4").count("DHCPSRV_CFGMGR_NEW_SUBNET4") for each in alive}
        return files, held, scopes, reloads

    before = seen()
    yield
    assert seen() == before
    assert not list((pair.folder / "build" / ".rollout").glob("*/plan.json"))


def after_copy(pair: RolloutDesk, server: str, what: str, first: str = "") -> str:
    """A copy command that does something (shell) before the copy to a server, and something after it."""
    script = f"""case $1 in *{server}) {first or ":"}; esac; cp -r "$0"/. "$1"/ || exit 1; case $1 in *{server}) {what}; esac"""
    return f"sh -c '{script}' {{dir}} {pair.folder.parent}/servers/{{server}}"


def all_is_well(pair: RolloutDesk, old: dict[str, str], way: str) -> None:
    """Both ways lead to an end, with the scopes of normal operation."""
    again = pair.rollout(way, "--timeout", "60")
    assert again.returncode == 0, again.stdout + again.stderr
    pair.wait()
    assert pair.scopes() == {"kea1": ["kea1"], "kea2": []}
    assert (pair.stamps() == old) == (way == "--back")
    assert pair.diff()[0] == (0 if way == "--resume" else 1)
    assert pair.pair.lease4(5, start=900, subnet="10.77.0.0/16").complete


if LONG:

    @pytest.mark.parametrize(("version", "during", "kind", "way"), NONSENSE_AT)
    def test_a_server_that_answers_nonsense(
        lab: Lab, tmp_path: Path, version: str, during: str, kind: str, way: str
    ) -> None:
        """kea2 does so from the moment at which the files of a server were copied on: its own turn, or while it serves for its partner."""
        pair = RolloutDesk(tmp_path / "clone", version, head={"kea2": ", control-address: 127.0.0.1"})
        pair.merge()
        pair.start(lab)
        old = pair.stamps()
        pair.merge(OPTION)
        proxy = pair.pair.forward(PROXY)
        pair.options = ("--live", "kea2=http://192.0.2.2:8080/")
        flag = tmp_path / "copied"

        def spoil(data: bytes) -> bytes:
            return NONSENSE[kind](data) if flag.exists() else data

        proxy.spoil = spoil
        done = pair.rollout("--copy", after_copy(pair, during, f"touch {flag}"), "--timeout", "20", copy=False)
        assert done.returncode == 3, done.stdout + done.stderr
        reason, state, step = done.stdout.splitlines()[-3:]
        assert reason.startswith("stopped: ")
        assert "Traceback" not in done.stderr
        assert state.startswith("state: ")
        assert "--resume" in step or "--back" in step
        assert pair.pair.lease4(5, start=800, subnet="10.77.0.0/16", wait=30).complete  # whoever serves
        nothing = pair.rollout(way, "--timeout", "20")
        assert nothing.returncode == 3, nothing.stdout + nothing.stderr
        flag.unlink()
        all_is_well(pair, old, way)

    @pytest.mark.parametrize(
        ("version", "kind"), [(VERSIONS[n % len(VERSIONS)], kind) for n, kind in enumerate(NONSENSE)]
    )
    def test_nonsense_at_the_gates(lab: Lab, tmp_path: Path, version: str, kind: str) -> None:
        pair = RolloutDesk(tmp_path / "clone", version, head={"kea2": ", control-address: 127.0.0.1"})
        pair.merge()
        pair.start(lab)
        pair.merge(OPTION)
        pair.pair.forward(PROXY).spoil = NONSENSE[kind]
        with untouched(pair, "kea1", "kea2"):
            done = pair.rollout("--live", "kea2=http://192.0.2.2:8080/")
            assert done.returncode == 1, done.stdout + done.stderr
            assert "STOP" in done.stdout

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("server", ["kea2", "kea1"])
    @pytest.mark.parametrize("way", WAYS)
    def test_a_full_disk(lab: Lab, tmp_path: Path, version: str, server: str, way: str) -> None:
        """The new file is larger: `cp` truncates the old one, and writes a part of the new one."""
        pair = RolloutDesk(tmp_path / "clone", version, disks={server: DISK})
        pair.merge()
        pair.start(lab)
        old = pair.stamps()
        pair.merge(MANY + OPTION)
        filler = pair.folder.parent / "servers" / server / "filler"
        fill = after_copy(pair, server, ":", f"dd if=/dev/zero of={filler} bs=4096 2>/dev/null || true")
        done = pair.rollout("--copy", fill, copy=False)
        assert done.returncode == 3, done.stdout + done.stderr
        reason, state, _ = done.stdout.splitlines()[-3:]
        assert f"{server}: its files were not copied" in reason
        assert "No space left" in done.stderr
        assert "it has its former files again" in reason
        assert f"{server} dhcp4 holds the former build (hot-standby)" in state
        before = (pair.folder / "build" / ".rollout" / "pair" / "files" / "0" / server / "kea-dhcp4.conf").read_bytes()
        assert pair.pair.path(server, "/etc/kea/kea-dhcp4.conf").read_bytes() == before
        assert pair.pair.lease4(5, start=800, subnet="10.77.0.0/16").complete
        if way == "--resume":
            filler.unlink()
        all_is_well(pair, old, way)

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(("server", "seconds"), [("kea2", 45), ("kea1", -45), ("kea2", 10)])
    def test_clocks_apart(lab: Lab, tmp_path: Path, version: str, server: str, seconds: int) -> None:
        """Ten seconds are no trouble. From 60 s on HA ends by itself."""
        found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        assert found, "the clock of a server is moved by libfaketime: apt-get install faketime"
        pair = RolloutDesk(tmp_path / "clone", version)
        pair.merge()
        pair.start(lab)
        pair.merge(OPTION)
        pair.pair.path(server, "/tmp/faketime.so").write_bytes(found[0].read_bytes())
        daemon = pair.pair.daemon(server, "dhcp4")
        own = {"LD_PRELOAD": "/tmp/faketime.so", "FAKETIME": f"{seconds:+d}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        daemon.environment = own
        pair.pair.stop(server, "dhcp4")
        pair.pair.start(server, "dhcp4")
        pair.wait()
        if abs(seconds) < 30:
            done = pair.rollout()
            assert done.returncode == 0, done.stdout + done.stderr
            return
        with untouched(pair, "kea1", "kea2"):
            done = pair.rollout()
            assert done.returncode == 1, done.stdout + done.stderr
            assert "the clocks of kea1 and kea2 are 4" in done.stdout

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(("down", "up"), [("kea2", "kea1"), ("kea1", "kea2")])
    def test_a_partner_that_is_down_at_the_start(lab: Lab, tmp_path: Path, version: str, down: str, up: str) -> None:
        """Down just now, down for so long that the other serves alone, and back as the only one of its daemon with the new file."""
        pair = RolloutDesk(tmp_path / "clone", version)
        pair.merge()
        pair.start(lab)
        pair.merge(OPTION)
        pair.pair.kill(down, "dhcp4")

        def stopped(*words: str) -> None:
            with untouched(pair, up):
                done = pair.rollout()
                assert done.returncode == 1, done.stdout + done.stderr
                for each in words:
                    assert each in done.stdout

        stopped(f"{down} dhcp4: ", "STOP every server answers")
        pair.pair.failover(down, up, subnet="10.77.0.0/16")
        stopped(f"{down} dhcp4: ")
        pair.pair.cut(down)
        pair.pair.start(down, "dhcp4")
        stopped("STOP every server answers")
        pair.pair.heal()
        pair.wait()
        time.sleep(3)
        done = pair.rollout()
        assert done.returncode == 0, done.stdout + done.stderr
