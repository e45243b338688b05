"""Mistakes in prefixes, pools, networks and timers."""

from __future__ import annotations

from typing import Any

from tests.unit.check.refusals import LAST, NEW, Config, Row, dashed, dhcp4, dhcp6, net4, net6, one4, one6


def pool(*texts: str) -> list[Config]:
    return [{"pool": each} for each in texts]


def delegated(prefix: str = "2001:db8:8::", length: int = 48, cut: int = 56, **keys: Any) -> Config:
    return {"prefix": prefix, "prefix-len": length, "delegated-len": cut, **dashed(keys)}


def pds(*pools: Config) -> Config:
    return one6(pd_pools=list(pools))


def shared4(*subnets: Config, **keys: Any) -> Config:
    return dhcp4(shared_networks=[{"name": "floor", "subnet4": list(subnets), **dashed(keys)}])


def shared6(*subnets: Config, **keys: Any) -> Config:
    return dhcp6(shared_networks=[{"name": "floor", "subnet6": list(subnets), **dashed(keys)}])


def relay(*addresses: str) -> Config:
    return {"ip-addresses": list(addresses)}


GOOD4, GOOD6 = one4(), one6()
SECOND4, SECOND6 = net4(2, "198.51.100.0/24"), net6(2, "2001:db8:2::/48")
EXCLUDED: Config = {"excluded_prefix": "2001:db8:8::", "excluded_prefix_len": 64}

