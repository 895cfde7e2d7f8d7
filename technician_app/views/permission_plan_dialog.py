"""The dialog that asks for several permissions in one question."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QVBoxLayout, QWidget

from protocol.messages.consent import Capability
from technician_app.controllers.permission_words import NAMES
from technician_app.views.parts import PlainLabel, named, push_button, row


class PermissionPlanDialog(QDialog):
    """Ticks what to ask for. The customer sees one question with a box for each and ticks what they allow.

    Signals:
        plan_made: a tuple of at least one Capability.
    """

    plan_made = Signal(object)

    def __init__(self, parent: QWidget, capabilities: tuple[Capability, ...]) -> None:
        super().__init__(parent)
        self.setObjectName("permissionPlanDialog")
        self.setWindowTitle("Ask for several permissions")
        self.setMinimumWidth(440)
        self._boxes = {capability: QCheckBox(NAMES[capability]) for capability in capabilities}
        self._ask = push_button("Ask the customer", "planAsk", kind="primary")
        cancel = push_button("Cancel", "planCancel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel("What do you need?", kind="heading"))
        for capability, box in self._boxes.items():
            named(box, f"plan_{capability.value}", NAMES[capability])
            box.toggled.connect(self._update)
            layout.addWidget(box)
        layout.addWidget(PlainLabel("Your customer decides on each of them, in one question.", kind="muted"))
        layout.addLayout(row(None, cancel, self._ask))
        self._ask.setDefault(True)
        self._ask.clicked.connect(self._emit)
        cancel.clicked.connect(self.reject)
        self._update()

    def _chosen(self) -> tuple[Capability, ...]:
        return tuple(capability for capability, box in self._boxes.items() if box.isChecked())

    def _update(self) -> None:
        self._ask.setEnabled(bool(self._chosen()))

    def _emit(self) -> None:
        chosen = self._chosen()
        self.accept()
        self.plan_made.emit(chosen)
