"""The dialog that asks why a session is needed and what for, before one is opened."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from protocol.messages.consent import Capability
from protocol.messages.relay_api import NewSession
from technician_app.controllers.permission_words import NAMES
from technician_app.controllers.plan import ASKED_AT_FIRST, CHOICES, plan_of
from technician_app.models.received_text import shown_line
from technician_app.views.errors import message_for
from technician_app.views.parts import PlainLabel, named, push_button, row


class StartSessionDialog(QDialog):
    """Asks for the reason the customer will read, and for what to ask them at once. Use `open()`.

    Signals:
        start_wanted: a NewSession, and the plan of permissions as a tuple of Capability. The plan is for the customer
            alone: the relay is not told.
    """

    start_wanted = Signal(object, object)

    def __init__(self, parent: QWidget, number: str, customer: str) -> None:
        super().__init__(parent)
        self.setObjectName("startSessionDialog")
        self.setWindowTitle(f"Start a session on {shown_line(number, 40)}")
        self.setMinimumWidth(540)
        self._reason = QLineEdit(maxLength=200, placeholderText="For example: look at the printer settings with you")
        named(self._reason, "startSessionReason", "Reason for the session")
        self._boxes = {capability: QCheckBox(NAMES[capability]) for capability in CHOICES}
        self._spoken = QCheckBox("Also make a &6-digit code to say on the phone (works for 15 minutes)")
        named(self._spoken, "startSessionSpoken", "Also make a 6-digit code to say on the phone")
        self._problem = PlainLabel(name="startSessionProblem", kind="problem")
        self._problem.hide()
        self._start = push_button("Start session", "startSessionConfirm", kind="primary")
        self._start.setDefault(True)
        self._cancel = push_button("Cancel", "startSessionCancel")
        self._lay_out(shown_line(customer, 60))
        self._reason.textChanged.connect(self._update)
        self._start.clicked.connect(self._emit)
        self._cancel.clicked.connect(self.reject)
        self._update()

    def show_problem(self, error: Exception) -> None:
        """Say why no session was opened."""
        self._problem.show_or_hide(message_for(error).text)
        self._start.setText("Start session")
        self._update()

    def _lay_out(self, customer: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel("Why do you need to see the customer's screen?", kind="heading"))
        layout.addWidget(self._reason)
        layout.addWidget(PlainLabel(f"{customer} reads this before allowing anything.", kind="muted"))
        layout.addSpacing(6)
        layout.addWidget(PlainLabel("What will you need?", kind="heading"))
        layout.addLayout(self._plan())
        layout.addWidget(
            PlainLabel(
                "They tick what they allow. The less you ask for, the sooner they say yes: whatever else turns out to "
                "be needed you can ask for later.",
                kind="muted",
            )
        )
        layout.addSpacing(6)
        layout.addWidget(self._spoken)
        layout.addWidget(self._problem)
        layout.addLayout(row(None, self._cancel, self._start))

    def _plan(self) -> QGridLayout:
        """Lay the boxes out in two columns; the first one is always ticked."""
        see = QCheckBox(NAMES[Capability.SEE])
        see.setChecked(True)
        see.setEnabled(False)
        named(see, "startPlan_see", f"{NAMES[Capability.SEE]}: always")
        for capability, box in self._boxes.items():
            named(box, f"startPlan_{capability.value}", NAMES[capability])
            box.setChecked(capability in ASKED_AT_FIRST)
        boxes = (see, *self._boxes.values())
        rows = -(-len(boxes) // 2)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        for place, box in enumerate(boxes):
            grid.addWidget(box, place % rows, place // rows)
        return grid

    def _update(self) -> None:
        self._start.setEnabled(bool(self._reason.text().strip()))

    def _emit(self) -> None:
        self._problem.hide()
        self._start.setEnabled(False)
        self._start.setText("Starting…")
        new = NewSession(reason=self._reason.text().strip(), spoken=self._spoken.isChecked())
        chosen = (capability for capability, box in self._boxes.items() if box.isChecked())
        self.start_wanted.emit(new, plan_of(chosen))
