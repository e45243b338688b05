"""`kea-hac init`: what it writes builds as it is, and nothing is written that would not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.cli.conftest import Call

PAIR = ("--server", "kea1=192.0.2.11%eth0", "--server", "kea2=192.0.2.12%ens18,ens19")
SUBNET = ("--subnet", "192.0.2.0/24", "--pool", "192.0.2.100 - 192.0.2.199", "--router", "192.0.2.1")
BOTH = (*SUBNET, "--subnet", "2001:db8::/64", "--pool", "2001:db8::1:0/112")
FLAGS = ("--kea", "3.0", "--platform", "debian", "--mode", "hot-standby", *PAIR, *BOTH)


def without(flags: tuple[str, ...], flag: str) -> tuple[str, ...]:
    """The flags less one of them, each time it is there."""
    pairs = zip(flags[::2], flags[1::2], strict=True)
    return tuple(word for pair in pairs if pair[0] != flag for word in pair)


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing", "passive-backup"])
@pytest.mark.parametrize("kea", ["2.2", "2.6", "3.2"])
def test_what_it_writes_builds_without_a_finding(call: Call, mode: str, kea: str) -> None:
    flags = (*without(without(FLAGS, "--mode"), "--kea"), "--mode", mode, "--kea", kea)
    assert call("init", "campus.yaml", *flags).code == 0
    built = call("build", "campus.yaml")
    assert built.code == 0
    assert "no findings" in built.err
    assert Path("build/campus/kea2/kea-dhcp6.conf").is_file()


def test_a_lone_server(call: Call) -> None:
    flags = ("--kea", "2.6", "--platform", "rhel", "--mode", "lone", "--server", "only=192.0.2.11%eth0", *SUBNET)
    assert call("init", "small.yaml", *flags).code == 0
    assert call("build", "small.yaml").code == 0
    assert "high-availability" not in Path("small.yaml").read_text("utf-8")


def test_more_servers_are_backups(call: Call) -> None:
    assert call("init", "campus.yaml", *FLAGS, "--server", "copy=192.0.2.13%eth0").code == 0
    assert "  - name: copy\n    role: backup\n" in Path("campus.yaml").read_text("utf-8")
    assert call("validate", "campus.yaml").code == 0


def test_the_hooks_for_pre_commit_stand_beside_it(call: Call) -> None:
    assert call("init", "campus.yaml", *FLAGS).code == 0
    assert "kea-hac-validate, args: [campus.yaml]" in Path(".pre-commit-config.yaml").read_text("utf-8")
    Path(".pre-commit-config.yaml").write_text("mine\n", "utf-8")
    assert call("init", "campus.yaml", *FLAGS, "--force").code == 0
    assert Path(".pre-commit-config.yaml").read_text("utf-8") == "mine\n"


@pytest.mark.parametrize("flag", ["--kea", "--platform", "--mode", "--server", "--subnet"])
def test_what_is_missing_is_named_where_nobody_can_be_asked(call: Call, flag: str) -> None:
    called = call("init", "campus.yaml", *without(FLAGS, flag))
    assert called.code == 2
    assert f"{flag} is missing" in called.err or flag == "--subnet"
    assert not Path("campus.yaml").exists()


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


def test_questions_on_a_terminal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (
        "2.6",
        "debian",
        "",
        "kea1=192.0.2.11%eth0",
        "kea2=192.0.2.12%eth0",
        "192.0.2.0/24",
        "192.0.2.100-192.0.2.199",
    )
    monkeypatch.setattr("sys.stdin", Terminal("".join(f"{answer}\n" for answer in answers)))
    assert call("init", "campus.yaml").code == 0
    text = Path("campus.yaml").read_text("utf-8")
    assert "mode: hot-standby\n" in text
    assert "- pool: 192.0.2.100-192.0.2.199\n" in text
    assert call("build", "campus.yaml").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("campus.txt", *FLAGS), ".yaml"),
        (("a b.yaml", *FLAGS), "pair's name"),
        (("campus.yaml", *without(FLAGS, "--kea"), "--kea", "1.8"), "--kea"),
        (("campus.yaml", *without(FLAGS, "--mode"), "--mode", "hot"), "hot-standby"),
        (("campus.yaml", *without(FLAGS, "--platform"), "--platform", "windows"), "debian"),
        (("campus.yaml", *without(FLAGS, "--server"), "--server", "kea1"), "kea1=192.0.2.11%eth0"),
        (("campus.yaml", *without(FLAGS, "--pool"), "--pool", "10.0.0.1-10.0.0.9"), "none of the subnets"),
        (("campus.yaml", *without(FLAGS, "--router"), "--router", "10.0.0.1"), "none of the subnets"),
        (("campus.yaml", *without(FLAGS, "--subnet"), "--subnet", "192.0.2.1/24"), "host bits"),
        (("campus.yaml", *without(FLAGS, "--mode"), "--mode", "lone"), "lone takes one"),
    ],
)
def test_what_means_nothing_is_refused(call: Call, arguments: tuple[str, ...], words: str) -> None:
    called = call("init", *arguments)
    assert called.code == 2
    assert words in called.err
    assert list(Path().iterdir()) == []


def test_a_spec_that_would_not_build_is_not_written(call: Call) -> None:
    twice = (*FLAGS, "--subnet", "192.0.2.0/25")
    called = call("init", "campus.yaml", *twice)
    assert called.code == 1
    assert "would not build" in called.err
    assert list(Path().iterdir()) == []


def test_a_spec_that_is_there_is_kept(call: Call) -> None:
    Path("campus.yaml").write_text("mine\n", "utf-8")
    assert call("init", "campus.yaml", *FLAGS).code == 2
    assert Path("campus.yaml").read_text("utf-8") == "mine\n"
