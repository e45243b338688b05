"""Places that no command writes to: links of a work tree, devices, FIFOs, sockets. And names that `build` would refuse."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from kea_hac.spec.schema_place import SCHEMA
from tests.cli.conftest import Call, Spec

INIT = ("init", "site.yaml", "--kea", "2.6", "--platform", "debian", "--mode", "lone", "--server", "s1=192.0.2.1%eth0")
IPV4, IPV6 = ("--subnet", "192.0.2.0/24"), ("--subnet", "2001:db8::/64")


def _tree() -> None:
    Path("tree/.git").mkdir(parents=True)
    Path("host").mkdir()


@pytest.mark.parametrize(
    ("link", "target", "output"),
    [
        ("tree/build", "../host", "build"),
        ("tree/build", "../host", "./build/"),
        ("tree/out", "../host", "out/build"),
        ("tree/out", "../host", "out/a/b"),
        ("tree/out", "..", "out/host"),
        ("tree/build", "specs", "build"),
        ("tree/build", "../host/new", "build"),
        ("tree/build", "build", "build"),
    ],
)
def test_a_link_of_the_work_tree_is_not_followed(
    call: Call, spec: Spec, monkeypatch: pytest.MonkeyPatch, link: str, target: str, output: str
) -> None:
    _tree()
    spec("tree/specs/campus.yaml")
    os.symlink(target, link)
    monkeypatch.chdir("tree")
    for absolute in (False, True):
        where = os.path.join(os.getcwd(), output) if absolute else output
        for more in ((), ("--check",), ("--prune",)):
            called = call("build", "specs", "-o", where, *more)
            assert called.code == 2
            assert "is a symbolic link to" in called.err
    assert not os.listdir("../host")
    assert os.listdir("specs") == ["campus.yaml"]


def test_a_link_to_another_work_tree_is_not_followed(call: Call, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    _tree()
    Path("host/.git").mkdir()
    spec("tree/specs/campus.yaml")
    os.symlink("../host", "tree/build")
    monkeypatch.chdir("tree")
    assert call("build", "specs").code == 2
    assert os.listdir("../host") == [".git"]


def test_outside_of_the_work_tree_links_are_the_user_s_own(
    call: Call, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tree()
    spec("tree/specs/campus.yaml")
    os.symlink("host", "link")
    monkeypatch.chdir("tree")
    assert call("build", "specs", "-o", "../link/build").code == 0
    assert call("build", "specs", "-o", "../link/build", "--check").code == 0
    assert os.listdir("../host/build") == ["campus"]


def _device(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("made", [_device, _socket, _circle])
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_only_a_regular_file_is_replaced(call: Call, made: object, linked: bool, force: tuple[str, ...]) -> None:
    assert callable(made)
    odd = Path("site.yaml")
    made(odd)
    kind = stat.S_IFMT(odd.lstat().st_mode)
    name = "site.yaml"
    if linked:
        Path("link.yaml").symlink_to("site.yaml")
        name = "link.yaml"
    Path("kea-dhcp4.conf").write_text('{"Dhcp4": {"subnet4": []}}')
    for command in (("init", name, *INIT[2:], *IPV4), ("import", "kea-dhcp4.conf", "--kea", "2.6", "-o", name)):
        called = call(*command, *force)
        assert called.code == 2
        assert "only a regular file is replaced" in called.err
        assert "--force" not in called.err
        assert stat.S_IFMT(odd.lstat().st_mode) == kind


def test_stdout_is_no_file_to_replace(call: Call) -> None:
    Path("kea-dhcp4.conf").write_text('{"Dhcp4": {"subnet4": []}}')
    called = call("import", "kea-dhcp4.conf", "--kea", "2.6", "-o", "/dev/stdout", "--force")
    assert called.code == 2
    assert "with -o -" in called.err


@pytest.mark.parametrize("name", ["manifest.json", "Manifest.JSON"])
def test_a_server_that_would_take_the_manifest_s_place_is_found_by_validate(call: Call, spec: Spec, name: str) -> None:
    path = Path(spec("campus.yaml"))
    path.write_text(path.read_text().replace("name: s1", f"name: {name}"))
    called = call("validate", "campus.yaml")
    assert called.code == 1
    assert f"'{name}' cannot be this name" in called.out
    path.write_text(
        path.read_text().replace(f"name: {name}", "name: s1")
        + f"micetro: {{agent: {{name: {name}, address: 192.0.2.9}}}}\n"
    )
    assert "cannot be this name" in call("validate", "campus.yaml").out


def test_each_problem_of_the_options_is_a_line(call: Call) -> None:
    called = call("init", "site.yaml")
    assert called.code == 2
    lines = called.err.splitlines()
    assert [line.split(" is missing")[0] for line in lines] == [
        f"kea-hac: --{name}" for name in ("kea", "platform", "mode", "server", "subnet")
    ]
    assert "\u240a" not in called.err
    called = call("init", "site.yaml", "--server", "a\nb", "--server", "c")
    assert called.err.count("kea-hac: --server: ") == 2


@pytest.mark.parametrize("router", ["2001:db8::1", "fe80::1", "2001:db8:1::1"])
@pytest.mark.parametrize("subnets", [IPV6, (*IPV4, *IPV6), IPV4])
def test_a_router_is_for_ipv4(call: Call, router: str, subnets: tuple[str, ...]) -> None:
    called = call(*INIT, *subnets, "--router", router)
    assert called.code == 2
    assert f"--router: {router}: DHCPv6 has no option for routers" in called.err
    assert "KH402" not in called.out
    assert not Path("site.yaml").exists()


def test_hidden_files_of_a_folder_are_not_specs(call: Call, spec: Spec) -> None:
    spec("h/.hid.yaml")
    assert call("build", "h").code == 2
    spec("h/site.YAML", "other")
    assert call("build", "h").code == 0
    assert os.listdir("build") == ["other"]
    assert call("validate", "h/.hid.yaml").code == 0


def test_a_link_that_leads_nowhere_is_not_written_through(call: Call) -> None:
    Path("host").mkdir()
    Path("tree/.git").mkdir(parents=True)
    for name in ("site.yaml", "spec.schema.json", ".pre-commit-config.yaml", "kea-hac.schema.json"):
        Path("tree", name).symlink_to("../host/new")
    Path("kea-dhcp4.conf").write_text('{"Dhcp4": {"subnet4": []}}')
    for command in (
        ("init", "tree/site.yaml", *INIT[2:], *IPV4),
        ("import", "kea-dhcp4.conf", "--kea", "2.6", "-o", "tree/site.yaml"),
    ):
        called = call(*command)
        assert called.code == 2
        assert "exists already" in called.err
    Path("tree", SCHEMA).unlink(missing_ok=True)
    Path("tree", SCHEMA).parent.mkdir(exist_ok=True)
    Path("tree", SCHEMA).symlink_to(Path("host/new").absolute())
    call("init", "tree/other.yaml", *INIT[2:], *IPV4)
    assert Path("tree/other.yaml").exists()
    assert os.listdir("host") == []


def test_a_folder_for_the_schema_that_leads_out_of_the_work_tree(call: Call) -> None:
    Path("host").mkdir()
    Path("tree/.git").mkdir(parents=True)
    Path("tree", SCHEMA).parent.symlink_to("../host")
    called = call("init", "tree/site.yaml", *INIT[2:], *IPV4)
    assert called.code == 2
    assert "is a symbolic link to" in called.err
    assert os.listdir("host") == []
    assert sorted(os.listdir("tree")) == [".git", "schemas"]


def test_findings_in_a_text_that_was_not_written(call: Call) -> None:
    pools = ("--pool", "192.0.2.10-192.0.2.20", "--pool", "192.0.2.15-192.0.2.30")
    called = call(*INIT, *IPV4, *pools)
    assert called.code == 1
    assert "KH214" in called.out
    assert "site.yaml was not written" in called.err
    assert "the lines above are those of the text for it" in called.err
    assert not Path("site.yaml").exists()
