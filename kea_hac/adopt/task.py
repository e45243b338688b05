"""What adopting takes and gives, as values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kea_hac.changes.change import Change
from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.version import KeaVersion
from kea_hac.records import dataclass
from kea_hac.source.document import Document
from kea_hac.source.yaml_edit import EditedTexts


class Prefer(StrEnum):
    """Whose value a conflict gets: the servers', or the spec's. A server's name instead: that server's, against the others too."""

    LIVE = "live"
    SPEC = "spec"


@dataclass(frozen=True, slots=True)
class LiveConfiguration:
    """The configuration of one daemon of one server: the input of adopting."""

    server: str
    daemon: Daemon
    version: KeaVersion
    """What runs there; its canonical form is compared."""
    base: Mapping[str, Json] | None
    """What was loaded there, canonical (`diffing.canonical`); None where it is unknown."""
    live: Mapping[str, Json]
    """The existing value, canonical."""
    spec: Block | None = None
    """What the spec compiles to, canonical, where the diff has it already."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that was not adopted."""

    change: Change
    reason: str
    manual: str
    """The edit to make by hand."""


@dataclass(frozen=True, slots=True)
class Besides:
    """Something that is written into the spec and is no change of a server itself."""

    what: str
    """As a sentence: "set renew-timer to 1h"."""
    places: tuple[str, ...]
    """Where in the spec."""
    why: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """The result. `plan` is to be written by `source.rewrite.write_texts(document, plan.texts)`."""

    document: Document
    """The spec as it was."""
    plan: EditedTexts
    adopted: tuple[Change, ...]
    refused: tuple[Refusal, ...]
    besides: tuple[Besides, ...] = ()
    comments: tuple[Besides, ...] = ()
    """Comments beside changed values, with their places: they may no longer be true. Those that describe the value get a mark."""
    """What else is written, so that nothing else changes."""
