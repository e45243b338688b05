"""One value of a document → what Kea's grammar calls it, or a refusal whose text is the finding.

No reader here knows where the value stands; `reading` gives the place. The paths of good values are short: 100,000
reservations come through here.
"""

from __future__ import annotations

import math
from fractions import Fraction

from kea_hac.kea.config import Json
from kea_hac.kea.grammar import Keyword, Kind, Unit, by_limits, spoken
from kea_hac.kea.meant_values import (
    DURATION,
    LONGEST,
    MILLISECONDS,
    meant_boolean,
    meant_integer,
    respelled_integer,
    respelled_time,
)
from kea_hac.kea.proposal import Instead
from kea_hac.kea.suggest import word_for
from kea_hac.regex import regex
from kea_hac.source.document import Map, Plain, Secret, Seq, Value
from kea_hac.source.odd_characters import odd_in
from kea_hac.source.secrets import names_secret

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""What an unquoted YAML scalar that says nothing looks like."""

_INTEGER = regex(r"-?(?:0|[1-9][0-9]*)\Z")
_NUMBER = regex(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_PERCENT = regex(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%\Z")
_FOR_EVER = frozenset({"infinite", "infinity", "forever", "never", "unlimited"})
_INFINITE = 2**32 - 1
"""A lifetime that has no end (ARM, "Infinite Leases"; RFC 2131, section 3.3)."""
_MOST = 2**63 - 1
"""The largest integer of Kea's JSON reader (`int64_t`, isc::data::Element)."""
_SPOKEN_UNIT: dict[Unit, str] = {"s": "seconds", "ms": "milliseconds"}
_READABLE = frozenset("\t\n\r")


class ValueRefusedError(Exception):
    """The value is refused. The text is the finding's message, `fix` says what to write in a spec, `in_json` in a file of Kea."""

    def __init__(
        self, message: str, fix: str | None = None, value: str | None = None, json: Instead | None = None
    ) -> None:
        super().__init__(message)
        self.fix = fix
        self.value = value
        """What to write, where that is known: what `fix` says."""
        self.in_json = json or Instead(fix, value)


class WrongTypeError(ValueRefusedError):
    """The value is of another type than the keyword wants."""


class WrongWordError(ValueRefusedError):
    """The value is not one of the keyword's words."""


class WordTakenError(WrongWordError):
    """The value is not one of the keyword's words, and Kea takes it for another without a word."""


class OutOfRangeError(ValueRefusedError):
    """The value is of the right type and beyond the keyword's limits. `cut`: Kea takes it, and cuts it to what fits."""

    def __init__(self, number: float, keyword: Keyword) -> None:
        limits = _limits(keyword) if _outside(number, keyword) else _STORED[type(number)]
        super().__init__(f"{keyword.name!r} is {_counted(number, keyword)}; {limits}")
        self.cut: bool = keyword.facts.get("unchecked", False) and _storable(number)


class UnreadableError(ValueRefusedError):
    """The text holds characters that no configuration should."""


def is_nothing(value: Value) -> bool:
    """True for `key:`, `key: null`, `key: ~` and JSON's null."""
    return value is None or (value.__class__ is Plain and value in NULLS)


def display_value(value: Value) -> str:
    """The value as a message shows it; long texts are cut, secrets are not shown."""
    if isinstance(value, Map):
        return "a map"
    if isinstance(value, Seq):
        return "a list"
    if isinstance(value, Secret):
        return "a secret"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    cut = text if len(text) <= 60 else f"{text[:57]}..."
    odd = odd_in(text) if isinstance(value, str) else None
    return f"{cut!r} (it contains {odd})" if odd else repr(cut) if isinstance(value, str) else cut


def text_of(value: Value, keyword: Keyword) -> Json:
    """A string: any scalar of YAML as it is written, a string of JSON, or a Secret, which stays one."""
    if isinstance(value, str):
        if not value.isprintable():
            check_characters(value, octets=keyword.octets)
        return str(value)
    if isinstance(value, Secret):
        if value.listed:
            raise WrongTypeError(
                f"{keyword.name!r} is a string, and !on-server stands for a list", "write !secret PATH"
            )
        return value
    if names_secret(keyword.name):
        raise WrongTypeError(f"{keyword.name!r} must be a string", "put the value in quotes")
    scalar = isinstance(value, int | float)
    fix = f'write "{display_value(value)}"' if scalar else None
    raise WrongTypeError(
        f"{keyword.name!r} must be a string, not {display_value(value)}", fix, display_value(value) if scalar else None
    )


