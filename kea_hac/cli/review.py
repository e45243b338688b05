"""`kea-hac review`: what a change of specs does, for the pull request. No server is asked, nothing is checked out."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import CLEAN, FAILED, FOUND
from kea_hac.cli.diff import AllowPlain, CaCert, Cert, Credentials, KeyFile, Live, Output, Timeout, TrustOption
from kea_hac.cli.options import Failing, Jobs, format_option
from kea_hac.cli.revision import folder_of, inputs_of_both, review_pairs
from kea_hac.cli.settings import Rules, fail_on_of, require_version
from kea_hac.cli.shown import show_review
from kea_hac.cli.terminal import complain, say
from kea_hac.diagnostics import Severity
from kea_hac.errors import UsageError
from kea_hac.report.formats import TEXT, Command, Format

if TYPE_CHECKING:
    from kea_hac.review.lease_servers import Asking
    from kea_hac.review.run import Reviewed

Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SPEC…]",
        show_default=False,
        help="Spec files, folders or quoted patterns, as for validate; all specs of the current folder where none is named.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="REV",
        help="The revision to compare with: a branch, a tag or a commit, with ~N; else the merge base with the main branch.",
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="NAME",
        help="Permit that the change exceeds this limit of kea-hac.toml: the name or code of its rule. Can be repeated.",
    ),
]
_LIVE = "live"
Leases = Annotated[
    list[str] | None,
    typer.Option(
        "--leases",
        metavar="NAME=FILE|DIR|live",
        help="Count the leases that the change orphans. The lease file of a server (memfile), or a folder with some; NAME is a server, or "
        "PAIR/SERVER; one server of an HA relationship is enough; can be repeated. Or `live`: ask the servers of the older revision.",
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="The time at which leases must be valid to count: 2026-11-29T02:00:00Z, or seconds since 1970. Default: now.",
    ),
]
Formatted = Annotated[Format, format_option(Command.REVIEW)]


def review(
    specs: Specs = None,
    since: Since = None,
    accept: Accept = None,
    leases: Leases = None,
    at: At = None,
    live: Live = None,
    credentials: Credentials = None,
    trust: TrustOption = None,
    allow_plain_http: AllowPlain = False,
    cacert: CaCert = None,
    cert: Cert = None,
    key: KeyFile = None,
    timeout: Timeout = 30.0,
    output: Output = Path("build"),
    form: Formatted = TEXT,
    fail_on: Failing = None,
    jobs: Jobs = 1,
) -> int:
    """Show what a change of specs does: what changes on which server, what clients notice, and the order of the rollout.

    Exit code 0: no new finding, and within the limits; 1: new findings, or beyond a limit; 2: something could not be read.
    """
    from kea_hac.config.strictest import strictest
    from kea_hac.review.lease_impact import lease_source, with_files
    from kea_hac.review.limits import ACCEPTABLE, LIMIT_RULES
    from kea_hac.review.run import base_of, reviewed, settings_of_both, tasks_of
    from kea_hac.source.git_folder import GitError

    codes = [each.code for each in LIMIT_RULES if each.name in ACCEPTABLE]
    wrong = [each for each in accept or () if each not in (*ACCEPTABLE, *codes)]
    if wrong:
        raise UsageError(f"--accept: {wrong[0]!r} is no limit; it takes {', '.join(ACCEPTABLE)}")
    sources = [lease_source(each) for each in leases or () if each != _LIVE]
    asked = _LIVE in (leases or ())
    now = _time(at)
    if asked and sources:
        raise UsageError("--leases live asks all servers: name no files beside it")
    if not asked and (live or trust or credentials or cacert or cert or key or allow_plain_http):
        raise UsageError(
            "--live, --credentials, --trust and the options for TLS are for servers: use them together with --leases live"
        )
    if at is not None and not leases:
        raise UsageError("--at is the time for which leases are counted: use it together with --leases")
    base = base_of(folder_of(specs or ["."]), since)
    settings = settings_of_both(base, specs or (), Rules())
    require_version(settings[0])
    agreed = strictest(*settings)
    failing = fail_on_of(fail_on, agreed)
    supplied = specs or [agreed.from_here(each) for each in agreed.specs or ()] or ["."]
    try:
        news, olds, problems = inputs_of_both(supplied, base.revision)
        tasks = tasks_of(base, olds, news)
    except GitError as error:
        raise UsageError(f"the older revision cannot be read: {error}") from error
    pairs, more = review_pairs(base, tasks, jobs)
    problems += more
    if sources:
        pairs, more = with_files(pairs, sources, now)
        problems += more
    if asked:
        from kea_hac.review.lease_servers import with_servers

        options = (credentials, cacert, cert, key)
        asking = _asking(options, output, live, trust, timeout, plain_http=allow_plain_http)
        pairs, more = with_servers(pairs, base.revision, asking, now)
        problems += more
    result = reviewed(base, pairs, settings, accept or (), problems)
    show_review(form, result, failing)
    for problem in problems:
        complain(problem)
    if not form.for_programs:
        say(_summary(result))
    return review_code(result, failing)


def _asking(
    options: tuple[Path | None, Path | None, Path | None, Path | None],
    output: Path,
    live: Sequence[str] | None,
    trusted: Sequence[str] | None,
    timeout: float,
    *,
    plain_http: bool,
) -> Asking:
    """How servers are asked, as `diff` asks them. `options`: credentials, cacert, cert, key. Raises UsageError."""
    from kea_hac.live.access import access
    from kea_hac.live.limits import RequestLimits
    from kea_hac.review.lease_servers import Asking

    entry = access(os.environ, *options, plain_http=plain_http)
    limits = RequestLimits(connect=min(5.0, timeout), total=timeout)
    return Asking(entry, output, tuple(live or ()), tuple(trusted or ()), limits)


def _time(text: str | None) -> int:
    """Seconds since 1970. Raises UsageError for what is no time."""
    if text is None:
        return int(time.time())
    try:
        return int(text) if text.isascii() and text.isdigit() else int(_moment(text).timestamp())
    except (ValueError, OverflowError):
        raise UsageError(f"--at {text}: write a time such as 2026-11-29T02:00:00Z, or seconds since 1970") from None


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _summary(result: Reviewed) -> str:
    from kea_hac.report.review_words import counted

    shown = len(result.shown)
    fresh = sum(len(each.new_findings) for each in result.pairs) + len(result.fleet_findings)
    over = sum(not each.accepted and each.rule.severity is Severity.ERROR for each in result.limits)
    parts = [f"{counted(len(result.pairs), 'pair')}, {shown:,} with changes", counted(fresh, "new finding")]
    if result.ignored:
        parts.append(f"{counted(len(result.ignored), 'new finding')} ignored by kea-hac.toml")
    if over:
        parts.append(f"beyond {counted(over, 'limit')}")
    return ", ".join(parts)


def review_code(result: Reviewed, fail_on: Severity) -> int:
    """2 when something could not be read, else 1 for new findings as bad as `fail_on` and limits that were not accepted."""
    fresh = [one for each in result.pairs for one in each.new_findings] + list(result.fleet_findings)
    if result.problems or any(each.rule.unreadable for each in fresh):
        return FAILED
    over = any(not each.accepted and each.rule.severity.rank <= fail_on.rank for each in result.limits)
    return FOUND if over or any(each.severity.rank <= fail_on.rank for each in fresh) else CLEAN
