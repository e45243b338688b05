"""What must be true before anything is changed. A gate that cannot be evaluated has failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from kea_hac.changes.change import spelt
from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.built import Built, configs
from kea_hac.drift.bases import NoBase
from kea_hac.drift.diffing import Compared, Drift
from kea_hac.drift.health import Grade
from kea_hac.kea.config import CTRL_AGENT, Json
from kea_hac.kea.version import KeaVersion
from kea_hac.live.clock import heartbeat_time
from kea_hac.live.endpoint import Live, Unread
from kea_hac.live.failure import NoAnswerError
from kea_hac.model.site import Site
from kea_hac.output.tree import FolderState, TreeState
from kea_hac.records import dataclass
from kea_hac.rollout.loaded import OUTSIDE, outside
from kea_hac.rollout.plan import Duty, Turn
from kea_hac.rollout.world import BY_NAME, World, commands_of, relation, trouble
from kea_hac.source.document import Secret

GREATEST_SKEW = 30.0
"""Seconds between two servers' clocks. Kea warns from 30 s on and ends HA at 60 s (ARM, "Clock Skew")."""
_SECOND = 1.0
"""What ha-heartbeat leaves out: it answers in whole seconds."""
_NAMED = 3
_LATE = 3.0
"""Seconds by which a heartbeat may be late, the second that an age leaves out included."""
_LOOK = 0.25


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition."""

    name: str
    problems: tuple[str, ...]
    """Why it stops the rollout; empty when it does not."""

    @property
    def open(self) -> bool:
        """True when it stops nothing."""
        return not self.problems


def passed(gates: Iterable[Gate]) -> bool:
    """True when no gate stops the rollout."""
    return all(each.open for each in gates)


def tree_gate(state: TreeState) -> Gate:
    """The build tree contains what the spec compiles to: what is deployed is what was reviewed."""
    if state.state is FolderState.CLEAN:
        return Gate("build tree", ())
    paths = ", ".join(each.path for each in state.discrepancies[:_NAMED])
    return Gate("build tree", (f"it is {state.state.value} ({paths}): run `kea-hac build`, and commit what it writes",))


def answers_gate(lives: Iterable[Live | Unread]) -> Gate:
    """Every daemon answers, with its state and version."""
    problems = []
    for each in lives:
        name = f"{each.server} {each.daemon.name}"
        if isinstance(each, Unread):
            problems.append(f"{name}: {each.reason}")
        elif each.saved:
            problems.append(f"{name}: {each.source} is a saved answer, and no server")
        elif each.status is None or each.version is None:
            problems.append(f"{name}: {'; '.join(each.gaps) or 'it does not report its state and version'}")
    return Gate("every server answers", tuple(problems))


def version_gate(site: Site, lives: Iterable[Live | Unread]) -> Gate:
    """Each server runs the version that its file is built for."""
    problems = []
    wanted = {node.name: node.version for node in site.nodes}
    for each in lives:
        if not isinstance(each, Live) or each.version is None:
            continue
        try:
            runs: KeaVersion | None = KeaVersion.parse(each.version)
        except ValueError:
            runs = None
        if runs is None or runs.branch is not wanted[each.server].branch:
            problems.append(
                f"{each.server} {each.daemon.name} runs Kea {each.version}, and its file is built for {wanted[each.server]}: "
                "replace its packages and its file in one step while its partner serves, or correct `kea` of the server"
            )
    return Gate("versions", tuple(problems))


def external_gate(drift: Drift, allowed: Sequence[str]) -> Gate:
    """Every server holds what was loaded last. `allowed`: `--over-external`."""
    problems = [f"{each.server} {each.daemon.name}: {each.reason}" for each in drift.unread]
    for each in drift.compared:
        if outside(each) and each.server not in allowed:
            problems.append(
                f"{each.name}: {_changes(each)}; `diff --adopt` takes it over, --over-external {each.server} overwrites it"
            )
    return Gate("no outside changes", tuple(problems))


def _changes(compared: Compared) -> str:
    base = compared.base
    if isinstance(base, NoBase):
        return f"it is not known what was loaded ({base.reason})"
    seen = [each.change for each in compared.seen] + [change for change, _ in compared.ignored]
    found = [spelt(each.path) for each in seen if each.verdict in OUTSIDE]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"somebody changed {', '.join(found[:_NAMED])}{more} on the server"


def health_gate(world: World, duties: Sequence[Duty], drift: Drift | None = None) -> Gate:
    """Every server is in the state of its mode, serves its own clients, and reaches its partner."""
    problems = []
    for duty in duties:
        try:
            found = trouble(duty, relation(world, duty))
        except NoAnswerError as failure:
            found = f"{duty.server} {duty.daemon}: {failure}"
        if found is not None:
            problems.append(found)
    for health in drift.health if drift is not None else ():
        problems += [
            f"{health.daemon.name}: {each.text}{f'; {each.step}' if each.step else ''}"
            for each in health.symptoms
            if each.grade is not Grade.HEALTHY
        ]
    return Gate("HA healthy", tuple(problems))


def heartbeat_gate(world: World, duties: Sequence[Duty]) -> Gate:
    """Every server has heard from its partner since the question was asked first, so that a link that was cut just now is noticed.

    It takes one heartbeat at most. The age of the last message is in whole seconds.
    """
    begun = world.now()
    left = [each for each in duties if each.watched]
    patience = max((each.beat for each in left), default=0.0) + _LATE
    problems: dict[Duty, str] = {}
    while left:
        for duty in tuple(left):
            try:
                found = relation(world, duty)
            except NoAnswerError as failure:
                problems[duty] = f"{duty.server} {duty.daemon}: {failure}"
                continue
            age = found.partner.age if found is not None and found.partner is not None else None
            if age is not None and age + 1 <= world.now() - begun:
                left.remove(duty)
            else:
                problems[duty] = f"{duty.server} {duty.daemon} has not heard from its partner for {patience:g} s"
        if left and world.now() - begun > patience:
            break
        if left:
            world.sleep(_LOOK)
    return Gate("heartbeats", tuple(problems[each] for each in left))


def clock_gate(world: World, duties: Sequence[Duty]) -> Gate:
    """The clocks of HA partners are at most 30 s apart; ha-heartbeat reports a server's own time."""
    offsets: dict[str, float] = {}
    problems = []
    for duty in duties:
        if duty.server in offsets:
            continue
        try:
            offsets[duty.server] = _offset(world, duty)
        except (NoAnswerError, ValueError) as failure:
            problems.append(f"the clock of {duty.server} is unknown: {failure}")
    for (one, first), (other, second) in combinations(offsets.items(), 2):
        apart = abs(first - second)
        if apart > GREATEST_SKEW - _SECOND:
            problems.append(
                f"the clocks of {one} and {other} are {apart:.0f} s apart: set them right (Kea ends HA at 60 s)"
            )
    return Gate("clocks within 30 s", tuple(problems))


