"""The canonical form of a configuration: what config-get of its version shows, masked, without the stamp, in one spelling.

`diff`, the proof of `import` and the change set compare this form. The stamp is what kea-hac adds to a built file.
"""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.changes.normal_form import in_one_form
from kea_hac.kea.canonical import STAMP
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.config_get import Shared, predict
from kea_hac.kea.hidden import masked
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import KeaVersion
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Stamp:
    """The stamp of a configuration, which names its build. All strings come from a server and are not trusted."""

    pair: str
    server: str
    build: str


def stamp_of(config: Mapping[str, Json]) -> Stamp | None:
    """The stamp in a daemon's map; None where there is none, or something else under its name."""
    context = config.get("user-context")
    stamp = context.get(STAMP) if isinstance(context, dict) else None
    if not isinstance(stamp, dict):
        return None
    words = [stamp.get(key) for key in ("pair", "server", "build")]
    return Stamp(*(str(word) for word in words)) if all(isinstance(word, str) for word in words) else None


def without_stamp(config: Block) -> Block:
    """The map without the stamp, and without the user-context when that contained nothing else."""
    context = config.get("user-context")
    if not isinstance(context, dict) or STAMP not in context:
        return config
    rest = {key: value for key, value in context.items() if key != STAMP}
    result = config.copy_of()
    if rest:
        result["user-context"] = Block(context.at, rest) if isinstance(context, Block) else rest
    else:
        del result["user-context"]
    return result


def canonical_form(
    daemon: Daemon, config: Block, version: KeaVersion, host: Platform | None, shared: Shared | None = None
) -> Block:
    """What config-get of the version shows of a configuration, masked, without stamp, what is one to Kea in one spelling.

    `shared`: as for `predict`.
    """
    return in_one_form(daemon, predict(daemon, masked(without_stamp(config)), version, host, shared), version, host)
