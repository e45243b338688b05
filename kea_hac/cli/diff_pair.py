"""One pair of a `diff`: what its servers are asked, and the comparison of their answers."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Collection
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.records import dataclass

if TYPE_CHECKING:
    from kea_hac.api import Checked
    from kea_hac.compiler.artifacts import Build
    from kea_hac.drift.bases import Bases
    from kea_hac.drift.diffing import CanonicalForms, Drift
    from kea_hac.kea.config import Block
    from kea_hac.kea.config_get import Resolver
    from kea_hac.live.access import Access
    from kea_hac.live.endpoint import Endpoint, Live, Unread
    from kea_hac.live.silent import Silent
    from kea_hac.model.site import Site
    from kea_hac.source.document import Document

    Answers = queue.SimpleQueue[tuple[Live | Unread, ...] | BaseException]


@dataclass(frozen=True, slots=True)
class Question:
    """What the servers of one pair are asked."""

    site: Site
    build: Build
    bases: Bases
    endpoints: tuple[Endpoint | Unread, ...]
    asking: Asking
    forms: CanonicalForms

    @property
    def document(self) -> Document:
        """The spec's text, for the places of the changes."""
        return self.site.document

    @property
    def weight(self) -> int:
        """Characters of the spec's files: what it needs in memory is in proportion."""
        return sum(len(each.text) for each in self.site.document.texts)

    def asked(self) -> tuple[Live | Unread, ...]:
        """Ask the servers, and wait for them. May run in a thread of its own."""
        from kea_hac.drift.diffing import expected_hashes
        from kea_hac.live.endpoint import Endpoint, Saved
        from kea_hac.live.gather import gather
        from kea_hac.live.limits import RequestLimits

        asking = self.asking
        hashes = asking.base is None and any(
            isinstance(each, Endpoint) and not isinstance(each.channel, Saved) for each in self.endpoints
        )
        expected = expected_hashes(self.site, self.build, asking.resolve) if hashes else {}
        limits = RequestLimits(connect=min(5.0, asking.timeout), total=asking.timeout)
        return gather(self.endpoints, asking.access, expected, limits, asking.silent, self._shown)

    def _shown(self, endpoint: Endpoint) -> Block | None:
        """What a daemon shows that is in sync with the spec; None where that cannot be made, which the comparison reports."""
        from kea_hac.check.engine import attempt
        from kea_hac.compiler.built import configs

        for node, daemon, config in configs(self.site, self.build):
            if (node.name, daemon) == (endpoint.server, endpoint.daemon):
                make = partial(self.forms.of, node, daemon, config, node.version)
                return attempt(f"the form of {node.name} {daemon.name}", make, lambda _: None)
        return None

    def begin(self) -> Answers:
        """Ask in a thread of its own, which a Ctrl-C does not wait for. The queue gets what `asked` returns, or what it raises."""
        from kea_hac.live.transport import started

        answers: Answers = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self.asked())
            except BaseException as error:
                answers.put(error)

        if not started(ask):
            ask()
        return answers

    def end(self, answers: Answers) -> Drift:
        """Wait for the answers that were begun, and compare them. Raises what asking has raised."""
        found = answers.get()
        if isinstance(found, BaseException):
            raise found
        return self.compared(found)

    def compared(self, lives: tuple[Live | Unread, ...]) -> Drift:
        """The answers beside the spec and what was loaded."""
        from kea_hac.changes.change import Verdict
        from kea_hac.drift.diffing import diff
        from kea_hac.drift.ignoring import local_day

        drift = diff(
            self.site,
            self.build,
            lives,
            self.bases,
            resolve=self.asking.resolve,
            today=local_day(),
            forms=self.forms,
        )
        if not any(Verdict.PENDING in each.verdicts() for each in drift.compared):
            return drift
        from kea_hac.compiler.built import Built
        from kea_hac.rollout.pending import pending_rounds

        return replace(drift, rounds=pending_rounds(Built(self.site, self.build), lives, drift))


@dataclass(frozen=True, slots=True)
class Asking:
    """How servers are asked: what is the same for every pair of a run."""

    live: Collection[str]
    """The values of `--live`. In a fleet a folder of saved answers, with a folder for each pair."""
    base: str | None
    output: Path
    access: Access
    trusted: Collection[str]
    """The servers of `--trust`."""
    resolve: Resolver
    timeout: float
    """Seconds for one request."""
    silent: Silent
    check_names: Callable[[str, Collection[str], list[str]], None]
    """Raises UsageError for a server that the spec does not have."""
    fleet: bool = field(default=False)

    def about(self, checked: Checked) -> Question:
        """The question to the servers of a spec without errors. Raises UsageError."""
        from kea_hac.drift.bases import Bases
        from kea_hac.drift.diffing import CanonicalForms
        from kea_hac.drift.earlier import trust
        from kea_hac.live.channels import endpoints

        assert checked.site is not None
        assert checked.build is not None
        self.check_names("--trust", self.trusted, [node.name for node in checked.site.nodes])
        bases = Bases(checked.build, self.output, self.base)
        live = [os.path.join(each, checked.site.pair) for each in self.live] if self.fleet else list(self.live)
        asked = endpoints(checked.site, live, trust(checked.site, checked.build, bases, self.trusted))
        return Question(checked.site, checked.build, bases, asked, self, CanonicalForms(self.resolve))
