"""What a reviewer has to know of one pair, in sentences: what changes, what clients and operators notice, how it is rolled out.

The sentences are plain text; names and values of the specs in them are escaped by each format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kea_hac.changes.change import ABSENT, Key, Value
from kea_hac.changes.change_set import ChangeSet, Edit
from kea_hac.changes.effects import Effect
from kea_hac.changes.leasing import GUARD_KEYS
from kea_hac.changes.ranges import Ranges
from kea_hac.changes.sizes import Size, SubnetSize
from kea_hac.changes.version_step import NewDefault, VersionStep
from kea_hac.kea.addressing import Range
from kea_hac.kea.option_definitions import own_space, standard_definition
from kea_hac.kea.version import BRANCHES
from kea_hac.report import lease_words
from kea_hac.report.cells import both
from kea_hac.report.drift import value_text
from kea_hac.review.reviewing import PairOutcome, PairReview

_KINDS = {
    "addresses": "addresses",
    "conditions": "conditions of its units",
    "files": "files",
    "interfaces": "interfaces",
}


def counted(number: int, one: str, several: str = "") -> str:
    """ "1 subnet", "1,200 subnets" """
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def headline(pair: PairReview, since: str) -> str:
    """One line on what became of a pair, with the number of leases that it loses."""
    leases = lease_words.short(pair.impact)
    return f"{_headline(pair, since)}; {leases}" if leases else _headline(pair, since)


def _headline(pair: PairReview, since: str) -> str:
    match pair.state:
        case PairOutcome.ADDED:
            return f"new pair, servers {both(pair.servers)}"
        case PairOutcome.REMOVED:
            return "the pair is removed"
        case PairOutcome.BROKEN_NOW:
            return "the spec has errors: what changes on the servers is unknown"
        case PairOutcome.BROKEN_BEFORE:
            return f"the spec had errors in {since}: what changes on the servers is unknown"
        case PairOutcome.UNCHANGED:
            return "no file of a server changes"
        case PairOutcome.CHANGED:
            effects = both(str(each) for each in pair.changes.effects) if pair.changes else ""
            return effects or "renamed"


def consequences(pair: PairReview) -> list[str]:
    """What happens, the most important first."""
    found: list[str] = []
    if pair.path and pair.old_path and pair.path != pair.old_path:
        found.append(f"the spec is {pair.path} now, and was {pair.old_path}")
    if pair.state is PairOutcome.REMOVED and pair.removals is not None and pair.removals.removed is not None:
        gone = pair.removals.removed
        found.append(
            f"{counted(gone.of_subnets, 'subnet')} with {counted(gone.of_addresses, 'pool address', 'pool addresses')} and "
            f"{counted(gone.of_reservations, 'reservation')} are no longer served once its servers are stopped; "
            "`kea-hac build --prune` removes its files"
        )
    found += lease_words.sentences(pair.impact)
    found += [f"earlier error: {each}" for each in pair.earlier_errors]
    if pair.state is PairOutcome.ADDED:
        found.append("its servers get their first configuration; nothing that runs is changed by it")
    if pair.changes is not None:
        found += _of_changes(pair, pair.changes)
    return found


def _of_changes(pair: PairReview, changes: ChangeSet) -> Iterator[str]:
    if changes.pair != changes.old_pair:
        yield f"the pair is named {changes.pair} now, and was {changes.old_pair}: its files are in another folder of the output tree"
    yield from _servers(changes)
    yield from _subnets(changes)
    yield from _reservations(changes)
    yield from _guards(changes)
    yield from _high_availability(pair, changes)
    yield from _channels(pair, changes)
    yield from _versions(changes.versions)
    yield from _hosts(changes)
    yield from _the_rest(changes)


def _servers(changes: ChangeSet) -> Iterator[str]:
    for old, new in changes.servers_renamed:
        yield f"the server {old} is named {new} now: its files are in another folder of the output tree, and its stamp changes"
    for name in changes.servers_added:
        yield f"the server {name} is new"
    for name in changes.servers_removed:
        yield f"the server {name} is removed: stop its daemons, or it goes on serving clients"


def _subnets(changes: ChangeSet) -> Iterator[str]:
    renumbered = [each for each in changes.edits if each.subnet is not None and each.path[-1] == "id"]
    for each in renumbered:
        yield (
            f"{_label(each)} gets the id {each.new} instead of {each.old}: leases refer to the id, so all its leases are orphaned, "
            "and its clients get addresses as if they were new"
        )
    ids = {(each.daemon.name, str(value)) for each in renumbered for value in (each.old, each.new)}
    for each in changes.edits:
        if each.moved_from is not None and each.subnet is not None:
            yield f"{_label(each)} moves from {_network(each.moved_from)} to {_network(each.path)}; its leases stay valid"
    for size in changes.sizes:
        if (size.family, str(size.id)) not in ids:
            yield from _size(size)
    yield from _other_servers(changes)


def _label(edit: Edit) -> str:
    """The prefix of an edit's subnet; its id where the prefix is not known."""
    return (edit.subnet.label or f"the subnet with the id {edit.subnet.value}") if edit.subnet is not None else ""


