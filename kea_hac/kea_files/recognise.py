"""A file of Kea's, as it was read → the configurations in it: daemons by their top keys, a version, HA read by its vocabulary.

Understands single files, old combined ones (`Dhcp4`, `Dhcp6`, `Control-agent`, `Logging`, `DhcpDdns` side by side) and the
raw answer of config-get.
"""

from __future__ import annotations

from kea_hac.diagnostics import NOT_READ, REMOVE_IT, Finding, FindingSink, KeaVerdict, Route, Severity, refused, rule
from kea_hac.kea.config import Block, Daemon, Once
from kea_hac.kea.grammar import program
from kea_hac.kea.reading import read_block
from kea_hac.kea.synonyms import OLD_SPELLING
from kea_hac.kea.version import Branch, KeaVersion
from kea_hac.kea_files.used_keys import absent
from kea_hac.kea_files.version_evidence import DAEMONS, weigh
from kea_hac.model.configuration import HA_LIBRARY, Configuration
from kea_hac.records import dataclass
from kea_hac.source.document import Document, Map, Seq, Value

NOT_KEA = refused(
    "KH140",
    "no-configuration-of-kea",
    why="The file has none of the top-level keys of Kea's daemons. No daemon starts with it.",
    source="the grammars of each branch",
    unreadable=True,
)
UNKNOWN_TOP = refused(
    "KH141",
    "unknown-top-key",
    why=f"Since Kea 2.0 a file must contain the map of one daemon only. {NOT_READ}",
    source="the grammars of each branch; seen on 2.2.0, 2.6.3, 3.0.4",
)
COMBINED = rule(
    "KH142",
    "several-daemons-in-one-file",
    Severity.WARNING,
    KeaVerdict.REFUSES,
    why="Old versions used one file for all daemons. A daemon of Kea 2.2 or later does not start with a file "
    "that contains the keys of another daemon.",
    source="the grammars of each branch; seen on 2.2.0, 2.6.3, 3.0.4",
)
_NOT_JUDGED = {
    "DhcpDdns": "kea-hac does not check the configuration of kea-dhcp-ddns",
    "Netconf": "kea-hac does not check the configuration of kea-netconf",
}
_WHY = {
    "Logging": " (loggers moved into each daemon's own map in 1.6)",
    "hash": " of a file (it is in the answer to config-get, from 2.4 on)",
}
_LIBRARIES = ("hooks-libraries",)


@dataclass(frozen=True, slots=True)
class Recognised:
    """The configurations in one file, and what was not judged."""

    configurations: tuple[Configuration, ...]
    guessed: KeaVersion | None
    """The version that the file was judged for, when it was guessed from its keys."""
    not_judged: tuple[tuple[str, str], ...]
    """Top keys that are known and not judged, with the reason."""


def recognise(
    document: Document, version: KeaVersion | None, server: str | None, note: FindingSink, base: Route = ()
) -> Recognised:
    """Read every daemon's map in a document of Kea's JSON. Mistakes are noted, never raised.

    `base`: the first steps of every route, for a document that is one of several (`Joint`).
    """
    below, top = envelope(document.root)
    base = (*base, *below)
    found = [key for key in top if key in DAEMONS]
    skipped = tuple((key, _NOT_JUDGED[key]) for key in top if key in _NOT_JUDGED)
    if not found and not skipped:
        note(
            Finding(
                NOT_KEA,
                base,
                f"the file has none of {', '.join(DAEMONS)} at the top",
                fix='a file of Kea has the form {"Dhcp4": { … }}',
            )
        )
    beside = ("hash",) if below else ()  # what config-get answers beside the configuration
    for key in top:
        if (found or skipped) and key not in (*DAEMONS, *_NOT_JUDGED, *beside):
            old = _WHY.get(key, "")
            note(
                Finding(
                    UNKNOWN_TOP,
                    (*base, key),
                    f"Kea has no {key!r} at the top{old}",
                    on_key=True,
                    fix=f"remove {key!r}",
                    repair=REMOVE_IT,
                )
            )
    if len(found) + len(skipped) > 1:
        second = [*found, *(key for key, _ in skipped)][1]
        note(
            Finding(
                COMBINED,
                (*base, second),
                f"{second!r} is in one file with another daemon",
                on_key=True,
                fix="write one file for each daemon",
            )
        )
    chosen = version or weigh([document]).version
    read = [_read(DAEMONS[key], top[key], (*base, key), chosen, server, note) for key in found]
    return Recognised(tuple(read), None if version or not found else chosen, skipped)


def envelope(root: Map) -> tuple[Route, Map]:
    """The map with the daemons' keys: the root, or the arguments of a config-get answer (with their `hash`, from 2.4 on)."""
    arguments = root.get("arguments")
    if isinstance(arguments, Map) and "result" in root:
        return ("arguments",), arguments
    return (), root


def daemon_of(root: Map) -> str | None:
    """The first top key of a daemon of Kea in a document, also in a config-get answer; None where there is none."""
    _, top = envelope(root)
    return next((key for key in top if key in DAEMONS or key in _NOT_JUDGED), None)


def _read(
    daemon: Daemon, node: Value, at: Route, version: KeaVersion, server: str | None, note: FindingSink
) -> Configuration:
    vocabulary = program(daemon.name)
    unknown: set[Route] = set()
    for finding in absent(vocabulary, node, at, version.branch):
        unknown.add(finding.at)
        note(finding)
    branches = frozenset({version.branch})

    def noted(finding: Finding) -> None:
        if finding.rule is not OLD_SPELLING or finding.at not in unknown:  # that it is old was reported as that
            note(finding)

    once = Once()
    config = read_block(vocabulary, daemon.top, node, at, noted, branches=branches, json=True, once=once)
    if isinstance(node, Map):
        _high_availability(config, node, at, branches, note)
    return Configuration(daemon, config, version, server, once=once)


def _high_availability(config: Block, node: Map, at: Route, branches: frozenset[Branch], note: FindingSink) -> None:
    """The HA library takes any key, so its parameters are free-form for Kea's grammar; its own vocabulary reads them here."""
    listed = node.get("hooks-libraries")
    for number, entry in enumerate(listed if isinstance(listed, Seq) else ()):
        parameters = entry.get("parameters") if isinstance(entry, Map) else None
        if not isinstance(entry, Map) or not isinstance(parameters, Map):
            continue
        relationships = parameters.get("high-availability")
        if str(entry.get("library", "")).rpartition("/")[2] != HA_LIBRARY or not isinstance(relationships, Seq):
            continue
        below = (*at, *_LIBRARIES, number, "parameters", "high-availability")
        read = [
            read_block(program("ha"), "relationship", item, (*below, index), note, branches=branches, json=True)
            for index, item in enumerate(relationships)
        ]
        result = next(
            (each for each in config.get("hooks-libraries", ()) if each.at == (*at, *_LIBRARIES, number)), None
        )
        if result is not None and isinstance(result.get("parameters"), Block):
            result["parameters"]["high-availability"] = read
