"""High Availability as a spec says it: settings flat or by relationship, the listener's port, peer keys for the servers.

What the compiler derives is left out; what Kea would take by default and the compiler would not is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kea_hac.diagnostics import Route
from kea_hac.importing.alike import ABSENT, Values, one_for_all
from kea_hac.importing.arrangement import Arrangement, Bond, Server, View
from kea_hac.importing.secrets import SecretMover
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import Mode, default
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import TLS_KEYS

_DERIVED = ("this-server-name", "peers", "multi-threading")
_PEER_DERIVED = ("name", "url", "role")
_THREADS = ("http-listener-threads", "http-client-threads")


@dataclass(frozen=True, slots=True)
class Context:
    """What folding HA has to know beside the relationships."""

    arrangement: Arrangement
    target: KeaVersion
    addresses: Mapping[str, Mapping[str, str | None]]
    """By family and server: what `{address}` stands for."""
    movers: Mapping[str, SecretMover]
    """By server."""


def relationship_said(bond: Bond, context: Context) -> Block:
    """Kea's relationship keys as the spec has them, and `listener`."""
    base = bond.base
    made = Block(base.entry.block.at)
    mode = base.entry.mode or Mode.HOT_STANDBY
    for key, keyword in program("ha").scopes["relationship"].keywords.items():
        written = any(key in view.entry.block for view in bond.views)
        if key in _DERIVED or not (written or _differs(key, bond, context)):
            continue
        value = _setting(key, bond, context)
        if value is None or (key != "mode" and _goes_without(key, value, mode, base, context)):
            continue
        if context.target.branch in keyword.branches or key in base.entry.block:
            made.put(key, value, base.entry.block.where(key))
    _threads(made, bond, context)
    return made


def _differs(key: str, bond: Bond, context: Context) -> bool:
    """True for a key that nobody wrote, and that the compiler or the target would take otherwise than Kea does now."""
    mode = bond.base.entry.mode or Mode.HOT_STANDBY
    return bool(bond.base.entry.setting(key) != _implied(key, mode, context))


def _implied(key: str, mode: Mode, context: Context) -> Json:
    return True if key == "restrict-commands" else default(key, context.target.branch, mode)


def _setting(key: str, bond: Bond, context: Context) -> Json:
    """The base's value, with `{server}` where the TLS files are named after their servers."""
    base = bond.base.entry.setting(key)
    if key in TLS_KEYS:
        by_server = {_name(view, context): view.entry.setting(key) or ABSENT for view in bond.views}
        common = one_for_all(Values(by_server, context.addresses[bond.daemon.name]))
        return base if common is ABSENT else common
    return base


def _name(view: View, context: Context) -> str:
    server = context.arrangement.server_of(view.host)
    return server.name if server else view.host.label


def _goes_without(key: str, value: Json, mode: Mode, base: View, context: Context) -> bool:
    explicit = key in base.entry.block and base.given.stamp is not None and key != "restrict-commands"
    return not explicit and bool(value == _implied(key, mode, context))


def has_listener(bond: Bond) -> bool:
    """True when the base's server opens a dedicated listener."""
    return bond.base.entry.opens_listener


def _threads(made: Block, bond: Bond, context: Context) -> None:
    entry = bond.base.entry
    said = entry.block.get("multi-threading")
    written = said if isinstance(said, Block) else Block((*entry.block.at, "multi-threading"))
    kept = Block(written.at)
    if not has_listener(bond):
        if not entry.thread_setting("enable-multi-threading"):
            kept.put("enable-multi-threading", False)
        kept.put("http-dedicated-listener", False)
    for key in _THREADS:
        if key in written and (written[key] or bond.base.given.stamp is not None):
            kept.put(key, written[key], written.where(key))
    if kept:
        made.put("multi-threading", kept, entry.block.where("multi-threading"))
    url = bond.url(entry.this_name or "")
    if has_listener(bond) and url is not None and url.usable:
        own = next((peer for peer in entry.peers if peer.name == entry.this_name), None)
        made.put("listener", url.port, own.block.where("url") if own else entry.block.at)


def peer_keys(bond: Bond, server: Server, peer: str, context: Context) -> Block:
    """Kea's own keys of one peer, from every file that has them."""
    found: dict[str, dict[str, tuple[Json, Route]]] = {}
    stamped = bond.base.given.stamp is not None
    for view in bond.views:
        entry = view.peer(peer)
        if entry is None:
            continue
        for key, value in entry.block.items():
            if key in program("ha").scopes["peer"].keywords and key not in _PEER_DERIVED:
                found.setdefault(key, {})[_name(view, context)] = (value, entry.block.where(key))
    made = Block(("peer",))
    for key, by_view in found.items():
        if key == "auto-failover" and not stamped and all(value is True for value, _ in by_view.values()):
            continue
        value, route = next(iter(by_view.values()))
        if key in TLS_KEYS:
            every = Values({name: each for name, (each, _) in by_view.items()}, context.addresses[bond.daemon.name])
            common = one_for_all(every)
            value = value if common is ABSENT else common
        made.put(key, value, route)
    mover = context.movers.get(server.name) or next(iter(context.movers.values()))
    moved: Block = mover.moved(made, (peer,))
    return moved
