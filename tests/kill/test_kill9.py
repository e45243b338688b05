"""kill -9 at 200 random moments of real builds: the tree is old, new, or known to be torn, and the next build mends it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from kea_hac.output.tree import FolderState, inspect, write
from tests.kill.pairs import NEW, OLD, on_disk

KILLS = 100
"""For each of two routes, and more until every state was seen: on a busy machine builds begin late."""
LONGEST = 0.04
"""Seconds until the kill, at most: two or three builds. Longer for each hundred kills more."""
SEED = 20240531


@pytest.mark.parametrize("way", ["exchange", "files"])
def test_kill_9_at_random_moments(tmp_path: Path, way: str) -> None:
    moments = random.Random(SEED)
    seen: Counter[FolderState] = Counter()
    wanted_states = {FolderState.CLEAN, FolderState.TORN} if way == "files" else {FolderState.CLEAN}
    command = [sys.executable, "-m", "tests.kill.victim", str(tmp_path), way]
    place = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as victims:
        assert victims.stdin is not None
        assert victims.stdout is not None
        for kills in range(20 * KILLS):
            if kills >= KILLS and wanted_states <= seen.keys():
                break
            wanted = moments.choice([OLD, NEW])
            write(tmp_path, [wanted])
            victims.stdin.write("\n")
            victims.stdin.flush()
            victim = int(victims.stdout.readline())
            time.sleep(moments.uniform(0, LONGEST * (1 + kills // KILLS)))
            os.kill(victim, signal.SIGKILL)
            assert int(victims.stdout.readline()) == -signal.SIGKILL
            old, new = inspect(tmp_path, OLD).state, inspect(tmp_path, NEW).state
            assert {old, new} in ({FolderState.CLEAN, FolderState.STALE}, {FolderState.TORN})
            seen[FolderState.TORN if old is FolderState.TORN else FolderState.CLEAN] += 1
            for path, content in on_disk(tmp_path / "campus").items():
                assert path == "manifest.json" or content in {OLD.files.get(path), NEW.files.get(path)}
            write(tmp_path, [wanted])
            assert inspect(tmp_path, wanted).state is FolderState.CLEAN
            assert os.listdir(tmp_path) == ["campus"]
        victims.stdin.close()
    assert victims.returncode == 0
    assert seen.keys() == wanted_states
