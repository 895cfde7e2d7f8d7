"""What the X server sends to the injector's own connection, sorted. Used under the injector's lock."""

import select
from typing import Any

from Xlib import X


class X11Events:
    """Reads the events of `display`, a python-xlib Display; whatever nobody asks for here is thrown away."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._protocols = display.get_atom("WM_PROTOCOLS")
        self._ping = display.get_atom("_NET_WM_PING")
        self._mappings: list[tuple[int, int]] = []
        self._answers: set[int] = set()

    def mappings(self) -> list[tuple[int, int]]:
        """Return the changes of the keyboard mapping since the last call: first keycode and how many."""
        self._read()
        mappings, self._mappings = self._mappings, []
        return mappings

    def answers(self) -> set[int]:
        """Return the numbers of the pings that were answered since the last call."""
        self._read()
        answers, self._answers = self._answers, set()
        return answers

    def wait(self, seconds: float) -> None:
        """Wait until the server sends something more, at most `seconds`."""
        select.select([self._display.fileno()], [], [], max(0.0, seconds))

    def _read(self) -> None:
        for _ in range(self._display.pending_events()):
            event = self._display.next_event()
            if event.type == X.MappingNotify and event.request == X.MappingKeyboard:
                self._mappings.append((event.first_keycode, event.count))
            elif event.type == X.ClientMessage and event.client_type == self._protocols:
                size_bits, words = event.data
                if size_bits == 32 and words[0] == self._ping:
                    self._answers.add(words[1])
