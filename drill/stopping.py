"""Ctrl-C and SIGTERM end a drill at once: what it has started ends with it, and the figures so far are kept.

Who is asked to stop is the drill's main process; it tells its workers, and each of them leaves what it was doing the
way an exception leaves it, so that relays, clients and folders of a piece go, too.
"""

import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from threading import Event
from time import monotonic
from types import FrameType
from typing import TypeVar

PATIENCE_S = 20.0
"""For workers to leave; then they are killed."""

Found = TypeVar("Found")
_ASKING = (signal.SIGINT, signal.SIGTERM)
_leaving = Event()


class Stopped(BaseException):
    """Somebody wants the drill to end."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` in this block when the process is asked to end, once; main thread only."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each, handler in before.items():
            signal.signal(each, handler)
        raise Stopped

    before = {each: signal.signal(each, stop) for each in _ASKING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def deaf_children() -> Iterator[None]:
    """Let processes started in this block ignore Ctrl-C, which reaches every process of a terminal, from the start."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def prepare_worker() -> None:
    """Let a worker leave when the main process says so."""
    signal.signal(signal.SIGTERM, _leave)


def work_unless_stopped(work: Callable[..., Found], *arguments: object) -> Found:
    """Do a piece in a worker, unless the worker is to leave: some pieces wait there already and cannot be cancelled."""
    if _leaving.is_set():
        raise SystemExit(128 + signal.SIGTERM)
    return work(*arguments)


def end_workers(pool: ProcessPoolExecutor, workers: Iterable[BaseProcess]) -> None:
    """End the pool and its workers; return when they are gone."""
    left = {worker.sentinel: worker for worker in workers}
    for worker in left.values():
        worker.terminate()
    pool.shutdown(wait=False, cancel_futures=True)
    until = monotonic() + PATIENCE_S
    while left and monotonic() < until:
        for sentinel in connection.wait(list(left), timeout=max(0.0, until - monotonic())):
            left = {each: worker for each, worker in left.items() if each != sentinel}
    for worker in left.values():
        worker.kill()
    pool.shutdown(wait=True)


def _leave(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is tidied up now is not to be interrupted
    _leaving.set()
    raise SystemExit(128 + number)
