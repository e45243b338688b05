"""How a server is commanded: its unix socket, its HTTP sockets, and the control agent's file."""

from __future__ import annotations

from typing import Any

from kea_hac.compiler.hooks import named_library
from kea_hac.compiler.loggers import named_loggers
from kea_hac.compiler.overrides import fill_places
from kea_hac.diagnostics import REMOVE_IT, Finding, FindingSink
from kea_hac.kea.canonical import STAMP
from kea_hac.kea.config import CTRL_AGENT, Block, Daemon
from kea_hac.kea.grammar import program
from kea_hac.kea.reading import check_required
from kea_hac.model.channel import AGENT_PORT, SOCKET_PORT, agent_address, agent_map, unix_path
from kea_hac.model.relationships import NO_ADDRESS
from kea_hac.model.site import Node, ServerFamily, Site
from kea_hac.spec.high_availability import DERIVED_KEY
from kea_hac.spec.load import AGENT_MAY_DIFFER


def control_sockets(
    config: Block, node: Node, server_family: ServerFamily, daemon: Daemon, note: FindingSink
) -> list[Block]:
    """The list for one DHCP server: the unix socket, then the HTTP ones with addresses filled in.

    An empty list in the spec means no socket at all; without the key, and in any other list, there is a unix socket.
    """
    if config.get("control-sockets") == []:
        return []
    listed = [entry.copy_of() for entry in config.get("control-sockets") or () if isinstance(entry, Block)]
    unix = next((entry for entry in listed if entry.get("socket-type") == "unix"), None)
    if unix is None:
        unix = Block((daemon.name,), {"socket-type": "unix"})
        listed.insert(0, unix)
    unix["socket-name"] = unix_path(unix, node, daemon)
    for entry in listed:
        if entry.get("socket-type") in ("http", "https"):
            _http_socket(entry, node, server_family, note)
    return listed


def _http_socket(entry: Block, node: Node, server_family: ServerFamily, note: FindingSink) -> None:
    if "socket-address" not in entry:
        if server_family.control_address is None:
            _no_address(node, server_family, "the HTTP control socket", note)
        else:
            entry.put("socket-address", str(server_family.control_address), server_family.at)
    entry.setdefault("socket-port", SOCKET_PORT)
    _authentication(entry, node)


def _no_address(node: Node, server_family: ServerFamily, what: str, note: FindingSink) -> None:
    if {"address", "control-address"} & server_family.broken:
        return
    message = f"server {node.name!r} has no address that {what} could bind"
    fix = "add `address: …`, or `control-address` where it is another one"
    note(Finding(NO_ADDRESS, (*node.at, "address"), message, on_key=True, fix=fix))


def _authentication(block: Block, node: Node) -> None:
    """Say where the files of user names and passwords are: Kea joins `directory`, by default the root, to every name,
    absolute ones too (seen on 2.2.0, 2.6.3, 3.0.4)."""
    found = block.get("authentication")
    if not isinstance(found, Block) or "directory" in found:
        return
    result = found.copy_of()
    clients = [client.copy_of() if isinstance(client, Block) else client for client in result.get("clients") or ()]
    named = [
        (client, key)
        for client in clients
        for key in ("user-file", "password-file")
        if isinstance(client.get(key), str)
    ]
    relative = [(client, key) for client, key in named if not client[key].startswith("/")]
    if relative and len(relative) == len(named):
        result.put("directory", node.platform.config_dir, found.at)
    for client, key in relative if len(relative) < len(named) else ():
        client[key] = f"{node.platform.config_dir}/{client[key]}"
    if clients:
        result.put("clients", clients, result.where("clients"))
    block["authentication"] = result


def agent_config(site: Site, node: Node, sockets: dict[str, Block], note: FindingSink) -> Block | None:
    """The Control-agent map of one server; None where it runs none. `sockets`: family → the server's unix socket."""
    agent = agent_map(site, node)
    if agent is None or not node.has_agent or not node.server_families:
        return None
    result = agent.copy_of()
    if "http-host" in result:
        message = "the agent binds the server's `control-address`"
        note(
            Finding(
                DERIVED_KEY,
                result.where("http-host"),
                message,
                on_key=True,
                fix="remove `http-host`",
                repair=REMOVE_IT,
            )
        )
    address = agent_address(site, node)
    any_server_family = next(iter(node.server_families.values()))
    if address is None:
        _no_address(node, any_server_family, "the control agent", note)
    else:
        result.put("http-host", str(address), node.at)
    result.setdefault("http-port", AGENT_PORT)
    result.put("control-sockets", _agent_sockets(site, node, sockets, note), agent.where("control-sockets"))
    fill_places(result, AGENT_MAY_DIFFER, node, any_server_family, note)
    if isinstance(result.get("hooks-libraries"), list):
        result["hooks-libraries"] = [named_library(entry, node) for entry in result["hooks-libraries"]]
    _authentication(result, node)
    named_loggers(result, node.platform.log_file)
    check_required(program("ctrl-agent"), CTRL_AGENT.top, result, note)
    return result


def _agent_sockets(site: Site, node: Node, sockets: dict[str, Block], note: FindingSink) -> Block:
    """The sockets behind an agent: those of the servers, with their other keys in the spec, and those of other daemons in the spec.

    An agent may name a daemon that the spec does not configure (D2, a DHCP server of the other family that is not installed):
    Kea opens such a socket only for a command to that daemon.
    """
    agent = site.agent or Block(node.at)
    found = agent.get("control-sockets")
    written = found if isinstance(found, Block) else Block(agent.at)
    result = Block(written.at)
    for family, socket in sockets.items():
        result[family] = Block(socket.at, {"socket-type": "unix", "socket-name": socket["socket-name"]})
    for name, entry in written.items():
        if not isinstance(entry, Block):
            continue
        if name not in sockets:
            check_required(program("ctrl-agent"), "control-socket", entry, note)
            own = entry.copy_of()
            if isinstance(entry.get("socket-name"), str):
                own["socket-name"] = node.platform.socket_file(entry["socket-name"])
            result.put(name, own, written.where(name))
            continue
        for key in entry.keys() - {"user-context"}:
            message = f"the agent's socket of {name} is the server's own: `control-sockets` in `{name}` names it"
            note(Finding(DERIVED_KEY, entry.where(key), message, on_key=True, fix=f"remove `{key}`", repair=REMOVE_IT))
        if "user-context" in entry:
            result[name] = result[name].copy_of()
            result[name].put("user-context", entry["user-context"], entry.where("user-context"))
    return result


def stamped(block: Block, stamp: dict[str, Any]) -> Block:
    """The map with the stamp of kea-hac in its user-context, which is the first key (the printed order of every top map)."""
    written = block.get("user-context")
    context = dict(written) if isinstance(written, dict) else {}
    context[STAMP] = stamp
    result = Block(block.at, {"user-context": {key: context[key] for key in sorted(context)}}, block.moved)
    result.update({key: value for key, value in block.items() if key != "user-context"})
    return result
