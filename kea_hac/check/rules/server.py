"""What a server says of itself: the interfaces it listens on, its DUID, its D2 daemon, its loggers and its packet queue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.relationship import server_threads
from kea_hac.diagnostics import (
    NOT_LOADED,
    NOT_OPENED,
    REMOVE_IT,
    Finding,
    Repair,
    RepairKind,
    Route,
    Severity,
    refused,
    set_it,
    warning,
)
from kea_hac.kea.address_slips import address_fix
from kea_hac.kea.address_words import not_address
from kea_hac.kea.addressing import address_text, family_of, packed
from kea_hac.kea.config import CTRL_AGENT, Block, Json
from kea_hac.kea.version import Feature, first_with, has
from kea_hac.model.configuration import Configuration
from kea_hac.regex import regex

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

BAD_INTERFACE = refused(
    "KH723",
    "bad-interface-entry",
    why="An entry is the name of an interface, `*` for all interfaces, or INTERFACE/ADDRESS with a unicast "
    f"address of the family. {NOT_OPENED}",
    source=f"CfgIface::use; {_SEEN}",
)
INTERFACE_TWICE = refused(
    "KH724",
    "interface-twice",
    why=f"Kea would open a socket twice on the same interface. {NOT_OPENED}",
    source=f"CfgIface::use; {_SEEN}",
)
BAD_DDNS_ADDRESS = refused(
    "KH725",
    "bad-ddns-address",
    why=f"Kea needs an IP address here and does not resolve names. {NOT_LOADED}",
    source=f"D2ClientConfigParser; {_SEEN}",
)
DDNS_SENDER = refused(
    "KH726",
    "ddns-sender-unfit",
    why="Requests to the D2 daemon need a sender of the same family, with another address or port. Kea checks "
    f"this even when enable-updates is false. {NOT_LOADED}",
    source=f"D2ClientConfig::validateContents; {_SEEN}",
)
DDNS_TCP = refused(
    "KH727",
    "ddns-over-tcp",
    why=f"The grammar accepts TCP, but Kea implements UDP only. {NOT_LOADED}",
    source=f"D2ClientConfig::validateContents; {_SEEN}",
)
BAD_DUID = refused(
    "KH728",
    "bad-server-identifier",
    why=f"The identifier is not valid. {NOT_LOADED} `-t` does not find the mistake when the identifier is too long. In "
    "that case every version closes its DHCP sockets at a reload.",
    source="CfgDUID::setIdentifier, duid.h; seen on 2.2.0 (at most 128 bytes), 2.6.3 and 3.0.4 (130)",
)
DUID_FIELD = warning(
    "KH729",
    "server-identifier-field-ignored",
    why="A DUID of type LLT has a hardware type and a time, LL has a hardware type, EN has an enterprise id. Kea "
    "ignores the other keys.",
    source=f"CfgDUID::create; {_SEEN}",
)
BAD_QUEUE = refused(
    "KH730",
    "unknown-queue-type",
    why="Without multi-threading the server does not start, although `-t` accepts the file, and a running server that reloads "
    "the file closes its DHCP sockets and answers no client. With multi-threading "
    "Kea uses no queue.",
    source=f"PacketQueueMgr; {_SEEN}, at start",
)
OTHER_LOGGER = warning(
    "KH731",
    "logger-of-another-program",
    why="Kea treats a name that is not the program's own as a sub-logger of the program. No message uses it, so "
    "its severity and its file have no effect.",
    source=f"expandLoggerName; {_SEEN}",
)
LOGGER_TWICE = warning(
    "KH732",
    "logger-twice",
    why="The last entry for a logger replaces the earlier ones. Their settings are lost.",
    source=f"LoggerManagerImpl::processSpecification; {_SEEN}",
)
NO_OUTPUT = refused(
    "KH733",
    "log-output-without-name",
    why="Newer versions write logs to one directory only, and the output needs a file name there: the server "
    "does not start. Older versions write no log.",
    source="log_parser.cc; accepted by 2.2.0, refused by 2.6.3 and 3.0.4, at start",
    since=first_with(Feature.SUPPORTED_PATHS_ONLY),
)
NO_DIRECTORY = refused(
    "KH734",
    "empty-data-directory",
    why=f"The directory must have a name. From 2.4.2 and 2.6.3 on only one directory is allowed. {NOT_LOADED}",
    source=f"Dhcp6ConfigParser; {_SEEN}",
)

_HEX = regex(r"(?:[0-9a-fA-F]{2})*\Z")
_HEAD = {"LLT": 8, "EN": 6, "LL": 4}
"""Bytes of a DUID before the identifier."""
_UNUSED = {"LLT": ("enterprise-id",), "LL": ("time", "enterprise-id"), "EN": ("htype", "time")}
_PROGRAMS = ("kea-dhcp4", "kea-dhcp6", "kea-ctrl-agent", "kea-dhcp-ddns", "kea-netconf")
_DDNS_PORT = 53001
_MULTICAST = 0xFF


@checks(BAD_INTERFACE, INTERFACE_TWICE, on=Subject.SERVER)
def interfaces(configuration: Configuration) -> Iterator[Finding]:
    """The entries of interfaces-config."""
    block, family = configuration.config.get("interfaces-config"), configuration.daemon.family
    if not isinstance(block, Block) or not family:
        return
    listed = block.get("interfaces")
    seen: dict[tuple[str, bytes], Route] = {}
    for number, text in enumerate(listed if isinstance(listed, list) else ()):
        at = (*block.where("interfaces"), number)
        if not isinstance(text, str):
            continue
        name, slash, address = (part.strip() for part in text.partition("/"))
        problem, raw = _entry(name, address if slash else None, family)
        if problem:
            yield Finding(BAD_INTERFACE, at, problem)
            continue
        rivals = [(name, raw)]
        if family == 4 and name != "*":
            rivals += [key for key in seen if key[0] == name and (not raw or not key[1])]
        other = next((seen[key] for key in rivals if key in seen), None)
        if other is not None:
            message, related = f"{text!r} is selected already", ((other, "the first"),)
            yield Finding(INTERFACE_TWICE, at, message, related=related, fix="remove one", repair=REMOVE_IT)
        seen.setdefault((name, raw), at)


def _entry(name: str, address: str | None, family: int) -> tuple[str | None, bytes]:
    """What is wrong with an entry, and its packed address: empty for a whole interface."""
    if not name:
        return "the interface has no name", b""
    if address is None:
        return None, b""
    if not address:
        return "there is no address after the slash", b""
    if name == "*":
        return "'*' accepts no address: name the interface that has it", b""
    raw = packed(address, family)
    if raw is None or (family == 6 and raw[0] == _MULTICAST):
        return f"{address!r} is not an IPv{family} address that an interface can have", b""
    return None, raw


@checks(BAD_DDNS_ADDRESS, DDNS_SENDER, DDNS_TCP, on=Subject.SERVER)
def ddns_client(configuration: Configuration) -> Iterator[Finding]:
    """Where and how requests go to the D2 daemon."""
    block = configuration.config.get("dhcp-ddns")
    if not isinstance(block, Block):
        return
    if block.get("ncr-protocol") == "TCP":
        yield Finding(
            DDNS_TCP,
            block.where("ncr-protocol"),
            "Kea sends name change requests by UDP only",
            fix="write UDP",
            repair=set_it("UDP"),
        )
    server, sender = block.get("server-ip", "127.0.0.1"), block.get("sender-ip", "")
    broken = False
    for key, text in (("server-ip", server), ("sender-ip", sender)):
        if isinstance(text, str) and family_of(text) is None and (text or key == "server-ip"):
            broken = True
            message = not_address(text)
            instead = address_fix(text)
            yield Finding(BAD_DDNS_ADDRESS, block.where(key), message, fix=instead.fix, repair=instead.repair)
    if broken or not (isinstance(server, str) and isinstance(sender, str)):
        return
    key = "sender-ip" if "sender-ip" in block else "server-ip"
    family = family_of(server) or 4
    if sender and family_of(sender) != family:
        message = f"the server {server} and the sender {sender} are of different families"
        yield Finding(DDNS_SENDER, block.where(key), message, related=((block.where("server-ip"), "the server"),))
    elif packed(server, family) == packed(sender or address_text(family, 0), family) and block.get(
        "server-port", _DDNS_PORT
    ) == block.get("sender-port", 0):
        message = f"server and sender are the same, {server} port {block.get('server-port', _DDNS_PORT)}"
        fix, keys = "remove sender-ip and sender-port", ("sender-ip", "sender-port")
        repair = tuple(Repair(block.where(each), RepairKind.REMOVE) for each in keys if each in block)
        yield Finding(DDNS_SENDER, block.where(key), message, fix=fix, repair=repair)


@checks(BAD_DUID, DUID_FIELD, NO_DIRECTORY, on=Subject.SERVER)
def server_identifier(configuration: Configuration) -> Iterator[Finding]:
    """The DUID of a DHCPv6 server, and where it is kept."""
    if configuration.config.get("data-directory") == "":
        at = configuration.config.where("data-directory")
        yield Finding(
            NO_DIRECTORY,
            at,
            "the directory of leases and server id has no name",
            fix="remove data-directory",
            repair=REMOVE_IT,
        )
    block = configuration.config.get("server-id")
    kind = block.get("type") if isinstance(block, Block) else None
    if not isinstance(block, Block) or kind not in _HEAD:
        return
    identifier = block.get("identifier")
    if isinstance(identifier, str):
        digits = identifier.strip()
        size = _HEAD[kind] + len(digits) // 2
        most = 130 if has(configuration.version, Feature.IDENTIFIER_LENGTHS) else 128
        if not _HEX.match(digits):
            message = f"{identifier!r} is not an even number of hexadecimal digits"
            meant = re.sub(r"[\s:.-]", "", digits.removeprefix("0x"))
            repair = set_it(meant) if _HEX.match(meant) else ()
            fix = f"write {meant}: digits without colons and 0x" if repair else "write it without colons and 0x"
            yield Finding(BAD_DUID, block.where("identifier"), message, fix=fix, repair=repair)
        elif digits and size > most:
            message = f"the DUID would have {size} bytes; Kea {configuration.version} accepts at most {most}"
            yield Finding(BAD_DUID, block.where("identifier"), message)
    for key in _UNUSED[kind]:
        if block.get(key):
            message = f"{key!r} has no effect for type {kind}"
            yield Finding(DUID_FIELD, block.where(key), message, on_key=True, fix="remove it", repair=REMOVE_IT)


@checks(BAD_QUEUE, on=Subject.SERVER)
def queue(configuration: Configuration) -> Iterator[Finding]:
    """The packet queue's type."""
    block, family = configuration.config.get("dhcp-queue-control"), configuration.daemon.family
    if family and isinstance(block, Block) and block.get("enable-queue") is True:
        known = f"kea-ring{family}"
        if block.get("queue-type", known) != known:
            severity = Severity.WARNING if server_threads(configuration) else None
            message = f"there is no queue type {block['queue-type']!r}"
            fix, repair = f"write {known}", set_it(known)
            yield Finding(BAD_QUEUE, block.where("queue-type"), message, fix=fix, severity=severity, repair=repair)


