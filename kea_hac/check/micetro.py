"""What Micetro's DHCP Agent can live with. Micetro documentation, "Kea DHCP High Availability" (read only, no agent was run)."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import THE_SERVER, Finding, KeaSays, Route, Severity, rule
from kea_hac.kea.config import Block
from kea_hac.kea.version import Feature, has
from kea_hac.model.site import PASSIVE_BACKUP, Site
from kea_hac.spec.pair import SharedAgent

NO_AGENT = rule(
    "KH907",
    "micetro-without-control-agent",
    kea=KeaSays.NOT_ITS_BUSINESS,
    why="Micetro's DHCP Agent sends commands to Kea only through the control agent. Without it Micetro does not "
    "find the server.",
    source="Micetro documentation, 'Kea DHCP High Availability', Configuring the DHCP Agent",
    rests_on=("*control-agent",),
)
UNLIKE_SERVERS = rule(
    "KH908",
    "unlike-servers-behind-one-micetro-agent",
    kea=KeaSays.NOT_ITS_BUSINESS,
    why="preferences.cfg contains one hook directory for all servers. Micetro would look for the HA library in "
    "the wrong place on one of them.",
    source="Micetro documentation, keaHooksLocation",
)
UNKNOWN_MODE = rule(
    "KH909",
    "passive-backup-under-micetro",
    kea=KeaSays.NOT_ITS_BUSINESS,
    why="Micetro supports hot-standby and load-balancing. It would not show or manage these servers as a pair.",
    source="Micetro documentation, 'Kea DHCP High Availability': supported modes",
)
HUB = rule(
    "KH910",
    "hub-under-micetro",
    kea=KeaSays.NOT_ITS_BUSINESS,
    why="Micetro supports one v4 and one v6 relationship for each server. It cannot manage a hub.",
    source="Micetro documentation, 'Kea DHCP High Availability': limitations",
)
BACKEND = rule(
    "KH911",
    "config-backend-under-micetro",
    Severity.WARNING,
    KeaSays.NOT_ITS_BUSINESS,
    why="Micetro does not replicate the data of a configuration backend. Over time the partners have different "
    "configurations.",
    source="Micetro documentation, 'Kea DHCP High Availability': limitations",
)
OVERWRITTEN = rule(
    "KH912",
    "server-values-under-micetro",
    Severity.WARNING,
    KeaSays.NOT_ITS_BUSINESS,
    why="With keaReplicateConfig 1 Micetro copies the configuration of one server to the other. A value that "
    "differs is lost.",
    source="Micetro documentation, keaReplicateConfig",
)


@checks(NO_AGENT, on=Subject.SITE)
def no_agent(site: Site) -> Iterator[Finding]:
    """A server that Micetro cannot reach."""
    if site.micetro is None:
        return
    for node in site.nodes:
        if not node.has_agent or not has(node.version, Feature.CONTROL_AGENT):
            yield Finding(
                NO_AGENT,
                ("micetro",),
                f"no control agent runs on {THE_SERVER}, and Micetro reaches Kea only through it",
                on_key=True,
                fix="add `control-agent` (Kea 2.2 to 3.0), or remove `micetro`",
                server=node.name,
            )


@checks(UNLIKE_SERVERS, on=Subject.SITE)
def unlike_servers(site: Site) -> Iterator[Finding]:
    """One agent for servers that keep their hook libraries in different directories."""
    if site.micetro is None or not isinstance(site.micetro.agent, SharedAgent):
        return
    first = site.nodes[0]
    for node in site.nodes[1:]:
        if node.platform.hooks_dir != first.platform.hooks_dir:
            yield Finding(
                UNLIKE_SERVERS,
                ("micetro", "agent"),
                f"{first.name} keeps its hook libraries in {first.platform.hooks_dir}, {node.name} in "
                f"{node.platform.hooks_dir}, and one agent can use one directory only",
                on_key=True,
                fix="use `agent: per-server`, or servers of one platform",
            )


@checks(UNKNOWN_MODE, HUB, on=Subject.SITE)
def unknown_arrangement(site: Site) -> Iterator[Finding]:
    """Passive-backup, or several relationships."""
    if site.micetro is None:
        return
    if site.hub:
        at: Route = ("high-availability", "relationships")
        yield Finding(HUB, at, "Micetro cannot manage several relationships", on_key=True, fix="remove `micetro`")
        return
    for family in site.families.values():
        for relationship in family.relationships:
            if relationship.mode == PASSIVE_BACKUP:
                at = relationship.settings.where("mode")
                yield Finding(UNKNOWN_MODE, at, "Micetro does not support passive-backup", fix="remove `micetro`")


@checks(BACKEND, on=Subject.SITE)
def config_backend(site: Site) -> Iterator[Finding]:
    """A configuration backend, which Micetro does not replicate."""
    if site.micetro is None or site.micetro.owner != "micetro":
        return
    for family in site.families.values():
        for block in (family.config, *(node.seats[family.daemon.name].overrides for node in site.nodes)):
            control = block.get("config-control") if block is not None else None
            if isinstance(control, Block) and control.get("config-databases"):
                at = control.where("config-databases")
                yield Finding(BACKEND, at, "Micetro does not replicate a configuration backend", on_key=True)


@checks(OVERWRITTEN, on=Subject.SITE)
def overwritten(site: Site) -> Iterator[Finding]:
    """Values of one server that replication overwrites."""
    if site.micetro is None or site.micetro.owner != "micetro" or len(site.nodes) < 2:
        return
    for _, _, seat in site.seats():
        for key in seat.overrides or ():
            assert seat.overrides is not None
            yield Finding(
                OVERWRITTEN,
                (*seat.overrides.at, key),
                f"Micetro's replication may overwrite the server's own {key!r}",
                on_key=True,
                fix="set it for both servers, or use `owner: kea-hac`",
            )
