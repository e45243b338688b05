"""Literal secrets → references: Kea's own `…-file` keys where it has them, `!secret` elsewhere, and what to put where.

The literal is never written or shown; the round trip counts it as moved.
"""

from __future__ import annotations

from functools import lru_cache

from kea_hac.diagnostics import Finding, Route
from kea_hac.importing.notes import SECRET_TAKEN_OUT, Notes
from kea_hac.kea.config import CTRL_AGENT, Block, Json
from kea_hac.kea.hidden import keys_in
from kea_hac.kea.platform import Platform
from kea_hac.regex import regex
from kea_hac.source.document import Secret
from kea_hac.source.secrets import holds_password, names_secret
from kea_hac.source.tags import secret_fault

SHORTEST = 4
"""The least length of a secret that is masked in comments too: a shorter one would occur in ordinary words."""
FOLDER = "secrets"
"""Below Kea's configuration directory, where packages let the daemons read."""
_PLAIN = regex(r"[^A-Za-z0-9._-]+")
_FREE = frozenset({"parameters", "user-context"})
"""Where a reference may stand for any value: no vocabulary reaches below these keys."""
_TEXTS = _FREE | {"option-data"}
"""Where a text may contain a password."""
_NAMES = ("user", "user-file", "type", "name")
"""What identifies an item of a list, besides the library."""
_BY_FILE = {"basic-auth-password": "basic-auth-password-file"}


