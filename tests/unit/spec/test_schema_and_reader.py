"""The spec's JSON Schema and the reader know the same keys in the same places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_hac.diagnostics import Finding, Route
from kea_hac.source.document import Document, SourceText
from kea_hac.spec.load import SERVER_KEYS, TOP_KEYS, read_spec
from kea_hac.spec.pair import (
    Head,
    Micetro,
    Ours,
    RelationshipPeer,
    ServerFamilySpec,
    ServerHead,
    SharedAgent,
    SplitOnly,
)
from tests.regenerate import ROOT
from tests.unit.kea.documents import keywords, plain_map
from tests.unit.spec.editor_view import editor_view
from tests.unit.spec.wide import INCLUDED, TOPS, errors, keys_of, wide

SPECS = sorted(path for path in (ROOT / "specs").rglob("*.yaml") if "shared" not in path.parts)
UNKNOWN = {"KH102", "KH104", "KH105", "KH120", "KH121", "KH801"}
"""The rules by which the reader says that a key does not belong in a place."""


def maps(node: Any, route: Route = ()) -> Iterator[Route]:
    """The route of every map of a spec."""
    if isinstance(node, dict):
        yield route
        for key, value in node.items():
            yield from maps(value, (*route, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from maps(value, (*route, index))


def places() -> list[Route]:
    """The routes of the wide spec's maps, each kind of map once in each part of the spec; `paths` is not read by then."""
    kinds: dict[tuple[str | int, ...], Route] = {}
    for route in maps({key: value for key, value in wide().items() if key != "paths"}):
        names = [step for step in route if isinstance(step, str)]
        kinds.setdefault((*names[: 2 if names[:1] == ["servers"] else 1], *names[-1:]), route)
    return list(kinds.values())


def with_keys(route: Route, keys: Iterable[str]) -> dict[str, Any]:
    """The wide spec with more keys in the map at `route`, and without most of what has nothing to do with it."""
    spec: Any = wide()
    node = spec
    for step in (*route, None):
        if isinstance(node, dict):
            for key in [key for key, value in node.items() if key != step and sum(1 for _ in maps(value)) > 3]:
                del node[key]
        node = node if step is None else node[step]
    node.update({key: INCLUDED for key in keys if key not in node})
    families: dict[str, Any] = {family: {"valid-lifetime": INCLUDED} for family in TOPS}
    base: dict[str, Any] = {"servers": [{"name": INCLUDED}], **families}
    return base | spec


def unknown_to_the_reader(spec: Mapping[str, Any], route: Route) -> set[str]:
    """The keys of the map at `route` that the reader does not know there."""
    found: list[Finding] = []
    read_spec(Document(plain_map(dict(spec)), (SourceText("spec.yaml", ""),)), found.append)
    return {str(each.at[-1]) for each in found if each.rule.code in UNKNOWN and each.at[:-1] == route}


SHAPES = (Head, ServerHead, ServerFamilySpec, RelationshipPeer, Ours, SplitOnly, Micetro, SharedAgent)
PLACES = places()
WORDS = sorted(
    {keyword.name for _, _, keyword in keywords()}
    | TOP_KEYS
    | SERVER_KEYS
    | {key for shape in SHAPES for key in keys_of(shape)}
    | {"no-such-key", "relationships", "high_availability"}
    # no strangers in places where any value may be given by family
    - {"dhcp4", "dhcp6"}
)


@pytest.mark.parametrize("route", PLACES, ids=lambda route: ".".join(map(str, route)) or "top")
def test_the_schema_knows_the_keys_that_the_reader_knows(route: Route) -> None:
    unknown = unknown_to_the_reader(with_keys(route, WORDS), route)
    known = [word for word in WORDS if word not in unknown]
    assert errors(with_keys(route, known)) == []


FREE = {"user-context", "parameters", "x-anything", "dhcp-queue-control"}
"""Maps that take any key: Kea does not look into them, or (the last) takes keys that it does not know."""


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from([route for route in PLACES if not FREE & set(route)]), st.sampled_from(WORDS))
@pytest.mark.slow
def test_what_the_reader_does_not_know_the_schema_refuses(route: Route, word: str) -> None:
    spec = with_keys(route, [word])
    if word in unknown_to_the_reader(spec, route):
        assert errors(spec)


def test_most_maps_are_closed() -> None:
    """What the two tests above stand on: only free maps, and what stands in for one, take a stranger."""
    free = [route for route in PLACES if not unknown_to_the_reader(with_keys(route, ["no-such-key"]), route)]
    assert all(FREE & set(route) for route in free)
    assert len(free) < len(PLACES) / 4


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_stranger_in_any_map_of_a_shipped_spec_is_refused(path: Path) -> None:
    spec = editor_view(path.read_text("utf-8"))
    for route in maps(spec):
        if not {"user-context", "interfaces", "<<", "x-tls"} & set(route):
            changed = deepcopy(spec)
            node = changed
            for step in route:
                node = node[step]
            node["no-such-key"] = 1
            assert errors(changed), route
