"""The sign-in page: which relay, who, and the password, which is never kept."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from technician_app.controllers.account import AccountStep, AccountViewState
from technician_app.views.parts import PlainLabel, card, centred, named, push_button


class SignInView(QWidget):
    """Asks for relay, name and password.

    Signals:
        sign_in_wanted: relay URL, name, password.
        file_wanted: an exported file is to be checked, for which nobody needs to sign in.
    """

    sign_in_wanted = Signal(str, str, str)
    file_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._relay = QLineEdit(placeholderText="https://support.example.org")
        named(self._relay, "signInRelay", "Relay address")
        self._name = QLineEdit()
        named(self._name, "signInName", "Sign-in name")
        self._password = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        named(self._password, "signInPassword", "Password")
        self._alarm = PlainLabel(name="signInAlarm", kind="alarm")
        self._problem = PlainLabel(name="signInProblem", kind="problem")
        self._not_the_relay = ""
        """The address at which something else than the relay has answered: there is no way on."""
        self._button = push_button("Sign in", "signInButton", kind="primary")
        self._file = push_button("Check an exported file…", "signInFile", shortcut="Ctrl+O")
        self._busy = False
        self._lay_out()
        for field in (self._relay, self._name, self._password):
            field.textChanged.connect(self._update_button)
            field.returnPressed.connect(self._sign_in)
        self._button.clicked.connect(self._sign_in)
        self._file.clicked.connect(self.file_wanted)
        self._alarm.hide()
        self._problem.hide()
        self._update_button()

    def prefill(self, relay_url: str, name: str) -> None:
        """Start with what was remembered and put the cursor where typing goes on."""
        self._relay.setText(relay_url)
        self._name.setText(name)
        self.focus_first_empty()

    def focus_first_empty(self) -> None:
        """Put the cursor into the first empty field."""
        fields = (self._relay, self._name, self._password)
        next((field for field in fields if not field.text()), self._password).setFocus()

    def render_account(self, state: AccountViewState) -> None:
        """Show `state`; the password is cleared as soon as it was used."""
        self._busy = state.step is AccountStep.SIGNING_IN
        self._alarm.show_or_hide(state.alarm)
        self._problem.show_or_hide(state.problem)
        if state.alarm:
            self._not_the_relay = self._relay.text().strip()
        for field in (self._relay, self._name, self._password):
            field.setEnabled(not self._busy)
        self._button.setText("Signing in…" if self._busy else "Sign in")
        if not self._busy:
            self._password.clear()
        if state.step is AccountStep.SIGNED_OUT:
            self.focus_first_empty()
        self._update_button()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        form.addRow("&Relay", self._relay)
        form.addRow("&Name", self._name)
        form.addRow("&Password", self._password)
        fields = QWidget()
        fields.setLayout(form)
        form.setContentsMargins(0, 4, 0, 4)
        box = card(
            PlainLabel("Sign in to Deskside", kind="title"),
            PlainLabel("Use the account your support team gave you.", kind="muted"),
            fields,
            self._alarm,
            self._problem,
            self._button,
            self._file,
            spacing=10,
            margin=24,
        )
        layout = QVBoxLayout(self)
        layout.addWidget(centred(box, 440))

    def _update_button(self) -> None:
        relay = self._relay.text().strip()
        filled = bool(relay and self._name.text().strip() and self._password.text())
        self._button.setEnabled(filled and not self._busy and relay != self._not_the_relay)

    def _sign_in(self) -> None:
        if self._button.isEnabled():
            self.sign_in_wanted.emit(self._relay.text().strip(), self._name.text().strip(), self._password.text())
