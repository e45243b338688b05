"""Both judges over the cases of one version, and what comes of it: the four cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from kea_hac.diagnostics import KeaVerdict, Severity
from kea_hac.kea.grammar import program
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from tests.differential.corpus import DAEMONS, VALID, Case
from tests.differential.text import written
from tests.lab import LabError, Verdict, check, config_get, keajson, reload
from tests.lab.certificates import Authority

_HOST = re.compile(
    r"doesn't exist in the system|Expected a file at path|Can't open include file|load of (CA|cert|private key) file|"
    r"cannot open shared object|failed to open hook library|does not exist or has more relaxed permissions|"
    r"No such file or directory|is not a directory|is not present in the system|be a regular file|the user id part|hooks libraries failed to validate|supported path is|"
    r"not have address|is not up|Failed to open|interface \S+ (doesn't|does not) exist|Cannot assign requested address|"
    r"Can't connect to|Expected exit code 0 for kea-admin|could not translate host name|connection to server|Attempt to configure TLS|"
    r"service sockets attempts: \d+, has been exhausted|does not answer:|Unknown server host|in CSV file|cannot lock socket lockfile|the lab cannot make its file"
)
"""Refusals for want of the host: an interface, an address, a file, a library, a folder that its packaging allows, a database, a
client library with TLS."""
_ON_DATABASES = frozenset({"KH735", "KH736", "KH737", "KH739", "KH749", "KH750", "KH780"})
SOCKETS = ("control-socket", "http-header", "authentication", "authentication-client")
"""Scopes that the lab's own control socket would stand in for."""
_DATABASES: Mapping[str, tuple[str, ...]] = {
    "hosts-database": ("hosts-database",),
    "hosts-databases": ("hosts-database",),
    "config-control": ("config-control", "config-database"),
}
_NUMBERED = re.compile(
    r"(?<![A-Za-z])(0x)?[0-9A-Fa-f]*\d[0-9A-Fa-f.:/]*|'[^']*'|\"[^\"]*\"|\(?<?(?:/[\w.-]+)+(?::\d+)*>?\)?(?:-\d+)?"
)


class Cell(StrEnum):
    BOTH_PASS = "both pass"
    BOTH_REFUSE = "both refuse"
    GAP = "kea-hac passes, Kea refuses"
    ALARM = "kea-hac refuses, Kea accepts"
    AT_START = "kea-hac refuses, -t accepts, the server does not load it"
    STRICTER = "kea-hac stricter by a rule that says so"
    HOST = "kea-hac passes, Kea lacks something of the host"


@dataclass(frozen=True, slots=True)
class Ours:
    """What kea-hac found at severity error: rule code and name, what the rule says of Kea, the message."""

    code: str
    name: str
    kea: KeaVerdict
    message: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One case and both verdicts."""

    case: Case
    kea: Verdict
    """What `-t` said."""
    ours: tuple[Ours, ...]
    load: str = ""
    """How a real server refused to load what `-t` accepts; empty where it loads it, or was not asked."""

    @property
    def error(self) -> str:
        """Kea's refusal, at the check or when it loads; empty where it accepts."""
        return self.kea.error or self.load

    @property
    def refused(self) -> bool:
        """Kea refuses, and not for want of what its host has to provide."""
        return bool(self.error) and not _HOST.search(self.error)

    @property
    def cell(self) -> Cell:
        if not self.error:
            strict = any(each.kea is KeaVerdict.REFUSES for each in self.ours)
            return Cell.BOTH_PASS if not self.ours else Cell.ALARM if strict else Cell.STRICTER
        if self.ours and not self.kea.ok:
            return Cell.BOTH_REFUSE
        if _HOST.search(self.error):
            return Cell.HOST
        return Cell.AT_START if self.ours else Cell.GAP


def placed_files() -> dict[str, bytes]:
    """What made configurations refer to on their host."""
    issued = Authority().files({"cert": ["127.0.0.1"]}, folder="/etc/kea")["cert"]
    named = {path.replace("cert.key", "key.pem"): content for path, content in issued.items()}
    return {"/etc/kea/user": b"kea", "/etc/kea/password": b"secret", **named}


Check = Callable[..., list[Verdict]]
Load = Callable[[str, Sequence[Case], Mapping[str, bytes]], list[Verdict]]


def load(version: str, cases: Sequence[Case], files: Mapping[str, bytes]) -> list[Verdict]:
    """What real servers say when they load what `-t` accepts: one running server of a daemon, given file after file.

    What is about a control socket, and an agent's file, is started on its own, two at once. `cases`: as `lean` made them.
    """
    found: dict[int, str] = {}
    alone = [number for number, case in enumerate(cases) if case.daemon == "ctrl-agent" or case.scope in SOCKETS]
    with ThreadPoolExecutor(2) as pool:
        errors = pool.map(lambda number: _started(version, cases[number], files), alone)
        found.update(zip(alone, errors, strict=True))
    for daemon in DAEMONS:
        chosen = [number for number, case in enumerate(cases) if case.daemon == daemon and number not in found]
        loaded = reload(version, daemon, [cases[number].text for number in chosen], files) if chosen else []
        found.update((number, each.error) for number, each in zip(chosen, loaded, strict=True))
    # 2.2 shows the whole configuration after its reason
    return [Verdict(not found[at], found[at].partition(", params: '")[0], ()) for at in range(len(cases))]


