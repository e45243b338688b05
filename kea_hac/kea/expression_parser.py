"""Expressions by the grammar: `data/expression.lark`, which is the newest Kea's, with the words that older branches do not have marked.

Imported only when `expression.parse` needs it, because lark makes its tables at run time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from kea_hac.kea.addressing import family_of
from kea_hac.kea.expression import WORDS, Expression, Fault, Kind, Mistake
from kea_hac.kea.suggest import nearest, option_for
from kea_hac.kea.version import Branch, Feature, branches_with
from kea_hac.regex import regex

_START = {"bool": "boolean", "string": "string"}


def read(text: str, family: int, branch: Branch, kind: Kind, option_names: Collection[str]) -> Expression | Mistake:
    """`expression.parse` for any expression."""
    too_new = _too_new(text, branch)
    found = _parsed(text, family, branch, kind, option_names)
    if too_new is not None and (isinstance(found, Expression) or too_new.column <= found.column):
        return too_new
    return found


@cache
def _grammar() -> Lark:
    text = (Path(__file__).parent / "data" / "expression.lark").read_text("utf-8")
    return Lark(text, parser="lalr", lexer="basic", start=["boolean", "string"], maybe_placeholders=False)


def _too_new(text: str, branch: Branch) -> Mistake | None:
    """The first word that only other branches know. Their lexers fail at its first letter."""
    words = {word for word, known in WORDS.items() if branch not in known and word in text}
    if not words:
        return None
    tokens = _grammar().lex(text)
    try:
        for token in tokens:
            if token.type.lower() in words:
                message = (
                    f"Kea {branch} does not know the keyword {str(token)!r}: {_arrival(WORDS[str(token)], branch)}"
                )
                return Mistake(_at(token), message, fault=Fault.VERSION)
    except UnexpectedCharacters:
        pass  # it stands before any such word, and is what the parser will report
    return None


def _arrival(known: frozenset[Branch], branch: Branch) -> str:
    """When something that `branch` does not have came, or went."""
    first, last = (choose(known, key=lambda each: each.order) for choose in (min, max))
    return f"it came with {first}" if branch.order < first.order else f"the last that does is {last}"


def _at(token: Token) -> int:
    return token.start_pos or 0


def _parsed(text: str, family: int, branch: Branch, kind: Kind, option_names: Collection[str]) -> Expression | Mistake:
    try:
        tree = _grammar().parse(text, start=_START[kind])
    except UnexpectedCharacters as error:
        return _strange(text, error.pos_in_stream or 0, _expected(text[: error.pos_in_stream or 0], kind, branch))
    except UnexpectedToken as error:
        at = len(text) if error.token.type == "$END" else _at(error.token)
        return _misplaced(text, error.token, at, _expected(text[:at], kind, branch), kind)
    leaves = _leaves(tree)
    for rule, token in leaves:
        mistake = _too_deep(rule, token, branch) or _judged(rule, token, text, family, option_names)
        if mistake is not None:
            return mistake
    return _summary(leaves)


def _leaves(tree: Tree[Token]) -> list[tuple[str, Token]]:
    """Every token that says something, with its rule, from left to right."""
    nodes = ((str(node.data), token) for node in tree.iter_subtrees() for token in node.children)
    return sorted(((rule, token) for rule, token in nodes if isinstance(token, Token)), key=lambda leaf: _at(leaf[1]))


def _too_deep(rule: str, token: Token, branch: Branch) -> Mistake | None:
    """A sub-option below what an older branch follows."""
    known = branches_with(Feature.NESTED_OPTIONS)
    if rule != "deeper_code" or branch in known:
        return None
    message = f"Kea {branch} does not support options of a sub-option: {_arrival(known, branch)}"
    return Mistake(_at(token), message, fault=Fault.VERSION, fix="compare the bytes: substring(….hex, …)")


def _judged(rule: str, token: Token, whole: str, family: int, option_names: Collection[str]) -> Mistake | None:
    """What Kea's parser demands beyond the grammar: ranges, addresses, the family, names of options."""
    at, text = _at(token), str(token)
    if token.type == "INTEGER" and not -(2**63) <= int(text) < 2**63:
        return Mistake(at, f"{text} is too large a number", fault=Fault.VALUE)
    if rule in _ONE_FAMILY:
        word, only = _ONE_FAMILY[rule]
        return None if only == family else Mistake(at, f"{word} can only be used in DHCPv{only}", fault=Fault.FAMILY)
    if rule == "address":
        return None if family_of(text) else Mistake(at, f"{text} is not an address", fault=Fault.VALUE)
    if rule == "pattern" and (why := _refused_regex(text[1:-1])):
        return Mistake(at, f"the regular expression {text} {why}", fault=Fault.VALUE)
    if rule == "option_name" and text not in option_names:
        message = f"no option named {text!r} is known in the space dhcp{family}"
        near = option_for(text, family, option_names) or _longer(text, option_names)
        better = whole[:at] + near + whole[at + len(text) :] if near else None
        fix = f"write {better}" if better else "define it in the global option-def, correct the name, or use its code"
        return Mistake(at, message, fault=Fault.OPTION, fix=fix, subject=text)
    span = (
        _RANGES.get(rule)
        if rule not in ("top_code", "option_code", "deeper_code")
        else (0, 255 if family == 4 else 65535, "an option code")
    )
    if span is not None and not span[0] <= int(text) <= span[1]:
        return Mistake(at, f"{text} is {span[2]} out of range: {span[0]} to {span[1]} are possible", fault=Fault.VALUE)
    return None


