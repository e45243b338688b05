"""What changed in the parameters of the HA library, as keys of `high-availability` or of a server, by family.

What the spec derives (names, URLs, the servers' own names) cannot be written; the address or port that it comes from can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kea_hac.adopt.spec_routes import NoPlaceError, Places, plain
from kea_hac.adopt.values import Words, holds_hidden
from kea_hac.changes.change import ABSENT, Key, Path, Value
from kea_hac.changes.matching import Triple, matches
from kea_hac.changes.three_way import LIVE, SPEC, Difference
from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import program
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.model.site import Peer, Relationship
from kea_hac.source.edits import Action, Edit, exists
from kea_hac.source.secrets import names_secret
from kea_hac.spec.families import by_family, realign
from kea_hac.spec.load import PEER_KEYS

_HA: Route = ("high-availability",)
_DERIVED = {
    "this-server-name": "names are derived from `servers`: rename the server there, in a planned step for both partners",
    "name": "names are derived from `servers`: rename the server there, in a planned step for both partners",
    "url": "the URL is derived from the server's `address`, `bind-address`, `peer-address` and `peer-port`, and from `listener`",
    "peers": "the peers are the servers: change `servers`",
}


class HaPlaces:
    """Places of HA's parameters on one side. `also`: whether another family of this server has the same change;
    `everywhere`: whether every other server has it. The TLS files are each server's own: one server's go into that server."""

    def __init__(
        self, places: Places, words: Words, also: Callable[[str], bool], everywhere: Callable[[Difference], bool]
    ) -> None:
        self.places = places
        self.words = words
        self.also = also
        self.everywhere = everywhere

    def edits(self, each: Difference) -> list[Edit]:
        """The edits for one difference below the library's entry. Raises NoPlaceError."""
        rest = each.path[5:]
        if each.path[2:4] != ("parameters", "high-availability") or not rest:
            raise NoPlaceError(
                "the High Availability library was added, removed or moved",
                "configure HA with `high-availability` and the servers' roles, in a planned step for both partners",
            )
        relationship = self._relationship(each.path)
        if rest[0] == "peers":
            return [self._peer(each, relationship, rest)]
        if rest[0] in _DERIVED or any(isinstance(step, Key) for step in rest):
            manual = _DERIVED.get(str(rest[0]), f"write it under `high-availability: {{{rest[0]}: …}}`")
            raise NoPlaceError(f"{rest[0]} is derived, or is a list that can only be changed as a whole", manual)
        return [self._setting(each, relationship, [str(step) for step in rest])]

    def _relationship(self, path: Path) -> Relationship:
        values: Triple = self.places.side.texts
        block: Value = values[SPEC]
        for number, step in enumerate(path[:5]):
            if isinstance(step, Key):
                key = str(path[number - 1])
                found = next((match for match in matches(key, values) or () if match.key == step), None)
                values = found.items if found else (ABSENT, ABSENT, ABSENT)
            else:
                base, spec, live = (each.get(step, ABSENT) if isinstance(each, dict) else ABSENT for each in values)
                values = (base, spec, live)
            block = values[SPEC]
        at = block.at if isinstance(block, Block) else None
        result = next((each for each in self.places.family.relationships if each.at == at), None)
        if result is None:
            raise NoPlaceError(
                "the spec does not contain this relationship",
                "configure it with `high-availability` and the servers' roles",
            )
        return result

    def _setting(self, each: Difference, relationship: Relationship, keys: list[str]) -> Edit:
        node, family = self.places.side.node, self.places.side.daemon.name
        if keys[0] in TLS_KEYS and (keys[0] in node.server_families[family].peer_keys or not self.everywhere(each)):
            gone = each.values[LIVE] is ABSENT and keys[0] in relationship.settings
            return self._by_family((*node.at, *keys), "" if gone else each.values[LIVE], None, 2)  # empty: without it
        here = [*relationship.at, *keys]
        live = each.values[LIVE]
        scope = "relationship" if len(keys) == 1 else keys[0]
        return self._by_family(tuple(here), live, self._keyword_unit(scope, keys[-1]), len(_HA))

    def _peer(self, each: Difference, relationship: Relationship, rest: Path) -> Edit:
        peer = next(
            (
                one
                for one in relationship.peers
                if len(rest) > 2 and isinstance(rest[1], Key) and one.name == rest[1].value
            ),
            None,
        )
        key = str(rest[-1])
        if peer is None or key in _DERIVED or len(rest) != 3:
            raise NoPlaceError("the peers are derived from `servers`", _DERIVED.get(key, _DERIVED["peers"]))
        live = each.values[LIVE]
        if key == "role" and self.places.site.hub:
            return Edit((*peer.at, "role"), Action.SET, live)
        if key in TLS_KEYS:
            raise NoPlaceError(
                f"{key} in a peer's entry is a file of the server that connects to the peer",
                f"write {key} at the server that uses the file; the server uses it for itself and for all its peers",
            )
        if key != "role" and key not in PEER_KEYS:
            raise NoPlaceError(f"a server has no key {key}", _DERIVED["peers"])
        return self._by_family((*self._server(peer), key), live, None, 2)

    def _server(self, peer: Peer) -> Route:
        return peer.node.at

    def _keyword_unit(self, scope: str, key: str) -> str | None:
        known = program("ha").scopes.get(scope)
        keyword = known.keywords.get(key) if known else None
        return keyword.unit if keyword else None

    def _by_family(self, route: Route, live: Value, unit: str | None, head: int) -> Edit:
        """A value for this family only, where the other family has another. `head`: the steps to the map that may be by family."""
        places = self.places
        family = places.side.daemon.name
        top = places.node(route[:head])
        aligned = (*route[:head], *realign(top, route[head:], family)) if top is not None else route
        key = str(route[-1])
        if names_secret(key) or holds_hidden(live):
            raise NoPlaceError(
                f"{key} is a secret, and a spec never contains secrets",
                f"use `{key}-file`, with the file on every server",
            )
        old = places.node(aligned)
        if live is ABSENT:
            return self._gone(aligned, old)
        value = self._said(live, old, unit)
        if aligned[-1] == family and aligned[:-1] != route[: len(aligned) - 1]:
            return Edit(aligned, Action.SET, value)
        if by_family(places.node(aligned)):
            return Edit((*aligned, family), Action.SET, value)
        others = [name for name in self._others(head) if not self.also(name)]
        if not others:
            return Edit(aligned, Action.SET, value)
        apart: dict[str, Any] = {family: value}
        if exists(places.document.root, aligned):
            apart |= {name: plain(old) for name in others}
        return Edit(aligned, Action.SET, {name: apart[name] for name in sorted(apart)})

    def _gone(self, route: Route, old: Any) -> Edit:
        if old is None:
            raise NoPlaceError(
                f"the spec does not contain {route[-1]}",
                "write the value that you want; Kea's default may differ",
            )
        others = [name for name in self._others(len(_HA)) if not self.also(name)]
        if others and route[-1] not in ("dhcp4", "dhcp6"):
            return Edit(route, Action.SET, {name: plain(old) for name in others})
        return Edit(route, Action.REMOVE)

    def _others(self, head: int) -> list[str]:
        """The other families that the value applies to."""
        mine = self.places.side.daemon.name
        families = self.places.site.families
        return [name for name, each in families.items() if name != mine and (head == 2 or each.relationships)]

    def _said(self, live: Value, old: Any, unit: str | None) -> Any:
        if isinstance(live, int) and not isinstance(live, bool) and unit:
            return self.words.length(live, unit, old, speaks=True)
        if isinstance(live, str) and isinstance(old, str) and "{" in old:
            return self.words.template(live, old)
        return live
