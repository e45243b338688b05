"""Arguments and options that several commands share, so that they are spelt and explained once."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kea_hac.diagnostics import Severity
from kea_hac.report.formats import Command, Format, offered

if TYPE_CHECKING:
    from kea_hac.source.include_places import Root


class FailOn(StrEnum):
    """The mildest severity that makes a command end with 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def severity(self) -> Severity:
        """The same as the findings say it."""
        return Severity(self.value)


_SPECS = "Spec files, folders (every *.yaml, *.yml and *.YAML below, not hidden, with the key kea-hac at its top), or quoted patterns."
Specs = Annotated[list[str], typer.Argument(metavar="SPEC", show_default=False, help=_SPECS)]
SpecsOrSettings = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SPEC…]", show_default=False, help=f"{_SPECS} Default: `specs` of kea-hac.toml."),
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=0, metavar="N", help="Processes to use; 0: one on each core.")]
Failing = Annotated[
    FailOn | None,
    typer.Option(
        "--fail-on",
        show_default=False,
        help="The lowest severity that causes exit code 1. Default: `fail-on` of kea-hac.toml, else error.",
    ),
]
Roots = Annotated[
    list[str] | None,
    typer.Option(
        "--root",
        metavar="[PREFIX=]DIR",
        help="The folder of included files: /etc/kea=DIR for files that are below /etc/kea on the server. Files beside the named ones are "
        "found without this option. Can be repeated.",
    ),
]


def format_option(command: Command) -> Any:
    """`--format` of a command: its choices are the rows of the table of formats that the command offers."""
    choices = "|".join(offered(command))
    return typer.Option("--format", parser=_chosen(command), metavar=f"<{choices}>", help=_HELP[command])


_HELP = dict.fromkeys(Command, "How results are written.") | {Command.DIFF: "How the result is written."}


def _chosen(command: Command) -> Callable[[Any], Format]:
    def chosen(value: Any) -> Format:
        """The row of the table. `value` is a name, or the row that is the default."""
        known = offered(command)
        if str(value) not in known:
            raise typer.BadParameter(f"{str(value)!r} is not one of {', '.join(map(repr, known))}.")
        return known[str(value)]

    return chosen


def refuse_without_place(form: Format, option: str | None) -> None:
    """Raises UsageError for an option whose result has no place in the format. None: the option was not used."""
    from kea_hac.errors import UsageError

    if option is not None and form.findings_only:
        raise UsageError(
            f"--format {form} contains findings only, and has no place for the result of {option}; --format json has one"
        )


def roots(supplied: list[str] | None) -> tuple[Root, ...]:
    """The values of --root. Raises UsageError for one that names no folder."""
    from kea_hac.errors import UsageError
    from kea_hac.source.include_places import read_root

    try:
        return tuple(read_root(each) for each in supplied or ())
    except ValueError as error:
        raise UsageError(str(error)) from None
