"""The types of kea-hac's own keys in JSON Schema, one for each field of a shape in `pair`.

The shapes read the strings of a document. An editor reads YAML 1.2 core values: to it `kea: 2.6` is a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from kea_hac.kea.json_schema import (
    FILE,
    VALUE_FILE,
    Definitions,
    Schema,
    by_family,
    integer_of,
    list_of,
    map_of,
    ref,
    text_like,
    word_of,
)
from kea_hac.kea.platform import PATH_KEYS, arch_names, platform_aliases
from kea_hac.kea.version import BRANCHES
from kea_hac.spec.pair import (
    LANGUAGE,
    PLATFORMS,
    Diff,
    Head,
    Ignored,
    Micetro,
    Ours,
    RelationshipPeer,
    ServerFamilySpec,
    ServerHead,
    SharedAgent,
    SplitOnly,
)
from kea_hac.spec.shape import Shape

_SCALAR = ["string", "number", "boolean"]
_ADDRESS = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$|^[0-9A-Fa-f]*:[0-9A-Fa-f:.]*"
_NO_ADDRESS = "This must be a numeric IP address, such as 192.0.2.11 or 2001:db8::11."
_DIRECTORIES = {
    "config": "the configuration files",
    "hooks": "the hook libraries",
    "sockets": "the unix sockets",
    "leases": "the lease files",
    "logs": "the log files",
}
_SERVER_HEAD = {key: ref(key) for key in ("name", "kea", "platform", "arch", "paths")}
_FIELDS: Mapping[type[Shape], Mapping[str, Schema]] = {
    Head: {
        "kea-hac": {
            "type": ["integer", "string"],
            "minimum": LANGUAGE,
            "maximum": LANGUAGE,
            "pattern": f"^{LANGUAGE}$|{VALUE_FILE}",
            "default": LANGUAGE,
        },
        "pair": ref("name"),
        "micetro": ref("micetro"),
        "diff": ref("diff"),
        **{key: ref(key) for key in ("kea", "platform", "arch", "paths")},
    },
    ServerHead: _SERVER_HEAD,
    ServerFamilySpec: {
        "role": ref("role"),
        "address": ref("address"),
        "control-address": ref("bind-address"),
        "peer-address": ref("address"),
        "bind-address": ref("bind-address"),
        "listener": ref("port"),
        "peer-port": ref("port"),
        "interfaces": ref("interfaces"),
    },
    RelationshipPeer: {
        "server": ref("name"),
        "role": ref("role"),
        "name": ref("name"),
        "address": ref("address"),
        "bind-address": ref("bind-address"),
        "listener": ref("port"),
        "peer-port": ref("port"),
    },
    Ours: {"listener": ref("port"), "split": ref("split")},
    SplitOnly: {"split": ref("split")},
    Micetro: {
        "owner": word_of(("kea-hac", "micetro")),
        "version": text_like(r"^[1-9][0-9]?\.[0-9]{1,2}(\.[0-9]{1,3})?$", "A version of Micetro is written as 25.1."),
        "agent": ref("micetro-agent"),
    },
    Diff: {"ignore": list_of(ref("ignored"))},
    Ignored: {
        "path": text_like(r"^(dhcp4|dhcp6|control-agent)(\.|$)", "A path begins with dhcp4, dhcp6 or control-agent."),
        "reason": ref("text"),
        "server": ref("name"),
        "until": text_like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "A day is written year-month-day, as in 2026-12-31."),
    },
    SharedAgent: {"name": ref("name"), "address": ref("bind-address")},
}


def keys_of(shape: type[Shape], *, families: bool = False) -> dict[str, Schema]:
    """The keys of one of our shapes. `families`: each value may be written by family."""
    schema: dict[str, Schema] = {}
    for name, entry in shape.model_fields.items():
        key = entry.alias or name
        value = _FIELDS[shape].get(key)
        if value is None:
            raise LookupError(
                f"{shape.__name__} has a field {key!r} without a JSON type: add it to _FIELDS in {__name__}"
            )
        schema[key] = {"description": entry.description} | (by_family(value) if families else value)
    return schema


def own_types() -> Definitions:
    """The definitions that `keys_of` refers to."""
    return {
        "name": {
            "type": _SCALAR,
            "pattern": rf"^[A-Za-z0-9][A-Za-z0-9._-]*$|{VALUE_FILE}",
            "patternErrorMessage": "This must be a letter or digit first, then letters, digits, '.', '_' and '-'.",
            "maxLength": 128,
        },
        "kea": _version(),
        "platform": word_of((*PLATFORMS, *platform_aliases())),
        "arch": word_of(arch_names()),
        "paths": _paths(),
        "role": word_of(("primary", "secondary", "standby", "backup")),
        "address": text_like(f"{_ADDRESS}$", _NO_ADDRESS),
        "bind-address": text_like(f"{_ADDRESS}(%.+)?$", _NO_ADDRESS),
        "port": integer_of(1, 65535),
        "interface": {
            "type": _SCALAR,
            "pattern": r"^\S+$",
            "patternErrorMessage": "This must be the name of one interface, such as eth0.",
        },
        "interfaces": {
            "type": ["array", "object", "string"],
            "pattern": FILE,
            "patternErrorMessage": "This must be a list such as [eth0], or a map alias → name such as {lan: eth0}.",
            "items": by_family(ref("interface")),
            "minItems": 1,
            "additionalProperties": by_family(ref("interface")),
            "minProperties": 1,
        },
        "split": _split(),
        "micetro": map_of(keys_of(Micetro)),
        "diff": map_of(keys_of(Diff)),
        "ignored": map_of(keys_of(Ignored), ("path", "reason")),
        "text": {"type": _SCALAR},
        "micetro-agent": {"anyOf": [{"enum": ["per-server"]}, map_of(keys_of(SharedAgent), ("name", "address"))]},
    }


def _version() -> Schema:
    """A branch or one release of it. Numbers are ranges, because an editor would offer 3 for an enumerated 3.0."""
    branches = [str(branch) for branch in BRANCHES]
    gaps = [
        {"not": {"type": "number", "exclusiveMinimum": float(low), "exclusiveMaximum": float(high)}}
        for low, high in pairwise(branches)
    ]
    release = rf"^({'|'.join(map(re.escape, branches))})\.[0-9]+$|{VALUE_FILE}"
    other: Schema = {"type": ["string", "number"], "pattern": release, "allOf": gaps}
    return {"anyOf": [{"enum": branches}, other | {"minimum": float(branches[0]), "maximum": float(branches[-1])}]}


def _paths() -> Schema:
    path = text_like("^/", "This must be an absolute directory, such as /etc/kea.")
    return map_of({key: {"description": f"The directory of {_DIRECTORIES[key]}."} | path for key in PATH_KEYS})


def _split() -> Schema:
    part = {"type": ["integer", "string"], "minimum": 1, "maximum": 99, "pattern": "^[1-9][0-9]?$"}
    parts = {"type": ["array", "string"], "pattern": VALUE_FILE, "items": part, "minItems": 2, "maxItems": 2}
    return {"anyOf": [{"enum": ["even", "none"]}, parts]}
