"""High Availability as a spec contains it: settings flat or by relationship, the listener's port, peer keys for the servers.

What the compiler derives is left out; a value that is Kea's default but not the compiler's is written.
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.importing.arrangement import Arrangement, ImportedRelationship, Server, View
from kea_hac.importing.secrets import SecretMover
from kea_hac.importing.values_by_server import ABSENT, Values, one_for_all
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import Mode, default
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.version import KeaVersion
from kea_hac.records import dataclass

_DERIVED = ("this-server-name", "peers", "multi-threading")
_PEER_DERIVED = ("name", "url", "role")
_THREADS = ("http-listener-threads", "http-client-threads")


@dataclass(frozen=True, slots=True)
class Context:
    """The input of merging HA, besides the relationships."""

    arrangement: Arrangement
    target: KeaVersion
    addresses: Mapping[str, Mapping[str, str | None]]
    """By family and server: the value of `{address}`."""
    movers: Mapping[str, SecretMover]
    """By server."""


def relationship_section(bond: ImportedRelationship, context: Context) -> Block:
    """Kea's relationship keys as the spec has them, and `listener`."""
    base = bond.base
    result = Block(base.entry.block.at)
    mode = base.entry.mode or Mode.HOT_STANDBY
    for key, keyword in program("ha").scopes["relationship"].keywords.items():
        written = any(key in view.entry.block or (key in TLS_KEYS and key in _own(view)) for view in bond.views)
        if key in _DERIVED or not (written or _differs(key, bond, context)):
            continue
        value = _setting(key, bond, context)
        if value is None or (key != "mode" and _goes_without(key, value, mode, base, context)):
            continue
        if context.target.branch in keyword.branches or key in base.entry.block:
            result.put(key, value, base.entry.block.where(key))
    _threads(result, bond, context)
    return result


def _differs(key: str, bond: ImportedRelationship, context: Context) -> bool:
    """True for a key that was not written and whose default in the compiler or the target differs from the present one."""
    mode = bond.base.entry.mode or Mode.HOT_STANDBY
    return bool(bond.base.entry.setting(key) != _implied(key, mode, context))


def _implied(key: str, mode: Mode, context: Context) -> Json:
    return True if key == "restrict-commands" else default(key, context.target.branch, mode)


def _setting(key: str, bond: ImportedRelationship, context: Context) -> Json:
    """The base's value. Of a TLS file the one that all servers use, with `{server}` where it is named after them, or None."""
    if key in TLS_KEYS:
        common = _shared_file(key, bond, context)
        return None if common is ABSENT else common
    return bond.base.entry.setting(key)


def _own(view: View) -> Block:
    """A server's own entry in the peers of its file."""
    return view.entry.own.block if view.entry.own else Block(view.entry.block.at)


def _used(key: str, view: View) -> Json:
    """The TLS file that a server listens with: of its own peer entry, else of the relationship."""
    own = _own(view)
    return (own[key] if key in own else view.entry.setting(key)) or ABSENT


def _shared_file(key: str, bond: ImportedRelationship, context: Context) -> Json:
    """One value for all servers; ABSENT where each has its own, or none has one."""
    by_server = {_name(view, context): _used(key, view) for view in bond.views}
    return one_for_all(Values(by_server, context.addresses[bond.daemon.name]))


def _name(view: View, context: Context) -> str:
    server = context.arrangement.server_of(view.host)
    return server.name if server else view.host.label


def _goes_without(key: str, value: Json, mode: Mode, base: View, context: Context) -> bool:
    written = key in base.entry.block and key != "restrict-commands"
    chosen = isinstance(value, int) and not isinstance(value, bool) and not base.given.saved  # an answer shows all
    explicit = written and (chosen or base.given.stamp is not None)
    return not explicit and bool(value == _implied(key, mode, context))


def has_listener(bond: ImportedRelationship) -> bool:
    """True when the base's server opens a dedicated listener."""
    return bond.base.entry.opens_listener


def _threads(result: Block, bond: ImportedRelationship, context: Context) -> None:
    entry = bond.base.entry
    configured = entry.block.get("multi-threading")
    written = configured if isinstance(configured, Block) else Block((*entry.block.at, "multi-threading"))
    kept = Block(written.at)
    if not has_listener(bond):
        if not entry.thread_setting("enable-multi-threading"):
            kept.put("enable-multi-threading", False)
        kept.put("http-dedicated-listener", False)
    for key in _THREADS:
        if key in written and (written[key] or bond.base.given.stamp is not None):
            kept.put(key, written[key], written.where(key))
    if kept:
        result.put("multi-threading", kept, entry.block.where("multi-threading"))
    url = bond.url(entry.this_name or "")
    if has_listener(bond) and url is not None and url.usable:
        own = next((peer for peer in entry.peers if peer.name == entry.this_name), None)
        result.put("listener", url.port, own.block.where("url") if own else entry.block.at)


def _own_files(result: Block, bond: ImportedRelationship, peer: str, context: Context) -> None:
    """The TLS files of a server's own file, where the servers do not share one value."""
    view = next((each for each in bond.views if each.entry.this_name == peer), None)
    if view is None:
        return
    for key in TLS_KEYS:
        if _shared_file(key, bond, context) is ABSENT and _used(key, view) is not ABSENT:
            own = _own(view)
            result.put(key, _used(key, view), (own if key in own else view.entry.block).where(key))


def peer_keys(bond: ImportedRelationship, server: Server, peer: str, context: Context) -> Block:
    """Kea's own keys of one peer, from every file that has them."""
    found: dict[str, dict[str, tuple[Json, Route]]] = {}
    stamped = bond.base.given.stamp is not None
    for view in bond.views:
        entry = view.peer(peer)
        if entry is None:
            continue
        for key, value in entry.block.items():
            if key in program("ha").scopes["peer"].keywords and key not in (*_PEER_DERIVED, *TLS_KEYS):
                found.setdefault(key, {})[_name(view, context)] = (value, entry.block.where(key))
    result = Block(("peer",))
    for key, by_view in found.items():
        if key == "auto-failover" and not stamped and all(value is True for value, _ in by_view.values()):
            continue
        result.put(key, *next(iter(by_view.values())))
    _own_files(result, bond, peer, context)
    mover = context.movers.get(server.name) or next(iter(context.movers.values()))
    moved: Block = mover.moved(result, (peer,))
    return moved
