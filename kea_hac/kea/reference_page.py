"""Kea's whole vocabulary as one page of Markdown: each map of each program, its keys, and what each version makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kea_hac.kea.grammar import Keyword, Kind, Program, ProgramName, Scope, program, spoken
from kea_hac.kea.hook_parameters import PARAMETERS, WHOLE, below
from kea_hac.kea.hooks import Shipping, shipping
from kea_hac.kea.hover import by_branch, default_at, default_by_mode, limits, meanings, newer_spelling
from kea_hac.kea.version import BRANCHES, Branch

_PROGRAMS: tuple[ProgramName, ...] = ("dhcp4", "dhcp6", "ctrl-agent", "ha")
_TITLES = {
    "dhcp4": "kea-dhcp4",
    "dhcp6": "kea-dhcp6",
    "ctrl-agent": "kea-ctrl-agent",
    "ha": "libdhcp_ha: `high-availability`",
}
_UNITS = {"s": "seconds", "ms": "milliseconds"}
_HEAD = f"""# The vocabulary

The keys that Kea {BRANCHES[0]} to {BRANCHES[-1]} accept. A spec contains them below `dhcp4`, `dhcp6`, `control-agent` and
`high-availability`; Kea's own files contain them below `Dhcp4`, `Dhcp6`, `Control-agent` and in the parameters of the HA library.
Each map has a table. A row without versions is valid for every version. "required" means that each map of this kind needs the key.
"""
_COLUMNS = ("| key | value | limits | default | versions | meaning |", "|---|---|---|---|---|---|")


def vocabulary_page() -> str:
    """The page."""
    lines = [_HEAD]
    for name in _PROGRAMS:
        known = program(name)
        lines += [f"## {_TITLES[name]}", ""]
        for scope in known.scopes.values():
            lines += [*_scope(known, scope), ""]
    lines += [*_libraries()]
    return "\n".join(lines).rstrip() + "\n"


def _scope(known: Program, scope: Scope) -> Iterator[str]:
    yield f'### <a id="{_anchor(known, scope.name)}"></a>{scope.name}'
    yield ""
    notes = [
        "" if scope.branches == known.branches else f"Kea: {spoken(scope.branches)}.",
        "" if scope.empty_map else "May not be `{}`.",
        "Accepts any other key as well." if scope.open else "",
    ]
    if any(notes):
        yield " ".join(filter(None, notes))
        yield ""
    yield from _COLUMNS
    for keyword in scope.keywords.values():
        yield _row(_cells(known, scope, keyword))


def _cells(known: Program, scope: Scope, keyword: Keyword) -> Iterable[str]:
    required = _required(scope, keyword)
    meaning = meanings().get(f"{scope.name}/{keyword.name}") or meanings().get(keyword.name) or ""
    newer = newer_spelling(scope, keyword)
    return (
        f"`{keyword.name}`",
        _by_version(keyword, lambda branch: _value(known, keyword.at(branch))),
        _by_version(keyword, lambda branch: limits(keyword.at(branch))),
        default_by_mode(keyword) or _by_version(keyword, lambda branch: default_at(keyword, branch)) or required,
        "" if keyword.branches == known.branches else spoken(keyword.branches),
        f"Old spelling: write {newer}." if newer else meaning,
    )


def _required(scope: Scope, keyword: Keyword) -> str:
    """ "required", in every branch or up to one; "" where the map may lack it."""
    if keyword.name in scope.required:
        return "required"
    demanded = [branch for branch in BRANCHES if keyword.name in scope.demanded({branch})]
    return f"required up to {demanded[-1]}" if demanded else ""


def _by_version(keyword: Keyword, view: Callable[[Branch], str]) -> str:
    """One answer where all versions agree, else each with its versions."""
    written = by_branch(keyword, view)
    if len(written) == 1:
        return next(iter(written))
    return "; ".join(f"{words or 'none'} ({spoken(branches)})" for words, branches in written.items())


def _value(known: Program, keyword: Keyword) -> str:
    unit = f", {_UNITS[keyword.unit]}" if keyword.unit else ""
    if keyword.scope:
        link = f"[{keyword.scope}](#{_anchor(known, keyword.scope)})"
        return f"list of {link}" if keyword.kind is Kind.LIST else link
    if keyword.values:
        words = ", ".join(f"`{word}`" for word in keyword.values)
        return f"list of {words}" if keyword.kind is Kind.LIST else words
    if keyword.kind is Kind.LIST:
        return f"list of {keyword.items}"
    return f"{keyword.kind}{', anything' if keyword.free else ''}{unit}"


def _anchor(known: Program, scope: str) -> str:
    return f"{known.name}-{scope}".lower()


def _libraries() -> Iterator[str]:
    yield "## Parameters of the other hook libraries"
    yield ""
    yield "For each library the page states whether it refuses unknown keys."
    yield ""
    for name, known in sorted(PARAMETERS.items()):
        yield f"### libdhcp_{name}"
        yield ""
        ships = frozenset(branch for branch in BRANCHES if shipping(name, branch) is Shipping.OPEN_SOURCE)
        yield f"{_strictness(known)} Open source: {spoken(ships)}."
        yield ""
        rows = list(_parameters(known))
        if rows:
            yield from ("| key | value | limits | | versions |", "|---|---|---|---|---|", *rows, "")


def _strictness(known: Scope) -> str:
    if known.facts.get("forbidden"):
        return "Does not load with any `parameters`."
    if not known.keywords:
        return "Has no parameters, and ignores any."
    return "Refuses an unknown key." if known.facts.get("strict") else "Ignores an unknown key."


def _parameters(known: Scope, above: str = "") -> Iterator[str]:
    for key, each in known.keywords.items():
        kind = ", ".join(f"`{word}`" for word in each.values) or (
            f"list of {each.items}" if each.kind is Kind.LIST else str(each.kind)
        )
        versions = "" if len(each.branches) == len(BRANCHES) else spoken(each.branches)
        yield _row((f"`{above}{key}`", kind, _reach(each), _required(known, each), versions))
        scope = below(each)
        if scope is not None:
            yield from _parameters(scope, f"{above}{key}{'[]' if each.kind is Kind.LIST else ''}.")


def _reach(each: Keyword) -> str:
    if (each.minimum is None and each.maximum is None) or each.kind is Kind.LIST:
        return "not empty" if each.facts.get("filled") else ""
    if each.maximum is None or each.maximum >= WHOLE:
        return f"at least {each.minimum}"
    return f"{each.minimum} to {each.maximum}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(each.replace('|', chr(92) + '|').replace('<', '&lt;') for each in cells)} |"
