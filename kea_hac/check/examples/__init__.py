"""What breaks a rule, and the corrected form: one file for each rule, `KHnnn.toml`, read when it is needed.

    over = "lone"      # the base that the excerpts complete: a spec, or a file of Kea; a list for several files
    bad = '''…'''      # breaks this rule and no other; a list of texts beside a list of `over`
    good = '''…'''     # breaks none
    kea = "3.0"        # the version of files of Kea; a spec contains its own
    replace = [...]    # top keys of the base that the excerpt replaces; others are merged
    also = [...]       # codes of rules that the bad example must break too
    [files]            # files that the excerpt includes: name = '''…'''

Tests put every example into its base and run it: `tests/examples`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from importlib.resources import files
from typing import Any

from kea_hac.records import dataclass

WITHOUT: Mapping[str, str] = {
    "KH001": "a file that cannot be opened",
    "KH002": "a file with bytes that are no UTF-8",
    "KH003": "a file of many megabytes, or hundreds of levels",
    "KH090": "a bug in kea-hac",
    "KH116": "a file of Kea where a spec belongs",
    "KH117": "a spec where a file of Kea belongs",
    **{f"KH{code}": "an import of existing files" for code in range(150, 160)},
    "KH118": "an entry of kea-hac.toml",
    "KH197": "an entry of a baseline",
    "KH930": "a diff against live servers",
    "KH931": "a diff against live servers, on a later day",
    **{
        f"KH{code}": "a review of two revisions, and limits in kea-hac.toml"
        for code in (*range(940, 946), *range(947, 950))
    },
}
"""Rules without a short example: code → what breaks them."""
USUAL = "2.6"
"""The version that files of Kea are judged for where an example says none."""


@dataclass(frozen=True, slots=True)
class Example:
    """What breaks one rule, and the same put right."""

    over: tuple[str, ...]
    """For each text, what it is laid over."""
    bad: tuple[str, ...]
    good: tuple[str, ...]
    kea: str = USUAL
    """The version that files of Kea are judged for."""
    replace: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def of_a_spec(self) -> bool:
        """True for excerpts of specs, False for those of Kea's own files."""
        return not self.over[0].endswith((".conf", "relationship"))


def example(code: str) -> Example | None:
    """The example of a rule. None for a rule that has none."""
    found = files(__name__) / f"{code}.toml"
    if not found.is_file():
        return None
    import tomllib  # every start imports this package, with all rules

    read = tomllib.loads(found.read_text("utf-8"))
    return Example(
        over=_several(read["over"]),
        bad=_several(read["bad"]),
        good=_several(read["good"]),
        kea=read.get("kea", USUAL),
        replace=tuple(read.get("replace", ())),
        also=tuple(read.get("also", ())),
        files=read.get("files", {}),
    )


def _several(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
