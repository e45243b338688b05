"""Strings with a special meaning: `{server}` and `{address}`, passwords, and `!secret`. On the spec as it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import Finding, KeaVerdict, Route, Severity, rule, set_it
from kea_hac.kea.config import FEW, Block, Columns, Json, Once
from kea_hac.kea.grammar import ProgramName, program
from kea_hac.kea.levels import Level, facts, levels
from kea_hac.kea.named_files import TLS_KEYS
from kea_hac.kea.suggest import nearest
from kea_hac.regex import regex
from kea_hac.source.document import Secret
from kea_hac.source.secrets import holds_password, is_word_for_secret, names_secret
from kea_hac.spec.load import AGENT_MAY_DIFFER, MAY_DIFFER, PEER_KEYS, SpecFile

LITERAL_SECRET = rule(
    "KH902",
    "literal-secret",
    kea=KeaVerdict.ACCEPTS,
    why="The spec and the built files are in Git. Everybody who can read the repository, or its history, can "
    "read the password.",
    source="the spec language",
)
SECRET_OUT_OF_PLACE = rule(
    "KH113",
    "secret-out-of-place",
    why="kea-hac cannot check or compare a value that only the server reads from a file. `!secret` is therefore "
    "allowed only where secrets are: passwords, users, names and hosts of databases, option data, and "
    "parameters of hook libraries.",
    source="the spec language",
)
UNKNOWN_PLACEHOLDER = rule(
    "KH114",
    "unknown-placeholder",
    why="The placeholder is not known, so it would stay in the files of both servers. Kea would look for a file "
    "with that exact name.",
    source="the spec language",
)
PLACEHOLDER_OUT_OF_PLACE = rule(
    "KH115",
    "placeholder-out-of-place",
    why="This value must be equal on both servers, so no placeholder is filled in here. Kea, and perhaps "
    "clients, would get the string with its braces.",
    source="the spec language",
)
_KNOWN = ("server", "address")
_PLACEHOLDER = regex(r"\{([A-Za-z][A-Za-z_-]*)\}")
_FREE = frozenset({"parameters", "user-context", "pattern"})
"""Where braces may mean something to others: hook parameters, remarks, the pattern of a logger."""
_DATABASES = ("lease-database", "hosts-databases", "config-databases")
_SECRET_IN = {"option-data": ("data",), **dict.fromkeys(_DATABASES, ("name", "user", "host")), "clients": ("user",)}
"""Where `!secret` may stand beside the keys that name a secret: list or map → keys."""
_PASSED = frozenset({str, int, bool})
_FIXES = {
    ("clients", "password"): "write `password-file: NAME`, a file with the password alone",
    ("", "basic-auth-password"): "write `basic-auth-password-file: PATH`",
}
"""By the list or map around the key, and the key. Elsewhere a secret is in a file of its own (`!secret`)."""


@checks(SECRET_OUT_OF_PLACE, UNKNOWN_PLACEHOLDER, PLACEHOLDER_OUT_OF_PLACE, LITERAL_SECRET, on=Subject.SPEC)
def texts(spec: SpecFile) -> Iterator[Finding]:
    """Every text of the spec in Kea's words."""
    for block, places, family in _placed(spec):
        for key, value in block.items():
            if family is None or not isinstance(value, list) or not _says_nothing(family, key, value, spec.once):
                yield from _value(key, value, block.where(key), "", key in places, key in _FREE, spec.once)


def _placed(spec: SpecFile) -> Iterator[tuple[Block, Collection[str], ProgramName | None]]:
    """Every map, with its keys in whose values placeholders are filled in; of the pair's own maps with the program."""
    for name, config in spec.dhcp.items():
        yield config, MAY_DIFFER, program(name).name
    if spec.control_agent is not None:
        yield spec.control_agent, AGENT_MAY_DIFFER, None
    for server in spec.servers:
        if server.agent_own is not None:
            yield server.agent_own, AGENT_MAY_DIFFER, None
        yield from ((own, MAY_DIFFER, None) for own in server.overrides.values())
        yield from ((keys, PEER_KEYS, None) for keys in server.peer_keys.values())
    for listed in spec.high_availability.relationships.values():
        yield from ((relationship.settings, TLS_KEYS, None) for relationship in listed)


def _says_nothing(family: ProgramName, key: str, listed: list[Json], once: Once) -> bool:
    """True where there is nothing to say about a list and all below, which is seen of all maps of one scope together."""
    scope = facts(family, program(family).top)[1].get(key)
    found = levels(family, scope, listed, once) if scope is not None and not names_secret(key) else None
    return found is not None and all(_is_silent(each, facts(family, each.scope)[1]) for each in found)


def _is_silent(level: Level, below: Collection[str]) -> bool:
    """`below`: the keys whose maps are another level."""
    found = level.columns
    return not any(names_secret(key) or (key not in below and _tells(key, found)) for key in found.keys)


