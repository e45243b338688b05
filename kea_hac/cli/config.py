"""`kea-hac config`: which settings hold for some inputs, and where each of them is set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kea_hac.cli.boundary import CLEAN
from kea_hac.cli.terminal import put
from kea_hac.report.cells import block, safe

if TYPE_CHECKING:
    from kea_hac.config import Settings


class SettingsFormat(StrEnum):
    """How the settings are written."""

    TEXT = "text"
    JSON = "json"


Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH…]", show_default=False, help="The inputs of the command; default: the current folder."
    ),
]
Formatted = Annotated[SettingsFormat, typer.Option("--format", help="How the settings are written.")]
DEFAULT = "default"


def config(paths: Inputs = None, form: Formatted = SettingsFormat.TEXT) -> int:
    """Show the settings of kea-hac.toml that apply, and where each is set. Options of a command have precedence over them.

    Exit code 0: shown; 2: the file has a mistake.
    """
    from kea_hac.cli.settings import output_of, settings_for

    settings = settings_for(paths or ())
    output_of(settings)
    put(_WRITTEN[form](settings, list(_rows(settings))))
    return CLEAN


Row = tuple[str, Any, str]
"""Key, value, and where it is set."""


def _text(settings: Settings, rows: Sequence[Row]) -> str:
    width = max(len(key) for key, _, _ in rows)
    lines = [f"{key:<{width}}  {_words(value)}  ({place})" for key, value, place in rows]
    return block(safe(line) for line in (f"settings: {settings.file or 'no kea-hac.toml'}", *lines))


def _json(settings: Settings, rows: Sequence[Row]) -> str:
    from kea_hac.report.as_json import head, render

    listed = {key: {"value": value, "set": place} for key, value, place in rows}
    return render({**head(), "file": settings.file, "settings": listed})


_WRITTEN = {SettingsFormat.TEXT: _text, SettingsFormat.JSON: _json}


def _rows(settings: Settings) -> Iterator[Row]:
    places: Mapping[str, str] = settings.places
    simple = {
        "required-version": settings.required_version,
        "specs": None if settings.specs is None else list(settings.specs),
        "output": settings.output or "build",
        "fail-on": (settings.fail_on or "error"),
        "select": None if settings.select is None else list(settings.select),
    }
    for key, value in simple.items():
        yield key, value, places.get(key, DEFAULT)
    for entry in settings.ignore:
        yield f"ignore.{entry.code}", {"reason": entry.reason, "paths": list(entry.paths)}, entry.place
    for code, severity in settings.severity.items():
        place = next((place for key, place in places.items() if key in _names(code)), settings.file or DEFAULT)
        yield f"severity.{code}", severity.value, place
    for key, amount in settings.review.amounts.items():
        yield f"review.{key}", str(amount), places[f"review.{key}"]
    if settings.review.protected:
        key = "review.protected-subnets"
        yield key, [str(each) for each in settings.review.protected], places[key]


def _names(code: str) -> tuple[str, str]:
    from kea_hac.rule_list import all_rules

    return f"severity.{code}", f"severity.{all_rules()[code].name}"


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['reason']}" + (f" [{', '.join(value['paths'])}]" if value["paths"] else "")
    return "not set" if value is None else ", ".join(value) if isinstance(value, list) else str(value)
