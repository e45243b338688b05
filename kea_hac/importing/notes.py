"""What the merge collects: findings, comments for lines of the spec, and steps to do by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kea_hac.diagnostics import Finding, KeaVerdict, Route, Severity, rule
from kea_hac.importing.spec_text import one_line
from kea_hac.kea.config import Block, Json
from kea_hac.kea_files.comments import Remarks
from kea_hac.records import dataclass
from kea_hac.source.document import Secret
from kea_hac.source.secrets import names_secret, without_credentials

SERVERS_DIFFER = rule(
    "KH150",
    "servers-say-different-things",
    kea=KeaVerdict.ACCEPTS,
    why="A spec contains one value where both servers must agree. Kea never compares the two configurations. "
    "Partners that disagree give different leases, or decide differently when the partner is down.",
    source="the spec language; Kea ARM, HA: 'it is critical that the partners use the same configuration of subnets'",
)
LOST = rule(
    "KH151",
    "lost-in-import",
    why="The configuration that is built from the new spec differs from the imported file. The import is not complete.",
    source="each import builds the new spec and compares the result with the files",
)
UNKNOWN_TO_FILES = rule(
    "KH152",
    "not-in-the-files",
    Severity.WARNING,
    why="The spec needs this value, and the files do not contain it. kea-hac does not guess an address, an id or "
    "a secret.",
    source="the spec language",
)
SECRET_TAKEN_OUT = rule(
    "KH153",
    "secret-to-be-moved",
    Severity.WARNING,
    why="The file contains a password in clear text. The spec refers to a file on the DHCP server instead. "
    "Create that file before you load the new configuration.",
    source="the spec language",
)
TRANSLATED = rule(
    "KH154",
    "translated-for-newer-kea",
    Severity.INFO,
    why="The target version writes this setting in another form, or has another default for it. The new spec keeps "
    "the behaviour of the server.",
    source="ChangeLog and grammars of each version",
)
NOT_ONE_PAIR = rule(
    "KH155",
    "not-one-pair",
    why="A spec describes one pair, one hub with its spokes, or one standalone server. These servers do not name "
    "each other as peers.",
    source="the spec language",
)
NUMBERED = rule(
    "KH156",
    "numbered-by-kea",
    Severity.WARNING,
    why="Kea 2.2 and 2.4 number subnets without an id by their position in the file, and store leases under "
    "these numbers. The spec contains these numbers as ids. Compare one id with a lease of the running server "
    "before you deploy: with a wrong id, the server does not find its leases.",
    source="ChangeLog 2157 and 2232; Kea 2.2 and 2.4 number in the order of the file, those of shared networks first",
)
ASSUMED = rule(
    "KH157",
    "assumed-in-import",
    Severity.INFO,
    why="The files do not contain this value, and the spec requires it. kea-hac assumed the value.",
    source="the spec language",
)
NOTHING_TO_SERVE = rule(
    "KH158",
    "nothing-to-import",
    why="A spec describes DHCP servers. The control agent or Micetro's preferences.cfg alone is not enough.",
    source="the spec language",
)
ADDED = rule(
    "KH159",
    "added-in-import",
    Severity.WARNING,
    why="The compiled configuration contains more than the file. Kea does not work without the addition, or the "
    "spec language cannot leave it out. `diff` reports it until the new configuration is loaded.",
    source="each import builds the new spec and compares the result with the files; Kea ARM, HA: 'libdhcp_lease_cmds.so must be loaded'",
)


@dataclass(slots=True)
class Notes:
    """Filled during the merge of one import."""

    findings: list[Finding] = field(default_factory=list)
    remarks: dict[Route, Remarks] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    """The secrets that were removed: no comment may contain one either."""
    defaults: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By file: the values that are not in the spec because they are Kea's own defaults, as routes below the top key."""
    written_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By file: its included files whose content is in the spec itself."""
    joined: set[Route] = field(default_factory=set)
    """The pools of the files of which `split` makes two halves now."""

    def note(self, finding: Finding) -> None:
        """Keep a finding."""
        self.findings.append(finding)

    def beside(self, route: Route, line: str) -> None:
        """Say something behind the value at a route."""
        written = self.remarks.setdefault(route, Remarks()).beside
        if line not in written:
            written.append(line)

    def before(self, route: Route, line: str) -> None:
        """Say something above the value at a route."""
        written = self.remarks.setdefault(route, Remarks()).before
        if line not in written:
            written.append(line)

    def after(self, route: Route, line: str) -> None:
        """Say something at the end of the map or list at a route."""
        written = self.remarks.setdefault(route, Remarks()).after
        if line not in written:
            written.append(line)

    def without_secrets(self) -> Mapping[Route, Remarks]:
        """All remarks, with asterisks for every secret that was removed."""
        known = sorted(self.secrets, key=len, reverse=True)
        if not known:
            return self.remarks
        return {
            route: Remarks(
                _masked(written.before, known), _masked(written.beside, known), _masked(written.after, known)
            )
            for route, written in self.remarks.items()
        }

    def take_over(self, remarks: Mapping[Route, Remarks]) -> None:
        """The comments of a file, with their places."""
        for route, written in remarks.items():
            kept = self.remarks.setdefault(route, Remarks())
            kept.before += written.before
            kept.beside += written.beside
            kept.after += written.after


def _masked(lines: list[str], secrets: list[str]) -> list[str]:
    masked = []
    for line in lines:
        for secret in secrets:
            line = line.replace(secret, "*" * len(secret))  # noqa: PLW2901 - each takes its part
        masked.append(line)
    return masked


def said(value: Json, key: str = "") -> str:
    """A value as comments and messages show it; never a secret."""
    return "a secret" if names_secret(key) else without_credentials(one_line(hidden(value)))


def hidden(value: Json) -> Json:
    """The value with its secrets as asterisks."""
    if isinstance(value, Block | dict):
        result = Block(getattr(value, "at", ()))
        for key, item in value.items():
            result[key] = "***" if names_secret(key) and item not in (None, "") else hidden(item)
        return result
    if isinstance(value, list):
        return [hidden(item) for item in value]
    return str(value) if isinstance(value, Secret) else value
