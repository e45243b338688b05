"""What an editor shows about a keyword of Kea: its meaning, its unit, limits and default, and the versions that have it.

The meanings stand in `data/meanings.json`, by keyword or by `scope/keyword` where a word means several things, and in
`data/file-meanings.json` where a file of Kea needs other words than a spec; everything else comes from the keyword's own
row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from kea_hac.kea.grammar import Keyword, Kind, Scope, narrowed, spoken
from kea_hac.kea.synonyms import BY_OLD
from kea_hac.kea.version import BRANCHES, Branch

_DATA = Path(__file__).parent / "data"
_UNITS = {
    "s": "Seconds, or a length of time such as 90s, 4h, 1d",
    "ms": "Milliseconds, or a length of time such as 500ms, 10s",
}
_FILE_UNITS = {"s": "Seconds", "ms": "Milliseconds"}
_WIDEST = 2**32 - 1


@cache
def meanings() -> Mapping[str, str]:
    """One sentence or two for each keyword, by `keyword` or `scope/keyword`."""
    found: Mapping[str, str] = orjson.loads((_DATA / "meanings.json").read_bytes())
    return found


@cache
def file_meanings() -> Mapping[str, str]:
    """Sentences instead of `meanings` for Kea's own files, where nothing is derived and there are no aliases and no spec."""
    found: Mapping[str, str] = orjson.loads((_DATA / "file-meanings.json").read_bytes())
    return found


def newer_spelling(scope: Scope, keyword: Keyword) -> str | None:
    """What to write instead of an old spelling, in words; None for a keyword that is no old spelling."""
    row = BY_OLD.get(keyword.name)
    if row is not None and row.new in scope.keywords:
        return row.new
    return ", ".join(keyword.replaced_by) or None


def hover_text(scope: Scope, keyword: Keyword) -> str:
    """Two lines of plain text: what the keyword is for, and the facts. The first is left out where it is not known."""
    meaning = meanings().get(f"{scope.name}/{keyword.name}") or meanings().get(keyword.name)
    newer = newer_spelling(scope, keyword)
    if newer:
        meaning = f"Old spelling: write {newer}."
    facts = [*_facts(keyword), f"Kea: {spoken(keyword.branches)}."]
    return "\n".join([*([meaning] if meaning else []), " ".join(facts)])


def file_hover_text(scope: Scope, keyword: Keyword, branch: Branch) -> str:
    """What a keyword is for and its facts, as one branch has it in Kea's own files: one line of plain text."""
    view = keyword.at(branch)
    names = (f"{scope.name}/{keyword.name}", keyword.name)
    found = (texts().get(name) for name in names for texts in (file_meanings, meanings))
    default = default_by_mode(view) or default_at(view, branch)
    facts = [
        _FILE_UNITS.get(view.unit or "", ""),
        limits(view),
        f"default {default}" if default else "",
        "with a decimal point: Kea refuses 1 and accepts 1.0" if view.kind is Kind.NUMBER else "",
        _inherited(view),
    ]
    return " ".join([*filter(None, [next(filter(None, found), "")]), *_sentences(facts)])


def _facts(keyword: Keyword) -> list[str]:
    written = [
        _UNITS.get(keyword.unit or "", ""),
        _limits_by_version(keyword),
        _words_by_version(keyword),
        _default(keyword),
    ]
    return _sentences([*written, _inherited(keyword)])


def _sentences(written: Iterable[str]) -> list[str]:
    return [f"{each[0].upper()}{each[1:]}." for each in written if each]


def _inherited(keyword: Keyword) -> str:
    inherited = keyword.facts.get("inherited-at-runtime") or keyword.facts.get("inherited-copied")
    return "without it, the value of the level above applies" if inherited else ""


def limits(keyword: Keyword) -> str:
    """Between what the value must be, in words; "" where the type says it."""
    low, high = keyword.minimum, keyword.maximum
    if low is not None and high is not None:
        return "" if (low, high) == (0, _WIDEST) else f"{low} to {high}"
    limits = (("at least", low), ("more than", keyword.above), ("at most", high), ("less than", keyword.below))
    return ", ".join(f"{words} {limit}" for words, limit in limits if limit is not None)


def _limits_by_version(keyword: Keyword) -> str:
    """The limits of the newest version; where it has none, those that older ones have."""
    older = by_branch(keyword, lambda branch: limits(keyword.at(branch))).items()
    return limits(keyword) or ", ".join(f"{words} ({spoken(branches)})" for words, branches in older if words)


def _words_by_version(keyword: Keyword) -> str:
    """The words of an enumeration that not every version of the keyword has."""
    if not keyword.values:
        return ""
    views = {branch: keyword.at(branch).values for branch in keyword.branches}
    some = {
        word: frozenset(branch for branch in views if word in views[branch])
        for word in narrowed(keyword, keyword.branches).values
    }
    bound = [f"{word} ({spoken(branches)})" for word, branches in some.items() if branches != keyword.branches]
    return f"not in every version: {', '.join(bound)}" if bound else ""


def _default(keyword: Keyword) -> str:
    by_mode = default_by_mode(keyword)
    if by_mode:
        return f"default {by_mode}"
    defaults = by_branch(keyword, lambda branch: default_at(keyword, branch))
    known = {value: branches for value, branches in defaults.items() if value}
    if len(defaults) == 1:
        return "".join(f"default {value}" for value in known)
    return ", ".join(f"default {value} ({spoken(branches)})" for value, branches in known.items())


def default_by_mode(keyword: Keyword) -> str:
    """The default of a key of HA that depends on the mode, in words; "" where there is none."""
    by_mode: Mapping[str, Any] = keyword.facts.get("default-by-mode") or {}
    return ", ".join(f"{value} in {mode}" for mode, value in by_mode.items())


def default_at(keyword: Keyword, branch: Branch) -> str:
    """The default that a branch has; "" where there is none."""
    value = keyword.fact("default", branch)
    value = keyword.fact("default-in-code", branch) if value is None else value
    # A default that the newest version refuses (id: 0) is no advice.
    refused = keyword.minimum is not None and isinstance(value, int) and value < keyword.minimum
    return "" if refused else _shown(value)


def by_branch(keyword: Keyword, view: Callable[[Branch], str]) -> dict[str, frozenset[Branch]]:
    """Each answer of `view`, the newest first, with the branches that give it."""
    if not keyword.varies:
        return {view(BRANCHES[-1]): keyword.branches}
    found: dict[str, frozenset[Branch]] = {}
    for branch in reversed(BRANCHES):
        if branch in keyword.branches:
            written = view(branch)
            found[written] = found.get(written, frozenset()) | {branch}
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    return "" if value is None else str(value)
