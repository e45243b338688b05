"""Two builds → turns: when the file of a control agent comes along, and when the operator has to restart the agent."""

from __future__ import annotations

from pathlib import Path

import pytest

import kea_hac
from kea_hac.compiler.built import Built
from kea_hac.rollout.loaded import Loaded
from kea_hac.rollout.plan import LOADED, Plan, retraced
from kea_hac.rollout.planning import Order, duties, order
from tests.unit.compiler.pairs import AGENT, pair

AGENT_FILE = "kea-ctrl-agent.conf"
SUBNET = "subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{pool: 192.0.2.50 - 192.0.2.99}]}]"
BEFORE = f"valid-lifetime: 1h\n{SUBNET}"
AFTER = f"valid-lifetime: 2h\n{SUBNET}"


def built(folder: Path, dhcp4: str, agent: str, mode: str = "hot-standby") -> Built:
    ha = "listener: 8001" + ("\nsplit: even" if mode == "load-balancing" else "")
    (folder / "spec.yaml").write_text(pair(dhcp4, top=agent, mode=mode, ha=ha), "utf-8")
    made = kea_hac.compile_spec(folder / "spec.yaml")
    assert made.site is not None
    assert made.build is not None, made.report.diagnostics
    return Built(made.site, made.build)


def planned(old: Built, new: Built) -> Order:
    files: dict[str, dict[str, bytes]] = {}
    for each in old.build.artifacts:
        if each.tree is not None:
            files.setdefault(each.server, {})[each.name] = each.content
    held = {(each.server, "dhcp4"): each.build for each in old.build.artifacts if each.name == "kea-dhcp4.conf"}
    return order(Loaded(old, files, {}), new, held, copies=True)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_the_file_of_an_agent_comes_with_the_first_turn_of_its_server(tmp_path: Path, mode: str) -> None:
    """Where the socket of a DHCP server moves, the agent has to know it as soon as the server has reloaded."""
    more = AFTER.replace(
        "}]}]", "}]}, {id: 2, subnet: 198.51.100.0/24, interface: lan, pools: [{pool: 198.51.100.9 - 198.51.100.99}]}]"
    )
    old, new = built(tmp_path, BEFORE, AGENT, mode), built(tmp_path, more, AGENT.replace("8000", "8010"), mode)
    found = planned(old, new)
    assert not found.steps
    assert len(found.turns) == (4 if mode == "load-balancing" else 2)
    assert [[each.server for each in turn.agents] for turn in found.turns[:2]] == [
        [turn.servers[0]] for turn in found.turns[:2]
    ]
    assert not any(turn.agents for turn in found.turns[2:])
    contents = new.build.files
    for number, turn in enumerate(found.turns, 1):
        for server in turn.servers:
            assert found.folders[number][server][AGENT_FILE] == contents[f"{server}/{AGENT_FILE}"]
    assert found.folders[LOADED]["kea1"][AGENT_FILE] == old.build.files[f"kea1/{AGENT_FILE}"]


def test_the_way_back_has_the_former_file_of_the_agent(tmp_path: Path) -> None:
    old, new = built(tmp_path, BEFORE, AGENT), built(tmp_path, BEFORE, AGENT.replace("8000", "8010"))
    found = planned(old, new)
    assert [turn.servers for turn in found.turns] == [("kea1",), ("kea2",)]
    assert not any(turn.reloads for turn in found.turns)
    before = {each.path: each.build for each in old.build.artifacts}
    loaded: dict[str, dict[str, str]] = {server: {} for server in ("kea1", "kea2")}
    plan = Plan("two", "spec.yaml", "b", (), (), duties(new.site), found.turns, loaded, dict.fromkeys(loaded, LOADED))
    way = retraced(plan, 2)
    assert [(turn.servers, turn.folders) for turn in way.turns] == [(("kea2",), {"kea2": 0}), (("kea1",), {"kea1": 0})]
    for turn in way.turns:
        (agent,) = turn.agents
        assert agent.after == before[f"{agent.server}/{AGENT_FILE}"]


@pytest.mark.parametrize(
    ("changed", "restarts"),
    [
        (AGENT.replace("ca.pem", "new-ca.pem"), True),
        (AGENT.replace("agent-", "other-"), True),
        (AGENT.replace("ca.pem", "new-ca.pem").replace("8000", "8010"), False),
        (AGENT.replace("kea-api-user", "another-user"), False),
    ],
)
def test_an_agent_reads_changes_of_its_tls_at_a_start_or_at_another_port(
    tmp_path: Path, changed: str, restarts: bool
) -> None:
    found = planned(built(tmp_path, BEFORE, AGENT), built(tmp_path, AFTER, changed))
    assert len(found.steps) == (2 if restarts else 0)
    assert sum(len(turn.agents) for turn in found.turns) == (0 if restarts else 2)
    assert all(AGENT_FILE in turn.files[turn.servers[0]] for turn in found.turns)
