"""The tags of the specification: `!include PATH`, `!csv PATH`, `!secret PATH`, `!on-server PATH`, and `!!str` for a quoted text."""

from __future__ import annotations

from difflib import get_close_matches

from kea_hac.diagnostics import rewrite_it
from kea_hac.regex import regex
from kea_hac.source.document import Plain, Secret
from kea_hac.source.includes import CSV, JSON_ENDINGS, YAML_ENDINGS, Includes, Origin
from kea_hac.source.ledger import Ledger, LoadedValue
from kea_hac.source.rules import BAD_SECRET, UNKNOWN_TAG

INCLUDE = "!include"
TABLE = "!csv"
SECRET = "!secret"  # noqa: S105 - the tag's name
LIST = "!on-server"
STRING = "tag:yaml.org,2002:str"
_CORE = "tag:yaml.org,2002:"
KNOWN = f"the tags are {INCLUDE} PATH, {TABLE} PATH, {SECRET} PATH, {LIST} PATH and !!str"
_OTHER_WORDS = {"import": "include", "file": "include", "inc": "include", "include_file": "include", "vault": "secret"}
"""Tags of other programs → the one of the same meaning."""
_NOT_IN_SECRET = regex(r"""["'\x00-\x1f\x7f-\x9f\u2028\u2029]|\?>""")


class Tags:
    """Computes the value of tagged scalars."""

    def __init__(self, ledger: Ledger, includes: Includes) -> None:
        self._ledger = ledger
        self._includes = includes

    def value(self, tag: str, text: str, origin: Origin, tag_at: int) -> LoadedValue | None:
        """The value of a scalar that has a tag. None when there is none; every mistake is already reported.

        `tag_at`: the packed position of the tag.

        A list from a file is spliced in where the tag is an item of a list; the caller does that.
        """
        if tag == INCLUDE:
            return self._includes.load(text, origin, YAML_ENDINGS + JSON_ENDINGS)
        if tag == TABLE:
            return self._includes.load(text, origin, (CSV,))
        if tag in (SECRET, LIST):
            fault = secret_fault(text)
            if fault:
                self._ledger.report(BAD_SECRET, origin.at, f"{tag} {fault}", route=origin.route)
            return LoadedValue(Secret(text, listed=tag == LIST), origin.at, 1, 0)
        if tag == STRING:
            return LoadedValue(text, origin.at, 1, 0)
        self.unknown(tag, origin, tag_at)
        return LoadedValue(Plain(text), origin.at, 1, 0)

    def unknown(self, tag: str, origin: Origin, tag_at: int) -> None:
        """Report a tag that is unknown, or that is not allowed at this kind of value. `tag_at`: its packed position."""
        shown = f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else tag
        why = (
            "is not needed: the schema defines the types"
            if tag.startswith(_CORE) and tag != STRING
            else "is not allowed here"
        )
        if not tag.startswith(_CORE) and tag not in (INCLUDE, TABLE, SECRET, LIST):
            why = "is unknown"
        instead = _instead(tag)
        self._ledger.report(
            UNKNOWN_TAG,
            tag_at,
            f"the tag {shown} {why}; {KNOWN}",
            route=origin.route,
            fix="remove the tag" if instead == "" else f"write {instead}" if instead else None,
            repair=() if instead is None else rewrite_it(instead),
        )


def _instead(tag: str) -> str | None:
    """What to write for a tag that is unknown: one of ours that it is a slip of, or nothing for a type of YAML's."""
    if tag in (INCLUDE, TABLE, SECRET, LIST):
        return None
    if tag.startswith(_CORE):
        return ""
    word = tag.lstrip("!").lower()
    words = {each.lstrip("!"): each for each in (INCLUDE, TABLE, SECRET, LIST)}
    same = get_close_matches(_OTHER_WORDS.get(word, word), words, 1, 0.7)
    return words[same[0]] if same else None


def secret_fault(path: str) -> str | None:
    """Why a path cannot be in Kea's `<?include "PATH"?>`, or None when it can."""
    if not path:
        return "needs the path of a file on the DHCP server"
    if not path.startswith("/"):
        return f"takes an absolute path, not {path!r}: Kea would look for it in the directory in which it was started"
    if _NOT_IN_SECRET.search(path):
        return f"{path!r} contains a quote, a control character or ?>, which Kea's include does not allow"
    return None
