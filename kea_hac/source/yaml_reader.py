"""YAML text → Reading: the way in for specifications, with everything that they include.

The text becomes events by libyaml (through ruamel.yaml.clib), events become a Document (`yaml_builder`), files come
through `includes`. Whatever is wrong comes back as diagnostics; no input raises.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ruamel.yaml.error import MarkedYAMLError

from kea_hac.diagnostics import Route
from kea_hac.source.csv_reader import read_csv_source
from kea_hac.source.document import Map, Seq
from kea_hac.source.includes import CSV, JSON_ENDINGS, YAML_ENDINGS, Includes, Source, report_bad_bytes
from kea_hac.source.kea_json_reader import read_kea_json_source
from kea_hac.source.ledger import HaltError, Ledger, Loaded, Reading, without_gc
from kea_hac.source.limits import DEFAULT_LIMITS, Limits
from kea_hac.source.rules import NOT_A_MAP
from kea_hac.source.yaml_builder import Builder

_FLOW_COLON = re.compile(r"""(?<!["'\]}]):(?=[^\s,\[\]{}])""")
_FLOW_QUESTION = re.compile(r"(?<=[^\s,\[\]{}])\?|\?(?=[^\s,\[\]{}])")
_COLON_STARTS = ("[:", "{:", ",:", " :", "\t:", "\n:")
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
    with without_gc():
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
    back = None
    if misread(text):
        text, back = stand_ins(text)
    builder = Builder(ledger, includes, source, route, back)
    try:
        return builder.run(text)
    except MarkedYAMLError as error:
        if back is not None or not _refused_colon(text, error):
            builder.refuse(error)
    # What the first pass found is found again and counted once.
    text, back = stand_ins(text)
    builder = Builder(ledger, includes, source, route, back)
    try:
        return builder.run(text)
    except MarkedYAMLError as error:
        builder.refuse(error)


def stand_ins(text: str) -> tuple[str, dict[int, str]]:
    """The text in a form that the bundled libyaml can read, and what maps its scalars back.

    YAML 1.2 allows colons and question marks inside an unquoted text in braces, as in `{ip-address: 2001:db8::1}`, and DHCP
    data is full of them; the libyaml of ruamel.yaml.clib (0.1.7) does not. Those that are a part of a text become a private
    use character of the same length, so that no offset changes. Without two free characters the text stays as it is.
    A colon right behind a quote is left alone, for it may end a key (`{"a":1}`); in `{a: it's':x}` it stays a syntax error.
    """
    free = [each for each in _STAND_INS if each not in text]
    if len(free) < 2:
        return text, {}
    mended = _FLOW_QUESTION.sub(free[1], _FLOW_COLON.sub(free[0], text))
    return mended, {ord(free[0]): ":", ord(free[1]): "?"}


def misread(text: str) -> bool:
    """True when libyaml might read a colon or question mark wrongly *without* an error: `[?a]` and `[:a]` become maps."""
    if "[" not in text and "{" not in text:
        return False
    return ("?" in text and _FLOW_QUESTION.search(text) is not None) or any(each in text for each in _COLON_STARTS)


def _refused_colon(text: str, error: MarkedYAMLError) -> bool:
    mark = error.problem_mark
    refusals = ("found unexpected ':'", "did not find expected node content", "did not find expected ','")
    return mark is not None and text[mark.index : mark.index + 1] == ":" and (error.problem or "").startswith(refusals)
