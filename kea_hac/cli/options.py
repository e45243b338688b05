"""Arguments and options that several commands share, so that they are spelt and explained once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.terminal import FailOn, Format

if TYPE_CHECKING:
    from kea_hac.source.include_places import Root

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
Roots = Annotated[
    list[str] | None,
    typer.Option(
        "--root",
        metavar="[PREFIX=]DIR",
        help="Where included files lie: /etc/kea=DIR for those that the server has below /etc/kea. Files beside the given ones are "
        "found without it. May be repeated.",
    ),
]


def roots(given: list[str] | None) -> tuple[Root, ...]:
    """The values of --root. Raises UsageError for one that names no folder."""
    from kea_hac.errors import UsageError
    from kea_hac.source.include_places import read_root

    try:
        return tuple(read_root(each) for each in given or ())
    except ValueError as error:
        raise UsageError(str(error)) from None
