"""`import`, its first stage: the files of several servers → documents, versions and hosts, with what could not be read.

Nothing is arranged or written here. A part that cannot be read is unknown, not empty.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from kea_hac.compiler.preference_files import PREFERENCES
from kea_hac.diagnostics import Diagnostic, Finding, FindingSink, Skipped
from kea_hac.importing.directories import find_places, note_moved
from kea_hac.importing.hosts import Host, InputFile
from kea_hac.importing.notes import NOT_ONE_PAIR, Notes
from kea_hac.importing.preferences import read_preferences
from kea_hac.importing.shown_options import own_values
from kea_hac.importing.user_files import with_user_files
from kea_hac.importing.without_agent import without_agents
from kea_hac.kea.canonical import STAMP
from kea_hac.kea.synonyms import OLD_SPELLING
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.kea_files.recognise import recognise
from kea_hac.kea_files.spec_instead import SPEC_AS_KEA_FILE, without_specs
from kea_hac.kea_files.version_evidence import Guess, together, weigh
from kea_hac.records import dataclass
from kea_hac.source import Reading, read_kea_json
from kea_hac.source.allowed import read_input
from kea_hac.source.document import Document
from kea_hac.source.files import FileError
from kea_hac.source.include_places import Root

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
class ImportRequest:
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
class UnreadPart:
    """A part of a file that could not be read: an include, or all of it."""

    file: str
    """The existing file."""
    where: str
    """PATH:LINE, in an included file as well."""
    message: str


@dataclass(slots=True)
class Gathered:
    """What was read, and what could not be."""

    unread: list[UnreadPart] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read_files(inputs: Sequence[Input], roots: Sequence[Root]) -> Gathered:
    """Read the files of all servers. Nothing is raised for what is in them."""
    gathered = Gathered()
    for each in inputs:
        for path in each.files:
            if path.name == PREFERENCES:
                continue
            reading = _reading(path, roots)
            gathered.diagnostics += reading.diagnostics
            gathered.unread += [
                UnreadPart(
                    str(path), f"{each.span.file}:{each.span.line}" if each.span.line else each.span.file, each.message
                )
                for each in reading.diagnostics
                if each.rule.unreadable and each.rule is not SPEC_AS_KEA_FILE
            ]
            if reading.document is not None:
                gathered.documents[str(path)] = reading.document
    included = {os.path.realpath(text.path) for document in gathered.documents.values() for text in document.texts}
    left = [each for supplied in inputs for each in supplied.left_out if os.path.realpath(each[0]) not in included]
    gathered.skipped += [Skipped(str(path), f"not imported: {why}") for path, why in left[:_MOST_LEFT_OUT]]
    if len(left) > _MOST_LEFT_OUT:
        gathered.skipped.append(
            Skipped(f"{len(left) - _MOST_LEFT_OUT} more files", "not imported, and not listed here")
        )
    return gathered


def _reading(path: Path, roots: Sequence[Root]) -> Reading:
    """One file, with its comments. The includes of what kea-hac built are files of the DHCP server: none is read."""
    try:
        content = read_input(str(path))
    except FileError:
        content = b""  # the reader reports what is wrong
    built = b"<?include" in content and f'"{STAMP}"'.encode() in content
    return without_specs(path, read_kea_json(path, roots=roots, opaque=built, comments=True))


def _guesses(listed: Sequence[Sequence[Document]]) -> list[Guess]:
    """What each server's files are for: one version for all where one can read them all, else each server's own."""
    each = [weigh(documents) for documents in listed]
    common = together(each)
    return [common] * len(each) if common else each


def hosts_of(inputs: Sequence[Input], gathered: Gathered, wanted: ImportRequest, notes: Notes) -> list[Host]:
    """The servers, each with its version, its directories and its daemons. Mistakes go to `notes`."""
    with_files = [each for each in inputs if any(str(path) in gathered.documents for path in each.files)]
    listed = [
        [gathered.documents[str(path)] for path in each.files if str(path) in gathered.documents] for each in with_files
    ]
    guesses = [] if wanted.source else _guesses(listed)
    sources = [
        wanted.source or (guesses[number].source(wanted.target) if wanted.target else guesses[number].version)
        for number in range(len(listed))
    ]
    files = [_input_files(each, source, gathered, notes) for each, source in zip(with_files, sources, strict=True)]
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
    result = [
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
    return with_user_files(without_agents(result, notes), notes)


def _input_files(each: Input, source: KeaVersion, gathered: Gathered, notes: Notes) -> Mapping[str, InputFile]:
    """The daemons of one server."""
    files: dict[str, InputFile] = {}
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
            if saved:
                values = own_values(configuration.daemon, configuration.config, source, None)
                files[name] = InputFile(replace(configuration, config=values), str(path), saved)
            else:
                files[name] = InputFile(configuration, str(path), saved)
    return files


def _heard(notes: Notes) -> FindingSink:
    """Old spellings are no findings here: the spec has the new ones, and `translations` reports those of a newer Kea."""
    return lambda finding: None if finding.rule is OLD_SPELLING else notes.note(finding)


def _preferences(each: Input) -> Mapping[str, str] | None:
    path = next((path for path in each.files if path.name == PREFERENCES), None)
    return read_preferences(path) if path else None


def shared_preferences(inputs: Sequence[Input], gathered: Gathered) -> Mapping[str, Mapping[str, str]]:
    """The preferences.cfg of hosts without other files: one DHCP agent for all servers."""
    alone = [each for each in inputs if not any(str(path) in gathered.documents for path in each.files)]
    found = {each.label: _preferences(each) for each in alone}
    return {label: entries for label, entries in found.items() if entries is not None}
