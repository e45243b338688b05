"""The report of an upgrade as GitHub's markdown: a plan for a ticket or a pull request, as long as it has to be."""

from __future__ import annotations

from kea_hac.report.cells import block
from kea_hac.report.markdown import code, prose
from kea_hac.report.results import PlannedUpgrade
from kea_hac.report.upgrade_words import findings_title, headline, sections


def render(result: PlannedUpgrade) -> str:
    """A heading for each section, and the findings as a list."""
    upgrade = result.upgrade
    lines = [
        f"### kea-hac upgrade: {prose(upgrade.pair)}",
        "",
        f"{prose(headline(upgrade))}. Spec {code(upgrade.path)}.",
        "",
    ]
    for section in sections(upgrade, written=bool(result.written)):
        lines += [f"#### {section.title}", ""]
        lines += [
            f"{number}. {_sentence(line)}" if section.numbered else f"- {_sentence(line)}"
            for number, line in enumerate(section.lines, 1)
        ]
        lines.append("")
    if upgrade.findings:
        lines += [f"#### {findings_title(upgrade)}", ""]
        for each in sorted(upgrade.findings, key=lambda one: (one.severity.rank, one.sort_key)):
            fix = f" Fix: {_sentence(each.fix)}." if each.fix else ""
            place = code(f"{each.span.file}:{each.span.line}")
            lines.append(f"- {each.severity} {code(each.rule.code)} {place}: {_sentence(each.message)}.{fix}")
        lines.append("")
    return block(lines[:-1])


def _sentence(text: str) -> str:
    """A sentence in which what stands in backquotes is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return prose(text)
    return "".join(code(part) if number % 2 else _plain(part) for number, part in enumerate(parts))


def _plain(part: str) -> str:
    """`prose` keeps no space at the ends of a part that stands between code."""
    return prose(part)
