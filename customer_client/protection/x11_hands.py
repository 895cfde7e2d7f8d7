"""Whether a click or key came from the customer's own mouse and keyboard, on an X display. Linux only.

The server tells raw events with the device they came from (`x11_raw_events`). A program of the same user can still
pretend to be another device: this stops a remote-control program that clicks "Allow", not software made to get around
Deskside.
"""

from collections import deque
from contextlib import suppress

from Xlib.ext import xinput

from customer_client.capture.x11_display import CONNECTION_LOST
from customer_client.protection.hands import Act, Press
from customer_client.protection.x11_raw_events import RawEvent, RawEvents

_REMEMBERED = 64
"""Presses and releases; a question is answered with the newest."""

_RAW = {
    xinput.RawKeyPress: Act.KEY,
    xinput.RawButtonPress: Act.BUTTON,
    xinput.RawButtonRelease: Act.BUTTON_UP,
}


class X11Hands:
    """A `Hands`. GUI thread only; `made` takes one round trip.

    Raises:
        EnvironmentFault: `display_gone`, or `hands_unseen` if the server does not tell devices.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._events = RawEvents((*_RAW, xinput.RawKeyRelease), display_name)
        self._told: deque[tuple[Act, int, bool]] = deque(maxlen=_REMEMBERED)
        self._held: dict[int, float] = {}
        """Keys that hands held down last, and until when."""

    def made(self, press: Press) -> bool:
        """Return whether hands made this press: a device told it at the same moment, and not the injecting one."""
        if press.sent:
            return False
        try:
            self._events.display.sync()
            self._take_what_was_told()
        except CONNECTION_LOST:
            return False
        sources = [injected for act, time_ms, injected in self._told if (act, time_ms) == (press.act, press.time_ms)]
        return bool(sources) and not any(sources)

    def repeats(self, press: Press) -> bool:
        """Return whether hands hold the key down and no device told of the press: the server repeats it by itself."""
        told = any((act, time_ms) == (press.act, press.time_ms) for act, time_ms, _ in self._told)
        return press.act is Act.KEY and not press.sent and not told and press.time_ms <= self._held.get(press.code, -1)

    def keep_up(self) -> None:
        """Take what the server has told; it keeps the rest for this program, in its own memory."""
        with suppress(*CONNECTION_LOST):
            self._take_what_was_told()

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        self._events.close()

    def _take_what_was_told(self) -> None:
        for event in self._events.arrived():
            self._take(event)

    def _take(self, event: RawEvent) -> None:
        if event.kind in _RAW:
            self._told.append((_RAW[event.kind], event.time_ms, event.injected))
        if event.kind == xinput.RawKeyPress and not event.injected:
            self._held[event.detail] = float("inf")
        elif event.kind == xinput.RawKeyRelease and event.detail in self._held:
            self._held[event.detail] = min(self._held[event.detail], event.time_ms)
