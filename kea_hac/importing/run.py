"""`import` as a function: files → one spec, every finding, and the proof that nothing was lost.

gather → arrange → fold → text → build in memory → compare. A partner's different value becomes a comment on the line and a
finding, so the YAML is written last.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kea_hac.api import Checked, load_text
from kea_hac.api import judge as judged
from kea_hac.compiler.preference_files import PREFERENCES
from kea_hac.diagnostics import Diagnostic, Finding, FindingSink, Report, Skipped, located
from kea_hac.importing.arrangement import Arrangement, arrange
from kea_hac.importing.by_hand import by_hand
from kea_hac.importing.comment_places import rehomed
from kea_hac.importing.directories import find_places, note_moved
from kea_hac.importing.hosts import NAME, Given, Host
from kea_hac.importing.includes import keep_includes
from kea_hac.importing.merge import Folder, fold
from kea_hac.importing.notes import ASSUMED, NOT_ONE_PAIR, NOTHING_TO_SERVE, Notes
from kea_hac.importing.outdated import without_repeats
from kea_hac.importing.preferences import lost_preferences, read_preferences
from kea_hac.importing.round_trip import BuiltSpec, Trip, built_spec, trips
from kea_hac.importing.spec_text import yaml_text
from kea_hac.importing.translations import translations
from kea_hac.importing.user_files import with_user_files
from kea_hac.importing.verdict import report_losses
from kea_hac.importing.without_agent import without_agents
from kea_hac.kea.canonical import STAMP
from kea_hac.kea.config import Block
from kea_hac.kea.synonyms import OLD_SPELLING
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.kea_files.comments import remarks
from kea_hac.kea_files.recognise import recognise
from kea_hac.kea_files.version_evidence import Guess, together, weigh
from kea_hac.source import Reading, read_kea_json
from kea_hac.source.allowed import read_input
from kea_hac.source.document import Document, Joint
from kea_hac.source.files import FileError
from kea_hac.source.include_places import Root
from kea_hac.spec.schema_place import find_schema, schema_line

UNNAMED = "pair"
_MOST_LEFT_OUT = 20
"""Files that are named one by one; the others are counted."""


@dataclass(frozen=True, slots=True)
class Input:
    """The files of one server."""

    label: str
    named: bool
    """True when the user gave the name."""
    files: tuple[Path, ...]
    left_out: tuple[tuple[Path, str], ...] = ()
    """Other files of the folder, each with the reason why it is not imported."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asks for."""

    pair: str | None = None
    target: KeaVersion | None = None
    """The Kea that the spec is for; None: the one that runs."""
    source: KeaVersion | None = None
    """The Kea that runs; None: as the keys look."""
    prefer: str | None = None
    platform: str | None = None
    output: Path | None = None
    """The path of the spec: includes and findings are relative to it."""
    roots: tuple[Root, ...] = ()
    """Where included files are."""
    incomplete: bool = False
    """Write a spec although a part of the files could not be read."""


@dataclass(frozen=True, slots=True)
class Imported:
    """The result."""

    text: str | None
    """The spec; None when the files could not be converted."""
    report: Report
    trips: tuple[Trip, ...] = ()
    source: KeaVersion | None = None
    target: KeaVersion | None = None
    guess: Guess | None = None
    """Why it is that source version, where the user named none."""
    checked: Checked | None = None
    unread: tuple[Unread, ...] = ()
    """Parts of the files that could not be read: nothing is known of them."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a file that could not be read: an include, or all of it."""

    file: str
    """The existing file."""
    where: str
    """PATH:LINE, in an included file as well."""
    message: str


@dataclass(slots=True)
class _Gathered:
    unread: list[Unread] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def import_files(inputs: Sequence[Input], wanted: Wanted) -> Imported:
    """Import. Mistakes in the files are in the result; raises SourceError for a preferences.cfg that cannot be read."""
    gathered = _read(inputs, wanted.roots)
    notes = Notes()
    if gathered.unread and not wanted.incomplete:
        return replace(_failed(gathered, notes), unread=tuple(gathered.unread))
    hosts = _hosts(inputs, gathered, wanted, notes)
    if not hosts:
        return _failed(gathered, notes)
    if not any(list(host.families()) for host in hosts):
        first = next(iter(hosts[0].files.values()))
        message = "there is nothing to serve: no kea-dhcp4.conf and no kea-dhcp6.conf was given"
        notes.note(Finding(NOTHING_TO_SERVE, first.top, message, on_key=True, fix="give the servers' files as well"))
        return _failed(gathered, notes)
    arrangement = arrange(hosts, wanted.prefer, notes)
    text, checked, made = _written(hosts, arrangement, wanted, gathered, notes, _shared_preferences(inputs, gathered))
    report = _report(gathered, notes, checked)
    base = arrangement.base
    unread = tuple(gathered.unread)
    return Imported(text, report, made, base.version, base.target, base.guess, checked, unread)


