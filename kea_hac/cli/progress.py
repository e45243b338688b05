"""The progress of a command at a terminal: a bar that stays at the bottom, and the lines above it. Elsewhere the lines alone.

A bar is drawn on stderr, and only where stderr is a terminal that can: not in a log, and not with TERM=dumb or NO_COLOR.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kea_hac.cli.terminal import coloured, say
from kea_hac.records import dataclass
from kea_hac.report.cells import safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


@dataclass(slots=True)
class Bar:
    """Steps that are done, of all."""

    _progress: Progress | None = None
    _task: TaskID | None = None

    def say(self, line: str) -> None:
        """One line, above the bar."""
        if self._progress is None:
            say(line)
        else:
            from rich.text import Text

            self._progress.console.print(Text(safe(line)), soft_wrap=True)

    def step(self, done: int, total: int, what: str) -> None:
        """`done` of `total` steps are done. `what`: the one that is being done, for people."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total, description=safe(what), visible=True)

    @contextmanager
    def shown(self, console: Console | None = None) -> Iterator[None]:
        """Draws it while the block runs. `console`: where; None for stderr, where that is a terminal."""
        if console is None and not (sys.stderr.isatty() and coloured(sys.stderr)):
            yield
            return
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        drawn = console if console is not None else Terminal(stderr=True, highlight=False)
        with Progress(*columns, console=drawn, transient=True, redirect_stdout=False, redirect_stderr=False) as made:
            self._progress, self._task = made, made.add_task("", total=None, visible=False)
            try:
                yield
            finally:
                self._progress = self._task = None