ROWS = (
    Row(
        "KH206",
        dhcp4(subnet4=[{"subnet": "192.0.2.0/24"}]),
        dhcp4(subnet4=[{"id": 1, "subnet": "192.0.2.0/24"}]),
        "missing parameter 'id'",
        NEW,
        NEW,
    ),
    Row(  # the numbers that Kea 2.2 gives by itself start at 1
        "KH207",
        dhcp4(subnet4=[{"id": 1, "subnet": "192.0.2.0/24"}, {"subnet": "198.51.100.0/24"}]),
        dhcp4(subnet4=[{"id": 1, "subnet": "192.0.2.0/24"}, {"id": 2, "subnet": "198.51.100.0/24"}]),
        "is already in use",
        ("2.2.0",),
        ("2.2.0",),
    ),
    Row("KH208", one4(prefix="192.0.2.0/33"), GOOD4, "Invalid prefix length"),
    Row("KH208", one4(prefix="192.0.2.0/255.255.255.0"), one4(prefix="192.0.2.0 / 24"), "is not an integer"),
    Row("KH208", one4(prefix="192.0.2.0"), one4(prefix="192.0.2.0/+24"), "prefix/len expected"),
    Row("KH208", one4(prefix="192.0.2.010/24"), one4(prefix="192.0.2.0/024"), "Failed to convert string to address"),
    Row("KH208", one6(prefix="192.0.2.0/24"), GOOD6, "Non IPv6 prefix"),
    Row("KH209", one4(pools=pool("192.0.2.10-192.0.3.1")), one4(pools=pool("192.0.2.0/24")), "does not match"),
    Row("KH201", one4(pools=pool("192.0.2.20-192.0.2.10")), one4(pools=pool("192.0.2.1 0-192.0.2.20")), "Failed to create pool"),
    Row("KH201", one4(pools=pool("192.0.2.0/255.255.255.240")), one4(pools=pool("192.0.2.0/ 28")), "Failed to parse pool"),
    Row("KH201", one6(pools=pool("::/0")), one6(pools=pool("2001:db8:1::/64")), "Failed to create pool"),
    Row("KH210", dhcp4(subnet4=[net4(), net4(2)]), dhcp4(subnet4=[net4(), SECOND4]), "already exists"),
    Row("KH211", dhcp4(subnet4=[net4(), net4(2, "192.0.2.128/25")]), dhcp4(subnet4=[net4(), SECOND4])),
    Row("KH211", dhcp6(subnet6=[net6(), net6(2, "2001:db8:1:1::/64")]), dhcp6(subnet6=[net6(), SECOND6])),
    Row("KH212", one4(prefix="192.0.2.5/24"), GOOD4),
    Row("KH213", one4(pools=pool("192.0.2.5/28")), one4(pools=pool("192.0.2.16/28")), "Failed to create pool", NEW),
    Row("KH213", pds(delegated("2001:db8:8::1")), pds(delegated()), "is not the first address", NEW, NEW),
    Row("KH213", pds(delegated("2001:db8:8::1")), pds(delegated()), "invalid prefix range", ("2.2.0",), ("2.2.0",), at_start=True),
    Row("KH213", pds(delegated("2001:db8:8:8000::")), pds(delegated()), asked=("2.2.0",)),
    Row(
        "KH214",
        one4(pools=pool("192.0.2.10-192.0.2.20", "192.0.2.20-192.0.2.30")),
        one4(pools=pool("192.0.2.10-192.0.2.20", "192.0.2.21-192.0.2.30")),
        "overlaps with an existing pool",
    ),
    Row("KH214", pds(delegated(), delegated("2001:db8:8:100::", 56, 64)), pds(delegated(), delegated("2001:db8:9::")), "overlaps"),
    Row(
        "KH214",
        one6(pools=pool("2001:db8:1:5::/64"), pd_pools=[delegated("2001:db8:1::")]),
        one6(pools=pool("2001:db8:1:5::/64"), pd_pools=[delegated()]),
        "overlaps with an existing pool",
    ),
    Row("KH215", pds(delegated(cut=40)), pds(delegated(cut=48)), "must be longer than or equal to prefix length"),
    Row("KH215", pds(delegated("::", 0)), pds(delegated("::", 1)), "Invalid prefix length: 0"),
    Row("KH215", pds(delegated("2001:db8:8::/48")), pds(delegated()), "Failed to convert string to address"),
    Row("KH216", pds(delegated(excluded_prefix="2001:db8:9::", excluded_prefix_len=64)), pds(delegated(**EXCLUDED)), "common prefix"),
    Row("KH216", pds(delegated(excluded_prefix="2001:db8:8::", excluded_prefix_len=56)), pds(delegated(**EXCLUDED)), "xcluded prefix"),
    Row("KH216", pds(delegated(excluded_prefix="2001:db8:8::")), pds(delegated(**EXCLUDED)), "invalid excluded prefix"),
    Row("KH216", pds(delegated(excluded_prefix_len=64)), pds(delegated(excluded_prefix="::")), "common prefix"),
    Row(
        "KH220",
        dhcp4(shared_networks=[{"name": "a"}, {"name": "a"}]),
        dhcp4(shared_networks=[{"name": "a"}, {"name": "b"}]),
        "duplicate network",
    ),
    Row("KH221", shared4(net4(), name=""), shared4(net4()), "missing mandatory 'name'"),
    Row(
        "KH222",
        shared4(net4(), net4(2, "198.51.100.0/24", interface="eth0"), net4(3, "203.0.113.0/24", interface="eth1")),
        shared4(net4(), net4(2, "198.51.100.0/24", interface="eth0"), interface="eth0"),
        "has specified interface eth1",
    ),
    Row("KH223", shared4(net4(authoritative=True)), shared4(net4(), authoritative=True), "different authoritative setting"),
    Row("KH224", shared6(net6(rapid_commit=True), SECOND6), shared6(net6(), SECOND6, rapid_commit=True), "same rapid-commit"),
    Row("KH225", one6(interface="eth0", interface_id="x"), one6(interface="eth0", interface_id=""), "cannot be defined at the same time"),
    Row("KH226", one4(relay=relay("2001:db8::1")), one4(relay=relay("192.0.2.1")), "is not a: IPv4"),
    Row("KH226", one6(relay=relay("x")), one6(relay=relay("fe80::1%eth0")), "is not a valid: IPv6"),
    Row("KH227", one4(relay=relay("192.0.2.1", "192.0.2.1")), one4(relay=relay("192.0.2.1", "192.0.2.2")), "already contains"),
    Row("KH228", one4(**{"4o6-subnet": "2001:db8::"}), one4(**{"4o6-subnet": "2001:db8::/64"}), "Missing /"),
    Row("KH228", one4(**{"4o6-subnet": "192.0.2.0/24"}), one4(**{"4o6-subnet": ""})),
    Row("KH228", one4(**{"4o6-subnet": "2001:db8::/129"}), one4(**{"4o6-subnet": "2001:db8::/128"})),
    Row("KH229", one6(allocator="flq"), one6(pd_allocator="flq", allocator="random"), "Free Lease Queue", NEW, NEW),
    Row("KH229", dhcp6(allocator="flq", subnet6=[net6()]), dhcp6(allocator="flq"), "Free Lease Queue", NEW, NEW),
    Row("KH240", one4(min_valid_lifetime=7201), one4(min_valid_lifetime=7200), "is not less than (default)"),
    Row("KH240", dhcp4(max_valid_lifetime=7199), dhcp4(max_valid_lifetime=7200), "is not less than max-valid-lifetime"),
    Row(
        "KH240",
        dhcp4(min_valid_lifetime=1000, subnet4=[net4(valid_lifetime=100)]),
        dhcp4(min_valid_lifetime=1000, subnet4=[net4(valid_lifetime=1000)]),
        "is not less than (default)",
    ),
    Row("KH240", one6(max_preferred_lifetime=100), one6(max_preferred_lifetime=3600), "is not less than", ("2.2.0",), ("2.2.0",)),
    Row(
        "KH241",
        one6(min_preferred_lifetime=100, max_preferred_lifetime=5000),
        one6(min_preferred_lifetime=100, max_preferred_lifetime=5000, preferred_lifetime=3000),
        "but no preferred-lifetime (default)",
        NEW,
        NEW,
    ),
    Row(
        "KH241",
        dhcp4(client_classes=[{"name": "c", "min-valid-lifetime": 1, "max-valid-lifetime": 2}]),
        dhcp4(client_classes=[{"name": "c", "min-valid-lifetime": 1}]),
        "but no valid-lifetime (default)",
    ),
    Row(
        "KH242",
        dhcp4(rebind_timer=100, subnet4=[net4(renew_timer=200)]),
        dhcp4(rebind_timer=200, subnet4=[net4(renew_timer=200)]),
        "is greater than the value of rebind-timer",
        ("2.2.0",),
    ),
    Row("KH243", one4(rebind_timer=7200), one4(rebind_timer=7199)),
    Row("KH244", one6(preferred_lifetime=200, valid_lifetime=100), one6(preferred_lifetime=100, valid_lifetime=100)),
    Row("KH245", one4(calculate_tee_times=True, t1_percent=0.88), one4(calculate_tee_times=True, t1_percent=0.87), "must be less than t2"),
    Row("KH245", one6(t1_percent=1.0), one6(t1_percent=1.0, calculate_tee_times=False), "greater than 0.0 and less than 1.0"),
    Row("KH245", dhcp6(t2_percent=0.4, subnet6=[net6()]), dhcp6(t2_percent=0.4), "must be less than t2"),
    Row("KH246", one4(cache_threshold=0.0), one4(cache_threshold=0.1), "cache-threshold", ("2.2.0", "2.6.3"), ("2.2.0", "2.6.3")),
    Row("KH250", one4(next_server="boot.example.org"), one4(next_server=""), "invalid parameter next-server"),
    Row("KH250", dhcp4(next_server="boot.example.org"), dhcp4(next_server="192.0.2.1")),
    Row(
        "KH250",
        dhcp4(client_classes=[{"name": "c", "next-server": ""}]),
        dhcp4(client_classes=[{"name": "c", "next-server": "0.0.0.0"}]),
        "Invalid next-server",
    ),
    Row("KH251", one4(server_hostname="a" * 64), one4(server_hostname="a" * 63), "must be at most 63 bytes"),
    Row("KH251", one4(boot_file_name="a" * 129), one4(boot_file_name="a" * 127), "must be at most 127 bytes"),
    Row("KH251", one4(boot_file_name="a" * 128), one4(boot_file_name="a" * 127)),
    Row("KH252", one4(ddns_ttl=10, ddns_ttl_percent=0.5), one4(ddns_ttl_percent=0.5), "cannot specify both", LAST, LAST),
    Row("KH253", dhcp4(ddns_ttl_min=10, ddns_ttl_max=5), dhcp4(ddns_ttl_min=10, ddns_ttl_max=10), "must be greater than", LAST, LAST),
    Row("KH254", one4(hostname_char_set="[a-z"), one4(hostname_char_set="[^[:alnum:].-]"), "not a valid regular expression"),
    Row("KH254", one4(hostname_char_set="a{2"), one4(hostname_char_set="a{2}"), "not a valid regular expression"),
    Row("KH254", dhcp4(hostname_char_set="*"), dhcp4(hostname_char_set="\\*")),
)  # fmt: skip
