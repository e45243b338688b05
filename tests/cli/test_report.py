"""`kea-hac report`: one page that loads nothing, says what the spec says, obeys no name and shows no secret."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import kea_hac
from kea_hac.kea.config import DAEMONS
from kea_hac.kea.config_get import predict
from tests.cli.conftest import SPEC, Call
from tests.cli.test_channels import HOSTILE, PLACES, UNSEEN, quoted
from tests.cli.test_channels import SPEC as PAIR
from tests.cli.test_diff import spec
from tests.cli.test_diff_servers import at, healthy
from tests.cli.test_secrets import FORMS, silent
from tests.review.sites import committed_all
from tests.shipped import ROOT
from tests.unit.live.fakes import answers, listening

VOID = frozenset({"meta", "br", "hr", "img", "input", "link"})
ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "nav",
        "main",
        "section",
        "article",
        "footer",
        "div",
        "span",
        "strong",
        "code",
        "pre",
        "details",
        "summary",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "svg",
        "g",
        "rect",
        "line",
        "path",
        "text",
        "desc",
        "defs",
        "marker",
    ]
)
ATTRIBUTES = frozenset(
    [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "href",
        "id",
        "tabindex",
        "role",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "scope",
        "open",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "rx",
        "d",
        "viewbox",
        "refx",
        "refy",
        "markerwidth",
        "markerheight",
        "orient",
        "marker-end",
        "text-anchor",
    ]
)


class Reader(HTMLParser):
    """Reads a page as a browser does, and fails for what a page of ours never has."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.texts: list[str] = []
        self.values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            assert value is not None or name == "open"
            if name == "id":
                self.ids.append(str(value))
            elif name == "aria-labelledby":
                self.named += str(value).split()
            elif name == "href":
                self.links.append(str(value))
            elif name == "marker-end":
                self.links.append(str(value).removeprefix("url(").removesuffix(")"))
            elif name in ("aria-label", "content"):
                self.values.append(str(value))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-4]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self) -> str:
        """All that is read of the page, also aloud."""
        return "".join(self.texts) + "\n" + "\n".join(self.values)


