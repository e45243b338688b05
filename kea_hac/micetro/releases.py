"""What the documentation of each Micetro release states about Kea (github.com/menandmice/micetro_docs; no Micetro was run)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KEA_VERSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"11.0": ("2.0", "2.2", "2.4"), "11.1": ("2.2", "2.4", "2.6")}
)
"""The Kea branches that a release lists in its system requirements. Those of other releases are not known here."""
CHAPTER = "guides/implementation/system_requirements.rst of each release"


def listed(version: str) -> tuple[str, ...] | None:
    """The Kea branches that a Micetro version lists; None where its list is not known."""
    return KEA_VERSIONS.get(".".join(version.split(".")[:2]))
