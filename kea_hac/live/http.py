"""One POST to a control agent or an HTTP control socket → the body of its answer, or why there is none.

A password is sent only over TLS, to this machine itself, or where the user permits clear text. A client certificate is sent
only to a server whose identity was verified. Redirects are not followed, and only the status and the body of an answer are used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import cast
from urllib.parse import SplitResult, urlsplit

from kea_hac.live.access import Access, Credential, Tls
from kea_hac.live.endpoint import Trouble
from kea_hac.live.failure import (
    OTHER_NAME,
    NoAnswerError,
    cut_off,
    cut_short,
    no_handshake,
    of_connection,
    quoted,
    too_late,
    too_much,
)
from kea_hac.live.host_and_port import is_loopback
from kea_hac.live.limits import Deadline, RequestLimits
from kea_hac.live.transport import HandshakeTimeoutError, TooMuchError, Wire, secured, tcp
from kea_hac.records import dataclass

_PIECE = 1 << 16
_HEAD = 1 << 20
"""Bytes that the head of an answer may have, beside the body."""
_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a request, and its credentials."""

    url: str
    server: str
    """Its name in the spec, which a certificate may be for."""
    trusted: bool
    """As in `Endpoint`."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a request shows of us, and what it keeps back."""

    credential: Credential | None
    kept: str = ""
    """Why a password was not sent, and the step that sends it; "" where there was none to send."""
    trouble: Trouble = Trouble.REFUSED
    """What it is called when the server wants one."""


_PLAIN = "not sent over plain HTTP: use --allow-plain-http, or configure TLS on the server"


def post(target: Target, content: bytes, access: Access, limits: RequestLimits) -> bytes:
    """POST `content`. Raises NoAnswerError."""
    parts = urlsplit(target.url)
    secure = parts.scheme == "https"
    if access.tls.cacert is not None and not secure:
        raise NoAnswerError(
            Trouble.NOT_ASKED,
            f"--cacert is set, and {target.url} is plain HTTP, so nothing was sent; configure TLS on the server "
            "(trust-anchor, cert-file, key-file) or ask it without --cacert",
        )
    deadline = Deadline(limits.total)
    tls = access.tls if target.trusted else access.tls.for_strangers
    shows = tls.cert is not None
    wire: Wire | None = None
    try:
        connection = _connected(parts, target, tls, deadline, limits)
        wire = Wire(connection, deadline, limits.answer_bytes + _HEAD)
        return _exchange(wire, parts, content, _shown(connection, parts, target, access))
    except TooMuchError:
        raise too_much(limits.answer_bytes) from None
    # OSError comes before ValueError, because a certificate error is both.
    except HandshakeTimeoutError:
        raise no_handshake(limits) from None
    except TimeoutError:
        raise too_late(limits, connected=wire is not None, heard=wire is not None and wire.heard) from None
    except OSError as error:
        if wire is not None and wire.heard:
            raise cut_short() from None
        raise _kept_back(of_connection(error, secure, shows), target, access) from None
    except (http.client.HTTPException, ValueError) as error:
        raise _no_http(error, secure, shows, heard=wire is not None and wire.heard) from None
    finally:
        if wire is not None:
            wire.close()


def _shown(connection: socket.socket, parts: SplitResult, target: Target, access: Access) -> _Shown:
    """The credentials that may be sent over an open connection: its peer is an address, not a name."""
    host = parts.hostname or ""
    found = access.credential(target.server, host, port_of(parts), trusted=target.trusted)
    if found is None:
        if target.trusted and (access.machines or access.places):
            return _Shown(None, f"not found: --credentials has no `machine {host}` and no `machine {target.server}`")
        if target.trusted or access.is_empty:
            return _Shown(None)
        name = target.server
        step = f"use --trust {name}, or write its address in --credentials"
        return _Shown(None, f"not sent, because it is not certain that this is {name}: {step}")
    if parts.scheme == "https" or access.plain_http or is_loopback(str(connection.getpeername()[0])):
        return _Shown(found)
    return _Shown(None, _PLAIN, Trouble.PLAIN_HTTP)


def _kept_back(failure: NoAnswerError, target: Target, access: Access) -> NoAnswerError:
    """What a refusal may come from: a certificate that was not shown."""
    if failure.trouble is not Trouble.REFUSED or target.trusted or access.tls.cert is None:
        return failure
    words = f"{failure}; --cert was not used, because it is not certain that this is {target.server}: use --trust {target.server}"
    return NoAnswerError(failure.trouble, words, again=failure.again, lost=failure.lost)


