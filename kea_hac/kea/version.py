"""Kea's versions: which branches are known, what a written version means, and which features a target has.

Ask "has this feature?", never "is it newer than …?": `FEATURES` is the one table, each row with its source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Branch(StrEnum):
    """A stable branch of Kea, oldest first. The vocabulary data is kept per branch."""

    V2_2 = "2.2"
    V2_4 = "2.4"
    V2_6 = "2.6"
    V3_0 = "3.0"
    V3_2 = "3.2"

    @property
    def order(self) -> int:
        """0 for the oldest branch."""
        return BRANCHES.index(self)


BRANCHES: tuple[Branch, ...] = tuple(Branch)
PROVEN: Mapping[Branch, str] = {Branch.V2_2: "2.2.0", Branch.V2_6: "2.6.3", Branch.V3_0: "3.0.4"}
"""The versions that the test suite runs for real. The other branches rest on grammar and documents: `unproven`."""

_WRITTEN = re.compile(r"(\d+\.\d+)(?:\.(\d+))?\Z")


@dataclass(frozen=True, slots=True)
class KeaVersion:
    """What a spec asks for: a branch ("2.6": every 2.6.x) or one release of it ("2.6.3")."""

    branch: Branch
    patch: int | None = None
    """The third number; None means every release of the branch."""

    def __str__(self) -> str:
        return self.branch if self.patch is None else f"{self.branch}.{self.patch}"

    @property
    def proven(self) -> bool:
        """True when the test suite runs real servers of this branch."""
        return self.branch in PROVEN

    @classmethod
    def parse(cls, text: str) -> KeaVersion:
        """Read "2.6" or "2.6.3". Raises ValueError whose text names the versions that are possible."""
        match = _WRITTEN.match(text)
        if not match or match[1] not in list(Branch):
            raise ValueError(
                f"{text!r} is not a Kea version that kea-hac knows; it knows {', '.join(BRANCHES)}, "
                "and each with a third number, such as 2.6.3"
            )
        return cls(Branch(match[1]), int(match[2]) if match[2] else None)


class Feature(StrEnum):
    """Something that some Kea versions can do and others cannot, where the grammar data does not say it."""

    CONTROL_AGENT = "control-agent"
    HTTP_CONTROL_SOCKET = "http-control-socket"
    SECURED_SOCKETS_ONLY = "secured-sockets-only"
    HUB_AND_SPOKE = "hub-and-spoke"
    MULTI_THREADING_BY_DEFAULT = "multi-threading-by-default"
    SUPPORTED_PATHS_ONLY = "supported-paths-only"
    SQL_BY_HOOK = "sql-by-hook"
    SUBNET_ID_MANDATORY = "subnet-id-mandatory"
    CONFIG_HASH = "config-hash"
    STRICT_PASSWORDS = "strict-passwords"
    PREFIXES_WITHOUT_HOST_BITS = "prefixes-without-host-bits"
    IDENTIFIER_LENGTHS = "identifier-lengths"
    EMPTY_RESERVATIONS = "empty-reservations"
    GLOBAL_ADDRESS_IN_SUBNET = "global-address-in-subnet"
    RENEW_OVER_REBIND = "renew-over-rebind"
    PREFERRED_LIFETIME_DERIVED = "preferred-lifetime-derived"
    CACHE_THRESHOLD_ZERO = "cache-threshold-zero"
    MEMFILE_NEVER_RECONNECTS = "memfile-never-reconnects"
    SYSLOG_FACILITY_AS_FILE = "syslog-facility-as-file"
    WIDE_STATISTICS = "wide-statistics"
    EXPONENTS_IN_JSON = "exponents-in-json"


@dataclass(frozen=True, slots=True)
class _Since:
    """The first branch (and the first release of it, and of older branches that got it later) that has a feature."""

    branch: Branch
    source: str
    until: Branch | None = None
    """The first branch that has it no more."""
    patches: Mapping[Branch, int] | None = None
    """Branches in which it arrived with a patch release: 2.6 -> 3 means 2.6.3."""
    ended: Mapping[Branch, int] | None = None
    """Branches in which a patch release took it away: 2.6 -> 4 means that 2.6.4 has it no more."""


FEATURES: Mapping[Feature, _Since] = {
    Feature.CONTROL_AGENT: _Since(Branch.V2_2, "removed in 3.1 (ChangeLog 2458)", until=Branch.V3_2),
    Feature.HTTP_CONTROL_SOCKET: _Since(Branch.V3_0, "ChangeLog 2271 (2.7.2)"),
    Feature.SECURED_SOCKETS_ONLY: _Since(Branch.V3_2, "ChangeLog 2377 (3.1.0); absent in the code of 3.0.4"),
    Feature.HUB_AND_SPOKE: _Since(Branch.V2_6, "ChangeLog 2199 (2.5.6)"),
    Feature.MULTI_THREADING_BY_DEFAULT: _Since(Branch.V2_4, "ChangeLog 2103 and 2124 (2.3.5); seen on 2.2.0 and 2.6.3"),
    Feature.SUPPORTED_PATHS_ONLY: _Since(
        Branch.V3_0, "CVE-2025-32801 to 32803; seen on 2.6.3 and 3.0.4", patches={Branch.V2_4: 2, Branch.V2_6: 3}
    ),
    Feature.SQL_BY_HOOK: _Since(Branch.V3_0, "ChangeLog 2289 (2.7.4); seen on 3.0.4"),
    Feature.SUBNET_ID_MANDATORY: _Since(Branch.V2_6, "ChangeLog 2232 (2.5.8); seen on 2.6.3"),
    Feature.CONFIG_HASH: _Since(Branch.V2_4, "ChangeLog 2155 (2.3.8); seen on 2.6.3"),
    Feature.STRICT_PASSWORDS: _Since(Branch.V3_0, "ChangeLog 2323 (2.7.6)"),
    Feature.PREFIXES_WITHOUT_HOST_BITS: _Since(
        Branch.V2_4, "ChangeLog 2082 (2.3.4): pools, pd-pools and reserved prefixes; seen on 2.2.0 and 2.6.3"
    ),
    Feature.IDENTIFIER_LENGTHS: _Since(
        Branch.V2_4, "ChangeLog 2061 (2.3.1); DUIDs of 3 to 130 bytes in duid.h of 2.4.2; seen on 2.2.0 and 2.6.3"
    ),
    Feature.EMPTY_RESERVATIONS: _Since(
        Branch.V2_4, "CfgHosts::add4 of 2.4.2 asks for no resource any more; seen on 2.2.0 and 2.6.3"
    ),
    Feature.GLOBAL_ADDRESS_IN_SUBNET: _Since(Branch.V2_4, "ChangeLog 2099 (2.3.5)"),
    Feature.RENEW_OVER_REBIND: _Since(
        Branch.V2_4, "a WARN instead of a refusal in base_network_parser.cc of 2.4.2; seen on 2.2.0 and 2.6.3"
    ),
    Feature.PREFERRED_LIFETIME_DERIVED: _Since(
        Branch.V2_4, "ChangeLog 2136 (2.3.8): 0.625 of valid-lifetime instead of 3600; seen on 2.2.0 and 2.6.3"
    ),
    Feature.CACHE_THRESHOLD_ZERO: _Since(Branch.V3_0, "ChangeLog 2360 (2.7.8); seen on 2.6.3 and 3.0.4"),
    Feature.MEMFILE_NEVER_RECONNECTS: _Since(
        Branch.V3_2, "ChangeLog 2397 (3.0.4); seen on 2.6.3 and 3.0.4", patches={Branch.V3_0: 4}
    ),
    Feature.WIDE_STATISTICS: _Since(Branch.V2_6, "ChangeLog 2134 (2.3.8), and 2183 (2.5.3) for the control agent"),
    Feature.EXPONENTS_IN_JSON: _Since(
        Branch.V3_2,
        "DoubleElement::toJSON in data.cc: before, 0.00001 is printed as `1e-05.0`; seen on 2.2.0, 2.6.3 and 3.0.4",
        patches={Branch.V3_0: 4},
    ),
    Feature.SYSLOG_FACILITY_AS_FILE: _Since(
        Branch.V3_0,
        "log_parser.cc of 2.4.2 and 2.6.3 takes `syslog:local0` for the name of a file; seen on 2.6.3, mended in 2.6.4",
        until=Branch.V3_0,
        patches={Branch.V2_4: 2, Branch.V2_6: 3},
        ended={Branch.V2_6: 4},
    ),
}


def has(version: KeaVersion, feature: Feature) -> bool:
    """True when some release that `version` stands for has the feature: what might be refused must be avoided."""
    row = FEATURES[feature]
    if row.until is not None and version.branch.order >= row.until.order:
        return False
    if version.branch.order >= row.branch.order:
        return True
    first = (row.patches or {}).get(version.branch)
    end = (row.ended or {}).get(version.branch)
    if first is None or version.patch is None:
        return first is not None
    return version.patch >= first and (end is None or version.patch < end)


def first_with(feature: Feature) -> str:
    """The first versions that have a feature, as a rule says them: "3.0", or "2.4.2, 2.6.3, 3.0"."""
    row = FEATURES[feature]
    fixed = [f"{branch}.{patch}" for branch, patch in (row.patches or {}).items()]
    return ", ".join([*fixed, row.branch.value])


def last_without(feature: Feature) -> str:
    """The last branch that has a feature not yet."""
    return BRANCHES[FEATURES[feature].branch.order - 1]


def within(version: KeaVersion, since: str, until: str) -> bool:
    """True when some release that `version` stands for lies between the two, both included; empty: no limit.

    `since` may name the first release of several branches, oldest first: "2.4.2, 2.6.3, 3.0".
    """
    if until and version.branch.order > KeaVersion.parse(until).branch.order:
        return False
    firsts = [KeaVersion.parse(each.strip()) for each in since.split(",") if each.strip()]
    for first in firsts:
        if first.branch is version.branch:
            return version.patch is None or version.patch >= (first.patch or 0)
    return not firsts or version.branch.order > max(first.branch.order for first in firsts)
