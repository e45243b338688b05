"""What other tools review in a configuration of Kea, and which of our rules says it: Stork's checks and KEALint's rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kea_hac import lint
from kea_hac.kea.version import KeaVersion
from kea_hac.rule_list import all_rules

Config = dict[str, Any]
STORK: Mapping[str, tuple[str, ...]] = {
    "lease_cmds_presence": ("lease-commands-missing", "lease-commands-library-missing"),
    "host_cmds_presence": ("host-commands-missing",),
    "dispensable_shared_network": ("shared-network-of-one",),
    "dispensable_subnet": ("subnet-of-nobody",),
    "out_of_pool_reservation": ("reservations-all-outside-pools",),
    "overlapping_subnet": ("subnets-overlap",),
    "canonical_prefix": ("subnet-with-host-bits",),
    "ha_mt_presence": ("updates-through-one-thread", "multi-threading-off-under-listener"),
    "ha_dedicated_ports": ("updates-through-one-thread", "port-taken-twice", "no-channel-to-the-partner"),
    "address_pools_exhausted_by_reservations": ("pool-filled-by-reservations",),
    "pd_pools_exhausted_by_reservations": ("pool-filled-by-reservations",),
    "subnet_cmds_and_cb_mutual_exclusion": ("subnet-commands-beside-config-backend",),
    "statistics_unavailable_due_to_number_overflow": ("too-many-to-count",),
    "agent_credentials_over_https": ("authentication-without-tls",),
    "ca_control_sockets": ("agent-without-servers",),
}
"""The checkers that Stork's server registers, and the rules that find the same."""

KEALINT: Mapping[str, tuple[str, ...]] = {
    "NotSelectFLQAllocatorInGlobalLevelConfig": ("free-lease-queue-everywhere",),
    "NotValidLifetimeForAdditionalClassesRule": ("late-class-lifetime",),
    "NotRecommendedPrefixAFTER_ClassesRule": ("class-named-after",),
    "NoAllControlSocketsSpecifiedRule": ("agent-without-servers",),
    "NotLocalIPWithoutHTTPSRule": ("agent-without-authentication", "authentication-without-tls"),
    "NotDDNSQualifyingSuffixWithEnabledDDNSUpdatesRule": ("ddns-without-suffix",),
    "BadHooksOrderRule": ("hook-libraries-out-of-order", "radius-access-without-host-cache"),
    "MoreOneObjectConfigHARule": ("several-relationships-too-early",),
    "MultithreadingModesNotEqualInConfigAndHARule": (
        "multi-threading-off-under-listener",
        "updates-through-one-thread",
    ),
    "NoActivatedHostCacheHookForRADIUSHookRule": ("radius-access-without-host-cache",),
    "NoActivatedHostCMDsHookForDatabaseBackendRule": ("host-commands-missing",),
    "NoMatchClientIdForFlexIDHookRule": ("flexible-client-id-not-used",),
    "UnnecessaryActivatedDatabaseHooksRule": ("database-library-without-database",),
    "NoInterfacesInInterfacesConfigRule": ("no-interface",),
    "LeaseSanityChecksEnabledForNotMemfileBackend": ("sanity-checks-without-memfile",),
    "NoEnabledPersistFlagForMemfileLeases": ("leases-not-kept",),
    "NotChangeStopRetryExitStrategyOnFailRule": ("served-without-lease-database",),
    "NoLinebreakMessagesLoggersRule": ("bad-log-pattern",),
    "NoPercentMMessagesLoggersRule": ("bad-log-pattern",),
    "NoEnableQueueAndMultithreadingTogetherRule": ("queue-under-multi-threading",),
    "AllReservationsOutOfPoolsRule": ("reservations-all-outside-pools",),
    "DisabledInSubnetReservationsWithEnabledOutOfPool": ("out-of-pool-without-reservations",),
    "GlobalReservationsOccupyDynamicPoolsRule": ("in-pool-reservation-unprotected",),
    "InterfaceOrRelaysInsideSubnetsSharedNetworksRule": ("interfaces-differ-in-shared-network",),
    "MissingSubnetIdSharedNetworksWithHostDatabases": ("subnet-id-missing",),
    "OneSubnetInSharedNetworksRule": ("shared-network-of-one",),
    "SubnetsOverlappingRule": ("subnets-overlap",),
    "SubnetsPoolsIntersectionRule": ("subnets-overlap", "pools-overlap"),
    "SubnetWithoutPoolsAndReservationsRule": ("subnet-of-nobody",),
}
NOT_OURS: Mapping[str, str] = {
    "NotSelectIterativeAllocatorForSharedLeaseDatabase": "a file does not say who shares its database",
    "EvaluateRequiredAsAdditionalClassesRule": "Kea evaluates such a class twice, which changes nothing",
    "NotLocalIPAddressInD2ServerConfigRule": "kea-hac does not check the configuration of kea-dhcp-ddns: skipped, and counted",
    "BadTKeyGSSTSIGHookTimeoutsRule": "kea-dhcp-ddns",
    "NoCredentialsCacheAndKeytabTogetherInGSSTSIGRule": "kea-dhcp-ddns",
    "NoBasicHTTPAuthInHAPeersRule": "a dedicated listener never asks for a password (HA-46): mutual TLS is asked for instead",
    "UseUsrCheckHookRule": "taste",
    "NoDebugLoggersRule": "taste: who looks for a fault wants them",
    "IncompleteOctetsBytesInOptionValuesRule": "Kea reads single digits as bytes, as its manual says",
    "SpecifiedKEAManagedOptionsRule": "Kea lets some of them be set with good reason: the mask, its own identifier",
    "SameHostReservationsInDifferentSubnetsSharedNetworksRule": "the manual describes it, with classes that choose the subnet",
}


