"""Existing files of the control agent: what it serves, and who may ask it. A spec says both in other words."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from kea_hac.check.registry import Subject, checks
from kea_hac.check.security import OPEN_AGENT, PASSWORD_IN_CLEAR
from kea_hac.diagnostics import Finding, KeaSays, Severity, rule
from kea_hac.kea.config import CTRL_AGENT, Block
from kea_hac.model.configuration import Configuration

NO_SERVERS = rule(
    "KH709",
    "agent-without-servers",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="The agent passes commands on to the servers whose sockets it is told. It is told none of a DHCP server, so every "
    "command for one fails.",
    source="Kea ARM, 'Kea Control Agent'; as Stork's ca_control_sockets",
    rests_on=("control-sockets", "*Control-agent"),
)


@checks(NO_SERVERS, on=Subject.FILE)
def servers_behind(configuration: Configuration) -> Iterator[Finding]:
    """The sockets of the DHCP servers."""
    if configuration.daemon is not CTRL_AGENT:
        return
    sockets = configuration.config.get("control-sockets")
    if not isinstance(sockets, Block) or not sockets.keys() & {"dhcp4", "dhcp6"}:
        at = configuration.config.where("control-sockets") if sockets is not None else configuration.config.at
        message = "the agent is told of no DHCP server"
        yield Finding(NO_SERVERS, at, message, True, fix='add "control-sockets": {"dhcp4": {"socket-type": "unix", …}}')


@checks(OPEN_AGENT, PASSWORD_IN_CLEAR, on=Subject.FILE)
def who_may_ask(configuration: Configuration) -> Iterator[Finding]:
    """An agent that listens beyond loopback and asks nobody who he is, or asks in clear text."""
    config = configuration.config
    if configuration.daemon is not CTRL_AGENT or _loopback(config.get("http-host", "127.0.0.1")):
        return
    tls = bool(config.get("trust-anchor"))
    if not isinstance(config.get("authentication"), Block):
        if not (tls and config.get("cert-required", True) is not False):
            message = "the control agent takes commands from whoever reaches it"
            fix = "add authentication and TLS, or bind 127.0.0.1"
            yield Finding(OPEN_AGENT, config.where("http-host"), message, fix=fix)
    elif not tls:
        message = "the agent's password crosses the network in clear text"
        fix = "add trust-anchor, cert-file and key-file, or bind 127.0.0.1"
        yield Finding(PASSWORD_IN_CLEAR, config.where("authentication"), message, True, fix=fix)


def _loopback(text: object) -> bool:
    try:
        return ip_address(str(text)).is_loopback
    except ValueError:
        return True  # a mistake of its own
