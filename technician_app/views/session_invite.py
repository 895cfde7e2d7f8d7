"""The first page of a session: the link and the codes the customer needs, each with a copy button."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from technician_app.controllers.session_state import SessionViewState
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, card, named, push_button, row

COPIED_MS = 1600
"""How long a copy button says that it has copied."""


class CopyButton(QWidget):
    """A button that puts a text on the clipboard and says so for a moment.

    Signals:
        copied: the text is on the clipboard.
    """

    copied = Signal()

    def __init__(self, name: str, what: str) -> None:
        super().__init__()
        self._text = ""
        self._button = push_button("Copy", name, tip=f"Copy the {what}")
        self._button.setAccessibleName(f"Copy the {what}")
        self._button.setMinimumWidth(84)
        self._reset = QTimer(self, singleShot=True, interval=COPIED_MS)
        self._reset.timeout.connect(lambda: self._button.setText("Copy"))
        self._button.clicked.connect(self._copy)
        self.setLayout(row(self._button))
        self.setFocusProxy(self._button)

    def set_text(self, text: str) -> None:
        """Say what the button copies."""
        self._text = text
        self._button.setEnabled(bool(text))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self._button.setText("Copied")
        self._reset.start()
        self.copied.emit()


class SessionInvite(QWidget):
    """Shows the ways into the session while it waits for its customer."""

    def __init__(self) -> None:
        super().__init__()
        self._link = QLineEdit(readOnly=True)
        named(self._link, "sessionLink", "Link for the customer")
        self._link.setProperty("kind", "link")
        self._route = PlainLabel(name="sessionRoute", kind="code", wrap=False).selectable()
        self._spoken = PlainLabel(name="sessionSpokenRoute", kind="code", wrap=False).selectable()
        self._copy_link = CopyButton("copyLink", "link")
        self._copy_route = CopyButton("copyRoute", "code")
        self._copy_spoken = CopyButton("copySpokenRoute", "spoken code")
        self._status = PlainLabel(name="inviteStatus", kind="muted")
        self._problem = PlainLabel(name="inviteProblem", kind="problem")
        self._link_box = self._box("Send this link", self._link, self._copy_link, stretch=True)
        self._route_box = self._box("Or have this code typed into Deskside", self._route, self._copy_route)
        self._spoken_box = self._box("Or say these 6 digits (15 minutes)", self._spoken, self._copy_spoken)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel("Invite your customer", kind="title"))
        layout.addWidget(PlainLabel("The first of these that is used opens the session.", kind="muted"))
        for box in (self._link_box, self._route_box, self._spoken_box):
            layout.addWidget(box)
        layout.addWidget(self._problem)
        layout.addWidget(self._status)

    def focus_link(self) -> None:
        """Put the cursor where the technician starts: on the link's copy button."""
        self._copy_link.setFocus()

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        if self._link.text() != state.link:
            self._link.setText(shown_line(state.link, 500))
            self._link.setCursorPosition(0)
        self._route.show_text(state.route)
        spoken = state.spoken_route
        self._spoken.show_text(f"{spoken[:3]} {spoken[3:]}" if len(spoken) == 6 else spoken)
        self._spoken_box.setVisible(bool(spoken))
        self._copy_link.set_text(state.link)
        self._copy_route.set_text(state.route)
        self._copy_spoken.set_text(spoken)
        self._problem.show_or_hide(state.problem)
        self._status.show_text(state.status or "Waiting for the customer.")

    def _box(self, title: str, shown: QWidget, copy: CopyButton, *, stretch: bool = False) -> QWidget:
        line = QWidget()
        line.setLayout(row(shown, copy) if stretch else row(shown, None, copy))
        return card(PlainLabel(title, kind="muted"), line, spacing=4)
