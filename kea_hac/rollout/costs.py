"""What a rollout costs, for the reader of the plan: who is not answered for how long (measured on 2.2.0, 2.6.3 and 3.0.4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from kea_hac.compiler.built import Built
from kea_hac.kea.config import Block
from kea_hac.kea.high_availability import LARGE_PAGE, SMALL_PAGE, Mode, default, page_seconds
from kea_hac.kea.version import Feature, has
from kea_hac.live.failure import NoAnswerError
from kea_hac.model.site import LOAD_BALANCING, PASSIVE_BACKUP, Family, Node, Relationship, Site
from kea_hac.regex import regex
from kea_hac.rollout.plan import Duty, Turn
from kea_hac.rollout.planning import Order, heartbeat
from kea_hac.rollout.world import BY_NAME, World

_LONG_BEAT = 5
"""Seconds: with this heartbeat-delay and longer ones a turn takes so long that at most 3 % of its clients get no answer."""
_SECONDS_A_LEASE = 3e-5
"""Of a turn in which clients get no answer, with pages of 500: seen on 2.2.0, 2.6.3 and 3.0.4 with 200 to 21,000 leases, the most of a
busy machine."""
_LEASES = regex(r"subnet\[\d+\]\.assigned-(addresses|nas|pds)")
"""The statistics of the leases of a subnet (ARM, "Statistics in the DHCPv4 Server", "… DHCPv6 Server")."""


def notes(site: Site, found: Order, leases: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """What the rollout costs (measured on 2.2.0, 2.6.3 and 3.0.4), and what the operator has to know.

    `leases`: by server and daemon's name how many it holds in memory (memfile), where that is known.
    """
    turns = found.turns
    seconds = f"{heartbeat(site):g} s"
    if found.quick is not None:
        yield (
            "all servers change in one window: no client is answered for one to two heartbeats, from the second reload until HA is back. "
            f"For this time heartbeat-delay is {found.quick:g} s instead of {seconds}; then each server gets the file of the build"
        )
    elif any(each.together for each in turns):
        yield (
            f"all servers change in one window: no client is answered for one to two heartbeats ({seconds} each), from the "
            "second reload until HA is back"
        )
    if any(each.needed and not each.together for each in turns):
        yield _share_that_tries_again(site, turns, leases)
    balanced = any(each.mode == LOAD_BALANCING for one in site.families.values() for each in one.relationships)
    unsteady = [node for node in site.nodes if not has(node.version, Feature.STEADY_SCOPES)]
    if balanced and unsteady and turns:
        yield (
            f"in load-balancing Kea {unsteady[0].version} takes the scopes back at each change of state: up to 15 % of the clients "
            "that call during a reload try again"
        )
    alone = {each.server for turn in turns for each in turn.reloads if not site.families[each.daemon].relationships}
    if alone:
        yield f"{' and '.join(sorted(alone))} leases alone: no other server answers while it reads its file"
    moved = {server for each in found.changes.edits for server in each.servers if "channel" in each.effects}
    if moved:
        yield (
            f"the change moves a control socket of {' and '.join(sorted(moved))}: name its present place with --live; kea-hac asks "
            "at the new place after the reload"
        )


def _share_that_tries_again(site: Site, turns: Iterable[Turn], leases: Mapping[tuple[str, str], int]) -> str:
    """While a server reads its leases its partner's updates fail, and the partner answers no client without them."""
    beat = heartbeat(site)
    share = 3 if beat >= _LONG_BEAT else 6  # of a shorter turn the moment of the reload is a larger part
    reloaded = {(each.server, each.daemon) for turn in turns for each in turn.reloads}
    most, name, daemon = max(((leases.get(key, 0), *key) for key in reloaded), default=(0, "", ""))
    away = most * _SECONDS_A_LEASE
    larger = math.ceil(100 * away / (beat + away)) if away else 0
    words = (
        f"while a server reloads its partner serves its clients (ha-scopes): up to {max(share, larger)} % of the clients that call "
        "meanwhile try again"
    )
    return (
        words
        if larger <= share
        else f"{words}, because {name} {daemon} holds {most} leases, which it reads and fetches"
    )


def pages(new: Built, leases: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Where a server that reloads fetches so many leases in a page that its partner answers no client meanwhile."""
    for family in new.site.families.values():
        for each in family.relationships:
            if each.mode == PASSIVE_BACKUP or each.settings.get("sync-leases") is False:
                continue
            for peer in each.peers:
                held = leases.get((peer.node.name, family.daemon.name), 0)
                yield from _large_page(family, each, peer.node, held)


def _large_page(family: Family, relationship: Relationship, node: Node, leases: int) -> Iterator[str]:
    usual = default("sync-page-limit", node.version.branch, Mode(relationship.mode))
    limit = relationship.settings.get("sync-page-limit", usual)
    if not isinstance(limit, int) or limit <= LARGE_PAGE:
        return
    page = min(limit, leases)
    if page > LARGE_PAGE:
        yield (
            f"{node.name} {family.daemon.name} holds {leases} leases, and its partner fetches up to {limit} in one page after its reload: "
            f"{node.name} answers no client for up to {page_seconds(page):.1f} s then. `sync-page-limit: {SMALL_PAGE}` prevents that "
            "(rule KH680)"
        )


def held_leases(world: World, new: Built, expected: Iterable[Duty]) -> Mapping[tuple[str, str], int]:
    """How many leases the servers with HA hold in memory (memfile) by their statistics; without those that do not say that."""
    found = {}
    for server, daemon in {(each.server, each.daemon): None for each in expected if each.watched}:
        config = new.config(server, BY_NAME[daemon])
        database = config.get("lease-database") if config is not None else None
        if isinstance(database, Block) and database.get("type", "memfile") != "memfile":
            continue
        try:
            shown_values = world.ask(server, daemon, "statistic-get-all").get("arguments")
        except NoAnswerError:
            continue
        found[server, daemon] = 0
        for name, samples in shown_values.items() if isinstance(shown_values, dict) else ():
            if isinstance(name, str) and _LEASES.fullmatch(name):
                with suppress(TypeError, IndexError, KeyError, ValueError):
                    found[server, daemon] += max(0, int(samples[0][0]))
    return found
