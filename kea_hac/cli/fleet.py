"""Several specs compared with each other: findings about two of them, with the places in their texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kea_hac.errors import KeaHacError

if TYPE_CHECKING:
    from kea_hac.cli.run import SpecOutcome
    from kea_hac.diagnostics import Diagnostic
    from kea_hac.source.document import Document


def over_the_fleet(outcomes: Iterable[SpecOutcome]) -> list[Diagnostic]:
    """What two of the specs claim. Outcomes have the places, and the texts of those specs are read again to show their lines.

    Raises KeaHacError when such a text cannot be read any more.
    """
    members = [each.member for each in outcomes if each.member]
    if len(members) < 2:
        return []

    from kea_hac.check.fleet import fleet_findings, involved
    from kea_hac.check.suppression import suppressed
    from kea_hac.locating import located
    from kea_hac.source.joint import Joint

    findings = list(fleet_findings(members))
    if not findings:
        return []
    documents: dict[str, Document] = {}
    for path, document in involved(findings, members).items():
        if document is None:
            raise KeaHacError(f"{path} was changed while it was being checked; try again")
        documents[path] = document
    return suppressed(located(findings, Joint(documents)), *documents.values(), complete=False)
