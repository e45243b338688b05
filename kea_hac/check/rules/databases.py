"""Databases for leases, hosts and configuration: what the chosen type cannot do."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Finding, KeaSays, Severity, rule
from kea_hac.kea.config import Block, Json
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

OTHER_TIMEOUT = rule(
    "KH735",
    "timeout-of-another-database",
    kea=KeaSays.REFUSES,
    why="read-timeout and write-timeout are MySQL's, tcp-user-timeout is PostgreSQL's. Kea refuses the whole configuration.",
    source="dbaccess_parser.cc; seen on 2.6.3 and 3.0.4 (2.2 has no such keys)",
)
CONFIG_TWICE = rule(
    "KH736",
    "config-database-twice",
    kea=KeaSays.REFUSES,
    why="Kea refuses the whole configuration; a server that is restarted with it stays down.",
    source=f"ConfigControlInfo::addConfigDatabase; {_SEEN}",
)
UNSUPPORTED = rule(
    "KH737",
    "unsupported-database",
    kea=KeaSays.REFUSES,
    why="A file can hold leases only: for hosts and configuration Kea has no memfile, and the server does not start. `-t` "
    "passes it.",
    source=f"HostDataSourceFactory, ConfigBackendMgr; {_SEEN}, at start",
)
WITHOUT_EFFECT = rule(
    "KH738",
    "database-setting-without-effect",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="The setting belongs to another type of database. Kea takes it and does nothing with it: what was meant by it, a "
    "password or a way to save leases, is not there.",
    source=f"dbaccess_parser.cc, memfile_lease_mgr.cc; {_SEEN}",
)

_TIMEOUTS = {"read-timeout": "mysql", "write-timeout": "mysql", "tcp-user-timeout": "postgresql"}
_FILE_ONLY = ("persist", "lfc-interval", "max-row-errors")
_SQL_ONLY = ("host", "port", "user", "password", "connect-timeout", "ssl-mode", "trust-anchor", "cert-file", "key-file")
_MEMFILE = "memfile"


def databases(configuration: Configuration) -> Iterator[Finding]:
    """Every database that a daemon names."""
    config = configuration.config
    for key, for_leases in (("lease-database", True), ("hosts-database", False)):
        if isinstance(config.get(key), Block):
            yield from _database(config[key], for_leases=for_leases)
    for block in configuration.blocks("hosts-databases"):
        yield from _database(block, for_leases=False)
    control = config.get("config-control")
    listed = control.get("config-databases") if isinstance(control, Block) else None
    seen: list[tuple[dict[str, Json], Block]] = []
    for block in listed if isinstance(listed, list) else ():
        if not isinstance(block, Block):
            continue
        yield from _database(block, for_leases=False)
        access = {key: value for key, value in block.items() if value != "" and key != "user-context"}
        other = next((each for parameters, each in seen if parameters == access), None)
        if other is not None:
            related = ((other.where("type"), "the first"),)
            yield Finding(CONFIG_TWICE, block.at, "this config database stands here twice", related=related)
        seen.append((access, block))


def _database(block: Block, *, for_leases: bool) -> Iterator[Finding]:
    kind = block.get("type")
    if not isinstance(kind, str):
        return
    if kind == _MEMFILE and not for_leases:
        message = "memfile holds leases only, no hosts and no configuration"
        yield Finding(UNSUPPORTED, block.where("type"), message, fix="write mysql or postgresql")
        return
    for key, owner in _TIMEOUTS.items():
        value = block.get(key)
        if isinstance(value, int) and value > 0 and kind != owner:
            message = f"{key!r} is for {owner}, and the type is {kind}"
            yield Finding(OTHER_TIMEOUT, block.where(key), message, on_key=True, fix="take it away")
    for key in _SQL_ONLY if kind == _MEMFILE else _FILE_ONLY:
        if key in block:
            message = f"{key!r} does nothing for a database of type {kind}"
            yield Finding(
                WITHOUT_EFFECT, block.where(key), message, on_key=True, fix="take it away, or change the type"
            )


RULES = (databases,)
"""Hold for compiled configurations and files."""
