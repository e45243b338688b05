"""One DHCP server's configuration as the spec contains it: without what the compiler derives.

Each step changes a Block that this module created; unchanged parts stay the same objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from kea_hac.changes.normal_form import LOCAL_ADDRESS
from kea_hac.check.rules.relationship import server_threads
from kea_hac.compiler.loggers import named_loggers
from kea_hac.diagnostics import Finding
from kea_hac.importing.defaults import without_defaults
from kea_hac.importing.hosts import Host, InputFile, Places
from kea_hac.importing.notes import NUMBERED, TRANSLATED, Notes
from kea_hac.importing.secrets import SecretMover
from kea_hac.kea.changed_defaults import ChangedDefault, changed_defaults
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.hooks import HIGH_AVAILABILITY, LEASE_COMMANDS, ha_place, newest_name, sql_library
from kea_hac.kea.named_files import FileKind
from kea_hac.kea.own_numbers import with_numbers
from kea_hac.kea.version import KeaVersion
from kea_hac.model.channel import SOCKET_PORT
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class ServerContext:
    """What has to be known to say one server's configuration."""

    host: Host
    control_address: str | None
    """What the spec will say that agent and HTTP sockets bind."""
    listener: bool
    """The family has a dedicated HA listener, for which multi-threading is derived."""
    secrets: SecretMover
    notes: Notes

    @property
    def source(self) -> KeaVersion:
        """The Kea that runs now."""
        return self.host.version

    @property
    def target(self) -> KeaVersion:
        """The Kea that the spec is for."""
        return self.host.target

    @property
    def places(self) -> Places:
        """Where the server has its files."""
        return self.host.places


def dhcp_section(daemon: Daemon, supplied: InputFile, context: ServerContext) -> Block:
    """The map that the spec would have for this server alone, but for interfaces and HA, which others read."""
    numbered, subnets = with_numbers(daemon, supplied.config, context.source)
    for subnet in subnets:
        message = f"Kea itself numbers the subnet {subnet.get('subnet', '')}: the spec contains `id: {subnet['id']}`"
        context.notes.note(Finding(NUMBERED, (*subnet.at, "subnet"), message))
    kept, changed = with_old_defaults(daemon, numbered, context.source, context.target)
    for default in changed:
        _note_default(default, kept, context)
    result = kept.copy_of()
    result.pop("interfaces-config", None)
    if supplied.stamp is None:
        dropped = without_defaults(daemon, result, context.source.branch, context.target.branch, saved=supplied.saved)
        if not supplied.saved:  # an answer of config-get has every default
            context.notes.defaults[supplied.path] = tuple(_missing(result, dropped))
        result = dropped.copy_of()
    _hooks(result, context)
    _control_sockets(daemon, result, context)
    _lease_file(daemon, result, supplied, context)
    named_loggers(result, partial(context.places.bare, FileKind.LOG))
    _multi_threading(daemon, supplied, result, context)
    moved: Block = context.secrets.moved(result, (daemon.name,))
    return moved


def _missing(before: Json, after: Json, above: str = "") -> Iterator[str]:
    """The places of a map's values that another map lacks, the outermost of each."""
    if before is after:
        return
    if isinstance(before, Block) and isinstance(after, Block):
        for key, value in before.items():
            place = f"{above}.{key}" if above else key
            yield from _missing(value, after[key], place) if key in after else (place,)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (item, kept) in enumerate(zip(before, after, strict=True)):
            yield from _missing(item, kept, f"{above}[{number}]")


def own_interfaces(supplied: InputFile) -> tuple[list[str], Block]:
    """The interfaces of a server, and the rest of its interfaces-config."""
    written = supplied.config.get("interfaces-config")
    if not isinstance(written, Block):
        # without the map Kea looks at the interfaces once only: re-detect is false (seen on 2.2.0, 2.6.3, 3.0.4)
        return [], Block(supplied.top, {"re-detect": False}) if supplied.saved is False else Block(supplied.top)
    rest = written.copy_of()
    listed = rest.pop("interfaces", [])
    if supplied.stamp is None and rest.get("re-detect") is True:
        del rest["re-detect"]
    return [str(each) for each in listed], rest


def with_old_defaults(
    daemon: Daemon, config: Block, source: KeaVersion, target: KeaVersion
) -> tuple[Block, list[ChangedDefault]]:
    """The map with what `source` has by default and the target has not, and these defaults."""
    changed = list(changed_defaults(daemon, config, source.branch, target.branch))
    if not changed:
        return config, []
    result = config.copy_of()
    for each in changed:
        if each.below:
            found = result.get(each.below)
            inner = found.copy_of() if isinstance(found, Block) else Block((*result.at, each.below))
            result[each.below] = inner
        else:
            inner = result
        inner[each.key] = _in_target(each)
    return result, changed


def _in_target(default: ChangedDefault) -> Json:
    """The value that means the older default to the newer version alone."""
    return default.kept_by[-1][default.key]


def _note_default(default: ChangedDefault, config: Block, context: ServerContext) -> None:
    if context.listener and default.below == "multi-threading":
        return  # the compiler writes it
    source = f" ({default.source})" if default.source else ""
    message = (
        f"the file does not set {default.name!r}, and Kea {context.target} has another default{source}: the spec sets "
        f"{str(_in_target(default)).lower()}, the default of {context.source}"
    )
    context.notes.note(Finding(TRANSLATED, config.at, message, on_key=True))


