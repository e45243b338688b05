"""`kea-hac schema` prints what the floors below say, byte for byte as `schemas/` has it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Call
from tests.regenerate import ROOT


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ((), "spec"),
        (("spec",), "spec"),
        (("dhcp4",), "kea-dhcp4-3.2"),
        (("dhcp6", "--kea", "2.2"), "kea-dhcp6-2.2"),
        (("dhcp4", "--kea", "2.6.3"), "kea-dhcp4-2.6"),
        (("ctrl-agent",), "kea-ctrl-agent-3.0"),
        (("--kea", "2.4", "ctrl-agent"), "kea-ctrl-agent-2.4"),
    ],
)
def test_it_is_the_file_in_schemas(call: Call, arguments: tuple[str, ...], file: str) -> None:
    called = call("schema", *arguments)
    assert (called.code, called.err) == (0, "")
    assert called.out == (ROOT / "schemas" / f"{file}.schema.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("frob",), "frob"),
        (("dhcp4", "--kea", "2.5"), "it knows 2.2, 2.4, 2.6, 3.0, 3.2, 3.3"),
        (("ctrl-agent", "--kea", "3.2"), "Kea 3.2 has no kea-ctrl-agent; 2.2, 2.4, 2.6, 3.0 have one"),
        (("spec", "--kea", "2.6"), "the schema of the spec is the same for every version"),
        (("--kea", "2.6"), "--kea is for dhcp4, dhcp6 and ctrl-agent only"),
    ],
)
def test_what_cannot_be_printed(call: Call, arguments: tuple[str, ...], said: str) -> None:
    called = call("schema", *arguments)
    assert (called.code, called.out) == (2, "")
    assert said in called.err
