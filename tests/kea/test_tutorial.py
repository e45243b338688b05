"""The tutorial, followed from its first line to its last on a real pair: what it shows is what happens."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.pages import Command
from tests.docs.session import Session, environment, finished
from tests.lab import Group, Lab
from tests.lab.namespaces import signal_child
from tests.shipped import ROOT

pytestmark = [pytest.mark.kea, pytest.mark.slow]
KEA = "2.6.3"
ADDRESSES = {"192.0.2.11": "kea1", "192.0.2.12": "kea2"}
STATES = {"kea1": "load-balancing", "kea2": "load-balancing"}
SECRETS = {"/etc/kea/kea-api-user": b"operator", "/etc/kea/kea-api-password": b"correct-horse"}
_RELOADED = "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS"
_COPY = """\
#!{python}
# rsync and scp on this machine: the last two arguments are copied, FROM… → root@ADDRESS:FOLDER or the other way round
import shutil, sys
from pathlib import Path
servers = {servers!r}
def place(word):
    host, colon, path = word.partition(":")
    return Path(servers[host.rpartition("@")[2]] + "/" + path) if colon else Path(word)
source, target = map(place, [word for word in sys.argv[1:] if not word.startswith("-")])
files = sorted(source.parent.glob(source.name)) if "*" in source.name else sorted(source.iterdir()) if source.is_dir() else [source]
if sys.argv[0].endswith("rsync"):
    target.mkdir(exist_ok=True)
for file in files:
    shutil.copyfile(file, target / file.name)
"""


@dataclass(slots=True)
class Office:
    """The pair of the tutorial, and the machine of its operator."""

    lab: Lab
    folder: Path
    group: Group | None = None

    @property
    def pair(self) -> Group:
        assert self.group is not None
        return self.group

    def start(self) -> None:
        """The servers as the tutorial finds them: with the files of `docs/office`."""
        folders = {server: ROOT / "docs/office" / server for server in STATES}
        self.group = self.lab.group(KEA, folders, dict.fromkeys(STATES, SECRETS))
        self.group.start()
        self.wait()
        roots = {}
        for address, server in ADDRESSES.items():
            root = self.folder.parent / "roots" / server
            root.mkdir(parents=True)
            (root / "etc").mkdir()
            (root / "etc/kea").symlink_to(self.group.path(server, "/etc/kea/x").parent)
            roots[address] = roots[server] = str(root)
        environment(self.folder)
        for name in ("rsync", "scp"):
            tool = self.folder.parent / "tools" / name
            tool.write_text(_COPY.format(python=sys.executable, servers=roots), "utf-8")
            tool.chmod(0o755)

    def wait(self) -> None:
        """Until both are in the state of their mode."""
        self.pair.wait(STATES)

    def clients(self) -> None:
        """Some clients get their leases."""
        assert self.pair.lease4(10).complete

    def hang_up(self, server: str) -> None:
        """SIGHUP, which makes Kea read its file again; until its log says that it did."""
        before = self.pair.log(server, "dhcp4").count(_RELOADED)
        process = self.pair.daemon(server, "dhcp4")._process
        assert process is not None
        signal_child(process, signal.SIGHUP)
        deadline = time.monotonic() + 60
        while self.pair.log(server, "dhcp4").count(_RELOADED) == before:
            assert time.monotonic() < deadline, self.pair.log(server, "dhcp4")[-2000:]
            time.sleep(0.05)

    def run(self, command: Command, folder: Path) -> tuple[int, str]:
        """A command at the prompt of the operator, or of a server."""
        words = ["bash", "-c", command.line]
        if command.where == "$":
            words[2] = f"exec 2>&1\n{command.line}"  # as on a terminal: both streams, in the order of their lines
            return finished(self.pair.run("client", words, environment(folder), folder))
        if command.line == "systemctl kill -s HUP kea-dhcp4-server":
            self.hang_up(command.where)
            return 0, ""
        files = self.pair.path(command.where, "/etc/kea/x").parent
        return finished(subprocess.run([*words[:2], words[2].replace("/etc/kea", str(files))], capture_output=True, text=True, check=False))  # fmt: skip


@pytest.fixture
def office(lab: Lab, tmp_path: Path) -> Office:
    made = Office(lab, tmp_path / "dhcp")
    made.folder.mkdir()
    made.start()
    return made


def test_the_tutorial(office: Office) -> None:
    session = Session(office.folder, office.run, {"wait": office.wait, "clients": office.clients})
    session.follow(ROOT / "docs/tutorial.md")
