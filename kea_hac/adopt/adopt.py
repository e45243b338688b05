"""Changes on the servers, written back into the spec or refused by name.

In: the spec, and the configuration of each server. Out: the edits of its files, what they adopt, and what cannot be written,
with the edit to make by hand. Every edit is proven: the edited spec is compiled, and a change counts as adopted only when
the new build contains it, nothing else of that server has changed, and no rule is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from kea_hac.adopt.task import Adoption, LiveConfiguration, Prefer, Refusal
from kea_hac.adopt.verification import Adopting
from kea_hac.api import Checked, Loaded, judge
from kea_hac.changes.change import Change
from kea_hac.drift.diffing import Drift
from kea_hac.errors import KeaHacError
from kea_hac.kea.config_get import Resolver


def adopt(
    spec: Loaded,
    stored: Sequence[LiveConfiguration],
    *,
    resolve: Resolver,
    prefer: Prefer | str | None = None,
    wanted: Callable[[Change], bool] = lambda _: True,
    shared: Mapping[str, str] = MappingProxyType({}),
    now: Checked | None = None,
) -> Adoption:
    """Plan the adoption of every outside change. Pure; `spec` must compile. `now`: what it compiles to, where that is known.

    `prefer`: for conflicts, and for differences of a server whose base is not known; without it these are refused. A server's
    name: its value, also where another server has another one; without a name all of these are refused.
    `wanted`: False for a change that is to be left alone, such as one that the spec ignores. `shared`: as `plan_edits`.
    Raises KeaHacError when the spec has errors.
    """
    now = now or judge(spec)
    if now.site is None or now.build is None or spec.document is None:
        raise KeaHacError(
            f"{spec.path} has errors: correct them before you adopt changes (kea-hac validate {spec.path})"
        )
    return Adopting(spec.path, spec.document, now, stored, resolve, prefer, wanted, shared).run()


def adopt_drift(
    spec: Loaded,
    drift: Drift,
    *,
    resolve: Resolver,
    prefer: Prefer | str | None = None,
    shared: Mapping[str, str] = MappingProxyType({}),
    now: Checked | None = None,
) -> Adoption:
    """Plan the adoption of what a diff of this very spec has found, but for what the spec ignores. As `adopt`."""
    stored = [
        LiveConfiguration(
            each.server, each.daemon, each.texts.version, each.texts.base, each.texts.live, each.texts.spec
        )
        for each in drift.compared
        if each.texts is not None
    ]
    counted = {(each.server, each.daemon.name, each.path) for each in drift.changes}
    return adopt(
        spec,
        stored,
        resolve=resolve,
        prefer=prefer,
        wanted=lambda change: (change.server, change.daemon.name, change.path) in counted,
        shared=shared,
        now=now,
    )


__all__ = ["Adoption", "LiveConfiguration", "Prefer", "Refusal", "adopt", "adopt_drift"]
