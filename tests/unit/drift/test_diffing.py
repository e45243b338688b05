"""A spec held against servers that loaded it, and what happened to them since."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kea_hac.changes.canonical import stamp_of
from kea_hac.changes.change import Verdict, spelt
from kea_hac.compiler.built import configs
from kea_hac.drift.bases import Base, NoBase, content_digest
from kea_hac.drift.diffing import CanonicalForms, Drift
from kea_hac.drift.pair_view import Fate, Service
from kea_hac.errors import TreeError, UsageError
from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6
from kea_hac.live.endpoint import Endpoint, Live, Saved, Trouble, Unread
from kea_hac.live.saved import read_saved
from kea_hac.output.tree import orphans, write
from kea_hac.report import drift_github, drift_markdown, drift_text
from kea_hac.report.drift import data as drift_data
from kea_hac.source import read_kea_json_text
from tests.unit.compiler.pairs import pair
from tests.unit.drift.pairs import MIXED, Edit, Pair, of

GOLDEN = Path(__file__).parents[2] / "golden"
SUBNET = "subnet4: [{id: 1, subnet: 192.0.2.0/24, interface: lan, pools: [{pool: 192.0.2.10 - 192.0.2.99}]}]"
TEXT = pair(f"valid-lifetime: 1h\n{SUBNET}")
MOVED = pair(f"valid-lifetime: 2h\n{SUBNET}")


def setting(key: str, value: Any) -> Edit:
    return lambda config: config.__setitem__(key, value)


def in_subnet(key: str, value: Any) -> Edit:
    return lambda config: config["subnet4"][0].__setitem__(key, value)


def told(drift: Drift) -> list[tuple[str, str, str]]:
    return [(each.server, spelt(each.path), str(each.verdict)) for each in drift.changes]


def test_what_was_loaded_is_in_sync() -> None:
    made = Pair.of(TEXT)
    drift = made.diff(made.lives())
    assert told(drift) == []
    assert {each.name for each in drift.compared} == {"kea1 dhcp4", "kea2 dhcp4"}
    assert all(isinstance(each.base, Base) for each in drift.compared)


def test_a_change_on_one_server_and_on_both() -> None:
    made = Pair.of(TEXT)
    lone = made.diff(made.lives({"kea1 dhcp4": setting("server-tag", "x")}))
    assert told(lone) == [("kea1", "server-tag", "external")]
    (only,) = of(lone, "kea1").seen
    assert (only.also, only.lacking) == ((), ("kea2",))
    edits = {"kea1 dhcp4": setting("server-tag", "x"), "kea2 dhcp4": setting("server-tag", "x")}
    both = made.diff(made.lives(edits))
    assert [each.also for compared in both.compared for each in compared.seen] == [("kea2",), ("kea1",)]


SEVERAL = pair(
    """\
valid-lifetime: 1h
option-def: [{name: boxes, code: 43, space: dhcp4, type: empty, encapsulate: box}, {name: x, code: 1, space: box, type: uint8}]
subnet4:
  - {id: 1, subnet: 192.0.2.0/25, interface: lan, pools: [{pool: 192.0.2.10 - 192.0.2.99}], option-data: [{name: boxes}]}
  - {id: 2, subnet: 192.0.2.128/25, interface: lan, user-context: {a: 1}, reservations: [{hw-address: "02:00:00:00:00:01"}]}
shared-networks:
  - {name: n, interface: lan, subnet4: [{id: 3, subnet: 198.51.100.0/24, pools: [{pool: 198.51.100.9 - 198.51.100.20}]}]}
