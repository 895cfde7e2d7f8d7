"""An injector for systems that type any character themselves (Windows, macOS): limits, held keys and clamping.

What presses keys is a `SystemHands`. Thread-safe by one lock.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from customer_client.capture.source import Display
from customer_client.input.guardian import Guardian, NoGuardian
from customer_client.input.injector import DroppedInput, HiddenPlaces, NothingHidden, pixel_at
from customer_client.input.key_codes import MODIFIERS
from customer_client.input.ledger import EventKind
from customer_client.input.limits import MAX_HELD, EventBudget
from customer_client.input.own_windows import NoOwnWindows, OwnWindows
from protocol.messages.input import Button, is_typable


class SystemHands(Protocol):
    """Presses keys and buttons on one system; used under the injector's lock. Places are pixels of the desktop."""

    no_secure_attention: str
    """Why Ctrl+Alt+Del cannot be pressed."""

    def knows(self, code: str) -> int | None:
        """Return the system's number of the physical key `code`, None for a key that does not exist here."""

    def key(self, number: int, down: bool) -> None:
        """Press or release a key."""

    def character(self, character: str) -> None:
        """Type one character, whatever the layout."""

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""

    def button(self, button: Button, down: bool) -> None:
        """Press or release a button where the pointer is."""

    def wheel(self, dx: int, dy: int) -> None:
        """Turn the wheel by 120ths of a notch; positive is right and up."""

    def close(self) -> None:
        """Let go of the system."""


_BUTTON_NUMBERS = {button: number for number, button in enumerate(Button, start=1)}


class SystemInjector:
    """An `Injector` that presses through `hands`, never in `own_windows`; other arguments as in `X11Injector`."""

    def __init__(
        self,
        hands: SystemHands,
        shared: Callable[[], Display],
        *,
        guardian: Guardian | None = None,
        hidden: HiddenPlaces | None = None,
        own_windows: OwnWindows | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.no_secure_attention = hands.no_secure_attention
        self._hands = hands
        self._shared = shared
        self._guardian = guardian or NoGuardian()
        self._clock = clock
        self._lock = threading.Lock()
        self._budget = EventBudget()
        self._keys: dict[str, int] = {}
        self._buttons: dict[str, Button] = {}
        self._interrupted = threading.Event()
        self._too_fast = self._too_many_held = self._unknown = self._own_window = self._hidden_window = 0
        self._hidden = hidden or NothingHidden()
        self._own_windows = own_windows or NoOwnWindows()

    def key(self, code: str, down: bool) -> None:
        """Press or release a physical key."""
        with self._lock:
            number = self._hands.knows(code)
            if number is None:
                self._unknown += 1
            elif not down:
                self._release_key(code)
            elif code not in self._keys and self._may_type() and self._has_room():
                self._guardian.going_down(EventKind.KEY_DOWN, number)
                self._keys[code] = number
                self._hands.key(number, True)

    def text(self, text: str) -> None:
        """Type characters, with held modifiers let go meanwhile."""
        with self._lock:
            if not self._budget.take(self._clock(), len(text)):
                self._too_fast += len(text)
                return
            if not self._may_type(len(text)):
                return
            in_the_way = [number for code, number in self._keys.items() if code in MODIFIERS]
            for number in in_the_way:
                self._hands.key(number, False)
            for place, character in enumerate(text):
                if self._interrupted.is_set() or not self._may_type(len(text) - place):
                    break
                if is_typable(character):
                    self._hands.character(character)
                else:
                    self._unknown += 1
            for number in in_the_way:
                self._hands.key(number, True)

    def types_at_once(self, text: str) -> bool:
        """Say that no text has to wait."""
        return True

    def interrupt(self) -> None:
        """End a `text` under way."""
        self._interrupted.set()

    def go_on(self) -> None:
        """Type again."""
        self._interrupted.clear()

    def button(self, button: Button, down: bool, x: int, y: int) -> None:
        """Move, then press or release."""
        name = f"button:{button.value}"
        with self._lock:
            moved = self._move(x, y)
            if not down:
                self._release_button(name)
            elif moved and name not in self._buttons and self._may_press(x, y) and self._has_room():
                self._guardian.going_down(EventKind.BUTTON_DOWN, _BUTTON_NUMBERS[button])
                self._buttons[name] = button
                self._hands.button(button, True)

    def wheel(self, dx: int, dy: int, x: int, y: int) -> None:
        """Move, then turn the wheel; these systems take parts of notches."""
        with self._lock:
            if self._may_press(x, y) and self._move(x, y):
                self._hands.wheel(dx, dy)

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""
        with self._lock:
            self._move(x, y)

    def release_all(self) -> None:
        """Release everything held."""
        with self._lock:
            self._release_everything()

    def held(self) -> frozenset[str]:
        """Return what is held."""
        with self._lock:
            return frozenset({*self._keys, *self._buttons})

    def dropped(self) -> DroppedInput:
        """Return what was not injected."""
        with self._lock:
            return DroppedInput(
                self._too_fast, self._too_many_held, self._unknown, self._own_window, self._hidden_window
            )

    def close(self) -> None:
        """Release everything and let go of the system."""
        with self._lock:
            self._release_everything()
            self._hands.close()

    def _move(self, x: int, y: int) -> bool:
        if not self._budget.take(self._clock()):
            self._too_fast += 1
            return False
        self._hands.move(*pixel_at(self._shared(), x, y))
        return True

    def _may_type(self, characters: int = 1) -> bool:
        if self._own_windows.has_focus():
            self._own_window += characters
            return False
        hidden = self._hidden.has_keyboard()
        self._hidden_window += characters * hidden
        return not hidden

    def _may_press(self, x: int, y: int) -> bool:
        place = pixel_at(self._shared(), x, y)
        if self._own_windows.at(*place):
            self._own_window += 1
            return False
        hidden = self._hidden.hides(*place)
        self._hidden_window += hidden
        return not hidden

    def _has_room(self) -> bool:
        if len(self._keys) + len(self._buttons) >= MAX_HELD:
            self._too_many_held += 1
            return False
        affordable = self._budget.take(self._clock())
        self._too_fast += not affordable
        return affordable

    def _release_everything(self) -> None:
        for code in list(self._keys):
            self._release_key(code)
        for name in list(self._buttons):
            self._release_button(name)

    def _release_key(self, code: str) -> None:
        number = self._keys.pop(code, None)
        if number is not None:
            self._hands.key(number, False)
            self._guardian.went_up(EventKind.KEY_UP, number)

    def _release_button(self, name: str) -> None:
        button = self._buttons.pop(name, None)
        if button is not None:
            self._hands.button(button, False)
            self._guardian.went_up(EventKind.BUTTON_UP, _BUTTON_NUMBERS[button])
