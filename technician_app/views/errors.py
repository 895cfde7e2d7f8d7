"""The one place where an error becomes a message on the screen."""

import logging
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from technician_app.models.received_text import shown_line, shown_text

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ErrorMessage:
    """What a person reads about an error, and the code to quote to whoever helps them."""

    title: str
    text: str
    code: str


def message_for(error: BaseException) -> ErrorMessage:
    """Return what to say about `error`; a bug of ours says no more than that, the rest is in the log."""
    if isinstance(error, EnvironmentFault):
        return ErrorMessage("Deskside could not do that", shown_text(error.user_text, 600), shown_line(error.code, 60))
    if isinstance(error, PeerError):
        return ErrorMessage("That was refused", shown_text(error.user_text, 600), shown_line(error.code, 60))
    if isinstance(error, DesksideError):
        return ErrorMessage("Something went wrong", shown_text(error.user_text, 600), shown_line(error.code, 60))
    return ErrorMessage("Something went wrong", DesksideError.user_text, DesksideError.code)


def show_error(parent: QWidget, error: BaseException) -> QMessageBox:
    """Open a message about `error` above `parent` and return at once."""
    message = message_for(error)
    _log.warning("shown to the technician: %s (%s)", message.code, error)
    box = QMessageBox(parent)
    box.setObjectName("errorMessage")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(message.title)
    box.setText(message.text)
    box.setInformativeText(f"Code: {message.code}")
    box.open()
    return box
