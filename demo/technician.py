"""The technician's app in the demo: the real program, with a watcher that answers where its widgets are.

The watcher only looks. Every click and key comes through the X display, as a person's would.
"""

import json
import sys
import threading
import time
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QMenu, QPlainTextEdit, QWidget

from technician_app.app import TechnicianApplication, main
from technician_app.views.remote_view import RemoteView


class Watcher(QObject):
    """Answers questions read from standard input, on the GUI thread."""

    asked = Signal(object)

    def __init__(self, application: TechnicianApplication) -> None:
        super().__init__(application)
        self._application = application
        self._first_paint = 0.0
        self.asked.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin to watch and to answer."""
        self._application.qt.installEventFilter(self)
        threading.Thread(target=self._read, daemon=True).start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note when the first picture of the customer's screen is painted."""
        if (
            not self._first_paint
            and event.type() == QEvent.Type.Paint
            and isinstance(watched, RemoteView)
            and watched.frame_size is not None
        ):
            self._first_paint = time.time()
        return False

    def _read(self) -> None:
        for line in sys.stdin:
            self.asked.emit(json.loads(line))

    def _answer(self, question: dict[str, Any]) -> None:
        kind = question["ask"]
        answer: dict[str, Any] = {"answer": kind}
        if kind == "widget":
            answer |= _describe(question["name"])
        elif kind == "session":
            answer |= self._session()
        elif kind == "quit":
            self._application.quit()
            return
        elif kind == "save":
            _choose_folder(question["folder"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def _session(self) -> dict[str, Any]:
        windows = self._application.session_windows
        if not windows:
            return {"phase": "none"}
        state = windows[-1].state
        return {
            "phase": state.phase.value,
            "control": state.control.value,
            "suspended": state.suspended,
            "paused": state.paused,
            "problem": state.problem,
            "outage": state.outage,
            "status": state.status,
            "link": state.link,
            "route": state.route,
            "session": state.session,
            "chat": [[line.mine, line.text, line.mark.value] for line in state.chat.lines] if state.chat else [],
            "files": [[file.name, file.stage.value] for file in state.files.files],
            "permissions": {each.value: now.standing.value for each, now in state.permissions.items()},
            "diagnostics": len(state.diagnostics),
            "attached": state.diagnostics_attached,
            "record_status": state.record_status,
            "record_path": state.record_path,
            "first_paint": self._first_paint,
            "display": state.display_size,
            "frames": windows[-1].remote.frames_painted,
            "rtt_ms": state.link_status.rtt_ms,
        }


def _describe(name: str) -> dict[str, Any]:
    for top in QApplication.topLevelWidgets():
        for widget in (top, *top.findChildren(QWidget)):
            if widget.objectName() == name and widget.isVisible():
                centre = widget.mapToGlobal(widget.rect().center())
                return {
                    "found": True,
                    "enabled": widget.isEnabled(),
                    "x": centre.x(),
                    "y": centre.y(),
                    "width": widget.width(),
                    "height": widget.height(),
                    "focus": widget.hasFocus(),
                    "text": _text_of(widget),
                }
    return _describe_line(name)


def _describe_line(name: str) -> dict[str, Any]:
    """Describe the line `name` of a menu that is open."""
    for menu in QApplication.topLevelWidgets():
        if isinstance(menu, QMenu) and menu.isVisible():
            for line in menu.actions():
                if line.objectName() == name:
                    centre = menu.mapToGlobal(menu.actionGeometry(line).center())
                    return {"found": True, "enabled": line.isEnabled(), "x": centre.x(), "y": centre.y()}
    return {"found": False}


def _text_of(widget: QWidget) -> str:
    if isinstance(widget, QLabel | QLineEdit):
        return widget.text()
    return widget.toPlainText() if isinstance(widget, QPlainTextEdit) else ""


def _choose_folder(folder: str) -> None:
    for dialog in QApplication.topLevelWidgets():
        if isinstance(dialog, QFileDialog) and dialog.isVisible():
            dialog.setDirectory(folder)


if __name__ == "__main__":
    main(on_ready=lambda application: Watcher(application).start())
