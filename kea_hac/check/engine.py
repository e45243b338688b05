"""How check functions run on configurations, compiled ones and existing files.

A check sees what the vocabulary knows of a configuration and no more (`Configuration.known`): what stands under an unknown key
was reported when it was read, and nothing looks at its shape again. A check that breaks all the same is a finding itself, and
hides nothing of what the others find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from kea_hac.check.registry import Check, Subject, checks
from kea_hac.diagnostics import Finding, KeaVerdict, rule
from kea_hac.errors import KeaHacError, debugging, fault
from kea_hac.kea.named_files import named_files
from kea_hac.kea.platform_paths import (
    AGENT_INET6,
    CONFINED_SCRIPT,
    HOOK_OUTSIDE,
    LEASE_OUTSIDE,
    LOG_OUTSIDE,
    NO_FILE_NAME,
    NOT_ALLOWED,
    RELATIVE,
    SOCKET_OUTSIDE,
    UNMET_CONDITION,
    UNREADABLE,
    VAR_RUN,
    path_findings,
)
from kea_hac.kea.version import KeaVersion, within
from kea_hac.model.configuration import Configuration

Result = TypeVar("Result")
INTERNAL = rule(
    "KH090",
    "internal-error",
    why="A check of kea-hac failed on this input. Its result is not known, so nothing is built. All other "
    "findings are valid.",
    source="kea-hac itself",
    unreadable=True,
)


def findings_of(judges: Iterable[Check], subject: Any) -> list[Finding]:
    """What the checks find of one subject. Where one breaks: what it found so far, and a finding that names it."""
    found: list[Finding] = []
    for check in judges:
        try:
            found.extend(check(subject))
        except Exception as error:
            found.append(broken(f"the check {check.__module__.rpartition('.')[2]}.{check.__name__}", error))
    return found


def attempt(what: str, step: Callable[[], Result], note: Callable[[Finding], None]) -> Result | None:
    """What a step of the compiler makes. None when it broke, which is a finding that says so of `what`."""
    try:
        return step()
    except Exception as error:
        note(broken(what, error))
        return None


def broken(what: str, error: Exception) -> Finding:
    """The finding for an exception that nobody expected. Raises `error` again when it was meant to end the command."""
    if isinstance(error, KeaHacError | OSError | MemoryError) or debugging():
        raise error
    return Finding(
        INTERNAL,
        (),
        f"this is a bug in kea-hac: {what} stopped with {fault(error)}",
        fix="report it with this file; KEA_HAC_DEBUG=1 shows the traceback, which may contain values of the file",
    )


@checks(
    SOCKET_OUTSIDE,
    HOOK_OUTSIDE,
    LEASE_OUTSIDE,
    LOG_OUTSIDE,
    VAR_RUN,
    RELATIVE,
    NOT_ALLOWED,
    UNREADABLE,
    AGENT_INET6,
    UNMET_CONDITION,
    CONFINED_SCRIPT,
    NO_FILE_NAME,
    on=Subject.SERVER,
)
def host_paths(configuration: Configuration) -> Iterator[Finding]:
    """Names and paths that Kea or the platform's packaging does not allow. Says nothing where the host is not known."""
    if configuration.platform is not None:
        daemon, config, host = configuration.daemon, configuration.config, configuration.platform
        files = tuple(named_files(config, configuration.once.holds_secret))
        yield from path_findings(daemon, config, host, configuration.version, files)


def run_checks(configurations: Iterable[Configuration], checks_of: Iterable[Check]) -> Iterator[Finding]:
    """Every finding of every check on every configuration, as the configuration's version of Kea takes it.

    `configurations`: what `Configuration.known` gives.
    """
    checks_of = tuple(checks_of)
    for configuration in configurations:
        for finding in findings_of(checks_of, configuration):
            yield as_in(configuration.version, finding)


def as_in(version: KeaVersion, finding: Finding) -> Finding:
    """The finding with what Kea of this version does, where the rule's refusal has not come yet or is gone."""
    rule = finding.rule
    if (rule.since or rule.until) and finding.kea is None and not within(version, rule.since, rule.until):
        return replace(finding, kea=KeaVerdict.ACCEPTS)
    return finding


def named(finding: Finding, configuration: Configuration) -> Finding:
    """The finding with the built file that it is about."""
    if finding.artifact or configuration.server is None:
        return finding
    return replace(finding, artifact=f"{configuration.server}/{configuration.daemon.file}")
