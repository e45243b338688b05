"""Both judges over the cases of one version, and what comes of it: the four cells, the gaps, the false alarms."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from kea_hac.diagnostics import KeaSays, Severity
from kea_hac.kea.version import KeaVersion
from kea_hac.linting import lint
from tests.differential.corpus import DAEMONS, VALID, Case
from tests.lab import LabError, Verdict, check, config_get
from tests.lab.certificates import Authority

_HOST = re.compile(
    r"doesn't exist in the system|Expected a file at path|Can't open include file|load of (CA|cert|private key) file|"
    r"cannot open shared object|failed to open hook library|does not exist or has more relaxed permissions|"
    r"No such file or directory|is not a directory|is not present in the system|be a regular file|the user id part|hooks libraries failed to validate|supported path is|"
    r"not have address|is not up|Failed to open|interface \S+ (doesn't|does not) exist"
)
"""Refusals for want of the host: an interface, an address, a file, a library, a folder that its packaging allows."""
_UNREACHABLE = re.compile(r"(?i)database|mysql|postgresql|pgsql")
"""What a start says of a database that the lab has not."""
_NUMBERED = re.compile(
    r"(?<![A-Za-z])(0x)?[0-9A-Fa-f]*\d[0-9A-Fa-f.:/]*|'[^']*'|\"[^\"]*\"|\(?<?(?:/[\w.-]+)+(?::\d+)*>?\)?(?:-\d+)?"
)


class Cell(StrEnum):
    BOTH_PASS = "both pass"
    BOTH_REFUSE = "both refuse"
    GAP = "kea-hac passes, Kea refuses"
    ALARM = "kea-hac refuses, Kea accepts"
    AT_START = "kea-hac refuses, -t accepts, a start refuses"
    STRICTER = "kea-hac stricter by a rule that says so"
    HOST = "kea-hac passes, Kea lacks something of the host"


@dataclass(frozen=True, slots=True)
class Ours:
    """What kea-hac found at severity error: rule code and name, what the rule says of Kea, the message."""

    code: str
    name: str
    kea: KeaSays
    message: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One case and both verdicts."""

    case: Case
    kea: Verdict
    ours: tuple[Ours, ...]
    start: str = ""
    """What a start said, where -t accepts what kea-hac says Kea refuses, and a start was asked and refused."""

    @property
    def cell(self) -> Cell:
        if not self.kea.ok:
            if self.ours:
                return Cell.BOTH_REFUSE
            return Cell.HOST if _HOST.search(self.kea.error) else Cell.GAP
        if not self.ours:
            return Cell.BOTH_PASS
        if self.start and not _HOST.search(self.start) and not _UNREACHABLE.search(self.start):
            return Cell.AT_START
        return Cell.ALARM if any(each.kea is KeaSays.REFUSES for each in self.ours) else Cell.STRICTER


def placed_files() -> dict[str, bytes]:
    """What made configurations refer to on their host."""
    issued = Authority().files({"cert": ["127.0.0.1"]}, folder="/etc/kea")["cert"]
    named = {path.replace("cert.key", "key.pem"): content for path, content in issued.items()}
    return {"/etc/kea/user": b"kea", "/etc/kea/password": b"secret", **named}


Check = Callable[..., list[Verdict]]


def start(version: str, daemon: str, configs: Sequence[bytes], files: Mapping[str, bytes]) -> list[Verdict]:
    """What real starts say, two at once."""

    def one(config: bytes) -> Verdict:
        try:
            config_get(version, daemon, config, files)
        except LabError as error:
            return Verdict(False, str(error), ())
        except OSError:  # the lab cannot make the file that it names: no answer
            return Verdict(True, "", ())
        return Verdict(True, "", ())

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, configs))


def judged(version: str, cases: Sequence[Case], ask: Check = check, begin: Check = start) -> list[Judged]:
    """Ask both about every case. `version`: "2.6.3"."""
    made: dict[int, Verdict] = {}
    files = placed_files()
    for daemon in DAEMONS:
        chosen = [number for number, case in enumerate(cases) if case.daemon == daemon]
        host = [case.text for case in cases if case.daemon == daemon and case.operator == VALID]
        answers = ask(version, daemon, [cases[number].text for number in chosen], files=files, host=host)
        made.update(zip(chosen, answers, strict=True))
    with TemporaryDirectory() as folder:
        results = [Judged(case, made[number], ours(case, version, Path(folder))) for number, case in enumerate(cases)]
    for daemon in DAEMONS:
        doubtful = [
            number for number, each in enumerate(results) if each.cell is Cell.ALARM and each.case.daemon == daemon
        ]
        answers = begin(version, daemon, [results[number].case.text for number in doubtful], files=files)
        for number, answer in zip(doubtful, answers, strict=True):
            results[number] = replace(results[number], start=answer.error)
    return results


def ours(case: Case, version: str, folder: Path) -> tuple[Ours, ...]:
    """kea-hac's errors on one case."""
    path = folder / "case.conf"
    path.write_bytes(case.text)
    report = lint([path], KeaVersion.parse(version)).report
    return tuple(
        Ours(each.rule.code, each.rule.name, each.rule.kea, each.message)
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
    refused = sum(not each.kea.ok for each in mutants)
    lines.append(f"  Kea refuses {refused} of {len(mutants)} mutants ({refused / max(1, len(mutants)):.0%})")
    lines.append("  " + "operator".ljust(24) + "".join(cell.name.lower().rjust(13) for cell in Cell))
    for operator in dict.fromkeys(each.case.operator for each in results):
        row = Counter(each.cell for each in results if each.case.operator == operator)
        lines.append("  " + operator.ljust(24) + "".join(str(row[cell]).rjust(13) for cell in Cell))
    for cell in (Cell.STRICTER, Cell.AT_START, Cell.ALARM):
        rules = Counter(f"{one.code} {one.name}" for each in results if each.cell is cell for one in set(each.ours))
        lines += [f"  {cell.name.lower()}: {count:4} {rule}" for rule, count in rules.most_common()]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Gap:
    """A refusal of Kea's that kea-hac does not know yet."""

    pattern: re.Pattern[str]
    why: str
    versions: tuple[str, ...]

    def covers(self, version: str, message: str) -> bool:
        """Whether this is the gap that a refusal shows."""
        return version in self.versions and self.pattern.search(message) is not None


def known_gaps(path: Path) -> tuple[Gap, ...]:
    """The allow-list: `[[gap]]` with `pattern` (found in Kea's message), `why`, `versions`."""
    rows = tomllib.loads(path.read_text("utf-8")).get("gap", [])
    return tuple(Gap(re.compile(row["pattern"]), row["why"], tuple(row["versions"])) for row in rows)
