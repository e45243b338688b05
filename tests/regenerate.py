"""Rewrite the files that are made from the code: `python -m tests.regenerate`.

With `--check` nothing is written: stale files are listed, and the exit code is 1 when there are any. A folder in FOLDERS
holds nothing but what its maker makes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kea_hac.check.registry import defined_rules
from kea_hac.cli.completion import SCRIPTS, script
from kea_hac.cli.reference import command_pages, main_man_page, man_page
from kea_hac.kea.file_schema import file_schemas
from kea_hac.kea.reference_page import vocabulary_page
from kea_hac.report.document_schemas import document_schemas
from kea_hac.report.review_schema import review_schema_text
from kea_hac.report.rollout_schema import rollout_schema_text
from kea_hac.report.rule_pages import markdown_pages
from kea_hac.report.upgrade_schema import upgrade_schema_text
from kea_hac.rule_list import rule_list
from kea_hac.spec.reference_page import spec_page
from kea_hac.spec.schema import schema_text
from tests.examples import findings_shown
from tests.shipped import GOLDEN, golden

ROOT = Path(__file__).resolve().parent.parent


def _schemas() -> Mapping[str, bytes]:
    texts = {
        "spec.schema.json": schema_text(),
        "review.schema.json": review_schema_text(),
        "upgrade.schema.json": upgrade_schema_text(),
        "rollout.schema.json": rollout_schema_text(),
        **document_schemas(),
        **file_schemas(),
    }
    return {name: text.encode() for name, text in texts.items()}


def _generated() -> Mapping[str, bytes]:
    return {"rules.json": rule_list(defined_rules().values()).encode(), "spec.schema.json": schema_text().encode()}


def _golden() -> Mapping[str, bytes]:
    return {str(path.relative_to(GOLDEN)): content for path, content in golden()}


def _reference() -> Mapping[str, bytes]:
    rules = defined_rules().values()
    texts = {
        **markdown_pages(rules, {each.code: findings_shown(each) for each in rules}),
        "vocabulary.md": vocabulary_page(),
        "spec.md": spec_page(),
    }
    return {name: text.encode() for name, text in texts.items()}


def _man_pages() -> Mapping[str, bytes]:
    pages = {f"kea-hac-{each.name.replace(' ', '-')}.1": man_page(each) for each in command_pages()}
    return {name: text.encode() for name, text in {"kea-hac.1": main_man_page(), **pages}.items()}


def _completion() -> Mapping[str, bytes]:
    return {name: script(shell).encode() for shell, name in SCRIPTS.items()}


FOLDERS: Mapping[str, Callable[[], Mapping[str, bytes]]] = {
    "deploy/completion": _completion,
    "deploy/man": _man_pages,
    "docs/reference": _reference,
    "kea_hac/generated": _generated,
    "schemas": _schemas,
    "tests/golden": _golden,
}
"""Below ROOT: folder → the maker of its files, by path in the folder."""


def stale(root: Path = ROOT) -> Mapping[Path, bytes | None]:
    """Every file below `root` that is not as it should be, with what it should be; None for one that should not be there."""
    wrong: dict[Path, bytes | None] = {}
    for name, make in sorted(FOLDERS.items()):
        folder = root / name
        made = {folder / path: content for path, content in make().items()}
        found = {path for path in folder.rglob("*") if path.is_file()}
        wrong |= dict.fromkeys(sorted(found - made.keys()))
        wrong |= {path: content for path, content in made.items() if path not in found or path.read_bytes() != content}
    return wrong


def rewrite(root: Path = ROOT) -> Mapping[Path, bytes | None]:
    """Put every stale file right. Returns what was stale."""
    wrong = stale(root)
    for path, content in wrong.items():
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return wrong


def main(arguments: list[str]) -> int:
    """The command. Returns its exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tests.regenerate [--check]", file=sys.stderr)
        return 2
    wrong = stale() if arguments else rewrite()
    for path, content in wrong.items():
        state = (
            ("not made any more" if content is None else "stale") if arguments else "written" if content else "removed"
        )
        print(f"{path.relative_to(ROOT)}: {state}")
    return 1 if wrong and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
