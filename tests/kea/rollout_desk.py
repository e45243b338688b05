"""A real pair, an operator's clone, and clients that call all the while: what the proofs of `kea-hac rollout` share."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.lab import Group, Lab
from tests.lab.certificates import Authority
from tests.lab.namespaces import ENVIRONMENT

FILE = "kea-dhcp4.conf"
WIDE = "    - {id: 77, subnet: 10.77.0.0/16, relay: {ip-addresses: [10.77.255.250]}, pools: [{pool: 10.77.1.0 - 10.77.200.255}]}\n"
"""A subnet with addresses for all clients of a proof, which no change touches."""
TLS = """\
  trust-anchor: /etc/kea/tls/ca.pem
  cert-file: "/etc/kea/tls/{server}.pem"
  key-file: "/etc/kea/tls/{server}.key\""""
"""Keys of HA or of a control agent."""
RATE = 40
"""New clients in a second."""


class Callers:
    """New clients at a steady rate, from another thread. Each tries once."""

    def __init__(self, group: Group, first: int, subnet: str = "10.77.0.0/16") -> None:
        self._clients = group._clients(4, subnet, 0)
        self._first = first
        self._ends: float | None = None
        self._thread = threading.Thread(target=self._call)
        self.sent: dict[int, float] = {}
        self.got: dict[int, str] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        time.sleep(0.5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        time.sleep(0.5)
        self._ends = time.monotonic() + 1.0  # those that called last are waited for
        self._thread.join()

    def _call(self) -> None:
        clients, asked = self._clients, set[int]()
        begun = time.monotonic()
        count = 0
        with clients.socket:
            while self._ends is None or time.monotonic() < self._ends:
                now = time.monotonic()
                if self._ends is None and now >= begun + count / RATE:
                    client = self._first + count
                    clients.socket.sendto(clients.first(client), clients.target)
                    self.sent[client] = now
                    count += 1
                if not select.select([clients.socket], [], [], 0.002)[0]:
                    continue
                answer = clients.understand(clients.socket.recv(4096))
                if answer is None or answer.client not in self.sent:
                    continue
                if answer.request is not None and answer.client not in asked:
                    asked.add(answer.client)
                    clients.socket.sendto(answer.request, clients.target)
                if answer.address is not None:
                    self.got.setdefault(answer.client, answer.address)

    @property
    def lost(self) -> int:
        """Clients without an answer."""
        return len(self.sent) - len(self.got)

    @property
    def share(self) -> float:
        """Their part of all that called."""
        return self.lost / max(1, len(self.sent))

    @property
    def twice(self) -> int:
        """Addresses that two clients got."""
        return len(self.got) - len(set(self.got.values()))

    def __str__(self) -> str:
        return f"{self.lost} of {len(self.sent)} unanswered ({100 * self.share:.1f} %), {self.twice} addresses twice"


@dataclass(slots=True)
class RolloutDesk:
    """An operator's clone, and a way to the servers."""

    folder: Path
    kea: str
    mode: str = "hot-standby"
    families: tuple[int, ...] = (4,)
    group: Group | None = None
    head: Mapping[str, str] = field(default_factory=dict)
    """Keyword arguments of `pair_text`."""
    clients: int = 0
    options: tuple[str, ...] = ()
    """Of every command about the servers."""
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    installed: Mapping[str, str] = field(default_factory=dict)
    """By server: its version of Kea, where that is not `kea`."""
    disks: Mapping[str, int] = field(default_factory=dict)
    """By server: the bytes of its /etc/kea."""

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.git("init", "-q")

    def merge(self, more: str = "", **head: str) -> None:
        """Another state of the spec, built and committed. `more`: subnets, or keys of dhcp4 after them."""
        text = pair_text(self.kea, self.mode, self.families, **{**self.head, **head})
        before, sign, after = text.partition("\ndhcp6:")
        self.commit(before + WIDE + more + sign + after)

    def commit(self, text: str) -> None:
        """The text of the spec, built and committed."""
        (self.folder / "spec.yaml").write_text(text, "utf-8")
        self.kea_hac("build", "spec.yaml")
        self.git("add", "spec.yaml", "build")
        self.git("commit", "-qm", "a change", "--allow-empty")

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(self.folder), *identity, *arguments], check=True, capture_output=True)

    def kea_hac(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "kea_hac", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, cwd=self.folder, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, lab: Lab, authority: Authority | None = None) -> None:
        """The servers, with what was built last."""
        build = compiled(self.folder / "spec.yaml")
        files = provided(build, authority)
        folders = laid_out(build, self.folder.parent / "out")
        versions = {server: self.installed.get(server, self.kea) for server in folders}
        self.group = lab.group(versions, folders, files, disks=self.disks)
        self.group.start()
        self.wait()
        links = self.folder.parent / "servers"
        links.mkdir(exist_ok=True)
        for server in self.group.servers:
            (links / server).symlink_to(self.group.path(server, f"/etc/kea/{FILE}").parent)

    @property
    def pair(self) -> Group:
        assert self.group is not None
        return self.group

    @property
    def copy(self) -> str:
        """The command of --copy."""
        return f"cp -r {{dir}}/. {self.folder.parent}/servers/{{server}}/"

    def wait(self) -> None:
        """Until all are in the state of their mode."""
        states = dict.fromkeys(self.pair.servers, self.mode)
        if self.mode == "passive-backup":
            states["kea2"] = "backup"
        for family in self.families:
            self.pair.wait(states, family)

    def rollout(self, *options: str, copy: bool = True) -> subprocess.CompletedProcess[str]:
        """`kea-hac rollout` on the operator's machine."""
        copying = ("--copy", self.copy) if copy else ()
        return self.run("rollout", *copying, *options)

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """A command on the operator's machine, about the pair."""
        words = [sys.executable, "-m", "kea_hac", command, "spec.yaml", *self.options, *options]
        return self.pair.run("client", words, self.environment, self.folder)

    def told(self, *options: str) -> tuple[int, dict[str, Any]]:
        """Its exit code and JSON."""
        done = self.rollout(*options, "--format", "json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def diff(self) -> tuple[int, dict[str, Any]]:
        done = self.run("diff", "--format", "json", "--timeout", "5")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def callers(self, subnet: str = "10.77.0.0/16") -> Callers:
        """Clients that never called before."""
        self.clients += 20_000
        return Callers(self.pair, self.clients, subnet)

    def reload_plainly(self, server: str) -> None:
        """What is done without kea-hac: copy and config-reload."""
        for file in (self.folder / "build" / "pair" / server).iterdir():
            self.pair.path(server, f"/etc/kea/{file.name}").write_bytes(file.read_bytes())
        assert self.pair.command(server, "dhcp4", "config-reload")["result"] == 0
        self.wait()

    def scopes(self) -> dict[str, list[str]]:
        """By server: whose clients it serves."""
        return {each: self.pair.ha(each, 4)[0]["ha-servers"]["local"]["scopes"] for each in self.pair.servers}

    def stamps(self) -> dict[str, str]:
        """By server: the digest in the stamp of what it holds."""
        found = {}
        for server in self.pair.servers:
            config = self.pair.command(server, "dhcp4", "config-get")["arguments"]["Dhcp4"]
            found[server] = config["user-context"]["kea-hac"]["build"]
        return found
