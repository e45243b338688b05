"""Lease files as the versions of Kea write them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

V4 = {
    "2.2": "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context",
    "2.4": "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id",
    "1.0": "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname",
}
V6 = {
    "2.2": "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,"
    "state,user_context,hwtype,hwaddr_source",
    "2.4": "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,"
    "state,user_context,hwtype,hwaddr_source,pool_id",
}
NOW = 1_000_000
LATER = NOW + 3600


def row4(
    address: str,
    *,
    subnet: int = 1,
    valid: int = 3600,
    expire: int = LATER,
    name: str = "",
    state: int | str = 0,
    mac: str = "02:00:00:00:00:01",
    version: str = "2.4",
) -> str:
    cells = [address, mac, "01:02", str(valid), str(expire), str(subnet), "0", "0", name, str(state), "", "0"]
    return ",".join(cells[: V4[version].count(",") + 1])


def row6(
    address: str,
    *,
    subnet: int = 1,
    length: int = 128,
    valid: int = 3600,
    expire: int = LATER,
    name: str = "",
    state: int = 0,
    version: str = "2.4",
) -> str:
    kind = "0" if length == 128 else "2"
    cells = [
        address,
        "00:01:02",
        str(valid),
        str(expire),
        str(subnet),
        "1800",
        kind,
        "7",
        str(length),
        "0",
        "0",
        name,
        "",
        str(state),
        "",
        "",
        "",
        "0",
    ]
    return ",".join(cells[: V6[version].count(",") + 1])


def write(path: str, header: str, rows: Iterable[str], *, half: str = "") -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("".join(f"{each}\n" for each in (header, *rows)) + half, "utf-8")
    return path
