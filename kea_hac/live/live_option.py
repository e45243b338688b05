"""The values of `--live` → where the servers are asked instead: NAME=URL, NAME/dhcp4=URL, or a folder of saved answers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from urllib.parse import urlsplit

from kea_hac.errors import UsageError
from kea_hac.kea.config import CTRL_AGENT, Daemon
from kea_hac.kea.suggest import nearest
from kea_hac.live.endpoint import Http, Unix
from kea_hac.records import dataclass

FORMS = "--live takes NAME=URL (http://, https://, unix:/path), NAME/dhcp4=URL, or a folder of saved answers"
_SCHEMES = ("http", "https")
_UNIX = "unix:"
_FROM_OPTION = "--live"


@dataclass(frozen=True, slots=True)
class LiveOption:
    """Where the user wants servers to be asked."""

    folder: Path | None = None
    places: Mapping[tuple[str, str | None], Http | Unix] = field(default_factory=dict)
    """Server and daemon → place; None for all daemons of the server. The service of an Http is not yet set."""

    def place(self, server: str, daemon: Daemon) -> Http | Unix | None:
        """The place that `--live` names for a daemon, if any: its own, else its server's."""
        found = self.places.get((server, daemon.name)) or self.places.get((server, None))
        if isinstance(found, Http):
            return Http(found.url, None if daemon == CTRL_AGENT else daemon.name, found.what)
        return found


def given(values: Sequence[str], daemons: Mapping[str, Sequence[Daemon]]) -> LiveOption:
    """Read the values. `daemons`: what runs on each server. Raises UsageError, which never shows a password of a URL."""
    folder: Path | None = None
    places: dict[tuple[str, str | None], Http | Unix] = {}
    for value in values:
        name, sign, where = value.partition("=")
        if sign and _is_place(where):
            key = _key(name, daemons)
            if key in places:
                raise UsageError(f"--live: {name} is named twice; name it once")
            places[key] = _place(where, key, daemons)
        elif folder is not None:
            raise UsageError(
                "--live: there are two folders; put the answers of all servers into one folder, with a folder for each server"
            )
        else:
            folder = _folder(value, daemons)
    return LiveOption(folder, places)


def _is_place(text: str) -> bool:
    return text.startswith(_UNIX) or urlsplit_scheme(text) is not None


def urlsplit_scheme(text: str) -> str | None:
    """The scheme of what looks like a URL."""
    scheme, sign, _ = text.partition("://")
    return scheme.lower() if sign and scheme.isalnum() else None


def _folder(value: str, daemons: Iterable[str]) -> Path:
    if os.path.isdir(value):
        return Path(value)
    if _is_place(value):
        raise UsageError(
            f"--live: write the server's name before the address: NAME=URL, with one of {', '.join(daemons)}"
        )
    # What looks like no path is not repeated: it may be a URL with a password, cut in two by the shell.
    shown = f" {value}" if "@" not in value else ""
    raise UsageError(f"--live: there is no folder{shown}; {FORMS}")


def _key(name: str, daemons: Mapping[str, Sequence[Daemon]]) -> tuple[str, str | None]:
    server, sign, daemon = name.partition("/")
    if server not in daemons:
        near = nearest(server, daemons.keys())
        hint = f"; did you mean {near}?" if near else ""
        raise UsageError(f"--live: the spec has no server {server!a}; it has {', '.join(daemons)}{hint}")
    known = [each.name for each in daemons[server]]
    if sign and daemon not in known:
        raise UsageError(f"--live: {server} runs no {daemon!a}; it runs {', '.join(known)}")
    return server, daemon if sign else None


def _place(where: str, key: tuple[str, str | None], daemons: Mapping[str, Sequence[Daemon]]) -> Http | Unix:
    server, daemon = key
    if not where.startswith(_UNIX):
        return Http(url(where, server), None, _FROM_OPTION)
    served = [each.name for each in daemons[server] if each != CTRL_AGENT]
    if daemon == CTRL_AGENT.name:
        raise UsageError(f"--live: {server}/{daemon} has no unix socket; use the http or https URL of the agent")
    if daemon is None and len(served) > 1:
        raise UsageError(f"--live: a unix socket belongs to one daemon; name it: {server}/{served[0]}={_UNIX}/path")
    path = where.removeprefix(_UNIX)
    path = path.removeprefix("//") if path.startswith("///") else path
    if not path.startswith("/") or "\0" in path:
        raise UsageError(
            f"--live: {server}: write a unix socket with its full path, as in {_UNIX}/run/kea/kea4-ctrl-socket"
        )
    return Unix(path)


def url(text: str, server: str) -> str:
    """The URL, complete and in one form. Raises UsageError."""
    wrong = f"--live: {server}: "
    if not text.isascii() or not text.isprintable() or " " in text:
        raise UsageError(f"{wrong}a URL contains no spaces and only ASCII characters")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError(
            f"{wrong}this is not a URL; write it as http://192.0.2.11:8000/, an IPv6 address in brackets"
        ) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"{wrong}a URL must not contain a user name or password, because others can see it in the list of processes; set "
            "KEA_HAC_USER and KEA_HAC_PASSWORD_FILE, or use --credentials FILE"
        )
    if parts.scheme not in _SCHEMES:
        raise UsageError(f"{wrong}a URL begins with http://, https:// or {_UNIX}, not with {parts.scheme}:")
    if not host or parts.fragment or port == 0:
        raise UsageError(
            f"{wrong}this URL has no host, or contains a part that is not allowed; write it as http://192.0.2.11:8000/"
        )
    shown = f"[{host}]" if ":" in host else host
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path or '/'}{query}"
