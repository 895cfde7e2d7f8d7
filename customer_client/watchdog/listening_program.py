"""The watchdog process where a thread listens to the keyboard (Windows, macOS): two threads put what they get into one
queue, one that reads the program's pipe and one that hears keys. The main thread decides.
"""

import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable

from customer_client.input.system_events import Listen, SystemEvent
from customer_client.input.system_injector import SystemHands
from customer_client.watchdog.frames import FRAME_BYTES, Frame, FrameReader, Word, encoded
from customer_client.watchdog.panic_keys import PanicChord, PanicKeys
from customer_client.watchdog.pipes import never_wait
from customer_client.watchdog.vigil import Act, Kill, Release, Vigil
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button

_READ_BYTES = 1024 * FRAME_BYTES
_BUTTONS = tuple(Button)

_log = logging.getLogger(__name__)


class _Panic:
    """The panic keys were pressed."""


class _Gone:
    """The program closed its pipe or ended."""


_News = Frame | _Panic | _Gone


class ListeningWatchdog:
    """Watches over the program that talks on `from_program` and listens on `to_program` (file numbers).

    Args:
        hands: release what is held.
        listen: begins to tell of keys.
        chord: the panic keys of this system.
        end_program: ends the program at once, whatever it is doing.
        from_program: where it is read.
        to_program: where it is told.

    Raises:
        EnvironmentFault: `listen`'s.
    """

    def __init__(
        self,
        hands: SystemHands,
        listen: Listen,
        chord: PanicChord,
        end_program: Callable[[], None],
        *,
        from_program: int,
        to_program: int,
    ) -> None:
        self._hands = hands
        self._end_program = end_program
        self._from_program, self._to_program = from_program, to_program
        self._vigil = Vigil()
        self._news: queue.SimpleQueue[_News] = queue.SimpleQueue()
        self._keys = PanicKeys(chord)
        self._listening = listen(self._heard, self._deaf)

    def run(self) -> None:
        """Watch until the program closes its pipe or ends."""
        threading.Thread(target=self._read, name="program", daemon=True).start()
        self._tell(Word.READY)
        try:
            while self._watch_once():
                pass
        finally:
            self._do(self._vigil.gone())
            self._listening.close()
            self._hands.close()

    def _heard(self, event: SystemEvent) -> None:
        """Runs on the listening thread."""
        if self._keys.pressed(event):
            self._news.put(_Panic())

    def _deaf(self) -> None:
        """Runs on the listening thread: who cannot hear the panic keys must not let anybody believe it does."""
        _log.warning("the keyboard is not heard any more")
        self._news.put(_Gone())

    def _watch_once(self) -> bool:
        due = self._vigil.due
        patience = None if due is None else max(0.0, due - time.monotonic())
        try:
            news: _News | None = self._news.get(timeout=patience)
        except queue.Empty:
            news = None
        if isinstance(news, _Gone):
            return False
        if isinstance(news, _Panic):
            self._do(self._vigil.panic(time.monotonic()))
        elif news is not None:
            self._vigil.heard(news, time.monotonic())
        if self._news.empty():  # what waits may be just what the time is up for
            self._do(self._vigil.tick(time.monotonic()))
        return True

    def _read(self) -> None:
        """Runs on a thread of its own until the pipe ends."""
        reader = FrameReader()
        try:
            while data := os.read(self._from_program, _READ_BYTES):
                for frame in reader.feed(data):
                    self._news.put(frame)
        except (OSError, ValueError) as why:
            _log.warning("the program is not heard any more: %s", why)
        self._news.put(_Gone())

    def _do(self, acts: list[Act]) -> None:
        for act in acts:
            if isinstance(act, Release):
                self._release(act.held)
            elif isinstance(act, Kill):
                _log.error("the panic keys were pressed and %s: ending the program", act.because)
                self._end_program()
            else:
                self._tell(act.word)

    def _release(self, held: tuple[tuple[Word, int], ...]) -> None:
        """Release keys and buttons, each by the number the program gave it."""
        for word, detail in held:
            if word is Word.KEY_UP:
                self._hands.key(detail, False)
            elif 1 <= detail <= len(_BUTTONS):
                self._hands.button(_BUTTONS[detail - 1], False)

    def _tell(self, word: Word) -> None:
        try:
            os.write(self._to_program, encoded(word))
        except OSError as why:  # it is gone, or hangs with a full pipe; the vigil goes on without words
            _log.debug("the program does not listen: %s", why)


def watch_over_parent(watchdog: Callable[[int, int], ListeningWatchdog]) -> int:
    """Run what `watchdog` makes of standard input and output until its program ends; return the exit status."""
    logging.basicConfig(format="%(asctime)s %(levelname)s watchdog: %(message)s")
    try:
        never_wait(sys.stdout.fileno())
        watchdog(sys.stdin.fileno(), sys.stdout.fileno()).run()
    except EnvironmentFault as fault:
        _log.warning("%s (%s)", fault, fault.code)
        return 1
    except OSError as why:
        _log.warning("cannot watch: %s", why)
        return 1
    return 0
