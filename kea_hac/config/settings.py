"""The tables of kea-hac.toml → settings. Every mistake is an error that names the line, the key and what is possible.

required-version = ">=0.1,<1"
specs = ["specs"]                       # what validate, build and review read when no SPEC is named
output = "build"
fail-on = "warning"
select = ["KH2", "unsplit-pool-in-load-balancing"]

[ignore]
subnet-with-host-bits = "renumbered in 2027"
KH130 = {reason = "old files", paths = ["specs/old/**"]}

[severity]
old-spelling = "warning"
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol

from kea_hac.config.review_limits import NO_LIMITS, TABLE, ReviewLimits, review_limits
from kea_hac.config.toml_text import ConfigError, TomlText
from kea_hac.diagnostics import Severity
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.patterns import path_pattern

KEYS = ("required-version", "specs", "output", "fail-on", "select", "ignore", "severity", TABLE)
_PREFIX = regex(r"KH\d{1,2}\Z")


class RuleBook(Protocol):
    """The rules, for files that name them."""

    def code(self, word: str) -> str | None:
        """The code of a rule by its code or its name; None for a word that is no rule."""
        ...

    def near(self, word: str) -> str | None:
        """The rule that a word is like."""
        ...

    def unreadable(self, code: str) -> bool:
        """True for a rule whose findings say that a file could not be read."""
        ...


@dataclass(frozen=True, slots=True)
class Ignore:
    """One entry of `[ignore]`."""

    code: str
    reason: str
    paths: tuple[str, ...]
    """Patterns from the folder of the file; none: everywhere."""
    key: str
    """The rule as it is written there."""
    place: str
    """ "kea-hac.toml:12" """

    def covers(self, path: str) -> bool:
        """True for a file that the entry is about. `path`: from the folder of kea-hac.toml, with forward slashes."""
        return not self.paths or any(_matches(each, path) for each in self.paths)


@dataclass(frozen=True, slots=True)
class Settings:
    """What one file sets. What it does not set is None or empty."""

    file: str | None = None
    """The file, as the current folder names it; None where there is none."""
    folder: str = ""
    """Its folder, absolute."""
    required_version: str | None = None
    specs: tuple[str, ...] | None = None
    """From its folder."""
    output: str | None = None
    """From its folder."""
    fail_on: Severity | None = None
    select: tuple[str, ...] | None = None
    """Codes and beginnings of codes."""
    ignore: tuple[Ignore, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    """By code."""
    review: ReviewLimits = NO_LIMITS
    places: Mapping[str, str] = field(default_factory=dict)
    """By key ("fail-on", "ignore.KH130"): where it is set."""

    def selected(self, code: str) -> bool:
        """True for a rule whose findings are reported."""
        return self.select is None or any(code.startswith(each) for each in self.select)

    def from_here(self, path: str) -> str:
        """A path of the file as the current folder names it."""
        return os.path.relpath(os.path.join(self.folder, path))


NO_SETTINGS = Settings()


def read_settings(toml: TomlText, folder: str, rules: RuleBook) -> Settings:
    """The settings of one file. Raises ConfigError. `folder`: of the file, absolute."""
    toml.refuse_unknown((), KEYS, toml.file if not toml.top else f"[{'.'.join(toml.top)}]")
    root = toml.root
    return Settings(
        toml.file,
        folder,
        _version(toml),
        _paths(toml, ("specs",), root["specs"]) if "specs" in root else None,
        _paths(toml, ("output",), [root["output"]])[0] if "output" in root else None,
        _severity(toml, ("fail-on",), root["fail-on"]) if "fail-on" in root else None,
        _select(toml, rules) if "select" in root else None,
        tuple(_ignores(toml, rules)),
        _severities(toml, rules),
        review_limits(toml),
        _places(toml),
    )


def _places(toml: TomlText) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key, value in toml.root.items():
        inner = value if isinstance(value, dict) else {}
        routes: list[tuple[str, ...]] = [(key, each) for each in inner] or [(key,)]
        found |= {".".join(route): toml.place(route) for route in routes}
    return found


def _version(toml: TomlText) -> str | None:
    value = toml.root.get("required-version")
    if value is None:
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # its import takes longer than reading a small spec

    try:
        return str(SpecifierSet(_text(toml, ("required-version",), value))) or "any"
    except InvalidSpecifier:
        raise toml.wrong(("required-version",), f'is {value!r}; it takes versions such as ">=0.1,<1"') from None


def _text(toml: TomlText, route: tuple[str, ...], value: Any) -> str:
    if not isinstance(value, str):
        raise toml.wrong(route, f"is {value!r}, and must be a string")
    return value


def _paths(toml: TomlText, route: tuple[str, ...], value: Any) -> tuple[str, ...]:
    """Paths and patterns from the folder of the file, which do not lead out of it."""
    if not isinstance(value, list) or not value:
        raise toml.wrong(route, f'is {value!r}; it takes a list of paths such as ["specs"]')
    for each in value:
        text = _text(toml, route, each)
        steps = re.split(r"[/\\]", text)
        if not text or text.startswith(("/", "-", "~")) or ".." in steps or "\0" in text:
            raise toml.wrong(route, f"contains {each!r}; it takes paths inside of the folder of this file, without ..")
        if any(step.lower() == ".git" for step in steps):
            raise toml.wrong(route, f"contains {each!r}, which is Git's own folder")
    return tuple(value)


def _severity(toml: TomlText, route: tuple[str, ...], value: Any) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        raise toml.wrong(route, f"is {value!r}; it takes {', '.join(Severity)}") from None


def _rule(toml: TomlText, route: tuple[str, ...], word: str, rules: RuleBook) -> str:
    code = rules.code(word)
    if code is None:
        near = rules.near(word)
        hint = f"did you mean {near}?" if near else "`kea-hac rules` lists all rules"
        raise ConfigError(f"{toml.place(route)}: {route[0]}: {word!r} is not a rule; {hint}")
    if rules.unreadable(code):
        raise ConfigError(
            f"{toml.place(route)}: {route[0]}: {word} says that a file could not be read; it is always an error"
        )
    return code


def _select(toml: TomlText, rules: RuleBook) -> tuple[str, ...]:
    value = toml.root["select"]
    if not isinstance(value, list) or not value:
        raise toml.wrong(
            ("select",), f'is {value!r}; it takes a list of rules, or beginnings of codes, such as ["KH2"]'
        )
    words = [_text(toml, ("select",), each) for each in value]
    return tuple(
        each if each == "KH" or _PREFIX.match(each) else _rule(toml, ("select",), each, rules) for each in words
    )


def _ignores(toml: TomlText, rules: RuleBook) -> list[Ignore]:
    found = []
    for key, value in toml.table(("ignore",)).items():
        route = ("ignore", key)
        code = _rule(toml, route, key, rules)
        for each in value if isinstance(value, list) else [value]:
            entry = each if isinstance(each, dict) else {"reason": each}
            for name in entry:
                if name not in ("reason", "paths"):
                    raise toml.wrong(
                        route, f"has {name!r}; an entry has a reason, and paths where it is not for all files"
                    )
            reason = entry.get("reason")
            if not isinstance(reason, str) or not reason.strip():
                raise toml.wrong(route, 'needs a reason: write why, as in "renumbered in 2027"')
            paths = _paths(toml, route, entry["paths"]) if "paths" in entry else ()
            found.append(Ignore(code, reason.strip(), paths, key, toml.place(route)))
    return found


def _severities(toml: TomlText, rules: RuleBook) -> Mapping[str, Severity]:
    found: dict[str, Severity] = {}
    for key, value in toml.table(("severity",)).items():
        code = _rule(toml, ("severity", key), key, rules)
        if code in found:
            raise toml.wrong(("severity", key), "is set twice, by its code and by its name")
        found[code] = _severity(toml, ("severity", key), value)
    return found


def _matches(pattern: str, path: str) -> bool:
    """True for a file that a pattern names, or that is below a folder that it names."""
    shape = path_pattern(os.path.normpath(pattern) if "**/" not in pattern else pattern)
    if pattern.endswith("**"):
        shape = path_pattern(pattern[:-2].rstrip("/"))
    steps = path.split("/")
    return any(shape.fullmatch("/".join(steps[:count])) for count in range(1, len(steps) + 1)) or pattern in (".", "**")
