"""Document → SpecFile: the keys of kea-hac are read with pydantic, Kea's keys with the vocabulary.

Nothing is resolved or judged here. A mistake of shape is reported, and reading continues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from kea_hac.diagnostics import REMOVE_IT, Finding, FindingSink, Route, Severity, rename_it, rule, set_it
from kea_hac.kea.config import FAMILIES, Block, Once
from kea_hac.kea.grammar import program
from kea_hac.kea.high_availability import PARTNER_ROLES
from kea_hac.kea.mistakes import MISSING_KEY, UNKNOWN_KEY
from kea_hac.kea.reading import read_block
from kea_hac.kea.suggest import nearest
from kea_hac.kea.version import KeaVersion
from kea_hac.records import dataclass
from kea_hac.source.document import Document, Map, Plain, Seq, Value, value_at, walk
from kea_hac.source.limits import DEFAULT_LIMITS
from kea_hac.spec.families import FAMILY_KEYS, aligning, by_family, only, view, view_map
from kea_hac.spec.guesses import guessed_routes
from kea_hac.spec.high_availability import DERIVED_KEY, RELATIONSHIP_KEYS, HighAvailability, read_high_availability
from kea_hac.spec.pair import (
    HEAD_KEYS,
    PARTNER,
    SERVER_FAMILY_KEYS,
    SERVER_HEAD_KEYS,
    Head,
    ServerFamilySpec,
    ServerHead,
)
from kea_hac.spec.scalars import display
from kea_hac.spec.shape import MISSING_SPEC_KEY, WRONG_VALUE, beyond_limit, shape_parts, unknown_keys

MAY_NOT_DIFFER = rule(
    "KH801",
    "server-value-may-not-differ",
    why="When partners have different subnets, options or timers, a client gets different answers from each "
    "server. Kea never compares the two configurations.",
    source="the spec language; Kea ARM, 'Supported Configurations' of the HA library",
)
RESERVED_KEY = rule(
    "KH105",
    "reserved-key",
    why="The key is reserved for a later version of the spec language. Today it has no effect.",
    source="the spec language",
)

NOT_SERVED = rule(
    "KH111",
    "family-not-served",
    why="The spec does not serve this family, so these values would have no effect.",
    source="the spec language",
    rests_on=("dhcp4", "dhcp6"),
)

MAY_DIFFER = (
    "interfaces-config",
    "control-sockets",
    "lease-database",
    "hosts-databases",
    "config-control",
    "hooks-libraries",
    "loggers",
    "multi-threading",
    "dhcp-queue-control",
    "server-tag",
    "server-id",
    "dhcp-ddns",
)
"""The published list: what a server may say for itself in `dhcp4` and `dhcp6`."""
AGENT_MAY_DIFFER = ("trust-anchor", "cert-file", "key-file", "authentication", "loggers", "hooks-libraries")
"""What a server may say for itself in `control-agent`: files and names of its own."""
OLD_MAY_DIFFER = frozenset({"control-socket", "hosts-database"})
_DERIVED_PEER = ("name", "url", "role")
_BODY = ("servers", "high-availability", "control-agent", "dhcp4", "dhcp6")
_STAND_IN = {"kea-hac": "1", "pair": "unnamed"}
TOP_KEYS = HEAD_KEYS | set(_BODY)
PEER_KEYS = frozenset(program("ha").scopes["peer"].keywords) - set(_DERIVED_PEER)
SERVER_KEYS = SERVER_HEAD_KEYS | SERVER_FAMILY_KEYS | PEER_KEYS | {"dhcp4", "dhcp6", "control-agent"}


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """One item of `servers`, as written."""

    at: Route
    head: ServerHead
    server_families: Mapping[str, ServerFamilySpec]
    """By family: "dhcp4", "dhcp6", for the families that the spec serves."""
    peer_keys: Mapping[str, Block]
    """By family: Kea's own peer keys (auto-failover, basic-auth-user …)."""
    overrides: Mapping[str, Block]
    """By family: the values that this server has for itself, of the keys that may differ. None removes a key."""
    agent: bool
    """False when the server has `control-agent: false`."""
    broken: frozenset[str]
    """Keys with mistakes: what depends on them is not judged."""
    agent_own: Block | None = None
    """This server's own values for the agent, merged over the pair's: keys of AGENT_MAY_DIFFER. None removes a key."""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A spec as written: typed, in document order, nothing derived."""

    document: Document
    head: Head | None
    """None when it is in another version of the language."""
    servers: tuple[ServerSpec, ...]
    """Those that have a name."""
    high_availability: HighAvailability
    control_agent: Block | None
    dhcp: Mapping[str, Block]
    """By family: the pair's Dhcp4 and Dhcp6 maps."""
    broken: frozenset[str]
    """Keys of kea-hac at the top that have mistakes: what depends on them is not judged, and nothing is compiled."""
    once: Once = field(default_factory=Once, compare=False, repr=False)
    """What was found in its lists, by rules and by what is made of it."""

    @property
    def guessed(self) -> frozenset[Route]:
        """The `kea` and `platform` keys that a comment marks as guessed."""
        return guessed_routes(self.document)

    @property
    def guessed_version(self) -> KeaVersion | None:
        """The first version that is marked as guessed."""
        return next(
            (version for at, version in self._written_versions() if (*at, "kea") in self.guessed and version), None
        )

    def with_guessed_version(self, version: KeaVersion) -> SpecFile:
        """The same spec with another version wherever one is guessed."""
        guessed = self.guessed
        head = self.head
        if head is not None and ("kea",) in guessed:
            head = head.model_copy(update={"kea": version})
        servers = tuple(
            replace(server, head=server.head.model_copy(update={"kea": version}))
            if (*server.at, "kea") in guessed
            else server
            for server in self.servers
        )
        return replace(self, head=head, servers=servers)

    def with_version(self, version: KeaVersion) -> SpecFile:
        """The same spec with another version for all its servers."""
        head = self.head.model_copy(update={"kea": version}) if self.head is not None else None
        servers = tuple(replace(server, head=server.head.model_copy(update={"kea": None})) for server in self.servers)
        return replace(self, head=head, servers=servers)

    def _written_versions(self) -> Iterator[tuple[Route, KeaVersion | None]]:
        yield (), self.head.kea if self.head else None
        yield from ((server.at, server.head.kea) for server in self.servers)

    @property
    def versions(self) -> frozenset[KeaVersion]:
        """Every Kea version that the spec names."""
        return frozenset(version for _, version in self._written_versions() if version)


