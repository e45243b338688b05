"""YAML text → Reading: the way in for specifications, with everything that they include.

The text becomes events by libyaml (through ruamel.yaml.clib), events become a Document (`yaml_builder`), files come
through `includes`. Whatever is wrong comes back as diagnostics; no input raises.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ruamel.yaml.error import MarkedYAMLError

from kea_hac.diagnostics import Route
from kea_hac.source.csv_reader import read_csv_source
from kea_hac.source.document import Map, Seq
from kea_hac.source.includes import CSV, JSON_ENDINGS, YAML_ENDINGS, Includes, Source, report_bad_bytes
from kea_hac.source.kea_json_reader import read_kea_json_source
from kea_hac.source.ledger import HaltError, Ledger, Loaded, Reading
from kea_hac.source.limits import DEFAULT_LIMITS, Limits
from kea_hac.source.rules import NOT_A_MAP
from kea_hac.source.yaml_builder import Builder

_FLOW_COLON = re.compile(r"""(?<!["'\]}]):(?=[^\s,\[\]{}])""")
_FLOW_QUESTION = re.compile(r"(?<=[^\s,\[\]{}])\?")
_STAND_INS = tuple(chr(0xE000 + number) for number in range(64))
"""Private use characters, of which two that the text does not hold stand for colon and question mark."""


def read_yaml(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Read a specification from a file, with what it includes. Never raises for anything in or about the files."""
    ledger = Ledger(limits)
    includes = Includes(ledger)
    return _read(ledger, includes, includes.main(os.fspath(path)))


def read_yaml_text(text: str, path: str = "<text>", *, limits: Limits = DEFAULT_LIMITS) -> Reading:
    """Read a specification from a text. `path` names it in diagnostics, and its folder bounds what it may include."""
    ledger = Ledger(limits)
    includes = Includes(ledger)
    return _read(ledger, includes, includes.text(text, path))


def _read(ledger: Ledger, includes: Includes, source: Source | None) -> Reading:
    if source is None:
        return ledger.reading(None)

    def read_nested(source: Source, route: Route) -> Loaded | None:
        return _build(ledger, includes, source, route)

    includes.readers = {
        **dict.fromkeys(YAML_ENDINGS, read_nested),
        **dict.fromkeys(JSON_ENDINGS, lambda source, route: read_kea_json_source(ledger, includes, source, route)),
        CSV: lambda source, route: read_csv_source(ledger, source, route),
    }
    with _no_gc():
        try:
            loaded = _build(ledger, includes, source, ())
        except HaltError:
            loaded = None
        root = loaded.value if loaded else None
        if loaded and not isinstance(root, Map):
            kind = "a list" if isinstance(root, Seq) else "a single value"
            ledger.report(
                NOT_A_MAP,
                loaded.at,
                f"a specification is a map of keys (kea-hac:, pair:, servers: …), and this is {kind}",
            )
        return ledger.reading(root if isinstance(root, Map) else None)


def _build(ledger: Ledger, includes: Includes, source: Source, route: Route) -> Loaded | None:
    report_bad_bytes(ledger, source)
    text = ledger.texts[source.number].text
    builder = Builder(ledger, includes, source, route)
    try:
        return builder.run(text)
    except MarkedYAMLError as error:
        mended = flow_colons(text, error)
        if mended is None:
            builder.refuse(error)
    # What the first pass found is found again and counted once.
    builder = Builder(ledger, includes, source, route, mended[1])
    try:
        return builder.run(mended[0])
    except MarkedYAMLError as error:
        builder.refuse(error)


def flow_colons(text: str, error: MarkedYAMLError) -> tuple[str, dict[int, str]] | None:
    """The text in a form that the bundled libyaml can read, when `error` is its refusal of `{ip-address: 2001:db8::1}`.

    YAML 1.2 allows a colon inside an unquoted text in braces, and DHCP data is full of them; ruamel.yaml.clib's libyaml
    (0.1.7) does not, nor a question mark. Both become a private use character of the same length, so that no offset
    changes; the second value maps them back. None when the error is another one.
    """
    if error.problem_mark is None or text[error.problem_mark.index : error.problem_mark.index + 1] not in (":", "?"):
        return None
    refusals = ("found unexpected ':'", "did not find expected node content", "did not find expected ','")
    if not (error.problem or "").startswith(refusals):
        return None
    free = [each for each in _STAND_INS if each not in text]
    if len(free) < 2:
        return None
    mended = _FLOW_QUESTION.sub(free[1], _FLOW_COLON.sub(free[0], text))
    return None if mended == text else (mended, {ord(free[0]): ":", ord(free[1]): "?"})


@contextmanager
def _no_gc() -> Iterator[None]:
    """Without the cyclic collector, which would look through the growing tree again and again (2 to 3 times the time)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
