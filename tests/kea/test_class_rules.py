"""What the rules on client classes say of Kea, asked of Kea: it refuses the mistake in these words, or takes it; and takes the repair."""

from __future__ import annotations

import json

import pytest

from tests.lab import Lab
from tests.unit.check.class_mistakes import MISTAKES, Config

pytestmark = pytest.mark.kea


def file(content: Config) -> bytes:
    return json.dumps({"Dhcp4": content}).encode()


def test_kea_does_what_the_rules_say(lab: Lab, kea_version: str) -> None:
    """`-T` where a hook is to be loaded; 2.2.0 has none, and what is asked of it needs none."""
    for flag, loads in (("-t", False), ("-T", True)):
        asked = [each for each in MISTAKES if kea_version in each.versions and each.loads is loads]
        if not asked:
            continue
        verdicts = lab.check(
            kea_version, "dhcp4", [file(text) for each in asked for text in (each.wrong, each.right)], flag
        )
        for mistake, bad, good in zip(asked, verdicts[::2], verdicts[1::2], strict=True):
            assert good.ok, f"{mistake.name}: the repair is refused: {good.error}"
            assert bad.ok == (mistake.complaint is None), f"{mistake.name}: {bad.error or 'Kea takes it'}"
            assert (mistake.complaint or "") in bad.error, f"{mistake.name}: {bad.error}"