def _network(path: Sequence[object]) -> str:
    name = next((step.value for step in path if isinstance(step, Key) and step.name == "name"), None)
    return f"the shared network {name}" if name else "no shared network"


def _size(size: SubnetSize) -> Iterator[str]:
    label = f"{size.prefix} (id {size.id})"
    if size.before is None and size.after is not None:
        yield f"new subnet {label} with {_sized(size.after)}"
    elif size.after is None and size.before is not None:
        yield (
            f"removed subnet {label} with {_sized(size.before)}: its clients cannot renew their leases any more, and leases on it are "
            "orphaned"
        )
    else:
        family = 6 if ":" in size.prefix else 4
        less = _amount(size.lost, size.lost_prefixes, family)
        more = _amount(size.gained, size.gained_prefixes, family)
        if less:
            yield f"the pools of {label} lose {less}: leases on these are orphaned, and their clients cannot renew them"
        if more:
            yield f"the pools of {label} gain {more}"


def _amount(addresses: Ranges, prefixes: int, family: int) -> str:
    parts = []
    if addresses:
        spans = [str(Range(family, *span)) for span in addresses][:3]
        more = ", …" if len(addresses.spans) > 3 else ""
        parts.append(f"{counted(addresses.size, 'address', 'addresses')} ({', '.join(spans)}{more})")
    if prefixes:
        parts.append(counted(prefixes, "prefix", "prefixes"))
    return both(parts)


def _other_servers(changes: ChangeSet) -> Iterator[str]:
    """Pools that are divided between the servers in another way, though their addresses stay."""
    moved = [
        each
        for each in changes.sizes
        if each.before is not None
        and each.after is not None
        and not each.lost
        and any(_smaller(row) for row in each.by_server)
    ]
    if moved:
        yield (
            f"{counted(len(moved), 'subnet')}: each server leases from another part of the pools than before; a client whose address is in "
            "the part of the other server gets another address at its next renewal"
        )


def _smaller(row: tuple[str, Size | None, Size | None]) -> bool:
    return row[1] is not None and row[2] is not None and row[2].addresses < row[1].addresses


def _sized(size: Size) -> str:
    addresses = counted(size.addresses, "pool address", "pool addresses")
    return f"{addresses} and {counted(size.prefixes, 'prefix', 'prefixes')} to delegate" if size.prefixes else addresses


def _reservations(changes: ChangeSet) -> Iterator[str]:
    came: set[object] = set()
    gone: set[object] = set()
    moved: set[object] = set()
    for each in changes.edits:
        at = [n for n, step in enumerate(each.path) if step == "reservations"]
        if not at or len(each.path) <= at[0] + 1:
            continue
        name = (each.daemon.name, each.path[: at[0] + 2])
        if len(each.path) == at[0] + 2:
            (came if each.old is ABSENT else gone if each.new is ABSENT else moved).add(name)
        elif Effect.ADDS_LEASING in each.effects or Effect.REMOVES_LEASING in each.effects:
            moved.add(name)
    if came:
        yield f"{counted(len(came), 'reservation')} {'is' if len(came) == 1 else 'are'} added"
    if gone:
        yield f"{counted(len(gone), 'reservation')} {'is' if len(gone) == 1 else 'are'} removed: these hosts get other addresses, or none"
    if moved:
        words = (
            "reservation gets another address or another client"
            if len(moved) == 1
            else "reservations get other addresses or other clients"
        )
        yield f"{len(moved):,} {words}: a host keeps its old address until its next renewal, then it gets the new one"


def _guards(changes: ChangeSet) -> Iterator[str]:
    for each in changes.edits:
        if not each.path or each.path[-1] not in GUARD_KEYS or "reservations" in each.path:
            continue
        if all(name.startswith("HA_") for name in (*_listed(each.old), *_listed(each.new))):
            continue  # the parts of the servers of a load-balancing pair
        what = f"{_label(each)} {_thing(each)}".strip()
        if each.old in (ABSENT, "", []):
            yield f"{what} serves only clients of the class {_names(each.new)} now: other clients cannot renew their leases there"
        elif each.new in (ABSENT, "", []):
            yield f"{what} serves all clients now, and served only those of the class {_names(each.old)}"
        else:
            yield f"{what} serves clients of the class {_names(each.new)} now, instead of {_names(each.old)}"


def _thing(edit: Edit) -> str:
    last = next((step for step in reversed(edit.path[:-1]) if isinstance(step, Key)), None)
    if last is None or last.name == "id":
        return ""
    return f"{last.name} {last.label or last.value}"


def _listed(value: Value) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each not in (ABSENT, "", None)]


def _names(value: Value) -> str:
    return " or ".join(_listed(value))


