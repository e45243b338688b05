"""Valid configurations written oddly: every form of a value that Kea takes and prints in another one.

In: a made configuration. Out: a copy of it with values said otherwise, other values at the limits, lists in another order,
old spellings, comments, sub-options, texts that are not ASCII. Some of it Kea refuses; whoever asks skips that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Any

from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.option_definitions import OptionDefinition, standard_definitions
from kea_hac.kea.option_types import OptionType
from kea_hac.kea.options import Flaw, read_data
from kea_hac.kea.version import Branch
from tests.differential.places import places
from tests.kea.option_cases import HEX, RIGHT

LARGEST = 2**32 - 1
TEXTS = ("Zürich", "€ 5", "tab\tline\nend", 'a "quoted" word', "back\\slash", "\x01\x7f", "emoji 😀", "</script>", "")
FLOATS = (0.333333333, 0.1234567, 0.5, 0.012345678, 0.999999, 0.00123456789, 0.25)
KILLS = frozenset({3, 5, 25, 26, 44, 45})
"""Options of DHCPv6 that a 2.2.0 server dies of when it is asked for its configuration."""
Map = dict[str, Any]


def oddly(name: ProgramName, branch: Branch, config: Mapping[str, Any], seed: str) -> dict[str, Any]:
    """A copy of what stands below the top key, written oddly."""
    chance = Random(seed)
    made = deepcopy(dict(config))
    hand = _Hand(name, branch, chance)
    for place in list(places(program(name), made)):
        for tweak in _TWEAKS.get(place.scope.name, ()):
            if chance.random() < 0.6:
                tweak(hand, place.map)
        if "user-context" in place.scope.keywords and chance.random() < 0.2:
            hand.context(place.map)
    hand.top(made)
    return made


class _Hand:
    def __init__(self, name: ProgramName, branch: Branch, chance: Random) -> None:
        self.branch, self.chance = branch, chance
        self.family = 6 if name == "dhcp6" else 4

    def context(self, block: Map) -> None:
        """A context with every kind of value, or a comment, or both."""
        block.pop("user-context", None)
        block.pop("comment", None)
        if self.chance.random() < 0.7:
            block["user-context"] = {
                "zahl": self.chance.choice((0, -1, 2**53, 1.5, 0.1 + 0.2, 1234567.5, True, None)),
                "né": [self.chance.choice(TEXTS), {}, [], {"b": 1, "a": [1.25, {"y": None, "x": False}]}],
            }
        if self.chance.random() < 0.4:
            block["comment"] = self.chance.choice(TEXTS)

    def top(self, made: Map) -> None:
        """What stands at the top only."""
        chance = self.chance
        self.some(made, "host-reservation-identifiers", self.identifiers())
        if self.family == 6:
            self.some(made, "mac-sources", chance.sample(["any", "raw", "rfc6939", "rfc4649", "rfc4580", "duid"], 2))
            self.some(made, "relay-supplied-options", chance.sample(["110", "65", "120", "dns-servers", "9999"], 3))
            self.some(made, "server-id", self.server_id())
        self.some(made, "compatibility", {"lenient-option-parsing": chance.random() < 0.5})
        self.some(made, "dhcp-queue-control", {"enable-queue": True, "capacity": 7, "other": {"b": 1.5, "a": "ü"}})
        self.some(made, "multi-threading", {"enable-multi-threading": chance.random() < 0.5, "thread-pool-size": 2})
        for key in ("ddns-generated-prefix", "server-tag", *(["boot-file-name"] if self.family == 4 else [])):
            self.some(made, key, chance.choice(TEXTS[:4]).replace("\n", ""))
        for key in ("cache-max-age", "decline-probation-period", "statistic-default-sample-age", "parked-packet-limit"):
            self.some(made, key, chance.choice((0, LARGEST, 2**31)))
        if chance.random() < 0.5:
            made["option-data"] = [*made.get("option-data", ()), *self.options()]
        if chance.random() < 0.3:
            self.own_space(made)
        for key in ("subnet4", "subnet6", "shared-networks", "reservations"):
            if key in made:
                chance.shuffle(made[key])

    def some(self, block: Map, key: str, value: Any) -> None:
        if self.chance.random() < 0.3:
            block[key] = value

    def identifiers(self) -> list[str]:
        known = ["hw-address", "duid", "flex-id"] + (["circuit-id", "client-id"] if self.family == 4 else [])
        return self.chance.choice((self.chance.sample(known, 2), known))

    def server_id(self) -> Map:
        choice = self.chance.choice
        return {
            "type": choice(("LLT", "LL", "EN")),
            "identifier": choice(("12c4D5AF870CE4", "", "0A")),
            "htype": choice((0, 8)),
            "enterprise-id": choice((0, LARGEST)),
            "persist": False,
        }

    def own_space(self, made: Map) -> None:
        """A space of the configuration's own, an option that encapsulates it, and the option's sub-options."""
        chance = self.chance
        outer = 222 if self.family == 4 else 6001
        kind = chance.choice(("empty", "uint16", "record"))
        definition: Map = {"name": "outer", "code": outer, "type": kind, "encapsulate": "inner"}
        if kind == "record":
            definition["record-types"] = " uint8 ,ipv4-address"
        made["option-def"] = [
            {"name": "deep", "code": 2, "type": "string", "space": "inner"},
            *made.get("option-def", ()),
            {"name": "flat", "code": 1, "type": "uint32", "space": "inner", "array": chance.random() < 0.5},
            definition,
        ]
        rest = chance.choice(("", "0104C0000201", "020161"))
        data = {"empty": ("", rest), "uint16": ("258", f"0102{rest}"), "record": ("1, 192.0.2.1", f"01C0000201{rest}")}[
            kind
        ]
        csv = chance.random() < 0.5
        made["option-data"] = [
            *made.get("option-data", ()),
            {"space": "inner", "name": "deep", "data": "täxt"},
            {"code": outer, "csv-format": csv, "data": data[0] if csv else data[1]},
            {"space": "inner", "code": 1, "csv-format": False, "data": "00:00:00:07"},
        ]

    def options(self) -> list[Map]:
        """Standard options, by code or by name, as values or in hexadecimal digits of every form."""
        known = [
            each
            for each in standard_definitions(self.family, self.branch)
            if not (self.family == 6 and self.branch is Branch.V2_2 and each.code in KILLS)
        ]
        made = [self._option(each) for each in self.chance.sample(known, 4)]
        return [option for option, right in made if right]

    def _option(self, each: OptionDefinition) -> tuple[Map, bool]:
        """An option, and whether Kea takes it by our book."""
        chance = self.chance
        space = {"docsis3-v4": "vendor-4491", "docsis3-v6": "vendor-4491", "4o6": "vendor-2495"}.get(
            each.space, each.space
        )
        option: Map = {"space": space, chance.choice(("code", "name")): None}
        option = {key: getattr(each, key) if value is None else value for key, value in option.items()}
        if chance.random() < 0.5:
            option["data"] = ", ".join(chance.choice(RIGHT[kind]) for kind in each.record or (each.kind,))
            if each.kind is OptionType.INTERNAL:
                option["data"] = "10.0.0.0/8 - 192.0.2.1" if each.code == 121 else "100, Dns.Example.org."
        else:
            option |= {"csv-format": False, "data": chance.choice(HEX)}
        if chance.random() < 0.3:
            option["always-send"] = chance.random() < 0.5
        if self.branch is not Branch.V2_2 and chance.random() < 0.2:
            option["never-send"] = True
        if self.branch.order >= Branch.V3_0.order and chance.random() < 0.3:
            option["client-classes"] = ["alpha", "beta", "alpha"]
        mistake = read_data(each, option["data"], option.get("csv-format", True))
        return option, mistake is None or mistake.flaw is not Flaw.REFUSED

    def address(self, text: str) -> str:
        """The same address, written otherwise."""
        try:
            value = IPv6Address(text) if ":" in text else IPv4Address(text)
        except ValueError:
            return text
        if value.version == 4:
            return text
        return self.chance.choice((text.upper(), value.exploded, value.exploded.upper(), text))

    def digits(self, octets: bytes) -> str:
        """Bytes as hexadecimal digits in one of the forms."""
        return self.chance.choice(
            (octets.hex(), octets.hex().upper(), octets.hex(":"), octets.hex(":").upper(), f"0x{octets.hex()}")
        )


def _identifier(hand: _Hand, block: Map) -> None:
    for key in ("hw-address", "duid", "client-id", "circuit-id", "flex-id"):
        text = block.get(key)
        if isinstance(text, str) and ":" in text:
            block[key] = hand.digits(bytes.fromhex(text.replace(":", "")))
    for key in ("hostname", "boot-file-name", "server-hostname"):
        if key in block:
            block[key] = hand.chance.choice((block[key], "", block[key].upper()))
    if "client-classes" in block:
        block["client-classes"] = [*block["client-classes"], *block["client-classes"]]
    if "ip-addresses" in block:
        block["ip-addresses"] = [hand.address(each) for each in block["ip-addresses"]]
    if hand.chance.random() < 0.3:
        block["option-data"] = hand.options()


def _pool(hand: _Hand, block: Map) -> None:
    text = str(block["pool"])
    ends = [hand.address(end.strip()) for end in text.split("-")] if "/" not in text else []
    if ends:
        block["pool"] = hand.chance.choice((" - ", "-", "\t-  ")).join(ends)
    else:
        address, _, length = text.partition("/")
        block["pool"] = f" {hand.address(address)} / {length}"
    _classes(hand, block)
    if hand.chance.random() < 0.3:
        block["option-data"] = hand.options()


def _pd_pool(hand: _Hand, block: Map) -> None:
    block["prefix"] = hand.address(str(block["prefix"]))
    if "excluded-prefix" in block:
        address = IPv6Address(block["excluded-prefix"])
        block["excluded-prefix"] = hand.address(str(address + (0xCAFE << 48 if hand.chance.random() < 0.3 else 0)))
    _classes(hand, block)


def _classes(hand: _Hand, block: Map) -> None:
    if hand.branch.order >= Branch.V3_0.order:
        for key in ("client-classes", "evaluate-additional-classes"):
            if isinstance(block.get(key), list):
                block[key] = hand.chance.choice((block[key] * 2, block[key]))
        if "client-classes" not in block and hand.chance.random() < 0.2:
            block["client-class"] = hand.chance.choice(("alpha", ""))
    elif hand.chance.random() < 0.2:
        block["client-class"] = hand.chance.choice(("alpha", ""))


def _network(hand: _Hand, block: Map) -> None:
    chance = hand.chance
    if "subnet" in block:
        address, _, length = str(block["subnet"]).partition("/")
        block["subnet"] = chance.choice((" {} / {}", "{}/{}", "{}\t/{}")).format(hand.address(address), length)
    _classes(hand, block)
    for key in ("interface", "next-server", "server-hostname", "boot-file-name", "interface-id"):
        if key in block and chance.random() < 0.3:
            block[key] = ""
    for key, least in (("t1-percent", 0.0), ("t2-percent", 0.6), ("cache-threshold", 0.0), ("ddns-ttl-percent", 0.0)):
        if key in block:
            block[key] = least + chance.choice(FLOATS) * 0.4
    for name in ("valid-lifetime", "preferred-lifetime"):
        _fewer_lifetimes(chance, block, name)
    for key in ("cache-max-age", "offer-lifetime", "ddns-ttl"):
        if key in block:
            block[key] = chance.choice((0, LARGEST, 2**31, 7))
    for key in ("pools", "pd-pools", "reservations"):
        if key in block:
            chance.shuffle(block[key])
    if chance.random() < 0.3:
        block["option-data"] = [*block.get("option-data", ()), *hand.options()]
    _replace_client_name(hand, block)


def _fewer_lifetimes(chance: Random, block: Map, name: str) -> None:
    for key in (f"min-{name}", f"max-{name}", name):
        both = f"min-{name}" in block and f"max-{name}" in block
        if key in block and chance.random() < 0.4 and not (key == name and both):
            del block[key]


def _replace_client_name(hand: _Hand, block: Map) -> None:
    if "ddns-replace-client-name" in block:
        block["ddns-replace-client-name"] = hand.chance.choice(("TRUE", "False", "Always", "when-NOT-present"))
    if "ddns-conflict-resolution-mode" in block:
        if hand.chance.random() < 0.5:
            block["ddns-conflict-resolution-mode"] = "No-Check-With-DHCID"
        else:
            del block["ddns-conflict-resolution-mode"]
            block["ddns-use-conflict-resolution"] = hand.chance.random() < 0.5


def _relay(hand: _Hand, block: Map) -> None:
    if "ip-addresses" in block:
        block["ip-addresses"] = [hand.address(each) for each in block["ip-addresses"]]


def _option_def(hand: _Hand, block: Map) -> None:
    if block["type"] == "string" and hand.chance.random() < 0.3:
        block |= {"type": "record", "record-types": " uint8,  string "}


def _class(hand: _Hand, block: Map) -> None:
    for name in ("valid-lifetime", "preferred-lifetime"):
        _fewer_lifetimes(hand.chance, block, name)
    if "only-in-additional-list" in block:
        block["only-if-required"] = block.pop("only-in-additional-list")
    if hand.chance.random() < 0.3:
        block["option-data"] = [*block.get("option-data", ()), *hand.options()]
    if hand.family == 4 and hand.chance.random() < 0.3:
        _vendor_class(hand, block)


def _vendor_class(hand: _Hand, block: Map) -> None:
    """Option 43 with a meaning of the class's own."""
    kind = hand.chance.choice(("uint32", "binary", "empty", "string"))
    block["option-def"] = [{"name": "own", "code": 43, "type": kind}]
    data = {"uint32": "7", "binary": "0102", "empty": "", "string": "täxt"}[kind]
    block["option-data"] = [*block.get("option-data", ()), {"code": 43, "data": data}]


