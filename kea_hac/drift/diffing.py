"""One spec, its bases and its servers' configurations → the drift of the pair. Only `bases` reads files (the build tree)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import date
from functools import partial
from types import MappingProxyType

from kea_hac.changes.canonical import Stamp, canonical_form, stamp_of, without_stamp
from kea_hac.changes.change import Change, Path, Value, Verdict, spelt
from kea_hac.changes.normal_form import in_one_form
from kea_hac.changes.rounds import Round
from kea_hac.changes.three_way import LIVE, SPEC, Difference, Unknown, compare, same_maps
from kea_hac.check.engine import attempt
from kea_hac.compiler.artifacts import Build
from kea_hac.compiler.built import configs
from kea_hac.diagnostics import Finding, Report, Skipped, dotted
from kea_hac.drift.bases import Base, Bases, NoBase
from kea_hac.drift.health import Health, healths
from kea_hac.drift.ignoring import sort_out
from kea_hac.drift.pair_view import Seen, Truth, seen, truths
from kea_hac.kea.canonical import holds_secret
from kea_hac.kea.config import Block, Daemon, Json, Once
from kea_hac.kea.config_get import Resolver, Shared, predicted_hash, unobservable
from kea_hac.kea.hidden import masked
from kea_hac.kea.reading import KEPT_ON_SERVERS
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.live.activity import activities
from kea_hac.live.endpoint import Live, Trouble, Unread
from kea_hac.live.ha_state import ServerStatus, server_statuses
from kea_hac.locating import located
from kea_hac.model.site import Node, Site
from kea_hac.records import dataclass
from kea_hac.source.document import Secret
from kea_hac.spec.pair import Ignored

_NOT_COMPARED = (
    "its configuration was read, and kea-hac could not compare it: this is a bug in kea-hac, please report it"
)


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A value in the file that a server would start with, and the value in its memory."""

    path: Path
    file: Value
    memory: Value


@dataclass(frozen=True, slots=True)
class Texts:
    """What was compared, in the canonical form of the version that runs there."""

    version: KeaVersion
    base: Block | None
    """None where it is unknown what was loaded."""
    spec: Block
    live: Block


@dataclass(frozen=True, slots=True)
class Compared:
    """One daemon of one server, compared with the spec."""

    server: str
    daemon: Daemon
    source: str
    """Where its configuration comes from: "control agent http://…", "saved …"."""
    version: str | None
    """The version that runs there, as far as the daemon reported it."""
    base: Base | NoBase | None
    """None where the hash was the expected one, so that nothing more was asked."""
    stamp: Stamp | None
    seen: tuple[Seen, ...]
    """In the order of the paths."""
    ignored: tuple[tuple[Change, Ignored], ...]
    on_disk: tuple[OnDisk, ...]
    """Where the file would bring something else than is in memory now."""
    notes: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    texts: Texts | None = field(default=None, repr=False)
    """None where only a hash was asked for."""
    answered: float | None = None
    """When it answered, or when its saved answer was written: seconds since 1970."""

    @property
    def name(self) -> str:
        """kea1 dhcp4"""
        return f"{self.server} {self.daemon.name}"

    def verdicts(self, *, news: bool = True) -> frozenset[Verdict]:
        """Which verdicts occur. `news`: those that Micetro is expected to cause as well."""
        return frozenset(each.change.verdict for each in self.seen if news or not each.news)


@dataclass(frozen=True, slots=True)
class Drift:
    """The result of a diff."""

    pair: str
    compared: tuple[Compared, ...]
    """By server in the order of the spec, dhcp4 first."""
    unread: tuple[Unread, ...]
    server_statuses: tuple[ServerStatus, ...]
    """What the servers say of their HA, where they could be asked."""
    truths: tuple[Truth, ...]
    health: tuple[Health, ...]
    """Of each relationship and standalone server that was asked, family by family."""
    report: Report
    """Findings on the spec's own rules for diff."""
    rounds: tuple[Round, ...] = ()
    """In which order what is pending gets to the servers, where that was computed."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All that count."""
        return tuple(each.change for compared in self.compared for each in compared.seen)


