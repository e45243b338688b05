"""What a plain scalar means where no schema reaches."""

from __future__ import annotations

import pytest

from kea_hac.source import Plain, core_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ("true", True),
        ("FALSE", False),
        ("0", 0),
        ("-1", -1),
        ("+5", 5),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        ("0.5", 0.5),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("tRUE", "tRUE"),
        ("12:30:45", "12:30:45"),
        ("192.0.2.1", "192.0.2.1"),
        ("08:00:27:12:34:56", "08:00:27:12:34:56"),
        ("2026-11-22", "2026-11-22"),
        ("1.2.3", "1.2.3"),
        ("-", "-"),
        (".", "."),
        ("1e", "1e"),
        ("0x", "0x"),
        ("_1", "_1"),
        ("1_", "1_"),
        ("1_a", "1_a"),
    ],
)
def test_values(text: str, value: object) -> None:
    found = core_value(Plain(text))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "012",
        "-012",
        "00",
        "012.5",
        "0o17",
        "0x1F",
        "0b101",
        "1_000",
        "1_000.5",
        ".inf",
        "-.INF",
        ".nan",
        "9223372036854775808",
        "-9223372036854775809",
        "1e999",
        "9" * 5000,
        "9" * 5000 + ".0",
    ],
)
def test_traps_say_quote_it(text: str) -> None:
    with pytest.raises(ValueError, match="quote it") as raised:
        core_value(Plain(text))
    assert len(str(raised.value)) < 300
