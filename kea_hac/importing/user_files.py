"""User names of HTTP control sockets in files of their own, for a Kea that refuses them in the configuration (3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kea_hac.diagnostics import Finding, Route
from kea_hac.importing.hosts import Host, InputFile
from kea_hac.importing.notes import SECRET_TAKEN_OUT, Notes
from kea_hac.kea.config import Block, Json
from kea_hac.kea.credential_files import user_file
from kea_hac.kea.version import Feature, has


def with_user_files(hosts: Sequence[Host], notes: Notes) -> list[Host]:
    """The hosts; where the target refuses a `user` of a control socket, its clients have a `user-file`, with a note of each."""
    return [_changed(host, notes) if _refuses(host) else host for host in hosts]


def _refuses(host: Host) -> bool:
    return has(host.target, Feature.SECURED_SOCKETS_ONLY) and not has(host.version, Feature.SECURED_SOCKETS_ONLY)


def _changed(host: Host, notes: Notes) -> Host:
    names = _Names(host, notes)
    return replace(host, files={name: names.renamed(each) for name, each in host.files.items()})


class _Names:
    """The files of one server's users."""

    def __init__(self, host: Host, notes: Notes) -> None:
        self.host = host
        self.notes = notes
        self._users: dict[str, str] = {}
        self._places: set[Route] = set()

    def renamed(self, supplied: InputFile) -> InputFile:
        """The same with files for the users of its control sockets."""
        config = supplied.configuration.config
        listed = config.get("control-sockets")
        if supplied.configuration.daemon.family is None or not isinstance(listed, list):
            return supplied
        sockets = [self._socket(each) for each in listed]
        if all(new is old for new, old in zip(sockets, listed, strict=True)):
            return supplied
        result = config.copy_of()
        result.put("control-sockets", sockets, config.where("control-sockets"))
        return replace(supplied, configuration=replace(supplied.configuration, config=result))

    def _socket(self, socket: Json) -> Json:
        found = socket.get("authentication") if isinstance(socket, Block) else None
        clients = found.get("clients") if isinstance(found, Block) else None
        if not isinstance(socket, Block) or not isinstance(found, Block) or not isinstance(clients, list):
            return socket
        if not any(isinstance(each, Block) and isinstance(each.get("user"), str) for each in clients):
            return socket
        files = [str(each[key]) for each in clients if isinstance(each, Block) for key in each if key.endswith("-file")]
        asking = found.copy_of()
        folder = self.host.places.platform.config_dir
        if not files:
            asking.setdefault("directory", folder)
        below = "" if "directory" in asking else f"{folder}/"
        asking.put("clients", [self._client(each, below) for each in clients], found.where("clients"))
        result = socket.copy_of()
        result.put("authentication", asking, socket.where("authentication"))
        return result

    def _client(self, client: Json, below: str) -> Json:
        user = client.get("user") if isinstance(client, Block) else None
        if not isinstance(client, Block) or not isinstance(user, str):
            return client
        result = Block(client.at, moved=client.moved)
        name = f"{below}{self._name(user)}"
        for key, value in client.items():
            if key == "user":
                result.put("user-file", name, client.where("user"))
            else:
                result.put(key, value, client.where(key))
        self._note_file(client.where("user"), name)
        return result

    def _name(self, user: str) -> str:
        name = user_file(user)
        number = 1
        while self._users.setdefault(f"{name}{'' if number == 1 else number}", user) != user:
            number += 1
        return f"{name}{'' if number == 1 else number}"

    def _note_file(self, at: Route, name: str) -> None:
        if at in self._places:
            return
        self._places.add(at)
        message = f"'user' was taken out of the spec: Kea {self.host.target} refuses a user name in clear text"
        usual = self.host.places.platform.config_dir
        where = "" if name.startswith("/") else f", in the directory that `authentication` names (by default {usual})"
        fix = f"on the server, put it alone into the file {name}{where}"
        self.notes.note(Finding(SECRET_TAKEN_OUT, at, message, on_key=True, fix=fix))
