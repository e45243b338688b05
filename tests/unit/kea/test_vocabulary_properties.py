"""The vocabulary against itself: whatever it can generate, it reads, respells and judges without contradiction."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kea_hac.diagnostics import Finding, Severity
from kea_hac.kea.config import Block
from kea_hac.kea.grammar import Keyword, Kind, Program, ProgramName, narrowed, program
from kea_hac.kea.reading import read_block
from kea_hac.kea.spelling import Respeller
from kea_hac.kea.version import BRANCHES, Branch, KeaVersion
from kea_hac.source.document import Plain, Secret, Value
from tests.unit.kea.documents import typed

NAMES: tuple[ProgramName, ...] = ("dhcp4", "dhcp6", "ctrl-agent", "ha")
WORDS = st.text("abc-é", min_size=1, max_size=4)


def values(known: Program, keyword: Keyword, branch: Branch, depth: int) -> st.SearchStrategy[Any]:
    """Values that `branch` takes for a keyword."""
    view = narrowed(keyword, frozenset({branch}))
    if view.kind is Kind.LIST:
        assert view.items
        items = maps(known, view.scope, branch, depth - 1) if view.scope else scalars(view, view.items)
        return st.lists(items, min_size=0 if view.empty_list else 1, max_size=2)
    if view.kind is Kind.MAP:
        return (
            maps(known, view.scope, branch, depth - 1)
            if view.scope
            else st.dictionaries(WORDS, WORDS | st.none(), max_size=2)
        )
    return scalars(view, view.kind)


def scalars(view: Keyword, kind: Kind) -> st.SearchStrategy[Any]:
    if kind is Kind.INTEGER:
        return st.integers(int(view.minimum or 0), min(int(view.maximum or 1000), 100000))
    if kind is Kind.NUMBER:
        return st.sampled_from([0.25, 0.5])
    if kind is Kind.BOOLEAN:
        return st.booleans()
    return st.sampled_from(view.values) if kind is Kind.ENUM else WORDS


def maps(known: Program, scope_name: str, branch: Branch, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Maps of a scope in a branch's vocabulary: what it demands, and some of the rest."""
    scope = known.scopes[scope_name]
    words = {key: word for key, word in scope.keywords.items() if branch in word.branches and key != "comment"}
    if depth <= 0:
        words = {key: word for key, word in words.items() if not word.scope or key in scope.required}
    demanded = {*scope.required}
    for limit, keys in scope.required_before.items():
        demanded |= set(keys) if branch.order < limit.order else set()

    @st.composite
    def build(draw: st.DrawFn) -> dict[str, Any]:
        chosen = draw(st.sets(st.sampled_from(sorted(words)), max_size=4)) | demanded
        if not chosen and not scope.empty_map:
            chosen = {next(iter(sorted(words)))}
        for key in sorted(chosen):  # an old spelling next to its new one is a mistake of its own
            chosen -= set(scope.keywords[key].replaced_by) if key in chosen else set()
        return {key: draw(values(known, words[key], branch, depth)) for key in sorted(chosen)}

    return build()


@st.composite
def configurations(draw: st.DrawFn) -> tuple[Program, str, Branch, dict[str, Any]]:
    known = program(draw(st.sampled_from(NAMES)))
    branch = draw(st.sampled_from([branch for branch in BRANCHES if branch in known.branches]))
    scope = draw(st.sampled_from([name for name, scope in known.scopes.items() if branch in scope.branches]))
    return known, scope, branch, draw(maps(known, scope, branch, 2))


def errors(found: list[Finding]) -> list[Finding]:
    """Double meanings apart: the generator may move a DDNS key onto a global one."""
    both = ("double-meaning", "one-of-two-spellings-ignored")
    return [each for each in found if each.rule.severity is Severity.ERROR and each.rule.name not in both]


