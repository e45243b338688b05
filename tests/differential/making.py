"""Valid configurations by the grammar: any scope, any of its keywords, values that fit together.

    made("dhcp4", Branch.V2_6, "any seed")              what stands below the top key of a file that `-t` accepts
    made("dhcp4", Branch.V2_6, "any seed", "pool")      the same, with a pool in it
    startable("dhcp4", Branch.V2_6, "any seed")         what also starts where there is no database

Whole specs come from `tests.making_specs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from kea_hac.kea.grammar import Keyword, Kind, ProgramName, Scope, program
from kea_hac.kea.synonyms import MOVED_DDNS
from kea_hac.kea.version import Branch
from tests.differential.values import CLASSES, HOOKS, Hand, value

CLASH_GROUPS: tuple[tuple[str, ...], ...] = (
    ("client-class", "client-classes"),
    ("require-client-classes", "evaluate-additional-classes"),
    ("ddns-use-conflict-resolution", "ddns-conflict-resolution-mode"),
    ("ddns-ttl", "ddns-ttl-percent"),
    ("ddns-ttl-min", "ddns-ttl"),
    ("ddns-ttl-max", "ddns-ttl"),
    ("reservation-mode", "reservations-global"),
    ("reservation-mode", "reservations-in-subnet"),
    ("reservation-mode", "reservations-out-of-pool"),
    ("control-socket", "control-sockets"),
    ("output_options", "output-options"),
    ("hosts-database", "hosts-databases"),
    ("only-if-required", "only-in-additional-list"),
    ("test", "template-test"),
    ("ip-address", "ip-addresses"),
    ("interface", "interface-id"),
    ("user", "user-file"),
    ("password", "password-file"),
)
"""Keywords of which a map can have one only. (Said of every scope: where both may stand, one is tried after the other.)"""
_CLASHES = {
    key: {other for group in CLASH_GROUPS if key in group for other in group} - {key}
    for group in CLASH_GROUPS
    for key in group
}
_WITH: Mapping[str, tuple[str, ...]] = {
    "excluded-prefix": ("excluded-prefix-len",),
    "excluded-prefix-len": ("excluded-prefix",),
    "excluded-prefixes": ("prefixes",),
    "password": ("user",),
    "password-file": ("user-file",),
    "user-file": ("password-file",),
    "user": ("password",),
    "min-valid-lifetime": ("valid-lifetime",),
    "max-valid-lifetime": ("valid-lifetime",),
    "min-preferred-lifetime": ("preferred-lifetime",),
    "max-preferred-lifetime": ("preferred-lifetime",),
    "sender-ip": ("server-ip",),
    "cert-required": ("trust-anchor", "cert-file", "key-file"),
    "trust-anchor": ("cert-file", "key-file"),
    "cert-file": ("trust-anchor", "key-file"),
    "key-file": ("trust-anchor", "cert-file"),
}
_IDENTIFIERS = ("hw-address", "duid", "client-id", "circuit-id", "flex-id")
_TLS = ("trust-anchor", "cert-file", "key-file")
_OPTIONS4: tuple[dict[str, Any], ...] = (
    {"name": "domain-name-servers", "data": "192.0.2.1, 192.0.2.2"},
    {"code": 15, "data": "example.org"},
    {"name": "routers", "data": "198.51.100.1", "code": 3, "space": "dhcp4"},
    {"name": "interface-mtu", "data": "1400"},
    {"name": "ip-forwarding", "data": "true"},
    {"code": 66, "csv-format": False, "data": "74 65 73 74"},
    {"name": "domain-search", "data": "a.example.org, b.example.org"},
    {"code": 254, "csv-format": False, "data": "0x0102AB"},
    {"name": "ntp-servers", "data": "192.0.2.9"},
    {"name": "vivso-suboptions", "data": "4491"},
    {"space": "vendor-4491", "name": "tftp-servers", "data": "192.0.2.3"},
    {"name": "static-routes", "data": "10.0.0.1,192.0.2.1"},
)
_OPTIONS6: tuple[dict[str, Any], ...] = (
    {"name": "dns-servers", "data": "2001:db8::1, 2001:db8::2"},
    {"code": 24, "data": "example.org, b.example.org"},
    {"name": "sntp-servers", "data": "2001:db8::3", "code": 31, "space": "dhcp6"},
    {"name": "information-refresh-time", "data": "7200"},
    {"code": 12, "csv-format": False, "data": "20010db8000000000000000000000001"},
    {"code": 1025, "csv-format": False, "data": "0x0102AB"},
    {"name": "vendor-opts", "data": "4491"},
    {"space": "vendor-4491", "name": "tftp-servers", "data": "2001:db8::4"},
    {"name": "bootfile-url", "data": "http://example.org/boot"},
    {"name": "preference", "data": "7"},
)
_TYPES = ("string", "uint16", "ipv4-address", "ipv6-address", "boolean", "fqdn", "binary", "empty", "int32")
_SQL_ONLY = ("ssl-mode", "trust-anchor", "cert-file", "key-file", "cipher-list")
_RECONNECT = ("max-reconnect-tries", "reconnect-wait-time")
_DATABASE = {
    "memfile": ("read-timeout", "write-timeout", "tcp-user-timeout", *_RECONNECT, *_SQL_ONLY),
    "mysql": ("tcp-user-timeout", "ssl-mode"),
    "postgresql": ("read-timeout", "write-timeout"),
}
_HTTP = ("socket-address", "socket-port", "http-headers", "authentication")
_SOCKET = {
    "unix": (*_HTTP, "cert-required", *_TLS),
    "http": ("socket-name", "cert-required", *_TLS),
    "https": ("socket-name",),
}


def made(name: ProgramName, branch: Branch, seed: str, want: str | None = None) -> dict[str, Any]:
    """What stands below the top key of a valid configuration. `want`: a scope that must be in it."""
    chance = Random(seed)
    hand = Hand(name, branch, chance)
    config = _Maker(hand, _way_to(name, want, branch) if want else frozenset()).scope(program(name).top)
    for old, new in MOVED_DDNS.items():  # Kea takes both and goes by one, and kea-hac refuses that on purpose
        if new in config and len(config.get("dhcp-ddns", ())) > 1:
            config["dhcp-ddns"].pop(old, None)
    return with_sql_libraries(config, branch)


def with_sql_libraries(config: dict[str, Any], branch: Branch) -> dict[str, Any]:
    """The configuration with the libraries that its databases need."""
    listed = config.get("hooks-libraries", [])
    missing = [each for each in _sql_libraries(config, branch) if each not in [one.get("library") for one in listed]]
    return {**config, "hooks-libraries": [*listed, *({"library": each} for each in missing)]} if missing else config


def _sql_libraries(config: dict[str, Any], branch: Branch) -> list[str]:
    """What the databases of a configuration need: in 3.0 and later all of them, before only those of config-control."""
    of_configuration = config.get("config-control", {}).get("config-databases", ())
    others = [config.get("lease-database", {}), config.get("hosts-database", {}), *config.get("hosts-databases", ())]
    late = branch.order >= Branch.V3_0.order
    kinds = {str(each.get("type")) for each in (*of_configuration, *(others if late else ()))}
    short = {"mysql": "mysql", "postgresql": "pgsql"}
    return [f"{HOOKS}/libdhcp_{short[kind]}{'' if late else '_cb'}.so" for kind in sorted(kinds) if kind in short]


_NEEDS_THE_HOST = frozenset(
    {"hosts-database", "hosts-databases", "config-control", "hooks-libraries", "control-sockets", "data-directory"}
)


def startable(name: ProgramName, branch: Branch, seed: str, want: str | None = None) -> dict[str, Any]:
    """Like `made`, without what needs a database, an address of the host, a library's parameters or a TLS file."""
    config = {key: item for key, item in made(name, branch, seed, want).items() if key not in _NEEDS_THE_HOST}
    if "lease-database" in config:
        config["lease-database"] = {"type": "memfile", "persist": False}
    for logger in config.get("loggers", ()):
        logger.setdefault("severity", "INFO")
    return config


