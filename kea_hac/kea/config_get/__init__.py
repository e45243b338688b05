"""What `config-get` answers once a version of Kea has loaded a configuration: the one form in which two of them compare.

    shown           a configuration, in any spelling → the answer of one version: defaults, copied values, order, forms
    from_answer     a raw answer → the same form
    kea_rendering   Kea's own text of a tree; config_hash: what config-hash-get says of it
    unobservable    the places of a configuration of which the answer says nothing, or too little

`shown` is pure and proven against real servers: equal trees, equal hashes. `shown(shown(x)) == shown(x)`.
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.config_get.answer import from_answer
from kea_hac.kea.config_get.control_agent import control_agent
from kea_hac.kea.config_get.dhcp import dhcp
from kea_hac.kea.config_get.rendering import Resolver, UnresolvedSecretError, config_hash, kea_rendering
from kea_hac.kea.config_get.target import Shared, Target
from kea_hac.kea.config_get.unobservable import Fact, Unseen, facts, unobservable
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import KeaVersion

__all__ = [
    "Fact",
    "Resolver",
    "Shared",
    "UnresolvedSecretError",
    "Unseen",
    "config_hash",
    "facts",
    "from_answer",
    "kea_rendering",
    "predicted_hash",
    "shown",
    "unobservable",
]


def predict(
    daemon: Daemon,
    config: Mapping[str, Json],
    version: KeaVersion,
    host: Platform | None = None,
    shared: Shared | None = None,
) -> Block:
    """What config-get of `version` answers under the daemon's top key once it has loaded `config`.

    `config`: the map under that key, in any spelling that any version reads: what the compiler writes, what the reader
    gives for an existing file, an earlier answer. `host` fills in the directories that some versions print in front of
    bare file names; without it a bare name stays one. The result has sorted keys; its Blocks keep `.at` and `.moved` of
    those that they came from. A value that Kea would refuse stays as it was written. Nothing of the input is changed.
    `shared`: one for several predictions, whose lists that are the same object are then predicted once.
    """
    return _predicted(Target(daemon, version, host, shared=shared), config)


def predicted_hash(
    daemon: Daemon,
    config: Mapping[str, Json],
    version: KeaVersion,
    host: Platform | None = None,
    resolver: Resolver | None = None,
    shared: Shared | None = None,
) -> str | None:
    """`config_hash` of what `predict` predicts, in half of the time."""
    printed = _predicted(Target(daemon, version, host, shared=shared, printed=True), config)
    return config_hash(daemon, printed, version, resolver, shared)


def _predicted(target: Target, config: Mapping[str, Json]) -> Block:
    return control_agent(target, config) if target.daemon.family is None else dhcp(target, config)
