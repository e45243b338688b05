"""The proof: the new spec is built in memory, and each built file is compared with the existing file.

The comparison is that of `diff`: in the form of the target's config-get, with one spelling for what is the same to Kea. So a file
of which nothing is lost is in sync with the server that loaded it. Moved secrets and required additions are reported separately.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

import orjson

from kea_hac.api import Checked, Loaded
from kea_hac.changes.canonical import canonical_form
from kea_hac.changes.change import ABSENT, Path, Value, spelt
from kea_hac.changes.three_way import Difference, Unknown, compare
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of
from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.compile import compile_configs, compile_site
from kea_hac.diagnostics import Finding, Route
from kea_hac.importing.arrangement import Arrangement
from kea_hac.importing.common_parts import without_common
from kea_hac.importing.hosts import InputFile
from kea_hac.importing.underived import with_old_defaults
from kea_hac.kea.canonical import UnwritableError
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.hidden import Hidden, keys_in
from kea_hac.kea.high_availability import Mode, default
from kea_hac.kea.hooks import HIGH_AVAILABILITY, LEASE_COMMANDS, sql_library
from kea_hac.kea.own_numbers import with_numbers
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import Branch, KeaVersion
from kea_hac.model.configuration import Configuration
from kea_hac.model.resolve import resolve
from kea_hac.model.site import Site
from kea_hac.records import dataclass
from kea_hac.source.document import Secret
from kea_hac.source.secrets import names_secret
from kea_hac.spec.high_availability import HighAvailability


class Why(StrEnum):
    """Why what the spec compiles to reads otherwise than the file."""

    ADDED = "added, because Kea does not work without it"
    SECRET = "kept as a reference, because it is a secret"  # noqa: S105 - a label, not a secret
    LOST = "different"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference between a built file and the existing one."""

    path: Path
    given: Value
    built: Value
    why: Why
    route: Route
    """The route in the existing file, or the nearest above it."""

    @property
    def spelt(self) -> str:
        """The path as people read it."""
        return spelt(self.path)


@dataclass(frozen=True, slots=True)
class Shown:
    """A configuration of one daemon in the form that `diff` compares. That is computed when asked for: it is as large as the file."""

    daemon: Daemon
    config: Block
    target: KeaVersion
    host: Platform | None

    def form(self, config: Block | None = None) -> Block:
        """The form, also of a part of the configuration."""
        return canonical_form(self.daemon, self.config if config is None else config, self.target, self.host)

    def differences(self, other: Shown, branch: Branch) -> list[Difference | Unknown]:
        """What `compare` finds in the forms of both, as the branch has them.

        Subnets and reservations that are written alike in both are shown alike where what is around them is, so they are left out first.
        """
        one, two = without_common(self.config, other.config, _alike, subnets=True)
        if one is not self.config and self.target == other.target:
            found = list(compare(self.daemon, branch, None, self.form(one), other.form(two)))
            if all(_in_subnet(each.path, self.daemon) for each in found):
                return found
        return list(compare(self.daemon, branch, None, self.form(), other.form()))


def _in_subnet(path: Path, daemon: Daemon) -> bool:
    """True for a place in one subnet, on which nothing in another one depends."""
    return path[:1] == (daemon.subnets,) or (path[:1] == ("shared-networks",) and path[2:3] == (daemon.subnets,))


def _alike(one: Json, other: Json) -> bool:
    """Two values that are written alike, in which nothing is compared as a secret."""
    try:
        same = orjson.dumps(one) == orjson.dumps(other)  # in which 1, 1.0 and true are different
    except orjson.JSONEncodeError:  # a Secret
        return False
    return same and not any(map(names_secret, keys_in(one)))


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One file's round trip."""

    server: str
    given: InputFile
    deviations: tuple[Deviation, ...]
    existing: Shown | None = None
    """The existing configuration, as the target reads it."""
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
    high_availability: HighAvailability | None = None
    """As it was read."""

    def maps(self) -> Mapping[str, Mapping[str, Json]]:
        """File → the map under the daemon's top key, spelt for its version."""
        artifacts = self.build.artifacts if self.build else ()
        return {each.path: next(iter(each.tree.values())) for each in artifacts if each.tree is not None}


def built_spec(loaded: Loaded) -> BuiltSpec:
    """Compile a spec without judging it: the rules' findings are for the text that is written in the end."""
    site = resolve(loaded.spec, _ignore) if loaded.spec else None
    arrangement = loaded.spec.high_availability if loaded.spec else None
    if site is None or not site.whole:
        return BuiltSpec(site, None, arrangement)
    try:
        return BuiltSpec(site, compile_site(site, compile_configs(site, _ignore), _ignore), arrangement)
    except UnwritableError:  # a value that is an error in the text too
        return BuiltSpec(site, None, arrangement)


def built_of(loaded: Loaded, checked: Checked) -> BuiltSpec:
    """The same of a spec that was judged, and so compiled already where no rule has something against it."""
    if loaded.spec is None or checked.build is None:
        return built_spec(loaded)
    return BuiltSpec(checked.site, checked.build, loaded.spec.high_availability)


def _ignore(_: Finding) -> None:
    """Found again, with its line, in the text that is written in the end."""


