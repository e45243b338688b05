"""`kea-hac --version`: ours, and what is known of each version of Kea."""

from __future__ import annotations

from kea_hac import __version__
from kea_hac.cli.boundary import CLEAN, ended
from kea_hac.cli.terminal import put
from kea_hac.kea.version import BRANCHES, PREVIEWS, PROVEN, Branch


def show_version() -> int:
    """Print it. Returns the exit code."""
    put(version_text() + "\n")
    return ended(CLEAN)


def version_text() -> str:
    """Our version, then one line for each branch of Kea."""
    lines = [f"kea-hac {__version__}"]
    for branch in BRANCHES:
        lines.append(f"  Kea {branch}  {_known(branch)}")
    return "\n".join(lines)


def _known(branch: Branch) -> str:
    if branch in PROVEN:
        return f"proven with {PROVEN[branch]}"
    if branch in PREVIEWS:
        return f"preview, unproven: known from the sources of {PREVIEWS[branch]} only"
    return "unproven: known from its grammar and documentation only"
