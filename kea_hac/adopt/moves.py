"""What an edited spec changes in the build of every server, compared with what was adopted.

A place in the spec may apply to more servers than the one that was changed: a value for all, or a template such as `{server}`.
So every daemon of every server is compared, also those that nothing is adopted from and those that could not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kea_hac.api import Checked
from kea_hac.changes.change import Path as Way
from kea_hac.changes.change import Value, newest_path, spelt
from kea_hac.changes.three_way import LIVE, Difference, compare, same
from kea_hac.compiler.built import configs
from kea_hac.drift.diffing import CanonicalForms
from kea_hac.kea.config import Block, Daemon
from kea_hac.kea.config_get import Resolver
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Node

Name = tuple[str, str]
"""A server and one of its daemons."""


class Forms:
    """The configurations of builds in the form that is compared, each made once: of the first build, and of the one asked for last."""

    def __init__(self, resolve: Resolver) -> None:
        self._resolve = resolve
        self._known: list[tuple[Checked, CanonicalForms]] = []

    def keep(self, checked: Checked, known: Mapping[tuple[Name, KeaVersion], Block]) -> None:
        """Forms of the first build that somebody else made, by daemon and version."""
        self._known = [(checked, CanonicalForms(self._resolve, known))]

    def of(self, checked: Checked, node: Node, daemon: Daemon, config: Block, version: KeaVersion) -> Block:
        """`config` of a server, which is a part of the build of `checked`."""
        known = next((forms for each, forms in self._known if each is checked), None)
        if known is None:
            known = CanonicalForms(self._resolve)
            self._known = [*self._known[:1], (checked, known)]
        return known.of(node, daemon, config, version)


class Builds:
    """The build of the spec as it is, to compare the build of an edited one with. `runs`: the versions that servers were seen with."""

    def __init__(self, now: Checked, runs: Mapping[Name, KeaVersion], forms: Forms) -> None:
        self.runs = runs
        self.now = now
        self.forms = forms
        self.before = _configs(now)

    def unadopted(self, new: Checked, adopting: Iterable[Name], lives: Callable[[Name, Way], bool]) -> str | None:
        """The first change of the new build that was not adopted, as a sentence; None where there is none.

        `adopting`: the daemons that something is adopted from. `lives`: whether the new build has at a path what the server has.
        A server may change where it gets what a server of `adopting` gets, in the same place.
        """
        after = _configs(new)
        sources = list(adopting)
        for name, (node, daemon, config) in after.items():
            server = f"{daemon.name} of {node.name}"
            if name not in self.before:
                return f"the new build would also have {server}"
            if self.before[name][2] == config:
                continue
            version = self.runs.get(name, node.version)
            adopted: list[tuple[Node, Difference]] | None = None
            for each in self._moves(name, version, new, after):
                if lives(name, each.path):
                    continue
                if adopted is None:
                    others = [one for one in sources if one != name and one[1] == daemon.name]
                    adopted = [
                        (after[one][0], move) for one in others for move in self._moves(one, version, new, after)
                    ]
                if not any(_same_move(node, daemon, each, other, move) for other, move in adopted):
                    return f"the new build would also change {spelt(each.path)} in {server}, to a value that is not the adopted one"
        gone = next((name for name in self.before if name not in after), None)
        return f"{gone[0]} would have no {gone[1]} any more" if gone else None

    def _moves(
        self, name: Name, version: KeaVersion, new: Checked, after: Mapping[Name, tuple[Node, Daemon, Block]]
    ) -> list[Difference]:
        """What differs between the two builds of one daemon, as this version shows it."""
        if name not in after or name not in self.before:
            return []
        node, daemon, config = after[name]
        before = self.forms.of(self.now, node, daemon, self.before[name][2], version)
        found = compare(daemon, version.branch, None, before, self.forms.of(new, node, daemon, config, version))
        return [each for each in found if isinstance(each, Difference)]


def _configs(checked: Checked) -> dict[Name, tuple[Node, Daemon, Block]]:
    assert checked.site is not None
    assert checked.build is not None
    return {
        (node.name, daemon.name): (node, daemon, config)
        for node, daemon, config in configs(checked.site, checked.build)
    }


def _same_move(node: Node, daemon: Daemon, one: Difference, other_node: Node, other: Difference) -> bool:
    """Whether both are the same change. The spec names interfaces by aliases, which each server has for its own."""
    if newest_path(one.path) != newest_path(other.path):
        return False
    there = other.values[LIVE]
    if daemon.family is not None:
        own, its = node.server_families[daemon.name].aliases, other_node.server_families[daemon.name].aliases
        here = {real: own.get(alias, real) for alias, real in reversed(list(its.items()))}
        there = _renamed(str(other.path[-1]), there, here)
    return same(one.values[LIVE], there)


def _renamed(key: str, value: Value, names: Mapping[str, str]) -> Value:
    """The value with the interfaces of another server renamed."""
    if isinstance(value, dict):
        return {each: _renamed(each, item, names) for each, item in value.items()}
    if isinstance(value, list):
        return [_renamed(key, item, names) for item in value]
    if key == "interface" and isinstance(value, str):
        name, slash, address = value.partition("/")
        return names.get(name, name) + slash + address
    return value
