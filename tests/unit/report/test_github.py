"""Annotations on a pull request."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from kea_hac.diagnostics import Report, Severity, Skipped, Span
from kea_hac.report import github
from tests.unit.report.samples import EVERYTHING, OLD, POOL, marked, span


def test_everything(snapshot: SnapshotAssertion) -> None:
    shown = github.render(EVERYTHING)
    assert (
        "::error file=specs/campus.yaml,line=114,col=17,endLine=114,endColumn=38,title=KH299 pool-elsewhere::the"
        in shown
    )
    assert shown == snapshot


def test_columns_only_within_one_line() -> None:
    """GitHub refuses an annotation with columns whose lines differ."""
    assert github.render(Report((OLD,))).startswith("::notice file=specs/campus.yaml,line=30,endLine=34,title=")


def test_a_whole_file_has_no_line() -> None:
    whole = replace(POOL, span=Span("a.yaml", 0, 0, 0, 0))
    assert github.render(Report((whole,))).startswith("::error file=a.yaml,title=KH299")


def test_escaping() -> None:
    found = replace(marked("x", 1, 2, message="50% of a,b:\r\nc"), span=Span("a,b:c%\n.yaml", 1, 1, 1, 2))
    assert github.render(Report((found,))) == (
        "::error file=a%2Cb%3Ac%25␊.yaml,line=1,col=1,endLine=1,endColumn=2,title=KH199 old-word::50%25 of a,b:␍␊c\n"
    )


def test_paths_are_those_of_the_work_tree() -> None:
    assert "file=dhcp/specs/campus.yaml," in github.render(Report((POOL,)), folder="dhcp")
    outside = replace(POOL, span=replace(POOL.span, file="/srv/a.yaml"))
    assert "file=/srv/a.yaml," in github.render(Report((outside,)), folder="dhcp")
    above = replace(POOL, span=replace(POOL.span, file="../a.yaml"))
    assert "file=a.yaml," in github.render(Report((above,)), folder="dhcp")


def test_a_note_on_a_file() -> None:
    assert (
        github.note("error", "build/a,b", "stale: x", "50%\n", folder="")
        == "::error file=build/a%2Cb,title=stale%3A x::50%25%0A\n"
    )


def test_ten_of_a_kind_errors_first() -> None:
    """GitHub ignores the eleventh annotation of a kind."""
    found = [replace(POOL, severity=severity, span=span(n, 1, 2)) for n in range(1, 16) for severity in Severity]
    lines = github.render(Report(tuple(found)))
    kinds = [line.split(" ")[0] for line in lines.splitlines()]
    ordered, left = github.of_a_step(lines, summary=False)
    assert [line.split(" ")[0] for line in ordered.splitlines()] == sorted(
        kinds, key=["::error", "::warning", "::notice"].index
    )
    assert left == 0
    many = "".join(f"::{kind} file=a::x{n}\n" for n in range(12) for kind in ("notice", "error"))
    cut, left = github.of_a_step(many, summary=True)
    assert cut == "".join(f"::{kind} file=a::x{n}\n" for kind in ("error", "notice") for n in range(10))
    assert left == 4


@given(st.text(), st.text(), st.text())
def test_no_text_can_start_a_command_of_its_own(message: str, file: str, reason: str) -> None:
    found = replace(marked("x", 1, 2, message=message), span=Span(file, 1, 1, 1, 2))
    shown = github.render(Report((found,), (Skipped(message, reason),)))
    assert shown.count("\n") == 2
    assert "\r" not in shown
