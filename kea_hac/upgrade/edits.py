"""The edits of a spec: its version, what the newer version refuses and can be put right, and the lines that keep older defaults.

Each edit is the smallest change of the file that contains the value (`source.yaml_edit`). What cannot be edited is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kea_hac.adopt.edits import behind, folded, in_words
from kea_hac.api import Checked, Loaded, judge, loaded
from kea_hac.changes.version_step import NewDefault
from kea_hac.diagnostics import Diagnostic, Route, Severity, dotted
from kea_hac.kea.version import KeaVersion
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.document import Document, Plain, Seq, value_at
from kea_hac.source.edits import Action, Edit, exists
from kea_hac.source.ledger import Reading
from kea_hac.source.repairs import edits_of, of_text
from kea_hac.source.secrets import MASK, names_secret
from kea_hac.source.yaml_edit import plan_edits
from kea_hac.source.yaml_reader import reread
from kea_hac.spec.guesses import guessed_routes
from kea_hac.spec.scalars import MANIFEST
from kea_hac.upgrade.versions import version_routes

_ROUNDS = 5
"""A repair may bring another error that can be repaired."""
_REPLACE = "replace `control-agent` by `control-sockets`"
_MARK = regex(r"[ \t]*#[ \t]*kea-hac:[ \t]*guessed\b[^\r\n]*")


@dataclass(frozen=True, slots=True)
class SpecEdit:
    """One edit of the spec, for people."""

    file: str
    line: int
    route: Route
    key: str
    """The key at the end of the route after the edit: another one where a key takes the place of another."""
    old: str
    """"" where there was nothing."""
    new: str
    """"" where the value is removed."""
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An edit that cannot be result."""

    what: str
    """The edit, as an order to somebody: set kea to 3.0."""
    reason: str


class Editing:
    """The document of a spec while it is edited; every step is compiled."""

    def __init__(self, spec: Loaded, now: Checked, shared: Mapping[str, str]) -> None:
        """`spec` must compile: `now` is what it compiles to. `shared`: as `plan_edits`."""
        assert spec.document is not None
        self.path: Path = spec.path
        self.first: Document = spec.document
        self.document: Document = spec.document
        self.checked = now
        self.shared = shared
        self._done: list[SpecEdit] = []
        self.refused: list[Refused] = []

    @property
    def texts(self) -> Mapping[str, str]:
        """The new texts of the files that are changed, by path."""
        before = {each.path: each.text for each in self.first.texts}
        return {each.path: each.text for each in self.document.texts if before.get(each.path) != each.text}

    @property
    def done(self) -> tuple[SpecEdit, ...]:
        """The edits with their lines in the edited spec; in the old one for what is removed."""
        return tuple(_placed(each, self.first, self.document) for each in self._done)

    def set_version(self, to: KeaVersion) -> bool:
        """Write the version wherever an older one is written. False when that is refused; then nothing is changed."""
        routes = list(version_routes(self.document, to))
        guessed = guessed_routes(self.document) & set(routes)
        edits = [
            Edit(route, Action.SET, _like(value_at(self.document.root, route, None), str(to)), "pair")
            for route in routes
        ]
        return self._make(edits, {}, confirmed=guessed)

    def repair(self, known: Sequence[Diagnostic]) -> None:
        """Repair the errors that are new with the newer version, where their fix is known. `known`: the findings of before."""
        for _ in range(_ROUNDS):
            found = [each for each in fresh_errors(known, self.checked) if each.repair and not of_text(each)]
            edits = list(_without_conflicts([(each.message, edits_of(self.document, each.repair)) for each in found]))
            whys = {edit.route: why for why, edit in edits}
            if not edits or not self._make([edit for _, edit in edits], whys):
                return

    def keep_defaults(self, defaults: Iterable[NewDefault]) -> None:
        """Write the lines that keep the older defaults."""
        for each in defaults:
            below = (each.changed.below,) if each.changed.below else ()
            routes = {(each.daemon, *below, key): value for key, value in each.lines.items()}
            after = behind(self.document, next(iter(routes)))
            edits = [Edit(route, Action.SET, value, after) for route, value in routes.items()]
            why = f"keeps the older default, {each.changed.source}"
            self._make(edits, dict.fromkeys((one.route for one in edits), why))

    def replace_agent(self, sockets: Mapping[str, Sequence[Any]]) -> None:
        """Write the control sockets that take the place of the agent, and remove `control-agent`; the files of the servers stay.

        `sockets`: by family, the entries for all servers; an empty list where the servers need different ones.
        """
        root = self.document.root
        before = self.checked
        edits: list[Edit] = []
        for family, entries in sockets.items():
            route = (family, "control-sockets")
            written = value_at(root, route, None)
            if isinstance(written, Seq):
                edits += [Edit((*route, len(written)), Action.INSERT, each) for each in entries]
            else:
                edits.append(Edit(route, Action.SET, list(entries), behind(self.document, route)))
        servers = root.get("servers")
        own = [("servers", number) for number in range(len(servers) if isinstance(servers, Seq) else 0)]
        routes: list[Route] = [("control-agent",), *((*route, "control-agent") for route in own)]
        edits += [Edit(route, Action.REMOVE) for route in routes if value_at(root, route, None) is not None]
        if not all(sockets.values()):
            self.refused.append(Refused(_REPLACE, "the servers need different sockets"))
            return
        document, shown = self.document, len(self._done)
        why = "it takes the place of the control agent"
        if self._make(edits, dict.fromkeys((edit.route for edit in edits), why)) and not _same_files(
            before, self.checked
        ):
            self.document, self.checked = document, before
            del self._done[shown:]
            self.refused.append(Refused(_REPLACE, "the servers would get other files than with `control-agent`"))

    def _make(self, edits: Sequence[Edit], whys: Mapping[Route, str], *, confirmed: Iterable[Route] = ()) -> bool:
        plan = plan_edits(self.document, folded(self.document, list(edits)), self.shared)
        if plan.refused:
            self.refused += [Refused(in_words(each.edit), each.reason) for each in plan.refused]
            return False
        before, document = self.document, plan.document
        document = _confirmed(document, confirmed)
        self._done += _shown(edits, before, whys)
        self.document = document
        self.checked = judge(loaded(self.path, Reading(document)))
        return True


