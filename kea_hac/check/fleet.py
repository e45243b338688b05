"""What only shows when several specs are looked at together: names, servers and networks that two pairs claim.

Each spec gives a `Member`, small enough to come from another process; `fleet_findings` holds the members against each other.
The routes of its findings begin with the path of the spec (`source.document.Joint`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from kea_hac.check.rules.nets import prefix_of
from kea_hac.diagnostics import Finding, Route, rule, warning
from kea_hac.kea.addressing import Prefix
from kea_hac.kea.version import BRANCHES, KeaVersion
from kea_hac.model.configuration import Configuration
from kea_hac.model.site import Site
from kea_hac.source import read_yaml
from kea_hac.source.allowed import Disk, Files
from kea_hac.source.document import Document
from kea_hac.source.excerpt import Excerpt, excerpt

PAIR_NAME_TAKEN = rule(
    "KH190",
    "pair-name-taken",
    why="The name of the pair is the name of its output folder. Some file systems do not distinguish upper and "
    "lower case. The files of one pair would replace those of the other, and servers would get the wrong "
    "configuration.",
    source="the spec language: `pair` is unique in a fleet",
)
PEER_NAME_TAKEN = warning(
    "KH191",
    "peer-name-of-two-pairs",
    why="Status output and logs identify a server by its peer name. A server that connects to another pair by "
    "mistake is refused, because that pair does not know its name. When both pairs use the same names, the connection is "
    "accepted, and the pairs exchange leases.",
    source="HAImpl::getHAServiceByServerName looks for the `server-name` that the partner sends (2.6, 3.0)",
)
SUBNET_OF_TWO = warning(
    "KH192",
    "subnet-of-two-pairs",
    why="The two pairs do not know each other's leases, so two clients can get the same address. This is correct "
    "only when the networks never meet, such as private addresses at two sites.",
)
SERVER_OF_TWO = warning(
    "KH193",
    "server-of-two-pairs",
    why="A host runs one daemon for each family, with one configuration. The pair that is deployed last takes "
    "over the server, and the other pair loses it. This is correct only when the two hosts are in networks "
    "that never meet.",
)
FLEET_RULES = (PAIR_NAME_TAKEN, PEER_NAME_TAKEN, SUBNET_OF_TWO, SERVER_OF_TWO)
"""What a spec alone cannot break, so that a comment which lets one through is not unused there."""
_PAIR: Route = ("pair",)


class Network(NamedTuple):
    """A subnet."""

    first: int
    last: int
    prefix: Prefix
    at: Route


class Member(NamedTuple):
    """What one spec means to the others."""

    path: str
    pair: str
    peers: dict[str, Route]
    """HA peer name → where it is set."""
    servers: dict[str, tuple[Route, list[str]]]
    """Address → where it is set, and the families that are served there."""
    networks: dict[int, list[Network]]
    """By 4 and 6."""
    excerpt: Excerpt | None = None
    """The places of all that."""


def member(path: str, site: Site) -> Member:
    """What the fleet has to know of a resolved spec."""
    peers: dict[str, Route] = {}
    networks: dict[int, list[Network]] = {}
    for family in site.families.values():
        for each in family.relationships:
            for peer in each.peers:
                peers.setdefault(peer.name, (*peer.at, "name"))
        number = family.daemon.family
        if number:
            of_any_version = Configuration(family.daemon, family.config, KeaVersion(BRANCHES[-1]))
            networks[number] = list(_networks(of_any_version, number))
    servers: dict[str, tuple[Route, list[str]]] = {}
    for node, family, server_family in site.server_families():
        if server_family.address is not None:
            servers.setdefault(str(server_family.address), ((*node.at, "address"), []))[1].append(family.daemon.name)
    routes = (
        _PAIR,
        *peers.values(),
        *(at for at, _ in servers.values()),
        *(each.at for found in networks.values() for each in found),
    )
    return Member(path, site.pair, peers, servers, networks, excerpt(site.document, routes))


def _networks(configuration: Configuration, family: int) -> Iterator[Network]:
    for subnet in configuration.subnets():
        prefix = prefix_of(subnet, family)
        if prefix is not None:
            yield Network(prefix.first, prefix.last, prefix, subnet.where("subnet"))


def fleet_findings(members: Sequence[Member]) -> Iterator[Finding]:
    """Everything that two members claim: the later one's, or the smaller network's, with a look at the other."""
    yield from _names(members)
    named = {each.pair.casefold(): each for each in reversed(members)}
    apart = [
        each for each in members if named[each.pair.casefold()] is each
    ]  # a copy of a spec is one mistake, not many
    yield from _peers(apart)
    yield from _servers(apart)
    for family in (4, 6):
        yield from _overlaps(apart, family)


def involved(
    findings: Iterable[Finding], members: Iterable[Member], files: Files | None = None
) -> dict[str, Document | None]:
    """The documents that the findings are about, by their paths. None for one that cannot be read any more.

    `files`: where the members were read from; the disk, unless a revision of Git is named.
    """
    paths = {str(route[0]) for each in findings for route in (each.at, *(at for at, _ in each.related))}
    excerpts = {each.path: each.excerpt for each in members}
    documents: dict[str, Document | None] = {}
    files = files or Disk()
    for path in sorted(paths):
        kept = excerpts.get(path)
        known = kept.document(files) if kept is not None else None
        documents[path] = known or read_yaml(Path(path), files=files).document  # a text was changed meanwhile
    return documents


def _names(members: Sequence[Member]) -> Iterator[Finding]:
    """Upper and lower case are one."""
    first: dict[str, Member] = {}
    for each in members:
        other = first.setdefault(each.pair.casefold(), each)
        if other is each:
            continue
        taken = "is already that of" if other.pair == each.pair else f"differs only in case from {other.pair!r} of"
        yield Finding(
            PAIR_NAME_TAKEN,
            (each.path, *_PAIR),
            f"the pair's name {each.pair!r} {taken} {other.path}",
            related=(((other.path, *_PAIR), "the other pair is named here"),),
            fix="give one of the two pairs another name",
        )


def _peers(members: Sequence[Member]) -> Iterator[Finding]:
    first: dict[str, Member] = {}
    for each in members:
        for name, at in each.peers.items():
            other = first.setdefault(name, each)
            if other is not each:
                yield Finding(
                    PEER_NAME_TAKEN,
                    (each.path, *at),
                    f"the pair {other.pair!r} also has a peer {name!r}",
                    related=(((other.path, *other.peers[name]), f"in {other.path}"),),
                    fix="give each server of the fleet a name of its own",
                )


def _servers(members: Sequence[Member]) -> Iterator[Finding]:
    first: dict[tuple[str, str], Member] = {}
    for each in members:
        for address, (at, families) in each.servers.items():
            others = [(family, first.setdefault((address, family), each)) for family in families]
            taken = [(family, other) for family, other in others if other is not each]
            if not taken:
                continue
            other = taken[0][1]
            yield Finding(
                SERVER_OF_TWO,
                (each.path, *at),
                f"{' and '.join(family for family, _ in taken)} at {address} also belongs to the pair {other.pair!r}",
                related=(((other.path, *other.servers[address][0]), f"in {other.path}"),),
                fix="give each server its own address; one host can serve two pairs only in different families",
            )


def _overlaps(members: Sequence[Member], family: int) -> Iterator[Finding]:
    """Prefixes lie in each other or apart: in order, the ones that still hold an address are a stack."""
    all_of_them = [
        (each.first, -each.last, number, each)
        for number, one in enumerate(members)
        for each in one.networks.get(family, ())
    ]
    text = cache(str)  # the same few networks, where many pairs share them
    around: list[tuple[int, Network]] = []
    for _, _, number, network in sorted(all_of_them, key=itemgetter(0, 1, 2)):
        while around and around[-1][1].last < network.first:
            around.pop()
        for other, outer in reversed(around):
            if other != number:
                one, two = members[number], members[other]
                yield Finding(
                    SUBNET_OF_TWO,
                    (one.path, *network.at),
                    f"the subnet {text(network.prefix)} overlaps with {text(outer.prefix)} of the pair {two.pair!r}",
                    related=(((two.path, *outer.at), f"in {two.path}"),),
                    fix="give each pair networks of its own",
                )
                break
        around.append((number, network))
