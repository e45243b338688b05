"""What a person is told when it could not be done, and the code that scripts see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kea_hac.cli import run
from kea_hac.cli.boundary import guarded
from kea_hac.cli.reference import command_pages
from kea_hac.diagnostics import Report, Severity
from kea_hac.errors import SourceError
from tests.cli.conftest import Call
from tests.cli.fakes import found, pretend
from tests.unit.compiler.pairs import pair

SECRET = "hunter2"


def _raising(error: BaseException) -> Callable[[str], Report]:
    def outcome(path: str) -> Report:
        if path == "a.yaml":
            raise error
        return Report((found(Severity.ERROR, file=path),))

    return outcome


def valued() -> Iterator[tuple[str, str]]:
    """Every option with a value, of every command: the command, and the option as it is written."""
    for page in command_pages():
        for option in page.options:
            words = option.names.replace(",", " ").split()
            if not words[-1].startswith("-"):
                yield from ((page.name, word) for word in words if word.startswith("-"))


@pytest.mark.parametrize(("command", "word"), list(valued()))
def test_no_option_takes_the_next_option_as_its_value(call: Call, command: str, word: str) -> None:
    called = call(*command.split(), word, "--help")
    assert (called.code, called.out) == (2, "")
    told = " ".join(called.err.split())
    assert f"Invalid value for {word}: it needs a value, and --help is an option" in told
    assert told.startswith(f"Usage: kea-hac {command} ")


def test_a_value_that_is_written_as_one_word_can_be_anything(call: Call) -> None:
    Path("spec.yaml").write_text(pair(), "utf-8")
    assert call("build", "spec.yaml", "--output=--check").code == 0
    assert Path("--check").is_dir()


@pytest.mark.parametrize(
    "arguments",
    [
        ("frob",),
        ("lint",),
        ("validate", "a", "--nope"),
        ("build", "a", "-j", "-1"),
        ("validate", "a", "--format", "xml"),
    ],
)
def test_usage(call: Call, arguments: tuple[str, ...]) -> None:
    called = call(*arguments)
    assert (called.code, called.out) == (2, "")
    assert "Usage: kea-hac" in called.err


def test_what_could_not_be_done_is_one_line_and_the_rest_goes_on(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, _raising(SourceError("a.yaml: it is a FIFO")))
    called = call("validate", "a.yaml", "b.yaml")
    assert called.code == 2
    assert "b.yaml:1:1" in called.out
    assert called.err == "kea-hac: a.yaml: a.yaml: it is a FIFO\n1 error in 1 file\n"


def test_an_error_of_the_system_is_no_bug(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, _raising(PermissionError(13, "Permission denied", "hosts.csv")))
    assert "kea-hac: a.yaml: Permission denied: hosts.csv\n" in call("validate", "a.yaml").err


def test_a_bug_tells_its_kind_and_place_but_no_value(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, _raising(ValueError(SECRET)))
    called = call("validate", "a.yaml", "b.yaml")
    assert called.code == 2
    assert "b.yaml:1:1" in called.out
    assert called.err.startswith("kea-hac: a.yaml: this is a bug in kea-hac: ValueError at test_boundary.py:")
    assert SECRET not in called.err + called.out
    assert "Traceback" not in called.err


def test_the_traceback_is_there_for_who_asks(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEA_HAC_DEBUG", "1")
    pretend(monkeypatch, _raising(ValueError(SECRET)))
    assert "Traceback" in call("validate", "a.yaml").err
    pretend(monkeypatch, _raising(SourceError("no")))
    assert "Traceback" in call("validate", "a.yaml").err


def test_interrupted(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, _raising(KeyboardInterrupt()))
    called = call("validate", "a.yaml")
    assert (called.code, called.err) == (130, "kea-hac: interrupted\n")


def test_memory(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, _raising(MemoryError()))
    called = call("validate", "a.yaml")
    assert (called.code, called.err.splitlines()[0]) == (2, "kea-hac: a.yaml: out of memory")


@pytest.mark.parametrize(("name", "code"), [("validate", 2), ("build", 2)])
def test_a_bug_outside_of_any_spec(call: Call, monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("kea_hac.cli.inputs.find", broken)
    called = call(name, "a.yaml")
    assert called.code == code
    assert called.err.startswith("kea-hac: this is a bug in kea-hac: RuntimeError at test_boundary.py:")
    assert SECRET not in called.err


def test_a_terminal_is_not_commanded_by_a_name(call: Call) -> None:
    called = call("validate", "\x1b[2J*")
    assert "\x1b" not in called.err + called.out
    assert called.code == 2


def test_a_guarded_command_keeps_its_signature() -> None:
    def command(specs: list[str], jobs: int = 1) -> int:
        """Words."""
        return len(specs) * jobs

    made = guarded(command)
    assert made.__doc__ == "Words."
    assert made.__wrapped__ is command  # type: ignore[attr-defined]


def test_no_spec_is_checked_by_more_processes_than_there_are_specs(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(run, "_spread", forbidden)
    pretend(monkeypatch, lambda path: Report())
    assert call("validate", "a.yaml", "-j", "8").code == 0


COMMANDS = (
    *(("validate",), ("build",), ("diff",), ("lint",), ("import",), ("init",), ("explain",), ("rules",), ("schema",)),
    *(("preferences",), ("preferences", "merge"), ()),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_short_flag_shows_the_help(call: Call, command: tuple[str, ...]) -> None:
    short = call(*command, "-h")
    assert short.code == 0
    assert short.out == call(*command, "--help").out
    assert "Usage: kea-hac" in short.out
