"""The mistakes that a reader can find: everything that is wrong with a text, independent of its meaning.

After an `unreadable` rule a part of the data is missing (a file, or its value), so a run with such a finding
ends with exit code 2. The others are ordinary findings: the document is whole and later stages may go on.
"""

from __future__ import annotations

from kea_hac.diagnostics import NOT_READ, KeaVerdict, Rule, info, refused, rule, warning


def _unreadable(
    code: str, name: str, why: str, source: str = "", kea: KeaVerdict = KeaVerdict.NOT_ITS_BUSINESS
) -> Rule:
    return rule(code, name, kea=kea, why=why, source=source, unreadable=True)


# Files and texts
UNREADABLE_FILE = _unreadable(
    "KH001",
    "unreadable-file",
    "kea-hac cannot check a file that it cannot open. Without this error the run would look successful.",
)
NOT_UTF8 = _unreadable(
    "KH002",
    "not-utf-8",
    "Kea passes the bytes of a string on unchanged. From a file in another encoding, clients get broken "
    "names and options.",
    "Kea 2.2.0, 2.6.3 and 3.0.4 load a string with the byte FF and keep that byte",
)
OVER_LIMIT = _unreadable(
    "KH003",
    "over-limit",
    "An input of this size would use up the memory of the machine. The usual cause is an alias that contains "
    "aliases many times over.",
)
EMPTY_FILE = _unreadable(
    "KH004", "empty-file", "There is nothing to compile. A Kea server does not start with an empty file."
)
NOT_A_MAP = _unreadable(
    "KH005", "not-a-map", "A spec and a Kea configuration are maps. Any other value has no keys to read."
)
CONTROL_CHARACTER = _unreadable(
    "KH006",
    "control-character",
    "YAML and JSON forbid control characters. The usual cause is a damaged copy or a binary file.",
)