def read_spec(document: Document, note: FindingSink) -> SpecFile:
    """Read a whole spec. Mistakes are reported to `note`; parts without mistakes are read."""
    root = document.root
    _top_keys(root, note)
    written = {key: root[key] for key in root if key in HEAD_KEYS}
    head, broken = shape_parts(Head, written, (), note, "the spec", _STAND_IN)
    families = [daemon.name for daemon in FAMILIES if daemon.name in root]
    if not families:
        note(
            Finding(
                MISSING_SPEC_KEY,
                (),
                "the spec has no DHCP configuration",
                fix="add `dhcp4: …`, `dhcp6: …` or both",
                lacks=("dhcp4", "dhcp6"),
            )
        )
    once = Once()
    dhcp = {family: _dhcp(root[family], family, note, once) for family in families}
    agent = _agent(root, note)
    if agent is None and "control-agent" in root and not _is_false(root["control-agent"]):
        broken |= {"control-agent"}
    servers = _servers(root, families, note)
    sound = tuple(server for server in servers if server)
    if len(sound) != len(servers) or not servers:
        broken |= {"servers"}
    for key in ("servers", "high-availability"):
        _families_there(root, (key,), frozenset(families), note)
    arrangement = read_high_availability(root.get("high-availability"), "high-availability" in root, families, note)
    return SpecFile(document, None if "kea-hac" in broken else head, sound, arrangement, agent, dhcp, broken, once)


def _families_there(root: Map, at: Route, families: frozenset[str], note: FindingSink) -> None:
    """Report values by family for one that the spec does not have. A file that several specs include may have both."""
    value = value_at(root, at)
    if not families or not isinstance(value, Map | Seq):
        return
    for step in range(len(value)) if isinstance(value, Seq) else value:
        if by_family(value) and step not in families and not _included(root, (*at, step)):
            note(_not_served(value, (*at, str(step)), families))
        elif at[:1] != ("servers",) or step not in FAMILY_KEYS:
            _families_there(root, (*at, step), families, note)


