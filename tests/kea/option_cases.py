"""Made-up option data and definitions, right and wrong, for the differential test: by type, with a fixed seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from kea_hac.kea.config import DHCP4, DHCP6, Block, Daemon
from kea_hac.kea.option_definitions import OptionDefinition, standard_definitions
from kea_hac.kea.option_types import OptionType
from kea_hac.kea.version import Branch, KeaVersion
from kea_hac.model.configuration import Configuration

DAEMONS: dict[int, Daemon] = {4: DHCP4, 6: DHCP6}
RIGHT: dict[OptionType, tuple[str, ...]] = {
    OptionType.BINARY: ("0102AB", "ff", "01 02"),
    OptionType.BOOLEAN: ("true", "False", "1", "00"),
    OptionType.INT8: ("-128", "127", "0x7f"),
    OptionType.INT16: ("-32768", "+5", "7fff"),
    OptionType.INT32: ("-2147483648", "12", "0x1F"),
    OptionType.UINT8: ("0", "255", "fe"),
    OptionType.UINT16: ("65535", "0xabc", "007"),
    OptionType.UINT32: ("4294967295", "3600", "ffffffff"),
    OptionType.IPV4_ADDRESS: ("192.0.2.1", " 0.0.0.0", "255.255.255.255"),
    OptionType.IPV6_ADDRESS: ("2001:db8::1", "::", "::ffff:192.0.2.1", "fe80::1%lo"),
    OptionType.IPV6_PREFIX: ("2001:db8::/48", "2001:db8:1:: / 61", "::1/128"),
    OptionType.PSID: ("3/4", "0/0", "65535 / 16"),
    OptionType.STRING: ("text", "a\\, b", "Zürich", "tab\tinside", "back\\\\slash"),
    OptionType.TUPLE: ("text", "a\\, b", "https://example.org/"),
    OptionType.FQDN: ("example.org", "a.b.example.org.", "x", "UPPER.example"),
    OptionType.INTERNAL: ("10.0.0.0/8 - 192.0.2.1", "100, dns.example.org."),
    OptionType.EMPTY: ("",),
}
ODD = (
    "", " ", ",", "-1", "256", "65536", "4294967296", "0x", "1e3", "1.5", "abc", "xyz", "true", "tru", "2", "-129",
    "192.0.2.256", "192.0.2", "192.0.2.01", "2001:db8::1", "2001:db8:::1", "2001:db8::/64", "2001:db8::", "::/0", "/64",
    "192.0.2.0/24", "5/2", "1/17", "1/", "a..b", ".", "@", "a\\.b", "\\046x", "a\\300", "b\\", "x" * 64, ("y" * 60 + ".") * 5,
    "ü.example", "a;b.example", "'text'", "01:02", "01 02 03", "123", "0x0102", "0X01", "a, b, c", "1, 2, 3, 4",
    "1, 0102", "10.0.0.0/8 - 192.0.2.1, 0.0.0.0/0 - 192.0.2.254", "10.0.0.0/33 - 192.0.2.1", "10.0.0.0/8 192.0.2.1",
    "100, dns.example.org., 192.0.2.53, alpn=dot", "100, dns.example.org., 192.0.2.53 192.0.2.54, alpn=h2 dohpath=/q{?dns}",
    "100, dns.example.org., 192.0.2.53, alpn=h2", "100, dns.example.org., 2001:db8::53, alpn=dot\\,doq port=853",
    "1, a.example., 192.0.2.1 | 2, b.example.", "70000, dns.example.org.", "1, dns.example.org., , alpn=dot",
    "1, a.example, 192.0.2.1, ipv4hint=1", "1, a.example, 192.0.2.1, port=http", "true, 192.0.2.1, 192.0.2.2", "1, text",
)  # fmt: skip
HEX = (
    "", "00", "01", "0x01", "0102", "C00002", "C0000201", "C000020101", "0xC0000201C0000202", "01:02:03:04:05", "01 02 03",
    "1", "123", "'text'", " 'a b' ", "xyz", "01::02", "01:0203", "0x", "'", "''", "01 ", "0G", "00000000", "0102030405060708",
    "20010db8000000000000000000000001", "076578616d706c65036f726700", "076578616d706c65", "00010000", "0104C0000201",
    "0104C00002", "01040102030402020001", "000100020003", "0000000000000000000000000000000000000000000000000000",
    "00000DE903020141", "0000000A050103616263", "0000000A04010361626300", "3020010db80000", "8001", "FF", "C000C000",
    "001100020001", "0011000400000001", "18C00002C0000201", "00C0000201", "21C0000201C0000201", "0001020304", "05616263",
    "00080001036162630004C0000201", "0064000501610162000010", "000761626364656667", "0004010203040002", "0100", "FFFF",
)  # fmt: skip
NAMES = ("foo", "foo-bar", "foo_1", "-foo", "foo-", "fo o", "fo.o", "", "routers", "dns-servers")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to ask about: an option, where it stands, and the definitions that it needs."""

    entry: dict[str, Any]
    at_top: bool = True
    definitions: tuple[dict[str, Any], ...] = field(default=())
    in_class: bool = False
    """Everything stands in one client class (DHCPv4 only)."""


