"""Print the cells and the disagreements of one version or of all: `python -m tests.differential [-n CONFIGS] [--seed N] [VERSION…]`.

`--remember FOLDER` keeps Kea's verdicts between runs: they hang on version, daemon and text alone.
"""

import argparse
import hashlib
import pickle
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kea_hac.kea.version import KeaVersion
from tests.differential.corpus import Case, cases
from tests.differential.regressions import save
from tests.differential.verdicts import Cell, Check, Judged, Load, cluster, judged, load, table
from tests.lab import VERSIONS, Verdict, check


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", nargs="*", default=VERSIONS)
    parser.add_argument("-n", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--remember", type=Path)
    parser.add_argument("--show", type=int, default=2, help="examples of each cluster")
    parser.add_argument("--save", type=Path, help="cut each new kind of disagreement down and keep it in this folder")
    options = parser.parse_args()
    for version in options.versions:
        began = time.monotonic()
        asked = cases(KeaVersion.parse(version).branch, options.n, options.seed)
        made = time.monotonic()
        ask, begin = _remembering(options.remember) if options.remember else (check, load)
        results = judged(version, asked, ask, begin)
        print(
            f"== {version}: made in {made - began:.0f} s, judged in {time.monotonic() - made:.0f} s; {table(results)}"
        )
        for cell in (Cell.GAP, Cell.ALARM, Cell.HOST):
            groups = _clusters(cell, results)
            _print(cell, groups, options.show)
            if options.save and cell is Cell.GAP:
                for name, found in groups.items():
                    save(options.save, version, name, min(found, key=lambda each: len(each.case.text)))


def _clusters(cell: Cell, results: list[Judged]) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for each in results:
        if each.cell is cell:
            groups[cluster(each.error) or ", ".join(sorted({one.code for one in each.ours}))].append(each)
    return groups


def _print(cell: Cell, groups: dict[str, list[Judged]], show: int) -> None:
    print(f"-- {cell}: {sum(map(len, groups.values()))}")
    for name, found in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"  {len(found):4} {name}")
        for each in found[:show]:
            said = "; ".join(f"{one.code} {one.message}" for one in each.ours[:2])
            print(f"         {each.case.name[:150]}  {said[:160]}")


def _remembering(folder: Path) -> tuple[Check, Load]:
    """Both ways to ask Kea, each asking only what is not in the folder."""

    def ask(version: str, daemon: str, configs: Sequence[bytes], **more: Any) -> list[Verdict]:
        return _known(folder / f"{version}-{daemon}-t.pickle", configs, lambda new: check(version, daemon, new, **more))

    def begin(version: str, cases: Sequence[Case], files: Mapping[str, bytes]) -> list[Verdict]:
        asked = [b"%s %s %s" % (case.daemon.encode(), case.scope.encode(), case.text) for case in cases]
        by_text = dict(zip(asked, cases, strict=True))
        store = folder / f"{version}-load.pickle"
        return _known(store, asked, lambda new: load(version, [by_text[each] for each in new], files))

    return ask, begin


def _known(store: Path, texts: Sequence[bytes], judge: Callable[[list[bytes]], list[Verdict]]) -> list[Verdict]:
    store.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, Verdict] = pickle.loads(store.read_bytes()) if store.exists() else {}
    keys = [hashlib.sha256(text).hexdigest() for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    known.update(zip(new, judge(list(new.values())), strict=True))
    store.write_bytes(pickle.dumps(known))
    return [known[key] for key in keys]


if __name__ == "__main__":
    main()
