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
from kea_hac.compiler.overrides import PLACES, fill_places, laid_over
from kea_hac.diagnostics import Finding, KeaSays, rule
from kea_hac.kea.config import Block, Json
from kea_hac.model.site import Family, Node, Site
from kea_hac.spec.shape import Note

UNTAGGED = rule(
    "KH614",
    "subnet-without-relationship",
    kea=KeaSays.ACCEPTS,
    why="With several relationships the server cannot tell whose a query is: it drops it, with a line in the log.",
    source="HA-59; ha_impl.cc; Kea ARM, 'Hub and Spoke Configuration'",
)
TAG = "ha-server-name"
_MULTI_THREADING_SAID = ("enable-multi-threading",)
THREADS_OFF = rule(
    "KH615",
    "multi-threading-off-under-listener",
    kea=KeaSays.ACCEPTS,
    why="HA then falls back to single threading and opens no listener: each server thinks that the other is down, and both serve.",
    source="HA-45; seen on 2.2.0 (HA_CONFIG_DHCP_MT_DISABLED)",
)


def dhcp_config(site: Site, family: Family, shared: Block, node: Node, note: Note) -> Block:
    """The Dhcp4 or Dhcp6 map of one server. `shared`: the family's map, pools already split."""
    seat = node.seats[family.daemon.name]
    aliases = Aliases(node, seat, note)
    made = laid_over(shared, seat.overrides) if seat.overrides else shared.copy_of()
    fill_places(made, PLACES, node.name, seat.address)
    if site.hub:
        made = _own_subnets(made, family, node, note)
    made = aliases.named(made)
    cause = family.relationships[0].at if family.relationships else family.config.at
    made.put("interfaces-config", aliases.interfaces_config(made), made.where("interfaces-config"))
    made.put("control-sockets", control_sockets(made, node, seat, family.daemon, note), made.where("control-sockets"))
    libraries = hooks_libraries(made, node, ha_parameters(site, family, node, note), cause, note)
    if libraries:
        made.put("hooks-libraries", libraries, made.where("hooks-libraries"))
    if any(each.listener is not None for each in family.of(node)):
        _multi_threading(made, cause, note)
    _lease_file(made, node)
    named_loggers(made, node)
    return made


def _multi_threading(config: Block, cause: tuple[str | int, ...], note: Note) -> None:
    """A dedicated listener needs multi-threading of the server itself, and 2.2 has it off by default (ChangeLog 2103)."""
    said = config.get("multi-threading")
    made = said.copy_of() if isinstance(said, Block) else Block(cause)
    if made.get("enable-multi-threading") is False:
        note(
            Finding(
                THREADS_OFF,
                made.where("enable-multi-threading"),
                "the dedicated HA listener needs multi-threading, and it is turned off here",
                fix="take it away, or let HA go through the agent: high-availability "
                "`multi-threading: {enable-multi-threading: false, http-dedicated-listener: false}`",
            )
        )
    made.setdefault("enable-multi-threading", True)
    config.put("multi-threading", made, config.where("multi-threading") if said is not None else cause)


def _lease_file(config: Block, node: Node) -> None:
    database = config.get("lease-database")
    if isinstance(database, Block) and database.get("type") == "memfile" and isinstance(database.get("name"), str):
        made = database.copy_of()
        made["name"] = node.platform.lease_file(database["name"])
        config.put("lease-database", made, config.where("lease-database"))


def _own_subnets(config: Block, family: Family, node: Node, note: Note) -> Block:
    """Law 7: the hub gets all subnets, a spoke its own; a missing or unknown tag is an error."""
    everyone = {peer.name for each in family.relationships for peer in each.peers}
    mine = {peer.name for each in family.of(node) for peer in each.peers}

    def owner(subnet: Block, network: Block | None) -> str | None:
        for block in (subnet, network):
            context = block.get("user-context") if block is not None else None
            tag = context.get(TAG) if isinstance(context, dict) else None
            if tag is not None:
                return tag if isinstance(tag, str) else ""
        return None

    def is_mine(subnet: Json, network: Block | None = None) -> bool:
        if not isinstance(subnet, Block):
            return False
        tag = owner(subnet, network)
        if tag not in everyone:
            note(_untagged(subnet, tag, everyone))
        return tag in mine

    return _filtered(config, is_mine)


def _filtered(config: Block, is_mine: Callable[..., bool]) -> Block:
    made = config.copy_of()
    for key in ("subnet4", "subnet6"):
        if key in made:
            made[key] = [subnet for subnet in made[key] if is_mine(subnet)]
    networks: list[Json] = []
    for network in made.get("shared-networks") or ():
        kept = network.copy_of()
        for key in ("subnet4", "subnet6"):
            if key in kept:
                kept[key] = [subnet for subnet in kept[key] if is_mine(subnet, network)]
        if any(kept.get(key) for key in ("subnet4", "subnet6")):
            networks.append(kept)
    if "shared-networks" in made:
        made["shared-networks"] = networks
    return made


def _untagged(subnet: Block, tag: str | None, known: set[str]) -> Finding:
    names = ", ".join(sorted(known))
    return Finding(
        UNTAGGED,
        subnet.where("subnet") if tag is None else (*subnet.at, "user-context", TAG),
        "this subnet belongs to no relationship" if tag is None else f"no relationship has a peer {tag!r}",
        fix=f"add `user-context: {{{TAG}: NAME}}` to the subnet or its shared network; the peers are {names}",
    )
