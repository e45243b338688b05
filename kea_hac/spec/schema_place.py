"""Where an editor finds the schema of a spec, and the first line of the spec that names it."""

from __future__ import annotations

import os
from pathlib import Path

SCHEMA = "schemas/spec.schema.json"
"""From the top of the work tree, or from any folder between it and the spec."""

_WRITTEN = Path(__file__).parents[1] / "generated" / "spec.schema.json"


def written_schema() -> str:
    """The JSON Schema of a spec, which `python -m tests.regenerate` has written: to print it, nothing that makes it has to be imported."""
    return _WRITTEN.read_text("utf-8")


def find_schema(spec: Path) -> Path | None:
    """The nearest schema beside a spec or above it, up to the top of its Git work tree."""
    folder = Path(os.path.abspath(spec)).parent
    for each in (folder, *folder.parents):
        if (each / SCHEMA).is_file():
            return each / SCHEMA
        if os.path.lexists(each / ".git"):
            return None
    return None


def schema_line(spec: Path, schema: Path) -> str:
    """What the YAML language server reads, without its comment mark."""
    return f"yaml-language-server: $schema={from_spec(spec, schema)}"


def from_spec(spec: Path, schema: Path) -> str:
    """The path of the schema as a spec names it."""
    return os.path.relpath(schema, os.path.abspath(spec.parent))
