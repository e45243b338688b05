"""kea-hac.toml as the commands use it: the command line has precedence over the file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kea_hac.cli.options import FailOn
from kea_hac.errors import UsageError

if TYPE_CHECKING:
    from kea_hac.cli.inputs import Inputs
    from kea_hac.config import Settings
    from kea_hac.diagnostics import Report, Severity


class Rules:
    """The rules, for the file."""

    def code(self, word: str) -> str | None:
        """As `RuleBook.code`."""
        from kea_hac.rule_list import all_rules

        return next((each.code for each in all_rules().values() if word in (each.code, each.name)), None)

    def near(self, word: str) -> str | None:
        """As `RuleBook.near`."""
        from kea_hac.check.catalogue import nearest_rules

        return next(iter(nearest_rules(word)), None)

    def unreadable(self, code: str) -> bool:
        """As `RuleBook.unreadable`."""
        from kea_hac.rule_list import all_rules

        return all_rules()[code].unreadable


def settings_for(inputs: Iterable[str]) -> Settings:
    """The settings for the inputs of a command line. Raises ConfigError, also for a file that is for another version of kea-hac."""
    from kea_hac.config.search import settings_of

    settings = settings_of(inputs, Rules())
    require_version(settings)
    return settings


def require_version(settings: Settings) -> None:
    """Raise ConfigError when this version of kea-hac is not one that the file permits."""
    wanted = settings.required_version
    if wanted is None:
        return
    from packaging.specifiers import SpecifierSet  # its import takes longer than reading a small spec

    from kea_hac import __version__
    from kea_hac.config import ConfigError

    if not SpecifierSet(wanted).contains(__version__, prereleases=True):
        place = settings.places.get("required-version", settings.file)
        raise ConfigError(
            f"{place}: required-version is {wanted}, and this is kea-hac {__version__}: install one of these versions"
        )


def specs_of(supplied: Sequence[str] | None, settings: Settings) -> list[str]:
    """The specs that are meant: those of the command line, else those of the file. Raises UsageError where neither names one."""
    if supplied:
        return list(supplied)
    if settings.specs is None:
        raise UsageError("name specs, files or folders, or set `specs` in kea-hac.toml")
    return [settings.from_here(each) for each in settings.specs]


def output_of(settings: Settings) -> str | None:
    """The output tree that the file sets, as the current folder names it. Raises ConfigError where links lead out of the work tree."""
    from kea_hac.config import ConfigError
    from kea_hac.source.allowed import within, work_trees

    if settings.output is None:
        return None
    top = next(work_trees(settings.folder), settings.folder)
    real = os.path.realpath(os.path.join(settings.folder, settings.output))
    if not within(real, os.path.realpath(top)):
        raise ConfigError(
            f"{settings.places['output']}: output is {settings.output!r}, which leads to {real}, outside of {top}"
        )
    return settings.from_here(settings.output)


def fail_on_of(supplied: FailOn | None, settings: Settings) -> Severity:
    """The lowest severity that fails a command."""
    from kea_hac.diagnostics import Severity

    return supplied.severity if supplied is not None else settings.fail_on or Severity.ERROR


def with_settings(report: Report, settings: Settings, *, complete: bool) -> Report:
    """The report as the file wants it. `complete`: the run has read everything that the site has, so unused entries are known."""
    from dataclasses import replace

    from kea_hac.config.apply import applied, unused

    shown = applied(report, settings)
    found = unused(shown, settings) if complete and not report.unreadable else []
    ordered = sorted((*shown.diagnostics, *found), key=lambda each: each.sort_key)
    return replace(shown, diagnostics=tuple(ordered))


def reads_all(inputs: Inputs, supplied: Sequence[str], settings: Settings) -> bool:
    """True when a command reads all specs of the site: those that the file names, else its whole folder."""
    if settings.file is None or inputs.problems:
        return False
    wanted = [os.path.realpath(os.path.join(settings.folder, each)) for each in settings.specs or (".",)]
    named = [os.path.realpath(each) for each in supplied]
    return all(any(each == one or each.startswith(one.rstrip(os.sep) + os.sep) for one in named) for each in wanted)
