"""How another thread gets the GUI thread to do something, without the GUI thread looking again and again.

Where Tk can wait for a socket (Linux, macOS) the GUI thread sleeps until a byte comes; on Windows it looks every 50 ms.
"""

import signal
import socket
import threading
import tkinter as tk
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

POLL_MS = 50
"""Where Tk cannot wait for a socket: how often to look."""


class WakeUp:
    """Calls `act` on the GUI thread soon after `set`, once for several. Create and `close` it on the GUI thread.

    What `act` raises is reported as for every callback of `root`.
    """

    def __init__(self, root: tk.Tk, act: Callable[[], None]) -> None:
        self._root = root
        self._act = act
        self._lock = threading.Lock()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._is_closed = False
        self._serves_signals = False
        self._waits = hasattr(root.tk, "createfilehandler")
        if self._waits:
            root.tk.createfilehandler(self._reader, tk.READABLE, self._readable)
        else:
            root.after(POLL_MS, self._poll)

    def set(self) -> None:
        """Have `act` called; callable from any thread, also after `close`."""
        with self._lock, suppress(BlockingIOError):
            # A socket that takes no more holds wake-ups enough.
            if not self._is_closed:
                self._writer.send(b"\0")

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Wake up for signals too, in the block: Python runs their handlers only when it gets to run itself."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._serves_signals = True
        before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            self._serves_signals = False
            if self._is_closed:
                self._writer.close()

    def close(self) -> None:
        """Wait no more; may be called more than once."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        if self._waits:
            self._root.tk.deletefilehandler(self._reader)
        self._reader.close()
        if not self._serves_signals:
            self._writer.close()

    def _readable(self, _socket: object, _mask: int) -> None:
        # Not `act` itself: what it raised would end the main loop here.
        if self._drain():
            self._root.after(0, self._act)

    def _poll(self) -> None:
        self._root.after(POLL_MS, self._poll)
        if self._drain():
            self._act()

    def _drain(self) -> bool:
        with suppress(BlockingIOError):
            return bool(self._reader.recv(4096))
        return False
