"""Edits of YAML texts: what was asked for is read afterwards, and no line changes that need not."""

from __future__ import annotations

import difflib
import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.diagnostics import Route
from kea_hac.errors import RewriteError
from kea_hac.source import Document, Map, Plain, Seq, read_yaml, read_yaml_text, replacing, yaml_runs
from kea_hac.source.edits import found
from kea_hac.source.rewrite import other_users, write_texts
from kea_hac.source.yaml_edit import Action, Edit, EditedTexts, plan_edits
from tests.shipped import SPECS
from tests.unit.source.reading_facts import text_at, whole
from tests.unit.source.test_properties import examples
from tests.unit.source.yaml_texts import COMMENTS, KEYS, QUOTED, WORDS, tree, written

SET, INSERT, REMOVE = Action.SET, Action.INSERT, Action.REMOVE


def meant(node: Any) -> Any:
    """The tree without places, every scalar as its text."""
    if isinstance(node, Mapping):
        return {key: meant(value) for key, value in node.items()}
    if isinstance(node, list):
        return [meant(value) for value in node]
    return str(node)


def after(tree: Any, edit: Edit) -> Any:
    """What the edit must come to, done to plain data."""
    *above, last = edit.route
    node = tree
    for step in above:
        node = node[step]
    if edit.action is REMOVE:
        del node[last]
    elif edit.action is INSERT:
        node.insert(last, meant(edit.value))
    else:
        node[last] = meant(edit.value)
    return tree


def routes(node: Any, route: Route = ()) -> list[Route]:
    found: list[Route] = []
    items = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for step, value in items:
        found += [(*route, step), *routes(value, (*route, step))]
    return found


def some_edit(document: Document, chance: random.Random) -> Edit:
    """An edit that makes sense in the document."""
    route = chance.choice(routes(document.root))
    node: Any = document.root
    for step in route[:-1]:
        node = node[step]
    kind = chance.random()
    value = chance.choice([chance.choice(WORDS + QUOTED), tree(chance, 1), [chance.choice(WORDS)], "text", {}])
    if kind < 0.3 and (len(route) > 1 or len(node) > 1):
        return Edit(route, REMOVE)
    if kind < 0.6 and isinstance(node, list):
        return Edit((*route[:-1], chance.randint(0, len(node))), INSERT, value)
    if kind < 0.7 and isinstance(node, Mapping):
        new = chance.choice([key for key in KEYS if key not in node])
        return Edit((*route[:-1], new), SET, value, chance.choice([None, *node]))
    return Edit(route, SET, value)


def read(text: str) -> Document:
    return whole(read_yaml_text(text, "spec.yaml"))


