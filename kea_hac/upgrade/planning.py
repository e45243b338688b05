"""A spec and a version → the upgrade: what changes in the files, what the hosts need, the order, and the edits of the spec. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from enum import StrEnum
from types import MappingProxyType

from kea_hac.api import Checked, Loaded, judge
from kea_hac.changes.version_step import NewDefault, version_steps
from kea_hac.compiler.built import Built, configs
from kea_hac.diagnostics import Diagnostic
from kea_hac.kea.config import Block, Json
from kea_hac.kea.hooks import HIGH_AVAILABILITY
from kea_hac.kea.upgrades import Behaviour, Used, behaviour
from kea_hac.kea.version import KeaVersion
from kea_hac.micetro.releases import listed
from kea_hac.model.agent_as_socket import HTTP_SOCKETS
from kea_hac.records import dataclass
from kea_hac.review.pairing import ReviewTask
from kea_hac.review.reviewing import PairReview, compared
from kea_hac.source.document import Document, Seq
from kea_hac.spec.guesses import guessed_routes
from kea_hac.upgrade.edits import Editing, Refused, SpecEdit
from kea_hac.upgrade.hosts import DatabaseStep, HostChange, agents_that_end, databases, host_changes, memfile_servers
from kea_hac.upgrade.order import Order, order
from kea_hac.upgrade.respelt import Respelt, respelt
from kea_hac.upgrade.versions import ServerVersion, steps


class PlanState(StrEnum):
    """What became of the plan."""

    READY = "ready"
    """The spec compiles with both versions."""
    SAME = "same"
    """Every server has the version already."""
    BROKEN_NOW = "broken-now"
    """The spec has errors as it is, so nothing is compared."""
    BROKEN_THEN = "broken-then"
    """The spec would have errors with the newer version, so what changes on the servers is not known."""


@dataclass(frozen=True, slots=True)
class AgentEnd:
    """The control agent of servers whose newer Kea has none, and the sockets that take its place."""

    servers: tuple[str, ...]
    sockets: Mapping[str, tuple[Json, ...]]
    """By family: the entries of `control-sockets`, as a spec would have them for all servers; empty where servers differ."""


@dataclass(frozen=True, slots=True)
class MicetroStep:
    """What Micetro's documents state of the newer Kea."""

    version: str | None
    """The version of Micetro in the spec."""
    lists: tuple[str, ...] | None
    """The Kea branches that it supports; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The whole way of one spec to another version."""

    path: str
    pair: str
    to: KeaVersion
    state: PlanState
    servers: tuple[ServerVersion, ...] = ()
    guessed: bool = False
    """The version of now is marked as guessed in the spec."""
    edits: tuple[SpecEdit, ...] = ()
    refused: tuple[Refused, ...] = ()
    """Edits that a person has to make."""
    review: PairReview | None = None
    """What changes in the files, with the findings that are new."""
    defaults: tuple[NewDefault, ...] = ()
    """Defaults that are another value with the newer version, unless the spec keeps them."""
    kept: tuple[NewDefault, ...] = ()
    """Those whose lines are among the edits."""
    respelt: tuple[Respelt, ...] = ()
    agent: AgentEnd | None = None
    behaviour: tuple[Behaviour, ...] = ()
    hosts: tuple[HostChange, ...] = ()
    databases: tuple[DatabaseStep, ...] = ()
    memfile: tuple[str, ...] = ()
    order: Order | None = None
    micetro: MicetroStep | None = None
    findings: tuple[Diagnostic, ...] = ()
    """With READY and BROKEN_THEN those that are new; with BROKEN_NOW all."""
    document: Document | None = field(default=None, repr=False)
    """The spec as it was read."""
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """The new texts of the spec's files, by path."""
    checked: Checked | None = field(default=None, repr=False)
    """The edited spec, compiled."""

    @property
    def writable(self) -> bool:
        """True when the edits are whole: the edited spec compiles, and nothing that it needs was refused."""
        compiles = self.checked is not None and self.checked.build is not None
        return compiles and not self.refused and self.state in (PlanState.READY, PlanState.BROKEN_NOW)


def plan_upgrade(
    spec: Loaded,
    to: KeaVersion,
    *,
    keep_defaults: bool = False,
    replace_agent: bool = False,
    shared: Mapping[str, str] = MappingProxyType({}),
) -> Upgrade:
    """Plan the upgrade of a spec. Mistakes of the spec are in the result; raises UsageError when a server has a newer version.

    `keep_defaults`: the lines that keep older defaults are among the edits. `replace_agent`: so are the control sockets that take the
    place of `control-agent`, where no server has an agent any more. `shared`: as `plan_edits`.
    """
    now = judge(spec)
    path = str(spec.path)
    site = now.site
    result = Upgrade(path, site.pair if site is not None else path, to, PlanState.BROKEN_NOW, document=spec.document)
    if site is None or now.build is None or spec.document is None:
        return _finished(replace(result, findings=now.report.diagnostics), spec, now, shared)
    servers = steps(site, to)
    result = replace(result, servers=servers, guessed=_guessed(spec.document))
    if not any(each.changes for each in servers):
        return replace(result, state=PlanState.SAME)
    editing = Editing(spec, now, shared)
    versions = editing.set_version(to)
    then = editing.checked if versions else _in_memory(spec, to)
    if versions and then.build is None:
        editing.repair(now.report.diagnostics)
        then = editing.checked
    defaults = _defaults(now, then)
    if keep_defaults and versions and then.build is not None:
        editing.keep_defaults(defaults)
        then = editing.checked
    older, newer = _built(now), _built(then)
    agent = _agent(older, newer) if older is not None and newer is not None else None
    if replace_agent and versions and agent is not None:
        editing.replace_agent(agent.sockets)
        then = editing.checked
    result = replace(result, agent=agent, edits=editing.done, texts=editing.texts, refused=tuple(editing.refused))
    return _described(result, spec, now, then, defaults)


