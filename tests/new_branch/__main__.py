"""`python -m tests.new_branch WHAT VERSION`: one of the questions below, answered by the package that is imported, as JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import kea_hac
from kea_hac.check.examples import example
from kea_hac.cli.version import version_text
from kea_hac.diagnostics import Diagnostic
from kea_hac.kea.config import DHCP4, DHCP6
from kea_hac.kea.config_get import predict
from kea_hac.kea.expression import parse
from kea_hac.kea.file_schema import file_schemas
from kea_hac.kea.hooks import shipping
from kea_hac.kea.option_definitions import known_names
from kea_hac.kea.platform import platform, platform_names
from kea_hac.kea.reference_page import vocabulary_page
from kea_hac.kea.version import BRANCHES, Branch, Feature, KeaVersion, branches_with
from kea_hac.kea_files.version_evidence import weigh
from kea_hac.source import read_kea_json
from kea_hac.spec.schema import schema_text
from tests.examples import CODES, found_in, written
from tests.shipped import GOLDEN, SHIPPED, checked_for

_HASH = re.compile(r'"(?:spec|build)": "[0-9a-f]+"')
"""The spec's own text is in the hash, and with it the version."""
_STAMP = re.compile(r"(?m)^( *)kea: \S+")


def examples(version: str) -> Any:
    """What the bad example of every rule gives: by code, codes and lines. `version`: instead of the example's own; "": that."""
    made = {}
    for code in CODES:
        case = example(code)
        assert case is not None
        with TemporaryDirectory() as folder:
            paths = written(case, case.bad, Path(folder))
            if version:
                case = replace(case, kea=version)
                for path in paths if case.of_a_spec else ():
                    text = (Path(folder) / path).read_text("utf-8")
                    (Path(folder) / path).write_text(_STAMP.sub(rf'\1kea: "{version}"', text), "utf-8")
            made[code] = places(found_in(case, paths, Path(folder)))
    return made


def builds(version: str) -> Any:
    """What the shipped specs compile to: by spec, its files of Kea; None where it has errors, which `codes` lists."""
    made = {}
    for spec in SHIPPED:
        checked = checked_for(spec, version)
        files = checked.build.files if checked.build else {}
        confs = {name: _HASH.sub("", text.decode()) for name, text in files.items() if name.endswith(".conf")}
        made[spec.stem] = {"files": confs, "codes": places(checked.report.diagnostics)}
    return made


def lint(version: str) -> Any:
    """What is found in the golden files of the newest branch that has some, read as files for `version`."""
    newest = [each for each in BRANCHES if any(GOLDEN.glob(f"*/{each}"))][-1]
    made = {}
    for folder in sorted(GOLDEN.glob(f"*/{newest}")):
        files = sorted(folder.rglob("*.conf"))
        made[folder.parent.name] = places(kea_hac.lint(files, KeaVersion.parse(version)).report.diagnostics)
    return made


def facts(version: str) -> Any:
    """What else is known of a version, without what it brought itself."""
    target = KeaVersion.parse(version)
    configs = {daemon.name: dict(predict(daemon, {}, target)) for daemon in (DHCP4, DHCP6)}
    hosts = {name: replace(platform(name, "amd64", target), proven=False) for name in platform_names()}
    return {
        "features": sorted(each for each in Feature if target.branch in branches_with(each)),
        "expressions": [str(parse(text, family=4, branch=target.branch)) for text in _EXPRESSIONS],
        "shown": json.loads(json.dumps(configs, default=str)),
        "platforms": {name: repr(host).replace(f"{version!r}", "") for name, host in hosts.items()},
        "options": {str(family): sorted(known_names(family, f"dhcp{family}", target.branch)) for family in (4, 6)},
        "libraries": {
            name: shipping(f"libdhcp_{name}.so", target.branch) for name in ("ha", "mysql", "perfmon", "rbac")
        },
        "guessed": _guessed(b'{"Dhcp4": {}}'),
    }


