"""The network thread of the customer client: starts after the window, imports what is heavy, runs the session.

Nothing imported here is heavy: until the first page is on the screen there is no event loop and no message.

Implements `CustomerIntents`: called on the GUI thread, returns at once. What must act at once (pause, stop) acts on
the desktop directly; the rest is handed to the event loop.
"""

import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_client.farewell_intents import FarewellOnLoop
from customer_client.file_intents import FilesOnLoop
from customer_client.hiding_intents import HidingOnLoop
from customer_client.languages import marked
from customer_client.loop_thread import LoopThread
from customer_client.memory import give_back
from customer_client.protection.contact import Contact, ContactShown
from customer_client.protection_intents import ProtectionOnLoop
from customer_client.relay_intents import RelayQuestion
from customer_client.session.relay_state import RelayShown
from customer_client.session.state import Answer, CustomerViewState, Page
from customer_client.session.troubles import Again, said_of
from customer_client.trust import Trust, Unpinned
from protocol.errors import DesksideError, PeerError
from protocol.pairing.route import parse_route_or_spoken

if TYPE_CHECKING:
    from concurrent.futures import Future

    from customer_client.session.customer_session import CustomerSession
    from protocol.messages.consent import Capability

JOIN_TIMEOUT_S = 15.0
_NO_TRUST = marked("This copy of Deskside was not told whose support it is for, so it cannot connect to anybody.")
_NO_TRUST_NEXT = marked(
    "Please download it again from your support page, or start it with --relay and --organisation as that page shows."
)
_BROKEN = marked("Deskside does not work on this computer. Nothing was shared.")
_BROKEN_NEXT = marked("Please download it again from your support page. If that does not help, tell your technician.")

_log = logging.getLogger(__name__)


