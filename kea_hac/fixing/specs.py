"""The judge of specs: each is compiled, with texts that are not written yet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from kea_hac.api import Checked, Loaded, judge, load_from
from kea_hac.check.fleet import Member, fleet_findings, member
from kea_hac.fixing.seen import Input, Output, Seen, for_kea
from kea_hac.source.edited import EditedDisk


class SpecJudge:
    """Specs that are judged together. A spec is compiled again only when one of its files has another text."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self._known: dict[str, tuple[Mapping[str, str], Input, Member | None]] = {}
        """Spec → the new texts of its files, and what is known with them."""

    def __call__(self, texts: Mapping[str, str]) -> Seen:
        """What is known of all specs with these texts (real path → text)."""
        made = [self._one(path, texts) for path in self._paths]
        members = [each for _, each in made if each is not None]
        found = fleet_findings(members) if len(members) > 1 else ()
        return Seen(tuple(each for each, _ in made), tuple((each.rule.code, each.message) for each in found))

    def _one(self, path: str, texts: Mapping[str, str]) -> tuple[Input, Member | None]:
        if path in self._known:
            before, known, claims = self._known[path]
            if before == _mine(known, texts):
                return known, claims
        loaded = load_from(Path(path), EditedDisk(texts))
        checked = judge(loaded)
        made = _input(path, loaded, checked)
        claims = member(path, checked.site) if checked.site is not None else None
        self._known[path] = (_mine(made, texts), made, claims)
        return made, claims


def _mine(of: Input, texts: Mapping[str, str]) -> Mapping[str, str]:
    """The new texts of the files of one spec. Of one that could not be parsed the files are unknown, so all of them."""
    if of.document is None:
        return dict(texts)
    own = {os.path.realpath(each.path) for each in of.document.texts}
    return {real: text for real, text in texts.items() if real in own}


def _input(path: str, loaded: Loaded, checked: Checked) -> Input:
    output = partial(_output, checked)
    return Input(path, loaded.document, checked.report.diagnostics, checked.build is not None, output, strict=True)


def _output(checked: Checked) -> Output | None:
    """Every compiled file; of a spec with errors every configuration as far as it could be compiled."""
    if checked.build is not None:
        return {
            each.path: each.content if each.tree is None else for_kea(each.tree) for each in checked.build.artifacts
        }
    if checked.site is None or not checked.configs:
        return None
    return {f"{each.node.name}/{each.daemon.file}": for_kea(each.config) for each in checked.configs}