def new(version: str) -> Any:
    """What is known of the things that only the new branch has, in it and in the one before."""
    before = str(BRANCHES[Branch(version).order - 1])
    return {
        "version": version_text(),
        "page": [line for line in vocabulary_page().splitlines() if "made-up" in line],
        "spec schema": "made-up-key" in schema_text(),
        "file schemas": sorted(name for name, text in file_schemas().items() if "made-up-key" in text),
        "shown": dict(predict(DHCP4, {"made-up-key": 5}, KeaVersion.parse(version))).get("made-up-key"),
        "default": dict(predict(DHCP4, {}, KeaVersion.parse(version))).get("made-up-key"),
        "guess": _guessed(_file({"made-up-key": 5})),
        "build": _build(version),
        "build before": _build(before),
        "lint": _linted(version),
        "lint before": _linted(before),
        "newest": str(max(BRANCHES, key=lambda branch: branch.order)),
        "skew": _skew(version, before),
    }


_EXPRESSIONS = ("lcase('A') == 'a'", "match('a', 'b') and member('ALL')", "sifelse(member('ALL'), 'a', 'b') == 'a'")
_SPEC = """
kea-hac: 1
pair: made-up
kea: "{version}"
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: [eth0]{own}}}
  - {{name: kea2, role: standby, address: 192.0.2.12, interfaces: [eth0]}}
high-availability:
  mode: hot-standby
  listener: {{dhcp4: 8001}}{limit}
dhcp4:
  {key}
  subnet4:
    - {{id: 1, subnet: 192.0.2.0/24, interface: eth0, pools: [{{pool: 192.0.2.100 - 192.0.2.200}}]}}
"""


def _build(version: str) -> Any:
    text = _SPEC.format(version=version, own="", limit="\n  made-up-limit: 3", key="made-up-key: 5")
    checked = _compiled(text)
    files = checked.build.files if checked.build else {}
    words = (b'"made-up-key": 5', b'"made-up-limit": 3')
    return {
        "holds": sorted({word.decode() for content in files.values() for word in words if word in content}),
        "messages": sorted(each.message for each in checked.report.diagnostics if "made-up" in each.message),
    }


def _skew(version: str, before: str) -> Any:
    checked = _compiled(_SPEC.format(version=version, own=f', kea: "{before}"', limit="", key="valid-lifetime: 1h"))
    return sorted({each.rule.code for each in checked.report.diagnostics if "different Kea versions" in each.message})


def _compiled(text: str) -> kea_hac.Checked:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "spec.yaml"
        path.write_text(text, "utf-8")
        return kea_hac.compile_spec(path)


def _linted(version: str) -> Any:
    libraries = [
        {"library": "libdhcp_perfmon.so", "parameters": {"made-up-flag": True}},
        {"library": "libdhcp_made_up.so", "parameters": {"made-up-name": "a"}},
    ]
    own = {"made-up-key": 5, "option-data": [{"name": "made-up-option", "data": "1"}], "hooks-libraries": libraries}
    wrong: list[dict[str, Any]] = [
        {"made-up-key": 500},
        {"option-data": [{"name": "made-up-option", "data": "300"}]},
        {"hooks-libraries": [{"library": "libdhcp_perfmon.so", "parameters": {"made-up-flag": 1}}]},
        {"hooks-libraries": [{"library": "libdhcp_made_up.so", "parameters": {}}]},
    ]
    alone: list[dict[str, Any]] = [{key: value} for key, value in own.items()]
    return {
        "right": _codes(_file(own), version),
        "alone": [_codes(_file(members), version) for members in alone],
        "wrong": [_codes(_file(members), version) for members in wrong],
    }


def _guessed(content: bytes) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kea-dhcp4.conf"
        path.write_bytes(content)
        document = read_kea_json(path).document
    assert document is not None
    return str(weigh([document]).version)


def _file(members: Mapping[str, Any]) -> bytes:
    return json.dumps({"Dhcp4": {**members, "subnet4": []}}).encode()


def _codes(content: bytes, version: str) -> list[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kea-dhcp4.conf"
        path.write_bytes(content)
        found = kea_hac.lint([path], KeaVersion.parse(version)).report.diagnostics
    return sorted(f"{each.rule.code} {each.message}" for each in found if each.severity == "error")


def places(found: Iterable[Diagnostic]) -> list[str]:
    """Codes and lines: messages may name the version."""
    return sorted(f"{each.rule.code} {each.severity} {each.span.line if each.span else 0}" for each in found)


_QUESTIONS: Mapping[str, Callable[[str], Any]] = {each.__name__: each for each in (examples, builds, lint, facts, new)}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(_QUESTIONS[sys.argv[1]](sys.argv[2])))
