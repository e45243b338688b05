"""Every document of `--format json` has the number of its form, the tool's version, and the keys of its published schema."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import ValidationError

import kea_hac
from tests.cli.conftest import Call, Called, Spec
from tests.cli.test_channels import SPEC, save
from tests.documents import read
from tests.review.sites import committed_all


def document(done: Called) -> dict[str, object]:
    found = read("json", done.out)
    assert list(found)[:2] == ["format", "kea-hac"]
    assert (found["format"], found["kea-hac"]) == (1, kea_hac.__version__)
    return dict(found)


def test_findings(call: Call, spec: Spec) -> None:
    spec("good.yaml")
    spec("bad.yaml", pair="bad", pool="198.51.100.1 - 198.51.100.9")
    assert "needs" in document(call("validate", "good.yaml", "bad.yaml", "--needs", "--format", "json"))
    assert "files" in document(call("build", "good.yaml", "--stdout", "--format", "json"))
    assert "pairs" in document(call("build", "good.yaml", "--format", "json"))
    spec("good.yaml", pool="192.0.2.100 - 192.0.2.198")
    stale = document(call("build", "good.yaml", "bad.yaml", "--check", "--format", "json"))
    assert stale["stale"]
    assert stale["not-compared"] == ["bad.yaml"]
    Path("more").mkdir()
    Path("good.yaml").rename("more/good.yaml")
    assert "problems" in document(call("validate", "more/*.yml", "--format", "json"))
    for finding in document(call("validate", "bad.yaml", "--format", "json"))["findings"]:  # type: ignore[attr-defined]
        assert len(finding["fingerprint"]) == 34
    assert document(call("lint", "build/campus/s1/kea-dhcp4.conf", "--format", "json"))["skipped"]


def test_what_import_reads_and_writes(call: Call, spec: Spec) -> None:
    spec("s.yaml")
    call("build", "s.yaml")
    assert "spec" in document(call("import", "build/campus/s1", "--format", "json"))
    assert "spec" not in document(call("import", "build/campus/s1", "--format", "json", "-o", "out.yaml"))
    Path("kea1").mkdir()
    Path("kea1/kea-dhcp4.conf").write_text('{"Dhcp4": <?include "gone.json"?>}', "utf-8")
    assert document(call("import", "kea1", "--format", "json"))["findings"]


def test_diff(call: Call) -> None:
    Path("spec.yaml").write_text(SPEC.format(extra=""), "utf-8")
    save("x")
    found = document(call("diff", "spec.yaml", "--live", "live", "--format", "json"))
    assert found["changes"]
    assert found["unread"]
    adopted = document(call("diff", "spec.yaml", "--live", "live", "--format", "json", "--adopt", "--prefer", "live"))
    assert adopted["adopted"] or adopted["refused"]
    Path("spec.yaml").write_text("kea-hac: 1\n", "utf-8")
    assert document(call("diff", "spec.yaml", "--live", "live", "--format", "json"))["findings"]


def test_review_and_rules(call: Call, spec: Spec) -> None:
    committed_all({spec("s.yaml"): Path("s.yaml").read_text("utf-8")})
    spec("s.yaml", pool="198.51.100.1 - 198.51.100.9")
    found = document(call("review", "--since", "HEAD", "--format", "json"))
    assert found["pairs"]
    assert read("json", call("rules", "--format", "json").out)


def test_upgrade(call: Call, spec: Spec) -> None:
    spec("s.yaml")
    assert document(call("upgrade", "s.yaml", "--to", "3.0", "--format", "json"))["state"] == "ready"


def test_the_schemas_can_fail(call: Call, spec: Spec) -> None:
    spec("s.yaml", pool="198.51.100.1 - 198.51.100.9")
    found = json.loads(call("validate", "s.yaml", "--format", "json").out)
    for wrong in ({**found, "format": 2}, {**found, "findings": [{}]}, {**found, "made-up": 1}):
        with pytest.raises(ValidationError):
            read("json", json.dumps(wrong))
