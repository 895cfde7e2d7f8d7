"""Remote input through XTEST, on a connection of its own. Thread-safe by one lock.

Physical keys go out as keycodes, so shortcuts work in the customer's layout. Text goes out as characters: by the keys
that have them, else by borrowing keycodes without meaning (`x11_spare_keys`).
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from Xlib import X
from Xlib.ext import xtest

from customer_client.capture.source import Display
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.input.injector import COORDINATE_MAX, WHEEL_UNITS_PER_NOTCH, DroppedInput
from customer_client.input.key_codes import x11_keycode
from customer_client.input.ledger import EventKind, InjectionLedger
from customer_client.input.limits import MAX_EVENTS_PER_S, MAX_HELD, EventBudget
from customer_client.input.x11_keymap import KeyStroke
from customer_client.input.x11_spare_keys import X11Keyboard
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button

BUTTON_NUMBERS = {
    Button.PRIMARY: 1,
    Button.AUXILIARY: 2,
    Button.SECONDARY: 3,
    Button.BACK: 8,
    Button.FORWARD: 9,
}
_WHEEL_UP, _WHEEL_DOWN, _WHEEL_LEFT, _WHEEL_RIGHT = 4, 5, 6, 7

_X_TYPES = {
    EventKind.KEY_DOWN: X.KeyPress,
    EventKind.KEY_UP: X.KeyRelease,
    EventKind.BUTTON_DOWN: X.ButtonPress,
    EventKind.BUTTON_UP: X.ButtonRelease,
}


class X11Injector:
    """An `Injector` for an X display.

    Args:
        shared: returns the display the coordinates refer to; asked at each event, so it may change.
        ledger: learns each event before it is injected.
        display_name: such as ":0"; None is the one of the environment.
        clock: monotonic seconds.
        max_events_per_s: what is more is dropped.

    Raises:
        EnvironmentFault: `display_gone`, or `input_denied` if the server has no XTEST.
    """

    def __init__(
        self,
        shared: Callable[[], Display],
        ledger: InjectionLedger,
        *,
        display_name: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        max_events_per_s: int = MAX_EVENTS_PER_S,
    ) -> None:
        self._shared = shared
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[EventKind, int]] = {}
        self._wheel_rest = [0, 0]
        self._budget = EventBudget(max_events_per_s)
        self._too_fast = self._too_many_held = self._unknown = 0
        self._display = _open_with_xtest(display_name)
        self._keyboard = X11Keyboard(self._display, clock)
        self._closed = False

    def key(self, code: str, down: bool) -> None:
        """Press or release a physical key; a second press of a held key does nothing, the server repeats it."""
        keycode = x11_keycode(code)
        with self._talking():
            if keycode is None:
                self._unknown += 1
            elif down:
                self._press(code, EventKind.KEY_DOWN, EventKind.KEY_UP, keycode)
            else:
                self._release(code)

    def text(self, text: str) -> None:
        """Type characters, with the keys held for the technician let go meanwhile."""
        with self._talking():
            if not self._budget.take(self._clock(), len(text)):
                self._too_fast += len(text)
                return
            self._type(text)

    def button(self, button: Button, down: bool, x: int, y: int) -> None:
        """Move, then press or release. A release happens wherever the pointer is by then."""
        name = f"button:{button.value}"
        with self._talking():
            if not down:
                self._move_if_affordable(x, y)
                self._release(name)
            elif self._move_if_affordable(x, y):
                self._press(name, EventKind.BUTTON_DOWN, EventKind.BUTTON_UP, BUTTON_NUMBERS[button])

    def wheel(self, dx: int, dy: int, x: int, y: int) -> None:
        """Move, then click the wheel buttons 4 to 7, one click a whole notch."""
        with self._talking():
            if not self._move_if_affordable(x, y):
                return
            for axis, (units, forward, back) in enumerate(
                ((dx, _WHEEL_RIGHT, _WHEEL_LEFT), (dy, _WHEEL_UP, _WHEEL_DOWN))
            ):
                total = self._wheel_rest[axis] + units
                notches = int(total / WHEEL_UNITS_PER_NOTCH)
                self._wheel_rest[axis] = total - notches * WHEEL_UNITS_PER_NOTCH
                self._click(forward if notches > 0 else back, abs(notches))

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""
        with self._talking():
            self._move_if_affordable(x, y)

    def release_all(self) -> None:
        """Release everything held."""
        with self._talking():
            for name in list(self._held):
                self._release(name)

    def held(self) -> frozenset[str]:
        """Return what is held."""
        with self._lock:
            return frozenset(self._held)

    def dropped(self) -> DroppedInput:
        """Return what was not injected."""
        with self._lock:
            return DroppedInput(self._too_fast, self._too_many_held, self._unknown)

    def close(self) -> None:
        """Release everything, give borrowed keycodes back and disconnect."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            # A server that is gone holds no keys.
            with contextlib.suppress(*CONNECTION_LOST):
                for name in list(self._held):
                    self._release(name)
                self._keyboard.give_back()
                self._display.sync()
            with contextlib.suppress(*CONNECTION_LOST):
                self._display.close()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Hold the lock, keep up with layout changes, send what was asked and translate a lost server."""
        with self._lock:
            if self._closed:
                raise _gone("the injector is closed")
            try:
                self._keyboard.follow_changes()
                yield
                self._display.flush()
            except CONNECTION_LOST as cause:
                self._held.clear()
                raise _gone(str(cause)) from cause

    def _press(self, name: str, kind: EventKind, release: EventKind, detail: int) -> None:
        if name in self._held:
            return
        if len(self._held) >= MAX_HELD:
            self._too_many_held += 1
        elif self._affordable():
            self._held[name] = (release, detail)
            self._fake(kind, detail)

    def _release(self, name: str) -> None:
        held = self._held.pop(name, None)
        if held is not None:
            self._fake(*held)

    def _click(self, number: int, times: int) -> None:
        for _ in range(times):
            if not self._affordable():
                return
            self._fake(EventKind.BUTTON_DOWN, number)
            self._fake(EventKind.BUTTON_UP, number)

    def _affordable(self) -> bool:
        affordable = self._budget.take(self._clock())
        self._too_fast += not affordable
        return affordable

    def _move_if_affordable(self, x: int, y: int) -> bool:
        if not self._affordable():
            return False
        shared = self._shared()
        position = (
            shared.left + _pixel(x, shared.width),
            shared.top + _pixel(y, shared.height),
        )
        self._ledger.injecting(EventKind.MOVE, position, self._clock())
        xtest.fake_input(self._display, X.MotionNotify, x=position[0], y=position[1])
        return True

    def _fake(self, kind: EventKind, detail: int) -> None:
        self._ledger.injecting(kind, detail, self._clock())
        xtest.fake_input(self._display, _X_TYPES[kind], detail)

    def _tap(self, keycode: int) -> None:
        self._fake(EventKind.KEY_DOWN, keycode)
        self._fake(EventKind.KEY_UP, keycode)

    def _type(self, text: str) -> None:
        state = self._display.screen().root.query_pointer().mask
        held_keys = [detail for kind, detail in self._held.values() if kind is EventKind.KEY_UP]
        caps_lock = self._keyboard.caps_lock if state & X.LockMask else None
        for keycode in held_keys:
            self._fake(EventKind.KEY_UP, keycode)
        if caps_lock is not None:
            self._tap(caps_lock)
        for batch in self._keyboard.strokes_for(text, group=state >> 13 & 3):
            for stroke in batch:
                if stroke is None:
                    self._unknown += 1
                else:
                    self._strike(stroke)
            self._display.flush()
        if caps_lock is not None:
            self._tap(caps_lock)
        for keycode in held_keys:
            self._fake(EventKind.KEY_DOWN, keycode)

    def _strike(self, stroke: KeyStroke) -> None:
        shifts = [
            keycode
            for keycode, needed in ((self._keyboard.shift, stroke.shift), (self._keyboard.level3, stroke.level3))
            if needed and keycode is not None
        ]
        for keycode in shifts:
            self._fake(EventKind.KEY_DOWN, keycode)
        self._tap(stroke.keycode)
        for keycode in reversed(shifts):
            self._fake(EventKind.KEY_UP, keycode)


def _pixel(coordinate: int, size: int) -> int:
    """Return the pixel of a 0..65535 coordinate, never outside of the display."""
    clamped = max(0, min(coordinate, COORDINATE_MAX))
    return round(clamped * (size - 1) / COORDINATE_MAX)


def _open_with_xtest(display_name: str | None) -> Any:
    display = open_x_display(display_name)
    if not display.has_extension("XTEST"):
        display.close()
        raise EnvironmentFault(
            "no XTEST extension",
            code="input_denied",
            user_text="This desktop does not allow anyone to help with mouse and keyboard. Viewing still works.",
        )
    return display


def _gone(detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        detail, code="display_gone", user_text="Deskside lost its connection to your desktop; remote control stopped."
    )
