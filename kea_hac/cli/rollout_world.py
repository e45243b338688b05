"""The options of `kea-hac rollout` → the real world of a rollout, what the servers hold, and the gates with the plan."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.cli.diff import resolver
from kea_hac.cli.progress import Bar
from kea_hac.records import dataclass
from kea_hac.report.formats import Format

if TYPE_CHECKING:
    from kea_hac.compiler.built import Built
    from kea_hac.drift.diffing import Drift
    from kea_hac.live.endpoint import Endpoint, Live, Unread
    from kea_hac.rollout.journal import Store
    from kea_hac.rollout.live_world import LiveWorld, Signals
    from kea_hac.rollout.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    spec: str
    output: Path
    state: Path | None
    copy: str | None
    form: Format
    live: tuple[str, ...]
    trust: tuple[str, ...]
    access: tuple[Path | None, Path | None, Path | None, Path | None]
    """credentials, cacert, cert, key"""
    plain_http: bool
    secrets: Path | None
    timeout: float | None
    over: tuple[str, ...]
    reload: bool

    @property
    def rollouts(self) -> Path:
        """The folder of the journals of all pairs."""
        from kea_hac.drift.bases import ROLLOUTS

        return self.state if self.state is not None else self.output / ROLLOUTS

    def command(self, *more: str) -> str:
        """The command line with these words after the spec."""
        words = ["kea-hac", "rollout", self.spec, *more]
        if self.output != Path("build"):
            words += ["--output", str(self.output)]
        for name, value in (("--state", self.state), ("--copy", self.copy), ("--secrets", self.secrets)):
            words += [name, str(value)] if value is not None else []
        for name, path in zip(("--credentials", "--cacert", "--cert", "--key"), self.access, strict=True):
            words += [name, str(path)] if path is not None else []
        for name, listed in (("--live", self.live), ("--trust", self.trust), ("--over-external", self.over)):
            words += [word for each in listed for word in (name, each)]
        words += ["--allow-plain-http"] if self.plain_http else []
        words += ["--reload"] if self.reload else []
        words += ["--timeout", f"{self.timeout:g}"] if self.timeout is not None else []
        return shlex.join(words)


def world_of(options: Options, built: Built, store: Store, signals: Signals, drawn: Bar) -> LiveWorld:
    """The servers, copies and journal that these options lead to. `drawn`: where the progress is shown, each line with the time of day."""
    from kea_hac.drift.bases import Bases
    from kea_hac.drift.earlier import trust
    from kea_hac.live.access import access
    from kea_hac.live.channels import endpoints
    from kea_hac.live.endpoint import Endpoint
    from kea_hac.rollout.copying import copy_command
    from kea_hac.rollout.live_world import LiveWorld

    judged = trust(built.site, built.build, Bases(built.build, options.output), options.trust)
    asked = {(each.server, each.daemon.name): each for each in endpoints(built.site, options.live, judged)}
    places = {(each.server, each.daemon.name): each for each in endpoints(built.site, (), judged)}
    return LiveWorld(
        endpoints=asked,
        others={
            key: each
            for key, each in places.items()
            if isinstance(each, Endpoint) and options.live and each != asked[key]
        },
        access=access(os.environ, *options.access, plain_http=options.plain_http),
        store=store,
        signals=signals,
        tell=lambda line: drawn.say(f"{time.strftime('%H:%M:%S')} {line}"),
        bar=drawn.step,
        addresses=addresses(built),
        command=copy_command(options.copy) if options.copy is not None else None,
        here={} if options.copy is not None else _here(built, asked),
        nodes={node.name: node for node in built.site.nodes},
        resolve=resolver(options.secrets),
    )


def addresses(built: Built) -> Mapping[str, str]:
    """By server: the address that reaches it from other machines; "" where the spec has none. 127.0.0.1 would be this machine."""
    found = {}
    for node in built.site.nodes:
        families = node.server_families.values()
        known = [each for one in families for each in (one.control_address, one.address) if each is not None]
        found[node.name] = next((str(each) for each in known if not each.is_unspecified and not each.is_loopback), "")
    return found


def _here(built: Built, asked: Mapping[tuple[str, str], Endpoint | Unread]) -> Mapping[str, Mapping[str, Path]]:
    """The servers that are this machine, and the files that their daemons read. A standalone server without an address need not be it."""
    from kea_hac.kea.config import DAEMONS
    from kea_hac.live.channels import is_here
    from kea_hac.live.endpoint import Endpoint, Unix

    found = {}
    known = addresses(built)
    for node in built.site.nodes:
        local = any(
            isinstance(each, Endpoint) and isinstance(each.channel, Unix)
            for (server, _), each in asked.items()
            if server == node.name
        )
        paths = {name: Path(node.platform.config_file(daemon)) for name, daemon in DAEMONS.items()}
        standing = {name: path for name, path in paths.items() if path.is_file()}
        if standing and (local or (known[node.name] and is_here(built.site, node))):
            found[node.name] = standing
    return found


def prepared_by(options: Options, built: Built, world: LiveWorld, unfinished: str | None, *, begin: bool) -> Prepared:
    """The gates, and the plan where they pass. `unfinished`: why the journal permits no new rollout; `begin`: as in `Wishes`."""
    from kea_hac.cli.leftovers import source_of
    from kea_hac.compiler.artifacts import with_source
    from kea_hac.output.tree import inspect
    from kea_hac.rollout.prepare import Wishes, prepare

    source = source_of(options.spec, options.output)
    build = with_source(built.build, source) if source is not None else built.build
    tree = inspect(options.output, build)
    drift, lives = compare(options, built, world)
    wishes = Wishes(options.spec, options.over, options.timeout, options.copy or "", unfinished, options.reload, begin)
    return prepare(built, tree, lives, drift, world, wishes)


def compare(options: Options, built: Built, world: LiveWorld) -> tuple[Drift, tuple[Live | Unread, ...]]:
    """What the servers hold, compared with what was loaded and with the spec."""
    from kea_hac.drift.bases import Bases
    from kea_hac.drift.diffing import diff, expected_hashes
    from kea_hac.drift.ignoring import local_day
    from kea_hac.live.gather import gather

    resolve = resolver(options.secrets)
    expected = expected_hashes(built.site, built.build, resolve)
    lives = gather(world.places, world.access, expected, world.limits)
    bases = Bases(built.build, options.output, state=options.rollouts)
    drift = diff(built.site, built.build, lives, bases, resolve=resolve, today=local_day())
    return drift, lives
