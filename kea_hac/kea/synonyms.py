"""Old and new spellings of one meaning: one table, and the step that turns what was written into the newest.

Whoever reads gets canonical Blocks; `spelling` turns these into what one version reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kea_hac.diagnostics import (
    NOT_READ,
    REMOVE_IT,
    Finding,
    FindingSink,
    KeaVerdict,
    Repair,
    RepairKind,
    Route,
    Severity,
    info,
    rule,
    set_it,
)
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Kind, Scope
from kea_hac.kea.hooks import name_in, newest_name
from kea_hac.kea.version import Branch
from kea_hac.records import dataclass

OLD_SPELLING = info(
    "KH130",
    "old-spelling",
    why="Kea renamed this key, and a later Kea will not know the old name. The compiler writes the name that "
    "each version reads, so the spec can use the new one today.",
    source="Kea ChangeLog and ARM; see the row of each key",
)
DOUBLE_MEANING = rule(
    "KH131",
    "double-meaning",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"The old and the new name of one key are both set, and only one value can apply. {NOT_READ} With "
    "reservation-mode beside the keys that replace it, Kea 2.2 closes its DHCP sockets at the reload.",
    source="the grammars (control-socket, output-options), the parsers (class keys, reservation-mode); seen on 2.2.0, 2.6.3, 3.0.4",
)
ONE_IGNORED = rule(
    "KH135",
    "one-of-two-spellings-ignored",
    Severity.ERROR,
    KeaVerdict.ACCEPTS,
    why="The old and the new name of one key are both set. Kea silently uses one of them. Which one depends on "
    "the order or on a rule of that key, so the file does not show which value applies.",
    source="SrvConfig::moveDdnsParams, seen on 2.2.0; ddns-use-conflict-resolution, seen on 2.6.3 and 3.0.4 "
    "when it is written after its successor (before the successor, Kea refuses it)",
)


class UnsayableError(Exception):
    """The older form cannot hold the value; the text says why and what to do."""


NOTHING = object()
"""What a row gives when nothing is to be written."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Two spellings of one meaning. A row holds in every scope that knows both keys."""

    old: str
    new: str
    newer: Callable[[Json], Json]
    older: Callable[[Json], Json]
    """Raises UnsayableError."""
    source: str


def _same(value: Json) -> Json:
    return value


def _one_item(value: Json) -> Json:
    return [value]


def _class_list(value: str) -> Json:
    return [value] if value else NOTHING  # "" is Kea's own way to say "no class" before 3.0


def _one_class(value: list[str]) -> Json:
    if not value:
        return NOTHING
    if len(value) == 1:
        return value[0]
    tests = " or ".join(f"member('{name}')" for name in value)
    raise UnsayableError(f"only one class can be named; make a class whose test is {tests} and name that one")


def _unix_socket(value: list[Block]) -> Json:
    unix = [entry for entry in value if entry.get("socket-type", "unix") == "unix"]
    if len(unix) == len(value) == 1:
        return unix[0]
    if not value:
        return NOTHING
    raise UnsayableError("only one unix socket can be opened; HTTP goes through the control agent")


_CONFLICT_MODES = {True: "check-with-dhcid", False: "no-check-with-dhcid"}


def _conflict_mode(flag: Json) -> Json:
    return _CONFLICT_MODES.get(flag, flag) if isinstance(flag, bool) else flag


def _conflict_flag(value: str) -> Json:
    for flag, mode in _CONFLICT_MODES.items():
        if mode == value:
            return flag
    raise UnsayableError(f"only {' and '.join(_CONFLICT_MODES.values())} can be expressed")


def _never(value: Json) -> Json:
    """For old spellings that no supported branch needs: the new one is read by all of them."""
    raise AssertionError(value)


