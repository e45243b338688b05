"""The proof: the new spec is built in memory, and each file of it held against the file that was given.

Both are compared as the target's config-get would show them. What differs because the compiler says out loud what Kea does by
itself, completes a path, or keeps a secret elsewhere, is told apart from what is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kea_hac.api import Loaded
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of
from kea_hac.check.texts import is_secret_key
from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.compile import compile_configs, compile_site
from kea_hac.diagnostics import Finding, Route
from kea_hac.drift.bases import without_stamp
from kea_hac.drift.changes import ABSENT, Path, Value, spelt
from kea_hac.drift.threeway import Difference, Unknown, compare
from kea_hac.importing.arrangement import Arrangement
from kea_hac.importing.hosts import Given
from kea_hac.importing.said import HTTP_SOCKETS, LOCAL_ADDRESS, with_numbers, with_old_defaults
from kea_hac.importing.tags import with_common_tags
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import Mode, default
from kea_hac.kea.hooks import HIGH_AVAILABILITY, LEASE_COMMANDS, sql_library
from kea_hac.kea.peer_url import read_peer_url
from kea_hac.kea.platform import Platform
from kea_hac.kea.shown import shown
from kea_hac.kea.version import KeaVersion
from kea_hac.model.channel import SOCKET_PORT
from kea_hac.model.configuration import Configuration
from kea_hac.model.resolve import resolve
from kea_hac.model.site import TLS_KEYS, Site, url_host
from kea_hac.source.document import Secret


class Why(StrEnum):
    """Why what the spec compiles to reads otherwise than the file."""

    DERIVED = "said out loud by the compiler, the same to Kea"
    PATH = "the same name with its directory"
    SECRET = "a secret, by reference"  # noqa: S105 - the word, not one
    LOST = "not the same"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One place where a built file is not what was given."""

    path: Path
    given: Value
    built: Value
    why: Why
    route: Route
    """The place in the file that was given, or the nearest above it."""

    @property
    def spelt(self) -> str:
        """The path as people read it."""
        return spelt(self.path)


@dataclass(frozen=True, slots=True)
class Trip:
    """One file's round trip."""

    server: str
    given: Given
    deviations: tuple[Deviation, ...]
    shown: Block | None = None
    """What was given, as the target shows it."""
    built: bool = True
    """False when the spec could not be compiled to a file that it would be."""

    @property
    def lost(self) -> tuple[Deviation, ...]:
        """What is really different."""
        return tuple(each for each in self.deviations if each.why is Why.LOST)


@dataclass(frozen=True, slots=True)
class BuiltSpec:
    """What a spec compiles to, also where a rule has something against it."""

    site: Site | None
    build: Build | None
    """None when the spec is so broken that nothing can be compiled."""

    def maps(self) -> Mapping[str, Mapping[str, Json]]:
        """File → the map under the daemon's top key, spelt for its version."""
        artifacts = self.build.artifacts if self.build else ()
        return {each.path: next(iter(each.tree.values())) for each in artifacts if each.tree is not None}


def built_spec(loaded: Loaded) -> BuiltSpec:
    """Compile a spec without judging it: the rules' findings are for the text that is written in the end."""
    site = resolve(loaded.spec, _ignore) if loaded.spec else None
    if site is None or not site.whole:
        return BuiltSpec(site, None)
    return BuiltSpec(site, compile_site(site, compile_configs(site, _ignore), _ignore))


def _ignore(_: Finding) -> None:
    """Found again, with its line, in the text that is written in the end."""


def trips(arrangement: Arrangement, spec: BuiltSpec) -> Iterator[Trip]:
    """Hold every file that was given against what the spec compiles to."""
    maps = spec.maps()
    for server in arrangement.known:
        assert server.host is not None
        for given in server.host.files.values():
            daemon = given.configuration.daemon
            built = maps.get(f"{server.name}/{daemon.file}")
            if built is None or spec.site is None:
                yield Trip(server.name, given, (), built=False)
                continue
            host = _platform(spec.site, server.name)
            target = server.host.target
            one = as_shown(daemon, given.config, server.host.version, target, host, given)
            other = as_shown(daemon, built, target, target, host, None)
            yield Trip(server.name, given, tuple(_deviations(daemon, target, one, other)), one)