def _same_files(one: Checked, other: Checked) -> bool:
    """True when both compile to the same files for Kea. The manifest has a digest of the spec."""
    if one.build is None or other.build is None:
        return False
    first, second = (
        {path: content for path, content in build.files.items() if path != MANIFEST}
        for build in (one.build, other.build)
    )
    return first == second


def fresh_errors(known: Sequence[Diagnostic], checked: Checked) -> list[Diagnostic]:
    """The errors that were not found before."""
    before = {(each.rule.code, each.path, each.message) for each in known}
    errors = (each for each in checked.report.diagnostics if each.severity is Severity.ERROR)
    return [each for each in errors if (each.rule.code, each.path, each.message) not in before]


def _like(old: object, new: str) -> str:
    """A scalar with quotes keeps them, one without gets none."""
    return Plain(new) if isinstance(old, Plain) else new


def _without_conflicts(repairs: Sequence[tuple[str, Sequence[Edit]]]) -> Iterator[tuple[str, Edit]]:
    """The edits of those repairs that no other one contradicts, each once, with the finding's message."""
    values: dict[Route, set[str]] = {}
    for _, edits in repairs:
        for each in edits:
            values.setdefault(each.route, set()).add(f"{each.action} {each.value!r}")
    given: set[Route] = set()
    for message, edits in repairs:
        if all(len(values[each.route]) == 1 for each in edits):
            for each in edits:
                if each.route not in given:
                    given.add(each.route)
                    yield message, each


def _confirmed(document: Document, routes: Iterable[Route]) -> Document:
    """The document without the marks of guesses on the lines of values that the user has named now.

    A mark that is beside another guessed value too is kept.
    """
    wanted = set(routes)
    if not wanted:
        return document
    guessed = guessed_routes(document)
    lines = {_line(document, route) for route in wanted} - {_line(document, route) for route in guessed - wanted}
    texts = {each.path: each.text for each in document.texts}
    for path, number in lines:
        split = texts[path].split("\n")
        split[number - 1] = _MARK.sub("", split[number - 1])
        texts[path] = "\n".join(split)
    result = reread(document, texts).document
    return result if result is not None else document


def _line(document: Document, route: Route) -> tuple[str, int]:
    span = document.span(route, key=True)
    return span.file, span.line


def _placed(edit: SpecEdit, before: Document, after: Document) -> SpecEdit:
    route = (*edit.route[:-1], edit.key)
    stands = bool(edit.new) and exists(after.root, route)
    span = after.span(route) if stands else before.span(edit.route)
    return replace(edit, file=span.file, line=span.line)


def _shown(edits: Sequence[Edit], before: Document, whys: Mapping[Route, str]) -> Iterator[SpecEdit]:
    """The edits for people: a key that is removed because another one takes its place is one edit with it."""
    gone = {each.route: each for each in edits if each.action is Action.REMOVE}
    for each in edits:
        if each.action is Action.REMOVE:
            continue
        instead = next(
            (route for route in gone if route[:-1] == each.route[:-1] and _takes_place(route, each.route)), None
        )
        old = _value(before, instead or each.route)
        if instead is not None:
            del gone[instead]
            old = f"{instead[-1]}: {old}"
        new = f"{each.route[-1]}: {_text(each.value)}" if instead is not None else _text(each.value)
        yield SpecEdit("", 0, instead or each.route, str(each.route[-1]), old, new, whys.get(each.route, ""))
    for route in gone:
        yield SpecEdit("", 0, route, str(route[-1]), _value(before, route), "", whys.get(route, ""))


def _takes_place(old: Route, new: Route) -> bool:
    """user-file for user; also any other name of the same value."""
    return str(new[-1]).startswith(str(old[-1]))


def _value(document: Document, route: Route) -> str:
    old = value_at(document.root, route, None)
    return "" if old is None else MASK if names_secret(str(route[-1])) else _text(old)


def _text(value: object) -> str:
    """A scalar for people. Only names of files, versions and defaults are written; an old value may be a secret."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else "…"


__all__ = ["Editing", "Refused", "SpecEdit", "dotted", "fresh_errors"]
