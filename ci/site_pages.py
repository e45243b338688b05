"""For MkDocs: the pages of the site that are not written by hand.

- `reference/rules/CODE.md`, one for each rule, and their list in place of the long page in `docs/reference/rules.md`, from which they come.
  Their addresses stay: `explain`, SARIF and JSON link to them.
- `reference/commands/NAME.md`, one for each command, from the command line itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RULES = "reference/rules.md"
_RULE = re.compile(
    r'(?ms)^### <a id="(?P<name>[^"]+)"></a>(?P<code>KH\d+) \S+ \((?P<severity>\w+)\)\n(?P<text>.*?)(?=^##|\Z)'
)


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages to the site."""
    from mkdocs.structure.files import File

    written = files.get_file_from_path(RULES)
    files.remove(written)
    for uri, text in (*rule_pages(Path(config.docs_dir, RULES).read_text("utf-8")), *command_pages()):
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """In the table of commands, each name leads to its page."""
    if page.file.src_uri != "commands.md":
        return markdown
    return re.sub(r"(?m)^\| `kea-hac (\w+( merge)?)\b([^`]*)`", _command_link, markdown)


def _command_link(row: re.Match[str]) -> str:
    return f"| [`kea-hac {row[1]}{row[3]}`](reference/commands/{row[1].replace(' ', '-')}.md)"


def rule_pages(text: str) -> Iterator[tuple[str, str]]:
    """The long page → the list of rules, and a page for each: path, Markdown."""
    rules = list(_RULE.finditer(text))
    listed = re.sub(r"\(#([^)]+)\)", lambda link: f"(rules/{_code(rules, link[1])}.md)", text[: text.index("\n## ")])
    yield RULES, listed
    for rule in rules:
        title = f"# {rule['code']} {rule['name']}\n\nSeverity: {rule['severity']}. [All rules](../rules.md)\n"
        yield f"reference/rules/{rule['code']}.md", f"{title}{rule['text']}"


def _code(rules: list[re.Match[str]], name: str) -> str:
    return next(each["code"] for each in rules if each["name"] == name)


def command_pages() -> Iterator[tuple[str, str]]:
    """A page for each command: path, Markdown."""
    from kea_hac.cli import reference

    for page in reference.command_pages():
        yield f"reference/commands/{page.name.replace(' ', '-')}.md", reference.markdown(page)
