"""Mistakes in HA and hook configurations, each with the rules that find it and with what real Kea does when it starts.

The unit tests hold every one against the rules; `tests/kea/test_ha_rules.py` starts real servers with the very same texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"
ALL = ("2.2.0", "2.6.3", "3.0.4")
OLD = ("2.2.0", "2.6.3")
NEW = ("2.6.3", "3.0.4")
LAST = ("3.0.4",)
Config = dict[str, Any]
Change = Callable[[Config], object]


def library(name: str, parameters: Any = None) -> Config:
    """An entry of hooks-libraries."""
    entry: Config = {"library": f"{HOOKS}/libdhcp_{name}.so"}
    return entry if parameters is None else {**entry, "parameters": parameters}


def peer(name: str, role: str, number: int = 1, port: int = 8001) -> Config:
    """A peer on 192.0.2.<number>."""
    return {"name": name, "url": f"http://192.0.2.{number}:{port}/", "role": role}


def relationship(mode: str = "hot-standby") -> Config:
    """A sound relationship of server1, in any mode and version."""
    second = {"hot-standby": "standby", "load-balancing": "secondary", "passive-backup": "backup"}[mode]
    return {
        "this-server-name": "server1",
        "mode": mode,
        "multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True},
        "peers": [peer("server1", "primary", 1), peer("server2", second, 2)],
    }


def good(mode: str = "hot-standby") -> Config:
    """What every version starts with, and no rule has anything against."""
    classes = ("HA_server1", "HA_server2") if mode == "load-balancing" else (None, None)
    pools: list[Config] = [{"pool": "192.0.2.100-192.0.2.149"}, {"pool": "192.0.2.150-192.0.2.199"}]
    for pool, name in zip(pools, classes, strict=True):
        if name:
            pool["client-class"] = name
    return {
        "interfaces-config": {"interfaces": ["eth0"]},
        "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
        "lease-database": {"type": "memfile", "name": "/var/lib/kea/kea-leases4.csv"},
        "multi-threading": {"enable-multi-threading": True},
        "hooks-libraries": [library("lease_cmds"), library("ha", {"high-availability": [relationship(mode)]})],
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": pools}],
    }


def text(config: Config, top: str = "Dhcp4") -> str:
    """The file."""
    return json.dumps({top: config}, indent=1)


def ha(config: Config) -> Config:
    """Its first relationship."""
    found: Config = config["hooks-libraries"][1]["parameters"]["high-availability"][0]
    return found


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong."""

    name: str
    change: Change
    rules: tuple[str, ...]
    """The codes of the rules that find it, and no others do."""
    refused: str | Mapping[str, str] | None = None
    """A word of Kea's own complaint, or one by version; where there is none, Kea starts."""
    versions: tuple[str, ...] = ALL
    mode: str = "hot-standby"
    constraints: tuple[str, ...] = ()
    """Those of `kea.high_availability.constraints` that it breaks."""

    def config(self) -> Config:
        """The configuration with the mistake in it."""
        made = deepcopy(good(self.mode))
        self.change(made)
        return {key: value for key, value in made.items() if value is not None}

    def complaint(self, version: str) -> str | None:
        """What Kea is to say at the start, or None where it starts."""
        if isinstance(self.refused, Mapping):
            return self.refused.get(version)
        return self.refused


def set_ha(**settings: Any) -> Change:
    """Set keys of the relationship."""
    return lambda config: ha(config).update({key.replace("_", "-"): value for key, value in settings.items()})


def set_peer(number: int, **settings: Any) -> Change:
    """Set keys of a peer."""
    return lambda config: ha(config)["peers"][number].update(
        {key.replace("_", "-"): value for key, value in settings.items()}
    )


def drop(*path: str | int) -> Change:
    """Take a key of the relationship away."""

    def change(config: Config) -> None:
        found: Any = ha(config)
        for step in path[:-1]:
            found = found[step]
        del found[path[-1]]

    return change


