"""Networks, libraries and commands that have no effect, or that tools such as Stork miss.

These are Stork's and KEALint's checks of that kind. Kea takes all of it. What is advice and no mistake is for existing files.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.library_entries import one_more
from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import Finding, Repair, RepairKind, info, warning
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.hooks import LEASE_COMMANDS
from kea_hac.model.configuration import Configuration

IDLE_SUBNET = info(
    "KH230",
    "subnet-of-nobody",
    why="A subnet without pools and without reservations gives no lease to any client.",
    source="as Stork's dispensable_subnet, KEALint's SubnetWithoutPoolsAndReservationsRule",
    rests_on=("pools", "pd-pools", "reservations"),
)
IDLE_NETWORK = info(
    "KH231",
    "shared-network-of-one",
    why="A shared network connects several subnets of one link. With one subnet, or none, it has no use, and Kea "
    "searches it for every query.",
    source="as Stork's dispensable_shared_network, KEALint's OneSubnetInSharedNetworksRule",
    rests_on=("name", "subnet4", "subnet6"),
)
QUEUES_EVERYWHERE = info(
    "KH232",
    "free-lease-queue-everywhere",
    why="At start Kea puts every free address into the queue: for a /8 that takes about 15 seconds and much "
    "memory. Set the allocator in the small subnets that need it. A large subnet that is added later then "
    "does not use the queue.",
    source="Kea ARM, 'Free Lease Queue Allocator'; as KEALint's NotSelectFLQAllocatorInGlobalLevelConfig",
)
DATABASE_LIBRARY = info(
    "KH785",
    "database-library-without-database",
    why="The library gives access to one type of database, and no database of that type is configured. The "
    "library has no effect.",
    source="as KEALint's UnnecessaryActivatedDatabaseHooksRule",
    rests_on=("lease-database", "hosts-databases", "hosts-database", "config-control"),
)
SUBNET_COMMANDS = warning(
    "KH781",
    "subnet-commands-beside-config-backend",
    why="subnet_cmds changes subnets in the memory of the server and not in the database. At the next fetch or "
    "start the old subnets come back from the database.",
    source="Kea ARM, 'Subnet Commands'; as Stork's subnet_cmds_and_cb_mutual_exclusion",
)
HOST_COMMANDS = info(
    "KH782",
    "host-commands-missing",
    why="Reservations are stored in a database. Without host_cmds no tool can show or change them through Kea.",
    source="as Stork's host_cmds_presence, KEALint's NoActivatedHostCMDsHookForDatabaseBackendRule",
    rests_on=("hooks-libraries",),
)
LEASE_COMMANDS_MISSING = info(
    "KH783",
    "lease-commands-missing",
    why="The server accepts commands, but it has none to show or delete leases. Stork and Micetro show no leases.",
    source="as Stork's lease_cmds_presence",
    rests_on=("hooks-libraries",),
)
IDENTIFIER_NOT_USED = warning(
    "KH784",
    "flexible-client-id-not-used",
    why="flex_id replaces the client identifier. With match-client-id false the server uses only the hardware "
    "address, so the library has no effect on leases.",
    source="Kea ARM, 'Flexible Identifier': match-client-id must be true; as KEALint's NoMatchClientIdForFlexIDHookRule",
    rests_on=("hooks-libraries",),
)
_SQL = {
    "libdhcp_mysql.so": "mysql",
    "libdhcp_mysql_cb.so": "mysql",
    "libdhcp_pgsql.so": "postgresql",
    "libdhcp_pgsql_cb.so": "postgresql",
}
_HOLDERS = frozenset({"libdhcp_host_cmds.so", "libdhcp_radius.so", "libdhcp_subnet_cmds.so", "libdhcp_cb_cmds.so"})
"""Libraries through which a subnet may get what the file does not show."""


@checks(IDLE_SUBNET, IDLE_NETWORK, on=Subject.SERVER)
def idle_networks(configuration: Configuration) -> Iterator[Finding]:
    """Subnets without pools and reservations, shared networks that share nothing."""
    if configuration.daemon.family is None or stored_elsewhere(configuration):
        return
    for network in configuration.blocks("shared-networks"):
        subnets = list(blocks_of(network.get(configuration.daemon.subnets)))
        if len(subnets) < 2:
            message = f"the shared network {network.get('name')!r} has {'one subnet' if subnets else 'no subnet'}"
            fix = "move the subnet out of the shared network" if subnets else "remove the shared network"
            yield Finding(IDLE_NETWORK, network.where("name"), message, fix=fix)
    for subnet in configuration.subnets():
        if subnet.get("subnet") and not (subnet.get("pools") or subnet.get("pd-pools") or subnet.get("reservations")):
            message = f"the subnet {subnet.get('subnet')} has no pools and no reservations"
            yield Finding(IDLE_SUBNET, subnet.where("subnet"), message, fix="add pools, or remove the subnet")


@checks(QUEUES_EVERYWHERE, on=Subject.SHARED)
def queues_everywhere(configuration: Configuration) -> Iterator[Finding]:
    """The free lease queue for every subnet."""
    for key in ("allocator", "pd-allocator"):
        if configuration.config.get(key) == "flq":
            message = f"{key} flq applies to every subnet without an allocator of its own"
            fix = "set it in the subnets that need it"
            yield Finding(QUEUES_EVERYWHERE, configuration.config.where(key), message, fix=fix)


@checks(SUBNET_COMMANDS, IDENTIFIER_NOT_USED, on=Subject.SERVER)
def libraries_at_odds(configuration: Configuration) -> Iterator[Finding]:
    """Libraries that work against the rest of the configuration, or for nothing."""
    control = configuration.config.get("config-control")
    for name, entry in configuration.libraries() if configuration.daemon.family else ():
        at, parameters = entry.where("library"), entry.get("parameters")
        if name == "libdhcp_subnet_cmds.so" and isinstance(control, Block) and control.get("config-databases"):
            message = "subnets come from a config backend, and subnet_cmds does not change them there"
            related = ((control.where("config-databases"), "the config backend"),)
            yield Finding(SUBNET_COMMANDS, at, message, related=related, fix="use libdhcp_cb_cmds.so")
        replaces = isinstance(parameters, Block) and parameters.get("replace-client-id") is True
        if name == "libdhcp_flex_id.so" and replaces and configuration.config.get("match-client-id") is False:
            message = "replace-client-id is true, and match-client-id is false"
            repair = (Repair(configuration.config.where("match-client-id"), RepairKind.SET, True),)
            related = ((configuration.config.where("match-client-id"), "match-client-id is false here"),)
            yield Finding(
                IDENTIFIER_NOT_USED, at, message, related=related, fix="set match-client-id to true", repair=repair
            )


@checks(HOST_COMMANDS, DATABASE_LIBRARY, on=Subject.SERVER)
def idle_libraries(configuration: Configuration) -> Iterator[Finding]:
    """Libraries without a database, a database without its library."""
    libraries = configuration.libraries()
    names = {name for name, _ in libraries}
    sql = configuration.daemon.family and not names.isdisjoint(_SQL)
    kinds = {str(block.get("type")) for block in _databases(configuration)} if sql else frozenset[str]()
    for name, entry in libraries if sql else ():
        if name in _SQL and _SQL[name] not in kinds:
            message = f"{name} is loaded, and no database is of type {_SQL[name]}"
            yield Finding(
                DATABASE_LIBRARY,
                entry.where("library"),
                message,
                fix="remove it",
                repair=(Repair(entry.at, RepairKind.REMOVE),),
            )
    hosts = next(configuration.blocks("hosts-databases"), None)
    if hosts is not None and "libdhcp_host_cmds.so" not in names:
        message = "reservations are in a database, but libdhcp_host_cmds.so is not loaded"
        fix = "add libdhcp_host_cmds.so to hooks-libraries"
        yield Finding(HOST_COMMANDS, hosts.at, message, fix=fix, repair=one_more(configuration, "libdhcp_host_cmds.so"))


@checks(LEASE_COMMANDS_MISSING, on=Subject.HIGH_AVAILABILITY)
def lease_commands(configuration: Configuration) -> Iterator[Finding]:
    """A control socket, and no command for leases behind it. High Availability has a rule of its own."""
    sockets = list(configuration.blocks("control-sockets")) if configuration.daemon.family else []
    if not sockets or any(name in (LEASE_COMMANDS, "libdhcp_ha.so") for name, _ in configuration.libraries()):
        return
    message = f"the server accepts commands, but {LEASE_COMMANDS} is not loaded"
    yield Finding(
        LEASE_COMMANDS_MISSING,
        sockets[0].at,
        message,
        on_key=True,
        fix=f"add {LEASE_COMMANDS} to hooks-libraries",
        repair=one_more(configuration, LEASE_COMMANDS),
    )


def _databases(configuration: Configuration) -> Iterator[Block]:
    config = configuration.config
    for block in (config.get("lease-database"), config.get("hosts-database")):
        if isinstance(block, Block):
            yield block
    yield from configuration.blocks("hosts-databases")
    control = config.get("config-control")
    if isinstance(control, Block):
        yield from blocks_of(control.get("config-databases"))
    for name, entry in configuration.libraries():
        parameters = entry.get("parameters")
        if name == "libdhcp_legal_log.so" and isinstance(parameters, Block):
            yield parameters


def stored_elsewhere(configuration: Configuration) -> bool:
    """True where subnets and reservations may come from what no file shows."""
    if configuration.config.get("hosts-databases") or configuration.config.get("config-control"):
        return True
    return any(name in _HOLDERS for name, _ in configuration.libraries())
