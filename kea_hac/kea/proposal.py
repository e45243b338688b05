"""What to write for a value that is refused: the fix of a finding, in words and as data."""

from __future__ import annotations

from typing import NamedTuple

from kea_hac.diagnostics import Repair, set_it


class Instead(NamedTuple):
    """What to write, as far as it is known. Without `value` the user has to choose."""

    fix: str | None = None
    value: str | int | float | bool | None = None

    @property
    def repair(self) -> tuple[Repair, ...]:
        """The change of the value that is refused."""
        return () if self.value is None else set_it(self.value)


UNKNOWN = Instead()
"""Nothing is proposed."""
