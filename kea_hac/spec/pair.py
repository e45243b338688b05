"""The keys of kea-hac in a spec: the head, the servers, the addresses, Micetro. Shapes only; no judgement.

The maps with Kea's keys (`dhcp4`, `dhcp6`, `control-agent`, the relationship keys of `high-availability`) are read by
the vocabulary of `kea_hac.kea` instead.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from kea_hac.kea.platform import platform_meant, platform_names, platform_of, platforms_worded
from kea_hac.source.document import Map, Plain, Seq
from kea_hac.spec.scalars import (
    BindAddress,
    FolderName,
    Integer,
    ListenerAddress,
    Name,
    Port,
    ServerAddress,
    Text,
    Version,
    display,
    one_of,
    refused,
)
from kea_hac.spec.shape import Only, Shape

LANGUAGE = 1
PLATFORMS = platform_names()


def _language(value: Any) -> int:
    if value in ("1", 1) and not isinstance(value, bool):
        return LANGUAGE
    message = f"this kea-hac reads version {LANGUAGE} of the spec language, not {display(value)}"
    if isinstance(value, str) and value.isascii() and value.isdigit() and int(value[:9]) > LANGUAGE:
        raise refused(
            message, f"install the kea-hac that the spec was written for; if {LANGUAGE} was meant, write {LANGUAGE}"
        )
    raise refused(message, f"write {LANGUAGE}", Plain(LANGUAGE))


def _interfaces(value: Any) -> dict[str, str] | tuple[str, ...]:
    if isinstance(value, Map) and value:
        return {alias: _interface(name) for alias, name in value.items()}
    if isinstance(value, Seq) and value:
        return tuple(_interface(name) for name in value)
    raise refused(
        f"this must be a list of interfaces, or a map alias → interface such as {{lan: eth0}}, not {display(value)}"
    )


def _interface(value: Any) -> str:
    if isinstance(value, str) and value and not any(character.isspace() for character in value):
        return str(value)
    raise refused(f"the name of an interface is a string such as eth0, not {display(value)}")


def _release(value: Any) -> str:
    text = str(value)
    if re.fullmatch(r"[1-9][0-9]?\.[0-9]{1,2}(\.[0-9]{1,3})?", text):
        return text
    raise refused(f"a version of Micetro is written as 25.1 or 11.1.1, not {display(value)}")


def _per_server(value: Any) -> str:
    if value == "per-server":
        return str(value)
    raise refused(f"this must be per-server, or a map with name and address, not {display(value)}")


def _diff_path(value: Any) -> str:
    if isinstance(value, str) and re.match(r"(dhcp4|dhcp6|control-agent)(\.|\Z)", value):
        return str(value)
    raise refused(
        f"a path begins with dhcp4, dhcp6 or control-agent, as diff writes it: dhcp4.subnet4[id=10].pools; not {display(value)}"
    )


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        raise refused(f"a day is written year-month-day, as in 2026-12-31, not {display(value)}") from None


def _path(value: Any) -> str:
    if isinstance(value, str) and value.startswith("/"):
        return str(value)
    raise refused(f"a path here begins with /, not {display(value)}")


_PLATFORM_WORDS = {
    **dict.fromkeys(
        ("bullseye", "bookworm", "trixie", "jammy", "noble", "focal", "deb", "apt"), "debian, or isc for ISC's packages"
    ),
    **dict.fromkeys(("rpm", "dnf", "yum"), "rhel, or isc for ISC's packages"),
    **dict.fromkeys(("cloudsmith", "docker", "container"), "isc"),
    **dict.fromkeys(("compiled", "tarball", "local", "git", "make"), "source"),
    **dict.fromkeys(
        ("arch", "archlinux", "gentoo", "nixos", "openbsd", "netbsd", "openwrt", "linux"),
        "source, with the directories of the packages in `paths`",
    ),
}
"""What is no system that `platform_of` knows (in small letters) → what to write for it."""


def _platform(value: Any) -> str:
    if not isinstance(value, str):
        raise refused(f"this must be {platforms_worded()}, not {display(value)}")
    found = platform_of(value)
    if found is None:
        meant = _PLATFORM_WORDS.get(value.lower()) or platform_meant(value)
        message = f"this must be {platforms_worded()}, not {display(value)}"
        raise refused(message, f"write {meant}" if meant else None, meant if meant in PLATFORMS else None)
    return found


Platform = Annotated[str, BeforeValidator(_platform)]
"""The platform that was written, or that the name of a system means."""
Paths = dict[str, Annotated[str, BeforeValidator(_path)]]


class SharedAgent(Shape):
    """One Micetro DHCP Agent that serves all servers of the pair from a host of its own."""

    name: FolderName = Field(description="The name of the agent: the folder of its preferences.cfg in the build.")
    address: BindAddress = Field(description="The address of the host where the agent runs.")


class Micetro(Shape):
    """How Micetro's DHCP Agents see the pair."""

    owner: Annotated[Literal["kea-hac", "micetro"], one_of("kea-hac", "micetro")] = Field(
        default="kea-hac",
        description="Who writes the configuration: kea-hac (keaReplicateConfig 0, the default) or micetro "
        "(keaReplicateConfig 1: it copies what it changes on one server to the other).",
    )
    version: Annotated[str, BeforeValidator(_release)] | None = Field(
        default=None,
        description="The version of Micetro, such as 25.1 or 11.1.1. It adds the rules of that version. Default: unknown.",
    )
    agent: Annotated[
        Annotated[str, BeforeValidator(_per_server), Tag("word")] | Annotated[SharedAgent, Tag("map")],
        Discriminator(lambda value: "map" if isinstance(value, Map | SharedAgent) else "word"),
    ] = Field(
        default="per-server",
        description="The Micetro DHCP Agent: per-server (one on each server, the default), or name and address of the one "
        "that serves all servers.",
    )


