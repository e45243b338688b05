"""YAML text → Reading: the entry point for specifications, with everything that they include.

The text becomes events by libyaml (through ruamel.yaml.clib), events become a Document (`yaml_builder`), files come
through `includes`. What has nothing unusual passes libyaml by as soon as a process has read much (`yaml_lines`). Every mistake is a
diagnostic; no input raises an exception.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ruamel.yaml.error import MarkedYAMLError

from kea_hac.diagnostics import Route
from kea_hac.records import dataclass
from kea_hac.source.allowed import Files
from kea_hac.source.document import Document, Map, Plain, Seq, Value
from kea_hac.source.includes import CSV, JSON_ENDINGS, YAML_ENDINGS, Includes, Source, report_bad_bytes
from kea_hac.source.kea_json_reader import read_again, read_kea_json_source
from kea_hac.source.ledger import HaltError, Ledger, LoadedValue, Reading, without_gc
from kea_hac.source.limits import DEFAULT_LIMITS, Limits
from kea_hac.source.rules import NOT_A_MAP
from kea_hac.source.secret_spans_yaml import yaml_secrets
from kea_hac.source.yaml_builder import Builder
from kea_hac.source.yaml_marks import Marks
from kea_hac.source.yaml_runs import MisfitError, Run, many_read
from kea_hac.source.yaml_stand_ins import misread, stand_ins


def read_yaml(path: Path, *, limits: Limits = DEFAULT_LIMITS, files: Files | None = None) -> Reading:
    """Read a specification from a file, with what it includes. Never raises for anything in or about the files.

    `files`: where they are; the disk, unless a revision of Git is named.
    """
    return _read(limits, lambda ledger: Includes(ledger, files=files), lambda includes: includes.main(os.fspath(path)))


def read_yaml_text(
    text: str, path: str = "<text>", *, limits: Limits = DEFAULT_LIMITS, root: str | None = None
) -> Reading:
    """Read a specification from a text. `path` names it in diagnostics; its folder, or `root`, bounds what it may include."""
    return _read(limits, lambda ledger: Includes(ledger, root), lambda includes: includes.text(text, path))


def reread(document: Document, instead: Mapping[str, str]) -> Reading:
    """The document once more, with other texts in place of some of its own, by their paths in `document.texts`.

    Nothing is read from the disk but what the new texts include for the first time.
    """
    texts = {os.path.realpath(each.path): instead.get(each.path, each.text) for each in document.texts}
    if document.path.lower().endswith(JSON_ENDINGS) and not _has_plain(document.root):
        ledger = Ledger(DEFAULT_LIMITS)
        includes = Includes(ledger, instead=texts)
        return read_again(ledger, includes, includes.main(document.path))
    return _read(
        DEFAULT_LIMITS, lambda ledger: Includes(ledger, instead=texts), lambda includes: includes.main(document.path)
    )


def _has_plain(value: Value) -> bool:
    """True for a document that the YAML reader built: Kea's JSON has no scalars without quotes."""
    if isinstance(value, Map):
        return any(map(_has_plain, value.values()))
    return any(map(_has_plain, value)) if isinstance(value, Seq) else isinstance(value, Plain)


def _read(
    limits: Limits, included: Callable[[Ledger], Includes], entered: Callable[[Includes], Source | None]
) -> Reading:
    """Read what `entered` opens. A second time, and all of it by libyaml, where a run was not what it seemed to be."""
    for runs in (True, False):
        ledger = Ledger(limits)
        includes = included(ledger)
        with suppress(MisfitError):
            return _Texts(ledger, includes, runs).read(entered(includes))
    raise AssertionError("without runs there is no misfit")


@dataclass(slots=True)
class _Texts:
    """The texts of one reading."""

    ledger: Ledger
    includes: Includes
    runs: bool
    """False where libyaml reads all of every text."""

    def read(self, source: Source | None) -> Reading:
        """The main text, with all that it includes."""
        ledger = self.ledger
        if source is None:
            return ledger.reading(None)

        def read_table(source: Source, route: Route) -> LoadedValue:
            from kea_hac.source.csv_reader import read_csv_source  # few specs have tables

            return read_csv_source(ledger, source, route)

        self.includes.readers = {
            **dict.fromkeys(YAML_ENDINGS, self._build),
            **dict.fromkeys(
                JSON_ENDINGS, lambda source, route: read_kea_json_source(ledger, self.includes, source, route)
            ),
            CSV: read_table,
        }
        with without_gc():
            try:
                loaded = self._build(source, ())
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

    def _build(self, source: Source, route: Route) -> LoadedValue | None:
        self.ledger.texts[source.number].finder = yaml_secrets
        report_bad_bytes(self.ledger, source)
        whole = self.ledger.texts[source.number].text
        runs: Sequence[Run] = ()
        text, back = whole, None
        if self.runs and many_read(whole):
            from kea_hac.source.yaml_lines import map_of, without_lists  # a single small spec does without

            loaded = map_of(whole, source.number, self.ledger.limits)
            if loaded is not None:
                Marks(whole).note(self.ledger, source.number)
                return loaded
            text, runs = without_lists(whole, source.number)
        if misread(text):
            text, back = stand_ins(text)
        builder = Builder(self.ledger, self.includes, source, route, back, runs)
        lost = len(self.ledger.lost)
        try:
            return self._run(builder, text, runs)
        except MarkedYAMLError as error:
            if back is not None or not _refused_colon(text, error):
                self._refuse(builder, error, runs)
        # What the first pass found is found again and counted once.
        del self.ledger.lost[lost:]
        text, back = stand_ins(text)
        builder = Builder(self.ledger, self.includes, source, route, back, runs)
        try:
            return self._run(builder, text, runs)
        except MarkedYAMLError as error:
            self._refuse(builder, error, runs)

    @staticmethod
    def _run(builder: Builder, text: str, runs: Sequence[Run]) -> LoadedValue | None:
        """The value of the text. What ends the reading, such as a limit, is looked for in the whole text: a run can hide its place."""
        try:
            return builder.run(text)
        except HaltError:
            if runs:
                raise MisfitError from None
            raise

    @staticmethod
    def _refuse(builder: Builder, error: MarkedYAMLError, runs: Sequence[Run]) -> NoReturn:
        """Report a syntax error. What it says comes from the whole text."""
        if runs:
            raise MisfitError from None
        builder.refuse(error)


def _refused_colon(text: str, error: MarkedYAMLError) -> bool:
    mark = error.problem_mark
    refusals = ("found unexpected ':'", "did not find expected node content", "did not find expected ','")
    return mark is not None and text[mark.index : mark.index + 1] == ":" and (error.problem or "").startswith(refusals)
