"""Where a host keeps Kea's files and what its packages allow: one table, by platform and branch.

In: the spec's `platform`, `arch`, `kea` and `paths`. Out: a `Platform`, which turns bare names into the full path under
Kea's compiled-in directory. That is the one spelling valid in all versions: 2.2 takes a bare name as relative to the
working directory (and refuses a bare hook), 2.4.2, 2.6.3 and 3.x refuse any other directory, by comparing text (seen on
2.2.0, 2.6.3 and 3.0.4). The facts and their sources are rows in `data/platforms.json`; nothing here asks for a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, Daemon
from kea_hac.kea.suggest import nearest
from kea_hac.kea.version import Branch, Feature, KeaVersion, has
from kea_hac.records import dataclass

PATH_KEYS = ("config", "hooks", "sockets", "leases", "logs")
"""The keys of a spec's `paths:`, each an absolute directory that replaces the platform's own."""
LOG_STREAMS = ("stdout", "stderr", "syslog")
"""What a logger's `output` may name instead of a file; `syslog:NAME` too (ARM, "Logging")."""
DEFAULT_ARCH = "amd64"
"""The architecture where nobody says one, in Debian's words."""
_DAEMONS = (DHCP4, DHCP6, CTRL_AGENT)


VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "hooks": "KEA_HOOKS_PATH",
        "sockets": "KEA_CONTROL_SOCKET_DIR",
        "leases": "KEA_DHCP_DATA_DIR",
        "logs": "KEA_LOG_FILE_DIR",
    }
)
"""By key of `paths`, the variable that makes Kea 2.4.2, 2.6.3 and 3.0 take another directory (seen on 2.6.3 and 3.0.4)."""


@dataclass(frozen=True, slots=True)
class DaemonFiles:
    """What belongs to one Kea program on a platform. None means that the platform has no such thing or does not say."""

    socket: str | None = None
    """File name of its control socket; None for the agent, which has none."""
    lease: str | None = None
    """File name of its lease file."""
    log: str | None = None
    """The log file name that confinement allows; None: any name."""
    unit: str | None = None
    package: str | None = None
    conditions: tuple[str, ...] = ()
    """Conditions of its systemd unit, as written there; where one fails the unit is skipped without an error."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a shipped profile lets the daemons do, whatever the configuration asks for. Paths are full paths."""

    kind: str
    additions: str | None
    """The file for a site's own rules, with {daemon} in it; None when the profile includes none."""
    sockets: Mapping[str, tuple[str, ...]]
    """By daemon name: the only control sockets it may make or (the agent) open."""
    leases: Mapping[str, tuple[str, ...]]
    logs: Mapping[str, tuple[str, ...]]
    reads: Mapping[str, tuple[str, ...]]
    """By daemon name: the directories, with a slash at the end, below which it may read certificates and passwords."""
    agent_inet6: bool
    runs_scripts: bool
    writes_config: bool


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform as one Kea version finds it."""

    name: str
    arch: str
    config_dir: str
    hooks_dir: str
    socket_dir: str
    lease_dir: str
    log_dir: str
    lock_dir: str
    modes: Mapping[str, str]
    """By key of `paths`: the directory's mode as the packages set it, in octal ("0750"); absent where it is not known."""
    user: str | None
    group: str | None
    daemons: Mapping[str, DaemonFiles]
    """By daemon name."""
    base_packages: tuple[str, ...]
    hook_packages: tuple[str, ...]
    confinement: Confinement | None
    proven: bool
    """True when the packages of this branch and architecture were unpacked and read, and no path was replaced."""
    source: str
    replaced: tuple[str, ...] = field(default=())
    """The keys of `paths` that the spec replaced."""
    guessed: bool = False
    """True when the name was guessed: what depends on it is not certain."""
    foreign: tuple[str, ...] = ()
    """The keys of `paths` whose directory is not the one that Kea was built with: it takes them with its KEA_ variable only."""
    relative_names: bool = False
    """True where Kea takes a bare name from the daemon's working directory: a spec says that as `./name`."""

    def of(self, daemon: Daemon) -> DaemonFiles:
        """What belongs to one program."""
        return self.daemons[daemon.name]

    def config_file(self, daemon: Daemon) -> str:
        """The full path that the daemon's unit loads."""
        return f"{self.config_dir}/{daemon.file}"

    def hook(self, name: str) -> str:
        """The full path of a hook library; a path stays as it is written."""
        return self._below(self.hooks_dir, name)

    def socket(self, daemon: Daemon) -> str:
        """The full path of a server's own control socket. Raises ValueError for the agent, which has none."""
        name = self.of(daemon).socket
        if name is None:
            raise ValueError(f"{daemon.name} has no control socket of its own")
        return self.socket_file(name)

    def socket_file(self, name: str) -> str:
        """The full path of a socket; a path stays as it is written."""
        return self._below(self.socket_dir, name)

    def lease_file(self, name: str) -> str:
        """The full path of a lease file; a path stays as it is written."""
        return self._below(self.lease_dir, name)

    def default_lease_file(self, daemon: Daemon) -> str:
        """The full path of a server's usual lease file. Raises ValueError for the agent, which has none."""
        name = self.of(daemon).lease
        if name is None:
            raise ValueError(f"{daemon.name} has no lease file")
        return self.lease_file(name)

    def log_file(self, name: str) -> str:
        """The full path of a log file; a path stays as it is written, and so do stdout, stderr and syslog."""
        return name if name.partition(":")[0] in LOG_STREAMS else self._below(self.log_dir, name)

    def _below(self, directory: str, name: str) -> str:
        if self.relative_names and name.startswith("./") and "/" not in name[2:]:
            return name[2:]
        return name if "/" in name or not name else f"{directory}/{name}"

    def packages(self, daemons: Iterable[Daemon], *, hooks: bool = True) -> tuple[str, ...]:
        """The packages to install for these programs, sorted; `hooks` adds what lease_cmds and HA need."""
        wanted = {self.of(each).package for each in daemons} | set(self.base_packages)
        return tuple(sorted({name for name in wanted if name} | set(self.hook_packages if hooks else ())))


