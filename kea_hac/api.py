"""The stages as functions, as the commands use them: load → resolve → check → compile.

checked = kea_hac.compile_spec(Path("specs/campus.yaml"))
if checked.build is None:
    for diagnostic in checked.report.diagnostics: ...
else:
    for path, content in checked.build.files.items(): ...
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.check.engine import attempt
from kea_hac.check.follow_ups import unread_values, without_follow_ups, without_second_findings
from kea_hac.check.guessed import under_guess
from kea_hac.check.run import check_configs, check_site, check_spec, known_configs, not_judged, not_judged_of
from kea_hac.check.suppression import ignoring, suppressed
from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.compile import Compiled, compile_configs, compile_site, unsupported
from kea_hac.diagnostics import Diagnostic, Finding, FindingSink, Report, Severity, Skipped, ordered, rule
from kea_hac.kea.config import Once
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.kea_files.recognise import daemon_of
from kea_hac.locating import located
from kea_hac.model.configuration import Configuration
from kea_hac.model.resolve import resolve
from kea_hac.model.site import Site
from kea_hac.records import dataclass
from kea_hac.source import Reading, read_kea_json, read_yaml, read_yaml_text
from kea_hac.source.allowed import Disk, Files, work_tree
from kea_hac.source.document import Document, Map
from kea_hac.spec.guesses import misplaced
from kea_hac.spec.load import SpecFile, read_spec

if TYPE_CHECKING:
    from kea_hac.compiler.needs import Needs


@dataclass(frozen=True, slots=True)
class Loaded:
    """A spec as it was read."""

    path: Path
    document: Document | None
    """None when the file could not be parsed."""
    spec: SpecFile | None
    """None when there is no document, or when it could not be read at all."""
    findings: tuple[Finding, ...]
    diagnostics: tuple[Diagnostic, ...]
    """Findings of the reader, which already have positions."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that can be known about a spec offline."""

    path: Path
    site: Site | None
    build: Build | None
    """What `build` would write. None when something is an error."""
    report: Report
    included: tuple[str, ...] = ()
    """The included files, by the names that findings use."""
    configs: tuple[Compiled, ...] = ()
    """The configurations, as far as they can be compiled where something is an error."""


KEA_FILE = rule(
    "KH116",
    "kea-file-as-spec",
    why="The file is a configuration file of Kea, not a spec of kea-hac. Nothing can be compiled from it.",
    source="the spec language",
    unreadable=True,
)


def load(path: Path, disk: Disk | None = None) -> Loaded:
    """Read a spec and all that it includes. Mistakes are in the result, never raised. `disk`: of a run over many."""
    reading = read_yaml(path, files=disk)
    supplied = reading.document
    if supplied is None and path.suffix in (".conf", ".json"):
        supplied = read_kea_json(path).document
    daemon = daemon_of(supplied.root) if supplied is not None and "kea-hac" not in supplied.root else None
    if supplied is None or daemon is None:
        return loaded(path, reading)
    message = f"this is a configuration of Kea ({daemon!r}), not a spec"
    fix = f"to check it, run `kea-hac lint {path}`; to write a spec from it, run `kea-hac import {path}`"
    finding = Finding(KEA_FILE, (daemon,), message, on_key=True, fix=fix)
    return Loaded(path, supplied, None, (finding,), ())


def load_from(path: Path, files: Files) -> Loaded:
    """Read a spec and all that it includes from other files than those of the disk: a revision of Git."""
    return loaded(path, read_yaml(path, files=files))


def load_text(text: str, path: Path) -> Loaded:
    """Read a spec from a string, as if it were the file `path`: findings use that name, and includes start from it."""
    return loaded(path, read_yaml_text(text, str(path), root=work_tree(os.path.realpath(path))))


def loaded(path: Path, reading: Reading) -> Loaded:
    """The spec of a document that was read, or edited in memory."""
    findings: list[Finding] = []
    spec = _spec_of(reading.document, findings) if reading.document else None
    return Loaded(path, reading.document, spec, tuple(findings), reading.diagnostics)


def _spec_of(document: Document, findings: list[Finding]) -> SpecFile | None:
    """Read a spec. A part that stops the reader is named, and everything else is read and judged without it."""
    read: list[Finding] = []
    spec = attempt("the reading of the spec", partial(read_spec, document, read.append), read.append)
    if spec is not None:
        findings += read
        return spec
    stopped = read[-1]
    for key in document.root:
        rest: list[Finding] = []
        unheard: list[Finding] = []
        spec = attempt(
            "the reading of the spec", partial(read_spec, _without(document, key), rest.append), unheard.append
        )
        if spec is None:  # another part stops the reader, or several do
            continue
        findings.append(replace(stopped, at=(key,), on_key=True))
        findings += (each for each in rest if key not in each.lacks)
        return replace(spec, document=document, broken=spec.broken | {key})
    findings.append(stopped)
    return None


def _without(document: Document, key: str) -> Document:
    """The document without one of its keys at the top."""
    root = Map()
    for number, (each, value) in enumerate(document.root.items()):
        if each != key:
            root[each] = value
            root.spans += document.root.spans[2 * number : 2 * number + 2]
    return replace(document, root=root)


