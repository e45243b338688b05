"""`regex`: a regular expression that is compiled when it is first used.

The modules of a command define 200 of them, and compiling all takes longer than checking a small spec; most runs need a few.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, AnyStr

__all__ = ["regex"]
_METHODS = ("match", "fullmatch", "search", "sub", "subn", "finditer", "findall", "split")


class _UntilFirstUse:
    """Stands for the pattern: its methods are those of the compiled one, from the first time on that anything is asked of it."""

    def __init__(self, text: Any, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # of copying and pickling
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for each in _METHODS:
            setattr(self, each, getattr(compiled, each))
        return getattr(compiled, name)


def _regex(text: Any, flags: int = 0) -> Any:
    return _UntilFirstUse(text, flags)


if TYPE_CHECKING:

    def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """As `re.compile`."""
        ...

else:
    regex = _regex
