"""The class keys of networks and pools: one string and one list up to 2.6, two lists from 3.0 on."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Json
from kea_hac.kea.config_get.target import Target, where_in


def put_class_keys(
    target: Target, scope: str, source: Mapping[str, Json], result: dict[str, Json], moved: dict[str, Route]
) -> None:
    """Put the classes of a map into `result`, in the branch's spelling; without duplicates, and nothing when empty."""
    guards = _listed(source, "client-classes", "client-class")
    if guards:
        written, names = guards
        if target.knows(scope, "client-classes"):
            _put(result, moved, source, written, "client-classes", names)
        elif len(names) == 1:
            _put(result, moved, source, written, "client-class", names[0])
        else:  # what 2.6 cannot say: the compiler refuses it, and nothing better can be shown
            _put(result, moved, source, written, "client-classes", names)
    additional = _listed(source, "evaluate-additional-classes", "require-client-classes")
    if additional:
        new = target.knows(scope, "evaluate-additional-classes")
        key = "evaluate-additional-classes" if new else "require-client-classes"
        _put(result, moved, source, additional[0], key, additional[1])


def _listed(source: Mapping[str, Json], *keys: str) -> tuple[str, list[str]] | None:
    for key in keys:
        value = source.get(key)
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list) and any(names):
            return key, list(dict.fromkeys(name for name in names if name))
    return None


def _put(
    result: dict[str, Json], moved: dict[str, Route], source: Mapping[str, Json], written: str, key: str, value: Json
) -> None:
    result[key] = value
    if written != key:
        moved[key] = where_in(source, written)