def lines(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came; the end of the last one does not count."""
    diff = list(difflib.ndiff(old.splitlines(), new.splitlines(), charjunk=None))
    return [line[2:] for line in diff if line.startswith("- ")], [line[2:] for line in diff if line.startswith("+ ")]


def made(text: str, *edits: Edit) -> str:
    """The new text; every edit must be possible."""
    plan = plan_edits(read(text), edits)
    assert not plan.refused, [each.reason for each in plan.refused]
    return plan.texts.get("spec.yaml", text)


def comments(text: str) -> Counter[str]:
    """The comments of a generated text: its words never hold the marks that begin them."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        for mark in (*COMMENTS, "# in brackets"):
            if line.endswith(mark) and (len(line) == len(mark) or line[-len(mark) - 1] in " \t"):
                found[mark] += 1
                break
    return found


@examples(400)
@given(seed=st.integers(0, 2**48))
def test_what_was_asked_for_is_read_and_the_other_lines_stay(seed: int) -> None:
    chance = random.Random(seed)
    text = written(chance)
    document = read(text)
    edit = some_edit(document, chance)
    plan = plan_edits(document, [edit])
    assert not plan.refused, (text, edit, plan.refused[0].reason)
    new = plan.texts.get("spec.yaml", text)
    assert meant(read(new).root) == after(meant(document.root), edit)
    gone, come = lines(text, new)
    old_value = old_text(document, edit)
    assert new.replace("\r\n", "").count("\n") == (0 if "\r\n" in text else new.count("\n")), (text, new)
    if edit.action is INSERT or old_value is None:
        # In brackets the line of the neighbour changes; in a block nothing does.
        assert len(gone) <= 1, (text, new)
    elif edit.action is REMOVE or "\n" in old_value:
        assert len(gone) <= old_value.count("\n") + 3 + above(document, edit), (text, new)
        assert len(come) <= 1 + meant_lines(edit.value), (text, new)
    else:
        assert len(gone) <= 1, (text, new)
        block = (
            isinstance(found(document.root, edit.route), Map | Seq)
            and text_at(document, document.position(edit.route))[0] not in "[{"
        )
        if not block:  # with its only key the comment of that goes
            assert comments(text) == comments(new), (text, new)
    if edit.action is INSERT or (edit.action is SET and old_value is None):
        assert comments(text) == comments(new), (text, new)


def meant_lines(value: Any) -> int:
    """More lines than a value can need."""
    return 3 * len(str(value)) if isinstance(value, dict | list) else 1


def above(document: Document, edit: Edit) -> int:
    """Comment lines right above an entry, which may go with it, and blank ones."""
    span = document.span(edit.route, key=True)
    text = document.texts[0].text.splitlines()
    count = 0
    while span.line - 2 - count >= 0 and text[span.line - 2 - count].lstrip()[:1] in ("#", ""):
        count += 1
    return count


def old_text(document: Document, edit: Edit) -> str | None:
    """The text between the entry and the next one on a level with it or above; None where there was no entry."""
    node: Any = document.root
    for step in edit.route:
        if (isinstance(node, Map) and step not in node) or edit.action is INSERT:
            return None
        node = node[step]
    begin = document.span(edit.route, key=True)
    places = [document.span(route, key=True) for route in routes(document.root) if not below(route, edit.route)]
    ahead = [(each.line, each.column) for each in places if (each.line, each.column) > (begin.line, begin.column)]
    text = document.texts[0].text.splitlines()
    stop = min(ahead)[0] if ahead else len(text) + 1
    return "\n".join(text[begin.line - 1 : max(stop - 1, begin.line)])


def below(route: Route, other: Route) -> bool:
    return route[: len(other)] == other


@examples(150)
@given(seed=st.integers(0, 2**48))
def test_many_edits_come_to_the_same_as_one_after_the_other(seed: int) -> None:
    chance = random.Random(seed)
    text = written(chance)
    document = read(text)
    edits = apart([some_edit(document, chance) for _ in range(4)])
    plan = plan_edits(document, edits)
    assert not plan.refused, (text, edits, plan.refused[0].reason)
    wanted = meant(document.root)
    order = sorted(edits, key=lambda each: [str(step).zfill(4) for step in each.route], reverse=True)
    for edit in order:
        wanted = after(wanted, edit)
    assert meant(plan.document.root) == wanted, (text, edits)


def apart(edits: list[Edit]) -> list[Edit]:
    """Those of the edits whose containers are all different and none inside the place of another."""
    kept: list[Edit] = []
    for edit in edits:
        if all(edit.route[:-1] != each.route[:-1] and not near(edit.route, each.route) for each in kept):
            kept.append(edit)
    return kept


def near(one: Route, other: Route) -> bool:
    return below(one, other) or below(other, one) or below(one[:-1], other[:-1]) or below(other[:-1], one[:-1])


@examples(150)
@given(seed=st.integers(0, 2**48))
def test_a_value_behind_an_anchor_that_is_used_changes_nowhere_or_is_refused(seed: int) -> None:
    chance = random.Random(seed)
    document = read(written(chance, anchors=True))
    edit = some_edit(document, chance)
    plan = plan_edits(document, [edit])
    for refused in plan.refused:
        assert "used in" in refused.reason, refused.reason
    if not plan.refused:
        assert meant(plan.document.root) == after(meant(document.root), edit)
    assert bool(plan.refused) != bool(plan.done)


@examples(60)
@given(seed=st.integers(0, 2**48))
def test_no_edit_changes_no_byte(seed: int) -> None:
    document = read(written(random.Random(seed), anchors=True))
    assert not plan_edits(document, []).texts
    same = [Edit((key,), SET, wanted(value)) for key, value in document.root.items()]
    assert not plan_edits(document, same).texts


def wanted(node: Any) -> Any:
    if isinstance(node, Map):
        return {key: wanted(value) for key, value in node.items()}
    return [wanted(value) for value in node] if isinstance(node, Seq) else node


# Examples: what a person would have typed


BASE = """\
dhcp4:
  valid-lifetime: 4h   # for everybody

  # kea-hac: ignore[some-rule] because
  renew-timer: 1h
  subnet4:
    # the first floor
    - id: 1
      subnet: 192.0.2.0/24  # printers too
      pools: [{pool: 192.0.2.10 - 192.0.2.20}]
    # Anna's room
    - id: 2
      subnet: 198.51.100.0/24
    # Bob's room
    - id: 3
      subnet: 203.0.113.0/24
"""


def test_a_value_keeps_its_comment_and_its_line() -> None:
    new = made(BASE, Edit(("dhcp4", "valid-lifetime"), SET, Plain("8h")))
    assert lines(BASE, new) == (["  valid-lifetime: 4h   # for everybody"], ["  valid-lifetime: 8h   # for everybody"])


def test_a_new_item_looks_like_its_neighbours() -> None:
    new = made(BASE, Edit(("dhcp4", "subnet4", 3), INSERT, {"id": 4, "subnet": "192.0.2.0/30"}))
    assert new == BASE + "    - id: 4\n      subnet: 192.0.2.0/30\n"


def test_an_item_goes_with_the_comment_that_speaks_of_it_alone() -> None:
    gone, come = lines(BASE, made(BASE, Edit(("dhcp4", "subnet4", 1), REMOVE)))
    assert gone == ["    # Anna's room", "    - id: 2", "      subnet: 198.51.100.0/24"]
    assert not come


def test_a_heading_of_several_stays() -> None:
    text = "a:\n  # the printers\n  - b\n  - c\n"
    assert made(text, Edit(("a", 0), REMOVE)) == "a:\n  # the printers\n  - c\n"


def test_what_silenced_a_removed_line_goes_with_it() -> None:
    """Else it would silence the line that comes next."""
    new = made(BASE, Edit(("dhcp4", "renew-timer"), REMOVE))
    assert "ignore" not in new
    assert "# for everybody" in new


def test_a_new_key_does_not_come_between_a_comment_and_its_line() -> None:
    new = made(BASE, Edit(("dhcp4", "rebind-timer"), SET, Plain("2h"), "valid-lifetime"))
    assert "# for everybody\n  rebind-timer: 2h\n\n  # kea-hac: ignore" in new


def test_a_plain_scalar_that_would_be_something_else_is_quoted() -> None:
    new = made("a: b\nc: {d: e}\n", Edit(("a",), SET, "012"), Edit(("c", "d"), SET, "x, y"))
    assert new == 'a: "012"\nc: {d: "x, y"}\n'


def test_quotes_stay_as_they_are() -> None:
    assert made("a: 'b'\nc: \"d\"\n", Edit(("a",), SET, "x"), Edit(("c",), SET, "y")) == "a: 'x'\nc: \"y\"\n"


def test_a_fragment_of_json_stays_json() -> None:
    text = 'dhcp4: {\n  "subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}]\n}\n'
    new = made(text, Edit(("dhcp4", "subnet4", 1), INSERT, {"id": 2, "subnet": "a"}), Edit(("dhcp4", "x"), SET, True))
    assert (
        new
        == 'dhcp4: {\n  "subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}, {"id": 2, "subnet": "a"}],\n  "x": true\n}\n'
    )


def test_the_last_of_a_list_leaves_brackets_and_the_comment_of_the_key() -> None:
    assert made("a:  # why\n  - b\nc: d\n", Edit(("a", 0), REMOVE)) == "a: []  # why\nc: d\n"


def test_many_new_items_at_one_place_keep_their_order() -> None:
    new = made("a:\n  - x\n", *(Edit(("a", 1), INSERT, word) for word in ("b", "c", "d")))
    assert new == "a:\n  - x\n  - b\n  - c\n  - d\n"


def test_a_list_becomes_another_by_its_difference() -> None:
    text = "a:\n  - one  # first\n  - two\n  - three  # third\n"
    assert (
        made(text, Edit(("a",), SET, ["one", "three", "four"]))
        == "a:\n  - one  # first\n  - three  # third\n  - four\n"
    )


# Several files


def folder(path: Path, **files: str) -> Document:
    for name, content in files.items():
        (path / name.replace("__", ".")).write_text(content, "utf-8", newline="")
    return whole(read_yaml(path / "spec.yaml"))


def changed(plan: EditedTexts) -> dict[str, str]:
    assert not plan.refused, plan.refused[0].reason
    return {Path(path).name: text for path, text in plan.texts.items()}


def test_an_edit_goes_into_the_file_that_holds_the_value(tmp_path: Path) -> None:
    document = folder(
        tmp_path,
        spec__yaml="a: !include a.yaml\nl:\n  - {x: 1}\n  - !include l.yaml\n",
        a__yaml="# head\nb: c\n",
        l__yaml="- {x: 2}  # two\n- {x: 3}\n",
    )
    edits = [
        Edit(("a", "b"), SET, "d"),
        Edit(("l", 1), REMOVE),
        Edit(("l", 2, "x"), SET, 4),
        Edit(("l", 3), INSERT, {"x": 5}),
    ]
    assert changed(plan_edits(document, edits)) == {
        "a.yaml": "# head\nb: d\n",
        "l.yaml": "- {x: 4}\n",
        "spec.yaml": "a: !include a.yaml\nl:\n  - {x: 1}\n  - !include l.yaml\n  - {x: 5}\n",
    }


def test_an_item_that_is_a_file_goes_with_its_line(tmp_path: Path) -> None:
    document = folder(tmp_path, spec__yaml="l:\n  - !include one.yaml  # one\n  - {x: 2}\n", one__yaml="x: 1\n")
    assert changed(plan_edits(document, [Edit(("l", 0), REMOVE)])) == {"spec.yaml": "l:\n  - {x: 2}\n"}


def test_a_file_that_is_included_twice_is_refused_by_name(tmp_path: Path) -> None:
    document = folder(tmp_path, spec__yaml="a: !include s.yaml\nb: !include s.yaml\n", s__yaml="c: d\n")
    (refused,) = plan_edits(document, [Edit(("a", "c"), SET, "x")]).refused
    assert "s.yaml line 1" in refused.reason
    assert "2 places" in refused.reason


@pytest.mark.parametrize(
    "route",
    [
        ("a", 1, "x"),
        ("a", 1),
        ("d", "c", 2, "x"),
        ("d", "c", 0, "z", 1),
        ("e", 1, "x"),
        ("e", 3),
        ("e", 0, "z", 1),
        ("h", 2, "y"),
        ("h", 3, "z"),
    ],
)
def test_items_of_a_run_are_edited_or_refused_as_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: Route
) -> None:
    items = "".join(f"- {{x: {number}, y: 'it', z: [1, \"2\"]}}\n" for number in range(4))
    block = "".join(f"  - x: {number}\n    y: 'it'\n    z: [1, \"2\"]\n" for number in range(4))
    spec = f"a: !include hosts.yaml\nb: !include hosts.yaml\nd: &d\n  c:\n{block}g: *d\ne:\n{items}f: [x]\nh:\n{block}"
    results = []
    for small in (0, 1 << 60):
        monkeypatch.setattr(yaml_runs, "SMALL", small)
        document = folder(tmp_path, spec__yaml=spec, hosts__yaml=items)
        plans = [plan_edits(document, [each]) for each in (Edit(route, SET, "new"), Edit(route, REMOVE))]
        results.append([(each.texts, [one.reason for one in each.refused]) for each in plans])
    assert results[0] == results[1]
    assert all(texts if route[0] in "eh" else reasons for texts, reasons in results[0])


