"""Control sockets and who may use them: names, addresses, clients, headers. TLS files and kinds of key are `check.sockets`'."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import NOT_READ, Finding, KeaVerdict, Repair, RepairKind, Severity, refused, set_it
from kea_hac.kea.address_slips import address_fix
from kea_hac.kea.address_words import not_address
from kea_hac.kea.addressing import family_of
from kea_hac.kea.config import CTRL_AGENT, Block, blocks_of
from kea_hac.kea.version import Feature, first_with, has
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"
_AGENT_AND_SOCKETS = "seen on 2.2.0, 2.6.3, 3.0.4 (agent), 3.0.4 (control sockets)"

NO_NAME = refused(
    "KH740",
    "socket-without-name",
    why="Without a name there is nothing to bind, so the server or the agent does not start. `-t` of 2.2 and 2.6 "
    "accepts the file. An agent of 2.2 starts but reaches no server.",
    source="unix_command_config.cc, command_mgr.cc; seen on 3.0.4, on agents of 2.6.3 and 3.0.4",
    rests_on=("socket-name", "socket-address"),
)
LONG_NAME = refused(
    "KH741",
    "socket-name-too-long",
    why="The path of a Unix socket has at most 107 bytes. The server does not start, although `-t` accepts the file.",
    source=f"sockaddr_un; {_SEEN}, at start: File name too long",
)
BAD_ADDRESS = refused(
    "KH742",
    "bad-socket-address",
    why="Kea binds the socket to a numeric address. The server or the agent does not start with another value. "
    "The `-t` of an agent accepts any string.",
    source=f"http_command_config.cc, ca_process.cc; {_AGENT_AND_SOCKETS}",
)
NO_USER = refused(
    "KH743",
    "client-without-user",
    why="A client is identified by its user name, or by a password-file with user and password. The server or "
    "the agent does not start with this file.",
    source=f"basic_auth_config.cc; {_AGENT_AND_SOCKETS}",
)
TWO_FORMS = refused(
    "KH744",
    "client-credential-in-two-forms",
    why="The credential is set in two forms, as a value and as a file. The server or the agent does not start "
    "with this file.",
    source=f"basic_auth_config.cc; {_AGENT_AND_SOCKETS}",
)
BAD_USER = refused(
    "KH745",
    "bad-user-name",
    why="HTTP ends the user name at the first colon, and the name must not be empty. The server or the agent "
    "does not start with this file.",
    source=f"basic_auth_config.cc; {_AGENT_AND_SOCKETS}",
)
NAMELESS_FILE = refused(
    "KH748",
    "credential-file-without-name",
    why="An empty name refers to the directory itself, and Kea needs a regular file. The server or the agent "
    "does not start with this file.",
    source=f"basic_auth_config.cc; {_AGENT_AND_SOCKETS}",
    rests_on=("*user-file", "*password-file", "user", "user-file"),
)
DEFAULT_PASSWORD = refused(
    "KH746",
    "default-password",
    why="The password is in Kea's own examples, so it is public. Everybody who can connect can send commands. "
    "From 3.0 on the server or the agent does not start with it.",
    source="ChangeLog 2323 (2.7.6); accepted by 2.2.0 and 2.6.3, refused by 3.0.4",
    since=first_with(Feature.STRICT_PASSWORDS),
)
BAD_HEADER = refused(
    "KH747",
    "bad-http-header",
    why=f"The name or the value of the header is not valid. {NOT_READ}",
    source="cfg_http_header.cc; seen on 3.0.4",
)
_LONGEST_PATH = 107
_DEFAULTS = frozenset({"1234", "*****"})
_DATABASES = ("lease-database", "hosts-database")


@checks(
    NO_NAME,
    LONG_NAME,
    BAD_ADDRESS,
    NO_USER,
    TWO_FORMS,
    BAD_USER,
    DEFAULT_PASSWORD,
    BAD_HEADER,
    NAMELESS_FILE,
    on=Subject.SERVER,
)
def sockets(configuration: Configuration) -> Iterator[Finding]:
    """Names and addresses of control sockets, and of the agent's own."""
    if configuration.daemon is CTRL_AGENT:
        yield from _address(configuration.config, "http-host")
        yield from _control_socket(configuration, configuration.config)
        sides = configuration.config.get("control-sockets")
        for side in sides.values() if isinstance(sides, Block) else ():
            if isinstance(side, Block) and "socket-name" in side:  # the vocabulary demands it there
                yield from _name(side, binds=has(configuration.version, Feature.SUPPORTED_PATHS_ONLY))
        return
    unix = 0
    for entry in configuration.blocks("control-sockets"):
        if entry.get("socket-type") == "unix":
            unix += 1
            yield from _name(entry) if unix == 1 else ()  # there can be one: Kea reads no further in another
        else:
            yield from _address(entry, "socket-address")
            yield from _control_socket(configuration, entry)