def judge(loaded: Loaded) -> Checked:
    """Resolve, check and compile. The result contains all findings of the run, and never raises for a mistake in the spec."""
    seen = _seen(loaded.spec)
    site, configs = seen.site, seen.configs
    findings = [*loaded.findings, *seen.findings]
    guessed = loaded.spec.guessed_version if loaded.spec else None
    if guessed is not None:
        findings = under_guess(findings, guessed, lambda: _with_other_versions(loaded))
    placed, errors = None, _may_be_errors(loaded, findings)
    if errors:  # a comment beside each may let it through
        placed = _placed(loaded, findings)
        errors = _report(loaded, placed, complete=False).at_least(Severity.ERROR)
    reported = len(findings)
    build = None
    if site is not None:
        build = _built(seen, site, findings.append, errors=errors)
    if placed is None or len(findings) > reported:  # else the places are known: finding them takes long for many
        placed = _placed(loaded, findings)
    shown = _report(loaded, placed, complete=build is not None).diagnostics
    report = Report(shown, _skipped(loaded.spec, seen.judged))
    included = tuple(each.path for each in loaded.document.texts[1:]) if loaded.document else ()
    return Checked(loaded.path, site, None if report.at_least(Severity.ERROR) else build, report, included, configs)


def _may_be_errors(loaded: Loaded, findings: list[Finding]) -> bool:
    """False where no place has to be known to say that nothing reported will be an error."""
    commented = loaded.document is not None and loaded.document.suppressions  # a comment can be an error itself
    found: tuple[Diagnostic | Finding, ...] = (*loaded.diagnostics, *findings)
    return bool(commented) or any((each.severity or each.rule.severity) is Severity.ERROR for each in found)


def _built(seen: _Seen, site: Site, note: FindingSink, *, errors: bool) -> Build | None:
    """The build, where the site is complete and there is no error.

    Rules check the keys that the vocabulary knows. The build also contains unknown keys that a comment permits.
    """
    if not site.whole or errors:
        attempt("the spelling for each version", partial(unsupported, seen.configs, note, seen.once), note)
        return None
    written: tuple[Compiled, ...] | None = seen.configs
    if seen.known is not site:
        written = attempt("the compiler", partial(compile_configs, site, _unheard), note)
    if written is None:
        return None
    return attempt("the compiler", partial(compile_site, site, written, note, seen.once), note)


def _unheard(finding: Finding) -> None:
    """For a second compilation, whose findings were reported the first time."""


def _skipped(spec: SpecFile | None, judged: tuple[Configuration, ...]) -> tuple[Skipped, ...]:
    return (*not_judged(spec), *not_judged_of(judged)) if spec else ()


@dataclass(frozen=True, slots=True)
class _Seen:
    """The results of the stages before the build."""

    findings: tuple[Finding, ...] = ()
    site: Site | None = None
    known: Site | None = None
    """What the vocabulary knows of the site."""
    configs: tuple[Compiled, ...] = ()
    judged: tuple[Configuration, ...] = ()
    """The configurations as rules get them."""
    once: Once = field(default_factory=Once)


def _seen(spec: SpecFile | None) -> _Seen:
    if spec is None:
        return _Seen()
    findings = list(check_spec(spec))
    note = findings.append
    site = attempt("reading the servers and relationships", partial(resolve, spec, note), note)
    if site is None:
        return _Seen(tuple(findings))
    known = site.known(spec.once)
    findings += check_site(known)
    configs = attempt("the compiler", partial(compile_configs, known, note), note) or ()
    judged = known_configs(configs, spec.once)
    findings += check_configs(judged)
    return _Seen(tuple(findings), site, known, configs, judged, spec.once)


def _with_other_versions(loaded: Loaded) -> Iterator[tuple[KeaVersion, Sequence[Finding]]]:
    """What would be found if the guessed versions were others, the newest first."""
    for branch in reversed(BRANCHES):
        version = KeaVersion(branch)
        if loaded.spec is not None and version != loaded.spec.guessed_version:
            yield version, [*loaded.findings, *_seen(loaded.spec.with_guessed_version(version)).findings]


def _placed(loaded: Loaded, findings: list[Finding]) -> list[Diagnostic]:
    """The findings with their places, those of the reader among them."""
    document = loaded.document
    if document is None:
        return list(loaded.diagnostics)
    own = without_follow_ups(findings, ignoring(document, document.suppressions), unread_values(document))
    return [*loaded.diagnostics, *located(own, document), *misplaced(document)]


def _report(loaded: Loaded, placed: list[Diagnostic], *, complete: bool = True) -> Report:
    """What is reported of all that was found."""
    document = loaded.document
    if document is not None:
        placed = without_second_findings(suppressed(placed, document, complete=complete and not document.lost))
    return Report(ordered(placed))


def compile_spec(path: Path) -> Checked:
    """All stages for one file. `build` is what to write, when there is no error."""
    return judge(load(path))


def judge_site(site: Site) -> tuple[Build | None, tuple[Finding, ...]]:
    """Judge and compile a resolved site that no file contains. The build is None when something is an error."""
    once = Once()
    findings: list[Finding] = list(check_site(site.known(once)))
    configs = compile_configs(site, findings.append)
    findings += check_configs(known_configs(configs, once))
    build = compile_site(site, configs, findings.append, once)
    wrong = any((each.severity or each.rule.severity) is Severity.ERROR for each in findings)
    return None if wrong else build, tuple(findings)


def needs(checked: Checked) -> Mapping[str, Needs]:
    """What each host must provide, by server name. Empty when nothing could be compiled."""
    if checked.site is None or checked.build is None:
        return {}
    from kea_hac.compiler.needs import host_needs  # few commands show them

    return host_needs(checked.site, list(checked.build.artifacts))
