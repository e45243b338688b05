"""One mistake of form in one map: what a slip of the hand or a wrong manual page makes of a valid configuration.

Each operator changes the map in place and says what it did, or returns None where the map has nothing that it can spoil.
A mutant may turn out valid: Kea says so, and then it is a test against false alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from kea_hac.kea.grammar import Keyword, Kind, Program
from kea_hac.kea.version import Branch
from tests.differential.places import Place
from tests.differential.text import again
from tests.differential.values import Hand, value

Operator = Callable[[Random, Program, Branch, Place], str | None]

_OTHERS: tuple[Any, ...] = ("text", "17", "true", 17, 1.5, True, [], {}, None, [1], ["text"], {"key": 1}, [{}])
_INTEGERS = (
    -1,
    0,
    1,
    33,
    99,
    100,
    128,
    129,
    255,
    256,
    10001,
    65535,
    65536,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32,
    2**63 - 1,
)
_NUMBERS = (-0.5, 0.0, 0.1, 0.9, 1.0, 1.5, 1e9)
_TEXTS = ("", " ", "x" * 300, "no such thing", "Ünïcode", "a,b", "tab\there", "0", "-", "..", "a/b", "%", "'")


def dropped(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A key is gone, most often one that Kea demands."""
    if not place.map:
        return None
    demanded = [key for key in place.scope.required if key in place.map]
    key = chance.choice(demanded if demanded and chance.random() < 0.6 else list(place.map))
    del place.map[key]
    return key


def renamed(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A key with a typing slip."""
    if not place.map:
        return None
    key = chance.choice(list(place.map))
    at = chance.randrange(len(key))
    slips = (
        key[:at] + key[at + 1 :], key[:at] + key[at] + key[at:], key.replace("-", "_"), key.upper(), key + "s",
        key.capitalize(), key + " ", key.replace("-", ""),
    )  # fmt: skip
    slip = chance.choice([each for each in slips if each != key])
    _put_as(place.map, key, slip, place.map[key])
    return f"{key} -> {slip}"


def retyped(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A value of another type."""
    if not place.map:
        return None
    key = chance.choice(list(place.map))
    old = place.map[key]
    near: tuple[Any, ...] = (str(old), [old], {"value": old}) if isinstance(old, int | float | str) else ()
    if isinstance(old, str) and old.isdigit():
        near += (int(old),)
    other = chance.choice([each for each in (*near, *_OTHERS) if type(each) is not type(old)])
    place.map[key] = other
    return f"{key}: {type(old).__name__} -> {other!r}"


def misplaced(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A key of another scope, with a value that would be right there."""
    known = place.keywords(branch)
    pool = [
        (scope.name, word.at(branch))
        for scope in program.scopes.values()
        for word in scope.keywords.values()
        if word.scope is None and branch in word.branches and word.name not in known
    ]
    scope, word = chance.choice(pool)
    place.map[word.name] = sample(chance, program, branch, scope, word)
    return f"{word.name} of {scope}"


def out_of_range(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A number at a limit or beyond it."""
    numbers = {Kind.INTEGER: _INTEGERS, Kind.NUMBER: _NUMBERS}
    words = [word for word in place.keywords(branch).values() if word.kind in numbers]
    if not words:
        return None
    word = chance.choice([word for word in words if word.name in place.map] or words)
    limits = [
        number for each in (word.minimum, word.maximum) if each is not None for number in (each - 1, each, each + 1)
    ]
    chosen = chance.choice([*numbers[word.kind], *limits])
    place.map[word.name] = int(chosen) if word.kind is Kind.INTEGER else float(chosen)
    return f"{word.name}: {place.map[word.name]}"


def said_twice(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A key twice in one map."""
    if not place.map:
        return None
    key = chance.choice(list(place.map))
    place.map[again(key)] = place.map[key]
    return key


def of_another_version(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A key that this version does not know yet, or no more."""
    strange = [word for word in place.scope.keywords.values() if branch not in word.branches]
    if not strange:
        return None
    word = chance.choice(strange)
    place.map[word.name] = {} if word.scope else sample(chance, program, min(word.branches), place.scope.name, word)
    if word.scope and word.kind is Kind.LIST:
        place.map[word.name] = []
    return word.name


def emptied(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A list, a map or a text with nothing in it."""
    nothing: dict[Kind, Any] = {Kind.LIST: [], Kind.MAP: {}, Kind.STRING: ""}
    words = [word for word in place.keywords(branch).values() if word.kind in nothing]
    present = [word for word in words if word.name in place.map]
    words = present if present and chance.random() < 0.7 else words
    if not words or chance.random() < 0.1:
        place.map.clear()
        return "the whole map"
    word = chance.choice(words)
    place.map[word.name] = nothing[word.kind]
    return f"{word.name}: {nothing[word.kind]!r}"


def other_words(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """An enum's word wrong, in another case, or another right one."""
    words = [word for word in place.keywords(branch).values() if word.values]
    if not words:
        return None
    word = chance.choice(words)
    right = chance.choice(word.values)
    text = chance.choice(
        (right, right, right.upper(), right.capitalize(), right + "x", "nothing-such", "true", right[:-1])
    )
    place.map[word.name] = [text] if word.kind is Kind.LIST else text
    return f"{word.name}: {text}"


def other_texts(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """A text that nobody expects there."""
    words = [word for word in place.keywords(branch).values() if Kind.STRING in (word.kind, word.items)]
    if not words:
        return None
    word = chance.choice([word for word in words if word.name in place.map] or words)
    text = chance.choice(_TEXTS)
    place.map[word.name] = [text] if word.kind is Kind.LIST else text
    return f"{word.name}: {text[:20]!r}"


def repeated(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """An item of a list twice."""
    lists = [key for key, entry in place.map.items() if isinstance(entry, list) and entry]
    if not lists:
        return None
    key = chance.choice(lists)
    place.map[key] = [*place.map[key], chance.choice(place.map[key])]
    return key


def added(chance: Random, program: Program, branch: Branch, place: Place) -> str | None:
    """One more key that stands here rightly, whatever the others say."""
    words = [word for word in place.keywords(branch).values() if word.scope is None and word.name not in place.map]
    if not words:
        return None
    word = chance.choice(words)
    place.map[word.name] = sample(chance, program, branch, place.scope.name, word)
    return word.name


def sample(chance: Random, program: Program, branch: Branch, scope: str, word: Keyword) -> Any:
    """A right value of a keyword, wherever it is put."""
    hand = Hand(program.name, branch, chance, subnet=chance.choice((1, 2, 3)), count=200)
    try:
        return value(hand, scope, word)
    except LookupError:
        return chance.choice(("text", 5)) if word.kind is Kind.STRING else 5


def _put_as(node: dict[str, Any], old: str, new: str, entry: Any) -> None:
    """The key renamed where it stands."""
    entries = [(new if key == old else key, entry if key == old else item) for key, item in node.items()]
    node.clear()
    node.update(entries)


OPERATORS: Mapping[str, Operator] = {
    "drop key": dropped,
    "rename key": renamed,
    "retype": retyped,
    "misplace": misplaced,
    "out of range": out_of_range,
    "duplicate key": said_twice,
    "wrong version": of_another_version,
    "empty": emptied,
    "other word": other_words,
    "other text": other_texts,
    "item twice": repeated,
    "one key more": added,
}
