"""Databases for leases, hosts and configuration: what the chosen type cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kea_hac.check.library_entries import one_more
from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import (
    NOT_LOADED,
    NOT_OPENED,
    NOT_READ,
    REMOVE_IT,
    Finding,
    KeaVerdict,
    refused,
    set_it,
    warning,
)
from kea_hac.kea.config import Block, Json
from kea_hac.kea.hooks import newest_name, sql_library
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration
from kea_hac.source.secrets import names_secret

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

OTHER_TIMEOUT = refused(
    "KH735",
    "timeout-of-another-database",
    why=f"read-timeout and write-timeout belong to MySQL, tcp-user-timeout to PostgreSQL. {NOT_READ} A memfile has no "
    "connection. With one of these keys at a memfile, a running server that reloads the file closes its DHCP "
    "sockets and answers no client.",
    source="dbaccess_parser.cc; seen on 2.6.3 and 3.0.4 (2.2 has no such keys); memfile_lease_mgr.cc, seen on 3.0.4 at start",
)
CONFIG_TWICE = refused(
    "KH736",
    "config-database-twice",
    why=f"A configuration database may be listed once. {NOT_LOADED}",
    source=f"ConfigControlInfo::addConfigDatabase; {_SEEN}",
)
UNSUPPORTED = refused(
    "KH737",
    "unsupported-database",
    why=f"A memfile can store leases only, not hosts and not configuration. {NOT_OPENED} `-t` accepts the file.",
    source=f"HostDataSourceFactory, ConfigBackendMgr; {_SEEN}, at start",
)
WITHOUT_EFFECT = warning(
    "KH738",
    "database-setting-without-effect",
    why="The setting belongs to another type of database, and Kea ignores it. The password, or the way of "
    "storing leases, that it was meant to set does not apply.",
    source=f"dbaccess_parser.cc, memfile_lease_mgr.cc; {_SEEN}",
)

CUT_VALUE = refused(
    "KH739",
    "blank-in-database-value",
    why="Kea joins the settings of a database to one string and splits it at spaces again. Only a password may "
    "contain a space. The server does not start, or it uses another value than the one in the file.",
    source=f"DbAccessParser::getDbAccessString, DatabaseConnection::parse; {_SEEN}",
)
NO_NAME = refused(
    "KH749",
    "database-without-name",
    why=f"A MySQL or PostgreSQL server holds many databases, so Kea needs a name. {NOT_OPENED} `-t` accepts the file.",
    source=f"MySqlConnection::openDatabase, PgSqlConnection::getConnParameters; {_SEEN}, at start",
    rests_on=("name",),
)
BAD_TIMEOUT = refused(
    "KH750",
    "database-timeout-out-of-range",
    why=f"Kea does not open a database with this timeout. {NOT_OPENED} `-t` accepts the file.",
    source=f"setIntParameterValue of mysql_connection.cc and pgsql_connection.cc; {_SEEN}, at start",
)
LIBRARY_MISSING = refused(
    "KH780",
    "database-library-missing",
    why="A configuration database needs a hook library. From 3.0 on every use of MySQL or PostgreSQL needs one. "
    f"{NOT_OPENED} `-t` accepts the file.",
    source=f"ConfigBackendMgr, LeaseMgrFactory, HostDataSourceFactory, ChangeLog 2289 (2.7.4); {_SEEN}, at start",
    rests_on=("hooks-libraries",),
)
_LEGAL_LOG = "libdhcp_legal_log.so"
_TIMEOUTS = {"read-timeout": "mysql", "write-timeout": "mysql", "tcp-user-timeout": "postgresql"}
_FILE_ONLY = ("persist", "lfc-interval", "max-row-errors")
_SQL_ONLY = (
    "host",
    "port",
    "user",
    "password",
    "password-file",
    "connect-timeout",
    "ssl-mode",
    "trust-anchor",
    "cert-file",
    "key-file",
)
_MEMFILE = "memfile"
_SECONDS = {"connect-timeout": 1, "read-timeout": 0, "write-timeout": 0, "tcp-user-timeout": 0}
"""The least that a connection takes; the most is what an int holds."""
_MOST_SECONDS = 2**31 - 1
_BLANKS = " \t"
_KEPT = "is read as another value: Kea splits it at spaces and apostrophes"
_RECONNECT = ("max-reconnect-tries", "reconnect-wait-time")


@checks(
    OTHER_TIMEOUT,
    CONFIG_TWICE,
    UNSUPPORTED,
    WITHOUT_EFFECT,
    CUT_VALUE,
    NO_NAME,
    BAD_TIMEOUT,
    LIBRARY_MISSING,
    on=Subject.SERVER,
)
def databases(configuration: Configuration) -> Iterator[Finding]:
    """Every database that a daemon names."""
    config = configuration.config
    control = config.get("config-control")
    listed = control.get("config-databases") if isinstance(control, Block) else None
    if isinstance(config.get("lease-database"), Block):
        yield from _leases(configuration, config["lease-database"])
    for block in (config.get("hosts-database"), *configuration.blocks("hosts-databases")):
        if isinstance(block, Block):
            yield from _sql(configuration, block)
    seen: list[tuple[dict[str, Json], Block]] = []
    for block in listed if isinstance(listed, list) else ():
        if not isinstance(block, Block):
            continue
        yield from _sql(configuration, block, config_backend=True)
        access = {key: value for key, value in block.items() if value != "" and key != "user-context"}
        other = next((each for parameters, each in seen if parameters == access), None)
        if other is not None:
            related = ((other.where("type"), "the first"),)
            message = "this config database is listed twice"
            yield Finding(CONFIG_TWICE, block.at, message, related=related, fix="remove one", repair=REMOVE_IT)
        seen.append((access, block))
    yield from _legal_log(configuration)


def _legal_log(configuration: Configuration) -> Iterator[Finding]:
    """legal_log opens its database while it is loaded, so the database's library must stand before it (seen on 3.0.4)."""
    loaded: set[str] = set()
    listed = configuration.libraries()
    for name, entry in listed if any(name == _LEGAL_LOG for name, _ in listed) else ():
        parameters = entry.get("parameters")
        kind = parameters.get("type") if isinstance(parameters, Block) else None
        library = sql_library(str(kind), configuration.version.branch)
        if name == _LEGAL_LOG and isinstance(parameters, Block) and library and newest_name(library) not in loaded:
            message = f"nothing loads {library}, which a legal log of type {kind} needs, before {name}"
            fix = f"put {library} before {name} in hooks-libraries"
            yield Finding(LIBRARY_MISSING, parameters.where("type"), message, fix=fix)
        loaded.add(newest_name(name))


