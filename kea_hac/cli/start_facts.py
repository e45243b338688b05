"""What `init` has to know: read from its flags, the rest asked on a terminal.

Every mistake in the flags, and without a terminal everything that is missing, is in one message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeVar

from kea_hac.cli.questions import ask, can_ask
from kea_hac.errors import UsageError
from kea_hac.importing.hosts import NAME
from kea_hac.kea.addressing import family_of, read_pool
from kea_hac.kea.platform import no_platform, platform_names, platform_of
from kea_hac.kea.version import BRANCHES, PROVEN, KeaVersion
from kea_hac.records import dataclass
from kea_hac.spec.starting import HOT_STANDBY, LONE, MODES, StartServer, StartSubnet

T = TypeVar("T")
Network = IPv4Network | IPv6Network
_NO_IPV6_ROUTER = (
    "DHCPv6 has no option for routers, IPv6 clients learn them from router advertisements; --router is for IPv4"
)
_SERVER = "NAME=ADDRESS%INTERFACE, such as kea1=192.0.2.11%eth0 (more: %eth0,eth1)"


@dataclass(frozen=True, slots=True)
class Flags:
    """What the flags say."""

    kea: str | None = None
    platform: str | None = None
    mode: str | None = None
    servers: Sequence[str] = ()
    subnets: Sequence[str] = ()
    pools: Sequence[str] = ()
    routers: Sequence[str] = ()


@dataclass(slots=True)
class Facts:
    """What is known; filled from the flags, then by questions."""

    kea: str | None = None
    platform: str | None = None
    mode: str | None = None
    servers: list[StartServer] = field(default_factory=list)
    subnets: list[StartSubnet] = field(default_factory=list)

    @property
    def wanted(self) -> int:
        """How many servers the mode needs."""
        return 1 if self.mode == LONE else 2


def facts(flags: Flags) -> Facts:
    """All facts of a new spec. Raises UsageError with everything that is wrong or missing; typer.Abort on Ctrl-C and Ctrl-D."""
    problems: list[str] = []
    known = _from_flags(flags, problems)
    if problems or not can_ask():
        problems += _missing(known, flags)
    if problems:
        raise UsageError(*problems)
    _ask_for_the_rest(known)
    return known


def _from_flags(flags: Flags, problems: list[str]) -> Facts:
    def read(text: str | None, reader: Callable[[str], T], flag: str) -> T | None:
        if text is None:
            return None
        try:
            return reader(text)
        except UsageError as error:
            problems.append(f"{flag}: {error}")
            return None

    known = Facts(
        read(flags.kea, _kea, "--kea"), read(flags.platform, _platform, "--platform"), read(flags.mode, _mode, "--mode")
    )
    for text in flags.servers:
        server = read(text, lambda each: _server(each, known.servers), "--server")
        if server is not None:
            known.servers.append(server)
    if known.mode == LONE and len(flags.servers) > 1:
        problems.append("--mode lone needs exactly one --server; for a pair use --mode hot-standby")
    networks: list[Network] = []
    for text in flags.subnets:
        network = read(text, lambda each: _network(each, networks), "--subnet")
        if network is not None:
            networks.append(network)
    known.subnets = _placed(networks, flags, problems)
    return known


def _missing(known: Facts, flags: Flags) -> Iterator[str]:
    """One line for each flag that nothing can do without, and nobody can be asked for."""
    if flags.kea is None:
        yield f"--kea is missing: the Kea version on the servers, {', '.join(BRANCHES)}"
    if flags.platform is None:
        yield f"--platform is missing: the platform of the servers, {', '.join(platform_names())}"
    if flags.mode is None:
        yield f"--mode is missing: {', '.join(MODES)}"
    if len(flags.servers) < known.wanted:
        count = "one" if known.mode == LONE else "two, the primary first"
        yield f"--server is missing: {_SERVER}; {count}, not {len(flags.servers)}"
    if not flags.subnets:
        yield "--subnet is missing: a subnet to serve, such as 192.0.2.0/24"


def _ask_for_the_rest(known: Facts) -> None:
    newest = max(PROVEN, key=lambda branch: branch.order)
    known.kea = known.kea or ask("Which Kea version do the servers run", _kea, str(newest), BRANCHES)
    names = platform_names()
    known.platform = known.platform or ask("Which platform do the servers have", _platform, names[0], names)
    known.mode = known.mode or ask("How do the servers work together", _mode, HOT_STANDBY, MODES)
    while len(known.servers) < known.wanted:
        which = "the server" if known.mode == LONE else "its partner" if known.servers else "the primary"
        question = f"Name, address and interface of {which}, as in kea1=192.0.2.11%eth0"
        known.servers.append(ask(question, lambda text: _server(text, known.servers)))
    while not known.subnets:
        known.subnets += _asked_subnets()


def _asked_subnets() -> Iterator[StartSubnet]:
    """Subnets until there are no more, each with its pools and its router."""
    networks: list[Network] = []
    while True:
        question = "Another subnet; Enter for none" if networks else "A subnet to serve, as in 192.0.2.0/24"
        network = ask(question, lambda text: _network(text, networks, may_end=bool(networks)), "" if networks else None)
        if network is None:
            return
        networks.append(network)
        yield _asked_subnet(network)


def _asked_subnet(network: Network) -> StartSubnet:
    pools: list[str] = []
    while True:
        one = "Another pool" if pools else "Addresses for clients, as FIRST - LAST,"
        pool = ask(f"{one} in {network}; Enter for none", lambda text: _pool(text, network), "")
        if not pool:
            break
        pools.append(pool)
    router = ""
    if network.version == 4:
        router = ask(f"The router of {network}; Enter for none", lambda text: _router(text, network), "")
    return StartSubnet(network, tuple(pools), router or None)


def _kea(text: str) -> str:
    try:
        KeaVersion.parse(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    return text


def _platform(text: str) -> str:
    found = platform_of(text)
    if found is None:
        raise UsageError(no_platform(text))
    return found


def _mode(text: str) -> str:
    return _one_of(text, MODES)


def _one_of(text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise UsageError(f"{text!r} is not known; possible: {', '.join(known)}")
    return text


def _server(text: str, others: Sequence[StartServer]) -> StartServer:
    name, equals, rest = text.partition("=")
    address, percent, interfaces = rest.partition("%")
    names = [each.strip() for each in interfaces.split(",")]
    try:
        found = ip_address(address.strip())
    except ValueError:
        found = None
    if not equals or not percent or not all(names) or found is None or not NAME.match(name.strip()):
        raise UsageError(f"{text!r} is not {_SERVER}")
    for other in others:
        if other.name.casefold() == name.strip().casefold() or other.address == found:
            raise UsageError(f"{text!r} has the name or the address of {other.name}; each server needs its own")
    return StartServer(name.strip(), found, tuple(names))


def _network(text: str, others: Sequence[Network], *, may_end: bool = False) -> Network | None:
    """None for the empty answer that ends the list."""
    if may_end and not text:
        return None
    try:
        network = ip_network(text)
    except ValueError as error:
        raise UsageError(f"{error}; write a subnet as in 192.0.2.0/24") from None
    for other in others:
        if other.version == network.version and other.overlaps(network):
            raise UsageError(f"{network} overlaps {other}")
    return network


def _pool(text: str, network: Network) -> str:
    if not text:
        return ""
    try:
        found = read_pool(text, 6 if ":" in text else 4)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if found.family != network.version or found.first < int(network[0]) or found.last > int(network[-1]):
        raise UsageError(f"{text!r} is not in {network}")
    return text


def _router(text: str, network: Network) -> str:
    if not text:
        return ""
    try:
        inside = ip_address(text) in network
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not inside:
        raise UsageError(f"{text} is not in {network}")
    if network.version == 6:
        raise UsageError(f"{text}: {_NO_IPV6_ROUTER}")
    return text


def _placed(networks: Sequence[Network], flags: Flags, problems: list[str]) -> list[StartSubnet]:
    """Each pool and router in the subnet that it is in."""
    pools: dict[Network, list[str]] = {network: [] for network in networks}
    routers: dict[Network, str] = {}
    for text in flags.pools:
        home = _home(text, networks, _pool, "--pool", problems)
        if home is not None:
            pools[home].append(text)
    for text in flags.routers:
        if ":" in text and family_of(text):  # of whatever subnet: fe80::1 is in none
            problems.append(f"--router: {text}: {_NO_IPV6_ROUTER}")
            continue
        home = _home(text, networks, _router, "--router", problems)
        if home is not None and routers.setdefault(home, text) != text:
            problems.append(f"--router: {home} has {routers[home]} already; {text} is another")
    return [StartSubnet(each, tuple(pools[each]), routers.get(each)) for each in networks]


def _home(
    text: str, networks: Sequence[Network], read: Callable[[str, Network], str], flag: str, problems: list[str]
) -> Network | None:
    """The subnet that a pool or a router is in."""
    written: list[str] = []
    for network in networks:
        try:
            if read(text, network):
                return network
        except UsageError as error:
            written.append(str(error))
    bad = next((each for each in written if "is not in" not in each), None)
    listed = ", ".join(map(str, networks)) or "there are none"
    problems.append(f"{flag}: {bad}" if bad else f"{flag}: {text!r} is in none of the subnets ({listed})")
    return None
