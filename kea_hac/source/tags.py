"""The tags of the specification: `!include PATH`, `!csv PATH`, `!secret PATH`, and `!!str` for a quoted text."""

from __future__ import annotations

import re

from kea_hac.source.document import Plain, Secret
from kea_hac.source.includes import CSV, JSON_ENDINGS, YAML_ENDINGS, Includes, Origin
from kea_hac.source.ledger import Ledger, Loaded
from kea_hac.source.rules import BAD_SECRET, UNKNOWN_TAG

INCLUDE = "!include"
TABLE = "!csv"
SECRET = "!secret"  # noqa: S105 - the tag's name
STRING = "tag:yaml.org,2002:str"
_CORE = "tag:yaml.org,2002:"
KNOWN = f"the tags are {INCLUDE} PATH, {TABLE} PATH, {SECRET} PATH and !!str"
_NOT_IN_SECRET = re.compile(r"""["'\x00-\x1f\x7f-\x9f\u2028\u2029]|\?>""")


class Tags:
    """Gives tagged scalars their value."""

    def __init__(self, ledger: Ledger, includes: Includes) -> None:
        self._ledger = ledger
        self._includes = includes

    def value(self, tag: str, text: str, origin: Origin) -> Loaded | None:
        """The value of a scalar that has a tag. None when it could not be had; everything wrong is reported by then.

        A list from a file is spliced in where the tag is an item of a list; that is for the caller to do.
        """
        if tag == INCLUDE:
            return self._includes.load(text, origin, YAML_ENDINGS + JSON_ENDINGS)
        if tag == TABLE:
            return self._includes.load(text, origin, (CSV,))
        if tag == SECRET:
            fault = secret_fault(text)
            if fault:
                self._ledger.report(BAD_SECRET, origin.at, f"{SECRET} {fault}", route=origin.route)
            return Loaded(Secret(text), origin.at, 1, 0)
        if tag == STRING:
            return Loaded(text, origin.at, 1, 0)
        self.unknown(tag, origin)
        return Loaded(Plain(text), origin.at, 1, 0)

    def unknown(self, tag: str, origin: Origin) -> None:
        """Report a tag that nobody knows, or that cannot stand at this kind of value."""
        shown = f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else tag
        why = (
            "is not needed: the schema knows the types"
            if tag.startswith(_CORE) and tag != STRING
            else "is not allowed here"
        )
        if not tag.startswith(_CORE) and tag not in (INCLUDE, TABLE, SECRET):
            why = "is unknown"
        self._ledger.report(UNKNOWN_TAG, origin.at, f"the tag {shown} {why}; {KNOWN}", route=origin.route)


def secret_fault(path: str) -> str | None:
    """Why a path cannot stand in Kea's `<?include "PATH"?>`, or None when it can."""
    if not path:
        return "needs the path of a file on the DHCP server"
    if not path.startswith("/"):
        return f"takes an absolute path, not {path!r}: Kea would look for it in the directory that it was started in"
    if _NOT_IN_SECRET.search(path):
        return f"{path!r} has a quote, a control character or ?> in it, which Kea's include cannot hold"
    return None
