"""Lists that another tool keeps in a file on the servers: what is in them is unknown to every rule."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Skipped
from kea_hac.kea.reading import KEPT_ON_SERVERS
from kea_hac.model.configuration import Configuration
from kea_hac.source.document import Secret


def kept_on_servers(configuration: Configuration) -> Iterator[Skipped]:
    """Each file that holds such a list."""
    for holder in (configuration.config, *configuration.networks_and_subnets()):
        for key in KEPT_ON_SERVERS:
            listed = holder.get(key)
            if isinstance(listed, Secret):
                reason = "another tool keeps them on the servers, and they are not known here"
                yield Skipped(f"the {key} in {listed.path}", reason)
