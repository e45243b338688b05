"""Every claim of the HA and hook rules, held against real servers that are started with the mistake."""

from __future__ import annotations

import json

import pytest

from tests.lab import Lab, LabError, Verdict, check
from tests.unit.check.mistakes import (
    ALL,
    LAST,
    LIBRARIES,
    NEW,
    REFUSED,
    SWALLOWED,
    Config,
    Mistake,
    good,
    library,
    relationship,
    text,
)
from tests.unit.check.reading import codes, judged, read

pytestmark = pytest.mark.kea
HIDDEN = "/etc/kea/libraries.json"
MISTAKES = (*REFUSED, *SWALLOWED, *LIBRARIES)


CASES = [
    pytest.param(mistake, version, id=f"{mistake.name}-{version}")
    for mistake in MISTAKES
    for version in mistake.versions
]
"""Each mistake on each version that it is made for."""


def started(lab: Lab, version: str, config: dict[str, object], *, hidden: bool) -> str | None:
    """Start kea-dhcp4 and ask its config-get: its complaint, or None.

    `hidden`: the libraries stand in an included file, because the lab reads no parameters that are no lists and maps.
    """
    files: dict[str, bytes] = {}
    written = text(config)
    if hidden:
        files[HIDDEN] = json.dumps(config["hooks-libraries"]).encode()
        marked = text({**config, "hooks-libraries": "LIBRARIES"})
        written = marked.replace('"LIBRARIES"', f'<?include "{HIDDEN}"?>')
    try:
        lab.config_get(version, "dhcp4", written.encode(), files)
    except LabError as error:
        return str(error)
    return None


@pytest.mark.parametrize(("mistake", "version"), CASES)
def test_kea_does_what_the_rule_says(lab: Lab, mistake: Mistake, version: str) -> None:
    expected = mistake.complaint(version)
    binds = expected is not None and "Address already in use" in expected
    complaint = started(lab, version, mistake.config(), hidden=expected is not None and not binds)
    if expected is None:
        assert complaint is None
    else:
        assert complaint is not None, "Kea started"
        assert expected in complaint


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing", "passive-backup"])
def test_the_good_ones_start(lab: Lab, kea_version: str, mode: str) -> None:
    assert started(lab, kea_version, good(mode), hidden=False) is None


def test_no_mistake_of_high_availability_is_seen_by_dash_t(kea_version: str) -> None:
    """What `why` says of these rules: a check of the file does not look into hooks."""
    named = [each for each in REFUSED if kea_version in each.versions and "Address" not in str(each.refused)]
    shaped = [each for each in named if "KH122" not in each.rules]
    verdicts: list[Verdict] = check(kea_version, "dhcp4", [text(each.config()).encode() for each in shaped])
    assert [each.name for each, verdict in zip(shaped, verdicts, strict=True) if not verdict.ok] == []


FOREIGN = [
    ("ha", {"high-availability": [relationship()]}, "ctrl-agent", "Control-agent", ALL),
    ("lease_cmds", None, "ctrl-agent", "Control-agent", NEW),
    ("bootp", None, "dhcp6", "Dhcp6", NEW),
    ("ping_check", {}, "dhcp6", "Dhcp6", LAST),
]
"""Libraries in a program that is not theirs, and the versions that refuse them there; the others load them all the same."""


@pytest.mark.parametrize(
    ("name", "parameters", "daemon", "top", "refusing"), FOREIGN, ids=[each[0] for each in FOREIGN]
)
def test_libraries_look_at_who_loads_them(
    lab: Lab, name: str, parameters: object, daemon: str, top: str, refusing: tuple[str, ...]
) -> None:
    config = text({"hooks-libraries": [library(name, parameters)]}, top).encode()
    for version in ALL if name != "ping_check" else LAST:
        if version in refusing:
            with pytest.raises(LabError, match="Bad process name"):
                lab.config_get(version, daemon, config)
        else:
            lab.config_get(version, daemon, config)


