"""One family's configuration for one server: the pair's map, the server's own values over it, and all that HA implies.

In canonical spelling; what the target version reads is `kea.spelling`'s to write.
"""

from __future__ import annotations

from collections.abc import Callable

from kea_hac.compiler.control import control_sockets
from kea_hac.compiler.ha_hook import ha_parameters
from kea_hac.compiler.hooks import hooks_libraries
from kea_hac.compiler.interfaces import Aliases
from kea_hac.compiler.loggers import named_loggers
from kea_hac.compiler.overrides import fill_places
from kea_hac.diagnostics import FindingSink, Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import relationship_tag
from kea_hac.kea.reading import check_required
from kea_hac.model.site import Family, Node, Site
from kea_hac.spec.load import MAY_DIFFER
from kea_hac.spec.merging import laid_over


def dhcp_config(site: Site, family: Family, shared: Block, node: Node, note: FindingSink) -> Block:
    """The Dhcp4 or Dhcp6 map of one server. `shared`: the family's map, pools already split."""
    server_family = node.server_families[family.daemon.name]
    aliases = Aliases(node, family.daemon.name, site, note)
    result = laid_over(shared, server_family.overrides) if server_family.overrides else shared.copy_of()
    fill_places(result, MAY_DIFFER, node, server_family, note)
    if site.hub and family.sound:
        result = _own_subnets(result, family, node)
    result = aliases.named(result)
    cause = family.relationships[0].at if family.relationships else family.config.at
    result.put("interfaces-config", aliases.interfaces_config(result), result.where("interfaces-config"))
    sockets = control_sockets(result, node, server_family, family.daemon, note)
    if sockets:
        result.put("control-sockets", sockets, result.where("control-sockets"))
    else:
        result.pop("control-sockets", None)
    libraries = hooks_libraries(result, node, ha_parameters(site, family, node, note), cause, note)
    if libraries:
        result.put("hooks-libraries", libraries, result.where("hooks-libraries"))
    if any(each.listener is not None for each in family.of(node)):
        _multi_threading(result, cause)
    if isinstance(result.get("multi-threading"), Block):
        check_required(program(family.daemon.name), "multi-threading", result["multi-threading"], note)
    _lease_file(result, node)
    named_loggers(result, node.platform.log_file)
    return result


def _multi_threading(config: Block, cause: Route) -> None:
    """A dedicated listener needs multi-threading of the server itself, and 2.2 has it off by default (ChangeLog 2103)."""
    written = config.get("multi-threading")
    result = written.copy_of() if isinstance(written, Block) else Block(cause)
    result.setdefault("enable-multi-threading", True)
    config.put("multi-threading", result, config.where("multi-threading") if written is not None else cause)


def _lease_file(config: Block, node: Node) -> None:
    database = config.get("lease-database")
    if isinstance(database, Block) and database.get("type") == "memfile" and isinstance(database.get("name"), str):
        result = database.copy_of()
        result["name"] = node.platform.lease_file(database["name"])
        config.put("lease-database", result, config.where("lease-database"))


def _own_subnets(config: Block, family: Family, node: Node) -> Block:
    """The hub gets the subnets of all its relationships, a spoke its own.

    A subnet of no relationship stays where Kea would look for its tag: on the servers with the most relationships, whose
    configurations the rules check.
    """
    everyone = {peer.name for each in family.relationships for peer in each.peers}
    mine = {peer.name for each in family.of(node) for peer in each.peers}
    others = everyone - mine
    if len(family.of(node)) < max(len(family.of(peer.node)) for each in family.relationships for peer in each.peers):
        return _filtered(config, lambda tag: tag in mine)
    return _filtered(config, lambda tag: tag not in others)


def _filtered(config: Block, is_mine: Callable[[Json], bool]) -> Block:
    result = config.copy_of()
    for key in ("subnet4", "subnet6"):
        if key in result:
            result[key] = [subnet for subnet in result[key] if is_mine(relationship_tag(subnet))]
    networks: list[Json] = []
    for network in result.get("shared-networks") or ():
        if not isinstance(network, Block):
            continue
        kept = network.copy_of()
        for key in ("subnet4", "subnet6"):
            if key in kept:
                kept[key] = [subnet for subnet in kept[key] if is_mine(relationship_tag(subnet, network))]
        if any(kept.get(key) for key in ("subnet4", "subnet6")):
            networks.append(kept)
    if "shared-networks" in result:
        result["shared-networks"] = networks
    return result
