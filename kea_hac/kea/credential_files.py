"""Names for the files of users and passwords, where Kea does not take them from its configuration (3.2, ChangeLog 2377)."""

from __future__ import annotations

from kea_hac.regex import regex

_ODD = regex(r"[^A-Za-z0-9._-]+")


def user_file(user: str) -> str:
    """The name of a file for a user name: "stork" → "stork-user". It goes to the directory that `authentication` names."""
    return f"{_stem(user)}-user"


def password_file(user: str) -> str:
    """The name of a file for a user's password: "stork" → "stork-password"."""
    return f"{_stem(user)}-password"


def _stem(user: str) -> str:
    return _ODD.sub("-", user).strip("-.") or "client"
