"""Endpoints → the configuration of each daemon, or why it is unknown; all are asked in parallel.

An answer counts only from a server that has loaded its configuration and keeps running. A server that fails to start answers for
some milliseconds before it exits. 2.6.3 and 3.0.4 then answer with an empty configuration, without the socket that the request
used and without `reload` in status-get; or, when the port of the HA listener is in use, with the right one and its hash.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kea_hac.kea.config import CTRL_AGENT, DHCP6, Block, Daemon, Json
from kea_hac.kea.config_get import from_answer
from kea_hac.kea.hidden import masked
from kea_hac.kea_files.version_evidence import DAEMONS
from kea_hac.live.access import Access
from kea_hac.live.answer import MisshapenError, check_answer
from kea_hac.live.ask import Caller, ask, ask_known
from kea_hac.live.clock import ahead, heartbeat_arguments, heartbeat_time
from kea_hac.live.endpoint import Endpoint, Live, Saved, Trouble, Unread
from kea_hac.live.failure import NoAnswerError
from kea_hac.live.limits import REQUEST_LIMITS, RequestLimits
from kea_hac.live.saved import read_saved
from kea_hac.live.silent import Silent
from kea_hac.live.transport import started
from kea_hac.records import dataclass
from kea_hac.source.ledger import without_gc

_AT_ONCE: Final = 16
"""Daemons that are asked at the same time."""
_YOUNG: Final = 3
"""Seconds of uptime below which a server is looked at twice."""
_LOOKS: Final = 4
"""How often a server is asked before it counts as not read."""
_GONE: Final = frozenset({Trouble.DOWN, Trouble.UNREACHABLE})
Expected = Mapping[tuple[str, str], str | None]
"""Server and daemon's name → the hash that config-hash-get is to answer; None where it cannot be predicted."""
Shown = Callable[[Endpoint], Block | None]
"""Endpoint → what a server that is in sync shows, in the canonical form; None where it is not known."""


def gather(
    endpoints: Sequence[Endpoint | Unread],
    access: Access | None = None,
    expected: Expected | None = None,
    limits: RequestLimits = REQUEST_LIMITS,
    silent: Silent | None = None,
    shown: Shown = lambda _: None,
) -> tuple[Live | Unread, ...]:
    """Ask every daemon; the results are in the order of `endpoints`, an Unread among them stays unchanged.

    Where `expected` has a hash and the server has the same one, its configuration is not requested. Never raises for the
    behaviour of servers. Each request ends within `limits.total` seconds, and a daemon gets a few of them. What did not answer in
    time is noted in `silent`, and not asked when it is there already. `shown`: what an answer is expected to hold, for those of files.
    """
    access = access or Access()
    found: list[Live | Unread | None] = [each if isinstance(each, Unread) else None for each in endpoints]
    waiting = queue.SimpleQueue[int]()
    done = queue.SimpleQueue[tuple[int, Live | Unread | BaseException]]()
    for number, each in enumerate(endpoints):
        if isinstance(each, Endpoint):
            waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            endpoint = endpoints[number]
            assert isinstance(endpoint, Endpoint)
            try:
                wanted = (expected or {}).get((endpoint.server, endpoint.daemon.name))
                done.put((number, _read(endpoint, access, wanted, limits, silent or Silent(), shown)))
            except BaseException as error:
                done.put((number, error))

    missing = found.count(None)
    # Reading a file is work of this process, and two of them at the same time only need the memory of both.
    saved = all(isinstance(each, Endpoint) and isinstance(each.channel, Saved) for each in endpoints)
    side_by_side = 1 if saved else min(_AT_ONCE, missing)
    # Daemon threads, so that Ctrl-C ends the command at once and not after the last timeout.
    with without_gc():
        if not sum(started(work) for _ in range(side_by_side)):
            work()
        for _ in range(missing):
            number, result = done.get()
            if isinstance(result, BaseException):
                raise result
            found[number] = result
    return tuple(each for each in found if each is not None)