def _longer(word: str, names: Collection[str]) -> str | None:
    """The one name that goes on where a word ends: `vendor-class` → vendor-class-identifier."""
    found = [each for each in names if each.startswith(f"{word}-")]
    return found[0] if len(found) == 1 else None


_ONE_FAMILY = {"relay4": ("relay4", 4), "pkt4": ("pkt4", 4), "relay6": ("relay6", 6), "pkt6": ("pkt6", 6)}
_RANGES = {
    "nest_level": (-32, 31, "a relay level"),
    "uint8": (0, 255, "an index"),
    "uint32": (0, 2**32 - 1, "a number"),
}


_SURE_REGEX = regex(
    r"\^?(?:(?:[\w @:/=,;-]|\.|\\[.dws]|\[\^?(?:0-9|a-z|A-Z|a-f|A-F|[A-Za-z0-9_])+\])[*+?]?)*\$?\Z", re.ASCII
)
"""Patterns that the C++ library certainly takes."""
_NOT_ECMASCRIPT = regex(r"\(\?(?![:=!])")


def _refused_regex(pattern: str) -> str | None:
    """Why the C++ library (std::regex, ECMAScript) certainly refuses a pattern; only the plain cases (seen on 3.0.4)."""
    if "\\" in pattern:
        return None
    if pattern.rfind("[") > pattern.rfind("]"):
        return "has a [ without its ]"
    if "[" in pattern:
        return None
    if _NOT_ECMASCRIPT.search(pattern):
        return "has a group that ECMAScript does not know: only (?:…), (?=…) and (?!…) are possible"
    if pattern.count("(") != pattern.count(")"):
        return "has ( and ) that do not match"
    return "begins with a quantifier" if pattern[:1] in ("*", "+", "?") else None


def _summary(leaves: list[tuple[str, Token]]) -> Expression:
    members = tuple(str(token)[1:-1] for rule, token in leaves if rule == "class_name")
    options = tuple(
        int(token) if token.type == "INTEGER" else str(token)
        for rule, token in leaves
        if rule in ("top_code", "option_name")
    )
    patterns = (str(token)[1:-1] for rule, token in leaves if rule == "pattern")
    uncertain = tuple(
        f"the regular expression {pattern!r} can be checked only by the C++ library of the server"
        for pattern in patterns
        if not _SURE_REGEX.match(pattern)
    )
    return Expression(members, options, uncertain)


def _expected(before: str, kind: Kind, branch: Branch) -> tuple[str, ...]:
    """What the parser would have taken, as words for people; the many beginnings of a value or condition as one."""
    # The parser that failed has already closed what the wrong token cannot continue; one that read up to there has not.
    parser: Any = _grammar().parse_interactive(before, start=_START[kind])
    parser.exhaust_lexer()
    accepted: set[str] = set(parser.accepts())
    if branch not in branches_with(Feature.NESTED_OPTIONS) and _AT_A_SUB_OPTION.search(before):
        accepted.discard("OPTION")
    values, conditions = _beginnings()
    words: list[str] = []
    if conditions <= accepted:
        accepted -= conditions
        words.append("a condition")
    elif values <= accepted:
        accepted -= values
        words.append("a value")
    return (*words, *sorted(word for word in map(_word, accepted) if branch in WORDS.get(word, (branch,))))


