"""Watches the pointer of an X server in a thread of its own. Linux only.

A moving mouse sends up to 1000 events a second. So the first one only starts a look 60 times a second, with the events
switched off; after a quarter of a second without movement they are switched on again, and nothing runs until the next.
"""

import contextlib
import logging
import select
import threading
import time
from collections.abc import Callable
from typing import Any

from Xlib.error import XError
from Xlib.ext import ge, xinput

from customer_client.capture.cursor import CursorMoved, CursorShape, shape_within_limits
from customer_client.capture.faults import capture_denied
from customer_client.capture.source import Display
from customer_client.capture.wake_up import WakeUp
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.capture.x11_requests import XFIXES, CursorRequests
from protocol.errors import EnvironmentFault

MOVE_INTERVAL_S = 1 / 60
SHAPE_INTERVAL_S = 0.1
"""Animated pointers change up to 60 times a second; the viewer need not see every step."""

MOVING_FOR_S = 0.25
STILL_LOOK_S = 0.5
"""A pointer that a program moves sends no event: it is found this late."""

RETRY_S = 1.0

_CURSOR_NOTIFY = 1

_log = logging.getLogger(__name__)


class X11CursorWatcher:
    """Calls `on_change` on its own thread with each new shape and place; it must return at once.

    Created paused. `resume` tells shape and place anew, even unchanged. `shared_display` says which display places
    count from. Every method may be called from any thread but from `on_change`.

    Raises:
        EnvironmentFault: `display_gone`, or `capture_denied` if the server does not tell about the pointer.
    """

    def __init__(
        self,
        shared_display: Callable[[], Display],
        on_change: Callable[[CursorShape | CursorMoved], None],
        *,
        display_name: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared_display = shared_display
        self._on_change = on_change
        self._display_name = display_name
        self._clock = clock
        self._pointer: _Pointer | None = _Pointer(display_name)
        self._wake_up = WakeUp()
        self._paused = True
        self._stopping = False
        self._told_moved: CursorMoved | None = None
        self._told_shape: CursorShape | None = None
        self._afresh = False
        self._moving_until = 0.0
        self._next_shape_at = 0.0
        self._thread = threading.Thread(target=self._run, name="cursor-watcher", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Look no more for now. A look under way still tells."""
        self._paused = True
        self._wake_up.wake()

    def resume(self) -> None:
        """Look again, and tell shape and place at once."""
        self._afresh = True
        self._paused = False
        self._wake_up.wake()

    def stop(self) -> None:
        """End the thread and wait for it. Harmless to call again."""
        self._stopping = True
        self._wake_up.wake()
        if self._thread is not threading.current_thread():
            self._thread.join()
        self._wake_up.close()

    def _run(self) -> None:
        while not self._stopping:
            if self._paused:
                self._rest(None)
                continue
            try:
                self._watch()
            except (XError, EnvironmentFault, *CONNECTION_LOST) as lost:
                _log.warning("the pointer is out of sight: %s", lost)
                self._let_go()
                self._afresh = True
                self._rest(RETRY_S)
            except Exception:
                _log.exception("watching the pointer failed")
                self._let_go()
                self._afresh = True
                self._rest(RETRY_S)
        self._let_go()

    def _watch(self) -> None:
        """Look once and wait until the next look is due."""
        if self._pointer is None:
            self._pointer = _Pointer(self._display_name)
        if self._afresh:
            self._afresh = False
            self._told_moved = self._told_shape = None
            self._pointer.shape_changed = True
        now = self._clock()
        self._look(self._pointer, now)
        if now < self._moving_until:
            self._pointer.listen_to_motion(False)
            self._rest(MOVE_INTERVAL_S)
            return
        if self._pointer.listen_to_motion(True):
            # It may have moved before the events were on.
            self._look(self._pointer, now)
        moved = self._pointer.read_events()
        if not moved:
            longest_s = max(0.0, self._next_shape_at - now) if self._pointer.shape_changed else STILL_LOOK_S
            self._rest(longest_s, self._pointer)
            moved = self._pointer.read_events()
        if moved:
            self._moving_until = self._clock() + MOVING_FOR_S

    def _look(self, pointer: "_Pointer", now: float) -> None:
        pointer.read_events()
        shared = self._shared_display()
        place = pointer.place()
        x, y = place[0] - shared.left, place[1] - shared.top
        moved = CursorMoved(x, y, 0 <= x < shared.width and 0 <= y < shared.height)
        if moved != self._told_moved:
            if self._told_moved is not None:
                self._moving_until = now + MOVING_FOR_S
            self._told_moved = moved
            self._on_change(moved)
        if pointer.shape_changed and now >= self._next_shape_at:
            self._next_shape_at = now + SHAPE_INTERVAL_S
            shape = pointer.shape()
            if shape != self._told_shape:
                self._told_shape = shape
                self._on_change(shape)

    def _rest(self, seconds: float | None, pointer: "_Pointer | None" = None) -> None:
        """Wait for a wake-up or, if `pointer` is given, an event of its connection."""
        sources: list[WakeUp | _Pointer] = [self._wake_up] if pointer is None else [self._wake_up, pointer]
        ready, _, _ = select.select(sources, [], [], seconds)
        if self._wake_up in ready:
            self._wake_up.heard()

    def _let_go(self) -> None:
        if self._pointer is not None:
            self._pointer.close()
            self._pointer = None


class _Pointer:
    """The pointer over one connection. Methods raise XError and CONNECTION_LOST."""

    def __init__(self, display_name: str | None) -> None:
        self._x = open_x_display(display_name)
        self.shape_changed = True
        self._listening = False
        try:
            fixes = self._x.query_extension(XFIXES)
            input_extension = self._x.query_extension(xinput.extname)
            if fixes is None or input_extension is None:
                raise capture_denied("no XFIXES or XInput extension", "Deskside cannot see the pointer here.")
            self._cursor_event = fixes.first_event + _CURSOR_NOTIFY
            self._root = self._x.screen().root
            self._requests = CursorRequests(self._x)
            self._requests.notify_changes(self._root)
            self._x.xinput_query_version()
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor of the connection."""
        return int(self._x.fileno())

    def read_events(self) -> bool:
        """Take in what the server has sent; return whether there was motion."""
        motion = False
        for _ in range(self._x.pending_events()):
            event = self._x.next_event()
            self.shape_changed |= event.type == self._cursor_event
            motion |= event.type == ge.GenericEventCode
        return motion

    def listen_to_motion(self, wanted: bool) -> bool:
        """Have events for motion or not; return whether that is new."""
        if self._listening == wanted:
            return False
        self._listening = wanted
        mask = xinput.RawMotionMask if wanted else 0
        self._root.xinput_select_events([(xinput.AllMasterDevices, mask)])
        self._x.flush()
        return True

    def place(self) -> tuple[int, int]:
        """Return where it points, in pixels of the whole desktop. One round trip."""
        answer: Any = self._root.query_pointer()
        return answer.root_x, answer.root_y

    def shape(self) -> CursorShape:
        """Return what it looks like. One round trip."""
        self.shape_changed = False
        image = self._requests.image()
        return shape_within_limits(image.serial, image.width, image.height, image.hot_x, image.hot_y, bytes(image.argb))

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        with contextlib.suppress(*CONNECTION_LOST):
            self._x.close()
