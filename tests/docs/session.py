"""Runs a page: its files are written, its edits made, its commands called, and what they print is compared with the page.

With KEA_HAC_REWRITE_DOCS=1 an output that is not the one on the page is written into the page instead; read the difference.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from kea_hac.cli.app import command_line
from tests.docs.pages import Block, Command, blocks
from tests.shipped import ROOT

REWRITE = os.environ.get("KEA_HAC_REWRITE_DOCS") == "1"
_SHELL = re.compile(r"[|&;<>$`*?\n~]|^[A-Z_]+=")
_IDENTITY = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Alex Example"), ("EMAIL", "alex@example.org"), ("DATE", "2026-11-02T08:00:00Z"))}  # fmt: skip
Run = Callable[[Command, Path], tuple[int, str]]
"""A command and the folder to run it in → exit code, and what it printed: stdout, then stderr."""


@dataclass(slots=True)
class Session:
    """A person at a terminal, in a folder of their own."""

    folder: Path
    run: Run
    """Calls a command."""
    do: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    """What a comment `<!-- do: NAME -->` stands for."""
    number: int = 0
    """Of the block that is run."""

    def follow(self, page: Path) -> None:
        """Everything that the page says, in its order."""
        for number, block in enumerate(blocks(page)):
            self.number = number
            if not block.language and not block.text:
                self.do[block.words]()
            elif block.not_run is None and not block.words.startswith("as in "):
                self._block(block)

    def _block(self, block: Block) -> None:
        if block.language == "diff":
            self._edit(block)
        elif block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language == "console":
            for command in block.commands():
                self._command(block, command)

    def _edit(self, block: Block) -> None:
        path = self.folder / block.title
        text = path.read_text("utf-8")
        for part in re.split(r"(?m)^…\n", block.text):
            lines = part.splitlines(keepends=True)
            old = "".join(each[1:] or "\n" for each in lines if each[0] != "+")
            new = "".join(each[1:] or "\n" for each in lines if each[0] != "-")
            assert text.count(old) == 1, f"{block.name}: {old!r} is {text.count(old)} times in\n{text}"
            text = text.replace(old, new)
        path.write_text(text, "utf-8")

    def _command(self, block: Block, command: Command) -> None:
        code, printed = self.run(command, self.folder)
        if not command.output:
            assert code == 0, f"{block.name}: `{command.line}` ended with {code}:\n{printed}"
            return
        printed = "\n".join(line.rstrip() for line in printed.rstrip().splitlines())
        if fits(command.output, printed):
            return
        if REWRITE:
            _rewrite(block.page, self.number, command, printed)
            return
        raise AssertionError(
            f"{block.name}: `{command.line}` ended with {code} and prints\n{printed}\n--- and not\n{command.output}"
        )


def fits(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed: a line `…` stands for any lines, `…` in a line for any characters of it."""
    parts = []
    for line in shown.splitlines():
        if line.strip() == "…":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(".*".join(re.escape(each) for each in line.split("…")) + "\n")
    return re.fullmatch("".join(parts), printed + "\n") is not None


def _rewrite(page: Path, number: int, command: Command, printed: str) -> None:
    text = page.read_text("utf-8")
    place = text.index(f"{command.line}\n{command.output}\n", blocks(page)[number].start) + len(command.line) + 1
    page.write_text(text[:place] + printed + text[place + len(command.output) :], "utf-8")


def here(command: Command, folder: Path) -> tuple[int, str]:
    """Calls it on this machine: `kea-hac` in this process where no shell is needed, which is faster."""
    assert command.where == "$", f"`{command.line}` is a command of {command.where}"
    words = shlex.split(command.line, comments=True) if not _SHELL.search(command.line) else []
    if words[:1] == ["kea-hac"]:
        return _in_process(words[1:], folder)
    return finished(subprocess.run(["bash", "-c", command.line], capture_output=True, text=True, check=False, cwd=folder, env=environment(folder)))  # fmt: skip


def finished(done: subprocess.CompletedProcess[str]) -> tuple[int, str]:
    """Exit code and output."""
    return done.returncode, done.stdout + done.stderr


def environment(folder: Path) -> dict[str, str]:
    """For a process: `kea-hac` and the other programs of this environment, and a home of its own."""
    tools = folder.parent / "tools"
    tools.mkdir(exist_ok=True)
    command = tools / "kea-hac"
    if not command.exists():
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m kea_hac "$@"\n')
        command.chmod(0o755)
    path = f"{tools}:{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder.parent), "LC_ALL": "C.UTF-8", **_IDENTITY}


def _in_process(arguments: list[str], folder: Path) -> tuple[int, str]:
    before = os.getcwd()
    out, err = io.StringIO(), io.StringIO()
    os.chdir(folder)
    code: object = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            command_line(arguments)(arguments, prog_name="kea-hac")
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        os.chdir(before)
    assert isinstance(code, int)
    return code, out.getvalue() + err.getvalue()
