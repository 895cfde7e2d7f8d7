from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton

from protocol.files.transfer import Stage
from protocol.transport.files.status import FileStatus
from technician_app.controllers.session_state import FilesShown, Phase, SessionViewState
from technician_app.views.files_panel import FilesPanel
from technician_app.views.session_window import SessionWindow

LIVE = SessionViewState(phase=Phase.LIVE, session="ab" * 16, ticket="DS-1", subject="Printer", link="", route="")
OFFER = FileStatus(b"o" * 16, "photo.jpg", "Picture (JPG)", 2_400_000, "3F9A 22C1 07BE", False, Stage.OFFERED)
MOVING = FileStatus(b"m" * 16, "a\u202eb.pdf", "PDF document", 1000, "0000 1111 2222", True, Stage.MOVING, 250, 75.0)


class Intents:
    """Keeps what was done, in order; whatever is asked for is this again."""

    def __init__(self):
        self.done = []
        self.exchange = self.files = self.screen = self

    def __getattr__(self, name):
        return lambda *arguments: self.done.append((name, *arguments))


@pytest.fixture
def intents():
    return Intents()


@pytest.fixture
def window(qtbot, intents):
    shown = SessionWindow(intents, lambda: None, LIVE)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    intents.done.clear()
    return shown


def press(child, window, name):
    button = child(window, name, QPushButton)
    assert button.isVisibleTo(window), name
    button.click()


def test_a_file_of_the_customer_opens_the_panel_and_is_asked_about(window, child, intents):
    assert not window.exchange.files.isVisibleTo(window)
    window.render(replace(LIVE, files=FilesShown((OFFER,), "/home/anna")))
    assert window.exchange.files.isVisibleTo(window)
    press(child, window, "fileSave0")
    press(child, window, "fileDecline0")
    assert [act for act in intents.done if act[0] == "answer"] == [
        ("answer", OFFER.transfer, True),
        ("answer", OFFER.transfer, False),
    ]


def test_progress_is_shown_and_can_be_held_and_cancelled(window, child, intents):
    window.render(replace(LIVE, files=FilesShown((MOVING,), "/home/anna")))
    window.exchange.files_button.setChecked(True)
    assert child(window, "fileProgress0", QLabel).text() == "25 %, 75 bytes/s, 10 s left"
    assert child(window, "fileBar0", QProgressBar).value() == 250
    assert "\u202e" not in child(window, "fileName0", QLabel).text()
    press(child, window, "fileHold0")
    window.render(replace(LIVE, files=FilesShown((replace(MOVING, held_here=True),), "/home/anna")))
    press(child, window, "fileHold0")
    press(child, window, "fileCancel0")
    assert [act for act in intents.done if act[0] in ("pause", "cancel")] == [
        ("pause", MOVING.transfer, True),
        ("pause", MOVING.transfer, False),
        ("cancel", MOVING.transfer),
    ]


def drop(window, *urls, kind=QDropEvent):
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    place = window.remote.rect().center()
    arguments = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    event = kind(place if kind is QDragEnterEvent else QPointF(place), *arguments)
    QApplication.sendEvent(window, event)
    return event


def test_files_dropped_on_the_window_are_offered(window, intents):
    assert drop(window, "file:///tmp/a.pdf", kind=QDragEnterEvent).isAccepted()
    drop(window, "file:///tmp/a.pdf", "file:///tmp/b.log")
    assert ("send", ("/tmp/a.pdf", "/tmp/b.log")) in intents.done
    assert window.exchange.files.isVisibleTo(window)


def test_nothing_else_is_taken_nor_anything_before_the_session(window, intents):
    drop(window, "https://example.org/a.pdf")
    window.render(replace(LIVE, phase=Phase.CONNECTING))
    drop(window, "file:///tmp/a.pdf")
    assert [act for act in intents.done if act[0] == "send"] == []


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_wish_is_described_and_asked_once(qtbot, child):
    panel = FilesPanel()
    qtbot.addWidget(panel)
    panel.show()
    wished = []
    panel.file_wanted.connect(wished.append)
    press(child, panel, "askForFile")
    panel.dialog.setTextValue("  the printer's log ")
    panel.dialog.accept()
    assert wished == ["the printer's log"]
    panel.render_files(FilesShown(wish="the printer's log"))
    assert not child(panel, "askForFile", QPushButton).isEnabled()
