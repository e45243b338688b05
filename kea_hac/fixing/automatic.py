"""Which repairs `--fix` makes without a question: another spelling of what is written, never another value.

What a person has to decide (which of two keys stays, what an address should be, whether a setting is wanted) is not here,
even where the finding names one way.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from kea_hac.diagnostics import Diagnostic, KeaVerdict, Repair, RepairKind, Severity
from kea_hac.fixing.seen import Input
from kea_hac.kea.canonical import STAMP
from kea_hac.source.document import value_at
from kea_hac.source.odd_characters import odd_at, plain
from kea_hac.source.repairs import of_text, within

_SET = frozenset({RepairKind.SET})
_RENAME = frozenset({RepairKind.RENAME})
_REWRITE = frozenset({RepairKind.REWRITE})
_ANY_SPELLING = frozenset({RepairKind.SET, RepairKind.RENAME, RepairKind.WRAP, RepairKind.REMOVE})

SPELLINGS: Mapping[str, frozenset[RepairKind]] = {
    # texts that a reader refuses, or reads as something else
    "KH010": _REWRITE,
    "KH014": _REWRITE,
    "KH018": _REWRITE,
    "KH019": _REWRITE,
    "KH020": _SET | _REWRITE,
    "KH041": _REWRITE,
    "KH042": _REWRITE,
    "KH044": _REWRITE,
    "KH045": _REWRITE,
    "KH046": _REWRITE,
    # keys and words with one that is near
    "KH101": _SET,
    "KH102": _RENAME,
    "KH114": _SET,
    "KH120": _RENAME,
    "KH123": _SET,
    "KH129": _SET,
    "KH136": _SET,
    "KH402": _SET,
    "KH501": _SET,
    "KH609": _SET,
    "KH727": _SET,
    "KH730": _SET,
    "KH770": _RENAME,
    "KH776": _SET,
    # old spellings; the repair of a key with a new form removes the old key
    "KH130": _ANY_SPELLING,
    "KH755": _SET,
    # Kea's own number, host bits
    "KH206": _SET,
    "KH212": _SET,
}
"""By rule, the kinds of change that only spell what is written in another way."""


class Sort(IntEnum):
    """What must be proven of a repair. Repairs are made in this order."""

    REFUSED = 0
    """Nothing can be built, or Kea refuses the file: afterwards there are fewer findings, and no new one."""
    NEUTRAL = 1
    """In addition, Kea gets the same as before."""


def sort_of(found: Diagnostic, of: Input) -> Sort | None:
    """What must be proven of a finding's repair; None for one that is not made."""
    if not found.repair or not (_spelling(found) or _looks_alike(found, of)):
        return None
    refused = found.severity is Severity.ERROR and (of.strict or found.kea_verdict is KeaVerdict.REFUSES)
    return Sort.REFUSED if refused else Sort.NEUTRAL


def _spelling(found: Diagnostic) -> bool:
    return {each.change for each in found.repair} <= SPELLINGS.get(found.rule.code, frozenset())


def _looks_alike(found: Diagnostic, of: Input) -> bool:
    """True for strings that differ only in characters that look like those of ASCII, and in spaces."""
    document = of.document
    if document is None or of_text(found):
        return False
    repairs = [within(each, document) for each in found.repair]
    return all(
        each.change is RepairKind.SET and _same_to_the_eye(value_at(document.root, each.route or ()), each)
        for each in repairs
    )


def _same_to_the_eye(old: object, repair: Repair) -> bool:
    if not isinstance(old, str) or not isinstance(repair.value, str) or odd_at(old) is None:
        return False
    return "".join(plain(old).split()) == "".join(repair.value.split())


def built(of: Input) -> bool:
    """True for a file that `kea-hac build` has written: its spec is what has to be corrected."""
    root = of.document.root if of.document is not None and not of.strict else {}
    tops = [top for top in root.values() if isinstance(top, dict)]
    contexts = [top.get("user-context") for top in tops]
    return any(isinstance(context, dict) and STAMP in context for context in contexts)
