"""How `kea-hac build` tells what it did, in each format."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from kea_hac.cli.build import UNKNOWN_SOURCE, Result, as_data
from kea_hac.cli.terminal import Format, complain, put, say, show_findings, work_tree_folder
from kea_hac.report.cells import block, safe


def show(result: Result, form: Format, inputs: str, *, stdout: bool) -> None:
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
            put(block([safe(f"{each.matter}: {each.words}")]))
    if form is not Format.JSON:
        _files(result)
    for problem in result.problems:
        complain(problem)
    for warning in _orphans(result):
        complain(warning)
    if form is not Format.JSON:
        _story(result, inputs)


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
        # In JSON both are the same text; the one as it is written to a file is a command for the log of some CI systems.
        shown = text.replace("##", "#\\u0023") if path.endswith(".conf") else text
        put(f"{block([safe(f'==> {path} <==')])}{shown}")


def _github(result: Result) -> None:
    from kea_hac.report import github

    put(github.render(result.report, folder=work_tree_folder()))
    for each in result.stale or ():
        words = f"{each.matter}: {each.words}; {each.next_step}"
        put(github.note("error", each.path, "stale build", words, folder=work_tree_folder()))


def _story(result: Result, inputs: str) -> None:
    from kea_hac.report.text import counted, summary

    for each in result.written or ():
        if each.changed:
            say(f"{each.pair}: {each.outcome}, {counted(len(each.changed), 'file')} changed")
    line = summary(result.report, inputs)
    if result.check:
        line += f"; {_compared(result)}"
    elif result.written is not None:
        same = sum(not each.changed for each in result.written)
        line += f"; {counted(same, 'pair')} unchanged" if same else ""
    elif result.files is None:
        # A tree that could not be written says itself what was done till then.
        line += "" if result.failed else "; nothing was written"
    elif not result.files:
        line += "; no file was printed"
    say(line)


def _compared(result: Result) -> str:
    """What `--check` found out: "up to date" is said only when every spec that was given was compared with the tree."""
    from kea_hac.report.text import counted

    if result.stale is None or not (result.built or result.stale):
        return "the tree was not compared"
    if result.stale:
        steps = ", ".join(dict.fromkeys(each.next_step for each in result.stale))
        state = f"{counted(len(result.stale), 'path')} stale: {steps}"
    elif result.unbuilt or result.problems:
        state = "what was compared is up to date"
    else:
        state = "the tree is up to date"
    if result.unbuilt:
        names = ", ".join(result.unbuilt[:3]) + (f" and {len(result.unbuilt) - 3} more" if result.unbuilt[3:] else "")
        state += f"; not compared: {names}"
    return state
