"""The repair of a configuration that lacks a hook library: a new entry of `hooks-libraries`."""

from __future__ import annotations

from kea_hac.diagnostics import OneKey, Repair, RepairKind
from kea_hac.kea.config import Block
from kea_hac.model.configuration import Configuration

_LIST = "hooks-libraries"


def beside(entry: Block, library: str) -> tuple[Repair, ...]:
    """Insert a library before an entry that is listed, in the same directory. Empty for an entry that kea-hac derived."""
    if entry.at[-2:-1] != (_LIST,):
        return ()
    directory = str(entry.get("library", "")).rpartition("/")[0]
    path = f"{directory}/{library}" if directory else library
    return (Repair(entry.at, RepairKind.INSERT, OneKey("library", path)),)


def one_more(configuration: Configuration, library: str) -> tuple[Repair, ...]:
    """Insert a library before those that are listed. Empty where none is: its directory is not known then."""
    first = next((entry for _, entry in configuration.libraries()), None)
    return beside(first, library) if first is not None else ()
