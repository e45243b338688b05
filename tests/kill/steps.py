"""Every step by which a build changes a disk, counted, so that a test can end the process or fail the call at any of them."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from kea_hac.output import swap


class Killed(BaseException):
    """The process is dead: from here on no call reaches the disk, whatever cleaning up is tried."""


class Steps:
    """Stands between kea-hac and the functions of `os` that change something.

    `at`: the number of the step, from 0, at which `happen(name)` is asked instead; it raises. After `Killed` nothing works.
    """

    NAMES = ("mkdir", "rename", "replace", "unlink", "rmdir", "chmod", "write", "fsync", "open")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, happen: Callable[[str], None]) -> None:
        self.taken: list[str] = []
        self.dead = False
        self._at = at
        self._happen = happen
        for name in self.NAMES:
            monkeypatch.setattr(os, name, self._counted(name, getattr(os, name)))
        monkeypatch.setattr(swap, "exchange", self._counted("exchange", swap.exchange))

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **options: Any) -> Any:
            if name == "open" and not args[1] & os.O_CREAT:
                return real(*args, **options)
            if self.dead:
                raise Killed
            self.taken.append(name)
            if len(self.taken) - 1 == self._at:
                if name == "write":
                    real(args[0], args[1][: len(args[1]) // 2])
                try:
                    self._happen(name)
                except Killed:
                    self.dead = True
                    raise
            return real(*args, **options)

        return step
