"""Kea's own text of a JSON tree, byte for byte, and the hash that `config-hash-get` gives of it.

Facts: Element::toJSON in lib/cc/data.cc at 2.2.0, 2.6.3 and 3.0.4; the tests compare with the hashes of real servers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, repeat
from json.encoder import encode_basestring_ascii
from typing import Any

from kea_hac.kea.config import FEW, Daemon, Json
from kea_hac.kea.config_get.changes_at_start import logs_to_syslog
from kea_hac.kea.config_get.target import Rows, Shared
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.regex import regex
from kea_hac.source.document import Secret

Resolver = Callable[[Secret], str | None]
"""Returns the content of a secret's file on the server; None when it is not available."""

_Texts = dict[tuple[int, bool], tuple[Json, list[str]]]
_COMMON = frozenset({"subnet4", "subnet6", "reservations"})
"""Keys of lists that servers have in common, or most of their items."""
_PARTS = 64
"""Parts of the text that become bytes together."""
_CONSTANTS = {True: "true", False: "false", None: "null"}
_PLAIN = regex(r"[ !#-\[\]-~]*\Z").match


class UnresolvedSecretError(Exception):
    """A secret stands in the tree, and nobody gave its value."""


def kea_rendering(
    tree: Json, resolver: Resolver | None = None, version: KeaVersion | None = None, shared: Shared | None = None
) -> bytes:
    """The tree as Kea prints it: `{ "k": v, "l": [ 1, 2 ] }`, keys sorted by their bytes, strings escaped byte by byte.

    `version` matters for numbers with an exponent alone, which older versions print as no JSON knows them. `shared`: where
    several trees with the same `resolver` hold the same subnets and lists of reservations, each is printed once. Raises
    UnresolvedSecretError when a secret stands in the tree for which `resolver` gives nothing.
    """
    return b"".join(_rendered(tree, resolver, version, shared))


def _rendered(
    tree: Json, resolver: Resolver | None, version: KeaVersion | None, shared: Shared | None
) -> Iterator[bytes]:
    """The text in pieces: of 100,000 reservations it is never whole in memory."""
    printer = _Printer(resolver, version is not None and not has(version, Feature.EXPONENTS_IN_JSON), shared)
    printer.put(tree)
    for at in range(0, len(printer.parts), _PARTS):
        yield "".join(printer.parts[at : at + _PARTS]).encode("utf-8", "surrogateescape")


def config_hash(
    daemon: Daemon,
    config_shown: Mapping[str, Json],
    version: KeaVersion,
    resolver: Resolver | None = None,
    shared: Shared | None = None,
) -> str | None:
    """What `config-hash-get` answers for a configuration in the form of `shown`: upper-case SHA-256.

    None where the version has no such command, where a secret's value is not available, and where it changes at every start.
    `shared`: as for `kea_rendering`.
    """
    if not has(version, Feature.CONFIG_HASH) or logs_to_syslog(config_shown):
        return None
    digest = hashlib.sha256()
    try:
        for piece in _rendered({daemon.top: dict(config_shown)}, resolver, version, shared):
            digest.update(piece)
    except UnresolvedSecretError:
        return None
    return digest.hexdigest().upper()


