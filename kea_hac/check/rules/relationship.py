"""An HA relationship as its rules look at it: read with care, because a file may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kea_hac.kea.config import Block, Json, blocks_of
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import Mode, Role, default
from kea_hac.kea.peer_url import PeerUrl, read_peer_url
from kea_hac.kea.version import Branch
from kea_hac.model.configuration import Configuration


@dataclass(frozen=True, slots=True)
class PeerEntry:
    """One entry of `peers`."""

    block: Block
    name: str | None
    """As it is written: the library trims it, but compares and looks it up untrimmed."""
    role: Role | None
    url: PeerUrl | None
    refusal: str | None
    """What Kea has against the url."""


_MODES: Mapping[str, Mode] = {str(each): each for each in Mode}
_ROLES: Mapping[str, Role] = {str(each): each for each in Role}


@dataclass(frozen=True)
class RelationshipEntry:
    """One entry of `high-availability`. None where a value is missing or wrong, which the vocabulary has reported."""

    block: Block
    mode: Mode | None
    this_name: str | None
    """`this-server-name`, trimmed as the library does."""
    peers: tuple[PeerEntry, ...]
    branch: Branch
    """Of the version of Kea, which decides about defaults."""
    server_threads: bool
    """Whether the DHCP server itself is multi-threaded."""

    @cached_property
    def own(self) -> PeerEntry | None:
        """The peer that is this server."""
        return next((peer for peer in self.peers if peer.name and peer.name == self.this_name), None)

    @cached_property
    def by_name(self) -> Mapping[str, PeerEntry]:
        """Each name with its first peer."""
        return {peer.name: peer for peer in reversed(self.peers) if peer.name}

    @cached_property
    def others(self) -> tuple[PeerEntry, ...]:
        """The other peers; none when this server is not among them."""
        own = self.own
        return tuple(peer for peer in self.peers if peer is not own) if own else ()

    @cached_property
    def has_key_file(self) -> bool:
        """True where it, or one of its peers, names a private key."""
        return any("key-file" in block for block in (self.block, *(peer.block for peer in self.peers)))

    @property
    def cast(self) -> bool:
        """True when every peer has a name and a role, so that roles can be judged."""
        return bool(self.peers) and all(peer.name and peer.role for peer in self.peers)

    def setting(self, key: str) -> Json:
        """The value that holds: as it is written, else the library's default in this version and mode."""
        if key in self.block:
            return self.block[key]
        return default(key, self.branch, self.mode or Mode.HOT_STANDBY)

    def thread_setting(self, key: str) -> bool:
        """The same for a key of `multi-threading`."""
        threads = self.block.get("multi-threading")
        if isinstance(threads, Block) and isinstance(threads.get(key), bool):
            return bool(threads[key])
        return bool(default(key, self.branch, Mode.HOT_STANDBY, "multi-threading"))

    @cached_property
    def wants_listener(self) -> bool:
        """True when the library opens a dedicated listener, by its configuration or by default."""
        return self.thread_setting("enable-multi-threading") and self.thread_setting("http-dedicated-listener")

    @cached_property
    def asks_for_listener(self) -> bool:
        """True when the configuration sets it, and does not only leave it to the defaults."""
        threads = self.block.get("multi-threading")
        explicit = isinstance(threads, Block) and True in (
            threads.get("enable-multi-threading"),
            threads.get("http-dedicated-listener"),
        )
        return explicit and self.wants_listener

    @cached_property
    def opens_listener(self) -> bool:
        """True when it will: the server's own multi-threading must be on as well."""
        return self.wants_listener and self.server_threads


def server_threads(configuration: Configuration) -> bool:
    """Whether the DHCP server itself is multi-threaded: off by default in 2.2 (ChangeLog 2103)."""
    written = configuration.config.get("multi-threading")
    if isinstance(written, Block) and isinstance(written.get("enable-multi-threading"), bool):
        return bool(written["enable-multi-threading"])
    known = program("dhcp4").scopes["multi-threading"].keywords["enable-multi-threading"]
    return bool(known.fact("default", configuration.version.branch))


def relationships_of(configuration: Configuration) -> tuple[RelationshipEntry, ...]:
    """Every relationship of a configuration, read once for all rules."""
    kept: tuple[RelationshipEntry, ...] | None = configuration.kept.get(RelationshipEntry)
    if kept is None:
        kept = configuration.kept[RelationshipEntry] = _relationships(configuration)
    return kept


def _relationships(configuration: Configuration) -> tuple[RelationshipEntry, ...]:
    branch, listed = configuration.version.branch, list(configuration.relationships())
    threads = bool(listed) and server_threads(configuration)
    return tuple(_relationship(block, branch, threads) for block in listed)


def _relationship(block: Block, branch: Branch, threads: bool) -> RelationshipEntry:
    mode, name = block.get("mode"), block.get("this-server-name")
    return RelationshipEntry(
        block,
        _MODES.get(mode) if isinstance(mode, str) else None,
        name.strip() if isinstance(name, str) else None,
        tuple(_peer(each) for each in blocks_of(block.get("peers"))),
        branch,
        threads,
    )


def _peer(block: Block) -> PeerEntry:
    name, role, text = block.get("name"), block.get("role"), block.get("url")
    url, refusal = None, None
    if isinstance(text, str):
        try:
            url = read_peer_url(text)
        except ValueError as error:
            refusal = str(error)
    return PeerEntry(
        block,
        name if isinstance(name, str) else None,
        _ROLES.get(role) if isinstance(role, str) else None,
        url,
        refusal,
    )


def texts(value: Json) -> list[str]:
    """The strings of a list, when it is one."""
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
