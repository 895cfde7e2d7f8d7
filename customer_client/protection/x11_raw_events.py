"""Keys and buttons of an X display as the server tells them of devices, whoever holds the keyboard. Linux only.

What programs inject through XTEST comes from a device of that name, and what they send to a window (XSendEvent) from
none. A program of the same user can still pretend to be another device.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from Xlib.error import XError
from Xlib.ext import ge, xinput
from Xlib.protocol import rq

from customer_client.capture.faults import display_gone
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from protocol.errors import EnvironmentFault

_RawData = rq.Struct(
    rq.Card16("deviceid"),
    rq.Card32("time"),
    rq.Card32("detail"),
    rq.Card16("sourceid"),
    rq.Card16("valuators_len"),
    rq.Card32("flags"),
    rq.Pad(4),
)


@dataclass(frozen=True)
class RawEvent:
    """One event: `kind` is xinput's, `detail` a keycode or button, `time_ms` the server's, `injected` XTEST's doing."""

    kind: int
    detail: int
    time_ms: int
    injected: bool


class RawEvents:
    """Tells events of the `kinds` (of `Xlib.ext.xinput`) on the display `name` (None: the environment's). One thread.

    Each is told twice: of the device itself, and of the one it feeds into.

    Raises:
        EnvironmentFault: `display_gone`, or `hands_unseen` if the server does not tell devices.
    """

    def __init__(self, kinds: tuple[int, ...], name: str | None = None) -> None:
        self._kinds = kinds
        self.display = open_x_display(name)
        """The connection: what else is asked on it may bring events along, which `arrived` yields."""
        try:
            information = self.display.query_extension(xinput.extname)
            if information is None:
                raise EnvironmentFault("no XInput extension", code="hands_unseen")
            self._opcode = information.major_opcode
            for kind in kinds:
                self.display.ge_add_event_data(self._opcode, kind, _RawData)
            # From version 2.1 on raw events are told whoever holds the mouse.
            xinput.XIQueryVersion(display=self.display.display, opcode=self._opcode, major_version=2, minor_version=2)
            wanted = sum(1 << kind for kind in kinds)
            self.display.screen().root.xinput_select_events([(xinput.AllDevices, wanted)])
            self._injecting = self._injecting_devices()
        except (XError, *CONNECTION_LOST) as cause:
            self.close()
            raise display_gone(str(cause)) from cause
        except EnvironmentFault:
            self.close()
            raise

    def arrived(self) -> Iterator[RawEvent]:
        """Yield what the server has told so far; waits for nothing.

        Raises:
            CONNECTION_LOST: one of these, the server went away.
        """
        for _ in range(self.display.pending_events()):
            event = self.display.next_event()
            if event.type == ge.GenericEventCode and event.extension == self._opcode and event.evtype in self._kinds:
                yield self._read(event.evtype, event.data)

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        with suppress(*CONNECTION_LOST):
            self.display.close()

    def _read(self, kind: int, data: Any) -> RawEvent:
        # The device that others feed into names as its source which of them it was.
        injected = any(self._injecting.get(device, False) for device in (data.deviceid, data.sourceid))
        return RawEvent(kind, data.detail, data.time, injected)

    def _injecting_devices(self) -> dict[int, bool]:
        devices: Any = self.display.xinput_query_device(xinput.AllDevices).devices
        return {device.deviceid: "XTEST" in str(device.name) for device in devices}