"""
)
_ITEMS: dict[str, Edit] = {
    "nothing": lambda config: None,
    "a value of all": setting("valid-lifetime", 7),
    "a value of one": in_subnet("valid-lifetime", 7),
    "a value that nothing shows": lambda config: config["subnet4"][1].pop("valid-lifetime"),
    "another order": lambda config: config["subnet4"].reverse(),
    "one less": lambda config: config["subnet4"].pop(),
    "one twice": lambda config: config["subnet4"].append(config["subnet4"][0]),
    "a spelling": lambda config: config["subnet4"][1]["reservations"][0].update({"hw-address": "2:0:0:0:0:1"}),
    "in a network": lambda config: config["shared-networks"][0]["subnet4"][0].update(id=4),
    "no network": lambda config: config.pop("shared-networks"),
    "an option of all": lambda config: config["option-def"].pop(),
}


@pytest.mark.parametrize("edit", _ITEMS)
def test_an_answer_with_parts_of_the_spec_is_compared_as_any_other(edit: str, tmp_path: Path) -> None:
    """Reading an answer with what the spec expects in it changes no result, and nor does predicting only what is not in the spec."""
    made = Pair.of(SEVERAL)
    forms = CanonicalForms(lambda _: None)
    lives: list[tuple[Live | Unread, ...]] = []
    for server, daemon, config in configs(made.site, made.build):
        edits = {"kea1 dhcp4": _ITEMS[edit]}
        answers = {(each.server, each.daemon): each for each in made.lives(edits)}
        sent = answers[server.name, daemon]
        assert isinstance(sent, Live)
        path = tmp_path / f"{server.name}-{daemon.name}.json"
        path.write_text(json.dumps({"result": 0, "arguments": {daemon.top: sent.config}}))
        endpoint = Endpoint(server.name, daemon, Saved(path))
        form = forms.of(server, daemon, config, server.version)
        lives.append((read_saved(endpoint), read_saved(endpoint, form)))
    one, other = made.diff([each for each, _ in lives]), made.diff([each for _, each in lives], forms=forms)
    assert drift_data(one, made.site.document) == drift_data(other, made.site.document)
    assert [repr(each.texts) for each in one.compared] == [repr(each.texts) for each in other.compared]
    assert bool(one.changes) == (edit not in ("nothing", "a value that nothing shows", "another order", "a spelling"))


def test_one_change_on_servers_of_two_versions_is_the_same_on_both() -> None:
    """2.6 shows `client-class`, 3.0 `client-classes`."""
    made = Pair.of(MIXED)

    def edit(config: dict[str, Any]) -> None:
        pool = config["subnet4"][1]["pools"][0]
        pool |= {"client-classes": ["b"]} if "client-classes" in pool else {"client-class": "b"}

    drift = made.diff(made.lives({"kea1 dhcp4": edit, "kea2 dhcp4": edit}))
    assert [(each.change.server, each.also, each.lacking) for compared in drift.compared for each in compared.seen] == [
        ("kea1", ("kea2",), ()),
        ("kea2", ("kea1",), ()),
    ]


def test_the_spec_moved_on_since_one_server_was_loaded(tmp_path: Path) -> None:
    old, new = Pair.of(TEXT), Pair.of(MOVED)
    write(tmp_path, [old.build])
    loaded = [live for live in old.lives() if live.server == "kea2"]
    drift = new.diff([live for live in new.lives() if live.server == "kea1"] + loaded, tmp_path)
    assert told(drift) == [("kea2", "valid-lifetime", "pending")]
    assert of(drift, "kea2").seen[0].outlook is None


def test_every_verdict_of_one_value(tmp_path: Path) -> None:
    old, new = Pair.of(TEXT), Pair.of(MOVED)
    write(tmp_path, [old.build])
    for value, verdict in ((3600, "pending"), (7200, "converged"), (999, "conflict")):
        lives = old.lives(
            {"kea1 dhcp4": setting("valid-lifetime", value), "kea2 dhcp4": setting("valid-lifetime", value)}
        )
        for live in lives:
            assert isinstance(live, Live)
            assert live.config is not None
            for key in ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"):
                live.config["subnet4"][0][key] = value
        assert told(new.diff(lives, tmp_path)) == [(name, "valid-lifetime", verdict) for name in ("kea1", "kea2")]


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_the_base_is_found_in_the_history(tmp_path: Path) -> None:
    texts = [pair(f"valid-lifetime: {hours}h\n{SUBNET}") for hours in (1, 2, 3, 4)]
    builds = [Pair.of(text) for text in texts]
    output = tmp_path / "build"
    git(tmp_path, "init", "-q")
    for made in builds[:3]:
        write(output, [made.build])
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "build")
    lives = [builds[0].lives()[0], builds[1].lives()[1]]
    drift = builds[3].diff(lives, output)
    assert told(drift) == [("kea1", "valid-lifetime", "pending"), ("kea2", "valid-lifetime", "pending")]
    assert [change.base for change in drift.changes] == [3600, 7200]
    bases = [each.base for each in drift.compared]
    assert all(isinstance(base, Base) and base.source.startswith("commit ") for base in bases)
    named = builds[3].diff(lives, output, "git:HEAD~2")
    assert [(change.base, str(change.verdict)) for change in named.changes] == [(3600, "pending"), (3600, "conflict")]
    (output / "two" / "manifest.json").unlink()
    assert told(builds[3].diff(lives, output)) == told(
        drift
    )  # the folder's history is there though its manifest is not


@pytest.mark.parametrize("base", ["git:nosuch", "git:--help", "elsewhere"])
def test_a_named_base_that_is_not_there_is_refused(base: str, tmp_path: Path) -> None:
    made = Pair.of(TEXT)
    with pytest.raises(UsageError, match="--base"):
        made.diff(made.lives(), tmp_path, base)


def test_no_stamp_or_an_unknown_build_is_two_way_and_says_so() -> None:
    made = Pair.of(TEXT)

    def unstamped(config: dict[str, Any]) -> None:
        del config["user-context"]
        config["server-tag"] = "x"

    def of_another_time(config: dict[str, Any]) -> None:
        config["user-context"]["kea-hac"]["build"] = "0" * 32

    drift = made.diff(made.lives({"kea1 dhcp4": unstamped, "kea2 dhcp4": of_another_time}))
    assert told(drift) == [("kea1", "server-tag", "differs")]
    assert [str(getattr(each.base, "reason", ""))[:40] for each in drift.compared] == [
        "the server's configuration has no stamp ",
        f"the build {'0' * 30}",
    ]


def test_a_base_that_was_tampered_with_is_not_believed(tmp_path: Path) -> None:
    old, new = Pair.of(TEXT), Pair.of(MOVED)
    write(tmp_path, [old.build])
    path = tmp_path / "two" / "kea1" / "kea-dhcp4.conf"
    path.write_text(path.read_text().replace("3600", "3601"))
    drift = new.diff(old.lives(), tmp_path)
    base = of(drift, "kea1").base
    assert isinstance(base, NoBase)
    assert "does not have the digest of its manifest" in base.reason


def refreshed(folder: Path, path: str, content: bytes) -> None:
    """A file of a build changed by hand, with everything that its manifest says of it but the digest of the build."""
    (folder / path).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][path]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_an_external_change_is_not_pending_because_a_base_was_refreshed(
    tmp_path: Path, committed: bool, named: bool
) -> None:
    """Who changes a server and puts the same into the tree must not make the change look like one of the spec."""
    made = Pair.of(TEXT)
    output = tmp_path / "build"
    write(output, [made.build])
    path = output / "two" / "kea1" / "kea-dhcp4.conf"
    refreshed(output / "two", "kea1/kea-dhcp4.conf", path.read_bytes().replace(b"3600", b"3601"))
    if committed:
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "x")
        shutil.rmtree(output)
    base = None if not named else "git:HEAD" if committed else str(output)
    new = Pair.of(MOVED)
    lives = made.lives({"kea1 dhcp4": in_subnet("valid-lifetime", 3601)})
    drift = new.diff(lives, output, base)
    found = of(drift, "kea1").base
    assert isinstance(found, NoBase)
    assert "it is not trusted" in found.reason
    assert "pending" not in {verdict for server, _, verdict in told(drift) if server == "kea1"}
    assert isinstance(of(drift, "kea2").base, Base)


def test_a_file_that_carries_the_digest_of_another_is_no_base(tmp_path: Path) -> None:
    """Also with a stamp that was made to fit: the digest is that of the content."""
    made, other = Pair.of(TEXT), Pair.of(MOVED)
    write(tmp_path, [made.build])
    path, name = tmp_path / "two" / "kea1" / "kea-dhcp4.conf", "kea1/kea-dhcp4.conf"
    mine, theirs = (each.artifacts[0].build for each in (made.build, other.build))
    content = other.build.files[name].replace(str(theirs).encode(), str(mine).encode())
    assert content != path.read_bytes()
    refreshed(tmp_path / "two", name, content)
    base = of(Pair.of(pair("valid-lifetime: 3h\n" + SUBNET)).diff(made.lives(), tmp_path), "kea1").base
    assert isinstance(base, NoBase)
    assert "it is not trusted" in base.reason


def test_a_good_copy_in_the_history_counts_where_the_tree_was_tampered_with(tmp_path: Path) -> None:
    made, new = Pair.of(TEXT), Pair.of(MOVED)
    output = tmp_path / "build"
    write(output, [made.build])
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")
    path = output / "two" / "kea1" / "kea-dhcp4.conf"
    refreshed(output / "two", "kea1/kea-dhcp4.conf", path.read_bytes().replace(b"3600", b"3601"))
    base = of(new.diff(made.lives(), output), "kea1").base
    assert isinstance(base, Base)
    assert base.source.startswith("commit ")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link(path: Path) -> None:
    path.symlink_to("/proc/self/environ")


def _deep(path: Path) -> None:
    path.write_text("[" * 100_000 + "]" * 100_000)


def _folder(path: Path) -> None:
    path.mkdir()


def _other(path: Path) -> None:
    path.write_text('{"name": "an app"}')


@pytest.mark.parametrize("what", [_fifo, _device, _link, _deep, _folder, _other])
def test_a_manifest_that_is_none_is_refused_by_name(tmp_path: Path, what: Callable[[Path], None]) -> None:
    made, new = Pair.of(TEXT), Pair.of(MOVED)
    write(tmp_path, [made.build])
    manifest = tmp_path / "two" / "manifest.json"
    manifest.unlink()
    what(manifest)
    base = of(new.diff(made.lives(), tmp_path), "kea1").base
    assert isinstance(base, NoBase)
    assert f"{manifest} is not read" in base.reason
    with pytest.raises(UsageError, match=r"manifest\.json is not read"):
        new.diff(made.lives(), tmp_path, str(tmp_path))
    with pytest.raises(TreeError, match="manifest"):
        write(tmp_path, [new.build])
    assert orphans(tmp_path, []) == {}


def test_what_golden_builds_say_has_the_digest_that_they_name() -> None:
    """The digest is taken of the text that was read, so it must be the same as the compiler's."""
    count = 0
    for path in sorted(GOLDEN.rglob("kea-*.conf")):
        document = read_kea_json_text(path.read_text("utf-8"), opaque=True).document
        assert document is not None
        daemon = next(each for each in (DHCP4, DHCP6, CTRL_AGENT) if each.file == path.name)
        stamp = stamp_of(document.root[daemon.top])  # type: ignore[arg-type] # a Map
        assert stamp is not None
        assert content_digest(document, daemon) == stamp.build
        count += 1
    assert count > 10


