"""The steps of an upgrade for people: the hosts, the databases, the servers in their order, and other tools."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.kea.upgrades import admin_name, older_partner, seen_side_by_side
from kea_hac.records import dataclass
from kea_hac.report.cells import both
from kea_hac.upgrade.hosts import DatabaseStep, HostChange
from kea_hac.upgrade.order import UpgradeTurn
from kea_hac.upgrade.planning import Upgrade

_KINDS = {
    "addresses": "addresses",
    "boot": "lines of systemd units",
    "conditions": "conditions of systemd units, without which a daemon is not started",
    "directories": "directories, with mode and owner",
    "environment": "variables of the daemons",
    "files": "files",
    "forwarding": "forwarded ports",
    "interfaces": "interfaces",
    "packages": "packages",
    "ports": "free ports",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report."""

    title: str
    lines: tuple[str, ...]
    numbered: bool = False
    """The lines are steps, in their order."""


def hosts(upgrade: Upgrade) -> Iterator[str]:
    """The difference of the two `validate --needs`. What several servers have in common is one line."""
    found: dict[str, dict[str, None]] = {}
    for each in upgrade.hosts:
        for line in _of_host(each):
            found.setdefault(line, {})[each.server] = None
    yield from (f"{both(servers)}: {line}" for line, servers in found.items())


def _of_host(host: HostChange) -> Iterator[str]:
    for kind, entries in host.added.items():
        yield f"{_KINDS.get(kind, kind)}: {', '.join(entries)}"
    if any(each.endswith(("-user", "-password")) for each in host.added.get("files", ())):
        yield "a file with a user or a password contains the value alone, without quotes and without a line end"
    for kind, entries in host.dropped.items():
        yield f"no longer needed: {_KINDS.get(kind, kind)}: {', '.join(entries)}"
    yield from host.notes
    if not host.added and not host.dropped:
        yield "nothing new beside Kea's packages themselves"


def databases(upgrade: Upgrade) -> Iterator[str]:
    """Schemas that must be upgraded, and the lease files, which Kea converts itself."""
    for each in upgrade.databases:
        yield from _database(each)
    if upgrade.memfile:
        yield (
            f"lease files of {both(upgrade.memfile)}: nothing to do. Kea converts them when it starts (with kea-lfc); keep a copy "
            "before, for the way back"
        )


def _database(step: DatabaseStep) -> Iterator[str]:
    name = f"{step.type} database {step.name} ({both(step.servers)})"
    if not step.changes:
        yield f"{name}: the schema stays {step.new}"
        return
    versions = f"the schema {step.old or '(not known)'} becomes {step.new or '(not known)'}"
    command = f"kea-admin db-upgrade {admin_name(step.type)}"
    yield (
        f"{name}: {versions}. Back the database up; while no Kea uses it, run `{command}` of the newer Kea once, with the database's user, "
        "password and name; then start the newer Kea"
    )


def order(upgrade: Upgrade) -> Iterator[Section]:
    """A section for each server, in the order of their turns."""
    if upgrade.order is None:
        return
    turns = upgrade.order.turns
    if upgrade.order.together:
        servers = both(each.server for each in turns)
        disabled = dict.fromkeys(unit for each in turns for unit in each.disabled)
        lines = (
            f"{servers} change at the same time, in one window without DHCP service: {'; '.join(upgrade.order.together)}",
            "stop the daemons of all servers, and keep copies of their configurations and lease files",
            f"put the files of {upgrade.pair} in place on all servers, and install Kea {upgrade.to} there; stop the daemons again if the "
            "installation starts them",
            *([f"disable {both(disabled)} on all servers: Kea {upgrade.to} does not have it"] if disabled else []),
            *(
                f"upgrade the schema of the {each.type} database {each.name}, as above"
                for each in upgrade.databases
                if each.changes
            ),
            "start all of them, and wait until `status-get` shows each in the state of its mode",
        )
        yield Section("The servers", lines, numbered=True)
        return
    for number, turn in enumerate(turns):
        first = "First" if number == 0 else "Then"
        yield Section(
            f"{first} {turn.server}" if len(turns) > 1 else turn.server, tuple(_turn(turn, upgrade)), numbered=True
        )