def _leases(configuration: Configuration, block: Block) -> Iterator[Finding]:
    if block.get("type") != _MEMFILE:
        yield from _sql(configuration, block)
        return
    yield from _values(block)
    yield from _timeouts(block, _MEMFILE)
    refused = has(configuration.version, Feature.MEMFILE_NEVER_RECONNECTS)
    for key in _RECONNECT:
        value = block.get(key)
        if refused and isinstance(value, int) and value > 0:
            message = f"{key!r} is for mysql and postgresql, and the type is {_MEMFILE}"
            yield Finding(OTHER_TIMEOUT, block.where(key), message, on_key=True, fix="remove it", repair=REMOVE_IT)
    for key in (*_SQL_ONLY, *(() if refused else _RECONNECT)):
        if block.get(key, 0) != 0:
            yield _idle(block, key, _MEMFILE)


def _sql(configuration: Configuration, block: Block, *, config_backend: bool = False) -> Iterator[Finding]:
    kind = block.get("type")
    if not isinstance(kind, str):
        return
    if kind == _MEMFILE:
        message = "memfile stores leases only, not hosts and not configuration"
        yield Finding(UNSUPPORTED, block.where("type"), message, fix="write mysql or postgresql")
        return
    yield from _values(block)
    yield from _timeouts(block, kind)
    if block.get("name", "") == "":
        at = block.where("name") if "name" in block else block.at
        yield Finding(NO_NAME, at, f"the {kind} database has no name", fix="add `name: …`")
    for key, least in _SECONDS.items():
        value = block.get(key)
        if isinstance(value, int) and not least <= value <= _MOST_SECONDS and _TIMEOUTS.get(key, kind) == kind:
            message = f"{key!r} is {value}; a connection takes at least {least} and at most {_MOST_SECONDS} seconds"
            yield Finding(BAD_TIMEOUT, block.where(key), message)
    library = sql_library(kind, configuration.version.branch, config_backend=config_backend)
    if library is not None and newest_name(library) not in {newest_name(name) for name, _ in configuration.libraries()}:
        message = f"nothing loads {library}, which a database of type {kind} needs here"
        fix, repair = f"add {library} to hooks-libraries", one_more(configuration, library)
        yield Finding(LIBRARY_MISSING, block.where("type"), message, fix=fix, repair=repair)
    for key in _FILE_ONLY:
        if key in block:
            yield _idle(block, key, kind)


def _idle(block: Block, key: str, kind: str) -> Finding:
    message = f"{key!r} has no effect for a database of type {kind}"
    return Finding(WITHOUT_EFFECT, block.where(key), message, on_key=True, fix="remove it, or change the type")


def _timeouts(block: Block, kind: str) -> Iterator[Finding]:
    for key, owner in _TIMEOUTS.items():
        value = block.get(key)
        if isinstance(value, int) and value > 0 and kind != owner:
            message = f"{key!r} is for {owner}, and the type is {kind}"
            yield Finding(OTHER_TIMEOUT, block.where(key), message, on_key=True, fix="remove it", repair=REMOVE_IT)


def _values(block: Block) -> Iterator[Finding]:
    """Strings that Kea's own access string changes: `key=value`, joined and split again at spaces."""
    for key, value in block.items():
        if not isinstance(value, str) or key in ("type", "on-fail", "ssl-mode"):
            continue
        reason = _cut(value, password=key == "password")
        if reason is not None:
            refused = KeaVerdict.ACCEPTS if reason == _KEPT else KeaVerdict.REFUSES
            fix = "remove the spaces and apostrophes" if key == "password" else "remove the spaces"
            repair = () if names_secret(key) else set_it("".join(value.split()))
            yield Finding(CUT_VALUE, block.where(key), f"{key!r} {reason}", fix=fix, kea=refused, repair=repair)


def _cut(value: str, *, password: bool) -> str | None:
    """Why Kea cannot use this value; None where it can. A password with spaces, or one in apostrophes, ends at the first one."""
    quoted = any(blank in value for blank in _BLANKS)
    if not password:
        if not quoted:
            return None
        rest = re.split(f"[{_BLANKS}]", f"'{value}'")[1:]
        return _KEPT if all("=" in each for each in rest) else "has a space"
    text = f"'{value}'" if quoted else value
    if not text.startswith("'"):
        return None
    inner, end, rest_text = text[1:].partition("'")
    if not end:
        return "begins with an apostrophe and has no closing one"
    if inner == value:
        return None
    return _KEPT if all("=" in each for each in rest_text.split()) else "has a space beside an apostrophe"