def test_the_stamp_of_the_other_server_is_replication() -> None:
    made = Pair.of(TEXT)
    lives = made.lives()
    assert isinstance(lives[0], Live)
    drift = made.diff([lives[0], replace(lives[0], server="kea2")])
    (note,) = of(drift, "kea2").notes
    assert "stamp of kea1" in note
    paths = {spelt(each.change.path) for each in of(drift, "kea2").seen}
    assert any(path.endswith("this-server-name") for path in paths)
    assert {each.change.verdict for each in of(drift, "kea2").seen} == {Verdict.EXTERNAL}


def test_a_server_that_cannot_be_read_hides_no_other() -> None:
    made = Pair.of(TEXT)
    drift = made.diff(made.without("kea1", made.lives({"kea2 dhcp4": setting("server-tag", "x")})))
    assert told(drift) == [("kea2", "server-tag", "external")]
    assert [each.server for each in drift.unread] == ["kea1"]


def _in_state(lives: list[Live | Unread], server: str, state: str, partner: str) -> list[Live | Unread]:
    """The same, with what status-get of one server says of its own state and of its partner's."""
    names = ("kea2", "kea1") if server == "kea2" else ("kea1", "kea2")
    local = {"server-name": names[0], "state": state, "role": "standby", "scopes": [names[1]]}
    remote = {"server-name": names[1], "last-state": partner, "in-touch": True, "communication-interrupted": True}
    status = {"high-availability": [{"ha-mode": "hot-standby", "ha-servers": {"local": local, "remote": remote}}]}
    return [
        replace(each, status=status) if each.server == server and isinstance(each, Live) else each for each in lives
    ]


