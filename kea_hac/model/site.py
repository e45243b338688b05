"""The resolved site: every server, every family and every relationship with nothing left to look up.

Immutable values; `resolve` makes them, the compiler and the rules read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv6Address
from operator import is_
from typing import TypeVar

from kea_hac.diagnostics import Route
from kea_hac.kea.config import CTRL_AGENT, Block, Daemon, Once
from kea_hac.kea.high_availability import roles_fit
from kea_hac.kea.known import known_config, known_part
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import KeaVersion
from kea_hac.records import changed, dataclass
from kea_hac.source.document import Document
from kea_hac.spec.pair import Diff, Micetro, Split
from kea_hac.spec.scalars import Address

_Value = TypeVar("_Value")
HOT_STANDBY = "hot-standby"
LOAD_BALANCING = "load-balancing"
PASSIVE_BACKUP = "passive-backup"
_OURS = frozenset({"split"})
"""Keys of the spec language inside of Kea's maps."""


@dataclass(frozen=True, slots=True)
class ServerFamily:
    """A server's place in one family."""

    at: Route
    address: Address | None
    """The HA listener binds it. None only where no HA needs it."""
    control_address: Address | None
    """Agent and HTTP sockets bind it."""
    peer_address: Address | None
    """The address that the partner connects to, where the spec sets one (NAT). None: the address that is bound."""
    interfaces: tuple[str, ...]
    """Real interface names, in the order of the spec."""
    aliases: Mapping[str, str]
    """alias → real name; empty when the spec gave a plain list."""
    peer_keys: Block
    """Kea's peer keys that are set for this server: auto-failover, basic-auth-user …; TLS files are those that it uses itself."""
    overrides: Block | None
    """The values that this server has for itself, of the keys that may differ."""
    bind_address: Address | None = None
    """The address that the HA listener binds instead of `address`, where the spec sets one: unspecified for all addresses."""
    peer_port: int | None = None
    """The port that the partner connects to, where the spec sets one (a forwarded port)."""
    broken: frozenset[str] = frozenset()
    """Keys of the server with mistakes, which are not judged twice for what they lack."""

    def known(self, family: str) -> ServerFamily:
        """The same without what the vocabulary does not know."""
        overrides = self.overrides if self.overrides is None else known_config(family, self.overrides)
        return changed(self, peer_keys=known_part("ha", "peer", self.peer_keys), overrides=overrides)


@dataclass(frozen=True, slots=True)
class Node:
    """One server."""

    name: str
    at: Route
    version: KeaVersion
    platform: Platform
    server_families: Mapping[str, ServerFamily]
    """By family: "dhcp4", "dhcp6"."""
    has_agent: bool
    """A control agent runs on it."""
    agent_own: Block | None = None
    """Its own values for the agent, merged over the pair's `control-agent`."""

    def known(self) -> Node:
        """The same without what the vocabulary does not know."""
        return changed(self, server_families=_same(self.server_families, lambda name, each: each.known(name)))


@dataclass(frozen=True, slots=True)
class Peer:
    """A server's place in one relationship."""

    at: Route
    node: Node
    name: str
    """The HA peer name, unique over all relationships of a server."""
    role: str
    address: Address | None
    """The address that partners connect to in this relationship, where the relationship sets one."""
    listener: int | None = None
    """The port of its dedicated listener, where it is not the relationship's."""
    listener_at: Route = ()
    """The route of that port."""
    bind_address: Address | None = None
    """The address that its listener binds in this relationship, where the relationship sets one."""
    peer_port: int | None = None
    """The port that partners connect to in this relationship, where the relationship sets one."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """One HA relationship in one family."""

    at: Route
    mode: str
    peers: tuple[Peer, ...]
    """In the order of the spec."""
    settings: Block
    """Kea's relationship keys as the user wrote them, without multi-threading's derived part."""
    listener: int | None
    """The port of the dedicated listener; None: HA uses the agent or the server's HTTP socket."""
    split: Split | None
    """What load balancing does with pools that say nothing themselves."""
    dedicated: bool = True
    """HA is to have a listener of its own. With a mistake in its port there is none all the same."""

    def known(self) -> Relationship:
        """The same without what the vocabulary does not know."""
        peers = _all(self.peers, tuple(changed(peer, node=peer.node.known()) for peer in self.peers))
        return changed(self, settings=known_part("ha", "relationship", self.settings), peers=peers)

    def peer_of(self, node: Node) -> Peer | None:
        """This server's place, if it has one."""
        return next((peer for peer in self.peers if peer.node.name == node.name), None)

    @property
    def roles_fit(self) -> bool:
        """True when the roles are those of the mode; a rule on the compiled configuration reports where they are not."""
        return roles_fit(self.mode, [peer.role for peer in self.peers])

    def with_role(self, role: str) -> Peer | None:
        """The peer that has the role, if any."""
        return next((peer for peer in self.peers if peer.role == role), None)

    def port_of(self, peer: Peer) -> int | None:
        """The port of a peer's dedicated listener; None where the relationship has none."""
        return None if self.listener is None else peer.listener or self.listener

    def port_at(self, peer: Peer) -> Route:
        """The route of that port."""
        return peer.listener_at if peer.listener else (*self.at, "listener")

    @property
    def multi_threading(self) -> Block:
        """The `multi-threading` map as the user wrote it."""
        found = self.settings.get("multi-threading")
        return found if isinstance(found, Block) else Block((*self.at, "multi-threading"))

    def tls_of(self, node: Node, family: str) -> Mapping[str, str]:
        """The TLS files of a server, as HTTP server and client: its own, else the relationship's; an empty own value is none.

        Placeholders are not filled in.
        """
        return {key: value for key in TLS_KEYS if (value := self.tls_at(node, family, key).get(key))}

    def tls_at(self, node: Node, family: str, key: str) -> Block:
        """The map that decides about one TLS key of a server: the server's own keys, else the relationship's."""
        own = node.server_families[family].peer_keys
        return own if key in own else self.settings


