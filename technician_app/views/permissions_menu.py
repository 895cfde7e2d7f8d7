"""The "Ask for…" menu of a session window: every permission with where it stands, to ask for or give back."""

import math
import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from protocol.consent import INDEPENDENT, Standing
from protocol.messages.consent import Capability
from technician_app.controllers.permission_words import NAMES
from technician_app.controllers.session_state import Permission

Permissions = Mapping[Capability, Permission]


def standing_words(permission: Permission, now: float) -> str:
    """Return where a permission stands at `now` (monotonic seconds), as its menu line ends."""
    if permission.standing is Standing.ASKED:
        return "asking…"
    if permission.standing is Standing.DENIED:
        return ""
    if permission.until is None:
        return "allowed"
    return f"allowed, {max(1, math.ceil((permission.until - now) / 60))} min left"


def can_be_asked(permissions: Permissions, capability: Capability) -> bool:
    """Return whether it makes sense to ask for `capability` now: whoever acts on a screen has to see it."""
    sees = permissions.get(Capability.SEE, Permission()).standing is Standing.GRANTED
    denied = permissions.get(capability, Permission()).standing is Standing.DENIED
    return denied and (sees or capability in INDEPENDENT)


class PermissionsMenu(QMenu):
    """A tick means allowed; choosing a line asks for it, takes the question back, or gives the permission back.

    Signals:
        asked: a Capability to ask for.
        given_back: a Capability to give back.
        plan_wanted: several are to be asked for in one question.
    """

    asked = Signal(object)
    given_back = Signal(object)
    plan_wanted = Signal()

    def __init__(self, parent: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.setObjectName("permissionsMenu")
        self.setToolTipsVisible(True)
        self._clock = clock
        self._permissions: Permissions = {}
        self._lines: dict[Capability, QAction] = {}
        # The parent's, not ours: `clear` deletes what belongs to the menu.
        self._plan = QAction("Ask for &several at once…", parent)
        self._plan.triggered.connect(self.plan_wanted)
        self.aboutToShow.connect(self._reword)

    def show_permissions(self, permissions: Permissions) -> None:
        """Show what can be asked for in this session, and where it stands."""
        if permissions == self._permissions:
            return
        if list(permissions) != list(self._permissions):
            self._rebuild(list(permissions))
        self._permissions = permissions
        self._reword()

    def line(self, capability: Capability) -> QAction:
        """Return the line of `capability`."""
        return self._lines[capability]

    def _rebuild(self, capabilities: list[Capability]) -> None:
        self.clear()
        self._lines = {capability: self._new_line(capability) for capability in capabilities}
        self.addSeparator()
        self.addAction(self._plan)

    def _new_line(self, capability: Capability) -> QAction:
        line = self.addAction(NAMES[capability])
        line.setObjectName(f"ask_{capability.value}")
        line.setCheckable(True)
        line.triggered.connect(lambda: self._chosen(capability))
        return line

    def _chosen(self, capability: Capability) -> None:
        standing = self._permissions.get(capability, Permission()).standing
        self._reword()  # the tick shows what is, not what was clicked
        if standing is Standing.DENIED:
            self.asked.emit(capability)
        else:
            self.given_back.emit(capability)

    def _reword(self) -> None:
        now = self._clock()
        for capability, line in self._lines.items():
            permission = self._permissions.get(capability, Permission())
            words = standing_words(permission, now)
            line.setText(f"{NAMES[capability]}\t{words}" if words else NAMES[capability])
            line.setChecked(permission.standing is Standing.GRANTED)
            askable = can_be_asked(self._permissions, capability)
            line.setEnabled(askable or permission.standing is not Standing.DENIED)
            line.setToolTip(_TIPS[permission.standing])
        self._plan.setEnabled(sum(can_be_asked(self._permissions, each) for each in self._lines) > 1)


_TIPS = {
    Standing.DENIED: "Ask the customer for it",
    Standing.ASKED: "Take the question back",
    Standing.GRANTED: "Give it back",
}
