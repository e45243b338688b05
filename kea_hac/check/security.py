"""Doors that stand open."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.compiler.ha_hook import LISTENER_WITHOUT_TLS
from kea_hac.diagnostics import THE_SERVER, Finding, KeaSays, Severity, rule
from kea_hac.kea.config import Block, Json
from kea_hac.kea.version import Feature, first_with, has
from kea_hac.model.channel import agent_map, own_or_shared_sockets
from kea_hac.model.site import Site

UNSECURED_SOCKET = rule(
    "KH903",
    "unsecured-http-socket",
    kea=KeaSays.REFUSES,
    why="Kea 3.2 refuses an HTTP control socket that asks for no password: the server does not start.",
    source="ChangeLog 2377 (3.1.0)",
    since=first_with(Feature.SECURED_SOCKETS_ONLY),
    rests_on=("*trust-anchor", "*cert-file", "*key-file", "authentication", "clients"),
)
CLEAR_TEXT_USER = rule(
    "KH904",
    "literal-user-in-3.2",
    kea=KeaSays.REFUSES,
    why="Kea 3.2 refuses user names in the configuration of control sockets: the server does not start.",
    source="ChangeLog 2377 (3.1.0)",
    since=first_with(Feature.SECURED_SOCKETS_ONLY),
)
OPEN_AGENT = rule(
    "KH905",
    "agent-without-authentication",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Whoever reaches the agent can read and replace the whole configuration, and switch the DHCP service off.",
    source="Kea ARM, 'Securing a Kea Deployment'",
    rests_on=("authentication", "*control-address", "http-host", "*authentication", "*clients"),
)
PASSWORD_IN_CLEAR = rule(
    "KH906",
    "authentication-without-tls",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="The password crosses the network in clear text with every call.",
    source="Kea ARM, 'Securing a Kea Deployment'",
    rests_on=("*trust-anchor", "*cert-file", "*key-file", "*control-address", "*http-host"),
)


@checks(LISTENER_WITHOUT_TLS, on=Subject.SITE)
def listener_without_mutual_tls(site: Site) -> Iterator[Finding]:
    """The dedicated HA listener takes commands from whoever reaches it."""
    for family in site.families.values():
        for relationship in family.relationships:
            tls = [bool(relationship.tls_of(peer.node, family.daemon.name)) for peer in relationship.peers]
            if any(tls) and not all(tls):
                continue  # KH660: such a pair has no channel at all
            if relationship.listener is not None and not (any(tls) and _certificates_required(relationship.settings)):
                yield Finding(
                    LISTENER_WITHOUT_TLS,
                    (*relationship.at, "listener"),
                    "the HA listener asks for no client certificate",
                    on_key=True,
                    fix="add trust-anchor, cert-file and key-file to high-availability, and leave require-client-certs on",
                )


def _certificates_required(settings: Json) -> bool:
    return settings.get("require-client-certs", True) is not False


@checks(UNSECURED_SOCKET, CLEAR_TEXT_USER, on=Subject.SITE)
def unsecured_http_socket(site: Site) -> Iterator[Finding]:
    """An HTTP control socket that Kea 3.2 refuses."""
    for node, family, seat in site.seats():
        if not has(node.version, Feature.SECURED_SOCKETS_ONLY):
            continue
        for entry in own_or_shared_sockets(family, seat):
            authentication = entry.get("authentication")
            if entry.get("socket-type") == "http" and not isinstance(authentication, Block):
                yield Finding(
                    UNSECURED_SOCKET,
                    entry.at,
                    f"Kea {node.version} on {THE_SERVER} refuses an http control socket without authentication",
                    server=node.name,
                    fix="make it https with TLS files, or add `authentication`",
                )
            for client in (authentication or {}).get("clients") or ():
                if isinstance(client, Block) and client.get("user"):
                    yield Finding(
                        CLEAR_TEXT_USER,
                        (*client.at, "user"),
                        f"Kea {node.version} on {THE_SERVER} refuses a user name in clear text",
                        server=node.name,
                        on_key=True,
                        fix="write `user-file: NAME`",
                    )


@checks(OPEN_AGENT, PASSWORD_IN_CLEAR, on=Subject.SITE)
def agent_without_authentication(site: Site) -> Iterator[Finding]:
    """The agent listens beyond loopback and asks nobody who he is, or asks in clear text."""
    if site.agent is None or not any(node.has_agent for node in site.nodes):
        return
    far = [
        node
        for node in site.nodes
        if any(seat.control_address and not seat.control_address.is_loopback for seat in node.seats.values())
    ]
    if not far:
        return
    agents = [agent_map(site, node) or site.agent for node in far]
    tls = all(agent.get("trust-anchor") for agent in agents)
    certificates = tls and site.agent.get("cert-required", True) is not False
    authentication = all(isinstance(agent.get("authentication"), Block) for agent in agents)
    if not authentication and not certificates:
        yield Finding(
            OPEN_AGENT,
            site.agent.at,
            f"the control agent of {far[0].name} takes commands from whoever reaches it",
            on_key=True,
            fix="add `authentication: {type: basic, clients: [{user-file: …, password-file: …}]}` and TLS, or bind "
            "`control-address: 127.0.0.1`",
        )
    elif authentication and not tls:
        yield Finding(
            PASSWORD_IN_CLEAR,
            agents[0].where("authentication"),
            "the agent's password crosses the network in clear text",
            on_key=True,
            fix="add trust-anchor, cert-file and key-file to control-agent, or bind `control-address: 127.0.0.1`",
        )