def _not_served(value: Map | Seq, at: Route, families: frozenset[str]) -> Finding:
    """A value for a family that the spec does not have; for the other one there is a value, or it was meant."""
    family = str(at[-1])
    message = f"the spec has no `{family}`, so this value has no effect"
    if at[-2] in _NEEDED and isinstance(value, Map) and families.isdisjoint(value):
        (meant,) = families
        message += f", and {meant} has none"
        return Finding(NOT_SERVED, at, message, True, fix=f"write {meant!r}", repair=rename_it(meant), meant=meant)
    fix = f"remove it, or add `{family}: …` at the top"
    return Finding(
        NOT_SERVED, at, message, True, fix=fix, severity=Severity.WARNING, repair=REMOVE_IT, cause=f"no {family}"
    )


_NEEDED = frozenset({"mode", "role", "address", "listener"})
"""Keys that a family in HA needs: a value for the other one was meant for it."""


def _included(root: Map, at: Route) -> bool:
    """True for a value that is written in another file."""
    return any(step.key >> 64 for step in walk(root, at))


def _top_keys(root: Map, note: FindingSink) -> None:
    for key in root:
        if key == "dhcp-ddns":
            note(
                Finding(
                    RESERVED_KEY,
                    (key,),
                    "`dhcp-ddns` at the top is reserved for the D2 daemon",
                    on_key=True,
                    fix="move the servers' `dhcp-ddns` map to `dhcp4:` or `dhcp6:`",
                )
            )
    unknown_keys(_unknown(root), (), TOP_KEYS, "the spec", note, root)


def _unknown(root: Map) -> Iterator[str]:
    return (key for key in root if key not in TOP_KEYS and key != "dhcp-ddns" and not key.startswith("x-"))


def _dhcp(node: Value, family: str, note: FindingSink, once: Once) -> Block:
    top = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}[family]
    filled_up = (family, "multi-threading")

    def judged(finding: Finding) -> None:
        if finding.rule is not MISSING_KEY or finding.at[:2] != filled_up:  # the compiler fills it up, then looks again
            note(finding)

    return read_block(program(family), top, node, (family,), judged, extra=("split",), once=once)


def _agent(root: Map, note: FindingSink) -> Block | None:
    node = root.get("control-agent")
    if "control-agent" not in root or _is_false(node):
        return None
    read = read_block(program("ctrl-agent"), "Control-agent", node, ("control-agent",), note, partial=True)
    return read if isinstance(node, Map) else None


def _is_false(node: Value) -> bool:
    return node is False or (isinstance(node, Plain) and node == "false")


def _servers(root: Map, families: list[str], note: FindingSink) -> list[ServerSpec | None]:
    nodes = root.get("servers")
    if "servers" not in root:
        note(
            Finding(
                MISSING_SPEC_KEY,
                ("servers",),
                "the spec needs `servers`",
                fix="add a list with a name for each server",
                lacks=("servers",),
            )
        )
        return []
    if not isinstance(nodes, Seq) or not nodes:
        note(Finding(WRONG_VALUE, ("servers",), f"`servers` must be a list of maps, not {display(nodes)}"))
        return []
    if beyond_limit(nodes, ("servers",), "servers", _most_servers(root), note):
        return []
    return [_server(node, ("servers", index), families, _mode(root), note) for index, node in enumerate(nodes)]


def _most_servers(root: Map) -> int:
    """Without relationships of their own all servers are peers of one."""
    arranged = root.get("high-availability")
    hub = isinstance(arranged, Map) and "relationships" in arranged
    return DEFAULT_LIMITS.servers if hub else DEFAULT_LIMITS.peers


