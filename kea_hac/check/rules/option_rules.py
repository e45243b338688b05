"""The kinds of mistakes in option-data and option-def: their codes, and what Kea does with each."""

from __future__ import annotations

from kea_hac.diagnostics import KeaSays, Severity, rule

_REFUSED = "Kea refuses the whole configuration; a server that is restarted with it stays down."
_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

NAMELESS_OPTION = rule(
    "KH401",
    "option-without-name-and-code",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"Kea ARM, 'Standard DHCPv4 Options'; {_SEEN}",
    rests_on=("name", "code"),
)
UNKNOWN_OPTION = rule(
    "KH402",
    "unknown-option",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"option_data_parser.cc; {_SEEN}",
    rests_on=("*option-def",),
)
OTHER_NAME = rule(
    "KH403",
    "option-name-and-code-differ",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"option_data_parser.cc; {_SEEN}",
)
BAD_OPTION_CODE = rule(
    "KH404",
    "bad-option-code",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"option_data_parser.cc; {_SEEN}",
)
BAD_OPTION_SPACE = rule(
    "KH405",
    "bad-option-space",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"option_data_parser.cc, option_space.cc; {_SEEN}",
)
BAD_OPTION_DATA = rule(
    "KH406",
    "bad-option-data",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"Kea ARM, 'Standard DHCPv4 Options'; option_definition.cc; {_SEEN}",
    rests_on=("data", "csv-format"),
)
OTHER_FAMILY = rule(
    "KH407",
    "option-address-of-other-family",
    kea=KeaSays.ACCEPTS,
    why="Kea takes the 16 bytes of an IPv6 address for four IPv4 addresses, or its first 4 for one: clients get addresses "
    "that nobody wrote.",
    source=f"option_definition.cc; {_SEEN}, on the wire",
)
DROPPED_VALUES = rule(
    "KH408",
    "option-values-dropped",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea splits the data at commas, uses as many values as the option holds and drops the rest without a word: "
    "clients get a shortened text.",
    source=f"option_definition.cc; {_SEEN}, on the wire",
    rests_on=("data", "csv-format"),
)
CUT_DATA = rule(
    "KH409",
    "option-data-cut",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea keeps what the option holds and loses or reorders the rest: clients get other bytes than were written, and "
    "config-get shows other data than the file.",
    source=f"{_SEEN}: every standard option with hex of 13 lengths",
    rests_on=("data", "csv-format"),
)
INVISIBLE_DATA = rule(
    "KH410",
    "container-option-in-hex",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="config-get does not show the data of an option that has no value of its own, so a change of it cannot be seen, "
    "and any tool that writes config-get's answer back erases it.",
    source=f"{_SEEN}; 2.2.0 shows complete sub-options",
)
NO_VALUE = rule(
    "KH411",
    "option-list-without-value",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Clients get the option with a length of zero, which RFC 2132 forbids for lists; a client may drop the answer.",
    source=f"{_SEEN}, on the wire",
    rests_on=("data", "csv-format"),
)
KILLS_DHCP6 = rule(
    "KH412",
    "option-that-ends-kea-2.2",
    kea=KeaSays.ACCEPTS,
    why="kea-dhcp6 2.2 dies as soon as somebody asks for its configuration (config-get): the service stops.",
    source="seen on 2.2.0; 2.6.3 and 3.0.4 do not die",
)
OPTION_TWICE = rule(
    "KH413",
    "option-twice",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea keeps both and sends one: which of the two values clients get is left to chance.",
    source=f"cfg_option.cc; {_SEEN}, on the wire",
)
BAD_DEFINITION = rule(
    "KH420",
    "bad-option-definition",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"Kea ARM, 'Custom DHCPv4 Options'; option_definition.cc; {_SEEN}",
)
DEFINED_TWICE = rule(
    "KH421",
    "option-defined-twice",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"cfg_option_def.cc; {_SEEN}",
)
STANDARD_REDEFINED = rule(
    "KH422",
    "standard-option-redefined",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"cfg_option_def.cc; {_SEEN}",
)
NOT_IN_CLASS = rule(
    "KH423",
    "option-definition-in-class",
    kea=KeaSays.REFUSES,
    why=_REFUSED,
    source=f"client_class_def_parser.cc; {_SEEN}",
)
