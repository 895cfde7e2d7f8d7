"""The second row of a session window's bar: pointing and drawing, screens, zoom, screenshots. GUI thread."""

from functools import partial

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

from protocol.consent import Standing
from protocol.messages.consent import Capability
from protocol.messages.displays import ListedDisplay
from protocol.messages.drawing import DrawingCleared
from protocol.picture.geometry import Rect, bounds
from technician_app.controllers.screen_state import DisplaysShown, Screenshot
from technician_app.controllers.session_state import Control, Permission, Phase, SessionIntents, SessionViewState
from technician_app.views.displays_menu import DisplaysMenu
from technician_app.views.drawing_hand import DrawingHand, Tool
from technician_app.views.monitor_window import MonitorWindow
from technician_app.views.overflow_row import OverflowRow
from technician_app.views.parts import PlainLabel, push_button
from technician_app.views.picture_zoom import Magnification, Zoom
from technician_app.views.remote_area import RemoteArea
from technician_app.views.screenshot import ScreenshotTaker, display_part
from technician_app.views.zoom_menu import ZoomMenu

_TOOLS = {
    Tool.POINT: ("&Point", "pointTool", "Your pointer is seen on the customer's screen; a click draws a ring"),
    Tool.ARROW: ("&Arrow", "arrowTool", "Draw an arrow on the customer's screen; it fades after a few seconds"),
    Tool.FREEHAND: ("&Draw", "drawTool", "Draw freely on the customer's screen; it fades after a few seconds"),
    Tool.BOX: ("&Box", "boxTool", "Draw a box on the customer's screen; it fades after a few seconds"),
}
_NOT_ALLOWED = "The customer does not allow pointing now"
_DISPLAYS = DisplaysShown()


