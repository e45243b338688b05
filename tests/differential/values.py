"""Values that mean something, by scope and keyword: what a site could say there, so that a refusal is the mutation's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from kea_hac.kea.grammar import Keyword, Kind, ProgramName
from kea_hac.kea.version import Branch

HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
CLASSES = ("alpha", "beta", "gamma")
"""Every made configuration that names a class defines these."""


@dataclass(slots=True)
class Hand:
    """What the makers of one configuration share: chance, and numbers so that nothing is said twice."""

    program: ProgramName
    branch: Branch
    chance: Random
    subnet: int = 0
    """The number of the subnet being made; 0 outside."""
    count: int = 0

    @property
    def family(self) -> int:
        return 6 if self.program == "dhcp6" else 4

    def number(self) -> int:
        """The next number that nothing else of this configuration has."""
        self.count += 1
        return self.count

    def prefix(self) -> str:
        """The subnet being made."""
        return f"2001:db8:{self.subnet:x}::/64" if self.family == 6 else f"198.51.{self.subnet}.0/24"

    def host(self, number: int) -> str:
        """An address of the subnet being made."""
        return f"2001:db8:{self.subnet:x}::{number:x}" if self.family == 6 else f"198.51.{self.subnet}.{number}"

    def either(self, four: Any, six: Any) -> Any:
        return six if self.family == 6 else four


def _pool(hand: Hand) -> str:
    block = 64 + 8 * (hand.number() % 23)
    if hand.family == 6:
        block *= 256
    shape = hand.chance.randrange(3)
    if shape == 0:
        return f"{hand.host(block)} - {hand.host(block + 7)}"
    if shape == 1:
        return f"{hand.host(block)}-{hand.host(block)}"
    return f"{hand.host(block)}/{125 if hand.family == 6 else 29}"


def _mac(hand: Hand) -> str:
    return f"1a:1b:1c:1d:{hand.number() % 256:02x}:{hand.subnet % 256:02X}"


def _identifier(hand: Hand) -> str:
    number = hand.number()
    return hand.chance.choice((f"01:02:03:04:{number % 256:02x}", f"'text{number}'", f"0A0B{number % 65536:04x}"))


def _hex(hand: Hand) -> str:
    return f"01:02:03:04:05:{hand.number() % 256:02x}"


def _classes(hand: Hand) -> list[str]:
    return hand.chance.sample(CLASSES, hand.chance.choice((1, 1, 2)))


def _test(hand: Hand) -> str:
    tests = (
        "member('KNOWN')", "substring(option[61].hex,0,3) == 'foo'", "option[12].exists", "not member('UNKNOWN')",
        "pkt4.mac == 0x001122334455 or pkt4.hlen == 6", "relay4[1].hex == 'abc'", "concat('a', 'b') == 'ab'",
        "ifelse(option[60].exists, option[60].text, 'none') == 'docsis'", "vendor[4491].option[1].exists",
    ) if hand.family == 4 else (
        "member('KNOWN')", "substring(option[1].hex,0,2) == 0x0001", "option[16].exists", "pkt6.msgtype == 1",
        "relay6[0].peeraddr == fe80::1", "relay6[0].option[18].exists", "vendor.enterprise == 4491 or pkt6.transid == 7",
    )  # fmt: skip
    return str(hand.chance.choice(tests))


def _relay_addresses(hand: Hand) -> list[str]:
    return (
        [hand.host(2), hand.host(3)][: hand.chance.randint(1, 2)]
        if hand.subnet
        else [hand.either("192.0.2.9", "2001:db8::9")]
    )


def _outside(number: int) -> Callable[[Hand], str]:
    return lambda hand: str(hand.either(f"192.0.2.{number}", f"2001:db8::{number}"))


def _context(hand: Hand) -> dict[str, Any]:
    return hand.chance.choice(
        ({"floor": 2}, {"who": "ops", "deep": {"list": [1, "two", None, True]}}, {"né": "Zürich"})
    )


_BY_KEY: Mapping[str, Callable[[Hand], Any]] = {
    "user-context": _context,
    "comment": lambda hand: "a remark",
    "server-tag": lambda hand: "kea1",
    "valid-lifetime": lambda hand: 7200, "min-valid-lifetime": lambda hand: 6000, "max-valid-lifetime": lambda hand: 9000,
    "preferred-lifetime": lambda hand: 3600, "min-preferred-lifetime": lambda hand: 3000, "max-preferred-lifetime": lambda hand: 4000,
    "offer-lifetime": lambda hand: 60, "renew-timer": lambda hand: 1000, "rebind-timer": lambda hand: 2000,
    "t1-percent": lambda hand: 0.45, "t2-percent": lambda hand: 0.7, "cache-threshold": lambda hand: 0.25,
    "adaptive-lease-time-threshold": lambda hand: 0.8,
    "cache-max-age": lambda hand: 100, "ddns-ttl": lambda hand: 1200, "ddns-ttl-min": lambda hand: 600, "ddns-ttl-max": lambda hand: 3600,
    "ddns-ttl-percent": lambda hand: 0.5,
    "decline-probation-period": lambda hand: 86400, "dhcp4o6-port": lambda hand: hand.chance.choice((0, 6767)),
    "parked-packet-limit": lambda hand: 128, "statistic-default-sample-count": lambda hand: 10, "statistic-default-sample-age": lambda hand: 60,
    "next-server": lambda hand: hand.chance.choice(("192.0.2.1", "0.0.0.0", "198.51.100.7")),
    "server-hostname": lambda hand: "boot.example.org", "boot-file-name": lambda hand: "pxelinux.0",
    "ddns-generated-prefix": lambda hand: "myhost", "ddns-qualifying-suffix": lambda hand: "example.org.",
    "hostname-char-set": lambda hand: "[^A-Za-z0-9.-]", "hostname-char-replacement": lambda hand: "x",
    "rapid-commit": lambda hand: False, "authoritative": lambda hand: False,  # the subnets of one network must agree
    "mac-sources": lambda hand: hand.chance.choice((["any"], ["duid", "raw"], ["rfc6939", "docsis-cmts"], ["remote-id"])),
    "interface": lambda hand: "eth0", "interface-id": lambda hand: f"port{hand.number()}",
    "4o6-interface": lambda hand: "eth0", "4o6-interface-id": lambda hand: "ethx", "4o6-subnet": lambda hand: "2001:db8:1:1::/64",
    "subnet": Hand.prefix, "id": lambda hand: hand.subnet,
    "client-class": lambda hand: hand.chance.choice(CLASSES), "client-classes": _classes,
    "evaluate-additional-classes": _classes, "require-client-classes": _classes,
    "pool": _pool, "pool-id": Hand.number,
    "hw-address": _mac, "duid": _hex, "client-id": _identifier, "circuit-id": _identifier, "flex-id": _identifier,
    "hostname": lambda hand: f"host{hand.number()}.example.org",
    "ip-address": lambda hand: hand.host(5 + hand.number() % 50) if hand.subnet else f"203.0.113.{hand.number() % 250}",
    "ip-addresses": lambda hand: [hand.host(5 + hand.number() % 50) if hand.subnet else f"2001:db8:f::{hand.number():x}"],
    "prefixes": lambda hand: [f"2001:db8:a000:{hand.number() * 16:x}::/60"],
    "data-directory": lambda hand: "/var/lib/kea",
    "relay-supplied-options": lambda hand: hand.chance.choice((["110", "120"], ["65"])),
    "type": lambda hand: "memfile", "name": lambda hand: f"name{hand.number()}", "user": lambda hand: "kea",
    "host": lambda hand: "192.0.2.33", "port": lambda hand: 3306, "password": lambda hand: "not-a-real-one",
    "lfc-interval": lambda hand: 3600, "max-row-errors": lambda hand: 100, "max-reconnect-tries": lambda hand: 3,
    "reconnect-wait-time": lambda hand: 5000, "connect-timeout": lambda hand: 10, "read-timeout": lambda hand: 10,
    "write-timeout": lambda hand: 10, "tcp-user-timeout": lambda hand: 10,
    "trust-anchor": lambda hand: "/etc/kea/ca.pem", "cert-file": lambda hand: "/etc/kea/cert.pem", "key-file": lambda hand: "/etc/kea/key.pem",
    "cipher-list": lambda hand: "AES",
    "library": lambda hand: f"{HOOKS}/{hand.chance.choice(('libdhcp_lease_cmds', 'libdhcp_stat_cmds')) if hand.program != 'ctrl-agent' else 'libca_rbac'}.so",
    "parameters": lambda hand: {"anything": [1, {"goes": None}]},
    "queue-type": lambda hand: "kea-ring4" if hand.family == 4 else "kea-ring6", "capacity": lambda hand: 256,
    "server-ip": _outside(11), "sender-ip": _outside(12), "server-port": lambda hand: 53001, "sender-port": lambda hand: 0,
    "max-queue-size": lambda hand: 1024, "ncr-protocol": lambda hand: "UDP",
    "generated-prefix": lambda hand: "myhost", "qualifying-suffix": lambda hand: "example.org.",
    "socket-name": lambda hand: f"/run/kea/kea-{hand.program}-ctrl-socket", "http-host": lambda hand: "127.0.0.1",
    "http-port": lambda hand: 8000, "realm": lambda hand: "kea", "value": lambda hand: "max-age=31536000",
    "user-file": lambda hand: "user", "password-file": lambda hand: "password", "directory": lambda hand: "/etc/kea",
    "socket-address": lambda hand: "127.0.0.1", "socket-port": lambda hand: 8001,
    "output": lambda hand: hand.chance.choice(("stdout", "syslog", "/var/log/kea/kea.log", "stderr", "syslog:daemon")),
    "maxsize": lambda hand: 2048000, "maxver": lambda hand: 4, "pattern": lambda hand: "%-5p %m\\n", "debuglevel": lambda hand: 55,
    "identifier": lambda hand: "12C4D5AF870CE4", "time": lambda hand: 1234, "htype": lambda hand: 8, "enterprise-id": lambda hand: 2495,
    "lease-checks": lambda hand: hand.chance.choice(("none", "warn", "fix")),
    "test": _test, "template-test": lambda hand: "option[12].text",
    "record-types": lambda hand: "uint16, string", "encapsulate": lambda hand: "inner",
    "thread-pool-size": lambda hand: 4, "packet-queue-size": lambda hand: 16, "config-fetch-wait-time": lambda hand: 30,
    "reclaim-timer-wait-time": lambda hand: 10, "flush-reclaimed-timer-wait-time": lambda hand: 25, "hold-reclaimed-time": lambda hand: 3600,
    "max-reclaim-leases": lambda hand: 100, "max-reclaim-time": lambda hand: 250, "unwarned-reclaim-cycles": lambda hand: 5,
    "service-sockets-max-retries": lambda hand: 5, "service-sockets-retry-wait-time": lambda hand: 5000,
    "interfaces": lambda hand: hand.chance.choice((["eth0"], ["*"], [])),
    "prefix-len": lambda hand: 48, "delegated-len": lambda hand: 64,
    "allocator": lambda hand: hand.chance.choice(("iterative", "random")), "pd-allocator": lambda hand: hand.chance.choice(("iterative", "random", "flq")),
}  # fmt: skip
_BY_SCOPE: Mapping[tuple[str, str], Callable[[Hand], Any]] = {
    ("pd-pool", "prefix"): lambda hand: f"2001:db8:{0x8000 + hand.number():x}::",
    ("relay", "ip-address"): _outside(9), ("relay", "ip-addresses"): _relay_addresses,
    ("dhcp-ddns", "sender-ip"): lambda hand: hand.either("0.0.0.0", "::"),
    ("interfaces-config", "service-sockets-require-all"): lambda hand: False,  # the lab's other interfaces have no address
    ("http-header", "name"): lambda hand: "Strict-Transport-Security",
    ("logger", "name"): lambda hand: {"dhcp4": "kea-dhcp4", "dhcp6": "kea-dhcp6"}.get(hand.program, "kea-ctrl-agent"),
    ("config-database", "type"): lambda hand: hand.chance.choice(("mysql", "postgresql")),
    ("hosts-database", "type"): lambda hand: hand.chance.choice(("mysql", "postgresql")),
}  # fmt: skip


def value(hand: Hand, scope: str, keyword: Keyword) -> Any:
    """A value that can stand at a keyword which holds no map of a scope.

    Raises LookupError for a keyword of free text or number that has none here: the table grows with the grammar.
    """
    chosen = _BY_SCOPE.get((scope, keyword.name)) or _BY_KEY.get(keyword.name)
    if chosen is not None and not (keyword.kind is Kind.ENUM and keyword.name == "type"):
        return chosen(hand)
    if (scope, keyword.name) in _BY_SCOPE:
        return _BY_SCOPE[scope, keyword.name](hand)
    if keyword.kind is Kind.BOOLEAN:
        return hand.chance.random() < 0.5
    if keyword.kind is Kind.ENUM:
        return hand.chance.choice(keyword.values)
    if keyword.kind is Kind.LIST and keyword.items is Kind.ENUM:
        return hand.chance.sample(keyword.values, min(2, len(keyword.values)))
    raise LookupError(f"no value for {keyword.name} in {scope}")
