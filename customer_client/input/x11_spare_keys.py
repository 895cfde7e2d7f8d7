"""The X keyboard as the injector needs it: every character by some key, borrowing keycodes without meaning.

A borrowed keycode gets its character by ChangeKeyboardMapping. Each program hears of that (MappingNotify) before it
gets the key press, since both come from the server in order; it then fetches the mapping as it is at that moment. So a
keycode must not get another meaning before programs had time to fetch: 250 ms here, which a busy program may need.
"""

import select
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from Xlib import X

from customer_client.input.x11_keymap import KeyStroke, X11Keymap
from customer_client.input.x11_keysyms import keysym_of
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
        if self._mapping_events():
            self._reload()

    def needs_wait(self, text: str) -> bool:
        """Say whether typing `text` may have to wait for a keycode that was used a moment ago, in whatever layout."""
        rare = {one for one in text if self._needs_borrowing(one, 0) or self._needs_borrowing(one, 1)}
        new = len(rare - self._borrowed.keys())
        ready_at = self._clock() - REUSE_AFTER_S
        return new > sum(self._last_use(keycode) <= ready_at for keycode in self._spare)

    def strokes_for(self, text: str, group: int) -> Iterator[list[KeyStroke | None]]:
        """Yield the strokes of `text` in batches; strike each before asking for the next. None: cannot be typed.

        `group` is the layout in use, 0 to 3. May wait, between batches of rare characters, for 250 ms.
        """
        for batch in self._batches(text, group):
            missing = sorted({character for character in batch if self._needs_borrowing(character, group)})
            if self.interrupted.is_set() or not self._borrow(missing):
                return
            yield [self._stroke(character, group) for character in batch]
            now = self._clock()
            for character in missing:
                self._used_at[self._borrowed[character]] = now

    def give_back(self) -> None:
        """Take the meaning from all borrowed keycodes, once programs had time to look the last one up."""
        if self._borrowed:
            self._wait_until_reusable(list(self._borrowed.values()))
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
        """Give every character a keycode; return False when interrupted before that."""
        new = [character for character in characters if character not in self._borrowed]
        if not new:
            return True
        keep = {self._borrowed[character] for character in characters if character in self._borrowed}
        free = sorted((keycode for keycode in self._spare if keycode not in keep), key=self._last_use)
        chosen = free[: len(new)]
        if not self._wait_until_reusable(chosen):
            return False
        self._borrowed = {character: key for character, key in self._borrowed.items() if key not in chosen}
        for character, keycode in zip(new, chosen, strict=True):
            self._display.change_keyboard_mapping(keycode, [[keysym_of(character)] * self._keymap.columns])
            self._borrowed[character] = keycode
        self._display.sync()
        self._await_mapping(len(new))
        return True

    def _last_use(self, keycode: int) -> float:
        return self._used_at.get(keycode, float("-inf"))

    def _wait_until_reusable(self, keycodes: list[int]) -> bool:
        ready_at = max(map(self._last_use, keycodes)) + REUSE_AFTER_S
        return not self.interrupted.wait(max(0.0, ready_at - self._clock()))

    def _await_mapping(self, count: int) -> None:
        """Wait until the server announced `count` changed mappings: it announces to everybody at the same time."""
        deadline = time.monotonic() + MAPPING_DEADLINE_S
        seen = self._mapping_events()
        while seen < count and (left_s := deadline - time.monotonic()) > 0:
            select.select([self._display.fileno()], [], [], left_s)
            seen += self._mapping_events()

    def _mapping_events(self) -> int:
        """Read what the server sent; return how many changed keyboard mappings were among it."""
        events = [self._display.next_event() for _ in range(self._display.pending_events())]
        return sum(event.type == X.MappingNotify and event.request == X.MappingKeyboard for event in events)

    def _reload(self) -> None:
        """Read the layout anew. A borrowed keycode stays borrowed if the new layout left it alone."""
        self._keymap = X11Keymap(self._display, frozenset(self._borrowed.values()))
        self._borrowed = {
            character: keycode
            for character, keycode in self._borrowed.items()
            if self._keymap.means(keycode, keysym_of(character))
        }
        self._keymap = X11Keymap(self._display, frozenset(self._borrowed.values()))
        self._used_at = {keycode: at for keycode, at in self._used_at.items() if keycode in self._borrowed.values()}
        self._spare = self._keymap.unused()[:MAX_BORROWED]
