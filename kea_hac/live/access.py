"""The operator's credentials: user names, passwords, certificates. Never from the spec or the command line.

A credential is sent only to the places that it belongs to, and the author of a spec cannot change them:

    machine 192.0.2.11        login … password …   to that address, in any spelling, on any port
    machine [2001:db8::1]:8000 login …             to that port of it
    machine kea1              login … password …   to the server of that name in the spec, at a trusted place only
    default                   login … password …   to all other servers, at trusted places only

`KEA_HAC_USER` with `KEA_HAC_PASSWORD`, or with `KEA_HAC_PASSWORD_FILE`, is such a default, and so is the certificate of
`--cert`. A place is trusted (`Endpoint.trusted`) when the user named it by `--live` or `--trust`, or when it is unchanged
compared with the committed build that others can see (`live.trust`). The file has the form of .netrc, which curl reads too.
"""

from __future__ import annotations

import base64
import netrc
import os
import ssl
import stat
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from pathlib import Path

from kea_hac.errors import UsageError
from kea_hac.kea.config import Json
from kea_hac.kea.hidden import Hidden
from kea_hac.live.failure import of_file
from kea_hac.live.host_and_port import Place, host_form, parse_place
from kea_hac.records import dataclass
from kea_hac.source.secrets import MASK, names_secret

USER, PASSWORD, PASSWORD_FILE = "KEA_HAC_USER", "KEA_HAC_PASSWORD", "KEA_HAC_PASSWORD_FILE"
DEFAULT = "default"
_MOST = 1 << 16
_LEAST_COVERED = 8
"""The least length of a password that is masked in a whole configuration: shorter ones are ordinary words there."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and a password for HTTP basic authentication."""

    user: Hidden
    password: Hidden
    origin: str
    """Where they are from: "KEA_HAC_USER", "~/kea.netrc". For messages."""

    @property
    def basic(self) -> str:
        """The two as a request's header has them."""
        return base64.b64encode(f"{self.user.reveal()}:{self.password.reveal()}".encode()).decode("ascii")

    @property
    def has_spaces(self) -> bool:
        """True when one of the two has several words."""
        return any(len(each.reveal().split()) > 1 for each in (self.user, self.password))

    def cover(self, text: str) -> str:
        """A string from a server, without the credentials that were sent to it."""
        return _without(text, self._said())

    def covered(self, value: Json) -> Json:
        """The same for every key and string of a server's answer, except below the key of a secret.

        Passwords of a few characters are ordinary words of a configuration, and stay.
        """
        return _covered(value, tuple(word for word in self._said() if len(word) >= _LEAST_COVERED))

    def _said(self) -> tuple[str, ...]:
        """What a server may repeat: the value of the header and the password, also byte by byte as Kea prints it."""
        password = self.password.reveal()
        return self.basic, password, password.encode("utf-8", "surrogateescape").decode("latin-1")


