"""What must hold for every input: read back what was written, places that hold the scalar, and never a traceback.

`KEA_HAC_FUZZ=20` makes twenty times as many examples.
"""

from __future__ import annotations

import io
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kea_hac.source import Map, Plain, Reading, Seq, Value, core_value, read_kea_json_text, read_yaml, read_yaml_text
from kea_hac.source.document import Document
from tests.counting import calls
from tests.sizes import size
from tests.unit.source.reading_facts import consistent, scalars, text_at, whole

MORE = size("FUZZ", 1, 10)


def examples(number: int) -> settings:
    """So many examples, without a bound for a single one: the machines of CI are shared."""
    return settings(max_examples=number * MORE, deadline=None, suppress_health_check=list(HealthCheck))


_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cs", "Cc", "Co"), exclude_characters="\ufeff\x85\u2028\u2029\ufffe\uffff"
)
_TEXTS = st.one_of(
    st.text(_CHARACTERS, max_size=12),
    st.sampled_from(
        [
            "no",
            "012",
            "2001:db8::",
            "{server}",
            "a: b",
            "- x",
            "#x",
            "x #y",
            "<<",
            "*a",
            "&a",
            "!x",
            "null",
            "1_000",
            "'",
            '"',
            "",
        ]
    ),
    st.sampled_from(
        ["08:00:27:12:34:56", "192.0.2.1 - 192.0.2.9", "12:30:45", "::1", "http://x/?a=b", "\\", "“x”", "# kea-hac: x"]
    ),
)
_LEAVES = st.one_of(
    _TEXTS, st.integers(-(2**63), 2**63 - 1), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)


def _maps(keys: st.SearchStrategy[str], leaves: st.SearchStrategy[Any] = _LEAVES) -> st.SearchStrategy[dict[str, Any]]:
    trees = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=15
    )
    return st.dictionaries(keys, trees, max_size=4)


_MAPS = _maps(_TEXTS)
# Two things that ruamel writes in braces and libyaml does not read: a colon behind a quote, and keys folded over two lines.
_IN_BRACES = _TEXTS.filter(lambda text: "':" not in text and '":' not in text)
_MAPS_TO_FOLD = _maps(
    _IN_BRACES.filter(lambda text: " " not in text), _IN_BRACES | _LEAVES.filter(lambda leaf: not isinstance(leaf, str))
)


def meant(node: Value) -> Any:
    """The document as JSON data: plain scalars by the core schema."""
    if isinstance(node, Map):
        return {key: meant(value) for key, value in node.items()}
    if isinstance(node, Seq):
        return [meant(value) for value in node]
    return core_value(node) if isinstance(node, Plain) else node


