"""hooks-libraries: the libraries for HA and the databases, and those of the user, in a valid order.

lease_cmds first, then the SQL back ends, the user's in their order, HA, and legal_log where it is last (Kea ARM, 'Loading
libdhcp_ha.so': callouts run in load order, and HA must read a lease after all other libraries changed it). A library in the
user's list keeps its place there; `{library: libdhcp_ha.so}` without parameters sets the place of the HA library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.diagnostics import Finding, FindingSink, KeaVerdict, Repair, RepairKind, Route, rule
from kea_hac.kea.config import Block, Json
from kea_hac.kea.hooks import LEASE_COMMANDS, ha_place, newest_name, sql_library
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Node
from kea_hac.spec.high_availability import DERIVED_KEY
from kea_hac.spec.merging import library_name

HA = "libdhcp_ha.so"
LIBRARY_TWICE = rule(
    "KH112",
    "library-listed-twice",
    kea=KeaVerdict.ACCEPTS,
    why="Kea loads the library twice and calls it twice for each packet. It is not defined which parameters "
    "apply. With two entries of the HA library the server does not start, because the second entry has no "
    "parameters.",
    source="seen on 2.6.3 and 3.0.4: -T accepts stat_cmds, lease_cmds and bootp twice",
)


def hooks_libraries(
    config: Block, node: Node, ha_parameters: Block | None, cause: Route, note: FindingSink
) -> list[Json]:
    """The list for one server: full paths, HA with its parameters. Empty when no library is needed."""
    listed = [named_library(entry, node) for entry in config.get("hooks-libraries") or () if isinstance(entry, Block)]
    names = _names(listed, note)
    front: list[Json] = []
    if ha_parameters is not None and LEASE_COMMANDS not in names:
        front.append(Block(cause, {"library": node.platform.hook(LEASE_COMMANDS)}))
    for at, library in sorted(_sql(config, node.version).items(), key=lambda item: item[1]):
        if newest_name(library) not in names:
            front.append(Block(at, {"library": node.platform.hook(library)}))
            names.add(newest_name(library))
    result = [*front, *listed]
    if ha_parameters is None:
        return result
    for number, entry in enumerate(result):
        if library_name(entry) == HA:
            if "parameters" in entry:
                note(
                    Finding(
                        DERIVED_KEY,
                        (*entry.at, "parameters"),
                        "the parameters of the HA library are derived from `high-availability` and `servers`",
                        on_key=True,
                        fix="move them to `high-availability`; the entry without parameters sets the place of the library in the list",
                    )
                )
            result[number] = Block(entry.at, {"library": entry["library"], "parameters": ha_parameters})
            return result
    place = ha_place([library_name(entry) for entry in result])
    return [
        *result[:place],
        Block(cause, {"library": node.platform.hook(HA), "parameters": ha_parameters}),
        *result[place:],
    ]


def _names(listed: list[Block], note: FindingSink) -> set[str]:
    seen: dict[str, Block] = {}
    for entry in listed:
        name = library_name(entry)
        other = seen.setdefault(name, entry)
        if other is not entry:
            related = (((*other.at, "library"), "the first"),)
            note(
                Finding(
                    LIBRARY_TWICE,
                    (*entry.at, "library"),
                    f"{name} is listed twice",
                    related=related,
                    fix="remove one",
                    repair=(Repair(entry.at, RepairKind.REMOVE),),
                )
            )
    return set(seen)


def named_library(entry: Block, node: Node) -> Block:
    """The entry with the full path of its library."""
    library = entry.get("library")
    if not isinstance(library, str):
        return entry
    path = node.platform.hook(library)
    if path == library:
        return entry
    result = entry.copy_of()
    result["library"] = path
    return result


def _sql(config: Block, version: KeaVersion) -> Mapping[Route, str]:
    """The libraries that the databases of the configuration need in this version, by the route of the database."""
    return {
        database.at: library
        for database, backend in _databases(config)
        if (library := sql_library(str(database.get("type")), version.branch, config_backend=backend)) is not None
    }


def _databases(config: Block) -> Iterator[tuple[Block, bool]]:
    """Every database of the configuration, and whether it is a configuration backend."""
    control = config.get("config-control")
    backends = control.get("config-databases") if isinstance(control, Block) else None
    for database in (config.get("lease-database"), *(config.get("hosts-databases") or ())):
        if isinstance(database, Block):
            yield database, False
    for database in backends or ():
        if isinstance(database, Block):
            yield database, True
