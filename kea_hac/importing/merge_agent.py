"""The control agents' files, and Micetro's preferences.cfg, as the spec contains them: once for all servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import partial
from ipaddress import ip_address

from kea_hac.changes.normal_form import LOCAL_ADDRESS
from kea_hac.compiler.loggers import named_loggers
from kea_hac.diagnostics import Finding
from kea_hac.importing.arrangement import Arrangement, Server
from kea_hac.importing.hosts import Host, InputFile, Places
from kea_hac.importing.merge_ha import has_listener
from kea_hac.importing.notes import UNKNOWN_TO_FILES, Notes
from kea_hac.importing.secrets import SecretMover
from kea_hac.importing.underived import without_directory
from kea_hac.importing.values_by_server import ABSENT, Values, one_for_all
from kea_hac.kea.config import CTRL_AGENT, FAMILIES, Block
from kea_hac.kea.grammar import program
from kea_hac.kea.named_files import FileKind
from kea_hac.kea.version import Feature, has
from kea_hac.model.agent_as_socket import HTTP_SOCKETS
from kea_hac.records import dataclass
from kea_hac.spec.load import AGENT_MAY_DIFFER

_REALM = program("ctrl-agent").scopes["authentication"].keywords["realm"].facts["default"]
"""config-get shows it where it was not written."""


def bound_address(server: Server) -> str | None:
    """What the server's agent binds, else its first HTTP control socket; None where no file opens either."""
    if server.host is None:
        return None
    agent = server.host.files.get(CTRL_AGENT.name)
    if agent is not None:
        return _numeric(str(agent.config.get("http-host", "127.0.0.1")))
    for daemon, supplied in server.host.families():
        for entry in supplied.config.get("control-sockets") or ():
            if entry.get("socket-type") in HTTP_SOCKETS:
                return _numeric(str(entry.get("socket-address", LOCAL_ADDRESS[daemon.family or 4])))
    return None


def _numeric(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class AgentSection:
    """The control agents as the spec has them."""

    pair: Block | None = None
    """None when no server has an agent, and HA needs none."""
    own: Mapping[str, Block] = field(default_factory=dict)
    """By server: its own values, merged over the pair's."""


def agent_section(
    arrangement: Arrangement,
    addresses: Mapping[str, Mapping[str, str | None]],
    movers: Mapping[str, SecretMover],
    notes: Notes,
) -> AgentSection:
    """The pair's Control-agent map, and the own values of each server: files and names, where no placeholder fits."""
    supplied = {
        server.name: server.host.files[CTRL_AGENT.name]
        for server in arrangement.known
        if server.host is not None and CTRL_AGENT.name in server.host.files
    }
    hosts = {server.name: server.host for server in arrangement.known if server.host is not None}
    if not supplied:
        return AgentSection(_dialled_ports(arrangement, notes))
    written = {name: _said(each, hosts[name], movers[name]) for name, each in supplied.items()}
    base = next(iter(written.values()))
    result = Block(base.at)
    own: dict[str, Block] = {}
    bound = {name: next((each[name] for each in addresses.values() if each.get(name)), None) for name in written}
    for key in dict.fromkeys(
        key for block in written.values() for key in block if key in base or key in AGENT_MAY_DIFFER
    ):
        each = {name: block.get(key, ABSENT) for name, block in written.items()}
        common = one_for_all(Values(each, bound)) if key in AGENT_MAY_DIFFER else base[key]
        if common is not ABSENT:
            result.put(key, common, base.where(key))
            continue
        for name, value in each.items():
            if value is not ABSENT:
                own.setdefault(name, Block(written[name].at)).put(key, value, written[name].where(key))
    return AgentSection(result, own)


def _said(supplied: InputFile, host: Host, mover: SecretMover) -> Block:
    result, places = supplied.config.copy_of(), host.places
    result.pop("http-host", None)
    _without_derived_sockets(result, host)
    named_loggers(result, partial(places.bare, FileKind.LOG))
    if isinstance(result.get("hooks-libraries"), list):
        result["hooks-libraries"] = [_bare(entry, places) for entry in result["hooks-libraries"]]
        if not result["hooks-libraries"]:
            del result["hooks-libraries"]
    without_directory(result, places)
    asking = result.get("authentication")
    if supplied.saved and isinstance(asking, Block) and asking.get("realm") == _REALM:
        result["authentication"] = Block(
            asking.at, {key: asking[key] for key in asking if key != "realm"}, asking.moved
        )
    moved: Block = mover.moved(result, (CTRL_AGENT.name,))
    if "http-port" not in moved:
        moved = moved.copy_of()
        moved["http-port"] = 8000
    return moved


def _without_derived_sockets(agent: Block, host: Host) -> None:
    """Leave of the sockets behind the agent what only its file knows: remarks on them, and those of other daemons."""
    found = agent.get("control-sockets")
    sockets = found if isinstance(found, Block) else Block(agent.at)
    kept = Block(sockets.at)
    for name, entry in sockets.items():
        if name not in host.files:
            own = entry.copy_of()
            if isinstance(entry.get("socket-name"), str):
                own["socket-name"] = host.places.bare(FileKind.SOCKET, entry["socket-name"])
            kept.put(name, own, sockets.where(name))
        elif "user-context" in entry:
            remark = Block(entry.at)
            remark.put("user-context", entry["user-context"], entry.where("user-context"))
            kept.put(name, remark, sockets.where(name))
    if kept:
        agent["control-sockets"] = kept
    else:
        agent.pop("control-sockets", None)


def _bare(entry: Block, places: Places) -> Block:
    result = entry.copy_of()
    result["library"] = places.bare(FileKind.HOOK, str(result.get("library", "")))
    return result


def _dialled_ports(arrangement: Arrangement, notes: Notes) -> Block | None:
    """HA uses an agent without a file: only its port is known, from the partners' URLs."""
    for daemon in FAMILIES:
        for bond in arrangement.bonds[daemon.name]:
            view = bond.base
            if has_listener(bond) or not has(view.host.version, Feature.CONTROL_AGENT):
                continue
            sockets = view.given.config.get("control-sockets") or ()
            url = bond.url(view.entry.this_name or "")
            if url is None or any(entry.get("socket-type") in HTTP_SOCKETS for entry in sockets):
                continue
            at = view.entry.block.where("peers")
            message = (
                f"HA uses the control agent on port {url.port}, and no kea-ctrl-agent.conf was named: the spec has an "
                "agent with only this port"
            )
            fix = (
                "import again with the agents' files, or write the agent's authentication and TLS into `control-agent`"
            )
            notes.note(Finding(UNKNOWN_TO_FILES, at, message, fix=fix))
            return Block(("spec", "control-agent"), {"http-port": url.port})
    return None
