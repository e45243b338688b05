"""A map of a document → a Block typed by Kea's vocabulary, with every mistake noted and none raised.

The vocabulary of all known versions is read together and the newest spelling comes out; whether one target can say it is
for `spelling` to check. Keys come out in printed order. A bad value is left out; an unknown key is kept with a free value,
so that a suppressed finding lets a key newer than this grammar through.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cache

from kea_hac.diagnostics import (
    REMOVE_IT,
    Finding,
    FindingSink,
    KeaVerdict,
    Repair,
    RepairKind,
    Route,
    set_it,
)
from kea_hac.kea.config import Block, Json, Once
from kea_hac.kea.grammar import Keyword, Kind, Program, ProgramName, Scope, narrowed, program
from kea_hac.kea.high_availability import SERVER_TAG
from kea_hac.kea.mistakes import (
    EMPTY_LIST,
    EMPTY_MAP,
    MISPLACED_KEY,
    MISSING_KEY,
    MISSING_VALUE,
    TIME_UNIT,
    WRONG_TYPE,
    rule_for,
)
from kea_hac.kea.order import arrange
from kea_hac.kea.synonyms import DOUBLE_MEANING, canonical, respelled_keys
from kea_hac.kea.text_lists import blocks_of_texts, good_texts
from kea_hac.kea.times import TIME_FACTS, doubtful_time
from kea_hac.kea.unknown_keys import comma, cut_off, name_as_code, unknown
from kea_hac.kea.values import (
    NULLS,
    SCALARS,
    OutOfRangeError,
    ValueRefusedError,
    WordTakenError,
    check_characters,
    display_value,
    is_nothing,
    text_of,
)
from kea_hac.kea.version import Branch
from kea_hac.kea.wrong_shapes import WrongShape, item_wanted, list_wanted, map_wanted, no_list_wanted
from kea_hac.records import dataclass
from kea_hac.source.document import Map, Plain, Secret, Seq, Value
from kea_hac.source.limits import DEFAULT_LIMITS
from kea_hac.source.rules import OVER_LIMIT
from kea_hac.source.secrets import names_secret

GIVES_ADDRESSES = frozenset({"subnet4", "subnet6", "pool", "pd-pool"})
"""The scopes in which a caller's own keys may stand."""
_TAGGED = frozenset({"subnet4", "subnet6", "shared-networks"})
"""The lists of maps whose user-context the HA library reads."""
_LEFT_OUT = object()


@dataclass(slots=True)
class _Word:
    """A keyword with what its reader needs at once."""

    place: int
    keyword: Keyword
    read: Callable[[_Reader, _Word, Value, Route, str | int], Json]
    convert: Callable[[Value, Keyword], Json] | None = None
    """For a scalar, or for each scalar of a list."""
    text: bool = False
    """True for a string."""


@dataclass(slots=True)
class _Table:
    """A scope, ready to be read by."""

    scope: Scope
    words: dict[str, _Word]
    respelled: frozenset[str]
    demanded: frozenset[str]

    def only_texts(self, keys: tuple[str, ...]) -> bool:
        """True for the keys of a map that needs no look as a whole: strings in printed order, none respelled, none missing."""
        words = [self.words[key] for key in keys if key in self.words]
        places = [word.place for word in words if word.text]
        return (
            len(places) == len(keys) > 0
            and places == sorted(places)
            and self.respelled.isdisjoint(keys)
            and self.demanded.issubset(keys)
        )


@dataclass(slots=True)
class _Reader:
    program: Program
    note: FindingSink
    branches: frozenset[Branch] | None
    extra: frozenset[str]
    partial: bool
    allow_null: bool
    json: bool = False
    once: Once | None = None

    def table(self, scope: str) -> _Table:
        return _table(self.program.name, scope, self.branches)

    def refuse(self, refusal: ValueRefusedError, at: Route) -> object:
        cut = isinstance(refusal, OutOfRangeError) and refusal.cut
        kea = KeaVerdict.ACCEPTS if cut else None
        fix, value = refusal.in_json if self.json else (refusal.fix, refusal.value)
        repair = (Repair(at, RepairKind.SET, value),) if value is not None else ()
        self.note(Finding(rule_for(refusal), at, str(refusal), fix=fix, kea=kea, repair=repair))
        return _LEFT_OUT

    def wrong(self, at: Route, shape: WrongShape) -> object:
        """Report a value of the wrong shape."""
        on_key = any(each.change is RepairKind.RENAME for each in shape.repair)
        self.note(Finding(WRONG_TYPE, at, shape.message, on_key, fix=shape.fix, repair=shape.repair))
        return _LEFT_OUT


