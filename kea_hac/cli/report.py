"""`kea-hac report`: specs as one HTML page to look at: servers, channels, failover, subnets, findings, changes, drift."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import FAILED, told
from kea_hac.cli.diff import (
    ANY,
    AllowPlain,
    BaseFrom,
    CaCert,
    Cert,
    Credentials,
    KeyFile,
    Secrets,
    Timeout,
    TrustOption,
    check_names,
    refuse_for_several,
    resolver,
    verdicts_of,
)
from kea_hac.cli.diff import exit_code as drift_code
from kea_hac.cli.options import Failing, Jobs, SpecsOrSettings
from kea_hac.cli.review import review_code
from kea_hac.cli.revision import folder_of, inputs_of_both, review_pairs
from kea_hac.cli.run import SpecOutcome, exit_code, input_count, merged, run_inputs
from kea_hac.cli.settings import Rules, fail_on_of, reads_all, require_version, settings_for, specs_of, with_settings
from kea_hac.cli.terminal import complain, put, say
from kea_hac.errors import UsageError
from kea_hac.records import dataclass

if TYPE_CHECKING:
    from kea_hac.api import Checked
    from kea_hac.cli.diff_pair import Asking, Question
    from kea_hac.config import Settings
    from kea_hac.diagnostics import Report
    from kea_hac.report.results import FleetMember
    from kea_hac.report_page.page import PairSection
    from kea_hac.review.run import Reviewed

_SPEC = "spec"
_AT_ONCE = 8
"""Pairs whose servers are asked at the same time."""
_STDOUT = "-"
_MARKS = (b"<!DOCTYPE html>", b"kea-hac report")
"""What the beginning of a page contains."""
_BEGIN = 16_384

Out = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="The file to write the page to. Default, or -: stdout."),
]
Force = Annotated[
    bool, typer.Option("--force", help="Overwrite an existing file, also one that is no report of kea-hac.")
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="REV",
        help="Also show what changes since this revision: a branch, a tag or a commit, with ~N.",
    ),
]
Live = Annotated[
    list[str] | None,
    typer.Option(
        "--live",
        metavar="spec|WHERE",
        help="Also ask the servers, and show drift and health: `spec` for the addresses in the spec; NAME=URL or NAME/dhcp4=URL instead of "
        "one of them; or a folder of saved answers. Can be repeated. Without this option no server is asked.",
    ),
]
Tree = Annotated[
    Path,
    typer.Option("--build", metavar="DIR", help="With --live: the output tree of kea-hac build, with what was loaded."),
]


def report(
    specs: SpecsOrSettings = None,
    output: Out = None,
    force: Force = False,
    since: Since = None,
    live: Live = None,
    base: BaseFrom = None,
    build: Tree = Path("build"),
    credentials: Credentials = None,
    trust: TrustOption = None,
    allow_plain_http: AllowPlain = False,
    cacert: CaCert = None,
    cert: Cert = None,
    key: KeyFile = None,
    secrets: Secrets = None,
    timeout: Timeout = 30.0,
    fail_on: Failing = None,
    jobs: Jobs = 1,
) -> int:
    """Write one HTML page on pairs: who connects to whom, the failover in time, every subnet, findings, changes, drift.

    Exit code 0: nothing to report; 1: findings, drift, or a change beyond a limit; 2: something could not be read or written.
    """
    from kea_hac.cli.fleet import over_the_fleet
    from kea_hac.cli.inputs import find

    out = None if output in (None, _STDOUT) else Path(str(output))
    _refuse(out, force=force)
    if live is None and (base or credentials or trust or allow_plain_http or cacert or cert or key or secrets):
        raise UsageError(
            "--base, --credentials, --trust, --secrets and the options for TLS are for servers: use them together with --live"
        )
    settings = settings_for(specs or ())
    named, failing = specs_of(specs, settings), fail_on_of(fail_on, settings)
    inputs = find(named)
    asking = None
    if live is not None:
        asking = _asking(live, base, build, (credentials, cacert, cert, key), trust, secrets, timeout, allow_plain_http)
        if len(inputs.paths) > 1:
            refuse_for_several([each for each in live if each != _SPEC], trust or (), adopt=False)
            asking = replace(asking, fleet=True)
    outcomes = run_inputs(inputs, jobs=1 if asking else jobs, work=partial(_made, asking=asking))
    complete = reads_all(inputs, named, settings) and all(each.member for each in outcomes)
    found = with_settings(merged(outcomes, over_the_fleet(outcomes)), settings, complete=complete)
    problems = [*inputs.problems, *(each.problem for each in outcomes if each.problem)]
    lives = _asked(outcomes) if asking is not None else None
    reviewed = _reviewed(named, specs, since, jobs) if since is not None else None
    _write(out, _page(outcomes, found, problems, reviewed, lives))
    for problem in (*problems, *(reviewed.problems if reviewed else ()), *_not_compared(lives or ())):
        complain(problem)
    say(_summary(found, outcomes, out))
    codes = [exit_code(found, problems, failing)]
    codes += [review_code(reviewed, failing)] if reviewed is not None else []
    codes += [_live_code(each) for _, each in lives or ()]
    return FAILED if FAILED in codes else max(codes)


@dataclass(frozen=True, slots=True)
class _Made:
    """What the page needs of one spec."""

    section: PairSection
    question: Question | None
    """To its servers, with --live; None where it does not compile, or where it is unknown what to ask."""
    refused: str = ""
    """Why the servers cannot be asked."""


def _made(path: str, checked: Checked, *, asking: Asking | None) -> _Made:
    from kea_hac.report_page.page import pair_section

    section = pair_section(path, checked)
    if asking is None or checked.site is None or checked.build is None:
        return _Made(section, None)
    try:
        return _Made(section, asking.about(checked))
    except UsageError as error:
        return _Made(section, None, f"{path}: {told(error)}")


def _asking(
    live: Sequence[str],
    base: str | None,
    build: Path,
    options: tuple[Path | None, Path | None, Path | None, Path | None],
    trust: Sequence[str] | None,
    secrets: Path | None,
    timeout: float,
    plain_http: bool,
) -> Asking:
    """How the servers are asked, as `diff` asks them. `options`: credentials, cacert, cert, key. Raises UsageError."""
    from kea_hac.cli.diff_pair import Asking
    from kea_hac.live.access import access
    from kea_hac.live.silent import Silent

    where = [each for each in live if each != _SPEC]
    entry = access(os.environ, *options, plain_http=plain_http)
    return Asking(where, base, build, entry, trust or (), resolver(secrets), timeout, Silent(), check_names)


def _asked(outcomes: Sequence[SpecOutcome]) -> list[tuple[str, FleetMember]]:
    """Every pair compared with its servers. The servers of several pairs are asked at the same time."""
    from kea_hac.report.results import Comparison, NotCompared

    asked = [each for each in outcomes if each.made is not None and each.made.question is not None]
    begun = deque(each.made.question.begin() for each in asked[:_AT_ONCE])
    waiting = deque(asked[_AT_ONCE:])
    found: list[tuple[str, FleetMember]] = []
    for each in outcomes:
        made = each.made
        if made is None or made.question is None:
            refused = made.refused if made is not None else each.problem
            why = refused or f"{each.path}: nothing was compared, because the spec has errors"
            found.append(
                (made.section.name if made is not None else each.path, NotCompared(each.path, each.report, why))
            )
            continue
        answers = begun.popleft()
        try:
            compared = made.question.end(answers)
        except Exception as error:  # the boundary of one pair, as `guarded` is of a command
            found.append((made.section.name, NotCompared(each.path, each.report, f"{each.path}: {told(error)}")))
        else:
            found.append((made.section.name, Comparison(compared, made.question.document)))
        if waiting:
            begun.append(waiting.popleft().made.question.begin())
    return found


def _not_compared(lives: Sequence[tuple[str, FleetMember]]) -> list[str]:
    from kea_hac.report.results import NotCompared

    return [each.problem for _, each in lives if isinstance(each, NotCompared)]


def _live_code(member: FleetMember) -> int:
    from kea_hac.report.results import NotCompared

    return FAILED if isinstance(member, NotCompared) else drift_code(member.drift, verdicts_of(ANY))


def _reviewed(supplied: Sequence[str], specs: Sequence[str] | None, since: str, jobs: int) -> Reviewed:
    """The review since a revision, as the command `review` makes it. Raises UsageError."""
    from kea_hac.review.run import base_of, reviewed, settings_of_both, tasks_of
    from kea_hac.source.git_folder import GitError

    base = base_of(folder_of(supplied), since)
    settings: tuple[Settings, Settings] = settings_of_both(base, specs or (), Rules())
    require_version(settings[0])
    try:
        news, olds, problems = inputs_of_both(supplied, base.revision)
        tasks = tasks_of(base, olds, news)
    except GitError as error:
        raise UsageError(f"the older revision cannot be read: {error}") from error
    pairs, more = review_pairs(base, tasks, jobs)
    return reviewed(base, pairs, settings, (), [*problems, *more])


def _page(
    outcomes: Sequence[SpecOutcome],
    found: Report,
    problems: Sequence[str],
    reviewed: Reviewed | None,
    lives: Sequence[tuple[str, FleetMember]] | None,
) -> str:
    from kea_hac.report_page.page import page, pair_section

    sections = [each.made.section if each.made is not None else pair_section(each.path, None) for each in outcomes]
    return page(sections, found, problems, reviewed, lives)


def _refuse(out: Path | None, *, force: bool) -> None:
    """Raise an error where the page may not be written: only an older page is overwritten without --force."""
    from kea_hac.source.writing import refuse_taken

    if out is None:
        return
    if out.is_dir():
        raise UsageError(f"{out} is a folder; -o names the file to write")
    if os.path.normpath(out) == "/dev/stdout":
        raise UsageError(f"{out} is no file to replace; without -o, or with -o -, the page is written to stdout")
    refuse_taken(out, replace=True)  # before it is opened: nothing may be waited for
    refuse_taken(out, replace=force or _is_page(out))


def _is_page(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begin = file.read(_BEGIN)
    except OSError:
        return False
    return begin.startswith(_MARKS[0]) and _MARKS[1] in begin


def _write(out: Path | None, text: str) -> None:
    from kea_hac.source.writing import write_whole

    if out is None:
        put(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text, replace=True)


def _summary(found: Report, outcomes: Sequence[SpecOutcome], out: Path | None) -> str:
    from kea_hac.report.text import summary

    wrote = f"; wrote {out}" if out is not None else ""
    return f"{summary(found, input_count(outcomes))}{wrote}"
