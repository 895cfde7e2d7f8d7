"""Policy sentences and where they do not hold; a result leads to its event. GUI thread."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from protocol.audit.assertions import Assertion, Breach, Outcome
from technician_app.controllers.review_page import SIDES
from technician_app.controllers.review_policy import PolicyResult
from technician_app.controllers.review_status import Tone
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, named, push_button, row
from technician_app.views.review_chips import tone_colour
from technician_app.views.theme import colours_of

_PLACE = int(Qt.ItemDataRole.UserRole)
_WORDS = {Outcome.HOLDS: "✓ Holds", Outcome.UNKNOWN: "! Not known", Outcome.FAILS: "✗ Fails"}
_TONES = {Outcome.HOLDS: Tone.GOOD, Outcome.UNKNOWN: Tone.WARN, Outcome.FAILS: Tone.BAD}
_MOST_SHOWN = 500
"""Places under one sentence."""


class ReviewPolicy(QWidget):
    """Shows a PolicyResult.

    Signals:
        back_wanted: the button.
        place_wanted: session, and lane and seq of an event (None, None: the session as a whole).
    """

    back_wanted = Signal()
    place_wanted = Signal(str, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._back = push_button("‹ Results", "reviewPolicyBack", tip="Back to the results (Esc)")
        self._title = PlainLabel("Policy", name="reviewPolicyTitle", kind="title", wrap=False)
        self._said = PlainLabel("", name="reviewPolicySaid", kind="muted", wrap=False).shrinkable()
        self.tree = QTreeWidget()
        named(self.tree, "reviewPolicyTree", "Policy sentences and where they do not hold")
        self.tree.setHeaderLabels(["Sentence", "Result", "Ticket", "Event"])
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 110), (2, 150), (3, 150)):
            header.resizeSection(column, width)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 8)
        layout.setSpacing(8)
        head = row(self._back, self._title, self._said, spacing=10)
        head.setStretch(2, 1)
        layout.addLayout(head)
        layout.addWidget(self.tree, 1)
        layout.addWidget(PlainLabel("Return or a double click opens the session at that event.", kind="muted"))
        self._back.clicked.connect(self.back_wanted)
        QShortcut(QKeySequence("Esc"), self, self.back_wanted.emit)
        self.tree.itemActivated.connect(self._activated)

    def render_policy(self, result: PolicyResult) -> None:
        """Show how the sentences stand so far."""
        so_far = f"{result.done} of {result.total} sessions checked"
        self._said.show_text(so_far if result.done < result.total else f"{result.total} sessions checked, all here")
        if result.running and result.done:
            return
        self.tree.clear()
        for assertion in Assertion:
            breaches = result.breaches_of(assertion)
            words = assertion.value[:1].upper() + assertion.value[1:]
            fails = sum(each.outcome is Outcome.FAILS for each in breaches)
            line = self._line(words, result.outcome_of(assertion), f"{fails} fail" if fails else "", "")
            self.tree.addTopLevelItem(line)
            for breach in breaches[:_MOST_SHOWN]:
                line.addChild(self._breach(breach, result.tickets.get(breach.session, breach.session[:12])))
            if len(breaches) > _MOST_SHOWN:
                line.addChild(QTreeWidgetItem([f"{len(breaches) - _MOST_SHOWN} more"]))
            line.setExpanded(bool(fails))
        if result.unread:
            line = self._line("Sessions that could not be read", Outcome.UNKNOWN, str(len(result.unread)), "")
            self.tree.addTopLevelItem(line)
            for session, why in result.unread:
                line.addChild(self._line(shown_line(why), Outcome.UNKNOWN, session[:12], ""))
        self.tree.setCurrentIndex(self.tree.model().index(0, 0))

    def _breach(self, breach: Breach, ticket: str) -> QTreeWidgetItem:
        event = ""
        if breach.lane is not None:
            event = f"{SIDES.get(breach.lane, breach.lane)}" + ("" if breach.seq is None else f" {breach.seq}")
        line = self._line(shown_line(breach.text, 300), breach.outcome, shown_line(ticket, 40), event)
        line.setData(0, _PLACE, (breach.session, breach.lane, breach.seq))
        return line

    def _line(self, text: str, outcome: Outcome, session: str, event: str) -> QTreeWidgetItem:
        line = QTreeWidgetItem([text, _WORDS[outcome], session, event])
        line.setForeground(1, QColor(tone_colour(_TONES[outcome], colours_of(self))))
        return line

    def _activated(self, line: QTreeWidgetItem) -> None:
        place = line.data(0, _PLACE)
        if place is not None:
            self.place_wanted.emit(*place)
        else:
            line.setExpanded(not line.isExpanded())