def _unread(made: Pair, trouble: Trouble, *servers: str) -> list[Live | Unread]:
    lives = made.lives()
    for server in servers:
        lives = made.without(server, lives)
    return [replace(each, trouble=trouble) if isinstance(each, Unread) else each for each in lives]


@pytest.mark.parametrize("trouble", [each for each in Trouble if each is not Trouble.DOWN])
def test_an_unread_server_is_unknown_and_not_inactive(trouble: Trouble) -> None:
    made = Pair.of(TEXT)
    for servers in (("kea1",), ("kea1", "kea2")):
        (truth,) = made.diff(_unread(made, trouble, *servers)).truths
        assert (truth.server, truth.service) == (None, Service.UNKNOWN)
        assert truth.why.startswith(f"{' and '.join(servers)} could not be read")
    (truth,) = made.diff(_unread(made, trouble, "kea2")).truths
    assert (truth.server, truth.service) == ("kea1", Service.UNKNOWN)


def test_a_daemon_that_is_known_to_be_down_is_inactive() -> None:
    made = Pair.of(TEXT)
    (truth,) = made.diff(_unread(made, Trouble.DOWN, "kea1")).truths
    assert (truth.server, truth.service) == ("kea2", Service.IMPAIRED)
    (truth,) = made.diff(_unread(made, Trouble.DOWN, "kea2")).truths
    assert (truth.server, truth.service) == ("kea1", Service.IMPAIRED)
    (truth,) = made.diff(_unread(made, Trouble.DOWN, "kea1", "kea2")).truths
    assert (truth.server, truth.service) == (None, Service.DOWN)