class _Printer:
    def __init__(self, resolver: Resolver | None, odd_exponents: bool, shared: Shared | None) -> None:
        self.parts: list[str] = []
        self._resolver = resolver
        self._shared = shared
        self._odd_exponents = odd_exponents
        self._whole = "." if odd_exponents else ".e"
        """What a number has that needs no `.0`."""

    def put(self, value: Any) -> None:
        if isinstance(value, str):
            self.parts.append(_string(value))
        elif isinstance(value, dict):
            self._map(value)
        elif isinstance(value, list | tuple):
            self._list(value)
        elif value is None or isinstance(value, bool):
            self.parts.append(_CONSTANTS[value])
        elif isinstance(value, int):
            self.parts.append(str(value))
        elif isinstance(value, float):
            text = f"{value:.6g}"  # C++ streams: six significant digits
            self.parts.append(text if any(mark in text for mark in self._whole) else f"{text}.0")
        elif isinstance(value, Secret):
            self.parts.append(_string(self._text_of(value)))
        elif isinstance(value, Rows):
            self._rows(value.columns)
        else:
            raise TypeError(f"{type(value).__name__} is not allowed in a Kea configuration")

    def _map(self, value: dict[str, Any]) -> None:
        parts = self.parts
        parts.append("{ ")
        between = '"'
        for key in sorted(value):  # code points sort as their UTF-8 bytes do
            item = value[key]
            if isinstance(item, str):  # most are, and 100,000 reservations hold a million
                parts.append(f'{between}{key}": {_string(item)}')
            elif item == [] and isinstance(item, list):
                parts.append(f'{between}{key}": [  ]')
            else:
                parts.append(f'{between}{key}": ')
                if self._shared is None or not isinstance(item, list) or key not in _COMMON:
                    self.put(item)
                elif key == "reservations":
                    self._once(item, self._shared.texts)
                else:
                    self._subnets(item, self._shared.texts)
            between = ', "'
        parts.append(" }")

    def _list(self, value: Sequence[Any]) -> None:
        self.parts.append("[ ")
        for number, items in enumerate(_runs(value)):
            if number:
                self.parts.append(", ")
            if len(items) > FEW and items[0]:
                self._rows(dict(zip(items[0], zip(*map(dict.values, items), strict=True), strict=True)))
                continue
            for place, item in enumerate(items):
                if place:
                    self.parts.append(", ")
                self.put(item)
        self.parts.append(" ]")

    def _rows(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Maps with the same keys, with commas between them."""
        text = _in_one_go(columns)
        if text is not None:
            self.parts.append(text)
            return
        for number, row in enumerate(zip(*columns.values(), strict=True)):
            if number:
                self.parts.append(", ")
            self._map(dict(zip(columns, row, strict=True)))

    def _subnets(self, value: Sequence[Any], texts: _Texts) -> None:
        """A list of maps, each of which is printed when it is met for the first time."""
        self.parts.append("[ ")
        for number, item in enumerate(value):
            if number:
                self.parts.append(", ")
            self._once(item, texts)
        self.parts.append(" ]")

    def _once(self, value: Json, texts: _Texts) -> None:
        """A value, printed when it is met for the first time."""
        place = id(value), self._odd_exponents
        if place in texts:
            self.parts += texts[place][1]
            return
        begin = len(self.parts)
        self.put(value)
        texts[place] = value, self.parts[begin:]

    def _text_of(self, secret: Secret) -> str:
        text = self._resolver(secret) if self._resolver and not secret.listed else None
        if text is None:
            raise UnresolvedSecretError(secret.path)
        return text


def _runs(value: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The items of a list one by one; of a list of maps, those together that follow each other with the same keys."""
    if len(value) > FEW and all(map(isinstance, value, repeat(dict))):
        return (list(maps) for _, maps in groupby(value, tuple))
    return zip(value, strict=True)


def _in_one_go(columns: Mapping[str, Sequence[Any]]) -> str | None:
    """The text of maps with the same keys, where they have only plain texts and lists of these, as most of 100,000 reservations.

    None where something in them needs a look of its own.
    """
    parts: list[Iterable[str]] = []
    between = "{ "
    plain: list[Iterable[str]] = []
    for key in sorted(columns):
        column = columns[key]
        first, same = column[0], column.count(column[0]) == len(column)
        if same and isinstance(first, str):
            between += f'"{key}": {_string(first)}, '
        elif same and isinstance(first, list) and not first:
            between += f'"{key}": [  ], '
        elif set(map(type, column)) == {str}:
            parts += (repeat(f'{between}"{key}": "'), column)
            plain.append(column)
            between = '", '
        elif set(map(type, column)) == {list} and set(map(type, chain.from_iterable(column))) == {str}:
            parts += (
                repeat(f'{between}"{key}": [ '),
                ['"' + '", "'.join(each) + '"' if each else "" for each in column],
            )
            plain += column
            between = " ], "
        else:
            return None
    if not _PLAIN("".join(chain.from_iterable(plain))):
        return None
    end = f"{between.removesuffix(', ')} }}, "
    rows = zip(*parts, repeat(end), strict=False) if parts else repeat((end,), len(columns[key]))
    return "".join(chain.from_iterable(rows)).removesuffix(", ")


def _string(text: str) -> str:
    if _PLAIN(text):
        return f'"{text}"'
    octets = text.encode("utf-8", "surrogateescape").decode("latin-1")
    return encode_basestring_ascii(octets).replace("\x7f", "\\u007f")
