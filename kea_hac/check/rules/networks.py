"""Shared networks and where subnets are reached: names, interfaces, relays, and what the subnets of a network must share."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import NOT_LOADED, REMOVE_IT, Finding, Route, Severity, refused
from kea_hac.kea.address_slips import address_fix, prefix_fix
from kea_hac.kea.addressing import family_of, packed, read_prefix
from kea_hac.kea.config import Block, Json, blocks_of
from kea_hac.kea.proposal import UNKNOWN
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

NAME_TAKEN = refused(
    "KH220",
    "shared-network-name-taken",
    why=f"The name identifies a shared network. {NOT_LOADED}",
    source=f"CfgSharedNetworks::add; {_SEEN}",
)
NO_NAME = refused(
    "KH221",
    "shared-network-without-name",
    why=f"Kea identifies a shared network by its name. {NOT_LOADED}",
    source=f"sharedNetworksSanityChecks; {_SEEN}",
    rests_on=("name",),
)
INTERFACES_DIFFER = refused(
    "KH222",
    "interfaces-differ-in-shared-network",
    why=f"The subnets of a shared network are on one link, so they cannot have different interfaces. {NOT_LOADED}",
    source=f"sharedNetworksSanityChecks; {_SEEN}",
)
AUTHORITATIVE_DIFFERS = refused(
    "KH223",
    "authoritative-differs-in-shared-network",
    why="`authoritative` must be equal in a shared network and in its subnets. A network without the key counts "
    f"as false here, even when the global value is true. {NOT_LOADED}",
    source=f"Dhcp4ConfigParser::sharedNetworksSanityChecks; {_SEEN}",
)
RAPID_COMMIT_DIFFERS = refused(
    "KH224",
    "rapid-commit-differs-in-shared-network",
    why="The subnets of a shared network must agree about `rapid-commit`, because a client can get an address of "
    f"any of them. {NOT_LOADED}",
    source=f"Dhcp6ConfigParser::sharedNetworksSanityChecks; {_SEEN}",
)
INTERFACE_AND_ID = refused(
    "KH225",
    "interface-and-interface-id",
    why="An interface selects clients on the server's own links. An interface-id selects clients behind a relay. "
    f"A subnet can have only one of them. {NOT_LOADED}",
    source=f"Subnet6ConfigParser::initSubnet; {_SEEN}",
)
BAD_RELAY = refused(
    "KH226",
    "bad-relay-address",
    why=f"A relay is identified by an address of the server's family. {NOT_LOADED}",
    source=f"RelayInfoParser; {_SEEN}",
)
RELAY_TWICE = refused(
    "KH227",
    "relay-address-twice",
    why=f"A relay address may occur once in the list. {NOT_LOADED}",
    source=f"RelayInfoParser; {_SEEN}",
)
BAD_4O6 = refused(
    "KH228",
    "bad-4o6-subnet",
    why="DHCPv4 over DHCPv6 selects the subnet by the IPv6 source address of the query. With a value that Kea "
    "cannot read the server does not start. Kea accepts an IPv4 prefix and a length above 128, but no query "
    "matches them.",
    source=f"Subnet4ConfigParser::initSubnet; {_SEEN}",
)
BAD_ALLOCATOR = refused(
    "KH229",
    "unsupported-allocator",
    why="The free lease queue keeps every free address in memory. Kea supports it for IPv4 pools and delegated "
    "prefixes, and not for IPv6 addresses. shared-flq needs leases in MySQL or PostgreSQL. Otherwise the "
    "server does not start.",
    source="base_network_parser.cc; seen on 2.6.3, 3.0.4 (flq); SrvConfig::sanityChecksSflqAllocator of 3.2.0, read only",
)
_SQL = ("mysql", "postgresql")


@checks(NAME_TAKEN, NO_NAME, INTERFACES_DIFFER, AUTHORITATIVE_DIFFERS, RAPID_COMMIT_DIFFERS, on=Subject.SHARED)
def shared_networks(configuration: Configuration) -> Iterator[Finding]:
    """Names, and what the subnets of one network must agree on."""
    seen: dict[str, Block] = {}
    for network in configuration.blocks("shared-networks"):
        name = network.get("name")
        if name == "":
            yield Finding(NO_NAME, network.where("name"), "the shared network's name is empty")
        elif isinstance(name, str):
            other = seen.setdefault(name, network)
            if other is not network:
                related = ((other.where("name"), "the other one"),)
                yield Finding(NAME_TAKEN, network.where("name"), f"the name {name!r} is taken", related=related)
        subnets = list(blocks_of(network.get(configuration.daemon.subnets)))
        yield from _interfaces(network, subnets)
        if configuration.daemon.family == 4:
            yield from _authoritative(network, subnets)
        else:
            yield from _rapid_commit(network, subnets)


def _interfaces(network: Block, subnets: list[Block]) -> Iterator[Finding]:
    named = [block for block in (network, *subnets) if block.get("interface")]
    for block in named[1:]:
        if block["interface"] != named[0]["interface"]:
            place = "the shared network" if named[0] is network else "an earlier subnet"
            yield Finding(
                INTERFACES_DIFFER,
                block.where("interface"),
                f"{place} is on {named[0]['interface']}, and this subnet of it on {block['interface']}",
                related=((named[0].where("interface"), "the other interface"),),
                fix="set the interface once, in the shared network",
            )


def _authoritative(network: Block, subnets: list[Block]) -> Iterator[Finding]:
    whole = network.get("authoritative", False)
    for subnet in subnets:
        own = subnet.get("authoritative", whole)
        if own != whole:
            at = subnet.where("authoritative")
            written = "is" if "authoritative" in network else "is by default"
            message = f"the subnet's 'authoritative' is {_word(own)}, and the shared network's {written} {_word(whole)}"
            fix = "set it in the shared network, and remove it here"
            yield Finding(
                AUTHORITATIVE_DIFFERS, at, message, related=((network.where("name"), "the network"),), fix=fix
            )


def _rapid_commit(network: Block, subnets: list[Block]) -> Iterator[Finding]:
    whole = network.get("rapid-commit", False)
    for subnet in subnets[1:]:
        first, own = subnets[0].get("rapid-commit", whole), subnet.get("rapid-commit", whole)
        if first != own:
            block = subnet if "rapid-commit" in subnet else subnets[0]
            message = (
                f"'rapid-commit' is {_word(own)} in one subnet of the shared network and {_word(first)} in another"
            )
            other = subnets[0] if block is subnet else subnet
            related = ((other.where("subnet"), "the other subnet"),)
            fix = "set it once, in the shared network"
            yield Finding(RAPID_COMMIT_DIFFERS, block.where("rapid-commit"), message, related=related, fix=fix)


def _word(value: Json) -> str:
    return "true" if value is True else "false"


@checks(INTERFACE_AND_ID, BAD_RELAY, RELAY_TWICE, BAD_4O6, on=Subject.SHARED)
def reached_by(configuration: Configuration) -> Iterator[Finding]:
    """Interfaces, interface ids and relays of networks and subnets."""
    family = configuration.daemon.family
    for block in configuration.networks_and_subnets() if family else ():
        if block.get("interface") and block.get("interface-id"):
            related = ((block.where("interface"), "the interface"),)
            message = "'interface-id' is set beside 'interface'"
            fix = "keep the interface for a local link, the interface-id for clients behind a relay"
            yield Finding(INTERFACE_AND_ID, block.where("interface-id"), message, True, related, fix)
        relay = block.get("relay")
        if isinstance(relay, Block):
            yield from _relay(relay, family or 4)
        text = block.get("4o6-subnet")
        if isinstance(text, str) and text:
            yield from _over_v6(block.where("4o6-subnet"), text)


def _relay(relay: Block, family: int) -> Iterator[Finding]:
    listed = relay.get("ip-addresses")
    seen: dict[bytes, Route] = {}
    for number, text in enumerate(listed if isinstance(listed, list) else ()):
        at = (*relay.where("ip-addresses"), number)
        if "ip-addresses" in (relay.moved or {}):
            at = relay.where("ip-addresses")
        raw = packed(text, family) if isinstance(text, str) else None
        if raw is None and isinstance(text, str):
            other = family_of(text)
            message = (
                f"{text} is IPv{other}, and this is an IPv{family} subnet" if other else f"{text!r} is not an address"
            )
            instead = address_fix(text, family)
            fix = instead.fix or f"write the IPv{family} address that the relay puts into its messages"
            yield Finding(BAD_RELAY, at, message, fix=fix, repair=instead.repair)
        elif raw in seen:
            related = ((seen[raw], "the first"),)
            yield Finding(
                RELAY_TWICE, at, f"{text} is listed twice", related=related, fix="remove one", repair=REMOVE_IT
            )
        elif raw is not None:
            seen[raw] = at


def _over_v6(at: Route, text: str) -> Iterator[Finding]:
    if read_prefix(text, 6) is None:
        address, slash, length = text.partition("/")
        loads = bool(slash) and family_of(address) is not None and length.lstrip("+-").isdecimal()
        instead = UNKNOWN if family_of(address) == 4 else prefix_fix(text, 6)
        severity = Severity.WARNING if loads else None
        message = f"{text!r} is not an IPv6 prefix"
        yield Finding(BAD_4O6, at, message, fix=instead.fix, repair=instead.repair, severity=severity)


@checks(BAD_ALLOCATOR, on=Subject.SHARED)
def allocators(configuration: Configuration) -> Iterator[Finding]:
    """The free lease queue for IPv6 addresses, where a network or subnet has it or inherits it."""
    if configuration.daemon.family == 6:
        for at in allocated_by(configuration, "flq"):
            message = "the allocator flq has no queue for IPv6 addresses"
            yield Finding(BAD_ALLOCATOR, at, message, fix="write iterative or random; flq is for `pd-allocator`")


@checks(BAD_ALLOCATOR, on=Subject.SERVER)
def shared_queue(configuration: Configuration) -> Iterator[Finding]:
    """shared-flq where the leases are in no SQL database: which one, a server may say for itself."""
    database = configuration.config.get("lease-database")
    if not (isinstance(database, Block) and database.get("type") in _SQL):
        for at in allocated_by(configuration, "shared-flq"):
            message = "shared-flq needs a lease-database of type mysql or postgresql"
            yield Finding(BAD_ALLOCATOR, at, message, fix="write flq, iterative or random")


def allocated_by(configuration: Configuration, allocator: str) -> Iterator[Route]:
    """Where the allocator is written that some network or subnet has; each place once."""
    written: set[Route] = set()
    if "allocator" not in configuration.config and "allocator" not in configuration.keys_below():
        return
    networks = ((network, None) for network in configuration.blocks("shared-networks"))
    for network, subnet in (*networks, *configuration.with_networks()):
        chain = (block for block in (subnet, network, configuration.config) if block is not None)
        holder = next((block for block in chain if "allocator" in block), None)
        if holder is not None and holder["allocator"] == allocator and holder.where("allocator") not in written:
            written.add(holder.where("allocator"))
            yield holder.where("allocator")
