"""What the tests of the readers look at: findings as short lines, values with the text that stands at their places."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Route
from kea_hac.source import Document, Map, Reading, Seq, Value


def said(reading: Reading) -> list[str]:
    """Each finding as "name line:column-end_column", the end line only where it is another one."""
    lines = []
    for each in reading.diagnostics:
        span = each.span
        end = str(span.end_column) if span.end_line == span.line else f"{span.end_line}:{span.end_column}"
        lines.append(f"{each.rule.name} {span.line}:{span.column}-{end}")
    return lines


def whole(reading: Reading) -> Document:
    """The document of a reading that must be without a finding."""
    assert said(reading) == [], [each.message for each in reading.diagnostics]
    assert reading.document is not None
    return reading.document


def partial(reading: Reading) -> Document:
    """The document of a reading that may have findings."""
    assert reading.document is not None, [each.message for each in reading.diagnostics]
    return reading.document


def text_at(document: Document, position: int) -> str:
    """The text that stands at a packed position."""
    text = document.texts[position >> 64].text
    return text[position >> 32 & 0xFFFFFFFF : position & 0xFFFFFFFF]


def shown(document: Document, route: Route, *, key: bool = False) -> str:
    """The file, line and columns of a route, and the text there: "spec.yaml 3:5 'eth0'"."""
    span = document.span(route, key=key)
    number = next(index for index, each in enumerate(document.texts) if each.path == span.file)
    lines = document.texts[number].text.split("\n")
    line = lines[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(line) + 1
    return f"{span.file} {span.line}:{span.column} {line[span.column - 1 : end - 1]!r}"


def scalars(node: Value, position: int, route: Route = ()) -> Iterator[tuple[Route, Value, int]]:
    """Every key and scalar below a node with its position."""
    if isinstance(node, Map):
        for index, (key, value) in enumerate(node.items()):
            yield (*route, key), key, node.spans[2 * index]
            yield from scalars(value, node.spans[2 * index + 1], (*route, key))
    elif isinstance(node, Seq):
        for index, value in enumerate(node):
            yield from scalars(value, node.spans[index], (*route, index))
    else:
        yield route, node, position


def consistent(document: Document) -> None:
    """Every map and list has as many positions as it needs, and each lies within its text."""
    stack: list[Value] = [document.root]
    while stack:
        node = stack.pop()
        if isinstance(node, Map):
            assert len(node.spans) == 2 * len(node)
            stack.extend(node.values())
        elif isinstance(node, Seq):
            assert len(node.spans) == len(node)
            stack.extend(node)
        if isinstance(node, (Map, Seq)):
            for position in node.spans:
                start, end = position >> 32 & 0xFFFFFFFF, position & 0xFFFFFFFF
                assert 0 <= start <= end <= len(document.texts[position >> 64].text)
