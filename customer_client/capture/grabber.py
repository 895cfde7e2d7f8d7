"""The capture thread: looks at the screen, notices change and keeps only the newest changed picture."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from customer_client.capture.change import limited
from customer_client.capture.source import CaptureSource, DamageSource, Picture
from customer_client.capture.watch import Change, ComparedWatch, DamageWatch, whole
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect

LONGEST_INTERVAL_S = 0.1
"""Between two looks at a still screen, where nothing tells us that it changed."""

LIVELY_FOR_S = 0.5
"""After a change (or an announced one) the screen is watched at full rate for this long."""

RETRY_AFTER_FAULT_S = 1.0

COALESCE_S = 0.0005
"""After the first drawing on a still screen: programs draw in several steps, and half a step looks torn."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CapturedPicture:
    """A picture that differs from the one before, and when it was taken (monotonic s). `number` counts from 1.

    `damage` holds every pixel that differs from the picture *taken from the grabber* before; after a pause, a refresh
    or a change of size that is the whole picture.
    """

    picture: Picture
    captured_at: float
    number: int
    damage: tuple[Rect, ...]


class ScreenGrabber:
    """Watches `source` in its own thread at up to `max_fps` pictures a second.

    A `DamageSource` wakes the thread, and is checked now and then by comparing whole pictures: one that leaves
    drawing unreported is not trusted again. Any other source is looked at and compared, slower while nothing changes.

    One slot holds the newest changed picture: whoever is late gets the newest, never an old one. While a `DamageSource`
    is read anew the slot is empty, so that the memory of what waited in it can be renewed. Every method may be
    called from any thread. `on_fault` is called on the capture thread with what begins to be in the way, and with None
    when nothing is any more. `set_listener` names a callback that runs on the capture thread after each change: it must
    return at once. The grabber does not close `source`.
    """

    def __init__(
        self,
        source: CaptureSource,
        *,
        max_fps: float = 30.0,
        on_fault: Callable[[EnvironmentFault | None], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._watch: ComparedWatch | DamageWatch = (
            DamageWatch(source, clock) if isinstance(source, DamageSource) else ComparedWatch(source)
        )
        self._shortest_interval_s = 1.0 / max_fps
        self._on_fault = on_fault
        self._clock = clock
        self._state = threading.Condition()
        self._slot: CapturedPicture | None = None
        self._afresh = False
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
            self._wake()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def pause(self) -> None:
        """Take no further picture and drop the one that waits; a picture being taken right now is dropped too."""
        with self._state:
            self._paused = True
            self._slot = None
            self._wake()

    def resume(self) -> None:
        """Look again; the first picture counts as changed."""
        with self._state:
            self._paused = False
        self.refresh()

    def refresh(self) -> None:
        """Let the next look count as a change even if nothing changed."""
        with self._state:
            self._afresh = True
            self._hurry = True
            self._wake()

    def expect_change(self) -> None:
        """Look now and at full rate for half a second: something is about to happen, such as remote input.

        Needless, and without effect, where the source knows damage.
        """
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
                afresh, self._afresh = self._afresh, False
            began = self._clock()
            self._look(began, afresh)
            with self._state:
                self._wait_until(began + self._shortest_interval_s, self._interrupted)
                if self._fault is not None:
                    self._wait_until(began + RETRY_AFTER_FAULT_S, self._interrupted)
                    continue
            if isinstance(self._watch, DamageWatch):
                self._wait_for_damage(self._watch)
            else:
                self._wait_for_next_look(began + self._interval_s)

    def _wait_for_damage(self, watch: DamageWatch) -> None:
        with self._state:
            if self._interrupted():
                return
        # A wake-up between here and the waiting is not lost: the source remembers it.
        drawn = watch.wait()
        while not drawn and self._is_nothing_but_late():
            drawn = watch.wait_for_late_check()
        if drawn:
            with self._state:
                self._wait_until(self._clock() + COALESCE_S, self._interrupted)

    def _wait_for_next_look(self, due: float) -> None:
        with self._state:
            if self._wait_until(due, self._disturbed):
                self._hasten(self._clock())

    def _wake(self) -> None:
        """End whatever the thread waits for. The caller holds the lock."""
        self._state.notify_all()
        if isinstance(self._watch, DamageWatch):
            self._watch.wake()

    def _wait_until(self, deadline: float, condition: Callable[[], bool]) -> bool:
        left_s = deadline - self._clock()
        return self._state.wait_for(condition, left_s) if left_s > 0 else condition()

    def _interrupted(self) -> bool:
        return self._stopping or self._paused

    def _is_nothing_but_late(self) -> bool:
        """Return whether a picture waits to be taken, and nothing else is to be done."""
        with self._state:
            return self._slot is not None and not self._afresh and not self._interrupted()

    def _disturbed(self) -> bool:
        return self._interrupted() or self._hurry

    def _hasten(self, now: float) -> None:
        self._hurry = False
        self._lively_until = now + LIVELY_FOR_S
        self._interval_s = self._shortest_interval_s

    def _look(self, now: float, afresh: bool) -> None:
        """Look once, and keep what changed."""
        withdrawn = self._withdraw()
        try:
            change = self._change(afresh, withdrawn)
        except EnvironmentFault as fault:
            self._report(fault, afresh or withdrawn is not None)
            return
        except Exception as error:
            _log.exception("capture failed unexpectedly")
            self._report(EnvironmentFault(str(error), code="display_gone"), afresh or withdrawn is not None)
            return
        self._recover()
        self._looks += 1
        if isinstance(self._watch, DamageWatch) and self._watch.caught:
            self._watch = ComparedWatch(self._source)
        if change is not None and self._keep(change, now, withdrawn):
            self._tell()
            self._hasten(now)
        elif now >= self._lively_until:
            self._interval_s = min(self._interval_s * 1.5, LONGEST_INTERVAL_S)

    def _withdraw(self) -> tuple[Rect, ...] | None:
        """Take the waiting picture back, so that nothing holds it, and return its damage; None if none waits."""
        if isinstance(self._watch, ComparedWatch):
            return None
        with self._state:
            waiting, self._slot = self._slot, None
            return waiting.damage if waiting is not None else None

    def _change(self, afresh: bool, withdrawn: tuple[Rect, ...] | None) -> Change | None:
        if isinstance(self._watch, ComparedWatch):
            return self._watch.look(afresh=afresh)
        return self._watch.look(afresh=afresh, withdrawn=withdrawn is not None)

    def _keep(self, change: Change, now: float, withdrawn: tuple[Rect, ...] | None) -> bool:
        with self._state:
            if self._paused or self._stopping:
                return False
            damage, picture = change.damage, change.picture
            self._changes += bool(damage)
            unseen = self._slot.damage if self._slot is not None else withdrawn
            if unseen is not None and damage != whole(picture):
                damage = limited(unseen + damage, picture.width, picture.height)
            self._slot = CapturedPicture(picture, now, self._changes, damage)
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

    def _report(self, fault: EnvironmentFault, afresh: bool) -> None:
        """Tell about an outage once, not at every retry; and when it becomes another one."""
        with self._state:
            self._afresh |= afresh
        before, self._fault = self._fault, fault
        if before is None or before.code != fault.code:
            _log.warning("capture: %s (%s)", fault, fault.code)
            if self._on_fault is not None:
                self._on_fault(fault)

    def _recover(self) -> None:
        """Tell that an outage is over."""
        before, self._fault = self._fault, None
        if before is not None and self._on_fault is not None:
            self._on_fault(None)