class SecretMover:
    """Takes secrets out of the configurations of one server."""

    def __init__(self, server: str, host: Platform, notes: Notes) -> None:
        self.server = server
        self.host = host
        self.notes = notes
        self._taken: dict[str, tuple[str, ...]] = {}
        self._client_files: dict[Route, str] = {}
        """The file of a client's password, by the place of the password: two servers can use one that was the agent's."""

    def moved(self, value: Json, names: tuple[str, ...]) -> Json:
        """The value with references instead of secrets; the very same object where it has none. `names`: the way to it."""
        if isinstance(value, Block):
            changes = {
                key: result
                for key, item in value.items()
                if isinstance(item, Block | list) and (result := self.moved(item, (*names, key))) is not item
            }
            referable = not _FREE.isdisjoint(names) or names[-2:-1] == ("option-data",)
            secrets = [
                key
                for key, item in value.items()
                if (names_secret(key) and _holds_literal(item))
                or (referable and isinstance(item, str) and holds_password(item))
            ]
            if not secrets and not changes:
                return value
            result = value.copy_of()
            result.update(changes)
            for key in secrets:
                result[key] = value[key]
                self._replace(result, key, names)
            return result
        if isinstance(value, list):
            if _TEXTS.isdisjoint(names) and not any(map(_may_hide, keys_in(value))):
                return value  # nearly all reservations
            items = [self._item(item, names) for item in value]
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        return value

    def _item(self, item: Json, names: tuple[str, ...]) -> Json:
        """An item of a list: a map, or a string of hook parameters with a password in it."""
        if isinstance(item, str) and not _FREE.isdisjoint(names) and holds_password(item):
            self._taken_out(item)
            return Secret(self._path(names[:-1], names[-1], ".json"))
        return self.moved(item, (*names, _name(item))) if isinstance(item, Block | list) else item

    def _replace(self, block: Block, key: str, names: tuple[str, ...]) -> None:
        at = block.where(key)
        if isinstance(block[key], Secret):
            path = self._path(names, key, ".json")
            block.put(key, Secret(path), at)
            self._note_step(at, key, f"put the file that Kea includes here into {path}: the spec requires a full path")
            return
        if not isinstance(block[key], str):
            block.put(key, self._referenced(block[key], at, (*names, key)), at)
            return
        self._taken_out(block[key])
        del block[key]
        if key in _BY_FILE:
            path = self._path(names, key, "")
            block.put(_BY_FILE[key], path, at)
            self._note_step(at, key, f"write it, and nothing else, into {path}")
        elif key == "password" and "clients" in names:
            known = self._client_files.get(at)
            words = tuple(word for word in names if word not in _SOCKETS) if CTRL_AGENT.top in at else names
            name = known or self._path(words, key, "").rpartition("/")[2]
            self._client_files[at] = name
            block.put("password-file", name, at)
            if known is not None:
                return
            self._note_step(
                at,
                key,
                f"write it, and nothing else, into the file {name}, in the directory that `authentication` names "
                f"(by default {self.host.config_dir})",
            )
        else:
            path = self._path(names, key, ".json")
            block.put(key, Secret(path), at)
            self._note_step(at, key, f"write it as a JSON string, with its double quotes, into {path}")

    def _referenced(self, value: Json, at: Route, names: tuple[str, ...]) -> Json:
        """A value that is no text, at a secret's key: a reference for each scalar in it, whatever the keys below are called."""
        if isinstance(value, Block):
            result = value.copy_of()
            result.update({key: self._referenced(item, value.where(key), (*names, key)) for key, item in value.items()})
            return result
        if isinstance(value, list):
            return [
                self._referenced(item, (*at, number), (*names, str(number + 1))) for number, item in enumerate(value)
            ]
        if not _holds_literal(value):
            return value
        self._taken_out(value.path if isinstance(value, Secret) else str(value))
        path = self._path(names[:-1], names[-1], ".json")
        form = "a JSON string, with its double quotes" if isinstance(value, str) else "JSON, without quotes"
        self._note_step(at, names[-1], f"write it as {form}, into {path}")
        return Secret(path)

    def _taken_out(self, literal: str) -> None:
        if len(literal) >= SHORTEST:
            self.notes.secrets.add(literal)

    def _path(self, names: tuple[str, ...], key: str, ending: str) -> str:
        words = [word for word in (*names, key) if word and word not in _FILLER]
        stem = "-".join(dict.fromkeys(_PLAIN.sub("-", word).strip("-") for word in words)) or "secret"
        number = 1
        while self._taken.setdefault(f"{stem}{'' if number == 1 else number}{ending}", (*names, key)) != (*names, key):
            number += 1
        return f"{self.host.config_dir}/{FOLDER}/{stem}{'' if number == 1 else number}{ending}"

    def _note_step(self, at: Route, key: str, step: str) -> None:
        self.notes.note(
            Finding(SECRET_TAKEN_OUT, at, f"{key!r} is not in the spec", on_key=True, fix=f"on the server, {step}")
        )


_SOCKETS = frozenset({"control-sockets", "http", "https"})
"""Steps to a control socket that took the place of the agent."""
_FILLER = frozenset(
    {"dhcp4", "dhcp6", "ctrl-agent", "parameters", "authentication", "clients", "hooks-libraries", "high-availability"}
)


def _holds_literal(value: Json) -> bool:
    """True for a string or number, and for what contains one: neither references nor true, false and null are secrets.

    A reference that is no full path counts as a secret as well: it may be the password itself.
    """
    if isinstance(value, Secret):
        return secret_fault(value.path) is not None
    if isinstance(value, dict):
        return any(map(_holds_literal, value.values()))
    if isinstance(value, list):
        return any(map(_holds_literal, value))
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


@lru_cache(4096)
def _may_hide(key: str) -> bool:
    """False for a key that neither names a secret nor is, or gives a name to, a place of texts with passwords in them."""
    return key in _TEXTS or key in _NAMES or key == "library" or names_secret(key)


def _name(item: Json) -> str:
    """What identifies an item of a list, as a part of a file's name."""
    if not isinstance(item, Block):
        return ""
    library = str(item.get("library", "")).rpartition("/")[2].removeprefix("libdhcp_").removesuffix(".so")
    return next((str(item[key]) for key in _NAMES if isinstance(item.get(key), str)), library)
