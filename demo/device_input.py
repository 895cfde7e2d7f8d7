"""Presses of the real mouse and keyboard of an X display, as a person's hands make them. For demo and tests.

Plain XTEST events come from a device of their own, by which the customer's program tells clicks that another program
makes; it does not let those answer a question. These name the display's own mouse and keyboard instead.
"""

from typing import Any

from Xlib.ext import xinput
from Xlib.protocol import rq

_XTEST = "XTEST"
_KEY, _BUTTON = 1, 3
"""DeviceKeyPress and DeviceButtonPress of the X Input Extension, version 1; the release comes next."""

_SLAVE_POINTER, _SLAVE_KEYBOARD = 3, 4


class _FakeDeviceInput(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(2),
        rq.RequestLength(),
        rq.Card8("event_type"),
        rq.Card8("detail"),
        rq.Pad(2),
        rq.Card32("time"),
        rq.Pad(23),
        rq.Card8("device"),
    )


class DeviceInput:
    """Presses on the python-xlib connection `display`.

    Raises:
        RuntimeError: the display has no mouse or keyboard of its own.
    """

    def __init__(self, display: Any) -> None:
        self._display = display
        self._opcode = int(display.query_extension(_XTEST).major_opcode)
        self._first_event = display.query_extension(xinput.extname).first_event
        display.xinput_query_version()
        devices = [each for each in display.xinput_query_device(xinput.AllDevices).devices if _XTEST not in each.name]
        self._mouse = _of_use(devices, _SLAVE_POINTER)
        self._keyboard = _of_use(devices, _SLAVE_KEYBOARD)

    def button(self, number: int, down: bool) -> None:
        """Press or release a button of the mouse."""
        self._fake(_BUTTON, number, down, self._mouse)

    def key(self, keycode: int, down: bool) -> None:
        """Press or release a key."""
        self._fake(_KEY, keycode, down, self._keyboard)

    def _fake(self, kind: int, detail: int, down: bool, device: int) -> None:
        _FakeDeviceInput(
            display=self._display.display,
            opcode=self._opcode,
            event_type=self._first_event + kind + (not down),
            detail=detail,
            time=0,
            device=device,
        )


def _of_use(devices: list[Any], use: int) -> int:
    for device in devices:
        if device.use == use:
            return int(device.deviceid)
    raise RuntimeError("the display has no mouse or keyboard of its own")