class NetworkThread:
    """Owns the event loop and the session. `attach` names the window before `start`."""

    def __init__(self, whom: Trust | Unpinned | None, data: Path | None) -> None:
        """`whom` is None when there is nobody this copy may talk to, `data` for this person's usual folder."""
        self.relay = RelayQuestion(whom, show=self._show_relay, confirmed=self._relay_known)
        self._data = data
        self._publish: Callable[[CustomerViewState], None]
        self._close_window: Callable[[], None]
        self._loops = LoopThread("network", first=lambda loop: loop.run_in_executor(None, self._sweep))
        self._session: CustomerSession | None = None
        self._running: Future[None] | None = None
        self._route: str | None = None
        self._remark = ""
        self._contact: Contact | None = None
        self._again = Again.NO
        self._over = False  # another may begin, though the one before still clears up
        self.files = FilesOnLoop(self._on_loop)
        self.hiding = HidingOnLoop(self._on_loop)
        self.farewell = FarewellOnLoop(self._on_loop)
        self.protection = ProtectionOnLoop(self._submit, show=self._show_contact, passed=self._contact_known)

    def attach(
        self,
        *,
        publish: Callable[[CustomerViewState], None],
        close_window: Callable[[], None],
        once_shown: Callable[[Callable[[], None]], None] = lambda act: act(),
    ) -> None:
        """Name what shows a state, what closes the window, and what calls something once that is shown.

        All are callable from any thread.
        """
        self._publish, self._close_window, self._once_shown = publish, close_window, once_shown

    def start(self, route: str | None, *, remark: str = "") -> None:
        """Ask who contacted whom and start the thread; after that the session begins, or a route is asked for.

        `remark` is then said above the field. Until the person has answered, nothing goes to the network.
        """
        if not self.relay.possible:
            self._publish(CustomerViewState(page=Page.PROBLEM, text=_NO_TRUST, next_step=_NO_TRUST_NEXT))
        else:
            self._route, self._remark = route, remark
            self.protection.ask()
        # The two would take turns: first the page, then what nobody is waiting for yet.
        self._once_shown(self._loops.start)

    def join(self) -> None:
        """Wait until the session has ended and its record is delivered, at most 15 s, and end the thread."""
        if self._running is not None:
            try:
                self._running.result(JOIN_TIMEOUT_S)
            except TimeoutError:
                _log.warning("the session did not end in time")
        self._loops.end()

    @property
    def has_served(self) -> bool:
        """Whether something was shared in this run: then the customer is done with the program."""
        return self._session is not None and self._session.live is not None

    def release_everything(self) -> None:
        """Let go of every key and stop capturing; for every exit path, from any thread, more than once."""
        if self._session is not None:
            self._session.block()

    # --- CustomerIntents

    def enter_route(self, text: str) -> None:
        """Begin a session for what was typed, or say what is wrong with it; not before the first questions' answers."""
        if not self.relay.relay or self._contact is None:
            return
        try:
            route = parse_route_or_spoken(text)
        except PeerError as error:
            self._show_route_page(error.user_text)
            return
        if self._running is None or self._running.done() or self._over:
            self._begin(route, self._contact)

    def begin_again(self) -> None:
        """Go on from the problem page: with the same code, or with another one."""
        again, self._again = self._again, Again.NO
        if again is Again.OTHER_CODE:
            self._show_route_page("")
        elif again is Again.SAME_CODE and self._route and self._contact is not None:
            self._begin(self._route, self._contact)

    def ask_system_again(self) -> None:
        """Let the system ask once more."""
        self._on_loop(lambda session: session.system_dialog.ask_again())

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

    def take_back(self, capability: "Capability") -> None:
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

    def _sweep(self) -> None:
        """Remove the unfinished files a killed run may have left."""
        from protocol.transport.files.unfinished import sweep_unfinished

        sweep_unfinished(self._folder() / "sessions")

    def _folder(self) -> Path:
        """Return the folder for records; not on the GUI thread, which waits for nothing."""
        if self._data is None:
            from platformdirs import user_data_dir

            self._data = Path(user_data_dir("deskside-customer"))
        return self._data

    def _begin(self, route: str, contact: Contact) -> None:
        """Serve a session for `route`, as soon as the one before has cleared up."""
        self._route, self._over = route, False
        self._publish(CustomerViewState(page=Page.CONNECTING, relay=self.relay.relay, text=marked("Starting …")))
        serving = self._serve(route, contact, after=self._running)
        self._running = self._loops.submit(serving)

    async def _serve(self, route: str, contact: Contact, *, after: "Future[None] | None") -> None:
        try:
            import asyncio

            if after is not None:
                await asyncio.wrap_future(after)
            # Imported here so that the window is on screen before aiortc, PyAV and the rest are read from disk.
            from customer_client.session.customer_session import CustomerSession
            from customer_client.session.late_delivery import deliver_late
            from customer_client.session.view import View
            from protocol.transport.tasks import create_task

            give_back()
            trust = await asyncio.to_thread(self.relay.trust)
            create_task(deliver_late(self._folder() / "sessions", trust), name="late delivery")
            view = View(self._publish_session, relay=trust.relay)
            self._session = CustomerSession(trust, self._folder(), view, contact=contact)
            await self._session.run(route)
        except DesksideError as error:  # the relay that was confirmed could not be asked
            self._show_problem(error, route)
        except Exception:  # a session shows what goes wrong in it: this is a program that is not whole
            self.release_everything()
            _log.exception("the session could not be served")
            relay = self.relay.relay
            self._publish(CustomerViewState(page=Page.PROBLEM, relay=relay, text=_BROKEN, next_step=_BROKEN_NEXT))

    def _publish_session(self, state: CustomerViewState) -> None:
        if state.page is Page.PROBLEM and state.again is not Again.NO:
            self._again, self._over = state.again, True
        self._publish(state)

    def _show_problem(self, error: DesksideError, route: str) -> None:
        from customer_client.session.distrust import shown_problem

        shown = CustomerViewState(Page.PROBLEM, relay=self.relay.relay, route=route)
        shown = replace(shown, **shown_problem(error))
        self._publish_session(replace(shown, **said_of(error, shown)))

    def _show_relay(self, shown: RelayShown) -> None:
        self._publish(CustomerViewState(page=Page.RELAY, relay_asked=shown))

    def _show_contact(self, shown: ContactShown) -> None:
        self._publish(CustomerViewState(page=Page.CONTACT, relay=self.relay.relay, contact=shown))

    def _contact_known(self, contact: Contact) -> None:
        self._contact = contact
        self.relay.ask()

    def _relay_known(self, route: str | None) -> None:
        """The relay may be talked to; `route` was in the link the person typed, which is newer than what came along."""
        self._route = route or self._route
        if self._route:
            self.enter_route(self._route)
        else:
            self._show_route_page(self._remark)

    def _show_route_page(self, text: str) -> None:
        self._publish(CustomerViewState(page=Page.ROUTE, relay=self.relay.relay, text=text))

    def _on_loop(self, act: Callable[["CustomerSession"], object]) -> None:
        session = self._session
        if session is not None:
            self._loops.loop.call_soon_threadsafe(act, session)

    def _submit(self, begin: Callable[["CustomerSession"], Coroutine[Any, Any, object] | None]) -> None:
        async def work(session: "CustomerSession") -> None:
            coroutine = begin(session)
            if coroutine is not None:
                await coroutine

        session = self._session
        if session is not None:
            self._loops.submit(work(session)).add_done_callback(_report)


def _report(done: "Future[None]") -> None:
    error = None if done.cancelled() else done.exception()
    if isinstance(error, DesksideError):
        _log.warning("what the customer pressed could not be done: %s (%s)", error, error.code)
    elif error is not None:
        _log.error("what the customer pressed failed", exc_info=error)
