"""Existing files of the control agent: what it serves, and who may ask it. A spec says both in other words."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import Finding, warning
from kea_hac.kea.config import CTRL_AGENT, Block
from kea_hac.model.configuration import Configuration

NO_SERVERS = warning(
    "KH709",
    "agent-without-servers",
    why="The agent forwards commands to the servers in its control-sockets. No DHCP server is listed there, so "
    "each command for one fails.",
    source="Kea ARM, 'Kea Control Agent'; as Stork's ca_control_sockets",
    rests_on=("control-sockets", "*Control-agent"),
)


@checks(NO_SERVERS, on=Subject.SERVER)
def servers_behind(configuration: Configuration) -> Iterator[Finding]:
    """The sockets of the DHCP servers."""
    if configuration.daemon is not CTRL_AGENT:
        return
    sockets = configuration.config.get("control-sockets")
    if not isinstance(sockets, Block) or not sockets.keys() & {"dhcp4", "dhcp6"}:
        at = configuration.config.where("control-sockets") if sockets is not None else configuration.config.at
        message = "the agent has no control socket of a DHCP server"
        yield Finding(NO_SERVERS, at, message, True, fix='add "control-sockets": {"dhcp4": {"socket-type": "unix", …}}')
