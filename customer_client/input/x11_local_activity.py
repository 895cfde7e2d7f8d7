"""Notices the customer's own mouse and keyboard on X11, through the RECORD extension, in a thread of its own."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from Xlib import X
from Xlib.ext import record
from Xlib.protocol import rq

from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.input.ledger import Detail, EventKind, InjectionLedger
from protocol.errors import EnvironmentFault

_log = logging.getLogger(__name__)

_KINDS = {
    X.KeyPress: EventKind.KEY_DOWN,
    X.KeyRelease: EventKind.KEY_UP,
    X.ButtonPress: EventKind.BUTTON_DOWN,
    X.ButtonRelease: EventKind.BUTTON_UP,
    X.MotionNotify: EventKind.MOVE,
}


class X11LocalActivity:
    """A `LocalActivity` for an X display.

    `on_activity` runs on the watching thread for each event that is not in `ledger`; it must return at once.
    `on_lost` runs there too, if watching ends without `stop`.

    Raises:
        EnvironmentFault: `display_gone`, or `local_activity_unseen` if the server has no RECORD extension.
    """

    def __init__(
        self,
        ledger: InjectionLedger,
        on_activity: Callable[[], None],
        *,
        on_lost: Callable[[], None] | None = None,
        display_name: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._on_activity = on_activity
        self._on_lost = on_lost
        self._clock = clock
        self._stopping = False
        self._started = threading.Event()
        self._control = _open_with_record(display_name)
        try:
            self._data = _open_with_record(display_name)
        except EnvironmentFault:
            self._control.close()
            raise
        self._context = self._control.record_create_context(0, [record.AllClients], [_mouse_and_keyboard()])
        self._control.sync()
        self._thread = threading.Thread(target=self._run, name="local-activity", daemon=True)
        self._thread.start()
        self._started.wait()

    @property
    def watching(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive() and not self._stopping

    def stop(self) -> None:
        """End the recording, wait for the thread and disconnect."""
        if self._stopping:
            return
        self._stopping = True
        with contextlib.suppress(*CONNECTION_LOST):
            self._control.record_disable_context(self._context)
            self._control.sync()
        if self._thread is not threading.current_thread():
            self._thread.join()
        with contextlib.suppress(*CONNECTION_LOST):
            self._control.record_free_context(self._context)
            self._control.close()

    def _run(self) -> None:
        try:
            self._data.record_enable_context(self._context, self._take)
        except CONNECTION_LOST as lost:
            _log.warning("local activity: the display is gone (%s)", lost)
        except Exception:
            _log.exception("local activity: watching failed")
        finally:
            self._started.set()
            with contextlib.suppress(*CONNECTION_LOST):
                self._data.close()
        if not self._stopping and self._on_lost is not None:
            self._on_lost()

    def _take(self, reply: Any) -> None:
        if reply.category == record.StartOfData:
            self._started.set()
        if reply.category != record.FromServer or reply.client_swapped:
            return
        data = reply.data
        local = False
        while data:
            event, data = rq.EventField(None).parse_binary_value(data, self._data.display, None, None)
            local |= self._is_local(event)
        if local:
            self._on_activity()

    def _is_local(self, event: Any) -> bool:
        kind = _KINDS.get(event.type)
        if kind is None:
            return False
        detail: Detail = (event.root_x, event.root_y) if kind is EventKind.MOVE else event.detail
        return not self._ledger.is_ours(kind, detail, self._clock())


def _mouse_and_keyboard() -> dict[str, Any]:
    nothing = (0, 0)
    return {
        "core_requests": nothing,
        "core_replies": nothing,
        "ext_requests": (0, 0, 0, 0),
        "ext_replies": (0, 0, 0, 0),
        "delivered_events": nothing,
        "device_events": (X.KeyPress, X.MotionNotify),
        "errors": nothing,
        "client_started": False,
        "client_died": False,
    }


def _open_with_record(display_name: str | None) -> Any:
    display = open_x_display(display_name)
    if not display.has_extension("RECORD"):
        display.close()
        raise EnvironmentFault(
            "no RECORD extension",
            code="local_activity_unseen",
            user_text="Deskside cannot tell your own mouse from the technician's here, so remote control stays off.",
        )
    return display
