"""The table → the page of the documentation."""

from __future__ import annotations

HEAD = """\
| work | user CPU, seconds | to the build | peak memory, MB | at most |
|---|---|---|---|---|"""
_PAGE = """\
# Performance

What the commands need for a large site and for a small one: user CPU time and peak memory of the whole process, start-up included.

{table}

"To the build" is the ratio to the first row, or to the row that is named; "at most" is what the project allows itself, as such a
ratio and in memory. `--version`, `rules`, `explain` and `schema` show what it takes to start.

## How it was measured

`python -m benchmarks -o docs/performance.md` makes this page. It generates the specs, and what servers would answer, and runs each command
as a process of its own, with compiled modules, as an installed package has them. Each number is the median of {runs} runs; the runs of
the commands alternate, and a ratio is the median of the ratios of the runs. So what else the machine does hits all rows
alike, and the ratios say more than the seconds: this table was made on {machine}, with a load of {load:.0f}. The rows of real Kea
tell how fast that machine is.

Real Kea checks the file that `build` writes for its version (`kea-dhcp4 -t`), without its hook libraries. The servers of the live `diff`
answer at once on the same machine.

## What the tests hold

No test measures time. `tests/cli/test_passes.py` counts what does not depend on the machine, and each count has a budget: the calls for
each reservation in `validate`, `lint`, `diff`, `--adopt` and `import`, and the modules that a command imports.

## What to expect

- Time and memory grow with the number of reservations, and not faster.
- `validate -j 0` and `diff -j 0` of many specs use all cores.
- `diff` of live servers that have the expected hash (Kea 2.4 and newer) does not ask for their configuration.
- Memory is needed for the positions of all values, so that each finding has its line and column.
"""


def page(machine: str, runs: int, load: float, table: str) -> str:
    """The page. `load`: the average number of processes that wanted to run in the last minutes."""
    return _PAGE.format(machine=machine, runs=runs, load=load, table=table)