@dataclass(frozen=True, slots=True)
class Family:
    """What the pair serves in one family."""

    daemon: Daemon
    config: Block
    """The pair's Dhcp4 or Dhcp6 map, canonical spelling, pools not yet split."""
    relationships: tuple[Relationship, ...]
    """Empty when the family is not in HA, or when that could not be read."""
    sound: bool = True
    """False when a part of its relationships is missing, so that the parameters of the HA library are incomplete."""

    def known(self, once: Once) -> Family:
        """The same without what the vocabulary does not know."""
        config = known_config(self.daemon.name, self.config, _OURS, once)
        relationships = _all(self.relationships, tuple(each.known() for each in self.relationships))
        return changed(self, config=config, relationships=relationships)

    def of(self, node: Node) -> tuple[Relationship, ...]:
        """The relationships that a server takes part in."""
        return tuple(each for each in self.relationships if each.peer_of(node))

    @property
    def settled(self) -> bool:
        """True when roles and modes are those that the HA library accepts, so that it is known which server serves what."""
        modes = {each.mode for each in self.relationships}
        together = len(self.relationships) < 2 or modes == {HOT_STANDBY}
        return self.sound and together and all(each.roles_fit for each in self.relationships)

    @property
    def load_balancing(self) -> Relationship | None:
        """The relationship whose pools must be split, if there is one."""
        return next((each for each in self.relationships if each.mode == LOAD_BALANCING), None)


@dataclass(frozen=True, slots=True)
class Site:
    """One spec, resolved."""

    pair: str
    document: Document
    nodes: tuple[Node, ...]
    families: Mapping[str, Family]
    """By family: "dhcp4", "dhcp6"."""
    hub: bool
    """True for relationships listed one by one: each subnet belongs to one of them."""
    agent: Block | None
    """The pair's Control-agent map."""
    micetro: Micetro | None
    diff: Diff | None = None
    """What `diff` is not to count."""
    whole: bool = True
    """False when a part is missing because of mistakes: the rest can be judged, and nothing can be compiled."""

    def known(self, once: Once) -> Site:
        """The same without keys that the vocabulary does not know (their shape was not checked); itself where there are none."""
        return changed(
            self,
            nodes=_all(self.nodes, tuple(node.known() for node in self.nodes)),
            families=_same(self.families, lambda _, family: family.known(once)),
            agent=self.agent if self.agent is None else known_config(CTRL_AGENT.name, self.agent),
        )

    def server_families(self) -> Iterator[tuple[Node, Family, ServerFamily]]:
        """Every server in every family."""
        for node in self.nodes:
            for name, family in self.families.items():
                yield node, family, node.server_families[name]


def _all(values: tuple[_Value, ...], known: tuple[_Value, ...]) -> tuple[_Value, ...]:
    """`known`, what the vocabulary knows of each value; the very same tuple where that is all of each."""
    return values if all(map(is_, known, values)) else known


def _same(values: Mapping[str, _Value], known: Callable[[str, _Value], _Value]) -> Mapping[str, _Value]:
    """The same of a map."""
    result = {name: known(name, value) for name, value in values.items()}
    return values if all(result[name] is value for name, value in values.items()) else result


def url_host(address: Address) -> str:
    """The address as a URL contains it: IPv6 in brackets."""
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)
