"""What an editor offers beyond the keys: names of options and classes as `examples`, and snippets for what is written often.

Both are annotations: they make no value valid or invalid. `defaultSnippets` is read by yaml-language-server and VS Code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kea_hac.kea.expression import BUILT_IN
from kea_hac.kea.json_schema import Definitions, Schema
from kea_hac.kea.option_definitions import known_names, own_space
from kea_hac.kea.version import BRANCHES

_OPTIONS = {"option-data": 4, "dhcp6.option-data": 6}
"""Definition → family."""
_ONE_CLASS = ("client-class",)
_CLASSES = ("client-classes", "require-client-classes", "evaluate-additional-classes")
_NAMES = "#/$defs/text.list"
"""The type of a list of names; that of a list of classes with their tests is another."""
_HALVES = ("primary", "secondary", "standby")
Snippet = tuple[str, str, Mapping[str, Any]]
"""Label, description, body; `$1` is the first place to fill in."""
_SNIPPETS: Mapping[str, tuple[Snippet, ...]] = {
    "subnet4": (
        (
            "subnet on an interface",
            "A subnet with a pool and its router",
            {
                "id": "$1",
                "subnet": "${2:192.0.2.0/24}",
                "interface": "${3:lan}",
                "pools": [{"pool": "${4:192.0.2.100 - 192.0.2.199}"}],
                "option-data": [{"name": "routers", "data": "${5:192.0.2.1}"}],
            },
        ),
        (
            "subnet behind a relay",
            "A subnet whose clients ask through a relay",
            {
                "id": "$1",
                "subnet": "${2:198.51.100.0/24}",
                "relay": {"ip-addresses": ["${3:198.51.100.1}"]},
                "pools": [{"pool": "${4:198.51.100.100 - 198.51.100.199}"}],
                "option-data": [{"name": "routers", "data": "${3:198.51.100.1}"}],
            },
        ),
    ),
    "subnet6": (
        (
            "subnet on an interface",
            "A subnet with a pool",
            {
                "id": "$1",
                "subnet": "${2:2001:db8:1::/64}",
                "interface": "${3:lan}",
                "pools": [{"pool": "${4:2001:db8:1::1:0/112}"}],
            },
        ),
    ),
    "reservation": (
        (
            "reservation",
            "A fixed address for a MAC address",
            {"hw-address": "$1", "ip-address": "$2", "hostname": "$3"},
        ),
    ),
    "option-data": (("option", "An option by its name", {"name": "$1", "data": "$2"}),),
    "dhcp6.option-data": (("option", "An option by its name", {"name": "$1", "data": "$2"}),),
    "client-class": (
        ("class", "A class with a test", {"name": "$1", "test": "${2:substring(option[60].hex,0,4) == 'VoIP'}"}),
    ),
    "server": (
        (
            "server of a pair",
            "Its name, role, address and interfaces",
            {
                "name": "$1",
                "role": f"${{2|{','.join(_HALVES)}|}}",
                "address": "$3",
                "interfaces": {"lan": "${4:eth0}"},
            },
        ),
    ),
}


def offer(definitions: Definitions) -> None:
    """Add all of it to the definitions of a spec."""
    for name, family in _OPTIONS.items():
        definitions[name]["properties"]["name"]["examples"] = sorted(_option_names(family))
    for properties in _properties(definitions):
        for key in _ONE_CLASS:
            if key in properties:
                properties[key]["examples"] = sorted(BUILT_IN)
        for key in _CLASSES:
            if properties.get(key, {}).get("$ref") == _NAMES:
                properties[key]["examples"] = [[each] for each in sorted(BUILT_IN)]
    for name, snippets in _SNIPPETS.items():
        definitions[name]["defaultSnippets"] = [
            {"label": label, "description": about, "body": dict(body)} for label, about, body in snippets
        ]


def _option_names(family: int) -> set[str]:
    """Of Kea's own space, in any version."""
    return {name for branch in BRANCHES for name in known_names(family, own_space(family), branch)}


def _properties(definitions: Definitions) -> Iterator[dict[str, Schema]]:
    """Those of maps that ask for a class. A reservation puts its client into one, which must be a class of the spec."""
    for name, each in definitions.items():
        if "properties" in each and not name.endswith("reservation"):
            yield each["properties"]
