"""Why a request failed, as a message with the next step for the user."""

from __future__ import annotations

import errno
import os
import re
import ssl
from typing import Final

from kea_hac.errors import ChannelError
from kea_hac.live.endpoint import Trouble
from kea_hac.live.limits import RequestLimits

_EXPIRED, _NOT_YET = 10, 9
_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21})
OTHER_NAME: Final = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH."""
SHOWN = 200
"""Characters of somebody else's text that a reason quotes."""


class NoAnswerError(ChannelError):
    """One request failed. The message contains what was seen and the next step; never a secret."""

    def __init__(
        self,
        trouble: Trouble,
        text: str,
        *,
        again: bool = False,
        lost: bool = False,
        late: bool = False,
        empty: bool = False,
    ) -> None:
        super().__init__(text)
        self.trouble = trouble
        self.again = again
        """True when there was no connection, so nothing was sent: trying again may help and cannot harm."""
        self.lost = lost
        """True when the connection ended while the answer was waited for."""
        self.late = late
        """True when the time limit was reached."""
        self.empty = empty
        """True when Kea answered that there is nothing (result 3)."""


def quoted(text: str) -> str:
    """A string from a server, made safe to print: one line, no control characters, not too long."""
    line = re.sub(r"\s+", " ", "".join(char if char.isprintable() else " " for char in text)).strip()
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"


def of_connection(error: OSError, secure: bool, has_certificate: bool) -> NoAnswerError:
    """What a failed connection, handshake or transfer means. `secure`: it was to be TLS; `has_certificate`: we showed one."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NoAnswerError(Trouble.REFUSED, _certificate(error))
    if isinstance(error, ssl.SSLError):
        return NoAnswerError(Trouble.REFUSED, _handshake(error, has_certificate))
    if isinstance(error, ConnectionRefusedError):
        return NoAnswerError(
            Trouble.DOWN,
            "nothing listens there (connection refused); does the server run, and does it use this address?",
            again=True,
        )
    if isinstance(error, ConnectionError):
        return cut_off(secure, has_certificate)
    if error.errno is None:
        return NoAnswerError(Trouble.UNREACHABLE, quoted(str(error)))
    written = quoted(error.strerror or os.strerror(error.errno))
    again = error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN)
    return NoAnswerError(
        Trouble.UNREACHABLE, f"{written}; is there a route from this host, and does the machine run?", again=again
    )


def cut_off(secure: bool, has_certificate: bool) -> NoAnswerError:
    """The connection stopped without a word.

    It is not tried again: 2.2's dhcp6 can die of config-get, and after a restart it would die again.
    """
    if secure and not has_certificate:
        hint = "Kea does this when it requires a certificate of the client: use --cert and --key"
    elif secure:
        hint = "Kea does this when it does not trust the certificate of --cert"
    else:
        hint = "it may be stopping, or may require https"
    return NoAnswerError(
        Trouble.REFUSED if secure else Trouble.UNREACHABLE,
        f"it closed the connection without an answer; {hint}",
        lost=True,
    )


def too_late(limits: RequestLimits, *, connected: bool, heard: bool) -> NoAnswerError:
    """The time limit was reached: before there was a connection, before the first byte, or in the middle of the answer."""
    if not connected:
        written = (
            f"no connection within {limits.connect:g} s; does the machine run, and does a firewall block this host?"
        )
    elif not heard:
        written = (
            f"connected, but no answer within {limits.total:g} s; the server hangs, is very busy, or is another service"
        )
    else:
        written = (
            f"the answer began but did not end within {limits.total:g} s; is the server or the network overloaded?"
        )
    return NoAnswerError(Trouble.UNREACHABLE, written, late=True)


def no_handshake(limits: RequestLimits) -> NoAnswerError:
    """The machine answers, but the TLS handshake did not end in time."""
    written = f"connected, but no TLS within {limits.connect:g} s; the server may use plain http, or may hang"
    return NoAnswerError(Trouble.UNREACHABLE, written, late=True)


def cut_short() -> NoAnswerError:
    """The connection failed in the middle of an answer."""
    return NoAnswerError(Trouble.UNCLEAR, "the answer was cut off; look at the server's log")


def too_much(most: int) -> NoAnswerError:
    """The answer is larger than any of Kea's."""
    return NoAnswerError(Trouble.UNCLEAR, f"the answer has more than {most:,} bytes; is this a server of Kea?")


def of_unix(error: OSError) -> NoAnswerError:
    """What a failed conversation over a unix socket means."""
    if isinstance(error, FileNotFoundError):
        return NoAnswerError(Trouble.DOWN, "there is no such socket; is the daemon running?", again=True)
    if isinstance(error, PermissionError):
        return NoAnswerError(
            Trouble.REFUSED, "no permission to open it; run kea-hac as root, or as a member of Kea's group"
        )
    if isinstance(error, ConnectionRefusedError):
        return NoAnswerError(Trouble.DOWN, "no process answers at this socket; is the daemon running?", again=True)
    if isinstance(error, ConnectionError):
        return NoAnswerError(Trouble.DOWN, "it closed the connection without an answer; it may be stopping", lost=True)
    return NoAnswerError(
        Trouble.UNREACHABLE, f"{quoted(error.strerror or str(error))}; is this a control socket of Kea?"
    )


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    if code == _EXPIRED:
        return "its certificate has expired; renew it on the server"
    if code == _NOT_YET:
        return "its certificate is not valid yet; compare the clocks of both machines"
    if code in _UNTRUSTED:
        return "its certificate is from an authority that is not trusted here; name the right authority with --cacert"
    if code in OTHER_NAME:
        return "its certificate is for another name; use --live NAME=URL with the name or address in the certificate"
    return f"its certificate is not accepted ({quoted(error.verify_message)}); show it with `openssl x509 -text`"


def _handshake(error: ssl.SSLError, has_certificate: bool) -> str:
    reason = (error.reason or "").upper()
    if (
        "WRONG_VERSION_NUMBER" in reason
        or "HTTP_REQUEST" in reason
        or "RECORD_LAYER" in reason
        or "PACKET_LENGTH" in reason
    ):
        return "the port does not use TLS; use http, or check the port"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "EOF" in reason:
        return str(cut_off(secure=True, has_certificate=has_certificate))
    if "ALERT" in reason:
        hint = (
            "is the certificate of --cert from an authority that the server trusts?"
            if has_certificate
            else "use --cert and --key if the server requires a certificate"
        )
        return f"it refused the TLS handshake ({quoted(reason.lower().replace('_', ' '))}); {hint}"
    return f"TLS failed ({quoted(reason.lower().replace('_', ' ') or type(error).__name__)})"


def of_file(error: OSError) -> str:
    """The reason that a file could not be opened."""
    return os.strerror(error.errno).lower() if error.errno else quoted(str(error))
