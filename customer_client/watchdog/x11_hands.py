"""The watchdog's own connection to an X display: it sees every key and can release any, whatever the program does."""

import struct
from collections.abc import Iterator
from typing import Any

from Xlib import X
from Xlib.ext import ge, xinput, xtest

from customer_client.capture.x11_display import open_x_display
from customer_client.watchdog.frames import Word
from protocol.errors import EnvironmentFault

END_KEYCODES = frozenset({87, 115})
"""End, on the keypad and beside it (evdev code + 8)."""
_CHORD_ROWS = (X.ShiftMapIndex, X.ControlMapIndex, X.Mod1MapIndex)
_RAW_EVENT = struct.Struct("=HII")
"""Device, time and keycode at the start of an XIRawEvent (XI2 protocol, section 9)."""
_X_TYPES = {Word.KEY_UP: X.KeyRelease, Word.BUTTON_UP: X.ButtonRelease}


class X11Hands:
    """Releases keys and notices Ctrl+Alt+Shift+End on the display `name` (None: the one of the environment).

    Raw events are used because they come even while a game or an open menu has grabbed the keyboard.

    Raises:
        EnvironmentFault: `display_gone`, or `panic_keys_unseen` if the server has no XInput 2.1 or no XTEST.
    """

    def __init__(self, name: str | None = None) -> None:
        self._display = open_x_display(name)
        if not (self._display.has_extension("XTEST") and self._has_raw_events()):
            self._display.close()
            raise EnvironmentFault(
                "no XInput 2.1 or no XTEST",
                code="panic_keys_unseen",
                user_text="The panic keys do not work on this desktop, so remote control stays off.",
            )
        mask = xinput.RawKeyPressMask | xinput.RawKeyReleaseMask
        self._display.screen().root.xinput_select_events([(xinput.AllMasterDevices, mask)])
        self._chord = self._chord_keys()
        self._down = self._pressed_now()

    def fileno(self) -> int:
        """Return what to wait on for `panics`."""
        return int(self._display.fileno())

    def has_news(self) -> bool:
        """Say whether `panics` has something to read that came with an answer of the server: no waiting tells of it."""
        return bool(self._display.pending_events())

    def panics(self) -> int:
        """Read what the server sent; return how often the panic keys were pressed."""
        return sum(self._is_panic(event) for event in self._events())

    def release(self, held: tuple[tuple[Word, int], ...]) -> None:
        """Release keys and buttons and wait until the server has done so."""
        for word, detail in held:
            xtest.fake_input(self._display, _X_TYPES[word], detail)
        self._display.sync()

    def _has_raw_events(self) -> bool:
        if not self._display.has_extension("XInputExtension"):
            return False
        version = xinput.XIQueryVersion(
            display=self._display.display,
            opcode=self._display.display.get_extension_major(xinput.extname),
            major_version=2,
            minor_version=2,
        )
        return (version.major_version, version.minor_version) >= (2, 1)

    def _events(self) -> Iterator[Any]:
        # counted anew each time: looking the modifiers up may bring more events
        while self._display.pending_events():
            yield self._display.next_event()

    def _is_panic(self, event: Any) -> bool:
        if event.type == X.MappingNotify:
            self._chord = self._chord_keys()
        if event.type != ge.GenericEventCode or event.evtype not in (xinput.RawKeyPress, xinput.RawKeyRelease):
            return False
        _device, _time, keycode = _RAW_EVENT.unpack_from(event.data)
        if event.evtype == xinput.RawKeyRelease:
            self._down.discard(keycode)
            return False
        repeated = keycode in self._down
        self._down.add(keycode)
        return keycode in END_KEYCODES and not repeated and all(self._down & keys for keys in self._chord)

    def _chord_keys(self) -> tuple[frozenset[int], ...]:
        rows = self._display.get_modifier_mapping()
        return tuple(frozenset(keycode for keycode in rows[row] if keycode) for row in _CHORD_ROWS)

    def _pressed_now(self) -> set[int]:
        bits = self._display.query_keymap()
        return {8 * place + bit for place, byte in enumerate(bits) for bit in range(8) if byte >> bit & 1}
