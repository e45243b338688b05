"""The repairs of findings, made in the files that they are about: what happens when a fix is followed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kea_hac.api import load
from kea_hac.diagnostics import Diagnostic
from kea_hac.source import read_kea_json
from kea_hac.source.repairs import edits_of, of_text, rewritten, within
from kea_hac.source.yaml_edit import plan_edits


def follow(path: Path, found: Sequence[Diagnostic], *, of_a_spec: bool = True) -> None:
    """Follow the fixes of findings in one file: those of its text first, else those of its values."""
    if all(map(of_text, found)):
        path.write_text(rewritten(path.read_text("utf-8"), found), "utf-8")
        return
    document = load(path).document if of_a_spec else read_kea_json(path).document
    assert document is not None
    repairs = [[within(change, document) for change in each.repair] for each in found]
    edits = list({repr(edit): edit for repair in repairs for edit in edits_of(document, repair)}.values())
    plan = plan_edits(document, edits)
    assert plan.refused == (), [each.reason for each in plan.refused]
    assert plan.texts, "the repair changes nothing"
    for name, text in plan.texts.items():
        Path(name).write_text(text, "utf-8")
