"""What there is to say about a rule: for a terminal, as data, and as Markdown, on one page for all rules or on a page for each."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kea_hac.check.examples import USUAL, WITHOUT, Example, example
from kea_hac.diagnostics import KeaVerdict, Rule
from kea_hac.report.cells import safe
from kea_hac.report.help_address import rule_address

CHAPTERS: Mapping[str, str] = {
    "KH0": "Reading files",
    "KH1": "Keys and values",
    "KH2": "Networks, pools and timers",
    "KH3": "Reservations",
    "KH4": "Options",
    "KH5": "Client classes and expressions",
    "KH6": "High Availability",
    "KH7": "The server: sockets, ports, settings, paths, hook libraries",
    "KH8": "The pair and the fleet",
    "KH9": "Security, Micetro, diff",
}
"""What the first digit of a code stands for."""
_KEA = {
    KeaVerdict.REFUSES: "refuses it, in the configuration check, at a reload or at the start",
    KeaVerdict.ACCEPTS: "accepts it without an error",
    KeaVerdict.NOT_ITS_BUSINESS: "does not check it",
}
_OF_THE_INPUT = ("KH0", "KH1")
"""Chapters on what kea-hac reads: Kea gets none of it, where `NOT_ITS_BUSINESS` is true."""
_IGNORE = "# kea-hac: ignore[{}] the reason"


def terminal_page(rule: Rule) -> str:
    """All about one rule, in plain text."""
    shown = example(rule.code)
    parts = [f"{rule.code} {rule.name} ({rule.severity})", _wrapped(rule.why), _wrapped(f"Kea {kea_does(rule)}.")]
    if rule.source:
        parts.append(_wrapped(f"Source: {rule.source}", "        "))
    for title, texts in _halves(shown) if shown else ():
        parts += [_titled(title, each, text) for each, text in texts]
    if not rule.unreadable:
        parts.append(f"To suppress one finding, write beside its line:\n  {_IGNORE.format(rule.name)}")
    if address := rule_address(rule.code):
        parts.append(f"This page: {address}")
    return "\n\n".join(parts) + "\n"


def help_page(rule: Rule) -> tuple[str, str]:
    """The help of one rule for programs that show it: as plain text, and as Markdown. Rules without a number have no examples."""
    numbered = rule.code[:3] in CHAPTERS
    plain = [rule.why, *([f"Kea {kea_does(rule)}."] if numbered else [])]
    if rule.source:
        plain.append(f"Source: {rule.source}")
    marked = "\n".join(_entry(rule, "")) if numbered else _plain(rule.why)
    return "\n\n".join(plain), marked


def kea_does(rule: Rule) -> str:
    """What Kea does with the mistake, and in which versions: the rest of a sentence that begins with "Kea"."""
    if rule.kea is KeaVerdict.NOT_ITS_BUSINESS and rule.code.startswith(_OF_THE_INPUT):
        return "never receives it"
    words = _KEA[rule.kea]
    if rule.since:
        words += f"; from {rule.since} on, while older versions accept it"
    if rule.until:
        words += f"; up to {rule.until}, while newer versions accept it"
    return words


def data(rule: Rule) -> dict[str, Any]:
    """One rule for programs."""
    shown = example(rule.code)
    address = rule_address(rule.code)
    return {
        "rule": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "kea": rule.kea.value,
        "since": rule.since or None,
        "until": rule.until or None,
        "why": rule.why,
        "source": rule.source,
        "example": shown and {"bad": shown.bad, "good": shown.good, "files": dict(shown.files)},
        **({"help": address} if address else {}),
    }


def markdown(rules: Iterable[Rule], written: Mapping[str, str] | None = None) -> str:
    """The page of all rules. `written`: code → what a terminal shows of the bad example."""
    ordered = sorted(rules, key=lambda each: each.code)
    lines = list(_index(ordered, lambda rule: f"#{rule.name}"))
    chapter = ""
    for rule in ordered:
        if rule.code[:3] != chapter:
            chapter = rule.code[:3]
            lines += [f"## {CHAPTERS[chapter]}", ""]
        lines += [f'### <a id="{rule.name}"></a>{rule.code} {rule.name} ({rule.severity})', ""]
        lines += [*_entry(rule, (written or {}).get(rule.code, "")), ""]
    return _text(lines)


def markdown_pages(rules: Iterable[Rule], written: Mapping[str, str]) -> Mapping[str, str]:
    """Path → text of the list of all rules, `rules.md`, and of the page of each, `rules/CODE.md`. `written`: as in `markdown`."""
    ordered = sorted(rules, key=lambda each: each.code)
    pages = {"rules.md": _text(_index(ordered, lambda rule: f"rules/{rule.code}.md"))}
    for rule in ordered:
        head = [f"# {rule.code} {rule.name}", "", f"Severity: {rule.severity}. [All rules](../rules.md)", ""]
        pages[f"rules/{rule.code}.md"] = _text([*head, *_entry(rule, written.get(rule.code, ""))])
    return pages


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _index(rules: list[Rule], link: Callable[[Rule], str]) -> Iterator[str]:
    yield "# The rules"
    yield ""
    yield "`kea-hac explain RULE` shows one rule in the terminal. Beside a line, the comment"
    yield f"`{_IGNORE.format('RULE')}` suppresses one finding."
    yield ""
    yield "| code | name | severity | Kea |"
    yield "|---|---|---|---|"
    for rule in rules:
        yield f"| {rule.code} | [{rule.name}]({link(rule)}) | {rule.severity} | {_versions(rule)} |"
    yield ""


def _versions(rule: Rule) -> str:
    since = f" from {rule.since} on" if rule.since else ""
    return f"{rule.kea}{since}{f' up to {rule.until}' if rule.until else ''}"


def _entry(rule: Rule, written: str) -> Iterator[str]:
    yield f"{_plain(rule.why)} Kea {kea_does(rule)}."
    if rule.source:
        yield ""
        yield f"Source: {_plain(rule.source)}"
    shown = example(rule.code)
    if shown is None:
        yield ""
        yield f"No example: it would need {WITHOUT.get(rule.code, 'more than one file')}."
        return
    for title, texts in _halves(shown):
        for each, text in texts:
            yield from ("", _heading(title, each), "", f"```{_language(shown, each)}", _shown(text), "```")
        if title == "Bad" and written:
            yield from ("", "```text", written.rstrip("\n"), "```")


def _halves(shown: Example) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """ "Bad" and "Good", each with its texts and where they stand."""
    for title, texts in (("Bad", shown.bad), ("Good", shown.good)):
        used = [(_where(shown, over), text) for over, text in zip(shown.over, texts, strict=True)]
        included = [(name, text) for name, text in shown.files.items() if name in "".join(texts)]
        yield title, [*used, *included]


def _where(shown: Example, over: str) -> str:
    """What the text is a part of; "" for the one spec that there is."""
    if shown.of_a_spec:
        return "" if len(shown.over) == 1 else "one spec of the fleet"
    server, _, name = over.rpartition("/")
    words = "a file of Kea" if name == "whole.conf" else name if name.startswith("kea-") else "kea-dhcp4.conf"
    words += f" of {server}" if len(shown.over) > 1 else ""
    words += f" for Kea {shown.kea}" if shown.kea != USUAL else ""
    return words + (", in the parameters of the HA library" if name == "relationship" else "")


def _language(shown: Example, where: str) -> str:
    if where.endswith(".csv"):
        return "text"
    return "yaml" if shown.of_a_spec else "json"


def _titled(title: str, where: str, text: str) -> str:
    return f"{_heading(title, where)}\n\n{textwrap.indent(_shown(text), '    ')}"


def _heading(title: str, where: str) -> str:
    return f"{title} ({where}):" if where else f"{title}:"


def _shown(text: str) -> str:
    """The text without what a terminal would act on."""
    return "\n".join(safe(line) for line in text.rstrip("\n").split("\n"))


def _plain(text: str) -> str:
    """Prose in which `<` and `*` are no markup for Markdown. Code spans stay, because Markdown escapes nothing there."""
    prose_and_code = text.split("`")
    prose_and_code[::2] = [each.replace("<", "&lt;").replace("*", "\\*") for each in prose_and_code[::2]]
    return "`".join(prose_and_code)


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 96, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
