"""What one side of an HA channel demands, and whether the other side sends it: TLS, and a user with a password.

Kea compares neither: a refused partner counts as one that is down. Who asks what of whom is found by `check.ha_channels` in
a spec, and by `check.rules.ha_channels` in files.
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import KeaVerdict, info, rule, warning
from kea_hac.kea.config import Block, Json
from kea_hac.records import dataclass

_SPLIT = "From its start on each server treats its partner as down and serves all clients. Two clients can get the same address."
TLS_ON_ONE_SIDE = rule(
    "KH660",
    "tls-on-one-side-of-ha",
    kea=KeaVerdict.ACCEPTS,
    why="TLS depends on the TLS files and not on the scheme of the URL: Kea listens and connects with TLS when "
    f"the peer has TLS files. {_SPLIT}",
    source="both servers partner-down: seen on 2.2.0, 2.6.3, 3.0.4",
)
NOT_SENT = rule(
    "KH661",
    "ha-password-not-sent",
    kea=KeaVerdict.ACCEPTS,
    why=f"The control agent and the HTTP control socket require the password from the HA partner too. {_SPLIT}",
    source="both servers partner-down, `Unauthorized` in the log: seen on 2.2.0, 2.6.3 (agent), 3.0.4 (agent, control socket)",
    rests_on=("*basic-auth-user", "*basic-auth-user-file", "*basic-auth-password", "*basic-auth-password-file"),
)
REFUSED = rule(
    "KH662",
    "ha-password-refused",
    kea=KeaVerdict.ACCEPTS,
    why=f"The partner does not know the user, or has another password for it. {_SPLIT}",
    source="both servers partner-down, `Unauthorized` in the log: seen on 2.2.0, 2.6.3 (agent), 3.0.4 (agent, control socket)",
)
ONE_PATH = info(
    "KH663",
    "one-key-path-on-both-servers",
    why="Each host can have its own certificate and key at this path. If the same key file was copied to both "
    "hosts, a key stolen from one server is the key of the other server too.",
    source="Kea ARM, 'Securing a Kea Deployment'",
)
HALF_SHARED = warning(
    "KH679",
    "certificate-and-key-apart",
    why="A certificate belongs to one key. With one path for the certificate of both servers and two for their keys (or the other "
    "way round), one server gets a certificate that does not fit its key, unless each host has another file at the same path. "
    "Such a server has no TLS, and does not start.",
    source="SSL_CTX_check_private_key(3); Kea ARM, 'Securing a Kea Deployment'",
    rests_on=("*cert-file", "*key-file"),
)
PARTNERS_KEY = warning(
    "KH664",
    "key-of-the-partner",
    why="Kea opens the TLS files of every peer entry on its own host, and uses them to connect to that peer. "
    "They must therefore be the certificate and the key of this server. The server does not start when the "
    "key of the partner is not on this host.",
    source="ha_config.cc; 'TLS setup failed' at start: seen on 2.2.0, 2.6.3, 3.0.4",
)
_USER, _PASSWORD = "basic-auth-user", "basic-auth-password"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The socket refuses the request."""

    reason: str
    """Continues "…, and "; never holds a password."""
    users: tuple[str, ...]
    """The users that are written, and would be let in."""
    key: str | None
    """The key of the peer that is wrong; None where nothing is sent."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is sent, or what is asked for, is in files on the servers."""


Outcome = Refusal | Unknown | None


def answer(authentication: Json, peer: Mapping[str, Json]) -> Outcome:
    """Why a socket with this `authentication` refuses a request with the keys of this peer; None where it accepts it.

    A socket without clients requires no password (basic_auth_config.cc), and with an empty user Kea sends none (ha_config_parser.cc).
    """
    clients = _clients(authentication)
    if not clients:
        return None
    known = tuple(dict.fromkeys(str(client["user"]) for client in clients if isinstance(client.get("user"), str)))
    user = peer.get(_USER)
    if not user:
        if peer.get(f"{_USER}-file"):
            return Unknown()
        return Refusal("sends none", known, None)
    if not isinstance(user, str):
        return Unknown()  # !secret
    named = [client for client in clients if client.get("user") == user]
    if not named:
        hidden = any(not isinstance(client.get("user"), str) for client in clients)
        return (
            Unknown()
            if hidden
            else Refusal(f"sends user {user!r}, which is not one of the accepted clients", known, _USER)
        )
    return _password(user, named, peer, known)


def _password(user: str, named: list[Block], peer: Mapping[str, Json], known: tuple[str, ...]) -> Outcome:
    key = next((key for key in (f"{_PASSWORD}-file", _PASSWORD) if key in peer), _USER)
    sent = "" if key == _USER else peer[key]
    asked = [client.get("password", "") for client in named if not client.get("password-file")]
    if key.endswith("-file") or not isinstance(sent, str) or not all(isinstance(each, str) for each in asked):
        return Unknown()
    if sent in asked:
        return None
    if len(asked) < len(named):
        return Unknown() if sent else Refusal(f"sends user {user!r} without a password", known, key)
    return Refusal(f"sends another password for user {user!r}", known, key)


def _clients(authentication: Json) -> list[Block]:
    listed = authentication.get("clients") if isinstance(authentication, Block) else None
    return [client for client in listed if isinstance(client, Block)] if isinstance(listed, list) else []


def first_client(authentication: Block) -> Block:
    """The first client of an `authentication`: where it stands that a password is asked for."""
    return next(iter(_clients(authentication)), authentication)