class Ignored(Shape):
    """A difference between spec and server that `diff` is not to count."""

    path: Annotated[str, BeforeValidator(_diff_path)] = Field(
        description="The place as diff writes it, such as dhcp4.subnet4[id=10].pools; everything below it is included. An "
        "asterisk matches anything within one step: dhcp4.subnet4[*].user-context."
    )
    reason: Text = Field(description="Why the difference is permitted.")
    server: Name | None = Field(default=None, description="The server that this entry is for. Default: all servers.")
    until: Annotated[date, BeforeValidator(_day)] | None = Field(
        default=None, description="The last day on which the entry is valid, as in 2026-12-31. Default: no last day."
    )


class Diff(Shape):
    """Settings of `kea-hac diff`. Nothing of it is compiled."""

    ignore: tuple[Ignored, ...] = Field(
        default=(), description="Differences that diff shows separately and does not count, each with its reason."
    )


class Head(Shape):
    """The keys at the top that are neither servers nor Kea's."""

    kea_hac: Annotated[int, BeforeValidator(_language), Only(str(LANGUAGE))] = Field(
        description="The version of the spec language: 1."
    )
    pair: Name = Field(
        description="The name of the pair: its folder in the build, unique in a fleet. A letter or digit first, then letters, "
        "digits, dots, underscores and hyphens."
    )
    kea: Version | None = Field(
        default=None,
        description="The Kea version that runs on the servers: 2.6 means every 2.6.x, 2.6.3 that release only. A key or value that this "
        "version does not have is an error. A server may have its own value.",
    )
    platform: Platform | None = Field(
        default=None,
        description="Where Kea was installed from: the packages of a system, ISC's own packages, or source. This sets the "
        "directories of configuration, hook libraries, sockets, leases and logs. A server may have its own value. Names of systems "
        "with the same packages mean their platform: ubuntu, mint and raspbian are debian, fedora and rocky are rhel.",
    )
    arch: Text = Field(
        default="amd64",
        description="The servers' architecture by Debian's name, such as amd64 (the default). It is part of the hook directory on Debian.",
    )
    paths: Paths = Field(
        default_factory=dict,
        description="Directories that replace those of the platform: config, hooks, sockets, leases, logs. A server may have its own.",
    )
    diff: Diff | None = Field(default=None, description="Settings of kea-hac diff: permitted changes on the servers.")
    micetro: Micetro | None = Field(
        default=None,
        description="How Micetro manages the pair. Without this key no preferences.cfg is written.",
    )


class ServerHead(Shape):
    """What a server is, whatever the family."""

    name: FolderName = Field(
        description="The server's name: its folder in the build and its name as an HA peer. {server} is replaced by it in strings "
        "that may differ between the servers."
    )
    kea: Version | None = Field(default=None, description="This server's Kea version, where it is not the pair's.")
    platform: Platform | None = Field(default=None, description="This server's platform, where it is not the pair's.")
    arch: Text | None = Field(default=None, description="This server's architecture, where it is not the pair's.")
    paths: Paths = Field(
        default_factory=dict,
        description="This server's directories, merged over the pair's: config, hooks, sockets, leases, logs.",
    )


PARTNER = "standby in hot-standby, secondary in load-balancing"
ROLE_WORDS = {
    **dict.fromkeys(("master", "main", "active", "leader", "first", "a"), "primary"),
    **dict.fromkeys(
        ("slave", "passive", "replica", "follower", "partner", "failover", "second", "hot-standby", "b"), PARTNER
    ),
}
"""What other programs call the two servers of a pair (in small letters) → what to write."""
_ROLE = one_of("primary", "secondary", "standby", "backup", meant=ROLE_WORDS)


