"""`lint` as a function: existing Kea files, judged by the same rules as compiled files. No spec is needed.

Files of one folder belong to one server. Several folders are several servers, which are compared with each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from kea_hac.check.engine import attempt
from kea_hac.check.follow_ups import without_follow_ups
from kea_hac.check.guessed import under_guess
from kea_hac.check.kept_lists import kept_on_servers
from kea_hac.check.rules.expressions import unjudged
from kea_hac.check.rules.ha_channels import passwords_unknown
from kea_hac.check.run import check_files
from kea_hac.check.suppression import ignoring, suppressed
from kea_hac.diagnostics import Diagnostic, Finding, Report, Skipped, ordered
from kea_hac.kea.canonical import STAMP
from kea_hac.kea.platform import platform as kea_platform
from kea_hac.kea.platform import platform_names
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.kea_files.recognise import recognise
from kea_hac.kea_files.spec_instead import SPEC_AS_KEA_FILE, without_specs
from kea_hac.kea_files.version_evidence import Guess, weigh
from kea_hac.locating import located
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass
from kea_hac.source import Reading, read_kea_json
from kea_hac.source.allowed import Files
from kea_hac.source.document import Document
from kea_hac.source.include_places import Root
from kea_hac.source.joint import Joint


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in existing files."""

    report: Report
    guessed: Mapping[str, Guess]
    """The version that each file was judged for and why, where the user set none."""
    configurations: tuple[Configuration, ...]
    documents: Mapping[Path, Document] = field(default_factory=dict)
    """The files that could be read, as they were read."""


def lint(
    paths: Sequence[Path],
    version: KeaVersion | None = None,
    platform: str | None = None,
    arch: str = "amd64",
    roots: Sequence[Root] = (),
    files: Files | None = None,
) -> Linted:
    """Check Kea's own files. Mistakes are in the result, never raised; a file that cannot be read is one of them.

    `platform`, `arch`: of the hosts of these files, as in a spec; without `platform`, paths are not checked. Raises ValueError,
    with the possible names, for an unknown one. `roots`: folders that may be included from, besides the Git work tree (else the
    folder) of each file. `files`: where the files are; the disk, unless others are named.
    """
    diagnostics: list[Diagnostic] = []
    documents: dict[Path, Document] = {}
    unread: list[Skipped] = []
    for path in paths:
        reading = without_specs(path, reading_of(path, roots, files))
        diagnostics += reading.diagnostics
        if reading.unreadable and SPEC_AS_KEA_FILE not in {each.rule for each in reading.diagnostics}:
            # the missing part is unknown, not empty: rules about absent keys would be wrong
            unread.append(Skipped(str(path), "a part of it could not be read, so no rule was applied to it"))
        elif reading.document is not None:
            documents[path] = reading.document
    return lint_documents(documents, version, platform, arch, diagnostics, unread)


def lint_documents(
    documents: Mapping[Path, Document],
    version: KeaVersion | None = None,
    platform: str | None = None,
    arch: str = "amd64",
    read: Iterable[Diagnostic] = (),
    unread: Iterable[Skipped] = (),
) -> Linted:
    """As `lint`, for files that were read already. `read`: what their reader found; `unread`: files that it could not read."""
    diagnostics = list(read)
    guesses = {} if version else _guesses(documents)
    versions = {path: version or guesses[path.parent].version for path in documents}
    host = HostPlatform(platform, arch) if platform else None
    seen = _seen(documents, versions, host)
    findings = list(seen.findings)
    if guesses:
        findings = _under_guess(findings, documents, guesses, host)
    configurations = list(seen.configurations)
    skipped = [*unread, *seen.skipped]
    judged = {configuration.config.at[0] for configuration in configurations}
    guessed = {str(path): guesses[path.parent] for path in documents if guesses and str(path) in judged}
    if documents:
        joint = Joint({str(path): document for path, document in documents.items()})
        comments = [each for document in documents.values() for each in document.suppressions]
        own = without_follow_ups(findings, ignoring(joint, comments))
        diagnostics += located(own, joint)
        diagnostics = suppressed(diagnostics, *documents.values())
    skipped += [each for configuration in configurations for each in unjudged(configuration.known())]
    skipped += dict.fromkeys(each for configuration in configurations for each in kept_on_servers(configuration))
    skipped += dict.fromkeys(passwords_unknown(tuple(each.known() for each in configurations)))
    if configurations and platform is None:
        names = "|".join(platform_names())
        reason = f"the files do not name a platform; give one with --platform {names}"
        skipped.append(Skipped("the host's paths", reason))
    return Linted(Report(ordered(diagnostics), tuple(skipped)), guessed, tuple(configurations), documents)


def reading_of(path: Path, roots: Sequence[Root] = (), files: Files | None = None) -> Reading:
    """One file. What kea-hac built includes files of the DHCP server only: where one is not here, none is read."""
    reading = read_kea_json(path, roots=roots, files=files)
    if not reading.unreadable:
        return reading
    opaque = read_kea_json(path, roots=roots, opaque=True, files=files)
    found = opaque.document
    tops = [top for top in found.root.values() if isinstance(top, dict)] if found is not None else []
    contexts = [top.get("user-context") for top in tops]
    built = any(isinstance(context, dict) and STAMP in context for context in contexts)
    return opaque if built else reading


class HostPlatform(NamedTuple):
    """The platform and architecture of the files' hosts, as in a spec."""

    platform: str
    arch: str


@dataclass(frozen=True, slots=True)
class _Seen:
    findings: tuple[Finding, ...]
    configurations: tuple[Configuration, ...]
    skipped: tuple[Skipped, ...]


def _guesses(documents: Mapping[Path, Document]) -> Mapping[Path, Guess]:
    """By folder: the files of one folder belong to one server."""
    folders: dict[Path, list[Document]] = {}
    for path, document in documents.items():
        folders.setdefault(path.parent, []).append(document)
    return {folder: weigh(stored) for folder, stored in folders.items()}


def _seen(documents: Mapping[Path, Document], versions: Mapping[Path, KeaVersion], host: HostPlatform | None) -> _Seen:
    """What the rules find when each file is for its version."""
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    configurations: list[Configuration] = []
    for path, document in documents.items():
        read_it = partial(recognise, document, versions[path], str(path.parent), findings.append, base=(str(path),))
        found = attempt("reading the file", read_it, findings.append)
        if found is None:
            continue
        where = kea_platform(host.platform, host.arch, versions[path]) if host else None
        configurations += (replace(each, platform=where) for each in found.configurations)
        skipped += [Skipped(f"{path}: {key}", reason) for key, reason in found.not_judged]
    findings += check_files(tuple(configurations))
    return _Seen(tuple(findings), tuple(configurations), tuple(skipped))


def _under_guess(
    findings: list[Finding],
    documents: Mapping[Path, Document],
    guesses: Mapping[Path, Guess],
    host: HostPlatform | None,
) -> list[Finding]:
    """Errors of a guessed version alone are warnings. A file's other versions are those that can read its server's files."""

    def others(guessed: KeaVersion) -> Iterator[tuple[KeaVersion, Sequence[Finding]]]:
        for branch in reversed(BRANCHES):
            version = KeaVersion(branch)
            able = {folder for folder, guess in guesses.items() if branch in guess.able and guess.version == guessed}
            if able and version != guessed:
                versions = {
                    path: version if path.parent in able else guesses[path.parent].version for path in documents
                }
                yield version, _seen(documents, versions, host).findings

    for guessed in sorted({guess.version for guess in guesses.values()}, key=str):
        alternatives = partial(others, guessed)
        findings = under_guess(findings, guessed, alternatives, part=1)
    return findings