def option_cases(version: str, family: int, rng: Random, size: int) -> Iterator[Case]:
    """`size` rounds over all standard options: right values, odd values and hex for each; then entries that are odd themselves."""
    branch = KeaVersion.parse(version).branch
    for _ in range(size):
        for each in standard_definitions(family, branch):
            base = {"space": _space(each), **_naming(each, rng)}
            top = rng.random() < 0.5
            yield Case({**base, "data": _right(each, rng), "csv-format": True}, top)
            yield Case({**base, "data": _right(each, rng)}, top)
            yield Case({**base, "data": rng.choice(ODD)}, top)
            yield Case({**base, "data": ", ".join([_right(each, rng), rng.choice(ODD)])}, top)
            yield Case({**base, "data": rng.choice(HEX), "csv-format": False}, top)
        yield from _odd_entries(family, branch, rng)


def definition_cases(version: str, family: int, rng: Random, count: int) -> Iterator[Case]:
    """Definitions of every shape, each with data for the option that it defines."""
    branch = KeaVersion.parse(version).branch
    kinds = [*OptionType, "int64", "any-address"]
    for _ in range(count):
        kind = rng.choice(kinds)
        made: dict[str, Any] = {
            "name": rng.choice(NAMES if rng.random() < 0.3 else NAMES[:3]),
            "code": rng.choice((1, 3, 0, 255, 256, 65536) if rng.random() < 0.2 else (223, 224, 240)),
            "type": kind,
        }
        if kind == "record" or rng.random() < 0.05:
            made["record-types"] = ",".join(f" {rng.choice(kinds[:17])}" for _ in range(rng.randint(0, 4)))
        if rng.random() < 0.3:
            made["array"] = True
        if rng.random() < 0.3:
            made["space"] = rng.choice(("bar", f"dhcp{family}", f"dhcp{10 - family}", "b r", "vendor-4491", "vendor-9"))
        if rng.random() < 0.25:
            made["encapsulate"] = rng.choice(("bar", "inner", f"dhcp{family}", "in.ner"))
        inner = {"name": "in", "code": 1, "type": rng.choice(("uint16", "fqdn", "string")), "space": "inner"}
        places: dict[str, Any] = {key: made[key] for key in ("space", "code") if key in made}
        data: dict[str, Any] = {"data": _made_data(made, branch, rng)}
        if rng.random() < 0.3:
            data = {"data": rng.choice(HEX), "csv-format": False}
        yield Case({**places, **data}, rng.random() < 0.5, (inner, made))
        if family == 4 and "space" not in made:
            code = rng.choice((43, 224, 254, 223))
            yield Case({"code": code, **data}, False, ({**made, "code": code},), in_class=True)


