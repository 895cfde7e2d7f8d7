"""Ends a thread's `select` from another thread. Not for Windows, whose `select` takes sockets only."""

import contextlib
import os
import threading


class WakeUp:
    """Put it into `select` beside what else is waited for: readable after `wake`, until `heard`.

    Waking never waits. `wake` and `close` may be called from any thread; a closed one is not woken any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = True
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._reader

    def wake(self) -> None:
        """Be readable from now on."""
        with self._lock:
            if self._open:
                # A full pipe wakes as well.
                with contextlib.suppress(BlockingIOError):
                    os.write(self._writer, b"!")

    def heard(self) -> None:
        """Be readable no more."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._reader, 4096)

    def close(self) -> None:
        """Give the descriptors back. Harmless to call again."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self._reader)
                os.close(self._writer)
