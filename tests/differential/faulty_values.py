"""Values of the right type that mean nothing, too much, or something else: each is a line of the mutations of meaning."""

from __future__ import annotations

from typing import Any

ADDRESSES = (
    "192.0.2.256", "192.0.2", "2001:db8::1", "192.0.2.1", "192.0.2.1/24", "0.0.0.0", "255.255.255.255", "::", "2001:db8:::1",
    "localhost", "", " 192.0.2.1", "192.0.2.01", "::ffff:192.0.2.1", "fe80::1%eth0", "127.0.0.1", "198.51.1.9", "2001:db8:1::9",
    "3221225985", "ff02::1", "224.0.0.1",
)  # fmt: skip
PREFIXES = (
    "192.0.2.0", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "/24", "192.0.2.0/24/24", "192.0.2.0 / 24", "2001:db8::/129",
    "2001:db8::/64", "192.0.2.5/24", "0.0.0.0/0", "::/0", "192.0.2.0/0", "192.0.2/24", "2001:db8::1/64", "192.0.2.1/32", "a/b",
    "2001:db8:9::/128", "192.0.2.0/24x", "192.0.2.0/0x18", "192.0.2.0/024",
)  # fmt: skip
POOLS = (
    "{a} - {b}", "{b} - {a}", "{a}", "{a} -", "- {a}", "{a} - {b} - {b}", "{a}/30", "{a}/24", "{a}/200", "{a}/", "{a} to {b}",
    "192.0.2.5 - 192.0.2.9", "2001:db8:ff::1 - 2001:db8:ff::9", "{a} - 203.0.113.9", "{a}-{b}", "{a}\t-\t{b}", "10.0.0.0/8", "::/0", "",
    "{a}/0", "{a} / 30", "{b}/25", "{a}/126", "{a}/112",
)  # fmt: skip
HARDWARE = (
    "1a:1b:1c:1d:1e", "1a:1b:1c:1d:1e:1f:20", "1a-1b-1c-1d-1e-1f", "1a1b1c1d1e1f", "1A:1B:1C:1D:1E:1F", "zz:1b:1c:1d:1e:1f", "",
    "1:2:3:4:5:6", "1a:1b:1c:1d:1e:1f:", ":1a", "0x1a1b1c1d1e1f", "1a 1b 1c 1d 1e 1f", "001:02:03:04:05:06", "1a::1f", "'text'", "00",
    ":".join(["01"] * 21), ":".join(["01"] * 20), "1a:1b:1c:1d:1e:1f 1",
)  # fmt: skip
IDENTIFIERS = (
    *HARDWARE,
    "'open",
    "''",
    "'a b'",
    "'it''s'",
    "text",
    "abc",
    "0xabc",
    "01:02:0",
    ":".join(["01"] * 129),
    ":".join(["01"] * 131),
)
OPTION_DATA = (
    {"name": "domain-name-servers", "data": "192.0.2.256"}, {"name": "dns-servers", "data": "192.0.2.1"}, {"name": "nothing-such", "data": "1"},
    {"code": 0, "data": ""}, {"code": 255, "csv-format": False, "data": "00"}, {"data": "1"}, {"name": "routers", "data": ""},
    {"code": 200, "data": "text"}, {"code": 200, "data": "0102"}, {"code": 200, "csv-format": True, "data": "1"}, {"name": "interface-mtu", "data": "70000"},
    {"name": "interface-mtu", "data": "1400, 1500"}, {"name": "routers", "csv-format": False, "data": "c0000201"},
    {"name": "routers", "csv-format": False, "data": "xyz"}, {"name": "routers", "csv-format": False, "data": "c00002"}, {"name": "preference", "data": "-1"},
    {"name": "ip-forwarding", "data": "yes"}, {"name": "ip-forwarding", "data": "1"}, {"name": "domain-search", "data": "a..b"},
    {"name": "routers", "code": 4, "data": "192.0.2.1"}, {"name": "routers", "space": "nowhere", "data": "192.0.2.1"}, {"code": 3, "space": "dhcp4", "data": "192.0.2.1"},
    {"code": 23, "space": "dhcp6", "data": "2001:db8::1"}, {"name": "domain-name", "data": "exa mple"}, {"name": "vivso-suboptions", "data": "a"},
    {"name": "vendor-opts", "data": "4491, 1"}, {"name": "dhcp-lease-time", "data": "100"}, {"code": 1, "data": "255.255.255.0"}, {"code": 54, "data": "192.0.2.1"},
    {"space": "vendor-4491", "code": 300, "data": "00"}, {"space": "vendor-x", "code": 1, "csv-format": False, "data": "00"}, {"code": 65536, "data": "00"},
    {"code": 53, "data": "1"}, {"code": 82, "csv-format": False, "data": "0102"}, {"name": "root-path", "data": "/a\\, b"}, {"code": 77, "data": "00"},
    {"code": 231, "data": "0x"}, {"code": 231, "data": "0x0", "csv-format": False}, {"code": 231, "data": "'text'"}, {"code": 231, "csv-format": False, "data": "'text'"},
    {"name": "routers", "data": "192.0.2.1", "always-send": True, "never-send": True}, {"name": ""}, {"name": "a b", "data": "1"}, {"space": "", "code": 3, "data": "192.0.2.1"},
)  # fmt: skip
DEFINITIONS: tuple[dict[str, Any], ...] = (
    {"name": "foo", "code": 222, "type": "nothing"}, {"name": "foo", "code": 0, "type": "uint8"}, {"name": "foo", "code": 255, "type": "uint8"},
    {"name": "foo", "code": 3, "type": "uint8"}, {"name": "routers", "code": 224, "type": "uint8"}, {"name": "foo", "code": 225, "type": "record"},
    {"name": "foo", "code": 225, "type": "record", "record-types": "uint8, nothing"}, {"name": "foo", "code": 225, "type": "uint8", "record-types": "uint8, uint8"},
    {"name": "foo", "code": 225, "type": "record", "record-types": "uint8"}, {"name": "foo", "code": 225, "type": "record", "record-types": "uint8, string"},
    {"name": "foo", "code": 225, "type": "string", "array": True}, {"name": "foo", "code": 225, "type": "fqdn", "array": True}, {"name": "foo", "code": 225, "type": "empty", "array": True},
    {"name": "foo", "code": 225, "type": "uint8", "encapsulate": "inner"}, {"name": "foo", "code": 225, "type": "uint8", "encapsulate": "inner", "array": True},
    {"name": "foo", "code": 225, "type": "uint8", "encapsulate": "dhcp4"}, {"name": "foo", "code": 225, "type": "uint8", "encapsulate": "dhcp6", "space": "dhcp6"},
    {"name": "foo bar", "code": 225, "type": "uint8"}, {"name": "", "code": 225, "type": "uint8"}, {"name": "-foo", "code": 225, "type": "uint8"},
    {"name": "foo", "code": 225, "type": "uint8", "space": "in ner"}, {"name": "foo", "code": 225, "type": "uint8", "space": "vendor-4491"},
    {"name": "foo", "code": 1, "type": "uint8", "space": "inner"}, {"name": "foo", "code": 224, "type": "UINT8"}, {"name": "foo", "code": 70000, "type": "uint8"},
    {"name": "foo", "code": 225, "type": "record", "record-types": "string, uint8"}, {"name": "foo", "code": 225, "type": "record", "record-types": ""},
    {"name": "foo", "code": 225, "type": "record", "record-types": "uint8, record"}, {"name": "foo", "code": 43, "type": "empty", "encapsulate": "vendor"},
    {"name": "foo", "code": 225, "type": "internal"}, {"name": "foo", "code": 225, "type": "tuple", "array": True}, {"name": "foo", "code": 225, "type": "empty", "encapsulate": "inner"},
)  # fmt: skip
TESTS = (
    "", " ", "option[12].exists and", "option[12].exist", "option[999999].exists", "option[nosuch].exists", "'a' == ", "substring('a',0)", "'open == 'a'",
    "member('nowhere')", "member(nowhere)", "member('KNOWN')", "member('ALL')", "member('HA_kea1')", "pkt4.mac", "pkt6.msgtype == 1", "pkt4.msgtype == 1", "1 == 2",
    "0x1 == 0x01", "0xZZ == 0x01", "not", "(member('ALL')", "member('ALL'))", "option[host-name].text == 'a'", "relay4.hex == 'a'", "relay6[300].linkaddr == ::1",
    "relay6[0].linkaddr == ::1", "ifelse('a' == 'a', 'b')", "vendor[*].exists", "vendor.enterprise == 1", "concat('a','b','c') == 'abc'", "split('a.b','.',1) == 'a'",
    "lcase('A') == 'a'", "match('a.*', option[12].text)", "int32totext(0x00000001) == '1'", "192.0.2.1 == 192.0.2.1", "hexstring('a',':') == '61'", "'a'", "true", "ALL",
    "addrtotext(10.0.0.1) == 'x'", "option[12].option[1].exists", "vendor-class[4491].data == 'a'", "member('alpha')", "member('gamma')", "option[12].exists == 'a'",
    "option[-1].exists", "option['12'].exists", "member('alpha') AND member('beta')", "member('alpha') and member('beta')",
)  # fmt: skip
HOOK_LIBRARIES = (
        {"library": ""}, {"library": "libdhcp_lease_cmds.so"}, {"library": "/tmp/libdhcp_lease_cmds.so"}, {"library": "/nowhere/x.so"}, {"library": "../x.so"},
        {"library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_nothing.so"}, {"library": "/usr/lib/x86_64-linux-gnu/kea/hooks/"}, {"library": "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_ha.so"},
)  # fmt: skip
LOGGERS = (
        {"name": "kea-dhcp4", "severity": "info"}, {"name": "nonsense", "severity": "INFO"}, {"name": "", "severity": "INFO"}, {"name": "kea-dhcp4", "severity": "INFO", "debuglevel": 100},
        {"name": "kea-dhcp6.leases", "severity": "DEBUG", "debuglevel": 99}, {"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": ""}]},
        {"name": "a", "severity": "WARN", "output_options": [{"output": "/nowhere/x.log", "maxver": -1}]}, {"name": "a", "severity": "WARN", "output_options": [{"output": "syslog:nothing", "maxsize": 1}]},
        {"name": "kea-dhcp4"}, {"name": "kea-dhcp4", "severity": "LOUD"}, {"name": "a", "severity": "INFO", "output_options": [{"output": "stdout", "pattern": "%"}]},
)  # fmt: skip
