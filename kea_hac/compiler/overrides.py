"""`{server}` and `{address}` in the keys that may differ are replaced by the server's name and address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from kea_hac.diagnostics import Finding, FindingSink
from kea_hac.kea.config import Block, Json
from kea_hac.model.relationships import NO_ADDRESS
from kea_hac.model.site import Node, ServerFamily
from kea_hac.source.document import Secret


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
        result = value.copy_of()
        result.update(changed)
        return result
    if isinstance(value, list):
        items = [filled(item, server, address) for item in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


def fill_places(
    block: Block, keys: tuple[str, ...], node: Node, server_family: ServerFamily, note: FindingSink
) -> None:
    """Replace `{server}` and `{address}` in the values under `keys`, in place. The caller must have created the Block."""
    for key in keys:
        if key in block:
            block[key] = filled(block[key], node.name, server_family.address)
            if (
                server_family.address is None
                and "address" not in server_family.broken
                and _speaks_of(block[key], "{address}")
            ):
                message = f"`{{address}}` needs the address of server {node.name!r}, which has none for this family"
                fix = "add `address: …` to the server"
                note(Finding(NO_ADDRESS, block.where(key), message, fix=fix))


def _speaks_of(value: Json, text: str) -> bool:
    if isinstance(value, dict):
        return any(_speaks_of(item, text) for item in value.values())
    if isinstance(value, list):
        return any(_speaks_of(item, text) for item in value)
    return text in (value.path if isinstance(value, Secret) else value if isinstance(value, str) else "")
