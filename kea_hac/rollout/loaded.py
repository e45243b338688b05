"""What the servers hold now → the older build that the order of the rollout is computed from, and its files.

It comes from the servers and the builds that their stamps name, not from an older spec: the order must be right for what the
servers lease now, outside changes included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kea_hac.changes.between import shared_on_purpose
from kea_hac.changes.canonical import without_stamp
from kea_hac.changes.change import Verdict
from kea_hac.compiler.artifacts import Artifact, Build
from kea_hac.compiler.built import Built
from kea_hac.drift.applied import fingerprint
from kea_hac.drift.bases import Base
from kea_hac.drift.diffing import Compared, Drift
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.version import KeaVersion
from kea_hac.live.endpoint import Live, Unread
from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass

OUTSIDE = frozenset({Verdict.EXTERNAL, Verdict.CONFLICT, Verdict.DIFFERS})
"""What a deploy would overwrite without anybody having decided that. A converged change is in the spec already."""
_LEASED = ("subnet4", "subnet6", "shared-networks", "client-classes", "option-def")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the servers hold."""

    built: Built
    """The site is the newer one with the subnets and classes that are loaded."""
    files: Mapping[str, Mapping[str, bytes]]
    """By server: file name → content of the build that was loaded. A server is missing where a file was not found."""
    no_union: Mapping[str, str]
    """Family → why no configuration can be made that lies between the loaded one and the new one."""


def loaded(new: Built, lives: Iterable[Live | Unread], drift: Drift) -> Loaded:
    """The older build. Every daemon must have been read and compared."""
    read = {(each.server, each.daemon.name): each for each in lives if isinstance(each, Live)}
    artifacts = []
    files: dict[str, dict[str, bytes] | None] = {}
    for each in drift.compared:
        made = _artifact(new, each, read[each.server, each.daemon.name])
        artifacts.append(made)
        known = files.setdefault(each.server, {})
        if known is not None and made.content:
            known[made.name] = made.content
        else:
            files[each.server] = None
    site, no_union = _site(new.site, artifacts, read)
    built = Built(site, Build(new.site.pair, tuple(sorted(artifacts, key=lambda each: each.path)), new.build.manifest))
    return Loaded(built, {server: found for server, found in files.items() if found is not None}, no_union)


def outside(compared: Compared) -> bool:
    """True where a server holds something else than was loaded, or where it is not known what was loaded.

    A difference that the spec permits, or that Micetro made, counts too: the rollout would overwrite it.
    """
    if compared.base is None:
        return False
    permitted = {change.verdict for change, _ in compared.ignored}
    return not isinstance(compared.base, Base) or bool(OUTSIDE & (compared.verdicts() | permitted))


def _artifact(new: Built, compared: Compared, live: Live) -> Artifact:
    path = f"{compared.server}/{compared.daemon.file}"
    base = compared.base
    if base is None:
        return next(each for each in new.build.artifacts if each.path == path)
    content = base.content if isinstance(base, Base) else b""
    if isinstance(base, Base) and not outside(compared):
        return _made(compared, base.config, content, base.build)
    assert live.config is not None
    return _made(compared, _blocks(live.config), content, fingerprint(live.config))


def _made(compared: Compared, config: Block, content: bytes, build: str) -> Artifact:
    return Artifact(compared.server, compared.daemon.file, content, build, {compared.daemon.top: config})


def _blocks(value: Mapping[str, Json]) -> Block:
    def made(each: Json) -> Json:
        if isinstance(each, dict):
            return Block((), {key: made(one) for key, one in each.items()})
        return [made(one) for one in each] if isinstance(each, list) else each

    return Block((), {key: made(each) for key, each in value.items()})


def _site(
    site: Site, artifacts: Iterable[Artifact], read: Mapping[tuple[str, str], Live]
) -> tuple[Site, Mapping[str, str]]:
    configs = {(each.server, each.name): each.tree for each in artifacts}
    families = {}
    no_union = {}
    for name, family in site.families.items():
        found = [
            (node, _named_for_all(node, name, tree[family.daemon.top]))
            for node in site.nodes
            if (tree := configs.get((node.name, family.daemon.file))) is not None
        ]
        if not found:
            continue
        whole = max((config for _, config in found), key=lambda config: _size(config, family.daemon))
        apart = [node.name for node, config in found if not _is_part(config, whole, family.daemon)]
        if apart:
            no_union[name] = f"what {' and '.join(apart)} holds is no part of what its partner holds"
        whole = shared_on_purpose(whole, family.daemon) if family.load_balancing is not None else whole
        families[name] = replace(family, config=whole)
    nodes = tuple(_as_it_runs(node, read) for node in site.nodes)
    return replace(site, families=families, nodes=nodes), no_union


def _as_it_runs(node: Node, read: Mapping[tuple[str, str], Live]) -> Node:
    versions = [live.version for (server, _), live in read.items() if server == node.name and live.version]
    try:
        runs = KeaVersion.parse(versions[0]) if versions else node.version
    except ValueError:
        return node
    return replace(node, version=runs) if runs.branch is not node.version.branch else node


def _named_for_all(node: Node, family: str, config: Block) -> Block:
    """What can be leased, with the aliases of the spec instead of the names of this server's interfaces."""
    aliases = {real: alias for alias, real in node.server_families[family].aliases.items()}
    part = Block((), {key: config[key] for key in _LEASED if key in config})
    named = _with_aliases(without_stamp(part), aliases)
    assert isinstance(named, Block)
    return named


def _with_aliases(value: Json, aliases: Mapping[str, str]) -> Json:
    if isinstance(value, dict):
        made = {
            key: aliases.get(each, each)
            if key == "interface" and isinstance(each, str)
            else _with_aliases(each, aliases)
            for key, each in value.items()
        }
        return Block(value.at, made, value.moved) if isinstance(value, Block) else made
    return [_with_aliases(each, aliases) for each in value] if isinstance(value, list) else value


def _size(config: Block, daemon: Daemon) -> int:
    return sum(1 for _ in _subnets(config, daemon))


def _subnets(config: Block, daemon: Daemon) -> Iterator[tuple[Json, Json]]:
    for network in config.get("shared-networks", ()):
        yield from (((network.get("name"), each.get("id")), each) for each in network.get(daemon.subnets, ()))
    yield from (((None, each.get("id")), each) for each in config.get(daemon.subnets, ()))


def _is_part(config: Block, whole: Block, daemon: Daemon) -> bool:
    """True when all that a server leases is in the whole one, too: a spoke has a part of what its hub has."""
    known = dict(_subnets(whole, daemon))
    same = all(known.get(key) == each for key, each in _subnets(config, daemon))
    return same and all(config.get(key) == whole.get(key) for key in ("client-classes", "option-def"))