def dumped(data: Any, flow: bool | None, width: int, indent: int) -> str:
    """YAML text by ruamel's writer. Floats go as the writer of JSON spells them, because ruamel cuts some."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = flow
    yaml.width = width
    yaml.indent = indent
    yaml.allow_unicode = True
    yaml.representer.ignore_aliases = lambda _: True
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def assert_places_hold_the_scalars(document: Document) -> None:
    """The text at each place, read alone, is the scalar again."""
    for route, value, at in scalars(document.root, 0):
        text = text_at(document, at)
        if not isinstance(value, str) or "\n" in text:
            continue
        if text[:1] in ("'", '"'):
            again = whole(read_yaml_text(f"- {text}\n".replace("- ", "x: ", 1))).root["x"]
            assert again == value, route
        else:
            assert text == value, route


@examples(150)
@given(_MAPS_TO_FOLD, st.sampled_from([True, False, None]), st.sampled_from([20, 80, 1000]), st.sampled_from([2, 4]))
def test_what_ruamel_writes_is_read_back(data: dict[str, Any], flow: bool | None, width: int, indent: int) -> None:
    reading = read_yaml_text(dumped(data, flow, width, indent))
    assert not any(each.rule.unreadable for each in reading.diagnostics), reading.diagnostics
    assert reading.document is not None
    consistent(reading.document)
    if not reading.diagnostics:
        assert meant(reading.document.root) == data
        assert_places_hold_the_scalars(reading.document)


@examples(150)
@given(_MAPS, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_json_writes_is_read_back(data: dict[str, Any], indent: int | str | None, commented: bool) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=False)
    if commented and "kea-hac:" not in text:
        text = f"// {json.dumps(data)}\n/* {json.dumps(data).replace('*/', '')} */ {text} # end"
    document = whole(read_kea_json_text(text))
    assert document.root == json.loads(json.dumps(data))
    assert json.dumps(document.root) == json.dumps(data)
    consistent(document)
    for _, value, at in scalars(document.root, 0):
        assert json.loads(text_at(document, at)) == value


@examples(100)
@given(
    st.dictionaries(st.text(st.characters(max_codepoint=127)), st.text(st.characters(max_codepoint=127)), max_size=4)
)
def test_escapes_of_ascii_mean_what_json_means(data: dict[str, str]) -> None:
    assert whole(read_kea_json_text(json.dumps(data))).root == data


@examples(100)
@given(
    st.lists(st.lists(_TEXTS.filter(lambda text: "\0" not in text), min_size=3, max_size=3), max_size=5), st.booleans()
)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], crlf: bool
) -> None:
    import csv

    folder = tmp_path_factory.getbasetemp() / "csv"
    folder.mkdir(exist_ok=True)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n" if crlf else "\n")
    writer.writerows([["a", "b", "c"], *rows])
    (folder / "t.csv").write_bytes(out.getvalue().encode())
    (folder / "s.yaml").write_text("r: !csv t.csv\n")
    document = whole(read_yaml(folder / "s.yaml"))
    wanted = [{key: cell for key, cell in zip("abc", row, strict=True) if cell} for row in rows]
    assert document.root["r"] == wanted
    for _, value, at in scalars(document.root["r"], 0):
        assert text_at(document, at).strip('"').replace('""', '"') in (str(value), str(value).strip('"'))


# Fuzz

_YAML = (
    "# yaml\nkea-hac: 1\nx-a: &a {b: [1, '2', \"3\\n\"], c: 2001:db8::1}\nservers:\n  - name: kea1  # kea-hac: ignore[x] y\n"
    "    <<: *a\n    i: !include part.yaml\n  - *a\n  - !csv t.csv\n  - !include k.conf\ns: !secret /etc/kea/pw\n"
    "t: |\n  block\n  “text”\nu: >-\n  folded\n? k\n: v\n"
)
_JSON = (
    '// c\n{"Dhcp4": {"a": [1, -2.5e3, true, null, "x\\u00fc\\n"], /* c */ "b": {}, # kea-hac: ignore[x] y\n'
    '"password": <?include "/etc/pw"?>, "i": <?include "v.json"?>,},}\n'
)
_CSV = 'hw-address,ip-address,client-classes,x[]\n08:00:27:aa:bb:cc,192.0.2.1,"a b",c;d\n"x""y\nz",,,\n'
_PIECES = "\t \n\r:,{}[]&*!|>'\"#%@`?-<=\\/\0\x7f\ufeff“é😀0_.e+" + "\x85\u2028"


def mutated(seed: str, rng: random.Random) -> bytes:
    """The seed with some random edits, as bytes that need not be UTF-8."""
    text = seed
    for _ in range(rng.randint(1, 6)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice([0, 0, 1, 2, 10, 60]))
        piece = rng.choice(
            [
                "",
                rng.choice(_PIECES) * rng.choice([1, 1, 2, 30]),
                text[end : end + 20],
                rng.choice(["<<: ", "*a", "&a ", "{server}", "!!str "]),
            ]
        )
        text = text[:start] + piece + text[end:]
    data = text.encode("utf-8")
    if rng.random() < 0.2:
        at = rng.randrange(len(data) + 1)
        data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    return data


def sound(reading: Reading) -> None:
    """A reading is either whole or says why, and all that it says can be shown."""
    assert reading.document is not None or reading.unreadable
    if reading.document is not None:
        consistent(reading.document)
        json.dumps(meant_or_fault(reading.document.root))
    for each in reading.diagnostics:
        assert each.span.line >= 1
        assert each.span.column >= 1
        assert (each.span.end_line, each.span.end_column) >= (each.span.line, each.span.column)
        assert each.message
        assert "Traceback" not in each.message
        f"{each.message} {each.text} {each.fix} {each.path}".encode()


def meant_or_fault(node: Value) -> Any:
    """The data, with faults of scalars as texts."""
    if isinstance(node, Map):
        return {key: meant_or_fault(value) for key, value in node.items()}
    if isinstance(node, Seq):
        return [meant_or_fault(value) for value in node]
    with suppress(ValueError):
        return core_value(node) if isinstance(node, Plain) else str(node)
    return "a fault"


@pytest.mark.parametrize("target", ["spec.yaml", "part.yaml", "k.conf", "v.json", "t.csv"])
def test_broken_files_never_raise(tmp_path: Path, target: str) -> None:
    seeds = {"spec.yaml": _YAML, "part.yaml": "p: {q: r}\n", "k.conf": _JSON, "v.json": '[1, {"z": 2}]', "t.csv": _CSV}
    for name, seed in seeds.items():
        (tmp_path / name).write_bytes(seed.encode())
    sound(read_yaml(tmp_path / "spec.yaml"))
    rng = random.Random(f"{target} 1")
    for _ in range(300 * MORE):
        content = mutated(seeds[target], rng)
        (tmp_path / target).write_bytes(content)
        try:
            sound(read_yaml(tmp_path / "spec.yaml"))
        except Exception:
            print(f"the content of {target} was {content!r}")
            raise


@examples(200)
@given(st.text(st.sampled_from(_PIECES + "ab\ud800"), max_size=60))
def test_random_texts_never_raise(text: str) -> None:
    sound(read_yaml_text(text))
    sound(read_kea_json_text(text))


# Hostile input

MOST_CALLS = 40
"""For each character of a hostile text: what is quadratic takes thousands."""
MOST_TIME = 32
"""Eight times the text may take so many times the processor's time: eight, four times as much for noise; what is quadratic takes 64."""
Hostile = tuple[str, str, int, str]
"""What stands before, what is repeated, how often, and what stands behind."""


