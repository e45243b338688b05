"""The kinds of mistake that reading by the vocabulary finds; what each means for the site."""

from __future__ import annotations

from kea_hac.diagnostics import NOT_READ, KeaVerdict, Rule, Severity, rule, warning
from kea_hac.kea.values import (
    OutOfRangeError,
    UnreadableError,
    ValueRefusedError,
    WordTakenError,
    WrongTypeError,
    WrongWordError,
)

_IN_LIBRARIES = (
    "With the mistake in the parameters of a hook library, the library does not load, and a running server that reloads the "
    "file closes its DHCP sockets."
)
_SEEN = "seen on 2.2.0, 2.6.3 and 3.0.4"
UNKNOWN_KEY = rule(
    "KH120",
    "unknown-key",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="With an unknown key the server does not start. The HA library ignores an unknown parameter without an "
    "error, so the default value applies instead of the value that was written.",
    source=f"the grammars of 2.2 to 3.2, ha_config_parser.cc; {_SEEN}",
)
MISPLACED_KEY = rule(
    "KH121",
    "misplaced-key",
    why="The key belongs to the spec language, but it has no meaning in this place. It would have no effect.",
    source="the spec language",
)
WRONG_TYPE = rule(
    "KH122",
    "wrong-type",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"Kea's grammar defines the type of each value, and it does not convert a string to a number. {NOT_READ} {_IN_LIBRARIES}",
    source=f"the grammars of 2.2 to 3.2; {_SEEN}",
)
UNKNOWN_VALUE = rule(
    "KH123",
    "unknown-value",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"The key accepts only the words of a fixed list. {NOT_READ} {_IN_LIBRARIES}",
    source=f"the grammars and parsers of 2.2 to 3.2; {_SEEN}",
)
WORD_TAKEN = rule(
    "KH136",
    "unknown-severity",
    Severity.ERROR,
    KeaVerdict.ACCEPTS,
    why="Kea does not report a severity that it does not know, and logs at INFO. Debug messages are missing on "
    "the day when they are needed.",
    source=f"log/logger_level.cc; {_SEEN}",
)
TIME_UNIT = warning(
    "KH137",
    "time-in-wrong-unit",
    why="Kea counts some times in milliseconds and others in seconds, and this number makes sense only in the "
    "other unit. With heartbeat-delay 10 a heartbeat is sent every 10 ms. With max-response-delay 60 a "
    "server treats its partner as down 60 ms after a late answer. A spec can contain the unit: 10s, or 10ms "
    "where that is intended.",
    source="Kea ARM, HA: heartbeat-delay, max-response-delay, max-ack-delay and sync-timeout are in milliseconds; partner-down 240 ms "
    "after the first failed heartbeat with 10 and 60, seen on 2.6.3",
)
OUT_OF_RANGE = rule(
    "KH124",
    "out-of-range",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="Kea refuses most of these values, and then the server does not start. It silently shortens others to "
    "the width of the field: with a lifetime of -1, leases never expire.",
    source="the parsers' checks and field widths; lifetimes of -1 and 2^32 load on 2.2.0, 2.6.3 and 3.0.4, refused from 3.1 "
    "(ChangeLog 2493)",
)
MISSING_KEY = rule(
    "KH125",
    "missing-key",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"Kea requires this key in every map of this kind. {NOT_READ} {_IN_LIBRARIES}",
    source=f"the grammars and parsers of 2.2 to 3.2; {_SEEN}",
)
MISSING_VALUE = rule(
    "KH126",
    "missing-value",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"The key has no value. Kea accepts null only in user-context and in parameters of hook libraries. {NOT_READ}",
    source=_SEEN,
)
EMPTY_MAP = rule(
    "KH127",
    "empty-map",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"Kea's grammar does not accept an empty map in this place. {NOT_READ}",
    source=f"the grammars of 2.2 to 3.2; {_SEEN}",
)
EMPTY_LIST = rule(
    "KH128",
    "empty-list",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"Kea's grammar does not accept an empty list in this place. {NOT_READ}",
    source="the grammars of 2.2 to 3.2",
)
CONTROL_CHARACTER = rule(
    "KH129",
    "control-character-in-value",
    Severity.ERROR,
    KeaVerdict.ACCEPTS,
    why="A control character in a name or a string usually comes from copying. Kea keeps it, and it cuts off the "
    "string in logs, lease files and databases.",
    source="Kea reads \\u0000 to \\u001f as those bytes: seen on 2.2.0, 2.6.3 and 3.0.4",
)

_RULES: tuple[tuple[type[ValueRefusedError], Rule], ...] = (
    (WordTakenError, WORD_TAKEN),
    (WrongWordError, UNKNOWN_VALUE),
    (OutOfRangeError, OUT_OF_RANGE),
    (UnreadableError, CONTROL_CHARACTER),
    (WrongTypeError, WRONG_TYPE),
)


def rule_for(refusal: ValueRefusedError) -> Rule:
    """The rule that a refused value breaks."""
    return next(found for kind, found in _RULES if isinstance(refusal, kind))