def test_every_review_is_a_rule_of_ours() -> None:
    assert len(STORK) == 15
    names = {rule.name for rule in all_rules().values()}
    assert {name for table in (STORK, KEALINT) for names_ in table.values() for name in names_} <= names
    assert not KEALINT.keys() & NOT_OURS.keys()


def found(tmp_path: Path, config: Config, version: str = "2.6", top: str = "Dhcp4") -> set[str]:
    """The rules that lint finds broken in a file."""
    path = tmp_path / "kea.conf"
    path.write_text(json.dumps({top: config}), "utf-8")
    return {each.rule.name for each in lint([path], KeaVersion.parse(version)).report.diagnostics}


POOL = [{"pool": "192.0.2.100 - 192.0.2.101"}]
HOSTS = [{"hw-address": f"08:00:27:00:00:0{n}", "ip-address": f"192.0.2.10{n}"} for n in (0, 1)]
PD = {"prefix": "2001:db8:8::", "prefix-len": 56, "delegated-len": 57}
TAKEN = [{"duid": "01:02:03", "prefixes": ["2001:db8:8::/57", "2001:db8:8:80::/57"]}]
CASES: Mapping[str, tuple[int, str, list[Config]]] = {
    "dispensable_subnet": (4, "2.6", [{"subnet": "192.0.2.0/24"}]),
    "out_of_pool_reservation": (4, "2.6", [{"subnet": "192.0.2.0/24", "pools": [{"pool": "192.0.2.8/29"}], "reservations": HOSTS}]),
    "overlapping_subnet": (4, "2.6", [{"subnet": "192.0.2.0/24"}, {"subnet": "192.0.2.128/25"}]),
    "canonical_prefix": (4, "2.6", [{"subnet": "192.0.2.1/24"}]),
    "address_pools_exhausted_by_reservations": (4, "2.6", [{"subnet": "192.0.2.0/24", "pools": POOL, "reservations": HOSTS}]),
    "pd_pools_exhausted_by_reservations": (6, "2.6", [{"subnet": "2001:db8::/64", "pd-pools": [PD], "reservations": TAKEN}]),
    "statistics_unavailable_due_to_number_overflow": (6, "2.4", [{"subnet": "2001:db8::/48", "pools": [{"pool": "2001:db8::/64"}]}]),
}  # fmt: skip


@pytest.mark.parametrize("check", CASES)
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "in a shared network"])
def test_subnets_are_reviewed_wherever_they_stand(tmp_path: Path, check: str, shared: bool) -> None:
    family, version, subnets = CASES[check]
    key = f"subnet{family}"
    numbered = [{"id": number, **subnet} for number, subnet in enumerate(subnets, 1)]
    config: Config = {"shared-networks": [{"name": "floor", key: numbered}]} if shared else {key: numbered}
    assert set(STORK[check]) & found(tmp_path, config, version, f"Dhcp{family}")


