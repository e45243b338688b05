"""`kea-hac diff`: is the live pair what was loaded, and what the spec says? Who changed what?"""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import partial
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import CLEAN, FAILED, FOUND
from kea_hac.cli.diff_pair import Asking
from kea_hac.cli.options import Specs, format_option
from kea_hac.cli.shown import show_comparison, show_result
from kea_hac.cli.terminal import complain, say
from kea_hac.diagnostics import Severity
from kea_hac.errors import UsageError
from kea_hac.report.formats import TEXT, Command, Format
from kea_hac.report.results import AdoptedChanges, Comparison, Findings

if TYPE_CHECKING:
    from kea_hac.api import Checked, Loaded
    from kea_hac.drift.diffing import Drift
    from kea_hac.kea.config_get import Resolver


ANY = "any"
_WORDS = ("external", "conflict", "pending", "converged", "degraded", "no-service")

Spec = Annotated[str, typer.Argument(metavar="SPEC", show_default=False, help="The spec file of the pair.")]
PairsAtOnce = Annotated[
    int,
    typer.Option("--jobs", "-j", min=0, metavar="N", help="Pairs to ask at the same time, for several specs; 0: 64."),
]
Live = Annotated[
    list[str] | None,
    typer.Option(
        "--live",
        metavar="WHERE",
        help="NAME=URL or NAME/dhcp4=URL (http, https, unix:/path) instead of the address in the spec, or a folder of saved answers: "
        "DIR/NAME/kea-dhcp4.json. Can be repeated.",
    ),
]
BaseFrom = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="DIR|git:REV|none",
        help="The build that was loaded last. Default: the build named by the stamp in the live answer, from the output tree or its "
        "Git history.",
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The output tree of kea-hac build.")]
Credentials = Annotated[
    Path | None,
    typer.Option(
        "--credentials",
        metavar="FILE",
        help="Users and passwords in the form of .netrc, by address (machine 192.0.2.11) or server name. Default: KEA_HAC_USER and "
        "KEA_HAC_PASSWORD_FILE.",
    ),
]
TrustOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        metavar="NAME",
        help="Ask this server at the address in the spec, although no committed build that others can see has this address and its TLS. "
        "Passwords and --cert are sent to it. Can be repeated.",
    ),
]
AllowPlain = Annotated[
    bool,
    typer.Option(
        "--allow-plain-http",
        help="Send passwords over plain HTTP to other machines, where everybody on the path can read them.",
    ),
]
CaCert = Annotated[
    Path | None, typer.Option("--cacert", metavar="FILE", help="The certificate authorities to trust for HTTPS.")
]
Cert = Annotated[
    Path | None, typer.Option("--cert", metavar="FILE", help="The client certificate, for servers that require one.")
]
KeyFile = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="The private key of --cert.")]
Secrets = Annotated[
    Path | None,
    typer.Option(
        "--secrets",
        metavar="DIR",
        help="The folder with the files of `!secret`, below their full paths (/ on the server itself). Their values are then compared too.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout", min=0.1, metavar="SECONDS", help="Seconds for one request, from the first to the last byte."
    ),
]
Adopt = Annotated[
    bool,
    typer.Option(
        "--adopt",
        help="Write the changes made on the servers into the spec's files; comments, order and style stay.",
    ),
]
PreferOption = Annotated[
    str | None,
    typer.Option(
        "--prefer",
        metavar="live|spec|NAME",
        help="With --adopt: whose value to use where spec and server both changed, or where there is no base. A server's name: that "
        "server's value, also where servers were changed differently.",
    ),
]
Formatted = Annotated[Format, format_option(Command.DIFF)]
Failing = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="VERDICTS",
        help="What causes exit code 1: any, or a list of external,conflict,pending,converged,degraded,no-service. A pair without "
        "service is degraded too.",
    ),
]