def test_a_file_of_a_fleet_is_refused_by_name(tmp_path: Path) -> None:
    document = folder(tmp_path, spec__yaml="a: !include s.yaml\n", s__yaml="c: d\n", other__yaml="q: !include s.yaml\n")
    users = other_users(document)
    assert users == {str(tmp_path / "s.yaml"): "other.yaml"}
    (refused,) = plan_edits(document, [Edit(("a", "c"), SET, "x")], users).refused
    assert refused.reason == f"{tmp_path}/s.yaml is used by other.yaml as well"


def test_a_merged_key_is_said_anew_where_its_source_is_used_elsewhere(tmp_path: Path) -> None:
    shared = "x-t: &t\n  life: 1\nd:\n  <<: *t  # timers\n"
    assert made(shared, Edit(("d", "life"), SET, 2)) == shared + "  life: 2\n"
    document = folder(tmp_path, spec__yaml="d:\n  <<: !include t.yaml\n", t__yaml="life: 1 # one\n")
    assert changed(plan_edits(document, [Edit(("d", "life"), SET, 2)])) == {"t.yaml": "life: 2 # one\n"}


def test_a_merged_key_cannot_go(tmp_path: Path) -> None:
    document = read("x-t: &t {life: 1}\nd:\n  <<: *t\n  a: b\n")
    (refused,) = plan_edits(document, [Edit(("d", "life"), REMOVE)]).refused
    assert "used in 2 places" in refused.reason


