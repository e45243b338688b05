"""One form of finding for every stage, from a YAML typing slip to a port clash in the compiled pair.

A stage knows *routes* (`("dhcp4", "subnet4", 0, "id")`), never line numbers; the document turns a route into a place
when the finding is shown. A `Rule` is the stable identity of a kind of mistake; registering a code twice is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol

from kea_hac.records import dataclass

Route = tuple[str | int, ...]
"""The way to a value in a document: map keys and list indexes, from the root."""


THE_SERVER = "\N{WHITE SQUARE CONTAINING BLACK SMALL SQUARE}"
"""Stands in a message for the name of `Finding.server`."""
THE_SUBJECT = "\N{WHITE DIAMOND CONTAINING BLACK SMALL DIAMOND}"
"""Stands in a message for the name of `Finding.subject`."""


class Severity(StrEnum):
    """How bad a finding is. `error`: the output is wrong or Kea refuses it; `warning`: it loads and can do harm; `info`: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return ("error", "warning", "info").index(self.value)


class KeaVerdict(StrEnum):
    """What Kea itself does with the mistake, as seen on its servers or in its sources."""

    REFUSES = "refuses"
    ACCEPTS = "accepts"
    NOT_ITS_BUSINESS = "n/a"


NOT_READ = (
    "The server does not start with this file. A running server that reloads it keeps its old configuration and continues to "
    "serve clients."
)
"""A rule's `why`: Kea's grammar refuses the file, or a parser of a version after 2.2. As all `why` texts about reloads, proven by
`tests/kea/test_refused_reloads.py` on 2.2.0, 2.6.3 and 3.0.4."""
NOT_LOADED = (
    "The server does not start with this file. A running server that reloads it keeps its old configuration, but Kea 2.2 also "
    "closes its DHCP sockets and answers no client."
)
"""A rule's `why`: a parser refuses the configuration after the grammar has accepted the file."""
NOT_OPENED = "The server does not start with this file. A running server that reloads it closes its DHCP sockets and answers no client."
"""A rule's `why`: Kea refuses the configuration only when it opens interfaces or databases."""
HOOK_NOT_LOADED = (
    "The hook library does not load, and the server does not start. A running server that reloads this file closes its "
    "DHCP sockets and answers no client. `-t` does not find the mistake."
)
"""A rule's `why`: a hook library refuses its parameters."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of mistake. `code` never changes and is never reused; `name` states the mistake itself."""

    code: str
    name: str
    severity: Severity
    kea: KeaVerdict
    why: str
    """What happens to the site when the mistake is deployed; shown by `explain`."""
    source: str = ""
    """Where the fact comes from: ARM section, ChangeLog number, "seen on 2.6.3"."""
    unreadable: bool = False
    """True when the input cannot be parsed, so that the exit code is 2 and not 1."""
    since: str = ""
    """The first versions that refuse it, where older ones accept it: "2.6", or "2.4.2, 2.6.3" for fixes in several branches."""
    until: str = ""
    """The last branch that refuses it, where newer ones accept it: "2.2"."""
    rests_on: tuple[str, ...] = ()
    """Keys whose absence, or whose default, is what the rule finds: where one of them is written with a mistake, the rule is not applied.

    In the maps above the finding; with an asterisk before it (`*interfaces`) at any place; `.`: the finding's own value."""

    def __hash__(self) -> int:
        """By the code, which no other rule has: findings are compared and counted by their rules all the time."""
        return hash(self.code)


_rules: dict[str, Rule] = {}
_names: set[str] = set()


def rule(
    code: str,
    name: str,
    severity: Severity = Severity.ERROR,
    kea: KeaVerdict = KeaVerdict.NOT_ITS_BUSINESS,
    *,
    why: str,
    source: str = "",
    unreadable: bool = False,
    since: str = "",
    until: str = "",
    rests_on: tuple[str, ...] = (),
) -> Rule:
    """Register a rule. Raises ValueError when its code or name is taken, or when versions go with no refusal."""
    if code in _rules or name in _names:
        raise ValueError(f"rule {code} {name} is registered twice")
    if (since or until) and kea is not KeaVerdict.REFUSES:
        raise ValueError(f"rule {code} {name}: since and until say which versions refuse, and Kea {kea}")
    result = Rule(code, name, severity, kea, why, source, unreadable, since, until, rests_on)
    _rules[code] = result
    _names.add(name)
    return result


