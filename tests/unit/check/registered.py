"""The check functions of single modules: tests of one theme run these alone, on one configuration."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import ModuleType

from kea_hac.check import registry
from kea_hac.check.registry import Check, Subject
from kea_hac.diagnostics import Finding
from kea_hac.model.configuration import Configuration

_TOGETHER = (Subject.SERVERS, Subject.FILES)
_OF_A_SPEC = (Subject.SPEC, Subject.SITE, Subject.FLEET)


def checks_in(*modules: ModuleType) -> tuple[Check, ...]:
    """Every check function of configurations that one of the modules registers, as a function of one configuration."""
    names = {module.__name__ for module in modules}
    return tuple(
        partial(_alone, each.judge) if each.on in _TOGETHER else each.judge
        for each in registry.load()
        if each.judge.__module__ in names and each.on not in _OF_A_SPEC
    )


def _alone(judge: Check, configuration: Configuration) -> Iterator[Finding]:
    yield from judge((configuration,))


def checks_on(*modules: ModuleType) -> tuple[Check, ...]:
    """Every check function of several configurations that one of the modules registers."""
    names = {module.__name__ for module in modules}
    return tuple(each.judge for each in registry.load() if each.on in _TOGETHER and each.judge.__module__ in names)
