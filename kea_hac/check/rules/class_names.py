"""Class names that pools, subnets, options and reservations call for, against what gives a client its classes.

Classes named HA_… are left to the rules on High Availability.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.expressions import class_expressions, hook_expressions, read
from kea_hac.check.rules.relationship import texts
from kea_hac.diagnostics import (
    NOT_LOADED,
    REMOVE_IT,
    Finding,
    KeaVerdict,
    Repair,
    RepairKind,
    Route,
    Severity,
    rule,
    set_it,
    warning,
)
from kea_hac.kea.config import Block, blocks_of
from kea_hac.kea.expression import Expression, is_built_in
from kea_hac.kea.hooks import Shipping, newest_name, shipping
from kea_hac.kea.suggest import Words
from kea_hac.model.configuration import Configuration
from kea_hac.records import dataclass

NOTHING_DEFINES = warning(
    "KH510",
    "class-that-nothing-defines",
    why="No client is ever a member of this class. A pool or a subnet that requires the class is never used, and "
    "its options are never sent. In a pool, a subnet or a shared network this is an error.",
    source="seen on 2.2.0, 2.6.3, 3.0.4",
    rests_on=("client-classes",),
)
EVALUATED_TOO_LATE = warning(
    "KH511",
    "late-class-guards",
    why="Kea evaluates a class with only-in-additional-list after it has selected the subnet, the pool and the "
    "address. No client is a member in time, so the pool or the subnet is never used.",
    source="Kea ARM, 'Configuring Classes': usable only for option configuration",
)
NAMELESS = rule(
    "KH509",
    "class-without-name",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"Kea identifies a class by its name. {NOT_LOADED}",
    source="client_class_def_parser.cc, base_network_parser.cc; seen on 2.2.0, 2.6.3, 3.0.4",
    rests_on=("name",),
)
_NAMING = frozenset({"client-classes", "evaluate-additional-classes"})
_SPECIAL = frozenset({"DROP", "SKIP_DDNS"})
"""Classes with a meaning of their own, which a reservation may give."""
_GIVERS = frozenset({"libdhcp_class_cmds.so", "libdhcp_radius.so", "libdhcp_user_chk.so", "libdhcp_cb_cmds.so"})
"""Libraries that define classes at run time or put clients into some."""


@dataclass(frozen=True, slots=True)
class _Use:
    """A place that names a class."""

    name: str
    at: Route
    consequence: str
    guard: bool = False
    listed: bool = False
    """True in a list whose every name Kea checks: all but those of options and reservations."""


def _lists(block: Block, key: str, consequence: str, guard: bool = False, checked: bool = False) -> Iterator[_Use]:
    at = block.where(key)
    if at[-1:] == ("client-class",):  # the older `client-class` is no list, and empty it means none
        yield from (_Use(name, at, consequence, guard) for name in texts(block.get(key)) if name)
        return
    for index, name in enumerate(texts(block.get(key))):
        yield _Use(name, (*at, index), consequence, guard, checked)


def _networks(configuration: Configuration) -> Iterator[tuple[Block, str]]:
    """Everything that a class can guard, with its word."""
    for network in configuration.blocks("shared-networks"):
        yield network, "shared network"
    for subnet in configuration.subnets():
        yield subnet, "subnet"
        for key, word in (("pools", "pool"), ("pd-pools", "pool of prefixes")):
            for pool in blocks_of(subnet.get(key)):
                yield pool, word


def _uses(configuration: Configuration, reservations: list[Block]) -> Iterator[_Use]:
    holders = [configuration.config, *configuration.blocks("client-classes")]
    for block, word in _networks(configuration):
        holders.append(block)
        yield from _lists(block, "client-classes", f"no client ever uses this {word}", True, True)
        yield from _lists(block, "evaluate-additional-classes", "it is never evaluated", checked=True)
    for block in (*holders, *reservations):
        for option in blocks_of(block.get("option-data")):
            yield from _lists(option, "client-classes", "the option is never sent")


def _elsewhere(configuration: Configuration) -> str | None:
    """What else may give or define classes, so that nothing is certain."""
    if configuration.config.get("hosts-databases"):
        return "the host database may give it"
    if configuration.config.get("config-control"):
        return "the configuration database may define it"
    for name, _ in configuration.libraries():
        if newest_name(name) in _GIVERS or shipping(name, configuration.version.branch) is Shipping.UNKNOWN:
            return f"{name} may give it"
    return None


def _called_by_hooks(configuration: Configuration) -> Iterator[str]:
    """Classes that templates and hooks ask for: both may ask for any name."""
    for placed in (*class_expressions(configuration), *hook_expressions(configuration)):
        found = read(placed, configuration)
        yield from found.members if isinstance(found, Expression) else ()
    for _, entry in configuration.libraries():
        parameters = entry.get("parameters")
        for option in blocks_of(parameters.get("options")) if isinstance(parameters, Block) else ():
            for each in (option, *blocks_of(option.get("sub-options"))):
                yield str(each.get("client-class"))


@checks(NAMELESS, NOTHING_DEFINES, EVALUATED_TOO_LATE, on=Subject.SHARED)
def named_without_definition(configuration: Configuration) -> Iterator[Finding]:
    """Names of classes that nothing defines, and classes that are evaluated too late for what they guard."""
    if configuration.daemon.family is None:
        return
    if not _names_classes(configuration):
        return
    classes = {str(block.get("name")): block for block in configuration.blocks("client-classes")}
    templates = tuple(f"SPAWN_{name}_" for name, block in classes.items() if "template-test" in block)
    reservations = list(configuration.hosts_having("client-classes", "option-data"))
    reserved = [use for block in reservations for use in _lists(block, "client-classes", "it does nothing")]
    uses = list(_uses(configuration, reservations))
    from_reservations = {use.name for use in reserved}
    supplied = classes.keys() | from_reservations
    called = (
        {*classes, *(use.name for use in uses), *_SPECIAL, *_called_by_hooks(configuration)} if reserved else set[str]()
    )
    elsewhere = _elsewhere(configuration)
    names = Words(classes)
    for use in uses:
        if not use.name and use.listed:
            yield Finding(NAMELESS, use.at, "the list has a class without a name", fix="remove it", repair=REMOVE_IT)
            continue
        if use.name not in supplied and not is_built_in(use.name) and not use.name.startswith(templates or ("\0",)):
            yield _undefined(use, names, elsewhere)
        elif use.guard and use.name in classes and use.name not in from_reservations:
            yield from _late(use, classes[use.name])
    for use in reserved:
        if use.name not in called and not is_built_in(use.name):
            yield _undefined(use, names, elsewhere)


def _names_classes(configuration: Configuration) -> bool:
    """False where no class is named anywhere, in options at the top and in classes as well."""
    keys = (configuration.keys_below(), configuration.pool_keys(), configuration.all_hosts().keys)
    return any(not each.isdisjoint(_NAMING) for each in keys) or any(
        "client-classes" in option for option in _options(configuration)
    )


def _options(configuration: Configuration) -> Iterator[Block]:
    """Every entry of option-data that a client may get by its class."""
    holders = [configuration.config, *configuration.blocks("client-classes"), *configuration.networks_and_subnets()]
    holders += configuration.pools() if "option-data" in configuration.pool_keys() else []
    for holder in (*holders, *configuration.all_hosts().having("option-data")):
        if "option-data" in holder:
            yield from blocks_of(holder["option-data"])


def _undefined(use: _Use, classes: Words, elsewhere: str | None) -> Finding:
    near = classes.nearest(use.name)
    fix = f"write {near!r}" if near else "define it in client-classes, or remove the name"
    repair = set_it(near) if near else ()
    if elsewhere is not None:
        message = f"nothing here defines the class {use.name!r}: unless {elsewhere}, {use.consequence}"
        return Finding(NOTHING_DEFINES, use.at, message, fix=fix, severity=Severity.INFO, repair=repair)
    message = f"nothing defines the class {use.name!r}, so {use.consequence}"
    severity = Severity.ERROR if use.guard else None
    return Finding(NOTHING_DEFINES, use.at, message, fix=fix, severity=severity, repair=repair)


def _late(use: _Use, block: Block) -> Iterator[Finding]:
    if block.get("only-in-additional-list") is True:
        message = f"the class {use.name!r} is evaluated only after this is chosen, so {use.consequence}"
        related = ((block.where("only-in-additional-list"), "it is set here"),)
        repair = (Repair(block.where("only-in-additional-list"), RepairKind.REMOVE),)
        fix = "remove only-in-additional-list"
        yield Finding(EVALUATED_TOO_LATE, use.at, message, related=related, fix=fix, repair=repair)
