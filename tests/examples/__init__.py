"""The examples of the rules, each laid over its base and judged: what `explain` and the rule pages show is what fires.

An excerpt of a spec replaces the base's top keys that it has; where both are maps written in block style, only the keys
below. An excerpt of a Kea file is made of members, and stands where the base says `// here`, in place of its own of that name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import kea_hac
from kea_hac.check import examples
from kea_hac.check.examples import Example, example
from kea_hac.cli.fleet import over_the_fleet
from kea_hac.cli.run import run
from kea_hac.diagnostics import Diagnostic, Rule, Severity, Span
from kea_hac.kea.version import KeaVersion
from kea_hac.report.snippet import excerpt

BASES = Path(__file__).parent / "bases"
CODES = sorted(file.stem for file in Path(examples.__file__).parent.glob("*.toml"))
"""The rules that have an example."""
_KEY = re.compile(r"^([A-Za-z][\w-]*):", re.MULTILINE)
_BELOW = re.compile(r"^  ([A-Za-z][\w-]*):", re.MULTILINE)
_MEMBER = re.compile(r'^"([\w-]+)":', re.MULTILINE)
_MAP = re.compile(r"[\w-]+:\n  [\w<?]")
_HERE = "// here\n"


def judge(code: str, texts: tuple[str, ...], folder: Path) -> list[Diagnostic]:
    """What is found in texts of a rule's example (its `bad` or its `good`), written below `folder` for it.

    Without what other rules have to say for information: a subnet without pools makes a short example.
    """
    shown = example(code)
    assert shown is not None
    found = _judged(shown, texts, folder)
    return [each for each in found if each.rule.code == code or each.severity is not Severity.INFO]


def _judged(example: Example, texts: tuple[str, ...], folder: Path) -> list[Diagnostic]:
    return found_in(example, written(example, texts, folder), folder)


def written(example: Example, texts: tuple[str, ...], folder: Path) -> list[Path]:
    """Write the texts of an example below `folder`; their paths from there."""
    return [
        write(folder, number, example, over, text)
        for number, (over, text) in enumerate(zip(example.over, texts, strict=True))
    ]


def found_in(example: Example, paths: list[Path], folder: Path) -> list[Diagnostic]:
    """What is found in files of an example that stand below `folder`."""
    with inside(folder):
        if not example.of_a_spec:
            return list(kea_hac.lint(paths, KeaVersion.parse(example.kea)).report.diagnostics)
        found = run([str(path) for path in paths])
        assert [each.problem for each in found if each.problem] == []
        return [*(each for one in found for each in one.report.diagnostics), *over_the_fleet(found)]


def whole(example: Example, over: str, text: str) -> str:
    """The text of a file: an excerpt in its base."""
    server, _, name = over.rpartition("/")
    if example.of_a_spec:
        base = (BASES / f"{name}.yaml").read_text("utf-8")
        return _laid_over(base, text, example.replace)
    base = (BASES / (name if name.endswith(".conf") else f"{name}.conf")).read_text("utf-8").replace("{server}", server)
    own = set(_MEMBER.findall(text))
    kept = "".join(line for line in base.splitlines(True) if not own & set(_MEMBER.findall(line)))
    return kept.replace(_HERE, text)


def _laid_over(base: str, text: str, replaced: tuple[str, ...]) -> str:
    blocks = dict(_blocks(base, _KEY))
    for key, block in _blocks(text, _KEY).items():
        known = blocks.get(key, "")
        both_maps = _MAP.match(known) and _MAP.match(block)
        blocks[key] = _merged(known, block) if both_maps and key not in replaced else block
    return "".join(blocks.values())


def _merged(known: str, block: str) -> str:
    """Two maps in block style under one key: what the first has alone, then the second."""
    own = set(_BELOW.findall(block))
    head, _, body = known.partition("\n")
    kept = "".join(each for key, each in _blocks(body, _BELOW).items() if key not in own)
    return f"{head}\n{kept}{block.partition(chr(10))[2]}"


def _blocks(text: str, key: re.Pattern[str]) -> Mapping[str, str]:
    """Key → its lines, from its own to the next key's."""
    starts = list(key.finditer(text))
    if not starts:
        return {"": text}
    ends = [each.start() for each in starts[1:]] + [len(text)]
    found: dict[str, str] = {}
    for each, end in zip(starts, ends, strict=True):
        found[each[1]] = found.get(each[1], "") + text[each.start() : end]
    return found


def write(folder: Path, number: int, example: Example, over: str, text: str) -> Path:
    """Write one text of an example, and what it includes, below `folder`; its path from there."""
    server, _, name = over.rpartition("/")
    below = folder / (server or str(number))
    below.mkdir(parents=True, exist_ok=True)
    for extra, content in example.files.items():
        (below / extra).write_text(content, "utf-8")
    file = "spec.yaml" if example.of_a_spec else name if name.startswith("kea-") else "kea-dhcp4.conf"
    (below / file).write_text(whole(example, over, text), "utf-8")
    return (below / file).relative_to(folder)


def findings_shown(rule: Rule) -> str:
    """What a terminal shows of the bad example, without the numbers of lines that are the base's; "" for one that has none."""
    shown = example(rule.code)
    if shown is None:
        return ""
    with TemporaryDirectory() as folder:
        found = judge(rule.code, shown.bad, Path(folder))
        here = str(Path(folder).resolve())
    text = "\n".join(_block(each) for each in sorted(found, key=lambda each: each.sort_key))
    return text.replace(f"{here}/0", "/srv/specs")


def _block(found: Diagnostic) -> str:
    lines = [f"{found.severity}[{found.rule.code} {found.rule.name}]: {found.message}"]
    if found.text:
        lines += _marked(found.text, found.span, "^", "")
    for (span, words), text in zip(found.related, found.related_texts, strict=False):
        lines += _marked(text, span, "-", words) if text else []
    if found.artifact:
        lines.append(f"in {found.artifact}")
    if found.fix:
        lines.append(f"fix: {found.fix}")
    return "\n".join(lines) + "\n"


def _marked(text: str, span: Span, sign: str, words: str) -> list[str]:
    end = span.end_column - 1 if span.end_line == span.line else len(text.rstrip())
    cut = excerpt(text, span.column - 1, end, 120)
    return [f"    {cut.text}", f"    {' ' * cut.indent}{sign * cut.width} {words}".rstrip()]


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
