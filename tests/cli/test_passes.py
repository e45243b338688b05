"""What the commands do for each reservation of a large site, as counts: a second pass over the data breaks a budget, on any machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.sites import answers, spec
from kea_hac.kea.hidden import masked
from kea_hac.source import read_kea_json_text, yaml_runs
from kea_hac.source.kea_json_lexer import Lexer
from tests.cli.conftest import Call
from tests.counting import calls


@pytest.fixture(autouse=True)
def _whatever_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has read much reads YAML in another way."""
    monkeypatch.setattr(yaml_runs, "SMALL", 0)


SUBNETS, FEW, MANY = 2, 20, 36
"""With the fewest, too, each kind of item is so frequent that what is made once for it has been made."""


def _each(call: Call, *command: str, code: int = 0, changed: int = 0) -> float:
    """The calls for one more reservation. What happens once, and once for each subnet, is not in it."""

    def run() -> None:
        done = call(*command)
        assert done.code == code, done.err

    counts = []
    for reservations in (FEW, MANY):
        Path("s.yaml").write_text(spec(SUBNETS, reservations), "utf-8")
        if "--live" in command:
            answers(Path("s.yaml"), Path("saved"), changed=changed)
        elif command[0] != "validate":
            assert call("build", "s.yaml").code == 0
        if not counts:
            run()  # what is imported and cached once
            Path("s.yaml").write_text(spec(SUBNETS, reservations), "utf-8")
        counts.append(calls(run))
    return (counts[1] - counts[0]) / (SUBNETS * (MANY - FEW))


BUDGETS: dict[str, tuple[Callable[[Call], float], float]] = {
    "validate": (lambda call: _each(call, "validate", "s.yaml"), 22),
    "lint": (lambda call: _each(call, "lint", "build/bench/kea1/kea-dhcp4.conf"), 19),
    "diff, no change": (lambda call: _each(call, "diff", "s.yaml", "--live", "saved"), 23),
    "diff, a change": (lambda call: _each(call, "diff", "s.yaml", "--live", "saved", code=1, changed=1), 74),
    "adopt": (lambda call: _each(call, "diff", "s.yaml", "--live", "saved", "--adopt", changed=1), 400),
    "import": (lambda call: _each(call, "import", "build/bench/kea1", "build/bench/kea2"), 114),
}
"""How each is measured, and how many calls one more reservation may take."""


@pytest.mark.parametrize("what", BUDGETS)
def test_work_for_each_reservation(call: Call, what: str) -> None:
    measured, budget = BUDGETS[what]
    assert measured(call) <= budget


def test_work_for_each_spec_of_a_fleet(call: Call) -> None:
    """What depends on the version of Kea alone is done once, and no spec is read twice, although each two claim the same networks."""
    counts = []
    for specs in (2, 2, 6):
        for number in range(specs):
            Path(f"{number}.yaml").write_text(spec(4, 4, f"p{number}"), "utf-8")
        counts.append(calls(lambda: call("validate", ".")))
    assert (counts[2] - counts[1]) / 4 <= 15_700


def test_plain_entries_of_keas_json_are_read_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The short way through entries with plain values gives the values, places and findings of the long one."""
    entries = [
        '"a": 1', '"b":"x y"', '"c" : true', '"d": null', '"e": -7', '"f": 1.5', '"g": "\\n"', '"h": [1, "2"]', '"i": {}', '"j": 007',
        '"a": 2', '"k": "" # note', '/* c */ "l": 1', '"m": 1e3', '"n": ""', '"password": "geheim"', '"o": {"p": 1, "q": {"r": "s"}}',
    ]  # fmt: skip
    texts = [
        "{" + between.join(entries[at:] + entries[:at]) + end + "}"
        for at in range(len(entries))
        for between in (",", " , ", ",\n\t", ",,", ", #\n")
        for end in ("", ",", "\n")
    ]
    texts += ['{"a": 1', '{"a": 1 "b": 2}', '{"a" 1}', '{"a": 1]', '{"a": 1}}', '{"a": x}', "{,}", '{"a": 1, }']
    short = [read_kea_json_text(each) for each in texts]
    monkeypatch.setattr(Lexer, "plain_entries", lambda *_: 0)
    monkeypatch.setattr(Lexer, "to_next_key", lambda _: False)
    for text, one in zip(texts, short, strict=True):
        other = read_kea_json_text(text)
        assert one.diagnostics == other.diagnostics, text
        assert (one.document is None) == (other.document is None), text
        if one.document is not None and other.document is not None:
            assert one.document.root == other.document.root, text
            assert list(one.document.root.spans) == list(other.document.root.spans), text


def test_what_names_no_secret_is_not_copied() -> None:
    hosts = [{"hw-address": f"02:00:00:00:00:{at:02x}", "t1-percent": 0.5} for at in range(200)]
    secret = [*hosts, {"user-context": {"password": "geheim"}}]
    shown = masked({"subnet4": hosts, "reservations": secret, "password": "geheim"})
    assert shown["subnet4"] is hosts
    assert all(one is other for one, other in zip(shown["reservations"][:200], hosts, strict=True))
    assert "geheim" not in repr(shown)


_LATER = {"dulwich", "lark", "multiprocessing", "asyncio", "ssl", "http.client", "rich", "jinja2"}
_LISTS_ONLY = {*_LATER, "ruamel.yaml", "kea_hac.source", "kea_hac.kea", "kea_hac.spec"}
STARTS: dict[str, tuple[int, set[str]]] = {
    "--version": (13, {*_LATER, "ruamel.yaml", "typer", "pydantic", "kea_hac.diagnostics"}),
    "rules": (15, _LISTS_ONLY),
    "explain KH201": (19, _LISTS_ONLY),
    "schema": (15, _LISTS_ONLY - {"kea_hac.spec"}),
    "validate s.yaml": (175, _LATER | {f"kea_hac.{each}" for each in ("adopt", "drift", "importing", "leases", "live", "output", "review", "rollout", "upgrade")} | {"kea_hac.kea.config_get", "kea_hac.source.git_tree"}),
}  # fmt: skip
"""How many modules of ours each imports, those with rules left out, and some that it must not import. Each module costs every start:
pre-commit runs `validate` for a spec of fifty lines."""


@pytest.mark.parametrize("command", STARTS)
def test_what_a_command_imports(environment: dict[str, str], command: str) -> None:
    Path("s.yaml").write_text(spec(1, 1), "utf-8")
    code = (
        f"import sys; from kea_hac.cli import _command_line; from kea_hac.cli.boundary import run; "
        f"sys.argv[1:] = {command.split()}; code = run(_command_line, sys.argv[1:]); "
        "print(code, *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    ended, *loaded = done.stderr.splitlines()[-1].split()
    most, later = STARTS[command]
    assert ended == "0"
    assert not set(loaded) & later
    ours = [each for each in loaded if each.startswith("kea_hac") and not each.startswith("kea_hac.check.rules")]
    assert len(ours) <= most
