"""What the lab reads out of a Kea configuration: its own small reader, so that a fault in the package's reader cannot hide.

Kea's dialect is JSON with `//`, `#` and `/* */` comments, trailing commas and `<?include "PATH"?>`; an include reads as None.
"""

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_STRING = r'"(?:\\.|[^"\\])*"'
_SKIPPED = re.compile(rf"{_STRING}|//[^\n]*|\#[^\n]*|/\*.*?\*/|<\?include.*?\?>", re.S)
_TRAILING_COMMA = re.compile(rf"({_STRING})|,(?=\s*[\]}}])", re.S)
_STRUCTURE = re.compile(rf"{_STRING}|//[^\n]*|\#[^\n]*|/\*.*?\*/|<\?include.*?\?>|[{{}}\[\]]", re.S)


def loads(text: str) -> dict[str, Any]:
    """One configuration as plain data; ValueError when it is not JSON even so."""

    def blank(found: re.Match[str]) -> str:
        token = found[0]
        return token if token[0] == '"' else "null" if token[0] == "<" else " "

    value = json.loads(_TRAILING_COMMA.sub(lambda found: found[1] or "", _SKIPPED.sub(blank, text)))
    if not isinstance(value, dict):
        raise ValueError("the top is not a map")
    return value


def body(text: str) -> dict[str, Any]:
    """The map below Dhcp4, Dhcp6 or Control-agent; empty when the text is no configuration."""
    try:
        return next((value for value in loads(text).values() if isinstance(value, dict)), {})
    except ValueError:
        return {}


def literal(text: object) -> Address | None:
    """An address literal, or None for anything else (a host name, a number)."""
    try:
        return ipaddress.ip_address(str(text).strip("[]"))
    except ValueError:
        return None


def endpoint(url: str) -> tuple[Address | None, int]:
    """Address and port of a peer's URL; the port is 0 when it says none."""
    found = re.match(r"https?://(\[[^\]]+\]|[^:/]+)(?::(\d+))?", url)
    return (literal(found[1]), int(found[2] or 0)) if found else (None, 0)


def listening(config: dict[str, Any]) -> list[str]:
    """`interfaces-config.interfaces` as written: names, NAME/ADDRESS, or `*`."""
    return [str(entry) for entry in (config.get("interfaces-config") or {}).get("interfaces") or []]


def interfaces(config: dict[str, Any]) -> list[str]:
    """The interface names that a DHCP configuration needs on its host, first mentioned first; `*` counts as eth0."""
    names = [entry.split("/")[0].replace("*", "eth0") for entry in listening(config)]
    for family in (4, 6):
        names += [name for _, name in subnets(config, family) if name]
    return list(dict.fromkeys(names))


def subnets(config: dict[str, Any], family: int) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Every subnet of a family with the interface it names, its own or its shared network's."""
    key = f"subnet{family}"
    for subnet in config.get(key) or []:
        yield subnet, subnet.get("interface")
    for shared in config.get("shared-networks") or []:
        for subnet in shared.get(key) or []:
            yield subnet, subnet.get("interface") or shared.get("interface")


def pool_ranges(subnet: dict[str, Any]) -> list[tuple[Address, Address]]:
    """First and last address of each pool of a subnet."""
    ranges: list[tuple[Address, Address]] = []
    for pool in subnet.get("pools") or []:
        text = str(pool.get("pool", "")).replace(" ", "")
        if "/" in text:
            network = ipaddress.ip_network(text, strict=False)
            ranges.append((network[0], network[-1]))
        elif "-" in text:
            first, last = text.split("-")
            ranges.append((ipaddress.ip_address(first), ipaddress.ip_address(last)))
    return ranges


def relationships(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The HA relationships of a DHCP configuration, in file order."""
    return [
        relationship
        for hook in config.get("hooks-libraries") or []
        for relationship in (hook.get("parameters") or {}).get("high-availability") or []
    ]


def own_peers(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The server's own peer entry of each relationship."""
    return [
        peer
        for relationship in relationships(config)
        for peer in relationship.get("peers") or []
        if peer.get("name") == relationship.get("this-server-name")
    ]


def control_sockets(config: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The control sockets of one socket-type: unix, http or https. An agent's `control-sockets` map holds none of its own."""
    single, several = config.get("control-socket"), config.get("control-sockets")
    found = ([single] if isinstance(single, dict) else []) + (several if isinstance(several, list) else [])
    return [entry for entry in found if entry.get("socket-type") == kind]


def unix_sockets(config: dict[str, Any]) -> list[str]:
    """The unix control sockets' names as written."""
    return [str(entry["socket-name"]) for entry in control_sockets(config, "unix") if entry.get("socket-name")]


def http_endpoints(config: dict[str, Any]) -> list[tuple[Address, int]]:
    """Where a daemon answers HTTP apart from HA: an agent's http-host, the HTTP control sockets; host names are left out."""
    found = [(literal(config["http-host"]), int(config.get("http-port", 8000)))] if "http-host" in config else []
    for kind in ("http", "https"):
        for entry in control_sockets(config, kind):
            found.append((literal(entry.get("socket-address", "127.0.0.1")), int(entry.get("socket-port", 8000))))
    return [(address, port) for address, port in found if address is not None]


def own_addresses(config: dict[str, Any]) -> list[Address]:
    """Addresses that the host must hold for HA, agent and HTTP sockets; loopback and unspecified left out."""
    found = [endpoint(str(peer.get("url")))[0] for peer in own_peers(config)]
    found += [address for address, _ in http_endpoints(config)]
    wanted = [address for address in found if address and not (address.is_loopback or address.is_unspecified)]
    return list(dict.fromkeys(wanted))


def log_files(config: dict[str, Any]) -> list[str]:
    """The files its loggers write, as written: a path or a bare name."""
    outputs = [
        str(output.get("output"))
        for logger in config.get("loggers") or []
        for output in logger.get("output-options") or logger.get("output_options") or []
    ]
    return [
        name for name in dict.fromkeys(outputs) if name not in ("stdout", "stderr") and not name.startswith("syslog")
    ]


def with_unix_socket(text: str, name: str) -> str:
    """The same text with a unix control socket put into its list of them, or else in front of its top map's first key; all else
    stays byte for byte."""
    listed = body(text).get("control-sockets")
    if isinstance(listed, list):
        entry = json.dumps({"socket-type": "unix", "socket-name": name}) + (", " if listed else "")
        return re.sub(r'("control-sockets"\s*:\s*\[)', lambda found: found[1] + entry, text, count=1)
    depth = 0
    for found in _STRUCTURE.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(found[0], 0)
        if found[0] == "{" and depth == 2:
            socket = json.dumps({"socket-type": "unix", "socket-name": name})
            comma = ", " if body(text) else ""
            return f'{text[: found.end()]}"control-socket": {socket}{comma}{text[found.end() :]}'
    raise ValueError("no map inside the top map")


def answering(text: str, name: str) -> str:
    """The same text with the unix control socket `name`: in the place of its own, or as one more key. All else stays."""
    own = unix_sockets(body(text))
    if not own:
        return with_unix_socket(text, name)
    return re.sub(rf'("socket-name"\s*:\s*){re.escape(json.dumps(own[0]))}', rf"\g<1>{json.dumps(name)}", text, count=1)