def test_a_table_changes_by_cell_and_row(tmp_path: Path) -> None:
    table = '\ufeffhw-address,hostname,client-classes\r\n1,"one",a;b\r\n2,two,\r\n3,three,c\r\n'
    document = folder(tmp_path, spec__yaml="r: !csv hosts.csv\n", hosts__csv=table)
    edits = [
        Edit(("r", 0, "hostname"), SET, "x,y"),
        Edit(("r", 1), REMOVE),
        Edit(("r", 2, "client-classes"), SET, ["c", "d"]),
        Edit(("r", 3), INSERT, {"hw-address": "012", "hostname": "new"}),
    ]
    plan = plan_edits(document, edits)
    assert changed(plan) == {
        "hosts.csv": 'hw-address,hostname,client-classes\r\n1,"x,y",a;b\r\n3,three,c d\r\n012,new,\r\n'
    }
    write_texts(document, plan.texts)
    assert (tmp_path / "hosts.csv").read_bytes().startswith(b"\xef\xbb\xbfhw-address")


def test_a_key_that_the_table_has_no_column_for_is_refused(tmp_path: Path) -> None:
    document = folder(tmp_path, spec__yaml="r: !csv hosts.csv\n", hosts__csv="hw-address\n1\n")
    (refused,) = plan_edits(document, [Edit(("r", 1), INSERT, {"hw-address": "2", "hostname": "x"})]).refused
    assert refused.reason == "the table has no column hostname; add one to its header"