def platform_names() -> tuple[str, ...]:
    """The values of the spec's `platform`."""
    return tuple(_table()["platforms"])


def guessable_names() -> tuple[str, ...]:
    """The platforms that files can show by their directories; others have the directories of one of these."""
    return tuple(name for name, entry in _table()["platforms"].items() if entry.get("guessed", True))


def platform_aliases() -> Mapping[str, str]:
    """Names of systems → the platform whose packages they have."""
    return MappingProxyType(_table()["aliases"])


def platform_of(name: str) -> str | None:
    """The platform that a name means, whatever its case; None for a name that is not known."""
    low = name.lower()
    return low if low in platform_names() else platform_aliases().get(low)


def platform_meant(name: str) -> str | None:
    """The platform that an unknown name most likely means: a known one with its release (ubuntu-22.04), or with a slip; else None."""
    words = re.split(r"[^a-z]+", name.lower())
    known = next((found for word in words if (found := platform_of(word))), None)
    near = nearest(name.lower(), (*platform_names(), *platform_aliases()))
    return known or (platform_of(near) if near else None)


def platforms_worded() -> str:
    """The values of `platform` for messages, with examples of the names of systems that are accepted too."""
    aliases = tuple(platform_aliases())
    return f"{', '.join(platform_names())}, or a system with the packages of one of them ({', '.join(aliases[:2])}, {aliases[-2]}, …)"


def no_platform(name: str) -> str:
    """What is wrong with a name that is no platform, with the values possible and the one that is meant."""
    meant = platform_meant(name)
    return f"{name!r} is not known; possible: {platforms_worded()}" + (f"; write {meant}" if meant else "")


def arch_names() -> tuple[str, ...]:
    """The values of the spec's `arch`, in Debian's words."""
    return tuple(_table()["triplets"])


_NO_PATHS: Mapping[str, str] = MappingProxyType({})