def test_the_partner_is_believed_that_serves_alone() -> None:
    """kea1 cannot be reached from here, and kea2 says that it serves for it: that was seen, and not concluded from silence."""
    made = Pair.of(TEXT)
    lives = _unread(made, Trouble.UNREACHABLE, "kea1")
    (truth,) = made.diff(_in_state(lives, "kea2", "partner-down", "unavailable")).truths
    assert (truth.server, truth.service) == ("kea2", Service.IMPAIRED)
    (truth,) = made.diff(_in_state(lives, "kea2", "hot-standby", "hot-standby")).truths
    assert (truth.server, truth.service) == (None, Service.UNKNOWN)


OWNED = pair(SUBNET, top="control-agent: {http-port: 8000}\nmicetro: {owner: micetro}\n")


def test_what_becomes_of_a_change() -> None:
    made = Pair.of(OWNED)

    def fates(*edited: str, down: str = "") -> list[tuple[str, Fate]]:
        lives = made.lives({f"{name} dhcp4": in_subnet("authoritative", True) for name in edited})
        drift = made.diff(made.without(down, lives))
        seen = [each for compared in drift.compared for each in compared.seen]
        return [(each.change.server, each.outlook.fate) for each in seen if each.outlook]

    assert fates("kea1") == [("kea1", Fate.WAITS)]
    assert fates("kea2") == [("kea2", Fate.OVERWRITTEN)]
    assert fates("kea1", "kea2") == [("kea1", Fate.SURVIVES), ("kea2", Fate.SURVIVES)]
    assert fates("kea2", down="kea1") == [("kea2", Fate.UNKNOWN)]
    lives = _in_state(
        made.lives({"kea2 dhcp4": in_subnet("authoritative", True)}), "kea2", "partner-down", "unavailable"
    )
    drift = made.diff(made.without("kea1", lives))
    assert [each.outlook.fate for each in of(drift, "kea2").seen if each.outlook] == [Fate.WAITS]
    ours = Pair.of(TEXT)
    drift = ours.diff(ours.lives({"kea1 dhcp4": in_subnet("authoritative", True)}))
    assert [each.outlook.fate for each in of(drift, "kea1").seen if each.outlook] == [Fate.UNKNOWN]


