"""Errors that rest on a guessed version: where another version that may as well be meant has fewer, they are warnings.

In: findings under the guessed version, and those under each other version. Nothing is an error only because of a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from kea_hac.diagnostics import Finding, Route, Severity
from kea_hac.kea.version import KeaVersion

Other = tuple[KeaVersion, Sequence[Finding]]
"""A version that may be meant as well, and what is found under it."""
_Key = tuple[str, Route]


def under_guess(
    found: Sequence[Finding], guessed: KeaVersion, others: Callable[[], Iterable[Other]], part: int = 0
) -> list[Finding]:
    """The findings, with errors of the guessed version only as warnings that name a version without them.

    A version counts only if all of its errors are errors under the guessed one as well: what merely trades one mistake for
    another proves nothing. `others` is called only where there is an error. `part`: the first steps of a route that are
    judged together, 1 where several files were read and each is for a version of its own.
    """
    errors = _errors(found, part)
    if not errors:
        return list(found)
    better: dict[Route, tuple[frozenset[_Key], KeaVersion]] = {}
    for version, findings in others():
        theirs = _errors(findings, part)
        for where, ours in errors.items():
            left = theirs.get(where, frozenset())
            if left < ours and (where not in better or len(left) < len(better[where][0])):
                better[where] = left, version
    return [_lowered(finding, guessed, better.get(finding.at[:part])) for finding in found]


def _errors(found: Iterable[Finding], part: int) -> Mapping[Route, frozenset[_Key]]:
    errors: dict[Route, set[_Key]] = {}
    for finding in found:
        if _is_error(finding):
            errors.setdefault(finding.at[:part], set()).add(_key(finding))
    return {where: frozenset(keys) for where, keys in errors.items()}


def _is_error(finding: Finding) -> bool:
    return (finding.severity or finding.rule.severity) is Severity.ERROR


def _key(finding: Finding) -> _Key:
    return finding.rule.code, finding.at


def _lowered(finding: Finding, guessed: KeaVersion, better: tuple[frozenset[_Key], KeaVersion] | None) -> Finding:
    if better is None or not _is_error(finding) or _key(finding) in better[0]:
        return finding
    message = f"{finding.message}; Kea {guessed} is a guess, and with Kea {better[1]} this is not an error"
    return replace(finding, severity=Severity.WARNING, message=message, kea=finding.kea_verdict)