def cpu(work: Callable[[], object]) -> float:
    """Seconds of this thread on the processor, the best of two runs: the waiting on a busy machine is not counted."""
    taken = []
    for _ in range(2):
        started = time.thread_time()
        work()
        taken.append(time.thread_time() - started)
    return min(taken)


def cheap(read: Callable[[], Reading], size: int) -> Reading:
    """What is read. It takes a few calls for each of the `size` characters."""
    found: list[Reading] = []
    assert calls(lambda: found.append(read())) < MOST_CALLS * size + 5_000
    sound(found[0])
    return found[0]


def ends_soon(read: Callable[[str], Reading], hostile: Hostile) -> None:
    """Few calls, and time that grows as the text does: a slow search inside one call of C is seen as well."""
    before, piece, count, behind = hostile
    text, eighth = (before + piece * number + behind for number in (count, count // 8))
    cheap(lambda: read(text), len(text))
    assert cpu(lambda: read(text)) < MOST_TIME * max(cpu(lambda: read(eighth)), 0.002)


def named(hostile: Hostile) -> str:
    return f"{hostile[0]}{hostile[1][:8]}x{hostile[2]}".encode("unicode_escape").decode()


def test_alias_bombs_are_refused_at_once() -> None:
    lists = [f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 10)}]\n" for number in range(1, 30)]
    maps = [f"m{number}: &m{number} {{a: *m{number - 1}, b: *m{number - 1}}}\n" for number in range(1, 60)]
    wide = "a: &a {" + ", ".join(f"k{number}: 1" for number in range(3000)) + "}\n"
    merges = [f"m{number}: {{<<: *a}}\n" for number in range(3000)]
    for text in ("l0: &l0 [x, x]\n" + "".join(lists), "m0: &m0 x\n" + "".join(maps), wide + "".join(merges)):
        reading = cheap(lambda text=text: read_yaml_text(text), len(text))  # type: ignore[misc]
        assert {each.rule.name for each in reading.diagnostics} == {"over-limit"}


