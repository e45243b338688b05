"""Subnets and their ids. Ids are written in the spec, because leases refer to them."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.check.registry import Subject, checks
from kea_hac.diagnostics import NOT_LOADED, Finding, Repair, RepairKind, Route, refused, set_it
from kea_hac.kea.config import Block
from kea_hac.kea.version import Feature, first_with, has
from kea_hac.model.configuration import Configuration

NO_ID = refused(
    "KH206",
    "subnet-id-missing",
    why="Kea 2.2 and 2.4 number such subnets by their position in the file. When a subnet is inserted before them, "
    "existing leases belong to another subnet. From 2.6 on the server does not start.",
    source="ChangeLog 2157 and 2232; seen on 2.2.0 (accepted) and 2.6.3 (refused)",
    since=first_with(Feature.SUBNET_ID_MANDATORY),
    rests_on=("id",),
)
SAME_ID = refused(
    "KH207",
    "subnet-id-taken",
    why=f"Leases are stored under the id of their subnet, so each subnet needs an id of its own. {NOT_LOADED}",
    source="Kea ARM, 'Subnet Identifier'; seen on 2.2.0, 2.6.3, 3.0.4",
)


@checks(NO_ID, SAME_ID, on=Subject.SHARED)
def subnet_id_missing_or_taken(configuration: Configuration) -> Iterator[Finding]:
    """A subnet has no id, or another subnet's."""
    subnets = configuration.subnets()
    ids = {subnet.get("id", 0) for subnet in subnets}
    if len(ids) == len(subnets) and 0 not in ids:
        return
    numbered_by_kea = not has(configuration.version, Feature.SUBNET_ID_MANDATORY)
    without = [subnet for subnet in subnets if subnet.get("id", 0) == 0]
    used = {subnet["id"] for subnet in subnets if isinstance(subnet.get("id"), int)} - {0}
    # 2.2 and 2.4 number them from 1 in this order, whatever ids are written elsewhere (seen on 2.2.0), and leases hang on those numbers
    own = not used & set(range(1, len(without) + 1)) and (numbered_by_kea or not used)
    first = 1 if own else max(used, default=0) + 1
    for number, subnet in enumerate(without, first):
        yield Finding(
            NO_ID,
            (*subnet.at, "id" if "id" in subnet else "subnet"),
            f"the subnet {subnet.get('subnet', '')} has no id",
            repair=(Repair((*subnet.at, "id"), RepairKind.SET, number),) if own else (),
            fix=f"add `id: {number}`"
            + (", the number that Kea assigned to it" if own and numbered_by_kea else ", which is unused"),
        )
    yield from _taken(subnets, max(used, default=0) + 1)
    if numbered_by_kea:
        yield from _taken_by_kea(without, used)


def _taken_by_kea(without: list[Block], used: set[int]) -> Iterator[Finding]:
    """Kea 2.2 and 2.4 give the numbers from 1 up, and refuse the file when one of them is written elsewhere (seen on 2.2.0)."""
    for number, subnet in enumerate(without, 1):
        if number in used:
            at = (*subnet.at, "id" if "id" in subnet else "subnet")
            yield Finding(
                SAME_ID,
                at,
                f"Kea assigns the id {number} to the subnet {subnet.get('subnet', '')}, and another subnet has this id",
                fix=f"add `id: {max(used) + 1}`, which is unused",
                repair=(Repair((*subnet.at, "id"), RepairKind.SET, max(used) + 1),),
            )


def _taken(subnets: list[Block], unused: int) -> Iterator[Finding]:
    seen: dict[int, Route] = {}
    for subnet in subnets:
        number = subnet.get("id")
        if not isinstance(number, int) or number == 0:
            continue
        if number in seen:
            yield Finding(
                SAME_ID,
                (*subnet.at, "id"),
                f"the subnet id {number} is taken",
                related=((seen[number], "the other subnet"),),
                fix=f"write {unused}, which is unused",
                repair=set_it(unused),
            )
        seen.setdefault(number, (*subnet.at, "id"))
