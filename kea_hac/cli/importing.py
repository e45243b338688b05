"""`kea-hac import`: the existing files of one or more servers → one spec, with the round trip proven."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.options import Roots, format_option, roots
from kea_hac.cli.run import exit_code
from kea_hac.cli.shown import show_result
from kea_hac.cli.terminal import complain, say
from kea_hac.cli.words import kea_versions, platforms
from kea_hac.report.formats import TEXT, Command, Format
from kea_hac.report.results import ImportResult

if TYPE_CHECKING:
    from kea_hac.importing.run import Imported
    from kea_hac.kea.version import KeaVersion

InputFile = Annotated[
    list[str],
    typer.Argument(
        metavar="[NAME=]PATH",
        show_default=False,
        help="The files of each server: a folder with kea-dhcp4.conf, kea-dhcp6.conf, kea-ctrl-agent.conf, preferences.cfg, or a "
        "file; saved answers of config-get too. NAME is the server's name.",
    ),
]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="SPEC", help="The file to write the spec to. Default, or -: stdout."),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]
Target = Annotated[
    str | None,
    typer.Option(
        "--kea",
        metavar="VERSION",
        autocompletion=kea_versions,
        help="The Kea version of the new spec. Default: the version that runs now.",
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="VERSION",
        autocompletion=kea_versions,
        help="The Kea version that runs now. Default: guessed from the keys.",
    ),
]
Prefer = Annotated[
    str | None,
    typer.Option(
        "--prefer", metavar="NAME", help="The server whose value to use where servers differ. Default: the primary."
    ),
]
PairName = Annotated[str | None, typer.Option("--pair", metavar="NAME", help="The name of the pair.")]
PlatformName = Annotated[
    str | None,
    typer.Option(
        "--platform",
        autocompletion=platforms,
        metavar="PLATFORM",
        help="The platform, which decides paths. Default: guessed from the paths in the files.",
    ),
]
Incomplete = Annotated[
    bool,
    typer.Option(
        "--incomplete",
        help="Write a spec even if a part of the files could not be read; the spec begins with a list of these parts.",
    ),
]
Formatted = Annotated[Format, format_option(Command.IMPORT)]


def import_(
    files: InputFile,
    output: Output = None,
    force: Force = False,
    kea: Target = None,
    source: Source = None,
    prefer: Prefer = None,
    pair: PairName = None,
    platform: PlatformName = None,
    root: Roots = None,
    incomplete: Incomplete = False,
    form: Formatted = TEXT,
) -> int:
    """Write one spec from the existing files of a pair, a hub or a standalone server, and prove that nothing was lost.

    Exit code 0: nothing lost, no findings; 1: the servers differ, or something was lost; 2: the import could not run, or a part
    of the files could not be read. In that case a spec is written only with --incomplete.
    """
    from kea_hac.cli.import_inputs import gather
    from kea_hac.importing.run import ImportRequest, import_files

    out = None if output in (None, "-") else Path(str(output))
    _refuse(out, force)
    wanted = ImportRequest(
        pair=_name(pair, "--pair"),
        target=_version(kea, "--kea"),
        source=_version(source, "--from"),
        prefer=prefer,
        platform=_platform(platform),
        output=out,
        roots=roots(root),
        incomplete=incomplete,
    )
    inputs, problems = gather(files)
    imported = import_files(inputs, wanted) if inputs else None
    if imported is not None and imported.text is not None and out is not None:
        _write(out, imported.text, force)
    _show(ImportResult(imported, problems, out), form)
    return _code(imported, problems)


def _version(text: str | None, option: str) -> KeaVersion | None:
    from kea_hac.errors import UsageError
    from kea_hac.kea.version import KeaVersion

    try:
        return KeaVersion.parse(text) if text else None
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def _name(text: str | None, option: str) -> str | None:
    from kea_hac.errors import UsageError
    from kea_hac.importing.hosts import NAME

    if text is not None and not NAME.match(text):
        raise UsageError(
            f"{option}: {text!r} cannot be a name; it starts with a letter or digit, followed by letters, digits, . _ -"
        )
    return text


def _platform(text: str | None) -> str | None:
    from kea_hac.errors import UsageError
    from kea_hac.kea.platform import no_platform, platform_of

    if text is not None and platform_of(text) is None:
        raise UsageError(f"--platform: {no_platform(text)}")
    return text and platform_of(text)


def _refuse(out: Path | None, force: bool) -> None:
    from kea_hac.errors import UsageError
    from kea_hac.source.writing import refuse_taken

    if out is not None and out.is_dir():
        raise UsageError(f"{out} is a folder; -o names the file to write")
    if out is not None and os.path.normpath(out) == "/dev/stdout":
        raise UsageError(f"{out} is no file to replace; without -o, or with -o -, the spec is written to stdout")
    if out is not None:
        refuse_taken(out, replace=force)


def _write(out: Path, text: str, force: bool) -> None:
    from kea_hac.source.writing import write_whole

    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text, replace=force)


def _show(result: ImportResult, form: Format) -> None:
    """The result in its format, then on stderr a line for each file and what could not be done."""
    from kea_hac.report.importing import summary

    show_result(form, result)
    if form.for_programs:
        return
    if result.imported is not None:
        for line in summary(result.imported, result.out):
            say(line)
    for problem in result.problems:
        complain(problem)


def _code(imported: Imported | None, problems: Sequence[str]) -> int:
    from kea_hac.cli.boundary import FAILED, FOUND

    if imported is None or imported.text is None:
        return FAILED
    code = exit_code(imported.report, problems)
    unproven = any(trip.lost or not trip.built for trip in imported.trips)
    return max(code, FOUND) if unproven else code