def _read(inputs: Sequence[Input], roots: Sequence[Root]) -> _Gathered:
    gathered = _Gathered()
    for each in inputs:
        for path in each.files:
            if path.name == PREFERENCES:
                continue
            reading = _reading(path, roots)
            gathered.diagnostics += reading.diagnostics
            gathered.unread += [
                Unread(
                    str(path), f"{each.span.file}:{each.span.line}" if each.span.line else each.span.file, each.message
                )
                for each in reading.diagnostics
                if each.rule.unreadable
            ]
            if reading.document is not None:
                gathered.documents[str(path)] = reading.document
    included = {os.path.realpath(text.path) for document in gathered.documents.values() for text in document.texts}
    left = [each for given in inputs for each in given.left_out if os.path.realpath(each[0]) not in included]
    gathered.skipped += [Skipped(str(path), f"not taken along: {why}") for path, why in left[:_MOST_LEFT_OUT]]
    if len(left) > _MOST_LEFT_OUT:
        gathered.skipped.append(
            Skipped(f"{len(left) - _MOST_LEFT_OUT} more files", "not taken along, and not named here")
        )
    return gathered


def _reading(path: Path, roots: Sequence[Root]) -> Reading:
    """One file, with its comments. The includes of what kea-hac built are files of the DHCP server: none is read."""
    try:
        content = read_input(str(path))
    except FileError:
        content = b""  # the reader reports what is wrong
    built = b"<?include" in content and f'"{STAMP}"'.encode() in content
    return read_kea_json(path, roots=roots, opaque=built, comments=True)


def _guesses(listed: Sequence[Sequence[Document]]) -> list[Guess]:
    """What each server's files are for: one version for all where one can read them all, else each server's own."""
    each = [weigh(documents) for documents in listed]
    common = together(each)
    return [common] * len(each) if common else each


def _hosts(inputs: Sequence[Input], gathered: _Gathered, wanted: Wanted, notes: Notes) -> list[Host]:
    with_files = [each for each in inputs if any(str(path) in gathered.documents for path in each.files)]
    listed = [
        [gathered.documents[str(path)] for path in each.files if str(path) in gathered.documents] for each in with_files
    ]
    guesses = [] if wanted.source else _guesses(listed)
    sources = [
        wanted.source or (guesses[number].source(wanted.target) if wanted.target else guesses[number].version)
        for number in range(len(listed))
    ]
    files = [_given(each, source, gathered, notes) for each, source in zip(with_files, sources, strict=True)]
    kept = [number for number, found in enumerate(files) if found]
    if not kept:
        return []
    targets = [wanted.target or sources[number] for number in kept]
    places = find_places([files[number] for number in kept], targets, wanted.platform, notes)
    for number, where in enumerate(places):
        old = not has(sources[kept[number]], Feature.SUPPORTED_PATHS_ONLY)
        places[number] = replace(where, relative=old and where.platform.relative_names)
        if old and not where.platform.relative_names:
            note_moved(files[kept[number]], sources[kept[number]], where, notes)
    made = [
        Host(
            with_files[number].label,
            with_files[number].named,
            sources[number],
            target,
            located,
            files[number],
            _preferences(with_files[number]),
            guesses[number] if guesses else None,
            wanted.target is not None,
        )
        for number, target, located in zip(kept, targets, places, strict=True)
    ]
    return with_user_files(without_agents(made, notes), notes)


def _given(each: Input, source: KeaVersion, gathered: _Gathered, notes: Notes) -> Mapping[str, Given]:
    """The daemons of one server."""
    files: dict[str, Given] = {}
    for path in each.files:
        document = gathered.documents.get(str(path))
        if document is None:
            continue
        found = recognise(document, source, each.label, _heard(notes), base=(str(path),))
        gathered.skipped += [Skipped(f"{path}: {key}", reason) for key, reason in found.not_judged]
        for configuration in found.configurations:
            name = configuration.daemon.name
            if name in files:
                message = f"{each.label} has another {configuration.daemon.file} in {files[name].path}"
                fix = "give each server's files by NAME=PATH"
                notes.note(Finding(NOT_ONE_PAIR, configuration.config.at, message, on_key=True, fix=fix))
                continue
            saved = isinstance(document.root.get("arguments"), dict)
            files[name] = Given(configuration, str(path), saved)
    return files


