"""The X keyboard as the injector needs it: every character by some key, borrowing keycodes without meaning.

A borrowed keycode gets its character by ChangeKeyboardMapping. The program typed into must have dealt with that before
it gets the key press, and with the key press before anything is changed again; `x11_reader` asks it. What else may look
keys up, an input method for example, cannot be asked: for it a keycode keeps its meaning for 250 ms after each use.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from customer_client.input.x11_events import X11Events
from customer_client.input.x11_keymap import KeyStroke, X11Keymap
from customer_client.input.x11_keysyms import keysym_of
from customer_client.input.x11_reader import ANSWERS_WITHIN_S, X11Reader
from protocol.messages.input import is_typable

MAX_BORROWED = 32
REUSE_AFTER_S = 0.25
MAPPING_DEADLINE_S = 1.0

_NO_SYMBOL = 0


class X11Keyboard:
    """Types characters on `display` (a python-xlib Display used by this object's owner alone)."""

    def __init__(self, display: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._display = display
        self._clock = clock
        self._keymap = X11Keymap(display)
        self._spare = self._keymap.unused()[:MAX_BORROWED]
        self._borrowed: dict[str, int] = {}
        self._used_at: dict[int, float] = {}
        self.interrupted = threading.Event()
        """While set, nothing is waited for and no further batch is given out. Set and cleared by any thread."""
        self._events = X11Events(display)
        self._reader = X11Reader(display, self._events, self.interrupted)
        self._mapped = self._struck = 0
        self._layout_changed = False

    @property
    def shift(self) -> int | None:
        """The keycode of a Shift key."""
        return self._keymap.shift

    @property
    def level3(self) -> int | None:
        """The keycode of AltGr."""
        return self._keymap.level3

    @property
    def caps_lock(self) -> int | None:
        """The keycode of Caps Lock."""
        return self._keymap.caps_lock

    def follow_changes(self) -> None:
        """Take note of another layout chosen meanwhile."""
        if self._events.mappings() or self._layout_changed:
            self._layout_changed = False
            self._reload()

    def needs_wait(self, text: str, group: int) -> bool:
        """Say whether typing `text` in layout `group` may have to wait, for a program or for a keycode to be free."""
        rare = {character for character in text if self._needs_borrowing(character, group)}
        if not rare:
            return False
        return not rare <= self._borrowed.keys() or not self._reader.has_read(self._mapped)

    def strokes_for(self, text: str, group: int) -> Iterator[list[KeyStroke | None]]:
        """Yield the strokes of `text` in batches; strike each before asking for the next. None: cannot be typed.

        `group` is the layout in use, 0 to 3. May wait: a second for a program that is busy, and between batches of rare
        characters for 250 ms.
        """
        for batch in self._batches(text, group):
            missing = sorted({character for character in batch if self._needs_borrowing(character, group)})
            if self.interrupted.is_set() or not self._borrow(missing):
                return
            yield [self._stroke(character, group) for character in batch]
            self._were_struck(missing)

    def give_back(self) -> None:
        """Take the meaning from all borrowed keycodes, once programs had time to look the last one up."""
        if self._borrowed:
            self._wait_until_reusable(list(self._borrowed.values()), REUSE_AFTER_S)
        for keycode in self._borrowed.values():
            self._display.change_keyboard_mapping(keycode, [[_NO_SYMBOL] * self._keymap.columns])
        self._borrowed.clear()

    def _batches(self, text: str, group: int) -> Iterator[str]:
        """Cut `text` so that no part needs more borrowed keycodes than there are."""
        batch, rare = "", set[str]()
        for character in text:
            if self._needs_borrowing(character, group):
                if rare | {character} != rare and len(rare) == len(self._spare):
                    yield batch
                    batch, rare = "", set()
                rare.add(character)
            batch += character
        if batch:
            yield batch

    def _needs_borrowing(self, character: str, group: int) -> bool:
        return bool(self._spare) and is_typable(character) and self._keymap.stroke(character, group) is None

    def _stroke(self, character: str, group: int) -> KeyStroke | None:
        if not is_typable(character):
            return None
        keycode = self._borrowed.get(character)
        return self._keymap.stroke(character, group) or (KeyStroke(keycode) if keycode is not None else None)

    def _borrow(self, characters: list[str]) -> bool:
        """Give every character a keycode that the program knows of; return False when interrupted before that."""
        new = [character for character in characters if character not in self._borrowed]
        if new:
            keep = {self._borrowed[character] for character in characters if character in self._borrowed}
            free = sorted((keycode for keycode in self._spare if keycode not in keep), key=self._last_use)
            chosen = free[: len(new)]
            if not self._wait_until_reusable(chosen, ANSWERS_WITHIN_S):
                return False
            self._map(dict(zip(new, chosen, strict=True)))
        if characters:
            self._reader.wait_for(self._mapped)
        return not self.interrupted.is_set()

    def _map(self, keycodes: dict[str, int]) -> None:
        """Give these characters these keycodes, whatever those meant before."""
        taken = set(keycodes.values())
        self._borrowed = {character: key for character, key in self._borrowed.items() if key not in taken}
        for character, keycode in keycodes.items():
            self._display.change_keyboard_mapping(keycode, [[keysym_of(character)] * self._keymap.columns])
            self._borrowed[character] = keycode
        self._display.sync()
        self._await_announcement(taken)
        self._mapped = self._reader.mark()

    def _were_struck(self, characters: list[str]) -> None:
        """Note that the keycodes of these characters were used just now."""
        if characters:
            now, self._struck = self._clock(), self._reader.mark()
            self._used_at.update({self._borrowed[character]: now for character in characters})

    def _last_use(self, keycode: int) -> float:
        return self._used_at.get(keycode, float("-inf"))

    def _wait_until_reusable(self, keycodes: list[int], within_s: float) -> bool:
        """Wait until nobody looks these keycodes up any more; return False when interrupted before that."""
        used_at = max(map(self._last_use, keycodes))
        if self.interrupted.wait(max(0.0, used_at + REUSE_AFTER_S - self._clock())):
            return False
        self._reader.wait_for(self._struck, within_s, only_if_asked=True)
        return not self.interrupted.is_set()

    def _await_announcement(self, keycodes: set[int]) -> None:
        """Wait until the server announced the new meaning of each: it announces to everybody at the same time."""
        deadline = time.monotonic() + MAPPING_DEADLINE_S
        announced: list[tuple[int, int]] = []
        while True:
            announced += self._events.mappings()
            left_s = deadline - time.monotonic()
            if len(announced) >= len(keycodes) or left_s <= 0:
                break
            self._events.wait(left_s)
        # Somebody else's change among ours: another layout was chosen meanwhile.
        self._layout_changed |= not set(announced) <= {(keycode, 1) for keycode in keycodes}

    def _reload(self) -> None:
        """Read the layout anew. A borrowed keycode stays borrowed if the new layout left it alone."""
        self._keymap = X11Keymap(self._display, frozenset(self._borrowed.values()))
        self._borrowed = {
            character: keycode
            for character, keycode in self._borrowed.items()
            if self._keymap.means(keycode, keysym_of(character))
        }
        self._keymap = X11Keymap(self._display, frozenset(self._borrowed.values()))
        self._spare = self._keymap.unused()[:MAX_BORROWED]