def read(page: str) -> Reader:
    """The page; fails where it is not well-formed, or refers to what it does not have."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.named) <= set(reader.ids)
    assert all(link.startswith("#") and link[1:] in reader.ids for link in reader.links), reader.links
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(reader.headings, reader.headings[1:], strict=False))
    assert UNSEEN.search(page.replace("\n", "")) is None
    return reader


def test_a_pair(call: Call) -> None:
    done = call("report", str(ROOT / "specs/campus.yaml"), "-o", "out/report.html")
    assert (done.code, done.out) == (0, "")
    assert done.err == "1 info in 1 file; wrote out/report.html\n"
    page = Path("out/report.html").read_text("ascii")
    text = read(page).text
    for words in (
        "HA of dhcp4: 192.0.2.12:8001",
        "TLS with client certificates, no password",
        "agent 10.8.0.11:8000 no TLS, password",
        "Micetro DHCP Agent",
        "kea1 (primary) fails",
        "65 s (60 to 70 s) without answers",
        "192.0.2.0/24: pools: kea1 100; 1 reserved, 1 outside of pools; router 192.0.2.1; 149 free",
        "reservations-all-outside-pools",
        "no server was asked",
    ):
        assert words in text
    assert "Changes" not in text


def test_the_policy_permits_the_style_of_the_page_and_nothing_else(call: Call) -> None:
    import base64
    import hashlib

    page = call("report", str(ROOT / "specs/campus.yaml")).out
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", page)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"url\((?!#)|@import|<script|\son[a-z]+=|\sstyle=", page)


def test_every_shipped_spec_in_one_page_with_the_same_bytes(call: Call) -> None:
    first = call("report", str(ROOT / "specs"), "-o", "a.html")
    assert first.code == 0
    call("report", str(ROOT / "specs"), "-o", "b.html", "-j", "2")
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    text = read(Path("a.html").read_text("utf-8")).text
    for words in (
        "campus",
        "branch",
        "region",
        "passive-backup",
        "standalone",
        "airport",
        "no server takes over by itself",
    ):
        assert words in text


def test_a_spec_with_errors_is_shown_with_its_findings(call: Call) -> None:
    Path("bad.yaml").write_text(SPEC.format(pair="bad", pool="192.0.3.1 - 192.0.3.9"), "utf-8")
    Path("good.yaml").write_text(SPEC.format(pair="good", pool="192.0.2.10 - 192.0.2.99"), "utf-8")
    done = call("report", "bad.yaml", "good.yaml", "-o", "-")
    assert done.code == 1
    text = read(done.out).text
    assert "pool-outside-subnet" in text
    assert "nothing is known of its servers" in text
    assert "192.0.2.0/24: pools: s1 90" in text
    assert done.err == "1 error, 2 warnings in 2 files\n"


def test_what_cannot_be_read_is_on_the_page(call: Call) -> None:
    Path("folder").mkdir()
    done = call("report", "folder", "missing.yaml", "-o", "page.html")
    assert done.code == 2
    text = read(Path("page.html").read_text("utf-8")).text
    assert "missing.yaml" in text
    assert "this folder contains no spec" in text


def test_only_a_report_is_overwritten(call: Call) -> None:
    spec = str(ROOT / "specs/lone.yaml")
    Path("notes.html").write_text("<!DOCTYPE html><p>mine</p>", "utf-8")
    done = call("report", spec, "-o", "notes.html")
    assert done.code == 2
    assert "exists already; --force overwrites it" in done.err
    assert Path("notes.html").read_text("utf-8") == "<!DOCTYPE html><p>mine</p>"
    assert call("report", spec, "-o", "notes.html", "--force").code == 0
    assert call("report", spec, "-o", "notes.html").code == 0
    Path("folder").mkdir()
    assert call("report", spec, "-o", "folder").code == 2
    assert call("report", spec, "-o", "/dev/stdout").code == 2
    os.mkfifo("fifo")
    done = call("report", spec, "-o", "fifo")
    assert done.code == 2
    assert "fifo is a FIFO, and only a regular file is replaced" in done.err


def test_options_for_servers_need_live(call: Call) -> None:
    done = call("report", str(ROOT / "specs/lone.yaml"), "--trust", "x")
    assert done.code == 2
    assert "use them together with --live" in done.err


def test_the_changes_since_a_revision(call: Call) -> None:
    old = PAIR.format(extra="valid-lifetime: 1h")
    committed_all({"spec.yaml": old})
    Path("spec.yaml").write_text(old.replace("192.0.2.199", "192.0.2.150").replace("1h", "2h"), "utf-8")
    Path("kea-hac.toml").write_text("[review]\nmax-removed-pool-addresses = 10\n")
    done = call("report", "spec.yaml", "--since", "HEAD")
    assert done.code == 1
    text = read(done.out).text
    for words in (
        "Changes since",
        "lose 49 addresses",
        "kea1, then kea2",
        "removes-too-many-pool-addresses",
        "valid-lifetime",
        "3600",
        "7200",
    ):
        assert words in text, words
    assert call("report", "spec.yaml", "--since", "nowhere").code == 2


def saved(edit: dict[str, Any]) -> None:
    """Saved answers of the pair in spec.yaml, with other values on kea1."""
    made = kea_hac.compile_spec(Path("spec.yaml"))
    assert made.build is not None
    assert made.site is not None
    nodes = {node.name: node for node in made.site.nodes}
    for artifact in made.build.artifacts:
        daemon, node = DAEMONS[artifact.name], nodes[artifact.server]
        assert artifact.tree is not None
        config = dict(predict(daemon, artifact.tree[daemon.top], node.version, node.platform))
        if artifact.server == "kea1" and daemon.family:
            config |= edit
        path = Path("live", artifact.server, f"kea-{daemon.name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([{"result": 0, "arguments": {daemon.top: config}}]), "utf-8")


def test_drift_where_live_is_given(call: Call) -> None:
    Path("spec.yaml").write_text(PAIR.format(extra=""), "utf-8")
    saved({})
    done = call("report", "spec.yaml", "--live", "live", "--base", "none")
    assert done.code == 0
    assert "in sync" in read(done.out).text
    saved({"server-tag": "x"})
    done = call("report", "spec.yaml", "--live", "live", "--base", "none")
    assert done.code == 1
    text = read(done.out).text
    assert "server-tag" in text
    assert "kea1 dhcp4" in text
    Path("live/kea2/kea-dhcp4.json").write_text("[{}]", "utf-8")
    done = call("report", "spec.yaml", "--live", "live")
    assert done.code == 2
    assert "not read:" in read(done.out).text


def test_servers_that_are_not_there(call: Call) -> None:
    text = SPEC.format(pair="one", pool="192.0.2.10 - 192.0.2.99").replace("address: 192.0.2.1", "address: 127.9.9.1")
    Path("spec.yaml").write_text(f"{text}control-agent: {{http-port: 1}}\n", "utf-8")
    done = call("report", "spec.yaml", "--live", "spec")
    assert done.code == 2
    assert "not read:" in read(done.out).text
    assert "http://127.9.9.1:1/" in done.out


def test_the_health_of_a_pair_that_answers(call: Call) -> None:
    """In sync and healthy; then the standby reports that it does not hear the primary."""
    spec()
    one, two = healthy("kea1"), dict(healthy("kea2"))
    with listening(answers(one, [])) as first, listening(answers(two, [])) as second:
        live = ("--live", at("kea1", first), "--live", at("kea2", second))
        done = call("report", "spec.yaml", *live)
        assert done.code == 0, done.err
        text = read(done.out).text
        assert "in sync, healthy" in text
        assert "hot-standby" in text
        status = json.loads(json.dumps(two["status-get"]))
        remote = status["arguments"]["high-availability"][0]["ha-servers"]["remote"]
        remote |= {"communication-interrupted": True, "in-touch": False, "last-state": "unavailable", "age": 70}
        two["status-get"] = status
        done = call("report", "spec.yaml", *live)
        assert done.code == 1
        assert "degraded" in read(done.out).text


def test_several_pairs_with_their_saved_answers(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """More pairs than are asked at the same time; one without answers, one whose spec has errors. Results are in the order of the specs."""
    for number in range(10):
        Path(f"p{number}.yaml").write_text(
            SPEC.format(pair=f"p{number}", pool=f"10.0.{number}.10 - 10.0.{number}.99").replace(
                "192.0.2.", f"10.0.{number}."
            ),
            "utf-8",
        )
    Path("p4.yaml").write_text(SPEC.format(pair="p4", pool="nonsense"), "utf-8")
    for number in set(range(10)) - {4, 7}:
        Path("spec.yaml").write_text(Path(f"p{number}.yaml").read_text("utf-8"), "utf-8")
        saved({})
        Path("live").rename(f"answers-p{number}")
    Path("spec.yaml").unlink()
    Path("answers").mkdir()
    for number in set(range(10)) - {4, 7}:
        Path(f"answers-p{number}").rename(f"answers/p{number}")
    done = call("report", ".", "--live", "answers", "--base", "none")
    assert done.code == 2
    text = read(done.out).text
    found = re.findall(r"(?m)^(p\d): (in sync|unknown)", text[text.index("The servers now") :])
    assert [name for name, _ in found] == [f"p{number}" for number in range(10)]
    assert {name for name, verdict in found if verdict != "in sync"} == {"p4", "p7"}
    assert "p4.yaml: nothing was compared, because the spec has errors" in done.err
    assert call("report", ".", "--live", "s1=http://127.0.0.1:1/").code == 2


MARKUP = (
    '"><svg onload=EVIL>',
    "</style><script>EVIL</script>",
    "'><img src=x onerror=EVIL>",
    "{{ 71 * 71 }}{% raw %}",
    "]]>EVIL",
)
NAMES = (*HOSTILE, *MARKUP)
COMPILED = [each for each in NAMES if each.strip() and "\x1b" not in each]
"""Those that a spec may contain: blanks alone and escapes are errors."""


def obeys_nothing(page: str) -> None:
    """The reader fails for elements and attributes that no page has; what is left of a name is text."""
    reader = read(page)
    assert "5041" not in page
    assert not any("EVIL" in each for each in (*reader.ids, *reader.links))


@pytest.mark.parametrize("place", PLACES)
def test_names_in_every_place_of_a_spec(call: Call, place: str) -> None:
    for name in (*MARKUP, HOSTILE[0], HOSTILE[9]):
        Path("spec.yaml").write_text(PAIR.format(extra=place.format(name=quoted(name))), "utf-8")
        obeys_nothing(call("report", "spec.yaml").out)


def test_names_in_a_change_and_in_the_answers_of_servers(call: Call) -> None:
    """All names at once: classes, guards and contexts of a spec that compiles."""
    classes = ", ".join(
        f"{{name: {quoted(each)}, test: \"member('ALL')\", user-context: {{{quoted(each)}: 1}}}}" for each in COMPILED
    )
    guards = ", ".join(quoted(each) for each in COMPILED)
    subnets = f"pools: [{{pool: 192.0.2.100 - 192.0.2.150, client-classes: [{guards}]}}]"
    plain = PAIR.format(extra="").replace("kea: 2.6", "kea: 3.0")
    hostile = plain.replace("pools: [{pool: 192.0.2.100 - 192.0.2.199}]", subnets)
    hostile = hostile.replace("  \n  subnet4", f"  client-classes: [{classes}]\n  subnet4")
    committed_all({"spec.yaml": plain})
    saved(
        {
            "server-tag": "".join(NAMES),
            "client-classes": [{"name": each, "test": each} for each in NAMES],
            "user-context": {each: each for each in NAMES},
        }
    )
    Path("spec.yaml").write_text(hostile, "utf-8")
    done = call("report", "spec.yaml", "--since", "HEAD", "--live", "live")
    assert "this is a bug" not in done.err
    obeys_nothing(done.out)
    assert "EVIL" in done.out
    assert "Failover in time" in done.out, "the spec does not compile, so that this test shows little"


def test_names_of_files(call: Call) -> None:
    names = [each for each in NAMES if "/" not in each and "\0" not in each and not each.startswith(".")]
    for number, name in enumerate(names):
        Path(f"{name}.yaml").write_text(SPEC.format(pair=f"p{number}", pool="192.0.2.10 - 192.0.2.99"), "utf-8")
    done = call("report", ".")
    obeys_nothing(done.out)
    assert done.out.count("<article") == len(names)


def test_no_secret_is_shown(call: Call) -> None:
    for text in FORMS.values():
        Path("spec.yaml").write_text(text, "utf-8")
        silent(call("report", "spec.yaml"))


def test_no_secret_of_a_spec_that_compiles(call: Call) -> None:
    """Passwords of HA, of the agent, of databases and of unknown libraries, before and after a change."""
    text = """\
