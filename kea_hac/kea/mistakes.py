"""The kinds of mistake that reading by the vocabulary finds; what each means for the site."""

from __future__ import annotations

from kea_hac.diagnostics import KeaSays, Rule, Severity, rule
from kea_hac.kea.values import (
    OutOfRangeError,
    UnreadableError,
    ValueRefusedError,
    WordTakenError,
    WrongTypeError,
    WrongWordError,
)

_SEEN = "seen on 2.2.0, 2.6.3 and 3.0.4"
UNKNOWN_KEY = rule(
    "KH120",
    "unknown-key",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="Kea refuses the whole configuration for one key that it does not know; inside the HA parameters it ignores the key "
    "silently, and the default holds instead of the value that was meant.",
    source=f"the grammars of 2.2 to 3.2, ha_config_parser.cc; {_SEEN}",
)
MISPLACED_KEY = rule(
    "KH121",
    "misplaced-key",
    why="A key of the spec language stands where it has no meaning, so it would do nothing.",
    source="the spec language",
)
WRONG_TYPE = rule(
    "KH122",
    "wrong-type",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="Kea's grammar fixes the type of every value, and a string is no integer to it: the file does not load.",
    source=f"the grammars of 2.2 to 3.2; {_SEEN}",
)
UNKNOWN_VALUE = rule(
    "KH123",
    "unknown-value",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="The key takes a word of a fixed set. Kea refuses any other.",
    source=f"the grammars and parsers of 2.2 to 3.2; {_SEEN}",
)
WORD_TAKEN = rule(
    "KH136",
    "unknown-severity",
    Severity.ERROR,
    KeaSays.ACCEPTS,
    why="Kea takes any word for a logger's severity and logs at INFO for one that it does not know: DEBUG that was meant is "
    "not there on the day it is needed.",
    source=f"log/logger_level.cc; {_SEEN}",
)
TIME_UNIT = rule(
    "KH137",
    "time-in-wrong-unit",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea counts this time in milliseconds, or another one in seconds, and the number makes sense in the other unit only. A "
    "heartbeat-delay of 10 is a heartbeat every 10 ms, and a max-response-delay of 60 takes the partner for dead 60 ms after one "
    "that was late. A spec can write the unit (10s), and 10ms where that is meant.",
    source="Kea ARM, HA: heartbeat-delay, max-response-delay, max-ack-delay and sync-timeout are in milliseconds; partner-down 240 ms "
    "after the first failed heartbeat with 10 and 60, seen on 2.6.3",
)
OUT_OF_RANGE = rule(
    "KH124",
    "out-of-range",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="Kea refuses most of these. Others, lifetimes and timers among them, it cuts silently to the width of its field: a lifetime of "
    "-1 becomes 136 years.",
    source="the parsers' checks and field widths; lifetimes of -1 and 2^32 load on 2.2.0, 2.6.3 and 3.0.4, refused from 3.1 "
    "(ChangeLog 2493)",
)
MISSING_KEY = rule(
    "KH125",
    "missing-key",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="Kea's grammar or parser demands the key in every such map.",
    source=f"the grammars and parsers of 2.2 to 3.2; {_SEEN}",
)
MISSING_VALUE = rule(
    "KH126",
    "missing-value",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="The key has no value. Kea takes no null outside user-context and hook parameters.",
    source=_SEEN,
)
EMPTY_MAP = rule(
    "KH127",
    "empty-map",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="Kea's grammar takes `{}` for a syntax error in this place.",
    source=f"the grammars of 2.2 to 3.2; {_SEEN}",
)
EMPTY_LIST = rule(
    "KH128",
    "empty-list",
    Severity.ERROR,
    KeaSays.REFUSES,
    why="Kea's grammar takes `[]` for a syntax error in this place.",
    source="the grammars of 2.2 to 3.2",
)
CONTROL_CHARACTER = rule(
    "KH129",
    "control-character-in-value",
    Severity.ERROR,
    KeaSays.ACCEPTS,
    why="A control character in a name or text is an accident of copying. Kea keeps it, and it ends texts early in logs, "
    "lease files and databases.",
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
