"""Who may command a server: HTTP sockets, the control agent and HA listeners without password or certificate."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.ha_channels import listener_at
from kea_hac.check.rules.partners import partners, peer_named
from kea_hac.check.rules.relationship import RelationshipEntry, relationships_of
from kea_hac.diagnostics import REMOVE_IT, Finding, Repair, RepairKind, info, refused, set_it, warning
from kea_hac.kea.config import CTRL_AGENT, Block, blocks_of
from kea_hac.kea.credential_files import password_file, user_file
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.version import Feature, first_with, has
from kea_hac.model.channel import LISTENER
from kea_hac.model.configuration import Configuration
from kea_hac.source.document import Secret

LISTENER_WITHOUT_TLS = warning(
    "KH901",
    "listener-without-mutual-tls",
    why="Everybody who can connect to the listener can read, change and delete leases, and can turn off the DHCP "
    "service.",
    source="Kea ARM, 'Securing a Kea Deployment' and the HA hook's HTTPS support",
)
UNSECURED_SOCKET = refused(
    "KH903",
    "unsecured-http-socket",
    why="Kea 3.2 does not start with an HTTP control socket that requires no password.",
    source="ChangeLog 2377 (3.1.0)",
    since=first_with(Feature.SECURED_SOCKETS_ONLY),
    rests_on=("*trust-anchor", "*cert-file", "*key-file", "authentication", "clients"),
)
CLEAR_TEXT_USER = refused(
    "KH904",
    "literal-user-in-3.2",
    why="Kea 3.2 does not start with a user name in the configuration of a control socket.",
    source="ChangeLog 2377 (3.1.0)",
    since=first_with(Feature.SECURED_SOCKETS_ONLY),
)
CLEAR_TEXT_PASSWORD = refused(
    "KH946",
    "clear-text-password-in-3.2",
    why="Kea 3.2 does not start with a password in the configuration of a control socket, also where the configuration includes "
    "it from a file (`!secret`).",
    source="ChangeLog 2377 (3.1.0); basic_auth_config.cc of 3.2.0",
    since=first_with(Feature.SECURED_SOCKETS_ONLY),
    rests_on=("password-file",),
)
OPEN_AGENT = warning(
    "KH905",
    "agent-without-authentication",
    why="Everybody who can connect to the agent can read and replace the whole configuration, and can turn off "
    "the DHCP service.",
    source="Kea ARM, 'Securing a Kea Deployment'",
    rests_on=("authentication", "*control-address", "http-host", "*authentication", "*clients"),
)
PASSWORD_IN_CLEAR = warning(
    "KH906",
    "authentication-without-tls",
    why="Each request sends the password over the network in clear text.",
    source="Kea ARM, 'Securing a Kea Deployment'",
    rests_on=("*trust-anchor", "*cert-file", "*key-file", "*control-address", "*http-host"),
)
OPEN_SOCKET = warning(
    "KH932",
    "http-socket-without-authentication",
    why="Everybody who can connect to the socket can read and replace the whole configuration, and can turn off the DHCP "
    "service. Kea 3.2 does not start with it.",
    source="Kea ARM, 'HTTP/HTTPS Control Socket'; 'Securing a Kea Deployment'; seen on 3.0.4: config-get is answered",
    rests_on=("authentication", "*control-address", "socket-address", "*authentication", "*clients"),
)
ONE_CREDENTIAL = info(
    "KH933",
    "one-credential-for-ha-and-operators",
    why="The HA configuration of the partner contains the password of the operators and their tools. Anybody who "
    "reads it there can send commands to this server. When the password is changed, HA stops working until the "
    "partner has the new one.",
    source="Kea ARM, 'Securing a Kea Deployment'; seen on 2.2.0, 2.6.3, 3.0.4 (Unauthorized: both servers in partner-down)",
)
UNRESTRICTED = warning(
    "KH913",
    "commands-unrestricted",
    why="Everybody who can connect to the HA listener can read and replace the whole configuration. HA needs "
    "only a few commands.",
    source="ChangeLog 2367; seen on 2.2.0, 2.6.3 (config-get answered), 3.0.4 (403 when restricted)",
    rests_on=("*restrict-commands", "."),
)


@checks(LISTENER_WITHOUT_TLS, on=Subject.SERVERS)
def listener_without_mutual_tls(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """A dedicated HA listener that accepts commands from everybody who can connect to it.

    Not where the partner has TLS: such a pair has no channel at all, which is a finding of its own.
    """
    beside_tls = {
        id(here.relationship.block)
        for pair in partners(configurations)
        for here, there in (pair, pair[::-1])
        if _own_tls(there.relationship) and not _own_tls(here.relationship)
    }
    for configuration in configurations:
        for each in relationships_of(configuration) if configuration.complete else ():
            if each.own is None or not each.opens_listener or id(each.block) in beside_tls or _partial_tls(each):
                continue
            if not (_own_tls(each) and each.setting("require-client-certs") is not False):
                yield Finding(
                    LISTENER_WITHOUT_TLS,
                    each.own.block.where(LISTENER) if configuration.compiled else each.block.at,
                    "the HA listener requires no client certificate",
                    on_key=True,
                    fix="add trust-anchor, cert-file and key-file to "
                    + ("high-availability" if configuration.compiled else "the relationship")
                    + ", and keep require-client-certs on",
                )


def _own_tls(relationship: RelationshipEntry) -> bool:
    """Whether the listener of this server has TLS files: of its own peer entry, else of the relationship."""
    return all(_tls_files(relationship))


def _partial_tls(relationship: RelationshipEntry) -> bool:
    """Whether some TLS files are there and some are not: TLS was wanted, and the missing file is a finding of its own."""
    files = _tls_files(relationship)
    return any(files) and not all(files)


def _tls_files(relationship: RelationshipEntry) -> list[object]:
    own = relationship.own.block if relationship.own else relationship.block
    return [own[key] if key in own else relationship.block.get(key) for key in TLS_KEYS]


@checks(UNRESTRICTED, on=Subject.HIGH_AVAILABILITY)
def commands_unrestricted(configuration: Configuration) -> Iterator[Finding]:
    """An HA listener that takes every command."""
    key = "restrict-commands"
    for each in relationships_of(configuration):
        if each.own is None or each.setting(key) is not False or not each.opens_listener:
            continue
        message = "the HA listener accepts every command from everybody who can connect to it"
        if key in each.block:
            fix, repair = ("remove it", REMOVE_IT) if configuration.compiled else (f"write `{key}: true`", set_it(True))
            fix += ": commands are then restricted to what HA needs"
            yield Finding(UNRESTRICTED, each.block.where(key), message, fix=fix, repair=repair)
        else:
            message += f": without `{key}` Kea {configuration.version} does not restrict them"
            yield Finding(UNRESTRICTED, each.block.at, message, fix=f"add `{key}: true`: HA needs only a few commands")


@checks(UNSECURED_SOCKET, CLEAR_TEXT_USER, CLEAR_TEXT_PASSWORD, on=Subject.SERVER)
def unsecured_http_socket(configuration: Configuration) -> Iterator[Finding]:
    """An HTTP control socket that Kea 3.2 refuses."""
    if configuration.daemon.family is None or not has(configuration.version, Feature.SECURED_SOCKETS_ONLY):
        return
    for entry in configuration.blocks("control-sockets"):
        authentication = entry.get("authentication")
        if entry.get("socket-type") == "http" and not isinstance(authentication, Block):
            message = f"Kea {configuration.version} refuses an http control socket without authentication"
            fix = "make it https with TLS files, or add `authentication`"
            yield Finding(UNSECURED_SOCKET, entry.at, message, fix=fix)
        if isinstance(authentication, Block):
            yield from _clear_text(configuration, list(blocks_of(authentication.get("clients"))))


def _clear_text(configuration: Configuration, clients: list[Block]) -> Iterator[Finding]:
    """Users and passwords in the configuration. Files for them have the name of the user, where no other has the same."""
    users = [each["user"] for each in clients if isinstance(each.get("user"), str)]
    files = [user_file(each) for each in users]
    for client in clients:
        user = client.get("user")
        alone = isinstance(user, str) and files.count(user_file(user)) == 1
        if user:
            message = f"Kea {configuration.version} refuses a user name in clear text"
            yield Finding(
                CLEAR_TEXT_USER,
                client.where("user"),
                message,
                on_key=True,
                fix="write `user-file: NAME`",
                repair=_in_file(client, "user", user_file(str(user))) if alone else (),
            )
        password = client.get("password")
        if isinstance(password, Secret) or (password and not configuration.compiled):  # else it is a literal secret
            message = (
                f"Kea {configuration.version} refuses a password in clear text, also one that it includes from a file"
            )
            yield Finding(
                CLEAR_TEXT_PASSWORD,
                client.where("password"),
                message,
                on_key=True,
                fix="write `password-file: NAME`, a file with the password alone and without quotes",
                repair=_in_file(client, "password", password_file(str(user))) if alone else (),
            )


def _in_file(client: Block, key: str, name: str) -> tuple[Repair, ...]:
    """The key as the name of a file instead of the value."""
    at = client.where(key)
    return (Repair((*at[:-1], f"{key}-file"), RepairKind.SET, name), Repair(at, RepairKind.REMOVE))


@checks(OPEN_SOCKET, PASSWORD_IN_CLEAR, on=Subject.SERVER)
def open_http_socket(configuration: Configuration) -> Iterator[Finding]:
    """An HTTP control socket beyond loopback that asks nobody for a password, or asks in clear text."""
    if configuration.daemon.family is None or not has(configuration.version, Feature.HTTP_CONTROL_SOCKET):
        return
    for entry in configuration.blocks("control-sockets"):
        if entry.get("socket-type") not in ("http", "https") or is_loopback(entry.get("socket-address", "127.0.0.1")):
            continue
        tls = bool(entry.get("trust-anchor"))
        if isinstance(entry.get("authentication"), Block):
            if not tls:
                message = "the password of the HTTP control socket is sent over the network in clear text"
                fix = "add trust-anchor, cert-file and key-file to it, or bind 127.0.0.1"
                yield Finding(PASSWORD_IN_CLEAR, entry.where("authentication"), message, on_key=True, fix=fix)
        elif not (tls and entry.get("cert-required", True) is not False) and not _refused(configuration, entry):
            message = "the HTTP control socket accepts commands from everybody who can connect to it"
            fix = "add authentication with a user-file and a password-file, and TLS, or bind 127.0.0.1"
            yield Finding(OPEN_SOCKET, entry.where("socket-address"), message, fix=fix)


def _refused(configuration: Configuration, entry: Block) -> bool:
    """Whether Kea refuses the socket, which is a finding of its own: https without TLS files, http in a later version."""
    if entry.get("socket-type") == "https" and not all(entry.get(key) for key in TLS_KEYS):
        return True
    return entry.get("socket-type") == "http" and has(configuration.version, Feature.SECURED_SOCKETS_ONLY)


@checks(ONE_CREDENTIAL, on=Subject.SERVERS)
def one_credential(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """HA through an agent or HTTP socket that knows one user only. Users in files are not known."""
    for pair in partners(configurations):
        for here, there in (pair, pair[::-1]):
            if there.relationship.opens_listener:
                continue
            dialled = peer_named(here.relationship, there.relationship.this_name)
            if dialled is None:
                continue
            user, listener = dialled.block.get("basic-auth-user"), listener_at(dialled, there, configurations)
            authentication = (
                listener.entry.get("authentication") if listener is not None and listener.entry is not None else None
            )
            clients = list(blocks_of(authentication.get("clients"))) if isinstance(authentication, Block) else []
            if listener is not None and user and len(clients) == 1 and clients[0].get("user") == user:
                message = f"HA uses the only user of {listener.who}, which operators and tools have to use as well"
                related = ((dialled.block.where("basic-auth-user"), "HA sends it"),)
                fix = "add a client of its own for HA to `clients`"
                yield Finding(ONE_CREDENTIAL, clients[0].at, message, on_key=True, related=related, fix=fix)


@checks(OPEN_AGENT, PASSWORD_IN_CLEAR, on=Subject.SERVER)
def agent_without_authentication(configuration: Configuration) -> Iterator[Finding]:
    """A control agent that listens beyond loopback, and asks nobody for a password, or asks in clear text."""
    config = configuration.config
    if configuration.daemon is not CTRL_AGENT or is_loopback(config.get("http-host", "127.0.0.1")):
        return
    bind = "bind `control-address: 127.0.0.1`" if configuration.compiled else "bind 127.0.0.1"
    tls = bool(config.get("trust-anchor"))
    if not isinstance(config.get("authentication"), Block):
        if not (tls and config.get("cert-required", True) is not False):
            at = config.at if configuration.compiled else config.where("http-host")
            message = "the control agent accepts commands from everybody who can connect to it"
            fix = f"add authentication with a user-file and a password-file, and TLS, or {bind}"
            yield Finding(OPEN_AGENT, at, message, on_key=configuration.compiled, fix=fix)
    elif not tls:
        message = "the agent's password is sent over the network in clear text"
        fix = f"add trust-anchor, cert-file and key-file to the control agent, or {bind}"
        yield Finding(PASSWORD_IN_CLEAR, config.where("authentication"), message, on_key=True, fix=fix)


def is_loopback(text: object) -> bool:
    """True for an address that only the host itself reaches, and for what is not an address: that is a mistake of its own."""
    try:
        return ip_address(str(text)).is_loopback
    except ValueError:
        return True
