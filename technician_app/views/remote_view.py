"""The customer's picture: paints the newest frame and, while control is granted, sends keys and pointer."""

import time
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollArea, QWidget

from protocol.errors import LocalError
from protocol.messages.input import AllReleased, ButtonChanged, InputMessage, WheelTurned
from technician_app.controllers.session_state import Frame
from technician_app.input.key_mapping import KeyTranslator, text_messages
from technician_app.input.pointer_pacing import PointerPacing
from technician_app.views.parts import named
from technician_app.views.picture_geometry import Area, actual_size, fitted, on_display
from technician_app.views.remote_input import (
    BUTTONS,
    is_release_chord,
    key_stroke,
    this_desktop,
    wheel_units,
)

LETTERBOX = QColor("#101216")


class Zoom(Enum):
    """How large the picture is shown."""

    FIT = "fit"
    ACTUAL = "actual"


class RemoteView(QWidget):
    """Paints frames; the input half is silent unless control is granted.

    Signals:
        input_made: an InputMessage to send.
        pointer_moved: x, y, each 0..65535 of the shared display, at most one per 8 ms.
        release_wanted: the release chord was pressed.
    """

    input_made = Signal(object)
    pointer_moved = Signal(int, int)
    release_wanted = Signal()

    def __init__(self, take_frame: Callable[[], Frame | None]) -> None:
        super().__init__()
        named(self, "remoteView", "The customer's screen")
        self._take_frame = take_frame
        self._frame: Frame | None = None
        self._image = QImage()
        self._zoom = Zoom.FIT
        self._granted = False
        self._dimmed = ""
        self._pressed: set[Qt.MouseButton] = set()
        self._desktop = this_desktop()
        self._keys = KeyTranslator(self._desktop)
        self._pacing = PointerPacing()
        self._pace_timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._pace_timer.timeout.connect(self._send_due_move)
        self.frames_painted = 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """Width and height of the picture in pixels; None before the first."""
        return (self._frame.width, self._frame.height) if self._frame is not None else None

    @Slot()
    def show_newest(self) -> None:
        """Take the newest frame from the slot and show it.

        Raises:
            LocalError: the frame's pixels do not fit its size (`frame_malformed`).
        """
        frame = self._take_frame()
        if frame is None:
            return
        if frame.stride < frame.width * 4 or len(frame.pixels) < frame.stride * frame.height:
            raise LocalError(f"frame of {frame.width}x{frame.height}, stride {frame.stride}", code="frame_malformed")
        resized = self.frame_size != (frame.width, frame.height)
        # the image only points at the bytes: the frame stays referenced as long as the image
        self._image = QImage(frame.pixels, frame.width, frame.height, frame.stride, QImage.Format.Format_RGB32)
        self._frame = frame
        if resized:
            self.updateGeometry()
            self._fit_widget()
        self.update()

    def set_zoom(self, zoom: Zoom) -> None:
        """Show the picture fitted, or pixel by pixel."""
        self._zoom = zoom
        self._fit_widget()
        self.update()

    def set_granted(self, granted: bool) -> None:
        """Say whether keys and pointer go to the customer."""
        if granted == self._granted:
            return
        self._granted = granted
        self._keys.forget()
        self._pressed.clear()
        self._pacing.drop()
        self._pace_timer.stop()
        self.setMouseTracking(granted)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, granted)
        if granted:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_dimmed(self, notice: str) -> None:
        """Veil the picture because it is not live (`notice` is our own short text), or lift the veil with ""."""
        if notice != self._dimmed:
            self._dimmed = notice
            self.update()

    def sizeHint(self) -> QSize:
        """Return the picture's size in logical pixels."""
        if self._frame is None:
            return QSize(960, 540)
        ratio = self.devicePixelRatioF()
        return QSize(-(-self._frame.width // max(1, round(ratio))), -(-self._frame.height // max(1, round(ratio))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw letterbox, picture and veil."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), LETTERBOX)
        if self._frame is not None:
            area = self._area()
            target = QRectF(area.left, area.top, area.width, area.height)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._zoom is Zoom.FIT)
            painter.drawImage(target, self._image, QRectF(self._image.rect()))
            self.frames_painted += 1
        if self._dimmed or self._frame is None:
            self._paint_notice(painter)

    def event(self, event: QEvent) -> bool:
        """Take every shortcut for the customer while control is granted."""
        if self._granted and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Keep Tab for the customer while control is granted."""
        return False if self._granted else super().focusNextPrevChild(next)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send a key, or give control back at the release chord."""
        if not self._granted:
            super().keyPressEvent(event)
            return
        if is_release_chord(event, self._desktop):
            self._release_everything()
            self.release_wanted.emit()
            return
        self._send(self._keys.translate(key_stroke(event, down=True)))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Send a key's release."""
        if not self._granted:
            super().keyReleaseEvent(event)
            return
        self._send(self._keys.translate(key_stroke(event, down=False)))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Send what a compose key or an input method made."""
        if self._granted:
            self._send(text_messages(event.commitString()))
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Release everything at the customer: we will not see the keys go up."""
        if self._granted:
            self._release_everything()
        super().focusOutEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the customer's pointer, at most once per 8 ms."""
        area = self._area()
        point = event.position()
        if not self._granted or not (self._pressed or area.holds(point.x(), point.y())):
            return
        now_ms = _now_ms()
        move = self._pacing.move(*on_display(point.x(), point.y(), area), now_ms)
        if move is not None:
            self.pointer_moved.emit(*move)
        elif not self._pace_timer.isActive():
            self._pace_timer.start(int(self._pacing.wait_ms(now_ms) or 0) + 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press a button at the customer; the letterbox is not part of the display."""
        point = event.position()
        if not self._granted or event.button() not in BUTTONS or not self._area().holds(point.x(), point.y()):
            return
        self._pressed.add(event.button())
        self._send_button(event.button(), point, down=True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Press again: Qt tells the second press of a double click as this."""
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Release a button, wherever the pointer has gone meanwhile."""
        if self._granted and event.button() in self._pressed:
            self._pressed.remove(event.button())
            self._send_button(event.button(), event.position(), down=False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn the customer's wheel, or scroll our own view without control."""
        point = event.position()
        if not self._granted:
            event.ignore()
            return
        event.accept()
        dx, dy = wheel_units(event.angleDelta())
        if (dx or dy) and self._area().holds(point.x(), point.y()):
            x, y = on_display(point.x(), point.y(), self._area())
            self._pacing.drop()
            self._send([WheelTurned(dx=dx, dy=dy, x=x, y=y)])

    def _area(self) -> Area:
        if self._frame is None:
            return Area(0, 0, 0, 0)
        width, height = self._frame.width, self._frame.height
        if self._zoom is Zoom.FIT:
            return fitted(width, height, self.width(), self.height())
        return actual_size(width, height, self.width(), self.height(), self.devicePixelRatioF())

    def _fit_widget(self) -> None:
        if self._zoom is Zoom.FIT or self._frame is None:
            self.setMinimumSize(0, 0)
            return
        ratio = self.devicePixelRatioF()
        self.setMinimumSize(int(-(-self._frame.width // ratio)), int(-(-self._frame.height // ratio)))

    def _paint_notice(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), QColor(16, 18, 22, 170))
        painter.setPen(QColor("#e6e9ee"))
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        painter.setFont(font)
        notice = self._dimmed or "Waiting for the first picture"
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, notice)

    def _send(self, messages: list[InputMessage]) -> None:
        for message in messages:
            self.input_made.emit(message)

    def _send_button(self, button: Qt.MouseButton, point: QPointF, *, down: bool) -> None:
        x, y = on_display(point.x(), point.y(), self._area())
        self._pacing.drop()
        self._send([ButtonChanged(button=BUTTONS[button], down=down, x=x, y=y)])

    def _send_due_move(self) -> None:
        move = self._pacing.due(_now_ms())
        if move is not None and self._granted:
            self.pointer_moved.emit(*move)

    def _release_everything(self) -> None:
        self._keys.forget()
        self._pressed.clear()
        self._pacing.drop()
        self._send([AllReleased()])


class RemoteArea(QScrollArea):
    """Holds the RemoteView: without scroll bars when fitted, with them pixel by pixel."""

    def __init__(self, view: RemoteView) -> None:
        super().__init__()
        self.setObjectName("remoteArea")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(view)
        self._view = view

    def set_zoom(self, zoom: Zoom) -> None:
        """Show the picture fitted, or pixel by pixel."""
        shown = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if zoom is Zoom.FIT else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setHorizontalScrollBarPolicy(shown)
        self.setVerticalScrollBarPolicy(shown)
        self._view.set_zoom(zoom)


def _now_ms() -> float:
    return time.monotonic() * 1000