def check_characters(text: str, octets: bool = False) -> None:
    """Raises UnreadableError for halves of surrogate pairs, and for control characters other than tab and line ends unless
    the text is octets on the wire."""
    for character in text:
        control = character < " " and character not in _READABLE and not octets
        if control or "\ud800" <= character <= "\udfff":
            message = f"the string contains the character U+{ord(character):04X}"
            rest = "".join(
                each for each in text if not (each < " " and each not in _READABLE) and not "\ud800" <= each <= "\udfff"
            )
            raise UnreadableError(message, "remove the character", rest)


def integer_of(value: Value, keyword: Keyword) -> int:
    """An integer in Kea's own unit; time keys also take 10s, 4h, 1d, 500ms, 2m, 1w."""
    number: int
    if value.__class__ is Plain:
        text = str(value)
        number = _integer(text) if _INTEGER.match(text) else _duration(text, keyword)
    elif value.__class__ is int:
        number = int(value)
    else:
        raise _no_integer(value, keyword)
    _check_range(number, keyword)
    return number


def _integer(text: str) -> int:
    return int(text[:LONGEST])


def _duration(text: str, keyword: Keyword) -> int:
    match = DURATION.match(text)
    if match is None or keyword.unit is None:
        raise _no_integer(Plain(text), keyword)
    length = _integer(match[1]) * MILLISECONDS[match[2]]
    if keyword.unit == "ms":
        return length
    if length % 1000:
        raise WrongTypeError(
            f"{keyword.name!r} must be in whole seconds; {text!r} is not",
            f"write {length // 1000 + 1}s",
            Plain(f"{length // 1000 + 1}s"),
        )
    return length // 1000


def _no_integer(value: Value, keyword: Keyword) -> WrongTypeError:
    wanted = f"{keyword.name!r} must be an integer"
    if keyword.unit:
        wanted += f" ({_SPOKEN_UNIT[keyword.unit]})"
    shown = display_value(value)
    if isinstance(value, str) and not isinstance(value, Plain) and (_INTEGER.match(value) or DURATION.match(value)):
        message = f"{wanted}, not the string {shown}: the quotes make it a string"
        return _instead(message, str(value), keyword)
    if isinstance(value, Plain) and DURATION.match(value) and not keyword.unit:
        message = f"{wanted}; it is not a length of time, so {shown} has no meaning here"
        return _instead(message, meant_integer(value), keyword)
    plain = respelled_integer(value.removeprefix("/")) if isinstance(value, str) else None
    if plain is not None:
        return _instead(f"{wanted} in plain decimal digits, not {shown}", str(plain), keyword)
    if isinstance(value, str) and value.lower() in _FOR_EVER and keyword.name.endswith("lifetime"):
        return _instead(f"{wanted}, not {shown}; {_INFINITE} is infinite", str(_INFINITE), keyword)
    meant = respelled_time(value) if isinstance(value, str) and keyword.unit else None
    return _instead(f"{wanted}, not {shown}", meant, keyword)


def _instead(message: str, meant: str | None, keyword: Keyword) -> WrongTypeError:
    """The refusal of a value that is no integer. `meant`: a number, or a time of the spec."""
    if meant is None and keyword.unit:
        unit = _SPOKEN_UNIT[keyword.unit]
        return WrongTypeError(
            message,
            f"write the number of {unit}, or a number with its unit: s, m, h, d",
            json=Instead(f"write the number of {unit}"),
        )
    if meant is None:
        return WrongTypeError(message)
    timed = DURATION.match(meant)
    if timed and not keyword.unit:
        return WrongTypeError(message)
    number = (
        _integer(timed[1]) * MILLISECONDS[timed[2]] // (1 if keyword.unit == "ms" else 1000) if timed else int(meant)
    )
    if beyond(number, keyword):
        return WrongTypeError(message)
    return WrongTypeError(message, f"write {meant}", Plain(meant), json=Instead(f"write {number}", number))


def number_of(value: Value, keyword: Keyword) -> float:
    """A number with a decimal point. Kea's JSON refuses `1` here, so a bare JSON integer is refused as well."""
    if isinstance(value, Plain) and _NUMBER.match(value):
        number = float(value)
    elif isinstance(value, float):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        number = float(value)
        raise WrongTypeError(
            f"{keyword.name!r} must be a number with a decimal point; Kea refuses {value}",
            f"write {number}",
            str(number),
            Instead(f"write {number}", number),
        )
    else:
        raise _no_number(value, keyword)
    _check_range(number, keyword)
    return number


