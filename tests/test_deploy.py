"""The files of `deploy/` name options, metrics and values that exist, and the tools that they are for accept them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kea_hac.changes.change import Verdict
from kea_hac.drift.health import Grade
from kea_hac.report.as_prometheus import HELP
from tests.cli.conftest import Call, call
from tests.shipped import ROOT

__all__ = ["call"]
RULES = ROOT / "deploy/prometheus/kea-hac.rules.yml"
SERVICE = ROOT / "deploy/systemd/kea-hac-watch.service"
TIMER = ROOT / "deploy/systemd/kea-hac-watch.timer"


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
    program, command, *arguments = shlex.split(line)
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


@pytest.mark.skipif(shutil.which("promtool") is None, reason="this machine has no promtool")
def test_prometheus_accepts_the_alerts() -> None:
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