def _offset(world: World, duty: Duty) -> float:
    """Seconds that a server's clock is ahead of the clock of this process."""
    before = world.now()
    answer = world.ask(duty.server, duty.daemon, "ha-heartbeat", {"server-name": duty.name})
    return heartbeat_time(answer) - (before + world.now()) / 2


def commands_gate(world: World, drift: Drift, turns: Iterable[Turn]) -> Gate:
    """Every server takes the commands that the rollout sends."""
    needed: dict[tuple[str, str], set[str]] = {}
    for turn in turns:
        for reload in (*turn.reloads, *turn.agents):
            needed.setdefault((reload.server, reload.daemon), set()).update({"config-reload", "config-test"})
        for handover in turn.handovers:
            needed.setdefault((handover.partner, handover.daemon), set()).update(
                {"ha-scopes", "dhcp-disable", "dhcp-enable"}
            )
            needed.setdefault((handover.server, handover.daemon), set()).update({"dhcp-disable", "dhcp-enable"})
    problems = []
    for (server, daemon), wanted in needed.items():
        try:
            missing = sorted(wanted - commands_of(world, server, daemon))
        except NoAnswerError as failure:
            problems.append(f"{server} {daemon}: {failure}")
            continue
        if missing:
            problems.append(f"{server} {daemon} does not take {' and '.join(missing)}")
    return Gate("commands", tuple(problems))


def config_test_gate(
    world: World, site: Site, builds: Iterable[Build], changed: Callable[[str, str, str | None], bool]
) -> Gate:
    """Every server's Kea accepts each file that it is to load (config-test). `changed`: whether a build of a daemon is loaded at all."""
    problems = []
    done = set()
    for build in builds:
        digests = {(each.server, each.name): each.build for each in build.artifacts}
        for node, daemon, config in configs(site, build):
            key = (node.name, daemon.name, digests[node.name, daemon.file])
            if key in done or not changed(*key):
                continue
            done.add(key)
            try:
                world.ask(node.name, daemon.name, "config-test", {daemon.top: without_includes(config)})
            except NoAnswerError as failure:
                problems.append(f"{node.name} {daemon.name}: {failure}")
    return Gate("config-test", tuple(problems))


def without_includes(value: Json) -> Json:
    """A configuration that fits into a command: a command cannot include files of the server, so these become strings and empty lists."""
    if isinstance(value, Secret):
        return [] if value.listed else "not-shown"
    if isinstance(value, dict):
        return {key: without_includes(each) for key, each in value.items()}
    return [without_includes(each) for each in value] if isinstance(value, list) else value


def order_gate(blocked: Iterable[str], turns: Sequence[Turn], *, copies: bool) -> Gate:
    """There is an order, and the files of each turn can get to the servers."""
    problems = [f"{each}: make it two changes" for each in blocked]
    rounds = {each.round for each in turns if each.reloads}
    by_server: dict[str, int] = {}
    for turn in turns:
        for server in turn.servers:
            by_server[server] = by_server.get(server, 0) + 1
    twice = sorted(server for server, count in by_server.items() if count > 1)
    if twice and not copies and len(rounds) > 1:
        problems.append(
            f"{' and '.join(twice)} {'needs' if len(twice) == 1 else 'need'} a configuration that lies between: use --copy, so that "
            "kea-hac can bring it there, or make it two changes"
        )
    return Gate("order", tuple(problems))


def known_daemons(built: Built) -> tuple[tuple[str, str], ...]:
    """Server and daemon's name of every DHCP server of a build."""
    found = []
    for node, daemon, _ in configs(built.site, built.build):
        if daemon.name in BY_NAME and daemon != CTRL_AGENT:
            found.append((node.name, daemon.name))
    return tuple(found)
