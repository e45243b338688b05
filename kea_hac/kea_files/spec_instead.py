"""A spec of kea-hac, or the manifest of a build, where a file of Kea is expected: one finding that names the next step.

Without it, the reader of Kea's JSON reports a syntax error at the first key of the YAML file.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kea_hac.diagnostics import Finding, rule
from kea_hac.locating import located
from kea_hac.source import Reading, read_yaml
from kea_hac.source.document import Map

SPEC_AS_KEA_FILE = rule(
    "KH117",
    "spec-as-kea-file",
    why="The file is a spec of kea-hac or the manifest of a build, not a configuration file of Kea. "
    "The rules on Kea's files cannot be applied to it.",
    source="the spec language",
    unreadable=True,
)
_KEY = "kea-hac"
_OF_A_BUILD = "this is the manifest of a build, not a file of Kea"


def without_specs(path: Path, reading: Reading) -> Reading:
    """What was read of a file of Kea; for a spec, a reading without a document whose only finding is KH117."""
    document = read_yaml(path).document if reading.unreadable else reading.document
    if document is None or _KEY not in document.root:
        return reading
    if isinstance(document.root[_KEY], Map):
        message, fix = _OF_A_BUILD, "name the folder of a server, or its kea-*.conf files"
        finding = Finding(SPEC_AS_KEA_FILE, (_KEY,), message, on_key=True, fix=fix)
        return replace(reading, document=None, diagnostics=tuple(located((finding,), document)))
    fix = f"to check it, run `kea-hac validate {path}`; to write Kea's files from it, run `kea-hac build {path}`"
    finding = Finding(SPEC_AS_KEA_FILE, (_KEY,), "this is a spec of kea-hac, not a file of Kea", on_key=True, fix=fix)
    return replace(reading, document=None, diagnostics=tuple(located((finding,), document)))
