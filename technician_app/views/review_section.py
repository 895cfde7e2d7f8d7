"""The review section: results, policy and one session's page, with what runs below them. GUI thread."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from technician_app.controllers.review import ReviewListState, ReviewPageState, ReviewToolsState
from technician_app.controllers.review_policy import PolicyResult
from technician_app.controllers.session_export import EXPORT_SUFFIX
from technician_app.views.parts import PlainLabel, push_button, row
from technician_app.views.review_care_dialogs import EraseDialog, HoldDialog
from technician_app.views.review_dialogs import SignDialog, UnlockDialog
from technician_app.views.review_list import ReviewList
from technician_app.views.review_page import ReviewPage
from technician_app.views.review_policy import ReviewPolicy
from technician_app.views.review_roots import ReviewRoots


class ReviewSection(QWidget):
    """Everything of review in the main window.

    Signals:
        open_wanted: session, event (lane, seq) or None.
        left: the page of a session was left.
        policy_wanted: sessions. cancel_wanted, lock_wanted: the buttons.
        unlock_given_up: the dialog was closed without the key.
        export_wanted: sessions, path. unlock_wanted: path, passphrase. sign_wanted: session, Meaning, password.
        hold_wanted: session, held, reason. erase_wanted: session, basis.
        file_wanted: the path of an export to check.
    """

    open_wanted = Signal(str, object)
    left = Signal()
    policy_wanted = Signal(object)
    cancel_wanted = Signal()
    lock_wanted = Signal()
    export_wanted = Signal(object, Path)
    unlock_wanted = Signal(Path, str)
    unlock_given_up = Signal()
    sign_wanted = Signal(str, object, str)
    hold_wanted = Signal(str, bool, str)
    erase_wanted = Signal(str, str)
    file_wanted = Signal(Path)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("reviewSection")
        self.list = ReviewList()
        self.policy = ReviewPolicy()
        self.page = ReviewPage()
        self.unlock_dialog: UnlockDialog | None = None
        self.sign_dialog: SignDialog | None = None
        self.care_dialog: HoldDialog | EraseDialog | None = None
        self.roots = ReviewRoots()
        self._tools = ReviewToolsState()
        self._key_path = ""
        self._came_from: QWidget = self.list
        self._stack = QStackedWidget()
        for each in (self.list, self.policy, self.page):
            self._stack.addWidget(each)
        self._progress = QProgressBar(textVisible=False, maximum=1000)
        self._progress.setFixedHeight(4)
        self._said = PlainLabel("", name="reviewSaid", kind="muted", wrap=False).shrinkable()
        self._cancel = push_button("Cancel", "reviewCancel", shortcut="Ctrl+.")
        self._foot = self._make_foot()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.roots)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._foot)
        self._connect()
        self.render_tools(self._tools)

    def render_list(self, state: ReviewListState) -> None:
        """Show the results."""
        self.list.render_list(state)

    def render_page(self, state: ReviewPageState) -> None:
        """Show the open session; none leads back to where it was opened from."""
        before = self.page.state.session
        self.page.render_page(state)
        if state.session:
            if self._stack.currentWidget() is not self.page:
                self._came_from = self.policy if self._stack.currentWidget() is self.policy else self.list
            self._stack.setCurrentWidget(self.page)
        elif self._stack.currentWidget() is self.page:
            self._stack.setCurrentWidget(self._came_from)
            if self._came_from is self.list:
                self.list.focus_results(before)
            else:
                self.policy.tree.setFocus()

    def render_tools(self, state: ReviewToolsState) -> None:
        """Show what can be done and what runs."""
        self._tools = state
        self.list.render_tools(state)
        self.page.render_tools(state)
        self.roots.render_roots(state.roots)
        self._said.show_text(state.busy or state.said)
        self._progress.setVisible(bool(state.busy))
        self._progress.setValue(int(state.share * 1000))
        self._cancel.setVisible(bool(state.busy))
        self._foot.setVisible(bool(state.busy or state.said))
        if state.unlocked and self.unlock_dialog is not None:
            self.unlock_dialog.accept()

    def render_policy(self, result: PolicyResult) -> None:
        """Show how the policy stands."""
        self.policy.render_policy(result)
        if result.running and not result.done:
            self._stack.setCurrentWidget(self.policy)
            self.policy.tree.setFocus()

    def focus_first(self) -> None:
        """The section was chosen."""
        if self._stack.currentWidget() is self.list:
            self.list.focus_search()

    def reset(self) -> None:
        """Somebody signed out."""
        self.list.reset()
        self._stack.setCurrentWidget(self.list)
        for dialog in (self.unlock_dialog, self.sign_dialog, self.care_dialog):
            if dialog is not None:
                dialog.reject()

    def signed(self) -> None:
        """The relay has the signature: its dialog is done."""
        if self.sign_dialog is not None:
            self.sign_dialog.accept()

    def cared(self) -> None:
        """The relay has done it: its dialog is done."""
        if self.care_dialog is not None:
            self.care_dialog.accept()

    def ask_unlock(self) -> None:
        """Ask for the review key."""
        dialog = UnlockDialog(self, self._key_path)
        self.unlock_dialog = dialog
        dialog.unlock_wanted.connect(self._unlock)
        dialog.rejected.connect(self.unlock_given_up)
        dialog.finished.connect(lambda _result: setattr(self, "unlock_dialog", None))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def ask_export(self, sessions: tuple[str, ...]) -> None:
        """Ask where an export is saved."""
        name = f"{self.page.state.page.title if self._on_page and self.page.state.page else 'sessions'}{EXPORT_SUFFIX}"
        dialog = QFileDialog(self, "Export", "", f"Deskside exports (*{EXPORT_SUFFIX})")
        dialog.setObjectName("reviewExportFile")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(EXPORT_SUFFIX.lstrip("."))
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda path: self.export_wanted.emit(sessions, Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @property
    def _on_page(self) -> bool:
        return self._stack.currentWidget() is self.page

    def _unlock(self, path: Path, passphrase: str) -> None:
        self._key_path = str(path)
        self.unlock_wanted.emit(path, passphrase)

    def _ask_sign(self) -> None:
        page = self.page.state.page
        if page is None:
            return
        dialog = SignDialog(self, page.title, self._tools.name, page.own)
        self.sign_dialog = dialog
        dialog.sign_wanted.connect(lambda meaning, password: self.sign_wanted.emit(page.session, meaning, password))
        dialog.finished.connect(lambda _result: setattr(self, "sign_dialog", None))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_hold(self) -> None:
        page = self.page.state.page
        if page is not None:
            dialog = HoldDialog(self, page.title, held=page.on_hold)
            dialog.hold_wanted.connect(lambda held, reason: self.hold_wanted.emit(page.session, held, reason))
            self._open_care(dialog)

    def _ask_erase(self) -> None:
        page = self.page.state.page
        if page is not None:
            dialog = EraseDialog(self, page.title)
            dialog.erase_wanted.connect(lambda basis: self.erase_wanted.emit(page.session, basis))
            self._open_care(dialog)

    def _open_care(self, dialog: HoldDialog | EraseDialog) -> None:
        self.care_dialog = dialog
        dialog.finished.connect(lambda _result: setattr(self, "care_dialog", None))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_file(self) -> None:
        dialog = choose_export(self)
        dialog.fileSelected.connect(lambda path: self.file_wanted.emit(Path(path)))
        dialog.open()

    def _connect(self) -> None:
        results, page, policy = self.list, self.page, self.policy
        results.session_chosen.connect(lambda session: self.open_wanted.emit(session, None))
        results.policy_wanted.connect(self.policy_wanted)
        results.export_wanted.connect(self.ask_export)
        results.file_wanted.connect(self._ask_file)
        results.unlock_wanted.connect(self.ask_unlock)
        results.lock_wanted.connect(self.lock_wanted)
        policy.back_wanted.connect(self._back_to_results)
        policy.place_wanted.connect(self._open_place)
        page.back_wanted.connect(self.left)
        page.session_wanted.connect(lambda session: self.open_wanted.emit(session, None))
        page.export_wanted.connect(lambda: self.ask_export((self.page.state.session,)))
        page.sign_wanted.connect(self._ask_sign)
        page.hold_wanted.connect(self._ask_hold)
        page.erase_wanted.connect(self._ask_erase)
        page.unlock_wanted.connect(self.ask_unlock)
        page.lock_wanted.connect(self.lock_wanted)
        self._cancel.clicked.connect(self.cancel_wanted)

    def _back_to_results(self) -> None:
        self._came_from = self.list
        self._stack.setCurrentWidget(self.list)
        self.list.focus_results()

    def _open_place(self, session: str, lane: str | None, seq: int | None) -> None:
        self.open_wanted.emit(session, None if lane is None or seq is None else (lane, seq))

    def _make_foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("reviewFoot")
        line = row(self._said, self._progress, self._cancel, spacing=12)
        line.setStretch(0, 2)
        line.setStretch(1, 1)
        line.setContentsMargins(16, 4, 16, 8)
        foot.setLayout(line)
        return foot


def choose_export(parent: QWidget) -> QFileDialog:
    """Return a dialog that asks for a `.dsaudit` file; `open()` it."""
    dialog = QFileDialog(parent, "Check an exported file", "", f"Deskside exports (*{EXPORT_SUFFIX});;All files (*)")
    dialog.setObjectName("reviewChooseFile")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.finished.connect(dialog.deleteLater)
    return dialog
