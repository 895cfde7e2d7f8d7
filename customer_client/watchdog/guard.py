"""The program's side of its watchdog: tells it what is held and that the network thread lives; obeys the panic keys."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from customer_client.input.ledger import EventKind
from customer_client.watchdog.command import watchdog_command
from customer_client.watchdog.frames import FrameReader, Word, encoded
from customer_client.watchdog.pipes import is_full, never_wait
from customer_client.watchdog.vigil import HEARTBEAT_S
from protocol.errors import EnvironmentFault

READY_WITHIN_S = 5.0
_WORDS = {
    EventKind.KEY_DOWN: Word.KEY_DOWN,
    EventKind.KEY_UP: Word.KEY_UP,
    EventKind.BUTTON_DOWN: Word.BUTTON_DOWN,
    EventKind.BUTTON_UP: Word.BUTTON_UP,
}
_NO_CONSOLE_WINDOW = 0x08000000 if sys.platform == "win32" else 0

_log = logging.getLogger(__name__)


class WatchdogGuard:
    """Runs the watchdog process; a `Guardian`. Create it on the network thread, `close` it on any.

    Args:
        block: stops capture and input at once; called on the guard's own thread when the panic keys were pressed.
        stop: ends the session; called on the network thread after `block`.
        released: the watchdog released what was held, because the network thread was silent (guard's own thread).
        lost: the watchdog has ended without being asked to (guard's own thread).
        command: starts the watchdog; another one is for tests.

    Raises:
        EnvironmentFault: `no_watchdog`, it could not be started.
    """

    def __init__(
        self,
        *,
        block: Callable[[], None],
        stop: Callable[[], object],
        released: Callable[[], None],
        lost: Callable[[], None],
        command: Sequence[str] | None = None,
    ) -> None:
        self._block, self._stop, self._released, self._lost = block, stop, released, lost
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._held: set[tuple[Word, int]] = set()
        self._beating = False
        self._closed = False
        self.ready = threading.Event()
        """Set once the watchdog watches."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                command or watchdog_command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl+C in a terminal is for the program, which then tells us
                bufsize=0,
                creationflags=_NO_CONSOLE_WINDOW,
            )
        except OSError as cause:
            raise _no_watchdog(str(cause)) from cause
        assert self._process.stdin is not None
        self._pipe = self._process.stdin.fileno()
        never_wait(self._pipe)
        self._thread = threading.Thread(target=self._listen, name="watchdog", daemon=True)
        self._thread.start()

    @property
    def process_id(self) -> int:
        """The watchdog's process."""
        return self._process.pid

    def going_down(self, kind: EventKind, detail: int) -> None:
        """Tell the watchdog before a key or button is pressed."""
        with self._lock:
            self._held.add((_WORDS[kind], detail))
            self._say(_WORDS[kind], detail)
            begins, self._beating = not self._beating, True
        if begins:
            self._hop(self._beat)

    def went_up(self, kind: EventKind, detail: int) -> None:
        """Tell the watchdog after a key or button was released."""
        down = Word.KEY_DOWN if kind is EventKind.KEY_UP else Word.BUTTON_DOWN
        with self._lock:
            self._held.discard((down, detail))
            self._say(_WORDS[kind], detail)

    def close(self) -> None:
        """End the watchdog. Harmless to call again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        if self._thread is not threading.current_thread():
            self._thread.join(READY_WITHIN_S)

    def _beat(self) -> None:
        """Say that this thread lives, for as long as anything is held."""
        with self._lock:
            if self._closed or not self._held:
                self._beating = False
                return
            self._say(Word.ALIVE)
        self._loop.call_later(HEARTBEAT_S, self._beat)

    def _say(self, word: Word, detail: int = 0) -> None:
        """Write a frame, under the lock. A watchdog that is gone or stuck is noticed by the listening thread."""
        if self._closed:
            return
        try:
            os.write(self._pipe, encoded(word, detail))
        except OSError as why:
            if is_full(why):
                _log.error("the watchdog does not read any more")
                self._process.kill()
            else:
                _log.debug("the watchdog is gone: %s", why)

    def _listen(self) -> None:
        """Runs on the guard's own thread until the watchdog ends."""
        assert self._process.stdout is not None
        frames = FrameReader()
        with self._process.stdout as pipe:
            while data := pipe.read(1024):
                for frame in frames.feed(data):
                    self._obey(frame.word)
        self._process.wait()
        with self._lock:
            unexpected = not self._closed
        if unexpected:
            _log.warning("the watchdog has ended (%s)", self._process.returncode)
            self._lost()

    def _obey(self, word: Word) -> None:
        if word is Word.READY:
            self.ready.set()
        elif word is Word.RELEASED:
            _log.warning("the network thread was silent while keys were held; the watchdog released them")
            self._released()
        elif word is Word.PANIC:
            _log.warning("the panic keys were pressed")
            self._block()
            self._confirm(Word.BLOCKED)
            self._hop(self._panic_on_loop)

    def _panic_on_loop(self) -> None:
        self._confirm(Word.STOPPED)
        self._stop()

    def _confirm(self, word: Word) -> None:
        with self._lock:
            self._say(word)

    def _hop(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            _log.debug("the network thread has ended")


def _no_watchdog(detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        detail,
        code="no_watchdog",
        user_text="Deskside could not start the helper that keeps keys from sticking, so remote control stays off.",
    )
