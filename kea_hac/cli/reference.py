"""The commands → what there is to say about each, from the command line itself: pages of the documentation, man pages.

Nothing is printed here. The order of the options is that of the help.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

import kea_hac
from kea_hac.records import dataclass

SECTION = 1
"""Of the manual: commands of users."""


@dataclass(frozen=True, slots=True)
class Item:
    """An option or an argument."""

    names: str
    """`-o, --output DIR`, or the name of an argument."""
    help: str
    """What it is for, with its default."""


@dataclass(frozen=True, slots=True)
class Page:
    """One command."""

    name: str
    """`preferences merge`."""
    usage: str
    """Without the name of the program."""
    paragraphs: tuple[str, ...]
    """The first one is its summary."""
    arguments: tuple[Item, ...]
    options: tuple[Item, ...]


def command_pages() -> Iterator[Page]:
    """All commands, in the order of the help."""
    from kea_hac.cli.app import command_line

    yield from _pages(typer.main.get_command(command_line()), "", None)


def _pages(command: Any, name: str, parent: Any) -> Iterator[Page]:
    """The pages of a command of the command line library, or of all below a group."""
    context = command.make_context(name or "kea-hac", [], parent=parent, resilient_parsing=True)
    if hasattr(command, "commands"):
        for each, below in command.commands.items():
            yield from _pages(below, f"{name} {each}".strip(), context)
        return
    items: dict[str, list[Item]] = {"argument": [], "option": []}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            items[parameter.param_type_name].append(Item(_plain(record[0]), _plain(record[1])))
    text = inspect.cleandoc(command.help or "")
    paragraphs = tuple(" ".join(each.split()) for each in re.split(r"\n\s*\n", text))
    usage = " ".join(command.collect_usage_pieces(context))
    yield Page(name, usage, paragraphs, tuple(items["argument"]), tuple(items["option"]))


def _plain(text: str) -> str:
    """One line, without the type that the library adds to the name of an argument."""
    return " ".join(text.replace("<list[str]>", "").split())


def markdown(page: Page) -> str:
    """The page of one command for the site."""
    lines = [
        f"# kea-hac {page.name}",
        "",
        *(part for each in page.paragraphs for part in (_prose(each), "")),
        "```text",
    ]
    lines += [f"kea-hac {page.name} {page.usage}", "```", ""]
    for title, items in (("Arguments", page.arguments), ("Options", page.options)):
        if items:
            lines += [f"## {title}", ""]
            for each in items:
                lines += [f"`{each.names}`", "", f":   {_prose(each.help)}", ""]
    return "\n".join(lines)


def _prose(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*").replace("[", "\\[").replace("_", "\\_")


def man_page(page: Page) -> str:
    """The man page of one command, in the macros of man(7)."""
    title = f"kea-hac-{page.name.replace(' ', '-')}"
    lines = [
        f'.TH {title.upper()} {SECTION} "" "kea-hac {kea_hac.__version__}" "kea-hac"',
        ".SH NAME",
        f"{_roff(title)} \\- {_roff(page.paragraphs[0].rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B kea\\-hac {_roff(page.name)}",
        _roff(page.usage),
        ".SH DESCRIPTION",
    ]
    for each in page.paragraphs:
        lines += [".PP", _roff(each)]
    for heading, items in (("ARGUMENTS", page.arguments), ("OPTIONS", page.options)):
        if items:
            lines.append(f".SH {heading}")
            for item in items:
                lines += [".TP", f".B {_roff(item.names)}", _roff(item.help)]
    lines += [".SH SEE ALSO", r".BR kea\-hac (1)"]
    return "\n".join(lines) + "\n"


def main_man_page() -> str:
    """The man page of the program: what it is, its commands and exit codes."""
    pages = list(command_pages())
    lines = [
        f'.TH KEA-HAC {SECTION} "" "kea-hac {kea_hac.__version__}" "kea-hac"',
        ".SH NAME",
        r"kea\-hac \- config as code for Kea High Availability pairs",
        ".SH SYNOPSIS",
        r".B kea\-hac",
        r".I COMMAND",
        "[OPTIONS] ...",
        ".SH DESCRIPTION",
        "Checks a Kea High Availability pair, compiles the files of both servers from one YAML spec, brings them to the servers,",
        "and reports who changed a server by hand.",
        ".SH COMMANDS",
    ]
    for each in pages:
        title = f"kea-hac-{each.name.replace(' ', '-')}"
        lines += [".TP", f".BR {_roff(title)} (1)", _roff(each.paragraphs[0])]
    lines += [
        ".SH EXIT STATUS",
        *(".TP\n.B 0\nnothing to report", ".TP\n.B 1\nfindings, a stale build, or drift"),
        ".TP\n.B 2\nit could not run",
        ".SH SEE ALSO",
        ".BR kea\\-dhcp4 (8),",
        ".BR kea\\-dhcp6 (8)",
    ]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    """Text in which the formatter finds no escape and no request."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
