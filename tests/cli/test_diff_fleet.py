"""`kea-hac diff` over many specs: one process, results in order, one line for a pair that is well, one time limit for what hangs."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

import kea_hac
from kea_hac.compiler.built import configs
from kea_hac.kea.config_get import predict
from kea_hac.live.ask import Caller
from kea_hac.live.failure import too_late
from tests.cli.conftest import Call
from tests.documents import read

PAIR = """\
kea-hac: 1
pair: {pair}
kea: 2.6
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: standby, address: 192.0.2.12, interfaces: {{lan: eth0}}}}
high-availability: {{mode: hot-standby, listener: {{dhcp4: 8001}}}}
control-agent: {{http-port: 8000}}
dhcp4:
  lease-database: {{type: memfile}}
  subnet4: [{{id: 1, subnet: 10.1.0.0/24, pools: [{{pool: 10.1.0.10-10.1.0.200}}]}}]
"""


def write(*pairs: str) -> None:
    Path("specs").mkdir(exist_ok=True)
    for each in pairs:
        Path(f"specs/{each}.yaml").write_text(PAIR.format(pair=each), "utf-8")


def save(pair: str, **edits: object) -> None:
    """What both servers of a pair hold: what the spec says, and on kea1 the edits."""
    made = kea_hac.compile_spec(Path(f"specs/{pair}.yaml"))
    assert made.site is not None
    assert made.build is not None
    for node, daemon, config in configs(made.site, made.build):
        folder = Path("answers") / pair / node.name
        folder.mkdir(parents=True, exist_ok=True)
        shown = dict(predict(daemon, config, node.version, node.platform))
        if node.name == "kea1" and daemon.name == "dhcp4":
            shown.update(edits)
        (folder / f"{daemon.file.removesuffix('.conf')}.json").write_text(json.dumps({daemon.top: shown}), "utf-8")


def test_one_line_for_what_is_well_and_the_order_of_the_specs(call: Call) -> None:
    write("a", "b", "c")
    save("a")
    save("b", **{"valid-lifetime": 77})
    save("c")
    done = call("diff", "specs", "--live", "answers", "--base", "none")
    assert done.code == 1
    lines = done.out.splitlines()
    assert (lines[0], lines[-1]) == ("a: in sync", "c: in sync")
    assert lines[1] == "b: differs"
    assert done.err.endswith("3 pairs: 2 in sync and healthy; 1 not in sync\n")
    assert call("diff", "specs/*.yaml", "--live", "answers", "--base", "none").out == done.out
    only = call("diff", "specs/a.yaml", "specs/c.yaml", "--live", "answers")
    assert (only.code, only.out) == (0, "a: in sync\nc: in sync\n")


def test_every_format(call: Call) -> None:
    write("a", "b", "c")
    save("a")
    save("b", **{"valid-lifetime": 77})
    Path("specs/c.yaml").write_text("kea-hac: 1\npair: c\n", "utf-8")

    def shown(form: str) -> str:
        done = call("diff", "specs", "--live", "answers", "--base", "none", "--format", form)
        assert done.code == 2
        return done.out

    documents = [read("json", line) for line in shown("json").splitlines()]
    assert [each.get("pair") for each in documents] == ["a", "b", None]
    assert documents[2]["problems"][0].startswith("specs/c.yaml: nothing was compared")
    markdown = shown("markdown")
    assert markdown.startswith("### kea-hac diff: b is differs")
    assert "specs/c.yaml was not compared" in markdown
    assert markdown.endswith("In sync and healthy: 1 pair.\n")
    assert "::error file=specs/c.yaml" in shown("github")
    assert "specs/c.yaml: nothing was compared" in shown("text")
    gauges = shown("prometheus")
    assert 'kea_hac_pair_compared{pair="a",spec="specs/a.yaml"} 1\n' in gauges
    assert 'kea_hac_pair_compared{pair="",spec="specs/c.yaml"} 0\n' in gauges
    assert re.search(r'kea_hac_changes\{pair="b",server="kea1",daemon="dhcp4",verdict="differs"\} [1-9]\n', gauges)


def test_prometheus_reads_it(call: Call) -> None:
    """The text format of the exporter: each metric in one group with its help, every sample once, every value a number."""
    write("a", "b")
    save("a")
    save("b", **{"valid-lifetime": 77})
    text = call("diff", "specs", "--live", "answers", "--base", "none", "--format", "prometheus").out
    seen: list[str] = []
    samples = set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            assert line.split()[2] not in seen
            seen.append(line.split()[2])
        elif line.startswith("# TYPE "):
            assert line.split()[2:] == [seen[-1], "gauge"]
        else:
            found = re.fullmatch(
                r'([a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="(?:[^"\\\n]|\\.)*")*\})? (\d+)', line
            )
            assert found, line
            assert found[1] == seen[-1]
            assert line.rpartition(" ")[0] not in samples
            samples.add(line.rpartition(" ")[0])
    assert text.endswith("\n")
    single = call("diff", "specs/a.yaml", "--live", "answers/a", "--base", "none", "--format", "prometheus").out
    assert 'kea_hac_changes{pair="a",server="kea1",daemon="dhcp4",verdict="external"} 0\n' in single


def test_a_server_that_hangs_costs_one_time_limit(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    came: list[str] = []

    def hang(caller: Caller, command: str, *_: object) -> bytes:
        came.append(f"{caller.channel} {command}")
        time.sleep(0.05)
        raise too_late(caller.limits, connected=True, heard=False)

    monkeypatch.setattr("kea_hac.live.ask._once", hang)
    names = [f"p{number}" for number in range(30)]
    write(*names)
    done = call("diff", "specs", "-j", "2")
    assert done.code == 2
    assert done.out.count("could not be read, so it is unknown whether it serves") == 2 * len(names)
    assert "did not answer before in this run" in done.out
    assert done.err.endswith("30 pairs: 0 in sync and healthy; 30 with servers that could not be read\n")
    # Only the pairs that were in work at the start were asked: three at the most, two servers, two daemons each, and once.
    assert len(came) <= 3 * 2 * 2


def test_what_is_no_pair_is_no_success(call: Call) -> None:
    write("a")
    save("a")
    Path("specs/typo.yaml").write_text("kea_hac: 1\npair: x\nservers: []\n", "utf-8")
    Path("specs/torn.yaml").write_text("kea-hac: 1\npair: [\n", "utf-8")
    Path("specs/part.yaml").write_text("- {id: 7}\n", "utf-8")
    done = call("diff", "specs", "--live", "answers")
    assert done.code == 2
    assert "specs/typo.yaml" in done.out
    assert "specs/torn.yaml" in done.out
    assert "part.yaml" not in done.out
    assert "2 not compared" in done.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--adopt",), "--adopt edits the spec of one pair: name one spec"),
        (("--trust", "kea1"), "--trust names a server of one pair"),
        (("--live", "kea1=http://192.0.2.11:8000/"), "for several specs it takes a folder of saved answers"),
    ],
)
def test_options_that_mean_one_pair(call: Call, options: tuple[str, ...], words: str) -> None:
    write("a", "b")
    done = call("diff", "specs", *options)
    assert done.code == 2
    assert words in done.err


def test_large_specs_are_not_all_in_memory(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    """Beyond a size the pairs in work are few, whatever -j says."""
    from kea_hac.cli import diff_fleet

    write(*(f"p{number}" for number in range(12)))
    monkeypatch.setattr(diff_fleet, "_CHARACTERS", 2_000)
    most = 0
    begin, end = diff_fleet._begin, diff_fleet._Job.end
    in_work = 0

    def begun(*arguments: object) -> object:
        nonlocal in_work, most
        in_work += 1
        most = max(most, in_work)
        return begin(*arguments)  # type: ignore[arg-type]

    def ended(job: object) -> object:
        nonlocal in_work
        in_work -= 1
        return end(job)  # type: ignore[arg-type]

    monkeypatch.setattr(diff_fleet, "_begin", begun)
    monkeypatch.setattr(diff_fleet._Job, "end", ended)
    assert call("diff", "specs", "--live", "nowhere/..", "-j", "0").code == 2
    Path("nowhere").mkdir()
    call("diff", "specs", "--live", "nowhere", "-j", "0")
    assert 1 <= most <= 5