# YAML
YAML_SYNTAX = _unreadable(
    "KH010", "yaml-syntax", "The file is not valid YAML. Nothing after this place can be read, so nothing is compiled."
)
SEVERAL_DOCUMENTS = _unreadable(
    "KH011",
    "several-documents",
    "kea-hac can use one document only. It would ignore the others, and their settings would be missing on "
    "the servers.",
)
DUPLICATE_KEY = refused(
    "KH012",
    "duplicate-key",
    why="Most YAML readers silently keep only the last value, so the other one would be lost. Kea does not accept a file with a "
    "duplicate key.",
    source="`duplicate valid-lifetime entries in Dhcp4 map`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
COMPLEX_KEY = rule(
    "KH013",
    "complex-key",
    why="JSON, which Kea reads, has strings as keys only. A map or a list cannot be written as a key.",
)
UNKNOWN_TAG = rule(
    "KH014",
    "unknown-tag",
    why="A tag gives a value a special meaning. kea-hac does not know this one, so the meaning would be lost.",
)
BAD_MERGE = rule(
    "KH015",
    "bad-merge",
    why="`<<` copies the keys of another map. This value is not a map, so there are no keys to copy.",
)
UNKNOWN_ALIAS = rule(
    "KH016", "unknown-alias", why="The alias refers to an anchor that does not exist. The setting would have no value."
)
RECURSIVE_ALIAS = rule(
    "KH017", "recursive-alias", why="A value that contains itself has no end. It cannot be written to a file."
)
UNQUOTED_BRACES = rule(
    "KH018",
    "unquoted-braces",
    why="YAML reads {server} without quotes as a map with the key `server`. The name of the server would not be "
    "filled in.",
)
UNQUOTED_COLON = rule(
    "KH019",
    "unquoted-colon",
    why="YAML reads a string that ends with a colon, such as 2001:db8::, as the key of a map. It needs quotes.",
)
CURLY_QUOTES = rule(
    "KH020",
    "curly-quotes",
    why="YAML treats typographic quotes as letters. They would become a part of the value, for example of a file name.",
)
MALFORMED_IGNORE = rule(
    "KH021",
    "malformed-ignore",
    why="The comment was written to suppress a finding, but it has a mistake and suppresses nothing.",
)

# Includes and secrets
INCLUDE_UNREADABLE = _unreadable(
    "KH030",
    "include-unreadable",
    "The included part of the configuration is missing. The servers would run without its settings.",
)
INCLUDE_OUTSIDE = _unreadable(
    "KH031",
    "include-outside-root",
    "A file outside the root is not under the same version control, so the build could change without a "
    "commit. A spec from elsewhere could also read any file of this machine.",
)
INCLUDE_CYCLE = _unreadable("KH032", "include-cycle", "A file that includes itself has no end.")
INCLUDE_KIND = _unreadable(
    "KH033",
    "include-kind",
    "The end of the file name decides how the file is read. kea-hac does not guess, because a wrong guess "
    "would change the values.",
)
BAD_SECRET = rule(
    "KH034",
    "bad-secret-path",
    why="The path is copied into Kea's configuration. The server does not start when the path is wrong.",
)

# Kea's JSON
JSON_SYNTAX = _unreadable(
    "KH040",
    "json-syntax",
    NOT_READ,
    kea=KeaVerdict.REFUSES,
)
EXTRA_COMMA = info(
    "KH041",
    "extra-comma",
    why="Kea logs a warning and loads the file. Other JSON tools refuse it.",
    source="seen on 2.2.0, 2.6.3 and 3.0.4",
)
BAD_ESCAPE = refused(
    "KH042",
    "bad-escape",
    why=f"Kea accepts the escapes of JSON only, and of \\u only \\u0000 to \\u00ff. {NOT_READ}",
    source="`Unsupported unicode escape in …`, `Bad escape in …`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
BYTE_ESCAPE = warning(
    "KH043",
    "byte-escape",
    why="Kea turns each of \\u0080 to \\u00ff into one byte. That byte is not valid UTF-8, so clients get a broken "
    "string.",
    source="config-get of 2.2.0, 2.6.3 and 3.0.4",
)
CONTROL_IN_STRING = refused(
    "KH044",
    "control-in-string",
    why=f"A string must not contain a raw tab, line end or other control character. {NOT_READ}",
    source="`Invalid control in …`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
LEADING_ZEROS = warning(
    "KH045",
    "leading-zeros",
    why="Kea reads 012 as twelve and warns that a later version will refuse it. Other JSON tools refuse it today.",
    source="Kea's lexer: `leading zeros in integers will be deprecated`; loaded by 2.2.0, 2.6.3 and 3.0.4",
)
PLUS_SIGN = warning(
    "KH046",
    "plus-sign",
    why="Kea up to 3.0 reads +5 as the floating point number 5.0. Newer versions and other JSON tools refuse it.",
    source="loaded by 2.2.0, 2.6.3 and 3.0.4; `Deprecated plus sign` in the lexer of 3.3",
)
NUMBER_RANGE = refused(
    "KH047",
    "number-range",
    why=f"Kea stores an integer in 64 bits with a sign, and another number as a double. This number does not fit. {NOT_READ}",
    source="`Failed to convert 9223372036854775808 to an integer.` and `1e999 to a floating point.`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
BYTE_ORDER_MARK = refused(
    "KH048",
    "byte-order-mark",
    why=f"The file begins with a byte order mark, which Kea does not accept. {NOT_READ}",
    source="`Invalid character`, seen on 2.2.0, 2.6.3 and 3.0.4",
)
RELATIVE_INCLUDE = warning(
    "KH049",
    "relative-include",
    why="Kea looks for the included file in the directory in which it was started. That is one directory under "
    "systemd and another in a shell, so the server may not start.",
    source="Kea's lexer: fopen of the name as written; `Can't open include file nope.json`, seen on 2.2.0, 2.6.3 and 3.0.4",
)

# CSV
CSV_SYNTAX = _unreadable(
    "KH050",
    "csv-syntax",
    "The quotes of the file do not match. The reader cannot tell which cell a value belongs to, so nothing "
    "is compiled.",
)
CSV_HEADER = _unreadable(
    "KH051",
    "csv-header",
    "The first row contains the names of the keys. Without valid names the cells have no meaning.",
)
CSV_ROW = rule(
    "KH052",
    "csv-row",
    why="A row with too few or too many cells puts values under the wrong keys. Servers would get wrong "
    "addresses and options.",
)
