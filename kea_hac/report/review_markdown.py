"""A review as the one comment of a pull request: GitHub's markdown of at most 60 KB, the least important cut first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kea_hac.changes.sizes import Size, SubnetSize
from kea_hac.diagnostics import Severity
from kea_hac.records import dataclass
from kea_hac.report.cells import block, both
from kea_hac.report.markdown import LARGEST, code, prose
from kea_hac.report.review_groups import grouped
from kea_hac.report.review_rollout import rollout, rollout_notes
from kea_hac.report.review_rows import rows
from kea_hac.report.review_words import consequences, counted, headline
from kea_hac.review.reviewing import PairOutcome, PairReview
from kea_hac.review.run import Reviewed

_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is shown."""

    rows: int | None
    """Rows of changes of each pair; None: as many as people read."""
    sizes: bool = True
    findings: int = _FINDINGS
    pairs: int | None = None
    """Pairs with their own part; None: all."""
    sentences: int | None = None
    """Sentences on each pair; None: all."""
    cut: str = ""
    """What is left out."""


_LEVELS = (
    Detail(None),
    Detail(20, cut="changes beyond 20 of each pair"),
    Detail(5, sizes=False, cut="pool sizes, and changes beyond 5 of each pair"),
    Detail(0, sizes=False, cut="pool sizes and the tables of changes"),
    Detail(
        0,
        sizes=False,
        findings=5,
        pairs=60,
        cut="pool sizes, the tables of changes, pairs beyond 60 and findings beyond 5",
    ),
    Detail(
        0,
        sizes=False,
        findings=5,
        pairs=20,
        sentences=10,
        cut="pool sizes, the tables of changes, pairs beyond 20, findings beyond 5 and sentences beyond 10 of each pair",
    ),
)


def render(result: Reviewed) -> str:
    """The comment. What is left out is named at its end."""
    shown = ""
    for level in _LEVELS:
        shown = _page(result, level)
        if len(shown.encode()) <= LARGEST:
            return shown
    end = "\n\n(cut here: the comment would be too long; `--format json` has everything)\n"
    return shown.encode()[: LARGEST - len(end)].decode("utf-8", "ignore").rpartition("\n")[0] + end


def _page(result: Reviewed, detail: Detail) -> str:
    groups = list(grouped(result.shown))
    lines = [f"### kea-hac review: {_title(result)}", ""]
    lines += [f"Compared with {code(result.base)}, {prose(result.base_words)}.", ""]
    lines += _limits(result)
    lines += _problems(result)
    for first, others in groups[: detail.pairs]:
        lines += _pair(first, others, result, detail)
    if detail.pairs is not None and len(groups) > detail.pairs:
        rest = [each.pair for each, _ in groups[detail.pairs :]]
        lines += [
            f"{counted(len(rest), 'more pair')} {_verb(len(rest))}: {', '.join(prose(each) for each in rest[:200])}.",
            "",
        ]
    lines += _findings(result, detail.findings)
    lines += _quiet(result)
    if detail.cut:
        lines += [f"Left out, because the comment would be too long: {detail.cut}. `--format json` has everything.", ""]
    return block(lines[: -1 if not lines[-1] else None])


def _verb(number: int) -> str:
    return "changes" if number == 1 else "change"


def _title(result: Reviewed) -> str:
    counts: dict[PairOutcome, int] = {}
    for each in result.shown:
        counts[each.state] = counts.get(each.state, 0) + 1
    words = {
        PairOutcome.CHANGED: lambda number: f"{counted(number, 'pair')} {_verb(number)}",
        PairOutcome.ADDED: lambda number: f"{number} new",
        PairOutcome.REMOVED: lambda number: f"{number} removed",
        PairOutcome.BROKEN_NOW: lambda number: f"{number} with errors",
        PairOutcome.BROKEN_BEFORE: lambda number: f"{number} with errors before",
        PairOutcome.UNCHANGED: lambda number: f"{number} with new findings only",
    }
    listed = [words[state](counts[state]) for state in words if state in counts]
    return ", ".join(listed) or "no server's files change"


_WORDS = {Severity.ERROR: "Over a limit", Severity.WARNING: "Warning", Severity.INFO: "Note"}


def _limits(result: Reviewed) -> Iterator[str]:
    for each in result.limits:
        word = "Accepted" if each.accepted else _WORDS[each.rule.severity]
        step = (
            "" if each.accepted or each.rule.severity != "error" else f" (`--accept {each.rule.name}` lets it through)"
        )
        yield f"- **{word}** {code(each.rule.code)} {prose(each.rule.name)}: {prose(each.message)}{step}"
    if result.limits:
        yield ""


def _problems(result: Reviewed) -> Iterator[str]:
    for each in result.problems:
        yield f"- **Not done**: {prose(each)}"
    if result.problems:
        yield ""


