"""Work spread over several processes, none of which outlives this one.

Not `concurrent.futures`: its pool needs threads, and waits for ever where none can be started (seen on Python 3.11); and
its workers wait for ever when the parent is killed, because each keeps an open end of the pipe that would report it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from kea_hac.errors import KeaHacError
from kea_hac.records import dataclass

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Worker:
    """One process, and our end of the pipe to it."""

    process: BaseProcess
    pipe: Connection
    at_hand: int = 0
    """Where the part that it works on begins."""


class Spread(Generic[T, R]):
    """`work` done on every item by up to `workers` processes."""

    def __init__(self, work: Callable[[T], R], workers: int) -> None:
        """`work` has to be known by name to a new process, and so have items and results to go through a pipe."""
        self._work = work
        self._wanted = workers
        self._workers: list[_Worker] = []
        self.refusal: str | None = None
        """Why there are fewer processes than wanted; None when there are as many."""

    @property
    def started(self) -> int:
        """How many processes there are."""
        return len(self._workers)

    def over(self, items: Sequence[T]) -> list[R] | None:
        """The results in the order of the items; None when no process could be started. Raises KeaHacError when one died."""
        size = max(1, min(16, len(items) // (4 * self._wanted)))
        try:
            self._start()
            if not self._workers:
                return None
            results: dict[int, R] = {}
            for at, part in self._parts(items, size):
                results.update(enumerate(part, at))
            return [results[at] for at in range(len(items))]
        except BaseException:
            # The current work of the workers is not waited for.
            for each in self._workers:
                each.process.terminate()
            raise
        finally:
            for each in self._workers:
                each.pipe.close()
            for each in self._workers:
                each.process.join()

    def _start(self) -> None:
        context: ForkContext | SpawnContext
        forked = "fork" in get_all_start_methods()
        context = get_context("fork") if forked else get_context("spawn")
        for _ in range(self._wanted):
            try:
                ours, theirs = context.Pipe()
            except OSError as error:
                self.refusal = error.strerror
                return
            # A forked worker has our ends too, its own among them: while it keeps them open it does not notice that this process ended.
            not_its = [*(each.pipe for each in self._workers), ours] if forked else []
            process = context.Process(target=_serve, args=(self._work, theirs, not_its))
            try:
                with _interrupts_wait():
                    process.start()
                    self._workers.append(_Worker(process, ours))
            except OSError as error:
                self.refusal = error.strerror
                ours.close()
                return
            finally:
                theirs.close()

    def _parts(self, items: Sequence[T], size: int) -> Iterator[tuple[int, list[R]]]:
        """Each part of the items, done: where it begins, and its results; in the order in which they get ready."""
        starts = iter(range(0, len(items), size))
        busy: dict[Connection, _Worker] = {}

        def hand_out(worker: _Worker) -> None:
            at = next(starts, None)
            if at is None:
                return
            worker.at_hand = at
            with suppress(OSError):  # it died: reading from it says so
                worker.pipe.send(items[at : at + size])
            busy[worker.pipe] = worker

        for worker in self._workers:
            hand_out(worker)
        while busy:
            for pipe in wait(list(busy)):
                assert isinstance(pipe, Connection)
                worker = busy.pop(pipe)
                try:
                    results = worker.pipe.recv()
                except (EOFError, OSError) as error:
                    raise KeaHacError(
                        "a worker process was killed, perhaps because memory ran out; try again with -j 1"
                    ) from error
                yield worker.at_hand, results
                hand_out(worker)


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """An interrupt meets a process that is being started only when it is ready for one: before, Python ends it with a traceback."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(work: Callable[[T], R], pipe: Connection, not_its: Sequence[Connection]) -> None:
    """In a worker: do what comes in, until nothing does or the parent is gone."""
    # An interrupt is the parent's affair, which ends the workers. It is still held back (_interrupts_wait); ignored, it is gone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in not_its:
        each.close()
    _let_go_of_streams()
    # Without a thread the worker ends too, but only after its current work.
    with suppress(RuntimeError):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        while True:
            pipe.send([work(item) for item in pipe.recv()])
    except (EOFError, OSError):
        # EOF: there is no more to do. A reset or broken pipe: nobody wants the results.
        return


def _let_go_of_streams() -> None:
    """Who reads the parent's output sees its end when the parent ends."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
