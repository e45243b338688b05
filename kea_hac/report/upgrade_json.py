"""An upgrade for programs: `schemas/upgrade.schema.json`. Keys may be added; none is renamed or removed while "format" is 1."""

from __future__ import annotations

from typing import Any

from kea_hac.changes.version_step import NewDefault
from kea_hac.diagnostics import Report, dotted
from kea_hac.kea.upgrades import seen_side_by_side
from kea_hac.report.as_json import data as report_data
from kea_hac.report.as_json import head
from kea_hac.report.results import PlannedUpgrade
from kea_hac.report.review_json import change
from kea_hac.report.upgrade_words import headline, sections
from kea_hac.upgrade.planning import Upgrade


def data(result: PlannedUpgrade) -> dict[str, Any]:
    """The whole report: the sentences for people, and the facts in them."""
    upgrade = result.upgrade
    return {
        **head(),
        "spec": upgrade.path,
        "pair": upgrade.pair,
        "to": str(upgrade.to),
        "state": upgrade.state.value,
        "summary": headline(upgrade),
        "servers": [{"server": each.server, "old": str(each.old), "new": str(each.new)} for each in upgrade.servers],
        "sections": [
            {"title": each.title, "lines": list(each.lines)} for each in sections(upgrade, written=bool(result.written))
        ],
        "edits": [
            {
                "file": e.file,
                "line": e.line,
                "path": dotted(e.route),
                "old": e.old or None,
                "new": e.new or None,
                "why": e.why,
            }
            for e in upgrade.edits
        ],
        "by-hand": [{"edit": each.what, "reason": each.reason} for each in upgrade.refused],
        "written": list(result.written),
        "defaults": [
            *(_default(each, kept=False) for each in upgrade.defaults),
            *(_default(each, kept=True) for each in upgrade.kept),
        ],
        "renamed": [
            {"daemon": e.daemon, "old": e.old, "new": e.new or None, "source": e.source or None, "count": e.count}
            for e in upgrade.respelt
        ],
        "agent-ends-on": list(upgrade.agent.servers) if upgrade.agent is not None else [],
        "behaviour": [{"since": e.since, "text": e.text, "source": e.source} for e in upgrade.behaviour],
        "changes": [change(each) for each in upgrade.review.places] if upgrade.review is not None else [],
        "hosts": {
            each.server: {
                "added": {kind: list(entries) for kind, entries in each.added.items()},
                "dropped": {kind: list(entries) for kind, entries in each.dropped.items()},
                "notes": list(each.notes),
            }
            for each in upgrade.hosts
        },
        "databases": [
            {"type": e.type, "name": e.name, "servers": list(e.servers), "old-schema": e.old, "new-schema": e.new}
            for e in upgrade.databases
        ],
        "order": _order(upgrade),
        "findings": report_data(Report(upgrade.findings))["findings"],
        "problems": list(result.problems),
    }


def _default(default: NewDefault, *, kept: bool) -> dict[str, Any]:
    changed = default.changed
    return {
        "daemon": default.daemon,
        "key": changed.name,
        "old": changed.old,
        "new": changed.new,
        "since": str(changed.since),
        "source": changed.source,
        "kept-by": {"map": changed.below or None, "keys": dict(default.lines)},
        "kept": kept,
    }


def _order(upgrade: Upgrade) -> dict[str, Any] | None:
    if upgrade.order is None:
        return None
    return {
        "servers": [each.server for each in upgrade.order.turns],
        "together": bool(upgrade.order.together),
        "side-by-side": [
            {"old": str(each.old), "new": str(each.new), "seen": seen_side_by_side(each.old, each.new)}
            for each in upgrade.order.side_by_side
        ],
    }