_AT_A_SUB_OPTION = regex(r"(?:relay4|\]\s*\.\s*option)\s*\[[^\]]*\]\s*\.\s*\Z")


@cache
def _beginnings() -> tuple[frozenset[str], frozenset[str]]:
    """The tokens that a value and a condition can begin with."""
    starts: list[Any] = [_grammar().parse_interactive("", start=start) for start in ("string", "boolean")]
    value, condition = (frozenset(parser.accepts()) for parser in starts)
    return value, condition


_NAMES = {
    "$END": "the end",
    "TEXT": "a string in single quotes",
    "HEX": "a hexadecimal number such as 0x1f",
    "INTEGER": "a number",
    "ADDRESS": "an address",
    "OPTION_NAME": "the name of an option",
}


def _word(terminal: str) -> str:
    return _NAMES.get(terminal) or str(_grammar().get_terminal(terminal).pattern.value)


_SYMBOLS = {
    '"': "write strings in single quotes",
    "!": "write `not` before the comparison",
    "=": "write ==",
    "&": "write `and`",
    "|": "write `or`",
    "#": "there are no comments inside an expression",
    "/": "compare with substring(): prefixes are not supported here",
    "'": "a string ends with a single quote, on the same line",
}
_TRUTH = {"true": "member('ALL') is always true", "false": "not member('ALL') is never true"}


def _strange(text: str, at: int, expected: tuple[str, ...]) -> Mistake:
    """A character that begins no token."""
    word, start = _around(text, at)
    if not word:
        symbol = text[at]
        doubled = {"=": "==", "&": "and", "|": "or"}.get(symbol)
        wrong = symbol * 2 if symbol in "&|" and text[at : at + 2] == symbol * 2 else symbol
        message = f"{symbol!r} is not allowed here"
        return Mistake(at, message, expected, fix=_SYMBOLS.get(symbol), wrong=wrong if doubled else None, right=doubled)
    known = tuple(_all_words())
    if word.lower() in known:
        return Mistake(
            start,
            f"{word!r} must be in lower case",
            expected,
            fix=f"write {word.lower()}",
            wrong=word,
            right=word.lower(),
        )
    near = nearest(word, [each for each in expected if each in known] or known)
    text_wanted = "a value" in expected and not re.match(r"\s*[\[(.]", text[start + len(word) :])
    quoted = f"write '{word}': a string is in single quotes" if text_wanted else None
    fix = _TRUTH.get(word) or (f"did you mean {near}?" if near else quoted)
    right = None if word in _TRUTH else near or (f"'{word}'" if quoted else None)
    return Mistake(start, f"{word!r} is not a keyword of expressions", expected, fix=fix, wrong=word, right=right)


def _around(text: str, at: int) -> tuple[str, int]:
    """The word that a character is part of, and where it begins: `options` fails at its last letter."""
    for match in re.finditer(r"[A-Za-z][-_A-Za-z0-9]*", text):
        if match.start() <= at < match.end():
            return match[0], match.start()
    return "", at


@cache
def _all_words() -> tuple[str, ...]:
    return tuple(
        str(terminal.pattern.value) for terminal in _grammar().terminals if str(terminal.pattern.value).isidentifier()
    )


def _misplaced(text: str, token: Token, at: int, expected: tuple[str, ...], kind: Kind) -> Mistake:
    """A token that cannot stand where it does."""
    try:
        _grammar().parse(text, start=_START["string" if kind == "bool" else "bool"])
    except UnexpectedInput:
        found = "it ends here" if token.type == "$END" else f"{str(token)!r} is not allowed here"
        return Mistake(at, found if text.strip() else "it is empty", expected)
    if kind == "bool":
        message = "this is a string, and it must be true or false"
        return Mistake(at, message, expected, Fault.TYPE, fix="compare it with ==, or ask whether the option .exists")
    message = "this is true or false, and it must be a string"
    return Mistake(at, message, expected, Fault.TYPE, fix="write ifelse(…, 'one', 'other'), or use one side only")