SPELLINGS: tuple[Spelling, ...] = (
    Spelling(
        "control-socket",
        "control-sockets",
        _one_item,
        _unix_socket,
        "ChangeLog 2271 (2.7.2); seen on 2.2.0, 2.6.3, 3.0.4",
    ),
    Spelling("client-class", "client-classes", _class_list, _one_class, "ARM 3.0, 'Client Classes'; seen on 3.0.4"),
    Spelling("require-client-classes", "evaluate-additional-classes", _same, _same, "ARM, 'as of Kea version 2.7.4'"),
    Spelling("only-if-required", "only-in-additional-list", _same, _same, "ARM, 'as of Kea version 2.7.4'"),
    Spelling("output_options", "output-options", _same, _same, "ChangeLog 2176 (2.5.3); absent on 2.2.0"),
    Spelling(
        "ddns-use-conflict-resolution",
        "ddns-conflict-resolution-mode",
        _conflict_mode,
        _conflict_flag,
        "ChangeLog 2167 (2.5.0); the grammar of 2.6 makes the same change",
    ),
    Spelling("hosts-database", "hosts-databases", _one_item, _never, "config-get shows the list in every version"),
    Spelling("ip-address", "ip-addresses", _one_item, _never, "relay: removed in 2.5.8"),
)
RESERVATION_MODES: Mapping[str, Mapping[str, bool]] = {
    "disabled": {"reservations-global": False, "reservations-in-subnet": False},
    "off": {"reservations-global": False, "reservations-in-subnet": False},
    "out-of-pool": {"reservations-global": False, "reservations-in-subnet": True, "reservations-out-of-pool": True},
    "global": {"reservations-global": True, "reservations-in-subnet": False},
    "all": {"reservations-global": False, "reservations-in-subnet": True, "reservations-out-of-pool": False},
}
"""reservation-mode (2.2 and 2.4) -> the three switches that all versions have (BaseNetworkParser::moveReservationMode, 2.4.2)."""
MOVED_DDNS: Mapping[str, str] = {
    "override-no-update": "ddns-override-no-update",
    "override-client-update": "ddns-override-client-update",
    "replace-client-name": "ddns-replace-client-name",
    "generated-prefix": "ddns-generated-prefix",
    "qualifying-suffix": "ddns-qualifying-suffix",
    "hostname-char-set": "hostname-char-set",
    "hostname-char-replacement": "hostname-char-replacement",
}
"""Keys of the dhcp-ddns map up to 2.4 -> the global keys of the same meaning (SrvConfig::moveDdnsParams, 2.4.2; ChangeLog 2238)."""

BY_OLD = {row.old: row for row in SPELLINGS}
BY_NEW = {row.new: row for row in SPELLINGS}


def respelled_keys(scope: Scope) -> frozenset[str]:
    """The keys of a scope whose presence calls for `canonical`."""
    known = scope.keywords
    keys = {row.old for row in SPELLINGS if row.old in known and row.new in known}
    keys |= {"reservation-mode", "dhcp-ddns"} & known.keys()
    keys |= {"comment"} if "user-context" in known else set()
    return frozenset(keys | ({"library"} if scope.name == "hooks-library" else set()))


def canonical(scope: Scope, block: Block, note: FindingSink, branches: frozenset[Branch] | None) -> None:
    """Turn the older spellings in a Block that the reader has just built into the newest, in place; nested ones are done.

    `branches`: the versions that the text is for; an old spelling that is the only one they read is no finding.
    """
    # Only what this scope has under both names: a stranger of that name is kept as it was written.
    for key in [key for key in block if key in BY_OLD and {key, BY_OLD[key].new} <= scope.keywords.keys()]:
        row = BY_OLD[key]
        value = block.pop(key)
        _put(scope, block, key, {row.new: None if value is None else row.newer(value)}, note=note, branches=branches)
    if "reservation-mode" in block and "reservation-mode" in scope.keywords:
        mode = block.pop("reservation-mode")
        # Kea refuses the mode beside any of the three switches, also the one that it does not turn
        news: dict[str, Json] = dict.fromkeys(RESERVATION_MODES["all"], None if mode is None else NOTHING)
        news.update(RESERVATION_MODES.get(mode, {}))
        _put(scope, block, "reservation-mode", news, note=note, branches=branches)
    if isinstance(block.get("dhcp-ddns"), Block) and "dhcp-ddns" in scope.keywords:
        _lift_ddns(scope, block, note)
    if scope.name == "hooks-library" and isinstance(block.get("library"), str):
        block["library"] = _newest_library(block, note, branches)


