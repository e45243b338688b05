"""Small builds with a true manifest, for tests that only care about files on a disk."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from kea_hac.compiler.artifacts import Artifact, Build

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where the steps of a build count and not the disk: a file system without the seconds that hundreds of fsync take."""


def built(pair: str, files: Mapping[str, bytes]) -> Build:
    """A build of `files` (server/name -> content)."""
    artifacts = tuple(Artifact(*path.split("/"), content) for path, content in sorted(files.items()))
    content = {
        "kea-hac": {"manifest": 1, "pair": pair},
        "spec": "0" * 64,
        "servers": {},
        "files": {each.path: {"sha256": each.digest, "build": "b"} for each in artifacts},
    }
    return Build(pair, artifacts, json.dumps(content).encode())


def on_disk(folder: Path) -> dict[str, bytes]:
    """Every file below a folder: path -> content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


OLD = built(
    "campus",
    {
        "kea1/kea-dhcp4.conf": b"old four\n" * 3000,
        "kea1/kea-ctrl-agent.conf": b"agent\n",
        "kea2/kea-dhcp4.conf": b"old four of two\n",
        "mm1/preferences.cfg": b"old micetro\n",
    },
)
NEW = built(
    "campus",
    {
        "kea1/kea-dhcp4.conf": b"new four\n" * 3000,
        "kea1/kea-dhcp6.conf": b"new six\n",
        "kea1/kea-ctrl-agent.conf": b"agent\n",
        "kea2/kea-dhcp4.conf": b"new four of two\n",
        "kea3/kea-dhcp4.conf": b"new four of three\n",
    },
)
"""Against OLD: a file is changed, one stays, one is added, a server comes and a server goes."""
