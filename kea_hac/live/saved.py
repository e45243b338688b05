"""A saved answer → the server's configuration: the configuration alone, the raw reply of config-get, or a file of Kea."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson

from kea_hac.kea.config import Block, Daemon, Json
from kea_hac.kea.hidden import mask, masked
from kea_hac.kea_files.recognise import envelope
from kea_hac.live.answer import MisshapenError, check_answer, read_answer, succeeded
from kea_hac.live.endpoint import Endpoint, Live, Saved, Trouble, Unread
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.limits import REQUEST_LIMITS
from kea_hac.source import Map, Reading, read_kea_json
from kea_hac.source.allowed import read_input
from kea_hac.source.files import FileError

_AGAIN = "save the answer of config-get again, unchanged"


def read_saved(endpoint: Endpoint, expected: Block | None = None) -> Live | Unread:
    """The contents of the files. The file that the server would start with is optional: when it is unreadable, that is a gap.

    `expected`: what the spec's configuration would be in the answer. Subnets and shared networks that are the same are these objects.
    """
    channel = endpoint.channel
    assert isinstance(channel, Saved)
    try:
        config, digest = _read(channel.path, endpoint.daemon, expected)
    except NoAnswerError as failure:
        return Unread(endpoint.server, endpoint.daemon, str(channel), str(failure), failure.trouble)
    on_disk: Mapping[str, Json] | None = config if channel.path.suffix == ".conf" else None  # it is the file itself
    gaps: tuple[str, ...] = ()
    if channel.on_disk is not None:
        try:
            on_disk, _ = _read(channel.on_disk, endpoint.daemon)
        except NoAnswerError as failure:
            gaps = (f"{channel.on_disk}: {failure}",)
    return Live(
        endpoint.server,
        endpoint.daemon,
        config,
        hash=digest,
        source=str(channel),
        on_disk=on_disk,
        gaps=gaps,
        saved=True,
        answered=_written(channel.path),
    )


def _written(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _read(path: Path, daemon: Daemon, expected: Block | None = None) -> tuple[dict[str, Json], str | None]:
    """The daemon's map, and the hash beside it. Raises NoAnswerError."""
    plain_answer = _plain_answer(path, daemon)
    if plain_answer is not None:
        sent, stored_hash = plain_answer
        return _believed(daemon, sent, expected), stored_hash
    reading = read_kea_json(path)
    if reading.unreadable:
        # It may include files of the server that were not saved: their place is known and their value is not.
        opaque = read_kea_json(path, opaque=True)
        reading = reading if opaque.unreadable else opaque
    if reading.document is None or reading.unreadable:
        raise NoAnswerError(Trouble.UNCLEAR, f"{_said(reading)}; {_AGAIN}")
    root = reading.document.root
    if "result" in root:
        succeeded(root, "config-get")
    _, top = envelope(root)
    config = top.get(daemon.top)
    if not isinstance(config, Map):
        stored = ", ".join(sorted(key for key in top if key[:1].isupper())) or "none of Kea's keys"
        raise NoAnswerError(
            Trouble.UNCLEAR, f"it contains no {daemon.top}, but {stored}; is it the answer of another daemon?"
        )
    digest = top.get("hash")
    check_answer(daemon.name, daemon.top, config, daemon.top, _AGAIN)
    plain: dict[str, Json] = mask(config)  # and so without the places of the text
    return plain, digest if isinstance(digest, str) else None


def _believed(daemon: Daemon, sent: Mapping[str, Json], expected: Block | None) -> dict[str, Json]:
    """A map that was sent, without its secrets. What is expected in it has the right shape, and its secrets are hidden already."""
    found: dict[str, list[Block | None]] = {}
    for key, name in ((daemon.subnets, "id"), ("shared-networks", "name")):
        same = _expected(sent.get(key), expected.get(key) if expected is not None else None, name)
        if any(each is not None for each in same):
            found[key] = same
    rest = {
        key: [item for item, one in zip(sent[key], same, strict=True) if one is None] for key, same in found.items()
    }
    try:
        check_answer(daemon.name, daemon.top, {**sent, **rest}, daemon.top, _AGAIN)
    except MisshapenError:
        check_answer(daemon.name, daemon.top, sent, daemon.top, _AGAIN)  # its place is that among all
        raise
    result = masked({**sent, **rest})
    for key, same in found.items():
        left = iter(result[key])
        result[key] = [next(left) if one is None else one for one in same]
    return result


def _expected(sent: Json, expected: Json, name: str) -> list[Block | None]:
    """For each map of a list the expected one of the same name, where its text is the same."""
    if not isinstance(sent, list) or not isinstance(expected, list):
        return []
    known = {repr(each.get(name)): each for each in expected}
    pairs = ((each, known.get(repr(each.get(name))) if isinstance(each, dict) else None) for each in sent)
    return [other if other is not None and _same_text(each, other) else None for each, other in pairs]


def _same_text(sent: Mapping[str, Json], expected: Block) -> bool:
    """False for one with a secret: what is hidden has no text."""
    try:
        text: bytes = orjson.dumps(expected, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    except orjson.JSONEncodeError:
        return False
    return text == orjson.dumps(sent)


def _plain_answer(path: Path, daemon: Daemon) -> tuple[Mapping[str, Json], str | None] | None:
    """The same from an answer as Kea sent it, which needs no reader that knows places, comments and includes.

    None for every other file, and for one with escapes, which Kea's own reader takes in another way.
    """
    try:
        body = read_input(str(path))
        if not body.isascii() or b"\\" in body:
            return None
        arguments = read_answer(body, REQUEST_LIMITS.answer_values).get("arguments")
    except (FileError, NoAnswerError):
        return None
    config = arguments.get(daemon.top) if isinstance(arguments, Mapping) else None
    if not isinstance(config, Mapping) or not isinstance(arguments, Mapping):
        return None
    digest = arguments.get("hash")
    return config, digest if isinstance(digest, str) else None


def _said(reading: Reading) -> str:
    """The first mistake, with its line and without the text of it."""
    worst = next((each for each in reading.diagnostics if each.rule.unreadable), None)
    if worst is None:
        return "it cannot be read"
    return f"line {worst.span.line}: {worst.message}" if worst.span.line else worst.message
