"""The commands and their names. What a command needs it imports when it runs, so that `--help` stays instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise, takewhile
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from kea_hac.cli.boundary import guarded
from kea_hac.report.cells import safe

_COMMANDS = (
    "validate",
    "build",
    "review",
    "report",
    "rollout",
    "upgrade",
    "diff",
    "lint",
    "explain",
    "rules",
    "schema",
    "config",
    "import",
    "init",
)
"""In the order of the help."""
_MODULES = {"explain": "catalogue", "rules": "catalogue", "import": "importing"}
"""Where the module of a command has another name."""
_FUNCTIONS = {"import": "import_"}
_PREFERENCES = "preferences"


def command_line(arguments: Sequence[str] = ()) -> typer.Typer:
    """The commands. With `arguments` that begin with a command's name only this one: the others are neither imported nor built."""
    only = arguments[0] if arguments and arguments[0] in (*_COMMANDS, _PREFERENCES) else None
    commands = _group()
    commands.callback()(top)
    for name in _COMMANDS:
        if only in (None, name):
            module = import_module(f"kea_hac.cli.{_MODULES.get(name, name)}")
            commands.command(name=name)(guarded(getattr(module, _FUNCTIONS.get(name, name))))
    if only in (None, _PREFERENCES):
        from kea_hac.cli.preferences import merge

        preferences = _group()
        preferences.callback()(preferences_top)
        preferences.command()(guarded(merge))
        commands.add_typer(preferences, name=_PREFERENCES)
    return commands


class _Commands(TyperGroup):
    """Commands whose usage errors quote arguments: a shell may have made them of the names of files."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """As in typer."""
        with _harmless():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """As in typer."""
        with _harmless():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As in typer, but an option never takes the next option as its value: `build --output --check` would check nothing."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is None:
            return name, command, rest
        params = command.get_params(ctx)
        flags = {word: each for each in params for word in (*each.opts, *each.secondary_opts) if word.startswith("-")}
        for word, value in pairwise(takewhile(lambda each: each != "--", rest)):
            if word in flags and value in flags and not _alone(flags[word]):
                meant = f"{word}{'=' if word.startswith('--') else ''}{value}"
                message = f"it needs a value, and {value} is an option. Write {meant} if that is the value."
                own = command.context_class(command, info_name=name, parent=ctx)  # its usage, not that of all commands
                raise typer.BadParameter(message, ctx=own, param_hint=word)
        return name, command, rest


def _alone(option: Any) -> bool:
    """True for an option without a value."""
    return bool(getattr(option, "is_flag", False) or getattr(option, "count", False))


@contextmanager
def _harmless() -> Iterator[None]:
    """A usage error on its way out loses what a terminal or the log of a CI system would obey."""
    try:
        yield
    except Exception as error:
        # typer has had its own classes of these errors, and those of click.
        message = getattr(error, "message", None)
        if isinstance(message, str) and hasattr(error, "format_message"):
            cast(Any, error).message = safe(message)
        raise


def _group() -> typer.Typer:
    """Plain text, no traceback with values in it, no completion machinery."""
    return typer.Typer(
        cls=_Commands,
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def _version(wanted: bool) -> None:
    if wanted is True:
        from kea_hac.cli.version import show_version

        raise typer.Exit(show_version())


Version = Annotated[
    bool,
    typer.Option(
        "--version", callback=_version, is_eager=True, help="Show the version, and the versions of Kea it knows."
    ),
]


def top(version: Version = False) -> None:
    """Check the YAML spec of a Kea High Availability pair, and compile it into every file that both servers need."""


def preferences_top() -> None:
    """Write the entries of `build` into the preferences.cfg of a Micetro DHCP Agent."""
