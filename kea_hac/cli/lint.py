"""`kea-hac lint`: the rules on any existing files of Kea, no spec needed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.baseline import BaselineFile, WriteBaseline, read_before, without_old, write_now
from kea_hac.cli.fixing import Diff, Fix, refuse_diff_alone, show_repairs, write_repairs
from kea_hac.cli.options import Failing, Roots, format_option, roots
from kea_hac.cli.run import exit_code
from kea_hac.cli.settings import fail_on_of, settings_for, with_settings
from kea_hac.cli.shown import show_result
from kea_hac.cli.terminal import complain, say
from kea_hac.cli.words import kea_versions, platforms
from kea_hac.report.formats import TEXT, Command, Format
from kea_hac.report.results import Findings

if TYPE_CHECKING:
    from kea_hac.kea.version import KeaVersion

Configurations = Annotated[
    list[str],
    typer.Argument(
        metavar="CONF",
        show_default=False,
        help="Files of Kea, folders (every kea-*.conf and kea-*.json below), or quoted patterns; files of both servers of a "
        "pair are compared with each other.",
    ),
]
Version = Annotated[
    str | None,
    typer.Option(
        "--kea",
        metavar="VERSION",
        autocompletion=kea_versions,
        help="The Kea version of the files. Default: guessed from their keys.",
    ),
]
Platform = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        autocompletion=platforms,
        help="The platform of the servers: debian, rhel, alpine, freebsd, isc, source. Paths are then compared with those that its "
        "packages allow.",
    ),
]
Arch = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The architecture of the servers, as Debian names it. Default: amd64."),
]
Formatted = Annotated[Format, format_option(Command.LINT)]


def lint(
    files: Configurations,
    kea: Version = None,
    platform: Platform = None,
    arch: Arch = None,
    root: Roots = None,
    form: Formatted = TEXT,
    fail_on: Failing = None,
    fix: Fix = False,
    diff: Diff = False,
    baseline: BaselineFile = None,
    write_baseline: WriteBaseline = False,
) -> int:
    """Check existing files of Kea with the same rules as specs.

    Exit code 0: nothing to report; 1: findings; 2: something could not be read.
    """
    from kea_hac.cli.inputs import KEA_FILES, find
    from kea_hac.fixing.kea_files import kea_file_judge
    from kea_hac.linting import lint as judge
    from kea_hac.report.text import counted, summary

    version, arch = _host(kea, platform, arch)
    refuse_diff_alone(fix=fix, diff=diff)
    settings = settings_for(files)
    accepted = read_before(baseline, write=write_baseline)
    failing = fail_on_of(fail_on, settings)
    inputs = find(files, KEA_FILES)
    judged = partial(judge, [Path(path) for path in inputs.paths], version, platform, arch, roots(root))
    if fix:
        repairs = kea_file_judge(inputs.paths, lambda files: judged(files=files))
        if diff:
            return show_repairs(repairs, settings, inputs.problems, failing)
        write_repairs(repairs, settings)
    linted = judged()
    report = with_settings(linted.report, settings, complete=False)
    read = [*inputs.paths, *(text.path for each in linted.documents.values() for text in each.texts)]
    if baseline is not None and write_baseline:
        return write_now(baseline, report, accepted, read, inputs.problems)
    report = without_old(report, accepted, read)
    show_result(form, Findings(report, inputs.problems), failing)
    for problem in inputs.problems:
        complain(problem)
    if not form.for_programs:
        for guess in dict.fromkeys(sorted(linted.guessed.values(), key=lambda each: str(each.version))):
            named = ", ".join(path for path, other in linted.guessed.items() if other == guess)
            say(
                f"kea-hac: checked for Kea {guess.version}, which is a guess ({guess.words}): {named}; --kea VERSION sets another"
            )
        say(summary(report, counted(len(inputs.paths), "file")))
    return exit_code(report, inputs.problems, failing)


def _host(kea: str | None, platform: str | None, arch: str | None) -> tuple[KeaVersion | None, str]:
    """The version and the architecture that are meant. Raises UsageError for what is not known."""
    from kea_hac.errors import UsageError
    from kea_hac.kea.platform import platform as known
    from kea_hac.kea.version import BRANCHES, KeaVersion, preferred

    try:
        version = KeaVersion.parse(kea) if kea else None
    except ValueError as error:
        raise UsageError(f"--kea: {error}") from None
    if arch and not platform:
        raise UsageError("--arch needs --platform")
    arch = arch or "amd64"
    if platform:
        try:
            known(platform, arch, version or KeaVersion(preferred(BRANCHES)))
        except ValueError as error:
            raise UsageError(f"--platform, --arch: {error}") from None
    return version, arch
