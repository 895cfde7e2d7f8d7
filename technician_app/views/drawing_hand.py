"""The technician's mouse over the picture, when it does not go to the customer: points, draws, chooses a region.

GUI thread. Nothing here decides what is allowed; the controller drops what is not.
"""

import itertools
import time
from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QRubberBand, QWidget

from protocol.messages.drawing import MAX_POINTS, DrawingMessage, DrawingStroke, Place, StrokeColour, StrokeKind
from technician_app.input.pointer_pacing import PointerPacing

PACE_MS = 33
MOST_PLACES_A_PACE = 16
LEAST_STEP_PX = 2
LEAST_REGION_PX = 8


class Tool(Enum):
    """What the mouse does on the picture."""

    POINT = "point"
    """Points and clicks rings; while control is granted the mouse is the customer's instead."""
    ARROW = "arrow"
    FREEHAND = "freehand"
    BOX = "box"
    GRAB = "grab"
    """Chooses a region, once."""


_KINDS = {Tool.ARROW: StrokeKind.ARROW, Tool.FREEHAND: StrokeKind.FREEHAND, Tool.BOX: StrokeKind.BOX}


class Surface(Protocol):
    """What the hand moves over: a widget that knows which place of the shared display a point of it is."""

    def place_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return the place (each 0..65535); None beside the picture."""


class DrawingHand(QObject):
    """Watches the mouse on `view`, which is also the Surface.

    Signals:
        drawn: a DrawingMessage.
        pointed: x, y (each 0..65535) and whether there is a pointer at all.
        grabbed: the region chosen, a QRect of the view.
        grab_given_up: Escape was pressed instead.
    """

    drawn = Signal(object)
    pointed = Signal(int, int, bool)
    grabbed = Signal(QRect)
    grab_given_up = Signal()

    _numbers: Iterator[int] = itertools.count(1)
    """Shared by all hands: a session has one sequence of strokes, whichever window they are drawn in."""

    def __init__(self, view: QWidget, surface: Surface) -> None:
        super().__init__(view)
        self._view, self._surface = view, surface
        self.tool = Tool.POINT
        self.colour = StrokeColour.RED
        self.may_point = False
        """The customer allows it."""
        self.controls = False
        """The mouse is the customer's, unless another tool than pointing is chosen."""
        self._number = 0
        self._start: Place | None = None
        self._waiting: list[Place] = []
        self._last_point = QPointF()
        self._pacing = PointerPacing(PACE_MS)
        self._is_shown = False
        self._timer = QTimer(self, interval=PACE_MS)
        self._timer.timeout.connect(self._pace)
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, view)
        self._corner = QPoint()
        view.setMouseTracking(True)
        view.installEventFilter(self)

    def use(self, tool: Tool) -> None:
        """Let the mouse do this from now on."""
        self._give_up()
        self.tool = tool
        if tool is Tool.POINT:
            self._view.unsetCursor()
        else:
            self._view.setCursor(Qt.CursorShape.CrossCursor)
            self.hide_pointer()
        if tool is Tool.GRAB:
            self._view.setFocus()

    def hide_pointer(self) -> None:
        """Point nowhere."""
        self._pacing.drop()
        if self._is_shown:
            self._is_shown = False
            self.pointed.emit(0, 0, False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what belongs to the tool in use; the rest goes on to the view."""
        if self.tool is Tool.GRAB:
            return self._grab(event)
        if self.tool is Tool.POINT:
            return self._point(event)
        return self.may_point and isinstance(event, QMouseEvent) and self._draw(event)

    # --- pointing

    def _point(self, event: QEvent) -> bool:
        if self.controls or not self.may_point:
            return False
        if event.type() == QEvent.Type.Leave:
            self.hide_pointer()
        if not isinstance(event, QMouseEvent):
            return False
        place = self._surface.place_at(event.position())
        if place is None:
            self.hide_pointer()
            return False
        if event.type() == QEvent.Type.MouseMove:
            self._pacing.move(*place, _now_ms())
            self._send_move(self._pacing.due(_now_ms()) or (place if not self._is_shown else None))
            self._timer.start()
        if event.type() in _PRESSES and event.button() == Qt.MouseButton.LeftButton:
            self._emit(StrokeKind.RIPPLE, next(self._numbers), (Place(*place),))
        return False

    def _send_move(self, place: tuple[int, int] | None) -> None:
        if place is not None:
            self._is_shown = True
            self.pointed.emit(*place, True)

    # --- drawing

    def _draw(self, event: QMouseEvent) -> bool:
        found = self._surface.place_at(event.position())
        if event.type() in _PRESSES and event.button() == Qt.MouseButton.LeftButton and found is not None:
            self._start = Place(*found)
            self._number, self._last_point = next(self._numbers), event.position()
            self._waiting = [self._start]
            self._timer.start()
            return True
        if self._start is None:
            return event.type() in _PRESSES
        if event.type() == QEvent.Type.MouseMove and found is not None:
            self._note(Place(*found), event.position())
        if event.type() == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
            if found is not None and self.tool is not Tool.FREEHAND:
                self._waiting = [Place(*found)]
            self._send_waiting()
            self._start = None
        return True

    def _note(self, place: Place, point: QPointF) -> None:
        if (point - self._last_point).manhattanLength() < LEAST_STEP_PX:
            return
        self._last_point = point
        if self.tool is not Tool.FREEHAND:
            self._waiting = [place]
        elif len(self._waiting) < MOST_PLACES_A_PACE:
            self._waiting.append(place)
        else:
            self._waiting[-1] = place  # a mouse that tells a thousand places a second

    def _send_waiting(self) -> None:
        if not self._waiting or self._start is None or self.tool not in _KINDS:
            return
        points, self._waiting = tuple(self._waiting[:MAX_POINTS]), []
        if self.tool is not Tool.FREEHAND:
            if points[-1] == self._start:
                return
            points = (self._start, points[-1])
        self._emit(_KINDS[self.tool], self._number, points)

    def _emit(self, kind: StrokeKind, number: int, points: tuple[Place, ...]) -> None:
        message: DrawingMessage = DrawingStroke(number, kind, self.colour, points)
        self.drawn.emit(message)

    def _pace(self) -> None:
        move = self._pacing.due(_now_ms())
        if self.tool is Tool.POINT and not self.controls:
            self._send_move(move)
        self._send_waiting()
        if move is None and self._start is None:
            self._timer.stop()

    # --- a region

    def _grab(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._give_up()
            self.grab_given_up.emit()
            return True
        if not isinstance(event, QMouseEvent):
            return False
        at = event.position().toPoint()
        if event.type() in _PRESSES:
            self._corner = at
            self._band.setGeometry(QRect(at, at))
            self._band.show()
        elif self._band.isVisible():
            region = QRect(self._corner, at).normalized()
            self._band.setGeometry(region)
            if event.type() == QEvent.Type.MouseButtonRelease:
                self._band.hide()
                if min(region.width(), region.height()) >= LEAST_REGION_PX:
                    self.grabbed.emit(region)
        return True

    def _give_up(self) -> None:
        self._band.hide()
        self._start = None
        self._waiting = []


_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


def _now_ms() -> float:
    return time.monotonic() * 1000
