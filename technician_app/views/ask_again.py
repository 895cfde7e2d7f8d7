"""The line that says that the time of a permission is over, with a button to ask again. GUI thread only."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from protocol.messages.consent import Capability
from technician_app.controllers.permission_words import listed
from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.views.parts import PlainLabel, push_button, row


class AskAgain(QFrame):
    """Hidden unless something has expired that was not asked for again.

    Signals:
        asked: a tuple of every Capability that has expired.
    """

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("askAgain")
        self.setProperty("kind", "banner")
        self._expired: tuple[Capability, ...] = ()
        self._put_off: tuple[Capability, ...] = ()
        self._text = PlainLabel(name="askAgainText")
        self._ask = push_button("Ask again", "askAgainButton", kind="primary", shortcut="Ctrl+Shift+A")
        self._later = push_button("Not now", "askAgainLater")
        line = row(self._text, self._later, self._ask)
        line.setStretch(0, 1)
        line.setContentsMargins(14, 6, 12, 6)
        self.setLayout(line)
        self._ask.clicked.connect(lambda: self.asked.emit(self._expired))
        self._later.clicked.connect(self._dismiss)
        self.hide()

    def render_state(self, state: SessionViewState) -> None:
        """Show what has expired in `state`."""
        expired = expired_in(state) if state.phase is Phase.LIVE else ()
        if expired != self._expired:
            self._put_off = ()
        self._expired = expired
        self._text.show_text(f"The time the customer had allowed is over: {listed(expired)}." if expired else "")
        self.setVisible(bool(expired) and expired != self._put_off)

    def _dismiss(self) -> None:
        self._put_off = self._expired
        self.hide()


def expired_in(state: SessionViewState) -> tuple[Capability, ...]:
    """Return what has expired and was not asked for again; a report is asked for each time anyway."""
    return tuple(
        capability
        for capability, permission in state.permissions.items()
        if permission.expired and capability is not Capability.DIAGNOSTICS
    )
