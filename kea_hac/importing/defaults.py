"""Defaults: values that need not be written, and values that must be, because a newer Kea has another default.

A written default equals an absent key only where config-get shows defaults that were not written. In databases, sockets,
loggers and hook parameters it shows only what was written (seen on 2.2.0, 2.6.3, 3.0.4). A file that kea-hac built contains
what its spec contained, so nothing is removed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.config_get.target import NO_ADDRESS
from kea_hac.kea.grammar import Program, Scope, program
from kea_hac.kea.version import Branch

_FILLED_IN = ("dhcp-ddns", "expired-leases-processing", "sanity-checks", "multi-threading", "dhcp-queue-control")
"""Maps of the top that config-get always shows whole."""
_OPTION_LISTS = {"option-data": ("always-send", "never-send"), "option-def": ("array", "encapsulate", "record-types")}
"""Keys of list items that are always shown; `space` and `csv-format` depend on where the option stands."""
_EMPTY_IN_SUBNETS = frozenset({"option-data", "reservations", "pools", "pd-pools", "relay"})
_BLANK_IN_SUBNETS = frozenset({"4o6-interface", "4o6-interface-id", "4o6-subnet"})
_LIFETIMES = ("valid-lifetime", "preferred-lifetime")


def without_defaults(daemon: Daemon, config: Block, source: Branch, target: Branch, *, saved: bool) -> Block:
    """The map without the defaults of both versions. `saved`: it is an answer of config-get."""
    known = program(daemon.name)
    dropper = _Dropper(daemon, source, target)
    result = dropper.plain(config, known.scopes[known.top])
    for key in _FILLED_IN:
        block = result.get(key)
        if isinstance(block, Block):
            kept = dropper.plain(block, known.scopes[key])
            rest = [each for each in kept if each not in known.scopes[key].required]
            if not rest and all(dropper.goes_without(known.scopes[key], each, kept[each]) for each in kept):
                del result[key]
            else:
                result[key] = kept
    for key in _OPTION_LISTS:
        if key in result:
            result[key] = dropper.options(result[key], key)
    for key in ("subnet4", "subnet6", "shared-networks"):
        if isinstance(result.get(key), list):
            result[key] = [dropper.network(block, key, [config], saved) for block in result[key]]
    if saved:
        _answered(daemon, result)
    for key in (*_OPTION_LISTS, "subnet4", "subnet6", "shared-networks", "hooks-libraries"):
        if result.get(key) == [] and (saved or key in _OPTION_LISTS):
            del result[key]
    return result


def _answered(daemon: Daemon, result: Block) -> None:
    """What config-get shows though nobody wrote it, in places of its own. The caller must have created the Block."""
    for key, block in (("server-id", _SERVER_ID), ("relay-supplied-options", ["65"])):
        if result.get(key) == block:
            del result[key]
    ddns = result.get("dhcp-ddns")
    if isinstance(ddns, Block) and ddns.get("sender-ip") in NO_ADDRESS.values():  # what Kea shows for ""
        kept = _less(ddns, ["sender-ip"])
        result["dhcp-ddns"] = kept
        if dict(kept) == {"enable-updates": False}:
            del result["dhcp-ddns"]
    if isinstance(result.get("client-classes"), list):
        result["client-classes"] = [_class(daemon, each) for each in result["client-classes"]]
    if isinstance(result.get("option-data"), list):
        result["option-data"] = [_option(daemon, each) for each in result["option-data"]]
    if isinstance(result.get("loggers"), list):
        result["loggers"] = [_logger(each) for each in result["loggers"]]


_SERVER_ID = {"type": "LLT", "persist": True, "identifier": "", "time": 0, "htype": 0, "enterprise-id": 0}
_OUTPUT = {"maxsize": 10240000, "maxver": 1, "flush": True, "pattern": ""}


def _option(daemon: Daemon, item: Block) -> Block:
    """Where config-get names an option there is a definition, and its name says what code and format say."""
    if "name" not in item:
        return item
    usual = {"space": f"dhcp{daemon.family}", "csv-format": True}
    drop = [key for key, value in usual.items() if item.get(key) == value]
    drop += [key for key in ("always-send", "never-send") if item.get(key) is False]
    return _less(item, [*drop, *(["code"] if "code" in item and "space" in drop else [])])


def _class(daemon: Daemon, item: Block) -> Block:
    blank = {
        "next-server": NO_ADDRESS[4],
        "server-hostname": "",
        "boot-file-name": "",
        "option-def": [],
        "option-data": [],
    }
    result = _less(item, [key for key, value in blank.items() if item.get(key) == value])
    if isinstance(result.get("option-data"), list):
        result = result.copy_of()
        result["option-data"] = [_option(daemon, each) for each in result["option-data"]]
    return result


def _logger(item: Block) -> Block:
    result = _less(item, ["debuglevel"] if item.get("debuglevel") == 0 else [])
    outputs = result.get("output-options")
    if isinstance(outputs, list):
        result = result.copy_of()
        result["output-options"] = [
            _less(each, [key for key, value in _OUTPUT.items() if each.get(key) == value]) for each in outputs
        ]
    return result


class _Dropper:
    def __init__(self, daemon: Daemon, source: Branch, target: Branch) -> None:
        self.daemon = daemon
        self.known: Program = program(daemon.name)
        self.source = source
        self.target = target

    def goes_without(self, scope: Scope, key: str, value: Json) -> bool:
        """True when both versions have the value by default."""
        keyword = scope.keywords.get(key)
        if keyword is None:
            return False
        for branch in (self.source, self.target):
            default = keyword.fact("default", branch)
            if default is None:
                default = keyword.fact("default-in-code", branch)
            if default is None or default != value or isinstance(default, bool) is not isinstance(value, bool):
                return False
        return True

    def plain(self, block: Block, scope: Scope) -> Block:
        """A map without its defaults; what it cannot be without stays."""
        result = block.copy_of()
        for key in list(result):
            if key not in scope.required and self.goes_without(scope, key, result[key]):
                del result[key]
        return result

    def options(self, listed: Json, key: str) -> Json:
        scope = self.known.scopes["option-data" if key == "option-data" else "option-def"]
        result = []
        for item in listed:
            drop = [each for each in _OPTION_LISTS[key] if each in item and self.goes_without(scope, each, item[each])]
            result.append(_less(item, drop))
        return result if any(new is not old for new, old in zip(result, listed, strict=True)) else listed

    def network(self, block: Block, key: str, above: list[Block], saved: bool) -> Block:
        """A subnet or shared network, what it holds included. `above`: what it inherits from, the nearest first."""
        drop = [each for each in _EMPTY_IN_SUBNETS if each in block and _empty(block[each])]
        drop += [each for each in _BLANK_IN_SUBNETS if block.get(each) == ""]
        if saved:
            drop += self._echoes(block, key, above)
        changes: dict[str, Json] = {}
        if "option-data" in block and "option-data" not in drop:
            changes["option-data"] = self.options(block["option-data"], "option-data")
            if saved:
                changes["option-data"] = [_option(self.daemon, each) for each in changes["option-data"]]
        for inner in ("subnet4", "subnet6"):
            if isinstance(block.get(inner), list):
                changes[inner] = [self.network(each, inner, [block, *above], saved) for each in block[inner]]
        for inner in ("pools", "pd-pools", "reservations"):
            if isinstance(block.get(inner), list) and saved:
                changes[inner] = [self._inner(each) for each in block[inner]]
        if not drop and all(block[each] is value for each, value in changes.items()):
            return block
        result = block.copy_of()
        result.update(changes)
        for each in drop:
            result.pop(each, None)
        return result

    def _inner(self, block: Block) -> Block:
        drop = [each for each in ("option-data", "client-classes") if block.get(each) == []]
        drop += [
            each for each in ("hostname", "next-server", "server-hostname", "boot-file-name") if block.get(each) == ""
        ]
        if block.get("next-server") == NO_ADDRESS[4] and "next-server" not in drop:
            drop.append("next-server")
        result = _less(block, drop)
        if result.get("option-data"):
            result = result.copy_of()
            result["option-data"] = [_option(self.daemon, each) for each in result["option-data"]]
        return result

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
            elif name == "rapid-commit" and block[name] is False and len(above) == 1:
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


def _empty(value: Json) -> bool:
    return value in ([], {}) or (isinstance(value, Mapping) and dict(value) == {"ip-addresses": []})
