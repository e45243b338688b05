"""The files of a document on the disk: which other files use them, and how new texts are written into them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from kea_hac.errors import RewriteError
from kea_hac.regex import regex
from kea_hac.source.allowed import work_tree
from kea_hac.source.document import Document
from kea_hac.source.files import FileError, decode, read_bytes
from kea_hac.source.includes import JSON_ENDINGS, YAML_ENDINGS
from kea_hac.source.limits import MIB
from kea_hac.source.replacing import replace_files

_INCLUDE = regex(
    r"""!(?:include|csv)[ \t]+(?:"([^"\n]+)"|'([^'\n]+)'|([^\s,\]}#]+))|<\?[ \t]*include[ \t]*"([^"\n]+)"[ \t]*\?>"""
)
_MOST_FILES = 20_000
_LARGEST = 8 * MIB
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def other_users(document: Document, besides: Collection[str] = ()) -> Mapping[str, str]:
    """The included files of a document that other files below the same root include as well: path → their names.

    `besides`: real paths of files that do not count. A spec of a fleet that changes a shared file changes its neighbours. Only the
    text is searched; of a tree with more than 20,000 files the rest is not.
    """
    mine = {os.path.realpath(each.path): each.path for each in document.texts}
    wanted = {real: path for real, path in mine.items() if path != document.path}
    if not wanted:
        return {}
    root = work_tree(os.path.realpath(document.path))
    found: dict[str, list[str]] = {}
    for file in _files(root):
        if (real := os.path.realpath(file)) not in mine and real not in besides:
            for path in sorted({wanted[real] for real in _included(file) if real in wanted}):
                found.setdefault(path, []).append(os.path.relpath(file, root))
    return {path: " and ".join(names[:3]) + (" and others" if len(names) > 3 else "") for path, names in found.items()}


def _files(root: str) -> Iterator[str]:
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for name in sorted(names):
            count += 1
            if count > _MOST_FILES:
                return
            if name.lower().endswith((*YAML_ENDINGS, *JSON_ENDINGS)):
                yield os.path.join(folder, name)


def _included(file: str) -> Iterator[str]:
    try:
        text = read_bytes(file, _LARGEST, links=False).decode("utf-8", "replace")
    except FileError:
        return
    for match in _INCLUDE.finditer(text):
        name = next(group for group in match.groups() if group)
        if "\0" not in name:
            yield os.path.realpath(os.path.join(os.path.dirname(file), name))


def write_texts(document: Document, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Write new texts into the files of a document, all of them or none. Returns their paths, sorted.

    `texts` is that of a `Plan` for `document`. Raises RewriteError as `replace_texts`.
    """
    return replace_texts({each.path: each.text for each in document.texts}, texts)


def replace_texts(old: Mapping[str, str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """Replace the texts of files, all of them or none. Returns their paths, sorted.

    `old`: path → the text that was read there, without a byte order mark. Raises RewriteError, and nothing is changed: a file could
    not be read or replaced, or its text is not the old one any more.
    """
    contents: dict[Path, bytes] = {}
    before: dict[Path, bytes] = {}
    for path, text in texts.items():
        real = Path(os.path.realpath(path))
        try:
            data = read_bytes(str(real), _LARGEST * 64)
            if decode(data).text != old[path]:
                raise RewriteError(f"{path} was changed after it was read; nothing is written, run the command again")
        except FileError as error:
            raise RewriteError(f"cannot read {path}: {error}; nothing is written") from error
        mark = _BYTE_ORDER_MARK if data.startswith(_BYTE_ORDER_MARK) else b""
        contents[real] = mark + text.encode()
        before[real] = data
    try:
        replace_files(contents, before)
    except OSError as error:
        notes = "; ".join(getattr(error, "__notes__", ())) or "nothing is changed"
        where = error.filename or next(iter(texts), "")
        raise RewriteError(f"cannot write {os.fspath(where)!s}: {error.strerror or error}; {notes}") from error
    return tuple(sorted(texts))