ATTRIBUTES = """User-Name 1 string,User-Password 2 string,NAS-IP-Address 4 ipaddr,NAS-Port 5 integer,Service-Type 6 integer,
Framed-IP-Address 8 ipaddr,Reply-Message 18 string,Class 25 string,Calling-Station-Id 31 string,Acct-Status-Type 40 integer,
Acct-Delay-Time 41 integer,Acct-Session-Id 44 string,Framed-Pool 88 string,NAS-IPv6-Address 95 ipv6addr,
Delegated-IPv6-Prefix 123 ipv6prefix,Framed-IPv6-Address 168 ipv6addr"""


def test_radius_access_needs_the_host_cache_before_it(lab: Lab) -> None:
    lines = [f"ATTRIBUTE {each.strip()}" for each in ATTRIBUTES.split(",")]
    files = {"/etc/kea/radius/dictionary": "\n".join([*lines, ""]).encode()}
    access = library("radius", {"access": {"servers": [{"name": "127.0.0.1", "secret": "x-y-z"}]}})
    config = {**good(), "hooks-libraries": [access]}
    with pytest.raises(LabError, match="host cache library not loaded"):
        lab.config_get("3.0.4", "dhcp4", text(config).encode(), files)
    config["hooks-libraries"] = [library("host_cache"), access]
    lab.config_get("3.0.4", "dhcp4", text(config).encode(), files)


SERVERS = {"servers": [{"name": "127.0.0.1", "secret": "x-y-z"}]}
RADIUS = (
    ({"access": {**SERVERS, "peer-updates": True}}, "KH770", "peer-updates"),
    ({"accounting": {**SERVERS, "max-pending-requests": 5}}, "KH770", "max-pending-requests"),
    ({"access": {"servers": [{"name": "127.0.0.1"}]}}, "KH773", "secret"),
    ({"access": {"servers": [{"secret": "x-y-z"}]}}, "KH773", "name"),
    ({"access": {"servers": [{"name": "127.0.0.1", "secret": "x-y-z", "port": 65536}]}}, "KH772", "65536"),
    ({"access": {**SERVERS, "attributes": [{"data": "a"}]}}, "KH773", "name or type"),
    ({"access": {**SERVERS, "attributes": [{"name": "", "data": "a"}]}}, "KH772", "name is empty"),
    ({"access": {**SERVERS, "attributes": [{"type": 256, "data": "a"}]}}, "KH772", "out of range"),
    ({"access": {**SERVERS, "attributes": [{"type": 1, "data": "a", "raw": "61"}]}}, "KH772", "exclusive"),
    ({"identifier-type4": "mac"}, "KH772", "mac"),
    ({"nas-ports": [{"subnet-id": 1}]}, "KH773", "missing port"),
)
"""Parameters of RADIUS, the rule that finds each, and a word of Kea's complaint."""


@pytest.mark.parametrize(("parameters", "code", "complaint"), RADIUS, ids=[each[2] for each in RADIUS])
def test_radius_parameters(lab: Lab, parameters: Config, code: str, complaint: str) -> None:
    lines = [f"ATTRIBUTE {each.strip()}" for each in ATTRIBUTES.split(",")]
    files = {"/etc/kea/radius/dictionary": "\n".join([*lines, ""]).encode()}
    libraries = [library("host_cache"), library("radius", parameters)]
    config = {**good(), "hooks-libraries": libraries}
    assert codes(judged(read(text(config), "3.0.4")[0])) == (code,)
    files[HIDDEN] = json.dumps(libraries).encode()
    hidden = text({**config, "hooks-libraries": "LIBRARIES"}).replace('"LIBRARIES"', f'<?include "{HIDDEN}"?>')
    with pytest.raises(LabError, match=complaint):
        lab.config_get("3.0.4", "dhcp4", hidden.encode(), files)
