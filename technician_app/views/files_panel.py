"""Files beside the picture: what goes to the customer and what comes from them. GUI thread only."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QInputDialog,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from protocol.transport.files.status import FileStatus
from technician_app.controllers.session_state import FilesShown
from technician_app.models.received_text import shown_line
from technician_app.views.file_row import FileRow
from technician_app.views.parts import PlainLabel, named, push_button, row

WISH_CHARS = 160
"""The longest description of a file that is asked for."""


class FilesPanel(QDockWidget):
    """Shows a FilesShown.

    Signals:
        files_chosen: paths (a tuple of str) to offer to the customer.
        file_wanted: a description of the file the customer is asked for.
        answered: a transfer (bytes) is to be saved (True) or not.
        held: a transfer is to be held (True) or to go on.
        cancelled: a transfer is given up.
        folder_chosen: where to save files from now on.
    """

    files_chosen = Signal(object)
    file_wanted = Signal(str)
    answered = Signal(object, bool)
    held = Signal(object, bool)
    cancelled = Signal(object)
    folder_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Files")
        named(self, "filesPanel", "Files")
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._rows: dict[bytes, FileRow] = {}
        self._folder = ""
        self.dialog: QFileDialog | QInputDialog | None = None
        self._send = push_button("Send files…", "sendFiles", kind="primary", tip="Or drop them on the picture")
        self._ask = push_button("Ask for a file…", "askForFile", tip="The customer chooses it")
        self._open = push_button("Open folder", "openFilesFolder", tip="Show what was saved")
        self._change = push_button("Other folder…", "changeFilesFolder", tip="Save the customer's files elsewhere")
        self._said = PlainLabel(name="filesSaid", kind="muted")
        self._problem = PlainLabel(name="filesProblem", kind="problem")
        self._where = PlainLabel(name="filesFolder", kind="muted")
        self._column = QVBoxLayout()
        self._lay_out()
        self._send.clicked.connect(self._choose_files)
        self._ask.clicked.connect(self._describe_wish)
        self._change.clicked.connect(self._choose_folder)
        self._open.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder)))

    def render_files(self, files: FilesShown) -> None:
        """Show `files`."""
        self._folder = files.folder
        for status in files.files:
            self._row(status).render_status(status)
        self._said.show_text(_summary(files))
        self._problem.show_or_hide(shown_line(files.said, 300))
        self._where.show_or_hide(f"Files of the customer go to {shown_line(files.folder, 200)}" if files.folder else "")
        self._ask.setEnabled(not files.wish)
        self._open.setEnabled(bool(files.folder) and Path(files.folder).is_dir())

    def _row(self, status: FileStatus) -> FileRow:
        known = self._rows.get(status.transfer)
        if known is not None:
            return known
        made = FileRow(len(self._rows))
        made.answered.connect(partial(self.answered.emit, status.transfer))
        made.held.connect(partial(self.held.emit, status.transfer))
        made.cancelled.connect(partial(self.cancelled.emit, status.transfer))
        self._rows[status.transfer] = made
        self._column.insertWidget(0, made)  # the newest on top
        return made

    def _choose_files(self) -> None:
        dialog = QFileDialog(self, "Files for the customer")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda paths: self.files_chosen.emit(tuple(paths)))
        self._show(dialog)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Save the customer's files in", self._folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder_chosen)
        self._show(dialog)

    def _describe_wish(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle("Ask for a file")
        dialog.setLabelText("Which file? The customer reads this and chooses the file.")
        dialog.setOkButtonText("Ask")
        dialog.textValueSelected.connect(self._wish_described)
        self._show(dialog)

    def _wish_described(self, text: str) -> None:
        if text.strip():
            self.file_wanted.emit(text.strip()[:WISH_CHARS])

    def _show(self, dialog: QFileDialog | QInputDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = dialog
        dialog.open()

    def _lay_out(self) -> None:
        content = QWidget()
        content.setMinimumWidth(400)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addLayout(row(self._send, self._ask, None))
        layout.addWidget(self._said)
        layout.addWidget(self._problem)
        rows = QWidget()
        column = QVBoxLayout(rows)
        column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        column.addLayout(self._column)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setObjectName("filesArea")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(rows)
        layout.addWidget(area, 1)
        layout.addWidget(self._where)
        layout.addLayout(row(self._open, self._change, None))
        self.setWidget(content)


class FileDrop(QObject):
    """Takes files that are dropped anywhere on a window.

    Signals:
        dropped: their paths, a tuple of str.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.enabled = False
        """Whether files can be sent now."""
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take files; leave everything else alone."""
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds or not isinstance(event, QDropEvent):
            return super().eventFilter(watched, event)
        paths = tuple(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile())
        if not self.enabled or not paths:
            return super().eventFilter(watched, event)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(paths)
        return True


def _summary(files: FilesShown) -> str:
    if files.wish:
        return f"The customer is asked for: {shown_line(files.wish, WISH_CHARS)}"
    if files.waiting:
        return f"{files.waiting} more will be offered when the customer has answered."
    return "The customer is asked about each file. Programs and scripts are not sent."