def read_block(
    program: Program,
    scope: str,
    node: Value,
    at: Route,
    note: FindingSink,
    *,
    branches: frozenset[Branch] | None = None,
    extra: Collection[str] = (),
    allow_null: bool = False,
    partial: bool = False,
    json: bool = False,
    once: Once | None = None,
) -> Block:
    """Read one map of `program` as `scope`. Never raises on bad input; an empty Block when `node` is no map.

    `branches`: the versions that the text is meant for, when it is meant for some only: values that none of them takes
    are refused, and an old spelling that is the only one they have is no finding. `extra`: keys of the caller's own
    language, kept untouched in subnets, pools and pd-pools and a finding elsewhere. `allow_null`: null stays as None (it
    removes something). `partial`: the map is filled up later, so it may lack keys or be empty. The last two reach down
    through maps, not into lists, but null into hooks-libraries, which merge. `json`: the map is from a file of Kea, so that
    fixes are in its words: no unit behind a number, no string without quotes. `once`: where the columns of long lists are kept, which
    are known here.
    """
    reader = _Reader(program, note, branches, frozenset(extra), partial, allow_null, json, once)
    if not isinstance(node, Map):
        if is_nothing(node):
            note(Finding(MISSING_VALUE, at, f"{scope} has no value; it must be a map"))
        else:
            reader.wrong(at, WrongShape(f"{scope} must be a map, not {display_value(node)}"))
        return Block(at)
    return _block(reader, reader.table(scope), node, at)


def check_required(program: Program, scope: str, block: Block, note: FindingSink) -> None:
    """FindingSink the keys that every branch demands and a Block lacks: for maps that were read as `partial` and then filled up."""
    for key in program.scopes[scope].required:
        if key not in block:
            note(_missing(scope, key, block.at))


def free_value(value: Value, at: Route, note: FindingSink) -> Json:
    """A value that no vocabulary describes: YAML 1.2 core scalars, maps sorted by key. Mistakes are noted and left out."""
    result = _free(_Reader(program("dhcp4"), note, None, frozenset(), False, False), value, at)
    return None if result is _LEFT_OUT else result


def _block(reader: _Reader, table: _Table, node: Map, at: Route) -> Block:
    block = Block(at)
    words = table.words
    last, straight, respelled, unknown = -1, True, False, 0
    result: Json
    for key, value in node.items():
        word = words.get(key)
        if word is None:
            straight = False
            unknown += 1
            if table.scope.open or unknown <= DEFAULT_LIMITS.unknown_keys:
                _stranger(reader, table, block, key, node)
            continue
        if word.text and isinstance(value, str) and value not in NULLS and value.isprintable():
            result = str(value)  # as below, and most of what there is
        else:
            result = _value(reader, table, word, node, at)
        if result is _LEFT_OUT:
            continue
        block[key] = result
        straight = straight and word.place > last
        last = word.place
        respelled = respelled or key in table.respelled
    if respelled:
        if "comment" in block and "user-context" in words:
            _fold_comment(reader, block)
        canonical(table.scope, block, reader.note, reader.branches)
        straight = False
    if not straight:
        arrange(block, table.scope)
    if unknown > DEFAULT_LIMITS.unknown_keys and not table.scope.open:
        reader.note(_flooded(table, at, unknown))
    if not reader.partial:
        _complete(reader, table.scope, node, at)
    return block


def _value(reader: _Reader, table: _Table, word: _Word, node: Map, at: Route) -> Json:
    key = word.keyword.name
    value = node[key]
    if value is None or (value.__class__ is Plain and is_nothing(value)):
        return _nothing(reader, word, at)
    if key == "code" and (shape := name_as_code(reader.program, table.scope, node, at, json=reader.json)):
        return reader.wrong((*at, key), shape)
    return word.read(reader, word, value, at, key)


def _complete(reader: _Reader, scope: Scope, node: Map, at: Route) -> None:
    lacking = [key for key in scope.demanded(reader.branches) if key not in node]
    for key in lacking:
        reader.note(_missing(scope.name, key, at))
    if not node and not scope.empty_map and not lacking:
        reader.note(
            Finding(
                EMPTY_MAP, at, f"Kea refuses an empty map as {scope.name}", fix="leave the key out", repair=REMOVE_IT
            )
        )


def _missing(scope: str, key: str, at: Route) -> Finding:
    return Finding(MISSING_KEY, at, f"{scope} needs {key!r}", fix=f"add `{key}: …`", lacks=(key,))


