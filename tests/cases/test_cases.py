"""Small specs, discovered: each in `ok/` shows a law of the language and is clean. Drop a file in and it is tested.

What is wrong, and with which message, stands beside the rules: `kea_hac/check/examples`, `docs/reference/rules.md`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import kea_hac
from tests.specs import ADVICE

OK = sorted((Path(__file__).parent / "ok").glob("*.yaml"))


@pytest.mark.parametrize("case", OK, ids=lambda case: case.stem)
def test_a_good_spec_is_clean(case: Path) -> None:
    checked = kea_hac.compile_spec(case)
    assert [
        f"{each.span.line}: {each.message}" for each in checked.report.diagnostics if each.rule.code not in ADVICE
    ] == []
    assert checked.build is not None
