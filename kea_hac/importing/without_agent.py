"""The files of control agents for a Kea that has none: each DHCP server's file gets the HTTP control socket instead.

The rest of the import then sees servers without agent, and the round trip compares with these files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kea_hac.changes.normal_form import LOCAL_ADDRESS
from kea_hac.check.rules.relationship import relationships_of
from kea_hac.diagnostics import THE_SERVER
from kea_hac.importing.hosts import Host, InputFile
from kea_hac.importing.notes import Notes
from kea_hac.kea.config import CTRL_AGENT, Block, Json
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.peer_url import read_peer_url
from kea_hac.kea.version import Feature, has
from kea_hac.model.agent_as_socket import HTTP_SOCKETS, agent_gone, as_socket, socket_ports
from kea_hac.model.channel import AGENT_PORT, SOCKET_PORT


def without_agents(hosts: Sequence[Host], notes: Notes) -> list[Host]:
    """The hosts; those whose target has no control agent have none, and HTTP control sockets in its place. One note for all."""
    taken = frozenset(port for host in hosts for port in _ports(host))
    result: list[Host] = []
    reported: dict[str, list[str]] = {}
    for host in hosts:
        agent = host.files.get(CTRL_AGENT.name)
        if agent is None or has(host.target, Feature.CONTROL_AGENT):
            result.append(host)
            continue
        port = agent.config.get("http-port", AGENT_PORT)
        ports = socket_ports(_reached(host, agent.config), port, taken - {port})
        files = {
            name: _with_socket(supplied, agent.config, ports)
            for name, supplied in host.files.items()
            if supplied is not agent
        }
        result.append(replace(host, files=files))
        found = agent_gone(agent.config, str(host.target), ports, tuple(files))
        if found.message not in reported:
            notes.note(found)
        reported.setdefault(found.message, []).append(host.label)
    for number, found in enumerate(notes.findings):
        if found.message in reported:
            named = " and ".join(reported[found.message])
            fix = "let tools connect to these sockets, and open their ports in the firewall"
            notes.findings[number] = replace(found, message=found.message.replace(THE_SERVER, named), fix=fix)
    return result


def _reached(host: Host, agent: Block) -> list[str]:
    """The DHCP servers that the agent forwards commands to."""
    sockets = agent.get("control-sockets")
    names = sockets if isinstance(sockets, Block) else {}
    return [daemon.name for daemon, _ in host.families() if daemon.name in names]


def _ports(host: Host) -> Iterator[int]:
    """The ports that the server's DHCP daemons open: HA listeners and HTTP control sockets."""
    for _, supplied in host.families():
        for entry in relationships_of(supplied.configuration):
            if entry.opens_listener and entry.own is not None and entry.own.url is not None:
                yield entry.own.url.port
        for socket in supplied.configuration.blocks("control-sockets"):
            if socket.get("socket-type") in HTTP_SOCKETS:
                yield socket.get("socket-port", SOCKET_PORT)


def _with_socket(supplied: InputFile, agent: Block, ports: Mapping[str, int]) -> InputFile:
    daemon = supplied.configuration.daemon
    port = ports.get(daemon.name)
    if port is None:
        return supplied
    result = supplied.configuration.config.copy_of()
    entry = as_socket(agent, str(agent.get("http-host", LOCAL_ADDRESS[4])), port)
    result.put("control-sockets", [*(result.get("control-sockets") or ()), entry], result.where("control-sockets"))
    old = agent.get("http-port", AGENT_PORT)
    listeners = any(each.opens_listener for each in relationships_of(supplied.configuration))
    if port != old and not listeners and isinstance(result.get("hooks-libraries"), list):
        result["hooks-libraries"] = [_redirected(each, old, port) for each in result["hooks-libraries"]]
    return replace(supplied, configuration=replace(supplied.configuration, config=result))


def _redirected(library: Json, old: int, port: int) -> Json:
    """HA's library with the new port in the urls of its peers, where they led to the agents."""
    if not isinstance(library, Block) or not str(library.get("library", "")).endswith(HIGH_AVAILABILITY):
        return library
    result: Json = _changed(library, old, port)
    return result


def _changed(value: Json, old: int, port: int) -> Json:
    if isinstance(value, list):
        return [_changed(each, old, port) for each in value]
    if not isinstance(value, Block):
        return value
    result = value.copy_of()
    for key, each in value.items():
        result[key] = _url(each, old, port) if key == "url" and isinstance(each, str) else _changed(each, old, port)
    return result


def _url(text: str, old: int, port: int) -> str:
    try:
        found = read_peer_url(text)
    except ValueError:
        return text
    return re.sub(rf":{old}(?=/|\Z)", f":{port}", text) if found.port == old else text