def add_peer(*args: Any) -> Change:
    """One peer more."""
    return lambda config: ha(config)["peers"].append(peer(*args))


def set_library(number: int, **settings: Any) -> Change:
    """Set keys of a hooks-libraries entry."""
    return lambda config: config["hooks-libraries"][number].update(settings)


def add_library(name: str, parameters: Any = None, at: int = 2) -> Change:
    """One library more."""
    return lambda config: config["hooks-libraries"].insert(at, library(name, parameters))


def set_list(value: Any) -> Change:
    """Replace the list of relationships."""
    return set_library(1, parameters={"high-availability": value})


def set_top(**settings: Any) -> Change:
    """Set keys at the top."""
    return lambda config: config.update({key.replace("_", "-"): value for key, value in settings.items()})


def both(*changes: Change) -> Change:
    """Several changes."""

    def change(config: Config) -> None:
        for each in changes:
            each(config)

    return change


def pool(**settings: Any) -> Change:
    """Set keys of the first pool."""
    return lambda config: config["subnet4"][0]["pools"][0].update(
        {key.replace("_", "-"): value for key, value in settings.items()}
    )


def hub(second: Config | None = None) -> Change:
    """A second relationship, of the same server under another name."""

    def change(config: Config) -> None:
        other = {
            **relationship(),
            "this-server-name": "hub-b",
            "peers": [peer("hub-b", "primary", 1, 8002), peer("spoke-b", "standby", 3, 8002)],
        }
        other.update(second or {})
        config["hooks-libraries"][1]["parameters"]["high-availability"].append(other)
        config["subnet4"][0]["user-context"] = {"ha-server-name": "server1"}

    return change


def plain(config: Config) -> None:
    """No dedicated listener: HA through the agent."""
    ha(config)["multi-threading"] = {"enable-multi-threading": False}


def states(*entries: Any) -> Change:
    """A state machine."""
    return set_ha(state_machine={"states": list(entries)})


TLS = {"trust_anchor": "/etc/kea/ca.pem", "cert_file": "/etc/kea/cert.pem", "key_file": "/etc/kea/key.pem"}