def one(**more: Any) -> Config:
    return {"subnet4": [{"id": 1, "subnet": "192.0.2.0/24", "pools": POOL, **more}]}


@pytest.mark.parametrize(
    ("config", "absent"),
    [
        (one(reservations=HOSTS[:1]), "pool-filled-by-reservations"),
        (one(reservations=[{"hw-address": "08:00:27:00:00:09", "ip-address": "192.0.2.9"}, *HOSTS]), "reservations-all-outside-pools"),
        ({"subnet4": [{"id": 1, "subnet": "192.0.2.0/24"}], "hosts-databases": [{"type": "mysql"}]}, "subnet-of-nobody"),
        ({"reservations-global": True, "reservations": HOSTS, **one(**{"reservations-global": False})}, "in-pool-reservation-unprotected"),
        ({"reservations": HOSTS, **one()}, "in-pool-reservation-unprotected"),
        ({"reservations-in-subnet": False, **one(**{"reservations-in-subnet": True, "reservations-out-of-pool": True})}, "out-of-pool-without-reservations"),
        ({"dhcp-ddns": {"enable-updates": True}, **one(**{"ddns-qualifying-suffix": "example.org"})}, "ddns-without-suffix"),
        ({"loggers": [{"name": "kea-dhcp4", "output-options": [{"output": "syslog", "pattern": "%m"}]}]}, "bad-log-pattern"),
    ],
)  # fmt: skip
def test_where_nothing_is_amiss(tmp_path: Path, config: Config, absent: str) -> None:
    assert absent not in found(tmp_path, config)


@pytest.mark.parametrize(
    ("prefixes", "filled"),
    [
        (["2001:db8:8::/57", "2001:db8:8:80::/57"], True),
        (["2001:db8:8::/58", "2001:db8:8:80::/57"], True),
        (["2001:db8:8::/58", "2001:db8:8:40::/58"], False),
        (["2001:db8:8::/57"], False),
    ],
)
def test_a_delegation_is_counted_in_prefixes(tmp_path: Path, prefixes: list[str], filled: bool) -> None:
    subnet = {
        "id": 1,
        "subnet": "2001:db8::/64",
        "pd-pools": [PD],
        "reservations": [{"duid": "01:02:03", "prefixes": prefixes}],
    }
    assert ("pool-filled-by-reservations" in found(tmp_path, {"subnet6": [subnet]}, top="Dhcp6")) is filled


def test_an_unprotected_reservation_shows_the_pool(tmp_path: Path) -> None:
    path = tmp_path / "kea.conf"
    path.write_text(
        json.dumps({"Dhcp4": one(**{"reservations-out-of-pool": True, "reservations": HOSTS[:1]})}), "utf-8"
    )
    (finding,) = (
        each for each in lint([path], KeaVersion.parse("2.6")).report.diagnostics if each.rule.code == "KH317"
    )
    assert finding.message == "the reserved address 192.0.2.100 lies in a pool, and reservations-out-of-pool is true"
    assert finding.related[0][1] == "the pool"


AGENT: Config = {"control-sockets": {"dhcp4": {"socket-type": "unix", "socket-name": "/run/kea/s"}}}
BASIC = {"type": "basic", "clients": [{"user": "kea", "password-file": "pw"}]}
TLS = {"trust-anchor": "ca.pem", "cert-file": "c.pem", "key-file": "k.pem"}


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({**AGENT, "http-host": "192.0.2.1"}, "agent-without-authentication"),
        ({**AGENT, "http-host": "192.0.2.1", "authentication": BASIC}, "authentication-without-tls"),
        ({**AGENT, "http-host": "192.0.2.1", "cert-required": False, **TLS}, "agent-without-authentication"),
        ({**AGENT, "http-host": "192.0.2.1", **TLS}, None),
        ({**AGENT, "http-host": "127.0.0.1"}, None),
        (AGENT, None),
        ({"http-port": 8000}, "agent-without-servers"),
    ],
)
def test_the_agent(tmp_path: Path, config: Config, name: str | None) -> None:
    assert found(tmp_path, config, top="Control-agent") == ({name} if name else set())
