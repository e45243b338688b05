"""Colons and question marks that YAML 1.2 allows in an unquoted text in brackets, and the bundled libyaml does not read."""

from __future__ import annotations

from kea_hac.regex import regex

_FLOW_COLON = regex(r"""(?<!["'\]}]):(?=[^\s,\[\]{}])""")
_FLOW_QUESTION = regex(r"(?<=[^\s,\[\]{}])\?|\?(?=[^\s,\[\]{}])")
_COLON_STARTS = regex(r":(?<=[\[{, \t\n]:)")
"""A colon behind one of these signs. The search is for colons, of which a text has few."""
_STAND_INS = tuple(chr(0xE000 + number) for number in range(64))
"""Private use characters, of which two that the text does not hold stand for colon and question mark."""


def stand_ins(text: str) -> tuple[str, dict[int, str]]:
    """The text in a form that the bundled libyaml can read, and what maps its scalars back.

    YAML 1.2 allows colons and question marks inside an unquoted text in braces, as in `{ip-address: 2001:db8::1}`, and DHCP
    data is full of them; the libyaml of ruamel.yaml.clib (0.1.7) does not. Those that are a part of a text become a private
    use character of the same length, so that no offset changes. Without two free characters the text stays as it is.
    A colon right behind a quote is left alone, for it may end a key (`{"a":1}`); in `{a: it's':x}` it stays a syntax error.
    """
    free = [each for each in _STAND_INS if each not in text]
    if len(free) < 2:
        return text, {}
    mended = _FLOW_QUESTION.sub(free[1], _FLOW_COLON.sub(free[0], text))
    return mended, {ord(free[0]): ":", ord(free[1]): "?"}


def misread(text: str) -> bool:
    """True when libyaml might read a colon or question mark wrongly *without* an error: `[?a]` and `[:a]` become maps."""
    if "[" not in text and "{" not in text:
        return False
    return ("?" in text and _FLOW_QUESTION.search(text) is not None) or _COLON_STARTS.search(text) is not None
