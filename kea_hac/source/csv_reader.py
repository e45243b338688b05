"""CSV → a list of maps: `reservations: !csv printers.csv`, each row one reservation, each cell with its place.

The dialect is RFC 4180: commas, double quotes around a cell that holds a comma, a quote (doubled) or a line end. A byte
order mark and spaces around an unquoted cell are accepted, empty lines are skipped. The first row names the keys, in
Kea's words. Cells are `Plain`, quoted or not, because spreadsheets differ in their quoting: the schema defines the types. An
empty cell means that the key is absent. A column is a list when its name ends in `[]` (which is dropped) or is one of
`LIST_COLUMNS`; its cells contain the items, separated by spaces or semicolons.
"""

from __future__ import annotations

import re
from sys import intern
from typing import NoReturn

from kea_hac.diagnostics import Route, Rule
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.conflict_markers import conflict_marker
from kea_hac.source.document import Map, Plain, Seq, Value, pack, packed
from kea_hac.source.includes import Source, report_bad_bytes
from kea_hac.source.ledger import HaltError, Ledger, LoadedValue
from kea_hac.source.rules import CONTROL_CHARACTER, CSV_HEADER, CSV_ROW, CSV_SYNTAX, EMPTY_FILE, OVER_LIMIT
from kea_hac.source.secret_spans import SecretSpans
from kea_hac.source.secrets import may_hold_secret, names_secret

