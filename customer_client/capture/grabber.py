"""The capture thread: looks at the screen, notices change and keeps only the newest changed picture."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from customer_client.capture.change import differs
from customer_client.capture.source import CaptureSource, Picture
from protocol.errors import EnvironmentFault

LONGEST_INTERVAL_S = 0.1
"""Between two looks at a still screen."""

LIVELY_FOR_S = 0.5
"""After a change (or an announced one) the screen is watched at full rate for this long."""

RETRY_AFTER_FAULT_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CapturedPicture:
    """A picture that differs from the one before, and when it was taken (monotonic s). `number` counts from 1."""

    picture: Picture
    captured_at: float
    number: int


class ScreenGrabber:
    """Watches `source` in its own thread at up to `max_fps` pictures a second, slower while nothing changes.

    One slot holds the newest changed picture: whoever is late gets the newest, never an old one. Every method may be
    called from any thread. `set_listener` names a callback that runs on the capture thread after each change: it must
    return at once. The grabber does not close `source`.
    """

    def __init__(
        self,
        source: CaptureSource,
        *,
        max_fps: float = 30.0,
        on_fault: Callable[[EnvironmentFault], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._shortest_interval_s = 1.0 / max_fps
        self._on_fault = on_fault
        self._clock = clock
        self._state = threading.Condition()
        self._slot: CapturedPicture | None = None
        self._previous: Picture | None = None
        self._listener: Callable[[], None] | None = None
        self._paused = False
        self._stopping = False
        self._hurry = False
        self._looks = 0
        self._changes = 0
        self._fault: EnvironmentFault | None = None
        self._interval_s = self._shortest_interval_s
        self._lively_until = 0.0
        self._thread = threading.Thread(target=self._run, name="screen-grabber", daemon=True)

    def start(self) -> None:
        """Begin to look at the screen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking and wait for the thread. Harmless to call again, and before `start`."""
        with self._state:
            self._stopping = True
            self._slot = None
            self._state.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def pause(self) -> None:
        """Take no further picture and drop the one that waits; a picture being taken right now is dropped too."""
        with self._state:
            self._paused = True
            self._slot = None
            self._state.notify_all()

    def resume(self) -> None:
        """Look again; the first picture counts as changed."""
        with self._state:
            self._paused = False
            self._previous = None
            self._state.notify_all()
        self.expect_change()

    def refresh(self) -> None:
        """Let the next look count as a change even if nothing changed."""
        with self._state:
            self._previous = None
        self.expect_change()

    def expect_change(self) -> None:
        """Look now and at full rate for half a second: something is about to happen, such as remote input."""
        with self._state:
            self._hurry = True
            self._state.notify_all()

    def set_listener(self, listener: Callable[[], None] | None) -> None:
        """Call `listener` on the capture thread after each change; None ends that."""
        with self._state:
            self._listener = listener

    def take_newest(self, timeout: float = 0.0) -> CapturedPicture | None:
        """Return the newest changed picture not yet taken, waiting up to `timeout` seconds; None if there is none."""
        with self._state:
            if self._slot is None and timeout > 0:
                self._state.wait_for(lambda: self._slot is not None or self._stopping, timeout)
            newest, self._slot = self._slot, None
            return newest

    @property
    def looks(self) -> int:
        """How many pictures were taken."""
        return self._looks

    @property
    def changes(self) -> int:
        """How many of them differed from the one before."""
        return self._changes

    @property
    def fault(self) -> EnvironmentFault | None:
        """Why no picture can be taken right now; None while all is well."""
        return self._fault

    def _run(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._stopping or not self._paused)
                if self._stopping:
                    return
            began = self._clock()
            interval_s = self._look(began)
            with self._state:
                self._wait_until(began + self._shortest_interval_s, self._interrupted)
                if self._wait_until(began + interval_s, self._interrupted if self._fault else self._disturbed):
                    self._hasten(self._clock())

    def _wait_until(self, deadline: float, condition: Callable[[], bool]) -> bool:
        left_s = deadline - self._clock()
        return self._state.wait_for(condition, left_s) if left_s > 0 else condition()

    def _interrupted(self) -> bool:
        return self._stopping or self._paused

    def _disturbed(self) -> bool:
        return self._interrupted() or self._hurry

    def _hasten(self, now: float) -> None:
        self._hurry = False
        self._lively_until = now + LIVELY_FOR_S
        self._interval_s = self._shortest_interval_s

    def _look(self, now: float) -> float:
        """Take one picture; return after how many seconds to take the next."""
        try:
            picture = self._source.grab()
        except EnvironmentFault as fault:
            self._report(fault)
            return RETRY_AFTER_FAULT_S
        except Exception as error:
            _log.exception("capture failed unexpectedly")
            self._report(EnvironmentFault(str(error), code="display_gone"))
            return RETRY_AFTER_FAULT_S
        self._fault = None
        self._looks += 1
        if self._keep_if_changed(picture, now):
            self._tell()
            self._hasten(now)
        elif now >= self._lively_until:
            self._interval_s = min(self._interval_s * 1.5, LONGEST_INTERVAL_S)
        return self._interval_s

    def _keep_if_changed(self, picture: Picture, now: float) -> bool:
        previous = self._previous
        if previous is not None and not differs(previous, picture):
            return False
        with self._state:
            if self._paused or self._stopping:
                return False
            self._previous = picture
            self._changes += 1
            self._slot = CapturedPicture(picture, now, self._changes)
            self._state.notify_all()
            return True

    def _tell(self) -> None:
        with self._state:
            listener = self._listener
        if listener is not None:
            try:
                listener()
            except Exception:
                _log.exception("the listener of the screen grabber failed")

    def _report(self, fault: EnvironmentFault) -> None:
        """Tell about an outage once, not at every retry."""
        first, self._fault = self._fault is None, fault
        if first:
            _log.warning("capture: %s (%s)", fault, fault.code)
            if self._on_fault is not None:
                self._on_fault(fault)