def _server(node: Value, at: Route, families: list[str], modes: Value, note: FindingSink) -> ServerSpec | None:
    if not isinstance(node, Map):
        note(Finding(WRONG_VALUE, at, f"a server is a map with at least `name`, not {display(node)}"))
        return None
    unknown_keys((key for key in node if key not in SERVER_KEYS), at, SERVER_KEYS, "a server", note, node)
    for key in node:
        if key in SERVER_HEAD_KEYS and by_family(node[key]):
            note(Finding(WRONG_VALUE, (*at, key), f"{key!r} has one value for both families", fix=f"write `{key}: …`"))
    written = {key: node[key] for key in node if key in SERVER_HEAD_KEYS and not by_family(node[key])}
    head, broken = shape_parts(ServerHead, written, at, note, "a server")
    broken |= {key for key in node if key in SERVER_HEAD_KEYS and key not in written}
    server_families: dict[str, ServerFamilySpec] = {}
    peer_keys: dict[str, Block] = {}
    for family in families:
        aligned = _in_mode(view(modes, family), aligning(node, at, family, note))
        seen = view_map(node, family, leave_out=(*SERVER_HEAD_KEYS, "dhcp4", "dhcp6", "control-agent"))
        server_family, wrong = shape_parts(
            ServerFamilySpec, {key: seen[key] for key in seen if key in SERVER_FAMILY_KEYS}, at, aligned, "a server"
        )
        server_families[family] = server_family or ServerFamilySpec()
        broken |= wrong
        peer_keys[family] = read_block(program("ha"), "peer", only(seen, PEER_KEYS), at, aligned, partial=True)
    for family in sorted(FAMILY_KEYS & node.keys() - set(families)):
        note(
            Finding(
                NOT_SERVED,
                (*at, family),
                f"the spec has no `{family}` that these values could be merged over",
                on_key=True,
                fix=f"remove it, or add `{family}: …` at the top",
                repair=REMOVE_IT,
            )
        )
    overrides = {family: _override(node, at, family, note) for family in families if family in node}
    agent = None if _is_false(node.get("control-agent")) else _agent_override(node, at, note)
    if head is None:
        return None
    runs_agent = not _is_false(node.get("control-agent"))
    return ServerSpec(at, head, server_families, peer_keys, overrides, runs_agent, broken, agent)


def _in_mode(mode: object, note: FindingSink) -> FindingSink:
    """Names the one role that the partner has in the pair's mode, where the role is another program's word for the partner."""
    role = PARTNER_ROLES.get(mode) if isinstance(mode, str) else None

    def named(finding: Finding) -> None:
        if role and finding.rule is WRONG_VALUE and finding.fix == f"write {PARTNER}":
            finding = replace(finding, fix=f"write {role}", repair=set_it(str(role)))
        note(finding)

    return named


def _mode(root: Map) -> Value:
    """The `mode` of the pair as it is written, not judged."""
    arranged = root.get("high-availability")
    return arranged.get("mode") if isinstance(arranged, Map) else None


def _agent_override(node: Map, at: Route, note: FindingSink) -> Block | None:
    """A server's own part of the control agent's map."""
    value = node.get("control-agent")
    at = (*at, "control-agent")
    if value is None:
        return None
    if not isinstance(value, Map):
        message = f"a server's `control-agent` is false (no agent on this server) or a map of its own values, not {display(value)}"
        note(Finding(WRONG_VALUE, at, message, fix=f"its own values may be {', '.join(AGENT_MAY_DIFFER)}"))
        return None
    for key in value:
        if key not in AGENT_MAY_DIFFER:
            fix = f"write it once in `control-agent:` at the top; only these keys may differ: {', '.join(AGENT_MAY_DIFFER)}"
            message = f"{key!r} of the control agent may not differ between the servers"
            note(Finding(MAY_NOT_DIFFER, (*at, key), message, on_key=True, fix=fix))
    kept = only(value, AGENT_MAY_DIFFER)
    return read_block(program("ctrl-agent"), "Control-agent", kept, at, note, allow_null=True, partial=True)


def _override(node: Map, at: Route, family: str, note: FindingSink) -> Block:
    value = node[family]
    at = (*at, family)
    if isinstance(value, Map):
        for key in value:
            if key not in MAY_DIFFER and key not in OLD_MAY_DIFFER:
                note(_may_not_differ(key, at, family))
        allowed = Map()
        allowed.update({key: item for key, item in value.items() if key in MAY_DIFFER or key in OLD_MAY_DIFFER})
        value = allowed
    top = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}[family]
    return read_block(program(family), top, value, at, note, allow_null=True, partial=True)


def _may_not_differ(key: str, at: Route, family: str) -> Finding:
    if not program(family).homes(key) and (near := nearest(key, MAY_DIFFER)):
        return Finding(
            UNKNOWN_KEY, (*at, key), f"Kea has no key {key!r}", on_key=True, fix=f"write {near!r}", meant=near
        )
    return Finding(
        MAY_NOT_DIFFER,
        (*at, key),
        f"{key!r} may not differ between the servers",
        on_key=True,
        fix=f"write it once in `{family}:` at the top; only these keys may differ: {', '.join(MAY_DIFFER)}",
    )


__all__ = [
    "DERIVED_KEY",
    "MAY_DIFFER",
    "OLD_MAY_DIFFER",
    "PEER_KEYS",
    "RELATIONSHIP_KEYS",
    "SERVER_KEYS",
    "TOP_KEYS",
    "ServerSpec",
    "SpecFile",
    "read_spec",
]
