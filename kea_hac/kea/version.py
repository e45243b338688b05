"""Kea's versions: which branches are known, what a written version means, and which features a target has.

The branches and the features are data (`data/versions.json`), each row with its source: a new Kea is a row there. What a row
does not say, a branch inherits from the one before. Ask "has this feature?" or the vocabulary, never "is it newer than …?":
`tests/unit/kea/test_new_branch.py` adds a branch that nothing here knows.

`since` is the first branch that has something, `until` the last one, both included, in every row of every data file: `span` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from kea_hac.records import dataclass
from kea_hac.regex import regex

_DATA: Mapping[str, Any] = orjson.loads((Path(__file__).parent / "data" / "versions.json").read_bytes())
_MEMBERS = {f"V{row['name'].replace('.', '_')}": row["name"] for row in _DATA["branches"]}


class Branch(StrEnum):
    """A branch of Kea, oldest first, as `data/versions.json` lists them: `Branch("2.6")`. The vocabulary is kept per branch."""

    vars().update(_MEMBERS)  # from data, as Period in the Enum HOWTO; so no code can name one

    @property
    def order(self) -> int:
        """0 for the oldest branch."""
        return _ORDER[self]


BRANCHES: tuple[Branch, ...] = tuple(Branch)
_ORDER: Mapping[str, int] = {branch: number for number, branch in enumerate(BRANCHES)}
PROVEN: Mapping[Branch, str] = MappingProxyType(
    {Branch(row["name"]): row["proven"] for row in _DATA["branches"] if "proven" in row}
)
"""The versions that the test suite runs for real. The other branches rest on grammar and documents: `unproven`."""
PREVIEWS: Mapping[Branch, str] = MappingProxyType(
    {Branch(row["name"]): row["preview"] for row in _DATA["branches"] if "preview" in row}
)
"""Branches that ISC has not released as stable yet, and what was read of them. They are never guessed while another will do."""


def preferred(branches: Iterable[Branch]) -> Branch:
    """The newest of some branches: a proven one where there is one, else a stable one. ValueError when there is none."""
    known = frozenset(branches)
    return newest_stable(known & PROVEN.keys() or known)


def newest_stable(branches: Iterable[Branch]) -> Branch:
    """The newest of some branches that is no preview, where there is one. ValueError when there is none at all."""
    known = frozenset(branches)
    return max(known - PREVIEWS.keys() or known, key=lambda branch: branch.order)


def span(row: Mapping[str, Any], within: Iterable[Branch] = BRANCHES) -> frozenset[Branch]:
    """The branches of `within` from the row's `since` to its `until`, both included; without one, there is no limit."""
    since, until = row.get("since"), row.get("until")
    if since is None and until is None:
        return frozenset(within)
    first = Branch(since).order if since else 0
    last = Branch(until).order if until else len(BRANCHES)
    return frozenset(branch for branch in within if first <= branch.order <= last)


_WRITTEN = regex(r"(\d+\.\d+)(?:\.(\d+))?\Z")