SETTINGS = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SETTINGS
@given(configurations())
def test_what_a_version_may_say_is_read_without_an_error(case: tuple[Program, str, Branch, dict[str, Any]]) -> None:
    known, scope, branch, data = case
    for branches in (None, frozenset({branch})):
        found: list[Finding] = []
        read_block(known, scope, typed(data), (), found.append, branches=branches)
        assert not errors(found)


@SETTINGS
@given(configurations())
def test_a_round_through_the_same_version_needs_nothing_that_it_lacks(
    case: tuple[Program, str, Branch, dict[str, Any]],
) -> None:
    known, scope, branch, data = case
    found: list[Finding] = []
    block = read_block(known, scope, typed(data), (), found.append)
    respeller = Respeller(known, KeaVersion(branch))
    made = respeller.respell(block, found.append, "kea1", scope)
    assert not errors(found)
    assert not list(respeller.unsupported(made, "kea1", scope))
    assert Respeller(known, KeaVersion(branch)).respell(made, found.append, "kea1", scope) is made
    again: list[Finding] = []
    assert same(read_block(known, scope, typed(plainly(made)), (), again.append), block) or made == {}
    assert not errors(again)


@SETTINGS
@given(configurations(), st.sampled_from(BRANCHES))
def test_another_version_gets_what_it_reads_or_a_finding(
    case: tuple[Program, str, Branch, dict[str, Any]], target: Branch
) -> None:
    known, scope, _, data = case
    ignored: list[Finding] = []
    block = read_block(known, scope, typed(data), (), ignored.append)
    before = orjson.dumps(block)
    respeller = Respeller(known, KeaVersion(target))
    found: list[Finding] = []
    made = respeller.respell(block, found.append, "kea1", scope)
    found += respeller.unsupported(made, "kea1", scope)
    assert orjson.dumps(block) == before
    if not found:
        assert lacking(known, scope, made, target) == []
        if target is BRANCHES[-1]:
            assert made is block or made == {key: value for key, value in block.items() if value != []}


SCRAPS = st.sampled_from(["", "~", "true", "0x10", "012", "4h", "x", "a\x00", "mysql", "unix", "all"]).flatmap(
    lambda text: st.sampled_from([text, Plain(text)])
) | st.sampled_from([None, True, 7, -1, 0.5, Secret("/x")])
KEYS = sorted(
    {key for known in map(program, NAMES) for scope in known.scopes.values() for key in scope.keywords} | {"split", "x"}
)


def documents() -> st.SearchStrategy[Value]:
    """Anything that a reader can make of a text, with Kea's words as keys."""
    return st.recursive(
        SCRAPS,
        lambda inner: (
            st.lists(inner, max_size=3).map(typed)
            | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(typed)
        ),
        max_leaves=12,
    )


@SETTINGS
@given(documents(), st.sampled_from(NAMES), st.data(), st.booleans(), st.sampled_from(BRANCHES))
def test_nothing_that_can_be_written_makes_a_traceback(
    node: Value, name: ProgramName, data: st.DataObject, loose: bool, target: Branch
) -> None:
    known = program(name)
    scope = data.draw(st.sampled_from(sorted(known.scopes)))
    found: list[Finding] = []
    block = read_block(known, scope, node, ("top",), found.append, extra=("split",), allow_null=loose, partial=loose)
    respeller = Respeller(known, KeaVersion(target))
    found += respeller.unsupported(respeller.respell(block, found.append, "kea1", scope), "kea1", scope)
    assert all(each.message and each.at[0] == "top" for each in found)


def lacking(known: Program, scope: str, block: Block, branch: Branch) -> list[str]:
    """Keys that the branch's grammar does not have, found the slow way."""
    words = known.scopes[scope].keywords
    missing = [f"{scope}.{key}" for key in block if key in words and branch not in words[key].branches]
    for key, value in block.items():
        below = words[key].scope if key in words else None
        for item in value if isinstance(value, list) else [value]:
            if below and isinstance(item, Block):
                missing += lacking(known, below, item, branch)
    return missing


def plainly(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def same(one: Any, other: Any) -> bool:
    return bool(plainly(one) == plainly(other))