def _hooks(result: Block, context: ServerContext) -> None:
    listed = [entry for entry in result.get("hooks-libraries") or () if isinstance(entry, Block)]
    if not listed:
        return
    written = [_library(entry, context.places) for entry in listed]
    names = [str(entry.get("library", "")).rpartition("/")[2] for entry in listed]
    ha = HIGH_AVAILABILITY in names
    derived = {LEASE_COMMANDS} if ha else set()
    sql = sorted({newest_name(name) for name in _sql(result, context.target)})
    derived |= set(sql) & set(names)
    own = [name for name in names if name not in derived and name != HIGH_AVAILABILITY]
    front = [LEASE_COMMANDS] if LEASE_COMMANDS in names and ha else []
    usual = [*front, *(name for name in sql if name in names), *own]
    if ha:
        usual.insert(ha_place(usual), HIGH_AVAILABILITY)
    implied = derived | {HIGH_AVAILABILITY}
    plain = all(
        list(entry) == ["library"] and "/" not in entry["library"]
        for entry, name in zip(written, names, strict=True)
        if name in implied
    )
    if usual == names and plain:
        written = [entry for entry, name in zip(written, names, strict=True) if name not in implied]
    if written:
        result["hooks-libraries"] = written
    else:
        del result["hooks-libraries"]


def _library(entry: Block, places: Places) -> Block:
    result = entry.copy_of()
    path = str(result.get("library", ""))
    result["library"] = places.bare(FileKind.HOOK, path)
    if path.rpartition("/")[2] == HIGH_AVAILABILITY:
        result.pop("parameters", None)
    return result


def _sql(config: Block, target: KeaVersion) -> Iterator[str]:
    """The libraries that the databases need in the target."""
    control = config.get("config-control")
    backends = control.get("config-databases") if isinstance(control, Block) else None
    for database in (config.get("lease-database"), *(config.get("hosts-databases") or ())):
        if isinstance(database, Block) and (name := sql_library(str(database.get("type")), target.branch)):
            yield name
    for database in backends or ():
        name = sql_library(str(database.get("type")), target.branch, config_backend=True)
        if name:
            yield name


def _control_sockets(daemon: Daemon, result: Block, context: ServerContext) -> None:
    listed = result.get("control-sockets")
    if not listed:
        result["control-sockets"] = []  # the compiler opens one where nothing is written
        return
    written = [_socket(daemon, entry, context) for entry in listed if isinstance(entry, Block)]
    if written and written[0] == {"socket-type": "unix"}:
        del written[0]
    if written:
        result["control-sockets"] = written
    else:
        del result["control-sockets"]


def _socket(daemon: Daemon, entry: Block, context: ServerContext) -> Block:
    result = entry.copy_of()
    if result.get("socket-type", "unix") == "unix":
        name = context.places.bare(FileKind.SOCKET, str(result.get("socket-name", "")))
        if context.places.platform.socket_file(name) == context.places.platform.socket(daemon):
            result.pop("socket-name", None)
        else:
            result["socket-name"] = name
        return result
    address = result.setdefault("socket-address", LOCAL_ADDRESS[daemon.family or 4])
    if address == context.control_address:
        del result["socket-address"]
    if result.get("socket-port") == SOCKET_PORT:
        del result["socket-port"]
    return without_directory(result, context.places)


def without_directory(block: Block, places: Places) -> Block:
    """`authentication` less the directory that the compiler fills in; "/" where that is Kea's default and not the compiler's.

    The caller must have created the Block.
    """
    found = block.get("authentication")
    if not isinstance(found, Block):
        return block
    names = [
        client[key]
        for client in found.get("clients") or ()
        if isinstance(client, Block)
        for key in ("user-file", "password-file")
        if isinstance(client.get(key), str)
    ]
    relative = [name for name in names if not name.startswith("/")]
    result = found.copy_of()
    if names and len(relative) == len(names) and found.get("directory") == places.platform.config_dir:
        del result["directory"]
        block["authentication"] = result
    elif relative and "directory" not in found:
        result["directory"] = "/"
        block["authentication"] = result
    return block


def _lease_file(daemon: Daemon, result: Block, supplied: InputFile, context: ServerContext) -> None:
    database = result.get("lease-database")
    if not isinstance(database, Block) or database.get("type") != "memfile":
        return
    if isinstance(database.get("name"), str):
        database = database.copy_of()
        database["name"] = context.places.bare(FileKind.LEASE, database["name"])
        result["lease-database"] = database
    if supplied.stamp is None and dict(database) == {"type": "memfile"}:
        del result["lease-database"]


def _multi_threading(daemon: Daemon, supplied: InputFile, result: Block, context: ServerContext) -> None:
    """Under a dedicated listener the compiler turns it on. Where Kea has it off, HA opens no listener, and it stays off."""
    if not context.listener or not server_threads(supplied.configuration):
        return
    written = result.get("multi-threading")
    rest = (
        {key: value for key, value in written.items() if key != "enable-multi-threading"}
        if isinstance(written, Block)
        else {}
    )
    if rest and isinstance(written, Block):
        kept = written.copy_of()
        kept.pop("enable-multi-threading", None)
        result["multi-threading"] = kept
    else:
        result.pop("multi-threading", None)
