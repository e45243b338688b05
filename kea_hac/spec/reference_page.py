"""The keys of kea-hac itself as one page of Markdown: each map of a spec, its keys, and what they mean, from the shapes that read them."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.spec.load import AGENT_MAY_DIFFER, MAY_DIFFER
from kea_hac.spec.pair import (
    LANGUAGE,
    Diff,
    Head,
    Ignored,
    Micetro,
    Ours,
    RelationshipPeer,
    ServerFamilySpec,
    ServerHead,
    SharedAgent,
    SplitOnly,
)
from kea_hac.spec.shape import Shape

_MAPS: tuple[tuple[str, str, tuple[type[Shape], ...]], ...] = (
    ("The top of a spec", "", (Head,)),
    (
        "servers",
        "A list. Any value but the name may be `{dhcp4: …, dhcp6: …}`. A server also takes Kea's keys of a peer.",
        (ServerHead, ServerFamilySpec),
    ),
    (
        "high-availability",
        "Kea's keys of a relationship, without nesting, and these. Any value may be `{dhcp4: …, dhcp6: …}`.",
        (Ours,),
    ),
    (
        "high-availability.relationships[].peers",
        "Hub and spoke: the servers of one relationship.",
        (RelationshipPeer,),
    ),
    ("A subnet, a pool, a pd-pool", "Kea's keys, and in load-balancing:", (SplitOnly,)),
    ("micetro", "", (Micetro,)),
    ("micetro.agent", "Where one DHCP Agent serves all servers.", (SharedAgent,)),
    ("diff", "", (Diff,)),
    ("diff.ignore", "A list.", (Ignored,)),
)


def spec_page() -> str:
    """The page."""
    lines = [
        "# The keys of kea-hac",
        "",
        f"Version {LANGUAGE} of the language. [The spec](../language.md) explains how they work together; "
        "[all keys of Kea](vocabulary.md) has the rest: what is below `dhcp4`, `dhcp6`, `control-agent` and `high-availability`.",
        "",
    ]
    for title, about, shapes in _MAPS:
        lines += [f"## {title}", "", *([about, ""] if about else [])]
        lines += ["| key | required | meaning |", "|---|---|---|"]
        for shape in shapes:
            lines += _rows(shape)
        lines.append("")
    lines += [
        "## What a server may have of its own",
        "",
        "In `dhcp4` and `dhcp6` of a server: " + ", ".join(f"`{each}`" for each in MAY_DIFFER) + ".",
        "",
        "In `control-agent` of a server, unless it is `false`: "
        + ", ".join(f"`{each}`" for each in AGENT_MAY_DIFFER)
        + ".",
    ]
    return "\n".join(lines) + "\n"


def _rows(shape: type[Shape]) -> Iterator[str]:
    for name, entry in shape.model_fields.items():
        text = (entry.description or "").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
        yield f"| `{entry.alias or name}` | {'yes' if entry.is_required() and shape is not SplitOnly else ''} | {' '.join(text.split())} |"
