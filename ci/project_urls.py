"""For hatchling: the URLs in the metadata of a wheel, which `explain`, SARIF and JSON link to.

They are those of the place that publishes: its job sets KEA_HAC_PROJECT_URL (the repository) and KEA_HAC_DOCS_URL (the site). A wheel
that is built from an sdist takes them from the sdist. Without both there are none: no address is invented.
"""

from __future__ import annotations

import os
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class ProjectUrls(MetadataHookInterface):
    """Adds `urls`."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling."""
        metadata["urls"] = urls(Path(self.root))


def urls(root: Path) -> dict[str, str]:
    """Label → URL."""
    project, docs = (os.environ.get(f"KEA_HAC_{name}_URL", "").rstrip("/") for name in ("PROJECT", "DOCS"))
    found = {"Documentation": docs} if docs else {}
    if project:
        found |= {"Source": project, "Issues": f"{project}/issues", "Changelog": f"{project}/blob/main/CHANGELOG.md"}
    return found or _of_the_sdist(root / "PKG-INFO")


def _of_the_sdist(info: Path) -> dict[str, str]:
    if not info.is_file():
        return {}
    with info.open(encoding="utf-8") as file:
        written = HeaderParser().parse(file).get_all("Project-URL") or []
    return {label.strip(): url.strip() for label, _, url in (each.partition(",") for each in written)}
