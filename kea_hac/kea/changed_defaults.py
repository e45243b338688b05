"""Keys whose default is another one in a newer version: what changes for a configuration in which they are not written.

The rows are those of the vocabulary: `before` holds an older default, `default-source` the ChangeLog entry that changed it, and
`default-kept-by` the keys that keep the older behaviour, where these are not the key with its older default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.grammar import Keyword, program
from kea_hac.kea.version import BRANCHES, Branch
from kea_hac.records import dataclass

Lines = Mapping[str, Json]
"""Keys of one map with the values to write."""


@dataclass(frozen=True, slots=True)
class ChangedDefault:
    """A key that a configuration does not set, whose default is another one in a newer version."""

    below: str
    """The map at the top that has the key; "" for the top itself."""
    key: str
    old: Json
    """None: the older version has no default."""
    new: Json
    words: tuple[str, str]
    """Both defaults for people: ("none (leases are not cached)", "0.25")."""
    since: Branch
    """The first branch with another default than the older version."""
    source: str
    """ "ChangeLog 2360" """
    kept_by: tuple[Lines, ...]
    """What keeps the older behaviour in the newer version. The first alternative means the same to the older version. One of several keys
    is no way where a subnet or the like sets one of them already, because that would inherit the others. Empty: nothing keeps it."""

    @property
    def name(self) -> str:
        """cache-threshold, multi-threading.enable-multi-threading"""
        return f"{self.below}.{self.key}" if self.below else self.key

    def kept_in(self, config: Mapping[str, Json]) -> Lines | None:
        """The keys to write into a configuration, in the map of the key, to keep the older behaviour; None where nothing keeps it."""
        for lines in self.kept_by:
            if len(lines) == 1 or not any(_occurs(config, key) for key in lines):
                return lines
        return None


def changed_defaults(daemon: Daemon, config: Block, source: Branch, target: Branch) -> Iterator[ChangedDefault]:
    """The keys that nobody wrote, whose default differs in the target and can be kept."""
    if source is target:
        return
    known = program(daemon.name)
    for below in ("", *({"multi-threading"} & known.scopes.keys())):
        written = config.get(below, {}) if below else config
        for key, keyword in known.scopes[below or known.top].keywords.items():
            if key in written or keyword.replaced_by or not {source, target} <= keyword.branches:
                continue
            changed = _changed(below, keyword, source, target)
            if changed is not None and changed.kept_by:
                yield changed


def _changed(below: str, keyword: Keyword, source: Branch, target: Branch) -> ChangedDefault | None:
    old, new = keyword.fact("default", source), keyword.fact("default", target)
    if old == new:
        return None
    since = next(each for each in BRANCHES[source.order :] if keyword.fact("default", each) != old)
    kept_by = tuple(keyword.fact("default-kept-by", source) or (({keyword.name: old},) if old is not None else ()))
    words = (_in_words(keyword, source), _in_words(keyword, target))
    return ChangedDefault(
        below, keyword.name, old, new, words, since, keyword.fact("default-source", source) or "", kept_by
    )


def _in_words(keyword: Keyword, branch: Branch) -> str:
    value = keyword.fact("default", branch)
    words: str | None = keyword.fact("default-in-words", branch)
    return words or ("none" if value is None else orjson.dumps(value).decode())


def _occurs(value: Json, key: str) -> bool:
    """Whether a map, or one below it, has a key."""
    if isinstance(value, Mapping):
        return key in value or any(_occurs(each, key) for each in value.values())
    return any(_occurs(each, key) for each in value) if isinstance(value, list) else False