def outlooks(drift: Drift) -> list[str | None]:
    """What is said of the future of each change."""
    return [each.outlook and each.outlook.why for compared in drift.compared for each in compared.seen]


@pytest.mark.parametrize("text", [TEXT, OWNED])
def test_without_a_base_nothing_is_claimed_of_where_a_value_came_from(text: str) -> None:
    """The server may hold what was loaded there; only a file that was supplied tells."""
    made = Pair.of(text)
    lives = made.lives({"kea1 dhcp4": in_subnet("authoritative", True)})
    drift = made.diff(lives, base="none")
    assert told(drift) == [("kea1", "subnet4[id=1].authoritative", "differs")]
    assert outlooks(drift) == [None]


def test_of_a_difference_without_a_base_the_file_is_believed() -> None:
    made = Pair.of(TEXT)
    before, lives = made.lives(), made.lives({"kea1 dhcp4": in_subnet("authoritative", True)})
    assert isinstance(lives[0], Live)
    assert isinstance(before[0], Live)
    for file, words in ((lives[0].config, "the server's file has it too"), (before[0].config, "does not have it")):
        (why,) = outlooks(made.diff([replace(lives[0], on_disk=file), lives[1]], base="none"))
        assert words in (why or "")


def test_what_the_spec_has_as_well_is_not_undone_by_a_deploy(tmp_path: Path) -> None:
    write(tmp_path, [Pair.of(TEXT).build])
    old = Pair.of(TEXT).lives({"kea1 dhcp4": _two_hours, "kea2 dhcp4": _two_hours})
    drift = Pair.of(MOVED).diff(old, tmp_path)
    assert {each.verdict for each in drift.changes} == {Verdict.CONVERGED}
    assert all("by commands and its record is on another machine" in (why or "") for why in outlooks(drift))


def test_of_what_converged_the_file_decides_what_a_restart_does(tmp_path: Path) -> None:
    """A rollout by commands writes the file as well; what somebody set by hand is in memory alone."""
    write(tmp_path, [Pair.of(TEXT).build])
    edits = {"kea1 dhcp4": _two_hours, "kea2 dhcp4": _two_hours}
    before, now = Pair.of(TEXT).lives(), Pair.of(TEXT).lives(edits)
    for file, words in (
        (now, "the spec and the server's file have the same"),
        (before, "a restart or config-reload undoes it"),
    ):
        lives = [
            replace(each, on_disk=other.config)
            for each, other in zip(now, file, strict=True)
            if isinstance(each, Live) and isinstance(other, Live)
        ]
        assert all(words in (why or "") for why in outlooks(Pair.of(MOVED).diff(lives, tmp_path)))


def _two_hours(config: dict[str, Any]) -> None:
    config["valid-lifetime"] = 7200
    for key in ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"):
        config["subnet4"][0][key] = 7200


BACKEND = {"config-databases": [{"type": "mysql", "name": "kea", "user": "kea", "password": "x"}]}


@pytest.mark.parametrize("where", ["spec", "live"])
@pytest.mark.parametrize("edited", ["kea1", "kea2"])
def test_with_a_configuration_backend_micetro_replicates_nothing(where: str, edited: str) -> None:
    control = "config-control: {config-databases: [{type: mysql, name: kea, user: kea}]}\n"
    text = OWNED.replace(SUBNET, f"{control}  {SUBNET}") if where == "spec" else OWNED
    made = Pair.of(text)

    def edit(config: dict[str, Any]) -> None:
        config["subnet4"][0]["authoritative"] = True
        if where == "live":
            config["config-control"] = BACKEND

    drift = made.diff(made.lives({f"{edited} dhcp4": edit}))
    words = [why or "" for why in outlooks(drift)]
    assert words
    assert all("configuration backend" in why or "file" in why for why in words)
    assert not any("Micetro will" in why or "will get it" in why or "truth" in why for why in words)
    assert all("truth" not in truth.why for truth in drift.truths)


def test_saved_answers_do_not_tell_who_runs() -> None:
    made = Pair.of(TEXT)
    lives = [replace(each, saved=True) if isinstance(each, Live) else each for each in made.lives()]
    drift = made.diff(lives)
    (truth,) = drift.truths
    assert (truth.server, truth.service) == (None, Service.UNKNOWN)
    assert "saved answers" in truth.why
    assert {each.running for each in drift.server_statuses} == {None}


