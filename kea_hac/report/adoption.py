"""What `diff --adopt` did: what is in the spec now, what is not and why, with the edit to make by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kea_hac.adopt.adopt import Adoption, Refusal
from kea_hac.changes.change import Change, spelt
from kea_hac.report.cells import block, safe
from kea_hac.report.drift import value_text
from kea_hac.report.markdown import fenced
from kea_hac.report.text import counted


def render(adoption: Adoption, written: Sequence[str]) -> str:
    """As text. Ends with a line end."""
    return block(_lines(adoption, written))


def render_markdown(adoption: Adoption, written: Sequence[str]) -> str:
    """The same text in GitHub's markdown."""
    return fenced(_lines(adoption, written))


def _lines(adoption: Adoption, written: Sequence[str]) -> list[str]:
    lines: list[str] = []
    if adoption.adopted:
        lines.append("adopted:")
        lines += [f"  {safe(_place(each))}: {safe(value_text(each.live))}" for each in adoption.adopted]
    if adoption.refused:
        lines.append("not adopted:")
        for each in adoption.refused:
            lines += _refusal(each)
    lines += [f"written: {safe(path)}" for path in written]
    if not lines:
        lines.append("nothing to adopt")
    return lines


def summary(adoption: Adoption, written: Sequence[str]) -> str:
    """One line for the person at the terminal."""
    words = f"{counted(len(adoption.adopted), 'change')} adopted, {len(adoption.refused)} not"
    step = "; read the change, then run kea-hac build" if written else ""
    return words + step


def data(adoption: Adoption, written: Sequence[str]) -> dict[str, Any]:
    """For programs."""
    return {
        "adopted": [_bare(each) for each in adoption.adopted],
        "refused": [{**_bare(each.change), "reason": each.reason, "manual": each.manual} for each in adoption.refused],
        "written": list(written),
    }


def _refusal(each: Refusal) -> Iterator[str]:
    yield f"  {safe(_place(each.change))}: {safe(each.reason)}"
    yield f"    by hand: {safe(each.manual)}"


def _place(change: Change) -> str:
    return f"{change.server} {change.daemon.name} {spelt(change.path)}"


def _bare(change: Change) -> dict[str, Any]:
    return {"server": change.server, "daemon": change.daemon.name, "path": spelt(change.path)}
