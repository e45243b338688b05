"""Micetro's preferences.cfg: its part of the spec, and the comparison of the compiled entries with the existing ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.preference_files import PREFERENCES
from kea_hac.diagnostics import Finding
from kea_hac.errors import SourceError, TreeError
from kea_hac.importing.arrangement import Arrangement
from kea_hac.importing.hosts import Host
from kea_hac.importing.notes import LOST, UNKNOWN_TO_FILES, Notes
from kea_hac.kea.config import Block
from kea_hac.micetro.preferences import OWN, SWITCHES
from kea_hac.micetro.preferences_merge import readable_scan
from kea_hac.source.allowed import read_input
from kea_hac.source.files import FileError

_REPLICATE = "keaReplicateConfig"
_WORDS = {"true": "1", "false": "0"}


def read_preferences(path: Path) -> Mapping[str, str]:
    """Our entries of an agent's preferences.cfg; of two equal ones the last applies. Raises SourceError."""
    try:
        data = read_input(str(path))
    except FileError as error:
        raise SourceError(f"cannot read {path}: {error}") from error
    try:
        return _entries(data)
    except TreeError as error:
        raise SourceError(f"{path}: {error}") from error


def _entries(data: bytes) -> Mapping[str, str]:
    found = readable_scan(data).entries
    return {OWN[entry.name.lower()]: entry.value for entry in found if entry.own and entry.value is not None}


def micetro_section(arrangement: Arrangement, shared: Mapping[str, Mapping[str, str]], notes: Notes) -> Block | None:
    """The spec's `micetro`; None where no server has a preferences.cfg. `shared`: those of hosts that run no Kea."""
    found = [host for host in _hosts(arrangement) if host.preferences is not None]
    for name, entries in shared.items():
        at = next(iter(arrangement.base.files.values())).top
        message = f"the preferences.cfg of {name} belongs to one DHCP agent for all servers, and no file contains the address of its host"
        fix = f"add `micetro: {{owner: {_owner(entries)}, agent: {{name: {name}, address: …}}}}` to the spec"
        notes.note(Finding(UNKNOWN_TO_FILES, at, message, on_key=True, fix=fix))
    if not found:
        return None
    return Block(("spec", "micetro"), {"owner": _owner(found[0].preferences or {}), "agent": "per-server"})


def _owner(entries: Mapping[str, str]) -> str:
    return "micetro" if _plain(_REPLICATE, entries.get(_REPLICATE, "0")) == "1" else "kea-hac"


def _hosts(arrangement: Arrangement) -> Iterator[Host]:
    for server in arrangement.known:
        if server.host is not None:
            yield server.host


def lost_preferences(arrangement: Arrangement, build: Build | None) -> Iterator[Finding]:
    """Entries of a server's preferences.cfg that the build has with another value, or not at all."""
    for server in arrangement.known:
        host = server.host
        if host is None or host.preferences is None or build is None:
            continue
        built = _entries(build.files.get(f"{server.name}/{PREFERENCES}", b""))
        for name, value in host.preferences.items():
            result = built.get(name)
            if result is None and _plain(name, value) == "0" and name in SWITCHES:
                continue
            if result is None or _plain(name, result) != _plain(name, value):
                there = "not there" if result is None else result
                message = (
                    f"{name} is {value} in the {PREFERENCES} of {server.name}, and {there} in what the spec compiles to"
                )
                fix = "it follows from `control-agent`, `control-address`, `platform` and `paths` of the spec"
                yield Finding(LOST, next(iter(host.files.values())).top, message, on_key=True, fix=fix)


def _plain(name: str, value: str) -> str:
    return _WORDS.get(value.lower(), value) if name in SWITCHES else value.rstrip("/")
