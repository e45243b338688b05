"""Whether a place that a spec names may be asked, and whether it may be shown a password or a certificate.

Who writes a spec chooses addresses, and a spec may come from anybody, in a pull request. So a place counts that the user
named (`--live`, `--trust`), and one that is the same in a build that others have seen: address, port, unix socket and TLS.
What is new against that build is not asked. Where there is no such build, a server is asked as a stranger would ask.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol
from urllib.parse import urlsplit

from kea_hac.kea.config import CTRL_AGENT, Daemon
from kea_hac.live.endpoint import AGENT, Endpoint, Http, Trouble, Unix, Unread
from kea_hac.live.host_and_port import host_form
from kea_hac.model.channel import AGENT_PORT, SOCKET_PORT
from kea_hac.records import dataclass

_TLS = ("trust-anchor", "cert-file", "key-file", "cert-required")
_ANY = ("0.0.0.0", "::")  # noqa: S104 - what a server binds, not what we do
_LOOPBACK = "127.0.0.1"
"""Where Kea binds what names no address: http-host and socket-address (ARM, "Management API")."""


@dataclass(frozen=True, slots=True)
class ControlSocket:
    """One control socket of a server, as its file has it."""

    scheme: str
    """http, https or unix"""
    host: str
    """The address that it binds; the path of a unix socket."""
    port: int = 0
    tls: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if self.scheme == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}/"


class Earlier(Protocol):
    """A build that others have seen."""

    @property
    def source(self) -> str:
        """Which one: "commit 1a2b3c4d5e6f"."""

    def control_sockets(self, server: str, daemon: Daemon) -> frozenset[ControlSocket] | None:
        """Those in a daemon's file; None where the build has no such file, or its digest is not that of the manifest."""

    def addresses(self, server: str) -> frozenset[str]:
        """The server's own, which reach what is bound to all addresses."""


def control_sockets(daemon: Daemon, config: Mapping[str, Any]) -> frozenset[ControlSocket]:
    """The control sockets in the map below a daemon's top key, of a build or of an untrusted file in its place."""
    if daemon == CTRL_AGENT:
        scheme = "https" if config.get("trust-anchor") else "http"
        return frozenset({_http(scheme, config, config.get("http-host"), config.get("http-port", AGENT_PORT))})
    listed = config.get("control-sockets")
    entries = [config.get("control-socket"), *(listed if isinstance(listed, list) else ())]
    found = set()
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        kind = entry.get("socket-type")
        if kind in ("http", "https"):
            port = entry.get("socket-port", SOCKET_PORT)
            found.add(_http(kind, entry, entry.get("socket-address"), port))
        elif kind == "unix":
            found.add(ControlSocket("unix", str(entry.get("socket-name"))))
    return frozenset(found)


def _http(scheme: str, config: Mapping[str, Any], host: object, port: object) -> ControlSocket:
    tls = tuple((key, str(config[key])) for key in _TLS if key in config)
    return ControlSocket(scheme, _form(str(host or _LOOPBACK)), port if isinstance(port, int) else 0, tls)


def _form(host: str) -> str:
    try:
        return host_form(host)
    except ValueError:
        return host


@dataclass(frozen=True, slots=True)
class Trust:
    """What decides over the places of one spec."""

    now: Mapping[tuple[str, str], frozenset[ControlSocket]]
    """By server and the daemon whose file has them: what the spec compiles to."""
    earlier: Earlier | None = None
    """None where there is no build of this pair that others have seen."""
    named: frozenset[str] = frozenset()
    """Servers that the user trusts as the spec has them: `--trust`."""
    standard: frozenset[str] = frozenset()
    """Folders in which the control sockets of Kea's packages are."""

    def judge(self, endpoint: Endpoint) -> Endpoint | Unread:
        """A place of the spec: trusted, to be asked as a stranger, or not to be asked."""
        if endpoint.server in self.named:
            return replace(endpoint, trusted=True)
        if self.earlier is None:
            channel = endpoint.channel
            if isinstance(channel, Unix) and posixpath.dirname(channel.path) not in self.standard:
                return _refused(endpoint, "its unix socket is not in the directory that Kea's packages use")
            return endpoint
        listener, host = self._control_socket(endpoint)
        older = self.earlier.control_sockets(endpoint.server, _file(endpoint))
        if older is None:
            return _refused(endpoint, f"{self.earlier.source} has no such server with a {endpoint.channel}")
        known = listener is not None and listener in older
        if (
            known
            and listener is not None
            and (listener.host not in _ANY or host in self.earlier.addresses(endpoint.server))
        ):
            return replace(endpoint, trusted=True)
        was = ", ".join(sorted(map(str, older))) or "no control socket"
        return _refused(endpoint, f"its address, port, socket or TLS is new: {self.earlier.source} has {was}")

    def _control_socket(self, endpoint: Endpoint) -> tuple[ControlSocket | None, str]:
        """The control socket of a place, and the host that is connected to."""
        own = self.now.get((endpoint.server, _file(endpoint).name), frozenset())
        channel = endpoint.channel
        if isinstance(channel, Unix):
            return next(
                (each for each in own if each.scheme == "unix" and self._is_at(each.host, channel.path)), None
            ), ""
        assert isinstance(channel, Http)
        parts = urlsplit(channel.url)
        host = _form(parts.hostname or "")
        fitting = [
            each
            for each in own
            if (each.scheme, each.port) == (parts.scheme, parts.port) and each.host in (host, *_ANY)
        ]
        return next(iter(sorted(fitting, key=lambda each: each.host in _ANY)), None), host

    def _is_at(self, name: str, path: str) -> bool:
        """A name without directory, possible from 3.0 on, is a socket in Kea's own directory for sockets."""
        folder, own = posixpath.split(path)
        return name == path or (name == own and folder in self.standard)


def _refused(endpoint: Endpoint, why: str) -> Unread:
    reason = f"not asked: {why}; if that is correct, use --trust {endpoint.server}"
    return Unread(endpoint.server, endpoint.daemon, str(endpoint.channel), reason, Trouble.NOT_ASKED)


def _file(endpoint: Endpoint) -> Daemon:
    """The daemon whose file opens the place: an agent answers for all."""
    channel = endpoint.channel
    return CTRL_AGENT if isinstance(channel, Http) and channel.what == AGENT else endpoint.daemon
