import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from protocol.errors import EnvironmentFault, LocalError, PeerError
from technician_app.views.errors import message_for, show_error


@pytest.mark.parametrize("kind", [PeerError, EnvironmentFault, LocalError])
def test_our_errors_say_their_own_sentence(kind):
    message = message_for(kind("detail", code="some_code", user_text="Do this."))
    assert (message.text, message.code) == ("Do this.", "some_code")


def test_a_bug_shows_no_inner_details():
    message = message_for(KeyError("secret-token"))
    assert "secret" not in message.text
    assert message.code == "internal"


def test_a_relays_sentence_cannot_break_out_of_plain_text(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    box = show_error(parent, PeerError(code="x", user_text="<h1>Hi</h1>\u202e" + "y" * 5000))
    assert isinstance(box, QMessageBox)
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert box.text().startswith("<h1>Hi</h1>⟨U+202E⟩")
    assert len(box.text()) <= 600
    box.close()
