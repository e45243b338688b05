"""Expressions, wherever a configuration holds one: the tests of client classes, and parameters of the hooks that Kea ships.

`-t` reads those of classes only; a hook's expression fails when the server starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import NOT_LOADED, Finding, KeaVerdict, Repair, Route, Severity, Skipped, dotted, rule, set_it
from kea_hac.kea.config import Block, Json, blocks_of
from kea_hac.kea.expression import Expression, Fault, Kind, Mistake, parse
from kea_hac.kea.hooks import newest_name
from kea_hac.kea.option_definitions import known_names, own_space
from kea_hac.kea.version import Branch
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"
BAD_EXPRESSION = rule(
    "KH501",
    "bad-expression",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"Kea cannot parse the expression. {NOT_LOADED} With such an expression in its parameters, a hook "
    "library does not load.",
    source=f"eval/parser.yy and lexer.ll; {_SEEN}",
)
WRONG_TYPE = rule(
    "KH502",
    "expression-of-wrong-type",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="A `test` must give true or false. A `template-test` and the expressions of hook libraries must give a "
    f"string. {NOT_LOADED} With such an expression in its parameters, a hook library does not load.",
    source=f"eval/parser.yy (TOPLEVEL_BOOL, TOPLEVEL_STRING); {_SEEN}",
)
UNKNOWN_OPTION = rule(
    "KH503",
    "option-unknown-in-expression",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="option[NAME] accepts standard options and options of the global `option-def`. It does not accept "
    f"options that a class defines, or options of other spaces. {NOT_LOADED} With such an expression in "
    "its parameters, a hook library does not load.",
    source=f"EvalContext::convertOptionName; {_SEEN}",
    rests_on=("*option-def",),
)
TOO_NEW = rule(
    "KH504",
    "expression-word-absent-in-version",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"lcase and ucase exist since Kea 2.6; match, sand, sor and sifelse since 3.0. {NOT_LOADED} With such "
    "an expression in its parameters, a hook library does not load.",
    source=f"lexer.ll at the tags of each branch; {_SEEN}",
)
_RULES = {Fault.TYPE: WRONG_TYPE, Fault.OPTION: UNKNOWN_OPTION, Fault.VERSION: TOO_NEW}


@dataclass(frozen=True, slots=True)
class Placed:
    """An expression and where it stands."""

    text: str
    at: Route
    kind: Kind
    empty_allowed: bool = False
    """True where "" says that there is none."""


def class_expressions(configuration: Configuration) -> Iterator[Placed]:
    """The tests of client classes."""
    for block in configuration.blocks("client-classes"):
        yield from _placed(block, "test", "bool")
        yield from _placed(block, "template-test", "string")


def hook_expressions(configuration: Configuration) -> Iterator[Placed]:
    """What flex_id, flex_option, ddns_tuning, lease_cmds, legal_log and radius compute by (their parsers at 3.0.4)."""
    for name, entry in configuration.libraries():
        parameters = entry.get("parameters")
        read = _HOOKS.get(newest_name(name))
        if read is not None and isinstance(parameters, Block):
            yield from read(parameters)
        if newest_name(name) == "libdhcp_ddns_tuning.so":
            yield from _tuned_subnets(configuration)


def _placed(block: Block, key: str, kind: Kind, empty_allowed: bool = False) -> Iterator[Placed]:
    text = block.get(key)
    if isinstance(text, str):
        yield Placed(text, block.where(key), kind, empty_allowed)


def _flex_id(parameters: Block) -> Iterator[Placed]:
    yield from _placed(parameters, "identifier-expression", "string", True)


def _flex_option(parameters: Block) -> Iterator[Placed]:
    for option in blocks_of(parameters.get("options")):
        for action in (option, *blocks_of(option.get("sub-options"))):
            yield from _placed(action, "add", "string")
            yield from _placed(action, "supersede", "string")
            yield from _placed(action, "remove", "bool")


def _ddns_tuning(parameters: Block) -> Iterator[Placed]:
    yield from _placed(parameters, "hostname-expr", "string", True)


def _tuned_subnets(configuration: Configuration) -> Iterator[Placed]:
    """NOTE: read when a client asks, not when the server starts: then its DNS update fails."""
    for subnet in configuration.subnets():
        context: Json = subnet.get("user-context")
        tuning = context.get("ddns-tuning") if isinstance(context, Block) else None
        if isinstance(tuning, Block):
            yield from _placed(tuning, "hostname-expr", "string", True)


def _lease_commands(parameters: Block) -> Iterator[Placed]:
    for variable in blocks_of(parameters.get("binding-variables")):
        yield from _placed(variable, "expression", "string")


def _legal_log(parameters: Block) -> Iterator[Placed]:
    yield from _placed(parameters, "request-parser-format", "string", True)
    yield from _placed(parameters, "response-parser-format", "string", True)


def _radius(parameters: Block) -> Iterator[Placed]:
    for service in ("access", "accounting"):
        block = parameters.get(service)
        for attribute in blocks_of(block.get("attributes")) if isinstance(block, Block) else ():
            yield from _placed(attribute, "expr", "string", True)


_HOOKS = {
    "libdhcp_flex_id.so": _flex_id,
    "libdhcp_flex_option.so": _flex_option,
    "libdhcp_ddns_tuning.so": _ddns_tuning,
    "libdhcp_lease_cmds.so": _lease_commands,
    "libdhcp_legal_log.so": _legal_log,
    "libdhcp_radius.so": _radius,
}


def read(placed: Placed, configuration: Configuration) -> Expression | Mistake:
    """The expression as the configuration's server reads it. For DHCP servers only."""
    family = configuration.daemon.family
    assert family is not None
    branch = configuration.version.branch
    own = own_space(family)
    configured = (block.get("name") for block in configuration.blocks("option-def") if block.get("space", own) == own)
    names = frozenset(name for name in configured if isinstance(name, str))
    return _read(placed.text, family, branch, placed.kind, names)


