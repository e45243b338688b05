"""The definitions of option-def: what Kea refuses of them, and what they give to the option-data of the same file."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules import option_rules as rules
from kea_hac.check.rules.option_rules import BAD_DEFINITION, DEFINED_TWICE, NOT_IN_CLASS, STANDARD_REDEFINED
from kea_hac.diagnostics import Finding
from kea_hac.kea.config import Block
from kea_hac.kea.option_def import DefinitionError, may_stand_in_class, overridden, read_definition
from kea_hac.kea.option_definitions import Custom, OptionDefinition, own_space, table_of
from kea_hac.kea.version import Branch
from kea_hac.model.configuration import Configuration


@checks(BAD_DEFINITION, DEFINED_TWICE, STANDARD_REDEFINED, NOT_IN_CLASS, on=Subject.SHARED)
def option_definitions(configuration: Configuration) -> Iterator[Finding]:
    """Definitions that Kea refuses."""
    if configuration.daemon.family is None:
        return
    yield from _definitions(configuration, configuration.config, in_class=False)
    for each in configuration.blocks("client-classes"):
        if "option-def" in each:
            yield from _definitions(configuration, each, in_class=True)


def custom_of(config: Block, family: int, branch: Branch) -> Custom:
    """The definitions at the top that Kea would take; what it refuses is remembered as unknowable."""
    result, wrong = _readable(config, family, branch)
    return Custom(table_of(result), unknowable=wrong)


def custom_in_class(holder: Block, family: int, branch: Branch, custom: Custom) -> Custom:
    """The same with those of a client class. `custom`: those at the top."""
    result, wrong = _readable(holder, family, branch)
    return Custom(custom.configured, table_of(result), custom.unknowable | wrong, custom.names)


def _readable(
    holder: Block, family: int, branch: Branch
) -> tuple[list[OptionDefinition], frozenset[tuple[str, int | str]]]:
    result: list[OptionDefinition] = []
    wrong: set[tuple[str, int | str]] = set()
    for entry in _entries(holder):
        try:
            read = _read(entry, family, branch)
        except DefinitionError:
            read = None
        if read is None:
            space = str(entry.get("space", own_space(family)))
            wrong.update((space, entry[key]) for key in ("name", "code") if isinstance(entry.get(key), str | int))
        else:
            result.append(read)
    return result, frozenset(wrong)


def _entries(holder: Block) -> list[Block]:
    entries = holder.get("option-def")
    return [entry for entry in entries if isinstance(entry, Block)] if isinstance(entries, list) else []


def _read(entry: Block, family: int, branch: Branch) -> OptionDefinition | None:
    """None when a keyword is missing, which the vocabulary has reported already."""
    return read_definition(family, branch, entry) if {"name", "code", "type"} <= entry.keys() else None


def _definitions(configuration: Configuration, holder: Block, *, in_class: bool) -> Iterator[Finding]:
    seen: dict[tuple[str, int | str], Block] = {}
    for entry in _entries(holder):
        try:
            result = _read(entry, configuration.daemon.family or 4, configuration.version.branch)
        except DefinitionError as error:
            at = entry.where(error.key) if error.key in entry else entry.at
            yield Finding(rules.BAD_DEFINITION, at, f"option-def {entry['name']!r}: {error}", fix=error.fix)
            continue
        if result is None:
            continue
        yield from _place_of(result, entry, in_class)
        yield from _taken(result, entry, seen)


def _place_of(definition: OptionDefinition, entry: Block, in_class: bool) -> Iterator[Finding]:
    standard = overridden(definition)
    if standard:
        yield Finding(
            rules.STANDARD_REDEFINED,
            entry.where("code" if standard.code == definition.code else "name"),
            f"option {standard.code} {standard.name!r} of the space {standard.space} is defined by Kea {definition.branch} itself",
            fix="remove the definition: Kea has it"
            if standard.name == definition.name
            else "choose another code and name",
        )
    elif in_class and not may_stand_in_class(definition):
        yield Finding(
            rules.NOT_IN_CLASS,
            entry.where("code"),
            f"a client class may define the options 43 and 224 to 254 of dhcp4 only, not {definition.code} of {definition.space}",
            fix="move it to option-def at the top",
        )


def _taken(definition: OptionDefinition, entry: Block, seen: dict[tuple[str, int | str], Block]) -> Iterator[Finding]:
    for key, value in (("code", definition.code), ("name", definition.name)):
        other = seen.setdefault((definition.space, value), entry)
        if other is not entry:
            yield Finding(
                rules.DEFINED_TWICE,
                entry.where(key),
                f"the {key} {value!r} is defined twice in the space {definition.space}",
                related=((other.where(key), "the first"),),
            )
            return