MICETROS_WORDS = ("micetro", "service down", "impaired", "the truth", "replicat")


@pytest.mark.parametrize("state", ["well", "no partner", "both down", "unread", "serves alone", "without a base"])
def test_pairs_without_micetro_hear_none_of_its_words(state: str) -> None:
    made = Pair.of(TEXT)
    lives = made.lives({"kea2 dhcp4": in_subnet("authoritative", True), "kea1 dhcp4": setting("server-tag", "x")})
    if state == "no partner":
        lives = [*_unread(made, Trouble.DOWN, "kea1")[:1], *lives[1:]]
    if state == "both down":
        lives = _unread(made, Trouble.DOWN, "kea1", "kea2")
    if state == "unread":
        lives = _unread(made, Trouble.UNREACHABLE, "kea2")
    if state == "serves alone":
        lives = _in_state(made.without("kea1", lives), "kea2", "partner-down", "unavailable")
    drift = made.diff(lives, base="none" if state == "without a base" else None)
    document = made.site.document
    texts = (
        drift_text.render(drift, document),
        drift_markdown.render(drift, document),
        drift_github.render(drift, document),
        json.dumps({key: value for key, value in drift_data(drift, document).items() if key != "truth"}),
        json.dumps(drift_data(drift, document)["truth"]),
    )
    for text in texts:
        assert not [word for word in MICETROS_WORDS if word in text.lower()], text


def test_micetro_s_words_are_for_those_who_have_it() -> None:
    made = Pair.of(OWNED)
    drift = made.diff(_unread(made, Trouble.DOWN, "kea1", "kea2"))
    assert "(Micetro: Service down)" in drift_text.render(drift, made.site.document)
    assert drift_data(drift, made.site.document)["truth"][0]["service"] == "Service down"


# A pair that has ended its HA

TERMINATED = {"kea1": "terminated", "kea2": "terminated"}


def ended(drift: Drift) -> str:
    """The advice, of which there is exactly one, in every form."""
    document = drift_document()
    only = advice_of(drift)
    texts = (drift_text.render(drift, document), drift_markdown.render(drift, document))
    assert all(text.count("both at once") == 1 for text in texts)
    assert "needs a restart" not in texts[0]
    assert "both at once" in drift_github.render(drift, document)
    assert drift_data(drift, document)["advice"] == [{"daemon": "dhcp4", "servers": ["kea1", "kea2"], "text": only}]
    return only


def advice_of(drift: Drift) -> str:
    (only,) = [one for each in drift.health for one in each.symptoms if one.code == "terminated"]
    return f"{only.text}. {only.step}"


def drift_document() -> Any:
    return Pair.of(TEXT).site.document


def _states(lives: list[Live | Unread], **states: str) -> list[Live | Unread]:
    for server, state in states.items():
        partner = states.get("kea1" if server == "kea2" else "kea2", "terminated")
        lives = _in_state(lives, server, state, partner)
    return lives


def test_a_terminated_pair_hears_the_cause_and_one_order_for_both() -> None:
    made = Pair.of(TEXT)
    lives = made.lives({"kea2 dhcp4": in_subnet("id", 2)})
    text = ended(made.diff(_states(lives, **TERMINATED)))
    assert text.startswith("HA has ended itself on kea1 and kea2: clients are answered, but leases are not replicated")
    assert "Remove the cause first (subnet4[id=1]" in text
    assert "not the same on kea1 and kea2" in text
    assert "Then reload or restart kea1 and kea2, both at once" in text


def test_one_that_was_reloaded_alone_waits_and_serves_nobody() -> None:
    made = Pair.of(TEXT)
    text = ended(made.diff(_states(made.lives(), kea1="waiting", kea2="terminated")))
    assert text.startswith("HA has ended itself on kea2, and kea1 waits for it and answers no client.")
    assert "not in what was compared; look for TERMINATION in the servers' logs" in text


