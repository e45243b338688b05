"""Parameters of the hook libraries in Kea's open source tree, as their load functions and parsers take them.

The facts stand in `data/hooks.json`, one scope a map, and are read as the rest of the vocabulary is. `libdhcp_ha` has a
vocabulary of its own (`grammar.program("ha")`). A scope's facts: `strict`, an unknown key is refused, else it is ignored without a
word; `needed`, the library does not load without `parameters`; `forbidden`, it does not load with them; `one-of`, groups of
keys of which at least one must be there; `only-one`, keys that cannot be used together; `never`, values that do. A
keyword's facts: `address`, an address of the daemon's family; `form` and `example`, a regular expression for the
whole of a string; `filled`, not empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from kea_hac.kea.grammar import Keyword, Scope, program
from kea_hac.kea.hooks import Shipping, shipping, short_name
from kea_hac.kea.version import Branch

WHOLE = 9223372036854775807
"""The largest integer of Kea's JSON: a limit that is none."""

_KNOWN = program("hooks")
_LIBRARIES = _KNOWN.extra["libraries"]

PARAMETERS: Mapping[str, Scope] = MappingProxyType(
    {name: _KNOWN.scopes[name] for name in _LIBRARIES if name in _KNOWN.scopes}
)
"""By short name, as the newest branch has them."""

IN_USER_CONTEXT: Mapping[str, tuple[str, Scope]] = MappingProxyType(
    {
        name: (row["user-context"]["key"], _KNOWN.scopes[row["user-context"]["scope"]])
        for name, row in _LIBRARIES.items()
        if "user-context" in row
    }
)
"""Libraries that read the user-context of subnets (limits: of classes as well): the key there, and what is below it."""

DHCP4_ONLY = frozenset(name for name, row in _LIBRARIES.items() if row.get("dhcp4-only"))
"""Libraries that kea-dhcp6 refuses (their load functions)."""


@lru_cache(256)
def parameters_of(library: str, branch: Branch) -> Scope | None:
    """What a library takes in a branch. None when nothing is known of it there: premium, foreign, or not shipped."""
    known = PARAMETERS.get(short_name(library))
    if known is None or shipping(library, branch) is not Shipping.OPEN_SOURCE:
        return None
    return known.at(branch)


def needs_parameters(known: Scope) -> bool:
    """True where the library does not load without a `parameters` map: `known` as one branch has it (`Scope.at`)."""
    return bool(known.required) or bool(known.facts.get("needed"))


def below(keyword: Keyword) -> Scope | None:
    """What a map holds, or each map of a list, as the newest branch has it; None for every other keyword."""
    return _KNOWN.scopes[keyword.scope] if keyword.scope else None
