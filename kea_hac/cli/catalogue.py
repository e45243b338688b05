"""`kea-hac rules` and `kea-hac explain`: what kea-hac looks for, and why."""

from __future__ import annotations

import json
import pkgutil
import textwrap
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from kea_hac.cli.boundary import CLEAN
from kea_hac.cli.terminal import put
from kea_hac.diagnostics import KeaSays, Rule, known_rules
from kea_hac.errors import UsageError


class Listing(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


RuleName = Annotated[
    str, typer.Argument(metavar="RULE", show_default=False, help="A code or a name: KH101, wrong-value.")
]
ListForm = Annotated[Listing, typer.Option("--format", help="How the list is written.")]

_KEA = {
    KeaSays.REFUSES: "refuses it: at the check, when it loads the configuration, or when it starts",
    KeaSays.ACCEPTS: "accepts it without a word",
    KeaSays.NOT_ITS_BUSINESS: "never sees it",
}


def explain(name: RuleName) -> int:
    """Say what a rule is about: what happens to the site, what Kea does, where the fact comes from."""
    put(_page(_rule(name)))
    return CLEAN


def rules(form: ListForm = Listing.TEXT) -> int:
    """List every rule."""
    known = sorted(all_rules().values(), key=lambda each: each.code)
    if form is Listing.JSON:
        put(json.dumps([_data(each) for each in known], indent=2) + "\n")
        return CLEAN
    width = max(len(each.name) for each in known)
    for each in known:
        put(f"{each.code}  {each.name:<{width}}  {each.severity:<7}  Kea: {each.kea}\n")
    return CLEAN


def all_rules() -> Mapping[str, Rule]:
    """Every rule of every stage, by code: rules stand beside the code that finds them, so all of it is imported."""
    import kea_hac

    for module in pkgutil.walk_packages(kea_hac.__path__, "kea_hac."):
        if not module.name.endswith(".__main__"):
            import_module(module.name)
    return known_rules()


def _rule(name: str) -> Rule:
    named = {key.lower(): each for each in all_rules().values() for key in (each.code, each.name)}
    found = named.get(name.strip().lower())
    if found is None:
        near = get_close_matches(name.strip().lower(), named, n=3, cutoff=0.5)
        hint = (
            f"did you mean {' or '.join(_key(named[each], each) for each in near)}?"
            if near
            else "kea-hac rules lists them all"
        )
        raise UsageError(f"{name!r} is no rule; {hint}")
    return found


def _key(rule: Rule, typed: str) -> str:
    return rule.code if typed == rule.code.lower() else rule.name


def _page(rule: Rule) -> str:
    parts = [f"{rule.code} {rule.name} ({rule.severity})", _wrapped(rule.why), f"Kea {_KEA[rule.kea]}."]
    if rule.source:
        parts.append(_wrapped(f"Source: {rule.source}", "        "))
    if not rule.unreadable:
        parts.append(f"To let one case through, write beside its line:\n  # kea-hac: ignore[{rule.name}] the reason")
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 96, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def _data(rule: Rule) -> dict[str, str]:
    return {
        "rule": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "kea": rule.kea.value,
        "why": rule.why,
        "source": rule.source,
    }
