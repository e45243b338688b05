"""What to write for a key that a version does not know, where it knows the same thing under another name."""

from __future__ import annotations

from kea_hac.kea.grammar import Scope
from kea_hac.kea.synonyms import BY_NEW, BY_OLD, MOVED_DDNS, NOTHING, RESERVATION_MODES, UnsayableError
from kea_hac.kea.version import Branch
from kea_hac.source.document import Map, Seq, Value


def spelt_in(scope: Scope, key: str, value: Value, branch: Branch) -> str | None:
    """The fix for a key of `scope` that `branch` does not know: "write ip-addresses: [192.0.2.1]".

    None where the branch has the thing under no name, so that only another version helps.
    """

    def known(name: str) -> bool:
        return name in scope.keywords and branch in scope.keywords[name].branches

    if key in BY_OLD and known(BY_OLD[key].new):
        return _renamed(BY_OLD[key].new, BY_OLD[key].newer, value)
    if key in BY_NEW and known(BY_NEW[key].old):
        return _renamed(BY_NEW[key].old, BY_NEW[key].older, value)
    if key == "reservation-mode" and known("reservations-global"):
        switches = RESERVATION_MODES.get(str(value), {})
        listed = ", ".join(f"{name}: {str(on).lower()}" for name, on in switches.items())
        return (
            f"write {listed}"
            if listed
            else "write reservations-global, reservations-in-subnet and reservations-out-of-pool"
        )
    if scope.name == "dhcp-ddns" and key in MOVED_DDNS:
        return f"write {MOVED_DDNS[key]}: {_text(value)} beside `dhcp-ddns`, not in it"
    return None


def _renamed(name: str, change: object, value: Value) -> str:
    """The new name with the value in its new form; the name alone where that is long, or not to be had."""
    try:
        result = change(value)  # type: ignore[operator]  # one of the two ways of a `Spelling`
    except UnsayableError as refusal:
        return f"write {name}; {refusal}"
    except (AttributeError, KeyError, TypeError):  # the value has another shape, which has its own finding
        return f"write {name} in its place"
    if result is NOTHING:
        return "leave it out"
    text = _text(result)
    return (
        f"write {name}: {text}"
        if text
        else f"write {name} in its place{', as a list' if isinstance(result, list) else ''}"
    )


def _text(value: object) -> str:
    """A scalar, or a list of scalars; nothing for what would be long."""
    if isinstance(value, Map | dict):
        return ""
    if isinstance(value, Seq | list):
        items = [_text(each) for each in value]
        return f"[{', '.join(items)}]" if all(items) else ""
    return str(value).lower() if isinstance(value, bool) else str(value)
