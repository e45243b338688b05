"""`kea-hac lint`: existing files of Kea by the same rules, with their own lines."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Call

GOOD = """\
// what somebody wrote by hand
{
"Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] },
    "valid-lifetime": 4000, # four
    "subnet4": [
        { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10 - 192.0.2.20" } ] }
    ]
} }
"""


def written(name: str, text: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return name


def test_a_sound_file(call: Call) -> None:
    called = call("lint", written("kea-dhcp4.conf", GOOD), "--kea", "2.6")
    assert called.code == 0
    assert called.err.endswith("no findings in 1 file; 1 check skipped\n")
    assert "platform" in called.out, "what could not be judged is said"


def test_the_guessed_version_is_said(call: Call) -> None:
    called = call("lint", written("kea-dhcp4.conf", GOOD))
    assert "checked for Kea 3.0, which is a guess (2.2 to 3.3 accept these files): kea-dhcp4.conf; --kea" in called.err


def test_a_mistake_points_at_its_line(call: Call) -> None:
    called = call("lint", written("kea-dhcp4.conf", GOOD.replace("192.0.2.20", "192.0.3.20")))
    assert called.code == 1
    assert "error[KH209 pool-outside-subnet]" in called.out
    assert " --> kea-dhcp4.conf:6:67 (Dhcp4.subnet4[0].pools[0].pool)" in called.out


def test_a_missing_id_is_a_warning_where_kea_numbers_itself(call: Call) -> None:
    name = written("kea-dhcp4.conf", GOOD.replace('"id": 1, ', ""))
    assert call("lint", name, "--kea", "2.2").code == 0
    assert call("lint", name, "--kea", "2.2", "--fail-on", "warning").code == 1
    assert call("lint", name, "--kea", "2.6").code == 1


def test_a_folder_is_searched_for_keas_files(call: Call) -> None:
    written("etc/kea-dhcp4.conf", GOOD.replace("valid-lifetime", "valid-lifetim"))
    written("etc/other.conf", "not ours")
    called = call("lint", "etc", "--format", "json", "--kea", "2.6")
    assert called.code == 1
    found = json.loads(called.out)["findings"]
    assert [(each["name"], each["file"], each["path"]) for each in found] == [
        ("unknown-key", "etc/kea-dhcp4.conf", "Dhcp4.valid-lifetim")
    ]


def test_findings_of_several_files_stand_in_their_own_file(call: Call) -> None:
    one = written("a/kea-dhcp4.conf", GOOD.replace("valid-lifetime", "valid-lifetim"))
    two = written("b/kea-dhcp4.conf", GOOD.replace('"id": 1', '"id": "1"'))
    called = call("lint", one, two, "--kea", "2.6")
    assert " --> a/kea-dhcp4.conf:4:5 (Dhcp4.valid-lifetim)" in called.out
    assert " --> b/kea-dhcp4.conf:6:17 (Dhcp4.subnet4[0].id)" in called.out


def test_what_cannot_be_read_ends_with_2(call: Call) -> None:
    assert call("lint", "nothing.conf").code == 2
    assert call("lint", written("kea-dhcp4.conf", '{"Dhcp4": {')).code == 2
    assert call("lint", written("kea-dhcp4.conf", '{"dhcp4": {}}')).code == 2
    called = call("lint", written("kea-dhcp4.conf", GOOD), "--kea", "1.8")
    assert called.code == 2
    assert "2.2, 2.4, 2.6, 3.0, 3.2, 3.3" in called.err


def test_a_comment_lets_one_case_through(call: Call) -> None:
    text = GOOD.replace("192.0.2.20", "192.0.3.20").replace(
        '        { "id"', '        // kea-hac: ignore[pool-outside-subnet] a test\n        { "id"'
    )
    assert call("lint", written("kea-dhcp4.conf", text), "--kea", "2.6").code == 0


ELSEWHERE = GOOD.replace(
    '"valid-lifetime"', '"lease-database": {"type": "memfile", "name": "/srv/leases4.csv"},\n    "valid-lifetime"'
)


def test_paths_are_judged_where_the_platform_is_said(call: Call) -> None:
    name = written("kea-dhcp4.conf", ELSEWHERE)
    unsupported = call("lint", name, "--kea", "2.6")
    assert unsupported.code == 0
    assert (
        "skipped: the host's paths: the files do not name a platform; give one with --platform debian|"
        in unsupported.out
    )
    said = call("lint", name, "--kea", "2.6", "--platform", "debian")
    assert said.code == 1
    assert "KH753 lease-file-outside-directory" in said.out
    assert "skipped" not in said.out
    assert "in kea-dhcp4.conf" not in said.out, "the file is the source itself"
    assert "KH757 confined-name" in call("lint", name, "--kea", "2.2", "--platform", "debian").out, "by its own version"
    assert call("lint", name, "--kea", "2.2", "--platform", "source").code == 0


def test_the_architecture_says_where_libraries_are(call: Call) -> None:
    text = GOOD.replace(
        '"valid-lifetime"',
        '"hooks-libraries": [{"library": "/usr/lib/aarch64-linux-gnu/kea/hooks/libdhcp_stat_cmds.so"}],\n"valid-lifetime"',
    )
    name = written("kea-dhcp4.conf", text)
    assert call("lint", name, "--kea", "3.0", "--platform", "debian", "--arch", "arm64").code == 0
    assert "KH752" in call("lint", name, "--kea", "3.0", "--platform", "debian").out


def test_a_platform_that_is_not_known(call: Call) -> None:
    name = written("kea-dhcp4.conf", GOOD)
    for options in (["--platform", "debain"], ["--platform", "debian", "--arch", "vax"], ["--arch", "arm64"]):
        called = call("lint", name, *options)
        assert (called.code, called.out) == (2, "")
        assert "--platform" in called.err
    assert (
        "debian, rhel, suse, alpine, freebsd, nixos, isc, isc-rpm, source"
        in call("lint", name, "--platform", "debain").err
    )


def test_a_spec_is_sent_to_the_commands_for_specs(call: Call) -> None:
    for name, text in (
        ("campus.yaml", "kea-hac: 1\npair: campus\n"),
        ("kea-dhcp4.conf", '{"kea-hac": 1, "pair": "campus"}\n'),
    ):
        called = call("lint", written(name, text))
        assert called.code == 2
        assert "KH117 spec-as-kea-file" in called.out
        assert f"run `kea-hac validate {name}`" in called.out
        assert "1 error in 1 file" in called.err
        assert "KH040" not in called.out
        imported = call("import", f"kea1={name}", "-o", "new.yaml")
        assert imported.code == 2
        assert f"run `kea-hac validate {name}`" in imported.out
        assert "could not be read" not in imported.out + imported.err, (
            "nothing is missing, so no --root or --incomplete"
        )


def test_the_manifest_of_a_build_is_no_file_of_kea(call: Call) -> None:
    called = call("lint", written("manifest.json", '{"kea-hac": {"manifest": 1, "pair": "campus"}, "servers": {}}'))
    assert called.code == 2
    assert "this is the manifest of a build" in called.out
    assert "name the folder of a server, or its kea-*.conf files" in called.out


def test_a_broken_file_of_kea_stays_a_syntax_error(call: Call) -> None:
    called = call("lint", written("kea-dhcp4.conf", '{"Dhcp4": {"kea-hac" 1}}'))
    assert "KH040 json-syntax" in called.out
    assert "KH117" not in called.out
