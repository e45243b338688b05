"""What Micetro's DHCP Agent can live with. Micetro documentation, "Kea DHCP High Availability" (read only, no agent was run)."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import THE_SERVER, Finding, KeaVerdict, Repair, RepairKind, Route, Severity, Skipped, rule
from kea_hac.kea.config import Block
from kea_hac.kea.version import Feature, has
from kea_hac.micetro.releases import CHAPTER, KEA_VERSIONS, listed
from kea_hac.model.channel import agent_address, unix_socket
from kea_hac.model.site import PASSIVE_BACKUP, Site
from kea_hac.spec.load import SpecFile
from kea_hac.spec.pair import SharedAgent

NO_AGENT = rule(
    "KH907",
    "micetro-without-control-agent",
    kea=KeaVerdict.NOT_ITS_BUSINESS,
    why="Micetro's DHCP Agent sends commands to Kea through the control agent, or on the same host through the unix control "
    "socket. Without either Micetro does not find the server.",
    source="Micetro documentation, 'Adding DHCP Service': a socket in kea-dhcp4.conf instead of the control agent",
    rests_on=("*control-agent", "*control-sockets"),
)
UNLIKE_SERVERS = rule(
    "KH908",
    "unlike-servers-behind-one-micetro-agent",
    kea=KeaVerdict.NOT_ITS_BUSINESS,
    why="preferences.cfg contains one hook directory for all servers. Micetro would look for the HA library in "
    "the wrong place on one of them.",
    source="Micetro documentation, keaHooksLocation",
)
UNKNOWN_MODE = rule(
    "KH909",
    "passive-backup-under-micetro",
    kea=KeaVerdict.NOT_ITS_BUSINESS,
    why="Micetro supports hot-standby and load-balancing. It would not show or manage these servers as a pair.",
    source="Micetro documentation, 'Kea DHCP High Availability': supported modes",
)
HUB = rule(
    "KH910",
    "hub-under-micetro",
    kea=KeaVerdict.NOT_ITS_BUSINESS,
    why="Micetro supports one v4 and one v6 relationship for each server. It cannot manage a hub.",
    source="Micetro documentation, 'Kea DHCP High Availability': limitations",
)
BACKEND = rule(
    "KH911",
    "config-backend-under-micetro",
    Severity.WARNING,
    KeaVerdict.NOT_ITS_BUSINESS,
    why="With a configuration backend Micetro assumes that all servers share the configuration, and replicates "
    "nothing, whatever keaReplicateConfig is. A change that Micetro makes outside of the database stays on one "
    "server, and the partners give different leases.",
    source="Micetro documentation 25.2, 'Configuring the Kea High Availability setup', note on the Configuration Backend",
    rests_on=("*config-control",),
)
LOOPBACK_AGENT = rule(
    "KH914",
    "loopback-agent-behind-micetro",
    kea=KeaVerdict.NOT_ITS_BUSINESS,
    why="One DHCP Agent for all servers connects to the control agent of each over the network. Connections to a loopback "
    "address stay on the server's own host, so Micetro reaches none of these servers.",
    source="Micetro documentation, 'Kea DHCP Failover Relationships': Ports and Networking; keaControlAgentHost",
    rests_on=("*control-address",),
)
UNLISTED_KEA = rule(
    "KH915",
    "kea-version-not-listed-by-micetro",
    Severity.WARNING,
    KeaVerdict.NOT_ITS_BUSINESS,
    why="The system requirements of this Micetro version do not list the Kea version. Micetro can fail to read or write its "
    "configuration.",
    source=f"Micetro documentation, {CHAPTER}",
    rests_on=("version", "*kea"),
)
BACKUP = rule(
    "KH916",
    "backup-under-micetro",
    Severity.INFO,
    KeaVerdict.NOT_ITS_BUSINESS,
    why="Micetro shows a relationship with a backup that it finds in the primary's configuration, and copies the configuration "
    "to it. It cannot create such a relationship: when it is removed in Micetro, the configuration must be loaded again.",
    source="Micetro documentation, 'Creating Kea DHCP Failover Relationships'",
)
OVERWRITTEN = rule(
    "KH912",
    "server-values-under-micetro",
    Severity.WARNING,
    KeaVerdict.NOT_ITS_BUSINESS,
    why="With keaReplicateConfig 1 Micetro copies the configuration of one server to the other. A value that "
    "differs is lost.",
    source="Micetro documentation, keaReplicateConfig",
)


NOT_REPLICATED = frozenset({"interfaces-config"})
"""Micetro 10.5.2 release notes: interface configuration is excluded from the replication between Kea peers."""


@checks(NO_AGENT, on=Subject.SITE)
def no_agent(site: Site) -> Iterator[Finding]:
    """A server that Micetro cannot reach: the agent beside it takes the unix socket as well, one on another host does not."""
    if site.micetro is None:
        return
    shared = isinstance(site.micetro.agent, SharedAgent)
    for node in site.nodes:
        if node.has_agent and has(node.version, Feature.CONTROL_AGENT):
            continue
        sockets = all(unix_socket(family, node) for family in site.families.values())
        if shared or not sockets:
            reach = (
                "the DHCP Agent on another host reaches Kea only through it"
                if shared
                else "no unix control socket is open"
            )
            fix = (
                "add `control-agent` (Kea 2.2 to 3.0), or use `agent: per-server`"
                if sockets
                else "remove `control-sockets: []`"
            )
            yield Finding(
                NO_AGENT,
                ("micetro",),
                f"no control agent runs on {THE_SERVER}, and {reach}",
                on_key=True,
                fix=fix,
                server=node.name,
            )


@checks(LOOPBACK_AGENT, on=Subject.SITE)
def loopback_agent(site: Site) -> Iterator[Finding]:
    """One DHCP Agent on another host, and control agents that only their own host reaches."""
    if site.micetro is None or not isinstance(site.micetro.agent, SharedAgent):
        return
    shared = site.micetro.agent
    for node in site.nodes:
        address = agent_address(site, node)
        here = {server_family.address for server_family in node.server_families.values()} | {
            server_family.control_address for server_family in node.server_families.values()
        }
        if node.has_agent and address is not None and address.is_loopback and shared.address not in here:
            written = "control-address" in site.document.map_at(node.at)
            yield Finding(
                LOOPBACK_AGENT,
                (*node.at, "control-address" if written else "address"),
                f"the control agent of {node.name!r} binds {address}, and the DHCP Agent {shared.name!r} runs on {shared.address}",
                related=((("micetro", "agent"), "the one DHCP Agent"),),
                fix=f"bind an address that {shared.address} can reach, or use `agent: per-server`",
            )


@checks(UNLISTED_KEA, on=Subject.SITE)
def unlisted_kea(site: Site) -> Iterator[Finding]:
    """A Kea version that this Micetro does not list."""
    version = site.micetro.version if site.micetro else None
    kea = listed(version) if version else None
    for node in site.nodes if kea else ():
        assert kea is not None
        if str(node.version.branch) not in kea:
            yield Finding(
                UNLISTED_KEA,
                ("micetro", "version"),
                f"Micetro {version} lists Kea {', '.join(kea)}, and {THE_SERVER} has {node.version}",
                fix="update Micetro first, or keep a Kea version of its list",
                server=node.name,
            )


def not_listed(spec: SpecFile) -> Iterator[Skipped]:
    """A Micetro version whose list of Kea versions is not known here."""
    version = spec.head.micetro.version if spec.head and spec.head.micetro else None
    if version and listed(version) is None:
        known = ", ".join(KEA_VERSIONS)
        yield Skipped(
            f"the Kea versions that Micetro {version} supports", f"kea-hac knows the lists of Micetro {known} only"
        )


@checks(BACKUP, on=Subject.SITE)
def backups(site: Site) -> Iterator[Finding]:
    """A backup server, which Micetro cannot add to a relationship."""
    for family in site.families.values() if site.micetro is not None else ():
        for relationship in family.relationships:
            for peer in relationship.peers if relationship.mode != PASSIVE_BACKUP else ():
                if peer.role == "backup":
                    message = f"Micetro cannot create a relationship with the backup server {peer.node.name!r}"
                    yield Finding(BACKUP, peer.at, message, subject=family.daemon.name)


_WITHOUT = (Repair(("micetro",), RepairKind.REMOVE),)


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
        yield Finding(
            HUB, at, "Micetro cannot manage several relationships", on_key=True, fix="remove `micetro`", repair=_WITHOUT
        )
        return
    for family in site.families.values():
        for relationship in family.relationships:
            if relationship.mode == PASSIVE_BACKUP:
                at = relationship.settings.where("mode")
                yield Finding(
                    UNKNOWN_MODE, at, "Micetro does not support passive-backup", fix="remove `micetro`", repair=_WITHOUT
                )


@checks(BACKEND, on=Subject.SITE)
def config_backend(site: Site) -> Iterator[Finding]:
    """A configuration backend, with which Micetro replicates nothing at all."""
    if site.micetro is None or site.micetro.owner != "micetro":
        return
    for family in site.families.values():
        for block in (family.config, *(node.server_families[family.daemon.name].overrides for node in site.nodes)):
            control = block.get("config-control") if block is not None else None
            if isinstance(control, Block) and control.get("config-databases"):
                at = control.where("config-databases")
                message = "with a configuration backend Micetro replicates nothing between the servers"
                fix = "make every change in the database that all servers share, or use `owner: kea-hac`"
                yield Finding(BACKEND, at, message, on_key=True, fix=fix)


@checks(OVERWRITTEN, on=Subject.SITE)
def overwritten(site: Site) -> Iterator[Finding]:
    """Values of one server that replication overwrites."""
    if site.micetro is None or site.micetro.owner != "micetro" or len(site.nodes) < 2:
        return
    for _, _, server_family in site.server_families():
        for key in (server_family.overrides or {}).keys() - NOT_REPLICATED:
            assert server_family.overrides is not None
            yield Finding(
                OVERWRITTEN,
                (*server_family.overrides.at, key),
                f"Micetro's replication may overwrite the server's own {key!r}",
                on_key=True,
                fix="set it for both servers, or use `owner: kea-hac`",
            )
