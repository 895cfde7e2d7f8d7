"""The line above the tickets that says a colleague asks for company. GUI thread only."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from protocol.messages.colleague import ColleaguePurpose
from protocol.messages.colleague_api import ColleagueInvitation
from technician_app.controllers.colleagues_invitations import InvitationsViewState
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, push_button, row

_PURPOSE = {ColleaguePurpose.VIEW: "to watch", ColleaguePurpose.HELP: "to help"}


def invitation_words(invitation: ColleagueInvitation, where: str) -> str:
    """Return who invites whereto: `where` is the end of the sentence."""
    return f"{shown_line(invitation.technician, 60)} invites you {_PURPOSE[invitation.purpose]} in a session {where}."


class ColleagueBanner(QFrame):
    """Shows the newest invitation; hidden while there is none.

    Signals:
        join_wanted: the session of the invitation.
        dismissed: the session of the invitation.
    """

    join_wanted = Signal(str)
    dismissed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("colleagueBanner")
        self.setProperty("kind", "banner")
        self._session = ""
        self._text = PlainLabel(name="colleagueBannerText")
        self._join = push_button("Join", "colleagueJoin", kind="primary", shortcut="Ctrl+J")
        self._later = push_button("Not now", "colleagueDismiss")
        line = row(self._text, self._later, self._join)
        line.setStretch(0, 1)
        line.setContentsMargins(16, 8, 12, 8)
        self.setLayout(line)
        self._join.clicked.connect(lambda: self.join_wanted.emit(self._session))
        self._later.clicked.connect(lambda: self.dismissed.emit(self._session))
        self.hide()

    def render_invitations(self, state: InvitationsViewState) -> None:
        """Show the newest invitation."""
        newest = next(iter(state.fresh), None)
        self.setVisible(newest is not None)
        if newest is None:
            return
        self._session = newest.session
        about = f"{shown_line(newest.ticket, 40)}, {shown_line(newest.subject, 60)}"
        more = len(state.fresh) - 1
        others = f" ({more} more)" if more else ""
        self._text.show_text(f"{invitation_words(newest, f'on {about}')}{others}")
        self._join.setEnabled(not state.joining)
        self._join.setText("Joining…" if state.joining else "Join")
