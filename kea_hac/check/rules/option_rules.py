"""The kinds of mistakes in option-data and option-def: their codes, and what Kea does with each."""

from __future__ import annotations

from kea_hac.diagnostics import NOT_LOADED, KeaVerdict, refused, rule, warning

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"

NAMELESS_OPTION = refused(
    "KH401",
    "option-without-name-and-code",
    why=f"Kea finds the definition of an option by its name or its code. {NOT_LOADED}",
    source=f"Kea ARM, 'Standard DHCPv4 Options'; {_SEEN}",
    rests_on=("name", "code"),
)
UNKNOWN_OPTION = refused(
    "KH402",
    "unknown-option",
    why=f"Kea does not know the option and no `option-def` defines it, so Kea cannot encode its data. {NOT_LOADED}",
    source=f"option_data_parser.cc; {_SEEN}",
    rests_on=("*option-def",),
)
OTHER_NAME = refused(
    "KH403",
    "option-name-and-code-differ",
    why=f"Name and code belong to two different options. {NOT_LOADED}",
    source=f"option_data_parser.cc; {_SEEN}",
)
BAD_OPTION_CODE = refused(
    "KH404",
    "bad-option-code",
    why=f"The code is outside of the range of this option space. {NOT_LOADED}",
    source=f"option_data_parser.cc; {_SEEN}",
)
BAD_OPTION_SPACE = refused(
    "KH405",
    "bad-option-space",
    why=f"The name of the option space is not valid. {NOT_LOADED}",
    source=f"option_data_parser.cc, option_space.cc; {_SEEN}",
)
BAD_OPTION_DATA = refused(
    "KH406",
    "bad-option-data",
    why=f"The data does not fit the type of the option. {NOT_LOADED}",
    source=f"Kea ARM, 'Standard DHCPv4 Options'; option_definition.cc; {_SEEN}",
    rests_on=("data", "csv-format"),
)
OTHER_FAMILY = rule(
    "KH407",
    "option-address-of-other-family",
    kea=KeaVerdict.ACCEPTS,
    why="Kea reads the 16 bytes of an IPv6 address as four IPv4 addresses, or its first 4 bytes as one. Clients "
    "get addresses that are not in the configuration.",
    source=f"option_definition.cc; {_SEEN}, on the wire",
)
DROPPED_VALUES = warning(
    "KH408",
    "option-values-dropped",
    why="Kea splits the data at commas. It uses as many values as the option has fields and silently drops the "
    "rest, so clients get a shortened string.",
    source=f"option_definition.cc; {_SEEN}, on the wire",
    rests_on=("data", "csv-format"),
)
CUT_DATA = warning(
    "KH409",
    "option-data-cut",
    why="Kea keeps the bytes that fit the option, and drops or reorders the others. Clients get other bytes than "
    "those in the file, and config-get shows other data.",
    source=f"{_SEEN}: every standard option with hex of 13 lengths",
    rests_on=("data", "csv-format"),
)
INVISIBLE_DATA = warning(
    "KH410",
    "container-option-in-hex",
    why="The option has no value of its own, and config-get does not show these bytes. A change of them is not "
    "visible, and a tool that writes back the answer of config-get erases them.",
    source=f"{_SEEN}; 2.2.0 shows complete sub-options",
)
NO_VALUE = warning(
    "KH411",
    "option-list-without-value",
    why="Clients get the option with a length of zero. RFC 2132 forbids that for lists, so a client may drop the "
    "whole answer.",
    source=f"{_SEEN}, on the wire",
    rests_on=("data", "csv-format"),
)
KILLS_DHCP6 = rule(
    "KH412",
    "option-that-ends-kea-2.2",
    kea=KeaVerdict.ACCEPTS,
    why="kea-dhcp6 2.2 crashes when a client of its API sends config-get. The DHCPv6 service stops.",
    source="seen on 2.2.0; 2.6.3 and 3.0.4 do not crash",
)
OPTION_TWICE = warning(
    "KH413",
    "option-twice",
    why="Kea keeps both values and sends one of them. It is not defined which value clients get.",
    source=f"cfg_option.cc; {_SEEN}, on the wire",
)
BAD_DEFINITION = refused(
    "KH420",
    "bad-option-definition",
    why=f"Kea cannot use this definition of an option. {NOT_LOADED}",
    source=f"Kea ARM, 'Custom DHCPv4 Options'; option_definition.cc; {_SEEN}",
)
DEFINED_TWICE = refused(
    "KH421",
    "option-defined-twice",
    why=f"An option space can have one definition for each code and each name. {NOT_LOADED}",
    source=f"cfg_option_def.cc; {_SEEN}",
)
STANDARD_REDEFINED = refused(
    "KH422",
    "standard-option-redefined",
    why=f"Kea has a definition of this standard option, and it cannot be replaced. {NOT_LOADED}",
    source=f"cfg_option_def.cc; {_SEEN}",
)
NOT_IN_CLASS = refused(
    "KH423",
    "option-definition-in-class",
    why=f"In a client class, Kea allows definitions only for vendor options and private option codes. {NOT_LOADED}",
    source=f"client_class_def_parser.cc; {_SEEN}",
)