def _pair(pair: PairReview, others: tuple[str, ...], result: Reviewed, detail: Detail) -> Iterator[str]:
    path = pair.path or pair.old_path or ""
    yield f"#### {prose(pair.pair)}: {prose(headline(pair, result.base))}"
    yield ""
    yield f"Spec {code(path)}" + (
        f"; {counted(len(others), 'other pair')} {_verb(len(others))} in the same way:" if others else ""
    )
    if others:
        shown = ", ".join(prose(each) for each in others[:200])
        yield f"{shown}{', …' if len(others) > 200 else ''}"
    yield ""
    sentences = consequences(pair)
    yield from (f"- {prose(each)}" for each in sentences[: detail.sentences])
    if detail.sentences is not None and len(sentences) > detail.sentences:
        yield f"- and {counted(len(sentences) - detail.sentences, 'more sentence')}"
    if sentences:
        yield ""
    turns = rollout(pair)
    if turns:
        yield "**Rollout**"
        yield ""
        yield from (f"{number}. {prose(each)}" for number, each in enumerate(turns, 1))
        yield ""
        yield from (f"- {prose(each)}" for each in rollout_notes(pair))
        yield ""
    if pair.changes is not None and pair.changes.sizes and detail.sizes:
        yield from _sizes(pair.changes.sizes, pair.servers)
    if detail.rows != 0 and pair.places:
        yield from _rows(pair, detail.rows)


def _rows(pair: PairReview, most: int | None) -> Iterator[str]:
    found = rows(pair, most)
    yield "| servers | subnet | what | was | becomes | effect | line |"
    yield "|---|---|---|---|---|---|---|"
    for row in found.shown:
        servers = f"{row.daemon} on {both(row.servers)}"
        cells = [
            prose(servers),
            prose(row.subnet),
            code(row.place),
            _cell(row.was),
            _cell(row.becomes),
            row.effects,
            prose(row.line),
        ]
        yield f"| {' | '.join(cells)} |"
    if found.rest is not None:
        yield f"| | | {prose(found.rest.words)} | | | | |"
    yield ""


def _cell(value: str) -> str:
    return code(value) if value else ""


def _sizes(sizes: Iterable[SubnetSize], servers: tuple[str, ...]) -> Iterator[str]:
    listed = list(sizes)[:20]
    names = dict.fromkeys((*servers, *(row[0] for each in listed for row in each.by_server)))
    yield f"| pool sizes | {' | '.join(prose(name) for name in names)} |"
    yield f"|---|{'---|' * len(names)}"
    for each in listed:
        by_name = {name: (before, after) for name, before, after in each.by_server}
        cells = [_sized(*by_name[name]) if name in by_name else "" for name in names]
        yield f"| {prose(f'{each.family} {each.prefix} (id {each.id})')} | {' | '.join(cells)} |"
    yield ""


def _sized(before: Size | None, after: Size | None) -> str:
    return f"{_amount(before)} → {_amount(after)}"


def _amount(size: Size | None) -> str:
    if size is None:
        return "(nothing)"
    prefixes = f" + {size.prefixes:,} prefixes" if size.prefixes else ""
    return f"{size.addresses:,}{prefixes}"


def _findings(result: Reviewed, most: int) -> Iterator[str]:
    fresh = [one for each in result.pairs for one in each.new_findings] + list(result.fleet_findings)
    fresh = sorted(dict.fromkeys(fresh), key=lambda each: (each.severity.rank, each.sort_key))
    if not fresh:
        return
    yield f"**{counted(len(fresh), 'new finding')}**"
    yield ""
    for each in fresh[:most]:
        place = f"{each.span.file}:{each.span.line}"
        fix = f"; fix: {each.fix}" if each.fix else ""
        yield f"- {each.severity} {code(each.rule.code)} {prose(place)}: {prose(f'{each.message}{fix}')}"
    if len(fresh) > most:
        yield f"- and {len(fresh) - most:,} more; `--format json` lists them all"
    yield ""


def _quiet(result: Reviewed) -> Iterator[str]:
    quiet = len(result.pairs) - len(result.shown)
    old = sum(each.old_findings for each in result.pairs)
    gone = sum(each.mended for each in result.pairs)
    parts = [f"{counted(quiet, 'pair')} without a change"] if quiet else []
    parts += [f"{counted(old, 'finding')} that {'was' if old == 1 else 'were'} there before"] if old else []
    parts += [f"{counted(gone, 'finding')} gone"] if gone else []
    hidden = len(result.ignored)
    parts += [f"{counted(hidden, 'new finding')} ignored by kea-hac.toml"] if hidden else []
    if parts:
        yield f"{both(parts)}."
        yield ""
