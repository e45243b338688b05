"""The versions that a spec has now, and which of them an upgrade raises."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.diagnostics import Route
from kea_hac.errors import UsageError
from kea_hac.kea.version import KeaVersion
from kea_hac.model.site import Site
from kea_hac.records import dataclass
from kea_hac.source.document import Document, Map, Seq, value_at


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """The step of one server."""

    server: str
    old: KeaVersion
    new: KeaVersion

    @property
    def changes(self) -> bool:
        """False for a server that has the version already."""
        return self.old != self.new


def target(text: str) -> KeaVersion:
    """The version of `--to`. Raises UsageError that names what is possible."""
    try:
        return KeaVersion.parse(text.strip().removeprefix("v"))
    except ValueError as error:
        raise UsageError(f"--to: {error}") from None


def is_newer(one: KeaVersion, other: KeaVersion) -> bool:
    """True when `one` is certainly newer than `other`. A version without its third number is every release of the branch."""
    if one.branch is not other.branch:
        return one.branch.order > other.branch.order
    return one.patch is not None and other.patch is not None and one.patch > other.patch


def steps(site: Site, to: KeaVersion) -> tuple[ServerVersion, ...]:
    """The step of every server: those that have `to` already stay. Raises UsageError when one has a newer version."""
    newer = [node for node in site.nodes if is_newer(node.version, to)]
    if newer:
        named = " and ".join(f"{node.name} has Kea {node.version}" for node in newer)
        raise UsageError(
            f"--to {to}: {named}, which is newer. Going back to an older Kea is not an upgrade: it is not known here what an older "
            "Kea does with the leases and databases of a newer one"
        )
    return tuple(ServerVersion(node.name, node.version, _new(node.version, to)) for node in site.nodes)


def _new(old: KeaVersion, to: KeaVersion) -> KeaVersion:
    """`kea: 2.6` stands for 2.6.3 too, and 2.6.3 is a release of 2.6: that is no step."""
    return to if is_newer(to, old) else old


def version_routes(document: Document, to: KeaVersion) -> Iterator[Route]:
    """The `kea` keys of the pair and of its servers that are older than `to`."""
    root = document.root
    routes: list[Route] = [("kea",)]
    servers = root.get("servers")
    routes += [("servers", number, "kea") for number in range(len(servers) if isinstance(servers, Seq) else 0)]
    for route in routes:
        holder = value_at(root, route[:-1], None)
        written = holder.get("kea") if isinstance(holder, Map) else None
        try:
            old = KeaVersion.parse(str(written)) if isinstance(written, str) else None
        except ValueError:
            continue
        if old is not None and is_newer(to, old):
            yield route
