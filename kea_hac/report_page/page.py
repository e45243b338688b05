"""Pairs and findings → the page: one HTML file without scripts, that loads nothing and has the same bytes for the same inputs.

Every value goes through `_shown` and the escaping of jinja2: no control character or mark of direction is left, and no text is markup.
A content security policy permits this page's own style sheet and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from kea_hac import __version__
from kea_hac.api import Checked
from kea_hac.compiler.built import Built
from kea_hac.diagnostics import Report
from kea_hac.kea.high_availability import Role
from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass
from kea_hac.report.cells import both, safe
from kea_hac.report.results import FleetMember
from kea_hac.report.review_groups import grouped
from kea_hac.report_page.changes import Changes, changes
from kea_hac.report_page.drawing import Drawing, drawing
from kea_hac.report_page.failover import Failover, failovers
from kea_hac.report_page.findings import findings
from kea_hac.report_page.live import live_state
from kea_hac.report_page.subnets import FamilyBars, subnet_bars
from kea_hac.review.run import Reviewed

_STYLE = "page.css"
_WHOLE = 10
"""Pairs up to which all of them are open when the page is opened."""


@dataclass(frozen=True, slots=True)
class ServerRow:
    """One server, for the table at the beginning of a pair."""

    name: str
    colour: str
    roles: str
    version: str
    platform: str
    addresses: str
    interfaces: str


@dataclass(frozen=True, slots=True)
class PairSection:
    """What the page shows of one pair."""

    name: str
    path: str
    mode: str
    servers: tuple[ServerRow, ...] = ()
    drawing: Drawing | None = None
    failovers: tuple[Failover, ...] = ()
    families: tuple[FamilyBars, ...] = ()
    broken: bool = False
    """The spec has errors, or could not be read: only its findings are known."""


@dataclass(frozen=True, slots=True)
class ChangeSection:
    """What the page shows of one pair's change."""

    pair: str
    others: tuple[str, ...]
    """Pairs that change in the same way."""
    changes: Changes


def pair_section(path: str, checked: Checked | None) -> PairSection:
    """What is known of one spec. `checked` None: it could not be read. Called as soon as a spec is compiled, which then can be dropped."""
    site = checked.site if checked is not None else None
    if checked is None or site is None or checked.build is None:
        return PairSection(site.pair if site is not None else path, path, "", broken=True)
    built = Built(site, checked.build)
    modes = dict.fromkeys(each.mode for family in site.families.values() for each in family.relationships)
    return PairSection(
        site.pair,
        path,
        " and ".join(modes) or "standalone",
        tuple(_server(site, node, number) for number, node in enumerate(site.nodes)),
        drawing(site),
        failovers(site),
        subnet_bars(built),
    )


def _server(site: Site, node: Node, number: int) -> ServerRow:
    roles = dict.fromkeys(
        peer.role
        for family in site.families.values()
        for each in family.of(node)
        if (peer := each.peer_of(node)) is not None
    )
    own = node.server_families.values()
    addresses = dict.fromkeys(str(each.address) for each in own if each.address is not None)
    interfaces = dict.fromkeys(name for each in own for name in each.interfaces)
    order = [role for role in Role if role in roles]
    return ServerRow(
        node.name,
        f"o{number % 6 + 1}",
        ", ".join(order) or "standalone",
        str(node.version),
        node.platform.name,
        ", ".join(addresses),
        ", ".join(interfaces),
    )


def page(
    pairs: Sequence[PairSection],
    report: Report,
    problems: Sequence[str],
    review: Reviewed | None,
    live: Sequence[tuple[str, FleetMember]] | None,
) -> str:
    """The whole page. `review`: with --since; `live`: pair and comparison, with --live."""
    style = _template_text(_STYLE)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    reviews = list(_reviews(review)) if review is not None else []
    context: dict[str, Any] = {
        "title": both(each.name for each in pairs) if len(pairs) <= 3 else f"{len(pairs):,} pairs",
        "version": __version__,
        "style": Markup(style),  # noqa: S704 - the package's own file
        "policy": f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        "pairs": pairs,
        "closed": len(pairs) > _WHOLE,
        "findings": findings(report, problems),
        "review": review,
        "reviews": reviews,
        "unchanged": len(review.pairs) - len(review.shown) if review else 0,
        "live": None if live is None else [(name, live_state(each)) for name, each in live],
    }
    text = _environment().get_template("page.html.j2").render(context)
    return text.encode(
        "ascii", "xmlcharrefreplace"
    ).decode()  # right in the encoding of every terminal and of every mail


def _reviews(review: Reviewed) -> Iterator[ChangeSection]:
    """Pairs that change in the same way are one section."""
    for first, others in grouped(review.shown):
        yield ChangeSection(first.pair, others, changes(first, review.base))


def _template_text(name: str) -> str:
    return (files("kea_hac.report_page") / "templates" / name).read_text("utf-8")


def _source(name: str) -> tuple[str, None, Any]:
    return _template_text(name), None, lambda: True


def _prose(text: str) -> Markup:
    """A sentence of kea-hac, in which backticks mark what is code."""
    parts = safe(text).split("`")
    if len(parts) % 2 == 0:  # a name contains one
        return escape("`".join(parts))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _shown(value: Any) -> Any:
    """A value as the page shows it: without control characters and marks of direction. jinja2 escapes it afterwards."""
    return safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["prose"] = _prose
    return made
