"""Every trouble at every step of a rollout: scopes are given back or the journal names them, and both ways lead to an end."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_hac.rollout.gates import health_gate, heartbeat_gate
from kea_hac.rollout.plan import Plan, as_json, from_json, retraced
from kea_hac.rollout.planning import with_running_heartbeats
from kea_hac.rollout.run import Next, Outcome, begin, go_back, resume
from kea_hac.rollout.turn import PAUSE
from kea_hac.rollout.world import CopyError, StoppedError
from tests.rollout.pairs import HEARTBEAT, FakeWorld, Fault, Killed, Server, plan
from tests.sizes import size

MODES = ("hot-standby", "load-balancing")
FAULTS = tuple(Fault)[1:]


LAST_LOOK = 20
"""The calls after the last look at what the servers hold, which notice nothing more."""


def new(made: Plan) -> dict[tuple[str, str], str]:
    return {(each.server, each.daemon): str(made.builds(each.server, each.daemon)[-1]) for each in made.held}


def old(made: Plan) -> dict[tuple[str, str], str]:
    return {(each.server, each.daemon): str(each.build) for each in made.held}


def run(world: FakeWorld) -> Outcome | None:
    """None when the process was killed."""
    with contextlib.suppress(Killed):
        return begin(world.plan, world)
    return None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("daemons", [("dhcp4",), ("dhcp4", "dhcp6")])
def test_without_trouble_both_servers_get_the_new_build(mode: str, together: bool, daemons: tuple[str, ...]) -> None:
    made = plan(mode, together=together, daemons=daemons)
    world = FakeWorld(made, mode)
    outcome = run(world)
    assert outcome is not None
    assert outcome.done, outcome
    assert world.builds() == new(made)
    assert not world.foreign()
    assert world.at_home()
    assert not world.progress().taken
    assert {command for _, command in world.commands} <= {
        "config-get",
        "status-get",
        "ha-scopes",
        "config-reload",
        "dhcp-disable",
        "dhcp-enable",
    }
    assert not world.off()


def test_the_primary_of_hot_standby_is_missed_for_one_command_at_most() -> None:
    """When its partner has given its clients up, and it does not yet serve them again."""
    world = FakeWorld(plan("hot-standby"), "hot-standby")
    assert run(world) is not None
    assert len(world.unserved) <= sum("kea1" in turn.servers for turn in world.plan.turns)


@pytest.mark.parametrize("mode", MODES)
def test_two_servers_never_serve_the_same_clients_longer_than_one_command(mode: str) -> None:
    """The partner takes over before the server stops, and serves alone until it has given up what it took."""
    world = FakeWorld(plan(mode), mode)
    assert run(world) is not None
    takeovers = sum(mode == "load-balancing" or "kea1" in turn.servers for turn in world.plan.turns)
    assert len(world.doubly) <= takeovers, world.doubly


def test_a_plain_reload_is_missed_in_the_same_model() -> None:
    world = FakeWorld(plan("hot-standby"), "hot-standby")
    world.ask("kea1", "dhcp4", "config-reload")
    world.settle()
    assert world.unserved


class Fetching(FakeWorld):
    """A server that is back fetches the leases of its partner for a second, and switches it off before each page (seen on 3.0.4)."""

    told: float = 0.0
    """When the partner was told last to go on serving."""
    longest: float = 0.0
    """Seconds for which it was not, at most."""

    def sleep(self, seconds: float) -> None:
        self.clock += seconds
        self._live()

    def _live(self) -> None:
        for each in self.servers.values():
            if each.state == "waiting" and self.clock >= each.ready_at:
                each.state, self.told = "syncing", self.clock
            if each.state == "syncing" and self.clock >= each.ready_at + 1.0:
                each.state, each.scopes = each.home, list(each.own)
            if each.state == "syncing" and self.clock > each.ready_at + 0.1:  # it is known since the last look
                self.longest = max(self.longest, self.clock - self.told)
        super()._live()

    def _enable(self, here: Server, daemon: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if "origin" in arguments:
            self.told = self.clock
        return super()._enable(here, daemon, arguments)


@pytest.mark.parametrize("mode", MODES)
def test_while_a_server_fetches_leases_its_partner_is_told_all_the_while_to_go_on_serving(mode: str) -> None:
    world = Fetching(plan(mode), mode, answers_after=0.002)
    outcome = run(world)
    assert outcome is not None
    assert outcome.done, outcome
    assert 0 < world.longest < PAUSE / 4


def faulted(mode: str, fault: Fault, at: int, *, together: bool = False, copying: bool = True) -> FakeWorld:
    return FakeWorld(plan(mode, together=together), mode, fault, at, copying)


def steps(made: Plan, mode: str) -> int:
    """The calls of a rollout without trouble."""
    world = FakeWorld(made, mode)
    run(world)
    return world.calls


STEPS = {mode: steps(plan(mode), mode) for mode in MODES}


def judge(world: FakeWorld, outcome: Outcome | None) -> None:
    """What holds after any trouble, before anybody does anything."""
    taken = {each.partner for each in world.progress().taken} | {each.server for each in world.progress().taken}
    if outcome is None:  # killed: the journal names every scope that is not with its own server
        assert world.foreign() <= taken | {name for name, each in world.servers.items() if each.state == "partner-down"}
        return
    assert outcome.done or outcome.reason
    if world.fault is not Fault.ALONE:
        known = {each.partner for each in outcome.left} | {each.server for each in outcome.left}
        assert world.foreign() <= known
    if not outcome.done and not outcome.changed:
        assert world.builds() == old(world.plan)
        assert not any(command in ("config-reload", "ha-scopes") for _, command in world.commands)
        assert outcome.next is Next.AGAIN
    if not outcome.done and outcome.changed:
        assert outcome.next in (Next.RESUME, Next.BACK)
        assert len(outcome.state) == len(world.plan.held)


CASES = st.tuples(
    st.sampled_from(MODES),
    st.sampled_from(FAULTS),
    st.integers(1, 10_000),
    st.sampled_from(["reloads", "windows", "commands", "agents"]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=size("ROLLOUT", 120, 5000))
@given(CASES)
def test_after_any_trouble_at_any_step_both_ways_lead_to_an_end(case: tuple[str, Fault, int, str, bool, bool]) -> None:
    mode, fault, at, way, backwards, once_more = case
    made = plan(mode, together=way == "windows", commands=way == "commands", agents=way == "agents")
    world = FakeWorld(made, mode, fault, 1 + at % steps(made, mode))
    outcome = run(world)
    judge(world, outcome)
    if outcome is not None and (outcome.done or not outcome.changed):
        return
    if once_more:  # and a second one on the way
        world.healed()
        world.fault, world.at = Fault.KILLED, world.calls + 1 + at % 97
        with contextlib.suppress(Killed):
            (go_back if backwards else resume)(made, world, world.progress())
        if world.progress().ended is not None:
            return
    world.healed()
    world.settle()
    progress = world.progress()
    edited = [each for each in world.servers.values() if each.edits]
    ended = (go_back if backwards else resume)(made, world, progress)
    if edited and not ended.done:
        assert "was changed by somebody else" in ended.reason
        assert any(each.edits for each in edited)
        ended = (go_back if backwards else resume)(made, world, world.progress(), [each.name for each in edited])
    assert ended.done, (ended, edited)
    back = backwards or world.progress().back
    assert world.builds() == (old(made) if back else new(made))
    assert set(world.agents().values()) == {
        f"{name}-ctrl-agent-{int(way == 'agents' and not back)}" for name in world.servers
    }
    world.settle()
    assert world.at_home()
    assert not world.foreign()
    assert not world.off()
    assert not world.progress().taken


def test_every_step_can_be_killed_and_resumed() -> None:
    for mode in MODES:
        for at in range(1, STEPS[mode] + 1, size("ROLLOUT_STEP", 3, 1)):
            world = faulted(mode, Fault.KILLED, at)
            assert run(world) is None
            judge(world, None)
            world.healed()
            if not world.progress().begun and not world.progress().done:
                continue
            ended = resume(world.plan, world, world.progress())
            assert ended.done, (mode, at, ended)
            assert world.builds() == new(world.plan)


def test_scopes_come_first_when_it_goes_on() -> None:
    world = faulted("hot-standby", Fault.KILLED, 1)
    for at in range(1, STEPS["hot-standby"]):
        world = faulted("hot-standby", Fault.KILLED, at)
        run(world)
        if world.foreign():
            break
    assert world.foreign() == {"kea2"}
    world.healed()
    world.commands.clear()
    resume(world.plan, world, world.progress())
    first = world.commands.index(("kea2", "ha-scopes"))
    assert {command for _, command in world.commands[:first]} <= {"status-get", "ha-scopes"}


@dataclass(slots=True)
class Interrupted(FakeWorld):
    """The operator interrupts at the moment before something is shielded."""

    shield: int = 0
    """Before which one."""

    def shielded(self) -> contextlib.AbstractContextManager[None]:
        if not self.shields:
            self.shield -= 1
            if self.shield == 0:
                raise StoppedError("interrupted")
        return FakeWorld.shielded(self)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", [Fault.NONE, Fault.DIES, Fault.ALONE])
def test_an_interruption_before_a_shield_leaves_no_scope_behind(mode: str, fault: Fault) -> None:
    """Also while another trouble is handled."""
    for shield in range(1, 9):
        for at in (-1,) if fault is Fault.NONE else range(5, STEPS[mode], STEPS[mode] // 9):
            world = Interrupted(plan(mode), mode, fault, at, shield=shield)
            outcome = run(world)
            assert outcome is not None
            judge(world, outcome)
            if fault is Fault.NONE and world.shield <= 0:
                assert outcome.reason == "interrupted"
                assert not world.foreign()


def test_a_copy_that_fails_half_way_is_undone() -> None:
    """The server would not come up again with a file that was half written."""
    copies: list[tuple[str, int]] = []

    class Full(FakeWorld):
        def copy(self, server: str, folder: int) -> None:
            copies.append((server, folder))
            if folder == 2 or self.at == -2:
                raise CopyError("no space left on the device")
            FakeWorld.copy(self, server, folder)

    world = Full(plan("hot-standby"), "hot-standby")
    outcome = run(world)
    assert outcome is not None
    assert "no space left on the device; it has its former files again" in outcome.reason
    assert copies == [("kea2", 1), ("kea1", 2), ("kea1", 0)]
    assert world.builds() == {("kea1", "dhcp4"): "kea1-dhcp4-0", ("kea2", "dhcp4"): "kea2-dhcp4-1"}
    outcome = run(Full(plan("hot-standby"), "hot-standby", at=-2))
    assert outcome is not None
    assert "may be incomplete, so do not restart it before" in outcome.reason


def test_a_server_that_refuses_its_file_gets_the_former_one() -> None:
    world = FakeWorld(plan("hot-standby"), "hot-standby")
    world.servers["kea1"].refuses = {"kea1-dhcp4-1"}
    outcome = run(world)
    assert outcome is not None
    assert "refuses the file" in outcome.reason
    assert "it has its former file again" in outcome.reason
    assert outcome.next is Next.BACK
    assert world.builds()["kea1", "dhcp4"] == "kea1-dhcp4-0"
    assert world.at_home()
    assert not world.foreign()
    assert go_back(world.plan, world, world.progress()).done
    assert world.builds() == old(world.plan)


def test_a_link_that_was_cut_just_now_closes_the_gate() -> None:
    """No server reports it yet: the health gate is open, and only the next heartbeat, which does not come, shows it."""
    made = plan("hot-standby")
    world = FakeWorld(made, "hot-standby", clock=100.0)
    assert health_gate(world, made.duties).open
    assert heartbeat_gate(world, made.duties).open
    assert world.clock - 100.0 <= HEARTBEAT + 1
    world.cut, world.noticed, world.cut_at = True, False, world.clock - 1
    assert health_gate(world, made.duties).open
    gate = heartbeat_gate(world, made.duties)
    assert [each.split()[0] for each in gate.problems] == ["kea1", "kea2"]
    assert "has not heard from its partner" in gate.problems[0]


def test_a_server_sends_heartbeats_at_the_pace_of_what_it_runs() -> None:
    """Until it reloads: the new heartbeat-delay of the spec may be the shorter one. What a server shows may have any shape."""
    duty = replace(plan("hot-standby").duties[0], beat=1.0)
    key = (duty.server, duty.daemon)

    def beat(shown: dict[str, Any]) -> float:
        return with_running_heartbeats((duty,), {key: shown})[0].beat

    def libraries(own: dict[str, Any]) -> dict[str, Any]:
        return {"hooks-libraries": [{"library": "libdhcp_ha.so", "parameters": {"high-availability": [own]}}]}

    assert beat(libraries({"heartbeat-delay": 5000})) == 5.0
    assert beat(libraries({})) == 10.0  # Kea's default
    assert beat(libraries({"heartbeat-delay": 200})) == 1.0
    assert beat(libraries({"heartbeat-delay": "soon"})) == 10.0
    for nonsense in ({}, {"hooks-libraries": 7}, {"hooks-libraries": [None, {"parameters": 1}]}):
        assert beat(nonsense) == 1.0
    assert with_running_heartbeats((duty,), {}) == (duty,)


def test_what_somebody_changes_meanwhile_stops_it_before_the_next_turn() -> None:
    stops = 0
    for at in range(5, STEPS["hot-standby"], 3):
        world = faulted("hot-standby", Fault.EDITED, at)
        outcome = run(world)
        edited = [each.name for each in world.servers.values() if each.edits]
        assert outcome is not None
        if edited:  # else its own reload undid it
            late = at > STEPS["hot-standby"] - LAST_LOOK
            assert not (outcome.done and world.edited_outside) or late, at
            stops += "was changed by somebody else" in outcome.reason
    assert stops > 3


@pytest.mark.parametrize("mode", MODES)
def test_a_change_by_commands_disturbs_nobody_and_has_its_record(mode: str) -> None:
    made = plan(mode, commands=True)
    world = FakeWorld(made, mode)
    outcome = run(world)
    assert outcome is not None
    assert outcome.done, outcome
    assert world.builds() == new(made)
    reloads = [server for server, command in world.commands if command == "config-reload"]
    assert len(reloads) == sum(not each.commands for turn in made.turns for each in turn.reloads)
    assert {each.stamps["dhcp4"] for each in world.servers.values()} == {"kea1-dhcp4-1", "kea2-dhcp4-1"}
    after = world.commands[max(n for n, each in enumerate(world.commands) if each[1] == "config-reload") :]
    assert go_back(made, world, world.progress()).done
    assert world.builds() == old(made)
    assert [each for each in after if each[1] == "subnet4-add"] == [("kea1", "subnet4-add"), ("kea2", "subnet4-add")]


def test_commands_that_do_not_lead_to_the_file_are_followed_by_a_reload() -> None:
    for answer, words in ((False, "the subnet is there already"), (True, "is not as in its file")):
        world = FakeWorld(plan("hot-standby", commands=True), "hot-standby", half=answer)
        outcome = run(world)
        assert outcome is not None
        assert outcome.done, outcome
        assert world.builds() == new(world.plan)
        assert not world.records
        assert any(words in line and "reloads its file instead" in line for line in world.lines), world.lines
        assert len(world.unserved) <= 2


@pytest.mark.parametrize("mode", MODES)
def test_an_agent_loads_its_file_before_its_server_is_waited_for(mode: str) -> None:
    """Where the control socket of the server moved, nobody else reaches it."""
    made = plan(mode, agents=True)
    world = FakeWorld(made, mode)
    outcome = run(world)
    assert outcome is not None
    assert outcome.done, outcome
    assert world.agents() == {"kea1": "kea1-ctrl-agent-1", "kea2": "kea2-ctrl-agent-1"}
    reloads = [n for n, each in enumerate(world.commands) if each[1] == "config-reload"]
    for server, agent in (reloads[:2], reloads[2:4]):
        assert "status-get" not in [command for _, command in world.commands[server:agent]]
    assert go_back(made, world, world.progress()).done
    assert world.agents() == {"kea1": "kea1-ctrl-agent-0", "kea2": "kea2-ctrl-agent-0"}


def test_an_agent_that_refuses_its_file_stops_it() -> None:
    world = FakeWorld(plan("hot-standby", agents=True), "hot-standby")
    world.servers["kea1"].refuses = {"kea1-ctrl-agent-1"}
    outcome = run(world)
    assert outcome is not None
    assert "the control agent of kea1 has not loaded its file (Kea refused (result 1)): is it copied" in outcome.reason
    assert not world.foreign()
    assert world.at_home() or not world.settle()
    world.servers["kea1"].refuses = set()
    assert resume(world.plan, world, world.progress()).done
    assert world.agents()["kea1"] == "kea1-ctrl-agent-1"


def test_files_that_were_not_copied_are_noticed_and_nothing_is_lost() -> None:
    world = FakeWorld(plan("hot-standby"), "hot-standby", copying=False)
    outcome = run(world)
    assert outcome is not None
    assert (
        "the file that it loads is another one; is it copied to the right place? without --copy, it must be there before"
        in outcome.reason
    )
    assert world.builds() == old(world.plan)
    assert not world.foreign()


def test_an_agent_whose_file_was_not_copied_is_not_to_be_restarted() -> None:
    world = FakeWorld(plan("hot-standby", agents=True), "hot-standby", copying=False)
    outcome = run(world)
    assert outcome is not None
    assert outcome.reason.startswith("the control agent of kea2 has reloaded and holds build kea2-ctrl-ag, not ")
    assert outcome.reason.endswith(
        "the file that it loads is another one; is it copied to the right place? without --copy, it must be there before"
    )
    assert world.agents() == {"kea1": "kea1-ctrl-agent-0", "kea2": "kea2-ctrl-agent-0"}
    assert not world.foreign()


def test_terminated_servers_are_reloaded_both() -> None:
    for at in range(20, STEPS["hot-standby"], 7):
        world = faulted("hot-standby", Fault.ENDS_HA, at)
        outcome = run(world)
        if outcome is None or outcome.done or not outcome.changed:
            continue
        world.healed()
        world.commands.clear()
        ended = go_back(world.plan, world, world.progress())
        assert ended.done, (at, ended)
        assert world.at_home()
        reloads = {server for server, command in world.commands if command == "config-reload"}
        assert reloads == {"kea1", "kea2"}


def test_the_way_back_of_the_way_back_is_the_way() -> None:
    made = plan("load-balancing", steps=3)
    whole = len(made.turns)
    there = [(each.server, each.before, each.after) for turn in made.turns for each in turn.reloads]
    back = [(each.server, each.after, each.before) for turn in retraced(made, whole).turns for each in turn.reloads]
    assert back == there[::-1]


def test_a_plan_is_the_same_after_it_was_written_and_read() -> None:
    made = plan("load-balancing", daemons=("dhcp4", "dhcp6"))
    assert from_json(as_json(made), "plan.json") == made
