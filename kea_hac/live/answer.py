"""The body of an answer → Kea's answer: one map with a `result`, and what its failure means."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from kea_hac.kea.shape import MISSING, WrongShapeError, check_shape
from kea_hac.live.endpoint import Trouble
from kea_hac.live.failure import NoAnswerError, quoted
from kea_hac.regex import regex

_SUCCESS, _UNSUPPORTED, _EMPTY = 0, 2, 3
"""Result codes of Kea's answers (ARM, "Data Syntax"). 1 is an error; others stand for other errors, 5 for a fatal one."""
_FORWARD: Final = regex(r"unable to forward command", re.IGNORECASE)
_COLON_ESCAPED: Final = rb"\u003"
"""How an escape of a colon begins. Kea writes none."""
_ENDED: Final = "end of file"
"""Part of an agent's answer for a daemon that ended during the request (seen on 2.2.0)."""
_NO_SERVICE: Final = regex(r"forwarding socket is not configured", re.IGNORECASE)
"""Part of an agent's answer for a daemon that is down, and for one that its file does not name (seen on 2.2.0, 2.6.3, 3.0.4)."""


class MisshapenError(NoAnswerError):
    """An answer whose values have other shapes than Kea's: nothing in it is believed."""

    def __init__(self, wrong: WrongShapeError, where: str, step: str) -> None:
        path = f"{where}.{wrong.path}" if wrong.path and not where.endswith(":") else f"{where} {wrong.path}"
        what = "is missing" if wrong.found == MISSING else f"is {wrong.found}, and Kea has {wrong.wanted} there"
        super().__init__(Trouble.UNCLEAR, f"{quoted(path)} {what}; {step}")


_STEP = "Kea does not send this: is this the server itself, or does a program in between change its answers?"


def check_answer(program: str, scope: str, value: object, where: str, step: str = _STEP) -> None:
    """Raises MisshapenError where a map of an answer has not the shapes of a vocabulary.

    `where`: the path to the map, or what ends in a colon; `step`: what the user can do.
    """
    try:
        check_shape(program, scope, value)
    except WrongShapeError as wrong:
        raise MisshapenError(wrong, where, step) from None


def read_answer(body: bytes | bytearray, most: int, cover: Callable[[str], str] = str) -> Mapping[str, Any]:
    """The one answer in a body: an agent puts it into a list. Kea prints bytes as \\u00XX, so that its answers are ASCII.

    `most`: the values that it may have; `cover` takes out of a text what is not to be quoted. Raises NoAnswerError. The
    `arguments` are not looked into.
    """
    if sum(body.count(each) for each in (b",", b"[", b"{")) > most:
        raise _unclear(f"the answer has more than {most:,} values")
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        read = _byte_wise(bytes(body))
    try:
        colons = _colons(read, _APART)
    except orjson.JSONEncodeError:  # it stops at 254 levels, far below what ends Python's own recursion
        raise _unclear("the answer is nested more deeply than any answer of Kea") from None
    twice = _repeated_key(body) if colons != body.count(b":") or _COLON_ESCAPED in body else None
    if twice is not None:
        raise _unclear(f"the answer has the key {quoted(cover(twice))} twice in one map")
    if isinstance(read, list):
        if len(read) != 1:
            raise _unclear(f"a list of {len(read)} answers came back, and only one was requested")
        read = read[0]
    if not isinstance(read, dict) or not isinstance(read.get("result"), int) or isinstance(read["result"], bool):
        raise _unclear("the answer is JSON but not from Kea: it contains no `result`")
    return read


_APART: Final = 5
"""Levels from an answer down to one subnet or reservation."""


def _colons(value: object, apart: int) -> int:
    """The colons of a tree's JSON. Raises JSONEncodeError where it is too deep.

    A text without escaped colons has as many as what was read from it: one for each key, and those of its strings. It has more where a
    JSON parser kept the last of two equal keys, which it does without a message. Down to `apart` levels the parts are written one by one,
    to need less memory.
    """
    if not apart or not isinstance(value, dict | list):
        return bytes(orjson.dumps(value)).count(b":")
    if isinstance(value, list):
        return sum(_colons(each, apart - 1) for each in value)
    return len(value) + sum(str(key).count(":") + _colons(each, apart - 1) for key, each in value.items())


def _repeated_key(body: bytes | bytearray) -> str | None:
    """A key that occurs twice in one map; None where there is none. It reads the whole text once more."""
    found: list[str] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found.append(key)
            seen.add(key)

    with contextlib.suppress(ValueError):
        json.loads(body.decode("utf-8", "replace"), object_pairs_hook=look)
    return found[0] if found else None


def _byte_wise(body: bytes) -> Any:
    """A body that is not UTF-8: every byte is a character, as in Kea's own escapes."""
    try:
        return orjson.loads(body.decode("latin-1"))
    except orjson.JSONDecodeError:
        if not body.strip():
            raise _unclear("the answer is empty") from None
        if body.lstrip()[:1] == b"<":
            raise _unclear("a web page came back") from None
        if body.lstrip()[:1] in (b"{", b"["):
            raise _unclear(
                f"the answer of {len(body):,} bytes is not complete JSON; it may have been cut off"
            ) from None
        raise _unclear("the answer is not JSON") from None


def _unclear(text: str) -> NoAnswerError:
    return NoAnswerError(Trouble.UNCLEAR, f"{text}; is there a proxy or another server in between?")


def succeeded(answer: Mapping[str, Any], command: str) -> Mapping[str, Any]:
    result = answer["result"]
    if result == _SUCCESS:
        return answer
    written = answer.get("text")
    configured = quoted(written) if isinstance(written, str) and written.strip() else "without an explanation"
    if result == _UNSUPPORTED:
        raise NoAnswerError(Trouble.FAILED, f"it does not support the command {command} (result 2): {configured}")
    if result == _EMPTY:
        raise NoAnswerError(Trouble.FAILED, f"it has nothing to return (result 3): {configured}", empty=True)
    if _FORWARD.search(configured):
        raise NoAnswerError(
            Trouble.DOWN,
            f"the control agent runs, but the daemon behind it does not: {configured}; start it, or look at its log",
            lost=_ENDED in configured.lower(),
        )
    if _NO_SERVICE.search(configured):
        raise NoAnswerError(
            Trouble.NO_CHANNEL,
            f"the control agent has no such daemon: {configured}; add its socket to `control-sockets` of the agent's file",
        )
    raise NoAnswerError(Trouble.FAILED, f"Kea refused (result {result}): {configured}; look at the server's log")