def _read(
    endpoint: Endpoint, access: Access, expected: str | None, limits: RequestLimits, silent: Silent, shown: Shown
) -> Live | Unread:
    if isinstance(endpoint.channel, Saved):
        return read_saved(endpoint, shown(endpoint))
    known = silent.reason(endpoint.channel)
    if known is not None:
        return Unread(endpoint.server, endpoint.daemon, str(endpoint.channel), known, Trouble.UNREACHABLE)
    caller = Caller(endpoint.server, endpoint.channel, access, limits, endpoint.trusted)
    try:
        return _believed(caller, endpoint, expected)
    except NoAnswerError as failure:
        if failure.late:
            silent.note(endpoint.channel, str(failure))
        return Unread(endpoint.server, endpoint.daemon, str(endpoint.channel), str(failure), failure.trouble)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a server showed at one moment."""

    config: Mapping[str, Json] | None
    hash: str | None
    status: Mapping[str, Any] | None
    gaps: tuple[str, ...]

    @property
    def pid(self) -> object:
        return (self.status or {}).get("pid")

    @property
    def young(self) -> bool:
        """True for a server that started a moment ago, and for one that does not say when."""
        uptime = (self.status or {}).get("uptime")
        return not isinstance(uptime, int) or uptime < _YOUNG

    def loaded(self, daemon: Daemon) -> bool:
        """False for a server that has no configuration yet: it shows no socket, and no time of the last reload."""
        sockets = (
            self.config is None
            or daemon == CTRL_AGENT
            or not {"control-socket", "control-sockets"}.isdisjoint(self.config)
        )
        return sockets and (self.status is None or "reload" in self.status)


def _believed(caller: Caller, endpoint: Endpoint, expected: str | None) -> Live:
    before: _Look | None = None
    for _ in range(_LOOKS):
        try:
            look = _look(caller, endpoint.daemon, expected)
        except NoAnswerError as failure:
            if before is None or failure.trouble not in _GONE:
                raise
            raise NoAnswerError(
                Trouble.DOWN, f"it answered, and did not answer a moment later: {failure}; {_LOG}"
            ) from None
        lived_on = before is not None and before.pid == look.pid
        if look.loaded(endpoint.daemon) and (lived_on or not look.young):
            return _live(caller, endpoint, look)
        before = look
        time.sleep(caller.limits.settle)
    raise NoAnswerError(
        Trouble.DOWN, f"it answers without a configuration: it loaded none, or it restarts again and again; {_LOG}"
    )


_DEADLY = (
    "kea-dhcp6 2.2 stops at config-get while option 3, 5, 25, 26, 44 or 45 is configured (seen on 2.2.0): check whether it "
    "runs, and remove such an option from its file"
)
_LOG = "it is starting, stopping, or failing to start: look in its log"


def _look(caller: Caller, daemon: Daemon, expected: str | None) -> _Look:
    """The hash alone where it is the expected one, else the configuration; then the state."""
    if expected is not None and _hash(caller) == expected.upper():
        config: Mapping[str, Json] | None = None
        digest: str | None = expected.upper()
    else:
        config, digest = _config(_config_get(caller, daemon).get("arguments"), daemon)
    answer, gaps = _also(caller, "status-get")
    return _Look(config, digest, answer.get("arguments") if answer is not None else None, gaps)


def _hash(caller: Caller) -> str | None:
    """The server's hash; None where it has none (2.2) or refuses to say."""
    answer, _ = _also(caller, "config-hash-get")
    written = answer.get("arguments", {}).get("hash") if answer is not None else None
    return written.upper() if written is not None else None


def _config_get(caller: Caller, daemon: Daemon) -> Mapping[str, Any]:
    try:
        return ask(caller, "config-get")
    except NoAnswerError as failure:
        if failure.lost and daemon == DHCP6:
            raise NoAnswerError(failure.trouble, f"{failure}; {_DEADLY}") from None
        raise


def _config(arguments: object, daemon: Daemon) -> tuple[dict[str, Json], str | None]:
    if not isinstance(arguments, Mapping) or not isinstance(arguments.get(daemon.top), Mapping):
        stored = [top for top in DAEMONS if isinstance(arguments, Mapping) and isinstance(arguments.get(top), Mapping)]
        raise NoAnswerError(
            Trouble.UNCLEAR,
            f"config-get: {daemon.top} was expected, but the answer contains {', '.join(stored) or 'no configuration of Kea'}; "
            "is this the address of another daemon?",
        )
    where = f"config-get: arguments.{daemon.top}"
    check_answer(daemon.name, daemon.top, arguments[daemon.top], where)
    check_answer("answers", "config-get", {"hash": arguments.get("hash", "")}, "config-get: arguments")
    return masked(from_answer(daemon, arguments)), arguments.get("hash")


def _clock(caller: Caller, look: _Look) -> tuple[float | None, tuple[str, ...]]:
    """How far a server in HA is ahead of this machine, and what was not answered."""
    arguments = heartbeat_arguments(look.status)
    if arguments is None:
        return None, ()
    begun = time.time()
    try:
        answer = ask_known(caller, "ha-heartbeat", arguments)
        return ahead(heartbeat_time(answer), begun, time.time()), ()
    except (NoAnswerError, ValueError) as failure:  # without its clock it is read all the same
        return None, (str(failure),)


def _also(caller: Caller, command: str) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """The answer to an optional command. Raises NoAnswerError when the server is gone, or its answer is invalid."""
    try:
        return ask_known(caller, command), ()
    except NoAnswerError as failure:
        if failure.trouble in _GONE or isinstance(failure, MisshapenError):
            raise
        return None, (str(failure),)


def _live(caller: Caller, endpoint: Endpoint, look: _Look) -> Live:
    answer, gaps = _also(caller, "version-get")
    clock, unasked = _clock(caller, look) if endpoint.daemon.family else (None, ())
    return Live(
        server=endpoint.server,
        daemon=endpoint.daemon,
        config=look.config,
        version=answer.get("text") if answer is not None else None,
        hash=look.hash,
        status=look.status,
        source=str(endpoint.channel),
        as_shown=True,
        gaps=(*look.gaps, *gaps, *unasked),
        answered=time.time(),
        clock=clock,
    )
