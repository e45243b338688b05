"""Lifetimes and timers: the finding is at the value that is the mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.check.files import found, of


@pytest.mark.parametrize("inner", [False, True], ids=["global", "in a subnet"])
@pytest.mark.parametrize(
    ("family", "times", "message"),
    [
        (
            4,
            {"renew-timer": 3600, "rebind-timer": 7100},
            "before 'renew-timer', 3600 s (1 hour) and 'rebind-timer', 7100 s",
        ),
        (
            6,
            {"renew-timer": 3600, "preferred-lifetime": 7100},
            "before 'renew-timer', 3600 s (1 hour) and 'preferred-lifetime', 7100 s",
        ),
        (
            6,
            {"renew-timer": 60, "rebind-timer": 70, "preferred-lifetime": 80},
            "before 'renew-timer', 60 s (1 minute) and 'rebind-timer', 70 s and 'preferred-lifetime', 80 s",
        ),
    ],
)
def test_a_lifetime_that_is_shorter_than_several_timers_is_the_mistake(
    tmp_path: Path, family: int, times: dict[str, int], message: str, inner: bool
) -> None:
    subnet: dict[str, Any] = {"id": 1, "subnet": "192.0.2.0/24" if family == 4 else "2001:db8::/64"}
    config: dict[str, Any] = times | {f"subnet{family}": [subnet]}
    (subnet if inner else config)["valid-lifetime"] = 4
    made = found(tmp_path, config, family=family)
    codes = [each.rule.code for each in made if each.rule.code in ("KH243", "KH244")]
    assert codes == ["KH243"]
    (each,) = of("KH243", made)
    assert each.message == f"'valid-lifetime' is 4 s: the lease expires {message}"
    assert each.path.endswith("valid-lifetime")
    assert "write the lifetime that is meant" in (each.fix or "")


def test_one_timer_that_is_too_long_is_the_mistake_itself(tmp_path: Path) -> None:
    (each,) = of("KH243", found(tmp_path, {"valid-lifetime": 3600, "renew-timer": 1800, "rebind-timer": 7200}))
    assert each.path.endswith("rebind-timer")
