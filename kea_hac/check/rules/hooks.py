"""Hook libraries: which ones a daemon can load, in which order, and what their parameters say.

`-t` opens the libraries and looks no further: parameters are read at the start, or, by libraries that take any key, never.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import (
    HOOK_NOT_LOADED,
    NOT_LOADED,
    REMOVE_IT,
    Finding,
    KeaVerdict,
    Repair,
    RepairKind,
    Route,
    Rule,
    Severity,
    refused,
    rule,
    set_it,
    warning,
)
from kea_hac.kea.addressing import packed
from kea_hac.kea.config import Block, Json
from kea_hac.kea.grammar import Keyword, Kind, Scope
from kea_hac.kea.hook_parameters import (
    DHCP4_ONLY,
    IN_USER_CONTEXT,
    PARAMETERS,
    below,
    needs_parameters,
    parameters_of,
)
from kea_hac.kea.hooks import (
    HIGH_AVAILABILITY,
    LEASE_COMMANDS,
    OPEN_SOURCE,
    PREMIUM,
    Shipping,
    shipping,
    short_name,
)
from kea_hac.kea.meant_values import meant_boolean, meant_integer
from kea_hac.kea.proposal import UNKNOWN, Instead
from kea_hac.kea.suggest import nearest, word_for
from kea_hac.kea.values import display_value
from kea_hac.kea.version import Feature, has
from kea_hac.model.configuration import Configuration
from kea_hac.source.document import Secret
from kea_hac.source.secrets import names_secret

_SEEN = "the libraries' load functions at 2.2.0, 2.6.5, 3.0.4, 3.2.0; seen on 2.2.0, 2.6.3, 3.0.4 where they ship"

UNKNOWN_PARAMETER = refused(
    "KH770",
    "unknown-hook-parameter",
    why=f"The library does not know this parameter. {HOOK_NOT_LOADED}",
    source=_SEEN,
)
IGNORED_PARAMETER = warning(
    "KH771",
    "ignored-hook-parameter",
    why="The library ignores keys that it does not know. The setting has no effect.",
    source=_SEEN,
)
BAD_PARAMETER = refused(
    "KH772",
    "bad-hook-parameter",
    why=f"The value is not valid for this parameter. {HOOK_NOT_LOADED}",
    source=_SEEN,
)
MISSING_PARAMETER = refused(
    "KH773",
    "missing-hook-parameter",
    why=f"The library requires this parameter. {HOOK_NOT_LOADED}",
    source=_SEEN,
)
OTHER_PROGRAM = refused(
    "KH774",
    "hook-library-of-another-program",
    why="A hook library refuses to load into another program than its own, and the daemon does not start. In Kea "
    "2.2 only the HA library refuses; the others load and have no effect.",
    source="the libraries' load functions; seen on 2.2.0, 2.6.3, 3.0.4",
    rests_on=("parameters",),
)
NOT_SHIPPED = refused(
    "KH775",
    "hook-library-not-in-version",
    why="The packages of this version do not contain this library. The server does not start.",
    source="the source trees of 2.2 to 3.2; perfmon seen on 2.2.0",
)
MISSPELT_LIBRARY = refused(
    "KH776",
    "misspelt-hook-library",
    why="No file has this name. The server does not start.",
    source="seen on 2.2.0, 2.6.3, 3.0.4 (HOOKS_OPEN_ERROR)",
)
WRONG_ORDER = rule(
    "KH777",
    "hook-libraries-out-of-order",
    kea=KeaVerdict.ACCEPTS,
    why="Kea calls the libraries in the order of the list. With this order, HA or legal_log runs before the other library has "
    "changed the data: HA selects a server, or sends leases to its partner, with the old data, and legal_log logs the "
    "options before the change.",
    source="Kea ARM, 'Order of Configuration' (Flex ID before HA), 'Binding Variables' (lease_cmds before HA); seen on 3.0.4 "
    "(legal_log)",
)
CACHE_MISSING = refused(
    "KH778",
    "radius-access-without-host-cache",
    why="RADIUS access stores its answers in the host cache. The library does not load without it, and the "
    "server does not start.",
    source="radius.cc; seen on 3.0.4",
)
NAMELESS = refused(
    "KH779",
    "hook-library-without-name",
    why=f"Kea does not know which library to load. {NOT_LOADED}",
    source="hooks_parser.cc, hooks_libraries_parser; seen on 2.2.0, 2.6.3, 3.0.4",
    rests_on=("library",),
)
_KINDS: dict[Kind, tuple[str, Callable[[Json], bool]]] = {
    Kind.STRING: ("a string", lambda value: isinstance(value, str | Secret)),
    Kind.ENUM: ("a string", lambda value: isinstance(value, str)),
    Kind.BOOLEAN: ("true or false", lambda value: isinstance(value, bool)),
    Kind.INTEGER: ("an integer", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    Kind.MAP: ("a map", lambda value: isinstance(value, Block)),
    Kind.LIST: ("a list", lambda value: isinstance(value, list)),
}


@checks(OTHER_PROGRAM, NOT_SHIPPED, MISSPELT_LIBRARY, NAMELESS, on=Subject.SERVER)
def library_names(configuration: Configuration) -> Iterator[Finding]:
    """Libraries that this daemon, or this version, cannot load. Those that were renamed are a matter of spelling."""
    branch = configuration.version.branch
    for name, entry in configuration.libraries():
        at, short = entry.where("library"), short_name(name)
        if not name.strip() and "library" in entry:
            yield Finding(NAMELESS, at, "the library has no name", fix="name its file, or remove the entry")
            continue
        how = shipping(name, branch)
        if how is Shipping.ABSENT:
            yield Finding(
                NOT_SHIPPED,
                at,
                f"Kea {branch} has no {name}",
                fix="remove it",
                repair=(Repair(entry.at, RepairKind.REMOVE),),
            )
        elif how is Shipping.UNKNOWN:
            near = nearest(short, OPEN_SOURCE[branch] | PREMIUM[branch])
            if near and short != name:
                yield Finding(
                    MISSPELT_LIBRARY,
                    at,
                    f"Kea has no library {name}",
                    fix=f"write libdhcp_{near}.so",
                    repair=set_it(f"libdhcp_{near}.so"),
                )
        elif configuration.daemon.family is None and short in (*PARAMETERS, "ha"):
            message, fix = f"{name} is for the DHCP servers", "move it to the files of the DHCP servers"
            yield Finding(OTHER_PROGRAM, at, message, fix=fix, severity=_idle(name, configuration))
        elif configuration.daemon.family == 6 and short in DHCP4_ONLY:
            message, idle = f"{name} is for kea-dhcp4 only", _idle(name, configuration)
            yield Finding(
                OTHER_PROGRAM,
                at,
                message,
                fix="remove it",
                repair=(Repair(entry.at, RepairKind.REMOVE),),
                severity=idle,
            )


def _idle(name: str, configuration: Configuration) -> Severity | None:
    """In 2.2 all but HA load anywhere, and do nothing (seen on 2.2.0)."""
    idle = not has(configuration.version, Feature.LIBRARIES_NAME_THEIR_PROGRAM) and name != HIGH_AVAILABILITY
    return Severity.WARNING if idle else None


@checks(WRONG_ORDER, CACHE_MISSING, on=Subject.SERVER)
def library_order(configuration: Configuration) -> Iterator[Finding]:
    """Libraries whose work HA has to see, listed behind it; RADIUS without the cache before it."""
    listed = list(configuration.libraries())
    names = [name for name, _ in listed]
    if HIGH_AVAILABILITY in names:
        first = names.index(HIGH_AVAILABILITY)
        for name, entry in listed[first + 1 :]:
            parameters = entry.get("parameters")
            variables = isinstance(parameters, Block) and bool(parameters.get("binding-variables"))
            if name == "libdhcp_flex_id.so" or (name == LEASE_COMMANDS and variables):
                what = "binding variables" if variables else "identifiers"
                message = f"{name} comes after the HA library, which therefore does not see its {what}"
                related = ((listed[first][1].where("library"), "the HA library"),)
                fix = "move it before the HA library"
                yield Finding(WRONG_ORDER, entry.where("library"), message, related=related, fix=fix)
    yield from _logged_too_early(listed)
    for index, (name, entry) in enumerate(listed):
        parameters = entry.get("parameters")
        access = parameters.get("access") if name == "libdhcp_radius.so" and isinstance(parameters, Block) else None
        if isinstance(access, Block) and access.get("servers") and "libdhcp_host_cache.so" not in names[:index]:
            message = "RADIUS access needs libdhcp_host_cache.so before it"
            yield Finding(CACHE_MISSING, entry.where("library"), message, fix="list libdhcp_host_cache.so first")


def _logged_too_early(listed: list[tuple[str, Block]]) -> Iterator[Finding]:
    """legal_log before flex_option: it logs the answer that flex_option then changes (seen on 3.0.4)."""
    changing = next((entry for name, entry in reversed(listed) if name == "libdhcp_flex_option.so"), None)
    for name, entry in listed:
        if entry is changing:
            return
        if name == "libdhcp_legal_log.so" and changing is not None:
            message = f"{name} comes before libdhcp_flex_option.so, and logs options that the client does not get"
            related = ((changing.where("library"), "it changes the answer"),)
            yield Finding(
                WRONG_ORDER,
                entry.where("library"),
                message,
                related=related,
                fix="move it to the end of the list",
                severity=Severity.WARNING,
            )


@checks(UNKNOWN_PARAMETER, IGNORED_PARAMETER, BAD_PARAMETER, MISSING_PARAMETER, on=Subject.SERVER)
def library_parameters(configuration: Configuration) -> Iterator[Finding]:
    """Parameters that a library refuses or ignores."""
    if configuration.daemon.family is None:
        return
    for name, entry in configuration.libraries():
        known = parameters_of(name, configuration.version.branch)
        if known is None:
            continue
        supplied = entry.get("parameters")
        at = entry.where("parameters") if "parameters" in entry else entry.where("library")
        if known.facts.get("forbidden"):
            if "parameters" in entry:
                yield Finding(
                    BAD_PARAMETER,
                    at,
                    f"{name} accepts no parameters, not even {{}}",
                    True,
                    fix="remove them",
                    repair=REMOVE_IT,
                )
        elif isinstance(supplied, Block):
            yield from _judged(supplied, known, _Library(name, configuration))
        elif needs_parameters(known):
            message = f"{name} needs `parameters`" + (
                f" with {', '.join(map(repr, known.required))}" if known.required else ""
            )
            yield Finding(MISSING_PARAMETER, at, message, fix="add `parameters: {…}`")


@checks(UNKNOWN_PARAMETER, BAD_PARAMETER, on=Subject.SERVER)
def user_contexts(configuration: Configuration) -> Iterator[Finding]:
    """What libraries read in the user-context of subnets and classes, and refuse the whole configuration for."""
    loaded = {short_name(name): name for name, _ in configuration.libraries()}
    branch = configuration.version.branch
    for short, (key, known) in IN_USER_CONTEXT.items() if configuration.daemon.family else ():
        if short not in loaded or parameters_of(loaded[short], branch) is None:
            continue
        holders = [*configuration.subnets(), *(configuration.blocks("client-classes") if short == "limits" else ())]
        for holder in holders:
            context = holder.get("user-context")
            supplied = context.get(key) if isinstance(context, Block) else None
            if isinstance(supplied, Block):
                yield from _judged(supplied, known.at(branch), _Library(loaded[short], configuration))


class _Library(NamedTuple):
    """A library and what loads it."""

    name: str
    loaded_by: Configuration


def _judged(block: Block, known: Scope, library: _Library) -> Iterator[Finding]:
    """One map of parameters; `known` is the view of the branch."""
    where = library.name
    for key, value in block.items():
        parameter = known.keywords.get(key)
        if parameter is None:
            if known.open or (not known.facts.get("strict") and key in ("comment", "user-context")):
                continue
            yield _unknown(block, key, known, where)
        else:
            yield from _value(key, value, block.where(key), parameter, library)
    for key in known.required:
        if key not in block:
            at = block.where(key)
            yield Finding(
                MISSING_PARAMETER, at, f"{where} needs {key!r}", on_key=True, fix=f"add {key!r}", lacks=(key,)
            )
    for group in known.facts.get("one-of", ()):
        if not any(key in block for key in group):
            message = f"an entry of {where} needs one of {', '.join(map(repr, group))}"
            yield Finding(MISSING_PARAMETER, block.at, message)
    supplied = [key for key in known.facts.get("only-one", ()) if key in known.keywords and block.get(key, "") != ""]
    if len(supplied) > 1:
        message = f"{supplied[0]!r} and {supplied[1]!r} cannot be used together"
        yield Finding(
            BAD_PARAMETER, block.where(supplied[1]), message, True, ((block.where(supplied[0]), "the other one"),)
        )
    for together in known.facts.get("never", ()):
        if all(key in known.keywords and block.get(key) == value for key, value in together.items()):
            first, second = together
            message = f"{first} {together[first]!r} and {second} {together[second]!r} cannot be used together"
            related = ((block.where(second), "the other one"),)
            yield Finding(BAD_PARAMETER, block.where(first), message, related=related, fix=f"leave {second!r} out")
    low, high = block.get("low-water-ms"), block.get("high-water-ms")
    if isinstance(low, int) and isinstance(high, int) and low >= high:
        message = f"low-water-ms {low} is not less than high-water-ms {high}"
        yield Finding(BAD_PARAMETER, block.where("low-water-ms"), message)


def _unknown(block: Block, key: str, known: Scope, where: str) -> Finding:
    near = nearest(key, known.keywords)
    listed = ", ".join(sorted(known.keywords))
    other = f"it knows {listed}" if listed else "remove it: it has no parameters"
    strict = known.facts.get("strict")
    broken: Rule = UNKNOWN_PARAMETER if strict else IGNORED_PARAMETER
    # a slip of the keyboard is worse than a key too many
    severity = Severity.ERROR if near else None
    verb = "refuses" if strict else "ignores"
    message = f"{where} {verb} the key {key!r}"
    return Finding(
        broken,
        block.where(key),
        message,
        True,
        fix=f"write {near!r}" if near else other,
        severity=severity,
        repair=(Repair(block.where(key), RepairKind.RENAME, near),) if near else () if listed else REMOVE_IT,
        meant=near,
    )


def _value(key: str, value: Json, at: Route, parameter: Keyword, library: _Library) -> Iterator[Finding]:
    where, scope = library.name, below(parameter)
    wanted, fits = _KINDS[parameter.kind]
    if not fits(value):
        seen = "that" if names_secret(key) else display_value(value)
        instead = UNKNOWN if names_secret(key) else _typed(value, parameter.kind)
        message = f"{key!r} of {where} must be {wanted}, not {seen}"
        yield Finding(BAD_PARAMETER, at, message, fix=instead.fix, repair=instead.repair)
    elif parameter.facts.get("filled") and not value and parameter.kind in (Kind.STRING, Kind.LIST):
        yield Finding(BAD_PARAMETER, at, f"{key!r} must not be empty")
    elif scope is not None:
        view = scope.at(library.loaded_by.version.branch)
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, Block):
                yield from _judged(item, view, library)
            else:
                yield Finding(BAD_PARAMETER, at, f"each item of {key!r} must be a map, not {display_value(item)}")
    elif parameter.kind is Kind.LIST:
        each = replace(parameter, kind=parameter.items or Kind.STRING, facts={**parameter.facts, "filled": False})
        for index, item in enumerate(value):
            yield from _value(f"each item of {key}", item, (*at, index), each, library)
    else:
        yield from _scalar(key, value, at, parameter, library)


def _typed(value: Json, kind: Kind) -> Instead:
    """A number or a truth value that is written as a string, or a string that is written as a number."""
    if kind is Kind.BOOLEAN and (meant := meant_boolean(value)):
        return Instead(f"write {meant}", meant == "true")
    if kind is Kind.INTEGER and (number := meant_integer(value)):
        return Instead(f"write {number}", int(number))
    if kind is Kind.STRING and isinstance(value, int | float) and not isinstance(value, bool):
        return Instead(f'write "{value}"', str(value))
    return UNKNOWN


def _scalar(key: str, value: Json, at: Route, parameter: Keyword, library: _Library) -> Iterator[Finding]:
    """A value of the right type: one of the words, within the limits, an address, of the form."""
    low, high, form = parameter.minimum, parameter.maximum, parameter.facts.get("form")
    family = library.loaded_by.daemon.family
    if parameter.values and value not in parameter.values:
        near = word_for(key, value, parameter.values)
        message = f"{display_value(value)} is not a value of {key!r}; it can be {', '.join(parameter.values)}"
        repair = set_it(near) if near else ()
        yield Finding(BAD_PARAMETER, at, message, fix=f"write {near}" if near else None, repair=repair)
    elif low is not None and not low <= value <= (value if high is None else high):
        limit = f"at least {low}" if value < low else f"at most {high}"
        yield Finding(BAD_PARAMETER, at, f"{key!r} is {value}; it must be {limit}")
    elif parameter.facts.get("address") and family and packed(value, family) is None:
        message = f"{display_value(value)} is not an IPv{family} address, and {library.name} needs one here"
        yield Finding(BAD_PARAMETER, at, message)
    elif form and isinstance(value, str) and not re.fullmatch(form, value):
        message = f"{display_value(value)} is not a value of {key!r}"
        yield Finding(BAD_PARAMETER, at, message, fix=f"write it in the form of `{parameter.facts['example']}`")