def _way_to(name: ProgramName, want: str, branch: Branch) -> frozenset[tuple[str, str]]:
    """The keywords to give so that a map of the scope is there: (scope, keyword)."""
    scopes = program(name).scopes
    way: set[tuple[str, str]] = set()
    reached = want
    while reached != program(name).top:
        homes = [
            (holder, key)
            for holder, scope in scopes.items()
            for key, word in scope.keywords.items()
            if word.scope == reached and branch in word.branches
        ]
        if not homes:
            return frozenset()
        way.add(homes[-1 if homes[-1][1] == "control-sockets" else 0])
        reached = homes[-1 if homes[-1][1] == "control-sockets" else 0][0]
    return frozenset(way)


@cache
def keywords(program_name: ProgramName, scope: str, branch: Branch) -> dict[str, Keyword]:
    """What a branch knows in a scope, as it knows it. Not to be changed."""
    words = program(program_name).scopes[scope].keywords
    return {key: word.at(branch) for key, word in words.items() if branch in word.branches}


class _Maker:
    def __init__(self, hand: Hand, must: frozenset[tuple[str, str]]) -> None:
        self.hand = hand
        self.must = must
        self.density = hand.chance.choice((0.1, 0.25, 0.4, 0.7))

    def scope(self, name: str) -> dict[str, Any]:
        """One map of a scope."""
        scope = program(self.hand.program).scopes[name]
        known = keywords(self.hand.program, name, self.hand.branch)
        if name == "option-data":
            return self._option(known)
        chosen = self._chosen(scope, known)
        return {key: self._value(scope, word) for key, word in known.items() if key in chosen}

    def _chosen(self, scope: Scope, known: dict[str, Keyword]) -> set[str]:
        chance = self.hand.chance
        required = self._required(scope, known)
        must = [key for key in known if key in required]
        order = [key for key in known if key not in must]
        chance.shuffle(order)
        if self.hand.program == "ctrl-agent" and "hooks-libraries" in order:
            order.remove("hooks-libraries")  # Debian ships none for it, so such a file is refused for want of the host
        chosen: set[str] = set()
        for key in [*must, *order]:
            if key not in must and chance.random() > self.density:
                continue
            group = {key, *(other for other in _WITH.get(key, ()) if other in known)}
            if key in known and not any(self._clash(one, other, scope) for one in group for other in chosen):
                chosen |= group
        if not chosen:
            chosen.add(chance.choice([key for key in known if key not in ("user-context", "comment", *_WITH)]))
        if scope.name in ("lease-database", "hosts-database", "config-database"):
            chosen -= set(_DATABASE[self._type(scope)])
        if scope.name == "control-socket" and "socket-type" in known:
            chosen -= set(_SOCKET[self._type(scope)])
        if scope.name == "option-def":
            chosen -= {"record-types", "encapsulate", "array"}
        return chosen

    def _required(self, scope: Scope, known: dict[str, Keyword]) -> set[str]:
        hand = self.hand
        required = {*scope.required, *(key for holder, key in self.must if holder == scope.name)}
        for branch, keys in scope.required_before.items():
            if hand.branch.order < branch.order:
                required.update(keys)
        match scope.name:
            case "subnet4" | "subnet6":
                hand.subnet = hand.number()
                required.add("id")
            case "relay":
                required.add(hand.chance.choice([key for key in known if key.startswith("ip-")]))
            case "reservation":
                required.add(hand.chance.choice([key for key in _IDENTIFIERS if key in known]))
                required.add(
                    hand.chance.choice(("hostname", "ip-addresses" if "ip-addresses" in known else "ip-address"))
                )
            case "Dhcp4" | "Dhcp6":
                required.add("client-classes")
            case "control-socket":
                needed = {"unix": ("socket-name",), "http": (), "https": _TLS}[self._type(scope, new=True)]
                required |= {"socket-type", *needed}
            case "lease-database" | "hosts-database" | "config-database":
                required |= {"name"} if self._type(scope, new=True) != "memfile" else set()
            case "interfaces-config":
                required.add("interfaces")
            case "authentication":
                required.add("directory")
            case "authentication-client":
                required.add(hand.chance.choice(("user", "user-file")))
        return required

    def _clash(self, one: str, other: str, scope: Scope) -> bool:
        if scope.name == "reservation":
            return one in _IDENTIFIERS and other in _IDENTIFIERS
        if scope.name in ("lease-database", "hosts-database", "config-database"):
            return False
        if self.hand.family == 4 and {one, other} == {"interface", "interface-id"}:
            return False
        return other in _CLASHES.get(one, ())

    def _type(self, scope: Scope, new: bool = False) -> str:
        """The type that the map being made has said, which others of its keywords hang on."""
        if new:
            chance = self.hand.chance
            if scope.name == "control-socket":
                several = "socket-port" in keywords(self.hand.program, scope.name, self.hand.branch)
                self.type = chance.choice(("unix", "http", "https")) if several and self.sockets else "unix"
            else:
                self.type = chance.choice(
                    ("memfile", "mysql", "postgresql") if scope.name == "lease-database" else ("mysql", "postgresql")
                )
        return self.type

    type = "unix"
    sockets = False

    def _value(self, scope: Scope, word: Keyword) -> Any:
        hand = self.hand
        if word.name in ("type", "socket-type") and scope.name in (
            "control-socket",
            "lease-database",
            "hosts-database",
            "config-database",
        ):
            return self.type
        match scope.name, word.name:
            case ("option-def", "type"):
                return hand.chance.choice(_TYPES)
            case ("option-def", "code"):
                return 223 + hand.number() % 30 if hand.family == 4 else 5000 + hand.number()
            case ("option-def", "space"):
                return f"dhcp{hand.family}"
            case ("client-class", "name"):
                return f"class-{hand.number()}"
            case ("authentication-client", "user"):
                return f"user{hand.number()}"
            case ("reservation", "excluded-prefixes"):
                return [""]
            case ("Dhcp4" | "Dhcp6", "client-classes"):
                return self._classes()
            case ("pd-pool", "excluded-prefix-len"):
                return 72
        if scope.name == "pd-pool" and word.name in ("prefix", "excluded-prefix"):
            return self._delegated(word.name)
        if word.scope is None:
            return value(hand, scope.name, word)
        return self._below(word)

    def _delegated(self, key: str) -> str:
        if key == "prefix":
            self.prefix = value(self.hand, "pd-pool", program("dhcp6").scopes["pd-pool"].keywords["prefix"])
            return self.prefix
        return f"{self.prefix}"

    prefix = "::"

    def _below(self, word: Keyword) -> Any:
        hand, scope = self.hand, word.scope or ""
        if word.kind is Kind.MAP:
            self.sockets = False
            return self.scope(scope)
        if word.name == "control-sockets":
            return self._sockets(scope)
        lists = {"hooks-libraries": 2, "loggers": 1, "config-databases": 1, "hosts-databases": 1}
        subnet = hand.subnet
        items = []
        for _ in range(hand.chance.randint(1, lists.get(word.name, 2))):
            items.append(self.scope(scope))
            hand.subnet = subnet
        if scope == "shared-network":
            self._agree(items)
        return items

    def _agree(self, networks: list[dict[str, Any]]) -> None:
        """The subnets of a network stand on one interface, or on none."""
        for network in networks:
            for key in ("subnet4", "subnet6"):
                for subnet in network.get(key, ()):
                    subnet.pop("interface", None)

    def _sockets(self, scope: str) -> list[dict[str, Any]]:
        self.sockets = True
        items = [self.scope(scope) for _ in range(2)]
        while [each["socket-type"] for each in items].count("unix") > 1:
            items.pop()
        for number, item in enumerate(items):
            if item["socket-type"] != "unix":
                item["socket-port"] = 8001 + number
        return items

    def _classes(self) -> list[dict[str, Any]]:
        made = [self.scope("client-class") for _ in CLASSES]
        for name, item in zip(CLASSES, made, strict=True):
            item["name"] = name
        return made

    def _option(self, known: dict[str, Keyword]) -> dict[str, Any]:
        hand = self.hand
        option = dict(hand.chance.choice(_OPTIONS6 if hand.family == 6 else _OPTIONS4))
        for key, word in known.items():
            if (
                key not in ("space", "name", "code", "data", "csv-format", "never-send")
                and hand.chance.random() < self.density
            ):
                option[key] = value(hand, "option-data", word)
        if "never-send" in known and "always-send" not in option and hand.chance.random() < 0.1:
            option["never-send"] = True
        return option
