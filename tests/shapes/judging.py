"""Everything that judges a document, run on one that may hold anything: what crashes is told by its kind and its place."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import kea_hac
from kea_hac.api import judge, loaded
from kea_hac.check.engine import INTERNAL
from kea_hac.check.examples import example
from kea_hac.check.fleet import fleet_findings, member
from kea_hac.diagnostics import Diagnostic
from kea_hac.importing.run import ImportRequest, Input, import_files
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint_documents
from kea_hac.live.endpoint import Endpoint, Saved
from kea_hac.live.saved import read_saved
from kea_hac.source import Reading, read_kea_json, read_yaml
from kea_hac.source.document import Document, Map, Secret, Seq, Value
from tests.examples import CODES, whole
from tests.shapes.mutating import JSON_SCALARS, mutant
from tests.shipped import GOLDEN, ROOT, SHIPPED
from tests.unit.drift.pairs import DAEMONS, Pair

CASES = ROOT / "tests" / "cases" / "ok"
CORPUS = ROOT / "tests" / "kea" / "corpus"
VERSIONS = tuple(map(KeaVersion.parse, ("2.2", "2.6", "3.0", "3.2")))
Try = Callable[[Random], list[str]]
"""One mutant, judged: what crashed, as `kind at module:function`."""


@cache
def specs() -> tuple[Document, ...]:
    """The shipped specs, the specs of the rules' examples and those of the tests, as they were read."""
    read = [read_yaml(path) for path in (*SHIPPED, *CASES.glob("*.yaml"))]
    with TemporaryDirectory() as folder:
        for code in CODES:
            shown = example(code)
            if shown is not None and shown.of_a_spec:
                for name, content in shown.files.items():
                    Path(folder, name).write_text(content, "utf-8")
                for over, text in zip(shown.over, shown.bad, strict=True):
                    path = Path(folder, f"{code}.yaml")
                    path.write_text(whole(shown, over, text), "utf-8")
                    read.append(read_yaml(path))
    return tuple(each.document for each in read if each.document is not None)


@cache
def files() -> tuple[Document, ...]:
    """Files of Kea: what the shipped specs compile to, the rules' examples and the corpus."""
    paths = [*sorted(GOLDEN.rglob("kea-*.conf")), *sorted(CORPUS.glob("*.conf"))]
    read = [read_kea_json(path, opaque=True) for path in paths]
    with TemporaryDirectory() as folder:
        for code in CODES:
            shown = example(code)
            if shown is not None and not shown.of_a_spec:
                for over, text in zip(shown.over, shown.bad, strict=True):
                    path = Path(folder, f"{code}.conf")
                    path.write_text(whole(shown, over, text), "utf-8")
                    read.append(read_kea_json(path, opaque=True))
    return tuple(each.document for each in read if each.document is not None)


def changed(document: Document, random: Random, scalars: tuple[Value, ...] | None = None) -> Document:
    """The document with a few values of another shape."""
    root = mutant(document.root, random, scalars) if scalars else mutant(document.root, random)
    return dataclasses.replace(document, root=root)


def a_spec(random: Random) -> list[str]:
    """`validate` and `build` of a spec, beside another one."""
    document = changed(random.choice(specs()), random)
    with crashes() as found:
        checked = judge(loaded(Path(document.path), Reading(document)))
        found.extend(internal(checked.report.diagnostics))
        if checked.build is not None:
            kea_hac.needs(checked)
        if checked.site is not None:
            list(fleet_findings([member("a", checked.site), member("b", checked.site)]))
    return found


def a_file(random: Random) -> list[str]:
    """`lint` of a file of Kea; of two servers' files at times."""
    every = files()
    number = random.randrange(len(every))
    document = changed(every[number], random, JSON_SCALARS)
    documents = {Path("a/kea-dhcp4.conf"): document}
    if random.random() < 0.3:
        documents[Path("b/kea-dhcp4.conf")] = every[(number + random.randrange(3)) % len(every)]
    with crashes() as found:
        linted = lint_documents(
            documents, random.choice((None, *VERSIONS)), random.choice((None, "debian", "isc")), read=()
        )
        found.extend(internal(linted.report.diagnostics))
    return found


def an_import(random: Random) -> list[str]:
    """`import` of one or two servers' files."""
    every = files()
    number = random.randrange(len(every))
    document = changed(every[number], random, JSON_SCALARS)
    with TemporaryDirectory() as folder, crashes() as found:
        inputs = []
        for name, each in (("kea1", document), ("kea2", every[number])):
            path = Path(folder, name, "kea-dhcp4.conf")
            path.parent.mkdir()
            path.write_text(json.dumps(plain(each.root)), "utf-8")
            inputs.append(Input(name, True, (path,)))
        imported = import_files(
            inputs[: random.choice((1, 2))], ImportRequest(platform=random.choice((None, "debian")))
        )
        found.extend(internal(imported.report.diagnostics))
    return found


@cache
def pairs() -> tuple[Pair, ...]:
    """Pairs whose servers can answer."""
    return tuple(Pair.of(path.read_text("utf-8")) for path in SHIPPED if "!" not in path.read_text("utf-8"))


def an_answer(random: Random) -> list[str]:
    """`diff` with an answer of a server that was saved, and changed since."""
    pair = random.choice(pairs())
    lives = pair.lives()
    number = random.randrange(len(lives))
    live = lives[number]
    with TemporaryDirectory() as folder:
        path = Path(folder, "answer.json")
        root: dict[str, Any] = {DAEMONS[live.daemon.file].top: json.loads(json.dumps(live.config, default=str))}  # type: ignore[union-attr]
        path.write_text(json.dumps(root), "utf-8")
        document = read_kea_json(path, opaque=True).document
        assert document is not None
        path.write_text(json.dumps(plain(changed(document, random, JSON_SCALARS).root)), "utf-8")
        with crashes() as found:
            lives[number] = read_saved(Endpoint(live.server, live.daemon, Saved(path)))
            found.extend(internal(pair.diff(lives).report.diagnostics))
    return found


TRIES: Mapping[str, Try] = {"spec": a_spec, "file": a_file, "import": an_import, "answer": an_answer}


@contextlib.contextmanager
def crashes() -> Iterator[list[str]]:
    """Gathers what is raised in its block."""
    found: list[str] = []
    try:
        yield found
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        found.append(f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno} in {frame.name}")


def internal(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """The findings that say that a rule broke."""
    return [each.message for each in diagnostics if each.rule is INTERNAL]


def plain(value: Value) -> Any:
    """As `json` takes it."""
    if isinstance(value, Map):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Seq):
        return [plain(item) for item in value]
    return value.path if isinstance(value, Secret) else value
