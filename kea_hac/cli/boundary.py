"""The one place that decides the exit code.

A command returns its code and lets everything fly; `guarded` turns what flies into one line on stderr, and keeps the code.
`run` ends the process with that code. What the command line library
makes of it does not count: its versions differ. That library is imported where a command runs: `--version` does not need it.
"""

from __future__ import annotations

import errno
import functools
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ParamSpec

from kea_hac.cli import streams
from kea_hac.cli.terminal import complain
from kea_hac.errors import KeaHacError, UsageError, debugging, fault

CLEAN = 0
"""Nothing to report."""
FOUND = 1
"""Findings, a stale build, or drift."""
FAILED = 2
"""Could not run: usage, an unreadable file, a server out of reach, a bug. Wins over FOUND."""
INTERRUPTED = 130
"""Stopped by the user, as the shell says it: 128 + SIGINT."""
UNHEARD = 141
"""Nobody reads the output any more: 128 + SIGPIPE."""

HELP = ("--help", "-h")
"""The options that show what there is instead of doing something."""

P = ParamSpec("P")
_ended: list[int] = []
"""The code of the command that ran in this process."""


def run(command_line: Callable[[], object], arguments: Sequence[str]) -> int:
    """Run a command line in this process, with the streams prepared, and give the exit code of the process.

    `command_line` parses `arguments` and calls a guarded command. When none ran, it showed help (0, when that was asked
    for) or it complained about the arguments (2).
    """
    _ended.clear()
    try:
        command_line()
        asked = 0
    except SystemExit as stop:
        asked = FAILED if stop.code else CLEAN
    except KeyboardInterrupt:
        ended(_interrupted())
    except Exception as error:
        if error is not streams.failure():
            complain(told(error))
        asked = FAILED
    streams.finish()
    code = _ended[-1] if _ended else CLEAN if asked == CLEAN and set(HELP) & set(arguments) else FAILED
    return _without_reader(code)


def _without_reader(code: int) -> int:
    """The code when results did not reach their reader: a reader that had enough is no error, a full disk is."""
    lost = streams.failure()
    if lost is None or code == INTERRUPTED:
        return code
    if isinstance(lost, BrokenPipeError):
        return UNHEARD
    why = "standard output is closed" if lost.errno == errno.EBADF else lost.strerror
    complain(f"the results could not be written to standard output: {why}")
    return FAILED


def ended(code: int) -> int:
    """Keep the code of the command that ran: it is that of the process."""
    _ended.append(code)
    return code


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """A command for typer: what `command` returns or raises becomes the exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        import typer

        raise typer.Exit(ended(_code(functools.partial(_checked, command, *args, **kwargs))))

    return run


def _checked(command: Callable[P, int], *args: P.args, **kwargs: P.kwargs) -> int:
    """Call the command, unless its options are of other types than it declares.

    typer 0.12.5 with click 8.3 handed every flag on as a string, so that each of them was set.
    """
    wrong = _misread(command, kwargs)
    if wrong:
        raise UsageError(
            f"the installed typer does not work with the installed click: it reads --{wrong} wrongly; "
            "install kea-hac with its dependencies in a new virtual environment"
        )
    return command(*args, **kwargs)


def _misread(command: Callable[..., int], values: Mapping[str, Any]) -> str | None:
    """The first option whose value is not of the type of its default."""
    import inspect

    for name, parameter in inspect.signature(command).parameters.items():
        kind = None if parameter.default in (None, parameter.empty) else type(parameter.default)
        if kind is not None and name in values and not isinstance(values[name], kind):
            return name
    return None


def _code(command: Callable[[], int]) -> int:
    import typer

    try:
        code = command()
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):  # a prompt ends so on Ctrl-C and Ctrl-D
        return _interrupted()
    except Exception as error:
        if error is not streams.failure():
            for problem in _problems(error):
                complain(problem)
        return FAILED
    return code


def _interrupted() -> int:
    complain("interrupted")
    return INTERRUPTED


def _problems(error: Exception) -> Sequence[str]:
    """The text for the user, a line for each problem. The last one has the trace, where the user asked for it."""
    if isinstance(error, UsageError) and len(error.problems) > 1:
        from kea_hac.source.secrets import without_credentials

        *first, last = map(without_credentials, error.problems)
        return [*first, f"{last}{_trace(error)}"]
    return [told(error)]


def told(error: Exception) -> str:
    """The message about an exception. Of an unexpected one only its type and place: its text may contain a secret."""
    if isinstance(error, KeaHacError):
        from kea_hac.source.secrets import without_credentials

        return f"{without_credentials(str(error))}{_trace(error)}"
    if isinstance(error, OSError):
        file = f": {error.filename}" if isinstance(error.filename, str) else ""
        return f"{error.strerror or type(error).__name__}{file}{_trace(error)}"
    if isinstance(error, MemoryError):
        return "out of memory"
    return (
        f"this is a bug in kea-hac: {fault(error)}; "
        f"please report it (KEA_HAC_DEBUG=1 shows the traceback, without values of the input){_trace(error)}"
    )


def _trace(error: Exception) -> str:
    if not debugging():
        return ""
    return "\n" + "\n".join(_frames(error))


def _frames(error: BaseException) -> Iterator[str]:
    """The traceback without the texts of the exceptions, which may hold values of the input, a password among them."""
    import traceback

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _frames(cause)
    yield "Traceback (most recent call last):"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    yield f"  {type(error).__name__}"
