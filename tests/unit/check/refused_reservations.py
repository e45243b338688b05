"""Mistakes in host reservations."""

from __future__ import annotations

from tests.unit.check.refusals import LAST, NEW, Config, Row, anonymous, dhcp4, dhcp6, hosts4, hosts6, net4, net6


def at(address: str) -> Config:
    return {"ip-address": address}


def at6(*addresses: str) -> Config:
    return {"ip-addresses": list(addresses)}


def prefixes(*texts: str) -> Config:
    return {"prefixes": list(texts)}


def known_by(key: str, identifier: str) -> Config:
    return anonymous(**{key: identifier}, hostname="host")


def excluding(excluded: str) -> Config:
    return {"prefixes": ["2001:db8:8::/48"], "excluded-prefixes": [excluded]}


MAC = "08:00:27:00:00:01"
GOOD4, GOOD6 = hosts4(at("192.0.2.5")), hosts6(at6("2001:db8:1::5"))
DELEGATING = hosts6(prefixes("2001:db8:8::/48"))
SOUND = known_by("hw-address", MAC)

ROWS = (
    Row("KH301", hosts4(anonymous(hostname="a")), GOOD4, "one of the supported identifiers must be specified"),
    Row("KH301", hosts6(anonymous(hostname="a")), GOOD6, "one of the supported identifiers must be specified"),
    Row("KH302", hosts4(anonymous(hw_address=MAC, duid="010203", hostname="a")), GOOD4, "are mutually exclusive"),
    Row("KH302", hosts4(anonymous(hw_address=MAC, client_id="", hostname="a")), GOOD4),
    *(
        Row("KH303", hosts4(known_by("hw-address", wrong)), hosts4(known_by("hw-address", right)), "host identifier")
        for wrong, right in (
            ("08-00-27-00-00-01", "08 00 27 00 00 01"),
            ("08:00:27::01", "8:0:27:0:0:1"),
            ("0X080027000001", "0x80027000001"),
            ("0800.2700.0001", "080027000001"),
            ("''", "'printer'"),
            ("", "0"),
        )
    ),
    Row("KH304", hosts4(known_by("hw-address", "01" * 21)), hosts4(known_by("hw-address", "01" * 20)), "MAX_HWADDR", ("2.2.0",), ("2.2.0",)),
    Row("KH304", hosts4(known_by("hw-address", "01" * 21)), hosts4(known_by("hw-address", "01" * 20)), "length 21", NEW, NEW),
    Row("KH304", hosts4(known_by("duid", "01" * 129)), hosts4(known_by("duid", "01" * 128)), "maximum of 128", ("2.2.0",), ("2.2.0",)),
    Row("KH304", hosts6(known_by("duid", "01" * 131)), hosts6(known_by("duid", "01" * 130)), "length 131", NEW, NEW),
    Row("KH304", hosts6(known_by("duid", "0102")), hosts6(known_by("duid", "010203")), "at least 3", NEW, NEW),
    Row("KH304", hosts4(known_by("client-id", "01" * 256)), hosts4(known_by("client-id", "01" * 255)), "length 256", NEW, NEW),
    Row("KH304", hosts4(known_by("circuit-id", "01" * 129)), hosts4(known_by("circuit-id", "01" * 128)), "length 129", NEW, NEW),
    Row("KH304", hosts4(known_by("flex-id", "'" + "a" * 129 + "'")), hosts4(known_by("flex-id", "'a'")), "length 129", NEW, NEW),
    Row("KH305", hosts4(SOUND, known_by("hw-address", "080027000001")), hosts4(SOUND, {"hostname": "b"}), "has already been added"),
    Row("KH305", hosts4(known_by("flex-id", "'ab'"), known_by("flex-id", "61:62")), hosts4(known_by("flex-id", "'ab'"), known_by("client-id", "6162")), "duplicate IPv4 host"),
    Row("KH305", hosts6(SOUND, SOUND, ip_reservations_unique=False), hosts6(SOUND), "has already been added"),
    Row("KH305", hosts6(known_by("flex-id", "01"), known_by("flex-id", "01")), hosts6(known_by("flex-id", "01"))),
    Row("KH305", dhcp4(reservations=[{"duid": "010203"}, {"duid": "01:02:03"}]), dhcp4(reservations=[{"duid": "010203"}]), "already been added", NEW, NEW),
    *(
        Row("KH306", hosts4(at(wrong)), GOOD4, complaint)
        for wrong, complaint in (
            ("192.0.2.05", "Failed to convert string"),
            ("192.0.2.5 ", "Failed to convert string"),
            ("2001:db8::1", "not a valid IPv4 address"),
            ("255.255.255.255", "must not make reservation"),
        )
    ),
    Row("KH306", hosts6(at6("ff02::1")), GOOD6, "invalid prefix"),
    Row("KH306", hosts6(at6("2001:db8:1::5/128")), GOOD6, "Failed to convert string"),
    Row("KH306", dhcp4(reservations=[{"hw-address": MAC, "ip-address": "0.0.0.0"}]), dhcp4(reservations=[{"hw-address": MAC, "ip-address": "192.0.2.1"}]), "must not make"),
    Row("KH307", hosts4(at("192.0.3.5")), hosts4(at("192.0.2.255")), "is not within the IPv4 subnet"),
    Row("KH307", hosts6(at6("2001:db8:2::5")), GOOD6, "is not within the IPv6 subnet"),
    Row("KH308", hosts4(at("192.0.2.5"), at("192.0.2.5")), hosts4(at("192.0.2.5"), at("192.0.2.5"), ip_reservations_unique=False), "already a reservation"),
    Row("KH308", hosts6(at6("2001:db8:1::5"), at6("2001:DB8:1:0::5")), hosts6(at6("2001:db8:1::5"), at6("2001:db8:1::6")), "already reservation"),
    Row("KH308", hosts6(at6("2001:db8:1::"), prefixes("2001:db8:1::/64")), hosts6(at6("2001:db8:1::"), prefixes("2001:db8:1:1::/64")), "already reservation"),
    Row("KH308", hosts6(prefixes("2001:db8:8::/48", "2001:db8:8::/56")), hosts6(prefixes("2001:db8:8::/48", "2001:db8:8:1::/64")), "already reservation"),
    Row("KH309", hosts6(at6("2001:db8:1::5", "2001:db8:1::5"), ip_reservations_unique=False), GOOD6, "duplicated host reservation"),
    Row("KH309", hosts6(prefixes("2001:db8:8::/48", "2001:db8:8::/48")), DELEGATING, "duplicated host reservation"),
    Row("KH310", hosts6(prefixes("2001:db8:8::")), DELEGATING, "requires prefix length"),
    Row("KH310", hosts6(prefixes("2001:db8:8::/129")), hosts6(prefixes("2001:db8:8::1/128")), "prefix"),
    Row("KH310", hosts6(prefixes("ff00::/8")), DELEGATING, "invalid prefix"),
    Row("KH310", hosts6(prefixes("2001:db8:8::1/48")), DELEGATING, "exceeds prefix", NEW),
    Row("KH310", hosts6(prefixes("::/0")), hosts6(prefixes("::/1")), "range of [1..128]", NEW),
    Row("KH311", hosts6({"excluded-prefixes": []}), hosts6(excluding("")), "requires the 'prefixes' parameter", LAST, LAST),
    Row("KH311", hosts6({"prefixes": ["2001:db8:8::/48"], "excluded-prefixes": []}), hosts6(excluding("")), "does not match", LAST, LAST),
    Row("KH311", hosts6(excluding("2001:db8:9::/64")), hosts6(excluding("2001:db8:8:1::/64")), "same common prefix", LAST, LAST),
    Row("KH311", hosts6(excluding("2001:db8:8::/48")), hosts6(excluding("2001:db8:8::/49")), "must be greater than", LAST, LAST),
    Row("KH311", hosts6(excluding("2001:db8:8::1/64")), hosts6(excluding("2001:db8:8::1/128")), "exceeds prefix", LAST, LAST),
    Row("KH311", hosts6(excluding("2001:db8:8::")), hosts6(excluding("2001:db8:8::/64")), "requires prefix length", LAST, LAST),
    Row("KH312", hosts4({"next-server": "0.0.0.0"}), hosts4({"client-classes": ["a"]}), "at least one resource", ("2.2.0",), ("2.2.0",)),
    Row("KH312", hosts6({"ip-addresses": []}), hosts6({"hostname": "a"}), "at least one resource", ("2.2.0",), ("2.2.0",)),
    Row(
        "KH313",
        dhcp4(subnet4=[net4()], reservations=[{"hw-address": MAC, "ip-address": "203.0.113.9"}]),
        dhcp4(subnet4=[net4()], reservations=[{"hw-address": MAC, "ip-address": "192.0.2.9"}]),
        asked=NEW,
    ),
    Row(
        "KH313",
        dhcp6(subnet6=[net6(), net6(2, "2001:db8:1:1::/64")], reservations=[{"hw-address": MAC, "ip-addresses": ["2001:db8:2::1"]}]),
        dhcp6(subnet6=[net6(), net6(2, "2001:db8:1:1::/64")], reservations=[{"hw-address": MAC, "ip-addresses": ["2001:db8:1:2::1"]}]),
        asked=NEW,
    ),
    *(Row("KH314", hosts4({"hostname": wrong}), hosts4({"hostname": "printer-1.example.org."})) for wrong in ("a b", "a..b", "-a", "a" * 64)),
    Row("KH250", hosts4({"next-server": "255.255.255.255"}), hosts4({"next-server": "192.0.2.1"}), "invalid next server address"),
    Row("KH251", hosts4({"boot-file-name": "a" * 128}), hosts4({"boot-file-name": "a" * 127}), "must not exceed 127"),
)  # fmt: skip