def platform(name: str, arch: str, version: KeaVersion, paths: Mapping[str, str] = _NO_PATHS) -> Platform:
    """The platform's row for a version, with the directories of `paths` (keys: PATH_KEYS) put in.

    Raises ValueError, whose text names the values possible, for an unknown name, architecture or key of `paths` and
    for a directory that is not absolute and plain (Kea compares text: no "..", no "//").
    """
    return _platform(name, arch, version, tuple(paths.items()))


@lru_cache(64)
def _platform(name: str, arch: str, version: KeaVersion, paths: tuple[tuple[str, str], ...]) -> Platform:
    name = platform_of(name) or name
    for value, known, what in ((name, platform_names(), "a platform"), (arch, arch_names(), "an architecture")):
        if value not in known:
            meant = platform_meant(value) if what == "a platform" else None
            step = f"; write {meant}" if meant else ""
            raise ValueError(f"{value!r} is not {what} that kea-hac supports; it supports {', '.join(known)}{step}")
    supplied = {key: _directory(key, value) for key, value in paths}
    entry, row = _table()["platforms"][name], _row(name, version.branch)
    dirs = {key: value.format(triplet=_table()["triplets"][arch]) for key, value in row["dirs"].items()} | supplied
    return Platform(
        name=name,
        arch=arch,
        config_dir=dirs["config"],
        hooks_dir=dirs["hooks"],
        socket_dir=dirs["sockets"],
        lease_dir=dirs["leases"],
        log_dir=dirs["logs"],
        lock_dir=row["lock_dir"],
        modes=MappingProxyType({key: mode for key, mode in row["modes"].items() if key not in supplied}),
        user=row["user"],
        group=row["group"],
        daemons=MappingProxyType({each.name: _daemon_files(row, each) for each in _DAEMONS}),
        base_packages=tuple(row["packages"]),
        hook_packages=tuple(row["hook_packages"]),
        confinement=_confinement(row.get("confinement")),
        proven=version.branch in entry["proven"] and arch == DEFAULT_ARCH and not supplied,
        source=row["source"],
        replaced=tuple(supplied),
        foreign=tuple(
            key
            for key in dirs
            if (
                supplied[key] != row["dirs"][key].format(triplet=_table()["triplets"][arch])
                if key in supplied
                else False
            )
            or key in row.get("environment", ())
        ),
        relative_names=not has(version, Feature.SUPPORTED_PATHS_ONLY),
    )


def _directory(key: str, value: str) -> str:
    if key not in PATH_KEYS:
        raise ValueError(f"{key!r} is not a directory of Kea; the keys of paths are {', '.join(PATH_KEYS)}")
    plain = value.rstrip("/")
    if not plain.startswith("/") or any(part in ("", ".", "..") for part in plain.split("/")[1:]):
        raise ValueError(f"paths.{key}: {value!r} is not a plain absolute directory such as /etc/kea")
    return plain


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("kea_hac.kea").joinpath("data/platforms.json").read_text("utf-8"))
    return loaded


def _row(name: str, branch: Branch) -> dict[str, Any]:
    """The rows of a platform up to a branch, laid over each other; maps merge one level deep."""
    result: dict[str, Any] = {}
    for row in _table()["platforms"][name]["rows"]:
        if Branch(row["from"]).order <= branch.order:
            result |= {
                key: {**result[key], **value}
                if isinstance(value, dict) and isinstance(result.get(key), dict)
                else value
                for key, value in row.items()
            }
    return result


def _daemon_files(row: Mapping[str, Any], daemon: Daemon) -> DaemonFiles:
    conditions = tuple(row["conditions"].get(daemon.name, ()))
    return DaemonFiles(**row["daemons"][daemon.name], conditions=conditions)


def _confinement(row: Mapping[str, Any] | None) -> Confinement | None:
    if row is None:
        return None
    frozen: dict[str, Any] = {
        key: MappingProxyType({daemon: tuple(paths) for daemon, paths in value.items()})
        if isinstance(value, dict)
        else value
        for key, value in row.items()
    }
    return Confinement(**frozen)
