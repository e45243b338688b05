"""`kea-hac schema` prints what the spec floor says."""

from __future__ import annotations

import json
import sys
from types import ModuleType

import pytest

from tests.cli.conftest import Call


def test_it_is_the_schema_of_the_spec(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("kea_hac.spec.schema")
    module.spec_schema = lambda: {"title": "Kea naïve"}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kea_hac.spec.schema", module)
    called = call("schema")
    assert (called.code, json.loads(called.out)) == (0, {"title": "Kea naïve"})
    assert call("schema", "spec").out == called.out
    assert call("schema", "frob").code == 2
