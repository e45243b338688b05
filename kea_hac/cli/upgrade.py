"""`kea-hac upgrade`: one spec with another version of Kea, as a plan of the whole way; `--write` edits the spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.boundary import CLEAN, FAILED, FOUND
from kea_hac.cli.options import Failing, format_option
from kea_hac.cli.settings import fail_on_of, settings_for
from kea_hac.cli.shown import show_upgrade
from kea_hac.cli.terminal import complain, say
from kea_hac.cli.words import kea_versions
from kea_hac.report.formats import TEXT, Command, Format
from kea_hac.report.results import PlannedUpgrade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kea_hac.diagnostics import Severity
    from kea_hac.upgrade.planning import Upgrade

Spec = Annotated[str, typer.Argument(metavar="SPEC", show_default=False, help="The spec file of the pair.")]
To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="VERSION",
        autocompletion=kea_versions,
        show_default=False,
        help="The version of Kea to go to: 3.0, or one release, 3.0.4.",
    ),
]
Write = Annotated[
    bool,
    typer.Option(
        "--write",
        help="Edit the spec: the version, and what the newer Kea refuses where the fix is known. The edited spec is compiled first; all "
        "files are written or none.",
    ),
]
Keep = Annotated[
    bool,
    typer.Option(
        "--keep-defaults", help="Also write the lines that keep the defaults of the older Kea, where these change."
    ),
]
Replace = Annotated[
    bool,
    typer.Option(
        "--replace-agent",
        help="Also write the control sockets that take the place of `control-agent`, where the newer Kea has no control agent.",
    ),
]
Formatted = Annotated[Format, format_option(Command.UPGRADE)]


def upgrade(
    spec: Spec,
    to: To,
    write: Write = False,
    keep_defaults: Keep = False,
    replace_agent: Replace = False,
    form: Formatted = TEXT,
    fail_on: Failing = None,
) -> int:
    """Show what a newer version of Kea means for a pair: files, defaults, hosts, databases, the order of the servers.

    No server is asked. Exit code 0: no new finding; 1: new findings, or edits that kea-hac cannot make; 2: something could not be read or
    written.
    """
    from kea_hac.api import load
    from kea_hac.cli.inputs import one_spec
    from kea_hac.source.rewrite import other_users
    from kea_hac.upgrade.planning import PlanState, plan_upgrade
    from kea_hac.upgrade.versions import target

    version = target(to)
    one_spec(spec, "its servers are upgraded one after the other, pair by pair")
    failing = fail_on_of(fail_on, settings_for([spec]))
    loaded = load(Path(spec))
    shared = other_users(loaded.document) if loaded.document is not None else {}
    planned = plan_upgrade(loaded, version, keep_defaults=keep_defaults, replace_agent=replace_agent, shared=shared)
    written = _written(planned) if write else ()
    show_upgrade(form, PlannedUpgrade(planned, written))
    if not form.for_programs:
        say(_summary(planned, written, write=write))
    if write and planned.state is PlanState.READY and not planned.writable:
        complain("nothing is written: an edit has to be made by hand")
    return _exit_code(planned, failing)


def _written(planned: Upgrade) -> Sequence[str]:
    """Write the edits. Raises RewriteError, and no file is changed."""
    from kea_hac.source.rewrite import write_texts

    if not planned.writable or not planned.texts or planned.document is None:
        return ()
    return write_texts(planned.document, planned.texts)


def _summary(planned: Upgrade, written: Sequence[str], *, write: bool) -> str:
    from kea_hac.report.text import counted
    from kea_hac.upgrade.planning import PlanState

    found = counted(len(planned.findings), "finding")
    if planned.state is PlanState.BROKEN_NOW:
        wrote = f", wrote {' and '.join(written)}; run kea-hac build next" if written else ""
        return f"nothing was compared: {found}{wrote}"
    if planned.state is PlanState.SAME:
        return "nothing to do"
    parts = [f"{counted(len(planned.findings), 'new finding')}"]
    if written:
        parts.append(f"wrote {' and '.join(written)}; run kea-hac build next")
    elif not write and planned.writable:
        parts.append(f"{counted(len(planned.edits), 'edit')} of the spec, not written (--write)")
    return ", ".join(parts)


def _exit_code(planned: Upgrade, fail_on: Severity) -> int:
    from kea_hac.upgrade.planning import PlanState

    if any(each.rule.unreadable for each in planned.findings):
        return FAILED
    if planned.state in (PlanState.BROKEN_NOW, PlanState.BROKEN_THEN) or planned.refused:
        return FOUND
    return FOUND if any(each.severity.rank <= fail_on.rank for each in planned.findings) else CLEAN
