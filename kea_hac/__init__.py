"""kea-hac: one YAML spec of a Kea High Availability pair, compiled into every file that its servers need.

The public API is what this module names; each name is imported when it is first used, so that `--help` stays instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kea_hac.api import Checked, Loaded, compile_spec, judge, load, needs
    from kea_hac.compiler.artifacts import Artifact, Build
    from kea_hac.diagnostics import Diagnostic, Report, Severity
    from kea_hac.errors import KeaHacError
    from kea_hac.linting import Linted, lint

__version__ = "0.1.0"
_HOME = {
    "Artifact": "kea_hac.compiler.artifacts",
    "Build": "kea_hac.compiler.artifacts",
    "Checked": "kea_hac.api",
    "Diagnostic": "kea_hac.diagnostics",
    "KeaHacError": "kea_hac.errors",
    "Linted": "kea_hac.linting",
    "Loaded": "kea_hac.api",
    "Report": "kea_hac.diagnostics",
    "Severity": "kea_hac.diagnostics",
    "judge": "kea_hac.api",
    "compile_spec": "kea_hac.api",
    "lint": "kea_hac.linting",
    "load": "kea_hac.api",
    "needs": "kea_hac.api",
}
__all__ = [
    "Artifact",
    "Build",
    "Checked",
    "Diagnostic",
    "KeaHacError",
    "Linted",
    "Loaded",
    "Report",
    "Severity",
    "__version__",
    "compile_spec",
    "judge",
    "lint",
    "load",
    "needs",
]


def __getattr__(name: str) -> Any:
    """Import a public name where it lives. Raises AttributeError for any other."""
    if name not in _HOME:
        raise AttributeError(f"module 'kea_hac' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
