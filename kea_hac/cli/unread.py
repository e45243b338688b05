"""YAML files of a folder that might be specs and cannot be looked into: empty ones, and those that are no YAML.

A spec that was emptied or broken must not leave the set of specs without a word. A file that is YAML with keys of its own, and none of
kea-hac, is another program's and not looked at here. Of the rest these are clearly something else: templates (`{{ … }}`, `{% … %}`),
files with comments alone, and a single value (Ansible's vaults), unless the last commit has a spec in that place.
"""

from __future__ import annotations

import os
import re

from _ruamel_yaml import CParser
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import MappingStartEvent, ScalarEvent, SequenceStartEvent

from kea_hac.cli.look import Look, look
from kea_hac.records import dataclass
from kea_hac.regex import regex

_TEMPLATE = regex(r"\{\{.*?\}\}|\{%.*?%\}")
_OURS = regex(r"kea[\W_]?hac", re.IGNORECASE)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class UnclearFile:
    """Why nobody knows whether a file is a spec."""

    why: str
    """How a message goes on after the path: "is empty"."""
    other: bool = False
    """True when it looks like a file of another program."""


def unread(data: bytes) -> UnclearFile | None:
    """None for a file that is YAML with something in it."""
    text = _text(data)
    if not text.strip("\ufeff \t\r\n"):
        return UnclearFile("is empty")
    try:
        root = _root(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        return UnclearFile(f"is not YAML{where}", other=_TEMPLATE.search(text) is not None)
    if root is None:
        return UnclearFile("contains comments only", other="#" in text or text.strip() in ("---", "...", "---\n..."))
    if isinstance(root, ScalarEvent):
        return UnclearFile("contains one value and no keys", other=not _OURS.search(root.value))
    return None


def was_spec(path: str) -> bool:
    """True when the last commit of the Git work tree has a spec at this path, or cannot be read; False outside of work trees."""
    from kea_hac.source.allowed import work_trees
    from kea_hac.source.files import FileError
    from kea_hac.source.git_folder import GitError
    from kea_hac.source.git_objects import Repository
    from kea_hac.source.git_tree import Revision

    folder = os.path.dirname(os.path.realpath(path))
    if next(work_trees(folder), None) is None:
        return False
    try:
        repository = Repository.of(folder)
        if "HEAD" not in repository.references:
            return False
        last = Revision(repository, repository.commit("HEAD"))
        return last.is_file(path) and look(last.read(last.real(path), _LARGEST)) is Look.SPEC
    except FileError:
        return False
    except GitError:
        return True


def _text(data: bytes) -> str:
    if data[:2] in _UTF16:
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def _root(text: str) -> object | None:
    """The event of the first map or list at the top, else of the last single value, None where there is nothing. Raises YAMLError."""
    parser = CParser(text)
    found: object | None = None
    depth = 0
    while parser.check_event():
        event = parser.get_event()
        if not depth and not isinstance(found, MappingStartEvent | SequenceStartEvent) and _counts(event):
            found = event
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif type(event).__name__ in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
    return found


def _counts(event: object) -> bool:
    """A document without a value gives an empty scalar."""
    return isinstance(event, MappingStartEvent | SequenceStartEvent) or (
        isinstance(event, ScalarEvent) and bool(event.value or event.style)
    )
