"""Whether a click or key came from the customer's own mouse and keyboard, on an X display. Linux only.

The server tells raw events with the device they came from. What programs inject through XTEST comes from a device of
that name, and what they send to a window (XSendEvent) from none. A program of the same user can still pretend to be
another device: this stops a remote-control program that clicks "Allow", not software made to get around Deskside.
"""

from collections import deque
from contextlib import suppress
from typing import Any

from Xlib.error import XError
from Xlib.ext import ge, xinput
from Xlib.protocol import rq

from customer_client.capture.faults import display_gone
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.protection.hands import Act, Press
from protocol.errors import EnvironmentFault

_REMEMBERED = 64
"""Presses and releases; a question is answered with the newest."""

_RAW = {
    xinput.RawKeyPress: Act.KEY,
    xinput.RawButtonPress: Act.BUTTON,
    xinput.RawButtonRelease: Act.BUTTON_UP,
}
_TOLD = (*_RAW, xinput.RawKeyRelease)
_RawData = rq.Struct(
    rq.Card16("deviceid"),
    rq.Card32("time"),
    rq.Card32("detail"),
    rq.Card16("sourceid"),
    rq.Card16("valuators_len"),
    rq.Card32("flags"),
    rq.Pad(4),
)


class X11Hands:
    """A `Hands`. GUI thread only; `made` takes one round trip.

    Raises:
        EnvironmentFault: `display_gone`, or `hands_unseen` if the server does not tell devices.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._x = open_x_display(display_name)
        try:
            information = self._x.query_extension(xinput.extname)
            if information is None:
                raise EnvironmentFault("no XInput extension", code="hands_unseen")
            self._opcode = information.major_opcode
            for kind in _TOLD:
                self._x.ge_add_event_data(self._opcode, kind, _RawData)
            # From version 2.1 on raw events are told whoever holds the mouse.
            xinput.XIQueryVersion(display=self._x.display, opcode=self._opcode, major_version=2, minor_version=2)
            wanted = sum(1 << kind for kind in _TOLD)
            self._x.screen().root.xinput_select_events([(xinput.AllDevices, wanted)])
            self._injecting = self._injecting_devices()
        except (XError, *CONNECTION_LOST) as cause:
            self._x.close()
            raise display_gone(str(cause)) from cause
        except EnvironmentFault:
            self._x.close()
            raise
        self._told: deque[tuple[Act, int, bool]] = deque(maxlen=_REMEMBERED)
        self._held: dict[int, float] = {}
        """Keys that hands held down last, and until when."""

    def made(self, press: Press) -> bool:
        """Return whether hands made this press: a device told it at the same moment, and not the injecting one."""
        if press.sent:
            return False
        try:
            self._x.sync()
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
        with suppress(*CONNECTION_LOST):
            self._x.close()

    def _take_what_was_told(self) -> None:
        for _ in range(self._x.pending_events()):
            event = self._x.next_event()
            if event.type == ge.GenericEventCode and event.extension == self._opcode and event.evtype in _TOLD:
                self._take(event.evtype, event.data)

    def _take(self, kind: int, data: Any) -> None:
        # Told once of the device itself, and once of the one it feeds into, which names it as its source.
        injected = any(self._injecting.get(device, False) for device in (data.deviceid, data.sourceid))
        if kind in _RAW:
            self._told.append((_RAW[kind], data.time, injected))
        if kind == xinput.RawKeyPress and not injected:
            self._held[data.detail] = float("inf")
        elif kind == xinput.RawKeyRelease and data.detail in self._held:
            self._held[data.detail] = min(self._held[data.detail], data.time)

    def _injecting_devices(self) -> dict[int, bool]:
        devices: Any = self._x.xinput_query_device(xinput.AllDevices).devices
        return {device.deviceid: "XTEST" in str(device.name) for device in devices}