def _no_number(value: Value, keyword: Keyword) -> WrongTypeError:
    message = f"{keyword.name!r} must be a number, not {display_value(value)}"
    percent = _PERCENT.match(value) if isinstance(value, str) else None
    text = f"{float(Fraction(percent[1]) / 100):.10f}".rstrip("0") if percent else str(value).replace(",", ".", 1)
    if not isinstance(value, str) or not _NUMBER.match(text) or beyond(float(text), keyword):
        return WrongTypeError(message)
    text = f"{text}0" if text.endswith(".") else text
    return WrongTypeError(message, f"write {text}", Plain(text), Instead(f"write {float(text)}", float(text)))


def boolean_of(value: Value, keyword: Keyword) -> bool:
    """`true` or `false`, nothing else."""
    if value.__class__ is bool:
        return bool(value)
    if value.__class__ is Plain and value in ("true", "false"):
        return value == "true"
    meant = meant_boolean(value)
    raise WrongTypeError(
        f"{keyword.name!r} must be true or false, not {display_value(value)}",
        f"write {meant}" if meant else None,
        meant,
        Instead(f"write {meant}", meant == "true") if meant else None,
    )


def word_of(value: Value, keyword: Keyword) -> str:
    """One of the keyword's words, in Kea's case."""
    if isinstance(value, str):
        if value in keyword.values:
            return str(value)
        if keyword.any_case:
            for word in keyword.values:
                if word.lower() == value.lower():
                    return word
        meant = word_for(keyword.name, value, [word for word in keyword.values if isinstance(word, str)])
        refusal = WordTakenError if "taken-for" in keyword.facts else WrongWordError
        raise refusal(
            f"{display_value(value)} is not a value of {keyword.name!r}; it can be {', '.join(keyword.values)}",
            f"write {meant}" if meant else None,
            meant,
        )
    word = display_value(value)
    fix = f'write "{word}"' if word in keyword.values else None
    raise WrongTypeError(
        f"{keyword.name!r} must be one of {', '.join(keyword.values)}, not {word}", fix, word if fix else None
    )


def beyond(value: object, keyword: Keyword) -> OutOfRangeError | None:
    """Why a number is beyond a keyword's limits; None for one that is not, and for everything that is no number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        _check_range(value, keyword)
    except OutOfRangeError as refusal:
        return refusal
    return None


def _check_range(number: float, keyword: Keyword) -> None:
    if _outside(number, keyword) or not _storable(number):
        raise OutOfRangeError(number, keyword)


def _outside(number: float, keyword: Keyword) -> bool:
    """True beyond the keyword's own limits."""
    low, high = keyword.minimum, keyword.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        return True
    return (keyword.above is not None and number <= keyword.above) or (
        keyword.below is not None and number >= keyword.below
    )


def _storable(number: float) -> bool:
    """False for an integer that needs more than 64 bits, and a number beyond a double: Kea's JSON reader refuses both for every key."""
    return -_MOST - 1 <= number <= _MOST if isinstance(number, int) else math.isfinite(number)


_STORED: dict[type, str] = {
    int: f"Kea's integers are {-_MOST - 1} to {_MOST}",
    float: "it is outside the range of a floating point number",
}


def _counted(number: float, keyword: Keyword) -> str:
    return f"{number} {_SPOKEN_UNIT[keyword.unit]}" if keyword.unit else str(number)


def _limits(keyword: Keyword) -> str:
    """The limits of the newest branch, with those of other branches where they are others."""
    (_, newest), *others = by_limits(keyword)
    also = [f"Kea {spoken(branches)}: {limits_of(each)}" for branches, each in others]
    return f"it must be {limits_of(newest)}" + (f" ({'; '.join(also)})" if also else "")


def limits_of(keyword: Keyword) -> str:
    """The limits as a sentence says them: "at least 1 and at most 10"."""
    written = []
    if keyword.minimum is not None:
        written.append(f"at least {keyword.minimum}")
    if keyword.above is not None:
        written.append(f"greater than {keyword.above}")
    if keyword.maximum is not None:
        written.append(f"at most {keyword.maximum}")
    if keyword.below is not None:
        written.append(f"less than {keyword.below}")
    return " and ".join(written)


SCALARS = {
    Kind.INTEGER: integer_of,
    Kind.NUMBER: number_of,
    Kind.STRING: text_of,
    Kind.BOOLEAN: boolean_of,
    Kind.ENUM: word_of,
}
