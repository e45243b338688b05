"""Whatever was built before, edited or cut off: after a build the folder holds exactly the files of that build."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kea_hac.compiler.artifacts import MANIFEST, Build
from kea_hac.output import swap
from kea_hac.output.tree import FolderOutcome, FolderState, inspect, write
from tests.kill.pairs import MEMORY, built, on_disk
from tests.kill.test_every_step import attempt, kill

PATHS = st.sampled_from([f"{server}/{name}" for server in "abc" for name in ("four", "six")])
BUILDS = st.dictionaries(PATHS, st.sampled_from([b"", b"x", b"y"])).map(lambda files: built("campus", files))


class Tree(RuleBasedStateMachine):
    """One root over its life, on both routes."""

    def __init__(self) -> None:
        super().__init__()
        self._place = tempfile.TemporaryDirectory(dir=MEMORY)
        self.root = Path(self._place.name)
        self._patch = pytest.MonkeyPatch()
        self.last: Build | None = None
        """The build that the folder holds exactly, when it does."""

    def teardown(self) -> None:
        self._patch.undo()
        self._place.cleanup()

    @rule(allowed=st.booleans())
    def exchange_is_allowed_or_not(self, allowed: bool) -> None:
        self._patch.undo()
        if not allowed:
            self._patch.setattr(swap, "exchange", lambda _one, _other: False)

    @rule(build=BUILDS)
    def build(self, build: Build) -> None:
        before = inspect(self.root, build)
        (written,) = write(self.root, [build])
        assert written.changed == tuple(each.path for each in before.discrepancies)
        assert (written.outcome is FolderOutcome.UNCHANGED) is (before.state is FolderState.CLEAN)
        self.last = build

    @rule(build=BUILDS, at=st.integers(0, 60))
    def build_and_be_killed(self, build: Build, at: int) -> None:
        whole = [each for each in (self.last, build) if each]
        steps = attempt(self.root, at, kill, [build])
        states = [inspect(self.root, each).state for each in whole]
        assert FolderState.FOREIGN not in states
        assert (
            FolderState.CLEAN in states
            or set(states) in ({FolderState.TORN}, {FolderState.ABSENT})
            or self.last is None
        )
        if not steps.dead:
            self.last = build
        else:
            self.last = next((each for each in whole if inspect(self.root, each).state is FolderState.CLEAN), None)

    @precondition(lambda self: self.last is not None and self.last.artifacts)
    @rule(which=st.integers(0, 5), content=st.sampled_from([None, b"z"]))
    def someone_edits_or_removes_a_file(self, which: int, content: bytes | None) -> None:
        assert self.last is not None
        path = self.root / "campus" / self.last.artifacts[which % len(self.last.artifacts)].path
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        assert inspect(self.root, self.last).state is FolderState.TORN
        self.last = None

    @invariant()
    def the_folder_is_exactly_the_last_build(self) -> None:
        if self.last:
            assert on_disk(self.root / "campus") == dict(self.last.files)
            assert set(os.listdir(self.root / "campus")) == {path.partition("/")[0] for path in self.last.files}
            assert inspect(self.root, self.last).discrepancies == ()


Tree.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
TestTree = Tree.TestCase


@settings(max_examples=30, deadline=None)
@given(before=BUILDS, after=BUILDS)
def test_inspect_lists_exactly_the_paths_that_differ(before: Build, after: Build) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        write(Path(place), [before])
        listed = {each.path for each in inspect(Path(place), after).discrepancies}
    paths = before.files.keys() | after.files.keys()
    assert listed == {path for path in paths if before.files.get(path) != after.files.get(path)}
    assert (MANIFEST in listed) is bool(listed)
