"""The bytes of kea-hac.toml, or of a pyproject.toml with `[tool.kea-hac]` → tables whose keys have lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kea_hac.errors import UsageError
from kea_hac.kea.suggest import nearest
from kea_hac.records import dataclass

FILE = "kea-hac.toml"
PYPROJECT = "pyproject.toml"
LARGEST = 1024 * 1024
"""Bytes of such a file."""
_MOST_CHARACTERS = 2_000_000
"""That are read to find one line. Without this limit a file with one value of many thousand lines would take minutes."""
_TOOL = ("tool", "kea-hac")
Route = tuple[str, ...]


class ConfigError(UsageError):
    """The file cannot be read, or contains something that it must not. The text names the file, the line, and what is possible."""


@dataclass(frozen=True, slots=True)
class TomlText:
    """One file."""

    file: str
    """The path, as the current folder names it."""
    text: str
    root: Mapping[str, Any]
    """What is kea-hac's: the whole file, or its table of pyproject.toml."""
    top: Route = ()
    """The keys above `root`."""
    where: str = ""
    """ " in 1a2b3c" for a file of a revision."""

    @property
    def name(self) -> str:
        """As messages name it."""
        return f"{self.file}{self.where}"

    def line(self, route: Route) -> int | None:
        """The 1-based line of a key below `root`. None where it is not written as a line of its own."""
        return _line(self.text, (*self.top, *route))

    def place(self, route: Route) -> str:
        """The file and the line of a key: "kea-hac.toml:3"."""
        line = self.line(route)
        return self.name if line is None else f"{self.file}:{line}{self.where}"

    def wrong(self, route: Route, words: str) -> ConfigError:
        """The error about a key."""
        return ConfigError(f"{self.place(route)}: {'.'.join(route)} {words}")

    def table(self, route: Route) -> Mapping[str, Any]:
        """The table at a route; an empty one where there is none. Raises ConfigError for another value."""
        value: Any = self.root
        for step in route:
            value = value.get(step, {})
        if not isinstance(value, dict):
            raise self.wrong(route, f"is {value!r}, and must be a table: [{'.'.join(route)}]")
        return value

    def refuse_unknown(self, route: Route, known: Iterable[str], what: str) -> None:
        """Raise ConfigError for a key of a table that is not known, with the nearest one. `what`: "[review]"."""
        names = tuple(known)
        for key in self.table(route):
            if key not in names:
                near = nearest(key, names)
                hint = f"; did you mean {near}?" if near else ""
                raise self.wrong((*route, key), f"is not known; {what} takes {', '.join(names)}{hint}")


def read_toml(data: bytes, file: str, where: str = "") -> TomlText | None:
    """The file's own tables. None for a pyproject.toml that has none. Raises ConfigError.

    `file`: the name in messages, which ends with FILE or PYPROJECT; `where`: " in 1a2b3c" for a revision.
    """
    name = f"{file}{where}"
    ours = not file.endswith(PYPROJECT)
    if not ours and b"kea-hac" not in data:
        return None
    import tomllib  # most runs have no such file

    if len(data) > LARGEST:
        raise ConfigError(f"{name} is larger than {LARGEST:,} bytes")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
        root: Mapping[str, Any] = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name} is not TOML: {error}") from error
    if ours:
        return TomlText(file, text, root, (), where)
    whole = TomlText(file, text, root, (), where)
    if "kea-hac" not in whole.table(("tool",)):
        return None
    return TomlText(file, text, whole.table(_TOOL), _TOOL, where)


def _line(text: str, route: Route) -> int | None:
    """The line that a key begins on: the one behind the longest beginning of the text that is a document without the key.

    tomllib is asked, so that strings, dotted keys and inline tables are what they are for every reader of TOML. A beginning that ends
    in the middle of a value is no document, and is passed over.
    """
    lines = text.split("\n")
    low, high = 0, len(lines)  # a document without the key, a document with it
    if not _has(lines, high, route):
        return None
    read = 0
    while True:
        middle = (low + high) // 2
        for number in sorted(range(low + 1, high), key=lambda each: abs(each - middle)):
            read += len(text) * number // len(lines)
            if read > _MOST_CHARACTERS:
                return None
            found = _has(lines, number, route)
            if found is not None:
                break
        else:
            return low + 1
        low, high = (low, number) if found else (number, high)


def _has(lines: list[str], number: int, route: Route) -> bool | None:
    """True when the first lines have the key; None when they are no document."""
    import tomllib

    try:
        value: Any = tomllib.loads("\n".join(lines[:number]))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    for step in route:
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True
