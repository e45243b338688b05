"""What config-get shows differently after every start, so that a difference has no meaning.

legal_log with `type: syslog` adds a logger named after an address in memory, `legal-log-94645182368448`, to the
configuration (legal_syslog.cc; seen on 3.0.4). It is no part of what was loaded, and the hash changes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kea_hac.regex import regex

_LIBRARY = "libdhcp_legal_log.so"
_LOGGER = regex(r"legal-log-\d+\Z")


def logs_to_syslog(config: Mapping[str, Any]) -> bool:
    """Whether legal_log is loaded with `type: syslog`."""
    listed = config.get("hooks-libraries")
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
    logs = [entry.get("parameters") for entry in entries if str(entry.get("library")).rpartition("/")[2] == _LIBRARY]
    return any(isinstance(parameters, Mapping) and parameters.get("type") == "syslog" for parameters in logs)


def without_volatile(config: dict[str, Any]) -> dict[str, Any]:
    """An answer without the loggers that a library added; the same object where there is none."""
    loggers = config.get("loggers")
    if not isinstance(loggers, list) or not logs_to_syslog(config):
        return config
    kept = [each for each in loggers if not (isinstance(each, Mapping) and _LOGGER.match(str(each.get("name"))))]
    return {key: kept if key == "loggers" else value for key, value in config.items() if kept or key != "loggers"}
