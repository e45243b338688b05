"""Parameters of the hook libraries in Kea's open source tree, as their load functions and parsers take them.

Read from the sources at Kea 2.2.0, 2.6.5, 3.0.4 and 3.2.0; what a library does with a key that it does not know was tried
on real servers. A library that was premium before 3.0 is described from 3.0 on. `libdhcp_ha` has a vocabulary of its own
(`grammar.program("ha")`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kea_hac.kea.grammar import Kind
from kea_hac.kea.hooks import Shipping, shipping, short_name
from kea_hac.kea.version import Branch

_UINT32 = 4294967295
WHOLE = 9223372036854775807


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key."""

    kind: Kind
    low: int | None = None
    high: int | None = None
    words: tuple[str, ...] = ()
    below: Parameters | None = None
    """What a map holds, or each map of a list."""
    items: Parameter | None = None
    """What else a list holds."""
    address: bool = False
    """A text that must be an address of the daemon's family."""
    form: str | None = None
    """A regular expression for the whole of a text."""
    example: str = ""
    """A text of that form."""
    filled: bool = False
    """True where an empty text or list is refused."""
    required: bool = False
    since: Branch = Branch.V2_2
    until: Branch = Branch.V3_2
    """The last branch that has it."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """One map of parameters."""

    keys: Mapping[str, Parameter]
    strict: bool = False
    """True where an unknown key is refused; else it is ignored without a word."""
    open: bool = False
    """True where other keys may mean something that is not known here: they are not judged."""
    needed: bool = False
    """True where the library refuses to load without a `parameters` map."""
    forbidden: bool = False
    """True where it refuses to load with one."""
    one_of: tuple[tuple[str, ...], ...] = ()
    """Groups of keys of which at least one must be there."""
    only_one: tuple[str, ...] = ()
    """Keys that exclude each other."""

    def at(self, branch: Branch) -> Parameters:
        """The same for one branch."""
        known = {
            key: replace(one, below=one.below.at(branch)) if one.below else one
            for key, one in self.keys.items()
            if one.since.order <= branch.order <= one.until.order
        }
        return replace(self, keys=known)


_TEXT = Parameter(Kind.STRING)
_FLAG = Parameter(Kind.BOOLEAN)
_COUNT = Parameter(Kind.INTEGER, 0, WHOLE)
_POSITIVE = Parameter(Kind.INTEGER, 1, WHOLE)
_COUNT32 = Parameter(Kind.INTEGER, 0, _UINT32)
_NEEDED = Parameter(Kind.STRING, required=True)
_NOTHING = Parameters({})

_FLEX_SUB_OPTION = Parameters(
    {
        "code": Parameter(Kind.INTEGER, 0, 65535),
        "name": Parameter(Kind.STRING, filled=True),
        "space": _TEXT,
        "csv-format": _FLAG,
        "add": Parameter(Kind.STRING, filled=True),
        "supersede": Parameter(Kind.STRING, filled=True),
        "remove": Parameter(Kind.STRING, filled=True),
        "container-add": _FLAG,
        "container-remove": _FLAG,
        "client-class": _TEXT,
        "comment": _TEXT,
    },
    strict=True,
    one_of=(("code", "name"), ("add", "supersede", "remove")),
    only_one=("add", "supersede", "remove"),
)
_FLEX_OPTION = Parameters(
    {
        **{key: one for key, one in _FLEX_SUB_OPTION.keys.items() if not key.startswith("container")},
        "sub-options": Parameter(Kind.LIST, below=_FLEX_SUB_OPTION),
    },
    strict=True,
    one_of=(("code", "name"), ("add", "supersede", "remove", "sub-options")),
    only_one=("add", "supersede", "remove", "sub-options"),
)
_BINDING_VARIABLE = Parameters(
    {
        "name": Parameter(Kind.STRING, filled=True, required=True),
        "expression": Parameter(Kind.STRING, filled=True, required=True),
        "source": Parameter(Kind.ENUM, words=("query", "response"), required=True),
    },
    strict=True,
)
_DURATION = Parameters(
    {
        "query-type": _NEEDED,
        "response-type": _NEEDED,
        "start-event": _NEEDED,
        "stop-event": _NEEDED,
        "subnet-id": Parameter(Kind.INTEGER),
    },
    strict=True,
)
_ALARM = Parameters(
    {
        "duration-key": Parameter(Kind.MAP, below=_DURATION, required=True),
        "enable-alarm": _FLAG,
        "high-water-ms": replace(_POSITIVE, required=True),
        "low-water-ms": replace(_POSITIVE, required=True),
    },
    strict=True,
)
_BULK_QUERY = Parameters(
    {
        "bulk-query-enabled": _FLAG,
        "active-query-enabled": _FLAG,
        "extended-info-tables-enabled": _FLAG,
        "lease-query-ip": _TEXT,
        "lease-query-tcp-port": Parameter(Kind.INTEGER, 1, 65535),
        "max-bulk-query-threads": _COUNT,
        "max-requester-connections": _POSITIVE,
        "max-concurrent-queries": _COUNT,
        "max-requester-idle-time": Parameter(Kind.INTEGER, 1, 2147483),
        "max-leases-per-fetch": _POSITIVE,
        "trust-anchor": _TEXT,
        "cert-file": _TEXT,
        "key-file": _TEXT,
        "cert-required": _FLAG,
        "comment": _TEXT,
    },
    strict=True,
)
_RADIUS_SERVER = Parameters(
    {"name": _NEEDED, "port": Parameter(Kind.INTEGER, 0, 65535), "secret": replace(_NEEDED, until=Branch.V3_0)},
    open=True,
)
_RADIUS_ATTRIBUTE = Parameters(
    {
        "name": Parameter(Kind.STRING, filled=True),
        "type": Parameter(Kind.INTEGER, 0, 255),
        **dict.fromkeys(("data", "raw", "expr"), _TEXT),
    },
    open=True,
    one_of=(("name", "type"),),
    only_one=("data", "raw", "expr"),
)
_NAS_PORT = Parameters(
    {
        "port": Parameter(Kind.INTEGER, required=True),
        "subnet-id": Parameter(Kind.INTEGER),
        "subnet-prefix": _TEXT,
        "shared-network-name": _TEXT,
    },
    open=True,
)
_RADIUS_SERVICE: dict[str, Parameter] = {
    "enabled": replace(_FLAG, since=Branch.V3_2),
    "servers": Parameter(Kind.LIST, below=_RADIUS_SERVER),
    "attributes": Parameter(Kind.LIST, below=_RADIUS_ATTRIBUTE),
    "idle-timer-interval": replace(_COUNT, since=Branch.V3_2),
}
_RADIUS_ACCESS = Parameters({**_RADIUS_SERVICE, "max-pending-requests": _COUNT}, strict=True)
_RADIUS_ACCOUNTING = Parameters({**_RADIUS_SERVICE, "peer-updates": _FLAG}, strict=True)
_HOST_IDENTIFIER = Parameter(Kind.ENUM, words=("hw-address", "duid", "circuit-id", "client-id", "flex-id"))
_RADIUS = Parameters(
    {
        "access": Parameter(Kind.MAP, below=_RADIUS_ACCESS),
        "accounting": Parameter(Kind.MAP, below=_RADIUS_ACCOUNTING),
        "tls": Parameter(Kind.MAP, since=Branch.V3_2),
        "protocol": replace(_TEXT, since=Branch.V3_2),
        "use-message-authenticator": replace(_FLAG, since=Branch.V3_2),
        "bindaddr": _TEXT,
        "canonical-mac-address": _FLAG,
        "client-id-pop0": _FLAG,
        "client-id-printable": _FLAG,
        "deadtime": _COUNT32,
        "dictionary": _TEXT,
        "extract-duid": _FLAG,
        "identifier-type4": _HOST_IDENTIFIER,
        "identifier-type6": _HOST_IDENTIFIER,
        "nas-ports": Parameter(Kind.LIST, below=_NAS_PORT),
        "realm": replace(_TEXT, until=Branch.V3_0),
        "reselect-subnet-address": _FLAG,
        "reselect-subnet-pool": _FLAG,
        "retries": _COUNT32,
        "session-history": _TEXT,
        "thread-pool-size": Parameter(Kind.INTEGER),
        "timeout": Parameter(Kind.INTEGER, 0, WHOLE // 1000),
        "comment": _TEXT,
    },
    strict=True,
)
_LEGAL_LOG = Parameters(
    {
        **dict.fromkeys(
            ("user", "password", "host", "name", "trust-anchor", "cert-file", "key-file", "cipher-list"), _TEXT
        ),
        "type": Parameter(Kind.ENUM, words=("logfile", "syslog", "mysql", "postgresql")),
        **dict.fromkeys(("pattern", "facility", "path", "prerotate", "postrotate"), _TEXT),
        **dict.fromkeys(("request-parser-format", "response-parser-format", "timestamp-format"), _TEXT),
        **dict.fromkeys(("connect-timeout", "reconnect-wait-time", "max-reconnect-tries"), _COUNT32),
        **dict.fromkeys(("read-timeout", "write-timeout", "tcp-user-timeout", "count"), _COUNT32),
        "base-name": Parameter(Kind.STRING, filled=True),
        "time-unit": Parameter(Kind.ENUM, words=("second", "day", "month", "year")),
        "tcp-nodelay": replace(_FLAG, until=Branch.V3_0),
        "retry-on-startup": _FLAG,
        "ssl-mode": replace(_TEXT, since=Branch.V3_2),
        "on-fail": Parameter(Kind.ENUM, words=("stop-retry-exit", "serve-retry-exit", "serve-retry-continue")),
        "port": Parameter(Kind.INTEGER, 0, 65535),
    }
)

_PING_CHECK = Parameters(
    {
        "enable-ping-check": _FLAG,
        "min-ping-requests": _POSITIVE,
        "reply-timeout": _POSITIVE,
        "ping-cltt-secs": _COUNT,
        "ping-channel-threads": _COUNT,
    },
    strict=True,
)
_LIMITS = Parameters(
    {
        "address-limit": _COUNT32,
        "prefix-limit": _COUNT32,
        "rate-limit": Parameter(
            Kind.STRING,
            form=r" *[0-9]+ packets? per (second|minute|hour|day|week|month|year)",
            example="10 packets per second",
        ),
    }
)

PARAMETERS: Mapping[str, Parameters] = {
    **dict.fromkeys(("bootp", "class_cmds", "host_cmds", "stat_cmds", "subnet_cmds", "user_chk"), _NOTHING),
    **dict.fromkeys(("mysql", "pgsql", "mysql_cb", "pgsql_cb"), _NOTHING),
    "lease_cmds": Parameters({"binding-variables": Parameter(Kind.LIST, below=_BINDING_VARIABLE, since=Branch.V3_0)}),
    "flex_id": Parameters(
        {
            "identifier-expression": Parameter(Kind.STRING),
            "replace-client-id": _FLAG,
            "ignore-iaid": _FLAG,
        }
    ),
    "flex_option": Parameters({"options": Parameter(Kind.LIST, below=_FLEX_OPTION, required=True)}, needed=True),
    "run_script": Parameters({"name": _NEEDED, "sync": _FLAG}, needed=True),
    "limits": Parameters({}, forbidden=True),
    "ping_check": replace(_PING_CHECK, needed=True),
    "perfmon": Parameters(
        {
            "enable-monitoring": _FLAG,
            "interval-width-secs": _POSITIVE,
            "stats-mgr-reporting": _FLAG,
            "alarm-report-secs": _COUNT,
            "alarms": Parameter(Kind.LIST, below=_ALARM),
        },
        strict=True,
    ),
    "ddns_tuning": Parameters({"hostname-expr": _TEXT}, needed=True),
    "host_cache": Parameters(
        {"host-cache": Parameter(Kind.MAP, below=Parameters({"maximum": Parameter(Kind.INTEGER, 0, 1000000000)}))}
    ),
    "lease_query": Parameters(
        {
            "requesters": Parameter(Kind.LIST, items=Parameter(Kind.STRING, address=True), filled=True, required=True),
            "advanced": Parameter(Kind.MAP, below=_BULK_QUERY),
            "comment": _TEXT,
            "prefix-lengths": Parameter(Kind.LIST, items=Parameter(Kind.INTEGER, 1, 128)),
        },
        strict=True,
        needed=True,
    ),
    "legal_log": _LEGAL_LOG,
    "radius": _RADIUS,
}
"""By short name."""

IN_USER_CONTEXT: Mapping[str, tuple[str, Parameters]] = {
    "limits": ("limits", _LIMITS),
    "ping_check": ("ping-check", _PING_CHECK),
    "ddns_tuning": ("ddns-tuning", Parameters({"hostname-expr": _TEXT})),
}
"""Libraries that read the user-context of subnets (limits: of classes as well): the key there, and what is below it."""

DHCP4_ONLY = frozenset({"bootp", "ping_check"})
"""Libraries that kea-dhcp6 refuses (their load functions)."""


def parameters_of(library: str, branch: Branch) -> Parameters | None:
    """What a library takes in a branch. None when nothing is known of it there: premium, foreign, or not shipped."""
    known = PARAMETERS.get(short_name(library))
    if known is None or shipping(library, branch) is not Shipping.OPEN_SOURCE:
        return None
    if short_name(library) == "flex_id" and branch.order < Branch.V3_2.order:
        # optional from 3.2 on
        needed = {**known.keys, "identifier-expression": _NEEDED}
        return replace(known, keys=needed, needed=True)
    return known.at(branch)
