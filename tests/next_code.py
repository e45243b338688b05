"""The next free code of a family of rules: `python -m tests.next_code KH6`; without a family, of every one."""

from __future__ import annotations

import sys

from kea_hac.check.registry import next_free

FAMILIES = tuple(f"KH{digit}" for digit in range(10))


def main(arguments: list[str]) -> int:
    """The command. Returns its exit code."""
    try:
        print("\n".join(next_free(family) for family in arguments or FAMILIES))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
