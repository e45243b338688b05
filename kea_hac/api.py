"""The stages as functions, the same ones that the commands run: load → resolve → check → compile.

checked = kea_hac.compile_spec(Path("specs/campus.yaml"))
if checked.build is None:
    for diagnostic in checked.report.diagnostics: ...
else:
    for path, content in checked.build.files.items(): ...
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kea_hac.check import check_configs, check_site, check_spec, not_judged, not_judged_of
from kea_hac.check.guessed import under_guess
from kea_hac.check.suppression import suppressed
from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.compile import Compiled, compile_configs, compile_site, unsaid
from kea_hac.compiler.needs import Needs, host_needs
from kea_hac.diagnostics import Diagnostic, Finding, Report, Severity, place
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.model.resolve import resolve
from kea_hac.model.site import Site
from kea_hac.source import Reading, read_yaml, read_yaml_text
from kea_hac.source.allowed import work_tree
from kea_hac.source.document import Document
from kea_hac.spec.guesses import misplaced
from kea_hac.spec.load import SpecFile, read_spec


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec as it was read."""

    path: Path
    document: Document | None
    """None when the text could not be understood at all."""
    spec: SpecFile | None
    """None when there is no document."""
    findings: tuple[Finding, ...]
    diagnostics: tuple[Diagnostic, ...]
    """What the reader of the text found: it has places of its own."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that can be known about a spec offline."""

    path: Path
    site: Site | None
    build: Build | None
    """What `build` would write. None when something is an error."""
    report: Report
    included: tuple[str, ...] = ()
    """The files that it includes, as findings name them."""


def load(path: Path) -> Loaded:
    """Read a spec and all that it includes. Mistakes are in the result, never raised."""
    return loaded(path, read_yaml(path))


def load_text(text: str, path: Path) -> Loaded:
    """Read a spec from a text, as if it stood at `path`: that names it in findings, and is where includes start from."""
    return loaded(path, read_yaml_text(text, str(path), root=work_tree(os.path.realpath(path))))


def loaded(path: Path, reading: Reading) -> Loaded:
    """What was read as a spec: also for a document that was edited."""
    findings: list[Finding] = []
    spec = read_spec(reading.document, findings.append) if reading.document else None
    return Loaded(path, reading.document, spec, tuple(findings), reading.diagnostics)


def judge(loaded: Loaded) -> Checked:
    """Resolve, judge and compile: every finding of one run."""
    seen = _seen(loaded.spec)
    site, configs = seen.site, seen.configs
    findings = [*loaded.findings, *seen.findings]
    guessed = loaded.spec.guessed_version if loaded.spec else None
    if guessed is not None:
        findings = under_guess(findings, guessed, lambda: _with_other_versions(loaded))
    build = None
    if site is not None:
        if site.whole and not _errors(loaded, findings):
            build = compile_site(site, configs, findings.append)
        else:
            unsaid(configs, findings.append)
    report = _report(loaded, findings, complete=build is not None)
    skipped = (*(not_judged(loaded.spec) if loaded.spec else ()), *(not_judged_of(site) if site else ()))
    report = replace(report, skipped=skipped)
    included = tuple(each.path for each in loaded.document.texts[1:]) if loaded.document else ()
    return Checked(loaded.path, site, None if report.at_least(Severity.ERROR) else build, report, included)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the stages make of a spec before anything is built."""

    findings: tuple[Finding, ...] = ()
    site: Site | None = None
    configs: tuple[Compiled, ...] = ()


def _seen(spec: SpecFile | None) -> _Seen:
    if spec is None:
        return _Seen()
    findings = list(check_spec(spec))
    site = resolve(spec, findings.append)
    if site is None:
        return _Seen(tuple(findings))
    findings += check_site(site)
    configs = compile_configs(site, findings.append)
    findings += check_configs(configs)
    return _Seen(tuple(findings), site, configs)


def _with_other_versions(loaded: Loaded) -> Iterator[tuple[KeaVersion, Sequence[Finding]]]:
    """What would be found if the guessed versions were others, the newest first."""
    for branch in reversed(BRANCHES):
        version = KeaVersion(branch)
        if loaded.spec is not None and version != loaded.spec.guessed_version:
            yield version, [*loaded.findings, *_seen(loaded.spec.with_guessed_version(version)).findings]


def _errors(loaded: Loaded, findings: list[Finding]) -> bool:
    return _report(loaded, findings).at_least(Severity.ERROR)


def _report(loaded: Loaded, findings: list[Finding], *, complete: bool = True) -> Report:
    if loaded.document is None:
        return Report(tuple(sorted(loaded.diagnostics, key=lambda each: each.sort_key)))
    placed = [*loaded.diagnostics, *place(findings, loaded.document), *misplaced(loaded.document)]
    kept = suppressed(placed, loaded.document, complete=complete)
    return Report(tuple(sorted(set(kept), key=lambda each: each.sort_key)))


def compile_spec(path: Path) -> Checked:
    """All stages for one file. `build` is what to write, when there is no error."""
    return judge(load(path))


def needs(checked: Checked) -> Mapping[str, Needs]:
    """What each host must provide, by server name. Empty when nothing could be compiled."""
    if checked.site is None or checked.build is None:
        return {}
    return host_needs(checked.site, list(checked.build.artifacts))
