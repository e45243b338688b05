"""Patterns of paths in which `**` stands for any number of folders."""

from __future__ import annotations

import re

from kea_hac.regex import regex

MAGIC = regex(r"[*?\[]")


def path_pattern(text: str) -> re.Pattern[str]:
    """A pattern of paths with forward slashes. `*` and `?` do not stand for a slash."""
    made = ""
    for part in re.split(r"(\*\*/|\*|\?|\[[^\]]*\])", text):
        made += {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}.get(part) or (
            "[" + part[1:-1].replace("\\", r"\\").replace("!", "^", 1) + "]"
            if part.startswith("[")
            else re.escape(part)
        )
    return re.compile(made)
