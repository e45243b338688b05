"""Texts before and after repairs → a unified diff for people, with secrets as asterisks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from kea_hac.report.cells import block, safe
from kea_hac.source.document import SourceText
from kea_hac.source.includes import JSON_ENDINGS
from kea_hac.source.secret_spans_json import json_secrets
from kea_hac.source.secret_spans_yaml import yaml_secrets

CONTEXT = 3
"""Lines around a change."""
_HIDDEN = "(this line is not shown: it is very long, or contains a secret)"


def render(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The diff of all files. Both: path → text. A line with a secret has asterisks, so `patch` does not take such a diff."""
    return block(line for path in sorted(new) for line in _file(path, old[path], new[path]))


def _file(path: str, old: str, new: str) -> Iterator[str]:
    yield f"--- a/{safe(path)}"
    yield f"+++ b/{safe(path)}"
    before, after = _lines_of(old), _lines_of(new)
    texts = _text(path, old), _text(path, new)
    first = _common(before, after)
    last = min(_common(before[::-1], after[::-1]), len(before) - first, len(after) - first)
    start, ends = max(first - CONTEXT, 0), [max(len(each) - last, first) + CONTEXT for each in (before, after)]
    matcher = SequenceMatcher(None, before[start : ends[0]], after[start : ends[1]], autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        spans = [(group[0][1] + start, group[-1][2] + start), (group[0][3] + start, group[-1][4] + start)]
        yield f"@@ -{_range(*spans[0])} +{_range(*spans[1])} @@"
        for tag, one, two, three, four in group:
            if tag == "equal":
                yield from _lines(" ", texts[0], one + start, two + start)
            else:
                yield from _lines("-", texts[0], one + start, two + start)
                yield from _lines("+", texts[1], three + start, four + start)


def _lines_of(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _text(path: str, text: str) -> SourceText:
    finder = json_secrets if path.lower().endswith(JSON_ENDINGS) else yaml_secrets
    return SourceText(path, text, finder=finder)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines at the start are equal."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _range(start: int, end: int) -> str:
    return f"{start + 1},{end - start}" if end - start != 1 else str(start + 1)


def _lines(mark: str, text: SourceText, start: int, end: int) -> Iterator[str]:
    for number in range(start, end):
        line = text.line(number + 1)
        shown = _HIDDEN if line is None else "\t".join(map(safe, line.split("\t")))
        yield f"{mark}{shown}"