def _nothing(reader: _Reader, word: _Word, at: Route) -> Json:
    if reader.allow_null:
        return None
    name = word.keyword.name
    fix = (
        'write "" for an empty string, or quote the word'
        if word.keyword.kind is Kind.STRING
        else "give a value or leave the key out"
    )
    reader.note(Finding(MISSING_VALUE, (*at, name), f"{name!r} has no value", fix=fix))
    return _LEFT_OUT


def _fold_comment(reader: _Reader, block: Block) -> None:
    """`comment` next to a map is Kea's short form of user-context: {comment: …}."""
    at = block.where("comment")
    comment = block.pop("comment")
    context = block.get("user-context")
    if isinstance(context, Block) and "comment" in context:
        related = ((context.where("comment"), "the user-context also has one"),)
        message = "two comments for one map: Kea refuses them or drops one, by their order"
        reader.note(Finding(DOUBLE_MEANING, at, message, True, related, "keep one of them"))
        return
    folded = context.copy_of() if isinstance(context, Block) else Block((*at[:-1], "user-context"))
    folded.put("comment", comment, at)
    entries = sorted(folded.items())
    folded.clear()
    folded.update(entries)
    block.put("user-context", folded, None if isinstance(context, Block) else at)


def _scalar(reader: _Reader, word: _Word, value: Value, at: Route, step: str | int) -> Json:
    if isinstance(value, Seq):
        return reader.wrong((*at, step), no_list_wanted(word.keyword, value, json=reader.json))
    try:
        return word.convert(value, word.keyword)  # type: ignore[misc]  # every word with this reader has a converter
    except WordTakenError as refusal:
        reader.refuse(refusal, (*at, step))
        return str(word.keyword.facts["taken-for"])  # what Kea runs with
    except ValueRefusedError as refusal:
        return reader.refuse(refusal, (*at, step))


def _timed(reader: _Reader, word: _Word, value: Value, at: Route, step: str | int) -> Json:
    """A length of time whose number may have been meant in another unit. One with its unit means what it says."""
    result = _scalar(reader, word, value, at, step)
    if result is not _LEFT_OUT:
        doubt = doubtful_time(value, word.keyword)
        if doubt is not None:
            reader.note(Finding(TIME_UNIT, (*at, step), doubt.message, fix=doubt.fix, repair=set_it(doubt.value)))
    return result


def _map(reader: _Reader, word: _Word, value: Value, at: Route, step: str | int) -> Json:
    if not isinstance(value, Map):
        return reader.wrong((*at, step), map_wanted(word.keyword, value, json=reader.json))
    if word.keyword.scope is None:
        result = _free(reader, value, (*at, step))
        return _tagged(reader, result) if step == "user-context" and at[-2:-1] != () and at[-2] in _TAGGED else result
    return _block(reader, reader.table(word.keyword.scope), value, (*at, step))


def _tagged(reader: _Reader, context: Block) -> Block:
    """A user-context in which the HA library looks for a relationship's server: without a tag of the wrong shape."""
    tag = context.get(SERVER_TAG, "")
    if isinstance(tag, dict | list):
        at = context.where(SERVER_TAG)
        message = f"{SERVER_TAG!r} must be the name of a peer, not {display_value(_written(tag))}"
        reader.note(Finding(WRONG_TYPE, at, message, fix="put the name in quotes", kea=KeaVerdict.ACCEPTS))
        context.pop(SERVER_TAG)
    return context


def _written(value: Json) -> Value:
    """A map or a list of free values, as `shown` knows them."""
    return Map() if isinstance(value, dict) else Seq() if isinstance(value, list) else value


KEPT_ON_SERVERS = frozenset({"reservations"})
"""Lists that another tool can keep in a file on the servers, which Kea includes: `!on-server PATH`."""


def _list(reader: _Reader, word: _Word, value: Value, at: Route, step: str | int) -> Json:
    keyword = word.keyword
    here = (*at, step)
    if isinstance(value, Secret) and keyword.name in KEPT_ON_SERVERS:
        return replace(value, listed=True)
    if isinstance(value, Secret) and value.listed:
        lists = ", ".join(sorted(KEPT_ON_SERVERS))
        message = f"!on-server stands for a list of {lists} only, not for {keyword.name!r}"
        return reader.wrong(here, WrongShape(message))
    if not isinstance(value, Seq):
        return reader.wrong(here, list_wanted(keyword, value, json=reader.json))
    if not value and not keyword.empty_list:
        reader.note(
            Finding(
                EMPTY_LIST,
                here,
                f"Kea refuses an empty list as {keyword.name!r}",
                fix="leave the key out",
                repair=REMOVE_IT,
            )
        )
        return _LEFT_OUT
    if keyword.scope is None:
        return _scalars(reader, word, value, here)
    loose = reader.partial, reader.allow_null
    reader.partial = False
    reader.allow_null = reader.allow_null and keyword.name == "hooks-libraries"
    table = reader.table(keyword.scope)
    blocks = blocks_of_texts(value, here, table.only_texts, reader.once)
    if blocks is None:
        blocks = []
        for index, item in enumerate(value):
            if isinstance(item, Map):
                blocks.append(_block(reader, table, item, (*here, index)))
            else:
                reader.wrong((*here, index), item_wanted(keyword, item, json=reader.json))
    reader.partial, reader.allow_null = loose
    return blocks


