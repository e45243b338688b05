"""Included files stay included: `<?include "subnets.json"?>` becomes `!include subnets.json` where all servers have the same.

Only a value, or an item of a list, that is the whole of a file; only a file that the spec can name (in its work tree or
folder); and only where the included value equals that of the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from kea_hac.diagnostics import Route
from kea_hac.importing.arrangement import Arrangement
from kea_hac.importing.hosts import InputFile
from kea_hac.importing.spec_text import Tagged
from kea_hac.kea.config import Block, Json
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.allowed import work_tree
from kea_hac.source.document import Document, walk
from kea_hac.source.includes import JSON_ENDINGS

_OFFSET = 0xFFFFFFFF
_AROUND = regex(r"\s+|//[^\n]*|#[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kept:
    """The spec with its includes, and the included files of all servers, as their documents name them."""

    spec: Block
    files: frozenset[str]


def keep_includes(spec: Block, arrangement: Arrangement, documents: Mapping[str, Document], at: Path | None) -> Kept:
    """Use `!include` where possible. `at`: the path of the spec; without it nothing stays included."""
    if at is None or not any(len(document.texts) > 1 for document in documents.values()):
        return Kept(spec, frozenset())
    keeper = _Keeper(arrangement, documents, at)
    result = spec.copy_of()
    for family in ("dhcp4", "dhcp6"):
        if isinstance(result.get(family), Block):
            result[family] = keeper.value(result[family], result.where(family))
    return Kept(result, frozenset(keeper.files))


class _Keeper:
    def __init__(self, arrangement: Arrangement, documents: Mapping[str, Document], at: Path) -> None:
        self.documents = documents
        self.folder = os.path.dirname(os.path.realpath(at))
        self.root = work_tree(os.path.realpath(at))
        self.files: set[str] = set()
        self.input_files: dict[str, InputFile] = {}
        self.same: dict[str, list[str]] = {}
        for server in arrangement.known:
            for name, supplied in server.host.files.items() if server.host else ():
                self.input_files[supplied.path] = supplied
                self.same.setdefault(name, []).append(supplied.path)

    def value(self, value: Json, route: Route) -> Json:
        """The value with includes in it; the very same object where there is none."""
        if isinstance(value, Block):
            changes = {key: self.entry(item, value.where(key)) for key, item in value.items()}
            if all(changes[key] is value[key] for key in value):
                return value
            result = value.copy_of()
            result.update(changes)
            return result
        if isinstance(value, list) and any(isinstance(item, Block) for item in value):
            items = [self.entry(item, item.at if isinstance(item, Block) else route) for item in value]
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        return value

    def entry(self, value: Json, route: Route) -> Json:
        """One value: an include when it is one, else whatever is in it."""
        if isinstance(value, Block | list) and route and route[0] in self.input_files:
            path = self._file(value, route)
            if path is not None:
                return Tagged("!include", path)
        return self.value(value, route)

    def _file(self, value: Json, route: Route) -> str | None:
        """The file, from the spec's folder, that contains exactly this value on all servers; None where there is none."""
        supplied = self.input_files[str(route[0])]
        found = whole_file(self.documents[supplied.path], route[1:])
        if found is None or supplied.written(route) != value:
            return None
        real = os.path.realpath(found[0])
        if os.path.commonpath((real, self.root)) != self.root or not real.lower().endswith(JSON_ENDINGS):
            return None
        others = [whole_file(self.documents[path], route[1:]) for path in self.same[supplied.configuration.daemon.name]]
        if any(other is None or other[1] != found[1] for other in others):
            return None
        self.files |= {other[0] for other in others if other is not None}
        return os.path.relpath(real, self.folder)


def whole_file(document: Document, route: Route) -> tuple[str, str] | None:
    """Path and text of the file that contains the value at a route and nothing else; None where it is not included like that."""
    steps = list(walk(document.root, route))
    if len(steps) < len(route):
        return None
    above, position = (steps[-1].key, steps[-1].position) if steps else (0, 0)
    if above == position:  # an item of a list, which has no key: its list
        above = steps[-2].position if len(steps) > 1 else 0
    if position >> 64 == above >> 64:
        return None
    text = document.texts[position >> 64]
    start, end = position >> 32 & _OFFSET, position & _OFFSET
    rest = text.text[:start] + text.text[end:]
    return None if _AROUND.sub("", rest) else (text.path, text.text)