def _logger(hand: _Hand, block: Map) -> None:
    block["severity"] = hand.chance.choice(("debug", "Info", "WARN", "nonsense"))
    if "output-options" in block and hand.chance.random() < 0.5:
        block["output_options"] = block.pop("output-options")
    for key in ("output-options", "output_options"):
        for output in block.get(key, ()):
            if hand.chance.random() < 0.5 and hand.branch is not Branch.V2_2:
                output["output"] = hand.chance.choice(("bare.log", "syslog:local0", "/var/log/kea/full.log"))


def _interfaces(hand: _Hand, block: Map) -> None:
    if block.get("interfaces") == ["eth0"]:
        block["interfaces"] = [" eth0 "]
    if hand.chance.random() < 0.3:
        block["service-sockets-retry-wait-time"] = hand.chance.choice((2**31, LARGEST, 5))
    if hand.chance.random() < 0.2:
        block["service-sockets-max-retries"] = hand.chance.choice((0, 1))
    if hand.family == 4:
        hand.some(block, "dhcp-socket-type", hand.chance.choice(("raw", "udp")))
        hand.some(block, "outbound-interface", hand.chance.choice(("same-as-inbound", "use-routing")))


def _ddns(hand: _Hand, block: Map) -> None:
    block["enable-updates"] = False
    block["sender-ip"] = ""
    block["server-ip"] = hand.chance.choice(("192.0.2.1", "2001:DB8::0:1"))
    hand.some(block, "ncr-protocol", "udp")
    hand.some(block, "ncr-format", "json")
    hand.some(block, "max-queue-size", LARGEST)
    if hand.branch.order < Branch.V2_6.order:
        hand.some(block, "qualifying-suffix", "example.org.")
        hand.some(block, "replace-client-name", "True")


Tweak = Callable[[_Hand, Map], None]
_TWEAKS: Mapping[str, tuple[Tweak, ...]] = {
    "Dhcp4": (_replace_client_name,),
    "Dhcp6": (_replace_client_name,),
    "subnet4": (_network,),
    "subnet6": (_network,),
    "shared-network": (_network,),
    "pool": (_pool,),
    "pd-pool": (_pd_pool,),
    "reservation": (_identifier,),
    "relay": (_relay,),
    "option-def": (_option_def,),
    "client-class": (_class,),
    "logger": (_logger,),
    "interfaces-config": (_interfaces,),
    "dhcp-ddns": (_ddns,),
}


def text_of(top: str, config: Mapping[str, Any]) -> bytes:
    """The file's bytes: raw UTF-8, numbers with a point written in full."""
    return json.dumps({top: config}, ensure_ascii=False).encode()