def expected_hashes(site: Site, build: Build, resolve: Resolver) -> Mapping[tuple[str, str], str]:
    """By server and daemon name: the answer to config-hash-get of a server that is in sync with the spec.

    A daemon is missing whose version has no hash (2.4 and newer have one), or for which a secret is not available.
    """
    found = {}
    shared = Shared()
    for node, daemon, config in configs(site, build):
        if has(node.version, Feature.CONFIG_HASH):
            result = predicted_hash(daemon, config, node.version, node.platform, resolve, shared)
            if result is not None:
                found[node.name, daemon.name] = result
    return found


class CanonicalForms:
    """The configurations of one build in the form that is compared, each made once, and what servers have in common once for all."""

    def __init__(
        self, resolve: Resolver, known: Mapping[tuple[tuple[str, str], KeaVersion], Block] = MappingProxyType({})
    ) -> None:
        """`known`: those that were made before, by server, daemon and version."""
        self.resolve = resolve
        self._shared = Shared()
        self._known = dict(known)

    def of(self, node: Node, daemon: Daemon, config: Block, version: KeaVersion) -> Block:
        """`config` of a server, which is a part of the build."""
        place = (node.name, daemon.name), version
        if place not in self._known:
            self._known[place] = canonical(node, daemon, config, version, self.resolve, self._shared)
        return self._known[place]


def diff(
    site: Site,
    build: Build,
    lives: Iterable[Live | Unread],
    bases: Bases,
    *,
    resolve: Resolver,
    today: date,
    forms: CanonicalForms | None = None,
) -> Drift:
    """Compare every daemon of the spec with its server's configuration. `lives`: one value for each, in any order.

    `forms`: those of the build, where some were made before.
    """
    lives = tuple(lives)
    forms = forms or CanonicalForms(resolve)
    reported = {(each.server, each.daemon.name): each for each in lives}
    result: list[Compared] = []
    unread: list[Unread] = []
    broken: list[Finding] = []
    changes: list[Change] = []
    written: dict[tuple[str, str, Path], bool] = {}
    once = Once()
    for node, daemon, config in configs(site, build):
        live = reported.get((node.name, daemon.name))
        if isinstance(live, Unread):
            unread.append(live)
        elif live is not None:
            step = partial(_compared, node, daemon, config, live, bases, forms, once)
            done = attempt(f"the comparison of {node.name} {daemon.name}", step, broken.append)
            if done is None:
                unread.append(Unread(node.name, daemon, live.source, _NOT_COMPARED, Trouble.UNCLEAR))
                continue
            compared, found = done
            compared = replace(compared, answered=live.answered)
            result.append(compared)
            changes += found
            written |= _written(compared, found, known=live.on_disk is not None)
    ruled = sort_out(changes, site.diff, today, complete=not unread and all(each.base is not None for each in result))
    read = {(each.server, each.daemon.name): each for each in result}
    backends = {key for key, live in reported.items() if isinstance(live, Live) and _reads_backend(live.config)}
    backends |= {(node.name, daemon.name) for node, daemon, config in configs(site, build) if _reads_backend(config)}
    saved = {key for key, live in reported.items() if isinstance(live, Live) and live.saved}
    holders = truths(site, activities(site, lives), backends, saved)
    views = seen(site, ruled.kept, read, written, holders, backends)
    final = tuple(
        replace(
            each,
            seen=tuple(view for view in views if _of(view.change, each)),
            ignored=tuple(pair for pair in ruled.ignored if _of(pair[0], each)),
        )
        for each in result
    )
    report = Report(tuple(located([*broken, *ruled.findings], site.document)))
    health = healths(site, lives, views)
    return Drift(site.pair, final, tuple(unread), server_statuses(site, lives), holders, health, report)


def _reads_backend(config: Mapping[str, Json] | None) -> bool:
    """Whether a DHCP server takes a part of its configuration from databases (`config-control`)."""
    control = config.get("config-control") if config is not None else None
    return isinstance(control, dict) and bool(control.get("config-databases"))


def _of(change: Change, compared: Compared) -> bool:
    return (change.server, change.daemon) == (compared.server, compared.daemon)