def _platform(site: Site, server: str) -> Platform | None:
    return next((node.platform for node in site.nodes if node.name == server), None)


def as_shown(
    daemon: Daemon,
    config: Mapping[str, Json],
    source: KeaVersion,
    target: KeaVersion,
    host: Platform | None,
    given: Given | None,
) -> Block:
    """A configuration as the target shows it, what `source` does by default kept, HA by what it comes to."""
    made = config
    if isinstance(made, Block) and given is not None:
        made, _ = with_numbers(daemon, made, source)
        made, _ = with_old_defaults(daemon, made, source, target)
    said = _plain_relationships(daemon, _plain_sockets(daemon, made), source, target)
    bare = without_stamp(shown(daemon, said, target, host))
    if daemon.family is not None and isinstance(config, Block):
        bare = with_common_tags(daemon, bare, relationships_of(Configuration(daemon, config, source)))
    if bare.get("user-context") == {}:
        bare = bare.copy_of()
        del bare["user-context"]  # where the stamp stands in a built file
    return bare


def _deviations(daemon: Daemon, target: KeaVersion, given: Block, built: Block) -> Iterator[Deviation]:
    for found in compare(daemon, target.branch, None, given, built):
        match found:
            case Difference():
                values = found.values
                why = _why(daemon, target, found.path, values[1], values[2])
                yield Deviation(found.path, values[1], values[2], why, found.route or given.at)
            case Unknown():
                yield Deviation(found.path, found.secret, ABSENT, Why.SECRET, given.at)


def _why(daemon: Daemon, target: KeaVersion, path: Path, given: Value, built: Value) -> Why:
    last = path[-1] if isinstance(path[-1], str) else ""
    if (given is ABSENT or (given == "" and last == "directory")) and _added(daemon, target, path, built):
        return Why.DERIVED
    if is_secret_key(last.removesuffix("-file")) and (isinstance(built, Secret) or given is ABSENT or built is ABSENT):
        return Why.SECRET
    if isinstance(built, Secret) and isinstance(given, str):
        return Why.SECRET
    if isinstance(given, str) and isinstance(built, str):
        bare, full = sorted((given, built), key=len)
        if "/" not in bare and full.rpartition("/")[2] == bare:
            return Why.PATH
    return Why.LOST


def _added(daemon: Daemon, target: KeaVersion, path: Path, built: Value) -> bool:
    """What every compiled file has, whether anyone said it or not."""
    names = [str(step) for step in path]
    if names[-2:] == ["authentication", "directory"]:
        return True  # named where files took the place of literals, or as Kea understands it
    if names[0] in ("control-socket", "control-sockets") and daemon.family:
        entry = built[0] if isinstance(built, list) and len(built) == 1 else built
        if len(path) == 1 or names[1] == "[socket=unix]":
            return isinstance(entry, dict) and entry.get("socket-type") == "unix"
        return names[-1] in ("socket-port", "socket-address")
    if names[0] == "hooks-libraries" and len(path) == 2 and isinstance(built, dict):
        library = str(built.get("library", "")).rpartition("/")[2]
        sql = {sql_library(kind, target.branch, config_backend=True) for kind in ("mysql", "postgresql")}
        return library == LEASE_COMMANDS or library in sql
    keyword = None
    if daemon.family is None and len(path) == 1:
        keyword = program(daemon.name).scopes[daemon.top].keywords.get(names[0])
    return keyword is not None and keyword.fact("default", target.branch) == built


