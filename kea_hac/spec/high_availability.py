"""`high-availability` as it is written: the one relationship of a pair, or those that are listed, as each family sees them.

Keys of a listed relationship are merged over those that are set for all relationships.
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import REMOVE_IT, Finding, FindingSink, Route, rule
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import program
from kea_hac.kea.reading import read_block
from kea_hac.records import dataclass
from kea_hac.source.document import Map, Plain, Seq, Value
from kea_hac.source.limits import DEFAULT_LIMITS
from kea_hac.spec.families import ABSENT, aligning, by_family, only, view, view_map
from kea_hac.spec.merging import laid_over
from kea_hac.spec.pair import OUR_HA_KEYS, Ours, RelationshipPeer
from kea_hac.spec.scalars import display, is_null
from kea_hac.spec.shape import MISSING_SPEC_KEY, WRONG_VALUE, beyond_limit, shape, shape_parts, unknown_keys

DERIVED_KEY = rule(
    "KH104",
    "derived-key",
    why="kea-hac derives this value from the High Availability settings. A second value, written by hand, could "
    "contradict it, and the two servers could disagree.",
    source="the spec language",
)
_DERIVED = {
    "this-server-name": "the server's own name is derived from `servers`",
    "peers": "the peers are derived from `servers`: their names, roles and addresses",
}
RELATIONSHIP_KEYS = frozenset(program("ha").scopes["relationship"].keywords) - set(_DERIVED)
AT: Route = ("high-availability",)


@dataclass(frozen=True, slots=True)
class RelationshipSpec:
    """One HA relationship as one family sees it: of the pair, or an item of `relationships`."""

    at: Route
    ours: Ours
    settings: Block
    """Kea's relationship keys, typed: the relationship's own over those of all."""
    peers: tuple[tuple[Route, RelationshipPeer], ...] = ()
    """Empty for the one relationship of a pair: its peers are the servers."""
    broken: bool = False
    """True when a part of it could not be read."""


@dataclass(frozen=True, slots=True)
class HighAvailability:
    """All relationships of a spec."""

    written: bool
    """False when the spec has no `high-availability`."""
    relationships: Mapping[str, tuple[RelationshipSpec, ...]]
    """By family; a family that is not in HA is not in here."""
    hub: bool
    """True when the relationships were listed one by one."""
    broken: bool = False
    """True when a part of it could not be read."""


@dataclass(frozen=True, slots=True)
class _Common:
    """The keys that are set for all relationships."""

    ours: Ours
    settings: Block
    broken: bool


def read_high_availability(node: Value, present: bool, families: list[str], note: FindingSink) -> HighAvailability:
    """Read the key and everything below it; mistakes go to `note`. `present`: the spec has the key."""
    if not present or node is False or (isinstance(node, Plain) and node == "false"):
        return HighAvailability(False, {}, False)
    if not isinstance(node, Map):
        note(Finding(WRONG_VALUE, AT, f"`high-availability` must be a map, not {display(node)}"))
        return HighAvailability(True, {}, False, broken=True)
    hub = "relationships" in node
    found: dict[str, tuple[RelationshipSpec, ...]] = {}
    broken = False
    if "mode" not in node and not hub:
        note(
            Finding(
                MISSING_SPEC_KEY,
                (*AT, "mode"),
                "high-availability needs `mode`",
                fix="add `mode: hot-standby`, load-balancing or passive-backup",
                lacks=("mode",),
            )
        )
    for family in families:
        if by_family(node.get("mode")) and view(node["mode"], family) is ABSENT:
            continue  # a family that `mode` does not contain is not in HA
        read = _of_family(node, family, aligning(node, AT, family, note))
        broken = broken or read is None
        if read != ():  # all relationships are the other family's
            found[family] = read or ()
    return HighAvailability(True, found, hub, broken)


def _of_family(node: Map, family: str, note: FindingSink) -> tuple[RelationshipSpec, ...] | None:
    common = _common(view_map(node, family, leave_out=("relationships",)), AT, note)
    listed = node.get("relationships")
    if "relationships" not in node:
        return (RelationshipSpec(AT, common.ours, common.settings, broken=common.broken),)
    at = (*AT, "relationships")
    if not isinstance(listed, Seq) or not listed:
        note(Finding(WRONG_VALUE, at, f"`relationships` must be a list of maps, not {display(listed)}"))
        return None
    if beyond_limit(listed, at, "relationships", DEFAULT_LIMITS.servers, note):
        return None
    result = [
        _listed(item, (*at, index), family, common, note)
        for index, item in enumerate(listed)
        if not _of_the_other(item, family)
    ]
    sound = tuple(each for each in result if each)
    return sound if len(sound) == len(result) else None


def _of_the_other(item: Value, family: str) -> bool:
    """True where the `mode` of a relationship is by family and does not contain this one: the family is not in it."""
    mode = item.get("mode") if isinstance(item, Map) else None
    return by_family(mode) and view(mode, family) is ABSENT


def _listed(item: Value, at: Route, family: str, common: _Common, note: FindingSink) -> RelationshipSpec | None:
    if not isinstance(item, Map) or by_family(item):
        note(Finding(WRONG_VALUE, at, f"a relationship is a map with `peers`, not {display(item)}"))
        return None
    seen = view_map(item, family)
    peers = _peers(seen.pop("peers", None), (*at, "peers"), note)
    own = _common(seen, at, note, removing=True)
    written = {name: getattr(own.ours, name) for name in own.ours.model_fields_set}
    removed = {key: None for key in seen if key in OUR_HA_KEYS and is_null(seen[key])}
    ours = common.ours.model_copy(update={**written, **removed})
    settings = laid_over(common.settings, own.settings)
    broken = common.broken or own.broken or peers is None
    return RelationshipSpec(at, ours, settings, peers or (), broken)


def _common(seen: Map, at: Route, note: FindingSink, removing: bool = False) -> _Common:
    """The keys of a relationship, or of all. `removing`: of one relationship, in which `null` removes what is set for all."""
    known = RELATIONSHIP_KEYS | OUR_HA_KEYS
    for key in seen:
        if key in _DERIVED:
            note(Finding(DERIVED_KEY, (*at, key), _DERIVED[key], on_key=True, fix=f"remove `{key}`", repair=REMOVE_IT))
    known = RELATIONSHIP_KEYS | OUR_HA_KEYS
    unknown = (key for key in seen if key not in known and key not in _DERIVED)
    unknown_keys(unknown, at, known | {"peers"} if removing else known, "high-availability", note, seen)
    kea = only(seen, RELATIONSHIP_KEYS)
    settings = read_block(program("ha"), "relationship", kea, at, note, partial=True, allow_null=removing)
    mine = {key: seen[key] for key in seen if key in OUR_HA_KEYS and not (removing and is_null(seen[key]))}
    ours, broken = shape_parts(Ours, mine, at, note, "high-availability")
    return _Common(ours or Ours(), settings, bool(broken) or ("mode" in seen and "mode" not in settings))


def _peers(node: Value, at: Route, note: FindingSink) -> tuple[tuple[Route, RelationshipPeer], ...] | None:
    if not isinstance(node, Seq) or not node:
        missing = node is None or is_null(node)
        note(
            Finding(
                MISSING_SPEC_KEY if missing else WRONG_VALUE,
                at,
                "a relationship needs `peers`, a list of {server, role}",
                fix="add `peers: [{server: NAME, role: primary}, {server: NAME, role: standby}]`",
                lacks=("peers",) if missing else (),
            )
        )
        return None
    if beyond_limit(node, at, "peers of one relationship", DEFAULT_LIMITS.peers, note):
        return None
    peers: list[tuple[Route, RelationshipPeer]] = []
    for index, item in enumerate(node):
        if not isinstance(item, Map):
            note(Finding(WRONG_VALUE, (*at, index), f"a peer is a map with server and role, not {display(item)}"))
            continue
        peer = shape(RelationshipPeer, item, (*at, index), note, "a peer")
        if peer is not None:
            peers.append(((*at, index), peer))
    return tuple(peers) if len(peers) == len(node) else None


__all__ = ["AT", "DERIVED_KEY", "RELATIONSHIP_KEYS", "HighAvailability", "RelationshipSpec", "read_high_availability"]
