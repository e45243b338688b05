"""The result of a diff as data: the form from which text, markdown and JSON are written.

Values are shown as Kea writes them, cut where they are long; secrets were masked where they came in and stay so.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

from kea_hac.changes.change import ABSENT, Change, Key, Path, Value, Verdict, spelt
from kea_hac.diagnostics import Locator, Span
from kea_hac.drift.diffing import Compared, Drift
from kea_hac.drift.health import Grade, Health, worst
from kea_hac.drift.pair_view import MICETRO_SERVICE, Seen, Service, Truth
from kea_hac.kea.config_get.target import NO_ADDRESS
from kea_hac.kea.hidden import Hidden
from kea_hac.records import dataclass
from kea_hac.report.as_json import data as report_data
from kea_hac.report.rounds import rounds_data
from kea_hac.source.document import Secret
from kea_hac.source.secrets import FAMILIES, MASK, names_secret, without_credentials

IN_SYNC = "in sync"
UNKNOWN = "unknown"
WORST = (Verdict.CONFLICT, Verdict.EXTERNAL, Verdict.DIFFERS, Verdict.PENDING, Verdict.CONVERGED)
"""The verdicts, the most urgent first: what a server, or the pair, is called by."""
_SILENT: tuple[Any, ...] = ("", [], {}, NO_ADDRESS[4])
LONGEST = 240
"""Characters of a value that people still read."""


@dataclass(frozen=True, slots=True)
class Group:
    """Changes below one heading: a subnet, a shared network, or what stands beside them."""

    heading: Path
    seen: tuple[Seen, ...]


def verdict_of(compared: Compared) -> str:
    """The most urgent verdict of one daemon."""
    found = compared.verdicts()
    return next((str(each) for each in WORST if each in found), IN_SYNC)


def verdict(drift: Drift) -> str:
    """The most urgent verdict of the pair; "unknown" when nothing differs and something could not be read."""
    found = {verdict_of(each) for each in drift.compared}
    worst = next((str(each) for each in WORST if each in found), IN_SYNC)
    return UNKNOWN if worst == IN_SYNC and drift.unread else worst


def believed(truth: Truth) -> str:
    """Which server of a relationship is active, or to believe where Micetro replicates, and why: one line."""
    what = "is the server that Micetro copies from" if truth.replicated else "is active"
    if truth.service is Service.UNKNOWN and truth.server is None:
        return f"it is unknown which server {what}: {truth.why}"
    who = f"{truth.server or 'no server'} {what}"
    if truth.service is Service.UNKNOWN:
        return f"{who}: {truth.why}; whether its partners are active is unknown"
    return f"{who}: {truth.why}" + (f" (Micetro: {MICETRO_SERVICE[truth.service]})" if truth.micetro else "")


def service(truth: Truth) -> str:
    """How a relationship stands: in Micetro's words where Micetro is in use."""
    return MICETRO_SERVICE[truth.service] if truth.micetro else str(truth.service)


def grade(drift: Drift) -> Grade:
    """The worst of the pair's relationships and standalone servers; healthy where nothing was asked."""
    return worst(each.grade for each in drift.health)


def is_well(drift: Drift) -> bool:
    """True when nothing is to be said of the pair beside one line: it was read, it is in sync, and it is healthy."""
    quiet = not drift.unread and not drift.report.diagnostics and not any(each.on_disk for each in drift.compared)
    return quiet and verdict(drift) == IN_SYNC and grade(drift) is Grade.HEALTHY


def unhealthy(drift: Drift) -> Iterator[Health]:
    """What is not healthy, or not known to be."""
    return (each for each in drift.health if each.symptoms)


def is_worth_a_line(truth: Truth, drift: Drift) -> bool:
    """True where Micetro is in use and a server is not as usual. Without Micetro the health reports it."""
    if not truth.micetro:
        return False
    asked = drift.unread or any(each.running is not None for each in drift.server_statuses)
    unasked = truth.service is Service.UNKNOWN and not asked
    return truth.service is not Service.OK and not (unasked and not truth.replicated)