def _heard(notes: Notes) -> FindingSink:
    """Old spellings are no findings here: the spec has the new ones, and `translations` reports those of a newer Kea."""
    return lambda finding: None if finding.rule is OLD_SPELLING else notes.note(finding)


def _preferences(each: Input) -> Mapping[str, str] | None:
    path = next((path for path in each.files if path.name == PREFERENCES), None)
    return read_preferences(path) if path else None


def _shared_preferences(inputs: Sequence[Input], gathered: _Gathered) -> Mapping[str, Mapping[str, str]]:
    """The preferences.cfg of hosts without other files: one DHCP agent for all servers."""
    alone = [each for each in inputs if not any(str(path) in gathered.documents for path in each.files)]
    found = {each.label: _preferences(each) for each in alone}
    return {label: entries for label, entries in found.items() if entries is not None}


def _written(
    hosts: Sequence[Host],
    arrangement: Arrangement,
    wanted: Wanted,
    gathered: _Gathered,
    notes: Notes,
    shared: Mapping[str, Mapping[str, str]],
) -> tuple[str, Checked, tuple[Trip, ...]]:
    """The text of the spec, what the rules say of it, and the proof. `shared`: as `Folder.preferences`."""
    spec = fold(Folder(arrangement, _pair_name(hosts, wanted, notes), notes, shared))
    kept = keep_includes(spec, arrangement, gathered.documents, wanted.output)
    spec = kept.spec
    servers = {given.path: host.label for host in hosts for given in host.files.values()}
    headers: dict[str, set[str]] = {}
    for path, document in gathered.documents.items():
        header = headers.setdefault(servers.get(path, path), set())
        notes.take_over(without_repeats(remarks(document, (path,), without=kept.files), header))
    notes.findings += translations(gathered.documents, hosts)
    at = wanted.output or Path("<spec>")

    def compiled(block: Block) -> BuiltSpec:
        return built_spec(load_text(yaml_text(block, {}), at))

    stamped = any(host.stamp for host in hosts)
    spec, built = by_hand(spec, compiled(spec), compiled, arrangement.base.target, stamped=stamped)
    made = tuple(trips(arrangement, built))
    report_losses(made, arrangement, notes)
    notes.findings += lost_preferences(arrangement, built.build)
    text = yaml_text(
        spec,
        rehomed(spec, notes, gathered.documents, arrangement),
        (*_head(wanted), *_gaps(gathered)),
    )
    return text, judged(load_text(text, at)), made


def _head(wanted: Wanted) -> tuple[str, ...]:
    """The line that names the schema for an editor, where there is one."""
    found = find_schema(wanted.output) if wanted.output else None
    return (schema_line(wanted.output, found),) if wanted.output and found else ()


def _gaps(gathered: _Gathered) -> tuple[str, ...]:
    """What the spec lacks because it could not be read."""
    if not gathered.unread:
        return ()
    return ("incomplete: these parts of the files could not be read", *(f"  {each.where}" for each in gathered.unread))


def _pair_name(hosts: Sequence[Host], wanted: Wanted, notes: Notes) -> str:
    if wanted.pair:
        return wanted.pair
    stamp = next((host.stamp for host in hosts if host.stamp), None)
    if stamp is not None and NAME.match(stamp.pair):
        return stamp.pair
    stem = wanted.output.stem if wanted.output else ""
    name = stem if NAME.match(stem) else UNNAMED
    first = next(iter(hosts[0].files.values()))
    message = f"the files have no name for the pair; the spec says `pair: {name}`"
    notes.note(Finding(ASSUMED, first.top, message, on_key=True, fix="--pair NAME says another"))
    return name


def _report(gathered: _Gathered, notes: Notes, checked: Checked) -> Report:
    joint = Joint(dict(gathered.documents))
    diagnostics = [*gathered.diagnostics, *located(notes.findings, joint), *checked.report.diagnostics]
    ordered = sorted(set(diagnostics), key=lambda each: each.sort_key)
    return Report(tuple(ordered), tuple(dict.fromkeys([*gathered.skipped, *checked.report.skipped])))


def _failed(gathered: _Gathered, notes: Notes) -> Imported:
    diagnostics = list(gathered.diagnostics)
    if gathered.documents:
        diagnostics += located(notes.findings, Joint(dict(gathered.documents)))
    return Imported(
        None, Report(tuple(sorted(set(diagnostics), key=lambda each: each.sort_key)), tuple(gathered.skipped))
    )
