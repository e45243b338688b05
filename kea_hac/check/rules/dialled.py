"""What a partner connects to, compared with what the server's listener binds: address families and forwarded ports."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.check.rules.partners import Side, calls
from kea_hac.check.rules.relationship import PeerEntry
from kea_hac.diagnostics import THE_SERVER, Finding, KeaVerdict, Route, rule
from kea_hac.model.channel import LISTENER
from kea_hac.model.configuration import Configuration

OTHER_FAMILY = rule(
    "KH650",
    "wildcard-listener-of-the-other-family",
    kea=KeaVerdict.ACCEPTS,
    why="A listener that binds 0.0.0.0 accepts IPv4 connections only. A partner that connects to an IPv6 address never "
    "reaches it. Each server treats its partner as down, and both serve all clients.",
    source="ip(7), ipv6(7); seen on 2.2.0, 2.6.3, 3.0.4: `::` accepts IPv4 as well, 0.0.0.0 accepts no IPv6",
    rests_on=("bind-address", "address", "peer-address"),
)
ONE_PORT_TWO_LISTENERS = rule(
    "KH651",
    "one-port-for-two-listeners",
    kea=KeaVerdict.ACCEPTS,
    why="Each daemon, and each relationship, has a listener of its own. One address and port leads to one of them. The "
    "partner of the other one sends its commands to the wrong daemon and treats its partner as down.",
    source="Kea ARM, 'Multi-Threaded Configuration (HA+MT)': each listener needs a port of its own",
    rests_on=("peer-port", "listener"),
)
_Call = tuple[Side, Side, PeerEntry, PeerEntry]


def _calls(configurations: tuple[Configuration, ...]) -> Iterator[_Call]:
    """Who connects to whose dedicated listener: caller, called, the caller's entry of it, its own entry."""
    for here, there, dialled in calls(configurations):
        own = there.relationship.own
        if own is None or not there.relationship.opens_listener:
            continue
        if dialled.url is not None and own.url is not None and dialled.url.usable and own.url.usable:
            yield here, there, dialled, own


@checks(OTHER_FAMILY, on=Subject.SERVERS)
def other_family(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """0.0.0.0 is bound, and the partner connects by IPv6."""
    for here, there, dialled, own in _calls(configurations):
        assert own.url is not None
        assert dialled.url is not None
        if own.url.address.is_unspecified and own.url.address.version == 4 and dialled.url.address.version == 6:
            compiled = there.configuration.compiled
            message = f"the HA listener of {THE_SERVER if compiled else there.label} binds {own.url.address}, and its partner connects to "
            yield Finding(
                OTHER_FAMILY,
                own.block.where("url"),
                f"{message}{dialled.url.address}",
                related=((dialled.block.where("url"), f"{here.label} connects to this"),),
                fix='bind "::", which accepts IPv4 and IPv6, or let the partner connect to an IPv4 address',
                server=there.configuration.server if compiled else None,
            )


@checks(ONE_PORT_TWO_LISTENERS, on=Subject.SERVERS)
def one_port_for_two_listeners(configurations: tuple[Configuration, ...]) -> Iterator[Finding]:
    """One server connects to one address and port for two listeners of its partner."""
    seen: dict[tuple[str, str, tuple[str, int]], tuple[int, Route]] = {}
    for here, there, dialled, own in _calls(configurations):
        assert own.url is not None
        assert dialled.url is not None
        compiled = here.configuration.compiled
        at = dialled.block.where(LISTENER if compiled else "url")
        port, other = seen.setdefault((here.label, there.label, dialled.url.endpoint), (own.url.port, at))
        if port != own.url.port:
            yield Finding(
                ONE_PORT_TWO_LISTENERS,
                at,
                f"{here.label} connects to {dialled.url.address} port {dialled.url.port} for two listeners of {there.label}, "
                f"which bind the ports {port} and {own.url.port}",
                related=((other, "the other listener"),),
                fix=f"forward a port of its own to each: `peer-port: {{dhcp4: {dialled.url.port}, dhcp6: …}}`"
                if compiled
                else "forward a port of its own to each, and write it in the url",
            )