def trips(arrangement: Arrangement, spec: BuiltSpec) -> Iterator[RoundTrip]:
    """Compare every existing file with the build of the spec."""
    maps = spec.maps()
    for server in arrangement.known:
        assert server.host is not None
        for supplied in server.host.files.values():
            daemon = supplied.configuration.daemon
            built = maps.get(f"{server.name}/{daemon.file}")
            if built is None or spec.site is None:
                yield RoundTrip(server.name, supplied, (), built=False)
                continue
            host = _platform(spec.site, server.name)
            target = server.host.target
            config = as_target(daemon, supplied.config, server.host.version, target)
            existing = Shown(daemon, config, target, host)
            deviations = _deviations(existing, Shown(daemon, Block((), dict(built)), target, host))
            yield RoundTrip(server.name, supplied, tuple(deviations), existing)


def _platform(site: Site, server: str) -> Platform | None:
    return next((node.platform for node in site.nodes if node.name == server), None)


def as_target(daemon: Daemon, config: Block, source: KeaVersion, target: KeaVersion) -> Block:
    """An existing configuration for `source`, with the defaults of that version that differ in the target written into it."""
    result, _ = with_numbers(daemon, config, source)
    result, _ = with_old_defaults(daemon, result, source, target)
    if source.branch is not target.branch:
        result = _with_old_relationships(daemon, result, source, target)
    return result


def _deviations(supplied: Shown, built: Shown) -> Iterator[Deviation]:
    at = supplied.config.at
    for found in supplied.differences(built, supplied.target.branch):
        match found:
            case Difference():
                values = found.values
                why = _why(supplied.daemon, supplied.target, found.path, values[1], values[2])
                yield Deviation(found.path, values[1], values[2], why, found.route or at)
            case Unknown():
                yield Deviation(found.path, found.secret, ABSENT, Why.SECRET, at)


def _why(daemon: Daemon, target: KeaVersion, path: Path, supplied: Value, built: Value) -> Why:
    last = path[-1] if isinstance(path[-1], str) else ""
    if supplied is ABSENT and _added(daemon, target, path, built):
        return Why.ADDED
    if _by_reference(supplied, built) or (names_secret(last) and isinstance(built, Secret)):
        return Why.SECRET
    return Why.LOST


def _by_reference(supplied: Value, built: Value) -> bool:
    """True when a value is the existing one, except for its secrets, which are references."""
    if isinstance(built, Secret):
        return isinstance(supplied, Hidden | str | int | float) and not isinstance(supplied, bool)
    if isinstance(built, dict) and isinstance(supplied, dict):
        return built.keys() == supplied.keys() and all(_by_reference(supplied[key], built[key]) for key in built)
    if isinstance(built, list) and isinstance(supplied, list):
        return len(built) == len(supplied) and all(map(_by_reference, supplied, built))
    return bool(supplied == built) and type(supplied) is type(built)


def _added(daemon: Daemon, target: KeaVersion, path: Path, built: Value) -> bool:
    """Values that the compiler adds because Kea needs them, or because a spec cannot leave them out."""
    names = [str(step) for step in path]
    if not daemon.family or not isinstance(built, dict) or len(path) != 2:
        return False
    if names == ["control-sockets", "[socket=unix]"]:
        return True
    library = str(built.get("library", "")).rpartition("/")[2]
    sql = {sql_library(kind, target.branch, config_backend=True) for kind in ("mysql", "postgresql")}
    return names[0] == "hooks-libraries" and (library == LEASE_COMMANDS or library in sql)


def _with_old_relationships(daemon: Daemon, config: Block, source: KeaVersion, target: KeaVersion) -> Block:
    """HA parameters with the defaults of the Kea that they were written for, where the target has others."""
    listed = config.get("hooks-libraries")
    if daemon.family is None or not isinstance(listed, list):
        return config
    entries = relationships_of(Configuration(daemon, config, source))
    if not entries:
        return config
    result = config.copy_of()
    translated = [_translated(entry, target) for entry in entries]
    libraries: list[Json] = []
    for library in listed:
        if str(library.get("library", "")).rpartition("/")[2] == HIGH_AVAILABILITY:
            replaced = library.copy_of()
            replaced["parameters"] = Block((*library.at, "parameters"), {"high-availability": translated})
            libraries.append(replaced)
        else:
            libraries.append(library)
    result["hooks-libraries"] = libraries
    return result


def _translated(entry: RelationshipEntry, target: KeaVersion) -> Block:
    result = entry.block.copy_of()
    mode = entry.mode or Mode.HOT_STANDBY
    for key, keyword in program("ha").scopes["relationship"].keywords.items():
        if key in ("multi-threading", "peers"):
            continue
        if target.branch not in keyword.branches:
            result.pop(key, None)
        elif (
            key not in result
            and (value := entry.setting(key)) is not None
            and default(key, target.branch, mode) != value
        ):
            result[key] = value
    result["multi-threading"] = _threads(entry)
    return result


def _threads(entry: RelationshipEntry) -> Block:
    written = entry.block.get("multi-threading")
    at = written.at if isinstance(written, Block) else (*entry.block.at, "multi-threading")
    result = Block(at)
    result["enable-multi-threading"] = entry.thread_setting("enable-multi-threading")
    result["http-dedicated-listener"] = entry.opens_listener
    for key in ("http-listener-threads", "http-client-threads"):
        if isinstance(written, Block) and written.get(key):
            result[key] = written[key]
    return result
