"""Keys and places that hold a secret without the right name: a misspelt key, user and password in one string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kea_hac.kea.grammar import program
from kea_hac.source.secret_spans_json import json_secrets
from kea_hac.source.secret_spans_yaml import yaml_secrets
from kea_hac.source.secrets import may_hold_secret, names_secret

WORD = "S3cret08"


def _hidden(text: str) -> bool:
    spans = yaml_secrets(text) if not text.startswith("{") else json_secrets(text)
    shown = "".join(letter for at, letter in enumerate(text) if not any(low <= at < high for low, high in spans.ranges))
    return WORD not in shown and any(WORD in word for word in spans.words)


@pytest.mark.parametrize(
    "key",
    ["pasword", "passwrd", "passowrd", "psasword", "paswd", "Pasword", "basic-auth-pasword", "basic_auth_passwrd",
     "secert", "sercet", "client-secrte", "credental", "autorization", "passprase"],
)  # fmt: skip
def test_the_value_of_a_misspelt_key_is_a_secret(key: str) -> None:
    assert names_secret(key)
    assert _hidden(f"lease-database: {{type: mysql, {key}: {WORD}}}\n")
    assert _hidden(f'{{"lease-database": {{"type": "mysql", "{key}": "{WORD}"}}}}')


@pytest.mark.parametrize(
    "key", ["pasword-file", "secert-file", "sockets", "keyword", "secured", "passport-url", "forward"]
)
def test_other_words_are_no_slips(key: str) -> None:
    assert not names_secret(key)


def test_no_other_key_of_kea_is_taken_for_a_slip() -> None:
    keys = {
        key
        for name in ("dhcp4", "dhcp6", "ctrl-agent", "ha")
        for scope in program(name).scopes.values()
        for key in scope.keywords
    }
    assert {key for key in keys if names_secret(key)} == {"password", "basic-auth-password", "secret"} & keys


@pytest.mark.parametrize(
    "text",
    [
        f'authentication: {{clients: ["user:{WORD}"]}}\n',
        f"authentication: {{clients: [user:{WORD}, {{user: u, password-file: p}}]}}\n",
        f"authentication: {{clients:\n  - user:{WORD}\n  - other {WORD}\n}}\n".replace("{clients:\n", "\n  clients:\n").replace("\n}", ""),
        f'authentication: {{clients: "user:{WORD}"}}\n',
        f'authentication: "user:{WORD}"\n',
        f'authentication: ["user:{WORD}"]\n',
        f'{{"authentication": {{"clients": ["user:{WORD}", {{"user": "u"}}]}}}}',
        f'{{"authentication": {{"clients": [{{"user": "u"}}, "user:{WORD}"]}}}}',
        f'{{"authentication": "user:{WORD}"}}',
    ],
)  # fmt: skip
def test_a_string_where_credentials_belong_is_a_secret(text: str) -> None:
    assert _hidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "authentication: basic\n",
        "authentication: {type: basic, realm: x, clients: [{user: u, password-file: p}]}\n",
        '{"authentication": {"type": "basic", "clients": [{"user": "u"}]}, "x": "y"}',
    ],
)
def test_what_is_no_credential_is_shown(text: str) -> None:
    spans = yaml_secrets(text) if text.startswith("a") else json_secrets(text)
    assert not spans.ranges


_PIECES = ["password", "PaSsWoRd", "pass", "wd", "p", "in", "ps", "k", "\N{KELVIN SIGN}ey", "se", "cret", "sec\u0072et", "authentication", "clients",
           "\n", "}", "{", " ", "-", "7", ": ", "\\x70", "\\", "\N{LATIN SMALL LETTER LONG S}", "\udc80", "hostname: q", "# otp"]  # fmt: skip


@given(
    st.lists(st.sampled_from(_PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(_PIECES), max_size=4).map("".join),
)
def test_a_long_text_is_searched_as_a_short_one_is(text: str, line: str) -> None:
    """A long one by its different lines, in which the letters stand closer together."""
    filled = f"{line}\n" + "q7 {x}\n" * 200 + text
    assert may_hold_secret(filled) == (may_hold_secret(line) or may_hold_secret(text))
    assert may_hold_secret(f"{text}{'q7 ' * 500}{line}") == (may_hold_secret(line) or may_hold_secret(text))
