"""What the commands are measured beside: servers that answer as healthy ones, and real Kea.

`python -m benchmarks.servers FOLDER` starts the servers and prints a line of JSON: the options of `diff` that name them, and the commands
that run real Kea. It ends with its standard input. A process of its own, because the peak memory of a measured process begins with that of
the one that starts it.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from pathlib import Path

from tests.lab.trees import VERSIONS, obstacle, tree
from tests.unit.live.fakes import answers, listening


@contextmanager
def healthy(saved: Path) -> Iterator[list[str]]:
    """Two servers whose hashes are those of saved answers. Gives the options of `diff` that name them."""
    with ExitStack() as stack:
        options = []
        for server, role, other in (("kea1", "primary", "standby"), ("kea2", "standby", "primary")):
            (answer,) = json.loads((saved / server / "kea-dhcp4.json").read_bytes())
            local = {"role": role, "scopes": ["kea1"] if role == "primary" else [], "state": "hot-standby"}
            remote = {"age": 3, "in-touch": True, "last-scopes": [], "last-state": "hot-standby", "role": other}
            relationship = {"ha-mode": "hot-standby", "ha-servers": {"local": local, "remote": remote}}
            status = {"pid": 7, "uptime": 99, "reload": 99, "high-availability": [relationship]}
            beat = {"date-time": formatdate(usegmt=True), "state": "hot-standby"}
            script = {
                "config-hash-get": {"result": 0, "arguments": {"hash": answer["arguments"]["hash"]}},
                "status-get": {"result": 0, "arguments": status},
                "version-get": {"result": 0, "text": "2.6.3"},
                "ha-heartbeat": lambda beat=beat: {
                    "result": 0,
                    "arguments": beat | {"date-time": formatdate(usegmt=True)},
                },
            }
            port = stack.enter_context(listening(answers(script)))
            options += ["--live", f"{server}=http://127.0.0.1:{port}/"]
        yield options


def tested_by_kea(version: str, folder: Path) -> Sequence[str] | None:
    """The command with which real Kea reads `folder`/kea-dhcp4.conf; None where that Kea cannot be run."""
    if obstacle() is not None:
        return None
    root = shlex.quote(str(tree(version)))
    steps = (
        "ip link add eth0 type veth peer name peer0",
        "ip link set eth0 up",
        f"mount --bind {shlex.quote(str(folder))} {root}/tmp",
        f"mount -t tmpfs none {root}/run",
        f"mkdir -m 750 {root}/run/kea",
        f"exec chroot {root} /usr/sbin/kea-dhcp4 -t /tmp/kea-dhcp4.conf",
    )
    return ["unshare", "--net", "--mount", "sh", "-c", " && ".join(steps)]


def main(folder: Path) -> None:
    """Serve until standard input ends."""
    with healthy(folder / "same") as options:
        kea = {version: tested_by_kea(version, folder / f"kea-{version}" / "bench" / "kea1") for version in VERSIONS}
        print(json.dumps({"live": options, "kea": kea}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