@checks(OTHER_LOGGER, LOGGER_TWICE, NO_OUTPUT, on=Subject.SERVER)
def loggers(configuration: Configuration) -> Iterator[Finding]:
    """Loggers that log nothing, and outputs without a name."""
    own = "kea-ctrl-agent" if configuration.daemon is CTRL_AGENT else f"kea-{configuration.daemon.name}"
    seen: dict[str, Block] = {}
    for logger in configuration.blocks("loggers"):
        name = logger.get("name")
        if not isinstance(name, str):
            continue
        whole = name if name == own or name.startswith(f"{own}.") else f"{own}.{name}"
        other = seen.setdefault(whole, logger)
        if other is not logger:
            related = ((other.where("name"), "the first"),)
            yield Finding(LOGGER_TWICE, logger.where("name"), f"the logger {name!r} is listed twice", related=related)
        if whole != name and name.partition(".")[0] in _PROGRAMS:
            meant = f"{own}{name.removeprefix(name.partition('.')[0])}"
            message = f"{name!r} is not a logger of {own}; those are {own} and {own}.NAME"
            taken = any(each.get("name") == meant for each in configuration.blocks("loggers"))
            fix, repair = (None, ()) if taken else (f"write {meant}", set_it(meant))
            yield Finding(OTHER_LOGGER, logger.where("name"), message, fix=fix, repair=repair)
        yield from _outputs(configuration, logger.get("output-options"))


def _outputs(configuration: Configuration, listed: Json) -> Iterator[Finding]:
    refused = has(configuration.version, Feature.SUPPORTED_PATHS_ONLY)
    for output in listed if isinstance(listed, list) else ():
        name = output.get("output") if isinstance(output, Block) else None
        if isinstance(output, Block) and isinstance(name, str) and not name.strip():
            severity = None if refused else Severity.WARNING
            fix = "write stdout, stderr, syslog, or the name of a file"
            yield Finding(NO_OUTPUT, output.where("output"), "the output has no name", fix=fix, severity=severity)
