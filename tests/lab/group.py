"""A group of real Kea servers on one switch with one client: what a site's pair, hub and spokes, or backups are.

with Group("2.6.3", {"kea1": build / "campus/kea1", "kea2": build / "campus/kea2"}) as group:
    group.start()
    group.wait({"kea1": "hot-standby", "kea2": "hot-standby"})
    assert group.lease4(50).complete
    group.kill("kea1")
    group.failover("kea1", "kea2", 4)
"""

import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.lab import keajson, single, web
from tests.lab.clients import Clients, Clients4, Clients6, Leases
from tests.lab.daemon import Daemon
from tests.lab.errors import LabError
from tests.lab.forwarder import Forwarder
from tests.lab.namespaces import PRIVATE, Cell, Namespace, T
from tests.lab.network import Network
from tests.lab.plan import CLIENT, Explicit, Forward, derive
from tests.lab.trees import BINARIES

State = str | tuple[str, ...]
"""An HA state; for a hub a tuple, one per relationship in file order. `down`: the daemon does not answer; `no-ha`: no HA."""

ServerFiles = Mapping[str, Mapping[str, bytes]]
"""server → path below /etc/kea (or another folder of the server's own) → content."""


class Group:
    """Servers by name, each with its folder of files, its version and its own /etc/kea, /run/kea, /var/lib/kea, /var/log/kea."""

    def __init__(
        self,
        version: str | Mapping[str, str],
        folders: Mapping[str, Path],
        files: ServerFiles | None = None,
        plan: Explicit | None = None,
        disks: Mapping[str, int] | None = None,
    ) -> None:
        """`version` for all servers or by server. Every file of a folder is placed in /etc/kea unchanged, then `files`.

        `plan` (server → interface → addresses) replaces what the lab derives for these interfaces. `disks`: the bytes of a
        server's /etc/kea, which is a file system of its own then. LabError when the network cannot be built.
        """
        if CLIENT in folders:
            raise LabError(f"a server cannot be named {CLIENT}: that is the lab's own host")
        self._stack = ExitStack()
        try:
            self._build(version, folders, files or {}, plan, disks or {})
        except BaseException:
            self._stack.close()
            raise

    def _build(
        self,
        version: str | Mapping[str, str],
        folders: Mapping[str, Path],
        files: ServerFiles,
        plan: Explicit | None,
        disks: Mapping[str, int],
    ) -> None:
        state = Path(tempfile.mkdtemp(prefix="kea-"))
        self._stack.callback(shutil.rmtree, state, ignore_errors=True)
        for server, size in disks.items():
            self._mount(state / server / PRIVATE["/etc/kea"], size)
        self.versions = {server: version if isinstance(version, str) else version[server] for server in folders}
        self._cells = {
            server: self._stack.enter_context(Cell(self.versions[server], state / server)) for server in folders
        }
        self._client = self._stack.enter_context(Cell(max(self.versions.values()), state / CLIENT))
        for server, folder in folders.items():
            for file in sorted(path for path in folder.iterdir() if path.is_file()):
                self._cells[server].place(f"/etc/kea/{file.name}", file.read_bytes())
            for path, content in files.get(server, {}).items():
                self._cells[server].place(path, content)
        self._daemons = {server: self._found(server) for server in folders}
        configs = {server: {d.name: d.config for d in daemons.values()} for server, daemons in self._daemons.items()}
        self.plan = derive(configs, plan)
        switch = self._stack.enter_context(Namespace())
        self._network = Network(switch, {**self._cells, CLIENT: self._client}, self.plan)
        for forward in self.plan.forwards:
            self.forward(forward)
        self._unseen = 1_000_000

    def _mount(self, folder: Path, size: int) -> None:
        """A small file system, before there is a namespace: each of them sees it."""
        folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "lab", folder], check=True)
        self._stack.callback(lambda: subprocess.run(["umount", "-l", folder], check=True))

    def _found(self, server: str) -> dict[str, Daemon]:
        cell = self._cells[server]
        return {
            name: Daemon(cell, name, f"/etc/kea/kea-{name}.conf")
            for name in BINARIES
            if cell.host_path(f"/etc/kea/kea-{name}.conf").exists()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every daemon and give namespaces and files back. May be called again."""
        for daemons in self._daemons.values():
            for daemon in daemons.values():
                daemon.end(signal.SIGKILL)
        self._stack.close()

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers' names, in the order given."""
        return tuple(self._cells)

    def _cell(self, where: str) -> Cell:
        if where == CLIENT:
            return self._client
        if where not in self._cells:
            raise LabError(f"no host {where} in this group; it has {', '.join([*self._cells, CLIENT])}")
        return self._cells[where]

    def daemon(self, server: str, name: str) -> Daemon:
        """The handle of one daemon; LabError when the server has no file for it."""
        self._cell(server)
        if name not in self._daemons[server]:
            raise LabError(f"{server} has no kea-{name}.conf; it has {', '.join(self._daemons[server]) or 'none'}")
        return self._daemons[server][name]

    def _chosen(self, server: str | None, daemon: str | None) -> list[tuple[str, Daemon]]:
        names = [server] if server else list(self._cells)
        return [
            (name, self.daemon(name, each))
            for name in names
            for each in ([daemon] if daemon else self._daemons[name])
            if daemon is None or server is not None or daemon in self._daemons[name]
        ]

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self, server: str | None = None, daemon: str | None = None) -> None:
        """Start what is not running: all, one server's, or one daemon. LabError with Kea's own log lines for each that fails."""
        started = [(name, each) for name, each in self._chosen(server, daemon) if not each.alive]
        for _, each in started:
            each.launch()
        failures = []
        for name, each in started:
            try:
                each.await_up()
            except LabError as error:
                failures.append(f"{name}: {error}")
        if failures:
            raise LabError("\n".join(failures))

    def kill(self, server: str, daemon: str | None = None) -> None:
        """kill -9: one daemon, or both DHCP daemons of the server at the same moment."""
        for _, each in self._chosen(server, daemon):
            if daemon is not None or each.name != "ctrl-agent":
                each.end(signal.SIGKILL)

    def stop(self, server: str, daemon: str | None = None) -> None:
        """An orderly end (SIGTERM) of one daemon or of all daemons of the server."""
        for _, each in self._chosen(server, daemon):
            each.end(signal.SIGTERM)

    def install(self, server: str, version: str, folder: Path) -> None:
        """Stop a server, install another version of Kea and other files on it, as its administrator does. Leases and logs stay."""
        self.stop(server)
        cell = self._cell(server)
        cell.install(version)
        self.versions[server] = version
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        for name in BINARIES:
            if f"kea-{name}.conf" not in files:
                cell.host_path(f"/etc/kea/kea-{name}.conf").unlink(missing_ok=True)
        for name, content in files.items():
            cell.place(f"/etc/kea/{name}", content)
        self._daemons[server] = self._found(server)

    def cut(self, server: str | None = None) -> None:
        """Take a server off the network; without a name, the servers stop hearing each other while clients reach all."""
        self._network.cut(server)

    def forward(self, forward: Forward) -> Forwarder:
        """Carry what reaches a server at one address and port to another one of its own, until the group is closed."""
        forwarder = Forwarder(self._cell(forward.server), forward)
        self._stack.callback(forwarder.close)
        return forwarder

    def heal(self) -> None:
        """Undo every cut."""
        self._network.heal()

    # -- asking -------------------------------------------------------------------------------------------------------

    def path(self, server: str, path: str) -> Path:
        """Where a file that a server (or the client) sees is on this machine: /etc/kea/tls/ca.pem, /run/kea/…"""
        return self._cell(server).host_path(path)

    def command(self, server: str, daemon: str, command: str, arguments: Any = None) -> dict[str, Any]:
        """One command over the daemon's unix control socket → {result, text, arguments …}, whatever the result."""
        return self.daemon(server, daemon).ask(command, arguments)

    def http(
        self,
        where: str,
        url: str,
        command: str,
        arguments: Any = None,
        service: str | None = None,
        user: str | None = None,
        password: str | None = None,
        ca: Path | None = None,
        cert: Path | None = None,
        key: Path | None = None,
    ) -> tuple[int, Any]:
        """POST one command from inside a server's (or the client's) network → (HTTP status, parsed answer).

        Without `ca` an HTTPS server is not verified; `cert` and `key` are the caller's own. OSError when nobody answers or
        TLS fails.
        """
        content = web.message(command, arguments, service)
        return web.post(self._cell(where), url, content, user, password, ca, cert, key)

    def run(
        self, where: str, argv: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of this machine inside a host's network, e.g. kea-hac itself on the client."""
        return self._cell(where).run(argv, env=env, cwd=cwd)

    def inside(self, where: str, act: Callable[[], T]) -> T:
        """Call `act` in a thread of this test that has entered a host's network: a socket made there stays there."""
        return self._cell(where).inside(act)

    def log(self, server: str, daemon: str) -> str:
        """Everything a daemon has written since its last start, its log files included."""
        return self.daemon(server, daemon).log()

    def leases(self, server: str, family: int) -> list[dict[str, Any]]:
        """Every lease that a server holds (lease4-get-all, lease6-get-all); needs the lease_cmds hook."""
        answer = self.command(server, f"dhcp{family}", f"lease{family}-get-all")
        if answer["result"] not in (0, 3):  # 3: none
            raise LabError(f"{server}: {answer}")
        found: list[dict[str, Any]] = (answer.get("arguments") or {}).get("leases", [])
        return found

    def wait_leases(self, wanted: Mapping[str, int], family: int = 4, timeout: float = 10) -> None:
        """Wait until every server holds that many leases: a backup hears of a lease after its client does."""
        deadline = time.monotonic() + timeout
        while (held := {server: len(self.leases(server, family)) for server in wanted}) != dict(wanted):
            if time.monotonic() > deadline:
                raise LabError(f"after {timeout} s the servers hold {held} leases, wanted {dict(wanted)}")
            time.sleep(0.05)

    # -- high availability --------------------------------------------------------------------------------------------

    def ha(self, server: str, family: int) -> list[dict[str, Any]]:
        """`high-availability` of a server's status-get, one map per relationship; OSError when the daemon does not answer."""
        answer = self.command(server, f"dhcp{family}", "status-get")
        found: list[dict[str, Any]] = (answer.get("arguments") or {}).get("high-availability") or []
        return found

    def states(self, server: str, family: int) -> tuple[str, ...]:
        """The HA state of a server in each of its relationships."""
        if not self.daemon(server, f"dhcp{family}").alive:
            return ("down",)
        try:
            found = self.ha(server, family)
        except (OSError, ValueError):
            return ("down",)
        return tuple(str(each["ha-servers"]["local"].get("state")) for each in found) or ("no-ha",)

    def wait(self, wanted: Mapping[str, State], family: int = 4, timeout: float = 60) -> float:
        """Wait until every server is in its state (in all its relationships, or as the tuple says); → seconds waited."""
        begun = time.monotonic()
        while True:
            seen = {server: self.states(server, family) for server in wanted}
            if all(_fits(seen[server], state) for server, state in wanted.items()):
                return time.monotonic() - begun
            if time.monotonic() - begun > timeout:
                raise LabError(
                    f"after {timeout} s dhcp{family} is in {seen}, wanted {dict(wanted)}\n{self._troubles(family)}"
                )
            time.sleep(0.05)

    def _troubles(self, family: int) -> str:
        each = ((server, daemons.get(f"dhcp{family}")) for server, daemons in self._daemons.items())
        return "\n".join(f"{server}: {daemon.trouble()}" for server, daemon in each if daemon)

    def failover(
        self, killed: str, survivor: str, family: int = 4, timeout: float = 60, subnet: str | None = None
    ) -> float:
        """Send unserved clients until the survivor is partner-down for the killed server; → seconds it took.

        HA gives a partner up only for more than max-unacked-clients different clients whose elapsed time is over
        max-ack-delay. `subnet`: whose clients call; needed where the survivor is a hub.
        """
        begun = time.monotonic()
        while self._state_towards(survivor, killed, family) != "partner-down":
            if time.monotonic() - begun > timeout:
                states = self.states(survivor, family)
                raise LabError(
                    f"{survivor} is in {states} {timeout} s after {killed} was gone\n{self._troubles(family)}"
                )
            self._clients(family, subnet, secs=300).call(12, self._unseen, seconds=0.25)
            self._unseen += 12
        return time.monotonic() - begun

    def _state_towards(self, server: str, partner: str, family: int) -> str:
        """The server's state in the relationship that it has with the partner."""
        daemon = f"dhcp{family}"
        partners = {own.get("name") for own in keajson.own_peers(self.daemon(partner, daemon).config)}
        for relationship, state in zip(
            keajson.relationships(self.daemon(server, daemon).config), self.states(server, family), strict=False
        ):
            if partners & {peer.get("name") for peer in relationship.get("peers") or []}:
                return state
        raise LabError(f"{server} is down or has no dhcp{family} relationship with {partner}")

    # -- clients ------------------------------------------------------------------------------------------------------

    def lease4(
        self, count: int, start: int = 0, secs: int = 0, subnet: str | None = None, rate: float = 100, wait: float = 20
    ) -> Leases:
        """`count` DHCPv4 clients from number `start` on, each tried once. `subnet`: default the first served one.

        Ends when all have their leases. `wait`: seconds after the last one has called; a test in which some get none sets it.
        """
        return self._clients(4, subnet, secs).lease(count, start, rate, wait)

    def lease4_together(self, count: int, start: int = 0) -> Leases:
        """As lease4, but the servers hear the requests of all clients at the same moment: they are paused meanwhile."""
        return self._clients(4, None, 0).lease(count, start, rate=400, wait=2, together=self._paused("dhcp4"))

    @contextmanager
    def _paused(self, daemon: str) -> Iterator[None]:
        """Every server's daemon of this kind hears and says nothing meanwhile; what comes for it waits."""
        daemons = [self.daemon(server, daemon) for server in self.servers]
        for each in daemons:
            each.pause()
        try:
            yield
        finally:
            for each in daemons:
                each.go_on()

    def lease6(
        self,
        count: int,
        start: int = 0,
        secs: int = 0,
        subnet: str | None = None,
        rate: float = 100,
        wait: float = 20,
        prefix: bool = False,
    ) -> Leases:
        """As lease4. Clients call through a relay when a subnet is named or the default one has no interface.

        `prefix`: they ask for a delegated prefix and not for an address.
        """
        return self._clients(6, subnet, secs, prefix).lease(count, start, rate, wait)

    def _clients(self, family: int, subnet: str | None, secs: int, prefix: bool = False) -> Clients:
        interface, address, direct = self._place(family, subnet)
        if family == 4:
            return Clients4(self._client, interface, address, secs)
        relay = None if direct and subnet is None else address
        return Clients6(self._client, interface, relay, secs * 100, prefix)

    def perfdhcp(self, family: int, count: int, rate: int = 100, start: int = 0) -> int:
        """Kea's own load generator with `count` clients on the default subnet; → leases it got."""
        interface, _, _ = self._place(family, None)
        identity = ["-b", "mac=02:" + (start + 1).to_bytes(5, "big").hex(":")]
        if family == 6:
            identity += ["-b", f"duid=0003000102{start + 1:010x}", "-e", "address-only"]
        numbers = [f"-n{count}", f"-R{count}", f"-r{rate}", f"-D{count}", "-W1000000"]
        done = self._client.run(self._client.program("perfdhcp", f"-{family}", "-l", interface, *numbers, *identity))
        found = re.search(r"REQUEST-(?:ACK|REPLY)\*\*\*.*?received packets: (\d+)", done.stdout, re.S)
        if not found:
            raise LabError(f"perfdhcp: {done.stderr.strip() or done.stdout.strip()}")
        return int(found[1])

    def _place(self, family: int, subnet: str | None) -> tuple[str, str, bool]:
        """The client's interface and address in a subnet, and whether its servers hear it without a relay."""
        served = dict(self.plan.subnets[family])
        if not served:
            raise LabError(f"no server of this group serves an IPv{family} subnet")
        network = ip_network(subnet) if subnet else next(iter(served))
        return *self.plan.client_in(network), served.get(network, False)


def _fits(seen: tuple[str, ...], wanted: State) -> bool:
    return seen == wanted if isinstance(wanted, tuple) else all(state == wanted for state in seen)


class Lab:
    """What the `lab` fixture gives: groups that end with the test, and single daemons."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def group(
        self,
        version: str | Mapping[str, str],
        folders: Mapping[str, Path],
        files: ServerFiles | None = None,
        plan: Explicit | None = None,
        disks: Mapping[str, int] | None = None,
    ) -> Group:
        """As Group(…); closed with the lab, or earlier by `with`."""
        return self._stack.enter_context(Group(version, folders, files, plan, disks))

    check = staticmethod(single.check)
    config_get = staticmethod(single.config_get)
    reload = staticmethod(single.reload)

    def close(self) -> None:
        """Close every group."""
        self._stack.close()
