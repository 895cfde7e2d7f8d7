"""The customer's picture: paints what changed and, while control is granted, sends keys and pointer."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from protocol.messages.input import AllReleased, ButtonChanged, InputMessage, WheelTurned
from technician_app.controllers.session_state import Frame, PictureChange, RemoteCursor
from technician_app.input.key_mapping import KeyTranslator, text_messages
from technician_app.input.pointer_pacing import PointerPacing
from technician_app.input.x11_compose import x11_composer
from technician_app.views.cursor_overlay import CursorOverlay
from technician_app.views.parts import named
from technician_app.views.picture_geometry import Area, full_size, on_display
from technician_app.views.picture_zoom import Magnification, Zoom
from technician_app.views.remote_input import (
    BUTTONS,
    LocalChord,
    composes_itself,
    key_stroke,
    local_chord,
    this_desktop,
    wheel_units,
)
from technician_app.views.shown_picture import ShownPicture, paint_letterbox


class RemoteView(QWidget):
    """Paints what changed; the input half is silent unless control is granted.

    Signals:
        input_made: an InputMessage to send.
        pointer_moved: x, y, each 0..65535 of the shared display, at most one per 8 ms.
        release_wanted: the release chord was pressed.
        full_screen_wanted, figures_wanted, keys_wanted, view_only_wanted: their chords were pressed.
        picture_painted: the number of a picture change that is on the screen now, or that needs no painting.
        resized: the customer's picture has another size.
        picture_changed: a newer picture was taken from the slot.
    """

    input_made = Signal(object)
    pointer_moved = Signal(int, int)
    release_wanted = Signal()
    full_screen_wanted = Signal()
    figures_wanted = Signal()
    keys_wanted = Signal()
    view_only_wanted = Signal()
    picture_painted = Signal(int)
    resized = Signal()
    picture_changed = Signal()

    def __init__(
        self,
        take_frame: Callable[[], Frame | PictureChange | None],
        take_cursor: Callable[[], RemoteCursor | None] = lambda: None,
    ) -> None:
        super().__init__()
        named(self, "remoteView", "The customer's screen")
        self._take_frame = take_frame
        self._take_cursor = take_cursor
        self._picture = ShownPicture()
        self._display_size: tuple[int, int] | None = None
        self._cursor = CursorOverlay()
        self._unpainted: int | None = None
        self._magnification = Magnification()
        self._granted = False
        self._dimmed = ""
        self._pressed: set[Qt.MouseButton] = set()
        self._desktop = this_desktop()
        self._composes = composes_itself()
        self._keys = KeyTranslator(self._desktop, x11_composer() if self._composes else None)
        self._pacing = PointerPacing()
        self._pace_timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._pace_timer.timeout.connect(self._send_due_move)
        self._changed_at = time.monotonic()
        self.frames_painted = 0
        self.paint_ms: float | None = None
        """How long the newest painting took."""
        self.decode_ms: float | None = None
        """How long decoding the newest change took; None for the fallback's frames."""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setMouseTracking(True)

    @property
    def frame_size(self) -> tuple[int, int] | None:
        """Width and height of what the picture shows, in display pixels; None before the first.

        On a thin line the picture itself may be smaller: then it is drawn larger, where the whole one would be.
        """
        return None if self._picture.size is None else full_size(self._picture.size, self._display_size)

    def set_display_size(self, size: tuple[int, int] | None) -> None:
        """Say how large the customer's display is, in its pixels."""
        before, self._display_size = self.frame_size, size
        self._note_size(before)

    @Slot()
    def show_newest(self) -> None:
        """Take the newest picture from the slot and paint what changed in it.

        Raises:
            LocalError: the frame's pixels do not fit its size (`frame_malformed`).
        """
        taken = self._take_frame()
        if taken is None:
            return
        size_before = self.frame_size
        rects = self._picture.show(taken)
        self._changed_at = time.monotonic()
        self._note_size(size_before)
        if isinstance(taken, PictureChange):
            self.decode_ms, self._unpainted = taken.decode_ms, taken.number
        if rects is None:
            self.update()
        else:
            self.update(self._picture.region(rects, self._area(), self.devicePixelRatioF()))
        self.picture_changed.emit()
        if self._unpainted is not None and (self.visibleRegion().isEmpty() or rects == ()):
            self._say_painted()

    @Slot()
    def show_cursor(self) -> None:
        """Take the customer's newest pointer from the slot and show it.

        Raises:
            LocalError: the pointer's pixels do not fit its size (`cursor_malformed`).
        """
        cursor = self._take_cursor()
        if cursor is None:
            return
        before = self._cursor_rect()
        other_shape = self._cursor.show(cursor)
        self.update(before)
        self.update(self._cursor_rect())
        if other_shape and self._cursor.hidden:
            self.setCursor(self._cursor.as_own_cursor(self.devicePixelRatioF()))

    def set_zoom(self, zoom: Zoom, percent: int = 100) -> None:
        """Show the picture fitted, or at `percent` of pixel by pixel."""
        self._magnification = Magnification(zoom, percent)
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
        self._lend_cursor(granted and self.underMouse())
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, granted and not self._composes)
        if granted:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_dimmed(self, notice: str) -> None:
        """Veil the picture because it is not live (`notice` is our own short text), or lift the veil with ""."""
        if notice != self._dimmed:
            self._dimmed = notice
            self.update()

    @property
    def picture(self) -> ShownPicture:
        """The newest picture."""
        return self._picture

    @property
    def picture_area(self) -> Area:
        """Where the picture lies in the view, in logical pixels."""
        return self._area()

    @property
    def still_for_s(self) -> float:
        """For how long the picture has not changed."""
        return time.monotonic() - self._changed_at

    def place_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return the place (each 0..65535) of the shared display at `point` of the view; None beside the picture."""
        return self._place(point) if self._area().holds(point.x(), point.y()) else None

    def sizeHint(self) -> QSize:
        """Return the picture's size in logical pixels."""
        if self.frame_size is None:
            return QSize(960, 540)
        ratio, (width, height) = max(1, round(self.devicePixelRatioF())), self.frame_size
        return QSize(-(-width // ratio), -(-height // ratio))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw picture, letterbox, pointer and veil, as far as they have changed."""
        begun = time.perf_counter()
        painter = QPainter(self)
        area, size = self._area(), self.frame_size
        paint_letterbox(painter, event.region(), area)
        if size is not None:
            self._picture.paint(painter, area, self.devicePixelRatioF())
            self._cursor.paint(painter, area, size[0])
            self.frames_painted += 1
        if self._dimmed or size is None:
            self._paint_notice(painter)
        painter.end()
        self.paint_ms = (time.perf_counter() - begun) * 1000
        if self._unpainted is not None:
            self._say_painted()

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
        """Send a key, or obey one of our own chords."""
        if not self._granted:
            super().keyPressEvent(event)
            return
        chord = local_chord(event, self._desktop)
        if chord is not None:
            self._release_everything()
            self._obey(chord)
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
        inside = area.holds(point.x(), point.y())
        self._lend_cursor(self._granted and inside)
        if not self._granted or not (self._pressed or inside):
            return
        now_ms = _now_ms()
        self._send_move(self._pacing.move(*self._place(point), now_ms), now_ms)

    def leaveEvent(self, event: QEvent) -> None:
        """Show the customer's pointer where it is again."""
        self._lend_cursor(False)
        super().leaveEvent(event)

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
            x, y = self._place(point)
            self._pacing.drop()
            self._send([WheelTurned(dx=dx, dy=dy, x=x, y=y)])

    def _place(self, point: QPointF) -> tuple[int, int]:
        return on_display(point.x(), point.y(), self._area(), self.frame_size or (1, 1))

    def _area(self) -> Area:
        if self.frame_size is None:
            return Area(0, 0, 0, 0)
        view = (self.width(), self.height())
        return self._magnification.area(self.frame_size, view, self.devicePixelRatioF())

    def _fit_widget(self) -> None:
        size = self.frame_size or (0, 0)
        self.setMinimumSize(*self._magnification.least_size(size, self.devicePixelRatioF()))

    def _note_size(self, before: tuple[int, int] | None) -> None:
        if self.frame_size != before:
            self.updateGeometry()
            self._fit_widget()
            self.update()
            self.resized.emit()

    def _say_painted(self) -> None:
        number, self._unpainted = self._unpainted, None
        self.picture_painted.emit(number)

    def _cursor_rect(self) -> QRect:
        width, _height = self.frame_size or (0, 0)
        return self._cursor.rect(self._area(), width)

    def _lend_cursor(self, lend: bool) -> None:
        """Give the technician's pointer the customer's shape, in place of drawing theirs a round trip later."""
        if lend == self._cursor.hidden:
            return
        before = self._cursor_rect()
        self._cursor.hidden = lend
        self.update(before)
        self.update(self._cursor_rect())
        if lend:
            self.setCursor(self._cursor.as_own_cursor(self.devicePixelRatioF()))
        else:
            self.unsetCursor()

    def _obey(self, chord: LocalChord) -> None:
        wanted = {
            LocalChord.RELEASE: self.release_wanted,
            LocalChord.FULL_SCREEN: self.full_screen_wanted,
            LocalChord.FIGURES: self.figures_wanted,
            LocalChord.KEYS: self.keys_wanted,
            LocalChord.VIEW_ONLY: self.view_only_wanted,
        }
        wanted[chord].emit()

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
        x, y = self._place(point)
        self._pacing.drop()
        self._send([ButtonChanged(button=BUTTONS[button], down=down, x=x, y=y)])

    def _send_due_move(self) -> None:
        now_ms = _now_ms()
        self._send_move(self._pacing.due(now_ms), now_ms)

    def _send_move(self, move: tuple[int, int] | None, now_ms: float) -> None:
        if move is not None and self._granted:
            self.pointer_moved.emit(*move)
        # also when the timer was early: a move that went in between lets the next one wait anew
        wait_ms = self._pacing.wait_ms(now_ms)
        if wait_ms is not None and not self._pace_timer.isActive():
            self._pace_timer.start(int(wait_ms) + 1)

    def _release_everything(self) -> None:
        self._keys.forget()
        self._pressed.clear()
        self._pacing.drop()
        self._send([AllReleased()])


def _now_ms() -> float:
    return time.monotonic() * 1000
