"""Answers that no Kea gives: those of real servers with one value, key or byte made wrong, by chance and repeatably."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    255,
    2**31,
    2**32,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    2**63,
    2**64,
    10**30,
    0.5,
    -0.0,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    "",
    " ",
    "x",
    "0",
    "-",
    "/",
    "-/-",
    "::",
    "1.2.3.4",
    "1.2.3.4 - ",
    "9.9.9.9 - 1.1.1.1",
    "10.0.0.0/0",
    "10.0.0.0/999999999",
    "::/0",
    "fe80::1%" + "z" * 300,
    "9" * 5000,
    "\x00",
    "\x1b[31m\r\n::error::x",
    "##[error]x",
    "\u202e\u2028\x85",
    "\ud800",
    "\xc3\xbc",
    "\xff\xfe",
    "\U0001f600",
    "a" * 70_000,
    "%s {0} {x!r} $(x) `x` |",
    [],
    {},
    [None],
    [[]],
    [{}],
    [1, "x", {}, []],
    {"": None},
    {"x": {"y": [1]}},
    {"name": 1},
    [{"name": {}}, {"id": []}],
    [{"id": 1}, {"id": 1}, {"id": "1"}],
)
KEYS = ("", "x", "name", "id", "code", "pool", "subnet", "\x1b[2J", "::error::", "a" * 300, "user-context", "password")
Lie = Callable[[random.Random, Any], Any]


def lie(chance: random.Random, answer: Any) -> bytes:
    """The bytes of an answer with something wrong in it, now and then at several places."""
    made = _copy(answer)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        made = chance.choice(_LIES)(chance, made)
    body = json.dumps([made]).encode()
    return chance.choice(_OF_BYTES)(chance, body) if chance.random() < 0.1 else body


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list and map of a tree with each of its keys or places."""
    left = [value]
    while left:
        each = left.pop()
        steps = list(each) if isinstance(each, dict) else range(len(each)) if isinstance(each, list) else ()
        for step in steps:
            yield each, step
            left.append(each[step])


def _place(chance: random.Random, tree: Any) -> tuple[Any, Any]:
    found = list(_places(tree))
    return chance.choice(found) if found else ({}, None)


def _replaced(chance: random.Random, tree: Any) -> Any:
    holder, step = _place(chance, tree)
    if step is not None:
        holder[step] = _copy(chance.choice(ODD))
    return tree


def _swapped(chance: random.Random, tree: Any) -> Any:
    """A value stands where another one of the same answer belongs."""
    (one, first), (other, second) = _place(chance, tree), _place(chance, tree)
    if first is not None and second is not None:
        one[first] = _copy(other[second])
    return tree


def _removed(chance: random.Random, tree: Any) -> Any:
    holder, step = _place(chance, tree)
    if step is not None:
        del holder[step]
    return tree


def _renamed(chance: random.Random, tree: Any) -> Any:
    holder, step = _place(chance, tree)
    if isinstance(holder, dict) and step is not None:
        holder[chance.choice(KEYS)] = holder.pop(step)
    return tree


def _added(chance: random.Random, tree: Any) -> Any:
    holder, _ = _place(chance, tree)
    value = _copy(chance.choice(ODD))
    if isinstance(holder, dict):
        holder[chance.choice(KEYS)] = value
    else:
        holder.insert(chance.randrange(len(holder) + 1), value)
    return tree


def _wrapped(chance: random.Random, tree: Any) -> Any:
    holder, step = _place(chance, tree)
    if step is not None:
        holder[step] = chance.choice(([holder[step]], {"x": holder[step]}, str(holder[step])))
    return tree


def _repeated(chance: random.Random, tree: Any) -> Any:
    lists = [holder[step] for holder, step in _places(tree) if isinstance(holder[step], list) and holder[step]]
    if lists:
        chosen = chance.choice(lists)
        chosen += [_copy(chance.choice(chosen)) for _ in range(chance.randrange(1, 4))]
        chance.shuffle(chosen)
    return tree


def _deep(chance: random.Random, tree: Any) -> Any:
    holder, step = _place(chance, tree)
    if step is not None:
        value = holder[step]
        for _ in range(chance.choice((50, 99, 150, 240, 260))):
            value = chance.choice(([value], {"x": value}))
        holder[step] = value
    return tree


_LIES: tuple[Lie, ...] = (
    _replaced,
    _replaced,
    _replaced,
    _swapped,
    _swapped,
    _removed,
    _renamed,
    _added,
    _wrapped,
    _repeated,
    _deep,
)


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body))]


def _twice(chance: random.Random, body: bytes) -> bytes:
    """A key that stands twice in its map."""
    return (
        body.replace(b'{"', b'{"result": 1, "result": 0, "', 1)
        if chance.random() < 0.5
        else body.replace(b"{", b'{"x":1,"x":[],', 2)
    )


def _noise(chance: random.Random, body: bytes) -> bytes:
    made = bytearray(body)
    for _ in range(chance.randrange(1, 4)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


_OF_BYTES = (_cut, _twice, _noise)


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))