def test_an_included_file_of_kea_stays_kea_json(tmp_path: Path) -> None:
    conf = '{ // Kea\n  "subnet4": [\n    { "id": 1, "subnet": "192.0.2.0/24" } # one\n  ],\n  "x": [1, 2]\n}\n'
    document = folder(tmp_path, spec__yaml="d: !include d.conf\n", d__conf=conf)
    edits = [
        Edit(("d", "subnet4", 1), INSERT, {"id": 2, "subnet": "198.51.100.0/24"}),
        Edit(("d", "x", 0), REMOVE),
        Edit(("d", "valid-lifetime"), SET, 60),
        Edit(("d", "subnet4", 0, "subnet"), SET, "192.0.2.0/25"),
    ]
    assert changed(plan_edits(document, edits)) == {
        "d.conf": '{ // Kea\n  "subnet4": [\n    { "id": 1, "subnet": "192.0.2.0/25" }, # one\n'
        '    {"id": 2, "subnet": "198.51.100.0/24"}\n  ],\n  "x": [2],\n  "valid-lifetime": 60\n}\n'
    }


@examples(150)
@given(seed=st.integers(0, 2**48))
def test_edits_follow_includes_and_merges(tmp_path: Path, seed: int) -> None:
    """A file for a map, for an item and for items of a list, and one that is merged: each value changes where it is written."""
    chance = random.Random(seed)
    newline = chance.choice(["", "\n"])
    spec = (
        written(chance).rstrip("\r\n").replace("\r\n", "\n")
        + "\nx-map: !include a.yaml\nx-list:\n  - first\n  - !include b.yaml  # b\n  - !include c.yaml\n"
        + f"x-merged:  # m\n  <<: !include d.yaml\n  own: value{newline}"
    )
    items = "".join(f"- {word}  # größer\n" for word in ("one", "two", "three"))
    document = folder(
        tmp_path,
        spec__yaml=spec,
        a__yaml=written(chance),
        b__yaml=items,
        c__yaml=written(chance),
        d__yaml=written(chance),
    )
    edit = some_edit(document, chance)
    plan = plan_edits(document, [edit])
    for refused in plan.refused:
        assert "the file would be empty" in refused.reason, (edit, refused.reason)
    if plan.done:
        assert meant(plan.document.root) == after(meant(document.root), edit), edit
        assert len(plan.texts) <= (2 if edit.route == ("x-merged",) else 1)  # the keys of a merged map are in two files
        write_texts(document, plan.texts)
        assert meant(whole(read_yaml(tmp_path / "spec.yaml")).root) == meant(plan.document.root)


