"""Private network, mount and process namespaces, held by one process of ours.

The holder is the first process of its own process namespace and waits for the end of its input, a pipe from the test run.
When the run ends, however it ends (even kill -9), the pipe closes, the holder goes, and the kernel ends every process in
there and takes interfaces and mounts down: nothing has to be swept up, and no name on the host can clash.
"""

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

from tests.lab.errors import LabError
from tests.lab.trees import tree

T = TypeVar("T")

ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
PRIVATE = {
    "/run/kea": "run",
    "/var/lib/kea": "lib",
    "/var/log/kea": "log",
    "/etc/kea": "etc",
    "/run/lock": "lock",
    "/tmp": "tmp",
}
"""What every server has of its own: the path that Kea sees → the folder of the server's state."""

_SETUP = """
set -e
mount -t proc proc /proc
for conf in all default; do
  echo 0 >/proc/sys/net/ipv6/conf/$conf/accept_dad
  echo 0 >/proc/sys/net/ipv6/conf/$conf/disable_ipv6
  echo 0 >/proc/sys/net/ipv4/conf/$conf/rp_filter
done
ip link set lo up
"""
_CLONE_NEWNET = 0x40000000


class Namespace:
    """One set of namespaces, open from construction to `close`."""

    def __init__(self, setup: str = "") -> None:
        """`setup` is shell text that runs inside before anything else may enter; LabError when it fails."""
        unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        script = f"{_SETUP}{setup}\necho up\nexec cat >/dev/null\n"
        self._holder = subprocess.Popen(
            [*unshare, "sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
            start_new_session=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        if self._holder.stdout.readline() != b"up\n":
            said = self._holder.stderr.read().decode(errors="replace").strip()
            self.close()
            raise LabError(f"no private namespace: {said or 'unshare failed'}")

    @property
    def pid(self) -> int:
        """The process that owns the namespaces; `ip link … netns PID` moves interfaces in."""
        return self._holder.pid

    def close(self) -> None:
        """End every process inside and give everything back. May be called again."""
        for stream in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            if stream:
                stream.close()
        self._holder.kill()
        self._holder.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _enter(self, argv: Sequence[str | Path], folder: Path = Path("/")) -> list[str]:
        spaces = {"net": "net", "mount": "mnt", "pid": "pid_for_children"}
        flags = [f"--{flag}=/proc/{self.pid}/ns/{name}" for flag, name in spaces.items()]
        flags += [f"--root=/proc/{self.pid}/root", f"--wd={folder}"]  # entering a mount namespace forgets both
        return ["nsenter", *flags, "--", *map(str, argv)]

    def run(
        self,
        argv: Sequence[str | Path],
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 600,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the host in here to its end, in `cwd`. `env` replaces the small default environment."""
        return subprocess.run(
            self._enter(argv, cwd or Path("/")),
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            errors="replace",
            env=dict(env) if env is not None else ENVIRONMENT,
            timeout=timeout,
            check=False,
        )

    def popen(self, argv: Sequence[str | Path], output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program in here; the handle is nsenter's, the program is its one child."""
        return subprocess.Popen(
            self._enter(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            start_new_session=True,
        )

    def ip(self, *lines: str) -> None:
        """Run lines of `ip -batch` in here; LabError names the line that failed."""
        if not lines:
            return
        # Only the network is entered: `netns PID` must mean the host's process numbers.
        argv = ["nsenter", f"--net=/proc/{self.pid}/ns/net", "ip", "-batch", "-"]
        text = "\n".join(lines) + "\n"
        done = subprocess.run(argv, input=text, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        if done.returncode:
            raise LabError(f"ip: {done.stderr.strip()}\n{text}")

    def inside(self, act: Callable[[], T]) -> T:
        """Call `act` in a thread that has entered the network namespace. A socket made there stays there, whoever uses it."""
        result: list[T] = []
        failure: list[BaseException] = []

        def enter() -> None:
            try:
                with open(f"/proc/{self.pid}/ns/net") as namespace:
                    if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                result.append(act())
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return result[0]

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A TCP connection from in here; OSError when nobody answers."""
        return self.inside(lambda: socket.create_connection((host, port), timeout))


class Cell(Namespace):
    """A namespace around one Kea version, with the server's own /run/kea, /etc/kea and so on from `state`."""

    def __init__(self, version: str, state: Path) -> None:
        self.version = version
        self.tree = tree(version)
        self.state = state
        for folder in PRIVATE.values():
            (state / folder).mkdir(parents=True, exist_ok=True)
        (state / "lock/kea").mkdir(exist_ok=True)
        for folder in ("run", "lib", "log", "etc"):
            (state / folder).chmod(0o750)  # 2.6.3 demands exactly this of the socket's folder, 3.0.4 this or less
        super().__init__(self._mounts())

    def _mounts(self) -> str:
        """Shell text that puts the server's own folders into the root of its version."""
        binds = [f"mount --bind '{self.state / folder}' '{self.tree}{path}'" for path, folder in PRIVATE.items()]
        return "\n".join([*binds, f"mount -t proc proc '{self.tree}/proc'"])

    def install(self, version: str) -> None:
        """Another version of Kea for programs that are started from now on; files, leases and addresses stay. Raises LabError."""
        self.version, self.tree = version, tree(version)
        done = self.run(["sh", "-ec", self._mounts()])
        if done.returncode:
            raise LabError(f"Kea {version} cannot be installed: {done.stderr.strip()}")

    def host_path(self, path: str) -> Path:
        """Where a path that this server sees is on the host; LabError for a place that is not the server's own."""
        for inside, folder in PRIVATE.items():
            if path.startswith(f"{inside}/"):
                return self.state / folder / path[len(inside) + 1 :]
        raise LabError(f"{path} is in none of a lab server's own folders: {', '.join(PRIVATE)}")

    def place(self, path: str, content: bytes) -> Path:
        """Write a file that the server sees at `path`, folders included, readable for root alone."""
        target = self.host_path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o640)
        return target

    def program(self, name: str, *arguments: str) -> list[str]:
        """The command line of one of Kea's programs in this version's root."""
        return ["chroot", str(self.tree), f"/usr/sbin/{name}", *arguments]


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that are still there."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as listing:
            return [int(word) for word in listing.read().split()]
    except OSError:
        return []


def signal_child(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to the program behind a `popen` handle; nothing happens when it is gone."""
    for pid in children(process.pid):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