def _plain_sockets(daemon: Daemon, config: Mapping[str, Json]) -> Mapping[str, Json]:
    """HTTP control sockets with the address and port that Kea takes where none is written: it shows them as written."""
    listed = config.get("control-sockets")
    if daemon.family is None or not isinstance(listed, list) or not isinstance(config, Block):
        return config
    sockets: list[Json] = []
    for entry in listed:
        if isinstance(entry, Block) and entry.get("socket-type") in HTTP_SOCKETS:
            filled = entry.copy_of()
            filled.setdefault("socket-address", LOCAL_ADDRESS[daemon.family])
            filled.setdefault("socket-port", SOCKET_PORT)
            sockets.append(filled)
        else:
            sockets.append(entry)
    made = config.copy_of()
    made["control-sockets"] = sockets
    return made


def _plain_relationships(
    daemon: Daemon, config: Mapping[str, Json], source: KeaVersion, target: KeaVersion
) -> Mapping[str, Json]:
    """HA parameters are what they come to: the defaults of the Kea that they were written for, and urls in one spelling."""
    listed = config.get("hooks-libraries")
    if daemon.family is None or not isinstance(listed, list) or not isinstance(config, Block):
        return config
    entries = relationships_of(Configuration(daemon, config, source))
    if not entries:
        return config
    made = config.copy_of()
    plain = [_plain(entry, target) for entry in entries]
    libraries: list[Json] = []
    for library in listed:
        if str(library.get("library", "")).rpartition("/")[2] == HIGH_AVAILABILITY:
            replaced = library.copy_of()
            replaced["parameters"] = Block((*library.at, "parameters"), {"high-availability": plain})
            libraries.append(replaced)
        else:
            libraries.append(library)
    made["hooks-libraries"] = libraries
    return made


def _plain(entry: RelationshipEntry, target: KeaVersion) -> Block:
    made = Block(entry.block.at, moved=entry.block.moved)
    mode = entry.mode or Mode.HOT_STANDBY
    for key, keyword in program("ha").scopes["relationship"].keywords.items():
        if key == "multi-threading":
            made[key] = _threads(entry)
        elif key == "peers":
            made[key] = sorted(
                (_peer(peer.block, entry) for peer in entry.peers), key=lambda peer: str(peer.get("name"))
            )
        elif key in entry.block:
            made.put(key, entry.block[key], entry.block.where(key))
        elif target.branch in keyword.branches or default(key, target.branch, mode) is not None:
            value = entry.setting(key)
            if value is None and target.branch in keyword.branches:
                value = default(key, target.branch, mode)
            if value is not None:
                made[key] = value
    for key in TLS_KEYS:
        if made.get(key) == "":
            del made[key]
    return made


def _threads(entry: RelationshipEntry) -> Block:
    said = entry.block.get("multi-threading")
    at = said.at if isinstance(said, Block) else (*entry.block.at, "multi-threading")
    made = Block(at)
    made["enable-multi-threading"] = entry.thread_setting("enable-multi-threading")
    made["http-dedicated-listener"] = entry.opens_listener
    for key in ("http-listener-threads", "http-client-threads"):
        if isinstance(said, Block) and said.get(key):
            made[key] = said[key]
    return made


def _peer(block: Block, entry: RelationshipEntry) -> Block:
    made = block.copy_of()
    own = made.get("name") == entry.this_name
    for key in [key for key in made if key not in program("ha").scopes["peer"].keywords]:
        del made[key]  # the library ignores what it does not know, and the reader has said so
    made.setdefault("auto-failover", True)
    try:
        url = read_peer_url(str(made.get("url")))
    except ValueError:
        return made
    # the three TLS files decide, whatever the url says (HA-36)
    tls = all(made.get(key, entry.setting(key)) for key in TLS_KEYS)
    made["url"] = f"{'https' if tls else url.scheme}://{url_host(url.address)}:{url.port}/"
    if own and not entry.opens_listener:
        del made["url"]  # nothing listens there, and nobody dials himself
    for key in [key for key in made if own and key.startswith("basic-auth")]:
        del made[key]
    return made