def _value(key: str, value: Json, at: Route, parent: str, filled: bool, free: bool, once: Once) -> Iterator[Finding]:
    """`parent`: the map or list that the key stands in. `filled`: placeholders work here. `free`: no vocabulary reaches here.

    Below a key that names a secret, `key` stays that one: whatever hangs there is a secret.
    """
    kind = value.__class__
    if kind is Block:
        if value.get("type") == "memfile":
            key = ""  # a file's name, not a database's
        for inner, item in value.items():
            sort = item.__class__
            name = key if names_secret(key) and not is_word_for_secret(inner) else inner
            if sort is bool or (
                not names_secret(name)
                and (sort is int or (sort is str and "{" not in item and "=" not in item and "://" not in item))
            ):
                continue  # nearly all there is: a large spec has half a million of these
            yield from _value(name, item, value.where(inner), key, filled, free or inner in _FREE, once)
    elif kind is list:
        told = _telling(key, value, once) if len(value) > FEW else None
        for number, item in enumerate(value) if told != [] else ():
            if told is not None and item.keys().isdisjoint(told):
                continue
            if item.__class__ is Block:
                yield from _value(key, item, (*at, number), parent, filled, free, once)
            elif item.__class__ in (str, int, Secret):
                yield from _text(key, item, (*at, number), parent, filled, free)
            elif item.__class__ is list and names_secret(key):
                yield from _value(key, item, (*at, number), parent, filled, free, once)
    elif kind is Secret or isinstance(value, str | int | float):
        yield from _text(key, value, at, parent, filled, free)


def _telling(key: str, listed: list[Json], once: Once) -> list[str] | None:
    """The keys about whose values there may be something to say in a list of maps: none for most of 100,000 reservations.

    None where each map has to be looked at.
    """
    found = once.columns(listed)
    if len(found.blocks) != len(listed) or names_secret(key):
        return None
    return [inner for inner in found.keys if names_secret(inner) or _tells(inner, found)]


def _tells(key: str, found: Columns) -> bool:
    values: Iterable[Json] = found.values(key)
    kinds = found.kinds[key]
    if kinds == {list} and found.inner[key] <= _PASSED:
        values, kinds = chain.from_iterable(values), found.inner[key]
    elif not kinds <= _PASSED:
        return True
    if str not in kinds:
        return False
    text = "\0".join(values if len(kinds) == 1 else (each for each in values if each.__class__ is str))
    return "{" in text or "=" in text or "://" in text


def _text(key: str, value: Json, at: Route, parent: str, filled: bool, free: bool) -> Iterator[Finding]:
    if isinstance(value, Secret):
        if value.listed:
            yield from _placeholders(value.path, at, filled, free)
        elif not (free or names_secret(key) or key in _SECRET_IN.get(parent, ()) or key == "basic-auth-user"):
            message = f"`!secret` cannot be the value of {key!r}: the value is not a secret, and kea-hac must know it"
            yield Finding(SECRET_OUT_OF_PLACE, at, message, fix="write the value itself")
        else:
            yield from _placeholders(value.path, at, filled, free)
    elif names_secret(key):
        if value == "" or isinstance(value, bool):
            return
        fix = _FIXES.get((parent, key)) or _FIXES.get(("", key), "write `!secret PATH`")
        yield Finding(LITERAL_SECRET, at, f"a literal {key!r} is in the spec", on_key=True, fix=fix)
    elif isinstance(value, str) and holds_password(value):
        fix = "write `!secret PATH`, a file with the whole value" if free else "leave the password out"
        message = f"the value of {key!r} contains a password"
        yield Finding(LITERAL_SECRET, at, message, on_key=True, fix=fix, severity=Severity.WARNING)
    elif isinstance(value, str) and "{" in value:
        yield from _placeholders(value, at, filled, free)


_PLACEHOLDER_WORDS = {
    **dict.fromkeys(("host", "hostname", "node", "name", "server-name", "this-server-name", "peer"), "server"),
    **dict.fromkeys(("ip", "addr", "ip-address", "server-address"), "address"),
}
"""What other programs call the two values."""


def _placeholders(text: str, at: Route, filled: bool, free: bool) -> Iterator[Finding]:
    for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
        if filled and name not in _KNOWN and not free:
            near = _PLACEHOLDER_WORDS.get(name.lower()) or nearest(name, _KNOWN)
            repair = set_it(text.replace(f"{{{name}}}", f"{{{near}}}")) if near else ()
            fix = f"write `{{{near}}}`" if near else "the placeholders are `{server}` and `{address}`"
            yield Finding(UNKNOWN_PLACEHOLDER, at, f"`{{{name}}}` is not a placeholder", fix=fix, repair=repair)
        elif not filled and name in _KNOWN and not free:
            message = f"`{{{name}}}` is not filled in here: this value is the same on both servers"
            fix = f"placeholders are replaced only in TLS keys and in {', '.join(MAY_DIFFER)}"
            yield Finding(PLACEHOLDER_OUT_OF_PLACE, at, message, fix=fix)
