"""Valid specs by chance: lone servers, pairs in every mode, backups and hubs, both families, any scope and keyword of a version.

    text = as_yaml(spec(Random(7), Branch.V2_6))                a spec that compiles without an error
    text = as_yaml(spec(Random(7), Branch.V3_0, "hub"))         of one arrangement
    @given(specs(Branch.V2_2))                                  the same by Hypothesis, which shrinks towards a lone server

What stands in `dhcp4` and `dhcp6` comes from `tests.differential.making.made`, which makes Kea's own maps: use that where a
configuration is wanted and no spec (`made("dhcp4", Branch.V2_6, "any seed")`, or with a scope that must be in it).
SQL back ends stay out, so that what is built starts where there is no database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

from kea_hac.kea.grammar import Kind, ProgramName, program
from kea_hac.kea.version import Branch
from tests.differential.corpus import scopes
from tests.differential.making import keywords, made
from tests.differential.places import places

FAMILIES: tuple[ProgramName, ...] = ("dhcp4", "dhcp6")
MODES: Mapping[str, tuple[str, ...]] = {
    "lone": ("",),
    "hot-standby": ("primary", "standby"),
    "load-balancing": ("primary", "secondary"),
    "passive-backup": ("primary", "backup"),
}
"""Arrangement → roles of its servers. `hub` is another: two spokes and the hub that stands by for both, since 2.6."""
_SQL = frozenset({"hosts-database", "hosts-databases", "config-control"})
_DERIVED = frozenset(
    {"control-socket", "control-sockets", "multi-threading", "hooks-libraries", "user-context", "comment"}
)
"""What the compiler makes itself, or what is put in anew by `_top`."""
_TLS = {
    "trust-anchor": "/etc/kea/tls/ca.pem",
    "cert-file": "/etc/kea/tls/{server}.pem",
    "key-file": "/etc/kea/tls/{server}.key",
}
_LIBRARIES: tuple[dict[str, Any], ...] = (
    {"library": "libdhcp_stat_cmds.so"},
    {"library": "libdhcp_bootp.so"},
    {"library": "libdhcp_flex_option.so", "parameters": {"options": [{"code": 15, "add": "'example.org'"}]}},
)


def arrangements(branch: Branch) -> tuple[str, ...]:
    """What a branch can be asked for."""
    return (*MODES, "hub") if branch.order >= Branch.V2_6.order else tuple(MODES)


@st.composite
def specs(draw: st.DrawFn, branch: Branch, *modes: str) -> str:
    """Texts of valid specs."""
    mode = draw(st.sampled_from(modes or arrangements(branch)))
    return as_yaml(spec(draw(st.randoms(use_true_random=False)), branch, mode))


def spec(
    chance: Random, branch: Branch, mode: str | None = None, want: tuple[ProgramName, str] | None = None
) -> dict[str, Any]:
    """A valid spec as plain data. `want`: a family and a scope of it that must be in it."""
    mode = mode or chance.choice(arrangements(branch))
    families = [name for name in FAMILIES if chance.random() < 0.6] or [chance.choice(FAMILIES)]
    if want is not None and want[0] not in families:
        families.append(want[0])
    found: dict[str, Any] = {"kea-hac": 1, "pair": f"made-{mode}", "kea": str(branch), "platform": "debian"}
    found["servers"] = _servers(chance, mode)
    if mode != "lone":
        found["high-availability"] = _high_availability(chance, branch, mode, families)
    if branch.order < Branch.V3_2.order and chance.random() < 0.4:
        found["control-agent"] = _agent(chance)
    for name in families:
        scope = want[1] if want is not None and want[0] == name else None
        found[name] = _family(chance, name, branch, mode, scope)
    return found


def _servers(chance: Random, mode: str) -> list[dict[str, Any]]:
    names = ("hub", "spoke-a", "spoke-b") if mode == "hub" else tuple(f"kea{n + 1}" for n, _ in enumerate(MODES[mode]))
    roles = ("", "", "") if mode == "hub" else MODES[mode]
    servers = [
        {"name": name, **({"role": role} if role else {}), "address": f"192.0.2.{number + 11}", "interfaces": ["eth0"]}
        for number, (name, role) in enumerate(zip(names, roles, strict=True))
    ]
    if mode in ("hot-standby", "load-balancing", "passive-backup") and chance.random() < 0.3:
        servers.append({"name": "copy", "role": "backup", "address": "192.0.2.20", "interfaces": ["eth0"]})
    return servers


def _high_availability(chance: Random, branch: Branch, mode: str, families: list[ProgramName]) -> dict[str, Any]:
    found: dict[str, Any] = {"mode": "hot-standby" if mode == "hub" else mode}
    found.update(_TLS if chance.random() < 0.5 else {})
    for word in keywords("ha", "relationship", branch).values():
        if word.kind is Kind.INTEGER and word.name != "delayed-updates-limit" and chance.random() < 0.3:
            found[word.name] = _TIMINGS.get(word.name, 7)
    ports = {name: 8001 + number for number, name in enumerate(families)}
    if mode == "hub":
        found["relationships"] = [
            {
                "listener": {name: port + 10 * number for name, port in ports.items()},
                "peers": [{"server": spoke, "role": "primary"}, {"server": "hub", "role": "standby"}],
            }
            for number, spoke in enumerate(("spoke-a", "spoke-b"))
        ]
        return found
    found["listener"] = ports
    if mode == "load-balancing":
        found["split"] = chance.choice(("even", [60, 40], "none"))
    return found


_TIMINGS = {
    "heartbeat-delay": 5000, "max-response-delay": 30000, "max-ack-delay": 4000, "max-unacked-clients": 3, "sync-timeout": 30000,
    "sync-page-limit": 500, "max-rejected-lease-updates": 20,
}  # fmt: skip


def _agent(chance: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"http-port": 8000}
    if chance.random() < 0.5:
        client = {"user-file": "kea-api-user", "password-file": "kea-api-password"}
        found["authentication"] = {"type": "basic", "clients": [client]}
    return found


def _family(chance: Random, name: ProgramName, branch: Branch, mode: str, want: str | None) -> dict[str, Any]:
    scope = want or chance.choice([each for each in scopes(name, branch) if not each.endswith("database")])
    config = made(name, branch, f"spec {chance.getrandbits(64)}", scope)
    config = {key: value for key, value in config.items() if key not in _SQL | _DERIVED}
    for place in places(program(name), config):
        _said_in_a_spec(name, place.scope.name, place.map, split=mode == "load-balancing")
    _top(chance, name, branch, config)
    if mode == "hub":
        spokes = _alternating("spoke-a", "spoke-b")
        for subnet in _subnets(name, config):
            subnet["user-context"] = {"ha-server-name": next(spokes)}
        if not list(_subnets(name, config)):
            config[f"subnet{name[-1]}"] = _two_subnets(name)
    return config


def _two_subnets(name: ProgramName) -> list[dict[str, Any]]:
    prefixes = ("198.18.1.0/24", "198.18.2.0/24") if name == "dhcp4" else ("2001:db8:1::/64", "2001:db8:2::/64")
    return [
        {"id": number, "subnet": prefix, "user-context": {"ha-server-name": spoke}}
        for number, (prefix, spoke) in enumerate(zip(prefixes, ("spoke-a", "spoke-b"), strict=True), 901)
    ]


def _alternating(*names: str) -> Iterator[str]:
    while True:
        yield from names


def _subnets(name: ProgramName, config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    key = f"subnet{name[-1]}"
    yield from config.get(key, ())
    for network in config.get("shared-networks", ()):
        yield from network.get(key, ())


def _said_in_a_spec(name: ProgramName, scope: str, node: dict[str, Any], *, split: bool) -> None:
    """What Kea takes and a spec has a law of its own for, said by that law."""
    match scope:
        case "lease-database":
            node.clear()
            node.update({"type": "memfile", "lfc-interval": 3600})
        case "logger-output" if "/" in node["output"]:
            node["output"] = f"kea-{name}.log"
        case "pool" if split:
            first, _, last = node["pool"].replace(" ", "").partition("-")
            if first == last:  # one address cannot be split
                node["pool"] = f"{first}/{29 if name == 'dhcp4' else 125}"


def _top(chance: Random, name: ProgramName, branch: Branch, config: dict[str, Any]) -> None:
    if chance.random() < 0.4:
        config["hooks-libraries"] = chance.sample(_LIBRARIES[: 1 if name == "dhcp6" else 3], 1)
    if chance.random() < 0.3:
        config["user-context"] = {"site": "made", "floors": [1, 2]}
    if branch.order >= Branch.V3_0.order and chance.random() < 0.3:
        clients = [{"user-file": "kea-api-user", "password-file": "kea-api-password"}]
        headers = [{"name": "Strict-Transport-Security", "value": "max-age=31536000"}]
        door = {"socket-type": "http", "socket-port": 8100 + int(name[-1]), "http-headers": headers}
        config["control-sockets"] = [{**door, "authentication": {"type": "basic", "clients": clients}}]


def as_yaml(data: Mapping[str, Any]) -> str:
    """The spec's text in block style. A text that begins with `!secret ` becomes that tag."""
    return "".join(f"{line}\n" for line in _lines(data, ""))


def _lines(value: Any, indent: str) -> Iterator[str]:
    entries = value.items() if isinstance(value, Mapping) else ((None, item) for item in value)
    for key, item in entries:
        head = f"{indent}{_key(key)}:" if key is not None else f"{indent}-"
        if isinstance(item, Mapping | list) and item:
            below = list(_lines(item, indent + "  "))
            if key is None:  # the first entry stands beside the dash
                yield f"{head} {below[0].lstrip()}"
                below = below[1:]
            else:
                yield head
            yield from below
        else:
            yield f"{head} {_scalar(item)}"


def _key(key: str) -> str:
    return (
        key
        if key.replace("-", "").isalnum() and not key[0].isdigit() and key.isascii()
        else json.dumps(key, ensure_ascii=False)
    )


def _scalar(value: Any) -> str:
    if isinstance(value, str) and value.startswith("!secret "):
        return value
    return json.dumps(value, ensure_ascii=False)
