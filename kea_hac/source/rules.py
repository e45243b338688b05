"""The mistakes that a reader can find: everything that is wrong with a text before anybody asks what it means.

`unreadable` rules leave a hole in the data (a file, or the value that should have come from it), so a run that has one
ends with exit code 2. The others are ordinary findings: the document is whole and later stages may go on.
"""

from __future__ import annotations

from kea_hac.diagnostics import KeaSays, Rule, Severity, rule


def _unreadable(code: str, name: str, why: str, source: str = "", kea: KeaSays = KeaSays.NOT_ITS_BUSINESS) -> Rule:
    return rule(code, name, kea=kea, why=why, source=source, unreadable=True)


# Files and texts
UNREADABLE_FILE = _unreadable(
    "KH001",
    "unreadable-file",
    "Nothing can be said about a file that cannot be opened, and silence would look like success.",
)
NOT_UTF8 = _unreadable(
    "KH002",
    "not-utf-8",
    "Kea takes the bytes of a string as they stand, so a file in another encoding gives clients broken names and options.",
    "Kea 2.2.0, 2.6.3 and 3.0.4 load a string with the byte FF and keep that byte",
)
OVER_LIMIT = _unreadable(
    "KH003",
    "over-limit",
    "An input beyond every sensible size, usually made by aliases of aliases, would exhaust the machine.",
)
EMPTY_FILE = _unreadable("KH004", "empty-file", "There is nothing to compile, and an empty configuration stops Kea.")
NOT_A_MAP = _unreadable(
    "KH005", "not-a-map", "A specification and a Kea configuration are maps; anything else has no keys to read."
)
CONTROL_CHARACTER = _unreadable(
    "KH006",
    "control-character",
    "YAML and JSON forbid control characters; they come from a broken copy or a binary file.",
)