def _high_availability(pair: PairReview, changes: ChangeSet) -> Iterator[str]:
    edits = [each for each in changes.edits if Effect.HA_RELATIONSHIP in each.effects]
    if not edits and Effect.HA_RELATIONSHIP not in changes.effects:
        return
    keys = dict.fromkeys(_last_key(each) for each in edits)
    named = f" ({', '.join(keys)})" if keys else ""
    yield (
        f"the HA relationship changes{named}: the servers do not work together until all of them have the new configuration, so all are "
        "changed in one window"
    )
    if "url" in keys:
        yield (
            "where a server gets another address, relays must forward to the new one; clients renew at the old one until their rebinding "
            "time, then at any server"
        )
    if pair.micetro:
        yield "Micetro cannot modify a relationship: remove it there and add it again"


def _last_key(edit: Edit) -> str:
    names = [
        step
        for step in edit.path
        if isinstance(step, str) and step not in ("hooks-libraries", "parameters", "high-availability")
    ]
    return names[-1] if names else "the HA library"


def _channels(pair: PairReview, changes: ChangeSet) -> Iterator[str]:
    touched = [each for each in changes.edits if Effect.CHANNEL in each.effects]
    if touched:
        servers = both(name for each in touched for name in each.servers)
        users = "kea-hac, Micetro and Stork" if pair.micetro else "kea-hac and other tools"
        keys = ", ".join(dict.fromkeys(_last_key(each) for each in touched))
        yield f"the control channel of {servers} changes ({keys}): {users} must reach it there"
    agents = [each for each in changes.edits if each.daemon.family is None and Effect.PROCESS in each.effects]
    if agents:
        yield f"the control agent of {both(name for each in agents for name in each.servers)} must be restarted or reloaded"
    for each in changes.edits:
        if each.path and each.path[0] == "lease-database" and Effect.ORPHANS_LEASES in each.effects:
            yield "the lease database changes: Kea does not move the leases of the old one to the new one"
            return


def _versions(steps: Sequence[VersionStep]) -> Iterator[str]:
    by_step: dict[tuple[str, str], list[VersionStep]] = {}
    for each in steps:
        by_step.setdefault((str(each.old), str(each.new)), []).append(each)
    for (old, new), same in by_step.items():
        yield f"Kea {old} becomes {new} on {both(each.server for each in same)}: install it there, one server after the other"
        found = {(one.daemon, one.changed.name): one for each in same for one in each.defaults}
        for default in found.values():
            source = f" ({default.changed.source})" if default.changed.source else ""
            what = f"{default.daemon}: the default of {default.changed.name} changes in {new}{source}"
            yield f"{what}; to keep what {old} does, write {keeping(default)}"


def keeping(default: NewDefault) -> str:
    """The keys that keep the older behaviour, as they are written in a spec."""
    lines = [f"{key}: {value_text(value)}" for key, value in default.lines.items()]
    below = default.changed.below
    return both(f"`{below}: {{{line}}}`" if below else f"`{line}`" for line in lines)


def _hosts(changes: ChangeSet) -> Iterator[str]:
    for each in changes.needs:
        for kind, entries in each.added.items():
            yield f"{each.server} must provide, before it is changed: {_KINDS.get(kind, kind)} {', '.join(entries)}"


def _the_rest(changes: ChangeSet) -> Iterator[str]:
    at_renewal = [
        each
        for each in changes.edits
        if each.effects == (Effect.CLIENTS_AT_RENEWAL,) and not {"pools", "pd-pools"}.intersection(_names_in(each))
    ]
    if at_renewal:
        keys = dict.fromkeys(_option_or_key(each) for each in at_renewal)
        shown = ", ".join(list(keys)[:6]) + (", …" if len(keys) > 6 else "")
        yield f"clients get at their next renewal: {shown}; nothing is interrupted for them"
    quiet = [each for each in changes.edits if each.effects == (Effect.NONE,)]
    if quiet:
        keys = dict.fromkeys(_last_key(each) for each in quiet)
        yield f"no client notices: {', '.join(list(keys)[:6])}"
    processes = [each for each in changes.edits if Effect.PROCESS in each.effects and each.daemon.family is not None]
    if processes:
        named = ", ".join(dict.fromkeys(_last_key(each) for each in processes))
        yield f"a restart of the DHCP servers is needed, not only a reload: {named}"


def _names_in(edit: Edit) -> set[str]:
    return {step for step in edit.path if isinstance(step, str)}


def _option_or_key(edit: Edit) -> str:
    option = next((step for step in reversed(edit.path) if isinstance(step, Key) and step.name == "option"), None)
    if option is None:
        return _last_key(edit)
    space, _, code = option.value.rpartition(" ")
    family = edit.daemon.family or 4
    known = standard_definition(family, space or own_space(family), int(code), BRANCHES[-1]) if code.isdigit() else None
    named = next((each["name"] for each in (edit.new, edit.old) if isinstance(each, dict) and each.get("name")), None)
    return f"option {known.name if known is not None else named or option.value}"
