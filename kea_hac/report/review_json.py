"""A review for programs: `schemas/review.schema.json`. Keys may be added; none is renamed or removed while "format" is 1."""

from __future__ import annotations

from typing import Any

from kea_hac.changes.change import ABSENT, Value, spelt
from kea_hac.changes.sizes import Removed, Size
from kea_hac.diagnostics import Report
from kea_hac.report import lease_words
from kea_hac.report.as_json import data as report_data
from kea_hac.report.as_json import head
from kea_hac.report.drift import plain_value
from kea_hac.report.review_rollout import rollout, rollout_notes
from kea_hac.report.review_words import consequences
from kea_hac.report.rounds import rounds_data
from kea_hac.review.reviewing import LocatedEdit, PairReview
from kea_hac.review.run import Reviewed


def data(result: Reviewed) -> dict[str, Any]:
    """The whole review."""
    return {
        **head(),
        "since": {"commit": result.base, "why": result.base_words},
        "pairs": [_pair(each) for each in result.pairs],
        "limits": [
            {
                "rule": each.rule.code,
                "name": each.rule.name,
                "severity": each.rule.severity.value,
                "message": each.message,
                "pair": each.pair,
                "accepted": each.accepted,
            }
            for each in result.limits
        ],
        "fleet-findings": report_data(Report(result.fleet_findings))["findings"],
        "ignored": report_data(Report(ignored=result.ignored)).get("ignored", []),
        "problems": list(result.problems),
    }


def _pair(pair: PairReview) -> dict[str, Any]:
    changes = pair.changes
    found: dict[str, Any] = {
        "pair": pair.pair,
        "spec": pair.path,
        "old-spec": pair.old_path,
        "state": pair.state.value,
        "old-pair": changes.old_pair if changes is not None else None,
        "servers": list(pair.servers),
        "effects": [each.value for each in changes.effects] if changes is not None else [],
        "summary": consequences(pair),
        "rollout": [*rollout(pair), *rollout_notes(pair)],
        "changes": [change(each) for each in pair.places],
        "rounds": [],
        "sizes": [],
        "new-findings": report_data(Report(pair.new_findings))["findings"],
        "old-findings": pair.old_findings,
        "resolved-findings": pair.mended,
        "removed": _removed(pair.removals.removed)
        if pair.removals is not None and pair.removals.removed is not None
        else None,
        "leases": lease_words.data(pair.impact),
    }
    if changes is not None:
        found["rounds"] = rounds_data(changes.rounds)
        found["sizes"] = [
            {
                "daemon": each.family,
                "id": each.id,
                "prefix": each.prefix,
                "servers": {
                    name: {"before": _size(before), "after": _size(after)} for name, before, after in each.by_server
                },
            }
            for each in changes.sizes
        ]
        found["renamed-servers"] = dict(changes.servers_renamed)
        found["versions"] = [
            {"server": each.server, "old": str(each.old), "new": str(each.new)} for each in changes.versions
        ]
        found["needs"] = {
            each.server: {
                "added": {kind: list(listed) for kind, listed in each.added.items()},
                "dropped": {kind: list(listed) for kind, listed in each.dropped.items()},
            }
            for each in changes.needs
        }
    return found


def change(change: LocatedEdit) -> dict[str, Any]:
    """One change with its place and effects."""
    edit = change.edit
    subnet = edit.subnet
    return {
        "servers": list(edit.servers),
        "daemon": edit.daemon.name,
        "subnet": {"id": subnet.value, "prefix": subnet.label} if subnet is not None else None,
        "path": spelt(edit.path),
        "moved-from": spelt(edit.moved_from) if edit.moved_from is not None else None,
        "old": _value(edit.old),
        "new": _value(edit.new),
        "effects": [each.value for each in edit.effects],
        "file": change.where.file if change.where is not None else None,
        "line": change.where.line if change.where is not None else None,
        "revision": ("old" if change.where.old else "new") if change.where is not None else None,
    }


def _value(value: Value) -> Any:
    return None if value is ABSENT else plain_value(value)


def _size(size: Size | None) -> dict[str, int] | None:
    return None if size is None else {"addresses": size.addresses, "prefixes": size.prefixes}


def _removed(removed: Removed) -> dict[str, Any]:
    return {
        "subnets": [{"daemon": each.family, "id": each.id, "prefix": each.prefix} for each in removed.subnets],
        "pool-addresses": removed.addresses,
        "prefixes": removed.prefixes,
        "reservations": removed.reservations,
        "of": {
            "subnets": removed.of_subnets,
            "pool-addresses": removed.of_addresses,
            "prefixes": removed.of_prefixes,
            "reservations": removed.of_reservations,
        },
    }
