"""A process that builds OLD and NEW in turn without end, to be killed. Imports once, then forks a victim for each line it reads.

python -m tests.kill.victim ROOT exchange|files      answers each line with the number of the process to kill, and its end
"""

import os
import sys
from pathlib import Path

import pytest

from kea_hac.output import swap
from kea_hac.output.tree import write
from tests.kill.pairs import NEW, OLD


def main(root: Path, way: str) -> None:
    if way == "files":
        pytest.MonkeyPatch().setattr(swap, "exchange", lambda _one, _other: False)
    for _line in sys.stdin:
        victim = os.fork()
        if not victim:
            build_for_ever(root)
        print(victim, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1]), flush=True)


def build_for_ever(root: Path) -> None:
    try:
        while True:
            write(root, [OLD])
            write(root, [NEW])
    except BaseException as error:
        print(error, file=sys.stderr)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