def diff(
    specs: Specs,
    live: Live = None,
    base: BaseFrom = None,
    output: Output = Path("build"),
    credentials: Credentials = None,
    trust: TrustOption = None,
    allow_plain_http: AllowPlain = False,
    cacert: CaCert = None,
    cert: Cert = None,
    key: KeyFile = None,
    secrets: Secrets = None,
    timeout: Timeout = 30.0,
    adopt: Adopt = False,
    prefer: PreferOption = None,
    form: Formatted = TEXT,
    fail_on: Failing = ANY,
    jobs: PairsAtOnce = 8,
) -> int:
    """Compare the live servers with the build that was loaded and with the spec: who changed what, and is the pair healthy.

    Several specs are compared in one run, in their order, with one line for each pair that is in sync and healthy.
    Exit code 0: nothing differs and the pair is healthy; 1: otherwise; 2: a server could not be read, or the spec has errors.
    With --adopt: 0: all changes made on the servers are in the spec now; 1: some could not be adopted.
    """
    from kea_hac.api import judge, load
    from kea_hac.live.access import access
    from kea_hac.live.silent import Silent

    verdicts = verdicts_of(fail_on)
    if prefer is not None and not adopt:
        raise UsageError("--prefer decides conflicts for --adopt: use it together with --adopt")
    fleet = len(specs) > 1 or os.path.isdir(specs[0]) or (not os.path.lexists(specs[0]) and has_magic(specs[0]))
    if fleet:
        refuse_for_several(live or (), trust or (), adopt=adopt)
    asking = Asking(
        live or (),
        base,
        output,
        access(os.environ, credentials, cacert, cert, key, plain_http=allow_plain_http),
        trust or (),
        resolver(secrets),
        timeout,
        Silent(),
        check_names,
        fleet,
    )
    if fleet:
        from kea_hac.cli.diff_fleet import diff_fleet

        return diff_fleet(specs, asking, form, jobs, partial(exit_code, verdicts=verdicts))
    (spec,) = specs
    loaded = load(Path(spec))
    checked = judge(loaded)
    if checked.site is None or checked.build is None:
        return _broken(checked, form, spec)
    if prefer is not None and prefer not in _SIDES:
        check_names("--prefer", [prefer], [node.name for node in checked.site.nodes], _SIDES)
    question = asking.about(checked)
    drift = question.compared(question.asked())
    if adopt:
        return _adopted(loaded, checked, drift, prefer, resolver(secrets), form)
    _show(drift, checked, form)
    if os.path.lexists(question.bases.rollouts):
        from kea_hac.rollout.journal import unfinished

        left = unfinished(output, checked.site.pair)
        if left is not None:
            complain(left)
    return exit_code(drift, verdicts)


def _adopted(
    loaded: Loaded, checked: Checked, drift: Drift, prefer: str | None, resolve: Resolver, form: Format
) -> int:
    """Write what the servers have into the spec's files, all of them or none."""
    from kea_hac.adopt import adopt as adopting
    from kea_hac.report import adoption as report
    from kea_hac.source.rewrite import other_users, write_texts

    assert loaded.document is not None
    choice = adopting.Prefer(prefer) if prefer in _SIDES else prefer
    adoption = adopting.adopt_drift(
        loaded, drift, resolve=resolve, prefer=choice, shared=other_users(loaded.document), now=checked
    )
    written = write_texts(loaded.document, adoption.plan.texts) if adoption.plan.texts else ()
    assert checked.site is not None
    comparison = Comparison(drift, checked.site.document)
    show_comparison(form, AdoptedChanges(comparison, adoption, written))
    if not form.for_programs:
        _summarize(drift)
        say(report.summary(adoption, written))
    return FAILED if drift.unread else FOUND if adoption.refused else CLEAN


def refuse_for_several(live: Collection[str], trusted: Collection[str], *, adopt: bool) -> None:
    """Options that mean one pair: server names are not unique over several."""
    if adopt:
        raise UsageError("--adopt edits the spec of one pair: name one spec, and run it for each pair that has changes")
    if trusted:
        raise UsageError("--trust names a server of one pair: name one spec")
    for each in live:
        if not os.path.isdir(each):
            raise UsageError(
                f"--live {each}: for several specs it takes a folder of saved answers, DIR/PAIR/SERVER/kea-dhcp4.json; "
                "to name a server's address, name one spec"
            )


_SIDES = ("live", "spec")
"""What `--prefer` takes beside a server's name."""