def _started(version: str, case: Case, files: Mapping[str, bytes]) -> str:
    try:
        config_get(version, case.daemon, case.text, files)
    except LabError as error:
        return str(error).partition("is gone:\n")[2] or str(error)
    except OSError as error:
        return f"the lab cannot make its file: {error}"
    return ""


def lean(case: Case, found: Sequence[Ours]) -> Case:
    """The case without what has nothing to do with its mistake and no lab provides: databases, thousands of threads.

    `found`: a case that kea-hac refuses for its databases keeps them.
    """
    top = program(case.daemon).top
    about_databases = any(one.code in _ON_DATABASES for one in found)
    config = keajson.body(case.text.decode(errors="surrogateescape"))
    config = {
        key: value
        for key, value in config.items()
        if about_databases or key not in _DATABASES or case.scope in _DATABASES[key]
    }
    if case.scope != "lease-database" and not about_databases:
        config.pop("lease-database", None)
    if case.scope not in SOCKETS:  # a running server cannot take another at the same address
        config.pop("control-sockets", None)
    threads = config.get("multi-threading", {})
    threads.update({key: min(value, 8) for key, value in threads.items() if key == "thread-pool-size"})
    return replace(case, text=written({top: config}))


def judged(version: str, cases: Sequence[Case], ask: Check = check, begin: Load = load) -> list[Judged]:
    """Ask both about every case, `-t` first and a real server about what passes it. `version`: "2.6.3"."""
    files = placed_files()
    with TemporaryDirectory() as folder:
        own = [ours(case, version, Path(folder)) for case in cases]
    checked: dict[int, Verdict] = {}
    for daemon in DAEMONS:
        chosen = [number for number, case in enumerate(cases) if case.daemon == daemon]
        host = [case.text for case in cases if case.daemon == daemon and case.operator == VALID]
        answers = ask(version, daemon, [cases[number].text for number in chosen], files=files, host=host)
        checked.update(zip(chosen, answers, strict=True))
    passed = [at for at, case in enumerate(cases) if checked[at].ok and (own[at] or case.daemon != "ctrl-agent")]
    asked = [lean(cases[at], own[at]) for at in passed]
    loads = dict(zip(passed, begin(version, asked, files), strict=True))
    return [Judged(case, checked[at], own[at], loads[at].error if at in loads else "") for at, case in enumerate(cases)]


def ours(case: Case, version: str, folder: Path) -> tuple[Ours, ...]:
    """kea-hac's errors on one case."""
    path = folder / "case.conf"
    path.write_bytes(case.text)
    report = lint([path], KeaVersion.parse(version)).report
    return tuple(
        Ours(each.rule.code, each.rule.name, each.kea_verdict, each.message)
        for each in report.diagnostics
        if each.severity is Severity.ERROR or each.rule.unreadable
    )


def cluster(message: str) -> str:
    """Kea's message without what differs from case to case."""
    line = re.sub(r"^(Error encountered|Syntax check failed with): ", "", message.split("\n", maxsplit=1)[0])
    line = re.sub(r"/tmp/\S+?:(?=\d)|\(/tmp/[^)]*\)|/tmp/\S+", "", line)
    line = re.sub(r"(?<=access parameters: ).*(?= already exists)", "#", line)
    return _NUMBERED.sub("#", line).strip()[:160]


def table(results: Iterable[Judged]) -> str:
    """The four cells and their company, whole and per operator; ours stricter and false alarms by rule."""
    results = list(results)
    cells = Counter(each.cell for each in results)
    lines = [f"{len(results)} configurations"] + [f"  {cells[cell]:6} {cell}" for cell in Cell]
    mutants = [each for each in results if each.case.operator != VALID]
    refused = sum(each.refused for each in mutants)
    lines.append(f"  Kea refuses {refused} of {len(mutants)} mutants ({refused / max(1, len(mutants)):.0%})")
    lines.append("  " + "operator".ljust(24) + "".join(cell.name.lower().rjust(13) for cell in Cell))
    for operator in dict.fromkeys(each.case.operator for each in results):
        row = Counter(each.cell for each in results if each.case.operator == operator)
        lines.append("  " + operator.ljust(24) + "".join(str(row[cell]).rjust(13) for cell in Cell))
    for cell in (Cell.STRICTER, Cell.AT_START, Cell.ALARM):
        rules = Counter(f"{one.code} {one.name}" for each in results if each.cell is cell for one in set(each.ours))
        lines += [f"  {cell.name.lower()}: {count:4} {rule}" for rule, count in rules.most_common()]
    return "\n".join(lines)
