"""One Kea daemon in a cell: started with a file as it is, believed only when it proves to be up, asked, killed."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab import keajson, web
from tests.lab.errors import LabError
from tests.lab.namespaces import Cell, children, signal_child
from tests.lab.trees import BINARIES

SETTLE = 0.3
"""Seconds that a daemon must live on after its first right answer: 2.6.3 and 3.0.4 answer for some milliseconds before they
die of an HA listener that could not bind."""

_TROUBLE = re.compile(r" (?:ERROR|FATAL) +\[")


class Daemon:
    """A daemon of one cell. The handle outlives its process: it can be killed and launched again."""

    def __init__(self, cell: Cell, name: str, path: str) -> None:
        """`name` is dhcp4, dhcp6 or ctrl-agent; `path` the configuration's, as the server sees it."""
        self.cell, self.name, self.path = cell, name, path
        self.config = keajson.body(cell.host_path(path).read_text(encoding="utf-8", errors="replace"))
        self.output = cell.state / f"{name}.out"
        self.environment: Mapping[str, str] = {}
        """Variables of the process, beside the small default environment."""
        self._process: subprocess.Popen[bytes] | None = None
        self._launched_at = 0

    @property
    def alive(self) -> bool:
        """Is the process there?"""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Kea's own process number on this machine; None when it is not there."""
        return next(iter(children(self._process.pid)), None) if self._process is not None else None

    def launch(self) -> None:
        """Start the process; `await_up` says whether it came up."""
        self._forget_socket()
        with self.output.open("ab") as output:
            self._launched_at = output.tell()
            variables = [f"{name}={value}" for name, value in self.environment.items()]
            program = self.cell.program(BINARIES[self.name], "-c", self.path)
            self._process = self.cell.popen(["env", *variables, *program] if variables else program, output)

    def await_up(self, timeout: float = 15) -> None:
        """Wait until the daemon serves its file and has lived on for SETTLE seconds; LabError with its log when it does not."""
        deadline = time.monotonic() + timeout
        since: float | None = None
        while self.alive and time.monotonic() < deadline:
            if since is None and self._serves():
                since = time.monotonic()
            if since is not None and time.monotonic() - since >= SETTLE:
                if self._serves():
                    return
                break
            time.sleep(0.01)
        state = "does not answer" if self.alive else "is gone"
        raise LabError(f"{BINARIES[self.name]} {self.cell.version} {state}:\n{self.trouble()}")

    def _serves(self) -> bool:
        """Does it show its file's socket? Before its file is taken a server answers with an empty configuration."""
        names = keajson.unix_sockets(self.config) if self.name != "ctrl-agent" else []
        if not names:
            return self._listens()
        try:
            answer = self.ask("config-get", timeout=5)
        except (OSError, ValueError):
            return False
        top = next((value for value in (answer.get("arguments") or {}).values() if isinstance(value, dict)), {})
        shown = {os.path.basename(name) for name in keajson.unix_sockets(top)}
        return answer.get("result") == 0 and os.path.basename(names[0]) in shown

    def _listens(self) -> bool:
        """For a daemon with no unix socket of its own: does something accept at its HTTP address? TLS and auth may follow."""
        found = keajson.http_endpoints(self.config)
        if not found and self.name == "ctrl-agent":
            found = keajson.http_endpoints({"http-host": "127.0.0.1", **self.config})
        if not found:
            return "_STARTED" in self.log()
        address, port = found[0]
        loopback = "127.0.0.1" if address.version == 4 else "::1"
        try:
            self.cell.connect(loopback if address.is_unspecified else str(address), port, timeout=2).close()
        except OSError:
            return False
        return True

    def ask(self, command: str, arguments: Any = None, timeout: float = 30) -> dict[str, Any]:
        """One command over the daemon's unix control socket; OSError when it is not there, ValueError for a torn answer."""
        names = keajson.unix_sockets(self.config)
        if not names:
            raise LabError(f"{BINARIES[self.name]} has no unix control socket in its file")
        path = self.cell.host_path(os.path.join("/run/kea", names[0]))
        with socket.socket(socket.AF_UNIX) as connection, _opened(path.parent) as folder:
            connection.settimeout(timeout)
            connection.connect(f"/proc/self/fd/{folder}/{path.name}")  # a socket's path may have 107 bytes at most
            connection.sendall(web.message(command, arguments))
            received = bytearray()
            while chunk := connection.recv(1 << 16):
                received += chunk
        answer: dict[str, Any] = json.loads(received)
        return answer

    def pause(self) -> None:
        """Stop the process; what comes for it waits until `go_on`."""
        if self._process is not None:
            signal_child(self._process, signal.SIGSTOP)

    def go_on(self) -> None:
        """Undo `pause`. nsenter stops itself when its child has stopped, so it has to be told too."""
        if self._process is not None:
            signal_child(self._process, signal.SIGCONT)
            self._process.send_signal(signal.SIGCONT)

    def end(self, number: int = signal.SIGTERM, timeout: float = 5) -> None:
        """Signal the process and wait until it is gone; after `timeout` seconds SIGKILL follows."""
        if self._process is None:
            return
        if self.alive:
            signal_child(self._process, number)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            signal_child(self._process, signal.SIGKILL)
            self._process.wait(timeout)
        self._process = None

    def _forget_socket(self) -> None:
        """Remove what a killed predecessor left, so that nothing answers but the new process."""
        for name in keajson.unix_sockets(self.config) if self.name != "ctrl-agent" else []:
            self.cell.host_path(os.path.join("/run/kea", name)).unlink(missing_ok=True)

    def log(self) -> str:
        """Everything it has written: its output since the last launch, then its log files."""
        text = self.output.read_bytes()[self._launched_at :].decode(errors="replace") if self.output.exists() else ""
        for name in keajson.log_files(self.config):
            try:
                text += self.cell.host_path(os.path.join("/var/log/kea", name)).read_text(errors="replace")
            except (LabError, OSError):
                continue
        return text

    def trouble(self) -> str:
        """The ERROR and FATAL lines of its log, else its last lines."""
        return complaint(self.log())


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


def complaint(text: str) -> str:
    """What a Kea program's output says went wrong: its ERROR and FATAL messages, else its last five lines."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    loud = [line.split("] ", 1)[-1] for line in lines if _TROUBLE.search(line)]
    plain = [
        line
        for line in lines
        if re.match(r"(?:Syntax check failed|Error encountered|Unable to start|Fatal error)", line)
    ]
    return "\n".join(dict.fromkeys([*plain, *loud] or lines[-5:]))
