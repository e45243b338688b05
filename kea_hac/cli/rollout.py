"""`kea-hac rollout`: the build reaches the servers, one at a time, while its partner serves its clients."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import CLEAN, FAILED, FOUND
from kea_hac.cli.diff import (
    AllowPlain,
    CaCert,
    Cert,
    Credentials,
    KeyFile,
    Live,
    Secrets,
    Spec,
    TrustOption,
    check_names,
)
from kea_hac.cli.options import format_option
from kea_hac.cli.progress import Bar
from kea_hac.cli.rollout_world import Options, compare, prepared_by, world_of
from kea_hac.cli.shown import show_result, show_rollout
from kea_hac.cli.terminal import complain, say
from kea_hac.errors import UsageError
from kea_hac.report.formats import TEXT, Command, Format
from kea_hac.report.results import Findings, RolledOut

if TYPE_CHECKING:
    from kea_hac.api import Checked
    from kea_hac.compiler.built import Built
    from kea_hac.rollout.journal import Progress, Store
    from kea_hac.rollout.live_world import LiveWorld, Signals
    from kea_hac.rollout.plan import Plan
    from kea_hac.rollout.prepare import Prepared
    from kea_hac.rollout.run import Outcome
    from kea_hac.rollout.world import StoppedError

STOPPED = 3
"""Stopped on the way: some servers were changed."""


PlanOnly = Annotated[bool, typer.Option("--plan", help="Evaluate all gates, show the plan, and change nothing.")]
PlanFile = Annotated[
    Path | None,
    typer.Option("--plan-file", "-o", metavar="FILE", help="With --plan: write the plan to this file, for --execute."),
]
Execute = Annotated[
    Path | None,
    typer.Option(
        "--execute",
        metavar="FILE",
        help="Execute exactly the plan in this file. It is refused when the configuration of a server has changed since the plan was made.",
    ),
]
Copy = Annotated[
    str | None,
    typer.Option(
        "--copy",
        metavar="COMMAND",
        help="The command that brings files to a server, such as 'rsync -a {dir}/ root@{address}:/etc/kea/'. It is called for each "
        "server and round, without a shell; {dir}, {server} and {address} are filled in. Without it the files are on the servers already.",
    ),
]
Back = Annotated[bool, typer.Option("--back", help="Return to what was loaded before the last rollout.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with a rollout that was stopped or killed.")]
Over = Annotated[
    list[str] | None,
    typer.Option(
        "--over-external",
        metavar="NAME",
        help="Overwrite what somebody changed on this server, or what is not known to come from a build. Can be repeated.",
    ),
]
Reloading = Annotated[
    bool,
    typer.Option(
        "--reload",
        help="Reload every server, also where the commands of hook libraries (Kea 3.0 and newer) make the same change without a reload.",
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        min=1,
        metavar="SECONDS",
        show_default=False,
        help="Seconds that a server may take to be back after its reload. Default: three heartbeats, sync-timeout and 30 s.",
    ),
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        show_default=False,
        help="The folder of the journal. Default: .rollout in the output tree.",
    ),
]
Formatted = Annotated[Format, format_option(Command.ROLLOUT)]


Output = Annotated[Path, typer.Option("--output", metavar="DIR", help="The output tree of kea-hac build.")]


def rollout(
    spec: Spec,
    plan: PlanOnly = False,
    plan_file: PlanFile = None,
    execute: Execute = None,
    copy: Copy = None,
    back: Back = False,
    resume: Resume = False,
    over_external: Over = None,
    timeout: Timeout = None,
    reload: Reloading = False,
    output: Output = Path("build"),
    state: State = None,
    live: Live = None,
    credentials: Credentials = None,
    trust: TrustOption = None,
    allow_plain_http: AllowPlain = False,
    cacert: CaCert = None,
    cert: Cert = None,
    key: KeyFile = None,
    secrets: Secrets = None,
    form: Formatted = TEXT,
) -> int:
    """Bring the build of a spec to its servers: one at a time, in the order of the change, while the partner serves its clients.

    Exit code 0: rolled out; 1: a gate is closed, and nothing was changed; 2: it could not run; 3: it stopped on the way.
    """
    from kea_hac.api import judge, load
    from kea_hac.cli.inputs import one_spec
    from kea_hac.compiler.built import Built
    from kea_hac.rollout.copying import copy_command
    from kea_hac.rollout.live_world import Signals
    from kea_hac.rollout.world import StoppedError

    ways = [
        name
        for name, given in (("--plan", plan), ("--execute", execute), ("--back", back), ("--resume", resume))
        if given
    ]
    if len(ways) > 1:
        raise UsageError(f"{' and '.join(ways)} cannot be used together: use one of them")
    if plan_file is not None and not plan:
        raise UsageError("--plan-file is the file that --plan writes: use it together with --plan")
    one_spec(spec, "a rollout brings one pair to its servers")
    if copy is not None:
        copy_command(copy)
    options = Options(
        spec,
        output,
        state,
        copy,
        form,
        tuple(live or ()),
        tuple(trust or ()),
        (credentials, cacert, cert, key),
        allow_plain_http,
        secrets,
        timeout,
        tuple(over_external or ()),
        reload,
    )
    checked = judge(load(Path(spec)))
    if checked.site is None or checked.build is None:
        return _broken(checked, spec, form)
    names = [node.name for node in checked.site.nodes]
    check_names("--over-external", options.over, names)
    check_names("--trust", options.trust, names)
    signals = Signals()
    built = Built(checked.site, checked.build)
    store = _store(options, built)
    if plan:
        return _planned(options, built, store, signals, plan_file)
    written = _written(execute) if execute is not None else None
    try:
        with store.locked(), signals.heard():
            if back or resume:
                return _continued(options, built, store, signals, back=back)
            return _rolled_out(options, built, store, signals, written)
    except StoppedError as stop:
        return _interrupted(options, store, stop)


def _broken(checked: Checked, spec: str, form: Format) -> int:
    show_result(form, Findings(checked.report))
    complain(f"{spec}: nothing was rolled out, because the spec has errors")
    return FAILED if checked.report.unreadable else FOUND


def _interrupted(options: Options, store: Store, stop: StoppedError) -> int:
    """A signal before the first turn, or at the moment between the last one and its report."""
    progress = store.progress() if store.written else None
    if progress is None or not (progress.begun or progress.done or progress.back or progress.ended):
        complain(f"{stop}: nothing was changed")
        return FOUND
    complain(f"{stop}: {_unfinished(store, options) or f'the rollout has ended ({progress.ended})'}")
    return STOPPED


def _store(options: Options, built: Built) -> Store:
    from kea_hac.rollout.journal import Store

    return Store(options.rollouts / built.site.pair)


def _written(path: Path) -> Plan:
    from kea_hac.rollout.plan import from_json
    from kea_hac.source.files import FileError, read_bytes

    try:
        return from_json(read_bytes(str(path), 1 << 28), str(path))
    except FileError as error:
        raise UsageError(f"--execute: {path}: {error}") from None


# -- a new rollout ----------------------------------------------------------------------------------------------------------


def _planned(options: Options, built: Built, store: Store, signals: Signals, path: Path | None) -> int:
    from kea_hac.rollout.plan import as_json

    world = world_of(options, built, store, signals, Bar())
    prepared = prepared_by(options, built, world, _unfinished(store, options), begin=False)
    code = CLEAN if prepared.ready else FOUND
    _show(options, prepared, code)
    if path is not None and prepared.plan is not None and prepared.ready:
        from kea_hac.source.writing import write_whole

        write_whole(path, as_json(prepared.plan).decode("utf-8"), replace=True)
        say(f"the plan is in {path}: {options.command('--execute', str(path))}")
    return code


def _rolled_out(options: Options, built: Built, store: Store, signals: Signals, written: Plan | None) -> int:
    from kea_hac.rollout.prepare import agreed
    from kea_hac.rollout.run import begin

    drawn = Bar()
    world = world_of(options, built, store, signals, drawn)
    prepared = prepared_by(options, built, world, _unfinished(store, options), begin=True)
    if written is not None:
        prepared = agreed(prepared, written)
    if prepared.plan is None or not prepared.ready:
        _show(options, prepared, FOUND)
        return FOUND
    if not prepared.plan.turns:
        _show(options, prepared, CLEAN)
        return CLEAN
    if options.form.as_it_goes:
        _show(options, prepared, CLEAN)
    store.begin(prepared.plan, prepared.folders, prepared.builds)
    with drawn.shown():
        outcome = begin(prepared.plan, world)
    with world.shielded():
        if outcome.done:
            outcome = _compared(options, built, world, outcome)
        return _ended(options, prepared, prepared.plan, outcome)


def _compared(options: Options, built: Built, world: LiveWorld, outcome: Outcome) -> Outcome:
    """The outcome, unless a server holds something else than its file although it has the stamp: then somebody changed it meanwhile."""
    from kea_hac.rollout.loaded import OUTSIDE

    drift = compare(options, built, world)[0]
    changed = [each.name for each in drift.compared if each.daemon.family and OUTSIDE & each.verdicts()]
    unread = [f"{each.server} {each.daemon.name} could not be read" for each in drift.unread if each.daemon.family]
    words = [f"{each} has the new build, and somebody changed it meanwhile" for each in changed] + unread
    return replace(outcome, done=False, reason="; ".join(words)) if words else outcome


def _unfinished(store: Store, options: Options) -> str | None:
    """Why there can be no new rollout: the last one has not ended."""
    progress = store.progress()
    if progress is None or progress.ended is not None or store.plan() is None:
        return None
    if not progress.begun and not progress.done and not progress.back:
        return None
    turns = f"{progress.done} of its turns {'is' if progress.done == 1 else 'are'} done"
    return f"the last rollout has not ended ({turns}): {options.command('--resume')} goes on, --back instead of --resume goes back"


def _continued(options: Options, built: Built, store: Store, signals: Signals, *, back: bool) -> int:
    from kea_hac.rollout.run import go_back, resume

    plan, progress = store.plan(), store.progress()
    if plan is None or progress is None:
        raise UsageError(
            f"{store.folder}: no rollout of {built.site.pair} is recorded there; to return to an older build, revert the spec in Git, "
            "build it and roll it out"
        )
    if plan.pair != built.site.pair or not progress.fits(plan):
        raise UsageError(
            f"{store.folder}: its journal is not that of a rollout of {built.site.pair} with its plan, so it is not known what was done: "
            "compare the servers with `kea-hac diff`, and deploy by hand"
        )
    if progress.ended is not None and not (back and _may_go_back(progress)):
        raise UsageError(f"the last rollout of {built.site.pair} has ended ({progress.ended}): there is nothing to do")
    drawn = Bar()
    world = world_of(options, built, store, signals, drawn)
    with drawn.shown():
        outcome = (go_back if back else resume)(plan, world, progress, options.over)
    with world.shielded():
        if outcome.done and not back and not progress.back:
            outcome = _compared(options, built, world, outcome)
        return _ended(options, None, plan, outcome)


def _may_go_back(progress: Progress) -> bool:
    from kea_hac.rollout.run import ENDED

    return progress.ended == ENDED


def _ended(options: Options, prepared: Prepared | None, plan: Plan, outcome: Outcome) -> int:
    code = CLEAN if outcome.done else STOPPED if outcome.changed else FOUND
    gates = prepared.gates if prepared is not None else ()
    show_rollout(options.form, RolledOut(options.spec, gates, plan, outcome, _next(options, outcome), code))
    for each in plan.steps if outcome.done and not options.form.for_programs else ():
        say(f"operator: {each}")
    return code


def _next(options: Options, outcome: Outcome) -> str:
    from kea_hac.rollout.run import Next

    if outcome.next is None:
        return shlex.join(["kea-hac", "diff", options.spec])
    words = {Next.RESUME: ("--resume",), Next.BACK: ("--back",)}
    return options.command(*words.get(outcome.next, ()))


def _show(options: Options, prepared: Prepared, code: int) -> None:
    show_rollout(options.form, RolledOut(options.spec, prepared.gates, prepared.plan, None, "", code))
    if not prepared.ready and not options.form.for_programs:
        say("nothing was changed")
