"""The report of an upgrade in sections of sentences, for people. Names and values in them are escaped by each format."""

from __future__ import annotations

from collections.abc import Iterator

from kea_hac.changes.version_step import NewDefault
from kea_hac.diagnostics import dotted
from kea_hac.kea.version import PREVIEWS, PROVEN
from kea_hac.report.cells import both
from kea_hac.report.review_rows import rows
from kea_hac.report.review_words import counted, keeping
from kea_hac.report.upgrade_steps import Section, databases, hosts, meanwhile, order, tools
from kea_hac.source.yaml_print import Style, flow_text
from kea_hac.upgrade.planning import PlanState, Upgrade

OLD_SPELLING = "KH130"


def headline(upgrade: Upgrade) -> str:
    """One line: which servers, from which version to which."""
    match upgrade.state:
        case PlanState.BROKEN_NOW if upgrade.edits:
            return f"the spec has errors now, and has none with Kea {upgrade.to} on all servers"
        case PlanState.BROKEN_NOW:
            return "the spec has errors now: correct them first, then plan the upgrade"
        case PlanState.SAME:
            return f"nothing to do: Kea {upgrade.to} is the version of every server already"
        case PlanState.BROKEN_THEN:
            return f"{_steps(upgrade)}; with Kea {upgrade.to} the spec has errors, so what changes on the servers is not known"
        case PlanState.READY:
            return _steps(upgrade)


def findings_title(upgrade: Upgrade) -> str:
    """What stands above the findings."""
    if upgrade.state is PlanState.BROKEN_NOW:
        return "Findings"
    return f"Findings that are new with Kea {upgrade.to}"


def _steps(upgrade: Upgrade) -> str:
    by_old: dict[str, list[str]] = {}
    for each in upgrade.servers:
        if each.changes:
            by_old.setdefault(f"Kea {each.old} becomes {each.new}", []).append(each.server)
    stay = [each.server for each in upgrade.servers if not each.changes]
    words = [f"{what} on {both(servers)}" for what, servers in by_old.items()]
    words += [f"{both(stay)} {'has' if len(stay) == 1 else 'have'} it already"] if stay else []
    return "; ".join(words)


def sections(upgrade: Upgrade, *, written: bool) -> list[Section]:
    """The parts that have something to say, in the order in which an operator needs them. `written`: the spec was edited."""
    found = [
        Section("What is known of this version", tuple(_known(upgrade))),
        Section("Edits of the spec", tuple(_edits(upgrade, written=written))),
        *_of_the_step(upgrade),
    ]
    return [each for each in found if each.lines]


def _of_the_step(upgrade: Upgrade) -> list[Section]:
    if upgrade.state is not PlanState.READY:
        return []
    return [
        Section("Defaults that change", tuple(_defaults(upgrade))),
        Section("Keys that are renamed or removed", tuple(_keys(upgrade))),
        Section("The control agent", tuple(_agent(upgrade))),
        Section(
            "Behaviour that changes", tuple(f"{e.text} (from {e.since} on; {e.source})" for e in upgrade.behaviour)
        ),
        Section("What changes in the files", tuple(_files(upgrade))),
        Section("What the hosts must provide first", tuple(hosts(upgrade))),
        Section("Leases and databases", tuple(databases(upgrade))),
        *order(upgrade),
        Section("During the upgrade", tuple(meanwhile(upgrade))),
        Section("Micetro and Stork", tuple(tools(upgrade))),
    ]


def _known(upgrade: Upgrade) -> Iterator[str]:
    if upgrade.guessed:
        yield (
            "the present version is marked as guessed in the spec: this report is right only if the servers run that version "
            "(`kea-dhcp4 -v` shows it)"
        )
    if upgrade.state is PlanState.SAME:
        return
    branch = upgrade.to.branch
    if branch in PREVIEWS:
        yield f"Kea {branch} is no stable release yet; what is known of it comes from the sources of {PREVIEWS[branch]}"
    elif branch not in PROVEN:
        yield f"Kea {branch} was not run by the tests of kea-hac: what is known of it comes from its grammar, sources and documents"


def _edits(upgrade: Upgrade, *, written: bool) -> Iterator[str]:
    for each in upgrade.edits:
        change = f"{each.old} → {each.new}" if each.old and each.new else each.new or f"{each.old}, removed"
        why = f" ({each.why})" if each.why else ""
        yield f"{each.file}:{each.line} {dotted(each.route)}: {change}{why}"
    for refused in upgrade.refused:
        yield f"by hand: {refused.what}; kea-hac cannot edit it: {refused.reason}"
    if upgrade.refused:
        yield "nothing is written until these edits are made by hand"
    elif upgrade.state is PlanState.BROKEN_NOW and upgrade.edits:
        yield (
            f"with {'this edit' if len(upgrade.edits) == 1 else 'these edits'} the spec has no errors. What changes on the servers is not "
            f"known, because the spec has errors now{'' if written else '; `--write` makes the edits all the same'}"
        )
    elif upgrade.state is PlanState.BROKEN_THEN:
        yield "nothing is written: the errors below have no edit that kea-hac can make; correct them, then run the command again"
    elif upgrade.edits and not written:
        yield "`--write` makes these edits; it changes nothing else"