def _turn(turn: UpgradeTurn, upgrade: Upgrade) -> Iterator[str]:
    for partner, daemons in _by_partner(turn.partners):
        yield f"send `ha-maintenance-start` to {daemons} of {partner}: it serves all clients from now on (state partner-in-maintenance)"
    for hub, daemons in _by_partner(turn.hubs):
        yield (
            f"{daemons} of {hub}: nothing to send. It takes over when it finds out that {turn.server} is gone (after max-response-delay, "
            "with unserved clients); `ha-maintenance-start` would put all relationships of a hub into maintenance"
        )
    yield f"stop {both(turn.units) if turn.units else 'its daemons'}; keep a copy of its configuration and its lease files"
    for partner, daemons in _by_partner(turn.partners):
        yield (
            f"wait until `status-get` of {partner} shows partner-down ({daemons}), before anything starts {turn.server} again. Otherwise "
            f"both stay in maintenance, where {partner} serves alone; `ha-maintenance-cancel`, sent to {partner}, ends that"
        )
    packages = f" ({', '.join(turn.packages)})" if turn.packages else ""
    yield (
        f"put the files of {upgrade.pair}/{turn.server} in place, then install Kea {turn.new}{packages}: the installation of packages may "
        "start the daemons"
    )
    if turn.disabled:
        yield f"disable {both(turn.disabled)}: Kea {turn.new} does not have it"
    checks = both(f"`{program} -t {path}`" for program, path in turn.files)
    yield f"check the files: {checks}. This does not check the parameters of HA; `kea-hac build` did"
    for each in upgrade.databases:
        if each.changes and turn.server in each.servers:
            yield f"upgrade the schema of the {each.type} database {each.name}, as above"
    yield "start its daemons"
    if turn.states:
        alone = turn.hubs or "backup" in turn.states or len({partner for _, partner in turn.partners}) != 1
        who = turn.server if alone else "both servers"
        yield f"wait until `status-get` shows {who} in {both(turn.states)}; only then go on"
    else:
        yield "wait until it answers clients; only then go on"


def _by_partner(found: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """(partner, "dhcp4 and dhcp6")"""
    for partner in dict.fromkeys(name for _, name in found):
        yield partner, both(daemon for daemon, name in found if name == partner)


def meanwhile(upgrade: Upgrade) -> Iterator[str]:
    """What clients and partners notice until all servers have the newer Kea."""
    if upgrade.order is None:
        return
    turns = upgrade.order.turns
    for turn in turns:
        if turn.unserved:
            yield f"{turn.server}: nobody serves its clients ({both(turn.unserved)}) from its stop until it is back"
    if upgrade.order.together:
        return
    if upgrade.order.rounds > 1:
        yield (
            "the new files also change what can be leased: make that change before or after the upgrade, not with it (`kea-hac review` "
            "plans it)"
        )
    if any(each.hubs for each in turns):
        yield "the tests of kea-hac ran the upgrade of pairs, not that of a hub with its spokes"
    if any(each.partners for each in turns):
        yield (
            "when a server comes back, some clients get no answer for about one heartbeat-delay, and ask again (seen on 2.6.3 and 3.0.4: "
            "leases stay, no address is leased twice)"
        )
    if upgrade.order.side_by_side:
        yield from _side_by_side(upgrade)


def _side_by_side(upgrade: Upgrade) -> Iterator[str]:
    for each in upgrade.order.side_by_side if upgrade.order is not None else ():
        seen = seen_side_by_side(each.old, each.new)
        if seen:
            yield f"Kea {each.old} and {each.new} may work as partners during the upgrade: seen with {seen}"
        else:
            yield (
                f"Kea {each.old} and {each.new} as partners were not run by the tests of kea-hac: whether they work together is not known "
                "for certain. Keep that time short, and watch `status-get`"
            )
        known = older_partner(each.old, each.new)
        if known is not None:
            yield f"{known[0]} ({known[1]})"
    if upgrade.defaults:
        yield (
            "until the last server has the newer Kea, the defaults above differ between the partners; the lines that keep the older "
            "default avoid that"
        )
    yield "change nothing else until all servers have the new version; then run `kea-hac diff` to compare the servers with the spec"


def tools(upgrade: Upgrade) -> Iterator[str]:
    """What the documents of Micetro state of the newer Kea, and what is not known of Stork."""
    micetro = upgrade.micetro
    to = upgrade.to.branch
    if micetro is not None:
        if micetro.version is None:
            yield "Micetro: the spec does not set `micetro: {version: …}`, so whether your version supports this Kea is not known"
        elif micetro.lists is None:
            yield f"Micetro {micetro.version}: which versions of Kea it supports is not known to kea-hac; read its system requirements"
        elif to in micetro.lists:
            yield f"Micetro {micetro.version} lists Kea {to} among the versions that it supports"
        else:
            yield f"Micetro {micetro.version} lists Kea {', '.join(micetro.lists)}, not {to}: update Micetro first"
        yield "Micetro: after the upgrade run `kea-hac preferences merge` where preferences.cfg has changed, and restart the DHCP Agent"
    yield f"Stork: which of its versions support Kea {to} is not known to kea-hac; read the release notes of Stork"