@lru_cache(maxsize=8192)
def _read(text: str, family: int, branch: Branch, kind: Kind, configured: frozenset[str]) -> Expression | Mistake:
    return parse(text, family=family, branch=branch, kind=kind, option_names=_standard(family, branch) | configured)


@cache
def _standard(family: int, branch: Branch) -> frozenset[str]:
    return frozenset(known_names(family, own_space(family), branch))


@checks(BAD_EXPRESSION, WRONG_TYPE, UNKNOWN_OPTION, TOO_NEW, on=Subject.SHARED)
def bad_expressions(configuration: Configuration) -> Iterator[Finding]:
    """Expressions that the server cannot read, or that are not what is asked for there."""
    if configuration.daemon.family is None:
        return
    for placed in (*class_expressions(configuration), *hook_expressions(configuration)):
        if placed.empty_allowed and not placed.text:
            continue
        found = read(placed, configuration)
        if isinstance(found, Mistake):
            yield Finding(
                _RULES.get(found.fault, BAD_EXPRESSION),
                placed.at,
                _worded(placed.text, found),
                fix=found.fix,
                repair=_corrected(placed.text, found),
            )


def _corrected(text: str, mistake: Mistake) -> tuple[Repair, ...]:
    """The expression with the right word in place of the wrong one."""
    rest = text[mistake.column :]
    if mistake.right is None or not mistake.wrong or not rest.startswith(mistake.wrong):
        return ()
    return set_it(f"{text[: mistake.column]}{mistake.right}{rest[len(mistake.wrong) :]}")


def _worded(text: str, mistake: Mistake) -> str:
    """The mistake with its column and the piece of the expression that it is about."""
    if not text.strip():
        return f"the expression is empty; expected here: {_listed(mistake.expected)}"
    rest = text[mistake.column :].partition("\n")[0]
    piece = f", at `{rest[:24]}{'…' if len(rest) > 24 else ''}`" if rest else ", at its end"
    expected = f"; expected here: {_listed(mistake.expected)}" if mistake.expected else ""
    return f"in column {mistake.column + 1} of the expression{piece}: {mistake.message}{expected}"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:8]) + (" …" if len(words) > 8 else "")


def unjudged(configuration: Configuration) -> Iterator[Skipped]:
    """Expressions that only the server itself can check, each with the reason."""
    if configuration.daemon.family is None:
        return
    for placed in (*class_expressions(configuration), *hook_expressions(configuration)):
        found = read(placed, configuration)
        for reason in found.uncertain if isinstance(found, Expression) else ():
            yield Skipped(f"expression at {dotted(placed.at)}", reason)
