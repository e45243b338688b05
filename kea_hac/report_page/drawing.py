"""Servers and connections → boxes and arrows with their places, in pixels. The server with the most partners is on the left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass
from kea_hac.report_page.channels import AGENT, Link, Listener, links, listeners
from kea_hac.report_page.texts import cut
from kea_hac.spec.pair import SharedAgent

WIDTH = 1100
_BOX = 330
_LINE = 19
_HEAD = 58
_ROW = 46
_SPACE = 18
_MOST_SERVERS = 12
"""Servers that are drawn. The table has all of them."""
_LETTERS = 43
"""Letters of a line of a box."""
_LABEL = 56
"""Letters of the text at an arrow."""


@dataclass(frozen=True, slots=True)
class Box:
    """A server, or the agent of Micetro."""

    name: str
    about: str
    lines: tuple[str, ...]
    x: int
    y: int
    height: int
    colour: int
    """The number of the server's colour; 0 for what is no server."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A connection."""

    path: str
    """The line, as SVG writes it; the head is at its end."""
    x: int = 0
    """The middle of its texts."""
    y: int = 0
    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The pair and its channels."""

    width: int
    height: int
    box: int
    """The width of a box."""
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    words: str
    """The drawing in one sentence."""
    links: tuple[Link, ...]
    """All connections, for the table."""
    undrawn: int
    """Connections that only the table has."""


def drawing(site: Site) -> Drawing:
    """The drawing of a site."""
    found = links(site)
    left, *others = _ordered(site)
    drawn = others[:_MOST_SERVERS]
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    y = 0
    for node in drawn:
        between = [each for each in found if {each.source, each.target} == {left.name, node.name}]
        box = _box(site, node, WIDTH - _BOX, y, len(between) * _ROW)
        arrows += _arrows(between, left.name, y)
        boxes.append(box)
        y += box.height + _SPACE
    agent = site.micetro.agent if site.micetro is not None else None
    if isinstance(agent, SharedAgent):
        y = _shared_agent(agent, found, left, drawn, y, boxes, arrows)
    first = _box(site, left, 0, 0, max(0, y - _SPACE))
    height = max(y - _SPACE, first.height)
    return Drawing(
        WIDTH,
        height,
        _BOX,
        (first, *boxes),
        tuple(arrows),
        _words(site, found),
        found,
        sum(not each.source.startswith(AGENT) for each in found) - sum(each.below != "" for each in arrows),
    )


def _ordered(site: Site) -> list[Node]:
    """The server that takes part in the most relationships first, the others in the order of the spec."""

    def partners(node: Node) -> int:
        return sum(len(each.peers) for family in site.families.values() for each in family.of(node))

    hub = max(site.nodes, key=partners) if site.hub else site.nodes[0]
    return [hub, *(node for node in site.nodes if node is not hub)]


def _box(site: Site, node: Node, x: int, y: int, least: int) -> Box:
    lines = tuple(cut(_line(each), _LETTERS) for each in listeners(site, node))
    if site.micetro is not None and not isinstance(site.micetro.agent, SharedAgent):
        lines = (*lines, AGENT)
    height = max(least, _HEAD + _LINE * len(lines) + 6)
    number = [each.name for each in site.nodes].index(node.name) + 1
    return Box(cut(node.name, 30), cut(_about(site, node), _LETTERS), lines, x, y, height, number)


def _line(each: Listener) -> str:
    short = each.protection.replace("TLS with client certificates", "mutual TLS").replace("no password", "").strip(", ")
    return f"{each.what} {each.where}" + (f" {short}" if short else "")


def _about(site: Site, node: Node) -> str:
    roles = dict.fromkeys(
        peer.role
        for family in site.families.values()
        for each in family.of(node)
        if (peer := each.peer_of(node)) is not None
    )
    return " · ".join([*(["/".join(roles)] if roles else ["standalone"]), f"Kea {node.version}", node.platform.name])


def _arrows(between: Sequence[Link], left: str, top: int) -> Iterator[Arrow]:
    for number, each in enumerate(between):
        ends = (_BOX + 8, WIDTH - _BOX - 8)
        x1, x2 = ends if each.source == left else ends[::-1]
        y = top + number * _ROW + 24
        above = cut(f"{each.purpose}: {each.where}", _LABEL)
        yield Arrow(f"M{x1} {y}H{x2}", WIDTH // 2, y, above, cut(each.protection, _LABEL))


def _shared_agent(
    agent: SharedAgent,
    found: Sequence[Link],
    left: Node,
    drawn: Sequence[Node],
    y: int,
    boxes: list[Box],
    arrows: list[Arrow],
) -> int:
    """Add the one agent of Micetro below the servers, in the middle. Returns the next free y."""
    own = [each for each in found if each.source.startswith(AGENT)]
    middle, width = (WIDTH - _BOX) // 2, _BOX
    y += _SPACE
    rows = [each for each in own if each.target == left.name or each.target in {node.name for node in drawn}]
    lines = tuple(cut(f"to {each.target}: {each.where}", _LETTERS) for each in rows)
    height = _HEAD + _LINE * len(lines) + 6
    boxes.append(Box(AGENT, cut(f"{agent.name} · {agent.address}", _LETTERS), lines, middle, y, height, 0))
    line = y + _HEAD - 20
    if any(each.target == left.name for each in rows):
        arrows.append(Arrow(f"M{middle - 8} {line}H{_BOX + 8}"))
    if drawn and any(each.target == drawn[-1].name for each in rows):
        arrows.append(Arrow(f"M{middle + width + 8} {line}H{WIDTH - _BOX // 2}V{y - 2 * _SPACE + 8}"))
    return y + height + _SPACE


def _words(site: Site, found: Sequence[Link]) -> str:
    count = len(site.nodes)
    return f"{count} {'server' if count == 1 else 'servers'} and {len(found)} connections. The table below has each of them."