def _finished(result: Upgrade, spec: Loaded, now: Checked, shared: Mapping[str, str]) -> Upgrade:
    """A spec with errors that are gone with the newer version, as of an upgrade that is half done: its edits, without a comparison."""
    if now.site is None or not now.site.whole or spec.document is None:
        return result
    servers = steps(now.site, result.to)
    editing = Editing(spec, now, shared)
    if not any(each.changes for each in servers) or not editing.set_version(result.to) or editing.checked.build is None:
        return result
    return replace(
        result,
        servers=servers,
        edits=editing.done,
        texts=editing.texts,
        checked=editing.checked,
    )


def _guessed(document: Document) -> bool:
    return any(route[-1] == "kea" for route in guessed_routes(document))


def _in_memory(spec: Loaded, to: KeaVersion) -> Checked:
    """What the spec compiles to with the newer version, where its files cannot be edited."""
    assert spec.spec is not None
    return judge(replace(spec, spec=spec.spec.with_version(to)))


def _defaults(now: Checked, then: Checked) -> tuple[NewDefault, ...]:
    older, newer = _built(now), _built(then)
    if older is None or newer is None:
        return ()
    found = {
        (each.daemon, each.changed.name): each for step in version_steps(older, newer, {}) for each in step.defaults
    }
    return tuple(found.values())


def _built(checked: Checked) -> Built | None:
    return Built(checked.site, checked.build) if checked.site is not None and checked.build is not None else None


def _described(result: Upgrade, spec: Loaded, now: Checked, then: Checked, defaults: tuple[NewDefault, ...]) -> Upgrade:
    review = compared(ReviewTask(result.path, result.path), now, then)
    older, newer = _built(now), _built(then)
    result = replace(result, review=review, findings=review.new_findings, checked=then)
    if older is None or newer is None:
        return replace(result, state=PlanState.BROKEN_THEN)
    assert review.changes is not None
    left = _defaults(now, then)
    steps_of_databases = databases(older, newer)
    return replace(
        result,
        state=PlanState.READY,
        defaults=left,
        kept=tuple(each for each in defaults if each not in left),
        respelt=respelt(older, newer),
        behaviour=tuple(_behaviour(result, older, newer)),
        hosts=host_changes(older, newer),
        databases=steps_of_databases,
        memfile=memfile_servers(newer),
        order=order(older, newer, review.changes, steps_of_databases),
        micetro=_micetro(newer),
    )


def _micetro(newer: Built) -> MicetroStep | None:
    if newer.site.micetro is None:
        return None
    version = newer.site.micetro.version
    return MicetroStep(version, listed(version) if version else None)


def _behaviour(result: Upgrade, older: Built, newer: Built) -> Iterator[Behaviour]:
    """What changes for one of the servers at least, each once."""
    one, other = _used(older), _used(newer)
    used = replace(other, keys={*one.keys, *other.keys}, libraries={*one.libraries, *other.libraries})
    found: dict[str, Behaviour] = {}
    for each in result.servers:
        for row in behaviour(each.old, each.new, used) if each.changes else ():
            found.setdefault(row.text, row)
    yield from found.values()


def _used(built: Built) -> Used:
    keys: set[str] = set()
    libraries: set[str] = set()
    programs: set[str] = set()
    for _, daemon, config in configs(built.site, built.build):
        programs.add(daemon.name)
        _gather(config, keys, libraries)
    return Used(keys, libraries, programs, HIGH_AVAILABILITY in {f"libdhcp_{each}.so" for each in libraries})


def _gather(value: Json, keys: set[str], libraries: set[str]) -> None:
    if isinstance(value, dict):
        keys.update(value)
        library = value.get("library")
        if isinstance(library, str):
            libraries.add(library.rpartition("/")[2].removeprefix("libdhcp_").removesuffix(".so"))
        for each in value.values():
            _gather(each, keys, libraries)
    elif isinstance(value, list):
        for each in value:
            _gather(each, keys, libraries)


def _agent(older: Built, newer: Built) -> AgentEnd | None:
    servers = agents_that_end(older, newer)
    if not servers:
        return None
    sockets: dict[str, tuple[Json, ...]] = {}
    for family in newer.site.families:
        lists = [
            tuple(
                _plain(each)
                for each in _written(node.server_families[family].overrides)
                if each.get("socket-type") in HTTP_SOCKETS
            )
            for node in newer.site.nodes
            if node.name in servers
        ]
        if lists and lists[0]:
            sockets[family] = lists[0] if all(each == lists[0] for each in lists) else ()
    return AgentEnd(servers, sockets)


def _written(overrides: Block | None) -> list[Block]:
    found = overrides.get("control-sockets") if overrides is not None else None
    return [each for each in found if isinstance(each, Block)] if isinstance(found, list) else []


def _plain(value: Json) -> Json:
    """Plain data, as the printer of YAML takes it."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | Seq) else value


__all__ = ["AgentEnd", "MicetroStep", "PlanState", "Upgrade", "plan_upgrade"]
