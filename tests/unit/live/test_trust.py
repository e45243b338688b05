"""Which places of a spec are trusted, asked as by a stranger, or not asked: door by door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from kea_hac.kea.config import CTRL_AGENT, DHCP4, Daemon
from kea_hac.live.endpoint import Endpoint, Http, Trouble, Unix, Unread
from kea_hac.live.trust import ControlSocket, Trust, control_sockets

UNIX = {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"}
STANDARD = frozenset({"/run/kea"})


@dataclass
class Committed:
    """What others have: the maps of one server's files."""

    files: Mapping[Daemon, Mapping[str, Any]]
    own: frozenset[str] = field(default=frozenset())
    source: str = "commit origin/main"

    def control_sockets(self, server: str, daemon: Daemon) -> frozenset[ControlSocket] | None:
        return control_sockets(daemon, self.files[daemon]) if server == "kea1" and daemon in self.files else None

    def addresses(self, server: str) -> frozenset[str]:
        return self.own


def trust(now: Mapping[str, Any], before: Mapping[str, Any] | None, daemon: Daemon = DHCP4, own: str = "") -> Trust:
    earlier = Committed({daemon: before}, frozenset([own])) if before is not None else None
    return Trust({("kea1", daemon.name): control_sockets(daemon, now)}, earlier, standard=STANDARD)


def judged(made: Trust, channel: Http | Unix) -> str:
    """trusted, stranger, or the reason of one that is not asked."""
    found = made.judge(Endpoint("kea1", DHCP4, channel))
    if isinstance(found, Unread):
        assert found.trouble is Trouble.NOT_ASKED
        assert found.reason.startswith("not asked: ")
        assert found.reason.endswith("use --trust kea1")
        return found.reason
    return "trusted" if found.trusted else "stranger"


def socket(**other: Any) -> dict[str, Any]:
    """A map with an HTTP control socket; `other` replaces, with _ for -."""
    named = {key.replace("_", "-"): value for key, value in other.items()}
    return {
        "control-sockets": [UNIX, {"socket-type": "http", "socket-address": "192.0.2.1", "socket-port": 8004, **named}]
    }


def at(url: str) -> Http:
    return Http(url, "dhcp4", "HTTP control socket", of_daemon=True)


HERE = at("http://192.0.2.1:8004/")


def test_a_door_that_is_the_same_is_trusted_whatever_else_changed() -> None:
    assert judged(trust(socket(), {**socket(), "valid-lifetime": 5}), HERE) == "trusted"
    assert judged(trust(socket(authentication={"type": "basic"}), socket()), HERE) == "trusted"
    six, other = socket(socket_address="2001:DB8:0::1"), socket(socket_address="2001:db8::1")
    assert judged(trust(six, other), at("http://[2001:db8::1]:8004/")) == "trusted"


@pytest.mark.parametrize(
    ("before", "url"),
    [
        (socket(socket_address="192.0.2.2"), "http://192.0.2.1:8004/"),
        (socket(socket_port=8000), "http://192.0.2.1:8004/"),
        (socket(socket_type="https"), "http://192.0.2.1:8004/"),
        (socket(trust_anchor="/ca.pem"), "http://192.0.2.1:8004/"),
        (socket(cert_required=False), "http://192.0.2.1:8004/"),
        ({"control-sockets": [UNIX]}, "http://192.0.2.1:8004/"),
        ({}, "http://192.0.2.1:8004/"),
        (socket(), "http://192.0.2.1:9999/"),
        (socket(), "https://192.0.2.1:8004/"),
        (socket(), "http://203.0.113.66:8004/"),
    ],
)
def test_any_other_door_is_not_asked(before: Mapping[str, Any], url: str) -> None:
    assert "its address, port, socket or TLS is new: commit origin/main has " in judged(
        trust(socket(), before), at(url)
    )


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_what_is_bound_to_every_address_is_known_by_the_servers_own(address: str) -> None:
    bound = socket(socket_address=address)
    assert judged(trust(bound, bound, own="192.0.2.1"), HERE) == "trusted"
    assert "is new" in judged(trust(bound, bound, own="192.0.2.1"), at("http://203.0.113.66:8004/"))
    assert "is new" in judged(trust(bound, bound), HERE)


def test_an_agent_is_known_by_its_own_file() -> None:
    agent = {"http-host": "192.0.2.1", "http-port": 8000}
    channel = Http("http://192.0.2.1:8000/", "dhcp4")
    assert judged(trust(agent, agent, CTRL_AGENT), channel) == "trusted"
    assert "is new" in judged(trust(agent, {**agent, "trust-anchor": "/ca.pem"}, CTRL_AGENT), channel)
    assert "has no such server" in judged(trust(agent, {}, DHCP4), channel)


def test_unix_sockets() -> None:
    new = Unix("/tmp/of-somebody")
    known = {"control-socket": UNIX}
    assert judged(trust(known, known), Unix(UNIX["socket-name"])) == "trusted"
    moved = {"control-socket": {"socket-type": "unix", "socket-name": "/tmp/of-somebody"}}
    assert "unix:/run/kea/kea4-ctrl-socket" in judged(trust(moved, known), new)
    assert judged(trust(moved, None), new).startswith(
        "not asked: its unix socket is not in the directory that Kea's packages use"
    )
    assert judged(trust(known, None), Unix(UNIX["socket-name"])) == "stranger"


def test_a_bare_name_is_known_in_keas_own_folder_only() -> None:
    """From 3.0 on files have bare names, and `paths` of the spec says where they are: that is the author's word again."""
    bare = {"control-sockets": [{"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}]}
    assert judged(trust(bare, bare), Unix("/run/kea/kea4-ctrl-socket")) == "trusted"
    assert "is new" in judged(trust(bare, bare), Unix("/tmp/evil/kea4-ctrl-socket"))


def test_the_users_word_and_no_base() -> None:
    assert judged(trust(socket(), None), HERE) == "stranger"
    named = Trust({}, Committed({}), named=frozenset({"kea1"}))
    assert judged(named, HERE) == "trusted"
    assert judged(named, Unix("/tmp/x")) == "trusted"


def test_defaults_are_keas_own() -> None:
    assert control_sockets(DHCP4, {"control-sockets": [{"socket-type": "http"}]}) == {
        ControlSocket("http", "127.0.0.1", 8000)
    }
    assert control_sockets(CTRL_AGENT, {}) == {ControlSocket("http", "127.0.0.1", 8000)}
    odd: Mapping[str, Any] = {"control-sockets": [1, {}, {"socket-type": "tcp"}], "control-socket": []}
    assert control_sockets(DHCP4, odd) == frozenset()
