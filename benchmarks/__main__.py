"""`python -m benchmarks [--runs N] [--subnets N] [--reservations N] [--only WORD] [-o PAGE]`: one table, as markdown.

User CPU and peak memory of whole processes; of each the median. The runs of the commands alternate, so that what else the machine does
hits all of them alike: a ratio is the median of the ratios of the runs. With `-o`, the page of the documentation.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kea_hac
from benchmarks.page import HEAD, page
from benchmarks.sites import spec

FLEET = 1000


@dataclass(slots=True)
class Row:
    """One command."""

    name: str
    command: Sequence[str]
    """The whole command line."""
    codes: tuple[int, ...] = (0,)
    beside: str = ""
    """The name of the row that it is compared with; the first where it is empty."""
    most: str = ""
    """What the project allows."""
    prepare: Callable[[], object] = lambda: None
    """Called before each run, and not measured."""
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        """Once, as a process of its own."""
        self.prepare()
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            process = subprocess.Popen(
                self.command, cwd=folder, stdout=nowhere, stderr=subprocess.PIPE, env=_ENVIRONMENT
            )
            assert process.stderr is not None
            said = process.stderr.read().decode("utf-8", "replace")
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in self.codes:
            raise SystemExit(f"{' '.join(self.command)} ended with {process.returncode}:\n{said[-2000:]}")
        self.seconds.append(used.ru_utime)
        self.megabytes.append(used.ru_maxrss / 1024)

    def shown(self, measured: Sequence[Row]) -> str:
        """A row of the table."""
        base = next((each for each in measured if each.name == self.beside), measured[0])
        ratio = ""
        if base is not self:
            ratios = [mine / other for mine, other in zip(self.seconds, base.seconds, strict=True)]
            ratio = f"{statistics.median(ratios):.2f}{' of check-jsonschema' if self.beside else ''}"
        seconds, megabytes = statistics.median(self.seconds), statistics.median(self.megabytes)
        # The peak of a process begins with that of this one.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        memory = f"{megabytes:.0f}" if megabytes > own + 1 else f"≤ {megabytes:.0f}"
        return f"| {self.name} | {seconds:.2f} | {ratio} | {memory} | {self.most} |"


_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
_CHECKER = "check-jsonschema of 10 subnets / 50 reservations, with the same schema"
_FLEET_CHECKER = f"check-jsonschema of {FLEET:,} such specs"


def _ours(*words: str) -> list[str]:
    return [sys.executable, "-m", "kea_hac", *words]


def _servers(folder: Path, stack: ExitStack) -> dict[str, Any]:
    """What `benchmarks.servers` prints."""
    command = [sys.executable, "-m", "benchmarks.servers", str(folder)]
    process = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
    assert process.stdin is not None
    assert process.stdout is not None
    stack.callback(process.stdin.close)
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def rows(folder: Path, subnets: int, reservations: int, stack: ExitStack) -> list[Row]:
    """Write what the commands read, and list them. The first is what the others are compared with."""
    large, small, fleet = folder / "large.yaml", folder / "small.yaml", folder / "fleet"
    large.write_text(spec(subnets, reservations), "utf-8")
    small.write_text(spec(10, 5, "small"), "utf-8")
    fleet.mkdir()
    for number in range(FLEET):
        (fleet / f"p{number}.yaml").write_text(spec(10, 5, f"p{number}"), "utf-8")
    # Not in this process: the peak memory of a new process begins with that of the one that starts it.
    made = "import sys; from pathlib import Path; from benchmarks.sites import answers; answers(Path(sys.argv[1]), Path(sys.argv[2]), changed=int(sys.argv[3]))"
    for name, changed in (("same", 0), ("changed", 2)):
        subprocess.run([sys.executable, "-c", made, str(large), str(folder / name), str(changed)], check=True)
    shutil.copy(large, folder / "adopted.yaml")
    subprocess.run(_ours("build", "large.yaml"), cwd=folder, check=True, capture_output=True)
    schema = subprocess.run(_ours("schema"), check=True, capture_output=True).stdout
    (folder / "schema.json").write_bytes(schema)
    beside = _servers(folder, stack)
    size = f"{subnets:,} subnets / {subnets * reservations:,} reservations"
    found = [
        Row(f"build, {size}", _ours("build", "large.yaml"), most="1.6 s on an idle machine"),
        Row("validate of it", _ours("validate", "large.yaml")),
        Row("diff of it, saved answers, no change", _ours("diff", "large.yaml", "--live", "same"), most="2.5; 450 MB"),
        Row(
            "diff of it, live, equal hashes",
            _ours("diff", "large.yaml", *beside["live"]),
            most="1.2",
        ),
        Row("diff of it, saved answers, 2 changes", _ours("diff", "large.yaml", "--live", "changed"), (1,)),
        Row(
            "adopt of 2 changes",
            _ours("diff", "adopted.yaml", "--live", "changed", "--adopt"),
            prepare=lambda: shutil.copy(large, folder / "adopted.yaml"),
            most="4; 600 MB",
        ),
        Row("import of both files", _ours("import", "build/bench/kea1", "build/bench/kea2"), most="3; 500 MB"),
        Row("lint of one file", _ours("lint", "build/bench/kea1/kea-dhcp4.conf")),
    ]
    for version, command in beside["kea"].items():
        if command is None:
            continue
        place = folder / f"kea-{version}"
        text = large.read_text("utf-8").replace("kea: 2.6\n", f"kea: {version.rpartition('.')[0]}\n")
        (folder / "other.yaml").write_text(text, "utf-8")
        subprocess.run(_ours("build", "other.yaml", "-o", str(place)), cwd=folder, check=True, capture_output=True)
        found += [Row(f"real Kea {version}, `-t` of the file that is built for it", command)]
    checker = [sys.executable, "-m", "check_jsonschema", "--schemafile", "schema.json"]
    return [
        *found,
        Row(_CHECKER, [*checker, "small.yaml"]),
        Row("validate of 10 subnets / 50 reservations", _ours("validate", "small.yaml"), beside=_CHECKER, most="0.35"),
        Row(_FLEET_CHECKER, [*checker, *(f"fleet/p{number}.yaml" for number in range(FLEET))]),
        Row(f"validate of {FLEET:,} such specs", _ours("validate", "fleet"), (0, 1), beside=_FLEET_CHECKER, most="0.4"),
        Row("rules", _ours("rules"), beside=_CHECKER),
        Row("explain", _ours("explain", "KH201"), beside=_CHECKER),
        Row("schema", _ours("schema"), beside=_CHECKER),
        Row("--version", _ours("--version"), beside=_CHECKER),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--subnets", type=int, default=1000)
    parser.add_argument("--reservations", type=int, default=100, help="in each subnet")
    parser.add_argument("--only", default="", help="commands whose name contains this")
    parser.add_argument("-o", dest="page", type=Path, help="write the page of the documentation")
    chosen = parser.parse_args()
    # As installed: without compiled files, each start would compile all of it.
    compileall.compile_dir(str(Path(kea_hac.__file__).parent), quiet=2)
    with tempfile.TemporaryDirectory(prefix="kea-hac-") as name, ExitStack() as stack:
        first, *others = rows(Path(name), chosen.subnets, chosen.reservations, stack)
        names = {first.name, *(each.name for each in others if chosen.only in each.name)}
        names |= {each.beside for each in others if each.name in names}
        measured = [each for each in (first, *others) if each.name in names]
        for number in range(1, chosen.runs + 1):
            for each in measured:
                each.run(Path(name))
            print(f"run {number} of {chosen.runs}, load {os.getloadavg()[0]:.0f}", file=sys.stderr)
            if chosen.page is not None:  # after each run, so that an interrupted one has a page too
                chosen.page.write_text(page(_machine(), number, os.getloadavg()[1], _table(measured)), "utf-8")
    if chosen.page is None:
        print(f"{_machine()}; medians of {chosen.runs} paired runs.\n\n{_table(measured)}")


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs"


def _table(measured: Sequence[Row]) -> str:
    return "\n".join([HEAD, *(each.shown(measured) for each in measured)])


if __name__ == "__main__":
    main()
