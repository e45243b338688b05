"""Domain names as Kea's libkea-dns reads them: from text into labels, and from the bytes of an option.

A name on the wire is a row of labels, each behind its length, ended by an empty one. Kea takes any byte in a label; what
it prints later escapes the odd ones, and it takes the length of the printed text for the length of the name (seen on
2.2.0, 2.6.3, 3.0.4: a name with an escaped character is refused in options that hold one name).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

LONGEST_LABEL = 63
LONGEST_NAME = 255
"""Bytes on the wire, lengths and the last empty label included."""
_PRINTED_WITH_BACKSLASH = frozenset(b'"().;\\@$')
_POINTER = 0xC0


def name_to_wire(text: bytes) -> bytes:
    """The wire form of a name in text, with or without the last dot; `\\.` and `\\046` escape. ValueError says what is wrong."""
    if text in (b".", b"@"):
        return b"\0"
    if not text:
        raise ValueError("the name is empty")
    wire = b""
    for label in _labels(text) if b"\\" in text else text.removesuffix(b".").split(b"."):
        if not label:
            raise ValueError("a label between two dots is empty")
        if len(label) > LONGEST_LABEL:
            raise ValueError(f"a label is longer than {LONGEST_LABEL} characters")
        wire += bytes((len(label),)) + label
    if len(wire) >= LONGEST_NAME:
        raise ValueError("the name is longer than 253 characters")
    return wire + b"\0"


def _labels(text: bytes) -> Iterator[bytes]:
    """What stands between the dots of any name. Ends with a label that is too long."""
    label = b""
    at = 0
    while at < len(text):
        byte = text[at]
        at += 1
        if byte == ord("."):
            yield label
            label = b""
            if at == len(text):
                return
            continue
        if byte == ord("\\"):
            byte, at = _escaped(text, at, first=not label)
        label += bytes((byte,))
        if len(label) > LONGEST_LABEL:
            break
    yield label


def _escaped(text: bytes, at: int, *, first: bool) -> tuple[int, int]:
    """The byte that a backslash before `at` makes, and where the text goes on."""
    if at >= len(text):
        raise ValueError("the name ends in a backslash")
    if first and text[at : at + 1] == b"[":
        raise ValueError("a label must not start with \\[")
    digits = text[at : at + 3]
    if not digits[:1].isdigit():
        return text[at], at + 1
    if len(digits) < 3 or not digits.isdigit() or int(digits) > 255:
        raise ValueError("a backslash before a digit needs three digits up to 255")
    return int(digits), at + 3


def read_name(data: bytes, at: int = 0) -> tuple[bytes, int]:
    """The name that starts at `at`, uncompressed, and where it ends. ValueError when there is none."""
    wire = bytearray()
    lowest, end, here = at, -1, at
    while here < len(data):
        length = data[here]
        here += 1
        if length <= LONGEST_LABEL:
            wire.append(length)
            label = data[here : here + length]
            wire += label
            if len(label) < length:
                break
            here += length
            if len(wire) > LONGEST_NAME:
                raise ValueError("the name is longer than 255 bytes")
            if length == 0:
                return bytes(wire), end if end >= 0 else here
        elif length & _POINTER == _POINTER and here < len(data):
            target = (length & ~_POINTER) << 8 | data[here]
            end = end if end >= 0 else here + 1
            if target >= lowest:
                raise ValueError("a compression pointer of the name does not point back")
            lowest = here = target
        else:
            raise ValueError(f"the byte {length:02X} does not start a label of a name")
    raise ValueError("the name is not complete: it must end in an empty label (00)")


def in_lower_case(wire: bytes) -> bytes:
    """The labels in lower case. Their lengths are below 64 and so no letters."""
    return wire.lower()


def printed(wire: bytes) -> bytes:
    """Kea's text of a name, the last dot included."""
    text = b""
    at = 0
    while wire[at]:
        label = wire[at + 1 : at + 1 + wire[at]]
        text += b"".join(map(_printed, label)) + b"."
        at += 1 + len(label)
    return text or b"."


def printed_length(wire: bytes) -> int:
    """Characters of Kea's text of a name, the last dot included: for a plain name one less than its bytes."""
    return len(printed(wire))


@cache
def _printed(byte: int) -> bytes:
    if byte in _PRINTED_WITH_BACKSLASH:
        return bytes((ord("\\"), byte))
    return bytes((byte,)) if 0x20 < byte < 0x7F else f"\\{byte:03}".encode()