def test_what_was_not_read_is_no_proof_that_nothing_differs() -> None:
    made = Pair.of(TEXT)
    lives = _states(made.without("kea2", made.lives()), kea1="terminated")
    text = ended(made.diff(lives))
    assert text.startswith("HA has ended itself on kea1 and kea2.")  # kea2 by its partner's word
    assert "kea2 could not be read" in text


def test_clocks_that_are_too_far_apart_are_the_cause() -> None:
    made = Pair.of(TEXT)
    lives = _states(made.lives(), **TERMINATED)
    for each in lives:
        assert isinstance(each, Live)
        assert each.status is not None
        each.status["high-availability"][0]["ha-servers"]["remote"]["clock-skew"] = -75
    assert "is 75 s behind that of" in ended(made.diff(lives))


def test_a_pair_in_its_normal_state_hears_no_advice() -> None:
    made = Pair.of(TEXT)
    (health,) = made.diff(_states(made.lives(), kea1="hot-standby", kea2="hot-standby")).health
    assert "terminated" not in {each.code for each in health.symptoms}


def test_micetros_subnet_edits_are_news_and_nothing_else_is() -> None:
    made = Pair.of(OWNED)

    def edit(config: dict[str, Any]) -> None:
        config["subnet4"][0]["authoritative"] = True
        config["server-tag"] = "x"

    drift = made.diff(made.lives({"kea1 dhcp4": edit}))
    assert [(spelt(each.change.path), each.news) for each in of(drift, "kea1").seen] == [
        ("server-tag", False),
        ("subnet4[id=1].authoritative", True),
    ]
    assert of(drift, "kea1").verdicts(news=False) == {Verdict.EXTERNAL}


def test_a_file_that_differs_from_memory_is_told() -> None:
    made = Pair.of(TEXT)
    lives = made.lives()
    edited = made.lives({"kea1 dhcp4": setting("server-tag", "x")})
    assert isinstance(lives[0], Live)
    assert isinstance(edited[0], Live)
    set_only = made.diff([replace(edited[0], on_disk=lives[0].config), lives[1]])
    compared = of(set_only, "kea1")
    assert [(spelt(each.path), each.memory) for each in compared.on_disk] == [("server-tag", "x")]
    assert [each.outlook.fate for each in compared.seen if each.outlook] == [Fate.MEMORY]
    written = made.diff([replace(edited[0], on_disk=edited[0].config), lives[1]])
    assert [each.outlook.fate for each in of(written, "kea1").seen if each.outlook] == [Fate.SURVIVES]
    edited_file = made.diff([replace(lives[0], on_disk=edited[0].config), lives[1]])
    assert told(edited_file) == []
    assert [(spelt(each.path), each.file) for each in of(edited_file, "kea1").on_disk] == [("server-tag", "x")]


def test_what_runs_is_what_counts() -> None:
    made = Pair.of(TEXT)
    drift = made.diff(made.lives(runs="2.6.3"))
    assert [each.notes for each in drift.compared] == [(), ()]
    newer = made.diff(made.lives(runs="3.0.4"))
    assert "runs Kea 3.0.4, and the spec has 2.6" in newer.compared[0].notes[0]
    unknown = made.diff(made.lives(runs="9.9.9"))
    assert "which this kea-hac does not know" in unknown.compared[0].notes[0]


IGNORING = """\
diff:
  ignore:
    - {path: "dhcp4.subnet4[*].authoritative", reason: "a test is running", until: 2026-12-31}
    - {path: dhcp4.server-tag, server: kea2, reason: theirs}
    - {path: dhcp4.valid-lifetime, reason: over, until: 2026-01-01}
"""


def test_what_the_spec_lets_through_is_shown_apart() -> None:
    made = Pair.of(pair(SUBNET, top=IGNORING))

    def edit(config: dict[str, Any]) -> None:
        config["subnet4"][0]["authoritative"] = True
        config["server-tag"] = "x"

    drift = made.diff(made.lives({"kea1 dhcp4": edit}))
    assert told(drift) == [("kea1", "server-tag", "external")]
    assert [rule.reason for _, rule in of(drift, "kea1").ignored] == ["a test is running"]
    assert [(each.rule.name, each.span.line) for each in drift.report.diagnostics] == [
        ("unused-diff-ignore", 23),
        ("expired-diff-ignore", 24),
    ]