def _odd_entries(family: int, branch: Branch, rng: Random) -> Iterator[Case]:
    code = {"code": 230 if family == 4 else 9999}
    own = f"dhcp{family}"
    known = {4: {"name": "host-name", "code": 12}, 6: {"name": "sip-server-dns", "code": 21}}[family]
    entries: list[dict[str, Any]] = [
        {"data": "x"}, {"name": "routerz", "data": "192.0.2.1"}, {"name": "rou ters", "data": "192.0.2.1"},
        {**code, "data": "01"}, {**code, "data": "01", "csv-format": True}, {**code, "data": "x1", "csv-format": False},
        {**code, "data": "0102", "csv-format": False}, {**code, "name": "foo", "data": "01"}, {**code, "name": "foo"},
        {**code, "name": "f.o", "data": "", "csv-format": False}, {**known, "data": "a.example", "always-send": True},
        {**known, "name": "domain-name", "data": "a.example"}, {**known, "name": "HOST-NAME", "data": "a"},
        {"code": 0, "data": "", "csv-format": False}, {"code": 255, "data": "", "csv-format": False}, {"code": 0, "data": "1"},
        {"code": 256, "data": "", "csv-format": False}, {"code": 65536, "data": "", "csv-format": False},
        {"code": 0, "space": "bar", "data": "", "csv-format": False}, {"code": 255, "space": "bar", "data": "", "csv-format": False},
        {"space": "b r", "code": 1, "data": "", "csv-format": False}, {"space": "", "code": 1, "data": "", "csv-format": False},
        {"space": "-b", "code": 1, "data": "01", "csv-format": False}, {"space": f"dhcp{10 - family}", "code": 1, "data": "01"},
        {"space": "vendor-4491", "code": 1, "data": "1, 2"}, {"space": "vendor-4491", "name": "tftp-servers", "data": "x"},
        {"space": "vendor-2495", "code": 60002, "data": "5", "csv-format": True}, {"space": "vendor-x", "code": 2, "data": "1"},
        {"space": "vendor-9", "code": 2, "data": "01"}, {"space": "vendor-9", "name": "a", "data": "01"},
        {"space": own, "name": "domain-search", "data": "a.example, b.example"},
        {"space": "dhcp-agent-options-space", "code": 1, "data": "01"},
        {"space": "s46-rule-options", "code": 93, "data": "1, 3/4"}, {**known, "data": "a.example", "csv-format": False},
    ]  # fmt: skip
    if branch is not Branch.V2_2:
        entries += [
            {**known, "never-send": True},
            {**code, "never-send": True},
            {**code, "never-send": True, "csv-format": False},
        ]
        entries += [{"code": 0, "never-send": True, "csv-format": False}, {"name": "nobody", "never-send": True}]
    for entry in entries:
        for at_top in (True, False):
            yield Case(entry, at_top)


def _space(each: OptionDefinition) -> str:
    return {"docsis3-v4": "vendor-4491", "docsis3-v6": "vendor-4491", "4o6": "vendor-2495"}.get(each.space, each.space)


def _naming(each: OptionDefinition, rng: Random) -> dict[str, Any]:
    return rng.choice(({"code": each.code}, {"name": each.name}, {"code": each.code, "name": each.name}))


def _right(each: OptionDefinition, rng: Random) -> str:
    kinds = list(each.record or (each.kind,))
    if each.array:
        kinds += kinds[-1:] * rng.randint(0, 2)
    return ", ".join(rng.choice(RIGHT[kind]) for kind in kinds)


def _made_data(made: dict[str, Any], branch: Branch, rng: Random) -> str:
    words = (
        [word.strip() for word in made.get("record-types", "").split(",")]
        if made["type"] == "record"
        else [made["type"]]
    )
    kinds = [OptionType(word) for word in words if word in list(OptionType) and word != "record"]
    values = [rng.choice(RIGHT[kind]) for kind in kinds]
    if made.get("array") and kinds:
        values += [rng.choice(RIGHT[kinds[-1]]) for _ in range(rng.randint(0, 2))]
    if rng.random() < 0.25:
        values += [rng.choice(ODD)]
    return ", ".join(values)


def configuration(version: str, family: int, cases: list[Case]) -> Configuration:
    """A whole configuration that holds the cases."""
    daemon = DAEMONS[family]
    subnet = {"id": 1, "subnet": "192.0.2.0/24" if family == 4 else "2001:db8::/64"}
    body: dict[str, Any] = {
        "interfaces-config": {"interfaces": []},
        "lease-database": {"type": "memfile", "persist": False},
        "option-def": [each for case in cases if not case.in_class for each in case.definitions],
        "option-data": [case.entry for case in cases if case.at_top],
        daemon.subnets: [
            {**subnet, "option-data": [case.entry for case in cases if not case.at_top and not case.in_class]}
        ],
    }
    classes = [
        {"name": f"c{number}", "option-def": list(case.definitions), "option-data": [case.entry]}
        for number, case in enumerate(cases)
        if case.in_class
    ]
    if classes:
        body["client-classes"] = classes
    return Configuration(daemon, as_block(body), KeaVersion.parse(version))


def as_block(value: Any, at: tuple[str | int, ...] = ()) -> Any:
    """Plain data as rules are given it."""
    if isinstance(value, dict):
        return Block(at, {key: as_block(item, (*at, key)) for key, item in value.items()})
    if isinstance(value, list):
        return [as_block(item, (*at, number)) for number, item in enumerate(value)]
    return value


def as_file(made: Configuration) -> bytes:
    """The configuration as Kea reads it: raw UTF-8."""
    return json.dumps({made.daemon.top: made.config}, ensure_ascii=False).encode()
