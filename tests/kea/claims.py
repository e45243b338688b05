"""Files of Kea with one mistake each, for rules that no other table proves, and what real Kea does with them.

The other tables are beside the unit tests (`refused_*`, `mistakes`, `class_mistakes`, `option_examples`). WITHOUT_PROOF names the
rest of the rules that say what Kea does, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.check.mistakes import ALL, HOOKS, LAST, NEW, drop, good, ha

OLDEST = ("2.2.0",)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a rule says of Kea, and a file to see it with."""

    code: str
    text: str
    complaint: str = ""
    """A part of Kea's refusal; empty where Kea takes it."""
    versions: tuple[str, ...] = ALL
    at_start: bool = False
    """True where only a server that loads it refuses."""
    in_files: bool = True
    """False for a rule on specs: the file is what such a spec would say."""

    @property
    def daemon(self) -> str:
        return (
            "ctrl-agent" if "Control-agent" in self.text else "dhcp6" if self.text.startswith('{"Dhcp6"') else "dhcp4"
        )


def dhcp4(**keys: Any) -> str:
    """A DHCPv4 file."""
    return json.dumps({"Dhcp4": {key.replace("_", "-"): value for key, value in keys.items()}})


def agent(**keys: Any) -> str:
    """An agent's file."""
    return json.dumps(
        {"Control-agent": {"http-host": "127.0.0.1", **{key.replace("_", "-"): value for key, value in keys.items()}}}
    )


def alone() -> str:
    """A hot-standby pair of which one peer is written."""
    config = good()
    drop("peers", 1)(config)
    return json.dumps({"Dhcp4": config})


def open_to_commands() -> str:
    """HA listeners that take every command."""
    config = good()
    ha(config)["restrict-commands"] = False
    return json.dumps({"Dhcp4": config})


def link_local() -> str:
    """The HA listener of this server at a link-local address."""
    config = good()
    ha(config)["peers"][0]["url"] = "http://[fe80::1]:8001/"
    return json.dumps({"Dhcp4": config})


def seconds_for_milliseconds() -> str:
    """An HA heartbeat of 10 ms."""
    config = good()
    ha(config)["heartbeat-delay"] = 10
    return json.dumps({"Dhcp4": config})


def reserved(**identifier: str) -> str:
    """A DHCPv4 file, or a DHCPv6 file for a DUID, with one reservation."""
    key, value = next(iter(identifier.items()))
    family, prefix, address = (6, "2001:db8::/64", "2001:db8::9") if key == "duid" else (4, "192.0.2.0/24", "192.0.2.9")
    host = {key.replace("_", "-"): value, **({"ip-address": address} if family == 4 else {"ip-addresses": [address]})}
    subnet = {"id": 1, "subnet": prefix, "reservations": [host]}
    return json.dumps({f"Dhcp{family}": {f"subnet{family}": [subnet]}})


def with_ha(mode: str = "hot-standby", *, libraries: tuple[Any, ...] = (), top: Any = None, **keys: Any) -> str:
    """A sound pair with other keys in its relationship, other libraries, or other keys at the top."""
    config = good(mode)
    ha(config).update({key.replace("_", "-"): value for key, value in keys.items()})
    config["hooks-libraries"] += libraries
    return json.dumps({"Dhcp4": {**config, **(top or {})}})


