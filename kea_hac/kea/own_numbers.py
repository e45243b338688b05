"""The ids that Kea itself gave to subnets without one, before an id became mandatory."""

from __future__ import annotations

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.version import Feature, KeaVersion, has


def with_numbers(daemon: Daemon, config: Block, source: KeaVersion) -> tuple[Block, list[Block]]:
    """The map with the numbers that Kea 2.2 and 2.4 gave, from 1, members of shared networks before plain subnets.

    Also returns the subnets that got one. From 2.6 on a number is mandatory, and the map stays as it is.
    """
    result = config.copy_of()
    supplied: list[Block] = []
    if has(source, Feature.SUBNET_ID_MANDATORY):
        return config, []

    def numbered(subnets: Json) -> list[Json]:
        changed: list[Json] = []
        for subnet in subnets:
            if isinstance(subnet, Block) and not subnet.get("id"):
                other = Block(subnet.at, {"id": len(supplied) + 1}, subnet.moved)
                other.update({key: value for key, value in subnet.items() if key != "id"})
                supplied.append(other)
                changed.append(other)
            else:
                changed.append(subnet)
        return changed

    if isinstance(result.get("shared-networks"), list):
        networks: list[Json] = []
        for network in result["shared-networks"]:
            holds = isinstance(network, Block) and isinstance(network.get(daemon.subnets), list)
            other = network.copy_of() if holds else network
            if holds:
                other[daemon.subnets] = numbered(network[daemon.subnets])
            networks.append(other)
        result["shared-networks"] = networks
    if isinstance(result.get(daemon.subnets), list):
        result[daemon.subnets] = numbered(result[daemon.subnets])
    return (result, supplied) if supplied else (config, [])