kea-hac: 1
pair: two
kea: 3.0
platform: debian
servers:
  - {name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0], basic-auth-user: ha, basic-auth-password: CANARY7x}
  - {name: kea2, role: standby, address: 192.0.2.12, interfaces: [eth0], basic-auth-user: ha, basic-auth-password: CANARY7x}
high-availability: {mode: hot-standby, max-unacked-clients: 5, listener: {dhcp4: 8001}}
control-agent: {authentication: {type: basic, clients: [{user: a, password: CANARY7x}]}}
dhcp4:
  hosts-databases: [{type: mysql, name: kea, user: kea, password: CANARY7x}]
  hooks-libraries: [{library: libdhcp_own.so, parameters: {api-key: CANARY7x, tokens: [CANARY7x]}}]
  user-context: {community: CANARY7x}
  subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{pool: 192.0.2.100 - 192.0.2.199}]}]
"""
    committed_all({"spec.yaml": text.replace("CANARY7x", "CANARY7y")})
    Path("spec.yaml").write_text(text, "utf-8")
    done = call("report", "spec.yaml", "--since", "HEAD")
    silent(done)
    read(done.out)
    assert "CANARY" not in done.out


def test_many_pairs_are_closed_at_the_beginning_and_the_same_change_is_shown_once(call: Call) -> None:
    files = {
        f"p{number}.yaml": PAIR.format(extra="valid-lifetime: 1h")
        .replace("pair: two", f"pair: p{number}")
        .replace("192.0.2.", f"10.0.{number}.")
        for number in range(11)
    }
    committed_all(files)
    for name, text in files.items():
        Path(name).write_text(text.replace("1h", "2h"), "utf-8")
    done = call("report", ".", "--since", "HEAD")
    assert done.code == 0, done.err
    text = read(done.out).text
    assert "10 other pairs change in the same way: p1, p10, p2" in text
    assert done.out.count("<summary>Servers, failover and subnets</summary>") == 11


def test_a_thousand_subnets_are_a_page_of_bounded_size(call: Call) -> None:
    """At most 1.5 kilobytes for a subnet, and none is open at the beginning. That the work is linear: tests/unit/report_page."""
    number = 1000
    lines = "".join(
        f"    - {{id: {n + 1}, subnet: 10.{n // 250}.{n % 250}.0/24, interface: lan, pools: [{{pool: 10.{n // 250}.{n % 250}.0/25}}]}}\n"
        for n in range(number)
    )
    head = PAIR.format(extra="").partition("  subnet4:")[0]
    Path("spec.yaml").write_text(f"{head}  subnet4:\n{lines}", "utf-8")
    page = call("report", "spec.yaml").out
    assert '<details class="group" open>' not in page
    assert page.count('<svg class="bar"') == number
    assert len(page.encode()) < number * 1_500
