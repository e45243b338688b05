"""Client classes: how the list defines them, and names that nothing defines.

Kea reads the list from the top: member() knows only what stands above it. The names that pools, subnets, options and
reservations call for are compared with nothing, so a misspelt one is accepted, and what it guards is never used.
"""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.class_names import NAMELESS
from kea_hac.check.rules.expressions import Placed, read
from kea_hac.diagnostics import NOT_LOADED, NOT_READ, REMOVE_IT, Finding, KeaVerdict, Severity, rule
from kea_hac.kea.config import Block
from kea_hac.kea.expression import BUILT_IN, Expression, is_built_in
from kea_hac.kea.suggest import Words
from kea_hac.model.configuration import Configuration

_SEEN = "seen on 2.2.0, 2.6.3, 3.0.4"
NOT_DEFINED_BEFORE = rule(
    "KH505",
    "class-not-defined-before",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="In the test of a class, member() accepts built-in classes and classes that are defined earlier in the "
    f"list. {NOT_LOADED}",
    source=f"client_class_def_parser.cc; {_SEEN}",
    rests_on=("client-classes",),
)
CLASS_TWICE = rule(
    "KH506",
    "class-twice",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"A class name may be defined once. {NOT_LOADED}",
    source=f"ClientClassDictionary::addClass; {_SEEN}",
)
TEST_AND_TEMPLATE = rule(
    "KH507",
    "test-beside-template-test",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why=f"A class has either a `test` or a `template-test`. {NOT_READ}",
    source="client_class_def_parser.cc; seen on 2.6.3 and 3.0.4",
)
BUILT_IN_CHANGED = rule(
    "KH508",
    "built-in-class-changed",
    Severity.ERROR,
    KeaVerdict.REFUSES,
    why="The server itself puts clients into ALL, KNOWN, UNKNOWN and BOOTP. These classes can have options but "
    "no test. Neither these classes nor DROP can be evaluated later (only-in-additional-list). "
    f"{NOT_LOADED}",
    source=f"client_class_def_parser.cc; {_SEEN}",
)


@checks(NOT_DEFINED_BEFORE, CLASS_TWICE, TEST_AND_TEMPLATE, BUILT_IN_CHANGED, NAMELESS, on=Subject.SHARED)
def class_definitions(configuration: Configuration) -> Iterator[Finding]:
    """Mistakes in the list of classes itself: names, order, built-in classes."""
    if configuration.daemon.family is None:
        return
    blocks = list(configuration.blocks("client-classes"))
    if not blocks:
        return
    everything: dict[str, Block] = {}
    for block in blocks:
        everything.setdefault(str(block.get("name")), block)
    above: dict[str, Block] = {}
    names = Words(BUILT_IN)
    for block in blocks:
        name = str(block.get("name"))
        if name in above:
            related = ((above[name].where("name"), "the first"),)
            message = f"the class {name!r} is listed twice"
            yield Finding(CLASS_TWICE, block.where("name"), message, related=related, fix="rename it, or merge the two")
        yield from _definition(block, name)
        yield from _members(block, above, everything, names, configuration)
        above.setdefault(name, block)
        names.add(name)


def _definition(block: Block, name: str) -> Iterator[Finding]:
    if not name:
        yield Finding(NAMELESS, block.where("name"), "a class needs a name", fix="give it one")
    if "test" in block and "template-test" in block:
        related = ((block.where("test"), "the test"),)
        message = f"the class {name!r} has both `test` and `template-test`"
        yield Finding(
            TEST_AND_TEMPLATE, block.where("template-test"), message, True, related, fix="split it into two classes"
        )
    if name in BUILT_IN:
        for key in ("test", "template-test"):
            if block.get(key):
                message = f"{name!r} is a built-in class of the server, which cannot have {key}"
                yield Finding(
                    BUILT_IN_CHANGED, block.where(key), message, True, fix="remove the test, or rename the class"
                )
    if (name in BUILT_IN or name == "DROP") and block.get("only-in-additional-list") is True:
        message = f"{name!r} is evaluated before anything else: only-in-additional-list must be false"
        yield Finding(
            BUILT_IN_CHANGED, block.where("only-in-additional-list"), message, fix="remove it", repair=REMOVE_IT
        )


def _members(
    block: Block,
    above: dict[str, Block],
    everything: dict[str, Block],
    names: Words,
    configuration: Configuration,
) -> Iterator[Finding]:
    test = block.get("test")
    if not isinstance(test, str):
        return
    found = read(Placed(test, block.where("test"), "bool"), configuration)
    for member in dict.fromkeys(found.members) if isinstance(found, Expression) else ():
        if member not in above and not is_built_in(member):
            yield _not_before(block, test, member, names, everything)


def _not_before(block: Block, test: str, member: str, above: Words, everything: dict[str, Block]) -> Finding:
    column = test.find(f"'{member}'") + 1
    at = block.where("test")
    if everything.get(member) is block:
        return Finding(NOT_DEFINED_BEFORE, at, f"in column {column}: the class {member!r} tests itself")
    if member in everything:
        message = f"in column {column}: the class {member!r} is defined later, and Kea reads the list from the top"
        related = ((everything[member].where("name"), "it is defined here"),)
        return Finding(NOT_DEFINED_BEFORE, at, message, related=related, fix=f"move {member!r} above this class")
    near = above.nearest(member)
    fix = f"did you mean {near!r}?" if near else f"define {member!r} above this class"
    if member.startswith("SPAWN_"):
        fix = f"define a class {member!r} without a test above this one: the classes that templates create are not known here"
    return Finding(NOT_DEFINED_BEFORE, at, f"in column {column}: no class {member!r} is defined", fix=fix)
