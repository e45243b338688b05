"""A peer's url as the HA library reads it (url.cc and HAConfig::validate of 2.2 to 3.2)."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from kea_hac.kea.proposal import UNKNOWN, Instead
from kea_hac.records import dataclass

LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class PeerUrl:
    """Where a server listens, or is dialled."""

    scheme: str
    """http or https."""
    address: IPv4Address | IPv6Address
    port: int
    """0 when none is written. Kea takes numbers beyond 65535 here and cuts them to 16 bits later."""
    endpoint: tuple[str, int]
    """Address and port, as texts and numbers compare."""

    @property
    def usable(self) -> bool:
        """True when something can listen on the port."""
        return 0 < self.port <= LARGEST_PORT


@lru_cache(maxsize=4096)  # every server of a relationship lists every peer
def read_peer_url(text: str) -> PeerUrl:
    """Read a url the way Kea does. Raises ValueError, whose text says what is wrong, for what Kea refuses."""
    scheme, colon, rest = text.partition(":")
    if not colon or not scheme:
        raise ValueError("it has no scheme; it must begin with http:// or https://")
    if scheme not in ("http", "https"):
        raise ValueError(f"its scheme is {scheme!r}; it must be http or https, in lower case")
    if not rest.startswith("//"):
        raise ValueError(f"{scheme}: must be followed by //")
    host, port = _host_and_port(rest[2:])
    try:
        address = ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    except ValueError:
        raise ValueError(f"{host!r} is not an IP address, and Kea does not resolve names") from None
    return PeerUrl(scheme, address, port, (str(address), port))


def url_fix(text: str) -> Instead:
    """What to write for a url that Kea refuses: with its scheme, in lower case, with brackets; no address for a name."""
    scheme, _, rest = text.strip().rpartition("://")
    for start in (scheme.lower() or "http", "http"):
        for host in (rest, re.sub(r"^([0-9A-Fa-f:]+:[0-9A-Fa-f]*):([0-9]{4,5})(/.*)?$", r"[\1]:\2\3", rest)):
            meant = f"{start}://{host.removeprefix('//')}"
            try:
                if read_peer_url(meant).usable:
                    return Instead(f"write {meant}", meant)
            except ValueError:
                continue
    return UNKNOWN if scheme else Instead("write http:// or https://, the numeric address and the port")


def _host_and_port(rest: str) -> tuple[str, int]:
    if not rest:
        raise ValueError("it contains no address")
    if rest.startswith("["):
        end = rest.find("]") + 1
        if end < 3:
            raise ValueError("an IPv6 address must be between [ and ]")
    else:
        if rest.count(":") > 1:
            raise ValueError("an IPv6 address must be between [ and ]")
        # Kea looks for a colon first, even one behind a slash
        ends = [at for at in (rest.find(":"), rest.find("/")) if at >= 0]
        end = ends[0] if ends else len(rest)
    host, after = rest[:end], rest[end:]
    if not after.startswith(":"):
        return host, 0
    port = after[1:].partition("/")[0]
    if not re.fullmatch(r"[0-9]{1,10}", port) or int(port) > 0xFFFFFFFF:
        raise ValueError(f"{port!r} is not a port number" if port else "a port number must follow the last colon")
    return host, int(port)
