"""The network thread of the customer client: starts after the window, imports what is heavy, runs the session.

Implements `CustomerIntents`: called on the GUI thread, returns at once. What must act at once (pause, stop) acts on
the desktop directly; the rest is handed to the event loop.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_client.farewell_intents import FarewellOnLoop
from customer_client.file_intents import FilesOnLoop
from customer_client.hiding_intents import HidingOnLoop
from customer_client.languages import marked
from customer_client.protection.contact import Contact, ContactShown
from customer_client.protection_intents import ProtectionOnLoop
from customer_client.session.state import Answer, CustomerViewState, Page
from customer_client.trust import Trust
from protocol.errors import DesksideError, PeerError
from protocol.messages.consent import Capability
from protocol.pairing.route import parse_route_or_spoken
from protocol.transport.files.unfinished import sweep_unfinished

if TYPE_CHECKING:
    from customer_client.session.customer_session import CustomerSession

JOIN_TIMEOUT_S = 15.0
_END_S = 1.0
_NO_TRUST = marked("This copy of Deskside was not told whose support it is for, so it cannot connect to anybody.")
_NO_TRUST_NEXT = marked(
    "Please download it again from your support page, or start it with --relay and --organisation as that page shows."
)
_BROKEN = marked("Deskside does not work on this computer. Nothing was shared.")
_BROKEN_NEXT = marked("Please download it again from your support page. If that does not help, tell your technician.")

_log = logging.getLogger(__name__)


class NetworkThread:
    """Owns the event loop and the session. `attach` names the window before `start`."""

    def __init__(self, trust: Trust | None, data: Path) -> None:
        self._trust = trust
        self._data = data
        self._publish: Callable[[CustomerViewState], None]
        self._close_window: Callable[[], None]
        self._loop = asyncio.new_event_loop()
        self._session: CustomerSession | None = None
        self._running: Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._route: str | None = None
        self._remark = ""
        self._contact: Contact | None = None
        self.files = FilesOnLoop(self._on_loop)
        self.hiding = HidingOnLoop(self._on_loop)
        self.farewell = FarewellOnLoop(self._on_loop)
        self.protection = ProtectionOnLoop(self._submit, show=self._show_contact, passed=self._contact_known)

    def attach(self, *, publish: Callable[[CustomerViewState], None], close_window: Callable[[], None]) -> None:
        """Name what shows a state and what closes the window; both are callable from any thread."""
        self._publish, self._close_window = publish, close_window

    def start(self, route: str | None, *, remark: str = "") -> None:
        """Start the thread and ask who contacted whom; after that the session begins, or a route is asked for.

        `remark` is then said above the field. Until the person has answered, nothing goes to the network.
        """
        self._thread.start()
        if self._trust is None:
            self._publish(CustomerViewState(page=Page.PROBLEM, text=_NO_TRUST, next_step=_NO_TRUST_NEXT))
        else:
            self._route, self._remark = route, remark
            self.protection.ask()

    def join(self) -> None:
        """Wait until the session has ended and its record is delivered, at most 15 s, and end the thread."""
        if self._running is not None:
            try:
                self._running.result(JOIN_TIMEOUT_S)
            except TimeoutError:
                _log.warning("the session did not end in time")
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(2.0)

    def release_everything(self) -> None:
        """Let go of every key and stop capturing; for every exit path, from any thread, more than once."""
        if self._session is not None:
            self._session.block()

    # --- CustomerIntents

    def enter_route(self, text: str) -> None:
        """Begin a session for what was typed, or say what is wrong with it; not before the first question's answer."""
        if self._trust is None or self._contact is None:
            return
        try:
            route = parse_route_or_spoken(text)
        except PeerError as error:
            self._show_route_page(error.user_text)
            return
        if self._running is None or self._running.done():
            self._publish(CustomerViewState(page=Page.CONNECTING, relay=self._trust.relay, text=marked("Starting …")))
            self._running = asyncio.run_coroutine_threadsafe(self._serve(self._trust, route, self._contact), self._loop)

    def answer(self, question_id: int, answer: Answer) -> None:
        """Settle the question on screen."""
        self._on_loop(lambda session: session.questions.answer(question_id, answer))

    def pause(self) -> None:
        """Stop the picture and input now."""
        self.release_everything()
        self._submit(lambda session: session.colleagues.pause())

    def resume(self) -> None:
        """Share again."""
        self._submit(lambda session: session.colleagues.resume())

    def take_back(self, capability: Capability) -> None:
        """Revoke one capability: it stops here before anybody is told."""
        if self._session is not None and self._session.live is not None:
            self._session.live.permissions.cut(capability)
        self._submit(lambda session: session.live.take_back(capability) if session.live else None)

    def talk(self, wanted: bool) -> None:
        """Open or close the microphone."""
        self._on_loop(lambda session: session.live.voice.talk(wanted) if session.live else None)

    def choose_sound(self, microphone: str, speaker: str) -> None:
        """Talk through other devices."""
        self._on_loop(
            lambda session: session.live.voice.choose(microphone=microphone, speaker=speaker) if session.live else None
        )

    def open_chat(self, shown: bool) -> None:
        """Open or close the chat's window."""
        self._on_loop(lambda session: session.chat.show(shown) if session.chat else None)

    def write_chat(self, text: str) -> None:
        """Send a text."""
        self._on_loop(lambda session: session.chat.write(text) if session.chat else None)

    def read_chat(self) -> None:
        """Say that all was on the screen."""
        self._on_loop(lambda session: session.chat.read() if session.chat else None)

    def send_clipboard(self, text: str) -> None:
        """Put text on the technician's clipboard."""
        self._on_loop(lambda session: session.live.clipboard.push(text) if session.live else None)

    def clipboard_refused(self, why: str) -> None:
        """Say why nothing was sent."""
        self._on_loop(lambda session: session.live.clipboard.say(why) if session.live else None)

    def send_diagnostics(self, ticked: frozenset[str]) -> None:
        """Send the ticked facts."""
        self._on_loop(lambda session: session.live.diagnostics.decide(ticked) if session.live else None)

    def decline_diagnostics(self) -> None:
        """Send nothing."""
        self._on_loop(lambda session: session.live.diagnostics.decide(None) if session.live else None)

    def remove(self, session: str) -> None:
        """Send one of several technicians away."""
        self._submit(lambda each: each.colleagues.remove(session))

    def stop(self) -> None:
        """End the session now: sharing stops here before anybody is told."""
        self.release_everything()
        self._submit(lambda session: session.stop())

    def quit(self) -> None:
        """Stop and close the window; the record is still delivered afterwards."""
        self.stop()
        self._close_window()

    # --- the thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_in_executor(None, sweep_unfinished, self._data / "sessions")  # a killed run may have left some
        self._loop.run_forever()

    async def _end(self) -> None:
        """Let what still runs end, and then the loop: nothing may be left half done when the program goes."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            if not task.cancelling():  # one that is clearing up already may finish that
                task.cancel()
        if others:
            await asyncio.wait(others, timeout=_END_S)
        self._loop.stop()

    async def _serve(self, trust: Trust, route: str, contact: Contact) -> None:
        try:
            # Imported here so that the window is on screen before aiortc, PyAV and the rest are read from disk.
            from customer_client.session.customer_session import CustomerSession
            from customer_client.session.view import View

            self._session = CustomerSession(trust, self._data, View(self._publish, relay=trust.relay), contact=contact)
            await self._session.run(route)
        except Exception:  # a session shows what goes wrong in it: this is a program that is not whole
            self.release_everything()
            _log.exception("the session could not be served")
            self._publish(CustomerViewState(page=Page.PROBLEM, relay=trust.relay, text=_BROKEN, next_step=_BROKEN_NEXT))

    def _show_contact(self, shown: ContactShown) -> None:
        relay = self._trust.relay if self._trust is not None else ""
        self._publish(CustomerViewState(page=Page.CONTACT, relay=relay, contact=shown))

    def _contact_known(self, contact: Contact) -> None:
        self._contact = contact
        if self._route:
            self.enter_route(self._route)
        else:
            self._show_route_page(self._remark)

    def _show_route_page(self, text: str) -> None:
        relay = self._trust.relay if self._trust is not None else ""
        self._publish(CustomerViewState(page=Page.ROUTE, relay=relay, text=text))

    def _on_loop(self, act: Callable[["CustomerSession"], object]) -> None:
        session = self._session
        if session is not None:
            self._loop.call_soon_threadsafe(act, session)

    def _submit(self, begin: Callable[["CustomerSession"], Coroutine[Any, Any, object] | None]) -> None:
        async def work(session: "CustomerSession") -> None:
            coroutine = begin(session)
            if coroutine is not None:
                await coroutine

        session = self._session
        if session is not None:
            asyncio.run_coroutine_threadsafe(work(session), self._loop).add_done_callback(_report)


def _report(done: "Future[None]") -> None:
    error = None if done.cancelled() else done.exception()
    if isinstance(error, DesksideError):
        _log.warning("what the customer pressed could not be done: %s (%s)", error, error.code)
    elif error is not None:
        _log.error("what the customer pressed failed", exc_info=error)
