"""Keys whose default is another one in a newer version: what changes for a configuration in which they are not written."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.version import Branch

_INSTEAD = {"cache-threshold": 0.0}
"""What says in the newer version that the older one had nothing by default."""
CHANGED_BY = {
    "enable-multi-threading": "ChangeLog 2103",
    "preferred-lifetime": "ChangeLog 2136",
    "cache-threshold": "ChangeLog 2360",
}


def changed_defaults(daemon: Daemon, config: Block, source: Branch, target: Branch) -> Iterator[tuple[str, str, Json]]:
    """Keys that nobody wrote, whose default differs in the target: (map or "", key, the value to write)."""
    if source is target:
        return
    known = program(daemon.name)
    for below in ("", *({"multi-threading"} & known.scopes.keys())):
        written = config.get(below, {}) if below else config
        for key, keyword in known.scopes[below or known.top].keywords.items():
            if key in written or keyword.replaced_by or not {source, target} <= keyword.branches:
                continue
            old, new = keyword.fact("default", source), keyword.fact("default", target)
            value = _INSTEAD.get(key) if old is None else old
            if old != new and value is not None:
                yield below, key, value
