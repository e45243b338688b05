"""The table of output formats: one row and one module are a format, for every command that shows findings."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from kea_hac.report.formats import FORMATS, TEXT, WITH_FINDINGS, Command, Format, Page, offered
from kea_hac.report.results import DiffResult, Result
from tests.cli.conftest import Call, Spec
from tests.documents import read
from tests.review.sites import committed
from tests.shipped import ROOT

MODULE = """
from kea_hac.report.cells import safe
from kea_hac.report.formats import Rendered


def findings(result, page):
    codes = ",".join(each.rule.code for each in result.report.diagnostics)
    return Rendered(safe(f"made up {type(result).__name__} {codes}") + "\\n")


def comparison(result, page):
    return Rendered(f"made up {type(result).__name__}\\n")


def review(result, page):
    codes = ",".join(each.rule.code for pair in result.pairs for each in pair.new_findings)
    return Rendered(safe(f"made up {type(result).__name__} {codes}") + "\\n")


def upgrade(result, page):
    codes = ",".join(each.rule.code for each in result.upgrade.findings)
    return Rendered(safe(f"made up {type(result).__name__} {codes}") + "\\n")
"""
ROW = """\
import contextlib, io, json, sys
from kea_hac.report import formats
formats.FORMATS.append(formats.Format("made-up", "made_up", formats.EVERY_COMMAND))
from kea_hac.cli.app import command_line
shown = []
for arguments in json.load(sys.stdin):
    text = io.StringIO()
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        command_line()(arguments, prog_name="kea-hac")
    shown.append(text.getvalue())
