"""Passwords that are written into a spec: at keys that name one, and inside values whatever their key is called."""

from __future__ import annotations

import pytest

from tests.specs import findings_of
from tests.unit.compiler.pairs import pair


def judged(context: str) -> list[tuple[str, str]]:
    """Severity and message of what KH902 says of a user-context."""
    found = findings_of(pair(f"subnet4: [{{id: 1, subnet: 192.0.2.0/24}}]\nuser-context: {context}"))
    return [(str(each.severity), each.message) for each in found if each.rule.code == "KH902"]


@pytest.mark.parametrize(
    "key", ["password", "api-key", "dbPwd", "shared_secret", "auth-token", "community", "pin", "cookie"]
)
def test_a_key_that_names_a_password_is_an_error(key: str) -> None:
    ((severity, message),) = judged(f"{{{key}: hunter22}}")
    assert (severity, key in message, "hunter22" in message) == ("error", True, False)


@pytest.mark.parametrize(
    "value",
    ["https://kea:hunter22@192.0.2.9/x", "postgresql://kea:hunter22@192.0.2.9/kea", "host=192.0.2.9 password=hunter22"],
)
def test_a_password_inside_a_value_is_a_warning(value: str) -> None:
    ((severity, message),) = judged(f"{{source: '{value}'}}")
    assert (severity, "contains a password" in message, "hunter22" in message) == ("warning", True, False)


@pytest.mark.parametrize(
    "value", ["https://192.0.2.9/x", "tftp://guest@192.0.2.9/x", "a=b", "user@example.org", "12:30"]
)
def test_other_values_are_none(value: str) -> None:
    assert judged(f"{{source: '{value}'}}") == []
