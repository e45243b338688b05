"""Specs as text → builds, for tests of changes."""

from __future__ import annotations

from pathlib import Path

from kea_hac.api import judge, load_text
from kea_hac.compiler.built import Built


def built(text: str) -> Built:
    """The build of a spec, which has no errors."""
    checked = judge(load_text(text, Path("spec.yaml")))
    assert checked.site is not None
    assert checked.build is not None, [each.message for each in checked.report.diagnostics]
    return Built(checked.site, checked.build)
