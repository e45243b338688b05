"""Every rule of every stage, by code, from a list: to name, show or explain a rule, nothing of the stages has to be imported.

Rules are defined beside the code that reports them (`diagnostics.rule`). `python -m tests.regenerate` writes the list from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kea_hac.diagnostics import KeaVerdict, Rule, Severity

_LIST = Path(__file__).parent / "generated" / "rules.json"


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule, sorted by code."""
    return MappingProxyType({row["code"]: _rule(**row) for row in json.loads(_LIST.read_bytes())})


def _rule(*, severity: str, kea: str, rests_on: Iterable[str] = (), **more: Any) -> Rule:
    return Rule(severity=Severity(severity), kea=KeaVerdict(kea), rests_on=tuple(rests_on), **more)


def rule_list(rules: Iterable[Rule]) -> str:
    """The list: a line for each rule, without what is as in most rules."""
    rows = [
        {each.name: getattr(rule, each.name) for each in fields(Rule) if getattr(rule, each.name) != each.default}
        for rule in sorted(rules, key=lambda each: each.code)
    ]
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"
