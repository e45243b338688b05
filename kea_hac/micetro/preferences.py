"""The five entries of a Micetro DHCP agent's preferences.cfg with which it reaches Kea: their names and values.

In: values by name. Out: the bytes of a file with only these. Micetro reads two forms: until 11.1 one XML element for each
entry, without a root; from 11.2 on `name = value` lines, with sections whose name is a prefix of the keys below. An
agent of 11.2 or later converts the old form when it starts. So every version accepts XML, and `build` writes XML. Names
are not case-sensitive, and the last of two equal names applies (Micetro's documentation,
"Configuration Files" and "Changes to preferences.cfg files in 11.2"; read only, no agent was run).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

NAMES = ("keaHooksLocation", "keaControlAgentHost", "keaControlAgentPort", "keaReplicateConfig", "UseKeaPremiumHooks")
"""What kea-hac owns in a preferences.cfg, in the order it writes them."""
SWITCHES = frozenset({"keaReplicateConfig", "UseKeaPremiumHooks"})
"""Those whose value is 0 or 1; the new form also takes false and true."""
OWN = MappingProxyType({name.lower(): name for name in NAMES})
"""Lower case → the spelling that Micetro's documentation uses."""

_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


class PreferencesForm(StrEnum):
    """How a preferences.cfg is written."""

    XML = "xml"
    INI = "ini"


def checked(entries: Mapping[str, str | None]) -> dict[str, str]:
    """The entries that have a value, in a fixed order.

    Raises ValueError, with the possible names, for an unknown name. Also for a value that is ambiguous: anything but printable
    ASCII, and the backslash, whose meaning Micetro does not document.
    """
    for name, value in entries.items():
        if name not in NAMES:
            raise ValueError(f"{name!r} is not an entry that kea-hac owns; it owns {', '.join(NAMES)}")
        if value is not None and not (value.isascii() and value.isprintable() and "\\" not in value and value.strip()):
            raise ValueError(f"{name}: {value!r} must be printable ASCII without a backslash, and not empty")
    return {name: value for name in NAMES if (value := entries.get(name)) is not None}


def render(entries: Mapping[str, str | None], form: PreferencesForm = PreferencesForm.XML) -> bytes:
    """A whole file of these entries: fixed order, straight quotes, a newline at the end. Raises ValueError as `checked`."""
    return b"".join(entry(name, value, form) + b"\n" for name, value in checked(entries).items())


def entry(name: str, value: str, form: PreferencesForm) -> bytes:
    """One entry, without a line end."""
    between = b" value=" if form is PreferencesForm.XML else b" = "
    text = name.encode() + between + quoted(value, form)
    return b"<" + text + b"/>" if form is PreferencesForm.XML else text


def quoted(value: str, form: PreferencesForm) -> bytes:
    """A value in the spelling of the file; an INI value gets quotes only where white space, `;`, `#` or a quote need them."""
    if form is PreferencesForm.XML:
        return b'"' + value.translate(_ESCAPED).encode() + b'"'
    if any(mark in value for mark in " ;#\"'=[]"):
        return b'"' + value.replace('"', '\\"').encode() + b'"'
    return value.encode()


def same(name: str, one: str, other: str, form: PreferencesForm) -> bool:
    """True when two values mean the same to the agent."""
    if form is PreferencesForm.INI and name in SWITCHES:
        words = {"true": "1", "false": "0"}
        return words.get(one.lower(), one) == words.get(other.lower(), other)
    return one == other
