"""Arguments and options that several commands share, so that they are spelt and explained once."""

from __future__ import annotations

from typing import Annotated

import typer

from kea_hac.cli.terminal import FailOn, Format

Specs = Annotated[
    list[str],
    typer.Argument(
        metavar="SPEC",
        show_default=False,
        help="Spec files, folders (every *.yaml and *.yml below with the key kea-hac at its top), or quoted patterns.",
    ),
]
Formatted = Annotated[Format, typer.Option("--format", help="How results are written.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=0, metavar="N", help="Processes to use; 0: one on each core.")]
Failing = Annotated[FailOn, typer.Option("--fail-on", help="The mildest severity that makes the exit code 1.")]
