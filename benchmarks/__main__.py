"""`python -m benchmarks [--runs N] [--subnets N] [--reservations N] [--only WORD]`: one table, as markdown.

User CPU and peak memory of whole processes; of each the median. The runs of the commands alternate, so that what else the machine does
hits all of them alike.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import kea_hac
from benchmarks.sites import spec

FLEET = 1000


@dataclass(slots=True)
class Row:
    """One command."""

    name: str
    command: Sequence[str]
    codes: tuple[int, ...] = (0,)
    module: str = "kea_hac"
    prepare: Callable[[], object] = lambda: None
    """Called before each run, and not measured."""
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        """Once, as a process of its own."""
        self.prepare()
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.command], cwd=folder, stdout=nowhere, stderr=subprocess.PIPE
            )
            assert process.stderr is not None
            said = process.stderr.read().decode("utf-8", "replace")
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in self.codes:
            raise SystemExit(f"{' '.join(self.command)} ended with {process.returncode}:\n{said[-2000:]}")
        self.seconds.append(used.ru_utime)
        self.megabytes.append(used.ru_maxrss / 1024)

    def shown(self, base: Row) -> str:
        """A row of the table."""
        seconds, base_seconds = statistics.median(self.seconds), statistics.median(base.seconds)
        ratio = f"{seconds / base_seconds:.2f}" if base is not self else ""
        return f"| {self.name} | {seconds:.2f} | {ratio} | {statistics.median(self.megabytes):.0f} |"


def rows(folder: Path, subnets: int, reservations: int) -> list[Row]:
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
    subprocess.run(
        [sys.executable, "-m", "kea_hac", "build", "large.yaml"], cwd=folder, check=True, capture_output=True
    )
    schema = subprocess.run([sys.executable, "-m", "kea_hac", "schema"], check=True, capture_output=True).stdout
    (folder / "schema.json").write_bytes(schema)
    size = f"{subnets:,} subnets / {subnets * reservations:,} reservations"
    return [
        Row(f"build, {size}", ["build", "large.yaml"]),
        Row("validate of it", ["validate", "large.yaml"]),
        Row("diff of it, saved answers, no change", ["diff", "large.yaml", "--live", "same"]),
        Row("diff of it, saved answers, 2 changes", ["diff", "large.yaml", "--live", "changed"], (1,)),
        Row(
            "adopt of 2 changes",
            ["diff", "adopted.yaml", "--live", "changed", "--adopt"],
            prepare=lambda: shutil.copy(large, folder / "adopted.yaml"),
        ),
        Row("import of both files", ["import", "build/bench/kea1", "build/bench/kea2"]),
        Row("lint of one file", ["lint", "build/bench/kea1/kea-dhcp4.conf"]),
        Row("validate of 10 subnets / 50 reservations, cold", ["validate", "small.yaml"]),
        Row(
            "check-jsonschema of it, with the same schema",
            ["--schemafile", "schema.json", "small.yaml"],
            module="check_jsonschema",
        ),
        Row(f"validate of {FLEET:,} such specs", ["validate", "fleet"], (0, 1)),
        Row("rules", ["rules"]),
        Row("explain", ["explain", "KH201"]),
        Row("schema", ["schema"]),
        Row("--version", ["--version"]),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--subnets", type=int, default=1000)
    parser.add_argument("--reservations", type=int, default=100, help="in each subnet")
    parser.add_argument("--only", default="", help="commands whose name contains this")
    chosen = parser.parse_args()
    # As installed: without compiled files, each start would compile all of it.
    compileall.compile_dir(str(Path(kea_hac.__file__).parent), quiet=2)
    with tempfile.TemporaryDirectory(prefix="kea-hac-") as name:
        first, *others = rows(Path(name), chosen.subnets, chosen.reservations)
        measured = [first, *(each for each in others if chosen.only in each.name)]
        for _ in range(chosen.runs):
            for each in measured:
                each.run(Path(name))
    print(
        f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPUs; medians of {chosen.runs} paired runs.\n"
    )
    print("| work | user CPU, seconds | to the build | peak memory, MB |")
    print("|---|---|---|---|")
    for each in measured:
        print(each.shown(first))


if __name__ == "__main__":
    main()