REFUSED = (
    Mistake(
        "no-parameters",
        lambda c: c["hooks-libraries"][1].pop("parameters"),
        ("KH620",),
        "HA_MISSING",
        constraints=("HA-01",),
    ),
    Mistake("no-relationships", set_library(1, parameters={}), ("KH620",), "HA_MISSING", constraints=("HA-01",)),
    Mistake("no-list", set_list({}), ("KH620",), "must be a list", constraints=("HA-03",)),
    Mistake(
        "empty-list",
        set_list([]),
        ("KH620",),
        {"2.2.0": "Expected exactly one", "2.6.3": "must not be empty", "3.0.4": "must not be empty"},
        constraints=("HA-05", "HA-04"),
    ),
    Mistake(
        "relationship-no-map",
        set_list(["server1"]),
        ("KH122",),
        {"2.2.0": "get(string)", "2.6.3": "must be a map", "3.0.4": "must be a map"},
        constraints=("HA-06",),
    ),
    Mistake("two-relationships", hub(), ("KH607",), "Expected exactly one", ("2.2.0",), constraints=("HA-04",)),
    Mistake(
        "hub-in-other-mode",
        hub(
            {"mode": "passive-backup", "peers": [peer("hub-b", "primary", 1, 8002), peer("spoke-b", "backup", 3, 8002)]}
        ),
        ("KH608",),
        "only supported for 'hot-standby'",
        NEW,
        constraints=("HA-07",),
    ),
    Mistake(
        "peer-in-two-relationships",
        hub({"peers": [peer("hub-b", "primary", 1, 8002), peer("server2", "standby", 3, 8002)]}),
        ("KH610",),
        "must be unique",
        NEW,
        constraints=("HA-08",),
    ),
    Mistake("no-mode", drop("mode"), ("KH125",), "mode", constraints=("HA-09",)),
    Mistake("bad-mode", set_ha(mode="hot"), ("KH123",), "'hot' for mode", constraints=("HA-09",)),
    Mistake("mode-in-capitals", set_ha(mode="Hot-Standby"), ("KH123",), "for mode", constraints=("HA-09",)),
    Mistake("no-name", drop("this-server-name"), ("KH125",), "this-server-name", constraints=("HA-10",)),
    Mistake("name-no-string", set_ha(this_server_name=1), ("KH122",), "this-server-name", constraints=("HA-10",)),
    Mistake("blank-name", set_ha(this_server_name=" "), ("KH621",), "must not be empty", constraints=("HA-10",)),
    Mistake("not-a-peer", set_ha(this_server_name="ghost"), ("KH622",), "'ghost'", constraints=("HA-11",)),
    Mistake("padded-peer", set_peer(0, name="server1 "), ("KH622",), "'server1'", constraints=("HA-11", "HA-15")),
    Mistake("no-peers", drop("peers"), ("KH125",), "peers", constraints=("HA-12",)),
    Mistake("peers-a-map", set_ha(peers={}), ("KH122",), "must be a list", constraints=("HA-12",)),
    Mistake("peer-no-map", set_ha(peers=["server1"]), ("KH122", "KH622"), "must be a map", constraints=("HA-12",)),
    Mistake("no-peers-in-list", set_ha(peers=[]), ("KH622",), "'server1'", constraints=("HA-11",)),
    Mistake("peer-without-name", drop("peers", 1, "name"), ("KH125",), "name", constraints=("HA-13",)),
    Mistake("peer-without-url", drop("peers", 1, "url"), ("KH125",), "url", constraints=("HA-13",)),
    Mistake("peer-without-role", drop("peers", 1, "role"), ("KH125",), "role", constraints=("HA-13",)),
    Mistake("url-no-string", set_peer(1, url=8001), ("KH122",), "url", constraints=("HA-13",)),
    Mistake("blank-peer", set_peer(1, name=" "), ("KH621",), "must not be empty", constraints=("HA-14",)),
    Mistake("same-peer-twice", set_peer(1, name="server1"), ("KH610",), "already specified", constraints=("HA-15",)),
    Mistake("bad-role", set_peer(1, role="boss"), ("KH123",), "'boss'", constraints=("HA-16",)),
    Mistake("two-primaries", set_peer(1, role="primary"), ("KH604",), "multiple primary", constraints=("HA-17",)),
    Mistake(
        "two-secondaries",
        add_peer("server3", "secondary", 3),
        ("KH604",),
        "multiple secondary",
        mode="load-balancing",
        constraints=("HA-18", "HA-20"),
    ),
    Mistake(
        "two-standbys",
        add_peer("server3", "standby", 3),
        ("KH604",),
        "multiple standby",
        constraints=("HA-19", "HA-22"),
    ),
    Mistake(
        "no-secondary",
        both(set_peer(1, role="backup"), lambda c: c["subnet4"][0]["pools"].pop()),
        ("KH604",),
        "secondary server required",
        mode="load-balancing",
        constraints=("HA-20",),
    ),
    Mistake(
        "standby-in-load-balancing",
        both(set_peer(1, role="standby"), lambda c: c["subnet4"][0]["pools"].pop()),
        ("KH604",),
        "standby servers not allowed",
        mode="load-balancing",
        constraints=("HA-21",),
    ),
    Mistake("no-standby", set_peer(1, role="backup"), ("KH604",), "standby server required", constraints=("HA-22",)),
    Mistake("no-primary", set_peer(0, role="backup"), ("KH604",), "primary server required", constraints=("HA-22",)),
    Mistake(
        "secondary-in-hot-standby",
        set_peer(1, role="secondary"),
        ("KH604",),
        "not allowed in the hot",
        constraints=("HA-23",),
    ),
    Mistake(
        "standby-in-passive-backup",
        set_peer(1, role="standby"),
        ("KH604", "KH643"),
        "not allowed in the passive",
        mode="passive-backup",
        constraints=("HA-24",),
    ),
    Mistake(
        "no-primary-in-passive-backup",
        set_peer(0, role="backup"),
        ("KH604",),
        "primary server required",
        mode="passive-backup",
        constraints=("HA-24",),
    ),
    Mistake("waits-for-backup", set_ha(wait_backup_ack=True), ("KH623",), "wait-backup-ack", constraints=("HA-26",)),
    Mistake(
        "waits-for-backup-in-load-balancing",
        set_ha(wait_backup_ack=True),
        ("KH623",),
        "wait-backup-ack",
        mode="load-balancing",
        constraints=("HA-26",),
    ),
    Mistake(
        "delayed-updates", set_ha(delayed_updates_limit=5), ("KH624",), "delayed-updates-limit", constraints=("HA-27",)
    ),
    Mistake(
        "delayed-updates-in-passive-backup",
        set_ha(delayed_updates_limit=5),
        ("KH624",),
        "delayed-updates-limit",
        mode="passive-backup",
        constraints=("HA-27",),
    ),
    Mistake("negative-delay", set_ha(heartbeat_delay=-1), ("KH124",), "must not be negative", constraints=("HA-28",)),
    Mistake(
        "delay-beyond-16-bit",
        set_ha(max_response_delay=65536),
        ("KH124",),
        "must not be greater than 65535",
        constraints=("HA-28",),
    ),
    Mistake("limit-beyond-32-bit", set_ha(sync_timeout=4294967296), ("KH124",), "greater than", constraints=("HA-28",)),
    Mistake("delay-a-string", set_ha(heartbeat_delay="10000"), ("KH122",), "heartbeat-delay", constraints=("HA-28",)),
    Mistake("threads-no-map", set_ha(multi_threading=True), ("KH122",), "must be a map", constraints=("HA-29",)),
    Mistake("machine-no-map", set_ha(state_machine=[]), ("KH122",), "must be a map", constraints=("HA-29",)),
    Mistake(
        "states-no-list", set_ha(state_machine={"states": {}}), ("KH122",), "must be a list", constraints=("HA-29",)
    ),
    Mistake("state-no-map", states("waiting"), ("KH122",), "must be a map", constraints=("HA-29",)),
    Mistake(
        "state-twice",
        states({"state": "waiting", "pause": "once"}, {"state": "waiting"}),
        ("KH625",),
        "duplicated",
        constraints=("HA-30",),
    ),
    Mistake("unknown-state", states({"state": "sleeping"}), ("KH123",), "sleeping", constraints=("HA-31",)),
    Mistake(
        "unknown-pause", states({"state": "waiting", "pause": "twice"}), ("KH123",), "twice", constraints=("HA-32",)
    ),
    Mistake("url-without-scheme", set_peer(1, url="192.0.2.2:8001"), ("KH626",), "scheme", constraints=("HA-33",)),
    Mistake("url-without-colon", set_peer(1, url="192.0.2.2"), ("KH626",), "scheme", constraints=("HA-33",)),
    Mistake(
        "scheme-in-capitals", set_peer(1, url="HTTP://192.0.2.2:8001/"), ("KH626",), "scheme", constraints=("HA-33",)
    ),
    Mistake("url-without-slashes", set_peer(1, url="http:192.0.2.2"), ("KH626",), "://", constraints=("HA-33",)),
    Mistake("url-without-host", set_peer(1, url="http://"), ("KH626",), "hostname", constraints=("HA-33",)),
    Mistake("url-empty", set_peer(1, url=""), ("KH626",), "scheme", constraints=("HA-33",)),
    Mistake("url-with-bad-port", set_peer(1, url="http://192.0.2.2:http/"), ("KH626",), "port", constraints=("HA-33",)),
    Mistake("url-with-colon-only", set_peer(1, url="http://192.0.2.2:"), ("KH626",), "port", constraints=("HA-33",)),
    Mistake(
        "url-of-a-name", set_peer(1, url="http://dhcp2.example.org:8001/"), ("KH626",), "dhcp2", constraints=("HA-34",)
    ),
    Mistake("url-ipv6-bare", set_peer(1, url="http://2001:db8::2:8001/"), ("KH626",), "port", constraints=("HA-34",)),
    Mistake("url-brackets-open", set_peer(1, url="http://[2001:db8::2:8001/"), ("KH626",), "]", constraints=("HA-34",)),
    Mistake(
        "two-tls-files",
        set_ha(trust_anchor="/etc/kea/ca.pem", cert_file="/etc/kea/cert.pem"),
        ("KH708",),
        "key-file parameter is missing",
        constraints=("HA-36",),
    ),
    Mistake(
        "tls-file-emptied-by-peer",
        both(set_ha(**TLS), set_peer(0, key_file="")),
        ("KH708",),
        "key-file parameter is missing",
        constraints=("HA-36",),
    ),
    Mistake(
        "https-without-tls", set_peer(1, url="https://192.0.2.2:8001/"), ("KH704",), "https", constraints=("HA-37",)
    ),
    Mistake(
        "two-passwords",
        both(
            plain,
            set_peer(1, basic_auth_user="kea", basic_auth_password="a-b-c", basic_auth_password_file="/etc/kea/pw"),
        ),
        ("KH632",),
        "only one of",
        constraints=("HA-41",),
    ),
    Mistake(
        "colon-in-user",
        both(plain, set_peer(1, basic_auth_user="kea:1", basic_auth_password="a-b-c")),
        ("KH633",),
        "user",
        constraints=("HA-44",),
    ),
    Mistake(
        "port-of-own-socket",
        set_top(
            control_sockets=[
                {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
                {"socket-type": "http", "socket-address": "192.0.2.1", "socket-port": 8001},
            ],
            control_socket=None,
        ),
        ("KH701",),
        "Address already in use",
        LAST,
        constraints=("HA-48",),
    ),
    Mistake(
        "listener-twice-in-hub",
        hub({"peers": [peer("hub-b", "primary", 1), peer("spoke-b", "standby", 3)]}),
        ("KH701",),
        "Address already in use",
        NEW,
        constraints=("HA-49",),
    ),
)

SWALLOWED = (
    Mistake("misspelt-key", set_ha(heartbeat_dealy=500), ("KH120",)),
    Mistake("misspelt-peer-key", set_peer(1, auto_fail_over=True), ("KH120",)),
    Mistake("misspelt-thread-key", lambda c: ha(c)["multi-threading"].update({"http-listener-thread": 2}), ("KH120",)),
    Mistake("misspelt-machine-key", set_ha(state_machine={"state": []}), ("KH120",)),
    Mistake("misspelt-state-key", states({"state": "waiting", "pauze": "once"}), ("KH120",)),
    Mistake("certs-in-peer", set_peer(1, require_client_certs=True), ("KH120",), constraints=("HA-39",)),
    Mistake("key-of-a-later-version", set_ha(max_rejected_lease_updates=5), ("KH132",), versions=("2.2.0",)),
    Mistake("no-port", set_peer(1, url="http://192.0.2.2/"), ("KH627",), constraints=("HA-35",)),
    Mistake("port-too-large", set_peer(1, url="http://192.0.2.2:70000/"), ("KH627",), constraints=("HA-35",)),
    Mistake("same-url", set_peer(1, url="http://192.0.2.1:8001/"), ("KH630",), constraints=("HA-47",)),
    Mistake("partner-nowhere", set_peer(1, url="http://0.0.0.0:8001/"), ("KH631",), constraints=("HA-47",)),
    Mistake("loopback", set_peer(0, url="http://127.0.0.1:8001/"), ("KH703",), constraints=("HA-47",)),
    Mistake("no-lease-commands", lambda c: c["hooks-libraries"].pop(0), ("KH634",), constraints=("HA-51",)),
    Mistake("no-heartbeat", set_ha(heartbeat_delay=0), ("KH635",)),
    Mistake("response-within-heartbeat", set_ha(heartbeat_delay=20000, max_response_delay=15000), ("KH636",)),
    Mistake("response-equal-to-heartbeat", set_ha(max_response_delay=10000), ("KH636",)),
    Mistake("heartbeat-over-default", set_ha(heartbeat_delay=60000), ("KH636",)),
    Mistake("ack-over-response", set_ha(max_ack_delay=60001), ("KH637",)),
    Mistake("no-pages", set_ha(sync_page_limit=0), ("KH638",)),
    Mistake("updates-only", set_ha(sync_leases=False), ("KH639",), constraints=("HA-56",)),
    Mistake("sync-only", set_ha(send_lease_updates=False), ("KH639",), constraints=("HA-56",)),
    Mistake("no-exchange", set_ha(send_lease_updates=False, sync_leases=False), ("KH640",), constraints=("HA-56",)),
    Mistake(
        "no-exchange-in-passive-backup",
        set_ha(send_lease_updates=False),
        ("KH640",),
        mode="passive-backup",
        constraints=("HA-56",),
    ),
    Mistake(
        "failover-of-backup",
        both(add_peer("server3", "backup", 3), set_peer(2, auto_failover=True)),
        ("KH641",),
        constraints=("HA-55",),
    ),
    Mistake("no-failover", set_peer(0, auto_failover=False), ("KH642",), constraints=("HA-55",)),
    Mistake("no-backup", lambda c: ha(c)["peers"].pop(), ("KH643",), mode="passive-backup"),
    Mistake("password-alone", both(plain, set_peer(1, basic_auth_password="a-b-c")), ("KH644",)),
    Mistake("password-beside-listener", set_peer(1, basic_auth_user="kea", basic_auth_password="a-b-c"), ("KH612",)),
    Mistake("class-of-nobody", pool(client_class="HA_server9"), ("KH645",), constraints=("HA-54",)),
    Mistake("class-of-standby", pool(client_class="HA_server2"), ("KH646",), constraints=("HA-54",)),
    Mistake(
        "class-of-nobody-below",
        both(
            pool(client_class="voip"),
            set_top(client_classes=[{"name": "voip", "test": "member('HA_server9') and not member('KNOWN')"}]),
        ),
        ("KH645",),
        constraints=("HA-54",),
    ),
    Mistake(
        "unsplit",
        lambda c: c["subnet4"][0]["pools"][0].pop("client-class"),
        ("KH202",),
        mode="load-balancing",
        constraints=("HA-53",),
    ),
    Mistake(
        "no-tag",
        both(hub(), lambda c: c["subnet4"][0].pop("user-context")),
        ("KH614",),
        versions=NEW,
        constraints=("HA-59",),
    ),
    Mistake(
        "unknown-tag",
        both(hub(), lambda c: c["subnet4"][0].update({"user-context": {"ha-server-name": "spoke-z"}})),
        ("KH614",),
        versions=NEW,
        constraints=("HA-59",),
    ),
    Mistake(
        "one-relationship-some-tags",
        lambda c: (
            c["subnet4"].append({**c["subnet4"][0], "id": 9, "subnet": "10.99.0.0/24", "pools": []})
            or c["subnet4"][0].update({"user-context": {"ha-server-name": "server1"}})
        ),
        ("KH614",),
        versions=NEW,
        constraints=("HA-59",),
    ),
    Mistake(
        "threads-off",
        set_top(multi_threading={"enable-multi-threading": False}),
        ("KH615",),
        constraints=("HA-45",),
    ),
    Mistake(
        "threads-not-said", lambda c: c.pop("multi-threading"), ("KH615",), versions=("2.2.0",), constraints=("HA-45",)
    ),
    Mistake(
        "ha-threads-off",
        set_ha(multi_threading={"enable-multi-threading": False, "http-dedicated-listener": True}),
        ("KH615",),
        constraints=("HA-45",),
    ),
)


def flex_option(entry: Config) -> Change:
    """The flex_option library with one entry."""
    return add_library("flex_option", {"options": [entry]})


def alarm(**changes: Any) -> Change:
    """perfmon with one alarm."""
    key = {"query-type": "DHCPDISCOVER", "response-type": "DHCPOFFER", "start-event": "a", "stop-event": "b"}
    made = {"duration-key": key, "high-water-ms": 500, "low-water-ms": 25}
    made.update({name.replace("_", "-"): value for name, value in changes.items()})
    return add_library("perfmon", {"alarms": [{name: value for name, value in made.items() if value is not None}]})


def in_context(name: str, parameters: Any = None, **context: Any) -> Change:
    """A library, and what it reads in the subnet's user-context."""
    said = {key.replace("_", "-"): value for key, value in context.items()}
    return both(add_library(name, parameters), lambda config: config["subnet4"][0].update({"user-context": said}))


_EXPRESSION = {"identifier-expression": "relay4[1].hex"}
_VARIABLE = {"name": "a", "expression": "option[12].hex", "source": "query"}
LIBRARIES = (
    Mistake(
        "flex-option-unknown-key", flex_option({"code": 12, "add": "'a'", "ad": "'b'"}), ("KH770",), "unknown parameter"
    ),
    Mistake("flex-option-no-action", flex_option({"code": 12}), ("KH773",), "no action"),
    Mistake("flex-option-no-option", flex_option({"add": "'a'"}), ("KH773",), "'code' or 'name'"),
    Mistake(
        "flex-option-two-actions",
        flex_option({"code": 12, "add": "'a'", "remove": "true"}),
        ("KH772",),
        "multiple actions",
    ),
    Mistake("flex-option-code-a-string", flex_option({"code": "12", "add": "'a'"}), ("KH772",), "must be an integer"),
    Mistake("flex-option-no-parameters", add_library("flex_option"), ("KH773",), "mandatory"),
    Mistake("flex-option-no-list", add_library("flex_option", {"options": {}}), ("KH772",), "must be a list"),
    Mistake("run-script-no-name", add_library("run_script", {"sync": False}), ("KH773",), "mandatory"),
    Mistake("run-script-number", add_library("run_script", {"name": 1}), ("KH772",), "must be a string"),
    Mistake("parameter-of-none", add_library("stat_cmds", {"limit": 5}), ("KH771",)),
    Mistake("perfmon-too-early", add_library("perfmon"), ("KH775",), "perfmon", ("2.2.0",)),
    Mistake("misspelt-library", add_library("stat_cmd"), ("KH776",), "stat_cmd"),
    Mistake("perfmon-unknown-key", add_library("perfmon", {"enable": True}), ("KH770",), "enable", NEW),
    Mistake(
        "perfmon-zero-interval",
        add_library("perfmon", {"interval-width-secs": 0}),
        ("KH772",),
        "interval-width-secs",
        NEW,
    ),
    Mistake("perfmon-alarm-no-key", alarm(duration_key=None), ("KH773",), "duration-key", NEW),
    Mistake("perfmon-alarm-water", alarm(low_water_ms=500), ("KH772",), "must be less", NEW),
    Mistake(
        "binding-variable-ignored",
        set_library(0, parameters={"binding-variables": [_VARIABLE]}),
        ("KH771",),
        versions=OLD,
    ),
    Mistake(
        "binding-variable-source",
        set_library(0, parameters={"binding-variables": [{**_VARIABLE, "source": "reply"}]}),
        ("KH772",),
        "invalid source",
        LAST,
    ),
    Mistake(
        "binding-variable-key",
        set_library(0, parameters={"binding-variables": [{**_VARIABLE, "sauce": "query"}]}),
        ("KH770",),
        "sauce",
        LAST,
    ),
    Mistake(
        "binding-variable-empty",
        set_library(0, parameters={"binding-variables": [{**_VARIABLE, "expression": ""}]}),
        ("KH772",),
        "cannot be empty",
        LAST,
    ),
    Mistake(
        "misspelt-binding-variables", set_library(0, parameters={"binding-variable": []}), ("KH771",), versions=LAST
    ),
    Mistake(
        "variables-after-ha",
        both(
            lambda c: c["hooks-libraries"].reverse(),
            lambda c: c["hooks-libraries"][1].update(parameters={"binding-variables": [_VARIABLE]}),
        ),
        ("KH777",),
        versions=LAST,
        constraints=("HA-58",),
    ),
    Mistake("flex-id-after-ha", add_library("flex_id", _EXPRESSION), ("KH777",), versions=LAST),
    Mistake("flex-id-no-expression", add_library("flex_id", {}, 0), ("KH773",), "EXPRESSION_NOT_DEFINED", LAST),
    Mistake(
        "flex-id-flag",
        add_library("flex_id", {**_EXPRESSION, "replace-client-id": 1}, 0),
        ("KH772",),
        "REPLACE_CLIENT_ID",
        LAST,
    ),
    Mistake("limits-with-parameters", add_library("limits", {}), ("KH772",), "expected no parameters", LAST),
    Mistake("ping-check-no-parameters", add_library("ping_check"), ("KH773",), "must not be null", LAST),
    Mistake("ping-check-unknown-key", add_library("ping_check", {"enable": True}), ("KH770",), "enable", LAST),
    Mistake("ping-check-zero", add_library("ping_check", {"reply-timeout": 0}), ("KH772",), "reply-timeout", LAST),
    Mistake("ddns-tuning-no-parameters", add_library("ddns_tuning"), ("KH773",), "must not be null", LAST),
    Mistake(
        "ddns-tuning-number", add_library("ddns_tuning", {"hostname-expr": 1}), ("KH772",), "must be a string", LAST
    ),
    Mistake(
        "host-cache-negative", add_library("host_cache", {"host-cache": {"maximum": -1}}), ("KH772",), "negative", LAST
    ),
    Mistake("lease-query-no-requesters", add_library("lease_query", {}), ("KH773",), "requesters", LAST),
    Mistake("lease-query-nobody", add_library("lease_query", {"requesters": []}), ("KH772",), "cannot be empty", LAST),
    Mistake(
        "lease-query-key", add_library("lease_query", {"requesters": ["192.0.2.9"], "x": 1}), ("KH770",), "'x'", LAST
    ),
    Mistake(
        "lease-query-port",
        add_library("lease_query", {"requesters": ["192.0.2.9"], "advanced": {"lease-query-tcp-port": 0}}),
        ("KH772",),
        "lease-query-tcp-port",
        LAST,
    ),
    Mistake(
        "lease-query-name",
        add_library("lease_query", {"requesters": ["relay.example.org"]}),
        ("KH772",),
        "is invalid",
        LAST,
    ),
    Mistake(
        "lease-query-family",
        add_library("lease_query", {"requesters": ["2001:db8::9"]}),
        ("KH772",),
        "is invalid",
        LAST,
    ),
    Mistake(
        "limits-rate",
        in_context("limits", limits={"rate-limit": "10 per second"}),
        ("KH772",),
        "expected rate limit",
        LAST,
    ),
    Mistake(
        "limits-unit",
        in_context("limits", limits={"rate-limit": "10 packets per fortnight"}),
        ("KH772",),
        "invalid time period",
        LAST,
    ),
    Mistake("limits-negative", in_context("limits", limits={"address-limit": -1}), ("KH772",), "-1", LAST),
    Mistake(
        "ping-check-in-subnet", in_context("ping_check", {}, ping_check={"enable": True}), ("KH770",), "enable", LAST
    ),
    Mistake("legal-log-unit", add_library("legal_log", {"time-unit": "hour"}), ("KH772",), "time unit", LAST),
    Mistake("legal-log-type", add_library("legal_log", {"type": "xml"}), ("KH772",), "is not supported", LAST),
    Mistake("legal-log-count", add_library("legal_log", {"count": -1}), ("KH772",), "count", LAST),
    Mistake("radius-key", add_library("radius", {"dictionnary": "/etc/x"}), ("KH770",), "unknown parameter", LAST),
)
