"""Reservations as config-get shows them: sorted by the bytes of the identifier, then by its kind (cfg_hosts.h, host.cc).

100,000 of them come through here, so the common one is made in one go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, repeat
from operator import itemgetter
from typing import Any

from kea_hac.diagnostics import Route
from kea_hac.kea.addressing import read_prefix
from kea_hac.kea.config import FEW, Block, Json
from kea_hac.kea.config_get.options import option_data
from kea_hac.kea.config_get.target import NO_ADDRESS, Rows, Target, address_shown, maps, number_shown, with_context
from kea_hac.kea.identifiers import all_as_shown, all_bytes, identifier_bytes
from kea_hac.source.document import Secret

IDENTIFIERS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
"""In the order in which Kea ranks equal bytes (Host::IdentifierType)."""
_COLONS = frozenset({"hw-address", "duid"})
_BEFORE_HOSTNAME = frozenset({"client-id", "duid", "flex-id"})
"""Whose key comes between `client-classes` and `hostname` in the order of the alphabet."""
_RANK = {kind: rank for rank, kind in enumerate(IDENTIFIERS)}
_RANKED = itemgetter(0, 1)
_VERBATIM = frozenset({"boot-file-name", "hostname", "ip-address", "next-server", "server-hostname"})
"""What DHCPv4 shows of a reservation as it is written."""
_Keyed = tuple[bytes, int, Mapping[str, Json]]
"""Bytes and rank of the identifier, and the reservation."""


def reservations(target: Target, entries: Json) -> list[Block] | Secret:
    """A `reservations` list. The file on the servers that holds it stays: what is in it is not known."""
    if isinstance(entries, Secret):
        return entries
    if target.shared is not None and isinstance(entries, list) and entries:
        return target.shared.of(entries, lambda: _reservations(target, entries), target)
    return _reservations(target, entries)


def _reservations(target: Target, entries: Json) -> list[Any]:
    make = _four if target.family == 4 else _six
    hosts = [*maps(entries)]
    if target.printed and target.family == 4 and (rows := _as_written(target, hosts)):
        return [rows]
    keyed = _keyed(hosts)
    keyed.sort(key=_RANKED)
    if target.printed and target.family == 4:
        return list(_in_rows(target, keyed))
    return [make(target, IDENTIFIERS[rank], octets, entry) for octets, rank, entry in keyed]


def _as_written(target: Target, hosts: list[Mapping[str, Json]]) -> Rows | None:
    """All of a list together, where they have the same keys, and Kea shows all of their values as they are written."""
    shapes = set(map(tuple, hosts))
    if len(shapes) != 1 or len(hosts) <= FEW:
        return None
    (keys,) = shapes
    if "hw-address" not in keys or not all_as_shown(list(map(itemgetter("hw-address"), hosts))):
        return None
    hosts = sorted(hosts, key=itemgetter("hw-address"))
    return _rows(target, "hw-address", {key: list(map(itemgetter(key), hosts)) for key in keys})


def _rows(target: Target, kind: str, columns: dict[str, list[Json]]) -> Rows | None:
    """Maps with these values. None where not all values are shown as they are written. `kind`: of the identifier, which is."""
    if not _VERBATIM.issuperset({*columns} - {kind}) or NO_ADDRESS[4] in columns.get("ip-address", ()):
        return None
    shown = _four(target, kind, b"", {key: key for key in columns})
    several = len(columns[kind])
    return Rows({key: columns.get(str(value)) or [value] * several for key, value in shown.items()})


def _keyed(hosts: Sequence[Mapping[str, Json]]) -> list[_Keyed]:
    """Each with what it is sorted by."""
    all_octets = all_bytes([host.get("hw-address") for host in hosts])
    if all_octets is not None:
        return list(zip(all_octets, repeat(_RANK["hw-address"]), hosts, strict=False))
    keyed = []
    for host in hosts:
        kind = next((kind for kind in IDENTIFIERS if kind in host), "flex-id")
        text = host.get(kind)
        octets = identifier_bytes(text) if isinstance(text, str) else None
        keyed.append((octets if octets is not None else b"", _RANK[kind], host))
    return keyed


def _in_rows(target: Target, keyed: list[_Keyed]) -> Iterator[Rows | Block]:
    """Those that follow each other with the same keys together, where all of their values are shown as they are written."""
    for (rank, keys), group in groupby(keyed, lambda each: (each[1], tuple(each[2]))):
        alike, kind = list(group), IDENTIFIERS[rank]
        if len(alike) > FEW and all(octets for octets, _, _ in alike):
            columns: dict[str, list[Json]] = {key: [host[key] for _, _, host in alike] for key in keys}
            columns[kind] = [_digits(kind, octets) for octets, _, _ in alike]
            if rows := _rows(target, kind, columns):
                yield rows
                continue
        yield from (_four(target, kind, octets, host) for octets, _, host in alike)


def _identifier(kind: str, octets: bytes, entry: Mapping[str, Json]) -> Json:
    return _digits(kind, octets) if octets else entry.get(kind)


def _digits(kind: str, octets: bytes) -> str:
    return octets.hex(":") if kind in _COLONS else octets.hex().upper()


def _classes(entry: Mapping[str, Json]) -> list[Json]:
    written = entry.get("client-classes")
    return list(dict.fromkeys(written)) if isinstance(written, list) else []


def _four(target: Target, kind: str, octets: bytes, entry: Mapping[str, Json]) -> Block:
    get = entry.get
    identifier = _identifier(kind, octets, entry)
    result: dict[str, Json] = {"boot-file-name": get("boot-file-name", "")}
    if kind == "circuit-id":
        result[kind] = identifier
    result["client-classes"] = _classes(entry) if "client-classes" in entry else []
    if kind in _BEFORE_HOSTNAME:
        result[kind] = identifier
    result["hostname"] = get("hostname", "")
    if kind == "hw-address":
        result[kind] = identifier
    if get("ip-address", NO_ADDRESS[4]) != NO_ADDRESS[4]:
        result["ip-address"] = entry["ip-address"]
    result["next-server"] = get("next-server", NO_ADDRESS[4])
    result["option-data"] = option_data(target, entry["option-data"], target.custom) if "option-data" in entry else []
    result["server-hostname"] = get("server-hostname", "")
    return _finished(entry, result)


def _six(target: Target, kind: str, octets: bytes, entry: Mapping[str, Json]) -> Block:
    get = entry.get
    result: dict[str, Json] = {"client-classes": _classes(entry) if "client-classes" in entry else []}
    if kind == "duid":
        result[kind] = _identifier(kind, octets, entry)
    if any(get("excluded-prefixes") or ()) and target.knows("reservation", "excluded-prefixes"):
        result["excluded-prefixes"] = [_excluded(each) for each in entry["excluded-prefixes"]]
    if kind == "flex-id":
        result[kind] = _identifier(kind, octets, entry)
    result["hostname"] = get("hostname", "")
    if kind not in ("duid", "flex-id"):
        result[kind] = _identifier(kind, octets, entry)
    result["ip-addresses"] = [address_shown(each, 6) for each in get("ip-addresses") or ()]
    result["option-data"] = option_data(target, entry["option-data"], target.custom) if "option-data" in entry else []
    result["prefixes"] = [_prefix(each) for each in get("prefixes") or ()]
    return _finished(entry, result)


def _prefix(text: Json) -> Json:
    if not isinstance(text, str) or not text:
        return text
    address, slash, length = text.partition("/")
    return f"{address_shown(address, 6)}{slash}{int(length) if length.isdecimal() else length}"


def _excluded(text: Json) -> Json:
    """Kea keeps of an excluded prefix what lies within its length."""
    prefix = read_prefix(text, 6) if isinstance(text, str) and text else None
    return f"{number_shown(6, prefix.first)}/{prefix.length}" if prefix else text


def _finished(entry: Mapping[str, Json], result: dict[str, Json]) -> Block:
    at = entry.at if isinstance(entry, Block) else ()
    moved = entry.moved if isinstance(entry, Block) else None
    if "user-context" in entry or "comment" in entry:
        routes: dict[str, Route] = {}
        with_context(entry, result, routes)
        moved = {**(moved or {}), **routes} or None
    return Block(at, result, moved)
