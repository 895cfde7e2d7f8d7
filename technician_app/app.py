"""The technician app put together: profile, network thread, controllers, windows. The only place that knows them all.

GUI thread. Controllers are called through the network thread; their states come back through `post_to_gui`.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from protocol.errors import DesksideError
from protocol.messages.consent import Capability
from protocol.messages.relay_api import Attachment, NewSession, NewTicket, OpenedSession, TicketState
from protocol.transport.event_loop import shorten_turns
from protocol.transport.files.unfinished import sweep_unfinished
from technician_app.bridge.network_thread import NetworkThread
from technician_app.bridge.session_bridge import RunningSession, SessionBridge
from technician_app.controllers.account import AccountController, AccountStep, AccountViewState
from technician_app.controllers.colleagues_invitations import InvitationsController
from technician_app.controllers.colleagues_joining import Joining
from technician_app.controllers.colleagues_state import ColleaguesShown
from technician_app.controllers.plan import ASKED_AT_FIRST
from technician_app.controllers.profile import Profile
from technician_app.controllers.proven_relays import ProvenRelays
from technician_app.controllers.relay_api import parse_relay_url
from technician_app.controllers.session_state import Phase, SessionIntents, SessionViewState, Shown, first_state
from technician_app.controllers.tickets import SIGN_IN_AGAIN, TicketQuery, TicketsController
from technician_app.recording_windows import RecordingWindows
from technician_app.review_desk import ReviewDesk
from technician_app.views.errors import message_for, show_error
from technician_app.views.main_window import MainWindow
from technician_app.views.session_window import SessionWindow
from technician_app.views.theme import follow_system_theme

_log = logging.getLogger(__name__)
GOODBYE_MS = 6000
"""How long quitting waits for running sessions to seal their records."""


class TechnicianApplication(QObject):
    """Everything of one running program; `windows` of sessions come and go."""

    def __init__(self, qt: QApplication, *, profile: Profile, relay_url: str = "", full_screen: bool = False) -> None:
        super().__init__()
        self.qt = qt
        self.profile = profile
        self.full_screen = full_screen
        """A session's picture opens in full screen."""
        self.network = NetworkThread(self)
        self.main_window = MainWindow()
        self.session_windows: list[SessionWindow] = []
        self._bridges: list[SessionBridge] = []
        self._quitting = False
        self._signed_in = False
        self.account = AccountController(profile=profile, publish=self._on_gui(self._show_account))
        self.tickets = TicketsController(
            relay=lambda: self.account.api,
            publish_list=self._on_gui(self.main_window.render_list),
            publish_ticket=self._on_gui(self.main_window.render_ticket),
        )
        self.invitations = InvitationsController(
            identity=lambda: self.account.identity,
            keys=profile.device_keys,
            publish=self._on_gui(self.main_window.render_invitations),
        )
        self.recordings = RecordingWindows(self.network, self.account, profile, self._failed, self)
        self.main_window.ticket_page.recordings_here = self.recordings.made_here
        self.review = ReviewDesk(
            self.main_window.review, self.network, self._submit, self.account, profile, self.recordings, self
        )
        remembered = profile.remembered()
        self.main_window.sign_in.prefill(relay_url or remembered.relay_url, remembered.name)
        self._connect()

    def start(self) -> None:
        """Start the network thread and show the main window."""
        self.network.before_stop(self.account.close)
        self.network.before_stop(self.invitations.end)
        self.network.start()
        self._submit(asyncio.to_thread(sweep_unfinished, self.profile.folder / "sessions"))
        self.main_window.show()
        self.main_window.sign_in.focus_first_empty()

    def open_session(
        self,
        opened: OpenedSession,
        joining: Joining | None = None,
        plan: tuple[Capability, ...] = ASKED_AT_FIRST,
    ) -> SessionIntents:
        """Open a window on `opened`, run its session and return the intents the window uses.

        `plan` is what the customer is asked for at first.
        """
        bridge = SessionBridge(self.network, partial(self._make_session, opened, joining, plan), self)
        window = SessionWindow(
            bridge,
            bridge.frames.take,
            first_state(opened, ColleaguesShown(in_charge=joining is None, joined=joining is not None)),
            take_cursor=bridge.cursors.take,
            full_screen=self.full_screen,
            picture_preset=self.profile.settings().picture,
            replies=self.profile.settings().replies,
        )
        bridge.state_changed.connect(window.render)
        bridge.failed.connect(window.fail)
        bridge.finished.connect(partial(self._session_finished, bridge, opened.ticket))
        bridge.frames.arrived.connect(window.remote.show_newest)
        bridge.cursors.arrived.connect(window.remote.show_cursor)
        window.picture_preset_chosen.connect(lambda preset: self._keep(picture=preset))
        window.exchange.replies_changed.connect(lambda replies: self._keep(replies=replies))
        window.closed.connect(partial(self._forget_session, window, bridge))
        self.session_windows.append(window)
        self._bridges.append(bridge)
        bridge.start()
        self._count_sessions()
        window.show()
        return bridge

    def quit(self) -> None:
        """End running sessions, give them a few seconds to seal their records, then leave."""
        if self._quitting:
            return
        self._quitting = True
        self.main_window.hide()
        for window in self.session_windows:
            if window.state.phase is not Phase.ENDED:
                window.end_without_question()
        QTimer.singleShot(GOODBYE_MS, self, self.qt.quit)
        self._leave_when_done()

    def stop(self) -> None:
        """Stop the network thread. Call it after the Qt loop has ended."""
        for window in self.session_windows:
            window.hide()
        self.network.stop()

    def _connect(self) -> None:
        window, page, tickets = self.main_window, self.main_window.ticket_page, self.main_window.tickets
        self.network.failed.connect(self._failed)
        window.sign_in.sign_in_wanted.connect(lambda *typed: self._submit(self.account.sign_in(*typed)))
        window.sign_in.file_wanted.connect(lambda: self.review.choose_file(window))
        window.sign_out_wanted.connect(self._sign_out)
        window.certificate_check_wanted.connect(lambda: self._submit(self.account.check_certificate()))
        window.quit_wanted.connect(self.quit)
        window.create_wanted.connect(self._create_ticket)
        tickets.query_changed.connect(lambda query: self._submit(self.tickets.search(query)))
        tickets.refresh_wanted.connect(lambda: self._submit(self.tickets.refresh()))
        tickets.ticket_chosen.connect(lambda number: self._submit(self.tickets.open(number)))
        page.note_wanted.connect(self._add_note)
        page.state_wanted.connect(self._change_state)
        page.session_wanted.connect(self._open_session)
        page.attachment_wanted.connect(self._open_attachment)
        page.recording_wanted.connect(self.recordings.open)
        window.colleague_banner.join_wanted.connect(self._join)
        page.join_wanted.connect(self._join)
        window.colleague_banner.dismissed.connect(lambda session: self._submit(self.invitations.dismiss(session)))

    def _submit(
        self,
        coroutine: Coroutine[Any, Any, Any],
        *,
        on_result: Callable[[Any], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `coroutine` on the network thread; an expired sign-in leads back to the sign-in page."""

        def failed(error: Exception) -> None:
            (on_error or self._failed)(error)
            if isinstance(error, DesksideError) and error.code in SIGN_IN_AGAIN:
                self._sign_out(message_for(error).text)

        self.network.submit(coroutine, on_result=on_result, on_error=failed)

    def _on_gui(self, render: Callable[[Any], None]) -> Callable[[Any], None]:
        return lambda state: self.network.post_to_gui(partial(render, state))

    def _failed(self, error: Exception) -> None:
        if isinstance(error, DesksideError) and error.code in SIGN_IN_AGAIN:
            return
        _log.error("failure shown to the technician", exc_info=error)
        show_error(self.qt.activeWindow() or self.main_window, error)

    def _show_account(self, state: AccountViewState) -> None:
        was_signed_in = self._signed_in
        self.main_window.render_account(state)
        self._signed_in = state.step in (AccountStep.READY, AccountStep.WAITING_FOR_CERTIFICATE)
        if self._signed_in and not was_signed_in:
            self._submit(self.tickets.search(TicketQuery()))
            self.review.begin()
            self._submit(self._deliver_late())
            self._submit(self.invitations.begin())

    async def _deliver_late(self) -> None:
        # imported here for the same reason as the session controller
        from technician_app.controllers.late_delivery import deliver_late

        running = frozenset(window.state.session for window in self.session_windows)
        await deliver_late(self.profile.folder / "sessions", self.account.api, running)
        live = (window.state for window in self.session_windows if window.state.phase is not Phase.ENDED)
        await self.recordings.upload_late(frozenset(state.session for state in live))

    def _sign_out(self, problem: str = "") -> None:
        self._submit(self._leave_account(problem))

    def _join(self, session: str) -> None:
        def opened(joining: Joining) -> None:
            self.open_session(joining.opened, joining)

        self._submit(self.invitations.join(session), on_result=opened)

    async def _leave_account(self, problem: str) -> None:
        await self.invitations.end()
        await self.account.sign_out(problem)
        await self.tickets.forget()
        await self.review.controller.forget()

    def _create_ticket(self, new: NewTicket) -> None:
        self._submit(
            self.tickets.create(new),
            on_result=lambda _ticket: self.main_window.ticket_created(),
            on_error=self.main_window.ticket_failed,
        )

    def _add_note(self, number: str, text: str) -> None:
        page = self.main_window.ticket_page

        def failed(error: Exception) -> None:
            page.note_failed()
            self._failed(error)

        self._submit(self.tickets.add_note(number, text), on_result=lambda _none: page.note_added(), on_error=failed)

    def _change_state(self, number: str, state: TicketState) -> None:
        def failed(error: Exception) -> None:
            self._failed(error)
            self._submit(self.tickets.open(number))

        self._submit(self.tickets.change_state(number, state), on_error=failed)

    def _open_session(self, number: str, new: NewSession, plan: tuple[Capability, ...]) -> None:
        page = self.main_window.ticket_page

        def opened(session: OpenedSession) -> None:
            page.session_opened()
            self.open_session(session, plan=plan)

        self._submit(self.tickets.open_session(number, new), on_result=opened, on_error=page.session_failed)

    def _open_attachment(self, number: str, attachment: Attachment) -> None:
        show = partial(self.main_window.ticket_page.show_attachment, attachment)
        self._submit(self._read_attachment(number, attachment), on_result=show)

    async def _read_attachment(self, number: str, attachment: Attachment) -> bytes:
        sealed = await self.account.api.attachment(number, attachment.id)
        return self.account.open_attachment(number, sealed)

    def _make_session(
        self,
        opened: OpenedSession,
        joining: Joining | None,
        plan: tuple[Capability, ...],
        publish: Callable[[SessionViewState], None],
        frame_arrived: Callable[[Shown], None],
    ) -> RunningSession:
        # imported with the first session: the media libraries take a while to load, and the ticket list needs none
        from technician_app.controllers.session import SessionController

        identity = self.account.identity
        return SessionController(
            opened=opened,
            api=identity.api,
            profile=self.profile,
            organisation=identity.organisation,
            certificate=identity.certificate,
            publish=publish,
            frame_arrived=frame_arrived,
            joining=joining,
            plan=plan,
        )

    def _keep(self, **changes: Any) -> None:
        settings = msgspec.structs.replace(self.profile.settings(), **changes)
        self._submit(asyncio.to_thread(self.profile.keep_settings, settings))

    def _session_finished(self, bridge: SessionBridge, ticket: str) -> None:
        self._forget_bridge(bridge)
        self._count_sessions()
        if self._quitting:
            self._leave_when_done()
        elif self._signed_in:
            self._submit(self.tickets.show_again(ticket))
            self._submit(self._deliver_late())

    def _forget_session(self, window: SessionWindow, bridge: SessionBridge) -> None:
        bridge.frames.close()
        bridge.cursors.close()
        if window in self.session_windows:
            self.session_windows.remove(window)
        bridge.watched = False
        self._forget_bridge(bridge)

    def _forget_bridge(self, bridge: SessionBridge) -> None:
        """Drop a bridge that nobody needs: its controller may outlive its window, and the other way round."""
        if bridge in self._bridges and not bridge.running and not bridge.watched:
            self._bridges.remove(bridge)
            bridge.deleteLater()

    def _count_sessions(self) -> None:
        self.main_window.set_running_sessions(sum(bridge.running for bridge in self._bridges))

    def _leave_when_done(self) -> None:
        if not any(bridge.running for bridge in self._bridges):
            self.qt.quit()


def main(argv: list[str] | None = None, on_ready: Callable[[TechnicianApplication], None] | None = None) -> int:
    """Run the technician app until it is closed; return the exit status.

    `on_ready` is called once the windows exist, on the GUI thread.
    """
    options = _parser().parse_args(argv)
    shorten_turns()
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    instance = QApplication.instance()
    qt = instance if isinstance(instance, QApplication) else QApplication([sys.argv[0]])
    qt.setApplicationName("Deskside")
    qt.setDesktopFileName("deskside-technician")
    qt.setQuitOnLastWindowClosed(False)
    follow_system_theme(qt)
    try:
        profile = Profile.open(options.profile)
        if options.forget_relay:
            ProvenRelays(profile).forget(parse_relay_url(options.forget_relay))
    except DesksideError as error:
        return _report_and_leave(qt, error)
    application = TechnicianApplication(qt, profile=profile, relay_url=options.relay, full_screen=options.fullscreen)
    application.start()
    if on_ready is not None:
        QTimer.singleShot(0, application, partial(on_ready, application))
    try:
        return qt.exec()
    finally:
        application.stop()


def _report_and_leave(qt: QApplication, error: DesksideError) -> int:
    """Show why the program cannot start, and return the exit status once that was read."""
    message = message_for(error)
    _log.error("cannot start: %s", error)
    box = QMessageBox(QMessageBox.Icon.Critical, message.title, message.text)
    box.finished.connect(qt.quit)
    box.open()
    qt.exec()
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deskside-technician", description="Deskside for support technicians.")
    parser.add_argument("--relay", default="", metavar="URL", help="the relay to sign in to")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="folder for keys and settings of this device")
    parser.add_argument(
        "--forget-relay",
        default="",
        metavar="URL",
        help="believe this relay anew: its administrator set it up again",
    )
    parser.add_argument("--fullscreen", action="store_true", help="show a session's picture on the whole screen")
    parser.add_argument("--log-level", default="info", choices=("debug", "info", "warning", "error"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
