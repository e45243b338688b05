"""For MkDocs: `reference/commands/NAME.md`, a page for each command, made from the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages of the commands to the site."""
    from mkdocs.structure.files import File

    for uri, text in command_pages():
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """In the table of commands, each name leads to its page."""
    if page.file.src_uri != "commands.md":
        return markdown
    return re.sub(r"(?m)^\| `kea-hac (\w+( merge)?)\b([^`]*)`", _command_link, markdown)


def _command_link(row: re.Match[str]) -> str:
    return f"| [`kea-hac {row[1]}{row[3]}`](reference/commands/{row[1].replace(' ', '-')}.md)"


def command_pages() -> Iterator[tuple[str, str]]:
    """A page for each command: path, Markdown."""
    from kea_hac.cli import reference

    for page in reference.command_pages():
        yield f"reference/commands/{page.name.replace(' ', '-')}.md", reference.markdown(page)
