"""What identifies an item of a list in a text, so that its place can be named without an index.

`changes.matching` matches items by the canonical form of one version of Kea. Here nothing is known but the text: a file with
mistakes, an older spelling, a list of kea-hac's own.
"""

from __future__ import annotations

from typing import Any

_IDENTITIES = (
    "subnet",
    "pool",
    "prefix",
    "hw-address",
    "duid",
    "circuit-id",
    "client-id",
    "flex-id",
    "name",
    "code",
    "library",
    "id",
    "ip-address",
    "output",
    "socket-type",
    "type",
)
"""The keys that identify an item of one of Kea's lists, or of one of kea-hac's own. The first one that the item has counts."""

_SCALARS = (str, int)


def identity(value: Any) -> str:
    """The value of the first identifying key of a map, or the scalar itself, without spaces; "" where nothing identifies the item."""
    if isinstance(value, dict):
        for key in _IDENTITIES:
            if key in value and isinstance(value[key], _SCALARS):
                return "".join(str(value[key]).split())
        return ""
    return "".join(str(value).split()) if isinstance(value, _SCALARS) else ""
