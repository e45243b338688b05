"""What one server says for itself, laid over what the pair says: law 3 of the spec language.

Maps merge, lists and scalars replace, `null` removes; only `hooks-libraries` merges by the library's name.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import PurePosixPath
from typing import Any

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.source.document import Secret

PLACES = ("interfaces-config", "control-sockets", "lease-database", "hosts-databases", "config-control", "hooks-libraries",
          "loggers", "multi-threading", "dhcp-queue-control", "server-tag", "server-id", "dhcp-ddns")  # fmt: skip
TLS_KEYS = ("trust-anchor", "cert-file", "key-file")


def laid_over(base: Block, own: Block) -> Block:
    """The pair's map with a server's own values over it. Neither is changed."""
    made = base.copy_of()
    for key, value in own.items():
        cause = own.where(key)
        if value is None:
            made.pop(key, None)
        elif key == "hooks-libraries" and isinstance(made.get(key), list):
            made.put(key, _libraries(made[key], value), cause)
        elif isinstance(value, Block) and isinstance(made.get(key), Block):
            made.put(key, laid_over(made[key], value), made.where(key))
        else:
            made.put(key, without_nulls(value), cause)
    return made


def without_nulls(value: Json) -> Json:
    """The value less the removals that had nothing to remove."""
    if isinstance(value, Block):
        made = Block(value.at, moved=value.moved)
        made.update({key: without_nulls(item) for key, item in value.items() if item is not None})
        return made
    return value


def library_name(entry: Json) -> str:
    """The bare file name of a hooks-libraries entry: libdhcp_ha.so"""
    return PurePosixPath(str(entry.get("library", ""))).name if isinstance(entry, dict) else ""


def _libraries(base: list[Json], own: list[Json]) -> list[Json]:
    mine = {library_name(entry): entry for entry in own}
    made = []
    for entry in base:
        over = mine.pop(library_name(entry), None)
        made.append(entry if over is None else laid_over(entry, over))
    return [*made, *mine.values()]


def filled(value: Json, server: str, address: IPv4Address | IPv6Address | None) -> Json:
    """The value with `{server}` and `{address}` put in; the very same object when neither occurs in it."""
    if isinstance(value, str):
        if "{" not in value:
            return value
        return value.replace("{server}", server).replace("{address}", str(address) if address else "{address}")
    if isinstance(value, Secret):
        path = filled(value.path, server, address)
        return value if path == value.path else Secret(path)
    if isinstance(value, Block):
        changed = {key: filled(item, server, address) for key, item in value.items()}
        if all(changed[key] is value[key] for key in value):
            return value
        made = value.copy_of()
        made.update(changed)
        return made
    if isinstance(value, list):
        items = [filled(item, server, address) for item in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


def fill_places(block: Block, keys: tuple[str, ...], server: str, address: Any) -> None:
    """Put `{server}` and `{address}` into the values under `keys`. Only for a Block that you made yourself."""
    for key in keys:
        if key in block:
            block[key] = filled(block[key], server, address)


def at_or(block: Block, key: str, otherwise: Route) -> Route:
    """The route of the value under `key`, or another when the block has none."""
    return block.where(key) if key in block else otherwise
