"""What `build` writes, `lint` judges as `validate` judges the spec: the same rules, the same words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import kea_hac
from kea_hac.check.examples import example
from kea_hac.check.registry import ONE_SIDED
from kea_hac.check.run import check_files
from kea_hac.compiler.compile import compile_configs, compile_site
from kea_hac.diagnostics import Diagnostic, Finding
from kea_hac.kea_files.recognise import recognise
from kea_hac.linting import reading_of
from kea_hac.locating import located
from kea_hac.source.document import Document
from kea_hac.source.joint import Joint
from tests.examples import written
from tests.shipped import SHIPPED, for_version

CASES = sorted((Path(__file__).parent / "cases" / "ok").glob("*.yaml"))
_SERVERS = re.compile(r"^on \S+(?: and \S+)* ")
Said = set[tuple[str, str, str]]


def _said(diagnostics: Iterable[Diagnostic]) -> Said:
    """Code, severity and message, without the server that a spec has to name."""
    return {(each.rule.code, str(each.severity), _SERVERS.sub("", each.message)) for each in diagnostics}


def _of_the_spec(path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """What is found in a spec, with what a comment lets through."""
    with monkeypatch.context() as patched:
        patched.setattr("kea_hac.api.suppressed", lambda found, document, **options: list(found))
        return _said(kea_hac.compile_spec(path).report.diagnostics)


def _of_the_files(checked: kea_hac.Checked, folder: Path) -> Said:
    """What is found in the files of its build, each as a file of its server, version and platform."""
    assert checked.build is not None
    assert checked.site is not None
    findings: list[Finding] = []
    documents: dict[str, Document] = {}
    configurations = []
    for node in checked.site.nodes:
        for path in _written(checked.build, node.name, folder):
            document = reading_of(path).document
            assert document is not None
            documents[str(path)] = document
            found = recognise(document, node.version, node.name, findings.append, base=(str(path),))
            configurations += [replace(each, platform=node.platform) for each in found.configurations]
    findings += check_files(tuple(configurations))
    return _said(located(findings, Joint(documents)))


def _written(build: kea_hac.Build, server: str, folder: Path) -> Iterator[Path]:
    for name, content in build.files.items():
        if name.startswith(f"{server}/") and name.endswith(".conf"):
            path = folder / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(content)
            yield path


@pytest.mark.parametrize("spec", [*SHIPPED, *CASES], ids=lambda path: path.stem)
def test_lint_of_a_build_finds_what_validate_finds(spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = 0
    for version in (None, "2.2", "2.4", "2.6", "3.0", "3.2"):
        path = for_version(spec, version, tmp_path / "specs" / version) if version else spec
        checked = kea_hac.compile_spec(path)
        if checked.build is None:
            continue  # this version cannot express the spec
        judged += 1
        written, compiled = _of_the_spec(path, monkeypatch), _of_the_files(checked, tmp_path / str(version))
        only_files = {each for each in compiled - written if each[0] not in ONE_SIDED}
        only_spec = {each for each in written - compiled if each[0] not in ONE_SIDED}
        assert (only_spec, only_files) == (set(), set()), version
    assert judged


FOUND_IN_BOTH = ("KH604", "KH607", "KH608", "KH610", "KH612", "KH614", "KH615", "KH660", "KH661", "KH662", "KH663")
"""Of the HA parameters that a spec derives. KH613 is not here: a compiled entry has no url then, which is KH125 in a file."""


@pytest.mark.parametrize("code", FOUND_IN_BOTH)
def test_a_mistake_of_a_spec_is_found_in_its_files_too(code: str, tmp_path: Path) -> None:
    """An error stops `build`, so the files are compiled here in spite of it."""
    shown = example(code)
    assert shown is not None
    (path,) = written(shown, shown.bad, tmp_path)
    checked = kea_hac.compile_spec(tmp_path / path)
    assert checked.site is not None
    build = compile_site(checked.site, compile_configs(checked.site, _unheard), _unheard)
    files = _of_the_files(replace(checked, build=build), tmp_path / "files")
    assert code in {each.rule.code for each in checked.report.diagnostics}
    assert code in {each[0] for each in files}


def _unheard(finding: Finding) -> None:
    """The findings of the compiler are in the report."""


def test_every_exception_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = set()
    for number, spec in enumerate([*SHIPPED, *CASES]):
        checked = kea_hac.compile_spec(spec)
        found = _of_the_files(checked, tmp_path / str(number)) ^ _of_the_spec(spec, monkeypatch)
        needed |= {code for code, _, _ in found}
    assert needed == set(ONE_SIDED)
