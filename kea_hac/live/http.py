"""One POST to a control agent or an HTTP control socket → the body of its answer, or why there is none.

Redirects are not followed, and nothing is believed of an answer but its status and its bytes.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import cast
from urllib.parse import SplitResult, urlsplit

from kea_hac.live.access import Access, Credential
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
from kea_hac.live.patience import Deadline, Patience
from kea_hac.live.wire import HandshakeTimeoutError, TooMuchError, Wire, secured, tcp

_PIECE = 1 << 16
_HEAD = 1 << 20
"""Bytes that the head of an answer may have, beside the body."""
_OK, _UNAUTHORIZED, _FORBIDDEN = 200, 401, 403


def post(url: str, content: bytes, server: str, access: Access, patience: Patience) -> bytes:
    """POST `content` to `url`. `server`: its name in the spec, which a certificate may be for. Raises NoAnswerError."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    credential = access.credential(server, parts.hostname or "")
    deadline = Deadline(patience.total)
    shows = access.tls.cert is not None
    wire: Wire | None = None
    try:
        wire = Wire(_connected(parts, server, access, deadline, patience), deadline, patience.answer_bytes + _HEAD)
        return _exchange(wire, parts, content, credential)
    except TooMuchError:
        raise too_much(patience.answer_bytes) from None
    # OSError stands before ValueError, because a certificate that fails is both.
    except HandshakeTimeoutError:
        raise no_handshake(patience) from None
    except TimeoutError:
        raise too_late(patience, connected=wire is not None, heard=wire is not None and wire.heard) from None
    except OSError as error:
        if wire is not None and wire.heard:
            raise cut_short() from None
        raise of_connection(error, secure, shows) from None
    except (http.client.HTTPException, ValueError) as error:
        raise _no_http(error, secure, shows, heard=wire is not None and wire.heard) from None
    finally:
        if wire is not None:
            wire.close()


def _connected(
    parts: SplitResult, server: str, access: Access, deadline: Deadline, patience: Patience
) -> socket.socket:
    host = parts.hostname or ""

    def reach() -> socket.socket:
        return tcp(host, _port(parts), deadline, patience.connect)

    if parts.scheme == "http":
        return reach()
    context = access.tls.context()
    try:
        return secured(reach(), context, host, deadline, patience.connect)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code not in OTHER_NAME:
            raise
    # Kea itself never looks at the names in a certificate, so that many are for the server's name alone.
    return secured(reach(), context, server, deadline, patience.connect)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _exchange(wire: Wire, parts: SplitResult, content: bytes, credential: Credential | None) -> bytes:
    host = parts.hostname or ""
    lines = [
        f"POST {parts.path or '/'}{'?' if parts.query else ''}{parts.query} HTTP/1.1",
        f"Host: {f'[{host}]' if ':' in host else host}:{_port(parts)}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    if credential is not None:
        lines.append(f"Authorization: Basic {credential.basic}")
    wire.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii") + content)
    answer = http.client.HTTPResponse(cast(socket.socket, wire), method="POST")
    answer.begin()
    body = _body(answer)
    if answer.status != _OK:
        raise _refused(answer, body, credential)
    return body


def _body(answer: http.client.HTTPResponse) -> bytes:
    """All of the body. http.client gives a body that ends too soon as if it were whole, so its length is looked at."""
    received = bytearray()
    while piece := answer.read(_PIECE):
        received += piece
    if answer.length:
        raise NoAnswerError(
            Trouble.UNCLEAR, f"the answer was cut off, {answer.length:,} bytes before its end; look at the server's log"
        )
    return bytes(received)


def _refused(answer: http.client.HTTPResponse, body: bytes, credential: Credential | None) -> NoAnswerError:
    """What a status other than 200 means. Kea's own say no more than their name."""
    if answer.status == _UNAUTHORIZED:
        if credential is None:
            step = (
                "it wants a user name and a password: set KEA_HAC_USER and KEA_HAC_PASSWORD_FILE, or give --credentials"
            )
        else:
            step = f"the user name or password of {credential.origin} is not one of its own"
        return NoAnswerError(Trouble.REFUSED, f"401 Unauthorized: {step}")
    if answer.status == _FORBIDDEN:
        return NoAnswerError(
            Trouble.REFUSED,
            "403 Forbidden: an HA listener answers so to all but its partner (restrict-commands), and a server whose rules "
            "forbid the command; ask the control agent or an HTTP control socket",
        )
    reason = credential.cover(answer.reason) if credential else answer.reason
    status = f"{answer.status} {quoted(reason)}".strip()
    if 300 <= answer.status < 400:
        return NoAnswerError(
            Trouble.UNCLEAR,
            f"{status}: it sends the request elsewhere, which Kea never does and is not followed; is this the right port?",
        )
    what = "with a web page" if body.lstrip()[:1] == b"<" else "which Kea answers to nothing that is well-formed"
    return NoAnswerError(Trouble.UNCLEAR, f"{status}, {what}; is there a proxy or another server in between?")


def _no_http(error: Exception, secure: bool, shows: bool, *, heard: bool) -> NoAnswerError:
    if isinstance(error, http.client.IncompleteRead):
        return cut_short()
    if not heard:
        return cut_off(secure, shows)
    hint = "" if secure else " it may want https, or"
    return NoAnswerError(Trouble.UNCLEAR, f"what it answers is no HTTP;{hint} is this the port of another service?")
