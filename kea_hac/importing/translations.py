"""Spellings of an older Kea that the target writes in another way: one note for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kea_hac.diagnostics import Finding
from kea_hac.importing.hosts import Host
from kea_hac.importing.notes import TRANSLATED
from kea_hac.kea.grammar import Keyword, Scope, program
from kea_hac.kea.hooks import name_in
from kea_hac.kea.synonyms import BY_OLD, MOVED_DDNS
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.used_keys import uses
from kea_hac.source.document import Document

_REMOVED = {
    "reservation-mode": "ChangeLog 2239",
    "ip-address": "ChangeLog 2231",
}
_DDNS = "ChangeLog 2238"


def translations(documents: Mapping[str, Document], hosts: Sequence[Host]) -> Iterator[Finding]:
    """Notes for every key that the target calls otherwise. Same as the source: nothing is translated."""
    for host in hosts:
        target = host.target
        if host.version.branch is target.branch:
            continue
        for supplied in host.files.values():
            vocabulary = program(supplied.configuration.daemon.name)
            node = documents[supplied.path].map_at(supplied.top[1:])
            for use in uses(vocabulary, vocabulary.scopes[vocabulary.top], node, supplied.top, _has_other_names):
                key = use.keyword.name
                newer = [each for each in use.keyword.replaced_by if each in use.scope.keywords]
                known = any(target.branch in use.scope.keywords[each].branches for each in newer)
                if newer and known:
                    row = BY_OLD.get(key)
                    source = row.source if row else _REMOVED.get(key, "")
                    yield _note(use.at, f"{key!r} is {' and '.join(newer)} in Kea {target}", source)
                elif use.scope.name == "dhcp-ddns" and key in MOVED_DDNS and target.branch not in use.keyword.branches:
                    yield _note(use.at, f"{key!r} is the global {MOVED_DDNS[key]} in Kea {target}", _DDNS)
                elif use.scope.name == "hooks-library" and key == "library":
                    yield from _library(documents[supplied.path], use.at, target)


def _has_other_names(scope: Scope, keyword: Keyword) -> bool:
    """True for the keys that `translations` has something to say about, in some version."""
    return (
        bool(keyword.replaced_by)
        or (scope.name == "dhcp-ddns" and keyword.name in MOVED_DDNS)
        or (scope.name == "hooks-library" and keyword.name == "library")
    )


def _library(document: Document, at: tuple[str | int, ...], target: KeaVersion) -> Iterator[Finding]:
    written = document.map_at(at[1:-1]).get("library")
    if isinstance(written, str) and name_in(written, target.branch) != written:
        newer = name_in(written, target.branch).rpartition("/")[2]
        yield _note(at, f"{written.rpartition('/')[2]!r} is called {newer!r} in Kea {target}", "ChangeLog 2289, 2273")


def _note(at: tuple[str | int, ...], message: str, source: str) -> Finding:
    return Finding(TRANSLATED, at, f"{message} ({source})" if source else message, on_key=True)
