"""How servers were asked in the build that others have seen: what `live.trust` compares the spec's places with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.built import configs
from kea_hac.drift.bases import Base, Bases, Tree
from kea_hac.kea.config import FAMILIES, Daemon, Json
from kea_hac.kea.platform import platform
from kea_hac.live.host_and_port import host_form
from kea_hac.live.trust import ControlSocket, Trust, control_sockets
from kea_hac.model.site import Site
from kea_hac.records import dataclass


def trust(site: Site, build: Build, bases: Bases, named: Iterable[str] = ()) -> Trust:
    """What decides over the places of a spec. `named`: servers of `--trust`."""
    now = {(node.name, daemon.name): control_sockets(daemon, config) for node, daemon, config in configs(site, build)}
    tree = bases.seen_by_others()
    standard = {platform(node.platform.name, node.platform.arch, node.version).socket_dir for node in site.nodes}
    earlier = EarlierBuild(tree, build, now) if tree is not None else None
    return Trust(now, earlier, frozenset(named), frozenset(standard))


@dataclass(frozen=True, slots=True)
class EarlierBuild:
    """One pair's folder in a commit."""

    tree: Tree
    build: Build
    """What the spec compiles to now: a file that is the same needs no reading."""
    now: dict[tuple[str, str], frozenset[ControlSocket]]

    @property
    def source(self) -> str:
        """As in `live.trust.Earlier`."""
        return self.tree.source

    def control_sockets(self, server: str, daemon: Daemon) -> frozenset[ControlSocket] | None:
        """As in `live.trust.Earlier`."""
        path = f"{server}/{daemon.file}"
        if self.tree.read(path) is not None and self.tree.read(path) == self.build.files.get(path):
            return self.now.get((server, daemon.name))
        base = self.tree.base(server, daemon)
        return control_sockets(daemon, base.config) if isinstance(base, Base) else None

    def addresses(self, server: str) -> frozenset[str]:
        """As in `live.trust.Earlier`: what the manifest lists, and where the partner reaches it."""
        found = set()
        for text in (*self.tree.addresses(server), *self._urls(server)):
            try:
                found.add(host_form(text))
            except ValueError:
                continue
        return frozenset(found)

    def _urls(self, server: str) -> Iterable[str]:
        for daemon in FAMILIES:
            base = self.tree.base(server, daemon)
            for relationship in relationships_of(base.config) if isinstance(base, Base) else ():
                own = relationship.get("this-server-name")
                for peer in relationship.get("peers", ()):
                    if isinstance(peer, dict) and peer.get("name") == own:
                        yield urlsplit(str(peer.get("url"))).hostname or ""


def relationships_of(config: Mapping[str, Json]) -> Iterable[Mapping[str, Json]]:
    """The HA relationships of a daemon's configuration, in their order; of any shape, because a server may show anything."""
    libraries = config.get("hooks-libraries")
    for library in libraries if isinstance(libraries, list) else ():
        parameters = library.get("parameters") if isinstance(library, dict) else None
        listed = parameters.get("high-availability") if isinstance(parameters, dict) else None
        yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
