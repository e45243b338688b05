"""Settings that Kea takes and that do not do what they say, or do harm in silence: leases, logs, names, classes, threads."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import relationships_of, server_threads
from kea_hac.compiler.interfaces import NO_INTERFACE
from kea_hac.diagnostics import REMOVE_IT, Finding, Repair, RepairKind, Severity, info, set_it, warning
from kea_hac.kea.config import Block, blocks_of
from kea_hac.model.configuration import Configuration

NO_SUFFIX = info(
    "KH255",
    "ddns-without-suffix",
    why="A client can send a name without a domain. Kea then updates DNS for that name alone, no zone matches, "
    "and the update is dropped.",
    source="Kea ARM, 'ddns-qualifying-suffix'; as KEALint's NotDDNSQualifyingSuffixWithEnabledDDNSUpdatesRule",
    rests_on=("ddns-qualifying-suffix", "dhcp-ddns"),
)
LATE_LIFETIME = warning(
    "KH512",
    "late-class-lifetime",
    why="Kea evaluates a class with only-in-additional-list after it has created the lease. The lifetimes of the "
    "class have no effect.",
    source="Kea ARM, 'Class Priority'; as KEALint's NotValidLifetimeForAdditionalClassesRule",
)
RESERVED_PREFIX = info(
    "KH513",
    "class-named-after",
    why="Kea reserves class names that begin with AFTER_ for itself. A later version may put clients into a "
    "class of this name.",
    source="Kea ARM, 'Built-in Client Classes'; as KEALint's NotRecommendedPrefixAFTER_ClassesRule",
)
SLOW_EXCHANGE = info(
    "KH647",
    "updates-through-one-thread",
    why="The server uses several threads, but its lease updates go one after the other through the control agent "
    "or the HTTP socket. That channel limits the number of leases per second.",
    source="Kea ARM, 'Multi-Threaded Configuration (HA+MT)'; as Stork's ha_mt_presence and ha_dedicated_ports",
)
BAD_PATTERN = warning(
    "KH767",
    "bad-log-pattern",
    why="Without %m the log contains no messages. Without a line end at the end, all messages are on one line.",
    source="Kea ARM, 'Logging Message Format'; as KEALint's NoPercentMMessagesLoggersRule, NoLinebreakMessagesLoggersRule",
)
QUEUE_OFF = warning(
    "KH768",
    "queue-under-multi-threading",
    why="Kea turns the queue off when it uses several threads. It writes this to its log only.",
    source="dhcp_queue_control_parser.cc at 2.2.0 and 3.0.4: DHCPSRV_MT_DISABLED_QUEUE_CONTROL",
)
NOT_KEPT = warning(
    "KH764",
    "leases-not-kept",
    why="With persist false the leases are in memory only. After a restart the server gives addresses that are "
    "in use to other clients. It can get the leases back from its partner, unless the partner was restarted "
    "too.",
    source="Kea ARM, 'Memfile - Basic Storage for Leases'; as KEALint's NoEnabledPersistFlagForMemfileLeases",
    rests_on=("lease-database",),
)
SERVES_WITHOUT = warning(
    "KH765",
    "served-without-lease-database",
    why="While the database is not available, the server leases addresses without knowing which ones are in use.",
    source="Kea ARM, 'Lease Database Configuration': 'highly recommended not to change the stop-retry-exit default'; as KEALint's "
    "NotChangeStopRetryExitStrategyOnFailRule",
    rests_on=("lease-database",),
)
NOT_CHECKED = warning(
    "KH766",
    "sanity-checks-without-memfile",
    why="Kea checks the leases of a memfile only. With this database the setting has no effect.",
    source="Kea ARM, 'Sanity Checks in DHCPv4'; as KEALint's LeaseSanityChecksEnabledForNotMemfileBackend",
    rests_on=("lease-database",),
)
_LIFETIMES = (
    *("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime", "offer-lifetime"),
    *("preferred-lifetime", "min-preferred-lifetime", "max-preferred-lifetime"),
)
_LINE_ENDS = ("\n", "%n", "\\n")


@checks(LATE_LIFETIME, RESERVED_PREFIX, on=Subject.SHARED)
def late_lifetimes(configuration: Configuration) -> Iterator[Finding]:
    """Classes: lifetimes that come too late, names that Kea keeps for itself."""
    for block in configuration.blocks("client-classes") if configuration.daemon.family else ():
        if str(block.get("name")).startswith("AFTER_"):
            message = f"{block['name']!r} begins with AFTER_"
            yield Finding(RESERVED_PREFIX, block.where("name"), message, fix="use another name")
        if block.get("only-in-additional-list") is not True:
            continue
        for key in _LIFETIMES:
            if key in block:
                message = f"{key} has no effect in a class that is evaluated after the lease is created"
                related = ((block.where("only-in-additional-list"), "it is evaluated late"),)
                yield Finding(LATE_LIFETIME, block.where(key), message, True, related, "set it in a subnet or a pool")


@checks(NO_SUFFIX, on=Subject.SERVER)
def names_without_domain(configuration: Configuration) -> Iterator[Finding]:
    """DNS updates without any ddns-qualifying-suffix."""
    config = configuration.config
    ddns = config.get("dhcp-ddns")
    if not isinstance(ddns, Block) or ddns.get("enable-updates") is not True:
        return
    places = [config, *configuration.networks_and_subnets(), *configuration.blocks("client-classes")]
    pools = (pool for subnet in configuration.subnets() for pool in blocks_of(subnet.get("pools")))
    if not any(place.get("ddns-qualifying-suffix") for place in (*places, *pools)):
        message = "names are added to DNS, but no ddns-qualifying-suffix is set"
        fix = "set `ddns-qualifying-suffix` to the domain of the clients, with a dot at its end"
        yield Finding(NO_SUFFIX, ddns.where("enable-updates"), message, True, fix=fix)


@checks(NOT_KEPT, SERVES_WITHOUT, NOT_CHECKED, on=Subject.SERVER)
def lease_database(configuration: Configuration) -> Iterator[Finding]:
    """A lease file that is none, and a database without which the server goes on."""
    database = configuration.config.get("lease-database")
    if not isinstance(database, Block):
        return
    kind, on_fail = database.get("type", "memfile"), database.get("on-fail")
    if kind == "memfile" and database.get("persist") is False:
        message = "leases are kept in memory only"
        yield Finding(NOT_KEPT, database.where("persist"), message, fix="remove `persist: false`", repair=REMOVE_IT)
    if kind != "memfile" and on_fail in ("serve-retry-exit", "serve-retry-continue"):
        message = f"with {on_fail} the server answers clients while it can read and write no lease"
        yield Finding(SERVES_WITHOUT, database.where("on-fail"), message, fix="remove on-fail", repair=REMOVE_IT)
    checks = configuration.config.get("sanity-checks")
    if kind != "memfile" and isinstance(checks, Block) and checks:
        message = f"leases are kept in {kind}, where they are not checked"
        yield Finding(NOT_CHECKED, checks.at, message, True, fix="remove sanity-checks", repair=REMOVE_IT)


@checks(NO_INTERFACE, on=Subject.FILE)
def no_interfaces(configuration: Configuration) -> Iterator[Finding]:
    """A server that listens on nothing. A spec has a word of its own for the interfaces."""
    if configuration.daemon.family is None:
        return
    block = configuration.config.get("interfaces-config")
    if isinstance(block, Block) and block.get("interfaces"):
        return
    at = block.where("interfaces") if isinstance(block, Block) else configuration.config.at
    message = "the server listens on no interface"
    fix = 'add "interfaces-config": {"interfaces": ["eth0"]}'
    yield Finding(NO_INTERFACE, at, message, True, fix=fix, severity=Severity.WARNING)


@checks(QUEUE_OFF, on=Subject.SERVER)
def queue_and_threads(configuration: Configuration) -> Iterator[Finding]:
    """A packet queue that Kea turns off."""
    block = configuration.config.get("dhcp-queue-control") if configuration.daemon.family else None
    if isinstance(block, Block) and block.get("enable-queue") is True and server_threads(configuration):
        message = "the server is multi-threaded, which turns the queue off"
        fix = "remove the queue, or set multi-threading: {enable-multi-threading: false}"
        yield Finding(QUEUE_OFF, block.where("enable-queue"), message, fix=fix)


def _with_message(pattern: str) -> str:
    """The pattern with the message at its end, before the line end."""
    end = next((each for each in _LINE_ENDS if pattern.endswith(each)), "")
    return f"{pattern.removesuffix(end).rstrip()} %m{end}".lstrip()


@checks(BAD_PATTERN, on=Subject.SERVER)
def log_patterns(configuration: Configuration) -> Iterator[Finding]:
    """Patterns that make a log unreadable."""
    for logger in configuration.blocks("loggers"):
        for output in blocks_of(logger.get("output-options")):
            pattern, name = output.get("pattern"), str(output.get("output", ""))
            if not isinstance(pattern, str) or not pattern:
                continue
            at = output.where("pattern")
            if "%m" not in pattern:
                yield Finding(
                    BAD_PATTERN,
                    at,
                    "the pattern has no %m, the message",
                    fix="add %m",
                    repair=set_it(_with_message(pattern)),
                )
            elif not name.startswith("syslog") and not pattern.endswith(_LINE_ENDS):
                yield Finding(
                    BAD_PATTERN, at, "the pattern has no line end", fix="end it with %n", repair=set_it(f"{pattern}%n")
                )


@checks(SLOW_EXCHANGE, on=Subject.HIGH_AVAILABILITY)
def exchange_in_threads(configuration: Configuration) -> Iterator[Finding]:
    """HA of a multi-threaded server without a listener of its own."""
    if not server_threads(configuration):
        return
    for each in relationships_of(configuration):
        if not each.opens_listener and each.peers:
            at = each.block.where("multi-threading") if "multi-threading" in each.block else each.block.at
            message = "the server has several threads, and HA opens no dedicated listener"
            fix = "set enable-multi-threading and http-dedicated-listener to true in the relationship"
            threads = (*each.block.at, "multi-threading")
            both = ("enable-multi-threading", "http-dedicated-listener")
            repair = tuple(
                Repair((*threads, key), RepairKind.SET, True) for key in both if "multi-threading" in each.block
            )
            yield Finding(SLOW_EXCHANGE, at, message, True, fix=fix, repair=repair)