SUBNET = {"id": 1, "subnet": "192.0.2.0/24"}
UNIX = {"socket-type": "unix", "socket-name": "/run/kea/one"}
ALICE = {"user": "alice", "password": "wonder"}
LEASES = f"{HOOKS}/libdhcp_lease_cmds.so"
CLAIMS = (
    Claim("KH137", seconds_for_milliseconds()),
    Claim("KH319", reserved(hw_address="00:11:22:33:44")),
    Claim("KH319", reserved(hw_address="00112233445")),
    Claim("KH319", reserved(client_id="01:00:11:22:33:44")),
    Claim("KH319", reserved(duid="00:03:00:01:00:11:22:33:44")),
    Claim("KH319", reserved(duid="0003000100112233445")),
    Claim("KH012", '{"Dhcp4": {"valid-lifetime": 1, "valid-lifetime": 2}}', "valid-lifetime"),
    Claim("KH040", '{"Dhcp4": {"valid-lifetime" 1}}', "syntax error"),
    Claim("KH041", '{"Dhcp4": {"valid-lifetime": 1,}}'),
    Claim("KH042", '{"Dhcp4": {"server-tag": "a\\q"}}', "scape"),
    Claim("KH043", '{"Dhcp4": {"server-tag": "a\\u00fc"}}'),
    Claim("KH044", '{"Dhcp4": {"server-tag": "a\tb"}}', "ontrol"),
    Claim("KH045", '{"Dhcp4": {"valid-lifetime": 0100}}'),
    Claim("KH046", '{"Dhcp4": {"t1-percent": +0.5}}'),
    Claim("KH047", '{"Dhcp4": {"valid-lifetime": 99999999999999999999}}', "Failed to convert"),
    Claim("KH047", '{"Dhcp4": {"user-context": {"a": 1e999}}}', "Failed to convert"),
    Claim("KH048", '\ufeff{"Dhcp4": {"valid-lifetime": 100}}', "Invalid character"),
    Claim("KH108", dhcp4(interfaces_config={"interfaces": ["lan0"]}), "doesn't exist in the system", in_files=False),
    Claim("KH109", dhcp4(interfaces_config={"interfaces": []}), in_files=False),
    Claim("KH112", dhcp4(hooks_libraries=[{"library": LEASES}, {"library": LEASES}]), in_files=False),
    Claim("KH124", dhcp4(valid_lifetime=-1)),
    Claim("KH124", dhcp4(dhcp4o6_port=70000), "dhcp4o6-port"),
    Claim("KH126", '{"Dhcp4": {"valid-lifetime": null}}', "null"),
    Claim("KH127", '{"Dhcp4": {"sanity-checks": {}}}', "unexpected }"),
    Claim("KH128", '{"Dhcp4": {"loggers": []}}', "unexpected ]"),
    Claim("KH129", '{"Dhcp4": {"server-tag": "a\\u0001"}}'),
    Claim("KH130", dhcp4(subnet4=[{**SUBNET, "require-client-classes": ["a"]}], client_classes=[{"name": "a"}]), versions=LAST),
    Claim("KH131", dhcp4(control_socket=UNIX, control_sockets=[UNIX]), "duplicate", LAST),
    Claim("KH134", agent(loggers=[{"name": "kea-ctrl-agent"}]), "severity", OLDEST, in_files=False),
    Claim("KH135", dhcp4(ddns_override_no_update=True, dhcp_ddns={"enable-updates": False, "override-no-update": False}), versions=("2.2.0",)),
    Claim("KH136", dhcp4(loggers=[{"name": "kea-dhcp4", "severity": "LOUD"}])),
    Claim("KH140", '{"dhcp4": {}}', "expecting Dhcp4"),
    Claim("KH141", '{"Dhcp4": {"valid-lifetime": 1}, "Logging": {}}', "unexpected constant string"),
    Claim("KH142", '{"Dhcp4": {"valid-lifetime": 1}, "Dhcp6": {"valid-lifetime": 1}}', "unexpected"),
    Claim("KH603", alone(), "standby server required", at_start=True, in_files=False),
    Claim("KH678", link_local(), "bind: Invalid argument", NEW, at_start=True),
    Claim("KH665", with_ha(max_unacked_clients=0)),
    Claim("KH666", with_ha(max_unacked_clients=200)),
    Claim("KH667", with_ha("passive-backup", wait_backup_ack=True)),
    Claim("KH669", with_ha("passive-backup", max_unacked_clients=5)),
    Claim("KH670", with_ha(state_machine={"states": [{"state": "waiting", "pause": "always"}]})),
    Claim("KH671", with_ha(top={"offer-lifetime": 60}), versions=NEW),
    Claim("KH680", with_ha(top={"subnet4": [{**SUBNET, "subnet": "10.1.0.0/16", "pools": [{"pool": "10.1.1.0 - 10.1.63.255"}]}]})),
    Claim("KH705", dhcp4(control_sockets=[UNIX, {**UNIX, "socket-name": "/run/kea/two"}]), "already", LAST),
    Claim("KH706", dhcp4(control_sockets=[{**UNIX, "socket-address": "127.0.0.1"}]), "duplicate", LAST),
    Claim("KH706", dhcp4(control_sockets=[{**UNIX, "socket-port": 8005}]), versions=LAST),
    Claim("KH751", dhcp4(control_socket={**UNIX, "socket-name": "/tmp/one"}), "supported path is", ("2.6.3",), at_start=True, in_files=False),
    Claim("KH751", dhcp4(control_socket={**UNIX, "socket-name": "/tmp/one"}), "supported path is", LAST, in_files=False),
    Claim("KH752", dhcp4(hooks_libraries=[{"library": "/opt/libdhcp_lease_cmds.so"}]), "supported path is", NEW, in_files=False),
    Claim("KH753", dhcp4(lease_database={"type": "memfile", "name": "/tmp/leases.csv"}), "supported path is", NEW, at_start=True, in_files=False),
    Claim("KH754", dhcp4(loggers=[{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "/tmp/a.log"}]}]), "supported path is", NEW, at_start=True, in_files=False),
    Claim("KH755", dhcp4(control_socket={**UNIX, "socket-name": "/var/run/kea/one"}), "supported path is", LAST, in_files=False),
    Claim("KH756", dhcp4(lease_database={"type": "memfile", "name": "leases4.csv"}), versions=OLDEST, in_files=False),
    Claim("KH762", dhcp4(control_socket={**UNIX, "socket-name": "/run/kea/"}), "no filename", LAST, in_files=False),
    Claim("KH763", agent(authentication={"type": "basic", "directory": "/etc/kea", "clients": [{"user": "a", "password-file": "/etc/kea/pw"}]}), "/etc/kea/etc/kea/pw"),
    Claim("KH779", dhcp4(hooks_libraries=[{"library": ""}]), "hooks"),
    Claim("KH901", json.dumps({"Dhcp4": good()}), at_start=True, in_files=False),
    Claim("KH902", agent(authentication={"type": "basic", "clients": [ALICE]}), in_files=False),
    Claim("KH905", agent(), in_files=False),
    Claim("KH906", agent(authentication={"type": "basic", "clients": [ALICE]}), in_files=False),
    Claim("KH913", open_to_commands(), at_start=True, in_files=False),
)  # fmt: skip
_PAIR = "holds two servers' files against each other, and Kea sees its own only"
_DATABASE = "needs a database server"
_SPEC = "is about what a spec does not say; the file that would come of it is a sound one"
WITHOUT_PROOF: Mapping[str, str] = {
    "KH049": "what a relative include finds hangs on the folder that Kea is started in",
    "KH106": "KH610 is the same mistake in the files, and proven",
    "KH133": "what cannot be said has no file",
    "KH150": _PAIR,
    **dict.fromkeys(("KH191", "KH192", "KH193"), "holds several pairs against each other"),
    **dict.fromkeys(("KH601", "KH602", "KH613", "KH617"), _SPEC),
    "KH233": "its example is of a version that the lab does not have",
    **dict.fromkeys(("KH618", "KH765", "KH766", "KH781", "KH782"), "needs a database server"),
    "KH194": "the host must lack the interface, as KH108",
    "KH647": "is about how fast HA updates go, which no start shows",
    **dict.fromkeys(("KH660", "KH661", "KH662", "KH663", "KH664", "KH679"), "needs two servers: test_ha_channels"),
    **dict.fromkeys(("KH668", "KH672", "KH675"), "needs a pair or a hub with its clients: test_pair_rules"),
    **dict.fromkeys(("KH673", "KH674", "KH677"), _DATABASE),
    **dict.fromkeys(("KH650", "KH651"), "test_ports_and_binds"),
    "KH676": "needs a RADIUS server",
    "KH933": "which user is the operators' own no server shows; that HA ends without the password: test_ha_channels",
    "KH707": "needs two servers on one host, of which the second one does not start",
    "KH774": "test_ha_rules.test_libraries_look_at_who_loads_them",
    "KH778": "test_ha_rules.test_radius_access_needs_the_host_cache_before_it",
    **dict.fromkeys(("KH802", "KH803", "KH804", "KH810", "KH811", "KH812", "KH813", "KH814"), _PAIR),
    "KH903": "3.2 only, which the lab does not have",
    "KH904": "3.2 only, which the lab does not have",
    "KH946": "3.2 only, which the lab does not have",
}
