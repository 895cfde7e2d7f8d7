"""The watchdog process: one thread, asleep until a key moves or the program speaks."""

import logging
import os
import select
import signal
import sys
import time

from customer_client.capture.x11_display import CONNECTION_LOST
from customer_client.portal.wayland import is_wayland
from customer_client.watchdog.frames import FRAME_BYTES, FrameReader, Word, encoded
from customer_client.watchdog.vigil import Act, Kill, Release, Vigil
from customer_client.watchdog.x11_hands import X11Hands
from protocol.errors import EnvironmentFault

_READ_BYTES = 1024 * FRAME_BYTES

_log = logging.getLogger(__name__)


class WatchdogProcess:
    """Watches over the process `program`, which talks on `from_program` and listens on `to_program` (file numbers)."""

    def __init__(self, hands: X11Hands, *, program: int, from_program: int, to_program: int) -> None:
        self._hands = hands
        self._program = program
        self._from_program = from_program
        self._to_program = to_program
        self._vigil = Vigil(releases=not is_wayland())
        self._reader = FrameReader()

    def run(self) -> None:
        """Watch until the program closes its pipe or ends."""
        self._tell(Word.READY)
        try:
            while self._watch_once():
                pass
        finally:
            self._do(self._vigil.gone())

    def _watch_once(self) -> bool:
        due = self._vigil.due
        patience = None if due is None else max(0.0, due - time.monotonic())
        if self._hands.has_news():
            patience = 0.0
        readable, _, _ = select.select([self._from_program, self._hands.fileno()], [], [], patience)
        if self._from_program in readable:
            data = os.read(self._from_program, _READ_BYTES)
            if not data:
                return False
            for frame in self._reader.feed(data):
                self._vigil.heard(frame, time.monotonic())
        for _ in range(self._hands.panics()):
            self._do(self._vigil.panic(time.monotonic()))
        self._do(self._vigil.tick(time.monotonic()))
        return True

    def _do(self, acts: list[Act]) -> None:
        for act in acts:
            if isinstance(act, Release):
                self._hands.release(act.held)
            elif isinstance(act, Kill):
                self._kill(act.because)
            else:
                self._tell(act.word)

    def _tell(self, word: Word) -> None:
        try:
            os.write(self._to_program, encoded(word))
        except OSError as why:  # it is gone, or hangs with a full pipe; the vigil goes on without words
            _log.debug("the program does not listen: %s", why)

    def _kill(self, because: str) -> None:
        if os.getppid() != self._program:
            return  # it has ended by itself, and its number may be somebody else's by now
        _log.error("%s: ending the program", because)
        os.kill(self._program, signal.SIGKILL)


def main() -> int:
    """Watch over the process that started this one, by standard input and output; return the exit status."""
    logging.basicConfig(format="%(asctime)s %(levelname)s watchdog: %(message)s")
    os.set_blocking(sys.stdout.fileno(), False)
    try:
        hands = X11Hands()
        process = WatchdogProcess(
            hands, program=os.getppid(), from_program=sys.stdin.fileno(), to_program=sys.stdout.fileno()
        )
        process.run()
    except EnvironmentFault as fault:
        _log.warning("%s (%s)", fault, fault.code)
        return 1
    except CONNECTION_LOST as lost:
        _log.info("the display is gone: %s", lost)
    return 0
