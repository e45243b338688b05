"""Specs as texts, for tests: build one, look at a file of it, or at what is found."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import kea_hac
from kea_hac.compiler.artifacts import Build
from kea_hac.diagnostics import Diagnostic


def checked(text: str, **files: str) -> kea_hac.Checked:
    """Run all stages on a text. `files`: others beside it, by name with `__` for the dot."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name.replace("__", ".")).write_text(content, "utf-8")
        path = Path(folder, "spec.yaml")
        path.write_text(text, "utf-8")
        return kea_hac.compile_spec(path)


ADVICE = frozenset({"KH230", "KH231", "KH316", "KH647", "KH782", "KH783"})
"""What is worth knowing of a configuration, and no mistake; it has tests of its own."""


def findings_of(text: str, **files: str) -> Sequence[Diagnostic]:
    """Everything that is found in a text, without the advice: a subnet without pools makes a short example."""
    return tuple(each for each in checked(text, **files).report.diagnostics if each.rule.code not in ADVICE)


def build(text: str, **files: str) -> Build:
    """The build of a text that has no errors."""
    made = checked(text, **files)
    assert made.build is not None, [f"{each.span.line}: {each.message}" for each in made.report.diagnostics]
    return made.build


def config(made: Build, server: str, daemon: str) -> Mapping[str, Any]:
    """The map below the top key of one server's file, as plain JSON; a secret is the text of its include."""
    text = made.files[f"{server}/kea-{daemon}.conf"].decode()
    loaded = json.loads(re.sub(r'<\?include "([^"]*)"\?>', r'"<?include \1?>"', text))
    (content,) = loaded.values()
    found: Mapping[str, Any] = content
    return found


def ha_of(made: Build, server: str, daemon: str) -> Mapping[str, Any]:
    """The one HA relationship in a server's file."""
    for library in config(made, server, daemon)["hooks-libraries"]:
        if library["library"].endswith("libdhcp_ha.so"):
            (relationship,) = library["parameters"]["high-availability"]
            found: Mapping[str, Any] = relationship
            return found
    raise AssertionError("no HA library")
