"""One session's two halves joined: its controller on the network thread, its window on the GUI thread."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from protocol.errors import LocalError
from protocol.messages.consent import Capability
from protocol.messages.input import InputMessage
from protocol.messages.picture import PictureWanted
from technician_app.bridge.colleagues_bridge import ColleaguesBridge
from technician_app.bridge.files_bridge import FilesBridge
from technician_app.bridge.frame_slot import CursorSlot, FrameSlot
from technician_app.bridge.network_thread import NetworkThread
from technician_app.bridge.screen_bridge import ScreenBridge
from technician_app.controllers.session_state import RemoteCursor, SessionIntents, SessionViewState, Shown


class RunningSession(SessionIntents, Protocol):
    """What the bridge needs of a session controller. Everything is called on the network thread."""

    def run(self) -> Coroutine[Any, Any, None]:
        """Run the session to its end."""


MakeSession = Callable[[Callable[[SessionViewState], None], Callable[[Shown], None]], RunningSession]
"""Builds the controller from `publish` and `frame_arrived`; called on the network thread."""


class ExchangeBridge:
    """The technician's words, clipboard and files for one session, handed on by `on_session`."""

    def __init__(self, on_session: Callable[[Callable[["RunningSession"], None]], None]) -> None:
        self._on_session = on_session
        self.files = FilesBridge(lambda act: on_session(lambda session: act(session.exchange.files)))

    def write_chat(self, text: str) -> None:
        """Send a text to the customer."""
        self._on_session(lambda session: session.exchange.write_chat(text))

    def read_chat(self) -> None:
        """Say that all was on the screen."""
        self._on_session(lambda session: session.exchange.read_chat())

    def attach_chat(self) -> None:
        """Attach what was written to the ticket."""
        self._on_session(lambda session: session.exchange.attach_chat())

    def send_clipboard(self, text: str) -> None:
        """Put `text` on the customer's clipboard."""
        self._on_session(lambda session: session.exchange.send_clipboard(text))


class SessionBridge(QObject):
    """The technician's intents for one session; each is handed to the controller in order, without waiting.

    Signals (all on the GUI thread):
        state_changed: the newest SessionViewState.
        finished: the controller's run ended, in whatever way.
        failed: run ended with this exception.
    """

    state_changed = Signal(object)
    finished = Signal()
    failed = Signal(object)

    def __init__(self, network: NetworkThread, make_session: MakeSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._network = network
        self._make_session = make_session
        self._session: RunningSession | None = None
        self.exchange = ExchangeBridge(self._on_session)
        self.screen = ScreenBridge(self._on_session)
        self.colleagues = ColleaguesBridge(self._on_session)
        self.frames = FrameSlot(self)
        self.cursors = CursorSlot(self)
        self.running = False
        """The controller's run has not ended yet."""
        self.watched = True
        """A window still shows this session."""

    def start(self) -> None:
        """Build the controller on the network thread and run it."""
        self.running = True
        self._network.submit(self._run(), on_result=lambda _none: self._ended(), on_error=self._failed)

    def enter_pin(self, text: str) -> None:
        """Hand over the PIN the technician typed."""
        self._on_session(lambda session: session.enter_pin(text))

    def request_control(self) -> None:
        """Ask the customer for mouse and keyboard."""
        self._on_session(lambda session: session.request_control())

    def release_control(self) -> None:
        """Give control back."""
        self._on_session(lambda session: session.release_control())

    def ask_for(self, capabilities: tuple[Capability, ...]) -> None:
        """Ask the customer for permissions, in one question."""
        self._on_session(lambda session: session.ask_for(capabilities))

    def give_back(self, capability: Capability) -> None:
        """Give a permission back, or take a request for it back."""
        self._on_session(lambda session: session.give_back(capability))

    def talk(self, wanted: bool) -> None:
        """Open or close the microphone."""
        self._on_session(lambda session: session.talk(wanted))

    def choose_sound(self, microphone: str, speaker: str) -> None:
        """Talk through other devices."""
        self._on_session(lambda session: session.choose_sound(microphone, speaker))

    def send_input(self, message: InputMessage) -> None:
        """Send one key, text, button or wheel event."""
        self._on_session(lambda session: session.send_input(message))

    def send_pointer(self, x: int, y: int) -> None:
        """Move the pointer to (x, y), each 0..65535 of the shared display."""
        self._on_session(lambda session: session.send_pointer(x, y))

    def picture_painted(self, number: int) -> None:
        """Say that the picture's change `number` was painted."""
        self._on_session(lambda session: session.picture_painted(number))

    def want_picture(self, wish: PictureWanted) -> None:
        """Say what matters in the picture."""
        self._on_session(lambda session: session.want_picture(wish))

    def request_diagnostics(self) -> None:
        """Ask the customer for a diagnostics report."""
        self._on_session(lambda session: session.request_diagnostics())

    def end(self, note: str) -> None:
        """End the session; `note` goes to the ticket when not empty."""
        self._on_session(lambda session: session.end(note))

    def export_record(self, path: str) -> None:
        """Write the session's record file."""
        self._on_session(lambda session: session.export_record(path))

    async def _run(self) -> None:
        self._session = self._make_session(self._publish, self._show)
        await self._session.run()

    def _publish(self, state: SessionViewState) -> None:
        self._network.post_to_gui(lambda: self.state_changed.emit(state))

    def _show(self, shown: Shown) -> None:
        if isinstance(shown, RemoteCursor):
            self.cursors.put(shown)
        else:
            self.frames.put(shown)

    def _on_session(self, act: Callable[[RunningSession], None]) -> None:
        self._network.call_soon(self._act, act)

    def _act(self, act: Callable[[RunningSession], None]) -> None:
        if self._session is None:
            raise LocalError("an intent came before the session was built", code="session_not_started")
        act(self._session)

    def _ended(self) -> None:
        self.running = False
        self.finished.emit()

    def _failed(self, error: Exception) -> None:
        self.failed.emit(error)
        self._ended()