json.dump(shown, sys.stdout)
"""


def with_row(*calls: tuple[str, ...]) -> list[str]:
    """What `kea-hac` shows at each call where the table has one more row, and the current folder one more module."""
    Path("made_up.py").write_text(MODULE, "utf-8")
    environment = {"PYTHONPATH": f"{ROOT}:{Path.cwd()}", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", ROW],
        env=environment,
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown: list[str] = json.loads(done.stdout)
    return shown


def arguments_of(spec: Spec) -> dict[Command, tuple[str, ...]]:
    """One call of each command, with inputs that have a finding."""
    spec("s.yaml", pool="198.51.100.1 - 198.51.100.9")
    Path("kea-dhcp4.conf").write_text('{"Dhcp4": {"nonsense": 1}}', "utf-8")
    return {
        Command.VALIDATE: ("s.yaml",),
        Command.BUILD: ("s.yaml",),
        Command.LINT: ("kea-dhcp4.conf",),
        Command.IMPORT: ("kea-dhcp4.conf",),
        Command.DIFF: ("s.yaml", "--live", "nowhere"),
        Command.REVIEW: ("s.yaml", "--since", committed("README", "no spec yet")),
        Command.UPGRADE: ("s.yaml", "--to", "3.0"),
        Command.ROLLOUT: ("s.yaml", "--plan"),
    }


def test_a_new_row_is_offered_and_used(spec: Spec) -> None:
    arguments = {command: (command.value, *rest) for command, rest in arguments_of(spec).items()}
    used = with_row(*((*each, "--format", "made-up") for each in arguments.values()))
    assert len(used) == len(Command)
    for shown in used:
        assert re.search(r"^made up [A-Z]\w+ (KH\d+,)*KH\d+$", shown, re.MULTILINE), shown
        assert "this is a bug" not in shown
    assert all("|made-up>" in shown for shown in with_row(*((each.value, "--help") for each in Command)))
    refused = with_row(*((*each, "--format", "other") for each in arguments.values()))
    assert all("'made-up'" in shown for shown in refused)


def test_a_new_row_shows_a_comparison(spec: Spec) -> None:
    spec("s.yaml")
    Path("live").mkdir()
    call = ("diff", "s.yaml", "--live", "live", "--format", "made-up")
    compared, adopted = with_row(call, (*call, "--adopt"))
    assert compared.startswith("made up Comparison\n")
    assert adopted.startswith("made up AdoptedChanges\n")


@pytest.mark.parametrize("command", Command)
def test_choices_help_and_errors_are_those_of_the_table(command: Command, call: Call, spec: Spec) -> None:
    arguments = (command.value, *arguments_of(spec)[command])
    names = list(offered(command))
    assert f"--format <{'|'.join(names)}>" in call(command.value, "--help").out
    for name in names:
        done = call(*arguments, "--format", name)
        assert "this is a bug" not in done.err
        assert done.out + done.err
    for name in {each.name for each in FORMATS} - set(names) | {"nonsense", ""}:
        done = call(*arguments, "--format", name)
        assert done.code == 2
        assert f"{name!r} is not one of {', '.join(map(repr, names))}." in done.err


def test_the_default_is_text(call: Call, spec: Spec) -> None:
    for command, arguments in arguments_of(spec).items():
        assert call(command.value, *arguments).out == call(command.value, *arguments, "--format", TEXT.name).out


def test_a_document_for_programs_is_alone_on_stdout(call: Call, spec: Spec) -> None:
    for command, arguments in arguments_of(spec).items():
        for form in (each for each in offered(command).values() if each.for_programs):
            read(form.name, call(command.value, *arguments, "--format", form.name).out)


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_a_module_is_what_its_row_promises(form: Format) -> None:
    """With these annotations mypy checks the rest."""
    module = importlib.import_module(form.module)
    wanted = {"findings": "Result"}
    wanted |= {"comparison": "DiffResult"} if Command.DIFF in form.commands else {}
    wanted |= {"review": "Reviewed"} if Command.REVIEW in form.commands else {}
    wanted |= {"upgrade": "PlannedUpgrade"} if Command.UPGRADE in form.commands else {}
    wanted |= {"rollout": "RolledOut"} if Command.ROLLOUT in form.commands else {}
    for name in wanted:
        signature = inspect.signature(getattr(module, name))
        assert [each.annotation for each in signature.parameters.values()] == [wanted[name], "Page"]
        assert signature.return_annotation == "Rendered"


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_a_module_ends_every_match(form: Format) -> None:
    """Nothing falls through: mypy then names the module that lacks a new kind of result."""
    module = importlib.import_module(form.module)
    tree = ast.parse(inspect.getsource(module))
    matches = [node for node in ast.walk(tree) if isinstance(node, ast.Match)]
    for node in matches:
        assert "assert_never" in ast.unparse(node.cases[-1])


def test_no_command_asks_which_format_it_is() -> None:
    """A comparison with one format in `cli` would be a second place that knows it."""
    names = "|".join(each.name for each in FORMATS)
    for path in sorted((ROOT / "kea_hac/cli").glob("*.py")):
        if path.name != "catalogue.py":
            found = re.findall(
                rf"(?:is|==|is not|!=) (?:\w+\.)?(?:TEXT|JSON|GITHUB|MARKDOWN|[\"'](?:{names})[\"'])",
                path.read_text("utf-8"),
            )
            assert not found, (path, found)


def test_the_table_is_sound() -> None:
    names = [each.name for each in FORMATS]
    assert len(set(names)) == len(names)
    assert set(WITH_FINDINGS) | {Command.DIFF, Command.REVIEW, Command.UPGRADE, Command.ROLLOUT} == set(Command)
    for command in Command:
        assert TEXT in offered(command).values()


def test_a_format_that_diff_has_not_is_refused() -> None:
    (kind, *_) = get_args(DiffResult)
    assert kind not in get_args(Result)
    only_findings = Format("rows", "made_up", WITH_FINDINGS)
    with pytest.raises(ValueError, match="diff has no format rows"):
        only_findings.comparison(kind(None, None), Page())


def test_formats_are_imported_when_they_are_used() -> None:
    code = f"import sys; from kea_hac.cli.app import command_line; command_line(); print([name for name in {[each.module for each in FORMATS]} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
