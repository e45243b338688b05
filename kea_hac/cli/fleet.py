"""Several specs compared with each other: findings about two of them, with the places in their texts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kea_hac.errors import KeaHacError

if TYPE_CHECKING:
    from kea_hac.cli.run import SpecOutcome
    from kea_hac.diagnostics import Diagnostic
    from kea_hac.source.document import Document


def over_the_fleet(outcomes: Iterable[SpecOutcome]) -> list[Diagnostic]:
    """What two of the specs claim. The texts of those are read again, as outcomes carry no positions.

    Raises KeaHacError when such a text cannot be read any more.
    """
    from kea_hac.check.fleet import fleet_findings
    from kea_hac.check.suppression import suppressed
    from kea_hac.diagnostics import located
    from kea_hac.source.document import Joint

    members = [each.member for each in outcomes if each.member]
    findings = list(fleet_findings(members)) if len(members) > 1 else []
    if not findings:
        return []
    involved = {str(route[0]) for each in findings for route in (each.at, *(at for at, _ in each.related))}
    documents = {path: _read(path) for path in sorted(involved)}
    found = located(findings, Joint(documents))
    for document in documents.values():
        found = suppressed(found, document, complete=False)
    return found


def _read(path: str) -> Document:
    from kea_hac.source import read_yaml

    document = read_yaml(Path(path)).document
    if document is None:
        raise KeaHacError(f"{path} was changed while it was being checked; try again")
    return document
