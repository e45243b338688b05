"""Mistakes in what a server says of itself: lists, interfaces, DUID, D2, loggers, databases, sockets and clients."""

from __future__ import annotations

from typing import Any

from tests.unit.check.mistakes import HOOKS, OLD
from tests.unit.check.refusals import LAST, NEW, Config, Row, agent, dashed, dhcp4, dhcp6


def listening4(*entries: str) -> Config:
    return dhcp4(interfaces_config={"interfaces": list(entries)})


def listening6(*entries: str) -> Config:
    return dhcp6(interfaces_config={"interfaces": list(entries)})


def ddns(**keys: Any) -> Config:
    return dhcp4(dhcp_ddns={"enable-updates": False, **dashed(keys)})


def duid(kind: str, **keys: Any) -> Config:
    return dhcp6(server_id={"type": kind, **dashed(keys)})


def leases(kind: str, library: str | None = None, **keys: Any) -> Config:
    database = {"type": kind, "name": "kea", "persist": False, **dashed(keys)}
    if kind != "memfile":
        del database["persist"]
    return dhcp4(lease_database=database, **loading(library))


def configured_by(*databases: Config, library: str | None = None) -> Config:
    return dhcp4(config_control={"config-databases": list(databases)}, **loading(library))


def loading(library: str | None) -> Config:
    return {"hooks_libraries": [{"library": f"{HOOKS}/libdhcp_{library}.so"}]} if library else {}


def legal_log(*libraries: str) -> Config:
    """Libraries in their order; the legal log goes into MySQL."""
    access = {"parameters": {"type": "mysql", "name": "kea", "user": "kea"}}
    entries = [
        {"library": f"{HOOKS}/libdhcp_{name}.so", **(access if name == "legal_log" else {})} for name in libraries
    ]
    return dhcp4(hooks_libraries=entries)


def logging(*names: str, output: str = "stdout") -> Config:
    return dhcp4(loggers=[{"name": each, "severity": "INFO", "output_options": [{"output": output}]} for each in names])


def door(**keys: Any) -> Config:
    return dhcp4(
        control_sockets=[{"socket-type": "http", "socket-address": "127.0.0.1", "socket-port": 8005, **dashed(keys)}]
    )


def clients(*listed: Config) -> Config:
    return {"type": "basic", "clients": list(listed)}


def queue(kind: str) -> Config:
    return dhcp4(
        dhcp_queue_control={"enable-queue": True, "queue-type": kind, "capacity": 10},
        multi_threading={"enable-multi-threading": False},
    )


ALICE = {"user": "alice", "password": "wonder"}
GOOD_AGENT, GOOD_DOOR = agent(authentication=clients(ALICE)), door(authentication=clients(ALICE))
MYSQL, PGSQL = {"type": "mysql", "name": "kea"}, {"type": "postgresql", "name": "kea"}
CLIENTS = (
    ("KH743", {"password": "wonder"}, "user is required"),
    ("KH744", {**ALICE, "password-file": "/x"}, "mutually exclusive"),
    ("KH744", {**ALICE, "user-file": "x"}, "mutually exclusive"),
    ("KH748", {"user-file": "", "password": "wonder"}, "regular file"),
    ("KH748", {"user": "alice", "password-file": ""}, "regular file"),
    ("KH745", {"user": "", "password": "wonder"}, "must not be empty"),
    ("KH745", {"user": "al:ice", "password": "wonder"}, "must not contain a ':'"),
)