def _defaults(upgrade: Upgrade) -> Iterator[str]:
    old = both(dict.fromkeys(str(each.old) for each in upgrade.servers if each.changes))
    for default in upgrade.kept:
        yield f"{_default(default, old)}; the spec keeps the older behaviour with {keeping(default)} in `{default.daemon}`"
    for default in upgrade.defaults:
        if not default.lines:
            yield f"{_default(default, old)}; no line is known that keeps the older behaviour"
            continue
        first = default.lines == default.changed.kept_by[0]
        both_versions = (
            "means the same to both versions" if first else f"is for Kea {upgrade.to} only: {old} refuses it"
        )
        yield (
            f"{_default(default, old)}; to keep the older behaviour, write {keeping(default)} in `{default.daemon}` "
            f"(`--keep-defaults` writes it; it {both_versions})"
        )


def _default(default: NewDefault, old: str) -> str:
    changed = default.changed
    before, after = changed.words
    return f"{default.daemon}: the default of `{changed.name}` is {before} in {old} and {after} from {changed.since} on ({changed.source})"


def _keys(upgrade: Upgrade) -> Iterator[str]:
    for each in upgrade.respelt:
        where = f"{each.daemon}: `{each.old}`"
        times = counted(each.count, "time")
        source = f" ({each.source})" if each.source else ""
        if each.new:
            yield (
                f"{where} is `{each.new}` in Kea {upgrade.to}{source}; kea-hac writes it in the files of the servers ({times}), and the "
                "spec stays"
            )
        else:
            yield f"{where} does not exist in Kea {upgrade.to}{source}; it is not in the new files ({times} before)"
    old = [
        each
        for each in (upgrade.checked.report.diagnostics if upgrade.checked else ())
        if each.rule.code == OLD_SPELLING
    ]
    for found in old[:10]:
        step = f"; {found.fix}" if found.fix else ""
        yield f"{found.span.file}:{found.span.line}: {found.message} in the spec, which works with every version{step}"
    if len(old) > 10:
        yield f"{len(old) - 10:,} more old spellings in the spec"


def _agent(upgrade: Upgrade) -> Iterator[str]:
    if upgrade.agent is None:
        return
    servers = both(upgrade.agent.servers)
    yield f"Kea {upgrade.to} has no control agent (ChangeLog 2458): on {servers} stop and disable it, and remove its file and its package"
    for family, entries in upgrade.agent.sockets.items():
        if not entries:
            yield f"{family}: each server opens an HTTP control socket of its own; see its file"
        for entry in entries:
            text = flow_text(entry, Style())
            yield f"{family} opens the HTTP control socket that takes its place: `control-sockets: [{text}]`"
    if not upgrade.agent.sockets:
        yield "no HTTP control socket takes its place: the DHCP servers of the spec have one already, or none at all"
    if any(each.route == ("control-agent",) and not each.new for each in upgrade.edits):
        yield "the edits write these sockets into the spec, and remove `control-agent`; the files of the servers are the same with both"
    else:
        yield (
            "`control-agent` may stay in the spec: kea-hac derives these sockets from it. Once no server has an agent, write them as above "
            "instead (`--replace-agent` does it)"
        )
    yield (
        "each socket is for one daemon: tools (Stork, scripts, monitoring) must connect to its address and port, and the firewall must "
        "permit that"
    )


def _files(upgrade: Upgrade) -> Iterator[str]:
    if upgrade.review is None:
        return
    found = rows(upgrade.review)
    for row in found.shown:
        where = f"{row.daemon} on {both(row.servers)}{f', {row.subnet}' if row.subnet else ''}"
        if row.place == "all":
            yield f"{where}: {'the file is new' if not row.was else 'the file is not needed any more'}"
            continue
        yield f"{where}: {row.place}: {row.was or '(nothing)'} → {row.becomes or '(nothing)'}"
    if found.rest is not None:
        yield found.rest.words
    if not found.shown:
        yield (
            "nothing but spellings and the stamp: each server does with its new file what it did with the old one, apart from what is "
            "reported above"
        )


__all__ = ["Section", "findings_title", "headline", "sections"]
