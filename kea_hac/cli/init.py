"""`kea-hac init`: a new spec from flags, or from a few questions on a terminal, ready to build."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.shown import show_result
from kea_hac.cli.start_ci import Ci
from kea_hac.cli.terminal import say
from kea_hac.cli.words import kea_versions, platforms
from kea_hac.errors import UsageError
from kea_hac.report.formats import TEXT
from kea_hac.report.results import Findings

if TYPE_CHECKING:
    from kea_hac.diagnostics import Report

SpecPath = Annotated[
    str,
    typer.Argument(
        metavar="SPEC", show_default=False, help="The file to write. Its name becomes the pair's name: campus.yaml."
    ),
]
Kea = Annotated[
    str | None,
    typer.Option("--kea", metavar="VERSION", autocompletion=kea_versions, help="The Kea version on the servers: 2.6."),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--platform", metavar="PLATFORM", autocompletion=platforms, help="The platform of the servers: debian, rhel, …"
    ),
]
Mode = Annotated[
    str | None,
    typer.Option("--mode", metavar="MODE", help="hot-standby, load-balancing, passive-backup, or lone for one server."),
]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        "--server",
        metavar="NAME=ADDRESS%INTERFACE",
        help="A server, the primary first: kea1=192.0.2.11%eth0. Repeat it.",
    ),
]
Subnets = Annotated[
    list[str] | None, typer.Option("--subnet", metavar="PREFIX", help="A subnet to serve: 192.0.2.0/24. Repeat it.")
]
Pools = Annotated[
    list[str] | None,
    typer.Option(
        "--pool", metavar="RANGE", help="A pool; it is added to the subnet that contains it: 192.0.2.100-192.0.2.199."
    ),
]
Routers = Annotated[
    list[str] | None,
    typer.Option("--router", metavar="ADDRESS", help="The router of an IPv4 subnet, sent to its clients."),
]
NoTls = Annotated[
    bool, typer.Option("--without-tls", help="Configure HA without TLS. Each build then shows a warning.")
]
VsCode = Annotated[
    bool, typer.Option("--vscode", help="Also write .vscode/settings.json, with the YAML tags of a spec.")
]
Job = Annotated[Ci | None, typer.Option("--ci", help="Also write the job for pull or merge requests of this system.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing spec.")]


def init(
    spec: SpecPath,
    kea: Kea = None,
    platform: Where = None,
    mode: Mode = None,
    servers: Servers = None,
    subnets: Subnets = None,
    pools: Pools = None,
    routers: Routers = None,
    without_tls: NoTls = False,
    vscode: VsCode = False,
    ci: Job = None,
    force: Force = False,
) -> int:
    """Write a first spec, a pre-commit configuration at the top of the Git work tree, and the schema for editors.

    On a terminal, `init` asks for what no option sets.
    Exit code 0: written, and it builds; 1: it would not build, so nothing was written; 2: something could not be read or written;
    130: ended by Ctrl-C or Ctrl-D, and nothing was written.
    """
    from kea_hac.cli.boundary import CLEAN, FOUND
    from kea_hac.cli.pre_commit import origin, top_folder
    from kea_hac.cli.start_facts import Flags, facts
    from kea_hac.cli.start_files import write_ci, write_settings
    from kea_hac.diagnostics import Severity
    from kea_hac.output.links import refuse_links
    from kea_hac.source.writing import write_whole
    from kea_hac.spec.schema_place import from_spec
    from kea_hac.spec.starting import Start, starting_text

    path = Path(spec)
    _refuse(path, force)
    flags = Flags(kea, platform, mode, servers or (), subnets or (), pools or (), routers or ())
    known = facts(flags)
    top, in_git = top_folder(path)
    schema = _schema(path, top)
    assert known.kea is not None
    assert known.platform is not None
    assert known.mode is not None
    text = starting_text(
        Start(
            pair=path.stem,
            kea=known.kea,
            platform=known.platform,
            mode=known.mode,
            servers=tuple(known.servers),
            subnets=tuple(known.subnets),
            tls=not without_tls,
            schema=from_spec(path, schema),
        )
    )
    report = _judged(text, path)
    if report.at_least(Severity.ERROR):
        show_result(TEXT, Findings(report))
        say(
            f"kea-hac: {path} was not written, because it would not build; the lines above are those of the text for it"
        )
        return FOUND
    if not os.path.lexists(schema):
        refuse_links(schema.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text, replace=force)
    say(
        f"wrote {path}: `kea-hac validate --needs {path}`  lists what the servers must provide, `kea-hac build {path}` builds it"
    )
    _write_schema(schema)
    _write_hooks(path, top, in_git=in_git)
    if vscode:
        write_settings(top)
    if ci is not None:
        write_ci(ci, top, _specs(path, top), origin())
    return CLEAN


def _refuse(path: Path, force: bool) -> None:
    from kea_hac.importing.hosts import NAME
    from kea_hac.source.writing import refuse_taken

    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{path}: the name of a spec must end in .yaml")
    if not NAME.match(path.stem):
        raise UsageError(
            f"{path.stem!r} cannot be a pair's name; it starts with a letter or digit, followed by letters, digits, . _ -"
        )
    refuse_taken(path, replace=force)


def _judged(text: str, path: Path) -> Report:
    from kea_hac.api import judge, load_text

    return judge(load_text(text, path)).report


def _schema(path: Path, top: Path) -> Path:
    """The schema that an editor is to read: one that exists between the spec and the top, else a new one at the top."""
    from kea_hac.spec.schema_place import SCHEMA, find_schema

    return find_schema(path) or top / SCHEMA


def _write_schema(schema: Path) -> None:
    from kea_hac.source.writing import write_whole
    from kea_hac.spec.schema import schema_text

    if os.path.lexists(schema):
        return
    schema.parent.mkdir(parents=True, exist_ok=True)
    write_whole(schema, schema_text(), replace=False)
    shown = _shown(schema)
    say(
        f"wrote {shown}: editors use it to complete and check specs; after an upgrade of kea-hac, run `kea-hac schema > {shown}`"
    )


def _write_hooks(path: Path, top: Path, *, in_git: bool) -> None:
    from kea_hac.cli.pre_commit import PRE_COMMIT, VALIDATE, hooks, origin
    from kea_hac.cli.start_files import existing_text
    from kea_hac.source.writing import write_whole

    specs = _specs(path, top)
    lines = list(hooks(origin(), specs, "build"))
    file = top / PRE_COMMIT
    if not os.path.lexists(file):
        write_whole(file, "\n".join(["repos:", *lines]) + "\n", replace=False)
        first = "" if in_git else f"`git init` in {_shown(top) or '.'}, then "
        say(f"wrote {_shown(file)}: {first}`pre-commit install` activates the hooks")
    elif VALIDATE in existing_text(file):
        say(f"{_shown(file)} contains the hooks already and was not changed; check that their `args` name {specs}")
    else:
        say(f"{_shown(file)} exists and was not changed; add this below its `repos:`")
        for line in lines:
            say(line)


def _specs(path: Path, top: Path) -> str:
    """What the commands are to check, from the top of the work tree: the folder of the spec, or a spec at the top."""
    folder = os.path.relpath(os.path.abspath(path.parent), top)
    return path.name if folder == "." else folder


def _shown(path: Path) -> str:
    """The path from the current folder, as the user would write it."""
    return os.path.relpath(path)
