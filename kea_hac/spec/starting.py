"""A new spec from a few facts: names, addresses, interfaces, one subnet for each family. Text with comments, ready to build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network

from kea_hac.kea.high_availability import REQUIRED_ROLES, Mode
from kea_hac.records import dataclass
from kea_hac.spec.scalars import Address

HOT_STANDBY = Mode.HOT_STANDBY.value
LONE = "lone"
MODES = (*(mode.value for mode in Mode), LONE)
LISTENERS: Mapping[int, int] = {4: 8001, 6: 8002}
"""By family: the default port of the HA listener, the same as in this project's example specs."""


@dataclass(frozen=True, slots=True)
class StartServer:
    """One server."""

    name: str
    address: Address
    interfaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartSubnet:
    """One subnet with its pools."""

    prefix: IPv4Network | IPv6Network
    pools: tuple[str, ...]
    router: str | None = None
    """For DHCPv4; IPv6 clients learn it from the router itself."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a spec begins with."""

    pair: str
    kea: str
    platform: str
    mode: str
    """One of MODES."""
    servers: tuple[StartServer, ...]
    """The primary first."""
    subnets: tuple[StartSubnet, ...]
    tls: bool = True
    schema: str | None = None
    """Where an editor finds the schema, from the spec's folder."""


def roles(mode: str, servers: int) -> tuple[str, ...]:
    """The roles of `servers` servers in a mode, the primary first. Servers that the mode does not need are backups."""
    if mode == LONE:
        return ("",)
    needed = [role.value for role in REQUIRED_ROLES[Mode(mode)]]
    return (*needed, *["backup"] * (servers - len(needed)))


def starting_text(start: Start) -> str:
    """The whole spec."""
    return "\n".join(_lines(start)) + "\n"


def _lines(start: Start) -> Iterator[str]:
    if start.schema:
        yield f"# yaml-language-server: $schema={start.schema}"
    yield "kea-hac: 1"
    yield f"pair: {start.pair}"
    yield f"kea: {start.kea}"
    yield f"platform: {start.platform}"
    yield ""
    yield "servers:"
    for server, role in zip(start.servers, roles(start.mode, len(start.servers)), strict=True):
        yield f"  - name: {server.name}"
        if role:
            yield f"    role: {role}"
        yield f"    address: {_quoted(str(server.address))}"
        yield f"    interfaces: [{', '.join(_quoted(each) for each in server.interfaces)}]"
    families = {subnet.prefix.version for subnet in start.subnets}
    if start.mode != LONE:
        yield ""
        yield from _high_availability(start, sorted(families))
    for family in sorted(families):
        yield ""
        yield from _family(family, [subnet for subnet in start.subnets if subnet.prefix.version == family])


def _high_availability(start: Start, families: Sequence[int]) -> Iterator[str]:
    yield "high-availability:"
    yield f"  mode: {start.mode}"
    if start.mode == Mode.LOAD_BALANCING:
        yield "  split: even               # the primary gets the first half of every pool"
    if start.tls:
        yield "  trust-anchor: /etc/kea/tls/ca.pem         # files on the servers; `validate --needs` lists them"
        yield '  cert-file: "/etc/kea/tls/{server}.pem"'
        yield '  key-file: "/etc/kea/tls/{server}.key"'
    ports = ", ".join(f"dhcp{family}: {LISTENERS[family]}" for family in families)
    yield f"  listener: {{{ports}}}   # free on every server, open between them"


def _family(family: int, subnets: Sequence[StartSubnet]) -> Iterator[str]:
    yield f"dhcp{family}:"
    yield "  valid-lifetime: 4h"
    if family == 6:
        yield "  preferred-lifetime: 3h"
    yield f"  subnet{family}:"
    for number, subnet in enumerate(subnets, 1):
        yield f"    - id: {number}                   # leases refer to it: never change it"
        yield f"      subnet: {_quoted(str(subnet.prefix))}"
        if subnet.pools:
            yield "      pools:"
            yield from (f"        - pool: {_quoted(pool)}" for pool in subnet.pools)
        if subnet.router:
            yield "      option-data:"
            yield f"        - {{name: routers, data: {_quoted(subnet.router)}}}"


def _quoted(text: str) -> str:
    """The string, quoted where YAML could read it as something else: IPv6 addresses and unusual interface names."""
    plain = text.replace(".", "").replace("-", "").replace("/", "").replace(" ", "")
    return text if plain.isalnum() and plain.isascii() else f'"{text}"'