def _put(
    scope: Scope,
    block: Block,
    old: str,
    news: Mapping[str, Json],
    *,
    note: FindingSink,
    branches: frozenset[Branch] | None,
) -> None:
    at = block.where(old)
    clash = [key for key in news if key in block]
    if clash:
        names = ", ".join(repr(key) for key in clash)
        related = ((block.where(clash[0]), "the newer spelling"),)
        clashing = ONE_IGNORED if old == "ddns-use-conflict-resolution" else DOUBLE_MEANING
        note(
            Finding(
                clashing,
                at,
                f"{old!r} and {names} mean the same",
                True,
                related,
                f"keep {names} only",
                repair=REMOVE_IT,
            )
        )
        return
    if branches is None or any(branches & scope.keywords[key].branches for key in news):
        names = ", ".join(f"{key}: {_shown(value)}" for key, value in news.items() if value is not NOTHING)
        fix = f"write {names or 'nothing'}"
        note(
            Finding(
                OLD_SPELLING, at, f"{old!r} is an old spelling", True, fix=fix, repair=_in_new_words(scope, at, news)
            )
        )
    for key, value in news.items():
        if value is not NOTHING:
            block.put(key, value, at)


def _in_new_words(scope: Scope, at: Route, news: Mapping[str, Json]) -> tuple[Repair, ...]:
    """The new keys in place of the old one: renamed where the value stays, else written anew."""
    if len(news) == 1:
        ((key, value),) = news.items()
        was, wanted = scope.keywords[str(at[-1])], scope.keywords[key]
        if isinstance(value, dict | list) and wanted.kind is was.kind:
            return (Repair(at, RepairKind.RENAME, key),)
        if isinstance(value, list) and wanted.kind is Kind.LIST and was.kind is Kind.MAP:
            return (Repair(at, RepairKind.RENAME, key), Repair(at, RepairKind.WRAP))
    result: list[Repair] = []
    for key, value in news.items():
        if value is NOTHING:
            continue
        words = tuple(value) if isinstance(value, list) else value
        if not isinstance(words, str | bool | tuple) or (
            isinstance(words, tuple) and not all(isinstance(each, str) for each in words)
        ):
            return ()
        result.append(Repair((*at[:-1], key), RepairKind.SET, words))
    return (*result, Repair(at, RepairKind.REMOVE))


def _shown(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    return value if isinstance(value, str) else "null" if value is None else "…"


def _lift_ddns(scope: Scope, block: Block, note: FindingSink) -> None:
    ddns: Block = block["dhcp-ddns"]
    for key in [key for key in ddns if key in MOVED_DDNS]:
        at = ddns.where(key)
        value = ddns.pop(key)
        new = MOVED_DDNS[key]
        if new in block:
            related = ((block.where(new), "the global key"),)
            message = f"{key!r} in dhcp-ddns and the global {new!r} mean the same"
            note(Finding(ONE_IGNORED, at, message, True, related, f"keep the global {new!r} only", repair=REMOVE_IT))
            continue
        note(
            Finding(
                OLD_SPELLING,
                at,
                f"{key!r} in dhcp-ddns is an old place (up to 2.4)",
                True,
                fix=f"write {new}: {_shown(value)} at the top of {scope.name}",
                repair=(Repair((*at[:-2], new), RepairKind.SET, value), Repair(at, RepairKind.REMOVE))
                if isinstance(value, str | bool)
                else (),
            )
        )
        block.put(new, value, at)


def _newest_library(block: Block, note: FindingSink, branches: frozenset[Branch] | None) -> str:
    written: str = block["library"]
    newest = newest_name(written)
    if newest != written and (branches is None or any(name_in(written, branch) != written for branch in branches)):
        note(
            Finding(
                OLD_SPELLING,
                block.where("library"),
                f"{written!r} is called {newest!r} from 3.0 on",
                fix=f"write {newest}",
                repair=set_it(newest),
            )
        )
    return newest
