"""Review put together: its controller on the network thread, its section of the main window, its files. GUI thread."""

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from protocol.audit.signatures import Meaning
from technician_app.bridge.network_thread import NetworkThread
from technician_app.controllers.account import AccountController
from technician_app.controllers.profile import Profile
from technician_app.controllers.review import ReviewController, ReviewShown
from technician_app.controllers.review_files import OpenedFile
from technician_app.recording_windows import RecordingWindows
from technician_app.views.review_file_window import ReviewFileWindow
from technician_app.views.review_section import ReviewSection, choose_export


class Submit(Protocol):
    """Runs a coroutine on the network thread; an expired sign-in is taken care of."""

    def __call__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        *,
        on_result: Callable[[Any], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        """Call back on the GUI thread."""


class ReviewDesk(QObject):
    """`files` are the windows of exported files that are open."""

    def __init__(
        self,
        section: ReviewSection,
        network: NetworkThread,
        submit: Submit,
        account: AccountController,
        profile: Profile,
        recordings: RecordingWindows,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._section = section
        self._submit = submit
        self._recordings = recordings
        self.files: list[ReviewFileWindow] = []
        self._waiting: tuple[str, int] | None = None  # a recording to play once the review key is unlocked

        def on_gui(render: Callable[[Any], None]) -> Callable[[Any], None]:
            return lambda state: network.post_to_gui(partial(render, state))

        shown = ReviewShown(
            list=on_gui(section.render_list),
            page=on_gui(section.render_page),
            tools=on_gui(section.render_tools),
            policy=on_gui(section.render_policy),
        )
        self.controller = ReviewController(account=account, profile=profile, shown=shown)
        self._connect()

    def begin(self) -> None:
        """Somebody has signed in."""
        self._submit(self.controller.begin())

    def check_file(self, path: Path) -> None:
        """Check an exported file and show it in a window of its own."""
        self._submit(self.controller.open_file(path), on_result=self._show_file)

    def choose_file(self, parent: QWidget) -> None:
        """Ask which exported file is checked; nobody needs to be signed in."""
        dialog = choose_export(parent)
        dialog.fileSelected.connect(lambda path: self.check_file(Path(path)))
        dialog.open()

    def _connect(self) -> None:
        section, review, submit = self._section, self.controller, self._submit
        section.list.query_changed.connect(lambda query: submit(review.search(query)))
        section.list.turn_wanted.connect(lambda pages: submit(review.turn(pages)))
        section.open_wanted.connect(lambda session, place: submit(review.open(session, place)))
        section.left.connect(lambda: submit(review.leave()))
        section.policy_wanted.connect(lambda sessions: submit(review.check(sessions)))
        section.cancel_wanted.connect(lambda: submit(review.cancel()))
        section.lock_wanted.connect(lambda: submit(review.lock()))
        section.export_wanted.connect(lambda sessions, path: submit(review.export(sessions, path)))
        section.file_wanted.connect(self.check_file)
        section.unlock_wanted.connect(self._unlock)
        section.unlock_given_up.connect(self._forget_waiting)
        section.sign_wanted.connect(self._sign)
        section.hold_wanted.connect(
            lambda session, held, reason: self._care(review.hold(session, held=held, reason=reason))
        )
        section.erase_wanted.connect(lambda session, basis: self._care(review.erase(session, basis)))
        section.page.recording_wanted.connect(self._play)

    def _unlock(self, path: Path, passphrase: str) -> None:
        def failed(error: Exception) -> None:
            if self._section.unlock_dialog is not None:
                self._section.unlock_dialog.show_problem(error)

        def unlocked(_result: None) -> None:
            waiting, self._waiting = self._waiting, None
            if waiting is not None:
                self._play(*waiting)

        self._submit(self.controller.unlock(path, passphrase), on_result=unlocked, on_error=failed)

    def _sign(self, session: str, meaning: Meaning, password: str) -> None:
        def failed(error: Exception) -> None:
            if self._section.sign_dialog is not None:
                self._section.sign_dialog.show_problem(error)

        def signed(_result: None) -> None:
            self._section.signed()

        self._submit(self.controller.sign(session, meaning, password), on_result=signed, on_error=failed)

    def _care(self, work: Coroutine[Any, Any, None]) -> None:
        def failed(error: Exception) -> None:
            if self._section.care_dialog is not None:
                self._section.care_dialog.show_problem(error)

        def done(_result: None) -> None:
            self._section.cared()

        self._submit(work, on_result=done, on_error=failed)

    def _forget_waiting(self) -> None:
        self._waiting = None

    def _play(self, session: str, number: int) -> None:
        """Play a recording; one of somebody else opens with the review key only, so that is asked for first."""
        page = self._section.page.state.page
        own = page is not None and page.own
        key = None if own else self.controller.review_key
        if own or key is not None:
            self._recordings.open(session, number, review_key=key)
        else:
            self._section.ask_unlock()
            self._waiting = session, number

    def _show_file(self, opened: OpenedFile) -> None:
        window = ReviewFileWindow(opened)
        self.files.append(window)
        window.closed.connect(lambda: self.files.remove(window))
        window.show()