def groups(seen: Iterable[Seen]) -> Iterator[Group]:
    """The changes of one daemon below their headings, in the order of their paths."""
    by_heading: dict[Path, list[Seen]] = {}
    for each in seen:
        by_heading.setdefault(heading(each.change.path), []).append(each)
    for path in sorted(by_heading, key=bool):  # what is global comes first
        yield Group(path, tuple(by_heading[path]))


def heading(path: Path) -> Path:
    """The subnet or shared network that a path leads into; () for what is global."""
    end = 0
    for place, step in enumerate(path):
        if isinstance(step, Key) and path[place - 1] in ("subnet4", "subnet6", "shared-networks"):
            end = place + 1
    return path[:end]


def title(group: Group) -> str:
    """The heading as people read it, with the prefix of a subnet where a change knows it."""
    if not group.heading:
        return "global"
    last = group.heading[-1]
    label = f" {last.label}" if isinstance(last, Key) and last.label else ""
    return f"{spelt(group.heading)}{label}"


def below(group: Group, change: Change) -> str:
    """The rest of a change's path below its heading; "" for the whole of it."""
    return spelt(change.path[len(group.heading) :])


def value_text(value: Value, longest: int = LONGEST) -> str:
    """A value on one line: as JSON, a reference to a secret as such, "(nothing)" where there is none.

    What a map has only because Kea always shows it (empty texts and lists, the address of zeros) is left out.
    """
    if value is ABSENT:
        return "(nothing)"
    plain = json.loads(json.dumps(_reported(value), default=_plain, sort_keys=True))
    text = json.dumps(_shown(plain), ensure_ascii=False)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _reported(value: Value) -> Value:
    if isinstance(value, dict):
        kept = {key: _reported(each) for key, each in value.items() if each not in _SILENT}
        return kept or dict(value)
    return [_reported(each) for each in value] if isinstance(value, list) else value


def _plain(value: object) -> str:
    if isinstance(value, Secret):
        return f"!on-server {value.path}" if value.listed else f"!secret {value.path}"
    return MASK if isinstance(value, Hidden) else repr(value)


def span_of(change: Change, document: Locator) -> Span | None:
    """The place in the spec that says the value, or the nearest above it."""
    return None if change.route is None else document.span(change.route)


def data(drift: Drift, document: Locator, problems: tuple[str, ...] = ()) -> dict[str, Any]:
    """The result for programs. Keys may be added; none is renamed or taken away."""
    return {
        "pair": drift.pair,
        "verdict": verdict(drift),
        "servers": _servers(drift),
        "changes": [_change(each, document) for compared in drift.compared for each in compared.seen],
        "ignored": [
            {**_bare(change, document), "reason": rule.reason, "until": str(rule.until) if rule.until else None}
            for compared in drift.compared
            for change, rule in compared.ignored
        ],
        "unread": [
            {
                "server": each.server,
                "daemon": each.daemon.name,
                "source": each.source,
                "trouble": str(each.trouble),
                "reason": each.reason,
            }
            for each in drift.unread
        ],
        "ha": [
            {
                "daemon": each.daemon.name,
                "servers": [peer.node.name for peer in each.relationship.peers],
                "server": each.server,
                "role": each.peer.role,
                "state": each.state,
                "phase": str(each.own.phase) if each.own else None,
                "running": each.running,
            }
            for each in drift.server_statuses
        ],
        "advice": [
            {"daemon": each.daemon.name, "servers": list(each.servers), "text": f"{symptom.text}. {symptom.step}"}
            for each in drift.health
            for symptom in each.symptoms
            if symptom.code == "terminated"
        ],
        "health": [
            {
                "daemon": each.daemon.name,
                "servers": list(each.servers),
                "grade": str(each.grade),
                "symptoms": [
                    {"code": one.code, "grade": str(one.grade), "text": one.text, "next": one.step or None}
                    for one in each.symptoms
                ],
            }
            for each in drift.health
        ],
        "deploy": _deploy(drift, document),
        "truth": [
            {
                "daemon": each.daemon.name,
                "servers": list(each.relationship),
                "server": each.server,
                "service": service(each),
                "why": each.why,
            }
            for each in drift.truths
        ],
        "skipped": [
            {"what": each.what, "reason": each.reason} for compared in drift.compared for each in compared.skipped
        ],
        "findings": report_data(drift.report)["findings"],
        "problems": list(problems),
    }


