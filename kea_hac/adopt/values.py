"""Values of a server in the form of the spec: aliases, times with units, file names, `{server}`, pools with spaces.

In: one value of the canonical form. Out: plain data for an edit. A secret never becomes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kea_hac.adopt.spec_routes import NoPlaceError, Places, Spot
from kea_hac.kea.addressing import read_pool
from kea_hac.kea.config import Json
from kea_hac.kea.hidden import Hidden
from kea_hac.regex import regex
from kea_hac.source.document import Plain, Secret
from kea_hac.source.secrets import holds_password, names_secret

_LENGTHS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_LENGTH = regex(r"(?:0|[1-9][0-9]*)(ms|s|m|h|d|w)\Z")


class Words:
    """Converts values of one side into the form of the spec."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.aliases: dict[str, str] = {}
        if not places.is_agent:
            for alias, real in places.server_family.aliases.items():
                self.aliases.setdefault(real, alias)

    def value(self, scope: str | None, key: str, live: Json, spot: Spot | None = None) -> Any:
        """The value of a key, which is in the newest spelling. `spot`: the map of the spec that it goes into, if there is one.

        Raises NoPlaceError for a secret, and for an interface that has no alias.
        """
        if names_secret(key) or holds_hidden(live):
            raise NoPlaceError(
                f"{key} {'is' if names_secret(key) else 'contains'} a secret, and a spec never contains secrets",
                f"put it into a file on the server and write `{key}: !secret /etc/kea/secrets/NAME.json`, or use Kea's …-file key",
            )
        keyword = self.places.keyword(scope, key)
        old = self.places.document.map_at(spot.route).get(key) if spot else None
        if isinstance(live, dict):
            inner = keyword.scope if keyword else None
            return {each: self.value(inner, each, item) for each, item in live.items()}
        if isinstance(live, list):
            inner = keyword.scope if keyword else None
            if key == "interfaces":
                return [self.interface(each) for each in live]
            return [
                {each: self.value(inner, each, value) for each, value in item.items()}
                if isinstance(item, dict)
                else item
                for item in live
            ]
        if isinstance(live, bool) or live is None:
            return live
        if isinstance(live, int) and keyword is not None and keyword.unit:
            return self.length(live, keyword.unit, old, speaks=spot is not None and self._speaks_in_units(spot))
        return self._text(scope, key, live, old) if isinstance(live, str) else live

    def length(self, live: int, unit: str, old: Any, *, speaks: bool) -> Any:
        """A length of time in the unit that is written now, or in the largest that divides it.

        `speaks`: True when a new value gets a unit.
        """
        spoken = _LENGTH.match(old) if isinstance(old, Plain) else None
        if spoken is None and (old is not None or not speaks):
            return live
        amount = live * (1 if unit == "ms" else 1000)
        units = ["w"] if spoken and spoken[1] == "w" else []
        units += ["d", "h", "m", "s", *(["ms"] if unit == "ms" else [])]
        if spoken and amount and amount % _LENGTHS[spoken[1]] == 0:
            units.insert(0, spoken[1])
        fitting = next((each for each in units if amount and amount % _LENGTHS[each] == 0), None)
        return Plain(f"{amount // _LENGTHS[fitting]}{fitting}") if fitting else live

    def _speaks_in_units(self, spot: Spot) -> bool:
        """True when the map, or the pair's, has a time with a unit."""
        maps = (self.places.document.map_at(spot.route), self.places.document.map_at(self.places.root))
        return any(isinstance(value, Plain) and _LENGTH.match(value) for each in maps for value in each.values())

    def _text(self, scope: str | None, key: str, live: str, old: Any) -> str:
        if key == "interface":
            return self.interface(live)
        if key == "pool":
            return self._pool(live)
        bare = self.bare(scope, key, live)
        return self.template(bare, old) if isinstance(old, str) and "{" in old else bare

    def interface(self, live: str) -> str:
        """The alias of an interface, with the address behind it."""
        name, slash, address = live.partition("/")
        if name in ("*", "") or not self.aliases:
            return live
        if name not in self.aliases:
            raise NoPlaceError(
                f"the interface {name} has no alias on {self.places.side.node.name}",
                f"add an alias to its `interfaces`, as in `interfaces: {{NAME: {name}}}` (every server needs an alias with that name), "
                "and use it",
            )
        return self.aliases[name] + slash + address

    def _pool(self, live: str) -> str:
        family = self.places.side.daemon.family or 4
        try:
            return live if "/" in live else str(read_pool(live, family))
        except ValueError:
            return live

    def bare(self, scope: str | None, key: str, live: str) -> str:
        """A file's name without the directory that kea-hac or Kea puts in front of it."""
        if "/" not in live or scope is None or scope not in _FILES or _FILES[scope][0] != key:
            return live
        name = live.rpartition("/")[2]
        full = getattr(self.places.side.node.platform, _FILES[scope][1])(name)
        return name if full == live else live

    def template(self, live: str, old: str) -> str:
        """The text with `{server}` and `{address}` put back where the spec has them now."""
        result = live
        if "{server}" in old:
            result = result.replace(self.places.side.node.name, "{server}")
        address = None if self.places.is_agent else self.places.server_family.address
        if "{address}" in old and address is not None:
            result = result.replace(str(address), "{address}")
        return result


_FILES: Mapping[str, tuple[str, str]] = {
    "logger-output": ("output", "log_file"),
    "hooks-library": ("library", "hook"),
    "lease-database": ("name", "lease_file"),
    "control-socket": ("socket-name", "socket_file"),
}
"""Scope → the key that names a file, and the platform's function for its full path."""


def holds_hidden(value: Json) -> bool:
    """True when the value contains a secret at any depth."""
    if isinstance(value, Hidden | Secret):
        return True
    if isinstance(value, str):
        return holds_password(value)
    if isinstance(value, dict):
        return any(names_secret(key) or holds_hidden(item) for key, item in value.items())
    return isinstance(value, list) and any(map(holds_hidden, value))
