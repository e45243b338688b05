"""The control agent where Kea has none: its address, port, credentials and TLS as an HTTP control socket of each DHCP server.

Kea 3.2 has no agent (ChangeLog 2458). A command reached a DHCP server through the agent's one port. Without it, every DHCP
server needs a port of its own: the first one gets the agent's, the others the next ports that nothing of the pair uses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain

from kea_hac.diagnostics import THE_SERVER, Finding, KeaVerdict, Severity, rule
from kea_hac.kea.config import Block, Json
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.peer_url import LARGEST_PORT

HTTP_SOCKETS = ("http", "https")
AGENT_GONE = rule(
    "KH702",
    "control-agent-in-3.2",
    Severity.WARNING,
    KeaVerdict.NOT_ITS_BUSINESS,
    why="Kea 3.2 has no control agent. Each DHCP server opens an HTTP control socket with the agent's address, credentials "
    "and TLS files instead. Tools must connect to these sockets; each is for one server.",
    source="ChangeLog 2458 (3.1)",
)
_FIRST_FREE = 1024
"""Lower ports are for privileged programs."""
_SAME = ("http-headers", *TLS_KEYS, "cert-required", "authentication")
"""Keys that mean the same in the agent's map and in a control socket."""
_ELSEWHERE = {
    "hooks-libraries": "its hook libraries are not loaded: write them in the DHCP servers where they support it",
    "loggers": "its loggers are left out: the DHCP servers log their own sockets",
}


def socket_ports(families: Iterable[str], port: int, taken: Collection[int]) -> Mapping[str, int]:
    """The port of each family's socket: the agent's (`port`) for the first one, else the next one that is not in `taken`."""
    result: dict[str, int] = {}
    for family in families:
        following = chain(range(port, LARGEST_PORT + 1), range(_FIRST_FREE, port))
        result[family] = next(each for each in following if each not in taken and each not in result.values())
    return result


def as_socket(agent: Block, address: str | None, port: int) -> Block:
    """The entry of `control-sockets` that takes the agent's place. `address`: None where it is the one that is derived."""
    result = Block(agent.at)
    result.put("socket-type", "https" if agent.get("trust-anchor") else "http", agent.at)
    if address is not None:
        result.put("socket-address", address, agent.where("http-host") if "http-host" in agent else agent.at)
    result.put("socket-port", port, agent.where("http-port") if "http-port" in agent else agent.at)
    for key in _SAME:
        if agent.get(key) is not None:
            result.put(key, agent[key], agent.where(key))
    return result


def has_http(sockets: Json) -> bool:
    """True for a list of control sockets with one for HTTP."""
    listed = sockets if isinstance(sockets, list) else []
    return any(isinstance(each, Block) and each.get("socket-type") in HTTP_SOCKETS for each in listed)


def left_out(agent: Block, families: Collection[str]) -> str:
    """What of the agent has no place, as the end of a message."""
    found = [text for key, text in _ELSEWHERE.items() if agent.get(key)]
    sockets = agent.get("control-sockets")
    others = sorted(sockets.keys() - set(families)) if isinstance(sockets, Block) else []
    if others:
        found.append(
            f"the sockets of {', '.join(others)} are left out: these daemons have control sockets of their own"
        )
    return "".join(f"; {text}" for text in found)


def agent_gone(agent: Block, version: str, ports: Mapping[str, int], families: Collection[str]) -> Finding:
    """The finding of one server. `ports`: of the sockets that take the agent's place, by family."""
    first, *more = ports.items() or [("", 0)]
    if ports:
        others = "".join(f" and {family} one on port {port}" for family, port in more)
        what = (
            f"{first[0]} opens an HTTP control socket on port {first[1]}{others} instead, with the agent's address, "
            "credentials and TLS files"
        )
        fix = "write the sockets as `control-sockets` and remove `control-agent`, when no server has an agent any more"
    else:
        what = "`control-agent` has no effect there"
        fix = "remove `control-agent`, or write `control-agent: false` in the server"
    message = f"Kea {version} on {THE_SERVER} has no control agent; {what}{left_out(agent, families)}"
    return Finding(AGENT_GONE, agent.at, message, on_key=True, fix=fix)
