"""HTTP and HTTPS from inside a namespace: a Kea control agent, an HTTP control socket or an HA listener."""

import base64
import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.lab.namespaces import Namespace


def message(command: str, arguments: Any = None, service: str | None = None) -> bytes:
    """One command as Kea reads it: raw UTF-8, because Kea misreads most \\u escapes."""
    body: dict[str, Any] = {"command": command}
    if service is not None:
        body["service"] = [service]
    if arguments is not None:
        body["arguments"] = arguments
    return json.dumps(body, ensure_ascii=False).encode()


def post(
    where: Namespace,
    url: str,
    content: bytes,
    user: str | None = None,
    password: str | None = None,
    ca: Path | None = None,
    cert: Path | None = None,
    key: Path | None = None,
    timeout: float = 10,
) -> tuple[int, Any]:
    """POST `content`; → status and the answer, parsed when it is JSON. OSError (ssl.SSLError is one) when there is none."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    headers = {"Content-Type": "application/json"}
    if user is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password or ''}".encode()).decode()
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.sock = where.connect(host, port, timeout)
    try:
        if parts.scheme == "https":
            connection.sock = _context(ca, cert, key).wrap_socket(connection.sock, server_hostname=host)
        connection.request("POST", parts.path or "/", content, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise ConnectionError(f"{url}: {error!r}") from error
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, text


def _context(ca: Path | None, cert: Path | None, key: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca)
    if ca is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert is not None:
        context.load_cert_chain(cert, key)
    return context