def _connected(
    parts: SplitResult, target: Target, tls: Tls, deadline: Deadline, limits: RequestLimits
) -> socket.socket:
    host = parts.hostname or ""

    def reach() -> socket.socket:
        return tcp(host, port_of(parts), deadline, limits.connect)

    if parts.scheme == "http":
        return reach()
    context = tls.context()
    try:
        return secured(reach(), context, host, deadline, limits.connect)
    except ssl.SSLCertVerificationError as error:
        # A name that only the spec says proves nothing where public authorities are trusted: its author may own that name.
        if error.verify_code not in OTHER_NAME or not (target.trusted or tls.cacert is not None):
            raise
    # Kea itself never looks at the names in a certificate, so that many are for the server's name alone.
    return secured(reach(), context, target.server, deadline, limits.connect)


def port_of(parts: SplitResult) -> int:
    """The port of a URL, also where it names none."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def _exchange(wire: Wire, parts: SplitResult, content: bytes, shown: _Shown) -> bytes:
    host = parts.hostname or ""
    lines = [
        f"POST {parts.path or '/'}{'?' if parts.query else ''}{parts.query} HTTP/1.1",
        f"Host: {f'[{host}]' if ':' in host else host}:{port_of(parts)}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    if shown.credential is not None:
        lines.append(f"Authorization: Basic {shown.credential.basic}")
    wire.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii") + content)
    answer = http.client.HTTPResponse(cast(socket.socket, wire), method="POST")
    answer.begin()
    body = _body(answer)
    if answer.status != _OK:
        raise _refused(answer, body, shown)
    return body


def _body(answer: http.client.HTTPResponse) -> bytes:
    """All of the body. http.client returns a body that ends too soon as if it were complete, so its length is checked."""
    received = bytearray()
    while piece := answer.read(_PIECE):
        received += piece
    if answer.length:
        raise NoAnswerError(
            Trouble.UNCLEAR, f"the answer was cut off, {answer.length:,} bytes before its end; look at the server's log"
        )
    return bytes(received)


def _refused(answer: http.client.HTTPResponse, body: bytes, shown: _Shown) -> NoAnswerError:
    """What a status other than 200 means. Kea's own say no more than their name."""
    credential = shown.credential
    if answer.status == _UNAUTHORIZED:
        if shown.kept:
            step = f"it requires a password, which was {shown.kept}"
        elif credential is None:
            step = "it requires a user name and a password: set KEA_HAC_USER and KEA_HAC_PASSWORD_FILE, or use --credentials"
        else:
            step = f"the user name or password of {credential.origin} is not accepted by the server"
            if credential.has_spaces:  # seen on 2.6.3
                step += (
                    "; one of them contains a space, and Kea reads the first word only of a user-file or password-file"
                )
        return NoAnswerError(shown.trouble, f"401 Unauthorized: {step}")
    if answer.status == _FORBIDDEN:
        return NoAnswerError(
            Trouble.REFUSED,
            "403 Forbidden: an HA listener accepts the commands of its partner only (restrict-commands), and a server whose rules "
            "forbid the command; ask the control agent or an HTTP control socket",
        )
    reason = credential.cover(answer.reason) if credential else answer.reason
    status = f"{answer.status} {quoted(reason)}".strip()
    if 300 <= answer.status < 400:
        return NoAnswerError(
            Trouble.UNCLEAR,
            f"{status}: it redirects the request, which Kea never does; redirects are not followed; is this the right port?",
        )
    what = (
        "with a web page" if body.lstrip()[:1] == b"<" else "a status that Kea does not send for a well-formed request"
    )
    return NoAnswerError(Trouble.UNCLEAR, f"{status}, {what}; is there a proxy or another server in between?")


def _no_http(error: Exception, secure: bool, shows: bool, *, heard: bool) -> NoAnswerError:
    if isinstance(error, http.client.IncompleteRead):
        return cut_short()
    if not heard:
        return cut_off(secure, shows)
    hint = "" if secure else " the server may require https;"
    return NoAnswerError(Trouble.UNCLEAR, f"the answer is not HTTP;{hint} is this the port of another service?")