refused = partial(rule, kea=KeaVerdict.REFUSES)
"""Register an error that Kea refuses as well. As `rule`."""
warning = partial(rule, severity=Severity.WARNING, kea=KeaVerdict.ACCEPTS)
"""Register a warning about what Kea accepts. As `rule`."""
info = partial(rule, severity=Severity.INFO, kea=KeaVerdict.ACCEPTS)
"""Register information about what Kea accepts. As `rule`."""


def known_rules() -> Mapping[str, Rule]:
    """Every rule registered so far, by code. `rule_list.all_rules` has them all."""
    return MappingProxyType(_rules)


def is_rule_word(word: str) -> bool:
    """True for the code or the name of a rule that is registered so far."""
    return word in _rules or word in _names


class RepairKind(StrEnum):
    """What a repair does at its route."""

    SET = "set"
    """The value is replaced, or the key is added to its map."""
    RENAME = "rename"
    """The key is renamed; its value and its place stay."""
    REMOVE = "remove"
    """The key or the item is removed."""
    INSERT = "insert"
    """A new item of a list, before the one at the route's index."""
    REWRITE = "rewrite"
    """The text at the finding's place is replaced: for what a reader finds, where a route may lead to nothing or to two places."""
    WRAP = "wrap"
    """The value becomes the only item of a list, or of a map with the repair's value as its key."""


class OneKey(NamedTuple):
    """A map with one key, as the value of a repair."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Repair:
    """One change of a document that corrects a finding: its `fix` as data. `source.repairs` turns it into edits."""

    route: Route | None
    """None: the route of the finding."""
    change: RepairKind
    value: str | int | float | bool | OneKey | tuple[str | int, ...] | None = None
    """The new value, a tuple for a list; the new name of the key; the new text; or the key of the map around the value."""


REMOVE_IT: tuple[Repair, ...] = (Repair(None, RepairKind.REMOVE),)
"""Remove the value of the finding."""


def set_it(value: str | float) -> tuple[Repair, ...]:
    """Replace the value of the finding."""
    return (Repair(None, RepairKind.SET, value),)


def rewrite_it(text: str) -> tuple[Repair, ...]:
    """Replace the text at the finding's place."""
    return (Repair(None, RepairKind.REWRITE, text),)


def rename_it(key: str) -> tuple[Repair, ...]:
    """Rename the key of the finding."""
    return (Repair(None, RepairKind.RENAME, key),)


def wrap_it(key: str | None = None) -> tuple[Repair, ...]:
    """Put the value of the finding into a list, or into a map under `key`."""
    return (Repair(None, RepairKind.WRAP, key),)


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake at one place, as a stage yields it."""

    rule: Rule
    at: Route
    message: str
    """States the fact and the values seen. Never contains a secret."""
    on_key: bool = False
    """True when the caret belongs under the key of the last step, not under its value."""
    related: tuple[tuple[Route, str], ...] = ()
    """Other routes that matter, each with a message: "the prefix is set here"."""
    fix: str | None = None
    """What to write instead."""
    artifact: str | None = None
    """The place in the compiled output: "kea1/kea-dhcp4.conf: Dhcp4.subnet4[0]"."""
    severity: Severity | None = None
    """Set when this case is more or less severe than the rule usually is."""
    server: str | None = None
    """The server that THE_SERVER in the message stands for: a finding about several servers is reported once, with all their names."""
    kea: KeaVerdict | None = None
    """Set when Kea treats this case, or this version, in another way than the rule states."""
    repair: tuple[Repair, ...] = ()
    """The same as `fix`, as changes to make together. Empty where the user has to choose, or where the file does not contain enough."""
    subject: str | None = None
    """What THE_SUBJECT in the message stands for, a family or a peer: a finding about several is reported once, with all their names."""
    meant: str | None = None
    """The known key that is meant by the unknown one at the end of `at`, as far as its spelling shows."""
    lacks: tuple[str, ...] = ()
    """The keys whose absence is what was found here, where the rule alone does not name them (`Rule.rests_on`)."""

    cause: str | None = None
    """What one correction corrects, where its absence is found at many places: such findings are one, at the first place."""

    spoils: tuple[Route, ...] = ()
    """Other values that this mistake takes away or cuts short: what is found there, or missing there, only follows from it."""

    @property
    def kea_verdict(self) -> KeaVerdict:
        """What Kea does with this one. A refusal is an error, so a finding with a lower severity is no refusal."""
        lowered = self.severity is not None and self.severity.rank > self.rule.severity.rank
        return self.kea or (KeaVerdict.ACCEPTS if lowered and self.rule.kea is KeaVerdict.REFUSES else self.rule.kea)


FindingSink = Callable[[Finding], None]
"""Where a stage reports its findings: it is called once for each."""


@dataclass(frozen=True, slots=True)
class Span:
    """A range in a file: 1-based lines and columns, columns in characters, the end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