ROWS = (
    Row(
        "KH720",
        dhcp4(host_reservation_identifiers=["duid", "duid"]),
        dhcp4(host_reservation_identifiers=["duid"]),
        "duplicate host identifier",
    ),
    Row("KH721", dhcp6(mac_sources=["remote-id", "rfc4649"]), dhcp6(mac_sources=["any", "duid"]), "was specified twice"),
    Row("KH722", dhcp6(relay_supplied_options=["nosuch"]), dhcp6(relay_supplied_options=["erp-local-domain-name"]), "unable to find"),
    Row("KH722", dhcp6(relay_supplied_options=["0"]), dhcp6(relay_supplied_options=["65535"]), "unable to find"),
    Row("KH722", dhcp6(relay_supplied_options=["65536"]), dhcp6(relay_supplied_options=["+65"]), "must not be greater"),
    Row("KH723", listening4("/192.0.2.1"), listening4("eth0"), "empty interface name"),
    Row("KH723", listening4("eth0/"), listening4("*"), "empty address"),
    Row("KH723", listening4("*/192.0.2.1"), listening4("eth0/192.0.2.1"), "must not be used in conjunction"),
    Row("KH723", listening6("eth0/x"), listening6(" eth0 "), "Failed to convert string"),
    Row("KH724", listening4("eth0", "eth0"), listening4("eth0", "*"), "already been specified"),
    Row("KH724", listening4("eth0", "eth0/192.0.2.1"), listening4("eth0/192.0.2.2", "eth0/192.0.2.1"), "already been selected"),
    Row("KH724", listening6("*", "*"), listening6("eth0", "eth0/2001:db8::1"), "can only be specified once"),
    Row("KH725", ddns(server_ip="d2.example.org"), ddns(server_ip="::1"), "Failed to convert"),
    Row("KH725", ddns(sender_ip="x"), ddns(sender_ip=""), "invalid address (x)"),
    Row("KH726", ddns(server_ip="::1", sender_ip="192.0.2.1"), ddns(server_ip="::1", sender_ip="::"), "address family mismatch"),
    Row("KH726", ddns(sender_ip="127.0.0.1", sender_port=53001), ddns(sender_ip="127.0.0.1"), "cannot share"),
    Row("KH727", ddns(ncr_protocol="TCP"), ddns(ncr_protocol="UDP"), "TCP is not supported"),
    Row("KH728", duid("LL", identifier="12:34"), duid("LL", identifier=" 1234 "), "not a valid string of hexadecimal digits"),
    Row("KH728", duid("EN", identifier="01" * 125), duid("EN", identifier="01" * 122), "unable to configure server identifier", at_start=True),
    Row("KH729", duid("LLT", enterprise_id=5), duid("EN", enterprise_id=5)),
    Row("KH730", queue("nosuch"), queue("kea-ring4"), "is not supported", at_start=True),
    Row("KH731", logging("kea-dhcp6"), logging("kea-dhcp4", "kea-dhcp4.packets", "dhcpsrv")),
    Row("KH732", logging("kea-dhcp4", "kea-dhcp4"), logging("kea-dhcp4")),
    Row("KH733", logging("kea-dhcp4", output=""), logging("kea-dhcp4"), "has no filename", NEW, at_start=True),
    Row("KH734", dhcp6(data_directory=""), dhcp6(valid_lifetime=60), "directory"),
    Row("KH735", leases("postgresql", read_timeout=5), leases("mysql", read_timeout=5), "only supported by the mysql", NEW, NEW),
    Row("KH735", leases("mysql", tcp_user_timeout=5), leases("mysql", tcp_user_timeout=0), "only supported by the postgresql", NEW, NEW),
    Row("KH735", leases("memfile", reconnect_wait_time=5), leases("memfile"), "not supported by memfile", LAST, LAST, at_start=True),
    Row("KH738", leases("memfile", max_reconnect_tries=5), leases("memfile", max_reconnect_tries=0), asked=OLD),
    Row("KH739", configured_by({**MYSQL, "user": "a b"}), configured_by({**MYSQL, "user": "a'b"}), "expected format is name=value"),
    Row("KH739", configured_by({**MYSQL, "user": "a b=c"}), configured_by({**MYSQL, "password": "a b"}), stricter=True),
    Row("KH739", configured_by({**MYSQL, "password": "'ab"}), configured_by({**MYSQL, "password": "ab'"}), "Apostrophe (') expected"),
    Row("KH739", configured_by({**MYSQL, "password": "a'b c"}), configured_by({**MYSQL, "password": "a'b"}), "expected format is name=value"),
    Row("KH739", configured_by({**MYSQL, "password": "'ab'"}), configured_by(MYSQL), stricter=True),
    Row("KH739", leases("memfile", host="a b"), leases("memfile"), "expected format is name=value", at_start=True),
    Row("KH749", leases("mysql", name=""), leases("mysql"), "must specify a name", ("2.2.0",), ("2.2.0",), at_start=True),
    Row("KH749", leases("mysql", name=""), leases("mysql"), "exit code 0 for kea-admin", ("2.6.3",), ("2.6.3",), at_start=True),
    Row("KH749", leases("mysql", name="", library="mysql"), leases("mysql"), "exit code 0 for kea-admin", LAST, LAST, at_start=True),
    Row("KH750", leases("postgresql", connect_timeout=0), leases("postgresql"), "integer greater than 0", ("2.2.0",), ("2.2.0",), at_start=True),
    Row("KH750", leases("mysql", connect_timeout=2**31, library="mysql"), leases("mysql"), "exit code 0 for kea-admin", LAST, LAST, at_start=True),
    Row("KH780", configured_by(PGSQL), configured_by(PGSQL, library="pgsql_cb"), "is not supported", OLD, OLD, at_start=True),
    Row("KH780", legal_log("legal_log", "mysql"), legal_log("mysql", "legal_log"), "load libdhcp_mysql hook library", LAST, LAST, at_start=True),
    Row("KH780", leases("mysql"), leases("mysql", library="mysql"), "load libdhcp_mysql hook library", LAST, LAST, at_start=True),
    Row("KH736", configured_by(MYSQL, {**MYSQL, "user": ""}), configured_by(MYSQL, PGSQL), "already exists"),
    Row("KH737", dhcp4(hosts_databases=[{"type": "memfile"}]), dhcp4(valid_lifetime=60), "is not supported", at_start=True),
    Row("KH737", configured_by({"type": "memfile"}), dhcp4(valid_lifetime=60), "is not supported", at_start=True),
    Row("KH738", leases("memfile", password="wonder"), leases("memfile", persist=False)),
    Row("KH738", leases("mysql", lfc_interval=5), leases("mysql", user="kea")),
    Row("KH740", dhcp4(control_sockets=[{"socket-type": "unix"}]), GOOD_DOOR, "Mandatory 'socket-name'", LAST, LAST),
    Row("KH740", dhcp4(control_sockets=[{"socket-type": "unix", "socket-name": ""}]), GOOD_DOOR, "has no filename", LAST, LAST),
    Row("KH740", agent(control_sockets={"dhcp4": {"socket-name": ""}}), agent(), "has no filename", NEW, NEW),
    Row(
        "KH741",
        dhcp4(control_socket={"socket-type": "unix", "socket-name": "/run/kea/" + "x" * 99}),
        dhcp4(control_socket={"socket-type": "unix", "socket-name": "/run/kea/" + "x" * 98}),
        "File name too long",
        at_start=True,
    ),
    Row("KH742", door(socket_address="localhost"), door(socket_address="::1"), "failed to convert", LAST, LAST),
    Row("KH742", agent(http_host="localhost"), agent(http_host="127.0.0.1"), "Failed to convert", at_start=True),
    *(Row(code, door(authentication=clients(each)), GOOD_DOOR, says, LAST, LAST) for code, each, says in CLIENTS),
    *(Row(code, agent(authentication=clients(each)), GOOD_AGENT, says) for code, each, says in CLIENTS),
    Row("KH746", agent(authentication=clients({"user": "a", "password": "1234"})), GOOD_AGENT, "must not be a default one", LAST),
    Row("KH747", door(http_headers=[{"name": "", "value": "b"}]), door(http_headers=[{"name": "A", "value": "b"}]), "empty 'name'", LAST, LAST),
    Row("KH747", door(http_headers=[{"name": "A", "value": ""}]), door(http_headers=[]), "empty 'value'", LAST, LAST),
)  # fmt: skip
