"""Types characters on an X display, whatever layout, held modifiers and Caps Lock. Under the injector's lock."""

from collections.abc import Callable, Iterable
from typing import Any

from Xlib import X

from customer_client.input.key_codes import MODIFIERS
from customer_client.input.ledger import EventKind
from customer_client.input.x11_keymap import KeyStroke
from customer_client.input.x11_spare_keys import X11Keyboard

_SHIFTS = ("ShiftLeft", "ShiftRight")


class X11Typist:
    """Strikes the keys of characters on `display` through `fake`, which injects one event.

    `may_type` says whether so many characters may go to whoever has the keyboard; asked after each time of waiting.
    """

    def __init__(
        self,
        display: Any,
        keyboard: X11Keyboard,
        fake: Callable[[EventKind, int], None],
        may_type: Callable[[int], bool],
    ) -> None:
        self._display = display
        self._keyboard = keyboard
        self._fake = fake
        self._may_type = may_type

    def needs_wait(self, text: str) -> bool:
        """Say whether typing `text` may take a while."""
        return self._keyboard.needs_wait(text, _group(self._state()))

    def type(self, text: str, held: dict[str, int]) -> int:
        """Type `text` while `held` (codes and keycodes) is down; return how many characters could not be typed.

        Held modifiers are let go meanwhile, but a Shift that every character needs stays as it is.
        """
        state = self._state()
        caps_lock = self._keyboard.caps_lock if state & X.LockMask else None
        untyped = 0
        for strokes in self._keyboard.strokes_for(text, _group(state)):
            if not self._may_type(len(strokes)):
                continue
            untyped += strokes.count(None)
            self._strike_all([stroke for stroke in strokes if stroke is not None], held, caps_lock)
            self._display.flush()
        return untyped

    def _state(self) -> int:
        """Return which modifiers and which layout are in use now, as key events have it."""
        return int(self._display.screen().root.query_pointer().mask)

    def _strike_all(self, strokes: list[KeyStroke], held: dict[str, int], caps_lock: int | None) -> None:
        if not strokes:
            return
        shifted = all(stroke.shift for stroke in strokes) and any(code in held for code in _SHIFTS)
        in_the_way = [
            keycode for code, keycode in held.items() if code in MODIFIERS and not (shifted and code in _SHIFTS)
        ]
        self._all(EventKind.KEY_UP, in_the_way)
        if caps_lock is not None:
            self._tap(caps_lock)
        for stroke in strokes:
            self._strike(stroke, shifted=shifted)
        if caps_lock is not None:
            self._tap(caps_lock)
        self._all(EventKind.KEY_DOWN, in_the_way)

    def _strike(self, stroke: KeyStroke, *, shifted: bool) -> None:
        wanted = (
            (self._keyboard.shift, stroke.shift and not shifted),
            (self._keyboard.level3, stroke.level3),
        )
        shifts = [keycode for keycode, needed in wanted if needed and keycode is not None]
        self._all(EventKind.KEY_DOWN, shifts)
        self._tap(stroke.keycode)
        self._all(EventKind.KEY_UP, reversed(shifts))

    def _tap(self, keycode: int) -> None:
        self._fake(EventKind.KEY_DOWN, keycode)
        self._fake(EventKind.KEY_UP, keycode)

    def _all(self, kind: EventKind, keycodes: Iterable[int]) -> None:
        for keycode in keycodes:
            self._fake(kind, keycode)


def _group(state: int) -> int:
    """Return which of up to four layouts is in use."""
    return state >> 13 & 3
