"""The parts of a spec that are in our own words: the head, the servers, the addresses, Micetro. Shapes only; no judgement.

The maps in Kea's words (`dhcp4`, `dhcp6`, `control-agent`, the relationship keys of `high-availability`) are read by
the vocabulary of `kea_hac.kea` instead.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from kea_hac.source.document import Map, Seq
from kea_hac.spec.scalars import (
    BindAddress,
    Integer,
    Name,
    Port,
    ServerAddress,
    Text,
    Version,
    one_of,
    refused,
    shown,
)
from kea_hac.spec.shape import Shape

LANGUAGE = 1
PLATFORMS = ("debian", "rhel", "alpine", "freebsd", "isc", "source")


def _language(value: Any) -> int:
    if value in ("1", 1) and not isinstance(value, bool):
        return LANGUAGE
    raise refused(f"this kea-hac reads version {LANGUAGE} of the spec language, not {shown(value)}")


def _interfaces(value: Any) -> dict[str, str] | tuple[str, ...]:
    if isinstance(value, Map) and value:
        return {alias: _interface(name) for alias, name in value.items()}
    if isinstance(value, Seq) and value:
        return tuple(_interface(name) for name in value)
    raise refused(
        f"this must be a list of interfaces, or a map alias → interface such as {{lan: eth0}}, not {shown(value)}"
    )


def _interface(value: Any) -> str:
    if isinstance(value, str) and value and not any(character.isspace() for character in value):
        return str(value)
    raise refused(f"an interface is named by a text such as eth0, not {shown(value)}")


def _per_server(value: Any) -> str:
    if value == "per-server":
        return str(value)
    raise refused(f"this must be per-server, or a map with name and address, not {shown(value)}")


def _path(value: Any) -> str:
    if isinstance(value, str) and value.startswith("/"):
        return str(value)
    raise refused(f"a path here begins with /, not {shown(value)}")


Platform = Annotated[str, one_of(*PLATFORMS)]
Paths = dict[str, Annotated[str, BeforeValidator(_path)]]


class SharedAgent(Shape):
    """One Micetro DHCP Agent that serves all servers of the pair from a host of its own."""

    name: Name
    address: BindAddress


class Micetro(Shape):
    """How Micetro's DHCP Agents see the pair."""

    owner: Annotated[Literal["kea-hac", "micetro"], one_of("kea-hac", "micetro")] = "kea-hac"
    """Who writes the configuration: kea-hac (keaReplicateConfig 0) or micetro (1)."""
    agent: Annotated[
        Annotated[str, BeforeValidator(_per_server), Tag("word")] | Annotated[SharedAgent, Tag("map")],
        Discriminator(lambda value: "map" if isinstance(value, Map | SharedAgent) else "word"),
    ] = "per-server"
    """per-server, or the one agent that serves them all."""


class Head(Shape):
    """The keys at the top that are neither servers nor Kea's."""

    kea_hac: Annotated[int, BeforeValidator(_language)]
    pair: Name
    kea: Version | None = None
    platform: Platform | None = None
    arch: Text = "amd64"
    paths: Paths = Field(default_factory=dict)
    micetro: Micetro | None = None


class ServerHead(Shape):
    """What a server is, whatever the family."""

    name: Name
    kea: Version | None = None
    platform: Platform | None = None
    arch: Text | None = None
    paths: Paths = Field(default_factory=dict)


class Seat(Shape):
    """What a server is in one family. Every value may be written `{dhcp4: …, dhcp6: …}`."""

    role: Annotated[str, one_of("primary", "secondary", "standby", "backup")] | None = None
    address: ServerAddress | None = None
    control_address: BindAddress | None = None
    peer_address: ServerAddress | None = None
    interfaces: Annotated[Any, BeforeValidator(_interfaces)] = ()
    """dict alias → name, or tuple of names"""


class RelationshipPeer(Shape):
    """A server's seat in one relationship of a hub-and-spoke arrangement."""

    server: Name
    role: Annotated[str, one_of("primary", "secondary", "standby", "backup")]
    name: Name | None = None
    """The HA peer name; default: the server's name, with the partner's appended where it sits in several relationships."""
    address: ServerAddress | None = None
    """What the partner dials; default: the server's peer-address, else its address."""


def _split(value: Any) -> Any:
    words = ("even", "none")
    if isinstance(value, str) and value in words:
        return str(value)
    if isinstance(value, Seq) and len(value) == 2:
        try:
            parts = tuple(int(str(part)) for part in value)
        except ValueError:
            parts = (0, 0)
        if all(0 < part < 100 for part in parts) and sum(parts) == 100:
            return parts
    raise refused(
        f"a split is even, none, or two whole percentages in the order primary, secondary that add up to 100, such as [60, 40]; "
        f"not {shown(value)}"
    )


Split = Literal["even", "none"] | tuple[int, int]


class Ours(Shape):
    """The keys of `high-availability` (or of one of its relationships) that are not Kea's."""

    listener: Port | None = None
    """The port of the dedicated listener in this family."""
    split: Annotated[Split, BeforeValidator(_split)] | None = None


class SplitOnly(Shape):
    """The one key of ours inside Kea's own maps: subnets, pools, pd-pools."""

    split: Annotated[Split, BeforeValidator(_split)]


HEAD_KEYS = frozenset(field.alias or name for name, field in Head.model_fields.items())
SERVER_HEAD_KEYS = frozenset(field.alias or name for name, field in ServerHead.model_fields.items())
SEAT_KEYS = frozenset(field.alias or name for name, field in Seat.model_fields.items())
OUR_HA_KEYS = frozenset(field.alias or name for name, field in Ours.model_fields.items()) | {"relationships"}
__all__ = [
    "HEAD_KEYS",
    "LANGUAGE",
    "OUR_HA_KEYS",
    "SEAT_KEYS",
    "SERVER_HEAD_KEYS",
    "Head",
    "Integer",
    "Micetro",
    "Ours",
    "RelationshipPeer",
    "Seat",
    "ServerHead",
    "SharedAgent",
    "Split",
    "SplitOnly",
]
