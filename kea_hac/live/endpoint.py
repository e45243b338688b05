"""The values of this folder: where a daemon is asked, its configuration, and why it could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import Any

from kea_hac.kea.config import Daemon, Json
from kea_hac.records import dataclass

AGENT = "control agent"


@dataclass(frozen=True, slots=True)
class Http:
    """A control agent, or an HTTP control socket of a server (3.0+): both take the same request."""

    url: str
    """http or https, with host and port, without user and password."""
    service: str | None
    """The daemon that the request names, which an agent forwards it to. None: the agent itself answers."""
    what: str = AGENT
    """What people call it: "control agent", "HTTP control socket", "--live"."""
    of_daemon: bool = False
    """True when the daemon itself is known to listen there, so that it is down when nothing does."""

    def __str__(self) -> str:
        return f"{self.what} {self.url}"


@dataclass(frozen=True, slots=True)
class Unix:
    """A unix control socket of this machine."""

    path: str

    def __str__(self) -> str:
        return f"unix socket {self.path}"


@dataclass(frozen=True, slots=True)
class Saved:
    """An answer, or a configuration, that somebody saved."""

    path: Path
    """The answer of config-get, or the only file there is."""
    on_disk: Path | None = None
    """The file that the server would start with, where the answer of config-get was saved beside it."""

    def __str__(self) -> str:
        return f"saved {self.path}"


Channel = Http | Unix | Saved


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One daemon of one server, and where it is asked."""

    server: str
    daemon: Daemon
    channel: Channel
    trusted: bool = False
    """True where the user named the place, or where a build that others have seen had it: it may be shown a password or a
    certificate. False: it is asked as a stranger would ask."""


class Trouble(StrEnum):
    """Why a daemon could not be read: the cases that a program must distinguish."""

    NO_CHANNEL = "no-channel"
    """The spec opens nothing that could be asked from here, or no answer was saved."""
    NOT_ASKED = "not-asked"
    """Nothing was sent: its address or TLS is new and not trusted, or it would have been sent in clear text."""
    PLAIN_HTTP = "plain-http"
    """It wants a password, and plain HTTP would show it to everybody on the way."""
    UNREACHABLE = "unreachable"
    """No answer from the machine, or from what listens there; whether Kea runs is not known."""
    DOWN = "down"
    """Nothing listens where the daemon should, or its agent reports that it does not run."""
    REFUSED = "refused"
    """It runs and refuses to answer: password, certificate, restricted commands."""
    FAILED = "failed"
    """Kea answered the command with an error."""
    UNCLEAR = "unclear"
    """The answer is not from Kea, is cut off, too large, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Live:
    """The configuration and state of one daemon."""

    server: str
    daemon: Daemon
    config: Mapping[str, Json] | None
    """The map below the daemon's top key, without `hash`; secrets are `Hidden`. None: its hash is the expected one."""
    version: str | None = None
    """As version-get reports it: "2.6.3". None where it is unknown."""
    hash: str | None = None
    """Upper case SHA-256 of config-get or config-hash-get (2.4+)."""
    status: Mapping[str, Any] | None = None
    """The arguments of status-get."""
    source: str = ""
    """"control agent http://192.0.2.11:8000/", "saved answers/kea1/kea-dhcp4.json" """
    on_disk: Mapping[str, Json] | None = None
    """The file that it would start with, where that was saved too."""
    gaps: tuple[str, ...] = field(default=())
    """What else was asked and not answered, with the reason. Never a secret."""
    saved: bool = False
    """True for what somebody saved: whether the daemon runs now is unknown."""
    answered: float | None = field(default=None, compare=False)
    """When it answered, or when the saved answer was written: seconds since 1970."""
    clock: float | None = field(default=None, compare=False)
    """Seconds that the server's clock is ahead of this machine's. None where it did not say."""
    as_shown: bool = False
    """True for what the daemon itself answered just now: it is in the form of `kea.shown` already."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A daemon that could not be read."""

    server: str
    daemon: Daemon
    source: str
    """As in `Live`."""
    reason: str
    """What was tried, what came back, and the next step: one line, never a secret."""
    trouble: Trouble = Trouble.UNREACHABLE
