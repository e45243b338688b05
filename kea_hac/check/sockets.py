"""Control sockets, TLS files and credentials: what fits together, and what Kea refuses or silently does without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import REMOVE_IT, THE_SERVER, Finding, KeaVerdict, Route, refused, rule
from kea_hac.kea.config import CTRL_AGENT, Block
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.model.configuration import Configuration

PARTIAL_TLS = refused(
    "KH708",
    "incomplete-tls-files",
    why="Kea needs all three of trust-anchor, cert-file and key-file, or none of them. Otherwise the server or "
    "the agent does not start.",
    source="seen on 2.2.0, 2.6.3, 3.0.4 (agent), 3.0.4 (control sockets): all or none of TLS parameters must be set",
    rests_on=("trust-anchor", "cert-file", "key-file"),
)
HTTPS_WITHOUT_TLS = refused(
    "KH704",
    "https-without-tls-files",
    why="An https socket needs a certificate. The server does not start.",
    source="seen on 3.0.4: no TLS setup for a HTTPS control socket",
)
SECOND_UNIX = refused(
    "KH705",
    "second-unix-socket",
    why="A server has at most one control socket of type unix. It does not start with two.",
    source="seen on 3.0.4: control socket of type 'unix' already configured",
)
KEY_OF_OTHER_SOCKET = refused(
    "KH706",
    "key-of-another-socket-type",
    why="A unix socket has a name. An http or https socket has an address, a port, TLS files and authentication. "
    "The server does not start when one socket has both a name and an address. It ignores other keys of the wrong "
    "type: a unix socket with `authentication` asks for no password.",
    source="seen on 3.0.4: socket-address beside socket-name refused; port, authentication, headers and TLS files in unix ignored",
    rests_on=("socket-type",),
)
SAME_SOCKET = rule(
    "KH707",
    "socket-name-taken-twice",
    kea=KeaVerdict.ACCEPTS,
    why="The second server cannot bind its control socket, and does not start.",
    source="Kea ARM, 'Management API for the DHCPv4 Server'",
)
ABSOLUTE_NAME = refused(
    "KH763",
    "absolute-name-below-directory",
    why="Kea adds `directory` before every file name, absolute names included. With the directory /etc/kea it looks "
    "for /srv/pw in /etc/kea/srv/pw. The file is not there, and the server or the agent does not start.",
    source="seen on 2.2.0, 2.6.3, 3.0.4",
)
_CLASHING = ("socket-address", "socket-name")
"""One key to Kea's grammar, so that either is refused beside the other; it ignores the rest where they have no meaning."""
_HTTP_ONLY = ("socket-address", "socket-port", "authentication", "http-headers", "cert-required", *TLS_KEYS)


def _partial(files: Mapping[str, str], at: Route) -> Finding:
    missing = [key for key in TLS_KEYS if not files.get(key)]
    have = " and ".join(key for key in TLS_KEYS if files.get(key))
    message = f"{have} without {' and '.join(missing)}: TLS needs all three files"
    return Finding(PARTIAL_TLS, at, message, on_key=True, fix=f"add `{missing[0]}: …`", lacks=tuple(missing))


@checks(HTTPS_WITHOUT_TLS, SECOND_UNIX, KEY_OF_OTHER_SOCKET, PARTIAL_TLS, ABSOLUTE_NAME, on=Subject.SERVER)
def control_sockets(configuration: Configuration) -> Iterator[Finding]:
    """All rules on the control sockets of one daemon."""
    config = configuration.config
    if configuration.daemon is CTRL_AGENT:
        yield from _tls(config)
        yield from _credentials(config)
        return
    unix: Block | None = None
    for entry in configuration.blocks("control-sockets"):
        yield from _credentials(entry)
        if entry.get("socket-type") != "unix":
            yield from _http(entry)
            continue
        if unix is not None:
            message = "Kea accepts one unix control socket, and this is a second one"
            yield Finding(
                SECOND_UNIX, entry.at, message, related=((unix.at, "the first"),), fix="remove one", repair=REMOVE_IT
            )
        unix = unix or entry
        yield from _strange(entry, _HTTP_ONLY, "unix")


def _http(entry: Block) -> Iterator[Finding]:
    kind = str(entry.get("socket-type"))
    yield from _strange(entry, ("socket-name",), kind)
    yield from _tls(entry)
    if kind == "https" and not any(entry.get(key) for key in TLS_KEYS):
        fix = "add trust-anchor, cert-file and key-file"
        yield Finding(HTTPS_WITHOUT_TLS, entry.at, "an https control socket needs TLS files", fix=fix)
    elif kind == "http":
        yield from _strange(entry, TLS_KEYS, kind)


def _strange(entry: Block, keys: tuple[str, ...], kind: str) -> Iterator[Finding]:
    for key in keys:
        if key in entry:
            message = f"{key!r} does not belong to a control socket of type {kind}"
            other = "unix" if key == "socket-name" else "https" if key in TLS_KEYS else "http or https"
            fix = f"remove it, or make the socket {other}"
            kea = None if key in _CLASHING else KeaVerdict.ACCEPTS
            yield Finding(KEY_OF_OTHER_SOCKET, entry.where(key), message, on_key=True, fix=fix, kea=kea)


def _tls(block: Block) -> Iterator[Finding]:
    files = {key: block[key] for key in TLS_KEYS if block.get(key)}
    if files and len(files) < len(TLS_KEYS):
        yield _partial(files, block.where(next(iter(files))))


def _credentials(block: Block) -> Iterator[Finding]:
    found = block.get("authentication")
    directory = found.get("directory") if isinstance(found, Block) else None
    for client in (found.get("clients") or ()) if isinstance(found, Block) and directory else ():
        for key in ("user-file", "password-file"):
            name = client.get(key)
            if isinstance(name, str) and name.startswith("/"):
                message = f"Kea looks for {directory}{name}: it joins `directory` to absolute names as well"
                fix = "write the name relative to `directory`, or remove `directory`"
                yield Finding(ABSOLUTE_NAME, client.where(key), message, fix=fix)


@checks(SAME_SOCKET, on=Subject.SERVERS)
def same_socket(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """Two DHCP servers of one host want one unix socket."""
    seen: dict[tuple[str | None, str], tuple[Block, Configuration]] = {}
    for each in configurations:
        for entry in each.blocks("control-sockets") if each.daemon.family else ():
            name = entry.get("socket-name")
            if not isinstance(name, str) or entry.get("socket-type") != "unix":
                continue
            other = seen.setdefault((each.server, name), (entry, each))
            if other[1].daemon is not each.daemon:
                yield Finding(
                    SAME_SOCKET,
                    entry.where("socket-name"),
                    f"dhcp4 and dhcp6 of {THE_SERVER if each.compiled else 'one server'} use the same control socket, {name}",
                    related=((other[0].where("socket-name"), "the other socket"),),
                    fix="remove the names, or give each socket its own name"
                    if each.compiled
                    else "give each socket its own name",
                    server=each.server if each.compiled else None,
                )
