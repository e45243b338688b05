"""`kea-hac --version`: ours, and what is known of each version of Kea."""

from __future__ import annotations

from kea_hac import __version__
from kea_hac.kea.version import BRANCHES, PROVEN


def version_text() -> str:
    """Our version, then one line for each branch of Kea."""
    lines = [f"kea-hac {__version__}"]
    for branch in BRANCHES:
        known = (
            f"proven with {PROVEN[branch]}"
            if branch in PROVEN
            else "unproven: known from its grammar and documents only"
        )
        lines.append(f"  Kea {branch}  {known}")
    return "\n".join(lines)