class Place(NamedTuple):
    """What reports say of a route."""

    span: Span
    text: str | None
    """The line that the span begins on, without its line end; None where it must not or cannot be shown."""
    path: str
    """The route as people write it."""
    identified: str
    """The route with what identifies an item of a list instead of its index: dhcp4.subnet4[192.0.2.0/24].id"""
    secret: bool
    """True when the value there is a secret, or a part of one."""


class Covering(Protocol):
    """Masks secrets in a string."""

    def __call__(self, text: str, *, near: bool = False) -> str:
        """The string without secrets. `near`: it is a message about a secret, so short secrets are masked too."""
        ...


class Locator(Protocol):
    """Turns a route into a place: a document."""

    def place(self, route: Route, *, key: bool = False) -> Place:
        """All about the value (or the key) at `route`; where it does not exist, the span and the line of its nearest ancestor."""
        ...

    def span(self, route: Route, *, key: bool = False) -> Span:
        """The span of the value (or of the key) at `route`, or of its nearest ancestor that exists."""
        ...

    def line_text(self, span: Span) -> str | None:
        """The first line of the span, without its line end; None where it must not or cannot be shown."""
        ...

    def cover(self) -> Covering:
        """The mask for every message about the document: none repeats a secret of its files."""
        ...


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding with its position: what reports print."""

    rule: Rule
    severity: Severity
    message: str
    span: Span
    path: str
    """The route as people write it: dhcp4.subnet4[0].id"""
    text: str | None = None
    """The line that the span starts on."""
    related: tuple[tuple[Span, str], ...] = ()
    fix: str | None = None
    artifact: str | None = None
    related_texts: tuple[str | None, ...] = ()
    """The line that each of `related` starts on, None where it cannot be shown."""
    kea: KeaVerdict | None = None
    """What Kea does in this case, where it differs from the rule."""
    repair: tuple[Repair, ...] = ()
    """The fix as changes, where they are known."""
    subject: str = ""
    """`path` with what identifies an item of a list instead of its index, for fingerprints. Contains no secret. "" for what a reader
    finds in a text that has no structure yet, and for comments."""

    @property
    def kea_verdict(self) -> KeaVerdict:
        """What Kea does with this one."""
        return self.kea or self.rule.kea

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """File, line, column, code, message: the one order of all reports."""
        return (self.span.file, self.span.line, self.span.column, self.rule.code, self.message)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A check that could not run, and why. No finding means "checked and clean", so a skipped check is reported."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that the site's settings, or a baseline, take out of the report. It is counted."""

    found: Diagnostic
    reason: str
    place: str
    """What takes it out: "kea-hac.toml:12", or the baseline."""


@dataclass(frozen=True, slots=True)
class Report:
    """All results of one run about its inputs."""

    diagnostics: tuple[Diagnostic, ...] = ()
    skipped: tuple[Skipped, ...] = field(default=())
    ignored: tuple[Ignored, ...] = ()

    @property
    def unreadable(self) -> bool:
        """True when some input could not be parsed."""
        return any(each.rule.unreadable for each in self.diagnostics)

    def at_least(self, severity: Severity) -> bool:
        """True when something is as bad as `severity`."""
        return any(each.severity.rank <= severity.rank for each in self.diagnostics)


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """In the one order of all reports, each once."""
    places: dict[tuple[str, int, int, str, str], list[Diagnostic]] = {}
    for each in diagnostics:
        same = places.setdefault(each.sort_key, [])
        if each not in same:
            same.append(each)
    return tuple(each for key in sorted(places) for each in places[key])


def dotted(route: Route) -> str:
    """The route as people write it: dhcp4.subnet4[0].pools[1]"""
    text = ""
    for step in route:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


MOST_CHARACTERS = 2_000
"""Of a message, a fix or a path in a report: a value of a megabyte is recognised by its start and its end."""


def shortened(text: str) -> str:
    """The text, without the middle of one that nobody reads to the end."""
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[: MOST_CHARACTERS // 2]}… ({len(text):,} characters) …{text[-MOST_CHARACTERS // 4 :]}"
