"""What `--live` takes, and what it says to everything else; a password in a URL is never repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.errors import UsageError
from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6
from kea_hac.live.endpoint import Http, Unix
from kea_hac.live.live_option import LiveOption, given

DAEMONS = {"kea1": [DHCP4, DHCP6, CTRL_AGENT], "kea2": [DHCP4]}
WORD = "horse-battery-staple"


def test_nothing_and_a_folder(tmp_path: Path) -> None:
    assert given([], DAEMONS) == LiveOption()
    assert given([str(tmp_path)], DAEMONS).folder == tmp_path
    odd = tmp_path / "kea1=http:"
    odd.mkdir()
    assert given([str(odd)], DAEMONS).folder == odd


def test_a_place_for_a_server_and_one_for_a_daemon() -> None:
    found = given(
        ["kea1=http://192.0.2.1:8000", "kea1/dhcp6=https://[2001:DB8::1]:8443/gate?x=1", "kea2=unix:/run/x"], DAEMONS
    )
    assert found.place("kea1", DHCP4) == Http("http://192.0.2.1:8000/", "dhcp4", "--live")
    assert found.place("kea1", DHCP6) == Http("https://[2001:db8::1]:8443/gate?x=1", "dhcp6", "--live")
    assert found.place("kea1", CTRL_AGENT) == Http("http://192.0.2.1:8000/", None, "--live")
    assert found.place("kea2", DHCP4) == Unix("/run/x")
    assert given(["kea1/dhcp4=unix:///run/x"], DAEMONS).place("kea1", DHCP4) == Unix("/run/x")
    assert given(["kea1/dhcp4=unix:/run/x"], DAEMONS).place("kea1", DHCP6) is None
    assert given(["kea2=http://Gate.Example.org"], DAEMONS).place("kea2", DHCP4) == Http(
        "http://gate.example.org/", "dhcp4", "--live"
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["kea3=http://192.0.2.1/"], "no server 'kea3'; it has kea1, kea2"),
        (["kea2/dhcp6=http://192.0.2.1/"], "kea2 runs no 'dhcp6'; it runs dhcp4"),
        (["kea1/=http://192.0.2.1/"], "kea1 runs no ''"),
        (["kea1=http://192.0.2.1/", "kea1=http://192.0.2.2/"], "kea1 is named twice"),
        (["http://192.0.2.1/"], "write the server's name before the address"),
        (["unix:/run/x"], "write the server's name before the address"),
        (["kea1=unix:/run/x"], "name it: kea1/dhcp4=unix:/path"),
        (["kea1/ctrl-agent=unix:/run/x"], "no unix socket"),
        (["kea2=unix:run/x"], "full path"),
        (["kea1=ftp://192.0.2.1/"], "begins with http://, https:// or unix:, not with ftp:"),
        (["kea1=http://192.0.2.1:99999/"], "this is not a URL"),
        (["kea1=http://192.0.2.1:0/"], "no host, or contains a part"),
        (["kea1=http://[::1/"], "this is not a URL"),
        (["kea1=http://"], "no host"),
        (["kea1=http://x/#y"], "no host, or contains a part"),
        (["kea1=http://a b/"], "no spaces"),
        (["kea1=http://a\r\nX: y/"], "no spaces"),
        (["kea1=http://bücher/"], "only ASCII"),
        (["/nonexistent"], "no folder /nonexistent; --live takes NAME=URL"),
        (["kea1=192.0.2.1"], "there is no folder kea1=192.0.2.1"),
        ([f"kea1=http://operator:{WORD}@192.0.2.1/"], "must not contain a user name"),
        ([f"kea1=operator:{WORD}@192.0.2.1"], "there is no folder;"),
        ([f"http://operator:{WORD}@192.0.2.1/"], "write the server's name"),
    ],
)
def test_what_makes_no_sense_is_told(values: list[str], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        given(values, DAEMONS)
    assert words in str(refused.value)
    assert WORD not in str(refused.value)


def test_two_folders(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two folders"):
        given([str(tmp_path), str(tmp_path)], DAEMONS)
