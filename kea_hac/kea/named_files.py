"""Which files on the host a Kea configuration names: sockets, hooks, leases, logs, and what the daemon must read.

In: the map below a file's top key (`Dhcp4`, `Dhcp6`, `Control-agent`). Out: one `NamedFile` for each, in document order
of its kind. What a host must provide, what a package's profile must allow and what a rule looks at all start here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from enum import StrEnum

from kea_hac.diagnostics import Route
from kea_hac.kea.canonical import holds_secret
from kea_hac.kea.config import BARE, Block, Json, Secret, blocks_of
from kea_hac.kea.platform import LOG_STREAMS
from kea_hac.records import dataclass


class FileKind(StrEnum):
    """What a daemon does with a file."""

    SOCKET = "control socket"
    HOOK = "hook library"
    LEASE = "lease file"
    DATA = "data directory"
    LOG = "log file"
    READ = "file to read"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class NamedFile:
    """One file that a configuration names."""

    kind: FileKind
    key: str
    """The key that names it: socket-name, library, trust-anchor …; "secret" for an included one."""
    path: str
    """As Kea understands it: credentials joined to their `directory`, all else as it is written."""
    at: Route


TLS_KEYS = ("trust-anchor", "cert-file", "key-file")
_PEER_KEYS = ("basic-auth-user-file", "basic-auth-password-file")
_CLIENT_KEYS = ("user-file", "password-file")
_READ_KEYS = (*TLS_KEYS, *_PEER_KEYS, *_CLIENT_KEYS)
_READ = frozenset(_READ_KEYS)
_STORED = frozenset({"user-context", "comment"})
_LONG = frozenset({"subnet4", "subnet6", "shared-networks", "reservations"})
"""Lists that name no file but by a secret, and may hold 100,000 reservations."""


Holds = Callable[[Json], bool]
"""Whether a secret stands somewhere in a value."""


def named_files(config: Block, holds: Holds = holds_secret) -> Iterator[NamedFile]:
    """Every file that one daemon's configuration names. `holds`: for who knows that without a look at all reservations."""
    yield from _sockets(config)
    yield from _hooks(config)
    yield from _leases(config)
    yield from _logs(config)
    yield from _reads(config, holds)


def _sockets(config: Block) -> Iterator[NamedFile]:
    """`control-socket`, the servers' list `control-sockets`, and the agent's map of the same name."""
    listed = config.get("control-sockets")
    entries = [config.get("control-socket"), *(listed if isinstance(listed, list) else ())]
    if isinstance(listed, Block):
        entries += listed.values()
    for entry in entries:
        if isinstance(entry, Block) and entry.get("socket-type", "unix") == "unix":
            yield from _text(entry, "socket-name", FileKind.SOCKET)


def _hooks(config: Block) -> Iterator[NamedFile]:
    for entry in blocks_of(config.get("hooks-libraries")):
        yield from _text(entry, "library", FileKind.HOOK)
        library, parameters = entry.get("library"), entry.get("parameters")
        if isinstance(library, str) and library.endswith("libdhcp_run_script.so") and isinstance(parameters, Block):
            yield from _text(parameters, "name", FileKind.SCRIPT)


def _leases(config: Block) -> Iterator[NamedFile]:
    """The memfile's name, unless nothing is kept (`persist: false`), and where dhcp6 keeps its server identifier."""
    database = config.get("lease-database")
    if isinstance(database, Block) and database.get("type", "memfile") == "memfile" and database.get("persist", True):
        yield from _text(database, "name", FileKind.LEASE)
    yield from _text(config, "data-directory", FileKind.DATA)


def _logs(config: Block) -> Iterator[NamedFile]:
    for logger in blocks_of(config.get("loggers")):
        for key in ("output-options", "output_options"):
            for option in blocks_of(logger.get(key)):
                for found in _text(option, "output", FileKind.LOG):
                    if found.path.partition(":")[0] not in LOG_STREAMS:
                        yield found


def _reads(config: Block, holds: Holds) -> list[NamedFile]:
    """Certificates, keys, credentials and included secrets, wherever they stand, but not in what Kea only stores."""
    found: list[NamedFile] = []
    _look_into(config, holds, "", found)
    return found


def _look_into(block: Block, holds: Holds, directory: str, found: list[NamedFile]) -> None:
    """`directory`: that of the credentials below."""
    for key in _READ_KEYS if not _READ.isdisjoint(block) else ():
        for file in _text(block, key, FileKind.READ):
            path = credential_path(directory, file.path) if key in _CLIENT_KEYS else file.path
            found.append(NamedFile(file.kind, key, path, file.at))
    for key, value in block.items():
        kind = value.__class__
        if kind in BARE or key in _STORED or (key in _LONG and not holds(value)):
            continue
        if kind is Block:
            own = str(value.get("directory", "")) if key == "authentication" else ""
            _look_into(value, holds, own or directory, found)
        elif kind is list:
            _look_through(value, block.where(key), holds, directory, found)
        elif kind is Secret:
            found.append(NamedFile(FileKind.READ, "secret", value.path, block.where(key)))


def _look_through(listed: list[Json], at: Route, holds: Holds, directory: str, found: list[NamedFile]) -> None:
    for number, value in enumerate(listed):
        kind = value.__class__
        if kind is Block:
            _look_into(value, holds, directory, found)
        elif kind is list:
            _look_through(value, (*at, number), holds, directory, found)
        elif kind is Secret:
            found.append(NamedFile(FileKind.READ, "secret", value.path, (*at, number)))


def credential_path(directory: str, name: str) -> str:
    """Where Kea looks for a client's file: always below `directory`, "/" when there is none (seen on 2.2.0 to 3.0.4).

    An absolute name is no way out: directory /etc/kea and name /srv/pw give /etc/kea/srv/pw.
    """
    return posixpath.join(directory or "/", name.removeprefix("/"))


def _text(block: Block, key: str, kind: FileKind) -> Iterator[NamedFile]:
    value = block.get(key)
    if isinstance(value, str) and value:
        yield NamedFile(kind, key, str(value), block.where(key))
