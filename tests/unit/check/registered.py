"""The check functions of single modules: tests of one theme run these alone."""

from __future__ import annotations

from types import ModuleType

from kea_hac.check import registry
from kea_hac.check.registry import Check


def checks_in(*modules: ModuleType) -> tuple[Check, ...]:
    """Every check function that one of the modules registers."""
    names = {module.__name__ for module in modules}
    return tuple(each.judge for each in registry.load() if each.judge.__module__ in names)