class ScreenTools(QFrame):
    """Buttons for everything done with the picture beside input; `said` is for the window to place."""

    def __init__(self, window: QWidget, area: RemoteArea, intents: SessionIntents) -> None:
        super().__init__()
        self._window, self._area, self._intents = window, area, intents
        self._state: SessionViewState | None = None
        self._viewing_only = False
        self.said = PlainLabel(name="screenNotice", kind="banner")
        self.said.hide()
        self.hand = DrawingHand(area.view, area.view)
        self.monitors: list[MonitorWindow] = []
        self._windows_wanted = False
        self._taker = ScreenshotTaker(area.view)
        self._group = QButtonGroup(self)
        self._tools = {tool: self._tool_button(tool, *words) for tool, words in _TOOLS.items()}
        self._tools[Tool.POINT].setChecked(True)
        self._clear = push_button("&Clear", "clearDrawing", tip="Take away what you have drawn")
        self.displays = DisplaysMenu()
        self.fit = push_button("Actual size", "zoomButton", shortcut="Ctrl+1")
        self.fit.setCheckable(True)
        self._zoom = ZoomMenu(window)
        tip = "Attach a lossless picture of the customer's screen to the ticket"
        self._screenshot = push_button("Screenshot to ticket", "screenshotButton", tip=tip, shortcut="Ctrl+Shift+S")
        tip = "Drag over an error: picture, window title and program go to the ticket"
        self._grab = push_button("Grab this error", "grabButton", tip=tip, shortcut="Ctrl+Shift+G")
        self._grab.setCheckable(True)
        drawing = (*self._tools.values(), self._clear)
        space = QWidget()
        every = (*drawing, space, self.displays, self.fit, self._zoom, self._screenshot, self._grab)
        rare = (self._grab, self._zoom, self.fit, self._screenshot, self._clear, self._tools[Tool.BOX])
        line = QVBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(OverflowRow(every, give_way=rare, stretch=space, more=("Mo&re", "moreToolsButton")))
        self._connect()

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        self._state = state
        live = state.phase is Phase.LIVE
        self.setVisible(live)
        may_point = live and _granted(state, Capability.POINT) and not state.paused
        controls = live and state.control is Control.GRANTED and not self._viewing_only
        for hand in self._hands():
            hand.may_point, hand.controls = may_point, controls
        for tool, button in self._tools.items():
            button.setEnabled(may_point or (tool is Tool.POINT and controls))
            button.setToolTip(_TOOLS[tool][2] if may_point else _NOT_ALLOWED)
        self._tools[Tool.POINT].setText("&Mouse" if controls else "&Point")
        self._clear.setEnabled(may_point)
        if not may_point and self.hand.tool in _TOOLS and self.hand.tool is not Tool.POINT:
            self._use(Tool.POINT)
        displays = state.displays if live else _DISPLAYS
        self.displays.show_displays(displays)
        self.said.show_or_hide(displays.said)
        self._keep_windows(displays)

    def set_view_only(self, viewing_only: bool) -> None:
        """The technician keeps mouse and keyboard here: then they point again."""
        self._viewing_only = viewing_only
        if self._state is not None:
            self.render_state(self._state)

    def close_windows(self) -> None:
        """Close the windows of single screens."""
        self._windows_wanted = False
        for monitor in tuple(self.monitors):
            monitor.close()

    def _tool_button(self, tool: Tool, words: str, name: str, tip: str) -> QPushButton:
        button = push_button(words, name, tip=tip)
        button.setCheckable(True)
        self._group.addButton(button)
        button.clicked.connect(partial(self._use, tool))
        return button

    def _connect(self) -> None:
        self._join(self.hand)
        self.hand.grabbed.connect(self._grab_region)
        self.hand.grab_given_up.connect(lambda: self._use(Tool.POINT))
        self._clear.clicked.connect(self._clear_drawing)
        self.displays.chosen.connect(self._share)
        self.displays.windows_wanted.connect(self._open_windows)
        self.displays.thumbnails_wanted.connect(lambda: self._intents.screen.want_thumbnails())
        self.fit.toggled.connect(lambda actual: self._area.set_zoom(Zoom.ACTUAL if actual else Zoom.FIT))
        self.fit.toggled.connect(lambda: self._area.view.setFocus())
        self._zoom.chosen.connect(lambda chosen: self._area.set_zoom(chosen.zoom, chosen.percent))
        self._zoom.stepped.connect(lambda up: self._area.step_zoom(up))
        self._area.zoomed.connect(self._show_zoom)
        self._screenshot.clicked.connect(lambda: self._taker.take())
        self._grab.clicked.connect(lambda chosen: self._use(Tool.GRAB if chosen else Tool.POINT))
        self._taker.taken.connect(self._keep)

    def _join(self, hand: DrawingHand) -> None:
        hand.drawn.connect(lambda message: self._intents.screen.draw(message))
        hand.pointed.connect(lambda x, y, visible: self._intents.screen.point(x, y, visible))

    def _hands(self) -> tuple[DrawingHand, ...]:
        return (self.hand, *(monitor.hand for monitor in self.monitors))

    def _use(self, tool: Tool, _checked: bool = True) -> None:
        for hand in self._hands():
            hand.use(tool if hand is self.hand or tool is not Tool.GRAB else Tool.POINT)
        self._grab.setChecked(tool is Tool.GRAB)
        if tool in self._tools:
            self._tools[tool].setChecked(True)
        if tool is Tool.GRAB:
            self.said.show_or_hide("Drag over the error in the picture. Escape gives up.")
        elif self._state is not None:
            self.said.show_or_hide(self._state.displays.said)
        self._area.view.setFocus()

    def _clear_drawing(self) -> None:
        self._intents.screen.draw(DrawingCleared())
        self._area.view.setFocus()

    def _grab_region(self, region: QRect) -> None:
        self._use(Tool.POINT)
        self._taker.take(region)

    def _keep(self, shot: Screenshot) -> None:
        self._intents.screen.keep_screenshot(shot)

    def _show_zoom(self, magnification: Magnification) -> None:
        self._zoom.show_zoom(magnification)
        actual = magnification.zoom is Zoom.ACTUAL
        self.fit.blockSignals(True)
        self.fit.setChecked(actual)
        self.fit.blockSignals(False)
        self.fit.setText("Fit to window" if actual else "Actual size")

    # --- one window for each screen

    def _share(self, ids: tuple[int, ...]) -> None:
        self.close_windows()
        self._intents.screen.share_displays(ids)

    def _open_windows(self) -> None:
        if self._state is None:
            return
        self._windows_wanted = True
        self._intents.screen.share_displays(tuple(display.id for display in self._state.displays.listed))
        self._keep_windows(self._state.displays)

    def _keep_windows(self, displays: DisplaysShown) -> None:
        """Have a window for each screen in the picture, once it shows them all, and none for what is gone."""
        shared = [display for display in displays.listed if display.id in displays.shared]
        if self._windows_wanted and len(shared) == len(displays.listed) > 1:
            for display in shared:
                self._keep_window(display, shared)
        for monitor in tuple(self.monitors):
            if len(shared) < 2 or monitor.display_id not in displays.shared:
                monitor.close()

    def _keep_window(self, display: ListedDisplay, shared: list[ListedDisplay]) -> None:
        part = display_part(_rect(display), bounds(_rect(each) for each in shared))
        for monitor in self.monitors:
            if monitor.display_id == display.id:
                monitor.view.part = part
                monitor.view.update()
                return
        ticket = self._state.ticket if self._state is not None else ""
        monitor = MonitorWindow(self._area.view, display, part, ticket)
        self._join(monitor.hand)
        monitor.hand.may_point = self.hand.may_point
        monitor.hand.use(self.hand.tool if self.hand.tool is not Tool.GRAB else Tool.POINT)
        monitor.closed.connect(partial(self._forget_window, monitor))
        self.monitors.append(monitor)
        monitor.show()

    def _forget_window(self, monitor: MonitorWindow) -> None:
        if monitor in self.monitors:
            self.monitors.remove(monitor)
        if not self.monitors:
            self._windows_wanted = False


def _granted(state: SessionViewState, capability: Capability) -> bool:
    return state.permissions.get(capability, Permission()).standing is Standing.GRANTED


def _rect(display: ListedDisplay) -> Rect:
    return Rect(display.x, display.y, display.width, display.height)