def _name(entry: Block, *, binds: bool = True) -> Iterator[Finding]:
    """`binds`: False for an agent that takes any name, and fails only when it has to forward a command."""
    name = entry.get("socket-name")
    if name is None or (isinstance(name, str) and not name.strip()):
        at = entry.where("socket-name") if "socket-name" in entry else entry.at
        kea = None if binds else KeaVerdict.ACCEPTS
        yield Finding(NO_NAME, at, "the unix socket has no name", fix="add `socket-name: …`", kea=kea)
    elif isinstance(name, str) and len(name.encode(errors="surrogatepass")) > _LONGEST_PATH:
        message = (
            f"the path has {len(name.encode(errors='surrogatepass'))} bytes, and a socket's at most {_LONGEST_PATH}"
        )
        yield Finding(LONG_NAME, entry.where("socket-name"), message)


def _address(entry: Block, key: str) -> Iterator[Finding]:
    text = entry.get(key)
    if isinstance(text, str) and family_of(text) is None:
        message = not_address(text)
        instead = address_fix(text)
        yield Finding(BAD_ADDRESS, entry.where(key), message, fix=instead.fix, repair=instead.repair)


def _control_socket(configuration: Configuration, entry: Block) -> Iterator[Finding]:
    for header in blocks_of(entry.get("http-headers")):
        for key in ("name", "value"):
            if header.get(key) == "":
                yield Finding(BAD_HEADER, header.where(key), f"the header's {key} is empty")
    found = entry.get("authentication")
    for client in blocks_of(found.get("clients")) if isinstance(found, Block) else ():
        yield from _client(client)
        yield from _password(configuration, client)


def _two_forms(block: Block, key: str) -> Iterator[Finding]:
    """A value beside the file that holds it."""
    if key in block and f"{key}-file" in block:
        related = ((block.where(key), "the other one"),)
        at = block.where(f"{key}-file")
        repair = (Repair(block.where(key), RepairKind.REMOVE),)
        message = f"'{key}-file' is set beside {key!r}"
        yield Finding(TWO_FORMS, at, message, True, related, "keep the file", repair=repair)


def _client(client: Block) -> Iterator[Finding]:
    for key in ("user", "password"):
        yield from _two_forms(client, key)
        if client.get(f"{key}-file") == "":
            yield Finding(NAMELESS_FILE, client.where(f"{key}-file"), f"'{key}-file' names no file", fix="name one")
    user = client.get("user")
    if not client.keys() & {"user", "user-file", "password-file"}:
        message = "the client has no user name"
        yield Finding(
            NO_USER, client.at, message, fix="add `user-file: …`, or a password-file that contains user:password"
        )
    elif user == "":
        yield Finding(BAD_USER, client.where("user"), "the user name is empty")
    elif isinstance(user, str) and ":" in user:
        message, repair = "the user name contains a colon", set_it(user.replace(":", ""))
        yield Finding(BAD_USER, client.where("user"), message, fix="remove the colon", repair=repair)


@checks(DEFAULT_PASSWORD, TWO_FORMS, on=Subject.SERVER)
def database_passwords(configuration: Configuration) -> Iterator[Finding]:
    """Passwords of databases: set in two forms (3.3 and newer: dbaccess_parser.cc), or known to everybody."""
    config = configuration.config
    control = config.get("config-control")
    named = [config[key] for key in _DATABASES if isinstance(config.get(key), Block)]
    named += blocks_of(config.get("hosts-databases"))
    named += blocks_of(control.get("config-databases")) if isinstance(control, Block) else []
    for block in named:
        yield from _password(configuration, block)
        yield from _two_forms(block, "password")


def _password(configuration: Configuration, block: Block) -> Iterator[Finding]:
    password = block.get("password")
    if isinstance(password, str) and password in _DEFAULTS:
        refused = has(configuration.version, Feature.STRICT_PASSWORDS)
        message = "the password is one of Kea's examples"
        severity = None if refused else Severity.WARNING
        yield Finding(
            DEFAULT_PASSWORD, block.where("password"), message, fix="choose a password of your own", severity=severity
        )