def deploy_command(drift: Drift, document: Locator) -> str:
    """The command that brings what is pending to the servers; "" where nothing is."""
    if not any(Verdict.PENDING in each.verdicts() for each in drift.compared):
        return ""
    return f"kea-hac rollout {shlex.quote(document.span(()).file)}"


def in_the_way(drift: Drift) -> str:
    """What stops that command: servers that somebody changed, or that could not be read; "" where nothing does."""
    outside = {Verdict.EXTERNAL, Verdict.CONFLICT, Verdict.DIFFERS}
    changed = dict.fromkeys(each.server for each in drift.compared if outside & each.verdicts())
    unread = dict.fromkeys(each.server for each in drift.unread)
    words = [f"{' and '.join(changed)} {'was' if len(changed) == 1 else 'were'} changed by hand"] if changed else []
    words += [f"{' and '.join(unread)} could not be read"] if unread else []
    return " and ".join(words)


def _deploy(drift: Drift, document: Locator) -> dict[str, Any] | None:
    command = deploy_command(drift, document)
    if not command:
        return None
    return {"command": command, "rounds": rounds_data(drift.rounds), "stopped-by": in_the_way(drift) or None}


def _servers(drift: Drift) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for each in drift.compared:
        base = each.base
        result.setdefault(each.server, {})[each.daemon.name] = {
            "verdict": verdict_of(each),
            "source": each.source,
            "version": each.version,
            "stamp": {"pair": each.stamp.pair, "server": each.stamp.server, "build": each.stamp.build}
            if each.stamp
            else None,
            "base": getattr(base, "source", None),
            "no-base": getattr(base, "reason", None),
            "notes": list(each.notes),
            "file-differs": [
                {"path": spelt(one.path), "file": _json(one.file), "memory": _json(one.memory)} for one in each.on_disk
            ],
        }
    for unread in drift.unread:
        result.setdefault(unread.server, {})[unread.daemon.name] = {"verdict": UNKNOWN, "source": unread.source}
    return result


def _bare(change: Change, document: Locator) -> dict[str, Any]:
    span = span_of(change, document)
    return {
        "server": change.server,
        "daemon": change.daemon.name,
        "path": spelt(change.path),
        "verdict": str(change.verdict),
        "base": _json(change.base),
        "spec": _json(change.spec),
        "live": _json(change.live),
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
    }


def _change(each: Seen, document: Locator) -> dict[str, Any]:
    outlook = each.outlook
    return {
        **_bare(each.change, document),
        "also-on": list(each.also),
        "not-on": list(each.lacking),
        "news": each.news,
        "outlook": {"fate": str(outlook.fate), "why": outlook.why, "source": outlook.source} if outlook else None,
    }


def _json(value: Value) -> Any:
    """The value as JSON has it; null where there is none."""
    return None if value is ABSENT else plain_value(value)


def plain_value(value: Value) -> Any:
    """A value as data, with no secret in it."""
    return _shown(json.loads(json.dumps(value, default=_plain)))


def _shown(value: Any, *, secret: bool = False) -> Any:
    """The value without what is a credential by its own form, and without the keys below a secret's, which may be parts of it."""
    if isinstance(value, dict):
        return {
            MASK if secret and key not in FAMILIES else key: _shown(each, secret=secret or names_secret(key))
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_shown(each, secret=secret) for each in value]
    return without_credentials(value) if isinstance(value, str) else value
