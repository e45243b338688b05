"""`kea-hac lint`: the rules on any existing files of Kea, no spec needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kea_hac.cli.options import Failing, Formatted
from kea_hac.cli.run import exit_code
from kea_hac.cli.terminal import FailOn, Format, complain, say, show

Configurations = Annotated[
    list[str],
    typer.Argument(
        metavar="CONF",
        show_default=False,
        help="Files of Kea, folders (every kea-*.conf and kea-*.json below), or quoted patterns; those of both servers of a "
        "pair given together are held against each other.",
    ),
]
Version = Annotated[
    str | None,
    typer.Option("--kea", metavar="VERSION", help="The Kea that the files are for; else guessed from their keys."),
]


def lint(
    files: Configurations, kea: Version = None, form: Formatted = Format.TEXT, fail_on: Failing = FailOn.ERROR
) -> int:
    """Check existing files of Kea by the rules that specs are checked by.

    Exit code 0: nothing to report; 1: findings; 2: something could not be read.
    """
    from kea_hac.cli.inputs import KEA_FILES, find
    from kea_hac.errors import UsageError
    from kea_hac.kea.version import KeaVersion
    from kea_hac.linting import lint as judge
    from kea_hac.report.text import counted, summary

    try:
        version = KeaVersion.parse(kea) if kea else None
    except ValueError as error:
        raise UsageError(f"--kea: {error}") from None
    inputs = find(files, KEA_FILES)
    linted = judge([Path(path) for path in inputs.paths], version)
    show(linted.report, form, inputs.problems)
    for problem in inputs.problems:
        complain(problem)
    if form is not Format.JSON:
        for guess in sorted(set(linted.guessed.values()), key=str):
            named = ", ".join(path for path, other in linted.guessed.items() if other == guess)
            say(f"kea-hac: judged for Kea {guess}, as the keys look: {named} (--kea VERSION says another)")
        say(summary(linted.report, counted(len(inputs.paths), "file")))
    return exit_code(linted.report, inputs.problems, fail_on.severity)
