"""One-slot mailboxes for pictures and pointers on their way to the GUI: the newest wins, there is never a queue."""

import threading
from dataclasses import replace
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from technician_app.controllers.session_state import Frame, PictureChange, RemoteCursor
from technician_app.picture.dirty import united

T = TypeVar("T")


class _Slot(Generic[T]):
    """What is held, under a lock. `put` on any thread, `take` on the GUI thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: T | None = None
        self._closed = False

    def put(self, value: T) -> tuple[bool, bool]:
        """Hold `value` together with what is held; return whether the slot was empty, and whether it is open."""
        with self._lock:
            held = self._held
            if not self._closed:
                self._held = value if held is None else self.joined(held, value)
            return held is None, not self._closed

    def joined(self, _held: T, newer: T) -> T:
        """Return what stands for both."""
        return newer

    def take(self) -> T | None:
        """Return what is held and empty the slot."""
        with self._lock:
            held, self._held = self._held, None
        return held

    def close(self) -> None:
        """Drop what is held and everything that still comes."""
        with self._lock:
            self._closed = True
            self._held = None


class _PictureSlot(_Slot[Frame | PictureChange]):
    """The newest picture wins; what changed in one frame buffer meanwhile is united."""

    def joined(self, held: Frame | PictureChange, newer: Frame | PictureChange) -> Frame | PictureChange:
        """Return the newer one with the older one's rectangles, when both are of the same buffer."""
        if not (isinstance(held, PictureChange) and isinstance(newer, PictureChange)):
            return newer
        if held.size != newer.size or held.pixels.obj is not newer.pixels.obj:
            return newer
        return replace(newer, rects=united(held.rects + newer.rects), decode_ms=held.decode_ms + newer.decode_ms)


class FrameSlot(QObject):
    """`put` from the network or a decoder thread, `take` on the GUI thread.

    Signals:
        arrived: the slot was empty and now holds a picture. Connect it queued; at most one is ever on its way.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._slot = _PictureSlot()
        self.replaced = 0
        """How many pictures were replaced or united before the GUI took them."""

    def put(self, picture: Frame | PictureChange) -> None:
        """Leave `picture` for the GUI in place of any older one."""
        was_empty, is_open = self._slot.put(picture)
        self.replaced += 0 if was_empty else 1
        if was_empty and is_open:
            self.arrived.emit()

    def take(self) -> Frame | PictureChange | None:
        """Return the newest picture and empty the slot; None when nothing new came."""
        return self._slot.take()

    def close(self) -> None:
        """Drop what is held and everything that still comes."""
        self._slot.close()


class CursorSlot(QObject):
    """The same for the customer's pointer.

    Signals:
        arrived: the slot was empty and now holds a pointer. Connect it queued.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._slot: _Slot[RemoteCursor] = _Slot()

    def put(self, cursor: RemoteCursor) -> None:
        """Leave `cursor` for the GUI in place of any older one."""
        was_empty, is_open = self._slot.put(cursor)
        if was_empty and is_open:
            self.arrived.emit()

    def take(self) -> RemoteCursor | None:
        """Return the newest pointer and empty the slot; None when nothing new came."""
        return self._slot.take()

    def close(self) -> None:
        """Drop what is held and everything that still comes."""
        self._slot.close()
