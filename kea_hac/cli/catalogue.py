"""`kea-hac rules` and `kea-hac explain`: what kea-hac looks for, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kea_hac.cli.boundary import CLEAN
from kea_hac.cli.terminal import put
from kea_hac.cli.words import rule_names
from kea_hac.diagnostics import Rule
from kea_hac.errors import UsageError


class Listing(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


RuleName = Annotated[
    str,
    typer.Argument(
        metavar="RULE", show_default=False, autocompletion=rule_names, help="A code or a name: KH101, wrong-value."
    ),
]
ListForm = Annotated[
    Listing,
    typer.Option(
        "--format", help="How the list is written. JSON and Markdown contain everything that `explain` shows."
    ),
]


def explain(name: RuleName) -> int:
    """Explain a rule: what happens to the site, what Kea does, the source of the fact, a bad and a good example."""
    from kea_hac.report.rule_pages import terminal_page

    put(terminal_page(_rule(name)))
    return CLEAN


def rules(form: ListForm = Listing.TEXT) -> int:
    """List all rules."""
    from kea_hac.rule_list import all_rules

    known = sorted(all_rules().values(), key=lambda each: each.code)
    put(_LISTED[form](known))
    return CLEAN


def _text(known: list[Rule]) -> str:
    width = max(len(each.name) for each in known)
    return "".join(f"{each.code}  {each.name:<{width}}  {each.severity:<7}  Kea: {each.kea}\n" for each in known)


def _json(known: list[Rule]) -> str:
    import json

    from kea_hac.report.rule_pages import data

    return json.dumps([data(each) for each in known], indent=2, ensure_ascii=False) + "\n"


def _markdown(known: list[Rule]) -> str:
    from kea_hac.report.rule_pages import markdown

    return markdown(known)


_LISTED = {Listing.TEXT: _text, Listing.JSON: _json, Listing.MARKDOWN: _markdown}


def _rule(name: str) -> Rule:
    from kea_hac.rule_list import all_rules

    named = {key.lower(): each for each in all_rules().values() for key in (each.code, each.name)}
    found = named.get(name.strip(" []`'\"").lower())
    if found is None:
        from kea_hac.check.catalogue import nearest_rules

        near = nearest_rules(name)
        hint = f"did you mean {' or '.join(near)}?" if near else "kea-hac rules lists them all"
        raise UsageError(f"{name!r} is not a rule; {hint}")
    return found