# YAML
YAML_SYNTAX = _unreadable("KH010", "yaml-syntax", "The text is not YAML, so everything after this place is unknown.")
SEVERAL_DOCUMENTS = _unreadable(
    "KH011", "several-documents", "Only one document could be used, and the others would be ignored without a word."
)
DUPLICATE_KEY = rule(
    "KH012",
    "duplicate-key",
    kea=KeaSays.REFUSES,
    why="Most YAML readers keep the last value silently and Kea refuses the file, so one of the two was never meant.",
    source="`duplicate valid-lifetime entries in Dhcp4 map`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
COMPLEX_KEY = rule("KH013", "complex-key", why="A map or list as a key has no form in Kea's JSON.")
UNKNOWN_TAG = rule(
    "KH014", "unknown-tag", why="A tag asks for a special meaning; an unknown one would be lost silently."
)
BAD_MERGE = rule(
    "KH015", "bad-merge", why="`<<` takes keys from another map; from anything else there is nothing to take."
)
UNKNOWN_ALIAS = rule(
    "KH016", "unknown-alias", why="The value that the alias stands for does not exist, so a setting would be missing."
)
RECURSIVE_ALIAS = rule(
    "KH017", "recursive-alias", why="A value that contains itself has no end and cannot be written to a file."
)
UNQUOTED_BRACES = rule(
    "KH018",
    "unquoted-braces",
    why="YAML reads a bare {server} as a map with the key `server`, so the name of the server would never be filled in.",
)
UNQUOTED_COLON = rule(
    "KH019",
    "unquoted-colon",
    why="YAML reads a bare text that ends with a colon, such as 2001:db8::, as the key of a map.",
)
CURLY_QUOTES = rule(
    "KH020",
    "curly-quotes",
    why="Typographic quotes are ordinary letters for YAML: they would become a part of the value, as in file names.",
)
MALFORMED_IGNORE = rule(
    "KH021",
    "malformed-ignore",
    why="The comment was meant to silence a finding, silences nothing, and nobody would notice.",
)

# Includes and secrets
INCLUDE_UNREADABLE = _unreadable("KH030", "include-unreadable", "A part of the configuration is missing.")
INCLUDE_OUTSIDE = _unreadable(
    "KH031",
    "include-outside-root",
    "The result would depend on files that are not under version control, and a foreign specification could read any file.",
)
INCLUDE_CYCLE = _unreadable("KH032", "include-cycle", "A file that includes itself has no end.")
INCLUDE_KIND = _unreadable(
    "KH033", "include-kind", "The reader is chosen by the ending of the file's name; a guess could read it wrongly."
)
BAD_SECRET = rule(
    "KH034",
    "bad-secret-path",
    why="The path is written into Kea's configuration as it is, where a wrong one stops the server.",
)

# Kea's JSON
JSON_SYNTAX = _unreadable(
    "KH040",
    "json-syntax",
    "Kea refuses the file, so a server that is restarted with it stays down.",
    kea=KeaSays.REFUSES,
)
EXTRA_COMMA = rule(
    "KH041",
    "extra-comma",
    Severity.INFO,
    KeaSays.ACCEPTS,
    why="Kea only logs a warning, but other JSON tools refuse the file.",
    source="seen on 2.2.0, 2.6.3 and 3.0.4",
)
BAD_ESCAPE = rule(
    "KH042",
    "bad-escape",
    kea=KeaSays.REFUSES,
    why="Kea refuses every escape other than those of JSON, and of \\u only knows \\u0000 to \\u00ff.",
    source="`Unsupported unicode escape in …`, `Bad escape in …`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
BYTE_ESCAPE = rule(
    "KH043",
    "byte-escape",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea turns \\u0080 to \\u00ff into one byte each, which is not the UTF-8 of that letter: clients get a broken string.",
    source="config-get of 2.2.0, 2.6.3 and 3.0.4",
)
CONTROL_IN_STRING = rule(
    "KH044",
    "control-in-string",
    kea=KeaSays.REFUSES,
    why="Kea refuses a string with a raw tab, line end or other control character.",
    source="`Invalid control in …`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
LEADING_ZEROS = rule(
    "KH045",
    "leading-zeros",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea reads 012 as twelve, other JSON tools refuse it, and Kea announces that it will.",
    source="Kea's lexer: `leading zeros in integers will be deprecated`; loaded by 2.2.0, 2.6.3 and 3.0.4",
)
PLUS_SIGN = rule(
    "KH046",
    "plus-sign",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea up to 3.0 reads +5 as the floating point number 5.0; newer ones refuse it, and so do other JSON tools.",
    source="loaded by 2.2.0, 2.6.3 and 3.0.4; `Deprecated plus sign` in the lexer of 3.3",
)
NUMBER_RANGE = rule(
    "KH047",
    "number-range",
    kea=KeaSays.REFUSES,
    why="Kea keeps an integer in 64 bits with sign and refuses the file.",
    source="`Failed to convert 9223372036854775808 to an integer.`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
BYTE_ORDER_MARK = rule(
    "KH048",
    "byte-order-mark",
    kea=KeaSays.REFUSES,
    why="Kea refuses a file that begins with a byte order mark.",
    source="`Invalid character`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
RELATIVE_INCLUDE = rule(
    "KH049",
    "relative-include",
    Severity.WARNING,
    KeaSays.ACCEPTS,
    why="Kea opens the file relative to the directory it was started in, which is another one under systemd than in a shell.",
    source="Kea's lexer: fopen of the name as written; `Can't open include file nope.json`, seen on 2.2.0, 2.6.3 and 3.0.4",
)

# CSV
CSV_SYNTAX = _unreadable(
    "KH050", "csv-syntax", "The quotes of the file do not match, so it is unknown which cell a text belongs to."
)
CSV_HEADER = _unreadable(
    "KH051", "csv-header", "The first row names the keys; without good names the cells have no meaning."
)
CSV_ROW = rule("KH052", "csv-row", why="A row with too few or too many cells puts values under the wrong keys.")
