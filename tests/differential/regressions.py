"""Saved disagreements: a configuration, cut down to what matters, with both verdicts in its head.

// 2.2.0 refuses, 2.6.3 does not load, 3.0.4 accepts      (`-t` passes what a version does not load)
// Kea says: …
// kea-hac is stricter: KH131           (only where it refuses what Kea accepts, on purpose)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kea_hac.diagnostics import Severity
from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from tests.differential.corpus import DAEMONS, Case
from tests.differential.text import written
from tests.differential.verdicts import Judged, cluster, load, placed_files
from tests.lab import VERSIONS, check, keajson

_VERDICT = re.compile(r"(\d+\.\d+\.\d+) (refuses|accepts|does not load)")


@dataclass(frozen=True, slots=True)
class Regression:
    """One saved file."""

    path: Path
    daemon: ProgramName
    verdicts: dict[str, str]
    """By version: refuses (`-t` does), does not load, accepts."""
    stricter: tuple[str, ...]
    """Codes of kea-hac's rules that refuse it where Kea does not."""

    def refused_by_us(self, version: str) -> list[str]:
        """The codes of the errors that kea-hac finds."""
        found = lint([self.path], KeaVersion.parse(version)).report.diagnostics
        return [each.rule.code for each in found if each.severity is Severity.ERROR]


def regressions(folder: Path) -> list[Regression]:
    """Every saved disagreement, by name."""
    return [_read(path) for path in sorted(folder.glob("*.conf"))]


def _read(path: Path) -> Regression:
    text = path.read_text("utf-8")
    head = [line for line in text.splitlines() if line.startswith("//")]
    stricter = [line.partition("stricter:")[2] for line in head if "kea-hac is stricter:" in line]
    daemon = next(each for each in DAEMONS if f'"{program(each).top}"' in text)
    return Regression(path, daemon, dict(_VERDICT.findall(head[0])), tuple(re.findall(r"KH\d+", " ".join(stricter))))


def save(folder: Path, version: str, kind: str, found: Judged) -> Path | None:
    """Keep a gap in `folder` under the name of its kind, unless that kind is there."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"^subnet configuration failed: |\(default\)|0x\S+", "", kind).lower())
    path = folder / f"{words.strip('-')[:60].strip('-')}.conf"
    if path.exists():
        return None
    daemon, files = found.case.daemon, placed_files()

    def alike(texts: Sequence[bytes]) -> list[bool]:
        answers = check(version, daemon, texts, files=files, host=[]) if texts else []
        if found.load and texts:
            loaded = load(version, [replace(found.case, text=text) for text in texts], files)
            answers = [late if first.ok else first for first, late in zip(answers, loaded, strict=True)]
        return [cluster(each.error) == kind for each in answers]

    text = smallest(daemon, found.case.text, alike)
    verdicts = {each: _verdict(each, replace(found.case, text=text)) for each in VERSIONS}
    said = found.error.split("\n", 1)[0].replace("Error encountered: ", "")
    head = [
        ", ".join(f"{each} {verdict}" for each, verdict in verdicts.items()),
        f"Kea {version} says: {re.sub(r' *[(]?/tmp/[^ )]*[)]?', '', said)}",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"// {line}\n" for line in head).encode() + text + b"\n")
    return path


def _verdict(version: str, case: Case) -> str:
    files = placed_files()
    if not check(version, case.daemon, [case.text], files=files, host=[])[0].ok:
        return "refuses"
    return "accepts" if load(version, [case], files)[0].ok else "does not load"


def smallest(daemon: ProgramName, text: bytes, alike: Callable[[Sequence[bytes]], list[bool]]) -> bytes:
    """The configuration with everything taken away that does not matter: `alike` says which texts still show the same."""
    top = program(daemon).top
    config = keajson.body(text.decode())
    for depth in range(6):
        while True:
            routes = list(_removable(config, depth))
            keeps = alike([written({top: _without(config, [route])}) for route in routes])
            spare = [route for route, same in zip(routes, keeps, strict=True) if same]
            if not spare:
                break
            together = _without(config, spare)
            config = together if alike([written({top: together})])[0] else _without(config, spare[:1])
    return written({top: config})


def _removable(node: Any, depth: int, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, value in entries:
        if depth == 0:
            yield (*at, key)
        else:
            yield from _removable(value, depth - 1, (*at, key))


def _without(config: dict[str, Any], routes: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    made = deepcopy(config)
    for *way, last in sorted(routes, key=repr, reverse=True):
        node: Any = made
        for step in way:
            node = node[step]
        del node[last]
    return made
