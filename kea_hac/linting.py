"""`lint` as a function: existing Kea files, judged by the rules that judge what we compile. No spec needed.

Files of one folder are one server's; several folders given together are servers that are held against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kea_hac.check.files import check_files
from kea_hac.check.rules.expressions import unjudged
from kea_hac.check.suppression import suppressed
from kea_hac.diagnostics import Diagnostic, Finding, Report, Skipped, place
from kea_hac.importer.recognise import guess, recognise
from kea_hac.kea.platform import platform as kea_platform
from kea_hac.kea.platform import platform_names
from kea_hac.kea.version import KeaVersion
from kea_hac.model.configuration import Configuration
from kea_hac.source import read_kea_json
from kea_hac.source.document import Document, Joint


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in existing files."""

    report: Report
    guessed: Mapping[str, KeaVersion]
    """The version that each file was judged for, where nobody said one."""
    configurations: tuple[Configuration, ...]


def lint(
    paths: Sequence[Path],
    version: KeaVersion | None = None,
    platform: str | None = None,
    arch: str = "amd64",
    roots: Sequence[Path] = (),
) -> Linted:
    """Judge Kea's own files. Mistakes are in the result, never raised; a file that cannot be read is one of them.

    `platform`, `arch`: what a spec calls the hosts of these files; without it, paths are not held against it. Raises
    ValueError, whose text names those possible, for one that is not known. `roots`: folders that may be included from, besides
    the Git work tree (else the folder) of each file.
    """
    diagnostics: list[Diagnostic] = []
    documents: dict[Path, Document] = {}
    for path in paths:
        reading = read_kea_json(path, roots=roots)
        diagnostics += reading.diagnostics
        if reading.document is not None:
            documents[path] = reading.document
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    guessed: dict[str, KeaVersion] = {}
    configurations: list[Configuration] = []
    for path, document in documents.items():
        server = [other for at, other in documents.items() if at.parent == path.parent]
        target = version or guess(server)
        found = recognise(document, target, str(path.parent), findings.append, base=(str(path),))
        host = kea_platform(platform, arch, target) if platform else None
        configurations += (replace(each, platform=host) for each in found.configurations)
        if version is None and found.configurations:
            guessed[str(path)] = target
        skipped += [Skipped(f"{path}: {key}", reason) for key, reason in found.not_judged]
    findings += check_files(tuple(configurations))
    if documents:
        diagnostics += place(findings, Joint({str(path): document for path, document in documents.items()}))
        for document in documents.values():
            diagnostics = suppressed(diagnostics, document)
    skipped += [each for configuration in configurations for each in unjudged(configuration)]
    if configurations and platform is None:
        names = "|".join(platform_names())
        reason = f"a file does not say which platform it is for: --platform {names} does"
        skipped.append(Skipped("the host's paths", reason))
    ordered = sorted(set(diagnostics), key=lambda each: each.sort_key)
    return Linted(Report(tuple(ordered), tuple(skipped)), guessed, tuple(configurations))