@dataclass(frozen=True, slots=True)
class Tls:
    """Files for HTTPS."""

    cacert: Path | None = None
    """The authorities that are trusted; None: those of this machine."""
    cert: Path | None = None
    """What we show to a server that wants a certificate."""
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Settings for a connection. Raises UsageError, without a secret, for a file that does not serve."""
        return _context(self)

    @property
    def for_strangers(self) -> Tls:
        """The same without what we show: the other side is not to learn who asks."""
        return Tls(self.cacert)


@dataclass(frozen=True, slots=True)
class Access:
    """All credentials, for all servers."""

    tls: Tls = field(default_factory=Tls)
    everywhere: Credential | None = None
    """For servers that nothing else names, at trusted places."""
    machines: Mapping[str, Credential] = field(default_factory=dict)
    """By server name, as it is written; "default" for all others. At trusted places."""
    places: Mapping[Place, Credential] = field(default_factory=dict)
    """By host, with or without a port."""
    plain_http: bool = False
    """True where a password may go over plain HTTP beyond this machine."""

    def credential(self, server: str, host: str, port: int | None, *, trusted: bool) -> Credential | None:
        """The credential for a server: by its place; at a trusted place also by its name in the spec, or the default.

        At a place that nobody vouches for only an address counts, which the credential itself names: names of hosts lead
        where somebody else says.
        """
        try:
            here = Place(host_form(host), port)
        except ValueError:
            here = Place(host, port)
        exact, own = self.places.get(here), self.places.get(Place(here.host))
        if not trusted:
            return (exact or own) if here.is_address else None
        return exact or self.machines.get(server) or own or self.machines.get(DEFAULT) or self.everywhere

    @property
    def is_empty(self) -> bool:
        """True where there is nothing that could be shown to a server."""
        return not (self.tls.cert or self.everywhere or self.machines or self.places)


def access(
    environment: Mapping[str, str],
    credentials: Path | None = None,
    cacert: Path | None = None,
    cert: Path | None = None,
    key: Path | None = None,
    *,
    plain_http: bool = False,
) -> Access:
    """What the environment and the options say. Raises UsageError for what cannot be read or makes no sense."""
    if key is not None and cert is None:
        raise UsageError("--key needs --cert: name the certificate that belongs to the key")
    tls = Tls(cacert, cert, key)
    if any((cacert, cert, key)):
        tls.context()
    machines, places = _from_file(credentials) if credentials else ({}, {})
    return Access(tls, _from_environment(environment), machines, places, plain_http)


def _from_environment(environment: Mapping[str, str]) -> Credential | None:
    user, password, file = (environment.get(name) or None for name in (USER, PASSWORD, PASSWORD_FILE))
    if user is None:
        supplied = PASSWORD if password else PASSWORD_FILE if file else None
        if supplied:
            raise UsageError(f"{supplied} is set and {USER} is not; set both or neither")
        return None
    if password and file:
        raise UsageError(f"{PASSWORD} and {PASSWORD_FILE} are both set; set one of them")
    if file:
        password = _first_line(Path(file))
    if not password:
        raise UsageError(
            f"{USER} is set and there is no password; set {PASSWORD}, or {PASSWORD_FILE} to a file that contains it"
        )
    return _credential(user, password, USER)


def _covered(value: Json, secrets: tuple[str, ...]) -> Json:
    if isinstance(value, str):
        return _without(value, secrets)
    if isinstance(value, dict):
        # What is a secret of the server's own is hidden later, and compared by what it is.
        return {
            _without(key, secrets): each if names_secret(key) and isinstance(each, str) else _covered(each, secrets)
            for key, each in value.items()
        }
    return [_covered(each, secrets) for each in value] if isinstance(value, list) else value


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def _credential(user: str, password: str, origin: str) -> Credential:
    if ":" in user:
        raise UsageError(f"{origin}: a user name for HTTP basic authentication must not contain a colon")
    return Credential(Hidden(user), Hidden(password), origin)


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST)
    except (OSError, ValueError) as error:
        raise UsageError(f"{PASSWORD_FILE}: {path}: {_why(error)}") from None
    try:
        return content.decode("utf-8").partition("\n")[0].removesuffix("\r")
    except UnicodeDecodeError:
        raise UsageError(f"{PASSWORD_FILE}: {path}: it is not UTF-8; save the password as UTF-8") from None


def _from_file(path: Path) -> tuple[Mapping[str, Credential], Mapping[Place, Credential]]:
    """Credentials by name, and by place: a word that could be a server's name and a host's name counts as both.

    A file that others may read is refused: its passwords may be known to others and must be changed.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise UsageError(
                f"--credentials: {path}: other users can read or write it (mode {stat.S_IMODE(mode):04o}); "
                f"run chmod 600 on it, and change the passwords if others could have read them"
            )
        read = netrc.netrc(os.fspath(path))
    except netrc.NetrcParseError as error:
        # Its message may quote a password that is in the wrong place.
        raise UsageError(
            f"--credentials: {path}:{error.lineno or 1}: this line cannot be read; each entry is "
            "`machine NAME login USER password WORD`, a word that contains spaces or # needs double quotes"
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"--credentials: {path}: {_why(error)}") from None
    machines: dict[str, Credential] = {}
    places: dict[Place, Credential] = {}
    for name, (user, _, password) in read.hosts.items():
        if not user or not password:
            raise UsageError(
                f"--credentials: {path}: machine {name} has no {'password' if user else 'login'}; write both"
            )
        result = _credential(user, password, str(path))
        if name == DEFAULT:
            machines[DEFAULT] = result
            continue
        where = _place(name, path)
        if where in places:
            raise UsageError(f"--credentials: {path}: machine {name} is in the file twice, in two spellings; keep one")
        places[where] = result
        if not where.is_address:
            machines[name] = result
    if not machines and not places:
        raise UsageError(f"--credentials: {path}: it contains no `machine` entry")
    return machines, places


def _place(name: str, path: Path) -> Place:
    try:
        return parse_place(name)
    except ValueError:
        raise UsageError(
            f"--credentials: {path}: machine {name}: this is not a server name, host or address; write 192.0.2.11, "
            "192.0.2.11:8000 or [2001:db8::1]:8000"
        ) from None


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "it is not UTF-8"
    return of_file(error) if isinstance(error, OSError) else "it cannot be the name of a file"


@lru_cache(8)
def _context(tls: Tls) -> ssl.SSLContext:
    result = ssl.create_default_context()
    if tls.cacert is not None:
        result = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _loading("--cacert", tls.cacert, lambda: _trust(result, tls))
    if tls.cert is not None:
        _loading("--cert and --key", tls.cert, lambda: _show(result, tls))
    return result


def _trust(context: ssl.SSLContext, tls: Tls) -> None:
    assert tls.cacert is not None
    folder = tls.cacert.is_dir()
    context.load_verify_locations(None if folder else tls.cacert, tls.cacert if folder else None)


def _show(context: ssl.SSLContext, tls: Tls) -> None:
    def nobody() -> str:
        # Without this OpenSSL would ask on the terminal, and wait.
        raise UsageError(f"--key: {tls.key or tls.cert}: it is encrypted; use a key without a passphrase")

    assert tls.cert is not None
    context.load_cert_chain(tls.cert, tls.key, nobody)


def _loading(option: str, path: Path, load: object) -> None:
    assert callable(load)
    try:
        load()
    except ssl.SSLError as error:
        why = {"KEY_VALUES_MISMATCH": "the key does not belong to the certificate"}.get(
            error.reason or "", "it is not a file of the required kind in PEM form"
        )
        raise UsageError(f"{option}: {path}: {why}") from None
    except OSError as error:
        raise UsageError(f"{option}: {error.filename or path}: {of_file(error)}") from None
