"""A line on a ticket for each session on it this technician is invited to. GUI thread only."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from protocol.messages.colleague_api import ColleagueInvitation
from technician_app.models.received_text import shown_line
from technician_app.views.colleague_banner import invitation_words
from technician_app.views.parts import PlainLabel, push_button, row


class InvitationRows(QWidget):
    """Hidden while there is no invitation. One that was put off above the tickets still stands here.

    Signals:
        join_wanted: the session of the invitation.
    """

    join_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("ticketInvitations")
        self._shown: tuple[tuple[ColleagueInvitation, ...], bool] = ((), False)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(6)
        self.hide()

    def show_rows(self, invitations: tuple[ColleagueInvitation, ...], *, joining: bool) -> None:
        """Show `invitations`; while `joining` no other can be accepted."""
        if (invitations, joining) == self._shown:
            return
        self._shown = (invitations, joining)
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for invitation in invitations:
            self._lines.addWidget(self._line(invitation, joining))
        self.setVisible(bool(invitations))

    def _line(self, invitation: ColleagueInvitation, joining: bool) -> QWidget:
        name = invitation.session[:8]
        line = QFrame()
        line.setProperty("kind", "card")
        words = PlainLabel(invitation_words(invitation, "on this ticket"), name=f"invitation{name}")
        join = push_button("Joining…" if joining else "Join", f"invitationJoin{name}", kind="primary")
        join.setAccessibleName(f"Join the session of {shown_line(invitation.technician, 60)}")
        join.setEnabled(not joining)
        join.clicked.connect(partial(self._join, invitation.session))
        beside = row(words, join)
        beside.setStretch(0, 1)
        beside.setContentsMargins(12, 8, 8, 8)
        line.setLayout(beside)
        return line

    def _join(self, session: str, _checked: bool = False) -> None:
        self.join_wanted.emit(session)
