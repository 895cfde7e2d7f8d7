"""Where a session stands before it is live: the steps along the top, and the page that waits."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.views.parts import PlainLabel, named, row
from technician_app.views.theme import restyle

_STEPS = ("Invite", "PIN", "Permission", "Connect")
_STEP_OF = {
    Phase.WAITING_FOR_CUSTOMER: 0,
    Phase.PIN_WANTED: 1,
    Phase.CHECKING_PIN: 1,
    Phase.WAITING_FOR_CONSENT: 2,
    Phase.CONNECTING: 3,
}


class SessionSteps(QFrame):
    """The four steps to a live session; done, current and coming ones look different and say so."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "sessionSteps", "Steps to the session")
        self._labels = [PlainLabel(kind="step", wrap=False) for _ in _STEPS]
        line = row(None, *self._labels, None, spacing=36)
        line.setContentsMargins(12, 10, 12, 10)
        self.setLayout(line)

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`'s step."""
        now = _STEP_OF.get(state.phase)
        self.setVisible(now is not None)
        for step, label in enumerate(self._labels):
            place = "later" if now is None or step > now else ("now" if step == now else "done")
            mark = "✓" if place == "done" else str(step + 1)
            label.show_text(f"{mark}  {_STEPS[step]}")
            restyle(label, "step", place)


class SessionProgress(QWidget):
    """Says what the session waits for."""

    def __init__(self) -> None:
        super().__init__()
        self._title = PlainLabel(name="progressTitle", kind="title")
        self._status = PlainLabel(name="progressStatus", kind="muted")
        self._problem = PlainLabel(name="progressProblem", kind="problem")
        self._busy = QProgressBar(textVisible=False)
        named(self._busy, "progressBusy", "Waiting")
        self._busy.setRange(0, 0)
        self._busy.setFixedHeight(4)
        layout = QVBoxLayout(self)
        layout.setSpacing(14)
        for label in (self._title, self._status, self._problem):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self._title)
        layout.addWidget(self._busy)
        layout.addWidget(self._status)
        layout.addWidget(self._problem)

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        connecting = state.phase is Phase.CONNECTING
        self._title.show_text("Connecting" if connecting else "Your customer is deciding")
        waiting = "They see your name, the ticket and your reason, and choose whether you may see their screen."
        self._status.show_text(state.status or ("Finding the best way to each other." if connecting else waiting))
        self._problem.show_or_hide(state.problem)
        # a hidden endless bar still animates, and costs
        self._busy.setRange(0, 0 if state.phase in _STEP_OF else 1)
