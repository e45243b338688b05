"""Real Kea servers for the test suite: Debian's 2.2.0, 2.6.3 and 3.0.4, alone or as HA groups, in private namespaces.

    install        unpack the three versions side by side (run once, as root)
    trees          where they are, and why they cannot be used here
    keajson        what the lab reads out of a Kea configuration (independent of the compiler under test)
    namespaces     private network, mount and process namespaces that die with the test run
    plan, network  interfaces, addresses and bridges that a group's configurations ask for; forwarder: NAT
    daemon         one Kea daemon: start, believe it, ask it, kill it
    single         batches of `-t`, one daemon's config-get, batches of config-reload with config-get, reloads of a server in service
    group          any number of servers, a switch and a client; clients: the DHCP clients; web: HTTP(S)
    certificates   a CA and server certificates for mutual TLS
    samples        hand-written configurations that the lab proves itself with

Tests take the `lab` fixture (`tests/conftest.py`) and mark themselves `@pytest.mark.kea`.
"""

from tests.lab.clients import Leases
from tests.lab.errors import LabError
from tests.lab.group import Group, Lab
from tests.lab.single import Loaded, Reloaded, Verdict, check, config_get, reload, reload_in_service
from tests.lab.trees import VERSIONS

__all__ = [
    "VERSIONS",
    "Group",
    "Lab",
    "LabError",
    "Leases",
    "Loaded",
    "Reloaded",
    "Verdict",
    "check",
    "config_get",
    "reload",
    "reload_in_service",
]
