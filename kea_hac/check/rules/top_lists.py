"""Lists at the top that Kea reads more closely than its grammar: identifiers, sources of MAC addresses, options of relays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import NOT_LOADED, REMOVE_IT, Finding, Route, Rule, refused, set_it
from kea_hac.kea.option_definitions import known_names, own_space, standard_definition
from kea_hac.kea.suggest import option_for
from kea_hac.model.configuration import Configuration
from kea_hac.regex import regex

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

IDENTIFIER_TWICE = refused(
    "KH720",
    "host-identifier-twice",
    why=f"The same type of identifier is in the list twice. {NOT_LOADED}",
    source=f"CfgHostOperations; {_SEEN}",
)
SOURCE_TWICE = refused(
    "KH721",
    "mac-source-twice",
    why="Some sources have two names: client-link-addr-option is rfc6939, remote-id is rfc4649, subscriber-id is "
    f"rfc4580. Each source may be in the list once. {NOT_LOADED}",
    source=f"MACSourcesListConfigParser; {_SEEN}",
)
UNKNOWN_OPTION = refused(
    "KH722",
    "unknown-relay-supplied-option",
    why=f"The list accepts names of standard options, and codes of options in quotes. {NOT_LOADED}",
    source=f"RSOOListConfigParser; {_SEEN}",
)
_OTHER_NAMES: Mapping[str, str] = {
    "rfc6939": "client-link-addr-option",
    "rfc4649": "remote-id",
    "rfc4580": "subscriber-id",
}
_CODE = regex(r"[+-]?[0-9]{1,18}\Z", re.ASCII)
_LARGEST_CODE = 65535


@checks(IDENTIFIER_TWICE, SOURCE_TWICE, on=Subject.SHARED)
def listed_twice(configuration: Configuration) -> Iterator[Finding]:
    """Host identifiers and MAC sources that stand twice."""
    yield from _twice(configuration, "host-reservation-identifiers", IDENTIFIER_TWICE, {})
    yield from _twice(configuration, "mac-sources", SOURCE_TWICE, _OTHER_NAMES)


def _twice(configuration: Configuration, key: str, broken: Rule, same: Mapping[str, str]) -> Iterator[Finding]:
    listed = configuration.config.get(key)
    seen: dict[str, tuple[Route, str]] = {}
    for number, word in enumerate(listed if isinstance(listed, list) else ()):
        at = (*configuration.config.where(key), number)
        name = same.get(str(word), str(word))
        if name in seen:
            where, other = seen[name]
            message = f"{word!r} is listed twice" if other == word else f"{word!r} is another name of {other!r}"
            yield Finding(broken, at, message, related=((where, "the first"),), fix="remove one", repair=REMOVE_IT)
        seen.setdefault(name, (at, str(word)))


@checks(UNKNOWN_OPTION, on=Subject.SHARED)
def relay_supplied_options(configuration: Configuration) -> Iterator[Finding]:
    """Options that a relay may supply and Kea does not know."""
    config = configuration.config
    listed = config.get("relay-supplied-options") if configuration.daemon.family == 6 else None
    for number, text in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(text, str):
            continue
        code = int(text) if _CODE.match(text) else 0
        known = 0 < code <= _LARGEST_CODE
        if not code:
            known = standard_definition(6, own_space(6), text, configuration.version.branch) is not None
        if not known:
            at = (*config.where("relay-supplied-options"), number)
            fix = f"name a standard option of DHCPv6, or write its code, 1 to {_LARGEST_CODE}, in quotes"
            near = None if code else option_for(text, 6, known_names(6, own_space(6), configuration.version.branch))
            repair = set_it(near) if near else ()
            message = f"Kea knows no DHCPv6 option {text!r}"
            yield Finding(UNKNOWN_OPTION, at, message, fix=f"write {near}" if near else fix, repair=repair)
