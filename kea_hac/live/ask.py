"""One command to one daemon, over whichever channel → Kea's answer, or why there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from kea_hac.live.access import Access, Credential
from kea_hac.live.answer import check_answer, read_answer, succeeded
from kea_hac.live.endpoint import Channel, Http, Trouble, Unix
from kea_hac.live.failure import NoAnswerError, cut_short, of_unix, too_late, too_much
from kea_hac.live.http import Target, port_of, post
from kea_hac.live.limits import Deadline, RequestLimits
from kea_hac.live.transport import TooMuchError, Wire, unix
from kea_hac.records import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """What does not change from one request to the next."""

    server: str
    channel: Channel
    access: Access
    limits: RequestLimits
    trusted: bool = False
    """As in `Endpoint`."""

    @property
    def credential(self) -> Credential | None:
        """The credentials that may have been sent to the server."""
        if not isinstance(self.channel, Http):
            return None
        parts = urlsplit(self.channel.url)
        return self.access.credential(self.server, parts.hostname or "", port_of(parts), trusted=self.trusted)


def ask(caller: Caller, command: str, arguments: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The answer to a command that succeeded: `result` 0, `text` and `arguments` unchanged. Raises NoAnswerError."""
    credential = caller.credential
    try:
        answer = read_answer(
            _with_retries(caller, command, arguments),
            caller.limits.answer_values,
            credential.cover if credential else str,
        )
        return succeeded(_covered(credential, answer), command)
    except NoAnswerError as failure:
        raise NoAnswerError(
            failure.trouble,
            f"{command}: {failure}",
            again=failure.again,
            lost=failure.lost,
            late=failure.late,
            empty=failure.empty,
        ) from None


def ask_known(caller: Caller, command: str, arguments: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The same for a command whose answer has a vocabulary: `arguments` is a map with the shapes of that vocabulary.

    Raises MisshapenError, a NoAnswerError, for another.
    """
    answer = ask(caller, command, arguments)
    check_answer("answers", "answer", answer, f"{command}:")
    check_answer("answers", command, answer.get("arguments", {}), f"{command}: arguments")
    return answer


def _covered(credential: Credential | None, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """A server's answer, without the credentials that were sent to it, before anything reads or quotes it."""
    if credential is None:
        return answer
    text = answer.get("text")
    result: Mapping[str, Any] = credential.covered(answer)
    return {**result, "text": credential.cover(text)} if isinstance(text, str) and answer["result"] else result


def _with_retries(caller: Caller, command: str, arguments: Mapping[str, Any] | None) -> bytes:
    limits = caller.limits
    pause = limits.between
    for _ in range(limits.tries - 1):
        try:
            return _once(caller, command, arguments)
        except NoAnswerError as failure:
            if not failure.again:
                raise
        time.sleep(pause)
        pause *= 2
    try:
        return _once(caller, command, arguments)
    except NoAnswerError as failure:
        if failure.again and limits.tries > 1:
            raise NoAnswerError(failure.trouble, f"after {limits.tries} tries: {failure}", again=True) from None
        raise


def _once(caller: Caller, command: str, arguments: Mapping[str, Any] | None) -> bytes:
    channel = caller.channel
    message: dict[str, Any] = {"command": command}
    if arguments is not None:
        message["arguments"] = arguments
    if isinstance(channel, Http):
        if channel.service is not None:
            message["service"] = [channel.service]
        try:
            target = Target(channel.url, caller.server, caller.trusted)
            return post(target, orjson.dumps(message), caller.access, caller.limits)
        except NoAnswerError as failure:
            if failure.trouble is Trouble.DOWN and not channel.of_daemon:
                failure.trouble = Trouble.UNREACHABLE
            raise
    assert isinstance(channel, Unix)
    return _over_unix(channel.path, orjson.dumps(message), caller.limits)


def _over_unix(path: str, content: bytes, limits: RequestLimits) -> bytes:
    """A daemon answers one command and closes the connection."""
    deadline = Deadline(limits.total)
    wire: Wire | None = None
    received = bytearray()
    buffer = bytearray(1 << 16)
    try:
        wire = Wire(unix(path, deadline, limits.connect), deadline, limits.answer_bytes)
        wire.sendall(content)
        while count := wire.recv_into(buffer):
            received += memoryview(buffer)[:count]
    except TooMuchError:
        raise too_much(limits.answer_bytes) from None
    except TimeoutError:
        raise too_late(limits, connected=wire is not None, heard=bool(received)) from None
    except OSError as error:
        raise (cut_short() if received else of_unix(error)) from None
    finally:
        if wire is not None:
            wire.close()
    if not received:
        raise of_unix(ConnectionResetError())
    return bytes(received)