def _compared(
    node: Node, daemon: Daemon, config: Block, live: Live, bases: Bases, forms: CanonicalForms, once: Once
) -> tuple[Compared, list[Change]]:
    version, notes = _version(node, live)
    if live.config is None:
        matched = "its hash is that of the spec: in sync, as far as Kea shows its configuration"
        done = Compared(node.name, daemon, live.source, live.version, None, None, (), (), (), (*notes, matched), ())
        unasked = (*_gaps(live, node, daemon), *_unseen(node.name, daemon, config, version, once))
        return replace(done, skipped=unasked), []
    stamp = bases.stamp(node.name, daemon, live.config)
    base = bases.find(node.name, daemon, stamp)
    if stamp is not None and stamp.server != node.name and stamp.pair == bases.build.pair:
        notes.append(
            f"it has the stamp of {stamp.server}: that server's configuration was loaded on it or copied to it"
        )
    resolve = forms.resolve
    written = forms.of(node, daemon, config, version)
    older = None
    if isinstance(base, Base):
        unmoved = base.build == _stamped(config)
        older = written if unmoved else canonical(node, daemon, base.config, version, resolve)
    stored = _live_form(node, daemon, live, version, resolve, written)
    differences = list(compare(daemon, version.branch, older, written, stored))
    changes = [_change(node.name, daemon, each) for each in differences if isinstance(each, Difference)]
    skipped = [*_gaps(live, node, daemon), *_unknown(node.name, daemon, differences)]
    skipped += _unseen(node.name, daemon, config, version, once)
    disk: list[OnDisk] = []
    if live.on_disk is not None:
        file = canonical(node, daemon, live.on_disk, version, resolve)
        disk = [
            OnDisk(each.path, each.values[SPEC], each.values[LIVE])
            for each in compare(daemon, version.branch, None, file, stored)
            if isinstance(each, Difference)
        ]
    done = Compared(
        node.name, daemon, live.source, live.version, base, stamp, (), (), tuple(disk), tuple(notes), tuple(skipped)
    )
    return replace(done, texts=Texts(version, older, written, stored)), changes


def _stamped(config: Block) -> str | None:
    stamp = stamp_of(config)
    return stamp.build if stamp else None


def _live_form(node: Node, daemon: Daemon, live: Live, version: KeaVersion, resolve: Resolver, written: Block) -> Block:
    """A daemon's configuration in the form of config-get. Its own answer has that form; a file or an edited answer does not.

    `written`: the spec in that form. What equals it has the form too; it is given back itself, and not kept twice.
    The form must not be predicted for an answer: for an option that the configuration defines itself and that has sub-options
    (v4 43), Kea prints more bytes than it would load (seen on 2.6.3 and 3.0.4).
    """
    assert live.config is not None
    answered = in_one_form(daemon, without_stamp(Block((), dict(live.config))), version, node.platform)
    if same_maps(answered, written):
        return written
    if live.as_shown:
        return answered
    if same_maps(_but(daemon, None, answered), _but(daemon, None, written)):
        # A subnet of the spec's form has the form, where the same is handed down to it.
        form = canonical(node, daemon, _but(daemon, written, live.config), version, resolve)
        if _only_options_differ(daemon, version, form, _but(daemon, written, answered)):
            return answered
    form = canonical(node, daemon, live.config, version, resolve)
    return answered if _only_options_differ(daemon, version, form, answered) else form


def _but(daemon: Daemon, known: Mapping[str, Json] | None, config: Mapping[str, Json]) -> dict[str, Json]:
    """A configuration but for the subnets and networks that are objects of a known one; for all of them where none is given."""
    keys = [key for key in (daemon.subnets, "shared-networks") if isinstance(config.get(key), list)]
    kept = {id(each) for key in keys for each in (config if known is None else known).get(key, ())}
    return {**config, **{key: [each for each in config[key] if id(each) not in kept] for key in keys}}


def _only_options_differ(daemon: Daemon, version: KeaVersion, form: Block, answered: Mapping[str, Json]) -> bool:
    apart = compare(daemon, version.branch, None, form, answered)
    return all(each.path[-1] == "data" and "option-data" in each.path for each in apart)


