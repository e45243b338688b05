"""Defaults: values that need not be written, because config-get shows the same without them in both versions.

What Kea fills in comes from a trial: the prediction of config-get for a configuration that has one map of each kind and
nothing in it but what a map cannot be without. A written default equals an absent key only where config-get shows
defaults that were not written. In databases, sockets and hook parameters it shows only what was written (seen on 2.2.0,
2.6.3, 3.0.4). A file that kea-hac built contains what its spec contained, so nothing is removed there.

The trial is made once for each version and not for each value of a file: leaving out every value of the file and putting
back what changed the prediction took three times as long on the answers for all golden configurations, and kept more
(both keys of a pair that follow from each other, such as the limits of a lifetime). What a map inherits is compared here,
and only for an answer of config-get: in a file a value is written because somebody means it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from kea_hac.kea.config import DHCP4, Block, Daemon, Json
from kea_hac.kea.config_get import predict
from kea_hac.kea.grammar import Scope, program
from kea_hac.kea.version import Branch, KeaVersion

_FILLED_IN = ("dhcp-ddns", "expired-leases-processing", "sanity-checks", "multi-threading", "dhcp-queue-control")
"""Maps of the top that config-get always shows whole."""
_OPTION_LISTS = ("option-data", "option-def")
_NETWORKS = ("subnet4", "subnet6", "shared-networks")
_BY_PLACE = frozenset({"space", "csv-format"})
"""Keys of an option whose default depends on where it stands and how it is defined: left out of answers only."""
_LIFETIMES = ("valid-lifetime", "preferred-lifetime")
_ANY_CLASS_OR_LOGGER: Mapping[str, Json] = {
    "client-classes": [{"name": "any"}],
    "loggers": [{"name": "any", "output-options": [{"output": "any"}]}],
}
_LEAST4: Mapping[str, Json] = {
    **_ANY_CLASS_OR_LOGGER,
    "option-def": [{"name": "any", "code": 222, "type": "uint8"}],
    "option-data": [{"name": "domain-name-servers", "data": "192.0.2.1"}],
    "shared-networks": [{"name": "any", "subnet4": [{"id": 2, "subnet": "198.51.100.0/24"}]}],
    "subnet4": [
        {
            "id": 1,
            "subnet": "192.0.2.0/24",
            "pools": [{"pool": "192.0.2.1/32"}],
            "reservations": [{"hw-address": "00:00:5e:00:53:01"}],
        }
    ],
}
_LEAST6: Mapping[str, Json] = {
    **_ANY_CLASS_OR_LOGGER,
    "option-def": [{"name": "any", "code": 1222, "type": "uint8"}],
    "option-data": [{"name": "dns-servers", "data": "2001:db8::1"}],
    "shared-networks": [{"name": "any", "subnet6": [{"id": 2, "subnet": "2001:db8:1::/64"}]}],
    "subnet6": [
        {
            "id": 1,
            "subnet": "2001:db8::/64",
            "pools": [{"pool": "2001:db8::1/128"}],
            "pd-pools": [{"prefix": "2001:db8:2::", "prefix-len": 48, "delegated-len": 56}],
            "reservations": [{"duid": "00:01"}],
        }
    ],
}
"""One map of each kind. The values do not matter: no default follows from them."""
Filled = Mapping[str, Mapping[str, Json]]
"""What Kea puts into each kind of map that does not have it, by the name of the list that the map stands in."""


@cache
def _filled_in(daemon: Daemon, source: Branch, target: Branch) -> Filled:
    """What both versions show in the same way though nobody wrote it, or only the older one knows."""
    old, new = _shown(daemon, source), _shown(daemon, target)
    return {
        kind: MappingProxyType(
            {key: value for key, value in filled.items() if key not in new[kind] or _same(new[kind][key], value)}
        )
        for kind, filled in old.items()
    }


def _shown(daemon: Daemon, branch: Branch) -> dict[str, dict[str, Json]]:
    least = _LEAST4 if daemon is DHCP4 else _LEAST6
    shown = predict(daemon, least, KeaVersion(branch))
    subnet, wrote = shown[daemon.subnets][0], least[daemon.subnets][0]
    network, in_network = shown["shared-networks"][0], least["shared-networks"][0]
    result = {"": _more(shown, least), "member": _more(network[daemon.subnets][0], in_network[daemon.subnets][0])}
    result |= {"shared-networks": _more(network, in_network), daemon.subnets: _more(subnet, wrote)}
    for key in ("pools", "pd-pools", "reservations"):
        if key in wrote:
            result[key] = _more(subnet[key][0], wrote[key][0])
    for key in ("client-classes", "loggers", *_OPTION_LISTS):
        result[key] = _more(shown[key][0], least[key][0])
    del result["option-data"]["code"]  # it follows from the name
    ((output,),) = (
        value for key, value in shown["loggers"][0].items() if key.startswith("output")
    )  # 2.2: output_options
    result["output-options"] = _more(output, {"output": "any"})
    for key in ("member", "shared-networks", daemon.subnets):
        result[key] = {each: value for each, value in result[key].items() if not _inherited_key(daemon, each, branch)}
        result[key] |= {each: [] for each in ("pools", "pd-pools", "reservations") if each in wrote}
    return result


def _more(shown: Block, written: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in shown.items() if key not in written}


def _inherited_key(daemon: Daemon, key: str, branch: Branch) -> bool:
    """True for what a subnet or network takes over from the maps above it."""
    word = program(daemon.name).scopes[daemon.subnets].keywords.get(key)
    return key.removeprefix("min-").removeprefix("max-") in _LIFETIMES or bool(
        word and key != "relay" and word.fact("inherited-copied", branch)
    )


def without_defaults(daemon: Daemon, config: Block, source: Branch, target: Branch, *, saved: bool) -> Block:
    """The map without the defaults of both versions. `saved`: it is an answer of config-get."""
    dropper = _Dropper(daemon, source, target, saved)
    result = dropper.plain(config)
    dropper.whole_maps(result)
    for key in _OPTION_LISTS:
        if key in result:
            result[key] = dropper.options(result[key], key)
    for key in _NETWORKS:
        if isinstance(result.get(key), list):
            result[key] = [dropper.network(block, key, [config]) for block in result[key]]
    if saved:
        dropper.answered(result)
    for key in (*_OPTION_LISTS, *((*_NETWORKS, "hooks-libraries") if saved else ())):
        if result.get(key) == []:
            del result[key]
    return result


class _Dropper:
    def __init__(self, daemon: Daemon, source: Branch, target: Branch, saved: bool) -> None:
        self.daemon = daemon
        self.known = program(daemon.name)
        self.source = source
        self.target = target
        self.saved = saved
        self.filled = _filled_in(daemon, source, target)

    def goes_without(self, scope: Scope, key: str, value: Json) -> bool:
        """True when both versions have the value by default."""
        keyword = scope.keywords.get(key)
        if keyword is None:
            return False
        for branch in (self.source, self.target):
            default = keyword.fact("default", branch)
            if default is None:
                default = keyword.fact("default-in-code", branch)
            if default is None or not _same(default, value):
                return False
        return True

    def plain(self, config: Block) -> Block:
        """The map of the top without the defaults of its single values; what it cannot be without stays."""
        scope = self.known.scopes[self.known.top]
        result = config.copy_of()
        for key in list(result):
            if key not in scope.required and self.goes_without(scope, key, result[key]):
                del result[key]
        return result

    def whole_maps(self, result: Block) -> None:
        """Take the defaults out of the maps that config-get shows whole, and out of `result` what is empty then."""
        for name in _FILLED_IN:
            block = result.get(name)
            if not isinstance(block, Block):
                continue
            scope = self.known.scopes[name]
            usual = [
                key for key in block if self.goes_without(scope, key, block[key]) or self._answered(name, key, block)
            ]
            result[name] = _less(block, [key for key in usual if key not in scope.required])
            if len(usual) == len(block):
                del result[name]

    def _answered(self, name: str, key: str, block: Block) -> bool:
        """True for a default that config-get shows in a form that nobody writes: the address of all zeros."""
        filled = self.filled[""].get(name)
        return self.saved and isinstance(filled, Mapping) and key in filled and _same(filled[key], block[key])

    def answered(self, result: Block) -> None:
        """Take out of `result` what config-get shows though nobody wrote it, in places of its own."""
        for key in ("client-classes", "loggers", "reservations"):
            if isinstance(result.get(key), list):
                result[key] = self._items(result[key], key)
        for key in ("server-id", "relay-supplied-options"):
            if key in result and result[key] == self.filled[""].get(key):
                del result[key]

    def usual(self, block: Block, kind: str) -> list[str]:
        """The keys with values that Kea itself puts into such a map."""
        return [key for key, value in self.filled[kind].items() if key in block and _same(block[key], value)]

    def options(self, listed: Json, kind: str) -> Json:
        """A list of options or definitions. What stays whole is the same object."""
        result = [self._option(item, kind) for item in listed]
        return result if any(new is not old for new, old in zip(result, listed, strict=True)) else listed

    def _option(self, item: Block, kind: str) -> Block:
        """Where config-get names an option there is a definition, and its name says what code and format say."""
        drop = self.usual(item, kind)
        if kind == "option-def":  # its space does not depend on its place
            return _less(item, drop)
        if not self.saved or "name" not in item:
            drop = [key for key in drop if key not in _BY_PLACE]
        return _less(item, [*drop, *(["code"] if "space" in drop else [])])

    def item(self, block: Block, kind: str) -> Block:
        """A class, logger, pool or reservation of an answer."""
        result = _less(block, self.usual(block, kind))
        for inner in ("option-data", "output-options"):
            if isinstance(result.get(inner), list):
                read = self.options if inner == "option-data" else self._items
                result = _with(result, {inner: read(result[inner], inner)})
        return result

    def _items(self, listed: list[Block], kind: str) -> list[Block]:
        return [self.item(each, kind) for each in listed]

    def network(self, block: Block, key: str, above: list[Block]) -> Block:
        """A subnet or shared network, what it holds included. `above`: what it inherits from, the nearest first."""
        drop = self.usual(block, "member" if len(above) > 1 else key)
        if any("relay" in each for each in above):
            drop = [each for each in drop if each != "relay"]  # it hides the relay of the network
        elif block.get("relay") == {}:
            drop.append("relay")
        if self.saved:
            drop += self._echoes(block, key, above)
        changes: dict[str, Json] = {}
        if "option-data" in block and "option-data" not in drop:
            changes["option-data"] = self.options(block["option-data"], "option-data")
        if isinstance(block.get(self.daemon.subnets), list):
            inner = [self.network(each, self.daemon.subnets, [block, *above]) for each in block[self.daemon.subnets]]
            changes[self.daemon.subnets] = inner
        for listed in ("pools", "pd-pools", "reservations"):
            if isinstance(block.get(listed), list) and self.saved:
                changes[listed] = self._items(block[listed], listed)
        return _less(_with(block, changes), drop)

    def _echoes(self, block: Block, key: str, above: list[Block]) -> Iterator[str]:
        """Keys that config-get repeats: the value is what the block would inherit."""
        scope = self.known.scopes["shared-network" if key == "shared-networks" else key]
        for name in block:
            keyword = scope.keywords.get(name)
            if keyword is None or name.removeprefix("min-").removeprefix("max-") in _LIFETIMES:
                continue
            if keyword.fact("inherited-copied", self.source):
                inherited = next((each[name] for each in above if name in each), self._default(name))
                if inherited == block[name]:
                    yield name
        for lifetime in _LIFETIMES:
            yield from self._lifetimes(block, lifetime, above)

    def _default(self, name: str) -> Json:
        top = self.known.scopes[self.known.top].keywords.get(name)
        return top.fact("default", self.source) if top else None

    def _lifetimes(self, block: Block, name: str, above: list[Block]) -> Iterator[str]:
        """config-get shows a lifetime with a least and a greatest value, the lifetime itself where nobody wrote them."""
        three = (name, f"min-{name}", f"max-{name}")
        if not all(each in block for each in three):
            return
        shown = tuple(block[each] for each in three)
        if shown == self._inherited(three, above):
            yield from three
        elif shown[0] == shown[1] == shown[2] and not any(each in holder for each in three[1:] for holder in above):
            yield from three[1:]

    def _inherited(self, three: tuple[str, str, str], above: list[Block]) -> tuple[Json, Json, Json]:
        found = [next((holder[each] for holder in above if each in holder), None) for each in three]
        value = found[0] if found[0] is not None else self._default(three[0])
        if found[0] is None and (found[1] is not None or found[2] is not None):
            return (object(), None, None)
        return value, found[1] if found[1] is not None else value, found[2] if found[2] is not None else value


def _less(block: Block, keys: list[str]) -> Block:
    """The map without some keys; the very same object when there are none."""
    if not keys:
        return block
    result = block.copy_of()
    for key in keys:
        result.pop(key, None)
    return result


def _with(block: Block, changes: Mapping[str, Json]) -> Block:
    """The map with other values; the very same object when they are the same."""
    if all(block[key] is value for key, value in changes.items()):
        return block
    result = block.copy_of()
    result.update(changes)
    return result


def _same(one: Json, other: Json) -> bool:
    """Equal, and true is not 1."""
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)