def _scalars(reader: _Reader, word: _Word, value: Seq, here: Route) -> Json:
    if word.convert is text_of and good_texts(value):
        return list(map(str, value))
    result: list[Json] = []
    for index, item in enumerate(value):
        if is_nothing(item):
            reader.note(Finding(MISSING_VALUE, (*here, index), f"an item of {word.keyword.name!r} has no value"))
            continue
        typed = _scalar(reader, word, item, here, index)
        if typed is not _LEFT_OUT:
            result.append(typed)
    return result


def _free(reader: _Reader, value: Value, at: Route) -> Json:
    if isinstance(value, Map):
        entries = ((key, _free(reader, value[key], (*at, key))) for key in sorted(value))
        return Block(at, {key: item for key, item in entries if item is not _LEFT_OUT})
    if isinstance(value, Seq):
        items = [_free(reader, item, (*at, index)) for index, item in enumerate(value)]
        return [item for item in items if item is not _LEFT_OUT]
    try:
        if isinstance(value, Plain):
            from kea_hac.source.scalars import core_value  # few values are free

            value = core_value(value)
        if isinstance(value, str) and not value.isprintable():
            check_characters(value)
    except ValueRefusedError as refusal:
        return reader.refuse(refusal, at)
    except ValueError as refusal:
        hidden = any(names_secret(str(step)) for step in at)
        words = "this could be read as a number or as a string; put it in quotes if it is a string"
        return reader.wrong(at, WrongShape(words if hidden else str(refusal)))
    return value


def _stranger(reader: _Reader, table: _Table, block: Block, key: str, node: Map) -> None:
    """A key that the scope does not know: the caller's own is kept as it is, any other with a free value and a finding."""
    here, value = (*block.at, key), node[key]
    if key in reader.extra:
        if table.scope.name in GIVES_ADDRESSES:
            block[key] = value
            return
        message = f"{key!r} has no meaning in {table.scope.name}"
        reader.note(Finding(MISPLACED_KEY, here, message, True, fix="it belongs in a subnet, a pool or a pd-pool"))
        return
    if cut_off(key, value):
        if not any(cut_off(other, Plain() if item is None else item) for other, item in block.items()):
            reader.note(comma(table.scope, block, here, key))
        block[key] = None
        return
    if not table.scope.open:
        reader.note(unknown(reader.program, table.scope, here, key, node))
    result = _free(reader, value, here)
    if result is not _LEFT_OUT:
        block[key] = result


def _flooded(table: _Table, at: Route, unknown: int) -> Finding:
    message = (
        f"{unknown:,} keys of this map are unknown in {table.scope.name}, and the first {DEFAULT_LIMITS.unknown_keys:,} are listed; "
        "the others were not read"
    )
    return Finding(OVER_LIMIT, at, message, fix="check what wrote this file")


@cache
def _table(name: ProgramName, scope: str, branches: frozenset[Branch] | None) -> _Table:
    known = program(name)
    words: dict[str, _Word] = {}
    asked = branches or known.branches
    for place, (key, keyword) in enumerate(known.scopes[scope].keywords.items()):
        words[key] = _word(place, narrowed(keyword, asked))
    found = known.scopes[scope]
    return _Table(found, words, respelled_keys(found), frozenset(found.demanded(branches)))


def _word(place: int, keyword: Keyword) -> _Word:
    if keyword.kind is Kind.MAP:
        return _Word(place, keyword, _map)
    if keyword.kind is Kind.LIST:
        return _Word(place, keyword, _list, SCALARS.get(keyword.items or Kind.MAP))
    read = _timed if keyword.facts.keys() & TIME_FACTS else _scalar
    text = keyword.kind is Kind.STRING and read is _scalar
    return _Word(place, keyword, read, SCALARS[keyword.kind], text)
