"""The page on which the technician types the PIN the customer reads out."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from protocol.errors import PeerError
from protocol.pairing.pin import parse_pin
from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.views.errors import message_for
from technician_app.views.parts import PlainLabel, card, named, push_button, row
from technician_app.views.theme import restyle

DIGITS = 9
_GROUP = 3


class PinEntry(QWidget):
    """Takes nine digits, groups them while they are typed and checks the check digit before anything is sent.

    Signals:
        pin_entered: the nine digits; their check digit is right.
    """

    pin_entered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._field = QLineEdit(placeholderText="000 000 000")
        named(self._field, "pinField", "PIN the customer reads out, nine digits")
        self._field.setProperty("kind", "pin")
        self._hint = PlainLabel(name="pinHint", kind="muted")
        self._problem = PlainLabel(name="pinProblem", kind="problem")
        # room for two lines, so that nothing moves while digits are typed
        self._hint.setMinimumHeight(2 * self._hint.fontMetrics().lineSpacing())
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._send = push_button("Check PIN", "pinSend", kind="primary")
        self._phase: Phase | None = None
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel("Ask for the PIN", kind="title"))
        about = "Your customer sees nine digits. Let them read the digits to you; nobody else can know them."
        layout.addWidget(PlainLabel(about, kind="muted"))
        entry = QWidget()
        entry.setLayout(row(self._field, self._send))
        layout.addWidget(card(entry, self._hint, self._problem, spacing=8))
        self._field.textEdited.connect(self._group)
        self._field.returnPressed.connect(self._emit)
        self._send.clicked.connect(self._emit)
        self._check()

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`; each time a PIN is wanted the field starts empty, because each PIN is good for one try."""
        checking = state.phase is Phase.CHECKING_PIN
        self._field.setEnabled(not checking)
        self._problem.show_or_hide(state.problem)
        if state.phase is not self._phase:
            self._phase = state.phase
            if state.phase is Phase.PIN_WANTED:
                self._field.clear()
                self._field.setFocus()
        self._check()

    def _group(self, typed: str) -> None:
        """Regroup what was typed; the cursor stays behind the digit it was behind."""
        before = sum(character.isdecimal() for character in typed[: self._field.cursorPosition()])
        digits = "".join(character for character in typed if character.isdecimal() and character.isascii())[:DIGITS]
        grouped = " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))
        self._field.setText(grouped)
        before = min(before, len(digits))
        self._field.setCursorPosition(before + (before - 1) // _GROUP if before else 0)
        self._check()

    def _check(self) -> None:
        digits = self._field.text().replace(" ", "")
        checking = self._phase is Phase.CHECKING_PIN
        good, kind = False, "muted"
        if checking:
            hint = "Checking with your customer's computer…"
        elif len(digits) < DIGITS:
            missing = DIGITS - len(digits)
            hint = f"{missing} more digit{'' if missing == 1 else 's'}." if digits else "Spaces are not needed."
        else:
            good, hint = _verdict(digits)
            kind = "good" if good else "problem"
        self._hint.show_text(hint)
        restyle(self._hint, "kind", kind)
        self._send.setEnabled(good)
        self._send.setText("Checking…" if checking else "Check PIN")

    def _emit(self) -> None:
        if self._send.isEnabled():
            self.pin_entered.emit(self._field.text().replace(" ", ""))


def _verdict(digits: str) -> tuple[bool, str]:
    try:
        parse_pin(digits)
    except PeerError as error:
        return (False, message_for(error).text)
    return (True, "These digits fit together.")
