"""`import` as a function: files → one spec, every finding, and the proof that nothing was lost.

gather → arrange → fold → text → build in memory → compare. A partner's different value becomes a comment on the line and a
finding, so the YAML is written last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path

from kea_hac.api import Checked, load_text
from kea_hac.api import judge as judged
from kea_hac.check.engine import attempt
from kea_hac.diagnostics import Finding, Report, ordered
from kea_hac.importing.arrangement import Arrangement, arrange
from kea_hac.importing.by_hand import by_hand
from kea_hac.importing.comment_places import rehomed
from kea_hac.importing.gathering import (
    Gathered,
    ImportRequest,
    Input,
    UnreadPart,
    hosts_of,
    read_files,
    shared_preferences,
)
from kea_hac.importing.hosts import NAME, Host
from kea_hac.importing.includes import keep_includes
from kea_hac.importing.merge import Folder, fold
from kea_hac.importing.merge_servers import note_unknown_interfaces
from kea_hac.importing.notes import ASSUMED, NOTHING_TO_SERVE, Notes
from kea_hac.importing.outdated import without_repeats
from kea_hac.importing.preferences import lost_preferences
from kea_hac.importing.round_trip import BuiltSpec, RoundTrip, built_of, built_spec, trips
from kea_hac.importing.same_files import Proof
from kea_hac.importing.spec_text import yaml_text
from kea_hac.importing.translations import translations
from kea_hac.importing.verdict import report_losses
from kea_hac.kea.config import Block
from kea_hac.kea.version import KeaVersion
from kea_hac.kea_files.comments import remarks
from kea_hac.kea_files.version_evidence import Guess
from kea_hac.locating import located
from kea_hac.records import dataclass
from kea_hac.source.joint import Joint
from kea_hac.spec.schema_place import find_schema, schema_line

UNNAMED = "pair"


@dataclass(frozen=True, slots=True)
class Imported:
    """The result."""

    text: str | None
    """The spec; None when the files could not be converted."""
    report: Report
    trips: tuple[RoundTrip, ...] = ()
    source: KeaVersion | None = None
    target: KeaVersion | None = None
    guess: Guess | None = None
    """Why it is that source version, where the user named none."""
    checked: Checked | None = None
    unread: tuple[UnreadPart, ...] = ()
    """Parts of the files that could not be read: nothing is known of them."""
    defaults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By file: the values that are left out because they are Kea's own defaults."""
    written_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By file: its included files whose content is in the spec itself, because they are no whole value, or differ."""


def import_files(inputs: Sequence[Input], wanted: ImportRequest) -> Imported:
    """Import. Mistakes in the files are in the result; raises SourceError for a preferences.cfg that cannot be read."""
    gathered = read_files(inputs, wanted.roots)
    notes = Notes()
    if gathered.unread and not wanted.incomplete:
        return replace(_failed(gathered, notes), unread=tuple(gathered.unread))
    hosts = attempt("the reading of the files", partial(hosts_of, inputs, gathered, wanted, notes), notes.note)
    if not hosts:
        return _failed(gathered, notes)
    if not any(list(host.families()) for host in hosts):
        first = next(iter(hosts[0].files.values()))
        message = "the input contains no DHCP server: neither kea-dhcp4.conf nor kea-dhcp6.conf"
        notes.note(
            Finding(NOTHING_TO_SERVE, first.top, message, on_key=True, fix="name the files of the DHCP servers as well")
        )
        return _failed(gathered, notes)
    arrangement = attempt("the comparison of the servers", partial(arrange, hosts, wanted.prefer, notes), notes.note)
    if arrangement is None:
        return _failed(gathered, notes)
    shared = shared_preferences(inputs, gathered)
    step = partial(_written, hosts, arrangement, wanted, gathered, notes, shared)
    written = attempt("the writing of the spec", step, notes.note)
    if written is None:
        return _failed(gathered, notes)
    text, checked, result = written
    report = _report(gathered, notes, checked)
    base = arrangement.base
    return Imported(
        text,
        report,
        result,
        base.version,
        base.target,
        base.guess,
        checked,
        tuple(gathered.unread),
        notes.defaults,
        notes.written_out,
    )


def _written(
    hosts: Sequence[Host],
    arrangement: Arrangement,
    wanted: ImportRequest,
    gathered: Gathered,
    notes: Notes,
    shared: Mapping[str, Mapping[str, str]],
) -> tuple[str, Checked, tuple[RoundTrip, ...]]:
    """The text of the spec, what the rules say of it, and the proof. `shared`: as `Folder.preferences`."""
    spec = fold(Folder(arrangement, _pair_name(hosts, wanted, notes), notes, shared))
    kept = keep_includes(spec, arrangement, gathered.documents, wanted.output)
    spec = kept.spec
    servers = {supplied.path: host.label for host in hosts for supplied in host.files.values()}
    headers: dict[str, set[str]] = {}
    for path, document in gathered.documents.items():
        header = headers.setdefault(servers.get(path, path), set())
        notes.take_over(without_repeats(remarks(document, (path,), without=kept.files), header))
        notes.written_out[path] = tuple(each.path for each in document.texts[1:] if each.path not in kept.files)
    notes.findings += translations(gathered.documents, hosts)
    at = wanted.output or Path("<spec>")

    def compiled(block: Block) -> BuiltSpec:
        return built_spec(load_text(yaml_text(block, {}), at))

    stamped = any(host.stamp for host in hosts)
    proof = Proof(compiled, [server.name for server in arrangement.known])
    spec = by_hand(spec, proof, arrangement.base.target, stamped=stamped)
    note_unknown_interfaces(spec, arrangement, notes)

    def written() -> str:
        remarks = rehomed(spec, notes, gathered.documents, arrangement)
        return yaml_text(spec, remarks, (*_head(wanted), *_gaps(gathered)))

    text = written()
    loaded = load_text(text, at)
    checked = judged(loaded)
    built = built_of(loaded, checked)
    result = tuple(trips(arrangement, built))
    report_losses(result, arrangement, notes)
    notes.findings += lost_preferences(arrangement, built.build)
    if any(trip.lost for trip in result):  # they become comments, so the lines of the findings are others
        text = written()
        checked = judged(load_text(text, at))
    return text, checked, result


def _head(wanted: ImportRequest) -> tuple[str, ...]:
    """The line that names the schema for an editor, where there is one."""
    found = find_schema(wanted.output) if wanted.output else None
    return (schema_line(wanted.output, found),) if wanted.output and found else ()


def _gaps(gathered: Gathered) -> tuple[str, ...]:
    """What the spec lacks because it could not be read."""
    if not gathered.unread:
        return ()
    return ("incomplete: these parts of the files could not be read", *(f"  {each.where}" for each in gathered.unread))


def _pair_name(hosts: Sequence[Host], wanted: ImportRequest, notes: Notes) -> str:
    if wanted.pair:
        return wanted.pair
    stamp = next((host.stamp for host in hosts if host.stamp), None)
    if stamp is not None and NAME.match(stamp.pair):
        return stamp.pair
    stem = wanted.output.stem if wanted.output else ""
    name = stem if NAME.match(stem) else UNNAMED
    first = next(iter(hosts[0].files.values()))
    message = f"the files contain no name for the pair; the spec contains `pair: {name}`"
    notes.note(Finding(ASSUMED, first.top, message, on_key=True, fix="--pair NAME sets another name"))
    return name


def _report(gathered: Gathered, notes: Notes, checked: Checked) -> Report:
    joint = Joint(dict(gathered.documents))
    diagnostics = [*gathered.diagnostics, *located(notes.findings, joint), *checked.report.diagnostics]
    return Report(ordered(diagnostics), tuple(dict.fromkeys([*gathered.skipped, *checked.report.skipped])))


def _failed(gathered: Gathered, notes: Notes) -> Imported:
    diagnostics = list(gathered.diagnostics)
    if gathered.documents:
        diagnostics += located(notes.findings, Joint(dict(gathered.documents)))
    return Imported(None, Report(ordered(diagnostics), tuple(gathered.skipped)))


__all__ = ["ImportRequest", "Imported", "Input", "UnreadPart", "import_files"]
