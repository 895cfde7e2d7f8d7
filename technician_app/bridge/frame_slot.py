"""A one-slot mailbox for pictures on their way to the GUI: the newest wins, there is never a queue."""

import threading

from PySide6.QtCore import QObject, Signal

from technician_app.controllers.session_state import Frame


class FrameSlot(QObject):
    """`put` from the network or a decoder thread, `take` on the GUI thread.

    Signals:
        arrived: the slot was empty and now holds a frame. Connect it queued; at most one is ever on its way.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._closed = False
        self.replaced = 0
        """How many frames were replaced before the GUI took them."""

    def put(self, frame: Frame) -> None:
        """Leave `frame` for the GUI in place of any older one."""
        with self._lock:
            was_empty = self._frame is None
            self.replaced += 0 if was_empty else 1
            if self._closed:
                return
            self._frame = frame
        if was_empty:
            self.arrived.emit()

    def take(self) -> Frame | None:
        """Return the newest frame and empty the slot; None when nothing new came."""
        with self._lock:
            frame, self._frame = self._frame, None
        return frame

    def close(self) -> None:
        """Drop what is held and everything that still comes."""
        with self._lock:
            self._closed = True
            self._frame = None
