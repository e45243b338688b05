"""What a server holds that was changed by commands: its stamp still names the build before, and a record of the rollout names the new one.

No command changes the stamp. So `rollout` records the build that the commands led to, with a digest of all that config-get showed then;
while the server shows exactly that, its build is the recorded one. The record is beside the journal of the rollout. Where it is missing,
a comparison reports what the commands changed as `converged`: the server and the spec moved to the same value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import orjson

from kea_hac.kea.config import Json
from kea_hac.kea.hidden import Hidden, masked
from kea_hac.records import dataclass
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.writing import write_whole

_FILE = "by-commands.json"
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Applied:
    """One record."""

    build: str
    """The digest of the build whose content the server holds."""
    fingerprint: str


def fingerprint(config: Mapping[str, Json]) -> str:
    """A digest of what config-get answers, with secrets masked. Equal configurations of one version have equal ones."""
    text = orjson.dumps(masked(dict(config)), default=_hidden, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


def _hidden(value: object) -> str:
    return "(hidden)" if isinstance(value, Hidden) else str(value)


def applied_build(folder: Path, server: str, daemon: str, config: Mapping[str, Json]) -> str | None:
    """The build that the server holds by its record in the folder of a pair's rollouts; None where it shows something else."""
    found = _read(folder).get(_key(server, daemon))
    return found.build if found is not None and found.fingerprint == fingerprint(config) else None


def record_applied(folder: Path, server: str, daemon: str, made: Applied) -> None:
    """Write a record. Raises TreeError."""
    rows = {**_read(folder), _key(server, daemon): made}
    text = orjson.dumps({key: [each.build, each.fingerprint] for key, each in sorted(rows.items())}).decode()
    write_whole(folder / _FILE, text, replace=True)


def _key(server: str, daemon: str) -> str:
    return f"{server} {daemon}"


def _read(folder: Path) -> dict[str, Applied]:
    """The records. What is not one is left out: then the stamp counts."""
    try:
        rows = orjson.loads(read_bytes(str(folder / _FILE), _LARGEST, links=False))
    except (FileError, orjson.JSONDecodeError):
        return {}
    found = {}
    for key, row in rows.items() if isinstance(rows, dict) else ():
        if isinstance(row, list) and len(row) == 2 and all(isinstance(each, str) for each in row):
            found[key] = Applied(row[0], row[1])
    return found