def unproven(
    node: Node, daemon: Daemon, config: Block, shown: Mapping[str, Json], keys: Collection[str], resolve: Resolver
) -> tuple[str, ...]:
    """The places at which what a server shows is not proven to be what a file says; none where they are equal.

    `shown`: its answer to config-get. `keys`: those at which a secret that is not available leaves it open.
    """
    version = node.version
    answered = in_one_form(daemon, without_stamp(Block((), masked(dict(shown)))), version, node.platform)
    written = canonical(node, daemon, config, version, resolve)
    found = compare(daemon, version.branch, None, written, answered)
    return tuple(spelt(each.path) for each in found if isinstance(each, Difference) or each.path[0] in keys)


def canonical(
    node: Node,
    daemon: Daemon,
    config: Mapping[str, Json],
    version: KeaVersion,
    resolve: Resolver,
    shared: Shared | None = None,
) -> Block:
    """A configuration as `compare` needs it: with the available secrets, masked, without stamp, in the form of `canonical_form`.

    `shared`: as for `predict`.
    """
    block = config if isinstance(config, Block) else Block((), dict(config))
    if holds_secret(block):
        block = _resolved(block, resolve)
    return canonical_form(daemon, block, version, node.platform, shared)


def _resolved(value: Json, resolve: Resolver) -> Json:
    """The same tree with the available secrets filled in; the same object where there are none."""
    if isinstance(value, Secret):
        text = None if value.listed else resolve(value)
        return value if text is None else text
    if isinstance(value, dict):
        result = {key: _resolved(each, resolve) for key, each in value.items()}
        if all(result[key] is each for key, each in value.items()):
            return value
        return Block(value.at, result, value.moved) if isinstance(value, Block) else result
    if isinstance(value, list):
        items = [_resolved(each, resolve) for each in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return value


def _version(node: Node, live: Live) -> tuple[KeaVersion, list[str]]:
    """The version whose canonical form is used: the one that runs there."""
    if live.version is None:
        return node.version, []
    try:
        runs = KeaVersion.parse(live.version)
    except ValueError:
        return node.version, [
            f"it runs Kea {live.version}, which this kea-hac does not know; it is compared as {node.version}"
        ]
    narrower = node.version.patch not in (None, runs.patch)
    if runs.branch is not node.version.branch or narrower:
        return runs, [f"it runs Kea {runs}, and the spec has {node.version}"]
    return runs, []


def _change(server: str, daemon: Daemon, found: Difference) -> Change:
    base, spec, live = found.values
    return Change(server, daemon, found.path, found.verdict, base, spec, live, found.route)


def _gaps(live: Live, node: Node, daemon: Daemon) -> tuple[Skipped, ...]:
    return tuple(Skipped(f"{node.name} {daemon.name}", gap) for gap in live.gaps)


def _unseen(server: str, daemon: Daemon, config: Block, version: KeaVersion, once: Once) -> Iterator[Skipped]:
    """The places of the spec that this version's config-get does not show."""
    for each in unobservable(daemon, config, version, once):
        yield Skipped(f"{server} {daemon.name}: {dotted(each.path)}", each.reason)


def _unknown(server: str, daemon: Daemon, differences: Iterable[Difference | Unknown]) -> Iterator[Skipped]:
    for each in differences:
        if isinstance(each, Unknown):
            reason = f"the secret {each.secret.path} is not available, so its value cannot be compared"
            if each.secret.listed or each.path[-1] in KEPT_ON_SERVERS:
                reason = f"another tool keeps the list in {each.secret.path} on the servers, so it is not compared"
            yield Skipped(f"{server} {daemon.name}: {spelt(each.path)}", reason)


def _written(compared: Compared, changes: Iterable[Change], *, known: bool) -> dict[tuple[str, str, Path], bool]:
    """For each change whether the server's file has it too, where the file is known."""
    if not known:
        return {}
    apart = [each.path for each in compared.on_disk]
    return {
        (change.server, change.daemon.name, change.path): not any(_touch(change.path, path) for path in apart)
        for change in changes
    }


def _touch(one: Path, other: Path) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]
