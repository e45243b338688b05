"""The input of an import: servers by name, each with the files of its daemons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from kea_hac.changes.canonical import Stamp, stamp_of, without_stamp
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of
from kea_hac.diagnostics import Route
from kea_hac.kea.config import FAMILIES, Block, Daemon
from kea_hac.kea.named_files import FileKind
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.version_evidence import Guess
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.document import value_at

NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
"""What the spec language takes as the name of a server or pair."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One daemon's configuration of one server, as it was read."""

    configuration: Configuration
    """Canonical; `server` is the host's label."""
    path: str
    """The file: the first step of every route in the configuration."""
    saved: bool = False
    """True for an answer of config-get, which shows defaults and repeats what is inherited."""

    @property
    def stamp(self) -> Stamp | None:
        """The stamp that shows that kea-hac built it."""
        return stamp_of(self.configuration.config)

    @property
    def config(self) -> Block:
        """The map under the daemon's top key, without our stamp."""
        return without_stamp(self.configuration.config)

    def written(self, route: Route, missing: Any = None) -> Any:
        """What the file has at a route, in canonical spelling, without what config-get adds to it; `missing` where it has nothing."""
        if route[: len(self.top)] != self.top:
            return missing
        return value_at(self.config, route[len(self.top) :], missing)

    @property
    def top(self) -> Route:
        """The route of that map."""
        return self.configuration.config.at


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one server, as the spec contains them."""

    platform: Platform
    paths: Mapping[str, str]
    """The spec's `paths`: directories that are not the platform's."""
    guess: str | None = None
    """Why it is that platform, where the user named none."""
    relative: bool = False
    """True where a name without directory is relative to the working directory, now and in the target."""

    def bare(self, kind: FileKind, path: str) -> str:
        """The name alone where the compiler would put the same directory in front of it; `./name` for a name without directory."""
        if self.relative and path and "/" not in path:
            return f"./{path}"
        folder, slash, name = path.rpartition("/")
        return name if slash and name and folder == directory_of(self.platform, kind) else path


def directory_of(host: Platform, kind: FileKind) -> str:
    """Where a platform has files of a kind."""
    match kind:
        case FileKind.HOOK:
            return host.hooks_dir
        case FileKind.SOCKET:
            return host.socket_dir
        case FileKind.LEASE:
            return host.lease_dir
        case _:
            return host.log_dir


@dataclass(frozen=True, slots=True)
class Host:
    """One server with files."""

    label: str
    """Its name in messages: the NAME of NAME=PATH, else the folder."""
    named: bool
    """True when the user gave the name."""
    version: KeaVersion
    """The Kea that its files are for."""
    target: KeaVersion
    """The Kea that the spec is for."""
    places: Places
    files: Mapping[str, InputFile] = field(default_factory=dict)
    """By daemon: "dhcp4", "dhcp6", "ctrl-agent"."""
    preferences: Mapping[str, str] | None = None
    """The entries of the Micetro agent's preferences.cfg that kea-hac owns; None where there is no file."""
    guess: Guess | None = None
    """How `version` was guessed; None where it was named."""
    target_named: bool = False
    """True when the user named `target`."""

    def relationships(self, daemon: Daemon) -> tuple[RelationshipEntry, ...]:
        """The HA relationships of one of its DHCP servers."""
        supplied = self.files.get(daemon.name)
        return relationships_of(supplied.configuration) if supplied else ()

    def families(self) -> Iterator[tuple[Daemon, InputFile]]:
        """Its DHCP servers."""
        for daemon in FAMILIES:
            if daemon.name in self.files:
                yield daemon, self.files[daemon.name]

    @property
    def stamp(self) -> Stamp | None:
        """The stamp of the first file that has one."""
        return next((supplied.stamp for supplied in self.files.values() if supplied.stamp), None)