# On the disk


def test_all_files_or_none_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = folder(tmp_path, spec__yaml="a: !include a.yaml\nb: c\n", a__yaml="d: e\n")
    (tmp_path / "spec.yaml").chmod(0o604)
    plan = plan_edits(document, [Edit(("b",), SET, "x"), Edit(("a", "d"), SET, "z")])
    exchange, moved = replacing.exchange, []

    def failing(one: Path, other: Path) -> bool:
        moved.append(other)
        if len(moved) == 2:
            raise OSError(28, "No space left on device", str(other))
        return exchange(one, other)

    monkeypatch.setattr(replacing, "exchange", failing)
    with pytest.raises(RewriteError, match=r"No space left on device; nothing is changed"):
        write_texts(document, plan.texts)
    monkeypatch.undo()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "spec.yaml": "a: !include a.yaml\nb: c\n",
        "a.yaml": "d: e\n",
    }
    assert [Path(path).name for path in write_texts(document, plan.texts)] == ["a.yaml", "spec.yaml"]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "spec.yaml": "a: !include a.yaml\nb: x\n",
        "a.yaml": "d: z\n",
    }
    assert (tmp_path / "spec.yaml").stat().st_mode & 0o777 == 0o604


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    document = folder(tmp_path, spec__yaml="a: b\n")
    plan = plan_edits(document, [Edit(("a",), SET, "c")])
    (tmp_path / "spec.yaml").write_text("a: z\n")
    with pytest.raises(RewriteError, match="changed after it was read"):
        write_texts(document, plan.texts)
    assert (tmp_path / "spec.yaml").read_text() == "a: z\n"


@pytest.mark.parametrize("spec", sorted(SPECS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_value_of_the_shipped_specs_can_be_set_and_every_line_else_stays(spec: Path) -> None:
    reading = read_yaml(spec)
    if reading.document is None:
        return  # a shared list
    for route in routes(reading.document.root):
        if found(reading.document.root, route).__class__ in (str, Plain):
            plan = plan_edits(reading.document, [Edit(route, SET, "changed")])
            if plan.refused:
                assert "used in" in plan.refused[0].reason
                continue
            ((path, text),) = plan.texts.items()
            old = next(each.text for each in reading.document.texts if each.path == path)
            gone, come = lines(old, text)
            assert (len(gone), len(come)) in ((1, 1), (0, 1))


def test_items_change_places_with_their_comments() -> None:
    text = "a:\n  # one\n  - x: 1  # tail\n    y: 2\n\n  # two\n  - x: 2\n  - x: 3"
    assert (
        made(text, Edit(("a",), Action.ORDER, [1, 0, 2]))
        == "a:\n  # two\n  - x: 2\n\n  # one\n  - x: 1  # tail\n    y: 2\n  - x: 3"
    )
    assert (
        made(text, Edit(("a",), Action.ORDER, [2, 1, 0]))
        == "a:\n  - x: 3\n\n  # two\n  - x: 2\n  # one\n  - x: 1  # tail\n    y: 2"
    )
    assert made("a: [b, c, d]\n", Edit(("a",), Action.ORDER, [2, 0, 1])) == "a: [d, b, c]\n"


@examples(80)
@given(seed=st.integers(0, 2**48))
def test_any_list_can_be_put_into_any_order_beside_other_edits(seed: int) -> None:
    chance = random.Random(seed)
    document = read(written(chance))
    lists = [
        route
        for route in routes(document.root)
        if isinstance(found(document.root, route), Seq) and found(document.root, route)
    ]
    if not lists:
        return
    route = chance.choice(lists)
    size = len(found(document.root, route))
    order = chance.sample(range(size), size)
    inside = chance.randrange(size)
    edits = [
        Edit((*route, inside), SET, "changed"),
        Edit(route, Action.ORDER, order),
        Edit((*route, size), INSERT, "new"),
    ]
    plan = plan_edits(document, edits)
    assert not plan.refused, plan.refused[0].reason
    items = meant(found(document.root, route))
    items[inside] = "changed"
    # The new one stays behind the one that was last.
    wanted_items = [items[index] for index in order]
    wanted_items.insert(order.index(size - 1) + 1, "new")
    assert meant(found(plan.document.root, route)) == wanted_items