class ServerFamilySpec(Shape):
    """What a server is in one family. Every value may be written `{dhcp4: …, dhcp6: …}`."""

    role: Annotated[str, _ROLE] | None = Field(
        default=None,
        description="The server's role in the pair: primary with standby (hot-standby), primary with secondary "
        "(load-balancing), and any number of backups. A standalone server has no role.",
    )
    address: ServerAddress | None = Field(
        default=None,
        description="The numeric address that the server's HA listener binds and its partner connects to. {address} is replaced by it.",
    )
    control_address: BindAddress | None = Field(
        default=None,
        description="The address that the control agent and HTTP control sockets bind, and where kea-hac and Micetro reach them. "
        "Default: address.",
    )
    peer_address: ServerAddress | None = Field(
        default=None,
        description="The address that the partner connects to instead of `address`, for a server behind NAT. Default: address.",
    )
    bind_address: ListenerAddress | None = Field(
        default=None,
        description="The address that the dedicated HA listener binds instead of `address`: 0.0.0.0 or `::` for all addresses "
        "of the host, for an address that comes up after Kea; or another one. Default: address.",
    )
    listener: Port | None = Field(
        default=None,
        description="The port of this server's dedicated HA listener, where it is not the one of high-availability.",
    )
    peer_port: Port | None = Field(
        default=None,
        description="The port that the partner connects to, where a router or a container's host forwards another port to the "
        "listener, the agent or the HTTP control socket. Default: the port that is bound.",
    )
    interfaces: Annotated[Any, BeforeValidator(_interfaces)] = Field(
        default=(),
        description="The interfaces that the daemons listen on: a list such as [eth0], or a map alias → name such as "
        "{lan: eth0}; then `interface: lan` in `dhcp4` and `dhcp6` becomes this server's own name.",
    )
    """dict alias → name, or tuple of names"""


class RelationshipPeer(Shape):
    """A server in one relationship of a hub-and-spoke arrangement."""

    server: Name = Field(description="The name of one of the servers.")
    role: Annotated[str, _ROLE] = Field(description="The server's role in this relationship.")
    name: Name | None = Field(
        default=None,
        description="The HA peer name. Default: the server's name, with the partner's appended where it is in several "
        "relationships.",
    )
    address: ServerAddress | None = Field(
        default=None,
        description="The address that the partner connects to. Default: the server's peer-address, else its address.",
    )
    bind_address: ListenerAddress | None = Field(
        default=None,
        description="The address that its dedicated HA listener binds in this relationship: 0.0.0.0 or `::` for all addresses, "
        "or another one. Default: the server's bind-address, else this address, else the server's.",
    )
    listener: Port | None = Field(
        default=None,
        description="The port of its dedicated HA listener in this relationship, where it is not the relationship's.",
    )
    peer_port: Port | None = Field(
        default=None,
        description="The port that the partner connects to in this relationship, where another port is forwarded. Default: the "
        "port that is bound.",
    )


def _split(value: Any) -> Any:
    words = ("even", "none")
    if isinstance(value, str) and value in words:
        return str(value)
    if isinstance(value, Seq) and len(value) == 2:
        try:
            parts = tuple(int(str(part)) for part in value)
        except ValueError:
            parts = (0, 0)
        if all(0 < part < 100 for part in parts):
            if sum(parts) == 100:
                return parts
            raise refused(
                f"the two percentages of a split add up to 100; {parts[0]} and {parts[1]} are {sum(parts)}",
                f"write [{parts[0]}, {100 - parts[0]}] or [{100 - parts[1]}, {parts[1]}]",
            )
    raise refused(
        f"a split is even, none, or two whole percentages in the order primary, secondary that add up to 100, such as [60, 40]; "
        f"not {display(value)}"
    )


Split = Literal["even", "none"] | tuple[int, int]
_SPLITTING = (
    "How the pools below are split between primary and secondary in load-balancing: even, percentages such as [60, 40], or "
    "none (both servers lease from the whole pool). The nearest split applies."
)


class Ours(Shape):
    """The keys of `high-availability` (or of one of its relationships) that are not Kea's."""

    listener: Port | None = Field(
        default=None,
        description="The port of the dedicated HA listener. Each daemon has its own port, so a pair with both families needs "
        "{dhcp4: 8001, dhcp6: 8002}. The peers' URLs are derived from it.",
    )
    split: Annotated[Split, BeforeValidator(_split)] | None = Field(default=None, description=_SPLITTING)


class SplitOnly(Shape):
    """The only key of kea-hac inside Kea's maps: subnets, pools, pd-pools."""

    split: Annotated[Split, BeforeValidator(_split)] = Field(description=_SPLITTING)


HEAD_KEYS = frozenset(field.alias or name for name, field in Head.model_fields.items())
SERVER_HEAD_KEYS = frozenset(field.alias or name for name, field in ServerHead.model_fields.items())
SERVER_FAMILY_KEYS = frozenset(field.alias or name for name, field in ServerFamilySpec.model_fields.items())
OUR_HA_KEYS = frozenset(field.alias or name for name, field in Ours.model_fields.items()) | {"relationships"}
__all__ = [
    "HEAD_KEYS",
    "LANGUAGE",
    "OUR_HA_KEYS",
    "SERVER_FAMILY_KEYS",
    "SERVER_HEAD_KEYS",
    "Head",
    "Integer",
    "Micetro",
    "Ours",
    "RelationshipPeer",
    "ServerFamilySpec",
    "ServerHead",
    "SharedAgent",
    "Split",
    "SplitOnly",
]
