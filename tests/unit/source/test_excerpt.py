"""An excerpt says of its routes what the whole document says, in another process too; and nothing when a text is another one."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from kea_hac.diagnostics import Route
from kea_hac.source import read_yaml
from kea_hac.source.document import Document, Map, Seq, Value
from kea_hac.source.excerpt import Excerpt, excerpt
from kea_hac.source.joint import Joint

MAIN = """\
pair: geheim
servers:
  - {name: kea1, "tökens": 1, password: geheim}  # kea-hac: ignore[subnet-of-two-pairs] apart
  - *none
dhcp4:
  subnet4: !include parts/subnets.yaml
  hosts: !include parts/hosts.json
  secret: !include parts/secret.yaml
"""
SUBNETS = """\
- {id: 1, subnet: 10.0.0.0/24, pools: [{pool: 10.0.0.1 - 10.0.0.9}]}  # password: zugang
- shared: &both {subnet: 10.0.1.0/24, token: 10.0.0.0/24}
  again: *both
"""
HOSTS = '[{"hw-address": "02:00:00:00:00:01", /* kea-hac: ignore[KH192] */ "psk": "hunter2"}, ["a", null]]'
SECRET = "[{name: kea1}, zugang]"


@pytest.fixture(params=["\n", "\r\n", "\ufeff"])
def whole(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Document:
    """A document of four files, with Unix and Windows line ends, and with a byte order mark."""
    monkeypatch.chdir(tmp_path)
    Path("parts").mkdir()
    for path, text in {
        "s.yaml": MAIN,
        "parts/subnets.yaml": SUBNETS,
        "parts/hosts.json": HOSTS,
        "parts/secret.yaml": SECRET,
    }.items():
        written = request.param + text if request.param == "\ufeff" else text.replace("\n", request.param)
        Path(path).write_bytes(written.encode())
    document = read_yaml(Path("s.yaml")).document
    assert document is not None
    assert len(document.texts) == 4
    return document


def routes(value: Value, at: Route = ()) -> list[Route]:
    """All routes, and one below each value that does not exist."""
    below = value.items() if isinstance(value, Map) else enumerate(value) if isinstance(value, Seq) else ()
    return [at, (*at, "nothing"), (*at, 99), *(each for step, item in below for each in routes(item, (*at, step)))]


def told(document: Document, at: list[Route]) -> list[object]:
    cover = document.cover()
    joint = Joint({"other.yaml": document})
    return [
        document.suppressions,
        [cover(each, near=near) for each in ("geheim", "zugang", "10.0.0.0/24", "hunter2") for near in (True, False)],
        [
            (
                place,
                document.span(each),
                document.line_text(place.span),
                joint.line_text(place.span),
                joint.place(("other.yaml", *each)),
            )
            for each in at
            for place in [document.place(each)]
        ],
    ]


def sent(kept: Excerpt) -> Excerpt:
    result = pickle.loads(pickle.dumps(kept))
    assert isinstance(result, Excerpt)
    return result


def test_an_excerpt_says_what_the_document_says(whole: Document) -> None:
    at = routes(whole.root)
    again = sent(excerpt(whole, at)).document()
    assert again is not None
    assert told(again, at) == told(whole, at)


def test_an_excerpt_has_no_characters_and_no_secrets(whole: Document) -> None:
    whole.cover()
    kept = pickle.dumps(excerpt(whole, [("pair",), ("servers", 0, "name")]))
    assert not any(each in kept for each in (b"geheim", b"zugang", b"hunter2", b"10.0.0.0"))


@pytest.mark.parametrize("path", ["s.yaml", "parts/hosts.json"])
def test_a_text_that_was_changed_gives_no_document(whole: Document, path: str) -> None:
    kept = excerpt(whole, [("pair",)])
    Path(path).write_text(Path(path).read_text("utf-8") + " ", "utf-8")
    assert kept.document() is None
    Path(path).unlink()
    assert kept.document() is None
