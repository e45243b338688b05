"""`loggers` as config-get shows them (logging_info.cc, log_parser.cc at all five tags)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from kea_hac.diagnostics import Route
from kea_hac.kea.config import Block, Json
from kea_hac.kea.config_get.scalars import value_shown
from kea_hac.kea.config_get.target import Target, finished, given, maps, where_in, with_context
from kea_hac.kea.version import Feature, has

_STREAMS = ("stdout", "stderr", "syslog")


def loggers(target: Target, entries: Json) -> list[Block]:
    """The `loggers` list, in its order."""
    return [_logger(target, entry) for entry in maps(entries)]


def _logger(target: Target, entry: Mapping[str, Json]) -> Block:
    result: dict[str, Json] = {"name": entry.get("name"), "debuglevel": entry.get("debuglevel", 0)}
    moved: dict[str, Route] = {}
    severity = entry.get("severity")
    word = target.keyword("logger", "severity")
    if severity is not None and word is not None:
        result["severity"] = _severity(value_shown(word.at(target.branch), severity), word.values)
    written = given(entry, "output-options", "output_options")
    if written and entry[written]:
        key = "output-options" if target.knows("logger", "output-options") else "output_options"
        result[key] = [_output(target, each) for each in maps(entry[written])]
        if key != written:
            moved[key] = where_in(entry, written)
    with_context(entry, result, moved)
    return finished(entry, result, moved)


def _severity(shown: Json, known: tuple[str, ...]) -> Json:
    """Kea takes an unknown word for INFO (isc::log::getSeverity)."""
    return shown if shown in known or not isinstance(shown, str) else "INFO"


def _output(target: Target, entry: Mapping[str, Json]) -> Block:
    output = entry.get("output")
    result: dict[str, Json] = {
        "output": output,
        "flush": entry.get("flush", True),
        "pattern": entry.get("pattern", ""),
    }
    if isinstance(output, str) and output not in _STREAMS:
        result["output"] = shown = _path(target, output)
        if "syslog:" not in shown:
            result["maxver"] = entry.get("maxver", 1)
            result["maxsize"] = entry.get("maxsize", 10240000)
    return finished(entry, result)


def _path(target: Target, output: str) -> str:
    """Versions that allow one directory only print it in front of a bare name, and some in front of a facility."""
    if output.startswith("syslog:") and not has(target.version, Feature.SYSLOG_FACILITY_AS_FILE):
        return output
    if not target.prints_paths() or target.host is None or not target.host.log_dir:
        return output
    return posixpath.join(target.host.log_dir, output.strip()) if "/" not in output else output.strip()
