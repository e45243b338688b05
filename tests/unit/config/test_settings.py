"""kea-hac.toml as a value: every mistake names its line, and nothing leads out of the work tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from kea_hac.cli.settings import Rules
from kea_hac.config import ConfigError, Settings, read_settings
from kea_hac.config.apply import applied
from kea_hac.config.settings import _matches
from kea_hac.config.strictest import changed, strictest
from kea_hac.config.toml_text import read_toml
from kea_hac.diagnostics import Diagnostic, Report, Severity, Span, known_rules

WHOLE = """\
required-version = ">=0.1, <2"
specs = [
  "specs",
  "more/*.yaml",
]
output = "build"
fail-on = "warning"
select = ["KH1", "KH2", "old-spelling"]

# why
[ignore]
subnet-with-host-bits = "renumbered in 2027"
KH130 = {reason = "old files", paths = ["specs/old/**"]}

[severity]
"old-spelling" = "warning"

[review]
max-removed-subnets = 2
"""


def settings(text: str, file: str = "kea-hac.toml") -> Settings:
    toml = read_toml(text.encode(), file)
    assert toml is not None
    return read_settings(toml, "/site", Rules())


def test_everything_is_read_with_its_line() -> None:
    found = settings(WHOLE)
    assert found.specs == ("specs", "more/*.yaml")
    assert (found.output, found.fail_on, found.select) == ("build", Severity.WARNING, ("KH1", "KH2", "KH130"))
    assert [(each.code, each.reason, each.paths) for each in found.ignore] == [
        ("KH212", "renumbered in 2027", ()),
        ("KH130", "old files", ("specs/old/**",)),
    ]
    assert found.severity == {"KH130": Severity.WARNING}
    assert str(found.review.amounts["max-removed-subnets"]) == "2"
    assert found.places == {
        "required-version": "kea-hac.toml:1",
        "specs": "kea-hac.toml:2",
        "output": "kea-hac.toml:6",
        "fail-on": "kea-hac.toml:7",
        "select": "kea-hac.toml:8",
        "ignore.subnet-with-host-bits": "kea-hac.toml:12",
        "ignore.KH130": "kea-hac.toml:13",
        "severity.old-spelling": "kea-hac.toml:16",
        "review.max-removed-subnets": "kea-hac.toml:19",
    }


def test_the_table_of_pyproject_has_its_lines_too() -> None:
    text = '[project]\nname = "x"\n\n[tool.kea-hac]\nfail-on = "info"\n\n[tool.kea-hac.ignore]\nKH212 = "why"\n'
    found = settings(text, "pyproject.toml")
    assert found.places == {"fail-on": "pyproject.toml:5", "ignore.KH212": "pyproject.toml:8"}
    assert read_toml(b'[project]\nname = "x"\n', "pyproject.toml") is None
    assert read_toml(b"[broken", "pyproject.toml") is None, "it is not ours"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\nfail_on = 1\n", "kea-hac.toml:2: fail_on is not known; kea-hac.toml takes required-version, "),
        ("fail_on = 1\n", "did you mean fail-on?"),
        ('fail-on = "wrong"\n', "kea-hac.toml:1: fail-on is 'wrong'; it takes error, warning, info"),
        ("fail-on = 3\n", "fail-on is 3; it takes error"),
        ('specs = "specs"\n', "specs is 'specs'; it takes a list of paths such as"),
        ("specs = []\n", "it takes a list of paths"),
        ('x = 1\nspecs = [\n "a",\n 3]\n', "x is not known"),
        ('specs = [\n "a",\n 3]\n', "kea-hac.toml:1: specs is 3, and must be a string"),
        ('specs = ["/etc"]\n', "contains '/etc'; it takes paths inside"),
        ('specs = ["a/../../b"]\n', "without .."),
        ('specs = ["a\\\\..\\\\b"]\n', "without .."),
        ('specs = ["--fix"]\n', "contains '--fix'"),
        ('specs = ["~/x"]\n', "contains '~/x'"),
        ('output = "../out"\n', "contains '../out'"),
        ('output = "/tmp/out"\n', "contains '/tmp/out'"),
        ('output = ".git/hooks"\n', "Git's own folder"),
        ("output = 4\n", "output is 4, and must be a string"),
        ('required-version = "1.x.2"\n', "required-version is '1.x.2'; it takes versions such as"),
        ("required-version = 1\n", "must be a string"),
        (
            '[ignore]\nold-speling = "x"\n',
            "kea-hac.toml:2: ignore: 'old-speling' is not a rule; did you mean old-spelling?",
        ),
        ('[ignore]\nqqqqqq = "x"\n', "`kea-hac rules` lists all rules"),
        ('[ignore]\nKH130 = ""\n', "kea-hac.toml:2: ignore.KH130 needs a reason"),
        ("[ignore]\nKH130 = true\n", "needs a reason"),
        ('[ignore]\nKH130 = {paths = ["a"]}\n', "needs a reason"),
        ('[ignore]\nKH130 = {reason = "a", path = "b"}\n', "has 'path'; an entry has a reason, and paths"),
        ('[ignore]\nKH130 = {reason = "a", paths = ["../b"]}\n', "contains '../b'"),
        ('[ignore]\nKH010 = "a"\n', "KH010 says that a file could not be read; it is always an error"),
        ('ignore = ["KH130"]\n', "must be a table: [ignore]"),
        ('[severity]\nKH130 = "fatal"\n', "severity.KH130 is 'fatal'; it takes error, warning, info"),
        ('[severity]\nKH130 = "info"\nold-spelling = "info"\n', "kea-hac.toml:3: severity.old-spelling is set twice"),
        ('[severity]\nKH001 = "info"\n', "always an error"),
        ('select = "KH1"\n', "it takes a list of rules"),
        ('select = ["KH999"]\n', "'KH999' is not a rule"),
        ('select = ["KH010"]\n', "always an error"),
        ("[review]\nmax-removed-subnet = 1\n", "kea-hac.toml:2: review.max-removed-subnet is not known"),
        ('[hooks]\nrun = "x"\n', "hooks is not known"),
        ("a = 1\na = 2\n", "is not TOML"),
    ],
)
def test_a_mistake_names_its_line_and_what_is_possible(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as error:
        settings(text)
    assert words in str(error.value)


def test_a_very_long_value_has_an_error_in_little_time() -> None:
    with pytest.raises(ConfigError, match="it takes paths"):
        settings("specs = [\n" + '"a",\n' * 20_000 + '"/b"]\n')


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("specs/old/**", "specs/old/a.yaml", True),
        ("specs/old/**", "specs/old/deep/a.yaml", True),
        ("specs/old", "specs/old/a.yaml", True),
        ("specs/old", "specs/older/a.yaml", False),
        ("specs/*.yaml", "specs/a.yaml", True),
        ("specs/*.yaml", "specs/deep/a.yaml", False),
        ("**/a.yaml", "a.yaml", True),
        ("**/a.yaml", "x/y/a.yaml", True),
        ("a.yaml", "a.yaml", True),
        ("a.yaml", "b/a.yaml", False),
        (".", "b/a.yaml", True),
        ("specs/", "specs/a.yaml", True),
    ],
)
def test_paths_of_an_entry(pattern: str, path: str, matches: bool) -> None:
    assert _matches(pattern, path) is matches


def finding(code: str, file: str = "/site/specs/a.yaml") -> Diagnostic:
    rule = known_rules()[code]
    return Diagnostic(rule, rule.severity, "words", Span(file, 1, 1, 1, 2), "path")


def codes(found: Settings, *given: Diagnostic) -> list[tuple[str, str]]:
    return [(each.rule.code, each.severity.value) for each in applied(Report(given), found).diagnostics]


def test_what_is_shown_and_what_is_counted() -> None:
    found = settings(WHOLE)
    report = applied(Report((finding("KH130"), finding("KH212"), finding("KH302"), finding("KH010"))), found)
    assert [(each.rule.code, each.severity.value) for each in report.diagnostics] == [
        ("KH130", "warning"),
        ("KH010", "error"),
    ]
    assert [(each.found.rule.code, each.reason, each.place) for each in report.ignored] == [
        ("KH212", "renumbered in 2027", "kea-hac.toml:12"),
        ("KH302", "not in select", "kea-hac.toml:8"),
    ]
    assert codes(found, finding("KH130", "/site/specs/old/x/a.yaml")) == []


IGNORES = '[ignore]\nKH212 = "why"\n'


@pytest.mark.parametrize(
    ("base", "now", "shown"),
    [
        (IGNORES, IGNORES, []),
        ("", IGNORES, [("KH212", "warning")]),
        (IGNORES, "", [("KH212", "warning")]),
        ('[ignore]\nKH212 = {reason = "why", paths = ["other"]}\n', IGNORES, [("KH212", "warning")]),
        (IGNORES, '[ignore]\nKH212 = {reason = "why", paths = ["specs"]}\n', []),
        ('[severity]\nKH212 = "error"\n', '[severity]\nKH212 = "info"\n', [("KH212", "error")]),
        ('[severity]\nKH212 = "error"\n', "", [("KH212", "error")]),
        ("", '[severity]\nKH212 = "info"\n', [("KH212", "warning")]),
        ("", '[severity]\nKH212 = "error"\n', [("KH212", "error")]),
        ('select = ["KH2"]\n', 'select = ["KH3"]\n', [("KH212", "warning")]),
        ("", 'select = ["KH3"]\n', [("KH212", "warning")]),
    ],
)
def test_a_change_does_not_switch_off_what_the_older_revision_demands(
    base: str, now: str, shown: list[tuple[str, str]]
) -> None:
    agreed = strictest(settings(now), settings(base))
    assert codes(agreed, finding("KH212")) == shown


@pytest.mark.parametrize(
    ("base", "now", "words", "looser"),
    [
        ("", IGNORES, "ignore.KH212 is new: why", True),
        (IGNORES, "", "ignore.KH212 is gone", False),
        ('fail-on = "warning"\n', "", "fail-on was warning and is not set", True),
        ("", 'fail-on = "info"\n', "fail-on was not set and is info", False),
        ('specs = ["a", "b"]\n', 'specs = ["b"]\n', "specs was a, b and is b", True),
        ("", 'select = ["KH1"]\n', "select was not set and is KH1", True),
        ('[severity]\nKH212 = "error"\n', "", "severity.KH212 was error and is not set", True),
        ('required-version = ">=0.1"\n', "", "required-version was >=0.1 and is not set", True),
    ],
)
def test_what_a_change_does_to_the_settings_is_said(base: str, now: str, words: str, looser: bool) -> None:
    assert list(changed(settings(now), settings(base))) == [(words, looser)]


def test_no_setting_names_a_program_or_a_host() -> None:
    """A new key must be thought over here: the author of a pull request writes this file."""
    from kea_hac.config.settings import KEYS

    assert set(KEYS) == {"required-version", "specs", "output", "fail-on", "select", "ignore", "severity", "review"}
    assert Path("/site").is_absolute()