@pytest.mark.parametrize(
    "hostile",
    [
        ("", "[", 40_000, ""),
        ("", "{a: ", 20_000, ""),
        ("a: ", "[", 40_000, ""),
        ("", "- ", 20_000, ""),
        ("", "? ", 20_000, ""),
        ("", "a:\n", 8_000, ""),
        ("", "a: 1\n", 16_000, ""),
        ("a: [", "*x, ", 16_000, "]"),
        ("", "# kea-hac: ignore[x] y\n", 8_000, ""),
        ("", "# kea-hac: z\n", 8_000, "a: 1\n"),
        ("a: ", "“", 40_000, ""),
        ("a: ", "!x ", 8_000, ""),
        ("", "a: &x ", 8_000, ""),
        ("a: '", "'", 80_001, ""),
        ("a: {b: ", ":", 40_000, "}"),
        ("a: ", "_", 40_000, ""),
        ("a: ", "{server}", 8_000, ""),
        ("", "a", 400_000, ""),
        ("a: ", "0:", 40_000, ""),
        ("", "\n", 80_000, ""),
        ("", "<<: {<<: {", 4_000, ""),
        ("a: |\n", " ", 80_000, ""),
    ],
    ids=named,
)
def test_hostile_yaml_ends_soon(hostile: Hostile) -> None:
    ends_soon(read_yaml_text, hostile)


@pytest.mark.parametrize(
    "hostile",
    [
        ("", "[", 40_000, ""),
        ("", '{"a":', 20_000, ""),
        ('{"a": [', "1,", 40_000, ""),
        ("", "/*", 40_000, ""),
        ('{"a": "', "\\", 80_001, ""),
        ('{"a": "', "\\u00fc", 20_000, '"}'),
        ("{", '"a": 1,', 16_000, "}"),
        ('{"a": ', "9", 80_000, "}"),
        ('{"a": ', "1e", 20_000, ""),
        ("", "<?", 20_000, ""),
        ("", " ", 200_000, "x"),
        ('{"a": [', '<?include "x"?>,', 8_000, "]}"),
        ("", "// kea-hac: ignore[x] y\n", 8_000, "{}"),
        ('{"a": 0', "0", 80_000, "x"),
    ],
    ids=named,
)
def test_hostile_json_ends_soon(hostile: Hostile) -> None:
    ends_soon(read_kea_json_text, hostile)


@pytest.mark.parametrize(
    "hostile",
    [
        ('a,b\n"', '""', 120_000, ""),
        ("a,b\n", ",", 120_000, ""),
        ("a\n", '"x"y\n', 20_000, ""),
        ("a,b\n", "x\n", 20_000, ""),
        ("", '"', 120_009, ""),
    ],
    ids=named,
)
def test_hostile_csv_ends_soon(tmp_path: Path, hostile: Hostile) -> None:
    (tmp_path / "s.yaml").write_text("a: !csv t.csv\n")

    def read(content: str) -> Reading:
        (tmp_path / "t.csv").write_text(content)
        reading = read_yaml(tmp_path / "s.yaml")
        assert reading.diagnostics
        return reading

    ends_soon(read, hostile)


def test_a_thousand_reservations_are_quick_and_placed() -> None:
    rows = [
        f'      - hw-address: "08:00:27:00:{high:02x}:{low:02x}"\n        ip-address: 10.0.{high}.{low}\n'
        for high, low in (divmod(number, 256) for number in range(1000))
    ]
    text = "dhcp4:\n  subnet4:\n  - reservations:\n" + "".join(rows)
    document = whole(cheap(lambda: read_yaml_text(text), len(text)))
    span = document.span(("dhcp4", "subnet4", 0, "reservations", 999, "ip-address"))
    assert (span.line, span.column) == (2003, 21)