@dataclass(frozen=True, slots=True)
class KeaVersion:
    """What a spec asks for: a branch ("2.6": every 2.6.x) or one release of it ("2.6.3")."""

    branch: Branch
    patch: int | None = None
    """The third number; None means every release of the branch."""

    def __str__(self) -> str:
        return self.branch.value if self.patch is None else f"{self.branch}.{self.patch}"

    @property
    def proven(self) -> bool:
        """True when the test suite runs real servers of this branch."""
        return self.branch in PROVEN

    @classmethod
    def parse(cls, text: str) -> KeaVersion:
        """Read "2.6" or "2.6.3". Raises ValueError whose text names the versions that are possible."""
        match = _WRITTEN.match(text)
        if not match or match[1] not in _ORDER:
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
    STEADY_SCOPES = "steady-scopes"
    CHANGES_BY_COMMAND = "changes-by-command"
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
    INTERNAL_OPTION_TYPE = "internal-option-type"
    EMPTY_CLIENT_CLASSES = "empty-client-classes"
    LIBRARY_PATH_AS_WRITTEN = "library-path-as-written"
    RADIUS_VENDOR_ATTRIBUTES = "radius-vendor-attributes"
    CLASSLESS_ROUTES_OPTION = "classless-routes-option"
    TUPLE_LIST_OPTIONS = "tuple-list-options"
    DNR_OPTIONS = "dnr-options"
    VENDOR_OPTIONS_AS_BYTES = "vendor-options-as-bytes"
    LONG_OPTIONS_JOINED = "long-options-joined"
    ONE_ENTERPRISE_VENDOR_CLASS = "one-enterprise-vendor-class"
    CONTAINER_DATA_HIDDEN = "container-data-hidden"
    CLASS_DEFINITIONS_NAMED = "class-definitions-named"
    DATA_DIRECTORY_SHOWN = "data-directory-shown"
    COMPATIBILITY_SHOWN = "compatibility-shown"
    DEADLY_OPTIONS_6 = "deadly-options-6"
    LIBRARIES_NAME_THEIR_PROGRAM = "libraries-name-their-program"
    NESTED_OPTIONS = "nested-options"
    HA_LISTENER_MUST_BIND = "ha-listener-must-bind"
    HA_LISTENER_CHECKS_PASSWORDS = "ha-listener-checks-passwords"


@dataclass(frozen=True, slots=True)
class FeatureSpan:
    """When a feature is there."""

    since: KeaVersion | None
    """The first branch that has it, or its first release that does ("3.3.1"). None: no branch as a whole, see `patches`."""
    until: Branch | None
    """The last branch that has it."""
    source: str
    patches: Mapping[Branch, int]
    """Older branches in which it arrived with a patch release: 2.6 -> 3 means 2.6.3."""
    ended: Mapping[Branch, int]
    """Branches in which a patch release took it away: 2.6 -> 4 means that 2.6.4 has it no more."""


def _feature(row: Mapping[str, Any]) -> FeatureSpan:
    patches, ended = (
        {Branch(key): number for key, number in row.get(name, {}).items()} for name in ("patches", "ended")
    )
    first = row.get("since", BRANCHES[0] if not patches else None)
    until = Branch(row["until"]) if "until" in row else None
    return FeatureSpan(KeaVersion.parse(first) if first else None, until, row["source"], patches, ended)


FEATURES: Mapping[Feature, FeatureSpan] = MappingProxyType(
    {Feature(name): _feature(row) for name, row in _DATA["features"].items()}
)


def has(version: KeaVersion, feature: Feature) -> bool:
    """True when some release that `version` stands for has the feature: what might be refused must be avoided."""
    return _has(version.branch, version.patch, feature)


@cache
def _has(branch: Branch, patch: int | None, feature: Feature) -> bool:
    row = FEATURES[feature]
    if row.until is not None and branch.order > row.until.order:
        return False
    if row.since is not None and branch.order >= row.since.branch.order:
        late = branch is row.since.branch and patch is not None
        return not late or (patch or 0) >= (row.since.patch or 0)
    first, end = row.patches.get(branch), row.ended.get(branch)
    if first is None or patch is None:
        return first is not None
    return patch >= first and (end is None or patch < end)


@cache
def branches_with(feature: Feature) -> frozenset[Branch]:
    """The branches of which some release has a feature."""
    return frozenset(branch for branch in BRANCHES if has(KeaVersion(branch), feature))


def first_branch(feature: Feature) -> Branch:
    """The first branch that has a feature as a whole; the oldest, for one that only came with patch releases."""
    since = FEATURES[feature].since
    return since.branch if since is not None else BRANCHES[0]


def first_with(feature: Feature) -> str:
    """The first versions that have a feature, as a rule names them: "3.0", or "2.4.2, 2.6.3, 3.0"."""
    row = FEATURES[feature]
    fixed = [f"{branch}.{patch}" for branch, patch in row.patches.items()]
    return ", ".join([*fixed, *([str(row.since)] if row.since is not None else [])])


def last_without(feature: Feature) -> str:
    """The last branch that does not have a feature yet."""
    return BRANCHES[first_branch(feature).order - 1]


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
