"""What `kea-hac build` writes to the terminal: its result in the format asked for, warnings, a summary."""

from __future__ import annotations

import os
from collections.abc import Iterator

from kea_hac.cli.shown import show_result
from kea_hac.cli.terminal import complain, say
from kea_hac.report.formats import Format
from kea_hac.report.results import UNKNOWN_SOURCE, BuildResult


def show(result: BuildResult, form: Format, inputs: str) -> None:
    """The result in its format, then on stderr what could not be done, and a summary."""
    show_result(form, result)
    for problem in result.problems:
        complain(problem)
    for each in result.held:
        complain(
            f"{each.span.file}:{each.span.line}: {each.rule.code} {each.rule.name} is an error, whatever kea-hac.toml says, and nothing "
            f"is written: correct it, or write `# kea-hac: ignore[{each.rule.name}] reason` on its line"
        )
    for warning in _orphans(result):
        complain(warning)
    if not form.for_programs:
        _summarize(result, inputs)


def _orphans(result: BuildResult) -> Iterator[str]:
    for path, why in result.orphans.items():
        step = "build its spec again, or remove the folder by hand" if why == UNKNOWN_SOURCE else "--prune removes it"
        yield f"warning: {path}: {why}; {step}"
    if result.elsewhere:
        names = ", ".join(os.path.basename(path) for path in result.elsewhere)
        yield (
            f"note: {os.path.dirname(result.elsewhere[0])} also contains {names}, which none of these specs builds; "
            "name the folder of their specs to see which specs no longer exist"
        )


def _summarize(result: BuildResult, inputs: str) -> None:
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


def _compared(result: BuildResult) -> str:
    """The result of `--check`: "up to date" is reported only when every named spec was compared with the tree."""
    from kea_hac.report.text import counted

    if result.stale is None or not (result.built or result.stale):
        return "the tree was not compared"
    if result.stale:
        steps = ", ".join(dict.fromkeys(each.next_step for each in result.stale))
        state = f"{counted(len(result.stale), 'path')} stale: {steps}"
    elif result.unbuilt or result.problems:
        state = "the compared files are up to date"
    else:
        state = "the tree is up to date"
    if result.unbuilt:
        names = ", ".join(result.unbuilt[:3]) + (f" and {len(result.unbuilt) - 3} more" if result.unbuilt[3:] else "")
        state += f"; not compared: {names}"
    return state