def check_names(option: str, named: Collection[str], servers: list[str], words: tuple[str, ...] = ()) -> None:
    """Raise UsageError for a value of an option that is no server of the spec."""
    from kea_hac.kea.suggest import nearest

    for name in named:
        if name not in servers:
            near = nearest(name, [*words, *servers])
            hint = f"; did you mean {near}?" if near else ""
            also = f"; {option} also accepts {' or '.join(words)}" if words else ""
            raise UsageError(f"{option}: the spec has no server {name!a}; it has {', '.join(servers)}{also}{hint}")


_LARGEST_SECRET = 1024 * 1024


def resolver(folder: Path | None) -> Resolver:
    """The values of secrets whose files are available below `folder`: each contains a JSON string, as Kea includes it.

    The spec names the files, and is not trusted: none outside of the folder is opened.
    """
    import json

    from kea_hac.source.allowed import within
    from kea_hac.source.document import Secret
    from kea_hac.source.files import FileError, read_bytes

    def resolve(secret: Secret) -> str | None:
        if folder is None:
            return None
        try:
            real = os.path.realpath(folder / secret.path.lstrip("/"))
            if not within(real, os.path.realpath(folder)):
                return None
            text = json.loads(read_bytes(real, _LARGEST_SECRET, links=False))
        except (FileError, OSError, ValueError, RecursionError):
            return None
        return text if isinstance(text, str) else None

    return resolve


def verdicts_of(fail_on: str) -> frozenset[str]:
    """The verdicts that the value of `--fail-on` names. Raises UsageError."""
    words = [word.strip() for word in fail_on.split(",")]
    if words == [ANY]:
        return frozenset((*_WORDS, ANY))
    wrong = [word for word in words if word not in _WORDS]
    if wrong:
        raise UsageError(f"--fail-on: {wrong[0]!r} is not a verdict; write any, or a list of {','.join(_WORDS)}")
    return frozenset(words)


_HEALTH: dict[str, set[str]] = {
    "healthy": set(),
    "unknown": set(),
    "degraded": {"degraded"},
    "no service": {"degraded", "no-service"},
}
"""Health of the pair → the words of `--fail-on` that it counts for."""


def exit_code(drift: Drift, verdicts: frozenset[str]) -> int:
    """2 when something could not be read, else 1 when a verdict counts.

    Without a base it is unknown who made a difference, so it always counts. Micetro's own edits of what it owns count only
    when `external` was asked for by name.
    """
    from kea_hac.report.drift import grade

    if drift.unread or ("degraded" in verdicts and grade(drift) == "unknown"):
        return FAILED
    found = {str(verdict) for each in drift.compared for verdict in each.verdicts(news=ANY not in verdicts)}
    found |= _HEALTH[grade(drift)]
    files = ANY in verdicts and any(each.on_disk for each in drift.compared)
    rules = ANY in verdicts and drift.report.at_least(Severity.ERROR)
    return FOUND if found & (verdicts | {"differs"}) or files or rules else CLEAN


def _broken(checked: Checked, form: Format, spec: str) -> int:
    show_result(form, Findings(checked.report))
    complain(f"{spec}: nothing was compared, because the spec has errors")
    return FAILED


def _show(drift: Drift, checked: Checked, form: Format) -> None:
    assert checked.site is not None
    show_comparison(form, Comparison(drift, checked.site.document))
    if not form.for_programs:
        _summarize(drift)


def _summarize(drift: Drift) -> None:
    from kea_hac.report.drift_text import summary

    _say_plain_http(drift)
    say(summary(drift))


def _say_plain_http(drift: Drift) -> None:
    """What the person at the terminal decides once, and not for each daemon."""
    from kea_hac.live.endpoint import Trouble

    if any(each.trouble is Trouble.PLAIN_HTTP for each in drift.unread):
        say(
            "a password that goes over plain HTTP can be read by everybody on the path: use --allow-plain-http if only you use that "
            "network; else configure TLS for agents and HTTP sockets (trust-anchor, cert-file, key-file), or ask through an SSH "
            "tunnel (--live NAME=http://127.0.0.1:PORT/)"
        )
