"""Kea's configuration files → Reading: the way in for `lint` and `import`, and for `!include x.conf` of a specification.

The grammar is Kea's (src/bin/dhcp4/dhcp4_parser.yy): a comma may follow the last entry, keys are unique, integers and
floats differ by how they are written. Checked against kea-dhcp4 -t of 2.2.0, 2.6.3 and 3.0.4.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from sys import intern
from typing import NoReturn

from kea_hac.diagnostics import Route, rewrite_it
from kea_hac.source.allowed import Files
from kea_hac.source.conflict_markers import conflict_marker
from kea_hac.source.document import MERGED, LostValue, Map, Seq, pack, packed
from kea_hac.source.include_places import Root
from kea_hac.source.includes import Includes, Source
from kea_hac.source.kea_json_lexer import Lexer, Token
from kea_hac.source.kea_json_shapes import Shapes
from kea_hac.source.ledger import HaltError, Ledger, LoadedValue, Reading, without_gc
from kea_hac.source.limits import DEFAULT_LIMITS, Limits
from kea_hac.source.rules import DUPLICATE_KEY, EMPTY_FILE, EXTRA_COMMA, JSON_SYNTAX, NOT_A_MAP, OVER_LIMIT
from kea_hac.source.secret_spans_json import json_secrets
from kea_hac.source.secrets import names_secret

_KEEP = "keep it beside the file that includes it, or name its folder: --root /etc/kea=FOLDER"


def read_kea_json(
    path: Path,
    *,
    limits: Limits = DEFAULT_LIMITS,
    roots: Sequence[Root] = (),
    opaque: bool = False,
    comments: bool = False,
    files: Files | None = None,
) -> Reading:
    """Read one of Kea's configuration files, with what it includes. Never raises for anything in or about the files.

    Includes are read from the Git work tree that holds the file, else from its folder, and from `roots`. `include_places` finds the files
    of a server. A relative include is looked for in the folder of the file that names it, then in
    that of the input (Kea: in its working directory), and a diagnostic says so. An include at a key that names a secret is not
    read, and becomes a Secret: the content of the file never enters the tree. `opaque`: no include is read, each becomes a Secret.
    With `comments` the document knows where the comments are. `files`: where the files are; the disk, unless others are named.
    """
    ledger = Ledger(limits)
    ledger.comments = [] if comments else None
    includes = Includes(ledger, others=roots, keep=_KEEP, copied=True, files=files)
    return _read(ledger, includes, includes.main(os.fspath(path)), opaque=opaque)


def read_kea_json_text(
    text: str, path: str = "<text>", *, limits: Limits = DEFAULT_LIMITS, opaque: bool = False, comments: bool = False
) -> Reading:
    """Read Kea's JSON from a text. `path` names it in diagnostics, and its folder bounds what it may include.

    `opaque`: no include is read, each becomes a Secret: in compiled files they name files of the DHCP server.
    `comments` as in `read_kea_json`.
    """
    ledger = Ledger(limits)
    ledger.comments = [] if comments else None
    includes = Includes(ledger)
    return _read(ledger, includes, includes.text(text, path), opaque=opaque)


def _read(ledger: Ledger, includes: Includes, source: Source | None, *, opaque: bool = False) -> Reading:
    if source is None:
        return ledger.reading(None)
    try:
        with without_gc():
            loaded = read_kea_json_source(ledger, includes, source, (), opaque=opaque)
    except HaltError:
        loaded = None
    root = loaded.value if loaded else None
    if isinstance(root, Seq) and len(root) == 1:
        root = root[0]  # the agent's form of config-get: a list with one answer
    if loaded and not isinstance(root, Map):
        ledger.report(NOT_A_MAP, loaded.at, 'a Kea configuration is a map with one key, as in {"Dhcp4": { … }}')
    return ledger.reading(root if isinstance(root, Map) else None)


def read_again(ledger: Ledger, includes: Includes, source: Source | None) -> Reading:
    """A file once more, from texts that were read before; an include of a file that was not stays one."""
    return _read(ledger, includes, source)


def read_kea_json_source(
    ledger: Ledger, includes: Includes, source: Source, route: Route, *, opaque: bool = False
) -> LoadedValue | None:
    """The value of one text; None when an include failed in its place. Raises HaltError at a syntax error, which is already reported."""
    ledger.texts[source.number].finder = json_secrets
    parser = _Parser(ledger, includes, source, route, opaque)
    loaded = parser.value(parser.lexer.next())
    rest = parser.lexer.next()
    if rest.kind != "end":
        parser.refuse(rest, "the configuration ends before this")
    return loaded


class _Parser:
    def __init__(self, ledger: Ledger, includes: Includes, source: Source, route: Route, opaque: bool) -> None:
        self._ledger = ledger
        self._source = source
        self._route: list[str | int] = list(route)
        self._depth = 0
        self._nodes = 0
        self._shapes = Shapes()
        self.lexer = Lexer(ledger, includes, source, self._route, opaque=opaque)

    def value(self, token: Token) -> LoadedValue | None:
        """The value that begins with a token. None when an include failed in its place."""
        kind, value, at = token
        if kind in ("string", "value"):
            return LoadedValue(value, at, 1, 0)
        if kind in ("{", "["):
            self._depth += 1
            if self._depth > self._ledger.limits.depth:
                self._ledger.report(
                    OVER_LIMIT,
                    at,
                    f"maps and lists are nested more than {self._ledger.limits.depth} levels deep",
                    route=tuple(self._route),
                )
                raise HaltError
            loaded = self._map(at) if kind == "{" else self._list(at)
            self._depth -= 1
            return loaded
        if kind == "missing":
            self._ledger.lost.append(LostValue(tuple(self._route), at))
            return None
        if kind == "end" and not self._depth:
            self._ledger.report(EMPTY_FILE, at, "this file contains no value")
            raise HaltError
        return self.refuse(token, "a value is expected here")

    def _map(self, start: int) -> LoadedValue:
        node = Map()
        plain = self._plain(node)
        size, height = 1 + plain, 0
        token = self.lexer.next() if plain else self._key_or_end("}")
        while token.kind != "}":
            if token.kind != "string":
                self.refuse(token, "a key in double quotes or } is expected here; is a double quote missing?")
            key = intern(str(token.value))
            self._count(2, token.at)
            self._route.append(key)
            self._expect_colon()
            loaded = self.value(self.lexer.next(secret=names_secret(key)))
            if key in node:
                self._duplicate(node, key, token.at)
            elif loaded is not None:
                node[key] = loaded.value
                node.spans += (token.at, loaded.at)
                size += 1 + loaded.size
                height = max(height, loaded.height)
            self._route.pop()
            if self.lexer.to_next_key():
                size += self._plain(node)
                token = self.lexer.next()
            else:
                token = self._after("}")
        node.spans = packed(node.spans)
        return LoadedValue(node, _across(start, token.at), size, height + 1)

    def _plain(self, node: Map) -> int:
        """Take the next entries that need no look at each token, within the limit. Returns the nodes that they are."""
        nodes = 2 * self.lexer.plain_entries(node, (self._ledger.limits.nodes - self._nodes) // 2)
        self._nodes += nodes
        return nodes

    def _list(self, start: int) -> LoadedValue:
        node = Seq()
        alike = self._alike(node)
        size, height = 1 + alike[0], alike[1]
        token = self.lexer.next() if node else self._key_or_end("]")
        while token.kind != "]":
            self._route.append(len(node))
            self._count(1, token.at)
            loaded = self.value(token)
            if loaded is not None:
                node.append(loaded.value)
                node.spans.append(loaded.at)
                size += loaded.size
                height = max(height, loaded.height)
                self._shapes.learn(loaded.value, loaded.size)
            self._route.pop()
            if self.lexer.to_next_map():
                alike = self._alike(node)
                size, height = size + alike[0], max(height, alike[1])
                token = self.lexer.next()
            else:
                token = self._after("]")
        node.spans = packed(node.spans)
        return LoadedValue(node, _across(start, token.at), size, height + 1)

    def _alike(self, node: Seq) -> tuple[int, int]:
        """Take the next items that are written like earlier ones, within the limits. Returns the nodes that they are, and their height."""
        limits = self._ledger.limits
        taken = self.lexer.alike_items(node, self._shapes, limits.nodes - self._nodes, limits.depth - self._depth)
        self._nodes += taken[0]
        return taken

    def _count(self, nodes: int, at: int) -> None:
        """Stop reading a file with more keys and values than the limit."""
        self._nodes += nodes
        if self._nodes > self._ledger.limits.nodes:
            message = self._ledger.limits.too_many_nodes(self._nodes)
            self._ledger.report(OVER_LIMIT, at, message, route=tuple(self._route))
            raise HaltError

    def _key_or_end(self, end: str) -> Token:
        """The first token of a container; its entries may have been in a failed include."""
        token = self.lexer.next()
        while token.kind == "missing" and end == "}":
            self._lost_entries(token)
            token = self._skip_comma(self.lexer.next())
        return token

    def _after(self, end: str) -> Token:
        """The token after an entry: the end, or the first one after the comma."""
        token = self.lexer.next()
        while token.kind == "missing":
            self._lost_entries(token)
            token = self.lexer.next()
        if token.kind == end:
            return token
        if token.kind != ",":
            self.refuse(token, f"a comma or {end} is expected here; is the comma missing after the previous entry?")
        comma = token
        lost = len(self._ledger.lost)
        token = self._skip_comma(token)
        if token.kind == end and len(self._ledger.lost) == lost:
            self._ledger.report(
                EXTRA_COMMA,
                comma.at,
                f"there is a comma before {end}",
                route=tuple(self._route),
                fix="remove the comma",
                repair=rewrite_it(""),
            )
        return token

    def _skip_comma(self, token: Token) -> Token:
        """What follows any number of commas, which Kea allows only after an entry, and any failed includes of entries."""
        while token.kind in (",", "missing"):
            if token.kind == "missing":
                self._lost_entries(token)
            token = self.lexer.next()
        return token

    def _lost_entries(self, token: Token) -> None:
        """Note that entries of the container which is open could not be read."""
        self._ledger.lost.append(LostValue((*self._route, MERGED), token.at))

    def _expect_colon(self) -> None:
        token = self.lexer.next()
        if token.kind != ":":
            self.refuse(token, f"a colon is expected after the key {self._route[-1]}")

    def _duplicate(self, node: Map, key: str, at: int) -> None:
        related: tuple[tuple[int, str], ...] = ()
        if not self._ledger.full:
            related = ((node.spans[2 * node.number(key)], "it is here already"),)
        self._ledger.report(
            DUPLICATE_KEY, at, f"the key {key} is in this map twice", route=tuple(self._route), related=related
        )

    def refuse(self, token: Token, message: str) -> NoReturn:
        """Report a syntax error at a token and end the file. The conflict marker of a merge is named in its place."""
        number = token.at >> 64
        marker = conflict_marker(self._ledger.texts[number].text)
        if marker is not None:
            self._ledger.report(JSON_SYNTAX, pack(number, *marker[:2]), marker[2], route=tuple(self._route))
            raise HaltError
        seen = (
            "the end of the file" if token.kind == "end" else token.kind if len(token.kind) == 1 else f"a {token.kind}"
        )
        seen = "an include that could not be read" if token.kind == "missing" else seen
        self._ledger.report(JSON_SYNTAX, token.at, f"{message} (found: {seen})", route=tuple(self._route))
        raise HaltError


def _across(start: int, end: int) -> int:
    """From a bracket to its partner, or the first one only, where they are in different files."""
    if start >> 64 != end >> 64:
        return start
    return pack(start >> 64, start >> 32 & 0xFFFFFFFF, end & 0xFFFFFFFF)
