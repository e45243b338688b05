"""How `kea-hac build` tells what it did, in each format."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from kea_hac.cli.build import UNKNOWN_SOURCE, Result, as_data
from kea_hac.cli.terminal import Format, complain, put, say, show_findings, work_tree_folder


def show(result: Result, form: Format, specs: int, *, stdout: bool) -> None:
    """Results to stdout, the story to stderr."""
    if form is Format.JSON:
        from kea_hac.report import as_json

        put(as_json.render(as_data(result)))
    elif form is Format.GITHUB:
        _github(result)
    else:
        # With --stdout the files are the result, and nothing else may stand between them.
        show_findings(result.report, stream=sys.stderr if stdout else None)
        for each in result.stale or ():
            put(f"{each.matter}: {each.words}\n")
    if form is not Format.JSON:
        _files(result)
    for problem in result.problems:
        complain(problem)
    for warning in _orphans(result):
        complain(warning)
    if form is not Format.JSON:
        _story(result, specs)


def _orphans(result: Result) -> Iterator[str]:
    for path, why in result.orphans.items():
        step = "build its spec again, or remove the folder by hand" if why == UNKNOWN_SOURCE else "--prune removes it"
        yield f"warning: {path}: {why}; {step}"
    if result.elsewhere:
        names = ", ".join(os.path.basename(path) for path in result.elsewhere)
        yield (
            f"note: {os.path.dirname(result.elsewhere[0])} also holds {names}, which no spec given here builds; "
            "give the folder of their specs to learn which are gone"
        )


def _files(result: Result) -> None:
    for path, text in (result.files or {}).items():
        put(f"==> {path} <==\n{text}")


def _github(result: Result) -> None:
    from kea_hac.report import github

    put(github.render(result.report, folder=work_tree_folder()))
    for each in result.stale or ():
        words = f"{each.matter}: {each.words}; {each.next_step}"
        put(github.note("error", each.path, "stale build", words, folder=work_tree_folder()))


def _story(result: Result, specs: int) -> None:
    from kea_hac.report.text import counted, summary

    for each in result.written or ():
        if each.changed:
            say(f"{each.pair}: {each.outcome}, {counted(len(each.changed), 'file')} changed")
    line = summary(result.report, counted(specs, "spec"))
    if result.stale:
        steps = ", ".join(dict.fromkeys(each.next_step for each in result.stale))
        line += f"; {counted(len(result.stale), 'path')} stale: {steps}"
    elif result.stale is not None and not result.problems:
        line += "; the tree is up to date"
    elif result.written is not None:
        same = sum(not each.changed for each in result.written)
        line += f"; {counted(same, 'pair')} unchanged" if same else ""
    elif result.files is None:
        line += "; nothing was written"
    say(line)