LIST_COLUMNS = frozenset({"client-classes", "ip-addresses", "prefixes", "excluded-prefixes"})
"""Keys of Kea's reservations whose values are lists of strings."""
_CELL = regex(r'(?:"([^"]*(?:""[^"]*)*)"|[ \t]*([^",\r\n]*))(,|\r?\n|\r|\Z)')
_GOES_ON = regex(r'[ \t]*[",]')
"""The rest of a row after the last cell that could be read."""
_ITEM = regex(r"[^\s;]+")


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    start: int
    end: int
    """With its quotes."""
    inner: int
    """Where the content begins, after an opening quote."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    is_list: bool
    at: int


def read_csv_source(ledger: Ledger, source: Source, route: Route) -> LoadedValue:
    """The rows of one text. Raises HaltError where the text cannot be divided into cells or has no header; that is already reported."""
    return _Table(ledger, source, route).read()


def row_cells(text: str, start: int) -> list[tuple[int, int]]:
    """The ranges of the cells of the row that begins at an offset, each with its quotes and without spaces around it."""
    cells: list[tuple[int, int]] = []
    while (match := _CELL.match(text, start)) is not None:
        if match[1] is not None:
            cells.append((start, match.end(1) + 1))
        else:
            cells.append((match.start(2), match.start(2) + len(match[2].rstrip(" \t"))))
        start = match.end()
        if match[3] != ",":
            break
    return cells


class _Table:
    def __init__(self, ledger: Ledger, source: Source, route: Route) -> None:
        ledger.texts[source.number].finder = csv_secrets
        report_bad_bytes(ledger, source)
        self._ledger = ledger
        self._number = source.number
        self._text = ledger.texts[source.number].text
        self._route = route
        self._offset = 0

    def read(self) -> LoadedValue:
        nul = self._text.find("\0")
        if nul >= 0:
            self._refuse(CONTROL_CHARACTER, nul, nul + 1, "this is a NUL byte: is this a CSV file?")
        marker = conflict_marker(self._text)
        if marker is not None:
            self._refuse(CSV_HEADER, *marker)
        header = self._row()
        while header is not None and not any(cell.text for cell in header):
            header = self._row()
        if header is None:
            self._refuse(EMPTY_FILE, 0, 0, "this file has no header row")
        most = self._ledger.limits.columns
        if len(header) > most:
            message = f"a table has at most {most:,} columns, and this one has {len(header):,}"
            self._refuse(OVER_LIMIT, header[most].start, header[most].end, message)
        columns = self._columns(header)
        rows = Seq()
        size, taken = 1, 0
        while (cells := self._row()) is not None:
            if len(cells) == 1 and not cells[0].text:
                continue
            if len(cells) != len(columns):
                self._wrong_count(cells, len(columns), len(rows))
                continue
            row = self._map(columns, cells)
            rows.append(row)
            rows.spans.append(self._at(cells[0].start, cells[-1].end))
            size += 1 + len(row.spans) + sum(len(value) for value in row.values() if isinstance(value, Seq))
            taken += 1 + len(cells)
            if taken > self._ledger.limits.table_cells:
                allowed = f"{self._ledger.limits.table_cells:,}"
                message = f"a table has at most {allowed} rows and cells; keep this many reservations in a database (hosts-databases)"
                self._refuse(OVER_LIMIT, cells[0].start, cells[-1].end, message)
        return LoadedValue(rows, self._at(header[0].start, header[-1].end), size, 3)

    def _row(self) -> list[_Cell] | None:
        """The cells of the next row; None at the end."""
        text = self._text
        if self._offset >= len(text):
            return None
        cells: list[_Cell] = []
        while True:
            start = self._offset
            match = _CELL.match(text, start)
            if match is None:
                self._refuse_cell(start)
            self._offset = match.end()
            if match[1] is not None:
                cells.append(_Cell(match[1].replace('""', '"'), start, match.end(1) + 1, start + 1))
            else:
                shown = match[2].rstrip(" \t")
                cells.append(_Cell(shown, match.start(2), match.start(2) + len(shown), match.start(2)))
            if match[3] != ",":
                return cells

    def _columns(self, header: list[_Cell]) -> list[_Column]:
        columns: list[_Column] = []
        seen: dict[str, int] = {}
        faulty = False
        for cell in header:
            at = self._at(cell.start, cell.end)
            name = cell.text.strip()
            is_list = name.endswith("[]") or name in LIST_COLUMNS
            name = name.removesuffix("[]").rstrip()
            if len(header) == 1 and re.search(r"[;\t|]", name):
                self._report(
                    CSV_HEADER,
                    at,
                    "the header has only one column: separate the columns by commas, not by semicolons or tabs",
                )
                raise HaltError
            if not name:
                self._report(CSV_HEADER, at, f"column {len(columns) + 1} has no name in the header")
                faulty = True
            elif name in seen:
                self._ledger.report(
                    CSV_HEADER,
                    at,
                    f"two columns are named {name}",
                    route=self._route,
                    related=((seen[name], "the first one"),),
                )
                faulty = True
            seen.setdefault(name, at)
            columns.append(_Column(intern(name), is_list, at))
        if faulty:
            raise HaltError
        return columns

    def _map(self, columns: list[_Column], cells: list[_Cell]) -> Map:
        row = Map()
        for column, cell in zip(columns, cells, strict=True):
            value: Value = self._items(cell) if column.is_list else Plain(cell.text)
            if value:
                row[column.name] = value
                row.spans += (column.at, self._at(cell.start, cell.end))
        row.spans = packed(row.spans)
        return row

    def _items(self, cell: _Cell) -> Seq:
        items = Seq()
        for match in _ITEM.finditer(cell.text):
            items.append(Plain(match[0]))
            items.spans.append(self._at(cell.inner + match.start(), cell.inner + match.end()))
        return items

    def _wrong_count(self, cells: list[_Cell], wanted: int, row: int) -> None:
        if len(cells) > wanted:
            place = self._at(cells[wanted].start, cells[-1].end)
            message = f"this row has {len(cells)} cells, and the header has {wanted}; put a cell that contains a comma into double quotes"
        else:
            place = self._at(cells[0].start, cells[-1].end)
            message = (
                f"this row has {len(cells)} cells, and the header has {wanted}; an empty cell still needs its comma"
            )
        self._ledger.report(CSV_ROW, place, message, route=(*self._route, row))

    def _refuse_cell(self, start: int) -> NoReturn:
        text = self._text
        first = start + len(text[start : start + 200]) - len(text[start : start + 200].lstrip(" \t"))
        if text[start] != '"':
            quote = text.find('"', start)
            hint = (
                "there is a space before the quote that opens this cell"
                if quote == first
                else "an unquoted cell contains a quote"
            )
            self._refuse(
                CSV_SYNTAX, quote, quote + 1, f'{hint}: put the whole cell into double quotes and double the quote ("")'
            )
        closed = re.compile(r'"[^"]*(?:""[^"]*)*"').match(text, start)
        if closed is None:
            self._refuse(CSV_SYNTAX, start, start + 1, "the quote that opens this cell is never closed")
        self._refuse(
            CSV_SYNTAX,
            closed.end(),
            closed.end() + 1,
            "characters follow the quote that closes this cell: if that quote is part of the value, double it",
        )

    def _at(self, start: int, end: int) -> int:
        return pack(self._number, start, end)

    def _report(self, rule: Rule, at: int, message: str) -> None:
        self._ledger.report(rule, at, message, route=self._route)

    def _refuse(self, rule: Rule, start: int, end: int, message: str) -> NoReturn:
        self._report(rule, self._at(start, end), message)
        raise HaltError


def csv_secrets(text: str) -> SecretSpans:
    """The secrets of a table: the cells below a header that names one."""
    found = SecretSpans()
    if not may_hold_secret(text):
        return found
    secret: list[int] = []
    width = at = 0
    while at < len(text):
        cells = row_cells(text, at)
        after = text.find("\n", cells[-1][1] if cells else at)
        if not cells or _GOES_ON.match(text, cells[-1][1]) is not None:
            found.lose(at, inside=bool(secret))
            return found
        names = [text[start:end].strip('" \t').removesuffix("[]").rstrip() for start, end in cells]
        if not width and any(names):
            width = len(cells)
            secret = [number for number, name in enumerate(names) if names_secret(name)]
        elif secret:
            _row(found, text, cells, range(len(cells)) if len(cells) != width else secret)
        at = after + 1 if after >= 0 else len(text)
    return found


def _row(found: SecretSpans, text: str, cells: list[tuple[int, int]], secret: list[int] | range) -> None:
    """The cells of a row that are secrets; all of them where the columns are unknown."""
    for number in secret:
        start, end = cells[number]
        written = text[start:end]
        read = written[1:-1].replace('""', '"') if written.startswith('"') else written
        found.add(start, end, read, *read.replace(";", " ").split())
