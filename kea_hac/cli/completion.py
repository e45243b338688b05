"""Completion in a shell. The scripts of `deploy/completion` call kea-hac with `_KEA_HAC_COMPLETE` set; then it prints words and ends."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType

from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script

SCRIPTS: Mapping[str, str] = MappingProxyType({"bash": "kea-hac.bash", "zsh": "_kea-hac", "fish": "kea-hac.fish"})
"""Shell → the name of its script."""


def complete() -> int:
    """Print the words that fit to the command line in the environment. Returns the exit code."""
    from kea_hac.cli.app import command_line

    completion_init()
    with suppress(SystemExit):  # its code has no meaning for a shell
        command_line()(prog_name="kea-hac")
    return 0


def script(shell: str) -> str:
    """What a shell reads to complete `kea-hac`. Names of files stay possible."""
    made = get_completion_script(prog_name="kea-hac", complete_var="_KEA_HAC_COMPLETE", shell=shell)
    return made.strip().replace(" --no-files", "") + "\n"
