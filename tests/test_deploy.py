"""The files of `deploy/` name options, metrics and values that exist, and the tools that they are for accept them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kea_hac.changes.change import Verdict
from kea_hac.drift.health import Grade
from kea_hac.report.as_prometheus import HELP
from tests.cli.conftest import Call, call
from tests.cli.test_diff_fleet import PAIR
from tests.conftest import REQUIRED
from tests.shipped import ROOT

__all__ = ["call"]
RULES = ROOT / "deploy/prometheus/kea-hac.rules.yml"
SERVICE = ROOT / "deploy/systemd/kea-hac-watch.service"
TIMER = ROOT / "deploy/systemd/kea-hac-watch.timer"


@pytest.fixture
def promtool() -> str:
    """The checker of Prometheus, which `tests/run` puts beside this interpreter."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    found = shutil.which("promtool", path=places)
    if found is None and REQUIRED:
        pytest.fail("no promtool: tests/run takes it from the Debian package prometheus")
    return found or pytest.skip("no promtool on this machine: apt-get install prometheus, or tests/run")


def test_alerts_are_about_metrics_that_are_written() -> None:
    (group,) = YAML(typ="safe").load(RULES)["groups"]
    used = set()
    for each in group["rules"]:
        used |= set(re.findall(r"kea_hac_\w+", each["expr"]))
        for grade in re.findall(r'grade="([^"]+)"', each["expr"]):
            assert grade in {str(one) for one in Grade}
        for verdicts in re.findall(r'verdict=~?"([^"]+)"', each["expr"]):
            assert set(verdicts.split("|")) <= {str(one) for one in Verdict}
        assert each["annotations"]["summary"]
    assert used <= HELP.keys()
    assert {"kea_hac_health", "kea_hac_changes", "kea_hac_daemon_read", "kea_hac_pair_compared"} <= used


def test_the_service_runs_a_command_that_exists(call: Call) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", SERVICE.read_text("utf-8"), re.MULTILINE)
    shell, option, script = shlex.split(line)
    assert (shell, option) == ("/bin/sh", "-c")
    program, command, *arguments = shlex.split(script.partition(" >")[0])
    assert (Path(program).name, command) == ("kea-hac", "diff")
    known = call("diff", "--help").out
    for each in arguments:
        assert not each.startswith("--") or each in known
    assert "prometheus" in arguments


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd-analyze")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    unit = tmp_path / SERVICE.name
    unit.write_text(SERVICE.read_text("utf-8").replace("/usr/local/bin/kea-hac", "/bin/true"), "utf-8")
    (tmp_path / TIMER.name).write_bytes(TIMER.read_bytes())
    done = subprocess.run(
        ["systemd-analyze", "verify", unit, tmp_path / TIMER.name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def _run(folder: Path, output: str, code: int) -> subprocess.CompletedProcess[str]:
    """The service's command, with a kea-hac that prints this and ends so."""
    program = folder / "kea-hac"
    program.write_text(f"#!/bin/sh\nprintf '%s' {shlex.quote(output)}\nexit {code}\n", "utf-8")
    program.chmod(0o755)
    (line,) = re.findall(r"^ExecStart=(.*)$", SERVICE.read_text("utf-8"), re.MULTILINE)
    line = line.replace("%S/kea-hac/", f"{folder}/").replace("%d", str(folder)).replace("$$", "$")
    return subprocess.run(
        shlex.split(line.replace("/usr/local/bin/kea-hac", str(program))), capture_output=True, text=True, check=False
    )


def test_the_node_exporter_sees_whole_files_alone(tmp_path: Path) -> None:
    """What the service writes is in the file in the end, and a run that fails leaves the last one."""
    seen = tmp_path / "kea-hac.prom"
    whole = "kea_hac_health 1\nkea_hac_run_timestamp_seconds 1790000000\n"
    for code in (0, 1, 2):
        seen.unlink(missing_ok=True)
        assert _run(tmp_path, whole, code).returncode == code
        assert seen.read_text("utf-8") == whole
    for output in ("", "kea_hac_health 0\n", "kea_hac_health 0\nkea_hac_run"):
        assert _run(tmp_path, output, 2).returncode == 2
        assert seen.read_text("utf-8") == whole
    # systemd opens a StandardOutput=truncate: file anew for each command of a unit, which would empty it again.
    settings = SERVICE.read_text("utf-8")
    assert re.findall(r"^Exec\w+", settings, re.MULTILINE) == ["ExecStart"]
    assert not re.search(r"^StandardOutput", settings, re.MULTILINE)


def test_the_time_of_the_run_is_the_last_line(call: Call, tmp_path: Path) -> None:
    shown = call("diff", str(tmp_path), "--format", "prometheus").out
    assert shown.splitlines()[-1].startswith("kea_hac_run_timestamp_seconds ")
    assert list(HELP)[-1] == "kea_hac_run_timestamp_seconds"


def test_two_runs_have_seen_what_an_alert_on_health_reports() -> None:
    """A reload is an outage of one heartbeat, and wakes nobody."""
    (interval,) = re.findall(r"^OnUnitActiveSec=(\d+)min$", TIMER.read_text("utf-8"), re.MULTILINE)
    (group,) = YAML(typ="safe").load(RULES)["groups"]
    waits = {each["alert"]: each["for"] for each in group["rules"] if "kea_hac_health" in each["expr"]}
    assert len(waits) == 2
    assert all(int(each.removesuffix("m")) > int(interval) for each in waits.values())


_ALERTS = """\
rule_files: [{rules}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - {{series: 'kea_hac_health{{pair="p",daemon="dhcp4",servers="a b",grade="no service"}}', values: '0 1 1 0 0 1 1 1 1 1 1'}}
      - {{series: 'kea_hac_run_timestamp_seconds', values: '0+60x10'}}
    alert_rule_test:
      - {{eval_time: 3m, alertname: KeaPairWithoutService}}
      - eval_time: 9m
        alertname: KeaPairWithoutService
        exp_alerts:
          - exp_labels: {{severity: critical, pair: p, daemon: dhcp4, servers: a b, grade: no service}}
            exp_annotations:
              summary: 'Pair p: dhcp4 of a b answers no client'
              description: 'Run `kea-hac diff` on the spec of p: it shows the cause and the next step.'
      - {{eval_time: 10m, alertname: KeaWatchStopped}}
  - interval: 1m
    input_series: []
    alert_rule_test:
      - eval_time: 6m
        alertname: KeaWatchStopped
        exp_alerts:
          - exp_labels: {{severity: warning}}
            exp_annotations: {{summary: kea-hac has not compared the pairs for half an hour}}
"""


def test_alerts_fire_when_they_should(promtool: str, tmp_path: Path) -> None:
    (tmp_path / "alerts.yml").write_text(_ALERTS.format(rules=RULES), "utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", tmp_path / "alerts.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_the_metrics(promtool: str, call: Call, tmp_path: Path) -> None:
    (tmp_path / "pair.yaml").write_text(PAIR.format(pair="p1"), "utf-8")
    shown = call(
        "diff",
        str(tmp_path / "pair.yaml"),
        "--timeout",
        "0.1",
        "--live",
        "kea1=http://127.0.0.1:9/",
        "--format",
        "prometheus",
    ).out
    assert "kea_hac_symptom{" in shown
    done = subprocess.run([promtool, "check", "metrics"], input=shown, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_prometheus_accepts_the_alerts(promtool: str) -> None:
    done = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
