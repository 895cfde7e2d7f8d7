"""One session's window: invitation, PIN, waiting, the live picture, and the summary."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QMainWindow, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from protocol.consent import Standing
from protocol.messages.consent import Capability
from protocol.messages.picture import PicturePreset, PictureWanted
from technician_app.controllers.pause_words import VEIL
from technician_app.controllers.session_state import (
    Control,
    Frame,
    Permission,
    Phase,
    PictureChange,
    RemoteCursor,
    SessionIntents,
    SessionViewState,
)
from technician_app.models.received_text import shown_line
from technician_app.views.ask_again import AskAgain
from technician_app.views.colleague_controls import ColleagueControls
from technician_app.views.diagnostics_panel import DiagnosticsPanel
from technician_app.views.end_session_dialog import EndSessionDialog
from technician_app.views.errors import message_for
from technician_app.views.exchange_controls import ExchangeControls
from technician_app.views.full_screen import FullScreen, TopBar
from technician_app.views.keys_menu import KeysMenu
from technician_app.views.overflow_row import OverflowRow
from technician_app.views.parts import PlainLabel, centred, push_button
from technician_app.views.permission_plan_dialog import PermissionPlanDialog
from technician_app.views.permissions_menu import PermissionsMenu, can_be_asked
from technician_app.views.picture_menu import PictureMenu
from technician_app.views.pin_entry import PinEntry
from technician_app.views.remote_area import RemoteArea
from technician_app.views.remote_input import FIGURES_CHORD, FULL_SCREEN_CHORD, RELEASE_CHORD
from technician_app.views.remote_view import RemoteView
from technician_app.views.screen_tools import ScreenTools
from technician_app.views.session_invite import SessionInvite
from technician_app.views.session_notice import notice_words
from technician_app.views.session_progress import SessionProgress, SessionSteps
from technician_app.views.session_summary import SessionSummary
from technician_app.views.status_bar import SessionStatusBar
from technician_app.views.theme import restyle
from technician_app.views.voice_panel import VoicePanel

_SEEN = Permission(Standing.GRANTED)


class SessionWindow(QMainWindow):
    """Draws a SessionViewState and hands the technician's wishes to `intents`.

    Signals:
        closed: the window is gone for good.
        picture_preset_chosen: the technician chose this PicturePreset; a later session should begin with it.
    """

    closed = Signal()
    picture_preset_chosen = Signal(object)

    def __init__(
        self,
        intents: SessionIntents,
        take_frame: Callable[[], Frame | PictureChange | None],
        first: SessionViewState,
        *,
        take_cursor: Callable[[], RemoteCursor | None] = lambda: None,
        full_screen: bool = False,
        picture_preset: PicturePreset = PicturePreset.BALANCED,
        replies: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.setObjectName("sessionWindow")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1240, 800)
        self._intents = intents
        self._state = first
        self._ending = False
        self._keys_notice = ""
        self._grown = False
        self._starts_full = full_screen
        self.end_dialog: EndSessionDialog | None = None
        self.invite = SessionInvite()
        self.pin = PinEntry()
        self.progress = SessionProgress()
        self.remote = RemoteView(take_frame, take_cursor)
        self._remote_area = RemoteArea(self.remote)
        self.summary = SessionSummary()
        self.diagnostics = DiagnosticsPanel()
        self.voice = VoicePanel()
        self.exchange = ExchangeControls(self, intents, replies)
        self.colleagues = ColleagueControls(self, intents)
        self._steps = SessionSteps()
        self._again = AskAgain()
        self._notice = PlainLabel(name="sessionNotice", kind="banner")
        self._title = PlainLabel(name="sessionTitle", kind="heading", wrap=False).shrinkable()
        self._control = push_button("Request control", "controlButton", kind="primary")
        tip = "What the customer allows"
        self._permissions = push_button("Ask for…", "permissionsButton", tip=tip, shortcut="Ctrl+P")
        self.permissions_menu = PermissionsMenu(self)
        self._permissions.setMenu(self.permissions_menu)
        self._diagnostics_button = push_button("Diagnostics", "diagnosticsButton", shortcut="Ctrl+D")
        self._diagnostics_button.setCheckable(True)
        self.tools = ScreenTools(self, self._remote_area, intents)
        self._full = push_button("Full screen", "fullScreenButton", tip=f"Full screen (F11, {FULL_SCREEN_CHORD})")
        self._full.setCheckable(True)
        tip = f"Where each millisecond goes ({FIGURES_CHORD})"
        self._figures = push_button("Figures", "figuresButton", tip=tip)
        self._figures.setCheckable(True)
        self._picture = PictureMenu(picture_preset)
        self.keys = KeysMenu(self.remote, intents.send_input)
        self._end = push_button("End session", "endSessionButton", kind="danger", shortcut="Ctrl+Shift+E")
        self._status_bar = SessionStatusBar()
        self._pages = QStackedWidget()
        content = QWidget()
        self._page_of = self._lay_out(content)
        self._full_screen = FullScreen(self, content, self._top, self._remote_area)
        self._connect()
        self.render(first)
        self.invite.focus_link()

    @property
    def state(self) -> SessionViewState:
        """What is shown."""
        return self._state

    def render(self, state: SessionViewState) -> None:  # type: ignore[override]
        """Show `state`. (Qt's own QWidget.render, which paints into an image, is not used on a session window.)"""
        self._state = state
        live, ended = state.phase is Phase.LIVE, state.phase is Phase.ENDED
        if live and not self._grown:
            self._grow()
        self.setWindowTitle(f"{shown_line(state.ticket, 40)} {shown_line(state.subject, 80)} - Deskside session")
        self._title.show_text(f"{shown_line(state.ticket, 40)}  {shown_line(state.subject, 60)}")
        self._turn_to(self._page_of[state.phase])
        parts = (self._steps, self.diagnostics, self.exchange, self.colleagues, self.tools)
        for part in (*parts, self._status_bar, self._again):
            part.render_state(state)
        if state.phase is Phase.WAITING_FOR_CUSTOMER:
            self.invite.render_state(state)
        if state.phase in (Phase.PIN_WANTED, Phase.CHECKING_PIN):
            self.pin.render_state(state)
        self.progress.render_state(state)
        if ended:
            self.summary.render_state(state)
            self._close_end_dialog()
        live_only = (self._control, self._permissions, self._diagnostics_button)
        for button in (*live_only, self._picture, self._figures, self._full):
            button.setVisible(live)
        leads = state.colleagues.in_charge
        self._diagnostics_button.setVisible(live and leads)
        self.tools.fit.setVisible(live and not self._full_screen.on)
        self._status_bar.setVisible(live and not self._full_screen.on)
        self._remote_area.set_figures(state.picture)
        self.voice.render_voice(state.voice if live else None, room=not self._full_screen.on)
        self.remote.set_display_size(state.display_size)
        self._end.setVisible(not ended)
        self._end.setEnabled(not self._ending)
        end = "End session" if leads else "Leave session"
        self._end.setText("Ending…" if self._ending else (end if live else "Cancel session"))
        if not live:
            self._diagnostics_button.setChecked(False)
            self._full.setChecked(False)
        self._render_control(state)
        self.permissions_menu.show_permissions(state.permissions)
        self._render_notice(state)

    def fail(self, error: Exception) -> None:
        """Show that the session ended because of `error`, a failure its controller did not expect."""
        message = message_for(error)
        text = f"{message.text} ({message.code})"
        self.render(replace(self._state, phase=Phase.ENDED, control=Control.NONE, status="", problem=text))

    def end_without_question(self) -> None:
        """End the session and close the window when it has ended: the whole program is quitting."""
        self._ask_nothing_and_end("")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close after the end; before it, ask for the note that ends the session."""
        if self._state.phase is Phase.ENDED:
            event.accept()
            self.closed.emit()
            return
        event.ignore()
        self._open_end_dialog()

    def _turn_to(self, page: QWidget) -> None:
        """Show `page`; the others ask for no room."""
        self._pages.setCurrentWidget(page)
        for each in set(self._page_of.values()):
            policy = QSizePolicy.Policy.Preferred if each is page else QSizePolicy.Policy.Ignored
            each.setSizePolicy(policy, policy)

    def _grow(self) -> None:
        """Give the customer's screen as much room as there is, once; the technician may make the window smaller."""
        self._grown = True
        if self._starts_full:
            self._full.setChecked(True)
        elif not self.isFullScreen():
            self.showMaximized()

    def _render_control(self, state: SessionViewState) -> None:
        granted = state.phase is Phase.LIVE and state.control is Control.GRANTED
        words = {Control.NONE: "Request control", Control.ASKED: "Asking…", Control.GRANTED: "Release control"}
        self._control.setText(words[state.control])
        self._control.setAccessibleName(words[state.control])
        self._control.setEnabled(state.control is not Control.ASKED)
        self._control.setToolTip(
            f"Give mouse and keyboard back ({RELEASE_CHORD})" if granted else "Ask the customer for mouse and keyboard"
        )
        restyle(self._control, "kind", "" if granted else "primary")
        self.keys.setVisible(granted)
        self.keys.show_control(granted, state.no_secure_attention)
        self.tools.set_view_only(self.keys.view_only)
        self.remote.set_granted(granted and not self.keys.view_only)

    def _render_notice(self, state: SessionViewState) -> None:
        self._notice.show_or_hide(notice_words(state, self._keys_notice, view_only=self.keys.view_only))
        hidden = state.permissions.get(Capability.SEE, _SEEN).standing is not Standing.GRANTED
        veil = "Not shared any more" if hidden else (VEIL[state.paused_because] if state.paused else "")
        veil = "Reconnecting …" if state.unstable and not veil else veil
        self.remote.set_dimmed(veil)

    def _bar(self) -> QFrame:
        bar = QFrame()
        bar.setProperty("kind", "bar")
        view = (self._picture, self._figures, self._full)
        chat, clipboard, files = self.exchange.buttons
        tools = (self._permissions, chat, clipboard, files, self._diagnostics_button)
        every = (self._title, self._control, self.keys, *tools, *view, self._end)
        rare = (self._figures, self._picture, self._diagnostics_button, clipboard, files, self._full, self.keys)
        rows = QVBoxLayout(bar)
        rows.setContentsMargins(14, 8, 12, 8)
        more = ("M&ore", "moreButton")
        rows.addWidget(OverflowRow(every, give_way=rare, stretch=self._title, more=more, more_before=self._end))
        rows.addWidget(self.tools)
        return bar

    def _lay_out(self, content: QWidget) -> dict[Phase, QWidget]:
        waiting = centred(self.progress, 520)
        pin = centred(self.pin, 560)
        pages = {
            Phase.WAITING_FOR_CUSTOMER: centred(self.invite, 620),
            Phase.PIN_WANTED: pin,
            Phase.CHECKING_PIN: pin,
            Phase.WAITING_FOR_CONSENT: waiting,
            Phase.CONNECTING: waiting,
            Phase.LIVE: self._remote_area,
            Phase.ENDED: centred(self.summary, 620),
        }
        for page in dict.fromkeys(pages.values()):
            self._pages.addWidget(page)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        notices = (self.voice, self._notice, self._again, self.tools.said, self.exchange.notice)
        self._top = TopBar(layout, self._bar(), *notices)
        layout.addWidget(self._steps)
        layout.addWidget(self._pages, 1)
        self.setCentralWidget(content)
        self.setStatusBar(self._status_bar)
        self._status_bar.addPermanentWidget(self.colleagues.button)  # the bar above has no room left
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.diagnostics)
        self.diagnostics.hide()
        return pages

    def _connect(self) -> None:
        self._control.clicked.connect(self._toggle_control)
        self.permissions_menu.asked.connect(self._ask_for)
        self.permissions_menu.given_back.connect(self._intents.give_back)
        self.permissions_menu.plan_wanted.connect(self._plan)
        self._again.asked.connect(self._intents.ask_for)
        self._diagnostics_button.toggled.connect(self._show_diagnostics)
        self.diagnostics.visibilityChanged.connect(self._diagnostics_shown)
        self._full.toggled.connect(self._fill_screen)
        self._figures.toggled.connect(self._show_figures)
        self._picture.preset_chosen.connect(self._choose_preset)
        self.keys.view_only_changed.connect(lambda: self.render(self._state))
        self.keys.said.connect(self._say_of_keys)
        self.voice.talk_wanted.connect(self._intents.talk)
        self.voice.devices_chosen.connect(self._intents.choose_sound)
        self.voice.watch_keys()
        # on the window, because a hidden button has no shortcut
        for keys, button in (("F11", self._full), (FULL_SCREEN_CHORD, self._full), (FIGURES_CHORD, self._figures)):
            QShortcut(QKeySequence(keys), self).activated.connect(partial(self._press_live, button))
        self.remote.full_screen_wanted.connect(partial(self._press_live, self._full))
        self.remote.figures_wanted.connect(partial(self._press_live, self._figures))
        self.remote.picture_painted.connect(self._intents.picture_painted)
        self._end.clicked.connect(self._open_end_dialog)
        self.pin.pin_entered.connect(self._intents.enter_pin)
        self.remote.input_made.connect(self._intents.send_input)
        self.remote.pointer_moved.connect(self._intents.send_pointer)
        self.remote.release_wanted.connect(self._intents.release_control)
        self.diagnostics.report_wanted.connect(self._intents.request_diagnostics)
        self.summary.export_wanted.connect(self._intents.export_record)
        self.summary.close_wanted.connect(self.close)

    def _say_of_keys(self, sentence: str) -> None:
        self._keys_notice = sentence
        self._render_notice(self._state)

    def _toggle_control(self) -> None:
        if self._state.control is Control.GRANTED:
            self._intents.release_control()
        elif self._state.control is Control.NONE:
            self._intents.request_control()

    def _ask_for(self, capability: Capability) -> None:
        if capability is Capability.DIAGNOSTICS:
            self._intents.request_diagnostics()  # the facts themselves are the question
        else:
            self._intents.ask_for((capability,))

    def _plan(self) -> None:
        permissions = self._state.permissions
        dialog = PermissionPlanDialog(self, tuple(each for each in permissions if can_be_asked(permissions, each)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.plan_made.connect(self._intents.ask_for)
        dialog.open()

    def _show_diagnostics(self, shown: bool) -> None:
        self.diagnostics.setVisible(shown)
        if shown:
            self.diagnostics.focus_search()
        else:
            self._back_to_picture()

    def _diagnostics_shown(self, _visible: bool) -> None:
        # the signal also says False when the whole window is minimised; only the panel's own close button counts
        self._diagnostics_button.setChecked(not self.diagnostics.isHidden())

    def _fill_screen(self, full: bool) -> None:
        if full:
            self._full_screen.enter()
        else:
            self._full_screen.leave()
        self._full.setText("Leave full screen" if full else "Full screen")
        self.tools.fit.setHidden(full)
        self._back_to_picture()

    def _show_figures(self, shown: bool) -> None:
        self._remote_area.show_figures(shown)
        self._intents.want_picture(PictureWanted(self._picture.preset, figures=shown))
        self._back_to_picture()

    def _choose_preset(self, preset: PicturePreset) -> None:
        self._intents.want_picture(PictureWanted(preset, figures=self._figures.isChecked()))
        self.picture_preset_chosen.emit(preset)
        self._back_to_picture()

    def _press_live(self, button: QPushButton) -> None:
        if self._state.phase is Phase.LIVE:
            button.toggle()

    def _back_to_picture(self) -> None:
        """Keys go on to the customer after a button above the picture was used."""
        if self._state.phase is Phase.LIVE:
            self.remote.setFocus()

    def _open_end_dialog(self) -> None:
        if self.end_dialog is not None or self._ending or self._state.phase is Phase.ENDED:
            return
        self.end_dialog = EndSessionDialog(self)
        self.end_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.end_dialog.end_wanted.connect(self._ask_nothing_and_end)
        self.end_dialog.finished.connect(self._forget_end_dialog)
        self.end_dialog.open()

    def _ask_nothing_and_end(self, note: str) -> None:
        self._ending = True
        self._intents.end(note)
        self.render(self._state)

    def _close_end_dialog(self) -> None:
        self._ending = False
        if self.end_dialog is not None:
            self.end_dialog.reject()

    def _forget_end_dialog(self) -> None:
        self.end_dialog = None
