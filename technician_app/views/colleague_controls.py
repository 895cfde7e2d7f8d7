"""Other technicians in a session window: a button, and the dialog behind it. GUI thread only."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from technician_app.controllers.session_state import Phase, SessionIntents, SessionViewState
from technician_app.views.colleague_dialog import ColleagueDialog
from technician_app.views.parts import push_button


class ColleagueControls(QObject):
    """`button` is for the window to place."""

    def __init__(self, window: QMainWindow, intents: SessionIntents) -> None:
        super().__init__(window)
        self._window = window
        self._intents = intents
        self._state: SessionViewState | None = None
        self.button = push_button(
            "Colleagues", "colleaguesButton", tip="Invite a colleague, or hand over", shortcut="Ctrl+Shift+I"
        )
        self.button.clicked.connect(self._open)
        self.dialog: ColleagueDialog | None = None

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        self._state = state
        colleagues, live = state.colleagues, state.phase is Phase.LIVE
        here = len(colleagues.here)
        self.button.setVisible(live and colleagues.in_charge)
        self.button.setText(f"Colleagues ({here})" if here else "Colleagues")
        self.button.setAccessibleName(f"Colleagues, {here} here" if here else "Colleagues")
        if self.dialog is not None:
            if live:
                self.dialog.render_colleagues(colleagues)
            else:
                self.dialog.reject()

    def _open(self) -> None:
        if self.dialog is not None or self._state is None:
            return
        self.dialog = ColleagueDialog(self._window)
        self.dialog.invited.connect(lambda serial, purpose: self._intents.colleagues.invite(serial, purpose))
        self.dialog.withdrawn.connect(lambda number: self._intents.colleagues.withdraw(number))
        self.dialog.handed_over.connect(lambda session: self._intents.colleagues.hand_over(session))
        self.dialog.finished.connect(self._forget)
        self.dialog.render_colleagues(self._state.colleagues)
        self._intents.colleagues.look()
        self.dialog.open()

    def _forget(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()
